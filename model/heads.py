"""What every head does on held-out text, measured."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import words
from model.checkpoint import Checkpoint
from model.forward import run

WINDOWS, WINDOW = 150, 48


@dataclass(frozen=True)
class HeadScore:
    """What one head does on held-out text; shares are means over queries, 0 to 1; entropy in nats.

    ``describing`` is the share a naming word gives to the describing words right before it, ``previous`` to the token
    before, ``first`` to the first token, ``same`` to earlier copies of itself, ``induction`` to tokens that followed
    an earlier copy.
    """

    layer: int
    head: int
    describing: float
    previous: float
    first: float
    same: float
    induction: float
    entropy: float


def score_heads(checkpoint: Checkpoint, held_out: NDArray[np.integer[Any]]) -> list[HeadScore]:
    """Every head, measured on ``WINDOWS`` windows spread evenly over held-out ids."""
    length = min(WINDOW, checkpoint.config.block_size)
    starts = np.linspace(0, len(held_out) - length, WINDOWS).astype(int)
    n_layer, n_head = checkpoint.config.n_layer, checkpoint.config.n_head
    sums = {
        name: np.zeros((n_layer, n_head)) for name in HeadScore.__dataclass_fields__ if name not in ("layer", "head")
    }
    counts = dict.fromkeys(sums, 0.0)
    for start in starts:
        ids = [int(i) for i in held_out[start : start + length]]
        activations = run(checkpoint, ids)
        pattern = np.stack([activations["pattern", layer].values for layer in range(n_layer)])  # (L, H, T, S)
        for name, weights in _targets(ids, checkpoint).items():
            queries = weights.any(axis=1)
            sums[name] += (pattern[:, :, queries] * weights[queries]).sum(axis=(2, 3))
            counts[name] += queries.sum()
        entropy = -(pattern * np.log(np.maximum(pattern, 1e-12))).sum(-1)
        sums["entropy"] += entropy.sum(-1)
        counts["entropy"] += length
    means = {name: total / max(1.0, counts[name]) for name, total in sums.items()}
    return [
        HeadScore(layer, head, **{name: round(float(mean[layer, head]), 4) for name, mean in means.items()})
        for layer, head in itertools.product(range(n_layer), range(n_head))
    ]


def _targets(ids: list[int], checkpoint: Checkpoint) -> dict[str, NDArray[np.float64]]:
    """For each behaviour, which keys count for which query: 0/1, shape (query, key)."""
    length = len(ids)
    kinds = [words.kind(piece) for piece in checkpoint.tokenizer.pieces(ids)]
    targets = {name: np.zeros((length, length)) for name in ("describing", "previous", "first", "same", "induction")}
    for query in range(1, length):
        targets["previous"][query, query - 1] = 1
        targets["first"][query, 0] = 1
        for key in range(query):
            targets["same"][query, key] = ids[key] == ids[query]
            targets["induction"][query, key] = key > 0 and ids[key - 1] == ids[query]
        key = query - 1
        while kinds[query] == "naming" and key >= 0 and kinds[key] == "describing":
            targets["describing"][query, key] = 1
            key -= 1
    return targets
