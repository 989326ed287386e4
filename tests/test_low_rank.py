"""A pair of thin tables is drawn to scale, and singular values are as tall as they are large."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import LEFT, UP, Scene, VGroup, tempconfig

from mobjects import (
    GrowSingularValues,
    LowRankMap,
    PassCorridor,
    SingularValues,
    SplitTable,
    TableOutline,
    theme,
)
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


CHANCE = np.random.default_rng(1)
DOWN_TABLE, UP_TABLE = CHANCE.normal(0, 1, (4, 32)), CHANCE.normal(0, 1, (32, 4))
SINGULAR = np.linalg.svd(UP_TABLE @ DOWN_TABLE, compute_uv=False)


def played(motion, times=(0, 0.3, 0.6, 1)):
    """Play a motion on a scene of its own, and return the scene."""
    scene = Scene()
    motion._setup_scene(scene)
    motion.begin()
    for time in times:
        motion.interpolate(time)
    motion.finish()
    motion.clean_up_from_scene(scene)
    return scene


def test_tables_are_to_scale_and_their_braces_count_rows_and_columns():
    table = TableOutline(30, 120, 0.02, sides=(LEFT, UP), passport="sizes")
    assert (table.frame.height, table.frame.width) == pytest.approx((0.6, 2.4))
    assert [brace.number.value for brace in table.braces] == [30, 120]
    low_rank = LowRankMap(256, 32, side=4)
    assert low_rank.up.frame.height == pytest.approx(low_rank.down.frame.width) == pytest.approx(4)
    assert low_rank.up.frame.width == pytest.approx(low_rank.down.frame.height) == pytest.approx(4 * 32 / 256)
    square = low_rank.scale(0.5).square()
    assert (square.frame.height, square.frame.width) == pytest.approx((2, 2))


def test_a_square_splits_into_exactly_the_pair():
    low_rank = LowRankMap(64, 8)
    square, before = low_rank.square(), [leaf.points.copy() for leaf in low_rank.family_members_with_points()]
    colors = [(table.frame.fill_rgbas.copy(), table.frame.stroke_rgbas.copy()) for table in low_rank]
    motion = SplitTable(square, low_rank)
    motion.begin()
    assert np.allclose(low_rank.up.frame.points, square.frame.points)
    motion.interpolate(1)
    scene = played(SplitTable(low_rank.square(), low_rank))
    assert scene.mobjects == [low_rank]
    after = [leaf.points for leaf in low_rank.family_members_with_points()]
    assert all(np.allclose(*pair) for pair in zip(before, after, strict=True))
    for table, (fill, stroke) in zip(low_rank, colors, strict=True):
        assert np.allclose(table.frame.fill_rgbas, fill) and np.allclose(table.frame.stroke_rgbas, stroke)


def test_a_vector_is_as_long_as_its_numbers_are_many_and_ends_as_the_product():
    word = Quantity(CHANCE.normal(0, 1, 32), "z", ("n_embd",), "demo")
    middle = DOWN_TABLE @ word.values
    low_rank = LowRankMap(32, 4)
    stations = low_rank.stations(word, middle, UP_TABLE @ middle)
    heights = [station.height for station in stations]
    assert heights == pytest.approx([4.0, 0.5, 4.0])
    assert stations[0].passports[3] == ("z", (3,), "demo")
    xs = [part.get_x() for part in (stations[2], low_rank.up, stations[1], low_rank.down, stations[0])]
    assert xs == sorted(xs)
    places = [station.get_center() for station in stations]
    scene = played(PassCorridor(stations))
    assert scene.mobjects == list(stations)
    assert np.allclose([station.get_center() for station in stations], places)
    assert [station.height for station in stations] == pytest.approx(heights)
    assert all(square.fill_rgbas[0, 3] == 1 for station in stations for square in station)


def test_bars_are_proportional_to_singular_values_and_the_rest_is_flat():
    spectrum = SingularValues(SINGULAR[:4], size=32, height=2, width=8)
    assert np.allclose([bar.height for bar in spectrum.bars], 2 * SINGULAR[:4] / SINGULAR[0])
    assert np.allclose(SINGULAR[4:], 0)
    assert spectrum.tail[0].height == 0 and spectrum.tail[0].width == pytest.approx(8 * 28 / 32)
    assert spectrum.number.value == SINGULAR[0]
    assert np.array_equal(spectrum.values, SINGULAR[:4])
    assert not len(SingularValues(SINGULAR[:4]).tail)
    quantity = SingularValues(Quantity(SINGULAR[:4], "sv", ("rank",), "demo"))
    assert quantity.bars[2].passport == ("sv", (2,), "demo")


def test_bars_grow_to_their_heights():
    spectrum = SingularValues(SINGULAR[:4], size=8).scale(0.8).shift(UP)
    before = [leaf.points.copy() for leaf in spectrum.family_members_with_points()]
    assert played(GrowSingularValues(spectrum)).mobjects == [spectrum]
    after = [leaf.points for leaf in spectrum.family_members_with_points()]
    assert all(np.allclose(*pair) for pair in zip(before, after, strict=True))


def test_copies_and_states():
    for shown in (LowRankMap(8, 2), SingularValues([2.0, 1.0], size=4), TableOutline(2, 3, 0.5, theme.QUERY)):
        other = shown.copy().shift(UP)
        assert other.get_y() == pytest.approx(shown.get_y() + 1)
        shown.save_state()
        width = shown.width
        assert shown.scale(2).restore().width == pytest.approx(width)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: LowRankMap(8, 9), "expected 1 to 8"),
        (lambda: LowRankMap(8, 0), "expected 1 to 8"),
        (lambda: TableOutline(0, 3, 0.1), "above 0"),
        (lambda: TableOutline(1, 3, 0), "above 0"),
        (lambda: TableOutline(1.5, 3, 1), "whole number"),
        (lambda: LowRankMap(8, 2).stations([1.0] * 8, [1.0], [1.0] * 8), r"\(8, 1, 8\)"),
        (lambda: LowRankMap(4096, 2).stations([1.0] * 4096, [1.0] * 2, [1.0] * 4096), "at most 2500"),
        (lambda: PassCorridor(VGroup()), "0 stations"),
        (lambda: SingularValues([1.0, 2.0]), "largest first"),
        (lambda: SingularValues([1.0, -2.0]), "largest first"),
        (lambda: SingularValues([0.0]), "largest first"),
        (lambda: SingularValues([np.inf]), "not finite"),
        (lambda: SingularValues([]), "at least one"),
        (lambda: SingularValues([2.0, 1.0], size=1), "at most as many"),
    ],
)
def test_what_does_not_fit_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([0.0, -0.0, 1e-9, 0.5, 3.25]), max_size=5), st.sampled_from([1e9, 4.0]))
def test_any_spectrum_can_be_shown(rest, largest):
    values = [largest, *sorted(rest, reverse=True)]
    assert np.array_equal(SingularValues(values, size=8).values, values)
