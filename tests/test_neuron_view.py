"""The neuron view shows the true way from a query and its keys to the shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobjects import NeuronView, layout
from model.activations import Quantity
from model.checkpoint import load
from model.forward import run

QUERY, KEYS = np.array([1.0, -2.0, 0.5]), np.array([[0.0, 1.0, 2.0], [1.0, -1.0, 0.0]])


def test_every_column_is_what_it_says():
    view = NeuronView(QUERY, KEYS, ["a", " b"], " c", passport="x")
    for row, key in zip(view.rows, KEYS, strict=True):
        assert row[1].values == pytest.approx(key)
        assert row[2].values == pytest.approx([q * k for q, k in zip(QUERY, key, strict=True)])
        assert row[3].value == pytest.approx(sum(q * k for q, k in zip(QUERY, key, strict=True)))
        assert row[4].value == pytest.approx(row[3].value / 3**0.5)
    assert sum(row[5].value for row in view.rows) == pytest.approx(1)
    first, second = (row[4].value for row in view.rows)
    assert view.rows[1][5].value / view.rows[0][5].value == pytest.approx(np.exp(second - first))


def test_it_is_the_networks_own_pattern():
    activations = run(load("storybook"), "the ugly old fox heard a little silver bell")
    query, keys = (activations[f"blocks.2.attn.{name}"].at(head=0) for name in "qk")
    pattern = activations["pattern", 2].at(head=0)
    view = NeuronView(query[8], keys, [f"w{place}" for place in range(9)], "bell")
    assert view.shares == pytest.approx(pattern.values[8], abs=1e-5)
    assert view.rows[3][1].passports[0] == keys[3, 0].passport


def test_plain_vectors_are_declared_and_quantities_keep_their_passports():
    view = NeuronView(Quantity(QUERY, "q", ("d_head",), "demo"), KEYS, ["a", "b"], "c")
    assert view.head[1].passports[1] == ("q", (1,), "demo")
    assert all(isinstance(number.passport, str) for number in view.column(3))


@given(st.integers(1, 12), st.integers(1, 64))
@settings(deadline=None, max_examples=12)
def test_any_size_fits_the_frame(keys, length):
    view = NeuronView(np.ones(length), np.ones((keys, length)), ["word"] * keys, "asks", passport="x")
    assert layout.safe_area().holds(view)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((QUERY[:2], KEYS, ["a", "b"], "c"), r"shape \(2,\) and keys of shape \(2, 3\)"),
        ((QUERY, KEYS, ["a"], "c"), "2 keys and 1 words"),
        ((QUERY, np.zeros((0, 3)), [], "c"), "0 keys"),
        ((QUERY, np.zeros((13, 3)), ["a"] * 13, "c"), "13 keys"),
        ((QUERY * np.nan, KEYS, ["a", "b"], "c"), "not finite"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        NeuronView(*arguments)
