"""MakingAQuery: the table times the word is the query."""

from __future__ import annotations

import numpy as np
import pytest

from tests.every_scene import EveryScene
from tests.telling import Told


class TestMakingAQuery(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "MakingAQuery"
    beats = 8

    def test_the_product_equals_the_cached_query(self, told: Told) -> None:
        scene, config = told.scene, told.checkpoint.config
        qkv = told.checkpoint.weights[f"blocks.{scene.layer}.attn.qkv.weight"].astype(np.float64)
        offset = told.checkpoint.weights[f"blocks.{scene.layer}.attn.qkv.bias"].astype(np.float64)
        rows = slice(scene.head * config.d_head, (scene.head + 1) * config.d_head)
        product = qkv[rows] @ told.activations["ln1.normalized", scene.layer].values[scene.place] + offset[rows]
        shown = scene.equation.result
        assert shown.values == pytest.approx(product[list(shown.shown)], abs=1e-4)
        cached = told.activations["q", scene.layer].at(head=scene.head, position=scene.place).values
        assert product == pytest.approx(cached, abs=1e-6)

    def test_the_question_is_an_illustration_until_it_is_measured(self, told: Told) -> None:
        assert "illustration" in told.texts(1)
        assert told.numbers(1) == []
        assert "measured" in told.texts(2)
        assert len(told.numbers(2, "attn.q")) == 4

    def test_the_lengths_are_those_of_word_and_query(self, told: Told) -> None:
        config = told.checkpoint.config
        assert [one.value for one in told.declared(3, "size: n_embd")] == [config.n_embd]
        assert [one.value for one in told.declared(3, "size: d_head")] == [config.d_head]

    def test_every_word_has_a_query_with_its_place(self, told: Told) -> None:
        for beat in (6, 8):
            marks = [text for text in told.texts(beat) if text.startswith("Q")]
            assert len(marks) == len(told.scene.pieces)

    def test_the_table_ends_as_the_network_has_it(self, told: Told) -> None:
        scene = told.scene
        assert scene.heat.values == pytest.approx(np.asarray(scene.table), abs=1e-3)

    def test_only_a_recorded_training_is_shown(self, told: Told) -> None:
        steps = told.declared(7, "training steps")
        assert bool(steps) == (told.story != "imported")
        assert ("not been recorded" in told.scene.beats[6].narration) == (told.story == "imported")
