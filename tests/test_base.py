"""What every scene shares keeps its promises: whole frames, captions, sections, records, one-sentence refusals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import srt
from manim import DOWN, RIGHT, FadeIn, FadeOut, Rotate, Square, VGroup, tempconfig

from mobjects import Numeral, layout, theme
from model.checkpoint import Checkpoint, save
from model.config import GPTConfig
from model.tokenizer import CharTokenizer
from rendering.manifest import Record
from rendering.plan import Story, make_task
from rendering.progress import Progress
from scenes import language
from scenes.base import ChapterScene, StoryError, frame_rate_fraction, has_screen
from scenes.storyboard import CHAPTERS

ROOT = Path(__file__).resolve().parent.parent
RATES = {"15": 15, "24": 24, "25": 25, "29.97": 30000 / 1001, "30": 30, "50": 50, "59.94": 60000 / 1001, "60": 60}
SMALL = {"pixel_width": 64, "pixel_height": 36, "progress_bar": "none", "verbosity": "WARNING"}
STORY = ("STORY_TEXT", "STORY_CHECKPOINT", "STORY_LANGUAGE", "STORY_PROGRESS", "STORY_RECORD")
ALPHABET = "abcdefghiklmnoprstuw ."


def tiny_network(name: str = "tiny", spoilt: bool = False) -> Checkpoint:
    """A network of one block with random weights (or none that are numbers), one token a character."""
    shape = GPTConfig(vocab_size=len(ALPHABET), block_size=24, n_layer=1, n_head=2, n_embd=8)
    chance = np.random.default_rng(7)
    weights = {
        tensor: np.full(size, np.nan, np.float32) if spoilt else chance.normal(0, 0.5, size).astype(np.float32)
        for tensor, size in shape.tensor_shapes().items()
    }
    return Checkpoint(name, shape, CharTokenizer(ALPHABET), weights, "5eed" * 16, {"hardware": "no machine"})


class Small(ChapterScene):
    """Two acts, three beats; motions and rests of odd lengths."""

    checkpoint = tiny_network()
    text = "a tale"

    def construct(self) -> None:
        square = Square(2, fill_opacity=1)
        self.act("Coming")
        with self.beat("It comes.", 1.61):
            self.play(FadeIn(square), run_time=0.33)
            self.play(square.animate.shift(RIGHT), Rotate(square.copy(), 1), run_time=0.21)
            self.wait(0.13)
        with self.beat("It stays.", 0.2):
            pass
        self.act("Going")
        with self.beat("It goes, and its numbers stay.", 1.17):
            number = Numeral(self.activations["pattern", 0].at(head=1)[2, 1], decimals=2)
            count = Numeral(6, decimals=0, passport="count: tokens").next_to(number, DOWN)
            self.play(FadeOut(square), FadeIn(number), run_time=0.5)
            self.play(FadeIn(count), run_time=0.01)


@dataclass
class Film:
    """A rendered scene and what it left behind."""

    scene: Small
    rate: float
    movie: Path
    record: dict[str, Any]
    progress: list[str]

    @property
    def frames(self) -> int:
        return count_frames(self.movie)


def count_frames(path: str | Path) -> int:
    with av.open(str(path)) as reader:
        return sum(1 for _ in reader.decode(video=0))


def render(scene: type[ChapterScene], folder: Path, rate: float = 15, **settings: object) -> ChapterScene:
    with tempconfig(SMALL | {"frame_rate": rate, "media_dir": str(folder)} | settings):
        made = scene()
        made.render()
    return made


@pytest.fixture(autouse=True)
def no_story_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in STORY:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module", params=RATES.values(), ids=RATES)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Film]:
    folder, rate = tmp_path_factory.mktemp("film"), float(request.param)
    with pytest.MonkeyPatch.context() as patch:
        for name in STORY:
            patch.delenv(name, raising=False)
        patch.setenv("STORY_PROGRESS", str(folder / "progress.jsonl"))
        patch.setenv("STORY_RECORD", str(folder / "record.json"))
        scene = render(Small, folder, rate)
    lines = (folder / "progress.jsonl").read_text().splitlines()
    record = json.loads((folder / "record.json").read_text())
    yield Film(scene, rate, scene.output_plan.primary_artifact, record, lines)


# -- time -------------------------------------------------------------------------------------------------------------


def test_the_frames_counted_are_the_frames_in_the_film(film: Film) -> None:
    assert film.scene.frames == film.frames == film.record["frames"]


def test_every_beat_starts_where_the_one_before_ends_and_the_last_ends_the_film(film: Film) -> None:
    beats = film.scene.beats
    assert [beat.start_frame for beat in beats] == [0, *np.cumsum([beat.frames for beat in beats])[:-1]]
    assert beats[-1].start_frame + beats[-1].frames == film.frames


def test_a_beat_lasts_as_long_as_asked_to_half_a_frame(film: Film) -> None:
    first, _, last = film.scene.beats
    assert abs(first.frames - 1.67 * film.rate) <= 1.5  # its motions end at 0.67 s and leave less than a hold
    assert abs(last.frames - 1.51 * film.rate) <= 2


def test_every_beat_ends_in_a_hold_long_enough_to_read(film: Film) -> None:
    assert theme.HOLD_READ >= 1
    assert film.scene.beats[1].frames == round(theme.HOLD_READ * film.rate)


def test_captions_start_and_end_with_their_beats(film: Film) -> None:
    captions = list(srt.parse(film.movie.with_suffix(".srt").read_text()))
    assert [caption.content for caption in captions] == ["It comes.", "It stays.", "It goes, and its numbers stay."]
    for caption, beat in zip(captions, film.scene.beats, strict=True):
        start, end = (frame / film.rate for frame in (beat.start_frame, beat.start_frame + beat.frames))
        assert caption.start.total_seconds() == pytest.approx(start, abs=0.002)
        assert caption.end.total_seconds() == pytest.approx(end, abs=0.002)


def test_acts_become_sections_that_can_be_cut_out(film: Film) -> None:
    sections = film.scene.renderer.file_writer.sections
    assert [section.name for section in sections] == ["Coming", "Going"]
    for section in sections:
        beats = [beat for beat in film.scene.beats if beat.act == section.name]
        files = [file for file in section.partial_movie_files if file]
        assert sum(map(count_frames, files)) == sum(beat.frames for beat in beats)


def test_the_record_is_what_delivery_reads(film: Film) -> None:
    record = Record.model_validate(film.record)
    exact = Fraction(film.rate).limit_denominator(1001)
    assert (record.scene, record.frame_rate, record.text) == ("Small", exact, "a tale")
    assert record.tokens == list("a tale")
    assert [beat.act for beat in record.beats] == ["Coming", "Coming", "Going"]
    assert [beat.number for beat in record.beats] == [1, 2, 3]
    assert record.checkpoint is not None
    assert (record.checkpoint.name, record.checkpoint.trained_on) == ("tiny", "no machine")
    assert (record.numbers.shown, record.numbers.from_network, record.numbers.declared) == (2, 1, 1)
    assert [name.split(" of ")[0] for name in record.passports] == ["blocks.0.attn.pattern"]


def test_progress_can_be_followed_line_by_line(film: Film, tmp_path: Path) -> None:
    events = [json.loads(line) for line in film.progress]
    frames = [event["frames"] for event in events]
    assert frames == sorted(frames) and frames[-1] == film.frames
    assert events[-1]["seconds"] == pytest.approx(film.frames / film.rate)
    chapter = CHAPTERS[0]
    task = make_task(chapter, chapter.scenes[0], root=tmp_path, quality="l", frame_rate=None, story=Story())
    task.progress.parent.mkdir(parents=True, exist_ok=True)
    task.progress.write_text("".join(line + "\n" for line in film.progress))
    row = Progress.of(task)
    assert row.read()
    assert (row.beat, row.name, row.frames) == (3, "Going", film.frames)


def test_a_film_from_the_cache_counts_the_same_frames(tmp_path: Path) -> None:
    first, again = (render(Small, tmp_path) for _ in range(2))
    assert again.frames == first.frames == count_frames(again.output_plan.primary_artifact)
    assert again.beats == first.beats


def test_stepping_through_without_drawing_counts_the_same_frames_and_writes_nothing(tmp_path: Path) -> None:
    stepped = render(Small, tmp_path / "stepped", dry_run=True, from_animation_number=10**6)
    assert stepped.frames == render(Small, tmp_path / "drawn").frames
    assert not [path for path in (tmp_path / "stepped").rglob("*") if path.suffix in (".mp4", ".json", ".srt")]


def test_the_record_lies_beside_the_film_if_nobody_says_where(tmp_path: Path) -> None:
    movie = render(Small, tmp_path).output_plan.primary_artifact
    assert Record.model_validate_json(movie.with_suffix(".story.json").read_bytes()).scene == "Small"


@pytest.mark.parametrize(
    ("rate", "fraction"),
    [
        (15, [15, 1]),
        (60, [60, 1]),
        (29.97, [30000, 1001]),
        (30000 / 1001, [30000, 1001]),
        (59.94, [60000, 1001]),
        (60000 / 1001, [60000, 1001]),
        (23.976, [24000, 1001]),
        (24000 / 1001, [24000, 1001]),
    ],
)
def test_frame_rates_are_written_exactly(rate: float, fraction: list[int]) -> None:
    assert frame_rate_fraction(rate) == fraction


# -- the camera -------------------------------------------------------------------------------------------------------


def test_what_is_pinned_keeps_its_place_and_size_on_the_glass(tmp_path: Path) -> None:
    class Pinned(Small):
        def construct(self) -> None:
            self.note = self.pin(Square(0.3), DOWN + RIGHT)
            self.add(self.note)
            self.places = [self.on_the_glass()]
            self.play(self.look(15, [3, -2, 0]), run_time=0.3)
            self.places.append(self.on_the_glass())

        def on_the_glass(self) -> np.ndarray:
            frame = self.camera.frame
            corner = self.note.get_corner(DOWN + RIGHT) - frame.get_center()
            return np.array([*corner[:2], self.note.height]) / frame.height

    scene = render(Pinned, tmp_path, dry_run=True)
    expected = [layout.SAFE_X / 8, -layout.SAFE_Y / 8]
    for place in scene.places:
        assert place[:2] == pytest.approx(expected, abs=1e-6)
    assert scene.places[0] == pytest.approx(scene.places[1], abs=1e-6)


# -- papers -----------------------------------------------------------------------------------------------------------


def test_a_number_without_papers_is_found_and_named(tmp_path: Path) -> None:
    class Careless(Small):
        def construct(self) -> None:
            with self.beat("A number from nowhere.", 1):
                self.add(VGroup(Numeral(4.25, decimals=2)))

    assert render(Careless, tmp_path, dry_run=True).ledger.undeclared == ["4.25"]


def refusal(scene: type[ChapterScene], folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The sentence with which a scene ends that cannot be told."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ending:
        render(scene, folder, dry_run=True)
    assert ending.value.code == 1
    [line] = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error: ")
    assert "Traceback" not in line
    return line


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", "please give a longer one"),
        ("once there was a small", "the text has 22 tokens; 2 to 16 fit the frame, please give a shorter one"),
        ("once there was a small sailor and a king", "has 40 tokens"),
        ("a Tale", "'T' is not one of them"),
        ("a tale \N{DRAGON}", "is not one of them"),
        ("a <b>tale</b>", "'/' is not one of them"),
    ],
)
def test_a_text_that_cannot_be_told_ends_in_one_sentence(
    text: str, found: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORY_TEXT", text)
    assert found in refusal(Small, tmp_path, capsys)
    assert not list(tmp_path.rglob("*.mp4"))


def test_a_network_that_computes_nonsense_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Spoilt(Small):
        checkpoint = tiny_network("spoilt", spoilt=True)

    assert "spoilt computes NaN or infinity" in refusal(Spoilt, tmp_path, capsys)


def test_a_network_without_a_sentence_says_how_to_give_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Silent(Small):
        text = None

    assert "give one with --text" in refusal(Silent, tmp_path, capsys)


def test_a_network_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Shipped(ChapterScene):
        pass

    monkeypatch.setenv("STORY_CHECKPOINT", "no-such-network")
    assert "there is no checkpoint 'no-such-network'" in refusal(Shipped, tmp_path, capsys)


def test_an_error_of_ours_is_no_story_error(tmp_path: Path) -> None:
    class Wrong(Small):
        def construct(self) -> None:
            raise KeyError("a mistake in the scene")

    with pytest.raises(KeyError, match="a mistake in the scene"):
        render(Wrong, tmp_path, dry_run=True)


# -- the language -----------------------------------------------------------------------------------------------------


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of translations of its own."""
    monkeypatch.setattr(language, "TEXTS", tmp_path)
    language.catalogue.cache_clear()
    yield tmp_path
    language.catalogue.cache_clear()


def test_words_are_translated_where_the_catalogue_has_them(texts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (texts / "de.yaml").write_text("tokens: Tokens\nlayer: Schicht\n", encoding="utf-8")
    monkeypatch.setenv("STORY_LANGUAGE", "de")
    assert (language._("layer"), language._("head")) == ("Schicht", "head")


@pytest.mark.parametrize("name", ["en", ""])
def test_english_needs_no_catalogue(texts: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("STORY_LANGUAGE", name)
    assert language._("layer") == "layer"


def test_a_language_the_film_does_not_speak_is_refused_with_those_it_speaks(texts: Path) -> None:
    (texts / "de.yaml").write_text("layer: Schicht\n", encoding="utf-8")
    with pytest.raises(ValueError, match="does not speak 'xx'; it speaks en, de"):
        language.catalogue("xx")


@pytest.mark.parametrize("content", ["layer: [", "- layer\n- head\n", "layer\n", "layer: 3\n", "layer: null\n", "\xff"])
def test_a_damaged_catalogue_is_named(texts: Path, content: str) -> None:
    (texts / "de.yaml").write_bytes(content.encode("latin-1"))
    with pytest.raises(ValueError, match=r"de\.yaml") as error:
        language.catalogue("de")
    assert len(str(error.value).splitlines()) == 1


def test_an_empty_catalogue_translates_nothing(texts: Path) -> None:
    (texts / "de.yaml").write_text("")
    assert language.catalogue("de") == {}


def test_a_scene_in_an_unknown_language_ends_in_one_sentence(
    texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Speaking(Small):
        def construct(self) -> None:
            self.act(language._("Words"))

    monkeypatch.setenv("STORY_LANGUAGE", "xx")
    assert "does not speak 'xx'" in refusal(Speaking, tmp_path, capsys)


# -- manim by itself --------------------------------------------------------------------------------------------------

ONE_SECOND = """
    from manim import FadeIn, Square
    from scenes.base import ChapterScene

    class OneSecond(ChapterScene):
        text = "a tale"

        def construct(self):
            with self.beat("A square.", 1):
                self.play(FadeIn(Square()), run_time=0.2)
"""
# Loaded by Python before anything else; notes every attempt to leave this machine.
WATCH = """
    import socket

    def noted(self, address, *rest):
        if self.family != socket.AF_UNIX:
            open({path!r}, "a").write(f"{{address}}\\n")
            raise OSError("there is no network")
        return connect(self, address, *rest)

    connect, socket.socket.connect, socket.socket.connect_ex = socket.socket.connect, noted, noted
    look_up = socket.getaddrinfo

    def noted_name(host, *rest, **options):
        open({path!r}, "a").write(f"{{host}}\\n")
        return look_up(host, *rest, **options)

    socket.getaddrinfo = noted_name
"""


def test_manim_alone_renders_a_scene_and_without_a_screen_says_where_it_is(tmp_path: Path) -> None:
    network = tiny_network()
    save(tmp_path / "tiny.safetensors", network.config, network.tokenizer, network.weights, network.facts)
    (tmp_path / "one.py").write_text(textwrap.dedent(ONE_SECOND))
    (tmp_path / "sitecustomize.py").write_text(textwrap.dedent(WATCH).format(path=str(tmp_path / "reached")))
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment |= {
        "STORY_CHECKPOINT": str(tmp_path / "tiny.safetensors"),
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]),
        "COLUMNS": "200",
        "NO_COLOR": "1",
    }
    command = [sys.executable, "-m", "manim", "-ql", "-p", "one.py", "OneSecond"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said
    assert "There is no screen to play it on" in said and "Traceback" not in said
    [movie] = [path for path in tmp_path.rglob("OneSecond.mp4") if "partial_movie_files" not in path.parts]
    assert count_frames(movie) == Record.model_validate_json(movie.with_suffix(".story.json").read_bytes()).frames
    assert not (tmp_path / "reached").exists(), (tmp_path / "reached").read_text()


def test_manim_alone_refuses_a_story_in_one_sentence(tmp_path: Path) -> None:
    network = tiny_network()
    save(tmp_path / "tiny.safetensors", network.config, network.tokenizer, network.weights, network.facts)
    (tmp_path / "one.py").write_text(textwrap.dedent(ONE_SECOND))
    environment = os.environ | {
        "STORY_CHECKPOINT": str(tmp_path / "tiny.safetensors"),
        "STORY_TEXT": "x",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
        "NO_COLOR": "1",
    }
    command = [sys.executable, "-m", "manim", "-ql", "one.py", "OneSecond"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stdout + ended.stderr
    assert [line for line in ended.stderr.splitlines() if line.startswith("error: ") and "'x'" in line]


def test_a_screen_takes_a_display_and_something_that_opens_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setenv("DISPLAY", ":0")
    assert not has_screen()
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert has_screen()
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not has_screen()
    monkeypatch.setattr("sys.platform", "darwin")
    assert has_screen()


def test_a_story_error_is_a_value_error() -> None:
    assert issubclass(StoryError, ValueError)
