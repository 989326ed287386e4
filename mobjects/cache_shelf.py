"""Shelves of keys and values, one a layer: what a decoder keeps so as not to compute it again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Animation, Line, VGroup, override_animate

from mobjects import layout, theme
from mobjects.blocks import centred_label
from mobjects.dimming import PartMotion, leaf_alphas, leaves_of, paint_leaf
from mobjects.embedding import ValueStrip
from mobjects.numerals import Floats, Numbers, Numeral, Passport

# In manim units: a card at its widest, the gap between the keys and the values of a layer, the gap under a board.
CARD_WIDTH, CARD_HEIGHT, ROW_GAP, BOARD_GAP = 0.9, 0.27, 0.05, 0.16
CARD_SHARE, LABEL_ROOM = 0.86, 2.4
CELLS = 4
LETTERS = "KV"
COUNTED = "count: cards on the shelves"


class CacheShelf(VGroup):
    """One shelf for each layer, with a card for the key of every token so far and one for its value.

    Parameters
    ----------
    keys, values : sequence of float arrays or Quantities, one a layer, shape (position, d_head)
        As in the network.
    labels : sequence of str, optional
        What stands before each shelf.
    capacity : int
        For how many tokens there is room; twice as many as there are if not given.
    cells : int
        How many numbers a card shows, the first ones of its vector, as squares of their size.
    unit : str, optional
        The word after the count of cards; there is no count without it.
    width, height : float
        All fits into these, in manim units.
    passport : str or tuple, optional
        Declares the numbers on the cards, if they are plain.

    Raises
    ------
    ValueError
        If keys and values are not alike, there are no layers, a number is not finite, or the room is too small.

    Source
    ------
    Keys and values of one head of each layer.

    Examples
    --------
    >>> keys, values = ([self.activations[name, n][0] for n in range(6)] for name in "kv")
    >>> first = [[layer[0:5] for layer in half] for half in (keys, values)]
    >>> shelf = CacheShelf(*first, [f"layer {n + 1}" for n in range(6)], capacity=9, unit="cards")
    >>> self.play(FadeIn(shelf))
    >>> for place in (5, 6):
    ...     self.play(AddCards(shelf, [layer[place] for layer in keys], [layer[place] for layer in values]))
    """

    def __init__(
        self,
        keys: Sequence[Numbers],
        values: Sequence[Numbers],
        labels: Sequence[str] | None = None,
        capacity: int | None = None,
        cells: int = CELLS,
        unit: str | None = None,
        width: float = 2 * layout.SAFE_X,
        height: float = 6.0,
        passport: Passport = None,
    ) -> None:
        array = _checked_halves(keys, values)
        _, layers, tokens, _ = array.shape
        self.layers, self.cells, self.passport_given = layers, cells, passport
        self.capacity = 2 * tokens if capacity is None else capacity
        if self.capacity < tokens or cells < 1:
            raise ValueError(
                f"Room for {self.capacity} tokens and {cells} numbers a card were asked for; expected at least "
                f"{tokens} and 1."
            )
        # Room is left for what stands before the shelves.
        self.card_width = min(CARD_WIDTH, (width - LABEL_ROOM) / self.capacity)
        self.scales = [theme.value_scale(half) for half in array]
        super().__init__(VGroup(), VGroup(), VGroup(), VGroup())
        self._build_boards(_checked_labels(labels, layers))
        for place in range(tokens):
            self.cards.add(self.next_column([layer[place] for layer in keys], [layer[place] for layer in values]))
        if unit is not None:
            self._write_count(unit)
        layout.fit(self.center(), width, height)

    # Parts -----------------------------------------------------------------------------------------------------

    @property
    def boards(self) -> VGroup:
        """One line for each layer, the first at the bottom."""
        return self.submobjects[0]

    @property
    def labels(self) -> VGroup:
        """What stands before the shelves: for each layer its label, if there are labels, then K and V."""
        return self.submobjects[1]

    @property
    def cards(self) -> VGroup:
        """One column for each token; each holds, layer by layer, a card for the key and one for the value."""
        return self.submobjects[2]

    @property
    def count(self) -> Numeral | None:
        """How many cards there are, None if it is not shown."""
        return self.submobjects[3][0] if len(self.submobjects[3]) else None

    @property
    def total(self) -> int:
        """How many cards stand on the shelves."""
        return 2 * self.layers * len(self.cards)

    def card(self, place: int, layer: int, half: str) -> ValueStrip:
        """Return the card of one token (0-based) on one shelf (0-based); ``half`` is "K" or "V"."""
        if half not in LETTERS or not 0 <= layer < self.layers or not 0 <= place < len(self.cards):
            raise ValueError(
                f"Card {half!r} of token {place} in layer {layer} was asked for; expected K or V, "
                f"{len(self.cards)} tokens and {self.layers} layers."
            )
        return self.cards[place][2 * layer + LETTERS.index(half)]

    def above(self, place: int) -> Floats:
        """Return the point over the top shelf where the word of a token (0-based) belongs."""
        board = self.boards[-1]
        middle = self._place_on(board, place)
        point: Floats = middle + (2 * CARD_HEIGHT + 3 * ROW_GAP) * self._size * UP
        return point

    # Building ----------------------------------------------------------------------------------------------------

    @property
    def _size(self) -> float:
        """How large the shelves are drawn, beside the sizes above."""
        return float(np.linalg.norm(self.boards[0].get_end() - self.boards[0].get_start())) / (
            self.card_width * self.capacity
        )

    def _place_on(self, board: Line, place: int) -> Floats:
        start, end = board.get_start(), board.get_end()
        middle: Floats = start + (place + 0.5) / self.capacity * (end - start)
        return middle

    def _build_boards(self, labels: Sequence[str | None]) -> None:
        pitch = 2 * CARD_HEIGHT + 2 * ROW_GAP + BOARD_GAP
        style = {"stroke_color": theme.RULE, "stroke_width": theme.STROKE_BOX}
        for layer, words in enumerate(labels):
            board = Line(np.zeros(3), self.card_width * self.capacity * RIGHT, **style).shift(layer * pitch * UP)
            self.boards.add(board)
            for half, color in enumerate((theme.KEY, theme.VALUE)):
                letter = centred_label(LETTERS[half], theme.FONT_SMALL, color)
                row = board.get_start() + self._row(half) * UP
                self.labels.add(letter.shift(row + layout.GAP_RELATED * LEFT))
            if words is not None:
                text = centred_label(words, theme.FONT_SMALL)
                middle = board.get_start() + (self._row(0) + self._row(1)) / 2 * UP
                text.shift(middle + (2 * layout.GAP_RELATED + text.width / 2 + layout.GAP_LABEL) * LEFT)
                self.labels.add(text)

    def _row(self, half: int) -> float:
        """Return how high above its board the middle of a card stands: keys over values."""
        return ROW_GAP + CARD_HEIGHT / 2 + (1 - half) * (CARD_HEIGHT + ROW_GAP)

    def next_column(self, keys: Sequence[Numbers], values: Sequence[Numbers]) -> VGroup:
        """Return the cards of the next token at their places, not yet on the shelves.

        Parameters
        ----------
        keys, values : sequence of float arrays or Quantities, one a layer, shape (d_head,)
        """
        place = len(self.cards)
        if place >= self.capacity:
            raise ValueError(f"The shelves are full: there is room for {self.capacity} tokens.")
        if len(keys) != self.layers or len(values) != self.layers:
            raise ValueError(
                f"{len(keys)} keys and {len(values)} values were found; expected one for each of {self.layers} layers."
            )
        column, size = VGroup(), self._size
        for layer in range(self.layers):
            for half, (vector, tint) in enumerate(((keys[layer], theme.KEY), (values[layer], theme.VALUE))):
                card = ValueStrip(
                    vector[0 : self.cells],
                    horizontal=True,
                    scale=self.scales[half],
                    color_by="magnitude",
                    tint=tint,
                    passport=self.passport_given,
                )
                card.stretch_to_fit_width(CARD_SHARE * self.card_width * size).stretch_to_fit_height(CARD_HEIGHT * size)
                column.add(card.move_to(self._place_on(self.boards[layer], place) + size * self._row(half) * UP))
        return column

    def _write_count(self, unit: str) -> None:
        number = Numeral(self.total, decimals=0, thousands=True, font_size=theme.FONT_LABEL, passport=COUNTED)
        word = centred_label(unit, theme.FONT_LABEL)
        spot = self.boards[0].get_end() + 0.6 * DOWN
        word.shift(spot + word.width / 2 * LEFT)
        number.anchor_at([word.get_left()[0] - 1.5 * layout.GAP_LABEL, spot[1], 0])
        self.submobjects[3].add(number, word)

    def add_cards(self, keys: Sequence[Numbers], values: Sequence[Numbers]) -> CacheShelf:
        """Put the cards of the next token on the shelves, one key and one value for each layer."""
        self.cards.add(self.next_column(keys, values))
        if self.count is not None:
            self.count.set_value(self.total, COUNTED)
        return self

    @override_animate(add_cards)
    def _add_cards_animation(self, keys, values, anim_args=None) -> Animation:
        return AddCards(self, keys, values, **(anim_args or {}))


class AddCards(PartMotion):
    """The cards of one more token drop onto the shelves, one layer after another; those before stay untouched.

    Parameters
    ----------
    shelf : CacheShelf
    keys, values : sequence of float arrays or Quantities, one a layer, shape (d_head,)

    Raises
    ------
    ValueError
        As for ``shelf.next_column``.

    Examples
    --------
    >>> keys, values = ([self.activations[name, n][0] for n in range(3)] for name in "kv")
    >>> first = [[layer[0:2] for layer in half] for half in (keys, values)]
    >>> shelf = CacheShelf(*first, capacity=9, unit="cards")
    >>> self.play(FadeIn(shelf))
    >>> for place in range(2, 9):
    ...     cards = [layer[place] for layer in keys], [layer[place] for layer in values]
    ...     self.play(AddCards(shelf, *cards), run_time=0.5)
    """

    DROP = 0.5

    def __init__(
        self, shelf: CacheShelf, keys: Sequence[Numbers], values: Sequence[Numbers], lag_ratio: float = 0.15, **kwargs
    ) -> None:
        self.shelf, self.column = shelf, shelf.next_column(keys, values)
        numbers = [] if shelf.count is None else [shelf.count]
        super().__init__([self.column, *numbers], lag_ratio=lag_ratio, **kwargs)

    def prepare(self) -> None:
        """Put the cards on the shelves and note where they belong."""
        if self.column not in self.shelf.cards:
            self.shelf.cards.add(self.column)
        self.totals = self.shelf.total - len(self.column), self.shelf.total
        self.rest = [
            [
                (leaf, leaf.points.copy(), leaf_alphas(leaf))
                for leaf in leaves_of(self.column[2 * layer : 2 * layer + 2])
            ]
            for layer in range(self.shelf.layers)
        ]

    def show_moment(self, time: float) -> None:
        """Let each layer's cards fall as far as they are."""
        for layer, cards in enumerate(self.rest):
            moment = float(np.clip(self.get_sub_alpha(time, layer, self.shelf.layers), 0, 1))
            for leaf, points, alphas in cards:
                leaf.points = points + (1 - moment) * self.DROP * UP if moment < 1 else points.copy()
                paint_leaf(leaf, alphas, moment)
        if self.shelf.count is not None:
            before, after = self.totals
            self.shelf.count.set_value(round(before + time * (after - before)), COUNTED)


def _checked_halves(keys: Sequence[Numbers], values: Sequence[Numbers]) -> Floats:
    """Return keys and values as one array, shape (2, layer, position, d_head)."""
    shapes = [[np.shape(layer) for layer in half] for half in (keys, values)]
    alike = len({shape for half in shapes for shape in half}) == 1 and len(shapes[0]) == len(shapes[1])
    if not alike or len(shapes[0][0]) != 2 or not np.prod(shapes[0][0]):
        raise ValueError(
            f"Keys of shapes {shapes[0]} and values of shapes {shapes[1]} were found; expected (position, d_head), "
            "alike in all layers."
        )
    array = np.array([[np.asarray(layer, dtype=float) for layer in half] for half in (keys, values)])
    if not np.isfinite(array).all():
        raise ValueError("Keys or values that are not finite were found; expected ordinary numbers.")
    return array


def _checked_labels(labels: Sequence[str] | None, layers: int) -> Sequence[str | None]:
    if labels is None:
        return [None] * layers
    if len(labels) != layers:
        raise ValueError(f"{len(labels)} labels were found; expected one for each of {layers} layers.")
    return list(labels)
