"""Rain and baking end exactly at what was given, and leave nothing behind."""

from __future__ import annotations

import numpy as np
import pytest
from manim import LEFT, Scene

from mobjects import DataRain, HeatMatrix, NumericEmbedding, ValueStrip, VectorBake, WeightMatrix, label
from model.activations import Quantity

STATES = [np.full((3, 20), float(place)) for place in range(4)]
LAST = Quantity(np.arange(60.0).reshape(3, 20), "head.W_Q", ("row", "column"), "demo")


def begun(motion, *shown):
    scene = Scene()
    scene.add(*shown)
    motion._setup_scene(scene)
    motion.begin()
    return scene


def ended(motion, scene):
    motion.finish()
    motion.clean_up_from_scene(scene)


@pytest.mark.parametrize("kind", [WeightMatrix, HeatMatrix])
def test_the_numbers_go_through_all_states_and_end_at_the_last(kind):
    table = kind(STATES[0], passport="x")
    motion = DataRain(table, STATES, ["words"])
    scene = begun(motion, table)
    motion.interpolate(0.5)
    assert table.values == pytest.approx(np.full(table.values.shape, 1.5))
    ended(motion, scene)
    assert table.values == pytest.approx(np.full(table.values.shape, 3.0))
    assert scene.mobjects == [table]


def test_the_last_state_brings_its_passports():
    table = WeightMatrix(STATES[0], passport="x")
    motion = DataRain(table, [STATES[0], LAST], ["words"])
    ended(motion, begun(motion, table))
    assert table.entry(0, 1).passport == ("head.W_Q", (0, 1), "demo")


def test_words_fall_behind_the_numbers_and_are_gone_at_both_ends():
    table = WeightMatrix(STATES[0], passport="x")
    motion = DataRain(table, STATES, ["once", "upon"], drops=5)
    begun(motion, table)
    assert [word.original_text for word in motion.rain] == ["once", "upon", "once", "upon", "once"]
    assert all(part.z_index < 0 for word in motion.rain for part in word.get_family())
    lights, heights = [], []
    for time in (0, 0.5, 1):
        motion.interpolate(time)
        lights.append(max(leaf.get_fill_opacity() for leaf in motion.rain.family_members_with_points()))
        heights.append(motion.rain[2].get_y())
    assert lights[0] == pytest.approx(0) and lights[2] == pytest.approx(0, abs=1e-9)
    assert 0.5 < lights[1] <= 0.75
    assert heights[0] > heights[1] > heights[2]


def test_a_moment_does_not_depend_on_those_before():
    def rows(*moments):
        table = WeightMatrix(STATES[0], passport="x")
        motion = DataRain(table, STATES, ["words"])
        begun(motion, table)
        for moment in moments:
            motion.interpolate(moment)
        return np.concatenate([leaf.points for leaf in motion.rain.family_members_with_points()])

    assert np.allclose(rows(0.7), rows(0.2, 0.9, 0.7))


@pytest.mark.parametrize("kind", [NumericEmbedding, ValueStrip])
def test_copies_land_in_the_entries_and_the_numbers_are_the_ones_given(kind):
    values = Quantity([1.0, -2.0, 3.0], "v", ("d_head",), "demo")
    word, vector = label("fox").shift(4 * LEFT), kind(np.zeros(3), passport="x")
    motion = VectorBake(word, vector, values)
    scene = begun(motion, word, vector)
    motion.interpolate(0.4)
    assert vector.values == pytest.approx(np.zeros(3)), "numbers change in the second half"
    motion.interpolate(1)
    ended(motion, scene)
    assert vector.values == pytest.approx([1, -2, 3])
    papers = vector.passports if kind is ValueStrip else [entry.passport for entry in vector.entries]
    assert papers[1] == ("v", (1,), "demo")
    assert scene.mobjects == [word, vector]
    assert word.get_center() == pytest.approx(4 * LEFT, abs=0.2)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: DataRain(WeightMatrix(STATES[0]), STATES[:1], ["a"]), "1 states"),
        (lambda: DataRain(WeightMatrix(STATES[0]), STATES, []), "0 words"),
        (lambda: DataRain(WeightMatrix(STATES[0]), [STATES[0], np.ones((2, 2))], ["a"]), r"shape \(2, 2\)"),
        (lambda: VectorBake(label("a"), NumericEmbedding([1.0, 2.0]), [1.0]), "1"),
    ],
)
def test_what_does_not_fit_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
