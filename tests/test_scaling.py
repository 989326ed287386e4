"""ScalingByRootDk: scores are raw products divided by the root, and what that changes is counted right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import entropy

from model.forward import run
from model.probing import spreads
from tests.every_scene import EveryScene
from tests.telling import Told


def by_position(numbers: list) -> list[float]:
    """Values from left to right."""
    return [one.value for one in sorted(numbers, key=lambda one: one.writing.center[0])]


class TestScalingByRootDk(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "ScalingByRootDk"
    beats = 7

    def column(self, told: Told, name: str) -> np.ndarray:
        pick = told.scene.pick
        return told.activations[name, pick.layer].at(head=pick.head, query=pick.query).values[: pick.query + 1]

    def test_scores_are_raw_products_divided_by_the_root_of_d_head(self, told: Told) -> None:
        raw = by_position(told.numbers(1, "raw_scores"))
        scores = by_position(told.numbers(4, "attn_scores"))
        assert raw == pytest.approx(self.column(told, "raw_scores"), abs=1e-3)
        assert scores == pytest.approx(np.array(raw) / np.sqrt(told.checkpoint.config.d_head), rel=1e-5, abs=1e-6)
        [root] = told.declared(4, "square root of d_head")
        assert root.value == np.sqrt(told.checkpoint.config.d_head)

    def test_the_spike_is_the_softmax_of_what_is_not_divided(self, told: Told) -> None:
        spiky = softmax(self.column(told, "raw_scores"))
        assert by_position(told.declared(1, "not divided")) == pytest.approx(spiky, abs=1e-4)
        relaxed = by_position(told.numbers(5, "attn.pattern"))
        assert relaxed == pytest.approx(softmax(self.column(told, "attn_scores")), abs=1e-4)
        before, after = (one.value for one in told.declared(5, "entropy of the shares"))
        assert (before, after) == pytest.approx((entropy(spiky), entropy(relaxed)), abs=1e-4)
        assert after >= before

    def test_the_mean_and_the_variance_are_those_of_all_pairs(self, told: Told) -> None:
        pick, products = told.scene.pick, []
        for ids in spreads.texts(told.checkpoint, [pick.prompt, pick.second_prompt]):
            raw = run(told.checkpoint, ids, np.float64)["raw_scores", pick.layer].at(head=pick.head).values
            products += [value for query, row in enumerate(raw) for value in row[: query + 1]]
        [pairs], [mean], [spread] = (told.declared(2, words) for words in ("count: pairs", "mean of", "deviation of"))
        assert pairs.value == len(products)
        assert mean.value == pytest.approx(np.mean(products), rel=1e-3, abs=1e-3)
        assert spread.value == pytest.approx(np.std(products), rel=1e-3)

    def test_before_training_the_spread_follows_the_square_root(self, told: Told) -> None:
        spread = [one.value for one in told.declared(3, "standard deviation")]
        law = [one.value for one in told.declared(3, "times the root")]
        size = told.checkpoint.config.d_head
        assert law == pytest.approx(spread[0] * np.sqrt([1, size // 4, size]))
        assert sorted(spread) == spread
        if told.story != "imported":
            assert spread == pytest.approx(law, rel=0.1)

    def test_the_slope_is_summed_over_all_shares(self, told: Told) -> None:
        cases = [softmax(self.column(told, name)) for name in ("raw_scores", "attn_scores")]
        slopes = [one.value for one in told.declared(6, "sum of p(1-p)")]
        assert slopes == pytest.approx([shares.sum() - (shares**2).sum() for shares in cases], abs=1e-4)
        assert ("must not begin" in told.scene.beats[5].narration) == (slopes[1] < 0.1)

    def test_the_mean_entropy_is_that_of_the_pattern(self, told: Told) -> None:
        pick = told.scene.pick
        scores = told.activations["attn_scores", pick.layer].at(head=pick.head).values
        rows = [entropy(softmax(row[: query + 1])) for query, row in enumerate(scores)]
        [mean] = told.declared(7, "mean entropy")
        assert mean.value == pytest.approx(np.mean(rows), abs=1e-4)
