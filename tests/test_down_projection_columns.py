"""DownProjectionColumns: terms, nearest words and silenced answers, computed anew from the tables."""

from __future__ import annotations

import numpy as np
import pytest

from model.forward import run
from tests.every_scene import EveryScene
from tests.telling import Told


class TestDownProjectionColumns(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "DownProjectionColumns"
    beats = 6

    @staticmethod
    def down(told: Told) -> np.ndarray:
        return told.checkpoint.weights[f"blocks.{told.scene.layer}.mlp.down.weight"].astype(float)

    def test_all_terms_and_the_offset_make_what_is_written(self, told: Told) -> None:
        answers = told.activations["post", told.scene.layer].values[-1]
        terms = [answer * self.down(told)[:, neuron] for neuron, answer in enumerate(answers)]
        offset = told.checkpoint.weights.get(f"blocks.{told.scene.layer}.mlp.down.bias", 0)
        truth = told.activations["mlp_out", told.scene.layer].values[-1]
        assert sum(terms) + offset == pytest.approx(truth, abs=1e-6)
        squares = told.scene.total[2]
        assert squares.values == pytest.approx(truth[: len(squares.values)], rel=1e-3, abs=1e-3)

    def test_the_six_terms_are_the_longest(self, told: Told) -> None:
        answers = told.activations["post", told.scene.layer].values[-1]
        lengths = [abs(answer) * np.linalg.norm(self.down(told)[:, place]) for place, answer in enumerate(answers)]
        shown = sorted(lengths[one.passport[1][1]] for one in told.numbers(2, "mlp.post"))
        assert shown == pytest.approx(sorted(lengths)[-6:], rel=1e-3)

    def test_no_other_piece_lies_nearer_to_a_column(self, told: Told) -> None:
        weights = told.checkpoint.weights
        table = weights.get("unembed.weight", weights["embed.weight"])[: told.checkpoint.tokenizer.vocab_size].astype(
            float
        )
        neuron = told.scene.loudest[0]
        column = self.down(told)[:, neuron]
        found = []
        for row in (table - table.mean(0)) * weights["ln_final.weight"]:
            found.append(float(np.corrcoef(row, column)[0, 1]))  # a cosine without means
        shown = [one.value for one in told.declared(3, "cosine of a column")][:3]
        tokens = [token for token, _ in told.scene.nearest(neuron)]
        assert shown == pytest.approx([found[token] for token in tokens], abs=1e-6)
        assert shown == sorted(shown, reverse=True)
        assert sum(value > shown[0] + 1e-9 for value in found) <= 5  # pieces that cannot be drawn are left out

    def test_silencing_is_zeroing_one_column_at_the_last_place(self, told: Told) -> None:
        scene = told.scene
        before = scene.activations
        last = len(before.ids) - 1
        # The same by hand: the stream after the layer loses the term, and what follows is the rest of the network.
        post = before["post", scene.layer].values.copy()
        post[last, scene.loudest[0]] = 0

        class Hold:
            name, label = f"blocks.{scene.layer}.mlp.post", "by hand"

            def __call__(self, array: np.ndarray) -> np.ndarray:
                return post

        truth = run(told.checkpoint, list(before.ids), edit=Hold())["probabilities"].values[last]
        assert np.asarray(scene.muted) == pytest.approx(truth, abs=1e-6)

    def test_loud_neurons_are_counted(self, told: Told) -> None:
        answers = told.activations["post", told.scene.layer].values[-1]
        lengths = np.array(
            [abs(answer) * np.linalg.norm(self.down(told)[:, place]) for place, answer in enumerate(answers)]
        )
        loud = lengths > 0.01 * lengths.sum()
        [count] = told.declared(5, "more than one percent")
        [share] = [one for one in told.declared(5, "share of what all neurons add") if one.factor == 100]
        assert count.value == loud.sum()
        assert share.value == pytest.approx(lengths[loud].sum() / lengths.sum(), abs=1e-3)
