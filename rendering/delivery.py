"""A folder that an editor can take away: clips, timelines, captions, and a manifest of what is in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import cairo
import manimpango
from filelock import FileLock, Timeout
from PIL import Image

from rendering import letter
from rendering.captions import Line, ffmetadata, video_page, write_captions
from rendering.delivered import Delivery, File, Order, Shown, Source
from rendering.manifest import file_sha256, write_atomically
from rendering.producing import Job, Receipt, clear, produce_all
from rendering.profiles import PROXY
from rendering.shots import Rendered, Shot, shots_of
from rendering.stills import contact_sheet
from rendering.timeline import Cut, timeline, write_timelines

LANGUAGE = "en"
FOR_CUTTING = ("master", "overlay", "web", "portrait", "square", PROXY.name)
ORDER, MANIFEST, SUMS = "order.json", "manifest.json", "SHA256SUMS"
SOFTWARE = ("manim", "av", "numpy", "pillow", "pycairo", "manimpango", "typst", "opentimelineio")


def deliver(
    order: Order,
    chapter: tuple[str, str],
    scenes: Sequence[Rendered],
    root: Path,
    workers: int,
    told: Callable[[str], None],
) -> Path:
    """Write a delivery into a new folder of ``root``/delivery; if the same was begun before, go on with it.

    Parameters
    ----------
    order : Order
    chapter : (str, str)
        The chapter's part of folder names, and its title.
    scenes : sequence of Rendered
        In the film's order.
    root : Path
        The repository.
    workers : int
        Clips to be coded at once.
    told : callable
        Given the name of each clip that is finished.

    Raises
    ------
    DeliveryError
        If a file that was written is not what it ought to be.
    OSError
        If there is no room, or the folder may not be written to.
    """
    name, title = chapter
    shelf = root / "delivery"
    shelf.mkdir(exist_ok=True)
    number, lock = claim(shelf, name, order)
    with lock:
        whole, part = folders(shelf, name, number)
        shots = shots_of(scenes, order.chapter, number, order.by_act)
        jobs = [Job(shot, order, part) for shot in shots]
        receipts = produce_all(jobs, workers, told)
        write_papers(jobs, receipts, title, number, whole.name, part, root)
        shutil.rmtree(part / ".receipts")
        (part / ORDER).unlink()
        os.rename(part, whole)
    return whole


def folders(shelf: Path, name: str, number: int) -> tuple[Path, Path]:
    """Where a delivery will be, and where it is put together."""
    whole = shelf / f"{name}_v{number:03}"
    return whole, whole.with_name(f".{whole.name}.part")


def claim(shelf: Path, name: str, order: Order) -> tuple[int, FileLock]:
    """The number of the delivery, held by a lock: one that was begun with the same order, or the next free one."""
    number = 1 + max((int(path.name[-3:]) for path in shelf.glob(f"{name}_v[0-9][0-9][0-9]")), default=0)
    while True:
        whole, part = folders(shelf, name, number)
        lock = FileLock(shelf / f".{whole.name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            number += 1
            continue
        if whole.exists():
            lock.release()
            number += 1
            continue
        text = order.model_dump_json()
        begun = part / ORDER
        if not (begun.is_file() and begun.read_text(encoding="utf-8") == text):
            clear(part)
            part.mkdir()
            write_atomically(begun, text)
        return number, lock


def write_papers(
    jobs: Sequence[Job],
    receipts: Sequence[Receipt],
    title: str,
    number: int,
    name: str,
    folder: Path,
    root: Path,
) -> None:
    """Write all that goes with the clips: captions, timelines, lists, the letter to the editor."""
    order, rate = jobs[0].order, jobs[0].rate
    shots = [job.shot for job in jobs]
    subtitles = folder / "subs"
    subtitles.mkdir(exist_ok=True)
    for shot in shots:
        write_captions(subtitles / shot.name, LANGUAGE, lines(shot), rate)
    chapters = [Line(shot.act or shot.title, shot.place, shot.frames) for shot in shots]
    spoken = [line for shot in shots for line in lines(shot, shot.place)]
    write_captions(subtitles / name, LANGUAGE, spoken, rate)
    write_atomically(folder / "chapters.ffmetadata", ffmetadata(title, chapters, rate))
    write_atomically(folder / "youtube.txt", video_page(chapters, rate))
    middles = [folder / "stills" / f"{shot.name}_middle.png" for shot in shots]
    contact_sheet(list(zip((shot.name for shot in shots), middles, strict=True)), folder / "contact_sheet.png", root)
    media = for_cutting(receipts)
    with Image.open(middles[0]) as still:
        size = still.size if media[0].profile == PROXY.name else (media[0].width, media[0].height)
    cut = Cut(name, title, order.chapter, rate, media[0].handle, *size)
    sounds = [job.sound.as_posix() for job in jobs if job.sound]
    made = write_timelines(timeline(cut, shots, [file.path for file in media], sounds), cut, folder)
    write_atomically(folder / "narration.txt", letter.script(title, shots, rate))
    listing = Delivery(
        name=name, title=title, version=number, order=order, frames=sum(shot.frames for shot in shots),
        clips=tuple(map(shown, jobs, receipts)),
        timelines=tuple(path.name for path in made), commit=commit(root), software=software(),
    )  # fmt: skip
    write_atomically(folder / MANIFEST, listing.model_dump_json(indent=2) + "\n")
    write_atomically(folder / "README.txt", letter.readme(listing))
    sums = [(path.relative_to(folder).as_posix(), file_sha256(path)) for path in sorted(visible(folder))]
    write_atomically(folder / SUMS, "".join(f"{digest}  {path}\n" for path, digest in sums))


def for_cutting(receipts: Sequence[Receipt]) -> list[File]:
    """The file of each clip that the timelines show: the best kind that all of them have."""
    kinds = [{file.profile: file for file in receipt.files} for receipt in receipts]
    best = next(name for name in FOR_CUTTING if all(name in of_clip for of_clip in kinds))
    return [of_clip[best] for of_clip in kinds]


def visible(folder: Path) -> list[Path]:
    """All files that go to the editor."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.name not in (ORDER, SUMS)
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def lines(shot: Shot, place: int = 0) -> list[Line]:
    """What is said in a clip, counted from a frame on."""
    return [Line(beat.narration, place + beat.start_frame, beat.frames) for beat in shot.beats]


def shown(job: Job, receipt: Receipt) -> Shown:
    """A clip as the manifest lists it."""
    shot, record = job.shot, job.shot.record
    network = record.checkpoint
    return Shown(
        name=shot.name, scene=shot.scene, title=shot.title, act=shot.act, place=shot.place, frames=shot.frames,
        beats=shot.beats, files=receipt.files, stills=tuple(path.as_posix() for path in job.stills),
        pictures_sha256=receipt.pictures, left_out=receipt.left_out, sound=job.sound.as_posix() if job.sound else "",
        source=Source(
            checkpoint=network.name if network else "", checkpoint_sha256=network.hash if network else "",
            trained_on=network.trained_on if network else "", text=record.text, tokens=tuple(record.tokens),
            layer_and_head=record.head, numbers_shown=record.numbers.shown,
            numbers_from_network=record.numbers.from_network, numbers_declared=record.numbers.declared,
            passports=tuple(record.passports),
        ),
    )  # fmt: skip


def commit(root: Path) -> str:
    """The commit the source is at, with a plus if files were changed since; empty if that cannot be found out."""
    try:
        sha, changed = (
            subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return sha + ("+" if changed else "")


def software() -> dict[str, str]:
    """Versions of all that has a say in how pictures look and how they are coded."""
    found = {}
    for name in SOFTWARE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found | {"cairo": cairo.cairo_version_string(), "pango": manimpango.pango_version()}
