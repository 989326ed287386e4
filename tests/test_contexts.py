"""SameWordTwoContexts: the word starts the same, and what is told of its parting is measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.checkpoint import Checkpoint
from model.forward import run
from model.probing.ablation import Without
from model.probing.pairs import Pair
from model.tokenizer import CharTokenizer
from scenes.contexts import SameWordTwoContexts
from tests.every_scene import EveryScene
from tests.telling import Told, settings_of, tell


def stream(checkpoint: Checkpoint, text: str, place: int, layers: int, edit: Without | None = None) -> np.ndarray:
    """The stream at a place after some layers, in double precision."""
    acts = run(checkpoint, text, np.float64, edit)
    return acts["resid_pre", 0].values[place] if layers == 0 else acts["resid_post", layers - 1].values[place]


def cosine(checkpoint: Checkpoint, pair: Pair, layers: int, silent: tuple[int, int] | None = None) -> float:
    """Of the angle between the two streams, by the law of cosines."""
    ends = []
    for text, place in ((pair.first, pair.place), (pair.second, pair.other_place)):
        edit = None if silent is None else Without("head", silent[0], (silent[1],), place)
        ends.append(stream(checkpoint, text, place, layers, edit))
    a, b, c = (float(np.linalg.norm(side)) for side in (ends[0], ends[1], ends[0] - ends[1]))
    return (a * a + b * b - c * c) / (2 * a * b)


def is_a_whole_word(checkpoint: Checkpoint, ids: list[int], token: int) -> bool:
    """Whether a token is a word of letters, and the network does not go on with a letter after it."""
    decode, piece = checkpoint.tokenizer.decode, checkpoint.tokenizer.decode([token])
    if isinstance(checkpoint.tokenizer, CharTokenizer):
        return piece.isalpha()
    if not (piece.startswith(" ") and piece.strip().isalpha()):
        return False
    after = int(run(checkpoint, [*ids, token], np.float64)["logits"].values[-1].argmax())
    return not decode([after])[:1].isalpha()


class TestSameWordTwoContexts(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "SameWordTwoContexts"
    beats = 7

    def test_the_shared_token_has_one_number(self, told: Told) -> None:
        pair, tokenizer = told.scene.pair, told.checkpoint.tokenizer
        one, other = tokenizer.encode(pair.first)[pair.place], tokenizer.encode(pair.second)[pair.other_place]
        assert [number.value for number in told.declared(1, "token in the vocabulary")] == [one, other]
        assert one == other

    def test_before_the_layers_the_difference_is_exactly_zero(self, told: Told) -> None:
        assert told.scene.pair.place == told.scene.pair.other_place
        gaps = told.numbers(2, "contexts.difference")
        assert len(gaps) == 7
        assert all(gap.value == 0 for gap in gaps)

    def test_the_words_before_differ_and_later_ones_send_nothing(self, told: Told) -> None:
        pair, tokenizer = told.scene.pair, told.checkpoint.tokenizer
        ids, others = tokenizer.encode(pair.first), tokenizer.encode(pair.second)
        assert ids[: pair.place] != others[: pair.place]
        for arcs, place in zip(told.scene.arcs, told.scene.places, strict=True):
            assert all(arc.source < place for arc in arcs)

    def test_the_arcs_are_of_the_head_with_the_largest_effect(self, told: Told) -> None:
        pair, config = told.scene.pair, told.checkpoint.config
        whole = cosine(told.checkpoint, pair, config.n_layer)
        heads = [(layer, head) for layer in range(config.n_layer) for head in range(config.n_head)]
        effects = {head: cosine(told.checkpoint, pair, config.n_layer, head) - whole for head in heads}
        assert effects[pair.layer, pair.head] == pytest.approx(max(effects.values()), abs=1e-5)

    def test_the_number_by_a_giver_is_the_largest_share_before_the_word(self, told: Told) -> None:
        pair = told.scene.pair
        for side, (text, place) in enumerate(((pair.first, pair.place), (pair.second, pair.other_place))):
            pattern = run(told.checkpoint, text, np.float64)["pattern", pair.layer].values[pair.head, place]
            giver = told.scene.giver(side)
            if giver is not None:
                assert pattern[giver] == pytest.approx(pattern[:place].max())
                assert any(one.value == pytest.approx(pattern[giver], abs=1e-5) for one in told.numbers(3, "pattern"))

    def test_after_all_layers_columns_cosine_and_difference_are_those_of_the_last(self, told: Told) -> None:
        pair, layers = told.scene.pair, told.checkpoint.config.n_layer
        [shown] = told.numbers(4, "contexts.cosine")
        assert shown.value == pytest.approx(cosine(told.checkpoint, pair, layers), abs=1e-5)
        ends = [
            stream(told.checkpoint, text, place, layers)
            for text, place in ((pair.first, pair.place), (pair.second, pair.other_place))
        ]
        window = told.scene.gap.shown
        assert told.scene.gap.values == pytest.approx((ends[0] - ends[1])[list(window)], abs=1e-3)
        for column, end in zip(told.scene.columns, ends, strict=True):
            assert column.values == pytest.approx(end[list(window)], abs=1e-3)

    def test_the_curve_has_every_layer_and_points_at_its_steepest_step(self, told: Told) -> None:
        layers = told.checkpoint.config.n_layer
        curve = [cosine(told.checkpoint, told.scene.pair, count) for count in range(layers + 1)]
        assert told.scene.chart.curves[0].ys == pytest.approx(curve, abs=1e-5)
        [drop] = told.declared(5, "step: contexts.cosine")
        assert drop.value == pytest.approx(min(np.diff(curve)), abs=1e-5)
        assert curve[told.scene.steepest] - curve[told.scene.steepest - 1] == pytest.approx(drop.value, abs=1e-5)

    def test_the_arrows_stand_at_their_true_angle(self, told: Told) -> None:
        tips = told.scene.tree.coordinates[:, :2]
        shown = tips[0] @ tips[1] / np.linalg.norm(tips[0]) / np.linalg.norm(tips[1])
        assert shown == pytest.approx(
            cosine(told.checkpoint, told.scene.pair, told.checkpoint.config.n_layer), abs=1e-5
        )

    def test_the_lists_are_the_likeliest_words_read_off_each_end(self, told: Told) -> None:
        pair = told.scene.pair
        numbers = told.numbers(6, "probabilities")
        for text, place, left in ((pair.first, pair.place, True), (pair.second, pair.other_place, False)):
            shares = run(told.checkpoint, text, np.float64)["probabilities"].values[place]
            listed = [one for one in numbers if (one.writing.center[0] < 0) == left]
            tokens = [one.passport[1][1] for one in listed]
            assert [one.value for one in listed] == pytest.approx(sorted(shares[tokens])[::-1], abs=1e-5)
            better = [int(token) for token in np.flatnonzero(shares > shares[tokens].min()) if token not in tokens]
            ids = told.checkpoint.tokenizer.encode(text)[: place + 1]
            assert [token for token in better if is_a_whole_word(told.checkpoint, ids, token)] == []

    def test_the_question_is_asked_at_the_end(self, told: Told) -> None:
        assert "Who decides what flows to whom?" in told.texts(7)


def test_the_picked_pair_parts_and_names_different_words(tmp_path: Path) -> None:
    told = tell(SameWordTwoContexts, "picked", tmp_path)
    assert told.scene.pair.kind == "picked"
    assert cosine(told.checkpoint, told.scene.pair, told.checkpoint.config.n_layer) < 0.6
    assert "no longer speak the same language" in told.scene.beats[5].narration


def test_at_different_places_the_part_of_the_place_is_shown_separately(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "the bark of the tree was brown | the dog had a loud bark"
    monkeypatch.setattr("tests.telling.settings_of", lambda story, folder: {"STORY_TEXT": text})
    told = tell(SameWordTwoContexts, "given", tmp_path)
    assert settings_of("picked", tmp_path) == {}
    assert told.scene.faults == []
    pair, weights = told.scene.pair, told.checkpoint.weights["pos_embed.weight"]
    assert (pair.place, pair.other_place) == (1, 5)
    apart = weights[1] - weights[5]
    shown = [one.value for one in told.numbers(2, "contexts.difference")]
    assert shown == pytest.approx([*apart[:6], apart[-1]], abs=1e-5)
    assert "the places differ" in told.scene.beats[1].narration
