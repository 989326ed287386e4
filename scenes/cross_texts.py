"""CrossAttention, beats 1 to 4: two texts, the lines between them, a table that need not be square, and its tables."""

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
    GrowArrow,
    LaggedStart,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
)

from mobjects import (
    AttentionBoard,
    BraceCount,
    CountUp,
    Dim,
    FlashAround,
    GrowBraces,
    Numeral,
    TokenRow,
    flow_arrow,
    label,
    layout,
    symbol,
    theme,
)
from mobjects.connection_fan import LEAST, Connection
from mobjects.counted import counted, in_line
from mobjects.token_label import row_label
from model import recorded
from model.activations import Quantity
from model.toys import language, showing, translation
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import enter, pairs
from scenes.tables import WeightTable, common_scale

UPPER, LOWER = 2.25, -1.6  # heights of the two texts
LONG = 1.38  # length of a table of weights
PANEL = 3.5, 6.55  # from where to where, at the right of the board
SLANT = 49  # degrees, of the words over the columns
COUNT: dict[str, Any] = {"decimals": 0, "sign": "never"}


class TwoTexts(ChapterScene):
    """A translator's questions come from the text it writes, the offers from the text it reads."""

    def setup(self) -> None:
        """Translate the story's text, or the sentence that shows most, and take the head that aligns best."""
        super().setup()
        self.translator = translation.load()
        self.translation = showing.translated(self.pick.prompt) or showing.best()
        self.layer, self.head = self.translator.best_head
        self.pattern = self.translation.activations["cross.pattern"].at(layer=self.layer, head=self.head)
        self.source = self.translation.source
        self.target = (*self.translation.target, translation.END)
        self.links = showing.strongest(self.translation, self.layer, self.head)

    def translator_name(self) -> str:
        """What the corner says."""
        where = _("layer {layer}, head {head}, measured").format(layer=self.layer + 1, head=self.head + 1)
        return f"{self.translator.source.partition('@')[0]}: {where}"

    # -- beat 1 --------------------------------------------------------------------------------------------------

    def show_two_texts(self) -> None:
        """Beat 1."""
        self.rows = VGroup(*(TokenRow(spaced(words), space="between", token_gap=0.12) for words in self.texts))
        smaller = min(row.height for row in self.rows)
        titles = [_("English"), _("{name}, made up").format(name=language.NAME)]
        self.names, roles = VGroup(), ((theme.KEY, UPPER, UP), (theme.QUERY, LOWER, DOWN))
        for row, title, (color, height, side) in pairs(self.rows, titles, roles):
            row.scale(smaller / row.height).move_to(height * UP)
            for token in row.tokens:
                token.tint(color)
            number = counted(_("{} tokens"), len(row.tokens), theme.FONT_LABEL, passport="count: tokens")
            name = in_line(row_label(title, theme.FONT_LABEL, color), number, gap=layout.GAP)
            self.names.add(name.next_to(row, side, buff=layout.GAP))
        narration = _(
            "Until now, a text looked at itself. A small translator holds two: "
            "English, which it reads, and {name}, a made-up language, which it writes."
        ).format(name=language.NAME)
        with self.beat(narration, 10):
            for row, name in pairs(self.rows, self.names):
                self.play(FadeIn(name[0]), enter(row.tokens, 0.5 * DOWN, theme.LAG_WORDS), run_time=theme.TIME_SLOW)
            counts = [CountUp(name[1][0]) for name in self.names]
            self.play(*counts, *(FadeIn(name[1][1]) for name in self.names))

    @property
    def texts(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What is read, and what is written, its end mark included."""
        return self.source, self.target

    # -- beat 2 --------------------------------------------------------------------------------------------------

    def draw_the_lines(self) -> None:
        """Beat 2."""
        strands = VGroup(*(self.lines_of(place) for place in range(len(self.target))))
        crossing = crossing_links(self.links)
        bright = [line for group in strands for line in group if (line.query, line.key) in crossing]
        dim = [Dim(strands, keep=bright)] if bright else []
        swaps = showing.swaps(self.links)
        words, papers = _("{} crossing") if swaps == 1 else _("{} crossings"), "count: pairs of words that swap"
        note = counted(words, swaps, theme.FONT_LABEL, theme.HIGHLIGHT, papers)
        note.next_to(self.names[1], DOWN, buff=layout.GAP_RELATED)
        narration = _("These lines are measured: how much each new word takes from each word of the other text. ")
        if crossing:
            narration += _("Where the order of words swaps, the lines cross.")
        else:
            narration += _("The order stays here, so the strong lines do not cross.")
        with self.beat(narration, 11):
            draw = LaggedStart(*(Create(group, lag_ratio=0) for group in strands), lag_ratio=theme.LAG_STEPS)
            self.play(draw, *self.credit_to(self.translator_name()), run_time=theme.TIME_FLOW)
            turn = [line.animate.set_stroke(theme.HIGHLIGHT) for line in bright]
            self.play(*dim, *turn, FadeIn(note[1]), CountUp(note[0]), run_time=theme.TIME_SLOW)
        self.strands, self.note = strands, note

    def lines_of(self, place: int) -> VGroup:
        """From a word that is written up to the words it takes from."""
        below, lines = self.rows[1].tokens[place].box.get_top() + layout.GAP_LABEL * UP, VGroup()
        for key, share in enumerate(np.asarray(self.pattern)[place]):
            if share >= LEAST:
                line = Connection(float(share), place, key, theme.KEY, self.pattern[place, key].passport)
                above = self.rows[0].tokens[key].box.get_bottom() + layout.GAP_LABEL * DOWN
                reach = (below - above) * [0, 0.5, 0]
                lines.add(line.set_points(np.array([above, above + reach, below - reach, below])))
        return lines

    # -- beat 3 --------------------------------------------------------------------------------------------------

    def make_it_a_table(self) -> None:
        """Beat 3."""
        style: dict[str, Any] = {"font_size": theme.FONT_LABEL, "symbol_size": theme.FONT_BODY, "slant": SLANT}
        source, target = (spaced(words) for words in self.texts)
        self.board = board = AttentionBoard(target, width=9.1, height=6.6, key_pieces=source, **style)
        board.move_to([-layout.SAFE_X, layout.SAFE_Y, 0], aligned_edge=UP + LEFT)
        for tokens, color in ((board.query_tokens, theme.QUERY), (board.key_tokens, theme.KEY)):
            for token in tokens:
                token.tint(color)
        self.braces = VGroup(
            BraceCount(board.grid.frame, len(source), RIGHT, color=theme.KEY, passport="count: tokens read"),
            BraceCount(board.grid.frame, len(target), DOWN, color=theme.QUERY, passport="count: tokens written"),
        )
        self.panel = VGroup(
            sign(_("questions"), _("for each next word"), theme.QUERY, 3.2),
            sign(_("offers"), _("from what is read"), theme.KEY, 0.25),
        )
        narration = _(
            "As a table: on top a question for each word that comes next. At the side the text that is read: "
            "it offers. So the table need not be square."
        )
        with self.beat(narration, 11):
            self.play(FadeOut(self.strands, self.names, self.note), run_time=theme.TIME_QUICK)
            moves = ((self.rows[0].tokens, board.key_tokens), (self.rows[1].tokens, board.query_tokens))
            for (old, new), part in pairs(moves, reversed(self.panel)):
                travel = [ReplacementTransform(*move) for move in pairs(old, new)]
                self.play(LaggedStart(*travel, lag_ratio=0.05), FadeIn(part, shift=0.25 * LEFT), run_time=1.5)
            rules = [Create(rule) for family in board.grid.rules for rule in family]
            self.play(LaggedStart(*rules, lag_ratio=0.05), run_time=theme.TIME_BASE)
            self.play(GrowBraces(*self.braces), run_time=theme.TIME_BASE)

    # -- beat 4 --------------------------------------------------------------------------------------------------

    def feed_three_tables(self) -> None:
        """Beat 4."""
        tables = {letter: self.table(letter) for letter in "qkv"}
        scale, board = common_scale(*tables.values()), self.board
        heights = {"q": 2.0, "k": -0.95, "v": -2.25}
        colors = {"q": theme.QUERY, "k": theme.KEY, "v": theme.VALUE}
        self.chains = VGroup(
            *(chain(letter.upper(), tables[letter], colors[letter], heights[letter], scale) for letter in "qkv")
        )
        narration = _(
            "That is the only change. Queries are made from what is written so far; "
            "keys and values from the source alone. The rest is as ever."
        )
        with self.beat(narration, 10.5):
            for number, symbols in enumerate((board.query_symbols, board.key_symbols)):
                chains = self.chains[number : 2 * number + 1]
                arrive = [enter(VGroup(*one[:-2]), 0.25 * RIGHT) for one in chains]
                self.play(FlashAround(self.panel[number], colors["qk"[number]]), *arrive, run_time=theme.TIME_SLOW)
                made = [part for one in chains for part in (GrowArrow(one[-2]), FadeIn(one[-1], shift=0.25 * RIGHT))]
                fly = [TransformFromCopy(chains[0][-1], mark) for mark in symbols]
                self.play(*made, LaggedStart(*fly, lag_ratio=0.05), run_time=theme.TIME_SLOW)

    def table(self, letter: str) -> Quantity:
        """One learned table of the head, as it was recorded."""
        name = f"weights.decoder.blocks.{self.layer}.cross.{letter}.weight"
        size = self.translator.config.n_embd // self.translator.config.n_head
        return recorded.load("translator")[name][self.head * size : (self.head + 1) * size]


def spaced(words: tuple[str, ...]) -> list[str]:
    """Words as the pieces of a line."""
    return [f" {word}" if place else word for place, word in enumerate(words)]


def crossing_links(links: tuple[int, ...]) -> set[tuple[int, int]]:
    """The (target, source) links that cross another one."""
    all_links = list(enumerate(links))
    return {one for one in all_links for other in all_links if (one[0] - other[0]) * (one[1] - other[1]) < 0}


def sign(title: str, words: str, color: str, top: float) -> VGroup:
    """Who takes part, and below it from where."""
    lines = VGroup(label(title, theme.FONT_LABEL, color), label(words, theme.FONT_SMALL, theme.MUTED))
    lines.arrange(DOWN, buff=layout.GAP_LABEL, aligned_edge=LEFT)
    return layout.fit(lines, PANEL[1] - PANEL[0]).move_to([PANEL[0], top, 0], aligned_edge=LEFT)


def chain(letter: str, values: Quantity, color: str, height: float, scale: float) -> VGroup:
    """The name of a table, the table, its shape, an arrow, and the symbol of what it makes."""
    table = WeightTable(values, LONG / max(values.shape), color, scale)
    name = symbol("W", letter, color, theme.FONT_LABEL, arrow=False)
    arrow, made = flow_arrow(RIGHT, 0.4, color), symbol(letter, None, color, theme.FONT_LABEL)
    line = VGroup(name, table, arrow, made).arrange(RIGHT, buff=layout.GAP_LABEL)
    line.move_to([PANEL[0], height, 0], aligned_edge=LEFT)
    style: dict[str, Any] = {"font_size": theme.FONT_SMALL, "color": theme.MUTED, "passport": "size of the network"}
    rows, columns = (Numeral(size, **COUNT, **style) for size in values.shape)
    shape = VGroup(rows, label("×", theme.FONT_SMALL, theme.MUTED), columns).arrange(RIGHT, buff=layout.GAP_LABEL)
    shape.next_to(table, DOWN, buff=layout.GAP_LABEL)
    return VGroup(name, table, shape, arrow, made)
