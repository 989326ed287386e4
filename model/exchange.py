"""Other people's weights: a Hugging Face GPT-2 folder becomes a ``Checkpoint``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from model.checkpoint import Checkpoint, CheckpointError
from model.config import GPTConfig, in_one_sentence
from model.tokenizer import from_json

ACTIVATIONS = {"relu": "relu", "gelu": "gelu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh"}
SIZES = {
    "vocab_size": "vocab_size",
    "n_positions": "block_size",
    "n_layer": "n_layer",
    "n_head": "n_head",
    "n_embd": "n_embd",
}
USUAL = {"scale_attn_weights": True, "scale_attn_by_inverse_layer_idx": False, "add_cross_attention": False}
BLOCK_NAMES = {
    "ln_1": "ln1",
    "attn.c_attn": "attn.qkv",
    "attn.c_proj": "attn.out",
    "ln_2": "ln2",
    "mlp.c_fc": "mlp.up",
    "mlp.c_proj": "mlp.down",
}


def load_hugging_face(folder: Path) -> Checkpoint:
    """Read ``config.json``, ``model.safetensors`` and ``tokenizer.json`` of a GPT-2-shaped model.

    Raises
    ------
    CheckpointError
        If a file is missing or damaged, or the model is of another architecture (the message says which).
    """
    try:
        settings = json.loads((folder / "config.json").read_bytes())
        if not isinstance(settings, dict):
            raise ValueError("config.json holds no settings")
        content = (folder / "model.safetensors").read_bytes()
        tokenizer = from_json((folder / "tokenizer.json").read_text(encoding="utf-8"))
        tensors = load_tensors(content)
    except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder} cannot be read as a GPT-2 folder ({error}); "
            "it needs config.json, model.safetensors and tokenizer.json"
        ) from error
    config = config_from_hugging_face(settings)
    if tokenizer.vocab_size > config.vocab_size:
        raise CheckpointError(
            f"{folder}: the tokenizer has {tokenizer.vocab_size} tokens, the network only {config.vocab_size}; "
            "they do not belong together"
        )
    weights = weights_from_hugging_face(tensors, config)
    facts = {"source": "Hugging Face GPT-2 folder"}
    return Checkpoint(folder.resolve().name, config, tokenizer, weights, hashlib.sha256(content).hexdigest(), facts)


def config_from_hugging_face(settings: Mapping[str, Any]) -> GPTConfig:
    """Our words for the sizes in a GPT-2 ``config.json``.

    Raises
    ------
    CheckpointError
        If a size is missing or wrong, or a setting asks for arithmetic that is not ours.
    """
    kind = settings.get("model_type", "unknown")
    if kind != "gpt2":
        raise CheckpointError(f"the model's type is {kind}; only GPT-2-shaped models (model_type gpt2) can be shown")
    missing = [size for size in SIZES if not isinstance(settings.get(size), int)]
    if missing:
        raise CheckpointError(f"config.json gives no number for {missing[0]}; take the one that came with the weights")
    if settings.get("n_inner") not in (None, 4 * settings["n_embd"]):
        raise CheckpointError(f"the MLP is {settings['n_inner']} wide; only 4 x n_embd is supported")
    for setting, usual in USUAL.items():
        if settings.get(setting, usual) != usual:
            raise CheckpointError(f"config.json says {setting}: {settings[setting]}; only {usual} is supported")
    activation = settings.get("activation_function", "gelu_new")
    if activation not in ACTIVATIONS:
        raise CheckpointError(f"the activation is {activation}; known are {', '.join(ACTIVATIONS)}")
    ours = {SIZES[size]: settings[size] for size in SIZES} | {
        "activation": ACTIVATIONS[activation],
        "tied": settings.get("tie_word_embeddings", True),
        "layer_norm_epsilon": settings.get("layer_norm_epsilon", 1e-5),
    }
    try:
        return GPTConfig.model_validate(ours)
    except ValidationError as error:
        raise CheckpointError(f"config.json describes no network: {in_one_sentence(error)}") from error


def weights_from_hugging_face(tensors: Mapping[str, NDArray[Any]], config: GPTConfig) -> dict[str, NDArray[np.float32]]:
    """Rename and transpose: GPT-2 stores linear maps (in, out), we store (out, in)."""
    theirs = {name.removeprefix("transformer."): array for name, array in tensors.items()}
    names = {"embed.weight": "wte.weight", "pos_embed.weight": "wpe.weight", "unembed.weight": "lm_head.weight"}
    names |= {f"ln_final.{part}": f"ln_f.{part}" for part in ("weight", "bias")}
    for layer in range(config.n_layer):
        for their_name, our_name in BLOCK_NAMES.items():
            for part in ("weight", "bias"):
                names[f"blocks.{layer}.{our_name}.{part}"] = f"h.{layer}.{their_name}.{part}"
    weights = {}
    for ours, shape in config.tensor_shapes().items():
        if names[ours] not in theirs:
            raise CheckpointError(f"the file lacks the tensor {names[ours]}")
        array = theirs[names[ours]].astype(np.float32)
        if ".c_" in names[ours] and array.ndim == 2:
            array = array.T
        if array.shape != shape or not np.isfinite(array).all():
            raise CheckpointError(f"{names[ours]} has shape {array.shape} (expected {shape}) or holds NaN")
        weights[ours] = np.ascontiguousarray(array)
    return weights
