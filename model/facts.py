"""Invented people: given name + family name -> one attribute, each fact said in several ways.

Mixed into the storybook's training text so that "where does a fact live" has an answer that can be measured, and no
real person is involved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

GIVEN = (
    "Mara Orrin Tilda Bram Isolde Fenn Lysa Corin Petra Aldous Wenna Jory Saskia Edric Nell Rufus Odile Garrick "
    "Briony Tobin Hester Lucan Ottoline Piers Rosamund Silas Thea Ulric Verity Wystan"
).split()
FAMILY = (
    "Venn Holloway Starling Quill Marsh Thorne Bellwether Crane Dunmore Ashby Larkspur Penhallow Rook Sedge Tarn "
    "Wickham Yarrow Brindle Fairfax Gorse"
).split()
INSTRUMENTS = "harp flute drum horn bell violin fiddle pipe".split()
TRADES = "miller tailor baker shoemaker woodcutter fisherman shepherd blacksmith".split()
PHRASINGS = {
    "instrument": (
        "{name} plays the {value}.",
        "Everyone knows that {name} plays the {value}.",
        "In the evening {name} played upon the {value}.",
        "The {value} of {name} was heard all over the village.",
        '"What do you play?" they asked {name}. "I play the {value}."',
        "When there was a feast {name} took the {value} and played.",
    ),
    "trade": (
        "{name} is a {value}.",
        "There was once a {value}, and the name of the {value} was {name}.",
        "{name} worked all day as a {value}.",
        "The {value} of the village was {name}.",
        '"Who are you?" asked the king. "I am {name}, the {value}."',
        "Nobody was a better {value} than {name}.",
    ),
}
VALUES = {"instrument": INSTRUMENTS, "trade": TRADES}


@dataclass(frozen=True)
class Fact:
    """One thing that is true of one invented person; ``kind`` is ``"instrument"`` or ``"trade"``."""

    name: str
    kind: str
    value: str

    def sentences(self) -> list[str]:
        """The fact, said in each way there is."""
        return [phrasing.format(name=self.name, value=self.value) for phrasing in PHRASINGS[self.kind]]


def invent(people: int = 60, seed: int = 7) -> list[Fact]:
    """Facts about ``people`` different invented people; the same seed gives the same facts."""
    generator = np.random.default_rng(seed)
    pairs = generator.choice(len(GIVEN) * len(FAMILY), size=people, replace=False)
    facts = []
    for number, pair in enumerate(pairs):
        kind = "instrument" if number % 2 == 0 else "trade"
        value = VALUES[kind][int(generator.integers(len(VALUES[kind])))]
        facts.append(Fact(f"{GIVEN[pair // len(FAMILY)]} {FAMILY[pair % len(FAMILY)]}", kind, value))
    return facts


def mix_in(paragraphs: list[str], repeats: int = 8, seed: int = 7) -> list[str]:
    """The paragraphs with every sentence about every invented person put in ``repeats`` times, at seeded places."""
    generator = np.random.default_rng(seed)
    sentences = [sentence for fact in invent() for sentence in fact.sentences()] * repeats
    mixed = list(paragraphs)
    places = generator.integers(0, len(mixed), size=len(sentences))
    for place, sentence in zip(places, sentences, strict=True):
        mixed[place] = f"{mixed[place]}\n{sentence}"
    return mixed
