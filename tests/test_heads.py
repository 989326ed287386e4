"""Cards of heads and the view of a whole model show each head's own pattern, in the place it has."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from manim import RIGHT, Scene, tempconfig

from mobjects import HeadCard, HeadRow, HeadStack, ModelView, MoveCards, layout, theme
from mobjects.heat_layer import MiniPattern
from mobjects.numerals import Numeral
from model.activations import Quantity
from tests.test_attention_mobjects import finish, play


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "dry_run": True, "verbosity": "ERROR"}):
        yield


def patterns(*shape: int) -> np.ndarray:
    powers = np.tril(np.exp(np.random.default_rng(0).normal(size=shape)))
    return powers / powers.sum(axis=-1, keepdims=True)


def stack(count: int = 5) -> HeadStack:
    return HeadStack([HeadCard(pattern, 2, head) for head, pattern in enumerate(patterns(count, 4, 4))])


def numerals(mobject) -> list[Numeral]:
    return [part for part in mobject.get_family() if isinstance(part, Numeral)]


def test_a_card_says_which_head_it_is_counted_from_one_and_shows_its_pattern():
    head = Quantity(patterns(6, 6), "blocks.2.attn.pattern", ("query", "key"), "demo")
    share = Quantity([0.256], "heads", ("measure",), "demo")[0]
    card = HeadCard(head, 2, 0, stat=share, stat_label="previous word")
    assert [numeral.text for numeral in numerals(card)] == ["3", "1", "26"]
    assert numerals(card.stat)[0].value == 0.256 and numerals(card.stat)[0].passport == share.passport
    assert np.array_equal(card.mini.heat.values, head.values) and card.mini.heat.passports == [head.passport]
    assert card.frame.width > card.mini.width and card.frame.height > card.mini.height
    assert card.caption.get_bottom()[1] > card.mini.plate.get_top()[1]
    assert card.stat.get_top()[1] < card.mini.plate.get_bottom()[1]


def test_a_card_needs_no_number():
    card = HeadCard(patterns(3, 3), 0, 1)
    assert len(card.stat) == 0
    assert [numeral.text for numeral in numerals(HeadCard(patterns(3, 3), 0, 1, stat=2.5, percent=False))][-1] == "2.50"


def test_each_card_of_a_stack_is_smaller_further_right_and_higher_than_the_one_before_it():
    cards = stack().cards
    for near, far in zip(cards, cards[1:], strict=False):
        assert far.height == pytest.approx(0.97 * near.height)
        assert far.get_x() > near.get_x() and far.get_y() > near.get_y()
    assert stack().front is not cards[0] and stack().front.head == 0


def test_a_card_comes_forward_and_the_others_keep_their_order():
    scene, heads = Scene(), stack()
    scene.add(heads)
    place, size = heads.front.get_center(), heads.front.height
    for moment in play(scene, heads.animate.bring_forward(3).build(), 0.0, 0.25, 0.75, 1.0):
        assert heads.order[-1] == (0 if moment < 0.5 else 3)
        if moment == 0.25:
            assert heads.cards[3].get_x() < stack().cards[3].get_x()
    assert [card.head for card in heads.submobjects] == [4, 2, 1, 0, 3]
    assert [card.head for card in heads.cards] == [0, 1, 2, 3, 4]
    assert np.allclose(heads.front.get_center(), place) and heads.front.height == pytest.approx(size)
    assert scene.mobjects == [heads]


def test_a_fan_shows_all_cards_in_order_without_touching_inside_the_safe_area():
    scene, heads = Scene(), stack(8)
    finish(scene, heads.animate.fan_out(columns=4).build())
    assert layout.safe_area().holds(heads)
    boxes = [(card.get_left()[0], card.get_right()[0], card.get_bottom()[1], card.get_top()[1]) for card in heads.cards]
    for place, (left, right, bottom, top) in enumerate(boxes):
        for other in boxes[:place]:
            assert left > other[1] or right < other[0] or bottom > other[3] or top < other[2]
    assert heads.cards[0].get_y() == pytest.approx(heads.cards[3].get_y())
    assert heads.cards[4].get_y() < heads.cards[0].get_y()


def test_a_fan_can_be_stacked_again():
    scene, heads = Scene(), stack()
    for card in heads.fan_out().cards:
        assert card.height <= stack().front.height + 1e-9
    finish(scene, heads.animate.restack().build())
    expected = stack()
    for card, other in zip(heads.cards, expected.cards, strict=True):
        behind, expected_behind = (
            card.get_center() - heads.front.get_center(),
            other.get_center() - expected.front.get_center(),
        )
        assert np.allclose(behind, expected_behind, atol=1e-6)


def test_a_motion_of_cards_ends_as_the_change_itself_would():
    scene, moved, changed = Scene(), stack(), stack().shift(RIGHT)
    finish(scene, MoveCards(moved, lambda cards: cards.shift(RIGHT)))
    assert all(np.allclose(one.points, other.points) for one, other in _pairs(moved, changed))


def _pairs(one, other):
    return zip(one.family_members_with_points(), other.family_members_with_points(), strict=True)


def test_a_row_of_cards_shows_the_first_the_last_and_dots_between():
    row = HeadRow(stack(8).cards, shown=4)
    assert [card.head for card in row.cards] == [0, 1, 2, 7]
    assert row.cards[2].get_right()[0] < row.dots.get_left()[0] < row.dots.get_right()[0] < row.cards[3].get_left()[0]
    assert row.width <= 2 * layout.SAFE_X + 1e-9
    assert len(HeadRow(stack(3).cards).dots) == 0
    assert len(HeadRow(stack(1).cards).cards) == 1


def test_a_model_view_has_a_row_per_layer_and_a_column_per_head():
    every = Quantity(patterns(3, 4, 5, 5), "pattern", ("layer", "head", "query", "key"), "demo")
    view = ModelView(every)
    for layer, head in np.ndindex(3, 4):
        mini = view.pattern(layer, head)
        assert np.array_equal(mini.heat.values, every.values[layer, head])
        assert mini.heat.passports == [every[layer, head].passport]
        assert mini.plate.get_x() == pytest.approx(view.pattern(0, head).plate.get_x())
        assert view.box(layer, head).get_center() == pytest.approx(mini.plate.get_center())
        assert view.layer_numbers[layer].get_y() == pytest.approx(mini.plate.get_y(), abs=0.02)
    assert [numeral.text for numeral in view.head_numbers] == ["1", "2", "3", "4"]
    assert view.pattern(1, 0).get_y() < view.pattern(0, 0).get_y()
    assert layout.safe_area().holds(view)


@pytest.mark.parametrize("count", [(1, 1), (6, 8), (16, 16), (2, 16), (16, 1)])
def test_a_view_of_any_model_fits_the_safe_area(count):
    assert layout.safe_area().holds(ModelView(patterns(*count, 3, 3)))


def test_twelve_layers_of_twelve_heads_are_less_than_three_thousand_shapes():
    every = np.random.default_rng(1).dirichlet(np.full(24, 0.3), (12, 12, 24))
    assert len(ModelView(every).get_family()) < 3000


def test_one_head_or_one_layer_of_a_view_can_stay_bright():
    scene, view = Scene(), ModelView(patterns(2, 3, 4, 4))
    scene.add(view)
    finish(scene, view.animate.focus(1, 2).build())
    lights = [view.pattern(*cell).plate.get_fill_opacity() for cell in np.ndindex(2, 3)]
    assert lights == [theme.OPACITY_CONTEXT] * 5 + [1]
    view.focus(0)
    lights = [view.pattern(*cell).plate.get_fill_opacity() for cell in np.ndindex(2, 3)]
    assert lights == [1] * 3 + [theme.OPACITY_CONTEXT] * 3
    finish(scene, view.animate.undim().build())
    assert all(view.pattern(*cell).plate.get_fill_opacity() == 1 for cell in np.ndindex(2, 3))
    assert scene.mobjects == [view]


def test_copies_stand_for_themselves():
    heads = stack()
    other = heads.copy().scale(0.5).bring_forward(2)
    assert heads.front.head == 0 and other.front.head == 2 and other.front in other.get_family()
    view = ModelView(patterns(2, 2, 3, 3))
    view.save_state()
    view.scale(0.3).focus(0, 0).restore()
    assert view.pattern(1, 1).plate.get_fill_opacity() == 1
    assert view.copy().pattern(1, 1) is not view.pattern(1, 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HeadCard(np.eye(3), -1, 0), "counted from 0"),
        (lambda: HeadCard([0.5, 0.5], 0, 0), r"\(2,\) was found"),
        (lambda: HeadCard(np.full((2, 2), np.nan), 0, 0), "not finite"),
        (lambda: HeadCard(np.full((2, 2), 2.0), 0, 0), "Shares from 2 to 2"),
        (lambda: HeadCard(np.eye(2), 0, 0, stat=float("nan")), "not a number"),
        (lambda: HeadCard(np.eye(2), 0, 0, stat=1.0, stat_label="\u4e16"), "font has no"),
        (lambda: HeadStack([]), "No cards"),
        (lambda: stack().bring_forward(5), "there are 0 to 4"),
        (lambda: stack().fan_out(columns=0), "0 columns"),
        (lambda: HeadRow([]), "0 cards"),
        (lambda: HeadRow(stack().cards, shown=1), "1 to be shown"),
        (lambda: ModelView([]), "Layers of no heads"),
        (lambda: ModelView([[np.eye(2)], [np.eye(2)] * 2]), "Layers of 1, 2 heads"),
        (lambda: ModelView(np.zeros((17, 1, 2, 2))), "1 to 16 layers"),
        (lambda: ModelView(patterns(2, 2, 3, 3)).pattern(2, 0), "Layer 2, head 0 were asked for"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([0.0, -0.0, 1e-9, 1.0]) | st.floats(0, 1), min_size=4, max_size=4))
def test_any_shares_are_kept_as_they_are(shares):
    array = np.reshape(shares, (2, 2))
    assert np.array_equal(MiniPattern(array).heat.values, array)
