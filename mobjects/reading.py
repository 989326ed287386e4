"""What a screen says: every number, word and symbol on it, with its size, its light and its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from manim import Mobject, Text, VMobject

from mobjects.fonts import covered_characters
from mobjects.numerals import Floats, Numeral, recover_placement
from mobjects.text import Outline, extent, label
from mobjects.tokens import Word

# Opacities: below the first nothing is seen, above the second it is meant to be read.
SEEN, BRIGHT = 0.02, 0.3


@dataclass(frozen=True)
class Writing:
    """Something to be read, as it stands on the screen.

    Attributes
    ----------
    kind : {"number", "word", "label", "symbol"}
        A word is a token's.
    says : str
        What it says.
    size : float
        The font size it has now, whatever was done to it; ``inf`` if that cannot be known.
    opacity : float
        Of its brightest part, 0 to 1.
    color : float array, shape (3,)
        Red, green and blue of that part, 0 to 1.
    boxes : float array, shape (glyph, 4)
        Left, bottom, right, top of each glyph, in manim units.
    mobject : VMobject
        What says it.
    """

    kind: str
    says: str
    size: float
    opacity: float
    color: Floats
    boxes: Floats
    mobject: VMobject

    @property
    def low(self) -> Floats:
        """The lower left corner of all of it."""
        corner: Floats = self.boxes[:, :2].min(axis=0)
        return corner

    @property
    def high(self) -> Floats:
        """The upper right corner of all of it."""
        corner: Floats = self.boxes[:, 2:].max(axis=0)
        return corner

    @property
    def center(self) -> Floats:
        """The middle of all of it."""
        return (self.low + self.high) / 2

    def shares(self, other: Writing) -> float:
        """Return how much of the smaller one's glyphs lies on the other's, 0 to 1."""
        low = np.maximum(self.boxes[:, None, :2], other.boxes[None, :, :2])
        high = np.minimum(self.boxes[:, None, 2:], other.boxes[None, :, 2:])
        common = float(np.prod(np.clip(high - low, 0, None), axis=2).sum())
        return common / min(_area(self.boxes), _area(other.boxes))


def written(mobjects: Iterable[Mobject]) -> list[Writing]:
    """Return everything that is said by ``mobjects`` and their parts and can be seen, each once."""
    found = (_writing(part) for part in _speakers(mobjects))
    return [one for one in found if one is not None and one.opacity > SEEN]


def smallest(said: Iterable[Writing]) -> float:
    """Return the least font size of what is meant to be read, tags in corners left out; 0 if there is none."""
    sizes = [one.size for one in said if one.opacity > BRIGHT and not hasattr(one.mobject, "least_size")]
    return min((size for size in sizes if np.isfinite(size)), default=0.0)


def _speakers(mobjects: Iterable[Mobject]) -> Iterator[VMobject]:
    seen: set[int] = set()
    waiting = list(mobjects)[::-1]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, Numeral | Text | Word | Outline):
            yield part
        else:
            waiting += part.submobjects[::-1]


def _writing(part: Any) -> Writing | None:
    glyphs = [leaf for leaf in part.get_family() if len(leaf.points)]
    if not glyphs:
        return None
    opacity, color = brightest(glyphs)
    kind, says, size = _said(part, glyphs)
    return Writing(kind, says, size, opacity, color, _boxes(glyphs), part)


def _said(part: Any, glyphs: list[VMobject]) -> tuple[str, str, float]:
    if isinstance(part, Numeral):
        placement = recover_placement(part)
        return "number", part.text, np.inf if placement is None else float(np.linalg.norm(placement[0]))
    if isinstance(part, Outline):
        return "symbol", part.reads, extent(part.points) / part.unit
    if isinstance(part, Word):
        return "word", part.piece, _size_of_glyphs(glyphs, part.piece.replace(" ", ""), "regular")
    says = part.original_text[: len(part.submobjects)]
    letters = [(leaf, letter) for leaf, letter in zip(part.submobjects, says, strict=False) if len(leaf.points)]
    weight = "bold" if part.weight == "BOLD" else "regular"
    leaves, line = [leaf for leaf, _ in letters], "".join(letter for _, letter in letters)
    return "label", says, _size_of_glyphs(leaves[:1], line[:1], weight)


def _size_of_glyphs(glyphs: list[VMobject], characters: str, weight: str) -> float:
    """Return the font size of the smallest of some glyphs."""
    return min(
        (
            extent(glyph.points) / glyph_extent(character, weight)
            for glyph, character in zip(glyphs, characters, strict=False)
            if character in covered_characters() and not character.isspace()
        ),
        default=np.inf,
    )


def brightest(leaves: Iterable[VMobject]) -> tuple[float, Floats]:
    """Return the opacity and the colour (red, green, blue) of what is brightest among leaves with points."""
    paints = [rgba for leaf in leaves for rgba in leaf.fill_rgbas]
    paints += [rgba for leaf in leaves if np.max(leaf.stroke_width) > 0 for rgba in leaf.stroke_rgbas]
    opacity, paint = max(((float(rgba[3]), rgba) for rgba in paints), key=lambda one: one[0])
    return opacity, paint[:3]


@cache
def glyph_extent(character: str, weight: str = "regular") -> float:
    """Return the extent of a character of the film's font at font size 1."""
    [glyph] = label(character, size=100, weight=weight).submobjects
    return extent(glyph.points) / 100


def _boxes(glyphs: list[VMobject]) -> Floats:
    """Return the boxes of glyphs; one that is drawn as several closed lines has a box for each of these."""
    curves = np.concatenate([glyph.points[: len(glyph.points) // 4 * 4] for glyph in glyphs]).reshape(-1, 4, 3)
    joined = np.isclose(curves[1:, 0], curves[:-1, 3], atol=1e-6).all(axis=1)
    starts = np.concatenate([[0], np.flatnonzero(~joined) + 1])
    low, high = curves.min(axis=1)[:, :2], curves.max(axis=1)[:, :2]
    return np.hstack([np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)])


def _area(boxes: Floats) -> float:
    return max(float(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1).sum()), 1e-12)
