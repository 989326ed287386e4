"""A machine's reading lies where the beats are, and reads texts, not commands."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import render
from rendering import spoken
from rendering.finish import DeliveryError
from rendering.manifest import Beat
from rendering.spoken import PROGRAM, SAMPLES, fitting, reading, write_reading
from rendering.take import Take
from rendering.timecode import RATES

SAID = "The king is old."


def beats(*lengths: int, said: str = SAID) -> list[Beat]:
    starts = [sum(lengths[:place]) for place in range(len(lengths))]
    return [
        Beat(number=number, narration=said if number != 2 else "", start_frame=start, frames=length)
        for number, (start, length) in enumerate(zip(starts, lengths, strict=True), 1)
    ]


def loud(sound: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.abs(sound.astype(int)) > 64)


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_each_beat_is_read_from_its_first_frame_on(rate: Fraction) -> None:
    second = round(rate)
    take = Take(rate, 0, 7 * second, 2, 0, handle=second // 2)
    told = beats(3 * second, second, 3 * second)
    track = reading(told, take)
    assert track.size == round(Fraction(8 * second) * SAMPLES / rate) or take.handle * 2 != second
    per_frame = SAMPLES / rate
    first = loud(track)[0]
    assert first / per_frame == pytest.approx(take.handle, abs=1)
    silent = track[round((take.handle + 3 * second) * per_frame) : round((take.handle + 4 * second) * per_frame)]
    assert loud(silent).size == 0  # nothing is said in the second beat
    third = loud(track[round((take.handle + 4 * second) * per_frame) :])[0]
    assert third / per_frame < 1


def test_what_does_not_fit_is_read_faster_and_never_into_the_next_beat() -> None:
    natural = fitting(SAID, 10 * SAMPLES)
    squeezed = fitting(SAID, natural.size * 3 // 4)
    assert natural.size * 0.5 < squeezed.size <= natural.size * 3 // 4
    assert fitting("word " * 200, SAMPLES).size == SAMPLES


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_the_file_is_as_long_as_the_film_and_of_the_same_time_of_day(tmp_path: Path, rate: Fraction) -> None:
    take = Take(rate, 0, 100, 2, place=50, handle=10)
    write_reading(tmp_path / "said.wav", beats(100), take)
    with av.open(str(tmp_path / "said.wav")) as reader:
        stream = reader.streams.audio[0]
        samples = sum(frame.samples for frame in reader.decode(stream))
        reference = int(reader.metadata["time_reference"])
        assert (stream.rate, stream.channels, stream.codec_context.name) == (SAMPLES, 1, "pcm_s16le")
    assert samples == round(Fraction(120) * SAMPLES / rate)
    frame_of_day = 2 * 3600 * round(rate) + 50 - 10
    assert reference == round(frame_of_day * SAMPLES / rate)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_and_nothing_in_it_is_a_command(text: str) -> None:
    before = set(Path.cwd().iterdir())
    assert spoken.spoken(text).ndim == 1
    assert set(Path.cwd().iterdir()) == before


@pytest.mark.parametrize(
    "text", ["-w wrong.wav --help", "[[h@'loU]]", "<speak><audio src='/etc/passwd'/></speak>", "a\0b"]
)
def test_what_looks_like_a_command_is_read_aloud(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert spoken.spoken(text).size > SAMPLES // 4
    assert list(tmp_path.iterdir()) == []


def test_without_the_program_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == PROGRAM else which(name))
    result = CliRunner().invoke(render.main, ["AttentionPattern", "--deliver", "--scratch-voice"])
    assert result.exit_code == 2
    assert result.output.count("error: ") == 1 and "espeak-ng, which is not installed" in result.output


def test_a_program_that_fails_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "espeak-ng"
    broken.write_text("#!/bin/sh\necho no voice >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(spoken, "PROGRAM", str(broken))
    with pytest.raises(DeliveryError, match="could not read 'The king is old.': no voice"):
        spoken.spoken(SAID)
