"""ScalingByRootDk, first part: raw products make a spike, because a sum of many products strays far."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    UP,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    ReplacementTransform,
    VGroup,
    VMobject,
)

from mobjects import (
    BarColumnChart,
    DotProductStrip,
    GrowBars,
    Histogram,
    MultiplyAndAdd,
    Numeral,
    Slider,
    label,
    layout,
    theme,
)
from model.probing import spreads
from scenes.base import ChapterScene
from scenes.language import _

FLOOR, REACH, WIDE = -2.2, 3.1, 8.4  # foot, height and width of the bars
CHART_X, SCORES_Y = -0.4, 2.75  # middle of the bars, and height of the scores above them
BINS, SPAN = 41, 3.3  # of the histogram: how many, and how many spreads it reaches to either side
PLOT_X, PLOT_Y, PLOT_WIDE, PLOT_HIGH = -2.3, -1.4, 7.4, 3.1
UNDIVIDED = "softmax of products that are not divided"
STYLE: dict[str, Any] = {"sign": "never", "font_size": 32}


def softmax(scores: np.ndarray) -> np.ndarray:
    """Shares along the last axis; minus infinity gets none."""
    powers: np.ndarray = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def one_digit(value: float) -> float:
    """The largest number below a value that is written with a single digit: 0.5 of 0.57."""
    power = 10.0 ** math.floor(math.log10(value))
    return math.floor(value / power) * power


class ScalingSpreads(ChapterScene):
    """A sum of many products strays far, and a softmax of far-off numbers is a spike."""

    def setup(self) -> None:
        """Take what the picked word's query makes of each key it may see, and all products behind such numbers."""
        super().setup()
        layer, head, self.query = self.pick.layer, self.pick.head, self.pick.query
        seen = slice(0, self.query + 1)
        raw, scores, pattern = (
            self.activations[name, layer].at(head=head) for name in ("raw_scores", "attn_scores", "pattern")
        )
        self.raw, self.scores, self.shares = (table[self.query, seen] for table in (raw, scores, pattern))
        self.spiky = softmax(np.asarray(self.raw, dtype=float))
        self.best = int(np.argmax(self.spiky))
        ids = spreads.texts(self.checkpoint, [self.pick.prompt, self.pick.second_prompt])
        self.trained = spreads.products(self.checkpoint, layer, head, ids)
        self.fresh = None
        try:
            self.fresh = spreads.untrained_products(self.checkpoint, layer, ids)
        except ValueError:
            pass

    def construct(self) -> None:
        """A spike, and where it comes from."""
        self.show_the_spike()
        self.pile_up_products()
        self.measure_the_spread()

    def show_the_spike(self) -> None:
        """Beat 1."""
        count = self.query + 1
        pitch = min(2.0, WIDE / count)
        names = [self.word(place) for place in range(count)]
        self.chart = BarColumnChart(self.spiky, names, 1.0, REACH, pitch, 2, font_size=30, passport=UNDIVIDED)
        foot = self.chart.items[0].bar.base
        middle = (foot[0] + self.chart.items[-1].bar.base[0]) / 2
        self.chart.shift([CHART_X - middle, FLOOR - foot[1], 0])
        self.row = self.row_of(self.raw)
        self.sides = VGroup(
            label(_("query · key"), theme.FONT_SMALL, theme.MUTED).move_to([-layout.SAFE_X, SCORES_Y, 0], LEFT),
            label(_("share"), theme.FONT_SMALL, theme.MUTED).move_to([-layout.SAFE_X, FLOOR + 0.3, 0], LEFT),
        )
        percent = round(100 * float(self.spiky[self.best]))
        narration = _(
            "Here is what a query makes of its keys, number for number. "
            "Straight through the softmax, “{word}” takes {percent} percent of everything."
        ).format(word=self.word(self.best), percent=percent)
        with self.beat(narration, 9):
            arrive = [FadeIn(number, shift=0.25 * DOWN) for number in self.row]
            self.play(LaggedStart(*arrive, lag_ratio=theme.LAG_ITEMS), FadeIn(self.sides[0]), run_time=theme.TIME_BASE)
            self.play(
                GrowBars(self.chart), FadeIn(self.sides[1]), *self.credit_to(self.head_name()), run_time=theme.TIME_SLOW
            )

    def row_of(self, values: Any) -> VGroup:
        """Numbers in a row above the bars."""
        row = VGroup()
        scale, pitch = theme.value_scale(np.asarray(values)), min(2.0, WIDE / (self.query + 1))
        for value, item in zip(values, self.chart.items, strict=True):
            color = theme.signed_color(float(value), scale)
            number = Numeral(value, 1, "always", font_size=theme.FONT_LABEL, color=color)
            row.add(layout.fit(number, 0.82 * pitch).move_to([item.bar.base[0], SCORES_Y, 0]))
        return row

    def pile_up_products(self) -> None:
        """Beat 2."""
        layer, head = self.pick.layer, self.pick.head
        query, key = (
            self.activations[letter, layer].at(head=head, position=place)
            for letter, place in (("q", self.query), ("k", self.best))
        )
        strip = DotProductStrip(
            query, key, float(self.raw[self.best]), terms=6, first_tint=theme.QUERY, second_tint=theme.KEY,
            others=_("the other {}"), font_size=34,
        )  # fmt: skip
        layout.fit(strip, 8.4, 6.4).move_to([-1.9, 0.2, 0])
        totals = self.trained.sum(axis=1)
        facts = [
            (_("pairs"), len(totals), 0, "count: pairs of query and key"),
            (_("mean"), float(totals.mean()), 1, "mean of the sums of all pairs"),
            (_("spread"), float(totals.std()), 1, "standard deviation of the sums of all pairs"),
        ]
        self.facts = VGroup(*(self.fact(*fact) for fact in facts))
        if self.fresh is not None:
            self.facts.insert(0, label(_("after training"), 30))
        self.facts.arrange(DOWN, buff=layout.GAP, aligned_edge=LEFT)
        self.facts.move_to([5.2, 0.5, 0])
        narration = _(
            "Each of them is a sum: entry times entry, {d_head} products. "
            "Over many pairs of this text and another, they spread by about {spread}."
        ).format(d_head=self.checkpoint.config.d_head, spread=f"{totals.std():.2g}")
        with self.beat(narration, 10):
            start = ReplacementTransform(self.row[self.best].copy(), strip.factors)
            self.play(FadeOut(self.chart, self.sides, self.row), start, run_time=theme.TIME_BASE)
            self.remove(strip.factors)
            self.add(strip.factors)
            self.play(MultiplyAndAdd(strip, run_time=5))
            self.play(FadeIn(self.facts, shift=0.25 * LEFT), run_time=theme.TIME_BASE)
        self.strip = strip

    @staticmethod
    def fact(words: str, value: float, decimals: int, passport: str) -> VGroup:
        """A name and, below it, a number."""
        sign = "always" if value < 0 else "never"
        number = Numeral(
            value, decimals, sign, True, theme.FONT_BODY, color=theme.HIGHLIGHT, passport=passport
        )  # fmt: skip
        return VGroup(label(words, theme.FONT_SMALL, theme.MUTED), number).arrange(DOWN, buff=0.15, aligned_edge=LEFT)

    def measure_the_spread(self) -> None:
        """Beat 3."""
        terms = self.trained if self.fresh is None else self.fresh
        size = self.checkpoint.config.d_head
        stops = [1, max(2, size // 4), size]
        self.spread_of = [float(spreads.sums(terms, stop).std()) for stop in stops]
        reach = SPAN * self.spread_of[-1]
        plots = [self.histogram(spreads.sums(terms, stop), reach) for stop in stops]
        slider = Slider(1, 1, size, _("products"), 4.0, 0, font_size=30, passport="count: products added up")
        slider.move_to([PLOT_X, 3.2, 0])
        head = self.table_row([_("products"), _("spread"), _("√ law")])
        rows = VGroup(*(self.numbers_row(stop, place) for place, stop in enumerate(stops)))
        table = VGroup(head, *rows)
        if self.fresh is not None:
            head.add(label(_("before training"), 30).move_to([1.65, 0.75, 0]))
        for place, row in enumerate(table):
            row.shift([2.6, 2.2 - 0.85 * place, 0])
        narration = _(
            "Part of that comes from length alone. Before training, when the tables are still random, a sum of "
            "{size} products spreads farther than a single one: by about the square root of {size}."
        ).format(size=size)
        if self.fresh is None:
            narration = _(
                "How far? The more products are added up, the wider the sums spread. Were they independent of "
                "one another, the spread would grow like the square root of their number."
            )
        with self.beat(narration, 14):
            leave = FadeOut(self.strip, self.facts)
            self.play(leave, FadeIn(slider), FadeIn(plots[0], head), run_time=theme.TIME_BASE)
            self.play(FadeIn(rows[0], shift=0.25 * UP), run_time=theme.TIME_QUICK)
            for place in (1, 2):
                turn = ReplacementTransform(plots[place - 1], plots[place])
                move = slider.animate.set_value(stops[place], "count: products added up")
                self.play(move, turn, run_time=theme.TIME_SLOW)
                self.play(FadeIn(rows[place], shift=0.25 * UP), run_time=theme.TIME_QUICK)
        self.left_over = VGroup(slider, plots[-1], table)

    def histogram(self, values: np.ndarray, reach: float) -> VGroup:
        """Bars over a line with its zero, and below it the spread to both sides of the mean."""
        plot = Histogram(values, bins=BINS, x_range=(-reach, reach), width=PLOT_WIDE, height=PLOT_HIGH)
        bars, unit = plot.items, PLOT_WIDE / (2 * reach)
        line = Line([0, 0, 0], [PLOT_WIDE, 0, 0], color=theme.RULE, stroke_width=theme.STROKE_BOX)
        line.move_to(bars.get_bottom())
        zero = line.get_center()
        numbers, far = VGroup(), one_digit(0.7 * reach)
        for value in (-far, 0.0, far):
            decimals = max(0, -math.floor(math.log10(far))) if value else 0
            number = Numeral(value, decimals, font_size=theme.FONT_SMALL, color=theme.MUTED, passport="axis")
            numbers.add(number.next_to(zero + [unit * value, 0, 0], DOWN, buff=0.15))
        mean, spread = float(values.mean()), float(values.std())
        ends = [np.clip(unit * (mean + side * spread), -PLOT_WIDE / 2, PLOT_WIDE / 2) for side in (-1, 1)]
        band = VGroup(Line(*(zero + [end, -0.75, 0] for end in ends)))
        band.add(*(Line(zero + [end, -0.9, 0], zero + [end, -0.6, 0]) for end in ends))
        band.set_stroke(theme.HIGHLIGHT, theme.STROKE_STRONG)
        name = label(_("spread"), theme.FONT_SMALL, theme.HIGHLIGHT).next_to(band, DOWN, buff=0.15)
        group = VGroup(bars, line, numbers, band, name)
        return group.shift([PLOT_X, PLOT_Y - 0.1, 0] - zero)

    @staticmethod
    def table_row(cells: list[VMobject | str], color: str | None = None) -> VGroup:
        """Three cells side by side, at x = 0, 1.7 and 3.2."""
        row = VGroup()
        for place, cell in enumerate(cells):
            drawn = label(cell, theme.FONT_SMALL, theme.MUTED) if isinstance(cell, str) else cell
            row.add(drawn.move_to([1.65 * place, 0, 0]))
        return row if color is None else row.set_color(color)

    def numbers_row(self, stop: int, place: int) -> VGroup:
        """How many products, how far their sums spread, and what the square root foretells."""
        decimals = 3 if self.spread_of[-1] < 1 else 1
        law = self.spread_of[0] * np.sqrt(stop)
        return self.table_row(
            [
                Numeral(stop, 0, passport="count: products added up", **STYLE),
                Numeral(self.spread_of[place], decimals, color=theme.HIGHLIGHT, passport="standard deviation", **STYLE),
                Numeral(law, decimals, color=theme.MUTED, passport="spread of one, times the root", **STYLE),
            ]
        )
