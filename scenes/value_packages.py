"""ValueVectors, first part: what each word hands over, scaled by its share and added up."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
    VMobject,
)

from mobjects import (
    AttentionBoard,
    Collapse,
    CollapseSum,
    CountUp,
    Dim,
    Expand,
    GrowCells,
    MatrixVectorProduct,
    Numeral,
    NumericEmbedding,
    ProductEquation,
    SwapCells,
    WeightedSumColumn,
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

LANE = 1.0  # between the words at the left and what their tables make of them
BOARD = 12.9, 7.1  # room for the pattern with its words
ROWS, DECIMALS = 7, 2  # numbers drawn of a column, and their digits after the point
SQUARES = 12  # drawn of each package
SHARES: dict[str, Any] = {"decimals": 2, "color": "share", "sign": "never"}


class ValuePackages(ChapterScene):
    """Each word offers a package; the shares in a column say how much of each is taken, and the sum is the update."""

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
        """From the pattern to what it adds to one word."""
        self.change_keys_for_values()
        self.make_one_value()
        self.scale_by_shares()
        self.add_the_packages()

    # -- beat 1 --------------------------------------------------------------------------------------------------

    def change_keys_for_values(self) -> None:
        """Beat 1."""
        self.board = board = self.board_with_arrows()
        self.dots = board.grid.dots(self.pattern)
        self.marks = VGroup(
            *(alike(symbol("V", number, theme.VALUE), key) for number, key in enumerate(board.key_symbols, 1))
        )
        narration = _(
            "The pattern says which word matters to which. With that, the keys have done their work. "
            "But what is handed over?"
        )
        value_arrows = self.arrows.copy().set_color(theme.VALUE)
        with self.beat(narration, 8.5):
            parts = [FadeIn(board.grid), *map(FadeIn, (board.headers, self.arrows, self.maps[0]))]
            self.play(*parts, GrowCells(self.dots), *self.credit_to(self.head_name()), run_time=theme.TIME_SLOW)
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
        layout.fit(whole, *BOARD).center()
        return board

    # -- beat 2 --------------------------------------------------------------------------------------------------

    def make_one_value(self) -> None:
        """Beat 2."""
        equation = self.product()
        names, word = self.names_above(equation), self.board.key_tokens[self.giver].copy()
        top = names[1].get_top()[1] + layout.GAP_RELATED
        note = label(_("normalised"), theme.FONT_SMALL, theme.MUTED)
        note.next_to(equation.vector, DOWN, buff=layout.GAP_LABEL)
        word.scale(min(1.4, 0.62 / word.height)).move_to([equation.vector.get_x(), top, 0], aligned_edge=DOWN)
        narration = _(
            "A third learned table decides that. Take “{word}”: row by row, the table is multiplied with its column, "
            "and the products are added up. What comes out is called its value."
        ).format(word=self.word(self.giver))
        board = VGroup(self.board.grid, self.board.query_tokens, self.board.query_symbols, self.board.key_tokens)
        with self.beat(narration, 15.5):
            self.play(
                FadeOut(board, self.dots, self.arrows, self.marks),
                TransformFromCopy(self.board.key_tokens[self.giver], word),
                ReplacementTransform(self.maps[1], names[0]), run_time=theme.TIME_BASE,
            )  # fmt: skip
            arrive = FadeIn(equation.operands, *names[1:-1], note, shift=0.25 * DOWN)
            self.play(arrive, run_time=theme.TIME_BASE)
            self.play(MatrixVectorProduct(equation, note=_("+ {} more terms"), run_time=10))
            self.play(FadeIn(names[-1], shift=0.25 * UP), run_time=theme.TIME_QUICK)
        self.equation, self.leaving = equation, VGroup(equation.operands, equation.equals, *names, note, word)

    def product(self) -> ProductEquation:
        """The value table times the giver's normalised column, with what is added to it if anything is."""
        config, name = self.checkpoint.config, f"blocks.{self.layer}.attn.qkv.bias"
        table, offset = head_weights(self.checkpoint, self.layer, self.head)["W_V"], None
        if name in self.checkpoint.weights:
            source = f"{self.checkpoint.name}@{self.checkpoint.digest[:12]}"
            first = 2 * config.n_embd + self.head * config.d_head
            whole = Quantity(self.checkpoint.weights[name], name, ("row",), source)
            offset = whole[first : first + config.d_head]
        column = self.activations["ln1.normalized", self.layer][self.giver]
        style: dict[str, Any] = {"factor": "readable", "tint": theme.VALUE, "font_size": 30}
        equation = ProductEquation(table, column, self.values[self.giver], offset, **style)
        return layout.fit(equation, 2 * layout.SAFE_X - 0.4, 4.2).move_to([0, -0.85, 0])

    def names_above(self, equation: ProductEquation) -> VGroup:
        """The symbols of table, column, offset and value, above each."""
        number, size = self.giver + 1, 40
        named: list[tuple[VMobject, VMobject]] = [
            (symbol("W", "V", theme.VALUE, size, arrow=False), equation.matrix),
            (symbol("E", number, theme.EMBEDDING, size), equation.vector),
            (symbol("V", number, theme.VALUE, size), equation.result),
        ]
        if equation.bias is not None:
            named.insert(2, (label(_("offset"), theme.FONT_SMALL, theme.MUTED), equation.bias))
        top = equation.get_top()[1] + layout.GAP_RELATED
        return VGroup(*(name.move_to([part.get_x(), top, 0], aligned_edge=DOWN) for name, part in named))

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
            self.play(
                FadeOut(rest, self.dots, box, self.marks), *self.slide_together(digits),
                FadeIn(self.heads, shift=0.25 * DOWN), run_time=theme.TIME_CAMERA,
            )  # fmt: skip
        self.remove(digits)

    def weighted_rows(self) -> tuple[WeightedSumColumn, VGroup]:
        """A row for each word that is looked at: word, share, package; and what stands over shares and packages."""
        place, start = self.place, self.window[0]
        words = [self.word(key) for key in range(place + 1)]
        column = WeightedSumColumn(
            self.pattern[place, : place + 1], self.packages[: place + 1, start:], words,
            self.updates[place, start:], SQUARES, max_height=5.6,
        )  # fmt: skip
        column.scale(min(1.25, 12.6 / column.width, 5.6 / column.height)).move_to(0.35 * DOWN)
        top = column.rows.get_top()[1] + layout.GAP_RELATED
        share = label(_("share"), 30, theme.HIGHLIGHT).move_to([column.rows[0][1].get_x(), top, 0], aligned_edge=DOWN)
        package = VGroup(symbol("W", "O", theme.OUTPUT, 40, arrow=False), symbol("V", None, theme.VALUE, 40))
        package.arrange(RIGHT, buff=layout.GAP_LABEL, aligned_edge=DOWN)
        return column, VGroup(share, package.move_to([column.rows[0][3].get_x(), top, 0], aligned_edge=DOWN))

    def slide_together(self, digits: VGroup) -> list[Any]:
        """Word, share and value of each row leave the board for its line; the value opens into its package."""
        moves = []
        for key, (name, number, times, strip, _plus) in enumerate(self.column.rows):
            mark = self.marks[key].copy()
            moves += [
                ReplacementTransform(self.board.key_tokens[key].word.copy(), name[0]),
                ReplacementTransform(digits.at(self.place, key), number),  # type: ignore[attr-defined]
                FadeIn(times), Expand(strip, mark),
            ]  # fmt: skip
        return moves

    # -- beat 4 --------------------------------------------------------------------------------------------------

    def add_the_packages(self) -> None:
        """Beat 4."""
        column, plus = self.column, VGroup(*(row[4] for row in self.column.rows[1:]))
        self.update = self.digits_of(self.updates, theme.UPDATE).move_to(0.25 * DOWN)
        self.update_name = symbol("ΔE", self.place + 1, theme.UPDATE, theme.FONT_SUBTITLE)
        self.update_name.next_to(self.update, UP, buff=layout.GAP_RELATED)
        self.length = self.length_below(self.update, self.updates, theme.UPDATE)
        narration = _(
            "Now add them all up, number by number. The sum is what this head proposes to the word: its update, delta E."
        )
        with self.beat(narration, 9):
            signs = LaggedStart(*(FadeIn(sign, scale=0.5) for sign in plus), lag_ratio=theme.LAG_WORDS)
            self.play(signs, Create(column.rule), run_time=theme.TIME_BASE)
            self.play(CollapseSum(column, run_time=2.5), FadeOut(self.heads, rate_func=lambda time: min(1, 3 * time)))
            self.play(*self.squares_turn_to_digits(), FadeIn(self.update_name, shift=0.25 * UP), run_time=1.5)
            self.play(FadeIn(self.length[0]), CountUp(self.length[1]), run_time=theme.TIME_BASE)

    def digits_of(self, quantity: Quantity, tint: str | None) -> NumericEmbedding:
        """The picked word's column of a quantity: numbers at places where sums add up also as they are written."""
        return NumericEmbedding(
            quantity[self.place], shown=self.window, tint=tint, decimals=DECIMALS, font_size=theme.FONT_LABEL
        )

    def squares_turn_to_digits(self) -> list[Any]:
        """The squares of the sum become the numbers they stand for."""
        strip, shown = self.column.result, len(self.window)
        squares = strip[0].submobjects
        turns = [ReplacementTransform(square, entry) for square, entry in zip(squares, self.update.entries, strict=False)]
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
