"""QueryKeySpaces, beats 1 to 3: a large space, a small one, and words that are dropped into it."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    RIGHT,
    UP,
    FadeIn,
    GrowArrow,
    LaggedStart,
    ReplacementTransform,
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
from mobjects.token_label import row_label
from scenes.base import ChapterScene
from scenes.language import _

SPACE, PLANE, LIST = -3.25, 2.9, 7.9  # where the space of words, the small one and the list stand
WORDS, REACH = 2.0, 2.3  # length of the longest arrow of either
LEVEL = -0.15
YAW, SWING = -10.0, 40.0  # degrees
WORD = 30
FONT = 30  # of what is still read in the widest frame
CROSSED = ("contrast",)  # among many arrows a name may lie over one
SIZES = "size of the network: dimensions"


class QueryKeyDrops(ChapterScene):
    """Two tables drop words from a large space into one small space."""

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
        with self.beat(narration.format(long=config.n_embd, short=config.d_head), 9.5, CROSSED):
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
        with self.beat(narration, 13, CROSSED):
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
        with self.beat(narration.format(named=named), 9.5, CROSSED):
            turned = [Undim(*(self.words.vector(key) for key in near)), Dim(self.words.vector(self.place))]
            self.play(ReplacementTransform(self.map, new), *turned, run_time=theme.TIME_BASE)
            drops = [self.drop(key, key + 1) for key in near]
            self.play(LaggedStart(*drops, lag_ratio=theme.LAG_STEPS), run_time=theme.TIME_CAMERA)
            self.play(FadeIn(*(self.plane.labels[key + 1] for key in near)), run_time=theme.TIME_QUICK)
        self.map = new


def along_and_across(query: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Two unit vectors, shape (2, d): along the query, and at right angles to it where keys differ most."""
    along = query / np.linalg.norm(query)
    rest = keys - np.outer(keys @ along, along)
    for candidates in (rest - rest.mean(axis=0), rest, np.eye(len(query)) - np.outer(along, along)):
        if np.linalg.norm(candidates) > 1e-6:
            across = np.linalg.svd(candidates)[2][0]
            return np.array([along, across])
    raise ValueError("a space of one dimension was found; expected two or more")
