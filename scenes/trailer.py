"""Trailer: the whole way in a minute, made from pieces of the film's own scenes."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

import numpy as np
from manim import DOWN, LEFT, UP, Create, FadeIn, FadeOut, LaggedStart, Transform, VGroup

from mobjects import (
    AttentionGrid,
    ContextArcs,
    CountUp,
    FillSlot,
    FlashArcs,
    GrowArcs,
    GrowBars,
    GrowVectors,
    Numeral,
    ProbabilityBars,
    Pulse,
    ShowCard,
    SlotMarker,
    TitleCard,
    TokenRow,
    TurnSpace,
    label,
    layout,
    theme,
)
from mobjects.counted import in_line
from mobjects.matrix import SUPERSCRIPTS, readable_factor
from mobjects.token_label import row_label
from model.activations import Activations
from scenes.intro_network_flow import TUNNEL_X, NetworkFlow
from scenes.intro_word_space import CENTER_X, CROSSED, WordSpace
from scenes.language import _
from scenes.motions import pairs
from scenes.sheets import Sheet
from scenes.vocabulary import drawable, vocabulary

HIGH, FONT, GUESSES = 2.55, 60, 6


class Trailer(NetworkFlow, WordSpace):
    """From a text to what comes next: columns, meaning, attention, many layers, and a guess."""

    question = "there was once upon a time a king"

    @cached_property
    def asked(self) -> Activations:
        """The text that is to be continued: the viewer's, or a question of our own."""
        if os.environ.get("STORY_TEXT") or not self.fits(self.question):
            return self.activations
        return self.read(self.question)

    def construct(self) -> None:
        """A question, columns, arrows, attention, layers, an answer, and a name."""
        self.ask()
        self.turn_words_into_columns()
        self.find_meaning()
        self.let_words_talk()
        self.show_who_takes_from_whom()
        self.rush_through_the_layers()
        self.answer_the_question()
        self.give_it_a_name()

    def question_row(self) -> TokenRow:
        """The text to be continued."""
        pieces = self.checkpoint.tokenizer.pieces(list(self.asked.ids))
        return TokenRow(pieces, font_size=FONT, max_width=11.4)

    def ask(self) -> None:
        """Beat 1."""
        row = self.question_row()
        slot = SlotMarker(row)
        VGroup(row, slot).center()
        narration = _("A machine has read these words, and it knows how to go on. How can it know?")
        with self.beat(narration, 6.5):
            rise = LaggedStart(*(FadeIn(token, shift=0.25 * UP) for token in row.tokens), lag_ratio=0.15)
            self.play(rise, run_time=theme.TIME_SLOW)
            self.play(Create(slot.box), FadeIn(slot.mark), run_time=theme.TIME_BASE)
            self.play(Pulse(slot.mark, scale=1.4), run_time=theme.TIME_BASE)
        self.row, self.slot = row, slot

    def turn_words_into_columns(self) -> None:
        """Beat 2."""
        pieces = self.checkpoint.tokenizer.pieces(list(self.asked.ids))
        columns = self.asked["embed"]
        factor = readable_factor(columns)
        sheet = Sheet(pieces, columns, 5, 12.0, font_size=28, color_by="signed", factor=factor).center()
        origin = _("{name}, measured").format(name=self.checkpoint.name)
        if factor != 1:
            power = str(-round(np.log10(factor))).translate(SUPERSCRIPTS)
            origin = _("{name}, measured; all numbers × 10{power}").format(name=self.checkpoint.name, power=power)
        narration = _("First, each word becomes a column of numbers. All of them were learned, simply by reading.")
        with self.beat(narration, 6.5):
            moves = [Transform(token, goal) for token, goal in pairs(self.row.tokens, sheet.tokens)]
            self.play(*moves, FadeOut(self.slot), run_time=theme.TIME_BASE)
            self.remove(*self.row.get_family())
            self.add(sheet.words)
            fall = [FadeIn(column, shift=0.4 * DOWN) for column in sheet.columns]
            come = LaggedStart(*fall, lag_ratio=0.12)
            self.play(come, FadeIn(sheet.array.brackets), *self.credit_to(origin), run_time=2.5)
        self.sheet = sheet

    def find_meaning(self) -> None:
        """Beat 3."""
        plot = self.space_of_words().shift(CENTER_X * LEFT)
        narration = _("Drawn as arrows, words of a kind point the same way. Nobody has told it which belong together.")
        with self.beat(narration, 8, CROSSED):
            self.play(FadeOut(self.sheet), FadeIn(plot.floor, plot.axes), run_time=theme.TIME_BASE)
            grow = GrowVectors(plot, lag_ratio=0.35, run_time=5)
            credit = self.credit_to(_("{name}, measured").format(name=self.checkpoint.name))
            self.play(grow, TurnSpace(plot, speed=9, run_time=5), *credit, run_time=5)
        self.space = plot

    # -- attention ---------------------------------------------------------------------------------------------------

    def let_words_talk(self) -> None:
        """Beat 4."""
        pattern, target = self.quantity("PATT"), self.pick.query
        row = TokenRow(self.pieces, font_size=FONT, max_width=12.6, token_gap=0.14).set_y(-0.9)
        full = float((np.asarray(pattern) * (1 - np.eye(len(self.pieces)))).max())
        arcs = [
            ContextArcs(row, pattern[place], place, theme.ATTENTION, 0.05, full, 2.2)
            for place in range(len(self.pieces))
        ]
        narration = _("Then the words talk. Each takes from those before it what it needs, and leaves the rest.")
        with self.beat(narration, 8):
            self.play(FadeOut(self.space), FadeIn(row, lag_ratio=0.05), run_time=theme.TIME_BASE)
            lights = [FlashArcs(one, run_time=2) for one in arcs if len(one)]
            credit = self.credit_to(self.head_name())
            if lights:
                self.play(LaggedStart(*lights, lag_ratio=0.25), *credit, run_time=3.5)
            marks = VGroup(*(self.share_over(row, place) for place in self.givers()))
            grow = [GrowArcs(arcs[target])] if len(arcs[target]) else []
            self.play(*grow, row.animate.tint(target, theme.HIGHLIGHT), FadeIn(marks), run_time=theme.TIME_BASE)
        self.talk = VGroup(row, arcs[target], marks)

    def givers(self) -> list[int]:
        """From whom the word that is shown takes most, at most two."""
        shares = np.asarray(self.quantity("PATT"))[self.pick.query]
        order = [int(place) for place in np.argsort(-shares, kind="stable") if place != self.pick.query]
        return [place for place in order if shares[place] >= 0.1][:2]

    def share_over(self, row: TokenRow, place: int) -> VGroup:
        """What a word gives, below it."""
        share = Numeral(
            self.quantity("PATT")[self.pick.query, place], 0, "never", font_size=theme.FONT_LABEL,
            color=theme.ATTENTION, factor=100,
        )  # fmt: skip
        mark = in_line(VGroup(share), row_label("%", theme.FONT_LABEL, theme.ATTENTION), gap=0.08)
        return mark.next_to(row.tokens[place], DOWN, buff=layout.GAP_RELATED)

    def show_who_takes_from_whom(self) -> None:
        """Beat 5."""
        grid = AttentionGrid(self.quantity("PATT"), self.pieces, max_height=6.6).set_y(0.3)
        narration = _("Here is all of it in one picture: who takes how much, and from whom.")
        with self.beat(narration, 6):
            self.play(FadeOut(self.talk), FadeIn(grid, lag_ratio=0.02), run_time=theme.TIME_SLOW)
            if len(self.pieces) > 2:
                self.play(grid.animate.focus(query=self.pick.query), run_time=theme.TIME_BASE)
                self.play(grid.animate.undim(), run_time=theme.TIME_QUICK)
        self.grid = grid

    # -- layers and answer -------------------------------------------------------------------------------------------

    def rush_through_the_layers(self) -> None:
        """Beat 6."""
        self.slabs = [self.slab_at(half).shift(-TUNNEL_X) for half in range(2 * self.layers)]
        self.column = self.strips(0).move_to(self.slabs[0].get_center() + 0.9 * LEFT)
        self.bars, _names = self.norm_bars()
        narration = _("Talk, think. Talk, think. Layer after layer, each column comes to carry more of the story.")
        title = label(_("length of the last column"), theme.FONT_SMALL, theme.MUTED)
        title.next_to(self.bars[0], UP, buff=0.7).align_to(self.slabs[0], LEFT)
        with self.beat(narration, 8):
            credit = self.credit_to(_("{name}, measured").format(name=self.checkpoint.name))
            self.play(FadeOut(self.grid), FadeIn(self.column, title), *credit, run_time=theme.TIME_BASE)
            for layer in range(self.layers):
                self.pass_layer(layer, 5.4 / self.layers)
        self.tunnel = [*self.slabs, self.column, *self.bars, title]

    def answer_the_question(self) -> None:
        """Beat 7."""
        row = self.question_row().scale(0.8).set_y(HIGH)
        slot = SlotMarker(row)
        VGroup(row, slot).set_x(0)
        bars = ProbabilityBars(
            self.asked["probabilities"][len(self.asked.ids) - 1], vocabulary(self.checkpoint), k=GUESSES,
            whole_width=7.0, others=_("all {} others"), font_size=30, bar_height=0.36,
        )  # fmt: skip
        layout.fit(bars, 11.0, 4.3).move_to([0, -0.6, 0])
        best = drawable(self.checkpoint.tokenizer.pieces([int(bars.items[0].key)])[0])
        word = TokenRow([best], font_size=40).move_to(bars.items[0].get_left(), aligned_edge=LEFT)
        narration = _("At the end, every word it knows gets a share. One of them is taken, and the story goes on.")
        with self.beat(narration, 8):
            self.play(*(FadeOut(part) for part in self.tunnel), FadeIn(row, slot), run_time=theme.TIME_BASE)
            self.play(GrowBars(bars, lag_ratio=theme.LAG_ITEMS), *self.credit_to(self.checkpoint.name), run_time=2.5)
            self.play(FillSlot(slot, word), run_time=1.5)
        self.answer = VGroup(row, bars, word)

    def give_it_a_name(self) -> None:
        """Beat 8."""
        card = TitleCard(_("How a transformer works"), _("no number in this film is invented")).set_y(-0.5)
        picture = layout.fit(self.talk, 9.0).move_to([0, 2.3, 0])
        total = int(np.sum(np.asarray(self.quantity("LEDGER"))))
        style: dict[str, Any] = {"thousands": True, "font_size": theme.FONT_LABEL, "color": theme.HIGHLIGHT}
        number = Numeral(total, 0, "never", passport="count: parameters", **style)
        said = in_line(
            VGroup(number), row_label(_("numbers, all of them learned"), theme.FONT_LABEL, theme.MUTED), gap=0.2
        )
        said.set_y(-2.5)
        narration = _("Nothing in these pictures is invented. This is how a transformer really works.")
        with self.beat(narration, 6.5):
            self.play(FadeOut(self.answer), run_time=theme.TIME_QUICK)
            come = FadeIn(picture, shift=0.25 * DOWN)
            self.play(come, ShowCard(card), *self.credit_to(self.head_name()), run_time=theme.TIME_SLOW)
            self.play(FadeIn(said[1:]), CountUp(number), run_time=1.5)
