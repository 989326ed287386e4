"""What a neuron seems to ask: a label found where it fires most in one half of a text, tried on the other half.

A label is a single word it fires on, a word it fires after, or a theme of ``model.probing.relations``. It describes the
strongest places only, and its fit is measured where it was not chosen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Checkpoint
from model.probing.neurons import Firing, Ids, scan
from model.probing.relations import THEMES

STRONGEST = 50
RARE = 0.1  # a label that fits more than every tenth position of the text says little


@dataclass(frozen=True)
class Label:
    """What a neuron's strongest places have in common.

    Attributes
    ----------
    layer, neuron : int
        0-based.
    kind : {"on", "after", "theme"}
        Fires on this word, right after it, or on any word of this theme.
    text : str
        The word, or the theme's name.
    share : float
        Of the ``STRONGEST`` places in the first half of the text that fit, where the label was found.
    fit : float
        Of those in the second half.
    base : float
        Of all positions of the text.
    second : str
        The next best label of another kind or word, for the places the first does not fit; empty if none.
    second_fit : float
        Share of the second half's places that fit it and not the first.
    """

    layer: int
    neuron: int
    kind: str
    text: str
    share: float
    fit: float
    base: float
    second: str
    second_fit: float


class Text:
    """A text's tokens as words, and what each position fits.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network that reads it.
    ids : sequence of int
        Its tokens.
    """

    def __init__(self, checkpoint: Checkpoint, ids: Ids) -> None:
        spelled = {int(index): checkpoint.tokenizer.decode([int(index)]).strip().lower() for index in set(ids)}
        self.words = np.array([spelled[int(index)] for index in ids])
        self.counts = Counter(self.words.tolist())
        self.themes = {
            name: frozenset(spelled.values()) & members
            for name, members in THEMES.items()
            if frozenset(spelled.values()) & members
        }

    def fitting(self, place: int) -> list[tuple[str, str]]:
        """Every label that fits a position, as (kind, text)."""
        word = str(self.words[place])
        found = [("on", word)] if word else []
        if place and self.words[place - 1]:
            found.append(("after", str(self.words[place - 1])))
        return found + [("theme", name) for name, members in self.themes.items() if word in members]

    def base(self, kind: str, text: str) -> float:
        """Share of all positions that a label fits."""
        members = self.themes[text] if kind == "theme" else (text,)
        return sum(self.counts[word] for word in members) / len(self.words)

    def fits(self, kind: str, text: str) -> NDArray[np.bool_]:
        """Which positions a label fits, shape (position,)."""
        words = np.array(["", *self.words[:-1]]) if kind == "after" else self.words
        return np.isin(words, list(self.themes[text])) if kind == "theme" else np.asarray(words == text)


def label_all(checkpoint: Checkpoint, ids: Ids) -> tuple[Firing, list[Label]]:
    """Scan a text in two halves and label every neuron; neurons that nothing fits have no label.

    Returns
    -------
    tuple
        The firing over both halves together, and the labels.
    """
    middle = len(ids) // 2
    halves = [scan(checkpoint, part, STRONGEST) for part in (ids[:middle], ids[middle:])]
    texts = [Text(checkpoint, part) for part in (ids[:middle], ids[middle:])]
    whole = Text(checkpoint, ids)
    bases: dict[tuple[str, str], float] = {}
    labels = []
    for layer, neuron in np.ndindex(halves[0].rate.shape):
        places = [_fitting(text, half, layer, neuron) for text, half in zip(texts, halves, strict=True)]
        label = _label(layer, neuron, places[0], places[1], whole, bases)
        if label:
            labels.append(label)
    return _joined(halves[0], halves[1], middle), labels


def _fitting(text: Text, half: Firing, layer: int, neuron: int) -> list[set[tuple[str, str]]]:
    """What fits each of a neuron's strongest places; places where it gives no answer are left out."""
    answered = half.values[layer, neuron] > 0
    return [set(text.fitting(int(place))) for place in half.places[layer, neuron][answered]]


def _label(
    layer: int,
    neuron: int,
    found: list[set[tuple[str, str]]],
    tried: list[set[tuple[str, str]]],
    whole: Text,
    bases: dict[tuple[str, str], float],
) -> Label | None:
    best = _best(found, whole, bases)
    if best is None or not tried:
        return None
    rest = [place for place in found if best not in place]
    second = _best(rest, whole, bases) if rest else None
    share, fit = (float(np.mean([best in place for place in places])) for places in (found, tried))
    second_fit = float(np.mean([second in place and best not in place for place in tried])) if second else 0.0
    return Label(layer, neuron, *best, share, fit, bases[best], " ".join(second or ()), second_fit)


def _best(
    places: list[set[tuple[str, str]]], whole: Text, bases: dict[tuple[str, str], float]
) -> tuple[str, str] | None:
    """The rare label that fits most places; of equals the rarest in the text."""
    counts = Counter(label for place in places for label in place)
    for label in counts:
        if label not in bases:
            bases[label] = whole.base(*label)
    rare = [label for label in counts if bases[label] <= RARE]
    return max(rare, key=lambda label: (counts[label], -bases[label], label), default=None)


def _joined(first: Firing, second: Firing, shift: int) -> Firing:
    """One firing out of two halves of a text; the second starts ``shift`` tokens in."""
    values = np.concatenate([first.values, second.values], axis=2)
    places = np.concatenate([first.places, second.places + shift], axis=2)
    order = np.argsort(-values, axis=2, kind="stable")[:, :, : first.values.shape[2]]
    positions = first.positions + second.positions
    return Firing(
        (first.rate * first.positions + second.rate * second.positions) / positions,
        np.take_along_axis(values, order, axis=2),
        np.take_along_axis(places, order, axis=2),
        positions,
    )
