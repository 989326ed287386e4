"""Text is drawn as shown: cached or not the same to the last bit, and every draw falls where it should."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from model import checkpoint as checkpoints
from model.checkpoint import Checkpoint
from model.config import GPTConfig
from model.decoding import ROWS, KeyValueCache, multiplications, read
from model.forward import run, softmax
from model.sampling import Dials, Trace, generate, main, stream
from model.shares import at_temperature, keep_likeliest, place_on_strip, strip
from model.tokenizer import BPETokenizer, CharTokenizer

LETTERS = "abcdefghijklm"
DRAWS = st.floats(0, 1, exclude_max=True)


def network(seed: int = 0, tokenizer=None, spread: float = 0.4, **shape) -> Checkpoint:
    tokenizer = tokenizer or CharTokenizer(LETTERS)
    sizes = {"vocab_size": tokenizer.vocab_size, "block_size": 21, "n_layer": 3, "n_head": 4, "n_embd": 16}
    config = GPTConfig(**(sizes | shape))
    generator = np.random.default_rng(seed)
    weights = {
        name: generator.normal(0, spread, size).astype(np.float32) for name, size in config.tensor_shapes().items()
    }
    return Checkpoint("tiny", config, tokenizer, weights, "5eed" * 16)


def check_same(one: Trace, other: Trace) -> None:
    assert one.text == other.text and one.ids == other.ids and len(one.steps) == len(other.steps)
    for mine, theirs in zip(one.steps, other.steps, strict=True):
        assert (mine.draw, mine.rank, mine.piece) == (theirs.draw, theirs.rank, theirs.piece)
        for name in ("logits", "probabilities", "kept_ids", "shares"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))


# -- the cache ----------


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"activation": "gelu", "tied": True},
        {"activation": "gelu_tanh", "bias": False, "n_head": 2},
        {"block_size": 5},  # shorter than a group of rows: the context is full at once
        {"block_size": ROWS},
        {"n_embd": 96, "n_head": 6, "block_size": 40},  # wide enough for other kernels of the BLAS
    ],
)
@pytest.mark.parametrize("dials", [{}, {"temperature": 0.7, "top_k": 5, "top_p": 0.9}, {"temperature": 0}])
def test_a_cached_trace_equals_an_uncached_one_to_the_last_bit(shape: dict, dials: dict) -> None:
    tiny = network(**shape)
    check_same(generate(tiny, "abc", 45, **dials), generate(tiny, "abc", 45, cached=False, **dials))


@pytest.mark.parametrize("name", checkpoints.shipped())
def test_a_cached_trace_of_a_shipped_network_equals_an_uncached_one(name: str) -> None:
    shipped = checkpoints.load(name)
    check_same(generate(shipped, "the king", 24), generate(shipped, "the king", 24, cached=False))


@pytest.mark.parametrize("activation", ["relu", "gelu", "gelu_tanh"])
def test_the_logits_are_those_of_the_forward_pass_also_when_the_oldest_tokens_fell_out(activation: str) -> None:
    tiny = network(activation=activation)
    trace = generate(tiny, "abcabc", 40, seed=3)
    for number, step in enumerate(trace.steps):
        window = list(trace.ids[: len(trace.prompt_ids) + number])[-tiny.config.block_size :]
        expected = run(tiny, window, np.float64)["logits"].values[-1]
        np.testing.assert_allclose(step.logits, expected, rtol=0, atol=2e-5)


def test_however_a_text_is_cut_its_logits_and_its_cache_are_the_same_to_the_last_bit() -> None:
    tiny, ids = network(), [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2]
    whole = KeyValueCache(tiny.config)
    logits = read(tiny, ids, whole)
    for cuts in ([1, 2, 3], [7, 8, 9], [8], [16], list(range(1, 17))):
        cache = KeyValueCache(tiny.config)
        for start, stop in pairwise([0, *cuts, len(ids)]):
            found = read(tiny, ids[start:stop], cache)
        np.testing.assert_array_equal(found, logits)
        np.testing.assert_array_equal(cache.keys, whole.keys)
        np.testing.assert_array_equal(cache.values, whole.values)


def test_the_cache_holds_the_keys_and_values_of_the_forward_pass() -> None:
    tiny, ids = network(), [3, 1, 4, 1, 5, 9, 2, 6, 5]
    cache = KeyValueCache(tiny.config)
    read(tiny, ids, cache)
    acts = run(tiny, ids)
    for layer in range(tiny.config.n_layer):
        np.testing.assert_allclose(cache.keys[layer, :, :9], acts["k", layer].values, atol=1e-5)
        np.testing.assert_allclose(cache.values[layer, :, :9], acts["v", layer].values, atol=1e-5)
    assert cache.bytes_used() == 2 * 3 * 16 * 9 * 4  # keys and values, layers, width, tokens, bytes a number
    cache.clear()
    assert cache.bytes_used() == 0 and not cache.keys.any()


def test_multiplications_are_those_of_the_tables_and_of_every_meeting() -> None:
    config = network(bias=False).config
    shapes = config.tensor_shapes()
    in_blocks = sum(np.prod(shape) for name, shape in shapes.items() if name.startswith("blocks") and len(shape) == 2)
    meetings = sum(1 for query in range(9) for key in range(9) if key <= query)
    each = 2 * config.n_head * config.d_head * config.n_layer
    unembedding = np.prod(shapes["unembed.weight"])
    assert multiplications(config, 9) == 9 * in_blocks + meetings * each + unembedding
    assert multiplications(config, 1, 8) == in_blocks + 9 * each + unembedding


def test_more_than_the_context_has_room_for_is_refused() -> None:
    tiny, cache = network(block_size=4), KeyValueCache(network(block_size=4).config)
    read(tiny, [1, 2, 3], cache)
    with pytest.raises(ValueError, match="the text has 5 tokens, tiny reads at most 4; shorten it"):
        read(tiny, [1, 2], cache)
    with pytest.raises(ValueError, match="the text is empty"):
        read(tiny, [], cache)


# -- from logits to a token ----------


def test_shares_at_a_temperature_are_the_softmax_of_divided_logits() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (2, 9)).astype(np.float32)
    for temperature in (0.3, 1.0, 7.0):
        expected = softmax(logits.astype(np.float64) / temperature)
        np.testing.assert_allclose(at_temperature(logits, temperature), expected, rtol=1e-6)
    coldest = np.zeros((2, 9))
    coldest[[0, 1], logits.argmax(-1)] = 1
    np.testing.assert_array_equal(at_temperature(logits, 0), coldest)
    np.testing.assert_array_equal(at_temperature(logits, 1e-310), coldest)


def test_greedy_text_takes_the_likeliest_token_whatever_the_seed() -> None:
    tiny = network()
    trace = generate(tiny, "abc", 12, temperature=0, seed=1)
    assert trace.ids == generate(tiny, "abc", 12, temperature=0, seed=2).ids
    assert all(step.id == step.logits.argmax() and step.probability == 1 for step in trace.steps)


def test_top_k_keeps_the_k_likeliest_and_top_p_then_the_fewest_that_reach_the_mass() -> None:
    probabilities = np.array([0.05, 0.4, 0.05, 0.3, 0.2], np.float32)
    kept, shares = keep_likeliest(probabilities, top_k=3)
    assert kept.tolist() == [1, 3, 4]
    np.testing.assert_allclose(shares, [0.4 / 0.9, 0.3 / 0.9, 0.2 / 0.9], rtol=1e-6)
    assert keep_likeliest(probabilities, top_p=0.6)[0].tolist() == [1, 3]
    assert keep_likeliest(probabilities, top_p=0.75)[0].tolist() == [1, 3, 4]
    assert keep_likeliest(probabilities, top_k=3, top_p=0.75)[0].tolist() == [1, 3]  # 0.7 of the 0.9 left by top-k
    assert keep_likeliest(probabilities, top_p=0.01)[0].tolist() == [1]
    assert keep_likeliest(probabilities)[0].tolist() == [1, 3, 4, 0, 2]
    assert keep_likeliest(np.array([0.0, 1.0], np.float32), top_k=2)[0].tolist() == [1]


@given(st.lists(st.floats(2**-20, 1), min_size=1, max_size=30), DRAWS)
@settings(max_examples=100, deadline=None)
def test_the_draw_falls_in_the_segment_it_chooses(weights: list[float], draw: float) -> None:
    shares = (np.array(weights) / sum(weights)).astype(np.float32)
    place, limits = place_on_strip(shares, draw), strip(shares)
    assert limits[0] == 0 and limits[-1] == 1 and limits[place] <= draw < limits[place + 1]


def test_the_strip_chooses_as_often_as_shares_say() -> None:
    shares = np.array([0.5, 0.3, 0.2], np.float32)
    draws = np.random.default_rng(0).random(20_000)
    counts = np.bincount([place_on_strip(shares, draw) for draw in draws], minlength=3)
    np.testing.assert_allclose(counts / 20_000, shares, atol=0.01)


@pytest.mark.parametrize("dials", [{}, {"temperature": 1.5, "top_p": 0.8}, {"temperature": 0.5, "top_k": 4}])
def test_each_step_says_what_was_kept_and_where_the_draw_fell(dials: dict) -> None:
    tiny = network()
    trace = generate(tiny, "abc", 30, seed=5, **dials)
    draws = np.random.default_rng(5).random(30)
    for step, draw in zip(trace.steps, draws, strict=True):
        low, high = step.interval
        assert step.draw == draw and low <= draw < high
        everything = step.kept_probabilities()
        assert everything.sum() == pytest.approx(1, abs=1e-6)
        assert step.probabilities.sum() == pytest.approx(1, abs=1e-6)
        assert high - low == pytest.approx(everything[step.id], abs=1e-6)
        assert step.piece == LETTERS[step.id] and step.surprise == pytest.approx(-np.log(step.probability))
        ratio = everything[step.kept_ids] / step.probabilities[step.kept_ids]
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-5)  # a cut rescales all that stay alike
    assert trace.text == "abc" + "".join(step.piece for step in trace.steps)


def test_a_traces_numbers_come_with_a_passport_that_names_the_dials() -> None:
    trace = generate(network(), "abc", 4, temperature=0.8, top_k=6, seed=9)
    for name, axes in (("probabilities", ("step", "vocab")), ("kept_probabilities", ("step", "vocab"))):
        quantity = trace.quantity(name)
        assert quantity.axes == axes and quantity.shape == (4, len(LETTERS))
    chosen = trace.quantity("probability")
    assert chosen.axes == ("step",) and chosen.values.tolist() == [step.probability for step in trace.steps]
    assert chosen.source.endswith("/temperature=0.8,top_k=6,top_p=None,seed=9") and "tiny@" in chosen.source
    with pytest.raises(KeyError, match="a trace has no 'luck'; it has logits"):
        trace.quantity("luck")


def test_characters_of_several_tokens_appear_once_they_are_whole() -> None:
    tokenizer = BPETokenizer.train("é ü ß 龍 abc\n" * 20, 256)  # bytes only: every such letter takes several tokens
    tiny = network(tokenizer=tokenizer, block_size=64)
    trace = generate(tiny, "é龍", 60, temperature=2.0, seed=2)
    written = "é龍" + "".join(step.piece for step in trace.steps)
    assert trace.text.startswith(written) and not trace.text[len(written) :].strip("\ufffd")


def test_a_padded_vocabulary_is_never_drawn_from() -> None:
    tiny = network(vocab_size=64, spread=0.01)
    trace = generate(tiny, "abc", 40)
    assert max(trace.ids) < len(LETTERS) and len(trace.steps[0].logits) == len(LETTERS)


# -- what is refused ----------


@pytest.mark.parametrize(
    ("prompt", "tokens", "dials", "sentence"),
    [
        ("", 5, {}, "the text is empty; give at least one word"),
        ("abc?", 5, {}, "this network knows 13 characters and '?' is not one of them"),
        ("abc" * 8, 5, {}, "the text has 24 tokens, tiny reads at most 21; shorten it"),
        ("abc", 0, {}, "tokens is 0; ask for at least 1"),
        ("abc", 5, {"temperature": -0.5}, "temperature is -0.5; it must be 0 (always the likeliest) or above"),
        ("abc", 5, {"temperature": float("nan")}, "temperature is nan"),
        ("abc", 5, {"temperature": float("inf")}, "temperature is inf"),
        ("abc", 5, {"top_k": 0}, "top-k is 0; keep at least 1 token, or leave it out to keep all"),
        ("abc", 5, {"top_p": 0}, "top-p is 0; it is a share, above 0 and at most 1"),
        ("abc", 5, {"top_p": 1.5}, "top-p is 1.5"),
        ("abc", 5, {"seed": -1}, "seed is -1"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(prompt: str, tokens: int, dials: dict, sentence: str) -> None:
    for ask in (lambda: generate(network(), prompt, tokens, **dials), lambda: stream_of(prompt, tokens, dials)):
        with pytest.raises(ValueError) as caught:
            ask()
        assert sentence in str(caught.value) and "\n" not in str(caught.value)


def stream_of(prompt: str, tokens: int, dials: dict):
    return stream(network(), prompt, tokens, Dials(**dials))


def test_the_command_writes_the_text_and_says_errors_in_a_sentence(tmp_path) -> None:
    tiny = network()
    path = tmp_path / "tiny.safetensors"
    checkpoints.save(path, tiny.config, tiny.tokenizer, tiny.weights, {}, np.float32)
    answer = CliRunner().invoke(main, [str(path), "abc", "--tokens", "12", "--temperature", "0.8", "--seed", "4"])
    assert answer.exit_code == 0
    assert answer.output.strip() == generate(tiny, "abc", 12, temperature=0.8, seed=4).text
    refused = CliRunner().invoke(main, [str(path), "[bold]"])
    assert refused.exit_code == 1 and "error: this network knows 13 characters" in str(refused.exception.code or "")
