"""What every head does on held-out text, measured."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import words
from model.checkpoint import Checkpoint
from model.forward import run
from model.probing.relations import FEMININE, HE, MASCULINE, SHE

WINDOWS, WINDOW = 150, 48
BEHAVIOURS = ("describing", "previous", "first", "same", "induction", "pronoun")
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class HeadScore:
    """What one head does on held-out text.

    Attributes
    ----------
    layer, head : int
        0-based.
    describing : float
        Share (mean over the queries it can be asked of, 0 to 1; so are the next five) that a naming word gives to the
        describing words right before it.
    previous : float
        Share given to the token before.
    first : float
        Share given to the first token.
    same : float
        Share given to earlier copies of the token itself.
    induction : float
        Share given to tokens that followed an earlier copy.
    pronoun : float
        Share that he, him, his, she, her give to the earlier people they may stand for, by the word lists of
        ``model.probing.relations``.
    entropy : float
        Mean entropy of the shares, in nats; 0 is a head that looks at a single token.
    distance : float
        Mean distance looked back, in tokens.
    """

    layer: int
    head: int
    describing: float
    previous: float
    first: float
    same: float
    induction: float
    pronoun: float
    entropy: float
    distance: float


MEASURES = tuple(field.name for field in fields(HeadScore) if field.name not in ("layer", "head"))


def score_heads(checkpoint: Checkpoint, held_out: Sequence[int] | NDArray[np.integer[Any]]) -> list[HeadScore]:
    """Every head, measured on ``WINDOWS`` windows of ``WINDOW`` tokens spread evenly over held-out ids.

    A behaviour that no token of the text can be asked about scores 0.
    """
    tables = _measure(checkpoint, windows(checkpoint, held_out))
    n_layer, n_head = checkpoint.config.n_layer, checkpoint.config.n_head
    return [
        HeadScore(layer, head, **{name: round(float(table[layer, head]), 4) for name, table in tables.items()})
        for layer, head in itertools.product(range(n_layer), range(n_head))
    ]


def even_share(checkpoint: Checkpoint, held_out: Sequence[int] | NDArray[np.integer[Any]]) -> dict[str, float]:
    """What a head that spreads its attention evenly would score on the same windows, for each behaviour."""
    totals = {name: np.zeros(2) for name in BEHAVIOURS}
    for ids in windows(checkpoint, held_out):
        pattern = np.tril(np.ones((len(ids), len(ids)))) / np.arange(1, len(ids) + 1)[:, None]
        for name, wanted in targets(ids, checkpoint).items():
            asked = wanted.any(axis=1)
            totals[name] += (pattern * wanted)[asked].sum(), asked.sum()
    return {name: float(total / max(1.0, count)) for name, (total, count) in totals.items()}


def windows(checkpoint: Checkpoint, ids: Sequence[int] | NDArray[np.integer[Any]]) -> list[list[int]]:
    """The stretches of a text that heads are measured on; a text shorter than a stretch is a single one."""
    length = min(WINDOW, checkpoint.config.block_size, len(ids))
    starts = np.linspace(0, len(ids) - length, min(WINDOWS, len(ids) - length + 1)).astype(int)
    return [[int(index) for index in ids[start : start + length]] for start in starts]


def _measure(checkpoint: Checkpoint, texts: Iterable[list[int]]) -> dict[str, Numbers]:
    """Mean of every measure over the texts, each of shape (layer, head)."""
    n_layer, n_head = checkpoint.config.n_layer, checkpoint.config.n_head
    sums = {name: np.zeros((n_layer, n_head)) for name in MEASURES}
    counts = dict.fromkeys(MEASURES, 0.0)
    for ids in texts:
        activations = run(checkpoint, ids)
        pattern = np.stack([activations["pattern", layer].values for layer in range(n_layer)])  # (L, H, T, S)
        for name, wanted in targets(ids, checkpoint).items():
            queries = wanted.any(axis=1)
            sums[name] += (pattern[:, :, queries] * wanted[queries]).sum(axis=(2, 3))
            counts[name] += queries.sum()
        sums["entropy"] -= (pattern * np.log(np.maximum(pattern, 1e-12))).sum(axis=(2, 3))
        sums["distance"] += (pattern * _distances(len(ids))).sum(axis=(2, 3))
        for name in ("entropy", "distance"):
            counts[name] += len(ids)
    return {name: total / max(1.0, counts[name]) for name, total in sums.items()}


def _distances(length: int) -> Numbers:
    """How many tokens a key lies before a query, shape (query, key)."""
    return np.subtract.outer(np.arange(length), np.arange(length)).astype(np.float64)


def targets(ids: list[int], checkpoint: Checkpoint) -> dict[str, Numbers]:
    """For each behaviour, which keys count for which query: 0 or 1, shape (query, key)."""
    length, pieces = len(ids), checkpoint.tokenizer.pieces(ids)
    earlier = np.tril(np.ones((length, length)), -1)
    equal = np.equal.outer(ids, ids) * earlier
    after_equal = np.zeros((length, length))
    after_equal[:, 1:] = equal[:, :-1]
    first = np.zeros((length, length))
    first[1:, 0] = 1
    return {
        "describing": _describing(pieces),
        "previous": np.eye(length, k=-1),
        "first": first,
        "same": equal,
        "induction": after_equal * earlier,
        "pronoun": _pronouns(pieces) * earlier,
    }


def _describing(pieces: list[str]) -> Numbers:
    kinds = [words.kind(piece) for piece in pieces]
    wanted = np.zeros((len(kinds), len(kinds)))
    for query in (place for place, kind in enumerate(kinds) if kind == "naming"):
        key = query - 1
        while key >= 0 and kinds[key] == "describing":
            wanted[query, key] = 1
            key -= 1
    return wanted


def _pronouns(pieces: list[str]) -> Numbers:
    spoken = [piece.strip().lower() for piece in pieces]
    wanted = np.zeros((len(spoken), len(spoken)))
    for pronouns, people in ((HE, MASCULINE), (SHE, FEMININE)):
        wanted += np.outer([word in pronouns for word in spoken], [word in people for word in spoken])
    return wanted
