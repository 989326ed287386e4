"""Labels along a line, moved apart until none overlaps another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mobjects.numerals import Floats


def spread_apart(centers: ArrayLike, lengths: ArrayLike, gap: float = 0.0) -> Floats:
    """Return new centres, in the same order along the line, so that no two intervals are closer than ``gap``.

    Together they move as little as possible (the sum of the squared moves is least).

    Parameters
    ----------
    centers : float array, shape (n,)
        Where each would like to stand.
    lengths : float array, shape (n,)
        How much room each takes.
    gap : float
        Least distance between neighbours.

    Examples
    --------
    >>> spread_apart([0.0, 0.2, 3.0], [1.0, 1.0, 1.0]).tolist()
    [-0.4, 0.6, 3.0]
    """
    places, sizes = np.asarray(centers, dtype=float), np.asarray(lengths, dtype=float)
    if places.shape != sizes.shape or places.ndim != 1:
        raise ValueError(f"{places.size} centres and {sizes.size} lengths were found; give one length per centre.")
    order = np.argsort(places, kind="stable")
    steps = (sizes[order][1:] + sizes[order][:-1]) / 2 + gap
    offsets = np.concatenate([[0.0], np.cumsum(steps)])[: len(order)]
    result = np.empty_like(places)
    result[order] = _rising(places[order] - offsets) + offsets
    return result


def _rising(wanted: Sequence[float] | Floats) -> Floats:
    """Return the never falling sequence closest to ``wanted``: neighbours that fall are pooled to their mean.

    Source: M. Ayer and others, 1955, "An Empirical Distribution Function for Sampling with Incomplete Information".
    """
    pools: list[tuple[float, int]] = []
    for value in wanted:
        mean, count = float(value), 1
        while pools and pools[-1][0] > mean:
            before, size = pools.pop()
            mean, count = (before * size + mean * count) / (size + count), size + count
        pools.append((mean, count))
    return np.repeat([mean for mean, _ in pools], [count for _, count in pools])
