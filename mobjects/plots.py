"""Losses over training steps as curves, and the motion that draws a curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import VGroup, VMobject
from manim.constants import LineJointType
from manim.utils.rate_functions import linear

from mobjects import layout, theme
from mobjects.attention_animations import Look, window
from mobjects.axes import Axes2D
from mobjects.bar_chart import checked_numbers
from mobjects.dimming import PartMotion
from mobjects.light import GlowDot
from mobjects.numerals import Floats, Passport, passport_of
from mobjects.spacing import spread_apart
from mobjects.token_label import row_label


class PlotCurve(VMobject):
    """A line through points of a plot; ``xs`` and ``ys`` keep the numbers, ``passport`` where they came from."""

    def __init__(self, axes: Axes2D, xs: Floats, ys: Floats, color: str, passport: Passport = None) -> None:
        super().__init__(stroke_color=color, stroke_width=theme.STROKE_STRONG, joint_type=LineJointType.ROUND)
        self.xs, self.ys, self.passport = xs, ys, passport
        self.set_points_as_corners(axes.points_at(xs, ys))


class LossCurve(VGroup):
    """Losses over training steps, with axes of round numbers; a second curve may join, each named at its end.

    Parameters
    ----------
    steps : float array, shape (n,)
        Rising.
    losses : float array or Quantity, shape (n,)
        In nats a token.
    others : float array or Quantity, shape (n,), optional
        Losses of a second curve, such as on text held out.
    names : sequence of str
        Of the curves.
    x_log, y_log : bool
        Logarithmic axes; steps or losses must then be above zero.
    x_label, y_label : str
    width, height : float
        Of the field between the axes, in manim units.
    font_size : float
        ``theme.FONT_SMALL`` if not given.
    passport : str or tuple, optional
        Declares the losses, instead of a Quantity.

    Raises
    ------
    ValueError
        If steps and losses differ in number or are fewer than two, steps do not rise, or a number is not finite.

    Source
    ------
    A recording of training: "curve.step", "curve.train_loss", "curve.watched_loss".

    Examples
    --------
    >>> from model import recorded
    >>> log = recorded.load("storybook")
    >>> losses = log["curve.train_loss"], log["curve.watched_loss"]
    >>> plot = LossCurve(log["curve.step"], *losses, names=["training", "held out"], font_size=30)
    >>> self.play(FadeIn(plot.axes))
    >>> self.play(DrawCurve(plot, 0))
    >>> self.play(DrawCurve(plot, 1))
    """

    def __init__(
        self,
        steps: Any,
        losses: Any,
        others: Any = None,
        names: Sequence[str] = (),
        x_log: bool = False,
        y_log: bool = False,
        x_label: str = "step",
        y_label: str = "loss",
        width: float = 9.0,
        height: float = 4.6,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        series = [losses] if others is None else [losses, others]
        xs = _checked_steps(steps)
        arrays = [_checked_losses(one, xs) for one in series]
        low, high = min(array.min() for array in arrays), max(array.max() for array in arrays)
        y_range = (low, 1.05 * high) if y_log else (min(low, 0.0), 1.05 * max(high, 0.0) or 1.0)
        axes = Axes2D((xs[0], xs[-1]), y_range, width, height, x_label, y_label, x_log, y_log, font_size=font_size)
        colors = [theme.LOSS, theme.HIGHLIGHT]
        curves = VGroup(
            *(
                PlotCurve(axes, xs, array, color, passport_of(one) if passport is None else passport)
                for one, array, color in zip(series, arrays, colors, strict=False)
            )
        )
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

    def point_at(self, step: float, index: int = 0) -> Floats:
        """Return where a curve is at a step; between two it is on the line that joins them."""
        curve = self.curves[index]
        place: Floats = np.array([self.axes.point_at(step, curve.ys[0])[0], 0.0, 0.0])
        corners = np.vstack([curve.points[0::4], curve.points[-1:]])
        place[1] = np.interp(place[0], corners[:, 0], corners[:, 1])
        return place


class DrawCurve(PartMotion):
    """A curve is drawn from left to right behind a glowing dot, evenly along the horizontal axis.

    Parameters
    ----------
    plot : LossCurve or FunctionPlot
        Its axes should be on the scene; the curve and its name are added.
    index : int
        Which curve.

    Examples
    --------
    >>> plot = FunctionPlot([lambda x: 0.5 * x * (1 + np.tanh(0.8 * x))], (-3, 3), names=["smooth"], font_size=32)
    >>> self.play(FadeIn(plot.axes))
    >>> self.play(DrawCurve(plot))
    """

    def __init__(self, plot: VGroup, index: int = 0, run_time: float | None = None, rate_func=linear, **kwargs) -> None:
        self.curve = plot.curves[index]
        self.words = plot.names[index] if index < len(plot.names) else VGroup()
        self.head = GlowDot(color=self.curve.get_stroke_color().to_hex())
        parts = [self.curve, self.words, self.head]
        super().__init__(
            parts,
            entering=parts,
            leaving=[self.head],
            run_time=theme.TIME_CAMERA if run_time is None else run_time,
            rate_func=rate_func,
            **kwargs,
        )

    def prepare(self) -> None:
        """Note the corners of the whole curve."""
        self.whole = self.curve.points.copy()
        self.corners = np.vstack([self.whole[0::4], self.whole[-1:]])
        self.head_look, self.words_look = Look(self.head), Look(self.words)

    def show_moment(self, time: float) -> None:
        """Draw the curve as far as the head has come."""
        progress = self.rate_func(time)
        x = (1 - progress) * self.corners[0, 0] + progress * self.corners[-1, 0]
        tip = np.array([x, np.interp(x, self.corners[:, 0], self.corners[:, 1]), 0.0])
        drawn = self.corners[self.corners[:, 0] < x]
        if progress == 1:
            self.curve.points = self.whole.copy()
        else:
            self.curve.set_points_as_corners([*drawn, tip] if len(drawn) else [tip, tip])
        self.head_look.show(tip, strength=window(time, 0, 0.05) * (1 - window(time, 0.92, 1)))
        self.words_look.show(strength=window(time, 0.85, 1))


def end_names(names: Sequence[str], curves: VGroup, font_size: float | None) -> VGroup:
    """Return a word beside the right end of each curve, in its colour, apart from each other."""
    pairs = list(zip(names, curves, strict=False))
    words = [row_label(name, font_size, curve.get_stroke_color().to_hex()) for name, curve in pairs]
    ends = [curve.points[-1] for _, curve in pairs]
    room = theme.FONT_SMALL if font_size is None else font_size
    heights = spread_apart([end[1] for end in ends], [room / 60 for _ in ends])
    for word, end, height in zip(words, ends, heights, strict=True):
        word.shift([end[0] + layout.GAP_RELATED - word.get_left()[0], height, 0])
    return VGroup(*words)


def _checked_steps(steps: Any) -> Floats:
    array = checked_numbers(steps)
    if len(array) < 2 or not (np.diff(array) > 0).all():
        raise ValueError(f"{len(array)} steps were found that do not rise; expected at least two that do.")
    return array


def _checked_losses(losses: Any, steps: Floats) -> Floats:
    array = checked_numbers(losses)
    if len(array) != len(steps):
        raise ValueError(f"{len(array)} losses were found for {len(steps)} steps; give one for each.")
    return array
