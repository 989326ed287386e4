"""UnembeddingStep: scores are rows times the last column, shares their softmax, and every column is judged fairly."""

from __future__ import annotations

import numpy as np
import pytest

from model.forward import unembedding
from scenes.intro_unembedding import COLUMNS
from scenes.vocabulary import drawable
from tests.every_scene import EveryScene
from tests.telling import Told


class TestUnembeddingStep(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "UnembeddingStep"
    beats = 7

    @staticmethod
    def scores(told: Told) -> np.ndarray:
        """Scores at all places, multiplied out here."""
        table = np.asarray(told.checkpoint.weights[unembedding(told.checkpoint)], dtype=np.float64)
        return told.activations["ln_final.normalized"].values @ table.T

    def test_scores_are_those_of_the_network(self, told: Told) -> None:
        truth = self.scores(told)[-1]
        assert told.activations["logits"].values[-1] == pytest.approx(truth, abs=1e-4)
        shown = [entry.value for entry in told.scene.equation.result.entries]
        assert shown == pytest.approx(truth[told.scene.words], abs=1e-3)

    def test_the_words_are_the_best_and_the_worst(self, told: Told) -> None:
        pieces = told.checkpoint.tokenizer.pieces(list(range(told.checkpoint.tokenizer.vocab_size)))
        scores = self.scores(told)[-1]
        truth = np.array([scores[token] for token, piece in enumerate(pieces) if drawable(piece) == piece])
        shown = scores[told.scene.words]
        assert list(shown) == sorted(shown, reverse=True)
        assert shown[0] == truth.max() and shown[-1] == truth.min()
        assert (truth > shown[4] + 1e-4).sum() == 4 and (truth < shown[5] - 1e-4).sum() == 4

    def test_rows_are_those_of_the_table(self, told: Told) -> None:
        name = unembedding(told.checkpoint)
        table = told.checkpoint.weights[name]
        shown = told.numbers(3, name)
        assert len(shown) == len(told.scene.words) * min(COLUMNS, table.shape[1])
        assert {one.passport[1][0] for one in shown} == set(told.scene.words)
        for one in shown:
            assert one.value == pytest.approx(float(table[one.passport[1]]), rel=1e-3)

    def test_shares_are_the_softmax_of_all_scores(self, told: Told) -> None:
        scores = self.scores(told)[-1]
        truth = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
        assert [bar.value for bar in told.scene.bars] == pytest.approx(truth[told.scene.words], abs=1e-5)

    def test_each_guess_is_judged_by_the_word_that_came(self, told: Told) -> None:
        scores, ids = self.scores(told), told.activations.ids
        for place, guess in zip(told.scene.guessers(), told.scene.lists, strict=True):
            badge = type(guess[1][0]).__name__
            right = int(scores[place].argmax()) == ids[place + 1]
            assert badge == ("CheckBadge" if right else "CrossBadge")
            shares = np.exp(scores[place] - scores[place].max())
            top = np.sort(shares / shares.sum())[::-1][: len(guess[0])]
            assert [row[1][0][0].value for row in guess[0]] == pytest.approx(top, abs=1e-5)

    def test_the_product_is_the_size_of_the_table(self, told: Told) -> None:
        [product] = told.declared(7, "product of the counts")
        assert product.value == told.checkpoint.weights[unembedding(told.checkpoint)].size
