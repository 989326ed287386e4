"""Trailer: what it shows is what the network computes for the two texts it reads."""

from __future__ import annotations

import numpy as np
import pytest

from model.forward import run
from tests.every_scene import EveryScene
from tests.telling import Told


class TestTrailer(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "Trailer"
    beats = 8

    def test_the_word_that_is_taken_is_the_likeliest(self, told: Told) -> None:
        asked = list(told.scene.asked.ids)
        logits = run(told.checkpoint, asked, np.float64)["logits"].values[-1]
        best = int(np.argmax(logits))
        bar = told.scene.answer[1].items[0]
        assert bar.key == best
        assert bar.bar.value == pytest.approx(1 / np.exp(logits - logits[best]).sum(), abs=1e-5)

    def test_the_viewers_text_is_the_one_that_is_continued(self, told: Told) -> None:
        if told.story in ("another sentence", "two tokens", "sixteen tokens", "imported"):
            assert told.scene.asked.ids == told.scene.activations.ids

    def test_shares_below_the_words_are_the_largest_of_the_attention(self, told: Told) -> None:
        pick = told.scene.pick
        shares = told.activations["pattern", pick.layer].values[pick.head, pick.query]
        shown = [one.value for one in told.numbers(4, "pattern")]
        truth = sorted(
            (share for place, share in enumerate(shares) if place != pick.query and share >= 0.1), reverse=True
        )
        assert sorted(shown, reverse=True) == pytest.approx(truth[:2], abs=1e-5)

    def test_the_last_picture_is_a_poster(self, told: Told) -> None:
        assert "How a transformer works" in told.texts(8)
        [count] = told.declared(8, "count: parameters")
        assert count.value == sum(one.size for one in told.checkpoint.weights.values())
