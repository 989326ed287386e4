"""SameWordTwoContexts, beats 1 and 2: one word in two sentences, and the column that both begin with."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Arrow,
    Create,
    FadeIn,
    FadeOut,
    GrowArrow,
    LaggedStart,
    Line,
    ReplacementTransform,
    Transform,
    TransformFromCopy,
    VGroup,
    VMobject,
)

from mobjects import (
    ChangeValues,
    FlashAround,
    NumericEmbedding,
    TokenRow,
    label,
    layout,
    theme,
)
from mobjects.counted import counted
from model.activations import Activations, Quantity
from model.probing.contexts import differences, likeness, streams
from model.probing.pairs import BETWEEN, Pair, pair_for
from model.probing.picking import Pick
from model.tokenizer import CharTokenizer
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import enter, pairs

ROW_FONT, ROWS_APART, ROWS_WIDTH = 60, 3.0, 12.6
HALF_WIDTH, HALF_X, HALF_Y = 5.7, 3.55, 2.4
COLUMN_TOP, COLUMN_HEIGHT, COLUMN_WIDTH = 1.4, 4.5, 1.75
NEAREST, FARTHEST = 3.0, 5.7  # of a column from the middle of the frame
TOKEN = "index: token in the vocabulary"


class ContextColumns(ChapterScene):
    """One word starts as the same column of numbers in every sentence."""

    @cached_property
    def pair(self) -> Pair:
        """The two texts, and the word they share."""
        text = os.environ.get("STORY_TEXT") or self.text
        if text is not None:
            parts = text.split(BETWEEN)
            for part in parts if len(parts) == 2 else [text]:
                self.read(part.strip())
        return pair_for(self.checkpoint, text)

    @cached_property
    def pick(self) -> Pick:
        """The first text, with the head that parts the word most."""
        pair = self.pair
        return Pick(pair.first, pair.second, pair.layer, pair.head, pair.place, (), pair.place, pair.why)

    def setup(self) -> None:
        """Read both texts: of the shared word the stream before any layer and after each, in both."""
        super().setup()
        self.places = (self.pair.place, self.pair.other_place)
        self.texts: tuple[Activations, Activations] = (self.activations, self.read(self.pair.second))
        both = (*self.texts, *self.places)
        self.streams = [streams(text, place) for text, place in pairs(self.texts, self.places)]
        self.gaps, self.cosines = differences(*both), likeness(*both)
        self.inks = (theme.UPDATE, theme.OUTPUT)
        self.layers = self.checkpoint.config.n_layer
        tables = (self.activations["pattern", self.pair.layer], self.texts[1]["pattern", self.pair.layer])
        self.shares = [table.at(head=self.pair.head, query=place) for table, place in pairs(tables, self.places)]

    def pieces_of(self, side: int) -> list[str]:
        """The tokens of one of the texts."""
        return self.checkpoint.tokenizer.pieces(list(self.texts[side].ids))

    @property
    def kind(self) -> str:
        """What the shared token is called."""
        return _("letter") if isinstance(self.checkpoint.tokenizer, CharTokenizer) else _("word")

    @property
    def shared(self) -> str:
        """The shared token, to be spoken."""
        return self.word(self.places[0])

    # -- beat 1 ---------------------------------------------------------------------------------------------------

    def show_two_sentences(self) -> None:
        """Beat 1."""
        self.rows = self.stacked_rows()
        self.link = self.link_between_the_words()
        narration = _(
            "Two sentences share one {kind}: “{word}”. A reader sees two different meanings. "
            "The network sees the same token twice."
        )
        if self.pair.kind != "picked" or isinstance(self.checkpoint.tokenizer, CharTokenizer):
            narration = _(
                "Two texts share one {kind}: “{word}”. The network reads the same token, with one number, twice."
            )
        words = [self.row_enters(row) for row in self.rows]
        with self.beat(narration.format(kind=self.kind, word=self.shared), 9):
            self.play(LaggedStart(*words, lag_ratio=theme.LAG_STEPS), run_time=theme.TIME_CAMERA)
            tokens = self.shared_tokens()
            glow = [token.animate.tint(theme.HIGHLIGHT) for token in tokens]
            self.play(*glow, *map(FlashAround, tokens), run_time=theme.TIME_SLOW)
            self.play(Create(self.link[0]), *map(FadeIn, self.link[1:]), run_time=theme.TIME_BASE)

    @staticmethod
    def row_enters(row: TokenRow) -> LaggedStart:
        """The words of a text rise into place one after the other."""
        return enter(row, 0.25 * UP)

    def shared_tokens(self) -> list[VMobject]:
        """The shared token in both rows."""
        return [row.tokens[place] for row, place in pairs(self.rows, self.places)]

    def stacked_rows(self, top: float = ROWS_APART / 2, apart: float = ROWS_APART) -> VGroup:
        """Both texts one above the other, the shared words exactly above each other."""
        style: dict[str, Any] = {"font_size": ROW_FONT, "space": "between", "token_gap": 0.12, "max_width": 100}
        rows = VGroup(*(TokenRow(self.pieces_of(side), list(self.texts[side].ids), **style) for side in (0, 1)))
        for row, place in pairs(rows, self.places):
            row.shift(row.tokens[place].get_x() * LEFT)
        layout.fit(rows, ROWS_WIDTH).set_x(0)
        for number, row in enumerate(rows):
            row.set_y(top - number * apart)
        return rows

    def link_between_the_words(self) -> VGroup:
        """A line from word to word, and beside it the number of the token, which is the same."""
        above, below = self.shared_tokens()
        start, end = above.box.get_bottom() + 0.15 * DOWN, below.box.get_top() + 0.15 * UP
        line = Line(start, end, color=theme.HIGHLIGHT, stroke_width=theme.STROKE_STRONG)
        ids = [self.texts[side].ids[place] for side, place in enumerate(self.places)]
        notes = [counted(_("token {}"), number, theme.FONT_LABEL, theme.TEXT, TOKEN) for number in ids]
        column = VGroup(notes[0], label("=", theme.FONT_LABEL, theme.HIGHLIGHT), notes[1]).arrange(DOWN, buff=0.22)
        column.next_to(line, RIGHT, buff=layout.GAP_RELATED)
        if column.get_right()[0] > layout.SAFE_X:
            column.next_to(line, LEFT, buff=layout.GAP_RELATED)
        return VGroup(line, *column)

    # -- beat 2 ---------------------------------------------------------------------------------------------------

    def look_both_up(self) -> None:
        """Beat 2."""
        homes = self.rows_side_by_side()
        self.columns, self.gap = self.columns_below(homes), self.column_of_gaps()
        self.arrows = VGroup(*(self.arrow_to(home, side) for side, home in enumerate(homes)))
        middle = (self.columns[0].get_x() + self.columns[1].get_x()) / 2
        self.gap.set_x(middle)
        self.gap_name = label(_("difference"), theme.FONT_SMALL, theme.HIGHLIGHT).next_to(
            self.gap, UP, layout.GAP_RELATED
        )
        with self.beat(self.words_for_the_lookup(), 10 if self.same_place else 13):
            credit = self.credit_to(_("{name}: table of words, measured").format(name=self.checkpoint.name))
            moves = [ReplacementTransform(row, home) for row, home in pairs(self.rows, homes)]
            self.play(FadeOut(self.link), *moves, run_time=theme.TIME_SLOW)
            self.rows = homes
            drops = [FadeIn(column, shift=0.5 * DOWN) for column in self.columns]
            self.play(*map(GrowArrow, self.arrows), *drops, *credit, run_time=theme.TIME_SLOW)
            meet = TransformFromCopy(self.columns[0], self.gap)
            other = Transform(self.columns[1].copy(), self.gap.copy(), remover=True)
            self.play(meet, other, FadeIn(self.gap_name), run_time=theme.TIME_SLOW)
            self.play(FlashAround(self.gap), run_time=theme.TIME_SLOW)
            if not self.same_place:
                self.add_the_places()

    @property
    def same_place(self) -> bool:
        """Whether the word stands at the same place in both texts."""
        return self.places[0] == self.places[1]

    def words_for_the_lookup(self) -> str:
        """What is said of the columns before any layer."""
        if self.same_place:
            return _(
                "Looked up in the table, both become the very same column of numbers. "
                "Entry by entry the difference is zero: nothing here tells them apart."
            )
        return _(
            "Looked up in the table, both become the very same column: all differences are zero. "
            "Then its place in the line is added to each, and as the places differ, so do the columns."
        )

    def rows_side_by_side(self) -> VGroup:
        """Both texts at one size, one in the left half of the frame and one in the right."""
        homes = self.rows.copy()
        factor = min(0.8, HALF_WIDTH / max(row.width for row in homes))
        for row, x in pairs(homes, (-HALF_X, HALF_X)):
            row.scale(factor).move_to([x, HALF_Y, 0])
        return homes

    def first_columns(self) -> tuple[Quantity, Quantity]:
        """What the table of words gives; with the place added, if that is the same."""
        if self.same_place:
            return self.streams[0][0], self.streams[1][0]
        one, other = (text["embed"][place] for text, place in pairs(self.texts, self.places))
        return one, other

    def columns_below(self, homes: VGroup) -> VGroup:
        """A column below each shared word, wide enough for all that is to come."""
        columns = VGroup()
        for side, (row, place, values) in enumerate(pairs(homes, self.places, self.first_columns())):
            stack = np.stack([np.asarray(stream) for stream in self.streams[side]])
            column = self.column_for(stack).set_values(values)
            x = row.tokens[place].get_x()
            x = float(np.clip(x, -FARTHEST, -NEAREST) if side == 0 else np.clip(x, NEAREST, FARTHEST))
            columns.add(column.move_to([x, COLUMN_TOP, 0], aligned_edge=UP))
        return columns

    def column_for(self, stack: np.ndarray, tint: str | None = None) -> NumericEmbedding:
        """A column in which every entry has room for the widest number it will show."""
        widest = stack[np.abs(stack).argmax(axis=0), np.arange(stack.shape[1])]
        scale = theme.value_scale(np.stack([np.asarray(one) for side in self.streams for one in side]))
        style: dict[str, Any] = {"decimals": 2, "font_size": theme.FONT_LABEL, "color_scale": scale}
        return layout.fit(NumericEmbedding(widest, length=7, tint=tint, **style), COLUMN_WIDTH, COLUMN_HEIGHT)

    def column_of_gaps(self) -> NumericEmbedding:
        """Entry by entry, the left column minus the right one."""
        column = self.column_for(np.asarray(self.gaps), theme.HIGHLIGHT)
        one, other = self.first_columns()
        gap = self.gaps[0] if self.same_place else np.asarray(one) - np.asarray(other)
        column.set_values(gap, None if self.same_place else "difference: rows of the table of words")
        return column.move_to([0, COLUMN_TOP, 0], aligned_edge=UP)

    def arrow_to(self, row: TokenRow, side: int) -> Arrow:
        """An arrow from the shared word to its column."""
        start, end = row.tokens[self.places[side]].box.get_bottom(), self.columns[side].get_top()
        return Arrow(
            start, end, buff=layout.GAP_LABEL, color=theme.RULE, stroke_width=theme.STROKE_BOX, tip_length=0.15
        )

    def add_the_places(self) -> None:
        """The vectors of two different places are added."""
        changes = [ChangeValues(column, streams[0]) for column, streams in pairs(self.columns, self.streams)]
        self.play(*changes, ChangeValues(self.gap, self.gaps[0]), run_time=theme.TIME_SLOW)
