"""A heat matrix shows every number of its matrix, by colour, in a few shapes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from manim import RIGHT, UP

from mobjects import ChangeValues, HeatMatrix, theme

numbers = st.one_of(st.sampled_from([0.0, -0.0, 1e-9, 1e9, -1e9]), st.floats(-10, 10, allow_nan=False))
matrices = arrays(float, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=numbers)


def color_at(matrix: HeatMatrix, row: int, column: int) -> np.ndarray:
    """The colour in the middle of a square, found by looking which shape's outline goes round it."""
    rows, columns = matrix.values.shape
    left, top = matrix.plate.get_left()[0], matrix.plate.get_top()[1]
    x = left + (column + 0.5) * matrix.plate.width / columns
    y = top - (row + 0.5) * matrix.plate.height / rows
    found = [matrix.plate.fill_rgbas[0]]
    for shape in matrix.squares:
        for corners in shape.points.reshape(-1, 16, 3):
            low, high = corners.min(axis=0), corners.max(axis=0)
            if low[0] < x < high[0] and low[1] < y < high[1]:
                found.append(shape.fill_rgbas[0])
    assert len(found) <= 2, "squares lie on each other"
    return found[-1]


@given(matrices)
@settings(deadline=None, max_examples=30)
def test_each_square_has_the_colour_of_its_number(values):
    matrix = HeatMatrix(values, passport="x").scale(0.7).shift(RIGHT + UP)
    exact = theme.signed_colors(values, matrix.color_scale, neutral=theme.PLATE)
    for index, (row, column) in enumerate(np.ndindex(*values.shape)):
        assert np.abs(color_at(matrix, row, column) - exact[index]).max() < 0.06
    assert np.array_equal(matrix.values, values)


def test_however_many_numbers_there_are_few_shapes():
    matrix = HeatMatrix(np.linspace(-1, 1, 256 * 256).reshape(256, 256), passport="x")
    assert len(matrix.family_members_with_points()) <= 36


def test_it_fits_its_room_with_square_squares():
    wide, tall = HeatMatrix(np.ones((2, 10)), passport="x").plate, HeatMatrix(np.ones((10, 2)), passport="x").plate
    assert (wide.width, wide.height) == pytest.approx((6.0, 1.2))
    assert (tall.width, tall.height) == pytest.approx((0.8, 4.0))


def test_numbers_change_in_place_wherever_it_was_moved():
    first, second = np.array([[1.0, -1.0]]), np.array([[-1.0, 0.0]])
    matrix = HeatMatrix(first, passport="x").shift(3 * UP).scale(0.5)
    place = matrix.plate.get_center().copy()
    motion = ChangeValues(matrix, second, passport="y")
    motion.begin()
    motion.interpolate(0.5)
    assert matrix.values == pytest.approx(np.array([[0.0, -0.5]]))
    motion.finish()
    assert np.array_equal(matrix.values, second) and matrix.passports == ["y"]
    assert np.allclose(matrix.plate.get_center(), place)
    assert np.allclose(color_at(matrix, 0, 0), theme.rgba(theme.NEGATIVE), atol=0.01)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros(3), r"shape \(3,\)"),
        (np.zeros((0, 3)), r"shape \(0, 3\)"),
        ([[np.nan]], "finite"),
        ([[np.inf]], "finite"),
        (np.zeros((257, 256)), "up to 65,536 numbers can be drawn"),
    ],
)
def test_what_cannot_be_drawn_is_refused(values, words):
    with pytest.raises(ValueError, match=words):
        HeatMatrix(values)


def test_other_shapes_are_refused_later_too():
    with pytest.raises(ValueError, match=r"expected \(1, 2\), as before"):
        HeatMatrix([[1.0, 2.0]]).set_values([[1.0]])
