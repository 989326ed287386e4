"""Angles between directions: what was measured, what chance gives, and what no arrangement can beat. No torch.

In few dimensions only few directions are nearly at right angles; room grows with dimension, but never past the Welch
bound. ``recorded.load("orthogonality")`` has arrangements that were optimised for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating[Any]]

NEAR_PARALLEL = 30.0  # degrees from 0 or 180


def pair_angles(vectors: ArrayLike) -> Array:
    """The angle of every pair, in degrees, 0 to 180; shape (count * (count - 1) / 2,).

    Parameters
    ----------
    vectors : float array, shape (vector, dimension)
        Any lengths but 0.
    """
    table = np.asarray(vectors, dtype=np.float64)
    units = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = (units @ units.T)[np.triu_indices(len(units), 1)]
    return np.asarray(np.degrees(np.arccos(np.clip(cosines, -1, 1))))


@dataclass(frozen=True)
class Spread:
    """How nearly all pairs are at right angles; angles in degrees.

    Attributes
    ----------
    rms_cosine, rms_deviation : float
        Root mean square over pairs, of the cosine and of the angle's distance from 90.
    worst_cosine, worst_deviation : float
        The largest of either, without its sign.
    within_one_degree, near_parallel : float
        Share of pairs within 1 of 90; within 30 of 0 or 180 (0 to 1).
    """

    rms_cosine: float
    rms_deviation: float
    worst_cosine: float
    worst_deviation: float
    within_one_degree: float
    near_parallel: float


def spread(angles: ArrayLike) -> Spread:
    """Sum up the angles of all pairs (degrees)."""
    deviation = np.abs(np.asarray(angles, dtype=np.float64) - 90)
    cosine = np.sin(np.radians(deviation))
    return Spread(
        rms_cosine=float(np.sqrt((cosine**2).mean())),
        rms_deviation=float(np.sqrt((deviation**2).mean())),
        worst_cosine=float(cosine.max()),
        worst_deviation=float(deviation.max()),
        within_one_degree=float((deviation <= 1).mean()),
        near_parallel=float((deviation >= 90 - NEAR_PARALLEL).mean()),
    )


def histogram(angles: ArrayLike) -> NDArray[np.int64]:
    """How many pairs fall into each degree from 0 to 180, shape (degree,): nothing lies outside the picture."""
    return np.histogram(np.asarray(angles), bins=180, range=(0, 180))[0]


def welch(count: int, dimensions: int) -> float:
    """What no ``count`` directions can beat: the smallest root-mean-square, hence largest, cosine over pairs.

    sqrt((n - d) / (d (n - 1))), and 0 as long as they can all be at right angles. L. Welch 1974, "Lower bounds on the
    maximum cross correlation of signals", IEEE Transactions on Information Theory 20(3).
    """
    if count <= dimensions:
        return 0.0
    return math.sqrt((count - dimensions) / (dimensions * (count - 1)))


def fits_at_most(dimensions: int, slack: float) -> int | None:
    """How many directions can pairwise be within ``slack`` degrees of 90, at most; None where Welch sets no limit."""
    square = math.sin(math.radians(slack)) ** 2
    if dimensions * square >= 1:
        return None
    return math.floor(dimensions * (1 - square) / (1 - dimensions * square) + 1e-9)


def fits_at_least(dimensions: int, slack: float) -> float:
    """How many directions certainly fit, as a logarithm to base 10 (there may be very many).

    At least ``dimensions``; and as long as the directions already there, each shutting out what is too close to it or
    to its opposite, leave any room, one more can be added: so 1 / P certainly fit, where P is the chance that a random
    direction is more than ``slack`` degrees off the right angle to a given one (Gilbert-Varshamov).
    """
    edges = np.linspace(0, math.radians(90 - slack), 200_001)
    places = (edges[1:] + edges[:-1]) / 2
    logs = (dimensions - 2) * np.log(np.sin(places))
    log_chance = (
        _log_scale(dimensions) + math.log(2 * edges[1]) + logs.max() + math.log(np.exp(logs - logs.max()).sum())
    )
    return max(math.log10(dimensions), -float(log_chance) / math.log(10))


def angle_density(dimensions: int, degrees: ArrayLike) -> Array:
    """Probability per degree that two random directions meet at an angle: proportional to sin(angle)^(d - 2)."""
    sines = np.sin(np.radians(np.asarray(degrees, dtype=np.float64)))
    return np.asarray(math.exp(_log_scale(dimensions)) * sines ** (dimensions - 2) * math.pi / 180)


def random_deviation(dimensions: int) -> float:
    """Root-mean-square distance from 90 of the angle of two random directions, in degrees."""
    degrees = (np.arange(180_000) + 0.5) / 1000
    weights = angle_density(dimensions, degrees)
    return float(np.sqrt((weights * (degrees - 90) ** 2).sum() / weights.sum()))


def _log_scale(dimensions: int) -> float:
    """The logarithm of what makes the density of the angle, in radians, integrate to 1."""
    if dimensions < 2:
        raise ValueError(f"directions turn in at least 2 dimensions; found {dimensions}")
    return math.lgamma(dimensions / 2) - math.lgamma((dimensions - 1) / 2) - math.log(math.pi) / 2
