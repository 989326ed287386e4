"""A few steps of plain gradient descent, one that is too large, and the map they walk on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from model.checkpoint import Checkpoint
from model.gpt import GPT
from model.recording.gradients import Examples, losses_of, network_of

Array = NDArray[np.floating[Any]]

STEPS, OVERSIZED = 3, 10
RATES = [2.0**power for power in range(5, -16, -1)]
ACROSS, ALONG = np.linspace(-1.5, 1.5, 9), np.linspace(-2, 12, 15)  # in lengths of the first step


@dataclass(frozen=True, eq=False)
class Descent:
    """Three steps down, each with its own gradient, and from the start one step ten times too large.

    Attributes
    ----------
    rate : float
        Each step moves every parameter by minus ``rate`` times its gradient.
    losses : float64 array, shape (state,)
        Mean loss of the batch, nats a token: at the start, after each step, and after the oversized one alone.
    path : float64 array, shape (state, axis)
        Where each state lies on the map, seen from straight above.
    heights : float64 array, shape (along, across)
        Mean loss on a plane through the start. ``along`` is the direction of the first step, ``across`` at a right
        angle to it, towards where the third step ended; both in lengths of the first step (``ALONG``, ``ACROSS``).
    networks : list of GPT
        The network in each state.
    """

    rate: float
    losses: Array
    path: Array
    heights: Array
    networks: list[GPT]


def descend(checkpoint: Checkpoint, batch: Examples) -> Descent:
    """Walk down from a checkpoint's weights on one batch; the same weights and batch give the same walk.

    The rate is the largest power of two with which each of the three steps lowers the loss.

    Raises
    ------
    ValueError
        If no rate down to 2**-15 does.
    """
    for rate in RATES:
        walk = _walk(checkpoint, batch, rate)
        if walk is None:
            continue
        networks, losses = walk
        too_far = _stepped(networks[0], batch, OVERSIZED * rate)[0]
        networks, losses = [*networks, too_far], [*losses, _loss(too_far, batch)]
        points = [_flat(network) for network in networks]
        along, across, path = _plane(points)
        heights = _heights(networks[0], batch, points[0], along, across)
        return Descent(rate, np.array(losses), path, heights, networks)
    raise ValueError("no learning rate lowers this batch's loss three times in a row")


def _walk(checkpoint: Checkpoint, batch: Examples, rate: float) -> tuple[list[GPT], list[float]] | None:
    """The start and three steps with their losses, or None as soon as a step does not lower the loss."""
    networks, losses = [network_of(checkpoint)], []
    for _ in range(STEPS):
        network, loss = _stepped(networks[-1], batch, rate)
        losses.append(loss)
        networks.append(network)
        if not _loss(network, batch) < loss:
            return None
    return networks, [*losses, _loss(networks[-1], batch)]


def _stepped(network: GPT, batch: Examples, rate: float) -> tuple[GPT, float]:
    """A new network one step further, and the loss at the old one."""
    loss = losses_of(network, batch).mean()
    slopes = torch.autograd.grad(loss, list(network.parameters()))
    moved = GPT(network.config).to(loss.dtype).eval()
    with torch.no_grad():
        for parameter, old, slope in zip(moved.parameters(), network.parameters(), slopes, strict=True):
            parameter.copy_(old - rate * slope)
    return moved, float(loss.detach())


@torch.no_grad()
def _loss(network: GPT, batch: Examples) -> float:
    return float(losses_of(network, batch).mean())


def _flat(network: GPT) -> torch.Tensor:
    return torch.nn.utils.parameters_to_vector(network.parameters()).detach()


def _plane(points: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor, Array]:
    """Two directions at a right angle, each as long as the first step, and every point's coordinates along them."""
    along = points[1] - points[0]
    length = along.norm()
    rest = points[STEPS] - points[0]
    rest = rest - along * (rest @ along) / length**2
    across = rest * (length / rest.norm())
    path = [[float((point - points[0]) @ axis / length**2) for axis in (along, across)] for point in points]
    return along, across, np.array(path)


@torch.no_grad()
def _heights(network: GPT, batch: Examples, start: torch.Tensor, along: torch.Tensor, across: torch.Tensor) -> Array:
    """The loss at each crossing of the map's grid; in float32, which is enough to look at."""
    surveyor = GPT(network.config).eval()
    heights = np.empty((len(ALONG), len(ACROSS)))
    for row, forward in enumerate(ALONG):
        for column, sideways in enumerate(ACROSS):
            point = start + forward * along + sideways * across
            torch.nn.utils.vector_to_parameters(point.float(), surveyor.parameters())
            heights[row, column] = _loss(surveyor, batch)
    return heights
