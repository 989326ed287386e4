"""What a delivery says about itself: ``manifest.json``, whose form is published as a JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from rendering.manifest import Beat, RecordError

SCHEMA = Path(__file__).resolve().parent.parent / "docs" / "delivery.schema.json"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Order(_Strict):
    """What was asked for: enough to make the delivery again, given the commit."""

    chapter: int = Field(ge=1, description="The chapter's number.")
    scenes: tuple[str, ...] = Field(min_length=1, description="Its scenes, in the film's order.")
    quality: str
    fps: tuple[PositiveInt, PositiveInt] = Field(description="Frames a second, numerator and denominator.")
    text: str = Field(default="", description="The sentence asked for; empty means each scene's own.")
    checkpoint: str = Field(default="", description="The network asked for; empty means each scene's own.")
    theme: str = "dark"
    profiles: tuple[str, ...] = Field(min_length=1, description="Kinds of file.")
    by_act: bool = False
    handle: int = Field(ge=0, description="Frames for which the first and the last picture stand longer.")
    scratch_voice: bool = Field(default=False, description="Whether a machine reads the narration.")


class File(_Strict):
    """One file of a clip."""

    path: str = Field(description="From the delivery's folder; a folder if it is a sequence of pictures.")
    profile: str
    frames: int = Field(ge=1, description="Handles included.")
    handle: int = Field(ge=0)
    start_timecode: str = Field(description="Of the first frame, no numbers dropped; empty if the file has none.")
    width: int
    height: int
    codec: str
    tag: str
    pixel_format: str
    colours: Literal["BT.709", "sRGB"]
    alpha: Literal["none", "straight"]


class Source(_Strict):
    """Where a clip's numbers came from."""

    checkpoint: str
    checkpoint_sha256: str
    trained_on: str
    text: str
    tokens: tuple[str, ...]
    layer_and_head: dict[str, object]
    numbers_shown: int
    numbers_from_network: int
    numbers_declared: int
    passports: tuple[str, ...]


class Shown(_Strict):
    """One clip."""

    name: str
    scene: str
    title: str
    act: str
    place: int = Field(ge=0, description="Frame of the chapter where it begins.")
    frames: int = Field(ge=1, description="Without handles.")
    beats: tuple[Beat, ...]
    files: tuple[File, ...]
    stills: tuple[str, ...]
    left_out: dict[str, str] = Field(default={}, description="Profiles in which the clip would not do, and why.")
    sound: str = Field(default="", description="A machine's reading, with the files' handles; empty if there is none.")
    pictures_sha256: str = Field(
        pattern="^[0-9a-f]{64}$",
        description="Of the SHA-256 of its pictures, one after another; each is rows of red, green, blue "
        "(weighed by alpha) and alpha, a byte each, as they were drawn.",
    )
    source: Source


class Delivery(_Strict):
    """The whole folder."""

    form: Literal[1] = Field(default=1, description="Number of this form of the manifest.")
    name: str
    title: str
    version: int = Field(ge=1)
    order: Order
    timecode: str = Field(default="NDF", description="No numbers are dropped; chapter N begins at N hours.")
    frames: int = Field(description="Of all clips, without handles.")
    clips: tuple[Shown, ...]
    timelines: tuple[str, ...]
    commit: str = Field(description="Of the source the film was drawn from; with + if files were changed since.")
    software: dict[str, str] = Field(description="Versions of what draws and codes pictures.")


def read_delivery(path: Path) -> Delivery:
    """A delivery's manifest.

    Raises
    ------
    RecordError
        If there is none at this place, or it is something else.
    """
    try:
        return Delivery.model_validate_json(path.read_bytes())
    except OSError as error:
        raise RecordError(f"{path} cannot be read ({error.strerror}); give a delivery's manifest.json") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise RecordError(f"{path} is not a delivery's manifest ({place}: {first['msg']})") from error


def schema() -> str:
    """The manifest's form as JSON Schema, as it is published."""
    return json.dumps(Delivery.model_json_schema(), indent=2, ensure_ascii=False) + "\n"
