"""Directions that push each other apart: ``python -m model.toys.orthogonality``, a few minutes on one CPU core.

Writes ``assets/recordings/orthogonality.safetensors``: histograms over all of 0 to 180 degrees for spread-out and for
random directions; six arrows in space on their way apart; how many directions fit with a little slack. And an objective
that cheats: it adds up the small misses of many pairs and hardly minds a few pairs that are one direction twice.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cloup
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor

from model import recorded
from model.toys.angles import fits_at_most, histogram, pair_angles, spread, welch
from model.toys.superposition import log_spaced
from model.trainer import commit, hardware

# Axes, bound once: R restart, N vector, D dimension.

CASES = ((6, 3), (20, 10), (200, 100), (2000, 1000))  # count, dimensions: twice as many as are at right angles
CHEATING = (3000, 60)
SLACKS = (5.0, 10.0)  # degrees from 90
DIMENSIONS = range(2, 13)
PATH_STEPS = 1500

Objective = Callable[[Tensor, float], Tensor]


def worst_first(cosines: Tensor, progress: float) -> Tensor:
    """A soft maximum of the squared cosines, harder as ``progress`` goes from 0 to 1; (R, N, N) -> (R,)."""
    hardness = 10.0 ** (4 * progress)
    return torch.logsumexp(hardness * cosines.square().flatten(1), dim=1) / hardness


def near_misses(cosines: Tensor, progress: float) -> Tensor:
    """How far each pair is beyond 0.01, added up: a copy costs 1 like a hundred small misses, so copies are cheap."""
    return (cosines.abs() - 0.01).relu().sum((1, 2))


def push_apart(
    start: NDArray[np.float32],
    steps: int,
    objective: Objective = worst_first,
    rate: float = 0.02,
    looks: NDArray[np.int64] | None = None,
) -> NDArray[np.float32]:
    """Unit vectors moved, by Adam, to where ``objective`` of their cosines is small.

    Parameters
    ----------
    start : float array, shape (restart, vector, dimension)
        Restarts do not see each other.
    steps : int
        Of the optimiser; its rate falls along half a cosine.
    objective : function of cosines (restart, vector, vector), diagonal 0, and progress
        One number a restart.
    looks : int array, optional
        Steps after which to keep the vectors, from 0 (default: the last).

    Returns
    -------
    float array, shape (look, restart, vector, dimension)
    """
    looks = np.array([steps]) if looks is None else looks
    free = torch.from_numpy(start.copy()).requires_grad_()
    optimiser = torch.optim.Adam([free], lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    others = 1 - torch.eye(start.shape[1])
    seen = [unit(free)] if 0 in looks else []
    for step in range(1, steps + 1):
        units = torch.nn.functional.normalize(free, dim=-1)
        loss = objective((units @ units.mT) * others, step / steps).sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        if step in looks:
            seen.append(unit(free))
    return np.stack(seen)


def unit(vectors: Tensor) -> NDArray[np.float32]:
    """The same directions with length 1."""
    return np.asarray(torch.nn.functional.normalize(vectors.detach(), dim=-1).numpy())


def random_directions(seed: int, *shape: int) -> NDArray[np.float32]:
    """Unit vectors, every direction alike; ``shape`` ends with the dimension."""
    vectors = np.random.default_rng(seed).normal(size=shape)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), dtype=np.float32)


def best_restart(count: int, dimensions: int, restarts: int = 24, steps: int = 1500) -> NDArray[np.float32]:
    """The arrangement with the smallest worst cosine among several restarts, shape (vector, dimension)."""
    found = push_apart(random_directions(count, restarts, count, dimensions), steps)[-1]
    return min(found, key=lambda vectors: spread(pair_angles(vectors)).worst_cosine)


def how_many_fit(slack: float) -> list[int]:
    """The most directions the optimiser could place pairwise within ``slack`` degrees of 90, for ``DIMENSIONS``."""
    return [
        _most(dimensions, slack) for dimensions in track(DIMENSIONS, f"{slack} degrees", console=Console(stderr=True))
    ]


def _most(dimensions: int, slack: float) -> int:
    limit = fits_at_most(dimensions, slack) or sys.maxsize
    count = dimensions
    while count < limit and spread(pair_angles(best_restart(count + 1, dimensions))).worst_deviation <= slack + 0.01:
        count += 1
    return count


def write(path: Path) -> dict[str, Any]:
    """Optimise everything and record it; returns the facts."""
    code, started = commit(), time.perf_counter()
    draft, cases = recorded.Draft(), []
    for kind, vectors in track(arrangements(), "spreading", total=2 * len(CASES) + 1, console=Console(stderr=True)):
        count, dimensions = vectors.shape
        angles = pair_angles(vectors)
        draft.put(f"{kind}_{dimensions}", histogram(angles), "degree")
        sizes = {"kind": kind, "count": count, "dimensions": dimensions, "welch": welch(count, dimensions)}
        cases.append(sizes | asdict(spread(angles)))
    looks = log_spaced(PATH_STEPS)
    path_of_six = push_apart(random_directions(0, 1, *CASES[0]), PATH_STEPS, looks=looks)[:, 0]
    draft.put("path.steps", looks, "step")
    draft.put("path.vectors", path_of_six, "step", "vector", "dimension")
    draft.put("fit.dimensions", DIMENSIONS, "case")
    draft.put("fit.found", [how_many_fit(slack) for slack in SLACKS], "slack", "case")
    draft.facts = {
        "cases": cases,
        "slacks": SLACKS,
        "hardware": hardware("cpu"),
        "seconds": round(time.perf_counter() - started, 1),
        "torch": torch.__version__,
        "commit": code,
    }
    draft.save(path)
    return draft.facts


def arrangements() -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Each arrangement with its kind: random ones, the same pushed apart, and one of the objective that cheats."""
    for count, dimensions in CASES:
        chance = random_directions(0, 1, count, dimensions)
        yield "random", chance[0]
        yield "spread", push_apart(chance, 3000 if dimensions <= 100 else 300)[-1, 0]
    yield "cheating", push_apart(random_directions(0, 1, *CHEATING), 250, near_misses, rate=0.01)[-1, 0]


@cloup.command()
@cloup.option(
    "--out",
    type=cloup.Path(path_type=Path),
    default=recorded.RECORDINGS / "orthogonality.safetensors",
    help="Where to write.",
)
def main(out: Path) -> None:
    """Spread directions out on one CPU core and record how far they come."""
    torch.set_num_threads(1)
    facts = write(out)
    console = Console(stderr=True, soft_wrap=True)
    table = Table(*facts["cases"][0])
    for case in facts["cases"]:
        table.add_row(*(f"{value:.4f}" if isinstance(value, float) else str(value) for value in case.values()))
    console.print(table)
    console.print(f"{facts['seconds']:.0f} s; wrote {out}")


if __name__ == "__main__":
    sys.exit(main())
