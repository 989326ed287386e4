"""The softmax of one column, shown as arithmetic; then of all others, quickly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, RIGHT, UP, Arrow, Line, VGroup, VMobject

from mobjects import theme
from mobjects.attention import AttentionTable
from mobjects.attention_animations import Look, window
from mobjects.attention_layers import CellLayer
from mobjects.dimming import PartMotion
from mobjects.numerals import Numeral
from mobjects.text import formula, label

TOLERANCE = 1e-3
PANEL_COLUMNS, PANEL_LEAST, PANEL_MOST = 4.0, 3.0, 6.0
EXPONENTIALS, NORMALISER = "exponentials of the shown scores", "sum of the shown exponentials"
# Exponentials whose sum is this large are written without decimals, this small with one more than the shares.
LARGE, SMALL = 1000, 0.995


class ColumnSoftmax(PartMotion):
    """A column of scores is lifted to the right, raised to exponentials, divided by their sum, and lands as shares.

    While they are divided, exponentials and sum run down together, so that what is shown adds up at every moment.
    Afterwards ``scores`` no longer has the column; the shares and, if given, their sum are on the scene.

    Parameters
    ----------
    grid : AttentionTable
    query : int
        Which column (0-based).
    scores, shares : CellLayer
        Numbers of the grid before (on the scene) and after. The shares must be the softmax of the scores.
    total : Numeral, optional
        The sum under the column, from ``AttentionTable.sums``.
    panel_width : float
        Room used to the right of the grid, in manim units; 4 columns if not given, but from 3 to 6.
    label_size : float
        Font size of the word over the panel; as large as the panel allows if not given.

    Raises
    ------
    ValueError
        If the shares are not the softmax of the scores.

    Source
    ------
    softmax(x)_i = exp(x_i) / sum_j exp(x_j), down the column of one query.

    Examples
    --------
    >>> table = AttentionTable(9, cell_width=0.8, cell_height=0.7).shift(2 * LEFT)
    >>> unmasked = self.activations["unmasked_pattern", self.pick.layer][self.pick.head]
    >>> scores = table.digits(self.quantity("SCORE"))
    >>> shares = table.digits(unmasked, decimals=2, color="share", sign="never")
    >>> self.add(table, scores)
    >>> self.play(ColumnSoftmax(table, 8, scores, shares), run_time=4)
    >>> self.play(self.look(8, table.get_center()))
    """

    LIFT, ARROW, RAISE = (0.0, 0.16), (0.14, 0.24), (0.2, 0.34)
    SUM, BY, DIVIDE = (0.38, 0.46), (0.5, 0.56), (0.6, 0.74)
    CLEAR, LAND = (0.8, 0.86), (0.84, 1.0)

    def __init__(
        self,
        grid: AttentionTable,
        query: int,
        scores: CellLayer,
        shares: CellLayer,
        total: Numeral | None = None,
        panel_width: float | None = None,
        label_size: float | None = None,
        **kwargs,
    ) -> None:
        check_softmax(scores, shares, [query])
        kwargs.setdefault("run_time", theme.TIME_CAMERA)
        self.query, self.score_layer, self.share_layer = query, scores, shares
        self.total = total
        self.scores, self.shares = scores.column(query), shares.column(query)
        usual = float(np.clip(PANEL_COLUMNS * grid.cell_width, PANEL_LEAST, PANEL_MOST))
        width = usual if panel_width is None else panel_width
        edge = grid.cell_center(grid.n_query - 0.5, 0)[0]
        self.start_x, self.end_x = edge + 0.2 * width, edge + 0.82 * width
        self._build_arrow(grid, edge, width, label_size)
        self._build_sum(grid, width)
        helpers = [self.arrow, self.word, self.head, *self.powers, self.bar, self.normaliser, *self.by]
        results = [*self.shares] + ([] if total is None else [total])
        super().__init__([*self.scores, *helpers, *results], entering=[*helpers, *results], leaving=helpers, **kwargs)

    def _build_arrow(self, grid: AttentionTable, edge: float, width: float, label_size: float | None) -> None:
        """Build the arrow, half-way down the column, and the word that heads the panel."""
        middle = grid.cell_center(0, (grid.n_key - 1) / 2)[1]
        self.stroke = theme.STROKE_STRONG * float(np.clip(grid.cell_height, 0.5, 1.2))
        ends = [edge + 0.36 * width, middle, 0], [edge + 0.64 * width, middle, 0]
        self.arrow = Arrow(*ends, buff=0, color=theme.RULE, stroke_width=self.stroke)
        self.word = label("softmax", size=theme.FONT_LABEL if label_size is None else label_size, color=theme.TEXT)
        if label_size is None:
            self.word.scale_to_fit_width(0.34 * width)

    def _build_sum(self, grid: AttentionTable, width: float) -> None:
        """Build the exponentials, the rule below them and their sum, at the size the shares will have."""
        values = np.exp([numeral.value for numeral in self.scores])
        self.values, self.sum_value = values, float(values.sum())
        share = self.shares[0]
        self.decimals = share.decimals
        style: dict[str, Any] = {"decimals": self._decimals_for(self.sum_value), "sign": "never", "thousands": True}
        self.normaliser = Numeral(self.sum_value, color=theme.TEXT, passport=NORMALISER, **style)
        unit = Numeral(share.value, decimals=share.decimals, sign=share.sign).height
        self.shrink = min(1.0, 0.34 * width / (self.normaliser.width * share.height / unit))
        size, floor = share.height / unit * self.shrink, grid.foot(0)
        self.normaliser.scale(size).move_to([self.end_x, floor[1], 0])
        point = self.normaliser.anchor
        self.powers = VGroup()
        for value, score in zip(values, self.scores, strict=True):
            power = Numeral(float(value), color=theme.HIGHLIGHT, passport=EXPONENTIALS, **style).scale(size)
            self.powers.add(power.anchor_at([point[0], score.get_y(), 0]))
        divisor = Numeral(self.sum_value, color=theme.TEXT, passport=NORMALISER, **style).scale(size)
        sign = label("÷", color=theme.TEXT).scale_to_fit_height(0.8 * divisor.height)
        self.by = VGroup(sign, divisor).arrange(RIGHT, buff=0.5 * divisor.height)
        self.by.next_to(self.normaliser, DOWN, buff=0.9 * divisor.height).align_to(self.normaliser, RIGHT)
        self.head = formula('e^"score"', theme.HIGHLIGHT).scale_to_fit_height(1.5 * self.powers[0].height)
        self.head.next_to(self.powers[0], UP, buff=0.8 * self.powers[0].height)
        self.word.next_to(self.head, UP, buff=1.2 * self.powers[0].height).set_x((self.start_x + self.end_x) / 2)
        reach, brink = 0.65 * self.normaliser.width, grid.cell_center(0, grid.n_key - 0.5)[1]
        ends = [self.end_x - reach, brink, 0], [self.end_x + reach, brink, 0]
        self.bar = Line(*ends, color=theme.RULE, stroke_width=self.stroke)
        self.head.align_to(self.bar, RIGHT)

    def _decimals_for(self, total: float) -> int:
        if total >= LARGE:
            return 0
        return self.decimals + (total < SMALL)

    def prepare(self) -> None:
        """Read where everything stands."""
        self.score_looks, self.share_looks = [Look(part) for part in self.scores], [Look(part) for part in self.shares]
        self.power_looks = [Look(part) for part in self.powers]
        self.sum_look, self.total_look = Look(self.normaliser), None if self.total is None else Look(self.total)
        self.power_color = tuple(self.powers[0].fill_rgbas[0])
        self.share_starts = [
            look.center + self._onto(share, power)
            for look, share, power in zip(self.share_looks, self.shares, self.powers, strict=True)
        ]
        if self.total is not None and self.total_look is not None:
            self.total_start = self.total_look.center + self._onto(self.total, self.normaliser)
        self.arrow_look, self.word_look, self.bar_look = Look(self.arrow), Look(self.word), Look(self.bar)
        self.head_look, self.by_look = Look(self.head), Look(self.by)

    def show_moment(self, time: float) -> None:
        """Write scores, exponentials, their sum and the shares as they are at ``time``."""
        lift, arrow, power, summed, by, divide, land, clear = (
            self.rate_func(window(time, *span))
            for span in (self.LIFT, self.ARROW, self.RAISE, self.SUM, self.BY, self.DIVIDE, self.LAND, self.CLEAR)
        )
        lifted = [_at_x(look.center, self.start_x) for look in self.score_looks]
        raised = [look.center for look in self.power_looks]
        for look, top in zip(self.score_looks, lifted, strict=True):
            look.show(_between(look.center, top, lift), strength=(1 - 0.5 * power) * (1 - clear))
        self._divide(divide)
        for numeral, look, bottom, top in zip(self.powers, self.power_looks, lifted, raised, strict=True):
            if divide <= 0:
                look.show(_between(bottom, top, power), strength=power)
            else:
                numeral.set_fill(opacity=float(divide < 1))
        for look, start in zip(self.share_looks, self.share_starts, strict=True):
            look.show(_between(start, look.center, land), self.shrink + (1 - self.shrink) * land, float(divide >= 1))
        if divide <= 0:
            self.sum_look.show(_between(self.sum_look.center + 0.3 * UP, self.sum_look.center, summed), strength=summed)
        else:
            self.normaliser.set_fill(opacity=float(divide < 1 or (self.total_look is None and land <= 0)))
        if self.total_look is not None:
            place = _between(self.total_start, self.total_look.center, land)
            self.total_look.show(place, self.shrink + (1 - self.shrink) * land, float(divide >= 1))
        self.bar_look.show(strength=summed * (1 - clear))
        self.word_look.show(strength=arrow * (1 - clear))
        self.head_look.show(strength=power * (1 - divide))
        self.by_look.show(strength=by * (1 - divide))
        self._grow_arrow(arrow, 1 - clear)

    def _divide(self, progress: float) -> None:
        """Let exponentials and sum run down together: all are divided by sum ** progress."""
        divisor = self.sum_value**progress
        decimals = self._decimals_for(self.sum_value / divisor)
        shown = [(self.normaliser, self.sum_value), *zip(self.powers, self.values, strict=True)]
        for numeral, value in shown:
            numeral.decimals = decimals
            numeral.set_value(float(value / divisor), passport=numeral.passport)
        for numeral, share in zip(self.powers, self.shares, strict=True):
            mixed = (1 - progress) * np.array(self.power_color) + progress * share.fill_rgbas[0]
            numeral.fill_rgbas[:, :3] = mixed[:3]

    def _onto(self, final: Numeral, shown: Numeral) -> np.ndarray:
        """Return the way from where a result lands to where its decimal point covers that of ``shown``."""
        # Shrinking about its middle also moves the point of the result towards the middle.
        point = final.get_center() + (final.anchor - final.get_center()) * self.shrink
        return shown.anchor - point

    def _grow_arrow(self, grown: float, strength: float) -> None:
        tail = np.array([self.arrow_look.low[0], self.arrow_look.center[1], 0])
        self.arrow_look.show(_between(tail, self.arrow_look.center, grown), scale=grown, strength=strength)

    def clean_up_from_scene(self, scene) -> None:
        """Take the panel off the scene and the column out of ``scores``."""
        super().clean_up_from_scene(scene)
        hand_over(scene, self.score_layer, self.share_layer, [self.query])


class SoftmaxColumns(PartMotion):
    """Columns of scores become shares one after the other, 0.7 s each: scores leave to the right, shares land.

    Parameters
    ----------
    queries : sequence of int
        Which columns, in order.
    scores, shares : CellLayer
        As for :class:`ColumnSoftmax`.
    totals : VGroup of Numeral, optional
        All sums, from ``AttentionTable.sums``; those of ``queries`` land with their columns.
    pointer : VMobject, optional
        A box on the scene that travels along with the columns, such as ``grid.column_box(queries[0])``.

    Examples
    --------
    >>> table = AttentionTable(9, cell_width=1.1, cell_height=0.7)
    >>> unmasked = self.activations["unmasked_pattern", self.pick.layer][self.pick.head]
    >>> scores = table.digits(self.quantity("SCORE"))
    >>> shares = table.digits(unmasked, decimals=2, color="share", sign="never")
    >>> self.add(table, scores)
    >>> self.play(SoftmaxColumns(table, range(9), scores, shares))
    """

    SECONDS_EACH = 0.7

    def __init__(
        self,
        grid: AttentionTable,
        queries: Sequence[int],
        scores: CellLayer,
        shares: CellLayer,
        totals: Sequence[Numeral] | None = None,
        pointer: VMobject | None = None,
        **kwargs,
    ) -> None:
        queries = [int(query) for query in queries]
        if not queries:
            raise ValueError("No columns were named; give the queries whose columns are to become shares.")
        check_softmax(scores, shares, queries)
        kwargs.setdefault("run_time", self.SECONDS_EACH * len(queries))
        self.queries, self.score_layer, self.share_layer = queries, scores, shares
        self.lift = 0.3 * grid.cell_width * RIGHT
        self.pointer, self.places = pointer, [grid.cell_center(query, (grid.n_key - 1) / 2) for query in queries]
        self.columns = [(scores.column(query), shares.column(query)) for query in queries]
        self.totals = [] if totals is None else [totals[query] for query in queries]
        old = [numeral for column, _ in self.columns for numeral in column]
        new = [numeral for _, column in self.columns for numeral in column] + self.totals
        super().__init__([*old, *new] + ([] if pointer is None else [pointer]), entering=new, **kwargs)

    def prepare(self) -> None:
        """Read where everything stands."""
        self.looks = [([Look(part) for part in old], [Look(part) for part in new]) for old, new in self.columns]
        self.total_looks = [Look(total) for total in self.totals]
        self.pointer_look = None if self.pointer is None else Look(self.pointer)

    def show_moment(self, time: float) -> None:
        """Write each column within its own share of the run time."""
        moments = [window(time * len(self.looks), index, index + 1) for index in range(len(self.looks))]
        for moment, (old, new) in zip(moments, self.looks, strict=True):
            out, landed = self.rate_func(window(moment, 0, 0.55)), self.rate_func(window(moment, 0.25, 0.85))
            for look in old:
                look.show(look.center + out * self.lift, strength=1 - out)
            for look in new:
                look.show(look.center + (1 - landed) * self.lift, strength=landed)
        for moment, look in zip(moments, self.total_looks, strict=False):
            landed = self.rate_func(window(moment, 0.5, 1))
            look.show(look.center + (1 - landed) * 0.3 * UP, strength=landed)
        if self.pointer_look is not None:
            self._move_pointer(self.pointer_look, moments)

    def _move_pointer(self, look: Look, moments: list[float]) -> None:
        """Let the box arrive at each column in the first third of its time."""
        place = look.center
        for moment, goal in zip(moments, self.places, strict=True):
            place = _between(place, goal, self.rate_func(window(moment, 0, 0.35)))
        look.show(place)

    def clean_up_from_scene(self, scene) -> None:
        """Take the columns out of ``scores``."""
        super().clean_up_from_scene(scene)
        hand_over(scene, self.score_layer, self.share_layer, self.queries)


def check_softmax(scores: CellLayer, shares: CellLayer, queries: Sequence[int]) -> None:
    """Refuse shares that are not the softmax, down each column, of the scores shown."""
    for query in queries:
        keys = [key for key in range(scores.slots.shape[1]) if scores.has(query, key)]
        if not keys or not all(shares.has(query, key) for key in keys):
            raise ValueError(f"Column {query} has scores without shares, or none; build both layers alike.")
        values = np.array([scores.at(query, key).value for key in keys])
        expected = np.exp(values - values.max())
        expected /= expected.sum()
        error = np.abs(expected - [shares.at(query, key).value for key in keys]).max()
        if error > TOLERANCE:
            raise ValueError(
                f"The shares of column {query} are off the softmax of its scores by {error:.2g}; pass the shares "
                "before masking, computed from the same scores."
            )


def hand_over(scene, scores: CellLayer, shares: CellLayer, queries: Sequence[int]) -> None:
    """Drop finished columns from ``scores``; once it is empty, put ``shares`` on the scene as one layer."""
    for query in queries:
        for key in range(scores.slots.shape[1]):
            if scores.has(query, key):
                scores.discard(query, key)
    if not scores.submobjects:
        scene.remove(scores)
        scene.add(shares)


def _at_x(point: np.ndarray, x: float) -> np.ndarray:
    return np.array([x, point[1], point[2]])


def _between(start: np.ndarray, end: np.ndarray, progress: float) -> np.ndarray:
    return (1 - progress) * start + progress * end
