"""What every scene shares: its story (sentence, network), beats that keep time, and papers for its numbers.

A scene is a sequence of beats. Each beat has its narration and its seconds; whatever the motion leaves of them is
held still. Times are whole frames, so captions, sections and clips agree to the frame at any frame rate.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from manim import DOWN, RIGHT, Animation, FadeIn, FadeOut, MovingCameraScene, VMobject, config, logger, smooth

from mobjects import FastRendering, FixedLayer, layout, plated, tag, theme
from mobjects.reading import smallest, written
from mobjects.text import checked_text
from model.activations import Activations, Quantity
from model.catalogue import quantity
from model.checkpoint import Checkpoint, CheckpointError, load
from model.forward import run
from model.probing.picking import Pick, pick_for
from model.sealed import write_atomically
from scenes.language import LanguageError, _
from scenes.papers import Beat, Ledger

# Manim reads manim.cfg from the current folder only, restores its settings after each scene, and then goes looking for
# a newer version of itself; only what is set before it begins stays.
config.notify_outdated_version = False

FEWEST_TOKENS, MOST_TOKENS = 2, 16


class StoryError(ValueError):
    """The story cannot be told; one sentence: what was found, what was expected, what to do."""


class ChapterScene(FastRendering, MovingCameraScene):
    """A scene that tells a story with a real network's numbers.

    Environment
    -----------
    STORY_TEXT, STORY_CHECKPOINT, STORY_LANGUAGE
        The sentence, the network (a shipped name, a file or a folder), the language.
    STORY_PROGRESS, STORY_RECORD
        Files to which progress (JSON lines) and the finished story (JSON) are written.
    """

    checkpoint_name = "storybook"
    text: str | None = None

    # -- the story -----------------------------------------------------------------------------------------------

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """The network whose numbers are shown."""
        return load(os.environ.get("STORY_CHECKPOINT") or self.checkpoint_name)

    @cached_property
    def pick(self) -> Pick:
        """What probing chose to show: sentence, head, words; the scene's own ``text`` if the network can read it."""
        return pick_for(self.checkpoint, os.environ.get("STORY_TEXT") or (self.text if self.fits(self.text) else None))

    def fits(self, text: str | None) -> bool:
        """Whether the network reads a text in few enough tokens."""
        try:
            return text is not None and len(self.checkpoint.tokenizer.encode(text)) <= MOST_TOKENS
        except ValueError:
            return False

    @cached_property
    def activations(self) -> Activations:
        """Everything the network computes for the sentence."""
        return self.read(self.pick.prompt)

    @cached_property
    def pieces(self) -> list[str]:
        """The sentence's tokens as text."""
        return self.checkpoint.tokenizer.pieces(list(self.activations.ids))

    def quantity(self, name: str, layer: int | None = None, head: int | None = None, neuron: int = 0) -> Quantity:
        """A quantity of ``model.catalogue`` by its short name, e.g. "PATT" or "WQ", for this network and sentence.

        Parameters
        ----------
        name : str
            As ``python -m model.catalogue`` lists them.
        layer, head : int
            0-based; those of the pick if not given.
        neuron : int
            0-based.
        """
        pick = self.pick
        place = pick.layer if layer is None else layer, pick.head if head is None else head, neuron
        return quantity(name, self.checkpoint, pick.prompt, *place)

    def read(self, prompt: str) -> Activations:
        """Activations for a sentence that fits the frame.

        Raises
        ------
        StoryError
            If it has fewer than 2 or more than 16 tokens, or the network cannot read it.
        """
        try:
            ids = self.checkpoint.tokenizer.encode(prompt)
            found = len(ids)
            most = min(MOST_TOKENS, self.checkpoint.config.block_size)
            if not FEWEST_TOKENS <= found <= most:
                raise StoryError(
                    f"the text has {found} token{'s' * (found != 1)}; "
                    f"{FEWEST_TOKENS} to {most} fit the frame, please give a "
                    f"{'shorter' if found > most else 'longer'} one"
                )
            activations = run(self.checkpoint, ids)
            check_drawable(prompt, self.checkpoint.tokenizer.pieces(ids))
        except StoryError:
            raise
        except ValueError as error:
            raise StoryError(str(error)) from error
        if not np.isfinite(activations["logits"].values).all():
            raise StoryError(f"{self.checkpoint.name} computes NaN or infinity for this text; use another checkpoint")
        return activations

    # -- time ----------------------------------------------------------------------------------------------------

    def setup(self) -> None:
        """Start the clock and read the story."""
        super().setup()
        self.camera.background_color = theme.BACKGROUND
        self.frames = 0
        self.beats: list[Beat] = []
        self.ledger = Ledger()
        self.current_act = ""
        self.credit: FixedLayer | None = None
        self.activations  # noqa: B018 (a story that cannot be told ends here)

    def play(self, *args: Any, **kwargs: Any) -> None:
        """Play, and count the frames."""
        super().play(*args, **kwargs)
        self.frames += self.renderer.played
        self._report()

    def act(self, name: str) -> None:
        """Begin an act: a section that an editor can cut out."""
        self.current_act = name
        self.next_section(name, section_type="act")

    @contextmanager
    def beat(self, narration: str, seconds: float, allowed: tuple[str, ...] = ()) -> Iterator[None]:
        """One idea: its motion, then stillness until ``seconds`` are over (at least ``theme.HOLD_READ``).

        What the inspector may find is listed in ``allowed`` if it is meant to be so, e.g. ``("small",)``.
        """
        beat = Beat(len(self.beats) + 1, self.current_act, narration, self.frames, allowed=allowed)
        self.beats.append(beat)
        self._report()
        yield
        moved = (self.frames - beat.start_frame) / config.frame_rate
        self.wait(max(theme.HOLD_READ, seconds - moved))
        beat.frames = self.frames - beat.start_frame
        start = beat.start_frame / config.frame_rate
        self.add_subcaption(narration, beat.frames / config.frame_rate, start - self.time)
        on_screen = Ledger()
        for mobject in self.mobjects:
            on_screen.enter(mobject)
        beat.tensors = on_screen.tensors
        beat.smallest_text = smallest(written(self.mobjects)) * layout.FRAME_HEIGHT / self.camera.frame.height
        self.ledger.add(on_screen)
        self.beat_ended(beat)

    def beat_ended(self, beat: Beat) -> None:
        """Called when a beat's hold is over; tests look at the frame here."""

    # -- the camera and what stays on the glass --------------------------------------------------------------------

    def look(self, height: float, center: Any = None) -> Any:
        """An animation of the camera: frame height in manim units, and where to."""
        move = self.camera.frame.animate.scale_to_fit_height(height)
        return move if center is None else move.move_to(center)

    def pin(self, mobject: VMobject, direction: Any) -> FixedLayer:
        """Keep a mobject at a corner or edge of the frame, at the same size on screen, wherever the camera goes."""
        half = np.array([mobject.width * direction[0], mobject.height * direction[1], 0.0]) / 2
        mobject.move_to(np.array([layout.SAFE_X * direction[0], layout.SAFE_Y * direction[1], 0.0]) - half)
        return FixedLayer(self.camera.frame, mobject)

    def credit_to(self, text: str) -> list[Animation]:
        """The corner says where the numbers come from; what it said before goes."""
        before, self.credit = self.credit, self.pin(plated(tag(text)), DOWN + RIGHT)
        # In the foreground it is drawn last, so that nothing else is drawn anew for its sake.
        self.add_foreground_mobject(self.credit)
        arrive = FadeIn(self.credit, rate_func=lambda time: smooth(max(0.0, 2 * time - 1)))
        if before is None:
            return [arrive]
        return [arrive, FadeOut(before, rate_func=lambda time: smooth(min(1.0, 2 * time)))]

    def head_name(self) -> str:
        """Where the numbers come from, as the corner says it; layers and heads are counted from 1."""
        where = _("layer {layer}, head {head}, measured").format(layer=self.pick.layer + 1, head=self.pick.head + 1)
        return f"{self.checkpoint.name}: {where}"

    def word(self, place: int) -> str:
        """A token as a word to be written or spoken."""
        return self.pieces[place].strip() or _("space")

    # -- papers --------------------------------------------------------------------------------------------------

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Manim opens the clip with a program that a machine without a screen lacks, and ends in a traceback.
        self.unseen = bool(config.preview) and not has_screen()
        if self.unseen:
            config.preview = False
        super().__init__(*args, **kwargs)

    def render(self, preview: bool = False) -> bool:
        """Render; a story that cannot be told ends in one sentence instead of a traceback."""
        try:
            again = super().render(preview)
        except (StoryError, CheckpointError, LanguageError) as error:
            print(f"error: {error}", file=sys.stderr)  # noqa: T201
            raise SystemExit(1) from None
        if self.unseen:
            logger.info("There is no screen to play it on; the clip is %s", self.output_plan.primary_artifact)
        return again

    def tear_down(self) -> None:
        """Write the story's record beside the clip."""
        super().tear_down()
        path = os.environ.get("STORY_RECORD")
        if path is None and self.output_plan is not None and self.output_plan.primary_artifact is not None:
            path = str(self.output_plan.primary_artifact.with_suffix(".story.json"))
        if path is not None and not config.dry_run:
            write_atomically(Path(path), json.dumps(self.record(), indent=1).encode())
        if self.ledger.undeclared:
            logger.warning("numbers without a passport: %s", ", ".join(self.ledger.undeclared[:10]))

    def record(self) -> dict[str, Any]:
        """The finished story: beats by frame, network, sentence, and where the numbers came from."""
        network, declared = len(self.ledger.from_network), len(self.ledger.declared)
        rate = frame_rate_fraction(config.frame_rate)
        return {
            "scene": type(self).__name__,
            "fps": rate,
            "frames": self.frames,
            "checkpoint": {
                "name": self.checkpoint.name,
                "hash": self.checkpoint.digest,
                "trained_on": self.checkpoint.facts.get("hardware", "unknown"),
            },
            "text": self.pick.prompt,
            "tokens": self.pieces,
            "head": {"layer": self.pick.layer, "head": self.pick.head},
            "beats": [{"name": f"beat {beat.number}"} | asdict(beat) for beat in self.beats],
            "theme": theme.in_use(),
            "background": theme.BACKGROUND,
            "numbers": {"shown": network + declared, "from_network": network, "declared": declared},
            "passports": sorted({f"{name} of {source}" for name, _, source in self.ledger.from_network}),
            "declared": sorted(self.ledger.declared),
        }

    def _report(self) -> None:
        path = os.environ.get("STORY_PROGRESS")
        if not path:
            return
        event = {
            "scene": type(self).__name__,
            "beat": len(self.beats),
            "beats": None,
            "name": self.current_act,
            "frames": self.frames,
            "seconds": self.frames / config.frame_rate,
        }
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")


def check_drawable(prompt: str, pieces: list[str]) -> None:
    """Refuse a sentence that cannot be shown, each token by itself.

    Raises
    ------
    StoryError
        If a token is only a part of a character.
    ValueError
        If the font lacks a character.
    """
    if not prompt.isspace():
        checked_text(prompt.replace("\t", " ").replace("\r", " "))  # tab and return are drawn as marks
    if "" in pieces:
        broken = pieces[next(place for place in range(pieces.index(""), len(pieces)) if pieces[place])]
        raise StoryError(f"the network cuts {broken.strip()!r} into parts that are no letters; use plain letters")


def has_screen() -> bool:
    """Whether a finished clip can be opened: on Linux that takes a display and a program that opens files."""
    if not sys.platform.startswith("linux"):
        return True
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(display and (config.preview_command or shutil.which("xdg-open")))


def frame_rate_fraction(rate: float) -> list[int]:
    """A frame rate as numerator and denominator: 60 -> [60, 1], 29.97 -> [30000, 1001]."""
    if abs(rate - round(rate)) < 1e-6:
        return [round(rate), 1]
    return [round(rate * 1.001) * 1000, 1001]
