"""What one head does to a word: the packages it adds up, the vector before and after, and the same word elsewhere."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import words
from model.activations import Activations, Quantity
from model.checkpoint import Checkpoint
from model.forward import head_weights, run, softmax
from model.probing.lens import read_off
from model.tokenizer import CharTokenizer

# Describing words that go together before a naming word, as fairy tales have them.
COUPLES = tuple(
    tuple(couple.split())
    for couple in (
        "little red", "poor young", "big black", "good old", "clever little", "great white", "dear little",
        "beautiful white", "big brown", "poor old", "wicked old", "kind old", "fine young", "brave young", "wise old",
        "great grey", "hungry old", "little brown", "cruel black", "fine golden", "strange white", "sick young",
        "bright red", "cold dead", "poor dead", "happy little", "pretty little", "dark red", "sweet little",
        "proud young", "strong young", "great big", "brave little", "rich old", "lonely little", "tall green",
    )
)  # fmt: skip
DETERMINERS = frozenset("the a an his her my your their its this that".split())
MOST = 48  # sentences tried


@dataclass(frozen=True)
class Elsewhere:
    """The word in another sentence, of equally many tokens.

    Attributes
    ----------
    activations : Activations
        A pass of that sentence.
    swapped : tuple of int
        Places of the tokens that are others there, 0-based.
    """

    activations: Activations
    swapped: tuple[int, ...]


def packages(checkpoint: Checkpoint, activations: Activations, layer: int, head: int) -> Quantity:
    """What each token would hand over with a share of 1: its value, brought back to full length by W_O.

    Axes (position, n_embd). Weighted by a row of the pattern and added up, they are that row of ``result``.
    """
    table = np.asarray(head_weights(checkpoint, layer, head)["W_O"])
    values = activations["v", layer].values[head]
    full = values @ table.T.astype(values.dtype)
    return Quantity(full, f"nudges.packages.{layer}.{head}", ("position", "n_embd"), activations.source)


def nudged(activations: Activations, layer: int, head: int) -> Quantity:
    """The stream before a layer plus what one of its heads adds, axes (position, n_embd)."""
    after = activations["resid_pre", layer].values + activations["result", layer].values[head]
    return Quantity(after, f"nudges.after.{layer}.{head}", ("position", "n_embd"), activations.source)


def lengths(activations: Activations, layer: int, head: int) -> Quantity:
    """How long what a head adds to each token is, axes (position,)."""
    found = np.linalg.norm(activations["result", layer].values[head].astype(np.float64), axis=1)
    return Quantity(found, f"nudges.length.{layer}.{head}", ("position",), activations.source)


def cosines(activations: Activations, layer: int, head: int) -> Quantity:
    """Between each token's vector before and after what a head adds (-1 to 1), axes (position,)."""
    before = activations["resid_pre", layer].values.astype(np.float64)
    after = before + activations["result", layer].values[head]
    scale = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    found = (before * after).sum(axis=1) / np.maximum(scale, 1e-12)
    return Quantity(found, f"nudges.cosine.{layer}.{head}", ("position",), activations.source)


def readings(checkpoint: Checkpoint, activations: Activations, layer: int, head: int, place: int) -> Quantity:
    """Shares of the next tokens (0 to 1) if reading stopped before a head (row 0), or right after it (row 1)."""
    before, after = activations["resid_pre", layer].values[place], nudged(activations, layer, head).values[place]
    shares = softmax(read_off(checkpoint, np.stack([before, after])))
    return Quantity(shares, f"nudges.reading.{layer}.{head}.{place}", ("moment", "vocab"), activations.source)


# -- the same word elsewhere ----------------------------------------------------------------------------------------


def elsewhere(
    checkpoint: Checkpoint, activations: Activations, layer: int, head: int, place: int, keys: tuple[int, ...]
) -> tuple[Elsewhere, ...]:
    """Up to two sentences with other words where a token takes most from, chosen so that its nudges differ most.

    Of all pairs of sentences tried, the one in which the two nudges that are most alike, this sentence's own among
    them, are furthest apart.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    activations : Activations
        A pass of the sentence.
    layer, head : int
        0-based.
    place : int
        Of the token.
    keys : tuple of int
        Places whose tokens may be exchanged. If all hold describing words, couples of such words take their places;
        otherwise only the token of the one with the largest share is exchanged, for tokens of its kind.
    """
    keys = tuple(key for key in keys if key < place)
    found = [Elsewhere(run(checkpoint, ids), swapped) for ids, swapped in _others(checkpoint, activations, keys)]
    if len(found) < 2:
        return tuple(found)
    own = activations["result", layer].values[head, place]
    nudges = np.array([own, *(one.activations["result", layer].values[head, place] for one in found)], np.float64)
    apart = np.linalg.norm(nudges[:, None] - nudges[None], axis=-1)

    def least(pair: tuple[int, int]) -> float:
        return float(min(apart[0, pair[0]], apart[0, pair[1]], apart[pair]))

    best = max(itertools.combinations(range(1, len(nudges)), 2), key=least)
    return tuple(found[number - 1] for number in best)


def _others(
    checkpoint: Checkpoint, activations: Activations, keys: tuple[int, ...]
) -> Iterable[tuple[list[int], tuple[int, ...]]]:
    """The sentences tried, as ids, with the places that were exchanged."""
    ids, tokenizer, tried = list(activations.ids), checkpoint.tokenizer, 0
    places, choices = _exchanges(checkpoint, ids, keys)
    for choice in choices:
        other = list(ids)
        for where, token in zip(places, choice, strict=True):
            other[where] = token
        # Reading the other sentence again must give the same tokens, and each exchanged one must be another.
        if tried < MOST and all(other[where] != ids[where] for where in places) and _again(tokenizer, other):
            tried += 1
            yield other, places


def _exchanges(
    checkpoint: Checkpoint, ids: list[int], keys: tuple[int, ...]
) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """Which places are exchanged, and what for."""
    pieces = checkpoint.tokenizer.pieces(ids)
    if len(keys) == 2 and all(words.kind(pieces[key]) == "describing" for key in keys):
        couples = [tuple(_token(checkpoint, pieces[key], word) for key, word in zip(keys, couple, strict=True))
                   for couple in COUPLES]  # fmt: skip
        known = [couple for couple in couples if None not in couple]
        if len(known) > 1:
            return keys, known  # type: ignore[return-value]  # None was left out
    key = keys[-1] if keys else 0
    return (key,), [(token,) for token in _alike(checkpoint, pieces[key])]


def _alike(checkpoint: Checkpoint, piece: str) -> list[int]:
    """Tokens of a piece's kind; letters in a network of characters; in need, all that stand in the same way."""
    tokenizer = checkpoint.tokenizer
    if isinstance(tokenizer, CharTokenizer):
        letters = {token: tokenizer.decode([token]) for token in range(tokenizer.vocab_size)}
        return [token for token, text in letters.items() if text.isalpha() and text.isupper() == piece.isupper()]
    kinds = {"describing": words.DESCRIBING, "naming": words.NAMING, "function": words.FUNCTION}
    kind = DETERMINERS if piece.strip().lower() in DETERMINERS else kinds.get(words.kind(piece), frozenset())
    listed = [_token(checkpoint, piece, word) for word in sorted(kind)]
    known = [token for token in listed if token is not None]
    if len(known) > 2:
        return known
    pieces = {token: tokenizer.decode([token]) for token in range(tokenizer.vocab_size)}
    spaced = piece[:1] == " "
    return [token for token, text in pieces.items() if (text[:1] == " ") == spaced and text.strip().isalpha()]


def _token(checkpoint: Checkpoint, piece: str, word: str) -> int | None:
    """The token of a word that stands as a piece does, with or without its space; None if it takes several."""
    try:
        ids = checkpoint.tokenizer.encode(f" {word}" if piece[:1] == " " else word)
    except ValueError:
        return None
    return ids[0] if len(ids) == 1 else None


def _again(tokenizer: Any, ids: list[int]) -> bool:
    try:
        return list(tokenizer.encode(tokenizer.decode(ids))) == ids
    except ValueError:
        return False


def spread(points: NDArray[Any]) -> float:
    """The mean distance of points (n, d) from each other."""
    pairs = itertools.combinations(np.asarray(points, np.float64), 2)
    found = [float(np.linalg.norm(one - other)) for one, other in pairs]
    return float(np.mean(found)) if found else 0.0
