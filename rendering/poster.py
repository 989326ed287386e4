"""The film's poster and the README's animation, from the trailer's clip: ``python -m rendering.poster CLIP``."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image

STILLS = Path(__file__).resolve().parent.parent / "assets" / "stills"
ANIMATION, POSTER = (640, 360), (1280, 720)
RATE, QUALITY = 10, 50  # pictures a second; of WebP, 0 to 100


def pictures(clip: Path, rate: int = RATE) -> list[Image.Image]:
    """So many pictures a second of a clip, and its last one."""
    found: list[Image.Image] = []
    with av.open(str(clip)) as reader:
        for number, frame in enumerate(reader.decode(video=0)):
            step = Fraction(reader.streams.video[0].average_rate or rate) / rate
            last = frame
            if number >= len(found) * step:
                found.append(frame.to_image())
    return [*found, last.to_image()]


def make(clip: Path, folder: Path = STILLS) -> tuple[Path, Path]:
    """Write ``trailer.webp`` and ``poster.png``, and say where they are."""
    shown = pictures(clip)
    animation, poster = folder / "trailer.webp", folder / "poster.png"
    shown[-1].resize(POSTER, Image.Resampling.LANCZOS).save(poster, optimize=True)
    first, *rest = (one.resize(ANIMATION, Image.Resampling.LANCZOS) for one in shown[:-1])
    settings: dict[str, Any] = {"duration": 1000 // RATE, "loop": 0, "quality": QUALITY, "minimize_size": True}
    first.save(animation, save_all=True, append_images=rest, **settings)
    return animation, poster


if __name__ == "__main__":
    print(*make(Path(sys.argv[1])), sep="\n")  # noqa: T201
