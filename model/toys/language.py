"""A generated language pair: plain English sentences and Tavelin, a language made up for this project.

Tavelin puts describing words after the word they describe, in mirrored order, and both take an ending: none for one,
``-u`` for exactly two, ``-i`` for more. Whoever translates must therefore change the order and look at the number
word. ``translate_by_rule`` is the ground truth that the trained translator is measured against; it also knows which
word each produced word translates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

NAME = "Tavelin"
LONGEST = 9  # words: two naming phrases of four around a verb
MOST_DESCRIBING = 2
NOTHING, PAIR, PLURAL = "", "u", "i"

# Singular: (plural, stem in Tavelin).
NOUNS = {
    "horse": ("horses", "tomel"),
    "bird": ("birds", "pirek"),
    "fox": ("foxes", "varsh"),
    "king": ("kings", "hadur"),
    "queen": ("queens", "ilben"),
    "child": ("children", "wenik"),
    "wolf": ("wolves", "gromt"),
    "mouse": ("mice", "zibet"),
    "goose": ("geese", "quoral"),
    "farmer": ("farmers", "bodrin"),
    "giant": ("giants", "thukor"),
    "cat": ("cats", "mishel"),
}
ADJECTIVES = {
    "small": "kep",
    "old": "sotan",
    "grey": "fal",
    "young": "yurek",
    "red": "domis",
    "quiet": "elshan",
    "happy": "bliv",
    "tall": "nargos",
    "white": "ulim",
    "hungry": "crevet",
}
# As one does it: (as several do it, in Tavelin).
VERBS = {
    "sees": ("see", "miro"),
    "hears": ("hear", "oshta"),
    "finds": ("find", "pelko"),
    "follows": ("follow", "andre"),
    "loves": ("love", "sefa"),
    "calls": ("call", "huvo"),
    "feeds": ("feed", "gatse"),
}
# What opens a naming phrase: (in Tavelin, ending it asks for, whether English then says the plural).
OPENERS = {
    "the": [("ve", NOTHING, False), ("ve", PLURAL, True)],
    "one": [("ro", NOTHING, False)],
    "two": [("dun", PAIR, True)],
    "three": [("tav", PLURAL, True)],
    "five": [("quin", PLURAL, True)],
    "many": [("olmo", PLURAL, True)],
}


@dataclass(frozen=True)
class Phrase:
    """A naming phrase: ``opener`` and number choose the ending; ``adjectives`` in English order."""

    opener: str
    several: bool
    adjectives: tuple[str, ...]
    noun: str

    def english(self) -> list[str]:
        """The words in English order."""
        return [self.opener, *self.adjectives, NOUNS[self.noun][0] if self.several else self.noun]

    def tavelin(self) -> list[tuple[str, int]]:
        """The words in Tavelin order, each with the place of the English word it translates."""
        opener, ending = next((word, ending) for word, ending, many in OPENERS[self.opener] if many == self.several)
        noun_place = 1 + len(self.adjectives)
        words = [(opener, 0), (NOUNS[self.noun][1] + ending, noun_place)]
        for place in reversed(range(1, noun_place)):
            words.append((ADJECTIVES[self.adjectives[place - 1]] + ending, place))
        return words

    def pairs(self) -> set[tuple[str, str]]:
        """Each (adjective, noun) that meets here."""
        return {(adjective, self.noun) for adjective in self.adjectives}


@dataclass(frozen=True)
class Example:
    """One sentence in both languages.

    Attributes
    ----------
    source, target : tuple of str
        English words; Tavelin words.
    alignment : tuple of int
        For each target word, the 0-based place of the source word it translates.
    pairs : frozenset of (str, str)
        Every (adjective, noun) that meets in the sentence.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    alignment: tuple[int, ...]
    pairs: frozenset[tuple[str, str]]


def source_words() -> list[str]:
    """Every English word, sorted."""
    verbs = {form for singular, (plural, _) in VERBS.items() for form in (singular, plural)}
    nouns = {form for singular, (plural, _) in NOUNS.items() for form in (singular, plural)}
    return sorted(verbs | nouns | set(ADJECTIVES) | set(OPENERS))


def target_words() -> list[str]:
    """Every Tavelin word, each ending included, sorted."""
    stems = [stem for _, stem in NOUNS.values()] + list(ADJECTIVES.values())
    inflected = {stem + ending for stem in stems for ending in (NOTHING, PAIR, PLURAL)}
    openers = {word for choices in OPENERS.values() for word, _, _ in choices}
    return sorted(inflected | openers | {word for _, word in VERBS.values()})


def translate_by_rule(sentence: str) -> Example:
    """The only right translation, by the grammar above.

    Parameters
    ----------
    sentence : str
        A naming phrase, or two with a verb between them: ``"two old birds see the fox"``.

    Raises
    ------
    ValueError
        If the words are not such a sentence; the message names the place.
    """
    words = sentence.split()
    subject, rest = _read_phrase(words)
    if not rest:
        return _example(subject, None, None)
    verb = next((name for name, (plural, _) in VERBS.items() if rest[0] == (plural if subject.several else name)), None)
    if verb is None:
        raise ValueError(
            f"{rest[0]!r} cannot follow {' '.join(subject.english())!r}; expected "
            f"{' or '.join(plural if subject.several else name for name, (plural, _) in VERBS.items())}"
        )
    object_, left = _read_phrase(rest[1:])
    if left:
        raise ValueError(f"the sentence is over before {left[0]!r}; a sentence is a naming phrase, a verb and another")
    return _example(subject, verb, object_)


def generate(generator: np.random.Generator) -> Iterator[Example]:
    """Sentences without end, one in eight a bare naming phrase; the same generator gives the same sentences."""
    while True:
        subject = _draw_phrase(generator)
        if generator.random() < 1 / 8:
            yield _example(subject, None, None)
        else:
            verb = list(VERBS)[generator.integers(len(VERBS))]
            yield _example(subject, verb, _draw_phrase(generator))


def unseen_pairs(generator: np.random.Generator, count: int) -> frozenset[tuple[str, str]]:
    """(adjective, noun) pairs to keep out of training; no word is in more than two of them."""
    pairs = [(adjective, noun) for adjective in ADJECTIVES for noun in NOUNS]
    chosen: list[tuple[str, str]] = []
    for index in generator.permutation(len(pairs)):
        pair = pairs[index]
        if all(sum(word in other for other in chosen) < 2 for word in pair):
            chosen.append(pair)
        if len(chosen) == count:
            return frozenset(chosen)
    raise ValueError(f"{count} pairs were asked for; with no word in more than two, there are only {len(chosen)}")


def _draw_phrase(generator: np.random.Generator) -> Phrase:
    opener = list(OPENERS)[generator.integers(len(OPENERS))]
    choices = OPENERS[opener]
    _, _, several = choices[generator.integers(len(choices))]
    count = generator.integers(MOST_DESCRIBING + 1)
    adjectives = generator.choice(list(ADJECTIVES), size=count, replace=False)
    noun = list(NOUNS)[generator.integers(len(NOUNS))]
    return Phrase(opener, several, tuple(str(word) for word in adjectives), noun)


def _read_phrase(words: list[str]) -> tuple[Phrase, list[str]]:
    """The naming phrase at the beginning, and the words after it."""
    if not words or words[0] not in OPENERS:
        raise ValueError(
            f"a naming phrase begins with {', '.join(OPENERS)}; found {words[0]!r}"
            if words
            else "the sentence ends where a naming phrase should begin"
        )
    place = 1
    while place < len(words) and words[place] in ADJECTIVES:
        place += 1
    adjectives = tuple(words[1:place])
    if len(adjectives) > MOST_DESCRIBING or len(set(adjectives)) < len(adjectives):
        raise ValueError(f"{' '.join(adjectives)!r}: a noun takes at most {MOST_DESCRIBING} different adjectives")
    several = {many for _, _, many in OPENERS[words[0]]}
    for noun, (plural, _) in NOUNS.items():
        if place < len(words) and words[place] in (noun, plural) and (words[place] == plural) in several:
            return Phrase(words[0], words[place] == plural, adjectives, noun), words[place + 1 :]
    found = repr(words[place]) if place < len(words) else "the end"
    raise ValueError(f"after {' '.join(words[:place])!r} a noun in the fitting number is expected; found {found}")


def _example(subject: Phrase, verb: str | None, object_: Phrase | None) -> Example:
    source, target = subject.english(), subject.tavelin()
    pairs = subject.pairs()
    if verb and object_:
        plural, translated = VERBS[verb]
        source.append(plural if subject.several else verb)
        target.append((translated, len(source) - 1))
        target += [(word, place + len(source)) for word, place in object_.tavelin()]
        source += object_.english()
        pairs |= object_.pairs()
    words, alignment = zip(*target, strict=True)
    return Example(tuple(source), words, alignment, frozenset(pairs))
