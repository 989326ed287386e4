"""From the command line's wishes to deliveries: render what is asked for, then one folder a chapter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from rendering.delivered import Order
from rendering.delivery import deliver
from rendering.manifest import read_record
from rendering.plan import QUALITIES, THEMES, PlanError, Task
from rendering.shots import Rendered
from rendering.timecode import RATES


def delivery_rate(asked: Fraction | None, quality: str) -> Fraction:
    """Frames a second of a delivery: those asked for, else the quality's own, or 30 if timecode cannot count them.

    Raises
    ------
    PlanError
        If timecode cannot count those asked for.
    """
    own = Fraction(QUALITIES[quality][1])
    if asked is None:
        return own if own in RATES else Fraction(30)
    if asked not in RATES:
        names = ", ".join(f"{float(rate):.6g}" for rate in sorted(RATES))
        raise PlanError(f"--fps {float(asked):.6g} has no timecode, which a delivery needs; give one of {names}")
    return asked


@dataclass(frozen=True)
class Wanted:
    """How to deliver.

    Parameters
    ----------
    quality : str
        A key of ``QUALITIES``.
    profiles : tuple of str
        Kinds of file.
    by_act : bool
        One clip an act.
    handles : int or None
        Frames; half a second if not given.
    """

    quality: str
    profiles: tuple[str, ...]
    by_act: bool
    handles: int | None


def delivered(tasks: Sequence[Task], wanted: Wanted, jobs: int, root: Path, told: Callable[[str], None]) -> Path:
    """Deliver one chapter's rendered scenes."""
    chapter, rate = tasks[0].chapter, tasks[0].frame_rate
    places = {entry.name: place for place, entry in enumerate(chapter.scenes, 1)}
    scenes = [
        Rendered(
            places[task.entry.name],
            task.entry.name,
            task.entry.title,
            task.folder / f"{task.stem}{task.ending}",
            read_record(task.folder / f"{task.stem}.json"),
        )
        for task in tasks
    ]
    story = tasks[0].story
    order = Order(
        chapter=chapter.number,
        scenes=tuple(task.entry.name for task in tasks),
        quality=wanted.quality,
        fps=(rate.numerator, rate.denominator),
        text=story.text,
        checkpoint=story.checkpoint,
        theme=story.theme or THEMES[0],
        profiles=tuple(dict.fromkeys(wanted.profiles)),
        by_act=wanted.by_act,
        handle=round(Fraction(rate, 2)) if wanted.handles is None else wanted.handles,
    )
    return deliver(order, (chapter.folder, chapter.title), scenes, root, jobs, told)
