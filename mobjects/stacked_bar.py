"""Parts of a whole laid end to end, as a bar or as a tower."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, RIGHT, UP, Line, VGroup

from mobjects import layout, theme
from mobjects.attention_layers import passport_at
from mobjects.bar_chart import checked_numbers
from mobjects.bars import Bar
from mobjects.numerals import Floats, Numeral, Passport
from mobjects.spacing import spread_apart
from mobjects.token_label import row_label, token_label

THICKNESS = 0.6


class StackedBar(VGroup):
    """Parts of a whole end to end, each with its name, its number and a thin line between both.

    Parameters
    ----------
    values : float array or Quantity, shape (n,)
        None below zero; lengths are proportional to them.
    names : sequence of str
        One for each part.
    tower : bool
        Stand upright, first part at the bottom, names on the right; else lie, names below.
    percent : bool
        Write shares as percentages; else write values as they are.
    decimals : int
    length : float
        Of the whole, in manim units.
    thickness : float
        In manim units.
    font_size : float
        ``theme.FONT_SMALL`` if not given.
    passport : str or tuple, optional
        Declares the values, instead of a Quantity.

    Raises
    ------
    ValueError
        If there are no values, all are zero, one is below zero or not finite, or names and values differ in number.

    Source
    ------
    Any array; in scenes a column of "pattern", or counts of parameters.

    Examples
    --------
    >>> shares = self.quantity("PATT")[3, :4]
    >>> tower = StackedBar(shares, self.pieces[:4], tower=True, length=6, thickness=1.2, font_size=36).center()
    >>> self.play(LaggedStart(*(FadeIn(part, shift=0.5 * DOWN) for part in tower.segments), lag_ratio=0.3))
    >>> self.play(FadeIn(tower.leaders, tower.labels, shift=0.25 * RIGHT))
    """

    def __init__(
        self,
        values: Any,
        names: Sequence[str],
        tower: bool = False,
        percent: bool = True,
        decimals: int = 1,
        length: float = 8.0,
        thickness: float = THICKNESS,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        array = checked_parts(values, names)
        size = theme.FONT_SMALL if font_size is None else font_size
        direction = UP if tower else RIGHT
        segments = stacked(array, length / array.sum(), thickness, direction, values, passport)
        labels = VGroup(
            *(
                _part_label(name, bar, percent, decimals, size, stacked=not tower)
                for name, bar in zip(names, segments, strict=True)
            )
        )
        self.add(segments, labels, _lead_to(segments, labels, tower))
        self.center()

    @property
    def segments(self) -> VGroup:
        """The parts as bars, each based on the end of the one before."""
        return self.submobjects[0]

    @property
    def labels(self) -> VGroup:
        """Name and number of each part."""
        return self.submobjects[1]

    @property
    def leaders(self) -> VGroup:
        """The thin lines from parts to labels."""
        return self.submobjects[2]

    @property
    def values(self) -> Floats:
        """The values shown."""
        return np.array([segment.value for segment in self.segments])


def stacked(array: Floats, unit: float, thickness: float, direction: Floats, values: Any, passport: Passport) -> VGroup:
    """Return bars end to end from the origin, coloured from teal to yellow."""
    colors = theme.share_colors(np.linspace(0, 1, len(array)))
    segments, place = VGroup(), 0.0
    for index, value in enumerate(array):
        source = passport_at(values, index, passport=passport)
        bar = Bar(float(value), unit, thickness, direction, key=index, passport=source)
        bar.fill_rgbas[:, :3] = colors[index, :3]
        bar.set_stroke(theme.BACKGROUND, theme.STROKE_BOX)
        segments.add(bar.shift(place * unit * direction))
        place += float(value)
    return segments


def checked_parts(values: Any, names: Sequence[str]) -> Floats:
    """Return parts of a whole, none below zero and one name for each, or refuse them."""
    array = checked_numbers(values)
    if array.min() < 0 or not array.sum() > 0:
        raise ValueError(f"Parts from {array.min():.3g} to {array.max():.3g} were found; expected none below zero.")
    if isinstance(names, str) or len(names) != len(array):
        raise ValueError(f"{len(names)} names were found for {len(array)} parts; give one for each.")
    return array


def _part_label(name: str, bar: Bar, percent: bool, decimals: int, size: float, stacked: bool) -> VGroup:
    """Return the name of a part with its number: below it, or on the same line."""
    factor = 100.0 if percent else 1.0
    numeral = Numeral(bar.value, decimals, "never", not percent, size, factor=factor, passport=bar.passport)
    number = VGroup(numeral)
    if percent:
        number.add(row_label("%", size).next_to(numeral, RIGHT, buff=layout.GAP_TIGHT).set_y(0))
    words = token_label(name, size)
    if stacked:
        number.shift([-number.get_x(), -size / 60, 0])
        words.shift([-words.get_x(), 0, 0])
    else:
        number.shift([words.get_right()[0] + size / 100 - number.get_left()[0], 0, 0])
    return VGroup(words, number)


def _lead_to(segments: VGroup, labels: VGroup, tower: bool) -> VGroup:
    """Bring labels beside their parts, apart from each other, and return the lines between."""
    middles = [(bar.base + bar.tip) / 2 for bar in segments]
    axis, side = (1, RIGHT) if tower else (0, DOWN)
    lengths = [label.length_over_dim(axis) for label in labels]
    gap = layout.GAP_LABEL if tower else layout.GAP_RELATED
    places = spread_apart([middle[axis] for middle in middles], lengths, gap)
    edge, reach = segments[0].thickness / 2, layout.GAP
    leaders = VGroup()
    for middle, label, place in zip(middles, labels, places, strict=True):
        start, end = middle + edge * side, middle + (edge + reach) * side
        end[axis] = place
        label.next_to(end, side, buff=layout.GAP_LABEL)
        leaders.add(Line(start, end, color=theme.RULE, stroke_width=theme.STROKE_RULE))
    return leaders
