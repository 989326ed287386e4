"""Braces stand along what they count, and products of counts are products."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import DOWN, LEFT, RIGHT, UP, Rectangle, Scene, VGroup, tempconfig

from mobjects import BraceCount, CountEquation, GrowBraces, MultiplyCounts, Numeral, theme
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


def box():
    return Rectangle(width=4, height=2)


def brace(measured=None, count=12, **options):
    return BraceCount(box() if measured is None else measured, count, **{"passport": "count: boxes"} | options)


@pytest.mark.parametrize("side", [UP, DOWN, LEFT, RIGHT])
def test_a_brace_is_as_long_as_its_side_and_stands_outside_with_the_number_beyond(side):
    measured, along = box(), int(side[1] == 0)
    shown = brace(measured, side=side)
    assert shown.brace.length_over_dim(along) == pytest.approx(measured.length_over_dim(along), rel=0.01)
    away = [part.get_center() @ side for part in (measured, shown.brace, shown.label)]
    assert away == sorted(away)
    assert shown.brace.get_edge_center(-side) @ side > measured.get_edge_center(side) @ side


def test_a_brace_follows_what_it_measures_but_its_copies_do_not():
    measured = box()
    shown = brace(measured)
    other = shown.copy()
    place = other.get_center()
    measured.scale(0.5).shift([3, 1, 0])
    shown.update()
    other.update()
    assert shown.brace.get_x() == pytest.approx(3) and shown.brace.width == pytest.approx(2, rel=0.01)
    assert np.allclose(other.get_center(), place)


def test_numbers_that_are_measured_change_as_if_they_were_not():
    free, measured = (Numeral(-0.4, font_size=31).shift([-6 + 1 / 3, 0.07, 0]) for _ in range(2))
    for value in (-0.2, -0.1, -0.3, 12.7):
        free.set_value(value)
        BraceCount(measured, 3, LEFT)
        measured.set_value(value)
        assert (measured.points == free.points).all()


def test_a_brace_moves_in_one_group_with_what_it_measures():
    measured = box()
    group = VGroup(measured, brace(measured))
    shift = group[1].get_center() - measured.get_center()
    group.shift([1, 2, 0])[1].update()
    assert np.allclose(group[1].get_center() - measured.get_center(), shift)


def test_a_count_says_where_it_comes_from():
    assert brace().number.passport == "count: boxes"
    size = Quantity(np.array([4096.0]), "sizes", ("axis",), "demo")[0]
    shown = BraceCount(box(), size, words="{} pieces")
    assert shown.number.text == "4,096" and shown.number.passport == ("sizes", (0,), "demo")
    assert brace(words="all {} of them").label.get_left()[0] < brace().label.get_left()[0]


def test_braces_grow_while_their_numbers_count_and_then_follow_again():
    scene, measured = Scene(), box()
    shown = brace(measured, words="boxes")
    whole = [part.points.copy() for part in shown.family_members_with_points()]
    motion = GrowBraces(shown)
    motion._setup_scene(scene)
    motion.begin()
    seen = []
    for time in np.linspace(0, 1, 30):
        motion.interpolate(time)
        shown.update()
        seen.append(shown.number.value)
        assert shown.number.passport is not None
    assert seen[0] == 0 and seen == sorted(seen) and seen[-1] == 12
    motion.finish()
    motion.clean_up_from_scene(scene)
    assert scene.mobjects == [shown]
    now = [part.points for part in shown.family_members_with_points()]
    assert all(np.allclose(*pair) for pair in zip(whole, now, strict=True))
    measured.shift(UP)
    assert shown.update().brace.get_top()[1] < measured.get_bottom()[1]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: brace(count=-1), "whole number"),
        (lambda: brace(count=1.5), "whole number"),
        (lambda: brace(count=np.nan), "whole number"),
        (lambda: brace(side=UP + LEFT), "DOWN, UP, LEFT or RIGHT"),
        (lambda: brace(VGroup()), "without any points"),
        (lambda: brace(words="日"), "font has no"),
        (lambda: GrowBraces(), "at least one"),
        (lambda: CountEquation([3]), "at least two"),
        (lambda: CountEquation([3, 4], product=13), "13 was found; 12"),
        (lambda: CountEquation([3, 0.5]), "whole number"),
        (lambda: CountEquation([3, 4], [theme.QUERY] * 3), "3 colours"),
        (lambda: MultiplyCounts(CountEquation([3, 4]), [box()] * 3), "3 sources"),
    ],
)
def test_what_cannot_be_counted_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_an_equation_reads_from_left_to_right_on_one_line_with_commas():
    equation = CountEquation([256, 4096, 2], [theme.EMBEDDING, theme.TABLE], passport="sizes")
    assert [number.text for number in (*equation.factors, equation.product)] == ["256", "4,096", "2", "2,097,152"]
    parts = [*(part for pair in zip(equation.factors, equation.signs, strict=True) for part in pair), equation.product]
    edges = [edge for part in parts for edge in (part.get_left()[0], part.get_right()[0])]
    assert edges == sorted(edges)
    assert equation.factors[1].get_fill_color().to_hex() == theme.TABLE
    assert equation.factors[2].get_fill_color().to_hex() == theme.TEXT
    assert equation.product.passport == "product of the counts shown"


def test_counts_fly_from_their_braces_and_the_product_counts_to_its_value():
    scene, sources = Scene(), [brace(count=4, side=LEFT), brace(count=30)]
    ledger = Quantity(np.array([120.0]), "ledger", ("row",), "demo")[0]
    equation = CountEquation([4, 30], product=ledger, passport="sizes").shift(2 * UP)
    places = [part.get_center() for part in (*equation.factors, *equation.signs)]
    motion = MultiplyCounts(equation, sources)
    motion._setup_scene(scene)
    motion.begin()
    for factor, source in zip(equation.factors, sources, strict=True):
        assert np.allclose(factor.get_center(), source.number.get_center())
    for time in (0.3, 0.8):
        motion.interpolate(time)
        assert 0 <= equation.product.value <= 120 and equation.product.passport == "counting up"
    motion.interpolate(1)
    motion.finish()
    motion.clean_up_from_scene(scene)
    assert scene.mobjects == [equation]
    assert (equation.product.value, equation.product.passport) == (120, ("ledger", (0,), "demo"))
    assert np.allclose([part.get_center() for part in (*equation.factors, *equation.signs)], places)


def test_equations_can_be_copied_scaled_and_restored():
    equation = CountEquation([3, 4])
    equation.copy().product.set_value(0)
    equation.save_state()
    equation.scale(2).product.set_value(1)
    equation.restore()
    assert equation.product.value == 12 and isinstance(equation.product, Numeral)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([0, 1, 7, 256, 4096, 10**9]), min_size=2, max_size=4))
def test_any_whole_numbers_can_be_multiplied(counts):
    equation = CountEquation(counts)
    motion = MultiplyCounts(equation)
    motion.begin()
    for time in (0, 0.6, 1):
        motion.interpolate(time)
    assert equation.product.value == float(np.prod([float(count) for count in counts]))
