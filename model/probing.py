"""Scores every head on held-out text and writes ``assets/picks.yaml``: ``python -m model.probing storybook``.

Scenes never name a head: they show what is picked here, from measurements.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from model import words
from model.activations import Activations
from model.checkpoint import Checkpoint, CheckpointError, load
from model.forward import run
from model.sealed import write_atomically
from model.tokenizer import CharTokenizer

PICKS = Path(__file__).resolve().parent.parent / "assets" / "picks.yaml"
WINDOWS, WINDOW = 150, 48


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


@dataclass(frozen=True)
class HeadScore:
    """What one head does on held-out text; shares are means over queries, 0 to 1; entropy in nats.

    ``describing`` is the share a naming word gives to the describing words right before it, ``previous`` to the token
    before, ``first`` to the first token, ``same`` to earlier copies of itself, ``induction`` to tokens that followed
    an earlier copy.
    """

    layer: int
    head: int
    describing: float
    previous: float
    first: float
    same: float
    induction: float
    entropy: float


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


# -- scoring ------------------------------------------------------------------------------------------------------


def score_heads(checkpoint: Checkpoint, held_out: NDArray[np.integer[Any]]) -> list[HeadScore]:
    """Every head, measured on ``WINDOWS`` windows spread evenly over held-out ids."""
    length = min(WINDOW, checkpoint.config.block_size)
    starts = np.linspace(0, len(held_out) - length, WINDOWS).astype(int)
    n_layer, n_head = checkpoint.config.n_layer, checkpoint.config.n_head
    sums = {
        name: np.zeros((n_layer, n_head)) for name in HeadScore.__dataclass_fields__ if name not in ("layer", "head")
    }
    counts = dict.fromkeys(sums, 0.0)
    for start in starts:
        ids = [int(i) for i in held_out[start : start + length]]
        activations = run(checkpoint, ids)
        pattern = np.stack([activations["pattern", layer].values for layer in range(n_layer)])  # (L, H, T, S)
        for name, weights in _targets(ids, checkpoint).items():
            queries = weights.any(axis=1)
            sums[name] += (pattern[:, :, queries] * weights[queries]).sum(axis=(2, 3))
            counts[name] += queries.sum()
        entropy = -(pattern * np.log(np.maximum(pattern, 1e-12))).sum(-1)
        sums["entropy"] += entropy.sum(-1)
        counts["entropy"] += length
    means = {name: total / max(1.0, counts[name]) for name, total in sums.items()}
    return [
        HeadScore(layer, head, **{name: round(float(mean[layer, head]), 4) for name, mean in means.items()})
        for layer, head in itertools.product(range(n_layer), range(n_head))
    ]


def _targets(ids: list[int], checkpoint: Checkpoint) -> dict[str, NDArray[np.float64]]:
    """For each behaviour, which keys count for which query: 0/1, shape (query, key)."""
    length = len(ids)
    kinds = [words.kind(piece) for piece in checkpoint.tokenizer.pieces(ids)]
    targets = {name: np.zeros((length, length)) for name in ("describing", "previous", "first", "same", "induction")}
    for query in range(1, length):
        targets["previous"][query, query - 1] = 1
        targets["first"][query, 0] = 1
        for key in range(query):
            targets["same"][query, key] = ids[key] == ids[query]
            targets["induction"][query, key] = key > 0 and ids[key - 1] == ids[query]
        key = query - 1
        while kinds[query] == "naming" and key >= 0 and kinds[key] == "describing":
            targets["describing"][query, key] = 1
            key -= 1
    return targets


# -- choosing a sentence --------------------------------------------------------------------------------------------

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
        raise CheckpointError(f"{checkpoint.name} has no single-token words for the candidate sentences; give --text")
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
        raise CheckpointError(f"{checkpoint.name} has no single-token words for the second sentence; give --text")

    def difference(text: str) -> float:
        other = run(checkpoint, text)["pattern", score.layer].values[score.head]
        return float(np.abs(other - pattern).sum())

    return max(fitting, key=difference)


def _choose_characters(checkpoint: Checkpoint) -> Pick:
    """For a network of characters: the prompt and head with the strongest links."""
    texts = [text for text in CHARACTER_PROMPTS if _readable(checkpoint, text)]
    if len(texts) < 2:
        raise CheckpointError(f"{checkpoint.name} cannot read the prompts for networks of characters; give --text")
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


def write_pick(checkpoint: Checkpoint, pick: Pick, scores: list[HeadScore], path: Path = PICKS) -> None:
    """Put a network's pick and head scores into the picks file; others' entries stay."""
    entry = {
        "checkpoint": checkpoint.digest[:12],
        "attention_pattern": asdict(pick) | {"keys": list(pick.keys)},
        "heads": [asdict(score) for score in scores],
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


def main(arguments: list[str]) -> int:
    """Score a network's heads on its held-out text, print them, write the pick."""
    from rich.console import Console
    from rich.table import Table

    from model import data

    if len(arguments) != 1:
        print("usage: python -m model.probing CHECKPOINT", file=sys.stderr)
        return 2
    try:
        checkpoint = load(arguments[0])
        corpus = checkpoint.facts.get("corpus")
        if corpus is None:
            raise CheckpointError(f"{checkpoint.name} does not say what it was trained on; show it with --text instead")
        text, _ = data.read(corpus)
        _, held_out = data.split(corpus, text)
        ids = np.array(checkpoint.tokenizer.encode(held_out[:400_000]))
        scores = score_heads(checkpoint, ids)
        pick = choose(checkpoint, scores)
        write_pick(checkpoint, pick, scores)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    table = Table(title=f"{checkpoint.name}: shares on held-out text")
    for column in HeadScore.__dataclass_fields__:
        table.add_column(column, justify="right")
    for score in scores:
        table.add_row(*(f"{value:.2f}" if isinstance(value, float) else str(value) for value in asdict(score).values()))
    Console().print(table, pick)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
