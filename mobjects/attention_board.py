"""An attention grid with its words: queries over the columns, keys before the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, VGroup, VMobject

from mobjects import layout, theme
from mobjects.attention import AttentionTable
from mobjects.text import symbol
from mobjects.tokens import Token, TokenRow

# Words that would have to shrink below this share of their size stand at a slant over their columns instead.
LEAST_SHRINK = 0.72
SLANT = 40
WIDEST_CELL, TALLEST_CELL = 3.6, 2.2


class AttentionBoard(VGroup):
    """A grid, the sentence above it with one query symbol a column, and the sentence at its left with the keys.

    Parameters
    ----------
    pieces : sequence of str
        The tokens as text.
    ids : sequence of int, optional
        Their numbers in the vocabulary (0-based).
    width, height : float
        Room for all of it, in manim units; the board is centred on the origin.
    font_size : float
        Of the words, before they shrink to their cells.
    symbol_size : float
        Font size of the query and key symbols.
    rule_width : float
        Stroke of the rules; ``theme.STROKE_RULE`` if not given.
    key_pieces : sequence of str, optional
        The tokens at the left, where they are others, as in cross-attention; ``pieces`` if not given.
    slant : float
        Degrees at which words stand over columns too narrow for them; the steeper, the larger they can be.

    Raises
    ------
    ValueError
        If there are no tokens or more than an ``AttentionTable`` holds.

    Examples
    --------
    >>> board = AttentionBoard(self.pieces, width=13, height=7)
    >>> self.play(FadeIn(board))
    >>> self.play(GrowCells(board.grid.dots(self.quantity("PATT"))))
    """

    def __init__(
        self,
        pieces: Sequence[str],
        ids: Sequence[int] | None = None,
        width: float = 23.0,
        height: float = 12.6,
        font_size: float | None = None,
        symbol_size: float | None = None,
        rule_width: float | None = None,
        key_pieces: Sequence[str] | None = None,
        slant: float = SLANT,
    ) -> None:
        super().__init__()
        offered = pieces if key_pieces is None else key_pieces
        size = theme.FONT_BODY if font_size is None else font_size
        symbols = theme.FONT_SUBTITLE if symbol_size is None else symbol_size
        style: dict[str, Any] = {"font_size": size, "space": "between", "max_width": 1e6}
        upright = TokenRow(pieces, ids, **style).tokens
        lying = TokenRow(offered, ids if key_pieces is None else None, **style).tokens
        queries = [symbol("Q", index + 1, theme.QUERY, symbols) for index in range(len(upright))]
        keys = [symbol("K", index + 1, theme.KEY, symbols) for index in range(len(lying))]
        lane_left = max(token.width for token in lying) + keys[0].width + 3 * layout.GAP_RELATED
        cell_width = min(WIDEST_CELL, (width - lane_left) / len(upright))
        slanted = _fit_headers(upright, cell_width, np.deg2rad(slant))
        lane_top = max(token.height for token in upright) + queries[0].height + 3 * layout.GAP_RELATED
        cell_height = min(TALLEST_CELL, (height - lane_top) / len(lying))
        self.grid = AttentionTable(len(upright), len(lying), cell_width, cell_height, rule_width=rule_width)
        self._place(upright, lying, queries, keys, cell_height, slanted)
        self.query_tokens, self.key_tokens = VGroup(*upright), VGroup(*lying)
        self.query_symbols, self.key_symbols = VGroup(*queries), VGroup(*keys)
        self.add(self.grid, self.query_tokens, self.key_tokens, self.query_symbols, self.key_symbols)
        self.center()

    def _place(
        self,
        upright: list[Token],
        lying: list[Token],
        queries: list[VMobject],
        keys: list[VMobject],
        cell_height: float,
        slanted: bool,
    ) -> None:
        factor = min(1.0, 0.86 * cell_height / max(token.height for token in lying))
        shrunk = factor if slanted else min(factor, upright[0].height / lying[0].height)
        for token in lying:
            token.scale(shrunk)
        for mark in (*keys, *queries):
            mark.scale(factor)
        self.grid.place_query_headers(queries)
        self.grid.place_key_headers(keys)
        top = max(query.get_top()[1] for query in queries) + layout.GAP_RELATED
        for token, query in zip(upright, queries, strict=True):
            if slanted:
                token.move_to([query.get_x(), top, 0], aligned_edge=DOWN).align_to(query, LEFT)
            else:
                token.move_to([query.get_x(), top + token.height / 2, 0])
        left = min(key.get_left()[0] for key in keys) - layout.GAP_RELATED
        for token, key in zip(lying, keys, strict=True):
            token.move_to([left, key.get_y(), 0], aligned_edge=RIGHT)

    @property
    def headers(self) -> VGroup:
        """All words and symbols around the grid."""
        return VGroup(self.query_tokens, self.key_tokens, self.query_symbols, self.key_symbols)

    def query_header(self, query: int) -> VGroup:
        """Word and symbol over one column."""
        return VGroup(self.query_tokens[query], self.query_symbols[query])

    def key_header(self, key: int) -> VGroup:
        """Word and symbol before one row."""
        return VGroup(self.key_tokens[key], self.key_symbols[key])

    @property
    def corner(self) -> np.ndarray:
        """The upper left corner of the board, empty between the two lanes: a place for a title."""
        return self.key_tokens.get_left() * RIGHT + self.query_tokens.get_top() * UP


def _fit_headers(tokens: list[Token], cell_width: float, slant: float) -> bool:
    """Shrink all words alike to the width of a cell, or slant them if they would become too small."""
    factor = min(1.0, 0.97 * cell_width / max(token.width for token in tokens))
    slanted = factor < LEAST_SHRINK
    for token in tokens:
        if slanted:
            token.scale(min(1.0, 0.88 * np.sin(slant) * cell_width / token.height))
            token.rotate(slant, about_point=token.get_left())
        else:
            token.scale(factor)
    return slanted
