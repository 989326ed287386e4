"""NetworkFlow, beats 1 to 4: words become columns, which pass through the two kinds of block."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, RIGHT, UP, Animation, FadeIn, FadeOut, GrowArrow, LaggedStart, ReplacementTransform, VGroup

from mobjects import (
    BlockSlab,
    ChangeValues,
    ContextArcs,
    FlashArcs,
    GrowArcs,
    NeuronColumn,
    Numeral,
    TokenRow,
    arrow_down,
    label,
    layout,
    theme,
)
from mobjects.counted import in_line
from mobjects.token_label import row_label
from model.activations import Activations, Quantity
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import pairs
from scenes.sheets import Sheet

STAGE = 14.4 * RIGHT  # from one thing to the next along the way
DEPTH, WIDEST, SHEET_Y, ON_SLAB = 5, 10.4, -0.2, -0.95
SLAB_HEIGHT, SLAB_DEPTH, SLAB_Y = 6.2, 1.3, 0.05
NEURONS, PER_ROW, BRIGHT = 20, 2, 0.9  # one in ten of those drawn is full
ARCS = 1.15  # how high they rise above the words


class FlowBlocks(ChapterScene):
    """Columns exchange in one kind of block, and are worked on alone in the other."""

    def setup(self) -> None:
        """Take the stream at every stage."""
        super().setup()
        self.layers = self.checkpoint.config.n_layer
        self.last = len(self.pieces) - 1
        self.stages: list[Quantity] = [self.activations["resid_pre", 0]]
        for layer in range(self.layers):
            self.stages += [self.activations["resid_mid", layer], self.activations["resid_post", layer]]
        self.scales = [theme.value_scale(np.asarray(stage)) for stage in self.stages]

    def sheet_of(self, stage: int, decimals: int = 2) -> Sheet:
        """The text's columns at a stage of the stream."""
        style: dict[str, Any] = {"font_size": 27, "decimals": decimals, "color_scale": self.scales[stage]}
        return Sheet(self.pieces, self.stages[stage], DEPTH, WIDEST, **style).set_y(SHEET_Y)

    def words_become_columns(self) -> None:
        """Beat 1."""
        row = TokenRow(self.pieces, max_width=12.0)
        self.sheet = self.sheet_of(0)
        arrows = VGroup()
        for word, column in pairs(self.sheet.words, self.sheet.columns):
            word.shift(0.75 * UP)
            arrows.add(arrow_down(word, column, theme.RULE))
        narration = _("Each word becomes a column of numbers. This is what the network works with from here on.")
        with self.beat(narration, 8):
            rise = LaggedStart(*(FadeIn(token, shift=0.25 * UP) for token in row.tokens), lag_ratio=0.1)
            self.play(rise, run_time=1.5)
            goals = self.sheet.tokens
            self.play(*(ReplacementTransform(*both) for both in pairs(row.tokens, goals)), run_time=theme.TIME_BASE)
            self.remove(row, *goals)
            self.add(self.sheet.words)
            self.play(LaggedStart(*map(GrowArrow, arrows), lag_ratio=0.1), run_time=theme.TIME_BASE)
            columns = [FadeIn(column, shift=0.4 * DOWN) for column in self.sheet.columns]
            self.play(LaggedStart(*columns, lag_ratio=0.1), FadeIn(self.sheet.array.brackets), run_time=1.5)
            self.play(*self.credit_to(_("{name}, measured").format(name=self.checkpoint.name)), run_time=0.5)
        self.arrows = arrows

    # -- blocks ------------------------------------------------------------------------------------------------------

    def slab(self, name: str, kind: str, place: int) -> VGroup:
        """A large block with its name, at a place along the way."""
        slab = BlockSlab(None, kind, self.sheet.width + 0.9, SLAB_HEIGHT, SLAB_DEPTH)
        slab.front.set_fill(opacity=theme.OPACITY_GHOST)  # dark, so that faint numbers can be read on it
        slab.shift(place * STAGE + SLAB_Y * UP - slab.front.get_center())
        words = label(name, theme.FONT_LABEL, theme.ATTENTION if kind == "attention" else theme.MLP)
        words.next_to(slab.front.get_top(), DOWN, buff=layout.GAP_RELATED)
        return VGroup(slab, words)

    def enter(self, sheet: Sheet, slab: VGroup) -> list[Animation]:
        """The camera goes on to a block, and a sheet with it, onto the front."""
        center = np.array([slab[0].front.get_x(), 0.0, 0.0])
        return [self.look(layout.FRAME_HEIGHT, center), sheet.animate.move_to(center + ON_SLAB * UP)]

    def exchange(self) -> None:
        """Beat 2."""
        self.attention = self.slab(_("Attention, layer 1"), "attention", 1)
        self.moving = self.sheet
        average = mean_pattern(self.activations, 0)
        shares = np.asarray(average)
        full = float((shares - np.diag(np.diag(shares))).max())
        narration = _(
            "In this kind of block the columns exchange. Each one looks at those before it, and takes from them, "
            "from some more, and from others less."
        )
        with self.beat(narration, 11.5):
            down = self.sheet.words.animate.shift(0.75 * DOWN)
            self.play(FadeOut(self.arrows), down, run_time=theme.TIME_QUICK)
            self.add(self.attention, self.moving)
            self.play(*self.enter(self.moving, self.attention), run_time=2.5)
            arcs = [
                ContextArcs(self.moving, average[target], target, theme.ATTENTION, 0.03, full, ARCS)
                for target in range(1, len(self.pieces))
            ]
            lights = LaggedStart(*(FlashArcs(one, run_time=2.2) for one in arcs if len(one)), lag_ratio=0.2)
            change = ChangeValues(self.moving.array, self.stages[1], lag_ratio=0.01, run_time=4)
            self.play(lights, change, run_time=4)
            self.arcs = arcs[-1]
            if len(self.arcs):
                self.play(GrowArcs(self.arcs), run_time=theme.TIME_BASE)

    def come_out_changed(self) -> None:
        """Beat 3."""
        center = 2 * STAGE
        note = self.length_note(0, 1).move_to(center + 2.55 * DOWN)
        narration = _("The same shape comes out on the other side, but with other contents.")
        with self.beat(narration, 5.5):
            gone = FadeOut(self.arcs) if len(self.arcs) else FadeIn(VGroup())
            slide = self.moving.animate.move_to(center + 0.5 * UP)
            self.play(gone, self.look(layout.FRAME_HEIGHT, center), slide, run_time=theme.TIME_SLOW)
            self.remove(self.attention)
            self.play(FadeIn(note), run_time=theme.TIME_BASE)
        self.length_said = note

    def length_note(self, before: int, after: int) -> VGroup:
        """How long the last column is as a vector, at two stages."""
        style: dict[str, Any] = {"decimals": 1, "sign": "never", "font_size": theme.FONT_LABEL}
        numbers = [
            VGroup(Numeral(self.length(stage), color=theme.HIGHLIGHT, passport="length of the last column", **style))
            for stage in (before, after)
        ]
        words = row_label(_("length of the last column"), theme.FONT_LABEL, theme.MUTED)
        return in_line(words, numbers[0], row_label("→", theme.FONT_LABEL, theme.MUTED), numbers[1], gap=0.25)

    def length(self, stage: int) -> float:
        """How long the last column is at a stage."""
        return float(np.linalg.norm(np.asarray(self.stages[stage], dtype=float)[self.last]))

    # -- neurons -----------------------------------------------------------------------------------------------------

    def think(self) -> None:
        """Beat 4."""
        self.mlp = self.slab(_("MLP, layer 1"), "mlp", 3)
        narration = _(
            "In the other kind, nobody talks. Each column goes through the same machine, alone. "
            "These are its most active neurons, and what they say is added to the column."
        )
        with self.beat(narration, 13):
            self.add(self.mlp)
            self.bring_to_front(self.moving)
            self.play(FadeOut(self.length_said), *self.enter(self.moving, self.mlp), run_time=2.5)
            self.neurons = self.neurons_above(self.moving)
            self.play(FadeIn(self.neurons), run_time=theme.TIME_QUICK)
            active, after = self.activations["post", 0], self.stages[2]
            for place, (neurons, column) in enumerate(pairs(self.neurons, self.moving.columns)):
                if place == 0:
                    self.play(ChangeValues(neurons, active[0], lag_ratio=0.05), run_time=1.2)
                    self.play(ChangeValues(column, after[0], lag_ratio=0.1), run_time=1.2)
            rest = [
                LaggedStart(
                    ChangeValues(self.neurons[place], active[place], lag_ratio=0.05),
                    ChangeValues(self.moving.columns[place], after[place], lag_ratio=0.1), lag_ratio=0.6,
                )
                for place in range(1, len(self.pieces))
            ]  # fmt: skip
            self.play(LaggedStart(*rest, lag_ratio=0.5), run_time=4.5)

    def neurons_above(self, sheet: Sheet) -> VGroup:
        """Above each word its most active neurons, still silent."""
        active = np.asarray(self.activations["post", 0], dtype=float)
        busy = -np.sort(-active, axis=1)[:, :NEURONS]
        scale = float(np.quantile(busy, BRIGHT)) or 1.0
        radius, columns = min(0.05, 0.1 * sheet.pitch), VGroup()
        for values, word in zip(active, sheet.words, strict=True):
            busiest = sorted(int(neuron) for neuron in np.argsort(-values, kind="stable")[:NEURONS])
            silence = np.zeros_like(values)
            column = NeuronColumn(silence, shown=busiest, scale=scale, radius=radius, passport="silence")
            column.neurons.arrange_in_grid(cols=PER_ROW, buff=0.7 * radius)
            column.ellipses.next_to(column.neurons, DOWN, buff=layout.GAP_TIGHT)
            columns.add(column.next_to(word, UP, buff=layout.GAP_LABEL))
        return columns


def mean_pattern(activations: Activations, layer: int) -> Quantity:
    """Attention averaged over all heads of a layer, shape (query, key)."""
    pattern = activations["pattern", layer]
    return Quantity(
        np.asarray(pattern, dtype=float).mean(axis=0), f"{pattern.name}.mean", ("query", "key"), pattern.source
    )
