"""ValueLowRank: from word to update through a corridor of a few numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

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
    TransformFromCopy,
    VGroup,
    VMobject,
)

from mobjects import (
    BraceCount,
    CheckBadge,
    CountUp,
    GrowBraces,
    GrowSingularValues,
    GrowVectors,
    Numeral,
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
from scenes.value_corridor import SIZES, ValueCorridor

SMALL = 1.5  # height of the pair of tables while there is something else to see
ROOMY = 6.0  # length of the zeros over which the pair of tables has its place
WIDE = 3.0  # length of each table in the bill
REACH = 2.0
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
        self.spectrum = SingularValues(values, self.long, 12.2, 4.2, theme.UPDATE)
        self.spectrum.move_to([0, layout.SAFE_Y, 0], UP)
        style: dict[str, Any] = {"font_size": theme.FONT_SMALL, "passport": RANKS}
        braces = [BraceCount(self.spectrum.bars, rank, DOWN, _("above zero"), theme.UPDATE, **style)]
        if zeros:
            braces.append(BraceCount(self.spectrum.tail, zeros, DOWN, _("exactly zero"), **style))
        pair = VGroup(self.fillings, self.map_names)
        self.largest = label(_("largest singular value"), theme.FONT_SMALL, theme.UPDATE)
        self.largest.next_to(self.spectrum.number, RIGHT, buff=layout.GAP_LABEL)
        goal = self.pair_as_product()
        leave = FadeOut(self.strips, self.columns, self.signs, self.low_rank)
        narration = _(
            "Mathematics calls this a map of low rank. It can push an update in {rank} independent directions. "
            "In the {zeros} others, whatever the word, it does nothing at all."
        )
        if not zeros:
            narration = _(
                "The bars tell how strongly the pair can push an update in each direction. "
                "As this head is as wide as the word, none of them has to be zero."
            )
        with self.beat(narration.format(rank=rank, zeros=zeros), 13):
            self.play(leave, run_time=theme.TIME_QUICK)
            self.play(ReplacementTransform(pair, goal), run_time=theme.TIME_BASE)
            self.play(GrowSingularValues(self.spectrum), run_time=theme.TIME_CAMERA)
            self.play(FadeIn(self.largest), GrowBraces(*braces), run_time=theme.TIME_SLOW)
        self.pair, self.braces = goal, VGroup(*braces)

    def pair_as_product(self) -> VGroup:
        """The pair of tables as a product, over the zeros of the spectrum, or over all of it if there are few."""
        tail, bars = self.spectrum.tail, self.spectrum.bars
        few = not tail or tail.width < ROOMY
        unit = (SMALL if few else 2 * SMALL) / self.long
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
        counts = VGroup()
        for plot, size, color in zip(
            spaces, (self.long, self.short, self.long), (theme.EMBEDDING, theme.VALUE, theme.UPDATE), strict=True
        ):
            count = counted(_("{} dimensions"), size, theme.FONT_SMALL, color, SIZES)
            counts.add(count.move_to([plot.frame.get_x(), -2.75, 0]))
        header, arrows = self.header_between(spaces)
        narration = _(
            "Words live in the large space on the right. Only the small one in the middle gets through. "
            "So on the left all updates lie in one flat sheet, however much room there is."
        )
        if self.long == self.short:
            narration = _(
                "Words live in the space on the right, updates in the one on the left. "
                "In this head the space in the middle is as large as those, so nothing has to be lost."
            )
        with self.beat(narration, 14):
            self.play(
                FadeOut(self.spectrum, self.braces, self.largest), ReplacementTransform(self.pair, header),
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
            (self.read_in, theme.EMBEDDING, widest(self.read_in), 4.35),
            (self.middles, theme.VALUE, widest(self.middles)[:2], 0.0),
            (self.results, theme.UPDATE, self.sheet(), -4.35),
        )
        for vectors, color, basis, x in shapes:
            colors = [theme.RULE] * len(vectors)
            colors[self.place] = color
            plots.append(SpacePlot(vectors, None, colors, basis, REACH).shift([x, -0.6, 0]))
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
        unit = SMALL / self.long
        tables, names, arrows = VGroup(), VGroup(), VGroup()
        for name, color, x in (("W_O", theme.OUTPUT, -2.2), ("W_V", theme.VALUE, 2.2)):
            table = WeightTable(self.tables[name], unit, color)
            sign = symbol("W", name[-1], color, theme.FONT_BODY, arrow=False)
            VGroup(sign, table).arrange(RIGHT, buff=layout.GAP_RELATED).move_to([x, 2.75, 0])
            arrows.add(flow_arrow(LEFT, 1.8, color).move_to([x, 1.55, 0]))
            tables.add(table)
            names.add(sign)
        return VGroup(tables, names), VGroup(arrows[1], arrows[0])

    def settle_the_bill(self) -> None:
        """Beat 7."""
        rows = [self.row_of("Q", "K", 1.9), self.row_of("V", "O", -2.05)]
        badge = CheckBadge().move_to([layout.SAFE_X, (rows[0].total.get_y() + rows[1].total.get_y()) / 2, 0], RIGHT)
        narration = _(
            "And the bill comes out even: the way down and the way up together cost as much as query and key together."
        )
        with self.beat(narration, 9):
            self.play(FadeOut(self.rest_of_spaces), run_time=theme.TIME_QUICK)
            arrive = FadeIn(rows[0].pair, shift=0.25 * UP)
            self.play(arrive, ReplacementTransform(self.header, rows[1].pair), run_time=theme.TIME_BASE)
            counts = [CountUp(count) for row in rows for count in row.counts]
            self.play(*counts, *(FadeIn(row.plus) for row in rows), run_time=theme.TIME_BASE)
            totals = [CountUp(row.total) for row in rows]
            self.play(*totals, *(FadeIn(row.equals) for row in rows), run_time=theme.TIME_BASE)
            self.play(FadeIn(badge), run_time=theme.TIME_QUICK)

    def row_of(self, first: str, second: str, line: float) -> Bill:
        """Two tables, the sizes of both below them on a line at this height, and their sum."""
        colors = {"Q": theme.QUERY, "K": theme.KEY, "V": theme.VALUE, "O": theme.OUTPUT}
        unit = WIDE / self.long
        style: dict[str, Any] = {"decimals": 0, "thousands": True, "sign": "never"}
        tables, names, counts = VGroup(), VGroup(), VGroup()
        for letter, x in ((first, -4.6), (second, -0.8)):
            values = self.tables[f"W_{letter}"]
            count = Numeral(
                values.values.size, font_size=theme.FONT_LABEL, color=colors[letter], passport=SIZES, **style
            ).move_to([x, line, 0])
            table = WeightTable(values, unit, colors[letter]).next_to(count, UP, buff=layout.GAP_RELATED)
            names.add(symbol("W", letter, colors[letter], arrow=False).next_to(table, UP, buff=layout.GAP_RELATED))
            tables.add(table)
            counts.add(count)
        total = Numeral(
            sum(count.value for count in counts), font_size=theme.FONT_BODY, color=theme.HIGHLIGHT,
            passport="sum of the sizes shown", **style,
        ).move_to([4.4, line, 0])  # fmt: skip
        plus = label("+", color=theme.MUTED).move_to([-2.7, line, 0])
        equals = label("=", color=theme.MUTED).move_to([1.9, line, 0])
        return Bill(VGroup(tables, names), counts, plus, equals, total)


class Bill(NamedTuple):
    """Two tables and their names, how many numbers each has, and their sum."""

    pair: VGroup
    counts: VGroup
    plus: VMobject
    equals: VMobject
    total: Numeral


def widest(vectors: Quantity) -> np.ndarray:
    """Three unit vectors at right angles, shape (3, n), along which vectors reach farthest from the origin."""
    axes: np.ndarray = np.linalg.svd(np.asarray(vectors, dtype=float))[2][:3]
    return axes
