"""TopKTopP: what each rule keeps is counted by hand, and what was kept is one whole again."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.every_scene import EveryScene
from tests.telling import Told


class TestTopKTopP(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "TopKTopP"
    beats = 6

    @staticmethod
    def ranked(told: Told, place: int) -> list[float]:
        """Shares after a place, the largest first."""
        known = told.checkpoint.tokenizer.vocab_size
        return sorted(told.activations["probabilities"].values[place, :known].tolist(), reverse=True)

    @staticmethod
    def by_mass(ranked: list[float]) -> int:
        """How many it takes to reach nine tenths, one by one."""
        mass = 0.0
        for count, share in enumerate(ranked, 1):
            mass += share
            if mass >= 0.9:
                return count
        return len(ranked)

    def test_bars_and_tail_are_all_shares(self, told: Told) -> None:
        ranked = self.ranked(told, -1)
        [tail] = told.declared(1, "share of the tail")
        count = len(told.scene.bars)
        assert tail.value == pytest.approx(1 - math.fsum(ranked[:count]), abs=1e-3)
        [more] = told.declared(1, "pieces not drawn")
        assert more.value + count == told.checkpoint.tokenizer.vocab_size

    def test_five_are_kept_and_rescaled_to_one(self, told: Told) -> None:
        ranked = self.ranked(told, -1)
        [mass] = told.declared(2, "kept share")
        assert mass.value == pytest.approx(math.fsum(ranked[:5]), abs=1e-3)
        swollen = told.scene.swollen(5, 1 / mass.value)
        assert math.fsum(bar.value for bar in swollen) == pytest.approx(1)
        assert told.scene.strips[1].values.sum() == pytest.approx(1)

    def test_the_mass_rule_keeps_as_many_as_it_takes(self, told: Told) -> None:
        [count] = told.declared(3, "pieces kept")
        assert count.value == pytest.approx(self.by_mass(self.ranked(told, -1)), abs=1)

    def test_both_rules_are_counted_on_both_texts(self, told: Told) -> None:
        places = len(told.scene.pieces) - 1, told.scene.sure_place
        counts = [one.value for one in told.declared(4, "pieces kept")]
        truth = []
        for place in places:
            ranked = self.ranked(told, place)
            truth += [5, self.by_mass(ranked)]
        assert sorted(counts) == pytest.approx(sorted(truth), abs=1)
        surest = [self.ranked(told, place)[0] for place in range(len(told.scene.pieces) - 1)]
        assert told.scene.sure_place == int(np.argmax(surest))
        if told.story == "picked":
            assert truth[3] < 5 < truth[1]  # few where it is sure, many where it is not

    def test_the_same_throw_falls_on_the_owner_of_its_place(self, told: Told) -> None:
        before, after = told.scene.strips
        ranked = self.ranked(told, -1)
        draw = told.scene.draw
        limits = np.cumsum(ranked)
        assert before.owner(draw) == int(np.searchsorted(limits, draw, side="right"))
        assert after.owner(draw) == int(np.searchsorted(limits[:5] / limits[4], draw, side="right"))
