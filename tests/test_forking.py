"""Many processes draw one scene: errors name the play, and nothing half-made is left."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from manim import Circle, FadeIn, Rotate, Square, VMobject

from mobjects import forking
from mobjects.encoder import Chunk
from mobjects.forking import ForkError, slots
from tests.frames import render

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="scenes fork on Linux only")


@pytest.fixture(autouse=True)
def forks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDER_FORK", "1")


class Trap(Circle):
    """Goes wrong where it is drawn by another process than the scene's, after some frames."""

    def __init__(self, spring: Any) -> None:
        self.home, self.count, self.spring = os.getpid(), 0, spring
        super().__init__()

    def get_fill_rgbas(self, background: bool = False) -> Any:
        if os.getpid() != self.home:
            self.count += 1
            if self.count == 9:
                self.spring()
        return super().get_fill_rgbas()


def spring_error() -> None:
    raise ZeroDivisionError("in a process of its own")


def spring_kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def trapped(spring: Any) -> Any:
    def construct(scene: Any) -> None:
        scene.play(FadeIn(Square()), run_time=1)
        scene.play(Rotate(Trap(spring), 1), run_time=1)
        scene.play(FadeIn(Square()), run_time=10)

    return construct


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("partial_movie_files/**/*") if path.is_file())


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that were forked."""
    fork, numbers = os.fork, list[int]()

    def noted() -> int:
        numbers.append(fork())
        return numbers[-1]

    monkeypatch.setattr(os, "fork", noted)
    return numbers


def gone(processes: list[int]) -> bool:
    """Whether there were any, and all have ended and were waited for."""
    return bool(processes) and not any(Path(f"/proc/{number}").exists() for number in processes)


@pytest.mark.parametrize(
    ("spring", "told"),
    [
        (
            spring_error,
            r"animation 1 failed in the process that drew it:\n(.|\n)*ZeroDivisionError: in a process of its",
        ),
        (spring_kill, r"animation 1 was stopped by signal SIGKILL; if memory is short"),
    ],
)
def test_a_process_that_fails_names_its_play_and_leaves_no_film_of_it(
    spring: Any, told: str, forked: list[int], tmp_path: Path
) -> None:
    with pytest.raises(ForkError, match=told):
        render(trapped(spring), "fast", tmp_path)
    assert gone(forked)
    films = [name for name in left(tmp_path) if name.endswith(".mp4")]
    assert len(films) <= 1 and not any(".part" in name for name in left(tmp_path))
    # What was made is used, and the rest is made once the fault is mended.
    frames, scene = render(trapped(lambda: None), "fast", tmp_path)
    assert {play for play, _ in frames} == {0, 1, 2} - set(range(len(films)))
    assert scene.renderer.frames == 12 * 15


def test_an_error_in_the_scene_stops_all_processes(forked: list[int], tmp_path: Path) -> None:
    def breaks(scene: Any) -> None:
        for _ in range(3):
            scene.play(Rotate(Square(), 1), run_time=20)
        raise KeyError("no such head")

    with pytest.raises(KeyError, match="no such head"):
        render(breaks, "fast", tmp_path)
    assert gone(forked)
    assert not any(".part" in name for name in left(tmp_path))


def test_a_scene_that_prints_prints_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def talks(scene: Any) -> None:
        square = VMobject().add_updater(lambda mobject: print("word"))  # noqa: T201
        scene.add(square)
        scene.play(FadeIn(Square()), run_time=1)

    render(talks, "fast", tmp_path / "fork")
    forked = capfd.readouterr().out.count("word")
    os.environ["RENDER_FORK"] = "0"
    render(talks, "fast", tmp_path / "one")
    assert forked == capfd.readouterr().out.count("word") > 0


@pytest.mark.parametrize(
    ("wish", "cores", "system", "several"),
    [
        (None, 8, "linux", True),
        (None, 2, "linux", False),
        ("1", 2, "linux", True),
        ("0", 8, "linux", False),
        (None, 8, "darwin", False),
        ("1", 8, "win32", False),
    ],
)
def test_forking_is_for_linux_with_four_cores_or_for_who_asks(
    wish: str | None, cores: int, system: str, several: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)))
    if wish is None:
        monkeypatch.delenv("RENDER_FORK")
    else:
        monkeypatch.setenv("RENDER_FORK", wish)
    assert (slots() > 0) == several
    assert slots() <= cores


def test_little_memory_means_few_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 10**7 < forking.available_memory() < 10**14
    monkeypatch.setattr(forking, "available_memory", lambda: 2 * 10**9)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)))
    assert slots() == 3


@pytest.mark.parametrize("moment", ["__init__", "finish"])
def test_a_process_that_cannot_write_says_so(
    moment: str, forked: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, work = os.getpid(), getattr(Chunk, moment)

    def full(self: Chunk, **options: Any) -> None:
        if os.getpid() != home:
            raise OSError(28, "No space left on device")
        work(self, **options)

    monkeypatch.setattr(Chunk, moment, full)
    with pytest.raises(ForkError, match=r"animation [01] failed (.|\n)*No space left on device"):
        render(trapped(lambda: None), "fast", tmp_path)
    assert gone(forked) and left(tmp_path) == []
