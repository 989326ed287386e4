"""WeightsVersusData: what is on the left is the same for every text, what is on the right is that of one text."""

from __future__ import annotations

import numpy as np
import pytest

from model.forward import run
from tests.every_scene import EveryScene
from tests.telling import Told


class TestWeightsVersusData(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "WeightsVersusData"
    beats = 6

    @staticmethod
    def learned(told: Told, beat: int) -> dict[tuple, str]:
        """Digits of learned numbers after a beat, by what they are."""
        names = ("embed.weight", "W_Q", "W_V", "mlp.up.weight")
        return {
            one.passport: one.text for one in told.numbers(beat)
            if isinstance(one.passport, tuple) and any(name in one.passport[0] for name in names)
        }  # fmt: skip

    def test_learned_numbers_are_the_same_before_and_after(self, told: Told) -> None:
        before = self.learned(told, 4)
        assert len(before) == len(told.scene.left)
        assert before == self.learned(told, 5) == self.learned(told, 6)

    def test_numbers_of_the_text_are_those_of_the_new_text(self, told: Told) -> None:
        scene = told.scene
        for text, beat in ((scene.activations, 4), (scene.other, 5)):
            fresh = run(told.checkpoint, list(text.ids), np.float64)["resid_pre", scene.layer]
            shown = told.numbers(beat, f"blocks.{scene.layer}.resid_pre")
            assert len(shown) == len(scene.right)
            for one in shown:
                assert one.value == pytest.approx(float(fresh.values[one.passport[1]]), rel=1e-3, abs=2e-4)

    def test_the_texts_differ_and_are_equally_long(self, told: Told) -> None:
        assert len(told.scene.other.ids) == len(told.scene.activations.ids)
        assert told.scene.other.ids != told.scene.activations.ids

    def test_the_largest_changes_are_those_of_the_columns_drawn(self, told: Told) -> None:
        scene = told.scene
        streams = [
            run(told.checkpoint, list(text.ids), np.float64)["resid_pre", scene.layer].values[-scene.drawn :]
            for text in (scene.activations, scene.other)
        ]
        left, right = told.declared(5, "largest change")
        assert left.value == 0 and left.text == "0.000"
        assert right.value == pytest.approx(np.abs(streams[1] - streams[0]).max(), rel=1e-3)
        assert right.value > 0

    def test_all_loose_numbers_find_a_place_of_their_own(self, told: Told) -> None:
        numbers = [one for one in told.stills[0] if one.kind == "number"]
        assert len(numbers) == len(told.scene.left) + len(told.scene.right)
        counts = [int(one.value) for one in told.declared(2, "count: numbers drawn")]
        assert counts == [len(told.scene.left), len(told.scene.right)]
