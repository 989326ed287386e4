"""Other people's weights: a Hugging Face GPT-2 folder becomes a ``Checkpoint``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from model.checkpoint import Checkpoint, CheckpointError
from model.config import GPTConfig
from model.tokenizer import from_json

ACTIVATIONS = {"relu": "relu", "gelu": "gelu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh"}
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
        content = (folder / "model.safetensors").read_bytes()
        tokenizer = from_json((folder / "tokenizer.json").read_text(encoding="utf-8"))
        tensors = load_tensors(content)
    except (OSError, ValueError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder} cannot be read as a GPT-2 folder ({error}); it needs config.json, model.safetensors and tokenizer.json"
        ) from error
    config = config_from_hugging_face(settings)
    weights = weights_from_hugging_face(tensors, config)
    facts = {"source": "Hugging Face GPT-2 folder"}
    return Checkpoint(folder.name, config, tokenizer, weights, hashlib.sha256(content).hexdigest(), facts)


def config_from_hugging_face(settings: Mapping[str, Any]) -> GPTConfig:
    """Our words for the sizes in a GPT-2 ``config.json``."""
    kind = settings.get("model_type", "unknown")
    if kind != "gpt2":
        raise CheckpointError(f"this is a {kind} model; only GPT-2-shaped models (model_type gpt2) can be shown")
    if settings.get("n_inner") not in (None, 4 * settings["n_embd"]):
        raise CheckpointError(f"the MLP is {settings['n_inner']} wide; only 4 x n_embd is supported")
    activation = settings.get("activation_function", "gelu_new")
    if activation not in ACTIVATIONS:
        raise CheckpointError(f"the activation is {activation}; known are {', '.join(ACTIVATIONS)}")
    return GPTConfig(
        vocab_size=settings["vocab_size"],
        block_size=settings["n_positions"],
        n_layer=settings["n_layer"],
        n_head=settings["n_head"],
        n_embd=settings["n_embd"],
        activation=ACTIVATIONS[activation],  # type: ignore[arg-type]
        tied=settings.get("tie_word_embeddings", True),
        layer_norm_epsilon=settings.get("layer_norm_epsilon", 1e-5),
    )


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
