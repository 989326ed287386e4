"""A weighted sum shows shares, vectors and their true sum, and the rows fall into it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import Scene

from mobjects import CollapseSum, WeightedSumColumn
from model.activations import Quantity

SHARES, VECTORS = np.array([0.2, 0.5, 0.3]), np.arange(12.0).reshape(3, 4) - 5


def test_it_shows_what_it_was_given_and_the_true_sum():
    column = WeightedSumColumn(SHARES, VECTORS, ["a", " b", " c"], passport="x")
    assert [row[1].value for row in column.rows] == SHARES.tolist()
    assert np.array([row[3][0].values for row in column.rows]) == pytest.approx(VECTORS)
    by_hand = sum(share * vector for share, vector in zip(SHARES, VECTORS, strict=True))
    assert column.result[0].values == pytest.approx(by_hand)


def test_numbers_keep_their_passports():
    weights = Quantity(SHARES, "pattern", ("key",), "demo")
    vectors = Quantity(VECTORS, "v", ("position", "d_head"), "demo")
    result = Quantity(SHARES @ VECTORS, "z", ("d_head",), "demo")
    column = WeightedSumColumn(weights, vectors, result=result)
    assert column.rows[1][1].passport == ("pattern", (1,), "demo")
    assert column.rows[2][3][0].passports[3] == ("v", (2, 3), "demo")
    assert column.result[0].passports[0] == ("z", (0,), "demo")


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=16), st.integers(1, 20))
@settings(deadline=None, max_examples=15)
def test_it_fits_its_room_and_smaller_shares_are_fainter(shares, width):
    column = WeightedSumColumn(shares, np.ones((len(shares), width)), passport="x", max_height=5)
    assert column.height <= 5 + 1e-6
    light = [row[3][0][0].get_fill_opacity() for row in column.rows]
    order = np.argsort(shares, kind="stable")
    assert np.all(np.diff(np.array(light)[order]) >= -1e-9)


def test_the_rows_fall_into_the_sum_and_only_it_stays():
    scene, column = Scene(), WeightedSumColumn(SHARES, VECTORS, passport="x")
    before = [leaf.points.copy() for leaf in column.family_members_with_points()]
    scene.add(column)
    motion = CollapseSum(column)
    motion._setup_scene(scene)
    motion.begin()
    motion.interpolate(1)
    assert [row[3].get_y() for row in column.rows] == pytest.approx([column.result.get_y()] * 3)
    motion.finish()
    motion.clean_up_from_scene(scene)
    assert scene.mobjects == [column.result]
    after = [leaf.points for leaf in column.family_members_with_points()]
    assert all(np.allclose(*pair) for pair in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((SHARES[:2], VECTORS), r"shape \(2,\) and vectors of shape \(3, 4\)"),
        ((SHARES * 3, VECTORS), "expected 0 to 1"),
        ((SHARES, VECTORS * np.inf), "not finite"),
        ((SHARES, VECTORS, ["a"]), "1 names"),
        ((np.full(17, 0.1), np.ones((17, 2))), "at most 16"),
        ((SHARES, VECTORS, None, np.zeros(4)), "off the weighted sum by"),
        ((np.zeros(0), np.zeros((0, 3))), "shape"),
    ],
)
def test_what_cannot_be_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        WeightedSumColumn(*arguments)
