"""A matrix times a vector: the equation written out, and how its sums come about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import VGroup

from mobjects import layout
from mobjects.counted import checked_numbers, in_line
from mobjects.embedding import NumericEmbedding
from mobjects.matrix import WeightMatrix, first_and_last
from mobjects.numerals import Floats, Numbers, Passport
from mobjects.numeric_grid import slots
from mobjects.token_label import row_label

# How far a result may be from the product, as a share of the sum of all magnitudes: what single precision loses.
TOLERANCE = 1e-5


class ProductEquation(VGroup):
    """Matrix times vector (plus bias) equals result, row beside row, digits of one size.

    The same columns of the matrix and entries of the vector are drawn, and the same rows of matrix, bias and result.
    What is left out still counts: :class:`mobjects.product_motion.MatrixVectorProduct` adds it up.

    Parameters
    ----------
    weights : float array or Quantity, shape (rows, columns)
    vector : float array or Quantity, shape (columns,)
    result : float array or Quantity, shape (rows,)
        As the network has it.
    bias : float array or Quantity, shape (rows,), optional
    max_rows, max_columns : int
        Draw at most this many: the first ones and the last.
    rows : sequence of int, optional
        Draw exactly these rows instead, in increasing order.
    factor : float or "readable"
        As for :class:`mobjects.matrix.WeightMatrix`.
    vector_tint, tint : str
        Colours of the roles of vector and result: ``theme.QUERY`` ...; white if not given.
    decimals : int
    font_size : float
        ``theme.FONT_SMALL`` if not given.
    passport : str or tuple, optional
        Declares all numbers, instead of Quantities.

    Attributes
    ----------
    running_sums : float array, shape (rows drawn, steps + 1)
        Of full precision, from 0 to the product: after each entry drawn, after what the dots stand for, after the bias.
    hidden : int
        How many terms of each sum the dots stand for.

    Raises
    ------
    ValueError
        If shapes do not fit, numbers are not finite, or the result is not the product.

    Source
    ------
    result_i = sum_j weights_ij vector_j + bias_i.

    Examples
    --------
    >>> word, table = self.activations["ln1.normalized", 2][3], self.quantity("WV")
    >>> offset = self.checkpoint.weights["blocks.2.attn.qkv.bias"].reshape(3, 8, 32)[2, 0]
    >>> value = self.quantity("V")[3]
    >>> equation = ProductEquation(table, word, value, offset, tint=theme.VALUE, passport="head 0 of layer 2")
    >>> self.play(FadeIn(equation, lag_ratio=0.002))
    """

    def __init__(
        self,
        weights: Numbers,
        vector: Numbers,
        result: Numbers,
        bias: Numbers | None = None,
        max_rows: int = 7,
        max_columns: int = 7,
        rows: Sequence[int] | None = None,
        factor: float | str = 1.0,
        vector_tint: str | None = None,
        tint: str | None = None,
        decimals: int = 1,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        terms, offsets = checked_product(weights, vector, result, bias)
        shown = tuple(first_and_last(len(terms), max_rows) if rows is None else rows)
        places = first_and_last(terms.shape[1], max_columns)
        style: dict[str, Any] = {"decimals": decimals, "font_size": font_size, "passport": passport}
        matrix = WeightMatrix(weights, rows=shown, columns=places, factor=factor, **style)
        column = NumericEmbedding(vector, shown=places, tint=vector_tint, **style)
        product = NumericEmbedding(result, shown=shown, tint=tint, **style)
        parts = [matrix, column, row_label("=", font_size), product]
        if bias is not None:
            parts[2:2] = [row_label("+", font_size), NumericEmbedding(bias, shown=shown, **style)]
        # All were built about y = 0, so that rows stand beside rows.
        self.add(*in_line(*parts, gap=layout.GAP_RELATED))
        self.hidden = terms.shape[1] - len(places)
        self.running_sums = _running_sums(terms[list(shown)], places)
        if bias is not None:
            self.running_sums = np.column_stack([self.running_sums, self.running_sums[:, -1] + offsets[list(shown)]])

    @property
    def matrix(self) -> WeightMatrix:
        """The weights."""
        return self.submobjects[0]

    @property
    def vector(self) -> NumericEmbedding:
        """What they are multiplied with."""
        return self.submobjects[1]

    @property
    def bias(self) -> NumericEmbedding | None:
        """What is added, if anything."""
        return self.submobjects[3] if len(self.submobjects) > 4 else None

    @property
    def equals(self) -> VGroup:
        """The sign before the result."""
        return self.submobjects[-2]

    @property
    def result(self) -> NumericEmbedding:
        """What comes out."""
        return self.submobjects[-1]

    @property
    def operands(self) -> VGroup:
        """All that stands before the sign."""
        return VGroup(*self.submobjects[:-2])

    @property
    def has_bias(self) -> bool:
        """Whether something is added to the product."""
        return self.bias is not None

    @property
    def places(self) -> list[int | None]:
        """The places along a row: entries drawn by their number among those drawn, None for the dots."""
        return slots(self.matrix.shown_columns, self.matrix.true_shape[1])


def checked_product(weights: Numbers, vector: Numbers, result: Numbers, bias: Numbers | None) -> tuple[Floats, Floats]:
    """Return the terms of all sums, shape (rows, columns), and what is added to them, shape (rows,).

    Raises
    ------
    ValueError
        If shapes do not fit, or the result is not what the terms add up to.
    """
    table = checked_numbers(weights, ("rows", "columns"))
    entries, sums = checked_numbers(vector, ("columns",)), checked_numbers(result, ("rows",))
    offsets = np.zeros(len(table)) if bias is None else checked_numbers(bias, ("rows",))
    if table.shape != (len(sums), len(entries)) or len(offsets) != len(sums):
        raise ValueError(
            f"A matrix of shape {table.shape}, a vector of {len(entries)}, a bias of {len(offsets)} and a result of "
            f"{len(sums)} were found; expected (rows, columns), one entry per column, one bias and result per row."
        )
    terms = table * entries
    away = np.abs(terms.sum(axis=1) + offsets - sums)
    worst = int(np.argmax(away - TOLERANCE * (np.abs(terms).sum(axis=1) + np.abs(offsets))))
    if away[worst] > TOLERANCE * (np.abs(terms[worst]).sum() + abs(offsets[worst])):
        raise ValueError(
            f"The result of row {worst} is {sums[worst]:.6g}, but the product is "
            f"{terms[worst].sum() + offsets[worst]:.6g}; expected the matrix times the vector plus the bias."
        )
    return terms, offsets


def _running_sums(terms: Floats, shown: Sequence[int]) -> Floats:
    """Return the sums after each place drawn: nothing, an entry, or all entries that dots stand for."""
    places = slots(shown, terms.shape[1])
    left_out = np.delete(terms, shown, axis=1).sum(axis=1)
    steps = [left_out if place is None else terms[:, shown[place]] for place in places]
    return np.cumsum([np.zeros(len(terms)), *steps], axis=0).T
