"""Other people's weights: a Hugging Face GPT-2 folder or a nanoGPT checkpoint becomes a ``Checkpoint``."""

from __future__ import annotations

from pathlib import Path

from model.checkpoint import Checkpoint, CheckpointError
from model.exchange.huggingface import load_hugging_face
from model.exchange.nanogpt import load_nanogpt

LISTED = 4


def load_foreign(path: Path) -> Checkpoint:
    """Read a network that somebody else trained.

    Parameters
    ----------
    path : Path
        A folder with a Hugging Face GPT-2 (``config.json`` and its companions), a nanoGPT ``ckpt.pt``, or its folder.

    Raises
    ------
    CheckpointError
        If it is neither, or cannot be used; one sentence that begins with the name of the file or folder.
    """
    try:
        if not path.is_dir():
            return load_nanogpt(path)
        if (path / "config.json").exists():
            return load_hugging_face(path)
        if (path / "ckpt.pt").exists():
            return load_nanogpt(path / "ckpt.pt")
        raise CheckpointError(
            f"the folder {_content(path)}; expected config.json, model.safetensors and tokenizer.json "
            "(Hugging Face GPT-2) or ckpt.pt (nanoGPT)"
        )
    except CheckpointError as error:
        name = " ".join(path.resolve().name.split())
        raise CheckpointError(f"{name}: {error}") from error


def _content(folder: Path) -> str:
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        return f"cannot be opened ({error.strerror})"
    if not names:
        return "is empty"
    return f"holds {', '.join(names[:LISTED])}{' and more' if len(names) > LISTED else ''}"
