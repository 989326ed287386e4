"""What lies in a folder of clips and where its numbers came from: the manifest, and each scene's record."""

from __future__ import annotations

import glob
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

MANIFEST = "manifest.json"


class RecordError(ValueError):
    """A scene's record is missing or cannot be understood; the message says which and what was found."""


class _Tolerant(BaseModel):
    """Knows what it needs and keeps quiet about the rest, so that scenes may record more than delivery reads."""

    model_config = ConfigDict(extra="ignore")


class Beat(_Tolerant):
    """One thing the viewer understands: where it starts, how long it lasts, what the narration says."""

    act: str = ""
    number: int = Field(ge=1)
    name: str = ""
    narration: str = ""
    start_frame: int = Field(ge=0)
    frames: int = Field(ge=0)
    tensors: dict[str, int] = {}
    smallest_text: float = Field(0.0, ge=0)


class Checkpoint(_Tolerant):
    """The network the numbers came from."""

    name: str
    hash: str
    trained_on: str = ""


class Numbers(_Tolerant):
    """How many numbers were on screen, and how many of them carry a passport or a declaration."""

    shown: int = 0
    from_network: int = 0
    declared: int = 0


class Record(_Tolerant):
    """What a scene writes about itself when it has been rendered."""

    scene: str
    fps: tuple[PositiveInt, PositiveInt]
    frames: int = Field(ge=1)
    checkpoint: Checkpoint | None = None
    text: str = ""
    tokens: list[str] = []
    head: dict[str, object] = {}
    beats: list[Beat] = []
    numbers: Numbers = Numbers()
    passports: list[str] = []
    theme: str = ""
    background: str = Field("", pattern="^(#[0-9A-Fa-f]{6})?$")

    @property
    def frame_rate(self) -> Fraction:
        """Frames a second, exactly."""
        return Fraction(*self.fps)


class Provenance(_Tolerant):
    """Where the numbers on screen came from, and what drew them."""

    tokens: list[str] = []
    head: dict[str, object] = {}
    trained_on: str = ""
    numbers: Numbers = Numbers()
    passports: list[str] = []
    manim: str = ""


class Clip(_Tolerant):
    """One finished clip, as the manifest lists it.

    ``duration`` is in seconds; ``fps`` is (numerator, denominator); frames are counted from 0.
    """

    file: str
    scene: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    frames: int = Field(ge=1)
    fps: tuple[PositiveInt, PositiveInt]
    duration: float = Field(gt=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    checkpoint: str = ""
    checkpoint_hash: str = ""
    text: str = ""
    theme: str = ""
    provenance: Provenance = Provenance()
    beats: list[Beat] = []


class Manifest(_Tolerant):
    """Every clip of one folder, in the order of their file names."""

    chapter: int
    title: str
    clips: list[Clip] = []


def read_record(path: Path) -> Record:
    """The record a scene left.

    Raises
    ------
    RecordError
        If it is missing, is not JSON, or lacks what delivery needs.
    """
    try:
        return Record.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise RecordError(
            "the scene ended without leaving its record; only a ChapterScene that ran to its end does"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise RecordError(f"the scene's record cannot be used ({place}: {first['msg']}); see {path}") from error


def read_manifest(folder: Path) -> Manifest | None:
    """The folder's manifest, or None if there is none.

    Raises
    ------
    RecordError
        If the file is there but is not a manifest.
    """
    path = folder / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise RecordError(f"{path} is not a manifest; delete it, it is made anew with the next clip") from error


def add_clip(folder: Path, chapter: int, title: str, clip: Clip) -> Manifest:
    """List a clip in the folder's manifest, in place of an older one of the same name.

    Clips whose files are gone are dropped. Several processes may do this at once; a reader never sees half a file.

    Raises
    ------
    OSError
        If the folder cannot be written to.
    """
    # Beside the folder, so that whoever takes the folder away gets clips and nothing else.
    with FileLock(folder.with_name(f".{folder.name}.lock"), timeout=60):
        others = [other for other in _listed(folder) if other.file != clip.file and (folder / other.file).is_file()]
        clips = sorted([*others, clip], key=lambda one: one.file)
        manifest = Manifest(chapter=chapter, title=title, clips=clips)
        write_atomically(folder / MANIFEST, manifest.model_dump_json(indent=2) + "\n")
    return manifest


def _listed(folder: Path) -> list[Clip]:
    """Clips of the old manifest; a damaged one is kept aside under another name and counts as empty."""
    try:
        manifest = read_manifest(folder)
    except RecordError:
        os.replace(folder / MANIFEST, folder / "manifest.damaged.json")
        return []
    return manifest.clips if manifest else []


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or not at all."""
    with part_of(path) as part:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)


@contextmanager
def part_of(path: Path) -> Iterator[Path]:
    """A temporary name beside a file, gone afterwards whatever happens, as are those of processes that were killed."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        if not runs(left.suffixes[-2].removeprefix(".")):
            left.unlink(missing_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def runs(number: str) -> bool:
    """Whether a process lives, or is not ours to ask about."""
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError):
        return True
    return True


def file_sha256(path: Path) -> str:
    """The file's SHA-256 as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pretty(record_text: str) -> str:
    """A record's JSON, laid out for a reader."""
    return json.dumps(json.loads(record_text), indent=2, ensure_ascii=False) + "\n"
