"""EmbeddingLookup, beats 1 to 3: a list of pieces tips over into a table with one column for each."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    PI,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    SurroundingRectangle,
    Transform,
    VGroup,
)

from mobjects import (
    BraceCount,
    ChangeValues,
    Dim,
    EmbeddingArray,
    GrowBraces,
    Numeral,
    Undim,
    label,
    layout,
    theme,
    token_label,
)
from mobjects.counted import counted, in_line
from mobjects.matrix import SUPERSCRIPTS, readable_factor
from mobjects.token_label import row_label
from model.recording import history
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import pairs
from scenes.vocabulary import vocabulary

SHOWN, OF_TEXT = 10, 7  # columns of the table drawn, at most so many of them for words of the text
DEPTH, FONT = 4, 28  # numbers drawn of a column
LARGE, SMALL = 1.2, 0.88
MIDDLE, LIST_X, PITCH = -0.3, -0.9, 0.56
VISITS = 6


class EmbeddingTable(ChapterScene):
    """Every piece that a network knows owns a column of numbers."""

    def setup(self) -> None:
        """Choose which columns of the table are drawn: those of the text first."""
        super().setup()
        self.table = self.quantity("EMB")
        self.ids = self.chosen()
        self.names = vocabulary(self.checkpoint, self.ids)
        rows = [self.table[token] for token in self.ids]
        self.factor = readable_factor(np.asarray(rows))
        self.style: dict[str, Any] = {
            "font_size": FONT, "factor": self.factor, "color_by": "signed",
            "color_scale": theme.value_scale(np.asarray(rows)),
        }  # fmt: skip

    def chosen(self) -> list[int]:
        """Some entries of the list, in order: those of the text, and others whose training was recorded."""
        text = list(dict.fromkeys(self.activations.ids))
        try:
            others = history.tracked(history.of(self.checkpoint))[0]
        except ValueError:
            others = []
        known = range(self.checkpoint.config.vocab_size)
        spread = [int(token) for token in np.linspace(0, known[-1], 4 * SHOWN)]
        tracked = [token for token in text if token in others]
        first = [*tracked, *(token for token in text if token not in tracked)][:OF_TEXT]
        return sorted(list(dict.fromkeys([*first, *reversed(others), *spread]))[:SHOWN])

    # -- the list and the table --------------------------------------------------------------------------------------

    def unroll_the_list(self) -> None:
        """Beat 1."""
        self.entries = VGroup()
        for place, (token, name) in enumerate(pairs(self.ids, self.names)):
            number = Numeral(
                token, 0, "never", font_size=26, color=theme.MUTED, passport="index: token in the vocabulary"
            )
            number.anchor_at([-0.35, 0, 0])
            word = token_label(name, 34)
            word.shift([-word.get_left()[0], 0, 0])
            self.entries.add(VGroup(number, word).shift([LIST_X, (4.5 - place) * PITCH, 0]))
        self.brace = BraceCount(
            self.entries, self.table.shape[0], LEFT, _("{} pieces"), theme.TABLE, passport="count: tokens known"
        )
        note = label(_("some of them,\nwith their numbers"), theme.FONT_SMALL, theme.MUTED)
        note.next_to(self.entries, RIGHT, buff=1.2)
        narration = _("Start from the fixed list. These are a few of the pieces that this network knows.")
        with self.beat(narration, 7):
            come = [FadeIn(entry, shift=0.6 * RIGHT) for entry in self.entries]
            self.play(LaggedStart(*come, lag_ratio=0.1), run_time=theme.TIME_SLOW)
            credit = self.credit_to(_("{name}: its embedding table, measured").format(name=self.checkpoint.name))
            self.play(GrowBraces(self.brace), FadeIn(note), *credit, run_time=1.5)
        self.note = note

    def tip_it_over(self) -> None:
        """Beat 2."""
        self.array = EmbeddingArray([self.table[token] for token in self.ids], DEPTH, **self.style)
        self.plain = self.array.columns[0].height
        layout.fit(self.array.scale(LARGE), 12.4).set_y(MIDDLE - 0.3)
        self.heads = VGroup()
        for (_number, word), column in pairs(self.entries, self.array.columns):
            head = word.copy().scale(min(1.0, 1.7 / word.width)).rotate(PI / 4)
            head.next_to(self.array.get_top(), UP, buff=layout.GAP_RELATED, aligned_edge=DOWN)
            self.heads.add(head.shift([column.get_x() - head.get_left()[0] - 0.1, 0, 0]))
        self.scale_note = self.said_of_the_table()
        narration = _(
            "Tip the list over. Every entry owns one column of numbers below it. "
            "Here are the first few, and the last, of each."
        )
        with self.beat(narration, 9):
            leave = [FadeOut(number) for number, _word in self.entries]
            self.play(*leave, FadeOut(self.note, self.brace), run_time=theme.TIME_QUICK)
            words = [entry[1] for entry in self.entries]
            self.remove(*self.entries)
            self.play(*(Transform(*both) for both in pairs(words, self.heads)), run_time=theme.TIME_SLOW)
            self.remove(*words)
            self.add(self.heads)
            columns = [FadeIn(column, shift=0.4 * DOWN) for column in self.array.columns]
            self.play(LaggedStart(*columns, lag_ratio=0.2), run_time=2.5)
            self.play(FadeIn(self.array.brackets, self.scale_note), run_time=theme.TIME_QUICK)
        self.whole = VGroup(self.heads, self.array)

    def said_of_the_table(self) -> VGroup:
        """How much of the table is drawn, and how its numbers are scaled."""
        drawn = counted(_("{} columns of"), len(self.ids), passport="count: columns drawn")
        note = in_line(drawn, counted("{}", self.table.shape[0], passport="count: tokens known"), gap=0.12)
        exponent = round(np.log10(self.factor))
        if exponent:
            power = str(-exponent).translate(SUPERSCRIPTS)
            note = in_line(
                note, row_label(_("all numbers × 10{power}").format(power=power), color=theme.MUTED), gap=0.8
            )
        return note.next_to(self.array, DOWN, buff=layout.GAP)

    def pick_columns(self) -> None:
        """Beat 3."""
        visits = [int(place) for place in np.linspace(0, len(self.ids) - 1, min(VISITS, len(self.ids)))]
        narration = _("To use the table is to pick a column, nothing else. Each is a vector, with a length of its own.")
        parts = [VGroup(head, column) for head, column in pairs(self.heads, self.array.columns)]
        with self.beat(narration, 9):
            first = parts[visits[0]]
            frame, number = self.frame_of(visits[0]), self.length_of(visits[0])
            said = in_line(row_label(_("length"), theme.FONT_LABEL, theme.MUTED), VGroup(number), gap=0.2)
            said.set_y(self.heads.get_top()[1] + 0.6)
            self.play(Dim(*self.whole, keep=[first]), Create(frame), FadeIn(said), run_time=theme.TIME_BASE)
            for before, place in pairwise(visits):
                length = self.length_of(place)
                self.play(
                    Transform(frame, self.frame_of(place)), Dim(parts[before]), Undim(parts[place]),
                    ChangeValues(number, length.value, passport=length.passport), run_time=0.7,
                )  # fmt: skip
                self.wait(0.4)
            self.play(FadeOut(frame, said), Undim(*self.whole), run_time=theme.TIME_QUICK)

    def frame_of(self, place: int) -> SurroundingRectangle:
        """A frame round one column."""
        frame = SurroundingRectangle(
            self.array.columns[place], buff=0.12, color=theme.HIGHLIGHT, stroke_width=theme.STROKE_BOX
        )
        return frame.stretch_to_fit_height(self.array.height + 0.1)

    def length_of(self, place: int) -> Numeral:
        """How long a column is as a vector."""
        length = float(np.linalg.norm(np.asarray(self.table[self.ids[place]])))
        return Numeral(
            length, 2, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT,
            passport="length of the column pointed at",
        )  # fmt: skip

    def placed(self, size: float, y: float, x: float = 0.0) -> VGroup:
        """The table with its heads as it is to stand, ``size`` times its plain size."""
        goal = self.whole.copy()
        goal.scale(size * self.plain / self.array.columns[0].height)
        return goal.shift([x - goal.get_x(), y - goal.get_y(), 0])
