"""Measured seconds against the length of a text, with the lines fitted to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import Dot, VGroup

from mobjects import Axes2D, Numeral, layout, spread_apart, theme
from mobjects.counted import in_line
from mobjects.plots import PlotCurve
from mobjects.token_label import row_label
from model.activations import Quantity
from scenes.language import _

MILLI = 1000.0
ROOM = 1.6  # how far the axes reach beyond what was measured
FITTED = "slope of the line fitted to the measured seconds"


class MeasuredDot(Dot):
    """A measured number as a dot; ``value`` and ``passport`` say which."""

    def __init__(self, quantity: Quantity, place: Any, color: str) -> None:
        super().__init__(place, radius=0.09, color=color)
        self.value, self.passport = float(quantity.values), quantity.passport


class TimingChart(VGroup):
    """Milliseconds against tokens, both axes logarithmic: on them a power of the length is a straight line.

    Parameters
    ----------
    lengths : Quantity, shape (length,)
        Tokens.
    seconds : sequence of Quantity, shape (length,)
        One for each part of the network.
    names, colors : sequence of str
        Of these parts.
    """

    def __init__(
        self, lengths: Quantity, seconds: Sequence[Quantity], names: Sequence[str], colors: Sequence[str]
    ) -> None:
        super().__init__()
        xs, times = np.asarray(lengths, dtype=float), [MILLI * np.asarray(one, dtype=float) for one in seconds]
        across, up = ((float(np.min(many)) / ROOM, float(np.max(many)) * ROOM) for many in (xs, times))
        self.axes = Axes2D(across, up, 8.6, 5.2, _("tokens"), _("milliseconds"), x_log=True, y_log=True)
        self.slopes, self.dots, self.lines, self.names = [], VGroup(), VGroup(), VGroup()
        for quantity, ys, color in zip(seconds, times, colors, strict=True):
            slope, start = np.polyfit(np.log(xs), np.log(ys), 1)
            self.slopes.append(float(slope))
            places = self.axes.points_at(xs, ys)
            self.dots.add(VGroup(*(MeasuredDot(quantity[at], place, color) for at, place in enumerate(places))))
            ends = xs[[0, -1]]
            self.lines.add(PlotCurve(self.axes, ends, np.exp(start + slope * np.log(ends)), color, FITTED))
        heights = spread_apart([line.get_end()[1] for line in self.lines], [1.1] * len(self.lines))
        for name, slope, line, height in zip(names, self.slopes, self.lines, heights, strict=True):
            self.names.add(self._name(name, slope, line, height))
        self.add(self.axes, self.lines, self.dots, self.names)

    def _name(self, name: str, slope: float, line: PlotCurve, height: float) -> VGroup:
        """What a line stands for, and how steep it is."""
        color = line.get_stroke_color().to_hex()
        words = row_label(name, theme.FONT_LABEL, color)
        number = Numeral(slope, 2, font_size=theme.FONT_LABEL, color=color, passport=FITTED)
        below = in_line(row_label(_("slope"), theme.FONT_SMALL, theme.MUTED), number, gap=0.8 * layout.GAP_RELATED)
        for part, y in ((words, height + 0.28), (below, height - 0.28)):
            part.shift([line.get_end()[0] + layout.GAP - part.get_left()[0], y, 0])
        return VGroup(words, below)
