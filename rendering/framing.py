"""Upright and square films for short videos: what a clip ever shows, as large as it fits the other frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np
from PIL import Image

from rendering.manifest import Beat
from rendering.plan import QUALITIES, PlanError
from rendering.profiles import PROFILES
from rendering.take import Box, Pixels

MARGIN = 0.02  # of the frame's width, left free on either side
LARGEST = 1.5  # times the picture's own size: beyond, edges are soft
LINES = 1080  # of the rendering, at least
# The house's smallest text, font size 24 where the frame is 8 high, can be read in a film of 480 lines; so many lines
# of a font's size must be left.
FRAME_UNITS = 1080  # font sizes count lines of a frame so high
LEGIBLE = 24 * 480 / FRAME_UNITS


def check_quality(profiles: Iterable[str], quality: str) -> None:
    """Refuse a rendering whose text would be too small in another frame.

    Raises
    ------
    PlanError
        If it has too few lines.
    """
    framed = [name for name in profiles if PROFILES[name].frame]
    if framed and QUALITIES[quality][0] < LINES:
        raise PlanError(
            f"--profile {framed[0]} needs {LINES} lines or text gets too small; give -q h (1080), p (1440) or k (2160)"
        )


def frame_size(shape: tuple[int, ...], frame: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the film in another frame: as wide as the rendering is high."""
    width = shape[0] // 2 * 2
    return width, round(Fraction(width * frame[1], frame[0]) / 2) * 2


def content_box(pictures: Iterable[Pixels]) -> Box:
    """What is drawn in any of a clip's pictures: left, top, right, bottom in pixels."""
    drawn: Pixels | None = None
    for pixels in pictures:
        drawn = pixels[..., 3].copy() if drawn is None else np.maximum(drawn, pixels[..., 3], out=drawn)
    if drawn is None or not drawn.any():
        return 0, 0, 0, 0
    columns, rows = np.flatnonzero(drawn.any(axis=0)), np.flatnonzero(drawn.any(axis=1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def scale(box: Box, size: tuple[int, int]) -> float:
    """How much larger the picture gets."""
    left, top, right, bottom = box
    room = size[0] * (1 - 2 * MARGIN), size[1] - 2 * MARGIN * size[0]
    return min(LARGEST, room[0] / max(1, right - left), room[1] / max(1, bottom - top))


def too_small(beats: Sequence[Beat], box: Box, lines: int, size: tuple[int, int]) -> str:
    """Why a clip should not be shown in another frame: a sentence, or nothing.

    Parameters
    ----------
    beats : sequence of Beat
    box : Box
        What the clip shows.
    lines : int
        Of its pictures.
    size : (int, int)
        Of the other frame.
    """
    smallest = min((beat.smallest_text for beat in beats if beat.smallest_text), default=0.0)
    left = smallest * lines / FRAME_UNITS * scale(box, size)
    if not smallest or left >= LEGIBLE:
        return ""
    return f"its smallest text would be {left:.1f} pixels high, and {LEGIBLE:.1f} can be read"


def framed(pixels: Pixels, box: Box, size: tuple[int, int], background: tuple[int, int, int]) -> Pixels:
    """An opaque picture in another frame: what is ever drawn, in the middle of the background."""
    left, top, right, bottom = box
    canvas = Image.new("RGBA", size, (*background, 255))
    if right > left:
        factor = scale(box, size)
        wide, high = round((right - left) * factor), round((bottom - top) * factor)
        part = Image.fromarray(np.ascontiguousarray(pixels[top:bottom, left:right]))
        canvas.paste(
            part.resize((wide, high), Image.Resampling.LANCZOS), ((size[0] - wide) // 2, (size[1] - high) // 2)
        )
    return np.asarray(canvas)
