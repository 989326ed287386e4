"""WeightsVersusData: two kinds of numbers, those that were learned, and those that only pass through."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from manim import DOWN, PI, RIGHT, UP, Create, FadeIn, FadeOut, LaggedStart, Line, MoveToTarget, Transform, VGroup

from mobjects import ChangeValues, FlashAround, Numeral, TokenRow, label, layout, theme
from mobjects.counted import counted, in_line
from mobjects.matrix import SUPERSCRIPTS, first_and_last, readable_factor
from mobjects.numerals import Numbers
from mobjects.numeric_grid import NumericGrid
from mobjects.token_label import row_label
from model.activations import Activations, Quantity
from model.passages import passage_for
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import pairs
from scenes.sheets import Sheet

FONT, ROWS, COLUMNS = 24.5, 4, 3  # of the tables as they are drawn
WORDS, DEPTH = 5, 10  # columns drawn of the text, numbers drawn of each
GOLDEN = PI * (3 - 5**0.5)
FIELD = (12.6, 5.6, 0.75)  # width, height and middle of the cloud
HALVES, LEFT_X, RIGHT_X, RULE_X = (7.4, 5.2), -2.85, 3.98, 1.2
FOOT, FAR, ROOM = -2.95, 9.5, 0.8


class WeightsVersusData(ChapterScene):
    """Learned numbers stay as they are for every text; all others belong to the one text that is being read."""

    @cached_property
    def other(self) -> Activations:
        """Another text of as many tokens: the second of the pick, or else some held-out text."""
        count, tokenizer = len(self.pieces), self.checkpoint.tokenizer
        second = self.pick.second_prompt
        if second and second != self.pick.prompt and len(tokenizer.encode(second)) == count:
            return self.read(second)
        ids = tokenizer.encode(" ".join(passage_for(self.checkpoint).text.split()))
        starts = [place for place in range(len(ids) - count) if self.can_begin(ids[place : place + count])]
        return self.read(tokenizer.decode(ids[starts[0] : starts[0] + count]))

    def can_begin(self, ids: list[int]) -> bool:
        """Whether some tokens are read again as the same ones when they stand alone."""
        tokenizer = self.checkpoint.tokenizer
        text = tokenizer.decode(ids)
        return tokenizer.encode(text) == list(ids) and ids != list(self.activations.ids)

    def setup(self) -> None:
        """Build both sides as they will stand in the end."""
        super().setup()
        self.layer = min(1, self.checkpoint.config.n_layer - 1)
        self.factor = min(readable_factor(values) for _name, values in self.learned())
        self.tables = VGroup(*(self.table(*one) for one in self.learned()))
        layout.fit(self.tables.arrange_in_grid(2, 2, buff=(0.35, 0.35)), 7.5).move_to([LEFT_X, 0.55, 0])
        self.drawn, self.sheet = self.fitting_sheet()
        self.sheet.move_to([RIGHT_X, 0.5, 0])
        self.left = [entry for table in self.tables for entry in table[1].entries]
        self.right = [entry for column in self.sheet.columns for entry in column.entries]

    def fitting_sheet(self) -> tuple[int, Sheet]:
        """As many of the text's columns as have room at a size that can be read."""
        whole = self.activations["resid_pre", self.layer]
        others = self.checkpoint.tokenizer.pieces(list(self.other.ids))
        for drawn in range(min(WORDS, len(self.pieces)), 0, -1):
            rows = [whole[place] for place in range(len(self.pieces) - drawn, len(self.pieces))]
            scale = theme.value_scale(np.asarray(rows))
            apart = max(TokenRow([piece], font_size=FONT).width for piece in others[-drawn:]) + layout.GAP_LABEL
            style: dict[str, Any] = {"font_size": FONT, "color_scale": scale}
            sheet = Sheet(self.pieces[-drawn:], rows, DEPTH, np.inf, FONT, apart, **style)
            if sheet.width <= HALVES[1]:
                break
        return drawn, layout.fit(sheet, HALVES[1])

    def learned(self) -> list[tuple[str, Quantity]]:
        """Four tables of the network, with the names that are read."""
        layer, weights = self.pick.layer, self.checkpoint.weights
        up = f"blocks.{layer}.mlp.up.weight"
        source = f"{self.checkpoint.name}@{self.checkpoint.digest[:12]}"
        return [
            (_("embedding"), self.quantity("EMB")),
            (_("query"), self.quantity("WQ")),
            (_("value"), self.quantity("WV")),
            (_("MLP, up"), Quantity(weights[up], up, ("d_mlp", "n_embd"), source)),
        ]

    def table(self, name: str, values: Quantity) -> VGroup:
        """A window of a table with its name and size."""
        rows, columns = (first_and_last(size, most) for size, most in pairs(values.shape, (ROWS, COLUMNS)))
        matrix = NumericGrid(values, rows, columns, factor=self.factor, font_size=FONT)
        size = in_line(
            counted("{}", values.shape[0], FONT, passport="size of the network's tables"),
            counted("× {}", values.shape[1], FONT, passport="size of the network's tables"),
            gap=0.12,
        )  # fmt: skip
        words = in_line(row_label(name, FONT), size, gap=0.25).next_to(matrix.brackets, UP, buff=0.14)
        return VGroup(words, matrix)

    def stream(self, text: Activations) -> list[Quantity]:
        """The stream's columns before a layer, for the last words."""
        stream = text["resid_pre", self.layer]
        return [stream[place] for place in range(len(self.pieces) - self.drawn, len(self.pieces))]

    def construct(self) -> None:
        """Loose numbers, two kinds, the learned ones, those of a text, another text, and the rule of colours."""
        self.gather_numbers()
        self.part_them()
        self.lock_the_learned()
        self.lock_the_passing()
        self.change_the_text()
        self.state_the_rule()

    # -- loose -------------------------------------------------------------------------------------------------------

    def gather_numbers(self) -> None:
        """Beat 1."""
        everything = [*self.left, *self.right]
        count = len(everything)
        step = next(step for step in range(int(0.62 * count), count) if np.gcd(step, count) == 1)
        places = self.lattice(count, *FIELD, 0.0)
        flights = []
        for rank in range(count):
            number = everything[rank * step % count]
            number.home = number.copy()
            number.generate_target().move_to(places[rank])
            start = FAR * np.array([np.cos(GOLDEN * rank), np.sin(GOLDEN * rank), 0.0])
            number.move_to(start).set_opacity(0)
            flights.append(MoveToTarget(number, path_arc=PI / 2))
        narration = _("Open a network anywhere, and all that you find is numbers.")
        with self.beat(narration, 6):
            self.play(LaggedStart(*flights, lag_ratio=1 / count), run_time=theme.TIME_CAMERA)
            self.play(*self.credit_to(_("{name}, measured").format(name=self.checkpoint.name)), run_time=1)

    @staticmethod
    def lattice(count: int, width: float, height: float, middle: float, x: float) -> np.ndarray:
        """So many places in rows, each moved a little out of line."""
        most = int(width / ROOM)
        columns = min(range(max(1, 2 * most // 3), most + 1), key=lambda columns: (-count % columns, -columns))
        rows = int(np.ceil(count / columns))
        places = []
        for place in range(count):
            row, column = divmod(place, columns)
            wobble = 0.05 * np.array([np.sin(7.1 * place), np.cos(4.3 * place)])
            across = (column + 0.5) / columns - 0.5
            up = 0.5 - (row + 0.5) / rows
            places.append([x + width * across + wobble[0], middle + height * up + wobble[1], 0])
        return np.array(places)

    def part_them(self) -> None:
        """Beat 2."""
        self.rule = Line([RULE_X, 3.6, 0], [RULE_X, FOOT - 0.1, 0], color=theme.RULE, stroke_width=theme.STROKE_BOX)
        sides = (self.left, LEFT_X, theme.POSITIVE), (self.right, RIGHT_X, theme.TEXT)
        moves, self.counts = [], VGroup()
        for (numbers, x, ink), half in pairs(sides, HALVES):
            places = self.lattice(len(numbers), half, FIELD[1], FIELD[2], x)
            by_height = sorted(numbers, key=lambda number: (-round(number.get_y(), 1), number.get_x()))
            moves.append(
                LaggedStart(*(one.animate.move_to(place) for one, place in pairs(by_height, places)), lag_ratio=0.004)
            )
            count = counted("{}", len(numbers), theme.FONT_LABEL, ink, "count: numbers drawn")
            self.counts.add(count.move_to([x, FOOT, 0]))
        narration = _("But they are of two kinds, and mixing them up ruins the whole picture.")
        with self.beat(narration, 6.5):
            self.play(Create(self.rule), run_time=theme.TIME_QUICK)
            self.play(LaggedStart(*moves, lag_ratio=0.25), run_time=2.8)
            self.play(FadeIn(self.counts), run_time=theme.TIME_QUICK)

    # -- in their places ---------------------------------------------------------------------------------------------

    def go_home(self, numbers: list[Numeral]) -> LaggedStart:
        """Numbers fly to their places in tables."""
        return LaggedStart(*(Transform(number, number.home) for number in numbers), lag_ratio=0.004)

    def lock_the_learned(self) -> None:
        """Beat 3."""
        narration = _(
            "The colored ones on the left were settled by training, once and for all. They stand in tables. "
            "These tables are the model."
        )
        exponent = round(np.log10(self.factor))
        power = str(-exponent).translate(SUPERSCRIPTS)
        said = _("all × 10{power}").format(power=power) if exponent else ""
        self.scaled = row_label(said, FONT, theme.MUTED).move_to([LEFT_X, FOOT, 0]) if said else VGroup()
        with self.beat(narration, 8.8):
            self.play(self.go_home(self.left), FadeOut(self.counts[0]), run_time=theme.TIME_SLOW)
            come = [FadeIn(VGroup(words, *matrix.submobjects[1:])) for words, matrix in self.tables]
            self.play(LaggedStart(*come, lag_ratio=0.3), FadeIn(self.scaled), run_time=theme.TIME_SLOW)
            self.add(self.tables)

    def lock_the_passing(self) -> None:
        """Beat 4."""
        ends = [column.ellipses for column in self.sheet.columns]
        narration = _("The gray ones on the right exist only while this one text is being read.")
        self.shown_note = self.words_note()
        with self.beat(narration, 7):
            self.play(self.go_home(self.right), FadeOut(self.counts[1]), run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.sheet.array.brackets, *ends), run_time=theme.TIME_QUICK)
            come = [FadeIn(word, shift=0.25 * DOWN) for word in self.sheet.words]
            self.play(LaggedStart(*come, lag_ratio=0.1), FadeIn(self.shown_note), run_time=1.5)
            self.add(self.sheet)

    def words_note(self) -> VGroup:
        """How many of the words are drawn, and where in the network."""
        count = len(self.pieces)
        note = counted(_("layer {}"), self.layer + 1, FONT, theme.MUTED, "index: layer")
        if count > self.drawn:
            drawn = counted(_("last {} of"), self.drawn, FONT, theme.MUTED, "count: words drawn")
            whole = counted(_("{} words,"), count, FONT, theme.MUTED, "count: tokens")
            note = in_line(drawn, whole, note, gap=0.14)
        return note.move_to([RIGHT_X, FOOT, 0])

    def change_the_text(self) -> None:
        """Beat 5."""
        pieces = self.checkpoint.tokenizer.pieces(list(self.other.ids))[-self.drawn :]
        words = VGroup()
        for piece, before in pairs(pieces, self.sheet.words):
            words.add(TokenRow([piece], font_size=FONT).move_to(before))
        before = [np.asarray(row, dtype=float) for row in self.stream(self.activations)]
        tables = [np.array(values) for _name, values in self.learned()]
        narration = _(
            "Now let it read another text. On the right, the numbers change. "
            "On the left, nothing moves, not in the last digit."
        )
        with self.beat(narration, 10.5):
            self.play(
                *(FadeOut(word, shift=0.4 * UP) for word in self.sheet.words), FadeIn(words, shift=0.4 * UP),
                run_time=theme.TIME_BASE,
            )  # fmt: skip
            self.play(ChangeValues(self.sheet.array, self.stream(self.other), lag_ratio=0.02), run_time=4)
            after = [np.asarray(row, dtype=float) for row in self.stream(self.other)]
            still = [np.array(values) for _name, values in self.learned()]
            changes = largest(tables, still), largest(before, after)
            self.changes = VGroup(*(self.change_note(change, x) for change, x in pairs(changes, (LEFT_X, RIGHT_X))))
            self.play(FadeOut(self.shown_note, self.scaled), FadeIn(self.changes), run_time=theme.TIME_BASE)
            self.play(*(FlashAround(change) for change in self.changes), run_time=theme.TIME_BASE)
        self.remove(self.sheet)
        self.new_words = words
        self.add(self.sheet.array)

    @staticmethod
    def change_note(change: float, x: float) -> VGroup:
        """The largest change of a number on one side."""
        number = Numeral(
            change, 3, "never", font_size=32, color=theme.HIGHLIGHT, passport="largest change of a number drawn"
        )
        note = in_line(row_label(_("largest change"), 30, theme.MUTED), VGroup(number), gap=0.2)
        return note.move_to([x, FOOT, 0])

    def state_the_rule(self) -> None:
        """Beat 6."""
        colored = VGroup(
            label(_("color:"), 30, theme.POSITIVE), label(_("learned"), 30, theme.TEXT),
        ).arrange(RIGHT, buff=0.18)  # fmt: skip
        gray = VGroup(label(_("gray:"), 30, theme.MUTED), label(_("passing through"), 30, theme.TEXT)).arrange(
            RIGHT, buff=0.18
        )
        colored.move_to([LEFT_X, FOOT, 0])
        gray.move_to([RIGHT_X, FOOT, 0])
        narration = _("That is the color rule of all later scenes: colored means learned.")
        with self.beat(narration, 5.5):
            self.play(FadeOut(self.changes), FadeIn(colored, gray, shift=0.2 * UP), run_time=theme.TIME_BASE)


def largest(before: list[Numbers], after: list[Numbers]) -> float:
    """The largest difference between two readings of the same numbers."""
    return max(float(np.abs(np.asarray(one) - np.asarray(two)).max()) for one, two in pairs(before, after))
