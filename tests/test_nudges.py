"""What one head does to a word: packages add up, and the other sentences are the ones the rule says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from model.checkpoint import Checkpoint, load
from model.config import GPTConfig
from model.forward import run
from model.probing import nudges
from model.probing.lens import lens, read_off
from model.tokenizer import CharTokenizer

SENTENCE, FOX = "the ugly old fox heard a little silver bell", 3


@pytest.fixture(scope="module")
def letters() -> Checkpoint:
    config = GPTConfig(vocab_size=13, block_size=10, n_layer=3, n_head=4, n_embd=16)
    generator = np.random.default_rng(5)
    weights = {name: generator.normal(0, 0.5, size).astype(np.float32) for name, size in config.tensor_shapes().items()}
    return Checkpoint("random", config, CharTokenizer("abcdefghijklm"), weights, "5eed" * 16)


@pytest.fixture(scope="module")
def storybook() -> Checkpoint:
    return load("storybook")


def test_packages_weighted_by_the_pattern_are_what_the_head_adds(letters: Checkpoint) -> None:
    acts = run(letters, [3, 1, 4, 1, 5, 9], np.float64)
    for layer, head in itertools.product(range(3), range(4)):
        packages = nudges.packages(letters, acts, layer, head).values
        added = acts["pattern", layer].values[head] @ packages
        np.testing.assert_allclose(added, acts["result", layer].values[head], atol=1e-12)


def test_all_heads_updates_and_the_offset_lead_to_the_stream_after_attention(letters: Checkpoint) -> None:
    acts = run(letters, [3, 1, 4, 1, 5, 9], np.float64)
    steps = sum(nudges.nudged(acts, 1, head).values - acts["resid_pre", 1].values for head in range(4))
    whole = acts["resid_pre", 1].values + steps + letters.weights["blocks.1.attn.out.bias"]
    np.testing.assert_allclose(whole, acts["resid_mid", 1].values, atol=1e-10)


def test_lengths_and_cosines_obey_the_law_of_cosines(letters: Checkpoint) -> None:
    acts = run(letters, [3, 1, 4, 1, 5, 9], np.float64)
    before, after = (np.linalg.norm(one.values, axis=1) for one in (acts["resid_pre", 2], nudges.nudged(acts, 2, 1)))
    lengths, cosines = (found(acts, 2, 1).values for found in (nudges.lengths, nudges.cosines))
    np.testing.assert_allclose(lengths**2, before**2 + after**2 - 2 * before * after * cosines, atol=1e-9)


def test_readings_are_shares_of_what_is_read_off(letters: Checkpoint) -> None:
    acts = run(letters, [3, 1, 4, 1, 5, 9], np.float64)
    shares = nudges.readings(letters, acts, 1, 2, 4).values
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    ratios = np.log(shares[0] / shares[0, 0])
    logits = lens(letters, acts).values[1, 4]
    np.testing.assert_allclose(ratios, logits - logits[0], atol=1e-10)


def test_the_last_stream_read_off_is_the_logits(letters: Checkpoint) -> None:
    acts = run(letters, [3, 1, 4], np.float32)
    np.testing.assert_array_equal(read_off(letters, acts["resid_post", 2].values), acts["logits"].values)


def test_elsewhere_only_describing_words_are_others(storybook: Checkpoint) -> None:
    acts = run(storybook, SENTENCE)
    found = nudges.elsewhere(storybook, acts, 2, 0, FOX, (1, 2))
    assert len(found) == 2
    for one in found:
        assert one.swapped == (1, 2)
        assert [place for place in range(9) if one.activations.ids[place] != acts.ids[place]] == [1, 2]
        text = storybook.tokenizer.decode(list(one.activations.ids))
        assert tuple(text.split()[1:3]) in nudges.COUPLES
        assert list(one.activations.ids) == storybook.tokenizer.encode(text)


def test_no_other_two_couples_would_part_the_nudges_more(storybook: Checkpoint) -> None:
    acts = run(storybook, SENTENCE)
    steps = {}
    for couple in nudges.COUPLES:
        text = SENTENCE.replace("ugly old", " ".join(couple))
        if len(storybook.tokenizer.encode(text)) == len(acts.ids):
            steps[couple] = run(storybook, text)["result", 2].values[0, FOX]
    own = acts["result", 2].values[0, FOX]

    def least(pair: tuple[tuple[str, ...], ...]) -> float:
        vectors = [own, *(steps[couple] for couple in pair)]
        return min(float(np.linalg.norm(one - other)) for one, other in itertools.combinations(vectors, 2))

    best = max(itertools.combinations(steps, 2), key=least)
    found = nudges.elsewhere(storybook, acts, 2, 0, FOX, (1, 2))
    texts = [storybook.tokenizer.decode(list(one.activations.ids)) for one in found]
    assert sorted(tuple(text.split()[1:3]) for text in texts) == sorted(best)


def test_a_determiner_is_exchanged_for_others(storybook: Checkpoint) -> None:
    found = nudges.elsewhere(storybook, run(storybook, "the king"), 2, 0, 1, (0,))
    firsts = [storybook.tokenizer.decode(list(one.activations.ids)).split()[0] for one in found]
    assert len(firsts) == 2 and set(firsts) <= nudges.DETERMINERS - {"the"}


def test_letters_are_exchanged_for_letters(letters: Checkpoint) -> None:
    acts = run(letters, "abcde")
    found = nudges.elsewhere(letters, acts, 1, 0, 4, (0, 3))
    assert len(found) == 2
    assert all(one.swapped == (3,) and one.activations.ids[3] != acts.ids[3] for one in found)


def test_points_are_as_far_apart_as_their_mean_distance() -> None:
    assert nudges.spread(np.array([[0.0, 0], [3, 0], [0, 4]])) == pytest.approx(4)
    assert nudges.spread(np.array([[1.0, 2]])) == 0
