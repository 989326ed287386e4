"""A table of the likeliest tokens: one line for each place or layer, the largest share first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import RIGHT, Rectangle, VGroup

from mobjects import layout, theme
from mobjects.attention_layers import passport_at
from mobjects.distribution import checked_shares
from mobjects.numerals import Floats, Numeral, Passport
from mobjects.token_label import row_label, token_label
from mobjects.token_views import plate_colors


class TopCell(VGroup):
    """One token of the table: its ``plate``, ``word``, and ``numeral``; ``token`` is its number in the vocabulary."""

    def __init__(self, plate: Rectangle, word: VGroup, share: VGroup, token: int) -> None:
        super().__init__(plate, word, share)
        self.token = token

    @property
    def plate(self) -> Rectangle:
        """The coloured ground."""
        return self.submobjects[0]

    @property
    def word(self) -> VGroup:
        """The token as text."""
        return self.submobjects[1]

    @property
    def numeral(self) -> Numeral:
        """Its share, as a percentage."""
        return self.submobjects[2].submobjects[0]


class TopTokens(VGroup):
    """The likeliest tokens at each place, or after each layer: a line for each, plates coloured by share.

    Parameters
    ----------
    probabilities : float array or Quantity, shape (row, vocab)
        Shares, 0 to 1.
    vocabulary : sequence of str
        All tokens as text.
    names : sequence of str or int
        One per line: tokens, or numbers such as those of layers.
    k : int
        How many tokens a line has.
    decimals : int
        Of the percentages.
    font_size : float
        ``theme.FONT_SMALL`` if not given.
    passport : str or tuple, optional
        Declares the shares, instead of a Quantity.

    Raises
    ------
    ValueError
        If there are no lines, one is no distribution, or names, tokens and shares differ in number.

    Source
    ------
    In scenes "probabilities", or the softmax of the logit lens.

    Examples
    --------
    >>> vocabulary = self.checkpoint.tokenizer.pieces(range(4096))
    >>> table = TopTokens(self.quantity("PROB")[:7], vocabulary, self.pieces[:7], k=4)
    >>> self.play(LaggedStart(*(FadeIn(table.line(row), shift=0.25 * RIGHT) for row in range(7)), lag_ratio=0.2))
    """

    def __init__(
        self,
        probabilities: Any,
        vocabulary: Sequence[str],
        names: Sequence[str | int],
        k: int = 5,
        decimals: int = 1,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        table = _checked_table(probabilities, len(vocabulary), len(names))
        size = theme.FONT_SMALL if font_size is None else font_size
        order = np.argsort(-table, axis=1, kind="stable")[:, : min(k, table.shape[1])]
        scale = float(table.max())
        cells = VGroup()
        for row, tokens in enumerate(order):
            line = VGroup()
            for token in tokens:
                source = passport_at(probabilities, row, int(token), passport=passport)
                line.add(_cell(vocabulary[token], float(table[row, token]), int(token), decimals, size, source))
            cells.add(line)
        self.add(VGroup(*(_name(name, size) for name in names)), cells)
        self._arrange(size, scale)
        layout.fit(self, 2 * layout.SAFE_X, 2 * layout.SAFE_Y).center()

    @property
    def names(self) -> VGroup:
        """The names of the lines."""
        return self.submobjects[0]

    @property
    def cells(self) -> VGroup:
        """The lines, each a group of cells from the largest share down."""
        return self.submobjects[1]

    @property
    def tokens(self) -> Floats:
        """Which tokens are shown: their numbers in the vocabulary, shape (row, k)."""
        return np.array([[cell.token for cell in line] for line in self.cells])

    @property
    def values(self) -> Floats:
        """The shares shown, shape (row, k)."""
        return np.array([[cell.numeral.value for cell in line] for line in self.cells])

    def cell(self, row: int, rank: int) -> TopCell:
        """Return one cell by its line and its rank (0-based)."""
        return self.cells[row][rank]

    def line(self, row: int) -> VGroup:
        """Return a name with its cells."""
        return VGroup(self.names[row], self.cells[row])

    def _arrange(self, size: float, scale: float) -> None:
        """Give all plates one size, words to the left on them, shares to the right; names left of all."""
        word_width = max(cell.word.width for line in self.cells for cell in line)
        share_width = max(cell.submobjects[2].width for line in self.cells for cell in line)
        width, height = word_width + share_width + 4 * layout.GAP_LABEL, size / 48
        pitch_x, pitch_y = width + layout.GAP_LABEL, height + layout.GAP_LABEL
        for row, line in enumerate(self.cells):
            for rank, cell in enumerate(line):
                cell.plate.stretch_to_fit_width(width).stretch_to_fit_height(height)
                cell.plate.fill_rgbas[:, :3] = plate_colors(np.array([cell.numeral.value]), "share", scale)[0, :3]
                cell.word.shift([-width / 2 + layout.GAP_LABEL - cell.word.get_left()[0], 0, 0])
                share = cell.submobjects[2]
                share.shift([width / 2 - layout.GAP_LABEL - share.get_right()[0], 0, 0])
                cell.shift([rank * pitch_x, -row * pitch_y, 0])
        edge = -width / 2 - layout.GAP
        for row, name in enumerate(self.names):
            name.shift([edge - name.get_right()[0], -row * pitch_y, 0])


def _cell(piece: str, share: float, token: int, decimals: int, size: float, passport: Passport) -> TopCell:
    numeral = Numeral(share, decimals, "never", font_size=size, factor=100, passport=passport)
    sign = row_label("%", size).next_to(numeral, RIGHT, buff=layout.GAP_TIGHT).set_y(0)
    plate = Rectangle(stroke_width=0, fill_opacity=1)
    return TopCell(plate, token_label(piece, size), VGroup(numeral, sign), token)


def _name(name: str | int, size: float) -> VGroup:
    if isinstance(name, str):
        return token_label(name, size, theme.TEXT)
    return VGroup(Numeral(int(name), 0, font_size=size, color=theme.TEXT, passport="index: line of the table"))


def _checked_table(probabilities: Any, vocabulary: int, names: int) -> Floats:
    table = np.asarray(probabilities, dtype=float)
    if table.ndim != 2 or not table.size:
        raise ValueError(f"Shares of shape {table.shape} were found; expected (row, vocab), at least one of each.")
    if table.shape != (names, vocabulary):
        raise ValueError(f"Shares of shape {table.shape} were found for {names} names and {vocabulary} tokens.")
    return np.array([checked_shares(line) for line in table])
