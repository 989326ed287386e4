"""NetworkFlow: exchange, think, exchange, think; and at the end only the last column is read."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    LEFT,
    RIGHT,
    UP,
    Create,
    CurvedArrow,
    FadeIn,
    FadeOut,
    FadeTransform,
    ReplacementTransform,
    SurroundingRectangle,
    VGroup,
)

from mobjects import (
    BlockSlab,
    BraceCount,
    CountUp,
    Dim,
    GrowBars,
    GrowBraces,
    Numeral,
    PlatePulse,
    ProbabilityBars,
    ValueStrip,
    label,
    layout,
    theme,
)
from mobjects.bars import Bar
from mobjects.counted import in_line
from mobjects.token_label import row_label
from scenes.intro_flow_blocks import STAGE, FlowBlocks
from scenes.language import _
from scenes.motions import pairs
from scenes.vocabulary import vocabulary

TUNNEL_X, TUNNEL_Y, WIDTH = 3 * STAGE, 0.7, 10.2
THIN_HEIGHT, THIN_DEPTH = 2.3, 0.9
ROWS, CELL = 12, 0.1
FLOOR, TALLEST, LABELLED = -2.75, 1.2, 8
GUESSES = 7


class NetworkFlow(FlowBlocks):
    """Columns flow through many repetitions of two steps, and the last one becomes the answer."""

    def construct(self) -> None:
        """Columns, exchange, thought; all layers; the last column, its answer, and the whole way."""
        self.words_become_columns()
        self.exchange()
        self.come_out_changed()
        self.think()
        self.go_through_all_layers()
        self.count_the_layers()
        self.look_at_the_last_column()
        self.read_the_answer()
        self.see_the_whole_way()

    # -- the tunnel --------------------------------------------------------------------------------------------------

    @property
    def pitch(self) -> float:
        """From layer to layer."""
        return WIDTH / self.layers

    def slab_at(self, half: int) -> BlockSlab:
        """One of the thin blocks, two for each layer, by its place along the way."""
        kind = "mlp" if half % 2 else "attention"
        slab = BlockSlab(None, kind, 0.3 * self.pitch, THIN_HEIGHT, min(THIN_DEPTH, 0.5 * self.pitch))
        x = -WIDTH / 2 + (half // 2 + 0.3 + 0.42 * (half % 2)) * self.pitch
        return slab.move_to(TUNNEL_X + [x, TUNNEL_Y, 0])

    def strips(self, stage: int) -> VGroup:
        """The text's columns at a stage as small coloured squares."""
        cell = min(CELL, 0.9 * self.pitch / len(self.pieces)) if self.layers > 1 else CELL
        columns = VGroup(
            *(
                ValueStrip(self.stages[stage][place][:ROWS], cell, scale=self.scales[stage], color_by="magnitude")
                for place in range(len(self.pieces))
            )
        )
        return columns.arrange(RIGHT, buff=0)

    def along(self, stage: int) -> np.ndarray:
        """Where the columns are at a stage: before the first block, or just beyond one."""
        if stage == 0:
            return TUNNEL_X + [-WIDTH / 2 - 0.55, TUNNEL_Y, 0]
        return self.slabs[stage - 1].get_center() + [0.2 * self.pitch, 0, 0]

    def go_through_all_layers(self) -> None:
        """Beat 5."""
        self.slabs = [self.slab_at(half) for half in range(2 * self.layers)]
        self.column = self.strips(2).move_to(self.along(2))
        self.bars, self.bar_names = self.norm_bars()
        seconds = min(1.9, 9.5 / max(1, self.layers - 1))
        narration = _(
            "And so it goes on, layer after layer. Exchange, think. Exchange, think. The squares are the same columns, "
            "drawn small. Below you see how long the last one has become."
        )
        if self.layers == 1:
            narration = _("This network has only this one layer. Below you see how long its last column has become.")
        with self.beat(narration, 13.5):
            big = [self.attention[0], self.mlp[0]]
            gone = FadeOut(self.neurons, self.mlp[1], self.moving)
            shrink = [ReplacementTransform(slab, self.slabs[half]) for half, slab in enumerate(big)]
            title = label(_("length of the last column"), theme.FONT_SMALL, theme.MUTED)
            title.move_to(TUNNEL_X + [-6.4, FLOOR + TALLEST + 0.7, 0], aligned_edge=LEFT)
            self.bar_title = title
            self.play(gone, *shrink, self.look(layout.FRAME_HEIGHT, TUNNEL_X), run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.column, title), self.bar_grows(0), run_time=theme.TIME_BASE)
            for layer in range(1, self.layers):
                self.pass_layer(layer, seconds)

    def pass_layer(self, layer: int, seconds: float) -> None:
        """Two blocks appear, the columns pass them, and a bar says how long the last one is now."""
        both = self.slabs[2 * layer : 2 * layer + 2]
        self.play(*(FadeIn(slab, shift=0.2 * RIGHT) for slab in both), run_time=0.25 * seconds)
        self.bring_to_front(self.column)
        for half, slab in enumerate(both, 2 * layer):
            goal = self.column.copy().move_to(self.along(half + 1))
            for strip, place in pairs(goal, range(len(self.pieces))):
                strip.color_scale = self.scales[half + 1]
                strip.set_values(self.stages[half + 1][place][:ROWS])
            moves = [ReplacementTransform(self.column, goal), PlatePulse([slab.faces])]
            if half % 2:
                moves.append(self.bar_grows(layer))
            self.play(*moves, run_time=0.375 * seconds)
            self.column = goal

    def norm_bars(self) -> tuple[VGroup, VGroup]:
        """How long the last column is after each layer, and the number of the layer below."""
        lengths = [self.length(2 * layer + 2) for layer in range(self.layers)]
        unit, bars, names = TALLEST / max(lengths), VGroup(), VGroup()
        step = int(np.ceil(self.layers / LABELLED))
        for layer, length in enumerate(lengths):
            x = (self.slabs[2 * layer].get_x() + self.slabs[2 * layer + 1].get_x()) / 2
            bar = Bar(length, unit, 0.35 * self.pitch, UP, theme.EMBEDDING, passport="length of the last column")
            bar.shift(np.array([x, FLOOR, 0]) - bar.base)
            style: dict[str, Any] = {"decimals": 1, "sign": "never", "font_size": 26, "color": theme.HIGHLIGHT}
            number = Numeral(length, passport="length of the last column", **style)
            number.next_to(bar, UP, buff=layout.GAP_LABEL)
            name = Numeral(layer + 1, 0, "never", font_size=26, color=theme.MUTED, passport="index: layer")
            name.move_to([x, FLOOR - 0.28, 0])
            shown = layer % step == 0 or layer == self.layers - 1
            bars.add(VGroup(bar, number if shown else VGroup(), name if shown else VGroup()))
            names.add(name)
        return bars, names

    def bar_grows(self, layer: int) -> FadeIn:
        """A bar rises with its number."""
        return FadeIn(self.bars[layer], shift=0.3 * UP)

    def count_the_layers(self) -> None:
        """Beat 6."""
        row = VGroup(*self.slabs)
        brace = BraceCount(row, self.layers, UP, _("{} layers"), theme.TEXT, passport="size: layers")
        narration = _("Many repetitions of the same two steps: that is all there is between words and answer.")
        with self.beat(narration, 7):
            self.play(GrowBraces(brace), run_time=1.5)
            home = self.column.animate.scale(1.5).move_to(TUNNEL_X + [WIDTH / 2 + 0.75, TUNNEL_Y, 0])
            self.play(home, PlatePulse([slab.faces for slab in self.slabs], lag_ratio=0.4), run_time=2.5)
        self.brace = brace

    # -- the answer --------------------------------------------------------------------------------------------------

    def look_at_the_last_column(self) -> None:
        """Beat 7."""
        self.end = self.sheet_of(2 * self.layers, 1)
        self.end.shift(4 * STAGE)
        title = label(_("after the last layer"), theme.FONT_LABEL, theme.MUTED)
        title.next_to(self.end, UP, buff=layout.GAP)
        final = self.end.columns[-1]
        self.box = SurroundingRectangle(
            VGroup(final, self.end.words[-1]), buff=0.12, color=theme.HIGHLIGHT, stroke_width=theme.STROKE_STRONG
        )
        narration = _("Now the last layer is behind us. To guess what comes next, only the final column is read.")
        with self.beat(narration, 8.5):
            grow = FadeTransform(self.column.copy(), self.end)
            self.play(grow, self.look(layout.FRAME_HEIGHT, 4 * STAGE), run_time=theme.TIME_CAMERA)
            self.tunnel = [*self.slabs, *self.bars, self.bar_title, self.brace, self.column]
            self.remove(*self.tunnel)
            self.play(FadeIn(title), run_time=theme.TIME_QUICK)
            others = [self.end.array.brackets, *self.end.columns[:-1], *self.end.words[:-1]]
            self.play(Dim(*others), Create(self.box), run_time=theme.TIME_BASE)
        self.others, self.end_title = others, title

    def read_the_answer(self) -> None:
        """Beat 8."""
        final = VGroup(self.end.words[-1], self.end.columns[-1], self.box)
        goal = 4 * STAGE + [-4.6, 0, 0] - VGroup(final).get_center()
        bars = ProbabilityBars(
            self.quantity("PROB")[-1], vocabulary(self.checkpoint), k=GUESSES, whole_width=10.0,
            others=_("all {} others"), font_size=30, bar_height=0.36,
        )  # fmt: skip
        layout.fit(bars, 8.4, 5.4).move_to(4 * STAGE + [2.3, 0.1, 0])
        narration = _(
            "Out of it comes a share for every piece that might follow. "
            "So this one column must have collected everything that matters in the whole text."
        )
        with self.beat(narration, 12.5):
            self.play(FadeOut(*self.others, self.end_title), final.animate.shift(goal), run_time=theme.TIME_SLOW)
            start = self.box.get_right() + 0.15 * RIGHT
            style: dict[str, Any] = {"color": theme.HIGHLIGHT, "stroke_width": theme.STROKE_STRONG, "tip_length": 0.2}
            arrow = CurvedArrow(start, bars.get_left() + 0.2 * LEFT, angle=-0.6, **style)
            self.play(Create(arrow), run_time=theme.TIME_BASE)
            self.play(GrowBars(bars, lag_ratio=theme.LAG_ITEMS), run_time=3)
        self.answer, self.far = bars, [final, arrow, bars]

    def see_the_whole_way(self) -> None:
        """Beat 9."""
        total = int(np.sum(np.asarray(self.quantity("LEDGER"))))
        number = Numeral(
            total,
            0,
            "never",
            thousands=True,
            font_size=theme.FONT_BODY,
            color=theme.HIGHLIGHT,
            passport="count: parameters",
        )
        said = in_line(VGroup(number), row_label(_("numbers along the way"), theme.FONT_LABEL, theme.MUTED), gap=0.25)
        said.move_to(TUNNEL_X + [0, 3.4, 0])
        narration = _("This is the whole way, from words to answer. The rest of the series opens both kinds of block.")
        with self.beat(narration, 8.5):
            self.add(*self.tunnel)
            self.play(self.look(layout.FRAME_HEIGHT, TUNNEL_X), run_time=3.5)
            self.remove(*VGroup(*self.far).get_family())
            pulse = PlatePulse([slab.faces for slab in self.slabs], lag_ratio=0.4)
            self.play(pulse, FadeIn(said[1:]), CountUp(number), run_time=2.5)
