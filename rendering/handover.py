"""From the command line's wishes to deliveries: render what is asked for, then one folder a chapter."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from rich.console import Console

from rendering.delivered import Order
from rendering.delivery import deliver
from rendering.finish import DeliveryError
from rendering.manifest import read_record
from rendering.plan import QUALITIES, THEMES, PlanError, Task
from rendering.run import explain, run_all
from rendering.shots import Rendered
from rendering.timecode import RATES

INTERRUPTED = 130


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


def hand_over(tasks: Sequence[Task], wanted: Wanted, jobs: int, root: Path, console: Console) -> int:
    """Render the tasks, deliver each chapter into a new folder, print it, and give the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        failed = [one for one in run_all(tasks, root, jobs, console) if one.failure]
        for one in failed:
            print(f"error: {one.task.entry.name}: {one.failure}", file=sys.stderr)  # noqa: T201
        if failed:
            print("error: nothing was delivered; what did render is kept", file=sys.stderr)  # noqa: T201
            return 1
        for number in dict.fromkeys(task.chapter.number for task in tasks):
            of_chapter = [task for task in tasks if task.chapter.number == number]
            folder = delivered(of_chapter, wanted, jobs, root, console)
            print(os.path.relpath(folder))  # noqa: T201
    except KeyboardInterrupt:
        print("Interrupted; the same command goes on where it was.", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    except (DeliveryError, BrokenProcessPool) as error:
        print(f"error: {error}; the same command goes on where it was", file=sys.stderr)  # noqa: T201
        return 1
    except OSError as error:
        print(f"error: {explain(error)}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def delivered(tasks: Sequence[Task], wanted: Wanted, jobs: int, root: Path, console: Console) -> Path:
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
        profiles=wanted.profiles,
        by_act=wanted.by_act,
        handle=round(Fraction(rate, 2)) if wanted.handles is None else wanted.handles,
    )
    return deliver(
        order, (chapter.folder, chapter.title), scenes, root, jobs, lambda name: console.print(f"{name}: delivered")
    )
