"""What a head hands over: every value scaled by its share, all added up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, Line, VGroup
from manim.utils.rate_functions import smooth

from mobjects import layout, theme
from mobjects.attention_animations import Look, staggered, window
from mobjects.attention_layers import passport_at
from mobjects.brackets import EllipsisDots
from mobjects.dimming import PartMotion
from mobjects.embedding import ValueStrip
from mobjects.numerals import Floats, Numbers, Numeral, Passport
from mobjects.text import label
from mobjects.token_label import row_label

MOST_ROWS = 16
# Vectors of small shares are faint, but never gone.
FAINTEST, RISE = 0.25, 2.0
TOLERANCE = 1e-3


class WeightedSumColumn(VGroup):
    """Rows of a share, a times sign and a vector, plus signs between; below a rule the sum of all.

    Vectors of small shares are faint: opacity is a quarter and twice the share, at most 1.

    Parameters
    ----------
    weights : float array or Quantity, shape (row,)
        Shares, 0 to 1.
    vectors : float array or Quantity, shape (row, n)
        What each row hands over.
    names : sequence of str, optional
        Words before the rows.
    result : float array or Quantity, shape (n,), optional
        The sum as the network has it; computed if not given.
    length : int
        How many numbers of each vector are drawn as squares, the first ones; dots stand for the rest.
    decimals : int
        Of the shares.
    max_height : float
        Room for all of it, in manim units.
    passport : str or tuple, optional
        Declares shares and vectors, instead of Quantities.

    Attributes
    ----------
    result_values : float array, shape (n,)
        The sum, whole.

    Raises
    ------
    ValueError
        If there is not one vector for each share, a share is no share, a number is not finite, or the result is not the
        weighted sum.

    Source
    ------
    Attention: z = sum over keys of pattern times v; in scenes ``quantity("PATT")``, ``quantity("V")`` and ``z``.

    Examples
    --------
    >>> shares, values = self.quantity("PATT")[3, :4], self.quantity("V")[:4]
    >>> result = self.activations["z", self.pick.layer][self.pick.head, 3]
    >>> column = WeightedSumColumn(shares, values, self.pieces[:4], result)
    >>> self.play(FadeIn(column, lag_ratio=0.1), run_time=2)
    """

    def __init__(
        self,
        weights: Numbers,
        vectors: Numbers,
        names: Sequence[str] | None = None,
        result: Numbers = None,
        length: int = 12,
        decimals: int = 2,
        max_height: float = 6.4,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        shares, values = _checked(weights, vectors, names)
        total = shares @ values
        if result is not None and not np.allclose(np.asarray(result, float), total, atol=TOLERANCE):
            off = float(np.abs(np.asarray(result, float) - total).max())
            raise ValueError(f"The result is off the weighted sum by {off:.2g}; give the sum of weight times vector.")
        self.result_values = total if result is None else np.asarray(result, float)
        scale = theme.value_scale(values)
        style: dict[str, Any] = {"length": length, "scale": scale}
        rows = VGroup()
        for place, share in enumerate(shares):
            papers = passport_at(weights, place, passport=passport)
            number = Numeral(share, decimals, "never", font_size=theme.FONT_LABEL, passport=papers)
            strip = _strip(vectors[place], passport, **style)
            name = VGroup() if names is None else VGroup(row_label(names[place].strip(), theme.FONT_LABEL, theme.TEXT))
            row = VGroup(name, number, label("×", theme.FONT_LABEL, theme.MUTED), strip)
            row.add(label("+", theme.FONT_LABEL, theme.MUTED)) if place else row.add(VGroup())
            rows.add(row)
        declared = passport if passport is not None or result is not None else "weighted sum of the vectors"
        total_strip = _strip(self.result_values if result is None else result, declared, **style)
        _place(rows, total_strip)
        for row, share in zip(rows, shares, strict=True):
            row[3].set_opacity(float(np.clip(FAINTEST + RISE * share, 0, 1)))
        start, end = rows.get_left(), rows.get_right()
        rule = Line(start, [end[0], start[1], 0], color=theme.RULE, stroke_width=theme.STROKE_BOX)
        rule.set_y(rows.get_bottom()[1] - layout.GAP_RELATED)
        total_strip.set_y(rule.get_y() - layout.GAP_RELATED - total_strip.height / 2)
        self.add(rows, rule, total_strip)
        layout.fit(self, 2 * layout.SAFE_X, max_height).center()

    @property
    def rows(self) -> VGroup:
        """For each share: ``[name, number, times sign, vector, plus sign]``."""
        return self.submobjects[0]

    @property
    def rule(self) -> Line:
        """The line over the sum."""
        return self.submobjects[1]

    @property
    def result(self) -> VGroup:
        """The sum as squares, and dots."""
        return self.submobjects[2]


class CollapseSum(PartMotion):
    """Rows slide down one after the other and vanish into the sum, which lights up as they arrive; only it stays.

    Parameters
    ----------
    column : WeightedSumColumn
        On the scene; taken off, and its sum put there.

    Examples
    --------
    >>> column = WeightedSumColumn(self.quantity("PATT")[3, :4], self.quantity("V")[:4], self.pieces[:4])
    >>> self.add(column)
    >>> self.play(CollapseSum(column))
    >>> self.play(column.result.animate.move_to(ORIGIN))
    """

    def __init__(self, column: WeightedSumColumn, run_time: float | None = None, **kwargs) -> None:
        self.column = column
        super().__init__(
            [column],
            entering=[column.result],
            leaving=[column],
            run_time=theme.TIME_SLOW if run_time is None else run_time,
            **kwargs,
        )

    def prepare(self) -> None:
        """Read where everything stands."""
        column = self.column
        self.goal = column.result.get_center()
        self.vectors = [Look(row[3]) for row in column.rows]
        self.rest = [Look(VGroup(row[0], row[1], row[2], row[4])) for row in column.rows]
        self.sum, self.line = Look(column.result), Look(column.rule)

    def show_moment(self, time: float) -> None:
        """Let each row fall at its own moment."""
        count = len(self.vectors)
        for place, (look, rest) in enumerate(zip(self.vectors, self.rest, strict=True)):
            # The lowest row falls first: none passes through another.
            moment = staggered(window(time, 0, 0.9), count - 1 - place, count, theme.LAG_WORDS)
            fallen = smooth(moment)
            goal = np.array([look.center[0], self.goal[1], 0])
            look.show((1 - fallen) * look.center + fallen * goal, strength=1 - window(fallen, 0.7, 1))
            rest.show(strength=1 - window(fallen, 0, 0.4))
        self.sum.show(strength=0.3 + 0.7 * window(time, 0.2, 0.9))
        self.line.show(strength=1 - window(time, 0.7, 1))

    def clean_up_from_scene(self, scene) -> None:
        """Leave the sum alone on the scene; the column is whole again, as it was."""
        super().clean_up_from_scene(scene)
        for look in (*self.vectors, *self.rest, self.sum, self.line):
            look.show()
        scene.add(self.column.result)


def _checked(weights: Numbers, vectors: Numbers, names: Sequence[str] | None) -> tuple[Floats, Floats]:
    shares, values = np.asarray(weights, dtype=float), np.asarray(vectors, dtype=float)
    if shares.ndim != 1 or values.ndim != 2 or len(shares) != len(values) or not values.size:
        raise ValueError(
            f"Weights of shape {shares.shape} and vectors of shape {values.shape} were found; "
            "expected (row,) and (row, n)."
        )
    if len(shares) > MOST_ROWS or (names is not None and len(names) != len(shares)):
        found = "none" if names is None else len(names)
        raise ValueError(
            f"{len(shares)} rows and {found} names were found; expected a name for each, at most {MOST_ROWS}."
        )
    if not (np.isfinite(shares).all() and np.isfinite(values).all()):
        raise ValueError("Numbers that are not finite were found; expected ordinary numbers everywhere.")
    if shares.min() < -1e-9 or shares.max() > 1 + 1e-6:
        raise ValueError(f"Shares from {shares.min():.3g} to {shares.max():.3g} were found; expected 0 to 1.")
    return shares, values


def _strip(vector: Numbers, passport: Passport, length: int, scale: float) -> VGroup:
    """Return the first numbers of a vector as squares, and dots if there are more."""
    strip = VGroup(ValueStrip(vector[:length], side=0.5, horizontal=True, scale=scale, passport=passport))
    if len(vector) > length:
        strip.add(EllipsisDots((1, 0), 0.4).next_to(strip, RIGHT, buff=layout.GAP_LABEL))
    return strip


def _place(rows: VGroup, total: VGroup) -> None:
    """Put the parts of all rows into columns, and the sum under the vectors."""
    pitch = rows[0][3].height + layout.GAP_RELATED
    for place, (name, number, times, strip, _) in enumerate(rows):
        strip.move_to([0, -place * pitch, 0], aligned_edge=LEFT)
        times.next_to(strip, LEFT, buff=layout.GAP_RELATED)
        number.next_to(times, LEFT, buff=layout.GAP_LABEL)
        name.next_to(number, LEFT, buff=layout.GAP_RELATED)
    edge = rows.get_left()[0] - layout.GAP_RELATED
    for row in rows[1:]:
        row[4].move_to([edge - row[4].width / 2, row[3].get_y(), 0])
    total.next_to(rows[-1][3], DOWN, buff=layout.GAP).align_to(rows[-1][3], LEFT)
