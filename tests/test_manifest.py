"""Clips, captions and the manifest agree with each other to the frame."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
import srt
from hypothesis import given
from hypothesis import strategies as st

from rendering.finish import DeliveryError, captions, probe_film
from rendering.manifest import (
    Clip,
    Record,
    RecordError,
    add_clip,
    file_sha256,
    read_manifest,
    read_record,
    write_atomically,
)
from tests.films import uneven_film

RATES = [Fraction(15), Fraction(24), Fraction(60), Fraction(24000, 1001), Fraction(30000, 1001)]


def make_clip(name: str = "a.mp4", **changes: object) -> Clip:
    fields = {"file": name, "scene": "A", "sha256": "0" * 64, "frames": 30, "fps": (15, 1), "duration": 2.0}
    return Clip.model_validate(fields | {"width": 854, "height": 480} | changes)


def test_an_unevenly_timed_film_is_refused(tmp_path: Path) -> None:
    uneven_film(tmp_path / "uneven.mp4", Fraction(30), [1000, 995, 1005, 1000])
    with pytest.raises(DeliveryError, match="2 different lengths|3 different lengths"):
        probe_film(tmp_path / "uneven.mp4")


@pytest.mark.parametrize("rate", RATES)
def test_a_film_is_what_it_holds(tmp_path: Path, rate: Fraction) -> None:
    uneven_film(tmp_path / "even.mp4", rate, [1000] * 12)
    probe = probe_film(tmp_path / "even.mp4")
    assert (probe.frames, probe.frame_rate, probe.width, probe.height) == (12, rate, 64, 48)


def test_a_film_of_one_frame_is_a_film(tmp_path: Path) -> None:
    uneven_film(tmp_path / "one.mp4", Fraction(30), [1000])
    assert probe_film(tmp_path / "one.mp4").frames == 1


def test_what_is_no_film_is_refused_in_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a film")
    with pytest.raises(DeliveryError, match="broken.mp4 is no film"):
        probe_film(broken)


def make_record(rate: Fraction, lengths: list[int]) -> Record:
    starts = [sum(lengths[:place]) for place in range(len(lengths))]
    beats = [
        {"act": "a", "number": n, "name": "b", "narration": f"line {n}", "start_frame": start, "frames": length}
        for n, (start, length) in enumerate(zip(starts, lengths, strict=True), start=1)
    ]
    fps = [rate.numerator, rate.denominator]
    return Record.model_validate({"scene": "A", "fps": fps, "frames": sum(lengths), "beats": beats})


@given(st.sampled_from(RATES), st.lists(st.integers(1, 5000), min_size=1, max_size=20))
def test_captions_begin_with_their_frame_and_never_a_frame_early(rate: Fraction, lengths: list[int]) -> None:
    record = make_record(rate, lengths)
    shown = list(srt.parse(captions(record)))
    assert [caption.content for caption in shown] == [beat.narration for beat in record.beats]
    for caption, beat in zip(shown, record.beats, strict=True):
        start = Fraction(caption.start // timedelta(milliseconds=1), 1000)
        assert beat.start_frame - 1 < start * rate <= beat.start_frame
    for earlier, later in zip(shown, shown[1:], strict=False):
        assert earlier.end == later.start


def test_a_beat_without_words_has_no_caption() -> None:
    record = make_record(Fraction(30), [10, 20])
    record.beats[0].narration = " "
    assert [caption.content for caption in srt.parse(captions(record))] == ["line 2"]


def test_the_manifest_keeps_other_clips_and_forgets_vanished_ones(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "gone.mp4"):
        (tmp_path / name).write_bytes(b"film")
        add_clip(tmp_path, 2, "Attention", make_clip(name))
    (tmp_path / "gone.mp4").unlink()
    add_clip(tmp_path, 2, "Attention", make_clip("b.mp4", frames=31))
    manifest = read_manifest(tmp_path)
    assert manifest is not None
    assert [(clip.file, clip.frames) for clip in manifest.clips] == [("a.mp4", 30), ("b.mp4", 31)]


def test_clips_that_end_at_the_same_time_are_all_listed(tmp_path: Path) -> None:
    names = [f"{letter}.mp4" for letter in "abcdefgh"]
    for name in names:
        (tmp_path / name).write_bytes(b"film")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: add_clip(tmp_path, 2, "Attention", make_clip(name)), names))
    assert [clip.file for clip in read_manifest(tmp_path).clips] == names
    assert not list(tmp_path.glob("*.part"))


def test_a_damaged_manifest_is_kept_aside_and_a_new_one_begun(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    (tmp_path / "a.mp4").write_bytes(b"film")
    add_clip(tmp_path, 2, "Attention", make_clip())
    assert [clip.file for clip in read_manifest(tmp_path).clips] == ["a.mp4"]
    assert (tmp_path / "manifest.damaged.json").read_text() == "{"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, "without leaving its record"),
        (b"\xff\xfe", "cannot be used"),
        (b"{", "cannot be used"),
        (b'{"scene": "A", "fps": [0, 1], "frames": 3}', "fps.0"),
        (b'{"scene": "A", "fps": [15, 1]}', "frames: Field required"),
    ],
)
def test_an_unusable_record_is_refused_with_what_was_found(tmp_path: Path, content: bytes | None, found: str) -> None:
    path = tmp_path / "record.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordError, match=found):
        read_record(path)


def test_a_record_may_hold_more_than_delivery_reads(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps({"scene": "A", "fps": [30000, 1001], "frames": 3, "weather": "fine"}))
    assert read_record(path).frame_rate == Fraction(30000, 1001)


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")  # FIPS 180-2, example B.1
    assert file_sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_half_written_file_of_a_killed_process_goes_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead, living = (tmp_path / f".a [1].txt.{owner}.part" for owner in (ended.pid, os.getppid()))
    for path in (dead, living, tmp_path / f".b.txt.{ended.pid}.part"):
        path.write_text("half")
    write_atomically(tmp_path / "a [1].txt", "whole")
    assert {path.name for path in tmp_path.iterdir()} == {"a [1].txt", living.name, f".b.txt.{ended.pid}.part"}
    assert (tmp_path / "a [1].txt").read_text() == "whole"
