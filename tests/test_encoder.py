"""Films are of the right colour, evenly timed, whole or not there, and the same however many processes make them."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from manim._config.video_encoder import VideoEncoderSpec

from mobjects import encoder
from mobjects.encoder import CHUNK, FILM, PREVIEW, FilmEncoder, Parts, join, sweep, tuned
from tests.films import uneven_film

RATES = [Fraction(15), Fraction(24), Fraction(25), Fraction(60), Fraction(24000, 1001), Fraction(30000, 1001)]
WIDTH, HEIGHT = 64, 36


def spec(rate: Fraction = Fraction(30), **changes: Any) -> VideoEncoderSpec:
    fields = {"container_format": "mp4", "codec": "libx264", "pixel_format": "yuv420p", "options": ()}
    return tuned(VideoEncoderSpec(**fields | {"width": WIDTH, "height": HEIGHT, "frame_rate": rate} | changes), {})


def flat(red: int, green: int, blue: int, alpha: int = 255) -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 4), (red, green, blue, alpha), np.uint8)


def pictures(count: int) -> list[np.ndarray]:
    """Frames that are all different."""
    chance = np.random.default_rng(5)
    blocks = chance.integers(0, 256, (count, HEIGHT // 6, WIDTH // 8, 4), dtype=np.uint8)
    return [np.ascontiguousarray(np.kron(block, np.ones((6, 8, 1), np.uint8))) for block in blocks]


def disc(place: int) -> np.ndarray:
    """A soft disc on black, ``place`` pixels from the left."""
    down, across = np.mgrid[:90, :160]
    light = np.clip((20 - np.hypot(across - place, down - 45)) * 60, 0, 255)
    return np.dstack([light, 0.4 * light, 0.3 * light, np.full_like(light, 255)]).astype(np.uint8)


def film_of(
    target: Path, frames: list[tuple[np.ndarray, int]], how: VideoEncoderSpec, first: int | None = None
) -> None:
    film = FilmEncoder(parts=Parts(target), spec=how, release=lambda pixels: None, first=first)
    for pixels, repeat in frames:
        film.write_frame(pixels, repeat=repeat)
    film.finish()


def decoded(path: Path, pixel_format: str) -> list[np.ndarray]:
    with av.open(str(path)) as reader:
        return [frame.to_ndarray(format=pixel_format) for frame in reader.decode(video=0)]


def times_of(path: Path) -> tuple[list[Fraction], Any]:
    with av.open(str(path)) as reader:
        stream = reader.streams.video[0]
        return sorted(
            packet.pts * stream.time_base for packet in reader.demux(stream) if packet.pts is not None
        ), stream.average_rate


# -- colour -----------------------------------------------------------------------------------------------------------


def test_films_say_that_they_are_of_bt709(tmp_path: Path) -> None:
    film_of(tmp_path / "a.mp4", [(flat(9, 99, 199), 3)], spec())
    with av.open(str(tmp_path / "a.mp4")) as reader:
        context = reader.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        assert context.color_range == 1  # limited: 16 to 235
        frame = next(reader.decode(video=0))
        assert (frame.colorspace, frame.color_range) == (1, 1)


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (88, 196, 221)])
def test_colours_are_converted_as_the_standard_says(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    film_of(tmp_path / "a.mp4", [(flat(*colour), 1)], spec())
    found = decoded(tmp_path / "a.mp4", "yuv420p")[0]
    red, green, blue = (part / 255 for part in colour)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue  # ITU-R BT.709-6, 3.2 and 3.5
    expected = [16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748]
    planes = [found[:HEIGHT], found[HEIGHT : HEIGHT * 5 // 4], found[HEIGHT * 5 // 4 :]]
    assert [float(plane.mean()) for plane in planes] == pytest.approx(expected, abs=1.6)


def test_raw_films_with_alpha_keep_every_pixel(tmp_path: Path) -> None:
    frames = pictures(4)
    how = spec(container_format="mov", codec="png", pixel_format="rgba")
    film_of(tmp_path / "a.mov", [(pixels.copy(), 1) for pixels in frames], how)
    assert np.array_equal(decoded(tmp_path / "a.mov", "rgba"), frames)


# -- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [1, 64, 128, 254])
def test_half_transparent_white_is_white_for_an_editor_and_as_it_was_drawn_for_programs(
    tmp_path: Path, alpha: int
) -> None:
    drawn = flat(alpha, alpha, alpha, alpha)  # cairo weighs colours by alpha
    film_of(tmp_path / "editor.mov", [(drawn, 2)], spec(container_format="mov", codec="qtrle", pixel_format="argb"))
    film_of(tmp_path / "raw.mov", [(drawn, 2)], spec(container_format="mov", codec="png", pixel_format="rgba"))
    assert all((frame == flat(255, 255, 255, alpha)).all() for frame in decoded(tmp_path / "editor.mov", "rgba"))
    assert all((frame == drawn).all() for frame in decoded(tmp_path / "raw.mov", "rgba"))


@pytest.mark.parametrize("rate", RATES)
def test_frames_are_evenly_timed_at_every_rate_over_several_chunks(tmp_path: Path, rate: Fraction) -> None:
    frames = pictures(3)
    film_of(tmp_path / "a.mp4", [(frames[0], CHUNK + 7), (frames[1], 1), (frames[2], CHUNK)], spec(rate))
    times, average = times_of(tmp_path / "a.mp4")
    assert times == [n / rate for n in range(2 * CHUNK + 8)]
    assert average == rate
    shown = decoded(tmp_path / "a.mp4", "gray")
    nearest = [int(np.argmin([np.abs(now - decoded_one).mean() for decoded_one in grey(frames)])) for now in shown]
    assert nearest == [0] * (CHUNK + 7) + [1] + [2] * CHUNK


def grey(frames: list[np.ndarray]) -> list[np.ndarray]:
    return [(16 + 219 / 255 * (frame[..., :3] @ [0.2126, 0.7152, 0.0722])).astype(float) for frame in frames]


@pytest.mark.parametrize("rate", RATES)
def test_films_that_are_unevenly_timed_become_even_when_joined(tmp_path: Path, rate: Fraction) -> None:
    paths = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for path, lengths in zip(paths, ([1000, 995, 1005, 1000, 950, 1050], [1000, 1010, 990, 1000]), strict=True):
        uneven_film(path, rate, lengths)
    join(paths, tmp_path / "both.mp4", rate)
    times, average = times_of(tmp_path / "both.mp4")
    assert times == [n / rate for n in range(10)] and average == rate
    shown = [float(frame.mean()) for path in (*paths, tmp_path / "both.mp4") for frame in decoded(path, "gray")]
    assert shown[:10] == shown[10:]


# -- chunks -----------------------------------------------------------------------------------------------------------


def test_chunks_by_several_encoders_make_the_film_that_one_makes(tmp_path: Path) -> None:
    frames = [(pixels, 1) for pixels in pictures(2 * CHUNK + 5)]
    film_of(tmp_path / "one.mp4", frames, spec())
    several = Parts(tmp_path / "several.mp4")
    for number in (2, 0, 1):
        mine = frames[number * CHUNK : (number + 1) * CHUNK]
        film_of(several.target, mine, spec(), first=number)
        assert not several.target.exists()
    several.join(3, Fraction(30))
    assert several.target.read_bytes() == (tmp_path / "one.mp4").read_bytes()
    seals = ["one.mp4.sha256", "several.mp4.sha256"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.mp4", seals[0], "several.mp4", seals[1]]
    assert {(tmp_path / seal).read_text() for seal in seals} == {
        hashlib.sha256(several.target.read_bytes()).hexdigest()
    }


@pytest.mark.parametrize("how", [FILM, PREVIEW])
def test_the_same_frames_make_the_same_film_whatever_memory_held_before(tmp_path: Path, how: dict[str, str]) -> None:
    # With some presets (veryfast, medium) x264 lets what it finds in memory decide; ours are chosen among the others.
    code = f"""
import sys; sys.path[:0] = [{str(Path(__file__).parent.parent)!r}]
from pathlib import Path
from dataclasses import replace
from tests.test_encoder import disc, film_of, spec
how = replace(spec(width=160, height=90), options=tuple({how!r}.items()))
film_of(Path(sys.argv[1]), [(disc(place), 1) for place in range(40, 60, 4)], how)
"""
    films = []
    for fill in ("1", "200", "255"):
        path = tmp_path / f"{fill}.mp4"
        subprocess.run([sys.executable, "-c", code, path], check=True, env=os.environ | {"MALLOC_PERTURB_": fill})
        films.append(path.read_bytes())
    assert films[0] == films[1] == films[2]


def test_a_held_picture_is_converted_once_and_given_back_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversions, released = [], []
    convert = FilmEncoder._converted
    monkeypatch.setattr(FilmEncoder, "_converted", lambda self, pixels: conversions.append(1) or convert(self, pixels))
    film = FilmEncoder(parts=Parts(tmp_path / "a.mp4"), spec=spec(), release=released.append)
    pixels = flat(1, 2, 3)
    film.write_frame(pixels, repeat=300)
    assert len(conversions) == 1 and released[0] is pixels
    film.finish()
    assert len(decoded(tmp_path / "a.mp4", "gray")) == 300


def test_a_film_given_up_leaves_nothing(tmp_path: Path) -> None:
    film = FilmEncoder(parts=Parts(tmp_path / "a.mp4"), spec=spec(), release=lambda pixels: None)
    film.write_frame(flat(1, 2, 3), repeat=CHUNK + 1)
    film.abort()
    assert list(tmp_path.iterdir()) == []


def test_a_film_that_cannot_be_joined_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.mp4"
    target.write_bytes(b"before")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(encoder, "packets_of", full)
    film = FilmEncoder(parts=Parts(target), spec=spec(), release=lambda pixels: None)
    film.write_frame(flat(1, 2, 3), repeat=CHUNK + 1)
    with pytest.raises(OSError, match="No space left"):
        film.finish()
    film.abort()
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    assert target.read_bytes() == b"before"


def test_parts_of_dead_processes_are_swept_away_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead, living = Parts(tmp_path / "a.mp4"), Parts(tmp_path / "a.mp4")
    dead.owner = ended.pid
    for parts in (dead, living):
        parts.path(3).write_bytes(b"")
    (tmp_path / "a.mp4").write_bytes(b"")
    sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([living.path(3), tmp_path / "a.mp4"])


def test_what_a_killed_process_left_of_joining_is_gone_when_the_film_is_joined_again(tmp_path: Path) -> None:
    joining = (
        "import os, signal, sys; from fractions import Fraction; from pathlib import Path\n"
        "from mobjects import encoder\n"
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "encoder.join([Path(sys.argv[1])], Path(sys.argv[2]), Fraction(30))"
    )
    film, whole = tmp_path / "one.mp4", tmp_path / "whole.mp4"
    film_of(film, [(picture, 1) for picture in pictures(3)], spec())
    killed = subprocess.run([sys.executable, "-c", joining, str(film), str(whole)], check=False)
    assert killed.returncode == -signal.SIGKILL and not whole.exists()
    assert any(".part." in path.name for path in tmp_path.iterdir())
    join([film], whole, Fraction(30))
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".mp4") == ["one.mp4", "whole.mp4"]


# -- settings ---------------------------------------------------------------------------------------------------------


def test_small_pictures_are_encoded_in_haste_and_large_ones_with_care() -> None:
    assert dict(spec(height=480).options) == PREVIEW
    assert dict(spec(height=720).options) == dict(spec(height=2160).options) == FILM


def test_what_the_user_asks_of_the_encoder_stands_and_other_codecs_are_left_alone() -> None:
    raw = VideoEncoderSpec("mp4", "libx264", "yuv420p", WIDTH, HEIGHT, Fraction(30), (("crf", "3"), ("tune", "grain")))
    assert dict(tuned(raw, {"crf": "3", "tune": "grain"}).options) == PREVIEW | {"crf": "3", "tune": "grain"}
    webm = VideoEncoderSpec("webm", "libvpx-vp9", "yuv420p", WIDTH, HEIGHT, Fraction(30), ())
    assert tuned(webm, {}) is webm
