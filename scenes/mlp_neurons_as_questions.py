"""NeuronsAsQuestions: a neuron is a graded answer to one question about a word."""

from __future__ import annotations

import numpy as np
from manim import DOWN, RIGHT, Create, DashedLine, FadeIn, FadeOut, VGroup, VMobject

from mobjects import (
    ChangeValues,
    Connections,
    CountUp,
    Dim,
    FlashAround,
    GrowBars,
    Histogram,
    NeuronColumn,
    Numeral,
    TokenRow,
    Undim,
    label,
    layout,
    plated,
    theme,
)
from mobjects.counted import in_line
from mobjects.numerals import Passport
from mobjects.token_label import row_label
from model.checkpoint import CheckpointError
from model.probing import neurons, picking
from scenes.language import _
from scenes.mlp_neuron_subjects import Subject
from scenes.mlp_questions import Questions

CIRCLES, SOURCES, SHARE = 8, 10, 0.6
BINS, HEIGHTS, NAMES_X = 50, (0.97, 0.82, 0.67, 0.52), -0.5
FARTHEST = 3.6  # where the longest name still has room
FIRES = "share of places at which it fires"


class NeuronsAsQuestions(Questions):
    """Each neuron asks one question of the column, and answers more or less."""

    def construct(self) -> None:
        """A row, its strongest excerpts, a guess; three more; how often neurons fire; the threshold; words passing."""
        self.ask_row_by_row()
        self.look_at_what_fires_it()
        self.guess()
        self.show_three_more()
        self.count_how_often()
        self.move_the_threshold()
        self.stream_the_words()
        self.rest_on_the_answers()

    # -- how often ---------------------------------------------------------------------------------------------------

    def rates(self) -> tuple[np.ndarray, str]:
        """How often each neuron fires, shape (layer, neuron), and where that was counted."""
        try:
            return np.asarray(picking.firing(self.checkpoint)["rate"], dtype=float), _("held-out text")
        except CheckpointError:
            layers = range(self.checkpoint.config.n_layer)
            return np.array([(np.asarray(self.activations["pre", layer]) > 0).mean(0) for layer in layers]), _(
                "this text"
            )

    def count_how_often(self) -> None:
        """Beat 5."""
        rates, where = self.rates()
        plot = Histogram(
            rates.ravel(), bins=BINS, x_range=(0.0, 1.0), x_label=_("share of places at which it fires"),
            y_label=_("neurons"), **self.style(),
        )  # fmt: skip
        plot.move_to([0, 0.05, 0])
        marks = self.marks_of(rates, plot)
        low = float((rates < 0.25).mean())
        narration = _(
            "How often does a neuron fire? Here are all of them, counted over {where}. Most are quiet most of the "
            "time: "
            "{share} of a hundred fire at less than every fourth place."
        )
        narration = narration.format(where=where, share=round(100 * low))
        if low < 0.5:
            narration = _(
                "How often does a neuron fire? Here are all of them, counted over {where}. They differ: some at nearly "
                "every word, others at almost none."
            ).format(where=where)
        with self.beat(narration, 13):
            self.play(FadeOut(self.more), run_time=theme.TIME_QUICK)
            self.play(GrowBars(plot, lag_ratio=0.03), run_time=theme.TIME_SLOW)
            self.play(FadeIn(marks, shift=0.3 * DOWN, lag_ratio=0.3), run_time=theme.TIME_SLOW)
        self.often = VGroup(plot, marks)

    def marks_of(self, rates: np.ndarray, plot: Histogram) -> VGroup:
        """Where the four neurons stand; the one that fires least has the highest mark, so that no lines cross."""
        marks, rise = VGroup(), plot.axes.y_axis.points[-1] - plot.axes.y_axis.points[0]
        ordered = sorted(self.subjects, key=lambda one: rates[one.layer, one.neuron])
        for subject, height in zip(ordered, HEIGHTS, strict=True):
            foot = plot.axes.point_at(float(rates[subject.layer, subject.neuron]), 0.0)
            head = foot + height * rise
            end = np.array([min(max(float(head[0]) + 0.3, NAMES_X), FARTHEST), head[1], 0.0])
            line = VMobject(stroke_color=theme.HIGHLIGHT, stroke_width=theme.STROKE_BOX)
            line.set_points_as_corners([foot, head, end])
            words = subject.question if subject.label else _("neuron {number}").format(number=subject.neuron + 1)
            name = label(words, 28, theme.HIGHLIGHT).next_to(end, RIGHT, buff=layout.GAP_LABEL)
            marks.add(VGroup(line, plated(name)))
        return marks

    # -- the threshold -----------------------------------------------------------------------------------------------

    def offset(self, subject: Subject) -> float:
        """What is added to each of a neuron's products."""
        name = f"blocks.{subject.layer}.mlp.up.bias"
        return float(self.checkpoint.weights[name][subject.neuron]) if name in self.checkpoint.weights else 0.0

    def products_of(self, subject: Subject) -> tuple[np.ndarray, np.ndarray, Passport]:
        """Counts of what a neuron got before its offset, and the edges of their bins."""
        try:
            firing = picking.firing(self.checkpoint)
            number = firing.facts["picked"].index([subject.layer, subject.neuron])
        except CheckpointError:
            values = np.asarray(self.activations["pre", subject.layer], dtype=float)[:, subject.neuron]
            counts, edges = np.histogram(values, 30)
            return counts, edges - self.offset(subject), "count: values in a bin, of this text"
        counts, edges = (np.asarray(firing[name], dtype=float)[number] for name in ("before_bend", "edges"))
        return counts, edges - self.offset(subject), "count: values in a bin, recorded"

    def moved_by(self, subject: Subject) -> float:
        """How much the offset changes the share of places at which a neuron fires."""
        counts, edges, _passport = self.products_of(subject)
        return abs(self.share_above(counts, edges, 0.0) - self.share_above(counts, edges, -self.offset(subject)))

    def move_the_threshold(self) -> None:
        """Beat 6."""
        subject = max(self.subjects, key=self.moved_by)
        counts, edges, passport = self.products_of(subject)
        threshold = -self.offset(subject)
        plot = Histogram(
            counts, edges, x_label=_("row · column, before the offset"), y_label=_("places"), passport=passport,
            **self.style(),
        )  # fmt: skip
        plot.move_to([0, 0.05, 0])
        bottom, top = plot.axes.y_axis.points[0, 1], plot.axes.y_axis.points[-1, 1]
        line = DashedLine([0, bottom, 0], [0, top + 0.25, 0], color=theme.HIGHLIGHT, stroke_width=theme.STROKE_STRONG)
        line.set_x(plot.axes.point_at(0.0, 0.0)[0])
        rates, _where = self.rates()
        right = float(rates[subject.layer, subject.neuron])
        number = Numeral(
            right, 1, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT, factor=100, passport=FIRES
        )
        said = in_line(VGroup(number), row_label(_("% fire"), theme.FONT_LABEL, theme.HIGHLIGHT), gap=0.1)
        words = subject.question if subject.readable else _("neuron {number}").format(number=subject.neuron + 1)
        name = label(words, theme.FONT_LABEL, theme.MUTED)
        heading = VGroup(name, said).arrange(RIGHT, buff=layout.GAP).move_to([0, layout.SAFE_Y - 0.25, 0])
        narration = _(
            "Where is yes? The offset sets the line: it moves from zero to here, and makes the question a little "
            "stricter."
        )
        if threshold <= 0:
            narration = _("Where is yes? The offset sets the line: it moves from zero to here, and lets more pass.")
        with self.beat(narration, 9):
            self.play(FadeOut(self.often), run_time=theme.TIME_QUICK)
            self.play(GrowBars(plot, lag_ratio=0.02), run_time=1.5)
            self.play(Create(line), FadeIn(heading), run_time=theme.TIME_BASE)
            passing = [bar for bar, edge in zip(plot.items, plot.edges, strict=False) if edge >= threshold]
            slide = line.animate.set_x(plot.axes.point_at(threshold, 0.0)[0])
            start = self.share_above(counts, edges, 0.0)
            self.play(slide, CountUp(number, start), run_time=theme.TIME_SLOW)
            self.play(*(bar.animate.set_fill(theme.HIGHLIGHT) for bar in passing), run_time=theme.TIME_QUICK)
        self.judged = VGroup(plot, line, heading)
        self.tried, self.threshold = subject, threshold

    @staticmethod
    def share_above(counts: np.ndarray, edges: np.ndarray, threshold: float) -> float:
        """Share of the counted values above a threshold; the bin that it cuts counts in proportion."""
        within = np.clip((edges[1:] - threshold) / np.diff(edges), 0, 1)
        return float((counts * within).sum() / counts.sum())

    # -- words pass --------------------------------------------------------------------------------------------------

    def lively(self) -> list[int]:
        """Neurons of the layer that answer the words of the sentence most differently, in increasing order."""
        spread = np.asarray(self.post, dtype=float).std(axis=0)
        named = [one.neuron for one in self.subjects if one.layer == self.first.layer]
        others = [int(neuron) for neuron in np.argsort(-spread, kind="stable") if neuron not in named]
        return sorted([*named, *others][:CIRCLES])

    def stream_the_words(self) -> None:
        """Beat 7."""
        chosen, layer = self.lively(), self.first.layer
        normal = self.activations["ln2.normalized", layer]
        scale = float(np.quantile(np.asarray(self.post)[:, chosen], 0.97)) or 1.0
        entries = sorted(np.argsort(-np.abs(np.asarray(normal, dtype=float)).mean(0), kind="stable")[:SOURCES])
        source = NeuronColumn(normal[0], shown=[int(entry) for entry in entries], signed=True, radius=0.16, scale=3.0)
        target = NeuronColumn(self.post[0], shown=chosen, radius=0.22, scale=scale)
        source.move_to([-3.4, -0.45, 0])
        layout.fit(target, height=5.6).move_to([1.6, -0.45, 0])
        lines = Connections(source, target, neurons.table(self.checkpoint, layer, "up"), SHARE)
        names = VGroup()
        for one in self.subjects:
            if one.layer == layer and one.readable:
                name = label(one.question, 28, theme.HIGHLIGHT)
                names.add(name.next_to(target.neuron(one.neuron), RIGHT, buff=0.95))
        row = TokenRow(self.pieces, max_width=12.2).move_to([0, 3.2, 0])
        narration = _(
            "Now let the sentence pass, word by word. Lines show the weights of each question: blue counts for yes, "
            "red for no. And the answers flicker."
        )
        each = min(1.0, 9.0 / len(self.pieces))
        with self.beat(narration, 14):
            self.play(FadeOut(self.judged), FadeIn(row, source, target, names), run_time=theme.TIME_BASE)
            self.bring_to_back(lines)
            self.play(FadeIn(lines), run_time=theme.TIME_BASE)
            for place in range(len(self.pieces)):
                light = Dim(row, keep=[row.tokens[place]])
                change = ChangeValues(source, normal[place]), ChangeValues(target, self.post[place])
                self.play(light, *change, run_time=each)
            self.play(Undim(row), run_time=theme.TIME_QUICK)
        self.source, self.circles, self.row = source, target, row

    def rest_on_the_answers(self) -> None:
        """Beat 8."""
        chosen = list(self.circles.shown)
        answers = np.asarray(self.post, dtype=float)[:, chosen]
        place = int(np.argmax((answers > 0.05).sum(axis=1)))
        numbers = VGroup()
        for circle, neuron in zip(self.circles.neurons, chosen, strict=True):
            number = Numeral(self.post[place, neuron], 1, "never", font_size=28)
            numbers.add(number.next_to(circle, RIGHT, buff=0.2))
        loudest = max(numbers, key=lambda one: one.value)
        narration = _("So a neuron is not a switch. It answers by degrees: not at all, a little, or very much.")
        with self.beat(narration, 7.5):
            back = ChangeValues(self.source, self.activations["ln2.normalized", self.first.layer][place])
            light = Dim(self.row, keep=[self.row.tokens[place]])
            self.play(light, back, ChangeValues(self.circles, self.post[place]), run_time=theme.TIME_BASE)
            self.play(FadeIn(numbers, shift=0.2 * RIGHT, lag_ratio=0.1), run_time=theme.TIME_SLOW)
            self.play(FlashAround(loudest), run_time=theme.TIME_BASE)
            self.play(Undim(self.row), run_time=theme.TIME_QUICK)
