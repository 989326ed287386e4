"""LogitLens: the column read out early, after every layer: how the guess comes about."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Create, Dot, FadeIn, FadeOut, LaggedStart, Rectangle, VGroup
from manim.utils.rate_functions import linear

from mobjects import (
    Axes2D,
    Block,
    FlashAround,
    FlowIn,
    Numeral,
    ResidualRiver,
    flow_arrow,
    label,
    layout,
    plated,
    theme,
    token_label,
)
from mobjects.counted import counted, in_line
from mobjects.numerals import Floats
from mobjects.plots import PlotCurve
from mobjects.token_label import row_label
from model.activations import Quantity
from scenes.language import _
from scenes.mlp_subject import MlpScene
from scenes.vocabulary import vocabulary

BEST = 3
LISTS_Y, LINE = 0.2, 0.72
GRID_WIDTH, GRID_HEIGHT = 11.4, 5.4
NORM, AGREES = "length of the last column", "count: guesses that are the final ones"
EARLY = "count: early guesses"


class LogitLens(MlpScene):
    """Easy words settle early, hard ones late."""

    def setup(self) -> None:
        """Read the stream after every half of every layer."""
        super().setup()
        self.layers = self.checkpoint.config.n_layer
        self.words = vocabulary(self.checkpoint)
        self.whole = Quantity(
            np.asarray(self.guesses)[::2],
            "lens.probabilities.layers",
            ("layer", "position", "vocab"),
            self.guesses.source,
        )
        self.answer = int(np.asarray(self.guesses)[-1, self.last].argmax())

    def construct(self) -> None:
        """A river with taps, its guesses, the answer's share, all places, the end."""
        self.tap_the_river()
        self.read_at_every_layer()
        self.follow_the_answer()
        self.fill_the_grid()
        self.rest_on_the_grid()

    # -- the river ---------------------------------------------------------------------------------------------------

    def columns_x(self) -> Floats:
        """Where the readings stand, one before the first layer and one after each."""
        return np.linspace(-5.6, 5.6, self.layers + 1)

    def tap_the_river(self) -> None:
        """Beat 1."""
        streams = [self.activations["resid_pre", 0][self.last]]
        for layer in range(self.layers):
            streams += [self.activations[name, layer][self.last] for name in ("resid_mid", "resid_post")]
        norms = [float(np.linalg.norm(np.asarray(stream, dtype=float))) for stream in streams]
        blocks = [Block(word, kind=kind) for _layer in range(self.layers)
                  for word, kind in ((_("Attn"), "attention"), (_("MLP"), "mlp"))]  # fmt: skip
        self.river = ResidualRiver(blocks, norms, NORM, thickness=0.9).move_to([0, 0.2, 0])
        narration = _(
            "The last column on its way through the layers. What if we read it out early, at every one of them?"
        )
        with self.beat(narration, 9):
            self.play(FlowIn(self.river), run_time=3)
            self.play(*self.credit_to(_("{name}, measured").format(name=self.checkpoint.name)), run_time=0.5)
            self.play(
                LaggedStart(*(FlashAround(tap.block) for tap in self.river.taps[1::2]), lag_ratio=0.2), run_time=2.5
            )

    def list_at(self, layer: int, x: float) -> VGroup:
        """The three best guesses after some layers, with their shares."""
        shares = self.whole[layer, self.last]
        order = np.argsort(-np.asarray(shares), kind="stable")[:BEST]
        pitch = 11.2 / self.layers
        rows = VGroup()
        for rank, token in enumerate(map(int, order)):
            color = theme.HIGHLIGHT if token == self.answer else theme.TEXT
            word = layout.fit(token_label(self.words[token], 30, color), pitch - 0.15)
            number = Numeral(shares[token], 0, "never", font_size=25, color=theme.MUTED, factor=100)
            share = in_line(VGroup(number), row_label("%", 25, theme.MUTED), gap=0.05)
            y = LISTS_Y - 1.05 * rank
            word.move_to([x, y, 0])
            rows.add(VGroup(word, share.move_to([x, y - 0.42, 0])))
        return rows

    def read_at_every_layer(self) -> None:
        """Beat 2."""
        xs = self.columns_x()
        heads, arrows = VGroup(), VGroup()
        self.lists = VGroup(*(self.list_at(layer, float(x)) for layer, x in enumerate(xs)))
        for layer, x in enumerate(xs):
            words = counted(_("layer {}"), layer, 28, theme.MUTED, "index: layer")
            if layer == 0:
                words = label(_("start"), 28, theme.MUTED)
            heads.add(layout.fit(words, 11.2 / self.layers - 0.15).move_to([x, 1.75, 0]))
            arrows.add(flow_arrow(DOWN, 0.5, theme.RULE).move_to([x, 1.05, 0]))
        flow = flow_arrow(RIGHT, 11.6, theme.EMBEDDING).move_to([0, 2.4, 0])
        narration = _(
            "At the beginning it is only the last word, and what usually follows. Then, layer by layer, the guess "
            "takes "
            "shape. Here in yellow is what will be the answer: watch it come into the list, and climb to the top."
        )
        with self.beat(narration, max(16.5, 6.5 + 1.6 * (self.layers + 1))):
            self.play(FadeOut(self.river), FadeIn(flow), run_time=theme.TIME_BASE)
            for layer in range(self.layers + 1):
                come = LaggedStart(*(FadeIn(row, shift=0.4 * DOWN) for row in self.lists[layer]), lag_ratio=0.2)
                self.play(FadeIn(heads[layer], arrows[layer]), come, run_time=1.1)
                self.wait(0.4)
        self.reading = VGroup(heads, arrows, flow, self.lists)

    # -- the answer --------------------------------------------------------------------------------------------------

    def follow_the_answer(self) -> None:
        """Beat 3."""
        shares = np.asarray(self.guesses)[:, self.last, self.answer]
        places = np.arange(len(shares)) / 2
        axes = Axes2D((0.0, float(self.layers)), (0.0, 1.0), 9.6, 4.4, _("layers read"), _("share"), font_size=28)
        axes.move_to([-0.8, -0.2, 0])
        curve = PlotCurve(axes, places, shares, theme.HIGHLIGHT, "share of the answer, read early")
        curve.set_stroke(width=theme.STROKE_STRONG)
        dots = VGroup()
        for number, (place, share) in enumerate(zip(places, shares, strict=True)):
            color = theme.TEXT if number == 0 else theme.MLP if number % 2 == 0 else theme.ATTENTION
            dots.add(Dot(axes.point_at(float(place), float(share)), 0.09, color=color))
        step = int(np.argmax(np.diff(shares)))
        gain = Numeral(
            float(np.diff(shares)[step]), 2, "always", font_size=30, color=theme.HIGHLIGHT, passport="largest step"
        )
        gain.next_to(dots[step + 1], (LEFT if step > 3 else RIGHT) + UP, buff=0.15)
        gain = plated(gain)
        legend = VGroup()
        for words, color in ((_("after attention"), theme.ATTENTION), (_("after MLP"), theme.MLP)):
            legend.add(VGroup(Dot(radius=0.09, color=color), label(words, 28, theme.MUTED)).arrange(RIGHT, buff=0.15))
        legend = plated(legend.arrange(DOWN, aligned_edge=LEFT, buff=0.25)).move_to([4.6, 2.6, 0])
        word = layout.fit(token_label(self.words[self.answer], theme.FONT_LABEL, theme.HIGHLIGHT), 3.0)
        word.move_to([0, 3.3, 0])
        narration = _(
            "Follow the share of that answer. Attention moves it, MLPs move it; one step does more than any other."
        )
        with self.beat(narration, 9):
            self.play(FadeOut(self.reading), FadeIn(axes, word), run_time=theme.TIME_BASE)
            self.play(Create(curve, rate_func=linear), LaggedStart(*map(FadeIn, dots), lag_ratio=0.5), run_time=3)
            self.play(FadeIn(legend, gain), run_time=theme.TIME_BASE)
            self.play(FlashAround(dots[step + 1]), run_time=theme.TIME_BASE)
        self.curve, self.followed = curve, VGroup(axes, curve, dots, gain, legend, word)

    # -- all places --------------------------------------------------------------------------------------------------

    def fill_the_grid(self) -> None:
        """Beat 4."""
        best = np.asarray(self.whole).argmax(axis=2)
        rows, count = best.shape
        wide, tall = GRID_WIDTH / count, GRID_HEIGHT / (rows + 1)
        left, top = -GRID_WIDTH / 2 + 0.7, 2.7
        cells, heads, names = VGroup(), VGroup(), VGroup()
        for place, piece in enumerate(self.pieces):
            x = left + (place + 0.5) * wide
            heads.add(layout.fit(token_label(piece, 30), wide - 0.1).move_to([x, top + 0.45, 0]))
        for layer in range(rows):
            y = top - (layer + 0.5) * tall
            word = label(_("start") if layer == 0 else str(layer), 26, theme.MUTED)
            names.add(word.move_to([left - 0.15 - word.width / 2, y, 0]))
            for place in range(count):
                agrees = best[layer, place] == best[-1, place]
                plate = Rectangle(width=wide - 0.06, height=tall - 0.06, stroke_width=0, fill_opacity=1)
                plate.set_fill(theme.PLATE if not agrees else theme.CORRECT, 0.35 if agrees else 1)
                plate.move_to([left + (place + 0.5) * wide, y, 0])
                text = layout.fit(token_label(self.words[int(best[layer, place])], 26), wide - 0.15, tall - 0.12)
                cells.add(VGroup(plate, text.move_to(plate)))
        early = int((best[:-1] == best[-1]).sum())
        said = in_line(
            VGroup(Numeral(early, 0, "never", font_size=32, color=theme.CORRECT, passport=AGREES)),
            counted(_("of {} early guesses are the final ones"), best[:-1].size, 30, theme.MUTED, EARLY),
            gap=0.18,
        ).move_to([-1.2, -3.2, 0])  # fmt: skip
        narration = _(
            "And so for every place at once: the best guess after each layer, green where it is already the final one. "
            "Some settle early, others only at the end."
        )
        with self.beat(narration, 11):
            self.play(FadeOut(self.followed), FadeIn(heads, names), run_time=theme.TIME_BASE)
            self.play(LaggedStart(*(FadeIn(cell, scale=0.7) for cell in cells), lag_ratio=0.03), run_time=4.5)
            self.play(FadeIn(said), run_time=theme.TIME_BASE)
        self.cells, self.best, self.early = cells, best, early

    def rest_on_the_grid(self) -> None:
        """Beat 5."""
        narration = _(
            "It is a crude thermometer: early layers were never meant to be read so. But it is an honest one."
        )
        with self.beat(narration, 7.5):
            self.play(FlashAround(VGroup(*self.cells[-len(self.pieces) :])), run_time=theme.TIME_SLOW)
