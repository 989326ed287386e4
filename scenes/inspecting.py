"""Steps scenes without filming them and looks at the screen at the end of each beat: ``render.py --inspect``.

``python -m scenes.inspecting FOLDER MODULE:SCENE ...`` leaves a report (JSON) for each scene in the folder, and for
each fault a still on which it is marked.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from manim import Wait, config, tempconfig
from PIL import Image, ImageDraw

from mobjects import theme
from mobjects.inspection import MOST_MOVING, Finding, Picture, faults_of_screen, without_text
from model.sealed import write_atomically
from scenes.base import ChapterScene
from scenes.papers import Beat

STEPPED = {
    "dry_run": True,
    "from_animation_number": 10**6,
    "progress_bar": "none",
    "verbosity": "ERROR",
    "quality": "low_quality",
}
# Words a minute that can still be followed.
FASTEST_SPEECH = 165
HAIR = 1e-6


@dataclass(frozen=True)
class Fault:
    """A finding, and when: the beat's number and act, seconds from the start of the scene."""

    beat: int
    act: str
    seconds: float
    finding: Finding


class Inspected(ChapterScene):
    """Mixed in before a scene: notes what is wrong, beat by beat, and keeps a picture of each beat that has faults.

    A beat may break rules on purpose, see ``ChapterScene.beat``.
    """

    def setup(self) -> None:
        """Start with nothing found."""
        super().setup()
        self.faults: list[Fault] = []
        self.pictures: dict[int, Picture] = {}
        self.most_moving, self.last_motion = 0, 0

    def begin_animations(self) -> None:
        """Count what is about to move."""
        super().begin_animations()
        moving = {id(leaf) for one in self.animations for leaf in one.mobject.family_members_with_points()}
        self.most_moving = max(self.most_moving, len(moving))

    def play(self, *args: Any, **kwargs: Any) -> None:
        """Play, and note when motion ends."""
        super().play(*args, **kwargs)
        if not isinstance(args[0], Wait):
            self.last_motion = self.frames

    def beat_ended(self, beat: Beat) -> None:
        """Look at the screen."""
        super().beat_ended(beat)
        frame = self.camera.frame
        center, height = (float(frame.get_x()), float(frame.get_y())), float(frame.height)
        ground = Picture(self._drawn(without_text(self.mobjects), alone=True), center, height)
        found = [*faults_of_screen(self.mobjects, center, height, ground), *self._faults_of_time(beat)]
        found = [one for one in found if one.check not in beat.allowed]
        self.faults += [Fault(beat.number, beat.act, self.frames / config.frame_rate, one) for one in found]
        if found:
            self.pictures[beat.number] = Picture(self._drawn(self.mobjects), center, height)
        self.most_moving = 0

    def _drawn(self, mobjects: Any, alone: bool = False) -> np.ndarray:
        """Return the pixels of a frame with ``mobjects``, each without its parts if ``alone``."""
        camera = self.renderer.camera
        camera.reset()
        camera.capture_mobjects(mobjects, include_submobjects=not alone)
        return np.array(camera.pixel_array)

    def _faults_of_time(self, beat: Beat) -> list[Finding]:
        found = []
        hold, length = ((self.frames - start) / config.frame_rate for start in (self.last_motion, beat.start_frame))
        if hold < theme.HOLD_READ - HAIR:
            found.append(Finding("hold", f"The beat holds for {hold:.2f} s, at least {theme.HOLD_READ} s are needed"))
        pace = 60 * len(beat.narration.split()) / length
        if pace > FASTEST_SPEECH:
            said = f"The beat would be told at {pace:.0f} words a minute, at most {FASTEST_SPEECH} can be followed"
            found.append(Finding("hold", said))
        if self.most_moving > MOST_MOVING:
            said = f"{self.most_moving} shapes move at once, at most {MOST_MOVING} can be drawn; use a compact mode"
            found.append(Finding("moving", said))
        return found


def inspect_scene(scene: type[ChapterScene], **settings: Any) -> Inspected:
    """Step through a scene and return it, with its ``faults``.

    Parameters
    ----------
    scene : type of ChapterScene
    **settings
        Of manim, beyond what stepping needs.
    """
    inspected = type(scene.__name__, (Inspected, scene), {"__module__": scene.__module__})
    with TemporaryDirectory() as folder, tempconfig(STEPPED | {"media_dir": folder} | settings):
        watched = inspected()
        watched.render()
    return watched


def report(scene: Inspected, folder: Path) -> None:
    """Write what was found to ``NAME.json``, and a marked still of each fault that has a place.

    Raises
    ------
    OSError
        If the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name, faults = type(scene).__name__, []
    for old in folder.glob(f"{name}-*.png"):
        old.unlink()
    for number, fault in enumerate(scene.faults, 1):
        still = f"{name}-beat{fault.beat:02d}-{number:02d}-{fault.finding.check}.png"
        mark(scene.pictures[fault.beat], fault.finding).save(folder / still)
        place = {"beat": fault.beat, "act": fault.act, "seconds": round(fault.seconds, 3)}
        faults.append(place | asdict(fault.finding) | {"still": still})
    found = {"scene": name, "beats": len(scene.beats), "findings": faults}
    write_atomically(folder / f"{name}.json", json.dumps(found, indent=1).encode())


def mark(picture: Picture, finding: Finding) -> Image.Image:
    """Return the picture with a frame around the fault, and its sentence below."""
    pixels = picture.pixels[:, :, :3]
    rows, columns = pixels.shape[:2]
    still = Image.new("RGB", (columns, rows + 24), theme.BACKGROUND)
    still.paste(Image.fromarray(np.ascontiguousarray(pixels)))
    draw = ImageDraw.Draw(still)
    draw.text((8, rows + 6), f"{finding.check}: {finding.said}", fill=theme.NEGATIVE)
    if finding.box is not None:
        left, bottom, right, top = finding.box
        (x0, y0), (x1, y1) = picture.place(left, top), picture.place(right, bottom)
        draw.rectangle((x0 - 4, y0 - 4, x1 + 4, y1 + 4), outline=theme.NEGATIVE, width=2)
    return still


def scenes_named(name: str) -> list[type[ChapterScene]]:
    """Return the scene MODULE:NAME, or with MODULE:* all that a module defines."""
    module, _, scene = name.partition(":")
    there = vars(import_module(module))
    if scene != "*":
        return [there[scene]]
    classes = [one for one in there.values() if isinstance(one, type) and issubclass(one, ChapterScene)]
    return [one for one in classes if one.__module__ == module and not one.__name__.startswith("_")]


def main(folder: str, *names: str) -> None:
    """Inspect scenes one after the other, and say the name of each report when it is there."""
    for scene in [scene for name in names for scene in scenes_named(name)]:
        inspected = inspect_scene(scene)
        report(inspected, Path(folder))
        print(f"{scene.__name__}.json", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
