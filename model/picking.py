"""What scenes show of a network, chosen by measurement: they ask here and never name a head themselves.

``python -m model.probing NAME`` writes ``assets/picks.yaml``; this reads it, or chooses on the spot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from model.activations import Activations
from model.checkpoint import Checkpoint, CheckpointError
from model.forward import run
from model.sealed import write_atomically

PICKS = Path(__file__).resolve().parent.parent / "assets" / "picks.yaml"


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
        raise CheckpointError(
            f"no sentence is picked for {checkpoint.name} ({checkpoint.digest[:12]}); give one with --text, "
            f"or pick one with python -m model.probing {checkpoint.name}"
        )
    return _pick_on_the_spot(checkpoint, text, text, None)


def _written_pick(checkpoint: Checkpoint, path: Path) -> Pick | None:
    """The pick in the file, if it was made for exactly these weights."""
    entry = _read(path).get(checkpoint.name)
    try:
        if entry is None or entry["checkpoint"] != checkpoint.digest[:12]:
            return None
        shown = entry["attention_pattern"]
        return Pick(**(shown | {"keys": tuple(shown["keys"])}))
    except (KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} holds no whole pick for {checkpoint.name}; "
            f"write it again with python -m model.probing {checkpoint.name}"
        ) from error


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


def write_picks(checkpoint: Checkpoint, pick: Pick, parts: Mapping[str, Any], path: Path = PICKS) -> None:
    """Put a network's pick and whatever else was measured into the picks file; others' entries stay.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network; its digest is written, so that the entry is used for exactly these weights.
    pick : Pick
        What AttentionPattern shows.
    parts : dict
        More sections of the entry by name; plain numbers, texts, lists and dicts.
    path : Path
        The picks file.
    """
    entry = {
        "checkpoint": checkpoint.digest[:12],
        "attention_pattern": asdict(pick) | {"keys": list(pick.keys)},
        **parts,
    }
    picks = _read(path) | {checkpoint.name: entry}
    header = "# Written by python -m model.probing NAME. Layers, heads and positions are 0-based.\n"
    write_atomically(path, (header + yaml.safe_dump(picks, sort_keys=True, width=120)).encode())


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return dict(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, TypeError, ValueError, OSError) as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(
            f"{path} cannot be read ({reason}); remove it, then write it again with python -m model.probing"
        ) from error
