"""What ``python -m model.probing`` measures, put together: each function gives one section of the picks file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import recorded
from model.checkpoint import Checkpoint
from model.facts import Fact
from model.probing.ablation import Kind, Without, means
from model.probing.carriers import best_carried
from model.probing.heads import BEHAVIOURS, HeadScore, even_share, score_heads, windows
from model.probing.labels import Label, Text, label_all
from model.probing.neurons import Firing, answers_of
from model.probing.picking import Role, best_at
from model.probing.recall import by_phrasing, without_each
from model.probing.relations import RELATIONS
from model.probing.space import Table, analogies, direction, separation, single_tokens

TOLD = "fairytales"  # the corpus into which model.data mixes the invented people
RANKS, BEFORE, AFTER = 8, 10, 4  # strongest places kept of each neuron, and the tokens shown around each
READABLE, MIXED, SHARED = 12, 4, 4
BINS = 60


def heads(checkpoint: Checkpoint, ids: Sequence[int]) -> tuple[list[HeadScore], dict[str, Role]]:
    """Every head's scores, and for each behaviour that the text asks for, the head that does it most."""
    scores, even = score_heads(checkpoint, ids), even_share(checkpoint, ids)
    return scores, {name: best_at(name, scores, even[name]) for name in BEHAVIOURS if even[name]}


# -- the vocabulary's vectors ---------------------------------------------------------------------------------------


def space(checkpoint: Checkpoint) -> dict[str, Any]:
    """Directions and analogies for each relation and table; relations with under three usable pairs are left out."""
    usable = {name: single_tokens(checkpoint, pairs) for name, pairs in RELATIONS.items()}
    told = [name for name, pairs in usable.items() if len(pairs) >= 3]
    both: tuple[Table, ...] = ("embed",) if checkpoint.config.tied else ("embed", "unembed")
    return {
        "directions": {name: {table: _direction(checkpoint, usable[name], table) for table in both} for name in told},
        "analogies": {name: {table: _analogies(checkpoint, usable[name], table) for table in both} for name in told},
    }


def _direction(checkpoint: Checkpoint, pairs: list[tuple[str, str]], table: Table) -> dict[str, Any]:
    found = direction(checkpoint, pairs, table)
    return {"pairs": len(pairs), "auc": found.auc, "ordered": found.ordered, "agreement": found.agreement}


def _analogies(checkpoint: Checkpoint, pairs: list[tuple[str, str]], table: Table) -> dict[str, Any]:
    """How often the expected word comes first, with the given words competing and without; the best and the worst."""
    tried = analogies(checkpoint, pairs, table)
    ordered = sorted(tried, key=lambda one: (one.rank_of_others, one.rank, -one.cosine))
    shown = (ordered[0], ordered[len(ordered) // 2], ordered[-1])
    return {
        "tried": len(tried),
        "first": float(np.mean([one.rank == 1 for one in tried])),
        "first_of_others": float(np.mean([one.rank_of_others == 1 for one in tried])),
        "median_rank": float(np.median([one.rank for one in tried])),
        "median_rank_of_others": float(np.median([one.rank_of_others for one in tried])),
        "best_middle_worst": [
            [one.start, one.end, one.other, one.expected, one.rank, one.rank_of_others] for one in shown
        ],
    }


# -- neurons --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NeuronMeasurement:
    """All neurons on a held-out text, and those chosen for showing.

    Attributes
    ----------
    ids : int array
        The text.
    firing : Firing
        Rates and strongest places of all neurons.
    chosen : dict
        Lists of labels: ``readable``, ``mixed``, ``shared``.
    separations : dict
        For each chosen (layer, neuron) how well its value tells the places that fit its label from all others: AUC.
    values : float array, shape (position, chosen)
        Values before the bend of the chosen neurons, in the order of ``picked``.
    """

    ids: NDArray[np.int64]
    firing: Firing
    chosen: dict[str, list[Label]]
    separations: dict[tuple[int, int], float]
    values: NDArray[Any]

    def picked(self) -> list[tuple[int, int]]:
        """(layer, neuron) of every chosen neuron, in the order of ``values``."""
        return [(label.layer, label.neuron) for labels in self.chosen.values() for label in labels]

    def section(self) -> dict[str, Any]:
        """What the picks file says: the chosen labels, their AUC, rates and dead neurons by layer."""
        rate = self.firing.rate
        return {
            **self.chosen,
            "auc": [[*place, auc] for place, auc in self.separations.items()],
            "positions": self.firing.positions,
            "mean_rate": [float(one) for one in rate.mean(axis=1)],
            "silent": [int(one) for one in (rate == 0).sum(axis=1)],
        }

    def record(self, checkpoint: Checkpoint, path: Path) -> str:
        """Write what ``model.probing.picking.firing`` reads; returns the file's digest."""
        places = self.firing.places[..., :RANKS]
        first = np.clip(places - BEFORE, 0, len(self.ids) - BEFORE - AFTER)
        contexts = self.ids[first[..., None] + np.arange(BEFORE + AFTER)]
        edges = np.linspace(self.values.min(), self.values.max(), BINS + 1)
        counts = [np.histogram(column, edges)[0] for column in self.values.T]
        arrays: dict[str, tuple[NDArray[Any], tuple[str, ...]]] = {
            "rate": (self.firing.rate.astype(np.float32), ("layer", "neuron")),
            "values": (self.firing.values[..., :RANKS].astype(np.float16), ("layer", "neuron", "rank")),
            "contexts": (
                contexts.astype(np.min_scalar_type(checkpoint.config.vocab_size - 1)),
                ("layer", "neuron", "rank", "token"),
            ),
            "peaks": ((places - first).astype(np.uint8), ("layer", "neuron", "rank")),
            "before_bend": (np.array(counts, np.int32), ("picked", "bin")),
            "edges": (np.tile(edges.astype(np.float32), (len(counts), 1)), ("picked", "edge")),
        }
        facts = {
            "checkpoint": checkpoint.digest,
            "positions": self.firing.positions,
            "picked": [list(place) for place in self.picked()],
        }
        return recorded.save(
            path,
            {name: array for name, (array, _) in arrays.items()},
            {name: axes for name, (_, axes) in arrays.items()},
            facts,
        )


def neurons(checkpoint: Checkpoint, ids: Sequence[int]) -> NeuronMeasurement:
    """Every neuron over the text, labels, and the ones to show.

    Raises
    ------
    ValueError
        If the text is too short, or no neuron fires on it.
    """
    array = np.asarray(ids, np.int64)
    firing, labels = label_all(checkpoint, array)
    chosen = choose_neurons(labels, firing)
    picked = {(label.layer, label.neuron): label for listed in chosen.values() for label in listed}
    if not picked:
        raise ValueError(f"no neuron of {checkpoint.name} fires on this text of {len(ids)} tokens; give a longer one")
    places, values = answers_of(checkpoint, array, list(picked))
    text = Text(checkpoint, array)
    separations = {}
    for (place, label), column in zip(picked.items(), values.T, strict=True):
        fits = text.fits(label.kind, label.text)[places]
        if 0 < fits.sum() < len(fits):
            separations[place] = separation(column[fits], column[~fits])
    return NeuronMeasurement(array, firing, chosen, separations, values)


def choose_neurons(labels: list[Label], firing: Firing) -> dict[str, list[Label]]:
    """Readable neurons (best fit, no label twice, themes first), mixed ones (nothing fits), shared ones (two labels).

    The fit counts in the half of the text in which the label was not found. A shared neuron's two labels have no word
    in common and each fit a quarter of its strongest places.
    """
    alive = [label for label in labels if firing.rate[label.layer, label.neuron] > 0.001]
    by_fit = sorted(alive, key=lambda label: (label.kind != "theme" or label.fit < 0.8, -label.fit, label.base))
    readable: dict[tuple[str, str], Label] = {}
    for label in by_fit:
        if label.fit >= 0.8:
            readable.setdefault((label.kind, label.text), label)
    mixed = sorted(alive, key=lambda label: (label.share + label.fit, label.layer, label.neuron))
    shared = [label for label in alive if min(label.fit, label.second_fit) >= 0.25]
    shared.sort(key=lambda label: -label.fit - label.second_fit)
    taken: set[tuple[int, int]] = set()
    lists = {"readable": list(readable.values())[:READABLE], "mixed": mixed, "shared": shared}
    limits = {"readable": READABLE, "mixed": MIXED, "shared": SHARED}
    chosen: dict[str, list[Label]] = {}
    for name, listed in lists.items():
        fresh = [label for label in listed if (label.layer, label.neuron) not in taken]
        chosen[name] = fresh[: limits[name]]
        taken |= {(label.layer, label.neuron) for label in chosen[name]}
    return chosen


# -- facts ----------------------------------------------------------------------------------------------------------


def was_told_facts(checkpoint: Checkpoint) -> bool:
    """Whether the invented people were in the network's training text."""
    return bool(checkpoint.facts.get("corpus") == TOLD)


def facts(checkpoint: Checkpoint, told: list[Fact], ids: Sequence[int]) -> dict[str, Any]:
    """Recall by phrasing, recall without each part, and the fact that shows best; empty if nothing was told.

    Parts are held at their mean over the text; whole attentions and MLPs are also silenced.
    """
    if not told:
        return {"asked": 0, "shown": None}
    whole, without = without_each(checkpoint, told, _parts(checkpoint, ids))
    return {
        "asked": len(told),
        "phrasings": by_phrasing(checkpoint, told),
        "whole": whole,
        "without": without,
        "shown": best_carried(checkpoint, told),
    }


def _parts(checkpoint: Checkpoint, ids: Sequence[int]) -> list[Without]:
    texts = windows(checkpoint, ids)
    wholes: tuple[Kind, ...] = ("attention", "mlp")
    usual = {kind: means(checkpoint, texts, kind) for kind in (*wholes, "head")}
    layers = range(checkpoint.config.n_layer)
    parts = [Without(kind, layer) for kind in wholes for layer in layers]
    parts += [Without(kind, layer, instead=usual[kind][layer]) for kind in wholes for layer in layers]
    for layer in layers:
        for head in range(checkpoint.config.n_head):
            parts.append(Without("head", layer, (head,), instead=usual["head"][layer]))
    return parts
