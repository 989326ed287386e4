"""Motions end with exactly what they were given, and leave the scene tidy."""

from __future__ import annotations

import numpy as np
import pytest
from manim import DOWN, UP, FadeIn, Scene, Square, Succession, tempconfig
from manim.utils.rate_functions import linear, there_and_back

from mobjects import (
    ChangeValues,
    Collapse,
    CountUp,
    EmbeddingArray,
    Expand,
    FlashAround,
    Numeral,
    NumericEmbedding,
    NumericGrid,
    TimeWindow,
    ValueStrip,
    symbol,
    theme,
)
from model.activations import Quantity

START, END = np.random.default_rng(0).normal(0, 3, (2, 3, 4))


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    folder = str(tmp_path_factory.mktemp("media"))
    with tempconfig({"media_dir": folder, "dry_run": True, "quality": "low_quality", "verbosity": "ERROR"}):
        yield


@pytest.fixture
def scene():
    return Scene()


@pytest.mark.parametrize("lag_ratio", [0, 0.1, 1])
def test_changed_values_end_exactly_at_the_given_ones_with_their_passports(scene, lag_ratio):
    grid = NumericGrid(START)
    goal = Quantity(END, "scores", ("query", "key"), "demo")
    scene.add(grid)
    scene.play(ChangeValues(grid, goal, lag_ratio=lag_ratio), run_time=0.3)
    assert np.array_equal(grid.values, END)
    assert grid.entry(2, 1).passport == ("scores", (2, 1), "demo")
    assert [entry.text for entry in grid.entries] == [entry.text for entry in NumericGrid(END).entries]


def test_halfway_the_numbers_are_halfway_and_a_lag_starts_the_first_entry_first():
    grid = NumericGrid(START)
    change = ChangeValues(grid, END, rate_func=linear)
    change.begin()
    assert np.array_equal(grid.values, START)
    change.interpolate(0.5)
    assert np.allclose(grid.values, (START + END) / 2)
    assert grid.entry(0, 0).passport is None
    late = ChangeValues(grid.set_values(START), END, lag_ratio=1, rate_func=linear)
    late.begin()
    late.interpolate(1 / 12)
    assert np.allclose(grid.values.ravel()[0], END.ravel()[0])
    assert np.array_equal(grid.values.ravel()[1:], START.ravel()[1:])


def test_a_change_there_and_back_returns_to_the_start():
    grid = NumericGrid(START, passport="start")
    change = ChangeValues(grid, END, rate_func=there_and_back)
    change.begin()
    for alpha in (0.3, 0.5, 0.8):
        change.interpolate(alpha)
    change.finish()
    assert np.array_equal(grid.values, START)
    assert grid.entry(0, 0).passport == "start"


@pytest.mark.parametrize(
    ("make", "goal"),
    [
        (lambda: NumericEmbedding(START[0]), END[0]),
        (lambda: EmbeddingArray(START), END),
        (lambda: ValueStrip(START[0]), END[0]),
        (lambda: Numeral(1.5), 2.25),
    ],
)
def test_every_kind_of_numbers_can_change(scene, make, goal):
    mobject = make()
    scene.play(ChangeValues(mobject, goal, passport=None if isinstance(mobject, EmbeddingArray) else "edited"))
    shown = mobject.value if isinstance(mobject, Numeral) else mobject.values
    assert np.array_equal(shown, goal)
    if isinstance(mobject, Numeral):
        assert mobject.passport == "edited"


def test_a_change_follows_numbers_that_were_moved_before(scene):
    grid = NumericGrid(START).scale(0.5).shift(UP)
    scene.play(ChangeValues(grid, END))
    assert grid.entry(0, 0).anchor[1] == pytest.approx(NumericGrid(END).scale(0.5).shift(UP).entry(0, 0).anchor[1])


def test_a_change_to_another_shape_is_refused(scene):
    with pytest.raises(ValueError, match=r"\(2, 2\)"):
        scene.play(ChangeValues(NumericGrid(START), np.zeros((2, 2))))


def test_a_count_ends_at_the_number_it_was_and_keeps_its_right_edge(scene):
    numeral = Numeral(4096, decimals=0, thousands=True, passport="count: tokens").shift(UP)
    edge = numeral.anchor
    count = CountUp(numeral)
    count.begin()
    assert numeral.text == "0"
    count.interpolate(0.5)
    assert 0 < numeral.value < 4096
    assert np.allclose(numeral.anchor, edge)
    count.finish()
    assert (numeral.value, numeral.text, numeral.passport) == (4096, "4,096", "count: tokens")
    scene.play(CountUp(numeral, start=1000), run_time=0.2)
    assert numeral in scene.mobjects


def test_a_collapse_leaves_the_symbol_and_an_expansion_brings_back_the_column(scene):
    column, mark = NumericEmbedding(START.ravel()), symbol("E", 1).shift(DOWN)
    points = [leaf.points.copy() for leaf in column.family_members_with_points()]
    place = mark.points.copy()
    scene.add(column)
    scene.play(Collapse(column, mark), run_time=0.3)
    assert scene.mobjects == [mark]
    assert np.array_equal(mark.points, place)
    assert mark.get_fill_opacity() == 1
    scene.play(Expand(column, mark), run_time=0.3)
    assert scene.mobjects == [column]
    for leaf, before in zip(column.family_members_with_points(), points, strict=True):
        assert np.array_equal(leaf.points, before)
        assert leaf.get_fill_opacity() == 1
    assert column.set_values(-START.ravel()).entry(0).value == -START[0, 0]


def test_a_collapse_squeezes_upward_into_the_place_of_the_symbol():
    column, mark = NumericEmbedding(START.ravel()), symbol("E").shift(UP)
    motion = Collapse(column, mark)
    motion.begin()
    assert mark.get_fill_opacity() == 0
    motion.interpolate(0.5)
    assert column.height < NumericEmbedding(START.ravel()).height
    motion.interpolate(0.999)
    assert column.height == pytest.approx(mark.height, rel=0.05)
    assert column.get_top()[1] == pytest.approx(mark.get_top()[1], abs=0.05)
    assert column.entry(0).get_fill_opacity() == pytest.approx(0, abs=1e-6)


def test_a_light_around_something_leaves_nothing_behind(scene):
    square = Square()
    scene.add(square)
    scene.play(FlashAround(square, color=theme.QUERY), run_time=0.3)
    assert scene.mobjects == [square]


def test_a_light_runs_along_the_outline_where_the_thing_stands_when_it_begins():
    square = Square()
    flash = FlashAround(square, buff=0.1, stroke_width=2)
    square.shift(UP)
    flash.begin()
    reach = []
    for alpha in (0.3, 0.5, 0.7):
        flash.interpolate(alpha)
        distance = np.abs(flash.mobject.points - square.get_center()).max(axis=1)
        assert np.all((distance > 1.1 - 0.02 - 0.05) & (distance < 1.1 + 0.02))
        reach.append(len(flash.mobject.points))
    assert reach[1] > max(reach[0], reach[2])
    flash.finish()
    assert len(flash.mobject.points) == 0


def test_a_window_plays_its_animation_only_inside_it():
    numeral = Numeral(0.0)
    window = TimeWindow(ChangeValues(numeral, 8.0, rate_func=linear), 1, 3)
    assert window.run_time == 3
    window.begin()
    shown = []
    for second in (0.5, 1.0, 2.0, 3.0):
        window.interpolate(second / 3)
        shown.append(numeral.value)
    window.finish()
    assert shown == pytest.approx([0, 0, 4, 8])


def test_windows_take_entrances_and_chains_and_tidy_up(scene):
    square, words = Square(), Numeral(1.0)
    scene.add(square)
    scene.play(TimeWindow(square.animate.shift(UP), 0, 0.2), TimeWindow(FadeIn(words), 0.2, 0.4))
    assert scene.mobjects == [square, words]
    assert square.get_center()[1] == pytest.approx(1)
    assert words.get_fill_opacity() == 1
    scene.play(Succession(ChangeValues(words, 2.0), CountUp(words)), run_time=0.4)
    assert words.value == 2.0


@pytest.mark.parametrize("window", [(1, 1), (-1, 2), (3, 2)])
def test_an_empty_window_is_refused(window):
    with pytest.raises(ValueError, match="start < end"):
        TimeWindow(FadeIn(Square()), *window)
