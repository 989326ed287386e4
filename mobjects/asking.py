"""What every word asks and offers: queries below a row of vectors, keys in a list at its side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from manim import DOWN, RIGHT, VGroup, VMobject

from mobjects import layout, theme
from mobjects.brackets import EllipsisDots
from mobjects.embedding import ValueStrip
from mobjects.header_chain import arrow_down, flow_arrow
from mobjects.text import symbol
from mobjects.tokens import TokenRow

SHOWN = 6


class CutStrip(VGroup):
    """The first numbers of a vector as coloured squares (``strip``), and ``dots`` if there are more.

    Parameters
    ----------
    values : float array or Quantity, shape (n,)
    length : int
        How many squares.
    side, horizontal, scale
        As for :class:`mobjects.embedding.ValueStrip`.

    Examples
    --------
    >>> strip = CutStrip(self.quantity("Q")[3], side=0.6, horizontal=True)
    >>> self.play(FadeIn(strip))
    """

    def __init__(
        self,
        values: Any,
        length: int = SHOWN,
        side: float = 0.2,
        horizontal: bool = False,
        scale: float | None = None,
    ) -> None:
        self.strip = ValueStrip(values[:length], side=side, horizontal=horizontal, scale=scale)
        super().__init__(self.strip)
        if len(values) > length:
            direction = (1, 0) if horizontal else (0, -1)
            self.dots = EllipsisDots(direction, 1.4 * side)
            self.add(self.dots.next_to(self.strip, np.array([*direction, 0.0]), buff=0.5 * side))


def fit_apart(symbols: Sequence[VMobject], places: Sequence[VMobject], share: float = 0.92) -> Sequence[VMobject]:
    """Shrink all symbols alike until, one at each place, neighbours do not touch; returns them.

    Examples
    --------
    >>> row = TokenRow(self.pieces).shift(UP)
    >>> marks = fit_apart([symbol("E", place + 1, theme.EMBEDDING) for place in range(9)], row.tokens)
    >>> self.add(row, *[mark.next_to(token, DOWN) for mark, token in zip(marks, row.tokens)])
    """
    xs = [place.get_x() for place in places]
    pitch = min((right - left for left, right in pairwise(xs)), default=float("inf"))
    factor = min(1.0, share * pitch / max(symbol.width for symbol in symbols))
    for mark in symbols:
        mark.scale(factor)
    return symbols


class QueryRow(VGroup):
    """Below each vector's symbol an arrow, the symbol of its query, and the query's first numbers.

    Parameters
    ----------
    queries : float array or Quantity, shape (position, d_head)
    vectors : sequence of VMobject
        The symbols the arrows start from, one per position.
    drop : float
        How far the queries stand below them, in manim units.
    font_size : float
        Of the symbols.

    Notes
    -----
    Parts are ``arrows``, ``symbols``, ``strips`` and ``map_label`` (W_Q, beside the last arrow).

    Examples
    --------
    >>> vectors = VGroup(*[symbol("E", place + 1, theme.EMBEDDING) for place in range(9)])
    >>> vectors.arrange(RIGHT, buff=0.7).shift(2 * UP)
    >>> self.add(vectors)
    >>> self.play(FadeIn(QueryRow(self.quantity("Q"), vectors, drop=1.6, font_size=theme.FONT_LABEL)))
    """

    def __init__(self, queries: Any, vectors: Sequence[VMobject], drop: float, font_size: float) -> None:
        scale = theme.value_scale(np.asarray(queries))
        self.symbols, self.arrows, self.strips = VGroup(), VGroup(), VGroup()
        marks = fit_apart([symbol("Q", index + 1, theme.QUERY, font_size) for index in range(len(vectors))], vectors)
        for index, (vector, query) in enumerate(zip(vectors, marks, strict=True)):
            query.move_to(vector).shift(drop * DOWN)
            strip = CutStrip(queries[index], side=0.24, scale=scale)
            self.symbols.add(query)
            self.arrows.add(arrow_down(vector, query, theme.QUERY))
            self.strips.add(strip.next_to(query, DOWN, buff=layout.GAP_RELATED))
        self.map_label = symbol("W", "Q", theme.QUERY, 2 / 3 * font_size, arrow=False)
        self.map_label.next_to(self.arrows[-1], RIGHT, buff=layout.GAP_LABEL)
        super().__init__(self.arrows, self.symbols, self.strips, self.map_label)


class KeyList(VGroup):
    """One row per word: the word, its vector, an arrow, the symbol of its key, and the key's first numbers.

    Parameters
    ----------
    pieces : sequence of str
        The tokens as text.
    keys : float array or Quantity, shape (position, d_head)
    height : float
        From the first row to the last, in manim units.
    font_size : float
        Of words and symbols, before they shrink to their rows.

    Notes
    -----
    Parts are ``tokens``, ``vectors``, ``arrows``, ``symbols``, ``strips`` and ``map_label`` (W_K, below).

    Examples
    --------
    >>> keys = KeyList(self.pieces, self.quantity("K"), height=5.6, font_size=theme.FONT_LABEL)
    >>> self.play(FadeIn(keys.center()))
    """

    WIDEST_WORD = 1.6

    def __init__(self, pieces: Sequence[str], keys: Any, height: float, font_size: float) -> None:
        scale, count = theme.value_scale(np.asarray(keys)), len(pieces)
        rows = np.linspace(height / 2, -height / 2, count)
        room = min(0.72, 0.8 * height / max(1, count - 1))
        tokens = TokenRow(pieces, font_size=font_size, space="between", max_width=1e6).tokens
        shrink = min(1.0, room / tokens[0].height, self.WIDEST_WORD / max(token.width for token in tokens))
        size = font_size * min(1.0, room / tokens[0].height)
        self.tokens, self.vectors, self.symbols = VGroup(), VGroup(), VGroup()
        self.arrows, self.strips = VGroup(), VGroup()
        for index, (token, y) in enumerate(zip(tokens, rows, strict=True)):
            self.tokens.add(token.scale(shrink).move_to([-0.45, y, 0], aligned_edge=RIGHT))
            self.vectors.add(symbol("E", index + 1, theme.EMBEDDING, size).move_to([0, y, 0]))
            self.arrows.add(flow_arrow(RIGHT, 0.55, theme.KEY).move_to([0.7, y, 0]))
            self.symbols.add(symbol("K", index + 1, theme.KEY, size).move_to([1.4, y, 0]))
            strip = CutStrip(keys[index], side=min(0.24, 0.4 * room), horizontal=True, scale=scale)
            self.strips.add(strip.next_to([1.8, y, 0], RIGHT, buff=0))
        self.map_label = symbol("W", "K", theme.KEY, size, arrow=False)
        self.map_label.next_to(self.arrows[-1], DOWN, buff=layout.GAP_RELATED)
        super().__init__(self.tokens, self.vectors, self.arrows, self.symbols, self.strips, self.map_label)
