"""What is read out early ends in the logits, and what is taken apart adds up to them."""

from __future__ import annotations

import numpy as np
import pytest

from model.checkpoint import Checkpoint
from model.config import GPTConfig
from model.forward import run, unembedding
from model.probing.ablation import Without
from model.probing.lens import contributions, leanings, lens
from model.tokenizer import CharTokenizer

IDS = [3, 1, 4, 1, 5, 9, 2, 6]


def network(**shape) -> Checkpoint:
    sizes = {"vocab_size": 13, "block_size": 10, "n_layer": 3, "n_head": 4, "n_embd": 16}
    config = GPTConfig(**(sizes | shape))
    generator = np.random.default_rng(2)
    weights = {name: generator.normal(0, 0.5, size).astype(np.float32) for name, size in config.tensor_shapes().items()}
    return Checkpoint("random", config, CharTokenizer("abcdefghijklm"), weights, "5eed" * 16)


KINDS = [{}, {"tied": True}, {"bias": False}, {"activation": "gelu_tanh"}, {"n_layer": 1, "n_head": 1}]


@pytest.mark.parametrize("shape", KINDS, ids=str)
def test_the_last_layer_read_out_is_the_logits_exactly(shape: dict) -> None:
    checkpoint = network(**shape)
    acts = run(checkpoint, IDS)
    layers, halves = lens(checkpoint, acts), lens(checkpoint, acts, halves=True)
    np.testing.assert_array_equal(layers.values[-1], acts["logits"].values)
    np.testing.assert_array_equal(halves.values[::2], layers.values)
    assert layers.shape == (checkpoint.config.n_layer + 1, len(IDS), 13)
    assert layers.axes == ("layer", "position", "vocab") and layers.source == acts.source


def test_a_layer_read_out_is_what_a_shorter_network_would_say() -> None:
    checkpoint = network()
    read = lens(checkpoint, run(checkpoint, IDS)).values
    for layers in (1, 2):
        config = checkpoint.config.model_copy(update={"n_layer": layers})
        weights = {name: checkpoint.weights[name] for name in config.tensor_shapes()}
        shorter = Checkpoint("shorter", config, checkpoint.tokenizer, weights, "0" * 64)
        np.testing.assert_allclose(read[layers], run(shorter, IDS)["logits"].values, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", KINDS, ids=str)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 2e-4)])
def test_contributions_add_up_to_the_logits(shape: dict, dtype: type, tolerance: float) -> None:
    checkpoint = network(**shape)
    acts = run(checkpoint, IDS, dtype)
    for position in (0, 3, -1):
        for neurons_of in (None, 0):
            parts = contributions(checkpoint, acts, position, neurons_of)
            assert len(parts.names) == len(set(parts.names)) == len(parts.values)
            total = parts.values.values.sum(axis=0)
            np.testing.assert_allclose(total, acts["logits"].values[position], rtol=0, atol=tolerance)


def test_neurons_and_offset_add_up_to_their_mlp() -> None:
    checkpoint = network()
    acts = run(checkpoint, IDS, np.float64)
    whole, apart = contributions(checkpoint, acts, 2), contributions(checkpoint, acts, 2, neurons_of=1)
    pieces = [apart.of(name).values for name in apart.names if name.startswith("blocks.1.mlp.")]
    assert len(pieces) == checkpoint.config.d_mlp + 1
    np.testing.assert_allclose(sum(pieces), whole.of("blocks.1.mlp").values, atol=1e-10)
    others = [name for name in whole.names if name != "blocks.1.mlp"]
    np.testing.assert_allclose(*([parts.of(name).values for name in others] for parts in (whole, apart)), atol=1e-12)


def test_a_part_is_its_vector_through_the_frozen_last_step() -> None:
    checkpoint = network()
    acts = run(checkpoint, IDS, np.float64)
    added = acts["result", 1].values[3, 5]
    final = acts["resid_post", 2].values[5]
    gain = checkpoint.weights["ln_final.weight"].astype(np.float64)
    scaled = [gain[i] * (added[i] - sum(added) / 16) / np.sqrt(np.var(final) + 1e-5) for i in range(16)]
    expected = [sum(a * b for a, b in zip(scaled, row, strict=True)) for row in checkpoint.weights["unembed.weight"]]
    part = contributions(checkpoint, acts, 5).of("blocks.1.attn.head.3")
    np.testing.assert_allclose(part.values, expected, atol=1e-10)


def test_some_tokens_only_are_the_same_numbers() -> None:
    checkpoint = network()
    acts = run(checkpoint, IDS)
    whole, some = contributions(checkpoint, acts, -1), contributions(checkpoint, acts, -1, tokens=[7, 2, 11])
    np.testing.assert_allclose(some.values.values, whole.values.values[:, [7, 2, 11]], rtol=1e-5, atol=1e-6)
    assert some.values.passport != whole.values.passport


def test_pushes_together_are_the_lead_of_a_token() -> None:
    checkpoint = network()
    acts = run(checkpoint, IDS, np.float64)
    logits = acts["logits"].values[-1]
    pushes = contributions(checkpoint, acts, -1).pushes(4, [0, 1, 2])
    assert sum(pushes.values()) == pytest.approx(logits[4] - logits[:3].mean(), abs=1e-10)


def test_a_position_or_part_that_is_not_there_is_refused() -> None:
    checkpoint = network()
    acts = run(checkpoint, IDS)
    with pytest.raises(ValueError, match="the text has 8 tokens, counted from 0; there is no position 8"):
        contributions(checkpoint, acts, 8)
    with pytest.raises(KeyError, match=r"there is no part 'blocks.9.mlp'; the parts are embed, pos_embed"):
        contributions(checkpoint, acts, 7).of("blocks.9.mlp")


@pytest.mark.parametrize("edit", [Without("head", 1, (0, 2)), Without("neuron", 1, (5,)), Without("head", 0, (3,), 5)])
@pytest.mark.parametrize("neurons_of", [None, 1])
def test_parts_of_a_pass_with_other_heads_or_neurons_add_up_to_its_logits(
    edit: Without, neurons_of: int | None
) -> None:
    checkpoint = network()
    acts = run(checkpoint, IDS, np.float64, edit)
    assert not np.allclose(acts["logits"].values, run(checkpoint, IDS, np.float64)["logits"].values)
    total = contributions(checkpoint, acts, 5, neurons_of).values.values.sum(axis=0)
    np.testing.assert_allclose(total, acts["logits"].values[5], rtol=0, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_pass_edited_behind_its_parts_is_not_taken_apart(dtype: type) -> None:
    checkpoint = network()
    acts = run(checkpoint, IDS, dtype, edit=Without("attention", 1))
    message = r"the parts of random@\w+/\w+ without attention of layer 1 miss its logits by up to .* nats"
    for tokens in (None, [4, 7]):
        with pytest.raises(ValueError, match=message):
            contributions(checkpoint, acts, 3, tokens=tokens)
    without = run(checkpoint, IDS, dtype, edit=Without("mlp", 0))
    total = contributions(checkpoint, without, 3).values.values.sum(axis=0)
    np.testing.assert_allclose(total, without["logits"].values[3], rtol=0, atol=2e-4)
    with pytest.raises(ValueError, match="take an unedited pass, or edit heads or neurons"):
        contributions(checkpoint, without, 3, neurons_of=0)


@pytest.mark.parametrize("shape", KINDS, ids=str)
def test_leanings_are_cosines_with_the_rows_as_the_last_step_reads_them(shape: dict) -> None:
    checkpoint, chance = network(**shape), np.random.default_rng(4)
    vector = chance.normal(size=checkpoint.config.n_embd)
    table = checkpoint.weights[unembedding(checkpoint)].astype(float)[: checkpoint.tokenizer.vocab_size]
    found = leanings(checkpoint, vector, [3, 1])
    for token, cosine in zip((3, 1), found, strict=True):
        row = (table[token] - table.mean(0)) * checkpoint.weights["ln_final.weight"]
        assert cosine == pytest.approx(np.corrcoef(row, vector)[0, 1])
    assert leanings(checkpoint, vector)[[3, 1]] == pytest.approx(found)
    assert leanings(checkpoint, 5 * vector + 2) == pytest.approx(leanings(checkpoint, vector))
