"""The poster is the clip's last picture, the animation shows all of it in its own time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from rendering.poster import ANIMATION, POSTER, RATE, make

FRAMES, FPS = 45, 30


def clip(path: Path) -> Path:
    """A film that brightens from black to white."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=Fraction(FPS))
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for place in range(FRAMES):
            grey = np.full((180, 320, 3), round(255 * place / (FRAMES - 1)), np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        film.mux(stream.encode(None))
    return path


def test_the_poster_is_the_last_picture_and_the_animation_keeps_time(tmp_path: Path) -> None:
    animation, poster = make(clip(tmp_path / "clip.mp4"), tmp_path)
    with Image.open(poster) as still:
        assert still.size == POSTER and min(still.convert("L").getextrema()) > 245
    with Image.open(animation) as moving:
        count, seconds = moving.n_frames, 0.0
        lights = []
        for place in range(count):
            moving.seek(place)
            moving.load()
            seconds += moving.info["duration"] / 1000
            lights.append(np.asarray(moving.convert("L")).mean())
        assert moving.size == ANIMATION
    assert count == FRAMES * RATE // FPS
    assert round(seconds, 6) == FRAMES / FPS
    assert lights == sorted(lights) and lights[0] < 10
