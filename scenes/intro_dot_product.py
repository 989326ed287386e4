"""DotProductMeaning: one number says how far two arrows agree, and an arrow can stand for a question."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, LaggedStart, VGroup

from mobjects import (
    AngleVectorPair,
    DotProductStrip,
    FlashAround,
    GrowBars,
    GrowVectors,
    Histogram,
    LandWords,
    MultiplyAndAdd,
    NumberLineGauge,
    Numeral,
    NumericEmbedding,
    SpacePlot,
    TurnVectors,
    label,
    layout,
    theme,
)
from mobjects.counted import counted, in_line
from mobjects.matrix import SUPERSCRIPTS, readable_factor
from mobjects.numerals import format_number
from mobjects.token_label import row_label
from model.activations import Quantity
from model.probing import space
from scenes.intro_word_space import WordSpace, relation_name
from scenes.language import _
from scenes.query_key_drops import along_and_across

LONG = 2.4  # of the arrows on the plane, as they count
ARROWS = (30.0, 90.0, 150.0)  # degrees between them, one after the other
PAIRS_SHOWN, NUMBERS = 5, ("one", "two", "three", "many")
PRODUCT, LEFT_X, GAUGE_X = "product of a row with the direction", -4.0, 2.6
BINS = 12


class DotProductMeaning(WordSpace):
    """A dot product asks a word a question: how far does it go along with this direction?"""

    def setup(self) -> None:
        """Make the direction of one half of the pairs, and try it on the other half."""
        super().setup()
        relation = self.relations[0]
        self.relation, self.made, self.tested = relation.name, relation.pairs[::2], relation.pairs[1::2]
        self.direction: Quantity = space.direction(self.checkpoint, self.made).vector
        self.products = np.asarray(self.table, dtype=float) @ np.asarray(self.direction, dtype=float)
        self.words = [token for pair in self.tested[:PAIRS_SHOWN] for token in pair]
        self.graded = self.number_words()

    def number_words(self) -> list[int]:
        """Words that count; pieces of the text if the network does not know them."""
        try:
            return [space.token_of(self.checkpoint, word) for word in NUMBERS]
        except ValueError:
            others = [token for token in dict.fromkeys(self.activations.ids) if token not in self.words]
            return others[: len(NUMBERS)]

    def construct(self) -> None:
        """Agreement, the recipe, a question, words that answer, numbers, how good a test it is, attention."""
        self.turn_two_arrows()
        self.multiply_and_add()
        self.make_a_question()
        self.ask_the_words()
        self.ask_numbers()
        self.judge_the_test()
        self.look_ahead()

    # -- the dot product ---------------------------------------------------------------------------------------------

    def turn_two_arrows(self) -> None:
        """Beat 1."""
        said = "dot product of the arrows drawn"
        pair = AngleVectorPair(self.at(ARROWS[0]), None, [theme.QUERY, theme.KEY], "dot", reach=4.0, passport=said)
        pair.shift(1.4 * DOWN)
        narration = _(
            "One number tells how far two arrows agree. They agree: it is large. At a right angle: zero. "
            "They turn away from each other: below zero."
        )
        with self.beat(narration, 10.5):
            self.play(FadeIn(pair), run_time=theme.TIME_BASE)
            self.wait(1)
            for angle in ARROWS[1:]:
                self.play(TurnVectors(pair, self.at(angle), passport=said), run_time=theme.TIME_SLOW)
                self.wait(1)
        self.pair = pair

    @staticmethod
    def at(angle: float) -> list[tuple[float, float]]:
        """Two arrows so many degrees apart."""
        turn = np.radians(angle)
        return [(LONG, 0.0), (0.8 * LONG * np.cos(turn), 0.8 * LONG * np.sin(turn))]

    def multiply_and_add(self) -> None:
        """Beat 2."""
        one, other = self.seeds[0], self.near[0][0].token
        strip = DotProductStrip(
            self.table[one], self.table[other], decimals=3, first_tint=theme.QUERY, second_tint=theme.KEY,
            others=_("the other {}"), font_size=32,
        )  # fmt: skip
        layout.fit(strip, 11.5, 5.6).move_to([0, -0.25, 0])
        names = VGroup(
            label(f"“{self.named(one)}”", theme.FONT_LABEL, theme.QUERY).next_to(strip.first, UP),
            label(f"“{self.named(other)}”", theme.FONT_LABEL, theme.KEY).next_to(strip.second, UP),
        )
        narration = _(
            "The recipe works for columns of any length. Multiply the entries that face each other, "
            "and add up all the products."
        )
        with self.beat(narration, 10.5):
            self.play(FadeOut(self.pair), FadeIn(strip.factors, names), run_time=theme.TIME_BASE)
            credit = self.credit_to(_("{name}: its embedding table, measured").format(name=self.checkpoint.name))
            self.play(MultiplyAndAdd(strip), *credit, run_time=6)
            self.play(FlashAround(strip.total), run_time=theme.TIME_BASE)
        self.strip = VGroup(strip, names)

    # -- a question --------------------------------------------------------------------------------------------------

    def make_a_question(self) -> None:
        """Beat 3."""
        factor = readable_factor(np.asarray(self.direction))
        column = NumericEmbedding(
            self.direction, length=7, tint=theme.HIGHLIGHT, font_size=32, factor=factor, passport="mean step"
        )
        exponent = str(-round(np.log10(factor))).translate(SUPERSCRIPTS)
        scaled = label(_("× 10{power}").format(power=exponent), 26, theme.MUTED)
        scaled.next_to(column, RIGHT, buff=layout.GAP_RELATED).align_to(column, DOWN)
        name = label(f"{relation_name(self.relation)}?", theme.FONT_LABEL, theme.HIGHLIGHT)
        made = counted(_("mean of {} steps"), len(self.made), 28, theme.MUTED, "count: steps averaged")
        examples = VGroup(
            *(
                label(f"{self.named(one)} → {self.named(other)}", theme.FONT_SMALL, theme.MUTED)
                for one, other in self.made[:2]
            )
        ).arrange(DOWN, buff=layout.GAP_LABEL)
        length = Numeral(
            float(np.linalg.norm(np.asarray(self.direction, dtype=float))), 2, "never", font_size=28,
            color=theme.HIGHLIGHT, passport="length of the direction",
        )  # fmt: skip
        said = in_line(row_label(_("length"), 28, theme.MUTED), VGroup(length), gap=0.16)
        scale = VGroup(column, *([scaled] if factor != 1 else []))
        facts = VGroup(made, examples, said).arrange(DOWN, buff=0.35).next_to(scale, RIGHT, buff=0.4)
        name.next_to(column, UP, buff=layout.GAP_RELATED).align_to(column, LEFT)
        question = VGroup(name, scale, facts).move_to([0, 0.2, 0])
        narration = _("Now let one of the two arrows stand for a question. This one is the average step of a relation.")
        with self.beat(narration, 8.5):
            self.play(FadeOut(self.strip), FadeIn(name, scale, shift=1.5 * LEFT), run_time=1.5)
            self.play(FadeIn(made, examples), run_time=theme.TIME_BASE)
            self.play(FadeIn(said), FlashAround(said), run_time=theme.TIME_BASE)
        self.question = question

    def ask_the_words(self) -> None:
        """Beat 4."""
        asked = [*self.words, *self.graded]
        values = self.products[asked]
        self.gauge = NumberLineGauge(
            values, [self.named(token) for token in asked], vertical=True, length=6.6, decimals=2, font_size=26,
            passport=PRODUCT,
        )  # fmt: skip
        self.gauge.move_to([GAUGE_X, 0.1, 0])
        second = {pair[1] for pair in self.tested}
        for token, mark in zip(asked, self.gauge.marks, strict=True):
            if token in second or token in self.graded:
                mark.words[0].set_color(theme.VALUE if token in second else theme.UPDATE)
        heading = label(_("dot product with the question"), 26, theme.MUTED)
        heading.next_to(self.gauge.line, UP, buff=layout.GAP_LABEL).set_x(self.gauge.line.get_x() + 0.4)
        layout.fit(VGroup(self.gauge, heading), height=6.7).move_to([GAUGE_X, 0.3, 0])
        narration = _(
            "Ask it of words that the question was not made from. Each word answers with its own number, "
            "and flies to its place. The red ones sit higher, the white ones lower. None of them was moved by hand."
        )
        with self.beat(narration, 15):
            gauge = self.gauge
            aside = self.question.animate.shift([-6.4 - self.question.get_left()[0], 0, 0])
            self.play(aside, FadeIn(gauge.line, gauge.ticks, gauge.numbers, heading), run_time=theme.TIME_BASE)
            count = len(self.words)
            self.play(LandWords(gauge, list(range(count))), run_time=1.2 * count)
        self.heading = heading

    def ask_numbers(self) -> None:
        """Beat 5."""
        count = len(self.words)
        new = list(range(count, count + len(self.graded)))
        named = ", ".join(self.named(token) for token in self.graded)
        narration = _("And these: {words}? Perhaps the answer is even a matter of degree. Read the values, and judge.")
        with self.beat(narration.format(words=named), 8.5):
            if new:
                land = LandWords(self.gauge, new, earlier=list(range(count)))
                self.play(land, run_time=1.2 * len(new))
                marks = [self.gauge.marks[place].words for place in new]
                self.play(LaggedStart(*map(FlashAround, marks), lag_ratio=0.3), run_time=1.8)

    # -- how good it is ----------------------------------------------------------------------------------------------

    def judge_the_test(self) -> None:
        """Beat 6."""
        values = self.products[np.array(self.tested)]
        margin = 0.08 * float(np.ptp(values)) or 1.0
        ends = (float(values.min()) - margin, float(values.max()) + margin)
        plots = VGroup()
        for side, color in enumerate((theme.TEXT, theme.VALUE)):
            style: dict[str, Any] = {"bins": BINS, "x_range": ends, "width": 7.4, "height": 1.75, "font_size": 26}
            plots.add(Histogram(values[:, side], color=color, y_label=_("words"), **style))
        plots.arrange(DOWN, buff=0.45)
        plots[1].shift([plots[0].axes.x_axis.get_x() - plots[1].axes.x_axis.get_x(), 0, 0])
        plots.move_to([1.9, 0.1, 0])
        share = space.separation(values[:, 1], values[:, 0])
        number = Numeral(
            share, 1, "never", font_size=theme.FONT_BODY, color=theme.HIGHLIGHT, factor=100,
            passport="area under the ROC curve",
        )  # fmt: skip
        percent = in_line(VGroup(number), row_label("%", theme.FONT_BODY, theme.HIGHLIGHT), gap=0.08)
        said = label(_("of all pairs:\nthe red word\nhas more"), 28, theme.MUTED)
        verdict = VGroup(percent, said).arrange(DOWN, buff=layout.GAP_RELATED)
        verdict.move_to([LEFT_X - 0.6, -1.5, 0])
        narration = _("As a test, how good is it? Of all pairs of such words, the red one has more in {share} percent.")
        with self.beat(narration.format(share=format_number(100 * share, 1)), 8.5):
            leave = FadeOut(self.gauge, self.heading, *self.question[1:])
            rise = self.question[0].animate.move_to([LEFT_X - 0.6, 1.5, 0])
            self.play(leave, rise, run_time=theme.TIME_BASE)
            self.play(*(GrowBars(plot, lag_ratio=0.05) for plot in plots), run_time=theme.TIME_SLOW)
            self.play(FadeIn(verdict), run_time=theme.TIME_BASE)
        self.judged = VGroup(plots, verdict, self.question[0])

    def look_ahead(self) -> None:
        """Beat 7."""
        query, keys = self.quantity("Q")[self.pick.query], self.quantity("K")
        count = len(self.pieces)
        vectors = [query, *(keys[place] for place in range(count))]
        basis = along_and_across(np.asarray(query, dtype=float), np.asarray(keys, dtype=float))
        colors = [theme.QUERY, *[theme.KEY] * count]
        plot = SpacePlot(vectors, None, colors, basis, 2.9).shift(0.3 * DOWN)
        title = label(_("a question, and keys"), theme.FONT_LABEL, theme.MUTED).move_to([0, 3.2, 0])
        narration = _("Keep this in mind: attention is built from exactly such questions.")
        with self.beat(narration, 5.5):
            self.play(FadeOut(self.judged), *self.credit_to(self.head_name()), run_time=theme.TIME_BASE)
            self.play(FadeIn(plot.floor, plot.axes, title), GrowVectors(plot), run_time=theme.TIME_SLOW)
