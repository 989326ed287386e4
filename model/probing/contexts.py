"""One word in two sentences: how far the network's vectors for it part, and which head parts them most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.activations import Activations, Quantity
from model.checkpoint import Checkpoint
from model.forward import run
from model.probing.ablation import Without
from model.tokenizer import CharTokenizer

LISTED = 6  # words of each list that a viewer compares


def streams(activations: Activations, place: int) -> list[Quantity]:
    """The stream at one place: before any layer, then after each."""
    layers = sum(name.endswith(".resid_post") for name in activations)
    return [activations["resid_pre", 0][place], *(activations["resid_post", layer][place] for layer in range(layers))]


def differences(first: Activations, second: Activations, place: int, other_place: int) -> Quantity:
    """The first stream minus the second, axes (layer, n_embd); row 0 is before any layer."""
    rows = [one.values - other.values for one, other in _both(first, second, place, other_place)]
    return Quantity(np.stack(rows), "contexts.difference", ("layer", "n_embd"), _source(first, second))


def likeness(first: Activations, second: Activations, place: int, other_place: int) -> Quantity:
    """Cosines (-1 to 1) between the two streams, axes (layer,); entry 0 is before any layer."""
    found = [_cosine(one.values, other.values) for one, other in _both(first, second, place, other_place)]
    return Quantity(np.array(found), "contexts.cosine", ("layer",), _source(first, second))


def effects(checkpoint: Checkpoint, first: Activations, second: Activations, place: int, other_place: int) -> Quantity:
    """How much more alike the two final streams are without a head's answer to the token, axes (layer, head).

    The head is silenced at the token only, in both texts, and all that follows is computed anew.
    """
    whole = float(likeness(first, second, place, other_place).values[-1])
    config = checkpoint.config
    table = np.zeros((config.n_layer, config.n_head))
    for layer, head in np.ndindex(table.shape):
        one = run(checkpoint, list(first.ids), edit=Without("head", layer, (head,), place))
        other = run(checkpoint, list(second.ids), edit=Without("head", layer, (head,), other_place))
        table[layer, head] = float(likeness(one, other, place, other_place).values[-1]) - whole
    return Quantity(table, "contexts.effect", ("layer", "head"), _source(first, second))


def guesses_apart(checkpoint: Checkpoint, first: Activations, second: Activations, place: int, other: int) -> float:
    """How plainly different words are guessed to come next, 0 to 1.

    A product of three: the Jensen-Shannon divergence over words (bits), the smaller share that words get of each
    guess, and the part of the six likeliest words that is not in both lists.
    """
    mask = sayable(checkpoint)
    shares = [
        np.where(mask, acts["probabilities"].values[where].astype(float), 0)
        for acts, where in zip((first, second), (place, other), strict=True)
    ]
    totals = [float(share.sum()) for share in shares]
    one, two = (share / max(total, 1e-12) for share, total in zip(shares, totals, strict=True))
    middle = (one + two) / 2
    lists = [set(np.argsort(-share)[:LISTED].tolist()) for share in shares]
    apart = len(lists[0] - lists[1]) / LISTED
    return min(totals) * apart * (_divergence(one, middle) + _divergence(two, middle)) / 2


def sayable(checkpoint: Checkpoint) -> NDArray[np.bool_]:
    """Which tokens are words: a space and letters; letters in a network of characters; all if there are no words."""
    tokenizer = checkpoint.tokenizer
    pieces = [tokenizer.decode([token]) for token in range(tokenizer.vocab_size)]
    letters = isinstance(tokenizer, CharTokenizer)
    found = [piece.isalpha() if letters else piece[:1] == " " and piece[1:].isalpha() for piece in pieces]
    mask = np.zeros(checkpoint.config.vocab_size, bool)
    mask[: len(found)] = found if sum(found) > 20 else True
    return mask


def next_words(checkpoint: Checkpoint, activations: Activations, place: int, count: int = LISTED) -> list[int]:
    """The likeliest tokens after a place that are whole words, likeliest first.

    A token after which the network itself goes on with a letter, as in "chee" and "k", is the beginning of a word and
    left out.
    """
    ids, mask = list(activations.ids), sayable(checkpoint)
    shares = np.where(mask, activations["probabilities"].values[place], -1)
    found: list[int] = []
    for token in map(int, np.argsort(-shares, kind="stable")[: 4 * count]):
        if shares[token] >= 0 and len(found) < count and _ends_here(checkpoint, [*ids[: place + 1], token]):
            found.append(token)
    return found


def _ends_here(checkpoint: Checkpoint, ids: list[int]) -> bool:
    if isinstance(checkpoint.tokenizer, CharTokenizer) or len(ids) > checkpoint.config.block_size:
        return True
    likeliest = int(run(checkpoint, ids)["logits"].values[-1][: checkpoint.tokenizer.vocab_size].argmax())
    return not checkpoint.tokenizer.decode([likeliest])[:1].isalpha()


def _both(first: Activations, second: Activations, place: int, other_place: int) -> Iterable[tuple[Quantity, Quantity]]:
    return zip(streams(first, place), streams(second, other_place), strict=True)


def _source(first: Activations, second: Activations) -> str:
    return f"{first.source} and {second.source}"


def _cosine(one: NDArray[Any], other: NDArray[Any]) -> float:
    one, other = one.astype(np.float64), other.astype(np.float64)
    if np.array_equal(one, other):
        return 1.0
    return float(one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-12))


def _divergence(share: NDArray[np.float64], middle: NDArray[np.float64]) -> float:
    some = share > 0
    return float((share[some] * np.log2(share[some] / middle[some])).sum())
