"""Looks into every file that was written: is it what an editor was promised?"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import av
from PIL import Image

from rendering.delivered import File
from rendering.finish import DeliveryError
from rendering.profiles import Profile
from rendering.take import Take
from rendering.timecode import timecode

MILLISECOND = 1  # WebM counts nothing finer: there, frames may differ by this much


def probe(folder: Path, path: Path, profile: Profile, take: Take) -> File:
    """A file as the manifest lists it, compared with what was asked for.

    Parameters
    ----------
    folder, path : Path
        The delivery, and the file's place in it.
    profile : Profile
    take : Take

    Raises
    ------
    DeliveryError
        If it has other frames, colours, times or another codec.
    """
    handle = take.handle_of(profile)
    expected = take.frames + 2 * handle
    start = tag = ""
    if profile.name == "png":
        pictures = sorted((folder / path).glob("*.png"))
        codec, found = "png", len(pictures)
        with Image.open(pictures[0]) as picture:
            width, height = picture.size
    else:
        with av.open(str(folder / path)) as reader:
            stream: Any = reader.streams.video[0]
            context, width, height = stream.codec_context, stream.width, stream.height
            codec, start = context.name, stream.metadata.get("timecode", "")
            tag = context.codec_tag if profile.tag else ""
            tags = context.color_primaries, context.color_trc, context.colorspace
            times = sorted(packet.pts for packet in reader.demux(stream) if packet.pts is not None)
        found = len(times)
        if profile.is_film:
            steps = [later - earlier for earlier, later in pairwise(times)]
            uneven = max(steps, default=0) - min(steps, default=0) > (0 if profile.tag else MILLISECOND)
            promised = timecode(take.chapter, take.place - handle, take.frame_rate) if profile.tag else ""
            demand(path, "colour tags", tags, (1, 1, 1))
            demand(path, "codec tag", tag, profile.tag)
            demand(path, "timecode", start, promised)
            demand(path, "uneven frames", uneven, False)
    if profile.name != "gif":  # whose clock is another
        demand(path, "frames", found, expected)
    return File(
        path=path.as_posix(), profile=profile.name, frames=found, handle=handle, start_timecode=start, width=width,
        height=height, codec=codec, tag=tag, pixel_format=profile.pixel_format,
        colours="BT.709" if profile.is_film else "sRGB", alpha="straight" if profile.alpha else "none",
    )  # fmt: skip


def demand(path: Path, what: str, found: object, expected: object) -> None:
    """Refuse a file of which something is not as it ought to be."""
    if found != expected:
        raise DeliveryError(f"{path.name}: {what} {found!r} was found and {expected!r} was expected")
