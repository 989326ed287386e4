"""Recall is the probability of the whole value, and its carriers are found and silenced as said."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from model.checkpoint import Checkpoint
from model.config import GPTConfig
from model.facts import PHRASINGS, VALUES, Fact, invent
from model.forward import run
from model.probing import carriers as carrying
from model.probing.ablation import Without
from model.probing.carriers import best_carried, carriers, neuron_pushes, part_pushes, rivals
from model.probing.recall import UNSEEN, Recall, by_phrasing, prompts, recall, summarise, without_each
from model.tokenizer import CharTokenizer

FACTS = invent()[:4]
SPOKEN = [
    phrasing.format(name=fact.name, value=value)
    for fact in FACTS
    for phrasing in (*PHRASINGS[fact.kind], *UNSEEN[fact.kind])
    for value in VALUES[fact.kind]
]
PIECES = sorted({piece for sentence in SPOKEN for piece in re.findall(r" ?\w+|[^\w ]| ", sentence)})


class Words:
    """A tokenizer whose tokens are words with their space; "harp" is two."""

    vocab_size = len(PIECES) + 2

    def encode(self, text: str) -> list[int]:
        ids = []
        for piece in re.findall(r" ?\w+|[^\w ]| ", text):
            ids += [len(PIECES), len(PIECES) + 1] if piece == " harp" else [PIECES.index(piece)]
        return ids

    def decode(self, ids: list[int]) -> str:
        return "".join([*PIECES, " ha", "rp"][index] for index in ids)

    def pieces(self, ids: list[int]) -> list[str]:
        return [self.decode([index]) for index in ids]

    def to_json(self) -> str:
        return "{}"


def network(tokenizer=None) -> Checkpoint:
    tokenizer = tokenizer or Words()
    config = GPTConfig(vocab_size=tokenizer.vocab_size, block_size=80, n_layer=2, n_head=2, n_embd=12)
    generator = np.random.default_rng(1)
    weights = {name: generator.normal(0, 0.5, size).astype(np.float32) for name, size in config.tensor_shapes().items()}
    return Checkpoint("tiny", config, tokenizer, weights, "5eed" * 16)


def chance(checkpoint: Checkpoint, prompt: str, value: str) -> float:
    """The probability of a text's end, read off a single pass over all of it."""
    start = len(checkpoint.tokenizer.encode(prompt))
    ids = checkpoint.tokenizer.encode(f"{prompt} {value}")
    shares = run(checkpoint, ids, np.float64)["probabilities"].values
    return float(np.prod([shares[place - 1, ids[place]] for place in range(start, len(ids))]))


@pytest.mark.parametrize("tokenizer", [Words(), CharTokenizer("".join(SPOKEN))], ids=["words", "characters"])
def test_recall_is_the_probability_of_the_whole_value(tokenizer) -> None:
    checkpoint, fact = network(tokenizer), FACTS[0]
    prompt = prompts(fact)[0]
    chances = {value: chance(checkpoint, prompt, value) for value in VALUES[fact.kind]}
    found = recall(checkpoint, fact, prompt)
    assert found.probability == pytest.approx(chances[fact.value], rel=1e-4)
    assert found.share == pytest.approx(chances[fact.value] / sum(chances.values()), rel=1e-4)
    assert found.rank == 1 + sorted(chances.values(), reverse=True).index(chances[fact.value])
    shares = run(checkpoint, prompt)["probabilities"].values[-1]
    first = tokenizer.encode(f" {fact.value}")[0]
    assert found.vocabulary_rank == 1 + sorted(shares.tolist(), reverse=True).index(shares[first])


def test_prompts_stop_where_the_value_would_be_said() -> None:
    fact = Fact("Mara Venn", "instrument", "harp")
    assert prompts(fact)[0] == "Mara Venn plays the"
    for prompt in prompts(fact):
        assert any(sentence.startswith(f"{prompt} harp") for sentence in fact.sentences())
    assert len(prompts(fact)) == 5, "one phrasing says the value before the name"
    assert prompts(fact, ["The {value} of {name}."]) == []


@pytest.mark.parametrize("kind", UNSEEN)
def test_unseen_phrasings_are_in_no_sentence_of_training(kind: str) -> None:
    fact = Fact("Mara Venn", kind, VALUES[kind][0])
    asked = prompts(fact, UNSEEN[kind])
    assert len(asked) == len(UNSEEN[kind]) == 2
    assert not any(prompt in sentence for prompt in asked for sentence in fact.sentences())


def test_a_summary_is_of_all_recalls() -> None:
    made = [Recall("a", "b", 0.5, 0.75, 1, 1), Recall("a", "b", 0.25, 0.25, 3, 9), Recall("a", "b", 0, 0.5, 2, 2)]
    found = summarise(made)
    assert dataclasses.astuple(found) == (3, 0.25, 0.5, pytest.approx(1 / 3), 2.0, 2.0)
    with pytest.raises(ValueError, match="there is nothing to summarise"):
        summarise([])


def test_every_phrasing_that_can_be_asked_is() -> None:
    checkpoint = network()
    table = by_phrasing(checkpoint, FACTS)
    asked = [p for kind in PHRASINGS for p in (*PHRASINGS[kind], *UNSEEN[kind]) if prompts(Fact("x", kind, "y"), [p])]
    assert list(table) == asked
    told = [fact for fact in FACTS if fact.kind == "trade"]
    expected = [chance(checkpoint, f"{fact.name} is a", fact.value) for fact in told]
    assert table["{name} is a {value}."].probability == pytest.approx(np.mean(expected), rel=1e-4)


def test_recall_without_a_part_is_that_of_a_network_without_it() -> None:
    checkpoint = network()
    whole, without = without_each(checkpoint, FACTS, [Without("neuron", 1, (3, 4)), Without("head", 0, (1,))])
    assert whole.probability == pytest.approx(
        np.mean([chance(checkpoint, prompts(fact)[0], fact.value) for fact in FACTS]), rel=1e-4
    )
    weights = {name: array.copy() for name, array in checkpoint.weights.items()}
    weights["blocks.1.mlp.down.weight"][:, [3, 4]] = 0
    smaller = dataclasses.replace(checkpoint, weights=weights)
    expected = np.mean([chance(smaller, prompts(fact)[0], fact.value) for fact in FACTS])
    assert without["without neurons 3, 4 of layer 1"].probability == pytest.approx(expected, rel=1e-4)
    assert len(without) == 2


# -- carriers ----------


def test_rivals_are_the_first_tokens_of_the_other_values() -> None:
    checkpoint = network()
    tokens = rivals(checkpoint, FACTS[0])
    assert tokens[0] == checkpoint.tokenizer.encode(f" {FACTS[0].value}")[0]
    assert sorted(tokens) == sorted({checkpoint.tokenizer.encode(f" {v}")[0] for v in VALUES[FACTS[0].kind]})


def test_pushes_add_up_to_the_lead_over_the_rivals() -> None:
    checkpoint, fact = network(), FACTS[1]
    prompt = prompts(fact)[0]
    logits = run(checkpoint, prompt)["logits"].values[-1]
    own, *others = rivals(checkpoint, fact)
    lead = logits[own] - logits[others].mean()
    for neurons_of in (None, 1):
        assert sum(part_pushes(checkpoint, fact, prompt, neurons_of).values()) == pytest.approx(lead, abs=1e-4)
    ranked = neuron_pushes(checkpoint, fact, 1, prompt)
    assert sorted(neuron for neuron, _ in ranked) == list(range(48))
    assert [push for _, push in ranked] == sorted((push for _, push in ranked), reverse=True)


def test_carriers_are_the_strongest_neurons_silenced_together() -> None:
    checkpoint, fact = network(), FACTS[1]
    found = carriers(checkpoint, fact, 0, (1, 3), tuple(FACTS[2:]))
    assert found.neurons == tuple(n for n, _ in neuron_pushes(checkpoint, fact, 0, found.prompt)[:3])
    assert found.probability == pytest.approx(chance(checkpoint, found.prompt, fact.value), rel=1e-4)
    for count in (1, 3):
        weights = {name: array.copy() for name, array in checkpoint.weights.items()}
        weights["blocks.0.mlp.down.weight"][:, list(found.neurons[:count])] = 0
        smaller = dataclasses.replace(checkpoint, weights=weights)
        assert found.without[count] == pytest.approx(chance(smaller, found.prompt, fact.value), rel=1e-4)
        others = [chance(smaller, prompts(other)[0], other.value) for other in FACTS[2:]]
        assert found.others[count] == pytest.approx(np.mean(others), rel=1e-4)


def test_a_network_that_recalls_nothing_shows_no_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = network()
    assert best_carried(checkpoint, FACTS) is None
    monkeypatch.setattr(
        carrying, "recall", lambda *arguments: dataclasses.replace(recall(*arguments), vocabulary_rank=1)
    )
    found = best_carried(checkpoint, FACTS)
    single = [fact for fact in FACTS if len(checkpoint.tokenizer.encode(f" {fact.value}")) == 1]
    drops = {
        (fact, layer): one.probability - one.without[1] - (one.others[0] - one.others[1])
        for fact in single
        for layer in (0, 1)
        for one in [carriers(checkpoint, fact, layer, (1,), tuple(other for other in FACTS if other != fact))]
    }
    assert found is not None and len(found.neurons) == 20 and sorted(found.others) == [0, 1, 5, 20]
    assert drops[found.fact, found.layer] == max(drops.values())
