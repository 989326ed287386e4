"""AlmostOrthogonal, beats 1 to 3: three arrows fill three dimensions, a little slack, arrows that push each other "
"apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, FadeIn, FadeOut, Sector, VGroup

from mobjects import (
    AngleVectorPair,
    BarColumnChart,
    ChangeValues,
    FlashAround,
    GrowBars,
    GrowVectors,
    Numeral,
    SpacePlot,
    label,
    theme,
)
from mobjects.counted import in_line
from mobjects.numerals import Floats
from mobjects.token_label import row_label
from model import recorded
from model.toys.angles import pair_angles, spread, welch
from scenes.base import ChapterScene
from scenes.language import _

TRIES = ((1.0, 1.0, 0.0), (0.9, 0.2, -0.8), (1.0, 1.0, 1.0))  # where the fourth arrow tries to stand
TOLERANCE = 10.0  # degrees, the larger of the recorded slacks
LOOKS = 12  # of the recorded steps that are shown
PLOT_X, SIDE_X, REACH = -3.0, 3.4, 2.6
WORST, BOUND, FIT = "largest deviation from 90 degrees", "no four can do better", "directions that an optimiser placed"


class RightAngles(ChapterScene):
    """A space holds no more directions at right angles than it has dimensions, unless one allows a little slack."""

    def setup(self) -> None:
        """Take what was recorded of directions that push each other apart."""
        super().setup()
        self.recording = recorded.load("orthogonality")

    def degrees(self, value: float, passport: str, size: float = theme.FONT_BODY) -> VGroup:
        """A number of degrees; its first part is the number."""
        number = Numeral(value, 1, "never", font_size=size, color=theme.HIGHLIGHT, passport=passport)
        return in_line(VGroup(number), row_label("°", size, theme.HIGHLIGHT), gap=0.05)

    def off_by(self, vectors: Floats) -> float:
        """How far the worst pair is from a right angle, in degrees."""
        return spread(pair_angles(vectors)).worst_deviation

    # -- beats -------------------------------------------------------------------------------------------------------

    def crowd_three_dimensions(self) -> None:
        """Beat 1."""
        square = np.eye(3)
        tries = [np.vstack([square, np.array(one) / np.linalg.norm(one)]) for one in TRIES]
        inks = [theme.KEY, theme.KEY, theme.KEY, theme.HIGHLIGHT]
        self.plot = SpacePlot(tries[0], None, inks, np.eye(3), REACH).move_to([PLOT_X, -0.1, 0])
        number = self.degrees(self.off_by(tries[0]), WORST)
        words = label(_("off a right angle, at worst"), 30, theme.MUTED)
        said = VGroup(number, words).arrange(DOWN, buff=0.2).move_to([SIDE_X, 0.8, 0])
        best = self.degrees(float(np.degrees(np.arcsin(welch(4, 3)))), BOUND, theme.FONT_LABEL)
        limit = VGroup(label(_("the best that any four can do"), 30, theme.MUTED), best).arrange(DOWN, buff=0.2)
        limit.move_to([SIDE_X, -1.4, 0])
        narration = _(
            "Three arrows stand at right angles to one another. Where would a fourth go? Three dimensions hold "
            "three, no more."
        )
        with self.beat(narration, 10):
            self.play(FadeIn(self.plot.floor, self.plot.axes), GrowVectors(self.plot, [0, 1, 2]), run_time=1.5)
            self.play(GrowVectors(self.plot, [3]), FadeIn(said), run_time=theme.TIME_BASE)
            for vectors in tries[1:]:
                change = ChangeValues(number[0][0], self.off_by(vectors), passport=WORST)
                self.play(ChangeValues(self.plot, vectors), change, run_time=1.3)
                self.wait(0.4)
            credit = self.credit_to(_("recorded and measured, no network"))
            self.play(FadeIn(limit), *credit, run_time=theme.TIME_BASE)
        self.crowded = VGroup(said, limit)

    def allow_some_slack(self) -> None:
        """Beat 2."""
        pair = AngleVectorPair(
            [(2.2, 0.0), (0.0, 2.2)], None, [theme.KEY, theme.KEY], reach=2.3, passport="a right angle"
        )
        pair.move_to([-4.2, -0.3, 0])
        style: dict[str, Any] = {"fill_color": theme.HIGHLIGHT, "fill_opacity": 0.3, "stroke_width": 0}
        turn, start = np.radians(2 * TOLERANCE), np.radians(90 - TOLERANCE)
        wedge = Sector(radius=2.2, angle=turn, start_angle=start, **style).shift(pair.frame.get_center())
        slacks = [float(one) for one in self.recording.facts["slacks"]]
        found = np.asarray(self.recording["fit.found"])[slacks.index(TOLERANCE)]
        dimensions = [str(one) for one in np.asarray(self.recording["fit.dimensions"])]
        chart = BarColumnChart(
            found.astype(float), dimensions, reach=3.4, pitch=0.64, decimals=0, font_size=26, passport=FIT
        )
        chart.move_to([2.7, -0.3, 0])
        title = label(_("directions that fit, by dimension"), 30, theme.MUTED).move_to([2.7, 2.9, 0])
        narration = _(
            "Allow a little slack, ten degrees on either side. In a few dimensions that helps little: one more, "
            "then two, then five."
        )
        with self.beat(narration, 10.5):
            self.play(FadeOut(self.plot, self.crowded), FadeIn(pair), run_time=theme.TIME_BASE)
            self.play(FadeIn(wedge, scale=0.3), run_time=theme.TIME_BASE)
            self.play(FadeIn(title), GrowBars(chart, lag_ratio=0.3), run_time=3.5)
            self.play(FlashAround(chart.items[-1].number), run_time=theme.TIME_BASE)
        self.slack = VGroup(pair, wedge, chart, title)

    def push_apart(self) -> None:
        """Beat 3."""
        path = np.asarray(self.recording["path.vectors"], dtype=float)
        looks = [int(one) for one in np.linspace(0, len(path) - 14, LOOKS)]
        plot = SpacePlot(path[0], None, theme.KEY, np.eye(3), REACH).move_to([PLOT_X, -0.1, 0])
        number = self.degrees(self.off_by(path[0]), WORST)
        words = label(_("off a right angle, at worst"), 30, theme.MUTED)
        said = VGroup(number, words).arrange(DOWN, buff=0.2).move_to([SIDE_X, 0.4, 0])
        narration = _(
            "Six arrows in three dimensions, and each pushes the others away. At first two nearly coincide. "
            "They turn, and settle, and then no step makes the worst pair better."
        )
        with self.beat(narration, 13):
            self.play(FadeOut(self.slack), FadeIn(plot.floor, plot.axes), run_time=theme.TIME_BASE)
            self.play(GrowVectors(plot), FadeIn(said), run_time=theme.TIME_BASE)
            for look in looks[1:]:
                change = ChangeValues(number[0][0], self.off_by(path[look]), passport=WORST)
                self.play(ChangeValues(plot, path[look]), change, run_time=0.75)
            self.play(FlashAround(number), run_time=theme.TIME_BASE)
        self.settled = VGroup(plot, said)
        self.worst = number[0][0]
