"""A chart of the next token is the distribution: lengths, percentages and order are its own; nothing is left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import tempconfig

from mobjects import ChangeBars, GrowBars, Numeral, ProbabilityBars, format_number, theme, token_label
from mobjects.bars import Bar
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


PIECES = [" the", " fox", ",", "s", " bell", " and"]
SHARES = np.array([0.1, 0.4, 0.05, 0.2, 0.18, 0.07])
OTHER = np.array([0.5, 0.01, 0.19, 0.2, 0.06, 0.04])


def bars(**options):
    return ProbabilityBars(SHARES, PIECES, **{"k": 3, "passport": "made up"} | options)


def lengths(chart):
    return np.array([item.bar.width for item in chart.items])


def test_the_largest_shares_come_first_and_the_last_row_holds_the_rest():
    chart = bars()
    assert chart.tokens == [1, 3, 4]
    assert np.allclose(chart.values, [0.4, 0.2, 0.18, 0.22])
    assert chart.values.sum() == pytest.approx(1)


def test_lengths_are_proportional_to_shares_and_the_whole_is_as_long_as_said():
    chart = bars(whole_width=5.0)
    assert np.allclose(lengths(chart), 5 * chart.values)
    assert np.allclose(lengths(chart.scale(1.7).set_values(OTHER)), 1.7 * 5 * chart.values)


def test_percentages_are_rounded_not_cut():
    chart = ProbabilityBars([0.4996, 0.2508], ["a", "b"], decimals=1)
    assert [item.numeral.text for item in chart.items] == ["50.0", "25.1", "25.0"]


def test_rows_stand_below_each_other_on_one_line_and_numbers_beside_their_bars():
    chart = bars()
    bases = np.array([item.bar.base for item in chart.items])
    assert np.ptp(bases[:, 0]) < 1e-9 and (np.diff(bases[:, 1]) < 0).all()
    for item in chart.items:
        assert item.name_label.get_right()[0] < item.bar.base[0]
        assert item.number.get_left()[0] > item.bar.tip[0]
        assert item.numeral.anchor[1] == pytest.approx(item.bar.get_y())


def test_the_row_of_all_others_says_how_many_they_are():
    chart = ProbabilityBars(np.full(5000, 1 / 5000), ["x"] * 5000, k=2)
    count = next(part for part in chart.row(-1).name_label.get_family() if isinstance(part, Numeral))
    assert (count.value, count.text, count.passport) == (4998, "4,998", "count: tokens not drawn")


def test_chosen_shares_leave_the_rest_to_others_and_a_whole_distribution_that_fits_leaves_nothing():
    assert ProbabilityBars([0.5, 0.2], ["a", "b"]).row(-1).value == pytest.approx(0.3)
    assert ProbabilityBars([0.5, 0.5], ["a", "b"]).tokens == [0, 1]
    assert len(ProbabilityBars([0.5, 0.5], ["a", "b"]).items) == 2
    with pytest.raises(ValueError, match="Token 2 is not drawn"):
        bars().row(2)


def test_the_row_of_the_rest_stays_when_nothing_is_left_over_and_fills_again():
    chart = ProbabilityBars([0.5, 0.2], PIECES[:2], passport="made up")
    chart.set_values([1.0, 0.0], passport="made up")
    assert np.allclose(chart.values, [1, 0, 0])
    chart.set_values([0.1, 0.3], passport="made up")
    assert np.allclose(chart.values, [0.3, 0.1, 0.6])


def test_every_number_says_where_it_came_from():
    layer = Quantity(np.array([SHARES, OTHER]), "probabilities", ("position", "vocab"), "demo")
    chart = ProbabilityBars(layer[0], PIECES, k=2)
    assert chart.row(1).numeral.passport == ("probabilities", (0, 1), "demo")
    assert chart.row(-1).numeral.passport == "share: all other tokens"
    chart.set_values(layer[1])
    assert chart.row(0).bar.passport == ("probabilities", (1, 0), "demo")


def test_other_shares_sort_the_rows_anew_and_a_token_that_stays_keeps_its_row():
    chart = bars()
    places, fox = [item.bar.base for item in chart.items], chart.row(3)
    chart.set_values(OTHER)
    assert chart.tokens == [0, 3, 2]
    assert chart.row(3) is fox
    assert np.allclose([item.bar.base for item in chart.items], places)
    with pytest.raises(ValueError, match="2 shares were found"):
        chart.set_values([0.5, 0.5])


def test_a_copy_changes_by_itself_and_a_saved_chart_comes_back():
    chart = bars().shift([1, 2, 0]).scale(0.7)
    chart.save_state()
    chart.copy().set_values(OTHER)
    assert chart.tokens == [1, 3, 4]
    chart.items[0].set_value(0.9)
    chart.restore()
    assert chart.values[0] == 0.4
    assert chart.items[0].numeral.text == "40.0"
    assert np.allclose(chart.items[0].bar.width, 0.7 * 7 * 0.4)


def test_a_token_can_be_marked():
    chart = bars().highlight(3)
    assert chart.row(3).bar.get_stroke_color().to_hex() == theme.HIGHLIGHT
    assert chart.row(1).bar.get_stroke_color().to_hex() == theme.TEXT


def test_bars_change_on_the_way_and_are_exact_at_both_ends():
    chart = bars()
    motion = ChangeBars(chart, OTHER, passport="made up too")
    motion.begin()
    assert np.allclose(chart.values[:4], [0.4, 0.2, 0.18, 0.22])
    motion.interpolate(0.5)
    assert chart.row(3).value == pytest.approx(0.2)
    assert {item.key for item in chart.items} == {0, 1, 2, 3, 4, -1}
    motion.interpolate(1)
    motion.finish()
    goal = bars().set_values(OTHER, "made up too")
    assert chart.tokens == goal.tokens
    assert np.allclose(chart.values, goal.values)
    assert [item.bar.passport for item in chart.items] == [item.bar.passport for item in goal.items]
    for mine, theirs in zip(chart.family_members_with_points(), goal.family_members_with_points(), strict=True):
        assert np.allclose(mine.points, theirs.points, atol=1e-9)
        assert np.allclose(mine.fill_rgbas, theirs.fill_rgbas)


def test_a_change_there_and_back_leaves_the_chart_as_it_was():
    chart = bars()
    motion = ChangeBars(chart, OTHER, rate_func=lambda time: 4 * time * (1 - time))
    motion.begin()
    motion.interpolate(0.5)
    motion.finish()
    assert chart.tokens == [1, 3, 4]
    assert np.allclose(chart.probabilities, SHARES)


def test_bars_grow_to_exactly_what_they_are():
    chart = bars()
    before = [leaf.points.copy() for leaf in chart.family_members_with_points()]
    motion = GrowBars(chart)
    motion.begin()
    assert lengths(chart).max() < 1e-9
    motion.interpolate(0.4)
    assert (np.diff(lengths(chart)[:3] / chart.width) <= 0).all()
    motion.finish()
    assert all(np.allclose(a, b.points) for a, b in zip(before, chart.family_members_with_points(), strict=True))
    assert [item.bar.passport for item in chart.items][:3] == ["made up"] * 3


@pytest.mark.parametrize(
    ("shares", "pieces", "words"),
    [
        ([], [], "at least one"),
        ([[0.5]], ["a"], r"\(1, 1\)"),
        ([0.5, float("nan")], ["a", "b"], "not finite"),
        ([1.2], ["a"], "expected 0 to 1"),
        ([-0.1], ["a"], "expected 0 to 1"),
        ([0.6, 0.6], ["a", "b"], "sum to 1.2"),
        ([0.6, 0.4], ["a"], "1 pieces were found for 2 shares"),
        ([1.0], ["\U0001f600"], r"U\+1F600"),
        ([1.0], [""], "empty piece"),
    ],
)
def test_what_is_no_distribution_is_refused_with_a_sentence(shares, pieces, words):
    with pytest.raises(ValueError, match=words):
        ProbabilityBars(shares, pieces)


def test_spaces_and_line_breaks_of_a_token_can_be_seen():
    dot = token_label(" the")[0]
    assert dot.get_fill_color().to_hex() == theme.MUTED
    assert len(token_label("\n")) == len(token_label(" ")) == 1
    assert len(token_label("·")) == 1
    assert token_label("·")[0].get_fill_color().to_hex() == theme.TEXT
    assert token_label("no").get_bottom()[1] == pytest.approx(token_label("x").get_bottom()[1], abs=0.01)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([0.0, -0.0, 1e-9, 0.5, -2.5, 1e9, 3.25]), st.floats(0.1, 3), st.floats(-3, 3))
def test_a_bar_keeps_its_base_and_its_scale_wherever_it_is_put(value, scale, angle):
    bar = Bar(1.0, 2.0, 0.5, passport="made up").scale(scale).rotate(angle)
    base, direction = bar.base, bar.direction
    bar.set_value(value)
    assert np.allclose(bar.base, base)
    assert np.allclose(bar.points[7] - bar.points[3], value * 2 * scale * direction)
    assert np.allclose(direction, [np.cos(angle), np.sin(angle), 0])


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8).filter(lambda shares: sum(shares) > 0))
def test_any_distribution_is_shown_in_order_and_adds_up(weights):
    shares = np.array(weights) / sum(weights)
    chart = ProbabilityBars(shares, ["x"] * len(shares), k=4)
    assert chart.values.sum() == pytest.approx(1)
    assert (np.diff(shares[chart.tokens]) <= 0).all()
    for token in chart.tokens:
        assert chart.row(token).numeral.text == format_number(100 * float(shares[token]), 1)
