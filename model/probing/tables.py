"""What was measured of a network, as tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from rich.table import Table

from model.checkpoint import Checkpoint
from model.forward import run, softmax
from model.probing import lens as reading
from model.probing import space
from model.probing.heads import MEASURES, HeadScore
from model.probing.measuring import NeuronMeasurement
from model.probing.neurons import pushes
from model.probing.picking import Pick, Role

WORDS = ("king", "three", "golden", "she", "horse", "night", "e", "T")


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], caption: str = "") -> Table:
    table = Table(title=title, caption=caption or None, title_justify="left", caption_justify="left")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row))
    return table


def _shown(piece: str) -> str:
    """A piece with its white space visible, safe to print."""
    return repr(piece)[1:-1].replace(" ", "\u00b7").replace("[", "\\[")


def heads(checkpoint: Checkpoint, scores: list[HeadScore]) -> Table:
    """Every head's scores."""
    rows = [list(asdict(score).values()) for score in scores]
    title = f"{checkpoint.name}: what each head does on held-out text"
    return _table(title, ("layer", "head", *MEASURES), rows, "shares 0 to 1; entropy in nats; distance in tokens")


def roles(found: dict[str, Role]) -> Table:
    """The best head for each behaviour."""
    rows = [(name, *asdict(role).values(), "yes" if role.clear else "no") for name, role in found.items()]
    columns = ("behaviour", "layer", "head", "share", "mean of all", "if even", "clear")
    return _table("the head that does it most", columns, rows, "clear: a quarter of the attention, twice an even share")


def pick(checkpoint: Checkpoint, chosen: Pick) -> Table:
    """The sentence, head and words that AttentionPattern shows."""
    return _table(f"{checkpoint.name}: the pick", ("what", "value"), list(asdict(chosen).items()))


def lens(checkpoint: Checkpoint, prompt: str) -> Table:
    """The three best next tokens after each layer."""
    shares = softmax(reading.lens(checkpoint, run(checkpoint, prompt)).values[:, -1])
    rows = [
        [str(layer), *(f"{_shown(checkpoint.tokenizer.decode([int(t)]))} {row[t]:.1%}" for t in np.argsort(-row)[:3])]
        for layer, row in enumerate(shares)
    ]
    return _table(f"logit lens: {prompt!r} read out after each layer", ("layers", "first", "second", "third"), rows)


def contributions(checkpoint: Checkpoint, prompt: str, count: int = 10) -> Table:
    """The parts that push the likeliest next token most, and the sum of all."""
    activations = run(checkpoint, prompt)
    token = int(activations["logits"].values[-1].argmax())
    parts = reading.contributions(checkpoint, activations, -1)
    values = parts.values.values[:, token]
    order = np.argsort(-np.abs(values))[:count]
    rows: list[Sequence[Any]] = [(parts.names[part], float(values[part])) for part in order]
    rows += [("all others", float(values.sum() - values[order].sum())), ("together", float(values.sum()))]
    logit = float(activations["logits"].values[-1, token])
    piece = _shown(checkpoint.tokenizer.decode([token]))
    return _table(f"what adds to the logit of {piece}", ("part", "nats"), rows, f"the network's logit is {logit:.3g}")


def neighbours(checkpoint: Checkpoint) -> Table:
    """The nearest tokens of a few words, in both tables."""
    rows = []
    names: tuple[space.Table, ...] = ("embed", "unembed")
    for word in (word for word in WORDS if space.single_tokens(checkpoint, [(word, word)])):
        for name in names:
            near = space.neighbours(checkpoint, word, 6, name)
            rows.append((word, name, "  ".join(f"{_shown(one.piece)} {one.cosine:.2f}" for one in near)))
    return _table("nearest neighbours by cosine", ("word", "table", "nearest"), rows)


def directions(found: dict[str, Any]) -> Table:
    """How well each direction separates words it was not made of."""
    rows = [(name, table, *one.values()) for name, both in found.items() for table, one in both.items()]
    columns = ("relation", "table", "pairs", "AUC", "in order", "agreement")
    return _table("directions, each pair judged by the others", columns, rows, "AUC: 0.5 nothing, 1 perfect")


def analogies(found: dict[str, Any]) -> Table:
    """How often the expected word is nearest."""
    rows = [
        (name, table, *list(one.values())[:-1], "; ".join(_analogy(*example) for example in one["best_middle_worst"]))
        for name, both in found.items()
        for table, one in both.items()
    ]
    columns = ("relation", "table", "tried", "first", "of others", "median rank", "of others", "best, middle, worst")
    return _table("analogies", columns, rows, "of others: the three given words left out of the competition")


def _analogy(start: str, end: str, other: str, expected: str, rank: int, rank_of_others: int) -> str:
    return f"{end} - {start} + {other}: {expected} is {rank} ({rank_of_others})"


def neurons(checkpoint: Checkpoint, found: NeuronMeasurement) -> Table:
    """The chosen neurons: label, fit, rate, and what they write."""
    rows = []
    for kind, labels in found.chosen.items():
        for label in labels:
            place = label.layer, label.neuron
            spoken = "  ".join(_shown(push.piece) for push in pushes(checkpoint, *place, 5)[0])
            auc = found.separations.get(place, float("nan"))
            said = f"{label.kind} {_shown(label.text)}"
            rate = float(found.firing.rate[place])
            rows.append((kind, *place, said, label.share, label.fit, label.base, auc, label.second, rate, spoken))
    columns = ("list", "layer", "neuron", "label", "share", "fit", "base", "AUC", "second label", "rate", "speaks for")
    section = found.section()
    silent = ", ".join(map(str, section["silent"]))
    caption = f"fit: in the half where the label was not found; never firing, by layer: {silent}"
    return _table(f"neurons on {found.firing.positions} held-out positions", columns, rows, caption)


def facts(found: dict[str, Any]) -> list[Table]:
    """Recall by phrasing, without each part, and where the shown fact lives; nothing if nothing was told."""
    if not found["asked"]:
        return []
    columns = ("", "facts", "probability", "of the values", "accuracy", "rank", "median rank of all tokens")

    def rows(summaries: dict[str, Any]) -> list[Sequence[Any]]:
        return [(_shown(name).replace("\u00b7", " "), *asdict(one).values()) for name, one in summaries.items()]

    listed = [
        _table("facts, by phrasing (the last two of each kind in no training text)", columns, rows(found["phrasings"])),
        _table(
            "facts without a part",
            columns,
            rows({"everything in place": found["whole"]} | found["without"]),
            "without: silent; fixed: at its mean over held-out text; everywhere in the sentence",
        ),
    ]
    shown = found["shown"]
    if shown:
        neurons = [(n, chance, shown.others.get(n, "")) for n, chance in shown.without.items()]
        title = f"{shown.prompt!r}: {shown.fact.value}, without the strongest neurons of layer {shown.layer}"
        everything = (0, shown.probability, shown.others.get(0, ""))
        listed.append(_table(title, ("neurons off", "this fact", "mean of others"), [everything, *neurons]))
    return listed
