"""A matrix of weights shows a true window of its tensor, and says how it is scaled."""

from __future__ import annotations

import numpy as np
import pytest
from manim import tempconfig

from mobjects import WeightMatrix, theme
from mobjects.matrix import first_and_last, readable_factor
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


def weights(rows, columns, size=1.0):
    return np.random.default_rng(0).normal(0, size, (rows, columns))


def test_a_large_tensor_is_shown_by_its_first_and_last_rows_and_columns():
    values = weights(64, 128)
    matrix = WeightMatrix(values, max_rows=5, max_columns=4)
    assert matrix.true_shape == (64, 128)
    assert matrix.shown_rows == (0, 1, 2, 3, 63)
    assert matrix.shown_columns == (0, 1, 2, 127)
    assert np.array_equal(matrix.values, values[np.ix_(matrix.shown_rows, matrix.shown_columns)])
    assert len(matrix.ellipses) == 5 + 4 + 1


def test_a_small_tensor_is_shown_whole_without_dots():
    matrix = WeightMatrix(weights(3, 2))
    assert matrix.shape == matrix.true_shape == (3, 2)
    assert len(matrix.ellipses) == 0


def test_chosen_rows_and_columns_are_the_ones_shown():
    values = weights(10, 10)
    matrix = WeightMatrix(values, rows=[3, 4], columns=[0, 9])
    assert np.array_equal(matrix.values, values[[3, 4]][:, [0, 9]])
    assert len(matrix.ellipses) == 2 + 2 * 2 + 2


def test_colours_are_scaled_to_the_whole_tensor():
    values = weights(50, 50)
    values[0, 0] = 1e-3
    matrix = WeightMatrix(values, max_rows=2, max_columns=2)
    assert matrix.color_scale == pytest.approx(np.percentile(np.abs(values), 98))
    assert matrix.entry(0, 0).get_fill_color().to_hex() != theme.POSITIVE


def test_scaled_digits_are_announced_and_values_stay_exact():
    values = weights(4, 4, 0.02)
    matrix = WeightMatrix(values, factor=100)
    assert np.array_equal(matrix.values, values)
    assert matrix.factor_note.original_text == "× 10⁻²"
    assert matrix.factor_note.get_left()[0] > matrix.brackets.get_right()[0]
    for entry in matrix.entries:
        assert float(entry.text.replace("−", "-")) == pytest.approx(100 * entry.value, abs=0.05 + 1e-12)
    assert WeightMatrix(values).factor_note is None
    matrix.set_values(2 * values)
    assert matrix.entry(0, 0).value == 2 * values[0, 0]
    assert float(matrix.entry(0, 0).text.replace("−", "-")) == pytest.approx(200 * values[0, 0], abs=0.051)


@pytest.mark.parametrize(("size", "factor"), [(0.02, 100), (0.0007, 1000), (3.0, 1), (500.0, 1)])
def test_a_readable_factor_brings_the_largest_weights_above_one(size, factor):
    values = weights(20, 20, size)
    assert readable_factor(values) == factor
    assert WeightMatrix(values, factor="readable").entry(0, 0).factor == factor


def test_a_factor_that_is_no_power_of_ten_is_refused():
    for factor in (3, 0, -10):
        with pytest.raises(ValueError, match="power of ten"):
            WeightMatrix(weights(2, 2), factor=factor)


def test_entries_carry_the_passport_of_their_place_in_the_tensor():
    tensor = Quantity(weights(64, 128), "blocks.0.attn.W_Q", ("n_embd", "d_head"), "demo")
    matrix = WeightMatrix(tensor, max_rows=3, max_columns=3)
    assert matrix.entry(-1, -1).passport == ("blocks.0.attn.W_Q", (63, 127), "demo")
    assert matrix.entry(-1, -1).value == tensor.values[63, 127]


def test_first_and_last_never_hides_without_reason():
    assert first_and_last(5, 5) == [0, 1, 2, 3, 4]
    assert first_and_last(6, 5) == [0, 1, 2, 3, 5]
    assert first_and_last(9, 1) == [8]
    with pytest.raises(ValueError, match="at least one"):
        first_and_last(3, 0)


def test_a_vector_is_refused_as_a_matrix():
    with pytest.raises(ValueError, match=r"\(3,\)"):
        WeightMatrix([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="not finite"):
        WeightMatrix([[1.0, float("inf")]])
