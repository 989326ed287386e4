"""Many machines draw the same film as one, whatever happens to them; nobody else is let in."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from click.testing import CliRunner
from distributed import Client, LocalCluster
from hypothesis import given
from hypothesis import strategies as st

import render
from rendering import cluster, worker
from rendering.cluster import ClusterError, check_cluster, fill_cache, in_cache, store
from rendering.plan import PlanError, Story, Task, make_task
from rendering.progress import Voice
from rendering.ranges import LEAST, Play, missing, part_size, split
from rendering.run import run_all
from rendering.worker import Segment, differences, environment
from scenes.storyboard import Chapter, SceneEntry
from tests.stand_ins import small_repository

PLAYS = 8
# Motions, a still, and a play that is seen twice; some state is carried from each to the next.
SCENE = f"""
import json, os, random
from fractions import Fraction
from manim import RIGHT, UP, Circle, Scene, Square, config
from mobjects import FastRendering


class Long(FastRendering, Scene):
    def construct(self):
        square, circle, frames = Square(), Circle(), 0
        for number in range({PLAYS}):
            with open(os.environ["STORY_PROGRESS"], "a") as file:
                file.write(json.dumps({{"beat": number + 1, "beats": {PLAYS}, "frames": frames}}) + "\\n")
            if number == 3:
                self.wait(20 / config.frame_rate)
            else:
                aside = square.animate.shift((number % 2 or -1) * RIGHT)
                self.play(aside, circle.animate.shift(0.1 * UP), run_time=60 / config.frame_rate)
            frames += self.renderer.played
        record = {{"scene": "Long", "fps": [15, 1], "frames": frames, "beats": []}}
        with open(os.environ["STORY_RECORD"], "w") as file:
            json.dump(record, file)
"""
LONG = Chapter(9, "long", "Long", (SceneEntry("Long", "scenes.long", 30, "It takes long"),))


def repository(root: Path) -> Path:
    small_repository(root)
    (root / "scenes" / "long.py").write_text(SCENE)
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path)


def task_in(root: Path) -> Task:
    return make_task(LONG, LONG.scenes[0], root=root, quality="l", frame_rate=None, story=Story())


def finished(task: Task, root: Path) -> tuple[bytes, str]:
    """The film, and what its process said."""
    with redirect_stdout(io.StringIO()):
        [outcome] = run_all([task], root, 1, Voice().show)
    assert outcome.clip, outcome.failure
    return (task.folder / outcome.clip.file).read_bytes(), task.log.read_text()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The film as one process makes it."""
    root = repository(tmp_path_factory.mktemp("alone"))
    return finished(task_in(root), root)[0]


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
        local_directory=str(tmp_path_factory.mktemp("workers")), silence_logs=50,
    ) as made:  # fmt: skip
        yield made


def test_two_workers_draw_the_film_that_one_process_draws(root: Path, alone: bytes, two_workers: LocalCluster) -> None:
    task = task_in(root)
    with Client(two_workers) as client:
        fill_cache([task], client, root, True, Voice())
        drawn = in_cache(task)
        film, said = finished(task, root)
        assert film == alone
        assert said.count("Using cached data") == PLAYS
        assert len(drawn) <= PLAYS
        before = {path: path.stat().st_mtime_ns for path in task.workshop.rglob("*.mp4")}
        fill_cache([task], client, root, True, Voice())  # nothing is left to be drawn
        assert {path: path.stat().st_mtime_ns for path in task.workshop.rglob("*.mp4")} == before


def test_a_worker_killed_in_the_middle_changes_nothing(
    root: Path, alone: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster, "part_size", lambda work, machines: 60.0)  # a part for each play
    killed: list[int] = []
    task = task_in(root)
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
            local_directory=str(tmp_path / "workers"), silence_logs=50,
        ) as made,
        Client(made) as client,
    ):  # fmt: skip

        def kill() -> None:
            while not any("partial_movie_files" in str(path) for path in (tmp_path / "workers").rglob("*.mp4")):
                time.sleep(0.05)
            victim = next(iter(made.workers.values())).process.pid
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

        thread = threading.Thread(target=kill)
        thread.start()
        fill_cache([task], client, root, True, Voice())
        thread.join()
    assert killed
    film, said = finished(task, root)
    assert film == alone
    assert said.count("Using cached data") == PLAYS


def test_from_the_command_line_it_is_one_word(root: Path, alone: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "ROOT", root)
    monkeypatch.setattr(render, "CHAPTERS", (LONG,))
    result = CliRunner().invoke(render.main, ["Long", "-ql", "--cluster", "local", "--jobs", "2"])
    assert result.exit_code == 0, result.output
    assert "100% of all pictures" in result.output
    assert (root / "media" / "clips" / "ch09_long" / "Long_480p15.mp4").read_bytes() == alone


# -- who may draw -----------------------------------------------------------------------------------------------------


def test_a_worker_with_other_libraries_is_refused(
    root: Path, two_workers: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = os.getpid()

    def other_here(root: Path) -> dict[str, str]:
        return environment(root) | ({"cairo": "9.9.9"} if os.getpid() == here else {})

    monkeypatch.setattr(cluster, "environment", other_here)
    with Client(two_workers) as client, pytest.raises(ClusterError, match=r"has cairo \S+ instead of 9.9.9"):
        fill_cache([task_in(root)], client, root, True, Voice())
    assert in_cache(task_in(root)) == frozenset()


def test_a_worker_that_comes_later_with_other_files_draws_nothing(root: Path) -> None:
    expected = environment(root)
    (root / "scenes" / "long.py").write_text(SCENE + "\n")
    drawn = worker.draw(worker.Wish.of(task_in(root)), range(1), frozenset(), expected, str(root / "place"), root)
    assert drawn.failure.startswith("a worker has source ") and not drawn.segments


@pytest.mark.parametrize("changed", ["scenes/long.py", "assets/checkpoints/storybook.safetensors"])
def test_all_that_pictures_are_made_of_counts(root: Path, changed: str) -> None:
    before = environment(root)
    with (root / changed).open("ab") as file:
        file.write(b" ")
    assert differences(before, environment(root)).startswith("source ")
    (root / "media").mkdir()
    (root / "media" / "film.mp4").touch()
    assert differences(before, before) == ""


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("tcp://8.8.8.8:8786", "is a public address"),
        ("tcp://[2001:4860:4860::8888]:8786", "is a public address"),
        ("http://localhost:8786", "is no address"),
        ("localhost", "is no address"),
        ("tcp://localhost", "is no address"),
        ("tcp://host:99999", "is no address"),
        ("tls://localhost:8786", "needs ca.pem, cert.pem, key.pem, not found without --cluster-tls"),
        ("tcp://no-such-host.invalid:8786", "there is no host 'no-such-host.invalid'"),
    ],
)
def test_an_address_that_will_not_do_is_a_sentence(address: str, found: str) -> None:
    result = CliRunner().invoke(render.main, ["AttentionPattern", "--cluster", address])
    assert result.exit_code == 2
    assert found in result.output and result.output.count("error: ") == 1


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "tcp://10.0.0.7:8786", "tcp://192.168.1.5:1", "local"])
def test_addresses_at_home_need_no_certificates(address: str) -> None:
    check_cluster(address, None)


def test_certificates_that_are_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    with pytest.raises(PlanError, match=f"needs cert.pem, key.pem, not found in {tmp_path}"):
        check_cluster("tls://127.0.0.1:8786", tmp_path)


def test_without_dask_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(PlanError, match=r"needs Dask; type: .*\[farm\]"):
        check_cluster("local", None)


def test_nobody_at_the_address_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    result = CliRunner().invoke(render.main, ["AttentionPattern", "-ql", "--cluster", "tcp://127.0.0.1:9"])
    assert result.exit_code == 1
    assert "no cluster with a worker answers at tcp://127.0.0.1:9" in result.output


# -- what is sent -----------------------------------------------------------------------------------------------------


def test_a_film_is_stored_with_its_seal_only_if_it_is_what_was_sent(tmp_path: Path) -> None:
    content = b"a film"
    digest = hashlib.sha256(content).hexdigest()
    place = "videos/long/480p15/partial_movie_files/Long/key.mp4"
    store(tmp_path, Segment(place, digest, b"another"))
    assert list(tmp_path.iterdir()) == []
    store(tmp_path, Segment(place, digest, content))
    assert (tmp_path / place).read_bytes() == content
    assert (tmp_path / f"{place}.sha256").read_text() == digest


@pytest.mark.parametrize("path", ["../outside.mp4", "/outside.mp4", "videos/../../outside.mp4"])
def test_a_film_cannot_be_stored_elsewhere(tmp_path: Path, path: str) -> None:
    workshop = tmp_path / "workshop"
    workshop.mkdir()
    store(workshop, Segment(path, hashlib.sha256(b"x").hexdigest(), b"x"))
    assert list(tmp_path.rglob("*.mp4")) == [] and not Path("/outside.mp4").exists()


# -- parts ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 300), max_size=40), st.floats(1, 900))
def test_parts_hold_all_work_once_and_none_is_much_too_large(work: list[int], size: float) -> None:
    parts = split(work, size)
    held = [number for part in parts for number in part]
    assert held == sorted(set(held))
    assert {number for number, pictures in enumerate(work) if pictures} <= set(held)
    for part in parts:
        pictures = [work[number] for number in part]
        assert pictures[0] and pictures[-1]
        assert sum(pictures[:-1]) < size


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 90), st.booleans()), max_size=20))
def test_what_is_known_or_seen_twice_is_drawn_once(told: list[tuple[str, int, bool]]) -> None:
    plays = [Play(key=key, frames=frames, still=still) for key, frames, still in told]
    work = missing(plays, {"a"})
    first = {play.key: number for number, play in reversed(list(enumerate(plays)))}
    for number, (play, pictures) in enumerate(zip(plays, work, strict=True)):
        drawn = play.key != "a" and first[play.key] == number
        assert pictures == (min(1, play.frames) if play.still else play.frames) * drawn


def test_parts_are_not_smaller_than_what_is_worth_a_process() -> None:
    assert part_size([[10, 20]], 8) == LEAST
    assert part_size([[6000], [3000]], 2) == 1500
