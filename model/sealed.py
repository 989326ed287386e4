"""Sealed files: safetensors that notice one changed byte.

The header carries a sha256 over all of the file's own bytes, the digest's own digits counted as zeros. Checkpoints and
recordings are written this way, and in one step: a reader sees the old file or the new one, never half of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

BLANK_DIGEST = "0" * 64


class SealError(ValueError):
    """A sealed file cannot be read; the message says what was found, what was expected and what to do."""


def write(path: Path, tensors: Mapping[str, NDArray[Any]], kind: str, papers: Mapping[str, str]) -> str:
    """Write tensors and their papers, whole or not at all; returns the digest (64 hexadecimal digits).

    Parameters
    ----------
    path : Path
        Where to; the folder is made. An older file there is replaced only once the new one is complete.
    tensors : arrays by name
        Stored as they are.
    kind : str
        What sort of file this is; ``read`` asks for the same word.
    papers : dict of str
        Anything else, as text (JSON, say).
    """
    arrays = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    blank = _in_order(save_tensors(arrays, {**papers, "format": kind, "digest": BLANK_DIGEST}))
    digest = hashlib.sha256(blank).hexdigest()
    write_atomically(path, blank.replace(_entry(BLANK_DIGEST), _entry(digest), 1))
    return digest


def read(path: Path, kind: str) -> tuple[dict[str, NDArray[Any]], dict[str, str], str]:
    """Tensors, papers and digest of a file that ``write`` made.

    Raises
    ------
    SealError
        If it cannot be read, is of another kind, is cut off, or was changed after it was written.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SealError(f"{path} cannot be read ({error.strerror}); check its permissions") from error
    papers = _papers(content, path, kind)
    claimed = papers.get("digest", "")
    digest = hashlib.sha256(content.replace(_entry(claimed), _entry(BLANK_DIGEST), 1)).hexdigest()
    if digest != claimed:
        raise SealError(
            f"{path.name} was changed after it was written (its bytes hash to {digest[:12]}, it says {claimed[:12]}); "
            "restore it with git checkout, or make it again"
        )
    try:
        return load_tensors(content), papers, digest
    except (ValueError, SafetensorError) as error:
        raise SealError(f"{path.name} is not complete: {error}") from error


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


def _papers(content: bytes, path: Path, kind: str) -> dict[str, str]:
    """The header's ``__metadata__``: a file begins with the header's length (8 bytes, little-endian), then JSON."""
    length = int.from_bytes(content[:8], "little")
    try:
        papers = json.loads(content[8 : 8 + length])["__metadata__"]
    except KeyError:
        papers = {}
    except (ValueError, TypeError, RecursionError) as error:
        raise SealError(f"{path.name} is not a safetensors file, or it is cut off or damaged") from error
    found = papers.get("format") if isinstance(papers, dict) else None
    if found != kind:
        raise SealError(
            f"{path.name} is a safetensors file of another kind ({found or 'no format given'}); expected {kind}"
        )
    return {key: str(value) for key, value in papers.items()}


def _in_order(content: bytes) -> bytes:
    """The same file with its header sorted (the library's order differs from run to run): same weights, same digest."""
    length = int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)  # tensors start at a multiple of eight
    return len(header).to_bytes(8, "little") + header + content[8 + length :]


def _entry(digest: str) -> bytes:
    """How the header spells the digest; inside the other papers, quotes carry a backslash."""
    return f'"digest":"{digest}"'.encode()
