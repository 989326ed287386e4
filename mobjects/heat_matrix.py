"""A whole matrix as coloured squares, drawn as a few shapes: where digits would be too many, or too small."""

from __future__ import annotations

import numpy as np
from manim import Rectangle, VGroup, VMobject

from mobjects import theme
from mobjects.brackets import bracket_pair
from mobjects.heat_layer import covering
from mobjects.numerals import Floats, Numbers, Passport, passport_of
from mobjects.numeric_grid import checked_grid

# Colours on either side of zero; the eye tells no more apart in squares this small.
STEPS = 16
MOST = 256**2
# Height of a digit that the brackets suit.
BRACKET_SIZE = 0.24


class HeatMatrix(VGroup):
    """A matrix of weights as squares: blue above zero, red below, stronger when larger, all of them drawn.

    However many numbers there are, it is 34 shapes: all squares of one colour are one shape. :class:`WeightMatrix` and
    :class:`NumericGrid` draw digits, a shape for each number; above 3000 numbers that move, use this.

    Parameters
    ----------
    values : float array or Quantity, shape (rows, columns)
        At most 65,536 numbers, as 256 by 256 are; kept exactly in ``values``, drawn to the nearest of 33 colours.
    max_width, max_height : float
        Room for it, in manim units; squares are as large as fits.
    scale : float
        Magnitude that gets the full colour; ``theme.value_scale`` of the values if not given.
    brackets : bool
    passport : str or tuple, optional
        Declares the numbers, instead of a Quantity.

    Attributes
    ----------
    passports : list
        One, for the whole matrix.

    Raises
    ------
    ValueError
        If ``values`` is not two-dimensional, empty, not finite or too large.

    Source
    ------
    Any array; in scenes a checkpoint's tensor.

    Examples
    --------
    >>> matrix = HeatMatrix(self.quantity("WQ")[:, :80], max_width=12, max_height=5)
    >>> self.play(FadeIn(matrix))
    >>> self.play(ChangeValues(matrix, self.quantity("WK")[:, :80]), run_time=2)
    """

    def __init__(
        self,
        values: Numbers,
        max_width: float = 6.0,
        max_height: float = 4.0,
        scale: float | None = None,
        brackets: bool = True,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        self.values = array = _checked(values)
        rows, columns = array.shape
        side = min(max_width / columns, max_height / rows)
        self.color_scale = theme.value_scale(array) if scale is None else scale
        plate = Rectangle(
            width=side * columns, height=side * rows, stroke_width=0, fill_color=theme.PLATE, fill_opacity=1
        )
        self.add(plate, VGroup(*(VMobject(stroke_width=0, fill_opacity=1) for _ in _levels())), VGroup())
        if brackets:
            self.submobjects[2] = bracket_pair(plate, BRACKET_SIZE)
        self._color()
        self.set_values(values, passport)

    @property
    def plate(self) -> Rectangle:
        """The ground, coloured like zero."""
        return self.submobjects[0]

    @property
    def squares(self) -> VGroup:
        """One shape for each colour, from the strongest red to the strongest blue."""
        return self.submobjects[1]

    @property
    def brackets(self) -> VGroup:
        """The left and the right bracket; empty if there are none."""
        return self.submobjects[2]

    def set_values(self, values: Numbers, passport: Passport = None) -> HeatMatrix:
        """Colour the squares for other values, by the same scale.

        Parameters
        ----------
        values : float array or Quantity
            Of the same shape as before.
        passport : str or tuple, optional
            Declares them; plain numbers without it have no passport.

        Raises
        ------
        ValueError
            If the shape is another, or a number is not finite.
        """
        array = _checked(values)
        if array.shape != self.values.shape:
            raise ValueError(f"Values of shape {array.shape} were found; expected {self.values.shape}, as before.")
        self.values = array
        self.passports = [passport_of(values) if passport is None else passport]
        strength = np.clip(np.abs(array) / self.color_scale, 0, 1) ** theme.STRENGTH_GAMMA
        levels = np.rint(np.sign(array) * strength * STEPS).astype(int)
        rows, columns = array.shape
        corner, right, low = (self.plate.get_corner(place) for place in ([-1, 1, 0], [1, 1, 0], [-1, -1, 0]))
        for shape, level in zip(self.squares.submobjects, _levels(), strict=True):
            points = covering(corner, (low - corner) / rows, (right - corner) / columns, levels == level)
            shape.set_points(points)
        return self

    def _color(self) -> None:
        strengths = np.abs(_levels()) / STEPS
        values = np.sign(_levels()) * strengths ** (1 / theme.STRENGTH_GAMMA)
        for shape, color in zip(
            self.squares.submobjects, theme.signed_colors(values, 1.0, neutral=theme.PLATE), strict=True
        ):
            shape.fill_rgbas = color[None, :].copy()


def _levels() -> Floats:
    """Return the steps of colour but zero, which is the plate's."""
    return np.array([*range(-STEPS, 0), *range(1, STEPS + 1)])


def _checked(values: Numbers) -> Floats:
    array = checked_grid(values)
    if array.size > MOST:
        raise ValueError(f"A matrix of shape {array.shape} was found; up to {MOST:,} numbers can be drawn; cut it.")
    return array
