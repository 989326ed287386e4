"""The loop one would write first: a small GPT and AdamW, in plain PyTorch, to be measured against.

Its arithmetic is that of the published recipe (pre-norm, learned positions, fused attention, AdamW with decay on
matrices only, clipped gradients, warm-up and half a cosine); none of its code is shared with ``model``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from model.settings import TrainingConfig


class ReferenceBlock(nn.Module):
    """Attention and MLP, each on a normalised copy of the stream."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.rate = heads, dropout
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.projection = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The stream after this block; shape (batch, position, width)."""
        batch, length, width = x.shape
        shape = (batch, length, self.heads, width // self.heads)
        q, k, v = (part.view(shape).transpose(1, 2) for part in self.attention(self.norm1(x)).split(width, dim=2))
        rate = self.rate if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=rate)
        x = x + self.dropout(self.projection(mixed.transpose(1, 2).reshape(batch, length, width)))
        return x + self.dropout(self.mlp(self.norm2(x)))


class ReferenceGPT(nn.Module):
    """Token ids in, logits out; the same sizes and the same spread of starting weights as ours."""

    def __init__(self, config: TrainingConfig, vocab_size: int) -> None:
        super().__init__()
        width = config.n_embd
        self.tokens, self.places = nn.Embedding(vocab_size, width), nn.Embedding(config.block_size, width)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.Sequential(
            *(ReferenceBlock(width, config.n_head, config.dropout) for _ in range(config.n_layer))
        )
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocab_size, bias=False)
        for name, weights in self.named_parameters():
            if weights.ndim == 2:
                writes = name.endswith(("projection.weight", "mlp.2.weight"))
                nn.init.normal_(weights, std=0.02 / math.sqrt(2 * config.n_layer) if writes else 0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(weights)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Logits, shape (batch, position, vocab)."""
        x = self.tokens(ids) + self.places(torch.arange(ids.shape[1], device=ids.device))
        return self.head(self.norm(self.blocks(self.dropout(x))))


def steps(
    network: ReferenceGPT, config: TrainingConfig, ids: NDArray[np.uint16], device: str, compiled: bool
) -> Iterator[None]:
    """Train; each ``next`` is one step on windows drawn at random."""
    forward = torch.compile(network) if compiled else network
    matrices = [p for p in network.parameters() if p.ndim >= 2]
    others = [p for p in network.parameters() if p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.99), fused=True)
    text = torch.from_numpy(ids.astype(np.int64))
    length, chance = config.block_size, np.random.default_rng(config.seed)  # torch's own belongs to whoever runs beside
    network.train()
    for step in range(config.steps):
        starts = chance.integers(len(text) - length, size=config.batch_size)
        inputs = torch.stack([text[start : start + length] for start in starts]).to(device)
        targets = torch.stack([text[start + 1 : start + length + 1] for start in starts]).to(device)
        for group in optimiser.param_groups:
            group["lr"] = _rate(config, step)
        with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
            logits = forward(inputs)
            loss = functional.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), config.gradient_clip)
        optimiser.step()
        yield


def _rate(config: TrainingConfig, step: int) -> float:
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup
    done = (step - config.warmup) / (config.steps - config.warmup)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * done))
