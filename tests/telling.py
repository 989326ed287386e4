"""Scenes told for tests: stepped through without drawing, with any sentence and network, looked at after every beat."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import MovingCamera, tempconfig
from manim.utils.iterables import list_update
from safetensors.numpy import save_file

from mobjects import Numeral, theme
from mobjects.camera import faster
from mobjects.reading import SEEN, Writing, written
from model.activations import Activations
from model.checkpoint import Checkpoint
from model.forward import run
from model.ledger import ledger
from model.recording.moments import token_losses
from model.tokenizer import BPETokenizer
from scenes.base import ChapterScene
from scenes.inspecting import STEPPED, Inspected

LONG = "the poor old king said to the little girl that he would give her a red"
GOOD = "the good king had a golden crown"
STORIES = ("picked", "another sentence", "two tokens", "sixteen tokens", "characters", "imported")
# With so many rows and columns there is no room for text of the usual size.
CROWDED = ("sixteen tokens", "characters")
PIXELS = 320, 180


def gpt2_folder(folder: Path) -> Path:
    """Write somebody else's GPT-2: random weights in Hugging Face's form, without picks, recordings or a card."""
    layers, heads, width, context = 3, 4, 32, 64
    chance, tokenizer = np.random.default_rng(7), BPETokenizer.train(f"{LONG} {GOOD} the king and the queen. " * 3, 400)

    def tensor(*shape: int) -> np.ndarray:
        return chance.normal(0, 0.4, shape).astype(np.float32)

    tensors = {"wte.weight": tensor(tokenizer.vocab_size, width), "wpe.weight": tensor(context, width)}
    norms = [f"h.{layer}.ln_{number}" for layer in range(layers) for number in (1, 2)] + ["ln_f"]
    for name in norms:
        tensors |= {f"{name}.weight": 1 + tensor(width) / 4, f"{name}.bias": tensor(width)}
    sizes = {"attn.c_attn": (1, 3), "attn.c_proj": (1, 1), "mlp.c_fc": (1, 4), "mlp.c_proj": (4, 1)}
    for layer in range(layers):
        for name, (into, out) in sizes.items():
            place = f"h.{layer}.{name}"
            tensors |= {f"{place}.weight": tensor(into * width, out * width), f"{place}.bias": tensor(out * width)}
    folder.mkdir(parents=True)
    save_file({f"transformer.{name}": values for name, values in tensors.items()}, folder / "model.safetensors")
    shape = {"n_layer": layers, "n_head": heads, "n_embd": width, "n_positions": context}
    settings = {"model_type": "gpt2", "vocab_size": tokenizer.vocab_size, "activation_function": "gelu_new", **shape}
    (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "tokenizer.json").write_text(tokenizer.to_json(), encoding="utf-8")
    return folder


def settings_of(story: str, folder: Path) -> dict[str, str]:
    """The environment that tells a story."""
    return {
        "picked": {},
        "another sentence": {"STORY_TEXT": GOOD},
        "two tokens": {"STORY_TEXT": "the king"},
        "sixteen tokens": {"STORY_TEXT": LONG},
        "characters": {"STORY_CHECKPOINT": "shakespeare"},
        "imported": {"STORY_CHECKPOINT": str(folder), "STORY_TEXT": "the king and the queen"},
    }[story]


@dataclass(frozen=True)
class Read:
    """Something to be read at the end of a beat; of a number also its value and papers, as they were then."""

    writing: Writing
    kind: str
    value: float = float("nan")
    passport: Any = None
    decimals: int = 0
    factor: float = 1.0  # the digits show so many times the value, as the picture says

    @property
    def text(self) -> str:
        return self.writing.says


def read(mobjects: Any) -> list[Read]:
    """Everything that stands written on the screen."""
    found = []
    for one in written(mobjects):
        part = one.mobject
        if isinstance(part, Numeral):
            found.append(Read(one, "number", part.value, part.passport, part.decimals, part.factor))
        else:
            found.append(Read(one, one.kind))
    return found


def shown_values(mobjects: Any) -> list[tuple[float, Any]]:
    """Values and papers of everything that shows values, digits or shapes."""
    pairs, seen, waiting = [], set[int](), list(mobjects)
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        waiting += part.submobjects
        if hasattr(part, "passports") and hasattr(part, "values"):
            values = np.asarray(part.values, dtype=float).ravel()
            if len(values) == len(part.passports):
                pairs += zip(values.tolist(), part.passports, strict=True)
        elif hasattr(part, "passport") and hasattr(part, "value"):
            pairs.append((float(part.value), part.passport))
    return pairs


@dataclass
class Told:
    """A scene told to its end: what could be read after each beat, and what was found wrong."""

    scene: Inspected
    story: str
    at_first: list[Read]
    stills: list[list[Read]]
    values: list[list[tuple[float, Any]]]
    read_by_network: dict[str, tuple[int, ...]]  # token ids by source
    drawings: list[tuple[np.ndarray, np.ndarray]]  # of the story as picked: opaque, transparent
    fresh: dict[str, Activations] = field(default_factory=dict)

    @property
    def checkpoint(self) -> Checkpoint:
        return self.scene.checkpoint

    @cached_property
    def activations(self) -> Activations:
        """The story's sentence, computed anew in double precision."""
        return run(self.checkpoint, list(self.scene.activations.ids), np.float64)

    def texts(self, beat: int) -> list[str]:
        """What can be read after a beat (1-based), without numbers."""
        return [one.text for one in self.stills[beat - 1] if one.kind != "number"]

    def numbers(self, beat: int, name: str = "") -> list[Read]:
        """The numbers that can be read after a beat (1-based), those whose passport's name ends with ``name``."""
        numbers = [one for one in self.stills[beat - 1] if one.kind == "number"]
        return [
            one for one in numbers if not name or (isinstance(one.passport, tuple) and one.passport[0].endswith(name))
        ]

    def declared(self, beat: int, words: str) -> list[Read]:
        """The numbers that can be read after a beat (1-based) whose declaration contains some words."""
        numbers = [one for one in self.stills[beat - 1] if one.kind == "number"]
        return [one for one in numbers if isinstance(one.passport, str) and words in one.passport]

    def truth(self, passport: tuple[str, tuple[Any, ...], str]) -> float | None:
        """The number a passport names, computed anew; None if it takes the scene's own test to know."""
        name, index, source = passport
        if source in self.read_by_network:
            if source not in self.fresh:
                ids = list(self.read_by_network[source])
                self.fresh[source] = run(self.checkpoint, ids, np.float64)
            if name in self.fresh[source]:
                return float(self.fresh[source].resolve(passport))
            if name == "losses":
                return float(token_losses(self.checkpoint, list(self.read_by_network[source]))[index])
            return None
        if not source.startswith(f"{self.checkpoint.name}@{self.checkpoint.digest[:12]}"):
            return None
        found = tensor_named(self.checkpoint, name)
        return None if found is None else float(found[index])


def tensor_named(checkpoint: Checkpoint, name: str) -> np.ndarray | None:
    """What the weights alone determine, by the name on a passport, cut out here in another way than the model does."""
    if name in checkpoint.weights:
        return checkpoint.weights[name]
    if name == "ledger":
        return np.array([row.count for row in ledger(checkpoint.config)])
    table = re.fullmatch(r"blocks\.(\d+)\.attn\.W_([QKVO])\.(\d+)", name)
    if table is None:
        return None
    layer, letter, head = int(table[1]), table[2], int(table[3])
    width, size = checkpoint.config.n_embd, checkpoint.config.d_head
    if letter == "O":
        return checkpoint.weights[f"blocks.{layer}.attn.out.weight"][:, head * size : (head + 1) * size]
    first = "QKV".index(letter) * width + head * size
    return checkpoint.weights[f"blocks.{layer}.attn.qkv.weight"][first : first + size]


def drawn(scene: ChapterScene, opacity: float) -> np.ndarray:
    """What is seen now, small, on a background that is there or not: colours weighed by alpha."""
    camera = faster(MovingCamera)(
        pixel_width=PIXELS[0], pixel_height=PIXELS[1], background_color=theme.BACKGROUND, background_opacity=opacity
    )
    camera.frame = scene.camera.frame.copy()  # only now, since a new camera sets its frame back
    camera.capture_mobjects(list_update(scene.mobjects, scene.foreground_mobjects))
    return np.array(camera.pixel_array)


def tell(scene: type[ChapterScene], story: str, folder: Path) -> Told:
    """Step through a scene; ``folder`` holds what it needs."""
    stills: list[list[Read]] = []
    values: list[list[tuple[float, Any]]] = []
    at_first: list[Read] = []
    passes: dict[str, tuple[int, ...]] = {}
    drawings: list[tuple[np.ndarray, np.ndarray]] = []

    class Watched(Inspected, scene):  # type: ignore[misc, valid-type]
        def begin_animations(self) -> None:
            if not stills and not self.frames:
                at_first.extend(one for one in read(self.mobjects) if one.writing.opacity > SEEN)
            super().begin_animations()

        def beat_ended(self, beat: Any) -> None:
            super().beat_ended(beat)
            stills.append(read(self.mobjects))
            values.append(shown_values(self.mobjects))
            if story == "picked":
                drawings.append((drawn(self, 1), drawn(self, 0)))

    begin: Callable[..., None] = Activations.__init__

    def noted(self: Activations, ids: list[int], source: str, edit: Any = None, *rest: Any, **options: Any) -> None:
        begin(self, ids, source, edit, *rest, **options)
        if edit is None and not rest and not options:
            passes[source] = tuple(ids)

    theirs = folder / "gpt2"
    if story == "imported" and not theirs.exists():
        gpt2_folder(theirs)
    with pytest.MonkeyPatch.context() as patch:
        for variable in [variable for variable in os.environ if variable.startswith("STORY_")]:
            patch.delenv(variable)
        for variable, value in settings_of(story, theirs).items():
            patch.setenv(variable, value)
        patch.setattr(Activations, "__init__", noted)
        Watched.__name__ = scene.__name__
        with tempconfig(STEPPED | {"media_dir": str(folder / "media")}):
            watched = Watched()
            try:
                watched.render()
            except SystemExit:
                pytest.fail(f"{scene.__name__} refused the story of {story}; the sentence is on stderr")
    return Told(watched, story, at_first, stills, values, passes, drawings)
