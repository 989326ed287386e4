"""ValueVectors: one head, one nudge."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    FadeIn,
    FadeOut,
    GrowArrow,
    ReplacementTransform,
    VGroup,
    VMobject,
)

from mobjects import (
    GrowBars,
    GrowVectors,
    ProbabilityBars,
    SpacePlot,
    TokenRow,
    TurnSpace,
    flow_arrow,
    label,
    layout,
    symbol,
    theme,
)
from mobjects.counted import counted
from mobjects.shadows import principal_axes
from mobjects.text import checked_text
from model.probing import nudges
from model.probing.nudges import Elsewhere
from scenes.language import _
from scenes.motions import tinted
from scenes.value_update import ValueUpdate

SIDE, LOOK_DOWN = 90.0, 12.0  # degrees: a word's vector seen from its side, and a little from above
ARROWS, MAP = (10.6, 3.6), (8.4, 4.5)  # room for a word with its nudge, and for the tips of all
LISTED = 3


class ValueVectors(ValueUpdate):
    """What attention hands over: values scaled by shares, added up, and added onto the word as a small nudge."""

    def construct(self) -> None:
        """Beats 1 to 6 are in sister files."""
        super().construct()
        self.see_it_in_space()
        self.read_before_and_after()
        self.rest_on_the_nudge()

    # -- beat 7 --------------------------------------------------------------------------------------------------

    def see_it_in_space(self) -> None:
        """Beat 7."""
        self.others = nudges.elsewhere(
            self.checkpoint, self.activations, self.layer, self.head, self.place, self.pick.keys
        )
        self.starts, self.ends = self.tips()
        self.axes = self.directions()
        side, tips = self.side_view(), self.map_of_tips()
        near = VGroup(tips.arrows[0], tips.arrows[1], tips.differences[0])
        far = self.as_small_as(near, tips, side)
        names = self.names_in(side)
        self.kept = self.share_drawn(tips)
        with self.beat(self.words_for_the_tips(), 17):
            leave = [self.row, self.olds, self.pluses, self.deltas, self.bars, self.numbers, self.foot, self.caption]
            self.play(FadeOut(*leave), FadeIn(side.floor), GrowVectors(side, [0]), FadeIn(names[0]), run_time=1.5)
            self.play(GrowVectors(side, [side.differences[0]]), FadeIn(names[1]), run_time=1.5)
            self.play(FadeOut(*names, run_time=0.5), TurnSpace(side, 0, run_time=2.5))
            zoom = [ReplacementTransform(small, large) for small, large in zip(far, near, strict=True)]
            self.play(FadeOut(side), *zoom, FadeIn(tips.floor, tips.labels[1], self.kept), run_time=theme.TIME_SLOW)
            if self.others:
                self.play(self.grow_the_others(tips), run_time=theme.TIME_CAMERA)
        self.tips_map = tips

    def tips(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the word's vector ends before and after this head: here first, then in the other sentences."""
        passes = [self.activations, *(other.activations for other in self.others)]
        starts = [np.asarray(one["resid_pre", self.layer][self.place], float) for one in passes]
        steps = [np.asarray(one["result", self.layer].at(head=self.head, position=self.place), float) for one in passes]
        return np.array(starts), np.array(starts) + np.array(steps)

    def directions(self) -> np.ndarray:
        """Three directions: in which else the tips differ most, the nudge's own sideways, and that of the word."""
        along = self.starts[0] / np.linalg.norm(self.starts[0])
        points = np.vstack([self.starts, self.ends]) - self.starts[0]
        flat = points - np.outer(points @ along, along)
        aside = flat[len(self.starts)]
        aside = aside / max(float(np.linalg.norm(aside)), 1e-12)
        rest = flat - np.outer(flat @ aside, aside)
        if np.linalg.norm(rest) < 1e-6:  # a single sentence: any direction at right angles will do
            rest = np.eye(len(along)) - np.outer(along, along) - np.outer(aside, aside)
        return np.array([principal_axes(rest, 1)[0], aside, along])

    def side_view(self) -> SpacePlot:
        """The word's vector from its side, in true proportion to the nudge at its tip."""
        plot = SpacePlot(
            np.array([self.starts[0], self.ends[0]]), None, [theme.EMBEDDING, theme.KEY], self.axes,
            yaw=SIDE, pitch=LOOK_DOWN,
        )  # fmt: skip
        plot.add_difference(0, 1, color=theme.UPDATE)
        return into(plot, np.vstack([np.zeros_like(self.starts[:1]), self.starts[:1], self.ends[:1]]), ARROWS)

    def map_of_tips(self) -> SpacePlot:
        """The tips before and after, looked at along the word's vector."""
        count, points = len(self.starts), []
        for start, end in zip(self.starts, self.ends, strict=True):
            points += [start - self.starts[0], end - self.starts[0]]
        names = [name for other in range(count) for name in ("", self.sentence(other))]
        inks = [theme.EMBEDDING, theme.KEY] * count
        plot = SpacePlot(np.array(points), names, inks, self.axes[:2], dots=True, label_size=30)
        for number in range(count):
            plot.add_difference(2 * number, 2 * number + 1, color=theme.UPDATE)
        return into(plot, np.array(points), MAP)

    def sentence(self, number: int) -> str:
        """How a sentence is called: from the first word that is exchanged up to the word looked at."""
        swapped = self.others[0].swapped if self.others else self.pick.keys
        one: list[int] = list((self.activations if not number else self.others[number - 1].activations).ids)
        text = self.checkpoint.tokenizer.decode(one[min(swapped) : self.place + 1]).strip()
        return text if len(text) <= 18 else "… " + text[-16:].lstrip()

    @staticmethod
    def as_small_as(near: VGroup, tips: SpacePlot, side: SpacePlot) -> VGroup:
        """A copy of marks of the map, as large as its tips are in the other plot, where they will be after its turn."""
        unit = side.place(np.eye(3)[1])[0, 1] - side.place(np.zeros(3))[0, 1]
        own = tips.place(np.eye(3)[1])[0, 1] - tips.place(np.zeros(3))[0, 1]
        turned = side.copy().turn(0)
        return near.copy().scale(unit / own, about_point=tips.tip(0)).shift(turned.tip(0) - tips.tip(0))

    def names_in(self, side: SpacePlot) -> VGroup:
        """The symbols of vector and nudge, beside their arrows."""
        number = self.place + 1
        middle = (side.tip(0) + np.append(side.place(np.zeros(3))[0, :2], 0)) / 2
        old = symbol("E", number, theme.EMBEDDING, theme.FONT_BODY).next_to(middle, UP, buff=layout.GAP_RELATED)
        delta = symbol("ΔE", number, theme.UPDATE, theme.FONT_BODY)
        return VGroup(old, delta.next_to(side.differences[0], RIGHT, buff=layout.GAP_RELATED))

    def share_drawn(self, tips: SpacePlot) -> VGroup:
        """What of the spread of the tips the picture keeps."""
        note = counted(
            _("{} % of the spread drawn"), 100 * tips.kept, theme.FONT_SMALL, theme.MUTED, "share of the variance drawn"
        )
        return note.move_to([-layout.SAFE_X, -layout.SAFE_Y, 0], aligned_edge=DOWN + LEFT)

    @staticmethod
    def grow_the_others(tips: SpacePlot) -> GrowVectors:
        """Dots and nudges of the other sentences appear, one sentence after the other."""
        marks: list[Any] = []
        for number in range(1, len(tips.differences)):
            marks += [2 * number, tips.differences[number], 2 * number + 1]
        return GrowVectors(tips, marks)

    def words_for_the_tips(self) -> str:
        """What is said of where the word lands in other sentences."""
        start = _(
            "In space: a long arrow, the word, and at its tip the nudge. "
            "Look along the arrow, from the tip, and come closer. "
        )
        if not self.others:
            return start + _("No other sentence could be made to compare it with.")
        if nudges.spread(self.starts) < 1e-6:
            return start + _("In two other sentences the same word starts right here, but is nudged elsewhere.")
        if nudges.spread(self.ends) > nudges.spread(self.starts):
            return start + _(
                "In two other sentences, chosen for contrast, the same word starts elsewhere already, "
                "and this head drives the three further apart."
            )
        return start + _(
            "In two other sentences the same word starts elsewhere already. "
            "This head nudges each in its own way, but does not drive them further apart."
        )

    # -- beat 8 --------------------------------------------------------------------------------------------------

    def read_before_and_after(self) -> None:
        """Beat 8."""
        shares = nudges.readings(self.checkpoint, self.activations, self.layer, self.head, self.place)
        lists = [self.list_of(shares[moment], x) for moment, x in ((0, -3.65), (1, 3.65))]
        arrow = flow_arrow(RIGHT, 1.2, theme.UPDATE).move_to([0, lists[0][0].get_y(), 0])
        name = symbol("ΔE", self.place + 1, theme.UPDATE, theme.FONT_BODY).next_to(arrow, UP, buff=layout.GAP_LABEL)
        titles = self.titles_over(lists)
        self.play_readings(lists, titles, VGroup(arrow, name), self.words_for_readings(np.asarray(shares)))
        self.lists = VGroup(*lists, titles, arrow, name)

    def play_readings(self, lists: list[Any], titles: VGroup, way: VGroup, narration: str) -> None:
        """First what the word says before, then after."""
        with self.beat(narration, 12):
            tips = self.tips_map
            self.play(FadeOut(tips, self.kept), run_time=theme.TIME_QUICK)
            self.play(FadeIn(titles[0], shift=0.25 * UP), GrowBars(lists[0]), run_time=1.5)
            self.play(GrowArrow(way[0]), FadeIn(way[1]), run_time=theme.TIME_BASE)
            self.play(FadeIn(titles[1], shift=0.25 * UP), GrowBars(lists[1]), run_time=1.5)

    def list_of(self, shares: Any, x: float) -> ProbabilityBars:
        """The likeliest next tokens read off a vector."""
        tokenizer, size = self.checkpoint.tokenizer, self.checkpoint.config.vocab_size
        pieces = [writable(tokenizer.decode([token])) if token < tokenizer.vocab_size else "?" for token in range(size)]
        bars = ProbabilityBars(
            shares, pieces, LISTED, whole_width=3.1, others=_("all {} others"), font_size=28, bar_height=0.5
        )
        return layout.fit(bars, 6.0, 4.4).move_to([x, -0.7, 0])

    def titles_over(self, lists: list[ProbabilityBars]) -> VGroup:
        """The vector that is read, and when."""
        titles = VGroup()
        for bars, letter, ink, words in (
            (lists[0], "E", theme.EMBEDDING, _("read before this head")),
            (lists[1], "E′", theme.KEY, _("read after this head")),
        ):
            mark = symbol(letter, self.place + 1, ink, theme.FONT_SUBTITLE)
            title = VGroup(mark, label(words, theme.FONT_SMALL, theme.MUTED)).arrange(DOWN, buff=layout.GAP_RELATED)
            titles.add(title.next_to(bars, UP, buff=layout.GAP))
        return titles

    def words_for_readings(self, shares: np.ndarray) -> str:
        """What is said of the two lists."""
        first, second = (np.argsort(-row, kind="stable")[:LISTED] for row in shares)
        return _("Read off as a guess.").format(first=first, second=second)

    # -- beat 9 --------------------------------------------------------------------------------------------------

    def rest_on_the_nudge(self) -> None:
        """Beat 9."""
        plot = self.side_view()
        word = tinted(TokenRow([self.pieces[self.place]], space="between").tokens[0].copy())
        with self.beat(_("That was one head, and one nudge."), 4.5):
            self.play(FadeOut(self.lists), run_time=theme.TIME_QUICK)
            self.play(FadeIn(word), GrowVectors(plot, [0, plot.differences[0], 1]), run_time=theme.TIME_SLOW)


def into(plot: SpacePlot, vectors: np.ndarray, room: tuple[float, float]) -> SpacePlot:
    """Scale and move a plot until the tips of some vectors fill a room about the middle of the frame."""
    def seen() -> np.ndarray:
        return np.asarray(plot.place(plot.shadow(vectors)))[:, :2]

    sizes = np.ptp(seen(), axis=0)
    plot.scale(min(room[0] / max(sizes[0], 1e-9), room[1] / max(sizes[1], 1e-9)))
    low, high = seen().min(axis=0), seen().max(axis=0)
    return plot.shift(np.append(-(low + high) / 2, 0)).redraw()


def writable(piece: str) -> str:
    """A piece as it can be written; a question mark for a part of a character, and for what the font lacks."""
    try:
        return piece if not piece.strip() else checked_text(piece)
    except ValueError:
        return "?"
