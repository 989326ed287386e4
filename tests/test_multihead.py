"""MultiHeadAttention: the cards, links, names and nudges are those of the layer's heads."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from model import words
from model.probing.heads import MEASURES
from model.probing.picks_file import PICKS
from tests.every_scene import EveryScene
from tests.telling import Told

LEAST, TIMES = 0.25, 2.0  # what narration says: a quarter of the attention, and twice an even share
SAID = {
    "describing": "describing words", "previous": "previous", "first": "first", "same": "same",
    "induction": "earlier copy", "pronoun": "he and she",
}  # fmt: skip


def measured(told: Told, head: int) -> dict[str, tuple[float, float]]:
    """Of each behaviour a head's share and an even share: as the file of picks has them, or counted on the sentence."""
    layer, picks = told.scene.pick.layer, yaml.safe_load(PICKS.read_text(encoding="utf-8")).get(told.checkpoint.name)
    if picks is not None:
        [row] = [row for row in picks["heads"] if (row["layer"], row["head"]) == (layer, head)]
        return {name: (row[name], found["even"]) for name, found in picks["roles"].items()}
    pattern, count = told.activations["pattern", layer].values[head], len(told.scene.pieces)
    asked, found, ids = range(1, count), {}, list(told.scene.activations.ids)
    keys = {
        "previous": {query: [query - 1] for query in asked},
        "first": {query: [0] for query in asked},
        "same": {query: [key for key in range(query) if ids[key] == ids[query]] for query in asked},
        "induction": {query: [key + 1 for key in range(query - 1) if ids[key] == ids[query]] for query in asked},
    }
    for name, wanted in keys.items():
        rows = [(query, places) for query, places in wanted.items() if places]
        if rows:
            share = sum(pattern[query, places].sum() for query, places in rows) / len(rows)
            found[name] = (share, sum(len(places) / (query + 1) for query, places in rows) / len(rows))
    return found


def name_and_share(told: Told, head: int) -> tuple[str, float] | None:
    """What a head may be called by the rule that is told, and its share; None if it passes no test."""
    passed = [
        (share / even, name, share)
        for name, (share, even) in measured(told, head).items()
        if even and share >= LEAST and share >= TIMES * even
    ]
    return max(passed)[1:] if passed else None


def result_of(told: Told, head: int) -> np.ndarray:
    """What a head adds to the word that is kept to: what it hands over, through its columns of the output matrix."""
    pick, size = told.scene.pick, told.checkpoint.config.d_head
    whole = told.checkpoint.weights[f"blocks.{pick.layer}.attn.out.weight"].astype(float)
    handed = told.activations["z", pick.layer].values[head, pick.query]
    return whole[:, head * size : (head + 1) * size] @ handed


def before_and_after(told: Told) -> tuple[np.ndarray, np.ndarray]:
    """The word's stream before the layer's attention, and after it."""
    pick = told.scene.pick
    return (
        told.activations["resid_pre", pick.layer].values[pick.query],
        told.activations["resid_mid", pick.layer].values[pick.query],
    )


class TestMultiHeadAttention(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "MultiHeadAttention"
    beats = 9

    def test_every_card_is_a_different_true_head_and_the_watched_one_is_in_front(self, told: Told) -> None:
        pick, config = told.scene.pick, told.checkpoint.config
        cards = told.scene.stack.cards
        assert [card.head for card in cards][0] == pick.head
        assert sorted(card.head for card in cards) == list(range(config.n_head))
        patterns = told.activations["pattern", pick.layer].values
        for card in cards:
            assert card.mini.heat.values == pytest.approx(patterns[card.head], abs=1e-5)

    def test_tables_and_heads_are_counted(self, told: Told) -> None:
        heads = told.checkpoint.config.n_head
        [tables] = told.declared(3, "tables of all heads")
        [count] = told.declared(4, "n_head")
        assert (tables.value, count.value) == (4 * heads, heads)

    def test_a_head_is_named_where_a_test_passes_and_only_there(self, told: Told) -> None:
        for head in range(told.checkpoint.config.n_head):
            expected, label = name_and_share(told, head), told.scene.labels[head]
            if expected is None:
                assert label.behaviour == ""
            else:
                assert label.behaviour == expected[0]
                assert float(label.share) == pytest.approx(expected[1], abs=1e-3)

    def test_the_screen_has_as_many_names_and_scores_as_heads_that_pass(self, told: Told) -> None:
        expected = [name_and_share(told, head) for head in range(told.checkpoint.config.n_head)]
        passed = [found for found in expected if found is not None]
        scores = [one.value for one in told.stills[4] if one.kind == "number" and one.factor == 100]
        assert sorted(scores) == pytest.approx(sorted(share for _name, share in passed), abs=1e-3)
        said = " ".join(text.replace(" ", "") for text in told.texts(5))  # a line of words is read without its spaces
        assert said.count("nosimplelabel") == len(expected) - len(passed)
        for name in {name for name, _share in passed}:
            assert SAID[name].replace(" ", "") in said
        narration = told.scene.beats[4].narration
        assert f"{len(passed)} of these {len(expected)}" in narration or len(passed) in (0, len(expected))
        assert ("unseen text" in narration) == (told.story != "imported")

    def test_named_heads_come_first(self, told: Told) -> None:
        spots = told.declared(5, "index: head")
        spots.sort(key=lambda one: (-round(one.writing.center[1]), one.writing.center[0]))
        assert len(spots) == told.checkpoint.config.n_head
        named = [name_and_share(told, int(spot.value) - 1) is not None for spot in spots]
        assert named == sorted(named, reverse=True)

    def test_the_four_heads_differ_most(self, told: Told) -> None:
        chosen, patterns = told.scene.chosen, told.activations["pattern", told.scene.pick.layer].values
        assert chosen[0] == told.scene.pick.head
        assert len(set(chosen)) == min(4, len(patterns))
        kinds = [told.scene.labels[head].behaviour for head in range(len(patterns))]
        for count in range(1, len(chosen)):
            before = chosen[:count]
            left = [head for head in range(len(patterns)) if head not in before]
            unlike = [head for head in left if kinds[head] not in {kinds[one] for one in before}] or left
            apart = {
                head: min(float(np.abs(patterns[head] - patterns[other]).sum()) for other in before) for head in unlike
            }
            assert apart[chosen[count]] == pytest.approx(max(apart.values()), abs=1e-4)

    def test_the_arcs_are_the_shares_of_those_heads(self, told: Told) -> None:
        patterns = told.activations["pattern", told.scene.pick.layer].values
        for head, arcs in zip(told.scene.chosen, told.scene.links, strict=True):
            for arc in arcs:
                assert arc.value == pytest.approx(patterns[head, arc.target, arc.source], abs=1e-5)

    def fits(self, told: Told, behaviour: str, query: int, key: int) -> bool:
        """Whether a link is of the kind that a head is named after, as far as this is told in one line."""
        pieces, ids = told.scene.pieces, list(told.scene.activations.ids)
        between = all(words.kind(piece) == "describing" for piece in pieces[key:query])
        return {
            "describing": words.kind(pieces[query]) == "naming" and between,
            "previous": key == query - 1,
            "first": key == 0,
            "same": ids[key] == ids[query],
            "induction": key > 0 and ids[key - 1] == ids[query],
        }.get(behaviour, True)

    def test_the_spoken_links_are_the_strongest_that_fit_the_heads_name(self, told: Told) -> None:
        narration, word = told.scene.beats[5].narration, told.scene.word
        for head in told.scene.chosen[:2]:
            pattern = told.activations["pattern", told.scene.pick.layer].values[head]
            askers = range(min(2, len(pattern) - 1), len(pattern))
            links = [(float(pattern[query, key]), query, key) for query in askers for key in range(query)]
            behaviour = told.scene.labels[head].behaviour
            fitting = [link for link in links if link[0] > 0 and self.fits(told, behaviour, *link[1:])]
            _share, query, key = max(fitting or links)
            assert f"“{word(query)}” takes" in narration
            assert f"from “{word(key)}”" in narration

    def test_after_the_links_all_cards_are_seen_again(self, told: Told) -> None:
        for cell in told.scene.cells:
            assert cell[-1].get_fill_opacity() == 0
            assert cell[-1].get_stroke_opacity() == 1

    def test_the_lengths_are_those_of_what_the_heads_add(self, told: Told) -> None:
        heads = [card.head for card in told.scene.stack.cards]
        shown = sorted(told.declared(7, "length of the vector"), key=lambda one: one.writing.center[0])
        expected = [np.linalg.norm(result_of(told, head)) for head in heads]
        assert [one.value for one in shown] == pytest.approx(expected, rel=1e-3)

    def test_the_squares_are_the_first_numbers_of_what_the_heads_add(self, told: Told) -> None:
        for column, card in zip(told.scene.columns_of, told.scene.stack.cards, strict=False):
            values = column[1].strip.values
            assert values == pytest.approx(result_of(told, card.head)[: len(values)], abs=1e-3)

    def test_the_sum_is_what_the_layer_adds(self, told: Told) -> None:
        bias = told.checkpoint.weights.get(f"blocks.{told.scene.pick.layer}.attn.out.bias", 0)
        total = np.sum([result_of(told, head) for head in range(told.checkpoint.config.n_head)], axis=0) + bias
        before, after = before_and_after(told)
        assert total == pytest.approx(after - before, abs=1e-3)
        values = told.scene.total[1].strip.values
        assert values == pytest.approx(total[: len(values)], abs=1e-3)
        sides = (np.linalg.norm(one) for one in (total, total, before, after))
        shown = [one.value for one in told.declared(8, "length of the vector")]
        assert sorted(shown) == pytest.approx(sorted(sides), rel=1e-3)

    def test_the_cosine_is_that_of_the_arrows_and_the_narration_knows_it(self, told: Told) -> None:
        before, after = before_and_after(told)
        a, b, c = (float(np.linalg.norm(one)) for one in (before, after, after - before))
        cosine = (a * a + b * b - c * c) / (2 * a * b)
        [shown] = told.declared(8, "cosine")
        assert shown.value == pytest.approx(cosine, abs=1e-4)
        root, tip, end = told.scene.sum_drawn[-1].corners
        drawn = [np.linalg.norm(side) for side in (tip - root, end - root, end - tip)]
        assert np.array(drawn) / drawn[0] == pytest.approx(np.array([a, b, c]) / a, rel=1e-4)
        narration = told.scene.beats[7].narration
        assert ("only a little" in narration) == (cosine >= 0.9)
        assert ("turns plainly" in narration) == (0.5 <= cosine < 0.9)
        assert ("turns far round" in narration) == (cosine < 0.5)

    def test_the_wall_has_every_head_of_the_network(self, told: Told) -> None:
        config = told.checkpoint.config
        [count] = told.declared(9, "count: heads")
        assert count.value == config.n_layer * config.n_head
        patterns = [told.activations["pattern", layer].values for layer in range(config.n_layer)]
        [view] = [one for one in told.scene.mobjects if type(one).__name__ == "ModelView"]
        for place, mini in enumerate(view.minis):
            layer, head = divmod(place, config.n_head)
            assert mini.heat.values == pytest.approx(patterns[layer][head], abs=1e-5)


def test_the_scores_have_a_column_for_every_name() -> None:
    assert set(SAID) <= set(MEASURES)
