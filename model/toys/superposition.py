"""The toy model of superposition, trained: ``python -m model.toys.superposition``, a few minutes on one CPU core.

x' = ReLU(W^T W x + b) tries to hand through more features than it has dimensions (Elhage et al. 2022, "Toy Models of
Superposition"). For each sparsity several seeds are trained side by side and the one with the lowest loss is kept;
the others' losses are recorded too. Writes ``assets/recordings/superposition.safetensors``.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cloup
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor

from model import recorded
from model.toys.feature_geometry import dimensionality, represented
from model.trainer import commit, hardware

# Axes, bound once: I instance (sparsity x seed), B batch, F feature, D dimension.

SPARSITIES = (0.0, 0.7, 0.8, 0.9, 0.97, 0.99)


class ToySettings(BaseModel):
    """One family of toy models.

    Attributes
    ----------
    features, dimensions : int
        How many features there are, and how many numbers they must pass through.
    importance : float
        Each feature counts this much of the one before it in the loss.
    sparsities : tuple of float
        Probability that a feature is 0; otherwise it is uniform on 0 to 1.
    seeds : int
        Trained for each sparsity; the best is kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    features: int = Field(gt=0)
    dimensions: int = Field(gt=0)
    importance: float = Field(gt=0, le=1)
    sparsities: tuple[float, ...] = SPARSITIES
    seeds: int = Field(default=10, gt=0)
    steps: int = Field(default=10_000, gt=0)
    batch_size: int = Field(default=512, gt=0)
    learning_rate: float = Field(default=3e-3, gt=0)
    seed: int = 0


# After the paper's: five features in a plane, and twenty that fall off in importance more steeply.
FAMILIES = {
    "five_in_two": ToySettings(features=5, dimensions=2, importance=0.9),
    "twenty_in_five": ToySettings(features=20, dimensions=5, importance=0.7),
}
EVALUATION, AT_ONCE = 200_000, 10_000  # fresh draws of all features: rare ones need many


@dataclass(frozen=True)
class Trained:
    """The best model of each sparsity, on the way and at the end.

    Attributes
    ----------
    steps : int array, shape (step,)
        At which ``directions`` and ``offsets`` were kept, log-spaced from 0 to the last.
    directions : float array, shape (step, sparsity, feature, dimension)
        W, transposed as the paper writes it.
    offsets : float array, shape (step, sparsity, feature)
        b.
    losses : float array, shape (sparsity, seed)
        Of every seed at the end, on fresh features: squared error, weighted by importance, mean over features.
    """

    steps: NDArray[np.int64]
    directions: NDArray[np.float32]
    offsets: NDArray[np.float32]
    losses: NDArray[np.float32]


def train(settings: ToySettings, name: str = "superposition") -> Trained:
    """Train every sparsity and seed side by side; the same settings give the same models on the same machine."""
    generator = torch.Generator().manual_seed(settings.seed)
    sparsities = torch.tensor(settings.sparsities).repeat_interleave(settings.seeds)  # (I,)
    importance = settings.importance ** torch.arange(settings.features)  # (F,)
    size = (len(sparsities), settings.features, settings.dimensions)
    start = math.sqrt(2 / (settings.features + settings.dimensions))
    directions = (start * torch.randn(size, generator=generator)).requires_grad_()  # (I, F, D)
    offsets = torch.zeros(size[:2], requires_grad=True)  # (I, F)
    optimiser = torch.optim.Adam([directions, offsets], lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.steps)
    looks = log_spaced(settings.steps)
    seen = [(directions.detach().clone(), offsets.detach().clone())]
    for step in track(range(1, settings.steps + 1), name, console=Console(stderr=True)):
        features = draw(settings.batch_size, settings.features, sparsities, generator)  # (I, B, F)
        losses = loss_of(directions, offsets, features, importance)  # (I,)
        optimiser.zero_grad(set_to_none=True)
        losses.sum().backward()
        optimiser.step()
        schedule.step()
        if step in looks:
            seen.append((directions.detach().clone(), offsets.detach().clone()))
    fresh = (draw(AT_ONCE, settings.features, sparsities, generator) for _ in range(EVALUATION // AT_ONCE))
    with torch.no_grad():
        parts = [loss_of(directions, offsets, features, importance) for features in fresh]
    losses = torch.stack(parts).mean(0).reshape(-1, settings.seeds)
    best = losses.argmin(1) + settings.seeds * torch.arange(len(losses))  # (sparsity,)
    return Trained(
        looks,
        torch.stack([directions[best] for directions, _ in seen]).numpy(),
        torch.stack([offsets[best] for _, offsets in seen]).numpy(),
        losses.numpy(),
    )


def draw(count: int, features: int, sparsities: Tensor, generator: torch.Generator) -> Tensor:
    """Features for every instance, shape (instance, batch, feature): the same draw, thinned out to each sparsity."""
    strengths = torch.rand(count, features, generator=generator)  # (B, F)
    chances = torch.rand(count, features, generator=generator)
    return strengths * (chances >= sparsities[:, None, None])  # (I, B, F)


def loss_of(directions: Tensor, offsets: Tensor, features: Tensor, importance: Tensor) -> Tensor:
    """Squared error of what comes out, weighted by importance, mean over batch and features: one number an instance."""
    squeezed = features @ directions  # (I, B, D)
    read_back = torch.relu(squeezed @ directions.mT + offsets[:, None])  # (I, B, F)
    return (importance * (features - read_back) ** 2).mean((1, 2))  # (I,)


def log_spaced(last: int, count: int = 60) -> NDArray[np.int64]:
    """0, 1, ... ``last``: at most ``count`` + 1 different steps, as far apart in ratio as can be."""
    return np.unique(np.concatenate([[0], np.geomspace(1, last, count).round()])).astype(np.int64)


def write(path: Path, families: Mapping[str, ToySettings]) -> dict[str, Trained]:
    """Train each family and record it, with measures of the last directions; returns what was trained."""
    code, started = commit(), time.perf_counter()
    trained = {name: train(settings, name) for name, settings in families.items()}
    draft = recorded.Draft()
    for name, family in trained.items():
        last = family.directions[-1]
        draft.put(f"{name}.steps", family.steps, "step")
        draft.put(f"{name}.directions", family.directions, "step", "sparsity", "feature", "dimension")
        draft.put(f"{name}.offsets", family.offsets, "step", "sparsity", "feature")
        draft.put(f"{name}.losses", family.losses, "sparsity", "seed")
        draft.put(f"{name}.dimensionality", dimensionality(last).astype(np.float32), "sparsity", "feature")
        draft.put(f"{name}.represented", represented(last).sum(-1), "sparsity")
    draft.facts = {
        "families": {name: settings.model_dump() for name, settings in families.items()},
        "kept": "of each sparsity the seed with the lowest loss on fresh features; every seed's loss is in losses",
        "fresh_features": EVALUATION,
        "hardware": hardware("cpu"),
        "seconds": round(time.perf_counter() - started, 1),
        "torch": torch.__version__,
        "commit": code,
    }
    draft.save(path)
    return trained


@cloup.command()
@cloup.option(
    "--out",
    type=cloup.Path(path_type=Path),
    default=recorded.RECORDINGS / "superposition.safetensors",
    help="Where to write.",
)
def main(out: Path) -> None:
    """Train the toy models on one CPU core and record them."""
    torch.set_num_threads(1)
    console = Console(stderr=True, soft_wrap=True)
    for name, family in write(out, FAMILIES).items():
        table = Table("sparsity", "best loss", "median loss", "represented", "dimensionality", title=name)
        for row, sparsity in enumerate(FAMILIES[name].sparsities):
            last = family.directions[-1, row]
            losses = family.losses[row]
            shares = " ".join(f"{share:.2f}" for share in dimensionality(last))
            numbers = f"{losses.min():.5f}", f"{np.median(losses):.5f}", str(represented(last).sum())
            table.add_row(str(sparsity), *numbers, shares)
        console.print(table)
    console.print(f"wrote {out}")


if __name__ == "__main__":
    sys.exit(main())
