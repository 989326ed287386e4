"""ParameterLedger: every line is a product of the network's sizes, and all lines add up to what is in its tensors."""

from __future__ import annotations

import numpy as np
import pytest

from model.published import models
from scenes.intro_parameter_ledger import FAMOUS, part_of
from scenes.ledger_lines import COUNT
from tests.every_scene import EveryScene
from tests.telling import Told


class TestParameterLedger(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "ParameterLedger"
    beats = 10

    def test_the_lines_add_up_to_the_numbers_in_the_tensors(self, told: Told) -> None:
        known = sum(int(np.prod(weights.shape)) for weights in told.checkpoint.weights.values())
        counts = [line.product.value for line in told.scene.lines]
        assert sum(counts) == known == told.scene.total
        shown = [one.value for one in told.declared(8, COUNT)]
        assert sorted(shown) == sorted([*counts, known])
        assert known in [one.value for one in told.declared(1, COUNT)]

    def test_each_product_is_that_of_its_factors(self, told: Told) -> None:
        for line in told.scene.lines:
            factors = [part[1].value for part in line.factors]
            if factors:
                assert line.product.value == np.prod(factors), line.row.name
            else:
                assert line.row.shared and line.product.value == 0

    def test_every_tensor_has_its_plate_and_its_kind(self, told: Told) -> None:
        weights = told.checkpoint.weights
        [count] = told.declared(2, "count: tables")
        assert count.value == len(weights) == len(told.scene.tables)
        sizes = {part: 0 for part in told.scene.parts}
        for name, tensor in weights.items():
            sizes[part_of(name)] += tensor.size
        assert sizes == told.scene.parts

    def test_attention_is_counted_for_a_head_a_layer_and_all(self, told: Told) -> None:
        config = told.checkpoint.config
        lines = [line for line in told.scene.lines if line.row.part == "attention"]
        assert len(lines) == 4
        for line in lines:
            assert line.product.value == config.d_head * config.n_embd * config.n_head * config.n_layer

    def test_both_bars_are_shares_of_a_whole(self, told: Told) -> None:
        for _, bar, amount in told.scene.bars:
            assert sum(segment.value for segment in bar.segments) == pytest.approx(1)
            assert amount[0].value > 0
        famous = told.scene.bars[1][2][0]
        assert famous.value == models()[FAMOUS].counted()
        assert "published" in famous.passport
