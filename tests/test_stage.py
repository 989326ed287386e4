"""The camera moves evenly between its framings; what is fixed keeps its place on the glass."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import (
    DOWN,
    LEFT,
    ORIGIN,
    RIGHT,
    UP,
    FadeIn,
    MovingCameraScene,
    Rectangle,
    Square,
    VGroup,
    linear,
    tempconfig,
)

from mobjects import CameraRig, CountUp, FastRendering, FixedLayer, MoveCamera, Numeral, layout
from mobjects.fingerprint import fingerprint
from mobjects.following import wanders

STEPPED = {"dry_run": True, "progress_bar": "none", "verbosity": "ERROR", "frame_rate": 10}
CORNER = 6 * RIGHT + 3 * DOWN


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), **STEPPED}):
        yield


class Stage(FastRendering, MovingCameraScene):
    """A scene with a moving camera."""


def frame_of(height=layout.FRAME_HEIGHT, center=ORIGIN):
    return Rectangle(width=height * 16 / 9, height=height, stroke_width=0).move_to(center)


def on_the_glass(mobject, frame) -> np.ndarray:
    """The box of a mobject, as an unmoved camera would see it."""
    corners = np.array([mobject.get_corner(way) for way in (DOWN + LEFT, UP + RIGHT)])
    return (corners - frame.get_center()) * layout.FRAME_HEIGHT / frame.height


def sent(motion, moment):
    motion.begin()
    motion.interpolate(moment)
    return motion


# -- the camera -------------------------------------------------------------------------------------------------------


def test_the_camera_ends_exactly_where_it_was_sent():
    frame, target = frame_of(), Square(1).shift(3 * RIGHT)
    sent(MoveCamera(frame, 3, target), 1)
    assert frame.height == pytest.approx(3) and frame.get_center() == pytest.approx(3 * RIGHT)
    sent(MoveCamera(frame, 8, [0, 0]), 1)
    assert frame.points == pytest.approx(frame_of().points)


def test_the_zoom_is_even_and_one_point_stands_still():
    frame = frame_of()
    motion = sent(MoveCamera(frame, 2, [3, 1.5, 0], rate_func=linear), 0)
    heights, still = [], []
    for moment in np.linspace(0, 1, 5):
        motion.interpolate(moment)
        heights.append(frame.height)
        # In the eye of the zoom: 8 and 2 high frames with middles at 0 and 3 have it at 4.
        still.append((np.array([4, 2, 0]) - frame.get_center()) / frame.height)
    assert np.diff(np.log(heights)) == pytest.approx(np.log(0.25) / 4)
    assert np.ptp(still, axis=0) == pytest.approx(0, abs=1e-9)


def test_without_a_zoom_the_camera_glides():
    frame = frame_of()
    sent(MoveCamera(frame, 8, 2 * RIGHT, rate_func=linear), 0.25)
    assert frame.get_center() == pytest.approx(0.5 * RIGHT) and frame.height == pytest.approx(8)


def test_lines_keep_their_width_on_the_screen():
    frame, thin, thick = frame_of(), Square(stroke_width=1), Square(stroke_width=4)
    sent(MoveCamera(frame, 16, strokes=[VGroup(thin, thick)]), 1)
    assert (thin.stroke_width, thick.stroke_width) == pytest.approx((2, 8))
    sent(MoveCamera(frame, 8, strokes=[VGroup(thin, thick)]), 1)
    assert (thin.stroke_width, thick.stroke_width) == pytest.approx((1, 4))


def test_a_rig_knows_its_shots_and_the_way_home():
    frame, board = frame_of(), Square(5).shift(2 * UP)
    rig = CameraRig(frame, {"board": (11, board)}, strokes=[board])
    scene = Stage()
    scene.camera.frame = frame
    scene.add(board)
    scene.play(rig.to("board"), run_time=0.3)
    assert frame.height == pytest.approx(11) and frame.get_center() == pytest.approx(2 * UP)
    assert board.stroke_width == pytest.approx(Square().stroke_width * 11 / 8)
    scene.play(rig.to("home"), run_time=0.3)
    assert frame.height == pytest.approx(8) and frame.get_center() == pytest.approx(ORIGIN)


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (lambda: MoveCamera(frame_of(), 0), "A frame height of 0 was found"),
        (lambda: MoveCamera(frame_of(), np.nan), "A frame height of nan was found"),
        (lambda: CameraRig(frame_of(), {"far": (-1, ORIGIN)}), "The shot 'far' has a height of -1"),
        (lambda: CameraRig(frame_of(), {}).to("near"), "The shot 'near' was asked for; there are home"),
    ],
)
def test_where_no_camera_can_go_is_refused_with_a_sentence(action, sentence):
    with pytest.raises(ValueError, match=sentence):
        action()


@settings(max_examples=30, deadline=None)
@given(st.floats(0.5, 80), st.floats(-20, 20), st.floats(-20, 20), st.floats(0, 1))
def test_any_sweep_stays_between_its_ends(height, x, y, moment):
    frame = frame_of()
    sent(MoveCamera(frame, height, [x, y]), moment)
    assert min(8, height) - 1e-6 <= frame.height <= max(8, height) + 1e-6
    assert abs(frame.get_x()) <= abs(x) + 1e-6 and abs(frame.get_y()) <= abs(y) + 1e-6
    assert frame.width == pytest.approx(frame.height * 16 / 9)


# -- the glass --------------------------------------------------------------------------------------------------------


def test_a_layer_keeps_its_place_and_the_width_of_its_lines():
    frame = frame_of()
    layer = FixedLayer(frame, Square(0.5, stroke_width=3).move_to(CORNER))
    before = on_the_glass(layer, frame)
    frame.scale_to_fit_height(15).shift(2 * LEFT + UP)
    layer.update()
    assert on_the_glass(layer, frame) == pytest.approx(before)
    assert layer[0].stroke_width == pytest.approx(3 * 15 / 8)


def test_a_layer_made_before_a_camera_that_has_moved_is_where_it_belongs():
    frame = frame_of(13, 3 * UP)
    layer = FixedLayer(frame, Square(0.5).move_to(CORNER))
    assert on_the_glass(layer, frame).mean(axis=0) == pytest.approx(CORNER)
    layer.add(Square(0.5).move_to(-CORNER)).update()
    assert on_the_glass(layer[1], frame).mean(axis=0) == pytest.approx(-CORNER)


def test_a_copy_follows_the_same_camera():
    frame = frame_of()
    layer = FixedLayer(frame, Square(0.5).move_to(CORNER))
    copy = layer.copy()
    frame.scale_to_fit_height(4)
    copy.update()
    assert on_the_glass(copy, frame).mean(axis=0) == pytest.approx(CORNER)
    assert layer[0].get_center() == pytest.approx(CORNER)


@pytest.mark.parametrize("camera_first", [True, False])
def test_it_appears_in_its_place_while_the_camera_moves(camera_first):
    scene = Stage()
    layer = FixedLayer(scene.camera.frame, Square(0.5, fill_opacity=1).move_to(CORNER))
    both = [MoveCamera(scene.camera.frame, 15, 2 * UP), FadeIn(layer)]
    scene.play(*(both if camera_first else both[::-1]), run_time=0.5)
    assert on_the_glass(layer, scene.camera.frame).mean(axis=0) == pytest.approx(CORNER)
    assert layer[0].get_fill_opacity() == 1
    scene.play(MoveCamera(scene.camera.frame, 8, ORIGIN), run_time=0.5)
    assert layer[0].get_center() == pytest.approx(CORNER)


def test_a_number_on_the_glass_counts_while_the_camera_moves():
    scene, number = Stage(), Numeral(42, decimals=0, passport="count: letters").move_to(CORNER)
    place = number.get_right()
    scene.add(FixedLayer(scene.camera.frame, number))
    scene.play(CountUp(number), MoveCamera(scene.camera.frame, 16), run_time=0.5)
    assert number.text == "42" and number.passport == "count: letters"
    corners = on_the_glass(number, scene.camera.frame)
    assert [corners[1][0], *corners.mean(axis=0)[1:]] == pytest.approx(place)


def seen_after(run_time) -> str:
    scene = Stage()
    layer = FixedLayer(scene.camera.frame, Square(0.5).move_to(CORNER))
    scene.add(layer)
    scene.play(MoveCamera(scene.camera.frame, 15, UP), run_time=run_time)
    assert not wanders(scene)
    return fingerprint([], [layer])


def test_the_way_there_can_be_skipped_and_leaves_no_trace():
    assert seen_after(0.3) == seen_after(0.9)


def test_a_state_that_was_saved_comes_back():
    layer = FixedLayer(frame_of(), Square(0.5).move_to(CORNER))
    layer.save_state()
    layer.set_opacity(0).restore()
    assert layer[0].get_stroke_opacity() == 1 and layer[0].get_center() == pytest.approx(CORNER)
