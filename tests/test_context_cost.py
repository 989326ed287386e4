"""ContextSizeCost: what a longer context costs is measured or worked out, and what masks keep is of that very page."""

from __future__ import annotations

import numpy as np
import pytest

from model.checkpoint import load
from model.forward import run
from model.passages import PLAY, TALE, passage_for
from model.recording import history
from scenes.sparse_masks import families, kept, met
from tests.every_scene import EveryScene
from tests.telling import Told

MASKS = 6


def page(told: Told) -> np.ndarray:
    """The pattern of the head shown on the whole page, computed anew in double precision."""
    scene = told.scene
    return np.asarray(run(told.checkpoint, scene.ids, np.float64)["pattern", scene.layer].at(head=scene.head))


class TestContextSizeCost(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "ContextSizeCost"
    beats = 7

    def test_the_page_begins_with_the_sentence_and_fills_the_context(self, told: Told) -> None:
        scene = told.scene
        sentence = list(scene.activations.ids)
        assert scene.ids[: len(sentence)] == sentence
        room = min(told.checkpoint.config.block_size, 256)
        assert room - 8 < len(scene.ids) <= room

    def test_the_sentence_has_its_number_of_words_squared(self, told: Told) -> None:
        count = len(told.scene.pieces)
        used = int(np.tri(count).sum())
        assert sorted(one.value for one in told.numbers(1)) == sorted([count, count, used, count**2])

    def test_the_sentences_pattern_is_the_corner_of_the_pages(self, told: Told) -> None:
        scene, count = told.scene, len(told.scene.pieces)
        alone = told.activations["pattern", scene.layer].at(head=scene.head)
        assert np.asarray(scene.pattern)[:count, :count] == pytest.approx(np.asarray(alone), abs=1e-4)
        assert np.asarray(scene.pattern) == pytest.approx(page(told), abs=1e-4)

    def test_no_other_head_has_more_in_strong_links_to_words_far_back(self, told: Told) -> None:
        scene, passed = told.scene, run(told.checkpoint, told.scene.ids)
        found = {}
        for layer in range(told.checkpoint.config.n_layer):
            for head in range(told.checkpoint.config.n_head):
                shares, total = np.asarray(passed["pattern", layer].at(head=head)), 0.0
                for query in range(len(shares)):
                    far = shares[query, 1 : max(1, query - len(shares) // 8 + 1)]
                    total += float(far[far > 0.05].sum())
                found[layer, head] = total
        assert found[scene.layer, scene.head] == pytest.approx(max(found.values()), rel=1e-4)

    def test_each_row_has_twice_the_tokens_and_four_times_the_cells(self, told: Told) -> None:
        rows = sorted(told.declared(3, "cells"), key=lambda one: -one.writing.center[1])
        tokens = sorted(told.declared(3, "tokens"), key=lambda one: -one.writing.center[1])
        sizes = sorted({one.value for one in tokens if one.passport == "count: tokens"})
        assert [one.value for one in rows] == [size**2 for size in sizes]
        assert [after / before for before, after in zip(sizes, sizes[1:], strict=False)] == [2, 2, 2]
        assert sizes[-1] == len(told.scene.ids)

    def test_the_points_are_what_was_recorded(self, told: Told) -> None:
        name = told.checkpoint.name if told.story != "imported" else "storybook"
        recording = history.timing(history.of(load(name)))
        for part in ("attention", "mlp"):
            shown = [value for value, passport in told.values[3] if passport[0] == f"timing.context.{part}"]
            assert sorted(shown) == pytest.approx(sorted(recording.context[part].values.tolist()))
        assert any(name in text and recording.hardware in text for text in told.texts(4))

    def test_the_slopes_are_those_of_least_squares(self, told: Told) -> None:
        name = told.checkpoint.name if told.story != "imported" else "storybook"
        parts = history.timing(history.of(load(name))).context
        x = np.log(parts["length"].values)
        slopes = [
            float(((x - x.mean()) * np.log(parts[part].values)).sum() / ((x - x.mean()) ** 2).sum())
            for part in ("attention", "mlp")
        ]
        shown = [one.value for one in told.declared(4, "slope")]
        assert sorted(shown) == pytest.approx(sorted(slopes))

    def test_another_networks_times_are_not_passed_off_as_its_own(self, told: Told) -> None:
        said = told.scene.beats[3].narration
        assert ("Not measured for this network" in said) == (told.story == "imported")

    def test_the_memory_is_four_bytes_for_every_cell_of_every_head(self, told: Told) -> None:
        passed = run(told.checkpoint, told.scene.ids)
        tables = [passed["pattern", layer].values for layer in range(told.checkpoint.config.n_layer)]
        ours = sum(table.astype(np.float32).nbytes for table in tables)
        shown = sorted(one.value for one in told.declared(5, "arithmetic") if one.factor != 1)
        assert shown == pytest.approx([ours, ours * (100_000 / len(told.scene.ids)) ** 2])
        assert "arithmetic" in told.texts(5)

    def test_what_the_masks_keep_is_computed_from_the_pages_pattern(self, told: Told) -> None:
        pattern, budget = page(told), len(told.scene.ids) // 8
        count = len(pattern)
        by_hand = [
            sum(pattern[query, max(0, query - budget + 1) : query + 1].sum() for query in range(count)),
            sum(pattern[query, budget * (query // budget) : query + 1].sum() for query in range(count)),
            sum(np.sort(pattern[query])[-budget:].sum() for query in range(count)),
        ]
        shown = [one.value for one in told.declared(7, "share of attention")]
        assert len(shown) == MASKS
        for total in by_hand:
            assert min(abs(value - total / count) for value in shown) < 1e-4

    def test_no_mask_lets_a_word_meet_too_many_or_a_later_one(self, told: Told) -> None:
        budget = len(told.scene.ids) // 8
        ways = families(page(told), budget)
        assert len({way.name for way in ways}) == MASKS
        for way in ways:
            assert not np.triu(way.mask, 1).any()
            assert way.mask.diagonal().any()
            assert way.mask.sum(axis=1).max() <= budget
            assert 0 < kept(page(told), way.mask) <= 1
            assert met(way.mask) == pytest.approx(way.mask.sum() / np.tri(len(way.mask)).sum())


@pytest.mark.parametrize(("name", "passage"), [("storybook", TALE), ("shakespeare", PLAY)])
def test_the_passages_go_on_from_the_recorded_ones(name: str, passage: object) -> None:
    recorded = str(history.of(load(name)).facts["passage"])
    assert passage_for(load(name)) == passage
    assert passage_for(load(name)).text.startswith(recorded)
