"""MlpParameterCount: two tables for every layer, and the room they take."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, LaggedStart, VGroup

from mobjects import (
    BraceCount,
    CountEquation,
    CountUp,
    FlashAround,
    GrowBraces,
    MultiplyCounts,
    Numeral,
    NumericEmbedding,
    StackedBar,
    WeightMatrix,
    label,
    layout,
    theme,
)
from mobjects.counted import counted, in_line
from mobjects.token_label import row_label
from model.ledger import by_part, ledger
from model.probing import neurons
from scenes.base import ChapterScene
from scenes.language import _

SIZES, SUMS, SHARES = "size of the network's tables", "sum of the ledger", "share of the ledger"
UP_X, DOWN_X, TABLES_Y, EQUATION_Y = -2.45, 3.75, 0.45, -2.75


class MlpParameterCount(ChapterScene):
    """The MLPs hold most of what a layer knows."""

    def setup(self) -> None:
        """Count by the ledger."""
        super().setup()
        config = self.checkpoint.config
        self.parts = by_part(ledger(config))
        self.total = sum(self.parts.values())
        self.width, self.neurons = config.n_embd, config.d_mlp
        self.one_table = self.neurons * self.width

    def construct(self) -> None:
        """The first table, its product, the second, the offsets, all layers, and attention beside it."""
        self.count_the_first_table()
        self.multiply()
        self.mirror_it()
        self.count_the_offsets()
        self.repeat_for_all_layers()
        self.set_attention_beside_it()

    def table(self, name: str, x: float) -> WeightMatrix:
        """One of the two tables of the first layer."""
        tall = name == "up"
        matrix = WeightMatrix(
            neurons.table(self.checkpoint, 0, name), max_rows=6 if tall else 3, max_columns=3 if tall else 4,
            font_size=28, factor="readable",
        )  # fmt: skip
        return layout.fit(matrix, 5.2, 4.0).move_to([x, TABLES_Y, 0])

    def count_the_first_table(self) -> None:
        """Beat 1."""
        self.up = self.table("up", UP_X)
        self.up_braces = [
            BraceCount(self.up.brackets, self.neurons, LEFT, "", theme.MLP, font_size=32, passport=SIZES),
            BraceCount(self.up.brackets, self.width, DOWN, "", theme.EMBEDDING, font_size=32, passport=SIZES),
        ]
        name = label(_("first table"), theme.FONT_LABEL, theme.MLP).move_to([UP_X, 3.2, 0])
        narration = _(
            "How large is an MLP? Its first table has a row for every neuron, and a column for every number of a word."
        )
        with self.beat(narration, 9):
            self.play(FadeIn(self.up, name), run_time=theme.TIME_BASE)
            self.play(
                *self.credit_to(_("{name}: first layer, measured").format(name=self.checkpoint.name)), run_time=0.5
            )
            self.play(GrowBraces(*self.up_braces), run_time=theme.TIME_SLOW)
            self.play(FlashAround(self.up_braces[0].label), run_time=theme.TIME_BASE)
        self.up_name = name

    def equation(self, counts: tuple[int, int], colors: tuple[str, str], x: float) -> CountEquation:
        """A product of two sizes below a table."""
        found = CountEquation(counts, colors, font_size=32, passport=SIZES)
        return layout.fit(found, 6.0).move_to([x, EQUATION_Y, 0])

    def multiply(self) -> None:
        """Beat 2."""
        self.first = self.equation((self.neurons, self.width), (theme.MLP, theme.EMBEDDING), UP_X)
        narration = _("Multiply the two, and you know how many numbers it holds.")
        with self.beat(narration, 5.5):
            self.play(MultiplyCounts(self.first, self.up_braces), run_time=theme.TIME_SLOW)
            self.play(FlashAround(self.first.product), run_time=theme.TIME_BASE)

    def mirror_it(self) -> None:
        """Beat 3."""
        self.down = self.table("down", DOWN_X)
        self.down_braces = [
            BraceCount(self.down.brackets, self.width, LEFT, "", theme.EMBEDDING, font_size=32, passport=SIZES),
            BraceCount(self.down.brackets, self.neurons, DOWN, "", theme.MLP, font_size=32, passport=SIZES),
        ]
        self.second = self.equation((self.width, self.neurons), (theme.EMBEDDING, theme.MLP), DOWN_X)
        self.down_name = label(_("second table"), theme.FONT_LABEL, theme.MLP).move_to([DOWN_X, 3.2, 0])
        narration = _(
            "The second table leads back: the same two sizes, turned over, and so the same product once more."
        )
        with self.beat(narration, 8):
            self.play(FadeIn(self.down, shift=1.5 * RIGHT), FadeIn(self.down_name), run_time=1.2)
            self.play(GrowBraces(*self.down_braces), run_time=theme.TIME_BASE)
            self.play(MultiplyCounts(self.second, self.down_braces), run_time=theme.TIME_SLOW)

    # -- offsets -----------------------------------------------------------------------------------------------------

    def count_the_offsets(self) -> None:
        """Beat 4."""
        config = self.checkpoint.config
        offsets = self.neurons + self.width if config.bias else 0
        tables = VGroup(self.up, self.down, self.up_name, self.down_name, *self.up_braces, *self.down_braces)
        weights = Numeral(
            2 * self.one_table, 0, "never", thousands=True, font_size=theme.FONT_BODY, color=theme.MLP, passport=SIZES
        )
        small = Numeral(
            offsets, 0, "never", thousands=True, font_size=theme.FONT_BODY, color=theme.TEXT, passport=SIZES
        )
        lines = VGroup()
        for words, number, y in ((_("both tables"), weights, 1.6), (_("offsets"), small, 0.4)):
            name = label(words, theme.FONT_LABEL, theme.MUTED)
            name.shift([-0.6 - name.get_right()[0], -name.get_y(), 0])
            number.shift([3.6 - number.get_right()[0], 0, 0])
            lines.add(VGroup(name, number).shift(y * UP))
        ratio = Numeral(
            offsets / (2 * self.one_table), 2, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT, factor=100,
            passport="offsets as a share of the tables",
        )  # fmt: skip
        said = in_line(VGroup(ratio), row_label(_("% of the tables"), theme.FONT_LABEL, theme.MUTED), gap=0.1).move_to(
            [0, -1.0, 0]
        )
        strip = VGroup()
        if config.bias:
            offset = self.quantity("BUP", 0)
            strip = NumericEmbedding(offset, 9, horizontal=True, color_by="signed", decimals=2, font_size=30)
            layout.fit(strip, 11.0).move_to([0, -2.2, 0])
        narration = _(
            "There are offsets, too: one for each neuron, and one for each number that is written. They hardly show."
        )
        if not config.bias:
            narration = _(
                "There might be offsets, too, one for each neuron. This network does without them. They would "
                "hardly show."
            )
        with self.beat(narration, 8.5):
            gone = FadeOut(tables, self.first, self.second)
            self.play(gone, FadeIn(lines[0], shift=1.5 * UP), run_time=1.5)
            self.play(FadeIn(lines[1]), FadeIn(strip), run_time=theme.TIME_BASE)
            self.play(FadeIn(said), FlashAround(said), run_time=theme.TIME_BASE)
        self.offsets_shown = VGroup(lines, said, strip)

    # -- all layers --------------------------------------------------------------------------------------------------

    def repeat_for_all_layers(self) -> None:
        """Beat 5."""
        layers = self.checkpoint.config.n_layer
        product = CountEquation(
            (layers, 2 * self.one_table), (theme.TEXT, theme.MLP), font_size=theme.FONT_BODY, passport=SIZES
        )
        product.move_to([0, 2.2, 0])
        chip = label(_("layers"), theme.FONT_SMALL, theme.MUTED).next_to(
            product.factors[0], DOWN, buff=layout.GAP_LABEL
        )
        names = {
            "dictionary": _("dictionaries"),
            "attention": _("attention"),
            "MLP": _("MLP"),
            "small print": _("small print"),
        }
        order = ["MLP", *(part for part in self.parts if part != "MLP")]
        self.bar = StackedBar(
            np.array([self.parts[part] for part in order]) / self.total, [names[part] for part in order], decimals=0,
            length=11.0, font_size=28, passport=SHARES,
        )  # fmt: skip
        self.bar.move_to([0, -1.2, 0])
        words = _("of {} in the whole network")
        total = counted(words, self.total, theme.FONT_LABEL, theme.MUTED, SUMS).move_to([0, 0.75, 0])
        share = self.parts["MLP"] / self.total
        narration = _("Every layer has one of these. Together they are {share} of a hundred numbers in this network.")
        with self.beat(narration.format(share=round(100 * share)), 8.5):
            self.play(FadeOut(self.offsets_shown), run_time=theme.TIME_QUICK)
            self.play(MultiplyCounts(product, [product.factors[0], product.factors[1]]), FadeIn(chip), run_time=1.5)
            self.play(FadeIn(total), FadeIn(self.bar, shift=0.3 * RIGHT), run_time=1.5)
            self.play(FlashAround(self.bar.segments[0]), run_time=theme.TIME_BASE)
        self.whole = VGroup(product, chip, total)

    def set_attention_beside_it(self) -> None:
        """Beat 6."""
        lines = VGroup()
        style: dict[str, Any] = {"thousands": True, "font_size": theme.FONT_TITLE, "passport": SUMS}
        both = (_("attention"), "attention", theme.ATTENTION, 2.4), (_("MLP"), "MLP", theme.MLP, 1.2)
        for words, part, color, y in both:
            name = label(words, theme.FONT_LABEL, color)
            number = Numeral(self.parts[part], 0, "never", color=color, **style)
            name.shift([-1.2 - name.get_right()[0], -name.get_y(), 0])
            number.shift([4.6 - number.get_right()[0], 0, 0])
            lines.add(VGroup(name, number).shift(y * UP))
        narration = _("That is more than attention has. Here is the room where a network can keep what it knows.")
        if self.parts["MLP"] <= self.parts["attention"]:
            narration = _("In this network that is no more than attention has. Here is room to keep what it knows.")
        with self.beat(narration, 7.5):
            self.play(FadeOut(self.whole), run_time=theme.TIME_QUICK)
            counts = [CountUp(line[1]) for line in lines]
            self.play(
                *(FadeIn(line[0]) for line in lines), LaggedStart(*counts, lag_ratio=0.3), run_time=theme.TIME_SLOW
            )
            self.play(FlashAround(lines[1]), run_time=theme.TIME_BASE)
        self.compared = lines
