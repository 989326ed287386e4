"""Tables of learned weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import DOWN, RIGHT, UP, Text
from numpy.typing import ArrayLike

from mobjects import layout, theme
from mobjects.brackets import digit_height
from mobjects.numerals import Passport
from mobjects.numeric_grid import NumericGrid, checked_grid
from mobjects.text import label

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def first_and_last(length: int, most: int) -> list[int]:
    """Return up to ``most`` of ``length`` indices: all, or the first ones and the last.

    >>> first_and_last(64, 4)
    [0, 1, 2, 63]
    """
    if most < 1:
        raise ValueError(f"At most {most} were asked for; expected room for at least one.")
    if length <= most:
        return list(range(length))
    return [*range(most - 1), length - 1]


def readable_factor(values: ArrayLike) -> float:
    """Return the power of ten, at least 1, that brings weights to a size at which one decimal tells them apart."""
    return float(10 ** max(0, -int(np.floor(np.log10(theme.value_scale(values))))))


class WeightMatrix(NumericGrid):
    """A matrix of weights, coloured by sign and strength: blue above zero, red below.

    Parameters
    ----------
    values : float array or Quantity, shape (rows, columns)
        The weights, unscaled. Colours are scaled to all of them, though only a window is drawn.
    max_rows, max_columns : int
        Draw at most this many: the first ones and the last. Dots stand for the rest.
    rows, columns : sequence of int, optional
        Draw exactly these instead, in increasing order.
    factor : float or "readable"
        Digits show ``factor`` times the weight, and the matrix is then followed by "× 10⁻²" or the like. A power of
        ten; "readable" takes :func:`readable_factor`.
    **options
        As for :class:`mobjects.numeric_grid.NumericGrid`: decimals, sign, font_size, weight, color_by, passport, ...

    Attributes
    ----------
    true_shape : (int, int)
        Rows and columns of the whole tensor.
    shown_rows, shown_columns : tuple of int
        The ones drawn.

    Raises
    ------
    ValueError
        If ``values`` is not two-dimensional or not finite, or the factor is not a power of ten.

    Source
    ------
    Any array; in scenes a slice of a checkpoint's tensor.

    Examples
    --------
    >>> matrix = WeightMatrix(self.quantity("WQ"), factor="readable")
    >>> self.play(FadeIn(matrix))
    """

    def __init__(
        self,
        values: ArrayLike,
        max_rows: int = 7,
        max_columns: int = 7,
        rows: Sequence[int] | None = None,
        columns: Sequence[int] | None = None,
        factor: float | str = 1.0,
        passport: Passport = None,
        **options,
    ) -> None:
        array = checked_grid(values)
        scale = readable_factor(array) if factor == "readable" else float(factor)
        exponent = _checked_exponent(scale)
        super().__init__(
            values,
            rows=first_and_last(array.shape[0], max_rows) if rows is None else rows,
            columns=first_and_last(array.shape[1], max_columns) if columns is None else columns,
            factor=scale,
            passport=passport,
            **options,
        )
        if exponent:
            self.add(self._note(exponent, options.get("font_size")))

    @property
    def factor_note(self) -> Text | None:
        """The words beside the bracket that say how the digits are scaled; None if they are not."""
        return self.submobjects[3] if len(self.submobjects) > 3 else None

    def _note(self, exponent: int, font_size: float | None) -> Text:
        size = theme.FONT_SMALL if font_size is None else font_size
        power = str(-exponent).translate(SUPERSCRIPTS)
        note = label("× 10" + ("" if exponent == -1 else power), size=size, color=theme.MUTED)
        beside = self.brackets if len(self.brackets) else self.entries
        note.next_to(beside, RIGHT, buff=layout.GAP_LABEL).align_to(beside, UP)
        return note.shift(DOWN * digit_height(size) * 0.3)


def _checked_exponent(factor: float) -> int:
    exponent = round(np.log10(factor)) if factor > 0 else 0
    if factor <= 0 or not np.isclose(10.0**exponent, factor):
        raise ValueError(f'factor={factor} was found; expected a power of ten such as 100, or "readable".')
    return int(exponent)
