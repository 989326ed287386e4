"""UnembeddingStep: the last column becomes scores and shares, and while learning so does every other column."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, Create, FadeIn, FadeOut, LaggedStart, Line, Transform, VGroup

from mobjects import (
    BraceCount,
    CheckBadge,
    CountEquation,
    CrossBadge,
    Dim,
    FlashAround,
    GrowBraces,
    MultiplyCounts,
    Numeral,
    Undim,
    label,
    layout,
    theme,
    token_label,
)
from mobjects.counted import in_line
from mobjects.token_label import row_label
from model.ledger import ledger
from scenes.intro_unembedding import Unembedding
from scenes.language import _
from scenes.motions import pairs
from scenes.vocabulary import drawable

GUESSING, TOP = 4, 3
LISTS_Y, ROW, HALF = -0.75, 0.46, 1.42


class UnembeddingStep(Unembedding):
    """The last column is compared with every row of a table; the other columns learn in the same way."""

    text = "there was once upon a time a king"

    def construct(self) -> None:
        """A column, a table, scores, shares; the other columns and their guesses; the size of the table."""
        self.lift_the_last_column()
        self.show_the_table()
        self.score_the_words()
        self.turn_scores_into_shares()
        self.point_at_the_others()
        self.let_them_guess()
        self.count_the_table()

    def point_at_the_others(self) -> None:
        """Beat 5."""
        sheet = self.final_sheet()
        frame = self.framed(sheet, 0, theme.UPDATE)
        steps = max(1, self.last - 1)
        narration = _("But what about all these other columns? So far, nobody has asked for what they say.")
        with self.beat(narration, 8):
            self.play(FadeOut(self.whole), FadeIn(sheet), run_time=1.5)
            self.play(Create(frame), run_time=theme.TIME_QUICK)
            for place in range(1, self.last):
                self.play(Transform(frame, self.framed(sheet, place, theme.UPDATE)), run_time=min(0.6, 4 / steps))
            self.play(FadeOut(frame), run_time=theme.TIME_QUICK)
        self.sheet = sheet

    # -- every column guesses ----------------------------------------------------------------------------------------

    def guessers(self) -> list[int]:
        """Some of the columns that have a word behind them."""
        count = min(GUESSING, self.last)
        return sorted({int(place) for place in np.linspace(0, self.last - 1, count)})

    def guesses_of(self, place: int, x: float) -> VGroup:
        """What follows at one place: the likeliest pieces, and the one that truly came."""
        shares = self.quantity("PROB")[place]
        likely = [int(token) for token in np.argsort(-np.asarray(shares), kind="stable")[:TOP]]
        rows = VGroup()
        style: dict[str, Any] = {"decimals": 1, "sign": "never", "font_size": 26, "factor": 100}
        for rank, token in enumerate(likely):
            name = token_label(drawable(self.checkpoint.tokenizer.pieces([token])[0]), 26)
            layout.fit(name, 1.9)
            number = Numeral(shares[token], color=theme.KEY, **style)
            percent = in_line(VGroup(number), row_label("%", 26, theme.KEY), gap=0.05)
            name.shift([-HALF - name.get_left()[0], 0, 0])
            percent.shift([HALF - percent.get_right()[0], 0, 0])
            rows.add(VGroup(name, percent).shift([x, LISTS_Y - ROW * rank, 0]))
        truth = self.activations.ids[place + 1]
        right = truth == likely[0]
        badge = (CheckBadge() if right else CrossBadge()).scale(0.9)
        word = token_label(self.pieces[place + 1], 28, theme.CORRECT if right else theme.LOSS)
        layout.fit(word, 1.5)
        answer = VGroup(badge.set_y(0), word)
        badge.shift([word.get_left()[0] - 0.18 - badge.get_right()[0], 0, 0])
        answer.shift([x - answer.get_x(), LISTS_Y - ROW * (TOP + 0.55), 0])
        return VGroup(rows, answer)

    def let_them_guess(self) -> None:
        """Beat 6."""
        places = self.guessers()
        spots = np.linspace(-4.8, 4.8, len(places)) if len(places) > 1 else [0.0]
        self.lists = VGroup(*(self.guesses_of(place, float(x)) for place, x in pairs(places, spots)))
        right = sum(self.activations.ids[place + 1] == self.likeliest(place) for place in places)
        goal = self.sheet.copy()
        goal.shift([0, layout.SAFE_Y - 0.1 - goal.get_top()[1], 0])
        note = label(_("which piece came next?"), theme.FONT_SMALL, theme.MUTED).move_to([0, LISTS_Y - 2.45, 0])
        narration = _(
            "While the network is learning, every column has to guess its own next word. "
            "Some of these guesses are right, others are not. But none of the columns is wasted."
        )
        if right in (0, len(places)):
            narration = _(
                "While the network is learning, every column has to guess its own next word, and is told the true one. "
                "So none of the columns is wasted."
            )
        with self.beat(narration, 11.5):
            others = [part for place in range(len(self.pieces)) if place not in places
                      for part in (self.sheet.words[place], self.sheet.columns[place])]  # fmt: skip
            self.play(Transform(self.sheet, goal), run_time=theme.TIME_BASE)
            links = VGroup(
                *(
                    Line(
                        [self.sheet.columns[place].get_x(), self.sheet.array.get_bottom()[1] - 0.08, 0],
                        [float(x), LISTS_Y + 0.42, 0], color=theme.RULE, stroke_width=theme.STROKE_BOX,
                    )
                    for place, x in pairs(places, spots)
                )
            )  # fmt: skip
            self.play(Dim(*others), LaggedStart(*map(Create, links), lag_ratio=0.2), run_time=theme.TIME_BASE)
            come = [FadeIn(one[0], shift=0.3 * DOWN) for one in self.lists]
            self.play(LaggedStart(*come, lag_ratio=0.3), run_time=theme.TIME_SLOW)
            self.play(FadeIn(note), LaggedStart(*(FadeIn(one[1]) for one in self.lists), lag_ratio=0.3), run_time=2)
            self.play(Undim(*others), run_time=theme.TIME_QUICK)
        self.guessing = VGroup(self.sheet, links, self.lists, note)

    def likeliest(self, place: int) -> int:
        """The piece expected most after a place."""
        return int(np.argmax(np.asarray(self.quantity("PROB")[place])))

    # -- the bill ----------------------------------------------------------------------------------------------------

    def count_the_table(self) -> None:
        """Beat 7."""
        known, width = self.table.shape
        tied = self.checkpoint.config.tied
        matrix = self.build_the_product([*self.words[:3], *self.words[-3:]]).matrix.move_to([0.3, -0.45, 0])
        size = "size of the network's tables"
        braces = [
            BraceCount(matrix.brackets, known, LEFT, _("{} rows"), theme.TABLE, passport=size),
            BraceCount(matrix.brackets, width, DOWN, "", theme.EMBEDDING, passport=size),
        ]
        equation = CountEquation(
            [known, width], [theme.TABLE, theme.EMBEDDING], font_size=theme.FONT_BODY, passport=size
        ).move_to([0, 3.25, 0])
        share = Numeral(
            known * width / sum(row.count for row in ledger(self.checkpoint.config)), 1, "never",
            font_size=30, color=theme.HIGHLIGHT, factor=100, passport="share of the ledger",
        )  # fmt: skip
        said = in_line(VGroup(share), row_label(_("% of all the numbers in this network"), 30, theme.MUTED), gap=0.08)
        if tied:
            said = label(_("the same table as at the beginning"), 30, theme.MUTED)
        said.next_to(equation, DOWN, buff=layout.GAP_RELATED)
        narration = _("How large is that table? Here is the last entry on our bill of parameters.")
        if tied:
            narration = _("How large is that table? This network uses the same one as at the beginning.")
        with self.beat(narration, 7):
            self.play(FadeOut(self.guessing), FadeIn(matrix), run_time=theme.TIME_BASE)
            self.play(GrowBraces(*braces), run_time=theme.TIME_BASE)
            self.play(MultiplyCounts(equation, braces), run_time=1.5)
            self.play(FadeIn(said), FlashAround(equation.product), run_time=theme.TIME_BASE)
