"""How the angles among many vectors are spread."""

from __future__ import annotations

from typing import Any

import numpy as np

from mobjects.histogram import Histogram
from mobjects.numerals import Floats, Numbers

MOST = 2048


class AngleHistogram(Histogram):
    """How many pairs of vectors stand at which angle, from 0° to 180°: in many dimensions, nearly all near 90°.

    Parameters
    ----------
    vectors : float array or Quantity, shape (n, d)
        2 to 2048, none of them zero; every pair is counted.
    bins : int
        How many equal bins.
    x_range : (float, float)
        Degrees from where to where pairs are counted.
    **options
        As for :class:`mobjects.histogram.Histogram`: color, width, height, labels, font_size, passport.

    Raises
    ------
    ValueError
        If there are fewer than two vectors or too many, one is zero or not finite.

    Source
    ------
    Any vectors; in scenes rows of the embedding. Recorded counts with their edges go into a Histogram as they are.

    Examples
    --------
    >>> words = np.asarray(self.quantity("EMB"))[300:812]
    >>> plot = AngleHistogram(words, bins=90, width=10, font_size=30)
    >>> self.play(GrowBars(plot, lag_ratio=0.01))
    """

    def __init__(
        self, vectors: Numbers, bins: int = 60, x_range: tuple[float, float] = (0.0, 180.0), **options: Any
    ) -> None:
        words = {"x_label": "degrees between two", "y_label": "pairs", "passport": "count: pairs in a bin"} | options
        super().__init__(pair_angles(vectors), bins=bins, x_range=x_range, **words)


def pair_angles(vectors: Numbers) -> Floats:
    """Return the angle of every pair of vectors (n, d), in degrees, shape (n * (n - 1) / 2,).

    >>> pair_angles([(1, 0), (0, 2), (-3, 0)])
    array([ 90., 180.,  90.])
    """
    rows = np.asarray(vectors, dtype=float)
    if rows.ndim != 2 or not 2 <= len(rows) <= MOST or not np.isfinite(rows).all():
        raise ValueError(f"Vectors of shape {rows.shape} were found; expected (n, d), 2 to {MOST} of finite numbers.")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (lengths > 0).all():
        raise ValueError("A vector of zeros was found; expected vectors that have a direction.")
    cosines = (rows / lengths) @ (rows / lengths).T
    angles: Floats = np.degrees(np.arccos(np.clip(cosines[np.triu_indices(len(rows), 1)], -1, 1)))
    return angles
