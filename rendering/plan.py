"""Which clips are wanted and how to make each: names checked, commands and paths worked out, nothing started."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import shlex
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from scenes.storyboard import Chapter, SceneEntry

# Letter of -q: height in pixels, frames a second (manim's own presets).
QUALITIES = {"l": (480, 15), "m": (720, 30), "h": (1080, 60), "p": (1440, 60), "k": (2160, 60)}
STORY = ("STORY_TEXT", "STORY_CHECKPOINT", "STORY_THEME")  # environment variables that scenes read
THEMES = ("dark", "light", "print", "colour-blind")
# PNG pictures, little compressed: the fastest that keeps every pixel, and as fast to read.
LOSSLESS = (
    *("--format", "mov", "--transparent", "--video-codec", "png", "--pixel-format", "rgba"),
    *("--encoder-option", "compression_level=1", "--encoder-option", "pred=none"),
)
LONGEST_TEXT = 200
LONGEST_SLUG = 40


class PlanError(ValueError):
    """What was asked for cannot be rendered; the message is one sentence for the person who asked."""


@dataclass(frozen=True)
class Story:
    """What the scenes should show instead of their own choice; empty means their own choice.

    Parameters
    ----------
    text : str
        The sentence to read.
    checkpoint : str
        Name of a network in ``assets/checkpoints/``, or the absolute path of a checkpoint.
    theme : str
        One of ``THEMES``; the first is the scenes' own.
    """

    text: str = ""
    checkpoint: str = ""
    theme: str = ""

    @property
    def slug(self) -> str:
        """A safe ASCII part for file names, different for different stories; empty for the scenes' own choice."""
        checkpoint = self.checkpoint
        if os.sep in checkpoint:  # two files may have one name: the whole path tells them apart
            name = _slug(Path(checkpoint).stem)[:LONGEST_SLUG].rstrip("-")
            checkpoint = "-".join(part for part in (name, _digest(checkpoint)) if part)
        return "_".join(part for part in (_faithful_slug(self.text), checkpoint, self.theme) if part)

    @property
    def environment(self) -> dict[str, str]:
        """The settings as environment variables, which scenes read under plain ``manim`` too."""
        settings = dict(zip(STORY, (self.text, self.checkpoint, self.theme), strict=True))
        return {name: value for name, value in settings.items() if value}


@dataclass(frozen=True)
class Task:
    """One scene to be rendered into one clip.

    Parameters
    ----------
    chapter : Chapter
        Where the scene stands in the film.
    entry : SceneEntry
        The scene.
    stem : str
        Name of the clip without its ending; no two different requests share one.
    command : tuple of str
        What to run, with the repository root as current folder.
    frame_rate : Fraction
        Frames a second.
    story : Story
        Text and network asked for.
    media : Path
        The repository's ``media`` folder, absolute.
    lossless : bool
        Whether it is for a delivery: pictures as they were drawn, transparent where nothing was.
    quality : str
        A key of ``QUALITIES``.
    """

    chapter: Chapter
    entry: SceneEntry
    stem: str
    command: tuple[str, ...]
    frame_rate: Fraction
    story: Story
    media: Path
    lossless: bool = False
    quality: str = "h"

    @property
    def folder(self) -> Path:
        """Where the finished clip lands."""
        return self.media / ("lossless" if self.lossless else "clips") / self.chapter.folder

    @property
    def ending(self) -> str:
        """Of the clip's file name."""
        return ".mov" if self.lossless else ".mp4"

    @property
    def workshop(self) -> Path:
        """Manim's own media folder for this clip; kept, because manim's cache makes the next render faster."""
        return self.media / "work" / self.stem

    @property
    def log(self) -> Path:
        """Everything the scene's process printed."""
        return self.media / "logs" / f"{self.stem}.log"

    @property
    def progress(self) -> Path:
        """JSON lines that the scene appends to while it renders."""
        return self.workshop / "progress.jsonl"

    @property
    def record(self) -> Path:
        """JSON that the scene writes at its end: beats, frames, and where its numbers came from."""
        return self.workshop / "record.json"

    @property
    def unfinished(self) -> Path:
        """Is there from the scene's start until it has ended well."""
        return self.workshop / ".unfinished"

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that the scene's process gets on top of this one's."""
        return self.story.environment | {"STORY_PROGRESS": str(self.progress), "STORY_RECORD": str(self.record)}

    def as_typed(self) -> str:
        """The command as a person could type it in a shell."""
        settings = [f"{name}={shlex.quote(value)}" for name, value in self.environment.items()]
        return " ".join([*settings, shlex.join(self.command)])


def choose(
    chapters: Sequence[Chapter], numbers: Iterable[int], names: Iterable[str]
) -> list[tuple[Chapter, SceneEntry]]:
    """Scenes of the given chapters and the scenes named, in the film's order, each once.

    Raises
    ------
    PlanError
        If a number or a name is not in the storyboard; the message has near matches and what there is.
    """
    numbers, names = set(numbers), set(names)
    every = {entry.name: chapter for chapter in chapters for entry in chapter.scenes}
    for number in sorted(numbers - {chapter.number for chapter in chapters}):
        there = ", ".join(f"{chapter.number} ({chapter.title})" for chapter in chapters)
        raise PlanError(f"there is no chapter {number}; the storyboard has {there}")
    for name in sorted(names - set(every)):
        raise PlanError(_no_scene(name, list(every)))
    return [
        (chapter, entry)
        for chapter in chapters
        for entry in chapter.scenes
        if chapter.number in numbers or entry.name in names
    ]


def make_task(
    chapter: Chapter,
    entry: SceneEntry,
    *,
    root: Path,
    quality: str,
    frame_rate: Fraction | None,
    story: Story,
    lossless: bool = False,
    media: Path | None = None,
) -> Task:
    """Work out command, paths and names for one scene.

    Parameters
    ----------
    chapter, entry : Chapter, SceneEntry
        The scene and its place.
    root : Path
        The repository root.
    quality : str
        A key of ``QUALITIES``.
    frame_rate : Fraction or None
        Frames a second, instead of the quality's own.
    story : Story
        Text and network asked for.
    lossless : bool
        Render for a delivery.
    media : Path, optional
        Where to work, instead of the repository's ``media``.
    """
    height, own_rate = QUALITIES[quality]
    rate = frame_rate or Fraction(own_rate)
    kind = "lossless" if lossless else ""
    stem = "_".join(part for part in (entry.name, story.slug, f"{height}p{float(rate):.6g}", kind) if part)
    media = (media or root / "media").resolve()
    command = (
        *(sys.executable, "-m", "manim", "render", f"{entry.module.replace('.', '/')}.py", entry.name),
        *(f"-q{quality}", "--fps", f"{float(rate):.10g}", "--progress_bar", "none", "--silent"),
        *(LOSSLESS if lossless else ("--format", "mp4")),
        *("--media_dir", str(media / "work" / stem)),
    )
    return Task(chapter, entry, stem, command, rate, story, media, lossless, quality)


def check_text(text: str) -> str:
    """The text as it will be shown: spaces at the ends removed.

    Raises
    ------
    PlanError
        If it is empty, longer than ``LONGEST_TEXT`` characters, or has characters that cannot be drawn.
    """
    shown = text.strip(" ")
    if not shown:
        raise PlanError("--text is empty; give a sentence of 2 to 16 tokens, about 2 to 12 words")
    if len(shown) > LONGEST_TEXT:
        raise PlanError(f"--text has {len(shown)} characters and at most {LONGEST_TEXT} fit; give a shorter sentence")
    for place, character in enumerate(shown, start=1):
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            raise PlanError(
                f"--text has U+{ord(character):04X} at character {place}, which cannot be drawn; give one plain line"
            )
    return shown


def check_checkpoint(checkpoint: str, root: Path) -> str:
    """A shipped network's name, or the absolute path of a checkpoint file or folder.

    Raises
    ------
    PlanError
        If there is no such name in ``assets/checkpoints/`` and nothing at such a path.
    """
    shipped = sorted(path.stem for path in (root / "assets" / "checkpoints").glob("*.safetensors"))
    if checkpoint in shipped:
        return checkpoint
    path = os.path.expanduser(checkpoint)
    if checkpoint and os.path.exists(path):
        return str(Path(path).resolve())
    there = f"shipped are {', '.join(shipped)}" if shipped else "none is shipped"
    near = _near(checkpoint, shipped)
    raise PlanError(f"there is no network {checkpoint!r}{near}; give the path of a checkpoint or a name ({there})")


def parse_frame_rate(text: str) -> Fraction:
    """Frames a second from ``60``, ``29.97`` or ``30000/1001``; 23.976, 29.97 and 59.94 mean the exact NTSC rates.

    Raises
    ------
    PlanError
        If it is no number from 1 to 240.
    """
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 1 <= rate <= 240:
        raise PlanError(f"--fps {text!r} is not a frame rate from 1 to 240; give e.g. 30, 60 or 29.97")
    ntsc = Fraction(round(rate * Fraction(1001, 1000)) * 1000, 1001)
    return ntsc if rate.denominator != 1 and abs(rate - ntsc) < Fraction(1, 100) else rate


def _no_scene(name: str, every: list[str]) -> str:
    return f"there is no scene {name!r}{_near(name, every)}; the storyboard has {', '.join(every)}"


def _near(word: str, words: Sequence[str]) -> str:
    lowered = {candidate.lower(): candidate for candidate in words}
    near = difflib.get_close_matches(word.lower(), lowered, n=3, cutoff=0.5)
    return f" (did you mean {' or '.join(lowered[match] for match in near)}?)" if near else ""


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _faithful_slug(text: str) -> str:
    """The text's slug, with a digest where the slug alone could stand for another text too."""
    slug = _slug(text)
    if slug.replace("-", " ") == text and len(slug) <= LONGEST_SLUG:
        return slug
    start = slug if len(slug) <= LONGEST_SLUG else slug[: LONGEST_SLUG + 1].rpartition("-")[0] or slug[:LONGEST_SLUG]
    return "-".join(part for part in (start, _digest(text)) if part)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:6]
