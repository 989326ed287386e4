"""A network's tokens as text that can be drawn."""

from __future__ import annotations

from collections.abc import Iterable

from mobjects.fonts import covered_characters
from model.checkpoint import Checkpoint

UNDRAWN = "¤"  # stands for what cannot be drawn


def vocabulary(checkpoint: Checkpoint, tokens: Iterable[int] | None = None) -> list[str]:
    """Tokens by their numbers, all of the network's if none are given."""
    numbers = range(checkpoint.config.vocab_size) if tokens is None else tokens
    return [drawable(piece) for piece in checkpoint.tokenizer.pieces(list(numbers))]


def drawable(piece: str) -> str:
    """A token as it can be shown; a mark for one that is no letters, or has letters that the font lacks."""
    return piece if piece and set(piece) <= covered_characters() | set("\n\r\t") else UNDRAWN
