"""How well an idea is found by the best single neuron, and how well by a direction over all of a layer's neurons.

The idea is what tells the second words of a relation from the first, such as plurals. Both detectors are chosen on one
half of the pairs and tried on the other half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Checkpoint
from model.forward import run
from model.probing.space import separation


@dataclass(frozen=True)
class Detectors:
    """Two detectors of one idea, and how well they tell words that they were not chosen on.

    Attributes
    ----------
    layer, neuron : int
        The single neuron, 0-based.
    alone, together : float
        Share of pairs of words (one with the idea, one without) in which the neuron, and the direction over the neurons
        of the same layer, answers more to the one with it; 0.5 is chance.
    words : int
        How many words were tried.
    """

    layer: int
    neuron: int
    alone: float
    together: float
    words: int


def detectors(checkpoint: Checkpoint, pairs: Sequence[tuple[int, int]], before: Sequence[int]) -> Detectors:
    """Choose both on every other pair, each word read after ``before``, and try them on the rest.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    pairs : sequence of (int, int)
        Tokens without the idea and with it.
    before : sequence of int
        Tokens that every word is read after.
    """
    answers = [
        np.array([[_answers(checkpoint, [*before, token]) for token in pair] for pair in half])
        for half in (pairs[::2], pairs[1::2])
    ]  # (pair, with the idea or not, layer, neuron)
    chosen, tried = answers
    scores = [[separation(chosen[:, 1, layer, n], chosen[:, 0, layer, n]) for n in range(chosen.shape[3])]
              for layer in range(chosen.shape[2])]  # fmt: skip
    layer, neuron = (int(place) for place in np.unravel_index(int(np.argmax(scores)), np.shape(scores)))
    direction = (chosen[:, 1, layer] - chosen[:, 0, layer]).mean(0)
    along = tried[:, :, layer] @ direction
    return Detectors(
        layer,
        neuron,
        separation(tried[:, 1, layer, neuron], tried[:, 0, layer, neuron]),
        separation(along[:, 1], along[:, 0]),
        2 * len(tried),
    )


def _answers(checkpoint: Checkpoint, ids: list[int]) -> NDArray[Any]:
    """All neurons' answers at the last of some tokens, shape (layer, neuron)."""
    acts = run(checkpoint, ids)
    return np.stack([acts["post", layer].values[-1] for layer in range(checkpoint.config.n_layer)]).astype(np.float64)
