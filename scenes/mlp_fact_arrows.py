"""FactAsVectorSum, beats 1 to 4: an answer, and two traits in the column that gives it."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Angle, Create, FadeIn, FadeOut, GrowArrow, LaggedStart, Transform, VGroup

from mobjects import (
    ChangeValues,
    ContextArcs,
    CountUp,
    FlashAround,
    GrowArcs,
    GrowBars,
    Numeral,
    ProbabilityBars,
    SlotMarker,
    TokenRow,
    label,
    layout,
    theme,
)
from mobjects.counted import in_line
from mobjects.token_label import row_label
from model.probing.claims import Claim, claim_of
from model.probing.traits import Traits, traits_of_people, traits_of_pieces
from scenes.language import _
from scenes.mlp_subject import MlpScene
from scenes.mlp_trait_plane import PEOPLE, TraitPlane
from scenes.vocabulary import vocabulary

SHOWN, ROW_Y = 5, 2.75
PLANE, PLANE_X, SIDE_X = 5.4, -3.4, 3.4
NAMES_X, COLUMNS_X, ROWS_Y, ROW = 0.1, (4.0, 5.8), 0.75, 0.85
SQUARE = 10.0  # degrees off a right angle that still count as nearly one
PROJECTION = "projection on a measured direction"


class FactArrows(MlpScene):
    """Both parts of a name are directions in the column that has to give the answer."""

    @cached_property
    def claim(self) -> Claim:
        """What the sentence claims at its end."""
        return claim_of(self.checkpoint, self.pick.prompt)

    @cached_property
    def traits(self) -> Traits:
        """Given and family name, if the sentence asks for a fact; else its first two pieces."""
        if self.claim.fact and self.carried:
            return traits_of_people(self.checkpoint, self.claim.fact.name, self.pick.prompt)
        return traits_of_pieces(self.checkpoint, self.activations.ids)

    @property
    def answer(self) -> str:
        """What is claimed, as a word."""
        return self.claim.words[0].strip() or _("space")

    def know_the_answer(self) -> None:
        """Beat 1."""
        self.row = TokenRow(self.pieces, max_width=10.5)
        slot = SlotMarker(self.row)
        self.asked = VGroup(self.row, slot).move_to([0, ROW_Y, 0])
        shares = self.quantity("PROB")[self.last]
        ranked = np.sort(np.asarray(shares, dtype=float))[::-1]
        longest = max(float(ranked[0]), 1 - float(ranked[:SHOWN].sum()))
        bars = ProbabilityBars(
            shares, vocabulary(self.checkpoint), SHOWN, 6.2 / longest, others=_("all {} others"), font_size=32
        )
        self.bars = layout.fit(bars, 11.5, 4.2).move_to([0, -0.7, 0])
        narration = _(
            "An invented person, from the text this network learned. It knows the answer. But where is that kept?"
        )
        if not self.claim.fact:
            narration = _("The network reads this, and it has an answer. But where in all the numbers is that kept?")
        with self.beat(narration, 8.5):
            rise = LaggedStart(*(FadeIn(token, shift=0.25 * UP) for token in self.row.tokens), lag_ratio=0.1)
            self.play(rise, run_time=1.5)
            self.play(Create(slot.box), FadeIn(slot.mark), run_time=theme.TIME_QUICK)
            self.play(*self.credit_to(_("{name}, measured").format(name=self.checkpoint.name)), run_time=0.5)
            self.play(GrowBars(self.bars), run_time=theme.TIME_SLOW)

    def draw_the_directions(self) -> None:
        """Beat 2."""
        traits = self.traits
        self.plane = TraitPlane(traits, PLANE, self.claim.fact is not None).move_to([PLANE_X, -0.25, 0])
        first, second = self.plane.arrows
        arc = Angle(first, second, radius=0.7, color=theme.HIGHLIGHT)
        number = Numeral(traits.angle, 1, "never", font_size=theme.FONT_BODY, color=theme.HIGHLIGHT, passport=ANGLE)
        degrees = in_line(VGroup(number), row_label("°", theme.FONT_BODY, theme.HIGHLIGHT), gap=0.05)
        width = Numeral(
            self.width, 0, "never", font_size=32, color=theme.MUTED, passport="size of the network's tables"
        )
        room = in_line(
            row_label(_("in"), 32, theme.MUTED), VGroup(width), row_label(_("dimensions"), 32, theme.MUTED), gap=0.2
        )
        said = VGroup(degrees, room).arrange(DOWN, buff=layout.GAP_RELATED).move_to([SIDE_X, 0, 0])
        narration = _(
            "Two ideas, two directions: what columns with this given name have in common, and this family name. "
            "They stand nearly at a right angle."
        )
        if not self.claim.fact:
            narration = _(
                "Two ideas, two directions: what columns with this first piece have in common, and with this second "
                "piece."
            )
        elif abs(traits.angle - 90) > SQUARE:
            narration = _(
                "Two ideas, two directions: what columns with this given name have in common, and this family name. "
                "This is the angle between them."
            )
        with self.beat(narration, 9.5):
            self.play(FadeOut(self.bars, self.asked), FadeIn(self.plane.axes), run_time=theme.TIME_BASE)
            self.play(GrowArrow(first), FadeIn(self.plane.names[0]), run_time=1.2)
            self.play(GrowArrow(second), FadeIn(self.plane.names[1]), run_time=1.2)
            self.play(Create(arc), FadeIn(room), FadeIn(degrees[1]), CountUp(number), run_time=1.5)
        self.angle_said = VGroup(arc, said)

    # -- attention brought it ----------------------------------------------------------------------------------------

    def look_from_the_end(self) -> tuple[int, int]:
        """The layer and head, up to where traits are read, that look most from the last place at what is before it."""
        best, place = -1.0, (0, 0)
        for layer in range(self.traits.layer + 1):
            pattern = np.asarray(self.activations["pattern", layer], dtype=float)
            shares = pattern[:, self.last, : max(1, self.last)].sum(-1)
            if shares.max() > best:
                best, place = float(shares.max()), (layer, int(shares.argmax()))
        return place

    def bring_it_over(self) -> None:
        """Beat 3."""
        layer, head = self.look_from_the_end()
        pattern = self.activations["pattern", layer].at(head=head)[self.last]
        row = TokenRow(self.pieces, max_width=6.0).move_to([SIDE_X, 0.6, 0])
        arcs = ContextArcs(row, pattern, self.last, theme.ATTENTION, 0.03, None, 1.2)
        where = label(_("layer {layer}, head {head}").format(layer=layer + 1, head=head + 1), 28, theme.ATTENTION)
        where.next_to(row, UP, buff=1.6)
        before, after = self.traits.before, self.traits.projections[0, 0]
        lines, numbers = VGroup(), VGroup()
        for side, (name, color) in enumerate(zip(self.plane.names, (theme.KEY, theme.QUERY), strict=True)):
            words = name.copy().set_color(color)
            number = Numeral(float(before[side]), 1, font_size=theme.FONT_LABEL, color=color, passport=PROJECTION)
            lines.add(VGroup(words, number).arrange(RIGHT, buff=layout.GAP))
            numbers.add(number)
        lines.arrange(DOWN, buff=0.3, aligned_edge=LEFT).move_to([SIDE_X, -1.5, 0])
        narration = _(
            "Where is the last column between them? Before any attention, at zero. "
            "Then attention brings both names over, and its shadow grows along both arrows."
        )
        if not self.claim.fact:
            narration = _(
                "Where is the column after the second piece? Before any attention it knows only its own piece. "
                "Afterwards, this is where its shadow falls."
            )
        with self.beat(narration, 10.5):
            self.play(FadeOut(self.angle_said), FadeIn(row, where), run_time=theme.TIME_BASE)
            self.visitor = self.plane.visitor_at(before)
            self.play(FadeIn(self.visitor, lines), run_time=theme.TIME_BASE)
            if len(arcs):
                self.play(GrowArcs(arcs), run_time=1.5)
            move = Transform(self.visitor, self.plane.visitor(0, 0))
            count = [ChangeValues(*both, passport=PROJECTION) for both in zip(numbers, map(float, after), strict=True)]
            self.play(move, *count, run_time=theme.TIME_SLOW)
            self.play(FlashAround(lines), run_time=theme.TIME_BASE)
        self.brought = VGroup(row, arcs, where, lines)

    def read_four(self) -> None:
        """Beat 4."""
        names, columns = VGroup(), [VGroup(), VGroup()]
        for place, who in enumerate(PEOPLE):
            y = ROWS_Y - ROW * place
            name = layout.fit(self.plane.named(*who), 3.0)
            names.add(name.shift([NAMES_X - name.get_left()[0], y, 0]))
            for side, column in enumerate(columns):
                value = float(self.traits.projections[(*who, side)])
                number = Numeral(
                    value, 1, font_size=32, color=theme.HIGHLIGHT if place == 0 else None, passport=PROJECTION
                )
                column.add(number.shift([COLUMNS_X[side] + 0.4 - number.get_right()[0], y, 0]))
        heads = VGroup()
        for side, name in enumerate(self.plane.names):
            heads.add(layout.fit(name.copy(), 1.6).move_to([COLUMNS_X[side], ROWS_Y + 0.85, 0]))
        narration = _(
            "Read it out for four names: this person, two who share one name, and one who shares neither. "
            "Only the full name scores high on both."
        )
        if not self.claim.fact:
            narration = _(
                "Read it out for four pairs: this one, two that share one piece, and one that shares neither. "
                "See which scores on both."
            )
        elif self.traits.margin <= 0:
            narration = _(
                "Read it out for four names: this person, two who share one name, and one who shares neither. "
                "Here the full name does not stand out."
            )
        with self.beat(narration, 11):
            self.play(FadeOut(self.brought), FadeIn(heads), run_time=theme.TIME_BASE)
            for place, who in enumerate(PEOPLE):
                self.play(Transform(self.visitor, self.plane.visitor(*who)), run_time=1.2)
                self.play(FadeIn(names[place], columns[0][place], columns[1][place]), run_time=0.6)
            self.play(FlashAround(VGroup(names[0], columns[0][0], columns[1][0])), run_time=theme.TIME_BASE)
        self.read_out = VGroup(names, *columns, heads)


ANGLE = "angle between two measured directions"
