"""CrossAttention: what is shown of the translator is true, and its pair of sentences was chosen by measurement."""

from __future__ import annotations

import numpy as np
import pytest
from manim import VMobject

from model import recorded
from model.activations import Activations
from model.toys import language, showing, translation
from tests.every_scene import EveryScene
from tests.telling import Told


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def recomputed(told: Told) -> np.ndarray:
    """The head's shares, axes (target, source), from its learned tables and what came into them."""
    scene = told.scene
    acts, name = scene.translation.activations, f"decoder.blocks.{scene.layer}.cross"
    weights, size = scene.translator.weights, scene.translator.config.n_embd // scene.translator.config.n_head
    rows = slice(scene.head * size, (scene.head + 1) * size)
    written = acts[f"decoder.blocks.{scene.layer}.ln_cross.normalized"].values.astype(float)
    read = acts["encoder.ln_final.normalized"].values.astype(float)
    q, k = (
        side @ weights[f"{name}.{letter}.weight"][rows].T.astype(float) + weights[f"{name}.{letter}.bias"][rows]
        for letter, side in (("q", written), ("k", read))
    )
    return softmax(q @ k.T / np.sqrt(size))


class TestCrossAttention(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "CrossAttention"
    beats = 7

    def test_both_texts_are_counted(self, told: Told) -> None:
        scene = told.scene
        counts = [one.value for one in told.declared(1, "count: tokens")]
        assert sorted(counts) == sorted([len(scene.translation.source), len(scene.translation.target) + 1])

    def test_lines_and_dots_are_the_shares_of_the_head(self, told: Told) -> None:
        truth = recomputed(told)
        for beat in (2, 5, 6, 7):
            shown = [pair for pair in told.values[beat - 1] if pair[1] and pair[1][0] == "cross.pattern"]
            assert len(shown) >= len(truth)
            for value, (_name, (layer, head, target, source), _source) in shown:
                assert (layer, head) == (told.scene.layer, told.scene.head)
                assert value == pytest.approx(truth[target, source], abs=1e-4)

    def test_every_written_word_hands_out_all_of_its_attention(self, told: Told) -> None:
        truth = recomputed(told)
        np.testing.assert_allclose(truth.sum(axis=1), 1, rtol=1e-6)
        dots = [pair for pair in told.values[4] if pair[1] and pair[1][0] == "cross.pattern"]
        assert len(dots) == truth.size
        assert sum(value for value, _passport in dots) == pytest.approx(len(truth), abs=1e-3)

    def test_the_pairs_that_swap_are_those_whose_lines_cross(self, told: Told) -> None:
        links = recomputed(told)[:-1].argmax(axis=1)
        inversions = sum(links[one] > links[two] for two in range(len(links)) for one in range(two))
        [shown] = told.declared(2, "crossings of strongest lines")
        assert shown.value == inversions

    def test_each_crossing_has_a_dot_where_both_lines_are(self, told: Told) -> None:
        lines, dots = told.scene.strands
        links = recomputed(told)[:-1].argmax(axis=1)
        strong = {line.query: line for group in lines for line in group if line.key == links[line.query]}
        assert len(strong) == len(links)
        near = [{place for place, line in strong.items() if distance(dot.get_center(), line) < 0.03} for dot in dots]
        swapped = {(one, two) for two in strong for one in strong if one < two and links[one] > links[two]}
        assert len(dots) == len(swapped)
        assert all(any({one, two} <= places for places in near) for one, two in swapped)

    def test_the_head_points_as_the_best_aligned_one_does(self, told: Told) -> None:
        scene = told.scene
        pattern = scene.translation.activations["cross.pattern"].values[:, :, :-1]
        links = pattern.argmax(axis=-1)
        same = [
            head for head in np.ndindex(*links.shape[:2]) if (links[head] == links[scene.translator.best_head]).all()
        ]
        means = {head: pattern[head].max(axis=-1).mean() for head in same}
        assert means[scene.layer, scene.head] == min(means.values())

    def test_columns_are_headed_by_what_the_decoder_reads(self, told: Told) -> None:
        words = [token.piece.strip() for token in told.scene.board.query_tokens]
        assert words == [translation.START, *told.scene.translation.target]

    def test_the_table_is_as_large_as_both_texts(self, told: Told) -> None:
        rows, columns = told.declared(3, "tokens read"), told.declared(3, "tokens that ask")
        assert (columns[0].value, rows[0].value) == recomputed(told).shape
        assert columns[0].value != rows[0].value

    def test_the_three_tables_have_their_true_shape_and_numbers(self, told: Told) -> None:
        config = told.scene.translator.config
        sizes = sorted(one.value for one in told.declared(4, "size of the network"))
        assert sizes == sorted([config.n_embd // config.n_head, config.n_embd] * 3)
        for letter in "qkv":
            name = f"decoder.blocks.{told.scene.layer}.cross.{letter}.weight"
            size = config.n_embd // config.n_head
            rows = told.scene.translator.weights[name][told.scene.head * size : (told.scene.head + 1) * size]
            np.testing.assert_array_equal(told.scene.table(letter).values, rows)

    def test_the_share_that_a_mask_would_hide(self, told: Told) -> None:
        truth = recomputed(told)
        hidden = sum(truth[target, source] for target, source in np.ndindex(truth.shape) if source > target)
        [shown] = told.declared(5, "a mask would hide")
        assert shown.value == pytest.approx(hidden / len(truth), abs=1e-4)

    def test_each_word_had_its_shares_when_it_was_written(self, told: Told) -> None:
        scene, truth = told.scene, recomputed(told)
        words = [translation.START, *scene.translation.target]
        ids = [scene.translator.target_words.index(word) for word in words]
        source = scene.translator.ids_of(" ".join(scene.translation.source))
        for length in range(1, len(ids) + 1):
            acts = Activations(source, "test", axes=translation.AXES)
            scene.translator._decode(ids[:length], scene.translator._encode(source, acts), acts)
            latest = acts["cross.pattern"].values[scene.layer, scene.head, -1]
            np.testing.assert_allclose(latest, truth[length - 1], atol=1e-4)

    def test_the_list_names_the_strongest_source_of_each_word(self, told: Told) -> None:
        truth = recomputed(told)
        shown = told.numbers(6, "cross.pattern")
        assert {one.passport[1][2:] for one in shown} == {(place, int(row.argmax())) for place, row in enumerate(truth)}
        assert sorted(one.value for one in shown) == pytest.approx(sorted(truth.max(axis=1)), abs=1e-4)

    def test_columns_add_up_in_both_kinds_of_attention(self, told: Told) -> None:
        sums = told.declared(7, "sum of the shown column")
        assert {one.text for one in sums} == {"1.00"}
        most = min(3, len(recomputed(told))) + min(3, len(told.scene.pieces))
        assert len(sums) == most
        place = told.scene.pick.query
        pattern = told.activations["pattern", told.scene.pick.layer].values[told.scene.pick.head, place]
        assert pattern.sum() == pytest.approx(1)

    def test_the_credit_names_the_translator_and_the_head(self, told: Told) -> None:
        scene = told.scene
        said = f"translator: layer {scene.layer + 1}, head {scene.head + 1}, measured"
        assert said in told.texts(2) and any(said in text and scene.head_name() in text for text in told.texts(7))


def distance(point: np.ndarray, line: VMobject) -> float:
    """From a point to a drawn line."""
    path = np.array([line.point_from_proportion(share) for share in np.linspace(0, 1, 400)])
    return float(np.linalg.norm(path - point, axis=1).min())


def test_the_pair_that_is_shown_swaps_most_of_all_candidates_and_is_right() -> None:
    best = showing.best()
    rule = language.translate_by_rule(" ".join(best.source))
    assert best.target == rule.target and best.complete
    sentences = language.generate(np.random.default_rng(showing.SEED))
    short = (one for one in sentences if len(one.source) <= showing.LONGEST)
    most = max(showing.swaps(next(short).alignment) for _ in range(showing.CANDIDATES))
    assert showing.swaps(rule.alignment) == most > 0
    layer, head = showing.shown_head(best)
    assert showing.strongest(best, layer, head) == rule.alignment
    shares = best.activations["cross.pattern"].values[layer, head, :-1].max(axis=-1)
    assert (shares < showing.CLEAR).sum() == showing.divided(best, layer, head) >= 2


def test_a_story_that_the_translator_can_read_is_its_own_pair() -> None:
    found = showing.translated("two old birds see the fox")
    assert found is not None
    assert found.target == ("dun", "pireku", "sotanu", "miro", "ve", "varsh")
    assert showing.translated("the ugly old fox heard a little silver bell") is None
    assert showing.translated("many") is None


def test_pairs_that_swap_are_counted() -> None:
    assert showing.swaps((0, 1, 2)) == 0
    assert showing.swaps((0, 3, 2, 1, 4)) == 3


def test_the_recorded_tables_are_the_translators() -> None:
    recording = recorded.load("translator")
    np.testing.assert_array_equal(recording["weights.unembed.weight"], translation.load().weights["unembed.weight"])
