"""Numbers are written as the decimal module would, and stay where the scene put them."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from time import process_time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from manim import (
    OUT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeTransform,
    GrowFromCenter,
    ReplacementTransform,
    Scene,
    SurroundingRectangle,
    Transform,
    VGroup,
    tempconfig,
)
from manim.utils.hashing import get_json
from manim.utils.rate_functions import there_and_back

from mobjects import Numeral, NumericGrid, format_number, theme
from mobjects.brackets import EllipsisDots
from mobjects.numeric_grid import slots
from model.activations import Quantity

numbers = st.floats(-9999, 9999)
affines = st.tuples(
    st.floats(-3.1, 3.1), st.floats(0.05, 20), st.floats(-4, 4), st.floats(0.2, 5), st.floats(-9, 9), st.floats(-9, 9)
)


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


def moved(mobject, affine):
    """Rotate, scale, tilt, stretch and shift, as scenes may."""
    angle, scale, tilt, stretch, x, y = affine
    mobject.rotate(angle, about_point=[0, 0, 0]).scale(scale, about_point=[0, 0, 0])
    mobject.rotate(tilt, axis=RIGHT, about_point=[0, 0, 0])
    mobject.stretch(stretch, 0, about_point=[0, 0, 0])
    return mobject.shift([x, y, 0])


def grid_of(values, **options):
    return NumericGrid(np.asarray(values, dtype=float), **options)


@given(st.floats(-1e12, 1e12), st.integers(0, 4))
def test_rounding_is_half_even_of_the_exact_value(value, decimals):
    exact = Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    shown = format_number(value, decimals, "negative").replace("−", "-")
    assert Decimal(shown) == exact
    assert len(shown.partition(".")[2]) == decimals


def test_signs_are_written_with_a_true_minus_and_zero_has_none():
    assert format_number(-1.25, 1) == "−1.2"
    assert format_number(1.0, 1, "always") == "+1.0"
    assert format_number(-1.0, 1, "never") == "1.0"
    for nothing in (0.0, -0.0, 0.04, -0.04):
        assert format_number(nothing, 1, "always") == "0.0"
    assert format_number(0.06, 1, "always") == "+0.1"


def test_counts_have_thousands_and_masked_scores_are_infinite():
    assert format_number(6815744, 0, thousands=True) == "6,815,744"
    assert format_number(float("-inf")) == "−∞"
    assert Numeral(float("-inf")).text == "−∞"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((float("nan"),), "NaN"), ((1.0, -1), "decimals=-1"), ((1.0, 1, "sometimes"), "sometimes")],
)
def test_what_cannot_be_written_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        format_number(*arguments)


def test_a_numeral_keeps_its_exact_value_and_says_what_it_shows():
    numeral = Numeral(1 / 3, decimals=2, passport="share: example")
    assert (numeral.value, numeral.text, numeral.decimals) == (1 / 3, "0.33", 2)
    assert numeral.passport == "share: example"
    assert Numeral(0.0123, factor=100).text == "1.2"


def test_a_quantity_brings_its_passport_and_a_plain_number_has_none():
    scores = Quantity(np.arange(4.0).reshape(2, 2), "scores", ("query", "key"), "demo")
    numeral = Numeral(scores[1, 0])
    assert numeral.passport == ("scores", (1, 0), "demo")
    assert numeral.set_value(scores[0, 1]).passport == ("scores", (0, 1), "demo")
    assert numeral.set_value(3.0).passport is None


@settings(deadline=None)
@given(numbers, numbers, affines)
def test_a_changed_numeral_equals_a_fresh_one_moved_the_same_way(old, new, affine):
    changed = moved(Numeral(old, decimals=2), affine).set_value(new)
    fresh = moved(Numeral(new, decimals=2), affine)
    assert np.allclose(changed.points, fresh.points, atol=1e-9, rtol=1e-9)


def test_the_decimal_point_stays_through_any_change():
    numeral = Numeral(1.5).scale(2).rotate(0.4).shift(UP + OUT)
    place = numeral.anchor
    for value in (0.0, -12.3, 1234.5, -0.01, float("inf"), 7.0):
        assert np.allclose(numeral.set_value(value).anchor, place)


def test_whole_numbers_keep_their_right_edge_and_digits_line_up():
    counts = [Numeral(value, decimals=0).anchor_at([0, 0, 0]) for value in (8, 18, 888)]
    assert np.ptp([count.get_right()[0] for count in counts]) < 1e-9
    assert Numeral(111.1).anchor_at([0, 0, 0]).get_left()[0] == pytest.approx(
        Numeral(411.1).anchor_at([0, 0, 0]).get_left()[0], abs=0.1
    )


def test_no_character_of_a_number_touches_the_next():
    for text in ("0.0", "8.8", "44", "+88.88"):
        numeral = Numeral(float(text), decimals=len(text.partition(".")[2]), sign="always" if "+" in text else "never")
        boxes = sorted((part[:, 0].min(), part[:, 0].max()) for part in numeral.get_subpaths())
        outer = [box for box in boxes if not any(o[0] < box[0] and box[1] < o[1] for o in boxes)]
        assert all(first[1] < second[0] for first, second in zip(outer, outer[1:], strict=False)), text


@settings(deadline=None, max_examples=25)
@given(st.lists(numbers, min_size=1, max_size=30), affines)
def test_the_end_of_a_count_is_the_same_to_the_bit_however_many_steps_it_took(steps, affine):
    stepwise, at_once = moved(Numeral(1.5), affine), moved(Numeral(1.5), affine)
    for step in steps:
        stepwise.set_value(step)
    assert np.array_equal(stepwise.set_value(-88.25).points, at_once.set_value(-88.25).points)


def test_colour_and_light_survive_a_change():
    numeral = Numeral(1.0).set_color(theme.QUERY).set_opacity(0.25)
    numeral.set_value(-99.0)
    assert numeral.get_fill_color().to_hex() == theme.QUERY
    assert numeral.get_fill_opacity() == pytest.approx(0.25)


def finished(animation):
    animation.begin()
    for alpha in (0.25, 0.5, 0.75):
        animation.interpolate(alpha)
    animation.finish()
    return animation


@settings(deadline=None, max_examples=20)
@given(numbers, numbers, numbers)
@example(0.0, 1100.5, 0.0)  # the morphed outline has as many points as the plain one
def test_after_a_morph_the_numeral_is_the_other_number_and_can_change_again(old, new, later):
    numeral, target = Numeral(old), Numeral(new, passport="x").scale(2).shift(RIGHT)
    finished(Transform(numeral, target))
    assert (numeral.value, numeral.text, numeral.passport) == (target.value, target.text, "x")
    assert np.allclose(numeral.points, target.points)
    assert np.allclose(numeral.set_value(later).points, target.set_value(later).points)


def test_a_morph_there_and_back_leaves_the_number():
    numeral = Numeral(1.5)
    finished(Transform(numeral, Numeral(88.8), rate_func=there_and_back))
    assert numeral.text == "1.5"
    assert np.allclose(numeral.points, Numeral(1.5).points)


def test_save_and_restore_bring_back_number_and_place_alone_and_in_groups():
    for wrap in (lambda numeral: numeral, lambda numeral: VGroup(numeral)):
        numeral = Numeral(1.5, passport="x").shift(UP)
        before, group = numeral.points.copy(), wrap(numeral)
        group.save_state()
        numeral.set_value(-1234.5).scale(3).set_color(theme.KEY)
        group.restore()
        assert (numeral.value, numeral.text, numeral.passport) == (1.5, "1.5", "x")
        assert np.allclose(numeral.points, before)


def test_copies_are_equal_and_independent():
    numeral = Numeral(1.5).shift(UP)
    other = numeral.copy()
    assert np.array_equal(other.points, numeral.points)
    other.set_value(2.5).set_color(theme.KEY)
    assert numeral.text == "1.5"
    assert numeral.get_fill_color().to_hex() == theme.TEXT


@pytest.mark.parametrize("entrance", [FadeIn, GrowFromCenter, Create])
def test_entrances_end_with_the_number_in_place(entrance):
    numeral = Numeral(-4.5).shift(UP)
    before = numeral.points.copy()
    finished(entrance(numeral))
    assert np.allclose(numeral.points, before)
    assert numeral.set_value(3.5).text == "3.5"


def test_animate_shows_and_ends_with_the_new_value():
    numeral = Numeral(1.5)
    finished(numeral.animate.set_value(20.25).shift(UP).build())
    assert numeral.text == "20.2"
    assert np.allclose(numeral.points, Numeral(20.25).shift(UP).points)


@settings(deadline=None, max_examples=25)
@given(st.lists(numbers, min_size=6, max_size=6), st.lists(numbers, min_size=6, max_size=6), affines)
def test_a_changed_grid_equals_a_fresh_grid_moved_the_same_way(old, new, affine):
    # Both start with the widest number, which sets the columns.
    old, new = np.array([-99999.0, *old, 0.0, 0.0]), np.array([-99999.0, *new, 0.0, 0.0])
    changed = moved(grid_of(old.reshape(3, 3)), affine).set_values(new.reshape(3, 3))
    fresh = moved(grid_of(new.reshape(3, 3)), affine)
    for mine, other in zip(changed.entries, fresh.entries, strict=True):
        assert np.allclose(mine.points, other.points, atol=1e-8, rtol=1e-8)
        assert mine.text == other.text


def test_a_grid_shows_what_it_was_given():
    values = np.random.default_rng(1).normal(0, 4, (4, 3))
    grid = grid_of(values)
    assert np.array_equal(grid.values, values)
    assert [entry.text for entry in grid.entries] == [format_number(value, 1, "always") for value in values.ravel()]
    assert grid.entry(2, 1) is grid.row(2)[1] is grid.column(1)[2]
    assert grid.entry(-1, -1).value == values[-1, -1]
    with pytest.raises(IndexError, match="4 rows"):
        grid.entry(4, 0)


def test_rows_and_columns_line_up():
    grid = grid_of(np.random.default_rng(2).normal(0, 40, (5, 4)))
    anchors = np.array([entry.anchor for entry in grid.entries]).reshape(5, 4, 3)
    assert np.allclose(anchors[:, :, 0], anchors[0, :, 0])
    assert np.allclose(anchors[:, :, 1], anchors[:, :1, 1])
    assert np.all(np.diff(anchors[0, :, 0]) > 0)
    assert np.all(np.diff(anchors[:, 0, 1]) < 0)


def test_dots_stand_exactly_where_rows_or_columns_are_left_out():
    assert slots([0, 1, 5], 6) == [0, 1, None, 2]
    assert slots([2, 4], 6) == [None, 0, None, 1, None]
    assert slots([0, 1], 2) == [0, 1]
    grid = grid_of(np.arange(60.0).reshape(6, 10), rows=[0, 1, 5], columns=[0, 1, 2, 9])
    # One ⋯ in each of three rows, one ⋮ in each of four columns, and the corner.
    assert len(grid.ellipses) == 3 + 4 + 1
    assert all(isinstance(dots, EllipsisDots) and dots.value is None for dots in grid.ellipses)
    assert np.array_equal(grid.values, np.arange(60.0).reshape(6, 10)[np.ix_([0, 1, 5], [0, 1, 2, 9])])
    gap = grid.ellipses[0].get_center()[0]
    assert grid.entry(0, 2).get_right()[0] < gap < grid.entry(0, 3).get_left()[0]


def test_brackets_hold_everything():
    grid = grid_of(np.random.default_rng(3).normal(0, 40, (3, 3)))
    left, right = grid.brackets
    assert left.get_left()[0] < grid.entries.get_left()[0]
    assert right.get_right()[0] > grid.entries.get_right()[0]
    assert left.get_top()[1] > grid.entries.get_top()[1]
    assert left.get_bottom()[1] < grid.entries.get_bottom()[1]
    assert grid.brackets.get_center()[1] == pytest.approx(0, abs=1e-9)
    assert len(grid_of([[1.0]], brackets=False).brackets) == 0


def test_entries_know_their_place_in_the_tensor():
    tensor = Quantity(np.arange(60.0).reshape(6, 10), "w", ("row", "column"), "demo")
    grid = NumericGrid(tensor, rows=[0, 5], columns=[1, 9])
    assert grid.entry(1, 1).passport == ("w", (5, 9), "demo")
    assert grid.set_values(grid.values + 1).entry(0, 0).passport is None
    assert grid.set_values(tensor).entry(0, 1).passport == ("w", (0, 9), "demo")
    part = tensor[2:4, 3:5]
    assert grid.set_values(part).entry(1, 0).passport == ("w", (3, 3), "demo")
    assert grid_of([[1.0]], passport="declared").entry(0, 0).passport == "declared"


def test_entries_are_coloured_by_value_and_keep_their_light():
    grid = grid_of([[-5.0, 0.0, 5.0]], color_scale=5)
    colors = [entry.get_fill_color().to_hex() for entry in grid.entries]
    assert colors == [theme.NEGATIVE, theme.NEUTRAL, theme.POSITIVE]
    grid.entry(0, 1).set_opacity(0.3)
    grid.set_values([[0.0, 5.0, -5.0]])
    assert grid.entry(0, 1).get_fill_color().to_hex() == theme.POSITIVE
    assert grid.entry(0, 1).get_fill_opacity() == pytest.approx(0.3)
    grid.color_by_value("magnitude", tint=theme.QUERY)
    assert grid.entry(0, 1).get_fill_color().to_hex() == theme.QUERY
    grid.color_by_value(theme.KEY)
    assert {entry.get_fill_color().to_hex() for entry in grid.entries} == {theme.KEY}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: grid_of([1.0, 2.0]), r"\(2,\)"),
        (lambda: grid_of(np.zeros((0, 3))), r"\(0, 3\)"),
        (lambda: grid_of([[float("nan")]]), "not finite"),
        (lambda: grid_of([[1.0]], rows=[1]), "rows"),
        (lambda: grid_of([[1.0, 2.0]], columns=[1, 0]), "increasing"),
        (lambda: grid_of([[1.0, 2.0]]).set_values([[1.0]]), r"\(1, 1\)"),
        (lambda: grid_of([[1.0]], color_by="mood"), "mood"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused_with_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("morph", [Transform, ReplacementTransform, FadeTransform])
def test_grids_morph_into_each_other(morph):
    first, second = grid_of([[1.0, -2.0]]), grid_of([[88.5, 0.25]]).shift(UP)
    with tempconfig({"dry_run": True, "quality": "low_quality", "verbosity": "ERROR"}):
        scene = Scene()
        scene.add(first)
        scene.play(morph(first, second), run_time=0.2)
    result = first if morph is Transform else second
    assert result in scene.mobjects
    assert np.array_equal(result.values, [[88.5, 0.25]])
    result.set_values([[3.0, 4.0]])
    assert [entry.text for entry in result.entries] == ["+3.0", "+4.0"]


def test_a_box_can_be_drawn_around_an_entry():
    entry = grid_of([[1.0, -2.0]]).entry(0, 1)
    assert np.allclose(SurroundingRectangle(entry).get_center(), entry.get_center())


def test_equal_grids_have_equal_cache_keys_and_other_values_another():
    values = np.arange(4.0).reshape(2, 2)
    assert get_json(grid_of(values)) == get_json(grid_of(values))
    assert get_json(grid_of(values)) != get_json(grid_of(values + 1))


def best_of(call, repeats: int = 20) -> float:
    times = []
    for _ in range(repeats):
        start = process_time()
        call()
        times.append(process_time() - start)
    return min(times)


def test_a_grid_of_144_numbers_changes_copies_and_hashes_quickly():
    generator = np.random.default_rng(0)
    start, end = generator.normal(0, 4, (2, 12, 12))
    grid = grid_of(start)
    frames = iter([start + (end - start) * step / 400 for step in range(400)])
    # Each is several times what was measured on a slow machine; a number drawn by the text engine takes 4 ms.
    assert best_of(lambda: grid.set_values(next(frames)), 100) < 0.004
    assert best_of(grid.copy, 5) < 0.02
    assert best_of(lambda: get_json(grid), 3) < 0.1


@given(
    st.floats(-500, 500),
    st.lists(st.floats(-2000, 2000), max_size=6),
    st.floats(-500, 500),
    st.floats(0.1, 3),
    st.floats(-3, 3),
)
def test_what_is_shown_does_not_depend_on_what_was_shown_on_the_way(
    start: float, way: list[float], end: float, size: float, turn: float
) -> None:
    """A motion passes through as many values as it has frames; a film from the cache through none."""
    long, short = (Numeral(start, decimals=2).scale(size).rotate(turn).shift([size, turn, 0]) for _ in range(2))
    for value in way:
        long.set_value(value)
    for numeral in (long, short):
        numeral.set_value(end)
    assert np.array_equal(long.points, short.points)
    for numeral in (long, short):
        numeral.rotate(turn).set_value(start)
    assert np.array_equal(long.points, short.points)


def test_a_number_that_comes_back_is_what_it_was() -> None:
    numeral = Numeral(1.25, decimals=2).scale(1.7).rotate(0.3)
    before = numeral.points.copy()
    numeral.set_value(88.8)
    numeral.set_value(1.25)
    assert np.array_equal(numeral.points, before)
    numeral.shift([1, 0, 0])
    assert not np.array_equal(numeral.points, before)
    numeral.set_value(7)
    assert numeral.get_center()[0] > before[:, 0].mean() + 0.5  # a number that was moved stays where it was moved to
