"""Two traits of a place in a text, such as a given name and a family name, as directions, and who has which.

Every first trait is read together with every second. What all readings with the wanted first trait have in common,
beyond what all readings have, is its direction; so for the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Checkpoint
from model.facts import FAMILY, GIVEN
from model.forward import run

MOST = 12  # of each trait
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Traits:
    """Readings of every first trait with every second, the wanted ones at place 0 of both.

    Attributes
    ----------
    firsts, seconds : tuple of str
        The traits as text.
    layer : int
        After whose attention the stream was read, 0-based.
    streams : float array, shape (first, second, n_embd)
        The stream at the last place of each reading.
    unread : float array, shape (first, second, n_embd)
        The same before any attention.
    """

    firsts: tuple[str, ...]
    seconds: tuple[str, ...]
    layer: int
    streams: Floats
    unread: Floats

    @cached_property
    def centred(self) -> Floats:
        """The streams without what all of them share, shape (first, second, n_embd)."""
        return np.asarray(self.streams - self.streams.mean((0, 1)))

    @cached_property
    def directions(self) -> Floats:
        """The direction of the wanted first trait, then of the second, shape (2, n_embd)."""
        return np.array([self.centred[0].mean(0), self.centred[:, 0].mean(0)])

    @cached_property
    def units(self) -> Floats:
        """The directions with length 1."""
        return np.asarray(self.directions / np.linalg.norm(self.directions, axis=1, keepdims=True))

    @property
    def angle(self) -> float:
        """Degrees between the two directions."""
        return float(np.degrees(np.arccos(np.clip(self.units[0] @ self.units[1], -1, 1))))

    @cached_property
    def projections(self) -> Floats:
        """How far each reading goes along each direction, shape (first, second, 2)."""
        return np.asarray(self.centred @ self.units.T)

    @cached_property
    def before(self) -> Floats:
        """How far the reading with both traits went along each direction before any attention, shape (2,)."""
        return np.asarray((self.unread - self.unread.mean((0, 1)))[0, 0] @ self.units.T)

    @cached_property
    def sums(self) -> Floats:
        """Both projections added, shape (first, second): a count of traits, if the directions are good."""
        return np.asarray(self.projections.sum(-1))

    @property
    def highest_other(self) -> float:
        """The largest sum of a reading that has not both traits."""
        others = self.sums.copy()
        others[0, 0] = -np.inf
        return float(others.max())

    @property
    def margin(self) -> float:
        """How much the reading with both traits stands out, as a share of its sum; below zero if it does not."""
        return float((self.sums[0, 0] - self.highest_other) / abs(self.sums[0, 0]))

    @cached_property
    def plane(self) -> Floats:
        """Two vectors at right angles that span the directions, the first along the first, shape (2, n_embd)."""
        across = self.units[1] - (self.units[1] @ self.units[0]) * self.units[0]
        return np.array([self.units[0], across / np.linalg.norm(across)])

    def places(self, vectors: Any) -> Floats:
        """Where vectors are in the plane, shape (..., 2)."""
        return np.asarray(np.asarray(vectors, dtype=np.float64) @ self.plane.T)


def traits_of_people(checkpoint: Checkpoint, name: str, prompt: str) -> Traits:
    """Given name and family name, read at the end of the sentence that asks for a fact.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    name : str
        Given and family name of the person who has both wanted traits.
    prompt : str
        A sentence that begins with the name.
    """
    encode = checkpoint.tokenizer.encode
    given, family = name.split()
    firsts = (given, *(other for other in GIVEN if other != given))[:MOST]
    seconds = (family, *(other for other in FAMILY if other != family))[:MOST]
    ending = prompt.removeprefix(name)
    texts = [[encode(f"{first} {second}{ending}") for second in seconds] for first in firsts]
    return best_read(checkpoint, firsts, seconds, texts)


def traits_of_pieces(checkpoint: Checkpoint, ids: Sequence[int]) -> Traits:
    """The first two pieces of a text as traits: which piece comes first, which second. The others are of it, too."""
    different = list(dict.fromkeys(int(token) for token in ids))
    others = [token for token in range(checkpoint.tokenizer.vocab_size) if token not in different]
    firsts = [*different, *others][:MOST]
    seconds = [firsts[1], firsts[0], *firsts[2:]]
    texts = [[[first, second] for second in seconds] for first in firsts]
    spelled = checkpoint.tokenizer.pieces
    return best_read(checkpoint, tuple(spelled(firsts)), tuple(spelled(seconds)), texts)


def best_read(
    checkpoint: Checkpoint, firsts: Sequence[str], seconds: Sequence[str], texts: list[list[list[int]]]
) -> Traits:
    """The traits read after the attention of the layer where the reading with both stands out most."""
    passes = [[run(checkpoint, ids) for ids in row] for row in texts]
    found = []
    unread = np.array([[acts["resid_pre", 0].values[-1].astype(np.float64) for acts in row] for row in passes])
    for layer in range(checkpoint.config.n_layer):
        streams = [[acts["resid_mid", layer].values[-1].astype(np.float64) for acts in row] for row in passes]
        found.append(Traits(tuple(firsts), tuple(seconds), layer, np.array(streams), unread))
    return max(found, key=lambda traits: traits.margin)
