"""Which sentence shows best that a translator looks across: chosen by what was measured, not by hand."""

from __future__ import annotations

from functools import cache
from itertools import combinations, islice

import numpy as np

from model.toys import language, translation
from model.toys.translation import Translation

CANDIDATES, SEED = 150, 0
LONGEST = 8  # words that can be read side by side
CLEAR = 0.8  # a share that leaves little for others


def swaps(places: tuple[int, ...]) -> int:
    """How many pairs of words change their order, for the place that each produced word came from."""
    return sum(earlier > later for earlier, later in combinations(places, 2))


def strongest(translated: Translation, layer: int, head: int) -> tuple[int, ...]:
    """For each produced word, end mark aside, the source place that a head looks at most."""
    pattern = translated.activations["cross.pattern"].values[layer, head]
    return tuple(int(place) for place in pattern[: len(translated.target)].argmax(-1))


def shown_head(translated: Translation) -> tuple[int, int]:
    """Layer and head that divide attention most, of those that point at the same words as the best aligned one."""
    best, pattern = translation.load().best_head, translated.activations["cross.pattern"].values
    links, words = strongest(translated, *best), len(translated.target)
    heads = [head for head in np.ndindex(*pattern.shape[:2]) if strongest(translated, *head) == links]
    layer, head = min(heads, key=lambda one: float(pattern[one][:words].max(-1).mean()))
    return layer, head


def divided(translated: Translation, layer: int, head: int) -> int:
    """How many of the produced words, end mark aside, take less than ``CLEAR`` from their strongest source."""
    pattern = translated.activations["cross.pattern"].values[layer, head]
    return int((pattern[: len(translated.target)].max(-1) < CLEAR).sum())


@cache
def best() -> Translation:
    """The sentence of which most pairs of words swap; of these the one in which most words divide their attention.

    Candidates are new sentences of the language, from a seeded generator; only those count that the shipped translator
    translates right, and whose strongest links are those of the language's own rule.
    """
    translator = translation.load()

    def merit(example: language.Example, found: Translation) -> tuple[int, int]:
        return swaps(example.alignment), divided(found, *shown_head(found))

    sentences = language.generate(np.random.default_rng(SEED))
    short = (example for example in sentences if len(example.source) <= LONGEST)
    pairs = [(example, translator.translate(" ".join(example.source))) for example in islice(short, CANDIDATES)]
    right = [pair for pair in pairs if pair[1].complete and pair[1].target == pair[0].target]
    clear = [pair for pair in right if strongest(pair[1], *translator.best_head) == pair[0].alignment]
    return max(clear, key=lambda pair: merit(*pair))[1]


def translated(text: str) -> Translation | None:
    """The translation of a text of two words or more, if the shipped translator can read and finish it, else None."""
    try:
        found = translation.load().translate(text)
    except ValueError:
        return None
    return found if found.complete and found.target and len(found.source) > 1 else None
