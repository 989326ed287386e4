"""From a scene's lossless film to every kind of file asked for, in one pass over its pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av
import numpy as np

from rendering.finish import DeliveryError
from rendering.profiles import Profile
from rendering.take import Picture, Pixels, Take
from rendering.writers import Writer, write_png, writer


def transcode(source: Path, targets: Mapping[Path, Profile], take: Take, stills: Mapping[Path, int]) -> str:
    """Write every target from one pass over a film of lossless pictures with premultiplied alpha.

    Parameters
    ----------
    source : Path
        PNG pictures in a QuickTime file, as scenes are rendered for delivery.
    targets : mapping of Path to Profile
        Files to be written; of a sequence the folder.
    take : Take
    stills : mapping of Path to int
        Pictures to be written, each of one frame of the clip.

    Returns
    -------
    str
        SHA-256 of all pictures, each as often as it is shown: the same pictures give the same digits anywhere.

    Raises
    ------
    DeliveryError
        If the film has fewer frames than the clip takes from it.
    """
    writers: list[Writer] = []
    count, digest = 0, hashlib.sha256()
    with ExitStack() as held:
        for pixels, times in part_of(pictures(source), take.first, take.frames):
            if not writers:
                for path, profile in targets.items():
                    writers.append(writer(path, profile, take, pixels.shape))
                    held.callback(writers[-1].close)
            picture = Picture(pixels, take.background)
            digest.update(hashlib.sha256(np.ascontiguousarray(pixels).data).digest() * times)
            ends = (count == 0) + (count + times == take.frames)
            for one, profile in zip(writers, targets.values(), strict=True):
                one.write(picture, times + ends * take.handle_of(profile))
            for path, frame in stills.items():
                if count <= frame < count + times:
                    write_png(path, picture.opaque)
            count += times
    if count != take.frames:
        raise DeliveryError(
            f"{source.name} has {count} of the {take.frames} frames that were expected from {take.first} on"
        )
    return digest.hexdigest()


def pictures(source: Path) -> Iterator[tuple[Pixels, int]]:
    """Each picture of a lossless film with the number of frames for which it stands still."""
    with av.open(str(source)) as reader:
        decoder = av.CodecContext.create("png", "r")
        known, repeat = b"", 0
        pixels: Any = None
        for packet in reader.demux(reader.streams.video[0]):
            data = bytes(packet)
            if not data:
                continue
            if data == known:
                repeat += 1
                continue
            if pixels is not None:
                yield pixels, repeat
            packet.is_keyframe = True  # else its pictures count as differences to the one before
            [frame] = decoder.decode(packet)
            pixels, known, repeat = frame.to_ndarray(format="rgba"), data, 1
        if pixels is not None:
            yield pixels, repeat


def part_of(runs: Iterable[tuple[Pixels, int]], first: int, frames: int) -> Iterator[tuple[Pixels, int]]:
    """Those pictures, or parts of their time, that fall into some frames."""
    place = 0
    for pixels, repeat in runs:
        inside = min(place + repeat, first + frames) - max(place, first)
        place += repeat
        if inside > 0:
            yield pixels, inside
        if place >= first + frames:
            return
