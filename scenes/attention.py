"""Chapter 2: how words take from one another."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    Create,
    FadeIn,
    FadeOut,
    ReplacementTransform,
    Transform,
    VGroup,
    VMobject,
    Write,
)

from mobjects import (
    ApplyMask,
    AttentionBoard,
    ColumnSoftmax,
    Dim,
    FlashAround,
    GrowCells,
    MorphDots,
    Numeral,
    SoftmaxColumns,
    SwapCells,
    Undim,
    format_number,
    label,
    layout,
    plated,
    theme,
)
from scenes.attention_scores import POINTER, AttentionScores
from scenes.attention_words import FAR, TOP, below_the_top
from scenes.language import _
from scenes.motions import enter, pairs

PANEL = 5.2
ABOVE_THE_CREDIT = 0.89  # of the frame's height
SHARES: dict[str, Any] = {"decimals": 2, "color": "share", "sign": "never"}


class AttentionPattern(AttentionScores):
    """One head's table: every word asks, every word offers, and the softmax decides who takes how much from whom."""

    def construct(self) -> None:
        """Three acts, so that editors can cut; the first two are in sister files."""
        super().construct()
        self.act(_("Pattern"))
        self.ask_for_shares()
        self.turn_scores_into_shares()
        self.hide_the_future()
        self.name_the_pattern()
        self.tour_the_strongest_links()
        self.change_the_sentence()
        self.rest_on_the_pattern()

    def ask_for_shares(self) -> None:
        """Beat 12."""
        query, board, grid = self.pick.query, self.board, self.board.grid
        self.column_box = grid.column_box(query, width=POINTER)
        dim = Dim(self.digits, keep=[self.digits.column(query)], opacity=0.35)
        narration = _("Take one column: all the answers to one question. What we want from them is shares of a whole.")
        with self.beat(narration, 8):
            kept = [board.query_header(query), board.key_tokens, board.key_symbols]
            rest = Dim(board.headers, grid.rules, keep=kept, opacity=theme.OPACITY_HALF)
            self.play(Create(self.column_box), dim, rest, run_time=theme.TIME_SLOW)

    def turn_scores_into_shares(self) -> None:
        """Beat 13."""
        query, board, grid = self.pick.query, self.board, self.board.grid
        self.shares, self.totals = grid.digits(self.unmasked, **SHARES), grid.sums(self.unmasked)
        others = [other for other in range(self.count) if other != query]
        left, right = board.get_left()[0], grid.get_right()[0] + PANEL
        style = {"panel_width": PANEL, "label_size": layout.scaled_font(theme.FONT_LABEL, FAR)}
        slowly = ColumnSoftmax(grid, query, self.digits, self.shares, self.totals[query], **style)
        # All of it in sight, and its last line above the credit.
        width, depth = right - left, TOP - slowly.by.get_bottom()[1]
        wide = max(FAR, width / (2 * layout.SAFE_X) * layout.FRAME_HEIGHT, depth / ABOVE_THE_CREDIT)
        aside = below_the_top(wide) + max(0.0, (left + right) / 2) * RIGHT
        narration = _(
            "The softmax does it. Raise e to every score, so that all are above zero. Add them up, "
            "divide each by the sum: shares that add to one. Then all other columns, the same way."
        )
        with self.beat(narration, 17):
            self.play(self.look(wide, aside), run_time=theme.TIME_BASE)
            self.play(slowly, run_time=theme.TIME_DRIFT)
            bright = Undim(self.digits, board.headers, grid.rules)
            self.play(bright, self.look(FAR, below_the_top(FAR)), run_time=theme.TIME_BASE)
            rest = SoftmaxColumns(grid, others, self.digits, self.shares, self.totals, pointer=self.column_box)
            self.play(rest, run_time=0.5 * len(others))
            self.play(FadeOut(self.column_box), run_time=theme.TIME_QUICK)

    def hide_the_future(self) -> None:
        """Beat 14."""
        grid = self.board.grid
        self.mask = grid.mask_boxes()
        future = np.tri(self.count, k=-1, dtype=bool).T
        masked = grid.digits(self.pattern, skip=future, **SHARES)
        narration = _(
            "But no word may look at one that comes later. "
            "Those shares are struck out, and the rest is shared out anew."
        )
        with self.beat(narration, 9):
            self.play(ApplyMask(self.mask, self.shares, masked, self.totals), run_time=theme.TIME_FLOW)

    def name_the_pattern(self) -> None:
        """Beat 15."""
        grid = self.board.grid
        self.dots, self.bars = grid.dots(self.pattern), grid.entropy_bars(self.pattern)
        self.title = self.title_in_the_corner(self.board)
        self.bars_name = label(_("spread"), layout.scaled_font(theme.FONT_SMALL, FAR), theme.MUTED)
        lane = grid.frame.get_left()[0] - self.board.get_left()[0]
        layout.fit(self.bars_name, lane - layout.GAP_RELATED).next_to(self.bars, LEFT, buff=layout.GAP_RELATED)
        narration = _(
            "This table has a name: the attention pattern. "
            "The bars below show how widely each word spreads its attention."
        )
        with self.beat(narration, 8):
            self.play(SwapCells(self.shares, self.dots), FadeOut(self.mask), run_time=theme.TIME_SLOW)
            self.play(Write(self.title), run_time=theme.TIME_BASE)
            self.play(*(FadeOut(total, shift=0.25 * DOWN) for total in self.totals), run_time=theme.TIME_QUICK)
            self.play(FadeIn(self.bars), FadeIn(self.bars_name), run_time=theme.TIME_BASE)

    @staticmethod
    def title_in_the_corner(board: AttentionBoard) -> VMobject:
        """A title in the empty corner between the words above and the words at the left."""
        name = label(_("attention\npattern"), layout.scaled_font(theme.FONT_LABEL, FAR), weight="bold")
        wide = board.query_tokens.get_left()[0] - board.corner[0] - layout.GAP
        high = board.corner[1] - board.grid.get_top()[1]
        return layout.fit(name, 0.88 * wide, 0.9 * high).move_to(board.corner, aligned_edge=UP + LEFT)

    def tour_the_strongest_links(self) -> None:
        """Beat 16."""
        board, grid, links = self.board, self.board.grid, strongest_links(np.asarray(self.pattern))
        self.links = panel = self.panel_of([self.link_line(query, key) for query, key in links])
        pointer = [grid.cell_box(query, key, theme.HIGHLIGHT, POINTER) for query, key in links]
        with self.beat(self.words_for(links[0]), 10):
            for number, (cell, line) in enumerate(pairs(pointer, panel[1])):
                query, key = links[number]
                keep = [board.query_header(query), board.key_header(key), self.dots.at(query, key)]
                point = ReplacementTransform(pointer[number - 1], cell) if number else Create(cell)
                self.play(Dim(board.headers, self.dots, keep=keep), point, run_time=theme.TIME_BASE)
                arrive = [FadeIn(line, shift=0.25 * UP)] if number else [FadeIn(panel[0]), FadeIn(line)]
                self.play(FlashAround(cell), *arrive, run_time=theme.TIME_BASE)
            self.play(FadeOut(pointer[-1]), Undim(board.headers, self.dots), run_time=theme.TIME_BASE)

    def words_for(self, link: tuple[int, int]) -> str:
        """What is said of the strongest link."""
        query, key = link
        percent = format_number(100 * float(self.pattern[query, key]), 0, "never")
        narration = _(
            "Read it down a column: who takes how much from whom. "
            "The strongest link: “{taker}” takes {percent} percent of its attention from “{giver}”."
        )
        return narration.format(taker=self.word(query), percent=percent, giver=self.word(key))

    def link_line(self, query: int, key: int) -> VGroup:
        """From whom, to whom, how much: ``brave → tailor  0.47``, on one baseline."""
        size = layout.scaled_font(theme.FONT_SMALL, FAR)
        text = label(f"{self.word(key)} → {self.word(query)}0", size)
        baseline = text[-1].get_bottom()[1]
        text.remove(text[-1])
        weight: Any = self.pattern[query, key]
        share = Numeral(weight, decimals=2, sign="never", font_size=size, color=theme.HIGHLIGHT)
        share.next_to(text, RIGHT, buff=layout.GAP).shift((baseline - share.get_bottom()[1]) * UP)
        return VGroup(text, share)

    def panel_of(self, lines: list[VGroup]) -> VGroup:
        """Lines on a framed plate in the empty triangle of the mask, or right of a grid too small for that."""
        grid = self.board.grid
        for number, line in enumerate(lines):
            line.shift(-line[1].get_right() + 1.9 * number * lines[0][1].height * DOWN)
        panel = plated(VGroup(*lines), layout.GAP)
        panel[0].set_fill(opacity=1).set_stroke(theme.RULE, layout.scaled_stroke(theme.STROKE_RULE, FAR))
        if self.count < 4:
            edge = layout.scaled_stroke(layout.SAFE_X, FAR) - grid.get_right()[0]
            return layout.fit(panel, edge - layout.GAP).next_to(grid, RIGHT, buff=layout.GAP)
        half = self.count // 2  # so many rows of the triangle are empty over all the other columns
        room = (self.count - half) * grid.cell_width, half * grid.cell_height
        layout.fit(panel, room[0] - layout.GAP, room[1] - layout.GAP)
        corner = grid.cell_center(-0.5, self.count - 0.5) + layout.GAP_RELATED * (UP + RIGHT)
        return panel.move_to(corner, aligned_edge=DOWN + LEFT)

    def change_the_sentence(self) -> None:
        """Beat 17."""
        other = self.read(self.pick.second_prompt)
        pattern = other["pattern", self.pick.layer].at(head=self.pick.head)
        board = self.new_board(self.checkpoint.tokenizer.pieces(list(other.ids)))
        dots, bars = board.grid.dots(pattern), board.grid.entropy_bars(pattern)
        home = [Transform(self.title, self.title_in_the_corner(board))]
        narration = _(
            "Give the same head another text, and it draws another pattern, worked out afresh from those words."
        )
        with self.beat(narration, 7):
            self.play(FadeOut(self.links), run_time=theme.TIME_QUICK)
            if board.grid.shape == self.board.grid.shape:
                self.play(*home, *self.glide_to(board), run_time=theme.TIME_BASE)
                arrive = [enter(tokens, 0.25 * UP) for tokens in (board.query_tokens, board.key_tokens)]
                self.play(*arrive, run_time=theme.TIME_BASE)
                self.play(MorphDots(self.dots, dots), Transform(self.bars, bars), run_time=theme.TIME_SLOW)
            else:
                old = VGroup(self.board, self.dots, self.bars, self.bars_name)
                self.play(*home, FadeOut(old, shift=0.5 * LEFT), run_time=theme.TIME_BASE)
                self.bars_name.next_to(bars, LEFT, buff=layout.GAP_RELATED)
                new = FadeIn(board, bars, self.bars_name, shift=0.5 * LEFT)
                self.play(new, GrowCells(dots), run_time=theme.TIME_SLOW)

    def glide_to(self, board: AttentionBoard) -> list[Animation]:
        """The words leave; grid and symbols, as many as before, glide to where they stand on the new board."""
        old = self.board
        leave = FadeOut(old.query_tokens, old.key_tokens, shift=0.25 * UP)
        parts = ("grid", "query_symbols", "key_symbols")
        return [leave, *(Transform(getattr(old, part), getattr(board, part)) for part in parts)]

    def rest_on_the_pattern(self) -> None:
        """Beat 18."""
        config = self.checkpoint.config
        narration = _("And this was a single head. Each layer has {heads} of them, and there are {layers} layers.")
        with self.beat(narration.format(heads=config.n_head, layers=config.n_layer), 7):
            self.play(FlashAround(self.credit, theme.HIGHLIGHT), run_time=theme.TIME_SLOW)


def strongest_links(pattern: np.ndarray, most: int = 3) -> list[tuple[int, int]]:
    """The (query, key) of the largest shares off the diagonal, largest first."""
    links = np.tril(pattern, -1)
    cells = [(int(query), int(key)) for query, key in np.argwhere(links > 0)]
    return sorted(cells, key=lambda cell: -links[cell])[:most]
