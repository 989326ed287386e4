"""A tally of letter pairs: what a memory of one letter can know without any training."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def count_pairs(ids: NDArray[np.integer], vocab_size: int) -> NDArray[np.int64]:
    """How often each letter follows each: shape (letter, next_letter)."""
    counts = np.zeros((vocab_size, vocab_size), dtype=np.int64)
    np.add.at(counts, (ids[:-1], ids[1:]), 1)
    return counts


def add_one_table(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Logarithms of the followers' probabilities, every pair counted once more than it was seen; (letter, next_letter).

    The one more keeps pairs that were never seen from being impossible.
    """
    smoothed = counts + 1.0
    table: NDArray[np.float64] = np.log(smoothed / smoothed.sum(axis=1, keepdims=True))
    return table


def table_loss(log_probabilities: NDArray[np.float64], ids: NDArray[np.integer]) -> float:
    """Mean loss over all pairs of a text, nats a letter."""
    return float(-log_probabilities[ids[:-1], ids[1:]].mean())


def conditional_entropy(counts: NDArray[np.int64]) -> float:
    """How unsure the next letter is once one letter is known, nats: the least any table of pairs can lose there."""
    followers = counts.sum(axis=1, keepdims=True)
    seen = counts > 0
    shares = np.divide(counts, followers, where=seen, out=np.ones(counts.shape))
    return float(-(counts * np.log(shares)).sum() / counts.sum())
