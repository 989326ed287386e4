"""Places and sizes follow the frame and the camera."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manim import Rectangle, Square

from mobjects import layout

sizes = st.floats(0.1, 30)


def test_the_safe_area_lies_inside_the_frame_and_moves_and_grows_with_the_camera():
    home = layout.safe_area()
    assert home == (-6.6, -3.7, 6.6, 3.7)
    assert home.right < layout.FRAME_WIDTH / 2
    assert home.top < layout.FRAME_HEIGHT / 2
    wide = layout.safe_area((1, 2, 0), 16)
    assert wide == pytest.approx((1 - 13.2, 2 - 7.4, 1 + 13.2, 2 + 7.4))


def test_an_area_holds_what_lies_inside_it():
    area = layout.safe_area()
    assert area.holds(Square(2))
    assert not area.holds(Square(2).shift([6, 0, 0]))
    assert not area.holds(Square(2).shift([0, -3, 0]))


@given(sizes, sizes, sizes, sizes)
def test_fit_shrinks_to_the_limits_keeps_the_shape_and_never_enlarges(width, height, most_wide, most_high):
    box = Rectangle(width=width, height=height).shift([1, 2, 0])
    fitted = layout.fit(box, most_wide, most_high)
    assert fitted is box
    assert box.width <= min(width, most_wide) * (1 + 1e-9)
    assert box.height <= min(height, most_high) * (1 + 1e-9)
    assert box.width / box.height == pytest.approx(width / height)
    assert np.allclose(box.get_center(), [1, 2, 0])
    if width <= most_wide and height <= most_high:
        assert box.width == pytest.approx(width)


def test_fit_can_leave_a_direction_free():
    assert layout.fit(Rectangle(width=4, height=2), None, 1).width == pytest.approx(2)
    assert layout.fit(Rectangle(width=4, height=2), 2).height == pytest.approx(1)


def test_strokes_and_fonts_grow_with_the_frame():
    assert layout.scaled_stroke(2, 8) == 2
    assert layout.scaled_stroke(2, 16) == 4
    assert layout.scaled_font(24, 12) == 36


def test_impossible_frames_and_limits_are_refused():
    with pytest.raises(ValueError, match="above zero"):
        layout.safe_area(frame_height=0)
    with pytest.raises(ValueError, match="above zero"):
        layout.fit(Square(), 0)
