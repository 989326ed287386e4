"""Features as directions: what the toy model of superposition learned, measured. No torch.

A network with fewer dimensions than features gives each feature a direction (a row of ``W``); it reads a feature back
by the dot product with that direction. From Elhage et al. 2022, "Toy Models of Superposition", Transformer Circuits.
``recorded.load("superposition")`` has the learned ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating[Any]]

REPRESENTED = 0.5


def reconstruct(directions: ArrayLike, offsets: ArrayLike, features: ArrayLike) -> Array:
    """What the toy model makes of some features: squeezed into few dimensions, then read back.

    Parameters
    ----------
    directions : float array, shape (feature, dimension)
        ``W``, transposed as the paper writes it.
    offsets : float array, shape (feature,)
        ``b``.
    features : float array, shape (..., feature)
        Strengths, 0 to 1; most are 0 when features are sparse.

    Returns
    -------
    float array, shape (..., feature)
        ReLU(x W Wᵀ + b).
    """
    table = np.asarray(directions)
    squeezed = np.asarray(features) @ table  # (..., dimension)
    return np.asarray(np.maximum(squeezed @ table.T + np.asarray(offsets), 0))


def overlaps(directions: ArrayLike) -> Array:
    """Dot product of every two features' directions, shape (..., feature, feature); the diagonal is squared length."""
    table = np.asarray(directions)
    return np.asarray(table @ table.swapaxes(-1, -2))


def represented(directions: ArrayLike) -> NDArray[np.bool_]:
    """Whether a feature has a direction to speak of: length above 0.5 (a faithful one has about 1).

    The threshold is ours; trained lengths lie near 0 or near 1. Shape (..., feature).
    """
    return np.asarray(np.linalg.norm(np.asarray(directions), axis=-1) > REPRESENTED)


def dimensionality(directions: ArrayLike) -> Array:
    """How much of a dimension each feature has for itself, 0 to 1; shape (..., feature).

    1 for a direction that no other shares, 1/2 for each of a pair of opposites, 2/5 for each of a five-pointed star.
    A feature without a direction has 0. Elhage et al. 2022, "The Geometry of Superposition": the squared length
    divided by the summed squares of every feature's projection onto this one.
    """
    table = np.asarray(directions, dtype=np.float64)
    lengths = np.linalg.norm(table, axis=-1)  # (..., feature)
    units = table / np.maximum(lengths, 1e-12)[..., None]
    projections = units @ table.swapaxes(-1, -2)  # (..., feature, other)
    return np.asarray(lengths**2 / np.maximum((projections**2).sum(-1), 1e-12) * represented(directions))
