"""What the network remembers of the invented people, and which parts it cannot do without.

The facts are those of ``model.facts``: mixed into the training text, about nobody who exists.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from model.activations import Edit
from model.checkpoint import Checkpoint
from model.facts import PHRASINGS, VALUES, Fact
from model.forward import run
from model.probing.ablation import Without

# Said in no training text: what was learned, if recall holds here, is the fact and not the sentence.
UNSEEN = {
    "instrument": ("All the winter long {name} played the {value}.", "They danced while {name} played the {value}."),
    "trade": ("In those days {name} was a {value}.", "Long ago there lived {name}, who was a {value}."),
}


def prompts(fact: Fact, phrasings: Iterable[str] | None = None) -> list[str]:
    """The fact's sentences up to its value, of those that say the name first; those of training if none are given."""
    asked = []
    for phrasing in PHRASINGS[fact.kind] if phrasings is None else phrasings:
        before, _, after = phrasing.partition(" {value}")
        if "{name}" in before and "{value}" not in before + after:
            asked.append(before.format(name=fact.name))
    return asked


@dataclass(frozen=True)
class Recall:
    """How well a prompt brings back its fact.

    Attributes
    ----------
    prompt : str
        The sentence without its end.
    value : str
        The right end.
    probability : float
        Of the value, among everything that could follow (a value of several tokens: the product), 0 to 1.
    share : float
        Of the value, among the values there are (``model.facts.VALUES``), 0 to 1.
    rank : int
        Of the value among those, 1 is best.
    vocabulary_rank : int
        Of the value's first token among all tokens, 1 is best.
    """

    prompt: str
    value: str
    probability: float
    share: float
    rank: int
    vocabulary_rank: int


def recall(checkpoint: Checkpoint, fact: Fact, prompt: str, edit: Edit | None = None) -> Recall:
    """What the network answers to one prompt, with a part switched off if an edit is given.

    Raises
    ------
    ValueError
        If the prompt with its longest value does not fit the network's context, or has unknown characters.
    """
    ids = checkpoint.tokenizer.encode(prompt)
    first = run(checkpoint, ids, edit=edit)["probabilities"].values[-1]
    chances = {}
    for value in VALUES[fact.kind]:
        tokens = checkpoint.tokenizer.encode(f" {value}")
        chance = float(first[tokens[0]])
        if len(tokens) > 1:
            rows = run(checkpoint, ids + tokens[:-1], edit=edit)["probabilities"].values[len(ids) :]
            chance *= float(np.prod([row[token] for row, token in zip(rows, tokens[1:], strict=True)]))
        chances[value] = chance
    right = chances[fact.value]
    start = checkpoint.tokenizer.encode(f" {fact.value}")[0]
    return Recall(
        prompt,
        fact.value,
        right,
        right / sum(chances.values()),
        1 + sum(chance > right for chance in chances.values()),
        1 + int((first > first[start]).sum()),
    )


@dataclass(frozen=True)
class Summary:
    """Recall over many facts.

    Attributes
    ----------
    count : int
        How many.
    probability, share : float
        Means, 0 to 1.
    accuracy : float
        Share of facts whose value comes first among the values.
    rank : float
        Mean rank among the values.
    vocabulary_rank : float
        Median rank among all tokens (a few far misses would drown a mean).
    """

    count: int
    probability: float
    share: float
    accuracy: float
    rank: float
    vocabulary_rank: float


def summarise(recalls: list[Recall]) -> Summary:
    """Many recalls in a few numbers.

    Raises
    ------
    ValueError
        If there are none.
    """
    if not recalls:
        raise ValueError("there is nothing to summarise; give at least one recall")
    return Summary(
        count=len(recalls),
        probability=float(np.mean([one.probability for one in recalls])),
        share=float(np.mean([one.share for one in recalls])),
        accuracy=float(np.mean([one.rank == 1 for one in recalls])),
        rank=float(np.mean([one.rank for one in recalls])),
        vocabulary_rank=float(np.median([one.vocabulary_rank for one in recalls])),
    )


def by_phrasing(checkpoint: Checkpoint, facts: list[Fact]) -> dict[str, Summary]:
    """Recall for each phrasing, those of training first, then those never seen."""
    table = {}
    for kind in PHRASINGS:
        known = [fact for fact in facts if fact.kind == kind]
        for phrasing in (*PHRASINGS[kind], *UNSEEN[kind]):
            asked = [(fact, prompt) for fact in known for prompt in prompts(fact, [phrasing])]
            if asked:
                table[phrasing] = summarise([recall(checkpoint, fact, prompt) for fact, prompt in asked])
    return table


def without_each(
    checkpoint: Checkpoint, facts: list[Fact], parts: Iterable[Without]
) -> tuple[Summary, dict[str, Summary]]:
    """Recall of the first phrasing with everything in place, and with each of the parts switched off, by label."""

    def measured(edit: Edit | None) -> Summary:
        return summarise([recall(checkpoint, fact, prompts(fact)[0], edit) for fact in facts])

    return measured(None), {part.label: measured(part) for part in parts}
