"""SuperpositionToy, beats 1 to 4: five ideas, two numbers, and what training makes of them."""

from __future__ import annotations

import numpy as np
from manim import DOWN, RIGHT, Circle, Create, FadeIn, FadeOut, LaggedStart, Line, VGroup

from mobjects import (
    ChangeValues,
    FlashAround,
    GrowVectors,
    MoveSlider,
    Numeral,
    Slider,
    SpacePlot,
    WeightMatrix,
    label,
    layout,
    theme,
)
from mobjects.counted import in_line
from mobjects.numerals import Floats
from mobjects.token_label import row_label
from model import recorded
from model.activations import Quantity
from model.toys.feature_geometry import overlaps
from scenes.intro_word_space import CROSSED, WordSpace
from scenes.language import _

NAMES = "ABCDE"
DENSE, STAR = 0, -1  # which of the recorded sparsities
LOOKS = (0, 10, 20, 30, 40, -1)  # of the recorded steps of training
REACH, PLOT_X = 2.5, -3.0
SPARSITY, REPRESENTED, PRODUCT = (
    "sparsity of a recorded toy",
    "count: directions longer than 0.5",
    "product of two directions",
)


class Toy(WordSpace):
    """More ideas than numbers: what a toy network learns to do about it."""

    def setup(self) -> None:
        """Take what was recorded of the toy."""
        super().setup()
        self.toy = recorded.load("superposition")
        self.sparsities = [float(one) for one in self.toy.facts["families"]["five_in_two"]["sparsities"]]
        self.idea_inks = dict(
            zip(NAMES, (theme.KEY, theme.QUERY, theme.VALUE, theme.UPDATE, theme.OUTPUT), strict=True)
        )

    def directions(self, sparsity: int, step: int = -1) -> Quantity:
        """The five directions, axes (feature, dimension)."""
        found: Quantity = self.toy["five_in_two.directions"][step, sparsity]
        return found

    def kept(self, sparsity: int) -> int:
        """How many features have a direction to speak of."""
        return int((np.linalg.norm(np.asarray(self.directions(sparsity), dtype=float), axis=1) > 0.5).sum())

    # -- beats -------------------------------------------------------------------------------------------------------

    def squeeze(self) -> None:
        """Beat 1."""
        rows = [
            VGroup(*(self.circle(name) for name in NAMES)).arrange(DOWN, buff=0.35).move_to([x, -0.1, 0])
            for x in (-4, 4)
        ]
        slot_style = {"fill_color": theme.BACKGROUND, "fill_opacity": 1, "stroke_width": theme.STROKE_BOX}
        gate = VGroup(*(Circle(0.36, color=theme.TEXT, **slot_style) for _two in "xy"))
        gate.arrange(DOWN, buff=0.5).move_to([0, -0.1, 0])
        lines = VGroup()
        for row in rows:
            for circle in row:
                for slot in gate:
                    line = Line(
                        circle.get_center(), slot.get_center(), color=theme.RULE, stroke_width=theme.STROKE_RULE
                    )
                    lines.add(line)
        heads = VGroup()
        for words, count, x in ((_("ideas"), 5, -4), (_("numbers"), 2, 0), (_("ideas, read back"), 5, 4)):
            number = Numeral(
                count, 0, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT, passport="size of the toy"
            )
            heads.add(
                in_line(VGroup(number), row_label(words, theme.FONT_LABEL, theme.MUTED), gap=0.2).move_to([x, 3.1, 0])
            )
        narration = _(
            "A toy network has five ideas to hand on, and only two numbers to do it with. What would training do?"
        )
        with self.beat(narration, 8.5):
            self.play(
                LaggedStart(*(FadeIn(one, shift=0.3 * RIGHT) for one in rows[0]), lag_ratio=0.15),
                FadeIn(heads[0]),
                run_time=1.5,
            )
            for half, part in ((lines[:10], gate), (lines[10:], rows[1])):
                self.add(half, *rows[0], gate)
                self.bring_to_back(half)
                self.play(Create(half, lag_ratio=0.02), FadeIn(part, heads[1 + (part is rows[1])]), run_time=1.2)
            self.play(*self.credit_to(_("a recorded toy network, measured")), run_time=0.5)
        self.funnel = VGroup(*rows, gate, lines, heads)

    def circle(self, name: str) -> VGroup:
        """An idea."""
        ring = Circle(
            0.36, color=self.idea_inks[name], fill_color=theme.BACKGROUND, fill_opacity=1, stroke_width=theme.STROKE_BOX
        )
        return VGroup(ring, label(name, 30, self.idea_inks[name]).move_to(ring))

    def learn_from_dense_data(self) -> None:
        """Beat 2."""
        steps = np.asarray(self.toy["five_in_two.steps"])
        self.plot = SpacePlot(
            self.directions(DENSE, LOOKS[0]), list(NAMES), list(self.idea_inks.values()), reach=REACH, label_size=30
        )
        self.scale_to_one()
        self.plot.move_to([PLOT_X, -0.1, 0])
        number = Numeral(int(steps[-1]), 0, "never", thousands=True, font_size=theme.FONT_LABEL,
                         color=theme.HIGHLIGHT, passport="step of training")  # fmt: skip
        words = row_label(_("step"), theme.FONT_LABEL, theme.MUTED)
        self.stepped = VGroup(words, number).arrange(RIGHT, buff=0.25).move_to([3.2, 0, 0])
        number.set_value(int(steps[LOOKS[0]]), "step of training")
        narration = _(
            "If all five occur at once, all the time, it keeps the two that matter most, each with a direction of its "
            "own, "
            "and drops the rest."
        )
        with self.beat(narration, 10, allowed=CROSSED):
            self.play(FadeOut(self.funnel), FadeIn(self.plot.floor, self.plot.axes), run_time=theme.TIME_BASE)
            self.play(GrowVectors(self.plot), FadeIn(self.stepped), run_time=theme.TIME_BASE)
            for look in LOOKS[1:]:
                swing = ChangeValues(self.plot, self.directions(DENSE, look))
                self.play(swing, ChangeValues(number, float(steps[look]), passport="step of training"), run_time=0.9)
        self.stepped_number = number

    def scale_to_one(self) -> None:
        """The plot's scale is that of the longest direction at any sparsity, so that nothing leaves it."""
        every = np.asarray(self.toy["five_in_two.directions"], dtype=float)[-1]
        longest = float(np.linalg.norm(every, axis=-1).max())
        self.plot.longest = max(longest, self.plot.longest)
        self.plot.redraw()

    def make_them_rare(self) -> None:
        """Beat 3."""
        slider = Slider(self.sparsities[0], 0.0, 1.0, _("sparsity"), length=2.7, font_size=30, passport=SPARSITY)
        slider.move_to([3.2, 1.2, 0])
        count = Numeral(
            self.kept(DENSE), 0, "never", font_size=theme.FONT_BODY, color=theme.HIGHLIGHT, passport=REPRESENTED
        )
        words = row_label(_("of five kept"), theme.FONT_LABEL, theme.MUTED)
        self.counted = VGroup(count, words).arrange(RIGHT, buff=0.25).move_to([3.2, -0.6, 0])
        narration = _(
            "Now let each of them be absent, most of the time. First two pairs share the room, each with its opposite. "
            "Rarer still, and it squeezes in all five: a star with five points."
        )
        with self.beat(narration, 14.5, allowed=CROSSED):
            self.play(FadeOut(self.stepped), FadeIn(slider, self.counted), run_time=theme.TIME_BASE)
            for place, sparsity in enumerate(self.sparsities[1:], 1):
                move = MoveSlider(slider, sparsity, SPARSITY)
                change = ChangeValues(count, float(self.kept(place)), passport=REPRESENTED)
                self.play(move, ChangeValues(self.plot, self.directions(place)), change, run_time=1.6)
                self.wait(0.4)
        self.slider = slider

    def overlaps_of(self, sparsity: int) -> Floats:
        """Products of every two directions, shape (feature, feature)."""
        return np.asarray(overlaps(self.directions(sparsity)), dtype=float)

    def show_the_price(self) -> None:
        """Beat 4."""
        table = WeightMatrix(
            self.overlaps_of(STAR), max_rows=5, max_columns=5, decimals=1, font_size=34, passport=PRODUCT
        )
        table.move_to([3.1, -0.3, 0])
        names = VGroup()
        for place, name in enumerate(NAMES):
            ink = self.idea_inks[name]
            names.add(label(name, 34, ink).move_to([table.column(place).get_x(), table.get_top()[1] + 0.35, 0]))
            names.add(label(name, 34, ink).move_to([table.get_left()[0] - 0.3, table.row(place).get_y(), 0]))
        self.products = VGroup(table, names)
        layout.fit(self.products, 6.2).move_to([3.25, -0.1, 0])
        narration = _(
            "That has a price. Multiply every two directions: beside the diagonal there should be zeros. There is "
            "cross-talk."
        )
        with self.beat(narration, 9):
            self.play(FadeOut(self.slider, self.counted), FadeIn(table.brackets, names), run_time=theme.TIME_BASE)
            entries = [FadeIn(entry, scale=0.5) for entry in table.entries]
            self.play(LaggedStart(*entries, lag_ratio=0.1), run_time=3)
            beside = [table.entry(row, row) for row in range(5)]
            self.play(LaggedStart(*map(FlashAround, beside), lag_ratio=0.2), run_time=theme.TIME_SLOW)
