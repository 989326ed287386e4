"""A part of the network switched off during a pass, to see what it was good for: ``run(..., edit=Without(...))``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Checkpoint
from model.forward import run

Kind = Literal["head", "attention", "neuron", "mlp"]
# Which activation a part lives in, and on which of its axes the parts are counted.
PLACES: dict[Kind, tuple[str, int | None]] = {
    "head": ("attn.z", 0),
    "attention": ("attn_out", None),
    "neuron": ("mlp.post", 1),
    "mlp": ("mlp_out", None),
}


@dataclass(frozen=True)
class Without:
    """One or several parts of one layer held at a fixed value, at every position or at one.

    Parameters
    ----------
    kind : {"head", "attention", "neuron", "mlp"}
        One or several heads or neurons of a layer, or its whole attention or MLP with the offsets.
    layer : int
        0-based.
    numbers : tuple of int
        Which heads or neurons, 0-based; empty for ``"attention"`` and ``"mlp"``.
    position : int, optional
        Only there (0-based, or counted from the end if negative); everywhere if not given.
    instead : float array, optional
        What the part puts out instead of zero. For heads shape (head, d_head) and for neurons (d_mlp,), of the whole
        layer; for ``"attention"`` and ``"mlp"`` (n_embd,). See ``means``.

    Raises
    ------
    ValueError
        If the numbers do not suit the kind.

    Examples
    --------
    >>> Without("head", 2, (3,)).label
    'without head 3 of layer 2'
    """

    kind: Kind
    layer: int
    numbers: tuple[int, ...] = ()
    position: int | None = None
    instead: NDArray[np.floating[Any]] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in PLACES:
            raise ValueError(f"there is no part {self.kind!r} to switch off; take one of {', '.join(PLACES)}")
        if (PLACES[self.kind][1] is None) == bool(self.numbers):
            wanted = "numbers" if PLACES[self.kind][1] is not None else "no numbers"
            raise ValueError(f"to switch off {self.kind} of layer {self.layer}, give {wanted}; found {self.numbers}")

    @property
    def name(self) -> str:
        """The activation in which the part is held."""
        return f"blocks.{self.layer}.{PLACES[self.kind][0]}"

    @property
    def label(self) -> str:
        """What is switched off, or fixed at a value."""
        several = "s" if len(self.numbers) > 1 else ""
        part = f"{self.kind}{several} {', '.join(map(str, self.numbers))}".rstrip()
        place = "" if self.position is None else f" at position {self.position}"
        return f"{'without' if self.instead is None else 'fixed'} {part} of layer {self.layer}{place}"

    def __call__(self, array: NDArray[Any]) -> NDArray[Any]:
        """The activation with the part held."""
        counted = PLACES[self.kind][1]
        if counted is not None and max(self.numbers) >= array.shape[counted]:
            raise ValueError(f"{self.label}: the layer has {array.shape[counted]} {self.kind}s, counted from 0")
        held = array.copy()
        rows: slice | int = slice(None) if self.position is None else self.position
        if counted is None:
            held[rows] = 0 if self.instead is None else self.instead
        for number in self.numbers:
            place = (number, rows) if counted == 0 else (rows, number)
            held[place] = 0 if self.instead is None else self.instead[number]
        return held


def means(checkpoint: Checkpoint, windows: Sequence[list[int]], kind: Kind) -> list[NDArray[np.float64]]:
    """What each layer's parts put out on average over every position of the windows: ``Without.instead``.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    windows : sequence of lists of int
        Token ids.
    kind : {"head", "attention", "neuron", "mlp"}
        Which parts.

    Returns
    -------
    list of float arrays
        One for each layer, shaped as ``Without.instead``.
    """
    ending, counted = PLACES[kind]
    along = 1 if counted == 0 else 0
    totals: list[Any] = [0.0] * checkpoint.config.n_layer
    for ids in windows:
        activations = run(checkpoint, ids)
        for layer in range(checkpoint.config.n_layer):
            totals[layer] = totals[layer] + activations[f"blocks.{layer}.{ending}"].values.sum(along, dtype=np.float64)
    return [np.asarray(total / sum(map(len, windows))) for total in totals]
