"""A number within words, such as "+ 250 more terms"."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from manim import VGroup

from mobjects import theme
from mobjects.numerals import Floats, Numbers, Numeral, Passport
from mobjects.token_label import row_label

# Between a number and a word, in manim units at font size 1.
SPACE = 0.005


def counted(
    words: str, count: float, size: float | None = None, color: str | None = None, passport: Passport = None
) -> VGroup:
    """A line of words with a whole number in the place of ``{}``, level with a number whose middle is at y = 0.

    Parameters
    ----------
    words : str
        "+ {} more terms"; without ``{}`` the number comes first.
    count : float or Quantity
    size : float
        Font size; ``theme.FONT_SMALL`` if not given.
    color : str
        ``theme.MUTED`` if not given.
    passport : str or tuple
        Where the number comes from, if ``count`` does not say so itself.
    """
    size = theme.FONT_SMALL if size is None else size
    ink = theme.MUTED if color is None else color
    before, _, after = words.partition("{}") if "{}" in words else ("", "", words)
    number = Numeral(count, 0, thousands=True, font_size=size, color=ink, passport=passport)
    ends = [row_label(word.strip(), size, ink) if word.strip() else VGroup() for word in (before, after)]
    return in_line(ends[0], number, ends[1], gap=SPACE * size)


def in_line(*parts: VGroup, gap: float) -> VGroup:
    """Return ``parts`` that have ink one after the other from left to right, each at its own height, about x = 0."""
    line = VGroup(*(part for part in parts if part.family_members_with_points()))
    for left, right in pairwise(line):
        right.shift([left.get_right()[0] + gap - right.get_left()[0], 0, 0])
    return line.shift([-line.get_x(), 0, 0])


def checked_numbers(values: Numbers, axes: tuple[str, ...]) -> Floats:
    """Return ``values`` as floats with as many axes as ``axes`` names, or refuse them.

    Raises
    ------
    ValueError
        If there are other axes, no numbers, or some that are not finite.
    """
    array = np.asarray(values, dtype=float)
    if array.ndim != len(axes) or not array.size:
        named = f"({', '.join(axes)}{',' * (len(axes) == 1)})"
        raise ValueError(f"Values of shape {array.shape} were found; expected {named}, at least one number.")
    if not np.isfinite(array).all():
        raise ValueError("Values that are not finite were found; expected ordinary numbers.")
    return array
