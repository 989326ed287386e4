"""What every import of GPT-2-shaped weights comes down to: names, shapes, one digest, a vocabulary that fits.

Hugging Face and nanoGPT call the tensors alike (``h.0.attn.c_attn.weight``), up to prefixes; they differ in how linear
maps lie in the file: Hugging Face's GPT-2 stores (in, out), nanoGPT (out, in), as we do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import CheckpointError
from model.config import GPTConfig

BLOCK_NAMES = {
    "ln1": "ln_1",
    "attn.qkv": "attn.c_attn",
    "attn.out": "attn.c_proj",
    "ln2": "ln_2",
    "mlp.up": "mlp.c_fc",
    "mlp.down": "mlp.c_proj",
}
OUTER_NAMES = {"embed": "wte", "pos_embed": "wpe", "ln_final": "ln_f", "unembed": "lm_head"}
WRAPPINGS = ("_orig_mod.", "transformer.")  # what torch.compile and a language-model head put before a name
BUFFERS = (".attn.bias", ".attn.masked_bias")  # the causal mask, which older versions stored
UNEMBEDDING, EMBEDDING = "lm_head.weight", "wte.weight"
MOST_PADDING = 1024


@dataclass(frozen=True)
class StoredTensor:
    """A tensor as a file offers it, not read yet.

    Attributes
    ----------
    shape : tuple of int
        As stored.
    read : function
        Gives the numbers as a float32 array of that shape; numbers too large for float32 become infinite.
    """

    shape: tuple[int, ...]
    read: Callable[[], NDArray[np.float32]]


def checked_settings(settings: Mapping[str, Any], sizes: Mapping[str, str], where: str) -> dict[str, int]:
    """The sizes among a file's settings, under our names.

    Parameters
    ----------
    settings : dict
        As the file gives them.
    sizes : dict of str
        Their name of each size -> ours.
    where : str
        What the settings are called, for the sentence.

    Raises
    ------
    CheckpointError
        If one is missing or no whole number.
    """
    for size in sizes:
        if not isinstance(settings.get(size), int):
            raise CheckpointError(f"{where} gives no whole number for {size}; take the one that came with the weights")
    return {ours: settings[theirs] for theirs, ours in sizes.items()}


def by_short_name(stored: Mapping[str, StoredTensor]) -> dict[str, StoredTensor]:
    """The same tensors under GPT-2's bare names: ``_orig_mod.transformer.wte.weight`` becomes ``wte.weight``.

    Raises
    ------
    CheckpointError
        If two tensors end up with one name.
    """
    short: dict[str, StoredTensor] = {}
    for full_name, tensor in stored.items():
        name = full_name
        for wrapping in WRAPPINGS:
            name = name.removeprefix(wrapping)
        if name in short:
            raise CheckpointError(f"the tensor {name} is there twice, with and without a prefix; keep one of them")
        short[name] = tensor
    return short


def is_tied(stored: Mapping[str, StoredTensor]) -> bool:
    """Whether the unembedding is the embedding table: no other is stored, or the same numbers are stored again."""
    if UNEMBEDDING not in stored or EMBEDDING not in stored:
        return UNEMBEDDING not in stored
    return np.array_equal(stored[UNEMBEDDING].read(), stored[EMBEDDING].read())


def take_weights(
    stored: Mapping[str, StoredTensor], config: GPTConfig, *, maps_are_in_out: bool
) -> dict[str, NDArray[np.float32]]:
    """Every tensor of the network under our names, linear maps as (out, in).

    Parameters
    ----------
    stored : dict of StoredTensor
        By GPT-2's bare names; stored causal masks and other heads on top of the network are left aside.
    config : GPTConfig
        The shape that the file's settings claim.
    maps_are_in_out : bool
        Whether linear maps lie in the file as (in, out).

    Returns
    -------
    dict of float32 arrays
        Names and shapes are ``config.tensor_shapes()``.

    Raises
    ------
    CheckpointError
        If a tensor is missing, has another shape, holds NaN or infinity, or is one that the settings do not know.
    """
    _check_layers(stored, config)
    weights, taken = {}, set()
    for name, shape in config.tensor_shapes().items():
        theirs = _their_name(name)
        turned = maps_are_in_out and name.startswith("blocks.") and len(shape) == 2
        array = _take(stored, theirs, shape[::-1] if turned else shape)
        weights[name] = array.T if turned else array
        taken.add(theirs)
    parts = ("h.", *(f"{outer}." for outer in OUTER_NAMES.values() if outer != "lm_head"))
    unknown = sorted(name for name in stored if name.startswith(parts) and not name.endswith(BUFFERS))
    for name in unknown:
        if name not in taken:
            raise CheckpointError(f"the weights hold {name}, which a GPT-2 of these settings does not have")
    return weights


def without_padding(
    config: GPTConfig, weights: dict[str, NDArray[np.float32]], tokens: int
) -> tuple[GPTConfig, dict[str, NDArray[np.float32]]]:
    """The network with exactly as many rows in its vocabulary as the tokenizer has tokens.

    Vocabularies are padded for speed (nanoGPT's 50304 for GPT-2's 50257 tokens). The rows too many belong to no text:
    they are left out, so that none of them can be predicted; the shares of the real tokens then add up to 1.

    Raises
    ------
    CheckpointError
        If the tokenizer has more tokens than the network, or so many fewer that this cannot be padding.
    """
    spare = config.vocab_size - tokens
    # Padding goes up to a multiple of 8, 64 or at most 1024; twice the tokens is another vocabulary.
    if not 0 <= spare < max(64, min(MOST_PADDING, tokens)):
        raise CheckpointError(
            f"the tokenizer has {tokens} tokens, the network {'only ' if spare < 0 else ''}{config.vocab_size}; "
            "they do not belong together, put the network's own tokenizer there"
        )
    tables = ("embed.weight", "unembed.weight")
    cut = {name: array[:tokens] if name in tables else array for name, array in weights.items()}
    return config.model_copy(update={"vocab_size": tokens}), cut


def digest_of(files: Iterable[Path]) -> str:
    """One sha256 (64 hexadecimal digits) over names and contents of all files, whatever their order.

    Raises
    ------
    CheckpointError
        If a file cannot be read.
    """
    total = hashlib.sha256()
    for path in sorted(files, key=lambda file: file.name):
        try:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise CheckpointError(f"{path.name} cannot be read ({error.strerror}); check its permissions") from error
        total.update(f"{content} {path.name}\n".encode(errors="surrogateescape"))
    return total.hexdigest()


def in_one_line(error: Exception) -> str:
    """What another library said, without its line breaks."""
    return " ".join(str(error).split()) or type(error).__name__


def _check_layers(stored: Mapping[str, StoredTensor], config: GPTConfig) -> None:
    layers = {name.split(".")[1] for name in stored if name.startswith("h.")}
    if len(layers) != config.n_layer:
        raise CheckpointError(
            f"the settings say {config.n_layer} layers, the weights hold {len(layers)}; "
            "take settings and weights of one network"
        )


def _their_name(name: str) -> str:
    """``blocks.2.mlp.up.weight`` -> ``h.2.mlp.c_fc.weight``; ``embed.weight`` -> ``wte.weight``."""
    place, _, part = name.rpartition(".")
    if not place.startswith("blocks."):
        return f"{OUTER_NAMES[place]}.{part}"
    _, layer, inner = place.split(".", 2)
    return f"h.{layer}.{BLOCK_NAMES[inner]}.{part}"


def _take(stored: Mapping[str, StoredTensor], name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    if name not in stored:
        raise CheckpointError(f"the weights lack the tensor {name}; take the whole model")
    if stored[name].shape != shape:
        raise CheckpointError(f"{name} has shape {stored[name].shape}, the settings ask for {shape}")
    array = stored[name].read()
    if not np.isfinite(array).all():
        raise CheckpointError(f"{name} holds NaN or infinity; the training run went wrong, use another checkpoint")
    return array
