"""NextTokenPrediction: the bars are the network's softmax, for the text as it is and with one token swapped."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from model.forward import run
from model.probing.swapping import place_to_swap, swap_for, total_variation
from tests.every_scene import EveryScene
from tests.telling import Told


class TestNextTokenPrediction(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "NextTokenPrediction"
    beats = 7

    def shares(self, told: Told, swapped: bool) -> np.ndarray:
        """The softmax of the logits at the last place, computed here."""
        scene = told.scene
        ids = list(told.activations.ids)
        if swapped:
            ids[scene.swap.place] = scene.swap.token
        logits = np.asarray(run(told.checkpoint, ids)["logits"].values, dtype=float)[-1]
        return softmax(logits)

    def test_bars_are_the_softmax_of_the_logits(self, told: Told) -> None:
        after = self.shares(told, swapped=True)
        bars = told.scene.bars
        assert bars.tokens == list(np.argsort(-after, kind="stable")[: len(bars.tokens)])
        for token in bars.tokens:
            assert bars.row(token).value == pytest.approx(after[token], abs=1e-6)
        assert bars.values.sum() == pytest.approx(1, abs=1e-6)

    def test_percents_are_rounded_not_cut_off(self, told: Told) -> None:
        before = self.shares(told, swapped=False)
        shown = {one.text for one in told.stills[3] if one.kind == "number"}
        wanted = {f"{100 * share:.1f}" for share in np.sort(before)[::-1][:10]}
        assert wanted <= shown

    def test_the_whole_is_a_hundred_percent(self, told: Told) -> None:
        [total] = told.declared(5, "sum of all shares")
        assert (total.value, total.text) == (1.0, "100.0")

    def test_the_swap_changes_one_token_and_what_moves_is_the_difference(self, told: Told) -> None:
        before, after = (self.shares(told, swapped) for swapped in (False, True))
        swap = told.scene.swap
        assert 0 <= swap.place < len(told.scene.pieces) - 1
        assert swap.token != told.activations.ids[swap.place]
        assert total_variation(before, after) == pytest.approx(np.abs(before - after).sum() / 2)
        assert swap.change == pytest.approx(total_variation(before, after), abs=1e-6)
        change = after - before
        shown = sorted(one.value for one in told.declared(6, "difference of two shares"))
        assert shown == pytest.approx([change.min(), change.max()], abs=1e-6)

    def test_the_machine_says_how_large_the_network_is(self, told: Told) -> None:
        [count] = told.declared(3, "count: parameters")
        known = sum(weights.size for weights in told.checkpoint.weights.values())
        assert count.value == known
        [layers] = told.declared(3, "size: layers")
        assert layers.value == told.checkpoint.config.n_layer


def test_the_swap_tried_that_changes_most_is_taken(story_network) -> None:
    ids = story_network.tokenizer.encode("the old king had a cat and a")
    swap = swap_for(story_network, ids)
    pieces = story_network.tokenizer.pieces(ids)
    assert pieces[swap.place].strip() == "king"
    for word in (" queen", " wolf", " house"):
        [token] = story_network.tokenizer.encode(word)
        other = [*ids[: swap.place], token, *ids[swap.place + 1 :]]
        shares = [softmax(np.asarray(run(story_network, one)["logits"].values, float)[-1]) for one in (ids, other)]
        assert total_variation(*shares) <= swap.change + 1e-6


@pytest.fixture(scope="module")
def story_network():
    from model.checkpoint import load

    return load("storybook")


def test_the_earliest_word_that_names_something_is_swapped_but_never_the_last() -> None:
    assert place_to_swap(["the", " king", " and", " the", " queen"]) == 1
    assert place_to_swap(["once", " upon", " a", " king"]) == 1
    assert place_to_swap(["the", " king"]) == 0
