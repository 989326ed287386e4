"""SoftmaxColumns: towers are the pattern, and what leads to them adds up."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from tests.every_scene import EveryScene
from tests.telling import Told


class TestSoftmaxColumns(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "SoftmaxColumns"
    beats = 7

    def column(self, told: Told) -> np.ndarray:
        pick = told.scene.pick
        scores = told.activations["attn_scores", pick.layer].at(head=pick.head, query=pick.query).values
        return np.asarray(scores)[: pick.query + 1]

    def test_the_bars_go_from_scores_to_shares(self, told: Told) -> None:
        scores = self.column(told)
        shown = [
            sorted(one.value for one in told.numbers(beat, name)) for beat, name in ((2, "scores"), (4, "pattern"))
        ]
        assert shown[0] == pytest.approx(sorted(scores), abs=1e-3)
        # Each share stands at its bar and beside its part of the tower.
        assert shown[1] == pytest.approx(sorted([*softmax(scores), *softmax(scores)]), abs=1e-4)

    def test_the_exponentials_keep_the_order_and_their_sum_divides(self, told: Told) -> None:
        scores, scene = self.column(told), told.scene
        powers = [one.value for one in told.declared(3, "exponential")]
        assert sorted(powers) == pytest.approx(sorted(np.exp(scores - scene.shift)), rel=1e-3)
        assert all(power > 0 for power in powers)
        assert scene.powers / scene.powers.sum() == pytest.approx(softmax(scores), abs=1e-5)
        assert (scene.shift > 0) == ("Take the largest score off all" in scene.beats[2].narration)

    def test_the_towers_equal_the_pattern(self, told: Told) -> None:
        pick = told.scene.pick
        scores = told.activations["attn_scores", pick.layer].at(head=pick.head).values
        for place, tower in enumerate(told.scene.towers):
            shares = softmax(scores[place, : place + 1])
            assert [segment.value for segment in tower] == pytest.approx(shares, abs=1e-4)
            heights = [segment.height for segment in tower]
            assert np.array(heights) / sum(heights) == pytest.approx(shares, abs=1e-3)

    def test_every_column_adds_up_to_one(self, told: Told) -> None:
        ones = told.declared(7, "sum of the shown column")
        assert [one.text for one in ones] == ["1.00"] * len(told.scene.pieces)

    def test_the_first_word_keeps_everything(self, told: Told) -> None:
        assert [segment.value for segment in told.scene.towers[0]] == [1.0]
