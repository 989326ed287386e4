"""Neighbours, analogies and directions are what one finds by looking at every pair."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.checkpoint import Checkpoint
from model.config import GPTConfig
from model.probing import space
from model.probing.relations import RELATIONS

WORDS = "king queen man woman kings queens men women boy girl boys girls horse horses table sky".split()


class Words:
    """A tokenizer whose tokens are whole words; two tokens for a word it does not know."""

    vocab_size = len(WORDS)

    def encode(self, text: str) -> list[int]:
        return [WORDS.index(word) for word in text.split()] if set(text.split()) <= set(WORDS) else [0, 0]

    def decode(self, ids: list[int]) -> str:
        return " ".join(WORDS[index] for index in ids)

    def pieces(self, ids: list[int]) -> list[str]:
        return [WORDS[index] for index in ids]

    def to_json(self) -> str:
        return "{}"


def network(table: np.ndarray | None = None, rows: int = len(WORDS)) -> Checkpoint:
    config = GPTConfig(vocab_size=rows, block_size=4, n_layer=1, n_head=1, n_embd=8)
    generator = np.random.default_rng(3)
    weights = {name: generator.normal(0, 1, size).astype(np.float32) for name, size in config.tensor_shapes().items()}
    if table is not None:
        weights["embed.weight"] = table.astype(np.float32)
    return Checkpoint("tiny", config, Words(), weights, "5eed" * 16)


def meant() -> np.ndarray:
    """Rows in which gender and number are each one direction, the same for all."""
    generator = np.random.default_rng(0)
    female, many = generator.normal(0, 1, (2, 8))
    stems = {stem: generator.normal(0, 1, 8) for stem in ("ruler", "adult", "child", "horse", "table", "sky")}
    kinds = [("ruler", "adult", "child")[i // 2 % 2 if i < 8 else 2] for i in range(12)]
    rows = [stems[kind] for kind in kinds] + [stems["horse"], stems["horse"], stems["table"], stems["sky"]]
    for index, word in enumerate(WORDS):
        rows[index] = rows[index] + female * (word in "queen woman queens women girl girls".split())
        rows[index] = rows[index] + many * (word in "kings queens men women boys girls horses".split())
    return np.array(rows)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.sqrt(a @ a) / np.sqrt(b @ b))


def test_neighbours_are_the_largest_cosines() -> None:
    checkpoint = network()
    rows = checkpoint.weights["unembed.weight"].astype(float)
    expected = sorted(((cosine(rows[2], rows[i]), word) for i, word in enumerate(WORDS) if i != 2), reverse=True)[:5]
    found = space.neighbours(checkpoint, "man", 5, "unembed")
    assert [one.piece for one in found] == [word for _, word in expected]
    assert [one.cosine for one in found] == pytest.approx([value for value, _ in expected])
    assert space.neighbours(checkpoint, 2, 5, "unembed") == found


def test_rows_that_no_text_can_reach_are_nobodys_neighbours() -> None:
    found = space.neighbours(network(rows=20), "man", 50)
    assert sorted(one.token for one in found) == [i for i in range(len(WORDS)) if i != 2]


def test_where_the_analogy_holds_exactly_it_is_found() -> None:
    found = space.analogy(network(meant()), "man", "woman", "king", "queen")
    assert (found.rank, found.rank_of_others) == (1, 1) and found.cosine == pytest.approx(1, abs=1e-6)
    assert found.nearest[0].piece == "queen"


def test_both_ranks_are_told_when_a_given_word_is_nearer() -> None:
    rows = network().weights["embed.weight"].astype(float)
    checked = 0
    for words in itertools.permutations(("king", "queen", "man", "sky"), 4):
        a, b, c, d = (WORDS.index(word) for word in words)
        goal = rows[b] - rows[a] + rows[c]
        nearer = [i for i in range(len(WORDS)) if cosine(rows[i], goal) > cosine(rows[d], goal)]
        found = space.analogy(network(), *words)
        assert found.rank == 1 + len(nearer)
        assert found.rank_of_others == 1 + len([i for i in nearer if i not in (a, b, c)])
        checked += found.rank != found.rank_of_others
    assert checked


def test_every_way_is_tried_on_every_other_pair() -> None:
    pairs = [("king", "kings"), ("man", "men"), ("boy", "boys"), ("ship", "ships")]
    tried = space.analogies(network(meant()), pairs)
    assert len(tried) == 6 and all(one.rank_of_others == 1 for one in tried)
    assert tried[0] == space.analogy(network(meant()), "king", "kings", "man", "men")


@settings(deadline=None)
@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=12),
    st.lists(st.integers(-3, 3), min_size=1, max_size=12),
)
def test_separation_is_the_share_of_pairs_won(positive: list[int], negative: list[int]) -> None:
    won = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    assert space.separation(np.array(positive), np.array(negative)) == pytest.approx(sum(won) / len(won))


def test_a_direction_is_judged_by_pairs_it_was_not_made_of() -> None:
    checkpoint = network()
    pairs = [("king", "kings"), ("man", "men"), ("boy", "boys"), ("horse", "horses"), ("ship", "ships")]
    rows = checkpoint.weights["embed.weight"].astype(float)
    found = space.direction(checkpoint, pairs)
    assert found.pairs == tuple(pairs[:4])
    singles, plurals = [], []
    for left in pairs[:4]:
        ways = [rows[WORDS.index(b)] - rows[WORDS.index(a)] for a, b in pairs[:4] if (a, b) != left]
        way = sum(ways) / np.linalg.norm(sum(ways))
        singles.append(rows[WORDS.index(left[0])] @ way)
        plurals.append(rows[WORDS.index(left[1])] @ way)
    np.testing.assert_allclose(found.projections.values, np.array([singles, plurals]).T, atol=1e-9)
    assert found.auc == sum(p > s for p in plurals for s in singles) / 16
    assert found.ordered == sum(p > s for p, s in zip(plurals, singles, strict=True))
    np.testing.assert_allclose(
        found.vector.values, np.mean([rows[WORDS.index(b)] - rows[WORDS.index(a)] for a, b in pairs[:4]], axis=0)
    )


def test_a_true_direction_agrees_with_every_pair() -> None:
    pairs = [("king", "kings"), ("man", "men"), ("girl", "girls"), ("horse", "horses")]
    found = space.direction(network(meant()), pairs)
    assert found.ordered == 4 and found.agreement == pytest.approx(1, abs=1e-6)


def test_too_few_pairs_make_no_direction() -> None:
    with pytest.raises(
        ValueError, match="tiny has 2 of these pairs as single tokens; a direction needs at least three"
    ):
        space.direction(network(), [("king", "queen"), ("man", "woman"), ("ship", "boat")])
    with pytest.raises(ValueError, match="'ship' is not a single token of tiny; choose a more frequent word"):
        space.neighbours(network(), "ship")


def test_principal_axes_are_those_of_the_singular_value_decomposition() -> None:
    checkpoint = network(meant())
    rows = meant().astype(np.float32).astype(float)
    _, spreads, axes = np.linalg.svd(rows - rows.mean(axis=0))
    found, shares = space.principal_axes(checkpoint, 3)
    np.testing.assert_allclose(shares.values, (spreads**2 / (spreads**2).sum())[:3], atol=1e-9)
    np.testing.assert_allclose(np.abs((found.values * axes[:3]).sum(axis=1)), 1, atol=1e-6)
    assert (found.values[np.arange(3), np.abs(found.values).argmax(axis=1)] > 0).all()


def test_vectors_are_the_networks_own_rows() -> None:
    checkpoint = network()
    assert space.vectors(checkpoint)[3].passport == ("embed.weight", (3, (0, 8, 1)), "tiny@5eed5eed5eed")
    np.testing.assert_array_equal(space.vectors(checkpoint, "unembed").values, checkpoint.weights["unembed.weight"])


@pytest.mark.parametrize("name", RELATIONS)
def test_no_relation_repeats_a_word(name: str) -> None:
    words = [word for pair in RELATIONS[name] for word in pair]
    assert len(set(words)) == len(words) >= 24


def test_places_are_alike_as_the_cosines_of_their_vectors_say() -> None:
    checkpoint = network()
    rows = checkpoint.weights["pos_embed.weight"].astype(float)
    found = space.place_likeness(checkpoint).values
    assert found.tolist() == [[pytest.approx(cosine(one, other), abs=1e-12) for other in rows] for one in rows]
