"""DownProjectionColumns, beats 1 to 3: the second table by columns, the loudest neurons, and what their columns say."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, UP, FadeIn, FadeOut, LaggedStart, ReplacementTransform, VGroup

from mobjects import (
    BraceCount,
    FlashAround,
    GrowBraces,
    Numeral,
    NumericEmbedding,
    ValueStrip,
    WeightMatrix,
    label,
    layout,
    symbol,
    theme,
    token_label,
)
from mobjects.counted import in_line
from mobjects.numerals import Floats
from mobjects.token_label import row_label
from model.probing import neurons
from model.probing.lens import leanings
from scenes.language import _
from scenes.mlp_subject import MlpScene
from scenes.vocabulary import drawable

COLUMNS, VOICES, WORDS = 5, 6, 3
SQUARES, SIDE = 16, 0.15
TOP, ROW = 2.55, 0.8
NAME_X, ANSWER_X, STRIP_X, WORDS_X = -4.2, -3.4, -1.65, -0.1  # right edges, the strip's middle, a left edge
SIZE, COSINE = "size of the network's tables", "cosine of a column with a row of the vocabulary"


class Voices(MlpScene):
    """Each neuron scales its own column, and every column says something."""

    def read_by_columns(self) -> None:
        """Beat 1."""
        table = neurons.table(self.checkpoint, self.layer, "down")
        window = self.window()[:COLUMNS]
        style: dict[str, Any] = {"decimals": 2, "font_size": 30}
        matrix = WeightMatrix(table, max_rows=COLUMNS + 1, columns=window, **style)
        vector = NumericEmbedding(self.post, shown=window, tint=theme.HIGHLIGHT, **style)
        shown = in_line(matrix, vector, gap=layout.GAP_RELATED)
        layout.fit(shown, 11.5, 4.6).move_to([0.2, 0.1, 0])
        braces = [
            BraceCount(matrix.brackets, self.neurons, UP, _("{} columns"), theme.MLP, passport=SIZE),
            BraceCount(matrix.brackets, self.width, LEFT, "", theme.EMBEDDING, passport=SIZE),
        ]
        symbols = VGroup()
        for column, place in enumerate(matrix.shown_columns):
            drawn = matrix.column(column)
            symbols.add(symbol("C", place + 1, theme.UPDATE, 40).move_to(drawn))
        narration = _(
            "The second table, read by columns: one for every neuron. Beside it, how strongly each neuron answers."
        )
        with self.beat(narration, 9):
            self.play(FadeIn(matrix), run_time=theme.TIME_BASE)
            self.play(GrowBraces(*braces), run_time=theme.TIME_BASE)
            self.play(FadeIn(vector, shift=0.3 * LEFT), run_time=theme.TIME_BASE)
            self.play(*self.credit_to(_("{name}, measured").format(name=self.checkpoint.name)), run_time=0.5)
            swaps = []
            for column, goal in enumerate(symbols):
                digits = VGroup(*matrix.column(column))
                swaps.append(ReplacementTransform(digits, goal))
            rest = FadeOut(matrix.ellipses)
            self.play(LaggedStart(*swaps, lag_ratio=0.2), rest, run_time=theme.TIME_SLOW)
        self.table = VGroup(matrix.brackets, *matrix.submobjects[3:], symbols, vector, *braces)

    # -- the loudest -------------------------------------------------------------------------------------------------

    def weights_of_voices(self) -> Floats:
        """How much each neuron adds: the size of its answer times the length of its column."""
        columns = np.asarray(neurons.table(self.checkpoint, self.layer, "down"), dtype=float)
        return np.abs(np.asarray(self.post, dtype=float)) * np.linalg.norm(columns, axis=0)

    def line(self, place: int, neuron: int) -> VGroup:
        """One term: plus, the neuron's name, its answer, its column as squares."""
        y = TOP - ROW * place
        name = label(_("neuron {number}").format(number=neuron + 1), 28, theme.MLP).set_y(0)
        answer = Numeral(self.post[neuron], 1, "never", font_size=32, color=theme.HIGHLIGHT)
        strip = self.strip(neuron)
        plus, dot = (row_label(sign, 32, theme.MUTED) for sign in "+·")
        for part, x in ((name, NAME_X), (answer, ANSWER_X)):
            part.shift([x - part.get_right()[0], 0, 0])
        strip.move_to([STRIP_X, 0, 0])
        plus.move_to([-6.45, 0, 0])
        dot.move_to([ANSWER_X + 0.22, 0, 0])
        return VGroup(plus, name, answer, dot, strip).shift(y * UP)

    def strip(self, neuron: int) -> ValueStrip:
        """The first entries of a neuron's column, as squares."""
        column = neurons.writes(self.checkpoint, self.layer, neuron)
        return ValueStrip(column[:SQUARES], SIDE, True, self.scale)

    def lift_the_terms(self) -> None:
        """Beat 2."""
        self.loudest = [int(place) for place in np.argsort(-self.weights_of_voices(), kind="stable")[:VOICES]]
        columns = np.asarray(neurons.table(self.checkpoint, self.layer, "down"), dtype=float)[:, self.loudest]
        self.scale = theme.value_scale(columns)
        self.lines = VGroup(*(self.line(place, neuron) for place, neuron in enumerate(self.loudest)))
        y = TOP - ROW * VOICES - 0.2
        equals = row_label("=", 32, theme.MUTED).move_to([ANSWER_X + 0.22, 0, 0])
        total = ValueStrip(self.written[:SQUARES], SIDE, True, theme.value_scale(np.asarray(self.written)))
        total.move_to([STRIP_X, 0, 0])
        words = label(_("and all the others"), 28, theme.MUTED)
        words.shift([ANSWER_X - 0.1 - words.get_right()[0], -words.get_y(), 0])
        self.total = VGroup(words, equals, total).shift(y * UP)
        narration = _(
            "Each neuron scales its own column, and all are added. These six add most; the squares show how their "
            "columns begin, blue above zero, red below. Last comes what they write together."
        )
        with self.beat(narration, 13):
            self.play(FadeOut(self.table), run_time=theme.TIME_BASE)
            rise = [FadeIn(line, shift=0.5 * LEFT) for line in self.lines]
            self.play(LaggedStart(*rise, lag_ratio=0.7), run_time=6)
            self.play(FadeIn(self.total, shift=0.3 * DOWN), run_time=theme.TIME_BASE)
            self.play(FlashAround(total), run_time=theme.TIME_BASE)

    # -- what they say -----------------------------------------------------------------------------------------------

    def nearest(self, neuron: int) -> list[tuple[int, float]]:
        """The pieces whose rows of the last table lie nearest to a neuron's column, with their cosines."""
        pieces = self.checkpoint.tokenizer.pieces(list(range(self.checkpoint.tokenizer.vocab_size)))
        known = [token for token, piece in enumerate(pieces) if piece and drawable(piece) == piece]
        cosines = leanings(self.checkpoint, neurons.writes(self.checkpoint, self.layer, neuron).values, known)
        return [(known[place], float(cosines[place])) for place in np.argsort(-cosines, kind="stable")[:WORDS]]

    def ask_what_they_say(self) -> None:
        """Beat 3."""
        self.said = VGroup()
        for line, neuron in zip(self.lines, self.loudest, strict=True):
            row = VGroup()
            for place, (token, cosine) in enumerate(self.nearest(neuron)):
                word = layout.fit(token_label(self.checkpoint.tokenizer.pieces([token])[0], 28, theme.UPDATE), 1.42)
                number = Numeral(cosine, 2, "negative", font_size=24, color=theme.MUTED, passport=COSINE)
                both = in_line(word, VGroup(number), gap=0.14)
                row.add(both.shift([WORDS_X + 2.22 * place - both.get_left()[0], line[2].anchor[1], 0]))
            self.said.add(row)
        heading = label(_("nearest words, with cosines"), 26, theme.MUTED)
        heading.move_to([WORDS_X + heading.width / 2, TOP + 0.72, 0])
        self.said_heading = heading
        narration = _(
            "Compare each column with the table of words: these lie nearest. So every neuron has something it can say."
        )
        with self.beat(narration, 10):
            self.play(FadeIn(heading), run_time=theme.TIME_QUICK)
            drop = [FadeIn(row, shift=0.4 * DOWN) for row in self.said]
            self.play(LaggedStart(*drop, lag_ratio=0.5), run_time=5)
