"""UnembeddingStep, beats 1 to 4: the last column against every row of a table, and shares out of the scores."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Create, FadeIn, FadeOut, GrowArrow, LaggedStart, SurroundingRectangle, VGroup

from mobjects import (
    Dim,
    MatrixVectorProduct,
    Numeral,
    ProductEquation,
    flow_arrow,
    label,
    layout,
    theme,
    token_label,
)
from mobjects.bars import Bar
from mobjects.counted import counted, in_line
from mobjects.matrix import readable_factor
from mobjects.numerals import passport_of
from mobjects.token_label import row_label
from model.probing import space
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import pairs
from scenes.sheets import Sheet
from scenes.vocabulary import drawable, vocabulary

BEST, WORST, COLUMNS = 5, 5, 4
FONT, WIDEST, SHEET_Y = 27, 12.4, 0.4
NAMES_X, TABLE_Y, BAR_X, BAR = -6.5, 0.25, 3.75, 1.75


class Unembedding(ChapterScene):
    """A word's score is how far its row agrees with the last column."""

    def setup(self) -> None:
        """Rank all words that can be drawn by their scores at the last place."""
        super().setup()
        self.table = space.vectors(self.checkpoint, "unembed")
        self.final = self.activations["ln_final.normalized"]
        self.last = len(self.pieces) - 1
        self.logits = self.quantity("LOGIT")[self.last]
        self.shares = self.quantity("PROB")[self.last]
        pieces = self.checkpoint.tokenizer.pieces(list(range(self.checkpoint.tokenizer.vocab_size)))
        known = np.array([token for token, piece in enumerate(pieces) if drawable(piece) == piece])
        order = known[np.argsort(-np.asarray(self.logits)[known], kind="stable")]
        self.words = [int(token) for token in (*order[:BEST], *order[-WORST:])]
        self.between = int(order[len(order) // 2])

    # -- the column and the table ------------------------------------------------------------------------------------

    def final_sheet(self) -> Sheet:
        """All columns after the last layer, as they are compared with the table."""
        scale = theme.value_scale(np.asarray(self.final))
        sheet = Sheet(self.pieces, self.final, COLUMNS, WIDEST, font_size=28, color_scale=scale)
        return sheet.set_y(SHEET_Y)

    def framed(self, sheet: Sheet, place: int, color: str) -> SurroundingRectangle:
        """A frame round a word and its column."""
        both = VGroup(sheet.words[place], sheet.columns[place])
        return SurroundingRectangle(both, buff=0.1, color=color, stroke_width=theme.STROKE_STRONG)

    def lift_the_last_column(self) -> None:
        """Beat 1."""
        self.sheet = self.final_sheet()
        self.box = self.framed(self.sheet, self.last, theme.HIGHLIGHT)
        column = np.asarray(self.final[self.last], dtype=float)
        length = Numeral(
            float(np.linalg.norm(column)), 1, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT,
            passport="length of the last column",
        )  # fmt: skip
        self.note = in_line(
            row_label(_("length of the last column, normalized:"), 30, theme.MUTED), VGroup(length), gap=0.25
        )
        self.note.move_to([0, -2.5, 0])
        narration = _("All layers are done. Now the final column has to be turned back into words.")
        with self.beat(narration, 6.5):
            come = [FadeIn(VGroup(*both), shift=0.3 * DOWN) for both in pairs(self.sheet.words, self.sheet.columns)]
            self.play(LaggedStart(*come, lag_ratio=0.08), FadeIn(self.sheet.array.brackets), run_time=1.5)
            others = [*self.sheet.words[:-1], *self.sheet.columns[:-1], self.sheet.array.brackets]
            self.play(Dim(*others), Create(self.box), FadeIn(self.note), run_time=theme.TIME_BASE)
            self.play(*self.credit_to(_("{name}, measured").format(name=self.checkpoint.name)), run_time=0.5)
        self.others = others

    def build_the_product(self, words: list[int]) -> ProductEquation:
        """The table's rows of some words, half of them good and half bad, the column, and their scores."""
        half = len(words) // 2
        tokens = [*words[:half], self.between, *words[half:]]
        rows = np.array([np.asarray(self.table[token], dtype=float) for token in tokens])
        scores = np.array([float(self.logits[token]) for token in tokens])
        shown = [place for place, token in enumerate(tokens) if place != half]
        equation = ProductEquation(
            rows, self.final[self.last], scores, max_columns=COLUMNS, rows=shown, factor=readable_factor(rows),
            tint=theme.KEY, font_size=FONT,
        )  # fmt: skip
        columns = equation.matrix.shown_columns
        for row, token in enumerate(words):
            for place, column in enumerate(columns):
                equation.matrix.entry(row, place).passport = passport_of(self.table[token, column])
            equation.result.entry(row).passport = passport_of(self.logits[token])
        return equation

    def show_the_table(self) -> None:
        """Beat 2."""
        self.equation = self.build_the_product(self.words)
        names = vocabulary(self.checkpoint, self.words)
        self.names = VGroup()
        for row, name in enumerate(names):
            word = token_label(name, FONT)
            word.shift([-word.get_right()[0], self.equation.matrix.entry(row, 0).anchor[1], 0])
            self.names.add(layout.fit(word, 1.6))
        self.equation.shift([0.3 - self.equation.get_left()[0], 0, 0])
        plain = self.equation.height
        whole = layout.fit(VGroup(self.names, self.equation), 9.6, 6.0)
        self.size = self.equation.height / plain
        whole.move_to([NAMES_X, TABLE_Y, 0], aligned_edge=LEFT)
        title = in_line(
            row_label(_("one row for each of"), 28, theme.MUTED),
            counted(_("{} pieces"), self.table.shape[0], 28, theme.TABLE, "count: tokens known"),
            gap=0.15,
        )
        self.title = title.move_to([NAMES_X, layout.SAFE_Y - 0.25, 0], aligned_edge=LEFT)
        narration = _(
            "For that there is one more table, with a row for every piece. "
            "Here are five that fit, and five that do not."
        )
        with self.beat(narration, 9):
            leave = FadeOut(*self.others, self.note, self.sheet.words[-1], self.box)
            self.play(leave, self.to_the_vector(), FadeIn(self.title), run_time=1.5)
            rows = [
                FadeIn(VGroup(name, self.equation.matrix.row(place)), scale=0.8)
                for place, name in enumerate(self.names)
            ]
            dots = FadeIn(self.equation.matrix.ellipses, *self.equation.matrix.submobjects[3:])
            self.play(LaggedStart(*rows, lag_ratio=0.15), run_time=2.5)
            self.play(FadeIn(self.equation.matrix.brackets), dots, run_time=theme.TIME_QUICK)

    def to_the_vector(self) -> LaggedStart:
        """The last column moves to where it is multiplied."""
        column = self.sheet.columns[-1]
        goal = self.equation.vector
        self.remove(column)
        moving = VGroup(*column.entries, *column.ellipses)
        target = VGroup(*goal.entries, *goal.ellipses)
        flights = [one.animate.become(other) for one, other in pairs(moving, target)]
        self.moving = moving
        return LaggedStart(*flights, FadeIn(goal.brackets), lag_ratio=0.05)

    # -- scores and shares -------------------------------------------------------------------------------------------

    def score_the_words(self) -> None:
        """Beat 3."""
        narration = _(
            "Multiply each row with the column, entry by entry, and add up. That is a dot product: "
            "a word scores high when its row agrees with the column. The dots stand for all entries in between; "
            "they count, too."
        )
        with self.beat(narration, 15):
            self.remove(*self.moving)
            self.add(self.equation.operands)
            self.play(MatrixVectorProduct(self.equation, 2, _("+ {} more terms")), run_time=10)

    def turn_scores_into_shares(self) -> None:
        """Beat 4."""
        result = self.equation.result
        arrow = flow_arrow(RIGHT, 0.75, theme.TEXT).next_to(result, RIGHT, buff=0.15)
        values = [float(self.shares[token]) for token in self.words]
        unit, self.bars, numbers = BAR / max(values), VGroup(), VGroup()
        style: dict[str, Any] = {"decimals": 1, "sign": "never", "font_size": FONT, "factor": 100}
        for row, token in enumerate(self.words):
            y = result.entry(row).anchor[1]
            bar = Bar(self.shares[token], unit, 0.3, color=theme.KEY)
            bar.shift(np.array([BAR_X, y, 0]) - bar.base)
            number = Numeral(self.shares[token], **style).scale(self.size)
            percent = in_line(VGroup(number), row_label("%", FONT, theme.TEXT).scale(self.size), gap=0.05)
            percent.shift([bar.get_right()[0] + 0.12 - percent.get_left()[0], y, 0])
            self.bars.add(bar)
            numbers.add(percent)
        scores = label(_("scores"), 26, theme.MUTED).next_to(result, UP, buff=layout.GAP_LABEL)
        shares = label(_("shares"), 26, theme.MUTED).move_to([BAR_X + 0.6, scores.get_y(), 0])
        narration = _("One more step turns scores into shares of a whole. Chapter four opens that one.")
        with self.beat(narration, 7.5):
            self.play(GrowArrow(arrow), FadeIn(scores, shares), run_time=theme.TIME_BASE)
            grow = [FadeIn(bar, shift=0.2 * RIGHT) for bar in self.bars]
            self.play(LaggedStart(*grow, lag_ratio=0.1), LaggedStart(*map(FadeIn, numbers), lag_ratio=0.1), run_time=2)
        self.whole = VGroup(self.names, self.equation, self.title, arrow, self.bars, numbers, scores, shares)
