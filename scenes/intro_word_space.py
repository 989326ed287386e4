"""EmbeddingDirections, beats 1 to 3: words as arrows, and which of them point the same way."""

from __future__ import annotations

from functools import cached_property

from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, VGroup

from mobjects import (
    BraceCount,
    Dim,
    FlashAround,
    GrowBraces,
    GrowVectors,
    NeighbourList,
    Numeral,
    NumericEmbedding,
    SpacePlot,
    TurnSpace,
    Undim,
    label,
    layout,
    theme,
)
from mobjects.counted import counted, in_line
from mobjects.matrix import SUPERSCRIPTS, readable_factor
from mobjects.token_label import row_label
from model.probing import space
from model.probing.related import Related, related
from model.probing.space import Neighbour
from scenes.base import ChapterScene, StoryError
from scenes.language import _
from scenes.motions import pairs
from scenes.vocabulary import drawable

SEEDS = "king", "silver", "day"
NEAR, LISTED = 3, 6  # neighbours drawn of the other words, and of the first
CENTER_X, CENTER_Y, REACH, YAW, SPEED = -2.3, -0.2, 3.1, -30.0, 3.0
NAMES, LIST_X, LIST_TOP = 28, 4.6, 2.6
CROSSED = ("contrast",)  # among many arrows a name may lie over one


class WordSpace(ChapterScene):
    """The column of a word is an arrow, and related words point in related directions."""

    @cached_property
    def seeds(self) -> list[int]:
        """Words whose neighbours are looked at; pieces of the text if the network does not know whole words."""
        try:
            return [space.token_of(self.checkpoint, word) for word in SEEDS]
        except ValueError:
            return list(dict.fromkeys(self.activations.ids))[: len(SEEDS)]

    @cached_property
    def relations(self) -> list[Related]:
        """Relations that this network has enough pairs of."""
        try:
            return related(self.checkpoint)
        except ValueError as error:
            raise StoryError(str(error)) from error

    def setup(self) -> None:
        """Find the neighbours of some words among all that the network knows."""
        super().setup()
        self.table = self.quantity("EMB")
        self.near = [self.neighbours(seed, NEAR if place else LISTED) for place, seed in enumerate(self.seeds)]
        self.inks: dict[int, str] = {}
        for seed, near, ink in zip(self.seeds, self.near, (theme.QUERY, theme.UPDATE, theme.VALUE), strict=False):
            for token in (seed, *(one.token for one in near)):
                self.inks.setdefault(token, ink)

    def neighbours(self, token: int, count: int) -> list[Neighbour]:
        """The nearest tokens that can be drawn."""
        found = space.neighbours(self.checkpoint, token, 3 * count)
        return [one for one in found if drawable(one.piece) == one.piece][:count]

    def named(self, token: int) -> str:
        """A token as it is written beside its arrow."""
        return drawable(self.checkpoint.tokenizer.pieces([token])[0]).strip() or _("space")

    def space_of_words(self) -> SpacePlot:
        """All these words, seen along the directions in which they differ most."""
        tokens = list(self.inks)
        plot = SpacePlot(
            [self.table[token] for token in tokens], [self.named(token) for token in tokens], list(self.inks.values()),
            reach=REACH, yaw=YAW, label_size=NAMES,
        )  # fmt: skip
        return plot.shift([CENTER_X, CENTER_Y, 0])

    # -- beats -------------------------------------------------------------------------------------------------------

    def turn_a_column_into_an_arrow(self) -> None:
        """Beat 1."""
        self.plot = self.space_of_words()
        first = self.table[self.seeds[0]]
        column = NumericEmbedding(first, length=7, font_size=34, color_by="signed", factor=readable_factor(first))
        column.move_to([LIST_X, 0.2, 0])
        name = label(f"“{self.named(self.seeds[0])}”", theme.FONT_LABEL, self.inks[self.seeds[0]])
        name.next_to(column, UP, buff=layout.GAP_RELATED)
        brace = BraceCount(column, len(first), LEFT, "", theme.EMBEDDING, passport="size of the network's tables")
        exponent = len(str(round(readable_factor(first)))) - 1
        scaled = label(_("× 10{power}").format(power=str(-exponent).translate(SUPERSCRIPTS)), 26, theme.MUTED)
        scaled.next_to(column, DOWN, buff=layout.GAP_RELATED).set_opacity(1 if exponent else 0)
        self.kept = self.share_kept(self.plot)
        narration = _(
            "A column of {count} numbers can be read as an arrow, in a space of {count} dimensions. "
            "All we can look at is its shadow."
        )
        with self.beat(narration.format(count=len(first)), 10):
            self.play(FadeIn(column, name, *([scaled] if exponent else []), shift=0.25 * DOWN), run_time=1)
            self.play(GrowBraces(brace), FadeIn(self.plot.floor, self.plot.axes), run_time=theme.TIME_BASE)
            fly = column.copy().animate.scale(0.2).move_to(self.plot.tip(0)).set_opacity(0)
            self.play(fly, GrowVectors(self.plot, [0]), TurnSpace(self.plot, speed=SPEED, run_time=2.5), run_time=2.5)
            self.play(FadeIn(self.kept), TurnSpace(self.plot, speed=SPEED, run_time=2), run_time=2)
            leave = [column, name, brace, *([scaled] if exponent else [])]
            self.play(*(FadeOut(one) for one in leave), run_time=theme.TIME_QUICK)

    def share_kept(self, plot: SpacePlot) -> VGroup:
        """How much of the differences between the words drawn three directions keep."""
        drawn = counted(_("{} of"), 3, passport="count: directions drawn")
        sizes = "size of the network's tables"
        whole = counted(_("{} directions drawn: they keep"), len(self.table[0]), passport=sizes)
        share = Numeral(plot.kept, 0, "never", color=theme.HIGHLIGHT, factor=100, passport="share of variance")
        percent = in_line(VGroup(share), row_label(_("% of the differences"), color=theme.MUTED), gap=0.06)
        note = in_line(drawn, whole, percent, gap=0.14)
        return note.move_to([-layout.SAFE_X, layout.SAFE_Y - 0.05, 0], aligned_edge=UP + LEFT)

    def add_the_words(self) -> None:
        """Beat 2."""
        count = len(self.inks)
        narration = _("Here are some more words, each at its true place. Related words tend to point the same way.")
        with self.beat(narration, 9.5, CROSSED):
            credit = self.credit_to(_("{name}: its embedding table, measured").format(name=self.checkpoint.name))
            grow = GrowVectors(self.plot, list(range(1, count)), lag_ratio=0.6)
            self.play(grow, TurnSpace(self.plot, speed=SPEED, run_time=6.5), *credit, run_time=6.5)
            self.play(TurnSpace(self.plot, speed=SPEED, run_time=1.5))

    def list_the_nearest(self) -> None:
        """Beat 3."""
        near, tokens = self.near[0], list(self.inks)
        words = [self.named(one.token) for one in near]
        rows = NeighbourList(words, [one.cosine for one in near], font_size=34, passport="cosine of two rows")
        rows.move_to([LIST_X, LIST_TOP - 0.7, 0], aligned_edge=UP)
        title = label(_("nearest to “{word}”").format(word=self.named(self.seeds[0])), 30, self.inks[self.seeds[0]])
        title.move_to([LIST_X, LIST_TOP, 0])
        measure = label(_("cosine"), theme.FONT_SMALL, theme.MUTED)
        measure.next_to(rows, DOWN, buff=layout.GAP_RELATED).align_to(rows, RIGHT)
        narration = _(
            "Which words are nearest to “{word}”? Of all the {count} pieces that the network knows, these. "
            "Nobody told it that they belong together."
        )
        seen = [tokens.index(one.token) for one in near]
        others = [place for place in range(1, len(tokens)) if place not in seen]
        with self.beat(narration.format(word=self.named(self.seeds[0]), count=f"{len(self.table):,}"), 12, CROSSED):
            self.play(
                Dim(*(self.plot.vector(place) for place in range(1, len(tokens)))), FadeIn(title),
                TurnSpace(self.plot, speed=SPEED, run_time=1), run_time=1,
            )  # fmt: skip
            self.play(FadeIn(measure), FlashAround(title), run_time=theme.TIME_BASE)
            for row, place in pairs(rows, seen):
                turn = TurnSpace(self.plot, speed=SPEED, run_time=1)
                self.play(FadeIn(row, shift=0.25 * RIGHT), Undim(self.plot.vector(place)), turn, run_time=1)
            self.play(Undim(*(self.plot.vector(place) for place in others)), run_time=theme.TIME_QUICK)
        self.list = VGroup(title, rows, measure)


def relation_name(name: str) -> str:
    """What the viewer reads for a relation."""
    return {
        "plural": _("one and many"), "gender": _("he and she"), "size": _("small and large"),
        "past tense": _("present, past"), "comparative": _("more so"), "opposite": _("opposites"),
        "capital": _("capital letters"), "space": _("space before"),
    }[name]  # fmt: skip
