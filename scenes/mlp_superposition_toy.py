"""SuperpositionToy: more ideas than numbers, kept as directions that overlap a little."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, LaggedStart, VGroup

from mobjects import (
    BarColumnChart,
    ChangeBars,
    FlashAround,
    GrowBars,
    NeuronActivations,
    Numeral,
    label,
    layout,
    theme,
)
from mobjects.counted import counted, in_line
from mobjects.token_label import row_label
from model.checkpoint import CheckpointError
from model.probing import picking
from model.probing.detectors import Detectors, detectors
from model.probing.labels import Label
from model.toys.feature_geometry import reconstruct
from scenes.language import _
from scenes.mlp_neuron_subjects import Excerpt, Subject, subject_of
from scenes.mlp_toy import NAMES, STAR, Toy

ERROR, READ_BACK, FOUND = "mean error of what is read back", "feature read back", "mean share of pairs told apart"
EXCERPTS = 2  # of each of a neuron's two groups


class SuperpositionToy(Toy):
    """Ideas that seldom meet can share the same few numbers."""

    def construct(self) -> None:
        """A narrow gate, dense data, rare data, the price, two at once, a real neuron, cells and directions, the "
        "name."""
        self.squeeze()
        self.learn_from_dense_data()
        self.make_them_rare()
        self.show_the_price()
        self.read_one_and_two()
        self.show_a_shared_cell()
        self.compare_with_directions()
        self.give_it_its_name()

    # -- reading back ------------------------------------------------------------------------------------------------

    def read_back(self, on: tuple[int, ...]) -> np.ndarray:
        """What the star makes of some features that are fully on, shape (5,)."""
        features = np.zeros(len(NAMES))
        features[list(on)] = 1.0
        offsets = np.asarray(self.toy["five_in_two.offsets"], dtype=float)[-1, STAR]
        return np.asarray(reconstruct(np.asarray(self.directions(STAR), dtype=float), offsets, features))

    def error(self, on: tuple[int, ...]) -> float:
        """The mean distance of what is read back from what was put in."""
        features = np.zeros(len(NAMES))
        features[list(on)] = 1.0
        return float(np.abs(self.read_back(on) - features).mean())

    def read_one_and_two(self) -> None:
        """Beat 5."""
        two = max(((0, other) for other in range(1, len(NAMES))), key=self.error)
        chart = BarColumnChart(
            self.read_back((0,)), list(NAMES), 1.0, 2.9, 1.1, 2, line=1.0, font_size=30, passport=READ_BACK
        )
        chart.move_to([3.1, -0.7, 0])
        said = label(_("put in: {names}").format(names=NAMES[0]), theme.FONT_LABEL, theme.TEXT)
        both = label(_("put in: {names}").format(names=f"{NAMES[0]}, {NAMES[two[1]]}"), theme.FONT_LABEL, theme.TEXT)
        for words in (said, both):
            words.move_to([3.1, 3.2, 0])
        number = Numeral(
            self.error((0,)), 2, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT, passport=ERROR
        )
        words = row_label(_("mean error"), theme.FONT_LABEL, theme.MUTED)
        error = VGroup(words, number).arrange(RIGHT, buff=0.25).move_to([3.1, 2.5, 0])
        narration = _(
            "Put in one idea alone, and it is read back clean. Put in two at once, and they smudge each other."
        )
        with self.beat(narration, 9.5):
            self.play(FadeOut(self.products), FadeIn(said), run_time=theme.TIME_BASE)
            self.play(GrowBars(chart), FadeIn(error), run_time=theme.TIME_SLOW)
            self.wait(0.8)
            change = ChangeBars(chart, self.read_back(two), passport=READ_BACK, top=1.0)
            number_to = number.copy().set_value(self.error(two), ERROR)
            self.play(FadeOut(said, number), run_time=theme.TIME_QUICK)
            self.play(FadeIn(both, number_to), change, run_time=theme.TIME_SLOW)
            self.play(FlashAround(number_to), run_time=theme.TIME_BASE)
        self.smudged = VGroup(chart, both, words, number_to)
        self.two = two

    # -- a neuron of the network -------------------------------------------------------------------------------------

    @cached_property
    def shared(self) -> tuple[Label, list[Excerpt], list[Excerpt]] | None:
        """A neuron of the network with excerpts of both things that it answers to, if probing found one."""
        try:
            labels, firing = picking.neurons(self.checkpoint, "shared"), picking.firing(self.checkpoint)
        except CheckpointError:
            return None
        for one in labels:
            subject: Subject = subject_of(self.checkpoint, one, firing)
            groups: list[list[Excerpt]] = [
                [excerpt for excerpt in subject.excerpts if fits(excerpt, *words)]
                for words in ((one.kind, one.text), tuple(one.second.split(" ", 1)))
            ]
            if min(map(len, groups)) >= EXCERPTS:
                return one, groups[0][:EXCERPTS], groups[1][:EXCERPTS]
        return None

    def show_a_shared_cell(self) -> None:
        """Beat 6."""
        if self.shared is None:
            words = label(_("no such neuron was measured\nin this network"), theme.FONT_LABEL, theme.MUTED)
            narration = _(
                "Does a real network share cells like that? In this one, nobody has looked for it, so there is "
                "nothing to show here."
            )
            self.cell = VGroup(words)
        else:
            one, first, second = self.shared
            self.cell = VGroup()
            kind, text = one.second.split(" ", 1)
            kinds = [(one.kind, one.text, one.fit, first), (kind, text, one.second_fit, second)]
            for (kind, text, share, excerpts), y in zip(kinds, (1.35, -1.65), strict=True):
                lines = NeuronActivations([e.pieces for e in excerpts], [e.answers for e in excerpts], font_size=40)
                layout.fit(lines, 8.4, 1.75).move_to([0, y, 0]).shift([6.4 - lines.get_right()[0], 0, 0])
                quoted = (_("“{text}”") if kind == "on" else _("after “{text}”")).format(text=text)
                number = Numeral(share, 0, "never", font_size=30, color=theme.MUTED, factor=100, passport=SHARE)
                fits_it = in_line(VGroup(number), row_label(_("% of its strongest"), 30, theme.MUTED), gap=0.08)
                head = VGroup(label(quoted, theme.FONT_LABEL, theme.HIGHLIGHT), fits_it).arrange(DOWN, buff=0.15)
                self.cell.add(VGroup(lines, layout.fit(head, 4.0).move_to([-4.5, y, 0])))
            where = _("layer {layer}, neuron {neuron}").format(layer=one.layer + 1, neuron=one.neuron + 1)
            self.cell.add(label(where, 32, theme.MLP).move_to([0, 3.2, 0]))
            narration = _(
                "Does a real network share its cells like that? Here is one of ours. It fires at two different "
                "things, and says the same for both."
            )
        with self.beat(narration, 9.5):
            gone = FadeOut(self.smudged, *self.plot.get_family())
            credit = self.credit_to(_("{name}, measured").format(name=self.checkpoint.name))
            self.play(gone, *credit, run_time=theme.TIME_BASE)
            self.remove(*self.plot.get_family())
            come = [FadeIn(part, shift=0.3 * LEFT) for part in self.cell]
            self.play(LaggedStart(*come, lag_ratio=0.5), run_time=3)

    # -- cells and directions ----------------------------------------------------------------------------------------

    @cached_property
    def found(self) -> list[Detectors]:
        """For each relation that the network knows, its best single neuron and a direction over the layer."""
        before = [int(self.activations.ids[0])]
        return [detectors(self.checkpoint, relation.pairs[:MOST], before) for relation in self.relations]

    def compare_with_directions(self) -> None:
        """Beat 7."""
        means = [float(np.mean([getattr(one, name) for one in self.found])) for name in ("alone", "together")]
        names = [_("one neuron"), _("a direction")]
        chart = BarColumnChart(means, names, 1.0, 3.5, 4.2, 2, line=0.5, font_size=theme.FONT_LABEL, passport=FOUND)
        chart.move_to([0, -0.35, 0])
        title = counted(
            _("telling words apart, mean of {} relations"), len(self.found), 32, theme.MUTED, "count: relations"
        )
        title.move_to([0, 3.2, 0])
        narration = _(
            "How well is an idea found by the best single cell, and how well by a direction over all of them? "
            "Directions are ahead."
        )
        if means[1] <= means[0]:
            narration = _(
                "How well is an idea found by the best single cell, and how well by a direction over all of them? "
                "Here, one cell does as well."
            )
        with self.beat(narration, 10.5):
            self.play(FadeOut(self.cell), FadeIn(title), run_time=theme.TIME_BASE)
            self.play(GrowBars(chart, lag_ratio=0.6), run_time=2.5)
            self.play(FlashAround(chart.items[1].number), run_time=theme.TIME_BASE)
        self.compared = VGroup(chart, title)

    def give_it_its_name(self) -> None:
        """Beat 8."""
        name = label(_("superposition"), theme.FONT_TITLE, theme.HIGHLIGHT).move_to([2.9, 0, 0])
        narration = _("Many ideas laid over one another in the same few numbers. Hence its name: superposition.")
        with self.beat(narration, 7):
            credit = self.credit_to(_("a recorded toy network, measured"))
            self.play(FadeOut(self.compared), FadeIn(*self.plot), *credit, run_time=theme.TIME_BASE)
            self.play(FadeIn(name, shift=0.3 * UP), run_time=1.5)
            self.play(FlashAround(name), run_time=theme.TIME_BASE)


def fits(excerpt: Excerpt, kind: str, text: str) -> bool:
    """Whether an excerpt's strongest token is a word, or comes right after it."""
    place = int(np.argmax(np.asarray(excerpt.answers)))
    words = [piece.strip().lower() for piece in excerpt.pieces]
    return words[place] == text if kind == "on" else place > 0 and words[place - 1] == text


SHARE, MOST = "share of its strongest places that fit", 14
