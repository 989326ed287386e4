"""ValueLowRank: from word to update through a corridor of a few numbers."""

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
    Rotate,
    TransformFromCopy,
    VGroup,
)

from mobjects import (
    BraceCount,
    CheckBadge,
    CountUp,
    GrowBraces,
    GrowSingularValues,
    GrowVectors,
    SingularValues,
    SpacePlot,
    TurnSpace,
    flow_arrow,
    label,
    layout,
    symbol,
    theme,
)
from mobjects.counted import counted
from model.activations import Quantity
from scenes.language import _
from scenes.tables import WeightTable
from scenes.value_bill import COUNT_BELOW, LOWER, THICK, UPPER, WIDE, Bill
from scenes.value_corridor import SIZES, ValueCorridor

SMALL, LARGE = 1.5, 3.5  # height of the pair of tables over the bars of a spectrum, and where these leave room
ROOMY = 6.0  # length of the zeros over which the pair of tables has its place
HEIGHT = 4.9  # of the largest bar
REACH, SPACE_X, SPACE_Y = 1.85, 4.4, -0.5  # of the three spaces
HEADER = 1.7  # height of the pair of tables over them
RANKS = "count: singular values"


class ValueLowRank(ValueCorridor):
    """A head turns a word into its update through two thin tables: all that gets through is a few numbers."""

    def construct(self) -> None:
        """The pair of tables, what it can do and what it cannot, and what it costs."""
        super().construct()
        self.count_directions()
        self.hop_through_three_spaces()
        self.settle_the_bill()

    def count_directions(self) -> None:
        """Beat 5."""
        values, zeros = self.quantity("SVOV"), self.long - self.short
        rank = int(np.sum(np.asarray(values) > 1e-6 * float(np.asarray(values)[0])))
        self.spectrum = SingularValues(values, self.long, 12.2, HEIGHT, theme.UPDATE)
        self.spectrum.move_to([0, layout.SAFE_Y - 0.1, 0], UP)
        style: dict[str, Any] = {"font_size": 27, "passport": RANKS}
        braces = [BraceCount(self.spectrum.bars, rank, DOWN, _("above zero"), theme.UPDATE, **style)]
        if zeros:
            braces.append(BraceCount(self.spectrum.tail, zeros, DOWN, _("exactly zero"), **style))
        pair, goal = VGroup(self.fillings, self.map_names), self.pair_as_product()
        self.largest = label(_("largest singular value"), theme.FONT_SMALL, theme.UPDATE)
        self.largest.next_to(self.spectrum.number, RIGHT, buff=layout.GAP_LABEL)
        self.rank = counted(_("rank {}"), rank, theme.FONT_SUBTITLE, theme.TEXT, RANKS)
        self.rank.move_to([goal.get_x(), layout.SAFE_Y - 0.1, 0], UP)
        leave = FadeOut(self.strips, self.columns, self.sign, self.low_rank, self.funnels, self.ends[0], self.ends[2])
        narration = _(
            "Mathematics calls this a map of low rank. It can push a word in {rank} independent directions. "
            "In the {zeros} others, whatever the word, it does nothing at all."
        )
        if not zeros:
            narration = _(
                "The bars tell how strongly the pair can push a word in each direction. "
                "As this head is as wide as the word, none of them has to be zero."
            )
        with self.beat(narration.format(rank=rank, zeros=zeros), 13):
            self.play(leave, run_time=theme.TIME_QUICK)
            self.play(ReplacementTransform(pair, goal), run_time=theme.TIME_BASE)
            self.play(GrowSingularValues(self.spectrum), run_time=theme.TIME_CAMERA)
            self.play(FadeIn(self.largest), GrowBraces(*braces), run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.rank, shift=0.25 * UP), run_time=theme.TIME_QUICK)
        self.pair, self.braces = goal, VGroup(*braces)

    def pair_as_product(self) -> VGroup:
        """The pair of tables as a product, over the zeros of the spectrum, or over all of it if there are few."""
        tail, bars = self.spectrum.tail, self.spectrum.bars
        few = not tail or tail.width < ROOMY
        unit = (SMALL if few else LARGE) / self.long
        up, down = (
            WeightTable(self.tables[name], unit, color) for name, color in (("W_O", theme.OUTPUT), ("W_V", theme.VALUE))
        )
        names = VGroup(
            symbol("W", "O", theme.OUTPUT, theme.FONT_BODY, arrow=False),
            symbol("W", "V", theme.VALUE, theme.FONT_BODY, arrow=False),
        )
        VGroup(names[0], up, down, names[1]).arrange(RIGHT, buff=layout.GAP_RELATED)
        pair = VGroup(VGroup(up, down), names)
        if few:
            self.spectrum.stretch(0.55, 1, about_edge=DOWN)
        return pair.move_to([0, 2.8, 0] if few else [tail.get_x(), bars.get_y() + layout.GAP_RELATED, 0])

    def hop_through_three_spaces(self) -> None:
        """Beat 6."""
        words, few, updates = spaces = self.spaces()
        roles = (("E", self.long, theme.TEXT), ("V", self.short, theme.VALUE), ("", self.long, theme.UPDATE))
        counts = VGroup()
        for plot, (letter, size, color) in zip(spaces, roles, strict=True):
            count = counted(_("{} dimensions"), size, 28, color, SIZES)
            sign = symbol(letter, self.place + 1, color, 40) if letter else self.package_sign(40)
            line = VGroup(sign, count).arrange(RIGHT, buff=layout.GAP_RELATED)
            counts.add(line.move_to([plot.frame.get_x(), -2.8, 0]))
        header, arrows = self.header_between(spaces)
        narration = _(
            "Words live in the large space on the right. Only the small one in the middle gets through. "
            "So on the left all contributions lie in one flat sheet, however much room there is."
        )
        if self.long == self.short:
            narration = _(
                "Words live in the space on the right, contributions in the one on the left. "
                "In this head the space in the middle is as large as those, so nothing has to be lost."
            )
        with self.beat(narration, 14):
            self.play(
                FadeOut(self.spectrum, self.braces, self.largest, self.rank), ReplacementTransform(self.pair, header),
                FadeIn(words.floor, words.axes, counts[0]), run_time=theme.TIME_BASE,
            )  # fmt: skip
            self.play(GrowVectors(words, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_BASE)
            for before, after, arrow, count in (
                (words, few, arrows[0], counts[1]),
                (few, updates, arrows[1], counts[2]),
            ):
                self.play(*self.hop(before, after), GrowArrow(arrow), FadeIn(count), run_time=theme.TIME_SLOW)
            turns = [TurnSpace(plot, plot.yaw + 70) for plot in spaces if not plot.flat]
            self.play(*turns, run_time=theme.TIME_FLOW)
        self.header, self.rest_of_spaces = header, VGroup(*spaces, counts, arrows)

    def hop(self, before: SpacePlot, after: SpacePlot) -> list[Any]:
        """One arrow leaves its space for the next; then the others are there too."""
        start, end = before.arrows[self.place], after.arrows[self.place]
        others = [place for place in range(len(after.arrows)) if place != self.place]
        ground = FadeIn(after.floor, after.axes)
        leap = TransformFromCopy(start, end, path_arc=np.pi / 3)
        return [ground, leap, GrowVectors(after, others, lag_ratio=theme.LAG_ITEMS)]

    def spaces(self) -> tuple[SpacePlot, SpacePlot, SpacePlot]:
        """The words, what is handed over, and the updates, each in its own space, drawn as a shadow of it."""
        plots = []
        shapes = (
            (self.read_in, theme.TEXT, widest(self.read_in), SPACE_X),
            (self.middles, theme.VALUE, widest(self.middles)[:2], 0.0),
            (self.results, theme.UPDATE, self.sheet(), -SPACE_X),
        )
        for vectors, color, basis, x in shapes:
            colors = [theme.MUTED] * len(vectors)
            colors[self.place] = color
            plots.append(SpacePlot(vectors, None, colors, basis, REACH).shift([x, SPACE_Y, 0]))
        return plots[0], plots[1], plots[2]

    def sheet(self) -> Any:
        """Two directions in which updates differ most, and, upright, one in which none can have any part."""
        if self.long == self.short:
            return widest(self.results)
        across, along = widest(self.results)[:2]
        directions = np.linalg.svd(np.asarray(self.tables["W_O"], dtype=float))[0]
        return np.array([across, directions[:, self.short], along])

    def header_between(self, spaces: Any) -> tuple[VGroup, VGroup]:
        """The tables over the ways from space to space, and an arrow for each, the first way first."""
        unit = HEADER / self.long
        tables, names, arrows = VGroup(), VGroup(), VGroup()
        for name, color, x in (("W_O", theme.OUTPUT, -SPACE_X / 2), ("W_V", theme.VALUE, SPACE_X / 2)):
            table = WeightTable(self.tables[name], unit, color)
            sign = symbol("W", name[-1], color, theme.FONT_BODY, arrow=False)
            VGroup(sign, table).arrange(RIGHT, buff=layout.GAP_RELATED).move_to([x, 2.85, 0])
            arrows.add(flow_arrow(LEFT, 1.8, color).move_to([x, 1.75, 0]))
            tables.add(table)
            names.add(sign)
        return VGroup(tables, names), VGroup(arrows[1], arrows[0])

    def settle_the_bill(self) -> None:
        """Beat 7."""
        first, second = self.bill("Q", "K").shift(UPPER * UP), self.bill("V", "O").shift(LOWER * UP)
        badge = CheckBadge().move_to([first.total.get_x(), (UPPER + LOWER) / 2 - COUNT_BELOW, 0])
        # The tall table comes upright, and is then laid on its side.
        lying, name = second.tables[1], second.names[1]
        tall = lying.copy().rotate(-np.pi / 2)
        beside = name.copy().next_to(tall, RIGHT, buff=layout.GAP_RELATED)
        narration = _(
            "Lay the tall table on its side, and the bill comes out even. "
            "The way down and the way up cost as much as query and key."
        )
        with self.beat(narration, 10):
            (up, down), (up_name, down_name) = self.header
            moves = ((down, second.tables[0]), (up, tall), (down_name, second.names[0]), (up_name, beside))
            moved = [ReplacementTransform(*move) for move in moves]
            self.play(FadeOut(self.rest_of_spaces), *moved, run_time=1.5)
            self.play(Rotate(tall, np.pi / 2), ReplacementTransform(beside, name), run_time=theme.TIME_BASE)
            self.remove(tall)
            self.add(lying)
            self.play(FadeIn(first.tables, first.names, shift=0.25 * UP), run_time=theme.TIME_BASE)
            counts = [CountUp(count) for bill in (first, second) for count in bill.counts]
            self.play(*counts, FadeIn(first.signs, second.signs), run_time=theme.TIME_BASE)
            self.play(CountUp(first.total), CountUp(second.total), FadeIn(badge), run_time=theme.TIME_BASE)

    def bill(self, first: str, second: str) -> Bill:
        """Two tables of the head and what they cost."""
        colors = {"Q": theme.QUERY, "K": theme.KEY, "V": theme.VALUE, "O": theme.OUTPUT}
        unit = min(WIDE / self.long, THICK / self.short)
        return Bill([(letter, self.tables[f"W_{letter}"], colors[letter]) for letter in (first, second)], unit)


def widest(vectors: Quantity) -> np.ndarray:
    """Three unit vectors at right angles, shape (3, n), along which vectors reach farthest from the origin."""
    axes: np.ndarray = np.linalg.svd(np.asarray(vectors, dtype=float))[2][:3]
    return axes
