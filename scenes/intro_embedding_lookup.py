"""EmbeddingLookup: every entry of the list owns a column of numbers, and a text becomes a sheet of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    MoveToTarget,
    SurroundingRectangle,
    Transform,
    TransformFromCopy,
    VGroup,
)

from mobjects import (
    BraceCount,
    ChangeValues,
    CountEquation,
    DataRain,
    Dim,
    EmbeddingArray,
    GrowBraces,
    MultiplyCounts,
    Numeral,
    Undim,
    layout,
    theme,
)
from mobjects.counted import counted, in_line
from mobjects.token_label import row_label
from model.activations import Quantity
from model.ledger import ledger
from model.recording import history
from scenes.intro_embedding_table import DEPTH, MIDDLE, SMALL, EmbeddingTable
from scenes.language import _
from scenes.motions import pairs
from scenes.sheets import Sheet

LOW, HIGH = -1.35, 2.15  # heights of the table with its heads, and of the sheet
LINKS, SCRAP = 3, 4


class EmbeddingLookup(EmbeddingTable):
    """A table holds one column of numbers for each piece; to use it is to pick columns."""

    def construct(self) -> None:
        """The list, its table, one column at a time, a text's columns, sizes, their product, training, places."""
        self.unroll_the_list()
        self.tip_it_over()
        self.pick_columns()
        self.look_up_the_text()
        self.count_both_ways()
        self.multiply()
        self.watch_it_being_learned()
        self.add_the_places()

    # -- a text ------------------------------------------------------------------------------------------------------

    def look_up_the_text(self) -> None:
        """Beat 4."""
        self.sheet = Sheet(self.pieces, self.activations["embed"], DEPTH, **self.style)
        self.sheet.scale(SMALL).set_y(HIGH)
        goal = self.placed(SMALL, LOW)
        narration = _(
            "Now look up a whole text. Every word fetches its column, and the text becomes a sheet of numbers."
        )
        with self.beat(narration, 8.5):
            self.play(Transform(self.whole, goal), FadeOut(self.scale_note), run_time=theme.TIME_BASE)
            words = [FadeIn(word, shift=0.25 * UP) for word in self.sheet.words]
            self.play(LaggedStart(*words, lag_ratio=0.1), run_time=theme.TIME_BASE)
            linked = [place for place, token in enumerate(self.activations.ids) if token in self.ids]
            shown = [linked[int(one)] for one in np.linspace(0, len(linked) - 1, min(LINKS, len(linked)))]
            lines = VGroup(*(self.link(place) for place in dict.fromkeys(shown)))
            self.play(LaggedStart(*map(Create, lines), lag_ratio=0.3), run_time=theme.TIME_BASE)
            self.play(LaggedStart(*map(self.flight, range(len(self.pieces))), lag_ratio=0.12), run_time=2.5)
            self.play(FadeOut(lines), FadeIn(self.sheet.array.brackets), run_time=theme.TIME_QUICK)
            self.add(self.sheet)

    def link(self, place: int) -> Line:
        """A thin line from a word to its column in the table."""
        head = self.heads[self.ids.index(self.activations.ids[place])]
        start, end = self.sheet.words[place].get_bottom(), head.get_top()
        return Line(start, end, color=theme.EMBEDDING, stroke_width=theme.STROKE_BOX).set_opacity(theme.OPACITY_SOFT)

    def flight(self, place: int) -> FadeIn | TransformFromCopy:
        """A column of the table hangs itself under a word; one that is not drawn there comes from below."""
        column, token = self.sheet.columns[place], self.activations.ids[place]
        if token in self.ids:
            return TransformFromCopy(self.array.columns[self.ids.index(token)], column)
        return FadeIn(column, shift=1.5 * UP)

    # -- sizes -------------------------------------------------------------------------------------------------------

    def count_both_ways(self) -> None:
        """Beat 5."""
        known, width = self.table.shape
        goal = self.placed(1.0, MIDDLE, 0.95)
        narration = _("How tall a column is, was our choice. How wide the table is, that is the size of the list.")
        with self.beat(narration, 8):
            self.play(FadeOut(self.sheet), Transform(self.whole, goal), run_time=theme.TIME_BASE)
            self.braces = VGroup(
                BraceCount(
                    self.array, width, LEFT, _("{} tall"), theme.EMBEDDING, passport="size of the network's tables"
                ),
                BraceCount(self.array, known, DOWN, _("{} wide"), theme.TABLE, passport="size of the network's tables"),
            )
            self.play(GrowBraces(*self.braces), run_time=1.8)

    def multiply(self) -> None:
        """Beat 6."""
        known, width = self.table.shape
        total = sum(row.count for row in ledger(self.checkpoint.config))
        self.equation = CountEquation(
            [width, known], [theme.EMBEDDING, theme.TABLE], font_size=theme.FONT_BODY,
            passport="size of the network's tables",
        )  # fmt: skip
        self.equation.move_to([0, 3.1, 0])
        share = Numeral(
            known * width / total, 1, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT, factor=100,
            passport="share of the ledger",
        )  # fmt: skip
        said = in_line(
            VGroup(share), row_label(_("% of all the numbers in this network"), theme.FONT_LABEL, theme.MUTED), gap=0.08
        )
        said.next_to(self.equation, DOWN, buff=layout.GAP_RELATED)
        narration = _("Multiply both. This is the first entry on our bill of parameters.")
        with self.beat(narration, 6.5):
            self.play(MultiplyCounts(self.equation, list(self.braces)), run_time=theme.TIME_SLOW)
            frame = SurroundingRectangle(
                self.equation.product, buff=0.15, color=theme.HIGHLIGHT, stroke_width=theme.STROKE_BOX
            )
            self.play(Create(frame), FadeIn(said), run_time=theme.TIME_BASE)
        self.bill = VGroup(self.equation, frame, said)

    # -- training ----------------------------------------------------------------------------------------------------

    def watch_it_being_learned(self) -> None:
        """Beat 7."""
        states, steps, scraps = self.training()
        tracked = [place for place, token in enumerate(self.ids) if token in states]
        narration = _("At the start, all of it was noise. Reading one text after another moved every single entry.")
        if not tracked:
            narration = _(
                "At the start, all of it was noise, and training moved every entry. "
                "For this network, nobody wrote down how."
            )
        with self.beat(narration, 9):
            gone = FadeOut(self.bill, self.braces)
            if not tracked:
                self.play(gone, run_time=theme.TIME_BASE)
                return
            other = [place for place in range(len(self.ids)) if place not in tracked]
            parts = [part for place in other for part in (self.heads[place], self.array.columns[place])]
            moving = Columns(*(self.array.columns[place] for place in tracked))
            path = [[states[self.ids[place]][step] for place in tracked] for step in range(len(steps))]
            before = self.step_note(steps[0])
            self.play(
                gone, FadeIn(before), ChangeValues(moving, path[0], lag_ratio=0.02),
                *([Dim(*parts)] if parts else []), run_time=theme.TIME_BASE,
            )  # fmt: skip
            self.wait(0.5)
            after = self.step_note(steps[-1])
            self.play(DataRain(moving, path, scraps), FadeOut(before, rate_func=late), run_time=4)
            finals = [self.table[self.ids[place]] for place in tracked]
            moving.set_values(finals)
            self.play(FadeIn(after), *([Undim(*parts)] if parts else []), run_time=theme.TIME_QUICK)
        self.step_said = after

    def training(self) -> tuple[dict[int, Quantity], list[int], list[str]]:
        """Recorded states of columns by their token, the steps of training, and scraps of the text it read."""
        try:
            recording = history.of(self.checkpoint)
        except ValueError:
            return {}, [], []
        ids, columns, _unembed = history.tracked(recording)
        steps = history.steps(recording)
        text = str(recording.facts["passage"]).split()
        scraps = [" ".join(text[start : start + SCRAP]) for start in range(0, len(text) - SCRAP, SCRAP)]
        return {token: columns.at(token=place) for place, token in enumerate(ids)}, steps, scraps

    def step_note(self, step: int) -> VGroup:
        """After how many steps of training this is."""
        note = counted(_("after {} steps of training"), step, theme.FONT_LABEL, theme.MUTED, "step of training")
        return note.move_to([0, self.array.get_bottom()[1] - 0.7, 0])

    # -- places ------------------------------------------------------------------------------------------------------

    def add_the_places(self) -> None:
        """Beat 8."""
        style: dict[str, Any] = {"length": DEPTH, **self.style}
        words = Sheet(self.pieces, self.activations["embed"], **style).scale(SMALL).set_y(HIGH + 0.05)
        places = EmbeddingArray(self.activations["pos_embed"], **style)
        places.scale(words.array.columns[0].height / places.columns[0].height).set_y(-1.5)
        numbers = self.places_below(places)
        narration = _(
            "And where a word stands? A second column for each place is added, in the same way. Details come later."
        )
        with self.beat(narration, 8):
            said = getattr(self, "step_said", VGroup())
            self.play(FadeOut(self.whole, said), FadeIn(words), run_time=theme.TIME_BASE)
            plus = row_label("+", theme.FONT_TITLE, theme.POSITION).move_to([0, 0.24, 0])
            self.play(FadeIn(plus, places, numbers, shift=0.6 * UP), run_time=1.5)
            self.wait(1)
            fall = places.copy()
            fall.generate_target()
            fall.target.move_to(words.array).set_opacity(0)
            total = self.activations["resid_pre", 0]
            self.remove(places)
            change = ChangeValues(words.array, total, lag_ratio=0.01)
            away = [MoveToTarget(fall, remover=True), FadeOut(plus, numbers)]
            self.play(*away, change, run_time=theme.TIME_SLOW)
            self.play(words.animate.scale(min(1.25, 12.8 / words.width)).center(), run_time=theme.TIME_BASE)

    @staticmethod
    def places_below(array: EmbeddingArray) -> VGroup:
        """The number of each place, counted from 1, below its column."""
        numbers = VGroup()
        for place, column in enumerate(array.columns, 1):
            number = Numeral(place, 0, "never", font_size=26, color=theme.POSITION, passport="index: place in the text")
            numbers.add(number.next_to(array, DOWN, buff=layout.GAP_RELATED).set_x(column.get_x()))
        return numbers


class Columns(VGroup):
    """Some columns of an array as one thing whose values change together."""

    @property
    def values(self) -> np.ndarray:
        """What is drawn, shape (column, n shown)."""
        return np.array([column.values for column in self])

    def set_values(self, values: list, passport: object = None) -> Columns:
        """Show other columns, one per row of ``values``."""
        for column, row in pairs(self, values):
            column.set_values(row, passport)
        return self


def late(time: float) -> float:
    """Stand for most of the time, then go."""
    return max(0.0, 4 * time - 3)
