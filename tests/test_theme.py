"""The look: colours are right, ordered and readable."""

from __future__ import annotations

import colorsys
import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mobjects import theme

magnitudes = st.floats(0, 5, allow_nan=False)


def luminance(color: str) -> float:
    """Relative luminance by the formula of WCAG 2, independent of the mixing in theme."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def hue(color: str) -> float:
    return colorsys.rgb_to_hls(*(int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)))[0]


def test_every_colour_is_a_hex_colour_and_all_but_plates_can_be_read_on_the_background():
    colors = {name: value for name, value in vars(theme).items() if isinstance(value, str) and name.isupper()}
    colors.pop("FONT")
    for name, color in colors.items():
        assert re.fullmatch("#[0-9A-F]{6}", color), name
        if name not in ("BACKGROUND", "PLATE", "BLOCK"):
            assert (luminance(color) + 0.05) / 0.05 > 4.5, name


def test_the_ends_of_the_ramps_are_the_named_colours():
    assert theme.signed_color(0, 1) == theme.NEUTRAL
    assert theme.signed_color(2, 2) == theme.signed_color(9, 2) == theme.POSITIVE
    assert theme.signed_color(-2, 2) == theme.NEGATIVE
    assert theme.magnitude_color(-1, 1) == theme.TEXT
    assert theme.share_color(0) == theme.KEY
    assert theme.share_color(1) == theme.HIGHLIGHT


STEP = 0.005  # a colour is rounded to 256 steps a channel: red may go down one where blue goes up one


@given(magnitudes, magnitudes)
@example(3.0, 2.9375)
def test_stronger_numbers_are_lighter(first, second):
    weak, strong = sorted((first, second))
    for sign in (1, -1):
        assert luminance(theme.signed_color(sign * weak, 5)) <= luminance(theme.signed_color(sign * strong, 5)) + STEP
    assert luminance(theme.magnitude_color(weak, 5)) <= luminance(theme.magnitude_color(strong, 5)) + STEP


@given(st.floats(0, 1), st.floats(0, 1))
def test_larger_shares_are_more_yellow(first, second):
    less, more = sorted((first, second))
    assert hue(theme.share_color(more)) <= hue(theme.share_color(less)) + 0.01


def test_many_colours_at_once_are_the_single_ones():
    values = np.array([-3.0, -0.2, 0.0, 0.4, 7.0])
    rows = theme.signed_colors(values, 2.0)
    assert rows.shape == (5, 4)
    assert np.all(rows[:, 3] == 1)
    singles = [theme.signed_color(value, 2.0) for value in values]
    assert ["#" + "".join(f"{round(255 * c):02X}" for c in row[:3]) for row in rows] == singles


def test_a_tint_keeps_its_hue_at_every_strength():
    reds, greens, blues, _ = theme.magnitude_colors([0.1, 0.5, 1.0], 1.0, theme.QUERY).T
    assert np.all(reds >= greens)
    assert np.all(greens > blues)


def test_the_scale_is_the_98th_percentile_of_the_magnitudes():
    values = -np.arange(101.0)
    assert theme.value_scale(values) == pytest.approx(98.0)
    assert theme.value_scale([0.0, 0.0]) == 1.0
    assert theme.value_scale([0.0] * 99 + [3.0]) > 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: theme.signed_color(float("nan"), 1), "NaN"),
        (lambda: theme.magnitude_color(1, 0), "above zero"),
        (lambda: theme.signed_color(1, float("nan")), "above zero"),
        (lambda: theme.share_color(1.5), "0 to 1"),
        (lambda: theme.value_scale([1, float("nan")]), "NaN"),
    ],
)
def test_what_cannot_be_coloured_is_refused_with_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
