"""How far dot products of queries and keys stray from zero, by how many products of entries are added up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Checkpoint
from model.forward import run
from model.recording import history

Floats = NDArray[np.float64]


def texts(checkpoint: Checkpoint, prompts: Sequence[str]) -> list[list[int]]:
    """Token ids of some prompts, and of the held-out passage of the network's recording if it has one."""
    found = list(prompts)
    try:
        found.append(str(history.of(checkpoint).facts["passage"]))
    except ValueError:
        pass
    return [checkpoint.tokenizer.encode(prompt)[: checkpoint.config.block_size] for prompt in found]


def products(checkpoint: Checkpoint, layer: int, head: int, ids: Sequence[list[int]]) -> Floats:
    """Entry times entry of every query and every key it may see, axes (pair, d_head); rows add up to q.k."""
    parts = []
    for sentence in ids:
        activations = run(checkpoint, sentence)
        queries, keys = (activations[letter, layer].at(head=head).values for letter in "qk")
        parts.append(_paired(queries, keys))
    return np.concatenate(parts)


def untrained_products(checkpoint: Checkpoint, layer: int, ids: Sequence[list[int]]) -> Floats:
    """The same for the picked head's tables as they were before training, offsets zero, fed with today's columns.

    Raises
    ------
    ValueError
        If the network's training was not recorded.
    """
    tables = history.head(history.of(checkpoint))
    parts = []
    for sentence in ids:
        columns = run(checkpoint, sentence)["ln1.normalized", layer].values
        queries, keys = (columns @ tables[name][0].values.T for name in ("W_Q", "W_K"))
        parts.append(_paired(queries, keys))
    return np.concatenate(parts)


def sums(terms: Floats, count: int) -> Floats:
    """Sums of ``count`` neighbouring terms each, shape (n,); what does not fill a group is left out."""
    pairs, size = terms.shape
    groups = size // count
    added: Floats = terms[:, : groups * count].reshape(pairs, groups, count).sum(axis=2).ravel()
    return added


def _paired(queries: NDArray[np.floating], keys: NDArray[np.floating]) -> Floats:
    asking, answering = np.tril_indices(len(queries))
    return np.asarray(queries[asking] * keys[answering], dtype=float)
