"""ContextSizeCost: what a longer memory costs, in meetings, time and memory, and how meetings are skipped."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    AnimationGroup,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    MoveToTarget,
    Rectangle,
    VGroup,
)

from mobjects import BraceCount, CountUp, FlashAround, GrowBraces, Numeral, OriginBadge, format_number, layout, theme
from mobjects.token_label import row_label
from model.checkpoint import load
from model.recording import history
from model.recording.history import Timing
from model.recording.timing import FLOAT_BYTES
from scenes.context_chart import TimingChart
from scenes.context_growth import ContextGrowth
from scenes.context_raster import FULL
from scenes.language import _
from scenes.sparse_masks import Family, MaskCard, MaskedPattern, families, kept

MANY = 100_000  # tokens of a book
CLOSE = 0.2  # a slope this near to a whole number is called by it
COARSE = 12  # steps of colour where patterns are too small for more
MEMORY = "arithmetic: tokens squared, heads, layers, bytes of a number"
COLUMNS, SIGNS = (-5.2, -2.6, -0.6, 0.8, 2.2), (-3.9, -1.4, 0.1, 1.5, 2.8)
UNITS = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3))


class ContextSizeCost(ContextGrowth):
    """Every word meets every other: a context twice as long costs four times as much, unless meetings are skipped."""

    def construct(self) -> None:
        """Grow a pattern, pay for it, and look at ways to pay less."""
        super().construct()
        self.measure_time()
        self.count_memory()
        self.skip_meetings()
        self.rest_on_the_choice()

    def measure_time(self) -> None:
        """Beat 4."""
        name, timing = self.timing()
        parts = timing.context
        self.chart = TimingChart(
            parts["length"], [parts["attention"], parts["mlp"]],
            [_("attention"), _("MLP")], [theme.ATTENTION, theme.MLP],
        )  # fmt: skip
        self.chart.move_to([0.2, 0.35, 0])
        chart = self.chart
        with self.beat(self.words_on_time(name, chart.slopes), 14):
            leave = FadeOut(self.raster, self.doubling)
            device = _("{name}, measured on {hardware}").format(name=name, hardware=timing.hardware)
            self.play(leave, FadeIn(chart.axes), *self.credit_to(device), run_time=theme.TIME_BASE)
            for number in (1, 0):
                pop = LaggedStart(*(FadeIn(dot, scale=0.3) for dot in chart.dots[number]), lag_ratio=theme.LAG_WORDS)
                self.play(pop, run_time=theme.TIME_SLOW)
                self.play(Create(chart.lines[number]), FadeIn(chart.names[number]), run_time=theme.TIME_BASE)

    def timing(self) -> tuple[str, Timing]:
        """How long this network's parts took, or the shipped one's if that was not recorded; and whose it is."""
        try:
            return self.checkpoint.name, history.timing(history.of(self.checkpoint))
        except ValueError:
            shipped = load(type(self).checkpoint_name)
            return shipped.name, history.timing(history.of(shipped))

    def words_on_time(self, name: str, slopes: list[float]) -> str:
        """What is said of the slopes; of whose they are only if they are another network's."""
        squared, straight = slopes
        if abs(squared - 2) < CLOSE and abs(straight - 1) < CLOSE:
            said = _(
                "the part where every token is worked on alone takes time in proportion to the text, "
                "a slope of about one. Attention takes it with the square: about two."
            )
        else:
            said = _(
                "the slopes are not exactly one and two, as other work is mixed in. "
                "But attention is the steeper one, and on long texts it takes over."
            )
        if name != self.checkpoint.name:
            return _("Not measured for this network; for {name}, {said}").format(name=name, said=said)
        return _("On a real processor, {said}").format(said=said)

    def count_memory(self) -> None:
        """Beat 5."""
        self.wall, rows = self.all_patterns(), VGroup(*(self.memory_of(count) for count in (self.count, MANY)))
        heads = self.headings(rows[0])
        for part, y in ((heads, -0.85), (rows[0], -1.5), (rows[1], -2.4)):
            part.shift(y * UP)
        layers, width = self.braces()
        badge = OriginBadge("illustration", _("arithmetic")).next_to(rows[1], DOWN, buff=layout.GAP_RELATED)
        badge.align_to(rows[1], LEFT)
        (amount, unit), (large, large_unit) = (self.spoken(row[-1][0].value) for row in rows)
        narration = _(
            "If the tables are kept, memory grows as well, for every head of every layer has its own. "
            "Here they take {amount} {unit}; for a book of a hundred thousand tokens it would be {large} {large_unit}."
        ).format(amount=amount, unit=unit, large=large, large_unit=large_unit)
        with self.beat(narration, 14):
            back = self.credit_to(self.network_name())
            self.play(FadeOut(self.chart), FadeIn(self.wall, lag_ratio=0.02), *back, run_time=theme.TIME_BASE)
            self.play(GrowBraces(width, layers), run_time=theme.TIME_BASE)
            for row, come in zip(rows, (heads, badge), strict=True):
                *factors, total = row
                parts = [FadeIn(part, shift=0.25 * UP) for part in factors]
                self.play(LaggedStart(*parts, lag_ratio=theme.LAG_ITEMS), FadeIn(come), run_time=theme.TIME_BASE)
                self.play(FadeIn(total[1]), CountUp(total[0]), run_time=theme.TIME_SLOW)
        self.bill = VGroup(heads, *rows, layers, width, badge)

    def braces(self) -> tuple[BraceCount, BraceCount]:
        """How many layers, and how many heads in each."""
        config = self.checkpoint.config
        # Around the wall; to measure all its cells anew for each frame would take long.
        edge = Rectangle(width=self.wall.width, height=self.wall.height).move_to(self.wall)
        layers = BraceCount(edge, config.n_layer, LEFT, _("layers"), passport="size: layers")
        heads = BraceCount(edge, config.n_head, UP, _("heads"), passport="size: heads")
        return layers, heads

    def network_name(self) -> str:
        """What the corner says where all heads are shown."""
        return _("{name}: all heads, measured").format(name=self.checkpoint.name)

    def all_patterns(self) -> VGroup:
        """The patterns of all heads, a row for each layer, reading the same page."""
        config = self.checkpoint.config
        side = min(3.4 / config.n_layer, 12.0 / config.n_head) - layout.GAP_LABEL
        wall = VGroup()
        for layer in range(config.n_layer):
            patterns = self.long["pattern", layer]
            row = [
                MaskedPattern(patterns.at(head=head), side, steps=COARSE, full=FULL) for head in range(config.n_head)
            ]
            wall.add(VGroup(*row).arrange(RIGHT, buff=layout.GAP_LABEL))
        wall.arrange(DOWN, buff=layout.GAP_LABEL)
        return wall.move_to([0, 2.85, 0], aligned_edge=UP)

    def memory_of(self, count: int) -> VGroup:
        """Tokens × tokens × heads × layers × bytes, and what they come to."""
        config = self.checkpoint.config
        factors = (count, count, config.n_head, config.n_layer, FLOAT_BYTES)
        row = VGroup()
        style: dict[str, Any] = {"font_size": theme.FONT_LABEL, "thousands": True}
        colors = (theme.QUERY, theme.KEY, theme.TEXT, theme.TEXT, theme.TEXT)
        for place, (factor, x, color) in enumerate(zip(factors, COLUMNS, colors, strict=True)):
            number = Numeral(factor, 0, color=color, passport=MEMORY, **style)
            number.shift([x - number.get_x(), 0, 0])
            sign = row_label("×" if place < 4 else "=", theme.FONT_LABEL, theme.MUTED)
            row.add(VGroup(number, sign.shift([SIGNS[place], 0, 0])))
        total = float(np.prod([float(factor) for factor in factors]))
        unit, size = unit_of(total)
        number = Numeral(total, 1, factor=1 / size, font_size=theme.FONT_BODY, color=theme.HIGHLIGHT, passport=MEMORY)
        name = row_label(unit, theme.FONT_BODY, theme.HIGHLIGHT)
        name.shift([5.6 - name.get_x(), 0, 0])
        number.shift([name.get_left()[0] - layout.GAP_RELATED - number.get_right()[0], 0, 0])
        row.add(VGroup(number, name))
        return row

    def headings(self, row: VGroup) -> VGroup:
        """Above the columns: what is counted."""
        words = (_("tokens"), _("tokens"), _("heads"), _("layers"), _("bytes"))
        return VGroup(
            *(
                row_label(word, theme.FONT_SMALL, theme.MUTED).shift([x, 0, 0])
                for word, x in zip(words, COLUMNS, strict=True)
            )
        )

    @staticmethod
    def spoken(total: float) -> tuple[str, str]:
        """An amount of memory as it is said."""
        unit, size = unit_of(total)
        return format_number(total / size, 1), {
            "TB": _("terabytes"), "GB": _("gigabytes"), "MB": _("megabytes"), "KB": _("kilobytes"),
        }[unit]  # fmt: skip

    def skip_meetings(self) -> None:
        """Beat 6."""
        ways = families(self.pattern, max(1, self.count // 8))
        self.cards = VGroup(*(MaskCard(self.pattern, way) for way in ways))
        for card in self.cards[1:]:  # what the numbers are stands once
            card.words.remove(card.words[1], card.words[3])
        self.cards.arrange_in_grid(2, 3, buff=(0.42, 0.6), flow_order="rd")
        self.cards.move_to([0, layout.SAFE_Y, 0], aligned_edge=UP)
        whole = MaskedPattern(self.pattern, 5.6, full=FULL)
        for card in self.cards:
            card.pattern.generate_target()
            card.pattern.replace(whole)
        with self.beat(self.words_on_masks(ways), 15):
            back = self.credit_to(self.head_name())
            self.play(FadeOut(self.bill, self.wall), FadeIn(whole), *back, run_time=theme.TIME_BASE)
            self.remove(whole)
            moves = [MoveToTarget(card.pattern) for card in self.cards]
            self.play(LaggedStart(*moves, lag_ratio=0.3), run_time=theme.TIME_FLOW)
            masks = [AnimationGroup(FadeOut(card.dropped), FadeIn(card.allowed, card.title)) for card in self.cards]
            self.play(LaggedStart(*masks, lag_ratio=theme.LAG_STEPS), run_time=theme.TIME_CAMERA)
            numbers = [FadeIn(card.numbers, card.words, shift=0.25 * RIGHT) for card in self.cards]
            self.play(LaggedStart(*numbers, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_SLOW)

    def words_on_masks(self, ways: list[Family]) -> str:
        """What is said of the shares that are kept."""
        shares = {way.name: format_number(100 * kept(self.pattern, way.mask), 0) for way in ways}
        narration = _(
            "There are many ways to skip meetings. Here each token meets at most {budget} of them. "
            "On this page, a sliding window keeps {window} percent of this head's attention; "
            "knowing the strongest links beforehand would keep {strongest}."
        )
        return narration.format(
            budget=max(1, self.count // 8), window=shares[_("window")], strongest=shares[_("best possible")]
        )

    def rest_on_the_choice(self) -> None:
        """Beat 7."""
        feasible = self.cards[:-1]
        best = max(feasible, key=lambda card: card.numbers[0].value)
        narration = _("How far back a network looks, and what it leaves out, is a choice of those who build it.")
        with self.beat(narration, 7):
            self.play(FlashAround(VGroup(best.title, best.pattern, best.numbers)), run_time=theme.TIME_SLOW)


def unit_of(total: float) -> tuple[str, float]:
    """The largest unit of which there is at least one, and its bytes."""
    return next((name, size) for name, size in UNITS if total >= size)
