"""A nanoGPT checkpoint: ``ckpt.pt`` as its ``train.py`` writes it, and a vocabulary put beside it.

Such a file is a pickle. It is opened with ``weights_only``, which builds tensors and plain values and refuses all code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from model.checkpoint import Checkpoint, CheckpointError, plain_name
from model.config import GPTConfig, in_one_sentence
from model.exchange.imported import (
    StoredTensor,
    by_short_name,
    checked_settings,
    digest_of,
    in_one_line,
    is_tied,
    take_weights,
    without_padding,
)
from model.exchange.vocabularies import characters_or_byte_pairs_in

USUAL_NAME = "ckpt.pt"
SIZES = {size: size for size in ("vocab_size", "block_size", "n_layer", "n_head", "n_embd")}


def load_nanogpt(path: Path) -> Checkpoint:
    """Read a nanoGPT checkpoint.

    A vocabulary padded for speed (50304 rows for GPT-2's 50257 tokens) is cut to the tokenizer's size.

    Parameters
    ----------
    path : Path
        The file. Beside it lies ``meta.pkl`` (a table of characters), ``tokenizer.json``, or ``vocab.json`` and
        ``merges.txt``.

    Raises
    ------
    CheckpointError
        If torch is not installed, the file is no nanoGPT checkpoint, is damaged or holds code, or no vocabulary lies
        beside it.

    Source
    ------
    nanoGPT's ``model.py``: exact GELU, layer norms with epsilon 1e-5, before each part.
    """
    content = _open(path)
    config = config_from_nanogpt(content["model_args"])
    stored = by_short_name(_tensors(content["model"]))
    config = config.model_copy(update={"tied": is_tied(stored)})
    tokenizer, tokenizer_files = characters_or_byte_pairs_in(path.parent, _dataset(content))
    weights = take_weights(stored, config, maps_are_in_out=False)
    config, weights = without_padding(config, weights, tokenizer.vocab_size)
    digest = digest_of([path, *tokenizer_files])
    whole = path.resolve()
    name = whole.parent.name if path.name == USUAL_NAME else path.stem
    return Checkpoint(plain_name(name), config, tokenizer, weights, digest, {"source": "nanoGPT checkpoint"})


def config_from_nanogpt(arguments: Mapping[str, Any]) -> GPTConfig:
    """Our words for ``model_args``, with the embedding taken to be tied.

    Raises
    ------
    CheckpointError
        If a size is missing or wrong.
    """
    sizes = checked_settings(arguments, SIZES, "model_args")
    switches = {"bias": arguments.get("bias", True), "dropout": arguments.get("dropout", 0.0)}
    try:
        return GPTConfig.model_validate({**sizes, **switches, "activation": "gelu", "tied": True})
    except ValidationError as error:
        raise CheckpointError(f"model_args describe no network: {in_one_sentence(error)}") from error


def _open(path: Path) -> dict[str, Any]:
    """What the file holds: at least the dicts ``model`` (torch tensors by name) and ``model_args``."""
    try:
        import torch  # only here: rendering any other network needs none
    except ImportError as error:
        raise CheckpointError("a nanoGPT checkpoint is read with PyTorch; type pip install torch") from error
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch passes on whatever its readers of zip files and pickles raise
        code = re.search(r"GLOBAL (\S+)", str(error))
        if code is None:
            raise CheckpointError(
                f"it is cut off, damaged or no PyTorch file ({in_one_line(error)[:80]}); copy it again"
            ) from error
        raise CheckpointError(
            f"it holds code ({code[1]}), which is never run; where you trust it, save only the weights: "
            "torch.save({key: checkpoint[key] for key in ('model', 'model_args')}, 'ckpt.pt')"
        ) from error
    if not isinstance(content, dict) or not all(isinstance(content.get(key), dict) for key in ("model", "model_args")):
        found = ", ".join(map(str, list(content)[:4])) if isinstance(content, dict) else type(content).__name__
        raise CheckpointError(f"it is no nanoGPT checkpoint: it holds {found or 'nothing'}; expected model, model_args")
    return content


def _tensors(model: Mapping[Any, Any]) -> dict[str, StoredTensor]:
    stored = {}
    for name, tensor in model.items():
        if not hasattr(tensor, "detach"):
            raise CheckpointError(f"model holds {name}, which is a {type(tensor).__name__}; expected tensors only")
        stored[str(name)] = StoredTensor(tuple(tensor.shape), partial(_as_float32, tensor))
    return stored


def _as_float32(tensor: Any) -> NDArray[np.float32]:
    return np.array(tensor.detach().float().numpy(), dtype=np.float32)


def _dataset(content: Mapping[str, Any]) -> str:
    """The name of nanoGPT's folder of training data, where its vocabulary lies."""
    settings = content.get("config")
    dataset = settings.get("dataset") if isinstance(settings, dict) else None
    return dataset if isinstance(dataset, str) else "YOUR_DATA"
