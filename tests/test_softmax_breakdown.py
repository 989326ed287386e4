"""SoftmaxBreakdown: shares are the network's, computed here by hand, and edits change them as softmax says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.every_scene import EveryScene
from tests.telling import Told


class TestSoftmaxBreakdown(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "SoftmaxBreakdown"
    beats = 13

    @staticmethod
    def scores(told: Told) -> list[float]:
        """All logits of the last place, from the stream and the table, one product at a time."""
        weights = told.checkpoint.weights
        table = weights.get("unembed.weight", weights["embed.weight"]).astype(float)
        normal = told.activations["ln_final.normalized"].values[-1]
        return [float(row @ normal) for row in table[: told.checkpoint.tokenizer.vocab_size]]

    def by_hand(self, told: Told) -> list[float]:
        """Shares of the seven pieces."""
        scores = self.scores(told)
        top = max(scores)
        total = math.fsum(math.exp(score - top) for score in scores)
        return [math.exp(scores[token] - top) / total for token in told.scene.tokens]

    def test_seven_different_pieces_and_the_rest_are_one_whole(self, told: Told) -> None:
        truth = self.by_hand(told)
        shown = [one.value for one in told.declared(1, "share of a piece")]
        assert len(set(told.scene.tokens)) == 7
        assert shown[:7] == pytest.approx(truth, abs=1e-4)
        assert math.fsum(shown) == pytest.approx(1, abs=1e-9)

    def test_the_networks_probabilities_are_the_shares(self, told: Told) -> None:
        numbers = told.numbers(6, "probabilities")
        assert [one.value for one in numbers] == pytest.approx(self.by_hand(told), abs=1e-4)

    def test_all_logits_are_summed(self, told: Told) -> None:
        [total] = told.declared(5, "sum of all logits")
        assert total.value == pytest.approx(math.fsum(self.scores(told)), rel=1e-4, abs=0.05)

    def test_powers_over_their_sum_are_the_shares(self, told: Told) -> None:
        powers = [one.value for one in told.declared(10, "power of e")]
        total = told.declared(10, "sum of the powers")[0].value
        assert math.fsum(powers) == pytest.approx(total, rel=1e-6)
        assert [power / total for power in powers[:7]] == pytest.approx(self.by_hand(told), abs=1e-4)

    def test_edits_are_gone_when_the_dragging_ends(self, told: Told) -> None:
        assert told.declared(11, "edited") == []
        logits = [one.value for one in told.numbers(11, "logits")]
        scores = self.scores(told)
        assert logits == pytest.approx([scores[token] for token in told.scene.tokens], abs=1e-2)

    def test_pushing_a_score_makes_the_others_give_way(self, told: Told) -> None:
        scene = told.scene
        pushed = scene.scores.copy()
        pushed[scene.tokens[2]] += 3
        before, after = scene.shares_of(scene.scores), scene.shares_of(pushed)
        assert after[2] > before[2]
        rest = [place for place in range(8) if place != 2]
        assert after[rest] / before[rest] == pytest.approx(after[0] / before[0])  # all by the same factor

    def test_the_leader_loses_and_a_small_one_wins_as_the_narration_says(self, told: Told) -> None:
        scene = told.scene
        (grown, up), (leader, down), (small, far) = scene.drags()
        for row, drag in ((grown, up), (leader, down), (small, far)):
            edited = scene.scores.copy()
            edited[scene.tokens[row]] += drag
            before, after = scene.shares_of(scene.scores), scene.shares_of(edited)
            assert (after[row] > before[row]) == (drag > 0)
            if row != grown:
                assert (int(np.argmax(after[:7])) == row) == (row == small)

    def test_a_constant_changes_nothing(self, told: Told) -> None:
        [change] = told.declared(12, "largest change")
        assert change.value < 5e-7
        shown = [one.value for one in told.declared(12, "same number added to all") if one.decimals == 2]
        scores = self.scores(told)
        assert shown == pytest.approx([scores[token] + 5 for token in told.scene.tokens], abs=1e-2)

    def test_the_scene_has_two_acts(self, told: Told) -> None:
        acts = [beat.act for beat in told.scene.beats]
        assert len(dict.fromkeys(acts)) == 2 and acts.index(acts[-1]) == 5
        assert np.diff([beat.number for beat in told.scene.beats]).tolist() == [1] * 12
