"""AttentionParameterCount: what is counted on screen is what the ledger, and the tables themselves, come to."""

from __future__ import annotations

import pytest

from tests.every_scene import EveryScene
from tests.telling import Told


class TestAttentionParameterCount(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "AttentionParameterCount"
    beats = 6

    def weights(self, told: Told) -> int:
        """How many numbers the tables of attention hold, offsets aside, counted in the checkpoint."""
        names = ("attn.qkv.weight", "attn.out.weight")
        return sum(table.size for name, table in told.checkpoint.weights.items() if name.endswith(names))

    def products(self, told: Told, beat: int) -> list[float]:
        return [one.value for one in told.declared(beat, "product of the counts")]

    def test_each_table_is_as_large_as_it_is_counted(self, told: Told) -> None:
        config = told.checkpoint.config
        assert self.products(told, 3) == [config.d_head * config.n_embd] * 2
        assert self.products(told, 4) == [self.weights(told) / config.n_layer / config.n_head / 4] * 4

    def test_head_layer_and_network_equal_the_checkpoint(self, told: Told) -> None:
        config = told.checkpoint.config
        layer = self.weights(told) // config.n_layer
        assert sorted(self.products(told, 5)) == [layer // config.n_head, layer, self.weights(told)]

    def test_the_share_is_that_of_all_weights(self, told: Told) -> None:
        shares = [one.value for one in told.declared(6, "share of the ledger")]
        everything = sum(table.size for table in told.checkpoint.weights.values())
        if told.checkpoint.config.tied and "unembed.weight" in told.checkpoint.weights:
            everything -= told.checkpoint.weights["unembed.weight"].size
        assert sum(shares) == pytest.approx(1)
        assert any(share == pytest.approx(self.weights(told) / everything) for share in shares)
