"""The network of ``model.gpt`` again, in NumPy, written to be watched: it keeps every intermediate.

A sentence takes milliseconds, so scenes compute what they show, for any sentence and any checkpoint.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.activations import Activations, Edit, Quantity
from model.checkpoint import Checkpoint

Array = NDArray[np.floating[Any]]

# Axes: T position (query), S position (key), C n_embd, H head, D d_head, M d_mlp, V vocabulary.


def run(
    checkpoint: Checkpoint,
    prompt: str | list[int],
    dtype: type[np.floating[Any]] = np.float32,
    edit: Edit | None = None,
) -> Activations:
    """Every intermediate of one forward pass.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    prompt : str or list of int
        A text, or token ids.
    dtype : numpy float type
        Precision of the arithmetic.
    edit : Edit, optional
        Changes one activation as it is made; the pass goes on with the changed one, and every passport carries the
        edit's label. Nothing later reads ``unmasked_pattern`` and ``result``: to change a head, change its ``z``.

    Returns
    -------
    Activations
        Named as in ``model.activations.AXES``.

    Raises
    ------
    ValueError
        If the prompt is empty, longer than the context, or holds ids outside the vocabulary; if there is no activation
        of the edit's name.
    """
    ids = checkpoint.tokenizer.encode(prompt) if isinstance(prompt, str) else list(prompt)
    config = checkpoint.config
    if not ids:
        raise ValueError("the text is empty; give at least one word")
    if len(ids) > config.block_size:
        raise ValueError(
            f"the text has {len(ids)} tokens, {checkpoint.name} reads at most {config.block_size}; shorten it"
        )
    if not 0 <= min(ids) <= max(ids) < config.vocab_size:
        raise ValueError(f"token ids must lie in 0..{config.vocab_size - 1}; found {min(ids)}..{max(ids)}")
    weights = {name: array.astype(dtype, copy=False) for name, array in checkpoint.weights.items()}
    acts = Activations(ids, source_of(checkpoint, ids), edit)
    x = acts.keep("embed", weights["embed.weight"][ids]) + acts.keep(
        "pos_embed", weights["pos_embed.weight"][: len(ids)]
    )
    for layer in range(config.n_layer):
        x = _block(x, f"blocks.{layer}", weights, checkpoint, acts)  # (T, C)
    x = acts.keep("ln_final.normalized", layer_norm(x, "ln_final", weights, config.layer_norm_epsilon))
    logits = acts.keep("logits", x @ weights[unembedding(checkpoint)].T)  # (T, V)
    acts.keep("probabilities", softmax(logits))
    if edit and edit.name not in acts:
        raise ValueError(f"{edit.label}: {checkpoint.name} of {config.n_layer} layers has no {edit.name} to change")
    return acts


def _block(x: Array, block: str, weights: dict[str, Array], checkpoint: Checkpoint, acts: Activations) -> Array:
    epsilon = checkpoint.config.layer_norm_epsilon
    x = acts.keep(f"{block}.resid_pre", x)
    normal = acts.keep(f"{block}.ln1.normalized", layer_norm(x, f"{block}.ln1", weights, epsilon))
    x = x + acts.keep(f"{block}.attn_out", _attention(normal, f"{block}.attn", weights, checkpoint.config.n_head, acts))
    x = acts.keep(f"{block}.resid_mid", x)
    normal = acts.keep(f"{block}.ln2.normalized", layer_norm(x, f"{block}.ln2", weights, epsilon))
    pre = acts.keep(f"{block}.mlp.pre", linear(normal, f"{block}.mlp.up", weights))  # (T, M)
    post = acts.keep(f"{block}.mlp.post", bend(pre, checkpoint.config.activation))
    x = x + acts.keep(f"{block}.mlp_out", linear(post, f"{block}.mlp.down", weights))  # (T, C)
    return np.asarray(acts.keep(f"{block}.resid_post", x))


def _attention(x: Array, name: str, weights: dict[str, Array], n_head: int, acts: Activations) -> Array:
    q, k, v = (_heads(part, n_head) for part in np.split(linear(x, f"{name}.qkv", weights), 3, axis=-1))  # (H, T, D)
    q, k, v = (acts.keep(f"{name}.{letter}", array) for letter, array in (("q", q), ("k", k), ("v", v)))
    raw = acts.keep(f"{name}.raw_scores", q @ k.swapaxes(-1, -2))  # (H, T, S)
    scores = acts.keep(f"{name}.attn_scores", raw / math.sqrt(q.shape[-1]))
    acts.keep(f"{name}.unmasked_pattern", softmax(scores))
    future = np.triu(np.ones(scores.shape[-2:], dtype=bool), 1)
    pattern = acts.keep(f"{name}.pattern", softmax(np.where(future, -np.inf, scores)))
    z = acts.keep(f"{name}.z", pattern @ v)  # (H, T, D)
    out = weights[f"{name}.out.weight"]  # (C, H*D)
    per_head = out.reshape(out.shape[0], n_head, -1).transpose(1, 2, 0)  # (H, D, C)
    acts.keep(f"{name}.result", z @ per_head)  # (H, T, C)
    return linear(z.transpose(1, 0, 2).reshape(x.shape), f"{name}.out", weights)  # (T, C)


def _heads(x: Array, n_head: int) -> Array:
    return x.reshape(x.shape[0], n_head, -1).transpose(1, 0, 2)  # (T, C) -> (H, T, D)


def linear(x: Array, name: str, weights: Mapping[str, Array]) -> Array:
    """A stored map applied to rows: ``x`` times the transposed ``NAME.weight``, plus ``NAME.bias`` if there is one."""
    y = x @ weights[f"{name}.weight"].T
    bias = weights.get(f"{name}.bias")
    return y if bias is None else y + bias


def layer_norm(x: Array, name: str, weights: Mapping[str, Array], epsilon: float) -> Array:
    """Every row centred, divided by its spread, then scaled (and shifted) by what ``NAME`` learned."""
    centred = x - x.mean(-1, keepdims=True)
    normal: Array = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon) * weights[f"{name}.weight"]
    bias = weights.get(f"{name}.bias")
    return normal if bias is None else normal + bias


def bend(x: Array, activation: str) -> Array:
    """The nonlinearity, number by number; ``activation`` as in ``GPTConfig``."""
    if activation == "relu":
        return np.maximum(x, 0)
    if activation == "gelu_tanh":
        return np.asarray(0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))))
    erf = np.vectorize(math.erf, otypes=[x.dtype])
    return np.asarray(0.5 * x * (1 + erf(x / math.sqrt(2))))


def softmax(scores: Array) -> Array:
    """Shares that sum to 1 along the last axis; ``-inf`` becomes exactly 0."""
    exponentials = np.exp(scores - scores.max(-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(-1, keepdims=True))


def unembedding(checkpoint: Checkpoint) -> str:
    """Name of the tensor that turns the last stream into logits, shape (vocab, n_embd); the embedding if tied."""
    return "embed.weight" if checkpoint.config.tied else "unembed.weight"


def source_of(checkpoint: Checkpoint, ids: list[int]) -> str:
    """Where numbers come from, as on a passport: name and hash of the checkpoint, hash of the prompt's ids."""
    prompt = hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()
    return f"{checkpoint.name}@{checkpoint.digest[:12]}/{prompt[:12]}"


def head_weights(checkpoint: Checkpoint, layer: int, head: int) -> dict[str, Quantity]:
    """One head's four tables.

    Returns
    -------
    dict of Quantity
        ``W_Q``, ``W_K``, ``W_V`` of shape (d_head, n_embd): they act on a column from the left; ``W_O`` of shape
        (n_embd, d_head).
    """
    config, source = checkpoint.config, f"{checkpoint.name}@{checkpoint.digest[:12]}"
    qkv = checkpoint.weights[f"blocks.{layer}.attn.qkv.weight"].reshape(3, config.n_head, config.d_head, config.n_embd)
    out = checkpoint.weights[f"blocks.{layer}.attn.out.weight"].reshape(config.n_embd, config.n_head, config.d_head)
    tables = {
        f"W_{letter}": Quantity(qkv[i, head], f"blocks.{layer}.attn.W_{letter}.{head}", ("d_head", "n_embd"), source)
        for i, letter in enumerate("QKV")
    }
    tables["W_O"] = Quantity(out[:, head], f"blocks.{layer}.attn.W_O.{head}", ("n_embd", "d_head"), source)
    return tables
