"""EmbeddingDirections: neighbours, steps and ranks are those of the embedding table, computed here in another way."""

from __future__ import annotations

import numpy as np
import pytest

from model.checkpoint import load
from model.probing import related as module
from model.probing import space
from model.probing.related import FEWEST, related
from scenes.vocabulary import drawable
from tests.every_scene import EveryScene
from tests.telling import Told


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


def ranked(table: np.ndarray, start: int, end: int, other: int, expected: int) -> int:
    """How many tokens, those given left out, are nearer to where the step leads than the expected one; plus one."""
    goal = table[end] - table[start] + table[other]
    found = [cosine(row, goal) for row in table]
    return 1 + sum(
        value > found[expected] for token, value in enumerate(found) if token not in (start, end, other, expected)
    )


class TestEmbeddingDirections(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "EmbeddingDirections"
    beats = 8

    @staticmethod
    def table(told: Told) -> np.ndarray:
        return np.asarray(told.checkpoint.weights["embed.weight"], dtype=np.float64)

    def test_no_drawable_token_is_nearer_than_those_listed(self, told: Told) -> None:
        table, scene = self.table(told), told.scene
        shown = [one.value for one in told.declared(3, "cosine of two rows")]
        truth = [cosine(table[scene.seeds[0]], table[one.token]) for one in scene.near[0]]
        assert shown == pytest.approx(truth)
        assert shown == sorted(shown, reverse=True)
        nearer = [token for token, row in enumerate(table) if cosine(table[scene.seeds[0]], row) > shown[-1] + 1e-9]
        listed = {scene.seeds[0], *(one.token for one in scene.near[0])}
        undrawn = [token for token in nearer if token not in listed]
        assert all(drawable(piece) != piece for piece in told.checkpoint.tokenizer.pieces(undrawn))

    def test_the_step_is_the_difference_of_two_rows(self, told: Told) -> None:
        table, (start, end) = self.table(told), told.scene.way
        [length] = told.declared(4, "length of the step")
        assert length.value == pytest.approx(np.sqrt(((table[end] - table[start]) ** 2).sum()))
        others = [cosine(table[end] - table[start], table[one.expected] - table[one.other])
                  for one in told.scene.shown[:2]]  # fmt: skip
        assert [one.value for one in told.declared(4, "cosine of two steps")] == pytest.approx(others)

    def test_ranks_are_those_of_the_table(self, told: Told) -> None:
        table, scene = self.table(told), told.scene
        shown = [int(one.value) for one in told.declared(5, "rank of the right word")]
        assert shown == [ranked(table, *scene.way, one.other, one.expected) for one in scene.shown]
        assert shown == sorted(shown)
        [tried] = told.declared(5, "count: words tried")
        assert tried.value == len(scene.relations[0].pairs) - 1

    def test_the_worst_try_is_shown_too(self, told: Told) -> None:
        table, scene = self.table(told), told.scene
        every = [ranked(table, *scene.way, *pair) for pair in scene.relations[0].pairs[1:]]
        shown = [one.rank_of_others for one in scene.shown]
        assert (shown[0], shown[-1]) == (min(every), max(every))

    def test_counts_of_relations_are_those_of_all_tries(self, told: Told) -> None:
        table, scene = self.table(told), told.scene
        chosen = scene.relations[1:] or scene.relations
        tried = [int(one.value) for one in told.declared(7, "count: steps tried")]
        assert len(tried) == len(chosen)
        relation = chosen[-1]
        ranks = [
            ranked(table, *way, *target)
            for way in relation.pairs[:4] for target in relation.pairs[:4] if not {*way} & {*target}
        ]  # fmt: skip
        told_ranks = [one.rank_of_others for one in space.analogies(told.checkpoint, relation.pairs[:4])]
        assert told_ranks == ranks

    def test_steps_are_drawn_from_the_words_they_are_tried_on(self, told: Told) -> None:
        plot = told.scene.pairs_plot
        for place, mark in enumerate(plot.differences):
            first = 0 if place == 0 else 2 * place
            assert (mark.foot == np.eye(len(plot.values))[first]).all()


def test_a_network_without_any_related_pieces_is_refused_in_one_sentence(monkeypatch) -> None:
    monkeypatch.setattr(module, "RELATIONS", {})
    monkeypatch.setattr(module, "LETTERS", "")
    monkeypatch.setattr(module, "_spaced", lambda checkpoint: ())
    with pytest.raises(ValueError, match=f"has no {FEWEST} pairs of related pieces"):
        related(load("storybook"))
