"""Who moves the weights: AdamW, or Muon for the blocks' matrices and AdamW for the rest."""

from __future__ import annotations

import torch
from torch.optim import AdamW, Muon, Optimizer

from model.gpt import GPT
from model.settings import TrainingConfig

BETAS = (0.9, 0.99)


def optimisers(network: GPT, config: TrainingConfig) -> list[tuple[Optimizer, float]]:
    """Each optimiser with its peak learning rate; together they move every parameter once.

    Matrices shrink a little each step (weight decay); offsets and gains do not.

    Source
    ------
    AdamW: Loshchilov and Hutter 2019. Muon: Jordan et al. 2024, its steps scaled to the size of Adam's as in Liu et al.
    2025, so that both take the same kind of learning rate.
    """
    named = dict(network.named_parameters())
    hidden = [p for name, p in named.items() if p.ndim == 2 and name.startswith("blocks.")]
    tables = [p for name, p in named.items() if p.ndim == 2 and not name.startswith("blocks.")]
    vectors = [p for p in named.values() if p.ndim < 2]
    if config.optimiser == "adamw":
        return [(_adamw(hidden + tables, vectors, config), config.learning_rate)]
    rate = config.matrix_rate or config.learning_rate
    muon = Muon(hidden, lr=rate, weight_decay=config.weight_decay, adjust_lr_fn="match_rms_adamw")
    return [(_adamw(tables, vectors, config), config.learning_rate), (muon, rate)]


def _adamw(matrices: list[torch.Tensor], vectors: list[torch.Tensor], config: TrainingConfig) -> AdamW:
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return AdamW(groups, lr=config.learning_rate, betas=BETAS, fused=True)
