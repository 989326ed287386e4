"""What each parameter does to the loss: gradients, and the loss itself after moving one parameter, in float64."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from model.checkpoint import Checkpoint
from model.gpt import GPT
from model.recording.places import Place, place_of

Array = NDArray[np.floating[Any]]

# Sizes are counted in quarters of a power of ten; what is smaller than the first edge but not 0 joins the first bin.
HISTOGRAM_EDGES = np.arange(-14, 2.01, 0.25)
LARGEST = 50
AGREEMENT = 0.02
CLOSEST = 24  # at 2**-24 rounding begins to show in the change of a float64 loss
OFFSETS = np.array([-8, -4, -2, -1, 0, 1, 2, 4, 8], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Examples:
    """What a loss is taken over: token ids and the tokens that followed, both of shape (example, position)."""

    inputs: NDArray[np.int64]
    targets: NDArray[np.int64]

    @classmethod
    def of(cls, ids: list[int]) -> Examples:
        """One text: every token but the first is to be guessed from those before it."""
        array = np.array(ids, dtype=np.int64)[None]
        return cls(array[:, :-1], array[:, 1:])


def network_of(checkpoint: Checkpoint, dtype: torch.dtype = torch.float64) -> GPT:
    """A checkpoint's weights in the PyTorch network, ready to be differentiated, nothing dropped."""
    network: GPT = GPT(checkpoint.config).to(dtype).eval()
    network.load_weights({name: torch.tensor(array, dtype=dtype) for name, array in checkpoint.weights.items()})
    return network


def losses_of(network: GPT, examples: Examples) -> Tensor:
    """Cross-entropy of every token, in nats and in the network's own precision; shape (example, position)."""
    logits = network(torch.from_numpy(examples.inputs))
    return functional.cross_entropy(logits.transpose(1, 2), torch.from_numpy(examples.targets), reduction="none")


def gradient(checkpoint: Checkpoint, examples: Examples) -> tuple[float, dict[str, Array]]:
    """Mean loss (nats a token) and its gradient: one float64 array for each tensor of the checkpoint, same shape.

    A tied unembedding has one tensor, whose gradient is the sum over both its uses.
    """
    network = network_of(checkpoint)
    loss = losses_of(network, examples).mean()
    loss.backward()
    parameters = dict(network.named_parameters())
    gradients = {name: parameters[name].grad for name in checkpoint.config.tensor_shapes()}
    return float(loss.detach()), {name: tensor.numpy() for name, tensor in gradients.items() if tensor is not None}


def summary(gradients: Mapping[str, Array]) -> dict[str, Any]:
    """What can be said of millions of entries in a few numbers.

    Returns
    -------
    dict
        ``histogram``: how many entries have a size between 10**edge and 10**next edge (``HISTOGRAM_EDGES``); ``zero``
        and ``positive``: share of entries that are exactly 0, and above 0; ``norms``: length of each tensor's gradient;
        ``largest``: the ``LARGEST`` biggest entries (``places`` and ``values``), the biggest first.
    """
    shapes = {name: array.shape for name, array in gradients.items()}
    entries = np.concatenate([array.ravel() for array in gradients.values()])
    sizes = np.abs(entries)
    exponents = np.log10(sizes[sizes > 0]).clip(HISTOGRAM_EDGES[0], HISTOGRAM_EDGES[-1])
    order = np.argsort(-sizes, kind="stable")[:LARGEST]
    return {
        "histogram": np.histogram(exponents, HISTOGRAM_EDGES)[0],
        "zero": float((entries == 0).mean()),
        "positive": float((entries > 0).mean()),
        "norms": np.array([np.linalg.norm(array) for array in gradients.values()]),
        "places": [place_of(shapes, int(number)) for number in order],
        "values": entries[order],
    }


@dataclass(frozen=True, eq=False)
class Nudges:
    """The loss re-evaluated after moving single parameters.

    Attributes
    ----------
    places : list of Place
        First those with the largest gradients, then those with small ones.
    gradients : float64 array, shape (parameter,)
        What the gradient says.
    delta : float
        The unit of the moves: at plus ``delta``, and at minus ``delta``, the loss has changed as each gradient says, to
        within 2 % (``AGREEMENT``).
    losses : float64 array, shape (parameter, offset)
        Mean loss, nats a token, with that one parameter moved by ``OFFSETS`` times ``delta``.
    """

    places: list[Place]
    gradients: Array
    delta: float
    losses: Array


def nudge(
    checkpoint: Checkpoint,
    examples: Examples,
    gradients: Mapping[str, Array],
    tensors: list[str],
    each: int = 5,
) -> Nudges:
    """Move a few parameters with large and with small gradients, and look at the loss again.

    Parameters
    ----------
    checkpoint, examples
        The network, and what its loss is taken over.
    gradients : float64 arrays by name
        As ``gradient`` gives them.
    tensors : list of str
        Where to look for parameters.
    each : int
        How many large ones (the very largest), and how many small ones (around the tenth percentile of those not 0, the
        first that follow their gradients).

    Raises
    ------
    ValueError
        If at no distance between 2**-5 and 2**-24 the loss changes to both sides as the gradients say.
    """
    network = network_of(checkpoint)
    largest, small = _candidates(gradients, tensors, each)
    for power in range(5, CLOSEST + 1):
        delta = 2.0**-power  # exact in binary, so that there and back is the same weight
        if not all(_agrees(network, examples, place, gradients, delta) for place in largest):
            continue
        calm = [place for place in small if _agrees(network, examples, place, gradients, delta)][:each]
        if len(calm) == each:
            chosen = [*largest, *calm]
            losses = [[_moved(network, examples, place, offset * delta) for offset in OFFSETS] for place in chosen]
            values = np.array([gradients[place.tensor][place.index] for place in chosen])
            return Nudges(chosen, values, delta, np.array(losses))
    raise ValueError("the loss does not change as its gradient says, however little a parameter moves")


def _candidates(gradients: Mapping[str, Array], tensors: list[str], each: int) -> tuple[list[Place], list[Place]]:
    """The largest entries, and three times as many small ones to choose from."""
    shapes = {name: gradients[name].shape for name in tensors}
    sizes = np.abs(np.concatenate([gradients[name].ravel() for name in tensors]))
    order = np.argsort(-sizes, kind="stable")[: int((sizes > 0).sum())]
    count = 3 * each
    tenth = max(0, int(0.9 * len(order)) - count // 2)
    largest, small = order[:each], order[tenth : tenth + count]
    return [place_of(shapes, int(i)) for i in largest], [place_of(shapes, int(i)) for i in small]


def _agrees(network: GPT, examples: Examples, place: Place, gradients: Mapping[str, Array], delta: float) -> bool:
    """Whether the loss follows the gradient up to ``delta`` on either side; a bend close by shows on one side only."""
    expected = gradients[place.tensor][place.index]
    here = _moved(network, examples, place, 0.0)
    slopes = [(_moved(network, examples, place, side * delta) - here) / (side * delta) for side in (-1, 1)]
    return all(abs(slope - expected) <= AGREEMENT * abs(expected) for slope in slopes)


@torch.no_grad()
def _moved(network: GPT, examples: Examples, place: Place, distance: float) -> float:
    """The mean loss with one parameter moved; it is put back afterwards."""
    tensor = dict(network.named_parameters())[place.tensor]
    before = tensor[place.index].clone()
    tensor[place.index] = before + distance
    loss = float(losses_of(network, examples).mean())
    tensor[place.index] = before
    return loss
