"""SoftmaxBreakdown: how scores of any kind become shares of a whole, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, UP, Create, FadeIn, FadeOut, SurroundingRectangle, Transform, VGroup

from mobjects import ChangeValues, FlashAround, Numeral, flow_arrow, label, theme
from mobjects.counted import in_line
from mobjects.numerals import Floats
from mobjects.token_label import row_label
from scenes.language import _
from scenes.softmax_machine import BOX_TOP, SCORE_X, Machine
from scenes.softmax_wanted import EDITED, SHARE

CONSTANT = 5.0
SHIFTED, CHANGED = "score with the same number added to all", "largest change of a share"


class SoftmaxBreakdown(Machine):
    """Softmax turns any scores into shares: powers of e, a sum, a division."""

    def construct(self) -> None:
        """Two acts: what is wanted, and how it is made."""
        self.act(_("what is wanted"))
        self.want_shares()
        self.stretch_one()
        self.add_them_up()
        self.multiply_the_table()
        self.find_what_is_wrong()
        self.act(_("how it is made"))
        self.put_a_box_between()
        self.compare_row_by_row()
        self.raise_e()
        self.add_all_powers()
        self.divide()
        self.drag_the_scores()
        self.add_a_constant()
        self.name_both_columns()

    # -- what it does to changes -------------------------------------------------------------------------------------

    def to_scores(self, scores: Floats, passport: str, drawn: list[int]) -> list[Any]:
        """Motions to other scores: those of some rows, and the shares and bars of all."""
        shares = self.shares_of(scores)
        motions: list[Any] = []
        for row in drawn:
            motions.append(ChangeValues(self.row_scores[row], float(scores[self.tokens[row]]), passport=passport))
        for row, share in enumerate(shares):
            motions.append(ChangeValues(self.row_shares[row], float(share), passport=passport))
            motions.append(Transform(self.bars[row], self.bar_of(row, float(share), passport)))
        return motions

    def drags(self) -> list[tuple[int, float]]:
        """Rows, and how far their scores are dragged: up a little, the leader below the next, a small one past all."""
        scores = [float(self.scores[token]) for token in self.tokens]
        return [(2, 3.0), (0, scores[1] - scores[0] - 1), (4, scores[0] - scores[4] + 1)]

    def drag_the_scores(self) -> None:
        """Beat 11."""
        tag = label(_("edited"), 30, theme.LOSS).move_to([5.6, BOX_TOP - 0.3, 0])
        narration = _(
            "Now play with it. Push one score up, and its share grows, but the others must give way, for there is "
            "only one "
            "whole. Push the leader down, and the others take over. Even a small one wins, if pushed far enough."
        )
        with self.beat(narration, 16.5):
            gone = FadeOut(self.inside, self.heads, self.sum_number, self.sum_words, self.below)
            self.play(gone, FadeIn(self.box_name, tag), run_time=theme.TIME_BASE)
            before: list[int] = []
            for row, drag in self.drags():
                scores = self.scores.copy()
                scores[self.tokens[row]] += drag
                arrow = flow_arrow(UP if drag > 0 else DOWN, 0.45, theme.LOSS).move_to([SCORE_X + 0.17, self.y(row), 0])
                self.play(FadeIn(arrow), run_time=theme.TIME_QUICK)
                self.play(*self.to_scores(scores, EDITED, [*before, row]), run_time=theme.TIME_SLOW)
                self.wait(1)
                self.play(FadeOut(arrow), run_time=0.3)
                before = [row]
            self.play(*self.to_scores(self.scores, SHARE, before), FadeOut(tag), run_time=theme.TIME_BASE)
            self.restore()

    def restore(self) -> None:
        """The numbers are the network's again, and say so."""
        for row, token in enumerate(self.tokens):
            self.row_scores[row].set_value(self.logits[token])
            self.row_shares[row].set_value(self.shares[token])

    def add_a_constant(self) -> None:
        """Beat 12."""
        moved = self.scores + CONSTANT
        change = float(np.abs(self.shares_of(moved) - self.shares_of(self.scores)).max())
        number = Numeral(change, 6, "never", font_size=28, color=theme.HIGHLIGHT, passport=CHANGED)
        said = in_line(row_label(_("shares change by"), 26, theme.MUTED), VGroup(number), gap=0.2)
        said.move_to([4.05, -2.95, 0])
        added = Numeral(CONSTANT, 0, "always", font_size=32, color=theme.LOSS, passport=EDITED)
        plus = VGroup(added).move_to([SCORE_X - 0.45, BOX_TOP - 0.35, 0])
        narration = _(
            "Add the same number to every score, here five, and the bars stand still. Only the differences count."
        )
        with self.beat(narration, 8.5):
            self.play(FadeIn(plus, shift=0.3 * DOWN), run_time=theme.TIME_BASE)
            rows = list(range(len(self.tokens)))
            self.play(*self.to_scores(moved, SHIFTED, rows), run_time=theme.TIME_SLOW)
            self.play(FadeIn(said), run_time=theme.TIME_QUICK)
            self.play(FlashAround(number), run_time=theme.TIME_BASE)
        self.moved = VGroup(plus, said)

    def name_both_columns(self) -> None:
        """Beat 13."""
        rows = list(range(len(self.tokens)))
        left = SurroundingRectangle(self.row_scores, color=theme.KEY, buff=0.14, stroke_width=theme.STROKE_STRONG)
        right = SurroundingRectangle(self.row_shares, color=theme.QUERY, buff=0.14, stroke_width=theme.STROKE_STRONG)
        names = VGroup(
            label(_("logits"), 32, theme.KEY).move_to([left.get_x(), BOX_TOP - 0.3, 0]),
            label(_("probabilities"), 32, theme.QUERY).move_to([right.get_x() + 0.6, BOX_TOP - 0.3, 0]),
        )
        narration = _("Keep their names in mind: logits before the softmax, and probabilities after it.")
        with self.beat(narration, 6.5):
            back = self.to_scores(self.scores, SHARE, rows)
            self.play(FadeOut(self.moved), *back, run_time=theme.TIME_BASE)
            self.restore()
            self.play(Create(left), FadeIn(names[0], shift=0.2 * UP), run_time=theme.TIME_BASE)
            self.play(Create(right), FadeIn(names[1], shift=0.2 * UP), run_time=theme.TIME_BASE)
