"""A small repository with scenes that keep the promises of a ChapterScene and take little time."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

import render
from rendering.plan import STORY
from scenes.storyboard import Chapter, SceneEntry

REPOSITORY = Path(__file__).resolve().parent.parent
# Scenes that keep the promises of a ChapterScene: progress, a record, "error:" for a bad story.
STAND_INS = """
    import json, os, sys, time
    from fractions import Fraction
    from manim import RIGHT, Scene, Square, config
    from mobjects import FastRendering

    class Moves(FastRendering, Scene):
        def construct(self):
            square, frames, beats = Square(), 0, []
            for number, count in enumerate((9, 15, 6), start=1):
                with open(os.environ["STORY_PROGRESS"], "a") as file:
                    file.write(json.dumps({"beat": number, "beats": 3, "name": "move", "frames": frames}) + "\\n")
                self.play(square.animate.shift(RIGHT), run_time=count / config.frame_rate)
                beats.append({"act": "only", "number": number, "name": "move", "narration": f"move {number}",
                              "start_frame": frames, "frames": count})
                frames += count
            fps = Fraction(config.frame_rate).limit_denominator(1001).as_integer_ratio()
            record = {"scene": "Moves", "fps": fps, "frames": frames, "beats": beats,
                      "checkpoint": {"name": "storybook", "hash": "5eed", "trained_on": "tales"},
                      "text": os.environ.get("STORY_TEXT", "its own"), "tokens": ["a"], "head": {"layer": 1, "head": 2},
                      "numbers": {"shown": 3, "from_network": 2, "declared": 1}, "passports": ["blocks.1.attn.pattern"]}
            with open(os.environ["STORY_RECORD"], "w") as file:
                json.dump(record, file)

    class Refuses(Scene):
        def construct(self):
            print("error: the text has 40 tokens; 2 to 16 fit the frame", file=sys.stderr)
            sys.exit(1)

    class Fails(Scene):
        def construct(self):
            raise KeyError("no such head")

    class Waits(Scene):
        def construct(self):
            with open(os.environ["STORY_PROGRESS"], "a") as file:
                file.write(f"{os.getpid()}\\n")
            time.sleep(60)
"""
TRIES = tuple(SceneEntry(name, "scenes.stand_in", 2, f"It {name.lower()}") for name in ("Moves", "Refuses", "Fails"))
WAITS = SceneEntry("Waits", "scenes.stand_in", 2, "It waits")
CHAPTERS = (Chapter(7, "try", "Trying", TRIES), Chapter(8, "wait", "Waiting", (WAITS,)))

# A shell that runs the tests in the background hands down a SIGINT that is ignored; a terminal does not.
DRIVER = """
import pathlib, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, sys.argv[1])
import render
from tests.stand_ins import CHAPTERS
render.ROOT, render.CHAPTERS = pathlib.Path(sys.argv[2]), CHAPTERS
render.main(sys.argv[3:])
"""


def work_in(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay out a small repository and let render.py work in it, as if nothing were set in the environment."""
    small_repository(root)
    monkeypatch.setattr(render, "ROOT", root)
    monkeypatch.setattr(render, "CHAPTERS", CHAPTERS)
    for name in STORY:
        monkeypatch.delenv(name, raising=False)


def small_repository(root: Path) -> None:
    """Lay out stand-in scenes and one network in a folder."""
    (root / "scenes").mkdir()
    (root / "scenes" / "stand_in.py").write_text(textwrap.dedent(STAND_INS))
    (root / "assets" / "checkpoints").mkdir(parents=True)
    (root / "assets" / "checkpoints" / "storybook.safetensors").touch()
    (root / "assets" / "fonts").symlink_to(REPOSITORY / "assets" / "fonts")


def driven(root: Path, *arguments: str) -> list[str]:
    """What runs render.py over the small repository in a process of its own."""
    return [sys.executable, "-c", DRIVER, str(REPOSITORY), str(root), *arguments]
