"""SoftmaxBreakdown, beats 6 to 10: a box between scores and shares, and what is done inside it."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    RIGHT,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    RoundedRectangle,
    SurroundingRectangle,
    Transform,
    VGroup,
    there_and_back,
)

from mobjects import CountUp, FlashAround, Numeral, formula, label, layout, theme, token_label
from mobjects.bars import Bar
from mobjects.numerals import Floats
from mobjects.token_label import row_label
from scenes.language import _
from scenes.softmax_wanted import SHARE, Wanted

ROW_TOP, ROW = 2.55, 0.7
NAME_X, SCORE_X, SHARE_X, BAR_X, BAR = -5.0, -3.45, 2.75, 3.05, 3.0  # right edges, then a left edge and a length
BOX_LEFT, BOX_RIGHT, BOX_BOTTOM, BOX_TOP = -3.1, 1.45, -3.55, 3.5
POWER_X, SLASH_X = -1.0, 1.25
SUM_AT = np.array([-1.2, -3.15, 0.0])
POWER, TOTAL = "power of e", "sum of the powers of all pieces"


class Machine(Wanted):
    """Raise e to each score, add all up, divide."""

    @property
    def largest(self) -> float:
        """What is taken off all scores before they become powers: nothing, unless the powers could not be written."""
        top = float(self.scores.max())
        return top if top > 14 else 0.0

    def y(self, row: int) -> float:
        """Where a row is."""
        return ROW_TOP - ROW * row

    def number(self, value: Any, decimals: int, x: float, row: int, **style: Any) -> Numeral:
        """A number of a row, its right edge at x."""
        found = Numeral(value, decimals, **({"font_size": 30} | style))
        return found.shift([x - found.get_right()[0], self.y(row) - found.anchor[1], 0])

    def bar_of(self, row: int, share: float, passport: str) -> Bar:
        """A share as a bar."""
        color = theme.MUTED if row == len(self.tokens) else theme.KEY
        bar = Bar(share, BAR / max(float(self.wanted.max()), 0.5), 0.34, RIGHT, color, passport=passport)
        bar.set_fill(color)
        return bar.shift(np.array([BAR_X, self.y(row), 0]) - bar.base)

    def build_the_rows(self) -> None:
        """Names, scores and shares of the seven pieces, and of the rest."""
        self.row_names, self.row_scores = VGroup(), VGroup()
        self.row_shares, self.bars = VGroup(), VGroup()
        for row, share in enumerate(self.wanted):
            rest = row == len(self.tokens)
            name = row_label(_("rest"), 28, theme.MUTED) if rest else token_label(self.names_of[row], 28)
            layout.fit(name, 1.5)
            name.shift([NAME_X - name.get_right()[0], self.y(row), 0])
            self.row_names.add(name)
            if not rest:
                self.row_scores.add(self.number(self.logits[self.tokens[row]], 2, SCORE_X, row, sign="always"))
            passport = {} if not rest else {"passport": SHARE}
            value = float(share) if rest else self.shares[self.tokens[row]]
            self.row_shares.add(self.number(value, 3, SHARE_X, row, sign="never", **passport))
            self.bars.add(self.bar_of(row, float(share), SHARE))

    def put_a_box_between(self) -> None:
        """Beat 6."""
        self.build_the_rows()
        frame = RoundedRectangle(corner_radius=0.2, width=BOX_RIGHT - BOX_LEFT, height=BOX_TOP - BOX_BOTTOM)
        frame.set_stroke(theme.NORM, theme.STROKE_STRONG).set_fill(theme.BLOCK, 0.35)
        frame.move_to([(BOX_LEFT + BOX_RIGHT) / 2, (BOX_TOP + BOX_BOTTOM) / 2, 0])
        self.box_name = label(_("softmax"), theme.FONT_BODY, theme.HIGHLIGHT).move_to(frame)
        self.frame_box = frame
        narration = _("One function repairs all of it, and is called softmax. Scores go in, shares come out.")
        with self.beat(narration, 7):
            gone = FadeOut(self.equation, self.names, self.wrong)
            self.play(gone, FadeIn(self.row_names[:-1], self.row_scores), run_time=theme.TIME_BASE)
            self.play(FadeIn(frame, shift=0.5 * RIGHT), FadeIn(self.box_name), run_time=1.2)
            come = [FadeIn(VGroup(*both), shift=0.4 * RIGHT) for both in zip(self.row_shares, self.bars, strict=True)]
            self.play(LaggedStart(*come, lag_ratio=0.15), FadeIn(self.row_names[-1]), run_time=theme.TIME_SLOW)

    def compare_row_by_row(self) -> None:
        """Beat 7."""
        box = self.row_box(0)
        narration = _(
            "Compare row by row. The large become large shares, the small become small ones, and negatives nearly "
            "nothing."
        )
        with self.beat(narration, 9.5):
            self.play(Create(box), run_time=theme.TIME_QUICK)
            for row in range(1, len(self.tokens)):
                self.play(Transform(box, self.row_box(row)), run_time=0.4)
                self.wait(0.6)
            self.play(FadeOut(box), run_time=theme.TIME_QUICK)

    def row_box(self, row: int) -> SurroundingRectangle:
        """A frame round a row, from its name to its share."""
        parts = VGroup(self.row_names[row], self.row_scores[row], self.row_shares[row])
        return SurroundingRectangle(parts, buff=0.1, color=theme.HIGHLIGHT, stroke_width=theme.STROKE_BOX)

    # -- inside ------------------------------------------------------------------------------------------------------

    def powers(self) -> Floats:
        """The powers of e of all scores."""
        return np.asarray(np.exp(self.scores - self.largest))

    def raise_e(self) -> None:
        """Beat 8."""
        every = self.powers()
        values = [*every[self.tokens], every.sum() - every[self.tokens].sum()]
        self.inside, tags = VGroup(), VGroup()
        for row, value in enumerate(values):
            digits = 0 if value >= 1000 else 2 if value >= 0.01 else 4
            self.inside.add(
                self.number(float(value), digits, POWER_X, row, sign="never", thousands=True, passport=POWER)
            )
            tag = label(_("> 0"), 26, theme.CORRECT)
            tags.add(tag.move_to([POWER_X + 0.5, self.y(row), 0]))
        head = formula("e^(x - x_max)" if self.largest else "e^x", size=44, color=theme.HIGHLIGHT)
        head.move_to([POWER_X - 0.5, BOX_TOP - 0.42, 0])
        narration = _(
            "What happens inside? First, raise the number e to the power of each score. "
            "Whatever the score, that is positive, and the order stays."
        )
        with self.beat(narration, 10.5):
            self.play(FadeOut(self.box_name), FadeIn(head), run_time=theme.TIME_BASE)
            grow = [FadeIn(number, shift=0.8 * RIGHT) for number in self.inside]
            self.play(LaggedStart(*grow, lag_ratio=0.25), run_time=3)
            flash = [FadeIn(tag, rate_func=there_and_back, remover=True) for tag in tags]
            self.play(LaggedStart(*flash, lag_ratio=0.2), run_time=theme.TIME_SLOW)
            self.remove(*tags)
        self.heads = VGroup(head)

    def add_all_powers(self) -> None:
        """Beat 9."""
        total = Numeral(
            float(self.powers().sum()), 0, "never", thousands=True, font_size=30, color=theme.HIGHLIGHT, passport=TOTAL
        )
        total.move_to(SUM_AT)
        words = row_label(_("sum"), 28, theme.MUTED)
        words.shift([total.get_left()[0] - 0.2 - words.get_right()[0], SUM_AT[1], 0])
        lines = VGroup()
        end = SUM_AT + np.array([0.0, 0.22, 0.0])
        style: dict[str, Any] = {"color": theme.HIGHLIGHT, "stroke_width": theme.STROKE_HAIR}
        for row in range(len(self.inside)):
            start = np.array([POWER_X + 0.12, self.y(row), 0])
            count = 24 if row == len(self.tokens) else 1
            for place in range(count):
                lines.add(Line(start + np.array([0, 0.3 * (place / count - 0.5) * (count > 1), 0]), end, **style))
        narration = _(
            "Then add them all up. All of them: not just these seven, but every piece that the network knows."
        )
        with self.beat(narration, 9.5):
            self.play(LaggedStart(*map(Create, lines), lag_ratio=0.05), run_time=theme.TIME_SLOW)
            self.play(FadeIn(words), CountUp(total), FadeOut(lines), run_time=theme.TIME_SLOW)
            self.play(FlashAround(total), run_time=theme.TIME_BASE)
        self.sum_number, self.sum_words = total, words

    def divide(self) -> None:
        """Beat 10."""
        below = VGroup()
        for row in range(len(self.inside)):
            part = self.sum_number.copy().set_color(theme.MUTED)
            layout.fit(part, 1.3)
            part.shift([SLASH_X - part.get_right()[0], self.y(row) - part.anchor[1], 0])
            slash = row_label("/", 28, theme.MUTED).shift([part.get_left()[0] - 0.22, self.y(row), 0])
            below.add(VGroup(slash, part))
        narration = _("And divide each of them by that sum. Now no share is below zero, and together they make one.")
        with self.beat(narration, 9):
            copies = [self.sum_number.copy() for _row in below]
            flight = [copy.animate.move_to(part[1]).set_opacity(0) for copy, part in zip(copies, below, strict=True)]
            come = [FadeIn(part) for part in below]
            self.play(LaggedStart(*flight, lag_ratio=0.1), LaggedStart(*come, lag_ratio=0.1), run_time=theme.TIME_SLOW)
            self.remove(*copies)
            flash = [FlashAround(number) for number in self.row_shares]
            self.play(LaggedStart(*flash, lag_ratio=0.2), run_time=3)
        self.below = below
