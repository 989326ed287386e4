"""How often numbers fall into each of many equal bins."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import UP, Line, VGroup

from mobjects import layout, theme
from mobjects.attention_layers import passport_at
from mobjects.axes import Axes2D
from mobjects.bar_chart import checked_numbers
from mobjects.bars import Bar
from mobjects.numerals import Floats, Numeral, Passport
from mobjects.token_label import row_label


class Histogram(VGroup):
    """Columns as high as there are numbers in each bin.

    Parameters
    ----------
    values : float array or Quantity, shape (n,)
        Numbers to be counted; with ``edges``, the counts of the bins.
    edges : float array, shape (n + 1,), optional
        Where bins begin and end, rising.
    bins : int
        How many equal bins, if numbers are to be counted.
    x_range : (float, float), optional
        From where to where numbers are counted; all of them if not given.
    x_label, y_label : str
    color : str
        ``theme.KEY`` if not given.
    width, height : float
        Of the field between the axes, in manim units.
    font_size : float
        ``theme.FONT_SMALL`` if not given.
    passport : str or tuple, optional
        Declares the counts; what is counted here is declared as such.

    Attributes
    ----------
    edges : float array, shape (bins + 1,)

    Raises
    ------
    ValueError
        If there are no numbers, one is not finite, edges do not rise or do not fit, or a count is below zero.

    Source
    ------
    Any numbers; in scenes a Quantity, or a recorded "histogram" with its edges.

    Examples
    --------
    >>> scores = self.quantity("SCORE").values.ravel()
    >>> plot = Histogram(scores, bins=24, x_label="score", y_label="pairs", width=10, font_size=30)
    >>> self.play(GrowBars(plot, lag_ratio=0.02))
    >>> self.play(FadeIn(plot.marker(float(scores.max()), passport="largest score"), shift=0.5 * DOWN))
    """

    def __init__(
        self,
        values: Any,
        edges: Any = None,
        bins: int = 30,
        x_range: tuple[float, float] | None = None,
        x_label: str = "",
        y_label: str = "",
        color: str | None = None,
        width: float = 9.0,
        height: float = 4.0,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        array = checked_numbers(values)
        if edges is None:
            counts, self.edges = np.histogram(array, bins, x_range)
            passport = "count: numbers in a bin" if passport is None else passport
        else:
            counts, self.edges = array, _checked_edges(edges, array)
        self.font_size = theme.FONT_SMALL if font_size is None else font_size
        top = float(counts.max()) or 1.0
        ends = (float(self.edges[0]), float(self.edges[-1]))
        axes = Axes2D(ends, (0.0, 1.05 * top), width, height, x_label, y_label, font_size=font_size)
        bars, unit = VGroup(), axes.y_axis.height / (1.05 * top)
        feet = axes.points_at(self.edges, np.zeros(len(self.edges)))
        for index, count in enumerate(counts):
            thickness = float(feet[index + 1, 0] - feet[index, 0])
            source = passport if edges is None else passport_at(values, index, passport=passport)
            bar = Bar(float(count), unit, thickness, UP, color, index, source)
            bar.set_stroke(theme.BACKGROUND, theme.STROKE_RULE)
            bars.add(bar.shift((feet[index] + feet[index + 1]) / 2))
        self.add(axes, bars)
        self.center()

    @property
    def axes(self) -> Axes2D:
        """The axes."""
        return self.submobjects[0]

    @property
    def frame(self) -> Axes2D:
        """The axes, as what stands around the bars."""
        return self.submobjects[0]

    @property
    def items(self) -> VGroup:
        """The bars from left to right."""
        return self.submobjects[1]

    @property
    def values(self) -> Floats:
        """The counts shown."""
        return np.array([bar.value for bar in self.items])

    def bin_of(self, value: float) -> int:
        """Return which bin holds a number; the last bin holds its upper edge, too."""
        if not self.edges[0] <= value <= self.edges[-1]:
            raise ValueError(f"{value} was asked for; the bins reach from {self.edges[0]:.4g} to {self.edges[-1]:.4g}.")
        return min(int(np.searchsorted(self.edges, value, side="right")) - 1, len(self.items) - 1)

    def marker(self, value: Any, decimals: int = 1, name: str = "", passport: Passport = None) -> VGroup:
        """Return an upright line at a number of the horizontal axis, with the number, or a name, above it."""
        self.bin_of(float(value))
        axes = self.axes
        foot = axes.point_at(float(value), 0.0)
        head = np.array([foot[0], axes.y_axis.points[-1, 1], 0.0])
        line = Line(foot, head, color=theme.HIGHLIGHT, stroke_width=theme.STROKE_STRONG)
        number = Numeral(value, decimals, font_size=self.font_size, color=theme.HIGHLIGHT, passport=passport)
        words = row_label(name, self.font_size, theme.HIGHLIGHT) if name else number
        return VGroup(line, words.next_to(line, UP, buff=layout.GAP_LABEL))


def _checked_edges(edges: Any, counts: Floats) -> Floats:
    array = checked_numbers(edges)
    if len(array) != len(counts) + 1 or not (np.diff(array) > 0).all():
        raise ValueError(f"{len(array)} edges were found for {len(counts)} bins; expected one more, rising.")
    if counts.min() < 0:
        raise ValueError(f"A count of {counts.min():.3g} was found; expected none below zero.")
    return array
