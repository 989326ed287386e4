"""What the rendering benchmark renders, each in a process of its own: ``python -m benchmarks.subjects '{"who": ...}'``.

Prints one JSON line with what was measured; see :func:`measure` for what can be asked for.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from manim import RIGHT, UP, Animation, Camera, DecimalNumber, Dot, Scene, Text, UpdateFromAlphaFunc, VGroup, tempconfig
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.scene_file_writer import SceneFileWriter
from numpy.typing import NDArray

from mobjects import ChangeValues, FastRendering, NumericGrid
from mobjects.camera import faster
from mobjects.encoder import FilmEncoder, Parts
from mobjects.renderer import FilmRenderer, FilmWriter
from scenes.storyboard import CHAPTERS

GRID_HEIGHT = 7.0
QUIET = {"progress_bar": "none", "verbosity": "ERROR", "disable_caching_warning": True}


def values(size: int, seed: int = 1) -> NDArray[np.float64]:
    """Return a matrix of numbers from -9.99 to 9.99."""
    return np.random.default_rng(seed).uniform(-9.99, 9.99, (size, size))


def stock_grid(size: int) -> VGroup:
    """Return numbers as one writes them in plain manim without LaTeX."""
    numbers = [DecimalNumber(value, mob_class=Text, include_sign=True) for value in values(size).ravel()]
    return VGroup(*numbers).arrange_in_grid(size, size, buff=0.3).scale_to_fit_height(GRID_HEIGHT)


def our_grid(size: int) -> NumericGrid:
    """Return the same numbers."""
    return NumericGrid(values(size), decimals=2, sign="always").scale_to_fit_height(GRID_HEIGHT)


def stock_change(numbers: VGroup, size: int) -> Animation:
    """Return the motion in which all numbers change in every frame."""
    first, last = values(size).ravel(), values(size, 2).ravel()

    def change(numbers: VGroup, alpha: float) -> None:
        for number, start, end in zip(numbers, first, last, strict=True):
            number.set_value((1 - alpha) * start + alpha * end)

    return UpdateFromAlphaFunc(numbers, change)


def our_change(grid: NumericGrid, size: int) -> Animation:
    """Return the same motion."""
    return ChangeValues(grid, values(size, 2))


def move(grid: VGroup, size: int) -> Any:
    """Return the motion of all numbers together."""
    return grid.animate.shift(0.5 * RIGHT)


def pass_by(grid: VGroup, size: int) -> Any:
    """Return the motion of a dot, over numbers that rest."""
    return Dot(3 * UP).animate.shift(3 * RIGHT)


MOTIONS: dict[str, dict[str, Callable[[Any, int], Any]]] = {
    "stock": {"changing": stock_change, "moving": move, "resting": pass_by},
    "ours": {"changing": our_change, "moving": move, "resting": pass_by},
}
GRIDS: dict[str, Callable[[int], Any]] = {"stock": stock_grid, "ours": our_grid}


class FloorWriter(FilmWriter):
    """Keeps the frames of each play, and then encodes them while nothing else happens."""

    seconds = 0.0
    kept: list[tuple[Any, int]] = []

    def write_frame(self, pixels: Any, *, repeat: int = 1) -> None:
        """Keep a copy of the frame."""
        self.kept.append((pixels.copy(), repeat))
        super().write_frame(pixels, repeat=repeat)

    def end_animation(self, allow_write: bool = False) -> None:
        """Encode the frames kept, and take the time."""
        super().end_animation(allow_write)
        self.join_all_encode_jobs()
        assert self.video_encoder is not None
        if not self.kept:  # a play that was there before, frame for frame, is not drawn again
            return
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            parts = Parts(Path(folder) / "alone.mp4")
            alone = FilmEncoder(parts=parts, spec=self.video_encoder, release=lambda frame: None)
            for pixels, repeat in self.kept:
                alone.write_frame(pixels, repeat=repeat)
            alone.finish()
            FloorWriter.seconds += time.perf_counter() - started
        self.kept.clear()


def grid_scene(who: str, what: str, size: int, seconds: float, floor: bool) -> Any:
    """Return a scene in which a grid of numbers does something; its clock starts when it is built."""

    def construct(scene: Any) -> None:
        grid = GRIDS[who](size)
        scene.add(grid)
        motion = MOTIONS[who][what](grid, size)
        scene.started = time.perf_counter(), time.process_time()
        scene.play(motion, run_time=seconds)

    if who == "stock":
        return type("Grid", (Scene,), {"construct": construct})(renderer=CairoRenderer(SceneFileWriter, Camera))
    return made("Grid", (FastRendering, Scene), {"construct": construct}, floor)


def film_scene(name: str, changed: str, floor: bool) -> Any:
    """Return a scene of the film; in one of its beats, named by its method, every motion may take a little longer."""
    [entry] = [entry for chapter in CHAPTERS for entry in chapter.scenes if entry.name == name]
    kind = getattr(import_module(entry.module), name)
    space: dict[str, Any] = {"__module__": entry.module}
    if changed:

        def slower(scene: Any) -> None:
            play = scene.play
            scene.play = lambda *motions, **options: play(
                *motions, **(options | {"run_time": 1.1 * options["run_time"]} if "run_time" in options else options)
            )
            getattr(kind, changed)(scene)
            del scene.play

        space[changed] = slower
    return made(name, (kind,), space, floor)


def made(name: str, bases: tuple[type, ...], space: dict[str, Any], floor: bool) -> Any:
    """Return a scene with our renderer."""
    kind = type(name, bases, space)
    if not floor:
        return kind()
    camera = kind().camera_class
    return kind(renderer=FilmRenderer(faster(camera), file_writer_class=FloorWriter))


def measure(
    who: str = "film",
    what: str = "AttentionPattern",
    size: int = 0,
    seconds: float = 0.0,
    floor: bool = False,
    changed: str = "",
    **settings: Any,
) -> dict[str, float]:
    """Render and measure.

    Parameters
    ----------
    who, what, size, seconds
        "stock" or "ours", "changing", "moving" or "resting", numbers in a row, seconds of film; or "film" and the name
        of a scene.
    floor : bool
        Whether to measure the time of encoding the same frames alone, too.
    changed : str
        A beat of the film's scene to change.
    settings
        Of manim.

    Returns
    -------
    dict
        ``seconds`` and ``processor`` seconds (with forked processes) of rendering, without imports; ``frames``;
        ``floor`` seconds of encoding alone; ``drawn`` of so many ``plays``; ``peak`` bytes of memory of the largest
        process.
    """
    with tempfile.TemporaryDirectory() as folder, tempconfig(QUIET | {"media_dir": folder} | settings):
        started = time.time(), time.perf_counter(), time.process_time()
        scene = film_scene(what, changed, floor) if who == "film" else grid_scene(who, what, size, seconds, floor)
        scene.render()
        ended = time.perf_counter(), time.process_time()
        began = getattr(scene, "started", started[1:])
        files = {Path(file) for file in scene.renderer.file_writer.partial_movie_files if file}
        drawn = sum(file.stat().st_mtime >= started[0] for file in files)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": ended[0] - began[0] - FloorWriter.seconds,
        "processor": ended[1] - began[1] + children.ru_utime + children.ru_stime,
        "frames": round(scene.renderer.time * scene.camera.frame_rate),
        "floor": FloorWriter.seconds,
        "drawn": drawn,
        "plays": len(scene.renderer.file_writer.partial_movie_files),
        "peak": 1024 * max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, children.ru_maxrss),
    }


if __name__ == "__main__":
    print(json.dumps(measure(**json.loads(sys.argv[1]))))  # noqa: T201
