"""MlpThreeSteps, beats 1 to 5: a column enters, and passes the first table and the bend."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    GrowArrow,
    LaggedStart,
    ReplacementTransform,
    RoundedRectangle,
    SurroundingRectangle,
    Transform,
    VGroup,
)

from mobjects import (
    BlockSlab,
    ChangeValues,
    Dim,
    FlashAround,
    MatrixVectorProduct,
    Numeral,
    NumericEmbedding,
    ProductEquation,
    flow_arrow,
    label,
    layout,
    theme,
)
from mobjects.counted import counted, in_line
from model.probing import neurons
from scenes.language import _
from scenes.mlp_subject import MlpScene
from scenes.motions import pairs
from scenes.sheets import Sheet

SHEET, DEPTH, SLAB_HEIGHT, SLAB_DEPTH = 10.6, 5, 6.0, 1.3
FRAMES, NARROW, WIDE, FRAME_WIDTH = (-5.0, -1.7, 1.7, 5.0), 3.3, 5.2, 1.5  # x, heights, width
COLUMNS = 4  # entries of a row
SIZE = "size of the network's tables"


class MlpStage(MlpScene):
    """Stretch, bend: a column becomes four times as many numbers, and most of them fall silent."""

    def enter_the_block(self) -> None:
        """Beat 1."""
        stream = self.activations["resid_mid", self.layer]
        style: dict[str, Any] = {"font_size": 27, "decimals": 1, "color_scale": theme.value_scale(np.asarray(stream))}
        self.sheet = Sheet(self.pieces, stream, DEPTH, SHEET, **style).set_y(-0.6)
        slab = BlockSlab(None, "mlp", max(self.sheet.width, 4.5) + 0.9, SLAB_HEIGHT, SLAB_DEPTH)
        slab.front.set_fill(opacity=theme.OPACITY_GHOST)
        slab.shift(0.05 * UP - slab.front.get_center())
        name = label(_("MLP, layer {layer}").format(layer=self.layer + 1), theme.FONT_LABEL, theme.MLP)
        name.next_to(slab.front.get_top(), DOWN, buff=layout.GAP_RELATED)
        column = self.sheet.columns[-1]
        box = SurroundingRectangle(column, color=theme.HIGHLIGHT, stroke_width=theme.STROKE_BOX, buff=0.12)
        narration = _(
            "This block is called an MLP. It takes the columns one at a time. Let us go in with the last one."
        )
        with self.beat(narration, 8.5):
            self.play(FadeIn(self.sheet), run_time=theme.TIME_BASE)
            self.add(slab, self.sheet)
            self.play(FadeIn(slab, shift=2 * LEFT), FadeIn(name), run_time=1.5)
            self.play(*self.credit_to(_("{name}, measured").format(name=self.checkpoint.name)), run_time=0.5)
            others = [part for place in range(self.last)
                      for part in (self.sheet.words[place], self.sheet.columns[place])]  # fmt: skip
            self.play(Create(box), *([Dim(*others, opacity=theme.OPACITY_HALF)] if others else []))
        self.outside = VGroup(slab, name, box, *others, self.sheet.array.brackets, self.sheet.words[-1])

    # -- the stage ---------------------------------------------------------------------------------------------------

    def turn_the_frame(self) -> None:
        """Beat 2."""
        self.hulls, self.sizes = VGroup(), VGroup()
        for x, height, count in zip(FRAMES, (NARROW, WIDE, WIDE, NARROW), self.counts(), strict=True):
            frame = RoundedRectangle(
                corner_radius=0.15, width=FRAME_WIDTH, height=height, stroke_width=theme.STROKE_BOX
            )
            frame.set_stroke(theme.MLP if height == WIDE else theme.EMBEDDING).move_to([x, 0.35, 0])
            size = Numeral(count, 0, "never", thousands=True, font_size=theme.FONT_LABEL, passport=SIZE)
            self.hulls.add(frame)
            self.sizes.add(size.next_to(frame, DOWN, buff=layout.GAP_LABEL))
        self.inside = NumericEmbedding(self.normal, 5, font_size=28, tint=theme.EMBEDDING, brackets=False)
        self.inside.move_to(self.hulls[0])
        narration = _(
            "Seen from the side. Its numbers, brought to one scale, come in narrow. It gets wide, then narrow again."
        )
        with self.beat(narration, 9):
            column = self.sheet.columns[-1]
            self.remove(*self.sheet.get_family())
            self.add(self.outside, column)
            self.play(FadeOut(self.outside), ReplacementTransform(column, self.inside), run_time=1.5)
            grow = [FadeIn(frame, scale=0.2, target_position=frame.get_center()) for frame in self.hulls]
            self.play(LaggedStart(*grow, lag_ratio=0.25), run_time=theme.TIME_SLOW)
            self.play(LaggedStart(*map(FadeIn, self.sizes), lag_ratio=0.25), run_time=1.5)

    def counts(self) -> tuple[int, int, int, int]:
        """How many numbers the column has at each frame."""
        return self.width, self.neurons, self.neurons, self.width

    def name_the_steps(self) -> None:
        """Beat 3."""
        self.arrows, self.steps = VGroup(), VGroup()
        for place, name in enumerate((_("linear"), _("bend"), _("linear"))):
            gap = FRAMES[place + 1] - FRAMES[place] - FRAME_WIDTH - 0.4
            arrow = flow_arrow(RIGHT, gap, theme.TEXT)
            arrow.move_to([(FRAMES[place] + FRAMES[place + 1]) / 2, 0.35, 0])
            self.arrows.add(arrow)
            self.steps.add(label(name, 32, theme.HIGHLIGHT).next_to(arrow, UP, buff=layout.GAP_LABEL))
        narration = _(
            "Three steps: a table stretches the column, a bend decides what stays, and a table squeezes it back."
        )
        with self.beat(narration, 8):
            for arrow, name in pairs(self.arrows, self.steps):
                self.play(GrowArrow(arrow), FadeIn(name, shift=0.2 * UP), run_time=1.2)
            self.play(LaggedStart(*map(FlashAround, self.steps), lag_ratio=0.4), run_time=2)
        self.stage = VGroup(self.hulls, self.sizes, self.arrows, self.steps)

    # -- the first table and the bend --------------------------------------------------------------------------------

    def multiply(self) -> None:
        """Beat 4."""
        table = neurons.table(self.checkpoint, self.layer, "up")
        self.seen = self.window()
        self.equation = ProductEquation(
            table, self.normal, self.pre, self.bias("BUP"), rows=self.seen, max_columns=COLUMNS,
            vector_tint=theme.EMBEDDING, decimals=2, font_size=30,
        )  # fmt: skip
        layout.fit(self.equation, 12.6, 5.2).move_to([0, -0.35, 0])
        note = counted(_("{} neurons, a row for each"), self.neurons, theme.FONT_LABEL, theme.MLP, SIZE)
        note.move_to([0, layout.SAFE_Y - 0.3, 0])
        times = self.neurons // self.width
        narration = _(
            "The first table has a row for every neuron. Row times column, entry by entry, all added up, plus an "
            "offset: "
            "one number each. That is {times} times as many numbers as came in."
        )
        with self.beat(narration.format(times=COUNTING.get(times, str(times))), 15.5):
            goal = self.equation.vector
            moving = VGroup(*self.inside.entries, *self.inside.ellipses)
            self.remove(self.inside)
            self.add(moving)
            self.play(FadeOut(self.stage, moving), run_time=theme.TIME_QUICK)
            self.play(FadeIn(goal, self.equation.matrix, note), run_time=theme.TIME_BASE)
            rest = [part for part in self.equation.operands if part not in (goal, self.equation.matrix)]
            if rest:
                self.play(FadeIn(*rest), run_time=theme.TIME_QUICK)
            self.play(MatrixVectorProduct(self.equation, 2, _("+ {} more terms")), run_time=8.5)
        self.note = note

    def bend(self) -> None:
        """Beat 5."""
        style: dict[str, Any] = {"shown": self.seen, "decimals": 2, "color_by": "signed", "font_size": 34}
        pre = NumericEmbedding(self.pre, **style).move_to([-1.9, 0.3, 0])
        post = NumericEmbedding(self.pre, **style).move_to([1.9, 0.3, 0])
        layout.fit(VGroup(pre, post), height=4.9)
        arrows = VGroup(
            *(
                flow_arrow(RIGHT, 1.5, theme.MUTED).move_to([0, entry.anchor[1], 0])
                for entry in (pre.entry(place) for place in range(len(self.seen)))
            )
        )
        names = VGroup(
            label(_("before"), 32, theme.MUTED).next_to(pre, UP), label(_("after"), 32, theme.MUTED).next_to(post, UP)
        )
        fire = int((np.asarray(self.pre) > 0).sum())
        said = in_line(
            VGroup(Numeral(fire, 0, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT, passport=FIRING)),
            counted(_("of {} are above zero"), self.neurons, theme.FONT_LABEL, theme.MUTED, SIZE), gap=0.2,
        )  # fmt: skip
        said.move_to([0, -3.05, 0])
        exact = self.checkpoint.config.activation == "relu"
        narration = _(
            "Then the bend. What is above zero stays; what is below becomes zero. Most of the neurons fall silent."
        )
        if not exact or 2 * fire >= self.neurons:
            narration = _("Then the bend. What is above zero stays; what is below becomes zero, or very nearly.")
        with self.beat(narration, 8.5):
            source = self.equation.result
            self.remove(source)
            others = VGroup(*self.equation.submobjects[:-1])
            self.remove(self.equation)
            self.add(others)
            self.play(FadeOut(others, self.note), Transform(source, pre), run_time=theme.TIME_BASE)
            self.remove(source)
            self.add(pre)
            self.play(FadeIn(post), LaggedStart(*map(GrowArrow, arrows), lag_ratio=0.1), FadeIn(names), run_time=1.2)
            self.play(ChangeValues(post, self.post, lag_ratio=0.2), run_time=theme.TIME_SLOW)
            self.play(FadeIn(said), run_time=theme.TIME_QUICK)
        self.bent = VGroup(pre, post, arrows, names, said)


COUNTING = {2: _("two"), 3: _("three"), 4: _("four"), 8: _("eight")}
FIRING = "count: neurons above zero before the bend"
