"""CrossAttention, beats 1 to 4: two texts, the lines between them, a table that need not be square, and its tables."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    ArrowTriangleFilledTip,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    GrowArrow,
    LaggedStart,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
    VMobject,
    bezier,
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
SLANT = 57  # degrees, of the words over the columns
VALUES, TRUNK = 0.55, 3.05  # room for the values' symbols, and where what is read turns to its tables
HEIGHTS = {"q": 2.0, "k": -0.95, "v": -2.25}  # of the three tables
COUNT: dict[str, Any] = {"decimals": 0, "sign": "never"}


class TwoTexts(ChapterScene):
    """A translator's questions come from the text it writes, the offers from the text it reads."""

    def setup(self) -> None:
        """Translate the story's text, or the sentence that shows most, and take the head that aligns best."""
        super().setup()
        self.translator = translation.load()
        self.translation = showing.translated(self.pick.prompt) or showing.best()
        self.layer, self.head = showing.shown_head(self.translation)
        self.pattern = self.translation.activations["cross.pattern"].at(layer=self.layer, head=self.head)
        self.source = self.translation.source
        self.target = (*self.translation.target, translation.END)
        self.inputs = (translation.START, *self.translation.target)  # what each place reads to find its word
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
        strong = {line.query: line for group in strands[:-1] for line in group if line.key == self.links[line.query]}
        points = [crossing(strong[one], strong[two]) for one, two in crossing_words(self.links)]
        bright = [strong[place] for place in sorted({place for pair in crossing_words(self.links) for place in pair})]
        dots = VGroup(*(Dot(point, 0.08, color=theme.TEXT) for point in sorted(points, key=lambda point: point[0])))
        words = _("{} crossing") if len(points) == 1 else _("{} crossings")
        note = counted(words, len(points), theme.FONT_LABEL, theme.HIGHLIGHT, "count: crossings of strongest lines")
        note.next_to(self.names[1], DOWN, buff=layout.GAP_RELATED)
        narration = _("These lines are measured: how much each new word takes from each word of the other text. ")
        if points:
            narration += _("Where the order of words swaps, the strongest lines cross.")
        else:
            narration += _("The order stays here, so the strongest lines do not cross.")
        with self.beat(narration, 11):
            draw = LaggedStart(*(Create(group, lag_ratio=0) for group in strands), lag_ratio=theme.LAG_STEPS)
            self.play(draw, *self.credit_to(self.translator_name()), run_time=theme.TIME_FLOW)
            turn = [line.animate.set_stroke(theme.HIGHLIGHT) for line in bright]
            weak = Dim(strands[:-1], keep=bright, opacity=theme.OPACITY_CONTEXT if bright else 1)
            self.play(weak, FadeOut(strands[-1]), *turn, run_time=theme.TIME_BASE)
            mark = [LaggedStart(*(FadeIn(dot, scale=0.2) for dot in dots), lag_ratio=theme.LAG_STEPS)] if points else []
            self.play(*mark, FadeIn(note[1]), CountUp(note[0]), run_time=theme.TIME_SLOW)
        self.strands, self.note = VGroup(strands[:-1], dots), note

    def lines_of(self, place: int) -> VGroup:
        """From a word that is written up to the words it takes from."""
        below, lines = self.rows[1].tokens[place].box.get_top() + layout.GAP_LABEL * UP, VGroup()
        for key, share in enumerate(np.asarray(self.pattern)[place]):
            if share >= LEAST:
                line = Connection(float(share), place, key, theme.KEY, self.pattern[place, key].passport)
                above = self.rows[0].tokens[key].box.get_bottom() + layout.GAP_LABEL * DOWN
                # Lines to the right bend early, lines to the left late: crossings in one place would not be told apart.
                bend = np.array([0, float(np.clip(0.5 - 0.12 * (below - above)[0], 0.33, 0.67)), 0])
                early, late = above + (below - above) * bend, below - (below - above) * (UP - bend)
                lines.add(line.set_points(np.array([above, early, late, below])))
        return lines

    # -- beat 3 --------------------------------------------------------------------------------------------------

    def make_it_a_table(self) -> None:
        """Beat 3."""
        style: dict[str, Any] = {"font_size": theme.FONT_LABEL, "symbol_size": theme.FONT_BODY, "slant": SLANT}
        source, inputs = spaced(self.source), spaced(self.inputs)
        self.board = board = AttentionBoard(inputs, width=9.1 - VALUES, height=6.6, key_pieces=source, **style)
        board.move_to([VALUES - layout.SAFE_X, layout.SAFE_Y, 0], aligned_edge=UP + LEFT)
        board.key_tokens.shift(VALUES * LEFT)
        for tokens, color in ((board.query_tokens, theme.QUERY), (board.key_tokens, theme.KEY)):
            for token in tokens:
                token.tint(color)
        self.braces = VGroup(
            BraceCount(board.grid.frame, len(source), RIGHT, color=theme.KEY, passport="count: tokens read"),
            BraceCount(board.grid.frame, len(inputs), DOWN, color=theme.QUERY, passport="count: tokens that ask"),
        )
        self.panel = VGroup(
            sign(_("questions"), _("from words so far"), theme.QUERY, 3.2),
            sign(_("offers"), _("from what is read"), theme.KEY, 0.25),
        )
        narration = _(
            "On top, each word so far asks for the next; at the side, the source offers. The table need not be square."
        )
        with self.beat(narration, 8):
            self.play(FadeOut(self.strands, self.names, self.note), run_time=theme.TIME_QUICK)
            old, new = self.rows[1].tokens, board.query_tokens
            read = [ReplacementTransform(*move) for move in pairs(self.rows[0].tokens, board.key_tokens)]
            written = [ReplacementTransform(*move) for move in pairs(old[:-1], new[1:])]
            marks = [FadeIn(new[0], shift=0.5 * RIGHT), FadeOut(old[-1], shift=0.5 * RIGHT)]
            travel = LaggedStart(*read, *written, *marks, lag_ratio=0.03)
            self.play(travel, FadeIn(self.panel, shift=0.25 * LEFT), run_time=theme.TIME_SLOW)
            rules = [Create(rule) for family in board.grid.rules for rule in family]
            self.play(LaggedStart(*rules, lag_ratio=0.05), run_time=theme.TIME_BASE)
            self.play(GrowBraces(*self.braces), run_time=theme.TIME_BASE)

    # -- beat 4 --------------------------------------------------------------------------------------------------

    def feed_three_tables(self) -> None:
        """Beat 4."""
        tables = {letter: self.table(letter) for letter in "qkv"}
        scale, board = common_scale(*tables.values()), self.board
        colors = {"q": theme.QUERY, "k": theme.KEY, "v": theme.VALUE}
        self.chains = VGroup(
            *(chain(letter.upper(), tables[letter], colors[letter], HEIGHTS[letter], scale) for letter in "qkv")
        )
        self.values, self.paths = self.value_symbols(), self.ways()
        narration = _(
            "That is the only change. Queries are made from what is written so far; "
            "keys and values from the source alone. The rest is as ever."
        )
        with self.beat(narration, 10):
            leave = [FadeOut(self.braces)]
            for number, made in enumerate(([board.query_symbols], [board.key_symbols, self.values])):
                chains = self.chains[number : 2 * number + 1]
                arrive = [enter(VGroup(*one[:-2]), 0.25 * RIGHT) for one in chains]
                ways = [Create(way) for way in self.paths[number : 2 * number + 1]]
                flash = FlashAround(self.panel[number], colors["qk"[number]])
                self.play(*leave, flash, *ways, *arrive, run_time=theme.TIME_SLOW)
                out = [part for one in chains for part in (GrowArrow(one[-2]), FadeIn(one[-1], shift=0.25 * RIGHT))]
                fly = [TransformFromCopy(one[-1], mark) for one, marks in pairs(chains, made) for mark in marks]
                self.play(*out, LaggedStart(*fly, lag_ratio=0.03), run_time=theme.TIME_SLOW)
                leave = []

    def value_symbols(self) -> VGroup:
        """One symbol a row between the words that are read and their keys."""
        values = VGroup()
        for row, key in enumerate(self.board.key_symbols):
            value = symbol("V", row + 1, theme.VALUE, theme.FONT_BODY).match_height(key)
            values.add(value.next_to(key, LEFT, buff=layout.GAP_RELATED))
        return values

    def ways(self) -> VGroup:
        """Thin arrows from the words that ask to their table, and from those that are read to the other two."""
        asking, reading = self.board.query_tokens, self.board.key_tokens
        end, low = PANEL[0] - layout.GAP_LABEL, self.board.grid.get_bottom()[1] - 0.3
        start = asking.get_right() + layout.GAP_LABEL * RIGHT
        ways = [way([start, [TRUNK, start[1], 0], [TRUNK, HEIGHTS["q"], 0], [end, HEIGHTS["q"], 0]], theme.QUERY)]
        first = reading[-1].get_bottom() + layout.GAP_TIGHT * DOWN
        corners = [first, [first[0], low, 0], [TRUNK, low, 0]]
        for letter in "kv":
            ways.append(way([*corners, [TRUNK, HEIGHTS[letter], 0], [end, HEIGHTS[letter], 0]], theme.KEY))
        return VGroup(*ways)

    def table(self, letter: str) -> Quantity:
        """One learned table of the head, as it was recorded."""
        name = f"weights.decoder.blocks.{self.layer}.cross.{letter}.weight"
        size = self.translator.config.n_embd // self.translator.config.n_head
        return recorded.load("translator")[name][self.head * size : (self.head + 1) * size]


def spaced(words: tuple[str, ...]) -> list[str]:
    """Words as the pieces of a line."""
    return [f" {word}" if place else word for place, word in enumerate(words)]


def crossing_words(links: tuple[int, ...]) -> list[tuple[int, int]]:
    """The pairs of target words, by their places, whose links cross."""
    return [pair for pair in combinations(range(len(links)), 2) if links[pair[0]] > links[pair[1]]]


def crossing(one: VMobject, two: VMobject) -> np.ndarray:
    """Where two lines cross that go down alike."""
    heights, times = np.linspace(one.get_top()[1], one.get_bottom()[1], 501), np.linspace(0, 1, 501)
    x = []
    for line in (one, two):
        path = np.array([bezier(line.points)(time) for time in times])
        x.append(np.interp(-heights, -path[:, 1], path[:, 0]))
    apart = x[0] - x[1]
    turn = int(np.flatnonzero(np.sign(apart[1:]) != np.sign(apart[:-1]))[0])
    return np.array([x[0][turn], heights[turn], 0])


def way(corners: list[Any], color: str) -> VGroup:
    """A thin line round corners, its last part to the right, with a tip."""
    tip = ArrowTriangleFilledTip(color=color, length=0.16, width=0.16, start_angle=0)
    tip.move_to(corners[-1], aligned_edge=RIGHT)
    ends = [*corners[:-1], tip.get_left()]
    line = VMobject(stroke_color=color, stroke_width=theme.STROKE_RULE).set_points_as_corners(np.array(ends))
    return VGroup(line, tip)


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
