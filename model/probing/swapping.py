"""One word of a text swapped for another: which swap changes the guess at the next word most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model import words
from model.checkpoint import Checkpoint
from model.forward import run


@dataclass(frozen=True)
class Swap:
    """A token in the place of another.

    Attributes
    ----------
    place : int
        Which token of the text, 0-based; never the last.
    token : int
        The other one's number in the vocabulary.
    change : float
        Total variation: how much of the whole moves from some next tokens to others, 0 to 1.
    """

    place: int
    token: int
    change: float


def total_variation(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """How much of the whole two distributions share out differently, 0 to 1."""
    return float(np.abs(np.asarray(one, dtype=float) - np.asarray(other, dtype=float)).sum() / 2)


def swap_for(checkpoint: Checkpoint, ids: Sequence[int], wanted: str | None = None) -> Swap:
    """The swap to show: of the earliest naming word, or else of an early token, for what changes the guess most.

    Parameters
    ----------
    checkpoint : Checkpoint
    ids : sequence of int
        The text, at least two tokens.
    wanted : str, optional
        A word to swap in, if the network knows it as one token; tried are all naming words otherwise, and where it
        knows none, all its tokens that are single letters.
    """
    pieces = checkpoint.tokenizer.pieces(list(ids))
    place = place_to_swap(pieces)
    tokens = candidates(checkpoint, pieces[place], [wanted] if wanted else sorted(words.NAMING))
    if not tokens:
        tokens = candidates(checkpoint, pieces[place], sorted(words.NAMING)) or letters(checkpoint, pieces[place])
    before = guess(checkpoint, ids)
    swaps = []
    for token in tokens:
        other = [*ids[:place], token, *ids[place + 1 :]]
        swaps.append(Swap(place, token, total_variation(before, guess(checkpoint, other))))
    return max(swaps, key=lambda swap: swap.change)


def guess(checkpoint: Checkpoint, ids: Sequence[int]) -> NDArray[np.floating]:
    """Shares of all tokens at the place after the last one, shape (vocab,)."""
    return np.asarray(run(checkpoint, list(ids))["probabilities"].values[-1])


def place_to_swap(pieces: Sequence[str]) -> int:
    """The earliest word that names something, but not the last token; without one, the middle of the text."""
    named = [place for place, piece in enumerate(pieces[:-1]) if words.kind(piece) == "naming"]
    return named[0] if named else (len(pieces) - 1) // 2


def candidates(checkpoint: Checkpoint, piece: str, tried: Sequence[str]) -> list[int]:
    """Those words that are one token with the same leading space as a piece, and another piece."""
    lead = piece[: len(piece) - len(piece.lstrip())]
    found = []
    for word in tried:
        ids = encoded(checkpoint, lead + word)
        if len(ids) == 1 and lead + word != piece:
            found.append(ids[0])
    return found


def letters(checkpoint: Checkpoint, piece: str) -> list[int]:
    """Tokens that are one letter, another than the piece."""
    pieces = checkpoint.tokenizer.pieces(list(range(checkpoint.config.vocab_size)))
    return [number for number, one in enumerate(pieces) if len(one) == 1 and one.isalpha() and one != piece]


def encoded(checkpoint: Checkpoint, text: str) -> list[int]:
    """A text's tokens; none if there is a character that the network does not know."""
    try:
        return list(checkpoint.tokenizer.encode(text))
    except ValueError:
        return []
