"""What the scenes about MLPs share: the sentence, the layer that helps the guess most, and one column on its way."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from model.activations import Quantity
from model.checkpoint import CheckpointError
from model.forward import softmax
from model.probing import picking
from model.probing.carriers import Carriers
from model.probing.lens import lens
from model.probing.traits import Traits, traits_of_people, traits_of_pieces
from scenes.base import ChapterScene

WINDOW, ACTIVE = 7, 3  # neurons in view, and how many of them should fire


class MlpScene(ChapterScene):
    """The last column of a sentence, and the layer whose MLP does most for its guess."""

    @cached_property
    def carried(self) -> Carriers | None:
        """The fact about an invented person that probing chose; None if the network was told none."""
        try:
            return picking.fact(self.checkpoint)
        except CheckpointError:
            return None

    @cached_property
    def text(self) -> str | None:  # type: ignore[override]  # a sentence that was measured, not one that was thought up
        """The sentence that asks for the fact."""
        return self.carried.prompt if self.carried else None

    def setup(self) -> None:
        """Find the layer, and take the last column at each of its stations."""
        super().setup()
        self.last = len(self.pieces) - 1
        self.layer = int(np.argmax([self.shift_of(layer) for layer in range(self.checkpoint.config.n_layer)]))
        taken = self.activations
        self.before = taken["resid_mid", self.layer][self.last]
        self.normal = taken["ln2.normalized", self.layer][self.last]
        self.pre = taken["pre", self.layer][self.last]
        self.post = taken["post", self.layer][self.last]
        self.written = taken["mlp_out", self.layer][self.last]
        self.after = taken["resid_post", self.layer][self.last]
        self.width, self.neurons = len(self.before), len(self.pre)

    @cached_property
    def guesses(self) -> Quantity:
        """Shares of the next piece if reading stopped early, axes (half, position, vocab); see ``lens``."""
        logits = lens(self.checkpoint, self.activations, halves=True)
        known = self.checkpoint.tokenizer.vocab_size
        shares = softmax(np.asarray(logits, dtype=float)[..., :known])
        return Quantity(shares, "lens.probabilities", ("half", "position", "vocab"), logits.source)

    @cached_property
    def traits(self) -> Traits:
        """Given and family name of the fact's person; for a network that was told none, the first pieces of the "
        "text."""
        if self.carried:
            return traits_of_people(self.checkpoint, self.carried.fact.name, self.carried.prompt)
        return traits_of_pieces(self.checkpoint, self.activations.ids)

    def shift_of(self, layer: int) -> float:
        """How much a layer's MLP adds to the share of what is guessed in the end, -1 to 1."""
        shares = np.asarray(self.guesses)[:, self.last]
        best = int(shares[-1].argmax())
        return float(shares[2 * layer + 2, best] - shares[2 * layer + 1, best])

    def bias(self, name: str) -> Quantity | None:
        """The offsets of the first table ("BUP") or the second ("BDOWN"), if the network has them."""
        try:
            return self.quantity(name, self.layer)
        except ValueError:
            return None

    def strongest(self, count: int) -> list[int]:
        """The neurons with the largest answers, strongest first."""
        return [int(neuron) for neuron in np.argsort(-np.asarray(self.post), kind="stable")[:count]]

    def window(self) -> list[int]:
        """Neighbouring neurons, a few of which fire."""
        fires = np.asarray(self.pre) > 0
        active = np.convolve(fires, np.ones(WINDOW, int), "valid")
        loud = np.convolve(np.maximum(np.asarray(self.pre, dtype=float), 0), np.ones(WINDOW), "valid")
        start = int(np.lexsort((-loud, np.abs(active - ACTIVE)))[0])
        return list(range(start, start + WINDOW))
