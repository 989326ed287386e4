"""Weights with their papers: one sealed file holds the network, its tokenizer and where it came from."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from model import sealed
from model.config import GPTConfig, in_one_sentence
from model.tokenizer import Tokenizer, from_json

CHECKPOINTS = Path(__file__).resolve().parent.parent / "assets" / "checkpoints"
KIND = "storyboard-gpt-1"
LONGEST_NAME = 32


class CheckpointError(ValueError):
    """A checkpoint cannot be used; the message says what was found, what was expected and what to do."""


@dataclass(frozen=True)
class Checkpoint:
    """A network ready to be looked at.

    Attributes
    ----------
    name : str
        Its file's name without the ending (a folder's name), as ``plain_name`` gives it.
    config : GPTConfig
        The shape.
    tokenizer : Tokenizer
        Text to ids and back.
    weights : dict of float32 arrays
        Tensors by name, shapes as in ``config.tensor_shapes()``.
    digest : str
        sha256 of the file, or of all the files, it was read from (64 hexadecimal digits).
    facts : dict
        How it was made: corpus and its hash, steps, losses (nats a token), hardware, seconds, commit.
    """

    name: str
    config: GPTConfig
    tokenizer: Tokenizer
    weights: Mapping[str, NDArray[np.float32]]
    digest: str
    facts: dict[str, Any] = field(default_factory=dict)


def save(
    path: Path,
    config: GPTConfig,
    tokenizer: Tokenizer,
    weights: Mapping[str, NDArray[Any]],
    facts: dict[str, Any],
    dtype: type[np.floating[Any]] = np.float16,
) -> str:
    """Write a checkpoint, whole or not at all; returns its digest.

    Parameters
    ----------
    path : Path
        Where to; the folder is made. An older file there is replaced only once the new one is complete.
    config, tokenizer, facts
        See ``Checkpoint``; ``facts`` must be JSON.
    weights : float arrays by name
        Shapes as in ``config.tensor_shapes()``.
    dtype : numpy float type
        Stored precision.

    Raises
    ------
    CheckpointError
        If tensors are missing, misshapen or not finite once stored in ``dtype``.
    """
    with np.errstate(over="ignore"):  # what overflows is refused below
        stored = {name: np.ascontiguousarray(array, dtype=dtype) for name, array in weights.items()}
    _check_tensors(stored, config, path.name)
    papers = {
        "config": config.model_dump_json(),
        "tokenizer": tokenizer.to_json(),
        "facts": json.dumps(facts),
    }
    return sealed.write(path, stored, KIND, papers)


def load(source: str | Path) -> Checkpoint:
    """Read a checkpoint of ours by name or from its file, or somebody else's from its folder.

    Parameters
    ----------
    source : str or Path
        ``"storybook"`` (a file in ``assets/checkpoints``), a ``.safetensors`` file this project wrote, a folder with a
        Hugging Face GPT-2, or a nanoGPT ``ckpt.pt`` or its folder (see ``model.exchange``).

    Raises
    ------
    CheckpointError
        If there is no such checkpoint, or it is damaged, incomplete or of another kind.
    """
    path = _find(source)
    if path.is_dir() or path.suffix == ".pt":
        from model.exchange import load_foreign

        return load_foreign(path)
    try:
        tensors, papers, digest = sealed.read(path, KIND)
    except sealed.SealError as error:
        hint = "; if it is a part of a Hugging Face folder, give the folder"
        raise CheckpointError(f"{error}{hint if (path.parent / 'config.json').exists() else ''}") from error
    try:
        config = GPTConfig.model_validate_json(papers["config"])
        tokenizer = from_json(papers["tokenizer"])
        facts = json.loads(papers["facts"])
    except KeyError as error:
        raise CheckpointError(f"{path.name} is not a complete checkpoint: its header lacks {error}") from error
    except ValidationError as error:
        raise CheckpointError(f"{path.name} is not a complete checkpoint: {in_one_sentence(error)}") from error
    except ValueError as error:
        raise CheckpointError(f"{path.name} is not a complete checkpoint: {error}") from error
    _check_tensors(tensors, config, path.name)
    if tokenizer.vocab_size > config.vocab_size:
        raise CheckpointError(
            f"{path.name}: the tokenizer has {tokenizer.vocab_size} tokens, the network only {config.vocab_size}; "
            "they do not belong together"
        )
    weights = {name: array.astype(np.float32) for name, array in tensors.items()}
    return Checkpoint(plain_name(path.stem), config, tokenizer, weights, digest, facts)


def shipped() -> list[str]:
    """Names of the checkpoints in ``assets/checkpoints``."""
    return sorted(path.stem for path in CHECKPOINTS.glob("*.safetensors"))


def plain_name(name: str) -> str:
    """A file's or folder's name as it can be drawn and used again in file names, whatever it holds.

    Accents are dropped, other signs become hyphens: ``mod\u00e8le \U0001f451 2.safe`` -> ``modele-2.safe``. At most
    ``LONGEST_NAME`` characters are kept; a name with no Latin letter or digit becomes ``network``.
    """
    latin = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*", latin)
    return "-".join(words)[:LONGEST_NAME].rstrip("._-") or "network"


def _find(source: str | Path) -> Path:
    named = CHECKPOINTS / f"{source}.safetensors"
    if named.parent == CHECKPOINTS and os.path.exists(named):  # a name is a name, even beside a folder called alike
        return named
    place = os.path.expanduser(source)
    path = Path(place)
    if os.path.isdir(place) or (os.path.exists(place) and path.suffix in (".safetensors", ".pt")):
        return path
    other = f"{path.name} is a file of another kind"
    found = other if os.path.exists(place) else f"there is no checkpoint {str(source)!r}"
    raise CheckpointError(
        f"{found}; give one of {', '.join(shipped()) or 'none shipped'}, "
        "a .safetensors file of this project, a Hugging Face GPT-2 folder, or a nanoGPT ckpt.pt"
    )


def _check_tensors(tensors: Mapping[str, NDArray[Any]], config: GPTConfig, name: str) -> None:
    expected = config.tensor_shapes()
    for tensor, shape in expected.items():
        if tensor not in tensors:
            raise CheckpointError(f"{name} lacks the tensor {tensor}, which its config asks for")
        if tensors[tensor].shape != shape:
            raise CheckpointError(f"{name}: {tensor} has shape {tensors[tensor].shape}, its config asks for {shape}")
        if not np.isfinite(tensors[tensor]).all():
            raise CheckpointError(f"{name}: {tensor} holds NaN or infinity; the training run went wrong, use another")
    extra = sorted(set(tensors) - set(expected))
    if extra:
        raise CheckpointError(f"{name} holds a tensor that its config does not know: {extra[0]}")
