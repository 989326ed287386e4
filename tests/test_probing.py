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

from model import recorded, words
from model.activations import Activations
from model.checkpoint import Checkpoint, CheckpointError, load, save
from model.config import GPTConfig
from model.facts import Fact
from model.forward import run
from model.probing import __main__ as probing
from model.probing import choosing, heads, picking, picks_file
from model.probing.carriers import Carriers
from model.probing.choosing import choose
from model.probing.heads import BEHAVIOURS, MEASURES, HeadScore, even_share, score_heads
from model.probing.labels import Label
from model.probing.neurons import answers_of, scan
from model.probing.picking import Pick, Role, close_up, most_selective_head, pick_for
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


def network(tokenizer=None, name: str = "tiny", digest: str = "5eed" * 16, facts=None, **shape) -> Checkpoint:
    tokenizer = tokenizer or Words()
    sizes = {"vocab_size": tokenizer.vocab_size, "block_size": 16, "n_layer": 2, "n_head": 3, "n_embd": 6}
    config = GPTConfig(**(sizes | shape))
    generator = np.random.default_rng(1)
    weights = {
        tensor: generator.normal(0, 0.8, size).astype(np.float32) for tensor, size in config.tensor_shapes().items()
    }
    return Checkpoint(name, config, tokenizer, weights, digest, facts or {})


PICK = Pick("the poor old woman", "the king was tired", 1, 2, 3, (1, 2), 0, "measured")
SCORES = [HeadScore(0, 1, 0.25, 0.5, 0.125, 0.0, 0.0, 0.0, 1.5, 2.0)]
LABEL = Label(1, 5, "theme", "a colour", 0.92, 0.9, 0.0123, "on tree", 0.04)
FACT = Carriers(
    Fact("Mara Venn", "trade", "baker"), "Mara Venn is a", 0.75, 1, (4, 2), (1.5, 0.25), {1: 0.5}, {0: 0.5, 1: 0.25}
)
SECTIONS = {
    "attention_pattern": PICK,
    "heads": SCORES,
    "roles": {"previous": Role(0, 1, 0.5, 0.125, 0.0625)},
    "neurons": {"readable": [LABEL], "mixed": []},
    "facts": {"asked": 1, "shown": FACT},
}


# -- scores ----------

# The people of these texts that a pronoun may stand for.
MEANT = {
    "he": "king prince man boy father soldier giant tailor".split(),
    "she": "queen mother witch girl woman".split(),
}


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
            collected = shares.setdefault((layer, head), {name: [] for name in MEASURES})
            for query in range(length):
                row = [float(share) for share in pattern[query]]
                collected["entropy"].append(-sum(share * math.log(share) for share in row if share > 0))
                collected["distance"].append(sum(share * (query - key) for key, share in enumerate(row)))
                if query == 0:
                    continue
                people = [key for key in range(query) if VOCABULARY[ids[key]] in MEANT.get(VOCABULARY[ids[query]], ())]
                if people:
                    collected["pronoun"].append(sum(row[key] for key in people))
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
    text = " the queen told the king that she was tired ".join(list(choosing.sentences())[::400])
    checkpoint = network()
    held_out = checkpoint.tokenizer.encode(text)
    expected = slow_scores(checkpoint, held_out)
    scores = score_heads(checkpoint, np.array(held_out))
    assert [(score.layer, score.head) for score in scores] == sorted(expected)
    for score in scores:
        for name in MEASURES:
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


def test_a_network_built_to_look_one_token_back_does() -> None:
    """Positions are one-hot; the query of each asks for the one before, forty times louder than anything else."""
    checkpoint = network(n_layer=1, n_head=1, n_embd=16)
    weights = {name: np.zeros_like(array) for name, array in checkpoint.weights.items()}
    weights["pos_embed.weight"] = np.eye(16, dtype=np.float32)
    weights["blocks.0.ln1.weight"][:] = 1
    weights["blocks.0.attn.qkv.weight"] = np.vstack([40 * np.eye(16, k=1), np.eye(16), np.zeros((16, 16))]).astype("f")
    made = Checkpoint("made", checkpoint.config, checkpoint.tokenizer, weights, "0" * 64)
    [score] = score_heads(made, np.arange(60) % made.config.vocab_size)
    assert score.previous == pytest.approx(1, abs=1e-3) and score.entropy == pytest.approx(0, abs=1e-3)
    assert score.distance == pytest.approx(15 / 16, abs=1e-3)
    assert score.first == pytest.approx(1 / 15, abs=1e-3), "only the second token's previous is the first"


def test_an_even_head_scores_the_even_share() -> None:
    checkpoint = network(n_layer=1, n_head=1)
    weights = dict(checkpoint.weights) | {
        f"blocks.0.attn.qkv.{ending}": np.zeros_like(checkpoint.weights[f"blocks.0.attn.qkv.{ending}"])
        for ending in ("weight", "bias")
    }
    even = Checkpoint("even", checkpoint.config, checkpoint.tokenizer, weights, "0" * 64)
    held_out = checkpoint.tokenizer.encode(" ".join(list(choosing.sentences())[::400]))
    [score] = score_heads(even, held_out)
    for name, share in even_share(even, held_out).items():
        assert getattr(score, name) == pytest.approx(share, abs=1e-4)


def test_a_short_text_is_one_window() -> None:
    checkpoint = network()
    ids = checkpoint.tokenizer.encode("the poor old woman told the king")
    assert heads.windows(checkpoint, ids) == [ids]
    pattern = run(checkpoint, ids)["pattern", 1].values[2]
    score = next(score for score in score_heads(checkpoint, ids) if (score.layer, score.head) == (1, 2))
    assert score.describing == pytest.approx(pattern[3, 1] + pattern[3, 2], abs=1e-4)


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
        HeadScore(layer, head, 0.1 * head, 0, 0, 0, 0, 0, 0, 0) for layer, head in itertools.product(range(2), range(6))
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
        CheckpointError,
        match="tiny has no single-token words for the candidate sentences; render it with --text SENTENCE",
    ):
        choose(network(Halves()), SCORES)


def test_a_network_of_characters_gets_a_prompt_it_can_read() -> None:
    checkpoint = network(CharTokenizer("to be or not good my lord"))
    pick = choose(checkpoint, SCORES)
    assert pick.prompt != pick.second_prompt
    for text in (pick.prompt, pick.second_prompt):
        run(checkpoint, text)


def test_a_network_of_other_characters_is_refused_a_prompt() -> None:
    with pytest.raises(
        CheckpointError, match="tiny cannot read the prompts for networks of characters; render it with --text SENTENCE"
    ):
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
    picks_file.write(network(), SECTIONS, tmp_path / "picks.yaml")
    assert pick_for(network(), path=tmp_path / "picks.yaml") == PICK
    assert pick_for(network(), PICK.prompt, tmp_path / "picks.yaml") == PICK
    content = yaml.safe_load((tmp_path / "picks.yaml").read_text())
    assert content["tiny"]["heads"][0]["describing"] == 0.25 and content["tiny"]["checkpoint"] == "5eed5eed5eed"


def test_the_picks_of_other_networks_stay(tmp_path: Path) -> None:
    path = tmp_path / "picks.yaml"
    picks_file.write(network(name="one"), SECTIONS, path)
    picks_file.write(network(name="two"), SECTIONS, path)
    other = {"attention_pattern": Pick(**(vars(PICK) | {"head": 0}))}
    picks_file.write(network(name="one"), SECTIONS | other, path)
    assert pick_for(network(name="two"), path=path) == PICK
    assert pick_for(network(name="one"), path=path).head == 0


def test_another_text_keeps_the_picked_head(tmp_path: Path) -> None:
    path = tmp_path / "picks.yaml"
    picks_file.write(network(), SECTIONS, path)
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
        facts={"corpus": "fairytales"},
    )


def test_probing_is_not_advised_for_a_network_that_does_not_say_what_it_has_read(tmp_path: Path) -> None:
    with pytest.raises(
        CheckpointError, match=r"no sentence is picked for tiny \(5eed5eed5eed\); give one with --text$"
    ):
        pick_for(network(), None, tmp_path / "none.yaml")


def test_a_pick_for_other_weights_of_that_name_is_not_used(tmp_path: Path) -> None:
    picks_file.write(network(), SECTIONS, tmp_path / "picks.yaml")
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


# -- roles, neurons, facts ----------


def test_what_was_measured_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "picks.yaml"
    picks_file.write(network(), SECTIONS, path)
    assert picking.role(network(), "previous", path=path) == SECTIONS["roles"]["previous"]
    assert picking.role(network(), "previous", "the king told the witch", path) == SECTIONS["roles"]["previous"]
    assert picking.neurons(network(), path=path) == [LABEL] and picking.neurons(network(), "mixed", path) == []
    assert picking.fact(network(), path) == FACT
    assert picks_file.section(network(), "heads", path) == [vars(SCORES[0])]
    assert "\n  - {layer: 0, head: 1, describing: 0.25, " in path.read_text(), "a head is a line"


def test_a_network_that_was_told_nothing_shows_no_fact(tmp_path: Path) -> None:
    path = tmp_path / "picks.yaml"
    picks_file.write(network(), SECTIONS | {"facts": {"asked": 0, "shown": None}}, path)
    assert picking.fact(network(), path) is None


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_role_is_measured_on_the_spot_where_nothing_is_written(tmp_path: Path, behaviour: str) -> None:
    text = "the poor old woman told the king that she was tired the king"
    checkpoint = network()
    role = picking.role(checkpoint, behaviour, text, tmp_path / "none.yaml")
    scores = score_heads(checkpoint, checkpoint.tokenizer.encode(text))
    shares = [getattr(score, behaviour) for score in scores]
    assert role.share == max(shares) and role.mean == pytest.approx(sum(shares) / 6, abs=1e-4)
    assert shares[role.layer * 3 + role.head] == role.share


@pytest.mark.parametrize(
    ("share", "even", "clear"), [(0.5, 0.1, True), (0.2, 0.01, False), (0.4, 0.3, False), (0.25, 0.125, True)]
)
def test_a_role_is_clear_if_strong_and_not_by_chance(share: float, even: float, clear: bool) -> None:
    assert Role(0, 0, share, 0.1, even).clear == clear


def test_what_was_not_measured_is_said_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "picks.yaml"
    for ask in (lambda: picking.role(network(), "first", path=path), lambda: picking.fact(network(), path)):
        with pytest.raises(CheckpointError, match="nothing is measured of tiny .*; run python -m model.probing tiny"):
            ask()
    with pytest.raises(CheckpointError, match="no token of the text 'the king' can be asked about 'pronoun'"):
        picking.role(network(), "pronoun", "the king", path)
    picks_file.write(network(), SECTIONS, path)
    with pytest.raises(CheckpointError, match="no token that tiny was measured on can be asked about 'pronoun'"):
        picking.role(network(), "pronoun", path=path)
    with pytest.raises(ValueError, match="heads are not scored for 'wit'; they are for describing, previous"):
        picking.role(network(), "wit", path=path)


@pytest.mark.parametrize(
    "damage",
    [{"roles": 3}, {"neurons": {"readable": [{"layer": 1}]}, "roles": {"previous": {}}}, {"facts": [], "roles": None}],
)
def test_damaged_sections_are_refused(tmp_path: Path, damage: dict) -> None:
    path = tmp_path / "picks.yaml"
    picks_file.write(network(), {**SECTIONS, "neurons": {}, "facts": {}, **damage}, path)
    for ask in (
        lambda: picking.role(network(), "previous", path=path),
        lambda: picking.neurons(network(), path=path),
        lambda: picking.fact(network(), path),
    ):
        with pytest.raises(CheckpointError, match="holds no whole pick for tiny; write it again with"):
            ask()


def test_a_recording_of_other_weights_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="there is no recording 'tiny_neurons'|there is no recording"):
        picking.firing(network(), tmp_path)
    recorded.save(tmp_path / "tiny_neurons.safetensors", {"rate": np.ones(1)}, {"rate": ("n",)}, {"checkpoint": "0"})
    with pytest.raises(CheckpointError, match="was made of other weights of tiny; run python -m model.probing tiny"):
        picking.firing(network(), tmp_path)


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

TALE = "good my lord, to be or not to be. " * 60


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a network of characters, its text, and what the command wrote about it."""
    folder = tmp_path_factory.mktemp("measured")
    (folder / "tale.txt").write_text(TALE)
    checkpoint = network(CharTokenizer(TALE))
    facts = {"corpus": str(folder / "tale.txt")}
    save(folder / "mine.safetensors", checkpoint.config, checkpoint.tokenizer, checkpoint.weights, facts)
    probe(folder, folder / "mine.safetensors", "--text", str(folder / "tale.txt"))
    return folder


def probe(folder: Path, network: Path, *more: str) -> None:
    where = ("--picks", str(folder / "picks.yaml"), "--recordings", str(folder))
    probing.main([str(network), *where, *more], standalone_mode=False)


def test_the_command_writes_what_scenes_ask_for(measured: Path) -> None:
    checkpoint, path = load(measured / "mine.safetensors"), measured / "picks.yaml"
    assert pick_for(checkpoint, path=path).why
    assert picking.role(checkpoint, "previous", path=path).share > 0
    assert picking.fact(checkpoint, path) is None
    assert len(picks_file.section(checkpoint, "heads", path)) == 6
    assert picks_file.section(checkpoint, "directions", path) == {}, "no word is a single character"


def test_the_recorded_contexts_are_where_the_neurons_fire_most(measured: Path) -> None:
    checkpoint = load(measured / "mine.safetensors")
    firing = picking.firing(checkpoint, measured)
    ids = checkpoint.tokenizer.encode(TALE)
    found = scan(checkpoint, ids[: len(ids) // 2], 1)
    later = scan(checkpoint, ids[len(ids) // 2 :], 1)
    strongest = np.maximum(found.values[..., 0], later.values[..., 0])
    np.testing.assert_allclose(firing["values"].values[..., 0], strongest, rtol=2e-3, atol=1e-3)
    layer, neuron = np.unravel_index(strongest.argmax(), strongest.shape)
    context = firing["contexts"].values[layer, neuron, 0].tolist()
    assert checkpoint.tokenizer.decode([int(index) for index in context]) in TALE
    assert 0 <= firing["peaks"].values.min() and firing["peaks"].values.max() < len(context)
    picked = firing.facts["picked"]
    assert firing["before_bend"].shape[0] == len(picked) > 0
    values = answers_of(checkpoint, ids, [tuple(place) for place in picked])[1]
    for column, counts, edges in zip(values.T, firing["before_bend"].values, firing["edges"].values, strict=True):
        assert counts.sum() == len(column)
        assert counts[edges[1:] < 0].sum() == pytest.approx((column < edges[edges < 0][-1]).sum(), abs=3)


def test_without_a_text_the_held_out_part_is_measured(measured: Path) -> None:
    checkpoint = load(measured / "mine.safetensors")
    assert probing.held_out_text(checkpoint, None, 50) == TALE[int(0.9 * len(TALE)) :][:50]
    assert probing.held_out_text(checkpoint, measured / "tale.txt", 50) == TALE[:50]


def test_the_command_ends_with_a_sentence(tmp_path: Path) -> None:
    checkpoint = network(CharTokenizer("0123456789"))
    (tmp_path / "digits.txt").write_text("0123456789" * 200)
    for name, facts, sentence in (
        ("papers", {}, "error: papers does not say what it was trained on; give a text to measure it on with --text"),
        ("lost", {"corpus": str(tmp_path / "gone.txt")}, "error: there is no corpus"),
        ("digits", {"corpus": str(tmp_path / "digits.txt")}, "error: digits cannot read the prompts"),
    ):
        path = tmp_path / f"{name}.safetensors"
        save(path, checkpoint.config, checkpoint.tokenizer, checkpoint.weights, facts)
        with pytest.raises(SystemExit) as caught:
            probe(tmp_path, path)
        assert sentence in str(caught.value) and "\n" not in str(caught.value)
    assert not (tmp_path / "picks.yaml").exists()
