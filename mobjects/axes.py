"""Two axes with numbers at round places, straight or logarithmic, that know where a pair of numbers is."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Line, VGroup
from numpy.typing import ArrayLike

from mobjects import layout, theme
from mobjects.numerals import Floats, Numeral
from mobjects.token_label import row_label

TICK = 0.1  # length of a tick, in manim units
ROUND_STEPS = (1, 2, 5, 10)
MOST_TICKS = 6


class Axes2D(VGroup):
    """A horizontal and a vertical axis with numbers at round places.

    Parameters
    ----------
    x_range, y_range : (float, float)
        From where to where.
    width, height : float
        Of the field between the axes, in manim units.
    x_label, y_label : str
        Words at the ends of the axes; none if empty.
    x_log, y_log : bool
        Logarithmic; ranges must then be above zero.
    through_zero : bool
        Axes cross at zero where it is in range, instead of at the lower left corner.
    font_size : float
        ``theme.FONT_SMALL`` if not given.

    Raises
    ------
    ValueError
        If a range is empty, not finite, or not above zero on a logarithmic axis.

    Examples
    --------
    >>> axes = Axes2D((1, 10000), (0, 10), x_label="step", y_label="loss", x_log=True, font_size=32)
    >>> self.play(FadeIn(axes))
    """

    def __init__(
        self,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        width: float = 9.0,
        height: float = 5.0,
        x_label: str = "",
        y_label: str = "",
        x_log: bool = False,
        y_log: bool = False,
        through_zero: bool = False,
        font_size: float | None = None,
    ) -> None:
        super().__init__()
        self.logs = (x_log, y_log)
        self.ranges = (_checked_range(x_range, x_log), _checked_range(y_range, y_log))
        size = theme.FONT_SMALL if font_size is None else font_size
        ends = [np.array([width, 0.0, 0.0]), np.array([0.0, height, 0.0])]
        style: dict[str, Any] = {"color": theme.RULE, "stroke_width": theme.STROKE_BOX}
        lines = VGroup(*(Line(np.zeros(3), end, **style) for end in ends))
        self.add(lines, VGroup(), VGroup(), VGroup())
        if through_zero:
            self._cross_at_zero()
        for axis in (0, 1):
            self._add_ticks(axis, size, through_zero)
        self._add_labels(x_label, y_label, size)
        self.center()

    @property
    def x_axis(self) -> Line:
        """The horizontal line."""
        return self.submobjects[0].submobjects[0]

    @property
    def y_axis(self) -> Line:
        """The vertical line."""
        return self.submobjects[0].submobjects[1]

    @property
    def ticks(self) -> VGroup:
        """The short strokes."""
        return self.submobjects[1]

    @property
    def numbers(self) -> VGroup:
        """The numbers at the ticks."""
        return self.submobjects[2]

    @property
    def labels(self) -> VGroup:
        """The words at the ends of the axes."""
        return self.submobjects[3]

    def points_at(self, xs: ArrayLike, ys: ArrayLike) -> Floats:
        """Return where pairs of numbers are, shape (n, 3); on a logarithmic axis they must be above zero."""
        x_shares, y_shares = self._shares(np.atleast_1d(xs), 0), self._shares(np.atleast_1d(ys), 1)
        first, last = self.x_axis.points[0], self.x_axis.points[-1]
        low, high = self.y_axis.points[0], self.y_axis.points[-1]
        x = first[0] + x_shares * (last[0] - first[0])
        y = low[1] + y_shares * (high[1] - low[1])
        return np.stack([x, y, np.zeros_like(x)], axis=1)

    def point_at(self, x: float, y: float) -> Floats:
        """Return where one pair of numbers is."""
        place: Floats = self.points_at([x], [y])[0]
        return place

    def _shares(self, values: ArrayLike, axis: int) -> Floats:
        """Return how far along an axis values are, 0 at its start and 1 at its end."""
        numbers = np.asarray(values, dtype=float)
        low, high = self.ranges[axis]
        if self.logs[axis]:
            if not (numbers > 0).all():
                raise ValueError(f"{numbers.min():.3g} was found; expected numbers above zero on a logarithmic axis.")
            numbers, low, high = np.log10(numbers), float(np.log10(low)), float(np.log10(high))
        return (numbers - low) / (high - low)

    def _cross_at_zero(self) -> None:
        zero = [float(np.clip(self._shares([0.0], axis)[0], 0, 1)) for axis in (0, 1)]
        width, height = self.x_axis.width, self.y_axis.height
        self.x_axis.shift(zero[1] * height * UP)
        self.y_axis.shift(zero[0] * width * RIGHT)

    def _add_ticks(self, axis: int, size: float, skip_zero: bool) -> None:
        line, side = self.submobjects[0].submobjects[axis], LEFT if axis else DOWN
        places = log_ticks(*self.ranges[axis]) if self.logs[axis] else round_ticks(*self.ranges[axis])
        for place, share in zip(places, self._shares(places, axis), strict=True):
            if skip_zero and place == 0:
                continue
            start = line.points[0] + share * (line.points[-1] - line.points[0])
            tick = Line(start, start + TICK * side, color=theme.RULE, stroke_width=theme.STROKE_BOX)
            decimals = decimals_of([place] if self.logs[axis] else places)
            number = Numeral(place, decimals, thousands=True, font_size=size, color=theme.MUTED, passport="axis")
            number.next_to(tick, side, buff=layout.GAP_LABEL)
            if axis:
                number.shift([0, start[1] - number.anchor[1], 0])
            self.ticks.add(tick)
            self.numbers.add(number)

    def _add_labels(self, x_label: str, y_label: str, size: float) -> None:
        lowest = min(self.x_axis.get_bottom()[1], self.numbers.get_bottom()[1] if len(self.numbers) else 0.0)
        if x_label:
            words = row_label(x_label, size, theme.TEXT)
            words.shift([self.x_axis.points[-1, 0] - words.get_right()[0], lowest - size / 90 - layout.GAP_LABEL, 0])
            self.labels.add(words)
        if y_label:
            words = row_label(y_label, size, theme.TEXT)
            words.shift([self.y_axis.points[0, 0] - words.get_left()[0], self.y_axis.points[-1, 1] + size / 80, 0])
            self.labels.add(words)


def round_ticks(low: float, high: float, most: int = MOST_TICKS) -> list[float]:
    """Return round numbers from ``low`` to ``high``, at most ``most`` steps of 1, 2 or 5 times a power of ten.

    >>> round_ticks(0, 3.7)
    [0.0, 1.0, 2.0, 3.0]
    """
    if not high > low:
        raise ValueError(f"A range from {low} to {high} was found; expected one that rises.")
    power = 10.0 ** np.floor(np.log10((high - low) / most))
    step = next(step * power for step in ROUND_STEPS if (high - low) / (step * power) <= most + 1e-9 or step == 10)
    slack = 1e-9 * (high - low)
    count = range(int(np.ceil((low - slack) / step)), int(np.floor((high + slack) / step)) + 1)
    return [float(np.round(place * step, 12)) for place in count]


def log_ticks(low: float, high: float) -> list[float]:
    """Return the powers of ten from ``low`` to ``high``, or round numbers where there are fewer than two.

    >>> log_ticks(3, 2000)
    [10.0, 100.0, 1000.0]
    """
    powers = range(int(np.ceil(np.log10(low) - 1e-9)), int(np.floor(np.log10(high) + 1e-9)) + 1)
    step = -(-len(powers) // MOST_TICKS)
    if len(powers) < 2:
        return [place for place in round_ticks(low, high) if place > 0]
    return [float(10.0**power) for power in powers[::step]]


def decimals_of(places: list[float]) -> int:
    """Return how many digits after the point tell numbers exactly, at most 9.

    >>> decimals_of([0.0, 0.25, 0.5])
    2
    """
    return next((digits for digits in range(9) if all(abs(p - round(p, digits)) < 1e-12 for p in places)), 9)


def padded_range(values: ArrayLike, pad: float = 0.05) -> tuple[float, float]:
    """Return a range that holds all values with some room around them; one of length 1 around equal values."""
    low, high = float(np.min(values)), float(np.max(values))
    room = pad * (high - low) or 0.5
    return low - room, high + room


def _checked_range(ends: tuple[float, float], log: bool) -> tuple[float, float]:
    low, high = float(ends[0]), float(ends[1])
    if not (np.isfinite([low, high]).all() and high > low):
        raise ValueError(f"A range from {low} to {high} was found; expected two ordinary numbers that rise.")
    if log and low <= 0:
        raise ValueError(f"A logarithmic range from {low} was found; expected one above zero.")
    return low, high
