"""AttentionPattern, act 1: a sentence, its words as columns of numbers, what each word asks and offers."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Brace,
    FadeIn,
    FadeOut,
    GrowArrow,
    GrowFromCenter,
    LaggedStart,
    ReplacementTransform,
    Square,
    Transform,
    VGroup,
    smooth,
)

from mobjects import (
    Collapse,
    ContextArcs,
    CountUp,
    FlashArcs,
    GrowArcs,
    KeyList,
    Numeral,
    NumericEmbedding,
    QueryRow,
    TokenRow,
    arrow_down,
    fit_apart,
    label,
    layout,
    symbol,
    theme,
)
from model import words
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import enter, pairs, pulse, tinted

# Heights of the camera's frame. Its upper edge stays at TOP, so that each widening reveals what is below.
NEAR, MIDDLE, FAR = 8.0, 11.0, 15.0
TOP = 7.5
ROW_WIDTH, ROW_START, ROW_HEIGHT = 11.4, 1.2, 2.0
LIST_LEFT, LIST_HEIGHT = 2.6, 8.7
COUNT: dict[str, Any] = {"decimals": 0, "sign": "never"}


def below_the_top(height: float, x: float = 0.0) -> np.ndarray:
    """Middle of a frame of this height whose upper edge is at ``TOP``."""
    return np.array([x, TOP - height / 2, 0.0])


def over_the_row(start: np.ndarray, end: np.ndarray, time: float) -> np.ndarray:
    """A path to the left, up and over what stands in between, then down: points on the way at ``time``, 0 to 1."""
    along, down = smooth(min(1.0, time / 0.9)), smooth(max(0.0, 2 * time - 1))
    hop = 1.1 * smooth(min(1.0, time / 0.15)) * (1 - down)
    return start + (end - start) * np.array([along, down, 0]) + hop * UP


class AttentionWords(ChapterScene):
    """To a network a sentence is columns of numbers, and each of them asks one question and makes one offer."""

    def setup(self) -> None:
        """Take the picked head's numbers: a single array each for symbols, dots, digits and arcs."""
        super().setup()
        self.camera.frame.move_to(below_the_top(NEAR))
        layer, head = self.pick.layer, self.pick.head
        self.count = len(self.pieces)
        self.columns = self.activations["embed"]
        self.queries, self.keys = (self.activations[letter, layer].at(head=head) for letter in "qk")
        self.scores = self.activations["attn_scores", layer].at(head=head)
        self.unmasked = self.activations["unmasked_pattern", layer].at(head=head)
        self.pattern = self.activations["pattern", layer].at(head=head)

    def construct(self) -> None:
        """Act 1."""
        self.act(_("Words"))
        self.show_the_sentence()
        self.let_words_lean_on_words()
        self.turn_words_into_columns()
        self.squeeze_columns_into_symbols()
        self.ask_and_offer()

    def show_the_sentence(self) -> None:
        """Beat 1."""
        ids = list(self.activations.ids)
        self.row = TokenRow(self.pieces, ids, space="between", token_gap=0.12, max_width=ROW_WIDTH)
        self.row.move_to(below_the_top(NEAR) + ROW_START * UP)
        count = Numeral(self.count, font_size=theme.FONT_LABEL, passport="count: tokens", **COUNT)
        self.note = VGroup(count, label(_("tokens"), color=theme.MUTED)).arrange(RIGHT, aligned_edge=DOWN)
        self.note.next_to(self.row, DOWN, buff=layout.GAP_SECTION)
        with self.beat(_("Here is a short sentence, cut into tokens: the pieces a network reads."), 6):
            words_in = [FadeIn(token.word, shift=0.5 * UP) for token in self.row.tokens]
            self.play(LaggedStart(*words_in, lag_ratio=theme.LAG_WORDS), run_time=theme.TIME_CAMERA)
            self.play(FadeIn(self.note[1]), CountUp(count), run_time=theme.TIME_BASE)

    def let_words_lean_on_words(self) -> None:
        """Beat 2."""
        for token in self.row.tokens:
            tinted(token)
        naming = [place for place, piece in enumerate(self.pieces) if place and words.kind(piece) == "naming"]
        arcs = [group for group in map(self.arcs_to, naming or [self.pick.query]) if len(group)]
        self.legend, self.arcs = self.legend_of_tints(), VGroup(*arcs)
        narration = _(
            "To a reader, some words lean on others. These arcs are measured inside a network: "
            "the thicker the arc, the more one word takes from another."
        )
        if naming:
            narration = _(
                "To a reader, some words lean on others. These arcs into the naming words are measured "
                "inside a network: the thicker, the more is taken."
            )
        with self.beat(narration, 10):
            plates = LaggedStart(*(FadeIn(box) for box in self.row.boxes), lag_ratio=theme.LAG_ITEMS)
            self.play(FadeOut(self.note), run_time=theme.TIME_QUICK)
            self.play(plates, FadeIn(self.legend, shift=0.25 * UP))
            self.play(*map(GrowArcs, arcs), *self.credit_to(self.head_name()), run_time=theme.TIME_SLOW)
            if arcs:
                self.play(*(FlashArcs(group, color=theme.TEXT) for group in arcs), run_time=theme.TIME_SLOW)

    def arcs_to(self, target: int) -> ContextArcs:
        """The arcs of one word, as wide as the shares it takes."""
        return ContextArcs(self.row, self.pattern.at(query=target), target, min_weight=0.15, full_share=0.6)

    def legend_of_tints(self) -> VGroup:
        """What the tints of the plates mean, below the row."""
        kinds = {words.kind(piece) for piece in self.pieces}
        names = {"describing": (_("describing words"), theme.ADJECTIVE), "naming": (_("naming words"), theme.NOUN)}
        legend = VGroup()
        for kind, (name, color) in names.items():
            if kind in kinds:
                chip = Square(0.3, fill_color=color, fill_opacity=theme.OPACITY_SOFT, stroke_width=0)
                entry = VGroup(chip, label(name, theme.FONT_SMALL, theme.MUTED))
                legend.add(entry.arrange(RIGHT, buff=layout.GAP_LABEL))
        return legend.arrange(RIGHT, buff=layout.GAP_SECTION).next_to(self.row, DOWN, buff=layout.GAP_SECTION)

    def turn_words_into_columns(self) -> None:
        """Beat 3."""
        width = self.checkpoint.config.n_embd
        length = Numeral(width, font_size=theme.FONT_LABEL, passport="size: n_embd", **COUNT)
        room = min(ROW_WIDTH, 2 * layout.SAFE_X - length.width - 2 * layout.GAP)
        spread = self.row.copy().spread(1.22, room).move_to(below_the_top(NEAR) + ROW_HEIGHT * UP)
        scale = theme.value_scale(np.asarray(self.columns))
        self.vectors, self.arrows = VGroup(), VGroup()
        for token, values in pairs(spread.tokens, self.columns):
            column = NumericEmbedding(values, length=9, color_scale=scale, decimals=1 if scale > 1 else 2)
            layout.fit(column, 0.92 * min(1.22, spread.pitch), 3.9)
            column.next_to(token.box, DOWN, buff=layout.GAP + layout.GAP_LABEL)
            self.vectors.add(column)
            self.arrows.add(arrow_down(token.box, column))
        brace = Brace(self.vectors[0], LEFT, buff=layout.GAP_LABEL, color=theme.UPDATE, sharpness=1.0)
        self.brace = VGroup(brace, length.next_to(brace, LEFT, buff=layout.GAP_LABEL))
        narration = _(
            "To the model, each word is a column of numbers, looked up in a learned table, "
            "and far longer than we can draw."
        )
        with self.beat(narration, 9, allowed=("small",)):  # numbers to be seen as such, side by side
            credit = self.credit_to(_("{name}: table of words, measured").format(name=self.checkpoint.name))
            self.play(FadeOut(self.arcs, self.legend), Transform(self.row, spread), *credit)
            self.play(LaggedStart(*map(GrowArrow, self.arrows), lag_ratio=theme.LAG_ITEMS))
            drops = [FadeIn(column, shift=0.25 * DOWN) for column in self.vectors]
            self.play(LaggedStart(*drops, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_SLOW)
            aside = self.look(NEAR, below_the_top(NEAR, min(-0.7, self.brace.get_left()[0] + layout.SAFE_X)))
            self.play(aside, GrowFromCenter(brace), CountUp(length), run_time=theme.TIME_SLOW)

    def squeeze_columns_into_symbols(self) -> None:
        """Beat 4."""
        self.embeddings, places = VGroup(), VGroup()
        style: dict[str, Any] = {"font_size": theme.FONT_LABEL, "color": theme.POSITION, "passport": "index: position"}
        marks = [symbol("E", number + 1, theme.EMBEDDING, theme.FONT_BODY) for number in range(self.count)]
        for number, (column, mark) in enumerate(pairs(self.vectors, fit_apart(marks, self.vectors)), start=1):
            self.embeddings.add(mark.move_to([column.get_x(), column.get_top()[1] - mark.height / 2, 0]))
            places.add(Numeral(number, **COUNT, **style).next_to(mark, DOWN, buff=layout.GAP_SECTION))
        narration = _(
            "Its place in the line is added to it. So a column knows its word and its place, "
            "and nothing yet of the others."
        )
        with self.beat(narration, 9):
            squeeze = [Collapse(column, mark) for column, mark in pairs(self.vectors, self.embeddings)]
            self.play(FadeOut(self.brace), self.look(NEAR, below_the_top(NEAR)), *squeeze, run_time=theme.TIME_SLOW)
            self.play(LaggedStart(*(FadeIn(place, shift=0.25 * UP) for place in places), lag_ratio=theme.LAG_ITEMS))
            self.wait(theme.TIME_QUICK)
            sinks = [
                place.animate.move_to(mark.get_corner(DOWN + RIGHT)).scale(0.4).set_opacity(0)
                for place, mark in pairs(places, self.embeddings)
            ]
            self.play(LaggedStart(*sinks, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_BASE)
            self.remove(places)
            self.play(pulse(self.embeddings), run_time=theme.TIME_BASE)

    def ask_and_offer(self) -> None:
        """Beat 5."""
        size, center = layout.scaled_font(theme.FONT_LABEL, MIDDLE), below_the_top(MIDDLE, -LIST_LEFT)
        self.asks = asks = QueryRow(self.queries, self.embeddings, 1.75, size)
        self.offers = offers = KeyList(self.pieces, self.keys, min(LIST_HEIGHT, 1.2 * (self.count - 1)), size)
        offers.shift(center + 6.95 * LEFT + 0.15 * UP)
        for token in offers.tokens:
            tinted(token)
        narration = _(
            "Learned tables turn each column into a query, which asks, and into a key, which offers an answer."
        )
        if self.pick.layer:
            narration = _(
                "Some layers later, the columns have read a little. Learned tables now turn each one "
                "into a query, which asks, and into a key, which offers an answer."
            )
        with self.beat(narration, 12):
            self.play(self.look(MIDDLE, center), *self.credit_to(self.head_name()), run_time=theme.TIME_SLOW)
            self.play(pulse(self.embeddings), run_time=theme.TIME_BASE)
            arrows = LaggedStart(*map(GrowArrow, asks.arrows), lag_ratio=theme.LAG_MANY)
            self.play(arrows, FadeIn(asks.map_label), run_time=theme.TIME_BASE)
            self.play(enter(asks.symbols, 0.5 * DOWN), enter(asks.strips), run_time=theme.TIME_BASE)
            self.play(self.travel_to_the_list(), run_time=theme.TIME_CAMERA)
            self.play(
                enter(offers.vectors),
                LaggedStart(*map(GrowArrow, offers.arrows), lag_ratio=0.05),
                FadeIn(offers.map_label),
                enter(offers.symbols, 0.25 * RIGHT),
                enter(offers.strips),
                run_time=theme.TIME_SLOW,
            )

    def travel_to_the_list(self) -> LaggedStart:
        """Copies of the words leave the row for the list, the last word first, so that none sinks through another."""
        journeys = []
        for token, word in reversed(list(pairs(self.row.tokens, self.offers.tokens))):
            copy = token.copy()
            copy.box.set_opacity(0)  # a plate, seen through, would show double while it still lies on the word's
            journeys.append(ReplacementTransform(copy, word, path_func=over_the_row))
        return LaggedStart(*journeys, lag_ratio=theme.LAG_ITEMS)
