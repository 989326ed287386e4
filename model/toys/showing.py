"""Which sentence shows best that a translator looks across: chosen by what was measured, not by hand."""

from __future__ import annotations

from functools import cache
from itertools import combinations, islice

import numpy as np

from model.toys import language, translation
from model.toys.translation import Translation

CANDIDATES, SEED = 150, 0
LONGEST = 8  # words that can be read side by side


def swaps(places: tuple[int, ...]) -> int:
    """How many pairs of words change their order, for the place that each produced word came from."""
    return sum(earlier > later for earlier, later in combinations(places, 2))


def strongest(translated: Translation, layer: int, head: int) -> tuple[int, ...]:
    """For each produced word, end mark aside, the source place that a head looks at most."""
    pattern = translated.activations["cross.pattern"].values[layer, head]
    return tuple(int(place) for place in pattern[: len(translated.target)].argmax(-1))


@cache
def best() -> Translation:
    """The sentence of which most pairs of words swap; of these the one whose weakest link is the strongest.

    Candidates are new sentences of the language, from a seeded generator; only those count that the shipped translator
    translates right. A link is the share that its head with the best alignment gives to the word that is translated.
    """
    translator = translation.load()
    layer, head = translator.best_head

    def merit(example: language.Example, translated: Translation) -> tuple[int, float]:
        pattern = translated.activations["cross.pattern"].values[layer, head]
        weakest = min(pattern[word, place] for word, place in enumerate(example.alignment))
        return swaps(example.alignment), float(weakest)

    sentences = language.generate(np.random.default_rng(SEED))
    short = (example for example in sentences if len(example.source) <= LONGEST)
    pairs = [(example, translator.translate(" ".join(example.source))) for example in islice(short, CANDIDATES)]
    right = [(merit(*pair), pair[1]) for pair in pairs if pair[1].complete and pair[1].target == pair[0].target]
    return max(right, key=lambda one: one[0])[1]


def translated(text: str) -> Translation | None:
    """The translation of a text of two words or more, if the shipped translator can read and finish it, else None."""
    try:
        found = translation.load().translate(text)
    except ValueError:
        return None
    return found if found.complete and found.target and len(found.source) > 1 else None
