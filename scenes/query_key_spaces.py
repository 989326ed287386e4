"""QueryKeySpaces: two maps into one small space, where a question and its answers can be compared."""

from __future__ import annotations

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    DashedLine,
    FadeIn,
    FadeOut,
    GrowArrow,
    LaggedStart,
    TransformFromCopy,
    VGroup,
    VMobject,
)

from mobjects import (
    CountUp,
    Dim,
    FlashAround,
    GrowVectors,
    Numeral,
    SpacePlot,
    TurnSpace,
    Undim,
    flow_arrow,
    label,
    layout,
    symbol,
    theme,
)
from mobjects.counted import counted
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import enter

LARGE_X, SMALL_X, GROUND = -4.05, 1.15, -0.2  # middles of the two spaces
LIST_X, LIST_TOP, LIST_ROOM = 4.4, 2.6, 5.4  # left edge, top and height of the list
CROSSED = ("contrast",)  # among many arrows a name may lie over one
NAMED = 3  # neighbours that cross one by one


class QueryKeySpaces(ChapterScene):
    """Query and key maps drop words into one small space, and there agreement is a matter of angle and length."""

    def setup(self) -> None:
        """Take columns, queries, keys and products of the picked head."""
        super().setup()
        layer, head, self.query = self.pick.layer, self.pick.head, self.pick.query
        self.columns = self.activations["ln1.normalized", layer]
        self.queries, self.keys = (self.activations[letter, layer].at(head=head) for letter in "qk")
        self.products = self.activations["raw_scores", layer].at(head=head)[self.query]
        values = np.asarray(self.products, dtype=float)
        near = dict.fromkeys([*self.pick.keys, self.pick.contrast])
        self.near = [place for place in near if place != self.query][:NAMED] or [0]
        self.best = max(self.near, key=lambda place: values[place])
        self.order = [int(place) for place in np.argsort(-values)]

    def construct(self) -> None:
        """One arrow crosses as a question, others as answers; then they are compared."""
        self.show_two_spaces()
        self.send_the_query()
        self.send_some_keys()
        self.compare_with_the_best()
        self.list_all_products()
        self.look_at_the_opposite()

    def show_two_spaces(self) -> None:
        """Beat 1."""
        self.large = SpacePlot(self.columns, self.names(self.query, *self.near), theme.EMBEDDING, reach=1.65)
        self.large.shift([LARGE_X, GROUND, 0])
        self.small = self.small_space(self.names(*self.near, self.order[0], self.order[-1]))
        config = self.checkpoint.config
        self.sizes = VGroup(
            counted(_("{} dimensions"), config.n_embd, 30, theme.EMBEDDING, "size: n_embd"),
            counted(_("{} dimensions"), config.d_head, 30, theme.TEXT, "size: d_head"),
        )
        for size, plot in zip(self.sizes, (self.large, self.small), strict=True):
            size.move_to([plot.frame.get_x(), 3.1, 0])
        self.arrow = flow_arrow(RIGHT, 1.5, theme.RULE).move_to([-1.85, 2.1, 0])
        narration = _(
            "A word's column lives in a huge space, queries and keys in a much smaller one. "
            "Two learned maps lead from one to the other."
        )
        with self.beat(narration, 11):
            grounds = [FadeIn(plot.floor, plot.axes) for plot in (self.large, self.small)]
            self.play(grounds[0], FadeIn(self.sizes[0], shift=0.25 * UP), run_time=theme.TIME_BASE)
            self.play(grounds[1], FadeIn(self.sizes[1], shift=0.25 * UP), GrowArrow(self.arrow))
            self.play(TurnSpace(self.large, self.large.yaw + 40), run_time=theme.TIME_CAMERA)

    def names(self, *places: int) -> list[str]:
        """The words at some places, nothing at the others."""
        return [self.word(place) if place in places else "" for place in range(len(self.pieces))]

    def small_space(self, words: list[str]) -> SpacePlot:
        """The query, then all keys, on a plane whose first direction is that of the query."""
        question, answers = np.asarray(self.queries[self.query], float), np.asarray(self.keys, float)
        along = question / np.linalg.norm(question)
        rest = answers - np.outer(answers @ along, along)
        across = np.linalg.svd(rest - rest.mean(axis=0))[2][0]  # where keys differ, not what they share
        vectors = [self.queries[self.query], *(self.keys[place] for place in range(len(words)))]
        colors = [theme.QUERY, *[theme.KEY] * len(words)]
        plot = SpacePlot(vectors, ["", *words], colors, np.array([along, across]), reach=2.5)
        return plot.shift([SMALL_X, GROUND, 0])

    def send_the_query(self) -> None:
        """Beat 2."""
        self.tag = symbol("W", "Q", theme.QUERY, theme.FONT_LABEL, arrow=False).next_to(self.arrow, UP, buff=0.15)
        self.mark = symbol("Q", self.query + 1, theme.QUERY, 32)
        direction = np.sign(self.small.tip(0)[0] - SMALL_X) * RIGHT
        self.mark.next_to(self.small.tip(0), direction, buff=0.12)
        share = Numeral(
            100 * self.small.kept, 0, "never", font_size=theme.FONT_SMALL, color=theme.MUTED,
            passport="percent of the variance that is drawn",
        )  # fmt: skip
        parts = [label(_("drawn:"), theme.FONT_SMALL, theme.MUTED), share]
        parts.append(label(_("% of the spread"), theme.FONT_SMALL, theme.MUTED))
        self.drawn = VGroup(*parts).arrange(RIGHT, buff=0.12).move_to([LARGE_X, -3.45, 0])
        narration = _(
            "Here is “{word}”. The query map drops it into the small space. "
            "We turn that space so that the question points straight to the right."
        ).format(word=self.word(self.query))
        with self.beat(narration, 10.5):
            self.play(GrowVectors(self.large, [self.query]), run_time=theme.TIME_BASE)
            self.play(FadeIn(self.tag, shift=0.25 * RIGHT), *self.credit_to(self.head_name()))
            leap = TransformFromCopy(self.large.arrows[self.query], self.small.arrows[0], path_arc=-np.pi / 3)
            self.play(leap, run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.mark), FadeIn(self.drawn), run_time=theme.TIME_BASE)

    def send_some_keys(self) -> None:
        """Beat 3."""
        tag = symbol("W", "K", theme.KEY, theme.FONT_LABEL, arrow=False).move_to(self.tag)
        narration = _(
            "The key map is another table. It drops the neighbours into the very same space, "
            "each one as an offer: here is what I have."
        )
        with self.beat(narration, 10, CROSSED):
            self.play(FadeOut(self.tag, shift=0.25 * UP), FadeIn(tag, shift=0.25 * UP), run_time=theme.TIME_QUICK)
            self.play(GrowVectors(self.large, self.near), run_time=theme.TIME_BASE)
            leaps = [
                TransformFromCopy(self.large.arrows[place], self.small.arrows[place + 1], path_arc=-np.pi / 3)
                for place in self.near
            ]
            self.play(LaggedStart(*leaps, lag_ratio=theme.LAG_STEPS), run_time=theme.TIME_CAMERA)
            names = [self.small.labels[place + 1] for place in self.near]
            self.play(*map(FadeIn, names), run_time=theme.TIME_QUICK)
        self.tag = tag

    def compare_with_the_best(self) -> None:
        """Beat 4."""
        question, answer = (
            np.asarray(vector, float) for vector in (self.queries[self.query], self.keys[self.best])
        )  # fmt: skip
        cosine = float(question @ answer / np.linalg.norm(question) / np.linalg.norm(answer))
        tip, origin = self.small.tip(self.best + 1), self.small.place(np.zeros(3))[0] * [1, 1, 0]
        drop = DashedLine(tip, [tip[0], origin[1], 0], color=theme.HIGHLIGHT, dash_length=0.1)
        shadow = VMobject(stroke_color=theme.HIGHLIGHT, stroke_width=8, stroke_opacity=theme.OPACITY_SOFT)
        shadow.set_points_as_corners([origin, [tip[0], origin[1], 0]])
        self.rule = VGroup(drop.set_stroke(width=theme.STROKE_BOX), shadow)
        product = Numeral(self.products[self.best], 1, font_size=theme.FONT_BODY, color=theme.HIGHLIGHT)
        likeness = Numeral(
            cosine, 2, font_size=theme.FONT_BODY, color=theme.TEXT, passport="cosine of query and key, all numbers"
        )  # fmt: skip
        self.facts = VGroup()
        for words, number in ((_("query · key"), product), (_("cosine"), likeness)):
            pair = VGroup(label(words, theme.FONT_SMALL, theme.MUTED), number)
            self.facts.add(pair.arrange(DOWN, buff=0.15, aligned_edge=LEFT))
        self.facts.arrange(DOWN, buff=layout.GAP, aligned_edge=LEFT).move_to([LIST_X + 0.3, 1.0, 0], LEFT)
        others = VGroup(*(self.small.vector(place + 1) for place in self.near if place != self.best))
        narration = _(
            "Agreement is now a matter of angle and length. Take “{word}”: how far it reaches along the question, "
            "times the question's own length, is their product."
        ).format(word=self.word(self.best))
        with self.beat(narration, 11.5, CROSSED):
            self.play(Dim(others), run_time=theme.TIME_QUICK)
            self.play(Create(self.rule[0]), run_time=theme.TIME_BASE)
            self.play(Create(self.rule[1]), FadeIn(self.facts[0][0]), CountUp(product), run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.facts[1], shift=0.25 * UP), run_time=theme.TIME_BASE)
        self.dimmed = others

    def list_all_products(self) -> None:
        """Beat 5."""
        count = len(self.pieces)
        pitch = min(0.55, LIST_ROOM / count)
        self.rows = VGroup(*(self.row_of(place, rank, pitch) for rank, place in enumerate(self.order)))
        rest = [place for place in range(count) if place not in self.near]
        narration = _(
            "Now all the keys, and all the products, in order. The best match is “{word}”: "
            "it reaches farthest along with the question."
        )
        if self.order[0] > self.query:
            narration = _(
                "Now all the keys, and all the products, in order. The best match is “{word}”. "
                "It even comes later in the sentence; that will have to be forbidden."
            )
        with self.beat(narration.format(word=self.word(self.order[0])), 11.5, CROSSED):
            names = [self.large.labels[place] for place in (self.query, *self.near)]
            self.play(FadeOut(self.rule, self.facts, *names), Undim(self.dimmed), run_time=theme.TIME_BASE)
            if rest:
                grow = [GrowVectors(self.large, [place for place in rest if place != self.query] or [self.query])]
                grow.append(GrowVectors(self.small, [place + 1 for place in rest]))
                self.play(*grow, run_time=theme.TIME_SLOW)
            self.play(enter(self.rows, 0.25 * RIGHT), run_time=theme.TIME_SLOW)

    def row_of(self, place: int, rank: int, pitch: float) -> VGroup:
        """A word and its product with the query, on a line of the list."""
        size = min(30, 30 * pitch / 0.5)
        number = Numeral(self.products[place], 1, font_size=size)
        y = LIST_TOP - rank * pitch
        number.move_to([layout.SAFE_X, y, 0], aligned_edge=RIGHT)
        word = layout.fit(label(self.word(place), size, theme.KEY), 1.4)
        return VGroup(word.move_to([LIST_X, y, 0], aligned_edge=LEFT), number)

    def look_at_the_opposite(self) -> None:
        """Beat 6."""
        last = self.order[-1]
        row, mark = self.rows[-1], self.small.vector(last + 1)
        narration = _(
            "And some point the other way. For “{word}” the product is far below zero: "
            "whatever this question is after, it does not have it."
        )
        if float(self.products[last]) >= 0:
            narration = _(
                "And none of them points the other way here. “{word}” has the least to offer, "
                "but even its product is not below zero."
            )
        elif last == self.query:
            narration = _(
                "And some point the other way. For “{word}” itself the product is below zero: "
                "it is not what its own question is after."
            )
        everything = VGroup(self.small.arrows, self.small.labels, self.rows)
        with self.beat(narration.format(word=self.word(last)), 10.5, CROSSED):
            keep = [row, mark, self.small.arrows[0]]
            self.play(Dim(everything, keep=keep), run_time=theme.TIME_BASE)
            self.play(FlashAround(row, theme.NEGATIVE), run_time=theme.TIME_SLOW)
            self.play(Undim(everything), TurnSpace(self.large, self.large.yaw + 40), run_time=theme.TIME_FLOW)
