"""What a network claims at the end of a text, such as a person's trade: who speaks for it, and what goes without.

A text that asks for one of ``model.facts`` is measured against the other facts; any other text claims its likeliest
next piece, and is measured against the guesses at its other places.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from model.activations import Activations, Edit
from model.checkpoint import Checkpoint
from model.facts import VALUES, Fact, invent
from model.forward import run
from model.probing.ablation import Without
from model.probing.carriers import rivals
from model.probing.lens import contributions
from model.probing.measuring import was_told_facts
from model.probing.recall import prompts, recall

RIVALS, CROWD = 7, 20  # other answers it is compared with; neurons that are silenced together


@dataclass(frozen=True, eq=False)
class Claim:
    """An answer, what it competes with, and how it was asked for.

    Attributes
    ----------
    checkpoint : Checkpoint
    ids : tuple of int
        The text.
    token : int
        The answer's first token.
    against : tuple of int
        First tokens of other possible answers.
    words : tuple of str
        The answer, then the others, as text.
    fact : Fact or None
        The fact that is asked for, if it is one.
    """

    checkpoint: Checkpoint
    ids: tuple[int, ...]
    token: int
    against: tuple[int, ...]
    words: tuple[str, ...]
    fact: Fact | None

    @cached_property
    def activations(self) -> Activations:
        """A pass over the text."""
        return run(self.checkpoint, list(self.ids))

    def pushes(self, neurons_of: int | None = None) -> dict[str, float]:
        """What each part adds to the answer's logit beyond what it adds to the others on average (nats)."""
        tokens = [self.token, *self.against]
        parts = contributions(self.checkpoint, self.activations, -1, neurons_of, tokens)
        return parts.pushes(0, list(range(1, len(tokens))))

    @cached_property
    def by_block(self) -> list[tuple[float, float]]:
        """The push of each layer's attention and of its MLP (nats)."""
        pushes = self.pushes()
        layers = range(self.checkpoint.config.n_layer)
        heads = [sum(push for name, push in pushes.items() if name.startswith(f"blocks.{n}.attn.")) for n in layers]
        return [(heads[layer], pushes[f"blocks.{layer}.mlp"]) for layer in layers]

    @cached_property
    def layer(self) -> int:
        """The layer whose MLP pushes most."""
        return int(np.argmax([mlp for _, mlp in self.by_block]))

    @cached_property
    def speakers(self) -> list[tuple[int, float]]:
        """Neurons of that MLP with their pushes (nats), the strongest first."""
        start = f"blocks.{self.layer}.mlp.neuron."
        found = [(name, push) for name, push in self.pushes(self.layer).items() if name.startswith(start)]
        ordered = sorted(found, key=lambda pair: -pair[1])
        return [(int(name.removeprefix(start)), push) for name, push in ordered]

    def without(self, count: int) -> Without:
        """The strongest speakers silenced, everywhere in the text."""
        return Without("neuron", self.layer, tuple(neuron for neuron, _ in self.speakers[:count]))

    def chance(self, edit: Edit | None = None) -> float:
        """Probability of the answer, 0 to 1; of an answer of several tokens the product."""
        if self.fact:
            return recall(self.checkpoint, self.fact, prompts(self.fact)[0], edit).probability
        acts = run(self.checkpoint, list(self.ids), edit=edit) if edit else self.activations
        return float(acts["probabilities"].values[-1, self.token])

    def drop(self, count: int) -> float:
        """How much probability is lost without the strongest speakers."""
        return self.chance() - self.chance(self.without(count))


def claim_of(checkpoint: Checkpoint, text: str) -> Claim:
    """What a text claims: a fact if it asks for one, else its likeliest next piece."""
    for fact in told(checkpoint):
        if prompts(fact)[0] == text:
            return claim_of_fact(checkpoint, fact)
    return claim_of_text(checkpoint, checkpoint.tokenizer.encode(text))


def told(checkpoint: Checkpoint) -> list[Fact]:
    """The facts that were mixed into a network's training text."""
    return invent() if was_told_facts(checkpoint) else []


def claim_of_fact(checkpoint: Checkpoint, fact: Fact) -> Claim:
    """The fact's value, against the other values it could have had."""
    token, *against = rivals(checkpoint, fact)
    spelled = {checkpoint.tokenizer.encode(f" {value}")[0]: value for value in VALUES[fact.kind]}
    words = fact.value, *(spelled[other] for other in against)
    return Claim(checkpoint, tuple(checkpoint.tokenizer.encode(prompts(fact)[0])), token, tuple(against), words, fact)


def claim_of_text(checkpoint: Checkpoint, ids: list[int]) -> Claim:
    """The likeliest next piece, against the next likely ones."""
    shares = run(checkpoint, ids)["probabilities"].values[-1, : checkpoint.tokenizer.vocab_size]
    token, *against = (int(place) for place in np.argsort(-shares, kind="stable")[: RIVALS + 1])
    words = tuple(checkpoint.tokenizer.pieces([token, *against]))
    return Claim(checkpoint, tuple(ids), token, tuple(against), words, None)


def others(claim: Claim) -> list[Claim]:
    """What a claim is measured against: all other facts, or the guesses at the text's other places."""
    checkpoint = claim.checkpoint
    if claim.fact:
        return [claim_of_fact(checkpoint, fact) for fact in told(checkpoint) if fact != claim.fact]
    ids = list(claim.ids)
    return [claim_of_text(checkpoint, ids[:end]) for end in range(1, len(ids))]
