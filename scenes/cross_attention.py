"""CrossAttention: one text looks at another."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    Circle,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    Rectangle,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
    VMobject,
)

from mobjects import AttentionBoard, CountUp, Dim, GrowCells, Numeral, format_number, label, layout, theme
from mobjects.attention_layers import future_cells
from mobjects.connection_fan import LEAST
from model.toys import showing
from scenes.cross_texts import TwoTexts, spaced
from scenes.language import _
from scenes.motions import pairs

LIST = 2.75, 6.55  # from where to where a list of links reaches
PITCH = 0.6
HALVES, BOTTOM, TALL, LABELS = 3.4, -2.75, 5.65, 3.0  # where two boards stand side by side
LARGER = 1.08  # words of a small board, so that they can be read
STEEP = 78  # degrees, of the words over the columns of a small board
MOST = 3  # columns of which the sum is shown


class CrossAttention(TwoTexts):
    """Cross-attention is attention with two texts: the one that is written asks, the one that is read offers."""

    def construct(self) -> None:
        """Two texts, their lines as a table, and what differs from a text that looks at itself."""
        self.show_two_texts()
        self.draw_the_lines()
        self.make_it_a_table()
        self.feed_three_tables()
        self.hide_nothing()
        self.write_word_by_word()
        self.compare_with_self_attention()

    # -- beat 5 --------------------------------------------------------------------------------------------------

    def hide_nothing(self) -> None:
        """Beat 5."""
        grid = self.board.grid
        self.dots, mask = grid.dots(self.pattern), grid.mask_boxes()
        hidden = float(np.asarray(self.pattern)[future_cells(*grid.shape)].sum() / len(self.target))
        number = Numeral(
            hidden, 0, "never", font_size=theme.FONT_TITLE, color=theme.MASKED, factor=100,
            passport="share of the attention that a mask would hide",
        )  # fmt: skip
        words = label(_("would be hidden\nby a mask"), theme.FONT_LABEL, theme.MUTED)
        share = VGroup(number, label("%", theme.FONT_BODY, theme.MASKED)).arrange(RIGHT, aligned_edge=DOWN)
        self.note = VGroup(share, words).arrange(DOWN, buff=layout.GAP_RELATED, aligned_edge=LEFT)
        layout.fit(self.note, LIST[1] - 3.4).move_to([3.4, 0.3, 0], aligned_edge=LEFT)
        percent = format_number(100 * hidden, 0, "never")
        narration = _("And nothing needs hiding: the source is complete before writing begins. ")
        if percent == "0":
            narration += _("For this pair, though, a mask would have taken next to nothing away.")
        else:
            narration += _("A mask would take away {percent} percent of the attention.").format(percent=percent)
        rings = VGroup(*(ring(dot) for cell, dot in self.dots.items() if cell[1] > cell[0] and dot.value >= LEAST))
        with self.beat(narration, 10):
            self.play(FadeOut(self.panel, self.chains, self.paths), run_time=theme.TIME_BASE)
            self.play(GrowCells(self.dots), run_time=theme.TIME_SLOW)
            self.play(FadeIn(mask, lag_ratio=theme.LAG_MANY), FadeIn(words, share[1]), CountUp(number))
            self.wait(theme.TIME_BASE)
            around = [Create(rings, lag_ratio=0.05)] if len(rings) else []
            self.play(Dim(mask, opacity=0.4), *around, run_time=theme.TIME_BASE)
        self.note.add(mask, rings)

    # -- beat 6 --------------------------------------------------------------------------------------------------

    def write_word_by_word(self) -> None:
        """Beat 6."""
        board, grid, count = self.board, self.board.grid, len(self.target)
        pieces, lines = VGroup(*map(self.rules_of, range(count))), self.list_of_links()
        side = Line(grid.frame.get_corner(UP + LEFT), grid.frame.get_corner(DOWN + LEFT))
        side.set_stroke(theme.RULE, theme.STROKE_RULE)
        pointer = grid.column_box(0)
        narration = _("Each word, once written, heads the next column and asks in turn. ")
        split = int((np.asarray(self.pattern).max(axis=1) < showing.CLEAR).sum())
        if split == 0:
            narration += _("All look over the whole source; in this head, each gives practically all to one word.")
        elif split < count:
            narration += _("All look over the whole source; some divide their attention, others give most to one word.")
        else:
            narration += _("All look over the whole source, and all divide their attention between several words.")
        with self.beat(narration, 13):
            self.add(side)
            self.remove(grid)
            leave = FadeOut(grid.rules, self.dots, board.query_tokens, board.query_symbols, self.note)
            self.play(leave, run_time=theme.TIME_BASE)
            self.play(Create(pointer), self.step(0, pieces, lines), run_time=1.5)
            for place in range(1, count):
                slide = pointer.animate.move_to(grid.column_box(place))
                self.play(self.step(place, pieces, lines), slide, run_time=0.8 if place > 1 else 1.8)
            self.play(FadeOut(pointer), run_time=theme.TIME_QUICK)
        self.remove(*pieces, side, *self.dots, *board.query_tokens, *board.query_symbols)
        self.add(board, self.dots)
        self.lines = lines

    def rules_of(self, place: int) -> VGroup:
        """What one column adds to the rules of the grid."""
        grid = self.board.grid
        half, style = grid.query_step / 2, {"stroke_color": theme.RULE, "stroke_width": theme.STROKE_RULE}
        ends = [grid.cell_center(place, key - 0.5) for key in range(grid.n_key + 1)]
        level = [Line(end - half, end + half, **style) for end in ends]
        return VGroup(*level, Line(ends[0] + half, ends[-1] + half, **style))

    def step(self, place: int, pieces: VGroup, lines: VGroup) -> Animation:
        """The word that was written before asks; its shares grow, and with them the next word is written."""
        board, token = self.board, self.board.query_tokens[place]
        arrive: list[Animation] = [FadeIn(token, shift=0.5 * DOWN)]
        if place:
            arrive = [FadeIn(token.box), TransformFromCopy(lines[place - 1][0], token.word, path_arc=-1.6)]
        arrive += [FadeIn(board.query_symbols[place], shift=0.5 * DOWN), FadeIn(pieces[place], shift=0.25 * LEFT)]
        grow = LaggedStart(*(FadeIn(dot, scale=0.2) for dot in self.dots.column(place)), lag_ratio=0.05)
        return LaggedStart(AnimationGroup(*arrive), grow, FadeIn(lines[place], shift=0.25 * UP), lag_ratio=0.5)

    def list_of_links(self) -> VGroup:
        """For each written word the word it takes most from, and how much: ``thukori ← giants  1.00``."""
        strongest = np.asarray(self.pattern).argmax(axis=1)
        lines, pitch = VGroup(), min(PITCH, 6.6 / len(self.target))
        parts = []
        for place, key in enumerate(strongest):
            weight: Any = self.pattern[place, int(key)]
            share = Numeral(weight, 2, "never", font_size=theme.FONT_SMALL, color=theme.TEXT)
            words = [label(f"{text}l", theme.FONT_SMALL, color) for text, color in self.link(place, int(key))]
            parts.append((*words, share))
        widest = [max(line[number].width for line in parts) for number in range(2)]
        for place, (taker, giver, share) in enumerate(parts):
            y = (len(parts) - 1) / 2 * pitch - place * pitch
            arrow = label("←", theme.FONT_SMALL, theme.MUTED)
            left = LIST[0] + widest[0]
            for word, x, edge in ((taker, left, RIGHT), (giver, left + 0.55, LEFT)):
                baseline = word[-1].get_bottom()[1]
                word.remove(word[-1])
                word.shift((y - baseline) * UP).shift((x - word.get_edge_center(edge)[0]) * RIGHT)
            arrow.move_to([left + 0.275, y + 0.09, 0])
            share.move_to([LIST[1], y, 0], aligned_edge=RIGHT + DOWN)
            lines.add(VGroup(taker, arrow, giver, share))
        return lines.shift(0.1 * UP)

    def link(self, place: int, key: int) -> tuple[tuple[str, str], tuple[str, str]]:
        """Taker and giver, each with its colour."""
        return (self.target[place], theme.QUERY), (self.source[key], theme.KEY)

    # -- beat 7 --------------------------------------------------------------------------------------------------

    def compare_with_self_attention(self) -> None:
        """Beat 7."""
        pattern = self.activations["pattern", self.pick.layer].at(head=self.pick.head)
        boards = [small_board(spaced(self.inputs), spaced(self.source)), small_board(self.pieces)]
        tables = list(zip(boards, (self.pattern, pattern), (LEFT, RIGHT), strict=True))
        for board, _shares, side in tables:
            board.shift([HALVES * side[0] - board.get_x(), BOTTOM - board.get_bottom()[1], 0])
        dots = [board.grid.dots(shares) for board, shares, _side in tables]
        heads = [
            heading(boards[0], _("cross-attention"), _("written so far"), _("what is read")),
            heading(boards[1], _("self-attention"), _("the same text"), _("one text")),
        ]
        narration = _(
            "Beside it, a head of {name}, where a text looks at itself. "
            "In both, each column adds up to one: the same mechanism, with two sources or with one."
        ).format(name=self.checkpoint.name)
        with self.beat(narration, 12, allowed=("small",)):
            symbols = [self.board.query_symbols, self.board.key_symbols, self.values]
            self.play(FadeOut(self.lines, *symbols), run_time=theme.TIME_QUICK)
            shrink = [ReplacementTransform(*move) for move in pairs(parts_of(self.board), parts_of(boards[0]))]
            credit = self.credit_to(f"{self.translator_name()}; {self.head_name()}")
            shrink.append(ReplacementTransform(self.dots, dots[0]))
            self.play(*shrink, FadeIn(heads[0], shift=0.25 * DOWN), *credit, run_time=theme.TIME_SLOW)
            arrive = FadeIn(*parts_of(boards[1]), dots[1], heads[1], shift=layout.GAP_SECTION * LEFT)
            self.play(arrive, run_time=theme.TIME_SLOW)
            self.add_up([one[:2] for one in tables])

    def add_up(self, tables: list[tuple[AttentionBoard, Any]]) -> None:
        """A box goes from column to column of each table, and leaves the sum below."""
        sums = [[sum_below(*table, column) for column in spread(table[0].grid.n_query)] for table in tables]
        boxes = [some[0][0].copy() for some in sums]
        for step in range(max(map(len, sums))):
            here = [(box, some[step]) for box, some in zip(boxes, sums, strict=True) if step < len(some)]
            move = [box.animate.move_to(place) if step else Create(box) for box, (place, _number) in here]
            self.play(*move, *(CountUp(number) for _box, (_place, number) in here), run_time=0.8)


def spread(count: int) -> list[int]:
    """Some columns from the first to the last."""
    return sorted({round(place) for place in np.linspace(0, count - 1, MOST)})


def ring(dot: Any) -> Circle:
    """A ring round a dot that a mask would hide."""
    return Circle(dot.radius + 0.06, color=theme.MASKED, stroke_width=theme.STROKE_STRONG).move_to(dot.middle)


def small_board(pieces: list[str], key_pieces: list[str] | None = None) -> AttentionBoard:
    """A board for half the frame."""
    style: dict[str, Any] = {"font_size": 30, "symbol_size": 1, "slant": STEEP, "width": 6.3, "key_pieces": key_pieces}
    spare = TALL - AttentionBoard(pieces, height=TALL, **style).height
    board = AttentionBoard(pieces, height=TALL + spare, **style)
    board.remove(board.query_symbols, board.key_symbols)
    for token in board.query_tokens:
        token.tint(theme.QUERY).shift(0.2 * DOWN)
    for token in board.key_tokens:
        token.tint(theme.KEY).scale(LARGER, about_point=token.get_right())
    return board


def parts_of(board: AttentionBoard) -> list[VMobject]:
    """What is shown of a board in half the frame: no symbols, so that the words can be larger."""
    return [board.grid, board.key_tokens, board.query_tokens]


def heading(board: AttentionBoard, title: str, asks: str, offers: str) -> VGroup:
    """Over a board: its name, and in the colours of query and key, who asks and who offers."""
    name = label(title, theme.FONT_LABEL, weight="bold").move_to([board.get_x(), layout.SAFE_Y, 0], aligned_edge=UP)
    above = label(asks, theme.FONT_SMALL, theme.QUERY)
    above.move_to([board.grid.get_x(), LABELS, 0])
    before = label(offers, theme.FONT_SMALL, theme.KEY)
    before.move_to([board.key_tokens.get_right()[0], above.get_y(), 0], aligned_edge=RIGHT)
    before.shift(max(0.0, -layout.SAFE_X - before.get_left()[0]) * RIGHT)
    return VGroup(name, above, before)


def sum_below(board: AttentionBoard, shares: Any, place: int) -> tuple[Rectangle, Numeral]:
    """A box round a column, and what the column adds up to."""
    box, total = board.grid.column_box(place), float(np.asarray(shares)[place].sum())
    style: dict[str, Any] = {"font_size": 30, "color": theme.HIGHLIGHT, "passport": "sum of the shown column"}
    return box, Numeral(total, 2, "never", **style).next_to(box, DOWN, buff=layout.GAP_LABEL)
