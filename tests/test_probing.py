"""Heads are scored as a patient reader would, and what is picked is what scenes get."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from model import choosing, heads, probing, words
from model.activations import Activations
from model.checkpoint import Checkpoint, CheckpointError, save
from model.choosing import choose
from model.config import GPTConfig
from model.forward import run
from model.heads import HeadScore, score_heads
from model.picking import Pick, close_up, most_selective_head, pick_for, write_picks
from model.tokenizer import CharTokenizer

VOCABULARY = sorted(
    {word for sentence in choosing.sentences() for word in sentence.split()}
    | {word for people in choosing.SECOND_PEOPLE for word in people}
    | {"the", "told", "that", "was", *choosing.SECOND_ENDS}
)


class Words:
    """A tokenizer whose tokens are whole words."""

    vocab_size = len(VOCABULARY)

    def encode(self, text: str) -> list[int]:
        return [VOCABULARY.index(word) for word in text.split()]

    def decode(self, ids: list[int]) -> str:
        return " ".join(VOCABULARY[index] for index in ids)

    def pieces(self, ids: list[int]) -> list[str]:
        return [(" " if place else "") + VOCABULARY[index] for place, index in enumerate(ids)]

    def to_json(self) -> str:
        return "{}"


def network(tokenizer=None, name: str = "tiny", digest: str = "5eed" * 16, **shape) -> Checkpoint:
    tokenizer = tokenizer or Words()
    sizes = {"vocab_size": tokenizer.vocab_size, "block_size": 16, "n_layer": 2, "n_head": 3, "n_embd": 6}
    config = GPTConfig(**(sizes | shape))
    generator = np.random.default_rng(1)
    weights = {
        tensor: generator.normal(0, 0.8, size).astype(np.float32) for tensor, size in config.tensor_shapes().items()
    }
    return Checkpoint(name, config, tokenizer, weights, digest)


PICK = Pick("the poor old woman", "the king was tired", 1, 2, 3, (1, 2), 0, "measured")
SCORES = [HeadScore(0, 1, 0.25, 0.5, 0.125, 0.0, 0.0, 1.5)]
PARTS = {"heads": [vars(score) for score in SCORES]}


# -- scores ----------


def slow_scores(checkpoint: Checkpoint, held_out: list[int]) -> dict[tuple[int, int], dict[str, float]]:
    """The definitions of ``HeadScore`` read aloud, one number at a time."""
    length = min(48, checkpoint.config.block_size)
    starts = [int(number * (len(held_out) - length) / (heads.WINDOWS - 1)) for number in range(heads.WINDOWS)]
    shares = {}
    for start in starts:
        ids = held_out[start : start + length]
        kinds = [words.kind(VOCABULARY[index]) for index in ids]
        acts = run(checkpoint, ids)
        for layer, head in itertools.product(range(checkpoint.config.n_layer), range(checkpoint.config.n_head)):
            pattern = acts["pattern", layer].values[head]
            collected = shares.setdefault((layer, head), {name: [] for name in HeadScore.__dataclass_fields__})
            for query in range(length):
                row = [float(share) for share in pattern[query]]
                collected["entropy"].append(-sum(share * math.log(share) for share in row if share > 0))
                if query == 0:
                    continue
                collected["previous"].append(row[query - 1])
                collected["first"].append(row[0])
                copies = [key for key in range(query) if ids[key] == ids[query]]
                if copies:
                    collected["same"].append(sum(row[key] for key in copies))
                after = [key + 1 for key in copies if key + 1 < query]
                if after:
                    collected["induction"].append(sum(row[key] for key in after))
                before = []
                while len(before) < query and kinds[query - 1 - len(before)] == "describing":
                    before.append(query - 1 - len(before))
                if kinds[query] == "naming" and before:
                    collected["describing"].append(sum(row[key] for key in before))
    return {
        place: {name: sum(values) / max(1, len(values)) for name, values in collected.items()}
        for place, collected in shares.items()
    }


def test_scores_are_what_a_patient_reader_would_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "WINDOWS", 12)
    text = " ".join(list(choosing.sentences())[::400])
    checkpoint = network()
    held_out = checkpoint.tokenizer.encode(text)
    expected = slow_scores(checkpoint, held_out)
    scores = score_heads(checkpoint, np.array(held_out))
    assert [(score.layer, score.head) for score in scores] == sorted(expected)
    for score in scores:
        for name in ("describing", "previous", "first", "same", "induction", "entropy"):
            assert getattr(score, name) == pytest.approx(expected[score.layer, score.head][name], abs=1e-4), name


def constructed(rule) -> Activations:
    """One layer, one head: each query gives everything to the key that ``rule`` names."""
    acts = Activations([0] * 16, "made")
    pattern = np.zeros((1, 16, 16), np.float32)
    for query in range(16):
        pattern[0, query, rule(query)] = 1
    acts.keep("blocks.0.attn.pattern", pattern)
    return acts


@pytest.mark.parametrize(("rule", "name"), [(lambda query: max(0, query - 1), "previous"), (lambda _query: 0, "first")])
def test_a_head_with_one_habit_scores_one_for_it(monkeypatch: pytest.MonkeyPatch, rule, name: str) -> None:
    monkeypatch.setattr(heads, "run", lambda *_: constructed(rule))
    checkpoint = network(n_layer=1, n_head=1)
    [score] = score_heads(checkpoint, np.arange(60) % checkpoint.config.vocab_size)
    assert getattr(score, name) == 1.0 and score.entropy == pytest.approx(0, abs=1e-9)
    assert score.same == score.induction == 0.0  # no word came twice within a window


def test_a_head_that_looks_at_describing_words_scores_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = network(n_layer=1, n_head=1)
    ids = checkpoint.tokenizer.encode(("the poor old woman told " * 20).strip())
    monkeypatch.setattr(heads, "WINDOWS", 1)
    woman = {3, 8, 13}
    monkeypatch.setattr(heads, "run", lambda *_: constructed(lambda query: query - 2 if query in woman else query))
    [score] = score_heads(checkpoint, np.array(ids))
    assert score.describing == 1.0 and score.previous == 0.0 and score.first == 0.0


# -- choosing ----------


def test_candidate_sentences_are_two_naming_words_with_two_describing_words_each() -> None:
    kinds = {tuple(words.kind(word) for word in sentence.split()) for sentence in choosing.sentences()}
    assert {(kind[0], *kind[1:4], *kind[6:]) for kind in kinds} == {
        ("function", "describing", "describing", "naming", "describing", "describing", "naming")
    }


def test_no_candidate_repeats_a_describing_word() -> None:
    for sentence in choosing.sentences():
        first, second = sentence.split()[1:3], sentence.split()[6:8]
        assert not set(first) & set(second)


def test_the_chosen_sentence_fits_the_scene_and_its_head_is_among_the_best() -> None:
    checkpoint = network(n_head=6)
    scores = [
        HeadScore(layer, head, 0.1 * head, 0, 0, 0, 0, 0) for layer, head in itertools.product(range(2), range(6))
    ]
    pick = choose(checkpoint, scores, tried=40)
    assert pick == choose(checkpoint, scores, tried=40)
    assert (pick.layer, pick.head) in {(0, 5), (1, 5), (0, 4)}
    assert (pick.query, pick.keys, pick.contrast) == (3, (1, 2), 0)
    assert pick.prompt in set(choosing.sentences())
    assert len(pick.prompt.split()) == len(pick.second_prompt.split()) == 9
    assert "40%" in pick.why or "50%" in pick.why


class Halves(Words):
    """Every word is two tokens."""

    def encode(self, text: str) -> list[int]:
        return [index for word in super().encode(text) for index in (word, word)]


def test_a_network_that_cuts_the_words_up_is_refused_a_sentence() -> None:
    with pytest.raises(
        CheckpointError, match="tiny has no single-token words for the candidate sentences; give --text"
    ):
        choose(network(Halves()), SCORES)


def test_a_network_of_characters_gets_a_prompt_it_can_read() -> None:
    checkpoint = network(CharTokenizer("to be or not good my lord"))
    pick = choose(checkpoint, SCORES)
    assert pick.prompt != pick.second_prompt
    for text in (pick.prompt, pick.second_prompt):
        run(checkpoint, text)


def test_a_network_of_other_characters_is_refused_a_prompt() -> None:
    with pytest.raises(CheckpointError, match="tiny cannot read the prompts for networks of characters; give --text"):
        choose(network(CharTokenizer("0123456789")), SCORES)


@st.composite
def patterns(draw: st.DrawFn) -> Activations:
    positions = draw(st.integers(2, 16))
    generator = np.random.default_rng(draw(st.integers(0, 10**6)))
    scores = generator.normal(0, draw(st.sampled_from([0.0, 1.0, 8.0])), (2, positions, positions))
    odds = np.tril(np.exp(scores))
    acts = Activations([0] * positions, "made")
    acts.keep("blocks.0.attn.attn_scores", scores)
    acts.keep("blocks.0.attn.pattern", odds / odds.sum(-1, keepdims=True))
    return acts


@settings(deadline=None)
@given(acts=patterns(), head=st.integers(0, 1))
def test_a_close_up_shows_earlier_words_and_another_that_answers_less(acts: Activations, head: int) -> None:
    positions = len(acts.ids)
    query, keys, contrast = close_up(acts, 0, head)
    pattern, scores = acts["pattern", 0].values[head], acts["scores", 0].values[head]
    assert 1 <= query < positions and list(keys) == sorted(set(keys)) and len(keys) == (2 if query >= 3 else 1)
    assert all(0 <= key < query for key in keys) and contrast not in keys
    assert contrast < query or (query == 1 and contrast == 1)
    others = [key for key in range(query) if key not in keys]
    if others:
        assert min(pattern[query, list(keys)]) >= max(pattern[query, others])
        assert scores[query, contrast] == min(scores[query, others])


def test_the_most_selective_head_is_the_one_with_a_strong_link() -> None:
    acts = Activations([0] * 4, "made")
    even = np.tril(np.ones((3, 4, 4))) / np.arange(1, 5)[:, None]
    acts.keep("blocks.0.attn.pattern", even)
    strong = even.copy()
    strong[1, 3] = [0, 0, 1, 0]
    strong[2, 1:] = [1, 0, 0, 0]  # resting on the first token says little
    acts.keep("blocks.1.attn.pattern", strong)
    assert most_selective_head(acts, 2) == (1, 1)


# -- the picks file ----------


def test_a_written_pick_is_read_again(tmp_path: Path) -> None:
    write_picks(network(), PICK, PARTS, tmp_path / "picks.yaml")
    assert pick_for(network(), path=tmp_path / "picks.yaml") == PICK
    assert pick_for(network(), PICK.prompt, tmp_path / "picks.yaml") == PICK
    content = yaml.safe_load((tmp_path / "picks.yaml").read_text())
    assert content["tiny"]["heads"][0]["describing"] == 0.25 and content["tiny"]["checkpoint"] == "5eed5eed5eed"


def test_the_picks_of_other_networks_stay(tmp_path: Path) -> None:
    path = tmp_path / "picks.yaml"
    write_picks(network(name="one"), PICK, PARTS, path)
    write_picks(network(name="two"), PICK, PARTS, path)
    write_picks(network(name="one"), Pick(**(vars(PICK) | {"head": 0})), PARTS, path)
    assert pick_for(network(name="two"), path=path) == PICK
    assert pick_for(network(name="one"), path=path).head == 0


def test_another_text_keeps_the_picked_head(tmp_path: Path) -> None:
    path = tmp_path / "picks.yaml"
    write_picks(network(), PICK, PARTS, path)
    pick = pick_for(network(), "the king told the witch a strange story", path)
    assert (pick.layer, pick.head) == (PICK.layer, PICK.head) and pick.second_prompt == PICK.prompt
    assert pick.prompt == "the king told the witch a strange story" and max(pick.keys) < pick.query < 8


def test_a_network_without_a_pick_shows_any_text(tmp_path: Path) -> None:
    pick = pick_for(network(), "the king told the witch", tmp_path / "none.yaml")
    acts = run(network(), "the king told the witch")
    assert (pick.layer, pick.head) == most_selective_head(acts, 2)
    assert (pick.query, pick.keys, pick.contrast) == close_up(acts, pick.layer, pick.head)


def check_refused(path: Path, sentence: str, text: str | None = None, **changes) -> None:
    with pytest.raises(CheckpointError) as caught:
        pick_for(network(**changes), text, path)
    assert sentence in str(caught.value) and "\n" not in str(caught.value), str(caught.value)


def test_without_pick_and_text_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    check_refused(
        tmp_path / "none.yaml",
        "no sentence is picked for tiny (5eed5eed5eed); give one with --text, "
        "or pick one with python -m model.probing tiny",
    )


def test_a_pick_for_other_weights_of_that_name_is_not_used(tmp_path: Path) -> None:
    write_picks(network(), PICK, PARTS, tmp_path / "picks.yaml")
    check_refused(tmp_path / "picks.yaml", "no sentence is picked for tiny (000000000000)", digest="0" * 64)


@pytest.mark.parametrize(
    "content",
    ["a: [", "just words", "- a\n- b", "\x00", "tiny: 3", "tiny: {checkpoint: 5eed5eed5eed}",
     "tiny: {checkpoint: 5eed5eed5eed, attention_pattern: {prompt: the king, keys: [1]}}"],
)  # fmt: skip
def test_a_broken_picks_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "picks.yaml").write_text(content)
    check_refused(tmp_path / "picks.yaml", "write it again with python -m model.probing")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the text is empty; give at least one word"),
        ("a", "the text 'a' is a single token; a pattern needs at least two, please give a longer one"),
        ("to be or not to be", "the text has 18 tokens, tiny reads at most 16; shorten it"),
        ("zebra", "this network knows 8 characters and 'a' is not one of them"),
    ],
)
def test_a_text_that_cannot_be_shown_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    tokenizer = CharTokenizer("to be rna" if text == "a" else "to be rnx")
    check_refused(tmp_path / "none.yaml", sentence, text, tokenizer=tokenizer)


# -- words ----------


def test_no_word_is_of_two_kinds() -> None:
    for one, two in itertools.combinations((words.DESCRIBING, words.NAMING, words.FUNCTION), 2):
        assert not one & two
    assert all(word == word.lower().strip() for word in words.DESCRIBING | words.NAMING | words.FUNCTION)


@pytest.mark.parametrize(
    ("piece", "kind"),
    [(" golden", "describing"), ("Golden", "describing"), (" king", "naming"), ("the", "function"), (" xyz", "other"),
     ("", "other"), (".", "other")],
)  # fmt: skip
def test_a_piece_is_sorted_by_its_word(piece: str, kind: str) -> None:
    assert words.kind(piece) == kind


# -- the command ----------


def test_the_command_scores_prints_and_picks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "good my lord, to be or not to be. " * 60
    (tmp_path / "tale.txt").write_text(text)
    checkpoint = network(CharTokenizer(text))
    facts = {"corpus": str(tmp_path / "tale.txt")}
    save(tmp_path / "mine.safetensors", checkpoint.config, checkpoint.tokenizer, checkpoint.weights, facts)
    monkeypatch.setattr(probing, "write_picks", lambda *arguments: write_picks(*arguments, tmp_path / "picks.yaml"))
    assert probing.main([str(tmp_path / "mine.safetensors")]) == 0
    assert "shares on held-out text" in capsys.readouterr().out
    picks = yaml.safe_load((tmp_path / "picks.yaml").read_text())
    assert len(picks["mine"]["heads"]) == 6 and picks["mine"]["attention_pattern"]["prompt"]


def test_the_command_ends_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(probing, "write_picks", lambda *_: pytest.fail("nothing should be written"))
    checkpoint = network(CharTokenizer("0123456789"))
    (tmp_path / "digits.txt").write_text("0123456789" * 200)
    for name, facts, sentence in (
        ("papers", {}, "error: papers does not say what it was trained on"),
        ("lost", {"corpus": str(tmp_path / "gone.txt")}, "error: there is no corpus"),
        ("digits", {"corpus": str(tmp_path / "digits.txt")}, "error: digits cannot read the prompts"),
    ):
        path = tmp_path / f"{name}.safetensors"
        save(path, checkpoint.config, checkpoint.tokenizer, checkpoint.weights, facts)
        assert probing.main([str(path)]) == 1
        assert sentence in capsys.readouterr().err
    assert probing.main([]) == 2
    assert "usage: python -m model.probing CHECKPOINT" in capsys.readouterr().err
