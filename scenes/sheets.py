"""A text as a sheet of numbers: its words, and below each its column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manim import UP, VGroup

from mobjects import EmbeddingArray, Token, TokenRow, layout
from mobjects.numerals import Numbers

WIDEST = 12.8  # manim units
WORD_FONT = 30


class Sheet(VGroup):
    """Words above columns of numbers between tall brackets.

    Parameters
    ----------
    pieces : sequence of str
        One per column.
    values : float array or Quantity, shape (position, n_embd), or a sequence of such rows
    length : int
        How many numbers of each column are drawn.
    width : float
        At most so wide, in manim units.
    word_font : float
        Font size of the words.
    apart : float
        From column to column at least, before the sheet is fitted to ``width``.
    **options
        As for :class:`mobjects.EmbeddingArray`.
    """

    def __init__(
        self,
        pieces: Sequence[str],
        values: Numbers,
        length: int = 5,
        width: float = WIDEST,
        word_font: float = WORD_FONT,
        apart: float = 0.0,
        **options: Any,
    ) -> None:
        self.words = VGroup(*(TokenRow([piece], font_size=word_font) for piece in pieces))
        widest = max(apart, *(word.width + layout.GAP_LABEL for word in self.words))
        self.array = EmbeddingArray(values, length, **options)
        column = max(column.width for column in self.columns)
        if widest > self.pitch:  # columns make room for words
            self.array = EmbeddingArray(values, length, column_gap=widest / column - 1, **options)
        layout.fit(self.array, width)
        size = min(1.0, self.pitch / widest)
        for word, column in zip(self.words, self.columns, strict=True):
            word.scale(size).next_to(self.array, UP, buff=layout.GAP_LABEL).set_x(column.get_x())
        super().__init__(self.words, self.array)

    @property
    def tokens(self) -> list[Token]:
        """The words as tokens, between which arcs can stand."""
        return [word.tokens[0] for word in self.words]

    @property
    def columns(self) -> VGroup:
        """The vectors, one per word."""
        return self.array.columns

    @property
    def pitch(self) -> float:
        """From column to column."""
        columns = self.array.columns
        return float(columns[1].get_x() - columns[0].get_x()) if len(columns) > 1 else float(columns.width)
