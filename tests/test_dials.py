"""Each dial shows one number, wherever the wall stands, and turns to exactly the number it is given."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import Scene

from mobjects import ChangeValues, Dial, DialMachine, PopDials, TurnDials, layout, theme
from model.activations import Quantity

TABLE = np.random.default_rng(0).normal(0, 1, (4, 6))
OTHER = np.random.default_rng(1).normal(0, 1, (4, 6))


def direction(machine, place):
    """Where a needle points, in degrees clockwise from the top, measured from its tip and its middle."""
    points = machine.needles[place].points
    way = points[0] - points[8]
    return np.degrees(np.arctan2(way[0], way[1]))


def play(scene, motion, moments=(0.2, 0.5, 0.9)):
    motion._setup_scene(scene)
    motion.begin()
    for moment in moments:
        motion.interpolate(moment)
    motion.finish()
    motion.clean_up_from_scene(scene)


@pytest.mark.parametrize(("value", "angle"), [(0, 0), (1, 67.5), (2, 135), (5, 135), (-1, -67.5), (-9, -135)])
def test_a_needle_turns_in_proportion_up_to_the_ends_of_the_scale(value, angle):
    dial = Dial(value, scale=2)
    assert direction(dial, 0) == pytest.approx(angle)
    assert dial.value == value


def test_a_dial_is_coloured_by_sign_and_size():
    assert Dial(2.0, scale=2).needles[0].get_fill_color().to_hex() == theme.POSITIVE
    assert Dial(-2.0, scale=2).needles[0].get_fill_color().to_hex() == theme.NEGATIVE
    assert Dial(0.0, scale=2).needles[0].get_fill_color().to_hex() == theme.NEUTRAL


def test_a_wall_has_one_needle_for_each_number_in_rows_and_columns():
    machine = DialMachine(TABLE, scale=3)
    assert np.array_equal(machine.values, TABLE)
    middles = machine.frames()[0].reshape(4, 6, 3)
    assert np.all(np.diff(middles[..., 0], axis=1) > 0) and np.all(np.diff(middles[..., 1], axis=0) < 0)
    for place, value in enumerate(TABLE.ravel()):
        assert direction(machine, place) == pytest.approx(135 * np.clip(value / 3, -1, 1))
    assert layout.safe_area().holds(machine)


def test_dials_do_not_touch():
    machine = DialMachine(np.ones((8, 24)))
    middles, rights, _ = machine.frames()
    assert np.linalg.norm(middles[1] - middles[0]) > 2 * np.linalg.norm(rights[0])
    assert len(machine.family_members_with_points()) == 193


def test_needles_follow_a_wall_that_was_moved_scaled_and_turned():
    machine = DialMachine(TABLE, scale=3).scale(0.5).rotate(0.3).shift([1, 2, 0])
    machine.set_values(OTHER)
    for place, value in enumerate(OTHER.ravel()):
        assert direction(machine, place) == pytest.approx(135 * np.clip(value / 3, -1, 1) - np.degrees(0.3))
    straight = DialMachine(OTHER, scale=3).scale(0.5).rotate(0.3).shift([1, 2, 0])
    assert np.allclose(machine.needles[5].points, straight.needles[5].points)


def test_passports_follow_the_numbers():
    quantity = Quantity(TABLE, "W", ("row", "column"), "demo")
    machine = DialMachine(quantity)
    assert machine.passports[7] == ("W", (1, 1), "demo")
    dial = machine.dial(1, 1)
    assert (dial.value, dial.passport) == (TABLE[1, 1], ("W", (1, 1), "demo"))
    assert np.allclose(dial.needles[0].points, machine.needles[7].points)
    assert machine.set_values(OTHER).passports[7] is None
    assert Dial(quantity[2, 3]).passport == ("W", (2, 3), "demo")
    assert Dial(0.5, passport="declared").set_value(1.0).passport is None


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([0.0, -0.0, 1e-9, 1e9, -1e9]) | st.floats(-1e6, 1e6))
def test_any_number_is_kept_exactly_and_stays_on_the_scale(value):
    dial = Dial(value, scale=1)
    assert dial.value == value
    assert abs(direction(dial, 0)) <= 135 + 1e-6
    assert np.isfinite(dial.needles[0].points).all()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: DialMachine([]), r"\(0,\)"),
        (lambda: DialMachine([1.0]), r"\(1,\)"),
        (lambda: DialMachine(np.ones((50, 50))), "1 to 2000 dials"),
        (lambda: Dial(float("nan")), "not finite"),
        (lambda: Dial(float("inf")), "not finite"),
        (lambda: Dial(1.0, scale=0), "above zero"),
        (lambda: DialMachine(TABLE).set_values(TABLE[:2]), r"dials \(4, 6\)"),
        (lambda: TurnDials(DialMachine(TABLE), TABLE[:2]), r"dials \(4, 6\)"),
        (lambda: DialMachine(TABLE).dial(4, 0), "4 rows and 6 columns"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_copies_and_restored_walls_keep_their_own_numbers():
    machine = DialMachine(TABLE)
    other = machine.copy().set_values(OTHER)
    assert np.array_equal(machine.values, TABLE) and np.array_equal(other.values, OTHER)
    machine.save_state()
    machine.set_values(OTHER).shift([1, 0, 0]).restore()
    assert np.array_equal(machine.values, TABLE)
    play(Scene(), ChangeValues(machine, OTHER))
    assert np.array_equal(machine.values, OTHER)


def test_dials_turn_with_a_lag_leave_streaks_and_end_exactly():
    machine, scene = DialMachine(TABLE), Scene()
    scene.add(machine)
    goal = Quantity(OTHER, "W", ("row", "column"), "later")
    motion = TurnDials(machine, goal)
    motion._setup_scene(scene)
    motion.begin()
    motion.interpolate(0.3)
    assert any(streak.has_points() for streak in motion.streaks)
    moved = np.abs(machine.values - TABLE).ravel() / np.abs(OTHER - TABLE).ravel()
    assert np.all(np.diff(moved) <= 1e-9) and moved[0] > moved[-1]
    motion.finish()
    assert not any(streak.has_points() for streak in motion.streaks)
    motion.clean_up_from_scene(scene)
    assert scene.mobjects == [machine]
    assert np.array_equal(machine.values, OTHER)
    assert machine.passports[0] == ("W", (0, 0), "later")
    assert np.allclose(machine.needles[3].points, DialMachine(OTHER, scale=machine.scale_value).needles[3].points)


def test_a_moment_of_turning_does_not_depend_on_the_moments_before():
    def shown(moments):
        machine = DialMachine(TABLE)
        motion = TurnDials(machine, OTHER)
        motion.begin()
        for moment in moments:
            motion.interpolate(moment)
        return [part.points for part in (*machine.needles, *motion.streaks)]

    assert all(np.array_equal(a, b) for a, b in zip(shown([0.6]), shown([0.9, 0.1, 0.6]), strict=True))


def test_dials_pop_up_in_their_places():
    machine, scene = DialMachine(TABLE), Scene()
    before = [part.points.copy() for part in machine.family_members_with_points()]
    motion = PopDials(machine)
    motion._setup_scene(scene)
    motion.begin()
    assert np.allclose(machine.needles[2].points, machine.needles[2].points[0])
    motion.interpolate(0.5)
    motion.finish()
    motion.clean_up_from_scene(scene)
    assert scene.mobjects == [machine]
    after = [part.points for part in machine.family_members_with_points()]
    assert all(np.array_equal(a, b) for a, b in zip(after, before, strict=True))
