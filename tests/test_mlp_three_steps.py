"""MlpThreeSteps: three products and a sum, computed anew from the checkpoint's tables."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.every_scene import EveryScene
from tests.telling import Told


class TestMlpThreeSteps(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "MlpThreeSteps"
    beats = 9

    @staticmethod
    def tables(told: Told) -> dict[str, np.ndarray]:
        start = f"blocks.{told.scene.layer}.mlp."
        weights = told.checkpoint.weights
        return {name.removeprefix(start): np.asarray(array, float) for name, array in weights.items() if start in name}

    def bent(self, told: Told) -> np.ndarray:
        """The neurons' answers at the last place, from the tables."""
        tables, normal = self.tables(told), told.activations["ln2.normalized", told.scene.layer].values[-1]
        pre = tables["up.weight"] @ normal + tables.get("up.bias", 0)
        if told.checkpoint.config.activation == "relu":
            return np.where(pre > 0, pre, 0)
        cubic = math.sqrt(2 / math.pi) * (pre + 0.044715 * pre**3)
        smooth = pre / 2 * (1 + np.tanh(cubic))
        exact = np.array([value * 0.5 * (1 + math.erf(value / math.sqrt(2))) for value in pre])
        return smooth if told.checkpoint.config.activation == "gelu_tanh" else exact

    def test_the_layer_is_the_one_that_helps_the_guess_most(self, told: Told) -> None:
        gains = []
        final = int(told.activations["logits"].values[-1, : told.checkpoint.tokenizer.vocab_size].argmax())
        weights, epsilon = told.checkpoint.weights, told.checkpoint.config.layer_norm_epsilon
        table = weights.get("unembed.weight", weights["embed.weight"])[: told.checkpoint.tokenizer.vocab_size]
        for layer in range(told.checkpoint.config.n_layer):
            shares = []
            for name in ("resid_mid", "resid_post"):
                stream = told.activations[name, layer].values[-1]
                normal = (stream - stream.mean()) / np.sqrt(stream.var() + epsilon) * weights["ln_final.weight"]
                powers = np.exp(table @ (normal + weights.get("ln_final.bias", 0)))
                shares.append(powers[final] / powers.sum())
            gains.append(shares[1] - shares[0])
        assert max(gains) == pytest.approx(gains[told.scene.layer], abs=1e-4)

    def test_what_neurons_answer_is_the_first_table_bent(self, told: Told) -> None:
        bent = self.bent(told)
        shown = [one for one in told.numbers(5, "mlp.post")]
        assert len(shown) == 7
        for one in shown:
            assert one.value == pytest.approx(bent[one.passport[1][1]], abs=1e-3)

    def test_active_neurons_are_counted(self, told: Told) -> None:
        tables, normal = self.tables(told), told.activations["ln2.normalized", told.scene.layer].values[-1]
        pre = tables["up.weight"] @ normal + tables.get("up.bias", 0)
        [count] = told.declared(5, "neurons above zero")
        assert count.value == pytest.approx((pre > 0).sum(), abs=1)

    def test_what_is_written_is_the_second_table_times_the_answers(self, told: Told) -> None:
        tables = self.tables(told)
        written = tables["down.weight"] @ self.bent(told) + tables.get("down.bias", 0)
        for one in told.numbers(6, "mlp_out"):
            assert one.value == pytest.approx(written[one.passport[1][1]], rel=1e-3, abs=1e-3)

    def test_the_terms_that_are_drawn_and_those_that_are_counted_are_all(self, told: Told) -> None:
        drawn = [one for one in told.numbers(6, "mlp.post")]
        [more] = told.declared(6, "terms not drawn")
        assert len(drawn) + more.value == pytest.approx((self.bent(told) != 0).sum(), abs=1)
        assert sorted((one.value for one in drawn), reverse=True) == [one.value for one in drawn]

    def test_the_column_that_came_in_and_what_is_written_add_up_to_what_goes_on(self, told: Told) -> None:
        came, wrote, goes = (
            {one.passport[1][1]: one.value for one in told.numbers(7, name)}
            for name in ("resid_mid", "mlp_out", "resid_post")
        )
        assert len(goes) == len(came) == len(wrote) > 4
        for place, value in goes.items():
            assert value == pytest.approx(came[place] + wrote[place], abs=1e-4)

    def test_the_guess_after_the_last_layer_is_the_networks(self, told: Told) -> None:
        shares = np.asarray(told.scene.guesses)[-1, -1]
        assert shares == pytest.approx(told.activations["probabilities"].values[-1, : len(shares)], abs=1e-4)
        known = told.scene.guessed
        rows = np.asarray(told.scene.guesses)[2 * told.scene.layer + 1 : 2 * told.scene.layer + 3, -1]
        for row, cells in zip(rows, known.cells, strict=True):
            assert [cell.numeral.value for cell in cells] == pytest.approx(sorted(row)[: -len(cells) - 1 : -1])
