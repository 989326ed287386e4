"""LogitLens: every early reading is the last step applied by hand; the last one is the network's own answer."""

from __future__ import annotations

import numpy as np
import pytest

from tests.every_scene import EveryScene
from tests.telling import Told


class TestLogitLens(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "LogitLens"
    beats = 5

    @staticmethod
    def reading(told: Told, name: str, layer: int) -> np.ndarray:
        """Shares after each place if reading stopped at a stream, shape (position, vocab)."""
        weights, config = told.checkpoint.weights, told.checkpoint.config
        stream = told.activations[name, layer].values
        normal = stream - stream.mean(-1, keepdims=True)
        normal /= np.sqrt((normal**2).mean(-1, keepdims=True) + config.layer_norm_epsilon)
        normal = normal * weights["ln_final.weight"] + weights.get("ln_final.bias", 0)
        table = weights.get("unembed.weight", weights["embed.weight"])[: told.checkpoint.tokenizer.vocab_size]
        powers = np.exp(normal @ table.T.astype(float))
        return powers / powers.sum(-1, keepdims=True)

    def layers(self, told: Told) -> list[np.ndarray]:
        count = told.checkpoint.config.n_layer
        return [
            self.reading(told, "resid_pre", 0),
            *(self.reading(told, "resid_post", layer) for layer in range(count)),
        ]

    def test_the_last_reading_is_the_networks_answer(self, told: Told) -> None:
        known = told.checkpoint.tokenizer.vocab_size
        truth = told.activations["probabilities"].values[:, :known]
        assert np.asarray(told.scene.whole)[-1] == pytest.approx(truth / truth.sum(-1, keepdims=True), abs=1e-4)
        assert self.layers(told)[-1] == pytest.approx(truth / truth.sum(-1, keepdims=True), abs=1e-6)

    def test_lists_hold_the_three_best_of_each_reading(self, told: Told) -> None:
        shown = told.numbers(2, "lens.probabilities.layers")
        truth = [np.sort(row[-1])[::-1][:3] for row in self.layers(told)]
        assert sorted(one.value for one in shown) == pytest.approx(sorted(np.concatenate(truth).tolist()), abs=2e-4)

    def test_the_curve_is_the_answers_share(self, told: Told) -> None:
        count, answer = told.checkpoint.config.n_layer, told.scene.answer
        streams = [("resid_pre", 0)]
        for layer in range(count):
            streams += [("resid_mid", layer), ("resid_post", layer)]
        truth = [self.reading(told, *stream)[-1, answer] for stream in streams]
        assert told.scene.curve.ys == pytest.approx(truth, abs=2e-4)
        [gain] = told.declared(3, "largest step")
        assert gain.value == pytest.approx(max(np.diff(truth)), abs=5e-4)

    def test_early_guesses_are_counted(self, told: Told) -> None:
        best = np.array([row.argmax(-1) for row in self.layers(told)])
        assert (told.scene.best == best).mean() > 0.97  # single precision may turn a tie
        early, every = told.declared(4, "early guesses")[0], told.declared(4, "guesses that are the final ones")[0]
        assert early.value == best[:-1].size
        assert every.value == (told.scene.best[:-1] == told.scene.best[-1]).sum()
