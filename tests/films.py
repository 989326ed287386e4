"""Film files for tests."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def uneven_film(path: Path, rate: Fraction, lengths: list[int]) -> None:
    """Write a grey frame for each length, which is in thousandths of a frame; some are decoded out of order."""
    with av.open(str(path), "w") as writer:
        stream = writer.add_stream("libx264", rate=rate, options={"bf": "2", "crf": "1"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = stream.time_base = 1 / (rate * 1000)
        for place, start in enumerate(np.cumsum([0, *lengths[:-1]])):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 * place, np.uint8), format="rgb24")
            frame.pts, frame.time_base = int(start), stream.time_base
            writer.mux(stream.encode(frame))
        writer.mux(stream.encode(None))


def steps_film(path: Path, rate: Fraction, frames: int, size: tuple[int, int] = (320, 180)) -> None:
    """Write an H.264 film whose frame N is as light as N, so that one can see which frame is shown."""
    with av.open(str(path), "w") as writer:
        stream = writer.add_stream("libx264", rate=rate, options={"g": "12"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for place in range(frames):
            grey = 16 + place * 200 // frames
            writer.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((*size[::-1], 3), grey, np.uint8))))
        writer.mux(stream.encode(None))
