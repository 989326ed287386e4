"""A gradient column shows its numbers as they are, with dots wherever some are left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import Scene, tempconfig

from mobjects import GradientColumn, ReduceColumn, theme
from mobjects.gradient_column import spread_window
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


GRADIENT = np.random.default_rng(2).normal(0, 0.01, 100)


@pytest.mark.parametrize("length", [1, 9, 11, 12, 50, 1000])
def test_top_middle_and_bottom_are_drawn_or_all(length):
    shown = spread_window(length)
    assert shown == sorted(set(shown)) and shown[0] == 0 and shown[-1] == length - 1
    assert len(shown) == length if length <= 11 else len(shown) == 9
    with pytest.raises(ValueError, match="at least one"):
        spread_window(length, 0)


def test_numbers_are_signed_scaled_as_said_and_coloured_by_sign():
    column = GradientColumn(GRADIENT, factor=100)
    assert column.shown == (0, 1, 2, 48, 49, 50, 97, 98, 99) and len(column.ellipses) == 2
    assert np.array_equal(column.values, GRADIENT[list(column.shown)])
    assert column.factor_note.original_text == "× 10⁻²" and GradientColumn(GRADIENT).factor_note is None
    for entry in column.entries:
        assert float(entry.text.replace("−", "-")) == pytest.approx(100 * entry.value, abs=0.005)
    ends = GradientColumn([1.0, -1.0, 0.0], color_scale=1).entries
    assert [entry.get_fill_color().to_hex() for entry in ends] == [theme.POSITIVE, theme.NEGATIVE, theme.NEUTRAL]


def test_boxes_stand_around_digits_only():
    column = GradientColumn(GRADIENT).scale(1.3)
    boxes = column.digit_boxes()
    assert len(boxes) == 9 and np.ptp([box.width for box in boxes]) < 1e-9
    for box, entry in zip(boxes, column.entries, strict=True):
        assert box.get_left()[0] < entry.get_left()[0] and entry.get_right()[0] < box.get_right()[0]
        assert abs(box.get_y() - entry.get_y()) < 1e-6
        assert all(abs(dots.get_y() - box.get_y()) > box.height / 2 for dots in column.ellipses)


def test_a_column_closes_around_the_numbers_that_are_kept():
    quantity = Quantity(GRADIENT, "gradient", ("entry",), "demo")
    column = GradientColumn(quantity, factor=100).scale(0.9).shift([2, 1, 0])
    few = column.reduced([1, 7])
    assert few.shown == (1, 98) and len(few.ellipses) == 3
    assert [entry.passport for entry in few.entries] == [("gradient", (index,), "demo") for index in (1, 98)]
    assert few.entry(0).height == pytest.approx(column.entry(1).height)
    assert np.allclose(few.entries[0].fill_rgbas, column.entry(1).fill_rgbas)
    scene, before = Scene(), [leaf.points.copy() for leaf in few.family_members_with_points()]
    long = [(leaf.points.copy(), leaf.fill_rgbas.copy()) for leaf in column.family_members_with_points()]
    scene.add(column)
    motion = ReduceColumn(column, few)
    motion._setup_scene(scene)
    motion.begin()
    assert np.allclose(few.entry(1).get_center(), column.entry(7).get_center())
    for time in (0.3, 0.8, 1):
        motion.interpolate(time)
    motion.finish()
    motion.clean_up_from_scene(scene)
    assert scene.mobjects == [few]
    after = [leaf.points for leaf in few.family_members_with_points()]
    assert all(np.allclose(*pair) for pair in zip(before, after, strict=True))
    for leaf, (points, fill) in zip(column.family_members_with_points(), long, strict=True):
        assert np.allclose(leaf.points, points) and np.allclose(leaf.fill_rgbas, fill)


def test_brackets_go_around_leading_and_trailing_dots():
    few = GradientColumn(GRADIENT, shown=[3, 50])
    assert few.brackets.get_top()[1] > few.ellipses.get_top()[1]
    assert few.brackets.get_bottom()[1] < few.ellipses.get_bottom()[1]


def test_copies_and_states():
    column = GradientColumn(GRADIENT, factor="readable")
    other = column.copy()
    other.set_values(-GRADIENT)
    assert np.array_equal(column.values, -other.values)
    column.save_state()
    column.scale(2).set_values(-GRADIENT)
    assert np.array_equal(column.restore().values, -other.values)
    assert other.reduced([0]).shown == (0,)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: GradientColumn([]), "at least one"),
        (lambda: GradientColumn([np.nan]), "not finite"),
        (lambda: GradientColumn([[1.0]]), r"\(n,\)"),
        (lambda: GradientColumn([1.0], factor=3), "power of ten"),
        (lambda: GradientColumn([1.0]).reduced([1]), "from 0 to 0"),
        (lambda: GradientColumn([1.0]).reduced([]), "from 0 to 0"),
        (lambda: ReduceColumn(GradientColumn([1.0]), GradientColumn([1.0, 2.0])), "not drawn"),
    ],
)
def test_what_is_no_gradient_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([0.0, -0.0, 1e-9, 1e9, -3.25]), min_size=1, max_size=20))
def test_any_finite_numbers_can_be_shown(values):
    column = GradientColumn(values)
    assert np.array_equal(column.values, np.array(values)[list(column.shown)])
    motion = ReduceColumn(column, column.reduced([0]))
    motion.begin()
    for time in (0, 0.5, 1):
        motion.interpolate(time)
    assert motion.few.values[0] == values[0]
