"""Directions of traits are found again where they were put in, and are small where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from model.checkpoint import load
from model.probing.picking import fact
from model.probing.traits import Traits, traits_of_people, traits_of_pieces


def made(first: float, second: float, noise: float, angle: float = 90.0) -> Traits:
    """Readings in 50 dimensions with two directions put in, so many degrees apart."""
    chance = np.random.default_rng(3)
    streams = noise * chance.normal(size=(10, 9, 50)) + chance.normal(size=50)
    turn = np.radians(angle)
    streams[0, :, 0] += first
    streams[:, 0, 0] += second * np.cos(turn)
    streams[:, 0, 1] += second * np.sin(turn)
    names = tuple("abcdefghij")
    return Traits(names, names[:9], 0, streams, np.zeros_like(streams))


@pytest.mark.parametrize("angle", [60.0, 90.0, 115.0])
def test_directions_that_were_put_in_are_found(angle: float) -> None:
    traits = made(5, 7, 0.01, angle)
    assert traits.angle == pytest.approx(angle, abs=1)
    assert np.linalg.norm(traits.directions, axis=1) == pytest.approx([5 * 0.9, 7 * 8 / 9], rel=0.02)
    assert traits.places(traits.centred)[0, 0] == pytest.approx(traits.places(traits.directions).sum(0), abs=0.1)


def test_only_who_has_both_stands_out() -> None:
    assert made(5, 7, 0.1).margin > 0.3
    assert made(0, 7, 0.3).margin < 0.2


def test_the_plane_keeps_the_directions_whole() -> None:
    traits = made(5, 7, 0.5, 70)
    lengths = np.linalg.norm(traits.places(traits.directions), axis=1)
    assert lengths == pytest.approx(np.linalg.norm(traits.directions, axis=1))
    assert traits.plane @ traits.plane.T == pytest.approx(np.eye(2), abs=1e-12)


def test_the_storybook_tells_names_apart() -> None:
    checkpoint = load("storybook")
    traits = traits_of_people(checkpoint, "Bram Crane", fact(checkpoint).prompt)
    assert traits.firsts[0] == "Bram" and traits.seconds[0] == "Crane"
    assert traits.margin > 0.2
    assert 80 < traits.angle < 100


def test_pieces_of_any_text_are_read_in_pairs() -> None:
    checkpoint = load("shakespeare")
    traits = traits_of_pieces(checkpoint, checkpoint.tokenizer.encode("sweet love"))
    assert traits.firsts[:2] == ("s", "w") and traits.seconds[:2] == ("w", "s")
    assert traits.streams.shape == (12, 12, checkpoint.config.n_embd)
