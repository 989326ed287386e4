"""Text to ids and back: one token a character, or pieces learned by byte-pair encoding.

Both kinds turn into one JSON string (``to_json``), which a checkpoint carries, so that weights and vocabulary
can never be separated.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Protocol

import tokenizers
from tokenizers import decoders, models, pre_tokenizers, trainers


class Tokenizer(Protocol):
    """What the rest of the project asks of a tokenizer."""

    @property
    def vocab_size(self) -> int:
        """Number of different tokens."""

    def encode(self, text: str) -> list[int]:
        """Ids of the text's tokens, 0-based."""

    def decode(self, ids: list[int]) -> str:
        """The text the ids spell; ``decode(encode(text)) == text``."""

    def pieces(self, ids: list[int]) -> list[str]:
        """One string for each id; a leading space belongs to its piece; joined they are the text."""

    def merges(self, text: str) -> list[tuple[int, int, int]]:
        """What is joined to cut a text: ids of left, right and the piece they become, in order, word by word."""

    def to_json(self) -> str:
        """Everything needed to build the tokenizer again with ``from_json``."""


class CharTokenizer:
    """One token a character; ids follow the sorted alphabet, or the order of a table made elsewhere (``in_order``).

    Raises
    ------
    ValueError
        If the alphabet is empty, or ``encode`` meets a character outside it (the message names it).
    """

    def __init__(self, alphabet: str) -> None:
        self._set_alphabet("".join(sorted(set(alphabet))))

    @classmethod
    def in_order(cls, characters: Sequence[str]) -> CharTokenizer:
        """A table made elsewhere: the first character has id 0, and so on.

        Raises
        ------
        ValueError
            If an entry is not one character, or a character is there twice.
        """
        for index, character in enumerate(characters):
            if not isinstance(character, str) or len(character) != 1:
                raise ValueError(f"number {index} is {character!r}; expected a single character")
        if len(set(characters)) < len(characters):
            raise ValueError("a character is there twice; each needs one number")
        tokenizer = cls.__new__(cls)
        tokenizer._set_alphabet("".join(characters))
        return tokenizer

    def _set_alphabet(self, alphabet: str) -> None:
        if not alphabet:
            raise ValueError("the alphabet is empty; give a text with at least one character")
        self.alphabet = alphabet
        self._ids = {character: index for index, character in enumerate(alphabet)}

    @property
    def vocab_size(self) -> int:
        """Number of different characters."""
        return len(self.alphabet)

    def encode(self, text: str) -> list[int]:
        """Ids of the characters, 0-based."""
        unknown = sorted(set(text) - set(self.alphabet))
        if unknown:
            raise ValueError(
                f"this network knows {self.vocab_size} characters and {unknown[0]!r} is not one of them; "
                f"use only: {self.alphabet.strip()}"
            )
        return [self._ids[character] for character in text]

    def decode(self, ids: list[int]) -> str:
        """The text the ids spell."""
        return "".join(self.alphabet[index] for index in ids)

    def pieces(self, ids: list[int]) -> list[str]:
        """One character for each id."""
        return [self.alphabet[index] for index in ids]

    def merges(self, text: str) -> list[tuple[int, int, int]]:
        """Nothing: characters are never joined."""
        return []

    def to_json(self) -> str:
        """Kind and alphabet as JSON."""
        return json.dumps({"kind": "characters", "alphabet": self.alphabet})


class BPETokenizer:
    """Byte-level byte-pair encoding (the GPT-2 way), through the ``tokenizers`` library.

    A text always becomes the same ids, all of them: shortening, filling up and random merges, which a
    ``tokenizer.json`` can ask for in training, are switched off.
    """

    def __init__(self, inner: tokenizers.Tokenizer) -> None:
        inner.no_truncation()
        inner.no_padding()
        if isinstance(inner.model, models.BPE):
            inner.model.dropout = None
        self._inner = inner

    @classmethod
    def train(cls, text: str, vocab_size: int) -> BPETokenizer:
        """Learn ``vocab_size`` pieces from a text; the same text gives the same pieces."""
        inner = tokenizers.Tokenizer(models.BPE())
        inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        inner.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=vocab_size,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
            special_tokens=[],
        )
        inner.train_from_iterator(text.splitlines(keepends=True), trainer=trainer)
        return cls(inner)

    @classmethod
    def from_pairs(
        cls, ids: dict[str, int], pairs: list[tuple[str, str]], added: dict[str, int], prefix_space: bool
    ) -> BPETokenizer:
        """GPT-2's tokenizer from its parts.

        Parameters
        ----------
        ids : dict of int
            Number of each piece, its bytes spelled in GPT-2's alphabet (``vocab.json``).
        pairs : list of pairs of str
            What is joined, the earliest learned first (``merges.txt``).
        added : dict of int
            Number of each token that is never cut (``<|endoftext|>``), inside ``ids`` or right after them.
        prefix_space : bool
            Whether a text is read as if it began with a space.

        Raises
        ------
        ValueError
            If an added token cannot have its number.
        Exception
            The library's own, if a pair makes a piece without a number.
        """
        inner = tokenizers.Tokenizer(models.BPE(ids, pairs))
        inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix_space)
        inner.decoder = decoders.ByteLevel()
        for token in sorted(added, key=lambda token: added[token]):
            inner.add_special_tokens([token])
            if inner.token_to_id(token) != added[token]:
                raise ValueError(f"{token} should be number {added[token]}, but {inner.token_to_id(token)} is next")
        return cls(inner)

    @property
    def vocab_size(self) -> int:
        """Number of different pieces."""
        return int(self._inner.get_vocab_size())

    def highest_id(self) -> int:
        """The largest id of a piece; ``vocab_size - 1`` unless the numbering has gaps."""
        return int(max(self._inner.get_vocab().values()))

    def encode(self, text: str) -> list[int]:
        """Ids of the pieces, 0-based; any Unicode text can be written."""
        return list(self._inner.encode(text, add_special_tokens=False).ids)

    def encode_many(self, texts: list[str]) -> list[list[int]]:
        """Ids of each text, computed in parallel."""
        return [list(encoding.ids) for encoding in self._inner.encode_batch(texts, add_special_tokens=False)]

    def decode(self, ids: list[int]) -> str:
        """The text the ids spell (a broken UTF-8 sequence shows as U+FFFD)."""
        return str(self._inner.decode(ids, skip_special_tokens=False))

    def pieces(self, ids: list[int]) -> list[str]:
        """One string for each id; where a character spans several tokens, its last token carries it."""
        shown, texts = "", []
        for end in range(1, len(ids) + 1):
            so_far = self.decode(ids[:end])
            complete = so_far.rstrip("\ufffd") if end < len(ids) else so_far
            texts.append(complete[len(shown) :])
            shown = complete if len(complete) > len(shown) else shown
        return texts

    def merges(self, text: str) -> list[tuple[int, int, int]]:
        """The pairs joined to cut a text, from single bytes to its pieces.

        Returns
        -------
        list of (int, int, int)
            Ids of the left part, the right part and the piece they become, one entry for every time a pair is joined.
            Words follow the text; within a word the earliest learned pair comes first, its leftmost place first.
        """
        ranks = {tuple(pair): rank for rank, pair in enumerate(json.loads(self.to_json())["model"]["merges"])}
        ids, added = self._inner.get_vocab(), self._inner.get_added_tokens_decoder()
        encoding = self._inner.encode(text, add_special_tokens=False)
        numbered = zip(encoding.word_ids, encoding.tokens, strict=True)
        words = [[token for _, token in group] for _, group in groupby(numbered, key=lambda one: one[0])]
        made = (word for word in words if ids[word[0]] not in added)  # an added token is never made of others
        joined = (pair for word in made for pair in _joined(word, ranks))
        return [(ids[left], ids[right], ids[left + right]) for left, right in joined]

    def to_json(self) -> str:
        """The library's own ``tokenizer.json``."""
        return str(self._inner.to_str())


def _joined(word: list[str], ranks: dict[tuple[str, ...], int]) -> Iterator[tuple[str, str]]:
    """Pairs joined, in order, to make a word (pieces in the library's spelling, a letter a byte) from its bytes."""
    parts = list("".join(word))
    while pairs := [pair for pair in pairwise(parts) if pair in ranks]:
        best = min(pairs, key=lambda pair: ranks[pair])
        place = list(pairwise(parts)).index(best)
        parts[place : place + 2] = ["".join(best)]
        yield best


def from_json(text: str) -> Tokenizer:
    """Build the tokenizer that ``to_json`` wrote.

    Raises
    ------
    ValueError
        If the text is neither a character table nor a ``tokenizer.json``.
    """
    try:
        data = json.loads(text)
        if data.get("kind") == "characters":
            return CharTokenizer.in_order(data["alphabet"])
        return BPETokenizer(tokenizers.Tokenizer.from_str(text))
    except Exception as error:  # the library raises bare Exception
        raise ValueError(f"this is no tokenizer ({error}); expected a character table or a tokenizer.json") from error
