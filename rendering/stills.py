"""Clips as single pictures: one of each, and all at a glance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import av
from PIL import Image, ImageDraw, ImageFont

from rendering.manifest import Beat

COLUMNS, WIDTH, MARGIN, LINE = 4, 480, 24, 40  # in pixels
POSTER = 640  # pixels wide
PAPER, INK = (32, 32, 36), (232, 232, 232)


def middle(beats: Sequence[Beat], frames: int) -> int:
    """The frame that stands for a clip: the last of the beat in the middle, when everything has come to rest."""
    if not beats:
        return frames // 2
    beat = beats[len(beats) // 2]
    return min(frames, beat.start_frame + beat.frames) - 1


def fullest(beats: Sequence[Beat], frames: int) -> int:
    """The frame that has most to show: the last of the beat with the most numbers of the network."""
    if not any(beat.tensors for beat in beats):
        return middle(beats, frames)
    beat = max(beats, key=lambda one: sum(one.tensors.values()))
    return min(frames, beat.start_frame + beat.frames) - 1


def poster(film: Path, frame: int, target: Path) -> None:
    """Write one frame of a film, small."""
    with av.open(str(film)) as reader:
        stream = reader.streams.video[0]
        times = sorted(packet.pts for packet in reader.demux(stream) if packet.pts is not None)
        wanted = times[min(frame, len(times) - 1)]
        reader.seek(wanted, stream=stream)
        shown = next(one for one in reader.decode(stream) if one.pts is not None and one.pts >= wanted)
        picture = shown.to_image()
    picture.resize((POSTER, round(POSTER * picture.height / picture.width)), Image.Resampling.LANCZOS).save(
        target, quality=88
    )


def contact_sheet(stills: Sequence[tuple[str, Path]], target: Path, root: Path) -> None:
    """Write one picture with a still of each clip and its name.

    Parameters
    ----------
    stills : sequence of (str, Path)
        Names and pictures, all of one shape.
    target : Path
    root : Path
        The repository, where the font is.
    """
    font = ImageFont.truetype(str(root / "assets" / "fonts" / "InterScene-Regular.ttf"), 20)
    with Image.open(stills[0][1]) as first:
        height = round(WIDTH * first.height / first.width)
    columns = min(COLUMNS, len(stills))
    rows = math.ceil(len(stills) / columns)
    wide, high = WIDTH + MARGIN, height + LINE + MARGIN
    sheet = Image.new("RGB", (columns * wide + MARGIN, rows * high + MARGIN), PAPER)
    pen = ImageDraw.Draw(sheet)
    for place, (name, path) in enumerate(stills):
        x, y = MARGIN + place % columns * wide, MARGIN + place // columns * high
        with Image.open(path) as picture:
            sheet.paste(picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS), (x, y))
        pen.text((x, y + height + 8), name, fill=INK, font=font)
    sheet.save(target)
