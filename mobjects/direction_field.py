"""One direction, drawn everywhere in a space at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import VMobject
from numpy.typing import NDArray

from mobjects import theme
from mobjects.arcs import UNITS_PER_STROKE
from mobjects.light import taper
from mobjects.numerals import Floats
from mobjects.space_plot import SpacePlot

STROKES = 300
# Of a stroke, in lengths of the plot's longest vector.
LENGTH = 0.3
# What is farthest is so much thinner than what is nearest.
FARTHEST = 0.35
# Places along a needle where its outline has corners.
PLACES = np.array([0.2, 0.5, 0.8])


class DirectionField(VMobject):
    """Short parallel strokes through the space of a plot, as a single shape: one direction, wherever one is.

    Parameters
    ----------
    plot : SpacePlot
        Whose space it fills, as it is seen now; after a turn, ``draw`` it again.
    direction : float array, shape (d,)
        As the plot's vectors; only where it points matters.
    count : int
        How many strokes; 200 to 500 fill a space.
    color : str
        ``theme.HIGHLIGHT`` if not given.

    Attributes
    ----------
    middles : float array, shape (count, 3)
        Of the strokes, evenly scattered through the space.
    moments : float array, shape (count,)
        One number each, 0 to 1: when it flashes.

    Raises
    ------
    ValueError
        If the direction is not as long as the plot's vectors, or has no shadow there, or there are no strokes.

    Examples
    --------
    >>> words = "king queen man woman boy girl".split()
    >>> table, ids = self.quantity("EMB"), [self.checkpoint.tokenizer.encode(f" {word}")[0] for word in words]
    >>> plot = SpacePlot([table[token] for token in ids], words, theme.TEXT, yaw=-140)
    >>> plot.add_difference(0, 1)
    >>> field = DirectionField(plot, plot.values[1] - plot.values[0]).set_opacity(theme.OPACITY_HALF)
    >>> self.add(plot)
    >>> self.play(FadeIn(field))
    """

    def __init__(self, plot: SpacePlot, direction: Any, count: int = STROKES, color: str | None = None) -> None:
        super().__init__(stroke_width=0, fill_opacity=1, color=theme.HIGHLIGHT if color is None else color)
        if count < 1:
            raise ValueError(f"{count} strokes were asked for; expected at least one.")
        self.step = LENGTH * plot.longest * _shadow(plot, direction)
        spots = scattered(count, 2 if plot.flat else 3)
        self.middles = plot.longest * np.pad(spots[:, :-1], ((0, 0), (0, 4 - spots.shape[1])))
        self.moments = spots[:, -1]
        self.draw(plot, np.zeros(count), np.ones(count))

    def draw(self, plot: SpacePlot, tails: Floats, heads: Floats) -> DirectionField:
        """Draw each stroke from its share ``tails`` to its share ``heads``, (count,) of 0 to 1, as it is seen now."""
        starts = plot.place(self.middles + (tails - 0.5)[:, None] * self.step)
        ends = plot.place(self.middles + (heads - 0.5)[:, None] * self.step)
        near = 1.0 if plot.flat else FARTHEST + (1 - FARTHEST) * np.clip((starts[:, 2] + 1) / 2, 0, 1)
        self.points = needles(starts[:, :2], ends[:, :2], theme.STROKE_BOX * UNITS_PER_STROKE * near * (heads - tails))
        return self


def needles(starts: Floats, ends: Floats, widths: Floats) -> Floats:
    """Return the outline of thin strokes (n, 2) with pointed ends, ``widths`` (n,) wide in the middle."""
    along = ends - starts
    lengths = np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.column_stack([-along[:, 1], along[:, 0]]) / lengths * widths[:, None] / 2
    places, bulge = PLACES[None, :, None], taper(PLACES)[None, :, None]
    spine, side = starts[:, None] + places * along[:, None], bulge * across[:, None]
    corners = np.concatenate([starts[:, None], spine + side, ends[:, None], (spine - side)[:, ::-1]], axis=1)
    following = np.roll(corners, -1, axis=1)
    curves = np.stack([corners, (2 * corners + following) / 3, (corners + 2 * following) / 3, following], axis=2)
    return np.pad(curves.reshape(-1, 2), ((0, 0), (0, 1)))


def scattered(count: int, axes: int) -> Floats:
    """Return ``count`` points of a disc or a ball of radius 1, and a number of 0 to 1 for each: (count, axes + 1).

    Always the same ones, spread more evenly than chance would: the sequence of J. H. Halton (1960).
    """
    indices = np.arange(1, 4 * count + 16)
    points = np.column_stack([_radical_inverse(indices, prime) for prime in (2, 3, 5, 7)[: axes + 1]])
    points[:, :axes] = 2 * points[:, :axes] - 1
    return points[np.linalg.norm(points[:, :axes], axis=1) < 1][:count]


def _radical_inverse(indices: NDArray[np.intp], base: int) -> Floats:
    """Return whole numbers with their digits mirrored at the point: 6, which is 110 in base 2, becomes 0.011."""
    mirrored, weight, rest = np.zeros(len(indices)), 1.0, indices
    while rest.any():
        weight /= base
        mirrored += weight * (rest % base)
        rest = rest // base
    return mirrored


def _shadow(plot: SpacePlot, direction: Any) -> Floats:
    """Return a direction as a unit vector (3,) of the plot's space."""
    array = np.asarray(direction, dtype=float)
    if array.shape != plot.values.shape[1:] or not np.isfinite(array).all():
        raise ValueError(f"A direction of shape {array.shape} was found; expected {plot.values.shape[1:]}, finite.")
    drawn = plot.shadow(array)[0]
    length = np.linalg.norm(drawn)
    if not length > 1e-9 * float(np.linalg.norm(array)):
        raise ValueError("A direction without a shadow was found; expected one that the drawn axes show.")
    return drawn / length
