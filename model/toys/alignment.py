"""Does the translator look at the word it translates? Measured head by head, on sentences whose answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.toys.language import Example
from model.toys.translation import Translator


@dataclass(frozen=True)
class Measured:
    """What a translator does on known sentences.

    Attributes
    ----------
    exact : float
        Share of sentences translated without one wrong word, 0 to 1.
    share : float array, shape (layer, head)
        Mean cross-attention weight on the source word that the produced word translates, over the words of the
        sentences translated right (end marks have no such word and do not count).
    strongest : float array, shape (layer, head)
        How often that source word has the largest weight.
    """

    exact: float
    share: NDArray[np.floating[Any]]
    strongest: NDArray[np.floating[Any]]

    def best_head(self) -> tuple[int, int]:
        """Layer and head with the largest share."""
        layer, head = np.unravel_index(int(self.share.argmax()), self.share.shape)
        return int(layer), int(head)


def measure(translator: Translator, examples: Sequence[Example]) -> Measured:
    """Translate every sentence and see which came out right, and where each head looked.

    Raises
    ------
    ValueError
        If not one sentence came out right: then there is no alignment to speak of.
    """
    right, words = 0, 0
    share = np.zeros((translator.config.n_layer, translator.config.n_head))
    strongest = np.zeros_like(share)
    for example in examples:
        translation = translator.translate(" ".join(example.source))
        if translation.target != example.target or not translation.complete:
            continue
        right, words = right + 1, words + len(example.target)
        pattern = translation.activations["cross.pattern"].values[:, :, : len(example.target)]  # (L, H, T, S)
        aligned = np.array(example.alignment)
        share += np.take_along_axis(pattern, aligned[None, None, :, None], axis=-1).sum(axis=(-1, -2))
        strongest += (pattern.argmax(-1) == aligned).sum(-1)
    if not right:
        raise ValueError(f"none of {len(examples)} sentences was translated right; train for longer")
    return Measured(right / len(examples), share / words, strongest / words)
