"""Strokes and glows: lines that end in nothing, soft dots, brackets that open, a heartbeat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Circle, CubicBezier, Mobject, VGroup, VMobject
from manim.utils.rate_functions import there_and_back
from numpy.typing import ArrayLike

from mobjects import theme
from mobjects.arcs import UNITS_PER_STROKE, tapered
from mobjects.dimming import PartMotion, leaves_of
from mobjects.numerals import Floats

SAMPLES = 129
# The width along a stroke is sin(pi s) to this power, s from 0 to 1: long thin ends on a full body.
TAPER = 0.6
# Reach and light of the discs of a glowing dot, from the outermost to the core, as shares of the whole.
GLOW_LAYERS = ((1.0, 0.08), (0.78, 0.12), (0.58, 0.22), (0.4, 1.0))
HEARTBEAT = 1.05


class TaperedStroke(VMobject):
    """A line or curve whose width grows from nothing to its middle and back to nothing, as one filled shape.

    ``Create`` draws it from its first point on, ``ShowPassingFlash`` sends it along itself as a light.

    Parameters
    ----------
    points : float array, shape (n, 2) or (n, 3)
        What it runs along, in manim units; at least two.
    stroke_width : float
        In the middle; ``theme.STROKE_STRONG`` if not given.
    color : str
        ``theme.RULE`` if not given.

    Raises
    ------
    ValueError
        If there are fewer than two points, all are the same, or one is not finite.

    Examples
    --------
    >>> heading = label("Attention", size=theme.FONT_TITLE).shift(1.5 * UP)
    >>> rule = TaperedStroke([(-4, 0.8), (4, 0.8)], color=theme.HIGHLIGHT)
    >>> wave = TaperedStroke([(x, np.sin(2 * x) - 1.2) for x in np.linspace(-5, 5, 99)], 5, color=theme.KEY)
    >>> self.add(heading)
    >>> self.play(Create(rule), Create(wave), run_time=2)
    """

    def __init__(self, points: ArrayLike, stroke_width: float | None = None, color: str | None = None) -> None:
        super().__init__(stroke_width=0, fill_opacity=1, color=theme.RULE if color is None else color)
        thickness = (theme.STROKE_STRONG if stroke_width is None else stroke_width) * UNITS_PER_STROKE
        self.set_points(tapered(evenly(checked_path(points), SAMPLES), thickness * taper(np.linspace(0, 1, SAMPLES))))

    @property
    def spine(self) -> Floats:
        """The middle line as drawn now, shape (n, 3)."""
        left, right = self._sides()
        return (left + right) / 2

    def pointwise_become_partial(self, vmobject: VMobject, a: float, b: float) -> TaperedStroke:
        """Show the stretch from ``a`` to ``b`` of another stroke, 0 to 1, with ends as thin."""
        if a <= 0 and b >= 1:
            self.points = vmobject.points.copy()
            return self
        left, right = vmobject._sides()
        spine, thickness = (left + right) / 2, np.linalg.norm(left - right, axis=1).max()
        places = np.linspace(max(a, 0), max(min(b, 1), a + 1e-6), SAMPLES)
        grid = np.linspace(0, 1, len(spine))
        part = np.stack([np.interp(places, grid, axis) for axis in spine.T], axis=1)
        # A short stretch is thinner, so that a stroke begins as a point and not as a blob.
        body = min(1.0, 4 * (places[-1] - places[0]))
        self.points = tapered(part, body * thickness * taper(np.linspace(0, 1, SAMPLES)))
        return self

    def _sides(self) -> tuple[Floats, Floats]:
        corners = np.vstack([self.points[0::4], self.points[-1:]])
        half = len(corners) // 2
        return corners[:half], corners[half:][::-1]


class GlowDot(VGroup):
    """A soft dot: four translucent discs over each other, bright in the middle and fading outwards.

    Parameters
    ----------
    point : float array, shape (2,) or (3,)
        The middle.
    radius : float
        How far the light reaches, in manim units; the core has two fifths of it.
    color : str
        ``theme.HIGHLIGHT`` if not given.

    Raises
    ------
    ValueError
        If the radius is not above zero.

    Examples
    --------
    >>> roles = [theme.QUERY, theme.KEY, theme.VALUE, theme.UPDATE]
    >>> dots = VGroup(*(GlowDot((2.5 * x, 0), radius=0.9, color=role) for x, role in enumerate(roles))).center()
    >>> self.play(LaggedStart(*(GrowFromCenter(dot) for dot in dots), lag_ratio=0.25))
    """

    def __init__(
        self, point: Sequence[float] = (0.0, 0.0, 0.0), radius: float = 0.25, color: str | None = None
    ) -> None:
        super().__init__()
        if not radius > 0:
            raise ValueError(f"A radius of {radius} was found; expected a reach above zero.")
        ink = theme.HIGHLIGHT if color is None else color
        for reach, light in GLOW_LAYERS:
            self.add(Circle(radius * reach, stroke_width=0, fill_color=ink, fill_opacity=light))
        self.shift(_in_space([point])[0])

    @property
    def core(self) -> Circle:
        """The bright disc in the middle."""
        return self.submobjects[-1]


class CurlyBracket(VGroup):
    """Two S-shaped curves from one point to two far ones: what belongs to a point, opened wide.

    Parameters
    ----------
    point : float array, shape (2,) or (3,)
        Where both start.
    first, second : float array, shape (2,) or (3,)
        Where they end. Curves leave and arrive in the direction from the point to the middle of these two.
    color : str
        ``theme.RULE`` if not given.
    stroke_width : float
        ``theme.STROKE_BOX`` if not given.

    Raises
    ------
    ValueError
        If the point lies half-way between the two, where no direction leads on.

    Examples
    --------
    >>> whole, first, last = (TokenRow(cut) for cut in (self.pieces[:4], self.pieces[:2], self.pieces[2:4]))
    >>> halves = VGroup(first, last).arrange(DOWN, buff=2, aligned_edge=LEFT)
    >>> self.add(VGroup(whole, halves).arrange(RIGHT, buff=2.5)[0])
    >>> start, *ends = whole.get_right() + 0.1 * RIGHT, *(half.get_left() + 0.1 * LEFT for half in halves)
    >>> bracket = CurlyBracket(start, *ends, color=theme.HIGHLIGHT)
    >>> self.play(Create(bracket, lag_ratio=0), FadeIn(halves, shift=0.25 * RIGHT))
    """

    def __init__(
        self,
        point: Sequence[float],
        first: Sequence[float],
        second: Sequence[float],
        color: str | None = None,
        stroke_width: float | None = None,
    ) -> None:
        super().__init__()
        start, *ends = _in_space([point, first, second])
        along = (ends[0] + ends[1]) / 2 - start
        length = np.linalg.norm(along)
        if length < 1e-6:
            raise ValueError("A point half-way between the two ends was found; expected it to one side of them.")
        style = {
            "stroke_color": theme.RULE if color is None else color,
            "stroke_width": theme.STROKE_BOX if stroke_width is None else stroke_width,
        }
        for end in ends:
            lead = along * ((end - start) @ along) / length**2 / 2
            self.add(CubicBezier(start, start + lead, end - lead, end, **style))


class Pulse(PartMotion):
    """A heartbeat: something grows by a twentieth and is as it was, in its own colours.

    Parameters
    ----------
    mobject : Mobject
        Added to the scene if it is not there.
    scale : float
        Its size at the height of the beat, in sizes at rest.

    Examples
    --------
    >>> row = TokenRow(self.pieces).tint(self.pick.query, theme.HIGHLIGHT)
    >>> self.add(row)
    >>> self.play(Pulse(row.tokens[self.pick.query], scale=1.25))
    """

    def __init__(
        self,
        mobject: Mobject,
        scale: float = HEARTBEAT,
        run_time: float | None = None,
        rate_func=there_and_back,
        **kwargs,
    ) -> None:
        if not scale > 0:
            raise ValueError(f"A scale of {scale} was found; expected a size above zero.")
        self.beating, self.scale = mobject, scale
        super().__init__(leaves_of([mobject]), entering=[mobject], run_time=run_time, rate_func=rate_func, **kwargs)

    def prepare(self) -> None:
        """Note where the parts are."""
        self.center = self.beating.get_center()
        self.rest = [(leaf, leaf.points) for leaf in leaves_of([self.beating])]

    def show_moment(self, time: float) -> None:
        """Stretch the parts about the middle; at rest they have their very points."""
        size = 1 + (self.scale - 1) * self.rate_func(time)
        for leaf, points in self.rest:
            leaf.points = points if size == 1 else self.center + size * (points - self.center)


def taper(places: Floats) -> Floats:
    """Return the width along a stroke at ``places`` from 0 to 1, as a share of its widest.

    >>> [round(float(width), 2) for width in taper(np.array([0, 0.1, 0.5, 1]))]
    [0.0, 0.49, 1.0, 0.0]
    """
    return np.sin(np.pi * np.clip(places, 0, 1)).clip(0) ** TAPER


def evenly(path: Floats, count: int) -> Floats:
    """Return ``count`` points at equal distances along a path (n, 3); its ends stay."""
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    places = np.concatenate([[0], np.cumsum(steps)]) / steps.sum()
    return np.stack([np.interp(np.linspace(0, 1, count), places, axis) for axis in path.T], axis=1)


def checked_path(points: ArrayLike) -> Floats:
    """Return points in the plane or in space as (n, 3), or refuse what is no path."""
    path = _in_space(points)
    if len(path) < 2 or not np.ptp(path, axis=0).max() > 0:
        raise ValueError(f"{len(path)} points were found, at one place; expected a path from here to there.")
    return path


def _in_space(points: ArrayLike) -> Floats:
    array = np.asarray(points, dtype=float)
    if array.ndim != 2 or array.shape[1] not in (2, 3):
        raise ValueError(f"Points of shape {array.shape} were found; expected (n, 2) or (n, 3).")
    if not np.isfinite(array).all():
        raise ValueError("Points that are not finite were found; expected places in manim units.")
    return np.pad(array, ((0, 0), (0, 3 - array.shape[1])))
