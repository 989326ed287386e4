"""How a matrix-vector product comes about: row by row as sums of products, or as a mix of the matrix's columns."""

from __future__ import annotations

import numpy as np
from manim import DOWN, Square, VGroup, VMobject
from manim.utils.rate_functions import linear, smooth

from mobjects import layout, theme
from mobjects.attention_animations import window
from mobjects.counted import counted
from mobjects.dimming import PartMotion, leaf_alphas, leaves_of, paint_leaf
from mobjects.numerals import Floats
from mobjects.products import ProductEquation

PARTIAL, HIDDEN = "partial sum of the product", "count: terms not drawn"
# Seconds before the first sum, of a slow one, of a fast one, and from the start of a fast one to the next.
LEAD, SLOW, FAST, FAST_STEP = 0.4, 1.0, 0.5, 0.25
# Seconds at the dots for the first time, for the bias, and in which a box comes or goes.
JUMP, BIAS, BLINK = 1.4, 0.4, 0.12
# Distance of a box from digits, in heights of a digit.
PAD = 0.3


class _Sweep(PartMotion):
    """Base of both ways to multiply: the result enters as sums that grow, two boxes say what is being added.

    Subclasses set ``seconds``, the unstretched run time, and ``note_seconds``, when the note comes and when it goes.
    """

    def __init__(
        self, equation: ProductEquation, seconds: float, note_seconds: tuple[float, float], note: str, run_time
    ) -> None:
        self.equation, self.seconds, self.note_seconds = equation, seconds, note_seconds
        self.boxes = [_box(), _box()]
        self.note = VGroup()
        if equation.hidden:
            self.note = counted(note, equation.hidden, color=theme.HIGHLIGHT, passport=HIDDEN)
        helpers = [*self.boxes, self.note]
        super().__init__(
            [*leaves_of([equation.equals, equation.result]), *helpers],
            entering=[equation, *helpers],
            leaving=helpers,
            run_time=seconds if run_time is None else run_time,
            rate_func=linear,
        )

    def prepare(self) -> None:
        """Read where everything stands."""
        matrix, vector, result = self.equation.matrix, self.equation.vector, self.equation.result
        places = self.equation.places
        columns = [matrix.ellipses[0] if place is None else matrix.column(place) for place in places]
        self.xs = [column.get_x() for column in columns]
        self.ys = [vector.ellipses[0].get_y() if place is None else vector.entry(place).anchor[1] for place in places]
        self.pad = PAD * vector.entry(0).height
        widest = max(matrix.column(column).width for column in range(matrix.shape[1]))
        widths = [matrix.ellipses[0].width if place is None else widest for place in places]
        self.widths = np.array(widths) + 2 * self.pad
        self.cell_height = vector.entry(0).height + 2 * self.pad
        self.vector_x, self.vector_width = vector.entries.get_x(), vector.entries.width + 2 * self.pad
        self.ends = [(entry.value, entry.passport, leaf_alphas(entry)) for entry in result.entries]
        self.frame = _light([self.equation.equals, result.brackets, result.ellipses])
        top = matrix.brackets.get_top()[1] + layout.GAP_LABEL
        self.note_light = _light([self.note])
        if None in places:
            self.note.move_to([self.xs[places.index(None)], top, 0], aligned_edge=DOWN)

    def show_moment(self, time: float) -> None:
        """Write sums, boxes and note as they are at ``time``."""
        moment = time * self.seconds
        _paint(self.frame, window(moment, 0, LEAD))
        start, end = self.note_seconds
        _paint(self.note_light, window(moment, start - 2 * BLINK, start) * (1 - window(moment, end, end + 2 * BLINK)))
        self.show_boxes(moment)
        if time < 1:
            self.show_sums(moment)
        else:
            self._show_result()

    def show_boxes(self, moment: float) -> None:
        """Draw both boxes as they are after ``moment`` seconds."""
        raise NotImplementedError

    def show_sums(self, moment: float) -> None:
        """Write all entries of the result as they are after ``moment`` seconds."""
        raise NotImplementedError

    def write(self, sums: list[float] | Floats, strengths: list[float]) -> None:
        """Write partial sums with their light."""
        self.equation.result.set_values(sums, PARTIAL)
        for entry, (_, _, alphas), strength in zip(self.equation.result.entries, self.ends, strengths, strict=True):
            paint_leaf(entry, alphas, strength)

    def _show_result(self) -> None:
        self.write([value for value, _, _ in self.ends], [1.0] * len(self.ends))
        for entry, (_, passport, _) in zip(self.equation.result.entries, self.ends, strict=True):
            entry.passport = passport

    def put(self, index: int, x: float, y: float, width: float, height: float, strength: float) -> None:
        """Draw one of the boxes."""
        self.boxes[index].points = Square(1).points * [width, height, 0] + [x, y, 0]
        self.boxes[index].set_stroke(opacity=strength)


class MatrixVectorProduct(_Sweep):
    """A matrix times a vector, row by row: two boxes run along a row and down the vector while the sum grows.

    The first rows are swept entry by entry, the others in passing. Rows that are not drawn are skipped; columns that
    are not drawn still count: at the dots a sum jumps by what all hidden terms contribute, and a note says, once, how
    many they are. Every number on the way is a true partial sum, and the last ones are those of the result.

    Parameters
    ----------
    equation : ProductEquation
        Its operands may be on the scene already; sign and result enter.
    slow_rows : int
        How many rows take a second each.
    note : str
        Words for the hidden terms; ``{}`` is their number.
    run_time : float
        Stretches all; a second for each slow row and a quarter for each other one, and what dots and bias need, if not
        given.

    Raises
    ------
    ValueError
        If ``slow_rows`` is below zero.

    Source
    ------
    result_i = sum_j weights_ij vector_j + bias_i.

    Examples
    --------
    >>> word, scores = self.activations["ln_final.normalized"][5], self.quantity("LOGIT")[5]
    >>> table, style = "unembed.weight", {"max_rows": 6, "max_columns": 6, "factor": "readable", "tint": theme.TABLE}
    >>> equation = ProductEquation(self.checkpoint.weights[table], word, scores, passport=table, **style)
    >>> self.play(FadeIn(equation.scale(1.3).operands))
    >>> self.play(MatrixVectorProduct(equation))
    """

    def __init__(
        self,
        equation: ProductEquation,
        slow_rows: int = 2,
        note: str = "+ {} more terms",
        run_time: float | None = None,
    ) -> None:
        if slow_rows < 0:
            raise ValueError(f"slow_rows={slow_rows} was found; expected 0 or more rows to sweep slowly.")
        self.slow = min(slow_rows, equation.matrix.shape[0])
        self.clocks = _row_clocks(equation, self.slow)
        start, end = self.clocks[0][0], self.clocks[0][-1]
        if None in equation.places and self.slow:
            start = float(self.clocks[0][equation.places.index(None)])
        super().__init__(equation, self.clocks[-1][-1] + 3 * BLINK, (start, end), note, run_time)

    def show_sums(self, moment: float) -> None:
        """Write the terms each box has passed, added up."""
        steps = [int(np.searchsorted(clock, moment + 1e-9)) for clock in self.clocks]
        strengths = [window(moment, clock[0] - BLINK, clock[0]) for clock in self.clocks]
        self.write(self.equation.running_sums[range(len(steps)), steps], strengths)

    def show_boxes(self, moment: float) -> None:
        """Run from entry to entry in slow rows, then from row to row."""
        row = max(0, sum(moment >= clock[0] - BLINK for clock in self.clocks) - 1)
        if row < self.slow:
            self._along_row(row, moment)
        else:
            self._over_rows(moment)

    def _along_row(self, row: int, moment: float) -> None:
        clock, places = self.clocks[row], range(len(self.xs))
        light = _flash(moment, clock[0], clock[-1] + BLINK)
        step, y = _step(clock, moment), self._height(row)
        # For the bias, the box of the vector goes there and that of the row has nothing to do.
        beside = window(step, places[-1], places[-1] + 1)
        x, down = self.vector_x, float(np.interp(step, places, self.ys))
        if self.equation.bias is not None:
            x += beside * (self.equation.bias.entries.get_x() - x)
            down += beside * (y - down)
        across, width = (float(np.interp(step, places, found)) for found in (self.xs, self.widths))
        self.put(0, across, y, width, self.cell_height, light * (1 - beside))
        self.put(1, x, down, self.vector_width, self.cell_height, light)

    def _over_rows(self, moment: float) -> None:
        clocks, matrix = self.clocks[self.slow :], self.equation.matrix
        light = _flash(moment, clocks[0][0], clocks[-1][-1])
        heights = [self._height(row) for row in range(self.slow, len(self.clocks))]
        y = float(np.interp(moment, [clock[0] for clock in clocks], heights))
        self.put(0, matrix.entries.get_x(), y, matrix.entries.width + 2 * self.pad, self.cell_height, light)
        tall, middle = self.ys[0] - self.ys[-1] + self.cell_height, (self.ys[0] + self.ys[-1]) / 2
        self.put(1, self.vector_x, middle, self.vector_width, tall, light)

    def _height(self, row: int) -> float:
        return float(self.equation.matrix.entry(row, 0).anchor[1])


class ColumnCombination(_Sweep):
    """A matrix times a vector, column by column: each entry of the vector says how much of its column is added.

    The first columns take a second each, the others half of it; at the dots the sum of all hidden columns is added,
    and a note says how many they are.

    Parameters
    ----------
    equation : ProductEquation
        Its operands may be on the scene already; sign and result enter.
    slow_columns : int
        How many columns take a second each.
    note : str
        Words for the hidden columns; ``{}`` is their number.
    run_time : float
        Stretches all.

    Raises
    ------
    ValueError
        If ``slow_columns`` is below zero.

    Source
    ------
    result = sum_j vector_j weights_j + bias, where weights_j is column j.

    Examples
    --------
    >>> table, word = self.quantity("WO"), self.activations["z", 2].at(head=0, position=3)
    >>> update = self.activations["result", 2].at(head=0, position=3)
    >>> equation = ProductEquation(table, word, update, vector_tint=theme.VALUE, tint=theme.UPDATE).scale(1.3)
    >>> self.play(FadeIn(equation.operands))
    >>> self.play(ColumnCombination(equation))
    """

    def __init__(
        self,
        equation: ProductEquation,
        slow_columns: int = 2,
        note: str = "+ {} more columns",
        run_time: float | None = None,
    ) -> None:
        if slow_columns < 0:
            raise ValueError(f"slow_columns={slow_columns} was found; expected 0 or more columns to add slowly.")
        spans = [
            JUMP if place is None else SLOW if number < slow_columns else FAST
            for number, place in enumerate(equation.places)
        ]
        if equation.has_bias:
            spans.append(SLOW)
        self.clock = LEAD + BLINK + np.cumsum([0, *spans])
        start = float(self.clock[equation.places.index(None)]) if None in equation.places else 0.0
        super().__init__(equation, self.clock[-1] + 2 * BLINK, (start + 2 * BLINK, start + JUMP), note, run_time)

    def show_sums(self, moment: float) -> None:
        """Add each column in the first half of its time."""
        sums = self.equation.running_sums
        step = min(int(np.searchsorted(self.clock, moment, side="right")), len(self.clock) - 1)
        start, end = self.clock[max(step - 1, 0)], self.clock[step]
        added = smooth(window(moment, start, (start + end) / 2))
        light = window(moment, self.clock[0] - BLINK, self.clock[0])
        self.write((1 - added) * sums[:, max(step - 1, 0)] + added * sums[:, step], [light] * len(sums))

    def show_boxes(self, moment: float) -> None:
        """Hop from column to column, and in step from entry to entry."""
        hop = BLINK
        step = float(np.sum([window(moment, time - hop, time + hop) for time in self.clock[1:-1]]))
        light, places = _flash(moment, self.clock[0], self.clock[-1]), range(len(self.xs))
        entries, beside = self.equation.matrix.entries, window(step, places[-1], places[-1] + 1)
        tall = entries.height + 2 * self.pad
        across, width = (float(np.interp(step, places, found)) for found in (self.xs, self.widths))
        self.put(0, across, entries.get_y(), width, tall, light * (1 - beside))
        x, y, height = self.vector_x, float(np.interp(step, places, self.ys)), self.cell_height
        if self.equation.bias is not None:
            bias = self.equation.bias.entries
            x, y = x + beside * (bias.get_x() - x), y + beside * (bias.get_y() - y)
            height += beside * (tall - height)
        self.put(1, x, y, self.vector_width, height, light)


def _row_clocks(equation: ProductEquation, slow: int) -> list[Floats]:
    """Return, for each row drawn, the seconds at which each of its steps is done."""
    places, start, clocks = equation.places, LEAD + BLINK, []
    for row in range(equation.matrix.shape[0]):
        spans = np.full(len(places) - 1, SLOW / len(places))
        if row == 0 and None in places:
            spans[places.index(None)] = JUMP
        if equation.has_bias:
            spans = np.append(spans, BIAS)
        if row >= slow:
            spans = np.full(len(spans), (FAST - 2 * BLINK) / max(len(spans), 1))
        clocks.append(start + np.cumsum([0, *spans]))
        start += FAST_STEP if row >= slow else float(spans.sum()) + 4 * BLINK
    return clocks


def _step(clock: Floats, moment: float) -> float:
    """Return between which steps a box is: it rests where there is time, and glides just before the next step."""
    step = int(np.clip(np.searchsorted(clock, moment, side="right") - 1, 0, len(clock) - 1))
    if step == len(clock) - 1:
        return float(step)
    return step + window(moment, max(clock[step], clock[step + 1] - SLOW / len(clock)), clock[step + 1])


def _flash(moment: float, start: float, end: float) -> float:
    """Return the light of what is there from ``start`` to ``end``."""
    return window(moment, start - BLINK, start) * (1 - window(moment, end, end + BLINK))


def _box() -> VMobject:
    return VMobject(stroke_color=theme.HIGHLIGHT, stroke_width=theme.STROKE_BOX).set_points(Square(1).points)


def _light(parts: list) -> list:
    return [(leaf, leaf_alphas(leaf)) for leaf in leaves_of(parts)]


def _paint(light: list, strength: float) -> None:
    for leaf, alphas in light:
        paint_leaf(leaf, alphas, strength)
