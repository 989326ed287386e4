"""SoftmaxBreakdown, first act: what is wanted, a list of shares, and what the network hands us instead."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, Create, FadeIn, FadeOut, GrowArrow, LaggedStart, SurroundingRectangle, VGroup

from mobjects import (
    BarColumnChart,
    ChangeBars,
    CountUp,
    FlashAround,
    GrowBars,
    MatrixVectorProduct,
    Numeral,
    TokenRow,
    flow_arrow,
    label,
    layout,
    theme,
    token_label,
)
from mobjects.counted import counted
from mobjects.numerals import Floats
from model.forward import softmax
from scenes.intro_next_token import flights
from scenes.intro_unembedding import FONT, Unembedding
from scenes.language import _
from scenes.vocabulary import drawable, vocabulary

BEST, TARGETS = 4, (4.0, 0.5, -3.0)  # the likeliest pieces, then those whose scores are next to these
CHART_Y, REACH, PITCH = -0.3, 3.6, 1.5
NAMES_X, TABLE_Y = -6.5, 0.2
SHARE, EDITED, WHOLE = "share of a piece, or of all the rest", "edited by hand", "sum of all shares"


class Wanted(Unembedding):
    """Shares of a whole are wanted, and there are only scores: some negative, some too large, their sum anything."""

    text = "there was once upon a time a king"

    def setup(self) -> None:
        """Choose seven pieces: the likeliest, and some that are not."""
        super().setup()
        scores = np.asarray(self.logits, dtype=float)[: self.checkpoint.tokenizer.vocab_size]
        pieces = self.checkpoint.tokenizer.pieces(list(range(len(scores))))
        known = [token for token, piece in enumerate(pieces) if piece.strip() and drawable(piece) == piece]
        ranked = sorted(known, key=lambda token: -scores[token])
        chosen = ranked[:BEST]
        for target in TARGETS:
            chosen.append(min((t for t in ranked if t not in chosen), key=lambda token: abs(scores[token] - target)))
        self.tokens = sorted(chosen, key=lambda token: -scores[token])
        self.scores = scores
        self.names_of = vocabulary(self.checkpoint, self.tokens)

    def shares_of(self, scores: Floats) -> Floats:
        """Shares of the seven pieces and of all the rest, from the scores of all pieces."""
        shares = softmax(scores)
        seven = shares[self.tokens]
        return np.append(seven, max(0.0, 1.0 - seven.sum()))

    # -- what is wanted ----------------------------------------------------------------------------------------------

    def want_shares(self) -> None:
        """Beat 1."""
        self.wanted = self.shares_of(self.scores)
        names = [*self.names_of, _("rest")]
        self.chart = BarColumnChart(
            self.wanted, names, 1.0, REACH, PITCH, 2, line=1.0, font_size=32, passport=SHARE
        )  # fmt: skip
        self.chart.move_to([0, CHART_Y, 0])
        title = self.pieces_line()
        narration = _("What comes next? What we want in the end is a list of shares, one for every piece there is.")
        with self.beat(narration, 8):
            self.play(FadeIn(title), run_time=theme.TIME_BASE)
            self.play(*self.credit_to(_("{name}, measured").format(name=self.checkpoint.name)), run_time=0.5)
            self.play(GrowBars(self.chart, lag_ratio=0.2), run_time=3)
        self.title = title

    def pieces_line(self) -> VGroup:
        """The sentence, and a question mark."""
        row = TokenRow(self.pieces, font_size=34)
        line = VGroup(row, label("?", 34, theme.HIGHLIGHT)).arrange(RIGHT, buff=0.2)
        return layout.fit(line, 12.4).move_to([0, 3.3, 0])

    def stretch_one(self) -> None:
        """Beat 2."""
        tag = label(_("edited"), theme.FONT_LABEL, theme.LOSS).move_to([4.6, 2.6, 0])
        narration = _(
            "Each of them lies between nothing and everything. Less than nothing, or more than everything, makes no "
            "sense."
        )
        place = 1
        with self.beat(narration, 8.5):
            self.play(FadeIn(tag), FlashAround(self.chart.items[place]), run_time=theme.TIME_BASE)
            for value in (1.0, 0.0):
                values = self.wanted.copy()
                values[place] = value
                self.play(ChangeBars(self.chart, values, passport=EDITED, top=1.0), run_time=1.8)
            self.play(ChangeBars(self.chart, self.wanted, passport=SHARE, top=1.0), FadeOut(tag), run_time=1.5)

    def add_them_up(self) -> None:
        """Beat 3."""
        total = Numeral(1.0, 2, "never", font_size=theme.FONT_BODY, color=theme.HIGHLIGHT, passport=WHOLE)
        total.move_to([5.4, 2.68, 0])
        narration = _("And together they are exactly one. Those are the two rules for shares.")
        with self.beat(narration, 6.5):
            numbers = [item.number for item in self.chart.items]
            gather = LaggedStart(*flights(numbers, total.get_center(), 0.6), lag_ratio=0.12)
            self.play(gather, CountUp(total), run_time=theme.TIME_SLOW)
            self.play(FlashAround(total), run_time=theme.TIME_BASE)
        self.total = total

    # -- what there is -----------------------------------------------------------------------------------------------

    def multiply_the_table(self) -> None:
        """Beat 4."""
        self.equation = self.build_the_product(self.tokens)
        self.names = VGroup()
        for row, name in enumerate(self.names_of):
            word = token_label(name, FONT)
            word.shift([-word.get_right()[0], self.equation.matrix.entry(row, 0).anchor[1], 0])
            self.names.add(layout.fit(word, 1.7))
        self.equation.shift([0.3 - self.equation.get_left()[0], 0, 0])
        layout.fit(VGroup(self.names, self.equation), 10.1, 6.0).move_to([NAMES_X, TABLE_Y, 0], aligned_edge=LEFT)
        narration = _(
            "And this is what the network hands us instead. The last column, multiplied with a row for every piece: "
            "a score for each. They are called logits."
        )
        with self.beat(narration, 13):
            self.play(FadeOut(self.chart, self.title, self.total), run_time=theme.TIME_BASE)
            self.play(FadeIn(self.names, self.equation.operands), run_time=theme.TIME_BASE)
            self.play(MatrixVectorProduct(self.equation, 2, _("+ {} more terms")), run_time=8)

    def find_what_is_wrong(self) -> None:
        """Beat 5."""
        result, boxes = self.equation.result, [VGroup(), VGroup()]
        for row, token in enumerate(self.tokens):
            entry = result.entry(row)
            if self.scores[token] < 0 or self.scores[token] > 1:
                low = self.scores[token] < 0
                color = theme.NEGATIVE if low else theme.POSITIVE
                box = SurroundingRectangle(entry, color=color, buff=0.08, stroke_width=theme.STROKE_BOX)
                boxes[0 if low else 1].add(box)
        x = min(5.28, result.get_right()[0] + 2.2)
        said = VGroup()
        for words, color in ((_("below zero"), theme.NEGATIVE), (_("above one"), theme.POSITIVE)):
            said.add(label(words, 30, color))
        said.arrange(DOWN, buff=0.3, aligned_edge=LEFT).move_to([x, 2.2, 0])
        total = Numeral(
            float(self.scores.sum()), 1, thousands=True, font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT,
            passport="sum of all logits",
        )  # fmt: skip
        known = counted(_("{} logits"), len(self.scores), 28, theme.MUTED, "count: tokens known")
        words = VGroup(label(_("sum of all"), 28, theme.MUTED), known).arrange(DOWN, buff=0.1)
        summed = VGroup(words, total).arrange(DOWN, buff=0.2).move_to([x, -0.4, 0])
        gap = max(0.3, summed.get_left()[0] - result.get_right()[0] - 0.35)
        arrow = flow_arrow(RIGHT, gap, theme.MUTED).next_to(result, RIGHT, buff=0.15).set_y(-0.4)
        narration = _(
            "As shares, they are wrong in every respect: some below zero, some far above one, and their sum is "
            "anything."
        )
        with self.beat(narration, 9.5):
            for group, words_said in zip(boxes, said, strict=True):
                if len(group):
                    draw = LaggedStart(*map(Create, group), lag_ratio=0.2)
                    self.play(draw, FadeIn(words_said, shift=0.2 * LEFT), run_time=1.5)
            self.play(GrowArrow(arrow), FadeIn(words), CountUp(total), run_time=1.5)
        self.wrong = VGroup(*boxes, said, summed, arrow)
        self.sum_of_scores = total
