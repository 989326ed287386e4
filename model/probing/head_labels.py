"""What a head may be called: the behaviour it plainly shows on a text, or nothing. One rule for all networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from model.activations import Activations, Quantity
from model.checkpoint import Checkpoint
from model.probing import picks_file
from model.probing.heads import BEHAVIOURS, MEASURES, even_share, score_heads

# A head is called after a behaviour that gets at least this share of its attention, and this many even shares.
LEAST_SHARE, LEAST_EVEN_SHARES = 0.25, 2.0


@dataclass(frozen=True)
class HeadLabel:
    """What one head may be called.

    Attributes
    ----------
    layer, head : int
        0-based.
    behaviour : str
        One of ``model.probing.heads.BEHAVIOURS``; empty if it passes no test.
    share : Quantity or None
        What it gives to the keys of this behaviour, 0 to 1.
    """

    layer: int
    head: int
    behaviour: str = ""
    share: Quantity | None = None


def is_clear(share: float, even: float) -> bool:
    """Whether a share is large, and too large for a head that spreads its attention evenly."""
    return share >= LEAST_SHARE and share >= LEAST_EVEN_SHARES * even


def head_labels(scores: Quantity, even: Mapping[str, float], layer: int) -> list[HeadLabel]:
    """What the heads of a layer may be called; of several behaviours, the one with most even shares.

    Parameters
    ----------
    scores : Quantity, shape (layer, head, measure)
        As the catalogue's HEADSTAT or ``scores_on``.
    even : dict
        For each behaviour that could be asked about, what an even head would score.
    layer : int
        0-based.
    """
    labels = []
    for head in range(scores.shape[1]):
        shares = {name: scores[layer, head, MEASURES.index(name)] for name in BEHAVIOURS if even.get(name)}
        clear = [name for name, share in shares.items() if is_clear(float(share), even[name])]
        best = max(clear, key=lambda name: float(shares[name]) / even[name], default="")
        labels.append(HeadLabel(layer, head, best, shares.get(best)))
    return labels


def even_shares(checkpoint: Checkpoint) -> dict[str, float]:
    """What an even head scored on the held-out text that HEADSTAT was measured on.

    Raises
    ------
    CheckpointError
        If nothing is written about the network.
    """
    roles = picks_file.section(checkpoint, "roles")
    with picks_file.whole(checkpoint, picks_file.PICKS):
        return {name: float(found["even"]) for name, found in roles.items()}


def scores_on(checkpoint: Checkpoint, activations: Activations) -> tuple[Quantity, dict[str, float]]:
    """The same measures of all heads, and the even shares, on a single sentence, where nothing else was measured."""
    ids = list(activations.ids)
    rows = [[getattr(score, measure) for measure in MEASURES] for score in score_heads(checkpoint, ids)]
    shape = (checkpoint.config.n_layer, checkpoint.config.n_head, len(MEASURES))
    values = Quantity(np.array(rows).reshape(shape), "heads", ("layer", "head", "measure"), activations.source)
    return values, even_share(checkpoint, ids)
