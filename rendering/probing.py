"""Looks into every file that was written: is it what an editor was promised?"""

from __future__ import annotations

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


def check(path: Path, profile: Profile, take: Take) -> None:
    """Compare a file with what was asked for.

    Raises
    ------
    DeliveryError
        If it has other frames, colours, times or another codec.
    """
    expected = take.frames + 2 * take.handle_of(profile)
    if profile.name == "png":
        found = len(list(path.glob("*.png")))
        if found != expected:
            raise DeliveryError(f"{path.name} has {found} pictures; {expected} were expected")
        return
    with av.open(str(path)) as reader:
        stream = reader.streams.video[0]
        start = stream.metadata.get("timecode", "")
        context: Any = stream.codec_context
        tags = context.color_primaries, context.color_trc, context.colorspace
        tag = context.codec_tag
        times = sorted(packet.pts for packet in reader.demux(stream) if packet.pts is not None)
    if profile.is_film:
        promised = timecode(take.chapter, take.place - take.handle_of(profile), take.frame_rate)
        steps = {later - earlier for earlier, later in zip(times, times[1:], strict=False)}
        faults: list[tuple[Any, Any, str]] = [
            (len(times), expected, "frames"),
            (tags, (1, 1, 1), "colour tags"),
            (tag if profile.tag else "", profile.tag, "codec tag"),
            (start if profile.tag else "", promised if profile.tag else "", "timecode"),
            (max(steps, default=0) - min(steps, default=0) <= (0 if profile.tag else MILLISECOND), True, "even frames"),
        ]
        for found, wanted, what in faults:
            if found != wanted:
                raise DeliveryError(f"{path.name}: {what} {found} were found and {wanted} were expected")


def described(folder: Path, path: Path, profile: Profile, take: Take) -> File:
    """A file as the manifest lists it."""
    whole, start = folder / path, ""
    if profile.name == "png":
        pictures = sorted(whole.glob("*.png"))
        frames, tag, form, codec = len(pictures), "", "rgba", "png"
        with Image.open(pictures[0]) as picture:
            width, height = picture.size
    else:
        with av.open(str(whole)) as reader:
            stream: Any = reader.streams.video[0]
            start = stream.metadata.get("timecode", "")
            width, height, form, tag = stream.width, stream.height, profile.pixel_format, stream.codec_context.codec_tag
            codec = stream.codec_context.name
            frames = sum(packet.pts is not None for packet in reader.demux(stream))
    return File(
        path=path.as_posix(), profile=profile.name, frames=frames, handle=take.handle_of(profile), start_timecode=start,
        width=width, height=height, codec=codec, tag=tag if profile.tag else "", pixel_format=form,
        colours="BT.709" if profile.is_film else "sRGB", alpha="straight" if profile.alpha else "none",
    )  # fmt: skip
