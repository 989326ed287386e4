"""ReluAndGelu: what the bend does to a number, and why a layer without it could not say "both"."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    GrowArrow,
    LaggedStart,
    Rectangle,
    SurroundingRectangle,
    VGroup,
)

from mobjects import (
    BarColumnChart,
    CheckBadge,
    DrawCurve,
    FlashAround,
    FunctionPlot,
    GrowBars,
    NumericEmbedding,
    OpenZoom,
    SlideDots,
    ZoomLines,
    flow_arrow,
    label,
    layout,
    theme,
)
from mobjects.numerals import Floats
from model.forward import bend
from scenes.language import _
from scenes.mlp_both import Both

REACH, PLOT = 4.0, {"width": 10.5, "height": 5.0, "font_size": 26}
LENS_X, LENS_Y = (-3.0, 0.5), (-0.3, 0.5)
SILENT, SILENCE = 0.01, "share of answers below 0.01"


class ReluAndGelu(Both):
    """A bent neuron draws a line and says yes on one side only."""

    def construct(self) -> None:
        """Numbers, the curve, its softer relative; both traits at once; half-planes; how much is silent."""
        self.cut_below_zero()
        self.draw_the_curve()
        self.draw_its_relative()
        self.count_traits()
        self.draw_the_line()
        self.count_the_silent()

    def cut_below_zero(self) -> None:
        """Beat 1."""
        self.seen = self.window()
        style: dict[str, Any] = {"shown": self.seen, "decimals": 2, "color_by": "signed", "font_size": 34}
        before = NumericEmbedding(self.pre, **style).move_to([-2.0, 0, 0])
        after = NumericEmbedding(self.post, **style).move_to([2.0, 0, 0])
        for column in (before, after):
            layout.fit(column, height=5.3)
        names = VGroup(*(
            label(words, 32, theme.MUTED).next_to(column, UP)
            for words, column in ((_("before the bend"), before), (_("after"), after))
        ))  # fmt: skip
        arrows, boxes = VGroup(), VGroup()
        for place, neuron in enumerate(self.seen):
            entry = before.entry(place)
            kept = float(self.pre[neuron]) > 0
            color = theme.POSITIVE if kept else theme.NEGATIVE
            boxes.add(SurroundingRectangle(entry, color=color, buff=0.07, stroke_width=theme.STROKE_BOX))
            arrows.add(flow_arrow(RIGHT, 1.4, color).move_to([0, entry.anchor[1], 0]))
        low = [place for place, neuron in enumerate(self.seen) if float(self.pre[neuron]) <= 0]
        high = [place for place in range(len(self.seen)) if place not in low]
        narration = _("Look at the bend alone. A number below zero becomes zero. A number above zero stays what it is.")
        if self.checkpoint.config.activation != "relu":
            narration = _(
                "Look at the bend alone. A number below zero becomes almost zero. A large one stays what it is."
            )
        with self.beat(narration, 8.5):
            self.play(FadeIn(before, names, after.brackets, after.ellipses), run_time=theme.TIME_BASE)
            self.play(*self.credit_to(_("{name}, measured").format(name=self.checkpoint.name)), run_time=0.5)
            for places in (low, high):
                if places:
                    draw = [Create(boxes[place]) for place in places]
                    go = [GrowArrow(arrows[place]) for place in places]
                    come = [FadeIn(after.entry(place)) for place in places]
                    steps = [LaggedStart(*motions, lag_ratio=0.2) for motions in (draw, go, come)]
                    self.play(LaggedStart(*steps, lag_ratio=0.3), run_time=theme.TIME_SLOW)
        self.columns = VGroup(before, after, names, arrows, boxes)

    # -- curves ------------------------------------------------------------------------------------------------------

    def curves(self, x_range: tuple[float, float], y_range: tuple[float, float] | None, **size: Any) -> FunctionPlot:
        """The kink and its softer relative; the one this network uses is in the colour of an MLP."""
        colors = [theme.MLP, theme.VALUE] if self.used == 0 else [theme.VALUE, theme.MLP]
        soft = "gelu" if self.used == 0 else self.checkpoint.config.activation
        functions: list[Any] = [relu, partial(bend, activation=soft)]
        return FunctionPlot(functions, x_range, y_range, colors=colors, **size)

    @property
    def used(self) -> int:
        """Which of the two curves this network bends by."""
        return 0 if self.checkpoint.config.activation == "relu" else 1

    def draw_the_curve(self) -> None:
        """Beat 2."""
        values = np.asarray(self.pre, dtype=float)[self.seen]
        reach = max(REACH, 1.1 * float(np.abs(values).max()))
        self.plot = self.curves((-reach, reach), (-0.12 * reach, reach), **PLOT)
        self.plot.move_to([0, -0.05, 0])
        self.dots = self.plot.dots(np.zeros(len(values)), 0, "start at zero")
        narration = _("Drawn as a graph, that is a line with one kink. Our seven numbers find their places on it.")
        with self.beat(narration, 8):
            self.play(FadeOut(self.columns), FadeIn(self.plot.axes), run_time=theme.TIME_BASE)
            self.play(DrawCurve(self.plot, 0), run_time=1.5)
            self.play(FadeIn(self.dots), run_time=theme.TIME_QUICK)
            goals = np.array(values)
            slide = SlideDots(self.plot, self.dots, goals, passport="value before the bend")
            self.play(slide, run_time=theme.TIME_SLOW)

    def draw_its_relative(self) -> None:
        """Beat 3."""
        axes = self.plot.axes
        corners = [axes.point_at(x, y) for x, y in zip(LENS_X, LENS_Y, strict=True)]
        source = Rectangle(width=corners[1][0] - corners[0][0], height=corners[1][1] - corners[0][1])
        source.move_to((corners[0] + corners[1]) / 2)
        detail = self.curves(LENS_X, LENS_Y, width=4.2, height=2.0, font_size=24).move_to([-3.6, 2.0, 0])
        zoom = ZoomLines(source, detail)
        names = VGroup()
        for number, words in enumerate((_("ReLU"), _("GELU"))):
            name = VGroup(label(words, 32, theme.MLP if number == self.used else theme.VALUE))
            if number == self.used:
                name.add(CheckBadge().scale(0.9), label(_("used here"), 26, theme.MUTED))
            names.add(name.arrange(RIGHT, buff=0.15))
        names.arrange(DOWN, aligned_edge=LEFT).move_to([4.0, -1.6, 0]).set_y(axes.point_at(0, 0)[1] + 1.4)
        narration = _("Many networks use a softer version. It forgives small negatives a little. The idea is the same.")
        with self.beat(narration, 8):
            self.play(DrawCurve(self.plot, 1), run_time=1.5)
            hidden = [number for number in axes.numbers if abs(number.get_x() - source.get_x()) < source.width / 2]
            self.play(OpenZoom(zoom, detail), FadeOut(*hidden), run_time=theme.TIME_SLOW)
            self.play(FadeIn(names), run_time=theme.TIME_QUICK)
            self.play(FlashAround(names[self.used]), run_time=theme.TIME_BASE)
        self.curved = VGroup(self.plot, self.dots, detail, zoom, names)

    # -- silence -----------------------------------------------------------------------------------------------------

    def silence(self) -> list[float]:
        """Which share of all neurons' answers to the sentence is nothing, or next to nothing, layer by layer."""
        layers = range(self.checkpoint.config.n_layer)
        return [float((np.abs(np.asarray(self.activations["post", layer])) < SILENT).mean()) for layer in layers]

    def count_the_silent(self) -> None:
        """Beat 6."""
        shares = self.silence()
        names = [str(layer + 1) for layer in range(len(shares))]
        chart = BarColumnChart(
            shares, names, top=1.0, reach=4.2, pitch=1.5, font_size=32, passport=SILENCE,
        )  # fmt: skip
        chart.move_to([0, -0.2, 0])
        heading = label(_("share of answers that are zero, or below 0.01, by layer"), 32, theme.MUTED)
        heading.move_to([0, 3.25, 0])
        narration = _("So much is cut away. But without the bend, two tables in a row would be no more than one.")
        with self.beat(narration, 7.5):
            self.play(FadeOut(self.divided), FadeIn(heading), run_time=theme.TIME_BASE)
            self.play(GrowBars(chart, lag_ratio=0.2), run_time=theme.TIME_SLOW)
            self.play(FlashAround(max(chart.items, key=lambda item: item.value).number), run_time=theme.TIME_BASE)
        self.silent = chart


def relu(values: Floats) -> Floats:
    """What is above zero, and zero."""
    return np.maximum(values, 0)
