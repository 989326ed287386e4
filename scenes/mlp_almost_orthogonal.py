"""AlmostOrthogonal: in many dimensions nearly everything is nearly at right angles to everything."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, UP, FadeIn, FadeOut, LaggedStart, VGroup

from mobjects import (
    AngleHistogram,
    DrawCurve,
    FlashAround,
    GlowDot,
    GrowBars,
    Histogram,
    LossCurve,
    Numeral,
    label,
    theme,
)
from mobjects.counted import counted, in_line
from mobjects.numerals import Floats
from mobjects.token_label import row_label
from model.published import models
from model.toys.angles import angle_density, fits_at_least, pair_angles, spread
from scenes.language import _
from scenes.mlp_right_angles import TOLERANCE, RightAngles

FAMOUS = "GPT-3 175B"
DIMENSIONS, CHEAT = (3, 10, 100, 1000), 60
NARROW, EDGES = (80, 100), np.arange(181.0)
ROWS = 1024  # of the embedding that are compared, evenly taken
COUNTS, TYPICAL, FLOOR = "count: pairs in a bin, recorded", "root mean square of deviations", "floor after Welch"


class AlmostOrthogonal(RightAngles):
    """Room for directions that hardly touch grows without end as dimensions are added."""

    def construct(self) -> None:
        """Three dimensions, slack, repulsion; many dimensions; a cheat; learned vectors; how many fit."""
        self.crowd_three_dimensions()
        self.allow_some_slack()
        self.push_apart()
        self.add_dimensions()
        self.expose_a_cheat()
        self.compare_with_words()
        self.count_the_room()

    def case(self, kind: str, dimensions: int) -> dict[str, Any]:
        """What was recorded of an arrangement."""
        return next(
            one for one in self.recording.facts["cases"] if (one["kind"], one["dimensions"]) == (kind, dimensions)
        )

    def add_dimensions(self) -> None:
        """Beat 4."""
        rows = VGroup()
        for place, dimensions in enumerate(DIMENSIONS):
            y = 1.95 - 1.52 * place
            counts = self.recording[f"random_{dimensions}"]
            plot = Histogram(counts, EDGES, width=6.0, height=1.0, font_size=24)
            bare(plot, x_numbers=place == len(DIMENSIONS) - 1)
            plot.shift(np.array([0.45, y, 0]) - plot.axes.x_axis.get_center())
            name = counted(_("{} dimensions"), dimensions, 30, theme.TEXT, "dimensions of a recorded case")
            name.shift([-6.4 - name.get_left()[0], y + 0.4, 0])
            facts = self.case("random", dimensions)
            typical = self.degrees(facts["rms_deviation"], TYPICAL, 36)
            floor = self.degrees(float(np.degrees(np.arcsin(facts["welch"]))), FLOOR, 28).set_color(theme.MUTED)
            typical.move_to([4.55, y + 0.4, 0])
            floor.move_to([5.95, y + 0.4, 0])
            rows.add(VGroup(plot, name, typical, floor))
        heads = VGroup(
            label(_("off by"), 28, theme.HIGHLIGHT).move_to([4.55, 3.45, 0]),
            label(_("at best"), 28, theme.MUTED).move_to([5.95, 3.45, 0]),
            label(_("angles of all pairs, 0 to 180 degrees"), 28, theme.MUTED).move_to([0.2, 3.45, 0]),
        )
        narration = _(
            "Now add dimensions, and take directions at random. In three, any angle is common. In ten, less so. "
            "In a thousand, nearly everything is nearly square to everything else."
        )
        with self.beat(narration, 13):
            self.play(FadeOut(self.settled), FadeIn(heads), run_time=theme.TIME_BASE)
            for row in rows:
                self.play(GrowBars(row[0], lag_ratio=0.005), FadeIn(row[1]), run_time=1.5)
                self.play(FadeIn(row[2], row[3]), run_time=theme.TIME_QUICK)
        self.many = VGroup(rows, heads)

    # -- a cheat -----------------------------------------------------------------------------------------------------

    def expose_a_cheat(self) -> None:
        """Beat 5."""
        counts, facts = self.recording[f"cheating_{CHEAT}"], self.case("cheating", CHEAT)
        style: dict[str, Any] = {"x_label": _("degrees"), "width": 9.0, "height": 3.6, "font_size": 28}
        narrow = Histogram(counts[NARROW[0] : NARROW[1]], EDGES[NARROW[0] : NARROW[1] + 1], **style).move_to(
            [0, -0.4, 0]
        )
        whole = Histogram(counts, EDGES, **style).move_to([0, -0.4, 0])
        edge = Histogram(counts[: NARROW[0]], EDGES[: NARROW[0] + 1], color=theme.NEGATIVE, **style).move_to(
            [0, -0.4, 0]
        )
        lines = VGroup()
        for value, words, color in (
            (facts["within_one_degree"], _("% within one degree of square"), theme.CORRECT),
            (facts["near_parallel"], _("% almost parallel: copies"), theme.NEGATIVE),
        ):
            number = Numeral(
                value, 1, "never", font_size=theme.FONT_LABEL, color=color, factor=100, passport="share of pairs"
            )
            lines.add(in_line(VGroup(number), row_label(words, theme.FONT_LABEL, color), gap=0.1).move_to([0, 3.1, 0]))
        narration = _(
            "Beware of a picture that looks too good. Here, sixty dimensions seem to hold three thousand. "
            "Open the window: the objective was cheated, with copies."
        )
        with self.beat(narration, 11.5):
            self.play(FadeOut(self.many), run_time=theme.TIME_QUICK)
            self.play(GrowBars(narrow, lag_ratio=0.02), FadeIn(lines[0]), run_time=theme.TIME_SLOW)
            self.wait(0.6)
            self.play(FadeOut(narrow, lines[0]), FadeIn(whole), run_time=theme.TIME_BASE)
            self.wait(1)
            self.play(FadeOut(whole), run_time=theme.TIME_QUICK)
            self.play(GrowBars(edge, lag_ratio=0.02), FadeIn(lines[1]), run_time=theme.TIME_SLOW)
            self.play(FlashAround(VGroup(*edge.items[:5]), color=theme.NEGATIVE), run_time=theme.TIME_BASE)
        self.cheat = VGroup(edge, lines[1])

    # -- learned vectors ---------------------------------------------------------------------------------------------

    def learned(self) -> Floats:
        """Rows of the embedding, evenly taken."""
        table = np.asarray(self.quantity("EMB"), dtype=float)
        return table[np.unique(np.linspace(0, len(table) - 1, min(ROWS, len(table))).astype(int))]

    def compare_with_words(self) -> None:
        """Beat 6."""
        rows = self.learned()
        angles = pair_angles(rows)
        expected = angle_density(rows.shape[1], EDGES[:-1] + 0.5) * len(angles)
        style: dict[str, Any] = {"width": 8.2, "height": 1.8, "font_size": 26}
        mine = AngleHistogram(rows, 180, x_label="", y_label="", **style)
        chance = Histogram(
            expected, EDGES, color=theme.MUTED, passport="count: pairs expected of random directions", **style
        )
        for plot, y in ((chance, 1.2), (mine, -1.75)):
            bare(plot)
            plot.shift(np.array([-2.0, y - 0.6, 0]) - plot.axes.x_axis.get_center())
        heading = label(_("angles of all pairs, in degrees"), 30, theme.MUTED).move_to([-2.0, 3.3, 0])
        said = VGroup()
        rms = float(np.sqrt((expected * (EDGES[:-1] + 0.5 - 90) ** 2).sum() / expected.sum()))
        found = spread(angles)
        for words, mean, typical, y in (
            (_("random"), 90.0, rms, 1.6),
            (_("learned"), float(angles.mean()), found.rms_deviation, -1.6),
        ):
            lines = VGroup(label(words, theme.FONT_LABEL))
            for text, value in ((_("mean"), mean), (_("off by"), typical)):
                lines.add(in_line(row_label(text, 28, theme.MUTED), self.degrees(value, MEASURED, 32), gap=0.2))
            said.add(lines.arrange(DOWN, buff=0.2).move_to([4.7, y, 0]))
        narration = _(
            "And the vectors that our network learned? They are not random. Their angles spread further, "
            "to the sides of ninety degrees: relatives lean together."
        )
        if found.rms_deviation <= 1.05 * rms:
            narration = _(
                "And the vectors that this network learned? Their angles spread no further than those of random "
                "directions do."
            )
        with self.beat(narration, 10.5):
            credit = self.credit_to(_("{name}: its embedding table, measured").format(name=self.checkpoint.name))
            self.play(FadeOut(self.cheat), FadeIn(heading), *credit, run_time=theme.TIME_BASE)
            self.play(GrowBars(chance, lag_ratio=0.005), FadeIn(said[0]), run_time=theme.TIME_SLOW)
            self.play(GrowBars(mine, lag_ratio=0.005), FadeIn(said[1]), run_time=theme.TIME_SLOW)
            self.play(FlashAround(said[1][2]), run_time=theme.TIME_BASE)
        self.words_compared = VGroup(mine, chance, said, heading)

    def count_the_room(self) -> None:
        """Beat 7."""
        ours, famous = self.checkpoint.config.n_embd, models()[FAMOUS].config.n_embd
        sizes = np.unique(np.concatenate([np.geomspace(10, famous, 40).round(), [ours, famous]])).astype(int)
        powers = [fits_at_least(int(size), TOLERANCE) for size in sizes]
        plot = LossCurve(
            sizes.astype(float), powers, x_log=True, x_label=_("dimensions"), y_label=_("power of ten"), width=9.0,
            height=3.9, font_size=28, passport=ROOM,
        )  # fmt: skip
        plot.move_to([-0.4, 0, 0])
        marks = VGroup()
        for name, size, color, way in (
            (self.checkpoint.name, ours, theme.HIGHLIGHT, UP), (FAMOUS, famous, theme.PUBLISHED, LEFT)
        ):  # fmt: skip
            power = fits_at_least(size, TOLERANCE)
            spot = plot.axes.point_at(float(size), power)
            number = Numeral(power, 1, "never", font_size=30, color=color, passport=ROOM)
            words = in_line(row_label(f"{name}: 10^", 30, color), VGroup(number), gap=0.08)
            marks.add(VGroup(GlowDot(spot.tolist(), 0.2, color), words.next_to(spot, way, buff=0.3)))
        title = label(_("directions that certainly fit within ten degrees"), 32, theme.MUTED).move_to([0, 3.2, 0])
        narration = _(
            "So how many directions fit, with ten degrees of slack? In hundreds of dimensions, few more than "
            "dimensions. "
            "Then room grows explosively."
        )
        with self.beat(narration, 10):
            credit = self.credit_to(
                _("{name}, measured; {famous}, published").format(name=self.checkpoint.name, famous=FAMOUS)
            )
            self.play(FadeOut(self.words_compared), FadeIn(plot.axes, title), *credit, run_time=theme.TIME_BASE)
            self.play(DrawCurve(plot, 0), run_time=3)
            self.play(LaggedStart(*(FadeIn(mark) for mark in marks), lag_ratio=0.5), run_time=1.5)
        self.room = VGroup(plot, marks)


MEASURED, ROOM = "angle, averaged over all pairs", "bound on how many directions fit, as a power of ten"


def bare(plot: Histogram, x_numbers: bool = True) -> None:
    """Take off a histogram's upright axis, and if wanted the numbers of the other one."""
    axes = plot.axes
    axes.y_axis.set_opacity(0)
    for part in (axes.numbers, axes.ticks):
        left = axes.x_axis.get_left()[0] + 0.02
        part.remove(*(one for one in list(part) if one.get_x() < left or not x_numbers))
