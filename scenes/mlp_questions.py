"""NeuronsAsQuestions, beats 1 to 4: a row asks the column something, and excerpts of text say what."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Create, FadeIn, FadeOut, LaggedStart, SurroundingRectangle, VGroup

from mobjects import (
    FlashAround,
    MatrixVectorProduct,
    Numeral,
    NumericEmbedding,
    ProductEquation,
    label,
    layout,
    theme,
)
from mobjects.counted import in_line
from mobjects.token_label import row_label
from model.activations import Quantity
from model.probing import neurons
from scenes.base import ChapterScene
from scenes.language import _
from scenes.mlp_neuron_subjects import LINES, Subject, subjects

ROWS, COLUMNS = 5, 4
FIT = "share of its strongest places that fit"


class Questions(ChapterScene):
    """Each row of the first table asks the column one question; look at what makes it fire."""

    def setup(self) -> None:
        """Choose neurons, and the word of the sentence that the first of them likes most."""
        super().setup()
        self.subjects = subjects(self.checkpoint, self.activations, self.pieces)
        self.first: Subject = self.subjects[0]
        self.pre = self.activations["pre", self.first.layer]
        self.post = self.activations["post", self.first.layer]
        self.place = int(np.argmax(np.asarray(self.pre)[:, self.first.neuron]))

    def offsets(self) -> Quantity | None:
        """What is added to each product, if the network has offsets."""
        try:
            return self.quantity("BUP", self.first.layer)
        except ValueError:
            return None

    def ask_row_by_row(self) -> None:
        """Beat 1."""
        count = self.pre.shape[1]
        start = min(self.first.neuron, count - ROWS)
        normal = self.activations["ln2.normalized", self.first.layer][self.place]
        self.equation = ProductEquation(
            neurons.table(self.checkpoint, self.first.layer, "up"), normal, self.pre[self.place], self.offsets(),
            rows=range(start, start + ROWS), max_columns=COLUMNS, vector_tint=theme.EMBEDDING, decimals=2, font_size=34,
        )  # fmt: skip
        layout.fit(self.equation, 12.6, 5.0).move_to([0, -0.1, 0])
        heading = label(_("a row for every neuron"), theme.FONT_LABEL, theme.MLP).move_to([0, 3.25, 0])
        narration = _("The first table, row by row. Each row belongs to one neuron, and asks the column one question.")
        with self.beat(narration, 8.5):
            self.play(FadeIn(self.equation.operands), FadeIn(heading), run_time=theme.TIME_BASE)
            credit = self.credit_to(_("{name}, measured").format(name=self.checkpoint.name))
            self.play(MatrixVectorProduct(self.equation, 1, _("+ {} more terms")), *credit, run_time=5.5)
        self.product = VGroup(self.equation, heading)

    def look_at_what_fires_it(self) -> None:
        """Beat 2."""
        first = self.first
        where = _("layer {layer}, neuron {neuron}").format(layer=first.layer + 1, neuron=first.neuron + 1)
        row = NumericEmbedding(
            neurons.reads(self.checkpoint, first.layer, first.neuron), 7, horizontal=True, color_by="signed",
            decimals=2, font_size=30,
        )  # fmt: skip
        row.move_to([0, 2.75, 0])
        box = SurroundingRectangle(row, color=theme.MLP, buff=0.12, stroke_width=theme.STROKE_BOX)
        name = label(where, 28, theme.MLP).next_to(box, UP, buff=layout.GAP_LABEL)
        self.lines = first.view(LINES, 11.5, 3.9, font_size=36).move_to([0, -0.35, 0])
        narration = _(
            "What does this one ask? Numbers do not say. But we can look at what makes it fire: here is held-out text, "
            "with its strongest answers."
        )
        if first.label is None:
            narration = _(
                "What does this one ask? Numbers do not say. But we can look at what makes it fire: here is the text, "
                "and its answers to each word."
            )
        with self.beat(narration, 10.5):
            self.play(FadeOut(self.product), FadeIn(row, name), Create(box), run_time=theme.TIME_BASE)
            come = [FadeIn(line, shift=0.4 * LEFT) for line in self.lines]
            self.play(LaggedStart(*come, lag_ratio=0.25), run_time=4)
        self.asker = VGroup(row, box, name)

    def guess(self) -> None:
        """Beat 3."""
        first = self.first
        self.guessed = self.guess_of(first, theme.FONT_BODY).move_to([0, -3.05, 0])
        narration = _(
            "Our guess, with a question mark. In other text, {share} of a hundred of its strongest places fit."
        )
        share = round(100 * first.label.fit) if first.label else 0
        if not first.readable:
            narration = _("What it asks, nobody has measured in this network. So we do not write a guess below it.")
        with self.beat(narration.format(share=share), 7.5):
            if len(self.guessed):
                self.play(FadeIn(self.guessed, shift=0.3 * UP), run_time=theme.TIME_BASE)
                self.play(FlashAround(self.guessed), run_time=theme.TIME_BASE)

    def guess_of(self, subject: Subject, size: float) -> VGroup:
        """What a neuron seems to ask, and how often that fits; nothing if nobody has measured."""
        if subject.label is None:
            return VGroup()
        words = label(subject.question, size, theme.HIGHLIGHT if subject.readable else theme.MUTED)
        number = Numeral(
            subject.label.fit, 0, "never", font_size=0.7 * size, color=theme.MUTED, factor=100, passport=FIT
        )
        ends = [row_label(text, 0.7 * size, theme.MUTED) for text in (_("fits"), "%")]
        fits = in_line(ends[0], VGroup(number), ends[1], gap=0.1)
        if not subject.readable:
            fits = label(_("nothing we can name"), 0.7 * size, theme.MUTED)
        return VGroup(words, fits).arrange(RIGHT, buff=layout.GAP)

    def show_three_more(self) -> None:
        """Beat 4."""
        blocks = VGroup()
        for place, subject in enumerate(self.subjects[1:]):
            lines = subject.view(2, 8.6, 1.75, font_size=40)
            block = VGroup(lines)
            lines.move_to([6.3 - lines.width / 2, 0, 0])
            words = self.guess_of(subject, 36)
            if len(words):
                layout.fit(words[0], 3.5)
                block.add(words.arrange(DOWN, buff=layout.GAP_LABEL).move_to([-4.7, 0, 0]))
            blocks.add(block.shift((2.35 - 2.3 * place) * UP))
        narration = _(
            "Three more. Two of them read cleanly as well, and we can count how often. The last one does not: "
            "it fires at words that seem to have nothing in common. Many neurons are like that."
        )
        if not any(subject.readable for subject in self.subjects[1:]):
            narration = _(
                "Three more, each with the same text. One likes this word, another that one. "
                "Some of them can be read, and many cannot: they fire at words that seem to have nothing in common."
            )
        with self.beat(narration, 14.5):
            self.play(FadeOut(self.asker, self.lines, self.guessed), run_time=theme.TIME_BASE)
            for block in blocks:
                self.play(FadeIn(block[0], shift=0.4 * LEFT), run_time=theme.TIME_BASE)
                if len(block) > 1:
                    self.play(FadeIn(block[1]), run_time=theme.TIME_QUICK)
                self.wait(1.8)
        self.more = blocks

    def style(self) -> dict[str, Any]:
        """How plots are drawn here."""
        return {"width": 10.0, "height": 3.9, "font_size": 28}
