"""Angles between many directions: bounds that hold for all, chance, and arrangements pushed apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import recorded
from model.toys.angles import (
    angle_density,
    fits_at_least,
    fits_at_most,
    histogram,
    pair_angles,
    random_deviation,
    spread,
    welch,
)

ICOSAHEDRON = [(0, 1, (1 + 5**0.5) / 2), (0, -1, (1 + 5**0.5) / 2)]
ICOSAHEDRON = np.array([np.roll(corner, turn) for corner in ICOSAHEDRON for turn in range(3)])  # its six diagonals


@pytest.fixture(scope="module")
def recording() -> recorded.Recording:
    return recorded.load("orthogonality")


# -- bounds ----------


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 6), st.integers(2, 20), st.integers(0, 2**32 - 1))
def test_no_directions_beat_the_welch_bound(dimensions: int, count: int, seed: int) -> None:
    measured = spread(pair_angles(np.random.default_rng(seed).normal(size=(count, dimensions))))
    bound = welch(count, dimensions)
    assert bound - 1e-9 <= measured.rms_cosine <= measured.worst_cosine


def test_a_simplex_and_an_icosahedron_reach_it() -> None:
    for dimensions in (2, 3, 7):
        corners = np.eye(dimensions + 1) - 1 / (dimensions + 1)
        assert spread(pair_angles(corners)).worst_cosine == pytest.approx(welch(dimensions + 1, dimensions))
        assert welch(dimensions + 1, dimensions) == pytest.approx(1 / dimensions)
    assert (
        spread(pair_angles(ICOSAHEDRON)).worst_cosine == pytest.approx(welch(6, 3)) == pytest.approx(1 / math.sqrt(5))
    )


def test_a_claim_of_ten_thousand_directions_within_one_degree_in_a_hundred_dimensions_is_impossible() -> None:
    assert welch(10_000, 100) > math.sin(math.radians(1)) * 5
    assert fits_at_most(100, 1) < 110


def test_as_many_as_dimensions_can_all_be_at_right_angles() -> None:
    assert welch(5, 5) == welch(3, 5) == 0
    assert spread(pair_angles(np.eye(5))).worst_deviation == 0


@pytest.mark.parametrize(("dimensions", "slack"), [(3, 5), (11, 5), (12, 5), (6, 10), (12, 10), (30, 10)])
def test_one_more_than_fits_at_most_would_break_the_bound(dimensions: int, slack: float) -> None:
    most = fits_at_most(dimensions, slack)
    allowed = math.sin(math.radians(slack)) + 1e-9
    assert welch(most, dimensions) <= allowed < welch(most + 1, dimensions)


def test_with_room_enough_the_welch_bound_sets_no_limit() -> None:
    assert fits_at_most(200, 5) is None
    assert welch(10**12, 200) <= math.sin(math.radians(5))


@pytest.mark.parametrize(("dimensions", "slack"), [(10, 35), (20, 30), (40, 20)])
def test_what_certainly_fits_is_one_over_the_chance_of_coming_too_close(dimensions: int, slack: float) -> None:
    vectors = np.random.default_rng(0).normal(size=(200_000, dimensions))
    cosine = np.abs(vectors[:, 0]) / np.linalg.norm(vectors, axis=1)  # to the first axis
    close = (cosine > math.sin(math.radians(slack))).mean()
    assert 10 ** fits_at_least(dimensions, slack) == pytest.approx(max(dimensions, 1 / close), rel=0.1)


def test_room_grows_with_dimension_and_with_slack() -> None:
    for slack in (5, 10, 20):
        room = [fits_at_least(dimensions, slack) for dimensions in (3, 10, 100, 1000, 12_288)]
        assert room == sorted(room)
    assert fits_at_least(1000, 5) <= fits_at_least(1000, 10) <= fits_at_least(1000, 20)


# -- chance ----------


@pytest.mark.parametrize("dimensions", [2, 3, 10, 100])
def test_random_directions_meet_as_the_density_says(dimensions: int) -> None:
    generator = np.random.default_rng(dimensions)
    one, two = generator.normal(size=(2, 40_000, dimensions))
    cosines = (one * two).sum(-1) / np.linalg.norm(one, axis=1) / np.linalg.norm(two, axis=1)
    angles = np.degrees(np.arccos(cosines))
    assert math.sqrt(((angles - 90) ** 2).mean()) == pytest.approx(random_deviation(dimensions), rel=0.015)
    expected = angle_density(dimensions, np.arange(180) + 0.5)
    assert expected.sum() == pytest.approx(1, abs=1e-3)
    assert np.abs(histogram(angles) / len(angles) - expected).max() < 0.005


def test_the_spread_of_random_directions_is_that_of_the_storyboard() -> None:
    for dimensions, degrees in ((100, 5.8), (1000, 1.8), (4096, 0.9), (12_288, 0.52)):
        assert random_deviation(dimensions) == pytest.approx(degrees, abs=0.05 if degrees > 1 else 0.005)
        assert random_deviation(dimensions) == pytest.approx(math.degrees(1 / math.sqrt(dimensions)), rel=0.01)


def test_a_line_has_no_angles() -> None:
    with pytest.raises(ValueError, match="at least 2 dimensions; found 1"):
        angle_density(1, 90)


def test_a_histogram_leaves_no_pair_out() -> None:
    angles = pair_angles([[1, 0], [0, 2], [-3, 0], [1, 0]])
    np.testing.assert_allclose(np.sort(angles), [0, 90, 90, 90, 180, 180], atol=1e-6)
    counts = histogram(angles)
    assert counts.shape == (180,) and counts.sum() == 6
    assert (counts[0], counts[90], counts[179]) == (1, 3, 2)
    measured = spread(angles)
    assert (measured.within_one_degree, measured.near_parallel) == (0.5, 0.5)
    assert measured.worst_deviation == 90 and measured.rms_cosine == pytest.approx(math.sqrt(0.5))


# -- pushed apart ----------


def test_arrows_pushed_apart_end_where_geometry_says() -> None:
    pytest.importorskip("torch")
    from model.toys import orthogonality

    for count, dimensions in ((3, 3), (4, 3)):
        found = orthogonality.best_restart(count, dimensions, restarts=2, steps=200)
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
        assert spread(pair_angles(found)).worst_cosine == pytest.approx(welch(count, dimensions), abs=0.01)


def test_an_objective_of_small_misses_prefers_copies() -> None:
    torch = pytest.importorskip("torch")
    from model.toys import orthogonality

    def misses(vectors: np.ndarray) -> float:
        table = torch.from_numpy(vectors).float()
        return float(orthogonality.near_misses((table @ table.T * (1 - torch.eye(len(table))))[None], 0))

    copies = np.repeat(np.eye(8), 3, axis=0)  # every direction three times
    honest = np.random.default_rng(0).normal(size=(24, 8))
    honest /= np.linalg.norm(honest, axis=1, keepdims=True)
    assert misses(copies) < misses(honest)
    assert spread(pair_angles(copies)).worst_deviation == 90
    assert spread(pair_angles(copies)).within_one_degree > 0.9


# -- the recorded ones ----------


def test_recorded_arrangements_obey_the_welch_bound(recording: recorded.Recording) -> None:
    for case in recording.facts["cases"]:
        assert case["welch"] == welch(case["count"], case["dimensions"])
        assert case["welch"] - 1e-6 <= case["rms_cosine"] <= case["worst_cosine"]
    for vectors in recording["path.vectors"].values:
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
        assert spread(pair_angles(vectors)).worst_cosine >= welch(*vectors.shape) - 1e-6


def test_recorded_histograms_hold_every_pair_and_agree_with_what_is_said(recording: recorded.Recording) -> None:
    middles = np.arange(180) + 0.5
    for case in recording.facts["cases"]:
        counts = recording[f"{case['kind']}_{case['dimensions']}"].values
        assert counts.shape == (180,) and counts.sum() == case["count"] * (case["count"] - 1) // 2
        deviation = math.sqrt((counts * (middles - 90) ** 2).sum() / counts.sum())
        assert deviation == pytest.approx(case["rms_deviation"], abs=0.5)
        near_parallel = (counts[:30].sum() + counts[150:].sum()) / counts.sum()
        assert near_parallel == pytest.approx(case["near_parallel"], abs=1e-6)


def test_pushing_apart_narrows_what_chance_gave(recording: recorded.Recording) -> None:
    cases = {(case["kind"], case["dimensions"]): case for case in recording.facts["cases"]}
    for kind, dimensions in cases:
        if kind == "spread":
            for measure in ("rms_cosine", "worst_cosine"):
                assert cases["spread", dimensions][measure] < cases["random", dimensions][measure]


def test_what_was_found_to_fit_lies_between_the_bounds(recording: recorded.Recording) -> None:
    for slack, found in zip(recording.facts["slacks"], recording["fit.found"].values, strict=True):
        for dimensions, count in zip(recording["fit.dimensions"].values, found, strict=True):
            assert dimensions <= count <= (fits_at_most(int(dimensions), slack) or math.inf)
