"""AlmostOrthogonal: recorded arrangements are counted again where that can be done, bounds by another formula."""

from __future__ import annotations

import math

import numpy as np
import pytest

from model import recorded
from model.published import models
from tests.every_scene import EveryScene
from tests.telling import Told


def angles(rows: np.ndarray) -> np.ndarray:
    """The angle of every pair, one by one, in degrees."""
    units = [row / math.sqrt(row @ row) for row in rows.astype(float)]
    return np.array([
        math.degrees(math.acos(max(-1, min(1, float(one @ other)))))
        for place, one in enumerate(units) for other in units[place + 1 :]
    ])  # fmt: skip


class TestAlmostOrthogonal(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "AlmostOrthogonal"
    beats = 7

    def test_four_in_three_dimensions_cannot_beat_the_bound(self, told: Told) -> None:
        [bound] = told.declared(1, "no four can do better")
        assert bound.value == pytest.approx(math.degrees(math.asin(1 / 3)))
        corners = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)])  # a tetrahedron reaches it
        assert np.abs(angles(corners) - 90).max() == pytest.approx(bound.value)
        [last] = told.declared(1, "largest deviation")
        assert last.value == pytest.approx(np.abs(angles(np.vstack([np.eye(3), np.ones(3)])) - 90).max())

    def test_the_chart_is_the_recording(self, told: Told) -> None:
        shown = [one.value for one in told.declared(2, "an optimiser placed")]
        assert shown == recorded.load("orthogonality")["fit.found"].values[1].tolist()
        assert all(value >= dimension for value, dimension in zip(shown, range(2, 13), strict=True))

    def test_the_arrows_end_where_they_were_recorded_to_end(self, told: Told) -> None:
        path = recorded.load("orthogonality")["path.vectors"].values
        [worst] = told.declared(3, "largest deviation")
        assert worst.value == pytest.approx(np.abs(angles(path[-1]) - 90).max(), abs=0.1)

    def test_histograms_reach_from_0_to_180_and_count_every_pair(self, told: Told) -> None:
        for row, count in zip(told.scene.many[0], (6, 20, 200, 2000), strict=True):
            plot = row[0]
            assert (plot.edges[0], plot.edges[-1]) == (0, 180)
            assert plot.values.sum() == count * (count - 1) / 2

    def test_typical_deviations_follow_from_the_counts(self, told: Told) -> None:
        shown = [one.value for one in told.declared(4, "root mean square")]
        for row, value in zip(told.scene.many[0], shown, strict=True):
            counts, middles = row[0].values, np.arange(180) + 0.5
            assert value == pytest.approx(math.sqrt((counts * (middles - 90) ** 2).sum() / counts.sum()), abs=0.5)
        assert shown[2:] == pytest.approx([5.76, 1.81], abs=0.1)  # 180 / (pi sqrt(d))

    def test_the_cheat_is_mostly_square_and_partly_copies(self, told: Told) -> None:
        counts = recorded.load("orthogonality")["cheating_60"].values
        [share] = told.declared(5, "share of pairs")
        assert share.value == pytest.approx((counts[:30].sum() + counts[150:].sum()) / counts.sum(), abs=1e-6)
        assert counts[89:91].sum() / counts.sum() > 0.9

    def test_learned_rows_are_compared_with_what_chance_gives(self, told: Told) -> None:
        mine, chance, said, _heading = told.scene.words_compared
        assert mine.values.sum() == pytest.approx(chance.values.sum(), rel=1e-3)
        rows = told.scene.learned()
        draws = np.random.default_rng(1).normal(size=(150, rows.shape[1]))
        typical = math.sqrt(np.mean((angles(draws) - 90) ** 2))
        numbers = [one.value for one in told.declared(6, "averaged over all pairs")]
        assert numbers[1] == pytest.approx(typical, rel=0.05)
        few = rows[:: max(1, len(rows) // 120)]
        assert numbers[2] == pytest.approx(angles(few).mean(), abs=2)

    def test_the_room_is_the_share_of_the_sphere_that_a_direction_shuts_out(self, told: Told) -> None:
        numbers = [one.value for one in told.declared(7, "bound on how many")]
        sizes = told.checkpoint.config.n_embd, models()["GPT-3 175B"].config.n_embd
        for size, power in zip(sizes, numbers, strict=True):
            grid = np.linspace(0, math.pi, 400_001)
            logs = (size - 2) * np.log(np.maximum(np.sin(grid), 1e-300))
            weights = np.exp(logs - logs.max())
            out = np.abs(np.degrees(grid) - 90) > 10
            log_share = math.log10(weights[out].max()) + math.log10(
                (weights[out] / weights[out].max()).sum() / weights.sum()
            )
            assert power == pytest.approx(max(math.log10(size), -log_share), abs=0.1)
