"""Neurons are scanned as one would by hand, and their labels are tried where they were not found."""

from __future__ import annotations

import numpy as np
import pytest

from model.checkpoint import Checkpoint
from model.config import GPTConfig
from model.forward import run
from model.probing import labels, neurons
from model.probing.labels import Label, Text, label_all
from model.probing.measuring import choose_neurons
from model.probing.neurons import Firing, answers_of, pushes, reads, scan, settling, writes
from model.probing.relations import THEMES

WORDS = "the king queen red blue saw a tree and old".split()


class Words:
    """A tokenizer whose tokens are whole words."""

    vocab_size = len(WORDS)

    def encode(self, text: str) -> list[int]:
        return [WORDS.index(word) for word in text.split()]

    def decode(self, ids: list[int]) -> str:
        return " ".join(WORDS[index] for index in ids)

    def pieces(self, ids: list[int]) -> list[str]:
        return [(" " if place else "") + WORDS[index] for place, index in enumerate(ids)]

    def to_json(self) -> str:
        return "{}"


def network(**shape) -> Checkpoint:
    sizes = {"vocab_size": len(WORDS), "block_size": 12, "n_layer": 2, "n_head": 1, "n_embd": 10}
    config = GPTConfig(**(sizes | shape))
    generator = np.random.default_rng(4)
    weights = {name: generator.normal(0, 0.7, size).astype(np.float32) for name, size in config.tensor_shapes().items()}
    return Checkpoint("tiny", config, Words(), weights, "5eed" * 16)


def asking(tokens: list[str]) -> Checkpoint:
    """One layer in which neuron 0 fires on the given words and nothing else does anything."""
    checkpoint = network(n_layer=1)
    weights = {name: np.zeros_like(array) for name, array in checkpoint.weights.items()}
    weights["embed.weight"] = np.eye(10, dtype=np.float32)
    weights["blocks.0.ln2.weight"][:] = 1
    weights["blocks.0.mlp.up.weight"][0, [WORDS.index(token) for token in tokens]] = 1
    weights["blocks.0.mlp.up.bias"][:] = -1
    return Checkpoint("asking", checkpoint.config, Words(), weights, "5eed" * 16)


def text(length: int = 400, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, len(WORDS), length)


# -- weights ----------


def test_a_neuron_reads_its_row_and_writes_its_column() -> None:
    checkpoint = network()
    acts = run(checkpoint, [1, 2, 3], np.float64)
    row, column = reads(checkpoint, 1, 7), writes(checkpoint, 1, 7)
    assert row.passport[:2] == ("blocks.1.mlp.up.weight", (7, (0, 10, 1)))
    assert column.passport[:2] == ("blocks.1.mlp.down.weight", ((0, 10, 1), 7))
    bias = checkpoint.weights["blocks.1.mlp.up.bias"][7]
    np.testing.assert_allclose(acts["ln2.normalized", 1].values @ row.values + bias, acts["pre", 1].values[:, 7])


def test_what_a_neuron_speaks_for_is_what_a_larger_answer_raises() -> None:
    checkpoint = network()
    acts = run(checkpoint, [1, 2, 3], np.float64)
    stream = acts["resid_post", 1].values[-1]
    gain, table = (
        checkpoint.weights["ln_final.weight"].astype(float),
        checkpoint.weights["unembed.weight"].astype(float),
    )
    spread = np.sqrt(stream.var() + 1e-5)  # held as it is

    def logits(answer: float) -> np.ndarray:
        moved = stream + answer * writes(checkpoint, 1, 7).values
        return table @ ((moved - moved.mean()) / spread * gain)

    raised = (logits(1) - logits(0)) * spread
    raised -= raised.mean()
    spoken_for, against = pushes(checkpoint, 1, 7, 3)
    order = np.argsort(-raised)
    assert [push.token for push in spoken_for] == order[:3].tolist()
    assert [push.token for push in against] == order[::-1][:3].tolist()
    assert [push.push for push in spoken_for] == pytest.approx(raised[order[:3]], abs=1e-5)
    assert spoken_for[0].piece == WORDS[order[0]]


# -- held-out text ----------


@pytest.mark.parametrize("activation", ["relu", "gelu_tanh"])
def test_a_scan_finds_what_a_list_of_all_answers_has_on_top(activation: str) -> None:
    checkpoint, ids = network(activation=activation), text(100)
    skipped = settling(checkpoint)
    assert skipped == 6
    everything = {}  # place -> (layer, neuron) answers and values before the bend
    for start in range(0, len(ids) - 12 + 1, 12 - skipped):
        acts = run(checkpoint, ids[start : start + 12].tolist())
        for offset in range(skipped, 12):
            assert start + offset not in everything
            everything[start + offset] = [
                np.stack([acts[n, layer].values[offset] for layer in (0, 1)]) for n in ("pre", "post")
            ]
    found = scan(checkpoint, ids, 5)
    places = np.array(sorted(everything))
    pre, post = (np.stack([everything[place][part] for place in places]) for part in (0, 1))
    assert found.positions == len(places)
    np.testing.assert_allclose(found.rate, (pre > 0).mean(axis=0))
    np.testing.assert_allclose(found.values, np.sort(post, axis=0)[::-1][:5].transpose(1, 2, 0), rtol=1e-6)
    for layer, neuron in ((0, 0), (1, 20)):
        for value, place in zip(found.values[layer, neuron], found.places[layer, neuron], strict=True):
            if value > 0:
                assert value == everything[int(place)][1][layer, neuron]
    where, values = answers_of(checkpoint, ids, [(1, 20), (0, 3)])
    np.testing.assert_array_equal(where, places)
    np.testing.assert_array_equal(values, np.stack([pre[:, 1, 20], pre[:, 0, 3]], axis=1))


def test_a_text_shorter_than_the_context_is_refused() -> None:
    with pytest.raises(ValueError, match="the text has 11 tokens; reading tiny's neurons takes 12"):
        scan(network(), text(11))


# -- labels ----------


@pytest.mark.parametrize(
    ("tokens", "kind", "label"), [(["tree"], "on", "tree"), (["red", "blue"], "theme", "a colour")]
)
def test_a_neuron_made_to_ask_one_thing_gets_that_label(
    monkeypatch: pytest.MonkeyPatch, tokens: list[str], kind: str, label: str
) -> None:
    monkeypatch.setattr(labels, "RARE", 0.25)  # each of these few words is frequent
    checkpoint, ids = asking(tokens), text(600)
    firing, found = label_all(checkpoint, ids)
    assert [(one.layer, one.neuron) for one in found] == [(0, 0)], "the others never fire"
    [one] = found
    assert (one.kind, one.text, one.share, one.fit, one.second) == (kind, label, 1, 1, "")
    words = [WORDS[index] for index in ids]
    assert one.base == pytest.approx(sum(word in tokens for word in words) / len(words))
    assert firing.rate[0, 0] == pytest.approx(one.base, abs=0.05) and (firing.rate[0, 1:] == 0).all()
    assert all(words[place] in tokens for place in firing.places[0, 0])


def test_a_neuron_of_two_words_has_a_second_label(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "RARE", 0.15)
    [one] = label_all(asking(["tree", "queen"]), text(600))[1]
    assert {f"{one.kind} {one.text}", one.second} in ({"on tree", "on queen"}, {"on tree", "theme royalty"})
    assert one.fit + one.second_fit == pytest.approx(1) and one.second_fit > 0.2


def test_what_a_place_fits_is_said_by_kind() -> None:
    read = Text(network(), Words().encode("the red king saw the blue tree"))
    assert set(read.fitting(1)) >= {("on", "red"), ("after", "the"), ("theme", "a colour")}
    assert ("after", "the") not in read.fitting(0)
    for kind, label, expected in (("on", "the", [0, 4]), ("after", "the", [1, 5]), ("theme", "a colour", [1, 5])):
        assert np.flatnonzero(read.fits(kind, label)).tolist() == expected
        assert read.base(kind, label) == pytest.approx(len(expected) / 7)


def test_the_first_position_follows_nothing() -> None:
    read = Text(network(), Words().encode("king saw the"))
    assert np.flatnonzero(read.fits("after", "the")).tolist() == []


def test_chosen_neurons_are_alive_and_on_one_list_each() -> None:
    def label(neuron: int, text: str, fit: float, second_fit: float = 0.0, kind: str = "on") -> Label:
        return Label(0, neuron, kind, text, fit, fit, 0.01, "on other", second_fit)

    made = [
        label(0, "king", 0.95), label(1, "king", 1.0), label(2, "a colour", 0.85, kind="theme"),
        label(3, "dead", 1.0), label(4, "mud", 0.02), label(5, "of", 0.5, 0.45),
    ]  # fmt: skip
    rate = np.full((1, 6), 0.1)
    rate[0, 3] = 0
    firing = Firing(rate, np.ones((1, 6, 1), np.float32), np.zeros((1, 6, 1), np.int64), 10)
    chosen = choose_neurons(made, firing)
    assert [one.neuron for one in chosen["readable"]] == [2, 1]
    assert chosen["mixed"][0].neuron == 4
    places = [one.neuron for listed in chosen.values() for one in listed]
    assert len(places) == len(set(places)) and 3 not in places


def test_themes_are_lower_case_words() -> None:
    assert all(word == word.lower().strip() and members for members in THEMES.values() for word in members)
    assert neurons.SETTLING > 0
