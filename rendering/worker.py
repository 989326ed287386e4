"""What a machine of a cluster does: says what it is, and draws some plays of a scene."""

from __future__ import annotations

import hashlib
import os
import platform
import signal
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import get_ident

import cairo
import manimpango

from rendering.manifest import file_sha256
from rendering.plan import Story, Task, make_task
from rendering.ranges import Play, read_plays
from rendering.run import spawn, what_went_wrong
from scenes.storyboard import Chapter, SceneEntry

ROOT = Path(__file__).resolve().parent.parent
# What has a say in how pictures look.
DRAWING = ("manim", "numpy", "pillow", "av", "pycairo", "manimpango", "typst")
SOURCES = ("manim.cfg", "mobjects", "model", "scenes", "assets")


class StoppedError(RuntimeError):
    """A scene's process was killed; somebody else may have more luck."""


@dataclass(frozen=True)
class Wish:
    """A scene as it is to be drawn, wherever that is."""

    chapter: Chapter
    entry: SceneEntry
    quality: str
    frame_rate: Fraction
    story: Story
    lossless: bool

    def task(self, root: Path, media: Path) -> Task:
        """The same as a task of a machine."""
        return make_task(
            self.chapter, self.entry, root=root, quality=self.quality, frame_rate=self.frame_rate, story=self.story,
            lossless=self.lossless, media=media,
        )  # fmt: skip

    @classmethod
    def of(cls, task: Task) -> Wish:
        """What this machine's task asks for."""
        return cls(task.chapter, task.entry, task.quality, task.frame_rate, task.story, task.lossless)


@dataclass(frozen=True)
class Segment:
    """A play's film: where it belongs in the scene's workshop, its SHA-256, and its bytes."""

    path: str
    sha256: str
    content: bytes


@dataclass(frozen=True)
class Drawn:
    """What came of a part: all plays of the scene, films of some, or why there are none."""

    plays: tuple[Play, ...] = ()
    segments: tuple[Segment, ...] = ()
    failure: str = ""


def environment(root: Path | None = None) -> dict[str, str]:
    """What makes pictures look as they do on this machine: versions, libraries, fonts and our own files."""
    python = ".".join(platform.python_version_tuple()[:2])  # whose bytecode is part of a play's name in the cache
    found = {"python": python, "machine": platform.machine()}
    for name in DRAWING:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    found |= {"cairo": cairo.cairo_version_string(), "pango": manimpango.pango_version()}
    return found | {"source": source(root or ROOT)}


def source(root: Path) -> str:
    """A digest of all files that scenes are made of, fonts and checkpoints included."""
    digest = hashlib.sha256()
    files = [
        path for name in SOURCES for path in ([root / name] if name.endswith(".cfg") else (root / name).rglob("*"))
    ]
    for path in sorted(path for path in files if path.is_file() and "__pycache__" not in path.parts):
        digest.update(f"{path.relative_to(root).as_posix()} {file_sha256(path)}\n".encode())
    return digest.hexdigest()[:16]


def differences(here: dict[str, str], there: dict[str, str]) -> str:
    """What is other on another machine, in words."""
    return ", ".join(
        f"{name} {there.get(name, 'none')} instead of {here.get(name, 'none')}"
        for name in sorted(here.keys() | there.keys())
        if here.get(name) != there.get(name)
    )


def draw(
    wish: Wish, plays: range, known: frozenset[str], expected: dict[str, str], place: str, root: Path | None = None
) -> Drawn:
    """Draw some plays of a scene, and return their films and a list of all its plays.

    Parameters
    ----------
    wish : Wish
    plays : range
        Which; an empty one only lists them.
    known : frozenset of str
        Names of films that nobody needs.
    expected : dict of str to str
        The environment of whoever asks; in another one nothing is drawn.
    place : str
        A folder for this machine's own files.
    root : Path, optional
        The repository, if it is not this one.

    Raises
    ------
    StoppedError
        If the process was killed.
    """
    root = root or ROOT
    other = differences(expected, environment(root))
    if other:
        return Drawn(failure=f"a worker has {other}")
    # Threads of one worker do not share a folder: manim writes text into it piece by piece.
    task = wish.task(root, Path(place) / f"films-{get_ident()}")
    for folder in (task.workshop, task.log.parent):
        folder.mkdir(parents=True, exist_ok=True)
    plan = task.workshop / "plays.json"
    plan.unlink(missing_ok=True)
    asked = {"RENDER_PLAYS": f"{plays.start}:{plays.stop}", "RENDER_PLAN": str(plan), "RENDER_FORK": "0"}
    with task.log.open("wb") as log:
        returncode = spawn(task, root, log, asked).wait()
    if returncode < 0:
        raise StoppedError(f"{task.entry.name} was killed by {signal.Signals(-returncode).name}")
    if returncode:
        return Drawn(failure=what_went_wrong(returncode, task.log))
    listed = tuple(read_plays(plan))
    return Drawn(listed, tuple(segments(task.workshop, {listed[number].key for number in plays} - known)))


def segments(workshop: Path, keys: set[str]) -> list[Segment]:
    """Films in a workshop, by name."""
    found = []
    for path in sorted((workshop / "videos").rglob("partial_movie_files/*/*")):
        if path.stem in keys and path.suffix in (".mp4", ".mov"):
            content = path.read_bytes()
            found.append(Segment(os.fspath(path.relative_to(workshop)), hashlib.sha256(content).hexdigest(), content))
    return found
