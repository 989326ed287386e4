"""Where a fact of an invented person lives: the neurons that speak for it, and what happens without them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.checkpoint import Checkpoint
from model.facts import VALUES, Fact
from model.forward import run
from model.probing.ablation import Without
from model.probing.lens import contributions
from model.probing.recall import prompts, recall

FINALISTS = 6  # facts compared by how much others suffer too, which takes a pass for each of the others


@dataclass(frozen=True)
class Carriers:
    """The neurons of one layer that speak for a fact, and what happens without them.

    Attributes
    ----------
    fact : Fact
        What is recalled.
    prompt : str
        How it is asked.
    probability : float
        Of the right value with everything in place, 0 to 1.
    layer : int
        The layer of the neurons, 0-based.
    neurons : tuple of int
        By how much they push the value's logit above those of the other values, strongest first.
    pushes : tuple of float
        That push, in nats.
    without : dict
        Probability of the value with the first n neurons silent at every position, by n.
    others : dict
        Mean probability of the right value over other facts, by n; 0: with everything in place. Empty if not measured.
    """

    fact: Fact
    prompt: str
    probability: float
    layer: int
    neurons: tuple[int, ...]
    pushes: tuple[float, ...]
    without: dict[int, float]
    others: dict[int, float]


def carriers(
    checkpoint: Checkpoint, fact: Fact, layer: int, counts: tuple[int, ...] = (1, 5, 20), others: tuple[Fact, ...] = ()
) -> Carriers:
    """Which neurons of a layer speak for a fact, found by their direct push at the last position.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    fact : Fact
        One it was told; asked by the first of ``prompts(fact)``.
    layer : int
        0-based.
    counts : tuple of int
        How many of the strongest neurons to silence.
    others : tuple of Fact
        Measure these without the neurons too.
    """
    prompt = prompts(fact)[0]
    ranked = neuron_pushes(checkpoint, fact, layer, prompt)[: max(counts)]
    neurons = tuple(neuron for neuron, _ in ranked)
    edits = {n: Without("neuron", layer, neurons[:n]) for n in counts}

    def chance(one: Fact, n: int) -> float:
        return recall(checkpoint, one, prompts(one)[0], edits.get(n)).probability

    return Carriers(
        fact,
        prompt,
        chance(fact, 0),
        layer,
        neurons,
        tuple(push for _, push in ranked),
        {n: chance(fact, n) for n in counts},
        {n: float(np.mean([chance(one, n) for one in others])) for n in (0, *counts) if others},
    )


def rivals(checkpoint: Checkpoint, fact: Fact) -> list[int]:
    """First tokens of the values a fact of this kind can have, the fact's own first, the others by id."""
    first = {value: checkpoint.tokenizer.encode(f" {value}")[0] for value in VALUES[fact.kind]}
    own = first.pop(fact.value)
    return [own, *sorted(set(first.values()) - {own})]


def part_pushes(checkpoint: Checkpoint, fact: Fact, prompt: str, neurons_of: int | None = None) -> dict[str, float]:
    """Every part's direct push (nats) toward the fact's value at the prompt's last position.

    The push is what the part adds to the logit of the value's first token, less what it adds on average to the first
    tokens of the other values. Parts are named as in ``model.probing.lens.Contributions``.
    """
    tokens = rivals(checkpoint, fact)
    parts = contributions(checkpoint, run(checkpoint, prompt), -1, neurons_of, tokens)
    return parts.pushes(0, list(range(1, len(tokens))))


def neuron_pushes(checkpoint: Checkpoint, fact: Fact, layer: int, prompt: str) -> list[tuple[int, float]]:
    """Each neuron of a layer with its direct push (nats, as in ``part_pushes``), strongest first."""
    start = f"blocks.{layer}.mlp.neuron."
    pushes = part_pushes(checkpoint, fact, prompt, neurons_of=layer)
    found = [(int(name.removeprefix(start)), push) for name, push in pushes.items() if name.startswith(start)]
    return sorted(found, key=lambda pair: -pair[1])


def best_carried(checkpoint: Checkpoint, facts: list[Fact]) -> Carriers | None:
    """The fact that loses most when one neuron falls silent, more than the other facts do; None if none is recalled.

    Only facts whose value is a single token and the network's first choice of all tokens are looked at.
    """
    known = [fact for fact in facts if len(checkpoint.tokenizer.encode(f" {fact.value}")) == 1]
    known = [fact for fact in known if recall(checkpoint, fact, prompts(fact)[0]).vocabulary_rank == 1]
    found = [carriers(checkpoint, fact, layer, (1,)) for fact in known for layer in range(checkpoint.config.n_layer)]
    found.sort(key=lambda one: one.without[1] - one.probability)
    finalists = [_with_others(checkpoint, one, facts, (1,)) for one in found[:FINALISTS]]
    if not finalists:
        return None

    def own_loss(one: Carriers) -> float:
        spared = one.others[0] - one.others[1] if one.others else 0.0
        return one.probability - one.without[1] - spared

    return _with_others(checkpoint, max(finalists, key=own_loss), facts, (1, 5, 20))


def _with_others(checkpoint: Checkpoint, one: Carriers, facts: list[Fact], counts: tuple[int, ...]) -> Carriers:
    others = tuple(fact for fact in facts if fact != one.fact)
    return carriers(checkpoint, one.fact, one.layer, counts, others)
