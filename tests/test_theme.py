"""The look: colours are right, ordered and readable."""

from __future__ import annotations

import colorsys
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from manim import ManimColor, config

from mobjects import label, theme
from mobjects.palettes import PALETTES

magnitudes = st.floats(0, 5, allow_nan=False)


def luminance(color: str) -> float:
    """Relative luminance by the formula of WCAG 2, independent of the mixing in theme."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def hue(color: str) -> float:
    return colorsys.rgb_to_hls(*(int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)))[0]


# What carries no meaning by itself: it lies behind words and numbers.
GROUNDS = ("BACKGROUND", "PLATE", "BLOCK")
# Lines, and dots that stand for shares: for these 3:1 is enough.
SHAPES = ("RULE", "DOT")


@pytest.fixture(params=PALETTES)
def palette(request):
    theme.use(request.param)
    yield PALETTES[request.param]
    theme.use("dark")


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_palettes_give_every_role_a_colour_and_nothing_else():
    for colors in PALETTES.values():
        assert set(colors) == set(PALETTES["dark"])
        assert all(re.fullmatch("#[0-9A-F]{6}", color) for color in colors.values())
    strings = {name for name, value in vars(theme).items() if name.isupper() and isinstance(value, str)}
    assert set(PALETTES["dark"]) == strings - {"FONT"}


def test_every_role_can_be_read_on_the_background(palette):
    for role, color in palette.items():
        if role not in GROUNDS:
            assert contrast(color, theme.BACKGROUND) >= (3 if role in SHAPES else 4.5), role


def test_words_can_be_read_on_plates_and_blocks_and_roles_seen(palette):
    for ground in ("PLATE", "BLOCK"):
        assert contrast(theme.TEXT, palette[ground]) >= 7
        for role in palette.keys() - {*GROUNDS, *SHAPES}:
            assert contrast(palette[role], palette[ground]) >= 2.5, (role, ground)


@given(values=st.lists(st.floats(-2, 2, allow_nan=False), min_size=1, max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numbers_of_any_strength_can_be_read(palette, values):
    tinted = [color for role in ("QUERY", "KEY", "VALUE") for color in theme.magnitude_colors(values, 1, palette[role])]
    for color in (*theme.signed_colors(values, 1), *theme.magnitude_colors(values, 1), *tinted):
        assert contrast(theme._as_hex(color), theme.BACKGROUND) >= 4.4


# What people see whose red, green or blue cones do not work: G. Machado, M. Oliveira, L. Fernandes, 2009, "A
# physiologically-based model for simulation of color vision deficiency", severity 1; on linear light.
BLINDNESS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TOLD_APART = [("POSITIVE", "NEGATIVE"), ("QUERY", "KEY"), ("KEY", "VALUE"), ("QUERY", "VALUE"), ("UPDATE", "VALUE")]


@pytest.mark.parametrize("kind", BLINDNESS)
@pytest.mark.parametrize(("first", "second"), TOLD_APART)
def test_the_colour_blind_palette_tells_roles_apart(kind, first, second):
    def seen(color: str) -> np.ndarray:
        rgb = theme.rgba(color)[:3]
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        linear = np.clip(np.array(BLINDNESS[kind]) @ linear, 0, 1)
        # CIE L*a*b*, D65: a distance of 20 is plain to see.
        xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
        x, y, z = np.cbrt(xyz / [0.9505, 1, 1.089])
        return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])

    colors = PALETTES["colour-blind"]
    assert np.linalg.norm(seen(colors[first]) - seen(colors[second])) > 20


def test_a_theme_is_switched_by_name_and_reaches_what_is_drawn_next(palette):
    assert PALETTES[theme.in_use()] is palette
    assert label("a").submobjects[0].fill_rgbas[0] == pytest.approx(theme.rgba(palette["TEXT"]))
    assert config.background_color == ManimColor(palette["BACKGROUND"])


def test_one_setting_switches_the_theme_before_anything_is_drawn():
    code = "from mobjects import theme; print(theme.in_use(), theme.BACKGROUND)"
    environment = os.environ | {"STORY_THEME": "print"}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["print", PALETTES["print"]["BACKGROUND"]]


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
        (lambda: theme.use("sepia"), "expected one of dark, light, print, colour-blind"),
    ],
)
def test_what_cannot_be_coloured_is_refused_with_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
