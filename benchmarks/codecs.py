"""Which encoder settings give how good a picture for how much work: signal-to-noise ratio a processor second."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from manim import tempconfig
from manim._config.video_encoder import VideoEncoderSpec
from numpy.typing import NDArray

from benchmarks import subjects
from mobjects.encoder import FILM, PREVIEW, FilmEncoder, Parts

FRAMES = 60
SETTINGS = [
    ("medium", "23"), ("veryfast", "18"), ("superfast", "15"), ("superfast", "18"), ("superfast", "21"),
    ("ultrafast", "18"), ("ultrafast", "20"), ("ultrafast", "22"),
]  # fmt: skip


def frames_of(scene: Any, every: int) -> list[NDArray[np.uint8]]:
    """Return every so many-th frame that a scene draws."""
    kept: list[NDArray[np.uint8]] = []
    writer, count = scene.renderer.file_writer, 0
    write = writer.write_frame

    def keep(pixels: NDArray[np.uint8], *, repeat: int = 1) -> None:
        nonlocal count
        if count % every == 0 and len(kept) < FRAMES:
            kept.append(pixels.copy())
        count += 1
        write(pixels, repeat=repeat)

    writer.write_frame = keep
    scene.render()
    return kept


def luma(path: Path) -> list[NDArray[np.float64]]:
    """Return the brightness of each frame of a film."""
    with av.open(str(path)) as reader:
        return [frame.to_ndarray()[: frame.height].astype(float) for frame in reader.decode(video=0)]


def encode(frames: list[NDArray[np.uint8]], options: dict[str, str], path: Path) -> float:
    """Write a film; returns processor seconds."""
    height, width, _ = frames[0].shape
    spec = VideoEncoderSpec("mp4", "libx264", "yuv420p", width, height, Fraction(60), tuple(sorted(options.items())))
    started = time.process_time()
    film = FilmEncoder(parts=Parts(path), spec=replace(spec), release=lambda pixels: None)
    for pixels in frames:
        film.write_frame(pixels)
    film.finish()
    return time.process_time() - started


def table(turns: int) -> str:
    """Return what each of some settings costs and gives, on dense numbers and on the film."""
    size = {"pixel_width": 1920, "pixel_height": 1080, "frame_rate": 60}
    rows: dict[tuple[str, str], list[str]] = {setting: [] for setting in SETTINGS}
    with tempfile.TemporaryDirectory() as folder, tempconfig(subjects.QUIET | {"media_dir": folder} | size):
        path = Path(folder) / "a.mp4"
        dense = frames_of(subjects.grid_scene("ours", "changing", 12, 1.0, floor=False), every=1)
        with tempconfig({"frame_rate": 5}):
            film = frames_of(subjects.film_scene("AttentionPattern", "", floor=False), every=8)
        for frames in (dense, film):
            encode(frames, {"preset": "ultrafast", "qp": "0", "threads": "1"}, path)  # without loss
            exact = luma(path)
            for preset, crf in SETTINGS:
                options = {"preset": preset, "crf": crf, "threads": "1"}
                seconds = statistics.median(encode(frames, options, path) for _ in range(turns)) / len(frames)
                wrong = np.mean([np.mean((one - other) ** 2) for one, other in zip(luma(path), exact, strict=True)])
                noise = 10 * np.log10(255**2 / wrong)
                kilobytes = path.stat().st_size / len(frames) / 1000
                rows[preset, crf] += [f"{1000 * seconds:.1f}", f"{noise:.1f}", f"{kilobytes:.1f}"]
    chosen = {(way["preset"], way["crf"]): word for way, word in ((FILM, "films"), (PREVIEW, "previews, 480p"))}
    lines = [f"| {p} {crf} | {' | '.join(cells)} | {chosen.get((p, crf), '')} |" for (p, crf), cells in rows.items()]
    return (
        "x264 at 1080p, one thread, conversion to BT.709 included: processor milliseconds a frame, peak "
        f"signal-to-noise ratio of the brightness (dB), kilobytes a frame; {FRAMES} frames each of 12 x 12 changing "
        f"numbers and of AttentionPattern (frames far apart, the hardest case), medians of {turns}. Previews take what "
        "gives most for the work; films, which are kept, fewer bytes (why: NOTES.md).\n\n"
        "| preset, crf | numbers: ms | dB | kB | film: ms | dB | kB | used for |\n|---|---|---|---|---|---|---|---|\n"
        + "\n".join(lines)
    )
