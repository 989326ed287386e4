"""AttentionPattern, stepped through once per story: what stands on the screen is true, and can be read.

Where the trained networks are shipped they tell the stories; where they are not, small untrained ones do.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import VMobject, tempconfig

from mobjects import ColumnSoftmax, Numeral, ValueStrip, format_number, layout, theme
from mobjects.arcs import ContextArc
from mobjects.attention_layers import EntropyBar, WeightDot, entropy
from mobjects.reading import BRIGHT, SEEN, Writing, written
from model import words
from model.activations import Activations
from model.checkpoint import Checkpoint, load, save, shipped
from model.config import GPTConfig
from model.forward import run
from model.probing import picks_file
from model.probing.picking import Pick, close_up, pick_for
from model.tokenizer import BPETokenizer, CharTokenizer, Tokenizer
from rendering.manifest import Record
from scenes.attention import AttentionPattern
from scenes.inspecting import STEPPED, Inspected
from tests.every_scene import EveryScene

SENTENCE, OTHER = "the ugly old soldier had a fine golden cup", "the witch told the prince that she was hungry"
LONGEST = "the poor old king said to the little girl that he would give her a red rose and a great golden crown"
CHARACTERS = "to be or not"
STORIES = ("picked", "two tokens", "five tokens", "sixteen tokens", "long words", "characters")
ACTS = {"Words": 5, "Scores": 6, "Pattern": 7}
CUT = {"five tokens": 5, "sixteen tokens": 16}
# With more rows than nine, or words that are very long, there is no room for text of the usual size, only for this.
CROWDED = {"sixteen tokens": 12.5, "characters": 15, "long words": 16}


# -- networks and stories ---------------------------------------------------------------------------------------------


def untrained(folder: Path, name: str, tokenizer: Tokenizer, vocab_size: int) -> Path:
    """A small network with random weights, saved."""
    shape = GPTConfig(vocab_size=vocab_size, block_size=32, n_layer=2, n_head=2, n_embd=24, activation="relu")
    chance = np.random.default_rng(3)
    weights = {tensor: chance.normal(0, 0.5, size) for tensor, size in shape.tensor_shapes().items()}
    save(folder / f"{name}.safetensors", shape, tokenizer, weights, {"hardware": "untrained"})
    return folder / f"{name}.safetensors"


@dataclass
class Networks:
    """The two networks of the stories, and where the picks of the first lie."""

    storybook: Checkpoint
    shakespeare: Checkpoint
    paths: dict[str, str]
    find_pick: Callable[..., Pick]


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Networks:
    """The shipped networks, each replaced by an untrained one if it is not there."""
    folder, find_pick = tmp_path_factory.mktemp("networks"), pick_for
    paths = {name: name for name in shipped()}
    if "shakespeare" not in paths:
        alphabet = "".join(sorted(set(CHARACTERS + "abcdefghijklmnopqrstuvwxyz ,.'\nABC")))
        path = untrained(folder, "shakespeare", CharTokenizer(alphabet), len(alphabet))
        paths["shakespeare"] = str(path)
    if "storybook" not in paths:
        known = " ".join(sorted(words.DESCRIBING | words.NAMING | words.FUNCTION))
        tokenizer = BPETokenizer.train("\n".join([f"{SENTENCE} {OTHER} {LONGEST} {known}"] * 3), 4096)
        paths["storybook"] = str(untrained(folder, "storybook", tokenizer, tokenizer.vocab_size))
        find_pick = partial(pick_for, path=picked_by_hand(load(paths["storybook"]), folder / "picks.yaml"))
    return Networks(load(paths["storybook"]), load(paths["shakespeare"]), paths, find_pick)


def picked_by_hand(checkpoint: Checkpoint, path: Path) -> Path:
    """A picks file for an untrained network."""
    query, keys, contrast = close_up(run(checkpoint, SENTENCE), 1, 0)
    pick = Pick(SENTENCE, OTHER, 1, 0, query, keys, contrast, "any head will do")
    picks_file.write(checkpoint, {"attention_pattern": pick}, path)
    return path


def text_of(story: str, networks: Networks) -> str | None:
    """The sentence a story is told with; None for the picked one."""
    tokenizer = networks.storybook.tokenizer
    if story == "two tokens":
        return "the king"
    if story in CUT:
        return tokenizer.decode(tokenizer.encode(LONGEST)[: CUT[story]])
    if story == "long words":
        known = sorted(words.DESCRIBING | words.NAMING, key=lambda word: (-len(word), word))
        whole = [word for word in known if len(tokenizer.encode(f"a {word}")) == 2]
        return "the " + " ".join(whole[:7])
    return CHARACTERS if story == "characters" else None


# -- looking at the screen --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """Something to be read, as it stood on the screen, and what a number said of itself then."""

    writing: Writing
    kind: str
    value: float = float("nan")
    style: dict[str, Any] = field(default_factory=dict)
    passport: Any = None

    @property
    def text(self) -> str:
        return self.writing.says

    @property
    def opacity(self) -> float:
        return self.writing.opacity

    @property
    def center(self) -> np.ndarray:
        return self.writing.center


@dataclass(frozen=True)
class Shown:
    """A value drawn as a shape: a dot, an arc, a bar, one square of a strip; ``size`` is what stands for it."""

    kind: str
    value: float
    size: float
    center: np.ndarray
    passport: Any


@dataclass
class Still:
    """The screen at the end of a beat."""

    number: int
    frame: layout.Area
    height: float
    texts: list[Written]
    shapes: list[Shown]
    boxes: list[np.ndarray]
    queries: np.ndarray
    keys: np.ndarray

    @property
    def read(self) -> list[Written]:
        """What is meant to be read, without what was dimmed on purpose."""
        return [one for one in self.texts if one.opacity > BRIGHT]

    @property
    def numbers(self) -> list[Written]:
        return [one for one in self.texts if one.kind == "number"]

    def cell(self, center: np.ndarray) -> tuple[int, int]:
        """The (query, key) whose headers stand over and before a place."""
        query, key = np.abs(self.queries[:, 0] - center[0]), np.abs(self.keys[:, 1] - center[1])
        return int(query.argmin()), int(key.argmin())


def noted(one: Writing, tags: set[int]) -> Written:
    """What is written, with what a number knows of itself."""
    part = one.mobject
    if isinstance(part, Numeral):
        style = {"decimals": part.decimals, "sign": part.sign, "thousands": part.thousands}
        return Written(one, "number", part.value, style, part.passport)
    return Written(one, "tag" if id(part) in tags else one.kind)


def shown(part: VMobject) -> list[Shown]:
    """The values a mobject draws as shapes."""
    if isinstance(part, ValueStrip):
        squares = zip(part.submobjects, part.values, part.passports, strict=True)
        return [Shown("square", float(v), square.width, square.get_center(), papers) for square, v, papers in squares]
    if isinstance(part, EntropyBar):
        return [Shown("bar", part.value, part.level.width / part.track.width, part.get_center(), part.passport)]
    if isinstance(part, WeightDot):
        return [Shown("dot", part.value, part.radius, part.middle, part.passport)]
    return [Shown("arc", part.value, part.stroke, part.get_center(), part.passport)]


class Watched(Inspected, AttentionPattern):
    """The scene, with a look at the screen at the end of each beat and a count of what moves."""

    def setup(self) -> None:
        super().setup()
        self.stills: list[Still] = []
        self.at_first: list[Written] | None = None

    def begin_animations(self) -> None:
        if self.at_first is None:
            self.at_first = [one for one in self.survey()[0] if one.opacity > SEEN]
        super().begin_animations()
        for panel in (animation for animation in self.animations if isinstance(animation, ColumnSoftmax)):
            self.room_below_the_panel = panel.by.get_bottom()[1] - self.credit.get_top()[1]

    def survey(self) -> tuple[list[Written], list[Shown]]:
        """Everything on the screen that says something."""
        tags = {id(part) for part in self.credit.get_family()} if self.credit else set()
        texts = [noted(one, tags) for one in written(self.mobjects)]
        shapes, seen = list[Shown](), set[int]()
        waiting = list(self.mobjects)
        while waiting:
            part = waiting.pop(0)
            if id(part) in seen:
                continue
            seen.add(id(part))
            if isinstance(part, ValueStrip | EntropyBar | WeightDot | ContextArc):
                shapes += shown(part)
            else:
                waiting += part.submobjects
        return texts, shapes

    def beat_ended(self, beat: Any) -> None:
        super().beat_ended(beat)
        frame = self.camera.frame
        texts, shapes = self.survey()
        area, places = layout.safe_area(frame.get_center(), frame.height), [np.zeros((0, 3))] * 2
        if hasattr(self, "board"):
            headers = self.board.query_symbols, self.board.key_symbols
            places = [np.array([symbol.get_center() for symbol in group]) for group in headers]
        boxes = [box.get_center() for box in self.mask if len(box.points)] if hasattr(self, "mask") else []
        self.stills.append(Still(beat.number, area, frame.height, texts, shapes, boxes, *places))


@dataclass
class Telling:
    """A story told to its end."""

    name: str
    scene: Watched
    stills: list[Still]
    fresh: dict[str, Activations]
    exact: dict[str, Activations]

    def number_of(self, passport: tuple[str, tuple[Any, ...], str]) -> float:
        """The number a passport names, computed anew."""
        return float(self.fresh[passport[2]].resolve(passport))

    def pattern(self, exact: bool = True) -> np.ndarray:
        """Shares of the picked head, axes (query, key)."""
        pick, computed = self.scene.pick, self.exact if exact else self.fresh
        return computed[self.scene.activations.source]["pattern", pick.layer].values[pick.head]


@pytest.fixture(scope="session", params=STORIES)
def told(request: pytest.FixtureRequest, networks: Networks, tmp_path_factory: pytest.TempPathFactory) -> Telling:
    """One of the stories, stepped through without drawing."""
    name = request.param
    sentence = text_of(name, networks)
    with pytest.MonkeyPatch.context() as patch:
        for variable in [variable for variable in os.environ if variable.startswith("STORY_")]:
            patch.delenv(variable)
        patch.setenv("STORY_CHECKPOINT", networks.paths["shakespeare" if name == "characters" else "storybook"])
        if sentence is not None:
            patch.setenv("STORY_TEXT", sentence)
        patch.setattr("scenes.base.pick_for", networks.find_pick)
        with tempconfig(STEPPED | {"media_dir": str(tmp_path_factory.mktemp("media"))}):
            scene = Watched()
            try:
                scene.render()
            except SystemExit:
                pytest.fail(f"the story of {name} was refused; the sentence is on stderr")
    prompts = scene.pick.prompt, scene.pick.second_prompt
    fresh, exact = (
        {(acts := run(scene.checkpoint, prompt, dtype)).source: acts for prompt in prompts}
        for dtype in (np.float32, np.float64)
    )
    return Telling(name, scene, scene.stills, fresh, exact)


def listed(faults: list[str]) -> str:
    """Faults for a reader, the first dozen."""
    return "\n".join(["", *faults[:40], *([f"... and {len(faults) - 40} more"] if len(faults) > 40 else [])])


# -- the numbers are true ---------------------------------------------------------------------------------------------


def test_the_story_is_the_one_asked_for(told: Telling, networks: Networks) -> None:
    expected = CUT | {"two tokens": 2, "characters": len(CHARACTERS)}
    assert told.scene.pick.prompt == (text_of(told.name, networks) or told.scene.pick.prompt)
    assert len(told.scene.pieces) == expected.get(told.name, len(told.scene.pieces))
    assert "".join(one.text for one in told.stills[0].texts if one.kind == "word") == told.scene.pick.prompt


def test_every_number_shown_is_its_tensor_rounded(told: Telling) -> None:
    faults = []
    for still in told.stills:
        for one in still.numbers:
            if not isinstance(one.passport, tuple):
                continue
            value = told.number_of(one.passport)
            if abs(value - one.value) > 1e-6 or one.text != format_number(value, **one.style):
                faults.append(f"beat {still.number}: {one.text} ({one.value}) is {value} in {one.passport}")
    assert not faults, listed(faults)


def test_every_number_shown_is_right_in_twice_the_precision(told: Telling) -> None:
    passports = {one.passport for still in told.stills for one in still.numbers if isinstance(one.passport, tuple)}
    assert passports
    for passport in passports:
        exact = float(told.exact[passport[2]].resolve(passport))
        assert told.number_of(passport) == pytest.approx(exact, rel=1e-3, abs=1e-4), passport


def test_every_number_shown_has_papers(told: Telling) -> None:
    faults = [f"beat {s.number}: {one.text}" for s in told.stills for one in s.numbers if not one.passport]
    faults += [f"beat {s.number}: a {one.kind}" for s in told.stills for one in s.shapes if not one.passport]
    assert not faults + told.scene.ledger.undeclared, listed(faults)


def test_declared_numbers_are_what_they_are_declared_to_be(told: Telling) -> None:
    count = len(told.scene.pieces)
    expected = {
        "count: tokens": count,
        "count: pairs of tokens": count**2,
        "size: n_embd": told.scene.checkpoint.config.n_embd,
        "sum of the shown column": 1.0,
    }
    for still in told.stills:
        for one in still.numbers:
            if isinstance(one.passport, str):
                assert one.value == pytest.approx(expected[one.passport], abs=1e-6), f"beat {still.number}"
                assert one.text == format_number(expected[one.passport], **one.style)


def test_numbers_and_dots_stand_in_their_own_cells(told: Telling) -> None:
    faults = []
    for still in told.stills[5:15]:
        in_cells = [one for one in (*still.numbers, *still.shapes) if isinstance(one.passport, tuple)]
        for one in in_cells:
            _, (_, query, key), _ = one.passport
            if still.cell(one.center) != (query, key):
                faults.append(f"beat {still.number}: {one.value:.3f} of {(query, key)} is in {still.cell(one.center)}")
    assert not faults, listed(faults)


def test_all_scores_are_shown_before_the_shares(told: Telling) -> None:
    count, [scores] = len(told.scene.pieces), [still for still in told.stills if still.number == 11]
    assert sorted(one.passport[1][1:] for one in scores.numbers) == [(q, k) for q in range(count) for k in range(count)]
    assert {one.passport[0] for one in scores.numbers} == {f"blocks.{told.scene.pick.layer}.attn.attn_scores"}


def test_the_answers_looked_at_closely_are_the_picked_ones(told: Telling) -> None:
    pick = told.scene.pick
    for number, keys in ((9, pick.keys), (10, (*pick.keys, pick.contrast))):
        cells = [one.passport[1][1:] for one in told.stills[number - 1].numbers]
        assert sorted(cells) == sorted((pick.query, key) for key in set(keys))
    scores = told.exact[told.scene.activations.source]["attn_scores", pick.layer].values[pick.head, pick.query]
    before = np.argsort(scores[: pick.query])[::-1]
    assert set(before[: len(pick.keys)]) == set(pick.keys), "these answer best of all that came before"


def test_what_is_said_of_the_word_that_does_not_answer_is_true(told: Telling) -> None:
    pick, said = told.scene.pick, told.scene.beats[9].narration
    scores = told.exact[told.scene.activations.source]["attn_scores", pick.layer].values[pick.head, pick.query]
    if pick.contrast == pick.query:
        assert "its own question" in said
    else:
        assert scores[pick.contrast] < min(scores[list(pick.keys)])
        assert ("below zero" in said) == (scores[pick.contrast] < 0 < min(scores[list(pick.keys)]))


def test_scores_that_are_mostly_below_zero_are_said_to_be(told: Telling) -> None:
    pick = told.scene.pick
    scores = told.exact[told.scene.activations.source]["attn_scores", pick.layer].values[pick.head]
    assert ("most scores lie below zero" in told.scene.beats[10].narration) == ((scores < 0).mean() > 0.75)


@pytest.mark.parametrize("number", [13, 14])
def test_the_shares_of_a_column_add_up_to_one(told: Telling, number: int) -> None:
    still, count = told.stills[number - 1], len(told.scene.pieces)
    shares = [one for one in still.numbers if isinstance(one.passport, tuple)]
    for query in range(count):
        column = [one for one in shares if one.passport[1][1] == query]
        assert len(column) == (count if number == 13 else query + 1)
        assert sum(one.value for one in column) == pytest.approx(1, abs=1e-5)
        assert abs(sum(float(one.text) for one in column) - 1) <= 0.005 * len(column) + 1e-9
    totals = [one.text for one in still.numbers if one.passport == "sum of the shown column"]
    assert totals == ["1.00"] * count


def test_the_future_is_hidden_and_lies_at_the_lower_left(told: Telling) -> None:
    count, masked = len(told.scene.pieces), told.stills[13]
    future = {(query, key) for query in range(count) for key in range(query + 1, count)}
    assert sorted(masked.cell(center) for center in masked.boxes) == sorted(future)
    top, bottom = masked.keys[0], masked.keys[-1]
    left, right = masked.queries[0], masked.queries[-1]
    for x, y, _ in masked.boxes:
        assert (x - left[0]) / (right[0] - left[0]) < (top[1] - y) / (top[1] - bottom[1]), (
            "left of and below the diagonal"
        )
    for still in told.stills[13:16]:
        in_cells = [one.passport[1][1:] for one in still.numbers if isinstance(one.passport, tuple)]
        drawn = [one.passport[1][1:] for one in still.shapes if one.kind == "dot" and one.size > 1e-9]
        assert not future & {*in_cells, *drawn}, f"beat {still.number}"


def test_the_area_of_a_dot_is_its_share(told: Telling) -> None:
    for still in told.stills:
        dots = [one for one in still.shapes if one.kind == "dot"]
        drawn = [one for one in dots if one.value >= 0.001]
        assert all(one.size < 1e-9 for one in dots if one.value < 0.001)
        ratios = [one.size**2 / one.value for one in drawn]
        assert ratios == pytest.approx([ratios[0]] * len(ratios) if ratios else [], rel=1e-6), f"beat {still.number}"


def test_every_shape_stands_for_its_tensor(told: Telling) -> None:
    kinds = set()
    for still in told.stills:
        for one in still.shapes:
            if isinstance(one.passport, tuple):
                kinds.add(one.kind)
                assert one.value == pytest.approx(told.number_of(one.passport), abs=1e-6), f"beat {still.number}"
    assert kinds >= {"dot", "square"}


def test_arcs_are_as_wide_as_the_shares_they_stand_for(told: Telling) -> None:
    arcs = [one for one in told.stills[1].shapes if one.kind == "arc"]
    uncut = [one for one in arcs if one.size < theme.STROKE_ARC_MAX - 1e-9]
    ratios = [one.size / one.value for one in uncut]
    assert ratios == pytest.approx([ratios[0]] * len(ratios) if ratios else [], rel=1e-6)


def test_the_bars_are_the_entropy_of_their_columns(told: Telling) -> None:
    bars = sorted((one for one in told.stills[14].shapes if one.kind == "bar"), key=lambda one: one.center[0])
    pattern = told.pattern()
    assert [one.value for one in bars] == pytest.approx([entropy(column) for column in pattern], abs=1e-4)
    assert [one.size for one in bars] == pytest.approx([one.value / np.log(len(pattern)) for one in bars], abs=0.03)


def test_the_tour_names_the_three_strongest_links(told: Telling) -> None:
    still, pattern = told.stills[15], told.pattern(exact=False)
    links = [one for one in still.numbers if isinstance(one.passport, tuple)]
    off_diagonal = np.sort(np.tril(pattern, -1), axis=None)[::-1]
    most = min(3, len(pattern) * (len(pattern) - 1) // 2)
    assert sorted((one.value for one in links), reverse=True) == pytest.approx(off_diagonal[:most], abs=1e-6)
    lines = [one.text for one in still.texts if "→" in one.text]
    for one in links:
        _, (_, query, key), _ = one.passport
        source, target = (told.scene.pieces[place].strip() or "space" for place in (key, query))
        assert f"{source} → {target}" in lines


def test_the_second_sentence_shows_its_own_pattern(told: Telling) -> None:
    for still in told.stills[16:]:
        dots = [one for one in still.shapes if one.kind == "dot"]
        [source] = {one.passport[2] for one in dots}
        second = run(told.scene.checkpoint, told.scene.pick.second_prompt)
        assert source == second.source
        assert len(dots) == len(second.ids) ** 2
        words_shown = "".join(sorted(one.text for one in still.texts if one.kind == "word"))
        pieces = told.scene.checkpoint.tokenizer.pieces(list(second.ids))
        assert words_shown == "".join(sorted(pieces * 2))


def test_the_credit_names_the_network_and_with_its_numbers_the_picked_head(told: Telling) -> None:
    pick, name = told.scene.pick, told.scene.checkpoint.name
    head = f"{name}: layer {pick.layer + 1}, head {pick.head + 1}, measured"
    credits = [[one.text for one in still.texts if one.kind == "tag"] for still in told.stills]
    assert credits[0] == [] and [len(shown_at_once) for shown_at_once in credits[1:]] == [1] * 17
    assert [credit for [credit] in credits[1:] if not credit.startswith(f"{name}: ")] == []
    assert [credits[1], *credits[4:]] == [[head]] * 15


def test_numbers_in_the_narration_are_true(told: Telling) -> None:
    pattern, shape = told.pattern(), told.scene.checkpoint.config
    tour, rest = told.scene.beats[15].narration, told.scene.beats[17].narration
    percent = [int(word) for word in tour.split() if word.isdigit()]
    assert percent == [round(100 * np.tril(pattern, -1).max())] * len(percent)
    assert [int(word) for word in rest.split() if word.isdigit()] in ([], [shape.n_head, shape.n_layer])


# -- the screen can be read -------------------------------------------------------------------------------------------


def test_the_last_line_of_the_softmax_stands_above_the_credit(told: Telling) -> None:
    assert told.scene.room_below_the_panel > 0


def test_the_inspector_finds_no_fault(told: Telling) -> None:
    # With more rows than nine, or very long words, there is no room for text of the usual size.
    crowded = told.name in CROWDED
    faults = [
        f"beat {fault.beat}: {fault.finding.said}"
        for fault in told.scene.faults
        if not (crowded and fault.finding.check == "small")
    ]
    assert not faults, listed(faults)


def test_no_label_lies_on_a_dot(told: Telling) -> None:
    for still in told.stills:
        dots = [one for one in still.shapes if one.kind == "dot" and one.size > 1e-3]
        for one in (one for one in still.read if one.kind == "label"):
            low, high = one.writing.low, one.writing.high
            covered = [
                dot.value
                for dot in dots
                if (np.abs(np.clip(dot.center[:2], low, high) - dot.center[:2]) < dot.size).all()
            ]
            assert not covered, f"beat {still.number}: {one.text!r}"


def test_in_a_crowd_text_is_as_large_as_the_room_allows(told: Telling) -> None:
    least = CROWDED.get(told.name, 0)
    for still in told.stills:
        sizes = [one.writing.size * layout.FRAME_HEIGHT / still.height for one in still.read]
        assert still.number == 3 or min(sizes) >= 0.95 * least, f"beat {still.number}"


def test_the_film_has_its_beats_acts_and_length(told: Telling) -> None:
    scene = told.scene
    assert [beat.number for beat in scene.beats] == list(range(1, 19))
    assert {act: sum(beat.act == act for beat in scene.beats) for act in ACTS} == ACTS
    assert 120 <= scene.frames / 15 <= 170
    assert scene.frames == sum(beat.frames for beat in scene.beats)


def test_the_narration_can_be_spoken_in_its_time(told: Telling) -> None:
    pace = {beat.number: len(beat.narration.split()) / (beat.frames / 15) * 60 for beat in told.scene.beats}
    assert {number: round(rate) for number, rate in pace.items() if not 60 <= rate <= 165} == {}


def test_the_film_begins_empty_and_ends_in_full_light(told: Telling) -> None:
    assert told.scene.at_first == []
    parts = [part for mobject in told.scene.mobjects for part in mobject.get_family()]
    assert not [part for part in parts if hasattr(part, "bright_alphas")]
    assert all(one.opacity > 0.9 for one in told.stills[-1].texts)
    assert told.stills[-1].height == told.stills[-2].height


def test_the_record_of_the_story_is_complete(told: Telling) -> None:
    record = Record.model_validate(told.scene.record())
    assert (record.text, record.tokens) == (told.scene.pick.prompt, told.scene.pieces)
    assert record.head == {"layer": told.scene.pick.layer, "head": told.scene.pick.head}
    assert record.numbers.shown == record.numbers.from_network + record.numbers.declared
    assert record.checkpoint is not None and record.checkpoint.hash == told.scene.checkpoint.digest


class TestAttentionPattern(EveryScene):
    """What holds for every scene."""

    name = "AttentionPattern"
    beats = 18


# -- what cannot be told ----------------------------------------------------------------------------------------------


class Beginning(AttentionPattern):
    """Only the first beat: enough to know whether a sentence can be drawn."""

    def construct(self) -> None:
        self.act("Words")
        self.show_the_sentence()


@pytest.fixture
def begin(networks: Networks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Beginning]]:
    """Tell the beginning of a story with any text and one of the networks."""

    def tell(sentence: str, network: str = "storybook") -> Beginning:
        for variable in [variable for variable in os.environ if variable.startswith("STORY_")]:
            monkeypatch.delenv(variable)
        monkeypatch.setenv("STORY_CHECKPOINT", networks.paths[network])
        monkeypatch.setenv("STORY_TEXT", sentence)
        monkeypatch.setattr("scenes.base.pick_for", networks.find_pick)
        with tempconfig(STEPPED | {"media_dir": str(tmp_path)}):
            scene = Beginning()
            scene.render()
        return scene

    yield tell


@pytest.mark.parametrize(
    ("sentence", "network", "found"),
    [
        ("the king " * 20, "storybook", "shorte"),
        ("the king and " * 200, "storybook", "shorte"),
        (" king", "storybook", "longer one"),
        ("the king \N{DRAGON}", "storybook", "U+1F409"),  # its tokens are parts of a character
        ("the k\N{LATIN SMALL LETTER U WITH DIAERESIS}hne \N{CJK UNIFIED IDEOGRAPH-738B}", "storybook", "U+738B"),
        ("the king\N{ZERO WIDTH JOINER}s", "storybook", "U+200D"),
        ("the king\x07", "storybook", "U+0007"),
        ("to be \N{DRAGON}", "shakespeare", "is not one of them"),
        ("to be 7", "shakespeare", "'7' is not one of them"),
    ],
)
def test_a_text_that_cannot_be_shown_is_refused_in_one_sentence(
    begin: Callable[..., Beginning], sentence: str, network: str, found: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ending:
        begin(sentence, network)
    [line] = capsys.readouterr().err.strip().splitlines()
    assert ending.value.code == 1
    assert line.startswith("error: ") and found in line


@pytest.mark.parametrize("sentence", ["<b>the king</b>", "the king & queen", "x^2 $y$ \\z"])
def test_markup_is_shown_as_it_was_typed(begin: Callable[..., Beginning], sentence: str) -> None:
    assert len(sentence.split()) > 1
    scene = begin(sentence)
    assert "".join(token.piece for token in scene.row.tokens) == sentence
    for token in scene.row.tokens:
        assert len(token.word.submobjects) == len(token.piece.replace(" ", "")) or token.piece.isspace()


def test_an_unchanged_scene_is_not_drawn_again_by_another_process(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "manim", "-r", "160,90", "--frame_rate", "5", "--progress_bar", "none"]
    made = []
    for _ in range(2):
        subprocess.run(
            [*command, "--media_dir", str(tmp_path), "scenes/attention.py", "AttentionPattern"],
            cwd=Path(__file__).parent.parent,
            check=True,
            capture_output=True,
        )
        made.append({path: path.stat().st_mtime_ns for path in tmp_path.rglob("partial_movie_files/**/*.mp4")})
    assert made[0] == made[1] and len(made[0]) > 50
