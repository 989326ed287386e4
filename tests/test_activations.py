"""What a forward pass keeps obeys its own algebra, and every part of it can be found again by its passport."""

from __future__ import annotations

import copy
import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.activations import AXES, Activations, Quantity
from model.checkpoint import Checkpoint
from model.config import GPTConfig
from model.forward import head_weights, run, softmax
from model.tokenizer import CharTokenizer

LAYERS, HEADS, WIDTH = 3, 4, 16


def random_checkpoint(seed: int = 0, **shape) -> Checkpoint:
    sizes = {"vocab_size": 11, "block_size": 12, "n_layer": LAYERS, "n_head": HEADS, "n_embd": WIDTH}
    config = GPTConfig(**(sizes | shape))
    generator = np.random.default_rng(seed)
    weights = {name: generator.normal(0, 0.4, size).astype(np.float32) for name, size in config.tensor_shapes().items()}
    return Checkpoint("random", config, CharTokenizer("abcdefghijk"), weights, "5eed" * 16)


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    return random_checkpoint()


@pytest.fixture(scope="module")
def acts(checkpoint: Checkpoint) -> Activations:
    return run(checkpoint, "abacabadab")


def close(left, right, tolerance: float = 1e-5) -> bool:
    left, right = np.asarray(left), np.asarray(right)
    return left.shape == right.shape and float(np.abs(left - right).max()) <= tolerance * (1 + np.abs(right).max())


# -- the algebra of one pass ----------


def test_every_listed_activation_is_kept_with_the_listed_axes_and_nothing_else(acts: Activations) -> None:
    expected = {name.replace("*", str(layer)) for name in AXES for layer in range(LAYERS)}
    assert set(acts) == expected and len(acts) == len(expected)
    lengths = {
        "position": 10,
        "query": 10,
        "key": 10,
        "head": HEADS,
        "d_head": 4,
        "n_embd": 16,
        "d_mlp": 64,
        "vocab": 11,
    }
    for name, quantity in acts.items():
        assert quantity.name == name and quantity.shape == tuple(lengths[axis] for axis in quantity.axes)


@pytest.mark.parametrize("layer", range(LAYERS))
def test_attention_of_a_layer_obeys_its_definition(acts: Activations, checkpoint: Checkpoint, layer: int) -> None:
    pattern, scores, raw = (acts[name, layer].values for name in ("pattern", "attn_scores", "raw_scores"))
    assert close(pattern.sum(-1), np.ones((HEADS, 10)))
    assert np.array_equal(np.triu(pattern, 1), np.zeros_like(pattern))  # nothing is taken from a later word
    assert pattern.min() >= 0
    assert close(scores, raw / math.sqrt(WIDTH / HEADS))
    assert close(acts["unmasked_pattern", layer], softmax(scores))
    for head in range(HEADS):
        for query in range(10):
            seen = np.exp(scores[head, query, : query + 1].astype(np.float64))
            assert close(pattern[head, query, : query + 1], seen / seen.sum())
            for key in range(10):
                dot = sum(acts["q", layer].values[head, query] * acts["k", layer].values[head, key])
                assert close(raw[head, query, key], dot, 1e-4)
    assert close(acts["z", layer], np.einsum("hts,hsd->htd", pattern, acts["v", layer].values))
    shared = checkpoint.weights[f"blocks.{layer}.attn.out.bias"]
    assert close(acts["result", layer].values.sum(0) + shared, acts["attn_out", layer])


@pytest.mark.parametrize("layer", range(LAYERS))
def test_the_stream_is_a_running_sum(acts: Activations, layer: int) -> None:
    before = acts["embed"].values + acts["pos_embed"].values if layer == 0 else acts["resid_post", layer - 1].values
    assert close(acts["resid_pre", layer], before)
    assert close(acts["resid_mid", layer], acts["resid_pre", layer].values + acts["attn_out", layer].values)
    assert close(acts["resid_post", layer], acts["resid_mid", layer].values + acts["mlp_out", layer].values)
    assert close(acts["post", layer], np.maximum(acts["pre", layer].values, 0))


@pytest.mark.parametrize("tied", [False, True])
def test_logits_are_the_last_columns_times_the_unembedding(tied: bool) -> None:
    checkpoint = random_checkpoint(tied=tied)
    acts = run(checkpoint, "hidecab")
    table = checkpoint.weights["embed.weight" if tied else "unembed.weight"]
    assert close(acts["logits"], acts["ln_final.normalized"].values @ table.T)
    odds = np.exp(acts["logits"].values.astype(np.float64))
    assert close(acts["probabilities"], odds / odds.sum(-1, keepdims=True))


def test_a_heads_tables_make_its_queries_keys_values_and_results(acts: Activations, checkpoint: Checkpoint) -> None:
    layer, head = 1, 2
    tables = head_weights(checkpoint, layer, head)
    column = acts["ln1.normalized", layer].values[5]
    offsets = checkpoint.weights[f"blocks.{layer}.attn.qkv.bias"].reshape(3, HEADS, -1)[:, head]
    for number, letter in enumerate("QKV"):
        made = tables[f"W_{letter}"].values @ column + offsets[number]
        assert close(acts[letter.lower(), layer].values[head, 5], made)
    assert close(acts["result", layer].values[head, 5], tables["W_O"].values @ acts["z", layer].values[head, 5])
    assert tables["W_Q"].source == "random@5eed5eed5eed" and tables["W_Q"].axes == ("d_head", "n_embd")


def test_a_later_token_changes_nothing_before_it(checkpoint: Checkpoint) -> None:
    one, other = run(checkpoint, "abacabad"), run(checkpoint, "abacabak")
    assert np.array_equal(one["logits"].values[:-1], other["logits"].values[:-1])
    assert not np.array_equal(one["logits"].values[-1], other["logits"].values[-1])


def test_ids_and_text_give_the_same_numbers_under_the_same_source(checkpoint: Checkpoint) -> None:
    one, other = run(checkpoint, "abc"), run(checkpoint, [0, 1, 2])
    assert one.source == other.source and one.ids == other.ids == (0, 1, 2)
    assert np.array_equal(one["logits"], other["logits"])
    assert run(checkpoint, "abd").source != one.source


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("", "the text is empty; give at least one word"),
        ("a" * 13, "the text has 13 tokens, random reads at most 12; shorten it"),
        ([0, 11], "token ids must lie in 0..10; found 0..11"),
        ([-1], "token ids must lie in 0..10; found -1..-1"),
    ],
)
def test_a_prompt_the_network_cannot_read_is_refused(checkpoint: Checkpoint, prompt, sentence: str) -> None:
    with pytest.raises(ValueError, match="^" + sentence.replace(".", r"\.")):
        run(checkpoint, prompt)


# -- names ----------


def test_short_names_and_aliases_lead_to_the_full_ones(acts: Activations) -> None:
    assert acts["pattern", 2] is acts["blocks.2.attn.pattern"]
    assert acts["scores", 2] is acts["blocks.2.attn.attn_scores"]
    assert acts["attn", 0] is acts["pattern", 0]
    assert acts["post", 1] is acts["blocks.1.mlp.post"]


@pytest.mark.parametrize("key", ["patern", ("pattern", 3), ("patern", 1)])
def test_an_unknown_activation_is_answered_with_those_there_are(acts: Activations, key) -> None:
    with pytest.raises(KeyError, match=r"there is no activation .*; known are embed, .*blocks\.\*\.attn\.pattern"):
        acts[key]


def test_a_short_name_of_two_activations_is_refused(acts: Activations) -> None:
    with pytest.raises(
        KeyError, match="'normalized' could be blocks.1.ln1.normalized or blocks.1.ln2.normalized; give the"
    ):
        acts["normalized", 1]
    assert acts["ln2.normalized", 1].name == "blocks.1.ln2.normalized"


def test_layer_1_is_not_layer_10() -> None:
    acts = run(random_checkpoint(n_layer=11, n_embd=4), "ab")
    assert acts["pattern", 1].name == "blocks.1.attn.pattern" and acts["pattern", 10].name == "blocks.10.attn.pattern"


# -- quantities ----------


def cuts(length: int) -> st.SearchStrategy:
    places = st.none() | st.integers(-length - 2, length + 2)
    whole = st.builds(slice, places, places, st.none() | st.integers(-4, 4).filter(bool))
    return whole | st.integers(-length, length - 1) if length else whole


@st.composite
def chains(draw: st.DrawFn) -> list[tuple]:
    """Cuts of cuts of cuts of one array, as one would type them between brackets."""
    array = np.empty((HEADS, 10, 10))
    chain = []
    for _ in range(draw(st.integers(1, 3))):
        count = draw(st.integers(0, array.ndim))
        key = tuple(draw(cuts(length)) for length in array.shape[:count])
        chain.append(key)
        array = array[key]
    return chain


@settings(max_examples=400, deadline=None)
@given(chain=chains())
def test_parts_are_cut_as_numpy_cuts_them_and_their_passports_lead_back(acts: Activations, chain: list[tuple]) -> None:
    quantity, array = acts["pattern", 1], acts["pattern", 1].values
    for key in chain:
        quantity, array = quantity[key], array[key]
    assert quantity.shape == array.shape and np.array_equal(quantity.values, array)
    assert len(quantity.axes) == array.ndim and quantity.name == "blocks.1.attn.pattern"
    assert hash(quantity.passport) is not None
    assert np.array_equal(acts.resolve(quantity.passport), array)


def test_a_reversed_part_leads_back_to_its_numbers(acts: Activations) -> None:
    # Its stop is -1, which a slice would read as "from the end".
    upside_down = acts["embed"][::-1]
    assert np.array_equal(acts.resolve(upside_down.passport), acts["embed"].values[::-1])


def test_single_numbers_are_floats_with_passports(acts: Activations) -> None:
    share = acts["pattern", 1].at(head=3)[5, np.int64(-7)]
    assert share.shape == () and share.axes == ()
    assert share.passport == ("blocks.1.attn.pattern", (3, 5, 3), acts.source)
    assert float(share) == float(acts["blocks.1.attn.pattern"].values[3, 5, 3]) == float(acts.resolve(share.passport))


def test_axes_are_taken_by_name(acts: Activations) -> None:
    pattern = acts["pattern", 0]
    row = pattern.at(query=4, head=1)
    assert row.axes == ("key",) and np.array_equal(row, pattern.values[1, 4])
    assert np.array_equal(pattern.at(key=slice(0, 3)), pattern.values[:, :, :3])


def test_a_wrong_axis_is_answered_with_the_right_ones(acts: Activations) -> None:
    with pytest.raises(KeyError, match="blocks.0.attn.pattern has no axis 'row'; its axes are head, query, key"):
        acts["pattern", 0].at(row=1)


@pytest.mark.parametrize("index", [10, -11])
def test_a_place_that_is_not_there_is_named_with_its_axis(acts: Activations, index: int) -> None:
    with pytest.raises(IndexError, match=rf"has 10 along query, counted from 0; there is no {index}$"):
        acts["pattern", 0][0, index]


@pytest.mark.parametrize("key", [1.0, "head", None, [0, 1], True, (0, 0, 0, 0), ...])
def test_only_integers_and_slices_take_parts(acts: Activations, key) -> None:
    with pytest.raises(TypeError, match="take parts by up to 3 integers or slices, not"):
        acts["pattern", 0][key]


def test_a_passport_of_other_numbers_is_refused(acts: Activations, checkpoint: Checkpoint) -> None:
    other = run(checkpoint, "abc")["pattern", 0][0]
    with pytest.raises(ValueError, match="this passport is for random@5eed5eed5eed/.*, these activations are"):
        acts.resolve(other.passport)


def test_a_quantity_cannot_be_changed(acts: Activations) -> None:
    pattern = acts["pattern", 0]
    with pytest.raises(ValueError, match="read-only"):
        pattern.values[0, 0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(pattern[0])[0, 0] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        pattern.name = "mine"


def test_a_copy_of_a_quantity_is_itself(acts: Activations) -> None:
    # Manim copies mobjects with everything they hold; the numbers are shared.
    assert copy.deepcopy(acts["pattern", 0]) is acts["pattern", 0]
    own = np.array(acts["pattern", 0])
    own[:] = 0  # an array made of it belongs to the maker
    assert float(acts["pattern", 0][0, 0, 0]) == 1.0


def test_numbers_and_axes_must_agree() -> None:
    with pytest.raises(ValueError, match=r"demo: 2 axes of numbers, but 1 named: \('key',\)"):
        Quantity(np.zeros((2, 2)), "demo", ("key",), "here")
