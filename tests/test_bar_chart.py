"""Columns are as long as their numbers, and parts of a whole lie end to end."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import tempconfig

from mobjects import (
    BarColumnChart,
    ChangeBars,
    DropMarker,
    GrowBars,
    Histogram,
    StackedBar,
    UnitStrip,
    format_number,
    spread_apart,
    theme,
)
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


NAMES = ["a", "b", "c"]
SCORES = np.array([2.0, -1.0, 0.5])
SHARES = np.exp(SCORES) / np.exp(SCORES).sum()


def chart(**options):
    return BarColumnChart(SCORES, NAMES, **{"passport": "made up"} | options)


def heights(columns):
    return np.array([item.bar.tip[1] - item.bar.base[1] for item in columns.items])


def test_columns_are_proportional_and_those_below_zero_hang():
    columns = chart(reach=3)
    assert np.allclose(heights(columns), 1.5 * SCORES)
    assert np.ptp([item.bar.base[1] for item in columns.items]) < 1e-9
    assert [item.numeral.text for item in columns.items] == ["2.00", "−1.00", "0.50"]
    assert columns.items[1].bar.get_fill_color().to_hex() == theme.NEGATIVE


def test_numbers_stand_at_the_ends_of_columns_and_names_below_everything():
    columns = chart()
    first, second, _ = columns.items
    assert first.numeral.get_bottom()[1] > first.bar.tip[1]
    assert second.numeral.get_top()[1] < second.bar.tip[1]
    assert all(item.name_label.get_top()[1] < second.numeral.get_bottom()[1] for item in columns.items)
    assert all(item.name_label.get_x() == pytest.approx(item.bar.get_x()) for item in columns.items)


def test_long_names_are_slanted_and_do_not_touch():
    names = [item.name_label for item in BarColumnChart(SCORES, ["a very long name"] * 3, passport="made up").items]
    assert names[0].height > 1
    assert np.ptp([name.get_top()[1] for name in names]) < 1e-9


def test_another_top_changes_the_scale_and_takes_the_dashed_line_along():
    columns = chart(line=1.0, reach=3).set_values(SHARES, "shares", top=1.0)
    assert np.allclose(heights(columns), 3 * SHARES)
    zero, dashes, number = columns.frame
    assert dashes.get_y() - zero.get_y() == pytest.approx(3)
    assert (number.value, number.text, number.passport) == (1, "1", "axis")
    assert columns.items[0].bar.passport == "shares"
    twice = columns.scale(2).set_values(SHARES, "shares", top=0.5)
    assert np.allclose(heights(twice), 12 * SHARES)


def test_on_the_way_from_scores_to_shares_no_column_is_longer_than_at_both_ends():
    columns = chart(line=1.0)
    motion = ChangeBars(columns, 10 * np.exp(SCORES), passport="exponentials", top=10 * np.exp(2.0))
    motion.begin()
    limit = heights(columns).max()
    for moment in (0.2, 0.5, 0.8):
        motion.interpolate(moment)
        assert heights(columns).max() <= limit + 1e-9
        zero, dashes, _ = columns.frame
        assert dashes.get_y() - zero.get_y() == pytest.approx(columns.items[0].bar.unit)
    motion.finish()
    goal = chart(line=1.0).set_values(10 * np.exp(SCORES), "exponentials", top=10 * np.exp(2.0))
    assert np.array_equal(columns.values, 10 * np.exp(SCORES))
    for mine, theirs in zip(columns.family_members_with_points(), goal.family_members_with_points(), strict=True):
        assert np.allclose(mine.points, theirs.points, atol=1e-6)


def test_columns_carry_passports_and_are_copied_and_restored():
    scores = Quantity(np.array([SCORES]), "blocks.0.attn.attn_scores", ("query", "key"), "demo")
    columns = BarColumnChart(scores[0], NAMES)
    assert columns.items[2].numeral.passport == ("blocks.0.attn.attn_scores", (0, 2), "demo")
    columns.save_state()
    columns.copy().set_values([9, 9, 9])
    columns.set_values([9, 9, 9])
    assert np.array_equal(columns.restore().values, SCORES)


@pytest.mark.parametrize(
    ("values", "names", "options", "words"),
    [
        ([], [], {}, "at least one"),
        ([1.0, np.inf], ["a", "b"], {}, "not finite"),
        ([1.0], ["a", "b"], {}, "2 names were found for 1"),
        ([1.0], ["a"], {"top": 0}, "top=0"),
        ([1.0], ["\U0001f600"], {}, r"U\+1F600"),
    ],
)
def test_what_is_no_chart_is_refused_with_a_sentence(values, names, options, words):
    with pytest.raises(ValueError, match=words):
        BarColumnChart(values, names, **options)
    with pytest.raises(ValueError, match="expected one for each of 3"):
        chart().set_values([1.0])


@pytest.mark.parametrize("tower", [False, True])
def test_parts_lie_end_to_end_and_make_the_whole(tower):
    stack = StackedBar([1.0, 6.0, 3.0], NAMES, tower=tower, length=5, passport="made up")
    for before, after in pairwise(stack.segments):
        assert np.allclose(before.tip, after.base)
    assert np.linalg.norm(stack.segments[-1].tip - stack.segments[0].base) == pytest.approx(5)
    assert np.array_equal(stack.values, [1, 6, 3])


@pytest.mark.parametrize("tower", [False, True])
def test_labels_of_thin_parts_do_not_touch_and_say_share_or_count(tower):
    stack = StackedBar([0.5, 0.01, 0.01, 0.48], ["one", "two", "three", "four"], tower=tower, passport="made up")
    axis = int(tower)
    ends = sorted((label.get_critical_point(-np.eye(3)[axis])[axis], label) for label in stack.labels)
    for (_, before), (start, _) in pairwise(ends):
        assert before.get_critical_point(np.eye(3)[axis])[axis] < start
    counts = StackedBar([1234567, 2], ["a", "b"], percent=False, decimals=0, passport="count: parameters")
    assert counts.labels[0][1][0].text == "1,234,567"
    assert stack.labels[0][1][0].text == "50.0"


def test_a_place_on_the_strip_belongs_to_the_part_that_holds_it():
    strip = UnitStrip([0.25, 0.5, 0.25], NAMES, length=8, passport="made up")
    assert [strip.owner(place) for place in (0, 0.2, 0.25, 0.7, 0.75, 0.99)] == [0, 0, 1, 1, 2, 2]
    assert strip.point(1)[0] - strip.point(0)[0] == pytest.approx(8)
    marker = strip.scale(0.5).shift([1, 1, 0]).marker(0.5, passport="the draw")
    assert np.allclose(marker[0].get_bottom(), strip.segments[1].get_top())
    assert (marker[1].value, marker[1].passport) == (0.5, "the draw")
    with pytest.raises(ValueError, match="thrown"):
        strip.owner(1.5)
    with pytest.raises(ValueError, match="reach from 0 to 0.5"):
        UnitStrip([0.5], ["a"], passport="made up").owner(0.75)


def test_a_marker_falls_to_its_place_and_lights_its_part():
    strip = UnitStrip([0.25, 0.5, 0.25], NAMES, passport="made up")
    marker = strip.marker(0.5, passport="the draw")
    place = marker.get_center()
    motion = DropMarker(strip, marker)
    motion.begin()
    assert marker.get_y() > place[1]
    assert strip.segments[1].get_stroke_color().to_hex() == theme.BACKGROUND
    motion.interpolate(1)
    motion.finish()
    assert np.allclose(marker.get_center(), place)
    assert strip.segments[1].get_stroke_color().to_hex() == theme.TEXT


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [-1.0, 2.0], [np.nan, 1.0]])
def test_what_has_no_parts_is_refused_with_a_sentence(values):
    with pytest.raises(ValueError, match="found"):
        StackedBar(values, ["x"] * len(values))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 2)), min_size=1, max_size=8))
def test_intervals_are_moved_apart_in_order_and_no_further_than_needed(pairs):
    centers, lengths = map(np.array, zip(*pairs, strict=True))
    moved = spread_apart(centers, lengths, 0.1)
    order = np.argsort(centers, kind="stable")
    room = np.diff(moved[order]) - (lengths[order][1:] + lengths[order][:-1]) / 2
    assert (room > 0.1 - 1e-9).all()
    assert moved.mean() == pytest.approx(centers.mean(), abs=1e-9)
    assert np.allclose(spread_apart(moved, lengths, 0.1), moved)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from([0.0, -0.0, 1e-9, 1e9, -3.5, 0.125]), min_size=1, max_size=4))
def test_any_numbers_are_shown_as_they_are(values):
    columns = BarColumnChart(values, ["x"] * len(values), passport="made up")
    assert np.array_equal(columns.values, values)
    assert [item.numeral.text for item in columns.items] == [format_number(value, 2) for value in values]
    assert all(np.isfinite(leaf.points).all() for leaf in columns.family_members_with_points())


@pytest.mark.parametrize("bars", [3, 47, 50, 61])
def test_bars_that_have_grown_show_what_they_were_given(bars):
    plot = Histogram(np.arange(1.0, bars + 1), np.arange(bars + 1.0), passport="made up")
    motion = GrowBars(plot, lag_ratio=0.03)
    motion.begin()
    motion.interpolate(1)
    motion.finish()
    assert plot.values.tolist() == list(range(1, bars + 1))
    assert {bar.passport for bar in plot.items} == {"made up"}
