"""TemperatureDial: one number divides all scores, and so sets how bold or how careful the choice is."""

from __future__ import annotations

from functools import cached_property
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
    LaggedStart,
    Line,
    Transform,
    TransformFromCopy,
    VGroup,
)
from manim.utils.rate_functions import linear

from mobjects import (
    Axes2D,
    ChangeBars,
    ChangeValues,
    FlashAround,
    FormulaWalk,
    GrowBars,
    MoveSlider,
    Numeral,
    ProbabilityBars,
    Slider,
    label,
    layout,
    theme,
    token_label,
)
from mobjects.bars import Bar
from mobjects.counted import in_line
from mobjects.numerals import Floats
from mobjects.plots import PlotCurve
from mobjects.token_label import row_label
from model.activations import Quantity
from model.sampling import generate
from model.shares import at_temperature
from scenes.base import ChapterScene
from scenes.language import _
from scenes.vocabulary import vocabulary

SHOWN, WHOLE, BARS_X, BARS_Y, BARS_WIDTH = 6, 4.2, -2.2, -0.75, 8.0
GAUGE_X, GAUGE_Y, GAUGE = 5.2, -2.25, 3.6  # foot and length of the entropy's bar
HOT, COLD, STOPS, DRAWS = (2.0, 4.0, 10.0), (0.5, 0.1), (0.1, 0.5, 1.0, 4.0), 5
CURVES, RANGE = 5, (0.05, 10.0)
SET, SHARES, ENTROPY = "set by hand", "share at a temperature", "entropy of the shares (nats)"


class TemperatureDial(ChapterScene):
    """Hot, and anything goes; cold, and the likeliest takes all."""

    text = "once there was a little fox who"

    def setup(self) -> None:
        """Take the scores of the last place."""
        super().setup()
        self.logits = self.quantity("LOGIT")[-1]
        self.scores = np.asarray(self.logits, dtype=float)[: self.checkpoint.tokenizer.vocab_size]

    @cached_property
    def words(self) -> list[str]:
        """All pieces, as they can be drawn."""
        return vocabulary(self.checkpoint)

    def construct(self) -> None:
        """The dial, hot, cold, zero; draws; the whole range."""
        self.put_in_the_dial()
        self.turn_it_up()
        self.turn_it_down()
        self.turn_it_off()
        self.draw_at_four_stops()
        self.show_the_whole_range()

    def shares_at(self, temperature: float) -> Floats:
        """Shares of all pieces at a temperature; rows that no text can reach have none."""
        shares = np.zeros(self.checkpoint.config.vocab_size)
        shares[: len(self.scores)] = at_temperature(self.scores, temperature)
        return shares

    def entropy_at(self, temperature: float) -> float:
        """How undecided the shares are, in nats."""
        shares = self.shares_at(temperature)
        some = shares[shares > 0]
        return float(-(some * np.log(some)).sum())

    # -- the dial ----------------------------------------------------------------------------------------------------

    def put_in_the_dial(self) -> None:
        """Beat 1."""
        self.slider = Slider(1.0, 0.0, 10.0, "T", length=4.0, color=theme.LOSS, passport=SET).move_to([3.0, 3.15, 0])
        parts, colors = {"t": "T", "u": "T"}, {"t": theme.LOSS, "u": theme.LOSS}
        walk = FormulaWalk("p_i = frac(e^(x_i slash {t}), sum_j e^(x_j slash {u}))", parts, colors, 62)
        layout.fit(walk, height=1.35).move_to([-3.6, 3.0, 0])
        letters = [walk.part("t"), walk.part("u")]
        rest = [
            part
            for part in walk.get_family()
            if part.has_points() and not any(part in one.get_family() for one in letters)
        ]
        shares = self.quantity("PROB")[-1]
        self.best = [int(token) for token in np.argsort(-self.scores, kind="stable")[:SHOWN]]
        names = [self.words[token] for token in self.best]
        chosen = Quantity(np.asarray(shares)[self.best], "probabilities.best", ("rank",), shares.source)
        self.bars = ProbabilityBars(chosen, names, SHOWN, WHOLE, others=_("all the others"), font_size=30)
        layout.fit(self.bars, BARS_WIDTH, 4.7).move_to([BARS_X, BARS_Y, 0])
        narration = _("Softmax has one dial, the temperature. Each score is divided by it, before e is raised to it.")
        with self.beat(narration, 8):
            self.play(FadeIn(*rest), GrowBars(self.bars), run_time=1.5)
            self.play(FadeIn(self.slider), run_time=theme.TIME_QUICK)
            source = self.slider.name_label
            self.play(*(TransformFromCopy(source, letter) for letter in letters), run_time=theme.TIME_SLOW)
            self.play(*self.credit_to(_("{name}, measured").format(name=self.checkpoint.name)), run_time=0.5)
        self.walk = walk

    def build_the_gauge(self) -> VGroup:
        """How undecided the shares are, against what they are if all are equal."""
        most = float(np.log(len(self.scores)))
        self.unit = GAUGE / most
        self.level = self.gauge_bar(1.0)
        top = GAUGE_Y + GAUGE
        line = Line(
            [GAUGE_X - 0.55, top, 0], [GAUGE_X + 0.55, top, 0], color=theme.MUTED, stroke_width=theme.STROKE_BOX
        )
        limit = Numeral(most, 1, "never", font_size=26, color=theme.MUTED, passport="logarithm of how many pieces")
        words = in_line(row_label(_("all equal"), 26, theme.MUTED), VGroup(limit), gap=0.14)
        words.next_to(line, UP, buff=0.1)
        self.reading = Numeral(self.entropy_at(1.0), 2, "never", font_size=32, color=theme.HIGHLIGHT, passport=ENTROPY)
        name = label(_("entropy"), 26, theme.MUTED)
        VGroup(name, self.reading).arrange(RIGHT, buff=0.2).move_to([GAUGE_X - 0.1, GAUGE_Y - 0.35, 0])
        return VGroup(line, words, name, self.reading)

    def gauge_bar(self, temperature: float) -> Bar:
        """The entropy at a temperature as an upright bar."""
        bar = Bar(self.entropy_at(temperature), self.unit, 0.6, UP, theme.HIGHLIGHT, passport=ENTROPY)
        bar.set_fill(theme.HIGHLIGHT)
        return bar.shift(np.array([GAUGE_X, GAUGE_Y, 0]) - bar.base)

    def turn_to(self, temperature: float) -> list[Any]:
        """Motions of slider, bars and gauge to a temperature."""
        return [
            MoveSlider(self.slider, temperature, SET),
            ChangeBars(self.bars, self.shares_at(temperature)[self.best], passport=SHARES),
            Transform(self.level, self.gauge_bar(temperature)),
            ChangeValues(self.reading, self.entropy_at(temperature), passport=ENTROPY),
        ]

    def turn_it_up(self) -> None:
        """Beat 2."""
        gauge = self.build_the_gauge()
        narration = _(
            "Turn it up. Differences shrink, and the shares level out. Very hot, and nearly anything goes: "
            "the entropy climbs toward the line where all pieces are equal."
        )
        with self.beat(narration, 11):
            self.play(FadeIn(gauge, self.level), run_time=theme.TIME_BASE)
            for temperature in HOT:
                self.play(*self.turn_to(temperature), run_time=2.4)
                self.wait(0.3)
        self.gauge = gauge

    def turn_it_down(self) -> None:
        """Beat 3."""
        narration = _("Turn it down, below one. Differences grow, and soon the leader takes almost all there is.")
        with self.beat(narration, 8):
            for temperature in COLD:
                self.play(*self.turn_to(temperature), run_time=2.6)
                self.wait(0.4)

    def turn_it_off(self) -> None:
        """Beat 4."""
        narration = _("And at zero there is no choice left. It is simply the best one.")
        with self.beat(narration, 6):
            self.play(*self.turn_to(0.0), run_time=theme.TIME_SLOW)
            self.play(FlashAround(self.bars.items[0]), run_time=theme.TIME_BASE)

    # -- draws -------------------------------------------------------------------------------------------------------

    def drawn(self, temperature: float) -> list[str]:
        """Five pieces drawn at a temperature, each with a seed of its own."""
        prompt = self.pick.prompt
        ids = [
            generate(self.checkpoint, prompt, 1, temperature=temperature, seed=seed).ids[-1]
            for seed in range(1, DRAWS + 1)
        ]
        return [self.words[token] for token in ids]

    def draw_at_four_stops(self) -> None:
        """Beat 5."""
        rows = VGroup()
        for place, temperature in enumerate(STOPS):
            y = 1.6 - 1.15 * place
            number = Numeral(temperature, 1, "never", font_size=34, color=theme.LOSS, passport=SET)
            name = in_line(row_label("T =", 34, theme.LOSS), VGroup(number), gap=0.15)
            name.shift([-4.6 - name.get_right()[0], y, 0])
            words = VGroup()
            for spot, piece in enumerate(self.drawn(temperature)):
                word = layout.fit(token_label(piece, 34), 1.9)
                words.add(word.move_to([-3.3 + 2.15 * spot, y, 0]))
            rows.add(VGroup(name, words))
        title = label(_("five draws each"), 32, theme.MUTED).move_to([0, 2.75, 0])
        narration = _(
            "The same list, and four temperaments. Five draws at each: the cold ones repeat, the hot ones surprise."
        )
        with self.beat(narration, 9.5):
            gone = FadeOut(self.bars, self.gauge, self.level, self.walk, self.slider)
            self.play(gone, FadeIn(title), run_time=theme.TIME_BASE)
            for row in rows:
                come = [FadeIn(word, shift=0.3 * DOWN) for word in row[1]]
                self.play(FadeIn(row[0]), LaggedStart(*come, lag_ratio=0.2), run_time=1.4)
        self.draws = VGroup(rows, title)

    # -- the whole range ---------------------------------------------------------------------------------------------

    def show_the_whole_range(self) -> None:
        """Beat 6."""
        grid = np.geomspace(*RANGE, 80)
        table = np.array([self.shares_at(float(temperature)) for temperature in grid])
        best = self.best[:CURVES]
        axes = Axes2D(RANGE, (0.0, 1.0), 8.4, 4.4, _("temperature"), _("share"), x_log=True, font_size=28)
        axes.move_to([-1.2, -0.2, 0])
        inks = (theme.KEY, theme.QUERY, theme.VALUE, theme.UPDATE, theme.OUTPUT)
        curves = VGroup(
            *(
                PlotCurve(axes, grid, table[:, token], ink, SHARES).set_stroke(width=theme.STROKE_STRONG)
                for token, ink in zip(best, inks, strict=True)
            )
        )
        names = VGroup(
            *(layout.fit(token_label(self.words[t], 34, ink), 2.0) for t, ink in zip(best, inks, strict=True))
        )
        for place, name in enumerate(names):
            name.move_to([4.6, 1.7 - 0.75 * place, 0], aligned_edge=LEFT)
        foot, head = axes.point_at(1.0, 0.0), axes.point_at(1.0, 1.0)
        mark = Line(foot, head, color=theme.LOSS, stroke_width=theme.STROKE_BOX)
        as_is = label(_("as it is"), 26, theme.LOSS).next_to(mark, UP, buff=0.1)
        narration = _("And here is the whole range at once: the five best, from nearly frozen to very hot.")
        with self.beat(narration, 8.5):
            self.play(FadeOut(self.draws), FadeIn(axes), run_time=theme.TIME_BASE)
            draw = [Create(curve, rate_func=linear) for curve in curves]
            self.play(*draw, LaggedStart(*map(FadeIn, names), lag_ratio=0.3), run_time=3.5)
            self.play(Create(mark), FadeIn(as_is), run_time=theme.TIME_BASE)
        self.curves, self.grid = curves, grid
