"""Plays last whole frames, are drawn only if somebody will look, and are found in the cache if they look the same."""

from __future__ import annotations

import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from manim import (
    BLUE,
    DOWN,
    LEFT,
    RED,
    RIGHT,
    UP,
    Circle,
    FadeIn,
    FadeOut,
    Mobject,
    Rotate,
    Scene,
    Square,
    ThreeDScene,
    UpdateFromFunc,
    VGroup,
    tempconfig,
)
from PIL import Image

from mobjects import ChangeValues, FastRendering, NumericGrid, settled
from mobjects.camera import BulkDrawing
from mobjects.following import wanders
from mobjects.renderer import FilmRenderer
from tests.frames import SMALL, render

RATES = [15, 24, 30000 / 1001, 60]


@pytest.fixture(autouse=True)
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine's cores; tests/test_forking.py is about several."""
    monkeypatch.setenv("RENDER_FORK", "0")


def frames_of(path: Path) -> int:
    with av.open(str(path)) as reader:
        return sum(1 for _ in reader.decode(video=0))


def three_plays(scene: Any, colour: str = RED, seconds: float = 1 / 3) -> None:
    square = Square()
    scene.play(FadeIn(square), run_time=1 / 3)
    circle = Circle(color=colour).shift(2 * RIGHT)
    scene.play(FadeIn(circle), run_time=seconds)
    scene.remove(circle)
    scene.play(square.animate.shift(UP), run_time=1 / 3)
    scene.wait(1 / 3)


# -- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", RATES)
def test_plays_are_whole_frames_and_the_clock_counts_them(rate: float, tmp_path: Path) -> None:
    def odd_times(scene: Any) -> None:
        scene.play(FadeIn(Square()), run_time=0.37)
        scene.wait(0.21)
        scene.play(Rotate(Square(), 1), run_time=0.001)
        scene.wait(1)

    _, scene = render(odd_times, "fast", tmp_path, frame_rate=rate)
    expected = sum(max(1, round(seconds * rate)) for seconds in (0.37, 0.21, 0.001, 1))
    assert scene.renderer.frames == frames_of(scene.output_plan.primary_artifact) == expected
    assert scene.renderer.time == pytest.approx(expected / rate)
    again, cached = render(odd_times, "fast", tmp_path, frame_rate=rate)
    assert again == []
    assert (cached.renderer.frames, cached.renderer.time) == (scene.renderer.frames, scene.renderer.time)


def test_a_sound_is_heard_at_its_frame_also_in_a_film_from_the_cache(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "tick.wav"), "wb") as sound:
        sound.setparams((1, 2, 44100, 0, "NONE", ""))
        sound.writeframes(np.full(4410, 20000, np.int16).tobytes())

    def ticks(scene: Any) -> None:
        scene.play(FadeIn(Square()), run_time=1)
        scene.add_sound(str(tmp_path / "tick.wav"))
        scene.play(FadeOut(Square()), run_time=1)

    for _ in range(2):
        _, scene = render(ticks, "fast", tmp_path / "media")
        with av.open(str(scene.output_plan.primary_artifact)) as reader:
            audio = np.concatenate([np.abs(frame.to_ndarray()).max(axis=0) for frame in reader.decode(audio=0)])
            loud = np.flatnonzero(audio > 0.1) / reader.streams.audio[0].rate
        assert loud[0] == pytest.approx(1, abs=0.05)


# -- the cache --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [b"", b"not a film", None, "seal"])
def test_a_damaged_film_in_the_cache_is_noticed_and_drawn_again(damage: bytes | str | None, tmp_path: Path) -> None:
    _, scene = render(three_plays, "fast", tmp_path)
    whole = Path(scene.output_plan.primary_artifact).read_bytes()
    film = Path(scene.renderer.file_writer.partial_movie_files[1])
    if damage is None:  # a single bit, somewhere in the middle
        film.write_bytes(
            bytes(byte ^ (place == film.stat().st_size // 2) for place, byte in enumerate(film.read_bytes()))
        )
    elif damage == "seal":
        film.with_name(f"{film.name}.sha256").unlink()
    else:
        film.write_bytes(damage)
    after, scene = render(three_plays, "fast", tmp_path)
    assert {play for play, _ in after} == {1}
    assert Path(scene.output_plan.primary_artifact).read_bytes() == whole
    assert render(three_plays, "fast", tmp_path)[0] == []


@pytest.mark.parametrize("changes", [{"colour": BLUE}, {"seconds": 2 / 3}])
def test_changing_one_play_draws_that_play_again_and_no_other(changes: dict[str, Any], tmp_path: Path) -> None:
    before, _ = render(three_plays, "fast", tmp_path)
    after, scene = render(lambda scene: three_plays(scene, **changes), "fast", tmp_path)
    assert {play for play, _ in before} == {0, 1, 2, 3}
    assert {play for play, _ in after} == {1}
    fresh, whole = render(lambda scene: three_plays(scene, **changes), "fast", tmp_path / "fresh")
    assert scene.output_plan.primary_artifact.read_bytes() == whole.output_plan.primary_artifact.read_bytes()
    assert [frame for frame in fresh if frame[0] == 1] == after


def test_another_rate_another_size_another_encoder_is_another_film(tmp_path: Path) -> None:
    render(three_plays, "fast", tmp_path)
    for change in ({"frame_rate": 30}, {"pixel_width": 320}, {"background_color": BLUE}):
        drawn, _ = render(three_plays, "fast", tmp_path, **change)
        assert {play for play, _ in drawn} == {0, 1, 2, 3}, change


def test_without_the_cache_everything_is_drawn_again(tmp_path: Path) -> None:
    for _ in range(2):
        drawn, _ = render(three_plays, "fast", tmp_path, disable_caching=True)
        assert {play for play, _ in drawn} == {0, 1, 2, 3}


def numbers_that_change_and_move(scene: Any) -> None:
    values = np.linspace(-3, 3, 12).reshape(3, 4)
    grid = NumericGrid(values, decimals=3)
    scene.add(grid)
    scene.play(ChangeValues(grid, values**2), run_time=1)
    scene.play(grid.animate.scale(0.77).shift(0.3 * LEFT).rotate(0.1), run_time=1)
    scene.play(ChangeValues(grid, values), run_time=1)
    scene.play(ChangeValues(grid, values + 0.0004), grid.animate.shift(DOWN), run_time=1)
    scene.play(FadeOut(grid), run_time=1 / 3)


@pytest.mark.parametrize("drawn_first", [0, 1, 2, 3])
def test_what_follows_a_cached_play_starts_from_the_very_same_points(drawn_first: int, tmp_path: Path) -> None:
    """However many plays come from the cache, those after them have the same frames and are found again."""
    whole, _ = render(numbers_that_change_and_move, "fast", tmp_path / "whole")
    _, scene = render(numbers_that_change_and_move, "fast", tmp_path / "part", upto_animation_number=drawn_first)
    rest, _ = render(numbers_that_change_and_move, "fast", tmp_path / "part")
    assert rest == [frame for frame in whole if frame[0] > drawn_first]


def test_cached_plays_draw_nothing_and_leap_to_their_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    render(three_plays, "fast", tmp_path)
    moments: list[float] = []
    draws: list[int] = []
    step, draw = Scene.update_to_time, FilmRenderer.update_frame
    monkeypatch.setattr(Scene, "update_to_time", lambda self, t: moments.append(t) or step(self, t))
    monkeypatch.setattr(FilmRenderer, "update_frame", lambda *args, **kw: draws.append(1) or draw(*args, **kw))
    render(three_plays, "fast", tmp_path)
    assert len(moments) == 3 and draws == []


def test_a_scene_steps_through_what_only_stepping_can_know() -> None:
    def of(*animations: Any, updater: Callable[..., None] | None = None) -> bool:
        with tempconfig(SMALL | {"dry_run": True}):
            scene = type("Mine", (FastRendering, Scene), {})()
            square = Square()
            scene.add(VGroup(square))
            if updater:
                square.add_updater(updater)
            scene.compile_animation_data(*(animations or (FadeIn(Circle()),)))
        return wanders(scene)

    class Mine(FadeIn):
        """Nobody knows what it does."""

    def follow(_: Mobject) -> None:
        """Look at the present only."""

    assert not of()
    assert of(UpdateFromFunc(Square(), follow))
    assert of(Mine(Circle()))
    assert of(updater=lambda mobject: None)
    assert not of(updater=settled(follow))


# -- what is written --------------------------------------------------------------------------------------------------


def test_a_play_that_fails_leaves_no_film_of_itself_and_those_before_it_stay(tmp_path: Path) -> None:
    def breaks(scene: Any) -> None:
        scene.play(FadeIn(Square()), run_time=1 / 3)

        def fail(mobject: Mobject) -> None:
            if scene.renderer.played == 3:
                raise ZeroDivisionError("half-way")

        scene.play(UpdateFromFunc(Circle(), fail), run_time=1)

    with pytest.raises(ZeroDivisionError, match="half-way"):
        render(breaks, "fast", tmp_path)
    assert len(list(tmp_path.rglob("partial_movie_files/**/*.mp4"))) == 1
    assert not list(tmp_path.rglob(".*part*"))


def test_a_sequence_of_pictures_has_one_for_every_frame(tmp_path: Path) -> None:
    _, scene = render(three_plays, "fast", tmp_path, format="png-sequence")
    pictures = sorted(tmp_path.rglob("*.png"))
    assert len(pictures) == scene.renderer.frames == 20
    last = [np.asarray(Image.open(picture)) for picture in pictures[-5:]]
    assert all(np.array_equal(last[-1], other) for other in last[:-1])
    assert last[-1].any()


def test_a_still_is_the_end_of_the_scene(tmp_path: Path) -> None:
    _, stock = render(three_plays, "stock", tmp_path / "stock", save_last_frame=True)
    _, fast = render(three_plays, "fast", tmp_path / "fast", save_last_frame=True)
    pictures = [np.asarray(Image.open(scene.output_plan.primary_artifact)) for scene in (stock, fast)]
    assert pictures[0].any() and np.array_equal(*pictures)


@pytest.mark.parametrize("settings", [{"transparent": True}, {"format": "gif"}, {"format": "webm"}])
def test_other_kinds_of_film_come_out_too(settings: dict[str, Any], tmp_path: Path) -> None:
    stock, _ = render(three_plays, "stock", tmp_path / "stock", **settings)
    fast, scene = render(three_plays, "fast", tmp_path / "fast", **settings)
    assert fast == stock
    assert frames_of(scene.output_plan.primary_artifact) == pytest.approx(20, abs=1)  # a GIF merges what is alike


def test_sections_are_films_of_their_own(tmp_path: Path) -> None:
    def acts(scene: Any) -> None:
        scene.next_section("one")
        scene.play(FadeIn(Square()), run_time=1 / 3)
        scene.next_section("skipped", skip_animations=True)
        scene.play(FadeIn(Circle()), run_time=1)
        scene.next_section("two")
        scene.wait(1)

    _, scene = render(acts, "fast", tmp_path, save_sections=True)
    sections = sorted(path for path in tmp_path.rglob("sections/*.mp4"))
    assert [frames_of(path) for path in sections] == [5, 15]
    assert scene.renderer.frames == frames_of(scene.output_plan.primary_artifact) == 20


def test_the_film_is_evenly_timed_and_can_be_played_while_it_loads(tmp_path: Path) -> None:
    _, scene = render(three_plays, "fast", tmp_path, frame_rate=30000 / 1001)
    path = scene.output_plan.primary_artifact
    with av.open(str(path)) as reader:
        stream = reader.streams.video[0]
        times = sorted(packet.pts * stream.time_base for packet in reader.demux(stream) if packet.pts is not None)
    assert {later - earlier for earlier, later in zip(times, times[1:], strict=False)} == {Fraction(1001, 30000)}
    start = path.read_bytes()
    assert start.index(b"moov") < start.index(b"mdat")


# -- the scene's own class --------------------------------------------------------------------------------------------


def test_waits_leave_nothing_in_the_scene(tmp_path: Path) -> None:
    def waits(scene: Any) -> None:
        square = Square()
        scene.add(square)
        for _ in range(3):
            scene.wait(1 / 3)
        assert scene.mobjects == [square]

    render(waits, "fast", tmp_path)


def test_one_line_makes_any_scene_fast_and_a_switch_makes_it_manims(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mine(FastRendering, Scene):
        """A user's."""

    class Deep(FastRendering, ThreeDScene):
        """A user's, with a camera we do not know how to better."""

    with tempconfig(SMALL | {"dry_run": True}):
        assert isinstance(Mine().camera, BulkDrawing)
        assert not isinstance(Deep().camera, BulkDrawing)
        assert isinstance(Deep().renderer, FilmRenderer)
        monkeypatch.setenv("RENDER_FAST", "0")
        assert not isinstance(Mine().camera, BulkDrawing)


def test_a_long_film_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    def long(scene: Any) -> None:
        for _ in range(12):
            scene.play(Rotate(Square(), 1), run_time=1)
            scene.wait(1 / 3)

    _, scene = render(long, "fast", tmp_path, frame_rate=30)
    writer = scene.renderer.file_writer
    assert len(writer.spare) <= 2 * writer.settings.encoder_queue_size + 6
    assert len(scene.renderer.camera.pixel_array_to_cairo_context) <= len(writer.spare) + 4
