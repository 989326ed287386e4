"""The meeting places of queries and keys: one cell for each pair of words.

Queries stand on top, one column each; keys stand at the left, one row each. Arrays are indexed ``[query, key]`` as in
the network, so a softmax runs down a column and the cells a causal mask forbids form the lower-left triangle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from manim import RIGHT, VGroup, VMobject

from mobjects import theme
from mobjects.attention_layers import (
    DOT_REACH,
    CellLayer,
    EntropyBar,
    SymbolPair,
    WeightDot,
    cell_rectangle,
    checked_values,
    checked_weights,
    entropy,
    future_cells,
    number_color,
    passport_at,
)
from mobjects.cell_grid import CellGrid
from mobjects.numerals import Numeral

# Shares of a cell that content may fill, and heights it need not exceed in a cell of any size, in manim units.
DIGIT_HEIGHT, DIGIT_WIDTH, DIGIT_LIMIT = 0.56, 0.84, 0.5
PAIR_HEIGHT, PAIR_WIDTH, PAIR_LIMIT = 0.66, 0.86, 0.9


class AttentionTable(CellGrid):
    """A table with one column per query and one row per key, and builders for layers of content.

    A layer is aligned to the cells as they stand when it is built; it is not part of the grid, so that scenes can
    show, swap and move it. Parameters are those of :class:`mobjects.cell_grid.CellGrid`.

    Examples
    --------
    >>> table = AttentionTable(5, cell_width=1.4).shift(0.5 * DOWN + RIGHT)
    >>> queries = [symbol("Q", place + 1, theme.QUERY) for place in range(5)]
    >>> keys = [symbol("K", place + 1, theme.KEY) for place in range(5)]
    >>> _ = table.place_query_headers(queries).place_key_headers(keys)
    >>> self.add(*queries, *keys)
    >>> self.play(Create(table), FadeIn(table.digits(self.quantity("SCORE")[:5, :5])))
    """

    def digits(
        self,
        values,
        decimals: int = 1,
        color: str = "signed",
        sign: str = "always",
        scale: float | None = None,
        skip: np.ndarray | None = None,
        passport=None,
    ) -> CellLayer:
        """Return one number per cell, points aligned down each column.

        Parameters
        ----------
        values : float array or Quantity, shape (query, key)
        decimals : int
            Digits after the point.
        color : {"signed", "share"} or a colour
            Colour by sign and size, grey to white by share, or one colour for all.
        sign : {"always", "negative", "never"}
        scale : float
            Size at which colour is strongest; the 98th percentile of the values if not given.
        skip : bool array, shape (query, key)
            True where the cell stays empty, as under a mask.
        passport : str or tuple
            Declares the numbers; without it each number keeps the passport of its Quantity.
        """
        skip = np.zeros(self.shape, bool) if skip is None else np.asarray(skip, bool)
        array = np.array(values, dtype=float)
        if skip.shape == array.shape:
            # Masked scores may be -inf; a skipped cell shows nothing, so it need not be finite.
            array[skip] = 0.0
        array = checked_values(array, self.shape, "(query, key)")
        strongest = theme.value_scale(array[~skip]) if scale is None else scale
        layer = CellLayer(*self.shape, values=array)
        for query, key in np.argwhere(~skip):
            value = float(array[query, key])
            numeral = Numeral(
                value,
                decimals=decimals,
                sign=sign,
                color=number_color(value, color, strongest),
                passport=passport_at(values, int(query), int(key), passport=passport),
            )
            layer.place(int(query), int(key), numeral)
        self._fit_digits(layer)
        return layer

    def _fit_digits(self, layer: CellLayer) -> None:
        """Bring all numbers of a layer to one size, and the decimal points of each column to one line."""
        across = int(self.transposed)
        columns = [layer.row(place) if across else layer.column(place) for place in range(self.shape[across])]
        reaches = {place: _reach_of_column(column) for place, column in enumerate(columns) if len(column)}
        if not reaches:
            return
        factor = self.digit_factor(layer, max(sum(reach) for reach in reaches.values()))
        for cell, numeral in layer.items():
            left, right = reaches[cell[across]]
            numeral.anchor_at(self.cell_center(*cell) + (left - right) / 2 * factor * RIGHT)
        for numeral in layer:
            numeral.scale(factor, about_point=numeral.anchor)

    def digit_factor(self, numerals: Iterable[Numeral], widest: float | None = None) -> float:
        """Return the scale at which all of ``numerals`` fit a cell."""
        tallest = max(numeral.height for numeral in numerals)
        widest = max(numeral.width for numeral in numerals) if widest is None else widest
        height = min(DIGIT_HEIGHT * self.cell_height, DIGIT_LIMIT)
        return min(height / tallest, DIGIT_WIDTH * self.cell_width / widest)

    def dots(self, weights, passport=None) -> CellLayer:
        """Return one disc per cell, area proportional to the share; radius 0.45 of a cell for a share of 1.

        Shares below 0.001 draw nothing; their dots are there, with value and passport, and can grow.
        """
        array = checked_weights(weights, self.shape)
        layer = CellLayer(*self.shape, values=array)
        reach = DOT_REACH * min(self.cell_width, self.cell_height)
        for query, key in np.ndindex(*self.shape):
            origin = passport_at(weights, query, key, passport=passport)
            layer.place(query, key, WeightDot(float(array[query, key]), self.cell_center(query, key), reach, origin))
        return layer

    def heat(self, weights, passport=None) -> CellLayer:
        """Return one filled square per cell, colour and opacity by share."""
        array = checked_weights(weights, self.shape)
        layer = CellLayer(*self.shape, values=array)
        for query, key in np.ndindex(*self.shape):
            share = float(array[query, key])
            square = cell_rectangle(
                self.cell_center(query, key),
                self.cell_width,
                self.cell_height,
                stroke_width=0,
                fill_color=theme.share_color(min(max(share, 0.0), 1.0)),
                fill_opacity=share,
            )
            square.value, square.passport = share, passport_at(weights, query, key, passport=passport)
            layer.place(query, key, square)
        return layer

    def pairs(self, key_symbols: Sequence[VMobject], query_symbols: Sequence[VMobject]) -> CellLayer:
        """Return small copies of the key's and the query's symbol with a product dot between, in every cell.

        Each pair has ``key``, ``product`` and ``query`` parts. All pairs have one size.
        """
        keys = self._checked_headers(key_symbols, self.n_key, "key")
        queries = self._checked_headers(query_symbols, self.n_query, "query")
        layer = CellLayer(*self.shape)
        for query, key in np.ndindex(*self.shape):
            layer.place(query, key, SymbolPair(keys[key], queries[query]))
        width, height = max(pair.width for pair in layer), max(pair.height for pair in layer)
        tallest = min(PAIR_HEIGHT * self.cell_height, PAIR_LIMIT)
        factor = min(PAIR_WIDTH * self.cell_width / width, tallest / height)
        for cell, pair in layer.items():
            pair.scale(factor).move_to(self.cell_center(*cell))
        return layer

    def mask_boxes(self, width: float | None = None) -> CellLayer:
        """Return red outlines on the cells whose key comes after the query: the lower-left triangle.

        ``width`` is the stroke; ``theme.STROKE_BOX`` if not given, times frame height / 8 in a wide shot.
        """
        layer = CellLayer(*self.shape)
        for query, key in np.argwhere(future_cells(*self.shape)):
            box = cell_rectangle(
                self.cell_center(query, key),
                self.cell_width,
                self.cell_height,
                inset=0.08 * min(self.cell_width, self.cell_height),
                stroke_color=theme.MASKED,
                stroke_width=theme.STROKE_BOX if width is None else width,
                fill_color=theme.MASKED,
                fill_opacity=theme.OPACITY_GHOST,
            )
            layer.place(int(query), int(key), box)
        return layer

    def sums(self, values, decimals: int = 2, lane: float = 0.0, passport=None) -> VGroup:
        """Return one number under each column.

        Parameters
        ----------
        values : float array, shape (query,) or (query, key)
            The sums, or shares to be summed down each column.
        lane : float
            Which place below the grid: 0 next to it, 1 below that.
        passport : str or tuple
            Declares the numbers; "sum of the shown column" if not given.
        """
        array = np.asarray(values, dtype=float)
        totals = checked_values(array.sum(axis=1) if array.ndim == 2 else array, (self.n_query,), "(query,)")
        declared = "sum of the shown column" if passport is None else passport
        style: dict[str, Any] = {"decimals": decimals, "sign": "never", "color": theme.TEXT, "passport": declared}
        group = VGroup(*(Numeral(float(total), **style) for total in totals))
        factor = self.digit_factor(group)
        for query, numeral in enumerate(group):
            numeral.scale(factor).move_to(self.foot(query, lane))
        return group

    def entropy_bars(self, weights, lane: float = 0.0) -> VGroup:
        """Return a bar under each column: empty when one key takes all, full when all keys share alike.

        Full length is the logarithm of ``n_key``. Each bar has ``track``, ``level`` and ``value`` (entropy in nats).
        """
        array = checked_weights(weights, self.shape)
        full, size = float(np.log(self.n_key)), (0.8 * self.cell_width, min(0.16 * self.cell_height, 0.2))
        places = [self.foot(query, lane) for query in range(self.n_query)]
        bars = (EntropyBar(entropy(column), full, place, *size) for column, place in zip(array, places, strict=True))
        return VGroup(*bars)


def _reach_of_column(numerals: Iterable[Numeral]) -> tuple[float, float]:
    """Return how far the numbers reach to the left and to the right of their decimal points."""
    left = max(numeral.anchor[0] - numeral.get_left()[0] for numeral in numerals)
    right = max(numeral.get_right()[0] - numeral.anchor[0] for numeral in numerals)
    return float(left), float(right)
