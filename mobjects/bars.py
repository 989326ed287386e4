"""Bars that know the number they stand for, and bars with a name at their foot and the number at their tip."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import RIGHT, VGroup, VMobject

from mobjects import layout, theme
from mobjects.numerals import Floats, Numeral, Passport, passport_of
from mobjects.token_label import row_label

ADOPTED = ("value", "passport", "key", "unit_ratio")


class Bar(VMobject):
    """A rectangle as long as its number is large; it grows from its base edge, to the other side below zero.

    Parameters
    ----------
    value : float or Quantity
    unit : float
        Length of a bar for 1, in manim units; lengths are proportional to values.
    thickness : float
        In manim units.
    direction : float array, shape (3,)
        Where bars above zero point.
    color : str
        Of the fill; ``theme.KEY`` if not given.
    key : int
        What the bar stands for, e.g. a token's number in the vocabulary; charts know their bars by it.
    passport : str or tuple, optional
        Declares the value, instead of a Quantity.

    Notes
    -----
    Moved, rotated or scaled, a bar finds its base and its scale in its own corners, so ``set_value`` goes on to work.
    """

    def __init__(
        self,
        value: Any,
        unit: float,
        thickness: float,
        direction: Any = RIGHT,
        color: str | None = None,
        key: int = 0,
        passport: Passport = None,
    ) -> None:
        super().__init__(
            fill_color=theme.KEY if color is None else color,
            fill_opacity=1,
            stroke_color=theme.TEXT,
            stroke_width=theme.STROKE_RULE,
        )
        self.key, self.unit_ratio = key, unit / thickness
        along = np.asarray(direction, dtype=float)
        across = np.array([-along[1], along[0], 0.0])
        self.set_points_as_corners([side * thickness / 2 * across for side in (-1, 1, 1, -1, -1)])
        self.set_value(value, passport)

    @property
    def thickness(self) -> float:
        """Length of the base edge, in manim units, as it is now."""
        return float(np.linalg.norm(self._edge))

    @property
    def unit(self) -> float:
        """Length of a bar for 1, in manim units, as it is now."""
        return self.unit_ratio * self.thickness

    @property
    def base(self) -> Floats:
        """The middle of the base edge, where the bar is zero."""
        middle: Floats = (self.points[0] + self.points[3]) / 2
        return middle

    @property
    def tip(self) -> Floats:
        """The middle of the edge at the bar's end."""
        return self.base + self.value * self.unit * self.direction

    @property
    def direction(self) -> Floats:
        """Where bars above zero point; of length 1."""
        edge = self._edge
        return np.array([edge[1], -edge[0], 0.0]) / max(float(np.linalg.norm(edge)), 1e-12)

    @property
    def _edge(self) -> Floats:
        edge: Floats = self.points[3] - self.points[0]
        return edge

    def set_value(self, value: Any, passport: Passport = None) -> Bar:
        """Be as long as another value, from the same base."""
        self.passport = passport_of(value) if passport is None else passport
        self.value = float(value)
        first, second = self.points[0].copy(), self.points[3].copy()
        length = self.value * self.unit * self.direction
        self.set_points_as_corners([first, second, second + length, first + length, first])
        return self

    def set_unit(self, unit: float) -> Bar:
        """Draw the same value at another scale: ``unit`` is the length of a bar for 1."""
        self.unit_ratio = unit / self.thickness
        return self.set_value(self.value, self.passport)

    def interpolate_color(self, mobject1: VMobject, mobject2: VMobject, alpha: float) -> Bar:
        """Mix colours; at either end also take over the value, since this ends every morph and every restore."""
        super().interpolate_color(mobject1, mobject2, alpha)
        source = mobject2 if alpha == 1 else mobject1
        if alpha in (0, 1) and isinstance(source, Bar):
            for name in ADOPTED:
                setattr(self, name, getattr(source, name))
        return self


class BarItem(VGroup):
    """One bar of a chart with its ``name`` and the ``number`` that stands at its tip and moves with it.

    Parameters
    ----------
    name : VGroup
        Already in its place.
    bar : Bar
        Already in its place.
    numeral : Numeral
        Shows the bar's value.
    suffix : str
        Written after the number, e.g. "%".
    """

    # Between bar and number, in thicknesses of the bar.
    GAP = 0.4

    def __init__(self, name: VGroup, bar: Bar, numeral: Numeral, suffix: str = "", font_size: float = 24) -> None:
        number = VGroup(numeral)
        if suffix:
            sign = row_label(suffix, font_size, numeral.get_fill_color().to_hex())
            number.add(sign.next_to(numeral, RIGHT, buff=layout.GAP_TIGHT).set_y(numeral.anchor[1]))
        super().__init__(name, bar, number)
        self.hold_number()

    @property
    def name_label(self) -> VGroup:
        """The words for the bar."""
        return self.submobjects[0]

    @property
    def bar(self) -> Bar:
        """The bar."""
        return self.submobjects[1]

    @property
    def number(self) -> VGroup:
        """The number at the tip, with what is written after it."""
        return self.submobjects[2]

    @property
    def numeral(self) -> Numeral:
        """The number alone."""
        return self.submobjects[2].submobjects[0]

    @property
    def value(self) -> float:
        """What the bar shows, exactly."""
        return self.bar.value

    @property
    def key(self) -> int:
        """What the bar stands for."""
        return self.bar.key

    def set_value(self, value: Any, passport: Passport = None) -> BarItem:
        """Show another value with bar and number."""
        self.bar.set_value(value, passport)
        self.numeral.set_value(value, passport)
        return self.hold_number()

    def hold_number(self) -> BarItem:
        """Bring the number back to the tip of the bar."""
        bar, number = self.bar, self.number
        along = bar.direction if bar.value >= 0 else -bar.direction
        goal = bar.tip + self.GAP * bar.thickness * along
        place = np.array([number.get_x(), self.numeral.anchor[1], 0.0])
        if abs(along[0]) > 0.5:
            edge = number.get_left() if along[0] > 0 else number.get_right()
            place[0] = edge[0]
        else:
            place[1] -= np.sign(along[1]) * self.numeral.height / 2
        number.shift(np.array([goal[0] - place[0], goal[1] - place[1], 0.0]))
        return self

    def move_base_to(self, point: Floats) -> BarItem:
        """Move all of it until the bar's base is at ``point``."""
        self.shift(point - self.bar.base)
        return self
