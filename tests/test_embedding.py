"""Vectors show their own numbers, whichever way they are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from manim import tempconfig

from mobjects import EmbeddingArray, NumericEmbedding, ValueStrip, theme
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


VECTOR = np.random.default_rng(0).normal(0, 2, 64)
LAYER = np.random.default_rng(1).normal(0, 2, (5, 32))


@pytest.mark.parametrize("horizontal", [False, True])
def test_a_vector_shows_its_first_numbers_and_its_last(horizontal):
    vector = NumericEmbedding(VECTOR, length=6, horizontal=horizontal)
    assert vector.shown == (0, 1, 2, 3, 4, 63)
    assert vector.true_length == 64
    assert np.array_equal(vector.values, VECTOR[list(vector.shown)])
    assert vector.entry(-1).value == VECTOR[63]
    assert len(vector.ellipses) == 1
    assert bool(vector.width > vector.height) is horizontal


def test_a_short_vector_is_shown_whole():
    vector = NumericEmbedding([1.0, -2.0, 3.0])
    assert [entry.text for entry in vector.entries] == ["+1.0", "−2.0", "+3.0"]
    assert len(vector.ellipses) == 0


def test_larger_numbers_are_brighter_whatever_their_sign_and_take_the_tint_of_the_role():
    vector = NumericEmbedding([0.0, 1.0, -4.0], color_scale=4, tint=theme.KEY)
    assert vector.entry(2).get_fill_color().to_hex() == theme.KEY
    lights = [sum(entry.get_fill_color().to_rgb()) for entry in vector.entries]
    assert lights == sorted(lights)


@pytest.mark.parametrize("horizontal", [False, True])
def test_a_vector_can_change_by_all_its_numbers_or_those_drawn(horizontal):
    vector = NumericEmbedding(VECTOR, length=4, horizontal=horizontal)
    vector.set_values(-VECTOR)
    assert np.array_equal(vector.values, -VECTOR[[0, 1, 2, 63]])
    vector.set_values([1.0, 2.0, 3.0, 4.0], "edited")
    assert np.array_equal(vector.values, [1, 2, 3, 4])
    assert vector.entry(0).passport == "edited"
    with pytest.raises(ValueError, match="expected"):
        vector.set_values([1.0, 2.0])


@pytest.mark.parametrize("horizontal", [False, True])
def test_a_vector_carries_passports(horizontal):
    quantity = Quantity(LAYER, "embed", ("position", "n_embd"), "demo")[2]
    vector = NumericEmbedding(quantity, length=3, horizontal=horizontal)
    assert [entry.passport for entry in vector.entries] == [("embed", (2, i), "demo") for i in (0, 1, 31)]
    assert vector.set_values(VECTOR[:32]).entry(0).passport is None
    assert vector.set_values(quantity).entry(2).passport == ("embed", (2, 31), "demo")
    assert NumericEmbedding(VECTOR, passport="declared").entry(0).passport == "declared"


def test_a_layer_has_one_aligned_column_per_token():
    layer = EmbeddingArray(LAYER, length=5)
    assert len(layer.columns) == 5
    assert np.array_equal(layer.column(3).values, LAYER[3, [0, 1, 2, 3, 31]])
    heights = [column.entry(0).anchor[1] for column in layer.columns]
    assert np.ptp(heights) < 1e-9
    steps = np.diff([column.entry(0).anchor[0] for column in layer.columns])
    assert np.all(steps > 0)
    assert np.ptp(steps) < 1e-9
    left, right = layer.brackets
    assert left.get_left()[0] < layer.columns.get_left()[0]
    assert right.get_right()[0] > layer.columns.get_right()[0]


def test_a_layer_can_change_and_carries_passports():
    layer = EmbeddingArray(Quantity(LAYER, "embed", ("position", "n_embd"), "demo"), length=3)
    assert layer.column(4).entry(-1).passport == ("embed", (4, 31), "demo")
    layer.set_values(2 * LAYER)
    assert np.array_equal(layer.values, 2 * LAYER[:, [0, 1, 31]])
    with pytest.raises(ValueError, match="5 columns"):
        layer.set_values(LAYER[:2])


def test_a_strip_has_one_square_per_number_coloured_by_sign_and_size():
    strip = ValueStrip([-3.0, 0.0, 3.0], scale=3, passport="declared")
    colors = [square.get_fill_color().to_hex() for square in strip]
    assert colors == [theme.NEGATIVE, theme.PLATE, theme.POSITIVE]
    assert np.array_equal(strip.values, [-3, 0, 3])
    assert strip.passports == ["declared"] * 3
    assert strip[0].get_center()[1] > strip[2].get_center()[1]
    sideways = ValueStrip(VECTOR, horizontal=True)
    assert sideways.width == pytest.approx(64 * 0.2)


def test_a_strip_changes_in_place_and_carries_passports():
    quantity = Quantity(VECTOR, "embed", ("n_embd",), "demo")
    strip = ValueStrip(quantity).shift([1, 0, 0])
    assert strip.passports[5] == ("embed", (5,), "demo")
    place = strip[3].get_center()
    strip.set_values(-VECTOR)
    assert strip.passports[5] is None
    assert np.allclose(strip[3].get_center(), place)
    with pytest.raises(ValueError, match="64 squares"):
        strip.set_values(VECTOR[:3])


@pytest.mark.parametrize("kind", [NumericEmbedding, ValueStrip])
@pytest.mark.parametrize(
    ("values", "words"),
    [([], r"\(0,\)"), ([[1.0]], r"\(1, 1\)"), ([float("nan")], "not finite"), ([float("inf")], "not finite")],
)
def test_what_is_no_vector_is_refused_with_a_sentence(kind, values, words):
    with pytest.raises(ValueError, match=words):
        kind(values)


def test_a_layer_of_one_axis_is_refused():
    with pytest.raises(ValueError, match=r"\(64,\)"):
        EmbeddingArray(VECTOR)


@pytest.mark.parametrize(
    "make", [lambda: NumericEmbedding(VECTOR), lambda: EmbeddingArray(LAYER), lambda: ValueStrip(VECTOR)]
)
def test_copies_are_equal_and_independent(make):
    original = make()
    values = np.array(original.values)
    other = original.copy()
    other.set_values(np.zeros_like(VECTOR if np.ndim(values) == 1 else LAYER))
    assert np.array_equal(original.values, values)
    assert not np.any(other.values)
