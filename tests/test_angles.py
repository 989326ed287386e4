"""Two arrows stand at the true angle of their vectors, and the number says so at every moment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from manim import RIGHT, Scene, tempconfig
from manim.utils.rate_functions import linear

from mobjects import AngleHistogram, AngleVectorPair, ChangeValues, TurnVectors, theme
from model.activations import Quantity

HIGH = np.random.default_rng(0).normal(0, 1, (2, 64))


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    folder = str(tmp_path_factory.mktemp("media"))
    with tempconfig({"media_dir": folder, "dry_run": True, "quality": "low_quality", "verbosity": "ERROR"}):
        yield


def drawn(pair: AngleVectorPair) -> np.ndarray:
    """The arrows from foot to tip as they are on the screen, (2, 3)."""
    origin = pair.frame.points[0]
    return np.array([arrow.points[0::4][3] - origin for arrow in pair.arrows])


def cosine(first: np.ndarray, second: np.ndarray) -> float:
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


def test_long_vectors_are_drawn_at_their_true_angle_with_their_lengths_to_scale() -> None:
    pair = AngleVectorPair(HIGH, reach=2)
    first, second = drawn(pair)
    assert cosine(first, second) == pytest.approx(cosine(*HIGH))
    lengths = np.linalg.norm(HIGH, axis=1)
    np.testing.assert_allclose([np.linalg.norm(first), np.linalg.norm(second)], 2 * lengths / lengths.max())
    assert first[1] == pytest.approx(0)
    assert pair.number.value == pytest.approx(np.degrees(np.arccos(cosine(*HIGH))))


def test_vectors_of_the_plane_are_drawn_as_they_are() -> None:
    pair = AngleVectorPair([(3, 4), (-1, 0)], reach=5)
    np.testing.assert_allclose(drawn(pair), [(3, 4, 0), (-1, 0, 0)], atol=1e-9)


numbers = st.sampled_from([0.0, -0.0, 1e-9, 1.0, -2.5, 1e9])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(2, 5).flatmap(lambda d: st.lists(st.lists(numbers, min_size=d, max_size=d), min_size=2, max_size=2)))
def test_the_number_is_what_was_asked_for_of_any_two_vectors(vectors) -> None:
    first, second = np.array(vectors)
    if not np.any(first) or not np.any(second):
        with pytest.raises(ValueError, match="vector of zeros"):
            AngleVectorPair(vectors)
        return
    pairs = {name: AngleVectorPair(vectors, measure=name) for name in ("angle", "cosine", "dot")}
    sizes = np.linalg.norm(first) * np.linalg.norm(second)
    assert pairs["dot"].number.value / sizes == pytest.approx(first @ second / sizes, abs=1e-9)
    assert pairs["cosine"].number.value == pytest.approx(first @ second / sizes, abs=1e-9)
    assert 0 <= pairs["angle"].number.value <= 180
    np.testing.assert_array_equal(pairs["dot"].values, vectors)
    leaves = [leaf for pair in pairs.values() for leaf in pair.family_members_with_points()]
    assert all(np.isfinite(leaf.points).all() for leaf in leaves)


@pytest.mark.parametrize("turn", [0, 77, -150])
@pytest.mark.parametrize("angle", [1, 30, 89, 91, 179])
def test_arc_and_number_lie_between_the_arrows(turn, angle) -> None:
    bearings = np.radians([turn, turn + angle])
    pair = AngleVectorPair(np.column_stack([np.cos(bearings), np.sin(bearings)]), reach=3)
    origin, middle = pair.frame.points[0], np.radians(turn + angle / 2)
    toward = np.array([np.cos(middle), np.sin(middle), 0])
    assert cosine(pair.number.get_center() - origin, toward) > 0.98
    radii = np.linalg.norm(pair.arc.points[0::4] - origin, axis=1)
    np.testing.assert_allclose(radii, radii[0])
    ends = [pair.arc.get_start() - origin, pair.arc.get_end() - origin]
    np.testing.assert_allclose([cosine(end, arrow) for end, arrow in zip(ends, drawn(pair), strict=True)], 1)


def test_at_a_right_angle_the_arc_is_a_square_corner() -> None:
    pair = AngleVectorPair([(1, 0), (0, 1)])
    corner = np.abs(pair.arc.points[0::4]).max(axis=1)
    np.testing.assert_allclose(corner, corner[0])
    near = AngleVectorPair([(1, 0), (0.05, 1)]).arc.points[0::4]
    np.testing.assert_allclose(np.linalg.norm(near, axis=1), np.linalg.norm(near[0]))


def test_words_stand_outside_the_angle_and_nothing_overlaps_the_number() -> None:
    pair = AngleVectorPair([(2, 0), (1, 2)], ["fox", "ugly"], [theme.QUERY, theme.KEY])
    first, second = pair.labels
    assert first.get_top()[1] < 0
    tip = drawn(pair)[1]
    assert second.get_bottom()[1] > tip[1] or second.get_right()[0] < tip[0]
    assert pair.number.get_bottom()[1] > 0.05
    assert first[0].get_fill_color().to_hex() == theme.QUERY


def test_arrows_turn_the_shorter_way_and_the_number_follows() -> None:
    pair = AngleVectorPair([(1, 0), (-1, 0.1)], measure="dot", passport="declared")
    turn = TurnVectors(pair, [(1, 0), (-1, -0.1)], rate_func=linear)
    turn.begin()
    turn.interpolate(0.5)
    first, second = drawn(pair) / pair.unit
    assert second[0] == pytest.approx(-np.hypot(1, 0.1)) and second[1] == pytest.approx(0, abs=1e-9)
    assert pair.number.value == pytest.approx(first @ second)
    turn.interpolate(0)
    assert pair.number.passport == "declared" and pair.values[1, 1] == 0.1
    turn.finish()
    np.testing.assert_array_equal(pair.values, [(1, 0), (-1, -0.1)])
    assert pair.number.passport == "declared"


def test_a_turn_does_not_depend_on_its_frames_and_leaves_the_scene_tidy() -> None:
    pairs = [AngleVectorPair(HIGH, ["a", "b"]) for _ in range(2)]
    motions = [TurnVectors(pair, -HIGH[::-1]) for pair in pairs]
    for motion in motions:
        motion.begin()
    for alpha in np.linspace(0, 0.4, 9):
        motions[0].interpolate(alpha)
    motions[1].interpolate(0.4)
    leaves = [pair.family_members_with_points() for pair in pairs]
    assert all(np.array_equal(one.points, other.points) for one, other in zip(*leaves, strict=True))
    scene = Scene()
    scene.play(TurnVectors(pairs[0], HIGH), run_time=0.1)
    assert scene.mobjects == [pairs[0]]


def test_a_moved_scaled_copied_or_restored_pair_changes_where_it_is() -> None:
    pair = AngleVectorPair(HIGH, ["a", "b"])
    moved = pair.copy().scale(0.5, about_point=np.zeros(3)).shift(2 * RIGHT).set_values(-HIGH[::-1])
    fresh = AngleVectorPair(HIGH, ["a", "b"]).set_values(-HIGH[::-1])
    fresh.scale(0.5, about_point=np.zeros(3)).shift(2 * RIGHT)
    for one, other in zip(moved.family_members_with_points(), fresh.family_members_with_points(), strict=True):
        np.testing.assert_allclose(one.points, other.points, atol=1e-9)
    pair.save_state()
    angle = pair.angle
    pair.set_values([HIGH[0], -HIGH[1]])
    assert pair.angle == pytest.approx(180 - angle)
    pair.restore()
    assert pair.angle == angle and pair.number.value == pytest.approx(angle)
    scene = Scene()
    scene.play(ChangeValues(pair, Quantity(HIGH[::-1], "q", ("vector", "d_head"), "demo")), run_time=0.1)
    np.testing.assert_array_equal(pair.values, HIGH[::-1])
    assert pair.passports[1] == ("q", (1, (0, 64, 1)), "demo")


def test_every_pair_is_counted_once_at_its_angle() -> None:
    vectors = np.random.default_rng(1).normal(0, 1, (40, 7))
    plot = AngleHistogram(vectors, bins=18)
    slow = [np.degrees(np.arccos(cosine(vectors[i], vectors[j]))) for i in range(len(vectors)) for j in range(i)]
    assert plot.values.sum() == 40 * 39 / 2
    np.testing.assert_array_equal(plot.values, np.histogram(slow, 18, (0, 180))[0])
    assert plot.items[3].passport == "count: pairs in a bin"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: AngleVectorPair([(1, 2)]), "1 vectors were found"),
        (lambda: AngleVectorPair([(1, 2), (1, 2, 3)]), "different lengths"),
        (lambda: AngleVectorPair([(1, 0), (0, np.inf)]), "not finite"),
        (lambda: AngleVectorPair([(1, 0), (0, -0.0)]), "vector of zeros"),
        (lambda: AngleVectorPair(HIGH, measure="sine"), "measure='sine'"),
        (lambda: AngleVectorPair(HIGH, ["a"]), "1 labels and 2 colours"),
        (lambda: AngleVectorPair(HIGH, ["a", "\u4e00"]), "U\\+4E00"),
        (lambda: AngleHistogram(HIGH[:1]), r"shape \(1, 64\)"),
        (lambda: AngleHistogram([(1, 0), (0, 0)]), "vector of zeros"),
        (lambda: AngleHistogram([(1, 0), (0, np.nan)]), "finite numbers"),
        (lambda: TurnVectors(AngleVectorPair(HIGH), [(0, 0), (1, 1)]), "vector of zeros"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(make, words) -> None:
    with pytest.raises(ValueError, match=words):
        make()
