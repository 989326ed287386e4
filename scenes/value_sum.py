"""ValueVectors, second part: packages scaled by shares, and their sum."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    AnimationGroup,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    ReplacementTransform,
    Transform,
    VGroup,
    VMobject,
    smooth,
)

from mobjects import (
    Collapse,
    CollapseSum,
    CountUp,
    Dim,
    Expand,
    Numeral,
    NumericEmbedding,
    SwapCells,
    WeightedSumColumn,
    label,
    layout,
    symbol,
    theme,
)
from mobjects.attention_layers import CellLayer
from model.activations import Quantity
from scenes.language import _
from scenes.motions import pairs, pulse
from scenes.value_packages import DECIMALS, ValuePackages

SQUARES = 10  # drawn of each package
LARGEST, WIDE, HIGH = 1.5, 12.6, 5.6  # how far rows are enlarged, and room for them
TALL, MIDDLE = 4.3, -0.45  # a column of numbers, and its middle
SHARES: dict[str, Any] = {"decimals": 2, "color": "share", "sign": "never"}


class ValueSum(ValuePackages):
    """The shares of a column say how much of each package is taken; the sum is the update of a word."""

    def construct(self) -> None:
        """From values to the update of one word."""
        super().construct()
        self.scale_by_shares()
        self.add_the_packages()

    # -- beat 3 --------------------------------------------------------------------------------------------------

    def scale_by_shares(self) -> None:
        """Beat 3."""
        board, place = self.board, self.place
        cells = [(place, key) for key in range(place + 1)]
        digits = board.grid.digits(self.pattern, skip=~np.tri(len(self.pieces), dtype=bool), **SHARES).only(cells)
        box, others = board.grid.column_box(place), [key for key in range(len(self.pieces)) if key != self.giver]
        self.column, self.heads = self.weighted_rows()
        rest = VGroup(board.grid, board.query_tokens, board.query_symbols, board.key_tokens, self.arrows)
        narration = _(
            "The head's output table makes each value as long as a word again: a package. "
            "And every package is scaled by its share in the column of “{word}”."
        ).format(word=self.word(place))
        with self.beat(narration, 11):
            back = FadeIn(rest, self.dots, *(self.marks[key] for key in others))
            self.play(
                FadeOut(self.leaving), back, Collapse(self.equation.result, self.marks[self.giver]),
                run_time=theme.TIME_BASE,
            )  # fmt: skip
            kept = [board.query_header(place), *(board.key_tokens[key] for _at, key in cells)]
            kept += [self.marks[key] for _at, key in cells]
            dim = Dim(board.headers, self.marks, self.arrows, self.dots, keep=[*kept, self.dots.column(place)])
            swap = SwapCells(self.dots.only(cells), digits)
            self.play(Create(box), dim, swap, run_time=1.5)
            away = FadeOut(rest, self.dots, box, self.marks, rate_func=soon)
            move = LaggedStart(*self.slide_together(digits), lag_ratio=theme.LAG_ITEMS)
            self.play(away, move, FadeIn(self.heads, shift=0.25 * DOWN, rate_func=late), run_time=theme.TIME_CAMERA)
            self.remove(digits, *self.column.get_family())
            self.add(*(VGroup(*row[:4]) for row in self.column.rows))
            fade = [Transform(row[3], faint) for row, faint in pairs(self.column.rows, self.scaled)]
            swell = pulse(VGroup(*(row[1] for row in self.column.rows)))
            self.play(swell, LaggedStart(*fade, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_SLOW)

    def weighted_rows(self) -> tuple[WeightedSumColumn, VGroup]:
        """A row for each word that is looked at: word, share, package; and what stands over shares and packages."""
        place, start = self.place, self.window[0]
        words = [self.word(key) for key in range(place + 1)]
        column = WeightedSumColumn(
            self.pattern[place, : place + 1], self.packages[: place + 1, start:], words,
            self.updates[place, start:], SQUARES, max_height=HIGH,
        )  # fmt: skip
        for row in column.rows:
            VGroup(row[0], row[1], row[4]).shift(layout.GAP_LABEL * LEFT)
            VGroup(row[0], row[4]).shift(layout.GAP_LABEL * LEFT)
        column.scale(min(LARGEST, WIDE / column.width, HIGH / column.height)).move_to(0.3 * DOWN)
        self.scaled = [row[3].copy() for row in column.rows]
        for row in column.rows:
            row[3].set_opacity(1)
        top = column.rows.get_top()[1] + layout.GAP_RELATED
        share = label(_("share"), 30, theme.HIGHLIGHT).move_to([column.rows[0][1].get_x(), top, 0], aligned_edge=DOWN)
        package = VGroup(symbol("W", "O", theme.OUTPUT, 40, arrow=False), symbol("V", None, theme.VALUE, 40))
        package.arrange(RIGHT, buff=layout.GAP_LABEL, aligned_edge=DOWN)
        package[1].shift(0.12 * UP)  # the index of W hangs below the line
        return column, VGroup(share, package.move_to([column.rows[0][3].get_x(), top, 0], aligned_edge=DOWN))

    def slide_together(self, digits: CellLayer) -> list[Any]:
        """Word, share and value of each row leave the board for its line; the value opens into its package."""
        lines = []
        for key, (name, number, times, strip, _plus) in enumerate(self.column.rows):
            mark = self.marks[key].copy()
            word = ReplacementTransform(self.board.key_tokens[key].word.copy(), name[0])
            share = ReplacementTransform(digits.at(self.place, key), number)
            lines.append(AnimationGroup(word, share, FadeIn(times, rate_func=late), Expand(strip, mark)))
        return lines

    # -- beat 4 --------------------------------------------------------------------------------------------------

    def add_the_packages(self) -> None:
        """Beat 4."""
        column, plus = self.column, VGroup(*(row[4] for row in self.column.rows[1:]))
        self.update = self.digits_of(self.updates, theme.UPDATE).move_to(MIDDLE * UP)
        self.update_name = symbol("ΔE", self.place + 1, theme.UPDATE, theme.FONT_SUBTITLE)
        self.update_name.next_to(self.update, UP, buff=layout.GAP_RELATED)
        self.length = self.length_below(self.update, self.updates, theme.UPDATE)
        narration = _(
            "Now add them all up, number by number. "
            "The sum is what this head proposes to the word: its update, delta E."
        )
        with self.beat(narration, 8.5):
            signs = LaggedStart(*(FadeIn(sign, scale=0.5) for sign in plus), lag_ratio=theme.LAG_WORDS)
            self.play(signs, Create(column.rule), run_time=theme.TIME_BASE)
            self.play(CollapseSum(column, run_time=2.5), FadeOut(self.heads, rate_func=soon))
            self.remove(*column.rows.get_family(), column.rule)
            self.play(*self.squares_turn_to_digits(), FadeIn(self.update_name, shift=0.25 * UP), run_time=1.5)
            self.play(FadeIn(self.length[0]), CountUp(self.length[1]), run_time=theme.TIME_BASE)

    def digits_of(self, quantity: Quantity, tint: str | None) -> NumericEmbedding:
        """The picked word's column of a quantity: numbers at places where sums add up also as they are written."""
        style: dict[str, Any] = {"decimals": DECIMALS, "font_size": theme.FONT_LABEL}
        return layout.fit(NumericEmbedding(quantity[self.place], shown=self.window, tint=tint, **style), height=TALL)

    def squares_turn_to_digits(self) -> list[Any]:
        """The squares of the sum become the numbers they stand for."""
        strip, shown = self.column.result, len(self.window)
        squares = strip[0].submobjects
        turns = [
            ReplacementTransform(square, entry) for square, entry in zip(squares, self.update.entries, strict=False)
        ]
        rest = VGroup(*squares[shown:], *strip[1:])
        away = [FadeOut(rest, shift=0.5 * DOWN)] if len(rest) else []
        return [*turns, *away, FadeIn(self.update.brackets, self.update.ellipses)]

    def length_below(self, column: VMobject, quantity: Quantity, ink: str) -> VGroup:
        """``length`` and the number, below a column."""
        size = float(np.linalg.norm(np.asarray(quantity[self.place], dtype=float)))
        number = Numeral(
            size, decimals=1, sign="never", font_size=theme.FONT_LABEL, color=ink, passport="length of a vector"
        )
        words = label(_("length"), theme.FONT_SMALL, theme.MUTED)
        line = VGroup(words, number).arrange(RIGHT, buff=layout.GAP_RELATED)
        return line.next_to(column, DOWN, buff=layout.GAP_RELATED)


def soon(time: float) -> float:
    """Over after a third of the time."""
    return smooth(min(1.0, 3 * time))


def late(time: float) -> float:
    """Begins after half of the time."""
    return smooth(max(0.0, 2 * time - 1))
