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
    Polygon,
    VGroup,
    VMobject,
)

from mobjects import (
    CountEquation,
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
    plated,
    symbol,
    theme,
)
from mobjects.counted import counted
from mobjects.low_rank import MOST_ENTRIES, STRIP_WIDTH
from model.activations import Quantity
from model.forward import head_weights
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import pairs, tinted
from scenes.tables import WeightTable

SIDE, LEAST = 4.5, 2.2  # of the square: as a rule, and at least where a query table is nearly as large
THICKEST = 1.9  # a query table, so that two find room one above the other
ASIDE, BESIDE = 3.0, 3.4  # how far the square makes room, and where its neighbours stand then
ENDS = 5.65  # where a word and its update stand, at the right and at the left
SIZES = "size of the network's tables"
RATIO = "ratio of the sizes shown"


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
        self.ratio = self.long // self.short
        self.side = min(SIDE, max(LEAST, THICKEST * self.ratio))
        self.unit = self.side / self.long
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
        self.low_rank = LowRankMap(self.long, self.short, self.side, **style)
        self.square = self.low_rank.square(theme.RULE)
        VGroup(self.low_rank, self.square).shift(0.1 * DOWN)
        frame, braces = self.square.frame, self.square.braces
        self.product = CountEquation([self.long, self.long], font_size=theme.FONT_BODY, passport=SIZES)
        self.product.next_to(frame, UP, buff=layout.GAP_RELATED)
        self.ends = self.word_and_update(VGroup(frame, braces))
        word, arrows, update = self.ends
        narration = _(
            "From each word's numbers its contribution has to be computed. "
            "One table that did so directly would need this many."
        )
        with self.beat(narration, 8):
            self.play(FadeIn(word, shift=0.5 * DOWN), run_time=theme.TIME_BASE)
            self.play(GrowArrow(arrows[0]), Create(frame), run_time=theme.TIME_BASE)
            self.play(GrowArrow(arrows[1]), FadeIn(update, shift=0.25 * LEFT), run_time=theme.TIME_QUICK)
            self.play(GrowBraces(*braces), *self.credit_to(self.head_name()), run_time=theme.TIME_BASE)
            self.play(MultiplyCounts(self.product, list(braces)), run_time=theme.TIME_SLOW)

    def word_and_update(self, table: VMobject, size: float = theme.FONT_BODY) -> VGroup:
        """At the right of the table a word, at its left what it becomes, and arrows between; as in a product."""
        token = TokenRow([self.pieces[self.place]], [self.activations.ids[self.place]], font_size=size, max_width=1.8)
        tinted(token.tokens[0])
        sign = symbol("E", self.place + 1, theme.EMBEDDING, theme.FONT_BODY)
        middle = self.square.frame.get_y()
        word = VGroup(token, sign).arrange(DOWN, buff=layout.GAP_RELATED)
        word.shift([ENDS - word.get_x(), middle - sign.get_y(), 0])
        update = self.package_sign(theme.FONT_BODY).move_to([-ENDS, middle, 0])
        arrows = VGroup()
        for start, end in ((sign.get_left()[0], table.get_right()[0]), (table.get_left()[0], update.get_right()[0])):
            arrow = flow_arrow(LEFT, start - end - 2 * layout.GAP_RELATED, theme.RULE)
            arrows.add(arrow.move_to([(start + end) / 2, middle, 0]))
        return VGroup(word, arrows, update)

    def package_sign(self, size: float) -> VGroup:
        """What becomes of the word: the table that leads up, times its value."""
        up = symbol("W", "O", theme.OUTPUT, size, arrow=False)
        value = symbol("V", self.place + 1, theme.VALUE, size)
        return VGroup(up, value.next_to(up, RIGHT, buff=layout.GAP_LABEL).align_to(up, DOWN))

    def compare_with_the_neighbours(self) -> None:
        """Beat 2."""
        self.neighbours = VGroup(self.neighbour("Q", theme.QUERY), self.neighbour("K", theme.KEY))
        self.neighbours.arrange(DOWN, buff=layout.GAP_SECTION).move_to([BESIDE, self.square.frame.get_y(), 0])
        names, tables, counts = (VGroup(*(each[part] for each in self.neighbours)) for part in range(3))
        parts = [self.square.frame, *self.square.braces, self.product]
        self.verdict = self.too_big().shift(ASIDE * LEFT)
        narration = _("That is {ratio} times as much as a table for queries or for keys takes. Far out of proportion.")
        if self.ratio == 1:
            narration = _("Here that is just what a query table takes, as this head is as wide as the word itself.")
        with self.beat(narration.format(ratio=self.ratio), 8.5):
            aside = [part.animate.shift(ASIDE * LEFT) for part in parts]
            self.play(FadeOut(self.ends, shift=0.25 * DOWN), *aside, run_time=theme.TIME_BASE)
            arrive = [FadeIn(VGroup(*pair), shift=0.25 * LEFT) for pair in pairs(names, tables)]
            self.play(LaggedStart(*arrive, lag_ratio=theme.LAG_STEPS), run_time=theme.TIME_BASE)
            self.play(*map(MultiplyCounts, counts), run_time=theme.TIME_SLOW)
            if self.ratio > 1:
                cross, words = self.verdict
                self.play(LaggedStart(*map(Create, cross), lag_ratio=theme.LAG_STEPS), run_time=theme.TIME_BASE)
                self.play(FadeIn(words), run_time=theme.TIME_QUICK)

    def neighbour(self, letter: str, color: str) -> VGroup:
        """A table of the head at the scale of the square, its name above, and how many numbers it has below."""
        table = WeightTable(self.tables[f"W_{letter}"], self.unit, color)
        name = symbol("W", letter, color, theme.FONT_BODY, arrow=False)
        count = CountEquation(
            [self.short, self.long], [color, color], product_color=color, font_size=theme.FONT_LABEL, passport=SIZES
        )
        name.next_to(table, UP, buff=layout.GAP_RELATED)
        return VGroup(name, table, count.next_to(table, DOWN, buff=layout.GAP_RELATED))

    def too_big(self) -> VGroup:
        """A cross over the square, and on it how many times as many numbers it takes."""
        frame = self.square.frame
        style: dict[str, Any] = {"color": theme.NEGATIVE, "stroke_width": theme.STROKE_STRIKE}
        corners = ((DOWN + LEFT, UP + RIGHT), (UP + LEFT, DOWN + RIGHT))
        cross = VGroup(*(Line(frame.get_corner(start), frame.get_corner(end), **style) for start, end in corners))
        words = counted(_("{} × as many"), self.ratio, theme.FONT_LABEL, theme.TEXT, RATIO)
        return VGroup(cross, plated(layout.fit(words, frame.width - layout.GAP).move_to(frame), layout.GAP_RELATED))

    def split_the_square(self) -> None:
        """Beat 3."""
        up, down = self.low_rank.up, self.low_rank.down
        self.fillings, self.map_names = VGroup(), VGroup()
        roles = (("O", theme.OUTPUT, _("up"), up), ("V", theme.VALUE, _("down"), down))
        for letter, color, words, table in roles:
            self.fillings.add(WeightTable(self.tables[f"W_{letter}"], self.unit, color).move_to(table.frame))
            name = VGroup(symbol("W", letter, color, theme.FONT_BODY, arrow=False), label(words, color=color))
            name.arrange(RIGHT, buff=layout.GAP_RELATED).next_to(table.frame, UP, layout.GAP_RELATED)
            self.map_names.add(name)
        self.ends = self.word_and_update(self.low_rank, theme.FONT_LABEL)
        narration = _(
            "So the work is split in two. A wide table leads down to {short} numbers, "
            "and a tall one leads up again to {long}."
        ).format(short=self.short, long=self.long)
        parts = [self.square.frame, *self.square.braces]
        with self.beat(narration, 11):
            gone = [self.product, self.neighbours, *([self.verdict] if self.ratio > 1 else [])]
            back = [part.animate.shift(ASIDE * RIGHT) for part in parts]
            self.play(FadeOut(*gone), *back, run_time=theme.TIME_BASE)
            self.remove(*parts)
            self.add(self.square)
            self.play(SplitTable(self.square, self.low_rank), run_time=theme.TIME_SLOW)
            arrive = [FadeIn(self.map_names[one], self.fillings[one]) for one in (1, 0)]  # down comes first
            self.play(LaggedStart(*arrive, lag_ratio=theme.LAG_STEPS), run_time=theme.TIME_SLOW)
            word, arrows, update = self.ends
            way = [FadeIn(word, shift=0.25 * LEFT), *map(GrowArrow, arrows), FadeIn(update, shift=0.25 * LEFT)]
            self.play(LaggedStart(*way, lag_ratio=theme.LAG_WORDS), run_time=1.5)

    def send_a_word_through(self) -> None:
        """Beat 4."""
        vectors = self.read_in[self.place], self.middles[self.place], self.results[self.place]
        self.columns, self.sign = self.entries_of(*vectors)
        self.strips, self.funnels = self.strips_of(*vectors), self.funnels_between()
        narration = _(
            "Follow one word. Its {long} numbers are squeezed into {short}, "
            "and from these few alone its whole contribution is made."
        ).format(long=self.long, short=self.short)
        word, arrows, update = self.ends
        with self.beat(narration, 10):
            rise = [
                part.animate.shift((self.columns[place].get_top()[1] + layout.GAP_RELATED - part.get_bottom()[1]) * UP)
                for part, place in ((word, 0), (update, 2))
            ]
            first = FadeIn(self.strips[:1], self.columns[0], shift=0.25 * DOWN)
            self.play(FadeOut(arrows), *rise, first, run_time=theme.TIME_BASE)
            if self.funnels:
                self.add(self.funnels)
                self.bring_to_back(self.funnels)
                self.play(FadeIn(self.funnels), run_time=theme.TIME_BASE)
            if self.strips:
                self.play(PassCorridor(self.strips), run_time=theme.TIME_CAMERA)
            shown = [FadeIn(self.columns[1], self.sign, shift=0.25 * DOWN), FadeIn(self.columns[2], shift=0.25 * DOWN)]
            self.play(LaggedStart(*shown, lag_ratio=theme.LAG_STEPS), run_time=theme.TIME_BASE)

    def funnels_between(self) -> VGroup:
        """What narrows from the word to the few numbers, and widens from these to the update.

        As high at each end as the numbers there are many; nothing is drawn if they are as many everywhere.
        """
        if self.ratio == 1:
            return VGroup()
        middle, far, near = self.low_rank.up.frame.get_y(), self.side / 2, self.short * self.unit / 2
        lane = layout.GAP_RELATED + STRIP_WIDTH / 2
        wide = self.low_rank.get_right()[0] + lane, self.low_rank.get_left()[0] - lane
        funnels = VGroup()
        for x, color in pairs(wide, (theme.VALUE, theme.OUTPUT)):
            corners = ([x, far], [x, -far], [self.corridor, -near], [self.corridor, near])
            shape = Polygon(*([across, middle + up, 0] for across, up in corners), stroke_width=0)
            funnels.add(shape.set_fill(color, 0.16))
        return funnels

    def strips_of(self, word: Quantity, middle: Quantity, result: Quantity) -> VGroup:
        """The three vectors in their places as strips; none if they are too long to be drawn."""
        if 2 * self.long + self.short > MOST_ENTRIES:
            return VGroup()
        return self.low_rank.stations(word, middle, result)

    def entries_of(self, *vectors: Quantity) -> tuple[VGroup, VMobject]:
        """The first and the last numbers of the three vectors, beside their places, and what the few are called."""
        columns = VGroup()
        marks, middle = (theme.EMBEDDING, theme.VALUE, theme.UPDATE), self.low_rank.up.frame.get_y()
        for vector, color, x in pairs(vectors, marks, (ENDS, self.corridor, -ENDS)):
            few: dict[str, Any] = {"length": 3, "decimals": 1}
            many: dict[str, Any] = {"length": 5, "decimals": 2, "font_size": 28}
            column = NumericEmbedding(vector, tint=color, **(few if color == theme.VALUE else many))
            columns.add(column.move_to([x, middle, 0]))
        low, high = (middle + side * (self.short * self.unit / 2 + layout.GAP_RELATED) for side in (-1, 1))
        columns[1].shift((low - columns[1].get_top()[1]) * UP)
        sign = symbol("V", self.place + 1, theme.VALUE, theme.FONT_BODY)
        return columns, sign.move_to([self.corridor, high + sign.height / 2, 0])

    @property
    def corridor(self) -> float:
        """Where, from left to right, the few numbers stand between both tables."""
        return float(self.low_rank.up.frame.get_right()[0] + self.low_rank.down.frame.get_left()[0]) / 2
