"""A dot product is numpy's, and what is shown adds up as shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import Scene, tempconfig

from mobjects import DotProductStrip, MultiplyAndAdd, Numeral
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


CHANCE = np.random.default_rng(3)
FIRST, SECOND = CHANCE.normal(0, 1, 32), CHANCE.normal(0, 1, 32)


def read(numeral):
    return float(numeral.text.replace("−", "-"))


def test_the_products_stand_between_their_factors():
    strip = DotProductStrip(FIRST, SECOND)
    for row, (product, place) in enumerate(zip(strip.products, (0, 1, 2, 3, 4, 31), strict=True)):
        assert product.value == FIRST[place] * SECOND[place]
        assert strip.first.get_right()[0] < product.get_left()[0] < product.get_right()[0] < strip.second.get_left()[0]
        assert abs(product.anchor[1] - strip.second.entry(row).anchor[1]) < 1e-9
    assert strip.total.value == pytest.approx(FIRST @ SECOND)
    assert np.ptp([numeral.anchor[0] for numeral in (*strip.products, strip.remainder[0], strip.total)]) < 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_what_is_shown_adds_up_as_shown(seed):
    chance = np.random.default_rng(seed)
    strip = DotProductStrip(chance.normal(0, 1, 20), chance.normal(0, 1, 20))
    shown = [*strip.products, strip.remainder[0]]
    assert sum(read(numeral) for numeral in shown) == pytest.approx(read(strip.total), abs=1e-9)
    [count] = [part for part in strip.remainder[1].get_family() if isinstance(part, Numeral)]
    assert count.value == 14 == strip.hidden


def test_a_whole_sum_that_rounding_misses_says_so():
    rounded = DotProductStrip([0.05, 0.05], [0.1, 0.1])  # 0.005 + 0.005 = 0.01, shown as 0.01 + 0.01 (or 0.00)
    assert len(rounded.sum_line) == 2 and not len(rounded.remainder)
    assert len(DotProductStrip([1.0, 2.0], [3.0, 4.0]).sum_line) == 1


def test_a_result_brings_its_passport_and_must_be_the_dot_product():
    score = Quantity(np.array([FIRST @ SECOND]), "raw", ("key",), "demo")[0]
    assert DotProductStrip(FIRST, SECOND, score).total.passport == ("raw", (0,), "demo")
    with pytest.raises(ValueError, match="but the product is"):
        DotProductStrip(FIRST, SECOND, FIRST @ SECOND + 0.01)


def test_the_motion_counts_what_has_fallen_and_leaves_the_strip_as_it_was():
    scene, strip = Scene(), DotProductStrip(FIRST, SECOND).scale(1.3)
    scene.add(strip.factors)
    points = [part.points.copy() for part in strip.family_members_with_points()]
    motion = MultiplyAndAdd(strip)
    motion._setup_scene(scene)
    motion.begin()
    falls = [read(numeral) for numeral in (*strip.products[:-1], strip.remainder[0], strip.products[-1])][::-1]
    for time in np.linspace(0, 0.999, 50):
        motion.interpolate(time)
        assert np.isclose(np.cumsum(falls), strip.total.value).any()
        assert strip.total.passport == "partial sum of the dot product"
    motion.interpolate(1)
    motion.finish()
    motion.clean_up_from_scene(scene)
    assert scene.mobjects == [strip]
    assert strip.total.value == FIRST @ SECOND
    now = [part.points for part in strip.family_members_with_points()]
    assert all(np.allclose(*pair) for pair in zip(points, now, strict=True))
    assert all(part.fill_rgbas[0, 3] == 1 for part in strip.products)


def test_copies_are_independent_and_states_come_back():
    strip = DotProductStrip(FIRST, SECOND)
    other = strip.copy().shift([1, 0, 0])
    other.total.set_value(0)
    assert strip.total.value != 0 and other.total is not strip.total
    strip.save_state()
    strip.scale(2).restore()
    assert strip.total.value == pytest.approx(FIRST @ SECOND)


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        (([1.0], [1.0, 2.0]), "as many in both"),
        (([], []), "at least one"),
        (([np.nan], [1.0]), "not finite"),
        (([[1.0]], [1.0]), r"\(n,\)"),
    ],
)
def test_what_has_no_dot_product_is_refused(pair, words):
    with pytest.raises(ValueError, match=words):
        DotProductStrip(*pair)


numbers = st.sampled_from([0.0, -0.0, 1e-9, 1e9, -3.25, 0.5])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5), st.integers(1, 4))
def test_any_finite_pair_can_be_shown(pairs, terms):
    first, second = np.array(pairs).T
    strip = DotProductStrip(first, second, terms=terms)
    motion = MultiplyAndAdd(strip)
    motion.begin()
    for time in (0, 0.5, 1):
        motion.interpolate(time)
    assert strip.total.value == pytest.approx(first @ second)
