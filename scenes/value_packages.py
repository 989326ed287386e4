"""ValueVectors, first part: what each word hands over."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    FadeIn,
    FadeOut,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
    VMobject,
)

from mobjects import (
    AttentionBoard,
    Dim,
    GrowCells,
    MatrixVectorProduct,
    ProductEquation,
    flow_arrow,
    label,
    layout,
    symbol,
    theme,
)
from model.activations import Quantity
from model.forward import head_weights
from model.probing import nudges
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import enter, pairs, tinted
from scenes.tables import head_offset, names_above

ENLARGED = 1.35  # symbols beside the board, against what it makes of them
LANE = 1.0  # between the words at the left and what their tables make of them
BOARD, BOTTOM = (12.9, 6.75), -3.1  # room for the pattern with its words, and where it ends
ROWS, DECIMALS = 6, 2  # numbers drawn of a column, and their digits after the point


class ValuePackages(ChapterScene):
    """Each word has a value, made by a third table: what it hands over to those that take from it."""

    arrows: VGroup
    maps: VGroup

    def setup(self) -> None:
        """Take what the picked head hands over to the picked word, and what becomes of it."""
        super().setup()
        self.layer, self.head, self.place = self.pick.layer, self.pick.head, self.pick.query
        self.pattern = self.quantity("PATT")
        self.values = self.quantity("V")
        self.packages = nudges.packages(self.checkpoint, self.activations, self.layer, self.head)
        self.before = self.activations["resid_pre", self.layer]
        self.updates = self.activations["result", self.layer].at(head=self.head)
        self.after = nudges.nudged(self.activations, self.layer, self.head)
        self.window = adding_up(*(one[self.place] for one in (self.before, self.updates, self.after)))
        self.giver = int(np.asarray(self.pattern[self.place, : self.place]).argmax())

    def construct(self) -> None:
        """From keys to values."""
        self.change_keys_for_values()
        self.make_one_value()

    # -- beat 1 --------------------------------------------------------------------------------------------------

    def change_keys_for_values(self) -> None:
        """Beat 1."""
        self.board = board = self.board_with_arrows()
        self.dots = board.grid.dots(self.pattern)
        self.marks = VGroup(
            *(alike(symbol("V", number, theme.VALUE), key) for number, key in enumerate(board.key_symbols, 1))
        )
        narration = _(
            "The pattern says which word matters to which. The keys have done their work. But what is handed over?"
        )
        value_arrows = self.arrows.copy().set_color(theme.VALUE)
        with self.beat(narration, 8):
            parts = [FadeIn(board.grid), *map(FadeIn, (board.headers, self.arrows, self.maps[0]))]
            self.play(*parts, run_time=theme.TIME_BASE)
            self.play(GrowCells(self.dots), *self.credit_to(self.head_name()), run_time=theme.TIME_BASE)
            keys = VGroup(board.key_symbols, self.maps[0])
            away = [FadeOut(keys, shift=0.5 * LEFT), Dim(board.query_symbols, opacity=theme.OPACITY_HALF)]
            self.play(*away, self.arrows.animate.set_opacity(theme.OPACITY_GHOST), run_time=theme.TIME_BASE)
            come = enter(self.marks, 0.5 * LEFT)
            turn = ReplacementTransform(self.arrows, value_arrows)
            self.play(turn, come, FadeIn(self.maps[1], shift=0.25 * UP), run_time=theme.TIME_SLOW)
        self.arrows = value_arrows

    def board_with_arrows(self) -> AttentionBoard:
        """The pattern's board; an arrow leads from each word at the left to what a table makes of it."""
        board = AttentionBoard(self.pieces, None, BOARD[0] - LANE, BOARD[1], theme.FONT_LABEL, theme.FONT_LABEL)
        for mark in (*board.query_symbols, *board.key_symbols):
            mark.scale(ENLARGED)
        for token in (*board.query_tokens, *board.key_tokens):
            tinted(token)
        board.key_tokens.shift(LANE * LEFT)
        x = board.key_symbols.get_left()[0] - (LANE + layout.GAP_RELATED) / 2
        style: dict[str, Any] = {"direction": RIGHT, "length": LANE - layout.GAP_RELATED, "color": theme.KEY}
        self.arrows = VGroup(*(flow_arrow(**style).move_to([x, key.get_y(), 0]) for key in board.key_symbols))
        self.maps = VGroup()
        for letter, color in (("K", theme.KEY), ("V", theme.VALUE)):
            name = symbol("W", letter, color, theme.FONT_LABEL, arrow=False)
            self.maps.add(name.next_to(self.arrows, UP, buff=layout.GAP_RELATED))
        whole = VGroup(board, self.arrows, self.maps)
        layout.fit(whole, *BOARD).move_to([0, (BOTTOM + layout.SAFE_Y) / 2, 0])
        return board

    # -- beat 2 --------------------------------------------------------------------------------------------------

    def make_one_value(self) -> None:
        """Beat 2."""
        equation = self.product()
        names, word = names_above(equation, "V", theme.VALUE, self.giver), self.board.key_tokens[self.giver].copy()
        top = names[1].get_top()[1] + layout.GAP_RELATED
        note = label(_("normalised"), theme.FONT_SMALL, theme.MUTED)
        note.next_to(equation.vector, DOWN, buff=layout.GAP_LABEL)
        word.scale(min(1.4, 0.62 / word.height)).move_to([equation.vector.get_x(), top, 0], aligned_edge=DOWN)
        narration = _(
            "A third learned table decides that. Take “{word}”: row by row, the table is multiplied with its column, "
            "and the products are added up. The result is called its value."
        ).format(word=self.word(self.giver))
        board = VGroup(self.board.grid, self.board.query_tokens, self.board.query_symbols, self.board.key_tokens)
        with self.beat(narration, 14):
            self.play(
                FadeOut(board, self.dots, self.arrows, self.marks),
                TransformFromCopy(self.board.key_tokens[self.giver], word),
                ReplacementTransform(self.maps[1], names[0]), run_time=theme.TIME_BASE,
            )  # fmt: skip
            arrive = FadeIn(equation.operands, *names[1:-1], note, shift=0.25 * DOWN)
            self.play(arrive, run_time=theme.TIME_BASE)
            self.play(MatrixVectorProduct(equation, note=_("+ {} more terms"), run_time=9))
            self.play(FadeIn(names[-1], shift=0.25 * UP), run_time=theme.TIME_QUICK)
        self.equation, self.leaving = equation, VGroup(equation.operands, equation.equals, *names, note, word)

    def product(self) -> ProductEquation:
        """The value table times the giver's normalised column, with what is added to it if anything is."""
        table = head_weights(self.checkpoint, self.layer, self.head)["W_V"]
        offset = head_offset(self.checkpoint, "V", self.layer, self.head)
        column = self.activations["ln1.normalized", self.layer][self.giver]
        style: dict[str, Any] = {"factor": "readable", "tint": theme.VALUE, "font_size": 30}
        equation = ProductEquation(table, column, self.values[self.giver], offset, **style)
        return layout.fit(equation, 2 * layout.SAFE_X - 0.4, 4.2).move_to([0, -0.65, 0])


def alike(mark: VMobject, other: VMobject) -> VMobject:
    """A symbol as large as another, in its place."""
    return mark.scale(other.height / mark.height).move_to(other)


def adding_up(before: Quantity, update: Quantity, after: Quantity) -> range:
    """The first places, next to each other, at which two columns add up to a third also as they are written.

    As many as are drawn, or fewer in a network that has no such run.
    """
    written = [[round(float(value), DECIMALS) for value in np.asarray(one)] for one in (before, update, after)]
    fits = [abs(one + other - total) < 1e-6 for one, other, total in pairs(*written)]  # type: ignore[arg-type]
    runs = ((start, count) for count in range(min(ROWS, len(fits)), 0, -1) for start in range(len(fits) - count + 1))
    start, count = next((run for run in runs if all(fits[run[0] : sum(run)])), (0, 1))
    return range(start, start + count)
