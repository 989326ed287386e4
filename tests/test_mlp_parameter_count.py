"""MlpParameterCount: every count is that of the checkpoint's tensors."""

from __future__ import annotations

import pytest

from tests.every_scene import EveryScene
from tests.telling import Told


class TestMlpParameterCount(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "MlpParameterCount"
    beats = 6

    @staticmethod
    def sizes(told: Told, *words: str) -> int:
        """Numbers in all tensors whose names have some words."""
        weights = told.checkpoint.weights.items()
        return sum(array.size for name, array in weights if all(word in name for word in words))

    def test_products_are_the_sizes_of_the_tensors(self, told: Told) -> None:
        products = [told.scene.first.product.value, told.scene.second.product.value]
        assert products == [self.sizes(told, "blocks.0.mlp", table, "weight") for table in ("up", "down")]

    def test_offsets_are_those_of_both_tables(self, told: Told) -> None:
        tables, offsets = (line[1].value for line in told.scene.offsets_shown[0])
        assert tables == self.sizes(told, "blocks.0.mlp", "weight")
        assert offsets == self.sizes(told, "blocks.0.mlp", "bias")
        [ratio] = told.declared(4, "share of the tables")
        assert ratio.value == pytest.approx(offsets / tables)

    def test_the_bar_shows_shares_of_all_tensors(self, told: Told) -> None:
        every = self.sizes(told, "")
        shown = dict(zip(["MLP"], told.scene.bar.values[:1], strict=True))
        assert shown["MLP"] == pytest.approx(self.sizes(told, "mlp", "weight") / every, abs=1e-9)
        assert told.scene.bar.values.sum() == pytest.approx(1)
        [total] = told.declared(5, "sum of the ledger")
        assert total.value == every

    def test_attention_and_mlp_are_their_tables(self, told: Told) -> None:
        attention, mlp = (line[1].value for line in told.scene.compared)
        assert attention == self.sizes(told, ".attn.", "weight")
        assert mlp == self.sizes(told, ".mlp.", "weight")
