"""Meaning as directions: neighbours, analogies and directions among the vectors of the vocabulary.

Analogies are scored without the usual help: Mikolov et al. (2013) leave the three given words out of the competition;
here both ranks are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from model.activations import Quantity
from model.checkpoint import Checkpoint
from model.forward import unembedding

Table = Literal["embed", "unembed"]
Word = str | int  # as it stands within a sentence, or a token's id
AnyWord = TypeVar("AnyWord", bound=Word)


def vectors(checkpoint: Checkpoint, table: Table = "embed") -> Quantity:
    """One vector for each token, axes (vocab, n_embd): as tokens come in, or as they are recognised at the end."""
    name = "embed.weight" if table == "embed" else unembedding(checkpoint)
    source = f"{checkpoint.name}@{checkpoint.digest[:12]}"
    return Quantity(checkpoint.weights[name], name, ("vocab", "n_embd"), source)


def place_likeness(checkpoint: Checkpoint) -> Quantity:
    """Cosines (-1 to 1) between the vectors of every two places, axes (position, other)."""
    directions = _unit(checkpoint.weights["pos_embed.weight"])
    source = f"{checkpoint.name}@{checkpoint.digest[:12]}"
    return Quantity(directions @ directions.T, "pos_embed.likeness", ("position", "other"), source)


def token_of(checkpoint: Checkpoint, word: Word) -> int:
    """Id of a word as it stands within a sentence, with its space (of a character in a network of characters).

    An id is that of its token.

    Raises
    ------
    ValueError
        If the word is not a single token.
    """
    token = _single(checkpoint, word)
    if token is None:
        raise ValueError(f"{word!r} is not a single token of {checkpoint.name}; choose a more frequent word")
    return token


def single_tokens(checkpoint: Checkpoint, pairs: Sequence[tuple[AnyWord, AnyWord]]) -> list[tuple[AnyWord, AnyWord]]:
    """The pairs of which both words are single tokens."""
    return [pair for pair in pairs if all(_single(checkpoint, word) is not None for word in pair)]


def _single(checkpoint: Checkpoint, word: Word) -> int | None:
    if isinstance(word, int):
        return word
    texts = (f" {word}", word) if len(word) == 1 else (f" {word}",)
    for text in texts:
        try:
            ids = checkpoint.tokenizer.encode(text)
        except ValueError:  # a network of characters that has not met one of these
            continue
        if len(ids) == 1:
            return ids[0]
    return None


# -- neighbours -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Neighbour:
    """A token, its text, and the cosine of the angle between its vector and the one asked about (-1 to 1)."""

    token: int
    piece: str
    cosine: float


def neighbours(checkpoint: Checkpoint, word: Word, count: int = 8, table: Table = "embed") -> list[Neighbour]:
    """The tokens whose vectors point most nearly the same way as a word's (or an id's), nearest first, without itself.

    Raises
    ------
    ValueError
        If the word is not a single token.
    """
    token = token_of(checkpoint, word)
    directions = _unit(vectors(checkpoint, table).values)
    return _nearest(checkpoint, directions @ directions[token], count, {token})


def _nearest(checkpoint: Checkpoint, cosines: NDArray[Any], count: int, apart: set[int]) -> list[Neighbour]:
    spelled = checkpoint.tokenizer.vocab_size  # a padded table has rows that no text can reach
    order = [int(token) for token in np.argsort(-cosines[:spelled], kind="stable") if int(token) not in apart][:count]
    return [Neighbour(token, checkpoint.tokenizer.decode([token]), float(cosines[token])) for token in order]


def _unit(rows: NDArray[Any]) -> NDArray[np.float64]:
    rows = np.asarray(rows, np.float64)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12))


# -- analogies ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Analogy:
    """``start`` is to ``end`` as ``other`` is to ``expected``: where the expected word lands.

    Attributes
    ----------
    start, end, other, expected : str or int
        The words or ids; the vector looked at is ``end - start + other``.
    rank : int
        Of the expected word by cosine among all tokens, the three given ones too; 1 is nearest.
    rank_of_others : int
        The same with the three given words left out, as analogies are usually scored.
    cosine : float
        Of the expected word.
    nearest : tuple of Neighbour
        The nearest tokens, the given ones too.
    """

    start: Word
    end: Word
    other: Word
    expected: Word
    rank: int
    rank_of_others: int
    cosine: float
    nearest: tuple[Neighbour, ...]


def analogy(
    checkpoint: Checkpoint, start: Word, end: Word, other: Word, expected: Word, table: Table = "embed"
) -> Analogy:
    """Go from ``other`` the way that leads from ``start`` to ``end``, and see how near ``expected`` is.

    Raises
    ------
    ValueError
        If one of the words is not a single token.
    """
    return _analogy(checkpoint, _Rows.of(checkpoint, table), (start, end, other, expected))


def analogies(
    checkpoint: Checkpoint, pairs: Sequence[tuple[AnyWord, AnyWord]], table: Table = "embed"
) -> list[Analogy]:
    """Every pair's way applied to the first word of every other pair; pairs of longer words are passed over."""
    usable = single_tokens(checkpoint, pairs)
    rows = _Rows.of(checkpoint, table)
    return [
        _analogy(checkpoint, rows, (*way, *target)) for way in usable for target in usable if not {*way} & {*target}
    ]


@dataclass(frozen=True)
class _Rows:
    """The table that analogies are looked up in, and the same rows at length 1."""

    values: NDArray[np.float64]
    unit: NDArray[np.float64]

    @classmethod
    def of(cls, checkpoint: Checkpoint, table: Table) -> _Rows:
        values = np.asarray(vectors(checkpoint, table).values, np.float64)
        return cls(values, _unit(values))


def _analogy(checkpoint: Checkpoint, rows: _Rows, words: tuple[Word, Word, Word, Word]) -> Analogy:
    a, b, c, d = (token_of(checkpoint, word) for word in words)
    cosines = rows.unit @ _unit(rows.values[b] - rows.values[a] + rows.values[c])
    nearer = set(np.flatnonzero(cosines[: checkpoint.tokenizer.vocab_size] > cosines[d]).tolist())
    nearest = tuple(_nearest(checkpoint, cosines, 5, set()))
    return Analogy(*words, 1 + len(nearer), 1 + len(nearer - {a, b, c}), float(cosines[d]), nearest)


# -- directions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Direction:
    """The mean way from the first words of pairs to the second, and how well it tells unseen pairs apart.

    Attributes
    ----------
    pairs : tuple of (str or int, str or int)
        The pairs used: both words single tokens.
    vector : Quantity
        The mean difference, axes (n_embd,), not normalised.
    auc : float
        Leave one out: each pair is projected on the direction of the others. The chance that a second word projects
        higher than a first word, over all of them; 0.5 is no separation, 1 a perfect one.
    ordered : int
        How many pairs left out have their second word higher.
    agreement : float
        Mean cosine between a pair's difference and the direction of the others.
    projections : Quantity
        Of both words of each pair on the direction of the others at length 1, axes (pair, word).
    """

    pairs: tuple[tuple[Word, Word], ...]
    vector: Quantity
    auc: float
    ordered: int
    agreement: float
    projections: Quantity


def direction(
    checkpoint: Checkpoint, pairs: Sequence[tuple[AnyWord, AnyWord]], table: Table = "embed", name: str = "direction"
) -> Direction:
    """The direction that leads from the pairs' first words to their second.

    Raises
    ------
    ValueError
        If fewer than three pairs are single tokens.
    """
    usable = single_tokens(checkpoint, pairs)
    if len(usable) < 3:
        raise ValueError(
            f"{checkpoint.name} has {len(usable)} of these pairs as single tokens; a direction needs at least three"
        )
    all_rows = vectors(checkpoint, table)
    rows = np.asarray(all_rows.values, np.float64)[[[token_of(checkpoint, w) for w in pair] for pair in usable]]
    ways = rows[:, 1] - rows[:, 0]  # (pair, n_embd)
    left_out = _unit((ways.sum(axis=0) - ways) / (len(ways) - 1))
    projections = np.einsum("pwc,pc->pw", rows, left_out)
    return Direction(
        tuple(usable),
        Quantity(ways.mean(axis=0), f"{all_rows.name}.{name}", ("n_embd",), all_rows.source),
        separation(projections[:, 1], projections[:, 0]),
        int((projections[:, 1] > projections[:, 0]).sum()),
        float((_unit(ways) * left_out).sum(axis=-1).mean()),
        Quantity(projections, f"{all_rows.name}.{name}.projections", ("pair", "word"), all_rows.source),
    )


def separation(positive: NDArray[Any], negative: NDArray[Any]) -> float:
    """Area under the ROC curve: the chance that a positive value exceeds a negative one, ties counting half.

    Source: Mann and Whitney (1947), by rank sums.
    """
    values = np.concatenate([positive, negative])
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    wins = ranks[: len(positive)].sum() - len(positive) * (len(positive) + 1) / 2
    return float(wins / (len(positive) * len(negative)))


# -- shadows --------------------------------------------------------------------------------------------------------


def principal_axes(checkpoint: Checkpoint, count: int = 3, table: Table = "embed") -> tuple[Quantity, Quantity]:
    """The directions along which the vocabulary's vectors spread most, and each one's share of the variance (0 to 1).

    Returns
    -------
    tuple of Quantity
        Unit vectors, axes (axis, n_embd), each with its largest entry positive; shares, axes (axis,).
    """
    rows = vectors(checkpoint, table)
    values = np.asarray(rows.values[: checkpoint.tokenizer.vocab_size], np.float64)
    centred = values - values.mean(axis=0)
    spreads, columns = np.linalg.eigh(centred.T @ centred)  # smallest first
    axes, shares = columns.T[::-1], spreads[::-1] / spreads.sum()
    axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    return (
        Quantity(axes[:count], f"{rows.name}.axes", ("axis", "n_embd"), rows.source),
        Quantity(shares[:count], f"{rows.name}.axes.shares", ("axis",), rows.source),
    )
