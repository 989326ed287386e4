"""How a network was trained, read back for scenes: one call for each thing a recording holds.

``of(checkpoint)`` finds the recording that belongs to exactly these weights; no torch is needed. Everything comes as
``Quantity`` with its passport; losses are in nats a token, times in seconds of processor time, steps count from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model import recorded
from model.activations import Quantity
from model.checkpoint import Checkpoint
from model.recorded import RECORDINGS, Recording
from model.recording.places import Place

HEAD = ("W_Q", "W_K", "W_V", "W_O")


def of(checkpoint: Checkpoint, folder: Path = RECORDINGS) -> Recording:
    """The recording of a network's training.

    Raises
    ------
    ValueError
        If there is none, or it was made for other weights of the same name.
    """
    recording = recorded.load(folder / f"{checkpoint.name}.safetensors")
    found = recording.facts.get("checkpoint", {}).get("digest", "")
    if found != checkpoint.digest:
        raise ValueError(
            f"the recording {checkpoint.name} belongs to other weights ({found[:12] or 'none named'}) than these "
            f"({checkpoint.digest[:12]}); make it again with python -m model.recording {checkpoint.name}"
        )
    return recording


# -- over the whole run ----------


def steps(recording: Recording) -> list[int]:
    """Optimiser steps at which the network was looked at; the last one is the network as shipped."""
    return [int(step) for step in recording["step"].values]


def curve(recording: Recording) -> dict[str, Quantity]:
    """The run's log, one number an evaluation: ``step``, ``train_loss``, ``watched_loss``, ``learning_rate``, ..."""
    return {name.removeprefix("curve."): recording[name] for name in recording if name.startswith("curve.")}


def held_out_loss(recording: Recording) -> Quantity:
    """Mean loss over windows of held-out text, axes (snapshot,); the first is that of the untrained network."""
    return recording["held_out.loss"]


def passage_losses(recording: Recording) -> Quantity:
    """Loss of every token of one held-out passage but its first, axes (snapshot, position); text in the facts."""
    return recording["passage.losses"]


def samples(recording: Recording) -> list[str]:
    """What the network wrote at each snapshot, after the same prompt and with the same seed; prompt included."""
    return [str(text) for text in recording.facts["sample"]["texts"]]


def patterns(recording: Recording) -> Quantity:
    """Attention of the picked sentence, axes (snapshot, layer, head, query, key)."""
    return recording["pattern"]


def dials(recording: Recording) -> tuple[list[Place], Quantity]:
    """Single parameters, one from each of twelve tables, drawn at random, and their values, axes (snapshot, dial)."""
    return [Place.from_facts(place) for place in recording.facts["dials"]["places"]], recording["dials"]


def head(recording: Recording) -> dict[str, Quantity]:
    """The picked head: ``W_Q``, ``W_K``, ``W_V`` (snapshot, d_head, n_embd) and ``W_O`` (snapshot, n_embd, d_head)."""
    return {letter: recording[f"head.{letter}"] for letter in HEAD}


def neuron(recording: Recording) -> dict[str, Quantity]:
    """The picked neuron: ``read`` and ``write``, axes (snapshot, n_embd), and ``bias`` (snapshot,) if it has one."""
    return {name.removeprefix("neuron."): recording[name] for name in recording if name.startswith("neuron.")}


def tracked(recording: Recording) -> tuple[list[int], Quantity, Quantity]:
    """Ids of the followed tokens, and their rows of embedding and unembedding, axes (snapshot, token, n_embd)."""
    ids = [int(token) for token in recording["tracked.ids"].values]
    return ids, recording["tracked.embed"], recording["tracked.unembed"]


def weights_at(recording: Recording, checkpoint: Checkpoint, step: int) -> Checkpoint:
    """The network as it was, for ``forward.run``; in half precision, as shipped weights are.

    Parameters
    ----------
    recording : Recording
        As ``of`` found it.
    checkpoint : Checkpoint
        The network as shipped.
    step : int
        The last step, or one whose weights were kept whole.

    Raises
    ------
    ValueError
        If the weights were not kept whole at that step; the message says where they were.
    """
    if step == steps(recording)[-1]:
        return checkpoint
    kept = [int(whole) for whole in recording["whole.step"].values] if "whole.step" in recording else []
    if step not in kept:
        whole = ", ".join(map(str, [*kept, steps(recording)[-1]]))
        raise ValueError(f"{recording.name} was not kept whole at step {step}; it was at {whole}")
    name, at = f"{checkpoint.name}-step-{step:06d}", kept.index(step)
    weights = {tensor: recording[f"whole.{tensor}"].values[at] for tensor in recording.facts["tensors"]}
    return Checkpoint(name, checkpoint.config, checkpoint.tokenizer, weights, recording.digest, {"step": step})


# -- timing ----------


@dataclass(frozen=True, eq=False)
class Timing:
    """Medians measured in NumPy on one core of one processor, whatever trained the network.

    Attributes
    ----------
    hardware : str
        That processor, in words.
    decoding : dict of Quantity (length,)
        ``length`` of a text in tokens; ``cached`` and ``uncached`` seconds for its last token; ``cached_products`` and
        ``uncached_products``, how many numbers those seconds multiplied; ``cache_bytes``.
    context : dict of Quantity (length,)
        ``length`` of a text in tokens; seconds of one layer's ``attention`` and ``mlp``; ``pattern_bytes`` of all.
    forward, forward_and_backward : Quantity, no axes
        Seconds of one batch in PyTorch, on the same processor.
    rows : int
        Rows that are multiplied together even if only one token is new: ``cached`` seconds hold at least this many
        times the products one token needs (``model.decoding.multiplications``).
    """

    hardware: str
    decoding: dict[str, Quantity]
    context: dict[str, Quantity]
    forward: Quantity
    forward_and_backward: Quantity
    rows: int

    def tokens_per_second(self, cached: bool) -> float:
        """Speed of writing a whole context, from its first token to its last."""
        seconds = self.decoding["cached" if cached else "uncached"].values
        return float(len(seconds) / np.sum(seconds))


def timing(recording: Recording) -> Timing:
    """How long decoding and longer contexts take, and the memory they need."""

    def part(name: str) -> dict[str, Quantity]:
        prefix = f"timing.{name}."
        return {key.removeprefix(prefix): recording[key] for key in recording if key.startswith(prefix)}

    facts: dict[str, Any] = recording.facts["timing"]
    learning = recording["timing.learning"]
    return Timing(facts["hardware"], part("decoding"), part("context"), learning[0], learning[1], facts["rows"])
