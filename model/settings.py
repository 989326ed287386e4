"""What one training run is: a YAML file's settings, checked before hours are spent on the text."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from model.config import GPTConfig, in_one_sentence


class TrainingConfig(BaseModel):
    """One training run, as a YAML file says it.

    Attributes
    ----------
    name : str
        The checkpoint's name.
    corpus : str
        A key of ``data.CORPORA`` or a text file.
    tokenizer : {"characters", "bpe"}; vocab_size : int
        ``vocab_size`` counts for ``bpe`` only.
    n_layer ... dropout
        As in ``GPTConfig``.
    steps, batch_size : int
        Optimiser steps; windows of ``block_size`` tokens a step, over all processes.
    optimiser : {"adamw", "muon"}
        ``muon`` steers the blocks' matrices by Muon, everything else by AdamW.
    learning_rate, matrix_rate, weight_decay, gradient_clip : float
        Rates warm up over ``warmup`` steps, then fall along half a cosine to ``final_rate`` (a share of the peak).
        ``matrix_rate`` is Muon's own; None means ``learning_rate``.
    watched_share : float
        Share of the training tokens that are not trained on but watched: they decide which weights are kept and when
        to stop. The held-out text decides nothing; it is read once, at the end.
    evaluate_every : int
        Steps between looks at the watched text.
    patience : int or None
        Stop after so many looks without a new best; None runs to the last step.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    corpus: str
    tokenizer: Literal["characters", "bpe"]
    vocab_size: int = Field(default=4096, ge=256, le=65535)
    n_layer: int = Field(gt=0)
    n_head: int = Field(gt=0)
    n_embd: int = Field(gt=0)
    block_size: int = Field(gt=0)
    activation: Literal["relu", "gelu", "gelu_tanh"] = "relu"
    bias: bool = True
    tied: bool = False
    dropout: float = Field(default=0.0, ge=0, lt=1)
    steps: int = Field(gt=0)
    batch_size: int = Field(gt=0)
    optimiser: Literal["adamw", "muon"] = "adamw"
    learning_rate: float = Field(gt=0)
    matrix_rate: float | None = Field(default=None, gt=0)
    final_rate: float = Field(default=0.0, ge=0, le=1)
    warmup: int = Field(default=100, ge=0)
    weight_decay: float = Field(default=0.1, ge=0)
    gradient_clip: float = Field(default=1.0, gt=0)
    watched_share: float = Field(default=0.02, gt=0, lt=0.5)
    evaluate_every: int = Field(default=250, gt=0)
    patience: int | None = Field(default=None, gt=0)
    seed: int = Field(default=1337, ge=0)

    @model_validator(mode="after")
    def _describes_a_network(self) -> TrainingConfig:
        self.shape(self.vocab_size)
        if self.warmup >= self.steps:
            raise ValueError(f"warmup is {self.warmup} of {self.steps} steps; leave some for learning at full rate")
        if self.matrix_rate is not None and self.optimiser != "muon":
            raise ValueError(f"matrix_rate is Muon's; the optimiser is {self.optimiser}: leave it out")
        return self

    def shape(self, vocab_size: int) -> GPTConfig:
        """The network's own part of the settings."""
        shared = {key: getattr(self, key) for key in GPTConfig.model_fields if key in type(self).model_fields}
        return GPTConfig(**(shared | {"vocab_size": vocab_size}))

    def pace(self, step: int) -> float:
        """Share of the peak learning rate at a step: linear warm-up, then half a cosine down to ``final_rate``."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        progress = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.final_rate + (1 - self.final_rate) * 0.5 * (1 + math.cos(math.pi * progress))


def read_config(path: Path) -> TrainingConfig:
    """The settings in a YAML file; a wrong one is named in a ``ValueError``."""
    try:
        return TrainingConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise ValueError(f"{path} is no training configuration: {in_one_sentence(error)}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        words = " ".join(str(error).split())
        raise ValueError(f"{path} cannot be read as a training configuration: {words}") from error
