"""The tokenizer that lies beside other people's weights: ``tokenizer.json``, GPT-2's two files, or nanoGPT's table."""

from __future__ import annotations

import io
import json
import pickle
from pathlib import Path
from typing import Any

from model.checkpoint import CheckpointError
from model.exchange.imported import in_one_line
from model.tokenizer import BPETokenizer, CharTokenizer, Tokenizer, from_json

END_OF_TEXT = "<|endoftext|>"


class _PlainValues(pickle.Unpickler):
    """Unpickles dicts, texts and numbers; whatever needs a class or function is refused."""

    def find_class(self, module: str, name: str) -> Any:
        raise CheckpointError(f"meta.pkl holds code ({module}.{name}), which is never run; expected a character table")

    def persistent_load(self, pid: Any) -> Any:
        raise CheckpointError("meta.pkl refers to something outside itself; expected a character table")


def byte_pairs_in(folder: Path) -> tuple[Tokenizer, list[Path]]:
    """The tokenizer in a Hugging Face folder, and the files it was read from.

    Raises
    ------
    CheckpointError
        If there is none, or it is damaged or of another kind than GPT-2's byte-level byte pairs.
    """
    found = _byte_pairs(folder)
    if found is None:
        other = next(
            (name for name in ("vocab.txt", "tokenizer.model", "spiece.model") if (folder / name).exists()), ""
        )
        raise CheckpointError(
            f"there is {f'only {other}, another kind of tokenizer' if other else 'no tokenizer'}; "
            "put GPT-2's tokenizer.json, or vocab.json and merges.txt, beside the weights"
        )
    return found


def characters_or_byte_pairs_in(folder: Path, dataset: str) -> tuple[Tokenizer, list[Path]]:
    """The tokenizer beside a nanoGPT checkpoint, and the files it was read from.

    Parameters
    ----------
    folder : Path
        Where the checkpoint lies.
    dataset : str
        nanoGPT's name of the training data, for the sentence.

    Raises
    ------
    CheckpointError
        If there is none (the message says where nanoGPT keeps it), or it is damaged or holds code.
    """
    table = folder / "meta.pkl"
    if table.exists():
        return read_character_table(table), [table]
    found = _byte_pairs(folder)
    if found is None:
        raise CheckpointError(
            f"there is no vocabulary beside it; copy nanoGPT's data/{dataset}/meta.pkl there, "
            "or, if it was trained on GPT-2's tokens, GPT-2's tokenizer.json"
        )
    return found


def read_character_table(path: Path) -> CharTokenizer:
    """nanoGPT's ``meta.pkl``: ``itos`` gives the character of each id.

    Raises
    ------
    CheckpointError
        If it holds anything but plain values, or no character for each id from 0 on.
    """
    try:
        meta = _PlainValues(io.BytesIO(path.read_bytes())).load()
    except CheckpointError:
        raise
    except Exception as error:  # a damaged pickle fails in as many ways as there are instructions
        raise CheckpointError(f"meta.pkl cannot be read ({in_one_line(error)}); copy it again") from error
    itos = meta.get("itos") if isinstance(meta, dict) else None
    if not isinstance(itos, dict) or not itos or not all(type(index) is int for index in itos):
        raise CheckpointError("meta.pkl holds no table of characters (itos); copy nanoGPT's own")
    if sorted(itos) != list(range(len(itos))):
        raise CheckpointError(f"the ids in meta.pkl are not 0 to {len(itos) - 1}; copy nanoGPT's own")
    try:
        tokenizer = CharTokenizer.in_order([itos[index] for index in range(len(itos))])
    except ValueError as error:
        raise CheckpointError(f"meta.pkl is no table of characters: {error}") from error
    stoi = meta.get("stoi")
    if stoi is not None and stoi != {character: index for index, character in itos.items()}:
        raise CheckpointError("the two tables in meta.pkl (stoi, itos) contradict each other; copy nanoGPT's own")
    return tokenizer


def _byte_pairs(folder: Path) -> tuple[Tokenizer, list[Path]] | None:
    whole, vocabulary, merges = (folder / name for name in ("tokenizer.json", "vocab.json", "merges.txt"))
    if whole.exists():
        return _whole(whole), [whole]
    if vocabulary.exists() and merges.exists():
        return _from_two_files(vocabulary, merges)
    if vocabulary.exists() or merges.exists():
        there, lacking = (vocabulary, merges) if vocabulary.exists() else (merges, vocabulary)
        raise CheckpointError(f"{there.name} is there but {lacking.name} is missing; GPT-2's tokenizer needs both")
    return None


def _whole(path: Path) -> Tokenizer:
    try:
        text = path.read_text(encoding="utf-8")
        kind = json.loads(text)
        tokenizer = from_json(text)
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path.name} cannot be read ({in_one_line(error)}); download it again") from error
    if isinstance(tokenizer, BPETokenizer):
        model = kind["model"].get("type", "BPE")
        if model != "BPE" or "ByteLevel" not in json.dumps(kind.get("decoder")):
            raise CheckpointError(f"{path.name} is of another kind ({model}); expected GPT-2's byte-level byte pairs")
        _check_ids(tokenizer)
    return tokenizer


def _from_two_files(vocabulary: Path, merges: Path) -> tuple[Tokenizer, list[Path]]:
    """GPT-2's own form; tokens added later and a leading space are told by two more files, where there are any."""
    added, settings = vocabulary.with_name("added_tokens.json"), vocabulary.with_name("tokenizer_config.json")
    files = [vocabulary, merges, *(path for path in (added, settings) if path.exists())]
    try:
        ids = _read_table(vocabulary)
        pairs = _read_merges(merges)
        options = _read_table(settings) if settings.exists() else {}
        special = {END_OF_TEXT: ids[END_OF_TEXT]} if END_OF_TEXT in ids else {}
        special |= {token["content"]: int(key) for key, token in options.get("added_tokens_decoder", {}).items()}
        special |= _read_table(added) if added.exists() else {}
        tokenizer = BPETokenizer.from_pairs(ids, pairs, special, bool(options.get("add_prefix_space", False)))
    except Exception as error:  # the library raises bare Exception
        raise CheckpointError(
            f"vocab.json and merges.txt are no GPT-2 tokenizer ({in_one_line(error)}); download them again"
        ) from error
    _check_ids(tokenizer)
    return tokenizer, files


def _read_merges(path: Path) -> list[tuple[str, str]]:
    """One pair a line, in the order in which they were learned, after a line with the version."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").split("\n")]
    if lines[0].startswith("#version"):
        del lines[0]
    return [(left, right) for left, right in (line.split(" ") for line in lines if line)]


def _read_table(path: Path) -> dict[str, Any]:
    table = json.loads(path.read_bytes())
    if not isinstance(table, dict):
        raise ValueError(f"{path.name} holds no table")
    return table


def _check_ids(tokenizer: BPETokenizer) -> None:
    """Refuse a numbering with gaps: rows of the network would belong to no token."""
    highest = tokenizer.highest_id()
    if highest >= tokenizer.vocab_size:
        raise CheckpointError(
            f"the tokenizer has {tokenizer.vocab_size} tokens numbered up to {highest}; take the whole one"
        )
