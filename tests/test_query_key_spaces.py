"""QueryKeySpaces: the list is the column of products, and the picture's first direction shows them truly."""

from __future__ import annotations

import numpy as np
import pytest

from tests.every_scene import EveryScene
from tests.telling import Told


class TestQueryKeySpaces(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "QueryKeySpaces"
    beats = 6

    def products(self, told: Told) -> np.ndarray:
        pick = told.scene.pick
        queries, keys = (told.activations[letter, pick.layer].at(head=pick.head).values for letter in "qk")
        return keys @ queries[pick.query]

    def test_the_list_equals_the_column_of_products_largest_first(self, told: Told) -> None:
        shown = sorted(told.numbers(6, "raw_scores"), key=lambda one: -one.writing.center[1])
        assert [one.value for one in shown] == pytest.approx(sorted(self.products(told), reverse=True), abs=2e-3)

    def test_how_far_a_key_reaches_to_the_right_is_its_product(self, told: Told) -> None:
        scene = told.scene
        lengths = np.linalg.norm(scene.query)
        assert scene.plane.coordinates[1:, 0] * lengths == pytest.approx(self.products(told), rel=1e-3, abs=1e-2)
        assert scene.plane.coordinates[0] == pytest.approx([lengths, 0, 0], abs=1e-4)

    def test_the_cosine_is_that_of_all_numbers(self, told: Told) -> None:
        pick, scene = told.scene.pick, told.scene
        query = told.activations["q", pick.layer].at(head=pick.head, position=pick.query).values
        key = told.activations["k", pick.layer].at(head=pick.head, position=scene.best).values
        [shown] = told.declared(4, "cosine")
        assert shown.value == pytest.approx(query @ key / np.sqrt((query @ query) * (key @ key)), abs=1e-4)

    def test_the_sizes_are_those_of_both_spaces(self, told: Told) -> None:
        config = told.checkpoint.config
        shown = sorted(told.declared(1, "dimensions"), key=lambda one: one.writing.center[0])
        assert [one.value for one in shown] == [config.n_embd, config.d_head]

    def test_what_is_said_of_the_last_is_true(self, told: Told) -> None:
        lowest, said = self.products(told).min(), told.scene.beats[5].narration
        assert ("here none does" in said) == (lowest >= 0)
