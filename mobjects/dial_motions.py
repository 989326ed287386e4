"""Motion of dials: they appear, and they turn to other numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manim import VGroup, VMobject

from mobjects import theme
from mobjects.dials import TIP, DialMachine, checked_table, closed
from mobjects.dimming import PartMotion
from mobjects.numerals import Floats, Numbers

# A streak: from where to where in radii, how long a moment it shows (share of a turn, at its start), and its light.
STREAK, STREAK_MOMENT, STREAK_OPACITY, STREAK_SAMPLES = (0.25, TIP), 0.3, 0.45, 10


class TurnDials(PartMotion):
    """The dials of a wall turn to other numbers, one after another, with a streak behind each needle.

    Parameters
    ----------
    machine : DialMachine or Dial
    values : float array or Quantity, shape (rows, columns)
        Where to end; given to the machine as it is.
    lag : float
        Share of the run time that passes until the last dial starts.

    Raises
    ------
    ValueError
        If the values are not of the wall's shape.

    Examples
    --------
    >>> history = self.quantity("CKPT")
    >>> machine = DialMachine(history[0][0:3, 0:4], scale=theme.value_scale(history[7]), width=9)
    >>> self.play(FadeIn(machine))
    >>> for moment in (2, 5, 7):
    ...     self.play(TurnDials(machine, history[moment][0:3, 0:4]))
    """

    def __init__(
        self, machine: DialMachine, values: Numbers, lag: float = 0.4, run_time: float | None = None, **kwargs
    ) -> None:
        self.machine, self.goal, self.lag = machine, values, lag
        goal = checked_table(values, machine.MAX_DIALS)
        if goal.shape != machine.table_shape:
            raise ValueError(f"Values of shape {goal.shape} were found; the wall has dials {machine.table_shape}.")
        self.streaks = VGroup(*(VMobject(stroke_width=0, fill_opacity=0) for _ in machine.needles))
        super().__init__(
            [*self.streaks, *machine.needles],
            entering=[self.streaks],
            leaving=[self.streaks],
            run_time=theme.TIME_SLOW if run_time is None else run_time,
            **kwargs,
        )

    def prepare(self) -> None:
        """Note what the dials show at both ends of the motion."""
        self.first, self.passports = self.machine.values.ravel(), self.machine.passports
        self.last = checked_table(self.goal, self.machine.MAX_DIALS).ravel()

    def show_moment(self, time: float) -> None:
        """Turn each dial as far as it is."""
        starts = self.lag * np.linspace(0, 1, len(self.first))
        moments = np.clip((time - starts) / (1 - self.lag), 0, 1)
        progress = eased(self.rate_func, moments)
        if (progress == 1).all():
            self.machine.set_values(self.goal)
        else:
            shown = (1 - progress) * self.first + progress * self.last
            self.machine.set_values(shown.reshape(self.machine.table_shape))
            if not progress.any():
                self.machine.passports = self.passports
        self._trail(progress, eased(self.rate_func, moments - STREAK_MOMENT * (1 - moments)))

    def _trail(self, progress: Floats, before: Floats) -> None:
        """Fill the sector that each needle has just passed; it fades as the needle comes to rest."""
        machine = self.machine
        now, then = (machine.turns((1 - share) * self.first + share * self.last) for share in (progress, before))
        middles, rights, ups = machine.frames()
        angles = np.linspace(then, now, STREAK_SAMPLES, axis=1)[..., None]
        rays = np.sin(angles) * rights[:, None] + np.cos(angles) * ups[:, None]
        inner, outer = (middles[:, None] + reach * rays for reach in STREAK)
        outlines = closed(np.concatenate([inner, outer[:, ::-1]], axis=1))
        for streak, needle, outline, angle in zip(self.streaks, machine.needles, outlines, now - then, strict=True):
            streak.points = outline if abs(angle) > 1e-3 else np.zeros((0, 3))
            streak.set_fill(needle.get_fill_color(), STREAK_OPACITY)


class PopDials(PartMotion):
    """Dials appear one after another, each growing in its place.

    Parameters
    ----------
    machine : DialMachine
        Added to the scene.
    lag : float
        Share of the run time that passes until the last dial starts.

    Examples
    --------
    >>> machine = DialMachine(self.quantity("WQ")[0:4, 0:8])
    >>> self.play(PopDials(machine))
    """

    def __init__(self, machine: DialMachine, lag: float = 0.6, run_time: float | None = None, **kwargs) -> None:
        self.machine, self.lag = machine, lag
        duration = theme.TIME_SLOW if run_time is None else run_time
        super().__init__([machine.faces, *machine.needles], entering=[machine], run_time=duration, **kwargs)

    def prepare(self) -> None:
        """Note where everything is."""
        self.middles = self.machine.frames()[0]
        self.faces = self.machine.faces.points.copy()
        self.needles = [needle.points.copy() for needle in self.machine.needles]

    def show_moment(self, time: float) -> None:
        """Scale each dial as far as it is."""
        starts = self.lag * np.linspace(0, 1, len(self.needles))
        progress = eased(self.rate_func, (time - starts) / (1 - self.lag))
        faces = self.faces.reshape(len(self.needles), -1, 3) - self.middles[:, None]
        done = bool((progress == 1).all())
        scaled = (faces * progress[:, None, None] + self.middles[:, None]).reshape(-1, 3)
        self.machine.faces.points = self.faces.copy() if done else scaled
        for needle, points, middle, size in zip(
            self.machine.needles, self.needles, self.middles, progress, strict=True
        ):
            needle.points = points.copy() if done else (points - middle) * size + middle


def eased(rate_func: Callable[[float], float], moments: Floats) -> Floats:
    """Return how far motions are at some moments, each cut to 0 to 1."""
    return np.array([rate_func(float(moment)) for moment in np.clip(moments, 0, 1)])
