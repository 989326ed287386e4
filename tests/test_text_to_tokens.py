"""TextToTokens: pieces give back the text, joins make the word's pieces, and numbers are the tokens' own."""

from __future__ import annotations

import numpy as np
import pytest

from scenes.intro_text_to_tokens import unjoined
from scenes.vocabulary import drawable
from tests.every_scene import EveryScene
from tests.telling import Told


class TestTextToTokens(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "TextToTokens"
    beats = 7

    def test_joining_the_pieces_gives_back_the_text(self, told: Told) -> None:
        scene = told.scene
        assert "".join(scene.row.pieces) == scene.pick.prompt
        [characters] = told.declared(1, "count: characters")
        assert characters.value == len(scene.pick.prompt)
        [count] = told.declared(2, "count: tokens")
        [length] = told.declared(2, "characters a piece")
        assert length.value == pytest.approx(characters.value / count.value)

    def test_joins_lead_from_letters_to_the_pieces_of_the_word(self, told: Told) -> None:
        scene, tokenizer = told.scene, told.checkpoint.tokenizer
        steps = scene.joins()
        ends = [drawable(piece) for piece in tokenizer.pieces(list(tokenizer.encode(scene.rare)))]
        assert steps[-1][0] == ends
        assert "".join(steps[0][0]) == "".join(ends)
        assert all(len(piece) == 1 for piece in steps[0][0])
        assert [len(pieces) for pieces, _, _ in steps] == list(range(len(steps[0][0]), len(ends) - 1, -1))
        for (before, *_), (after, place, made) in zip(steps, steps[1:], strict=False):
            assert after[place] == before[place] + before[place + 1]
            assert drawable(tokenizer.pieces([made])[0]) == after[place]

    def test_numbers_below_the_plates_are_the_tokens(self, told: Told) -> None:
        assert [number.value for number in told.scene.ids] == list(told.activations.ids)
        rare = [number.value for number in told.scene.numbers]
        assert rare == [told.activations.ids[place] for place in told.scene.span]

    def test_the_histogram_counts_all_pieces(self, told: Told) -> None:
        known = told.checkpoint.config.vocab_size
        assert sum(item.value for item in told.scene.plot.items) == known
        [count] = told.declared(6, "count: tokens known")
        [mean] = told.declared(6, "mean length of a piece")
        pieces = told.checkpoint.tokenizer.pieces(list(range(known)))
        assert count.value == known
        assert mean.value == pytest.approx(np.mean([len(drawable(piece)) for piece in pieces]))


def test_joins_are_undone_in_reverse() -> None:
    merges = [(1, 2, 10), (10, 3, 11), (4, 4, 12)]
    assert unjoined([11, 12, 5], merges) == [1, 2, 3, 4, 4, 5]
    assert unjoined([7], []) == [7]
