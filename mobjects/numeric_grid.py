"""Numbers in rows and columns between brackets, with dots where more are left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import VGroup, VMobject
from numpy.typing import ArrayLike

from mobjects import theme
from mobjects.brackets import EllipsisDots, bracket_pair, digit_height
from mobjects.glyphs import text_width
from mobjects.numerals import Floats, Numeral, Passport, rewrite

# Distances in multiples of the height of a digit: between the middles of rows, and from column to column.
ROW_PITCH = 1.9
COLUMN_GAP = 1.1


class NumericGrid(VGroup):
    """A bracketed grid of numbers that can change at every frame.

    Parameters
    ----------
    values : float array or Quantity, shape (rows, columns)
        The numbers, unscaled. A Quantity gives every entry its passport.
    rows, columns : sequence of int, optional
        Which rows and columns are drawn, in increasing order; all if not given. Wherever some are left out, and only
        there, dots stand for them.
    decimals, sign, factor
        As for :class:`mobjects.numerals.Numeral`.
    font_size : float
        ``theme.FONT_SMALL`` if not given.
    weight : {"regular", "bold"}
    color_by : {"signed", "magnitude", "share"} or a colour
        How entries are coloured; see :mod:`mobjects.theme`.
    color_scale : float
        Magnitude that gets the full colour; ``theme.value_scale`` of all ``values`` if not given.
    tint : str
        The light end of "magnitude", e.g. ``theme.QUERY``.
    brackets : bool
    passport : str or tuple, optional
        Declares all entries, instead of a Quantity.

    Attributes
    ----------
    true_shape : (int, int)
        Shape of all ``values``.
    shown_rows, shown_columns : tuple of int
        Which of them are drawn.

    Raises
    ------
    ValueError
        If ``values`` is not two-dimensional, empty or not finite, or an index does not fit; the message gives what
        was found.

    Notes
    -----
    More than 3000 numbers in motion take long to draw; :class:`mobjects.heat_matrix.HeatMatrix` shows them as colours.
    Change numbers with :meth:`set_values` or :class:`mobjects.animations.ChangeValues`; building a new grid for every
    frame is a thousand times slower. After ``Transform(grid, other)`` the grid says what the other one said.

    Examples
    --------
    >>> scores = self.quantity("SCORE")
    >>> grid = NumericGrid(scores, rows=[0, 1, 2, 8], columns=[0, 1, 2, 3, 8], font_size=40)
    >>> self.play(FadeIn(grid, lag_ratio=0.05), run_time=2)
    """

    def __init__(
        self,
        values: ArrayLike,
        rows: Sequence[int] | None = None,
        columns: Sequence[int] | None = None,
        decimals: int = 1,
        sign: str = "always",
        factor: float = 1.0,
        font_size: float | None = None,
        weight: str = "regular",
        color_by: str = "signed",
        color_scale: float | None = None,
        tint: str | None = None,
        brackets: bool = True,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        array = checked_grid(values)
        self.true_shape = array.shape
        self.shown_rows = checked_window(rows, array.shape[0], "row")
        self.shown_columns = checked_window(columns, array.shape[1], "column")
        self.color_by, self.tint = color_by, tint
        self.color_scale = theme.value_scale(array) if color_scale is None else color_scale
        size = theme.FONT_SMALL if font_size is None else font_size
        style: dict[str, Any] = {"decimals": decimals, "sign": sign, "factor": factor, "font_size": size}
        numerals = [Numeral(value, weight=weight, **style) for value in self._window(array).ravel()]
        ellipses = _lay_out(numerals, self.shown_rows, self.shown_columns, self.true_shape, size)
        self.add(VGroup(*numerals), VGroup(), VGroup(*ellipses))
        if brackets:
            self.submobjects[1] = bracket_pair(self._cells(size), digit_height(size, weight))
        self._set_passports(values, passport)
        self._color_entries()

    def _cells(self, font_size: float) -> VMobject:
        """Return the rectangle that brackets go around: all rows at full digit height, whatever their ink, and dots."""
        entries, half, around = self.entries, digit_height(font_size) / 2, VGroup(self.entries, self.ellipses)
        tops = [entries[0].anchor[1] + half, entries[-1].anchor[1] - half]
        if len(self.ellipses):  # which may stand before the first entry or after the last
            tops = [max(tops[0], self.ellipses.get_top()[1]), min(tops[1], self.ellipses.get_bottom()[1])]
        left, right = around.get_left()[0], around.get_right()[0]
        return VMobject().set_points_as_corners([(left, tops[0], 0), (right, tops[0], 0), (right, tops[1], 0)])

    @property
    def entries(self) -> VGroup:
        """The shown numbers, row by row, without the dots."""
        return self.submobjects[0]

    @property
    def brackets(self) -> VGroup:
        """The left and the right bracket; empty if there are none."""
        return self.submobjects[1]

    @property
    def ellipses(self) -> VGroup:
        """The dots that stand for what is left out."""
        return self.submobjects[2]

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns are drawn."""
        return len(self.shown_rows), len(self.shown_columns)

    @property
    def values(self) -> Floats:
        """The exact values of the entries drawn, shape (rows, columns); as shown at this moment."""
        return np.array([entry.value for entry in self.entries.submobjects]).reshape(self.shape)

    def entry(self, row: int, column: int) -> Numeral:
        """Return one number by its place among those drawn (0-based, negative from the end)."""
        rows, columns = self.shape
        if not (-rows <= row < rows and -columns <= column < columns):
            raise IndexError(f"Entry ({row}, {column}) was asked for; {rows} rows and {columns} columns are drawn.")
        return self.entries.submobjects[(row % rows) * columns + column % columns]

    def row(self, index: int) -> VGroup:
        """Return the numbers of one drawn row."""
        return VGroup(*(self.entry(index, column) for column in range(self.shape[1])))

    def column(self, index: int) -> VGroup:
        """Return the numbers of one drawn column."""
        return VGroup(*(self.entry(row, index) for row in range(self.shape[0])))

    def set_values(self, values: ArrayLike, passport: Passport = None) -> NumericGrid:
        """Show other numbers in place, coloured by the same rule.

        Parameters
        ----------
        values : float array or Quantity
            Of the shape of all values (the window is taken), or of the part drawn.
        passport : str or tuple, optional
            Declares them; plain numbers without it have no passport.

        Raises
        ------
        ValueError
            If the shape is neither, or a number is not finite.
        """
        array = checked_grid(values)
        if array.shape == self.true_shape:
            array = self._window(array)
        elif array.shape != self.shape:
            raise ValueError(
                f"Values of shape {array.shape} were found; expected {self.true_shape}, or {self.shape} as drawn."
            )
        rewrite(self.entries.submobjects, array.ravel().tolist())
        self._set_passports(values, passport)
        return self._color_entries()

    def color_by_value(self, color_by: str, scale: float | None = None, tint: str | None = None) -> NumericGrid:
        """Colour entries by another rule, from now on; ``scale`` stays unless given."""
        self.color_by, self.tint = color_by, tint
        self.color_scale = self.color_scale if scale is None else scale
        return self._color_entries()

    def _window(self, array: Floats) -> Floats:
        return array[np.ix_(self.shown_rows, self.shown_columns)]

    def _set_passports(self, values: Any, passport: Passport) -> None:
        entries = self.entries.submobjects
        if passport is not None or not hasattr(values, "passport"):
            for entry in entries:
                entry.passport = passport
            return
        whole = values.shape == self.true_shape
        rows, columns = (self.shown_rows, self.shown_columns) if whole else map(range, self.shape)
        cells = [(row, column) for row in rows for column in columns]
        for entry, cell in zip(entries, cells, strict=True):
            entry.passport = values[cell].passport

    def _color_entries(self) -> NumericGrid:
        entries = self.entries.submobjects
        rgbas = entry_colors(self.values.ravel(), self.color_by, self.color_scale, self.tint)
        # Light is left alone, so that dimmed entries stay dimmed.
        rgbas[:, 3] = [entry.fill_rgbas[0, 3] for entry in entries]
        for place, entry in enumerate(entries):
            entry.fill_rgbas = rgbas[place : place + 1]
        return self


def entry_colors(
    values: ArrayLike, color_by: str, scale: float, tint: str | None = None, neutral: str | None = None
) -> Floats:
    """Return one RGBA row per value, by the rule ``color_by``: "signed", "magnitude", "share" or one colour for all."""
    if color_by == "signed":
        return theme.signed_colors(values, scale, neutral)
    if color_by == "magnitude":
        return theme.magnitude_colors(values, scale, tint)
    if color_by == "share":
        return theme.share_colors(values)
    if not color_by.startswith("#"):
        raise ValueError(f'color_by={color_by!r} was found; expected "signed", "magnitude", "share" or a hex colour.')
    return np.tile(theme.rgba(color_by), (np.size(values), 1))


def checked_grid(values: ArrayLike) -> Floats:
    """Return ``values`` as floats, or refuse what is not a finite table of numbers."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 2 or not array.size:
        raise ValueError(f"Values of shape {array.shape} were found; expected (rows, columns), at least one of each.")
    if not np.isfinite(array).all():
        raise ValueError("Values that are not finite were found; expected ordinary numbers in every entry.")
    return array


def checked_window(indices: Sequence[int] | None, length: int, word: str) -> tuple[int, ...]:
    """Return which of ``length`` rows or columns are drawn, or refuse indices that do not fit."""
    if indices is None:
        return tuple(range(length))
    window = tuple(int(index) for index in indices)
    if not window or window[0] < 0 or window[-1] >= length or any(np.diff(window) <= 0):
        raise ValueError(
            f"The {word}s {list(window)} were asked for; expected increasing indices from 0 to {length - 1}."
        )
    return window


def slots(shown: Sequence[int], length: int) -> list[int | None]:
    """Return the places along one side: positions in ``shown``, and None wherever some are left out.

    >>> slots([0, 1, 5], 6)
    [0, 1, None, 2]
    """
    places: list[int | None] = []
    previous = -1
    for position, index in enumerate(shown):
        if index != previous + 1:
            places.append(None)
        places.append(position)
        previous = index
    return places if previous == length - 1 else [*places, None]


def _lay_out(
    numerals: list[Numeral],
    shown_rows: Sequence[int],
    shown_columns: Sequence[int],
    true_shape: tuple[int, ...],
    font_size: float,
) -> list[EllipsisDots]:
    """Bring the numbers to their places, centred on the origin, and return the dots between them."""
    height = digit_height(font_size, numerals[0].weight)
    left, right = _reach(numerals, font_size)
    xs, gaps_x = _centers(slots(shown_columns, true_shape[1]), left + right + COLUMN_GAP * height, height)
    ys, gaps_y = _centers(slots(shown_rows, true_shape[0]), ROW_PITCH * height, height)
    for place, numeral in enumerate(numerals):
        row, column = divmod(place, len(xs))
        # The widest number of the grid is centred in its cell; all others share its decimal point.
        numeral.anchor_at([xs[column] + (left - right) / 2, -ys[row], 0])
    dots = [((1, 0), gap, y) for gap in gaps_x for y in ys]
    dots += [((0, -1), x, gap) for gap in gaps_y for x in xs]
    dots += [((1, -1), x, y) for x in gaps_x for y in gaps_y]
    return [EllipsisDots(direction, height).shift([x, -y, 0]) for direction, x, y in dots]


def _reach(numerals: list[Numeral], font_size: float) -> tuple[float, float]:
    """Return how far the numbers reach to the left and to the right of their decimal points."""
    parts = [(numeral.text.partition("."), numeral.weight) for numeral in numerals]
    left = max(text_width(whole, weight) for (whole, _, _), weight in parts)
    right = max(text_width(point + decimals, weight) for (_, point, decimals), weight in parts)
    return left * font_size, right * font_size


def _centers(places: list[int | None], pitch: float, height: float) -> tuple[list[float], list[float]]:
    """Return the centres of numbers and of gaps along one side, about zero; a gap takes less room than a number."""
    gap = min(pitch, 2.2 * height)
    widths = [gap if place is None else pitch for place in places]
    centers = np.cumsum(widths) - np.array(widths) / 2 - sum(widths) / 2
    numbers = [float(center) for center, place in zip(centers, places, strict=True) if place is not None]
    return numbers, [float(center) for center, place in zip(centers, places, strict=True) if place is None]
