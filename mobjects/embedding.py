"""Vectors: columns of numbers, layers of columns, and small coloured stand-ins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import DOWN, RIGHT, Square, VGroup

from mobjects import theme
from mobjects.brackets import bracket_pair, digit_height
from mobjects.matrix import first_and_last
from mobjects.numerals import Floats, Numbers, Numeral, Passport, passport_of
from mobjects.numeric_grid import NumericGrid, entry_colors


class NumericEmbedding(NumericGrid):
    """A vector that flows through the network: a column of numbers, brighter when larger.

    Parameters
    ----------
    values : float array or Quantity, shape (n,)
        All numbers, unscaled.
    length : int
        Draw at most this many: the first ones and the last. Dots stand for the rest.
    shown : sequence of int, optional
        Draw exactly these instead, in increasing order.
    tint : str
        Colour of the role: ``theme.QUERY``, ``theme.KEY`` ...; white if not given.
    horizontal : bool
        A row instead of a column.
    **options
        As for :class:`mobjects.numeric_grid.NumericGrid`: decimals, sign, font_size, weight, color_scale, passport, ...

    Raises
    ------
    ValueError
        If ``values`` is not one-dimensional, empty or not finite.

    Source
    ------
    Any array; in scenes a Quantity with one axis left.

    Examples
    --------
    >>> query, key = self.quantity("Q")[self.pick.query], self.quantity("K")[self.pick.keys[0]]
    >>> vectors = VGroup(
    ...     NumericEmbedding(query, tint=theme.QUERY, font_size=36), NumericEmbedding(key, tint=theme.KEY, font_size=36)
    ... )
    >>> self.play(FadeIn(vectors.arrange(buff=1.5), shift=0.5 * DOWN))
    """

    def __init__(
        self,
        values: Numbers,
        length: int = 8,
        shown: Sequence[int] | None = None,
        tint: str | None = None,
        horizontal: bool = False,
        color_by: str = "magnitude",
        **options,
    ) -> None:
        self.horizontal = horizontal
        table = _as_table(values, horizontal)
        count = table.size
        window = first_and_last(count, length) if shown is None else shown
        rows, columns = ([0], window) if horizontal else (window, [0])
        super().__init__(table, rows, columns, color_by=color_by, tint=tint, **options)
        _give_passports(self, values, options.get("passport"))

    @property
    def values(self) -> Floats:
        """The exact values drawn, shape (n shown,); as shown at this moment."""
        return super().values.ravel()

    @property
    def shown(self) -> tuple[int, ...]:
        """Which of the vector's numbers are drawn (0-based)."""
        return self.shown_columns if self.horizontal else self.shown_rows

    @property
    def true_length(self) -> int:
        """How many numbers the vector has."""
        return self.true_shape[0] * self.true_shape[1]

    def entry(self, index: int) -> Numeral:  # type: ignore[override]  # a vector has one axis
        """Return one number by its place among those drawn (0-based, negative from the end)."""
        return super().entry(0, index) if self.horizontal else super().entry(index, 0)

    def set_values(self, values: Numbers, passport: Passport = None) -> NumericEmbedding:
        """Show other numbers in place: all ``true_length`` of them, or only those drawn.

        Raises
        ------
        ValueError
            If there are neither, or one is not finite.
        """
        super().set_values(_as_table(values, self.horizontal), passport)
        _give_passports(self, values, passport)
        return self


class EmbeddingArray(VGroup):
    """A layer of vectors between tall brackets, one column per token.

    Parameters
    ----------
    values : float array or Quantity, shape (position, n_embd)
        As in the network: one row per token.
    length : int
        How many numbers of each column are drawn: the first ones and the last.
    column_gap : float
        Distance between columns, in widths of a column.
    **options
        As for :class:`NumericEmbedding`.

    Raises
    ------
    ValueError
        If ``values`` is not two-dimensional or not finite.

    Source
    ------
    Any array; in scenes a Quantity with axes (position, n_embd).

    Examples
    --------
    >>> layer = layout.fit(EmbeddingArray(self.activations["resid_post", 2], length=7, font_size=30), width=12)
    >>> words = VGroup(*(token_label(piece.strip(), size=30) for piece in self.pieces))
    >>> for word, column in zip(words, layer.columns):
    ...     word.shift([column.get_x(), layer.get_top()[1] + 0.5, 0])
    >>> self.play(FadeIn(words), FadeIn(layer.brackets))
    >>> self.play(LaggedStart(*(FadeIn(column, shift=0.5 * DOWN) for column in layer.columns), lag_ratio=0.1))
    """

    def __init__(self, values: Numbers, length: int = 8, column_gap: float = 0.4, **options) -> None:
        super().__init__()
        array = np.asarray(values, dtype=float)
        if array.ndim != 2 or not array.size:
            raise ValueError(f"Values of shape {array.shape} were found; expected (position, n_embd).")
        # One colour scale for all columns, so that a bright column is a large vector.
        options.setdefault("color_scale", theme.value_scale(array))
        rows = [values[position] for position in range(len(array))]
        columns = VGroup(*(NumericEmbedding(row, length, brackets=False, **options) for row in rows))
        pitch = (1 + column_gap) * max(column.width for column in columns)
        for position, column in enumerate(columns):
            column.shift([position * pitch, 0, 0])
        size = theme.FONT_SMALL if options.get("font_size") is None else options["font_size"]
        self.add(columns, bracket_pair(columns, digit_height(size)))
        self.center()

    @property
    def columns(self) -> VGroup:
        """The vectors, one :class:`NumericEmbedding` per token."""
        return self.submobjects[0]

    @property
    def brackets(self) -> VGroup:
        """The outer brackets."""
        return self.submobjects[1]

    @property
    def values(self) -> Floats:
        """The exact values drawn, shape (position, n shown)."""
        return np.array([column.values for column in self.columns])

    def column(self, position: int) -> NumericEmbedding:
        """Return the vector of one token (0-based, negative from the end)."""
        return self.columns[position]

    def set_values(self, values: Numbers) -> EmbeddingArray:
        """Show other numbers in place, one row of ``values`` per token."""
        if len(values) != len(self.columns):
            raise ValueError(f"{len(values)} vectors were found; expected one for each of {len(self.columns)} columns.")
        for position, column in enumerate(self.columns):
            column.set_values(values[position])
        return self


class ValueStrip(VGroup):
    """A vector as small coloured squares, without digits: blue above zero, red below, stronger when larger.

    Parameters
    ----------
    values : float array or Quantity, shape (n,)
        One square each; kept in ``values``.
    side : float
        Side of a square, in manim units.
    horizontal : bool
        A row instead of a column.
    scale : float
        Magnitude that gets the full colour; ``theme.value_scale`` of the values if not given.
    color_by, tint
        As for :class:`mobjects.numeric_grid.NumericGrid`.
    passport : str or tuple, optional
        Declares all of them, instead of a Quantity.

    Attributes
    ----------
    passports : list
        One per square.

    Raises
    ------
    ValueError
        If ``values`` is not one-dimensional, empty or not finite.

    Source
    ------
    Any array; in scenes a Quantity with one axis left.

    Examples
    --------
    >>> keys, words = self.quantity("K"), range(len(self.pieces))
    >>> style = {"side": 0.35, "horizontal": True, "scale": theme.value_scale(keys)}
    >>> strips = VGroup(*(ValueStrip(keys[word], **style) for word in words))
    >>> self.play(FadeIn(strips.arrange(DOWN, buff=0.25), lag_ratio=0.01), run_time=2)
    """

    def __init__(
        self,
        values: Numbers,
        side: float = 0.2,
        horizontal: bool = False,
        scale: float | None = None,
        color_by: str = "signed",
        tint: str | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        array = _as_table(values, horizontal).ravel()
        self.color_by, self.tint = color_by, tint
        self.color_scale = theme.value_scale(array) if scale is None else scale
        style = {"stroke_width": theme.STROKE_RULE, "stroke_color": theme.BACKGROUND, "fill_opacity": 1}
        self.add(*(Square(side, **style) for _ in array))
        self.arrange(RIGHT if horizontal else DOWN, buff=0)
        self.set_values(values, passport)

    def set_values(self, values: Numbers, passport: Passport = None) -> ValueStrip:
        """Colour the squares for other values, by the same rule and scale."""
        array = _as_table(values, False).ravel()
        if len(array) != len(self.submobjects):
            raise ValueError(f"{len(array)} values were found; expected one for each of {len(self)} squares.")
        self.values = array
        self.passports = _passports(values, range(len(array)), passport)
        rgbas = entry_colors(array, self.color_by, self.color_scale, self.tint, neutral=theme.PLATE)
        for square, color in zip(self.submobjects, rgbas, strict=True):
            square.fill_rgbas[:, :3] = color[:3]
        return self


def _as_table(values: Numbers, horizontal: bool) -> Floats:
    """Return a vector as a table of one row or one column, or refuse what is no vector."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"Values of shape {array.shape} were found; expected a vector of at least one number, (n,).")
    if not np.isfinite(array).all():
        raise ValueError("Values that are not finite were found; expected ordinary numbers in every entry.")
    return array[None, :] if horizontal else array[:, None]


def _give_passports(vector: NumericEmbedding, values: Numbers, passport: Passport) -> None:
    window = vector.shown if len(values) == vector.true_length else range(len(vector.shown))
    for entry, found in zip(vector.entries.submobjects, _passports(values, window, passport), strict=True):
        entry.passport = found


def _passports(values: Numbers, window: Sequence[int], passport: Passport) -> list[Passport]:
    """Return one passport per drawn number; plain arrays have none."""
    if passport is not None or not hasattr(values, "passport"):
        return [passport for _ in window]
    return [passport_of(values[index]) for index in window]
