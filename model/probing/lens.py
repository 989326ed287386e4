"""How the guess forms: the stream read out after each layer, and what each part adds to the final logits.

Both use the network's own last step: the final layer norm, then the unembedding.

Source: the logit lens (nostalgebraist, 2020); direct logit attribution with a frozen final layer norm (Elhage et al.,
"A mathematical framework for transformer circuits", 2021).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.activations import Activations, Quantity
from model.checkpoint import Checkpoint
from model.forward import layer_norm, unembedding

Array = NDArray[np.floating[Any]]


def lens(checkpoint: Checkpoint, activations: Activations, halves: bool = False) -> Quantity:
    """Logits (nats) if reading stopped early: the stream after each layer, unembedded.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    activations : Activations
        A pass of it.
    halves : bool
        Read after each layer's attention too.

    Returns
    -------
    Quantity
        Axes (layer, position, vocab). Row 0 reads the stream before any layer, row ``n`` the stream after ``n`` layers,
        so that the last row equals ``activations["logits"]`` exactly. With ``halves`` row ``2n - 1`` reads it
        between attention and MLP of the n-th layer, and row ``2n`` after it.
    """
    streams = [activations["resid_pre", 0].values]
    for layer in range(checkpoint.config.n_layer):
        if halves:
            streams.append(activations["resid_mid", layer].values)
        streams.append(activations["resid_post", layer].values)
    logits = np.stack([read_off(checkpoint, stream) for stream in streams])
    return Quantity(logits, "lens.halves" if halves else "lens", ("layer", "position", "vocab"), activations.source)


def read_off(checkpoint: Checkpoint, streams: Array) -> Array:
    """Logits (nats) if reading ended with these vectors, whatever they are: (..., n_embd) -> (..., vocab)."""
    weights = _last_step(checkpoint, streams.dtype.type)
    normal = layer_norm(streams, "ln_final", weights, checkpoint.config.layer_norm_epsilon)
    return np.asarray(normal @ weights[unembedding(checkpoint)].T)


def leanings(checkpoint: Checkpoint, vector: Array, tokens: Sequence[int] | None = None) -> NDArray[np.float64]:
    """How far a vector of the stream leans toward each token: cosines with the rows that the last step compares with.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    vector : float array, shape (n_embd,)
        A stream, or what a part adds to it.
    tokens : sequence of int, optional
        Which ids; all if not given.

    Returns
    -------
    float array, shape (token,)
        -1 to 1. The final norm takes a vector's mean off and weighs its entries: the rows carry those weights, and
        lack their means as well as the mean of all rows, which would push every token alike.
    """
    table = checkpoint.weights[unembedding(checkpoint)][: checkpoint.tokenizer.vocab_size].astype(np.float64)
    rows = (table - table.mean(0))[list(range(len(table)) if tokens is None else tokens)]
    rows = rows * checkpoint.weights["ln_final.weight"].astype(np.float64)
    rows -= rows.mean(1, keepdims=True)
    centred = np.asarray(vector, dtype=np.float64)
    centred = centred - centred.mean()
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(centred)
    return np.asarray(rows @ centred / np.maximum(lengths, 1e-12))


@dataclass(frozen=True)
class Contributions:
    """What each part of the network adds to the logits at one position; together they are the logits.

    Attributes
    ----------
    names : tuple of str
        Of the parts: ``embed``, ``pos_embed``, then for each layer ``blocks.L.attn.head.H``, ``blocks.L.attn.offset``
        and ``blocks.L.mlp`` (or ``blocks.L.mlp.neuron.N`` and ``blocks.L.mlp.offset``), at the end ``ln_final.offset``.
        Offsets are missing in a network without them.
    values : Quantity
        Axes (part, vocab), in nats.
    position : int
        0-based.
    """

    names: tuple[str, ...]
    values: Quantity
    position: int

    def of(self, name: str) -> Quantity:
        """One part's push on every token, axes (vocab,).

        Raises
        ------
        KeyError
            If there is no such part.
        """
        if name not in self.names:
            raise KeyError(f"there is no part {name!r}; the parts are {', '.join(self.names[:12])} ...")
        return self.values[self.names.index(name)]

    def pushes(self, token: int, against: list[int]) -> dict[str, float]:
        """What each part adds to a token's logit beyond what it adds to other tokens on average (nats).

        Parameters
        ----------
        token : int
            The id looked at.
        against : list of int
            The ids it competes with.
        """
        lead = self.values.values[:, token] - self.values.values[:, against].mean(axis=1)
        return dict(zip(self.names, map(float, lead), strict=True))


def contributions(
    checkpoint: Checkpoint,
    activations: Activations,
    position: int,
    neurons_of: int | None = None,
    tokens: list[int] | None = None,
) -> Contributions:
    """The logits of one position, taken apart into what every head, MLP and embedding adds.

    The final stream is a sum of parts. The final layer norm subtracts a mean and divides by a spread; with the spread
    kept at the value of the whole, every step is linear, so the parts' logits add up to the network's.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    activations : Activations
        A pass of it. The sum is exact up to rounding: about 1e-12 nats if the pass ran in float64, 1e-4 in float32.
    position : int
        0-based, or counted from the end if negative.
    neurons_of : int, optional
        The layer whose MLP is taken apart further, into neurons.
    tokens : list of int, optional
        Look at these ids' logits only; the last axis follows their order.

    Returns
    -------
    Contributions
        The parts' names and their logits.

    Raises
    ------
    ValueError
        If the text has no such position, or the parts do not add up because the pass was edited behind them: at what a
        whole attention or MLP adds, or at the stream. (Edited heads and neurons are parts with other values.)
    """
    length = len(activations.ids)
    if not -length <= position < length:
        raise ValueError(f"the text has {length} tokens, counted from 0; there is no position {position}")
    dtype = activations["logits"].values.dtype.type
    weights = _last_step(checkpoint, dtype)
    named = dict(_parts(checkpoint, activations, position, neurons_of, dtype))
    parts = np.stack(list(named.values()))  # (part, C)
    final = activations["resid_post", checkpoint.config.n_layer - 1].values[position]
    spread = np.sqrt(final.var() + checkpoint.config.layer_norm_epsilon)
    normal = (parts - parts.mean(-1, keepdims=True)) / spread * weights["ln_final.weight"]
    if "ln_final.bias" in weights:
        named["ln_final.offset"] = weights["ln_final.bias"]
        normal = np.vstack([normal, weights["ln_final.bias"]])
    table = weights[unembedding(checkpoint)]
    logits = normal @ (table if tokens is None else table[tokens]).T
    whole = activations["logits"].values[position]
    _require_sum(logits, whole if tokens is None else whole[tokens], activations.source)
    name = "contributions" if tokens is None else "contributions." + ",".join(map(str, tokens))
    where = f"{name}.{position % length}" + ("" if neurons_of is None else f".neurons.{neurons_of}")
    quantity = Quantity(logits, where, ("part", "vocab"), activations.source)
    return Contributions(tuple(named), quantity, position % length)


def _require_sum(parts: Array, whole: Array, source: str) -> None:
    """Parts (part, vocab) must give the whole (vocab,) but for what rounding numbers of their size explains."""
    apart = float(np.abs(parts.sum(axis=0) - whole).max(initial=0))
    if apart > math.sqrt(np.finfo(parts.dtype).eps) * np.abs(parts).max(initial=1):
        raise ValueError(
            f"the parts of {source} miss its logits by up to {apart:.2g} nats: the pass was edited after they were "
            "added up; take an unedited pass, or edit heads or neurons"
        )


def _parts(
    checkpoint: Checkpoint, activations: Activations, position: int, neurons_of: int | None, dtype: type[Any]
) -> Iterator[tuple[str, Array]]:
    """Name and vector of everything that was added to the stream at a position, in order."""
    yield "embed", activations["embed"].values[position]
    yield "pos_embed", activations["pos_embed"].values[position]
    for layer in range(checkpoint.config.n_layer):
        block = f"blocks.{layer}"
        for head, result in enumerate(activations["result", layer].values[:, position]):
            yield f"{block}.attn.head.{head}", result
        if checkpoint.config.bias:
            yield f"{block}.attn.offset", checkpoint.weights[f"{block}.attn.out.bias"].astype(dtype)
        if layer != neurons_of:
            yield f"{block}.mlp", activations["mlp_out", layer].values[position]
            continue
        columns = checkpoint.weights[f"{block}.mlp.down.weight"].astype(dtype)  # (C, M)
        for neuron, answer in enumerate(activations["post", layer].values[position]):
            yield f"{block}.mlp.neuron.{neuron}", answer * columns[:, neuron]
        if checkpoint.config.bias:
            yield f"{block}.mlp.offset", checkpoint.weights[f"{block}.mlp.down.bias"].astype(dtype)


def _last_step(checkpoint: Checkpoint, dtype: type[Any]) -> dict[str, Array]:
    """The tensors of the last step, in the precision of the pass."""
    names = ("ln_final.weight", "ln_final.bias", unembedding(checkpoint))
    return {n: checkpoint.weights[n].astype(dtype, copy=False) for n in names if n in checkpoint.weights}
