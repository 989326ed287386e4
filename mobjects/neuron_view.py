"""How one word comes to its shares: its query beside every key, entry by entry, down to the softmax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import LEFT, RIGHT, UP, VGroup

from mobjects import layout, theme
from mobjects.embedding import ValueStrip
from mobjects.numerals import Floats, Numbers, Numeral, Passport
from mobjects.token_label import row_label

MOST_KEYS = 12
ROW = 0.52
STRIP_WIDTH = 3.4
PRODUCTS = "products of the entries of query and key"
SCORE, SCALED, SHARE = "dot product of query and key", "score over the root of its length", "softmax of the scores"
TITLES = ("key", "query × key", "sum", "÷ √d", "softmax")


class NeuronView(VGroup):
    """For one word, a row for each word it may take from: the key, the products of its entries with those of the query,
    their sum, that over the root of the length, and the share. Above all rows stands the query.

    BertViz draws its neuron view so.

    Parameters
    ----------
    query : float array or Quantity, shape (d_head,)
        Of the word that asks.
    keys : float array or Quantity, shape (key, d_head)
        Of the words that it may take from, at most 12.
    tokens : sequence of str
        Their words.
    asker : str
        The word that asks.
    titles : sequence of five str
        Heads of the columns.
    passport : str or tuple, optional
        Declares query and keys, instead of Quantities. What is computed from them is declared as such.

    Attributes
    ----------
    shares : float array, shape (key,)
        Softmax of the scores over the root of their length.

    Raises
    ------
    ValueError
        If the vectors are not of one length, a number is not finite, or there is not one word for each key.

    Source
    ------
    softmax(q k^T / sqrt(d_head)); in scenes rows of ``quantity("Q")`` and ``quantity("K")``. J. Vig, 2019, "A
    Multiscale Visualization of Attention in the Transformer Model".

    Examples
    --------
    >>> view = NeuronView(self.quantity("Q")[8], self.quantity("K"), self.pieces, self.pieces[8])
    >>> self.play(FadeIn(view, lag_ratio=0.01), run_time=2)
    """

    def __init__(
        self,
        query: Numbers,
        keys: Numbers,
        tokens: Sequence[str],
        asker: str,
        titles: Sequence[str] = TITLES,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        asked, offered = _checked(query, keys, tokens)
        products = offered * asked
        scores = products.sum(axis=1)
        scaled = scores / np.sqrt(len(asked))
        powers = np.exp(scaled - scaled.max())
        self.shares: Floats = powers / powers.sum()
        side = STRIP_WIDTH / len(asked)
        strip: dict[str, Any] = {"side": side, "horizontal": True}
        both, product = theme.value_scale(np.vstack([asked, offered])), theme.value_scale(products)
        rows = VGroup()
        for place, word in enumerate(tokens):
            row = VGroup(
                row_label(word.strip() or word, theme.FONT_SMALL),
                _tall(ValueStrip(keys[place], scale=both, passport=passport, **strip)),
                _tall(ValueStrip(products[place], scale=product, passport=PRODUCTS, **strip)),
                Numeral(scores[place], passport=SCORE, sign="always"),
                Numeral(scaled[place], passport=SCALED, sign="always"),
                Numeral(self.shares[place], 2, color=theme.share_color(self.shares[place]), passport=SHARE),
            )
            rows.add(row)
        head = VGroup(
            row_label(asker.strip() or asker, theme.FONT_SMALL, theme.QUERY),
            _tall(ValueStrip(query, scale=both, passport=passport, **strip)),
        )
        _place(rows, head)
        heads = VGroup(*(row_label(title, theme.FONT_SMALL, theme.MUTED) for title in titles))
        for title, part in zip(heads, rows[0][1:], strict=True):
            title.shift([part.get_x(), rows[0].get_y() + ROW, 0])
        heads[0].set_color(theme.KEY)
        self.add(head, heads, rows)
        layout.fit(self, 2 * layout.SAFE_X, 2 * layout.SAFE_Y).center()

    @property
    def head(self) -> VGroup:
        """The word that asks and its query: ``[word, strip]``."""
        return self.submobjects[0]

    @property
    def titles(self) -> VGroup:
        """The heads of the columns."""
        return self.submobjects[1]

    @property
    def rows(self) -> VGroup:
        """For each key: ``[word, key, products, sum, scaled, share]``."""
        return self.submobjects[2]

    def column(self, index: int) -> VGroup:
        """Return one part of every row: 0 words, 1 keys, 2 products, 3 sums, 4 scaled, 5 shares."""
        return VGroup(*(row[index] for row in self.rows))


def _checked(query: Numbers, keys: Numbers, tokens: Sequence[str]) -> tuple[Floats, Floats]:
    asked, offered = np.asarray(query, dtype=float), np.asarray(keys, dtype=float)
    if asked.ndim != 1 or not asked.size or offered.ndim != 2 or offered.shape[1] != len(asked):
        raise ValueError(
            f"A query of shape {asked.shape} and keys of shape {offered.shape} were found; expected (d,) and (key, d)."
        )
    if not 1 <= len(offered) <= MOST_KEYS or len(tokens) != len(offered):
        raise ValueError(
            f"{len(offered)} keys and {len(tokens)} words were found; expected a word a key, of 1 to {MOST_KEYS} keys."
        )
    if not (np.isfinite(asked).all() and np.isfinite(offered).all()):
        raise ValueError("Numbers that are not finite were found; expected ordinary numbers everywhere.")
    return asked, offered


def _tall(strip: ValueStrip) -> ValueStrip:
    """Stretch the squares of a long vector to bars that can be seen."""
    return strip.stretch_to_fit_height(0.6 * ROW)


def _place(rows: VGroup, head: VGroup) -> None:
    """Put the parts of all rows into columns, and the query over the keys."""
    starts = [0.0, 2 * layout.GAP_RELATED + STRIP_WIDTH]
    numbers = starts[1] + STRIP_WIDTH + 1.2 * np.arange(1, 4)
    for place, (word, key, product, *values) in enumerate(rows):
        y = -place * ROW
        word.next_to([-layout.GAP_RELATED, y, 0], LEFT, buff=0).set_y(y)
        for start, strip in zip(starts, (key, product), strict=True):
            strip.move_to([start + STRIP_WIDTH / 2, y, 0])
        for x, number in zip(numbers, values, strict=True):
            number.anchor_at(np.array([x - 0.2, y, 0]))
    head[1].move_to(rows[0][1]).shift(2 * ROW * UP)
    head[0].next_to(head[1], LEFT, buff=layout.GAP_RELATED).set_y(head[1].get_y())
    head[0].align_to(rows[0][0], RIGHT)
