"""The mathematics of a turning space: which axes to draw, how it is seen, and labels that keep out of each other's way.

Arrays only; :mod:`mobjects.space_plot` draws them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mobjects import layout
from mobjects.numerals import Floats, Passport, passport_of

MOST = 64
# Labels start to make room for each other when this close, in manim units, so that none ever jumps.
MARGIN = 0.35
STEPS = 40
# Labels stand rather beside a tip than above it: there they can make room without covering it.
SIDEWAYS = np.array([1.0, 0.5])


def checked_vectors(vectors: Any) -> Floats:
    """Return vectors as floats (n, d), or refuse what cannot be drawn."""
    try:
        array = np.asarray([np.asarray(row, dtype=float) for row in vectors], dtype=float)
    except (TypeError, ValueError):
        raise ValueError("Vectors of different lengths were found; expected (n, d).") from None
    if array.ndim != 2 or not 1 <= len(array) <= MOST or array.shape[1] < 2:
        raise ValueError(
            f"Vectors of shape {array.shape} were found; expected (n, d), 1 to {MOST} of at least two numbers."
        )
    if not np.isfinite(array).all():
        raise ValueError("Values that are not finite were found; expected ordinary numbers in every vector.")
    return array


def row_passports(vectors: Any, count: int) -> list[Passport]:
    """Return where each vector comes from; None for plain arrays."""
    return [passport_of(vectors[place]) for place in range(count)]


def principal_axes(values: Floats, count: int = 3) -> Floats:
    """Return the ``count`` directions, shape (count, d), along which vectors (n, d) spread most.

    Each is a unit vector whose largest entry is positive.
    """
    centred = values - values.mean(axis=0) if len(values) > 1 else values
    _, _, axes = np.linalg.svd(centred, full_matrices=True)
    axes = axes[:count]
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    return axes * signs[:, None]


def upright_axes(basis: ArrayLike, size: int) -> Floats:
    """Return chosen directions as unit vectors at right angles: of each, what the ones before it do not have.

    Raises
    ------
    ValueError
        If there are not two or three of them, of ``size`` numbers each, or they do not span a plane or a space.
    """
    rows = np.asarray(basis, dtype=float)
    if rows.ndim != 2 or len(rows) not in (2, 3) or rows.shape[1] != size:
        raise ValueError(f"A basis of shape {rows.shape} was found; expected (2, {size}) or (3, {size}).")
    if not np.isfinite(rows).all() or np.linalg.matrix_rank(rows) < len(rows):
        raise ValueError("Directions that depend on each other were found; expected ones that span a plane or a space.")
    axes, sizes = np.linalg.qr(rows.T)
    return axes.T * np.sign(np.diag(sizes))[:, None]


def share_kept(values: Floats, axes: Floats) -> float:
    """Return the share of the variance of vectors (n, d) that their shadow on unit axes keeps, 0 to 1.

    Of a single vector, or of equal ones, it is the share of the squared length.

    >>> share_kept(np.array([[3.0, 0.0], [0.0, 4.0], [-3.0, 0.0], [0.0, -4.0]]), np.array([[1.0, 0.0]]))
    0.36
    """
    spread = values - values.mean(axis=0)
    if not (spread**2).sum() > 0:
        spread = values
    whole = (spread**2).sum()
    return float(((spread @ axes.T) ** 2).sum() / whole) if whole > 0 else 1.0


def view(yaw: float, pitch: float) -> Floats:
    """Return the rotation (3, 3) that takes a point of space to the screen: right, up, and towards the viewer.

    Parameters
    ----------
    yaw : float
        Degrees the space has turned about its vertical axis, the second.
    pitch : float
        Degrees the viewer looks down from.
    """
    turn, tilt = np.radians(yaw), np.radians(pitch)
    about_vertical = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    from_above = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    return from_above @ about_vertical


def beyond_tips(feet: Floats, tips: Floats, sizes: Floats, gap: float) -> Floats:
    """Return where labels of ``sizes`` (n, 2) stand, just beyond the tips (n, 2) of arrows from ``feet``."""
    along = (tips - feet) * SIDEWAYS
    # Of a very short arrow the direction means little: its label stays near the tip.
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), gap)
    return tips + along * (gap + (np.abs(along) * sizes / 2).sum(axis=1, keepdims=True))


def parted(centers: Floats, sizes: Floats, gap: float = layout.GAP_TIGHT) -> Floats:
    """Return how far labels move up or down, shape (n,), so that none overlaps another; those in no one's way stay.

    Parameters
    ----------
    centers, sizes : float array, shape (n, 2)
        Middles, and widths and heights.
    gap : float
        Space kept between two.
    """
    if len(centers) < 2:
        return np.zeros(len(centers))
    order = np.lexsort((np.arange(len(centers)), centers[:, 1]))
    centers, sizes = centers[order], sizes[order]
    wide, high = ((sizes[:, None, axis] + sizes[None, :, axis]) / 2 + gap for axis in (0, 1))
    apart = np.abs(centers[:, None, 0] - centers[None, :, 0])
    # How far label i has to be above label j, i above j; 0 if one passes beside the other.
    needed = np.tril(high * np.clip((wide + MARGIN - apart) / MARGIN, 0, 1), -1)
    heights = centers[:, 1].copy()
    for _ in range(STEPS):
        lack = np.where(needed > 0, np.maximum(needed - (heights[:, None] - heights[None, :]), 0), 0)
        pairs = np.maximum((lack > 0).sum(axis=1) + (lack > 0).sum(axis=0), 1)
        heights += (lack.sum(axis=1) - lack.sum(axis=0)) / (2 * pairs)
    for place in range(1, len(heights)):
        below = needed[place] > 0
        heights[place] = max(heights[place], np.max((heights + needed[place])[below], initial=-np.inf))
    moves = np.empty(len(heights))
    moves[order] = heights - centers[:, 1]
    return moves
