"""Which relations between tokens a network's list has enough pairs of: of words, of letters, or of forms of a piece."""

from __future__ import annotations

from dataclasses import dataclass

from model.checkpoint import Checkpoint
from model.probing.relations import RELATIONS
from model.probing.space import single_tokens, token_of

FEWEST = 5
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Related:
    """Pairs of tokens (ids) that all lead the same way, and what the way is called."""

    name: str
    pairs: tuple[tuple[int, int], ...]


def related(checkpoint: Checkpoint) -> list[Related]:
    """Relations with at least ``FEWEST`` pairs of single tokens, the one to be shown first at the front.

    Where a list has no such words, small and capital letters serve, or pieces with and without a space before them.

    Raises
    ------
    ValueError
        If there are none at all.
    """
    found = [Related(name, _ids(checkpoint, pairs)) for name, pairs in RELATIONS.items()]
    found = [relation for relation in found if len(relation.pairs) >= FEWEST]
    if not found:
        spare = [Related("capital", _capitals(checkpoint)), Related("space", _spaced(checkpoint))]
        found = [relation for relation in spare if len(relation.pairs) >= FEWEST]
    if not found:
        raise ValueError(
            f"{checkpoint.name} has no {FEWEST} pairs of related pieces in its list; use one that knows whole words"
        )
    return found


def _ids(checkpoint: Checkpoint, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[int, int], ...]:
    return tuple(
        (token_of(checkpoint, one), token_of(checkpoint, other)) for one, other in single_tokens(checkpoint, pairs)
    )


def _capitals(checkpoint: Checkpoint) -> tuple[tuple[int, int], ...]:
    by_piece = _by_piece(checkpoint)
    return tuple(
        (by_piece[one], by_piece[one.upper()]) for one in LETTERS if one in by_piece and one.upper() in by_piece
    )


def _spaced(checkpoint: Checkpoint) -> tuple[tuple[int, int], ...]:
    by_piece = _by_piece(checkpoint)
    return tuple(
        (token, by_piece[f" {piece}"])
        for piece, token in by_piece.items()
        if piece.isalpha() and f" {piece}" in by_piece
    )


def _by_piece(checkpoint: Checkpoint) -> dict[str, int]:
    pieces = checkpoint.tokenizer.pieces(list(range(checkpoint.tokenizer.vocab_size)))
    return {piece: token for token, piece in enumerate(pieces)}
