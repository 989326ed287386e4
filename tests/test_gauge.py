"""Words stand at their values on a line, and a knob at its own."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import tempconfig

from mobjects import LandWords, MoveSlider, NumberLineGauge, Slider, format_number
from mobjects.dimming import leaf_alphas
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


VALUES = np.array([1.0, 1.02, -2.0, 1.01])
WORDS = [" king", " queen", " bread", " woman"]


def gauge(**options):
    return NumberLineGauge(VALUES, WORDS, **{"passport": "made up"} | options)


def overlap(first, second):
    boxes = [(part.get_corner([-1, -1, 0])[:2], part.get_corner([1, 1, 0])[:2]) for part in (first, second)]
    gaps = np.maximum(boxes[0][0] - boxes[1][1], boxes[1][0] - boxes[0][1])
    return bool(gaps.max() < -1e-6)


@pytest.mark.parametrize("vertical", [False, True])
def test_dots_stand_at_their_values_wherever_the_gauge_is_put(vertical):
    line = gauge(vertical=vertical).scale(0.7).shift([1, -1, 0])
    for mark, value in zip(line.marks, VALUES, strict=True):
        assert np.allclose(mark.dot.core.get_center(), line.point_at(value))
    first, last = (line.point_at(end) for end in line.ends)
    assert np.allclose([first, last], [line.line.points[0], line.line.points[-1]])
    for tick, number in zip(line.ticks, line.numbers, strict=True):
        assert np.allclose(tick.get_start(), line.point_at(number.value))
        assert number.passport == "axis"


@pytest.mark.parametrize("vertical", [False, True])
def test_words_of_near_values_do_not_overlap(vertical):
    marks = gauge(vertical=vertical).marks
    assert not any(overlap(a.words, b.words) for a, b in combinations(marks, 2))


def test_values_are_shown_with_their_passports():
    values = Quantity(VALUES, "space.projection", ("word",), "demo")
    line = NumberLineGauge(values, WORDS, decimals=2)
    assert np.array_equal(line.values, VALUES)
    assert [mark.numeral.text for mark in line.marks] == ["1.00", "1.02", "−2.00", "1.01"]
    assert line.marks[2].numeral.passport == ("space.projection", (2,), "demo")


def test_words_land_and_all_but_the_last_shrink():
    line = gauge()
    width, lights = line.marks[0].dot.core.width, leaf_alphas(line.marks[3].dot.core)
    motion = LandWords(line)
    motion.begin()
    assert line.marks[0].numeral.get_fill_opacity() == 0
    motion.interpolate(1)
    motion.finish()
    sizes = [mark.dot.core.width for mark in line.marks]
    assert np.allclose(sizes, [width / 2] * 3 + [width])
    assert line.marks[0].words[0][1].get_fill_opacity() == 0.75
    assert leaf_alphas(line.marks[3].dot.core) == lights
    places = [mark.dot.core.get_center() for mark in line.marks]
    assert np.allclose(places, [line.point_at(value) for value in VALUES])


def test_words_can_land_in_two_goes():
    line = gauge()
    for motion in (LandWords(line, [0, 1]), LandWords(line, [2, 3], earlier=[0, 1])):
        motion.begin()
        motion.interpolate(1)
        motion.finish()
    whole = gauge()
    all_at_once = LandWords(whole)
    all_at_once.begin()
    all_at_once.interpolate(1)
    all_at_once.finish()
    for mine, theirs in zip(line.family_members_with_points(), whole.family_members_with_points(), strict=True):
        assert np.allclose(mine.points, theirs.points)
        assert np.allclose(mine.fill_rgbas, theirs.fill_rgbas)
    with pytest.raises(ValueError, match="No words"):
        LandWords(line, [])


@pytest.mark.parametrize(
    ("values", "words", "options", "sentence"),
    [
        ([], [], {}, "at least one"),
        ([np.nan], ["a"], {}, "not finite"),
        ([1.0], ["a", "b"], {}, "2 words were found for 1"),
        ([1.0], ["a"], {"ends": (2, 3)}, "holds them all"),
        ([1.0], ["a"], {"ends": (3, -1)}, "rises"),
        ([1.0], ["\U0001f600"], {}, r"U\+1F600"),
    ],
)
def test_what_is_no_gauge_is_refused_with_a_sentence(values, words, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        NumberLineGauge(values, words, **options)


def knob_share(slider):
    return (slider.knob.get_x() - slider.track.get_left()[0]) / slider.track.width


def test_the_knob_stands_at_the_value_wherever_the_slider_is_put():
    slider = Slider(1.0, 0, 4, "T", passport="set").scale(1.5).shift([1, 1, 0])
    assert knob_share(slider) == pytest.approx(0.25)
    slider.set_value(3.0, "set again")
    assert knob_share(slider) == pytest.approx(0.75)
    assert (slider.numeral.text, slider.numeral.passport) == ("3.00", "set again")
    copy = slider.copy().set_value(0.0)
    assert knob_share(slider) == pytest.approx(0.75) and knob_share(copy) == pytest.approx(0)
    slider.save_state()
    assert slider.set_value(2.0).restore().numeral.value == 3.0


def test_a_slider_moves_and_is_exact_at_both_ends():
    slider = Slider(1.0, 0, 4, passport="first")
    motion = MoveSlider(slider, 3.0, "second")
    motion.begin()
    assert (slider.numeral.value, slider.numeral.passport) == (1.0, "first")
    motion.interpolate(0.5)
    assert slider.numeral.value == pytest.approx(2)
    motion.interpolate(1)
    motion.finish()
    assert (slider.numeral.value, slider.numeral.passport) == (3.0, "second")
    for wrong in (5.0, float("nan")):
        with pytest.raises(ValueError, match="track reaches"):
            MoveSlider(slider, wrong)
    with pytest.raises(ValueError, match="rise"):
        Slider(1, 2, 2)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([0.0, -0.0, 1e-9, 1e9, -5.25]), min_size=1, max_size=5), st.booleans())
def test_any_values_are_shown_as_they_are(values, vertical):
    line = NumberLineGauge(values, ["x"] * len(values), vertical=vertical, passport="made up")
    assert np.array_equal(line.values, values)
    assert [mark.numeral.text for mark in line.marks] == [format_number(value, 1) for value in values]
    assert not any(overlap(a.words, b.words) for a, b in combinations(line.marks, 2))
