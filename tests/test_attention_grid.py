"""An attention grid shows the pattern it was given beside its words, however it is drawn, moved or changed."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as arrays
from manim import Scene, tempconfig

from mobjects import AttentionGrid, ChangePattern, SwapWeights, layout, theme
from mobjects.attention_layers import WeightDot
from mobjects.heat_layer import HeatLayer, cells_shape
from model.activations import Quantity
from tests.test_attention_mobjects import finish, play

WORDS = ["the", " ugly", " old", " fox", " heard"]


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "dry_run": True, "verbosity": "ERROR"}):
        yield


def pattern(n: int, seed: int = 0, causal: bool = True) -> np.ndarray:
    powers = np.exp(np.random.default_rng(seed).normal(size=(n, n)))
    powers = np.tril(powers) if causal else powers
    return powers / powers.sum(axis=1, keepdims=True)


def named(array: np.ndarray) -> Quantity:
    return Quantity(array, "blocks.0.attn.pattern", ("query", "key"), "demo")


def words(n: int) -> list[str]:
    return [WORDS[place % 5] if place else "the" for place in range(n)]


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("show", ["dots", "digits", "heat"])
def test_each_cell_shows_the_share_of_its_query_and_key_at_the_crossing_of_their_words(show, transposed):
    shares = pattern(5)
    grid = AttentionGrid(named(shares), WORDS, show=show, transposed=transposed)
    axis = 1 if transposed else 0
    for (query, key), part in grid.weights.items():
        assert part.value == shares[query, key]
        assert part.passport == ("blocks.0.attn.pattern", (query, key), "demo")
        center = grid.cell_center(query, key)
        assert grid.key_tokens[key].get_center()[1 - axis] == pytest.approx(center[1 - axis], abs=1e-6)
        assert grid.query_tokens[query].get_center()[axis] == pytest.approx(center[axis], abs=1e-6)
    beyond = grid.query_tokens.get_right()[0] if transposed else grid.query_tokens.get_bottom()[1]
    assert (beyond < grid.frame.get_left()[0]) if transposed else (beyond > grid.frame.get_top()[1])


@pytest.mark.parametrize("n", [1, 2, 5, 9, 16, 40, 128])
@pytest.mark.parametrize("transposed", [False, True])
def test_all_of_it_fits_the_safe_area_whatever_the_number_of_words(n, transposed):
    grid = AttentionGrid(pattern(n), words(n), transposed=transposed)
    assert layout.safe_area().holds(grid)
    assert len(grid.get_family()) < 1000
    assert np.isclose(grid.cell_width, grid.cell_height) or grid.cell_width < 1.7 * grid.cell_height
    for tokens in (grid.query_tokens, grid.key_tokens):
        for first, second in zip(tokens, tokens[1:], strict=False):
            apart = second.get_center() - first.get_center()
            assert np.linalg.norm(apart[:2]) > 0.1


def test_room_can_be_left():
    grid = AttentionGrid(pattern(9), words(9), max_width=6, max_height=4)
    assert grid.width <= 6 and grid.height <= 4


def test_other_words_can_offer_than_ask():
    shares = pattern(7, causal=False)[:2]
    grid = AttentionGrid(shares, ["yes", " no"], words(7))
    assert grid.shape == (2, 7)
    assert [len(grid.query_tokens), len(grid.key_tokens)] == [2, 7]
    assert not grid.causal and not len(grid.shade.points)


def test_what_the_mask_forbids_is_shaded_and_stays_empty():
    grid = AttentionGrid(pattern(4), WORDS[:4], show="digits")
    assert grid.causal
    assert set(grid.weights.cells) == {(query, key) for query in range(4) for key in range(query + 1)}
    assert np.allclose(grid.shade.get_corner([-1, -1, 0]), grid.frame.get_corner([-1, -1, 0]))
    scores = np.where(np.tri(4, dtype=bool), 3.0, -np.inf)
    assert len(AttentionGrid(scores, WORDS[:4]).weights) == 10


def test_scores_are_shown_as_signed_digits():
    scores = np.array([[1.26, -3.0], [0.0, 12.0]])
    grid = AttentionGrid(scores, WORDS[:2])
    assert [numeral.text for numeral in grid.weights] == ["+1.3", "−3.0", "0.0", "+12.0"]


def test_many_words_are_a_few_shapes_that_cover_each_cell_by_its_share():
    shares = pattern(40)
    grid = AttentionGrid(named(shares), words(40))
    heat = grid.weights
    assert isinstance(heat, HeatLayer) and len(heat) <= 24
    assert np.array_equal(heat.values, shares)
    assert heat.passports == [named(shares).passport]
    area = grid.cell_width * grid.cell_height
    covered = sum(len(shape.points) for shape in heat)
    assert covered == 16 * round(covered / 16)
    inked = sum(shape.get_fill_opacity() * _area(shape) for shape in heat) / area
    assert inked == pytest.approx(np.rint(shares**theme.STRENGTH_GAMMA * 24).sum() / 24, rel=1e-6)


def _area(shape) -> float:
    """The area of a shape made of rectangles."""
    corners = shape.points[::4].reshape(-1, 4, 3)
    sides = corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0]
    return float(np.linalg.norm(np.cross(*sides), axis=1).sum())


def test_a_shape_of_cells_covers_them_and_nothing_else():
    grid = AttentionGrid(pattern(5), WORDS, show=None)
    chosen = np.zeros((5, 5), bool)
    chosen[1, 1:4] = chosen[3, 0] = chosen[3, 4] = True
    shape = cells_shape(grid, chosen, theme.KEY, 1)
    assert _area(shape) == pytest.approx(5 * grid.cell_width * grid.cell_height)
    assert len(shape.points) == 3 * 16
    assert np.allclose(shape.points[0], grid.cell_center(0.5, 0.5))


def test_sums_stand_at_the_feet_of_their_queries():
    grid = AttentionGrid(pattern(5), WORDS)
    sums = grid.sums()
    assert [numeral.text for numeral in sums] == ["1.00"] * 5
    for query, numeral in enumerate(sums):
        assert numeral.get_x() == pytest.approx(grid.cell_center(query, 0)[0])
        assert numeral.get_top()[1] < grid.frame.get_bottom()[1]
    aside = AttentionGrid(pattern(5), WORDS, transposed=True)
    assert all(numeral.get_left()[0] > aside.frame.get_right()[0] for numeral in aside.sums())


def light(mobject) -> float:
    return float(mobject.family_members_with_points()[0].get_fill_opacity())


def test_focus_leaves_one_query_bright_and_undim_lights_all_again():
    grid = AttentionGrid(pattern(5), WORDS)
    grid.focus(query=3)
    assert light(grid.weights.at(3, 1)) == 1 and light(grid.weights.at(2, 1)) == theme.OPACITY_CONTEXT
    assert light(grid.query_tokens[3].word) == 1 and light(grid.query_tokens[0].word) == theme.OPACITY_CONTEXT
    assert light(grid.key_tokens[4].word) == 1
    grid.focus(query=3, key=1)
    assert light(grid.weights.at(3, 1)) == 1 and light(grid.weights.at(3, 2)) == theme.OPACITY_CONTEXT
    grid.undim()
    assert all(light(dot) == 1 for dot in grid.weights)


def test_focus_and_undim_can_be_played():
    scene, grid = Scene(), AttentionGrid(pattern(5), WORDS)
    scene.add(grid)
    finish(scene, grid.animate.focus(key=0).build())
    assert light(grid.weights.at(4, 0)) == 1 and light(grid.weights.at(4, 1)) == theme.OPACITY_CONTEXT
    finish(scene, grid.animate.undim().build())
    assert light(grid.weights.at(4, 1)) == 1
    assert scene.mobjects == [grid]


@pytest.mark.parametrize("show", ["digits", "heat", "dots"])
def test_content_is_swapped_in_place(show):
    scene, grid = Scene(), AttentionGrid(pattern(5), WORDS)
    scene.add(grid)
    old = grid.weights
    before = [part.points.copy() for part in old]
    for moment in play(scene, grid.animate.show_as(show).build(), 0.0, 0.5, 1.0):
        if moment == 0:
            assert all(np.allclose(part.points, points) for part, points in zip(old, before, strict=True))
    fresh = AttentionGrid(pattern(5), WORDS, show=show)
    assert scene.mobjects == [grid] and grid.weights is not old
    for part, expected in zip(grid.weights, fresh.weights, strict=True):
        assert np.allclose(part.points, expected.points) and np.array_equal(part.fill_rgbas, expected.fill_rgbas)
    assert all(np.allclose(part.points, points) for part, points in zip(old, before, strict=True))


def test_an_empty_grid_can_be_filled():
    scene, grid = Scene(), AttentionGrid(pattern(3), WORDS[:3], show=None)
    assert len(grid.weights) == 0
    finish(scene, SwapWeights(grid, "dots"))
    assert scene.mobjects == [grid] and isinstance(grid.weights[0], WeightDot)
    assert AttentionGrid(pattern(3), WORDS[:3], show=None).show_as("digits").weights.at(1, 0).text


@pytest.mark.parametrize("show", ["dots", "digits"])
def test_dots_and_digits_settle_to_another_pattern(show):
    scene, grid, new = Scene(), AttentionGrid(pattern(5), WORDS, show=show), named(pattern(5, seed=3))
    scene.add(grid)
    layer = grid.weights
    finish(scene, ChangePattern(grid, new))
    assert grid.weights is layer and grid.pattern is new and scene.mobjects == [grid]
    assert layer.at(4, 2).value == new.values[4, 2] and layer.at(4, 2).passport[0] == "blocks.0.attn.pattern"


def test_copies_stand_for_themselves():
    grid = AttentionGrid(pattern(5), WORDS)
    other = grid.copy().scale(0.5).shift([2, 0, 0])
    assert other.weights is not grid.weights and other.weights.at(3, 1) in other.get_family()
    assert np.allclose(other.weights.at(3, 1).middle, other.cell_center(3, 1))
    grid.save_state()
    grid.shift([1, 1, 0]).focus(query=0).restore()
    assert np.allclose(grid.weights.at(3, 1).middle, grid.cell_center(3, 1))
    assert np.allclose(grid.get_center(), 0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AttentionGrid(np.eye(3), WORDS), r"shape \(3, 3\) was found for 5 tokens and 5 key tokens"),
        (lambda: AttentionGrid(np.eye(129), words(129)), "at most 128 tokens"),
        (lambda: AttentionGrid([1.0], ["a"]), r"\(1,\) was found; expected \(query, key\)"),
        (lambda: AttentionGrid(np.zeros((0, 0)), []), r"\(0, 0\) was found"),
        (lambda: AttentionGrid(np.full((2, 2), np.nan), WORDS[:2]), "not finite"),
        (lambda: AttentionGrid(np.eye(2), WORDS[:2], show="bars"), "'bars' was found"),
        (lambda: AttentionGrid(np.eye(40), words(40), show="digits"), "digits for 40 tokens"),
        (lambda: AttentionGrid(np.full((2, 2), 0.5), WORDS[:2], causal=True), "causal=False"),
        (lambda: AttentionGrid(np.full((2, 2), 5.0), WORDS[:2], show="dots"), "Shares from 5 to 5"),
        (lambda: AttentionGrid(np.eye(40), words(40)).focus(0), "use column_box"),
        (lambda: AttentionGrid(np.eye(2), WORDS[:2]).focus(2), "query 2 was asked for; there are 0 to 1"),
        (lambda: ChangePattern(AttentionGrid(np.eye(40), words(40)), np.eye(40)), "use SwapWeights"),
        (lambda: AttentionGrid(np.eye(2), ["a", "\u4e16"]), "font has no"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(make, message):
    with pytest.raises(ValueError, match=message):
        make()


numbers = st.sampled_from([0.0, -0.0, 1e-9, 1e9, -1e9]) | st.floats(-1e6, 1e6, allow_nan=False)


@settings(max_examples=15, deadline=None)
@given(arrays.arrays(float, arrays.array_shapes(min_dims=2, max_dims=2, max_side=3), elements=numbers))
def test_any_finite_numbers_are_kept_as_they_are(array):
    grid = AttentionGrid(array, words(array.shape[0]), words(array.shape[1]), show="digits", causal=False)
    assert all(part.value == array[cell] for cell, part in grid.weights.items())
    assert len(grid.weights) == array.size


def test_a_plain_pattern_is_declared_when_it_changes_too():
    grid = AttentionGrid(np.eye(2), ["a", " b"], passport="x")
    motion = ChangePattern(grid, np.tri(2) / [[1], [2]], passport="y")
    motion.begin()
    motion.finish()
    assert {dot.passport for dot in grid.weights} == {"y"}
