"""What scenes show of a network, chosen by measurement: they ask here and never name a head themselves.

``python -m model.probing NAME`` writes ``assets/picks.yaml``; this reads it, or chooses on the spot.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model import recorded
from model.activations import Activations
from model.checkpoint import Checkpoint, CheckpointError
from model.facts import Fact
from model.forward import run
from model.probing.carriers import Carriers
from model.probing.head_labels import is_clear
from model.probing.heads import BEHAVIOURS, HeadScore, even_share, score_heads
from model.probing.labels import Label
from model.probing.picks_file import PICKS, entry, section, whole


@dataclass(frozen=True)
class Pick:
    """What AttentionPattern shows of one network.

    Attributes
    ----------
    prompt, second_prompt : str
        The sentence, and the one shown at the end.
    layer, head : int
        0-based.
    query : int
        Position of the word whose column is looked at closely.
    keys : tuple of int
        The one or two positions it takes most from (its describing words, in a picked sentence).
    contrast : int
        A position before ``query`` that does not answer it (in a text of two tokens, ``query`` itself).
    why : str
        The measurement behind the choice.
    """

    prompt: str
    second_prompt: str
    layer: int
    head: int
    query: int
    keys: tuple[int, ...]
    contrast: int
    why: str


def pick_for(checkpoint: Checkpoint, text: str | None = None, path: Path = PICKS) -> Pick:
    """What to show of a network: the pick probing wrote, or, for another text or network, one made on the spot.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    text : str, optional
        The sentence to show instead of the picked one; the head stays.
    path : Path
        The picks file.

    Raises
    ------
    CheckpointError
        If the network has no pick and no text is given.
    """
    pick = _written_pick(checkpoint, path)
    if pick is not None and text in (None, pick.prompt):
        return pick
    if pick is not None and text is not None:
        return _pick_on_the_spot(checkpoint, text, pick.prompt, (pick.layer, pick.head))
    if text is None:
        found = f"no sentence is picked for {checkpoint.name} ({checkpoint.digest[:12]}); give one with --text"
        ours = "corpus" in checkpoint.facts  # others' networks do not say what they have read
        raise CheckpointError(found + (f", or pick one with python -m model.probing {checkpoint.name}" if ours else ""))
    return _pick_on_the_spot(checkpoint, text, text, None)


def _written_pick(checkpoint: Checkpoint, path: Path) -> Pick | None:
    """The pick in the file, if it was made for exactly these weights."""
    found = entry(checkpoint, path)
    if found is None:
        return None
    with whole(checkpoint, path):
        shown = found["attention_pattern"]
        return Pick(**(shown | {"keys": tuple(shown["keys"])}))


def _pick_on_the_spot(checkpoint: Checkpoint, text: str, second: str, place: tuple[int, int] | None) -> Pick:
    try:
        activations = run(checkpoint, text)
    except ValueError as error:
        raise CheckpointError(str(error)) from error
    if len(activations.ids) < 2:
        raise CheckpointError(
            f"the text {text!r} is a single token; a pattern needs at least two, please give a longer one"
        )
    layer, head = place or most_selective_head(activations, checkpoint.config.n_layer)
    query, keys, contrast = close_up(activations, layer, head)
    why = (
        "the head picked on held-out text"
        if place
        else "the head with the strongest link between two words of this text"
    )
    return Pick(text, second, layer, head, query, keys, contrast, why)


def most_selective_head(activations: Activations, n_layer: int) -> tuple[int, int]:
    """Layer and head with the largest mean of the best share given to another word than the first or itself."""
    best, place = -1.0, (0, 0)
    for layer in range(n_layer):
        pattern = activations["pattern", layer].values
        links = np.tril(pattern, -1)
        links[:, :, 0] *= 0.5  # many heads rest on the first token; that says little
        strength = links.max(axis=-1).mean(axis=-1)
        if strength.max() > best:
            best, place = float(strength.max()), (layer, int(strength.argmax()))
    return place


def close_up(activations: Activations, layer: int, head: int) -> tuple[int, tuple[int, ...], int]:
    """A query, the one or two earlier positions it takes most from, and another earlier one, the lowest in score.

    The second position has only one before it; there the query itself stands for the other one.
    """
    pattern = np.tril(activations["pattern", layer].values[head], -1)
    scores = activations["attn_scores", layer].values[head]
    positions = len(pattern)
    two_best = np.sort(pattern, axis=1)[:, -2:].sum(axis=1)
    query = int(two_best[1:].argmax()) + 1 if positions < 4 else int(two_best[3:].argmax()) + 3
    order = np.argsort(pattern[query, :query])[::-1]
    keys = tuple(sorted(int(key) for key in order[: 2 if query >= 3 else 1]))
    rest = [key for key in range(query) if key not in keys] or [query]
    contrast = min(rest, key=lambda key: scores[query, key])
    return query, keys, int(contrast)


# -- roles, neurons, facts ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Role:
    """The head that does one thing more than any other head.

    Attributes
    ----------
    layer, head : int
        0-based.
    share : float
        What it gives, on held-out text, to the keys of this behaviour (see ``model.probing.heads.HeadScore``), 0 to 1.
    mean : float
        What all heads give on average.
    even : float
        What a head would give that spreads its attention evenly.
    """

    layer: int
    head: int
    share: float
    mean: float
    even: float

    @property
    def clear(self) -> bool:
        """Whether one may say that this head does this: a quarter of its attention, and twice an even share."""
        return is_clear(self.share, self.even)


def role(checkpoint: Checkpoint, behaviour: str, text: str | None = None, path: Path = PICKS) -> Role:
    """The head that does one thing most; whether it does so at all, ``Role.clear`` tells.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    behaviour : str
        One of ``model.probing.heads.BEHAVIOURS``.
    text : str, optional
        Measured here for a network that probing has not written about.
    path : Path
        The picks file.

    Raises
    ------
    CheckpointError
        If nothing is written about the network and no text is given, or no token of the text it was measured on can be
        asked about this behaviour.
    """
    if behaviour not in BEHAVIOURS:
        raise ValueError(f"heads are not scored for {behaviour!r}; they are for {', '.join(BEHAVIOURS)}")
    if text is None or entry(checkpoint, path) is not None:
        roles = section(checkpoint, "roles", path)
        with whole(checkpoint, path):
            if behaviour in roles:
                return Role(**roles[behaviour])
        raise CheckpointError(f"no token that {checkpoint.name} was measured on can be asked about {behaviour!r}")
    ids = checkpoint.tokenizer.encode(text)
    even = even_share(checkpoint, ids)[behaviour]
    if not even:
        raise CheckpointError(f"no token of the text {text!r} can be asked about {behaviour!r}; give a longer one")
    return best_at(behaviour, score_heads(checkpoint, ids), even)


def best_at(behaviour: str, scores: list[HeadScore], even: float) -> Role:
    """The role of the head with the highest score."""
    shares = [getattr(score, behaviour) for score in scores]
    best = scores[int(np.argmax(shares))]
    return Role(best.layer, best.head, max(shares), round(float(np.mean(shares)), 4), round(even, 4))


def neurons(checkpoint: Checkpoint, kind: str = "readable", path: Path = PICKS) -> list[Label]:
    """Neurons to show: ``"readable"``, best fitting label first; ``"mixed"``; or ``"shared"`` by two unrelated labels.

    Raises
    ------
    CheckpointError
        If nothing is written about the network.
    """
    found = section(checkpoint, "neurons", path)
    with whole(checkpoint, path):
        return [Label(**label) for label in found[kind]]


def firing(checkpoint: Checkpoint, folder: Path = recorded.RECORDINGS) -> recorded.Recording:
    """How often every neuron fires on held-out text, and its strongest places there.

    Returns
    -------
    Recording
        ``rate`` (layer, neuron), 0 to 1; ``values`` (layer, neuron, rank), largest first; ``contexts``
        (layer, neuron, rank, token), ids of the text around each; ``peaks`` (layer, neuron, rank), which of those
        tokens it fires on; and for the neurons that ``facts["picked"]`` lists as (layer, neuron): ``before_bend``
        (picked, bin), counts of the values before the bend between the ``edges`` (picked, edge).

    Raises
    ------
    CheckpointError
        If there is no such recording, or it was made of other weights.
    """
    again = f"run python -m model.probing {checkpoint.name}"
    try:
        recording = recorded.load(folder / f"{checkpoint.name}_neurons.safetensors")
    except ValueError as error:
        raise CheckpointError(f"{error}; {again}") from error
    if recording.facts.get("checkpoint") != checkpoint.digest:
        raise CheckpointError(f"the recording {recording.name} was made of other weights of {checkpoint.name}; {again}")
    return recording


def fact(checkpoint: Checkpoint, path: Path = PICKS) -> Carriers | None:
    """The fact that shows best where facts live, with its neurons; None if the network was told none or recalls none.

    Raises
    ------
    CheckpointError
        If nothing is written about the network.
    """
    found = section(checkpoint, "facts", path)
    with whole(checkpoint, path):
        shown = found["shown"]
        if shown is None:
            return None
        told = {"fact": Fact(**shown["fact"]), "neurons": tuple(shown["neurons"]), "pushes": tuple(shown["pushes"])}
        return Carriers(**(shown | told))
