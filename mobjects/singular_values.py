"""The singular values of a map, as bars; those beyond its rank are zero, a flat tail."""

from __future__ import annotations

import numpy as np
from manim import LEFT, UP, Line, VGroup
from manim.utils.rate_functions import linear, smooth

from mobjects import layout, theme
from mobjects.attention_animations import Look, staggered, window
from mobjects.attention_layers import passport_at
from mobjects.bars import Bar
from mobjects.counted import checked_numbers
from mobjects.dimming import PartMotion
from mobjects.numerals import Floats, Numbers, Numeral, Passport

# Of the room a bar has, what it fills.
BAR_SHARE = 0.8


class SingularValues(VGroup):
    """The singular values of a map, largest first, one bar each, and a flat line for all that are exactly zero.

    Parameters
    ----------
    values : float array or Quantity, shape (rank,)
        From the largest on, none below zero.
    size : int, optional
        How many singular values the map has; those not given are zero. As many as given if not given.
    width, height : float
        Room of all values, and of the largest, in manim units.
    color : str
        ``theme.UPDATE`` if not given.
    decimals : int
        Of the number at the first bar.
    passport : str or tuple, optional
        Declares the values, instead of a Quantity.

    Raises
    ------
    ValueError
        If values grow, are below zero, not finite, all zero, or more than ``size``.

    Source
    ------
    Singular values of a matrix, e.g. ``numpy.linalg.svd(matrix, compute_uv=False)``.

    Examples
    --------
    >>> spectrum = SingularValues(self.quantity("SVOV"), size=self.checkpoint.config.n_embd)
    >>> rank = BraceCount(spectrum.bars, 32, words="above zero", font_size=24, passport="count: singular values")
    >>> rest = BraceCount(spectrum.tail, 224, words="exactly zero", font_size=24, passport="count: singular values")
    >>> self.play(GrowSingularValues(spectrum))
    >>> self.play(GrowBraces(rank, rest))
    """

    def __init__(
        self,
        values: Numbers,
        size: int | None = None,
        width: float = 11.0,
        height: float = 3.5,
        color: str | None = None,
        decimals: int = 2,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        array = _checked_spectrum(values, size)
        self.size = len(array) if size is None else size
        pitch, ink = width / self.size, theme.UPDATE if color is None else color
        bars = VGroup()
        for place, value in enumerate(array):
            source = passport_at(values, place, passport=passport)
            bar = Bar(value, height / array[0], BAR_SHARE * pitch, UP, ink, place, source)
            bars.add(bar.set_stroke(width=0).shift([(place + 0.5) * pitch, 0, 0]))
        tail = VGroup()
        if self.size > len(array):
            start = len(array) * pitch
            tail.add(Line([start, 0, 0], [width, 0, 0], stroke_width=theme.STROKE_STRONG, color=ink))
        top = Numeral(array[0], decimals, "never", color=ink, passport=passport_at(values, 0, passport=passport))
        top.next_to(bars[0].tip, UP, buff=layout.GAP_LABEL).align_to(bars[0], LEFT)
        self.add(bars, tail, top)
        self.center()

    @property
    def bars(self) -> VGroup:
        """One per value given, each with its ``value`` and ``passport``."""
        return self.submobjects[0]

    @property
    def tail(self) -> VGroup:
        """The line of zeros; empty if there are none."""
        return self.submobjects[1]

    @property
    def number(self) -> Numeral:
        """The largest value, over its bar."""
        return self.submobjects[2]

    @property
    def values(self) -> Floats:
        """The values given."""
        return np.array([bar.value for bar in self.bars])


class GrowSingularValues(PartMotion):
    """Bars grow from the largest on, then the tail runs out to the right.

    Parameters
    ----------
    spectrum : SingularValues

    Examples
    --------
    >>> self.play(GrowSingularValues(SingularValues(self.quantity("SVOV"), size=64)))
    """

    GROW, RUN = (0.0, 0.6), (0.55, 1.0)

    def __init__(self, spectrum: SingularValues, run_time: float | None = None, **kwargs) -> None:
        self.spectrum = spectrum
        super().__init__(
            [spectrum],
            entering=[spectrum],
            run_time=theme.TIME_SLOW if run_time is None else run_time,
            rate_func=linear,
            **kwargs,
        )

    def prepare(self) -> None:
        """Read where everything stands."""
        self.shapes = [(bar, bar.base.copy(), bar.points.copy()) for bar in self.spectrum.bars]
        self.lines = [(line, line.get_edge_center(LEFT), line.points.copy()) for line in self.spectrum.tail]
        self.number_look = Look(self.spectrum.number)

    def show_moment(self, time: float) -> None:
        """Draw bars, tail and number as they are at ``time``."""
        grow, run = window(time, *self.GROW), smooth(window(time, *self.RUN))
        for index, (bar, base, points) in enumerate(self.shapes):
            grown = smooth(staggered(grow, index, len(self.shapes)))
            bar.points = (points - base) * [1, grown, 1] + base
        for line, start, points in self.lines:
            line.points = (points - start) * run + start
        self.number_look.show(strength=window(grow, 0.3, 0.5))


def _checked_spectrum(values: Numbers, size: int | None) -> Floats:
    array = checked_numbers(values, ("rank",))
    if array.min() < 0 or (np.diff(array) > 0).any() or not array[0] > 0:
        raise ValueError("Singular values that are below zero, grow or are all zero were found; largest first, please.")
    if size is not None and size < len(array):
        raise ValueError(f"{len(array)} values were found for a map that has {size}; expected at most as many.")
    return array
