"""Neurons of the MLPs: what each one reads and writes, how often it fires, and where in held-out text it fires most.

A neuron fires where its value before the bend is above zero; with ReLU that is where its answer is not zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.activations import Activations, Quantity
from model.checkpoint import Checkpoint
from model.forward import run, unembedding

SETTLING = 10  # tokens at the start of a window that are only context: there is little before them to read
Ids = Sequence[int] | NDArray[np.integer[Any]]


# -- weights --------------------------------------------------------------------------------------------------------


def reads(checkpoint: Checkpoint, layer: int, neuron: int) -> Quantity:
    """The question a neuron asks: its row of the up table, axes (n_embd,), applied to the normalised stream."""
    return table(checkpoint, layer, "up")[neuron]


def writes(checkpoint: Checkpoint, layer: int, neuron: int) -> Quantity:
    """What a neuron adds to the stream for each unit of its answer: its column of the down table, axes (n_embd,)."""
    return table(checkpoint, layer, "down")[:, neuron]


def table(checkpoint: Checkpoint, layer: int, name: str) -> Quantity:
    """One of a layer's two tables: ``"up"``, axes (d_mlp, n_embd), or ``"down"``, axes (n_embd, d_mlp)."""
    axes = ("d_mlp", "n_embd") if name == "up" else ("n_embd", "d_mlp")
    tensor = f"blocks.{layer}.mlp.{name}.weight"
    return Quantity(checkpoint.weights[tensor], tensor, axes, f"{checkpoint.name}@{checkpoint.digest[:12]}")


@dataclass(frozen=True)
class Push:
    """A token, its text, and what a neuron adds to its logit for each unit of its answer (nats, see ``pushes``)."""

    token: int
    piece: str
    push: float


def pushes(checkpoint: Checkpoint, layer: int, neuron: int, count: int = 6) -> tuple[list[Push], list[Push]]:
    """The tokens a neuron speaks for most, and those it speaks against most, by its direct path to the logits.

    Its column goes through the final layer norm as part of the stream does: centred and scaled by what the norm
    learned, but not divided by the stream's spread, which differs from text to text. In a text whose last stream
    has spread s, the push is the number given here divided by s; the order of the tokens is the same. An even push on
    every token changes nothing, so the mean over the vocabulary is taken off.
    """
    column = np.asarray(writes(checkpoint, layer, neuron).values, np.float64)
    normal = (column - column.mean()) * checkpoint.weights["ln_final.weight"]
    spelled = checkpoint.tokenizer.vocab_size  # a padded table has rows that no text can reach
    logits = checkpoint.weights[unembedding(checkpoint)][:spelled] @ normal
    logits -= logits.mean()
    order = np.argsort(-logits, kind="stable")

    def told(tokens: NDArray[Any]) -> list[Push]:
        return [Push(int(t), checkpoint.tokenizer.decode([int(t)]), float(logits[t])) for t in tokens]

    return told(order[:count]), told(order[::-1][:count])


# -- held-out text --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Firing:
    """How every neuron fires over a text.

    Attributes
    ----------
    rate : float array, shape (layer, neuron)
        Share of positions at which it fires, 0 to 1.
    values : float array, shape (layer, neuron, rank)
        Its strongest answers, largest first.
    places : int array, shape (layer, neuron, rank)
        Where in the ids they were.
    positions : int
        How many positions were read.
    """

    rate: NDArray[np.float64]
    values: NDArray[np.float32]
    places: NDArray[np.int64]
    positions: int


def settling(checkpoint: Checkpoint) -> int:
    """How many tokens at the start of each window are not looked at: ``SETTLING``, or half of a short context."""
    return min(SETTLING, checkpoint.config.block_size // 2)


def windows(checkpoint: Checkpoint, ids: Ids) -> Iterator[tuple[int, Activations]]:
    """Passes over a text, each with where it starts; every position after the first few is looked at once.

    Raises
    ------
    ValueError
        If the text is shorter than the network's context.
    """
    length, skipped = checkpoint.config.block_size, settling(checkpoint)
    if len(ids) < length:
        raise ValueError(f"the text has {len(ids)} tokens; reading {checkpoint.name}'s neurons takes {length}")
    for start in range(0, len(ids) - length + 1, length - skipped):
        yield start, run(checkpoint, [int(index) for index in ids[start : start + length]])


def scan(checkpoint: Checkpoint, ids: Ids, count: int = 8) -> Firing:
    """Read a text window by window and keep every neuron's rate and strongest places.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    ids : sequence of int
        The text.
    count : int
        How many places to keep for each neuron.

    Raises
    ------
    ValueError
        If the text is shorter than the network's context.
    """
    n_layer, d_mlp = checkpoint.config.n_layer, checkpoint.config.d_mlp
    fired = np.zeros((n_layer, d_mlp))
    values = np.full((n_layer, count, d_mlp), -np.inf, np.float32)
    places = np.zeros((n_layer, count, d_mlp), np.int64)
    positions, skipped = 0, settling(checkpoint)
    for start, activations in windows(checkpoint, ids):
        here = np.arange(start + skipped, start + len(activations.ids))
        positions += len(here)
        for layer in range(n_layer):
            fired[layer] += (activations["pre", layer].values[skipped:] > 0).sum(axis=0)
            answers = activations["post", layer].values[skipped:]
            values[layer], places[layer] = _strongest(values[layer], places[layer], answers, here)
    order = np.argsort(-values, axis=1, kind="stable")
    return Firing(
        fired / positions,
        np.take_along_axis(values, order, axis=1).swapaxes(1, 2),
        np.take_along_axis(places, order, axis=1).swapaxes(1, 2),
        positions,
    )


def _strongest(
    values: NDArray[np.float32], places: NDArray[np.int64], answers: NDArray[Any], here: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The best of what was kept and what is new, each of shape (count, neuron); untouched where nothing is better."""
    better = np.flatnonzero(answers.max(axis=0) > values.min(axis=0))
    all_values = np.vstack([values[:, better], answers[:, better]])
    all_places = np.vstack([places[:, better], np.repeat(here[:, None], len(better), axis=1)])
    best = np.argpartition(-all_values, len(values) - 1, axis=0)[: len(values)]
    values[:, better] = np.take_along_axis(all_values, best, axis=0)
    places[:, better] = np.take_along_axis(all_places, best, axis=0)
    return values, places


def answers_of(checkpoint: Checkpoint, ids: Ids, chosen: Sequence[tuple[int, int]]) -> tuple[NDArray[Any], ...]:
    """Values before the bend of a few neurons at every position of a text that ``scan`` reads.

    Returns
    -------
    tuple of arrays
        Positions in the ids, shape (position,), and values, shape (position, chosen).
    """
    rows, places, skipped = [], [], settling(checkpoint)
    for start, activations in windows(checkpoint, ids):
        columns = [activations["pre", layer].values[skipped:, neuron] for layer, neuron in chosen]
        rows.append(np.stack(columns, axis=1))
        places.append(np.arange(start + skipped, start + len(activations.ids)))
    return np.concatenate(places), np.concatenate(rows)
