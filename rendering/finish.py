"""From the rendered film to a finished clip: captions, record, manifest; whole or not at all."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import av

from rendering.captions import Line, subrip
from rendering.manifest import (
    Clip,
    Provenance,
    Record,
    add_clip,
    file_sha256,
    part_of,
    pretty,
    read_record,
    write_atomically,
)
from rendering.plan import Task


class DeliveryError(RuntimeError):
    """Manim's file is missing or is not what the scene's record says; the message is one sentence."""


@dataclass(frozen=True)
class Probe:
    """What a video file really holds: frames, frames a second, and size in pixels."""

    frames: int
    frame_rate: Fraction
    width: int
    height: int


def finish(task: Task) -> Clip:
    """Turn what manim rendered into the finished clip, its captions and its manifest entry.

    Raises
    ------
    RecordError
        If the scene left no usable record.
    DeliveryError
        If the film is missing, or has other frames than the record says.
    OSError
        If the folder cannot be written to.
    """
    record = read_record(task.record)
    movie = _find_movie(task)
    task.folder.mkdir(parents=True, exist_ok=True)
    clip_path = task.folder / f"{task.stem}{task.ending}"
    with part_of(clip_path) as part:
        shutil.move(movie, part)
        probe = probe_film(part)
        _compare(probe, record)
        clip = _describe(clip_path.name, file_sha256(part), probe, record)
        write_atomically(clip_path.with_suffix(".srt"), captions(record))
        write_atomically(clip_path.with_suffix(".json"), pretty(task.record.read_text(encoding="utf-8")))
        os.replace(part, clip_path)
    add_clip(task.folder, task.chapter.number, task.chapter.title, clip)
    return clip


def probe_film(path: Path) -> Probe:
    """Count a film's frames and check that each lasts as long as the next.

    Raises
    ------
    DeliveryError
        If the file holds no film, or its frames are not evenly spaced.
    """
    try:
        with av.open(str(path)) as reader:
            stream = reader.streams.video[0]
            times = sorted(packet.pts for packet in reader.demux(stream) if packet.pts is not None)
            steps = {later - earlier for earlier, later in zip(times, times[1:], strict=False)}
            width, height, time_base, rate = stream.width, stream.height, stream.time_base, stream.average_rate
    except (av.FFmpegError, IndexError) as error:
        raise DeliveryError(f"{path.name} is no film that can be read ({error}); render the scene again") from error
    if not times or len(steps) > 1 or rate is None or time_base is None:
        raise DeliveryError(f"{path.name} has frames of {len(steps)} different lengths; one was expected")
    return Probe(len(times), 1 / (time_base * steps.pop()) if steps else rate, width, height)


def captions(record: Record) -> str:
    """The narration as SubRip text: one caption a beat, on screen from the beat's first frame to its last."""
    return subrip([Line(beat.narration, beat.start_frame, beat.frames) for beat in record.beats], record.frame_rate)


def _find_movie(task: Task) -> Path:
    """Manim's file; its folder is named after module, size and frame rate, which is manim's business."""
    found = [
        path
        for path in (task.workshop / "videos").rglob(f"{task.entry.name}{task.ending}")
        if "partial_movie_files" not in path.parts
    ]
    if not found:
        raise DeliveryError(f"manim ended well but left no film in {task.workshop}; see {task.log}")
    return max(found, key=lambda path: path.stat().st_mtime_ns)


def _compare(probe: Probe, record: Record) -> None:
    if probe.frames != record.frames:
        raise DeliveryError(f"the film has {probe.frames} frames and the scene's record says {record.frames}")
    if probe.frame_rate != record.frame_rate:
        raise DeliveryError(f"the film has {probe.frame_rate} frames a second and the record says {record.frame_rate}")


def _describe(name: str, sha256: str, probe: Probe, record: Record) -> Clip:
    checkpoint = record.checkpoint
    return Clip(
        file=name,
        scene=record.scene,
        sha256=sha256,
        frames=probe.frames,
        fps=record.fps,
        duration=round(float(probe.frames / probe.frame_rate), 6),
        width=probe.width,
        height=probe.height,
        checkpoint=checkpoint.name if checkpoint else "",
        checkpoint_hash=checkpoint.hash if checkpoint else "",
        text=record.text,
        theme=record.theme,
        provenance=Provenance(
            tokens=record.tokens,
            head=record.head,
            trained_on=checkpoint.trained_on if checkpoint else "",
            numbers=record.numbers,
            passports=record.passports,
            manim=version("manim"),
        ),
        beats=record.beats,
    )
