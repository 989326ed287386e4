"""GPT-2 as Hugging Face stores it: ``config.json``, ``model.safetensors`` whole or in shards, and a tokenizer.

Tensors are mapped into memory and turned into float32 one by one, so that a large model needs room once. NumPy has no
bfloat16: its 16 bits are the upper half of a float32's 32.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open

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
from model.exchange.vocabularies import byte_pairs_in

WHOLE, INDEX = "model.safetensors", "model.safetensors.index.json"
PRECISIONS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
ACTIVATIONS = {"relu": "relu", "gelu": "gelu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh"}
SIZES = {
    "vocab_size": "vocab_size",
    "n_positions": "block_size",
    "n_layer": "n_layer",
    "n_head": "n_head",
    "n_embd": "n_embd",
}
USUAL = {"scale_attn_weights": True, "scale_attn_by_inverse_layer_idx": False, "add_cross_attention": False}
CONVERT = (
    "convert it once where transformers is installed: from transformers import GPT2LMHeadModel; "
    "GPT2LMHeadModel.from_pretrained(folder).save_pretrained(folder)"
)


def load_hugging_face(folder: Path) -> Checkpoint:
    """Read a folder that ``save_pretrained`` wrote, of a model and its tokenizer.

    Parameters
    ----------
    folder : Path
        Holds ``config.json``; ``model.safetensors``, or ``model.safetensors.index.json`` and its shards (float64,
        float32, float16 or bfloat16); ``tokenizer.json``, or ``vocab.json`` and ``merges.txt``.

    Raises
    ------
    CheckpointError
        If a file is missing or damaged, or the model is of another architecture (the message says which).

    Source
    ------
    Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"; files as ``transformers`` writes them.
    """
    config = config_from_hugging_face(_read_settings(folder / "config.json"))
    stored, weight_files = _tensors_in(folder)
    stored = by_short_name(stored)
    # Like transformers: a stored unembedding with numbers of its own counts, whatever the settings say.
    config = config.model_copy(update={"tied": config.tied and is_tied(stored)})
    tokenizer, tokenizer_files = byte_pairs_in(folder)
    weights = take_weights(stored, config, maps_are_in_out=True)
    config, weights = without_padding(config, weights, tokenizer.vocab_size)
    digest = digest_of([folder / "config.json", *weight_files, *tokenizer_files])
    facts = {"source": "Hugging Face GPT-2 folder"}
    return Checkpoint(plain_name(folder.resolve().name), config, tokenizer, weights, digest, facts)


def config_from_hugging_face(settings: Mapping[str, Any]) -> GPTConfig:
    """Our words for the sizes in a GPT-2 ``config.json``.

    Raises
    ------
    CheckpointError
        If a size is missing or wrong, or a setting asks for arithmetic that is not ours.
    """
    kind = settings.get("model_type", "not given")
    if kind != "gpt2":
        raise CheckpointError(f"the model's type is {kind}; only GPT-2-shaped models (model_type gpt2) can be shown")
    ours: dict[str, Any] = {**checked_settings(settings, SIZES, "config.json")}
    if settings.get("n_inner") not in (None, 4 * settings["n_embd"]):
        raise CheckpointError(f"the MLP is {settings['n_inner']} wide; only 4 x n_embd is supported")
    for setting, usual in USUAL.items():
        if settings.get(setting, usual) != usual:
            raise CheckpointError(f"config.json says {setting}: {settings[setting]}; only {usual} is supported")
    activation = settings.get("activation_function", "gelu_new")
    if activation not in list(ACTIVATIONS):
        raise CheckpointError(f"the activation is {activation}; known are {', '.join(ACTIVATIONS)}")
    ours |= {
        "activation": ACTIVATIONS[activation],
        "tied": settings.get("tie_word_embeddings", True),
        "layer_norm_epsilon": settings.get("layer_norm_epsilon", 1e-5),
    }
    try:
        return GPTConfig.model_validate(ours)
    except ValidationError as error:
        raise CheckpointError(f"config.json describes no network: {in_one_sentence(error)}") from error


def read_safetensors(path: Path) -> dict[str, StoredTensor]:
    """The tensors of a safetensors file, by name, none of them read yet.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged or cut off.
    """
    try:
        with safe_open(path, framework="np"):  # the library checks the header and that the file is whole
            content = np.memmap(path, dtype=np.uint8, mode="r")
        start = 8 + int.from_bytes(content[:8].tobytes(), "little")
        header = json.loads(content[8:start].tobytes())
    except FileNotFoundError as error:
        raise CheckpointError(f"{path.name} is missing; put the whole model into the folder") from error
    except (OSError, ValueError, RecursionError, SafetensorError) as error:
        raise CheckpointError(
            f"{path.name} is not a whole safetensors file ({in_one_line(error)}); download it again"
        ) from error
    return {
        name: StoredTensor(tuple(entry["shape"]), partial(_as_float32, name, content[start:], entry))
        for name, entry in header.items()
        if name != "__metadata__"
    }


def _as_float32(name: str, content: NDArray[np.uint8], entry: Mapping[str, Any]) -> NDArray[np.float32]:
    if entry["dtype"] not in PRECISIONS:
        raise CheckpointError(f"{name} is stored as {entry['dtype']}; known are {', '.join(PRECISIONS)}")
    begin, end = entry["data_offsets"]
    numbers = np.asarray(content[begin:end]).view(PRECISIONS[entry["dtype"]]).reshape(entry["shape"])
    if entry["dtype"] == "BF16":
        return (numbers.astype(np.uint32) << 16).view(np.float32)
    with np.errstate(over="ignore"):  # what overflows becomes infinite, which is refused
        return numbers.astype(np.float32)


def _tensors_in(folder: Path) -> tuple[dict[str, StoredTensor], list[Path]]:
    """The model's tensors, and the files they lie in."""
    if (folder / WHOLE).exists():
        return read_safetensors(folder / WHOLE), [folder / WHOLE]
    if (folder / INDEX).exists():
        return _tensors_in_shards(folder)
    others = sorted(path.name for path in folder.glob("pytorch_model*.bin"))
    if others:
        raise CheckpointError(f"the weights are a pickle ({others[0]}), which may hold code; {CONVERT}")
    raise CheckpointError(f"there is no {WHOLE}; put the weights beside config.json")


def _tensors_in_shards(folder: Path) -> tuple[dict[str, StoredTensor], list[Path]]:
    place_of = _read_settings(folder / INDEX).get("weight_map")
    if not isinstance(place_of, dict) or not place_of or not all(isinstance(name, str) for name in place_of.values()):
        raise CheckpointError(f"{INDEX} does not say which file holds which tensor (weight_map); download it again")
    for name in place_of.values():
        if Path(name).name != name or "\\" in name or not name.endswith(".safetensors"):
            raise CheckpointError(f"{INDEX} points to {name!r}; a shard is a .safetensors file in the same folder")
    shards = {name: read_safetensors(folder / name) for name in sorted(set(place_of.values()))}
    for tensor, name in place_of.items():
        if tensor not in shards[name]:
            raise CheckpointError(f"{name} lacks the tensor {tensor}, which {INDEX} promises; download both again")
    stored = {tensor: shards[name][tensor] for tensor, name in place_of.items()}
    return stored, [folder / INDEX, *(folder / name for name in shards)]


def _read_settings(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path.name} cannot be read ({in_one_line(error)}); download it again") from error
    if not isinstance(settings, dict):
        raise CheckpointError(f"{path.name} holds no settings, but {type(settings).__name__}; download it again")
    return settings
