"""Renders the gallery for the documentation: ``python -m scenes.pictures FOLDER``, for one theme (STORY_THEME).

A still of the end (PNG) and a film (MP4, 480p30) for each public name. Nothing is done where nothing has changed since.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

import numpy as np
from manim import config, tempconfig
from PIL import Image
from rich.progress import track

from mobjects import theme
from scenes.gallery import examples

ROOT = Path(__file__).resolve().parent.parent
# What a picture depends on.
SOURCES = ("mobjects/*.py", "scenes/*.py", "model/*.py", "assets/picks.yaml", "assets/checkpoints/*.md")
FILM = {
    "quality": "low_quality",
    "frame_rate": 30,
    "progress_bar": "none",
    "verbosity": "ERROR",
    "write_to_movie": True,
}


def digest_of_sources() -> str:
    """Return a fingerprint of all that the pictures depend on."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def render_example(name: str, folder: Path, work: Path) -> None:
    """Render one example into ``NAME.png`` and ``NAME.mp4``.

    Parameters
    ----------
    name : str
        A scene of the gallery.
    folder : Path
        Where the picture and the film go.
    work : Path
        Manim's own media folder: what did not change is not drawn again.
    """
    with tempconfig(FILM | {"media_dir": str(work), "background_color": theme.BACKGROUND}):
        scene = examples()[name]()
        scene.render()
        camera = scene.renderer.camera
        camera.reset()
        camera.capture_mobjects(scene.mobjects)
        Image.fromarray(np.array(camera.pixel_array)[:, :, :3]).save(folder / f"{name}.png")
    shutil.copyfile(scene.output_plan.primary_artifact, folder / f"{name}.mp4")


def main(folder: str) -> None:
    """Render what has changed into a folder for the theme in use."""
    place = Path(folder) / theme.in_use()
    stamp, digest = place / "digest", digest_of_sources()
    if stamp.exists() and stamp.read_text() == digest:
        return
    place.mkdir(parents=True, exist_ok=True)
    work = Path(config.media_dir).resolve() / "work" / f"gallery-{theme.in_use()}"
    for name in track(list(examples()), f"Gallery, {theme.in_use()}"):
        render_example(name, place, work)
    stamp.write_text(digest)


if __name__ == "__main__":
    main(*sys.argv[1:])
