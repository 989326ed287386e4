"""Text broken into lines: every paragraph is laid out as one long line, then cut where words end."""

from __future__ import annotations

import re
from functools import cache
from itertools import groupby
from typing import NamedTuple

import numpy as np
from manim import VGroup, VMobject
from numpy.typing import NDArray

from mobjects import theme
from mobjects.text import HAIR, checked_text, label
from mobjects.tokens import Word

ALIGNMENTS = ("left", "center")
# A tall letter and a deep one, laid out before each paragraph and then dropped: they give baseline and line height.
SAMPLE = "lg "
# From baseline to baseline, in heights of those two letters.
LEADING = 1.35
# A space, in the same heights.
SPACE = 0.28

Floats = NDArray[np.float64]


class Character(NamedTuple):
    """One character in its place: its outline (empty for white space), its line, and its left and right edge.

    The first baseline is at y = 0, lines start at x = 0.
    """

    outline: Floats
    line: int
    left: float
    right: float


@cache
def letter_heights(size: float) -> tuple[float, float]:
    """Return how far a tall letter rises above the baseline at a font size, and how far a deep one falls below it."""
    tall, deep, *_ = label(SAMPLE, size=size)
    baseline = tall.get_bottom()[1]
    return float(tall.get_top()[1] - baseline), float(baseline - deep.get_bottom()[1])


def text_height(size: float) -> float:
    """Return the height of a tall letter and a deep one together at a font size, in manim units."""
    return sum(letter_heights(size))


def level_line(text: str, size: float, color: str | None = None) -> Word:
    """Return one line of text that starts at x = 0 and whose baseline is at y = 0, whatever letters it has."""
    tall, _, _, *glyphs = label(SAMPLE + checked_text(text), size=size, color=color)
    line = Word(*(glyph for glyph in glyphs if glyph.width > HAIR), piece=text)
    return line.shift([-line.get_left()[0], -tall.get_bottom()[1], 0])


def lay_out(text: str, width: float, size: float, weight: str = "regular") -> list[Character]:
    """Return all characters of a text in lines no wider than ``width``, where words allow it.

    Raises
    ------
    ValueError
        If the width is not above zero or the text cannot be drawn.
    """
    if not width > 0:
        raise ValueError(f"A width of {width} was found; expected a width above zero.")
    checked_text(re.sub(r"[\t\r]", " ", text))
    height, line = text_height(size), 0
    characters: list[Character] = []
    for number, paragraph in enumerate(re.split("\n", text)):
        if number:
            edge = characters[-1].right if characters and characters[-1].line == line else 0.0
            characters.append(Character(np.zeros((0, 3)), line, edge, edge))
            line += 1
        placed = lay_out_paragraph(paragraph, width, size, weight, height)
        characters += [place._replace(line=place.line + line) for place in placed]
        line = characters[-1].line if placed else line
    drop = LEADING * height
    return [place._replace(outline=place.outline - [0, place.line * drop, 0]) for place in characters]


def lay_out_paragraph(text: str, width: float, size: float, weight: str, height: float) -> list[Character]:
    """Return the characters of a text without line breaks, lines counted from 0, all on the first baseline."""
    tall, _, _, *glyphs = label(SAMPLE + re.sub(r"\s", " ", text), size=size, weight=weight)
    outlines = [np.asarray(glyph.points) - [0, tall.get_bottom()[1], 0] for glyph in glyphs]
    characters: list[Character] = []
    line, start, pen, done = 0, None, 0.0, 0
    for word in re.finditer(r"\S+", text):
        letters = outlines[word.start() : word.end()]
        left, right = min(one[:, 0].min() for one in letters), max(one[:, 0].max() for one in letters)
        start = left - word.start() * SPACE * height if start is None else start
        spaces = spaced(word.start() - done, line, pen, height)
        if right - start > width and characters:
            line, start = line + 1, left
        shifted = [one - [start, 0, 0] for one in letters]
        characters += spaces
        characters += [Character(one, line, float(one[:, 0].min()), float(one[:, 0].max())) for one in shifted]
        pen, done = characters[-1].right, word.end()
    return characters + spaced(len(text) - done, line, pen, height)


def spaced(count: int, line: int, pen: float, height: float) -> list[Character]:
    """Return so many spaces after ``pen``."""
    edges = pen + SPACE * height * np.arange(count + 1)
    return [Character(np.zeros((0, 3)), line, float(edges[place]), float(edges[place + 1])) for place in range(count)]


def wrapped(
    text: str,
    width: float,
    size: float | None = None,
    color: str | None = None,
    weight: str = "regular",
    align: str = "left",
) -> VGroup:
    """Text in lines no wider than ``width``: one group for each line with ink, the characters in it.

    Parameters
    ----------
    text : str
        A line break in it ends a line. A single word that is too wide stands alone on its line.
    width : float
        In manim units.
    size, color, weight
        As in :func:`label`.
    align : {"left", "center"}

    Raises
    ------
    ValueError
        If the width is not above zero, there is no such alignment, or the text cannot be drawn.

    Examples
    --------
    >>> sentence = "The task is to guess what comes next, and nothing else."
    >>> self.add(wrapped(sentence, width=7, size=theme.FONT_BODY, align="center"))
    """
    if align not in ALIGNMENTS:
        raise ValueError(f'align={align!r} was found; expected "left" or "center".')
    ink = theme.TEXT if color is None else color
    placed = zip(text, lay_out(text, width, theme.FONT_LABEL if size is None else size, weight), strict=True)
    drawn = [(letter, character) for letter, character in placed if len(character.outline)]
    lines = VGroup()
    for _, line in groupby(drawn, key=lambda pair: pair[1].line):
        letters, characters = zip(*line, strict=True)
        glyphs = [VMobject(stroke_width=0, fill_opacity=1, color=ink).set_points(one.outline) for one in characters]
        lines.add(Word(*glyphs, piece="".join(letters)))
    if align == "center":
        for line in lines:
            line.set_x(0)
    return lines.center()
