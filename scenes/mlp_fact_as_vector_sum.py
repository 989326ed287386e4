"""FactAsVectorSum: a fact is found in the sum of what many neurons write, and taken away by silencing them."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, Square, VGroup

from mobjects import (
    BarColumnChart,
    ChangeBars,
    FlashAround,
    GrowBars,
    Numeral,
    label,
    layout,
    theme,
    token_label,
)
from mobjects.bars import Bar
from mobjects.counted import counted, in_line
from mobjects.token_label import row_label
from model.probing.claims import CROWD, Claim, others
from model.probing.lens import leanings
from scenes.language import _
from scenes.mlp_fact_arrows import FactArrows
from scenes.vocabulary import drawable

SPEAKERS = 5
PUSH, AGREEMENT, CHANCE, DROP = (
    "push of a part (nats)",
    "cosine with an answer's row",
    "probability of the answer",
    "mean drop",
)


class FactAsVectorSum(FactArrows):
    """A fact is a direction added to a column by many neurons together."""

    def construct(self) -> None:
        """The answer, two directions, four people; pushes by block and neuron; the sum; what goes without them."""
        self.know_the_answer()
        self.draw_the_directions()
        self.bring_it_over()
        self.read_four()
        self.weigh_the_blocks()
        self.name_the_speakers()
        self.add_the_attribute()
        self.switch_them_off()
        self.one_or_many()
        self.say_how_many()

    @cached_property
    def rest(self) -> list[Claim]:
        """What else the network claims."""
        return others(self.claim)

    # -- who pushes --------------------------------------------------------------------------------------------------

    def weigh_the_blocks(self) -> None:
        """Beat 5."""
        values = [push for pair in self.claim.by_block for push in pair]
        names = [str(layer + 1) for layer in range(len(self.claim.by_block)) for _half in "am"]
        pitch = min(1.0, 11.5 / len(values))
        chart = BarColumnChart(values, names, reach=2.5, pitch=pitch, decimals=1, font_size=28, passport=PUSH)
        chart.move_to([0, 0, 0])
        for place, item in enumerate(chart.items):
            item.bar.set_fill(theme.MLP if place % 2 else theme.ATTENTION)
        legend = VGroup()
        for words, color in ((_("attention"), theme.ATTENTION), (_("MLP"), theme.MLP)):
            key = Square(0.24, fill_color=color, fill_opacity=1, stroke_width=0)
            legend.add(VGroup(key, label(words, 28, theme.MUTED)).arrange(RIGHT, buff=0.15))
        legend.arrange(RIGHT, buff=0.8)
        said = label(_("push toward “{answer}”, layer by layer").format(answer=self.answer), 32, theme.MUTED)
        heading = VGroup(said, legend).arrange(DOWN, buff=0.2).move_to([0, 3.1, 0])
        narration = _(
            "Now from the other end. What does each block add for the right answer, and against the others? "
            "Attention brings things over, and MLPs push, too."
        )
        with self.beat(narration, 10):
            self.play(FadeOut(self.read_out, self.plane, self.visitor), FadeIn(heading), run_time=theme.TIME_BASE)
            self.play(GrowBars(chart, lag_ratio=0.3), run_time=4)
            self.play(FlashAround(chart.items[2 * self.claim.layer + 1].number), run_time=theme.TIME_BASE)
        self.weighed = VGroup(chart, heading)

    def name_the_speakers(self) -> None:
        """Beat 6."""
        layer, lines = self.claim.layer, VGroup()
        found = self.claim.speakers[:SPEAKERS]
        unit = 3.0 / max(abs(push) for _, push in found)
        for place, (neuron, push) in enumerate(found):
            y = 1.45 - 0.85 * place
            answer = self.claim.activations["post", layer][self.last, neuron]
            agrees = push / float(answer) if float(answer) else 0.0
            name = label(_("neuron {number}").format(number=neuron + 1), 30, theme.MLP)
            numbers = [
                Numeral(answer, 1, "never", font_size=32, color=theme.HIGHLIGHT),
                Numeral(agrees, 3, font_size=32, passport="push for each unit of an answer"),
                Numeral(push, 2, font_size=32, passport="push of a neuron (nats)"),
            ]
            signs = [row_label(sign, 32, theme.MUTED) for sign in "·="]
            bar = Bar(push, unit, 0.34, color=theme.MLP, passport="push of a neuron (nats)")
            for part, x in zip((name, *numbers), (-3.6, -1.7, 0.1, 1.9), strict=True):
                part.shift([x - part.get_right()[0], 0, 0])
            for sign, x in zip(signs, (-1.35, 0.5), strict=True):
                sign.shift([x - sign.get_x(), 0, 0])
            bar.shift(np.array([2.4, 0, 0]) - bar.base)
            lines.add(VGroup(name.set_y(0), *numbers, *signs, bar).shift(y * UP))
        heads = VGroup()
        for words, x in ((_("answers"), -2.0), (_("agrees"), -0.2), (_("pushes"), 1.6)):
            heads.add(label(words, 28, theme.MUTED).move_to([x, 2.2, 0]))
        title = label(_("MLP, layer {layer}").format(layer=layer + 1), theme.FONT_LABEL, theme.MLP).move_to([0, 3.2, 0])
        narration = _(
            "Look into the block that pushes most. How strongly a neuron answers, times how far what it writes agrees "
            "with the answer: these five speak for it loudest."
        )
        with self.beat(narration, 11):
            self.play(FadeOut(self.weighed), FadeIn(title, heads), run_time=theme.TIME_BASE)
            for line in lines:
                self.play(FadeIn(line, shift=0.3 * RIGHT), run_time=theme.TIME_BASE)
        self.spoken = VGroup(lines, heads, title)

    # -- the sum -----------------------------------------------------------------------------------------------------

    def agreements(self, name: str) -> list[float]:
        """Cosines of the column, before or after the block, with the row of each answer."""
        tokens = [self.claim.token, *self.claim.against]
        column = self.claim.activations[name, self.claim.layer].values[-1]
        return [float(one) for one in leanings(self.checkpoint, column, tokens)]

    def add_the_attribute(self) -> None:
        """Beat 7."""
        before, after = self.agreements("resid_mid"), self.agreements("resid_post")
        first, second = self.traits.firsts[0], self.traits.seconds[0]
        parts = [token_label(first, 44, theme.KEY), row_label("+", 44), token_label(second, 44, theme.QUERY)]
        new = [row_label("+", 44), token_label(drawable(self.claim.words[0]), 44, theme.UPDATE)]
        formula = layout.fit(in_line(*parts, *new, gap=0.3), 11.0).move_to([0, 3.0, 0])
        top = max(abs(value) for value in (*before, *after))
        words = [drawable(word) for word in self.claim.words]
        chart = BarColumnChart(before, words, top, 2.8, 1.45, 2, font_size=30, passport=AGREEMENT).move_to(
            [0, -0.55, 0]
        )
        note = label(_("cosine of the column with each answer's row"), 28, theme.MUTED).move_to([0, 2.05, 0])
        narration = _(
            "So the sum has a third term. With this block, the column comes closer to the row of “{answer}”, and of "
            "its rivals as well."
        )
        if after[0] <= before[0]:
            narration = _(
                "So the sum has a third term. With this block, the column turns, and “{answer}” gains over its "
                "rivals. The angles barely show it."
            )
        with self.beat(narration.format(answer=self.answer), 10.5):
            self.play(FadeOut(self.spoken), FadeIn(*parts, note), run_time=theme.TIME_BASE)
            self.play(GrowBars(chart), run_time=theme.TIME_SLOW)
            self.play(FadeIn(*new, shift=0.8 * LEFT), run_time=theme.TIME_BASE)
            self.play(ChangeBars(chart, after, passport=AGREEMENT, top=top), run_time=theme.TIME_SLOW)
            self.play(FlashAround(chart.items[0].number), run_time=theme.TIME_BASE)
        self.summed = VGroup(formula, chart, note)

    # -- the test ----------------------------------------------------------------------------------------------------

    def switch_them_off(self) -> None:
        """Beat 8."""
        edit = self.claim.without(CROWD)
        whole = [self.claim.chance(), float(np.mean([one.chance() for one in self.rest]))]
        less = [self.claim.chance(edit), float(np.mean([one.chance(edit) for one in self.rest]))]
        words = [_("this fact"), _("the others")] if self.claim.fact else [_("this guess"), _("the others")]
        chart = BarColumnChart(whole, words, 1.0, 3.7, 3.2, 2, font_size=theme.FONT_LABEL, passport=CHANCE).move_to(
            [0, -0.4, 0]
        )
        title = counted(
            _("without the {} loudest neurons"), len(edit.numbers), theme.FONT_LABEL, theme.NEGATIVE, SILENCED
        )
        title.move_to([0, 3.1, 0])
        with_all = label(_("with all neurons"), theme.FONT_LABEL, theme.MUTED).move_to([0, 3.1, 0])
        fallen, held = whole[0] - less[0], whole[1] - less[1]
        narration = _(
            "Is that the place? Test it. Switch twenty of these neurons off, everywhere, and read again. "
            "This fact is nearly gone. What it knows of others remains, most of it."
        )
        if not (self.claim.fact and fallen > 0.3 and held < fallen / 3):
            narration = _(
                "Is that the place? Test it. Switch twenty of these neurons off, everywhere, and read again. "
                "Here is what becomes of this guess, and of the others in the text."
            )
        with self.beat(narration, 12):
            self.play(FadeOut(self.summed), FadeIn(with_all), run_time=theme.TIME_BASE)
            self.play(GrowBars(chart), run_time=theme.TIME_SLOW)
            self.wait(1)
            self.play(FadeOut(with_all), FadeIn(title), run_time=theme.TIME_QUICK)
            self.play(ChangeBars(chart, less, passport=CHANCE, top=1.0), run_time=theme.TIME_SLOW)
            self.play(FlashAround(chart.items[0].number), run_time=theme.TIME_BASE)
        self.tested = VGroup(chart, title)

    def one_or_many(self) -> None:
        """Beat 9."""
        every = [self.claim, *self.rest]
        drops = [float(np.mean([one.drop(count) for one in every])) for count in (1, CROWD)]
        words = [_("1 neuron off"), _("{count} off").format(count=CROWD)]
        top = max(0.05, *map(abs, drops))
        chart = BarColumnChart(drops, words, top, 3.5, 3.6, 2, font_size=theme.FONT_LABEL, passport=DROP).move_to(
            [0, -0.05, 0]
        )
        title = label(_("probability lost, on average, each with its own neurons"), 32, theme.MUTED).move_to(
            [0, 3.1, 0]
        )
        narration = _(
            "Do so with every fact: its loudest neuron alone, then its loudest twenty. It is rarely one cell, and "
            "usually a crowd."
        )
        if not self.claim.fact:
            narration = _(
                "Do so with every guess: its loudest neuron alone, then its loudest twenty. It is rarely one cell, "
                "and usually a crowd."
            )
        if drops[1] < 2 * max(drops[0], 0.0):
            narration = _(
                "Do so with all of them: the loudest neuron alone, then the loudest twenty. Here, one cell does "
                "much of it."
            )
        with self.beat(narration, 9.5):
            self.play(FadeOut(self.tested), FadeIn(title), run_time=theme.TIME_BASE)
            self.play(GrowBars(chart, lag_ratio=0.8), run_time=3)
            self.play(FlashAround(chart.items[1].number), run_time=theme.TIME_BASE)
        self.compared = chart

    def say_how_many(self) -> None:
        """Beat 10."""
        words = _("measured on {} facts") if self.claim.fact else _("measured on {} guesses")
        badge = counted(words, 1 + len(self.rest), theme.FONT_LABEL, theme.CORRECT, "count: claims measured")
        badge.move_to([0, -3.3, 0])
        narration = _("A picture with evidence, then; and still not a proof of how it works.")
        with self.beat(narration, 6):
            self.play(FadeIn(badge, shift=0.2 * UP), run_time=theme.TIME_BASE)
            self.play(FlashAround(badge), run_time=theme.TIME_BASE)


SILENCED = "count: neurons silenced"
