"""The small networks of the ladder: a table of letter pairs first, then one ingredient more at a time.

One class wires them all, so that two rungs differ in their shape and in nothing else. Unlike ``model.gpt``, whose
blocks are always whole, a block here can lack its bypass, its layer norms, its MLP, or learned shares.

Source: the exercise follows A. Karpathy's lecture "Let's build GPT: from scratch, in code, spelled out" (2023).
Starting weights are PyTorch's own, as there: a unit bell curve for tables, uniform within 1/sqrt(inputs) for maps.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

# Axes, bound once: B batch, T position (query), S position (key), C n_embd, H head, D d_head, M d_mlp, V vocabulary.


class RungShape(BaseModel):
    """What a rung is made of.

    Parameters
    ----------
    look : {"nothing", "even", "learned"}
        How letters look back: not at all (one row of scores for each letter; the sizes below then play no part but
        ``block_size``), with equal shares over all letters so far, or with shares each letter works out (attention).
    block_size, n_embd, n_layer, n_head : int
        Longest context in letters; width; blocks; heads a block.
    projection : bool
        Whether the heads' results pass through one more table before they are handed on.
    mlp : {"none", "thin", "wide"}
        After looking back: nothing, one table as wide as the stream and a ReLU, or up to four times the width, ReLU,
        and down again.
    bypass : bool
        Whether a block adds to the stream (a residual connection) or replaces it.
    norm : {"none", "before", "after"}
        Layer norm: none; on what each part reads, and once before the unembedding; or on the stream after each part.
    dropout : float
        Share dropped in training: of the attention pattern, and of what each part hands on.

    Raises
    ------
    pydantic.ValidationError
        If ``n_embd`` is not a multiple of ``n_head``, or a size is not positive.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    look: Literal["nothing", "even", "learned"] = "learned"
    block_size: int = Field(default=8, gt=0)
    n_embd: int = Field(default=32, gt=0)
    n_layer: int = Field(default=1, gt=0)
    n_head: int = Field(default=1, gt=0)
    projection: bool = False
    mlp: Literal["none", "thin", "wide"] = "none"
    bypass: bool = False
    norm: Literal["none", "before", "after"] = "none"
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)

    @model_validator(mode="after")
    def _heads_divide_width(self) -> RungShape:
        if self.n_embd % self.n_head:
            raise ValueError(f"n_embd is {self.n_embd}, which {self.n_head} heads do not divide; choose a multiple")
        return self


class PairTable(nn.Module):
    """One row of scores for each letter: a memory of a single letter."""

    def __init__(self, vocab_size: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocab_size, vocab_size)

    def forward(self, ids: Tensor) -> Tensor:  # (B, T)
        """Logits for the letter after each position."""
        logits: Tensor = self.table(ids)  # (B, T, V)
        return logits


class EvenShares(nn.Module):
    """Each position receives the plain mean of what it and all earlier ones hand over."""

    def __init__(self, shape: RungShape) -> None:
        super().__init__()
        self.value = nn.Linear(shape.n_embd, shape.n_embd, bias=False)
        seen = torch.ones(shape.block_size, shape.block_size).tril()  # (T, S)
        self.register_buffer("shares", seen / seen.sum(-1, keepdim=True), persistent=False)

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """The running mean of the values."""
        positions = x.shape[1]
        mean: Tensor = self.shares[:positions, :positions] @ self.value(x)  # (T, S) (B, S, C) -> (B, T, C)
        return mean


class Attention(nn.Module):
    """Each position asks, every earlier one offers; heads lie side by side in the result."""

    def __init__(self, shape: RungShape) -> None:
        super().__init__()
        self.n_head, self.dropout = shape.n_head, shape.dropout
        self.qkv = nn.Linear(shape.n_embd, 3 * shape.n_embd, bias=False)
        self.out = nn.Linear(shape.n_embd, shape.n_embd) if shape.projection else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """What attention hands on at each position."""
        q, k, v = self.qkv(x).unflatten(-1, (3, self.n_head, -1)).permute(2, 0, 3, 1, 4)  # (B, H, T, D) each
        dropout = self.dropout if self.training else 0.0
        z = functional.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True)  # (B, H, T, D)
        handed_on: Tensor = self.out(z.transpose(1, 2).flatten(2))  # (B, T, C)
        return handed_on


class ThinMLP(nn.Module):
    """One table and a bend."""

    def __init__(self, shape: RungShape) -> None:
        super().__init__()
        self.only = nn.Linear(shape.n_embd, shape.n_embd)

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """Every position by itself."""
        return functional.relu(self.only(x))


class WideMLP(nn.Module):
    """Up to four times the width, bend, down."""

    def __init__(self, shape: RungShape) -> None:
        super().__init__()
        self.up = nn.Linear(shape.n_embd, 4 * shape.n_embd)
        self.down = nn.Linear(4 * shape.n_embd, shape.n_embd)

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """Every position by itself."""
        written: Tensor = self.down(functional.relu(self.up(x)))  # (B, T, M) -> (B, T, C)
        return written


MLPS = {"thin": ThinMLP, "wide": WideMLP}


class Step(nn.Module):
    """One part of a block in its wiring: with or without a bypass, with layer norm before, after or not at all."""

    def __init__(self, part: nn.Module, shape: RungShape) -> None:
        super().__init__()
        self.bypass = shape.bypass
        self.before = nn.LayerNorm(shape.n_embd) if shape.norm == "before" else nn.Identity()
        self.part = part
        self.drop = nn.Dropout(shape.dropout)
        self.after = nn.LayerNorm(shape.n_embd) if shape.norm == "after" else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """The stream after this part."""
        written = self.drop(self.part(self.before(x)))
        stream: Tensor = self.after(x + written if self.bypass else written)
        return stream


class Block(nn.Module):
    """Look back, then (if there is an MLP) think."""

    def __init__(self, shape: RungShape) -> None:
        super().__init__()
        self.attn = Step(EvenShares(shape) if shape.look == "even" else Attention(shape), shape)
        self.mlp = Step(MLPS[shape.mlp](shape), shape) if shape.mlp in MLPS else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """The stream after this block."""
        stream: Tensor = self.mlp(self.attn(x))
        return stream


class RungNetwork(nn.Module):
    """Letter ids in, one logit for every possible next letter out."""

    def __init__(self, shape: RungShape, vocab_size: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab_size, shape.n_embd)
        self.pos_embed = nn.Embedding(shape.block_size, shape.n_embd)
        self.blocks = nn.Sequential(*(Block(shape) for _ in range(shape.n_layer)))
        self.ln_final = nn.LayerNorm(shape.n_embd) if shape.norm == "before" else nn.Identity()
        self.unembed = nn.Linear(shape.n_embd, vocab_size)

    def forward(self, ids: Tensor) -> Tensor:  # (B, T)
        """Logits for the letter after each position."""
        x = self.embed(ids) + self.pos_embed.weight[: ids.shape[1]]  # (B, T, C)
        logits: Tensor = self.unembed(self.ln_final(self.blocks(x)))  # (B, T, V)
        return logits


def build(shape: RungShape, vocab_size: int) -> PairTable | RungNetwork:
    """A rung's network with fresh weights, drawn from torch's own generator.

    Called with int64 ids of shape (batch, position), at most ``block_size`` positions, it returns logits in nats of
    shape (batch, position, vocab).
    """
    return PairTable(vocab_size) if shape.look == "nothing" else RungNetwork(shape, vocab_size)


def count_parameters(network: nn.Module) -> int:
    """How many numbers training may change."""
    return sum(parameter.numel() for parameter in network.parameters())
