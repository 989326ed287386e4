"""QueryKeySpaces: two tables drop words into one small space, where agreement is a matter of angle and length."""

from __future__ import annotations

from typing import Any

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
    Line,
    Rectangle,
    ReplacementTransform,
    Transform,
    TransformFromCopy,
    VGroup,
    VMobject,
)

from mobjects import (
    CountUp,
    Dim,
    GrowVectors,
    Numeral,
    SpacePlot,
    TurnSpace,
    Undim,
    flow_arrow,
    format_number,
    label,
    layout,
    symbol,
    theme,
)
from mobjects.counted import counted, in_line
from mobjects.dimming import undim
from mobjects.token_label import row_label
from scenes.base import ChapterScene
from scenes.language import _

SPACE, PLANE, LIST = -3.7, 2.9, 7.9  # where the space of words, the small one and the list stand
WORDS, REACH = 2.2, 2.3  # length of the longest arrow of either
LEVEL = -0.15
NEAR, FAR = 6.8, 9.6  # frame heights: for the plane and its list, and for all
BESIDE = 5.0  # middle of the frame that sees plane and list
YAW, SWING = -10.0, 40.0  # degrees
WORD = 26
FONT = 29  # of what is still read in the widest frame
ROWS = 5.0  # height of the list
SPOKEN = 1  # digits after the point of a dot product
SIZES = "size of the network: dimensions"


class QueryKeySpaces(ChapterScene):
    """Questions and answers live in one small space; the farther an answer reaches along a question, the better."""

    def setup(self) -> None:
        """Take the words, and one word's query and all keys in the picked head."""
        super().setup()
        self.place, layer, head = self.pick.query, self.pick.layer, self.pick.head
        self.read_in = self.activations["ln1.normalized", layer]
        self.query = self.activations["q", layer].at(head=head)[self.place]
        self.keys = self.activations["k", layer].at(head=head)
        self.scores = self.activations["raw_scores", layer].at(head=head)[self.place]
        values = np.asarray(self.scores, dtype=float)
        self.order = [int(key) for key in np.argsort(-values, kind="stable")]
        self.best = max(self.pick.keys, key=lambda key: values[key])
        self.lowest = self.order[-1]

    def construct(self) -> None:
        """Two spaces, two ways between them, and what agreement is in the small one."""
        self.show_two_spaces()
        self.drop_the_query()
        self.drop_the_keys()
        self.measure_agreement()
        self.sort_all_keys()
        self.look_at_the_opposed()

    # -- what is drawn -------------------------------------------------------------------------------------------

    def space_of_words(self) -> SpacePlot:
        """All words, seen along the directions in which they differ most."""
        words = [self.word(place) for place in range(len(self.pieces))]
        plot = SpacePlot(self.read_in, words, theme.EMBEDDING, reach=WORDS, yaw=YAW, label_size=WORD)
        return plot.shift([SPACE, LEVEL, 0])

    def small_space(self) -> SpacePlot:
        """The query, drawn to the right, and all keys: how far right they reach is how far they go along with it."""
        count = len(self.pieces)
        vectors = [self.query, *(self.keys[key] for key in range(count))]
        names = [self.word(place) for place in (self.place, *range(count))]
        colors = [theme.QUERY, *[theme.KEY] * count]
        basis = along_and_across(np.asarray(self.query, dtype=float), np.asarray(self.keys, dtype=float))
        return SpacePlot(vectors, names, colors, basis, REACH, label_size=FONT).shift([PLANE, LEVEL, 0])

    def title_over(self, words: str, size: int, x: float) -> VGroup:
        """What a space is called, and how many dimensions it has."""
        name = label(words, theme.FONT_LABEL)
        count = counted(_("{} dimensions"), size, FONT, theme.MUTED, SIZES)
        return VGroup(name, count).arrange(DOWN, buff=layout.GAP_LABEL).move_to([x, layout.SAFE_Y, 0], aligned_edge=UP)

    def show_two_spaces(self) -> None:
        """Beat 1."""
        config = self.checkpoint.config
        self.words, self.plane = self.space_of_words(), self.small_space()
        self.titles = VGroup(
            self.title_over(_("space of words"), config.n_embd, SPACE),
            self.title_over(_("space of one head"), config.d_head, PLANE),
        )
        self.bridge = flow_arrow(RIGHT, 1.6, theme.RULE).move_to([(SPACE + PLANE) / 2, LEVEL, 0])
        narration = _(
            "Words are arrows in a space of {long} dimensions. "
            "The questions and answers of one head live in a much smaller one, of only {short}."
        )
        if config.n_embd == config.d_head:
            narration = _("Words are arrows in a space of {long} dimensions. This head asks in one just as large.")
        with self.beat(narration.format(long=config.n_embd, short=config.d_head), 9.5):
            self.play(FadeIn(self.words.floor, self.words.axes), FadeIn(self.titles[0], shift=0.25 * DOWN))
            grow = GrowVectors(self.words, lag_ratio=theme.LAG_ITEMS)
            self.play(grow, *self.credit_to(self.head_name()), run_time=theme.TIME_BASE)
            arrive = FadeIn(self.plane.floor, self.plane.axes), FadeIn(self.titles[1], shift=0.25 * DOWN)
            self.play(TurnSpace(self.words, YAW + SWING), run_time=theme.TIME_CAMERA)
            self.play(GrowArrow(self.bridge), *arrive, run_time=theme.TIME_BASE)

    def drop_the_query(self) -> None:
        """Beat 2."""
        self.map = self.map_name("Q", theme.QUERY)
        self.share = self.share_kept()
        narration = _(
            "The query map takes a word, “{word}”, and drops it in: this is its question. "
            "We draw it pointing right. Our flat drawing keeps {percent} percent of how all these vectors differ."
        ).format(word=self.word(self.place), percent=format_number(100 * self.plane.kept, 0))
        others = [place for place in range(len(self.pieces)) if place != self.place]
        with self.beat(narration, 13):
            dim = Dim(*(self.words.vector(place) for place in others))
            self.play(dim, FadeIn(self.map, shift=0.25 * UP), run_time=theme.TIME_BASE)
            self.play(self.drop(self.place, 0), run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.plane.labels[0]), run_time=theme.TIME_QUICK)
            self.play(FadeIn(self.share[1]), CountUp(self.share[0]), run_time=theme.TIME_BASE)

    def map_name(self, letter: str, color: str) -> VMobject:
        """The table's symbol over the arrow between the spaces."""
        return symbol("W", letter, color, theme.FONT_BODY, arrow=False).next_to(
            self.bridge, UP, buff=layout.GAP_RELATED
        )

    def drop(self, word: int, mark: int) -> TransformFromCopy:
        """A word's arrow leaves its space, and lands as an arrow of the small one."""
        return TransformFromCopy(self.words.arrows[word], self.plane.arrows[mark], path_arc=-np.pi / 4)

    def share_kept(self) -> VGroup:
        """How much of the variance of queries and keys is drawn: the number, and what it says."""
        style: dict[str, Any] = {"font_size": FONT, "color": theme.MUTED}
        number = Numeral(self.plane.kept, 0, "never", factor=100, passport="share of variance that is drawn", **style)
        words = row_label(_("% of variance shown"), FONT, theme.MUTED)
        line = in_line(number, words, gap=layout.GAP_TIGHT)
        line.shift([PLANE, LEVEL - REACH - 0.35, 0])
        return VGroup(number, words)

    def drop_the_keys(self) -> None:
        """Beat 3."""
        near = list(self.pick.keys)
        named = _(" and ").join(f"“{self.word(key)}”" for key in near)
        new = self.map_name("K", theme.KEY)
        narration = _(
            "The key map takes the words that could answer, {named}, "
            "and drops them into the same small space. These are their keys."
        )
        if len(near) == 1:
            narration = _(
                "The key map takes a word that could answer, {named}, "
                "and drops it into the same small space. This is its key."
            )
        with self.beat(narration.format(named=named), 9.5):
            turned = [Undim(*(self.words.vector(key) for key in near)), Dim(self.words.vector(self.place))]
            self.play(ReplacementTransform(self.map, new), *turned, run_time=theme.TIME_BASE)
            drops = [self.drop(key, key + 1) for key in near]
            self.play(LaggedStart(*drops, lag_ratio=theme.LAG_STEPS), run_time=theme.TIME_CAMERA)
            self.play(FadeIn(*(self.plane.labels[key + 1] for key in near)), run_time=theme.TIME_QUICK)
        self.map = new

    # -- agreement -----------------------------------------------------------------------------------------------

    def foot_of(self, key: int) -> np.ndarray:
        """Where a key's shadow on the line of the query ends."""
        along = self.plane.coordinates[key + 1] * [1.0, 0.0, 0.0]
        return np.append(self.plane.place(along)[0, :2], 0)

    def shadow_of(self, key: int, color: str) -> VGroup:
        """A line straight down from a key's tip to the line of the query, and how far along it that is."""
        foot, origin = self.foot_of(key), np.append(self.plane.place(np.zeros(3))[0, :2], 0)
        fall = DashedLine(self.plane.tip(key + 1), foot, color=theme.MUTED, stroke_width=theme.STROKE_BOX)
        reach = Line(origin, foot, color=color, stroke_width=theme.STROKE_STRIKE)
        return VGroup(fall, reach)

    def measure_agreement(self) -> None:
        """Beat 4."""
        key, score = self.best, float(self.scores.values[self.best])
        self.shadow = self.shadow_of(key, theme.HIGHLIGHT)
        self.reading = self.readings(key)
        narration = _(
            "Now agreement is geometry. Drop a line from “{key}” to the direction of the question: "
            "the farther along it lands, the larger their dot product. Angle counts, and so does length."
        )
        if score < 0:
            narration = _(
                "Now agreement is geometry. Drop a line from “{key}” to the direction of the question: "
                "it lands behind the start, so their dot product is below zero. Angle counts, and length."
            )
        others = [VGroup(self.plane.vector(other + 1)) for other in self.pick.keys if other != key]
        with self.beat(narration.format(key=self.word(key)), 14):
            leave = FadeOut(self.titles, self.bridge, self.map, self.words)
            self.play(leave, self.look(NEAR, [BESIDE, 0, 0]), run_time=theme.TIME_CAMERA)
            self.play(Dim(*others), Create(self.shadow[0]), run_time=theme.TIME_BASE)
            self.play(Create(self.shadow[1]), run_time=theme.TIME_BASE)
            heading, lines = self.reading
            counts = [CountUp(line[1]) for line in lines]
            names = FadeIn(heading, *(line[0] for line in lines), shift=0.25 * RIGHT)
            self.play(names, *counts, run_time=theme.TIME_SLOW)

    def readings(self, key: int) -> tuple[VGroup, VGroup]:
        """The dot product and the cosine of query and key, in all dimensions and not only those drawn."""
        query, other = (np.asarray(one, dtype=float) for one in (self.query, self.keys[key]))
        cosine = float(query @ other / np.linalg.norm(query) / np.linalg.norm(other))
        heading = counted(
            _("in all {} dimensions"), self.checkpoint.config.d_head, FONT, theme.MUTED, "size of the network: d_head"
        )
        lines = VGroup()
        for name, value, digits, passport, color in (
            (_("dot product"), self.scores[key], SPOKEN, None, theme.HIGHLIGHT),
            (_("cosine"), cosine, 2, "cosine: query and key", theme.TEXT),
        ):
            words = row_label(name, FONT, color)
            number = Numeral(value, digits, font_size=theme.FONT_LABEL, color=color, passport=passport)
            words.shift([LIST - 1.6 - words.get_left()[0], 0, 0])
            number.shift([LIST + 1.7 - number.get_right()[0], 0, 0])
            lines.add(VGroup(words, number))
        for part, y in ((heading, 1.1), (lines[0], 0.3), (lines[1], -0.5)):
            part.shift(y * UP)
        heading.shift([LIST - 1.6 - heading.get_left()[0], 0, 0])
        return heading, lines

    def score_list(self) -> VGroup:
        """All words with their dot products, the largest first."""
        pitch = min(0.55, ROWS / len(self.order))
        size, rows = FONT * min(1.0, pitch / 0.45), VGroup()
        for number, key in enumerate(self.order):
            words = row_label(self.word(key), size, theme.KEY)
            value = Numeral(self.scores[key], SPOKEN, font_size=size)
            layout.fit(words, 2.2)
            words.shift([LIST - 1.6 - words.get_left()[0], 0, 0])
            value.shift([LIST + 1.7 - value.get_right()[0], 0, 0])
            rows.add(VGroup(words, value).shift((2.25 - number * pitch) * UP))
        return rows

    def sort_all_keys(self) -> None:
        """Beat 5."""
        self.rows = self.score_list()
        self.heading = label(_("dot products"), FONT, theme.MUTED)
        self.heading.move_to([LIST - 1.6, 2.85, 0], aligned_edge=LEFT)
        rest = [key for key in range(len(self.pieces)) if key not in self.pick.keys]
        first = self.order[0]
        heading, lines = self.reading
        with self.beat(self.words_for_the_best(first), 12):
            gone = [FadeOut(heading, lines, self.shadow), *self.undim_keys()]
            self.play(*gone, FadeIn(self.heading), run_time=theme.TIME_BASE)
            if rest:
                self.play(GrowVectors(self.plane, [key + 1 for key in rest], theme.LAG_ITEMS), run_time=theme.TIME_SLOW)
            fill = [self.into_the_list(number) for number in range(len(self.order))]
            self.play(LaggedStart(*fill, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_CAMERA)
            self.shadow = self.shadow_of(first, theme.HIGHLIGHT)
            self.pointer = self.box_of(first, theme.HIGHLIGHT)
            self.play(self.only(first), Create(self.shadow), Create(self.pointer), run_time=theme.TIME_BASE)

    def undim_keys(self) -> list[Any]:
        """The keys shown so far in full light again."""
        return [Undim(*(self.plane.vector(key + 1) for key in self.pick.keys))]

    def into_the_list(self, number: int) -> LaggedStart:
        """A key's word goes from its arrow to its row, and its number appears."""
        words, value = self.rows[number]
        key = self.order[number]
        go = TransformFromCopy(self.plane.labels[key + 1], words)
        return LaggedStart(go, FadeIn(value), lag_ratio=0.6)

    def box_of(self, key: int, color: str) -> Rectangle:
        """A frame round a key's row, as wide as the list."""
        row = self.rows[self.order.index(key)]
        box = Rectangle(width=3.7, height=0.5, color=color, stroke_width=theme.STROKE_BOX)
        return box.move_to([LIST + 0.05, row[1].get_y(), 0])

    def only(self, key: int) -> Dim:
        """One key and its row stay bright, with the query."""
        kept = [self.plane.vector(0), self.plane.vector(key + 1), self.rows[self.order.index(key)]]
        return Dim(self.plane.arrows, self.plane.labels, self.rows, keep=kept, opacity=theme.OPACITY_HALF)

    def words_for_the_best(self, first: int) -> str:
        """What is said of the largest dot product."""
        if float(self.scores.values[first]) <= 0:
            narration = _(
                "Here are all {count} keys, sorted. “{word}” is the best, though it too points away: "
                "what will count is only who is ahead of whom."
            )
        elif first > self.place:
            narration = _(
                "Here are all {count} keys, sorted. “{word}” reaches farthest along the question. "
                "It comes later in the text, so the mask will strike it out; but it would match best."
            )
        else:
            narration = _(
                "Here are all {count} keys, sorted by their dot products with the question. "
                "The best match, “{word}”, is the one that reaches farthest along with it."
            )
        return narration.format(count=len(self.order), word=self.word(first))

    def look_at_the_opposed(self) -> None:
        """Beat 6."""
        key, score = self.lowest, float(self.scores.values[self.lowest])
        size = format_number(abs(score), SPOKEN)
        if score < 0:
            narration = _(
                "And some point the other way. “{word}” lands behind the start, at minus {size}: "
                "the least of an answer to this question."
            )
        else:
            narration = _(
                "Others could point the other way, below zero; here none does. “{word}” agrees least, with {size}."
            )
        color = theme.NEGATIVE if score < 0 else theme.HIGHLIGHT
        shadow = self.shadow_of(key, color)
        with self.beat(narration.format(word=self.word(key), size=size), 10.5):
            move = ReplacementTransform(self.pointer, self.box_of(key, color))
            self.play(self.only(key), Transform(self.shadow, shadow), move, run_time=theme.TIME_SLOW)
            wide = [(SPACE - WORDS + LIST) / 2 + 0.6, 0, 0]
            undim(self.words)
            bright = Undim(self.plane.labels, self.plane.arrows, self.rows)
            back = FadeIn(self.words, self.titles, self.bridge)
            self.play(self.look(FAR, wide), back, bright, run_time=theme.TIME_CAMERA)
            self.play(TurnSpace(self.words, YAW), run_time=theme.TIME_CAMERA)


def along_and_across(query: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Two unit vectors, shape (2, d): along the query, and at right angles to it where keys differ most."""
    along = query / np.linalg.norm(query)
    rest = keys - np.outer(keys @ along, along)
    for candidates in (rest - rest.mean(axis=0), rest, np.eye(len(query)) - np.outer(along, along)):
        if np.linalg.norm(candidates) > 1e-6:
            across = np.linalg.svd(candidates)[2][0]
            return np.array([along, across])
    raise ValueError("a space of one dimension was found; expected two or more")
