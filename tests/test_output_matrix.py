"""OutputMatrix: what is shown of the heads' tables is true."""

from __future__ import annotations

import numpy as np
import pytest

from tests.every_scene import EveryScene
from tests.telling import Told


class TestOutputMatrix(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "OutputMatrix"
    beats = 5

    def test_the_shapes_are_those_of_one_head(self, told: Told) -> None:
        config = told.checkpoint.config
        shown = sorted(
            told.declared(1, "size of the network"), key=lambda one: (-one.writing.center[1], one.writing.center[0])
        )
        assert [one.value for one in shown] == [config.d_head, config.n_embd, config.n_embd, config.d_head]

    def test_the_matrix_is_as_large_as_it_is_counted(self, told: Told) -> None:
        rows, columns = told.checkpoint.weights[f"blocks.{told.scene.pick.layer}.attn.out.weight"].shape
        counted = [one.value for one in told.stills[2] if one.kind == "number"]
        assert sorted(counted) == sorted([rows, columns])

    def test_both_routes_give_what_the_layer_adds(self, told: Told) -> None:
        layer, place = told.scene.pick.layer, told.scene.pick.query
        offset = told.checkpoint.weights.get(f"blocks.{layer}.attn.out.bias", 0)
        added = told.activations["attn_out", layer].values[place] - offset
        for words in ("what the heads add", "output matrix times"):
            shown = [one.value for one in told.declared(4, words)]
            assert shown == pytest.approx([*added[:3], added[-1]], abs=2e-4)

    def test_the_difference_is_a_rounding(self, told: Told) -> None:
        [gap] = told.declared(4, "largest difference")
        one, other = told.scene.routes()
        assert gap.value == pytest.approx(np.abs(one - other).max())
        assert gap.value < 1e-5 * max(1.0, np.abs(one).max())
