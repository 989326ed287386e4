"""ScalingByRootDk: why scores are divided by the square root of the length of a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    FadeIn,
    FadeOut,
    FadeTransform,
    LaggedStart,
    ReplacementTransform,
    VGroup,
    VMobject,
)

from mobjects import (
    AttentionGrid,
    ChangeBars,
    ChangePattern,
    ChangeValues,
    CountUp,
    Dim,
    FunctionPlot,
    Numeral,
    SlideDots,
    Undim,
    formula,
    label,
    layout,
    theme,
)
from mobjects.attention_layers import entropy
from scenes.language import _
from scenes.motions import enter
from scenes.scaling_spreads import SCORES_Y, STYLE, UNDIVIDED, ScalingSpreads, softmax

PANEL_X = 5.35  # middle of what stands beside the bars
MEANS = ("mean entropy in nats, not divided", "mean entropy of the columns, in nats")
LITTLE = 0.1  # slope below which there is hardly any


class ScalingByRootDk(ScalingSpreads):
    """Divided by the square root of their length, scores stay where the softmax can still be moved."""

    def construct(self) -> None:
        """The spike and where it comes from are in a sister file."""
        super().construct()
        self.divide_by_the_root()
        self.relax_the_spike()
        self.look_at_the_slope()
        self.compare_the_whole_table()

    def divide_by_the_root(self) -> None:
        """Beat 4."""
        size = self.checkpoint.config.d_head
        roots = VGroup()
        for number in self.row:
            root = layout.fit(formula("\\/ sqrt(d_k)", theme.HIGHLIGHT, 36), number.width)
            roots.add(root.next_to(number, DOWN, buff=layout.GAP_LABEL))
        value = Numeral(np.sqrt(size), 2, color=theme.HIGHLIGHT, passport="square root of d_head", **STYLE)
        length = Numeral(size, 0, color=theme.HIGHLIGHT, passport="size: d_head", **STYLE)
        self.note = VGroup()
        for source, number in (("d_k =", length), ("sqrt(d_k) =", value)):
            self.note.add(VGroup(formula(source, theme.HIGHLIGHT, 36), number).arrange(RIGHT, buff=0.15))
        self.note.arrange(DOWN, buff=0.2, aligned_edge=RIGHT)
        self.note.move_to([PANEL_X, SCORES_Y, 0])
        scores = self.row_of(self.scores)
        name = label(_("score"), theme.FONT_SMALL, theme.MUTED).move_to(self.sides[0], LEFT)
        narration = _(
            "So every one of them is divided by just that: the square root of {size}. "
            "Their order stays, their distances shrink."
        ).format(size=size)
        with self.beat(narration, 8.5):
            self.play(FadeOut(self.left_over), FadeIn(self.chart, self.row, self.sides), run_time=theme.TIME_BASE)
            slide = [FadeIn(root, shift=1.5 * LEFT) for root in roots]
            self.play(
                LaggedStart(*slide, lag_ratio=theme.LAG_ITEMS),
                FadeIn(self.note),
                Dim(self.chart),
                run_time=theme.TIME_SLOW,
            )
            turn = [ReplacementTransform(*pair) for pair in zip(self.row, scores, strict=True)]
            renamed = FadeTransform(self.sides[0], name)
            self.play(*turn, renamed, FadeOut(roots, scale=0.3), run_time=theme.TIME_SLOW)
        self.row, self.sides = scores, VGroup(name, self.sides[1])

    def relax_the_spike(self) -> None:
        """Beat 5."""
        shares = np.asarray(self.shares, dtype=float)
        before, after = entropy(self.spiky), entropy(shares)
        panel = self.two_cases(_("entropy, in nats"), (before, after), "entropy of the shares, in nats")
        panel.move_to([PANEL_X - 0.2, 0.3, 0])
        narration = self.words_for_the_shares(float(self.spiky[self.best]), float(shares[self.best]))
        with self.beat(narration, 11):
            self.play(Undim(self.chart), FadeIn(panel[:2], shift=0.25 * LEFT), run_time=theme.TIME_BASE)
            self.play(ChangeBars(self.chart, self.shares), run_time=theme.TIME_CAMERA)
            self.play(FadeIn(panel[2], shift=0.25 * UP), run_time=theme.TIME_QUICK)
        self.panel = panel

    @staticmethod
    def two_cases(words: str, values: Sequence[float], passport: str) -> VGroup:
        """Words, and below them what is measured without and with the division."""
        panel = VGroup(label(words, theme.FONT_SMALL, theme.MUTED))
        for case, value, color in zip((_("not divided"), _("divided")), values, (theme.MUTED, None), strict=True):
            where = passport + (", not divided" if color else "")
            number = Numeral(value, 2, color=color or theme.HIGHLIGHT, passport=where, **STYLE)
            panel.add(VGroup(label(case, theme.FONT_SMALL, theme.MUTED), number).arrange(RIGHT, buff=0.25))
        return panel.arrange(DOWN, buff=0.25, aligned_edge=RIGHT)

    def words_for_the_shares(self, before: float, after: float) -> str:
        """What is said when the shares relax, or do not."""
        word, percent = self.word(self.best), round(100 * after)
        if after > 0.9:
            return _(
                "In this head, “{word}” still takes {percent} percent. It has grown so sure that the division "
                "changes little. So says the entropy, a measure of how evenly they share."
            ).format(word=word, percent=percent)
        return _(
            "And the softmax turns milder. “{word}” now takes {percent} percent, and others get a share, too. "
            "Entropy measures how evenly they share: it has grown."
        ).format(word=word, percent=percent)

    def look_at_the_slope(self) -> None:
        """Beat 6."""
        shares = np.asarray(self.shares, dtype=float)
        slopes = [float((one * (1 - one)).sum()) for one in (self.spiky, shares)]
        plot = FunctionPlot([lambda p: p * (1 - p)], (0, 1), (0, 0.3), width=7.6, height=3.9, font_size=28)
        plot.move_to([-1.7, 0.3, 0])
        names = VGroup(
            label(_("share p: one dot for each word"), theme.FONT_SMALL, theme.MUTED).next_to(
                plot.axes, DOWN, buff=layout.GAP_RELATED
            ),
            formula('"slope" = p (1 - p)', theme.MLP, 40).next_to(plot.curves[0], UP, buff=layout.GAP_RELATED),
        )
        dots = plot.dots(self.spiky, passport=UNDIVIDED)
        total = self.two_cases(_("total slope"), slopes, "sum of p(1-p) of the shares").move_to([4.9, 0.6, 0])
        narration = _(
            "This matters for learning. Where a share is almost zero or almost one, the softmax has hardly any "
            "slope, and gives hardly any signal. In between, a share can still be moved."
        )
        if slopes[1] < LITTLE:
            narration = _(
                "This matters for learning. Where a share is almost zero or one, the softmax has hardly any slope, "
                "hence hardly any signal. This head has arrived there, after training; it must not begin there."
            )
        with self.beat(narration, 13):
            leave = FadeOut(self.chart, self.row, self.sides, self.note, self.panel)
            self.play(leave, FadeIn(plot, names), run_time=theme.TIME_BASE)
            self.play(enter(dots, 0.25 * DOWN), FadeIn(total[:2]), run_time=theme.TIME_SLOW)
            self.wait(theme.TIME_BASE)
            self.play(SlideDots(plot, dots, self.shares), run_time=theme.TIME_CAMERA)
            self.play(FadeIn(total[2], shift=0.25 * UP), run_time=theme.TIME_QUICK)
        self.slope = VGroup(plot, names, dots, total)

    def compare_the_whole_table(self) -> None:
        """Beat 7."""
        layer, head = self.pick.layer, self.pick.head
        raw, self.pattern = (self.activations[name, layer].at(head=head) for name in ("raw_scores", "pattern"))
        visible = np.tri(len(self.pieces), dtype=bool)
        self.undivided = softmax(np.where(visible, np.asarray(raw, dtype=float), -np.inf))
        room: dict[str, Any] = {"max_width": 10.6, "max_height": 6.6}
        grid = AttentionGrid(self.undivided, self.pieces, causal=True, font_size=28, passport=UNDIVIDED, **room)
        grid.move_to([-layout.SAFE_X, 0.2, 0], aligned_edge=LEFT)
        means = [float(np.mean([entropy(row) for row in np.asarray(one)])) for one in (self.undivided, self.pattern)]
        name = label(_("mean\nentropy"), theme.FONT_SMALL, theme.MUTED)
        number = Numeral(means[0], 2, color=theme.HIGHLIGHT, passport=MEANS[0], **STYLE)
        root = formula("\\/ sqrt(d_k)", theme.HIGHLIGHT, 48)
        cases = [label(words, theme.FONT_SMALL) for words in (_("not divided"), _("divided"))]
        VGroup(root, cases[0], name, number).arrange(DOWN, buff=layout.GAP).move_to([5.3, 0.4, 0])
        cases[1].move_to(cases[0])
        narration = _(
            "Here is the whole table, without and with it. One small division, "
            "and every word can go on learning whom to listen to."
        )
        with self.beat(narration, 11):
            self.play(FadeOut(self.slope), FadeIn(grid, name, cases[0]), run_time=theme.TIME_BASE)
            self.play(CountUp(number), run_time=theme.TIME_QUICK)
            for turn in (1, 0, 1):
                swap = FadeTransform(cases[1 - turn], cases[turn])
                self.play(*self.flip(grid, number, root, turn, means), swap, run_time=1.2)
        self.means = means

    def flip(
        self, grid: AttentionGrid, number: Numeral, root: VMobject, turn: int, means: Sequence[float]
    ) -> list[Animation]:
        """The table with (1) or without (0) the division, and its mean entropy."""
        pattern, passport = ((self.undivided, UNDIVIDED), (self.pattern, None))[turn]
        sign = FadeIn(root, shift=0.25 * DOWN) if turn else FadeOut(root, shift=0.25 * UP)
        return [
            ChangePattern(grid, pattern, passport),
            ChangeValues(number, means[turn], passport=MEANS[turn]),
            sign,
        ]
