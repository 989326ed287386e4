"""CausalMask: what may not be seen counts for nothing, and columns stay whole only if it is hidden first."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from tests.every_scene import EveryScene
from tests.telling import Told


class TestCausalMask(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "CausalMask"
    beats = 7

    def scores(self, told: Told) -> np.ndarray:
        pick, count = told.scene.pick, told.scene.count
        return np.asarray(told.activations["attn_scores", pick.layer].at(head=pick.head).values)[:count, :count]

    def test_there_is_an_exercise_for_every_word_but_the_last(self, told: Told) -> None:
        lengths = [one.value for one in told.declared(1, "count: tokens")]
        assert sorted(lengths) == list(range(1, len(told.scene.pieces)))
        assert [len(slot) for slot in told.scene.slots] == [2] * (len(told.scene.pieces) - 2)

    def test_masked_are_the_keys_after_their_query_below_and_left_of_the_diagonal(self, told: Told) -> None:
        scene = told.scene
        for query, key in np.argwhere(scene.future):
            assert key > query
            middle, diagonal = scene.left.cell_center(query, key), scene.left.cell_center(query, query)
            assert middle[1] < diagonal[1]
            assert middle[0] == pytest.approx(diagonal[0])
        [count] = told.declared(4, "count: cells")
        assert count.value == scene.count * (scene.count - 1) / 2
        assert told.texts(4).count("−∞") == count.value

    def test_masked_shares_are_exactly_zero_and_columns_add_up_to_one(self, told: Told) -> None:
        scene, scores = told.scene, self.scores(told)
        masked = softmax(np.where(scene.future, -np.inf, scores), axis=1)
        for (query, key), share in np.ndenumerate(masked):
            assert scene.shares.at(query, key).value == pytest.approx(share, abs=1e-4)
        assert {one.text for one in told.declared(5, "sum of the shown column")} == {"1.00"}
        assert [scene.shares.at(*cell).value for cell in np.argwhere(scene.future)] == [0] * int(scene.future.sum())

    def test_erasing_afterwards_leaves_what_the_softmax_of_all_leaves(self, told: Told) -> None:
        scene = told.scene
        left = np.where(scene.future, 0, softmax(self.scores(told), axis=1)).sum(axis=1)
        shown = sorted(one.value for one in told.declared(6, "what is left"))
        assert shown == pytest.approx(sorted(left), abs=1e-4)
        assert min(shown) < 0.995
