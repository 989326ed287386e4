"""TemperatureDial: shares at a temperature and their entropy by hand, draws by inverting the strip."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.every_scene import EveryScene
from tests.telling import Told


def shares_at(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Powers of e to the scores over the temperature, divided by their sum."""
    powers = [math.exp((score - max(scores)) / temperature) for score in scores]
    return np.array(powers) / math.fsum(powers)


class TestTemperatureDial(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "TemperatureDial"
    beats = 6

    @staticmethod
    def scores(told: Told) -> np.ndarray:
        return told.activations["logits"].values[-1, : told.checkpoint.tokenizer.vocab_size]

    def best(self, told: Told) -> list[float]:
        return sorted(self.scores(told), reverse=True)[:6]

    def test_at_one_the_shares_are_the_networks(self, told: Told) -> None:
        shown = [one.value for one in told.numbers(1, "probabilities.best")]
        truth = np.sort(told.activations["probabilities"].values[-1])[::-1][:6]
        assert shown == pytest.approx(truth, abs=1e-4)

    @pytest.mark.parametrize(("beat", "temperature"), [(2, 10.0), (3, 0.1)])
    def test_shares_and_entropy_follow_the_dial(self, told: Told, beat: int, temperature: float) -> None:
        shares = shares_at(self.scores(told), temperature)
        shown = [one.value for one in told.declared(beat, "share at a temperature")]
        assert shown[:6] == pytest.approx(np.sort(shares)[::-1][:6], abs=1e-3)
        [entropy] = told.declared(beat, "entropy of the shares")
        truth = -math.fsum(share * math.log(share) for share in shares if share > 0)
        assert entropy.value == pytest.approx(truth, abs=5e-3)
        assert [one.value for one in told.declared(beat, "set by hand")] == [temperature]

    def test_at_zero_all_goes_to_the_best(self, told: Told) -> None:
        assert [one.value for one in told.declared(4, "share at a temperature")][:6] == [1, 0, 0, 0, 0, 0]
        assert told.declared(4, "entropy of the shares")[0].value == 0

    def test_draws_are_where_the_seeds_numbers_fall(self, told: Told) -> None:
        scene = told.scene
        pieces = told.checkpoint.tokenizer.pieces(list(range(told.checkpoint.tokenizer.vocab_size)))
        for temperature, row in zip((0.1, 0.5, 1.0, 4.0), scene.draws[0], strict=True):
            shares = shares_at(np.asarray(scene.logits, float)[: len(pieces)], temperature)
            order = np.argsort(-shares, kind="stable")
            for seed in range(1, 6):
                strip = np.cumsum(shares[order])
                owner = int(order[np.searchsorted(strip, np.random.default_rng(seed).random(), side="right")])
                assert scene.words[owner] == scene.drawn(temperature)[seed - 1]
            assert len(row[1]) == 5

    def test_curves_are_the_five_best_at_every_temperature(self, told: Told) -> None:
        scene = told.scene
        place = 37
        shares = shares_at(self.scores(told), float(scene.grid[place]))
        for curve, token in zip(scene.curves, scene.best, strict=False):
            assert curve.ys[place] == pytest.approx(shares[token], abs=1e-3)
