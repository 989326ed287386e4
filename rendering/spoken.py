"""A machine's reading of the narration, to cut to before a real voice is recorded."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from rendering.finish import DeliveryError
from rendering.manifest import Beat
from rendering.plan import PlanError
from rendering.take import Take
from rendering.timecode import moment

PROGRAM = "espeak-ng"
PACE, FASTEST = 165, 330  # words a minute: as the narration is written; and what can just be followed
SAMPLES = 48_000  # a second
Sound = NDArray[np.int16]


def check_program() -> None:
    """Refuse to go on without the program that reads.

    Raises
    ------
    PlanError
        If it is not installed.
    """
    if shutil.which(PROGRAM) is None:
        raise PlanError(f"--scratch-voice needs the program {PROGRAM}, which is not installed; Debian: apt-get install "
                        f"{PROGRAM}, macOS: brew install {PROGRAM}")  # fmt: skip


def spoken(text: str, pace: int = PACE) -> Sound:
    """A text read aloud: mono, 48,000 samples a second, without the silence around it.

    Raises
    ------
    DeliveryError
        If the program cannot read it.
    """
    # Between [[ and ]] the program would expect phonemes.
    plain = text.replace("[[", "[ [").replace("\0", " ")
    done = subprocess.run(
        [PROGRAM, "--stdin", "--stdout", "-b", "1", "-v", "en", "-s", str(pace)],
        input=plain.encode("utf-8", "replace"), capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip() or f"exit code {done.returncode}"
        raise DeliveryError(f"{PROGRAM} could not read {text[:60]!r}: {said}")
    if not done.stdout:  # there is nothing in it to read
        return np.zeros(0, np.int16)
    resampler = av.AudioResampler("s16", "mono", SAMPLES)
    parts: list[Any] = []
    with av.open(io.BytesIO(done.stdout), "r") as reader:
        for frame in [*reader.decode(audio=0), None]:
            parts += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
    sound = np.concatenate(parts) if parts else np.zeros(0, np.int16)
    heard = np.flatnonzero(np.abs(sound.astype(int)) > 64)
    return sound[heard[0] : heard[-1] + 1] if heard.size else sound[:0]


def fitting(text: str, samples: int) -> Sound:
    """A text read within so many samples: faster if it has to be, and cut off where even that is too slow."""
    sound = spoken(text)
    if sound.size > samples:
        sound = spoken(text, min(FASTEST, round(1.05 * PACE * sound.size / max(1, samples))))
    return sound[:samples]


def reading(beats: Sequence[Beat], take: Take) -> Sound:
    """All beats of a clip, each from its first frame on, with silence for the handles."""

    def sample(frame: int) -> int:
        return round(Fraction(frame + take.handle) * SAMPLES / take.frame_rate)

    track = np.zeros(sample(take.frames + take.handle), np.int16)
    for beat in beats:
        if beat.narration.strip():
            first = sample(beat.start_frame)
            sound = fitting(beat.narration, sample(beat.start_frame + beat.frames) - first)
            track[first : first + sound.size] = sound
    return track


def write_reading(path: Path, beats: Sequence[Beat], take: Take) -> None:
    """Write a clip's reading as a WAV file, as long as the files for cutting and of the same time of day (``bext``)."""
    track = reading(beats, take)
    begin = moment(take.chapter, take.place - take.handle, take.frame_rate)
    since_midnight = round(Fraction(round(begin.value)) * SAMPLES / take.frame_rate)
    with av.open(str(path), "w", format="wav", options={"write_bext": "1"}) as writer:
        writer.metadata["time_reference"] = str(since_midnight)
        stream = writer.add_stream("pcm_s16le", rate=SAMPLES, layout="mono")
        frame = av.AudioFrame.from_ndarray(track[None], format="s16", layout="mono")
        frame.sample_rate = SAMPLES
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            writer.mux(packet)
