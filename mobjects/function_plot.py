"""Functions as curves, with dots that slide along them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import Circle, VGroup
from numpy.typing import ArrayLike

from mobjects import theme
from mobjects.attention_layers import passport_at
from mobjects.axes import Axes2D, padded_range
from mobjects.bar_chart import checked_numbers
from mobjects.dimming import PartMotion
from mobjects.numerals import Floats, Passport
from mobjects.plots import PlotCurve, end_names

SAMPLES = 200
DOT_RADIUS = 0.1


class CurveDot(Circle):
    """A dot on a curve; ``value`` is its x, ``passport`` where that came from."""

    def __init__(self, value: float, color: str, passport: Passport = None) -> None:
        super().__init__(DOT_RADIUS, fill_color=color, fill_opacity=1, stroke_color=theme.BACKGROUND, stroke_width=1)
        self.value, self.passport = float(value), passport


class FunctionPlot(VGroup):
    """Functions as curves on axes through zero, with dots that can slide along them.

    Parameters
    ----------
    functions : sequence of callables
        Each takes and returns a float array.
    x_range : (float, float)
    y_range : (float, float), optional
        All values of the functions if not given.
    names : sequence of str
        Written at the right end of each curve.
    colors : sequence of str, optional
        One per function; ``theme.MLP``, then ``theme.HIGHLIGHT`` if not given.
    width, height : float
        Of the field, in manim units.
    font_size : float
        ``theme.FONT_SMALL`` if not given.

    Raises
    ------
    ValueError
        If there are no functions or one is not finite on the range.

    Examples
    --------
    >>> plot = FunctionPlot([lambda x: np.maximum(x, 0)], (-5, 5), names=["ReLU"], font_size=32)
    >>> self.play(FadeIn(plot.axes), DrawCurve(plot))
    >>> neurons = self.quantity("PRE")[1, 701:713]
    >>> dots = plot.dots(np.zeros(12), passport="start")
    >>> self.add(dots)
    >>> self.play(SlideDots(plot, dots, neurons))
    """

    def __init__(
        self,
        functions: Sequence[Callable[[Floats], Floats]],
        x_range: tuple[float, float],
        y_range: tuple[float, float] | None = None,
        names: Sequence[str] = (),
        colors: Sequence[str] | None = None,
        width: float = 9.0,
        height: float = 5.0,
        font_size: float | None = None,
    ) -> None:
        super().__init__()
        self.functions = tuple(functions)
        if not self.functions:
            raise ValueError("No functions were found; expected at least one to draw.")
        # With zero among the samples, a kink there is sharp.
        xs = np.union1d(np.linspace(*x_range, SAMPLES), [0.0] if x_range[0] < 0 < x_range[1] else [])
        arrays = [checked_numbers(function(xs)) for function in self.functions]
        axes = Axes2D(
            x_range,
            padded_range(arrays) if y_range is None else y_range,
            width,
            height,
            through_zero=True,
            font_size=font_size,
        )
        inks = [theme.MLP, theme.HIGHLIGHT] if colors is None else list(colors)
        curves = VGroup(*(PlotCurve(axes, xs, array, inks[index % len(inks)]) for index, array in enumerate(arrays)))
        self.add(axes, curves, end_names(names, curves, font_size))
        self.center()

    @property
    def axes(self) -> Axes2D:
        """The axes."""
        return self.submobjects[0]

    @property
    def curves(self) -> VGroup:
        """The lines."""
        return self.submobjects[1]

    @property
    def names(self) -> VGroup:
        """The words at the ends of the curves, as many as were given."""
        return self.submobjects[2]

    def points_at(self, xs: ArrayLike, index: int = 0) -> Floats:
        """Return where a curve is at each x, shape (n, 3)."""
        places = np.asarray(xs, dtype=float)
        return self.axes.points_at(places, self.functions[index](places))

    def dots(self, xs: Any, index: int = 0, passport: Passport = None) -> VGroup:
        """Return a dot on a curve at each x; those outside the range stand outside the field."""
        array = checked_numbers(xs)
        dots = VGroup()
        for place, (value, point) in enumerate(zip(array, self.points_at(array, index), strict=True)):
            dots.add(CurveDot(value, theme.HIGHLIGHT, passport_at(xs, place, passport=passport)).move_to(point))
        return dots


class SlideDots(PartMotion):
    """Dots slide along a curve to other places.

    Parameters
    ----------
    plot : FunctionPlot
    dots : VGroup
        From ``plot.dots``.
    xs : float array or Quantity, shape (n,)
        Where they end.
    index : int
        Which curve.
    passport : str or tuple, optional
        Declares the places, instead of a Quantity.

    Examples
    --------
    >>> plot = FunctionPlot([lambda x: np.maximum(x, 0)], (-5, 5), names=["ReLU"], font_size=32)
    >>> dots = plot.dots(np.linspace(-4, 4, 9), passport="chosen for the example")
    >>> self.add(plot, dots)
    >>> self.play(SlideDots(plot, dots, self.quantity("PRE")[1, 701:710]))
    """

    AFRESH = True

    def __init__(
        self, plot: FunctionPlot, dots: VGroup, xs: Any, index: int = 0, passport: Passport = None, **kwargs
    ) -> None:
        self.plot, self.dots, self.index = plot, dots, index
        self.goal = checked_numbers(xs)
        if len(self.goal) != len(dots):
            raise ValueError(f"{len(self.goal)} places were found for {len(dots)} dots; give one for each.")
        self.passports = [passport_at(xs, place, passport=passport) for place in range(len(dots))]
        kwargs.setdefault("run_time", theme.TIME_SLOW)
        super().__init__(list(dots), **kwargs)

    def prepare(self) -> None:
        """Note where the dots are."""
        self.start = np.array([dot.value for dot in self.dots])
        self.from_passports = [dot.passport for dot in self.dots]

    def show_moment(self, time: float) -> None:
        """Stand each dot on the curve at its x of this moment."""
        progress = self.rate_func(time)
        values = (1 - progress) * self.start + progress * self.goal
        sources = {0.0: self.from_passports, 1.0: self.passports}.get(progress, [None] * len(values))
        places = self.plot.points_at(values, self.index)
        for dot, value, place, source in zip(self.dots, values, places, sources, strict=True):
            dot.move_to(place)
            dot.value, dot.passport = float(value), source
