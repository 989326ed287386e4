"""From the command line's wishes, or an older delivery's manifest, to what is to be rendered and delivered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from rendering.delivered import Delivery, Order
from rendering.delivery import commit, deliver, software
from rendering.framing import check_quality
from rendering.manifest import read_record
from rendering.plan import (
    QUALITIES,
    THEMES,
    PlanError,
    Story,
    Task,
    check_checkpoint,
    check_text,
    choose,
    make_task,
)
from rendering.profiles import PROFILES
from rendering.shots import Rendered
from rendering.spoken import check_program
from rendering.timecode import RATES
from scenes.storyboard import Chapter


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
    scratch_voice : bool
        Let a machine read the narration.
    """

    quality: str
    profiles: tuple[str, ...]
    by_act: bool
    handles: int | None
    scratch_voice: bool = False


def order_of(tasks: Sequence[Task], wanted: Wanted) -> Order:
    """What is asked for of one chapter, as its manifest will say it."""
    first, rate = tasks[0], tasks[0].frame_rate
    return Order(
        chapter=first.chapter.number,
        scenes=tuple(task.entry.name for task in tasks),
        quality=wanted.quality,
        fps=(rate.numerator, rate.denominator),
        text=first.story.text,
        checkpoint=first.story.checkpoint,
        theme=first.story.theme or THEMES[0],
        profiles=tuple(dict.fromkeys(wanted.profiles)),
        by_act=wanted.by_act,
        handle=round(Fraction(rate, 2)) if wanted.handles is None else wanted.handles,
        scratch_voice=wanted.scratch_voice,
    )


def tasks_of(order: Order, chapters: Sequence[Chapter], root: Path) -> list[Task]:
    """What has to be rendered for an order that was read from a manifest.

    Raises
    ------
    PlanError
        If there is something in it that cannot be had here.
    """
    unknown = [name for name in order.profiles if name not in PROFILES]
    if unknown or order.quality not in QUALITIES or order.theme not in THEMES:
        raise PlanError(
            f"the manifest asks for {', '.join([*unknown, order.quality, order.theme])}, not all known here"
        )
    rate = delivery_rate(Fraction(*order.fps), order.quality)
    check_quality(order.profiles, order.quality)
    if order.scratch_voice:
        check_program()
    story = Story(
        check_text(order.text) if order.text else "",
        check_checkpoint(order.checkpoint, root) if order.checkpoint else "",
        "" if order.theme == THEMES[0] else order.theme,
    )
    chosen = choose([one for one in chapters if one.number == order.chapter], [order.chapter], order.scenes)
    return [
        make_task(chapter, entry, root=root, quality=order.quality, frame_rate=rate, story=story, lossless=True)
        for chapter, entry in chosen
        if entry.name in order.scenes
    ]


def delivered(tasks: Sequence[Task], order: Order, jobs: int, root: Path, told: Callable[[str], None]) -> Path:
    """Deliver one chapter's rendered scenes."""
    chapter = tasks[0].chapter
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
    return deliver(order, (chapter.folder, chapter.title), scenes, root, jobs, told)


def changed_since(listing: Delivery, root: Path) -> list[str]:
    """What is other than when a delivery was made, and may change its pictures: a sentence each."""
    here, now = commit(root), software()
    said = []
    if here != listing.commit or here.endswith("+"):
        said.append(
            f"{listing.name} was made from commit {listing.commit or 'unknown'} and this is {here or 'unknown'}"
        )
    for name in sorted(listing.software.keys() | now.keys()):
        old, new = listing.software.get(name, "none"), now.get(name, "none")
        if old != new:
            said.append(f"{listing.name} was made with {name} {old} and here is {new}")
    return said


def other_pictures(old: Delivery, new: Delivery) -> list[str]:
    """Names of clips in the new delivery that do not show, frame by frame, what they show in the old one."""
    before = {(clip.scene, clip.act): clip.pictures_sha256 for clip in old.clips}
    return [clip.name for clip in new.clips if before.get((clip.scene, clip.act)) != clip.pictures_sha256]
