"""Strokes end in nothing and run where they should; a heartbeat leaves things exactly as they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import Create, Scene, ShowPassingFlash, Square, Transform, tempconfig

from mobjects import CurlyBracket, GlowDot, Numeral, Pulse, TaperedStroke, theme


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    folder = str(tmp_path_factory.mktemp("media"))
    with tempconfig({"media_dir": folder, "dry_run": True, "quality": "low_quality", "verbosity": "ERROR"}):
        yield


def widths(stroke: TaperedStroke) -> np.ndarray:
    left, right = stroke._sides()
    return np.linalg.norm(left - right, axis=1)


def test_a_stroke_is_widest_in_the_middle_and_ends_in_nothing() -> None:
    stroke = TaperedStroke([(0, 0), (4, 0)], stroke_width=6)
    found = widths(stroke)
    assert found[0] == pytest.approx(0, abs=1e-9) and found[-1] == pytest.approx(0, abs=1e-9)
    assert found.max() == pytest.approx(0.06) and found.argmax() == len(found) // 2
    assert np.all(np.diff(found[: len(found) // 2]) > 0)


coordinates = st.sampled_from([0.0, -0.0, 1e-9, 1e-3, 1.0, -2.5, 1e3])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(coordinates, coordinates), min_size=2, max_size=6))
def test_a_stroke_runs_from_its_first_point_to_its_last_at_a_steady_pace(points) -> None:
    path = np.array(points)
    if not np.ptp(path, axis=0).max() > 0:
        with pytest.raises(ValueError, match="at one place"):
            TaperedStroke(points)
        return
    stroke = TaperedStroke(points)
    assert np.isfinite(stroke.points).all()
    np.testing.assert_allclose(stroke.spine[[0, -1], :2], path[[0, -1]], atol=1e-6)


def test_a_straight_stroke_has_equal_steps() -> None:
    steps = np.diff(TaperedStroke([(0, 0), (1, 0), (5, 0)]).spine[:, 0])
    np.testing.assert_allclose(steps, steps[0])


def test_drawing_a_stroke_goes_along_it_and_ends_with_its_very_points() -> None:
    stroke = TaperedStroke([(0, 0), (4, 0)])
    whole = stroke.points.copy()
    draw = Create(stroke, rate_func=lambda t: t)
    draw.begin()
    draw.interpolate(0.5)
    assert stroke.get_left()[0] == pytest.approx(0)
    assert stroke.get_right()[0] == pytest.approx(2)
    draw.finish()
    np.testing.assert_array_equal(stroke.points, whole)


def test_a_flash_runs_along_a_stroke_and_is_gone() -> None:
    scene, stroke = Scene(), TaperedStroke([(0, 0), (4, 0)])
    flash = ShowPassingFlash(stroke, time_width=0.25, rate_func=lambda t: t)
    flash.begin()
    flash.interpolate(0.5)
    assert 1 < stroke.get_left()[0] < 2 < stroke.get_right()[0] < 3
    scene.play(ShowPassingFlash(stroke), run_time=0.2)
    assert scene.mobjects == []


def test_a_copied_or_moved_stroke_can_still_be_drawn_and_morphed() -> None:
    stroke = TaperedStroke([(0, 0), (4, 0)])
    other = stroke.copy().shift([0, 1, 0]).scale(2)
    np.testing.assert_allclose(other.spine[[0, -1]], [(-2, 1, 0), (6, 1, 0)], atol=1e-9)
    assert stroke.get_right()[0] == pytest.approx(4)
    scene = Scene()
    scene.play(Transform(stroke, other), run_time=0.2)
    np.testing.assert_allclose(stroke.points, other.points)
    stroke.save_state().shift([1, 0, 0]).restore()
    np.testing.assert_allclose(stroke.points, other.points)


def test_a_glowing_dot_is_brightest_in_its_middle_and_stands_where_it_should() -> None:
    dot = GlowDot((1, 2), radius=0.5, color=theme.KEY)
    assert dot.width == pytest.approx(1) and len(dot) == 4
    np.testing.assert_allclose(dot.get_center(), [1, 2, 0], atol=1e-9)
    radii, lights = [disc.width for disc in dot], [disc.get_fill_opacity() for disc in dot]
    assert radii == sorted(radii, reverse=True) and lights == sorted(lights)
    assert dot.core.get_fill_opacity() == 1 and dot.core.get_fill_color().to_hex() == theme.KEY
    assert dot.copy().core is not dot.core


def test_a_bracket_leaves_its_point_and_reaches_both_ends_in_the_same_direction() -> None:
    bracket = CurlyBracket((0, 0), (2, 1), (2, -3))
    for curve, end in zip(bracket, [(2, 1, 0), (2, -3, 0)], strict=True):
        np.testing.assert_allclose(curve.get_start(), [0, 0, 0])
        np.testing.assert_allclose(curve.get_end(), end)
        # As steep at both ends: an S.
        leaving, arriving = curve.points[1] - curve.points[0], curve.points[3] - curve.points[2]
        np.testing.assert_allclose(leaving, arriving)
    first, second = (curve.points[1][:2] for curve in bracket)
    assert first[0] * second[1] == pytest.approx(first[1] * second[0])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: TaperedStroke([(0, 0)]), "1 points were found"),
        (lambda: TaperedStroke([(1, 1), (1, 1)]), "at one place"),
        (lambda: TaperedStroke([0, 1, 2]), r"shape \(3,\)"),
        (lambda: TaperedStroke([(0, 0), (np.nan, 1)]), "not finite"),
        (lambda: GlowDot(radius=0), "radius of 0"),
        (lambda: GlowDot((0, np.inf)), "not finite"),
        (lambda: CurlyBracket((0, 0), (0, 1), (0, -1)), "half-way"),
        (lambda: Pulse(Square(), scale=0), "scale of 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(make, words) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_a_heartbeat_grows_about_the_middle_keeps_colours_and_leaves_no_trace() -> None:
    numeral = Numeral(3.14, color=theme.KEY, passport="declared").shift([1, 1, 0])
    points, middle, size = numeral.points.copy(), numeral.get_center(), numeral.width
    beat = Pulse(numeral, scale=1.5)
    beat.begin()
    beat.interpolate(0.5)
    assert numeral.width == pytest.approx(1.5 * size)
    np.testing.assert_allclose(numeral.get_center(), middle)
    assert numeral.get_fill_color().to_hex() == theme.KEY
    beat.finish()
    np.testing.assert_array_equal(numeral.points, points)
    scene = Scene()
    scene.play(Pulse(numeral), run_time=0.2)
    assert scene.mobjects == [numeral]
