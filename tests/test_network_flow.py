"""NetworkFlow: every number is the stream's at its stage, and the last one leads to the network's own answer."""

from __future__ import annotations

import numpy as np
import pytest

from scenes.intro_flow_blocks import DEPTH, mean_pattern
from tests.every_scene import EveryScene
from tests.telling import Told


class TestNetworkFlow(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "NetworkFlow"
    beats = 9

    @pytest.mark.parametrize(("beat", "stage"), [(1, "resid_pre"), (2, "resid_mid"), (4, "resid_post")])
    def test_columns_are_the_stream_of_the_first_layer(self, told: Told, beat: int, stage: str) -> None:
        shown = told.numbers(beat, f"blocks.0.{stage}")
        fresh = told.activations[stage, 0].values
        assert len(shown) == min(DEPTH, fresh.shape[1]) * len(told.activations.ids)
        for one in shown:
            assert one.value == pytest.approx(float(fresh[one.passport[1]]), rel=1e-3, abs=2e-4)

    def test_the_final_array_is_the_last_of_the_stream(self, told: Told) -> None:
        final = told.checkpoint.config.n_layer - 1
        shown = told.numbers(7, f"blocks.{final}.resid_post")
        fresh = told.activations["resid_post", final].values
        assert {one.passport[1][0] for one in shown} == set(range(len(told.activations.ids)))
        for one in shown:
            assert one.value == pytest.approx(float(fresh[one.passport[1]]), rel=1e-3, abs=2e-3)

    def test_lengths_are_those_of_the_last_column(self, told: Told) -> None:
        layers = told.checkpoint.config.n_layer
        truth = [np.sqrt((told.activations["resid_post", layer].values[-1] ** 2).sum()) for layer in range(layers)]
        assert [bar[0].value for bar in told.scene.bars] == pytest.approx(truth, rel=1e-3)
        ends = [np.sqrt((told.activations[stage, 0].values[-1] ** 2).sum()) for stage in ("resid_pre", "resid_mid")]
        assert [one.value for one in told.declared(3, "length of the last column")] == pytest.approx(ends, rel=1e-3)

    def test_arcs_are_the_attention_of_all_heads_averaged(self, told: Told) -> None:
        pattern = told.activations["pattern", 0].values
        truth = sum(pattern[head] for head in range(len(pattern))) / len(pattern)
        assert np.asarray(mean_pattern(told.scene.activations, 0)) == pytest.approx(truth, abs=1e-5)
        for arc in told.scene.arcs:
            assert arc.value == pytest.approx(truth[-1, arc.source], abs=1e-5)

    def test_neurons_are_the_most_active_ones(self, told: Told) -> None:
        active = told.activations["post", 0].values
        for values, column in zip(active, told.scene.neurons, strict=True):
            shown = values[list(column.shown)]
            assert shown.min() >= np.sort(values)[-len(shown)] - 1e-4
            assert column.values == pytest.approx(shown, abs=1e-3)

    def test_the_answer_is_the_softmax_of_the_last_logits(self, told: Told) -> None:
        logits = np.asarray(told.activations["logits"].values[-1], dtype=np.float64)
        truth = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        rows = [row for row in told.scene.answer.items if row.key >= 0]
        assert [row.bar.value for row in rows] == pytest.approx(np.sort(truth)[::-1][: len(rows)], abs=1e-5)
        [count] = told.declared(9, "count: parameters")
        assert count.value == sum(one.size for one in told.checkpoint.weights.values())
