"""What training goes by, read back from a recording: gradients, nudged parameters, a few steps downhill.

Every function takes what ``history.of`` found. Losses are in nats a token; no torch is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.activations import Quantity
from model.recorded import Recording
from model.recording.places import Place


@dataclass(frozen=True, eq=False)
class Gradient:
    """The slope of one loss along every parameter.

    Attributes
    ----------
    loss : float
        Mean, nats a token.
    zero, positive : float
        Share of all entries that are exactly 0, and above 0.
    norms : dict of Quantity
        Length of each tensor's gradient.
    places, largest : list of Place, Quantity (entry,)
        The largest entries by size, the largest first.
    histogram, edges : Quantity (bin,), (edge,)
        How many entries have a size between 10**edge and 10**next edge; exact zeros are not among them, and the first
        bin also holds everything smaller.
    slices : dict of Quantity
        Entries of the picked parts, in the shape of the weights: ``head.W_Q`` ... ``head.W_O``, ``neuron.read``,
        ``neuron.write``; for the sentence at the final weights also ``mlp.up``, ``mlp.down`` (the picked neuron's MLP),
        ``tracked.embed`` and ``tracked.unembed``.
    """

    loss: float
    zero: float
    positive: float
    norms: dict[str, Quantity]
    places: list[Place]
    largest: Quantity
    histogram: Quantity
    edges: Quantity
    slices: dict[str, Quantity]


def gradient(recording: Recording, of: str = "example", at: str = "final") -> Gradient:
    """The gradient of the picked sentence's loss (``example``) or a training batch's (``batch``).

    Parameters
    ----------
    recording : Recording
        As ``history.of`` found it.
    of : {"example", "batch"}
        Whose loss.
    at : {"final", "early"}
        At which weights; ``facts["gradient"]["early_step"]`` says how early.

    Raises
    ------
    ValueError
        If it is neither of these.
    """
    name = f"gradient.{of}.{at}"
    if name not in recording.facts:
        raise ValueError(f"there is no gradient of {of!r} at {at!r}; of is example or batch, at is final or early")
    facts = recording.facts[name]
    norms = recording[f"{name}.norms"]
    slices = [key for key in recording if key.startswith((f"{name}.head.", f"{name}.neuron.", f"{name}.mlp."))]
    slices += [key for key in recording if key.startswith(f"{name}.tracked.")]
    return Gradient(
        facts["loss"],
        facts["zero"],
        facts["positive"],
        {tensor: norms[place] for place, tensor in enumerate(recording.facts["tensors"])},
        [Place.from_facts(place) for place in facts["places"]],
        recording[f"{name}.largest"],
        recording[f"{name}.histogram"],
        recording["gradient.edges"],
        {key.removeprefix(f"{name}."): recording[key] for key in slices},
    )


@dataclass(frozen=True, eq=False)
class Nudge:
    """One parameter moved, and the picked sentence's loss evaluated again.

    Attributes
    ----------
    place : Place
        The parameter.
    gradient : Quantity, no axes
        What the gradient says: nats for each unit of the parameter.
    offsets : Quantity (offset,)
        How far it was moved, from negative to positive; the middle one is 0.
    losses : Quantity (offset,)
        The mean loss there, nats a token.
    delta : float
        The move at which the loss, to each side alone, changes as its gradient says, to within 2 %.
    """

    place: Place
    gradient: Quantity
    offsets: Quantity
    losses: Quantity
    delta: float


def nudges(recording: Recording) -> list[Nudge]:
    """Ten parameters of one MLP: first the five with the largest gradients, then five with small ones."""
    facts = recording.facts["nudge"]
    slopes, losses = recording["nudge.gradients"], recording["nudge.losses"]
    return [
        Nudge(Place.from_facts(place), slopes[row], recording["nudge.offsets"], losses[row], facts["delta"])
        for row, place in enumerate(facts["places"])
    ]


@dataclass(frozen=True, eq=False)
class Descent:
    """Plain gradient descent on one batch from early weights: the start, three steps, and one step too large.

    Attributes
    ----------
    rate : float
        Steps move by minus this times the gradient; the oversized one, from the start, by ten times that.
    text, ids : str, list of int
        The beginning of one example of the batch, where the favourite next token is wrong at first; and its tokens.
    truth, favourite : int
        Ids of the token that follows in the batch, and of the one thought likeliest at the start.
    losses : Quantity (state,)
        The batch's mean loss; the last state is the oversized step.
    path : Quantity (state, axis)
        Where the states lie on the map, in lengths of the first step: along it, and across.
    heights, along, across : Quantity (along, across), (along,), (across,)
        The batch's loss on the map, and its grid.
    dials : Quantity (state, dial)
        The parameters of ``history.dials``.
    probabilities : Quantity (state, vocab)
        What the text is answered with.
    """

    rate: float
    text: str
    ids: list[int]
    truth: int
    favourite: int
    losses: Quantity
    path: Quantity
    heights: Quantity
    along: Quantity
    across: Quantity
    dials: Quantity
    probabilities: Quantity


def descent(recording: Recording) -> Descent:
    """Three true optimisation steps on one batch, and an oversized one."""
    facts = recording.facts["descent"]
    ids = [int(token) for token in recording["descent.ids"].values]
    names = ("losses", "path", "heights", "along", "across", "dials", "probabilities")
    arrays = (recording[f"descent.{name}"] for name in names)
    return Descent(facts["rate"], facts["text"], ids, facts["truth"], facts["favourite"], *arrays)
