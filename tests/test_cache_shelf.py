"""The shelves hold one card for each key and each value, and grow by one column a token."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import Scene, tempconfig

from mobjects import AddCards, CacheShelf, layout
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR", "dry_run": True}):
        yield


CHANCE = np.random.default_rng(0)
KEYS, VALUES = CHANCE.normal(0, 1, (3, 5, 8)), CHANCE.normal(0, 2, (3, 5, 8))
NAMED = [Quantity(layer, f"blocks.{n}.attn.k", ("position", "d_head"), "demo") for n, layer in enumerate(KEYS)]


def shelf_of(tokens=3, **options):
    return CacheShelf(KEYS[:, :tokens], VALUES[:, :tokens], **{"capacity": 5, "unit": "cards", **options})


def play(scene, motion):
    motion._setup_scene(scene)
    motion.begin()
    motion.interpolate(0.5)
    motion.finish()
    motion.clean_up_from_scene(scene)


def picture(mobject):
    leaves = mobject.family_members_with_points()
    return [np.concatenate([leaf.points.ravel(), leaf.fill_rgbas.ravel()]) for leaf in leaves]


def same(first, second):
    return len(first) == len(second) and all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_card_shows_the_first_numbers_of_its_vector():
    shelf = shelf_of()
    assert np.array_equal(shelf.card(1, 2, "K").values, KEYS[2, 1, :4])
    assert np.array_equal(shelf.card(2, 0, "V").values, VALUES[0, 2, :4])
    assert shelf.total == shelf.count.value == 2 * 3 * 3


def test_cards_carry_passports():
    shelf = CacheShelf(NAMED, VALUES)
    assert shelf.card(1, 2, "K").passports[3] == ("blocks.2.attn.k", (1, 3), "demo")
    assert shelf.card(1, 2, "V").passports == [None] * 4
    assert CacheShelf(KEYS, VALUES, passport="declared").card(0, 0, "V").passports == ["declared"] * 4
    assert shelf.count is None


def test_keys_stand_over_values_on_the_board_of_their_layer_in_the_column_of_their_token():
    shelf = shelf_of(labels=["a", "b", "c"]).scale(0.8).shift([1, 0, 0])
    for place, column in enumerate(shelf.cards):
        for layer, board in enumerate(shelf.boards):
            key, value = column[2 * layer], column[2 * layer + 1]
            assert key.get_bottom()[1] > value.get_top()[1] > value.get_bottom()[1] > board.get_y()
            assert key.get_x() == pytest.approx(shelf.above(place)[0])
    assert shelf.above(0)[1] > shelf.cards.get_top()[1]
    heights = [board.get_y() for board in shelf.boards]
    assert heights == sorted(heights)


@pytest.mark.parametrize("capacity", [5, 16])
def test_shelves_stay_inside_the_safe_area_and_words_before_them(capacity):
    shelf = shelf_of(labels=["layer one", "layer two", "layer three"], capacity=capacity)
    assert layout.safe_area().holds(shelf)
    assert shelf.labels.get_right()[0] < shelf.boards.get_left()[0]


def test_cards_are_added_as_if_they_had_been_there_from_the_start():
    grown, whole = shelf_of(4), shelf_of(5)
    grown.add_cards(KEYS[:, 4], VALUES[:, 4])
    assert grown.count.text == "30"
    for first, second in zip(grown.cards[4], whole.cards[4], strict=True):
        assert np.array_equal(first.values, second.values)
        assert np.allclose(first.get_center(), second.get_center())
        assert (first.width, first.height) == pytest.approx((second.width, second.height))
    with pytest.raises(ValueError, match="room for 5 tokens"):
        grown.add_cards(KEYS[:, 4], VALUES[:, 4])


def test_cards_drop_in_layer_by_layer_and_those_before_stay_untouched():
    shelf, scene = shelf_of(), Scene()
    scene.add(shelf)
    before = picture(shelf.cards)
    motion = AddCards(shelf, KEYS[:, 3], VALUES[:, 3])
    motion._setup_scene(scene)
    motion.begin()
    assert len(shelf.cards) == 4
    motion.interpolate(0.5)
    lights = [shelf.card(3, layer, "K")[0].get_fill_opacity() for layer in range(3)]
    assert lights == sorted(lights, reverse=True) and lights[0] > lights[2]
    assert same(picture(shelf.cards)[: len(before)], before)
    motion.finish()
    motion.clean_up_from_scene(scene)
    assert scene.mobjects == [shelf]
    assert (shelf.count.value, shelf.count.passport) == (24, "count: cards on the shelves")
    whole = shelf_of().add_cards(KEYS[:, 3], VALUES[:, 3])
    assert same(picture(shelf.cards), picture(whole.cards))


def test_adding_can_be_animated_as_a_change():
    shelf = shelf_of()
    motion = shelf.animate.add_cards(KEYS[:, 3], VALUES[:, 3]).build()
    assert isinstance(motion, AddCards)
    play(Scene(), motion)
    assert shelf.total == 24


def test_a_moved_or_copied_shelf_grows_where_it_stands():
    shelf = shelf_of()
    other = shelf.copy().scale(0.5).shift([2, 1, 0])
    play(Scene(), AddCards(other, KEYS[:, 3], VALUES[:, 3]))
    assert (len(shelf.cards), len(other.cards)) == (3, 4)
    steps = np.diff([column.get_x() for column in other.cards])
    assert np.allclose(steps, steps[0])
    assert other.card(3, 0, "K").width == pytest.approx(other.card(0, 0, "K").width)
    shelf.save_state()
    shelf.shift([1, 0, 0]).restore()
    assert np.array_equal(shelf.card(0, 0, "K").values, KEYS[0, 0, :4])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([0.0, -0.0, 1e-9, 1e9]) | st.floats(-1e6, 1e6), min_size=1, max_size=4))
def test_any_numbers_are_kept_on_the_cards(vector):
    shelf = CacheShelf([[vector]], [[vector]])
    assert np.array_equal(shelf.card(0, 0, "K").values, vector)
    assert len(shelf.cards) == 1


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: CacheShelf([], []), "alike in all layers"),
        (lambda: CacheShelf(KEYS, VALUES[:2]), "alike in all layers"),
        (lambda: CacheShelf(KEYS[0], VALUES[0]), "expected"),
        (lambda: CacheShelf(KEYS * np.nan, VALUES), "not finite"),
        (lambda: CacheShelf(KEYS, VALUES, labels=["a"]), "each of 3 layers"),
        (lambda: CacheShelf(KEYS, VALUES, capacity=4), "at least 5"),
        (lambda: shelf_of().card(3, 0, "K"), "3 tokens and 3 layers"),
        (lambda: shelf_of().card(0, 0, "Q"), "expected K or V"),
        (lambda: AddCards(shelf_of(), KEYS[:2, 0], VALUES[:, 0]), "each of 3 layers"),
        (lambda: AddCards(shelf_of(5), KEYS[:, 0], VALUES[:, 0]), "full"),
    ],
)
def test_what_cannot_be_shelved_is_refused_with_a_sentence(make, words):
    with pytest.raises(ValueError, match=words):
        make()
