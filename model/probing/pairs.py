"""Which word and which two sentences show best that a word means what its surroundings make of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.activations import Activations
from model.checkpoint import Checkpoint, CheckpointError
from model.forward import run
from model.probing.choosing import CHARACTER_PROMPTS
from model.probing.contexts import effects, guesses_apart, likeness
from model.probing.picking import pick_for
from model.probing.picks_file import PICKS, entry, whole
from model.tokenizer import CharTokenizer

SECTION, BETWEEN = "contexts", " | "
# Short sentences that use one word in two senses. What comes after the word is for the viewer: the network cannot see
# it when it reads the word.
SENSES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "left": (
        (
            "he held up his left hand to her", "he lifted up his left hand again", "the ring on her left hand shone",
            "the wolf hurt his left foot badly", "she held out her left hand to him",
            "he lifted up his left arm to her",
        ),
        (
            "the next day he left his home", "and soon the prince left her alone", "then the king left the castle",
            "so the poor boy left his father", "one day the king left his castle", "the next day she left her home",
            "then the old king left his home",
        ),
    ),
    "right": (
        ("he held up his right hand", "she put it on her right hand", "the king held up his right hand"),
        ("you are all quite right about that", "they all said he was right", "i think that you are right"),
    ),
    "like": (
        ("her eyes shone bright like stars", "and her hair shone like gold", "his eyes were shining like fire"),
        ("the two children would like to go home", "i should very much like to eat", "the king said he would like it"),
    ),
    "rose": (
        ("in the garden a rose bloomed", "she plucked the red rose", "in the garden grew a rose"),
        ("then the old king rose from his chair", "at once the boy rose early", "the next morning he rose early"),
    ),
    "last": (
        ("and the king came at last to a wood", "and they came at last home"),
        ("this was the very last of them", "that night was the last of all"),
    ),
    "light": (
        ("far away he saw a light burning", "in the window was a light"),
        ("his heart grew quite light again", "the bag was now very light"),
    ),
    "part": (
        ("the friends now had to part with him", "now we all must part"),
        ("he gave her a large part of it", "she ate the best part of it"),
    ),
    "saw": (
        ("then the old king saw the wolf", "when he came home he saw a light"),
        ("he cut it with a saw", "he cut the tree with a saw"),
    ),
    "kind": (
        ("the old woman was kind to him", "the good queen was very kind to her"),
        ("he had never seen that kind of bird", "there were birds of every kind"),
    ),
    "back": (
        ("the boy sat on its back", "he rode home upon its back"),
        ("then the girl ran back to him", "the king never came back"),
    ),
}  # fmt: skip
ADVICE = f"give two sentences with --text 'FIRST{BETWEEN}SECOND'"


@dataclass(frozen=True)
class Pair:
    """One token in two texts.

    Attributes
    ----------
    first, second : str
        The texts.
    place, other_place : int
        Where the token is in each, 0-based.
    layer, head : int
        The head without which the two vectors would end most alike, 0-based.
    kind : {"picked", "given", "made"}
        Whether probing chose the texts, somebody gave both, or the second was made for comparison.
    why : str
        The measurement behind the choice.
    """

    first: str
    second: str
    place: int
    other_place: int
    layer: int
    head: int
    kind: str
    why: str


def choose_pair(checkpoint: Checkpoint) -> Pair | None:
    """The pair that parts one token's streams furthest while different words are most plainly guessed to come next.

    None if the network can read no two of the sentences.
    """
    passes: dict[str, Activations] = {}
    best: tuple[float, tuple[str, str, int]] | None = None
    for first, second, token in _candidates(checkpoint):
        for text in (first, second):
            if text not in passes:
                passes[text] = run(checkpoint, text)
        one, other = passes[first], passes[second]
        for place in _same_places(one.ids, other.ids, token):
            parted = 1 - float(likeness(one, other, place, place).values[-1])
            score = parted * guesses_apart(checkpoint, one, other, place, place)
            if best is None or score > best[0]:
                best = (score, (first, second, place))
    if best is None:
        return None
    first, second, place = best[1]
    return _pair(checkpoint, passes[first], passes[second], (first, second), (place, place), "picked")


def _candidates(checkpoint: Checkpoint) -> Iterable[tuple[str, str, int | None]]:
    """Two texts and the token to look at; any token of networks of characters."""
    if isinstance(checkpoint.tokenizer, CharTokenizer):
        known = [text for text in CHARACTER_PROMPTS if _reads(checkpoint, text)]
        yield from ((one, other, None) for one, other in itertools.combinations(known, 2))
        return
    for word, senses in SENSES.items():
        ids = _ids(checkpoint, f" {word}")
        if ids is not None and len(ids) == 1:
            ones, others = ([text for text in texts if _reads(checkpoint, text)] for texts in senses)
            yield from ((one, other, ids[0]) for one, other in itertools.product(ones, others))


def _same_places(ids: Sequence[int], others: Sequence[int], token: int | None = None) -> list[int]:
    """Places of the same token in both texts, with different tokens before; letters not before the fourth place."""
    return [
        place
        for place, (one, other) in enumerate(zip(ids, others, strict=False))
        if one == other and ids[:place] != others[:place] and (one == token or (token is None and place >= 3))
    ]


def pair_for(checkpoint: Checkpoint, text: str | None = None, path: Path = PICKS) -> Pair:
    """What to show of a network: the pair probing wrote, or one for another text.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    text : str, optional
        Two texts with `` | `` between, that share a token; or one, to which a second is made: the words before one of
        its words are exchanged for those of another sentence, where that parts the streams most.
    path : Path
        The picks file.

    Raises
    ------
    CheckpointError
        If nothing is written about the network and no text is given, the texts cannot be read, or share no token
        with different ones before it.
    """
    written = _written_pair(checkpoint, path)
    if written is not None and text in (None, written.first):
        return written
    if text is not None and text.count(BETWEEN) == 1:
        first, second = text.split(BETWEEN)
        return _pair_of(checkpoint, first.strip(), second.strip())
    pick = pick_for(checkpoint, text, path)
    others = [] if written is None else [written.second, written.first]
    return _pair_made(checkpoint, pick.prompt, [*others, pick.second_prompt])


def _written_pair(checkpoint: Checkpoint, path: Path) -> Pair | None:
    found = entry(checkpoint, path)
    if found is None or found.get(SECTION) is None:
        return None
    with whole(checkpoint, path):
        return Pair(**found[SECTION])


def _pair_of(checkpoint: Checkpoint, first: str, second: str) -> Pair:
    """Two given texts: the token in both, best at the same place, whose streams part furthest."""
    one, other = _read(checkpoint, first), _read(checkpoint, second)
    shared = [
        (place != elsewhere, _end(one, other, place, elsewhere), place, elsewhere)
        for place, elsewhere in itertools.product(range(len(one.ids)), range(len(other.ids)))
        if one.ids[place] == other.ids[elsewhere] and one.ids[:place] != other.ids[:elsewhere]
    ]
    if not shared:
        raise CheckpointError(f"{first!r} and {second!r} share no word after different ones; {ADVICE}")
    _, _, place, elsewhere = min(shared)
    return _pair(checkpoint, one, other, (first, second), (place, elsewhere), "given")


def _pair_made(checkpoint: Checkpoint, text: str, others: Sequence[str]) -> Pair:
    """One given text, and the same word after the beginning of another, where the streams part furthest.

    If no other sentence will do, its own words, or letters, in reverse order are the beginning.
    """
    one, tokenizer = _read(checkpoint, text), checkpoint.tokenizer
    backwards = (" ".join(reversed(text.split())), text[::-1])
    made: list[tuple[bool, float, int, str]] = []
    for beginnings in (others, *((each,) for each in backwards)):
        for place, begin in itertools.product(range(1, len(one.ids)), beginnings):
            ids = [*(_ids(checkpoint, begin) or ())[:place], one.ids[place]]
            second = tokenizer.decode(ids)
            # Reading the second text again must give the same tokens.
            if len(ids) <= place or ids[:-1] == list(one.ids[:place]) or _ids(checkpoint, second) != ids:
                continue
            plain = tokenizer.decode([one.ids[place]]).strip().isalpha()
            made.append((not plain, _end(one, run(checkpoint, ids), place, place), place, second))
        if made:
            _, _, place, second = min(made)
            return _pair(checkpoint, one, _read(checkpoint, second), (text, second), (place, place), "made")
    raise CheckpointError(f"no second sentence can be made for {text!r}; {ADVICE}")


def _pair(
    checkpoint: Checkpoint,
    one: Activations,
    other: Activations,
    texts: tuple[str, str],
    places: tuple[int, int],
    kind: str,
) -> Pair:
    table = effects(checkpoint, one, other, *places).values
    layer, head = (int(number) for number in np.unravel_index(int(table.argmax()), table.shape))
    ends = float(likeness(one, other, *places).values[-1])
    why = f"the two streams end at a cosine of {ends:.2f}; without this head {ends + table.max():.2f}"
    return Pair(*texts, *places, layer, head, kind, why)


def _end(one: Activations, other: Activations, place: int, elsewhere: int) -> float:
    return float(likeness(one, other, place, elsewhere).values[-1])


def _read(checkpoint: Checkpoint, text: str) -> Activations:
    try:
        return run(checkpoint, text)
    except ValueError as error:
        raise CheckpointError(str(error)) from error


def _reads(checkpoint: Checkpoint, text: str) -> bool:
    ids = _ids(checkpoint, text)
    return ids is not None and len(ids) <= checkpoint.config.block_size


def _ids(checkpoint: Checkpoint, text: str) -> list[int] | None:
    try:
        return list(checkpoint.tokenizer.encode(text))
    except ValueError:
        return None
