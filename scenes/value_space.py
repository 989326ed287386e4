"""ValueVectors, fourth part: the nudge in space, and where the same word lands in other sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Dot,
    FadeIn,
    FadeOut,
    LaggedStart,
    Polygon,
    ReplacementTransform,
    VGroup,
    VMobject,
)

from mobjects import GrowVectors, Numeral, SpacePlot, TurnSpace, label, layout, symbol, theme
from mobjects.counted import counted
from mobjects.shadows import principal_axes
from model.probing import nudges
from scenes.language import _
from scenes.value_sum import late
from scenes.value_update import ValueUpdate

SIDE, LOOK_DOWN = 90.0, 12.0  # degrees: a word's vector seen from its side, and a little from above
ARROWS, BOLD = (9.5, 3.2), 1.8  # room for a word with its nudge, and how thick they are
LONGEST = 18  # letters of what a sentence is called
MAP = 6.9, 4.4  # room for all tips


class ValueSpace(ValueUpdate):
    """A word's vector is a long arrow, the update a small nudge at its tip, another one in each sentence."""

    def construct(self) -> None:
        """From numbers to a picture."""
        super().construct()
        self.see_it_in_space()

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
        self.legend, self.shapes = self.legend_of(tips), self.shapes_between(tips)
        self.titles = self.titles_beside(tips)
        with self.beat(self.words_for_the_tips(), 16):
            leave = [self.row, self.olds, self.pluses, self.deltas, self.bars, self.numbers, self.foot, self.caption]
            self.play(FadeOut(*leave), run_time=theme.TIME_QUICK)
            self.play(FadeIn(side.floor), GrowVectors(side, [0]), FadeIn(names[0]), run_time=theme.TIME_BASE)
            self.play(GrowVectors(side, [side.differences[0]]), FadeIn(names[1]), run_time=theme.TIME_BASE)
            self.play(FadeOut(*names, run_time=0.5), TurnSpace(side, 0, run_time=2.5))
            zoom = [ReplacementTransform(small, large) for small, large in zip(far, near, strict=True)]
            drawn = FadeOut(side.floor, side.arrows[0], side.differences[0])
            self.play(drawn, *zoom, FadeIn(self.titles[0], self.legend[0], rate_func=late), run_time=theme.TIME_SLOW)
            if self.others:
                self.compare(tips)
        marks = [*tips.arrows, *tips.differences, self.titles]
        self.on_the_map = [*marks, self.legend, *([self.shapes] if self.others else [])]

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
        ends, style = np.array([self.starts[0], self.ends[0]]), {"yaw": SIDE, "pitch": LOOK_DOWN}
        plot = filling(ARROWS, ends, BOLD, colors=[theme.EMBEDDING, theme.KEY], basis=self.axes, **style)
        plot.add_difference(0, 1, color=theme.UPDATE)
        return plot

    def map_of_tips(self) -> SpacePlot:
        """The tips before and after, looked at along the word's vector."""
        count, points = len(self.starts), []
        for start, end in zip(self.starts, self.ends, strict=True):
            points += [start - self.starts[0], end - self.starts[0]]
        inks = [theme.EMBEDDING, theme.KEY] * count
        plot = filling(MAP, np.array(points), colors=inks, basis=self.axes[:2], dots=True)
        for number in range(count):
            plot.add_difference(2 * number, 2 * number + 1, color=theme.UPDATE)
        return plot

    def sentence(self, number: int) -> str:
        """How a sentence is called: from the first word that is exchanged up to the word looked at."""
        swapped = self.others[0].swapped if self.others else self.pick.keys
        one: list[int] = list((self.activations if not number else self.others[number - 1].activations).ids)
        text = self.checkpoint.tokenizer.decode(one[min(swapped) : self.place + 1]).strip()
        first, last = (self.checkpoint.tokenizer.decode([one[spot]]).strip() for spot in (min(swapped), self.place))
        return text if len(text) <= LONGEST else f"{first} … {last}"

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
        old = symbol("E", number, theme.EMBEDDING, theme.FONT_SUBTITLE).next_to(middle, DOWN, buff=layout.GAP_RELATED)
        delta = symbol("ΔE", number, theme.UPDATE, theme.FONT_SUBTITLE)
        return VGroup(old, delta.next_to(side.differences[0], RIGHT, buff=layout.GAP_RELATED))

    def compare(self, tips: SpacePlot) -> None:
        """The other sentences enter; then how far all are apart, before and after."""
        titles = LaggedStart(*(FadeIn(title, rate_func=late) for title in self.titles[1:]), lag_ratio=theme.LAG_STEPS)
        self.play(self.grow_the_others(tips), titles, FadeIn(self.legend[2]), run_time=2.5)
        shapes = [FadeIn(shape) for shape in self.shapes]
        counts = [FadeIn(number) for number in self.legend[3]]
        self.play(*shapes, FadeIn(self.legend[1]), *counts, run_time=theme.TIME_BASE)

    def titles_beside(self, tips: SpacePlot) -> VGroup:
        """What each sentence is called, beside its nudge where there is most room."""
        titles, lines = VGroup(), [*tips.differences, *self.shapes, self.legend]
        for number in range(len(tips.differences)):
            title, tip = label(self.sentence(number), 28), tips.tip(2 * number + 1)
            places = [title.copy().next_to(tip, side, buff=layout.GAP_RELATED) for side in (UP, LEFT, RIGHT, DOWN)]
            titles.add(min(places, key=lambda place: crossed(place, [*lines, *titles])))
        return titles

    def shapes_between(self, tips: SpacePlot) -> VGroup:
        """A faint shape between all tips before this head, and one between all tips after it."""
        shapes = VGroup()
        for first, ink in ((0, theme.EMBEDDING), (1, theme.KEY)):
            corners = [tips.tip(number) for number in range(first, len(tips.arrows), 2)]
            style: dict[str, Any] = {"color": ink, "stroke_width": theme.STROKE_BOX, "stroke_opacity": 0.5}
            shapes.add(Polygon(*corners, fill_color=ink, fill_opacity=theme.OPACITY_GHOST, **style).set_z_index(-1))
        return shapes

    def legend_of(self, tips: SpacePlot) -> VGroup:
        """What the dots are; the words over the numbers; what of the spread is drawn; the mean distances."""
        dots, numbers = VGroup(), VGroup()
        for ink, words, points in (
            (theme.EMBEDDING, _("before this head"), self.starts), (theme.KEY, _("after it"), self.ends),
        ):  # fmt: skip
            entry = VGroup(Dot(color=ink, radius=0.09), label(words, theme.FONT_SMALL, ink))
            dots.add(entry.arrange(RIGHT, buff=layout.GAP_LABEL))
            style: dict[str, Any] = {"font_size": theme.FONT_SMALL, "color": ink, "passport": "mean distance of tips"}
            numbers.add(Numeral(nudges.spread(points), decimals=1, sign="never", **style))
        dots.arrange(DOWN, buff=layout.GAP_RELATED, aligned_edge=LEFT)
        heading = label(_("mean distance"), theme.FONT_SMALL, theme.MUTED)
        x = dots.get_right()[0] + layout.GAP + max(number.width for number in numbers)
        for number, entry in zip(numbers, dots, strict=True):
            number.move_to([x, entry.get_y(), 0], aligned_edge=RIGHT)
        heading.next_to(numbers[0], UP, buff=layout.GAP_RELATED).align_to(numbers, RIGHT)
        VGroup(dots, heading, numbers).move_to([-layout.SAFE_X, layout.SAFE_Y, 0], aligned_edge=UP + LEFT)
        share = 100 * tips.kept
        note = counted(_("drawn: {} % of the spread"), share, theme.FONT_SMALL, theme.MUTED, "share of the variance")
        note.move_to([-layout.SAFE_X, -layout.SAFE_Y, 0], aligned_edge=DOWN + LEFT)
        return VGroup(dots, heading, note, numbers)

    @staticmethod
    def grow_the_others(tips: SpacePlot) -> GrowVectors:
        """Dots and nudges of the other sentences appear, one sentence after the other."""
        marks: list[Any] = []
        for number in range(1, len(tips.differences)):
            marks += [2 * number, tips.differences[number], 2 * number + 1]
        return GrowVectors(tips, marks)

    def words_for_the_tips(self) -> str:
        """What is said of where the word lands in other sentences."""
        start = _("In space: a long arrow, the word, and at its tip the nudge. Look along the arrow, and come closer. ")
        if np.linalg.norm(self.ends[0] - self.starts[0]) > np.linalg.norm(self.starts[0]) / 2:
            start = _("In space: an arrow, the word, and at its tip the update. Look along the word, and come closer. ")
        if not self.others:
            return start + _("No other sentence could be made to compare it with.")
        if nudges.spread(self.starts) < 1e-6:
            return start + _("In two other sentences the same word starts right here, but is nudged elsewhere.")
        if nudges.spread(self.ends) > nudges.spread(self.starts):
            return start + _(
                "In two other sentences, chosen for contrast, the word starts elsewhere already; "
                "this head drives them further apart."
            )
        return start + _(
            "In two other sentences the same word starts elsewhere already. "
            "This head nudges each in its own way, but does not drive them further apart."
        )


def crossed(place: VMobject, others: list[VMobject]) -> float:
    """How much of other things' outlines a text would cover, and how far it would stand out of the frame."""
    half = np.array([place.width, place.height]) / 2 + layout.GAP_RELATED
    middle, hits = place.get_center()[:2], 0.0
    for other in others:
        for leaf in other.family_members_with_points():
            corners = np.vstack([leaf.points[::4], leaf.points[-1:]])[:, :2]
            along = np.linspace(corners[:-1], corners[1:], 30).reshape(-1, 2)
            hits += float((np.abs(along - middle) < half).all(axis=1).mean())
    beyond = np.maximum(
        np.abs(middle) + half - [layout.SAFE_X + layout.GAP_RELATED, layout.SAFE_Y - layout.GAP], 0
    ).sum()
    return hits + 10 * float(beyond)


def filling(room: tuple[float, float], vectors: np.ndarray, bold: float = 1, **style: Any) -> SpacePlot:
    """A plot whose origin and tips fill a room about the middle of the frame; arrows are ``bold`` times as thick."""

    def seen(plot: SpacePlot) -> np.ndarray:
        return np.asarray(plot.place(np.vstack([np.zeros(3), plot.coordinates])))[:, :2]

    sizes = np.ptp(seen(SpacePlot(vectors, reach=1, **style)), axis=0)
    reach = min(room[0] / max(sizes[0], 1e-9), room[1] / max(sizes[1], 1e-9))
    plot = SpacePlot(vectors, reach=reach / bold, **style).scale(bold).redraw()
    tips = seen(plot)
    return plot.shift(np.append(-(tips.min(axis=0) + tips.max(axis=0)) / 2, 0)).redraw()
