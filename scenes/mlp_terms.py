"""What some neurons write: each its answer times its column, with plus signs, and the sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import Circle, VGroup

from mobjects import Numeral, NumericEmbedding, layout, theme
from mobjects.counted import in_line
from mobjects.numerals import Floats
from mobjects.token_label import row_label
from model.activations import Quantity


class Terms(VGroup):
    """Answer times column, plus answer times column, plus what is not drawn, equals what the MLP writes.

    Parameters
    ----------
    answers : sequence of Quantity, each a number
    columns : sequence of Quantity, each of shape (n_embd,)
        One for each answer.
    rest : VGroup
        Words for the terms that are not drawn.
    result : Quantity, shape (n_embd,)
    length : int
        How many entries of each column are drawn.
    font_size : float

    Attributes
    ----------
    sums : list of float arrays, shape (n_embd,)
        After each term, from nothing on; the last is the result.
    """

    def __init__(
        self,
        answers: Sequence[Quantity],
        columns: Sequence[Quantity],
        rest: VGroup,
        result: Quantity,
        length: int = 6,
        font_size: float = 28,
    ) -> None:
        style: dict[str, Any] = {"decimals": 2, "font_size": font_size}
        self.terms, self.signs = VGroup(), VGroup()
        for answer, column in zip(answers, columns, strict=True):
            number = Numeral(answer, 1, "never", font_size=font_size, color=theme.HIGHLIGHT)
            dot = Circle(0.035, color=theme.TEXT, fill_opacity=1, stroke_width=0)
            term = in_line(
                VGroup(number), VGroup(dot), NumericEmbedding(column, length, color_by="signed", **style), gap=0.12
            )
            self.terms.add(term)
            self.signs.add(row_label("+", font_size))
        self.rest = rest
        self.equals = row_label("=", font_size)
        self.result = NumericEmbedding(result, length, tint=theme.UPDATE, **style)
        line = [part for pair in zip(self.terms, self.signs, strict=True) for part in pair]
        super().__init__(*in_line(*line, rest, self.equals, self.result, gap=0.2))
        products = [
            float(answer) * np.asarray(column, dtype=float) for answer, column in zip(answers, columns, strict=True)
        ]
        self.sums: list[Floats] = [*np.cumsum([np.zeros(len(result)), *products], axis=0), np.asarray(result, float)]
        layout.fit(self, 2 * layout.SAFE_X).center()

    def column(self, place: int) -> NumericEmbedding:
        """The column of one term."""
        found: NumericEmbedding = self.terms[place][2]
        return found
