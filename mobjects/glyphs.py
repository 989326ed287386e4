"""Outlines of the characters numbers are made of, drawn once and kept as arrays.

All outlines are in ems: font size 1 is one unit. The origin of a number is the left edge of its decimal point (the
right edge of its last digit if it has none), at half the height of a digit.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobjects.text import LAYOUT_SIZE, label

MINUS = "\N{MINUS SIGN}"
INFINITY = "\N{INFINITY}"
CHARACTERS = "0123456789+" + MINUS + ".," + INFINITY + "%"

# Digits in the middle of wide slots leave holes beside every 1; a little narrower reads better and never touches.
TIGHTNESS = 0.95

Floats = NDArray[np.float64]


class GlyphSet(NamedTuple):
    """Outlines by character, each with its slot starting at x = 0, and the widths of the slots."""

    outlines: dict[str, Floats]
    advances: dict[str, float]


class Template(NamedTuple):
    """A number as an outline, with what is needed to find out later where it was moved.

    ``outline`` has rows (x, y, 1), so that ``outline @ placement`` places it, where the rows of ``placement`` are the
    images of the x edge, the y edge and the origin. ``inverse @ points[reference]`` gives the placement back.
    """

    outline: Floats
    reference: NDArray[np.intp]
    inverse: Floats


@cache
def glyph_set(weight: str = "regular") -> GlyphSet:
    """Return outlines of all characters of numbers; digits share one width, and so do the signs."""
    # A zero before and after each character measures its slot, whatever its ink.
    line = label("0" + "".join(character + "0" for character in CHARACTERS), size=LAYOUT_SIZE, weight=weight)
    glyphs = [np.asarray(glyph.points) / LAYOUT_SIZE for glyph in line.submobjects]
    zeros = [float(glyph[:, 0].min()) for glyph in glyphs[::2]]
    # The slot of a zero: the distance of the zeros around a zero, less one.
    digit = (zeros[1] - zeros[0]) / 2
    middle = (glyphs[0][:, 1].min() + glyphs[0][:, 1].max()) / 2
    outlines, advances = {}, {}
    for place, character in enumerate(CHARACTERS):
        width = digit if character.isdigit() else zeros[place + 1] - zeros[place] - digit
        outline = glyphs[2 * place + 1].copy()
        width *= TIGHTNESS
        ink = (outline[:, 0].min() + outline[:, 0].max()) / 2
        outline -= np.array([ink - width / 2, middle, 0])
        outlines[character], advances[character] = outline, width
    return GlyphSet(outlines, advances)


@lru_cache(maxsize=20_000)
def number_template(text: str, weight: str = "regular") -> Template:
    """Return the outline of ``text``, made of ``CHARACTERS``, ready to be placed."""
    outlines, advances = glyph_set(weight)
    x = -text_width(text.partition(".")[0], weight)
    pieces = []
    for character in text:
        pieces.append(outlines[character] + np.array([x, 0, 0]))
        x += advances[character]
    outline = np.concatenate(pieces)
    outline[:, 2] = 1
    reference = _spanning_triangle(outline)
    return Template(outline, reference, np.linalg.inv(outline[reference]))


def text_width(text: str, weight: str = "regular") -> float:
    """Return the width of the slots of ``text``, in ems."""
    advances = glyph_set(weight).advances
    return float(sum(advances[character] for character in text))


def anchors(points: Floats) -> Floats:
    """Return the first and last points of all curves: they stay when a curve is subdivided."""
    return np.concatenate([points[::4], points[3::4]])


def _spanning_triangle(outline: Floats) -> NDArray[np.intp]:
    """Return the indices of the leftmost point, the rightmost, and the one farthest from their line."""
    left, right = int(outline[:, 0].argmin()), int(outline[:, 0].argmax())
    edge, spans = outline[right] - outline[left], outline - outline[left]
    far = int(np.abs(edge[0] * spans[:, 1] - edge[1] * spans[:, 0]).argmax())
    return np.array([left, right, far])
