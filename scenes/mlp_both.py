"""ReluAndGelu, beats 4 and 5: a sum counts traits, and only shifted and bent does it say "both"."""

from __future__ import annotations

import numpy as np
from manim import DOWN, RIGHT, UP, Create, FadeIn, FadeOut, GrowArrow, LaggedStart, Transform, VGroup

from mobjects import FlashAround, Numeral, label, layout, theme
from mobjects.counted import counted, in_line
from mobjects.token_label import row_label
from scenes.language import _
from scenes.mlp_subject import MlpScene
from scenes.mlp_trait_plane import PEOPLE, TraitPlane

PLANE_X, ROWS_Y, ROW = -3.3, 0.75, 0.85
NAMES_X, SUM_X, SHIFTED_X, BENT_X = 0.1, 3.1, 4.65, 6.0
SUM, OFFSET, SHIFTED, BENT = "sum of two projections", "offset set by hand", "sum and offset", "sum and offset, bent"


class Both(MlpScene):
    """Two traits, and who has both."""

    @property
    def threshold(self) -> float:
        """Half-way between the reading with both traits and the next."""
        return float((self.traits.sums[0, 0] + self.traits.highest_other) / 2)

    def count_traits(self) -> None:
        """Beat 4."""
        traits, spaced = self.traits, self.carried is not None
        self.plane = TraitPlane(traits, 5.4, spaced).move_to([PLANE_X, -0.25, 0])
        names = VGroup(*(self.plane.named(*who).shift(self.row(place)) for place, who in enumerate(PEOPLE)))
        for name in names:
            layout.fit(name, 2.6)
            name.shift([NAMES_X - name.get_left()[0], 0, 0])
        heads = VGroup(
            label(_("sum"), 28, theme.MUTED),
            in_line(VGroup(self.number(-self.threshold, "always", OFFSET, theme.MUTED)), gap=0),
            label(_("bent"), 28, theme.MUTED),
        )
        for head, x in zip(heads, (SUM_X, SHIFTED_X, BENT_X), strict=True):
            head.move_to([x, ROWS_Y + 0.85, 0])
        sums = [float(traits.sums[who]) for who in PEOPLE]
        shifted = [value - self.threshold for value in sums]
        bent = [max(value, 0.0) for value in shifted]
        columns = [
            self.column(sums, SUM_X, SUM), self.column(shifted, SHIFTED_X, SHIFTED), self.column(bent, BENT_X, BENT)
        ]  # fmt: skip
        narration = _(
            "Why does it matter? Two directions of the network: a given name and a family name. "
            "A plain sum counts how many of the two are there. Shift it down, and cut: now it answers only for both."
        )
        if not spaced:
            narration = _(
                "Why does it matter? Two directions of the network: what comes first, and what comes second. "
                "A plain sum counts how many of the two are there. Shift it down, and cut: now it answers only for "
                "both."
            )
        if traits.margin <= 0:
            narration = _(
                "Why does it matter? Two directions of the network: what comes first, and what comes second. A plain "
                "sum should count them, but in this network having both does not stand out. The picture says so."
            )
        with self.beat(narration, 15.5):
            self.play(FadeOut(self.curved), FadeIn(self.plane.axes), run_time=theme.TIME_BASE)
            self.play(*map(GrowArrow, self.plane.arrows), FadeIn(self.plane.names), run_time=theme.TIME_BASE)
            visitor = self.plane.visitor(*PEOPLE[0])
            for place, who in enumerate(PEOPLE):
                move = FadeIn(visitor) if place == 0 else Transform(visitor, self.plane.visitor(*who))
                extra = [FadeIn(heads[0])] if place == 0 else []
                self.play(move, run_time=1.3)
                self.play(FadeIn(names[place], columns[0][place]), *extra, run_time=0.6)
            for head, column in zip(heads[1:], columns[1:], strict=True):
                come = [FadeIn(number, shift=0.2 * RIGHT) for number in column]
                self.play(FadeIn(head), LaggedStart(*come, lag_ratio=0.15), run_time=1.3)
            self.play(FlashAround(columns[2][0]), run_time=theme.TIME_BASE)
        self.visitor = visitor
        self.table = VGroup(names, heads, *columns)

    @staticmethod
    def row(place: int) -> np.ndarray:
        """Where a line of the table is."""
        return np.array([0.0, ROWS_Y - ROW * place, 0.0])

    @staticmethod
    def number(value: float, sign: str, passport: str, color: str | None = None) -> Numeral:
        """A number of the table."""
        return Numeral(value, 1, sign, font_size=32, color=color, passport=passport)

    def column(self, values: list[float], x: float, passport: str) -> VGroup:
        """Numbers below each other, one for each of the four readings."""
        numbers = VGroup()
        for place, value in enumerate(values):
            color = theme.HIGHLIGHT if place == 0 else None
            number = self.number(value, "negative", passport, color)
            number.shift(self.row(place) + np.array([x + 0.45 - number.get_right()[0], 0, 0]))
            numbers.add(number)
        return numbers

    def draw_the_line(self) -> None:
        """Beat 5."""
        traits = self.traits
        sides, border, dots = self.plane.sides(self.threshold), self.plane.border(self.threshold), self.plane.dots()
        has_both = np.zeros(traits.sums.shape, bool)
        has_both[0, 0] = True
        right = int(((traits.sums > self.threshold) == has_both).sum())
        words = _("of {} names") if self.carried else _("of {} pairs")
        said = VGroup(
            in_line(
                VGroup(Numeral(right, 0, "never", font_size=theme.FONT_BODY, color=theme.CORRECT, passport=COUNTED)),
                counted(words, traits.sums.size, theme.FONT_LABEL, theme.MUTED, COUNTED), gap=0.2,
            ),
            row_label(_("on the right side"), theme.FONT_LABEL, theme.MUTED),
        ).arrange(DOWN, buff=layout.GAP_RELATED)  # fmt: skip
        said.move_to([3.3, 0, 0])
        narration = _(
            "One bent neuron draws one line through the space. On this side it says yes, on that side nothing."
        )
        with self.beat(narration, 8.5):
            self.play(FadeOut(self.table, self.visitor), FadeIn(dots, lag_ratio=0.01), run_time=1.5)
            self.play(Create(border), run_time=theme.TIME_BASE)
            self.add(sides)
            self.bring_to_back(sides)
            self.play(FadeIn(sides), run_time=theme.TIME_BASE)
            self.play(FadeIn(said, shift=0.2 * UP), run_time=theme.TIME_BASE)
        self.divided = VGroup(self.plane, sides, border, dots, said)


COUNTED = "count: readings of two traits"
