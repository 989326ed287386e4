"""MultiHeadAttention, first part: one head on a card, many cards behind it, and the tables each of them has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    FadeIn,
    FadeOut,
    ReplacementTransform,
    Text,
    VGroup,
    Write,
    there_and_back,
)

from mobjects import (
    AttentionBoard,
    BraceCount,
    ChangeValues,
    GrowBraces,
    HeadCard,
    HeadStack,
    MoveCards,
    Numeral,
    label,
    layout,
    symbol,
    theme,
)
from mobjects.brackets import EllipsisDots
from model.checkpoint import CheckpointError
from model.probing.head_labels import HeadLabel, even_shares, head_labels, scores_on
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import enter, tinted

MOST_CARDS = 12  # drawn of a layer that has more heads
FLOOR, ROOM = -3.2, 5.8  # what the credit below and the title above leave free
# The stack: height of the front card, from one to the next, and how much smaller that is.
BIG, RECESSION, SHRINKAGE = 4.3, (0.9, 0.19), 0.97
# The stack pulled apart: height of a card, and from one to the next.
CARD, STEP = 2.6, 1.15
MARGIN, WIDEST = 2.0, 10.9  # room at the left of it, and how wide it may be
LANE = 0.6  # from one row of symbols to the next
TABLES = "count: tables of all heads"


class HeadsOfALayer(ChapterScene):
    """A layer runs many heads side by side, each with tables of its own."""

    def setup(self) -> None:
        """Take the patterns of the layer, what its heads may be called, and which of them are drawn."""
        super().setup()
        layer, head, count = self.pick.layer, self.pick.head, self.checkpoint.config.n_head
        self.patterns = self.activations["pattern", layer]
        self.heads = [head, *(other for other in range(count) if other != head)][:MOST_CARDS]
        try:
            scores, even = self.quantity("HEADSTAT"), even_shares(self.checkpoint)
            self.held_out = True
        except CheckpointError:  # nobody measured this network: the sentence itself must do
            scores, even = scores_on(self.checkpoint, self.activations)
            self.held_out = False
        self.labels = head_labels(scores, even, layer)
        self.columns = len(self.heads) if len(self.heads) <= 4 else -(-len(self.heads) // 2)
        self.cell_width = min(3.4, 2 * layout.SAFE_X / self.columns)
        self.side = min(self.cell_width - 0.55, 2.0)

    def show_stack(self) -> None:
        """Beats 1 to 4."""
        self.recall_a_single_head()
        self.deal_the_others()
        self.raise_the_tables()
        self.count_the_heads()

    def where(self) -> str:
        """What the corner says of all heads of the layer."""
        return _("{name}: layer {layer}, measured").format(name=self.checkpoint.name, layer=self.pick.layer + 1)

    # -- beat 1 --------------------------------------------------------------------------------------------------

    def recall_a_single_head(self) -> None:
        """Beat 1."""
        pattern = self.patterns.at(head=self.pick.head)
        board = AttentionBoard(self.pieces, width=9.0, height=ROOM, font_size=30, symbol_size=theme.FONT_LABEL)
        board.move_to([0, FLOOR + ROOM / 2, 0])
        for token in (*board.query_tokens, *board.key_tokens):
            tinted(token)
        dots, card = board.grid.dots(pattern), self.first_card()
        heat = card.mini.copy().stretch_to_fit_width(board.grid.frame.width)
        heat.stretch_to_fit_height(board.grid.frame.height).move_to(board.grid.frame)
        self.title = self.title_of(_("single"))
        with self.beat(self.words_for_one(), 10.5):
            arrive = FadeIn(board, dots, shift=0.25 * UP)
            self.play(arrive, Write(self.title), run_time=1.5)
            self.play(*self.credit_to(self.head_name()), run_time=1.5)
            self.play(FadeOut(board), FadeIn(heat), run_time=theme.TIME_BASE)
            self.remove(dots)
            around = VGroup(card.frame.copy().set_fill(opacity=0), card.caption, card.stat)
            self.play(ReplacementTransform(heat, card.mini), FadeIn(around), run_time=1.5)
            self.remove(around, card.mini)
            self.add(card)
            if len(self.patterns) > 1:
                self.play(*self.single_becomes_multi(), run_time=theme.TIME_BASE)
        self.card = card

    def first_card(self) -> HeadCard:
        """The head that was watched so far, with its place and its habit."""
        head = self.pick.head
        found = self.labels[head]
        stat: dict[str, Any] = {"stat": found.share, "stat_label": self.name_of(found)} if found.behaviour else {}
        words = _("layer"), _("head")
        card = HeadCard(self.patterns.at(head=head), self.pick.layer, head, side=3.4, words=words, **stat)
        return card.scale(1.2).move_to([0, FLOOR + ROOM / 2, 0])

    def title_of(self, first: str) -> Text:
        """The title: how many heads, as one word, and what they are heads of."""
        whole = label(f"{first}{_('-head attention')}", theme.FONT_SUBTITLE, weight="bold")
        whole[: len(first)].set_color(theme.HIGHLIGHT)
        return whole.move_to([0, layout.SAFE_Y, 0], aligned_edge=UP)

    def single_becomes_multi(self) -> list[Animation]:
        """The word for one makes way for the word for many."""
        old, new = self.title, self.title_of(_("multi"))
        self.title = new
        one, many = len(_("single")), len(_("multi"))
        self.remove(old)
        up = 0.5 * UP
        return [
            FadeOut(old[:one], shift=up),
            FadeIn(new[:many], shift=up),
            ReplacementTransform(old[one:], new[many:]),
        ]

    def words_for_one(self) -> str:
        """What is said of the head that was watched."""
        habits = {
            "describing": _("naming words take from their describing words"),
            "previous": _("every word looks one step back"),
            "first": _("every word looks back at the first one"),
            "same": _("words look for earlier copies of themselves"),
            "induction": _("words look for what came next the last time"),
            "pronoun": _("he and she look for the people they stand for"),
        }
        habit = habits.get(self.labels[self.pick.head].behaviour)
        if len(self.patterns) == 1:
            return _("What we watched is a single head, and here it is the only one that its layer has.")
        if habit is None:
            return _("All we have watched so far is a single head, with one pattern. A layer has many of them.")
        return _(
            "So far we have watched a single head, with a single habit: {habit}. A sentence holds more than that."
        ).format(habit=habit)

    # -- beats 2 to 4 --------------------------------------------------------------------------------------------

    def deal_the_others(self) -> None:
        """Beat 2."""
        style: dict[str, Any] = {"side": self.side, "words": ("", "")}
        cards = [HeadCard(self.patterns.at(head=head), self.pick.layer, head, **style) for head in self.heads]
        self.stack = HeadStack(cards)
        recede(self.stack)
        layout.fit(self.stack, 2 * layout.SAFE_X, ROOM).move_to([0, FLOOR + ROOM / 2, 0])
        front, places = self.stack.front, [(card.height, card.get_center()) for card in self.stack.cards]
        for card in self.stack.cards[1:]:
            card.scale_to_fit_height(front.height).move_to(front)
        narration = _(
            "A layer does not stop at one. It runs many heads side by side, and each draws a pattern of its own."
        )
        if len(places) == 1:
            narration = _("Larger networks lay many heads side by side in each layer. Here the stack is one card high.")
        with self.beat(narration, 9):
            parts = ((self.card.frame, front.frame), (self.card.mini, front.mini))
            morph = [ReplacementTransform(*pair) for pair in parts]
            self.play(*morph, FadeOut(self.card.caption, self.card.stat), *self.credit_to(self.where()))
            self.remove(front.frame, front.mini)
            self.add(self.stack)
            if len(places) > 1:
                deal = MoveCards(self.stack, lambda stack: lay(stack, places), lag_ratio=theme.LAG_ITEMS)
                self.play(deal, run_time=3.5)

    def raise_the_tables(self) -> None:
        """Beat 3."""
        roles = (("Q", theme.QUERY), ("K", theme.KEY), ("V", theme.VALUE), ("O", theme.OUTPUT))
        names = (_("questions"), _("offers"), _("packages"), _("way back"))
        count = Numeral(0, decimals=0, sign="never", font_size=theme.FONT_SUBTITLE, color=theme.TEXT, passport=TABLES)
        narration = _(
            "Each has four tables of its own: for its questions, for its offers, "
            "for the packages it hands over, and for their way back."
        )
        with self.beat(narration, 9.5):
            self.play(MoveCards(self.stack, self.pull_apart), run_time=1.5)
            self.symbols, self.names = VGroup(), VGroup()
            self.tables = self.count_below(count)
            for number, ((letter, color), name) in enumerate(zip(roles, names, strict=True)):
                row = VGroup(*(self.over(card, letter, color, number) for card in self.stack.cards))
                said = label(name, theme.FONT_SMALL, color).next_to(row[0], LEFT, buff=layout.GAP)
                rise = [enter(row, (1.2 - 0.2 * number) * UP), FadeIn(said, shift=0.25 * UP)]
                rise += [] if number else [FadeIn(self.tables)]
                total = (number + 1) * len(self.patterns)
                self.play(*rise, ChangeValues(count, total, passport=TABLES), run_time=theme.TIME_BASE)
                self.symbols.add(row)
                self.names.add(said)

    def pull_apart(self, stack: HeadStack) -> None:
        """Spread the stack, so that above each card there is room for its tables."""
        count = len(stack.cards)
        step = np.array([min(STEP, (WIDEST - CARD) / max(1, count - 1)), 0, 0])
        left = -(MARGIN + CARD + (count - 1) * step[0]) / 2 + MARGIN
        start = np.array([left + CARD / 2, FLOOR + 0.75 + CARD / 2, 0])
        lay(stack, [(CARD, start + place * step) for place in range(count)])

    def over(self, card: HeadCard, letter: str, color: str, row: int) -> Any:
        """The symbol of one of a card's tables, in its row above the part of the card that can be seen."""
        mark = symbol("W", letter, color, theme.FONT_LABEL, arrow=False)
        corner = card.frame.get_corner(UP + RIGHT)
        return mark.move_to(corner + [-0.5, (3.6 - row) * LANE, 0])

    def count_below(self, count: Numeral) -> VGroup:
        """How many tables there are, at the left where the front card leaves room."""
        line = VGroup(count, label(_("tables"), theme.FONT_LABEL, theme.MUTED))
        line.arrange(DOWN, buff=layout.GAP_RELATED, aligned_edge=RIGHT)
        return line.next_to(self.stack.front, LEFT, buff=layout.GAP_RELATED)

    def count_the_heads(self) -> None:
        """Beat 4."""
        count, cards = len(self.patterns), VGroup(*self.stack.cards)
        self.rest = VGroup()
        if count > len(self.heads):
            self.rest = VGroup(EllipsisDots((1, 0), 0.4).next_to(cards, RIGHT, buff=layout.GAP_LABEL))
        words = _("head") if count == 1 else _("heads")
        self.brace = BraceCount(VGroup(cards, *self.rest), count, DOWN, words, passport="size: n_head")
        narration = _("Here that makes {count} heads. None waits for another: all do their work at the same time.")
        if count == 1:
            narration = _("Here there is one head only, with four tables. With more, all would work at the same time.")
        with self.beat(narration.format(count=count), 7):
            self.play(FadeIn(self.rest), GrowBraces(self.brace), run_time=1.5)
            light: dict[str, Any] = {"rate_func": there_and_back, "run_time": theme.TIME_SLOW}
            glow = [card.frame.animate(**light).set_stroke(theme.HIGHLIGHT, theme.STROKE_STRONG) for card in cards]
            self.play(*glow, *(mark.animate(**light).scale(1.2) for row in self.symbols for mark in row))

    def name_of(self, found: HeadLabel) -> str:
        """What a head is called on the screen."""
        raise NotImplementedError


def recede(stack: HeadStack) -> None:
    """Lay the cards of a stack one behind the other, each a little to the right, higher and smaller."""
    corner = np.zeros(3)
    for number, card in enumerate(stack.cards):
        card.scale_to_fit_height(BIG * SHRINKAGE**number).move_to(corner, aligned_edge=DOWN + LEFT)
        corner = corner + np.array([*RECESSION, 0]) * SHRINKAGE**number + card.width * (1 - SHRINKAGE) * RIGHT


def lay(stack: HeadStack, places: Sequence[tuple[float, np.ndarray]]) -> None:
    """Put each card of a stack, in the order given, to a height and a middle."""
    for card, (height, middle) in zip(stack.cards, places, strict=True):
        card.scale_to_fit_height(height).move_to(middle)
