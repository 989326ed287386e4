"""Texts that move with something that turns: always written anew from the same outlines, upright and crisp.

Scaling and moving them step by step would leave rounding that depends on how many frames were drawn.
"""

from __future__ import annotations

import numpy as np
from manim import VMobject

from mobjects.numerals import Floats


def outlines_of(text: VMobject) -> list[Floats]:
    """Return the outlines of a text's glyphs about its middle; none if it is empty."""
    middle = text.get_center() if len(text) else 0
    return [np.asarray(glyph.points - middle) if len(glyph.points) else glyph.points.copy() for glyph in text]


def size_of(outlines: list[Floats]) -> Floats:
    """Return width and height of a text, zeros if it is empty."""
    points = [outline for outline in outlines if len(outline)]
    return np.ptp(np.concatenate(points), axis=0)[:2] if points else np.zeros(2)


def write(text: VMobject, outlines: list[Floats], middle: Floats, scale: float = 1.0) -> None:
    """Write the glyphs of a text about ``middle`` (2,), ``scale`` times as large as their outlines."""
    for glyph, outline in zip(text, outlines, strict=True):
        glyph.points = outline * scale + np.append(middle[:2], 0)
