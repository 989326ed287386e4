"""Curves, dots and bars stand where their numbers are on axes with round numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import tempconfig

from mobjects import Axes2D, DrawCurve, FunctionPlot, GrowBars, Histogram, LossCurve, SlideDots, theme
from mobjects.axes import decimals_of, log_ticks, round_ticks
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


STEPS = np.array([0, 10, 20, 40.0])
LOSSES = np.array([8.0, 4.0, 3.0, 2.5])


def relu(x):
    return np.maximum(x, 0)


@settings(max_examples=100, deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_round_inside_the_range_and_not_too_many(low, length):
    ticks = round_ticks(low, low + length)
    assert 2 <= len(ticks) <= 7
    assert all(low - 1e-6 * length <= tick <= low + length + 1e-6 * length for tick in ticks)
    step = ticks[1] - ticks[0]
    assert np.isclose(step / 10 ** np.floor(np.log10(step * 1.0000001)), [1, 2, 5], rtol=1e-3).any()
    assert np.allclose(np.diff(ticks), step)


def test_logarithmic_ticks_are_powers_of_ten_and_decimals_are_as_few_as_will_do():
    assert log_ticks(0.5, 5000) == [1, 10, 100, 1000]
    assert log_ticks(1, 5) == [1, 2, 3, 4, 5]
    assert decimals_of([0.0, 0.5]) == 1
    assert decimals_of([1e-3]) == 3


@settings(max_examples=40, deadline=None)
@given(st.floats(0.2, 3), st.floats(-3, 3), st.floats(-10, 10), st.floats(0.5, 80))
def test_a_place_on_axes_follows_them_wherever_they_are_put(scale, shift, x, y):
    axes = Axes2D((-10, 10), (0.5, 80), y_log=True).scale(scale).shift([shift, -shift, 0])
    place = axes.point_at(x, y)
    across = (place[0] - axes.x_axis.get_left()[0]) / axes.x_axis.width
    up = (place[1] - axes.y_axis.get_bottom()[1]) / axes.y_axis.height
    assert across == pytest.approx((x + 10) / 20, abs=1e-6)
    assert 0.5 * 160**up == pytest.approx(y, rel=1e-6)


def test_numbers_of_axes_stand_at_their_places_and_are_declared():
    axes = Axes2D((0, 4), (0, 2), x_label="step", y_label="loss")
    for tick, number in zip(axes.ticks, axes.numbers, strict=True):
        vertical = tick.get_start()[0] == pytest.approx(axes.y_axis.get_x()) and tick.get_end()[0] < axes.y_axis.get_x()
        place = axes.point_at(0, number.value) if vertical else axes.point_at(number.value, 0)
        assert np.allclose(tick.get_start(), place)
        assert number.passport == "axis"
    crossing = Axes2D((-2, 2), (-1, 1), through_zero=True)
    assert crossing.x_axis.get_y() == pytest.approx(crossing.point_at(0, 0)[1])
    assert 0 not in [number.value for number in crossing.numbers]


@pytest.mark.parametrize("ends", [(1, 1), (2, 1), (0, np.inf), (np.nan, 1)])
def test_a_range_that_does_not_rise_is_refused(ends):
    with pytest.raises(ValueError, match="rise"):
        Axes2D(ends, (0, 1))
    with pytest.raises(ValueError, match="above zero"):
        Axes2D((0, 1), (1, 2), x_log=True)
    with pytest.raises(ValueError, match="above zero"):
        Axes2D((1, 10), (1, 2), x_log=True).point_at(-1, 1)


def test_a_loss_curve_passes_through_its_losses():
    plot = LossCurve(STEPS, LOSSES, LOSSES + 1, names=["seen", "unseen"], passport="made up").shift([1, 1, 0])
    for curve, losses in zip(plot.curves, (LOSSES, LOSSES + 1), strict=True):
        corners = np.vstack([curve.points[0::4], curve.points[-1:]])
        assert np.allclose(corners, plot.axes.points_at(STEPS, losses))
        assert np.array_equal(curve.ys, losses)
    assert np.allclose(plot.point_at(15), plot.axes.point_at(15, 3.5))
    assert plot.names[0].get_left()[0] > plot.curves[0].get_right()[0]
    assert plot.names[0].get_y() < plot.names[1].get_y()


def test_a_loss_curve_keeps_the_passport_of_its_recording():
    losses = Quantity(LOSSES, "curve.train_loss", ("evaluation",), "demo")
    assert LossCurve(STEPS, losses).curves[0].passport == losses.passport
    assert LossCurve(STEPS, losses, y_log=True).copy().curves[0].passport == losses.passport


@pytest.mark.parametrize(
    ("steps", "losses", "words"),
    [
        ([0], [1.0], "1 steps were found"),
        ([0, 0], [1.0, 2.0], "do not rise"),
        ([0, 1], [1.0], "1 losses were found for 2 steps"),
        ([0, 1], [1.0, np.nan], "not finite"),
        ([], [], "at least one"),
    ],
)
def test_what_is_no_loss_curve_is_refused_with_a_sentence(steps, losses, words):
    with pytest.raises(ValueError, match=words):
        LossCurve(steps, losses)


def test_a_curve_is_drawn_evenly_along_its_steps_and_ends_exactly():
    plot = LossCurve(STEPS, LOSSES, names=["seen"], passport="made up")
    whole = plot.curves[0].points.copy()
    motion = DrawCurve(plot)
    motion.begin()
    motion.interpolate(0.375)
    assert np.allclose(plot.curves[0].points[-1], plot.axes.point_at(15, 3.5))
    assert np.allclose(motion.head.core.get_center(), plot.axes.point_at(15, 3.5))
    motion.finish()
    assert np.array_equal(plot.curves[0].points, whole)
    assert plot.names[0][0].get_fill_opacity() == 1


def test_dots_slide_along_the_function_and_end_at_their_numbers():
    plot = FunctionPlot([relu, np.tanh], (-3, 3), names=["ReLU", "tanh"])
    values = Quantity(np.array([-2.0, 0.5, 2.0]), "blocks.0.mlp.pre", ("d_mlp",), "demo")
    dots = plot.dots([0, 0, 0], passport="start")
    motion = SlideDots(plot, dots, values)
    motion.begin()
    assert {dot.passport for dot in dots} == {"start"}
    motion.interpolate(0.3)
    assert all(np.allclose(dot.get_center(), plot.points_at([dot.value])[0]) for dot in dots)
    motion.interpolate(1)
    motion.finish()
    assert [dot.value for dot in dots] == [-2, 0.5, 2]
    assert dots[2].passport == ("blocks.0.mlp.pre", (2,), "demo")
    assert np.allclose(dots[2].get_center(), plot.axes.point_at(2, 2))
    with pytest.raises(ValueError, match="1 places were found for 3 dots"):
        SlideDots(plot, dots, [1.0])
    with pytest.raises(ValueError, match="at least one"):
        FunctionPlot([], (0, 1))
    with pytest.raises(ValueError, match="not finite"):
        FunctionPlot([lambda x: np.where(x > 0, np.nan, 0)], (-1, 1))


def test_a_kink_at_zero_is_sharp():
    curve = FunctionPlot([relu], (-1.3, 3)).curves[0]
    assert 0.0 in curve.xs


def test_a_histogram_counts_and_its_bars_stand_over_their_bins():
    values = np.random.default_rng(0).normal(size=500)
    plot = Histogram(values, bins=12).shift([1, 0, 0])
    counts, edges = np.histogram(values, 12)
    assert np.array_equal(plot.values, counts)
    for index, bar in enumerate(plot.items):
        assert np.allclose(bar.base, plot.axes.point_at((edges[index] + edges[index + 1]) / 2, 0))
        assert np.allclose(bar.tip[1], plot.axes.point_at(0, counts[index])[1])
        assert bar.passport == "count: numbers in a bin"
    assert plot.bin_of(values.max()) == 11
    marker = plot.marker(0.25, decimals=2, passport="made up")
    assert marker[0].get_x() == pytest.approx(plot.axes.point_at(0.25, 0)[0])
    assert marker[1].text == "0.25"


def test_counts_that_are_given_keep_their_passports():
    counts = Quantity(np.array([1.0, 5.0]), "histogram", ("bin",), "demo")
    plot = Histogram(counts, edges=[0, 1, 3])
    assert plot.items[1].passport == ("histogram", (1,), "demo")
    assert plot.items[1].thickness == pytest.approx(2 * plot.items[0].thickness)
    for edges, words in (([0, 1], "2 edges"), ([0, 2, 1], "rising")):
        with pytest.raises(ValueError, match=words):
            Histogram(counts, edges=edges)
    with pytest.raises(ValueError, match="below zero"):
        Histogram([-1.0], edges=[0, 1])
    with pytest.raises(ValueError, match="the bins reach"):
        plot.marker(7)


def test_bars_of_a_histogram_grow_to_their_counts():
    plot = Histogram([1.0, 2.0, 2.0, 5.0], bins=4)
    before = [leaf.points.copy() for leaf in plot.family_members_with_points()]
    motion = GrowBars(plot)
    motion.begin()
    assert plot.values.max() == 0
    motion.interpolate(1)
    motion.finish()
    assert all(np.allclose(a, b.points) for a, b in zip(before, plot.family_members_with_points(), strict=True))
    assert plot.items[0].get_fill_color().to_hex() == theme.KEY


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from([0.0, -0.0, 1e-9, 1e9, 3.0]), min_size=2, max_size=6))
def test_any_losses_can_be_drawn(losses):
    plot = LossCurve(np.arange(len(losses)), losses, passport="made up")
    assert np.array_equal(plot.curves[0].ys, losses)
    assert all(np.isfinite(leaf.points).all() for leaf in plot.family_members_with_points())
