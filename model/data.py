"""Corpora: where a text comes from, how it is split, and its ids on disk.

A text is looked for in ``data/`` (never committed), then fetched by URL and sha256. What is shipped is weights.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.facts import mix_in
from model.tokenizer import BPETokenizer, CharTokenizer, Tokenizer

DATA = Path(__file__).resolve().parent.parent / "data"
SHAKESPEARE = "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"
PARAGRAPHS_A_BLOCK = 60
BLOCKS_A_VALIDATION_BLOCK = 20
MOST_TOKENS = 2**16
STRETCHES = 20


class CorpusError(ValueError):
    """A text cannot be used; the message says what was found, what was expected and what to do."""


def first_and_last(text: str) -> tuple[str, str]:
    """First 90 % to train on, last 10 % held out: the split of the published tiny-Shakespeare losses."""
    cut = int(0.9 * len(text))
    return text[:cut], text[cut:]


def whole_blocks(text: str) -> tuple[str, str]:
    """Blocks of 60 paragraphs, every 20th held out; invented people are mixed into the training part only."""
    paragraphs = text.split("\n")
    train: list[str] = []
    held_out: list[str] = []
    for start in range(0, len(paragraphs), PARAGRAPHS_A_BLOCK):
        number = start // PARAGRAPHS_A_BLOCK
        part = held_out if number % BLOCKS_A_VALIDATION_BLOCK == BLOCKS_A_VALIDATION_BLOCK - 1 else train
        part.extend(paragraphs[start : start + PARAGRAPHS_A_BLOCK])
    return "\n".join(mix_in(train)), "\n".join(held_out)


@dataclass(frozen=True)
class Corpus:
    """A text one can train on.

    Attributes
    ----------
    file : str
        Its name in ``data/``.
    sha256 : str
        Of the text that the shipped weights were trained on.
    split : function
        Text to (training part, held-out part).
    url : str or None
        Where to fetch it; None if it must be built (``python -m model.gutenberg``).
    licence : str
        Who may use it.
    """

    file: str
    sha256: str
    split: Callable[[str], tuple[str, str]]
    url: str | None
    licence: str


CORPORA = {
    "fairytales": Corpus(
        "fairytales.txt",
        "3a3c17688285296888328aca2ebbf442b5efa96476adc7abbfd05ac3357ed41c",
        whole_blocks,
        None,
        "46 Project Gutenberg books, public domain in the USA",
    ),
    "shakespeare": Corpus(
        "tinyshakespeare.txt",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        first_and_last,
        SHAKESPEARE,
        "public domain",
    ),
}


def read(name: str, folder: Path = DATA) -> tuple[str, str]:
    """A corpus's text and its sha256; ``name`` is a key of ``CORPORA`` or the path of any text file.

    Raises
    ------
    CorpusError
        If the text is nowhere to be found, is not UTF-8, or is too short to learn from.
    """
    corpus = CORPORA.get(name)
    path = folder / corpus.file if corpus else Path(name)
    if corpus and not path.exists():
        path = _fetch(corpus, folder)
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        raise CorpusError(
            f"there is no corpus {name!r} ({error.strerror}); give one of {', '.join(CORPORA)} or a text file"
        ) from error
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8 first") from error
    if len(text) < 1000:
        raise CorpusError(f"{path} has {len(text)} characters; a network needs at least 1000 to learn from")
    return text, hashlib.sha256(content).hexdigest()


def split(name: str, text: str) -> tuple[str, str]:
    """Training part and held-out part, as the corpus prescribes (any other file: first 90 %, last 10 %)."""
    return CORPORA[name].split(text) if name in CORPORA else first_and_last(text)


def train_tokenizer(kind: str, text: str, vocab_size: int) -> Tokenizer:
    """A tokenizer learned from a text; ``kind`` is ``"characters"`` or ``"bpe"``."""
    return CharTokenizer(text) if kind == "characters" else BPETokenizer.train(text, vocab_size)


def ids_on_disk(text: str, tokenizer: Tokenizer, folder: Path, part: str) -> NDArray[np.uint16]:
    """Token ids of a text, memory-mapped from a file named after the hash of text and tokenizer; made once.

    Raises
    ------
    CorpusError
        If there are more different tokens than two bytes can number.
    """
    if tokenizer.vocab_size > MOST_TOKENS:
        raise CorpusError(
            f"there are {tokenizer.vocab_size} different tokens; ids are stored in two bytes, "
            f"which number {MOST_TOKENS}; use a tokenizer with fewer (tokenizer: bpe)"
        )
    if not text:
        return np.empty(0, dtype=np.uint16)
    key = hashlib.sha256((tokenizer.to_json() + "\0" + text).encode()).hexdigest()[:16]
    path = folder / f"{part}-{key}.ids"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        lines = text.splitlines(keepends=True)
        encoded = tokenizer.encode_many(lines) if isinstance(tokenizer, BPETokenizer) else map(tokenizer.encode, lines)
        ids = np.fromiter((index for line in encoded for index in line), dtype=np.uint16)
        temporary = path.with_suffix(f".{os.getpid()}.part")  # several processes may want it at once
        ids.tofile(temporary)
        temporary.replace(path)
    return np.memmap(path, dtype=np.uint16, mode="r")


def set_aside(ids: NDArray[np.uint16], share: float) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Training ids without, and those of, ``STRETCHES`` stretches that lie evenly over the text: ``share`` of it."""
    length = int(len(ids) * share / STRETCHES)
    starts = (np.arange(STRETCHES) + 0.5) * len(ids) / STRETCHES - length / 2
    aside = np.zeros(len(ids), dtype=bool)
    for start in starts.astype(int):
        aside[start : start + length] = True
    return ids[~aside], ids[aside]


def batch(ids: NDArray[np.uint16], size: int, length: int, seed: int, step: int) -> tuple[NDArray[np.int64], ...]:
    """The windows of one training step: inputs and targets, each of shape (batch, position).

    A step's windows depend on ``seed`` and ``step`` alone, so a resumed run sees what an uninterrupted one would.
    """
    starts = np.random.default_rng((seed, step)).integers(0, len(ids) - length, size=size)
    windows = np.stack([ids[start : start + length + 1] for start in starts]).astype(np.int64)
    return windows[:, :-1], windows[:, 1:]


def windows(ids: NDArray[np.uint16], size: int, length: int) -> Iterator[tuple[NDArray[np.int64], ...]]:
    """A whole text once, in windows side by side: batches of inputs and targets, shape (at most size, position)."""
    count = (len(ids) - 1) // length
    inputs = np.asarray(ids[: count * length]).reshape(count, length).astype(np.int64)
    targets = np.asarray(ids[1 : count * length + 1]).reshape(count, length).astype(np.int64)
    for start in range(0, count, size):
        yield inputs[start : start + size], targets[start : start + size]


def _fetch(corpus: Corpus, folder: Path) -> Path:
    if corpus.url is None:
        raise CorpusError(
            f"{folder / corpus.file} is missing; build it with python -m model.gutenberg (fetches the books), "
            "or put the text there"
        )
    try:
        import pooch

        return Path(pooch.retrieve(corpus.url, known_hash=f"sha256:{corpus.sha256}", fname=corpus.file, path=folder))
    except Exception as error:  # pooch passes on whatever the network or the hash check raises
        raise CorpusError(
            f"{corpus.file} could not be fetched ({error}); download {corpus.url} by hand into {folder}"
        ) from error
