"""SuperpositionToy: what is drawn is the recording, what is read back and told apart is computed here anew."""

from __future__ import annotations

import numpy as np
import pytest

from model import recorded
from model.checkpoint import load
from model.forward import run
from model.probing.detectors import detectors
from tests.every_scene import EveryScene
from tests.telling import Told


class TestSuperpositionToy(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "SuperpositionToy"
    beats = 8

    def test_the_arrows_are_the_recorded_directions(self, told: Told) -> None:
        record = recorded.load("superposition")["five_in_two.directions"].values
        assert told.scene.plot.values == pytest.approx(record[-1, -1])
        shown = told.declared(3, "directions longer")
        assert [one.value for one in shown] == [(np.linalg.norm(record[-1, -1], axis=1) > 0.5).sum()]

    def test_dense_data_keeps_two_and_rare_data_all_five(self, told: Told) -> None:
        # What the narration says of the recording.
        record = recorded.load("superposition")["five_in_two.directions"].values[-1]
        kept = [(np.linalg.norm(one, axis=1) > 0.5).sum() for one in record]
        assert kept[0] == 2 and kept[-1] == 5 and kept == sorted(kept)
        angles = np.sort(np.degrees(np.arctan2(record[-1, :, 1], record[-1, :, 0])))
        assert np.diff(angles) == pytest.approx(72, abs=4)  # a star with five points

    def test_the_table_holds_every_product(self, told: Told) -> None:
        star = recorded.load("superposition")["five_in_two.directions"].values[-1, -1].astype(float)
        shown = [one.value for one in told.declared(4, "product of two")]
        assert shown == pytest.approx([float(sum(one * other)) for one in star for other in star])

    def test_two_ideas_are_read_back_by_the_toys_own_rule(self, told: Told) -> None:
        record = recorded.load("superposition")
        table, offsets = record["five_in_two.directions"].values[-1, -1], record["five_in_two.offsets"].values[-1, -1]
        put = np.zeros(5)
        put[list(told.scene.two)] = 1
        numbers = [sum(put[i] * table[i, d] for i in range(5)) for d in range(2)]
        back = [max(0.0, float(sum(numbers[d] * table[i, d] for d in range(2)) + offsets[i])) for i in range(5)]
        shown = [one.value for one in told.declared(5, "feature read back")]
        assert shown == pytest.approx(back, abs=1e-6)
        [error] = told.declared(5, "mean error")
        assert error.value == pytest.approx(np.mean(np.abs(np.array(back) - put)), abs=1e-6)
        assert told.scene.error((0,)) < error.value / 3  # clean alone, smudged together

    def test_excerpts_fire_at_what_is_written_beside_them(self, told: Told) -> None:
        if told.scene.shared is None:
            assert told.checkpoint.name not in ("storybook", "shakespeare")
            return
        one, first, second = told.scene.shared
        for excerpts, (kind, text) in ((first, (one.kind, one.text)), (second, one.second.split(" ", 1))):
            for excerpt in excerpts:
                place = int(np.asarray(excerpt.answers).argmax()) - (kind == "after")
                assert excerpt.pieces[place].strip().lower() == text

    def test_pairs_of_words_are_told_apart_one_by_one(self, told: Told) -> None:
        relation, found = told.scene.relations[0], told.scene.found[0]
        tried = relation.pairs[:14][1::2]
        before = told.scene.activations.ids[0]
        answers = [
            [run(told.checkpoint, [before, token])["post", found.layer].values[-1, found.neuron] for token in pair]
            for pair in tried
        ]
        wins = [(with_it > without) + 0.5 * (with_it == without) for _, with_it in answers for without, _ in answers]
        assert found.alone == pytest.approx(np.mean(wins))
        shown = [one.value for one in told.declared(7, "told apart")]
        means = [np.mean([getattr(one, name) for one in told.scene.found]) for name in ("alone", "together")]
        assert shown == pytest.approx(means)


def test_neither_detector_has_seen_the_words_it_is_tried_on() -> None:
    checkpoint, pairs = load("storybook"), [(300 + n, 600 + n) for n in range(8)]
    first = detectors(checkpoint, pairs, [5])
    swapped = [(b, a) if n % 2 else (a, b) for n, (a, b) in enumerate(pairs)]
    second = detectors(checkpoint, swapped, [5])
    assert (first.layer, first.neuron) == (second.layer, second.neuron)
    assert first.alone == pytest.approx(1 - second.alone) and first.together == pytest.approx(1 - second.together)
