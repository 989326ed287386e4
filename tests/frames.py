"""The harness: every frame that a scene hands to its film, as a hash, whichever way the scene is rendered."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from manim import Scene, tempconfig
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.scene_file_writer import SceneFileWriter

from mobjects.camera import faster
from mobjects.renderer import FastRendering, FilmRenderer, FilmWriter

SMALL = {
    "pixel_width": 160,
    "pixel_height": 90,
    "frame_rate": 15,
    "seed": 1,
    "progress_bar": "none",
    "verbosity": "WARNING",
}
Frames = list[tuple[int, str]]


class Noting:
    """For a writer: notes each frame's play, its chunk's process, and its hash. Mix in before the writer."""

    notes: Path

    def write_frame(self, pixels: Any, *, repeat: int = 1) -> None:
        """Note a frame; a process of its own may do so."""
        forks = getattr(self, "forks", None)
        chunk = forks.inside.number if forks and forks.inside else 0
        play = len(self.partial_movie_files) - 1  # type: ignore[attr-defined]
        note = [play, chunk, hashlib.sha256(np.ascontiguousarray(pixels)).hexdigest(), repeat]
        with self.notes.open("a") as file:
            file.write(json.dumps(note) + "\n")
        super().write_frame(pixels, repeat=repeat)  # type: ignore[misc]


def render(
    construct: Callable[[Any], None], way: str, folder: Path, *, base: type[Scene] = Scene, **settings: Any
) -> tuple[Frames, Any]:
    """Render a scene and return its frames as (play, sha256 of the RGBA pixels), and the scene.

    Parameters
    ----------
    construct : function
        The scene's ``construct``.
    way : {"stock", "fast"}
        Manim's own renderer, or ours.
    folder : Path
        For media; what is cached there is used.
    base : type
        What kind of scene it is.
    settings
        Of manim.
    """
    notes = folder / "notes"
    notes.parent.mkdir(parents=True, exist_ok=True)
    notes.unlink(missing_ok=True)
    camera = inspect.signature(base).parameters["camera_class"].default
    with tempconfig(SMALL | {"media_dir": str(folder)} | settings):
        renderer: Any
        if way == "stock":
            writer = type("NotingWriter", (Noting, SceneFileWriter), {"notes": notes})
            renderer = CairoRenderer(file_writer_class=writer, camera_class=camera)
            scene = type("Adversary", (base,), {"construct": construct})(renderer=renderer)
        else:
            writer = type("NotingWriter", (Noting, FilmWriter), {"notes": notes})
            renderer = FilmRenderer(faster(camera), file_writer_class=writer)
            scene = type("Adversary", (FastRendering, base), {"construct": construct})(renderer=renderer)
        scene.render()
    lines = [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []
    lines.sort(key=lambda line: line[:2])  # stable: within a process, in the order of drawing
    return [(play, frame) for play, _, frame, repeat in lines for _ in range(repeat)], scene
