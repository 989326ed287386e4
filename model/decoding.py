"""Reading a text piece by piece: what was read stays in a key-value cache, so that a new token costs one token's work.

Positions are worked on in fixed groups of ``ROWS``: a position sits at the same place of the same-shaped products
whether it comes alone or with its whole text. A number therefore comes out the same to its last bit with and without
what was kept; a sum over another shape would round differently.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Checkpoint
from model.config import GPTConfig
from model.forward import Array, bend, layer_norm, linear, softmax, unembedding

ROWS = 8

# Axes: R rows of a group, S positions up to the group's end, C n_embd, H head, D d_head, M d_mlp, V vocabulary.


class KeyValueCache:
    """Keys and values of the tokens read so far, room for a whole context taken at once.

    Attributes
    ----------
    keys, values : float32 array, shape (layer, head, position, d_head)
        Zero where nothing was read yet; ``position`` is the context rounded up to whole groups.
    length : int
        Tokens read.
    """

    def __init__(self, config: GPTConfig) -> None:
        positions = math.ceil(config.block_size / ROWS) * ROWS
        shape = (config.n_layer, config.n_head, positions, config.d_head)
        self.keys, self.values = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self.length = 0

    def clear(self) -> None:
        """Forget everything that was read."""
        self.keys[:], self.values[:] = 0, 0
        self.length = 0

    def bytes_used(self) -> int:
        """Bytes of the keys and values of the tokens read."""
        return self.keys[:, :, : self.length].nbytes + self.values[:, :, : self.length].nbytes


def multiplications(config: GPTConfig, new: int, before: int = 0) -> int:
    """Products of two numbers it takes to read ``new`` tokens and guess the next, ``before`` others being kept.

    Counted are the tables (each weight once a token; the unembedding once) and, in every layer, one product a width
    for each earlier or same token twice: to score it and to mix it in. Norms and bends are left out, as is what
    ``ROWS`` adds.
    """
    tables = 12 * config.n_embd**2 * config.n_layer * new
    met = sum(range(before + 1, before + new + 1))
    return tables + 2 * config.n_embd * config.n_layer * met + config.vocab_size * config.n_embd


def read(checkpoint: Checkpoint, ids: list[int], cache: KeyValueCache) -> NDArray[np.float32]:
    """Logits for the token after the last of ``ids``, which follow what ``cache`` already holds.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    ids : list of int
        New tokens, 0-based, at least one.
    cache : KeyValueCache
        What was read before; takes up the new tokens.

    Returns
    -------
    float32 array, shape (vocab,)
        Logits in nats, equal to the last bit however the text was cut into calls.

    Raises
    ------
    ValueError
        If there is nothing to read, or more than the context has room for.
    """
    config = checkpoint.config
    if not ids:
        raise ValueError("the text is empty; give at least one word")
    stop = cache.length + len(ids)
    if stop > config.block_size:
        raise ValueError(f"the text has {stop} tokens, {checkpoint.name} reads at most {config.block_size}; shorten it")
    read_up_to = cache.length
    while read_up_to < stop:
        group_end = min(stop, read_up_to - read_up_to % ROWS + ROWS)
        stream = _read_group(checkpoint, ids[read_up_to - stop :][: group_end - read_up_to], cache)  # (R, C)
        read_up_to = group_end
    normal = layer_norm(stream, "ln_final", checkpoint.weights, config.layer_norm_epsilon)
    unembed = checkpoint.weights[unembedding(checkpoint)]  # (V, C)
    return np.asarray((normal @ unembed.T)[(stop - 1) % ROWS])


def _read_group(checkpoint: Checkpoint, ids: list[int], cache: KeyValueCache) -> Array:
    """The stream after the last block for tokens of one group, in their rows; the other rows hold nothing of use."""
    weights, config = checkpoint.weights, checkpoint.config
    new = slice(cache.length, cache.length + len(ids))
    first = cache.length - cache.length % ROWS
    x: Array = np.zeros((ROWS, config.n_embd), np.float32)
    x[new.start - first : new.stop - first] = weights["embed.weight"][ids] + weights["pos_embed.weight"][new]
    for layer in range(config.n_layer):
        block = f"blocks.{layer}"
        normal = layer_norm(x, f"{block}.ln1", weights, config.layer_norm_epsilon)
        x = x + _attention(checkpoint, normal, layer, cache, new)
        normal = layer_norm(x, f"{block}.ln2", weights, config.layer_norm_epsilon)
        neurons = bend(linear(normal, f"{block}.mlp.up", weights), config.activation)  # (R, M)
        x = x + linear(neurons, f"{block}.mlp.down", weights)
    cache.length = new.stop
    return x


def _attention(checkpoint: Checkpoint, x: Array, layer: int, cache: KeyValueCache, new: slice) -> Array:
    name, config = f"blocks.{layer}.attn", checkpoint.config
    first = new.start - new.start % ROWS
    rows, end = slice(new.start - first, new.stop - first), first + ROWS
    qkv = linear(x, f"{name}.qkv", checkpoint.weights)  # (R, 3C)
    q, k, v = qkv.reshape(ROWS, 3, config.n_head, config.d_head).transpose(1, 2, 0, 3)  # (H, R, D) each
    cache.keys[layer, :, new], cache.values[layer, :, new] = k[:, rows], v[:, rows]
    keys, values = cache.keys[layer, :, :end], cache.values[layer, :, :end]  # (H, S, D)
    scores = q @ keys.swapaxes(-1, -2) / np.float32(math.sqrt(config.d_head))  # (H, R, S)
    future = np.arange(end) > np.arange(first, end)[:, None]
    z = softmax(np.where(future, np.float32(-np.inf), scores)) @ values  # (H, R, D)
    return linear(z.transpose(1, 0, 2).reshape(x.shape), f"{name}.out", checkpoint.weights)
