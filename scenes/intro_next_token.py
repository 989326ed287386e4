"""NextTokenPrediction: all a language model does is share out its guess at the next piece."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from manim import (
    DOWN,
    LEFT,
    PI,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    GrowArrow,
    LaggedStart,
    MoveToTarget,
    VGroup,
    VMobject,
)

from mobjects import (
    ChangeBars,
    CountUp,
    Dim,
    FlashAround,
    Flip,
    GrowBars,
    Numeral,
    PlatePulse,
    ProbabilityBars,
    ProjectorBox,
    Pulse,
    SlotMarker,
    Token,
    TokenRow,
    Undim,
    flow_arrow,
    label,
    layout,
    theme,
    token_label,
)
from mobjects.counted import counted, in_line
from model.activations import Quantity
from model.probing.swapping import Swap, swap_for
from scenes.base import ChapterScene
from scenes.language import _
from scenes.vocabulary import vocabulary

SHOWN = 10  # tokens in the list
TOP, MIDDLE = 2.95, 0.4  # heights of the text, above the machine and before there is one
MACHINE, ARROW = np.array([-4.75, -0.45, 0.0]), 1.1  # where the machine stands, how long what comes out of it is
LIST_LEFT, LIST_RIGHT, LIST_Y = -2.0, 6.3, -0.55
LONGEST = 4.3  # bar, in manim units
TURN = PI / 4


def flights(things: Sequence[VMobject], goal: np.ndarray, size: float) -> list[MoveToTarget]:
    """Copies of things fly to one place in an arc, shrink, and are gone."""
    copies = [thing.copy() for thing in things]
    for copy in copies:
        copy.generate_target().scale(size).move_to(goal).fade(1)
    return [MoveToTarget(copy, path_arc=TURN, remover=True) for copy in copies]


class NextTokenPrediction(ChapterScene):
    """A language model answers with a share for every piece it knows, and every word before has its say."""

    text = "once there was a king who had a"
    swap_in = "bird"

    @cached_property
    def swap(self) -> Swap:
        """Which token is swapped for which; our own text has a word of its own."""
        own = self.swap_in if self.pick.prompt == self.text else None
        return swap_for(self.checkpoint, list(self.activations.ids), own)

    @cached_property
    def guesses(self) -> tuple[Quantity, Quantity]:
        """Shares at the last place, with the text as it is and with one token swapped."""
        ids = list(self.activations.ids)
        ids[self.swap.place] = self.swap.token
        other = self.read(self.checkpoint.tokenizer.decode(ids))
        return self.quantity("PROB")[-1], other["probabilities"][-1]

    def construct(self) -> None:
        """A text, a gap, a machine, its answer, the whole, another word, the question."""
        self.hand_over_a_text()
        self.leave_a_gap()
        self.feed_the_machine()
        self.share_out_the_guess()
        self.add_up_the_whole()
        self.swap_a_piece()
        self.ask_where_it_comes_from()

    def hand_over_a_text(self) -> None:
        """Beat 1."""
        self.row = TokenRow(self.pieces, max_width=11.6).set_y(MIDDLE)
        self.count = counted(_("{} pieces"), len(self.pieces), theme.FONT_LABEL, theme.MUTED, "count: tokens")
        self.count.next_to(self.row, DOWN, buff=layout.GAP)
        narration = _("A language model is given a stretch of text, already cut into pieces.")
        with self.beat(narration, 5.5):
            rise = LaggedStart(*(FadeIn(token, shift=0.25 * UP) for token in self.row.tokens), lag_ratio=0.15)
            self.play(rise, run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.count[1:]), CountUp(self.count[0]), run_time=theme.TIME_BASE)

    def leave_a_gap(self) -> None:
        """Beat 2."""
        self.slot = SlotMarker(self.row)
        narration = _("Its whole task is to guess what belongs in this gap.")
        with self.beat(narration, 5):
            away = 0.5 * (self.slot.width + layout.GAP_LABEL) * LEFT
            self.play(self.row.animate.shift(away), FadeOut(self.count), run_time=theme.TIME_QUICK)
            self.slot.shift(away)
            self.play(Create(self.slot.box), FadeIn(self.slot.mark), run_time=theme.TIME_BASE)
            self.play(Pulse(self.slot.mark, scale=1.4), run_time=theme.TIME_BASE)

    def feed_the_machine(self) -> None:
        """Beat 3."""
        self.machine = ProjectorBox(_("language model"), width=2.1, height=2.6)
        self.machine.shift(MACHINE - self.machine.plates[0].get_center())
        size = VGroup(
            counted(_("{} layers"), self.checkpoint.config.n_layer, passport="size: layers"),
            counted(_("{} numbers"), self.parameters, passport="count: parameters"),
        )
        size.arrange(DOWN, buff=layout.GAP_LABEL).next_to(self.machine.caption, DOWN, buff=layout.GAP_RELATED)
        self.size = size
        self.arrow = flow_arrow(RIGHT, ARROW, theme.TEXT).shift(self.machine.exit + layout.GAP_LABEL * RIGHT)
        narration = _(
            "Every piece goes in, all at once. For now, the machine itself stays shut, "
            "and we only look at what comes out."
        )
        with self.beat(narration, 8.5):
            text = VGroup(self.row, self.slot)
            self.play(text.animate.set_y(TOP), FadeIn(self.machine, lag_ratio=0.05), run_time=theme.TIME_SLOW)
            self.play(self.enter(), FadeIn(size[0]), run_time=theme.TIME_SLOW)
            pulse = PlatePulse(self.machine.plates)
            self.play(pulse, FadeIn(size[1][1:]), CountUp(size[1][0]), run_time=theme.TIME_SLOW)
            self.play(GrowArrow(self.arrow), *self.credit_to(self.origin), run_time=theme.TIME_BASE)

    @property
    def parameters(self) -> int:
        """How many numbers the network has learned."""
        return int(np.sum(np.asarray(self.quantity("LEDGER"))))

    @property
    def origin(self) -> str:
        """What the corner says."""
        return _("{name}: shares at the last place, measured").format(name=self.checkpoint.name)

    def enter(self) -> LaggedStart:
        """Copies of the tokens fly into the machine."""
        return LaggedStart(*flights(self.row.tokens, self.machine.entry, 0.3), lag_ratio=0.08)

    def share_out_the_guess(self) -> None:
        """Beat 4."""
        first, second = self.guesses
        ranked = [np.sort(np.asarray(guess.values, dtype=float))[::-1] for guess in (first, second)]
        longest = max(max(shares[0], 1 - shares[:SHOWN].sum()) for shares in ranked)
        self.bars = ProbabilityBars(
            first, vocabulary(self.checkpoint), k=SHOWN, whole_width=LONGEST / longest, others=_("all {} others")
        )
        bars = layout.fit(self.bars, LIST_RIGHT - LIST_LEFT, 5.0)
        bars.move_to([LIST_LEFT, LIST_Y, 0], aligned_edge=LEFT)
        narration = _("Out comes not one word, but a share for every piece it knows. Here are the ten largest.")
        with self.beat(narration, 8):
            self.play(GrowBars(self.bars, lag_ratio=theme.LAG_ITEMS), run_time=3.5)

    def add_up_the_whole(self) -> None:
        """Beat 5."""
        numbers = [item.number for item in self.bars.items]
        total = Numeral(
            1.0, 1, "never", font_size=theme.FONT_BODY, color=theme.HIGHLIGHT, factor=100, passport="sum of all shares"
        )
        sign = label("%", theme.FONT_BODY, theme.HIGHLIGHT)
        sign.next_to(total, RIGHT, buff=layout.GAP_TIGHT)
        self.total = VGroup(total, sign).move_to([LIST_RIGHT, LIST_Y, 0], aligned_edge=RIGHT)
        narration = _("Add them all up, and they make exactly one whole. Nothing is left over.")
        with self.beat(narration, 6):
            self.play(Dim(*(item.bar for item in self.bars.items)), run_time=theme.TIME_QUICK)
            gather = LaggedStart(*flights(numbers, self.total.get_center(), 0.6), lag_ratio=theme.LAG_ITEMS)
            self.play(gather, CountUp(self.total[0]), FadeIn(self.total[1]), run_time=theme.TIME_SLOW)
            self.play(FlashAround(self.total), run_time=theme.TIME_BASE)

    def swap_a_piece(self) -> None:
        """Beat 6."""
        before, after = self.row.tokens[self.swap.place], self.swapped()
        narration = _(
            "Swap a single piece further back, “{old}” for “{new}”, and the whole list of guesses rearranges itself."
        ).format(old=self.word(self.swap.place), new=after.piece.strip() or _("space"))
        movers = self.movers()
        with self.beat(narration, 9):
            bright = Undim(*(item.bar for item in self.bars.items))
            self.play(FadeOut(self.total, shift=0.25 * RIGHT), bright, FlashAround(before), run_time=theme.TIME_BASE)
            self.play(Flip(before, after), run_time=theme.TIME_BASE)
            self.row.submobjects[self.swap.place] = after
            self.play(self.enter(), run_time=theme.TIME_BASE)
            self.play(PlatePulse(self.machine.plates), run_time=theme.TIME_BASE)
            self.play(ChangeBars(self.bars, self.guesses[1]), run_time=2)
            self.play(FadeIn(movers, shift=0.25 * UP), run_time=theme.TIME_BASE)
        self.movers_shown = movers

    def swapped(self) -> Token:
        """The other token on a plate of the same size, its word made to fit."""
        old = self.row.tokens[self.swap.place]
        [piece] = vocabulary(self.checkpoint, [self.swap.token])
        [fresh] = TokenRow([piece]).tokens
        fresh.scale(old.height / fresh.height)
        layout.fit(fresh.word, 0.92 * old.width)
        fresh.box.stretch_to_fit_width(old.box.width).move_to(fresh.word, coor_mask=[1, 0, 0])
        return fresh.tint(theme.HIGHLIGHT)

    def movers(self) -> VGroup:
        """The token that won most and the one that lost most, with how much."""
        first, second = (np.asarray(guess.values, dtype=float) for guess in self.guesses)
        change = second - first
        lines = VGroup()
        for place, color in ((int(change.argmax()), theme.POSITIVE), (int(change.argmin()), theme.NEGATIVE)):
            [piece] = vocabulary(self.checkpoint, [place])
            number = Numeral(
                change[place], 1, "always", font_size=theme.FONT_LABEL, color=color, factor=100,
                passport="difference of two shares",
            )  # fmt: skip
            lines.add(in_line(token_label(piece, theme.FONT_LABEL, color), number, gap=layout.GAP_RELATED))
        heads = label(_("won and lost, in points"), theme.FONT_SMALL, theme.MUTED)
        lines.arrange(DOWN, buff=layout.GAP_RELATED, aligned_edge=RIGHT)
        note = VGroup(heads, lines).arrange(DOWN, buff=layout.GAP_RELATED)
        return layout.fit(note, 4.6).move_to([LIST_RIGHT, LIST_Y, 0], aligned_edge=RIGHT)

    def ask_where_it_comes_from(self) -> None:
        """Beat 7."""
        narration = _("Where do these numbers come from? That is the story we are going to tell.")
        with self.beat(narration, 6):
            self.play(FadeOut(self.movers_shown), run_time=theme.TIME_QUICK)
            self.play(FlashAround(self.bars.items[0]), run_time=theme.TIME_SLOW)
