"""ValueLowRank: the tables are to scale, the word's way is computed, and the bill is right."""

from __future__ import annotations

import numpy as np
import pytest

from scenes.tables import WeightTable
from tests.every_scene import EveryScene
from tests.telling import Read, Told, tensor_named


def tables(told: Told) -> dict[str, np.ndarray]:
    """The four tables of the picked head, cut out anew."""
    found, pick = {}, told.scene.pick
    for letter in "QKVO":
        table = tensor_named(told.checkpoint, f"blocks.{pick.layer}.attn.W_{letter}.{pick.head}")
        assert table is not None
        found[letter] = table.astype(float)
    return found


def way(told: Told) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The word as the head reads it, the few numbers, and the update, which is made by the square table directly."""
    found, read = tables(told), told.activations["ln1.normalized", told.scene.pick.layer].values[told.scene.place]
    return read, found["V"] @ read, (found["O"] @ found["V"]) @ read


class TestValueLowRank(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "ValueLowRank"
    beats = 7

    def test_the_square_has_a_number_for_each_pair_of_a_words_and_an_updates(self, told: Told) -> None:
        long = told.checkpoint.config.n_embd
        shown = sorted(one.value for one in told.stills[0] if one.kind == "number")
        assert shown[-1] == long * long
        assert set(shown[:-1]) == {long}

    def test_the_square_is_as_many_times_too_big_as_it_is_said(self, told: Told) -> None:
        query = tables(told)["Q"]
        [ratio] = told.declared(2, "ratio")
        assert ratio.value == told.checkpoint.config.n_embd**2 / query.size
        assert f"{int(ratio.value)} times as much" in told.scene.beats[1].narration
        counts = [one.value for one in told.stills[1] if one.kind == "number"]
        assert counts.count(query.size) == 2  # of query and key

    def test_all_tables_are_drawn_to_one_scale(self, told: Told) -> None:
        scene, found = told.scene, tables(told)
        square = scene.low_rank.square().frame
        unit = square.height / told.checkpoint.config.n_embd
        up, down = scene.low_rank.up.frame, scene.low_rank.down.frame
        neighbours = [each[1].frame for each in scene.neighbours]
        for letter, frame in zip("OVQK", (up, down, *neighbours), strict=True):
            assert (frame.height / unit, frame.width / unit) == pytest.approx(found[letter].shape)

    def test_the_tables_hold_the_heads_weights(self, told: Told) -> None:
        found = tables(told)
        drawn = [*told.scene.fillings, *(each[1] for each in told.scene.neighbours)]
        for letter, table in zip("OVQK", drawn, strict=True):
            assert table.entries.values == pytest.approx(found[letter], abs=1e-5)

    def test_the_entries_at_three_stations_are_those_of_the_word_on_its_way(self, told: Told) -> None:
        read, few, update = way(told)
        numbers = [one for one in told.stills[3] if one.kind == "number" and isinstance(one.passport, tuple)]
        for column, vector in zip(told.scene.columns, (read, few, update), strict=True):
            x, half = column.get_x(), column.width / 2
            shown = sorted((one for one in numbers if abs(one.writing.center[0] - x) < half), key=height)
            entries = [vector[place] for place in column.shown]
            assert len(entries) == (3 if len(vector) == len(few) else 5)
            assert [one.value for one in shown] == pytest.approx(entries, abs=2e-3)

    def test_the_strips_are_as_long_as_their_numbers_are_many(self, told: Told) -> None:
        unit, vectors = told.scene.unit, way(told)
        for strip, vector in zip(told.scene.strips, vectors, strict=True):
            assert strip.height == pytest.approx(unit * len(vector), rel=0.02)
            assert strip.values == pytest.approx(vector, abs=2e-3)

    def test_the_funnels_are_as_high_as_the_strips_they_join(self, told: Told) -> None:
        assert len(told.scene.funnels) == 2
        for funnel in told.scene.funnels:
            heights = sorted(
                {round(abs(corner[1] - told.scene.strips[0].get_y()), 4) for corner in funnel.get_vertices()}
            )
            assert heights[0] == pytest.approx(told.scene.strips[1].height / 2, abs=0.01)
            assert heights[-1] == pytest.approx(told.scene.strips[0].height / 2, abs=0.01)

    def test_the_rank_of_the_product_is_what_passes_the_corridor(self, told: Told) -> None:
        found, config = tables(told), told.checkpoint.config
        product = found["O"] @ found["V"]
        rank = int(np.linalg.matrix_rank(product, tol=1e-6 * np.linalg.norm(product, 2)))
        assert rank <= config.d_head
        shown = sorted(one.value for one in told.declared(5, "singular values"))
        assert shown == sorted([rank, rank, config.n_embd - config.d_head])
        assert f"in {rank} independent directions" in told.scene.beats[4].narration

    def test_the_bars_are_the_singular_values_of_the_product(self, told: Told) -> None:
        found = tables(told)
        values = np.sqrt(np.maximum(np.linalg.eigvalsh((found["O"] @ found["V"]).T @ (found["O"] @ found["V"])), 0))
        bars = [bar.value for bar in told.scene.spectrum.bars]
        assert bars == pytest.approx(sorted(values)[::-1][: len(bars)], rel=1e-3, abs=1e-3)
        assert max(sorted(values)[: -len(bars)]) < 1e-5 * max(values)

    def test_the_three_spaces_have_the_sizes_of_word_corridor_and_update(self, told: Told) -> None:
        config = told.checkpoint.config
        shown = sorted(told.declared(6, "size of the network"), key=lambda one: one.writing.center[0])
        assert [one.value for one in shown] == [config.n_embd, config.d_head, config.n_embd]

    def test_all_updates_lie_in_one_sheet(self, told: Told) -> None:
        words, _few, updates = told.scene.rest_of_spaces[:3]
        reach = np.abs(updates.coordinates).max()
        assert np.abs(updates.coordinates[:, 1]).max() < 1e-4 * reach
        assert np.abs(words.coordinates[:, 1]).max() > 1e-2 * np.abs(words.coordinates).max()

    def test_the_value_pair_costs_as_much_as_query_and_key(self, told: Told) -> None:
        found = tables(told)
        sums = sorted(told.declared(7, "sum of the sizes"), key=height)
        assert [one.value for one in sums] == [found["Q"].size + found["K"].size, found["V"].size + found["O"].size]
        assert sums[0].value == sums[1].value
        counts = [one.value for one in told.declared(7, "size of the network")]
        assert sorted(counts) == sorted(table.size for table in found.values())

    def test_lying_the_four_tables_are_seen_to_be_equally_large(self, told: Told) -> None:
        shapes = [
            (round(one.width, 4), round(one.height, 4))
            for mobject in told.scene.mobjects
            for one in mobject.get_family()
            if isinstance(one, WeightTable)
        ]
        assert len(shapes) == 4
        assert len(set(shapes)) == 1


def height(one: Read) -> float:
    """For sorting what is read from top to bottom."""
    return -float(one.writing.center[1])
