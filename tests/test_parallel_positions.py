"""ParallelPositions: guesses, losses and their mean are the network's, and the times those that were measured."""

from __future__ import annotations

import math

import numpy as np
import pytest

from model import recorded
from model.checkpoint import load
from model.decoding import KeyValueCache, read
from tests.every_scene import EveryScene
from tests.telling import Told


def shares(told: Told) -> np.ndarray:
    """What each position expects, axes (position, vocab), from logits in double precision."""
    logits = told.activations["logits"].values
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def seconds(told: Told) -> tuple[str, np.ndarray, float]:
    """Whose times were recorded, those of single steps and that of one pass, for as many tokens."""
    recording = recorded.load("shakespeare" if told.checkpoint.name == "shakespeare" else "storybook")
    count = len(told.scene.pieces)
    single, whole = (recording[f"timing.decoding.{name}"].values for name in ("cached", "uncached"))
    return recording.name, single[:count], float(whole[count - 1])


class TestParallelPositions(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "ParallelPositions"
    beats = 6

    def test_a_queue_takes_as_many_steps_as_there_are_words(self, told: Told) -> None:
        assert [one.value for one in told.declared(1, "count: steps")] == [len(told.scene.pieces)]
        assert "illustration" in told.texts(1)
        assert [one.value for one in told.declared(2, "count: passes")] == [1]

    def test_every_position_shows_numbers_of_its_own_vector(self, told: Told) -> None:
        truth = told.activations["resid_post", told.checkpoint.config.n_layer - 1].values
        for beat in (2, 6):
            shown = [(value, passport) for value, passport in told.values[beat - 1] if "resid_post" in passport[0]]
            assert {passport[1][0] for _value, passport in shown} == set(range(len(truth)))
            for value, (_name, index, _source) in shown:
                assert value == pytest.approx(truth[index], rel=1e-3, abs=2e-4)

    def test_the_three_likeliest_words_are_listed_at_every_position(self, told: Told) -> None:
        truth, ids = shares(told), told.scene.activations.ids
        shown = {one.passport[1] for one in told.numbers(3, "probabilities")}
        listed = {(row, int(token)) for row, line in enumerate(truth) for token in np.argsort(-line)[:3]}
        answers = {(row, ids[row + 1]) for row in range(len(ids) - 1)}
        assert shown == listed | answers

    def test_a_guess_is_ticked_only_if_it_is_the_next_word(self, told: Told) -> None:
        truth, ids = shares(told), told.scene.activations.ids
        right = sum(ids[row + 1] in np.argsort(-truth[row])[:3] for row in range(len(ids) - 1))
        assert len(told.scene.ticks) == right

    def test_the_place_shown_first_is_the_one_that_guesses_best(self, told: Told) -> None:
        truth, ids = shares(told), told.scene.activations.ids
        ranks = [np.argsort(-truth[row]).tolist().index(ids[row + 1]) for row in range(len(ids) - 1)]
        assert ranks[told.scene.best_place()] == min(ranks)

    def test_each_loss_is_minus_the_logarithm_of_the_true_words_share(self, told: Told) -> None:
        truth, ids = shares(told), told.scene.activations.ids
        shown = {one.passport[1][0]: one.value for one in told.numbers(4, "losses")}
        assert len(shown) == len(ids) - 1
        for row, value in shown.items():
            assert value == pytest.approx(-math.log(truth[row, ids[row + 1]]), abs=1e-4)

    def test_the_mean_equals_the_networks_loss(self, told: Told) -> None:
        truth, ids = shares(told), told.scene.activations.ids
        [mean] = told.declared(4, "mean of the losses")
        likelihood = np.log(truth[np.arange(len(ids) - 1), ids[1:]])
        assert mean.value == pytest.approx(-likelihood.mean(), abs=1e-4)
        assert [one.value for one in told.declared(4, "count: lessons")] == [len(ids) - 1]

    def test_the_times_are_those_that_were_measured(self, told: Told) -> None:
        name, single, whole = seconds(told)
        [total] = told.declared(5, "single steps, added up")
        [one_pass] = told.numbers(5, "timing.decoding.uncached")
        assert total.value == pytest.approx(single.sum())
        assert one_pass.value == pytest.approx(whole)
        assert any(name in text and "measured" in text for text in told.texts(5))
        assert any("one core" in text for text in told.texts(5))

    def test_every_step_has_a_piece_of_the_bar_and_fills_one_of_eight_places(self, told: Told) -> None:
        steps, one_pass, _names, *blocks = told.scene.bars[:5]
        _name, single, whole = seconds(told)
        np.testing.assert_allclose([piece.value for piece in steps], single)
        lengths = np.array([piece.width for piece in steps])
        np.testing.assert_allclose(lengths / one_pass[0].width, single / whole, rtol=0.02)
        lit = [sum(square.get_fill_opacity() == 1 for square in block) for group in blocks for block in group]
        count = len(single)
        assert lit[0] == 1 and sum(lit[1:]) == count
        assert all(number == 8 for number in lit[1:-1])
        assert {len(block) for group in blocks for block in group} == {8}

    def test_the_ratio_is_that_of_both_times(self, told: Told) -> None:
        _name, single, whole = seconds(told)
        [ratio] = told.declared(6, "ratio of both times")
        assert ratio.value == pytest.approx(single.sum() / whole)
        assert ratio.text in told.scene.beats[5].narration


def test_words_read_one_by_one_and_at_once_give_the_same_numbers() -> None:
    checkpoint = load("storybook")
    ids = checkpoint.tokenizer.encode("the good king had a golden crown")
    cache = KeyValueCache(checkpoint.config)
    for token in ids:
        single = read(checkpoint, [token], cache)
    np.testing.assert_array_equal(single, read(checkpoint, ids, KeyValueCache(checkpoint.config)))
