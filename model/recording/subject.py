"""What a recording looks at: one network through its training, its texts, and the places picked in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import data
from model.checkpoint import Checkpoint, CheckpointError
from model.probing.picking import Pick, neurons, pick_for
from model.recording.gradients import Examples
from model.recording.snapshots import read_snapshots

EARLY = 100
BATCH, SEED = 8, 0


@dataclass(frozen=True, eq=False)
class Subject:
    """A network and what to look at in it.

    Attributes
    ----------
    snapshots : list of Checkpoint
        In order; the last one is the network as shipped.
    train, held_out : int arrays, shape (token,)
        What was learned from, without the stretches that were only watched; and what was held out.
    pick : Pick
        The sentence and the head.
    neuron : tuple of int
        Layer and number, 0-based.
    why_neuron : str
        How it was chosen.
    """

    snapshots: list[Checkpoint]
    train: NDArray[Any]
    held_out: NDArray[Any]
    pick: Pick
    neuron: tuple[int, int]
    why_neuron: str

    @property
    def final(self) -> Checkpoint:
        """The network as shipped."""
        return self.snapshots[-1]

    @property
    def early(self) -> Checkpoint:
        """The snapshot nearest to step 100, counted in powers of ten."""
        return min(self.snapshots, key=lambda s: abs(np.log10(max(s.facts["step"], 1)) - np.log10(EARLY)))

    def example(self) -> Examples:
        """The picked sentence."""
        return Examples.of(self.final.tokenizer.encode(self.pick.prompt))

    def batch(self) -> Examples:
        """Windows of what the network learned from, drawn at a fixed seed."""
        return Examples(*data.batch(self.train, BATCH, self.final.config.block_size, SEED, 0))


def subject_of(checkpoint: Checkpoint, run: Path, folder: Path = data.DATA) -> Subject:
    """Everything ``record`` looks at.

    Raises
    ------
    ValueError
        If the run, its corpus or the checkpoint's papers are missing; the message says which.
    """
    corpus = checkpoint.facts.get("corpus")
    if corpus is None:
        raise CheckpointError(f"{checkpoint.name} does not say what it was trained on; it has no run to record")
    snapshots = read_snapshots(run, checkpoint)
    parts = data.split(corpus, data.read(corpus, folder)[0])
    train, held_out = (data.ids_on_disk(part, checkpoint.tokenizer, folder / "ids", checkpoint.name) for part in parts)
    pick = _pick(checkpoint, held_out)
    neuron, why = _neuron(checkpoint)
    learned, _ = data.set_aside(train, checkpoint.facts["settings"]["watched_share"])
    return Subject(snapshots, learned, held_out, pick, neuron, why)


def _pick(checkpoint: Checkpoint, held_out: NDArray[Any]) -> Pick:
    """What probing wrote for these weights; for others, the beginning of the held-out text."""
    try:
        return pick_for(checkpoint)
    except CheckpointError:
        return pick_for(checkpoint, checkpoint.tokenizer.decode([int(i) for i in held_out[:9]]))


def _neuron(checkpoint: Checkpoint) -> tuple[tuple[int, int], str]:
    """The most readable neuron that probing found; without one, the neuron that writes the longest vector."""
    try:
        readable = neurons(checkpoint)
    except CheckpointError:
        readable = []
    if readable:
        best = readable[0]
        return (best.layer, best.neuron), f"{best.fit:.0%} of its strongest places fit {best.kind} {best.text!r}"
    norms = [
        np.linalg.norm(checkpoint.weights[f"blocks.{layer}.mlp.down.weight"], axis=0)
        for layer in range(checkpoint.config.n_layer)
    ]
    layer, neuron = np.unravel_index(np.argmax(norms), np.shape(norms))
    return (int(layer), int(neuron)), "no neuron is picked for these weights; this one writes the longest vector"
