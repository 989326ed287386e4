"""MlpThreeSteps: stretch, bend, squeeze; what comes out is added, for every column at once."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from manim import DOWN, RIGHT, Create, FadeIn, FadeOut, GrowArrow, LaggedStart, VGroup

from mobjects import (
    Block,
    ChangeValues,
    FlashAround,
    FlowPath,
    NumericEmbedding,
    PlusNode,
    TopTokens,
    ValueStrip,
    flow_arrow,
    label,
    layout,
    theme,
    token_label,
)
from mobjects.counted import counted
from model.activations import Quantity
from model.probing import neurons
from scenes.language import _
from scenes.mlp_stage import MlpStage
from scenes.mlp_terms import Terms
from scenes.motions import pairs
from scenes.vocabulary import vocabulary

DRAWN = 3  # neurons whose terms are written out
SQUARES, LANES_HEIGHT = (16, 32, 16), 5.6
BEST = 3


class MlpThreeSteps(MlpStage):
    """An MLP stretches a column, bends it, squeezes it back, and adds what it found."""

    def construct(self) -> None:
        """A column enters, three steps, the sum; all columns; the guess before and after."""
        self.enter_the_block()
        self.turn_the_frame()
        self.name_the_steps()
        self.multiply()
        self.bend()
        self.write_back()
        self.add_on()
        self.run_all_lanes()
        self.compare_guesses()

    def write_back(self) -> None:
        """Beat 6."""
        loud = [neuron for neuron in self.strongest(DRAWN) if float(self.post[neuron]) > 0]
        columns = [neurons.writes(self.checkpoint, self.layer, neuron) for neuron in loud]
        hidden = int((np.asarray(self.post) != 0).sum()) - len(loud)
        rest = counted(_("{} more"), hidden, 28, theme.MUTED, "count: terms not drawn")
        terms = Terms([self.post[neuron] for neuron in loud], columns, rest, self.written)
        terms.move_to([0, -0.2, 0])
        heading = label(_("answer · its column of the second table"), 32, theme.MUTED)
        heading.move_to([0, 2.9, 0])
        narration = _(
            "The second table has a column for every neuron. Those that answer write theirs, the louder the stronger. "
            "All of it is added up, with one more offset."
        )
        if self.bias("BDOWN") is None:
            narration = _(
                "The second table has a column for every neuron. Those that answer write theirs, the louder the "
                "stronger. "
                "All of it is added up."
            )
        with self.beat(narration, 12):
            self.play(FadeOut(self.bent), FadeIn(heading), run_time=theme.TIME_BASE)
            terms.result.set_values(terms.sums[0], SUM)
            self.play(FadeIn(terms.equals, terms.result), run_time=theme.TIME_QUICK)
            for place, (term, sign) in enumerate(pairs(terms.terms, terms.signs)):
                self.play(FadeIn(term, shift=0.4 * DOWN), FadeIn(sign), run_time=theme.TIME_BASE)
                self.play(ChangeValues(terms.result, terms.sums[place + 1], passport=SUM), run_time=theme.TIME_BASE)
            self.play(FadeIn(rest), run_time=theme.TIME_QUICK)
            self.play(ChangeValues(terms.result, self.written), run_time=theme.TIME_BASE)
            self.play(FlashAround(terms.result), run_time=theme.TIME_BASE)
        self.terms = VGroup(terms, heading)

    def add_on(self) -> None:
        """Beat 7."""
        style: dict[str, Any] = {"decimals": 1, "font_size": 30}
        y = -0.55
        came = NumericEmbedding(self.before, 7, tint=theme.EMBEDDING, **style).move_to([-5.2, y, 0])
        wrote = NumericEmbedding(self.written, 7, tint=theme.UPDATE, **style).move_to([0.1, y, 0])
        goes = NumericEmbedding(self.after, 7, tint=theme.EMBEDDING, **style).move_to([5.2, y, 0])
        block = Block(_("MLP"), kind="mlp", width=1.6, height=1.2).move_to([-2.55, y, 0])
        plus = PlusNode(0.28).move_to([2.7, y, 0])
        stations = [came, block, wrote, plus, goes]
        ends = [(left.get_right()[0] + 0.15, right.get_left()[0] - 0.15) for left, right in pairwise(stations)]
        steps = VGroup(
            *(flow_arrow(RIGHT, end - start, theme.TEXT).move_to([(start + end) / 2, y, 0]) for start, end in ends)
        )
        over = FlowPath(
            [[-5.2, came.get_top()[1] + 0.15, 0], [-5.2, 2.9, 0], [2.7, 2.9, 0], [2.7, plus.get_top()[1] + 0.1, 0]],
            theme.HIGHLIGHT,
        )
        narration = _(
            "The result is added to the column that came in. Nothing was overwritten: the old one goes around, and "
            "stays."
        )
        with self.beat(narration, 9):
            self.play(FadeOut(self.terms), FadeIn(came), run_time=theme.TIME_BASE)
            self.play(FadeIn(block), GrowArrow(steps[0]), run_time=theme.TIME_QUICK)
            self.play(GrowArrow(steps[1]), FadeIn(wrote, shift=0.3 * RIGHT), run_time=theme.TIME_BASE)
            self.play(Create(over), FadeIn(plus), GrowArrow(steps[2]), run_time=theme.TIME_SLOW)
            self.play(GrowArrow(steps[3]), FadeIn(goes, shift=0.3 * RIGHT), run_time=theme.TIME_BASE)
            self.play(FlashAround(goes), run_time=theme.TIME_BASE)
        self.sum_shown = VGroup(came, block, wrote, plus, goes, steps, over)

    # -- all columns -------------------------------------------------------------------------------------------------

    def lanes(self) -> VGroup:
        """Every place of the text as a lane: its word, what came in, its busiest neurons, what is written."""
        taken, count = self.activations, len(self.pieces)
        stations = [taken[name, self.layer] for name in ("ln2.normalized", "post", "mlp_out")]
        busy = np.asarray(stations[1], dtype=float).max(axis=0)
        chosen = sorted(int(place) for place in np.argsort(-busy, kind="stable")[: SQUARES[1]])
        scales = [theme.value_scale(np.asarray(station)) for station in stations]
        scales[1] = float(np.quantile(np.asarray(stations[1])[:, chosen], 0.95)) or 1.0
        pitch = min(0.62, LANES_HEIGHT / count)
        side = min(0.13, 0.6 * pitch)
        lanes = VGroup()
        for place, piece in enumerate(self.pieces):
            y = (count - 1) * pitch / 2 - place * pitch
            word = layout.fit(token_label(piece, 30), 1.8, 0.8 * pitch)
            word.shift([-4.9 - word.get_right()[0], y, 0])
            lane = VGroup(word)
            for station, scale, squares, x, name in zip(
                stations, scales, SQUARES, (-3.2, 0.65, 4.9), ("n_embd", "d_mlp", "n_embd"), strict=True
            ):
                shown = chosen if name == "d_mlp" else range(squares)
                lane.add(strip_of(station[place], list(shown), side, scale).move_to([x, y, 0]))
            for left, right in ((1, 2), (2, 3)):
                start, end = lane[left].get_right()[0] + 0.12, lane[right].get_left()[0] - 0.12
                lane.add(flow_arrow(RIGHT, end - start, theme.RULE).move_to([(start + end) / 2, y, 0]))
            lanes.add(lane)
        return lanes.shift(0.25 * DOWN)

    def run_all_lanes(self) -> None:
        """Beat 8."""
        lanes = self.lanes()
        top = lanes.get_top()[1] + 0.45
        names = VGroup(
            *(
                label(text, 28, theme.MUTED).move_to([x, top, 0])
                for text, x in ((_("came in"), -3.2), (_("busiest neurons"), 0.65), (_("written"), 4.9))
            )
        )
        narration = _(
            "We followed one column. The same tables serve every other column too, all at the same time. "
            "And no column asks another: what a word becomes here, it becomes alone."
        )
        with self.beat(narration, 12):
            own = lanes[self.last]
            self.play(FadeOut(self.sum_shown), FadeIn(own, names), run_time=theme.TIME_BASE)
            self.play(FlashAround(own), run_time=theme.TIME_BASE)
            others = [FadeIn(lane, target_position=own) for lane in reversed(lanes[: self.last])]
            if others:
                self.play(LaggedStart(*others, lag_ratio=0.15), run_time=4)
        self.all_lanes = VGroup(lanes, names)

    def compare_guesses(self) -> None:
        """Beat 9."""
        rows = Quantity(
            np.asarray(self.guesses)[2 * self.layer + 1 : 2 * self.layer + 3, self.last], "lens.probabilities.here",
            ("half", "vocab"), self.guesses.source,
        )  # fmt: skip
        table = TopTokens(
            rows, vocabulary(self.checkpoint)[: rows.shape[1]], [_("before"), _("after")], BEST, font_size=44
        )
        layout.fit(table, 12.4).move_to([0, -0.2, 0])
        heading = label(_("best guesses, if reading stopped here"), theme.FONT_LABEL, theme.MUTED).move_to([0, 2.2, 0])
        narration = _("Did it help? Read the last column before and after this block: the best guess has shifted.")
        if table.tokens[0][0] == table.tokens[1][0]:
            narration = _("Did it help? Read the last column before and after this block: the shares have shifted.")
            if table.values[0][0] < table.values[1][0]:
                narration = _(
                    "Did it help? Read the last column before and after this block: it is the same guess, but surer."
                )
        with self.beat(narration, 8):
            self.play(FadeOut(self.all_lanes), FadeIn(heading), run_time=theme.TIME_BASE)
            self.play(FadeIn(table.line(0), shift=0.3 * RIGHT), run_time=theme.TIME_BASE)
            self.wait(1)
            self.play(FadeIn(table.line(1), shift=0.3 * DOWN), run_time=theme.TIME_BASE)
            self.play(FlashAround(table.cell(1, 0)), run_time=theme.TIME_BASE)
        self.guessed = table


def strip_of(vector: Quantity, shown: list[int], side: float, scale: float) -> ValueStrip:
    """Some numbers of a vector as squares in a row, each with its papers."""
    strip = ValueStrip(np.asarray(vector, dtype=float)[shown], side, True, scale)
    strip.passports = [vector[place].passport for place in shown]
    return strip


SUM = "partial sum of what the neurons write"
