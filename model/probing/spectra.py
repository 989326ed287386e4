"""How strongly a head's two joint tables stretch what goes through them, direction by direction.

A head uses its four tables in pairs: W_Q^T W_K scores a key for a query, W_O W_V turns what is read into what is added.
Each is n_embd wide, but of rank d_head at most.

Source: the QK and OV circuits of Elhage et al., "A mathematical framework for transformer circuits", 2021.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from model.activations import Quantity
from model.checkpoint import Checkpoint
from model.forward import head_weights

Circuit = Literal["W_O W_V", "W_Q^T W_K"]


def singular_values(checkpoint: Checkpoint, layer: int, head: int, circuit: Circuit) -> Quantity:
    """The singular values of a head's joint table, largest first, that need not be 0.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    layer, head : int
        0-based.
    circuit : {"W_O W_V", "W_Q^T W_K"}
        Which product; the scores' division by the root of d_head is not part of it.

    Returns
    -------
    Quantity
        Axes (d_head,), float64; the other n_embd - d_head are 0.
    """
    tables = head_weights(checkpoint, layer, head)
    first, second = ("W_V", "W_O") if circuit == "W_O W_V" else ("W_K", "W_Q")
    into, back = (np.asarray(tables[letter], np.float64) for letter in (first, second))  # (D, C), and (C, D) or (D, C)
    if circuit == "W_Q^T W_K":
        back = back.T
    # Orthonormal directions stretch nothing: what is left between them is a small square table.
    triangle, other = (np.asarray(np.linalg.qr(tall, mode="r")) for tall in (back, into.T))  # (D, D) each
    values = np.linalg.svd(triangle @ other.T, compute_uv=False)
    source = f"{checkpoint.name}@{checkpoint.digest[:12]}"
    return Quantity(values, f"blocks.{layer}.attn.{circuit}.{head}.singular_values", ("d_head",), source)
