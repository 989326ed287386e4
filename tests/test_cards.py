"""Companion clips: each is what its text says, transparent, in its time; faults are told by line and field."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from manim import tempconfig

from scenes import cards
from scenes.card_texts import CARDS, CardsError, Checklist, read_cards
from scenes.inspecting import STEPPED
from scenes.source import commit_of_the_film
from tests.telling import Told, tell

ROOT = Path(__file__).resolve().parent.parent
NAMES = tuple(read_cards())
WANTED = {
    "initials", "road map", "split", "spotlight", "checklist", "strike", "head", "dimension", "methods", "question",
    "words", "end",
}  # fmt: skip


@pytest.fixture(scope="module", params=[(name, story) for name in NAMES for story in ("picked", "characters")])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Each card, told by our two networks."""
    name, story = request.param
    return tell(getattr(cards, name), story, tmp_path_factory.mktemp("cards"))


def test_there_is_a_card_of_every_kind() -> None:
    assert {card.kind for card in read_cards().values()} == WANTED
    assert len({type(card) for card in read_cards().values()} ^ set(cards.KINDS)) == 0


def test_the_inspector_finds_no_fault(told: Told) -> None:
    assert [fault.finding.said for fault in told.scene.faults] == []


def test_every_number_has_papers(told: Told) -> None:
    assert told.scene.ledger.undeclared == []


def test_cards_last_as_long_as_they_say_and_begin_empty(told: Told) -> None:
    assert told.scene.frames / 15 == pytest.approx(told.scene.card.seconds, abs=0.15)
    assert [one.text for one in told.at_first] == []


def test_cards_let_footage_through_unless_they_say_otherwise(told: Told) -> None:
    assert told.scene.camera.background_opacity == (0 if told.scene.card.transparent else 1)
    if told.story == "picked" and told.scene.card.transparent:
        _, through = told.drawings[-1]
        assert (through[..., 3] == 0).mean() > 0.4


def test_the_struck_title_shows_the_measured_share(tmp_path: Path) -> None:
    told = tell(cards.StruckTitle, "picked", tmp_path)
    pick = told.scene.pick
    shares = told.activations["pattern", pick.layer].values[pick.head, pick.query]
    [number] = told.numbers(1, "pattern")
    assert number.value == pytest.approx(max(shares[key] for key in pick.keys), abs=1e-5)
    assert number.text == str(round(100 * number.value))


def test_the_end_card_names_network_seed_weights_and_commit(tmp_path: Path) -> None:
    told = tell(cards.EndCard, "picked", tmp_path)
    said = " ".join(told.texts(1)).replace(" ", "")
    assert told.checkpoint.name in said and told.checkpoint.digest[:12] in said
    assert [one.value for one in told.declared(1, "seed of the training")] == [1337]
    if (ROOT / ".git").exists():
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert commit_of_the_film() == head.stdout.strip()[:12]


def test_the_dimension_is_the_networks(tmp_path: Path) -> None:
    told = tell(cards.DimensionLabel, "picked", tmp_path)
    assert [one.value for one in told.declared(1, "size of the network")] == [told.checkpoint.config.n_embd]


def test_words_light_up_when_they_are_heard(tmp_path: Path) -> None:
    card = cards.CARDS["TimedLineCard"]
    seen: dict[str, float] = {}

    class Watched(cards.TimedLineCard):  # type: ignore[name-defined, misc]
        def play(self, *args: object, **kwargs: object) -> None:
            before = self.frames / 15
            super().play(*args, **kwargs)
            for timed, part in zip(card.words, getattr(self, "parts", []), strict=False):
                if part.family_members_with_points()[0].get_fill_opacity() == 1:
                    seen.setdefault(timed.word, before)

    with tempconfig(STEPPED | {"media_dir": str(tmp_path)}):
        Watched().render()
    assert [seen[timed.word] for timed in card.words] == pytest.approx([timed.at for timed in card.words], abs=0.11)


# -- texts that are not as they should be --------------------------------------------------------------------------


GOOD = "Name:\n  kind: checklist\n  topics: [one, two]\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (GOOD + "  done: 3\n", 1, "3 topics are done"),
        (GOOD + "  seconds: 60\n", 4, "'seconds' of Name"),
        (GOOD + "  colour: red\n", 4, "'colour' of Name"),
        (GOOD.replace("checklist", "poster"), 2, "'kind' of Name is 'poster'"),
        ("Name:\n  topics: [one]\n", 1, "'kind' of Name is 'missing'"),
        ("Name:\n  kind: checklist\n", 1, "'topics' of Name: field required"),
        (GOOD.replace("[one, two]", "[one, '']"), 3, "'topics.1' of Name"),
        (GOOD.replace("Name", "my card"), 1, "'my card' is no name"),
        ("Name:\n  kind: [checklist\n", 3, "expected"),
        ("- a\n- b\n", 1, "no cards were found"),
        ("", 1, "no cards were found"),
        ("Name: 7\n", 1, "Name"),
        ("A:\n  kind: strike\n  claim: x\n  wrong: y\n  right: z\n", 1, "is not found once in the claim"),
        ("A:\n  kind: spotlight\n  picture: no.png\n  hole: [0, 0, 1, 1]\n  caption: c\n", 1, "is no picture no.png"),
        ("A:\n  kind: words\n  words: [{word: a, at: 9}]\n", 1, "expected rising times below 5.0 seconds"),
        ("A:\n  kind: road map\n  stops: [a, b]\n  here: 3\n", 1, "there are only 2 stops"),
    ],
)  # fmt: skip
def test_faults_are_told_by_line_and_field(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "cards.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CardsError) as fault:
        read_cards(path)
    sentence = str(fault.value)
    assert sentence.startswith(f"{path}, line {line}:"), sentence
    assert said in sentence and "\n" not in sentence


def test_a_missing_file_and_one_of_bytes_are_told(tmp_path: Path) -> None:
    with pytest.raises(CardsError, match="cannot be read"):
        read_cards(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CardsError, match="no text in UTF-8"):
        read_cards(tmp_path / "bytes.yaml")


def test_a_good_card_is_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "cards.yaml"
    path.write_text(GOOD + "  done: 1\n", encoding="utf-8")
    card = read_cards(path)["Name"]
    assert isinstance(card, Checklist) and card.topics == ["one", "two"] and card.transparent


def test_manim_renders_a_card_from_the_file_transparent(tmp_path: Path) -> None:
    import av

    command = [sys.executable, "-m", "manim", "-ql", "--media_dir", str(tmp_path), "scenes/cards.py", "DimensionLabel"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [film] = [path for path in tmp_path.rglob("*.mov") if "partial" not in str(path)]
    with av.open(str(film)) as reader:
        last = list(reader.decode(video=0))[-1].to_ndarray(format="rgba").astype(int)
    assert (last[..., 3] == 0).mean() > 0.8
    soft = (last[..., 3] > 0) & (last[..., 3] < 255)
    assert soft.any() and last[soft][:, :3].max(axis=1).min() > 60  # straight: edges are no darker than what they bound
    assert np.isin(255, last[..., 3])


def test_manim_tells_a_fault_in_the_cards_in_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-c", (
        "import scenes.card_texts as texts, pathlib, runpy, sys\n"
        f"texts.read_cards.__defaults__ = (pathlib.Path({str(tmp_path / 'none.yaml')!r}),)\n"
        "runpy.run_path('scenes/cards.py', run_name='as.manim.does')\n"
    )]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and "Traceback" not in done.stderr and done.stderr.count("\n") == 1
    assert CARDS.name == "cards.yaml"
