"""Numbers on screen: how they are rounded and written, and the mobject that shows one.

This is the only place that turns a number into digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from math import isinf, isnan
from typing import Any, SupportsFloat

import numpy as np
from manim import VMobject
from numpy.typing import NDArray

from mobjects import theme
from mobjects.glyphs import INFINITY, MINUS, Template, anchors, number_template

SIGNS = ("always", "negative", "never")
FORMATTED = ("value", "text", "decimals", "sign", "thousands", "factor", "weight", "passport")

Floats = NDArray[np.float64]
Passport = tuple[Any, ...] | str | None
# An array, nested sequences, or a Quantity: anything numpy can read that also knows its parts.
Numbers = Any


def format_number(value: float, decimals: int = 1, sign: str = "negative", thousands: bool = False) -> str:
    """Return a number as it is written on screen.

    Parameters
    ----------
    value : float
        Rounded half to even from its exact binary value. What rounds to zero has no sign. Infinity is written ∞.
    decimals : int
        Digits after the point.
    sign : {"always", "negative", "never"}
        Which numbers carry a sign; the minus is as wide as the plus.
    thousands : bool
        Whether commas part the thousands.

    Raises
    ------
    ValueError
        If the value is not a number, decimals is negative or the sign is none of the three.

    Examples
    --------
    >>> format_number(-0.04)
    '0.0'
    >>> format_number(1234567, decimals=0, sign="always", thousands=True)
    '+1,234,567'
    """
    if sign not in SIGNS:
        raise ValueError(f'sign={sign!r} was found; expected "always", "negative" or "never".')
    if isnan(value):
        raise ValueError("A value that is not a number (NaN) was found; expected a number to show.")
    if decimals < 0:
        raise ValueError(f"decimals={decimals} was found; expected 0 or more digits after the point.")
    size = abs(value)
    text = INFINITY if isinf(size) else f"{size:{',' if thousands else ''}.{decimals}f}"
    if sign == "never" or not text.strip("0.,"):
        return text
    if value < 0:
        return MINUS + text
    return "+" + text if sign == "always" else text


class Placed:
    """Where a numeral was when its digits first changed there, for as long as nothing moves it.

    Every later change starts from here, and the first text comes back with its very points: so what is on screen does
    not depend on how many other texts were shown on the way, which is a matter of the frame rate.

    Parameters
    ----------
    text : str
        Shown at first.
    points : float array, shape (points, 3)
        Its outline.
    placement : float array, shape (3, 3)
        See :func:`recover_placement`.
    """

    __slots__ = ("corner", "first", "placement", "shown", "text")

    def __init__(self, text: str, points: Floats, placement: Floats) -> None:
        self.text, self.first, self.placement = text, points, placement
        self._keep(points)

    def _keep(self, points: Floats) -> None:
        self.shown, self.corner = points, (points.item(0), points.item(1))

    def holds(self, points: Floats) -> bool:
        """Return whether these are the points last given, where they were then."""
        return points is self.shown and (points.item(0), points.item(1)) == self.corner

    def points_of(self, numeral: Numeral) -> Floats:
        """Return the outline of the text that ``numeral`` shows now."""
        back = numeral.text == self.text
        self._keep(self.first.copy() if back else numeral.template.outline @ self.placement)
        return self.shown


# Kinds of attributes that a copy may share with its original; of a placement, the one that changes first lets go.
SHARED = (str, int, float, tuple, type(None), Placed)


class Numeral(VMobject):
    """One number, drawn as a single outline with digits of equal width.

    ``set_value`` changes the digits in place: the decimal point, size, slant and colour stay whatever was done to the
    mobject before.

    Parameters
    ----------
    value : float or Quantity
        The exact number, kept in ``value``; a Quantity also gives the ``passport``.
    decimals, sign, thousands
        As in :func:`format_number`; what is shown is in ``text``.
    font_size : float
        ``theme.FONT_SMALL`` if not given.
    color : str
        ``theme.TEXT`` if not given.
    weight : {"regular", "bold"}
    factor : float
        The digits show ``factor`` times the value; the picture must say so, as WeightMatrix does.
    passport : tuple or str, optional
        Where the number comes from, if ``value`` does not say so itself, e.g. "count: tokens".

    Raises
    ------
    ValueError
        If the value is not a number.

    Source
    ------
    Any number; in scenes an element of a Quantity, or a number declared by a passport in words.

    Examples
    --------
    >>> weights = self.quantity("PATT")[self.pick.query]
    >>> numbers = [Numeral(weights[place], decimals=2, font_size=96, color=theme.KEY) for place in self.pick.keys]
    >>> column = VGroup(*(number.anchor_at((0, -1.6 * place, 0)) for place, number in enumerate(numbers))).center()
    >>> self.play(LaggedStart(*(CountUp(number) for number in column), lag_ratio=0.25), run_time=2)
    """

    def __init__(
        self,
        value: SupportsFloat,
        decimals: int = 1,
        sign: str = "negative",
        thousands: bool = False,
        font_size: float | None = None,
        color: str | None = None,
        weight: str = "regular",
        factor: float = 1.0,
        passport: Passport = None,
    ) -> None:
        super().__init__(stroke_width=0, fill_opacity=1, color=theme.TEXT if color is None else color)
        self.decimals, self.sign, self.thousands = decimals, sign, thousands
        self.factor, self.weight = factor, weight
        self.value = float(value)
        self.text = self.written(self.value)
        self.passport = passport_of(value) if passport is None else passport
        self.placed: Placed | None = None
        size = theme.FONT_SMALL if font_size is None else font_size
        self.points = self.template.outline @ np.diag([size, size, 0.0])

    def written(self, value: float) -> str:
        """Return ``value`` as this numeral would show it."""
        return format_number(value * self.factor, self.decimals, self.sign, self.thousands)

    @property
    def template(self) -> Template:
        """The unplaced outline of the text shown."""
        return number_template(self.text, self.weight)

    @property
    def anchor(self) -> Floats:
        """Where the decimal point is (its left edge, or the right edge of a whole number), at half digit height."""
        recovered = recover_placement(self)
        position: Floats = self.get_right() if recovered is None else recovered[2]
        return position

    def anchor_at(self, position: Sequence[float] | Floats) -> Numeral:
        """Move so that the decimal point is at ``position``: numbers anchored below each other line up."""
        self.points += np.asarray(position, dtype=float) - self.anchor
        return self

    def set_value(self, value: SupportsFloat, passport: Passport = None) -> Numeral:
        """Show another number with its decimal point where the old one was.

        Parameters
        ----------
        value : float or Quantity
            The exact new number.
        passport : tuple or str, optional
            As for the constructor; a plain number without one has no passport, whatever was shown before.
        """
        self.passport = passport_of(value) if passport is None else passport
        rewrite([self], [float(value)])
        return self

    def adopt(self, other: VMobject) -> None:
        """Take over what ``other`` says it shows, after taking over its points."""
        if not isinstance(other, Numeral):
            return
        for name in FORMATTED:
            setattr(self, name, getattr(other, name))
        if not shows_plainly(self):
            placement = box_placement(self)
            # Morphing subdivides curves; the plain outline of the same size can be changed quickly again.
            if placement is not None:
                self.points = self.template.outline @ placement

    def interpolate_color(self, mobject1: VMobject, mobject2: VMobject, alpha: float) -> Numeral:
        """Mix colours; at either end also take over the number, since this ends every morph and every restore."""
        super().interpolate_color(mobject1, mobject2, alpha)
        if alpha in (0, 1):
            self.adopt(mobject2 if alpha else mobject1)
        return self

    def pointwise_become_partial(self, vmobject: VMobject, a: float, b: float) -> Numeral:
        """Show a stretch of another outline; all of it brings the number along."""
        super().pointwise_become_partial(vmobject, a, b)
        if a <= 0 and b >= 1:
            self.adopt(vmobject)
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Numeral:
        # Half the time of the general copy, which looks into every tuple and number.
        result = self.__class__.__new__(self.__class__)
        memo[id(self)] = result
        for name, attribute in self.__dict__.items():
            if isinstance(attribute, np.ndarray):
                result.__dict__[name] = attribute.copy()
            else:
                result.__dict__[name] = attribute if isinstance(attribute, SHARED) else deepcopy(attribute, memo)
        result.original_id = str(id(self))
        return result


def passport_of(value: Any) -> Passport:
    """Return the passport a number carries, or None for a plain one."""
    passport: Passport = getattr(value, "passport", None)
    return passport


def rewrite(numerals: Sequence[Numeral], values: Sequence[float]) -> None:
    """Show other values, each where its numeral is; passports are left alone.

    All placements are worked out together: for a grid of 144 this takes half a millisecond.
    """
    changed: list[Numeral] = []
    texts: list[str] = []
    for numeral, value in zip(numerals, values, strict=True):
        text = numeral.written(value)
        numeral.value = value
        if text != numeral.text:
            changed.append(numeral)
            texts.append(text)
    moved = [numeral for numeral in changed if numeral.placed is None or not numeral.placed.holds(numeral.points)]
    for numeral, placement in zip(moved, recover_placements(moved), strict=True):
        numeral.placed = None if placement is None else Placed(numeral.text, numeral.points, placement)
    for numeral, text in zip(changed, texts, strict=True):
        numeral.text = text
        if numeral.placed is not None:
            numeral.points = numeral.placed.points_of(numeral)


def recover_placements(numerals: Sequence[Numeral]) -> Sequence[Floats | None]:
    """Return :func:`recover_placement` of each."""
    templates = [numeral.template for numeral in numerals]
    if not numerals or any(
        len(numeral.points) != len(template.outline) for numeral, template in zip(numerals, templates, strict=True)
    ):
        return [recover_placement(numeral) for numeral in numerals]
    corners = [
        numeral.points.take(template.reference, 0) for numeral, template in zip(numerals, templates, strict=True)
    ]
    return list(np.matmul([template.inverse for template in templates], corners))


def recover_placement(numeral: Numeral) -> Floats | None:
    """Return the affine map that took the template to the numeral's points: the images of x edge, y edge and origin.

    Any mix of moving, scaling, rotating and stretching is found exactly. In the middle of a morph, when points were
    added, the box around the numeral serves instead; None if there is nothing to go by.
    """
    template, points = numeral.template, numeral.points
    if len(points) == len(template.outline):
        placement: Floats = template.inverse @ points[template.reference]
        return placement
    return box_placement(numeral)


def box_placement(numeral: Numeral) -> Floats | None:
    """Return the map that takes the template into the box around the numeral; None if it has no points."""
    if not len(numeral.points):
        return None
    before, after = anchors(numeral.template.outline), anchors(numeral.points)
    scale = np.ptp(after, axis=0)[:2] / np.ptp(before, axis=0)[:2]
    edges = np.eye(3)[:2] * scale[:, None]
    return np.vstack([edges, after.min(axis=0) - before.min(axis=0)[:2] @ edges])


def shows_plainly(numeral: Numeral) -> bool:
    """Return whether the outline is the template's, placed somewhere; a morph may leave another with as many points."""
    template, points = numeral.template, numeral.points
    if len(points) != len(template.outline):
        return False
    return np.allclose(template.outline @ (template.inverse @ points[template.reference]), points)
