"""The toy model of superposition, and what is measured on the directions it learned."""

from __future__ import annotations

import numpy as np
import pytest

from model import recorded
from model.toys.feature_geometry import dimensionality, overlaps, reconstruct, represented

torch = pytest.importorskip("torch")

from model.toys import superposition  # noqa: E402
from model.toys.superposition import ToySettings  # noqa: E402

TINY = ToySettings(features=3, dimensions=2, importance=0.9, sparsities=(0.0, 0.9), seeds=2, steps=12, batch_size=32)


def star(points: int, length: float = 1.0) -> np.ndarray:
    angles = 2 * np.pi * np.arange(points) / points
    return length * np.stack([np.cos(angles), np.sin(angles)], axis=1)


@pytest.fixture(scope="module")
def recording() -> recorded.Recording:
    return recorded.load("superposition")


# -- geometry ----------


@pytest.mark.parametrize(
    ("directions", "shares"),
    [
        (np.eye(2), [1, 1]),
        (star(2), [1 / 2, 1 / 2]),
        (star(4, 1.3), [1 / 2] * 4),
        (star(3), [2 / 3] * 3),
        (star(5, 0.8), [2 / 5] * 5),
        (np.vstack([np.eye(2), np.zeros((3, 2))]), [1, 1, 0, 0, 0]),
    ],
)
def test_each_figure_shares_its_dimensions_as_geometry_says(directions: np.ndarray, shares: list[float]) -> None:
    np.testing.assert_allclose(dimensionality(directions), shares, atol=1e-9)
    both = np.stack([directions, directions @ [[0.6, -0.8], [0.8, 0.6]]])  # turning changes nothing
    np.testing.assert_allclose(dimensionality(both), [shares, shares], atol=1e-9)


def test_turning_leaves_overlaps_and_lengths_alone() -> None:
    table = np.random.default_rng(0).normal(size=(4, 2))
    turned = table @ [[0.6, -0.8], [0.8, 0.6]]
    np.testing.assert_allclose(overlaps(table), overlaps(turned))
    np.testing.assert_allclose(np.diag(overlaps(table)), np.linalg.norm(table, axis=1) ** 2)
    assert represented(star(3, 0.6)).all() and not represented(star(3, 0.4)).any()


def test_features_with_a_dimension_each_come_back_unchanged() -> None:
    features = np.random.default_rng(1).random((7, 3))
    np.testing.assert_allclose(reconstruct(np.eye(3), np.zeros(3), features), features)


def test_in_a_star_one_feature_is_clean_and_two_apart_are_taken_for_the_one_between() -> None:
    near = np.cos(2 * np.pi / 5)
    alone, apart = np.eye(5)[0], np.eye(5)[0] + np.eye(5)[2]
    np.testing.assert_allclose(reconstruct(star(5), -near, alone), (1 - near) * np.eye(5)[0], atol=1e-12)
    np.testing.assert_allclose(reconstruct(star(5), -near, apart), near * np.eye(5)[1], atol=1e-12)


def test_both_libraries_compute_the_same_loss() -> None:
    generator = np.random.default_rng(2)
    directions, offsets = generator.normal(size=(3, 5, 2)), generator.normal(size=(3, 5))
    features, importance = generator.random((3, 8, 5)), 0.9 ** np.arange(5)
    theirs = superposition.loss_of(*(torch.from_numpy(array) for array in (directions, offsets, features, importance)))
    for row in range(3):
        error = features[row] - reconstruct(directions[row], offsets[row], features[row])
        assert float(theirs[row]) == pytest.approx((error**2 * importance).mean())


# -- training ----------


def test_features_are_as_rare_as_asked_and_uniform_where_they_occur() -> None:
    sparsities = torch.tensor([0.0, 0.7, 0.99])
    features = superposition.draw(50_000, 4, sparsities, torch.Generator().manual_seed(0)).numpy()
    for row, sparsity in enumerate(sparsities.tolist()):
        there = features[row] > 0
        assert 1 - there.mean() == pytest.approx(sparsity, abs=0.01)
        assert features[row][there].mean() == pytest.approx(0.5, abs=0.02)


def test_the_same_seed_trains_the_same_toys_and_another_seed_others() -> None:
    torch.set_num_threads(1)
    one, two = superposition.train(TINY), superposition.train(TINY)
    np.testing.assert_array_equal(one.directions, two.directions)
    np.testing.assert_array_equal(one.losses, two.losses)
    other = superposition.train(TINY.model_copy(update={"seed": 1}))
    assert not np.allclose(one.directions, other.directions)
    assert one.directions.shape == (len(one.steps), 2, 3, 2) and one.offsets.shape == (len(one.steps), 2, 3)


def test_steps_are_log_spaced_from_the_start_to_the_last() -> None:
    steps = superposition.log_spaced(10_000)
    assert steps[0] == 0 and steps[1] == 1 and steps[-1] == 10_000 and len(steps) <= 61
    assert (np.diff(steps) > 0).all()
    late = steps[steps > 100]
    ratios = late[1:] / late[:-1]
    assert ratios.max() / ratios.min() < 1.05


def test_what_is_recorded_is_what_was_trained(tmp_path) -> None:
    trained = superposition.write(tmp_path / "toys.safetensors", {"tiny": TINY})["tiny"]
    again = recorded.load(tmp_path / "toys.safetensors")
    np.testing.assert_array_equal(again["tiny.directions"].values, trained.directions)
    np.testing.assert_array_equal(again["tiny.offsets"].values, trained.offsets)
    assert again["tiny.directions"].axes == ("step", "sparsity", "feature", "dimension")
    assert again.facts["families"]["tiny"]["seeds"] == 2


# -- the recorded ones ----------


@pytest.mark.parametrize("family", list(superposition.FAMILIES))
def test_recorded_losses_are_those_of_the_recorded_directions(recording: recorded.Recording, family: str) -> None:
    settings = recording.facts["families"][family]
    generator = np.random.default_rng(7)
    importance = settings["importance"] ** np.arange(settings["features"])
    for row, sparsity in enumerate(settings["sparsities"]):
        shape = (1_000_000 // settings["dimensions"] ** 2, settings["features"])
        features = generator.random(shape) * (generator.random(shape) >= sparsity)
        last = {"step": len(recording[f"{family}.steps"]) - 1, "sparsity": row}
        directions, offsets = recording[f"{family}.directions"].at(**last), recording[f"{family}.offsets"].at(**last)
        measured = (importance * (features - reconstruct(directions, offsets, features)) ** 2).mean()
        assert measured == pytest.approx(recording[f"{family}.losses"].values[row].min(), rel=0.15)


@pytest.mark.parametrize("family", list(superposition.FAMILIES))
def test_recorded_measures_are_those_of_the_last_directions(recording: recorded.Recording, family: str) -> None:
    last = recording[f"{family}.directions"].values[-1]
    np.testing.assert_array_equal(recording[f"{family}.represented"].values, represented(last).sum(-1))
    np.testing.assert_allclose(recording[f"{family}.dimensionality"].values, dimensionality(last), rtol=1e-5)
    settings = recording.facts["families"][family]
    assert last.shape == (len(settings["sparsities"]), settings["features"], settings["dimensions"])
    assert (dimensionality(last).sum(-1) <= settings["dimensions"] + 0.01).all()


def test_the_recorded_toys_started_from_their_seed(recording: recorded.Recording) -> None:
    settings = superposition.FAMILIES["five_in_two"].model_copy(update={"steps": 1, "batch_size": 2})
    starts = superposition.train(settings).directions[0]  # of whichever seeds are best after one step
    lengths = np.linalg.norm(recording["five_in_two.directions"].values[0], axis=-1)
    assert starts.shape == (6, 5, 2) and lengths.mean() == pytest.approx(np.sqrt(2 / 7 * np.pi / 2), rel=0.25)
