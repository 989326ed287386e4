"""The command line does what it says, and says in one sentence what it could not do."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import srt
from click.testing import CliRunner, Result
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.traceback import Frame, Stack, Trace, Traceback

import render
from rendering import preview
from rendering.finish import probe_film
from rendering.manifest import file_sha256, read_manifest
from rendering.plan import PlanError, Story, Task, check_text, make_task, parse_frame_rate
from rendering.progress import Display, Progress, table
from rendering.run import Outcome, explain, run_all, what_went_wrong
from tests.stand_ins import CHAPTERS, driven, work_in


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small repository of its own, with stand-in scenes and one network."""
    work_in(tmp_path, monkeypatch)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(render.main, arguments)


def stand_in_task(root: Path, name: str = "Moves", *program: str) -> Task:
    """A task for a stand-in scene, running another Python program in its place if one is given."""
    chapter = next(chapter for chapter in CHAPTERS if name in [entry.name for entry in chapter.scenes])
    entry = next(entry for entry in chapter.scenes if entry.name == name)
    task = make_task(chapter, entry, root=root, quality="l", frame_rate=None, story=Story())
    return replace(task, command=(sys.executable, "-c", *program)) if program else task


def run_one(task: Task, root: Path) -> Outcome:
    return run_all([task], root, 1, lambda rows: Display(rows, Console(file=io.StringIO())))[0]


# -- what is asked for ------------------------------------------------------------------------------------------------


def test_the_list_shows_every_scene_in_order(root: Path) -> None:
    result = call("--list")
    assert result.exit_code == 0
    places = [result.output.index(word) for word in ("7  Trying", "Moves", "Refuses", "8  Waiting", "Waits")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["Moovs"], "there is no scene 'Moovs' (did you mean Moves?); the storyboard has Moves, Refuses"),
        (["--chapter", "9"], "there is no chapter 9; the storyboard has 7 (Trying), 8 (Waiting)"),
        (["-ql"], "name a scene or give --chapter N"),
        (["Moves", "--text", "  "], "--text is empty"),
        (["Moves", "--text", "a\nb"], "U+000A at character 2"),
        (["Moves", "--text", "a\x1b[31mb"], "U+001B"),
        (["Moves", "--text", "word " * 50], "at most 200 fit"),
        (["Moves", "--fps", "0"], "--fps '0' is not a frame rate"),
        (["Moves", "--fps", "1/0"], "--fps '1/0' is not a frame rate"),
        (["Moves", "--fps", "fast"], "--fps 'fast' is not a frame rate"),
        (["Moves", "--checkpoint", "storybok"], "(did you mean storybook?)"),
        (["Moves", "-q", "x"], "is not one of"),
        (["Moves", "--jobs", "0"], "--jobs"),
        (["Moves", "--theme", "sepia"], "is not one of 'dark', 'light', 'print', 'colour-blind'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_2(root: Path, arguments: list[str], found: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert found in result.output
    assert not (root / "media").exists()


def test_a_dry_run_prints_commands_and_settings_and_writes_nothing(root: Path) -> None:
    result = call("--chapter", "7", "Waits", "-qm", "--fps", "29.97", "--text", "it's here", "--dry-run")
    assert result.exit_code == 0
    commands = [line for line in result.output.splitlines() if " -m manim render " in line]
    for name, line in zip(["Moves", "Refuses", "Fails", "Waits"], commands, strict=True):
        assert f"scenes/stand_in.py {name} -qm --fps 29.97002997" in line
    assert all("""STORY_TEXT='it'"'"'s here'""" in line for line in commands)
    assert "text: it's here" in result.output
    assert not (root / "media").exists()


def test_settings_of_plain_manim_count_here_too(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORY_TEXT", "the old king")
    assert "Moves_the-old-king_480p15.mp4" in call("Moves", "-ql", "--dry-run").output


def test_a_theme_reaches_the_scenes_and_gets_files_of_its_own(root: Path) -> None:
    output = call("Moves", "-ql", "--theme", "light", "--dry-run").output
    assert "STORY_THEME=light" in output and "Moves_light_480p15.mp4" in output
    output = call("Moves", "-ql", "--theme", "dark", "--dry-run").output
    assert "STORY_THEME" not in output and "Moves_480p15.mp4" in output


def test_a_checkpoint_of_ones_own_is_given_by_a_path_from_anywhere(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "mine.safetensors").touch()
    monkeypatch.chdir(root)
    output = call("Moves", "--checkpoint", "mine.safetensors", "--dry-run").output
    assert f"STORY_CHECKPOINT={root}/mine.safetensors" in output
    assert "Moves_mine-" in output


def test_a_checkpoint_may_be_called_anything_a_file_system_allows() -> None:
    names = ["a" * 250, "my \U0001f451 tales", "\u738b", "gpt2.v1", "-", "broken \udc80 bytes"]
    slugs = [Story(checkpoint=f"/elsewhere/{name}").slug for name in names]
    assert len(set(slugs)) == len(names)
    for slug in slugs:
        assert len(slug) <= 50 and set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and slug[0] != "-"


@given(st.lists(st.text(min_size=1, max_size=60), min_size=2, max_size=2, unique=True))
def test_two_sentences_never_share_a_file_name(texts: list[str]) -> None:
    slugs = [Story(text).slug for text in texts]
    assert slugs[0] != slugs[1]
    for slug in slugs:
        assert slug.isascii() and len(slug) <= 50 and set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_a_plain_sentence_is_readable_in_the_file_name() -> None:
    assert Story("the brave little tailor", "storybook").slug == "the-brave-little-tailor_storybook"
    assert Story("The brave little tailor").slug.startswith("the-brave-little-tailor-")
    assert Story().slug == ""


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("60", 60),
        ("12.5", Fraction(25, 2)),
        ("29.97", Fraction(30000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
    ],
)
def test_ntsc_rates_are_exact(text: str, rate: Fraction) -> None:
    assert parse_frame_rate(text) == rate


def test_text_in_any_script_is_allowed() -> None:
    assert check_text(" der König 王 ") == "der König 王"
    with pytest.raises(PlanError, match="U\\+DC80"):
        check_text("broken \udc80 bytes")


@pytest.mark.parametrize("folder", ["a", "long/" * 14, "without-a-break" * 9], ids=["short", "folders", "one name"])
def test_the_place_of_an_error_is_told_however_long_its_path_is(tmp_path: Path, folder: str) -> None:
    log, code = tmp_path / "scene.log", tmp_path / folder / "stand_in.py"
    code.parent.mkdir(parents=True)
    code.write_text("class Fails:\n    def construct(self):\n        raise KeyError('no such head')\n")
    with log.open("w", encoding="utf-8") as file:
        frames = [Frame(str(code), line, "construct") for line in (2, 3)]
        Console(file=file, width=100).print(Traceback(Trace([Stack("KeyError", "'no such head'", frames=frames)])))
    said = what_went_wrong(1, log)
    assert f"{code}:3 in construct\n" in said and said.endswith("KeyError: 'no such head'")


# -- rendering --------------------------------------------------------------------------------------------------------


def test_a_chapter_is_rendered_and_one_bad_scene_does_not_stop_the_others(root: Path) -> None:
    result = call("--chapter", "7", "-ql", "--text", "the old king", "--jobs", "3")
    assert result.exit_code == 1
    folder = root / "media" / "clips" / "ch07_try"
    film = folder / "Moves_the-old-king_480p15.mp4"
    assert f"{os.path.relpath(film)}  854x480, 30 frames, 2.00 s" in result.output
    assert "error: Refuses: the text has 40 tokens; 2 to 16 fit the frame\n" in result.output
    assert "KeyError: 'no such head'" in result.output
    assert "stand_in.py" in result.output and "Fails_the-old-king_480p15.log" in result.output
    assert "2 of 3 scenes failed: Refuses, Fails" in result.output

    probe = probe_film(film)
    assert (probe.frames, probe.frame_rate) == (30, 15)
    [clip] = read_manifest(folder).clips
    assert (clip.file, clip.frames, clip.fps, clip.duration) == (film.name, 30, (15, 1), 2.0)
    assert (clip.checkpoint, clip.checkpoint_hash, clip.text) == ("storybook", "5eed", "the old king")
    assert clip.sha256 == file_sha256(film)
    assert clip.provenance.passports == ["blocks.1.attn.pattern"]
    assert [beat.start_frame for beat in clip.beats] == [0, 9, 24]
    lines = list(srt.parse(film.with_suffix(".srt").read_text()))
    assert [(line.content, line.start.total_seconds()) for line in lines] == [
        ("move 1", 0),
        ("move 2", 0.6),
        ("move 3", 1.6),
    ]
    assert json.loads(film.with_suffix(".json").read_text())["frames"] == 30
    assert sorted(path.suffix for path in folder.iterdir()) == [".json", ".json", ".mp4", ".srt"]


FILM_WITHOUT_RECORD = """
import pathlib
folder = pathlib.Path("media/work/Moves_480p15/videos")
folder.mkdir()
(folder / "Moves.mp4").touch()
"""
RECORD_WITHOUT_FILM = """
import json, os, pathlib
record = {"scene": "Moves", "fps": [15, 1], "frames": 3}
pathlib.Path(os.environ["STORY_RECORD"]).write_text(json.dumps(record))
"""
RECORD_THAT_LIES = """
import json, os, pathlib, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
path = pathlib.Path(os.environ["STORY_RECORD"])
path.write_text(json.dumps(json.loads(path.read_text()) | {"frames": 31}))
"""


@pytest.mark.parametrize(
    ("program", "found"),
    [
        (FILM_WITHOUT_RECORD, "without leaving its record"),
        (RECORD_WITHOUT_FILM, "left no film"),
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL"),
        ("raise OSError(28, 'No space left on device')", "the disk is full"),
        ("raise SystemExit(3)", "exit code 3"),
    ],
)
def test_a_scene_that_ends_badly_leaves_the_old_clip_and_a_sentence(root: Path, program: str, found: str) -> None:
    task = stand_in_task(root, "Moves", program)
    task.folder.mkdir(parents=True)
    (task.folder / "Moves_480p15.mp4").write_bytes(b"old")
    outcome = run_one(task, root)
    assert found in outcome.failure and outcome.clip is None
    assert (task.folder / "Moves_480p15.mp4").read_bytes() == b"old"


def test_a_film_with_other_frames_than_recorded_has_failed(root: Path) -> None:
    task = stand_in_task(root)
    outcome = run_one(replace(task, command=(sys.executable, "-c", RECORD_THAT_LIES, *task.command)), root)
    assert "the film has 30 frames and the scene's record says 31" in outcome.failure
    assert not list(task.folder.glob("*.mp4")) and not list(task.folder.glob(".*part*"))


def test_a_place_that_cannot_be_written_to_is_a_sentence(root: Path) -> None:
    (root / "media").write_text("a file where the folder should be")
    assert "media" in run_one(stand_in_task(root), root).failure
    assert "may not be written to (here)" in explain(PermissionError(errno.EACCES, "no", "here"))
    assert "the disk is full (there)" in explain(OSError(errno.ENOSPC, "full", "there"))


def test_a_clip_under_way_elsewhere_is_left_alone(root: Path) -> None:
    task = stand_in_task(root)
    task.workshop.mkdir(parents=True)
    with FileLock(task.workshop / ".lock"):
        assert "is being rendered by another process" in run_one(task, root).failure
    assert not task.log.exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_stops_the_scenes_and_exits_with_130(root: Path, how: signal.Signals) -> None:
    process = subprocess.Popen(driven(root, "Waits", "-ql"), stderr=subprocess.PIPE, text=True)
    begun = root / "media" / "work" / "Waits_480p15" / "progress.jsonl"
    deadline = time.monotonic() + 30
    while not (begun.exists() and begun.read_text().endswith("\n")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(how)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip() == "Interrupted; what was finished is kept, the same command goes on from there."
    with pytest.raises(ProcessLookupError):
        os.kill(int(begun.read_text()), 0)


# -- what is seen while waiting ---------------------------------------------------------------------------------------


def test_progress_survives_half_lines_and_nonsense(root: Path) -> None:
    row = Progress.of(stand_in_task(root))
    row.start()
    row.task.workshop.mkdir(parents=True)
    row.task.progress.write_text(
        'nonsense\n[1]\n{"beat": 2, "beats": 3, "name": "move", "frames": 15}\n{"beat": 3, "fra'
    )
    assert row.read() and (row.beat, row.frames, row.beat_text) == (2, 15, "2/3 move")
    with row.task.progress.open("a") as file:
        file.write('mes": 24}\n')
    assert row.read() and (row.beat, row.frames) == (3, 24)
    assert row.expected_frames == 30
    assert row.remaining == pytest.approx(row.elapsed * 6 / 24, rel=0.5, abs=1e-3)


def test_the_table_shows_each_scene(root: Path) -> None:
    row = Progress.of(stand_in_task(root))
    console = Console(file=io.StringIO(), width=100)
    console.print(table([row]))
    assert "Moves_480p15" in console.file.getvalue() and "waiting" in console.file.getvalue()


# -- opening the clip -------------------------------------------------------------------------------------------------


def test_no_screen_is_said_and_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(preview.platform, "system", lambda: "Linux")
    assert preview.open_clip(tmp_path / "a.mp4") == f"There is no screen to play it on; the clip is {tmp_path}/a.mp4"


def test_a_screen_without_a_program_to_open_files_counts_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert preview.opener("Linux", {"DISPLAY": ":0"}) is None
    program = tmp_path / "xdg-open"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert preview.opener("Linux", {"WAYLAND_DISPLAY": "wayland-0"}) == str(program)
