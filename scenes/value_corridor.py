"""ValueLowRank, first half: a square table nobody could afford, and the thin pair instead."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    GrowArrow,
    LaggedStart,
    Line,
    VGroup,
    VMobject,
)

from mobjects import (
    CountEquation,
    Dim,
    GrowBraces,
    LowRankMap,
    MultiplyCounts,
    NumericEmbedding,
    PassCorridor,
    SplitTable,
    TokenRow,
    flow_arrow,
    label,
    layout,
    symbol,
    theme,
)
from mobjects.low_rank import MOST_ENTRIES
from model.activations import Quantity
from model.forward import head_weights
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import pairs, tinted
from scenes.tables import WeightTable

NEAR = 8.0
SIDE = 4.2  # of the square
TOP = 4.0  # upper edge of the frame, however far the camera goes
SIZES = "size of the network's tables"


class ValueCorridor(ChapterScene):
    """One table leads from a word down to a few numbers, another from these up to an update."""

    def setup(self) -> None:
        """Take one head's tables, and a word's way through the two that make its update."""
        super().setup()
        config, layer = self.checkpoint.config, self.pick.layer
        self.long, self.short = config.n_embd, config.d_head
        self.tables = head_weights(self.checkpoint, layer, self.pick.head)
        self.place = self.pick.keys[0] if self.pick.keys else self.pick.query
        self.read_in = self.activations["ln1.normalized", layer]
        self.unit = SIDE / self.long
        # The wide shot holds the square and, below it, tables as high as a query's.
        self.far = NEAR + 2.2 + self.short * self.unit
        self.middles = self.after("W_V", self.read_in)
        self.results = self.after("W_O", self.middles)

    def after(self, name: str, vectors: Quantity) -> Quantity:
        """What one of the head's tables makes of vectors, one a row; its offset, if it has one, is left out."""
        table = self.tables[name]
        values = np.asarray(vectors, dtype=float) @ np.asarray(table, dtype=float).T
        return Quantity(values, f"{table.name} times {vectors.name}", ("position", table.axes[0]), vectors.source)

    def construct(self) -> None:
        """What comes before the mathematics."""
        self.ask_for_a_square()
        self.compare_with_the_neighbours()
        self.split_the_square()
        self.send_a_word_through()

    def ask_for_a_square(self) -> None:
        """Beat 1."""
        style: dict[str, Any] = {"passport": SIZES, "font_size": theme.FONT_LABEL}
        self.low_rank = LowRankMap(self.long, self.short, SIDE, **style)
        self.square = self.low_rank.square(theme.RULE)
        VGroup(self.low_rank, self.square).shift(0.1 * DOWN)
        frame, braces = self.square.frame, self.square.braces
        self.product = CountEquation([self.long, self.long], font_size=theme.FONT_BODY, passport=SIZES)
        self.product.next_to(frame, UP, buff=layout.GAP_RELATED)
        self.ends = self.word_and_update(VGroup(frame, braces))
        word, arrows, update = self.ends
        narration = _(
            "An update has to be made from a word. A table that does so directly would need this many numbers."
        )
        with self.beat(narration, 8):
            self.play(FadeIn(word, shift=0.5 * DOWN), run_time=theme.TIME_BASE)
            self.play(GrowArrow(arrows[0]), Create(frame), run_time=theme.TIME_BASE)
            self.play(GrowArrow(arrows[1]), FadeIn(update, shift=0.25 * LEFT), run_time=theme.TIME_QUICK)
            self.play(GrowBraces(*braces), *self.credit_to(self.head_name()), run_time=theme.TIME_BASE)
            self.play(MultiplyCounts(self.product, list(braces)), run_time=theme.TIME_SLOW)

    def word_and_update(self, table: VGroup) -> VGroup:
        """At the right of the table a word, at its left what it becomes, and arrows between; as in a product."""
        token = TokenRow([self.pieces[self.place]], [self.activations.ids[self.place]], max_width=2.4)
        tinted(token.tokens[0])
        sign = symbol("E", self.place + 1, theme.EMBEDDING, theme.FONT_BODY)
        middle = self.square.frame.get_y()
        word = VGroup(token, sign).arrange(DOWN, buff=layout.GAP_RELATED)
        word.shift([5.0 - word.get_x(), middle - sign.get_y(), 0])
        update = symbol("ΔE", None, theme.UPDATE, theme.FONT_BODY).move_to([-5.0, middle, 0])
        arrows = VGroup()
        for start, end in ((sign.get_left()[0], table.get_right()[0]), (table.get_left()[0], update.get_right()[0])):
            arrow = flow_arrow(LEFT, start - end - 2 * layout.GAP_RELATED, theme.RULE)
            arrows.add(arrow.move_to([(start + end) / 2, middle, 0]))
        return VGroup(word, arrows, update)

    def compare_with_the_neighbours(self) -> None:
        """Beat 2."""
        self.neighbours, self.neighbour_counts, names = VGroup(), VGroup(), VGroup()
        size = layout.scaled_font(theme.FONT_LABEL, self.far)
        for letter, color in (("Q", theme.QUERY), ("K", theme.KEY)):
            self.neighbours.add(WeightTable(self.tables[f"W_{letter}"], self.unit, color))
            names.add(symbol("W", letter, color, size, arrow=False))
            count = CountEquation(
                [self.short, self.long], [color, color], product_color=color, font_size=size, passport=SIZES
            )
            self.neighbour_counts.add(count)
        self.neighbours.arrange(RIGHT, buff=2.6).next_to(self.square, DOWN, buff=layout.GAP)
        for table, name, count in pairs(self.neighbours, names, self.neighbour_counts):
            name.next_to(table, LEFT, buff=layout.GAP_RELATED)
            count.next_to(table, DOWN, buff=layout.GAP_RELATED)
        self.neighbour_names = names
        self.strike = self.strike_through(self.square.frame)
        ratio = self.long // self.short
        narration = _("That is {ratio} times as much as the tables for queries and keys take. Far out of proportion.")
        if ratio == 1:
            narration = _("Here that is just what a query table takes, as this head is as wide as the word itself.")
        with self.beat(narration.format(ratio=ratio), 8):
            self.play(self.look(self.far, (TOP - self.far / 2) * UP), run_time=theme.TIME_SLOW)
            arrive = [FadeIn(VGroup(name, table), shift=0.25 * UP) for name, table in pairs(names, self.neighbours)]
            self.play(LaggedStart(*arrive, lag_ratio=theme.LAG_STEPS), run_time=theme.TIME_BASE)
            self.play(*map(MultiplyCounts, self.neighbour_counts), run_time=theme.TIME_SLOW)
            if ratio > 1:
                self.play(Create(self.strike), run_time=theme.TIME_QUICK)

    @staticmethod
    def strike_through(frame: VMobject) -> Line:
        """A line from corner to corner: not like this."""
        corners = (frame.get_corner(corner) for corner in (DOWN + LEFT, UP + RIGHT))
        return Line(*corners, color=theme.NEGATIVE, stroke_width=theme.STROKE_STRIKE)

    def split_the_square(self) -> None:
        """Beat 3."""
        up, down = self.low_rank.up, self.low_rank.down
        self.fillings = VGroup(
            *(
                WeightTable(self.tables[name], self.unit, color).move_to(table.frame)
                for name, color, table in (("W_O", theme.OUTPUT, up), ("W_V", theme.VALUE, down))
            )
        )
        size = layout.scaled_font(theme.FONT_LABEL, self.far)
        self.map_names = VGroup()
        for letter, color, words, table in (("O", theme.OUTPUT, _("up"), up), ("V", theme.VALUE, _("down"), down)):
            name = VGroup(symbol("W", letter, color, size, arrow=False), label(words, size, color))
            self.map_names.add(
                name.arrange(RIGHT, buff=layout.GAP_RELATED).next_to(table.frame, UP, layout.GAP_RELATED)
            )
        narration = _(
            "So the work is split in two. A wide table leads down to {short} numbers, "
            "and a tall one leads up again to {long}."
        ).format(short=self.short, long=self.long)
        leave = [FadeOut(self.product, self.ends)]
        if self.long > self.short:
            leave.append(FadeOut(self.strike))
        with self.beat(narration, 10):
            rest = Dim(self.neighbours, self.neighbour_names, self.neighbour_counts, opacity=theme.OPACITY_HALF)
            self.play(*leave, rest, run_time=theme.TIME_QUICK)
            self.remove(self.square.frame, *self.square.braces)
            self.add(self.square)
            self.play(SplitTable(self.square, self.low_rank), run_time=theme.TIME_CAMERA)
            order = (1, 0)  # down comes first
            arrive = [FadeIn(self.map_names[one], self.fillings[one]) for one in order]
            self.play(LaggedStart(*arrive, lag_ratio=theme.LAG_STEPS), run_time=theme.TIME_SLOW)

    def send_a_word_through(self) -> None:
        """Beat 4."""
        vectors = self.read_in[self.place], self.middles[self.place], self.results[self.place]
        self.columns, self.signs = self.entries_of(*vectors)
        self.strips = self.strips_of(*vectors)
        narration = _(
            "Follow one word. Its {long} numbers are squeezed into {short}, "
            "and from these few alone the whole update is made."
        ).format(long=self.long, short=self.short)
        gone = VGroup(self.neighbours, self.neighbour_names, self.neighbour_counts)
        with self.beat(narration, 10):
            self.play(self.look(NEAR, (TOP - NEAR / 2) * UP), FadeOut(gone), run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.strips[:1], self.columns[0], self.signs[0], shift=0.25 * LEFT))
            if self.strips:
                self.play(PassCorridor(self.strips), run_time=theme.TIME_CAMERA)
            shown = [FadeIn(self.columns[one], self.signs[one], shift=0.25 * LEFT) for one in (1, 2)]
            self.play(LaggedStart(*shown, lag_ratio=theme.LAG_STEPS), run_time=theme.TIME_BASE)

    def strips_of(self, word: Quantity, middle: Quantity, result: Quantity) -> VGroup:
        """The three vectors in their places as strips; none if they are too long to be drawn."""
        if 2 * self.long + self.short > MOST_ENTRIES:
            return VGroup()
        return self.low_rank.stations(word, middle, result)

    def entries_of(self, *vectors: Quantity) -> tuple[VGroup, VGroup]:
        """The first and the last numbers of the three vectors, beside their places, and what they are called."""
        columns, names = VGroup(), VGroup()
        marks = (("E", theme.EMBEDDING), ("V", theme.VALUE), ("ΔE", theme.UPDATE))
        middle, centers = self.low_rank.up.frame.get_y(), (5.35, self.corridor, -5.35)
        for vector, (letter, color), x in pairs(vectors, marks, centers):
            column = NumericEmbedding(vector, 3 if letter == "V" else 7, tint=color, decimals=2)
            sign = symbol(letter, self.place + 1, color, theme.FONT_BODY)
            column.move_to([x, middle, 0])
            if letter == "V":
                below = middle - self.short * self.unit / 2 - layout.GAP_RELATED
                column.shift((below - column.get_top()[1]) * UP)
            columns.add(column)
            names.add(sign.next_to(column, UP, buff=layout.GAP_RELATED))
        names[1].set_y(middle + self.short * self.unit / 2 + layout.GAP_RELATED + names[1].height / 2)
        return columns, names

    @property
    def corridor(self) -> float:
        """Where, from left to right, the few numbers stand between both tables."""
        return float(self.low_rank.up.frame.get_right()[0] + self.low_rank.down.frame.get_left()[0]) / 2
