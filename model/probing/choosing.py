"""The sentence, head and words in which a network's attention is most legible."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np

from model.activations import Activations
from model.checkpoint import Checkpoint, CheckpointError
from model.forward import run
from model.probing.heads import HeadScore
from model.probing.picking import Pick, close_up, most_selective_head
from model.tokenizer import CharTokenizer

# Words of at most seven letters, which stand upright over a column of the grid.
FIRST_HALVES = (
    "poor old", "little old", "wicked old", "good old", "wise old", "brave little", "pretty little", "poor little",
    "great black", "big black", "rich old", "tired old", "great white", "little white", "little grey", "good young",
    "ugly old", "strange old", "clever young", "kind old",
)  # fmt: skip
FIRST_NOUNS = "woman man king queen fox wolf bird prince giant witch tailor soldier horse lion girl boy".split()
SECOND_HALVES = (
    "told a long strange story", "found a small golden ring", "had a great golden crown", "took a little golden key",
    "saw a large red apple", "had a great black horse", "saw a little white bird", "told a long sad story",
    "brought a fine red rose", "heard a little silver bell", "found a small dark room", "gave a fine white horse",
    "told a strange old tale", "saw a little green garden", "had a fine golden cup", "found a small dark cave",
    "saw a high dark tower", "took a large golden egg", "had a warm red cloak", "told a long quiet story",
)  # fmt: skip
SECOND_PEOPLE = (
    ("king", "queen", "he"), ("queen", "king", "she"), ("boy", "girl", "he"), ("mother", "son", "she"),
    ("witch", "prince", "she"), ("girl", "wolf", "she"), ("woman", "soldier", "she"), ("father", "child", "he"),
)  # fmt: skip
ADVICE = "render it with --text SENTENCE"
SECOND_ENDS = ("tired", "hungry", "sorry", "afraid", "happy", "ready", "alone", "free")
CHARACTER_PROMPTS = (
    "my lord",
    "the king",
    "good sir",
    "the queen",
    "long live",
    "sweet love",
    "to be or",
    "so be it",
    "no more",
)


def sentences() -> Iterable[str]:
    """Nine-word sentences with two naming words, each after two describing words."""
    for first, noun, second in itertools.product(FIRST_HALVES, FIRST_NOUNS, SECOND_HALVES):
        if not set(first.split()) & set(second.split()):
            yield f"the {first} {noun} {second}"


def choose(checkpoint: Checkpoint, scores: list[HeadScore], tried: int = 1500) -> Pick:
    """The head, sentence and words in which describing words reach their noun most legibly.

    The heads with the highest ``describing`` score on held-out text compete over evenly spread candidate sentences,
    all of whose words are single tokens.
    """
    if isinstance(checkpoint.tokenizer, CharTokenizer):
        return _choose_characters(checkpoint)
    heads = sorted(scores, key=lambda score: -score.describing)[:3]
    single = [text for text in sentences() if len(checkpoint.tokenizer.encode(text)) == len(text.split())]
    best: tuple[float, str, HeadScore] | None = None
    for text in single[:: max(1, len(single) // tried)]:
        activations = run(checkpoint, text)
        for score in heads:
            value = _legibility(activations, score)
            if best is None or value > best[0]:
                best = (value, text, score)
    if best is None:
        raise CheckpointError(f"{checkpoint.name} has no single-token words for the candidate sentences; {ADVICE}")
    _, text, score = best
    why = (
        f"on held-out text this head gives {score.describing:.0%} of a naming word's attention to the describing words "
        f"right before it, the token before gets {score.previous:.0%} on average"
    )
    second = _second_prompt(checkpoint, score, run(checkpoint, text))
    return Pick(text, second, score.layer, score.head, 3, (1, 2), 0, why)


def _legibility(activations: Activations, score: HeadScore) -> float:
    """High if both describing words of both nouns answer, evenly, more than any other link, and the first word not."""
    pattern = activations["pattern", score.layer].values[score.head]
    raw = activations["attn_scores", score.layer].values[score.head]
    value = 0.0
    for noun, weight in ((3, 2.0), (8, 1.0)):
        shares = pattern[noun, [noun - 2, noun - 1]]
        value += weight * (shares.sum() + 2 * shares.min())
    answers, contrast = raw[3, [1, 2]].min(), raw[3, 0]
    links = np.tril(pattern, -1)
    strongest = np.unravel_index(links.argmax(), links.shape)
    value += 2.0 * (strongest in ((3, 1), (3, 2), (8, 6), (8, 7)))
    return float(value + np.clip(answers, -1, 1) - np.clip(contrast, -1, 1))


def _second_prompt(checkpoint: Checkpoint, score: HeadScore, first: Activations) -> str:
    """A sentence of the same length with a pronoun in it, the one whose pattern differs most from the first's."""
    pattern = first["pattern", score.layer].values[score.head]
    texts = [
        f"the {someone} told the {other} that {pronoun} was {end}"
        for (someone, other, pronoun), end in itertools.product(SECOND_PEOPLE, SECOND_ENDS)
    ]
    fitting = [text for text in texts if len(checkpoint.tokenizer.encode(text)) == len(first.ids)]
    if not fitting:
        raise CheckpointError(f"{checkpoint.name} has no single-token words for the second sentence; {ADVICE}")

    def difference(text: str) -> float:
        other = run(checkpoint, text)["pattern", score.layer].values[score.head]
        return float(np.abs(other - pattern).sum())

    return max(fitting, key=difference)


def _choose_characters(checkpoint: Checkpoint) -> Pick:
    """For a network of characters: the prompt and head with the strongest links."""
    texts = [text for text in CHARACTER_PROMPTS if _readable(checkpoint, text)]
    if len(texts) < 2:
        raise CheckpointError(f"{checkpoint.name} cannot read the prompts for networks of characters; {ADVICE}")
    runs = {text: run(checkpoint, text) for text in texts}

    def strength(text: str) -> float:
        layer, head = most_selective_head(runs[text], checkpoint.config.n_layer)
        return float(np.tril(runs[text]["pattern", layer].values[head], -1)[:, 1:].max(-1).mean())

    first, second = sorted(texts, key=strength, reverse=True)[:2]
    layer, head = most_selective_head(runs[first], checkpoint.config.n_layer)
    query, keys, contrast = close_up(runs[first], layer, head)
    return Pick(
        first, second, layer, head, query, keys, contrast, "the head with the strongest links between two characters"
    )


def _readable(checkpoint: Checkpoint, text: str) -> bool:
    try:
        return len(checkpoint.tokenizer.encode(text)) <= checkpoint.config.block_size
    except ValueError:
        return False
