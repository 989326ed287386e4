"""A scene drawn in portions is the scene drawn at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from manim import DOWN, RIGHT, UP, Circle, FadeIn, Scene, Square

from mobjects import FastRendering, settled
from mobjects.portion import PLAN, PLAYS, Portion, numbers
from tests.frames import render
from tests.plans import plays_of


def story(scene: Any) -> None:
    square = Square()
    scene.play(FadeIn(square), run_time=1)
    scene.play(square.animate.shift(RIGHT), run_time=2)
    scene.wait(1)
    circle = Circle()
    follower = circle.copy().add_updater(settled(lambda one: one.next_to(square, DOWN)))
    scene.add(follower)
    scene.play(square.animate.rotate(1), run_time=1)
    follower.clear_updaters()
    scene.play(FadeIn(circle.shift(UP)), run_time=1)


@pytest.fixture(autouse=True)
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDER_FORK", "0")


def test_portions_fill_the_cache_and_the_film_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, scene = render(story, "fast", tmp_path / "at once")
    whole = Path(scene.output_plan.primary_artifact).read_bytes()
    drawn = set()
    for plays in ("3:5", "0:0", "0:2", "2:3"):
        with monkeypatch.context() as asked:
            asked.setenv(PLAYS, plays)
            frames, scene = render(story, "fast", tmp_path / "portions")
        assert {play for play, _ in frames} == set(numbers(plays))
        assert not Path(scene.output_plan.primary_artifact).exists()
        drawn |= {play for play, _ in frames}
    assert drawn == set(range(5))
    frames, scene = render(story, "fast", tmp_path / "portions")
    assert frames == []
    assert Path(scene.output_plan.primary_artifact).read_bytes() == whole


def test_a_plan_lists_all_plays_with_their_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Story(FastRendering, Scene):
        def construct(self) -> None:
            story(self)

    plan = plays_of(Story, tmp_path, monkeypatch, frame_rate=10)
    assert [(play["frames"], play["still"]) for play in plan] == [
        (10, False), (20, False), (10, True), (10, False), (10, False),
    ]  # fmt: skip
    assert len({play["key"] for play in plan}) == 5
    assert plays_of(Story, tmp_path, monkeypatch, frame_rate=10) == plan
    assert not list(tmp_path.rglob("*.mp4"))


def test_a_plan_beside_a_film_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PLAN, str(tmp_path / "plan.json"))
    _, scene = render(story, "fast", tmp_path)
    names = [Path(file).stem for file in scene.renderer.file_writer.partial_movie_files]
    assert [play["key"] for play in json.loads((tmp_path / "plan.json").read_text())] == names


@pytest.mark.parametrize("wish", ["", "3", ":4", "3:", "a:b", "-1:2", "1:2:3", "٣:٤x"])
def test_numbers_that_cannot_be_understood_are_refused(wish: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PLAYS, wish)
    with pytest.raises(ValueError, match="was found and FIRST:END was expected"):
        Portion.wanted()


def test_usually_all_is_drawn_and_nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (PLAYS, PLAN):
        monkeypatch.delenv(name, raising=False)
    usual = Portion.wanted()
    assert not any(usual.leaves_out(play) for play in range(9))
    usual.note("key", 3, False)
    usual.close()
    assert usual.known == []
