"""Every quantity the film needs, by its short name, with the one call that gives it: ``python -m model.catalogue``.

What weights and a prompt determine is computed at once; what they do not is read from recordings. The words are in
``assets/facts/quantities.yaml``; here is how each is got.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cloup
import numpy as np
import yaml
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, Field
from rich.console import Console
from rich.table import Table
from rich.text import Text

from model import recorded
from model.activations import Activations, Quantity
from model.checkpoint import Checkpoint
from model.forward import head_weights, run
from model.ledger import ledger
from model.probing import neurons, picking, picks_file, space
from model.probing.heads import MEASURES
from model.probing.lens import lens
from model.probing.spectra import singular_values
from model.recorded import Recording
from model.recording import downhill, history
from model.recording.moments import token_losses
from model.sampling import generate
from model.toys import translation

WORDS = Path(__file__).resolve().parent.parent / "assets" / "facts" / "quantities.yaml"
SENTENCE = "the small horse sees two old birds"  # in the toy language that the translator reads


class Entry(BaseModel):
    """What is said of one quantity.

    Attributes
    ----------
    what : str
        What it is, and what else comes with it.
    axes : tuple of str
        A word for each.
    units : str
        Of its numbers; empty for the network's own, which have none.
    origin : str
        What it is made from.
    call : str
        The documented call, for ``c`` a checkpoint, ``p`` a prompt, ``acts`` a pass over it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    axes: tuple[str, ...]
    units: str = ""
    origin: str = Field(alias="from")
    call: str


def catalogue() -> dict[str, Entry]:
    """Every quantity by its short name."""
    words: dict[str, Any] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return {name: Entry.model_validate(said) for name, said in words.items()}


def quantity(
    name: str, checkpoint: Checkpoint, prompt: str, layer: int = 0, head: int = 0, neuron: int = 0
) -> Quantity:
    """A quantity of the catalogue for a network and a text.

    Parameters
    ----------
    name : str
        A key of ``catalogue()``.
    checkpoint : Checkpoint
        The network; toy networks (``XATT``, ``TOYSUP``, ``ORTHO``) are their own.
    prompt : str
        The text, where one is needed; the translator reads an example sentence of its own language.
    layer, head, neuron : int
        The place, 0-based, where one is needed.

    Raises
    ------
    KeyError
        If there is no such quantity.
    ValueError
        If the network cannot give it: it was not recorded or measured, or has no such part.
    """
    if name not in GETTERS:
        raise KeyError(f"there is no quantity {name!r}; there are {', '.join(GETTERS)}")
    return GETTERS[name](Asked(checkpoint, prompt, layer, head, neuron))


@dataclass(frozen=True)
class Asked:
    """What a quantity is asked of: a network, a text, and a place in the network (0-based)."""

    checkpoint: Checkpoint
    prompt: str
    layer: int
    head: int
    neuron: int

    @cached_property
    def acts(self) -> Activations:
        """Every intermediate of one pass over the prompt."""
        return run(self.checkpoint, self.prompt)

    @property
    def recording(self) -> Recording:
        """What the network's training left behind."""
        return history.of(self.checkpoint)

    def of_weights(self, values: ArrayLike, name: str, *axes: str) -> Quantity:
        """Numbers that come from the weights alone."""
        return Quantity(np.asarray(values), name, axes, f"{self.checkpoint.name}@{self.checkpoint.digest[:12]}")

    def of_prompt(self, values: ArrayLike, name: str, *axes: str) -> Quantity:
        """Numbers that come from the weights and the prompt."""
        return Quantity(np.asarray(values), name, axes, self.acts.source)

    def weight(self, name: str, *axes: str) -> Quantity:
        """A tensor of the checkpoint."""
        if name not in self.checkpoint.weights:
            raise ValueError(f"{self.checkpoint.name} has no {name}; it was trained without offsets")
        return self.of_weights(self.checkpoint.weights[name], name, *axes)


def _activation(name: str) -> Callable[[Asked], Quantity]:
    return lambda a: a.acts[name, a.layer]


def _of_head(name: str) -> Callable[[Asked], Quantity]:
    return lambda a: a.acts[name, a.layer].at(head=a.head)


def _table_of_head(letter: str) -> Callable[[Asked], Quantity]:
    return lambda a: head_weights(a.checkpoint, a.layer, a.head)[letter]


def _recorded(name: str, array: str) -> Callable[[Asked], Quantity]:
    return lambda a: recorded.load(name)[array]


def _ids(a: Asked) -> Quantity:
    return a.of_prompt(a.checkpoint.tokenizer.encode(a.prompt), "ids", "position")


def _merges(a: Asked) -> Quantity:
    merges = a.checkpoint.tokenizer.merges(a.prompt)
    return a.of_prompt(np.array(merges, dtype=np.int64).reshape(-1, 3), "merges", "merge", "part")


def _losses(a: Asked) -> Quantity:
    return a.of_prompt(token_losses(a.checkpoint, a.checkpoint.tokenizer.encode(a.prompt)), "losses", "position")


def _counts(a: Asked) -> Quantity:
    return a.of_weights([row.count for row in ledger(a.checkpoint.config)], "ledger", "row")


def _head_statistics(a: Asked) -> Quantity:
    rows = picks_file.section(a.checkpoint, "heads")
    with picks_file.whole(a.checkpoint, picks_file.PICKS):
        values = np.array([[row[measure] for measure in MEASURES] for row in rows])
    shape = (a.checkpoint.config.n_layer, a.checkpoint.config.n_head, len(MEASURES))
    return a.of_weights(values.reshape(shape), "heads", "layer", "head", "measure")


GETTERS: dict[str, Callable[[Asked], Quantity]] = {
    "TOK": _ids,
    "MERGES": _merges,
    "EMB": lambda a: space.vectors(a.checkpoint),
    "POS": lambda a: a.weight("pos_embed.weight", "position", "n_embd"),
    "POSLIKE": lambda a: space.place_likeness(a.checkpoint),
    "RES": _activation("resid_pre"),
    "DELTA": _activation("attn_out"),
    "Q": _of_head("q"),
    "K": _of_head("k"),
    "V": _of_head("v"),
    "RAW": _of_head("raw_scores"),
    "SCORE": _of_head("attn_scores"),
    "PATT": _of_head("pattern"),
    "WQ": _table_of_head("W_Q"),
    "WK": _table_of_head("W_K"),
    "WV": _table_of_head("W_V"),
    "WO": _table_of_head("W_O"),
    "SVOV": lambda a: singular_values(a.checkpoint, a.layer, a.head, "W_O W_V"),
    "SVQK": lambda a: singular_values(a.checkpoint, a.layer, a.head, "W_Q^T W_K"),
    "HEADSTAT": _head_statistics,
    "PRE": _activation("pre"),
    "ACT": _activation("post"),
    "UPROW": lambda a: neurons.reads(a.checkpoint, a.layer, a.neuron),
    "DOWNCOL": lambda a: neurons.writes(a.checkpoint, a.layer, a.neuron),
    "BUP": lambda a: a.weight(f"blocks.{a.layer}.mlp.up.bias", "d_mlp"),
    "BDOWN": lambda a: a.weight(f"blocks.{a.layer}.mlp.down.bias", "n_embd"),
    "NTOP": lambda a: picking.firing(a.checkpoint)["values"],
    "LOGIT": lambda a: a.acts["logits"],
    "PROB": lambda a: a.acts["probabilities"],
    "LENS": lambda a: lens(a.checkpoint, a.acts),
    "GEN": lambda a: generate(a.checkpoint, a.prompt, 20, temperature=0.8, seed=1).quantity("probabilities"),
    "LOSS": _losses,
    "CKPT": lambda a: history.head(a.recording)["W_Q"],
    "GRAD": lambda a: downhill.gradient(a.recording).largest,
    "NUDGE": lambda a: downhill.nudges(a.recording)[0].losses,
    "LEDGER": _counts,
    "TIMING": lambda a: history.timing(a.recording).decoding["cached"],
    "XATT": lambda a: translation.load().translate(SENTENCE).activations["cross.pattern"],
    "TOYSUP": _recorded("superposition", "five_in_two.directions"),
    "ORTHO": _recorded("orthogonality", "path.vectors"),
}


def table() -> Table:
    """The catalogue, to be printed."""
    shown = Table(title="Every quantity, and the call that gives it (c: checkpoint, p: prompt, acts: run(c, p))")
    for column in ("name", "what", "axes", "units", "from", "call"):
        shown.add_column(column, overflow="fold", no_wrap=column == "name")
    for name, entry in catalogue().items():
        cells = (name, entry.what, ", ".join(entry.axes), entry.units, entry.origin, entry.call)
        shown.add_row(*map(Text, cells))
    return shown


@cloup.command()
def main() -> None:
    """List every quantity the film needs and the call that gives it."""
    Console().print(table())


if __name__ == "__main__":
    sys.exit(main())
