"""EmbeddingLookup: columns are the table's, a text has its own, sizes multiply, and training ends where it ended."""

from __future__ import annotations

import numpy as np
import pytest

from tests.every_scene import EveryScene
from tests.telling import Told


class TestEmbeddingLookup(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "EmbeddingLookup"
    beats = 8

    def test_columns_are_rows_of_the_embedding_tensor(self, told: Told) -> None:
        table = told.checkpoint.weights["embed.weight"]
        for beat in (2, 5):
            shown = [one.passport for one in told.numbers(beat, "embed.weight")]
            assert {index[0] for _, index, _ in shown} == set(told.scene.ids)
            assert {index[1] for _, index, _ in shown} == {0, 1, 2, table.shape[1] - 1}

    def test_the_text_fetches_its_own_columns(self, told: Told) -> None:
        table = told.checkpoint.weights["embed.weight"]
        ids = told.activations.ids
        shown = told.numbers(4, "embed")
        assert {one.passport[1][0] for one in shown} == set(range(len(ids)))
        for one in shown:
            place, row = one.passport[1]
            assert one.value == pytest.approx(table[ids[place], row], rel=1e-3)

    def test_sizes_and_their_product_are_the_tensors(self, told: Told) -> None:
        table = told.checkpoint.weights["embed.weight"]
        sizes = {int(one.value) for one in told.declared(6, "size of the network's tables")}
        assert sizes == set(table.shape)
        [product] = told.declared(6, "product of the counts")
        assert product.value == table.size
        [share] = told.declared(6, "share of the ledger")
        assert share.value == pytest.approx(table.size / sum(one.size for one in told.checkpoint.weights.values()))

    def test_training_ends_at_the_table(self, told: Told) -> None:
        if told.story != "imported":
            table = told.checkpoint.weights["embed.weight"]
            for one in told.numbers(7, "embed.weight"):
                assert one.value == pytest.approx(table[one.passport[1]], abs=1e-6)
            assert told.declared(7, "step of training")[0].value > 0

    def test_places_are_added(self, told: Told) -> None:
        weights, ids = told.checkpoint.weights, told.activations.ids
        sums = weights["embed.weight"][list(ids)] + weights["pos_embed.weight"][: len(ids)]
        shown = told.numbers(8, "resid_pre")
        assert len(shown) == 4 * len(ids)
        for one in shown:
            assert one.value == pytest.approx(sums[one.passport[1]], abs=1e-4)

    def test_the_length_is_that_of_the_column_pointed_at(self, told: Told) -> None:
        table = np.asarray(told.checkpoint.weights["embed.weight"], dtype=float)
        for place in range(len(told.scene.ids)):
            assert told.scene.length_of(place).value == pytest.approx(
                np.sqrt((table[told.scene.ids[place]] ** 2).sum())
            )
