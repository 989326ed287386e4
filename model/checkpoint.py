"""Weights with their papers: one safetensors file holds the network, its tokenizer and where it came from.

The file carries a sha256 over all of its own bytes (the digest's own digits counted as zeros), so one changed
byte anywhere is noticed when it is loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from model.config import GPTConfig, in_one_sentence
from model.tokenizer import Tokenizer, from_json

CHECKPOINTS = Path(__file__).resolve().parent.parent / "assets" / "checkpoints"
BLANK_DIGEST = "0" * 64


class CheckpointError(ValueError):
    """A checkpoint cannot be used; the message says what was found, what was expected and what to do."""


@dataclass(frozen=True)
class Checkpoint:
    """A network ready to be looked at.

    Attributes
    ----------
    name : str
        Its file's name without the ending.
    config : GPTConfig
        The shape.
    tokenizer : Tokenizer
        Text to ids and back.
    weights : dict of float32 arrays
        Tensors by name, shapes as in ``config.tensor_shapes()``.
    digest : str
        sha256 of the file it was read from (64 hexadecimal digits).
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
    metadata = {
        "format": "storyboard-gpt-1",
        "digest": BLANK_DIGEST,
        "config": config.model_dump_json(),
        "tokenizer": tokenizer.to_json(),
        "facts": json.dumps(facts),
    }
    blank = _in_order(save_tensors(stored, metadata))
    digest = hashlib.sha256(blank).hexdigest()
    write_atomically(path, blank.replace(_digest_entry(BLANK_DIGEST), _digest_entry(digest), 1))
    return digest


def load(source: str | Path) -> Checkpoint:
    """Read a checkpoint by name, from a file, or from a Hugging Face GPT-2 folder.

    Parameters
    ----------
    source : str or Path
        ``"storybook"`` (a file in ``assets/checkpoints``), a ``.safetensors`` file this project wrote, or a folder
        with ``config.json``, ``model.safetensors`` and ``tokenizer.json``.

    Raises
    ------
    CheckpointError
        If there is no such checkpoint, or it is damaged, incomplete or of another kind.
    """
    path = _find(source)
    if path.is_dir():
        from model.exchange import load_hugging_face

        return load_hugging_face(path)
    content = _read(path)
    metadata = _metadata(content, path)
    claimed = metadata.get("digest", "")
    digest = hashlib.sha256(content.replace(_digest_entry(claimed), _digest_entry(BLANK_DIGEST), 1)).hexdigest()
    if digest != claimed:
        raise CheckpointError(
            f"{path.name} was changed after it was written (its bytes hash to {digest[:12]}, it says {claimed[:12]}); "
            "restore it with git checkout, or train it again"
        )
    try:
        config = GPTConfig.model_validate_json(metadata["config"])
        tokenizer = from_json(metadata["tokenizer"])
        facts = json.loads(metadata["facts"])
        tensors = load_tensors(content)
    except KeyError as error:
        raise CheckpointError(f"{path.name} is not a complete checkpoint: its header lacks {error}") from error
    except ValidationError as error:
        raise CheckpointError(f"{path.name} is not a complete checkpoint: {in_one_sentence(error)}") from error
    except (ValueError, SafetensorError) as error:
        raise CheckpointError(f"{path.name} is not a complete checkpoint: {error}") from error
    _check_tensors(tensors, config, path.name)
    if tokenizer.vocab_size > config.vocab_size:
        raise CheckpointError(
            f"{path.name}: the tokenizer has {tokenizer.vocab_size} tokens, the network only {config.vocab_size}; "
            "they do not belong together"
        )
    weights = {name: array.astype(np.float32) for name, array in tensors.items()}
    return Checkpoint(path.stem, config, tokenizer, weights, digest, facts)


def shipped() -> list[str]:
    """Names of the checkpoints in ``assets/checkpoints``."""
    return sorted(path.stem for path in CHECKPOINTS.glob("*.safetensors"))


def write_atomically(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step: a reader sees the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(0o644)
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _find(source: str | Path) -> Path:
    path = Path(source).expanduser()
    if path.exists() and (path.is_dir() or path.suffix == ".safetensors"):
        return path
    named = CHECKPOINTS / f"{source}.safetensors"
    if named.exists():
        return named
    raise CheckpointError(
        f"there is no checkpoint {str(source)!r}; give one of {', '.join(shipped()) or 'none shipped'}, "
        "a .safetensors file of this project, or a Hugging Face GPT-2 folder"
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror}); check its permissions") from error


def _metadata(content: bytes, path: Path) -> dict[str, str]:
    """The header's ``__metadata__``: a file begins with the header's length (8 bytes, little-endian), then JSON."""
    length = int.from_bytes(content[:8], "little")
    try:
        metadata = json.loads(content[8 : 8 + length])["__metadata__"]
    except KeyError:
        metadata = {}
    except (ValueError, TypeError, RecursionError) as error:
        raise CheckpointError(f"{path.name} is not a safetensors file, or it is cut off or damaged") from error
    if not isinstance(metadata, dict) or metadata.get("format") != "storyboard-gpt-1":
        raise CheckpointError(
            f"{path.name} is a safetensors file of another kind; expected a checkpoint written by model.training"
        )
    return {key: str(value) for key, value in metadata.items()}


def _in_order(content: bytes) -> bytes:
    """The same file with its header sorted (the library's order differs from run to run): same weights, same digest."""
    length = int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)  # tensors start at a multiple of eight
    return len(header).to_bytes(8, "little") + header + content[8 + length :]


def _digest_entry(digest: str) -> bytes:
    """How the header spells the digest; inside the other entries, quotes carry a backslash."""
    return f'"digest":"{digest}"'.encode()


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
