"""The fast camera lays out and draws what manim's does, to the bit, and gives way where it cannot."""

from __future__ import annotations

import cairo
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from manim import BLUE, RED, Camera, MovingCamera, Square, ThreeDCamera, VGroup, VMobject

from mobjects import camera as fast
from mobjects.camera import BulkDrawing, FastCamera, FastMovingCamera, Outlines, append_path, faster, is_flat, native

SIZE = {"pixel_width": 64, "pixel_height": 36, "frame_width": 8.0, "frame_height": 4.5}
# Near one another and on top of one another, so that outlines meet, nearly meet, and miss by a hair.
COORDINATES = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 1 + 1e-6, 1 + 1.1e-5, 1 + 1e-5, 1e-6, 1e-9, -2.0]), st.floats(-4, 4, width=32)
)


def outlines(fewest: int = 1) -> st.SearchStrategy[np.ndarray]:
    """Points of whole curves."""
    curves = st.integers(fewest, 4)
    return curves.flatmap(lambda count: hnp.arrays(np.float64, (4 * count, 3), elements=COORDINATES))


def vmobject(points: np.ndarray, **style: object) -> VMobject:
    shape = VMobject(**style)  # type: ignore[arg-type]
    shape.points = points
    return shape


def drawn(camera: Camera, *mobjects: VMobject) -> np.ndarray:
    camera.reset()
    camera.capture_mobjects(list(mobjects))
    return np.asarray(camera.pixel_array)


@settings(max_examples=150, deadline=None)
@given(st.lists(outlines(), min_size=1, max_size=5))
@example([np.zeros((4, 3))])
def test_paths_are_those_that_manim_hands_to_cairo_curve_by_curve(shapes: list[np.ndarray]) -> None:
    camera = Camera(**SIZE)
    laid_out = Outlines(np.concatenate(shapes), [len(points) for points in shapes])
    for points, address in zip(shapes, laid_out.addresses, strict=True):
        # A surface without transformation or rounding keeps what it is given.
        ours, theirs = (cairo.Context(cairo.RecordingSurface(cairo.Content.ALPHA, None)) for _ in range(2))
        append_path()(native(ours), address)
        camera.set_cairo_context_path(theirs, vmobject(points))
        assert list(ours.copy_path()) == list(theirs.copy_path())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(outlines(), min_size=1, max_size=4),
    st.sampled_from([0, 1, 6.5, 30]),
    st.sampled_from([0, 0.3, 1]),
    st.booleans(),
    st.sampled_from([RED, [RED, BLUE]]),
)
def test_pixels_are_manims(
    shapes: list[np.ndarray], width: float, opacity: float, behind: bool, colour: object
) -> None:
    mobjects = []
    for points in shapes:
        shape = vmobject(points, stroke_width=width, fill_opacity=opacity).set_color(colour)  # type: ignore[arg-type]
        mobjects.append(shape.set_stroke(BLUE, width=9, background=True) if behind else shape)
    assert np.array_equal(drawn(FastCamera(**SIZE), *mobjects), drawn(Camera(**SIZE), *mobjects))


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(np.float64, st.tuples(st.integers(0, 9), st.just(3)), elements=st.floats(width=64)),
    hnp.arrays(np.float64, (8, 3), elements=st.sampled_from([0.0, 1.0, np.nan, np.inf])),
)
def test_outlines_that_make_no_sense_are_drawn_as_manim_draws_them(few: np.ndarray, odd: np.ndarray) -> None:
    mobjects = [Square(fill_opacity=1), vmobject(few), vmobject(odd), Square(color=RED)]
    with np.errstate(all="ignore"):
        assert np.array_equal(drawn(FastCamera(**SIZE), *mobjects), drawn(Camera(**SIZE), *mobjects))


def test_a_mobject_with_a_tolerance_of_its_own_is_drawn_by_it() -> None:
    points = Square(fill_opacity=1).points.copy()
    points[-1] += 0.01
    strict, lax = vmobject(points, stroke_width=30), vmobject(points, stroke_width=30)
    lax.tolerance_for_point_equality = 0.1
    assert not np.array_equal(drawn(FastCamera(**SIZE), strict), drawn(FastCamera(**SIZE), lax))
    assert np.array_equal(drawn(FastCamera(**SIZE), lax), drawn(Camera(**SIZE), lax))


def test_a_moving_camera_sees_what_manims_sees() -> None:
    pixels = []
    for camera_class in (MovingCamera, FastMovingCamera):
        camera = camera_class(**SIZE)
        camera.frame.scale(0.3).shift([0.7, 0.2, 0])
        pixels.append(drawn(camera, Square(fill_opacity=0.5, color=[RED, BLUE])))
    assert np.array_equal(*pixels)


def test_a_list_is_flat_if_parts_come_after_wholes_and_nothing_twice() -> None:
    square, other = Square(), Square()
    group = VGroup(square, other)
    assert is_flat([group, square, other])
    assert is_flat([square, other])
    assert not is_flat([square, group, other])
    assert not is_flat([group, square])
    assert not is_flat([square, square])


def test_cameras_we_cannot_better_are_left_alone() -> None:
    class Mine(Camera):
        """Somebody's own."""

    assert faster(Mine) is Mine
    assert faster(ThreeDCamera) is ThreeDCamera
    assert issubclass(faster(Camera), BulkDrawing) and issubclass(faster(Camera), Camera)


def test_one_switch_turns_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDER_FAST", "0")
    assert faster(Camera) is Camera
    assert faster(MovingCamera) is MovingCamera


@pytest.mark.parametrize("fault", ["other pixels", "no such function"])
def test_where_the_first_drawing_does_not_agree_manims_camera_is_used(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raises() -> None:
        raise AttributeError("cairo_append_path")

    if fault == "other pixels":
        monkeypatch.setattr(fast, "MOVE", fast.CURVE)
    else:
        monkeypatch.setattr(fast, "append_path", raises)
    fast.agrees.cache_clear()
    try:
        assert faster(Camera) is Camera
    finally:
        fast.agrees.cache_clear()


def test_a_plate_in_a_transparent_film_leaves_nothing_behind_it_and_looks_the_same_over_the_background() -> None:
    square = Square(3, fill_color=RED, fill_opacity=1, stroke_width=0)
    plate = Square(2, fill_color="#000000", fill_opacity=0.85, stroke_width=4, stroke_color="#000000")
    mark = Square(0.5, fill_color=BLUE, fill_opacity=1, stroke_width=0)
    over, through = (
        drawn(FastCamera(**SIZE, background_opacity=opacity), square, plate, mark).astype(int) for opacity in (1, 0)
    )
    assert np.abs(over[..., :3] - through[..., :3]).max() <= 1  # premultiplied: as it is over black
    middle = SIZE["pixel_height"] // 2
    assert through[middle, SIZE["pixel_width"] // 2 - 5, 3] == pytest.approx(0.15 * 255, abs=1)
    assert through[middle, SIZE["pixel_width"] // 2, 3] == 255
    assert through[0, 0, 3] == 0


def test_a_stroke_of_several_colours_is_painted_after_a_fill_that_erased() -> None:
    plate = Square(2, fill_color="#000000", fill_opacity=1, stroke_width=8, stroke_color=[RED, BLUE])
    pixels = drawn(FastCamera(**SIZE, background_opacity=0), plate)
    assert pixels[..., 3].max() > 100
    assert pixels[SIZE["pixel_height"] // 2, SIZE["pixel_width"] // 2, 3] == 0
