"""What an editor and a newcomer can count on, scene by scene: the same film from anywhere, with nothing else installed.

The other promises to an editor are in test_delivery.py (files, colours, alpha, timelines) and test_manifest.py
(captions); a test that could not run counts as failed.
"""

from __future__ import annotations

import ast
import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from rendering.cluster import LOCAL, connected, fill_cache
from rendering.plan import Story, Task, make_task
from rendering.progress import Voice
from rendering.run import run_all
from scenes.storyboard import CHAPTERS

ROOT = Path(__file__).resolve().parent.parent
SCENES = sorted((ROOT / "scenes").glob("*.py"))
ENTRIES = [(chapter, entry) for chapter in CHAPTERS for entry in chapter.scenes]
# Names of manim that need LaTeX, or its clock, which makes a film depend on what is in the cache.
LATEX = {"Tex", "MathTex", "SingleStringMathTex", "BulletedList", "Title", "Matrix", "DecimalMatrix", "IntegerMatrix"}
CLOCK = {"always_redraw", "turn_animation_into_updater", "cycle_animation", "always_shift", "always_rotate"}


def drawn(task: Task) -> tuple[bytes, str]:
    with redirect_stdout(io.StringIO()):
        [outcome] = run_all([task], ROOT, 1, Voice().show)
    assert outcome.clip, outcome.failure
    film = task.folder / outcome.clip.file
    return film.read_bytes(), film.with_suffix(".srt").read_text(encoding="utf-8")


@pytest.mark.parametrize("lossless", [False, True], ids=["clip", "delivery"])
def test_one_worker_three_workers_and_the_cache_give_the_same_film_and_captions(
    lossless: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [(chapter, entry)] = [(chapter, entry) for chapter, entry in ENTRIES if entry.name == "SoftmaxColumns"]

    def task(name: str) -> Task:
        return make_task(
            chapter, entry, root=ROOT, quality="l", frame_rate=None, story=Story(), lossless=lossless,
            media=tmp_path / name,
        )  # fmt: skip

    monkeypatch.setenv("RENDER_FORK", "0")
    alone = drawn(task("alone"))
    again = drawn(task("alone"))
    shared = task("shared")
    with redirect_stderr(io.StringIO()), connected(LOCAL, 3, None, tmp_path / "shared") as client:
        fill_cache([shared], client, ROOT, True, Voice())
    assert drawn(shared) == alone == again
    assert "Using cached data" in shared.log.read_text()
    monkeypatch.setenv("RENDER_FORK", "1")
    assert drawn(task("forked")) == alone


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_no_scene_needs_latex_or_depends_on_the_clock(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert names & (LATEX | CLOCK) == set()
    arguments = {argument.arg for node in ast.walk(tree) if isinstance(node, ast.arguments) for argument in node.args}
    assert "dt" not in arguments
    assert "add_updater" not in {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


FIRST_FRAMES = """
import json, os, shutil, sys
from importlib import import_module
from manim import tempconfig
from PIL import Image
sizes = {}
for place in sys.argv[2:]:
    module, name = place.split(":")
    settings = {"media_dir": sys.argv[1], "quality": "low_quality", "format": "png", "upto_animation_number": 1,
                "progress_bar": "none", "verbosity": "ERROR"}
    with tempconfig(settings):
        scene = getattr(import_module(module), name)()
        scene.render()
        with Image.open(scene.output_plan.primary_artifact) as picture:
            sizes[name] = [picture.size, shutil.which("latex"), shutil.which("ffmpeg"), os.environ["PATH"]]
print(json.dumps(sizes))
"""


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.slug)
def test_every_scene_draws_without_latex_or_ffmpeg(chapter, tmp_path: Path) -> None:
    places = [f"{entry.module}:{entry.name}" for entry in chapter.scenes]
    bare = os.environ | {"PATH": str(tmp_path / "nothing")}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_FRAMES, str(tmp_path), *places], cwd=ROOT, env=bare, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    drawings = json.loads(done.stdout.splitlines()[-1])
    assert drawings == {entry.name: [[854, 480], None, None, bare["PATH"]] for entry in chapter.scenes}
    assert shutil.which("sh")  # else nothing could be found anyway
