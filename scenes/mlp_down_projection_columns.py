"""DownProjectionColumns: every neuron has its column to say, and a few are louder than all the others."""

from __future__ import annotations

import numpy as np
from manim import RIGHT, UP, DashedLine, FadeIn, FadeOut, LaggedStart, Line, VGroup

from mobjects import (
    ChangeBars,
    ChangeValues,
    FlashAround,
    FormulaWalk,
    GrowBars,
    Numeral,
    ProbabilityBars,
    label,
    layout,
    theme,
)
from mobjects.bars import Bar
from mobjects.counted import counted, in_line
from mobjects.token_label import row_label
from model.forward import run
from model.probing.ablation import Without
from scenes.language import _
from scenes.mlp_voices import SIZE, Voices
from scenes.vocabulary import vocabulary

SHARE, MOST = 0.01, 60  # what counts as a voice; how many are drawn
CARRIED = "share of what all neurons add"


class DownProjectionColumns(Voices):
    """The answer of each neuron scales a column, and the columns are added."""

    def construct(self) -> None:
        """Columns, the loudest, what they say, one falls silent, few carry most, a constant remark."""
        self.read_by_columns()
        self.lift_the_terms()
        self.ask_what_they_say()
        self.silence_the_first()
        self.count_the_voices()
        self.add_the_constant()

    def silence_the_first(self) -> None:
        """Beat 4."""
        neuron = self.loudest[0]
        whole = self.quantity("PROB")[self.last]
        less = run(
            self.checkpoint, list(self.activations.ids), edit=Without("neuron", self.layer, (neuron,), self.last)
        )
        muted = less["probabilities"][self.last]
        best = max(float(np.max(np.asarray(shares))) for shares in (whole, muted))
        rest = 1 - min(float(np.sort(np.asarray(shares))[-4:].sum()) for shares in (whole, muted))
        bars = ProbabilityBars(
            whole, vocabulary(self.checkpoint), 4, 3.0 / max(best, rest), others=_("{} others"), font_size=30
        )
        layout.fit(bars, 5.6, 4.4).move_to([3.7, 0.3, 0])
        first, others = self.lines[0], self.lines[1:]
        strip, answer = first[4], first[2]
        narration = _(
            "Silence the first one, here alone: its term is gone, and the guess changes. Let it speak, and all is back."
        )
        with self.beat(narration, 10):
            self.play(FadeOut(self.said, self.said_heading), GrowBars(bars), run_time=1.5)
            self.play(FlashAround(first), run_time=theme.TIME_BASE)
            kept = np.asarray(strip.values)
            papers = list(strip.passports)
            fade = ChangeValues(strip, np.zeros(len(kept)), passport="silenced")
            self.play(
                ChangeValues(answer, 0.0, passport="silenced"), fade, ChangeBars(bars, muted), run_time=theme.TIME_SLOW
            )
            self.wait(1)
            back = ChangeValues(strip, kept, passport="column of a neuron")
            self.play(ChangeValues(answer, self.post[neuron]), back, ChangeBars(bars, whole), run_time=theme.TIME_SLOW)
            strip.passports = papers
        self.muted, self.reacting, self.other_lines = muted, bars, others

    # -- how many voices ---------------------------------------------------------------------------------------------

    def count_the_voices(self) -> None:
        """Beat 5."""
        weights = self.weights_of_voices()
        shares = np.sort(weights / max(float(weights.sum()), 1e-12))[::-1]
        shown = shares[:MOST]
        loud = int((shares > SHARE).sum())
        unit, pitch = 3.6 / float(shown[0]), 11.6 / len(shown)
        bars = VGroup()
        for place, share in enumerate(shown):
            color = theme.HIGHLIGHT if share > SHARE else theme.MUTED
            bar = Bar(float(share), unit, 0.72 * pitch, UP, color=color, passport=CARRIED)
            bar.set_fill(color)
            bars.add(bar.shift(np.array([-5.8 + pitch * (place + 0.5), -2.6, 0]) - bar.base))
        floor = Line([-5.9, -2.6, 0], [5.9, -2.6, 0], color=theme.RULE, stroke_width=theme.STROKE_BOX)
        height = -2.6 + unit * SHARE
        line = DashedLine([-5.9, height, 0], [5.9, height, 0], color=theme.MUTED, stroke_width=theme.STROKE_BOX)
        mark = label(_("1 %"), 28, theme.MUTED).next_to(line, UP, buff=0.08).align_to(line, RIGHT)
        said = in_line(
            VGroup(Numeral(loud, 0, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT, passport=VOICED)),
            counted(_("of {} add more than one percent each"), self.neurons, theme.FONT_LABEL, theme.MUTED, SIZE),
            gap=0.2,
        ).move_to([0, 3.2, 0])  # fmt: skip
        together = in_line(
            row_label(_("together"), theme.FONT_LABEL, theme.MUTED),
            VGroup(Numeral(
                float(shares[:loud].sum()), 0, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT, factor=100,
                passport=CARRIED,
            )),
            row_label(_("%"), theme.FONT_LABEL, theme.HIGHLIGHT), gap=0.14,
        ).move_to([0, 2.4, 0])  # fmt: skip
        narration = _(
            "How many voices are there? Sort them by what they add. A few are loud, and then comes a long row of "
            "whispers."
        )
        with self.beat(narration, 9):
            self.play(FadeOut(self.lines, self.total, self.reacting), FadeIn(floor), run_time=theme.TIME_BASE)
            grow = [FadeIn(bar, shift=0.3 * UP) for bar in bars]
            self.play(LaggedStart(*grow, lag_ratio=0.05), run_time=theme.TIME_SLOW)
            self.play(FadeIn(line, mark), FadeIn(said), run_time=theme.TIME_BASE)
            self.play(FadeIn(together), run_time=theme.TIME_QUICK)
        self.sorted = VGroup(bars, floor, line, mark, said, together)

    def add_the_constant(self) -> None:
        """Beat 6."""
        offset = self.bias("BDOWN")
        first, second = (neuron + 1 for neuron in self.loudest[:2])
        terms = {"e": "Delta arrow(bold(E))", "n": f"n_{first}", "c": f"arrow(bold(C))_{first}"}
        terms |= {"m": f"n_{second}", "d": f"arrow(bold(C))_{second}", "b": "arrow(bold(b))"}
        colors = dict.fromkeys("nm", theme.HIGHLIGHT) | dict.fromkeys("ecd", theme.UPDATE)
        template = "{e} = {n} {c} + {m} {d} + dots.c" + (" + {b}" if offset is not None else "")
        narration = _(
            "And one thing more is added, whatever anyone says: an offset, always the same. A constant remark."
        )
        note = VGroup()
        if offset is None:
            narration = _("This network adds nothing more: no offset, no constant remark. What neurons say is all.")
        else:
            length = Numeral(float(np.linalg.norm(np.asarray(offset, dtype=float))), 2, "never", font_size=36,
                             passport="length of the offset")  # fmt: skip
            whole = Numeral(float(np.linalg.norm(np.asarray(self.written, dtype=float))), 2, "never", font_size=36,
                            passport="length of what is written")  # fmt: skip
            words = [row_label(text, 36, theme.MUTED) for text in (_("length of b"), _("of the sum"))]
            note = in_line(words[0], VGroup(length), words[1], VGroup(whole), gap=0.3).move_to([0, -1.2, 0])
        line = FormulaWalk(template, {name: terms[name] for name in terms if f"{{{name}}}" in template}, colors, 60)
        layout.fit(line, 12.0).move_to([0, 0.4, 0])
        with self.beat(narration, 8):
            self.play(FadeOut(self.sorted), run_time=theme.TIME_BASE)
            self.play(FadeIn(line, shift=0.2 * UP, lag_ratio=0.1), run_time=3)
            if len(note):
                self.play(FadeIn(note), FlashAround(line.part("b")), run_time=theme.TIME_BASE)
        self.constant = note


VOICED = "count: neurons that add more than one percent"
