"""A column for each number: above the line when positive, below it when negative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import LEFT, RIGHT, UP, Animation, DashedLine, Line, VGroup, override_animate

from mobjects import layout, theme
from mobjects.attention_layers import passport_at
from mobjects.bars import Bar, BarItem
from mobjects.chart_motion import ChangeBars
from mobjects.numerals import Floats, Numeral, Passport
from mobjects.token_label import token_label

THICKNESS = 0.6  # of a column, in widths of its place
SLANT = np.pi / 4
SLANTED_REACH = 0.15  # how far a slanted name reaches past the middle of its column, in its own heights


class BarColumnChart(VGroup):
    """Numbers as columns on a line, each with its name below and the number at its end.

    Parameters
    ----------
    values : float array or Quantity, shape (n,)
        Any numbers; those below zero hang below the line.
    names : sequence of str
        One for each, such as tokens. They are slanted where they would touch.
    top : float
        The number that gets a column of the full ``reach``; the largest magnitude if not given.
    reach : float
        Length of the longest column, in manim units.
    pitch : float
        Distance of the middles of neighbours, in manim units.
    decimals : int
    line : float
        A dashed line at this height, such as 1 above shares.
    font_size : float
        ``theme.FONT_SMALL`` if not given.
    passport : str or tuple, optional
        Declares the numbers, instead of a Quantity.

    Raises
    ------
    ValueError
        If there are no numbers, one is not finite, or names and numbers differ in number.

    Source
    ------
    Any array; in scenes a Quantity with one axis left.

    Examples
    --------
    >>> scores, shares = self.quantity("SCORE")[3, :4], self.quantity("PATT")[3, :4]
    >>> chart = BarColumnChart(scores, self.pieces[:4], reach=2.4, pitch=2, font_size=36).move_to(0.5 * DOWN)
    >>> self.play(GrowBars(chart))
    >>> self.play(ChangeBars(chart, np.exp(scores), passport="exponentials of scores", top=np.exp(scores).max()))
    >>> self.play(ChangeBars(chart, shares, top=np.max(shares)))
    """

    def __init__(
        self,
        values: Any,
        names: Sequence[str],
        top: float | None = None,
        reach: float = 3.0,
        pitch: float = 1.0,
        decimals: int = 2,
        line: float | None = None,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        array = checked_numbers(values)
        if isinstance(names, str) or len(names) != len(array):
            raise ValueError(f"{len(names)} names were found for {len(array)} numbers; give one for each.")
        self.line, self.pitch, self.reach_ratio = line, float(pitch), reach / (THICKNESS * pitch)
        size = theme.FONT_SMALL if font_size is None else font_size
        unit = reach / _checked_top(top, array)
        items = VGroup()
        for index, (value, name) in enumerate(zip(array, names, strict=True)):
            source = passport_at(values, index, passport=passport)
            bar = Bar(float(value), unit, THICKNESS * pitch, UP, key=index, passport=source)
            numeral = Numeral(float(value), decimals, font_size=size, passport=source)
            items.add(BarItem(token_label(name, size), bar, numeral).shift(index * pitch * RIGHT))
        self.add(_frame(len(array), pitch, line, unit, size), items)
        _place_names(items, pitch)
        self._drop_names()._color().center()

    @property
    def frame(self) -> VGroup:
        """The line at zero, then the dashed line with its number, if there is one."""
        return self.submobjects[0]

    @property
    def items(self) -> VGroup:
        """The columns from left to right, each with name and number."""
        return self.submobjects[1]

    @property
    def values(self) -> Floats:
        """The numbers shown at this moment."""
        return np.array([item.value for item in self.items])

    def set_values(self, values: Any, passport: Passport = None, top: float | None = None) -> BarColumnChart:
        """Show other numbers; with ``top``, at the scale that gives that number the full length.

        Raises
        ------
        ValueError
            As for the constructor, or if there are not as many numbers as columns.
        """
        array = checked_numbers(values)
        if len(array) != len(self.items):
            raise ValueError(f"{len(array)} numbers were found; expected one for each of {len(self.items)} columns.")
        if top is not None:
            self._rescale(_checked_top(top, array))
        for index, item in enumerate(self.items):
            item.set_value(float(array[index]), passport_at(values, index, passport=passport))
        return self._drop_names()._color()

    @override_animate(set_values)
    def _set_values_animation(self, values, passport=None, top=None, anim_args=None) -> Animation:
        return ChangeBars(self, values, passport=passport, top=top, **(anim_args or {}))

    def _rescale(self, top: float) -> None:
        first = self.items[0].bar
        unit = self.reach_ratio * first.thickness / top
        if self.line is not None:
            VGroup(*self.frame[1:]).shift(self.line * (unit - first.unit) * first.direction)
        for item in self.items:
            item.bar.set_unit(unit)

    def _drop_names(self) -> BarColumnChart:
        """Stand all names in one row, below the line and everything that hangs from it."""
        first = self.items[0].bar
        hanging = [first.base[1], *(item.number.get_bottom()[1] for item in self.items)]
        room = layout.GAP_RELATED / self.pitch * first.thickness / THICKNESS
        drop = min(hanging) - room - max(item.name_label.get_top()[1] for item in self.items)
        for item in self.items:
            item.name_label.shift(drop * UP)
        return self

    def _color(self) -> BarColumnChart:
        """Colour columns from teal to yellow, those below zero red; light is left alone."""
        colors = theme.share_colors(np.linspace(0, 1, len(self.items)))
        for item, color in zip(self.items, colors, strict=True):
            item.bar.fill_rgbas[:, :3] = (color if item.value >= 0 else theme.rgba(theme.NEGATIVE))[:3]
        return self


def checked_numbers(values: Any) -> Floats:
    """Return numbers, shape (n,), or refuse what is none or not finite."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"Numbers of shape {array.shape} were found; expected at least one, (n,).")
    if not np.isfinite(array).all():
        raise ValueError("Numbers that are not finite were found; expected ordinary numbers.")
    return array


def _checked_top(top: float | None, array: Floats) -> float:
    highest = float(np.abs(array).max()) or 1.0 if top is None else float(top)
    if not highest > 0:
        raise ValueError(f"top={highest} was found; expected the number above zero that gets a column of full length.")
    return highest


def _frame(count: int, pitch: float, line: float | None, unit: float, size: float) -> VGroup:
    """Return the line at zero and, if asked for, the dashed one at ``line`` with its number."""
    ends = [-0.5 * pitch, (count - 0.5) * pitch]
    frame = VGroup(Line([ends[0], 0, 0], [ends[1], 0, 0], color=theme.RULE, stroke_width=theme.STROKE_BOX))
    if line is not None:
        height = line * unit
        dashes = DashedLine([ends[0], height, 0], [ends[1], height, 0], color=theme.MUTED)
        dashes.set_stroke(width=theme.STROKE_BOX)
        number = Numeral(line, 0 if line == round(line) else 1, font_size=size, color=theme.MUTED, passport="axis")
        frame.add(dashes, number.next_to(dashes, LEFT, buff=layout.GAP_LABEL).set_y(height))
    return frame


def _place_names(items: VGroup, pitch: float) -> None:
    """Centre each name below its column, or slant all where they would touch; heights come later."""
    slanted = max(item.name_label.width for item in items) > pitch - layout.GAP_LABEL
    for item in items:
        name, x = item.name_label, item.bar.base[0]
        if slanted:
            name.rotate(SLANT)
            name.shift([x - name.get_right()[0] + SLANTED_REACH * name.height, -name.get_top()[1], 0])
        else:
            name.shift([x - name.get_x(), 0, 0])
