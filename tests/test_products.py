"""A product of matrix and vector is the one numpy computes, at its end and at every step, whatever is left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import Scene, tempconfig

from mobjects import ColumnCombination, MatrixVectorProduct, Numeral, ProductEquation, theme
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


CHANCE = np.random.default_rng(0)
WEIGHTS, VECTOR, BIAS = CHANCE.normal(0, 1, (12, 20)), CHANCE.normal(0, 1, 20), CHANCE.normal(0, 1, 12)
MOTIONS = [MatrixVectorProduct, ColumnCombination]


def equation(bias=BIAS, **options):
    result = WEIGHTS @ VECTOR + (0 if bias is None else bias)
    return ProductEquation(WEIGHTS, VECTOR, result, bias, **{"max_rows": 4, "max_columns": 5} | options)


def moments(motion, times):
    """Show a motion at several times, without a scene."""
    motion.begin()
    for time in times:
        motion.interpolate(time)
        yield time


def test_rows_stand_beside_rows_and_the_same_ones_are_drawn():
    shown = equation()
    assert shown.matrix.shown_rows == shown.result.shown == shown.bias.shown == (0, 1, 2, 11)
    assert shown.matrix.shown_columns == shown.vector.shown == (0, 1, 2, 3, 19)
    for row in range(4):
        heights = [shown.matrix.entry(row, 0), shown.result.entry(row), shown.bias.entry(row)]
        assert np.ptp([entry.anchor[1] for entry in heights]) < 1e-9
    assert len(shown.operands) == 4 and len(equation(bias=None).operands) == 2


def test_running_sums_are_those_of_all_entries_also_of_hidden_ones():
    shown = equation()
    assert shown.hidden == 15 and shown.places == [0, 1, 2, 3, None, 4]
    for number, row in enumerate(shown.matrix.shown_rows):
        terms = WEIGHTS[row] * VECTOR
        expected = [0, *(terms[:n].sum() for n in (1, 2, 3, 4, 19, 20)), terms.sum() + BIAS[row]]
        assert np.allclose(shown.running_sums[number], expected)


@pytest.mark.parametrize("bias", [None, BIAS])
@pytest.mark.parametrize("motion", MOTIONS)
def test_a_motion_ends_at_the_numbers_and_passports_of_the_result(motion, bias):
    result = Quantity(WEIGHTS @ VECTOR + (0 if bias is None else bias), "z", ("row",), "demo")
    shown = ProductEquation(WEIGHTS, VECTOR, result, bias, max_rows=4, max_columns=5)
    before = [(entry.value, entry.passport, entry.text) for entry in shown.result.entries]
    colors = [entry.fill_rgbas.copy() for entry in shown.result.entries]
    for _ in moments(motion(shown), (0, 0.3, 0.7, 1)):
        pass
    assert [(entry.value, entry.passport, entry.text) for entry in shown.result.entries] == before
    assert np.allclose([entry.fill_rgbas for entry in shown.result.entries], colors)
    assert before[3][:2] == (float(result[11]), ("z", (11,), "demo"))


def test_every_number_on_the_way_is_a_true_partial_sum():
    shown = equation()
    for time in moments(MatrixVectorProduct(shown), np.linspace(0, 0.99, 60)):
        for entry, sums in zip(shown.result.entries, shown.running_sums, strict=True):
            assert np.isclose(sums, entry.value).any(), time
            assert entry.passport == "partial sum of the product"


def test_at_the_dots_the_sum_jumps_by_the_hidden_terms_while_a_note_counts_them():
    shown = equation()
    motion = MatrixVectorProduct(shown)
    [count] = [part for part in motion.note.get_family() if isinstance(part, Numeral)]
    assert (count.value, count.passport) == (15, "count: terms not drawn")
    lit = {}
    for time in moments(motion, np.linspace(0, 1, 200)):
        lit[time] = (count.fill_rgbas[0, 3], shown.result.entry(0).value)
    bright = [value for light, value in lit.values() if light == 1]
    assert any(np.isclose(value, (WEIGHTS[0] * VECTOR)[:19].sum()) for value in bright)
    assert lit[0.0][0] == lit[1.0][0] == 0


def test_slow_rows_come_one_after_another_and_the_others_overlap():
    one, two = MatrixVectorProduct(equation(), slow_rows=1), MatrixVectorProduct(equation(), slow_rows=2)
    assert two.run_time - one.run_time > 1
    starts = [clock[0] for clock in two.clocks]
    assert starts[2] > two.clocks[1][-1] and starts[3] < two.clocks[2][-1]
    assert MatrixVectorProduct(equation(), run_time=3).run_time == 3


@pytest.mark.parametrize("motion", MOTIONS)
def test_two_yellow_boxes_lie_on_the_factors(motion):
    shown = equation(bias=None)
    sweep = motion(shown)
    for time in moments(sweep, np.linspace(0.2, 0.8, 30)):
        over_row, over_entry = sweep.boxes
        assert over_row.get_stroke_color().to_hex() == theme.HIGHLIGHT
        assert shown.matrix.get_left()[0] < over_row.get_center()[0] < shown.matrix.get_right()[0], time
        assert abs(over_entry.get_x() - shown.vector.entries.get_x()) < 1e-9


@pytest.mark.parametrize("motion", MOTIONS)
def test_a_motion_leaves_the_equation_alone_on_the_scene(motion):
    scene, shown = Scene(), equation()
    scene.add(shown.operands)
    sweep = motion(shown)
    sweep._setup_scene(scene)
    for _ in moments(sweep, (0, 1)):
        pass
    sweep.finish()
    sweep.clean_up_from_scene(scene)
    assert scene.mobjects == [shown]


@pytest.mark.parametrize("motion", MOTIONS)
def test_moved_scaled_and_copied_equations_sweep_where_they_are(motion):
    shown = equation().copy().scale(0.7).shift([1, -1, 0])
    sweep = motion(shown)
    place = shown.get_center()
    for _ in moments(sweep, (0.4,)):
        assert shown.matrix.get_bottom()[1] <= sweep.boxes[0].get_y() <= shown.matrix.get_top()[1]
    assert np.allclose(shown.get_center(), place, atol=0.05)


def test_an_equation_can_be_restored():
    shown = equation()
    shown.save_state()
    shown.scale(2).shift([1, 0, 0]).result.set_values(np.zeros(4))
    shown.restore()
    assert np.allclose(shown.result.values, (WEIGHTS @ VECTOR + BIAS)[[0, 1, 2, 11]])


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((WEIGHTS, VECTOR, WEIGHTS @ VECTOR + 1e-2), "but the product is"),
        ((WEIGHTS, VECTOR[:3], WEIGHTS @ VECTOR), "one entry per column"),
        ((WEIGHTS[0], VECTOR, VECTOR), r"\(rows, columns\)"),
        ((WEIGHTS * np.nan, VECTOR, BIAS), "not finite"),
        ((np.zeros((0, 2)), np.zeros(2), np.zeros(0)), "at least one number"),
    ],
)
def test_what_is_no_product_is_refused(parts, words):
    with pytest.raises(ValueError, match=words):
        ProductEquation(*parts)


def test_less_than_no_slow_rows_are_refused():
    for motion in MOTIONS:
        with pytest.raises(ValueError, match="-1 was found"):
            motion(equation(), -1)


def test_single_precision_is_close_enough():
    weights, vector = WEIGHTS.astype(np.float32), VECTOR.astype(np.float32)
    ProductEquation(weights, vector, weights @ vector)


numbers = st.sampled_from([0.0, -0.0, 1e-9, 1e9, -3.25, 0.5])


@settings(max_examples=20, deadline=None)
@given(st.data(), st.integers(1, 4), st.integers(1, 6), st.sampled_from(MOTIONS))
def test_any_finite_product_can_be_shown(data, rows, columns, motion):
    weights = np.array([[data.draw(numbers) for _ in range(columns)] for _ in range(rows)])
    vector = np.array([data.draw(numbers) for _ in range(columns)])
    shown = ProductEquation(weights, vector, weights @ vector, max_rows=3, max_columns=3)
    for _ in moments(motion(shown), (0, 0.5, 1)):
        pass
    assert np.array_equal(shown.result.values, (weights @ vector)[list(shown.matrix.shown_rows)])
