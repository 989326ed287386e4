"""A spotlight leaves its target bright wherever it slides; zoom lines join a part to its detail."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import DOWN, LEFT, RIGHT, UP, Camera, Rectangle, Scene, Square, VGroup, tempconfig

from mobjects import OpenZoom, SlideSpotlight, Spotlight, ZoomLines, layout, theme

STEPPED = {"dry_run": True, "progress_bar": "none", "verbosity": "ERROR"}
SMALL = {"pixel_width": 160, "pixel_height": 90, "frame_width": 128 / 9, "frame_height": 8.0}


def light(mobjects, point) -> int:
    """The red of the pixel at a place."""
    camera = Camera(**SMALL)
    camera.capture_mobjects(mobjects)
    column, row = int(80 + point[0] * 90 / 8), int(45 - point[1] * 90 / 8)
    return int(camera.pixel_array[row, column, 0])


def show(animation, moment):
    animation._setup_scene(None)
    animation.begin()
    animation.interpolate(moment)


def edges(box: layout.Area) -> np.ndarray:
    return np.array(box)


def test_the_target_stays_bright_and_all_else_loses_the_given_share_of_its_light():
    wall = Rectangle(width=20, height=10, fill_opacity=1, color=theme.TEXT)
    spotlight = Spotlight(Square(1).shift(2 * RIGHT), darkness=0.6)
    scene = [wall, spotlight]
    assert light(scene, 2 * RIGHT) == 255
    assert light(scene, 2 * LEFT) == pytest.approx(0.4 * 255, abs=2)
    assert light(scene, 6.5 * LEFT + 3.5 * UP) == pytest.approx(0.4 * 255, abs=2)


def test_a_hole_is_its_target_and_the_padding():
    spotlight = Spotlight(Square(2).shift(UP), padding=0.3)
    assert edges(spotlight.holes[0]) == pytest.approx([-1.3, -0.3, 1.3, 2.3], abs=1e-3)
    assert spotlight.width >= 30 * layout.FRAME_WIDTH


def test_holes_slide_from_target_to_target():
    first, second = Square(1).shift(3 * LEFT), Square(2).shift(3 * RIGHT)
    spotlight = Spotlight(first)
    show(SlideSpotlight(spotlight, second), 0.5)
    middle = (edges(Spotlight(first).holes[0]) + edges(Spotlight(second).holes[0])) / 2
    assert edges(spotlight.holes[0]) == pytest.approx(middle, abs=1e-6)
    show(slide := SlideSpotlight(spotlight, second), 1)
    slide.finish()
    assert np.array_equal(spotlight.points, Spotlight(second).points)


def test_more_holes_open_and_others_close():
    left, right = Square(1).shift(3 * LEFT), Square(1).shift(3 * RIGHT)
    spotlight = Spotlight(left)
    show(SlideSpotlight(spotlight, right, left), 1)
    assert len(spotlight.holes) == 2
    assert np.array_equal(spotlight.points, Spotlight(left, right).points)
    show(SlideSpotlight(spotlight, right), 0.999)
    assert len(spotlight.holes) == 2
    show(SlideSpotlight(spotlight, right), 1)
    assert np.array_equal(spotlight.points, Spotlight(right).points)


def test_animate_aim_slides_and_copies_and_states_are_whole():
    with tempconfig(STEPPED):
        scene, target = Scene(), Square(1).shift(2 * UP)
        spotlight = Spotlight(Square(1))
        spotlight.save_state()
        scene.add(spotlight)
        scene.play(spotlight.animate.aim(target), run_time=0.2)
    assert np.array_equal(spotlight.points, Spotlight(target).points)
    assert np.array_equal(spotlight.copy().points, spotlight.points)
    spotlight.restore()
    assert np.allclose(spotlight.points, Spotlight(Square(1)).points)
    assert scene.mobjects == [spotlight]


@pytest.mark.parametrize(
    ("targets", "options", "sentence"),
    [
        ([], {}, "without a target"),
        ([Square(), Square().shift(0.5 * RIGHT)], {}, "Two holes that overlap"),
        ([Square()], {"darkness": 0}, "A darkness of 0.0 was found"),
        ([Square()], {"darkness": 1.2}, "A darkness of 1.2 was found"),
    ],
)
def test_what_cannot_be_lit_is_refused_with_a_sentence(targets, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        Spotlight(*targets, **options)


def test_zoom_lines_join_the_corners_that_look_at_each_other():
    source, detail = Square(0.5).shift(2 * UP), Rectangle(width=6, height=2).shift(DOWN)
    zoom = ZoomLines(source, detail, color=theme.KEY, buff=0.2)
    for line, side in zip(zoom.lines, (LEFT, RIGHT), strict=True):
        assert line.get_start() == pytest.approx(zoom.small_box.get_corner(DOWN + side))
        assert line.get_end() == pytest.approx(zoom.big_box.get_corner(UP + side))
    assert {leaf.get_stroke_color().to_hex() for leaf in zoom.family_members_with_points()} == {theme.KEY}
    beside = ZoomLines(source, Square(2).shift(3 * LEFT + 2 * UP))
    assert beside.lines[0].get_start() == pytest.approx(beside.small_box.get_corner(LEFT + DOWN))


def test_a_detail_over_its_source_is_refused():
    with pytest.raises(ValueError, match="move it away"):
        ZoomLines(Square(1), Square(3))


def test_the_detail_grows_out_of_the_small_box_and_ends_as_it_was():
    source, detail = Square(0.5).shift(2 * UP), VGroup(Square(1, fill_opacity=0.5), Square(1).shift(RIGHT)).shift(DOWN)
    zoom = ZoomLines(source, detail)
    before = [leaf.points.copy() for leaf in (*zoom.family_members_with_points(), *detail)]
    motion = OpenZoom(zoom, detail)
    show(motion, 0.25)
    assert np.allclose(zoom.big_box.get_corner(UP + LEFT), zoom.small_box.get_corner(UP + LEFT))
    assert detail.width < zoom.small_box.width and detail[0].get_fill_opacity() == 0
    motion.interpolate(0.6)
    assert zoom.lines[0].get_end() == pytest.approx(zoom.big_box.get_corner(UP + LEFT))
    motion.interpolate(1)
    after = [leaf.points for leaf in (*zoom.family_members_with_points(), *detail)]
    assert all(np.allclose(first, last, atol=1e-12) for first, last in zip(before, after, strict=True))
    assert detail[0].get_fill_opacity() == 0.5


def test_parts_of_a_copy_are_its_own():
    zoom = ZoomLines(Square(0.5).shift(2 * UP), Square(1).shift(DOWN))
    copy = zoom.copy().shift(RIGHT).scale(2)
    assert copy.small_box is copy[0] and copy.big_box is copy[2]
    assert zoom.small_box.get_x() == pytest.approx(0)


@settings(max_examples=25, deadline=None)
@given(st.floats(-6, 6), st.floats(-3, 3), st.floats(0.05, 3), st.floats(0.05, 2))
def test_any_target_lies_in_its_hole(x, y, width, height):
    target = Rectangle(width=width, height=height).move_to([x, y, 0])
    assert Spotlight(target).holes[0].holds(target)
