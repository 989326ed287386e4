"""Motion in a turning space: it turns, arrows grow, a direction flashes up everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim.utils.rate_functions import linear, smooth

from mobjects import theme
from mobjects.dimming import PartMotion, leaf_alphas, leaves_of, paint_leaf
from mobjects.direction_field import STROKES, DirectionField
from mobjects.numerals import Floats
from mobjects.space_plot import SpaceMark, SpacePlot

# Labels are fitted anew every so many degrees of a turn, and glide in between.
DEGREES = 4.0
SPEED = 3.0
# A label starts to show at this share of the growth of its arrow.
LABEL_SHOWS = 0.5
# A flash takes this share of the whole, and its light is as long as the stroke.
FLASH = 0.3


class TurnSpace(PartMotion):
    """A space turns about its vertical axis; labels stay upright and glide out of each other's way.

    Parameters
    ----------
    plot : SpacePlot
        Need not be on the scene as a whole; nothing is added.
    yaw : float, optional
        Degrees to end at, with easing.
    speed : float
        Degrees per second if there is no ``yaw``: a steady drift, 1 to 5.

    Raises
    ------
    ValueError
        If the plot is a flat plane.

    Examples
    --------
    >>> words = "king queen prince princess red green blue white".split()
    >>> table, ids = self.quantity("EMB"), [self.checkpoint.tokenizer.encode(f" {word}")[0] for word in words]
    >>> plot = SpacePlot([table[token] for token in ids], words, 4 * [theme.QUERY] + 4 * [theme.VALUE], yaw=90)
    >>> self.add(plot)
    >>> self.play(TurnSpace(plot, yaw=190), run_time=4)
    """

    def __init__(
        self, plot: SpacePlot, yaw: float | None = None, speed: float = SPEED, rate_func=None, **kwargs
    ) -> None:
        if plot.flat:
            raise ValueError("A flat plane was found; expected vectors of three or more numbers, that can turn.")
        self.plot, self.goal, self.speed = plot, yaw, speed
        easing = (linear if yaw is None else smooth) if rate_func is None else rate_func
        kwargs.setdefault("run_time", theme.TIME_DRIFT if yaw is None else theme.TIME_FLOW)
        super().__init__(leaves_of([plot]), rate_func=easing, **kwargs)

    def prepare(self) -> None:
        """Fit the labels at some moments of the turn."""
        self.start = self.plot.yaw
        self.end = self.start + self.speed * self.run_time if self.goal is None else self.goal
        stops = int(np.ceil(abs(self.end - self.start) / DEGREES)) + 1
        self.stops = np.linspace(0, 1, max(stops, 2))
        self.moves = np.array([self._nudges(stop) for stop in self.stops])

    def _nudges(self, progress: float) -> Floats:
        self.plot.yaw = self._yaw(progress)
        return self.plot.label_nudges()

    def _yaw(self, progress: float) -> float:
        return (1 - progress) * self.start + progress * self.end

    def show_moment(self, time: float) -> None:
        """Turn the space as far as it is at a moment."""
        progress = self.rate_func(time)
        self.plot.nudges = np.array([np.interp(progress, self.stops, moves) for moves in self.moves.T])
        self.plot.turn(self._yaw(progress))

    def clean_up_from_scene(self, scene) -> None:
        """From now on labels find their places themselves again."""
        super().clean_up_from_scene(scene)
        self.plot.nudges = None
        self.plot.redraw()


class GrowVectors(PartMotion):
    """Arrows grow from their feet to their tips, one after another, and their labels appear.

    Parameters
    ----------
    plot : SpacePlot
        May turn or change at the same time.
    marks : sequence of int or SpaceMark, optional
        Which vectors (0-based), or which arrows of ``plot.differences``; all vectors, and the plot with them, if not
        given.

    Examples
    --------
    >>> words = "king queen man woman boy girl".split()
    >>> table, ids = self.quantity("EMB"), [self.checkpoint.tokenizer.encode(f" {word}")[0] for word in words]
    >>> plot = SpacePlot([table[token] for token in ids], words, theme.TEXT, yaw=-140)
    >>> self.add(plot)
    >>> self.play(GrowVectors(plot, [plot.add_difference(0, 1), plot.add_difference(2, 3), plot.add_difference(4, 5)]))
    """

    def __init__(
        self,
        plot: SpacePlot,
        marks: Sequence[int | SpaceMark] | None = None,
        lag_ratio: float = theme.LAG_WORDS,
        run_time: float | None = None,
        **kwargs,
    ) -> None:
        self.plot = plot
        chosen = range(len(plot.arrows)) if marks is None else marks
        self.marks = [plot.arrows[mark] if isinstance(mark, int) else mark for mark in chosen]
        self.texts: list[Any] = [plot.labels[mark] if isinstance(mark, int) else None for mark in chosen]
        if not self.marks:
            raise ValueError("No arrows were given; expected at least one to grow.")
        parts = [*self.marks, *(text for text in self.texts if text is not None)]
        super().__init__(
            leaves_of(parts),
            entering=[plot] if marks is None else parts,
            lag_ratio=lag_ratio,
            run_time=theme.TIME_SLOW if run_time is None else run_time,
            **kwargs,
        )

    def prepare(self) -> None:
        """Note how bright the labels are."""
        self.lights = [
            [] if text is None else [(leaf, leaf_alphas(leaf)) for leaf in leaves_of([text])] for text in self.texts
        ]

    def show_moment(self, time: float) -> None:
        """Draw each arrow as far as it has grown."""
        for place, (mark, lights) in enumerate(zip(self.marks, self.lights, strict=True)):
            mark.grown = float(np.clip(self.get_sub_alpha(time, place, len(self.marks)), 0, 1))
            for leaf, alphas in lights:
                paint_leaf(leaf, alphas, np.clip((mark.grown - LABEL_SHOWS) / (1 - LABEL_SHOWS), 0, 1))
        self.plot.redraw()


class FlashDirection(PartMotion):
    """A direction flashes up everywhere in a space: hundreds of short parallel lights, each in its own moment.

    Parameters
    ----------
    plot : SpacePlot
        May turn at the same time.
    direction : float array, shape (d,)
        As the plot's vectors; only where it points matters.
    count : int
        How many lights; 200 to 500 fill a space. All are one shape.
    color : str
        ``theme.HIGHLIGHT`` if not given.

    Examples
    --------
    >>> words = "king queen man woman boy girl".split()
    >>> table, ids = self.quantity("EMB"), [self.checkpoint.tokenizer.encode(f" {word}")[0] for word in words]
    >>> plot = SpacePlot([table[token] for token in ids], words, theme.TEXT, yaw=-140)
    >>> plot.add_difference(0, 1)
    >>> self.add(plot)
    >>> self.play(FlashDirection(plot, plot.values[1] - plot.values[0]), TurnSpace(plot, run_time=4))
    """

    def __init__(
        self,
        plot: SpacePlot,
        direction: Any,
        count: int = STROKES,
        color: str | None = None,
        run_time: float | None = None,
        rate_func=linear,
        **kwargs,
    ) -> None:
        self.plot, self.field = plot, DirectionField(plot, direction, count, color)
        super().__init__(
            [self.field],
            entering=[self.field],
            leaving=[self.field],
            run_time=theme.TIME_FLOW if run_time is None else run_time,
            rate_func=rate_func,
            **kwargs,
        )

    def show_moment(self, time: float) -> None:
        """Draw each light where it is on its stroke."""
        progress = (self.rate_func(time) - (1 - FLASH) * self.field.moments) / FLASH
        self.field.draw(self.plot, np.clip(2 * progress - 1, 0, 1), np.clip(2 * progress, 0, 1))
