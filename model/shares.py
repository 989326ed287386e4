"""From logits to one token: temperature, top-k, top-p, and a dart thrown at a strip of shares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def at_temperature(logits: NDArray[np.floating[Any]], temperature: float) -> NDArray[np.float32]:
    """Shares along the last axis, of logits divided by the temperature (0: everything to the likeliest).

    Computed in float64, then rounded to float32.
    """
    if temperature == 0:
        return np.asarray(np.arange(logits.shape[-1]) == logits.argmax(-1, keepdims=True), np.float32)
    distance = np.asarray(logits, np.float64) - logits.max(-1, keepdims=True)  # at most 0: no overflow when cold
    with np.errstate(over="ignore"):  # close to 0, distances become infinite and shares exactly 0
        exponentials = np.exp(distance / temperature)
    return np.asarray(exponentials / exponentials.sum(-1, keepdims=True), np.float32)


def keep_likeliest(
    probabilities: NDArray[np.float32], top_k: int | None = None, top_p: float | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Ids left after the cuts, the likeliest first (of equals, the lower id), and their shares of what is left.

    Parameters
    ----------
    probabilities : float32 array, shape (vocab,)
        Shares that sum to 1.
    top_k : int, optional
        Keep at most so many tokens.
    top_p : float, optional
        Then keep the likeliest until they reach this share of what is left; the one that reaches it stays.

    Returns
    -------
    kept_ids : int array, shape (kept,)
        At least one; tokens without any share are left out.
    shares : float32 array, shape (kept,)
        They sum to 1, up to rounding.

    Source
    ------
    top-k: Fan, Lewis and Dauphin 2018, "Hierarchical Neural Story Generation"; top-p: Holtzman et al. 2020, "The
    Curious Case of Neural Text Degeneration".
    """
    order = np.argsort(-probabilities, kind="stable")[:top_k]
    order = order[probabilities[order] > 0]
    shares = probabilities[order].astype(np.float64)
    if top_p is not None:
        mass_before = np.concatenate([[0], np.cumsum(shares / shares.sum())[:-1]])
        enough = max(1, int((mass_before < top_p).sum()))
        order, shares = order[:enough], shares[:enough]
    return order, (shares / shares.sum()).astype(np.float32)


def strip(shares: NDArray[np.float32]) -> NDArray[np.float64]:
    """Limits of the segments when shares lie side by side: one more than shares, the first 0, the last exactly 1."""
    limits = np.concatenate([[0.0], np.cumsum(shares, dtype=np.float64)])
    return np.asarray(limits / limits[-1])


def place_on_strip(shares: NDArray[np.float32], draw: float) -> int:
    """Which segment a number from 0 up to, not including, 1 points at."""
    return int(np.searchsorted(strip(shares), draw, side="right")) - 1
