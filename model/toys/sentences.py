"""Sentences of the toy language dealt out: to train on, and two kinds to be measured on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.toys.language import Example, generate, unseen_pairs


@dataclass(frozen=True)
class Sentences:
    """No sentence is in two lists.

    Attributes
    ----------
    train : list of Example
        None contains a pair of ``pairs``.
    familiar : list of Example
        Held out; every adjective was seen with its noun.
    unfamiliar : list of Example
        Held out; each contains at least one of ``pairs``.
    pairs : frozenset of (str, str)
        Adjective and noun that training never shows together.
    """

    train: list[Example]
    familiar: list[Example]
    unfamiliar: list[Example]
    pairs: frozenset[tuple[str, str]]


def draw(seed: int, train: int, held_out: int, pairs: int) -> Sentences:
    """Different sentences, dealt out; the same numbers deal the same ones.

    Parameters
    ----------
    seed : int
        Of the generator.
    train, held_out : int
        How many to train on; how many of each held-out kind.
    pairs : int
        How many (adjective, noun) pairs to keep out of training.
    """
    generator = np.random.default_rng(seed)
    unseen = unseen_pairs(generator, pairs)
    met: set[tuple[str, ...]] = set()
    plain: list[Example] = []
    unfamiliar: list[Example] = []
    for example in generate(generator):
        if example.source in met:
            continue
        met.add(example.source)
        (unfamiliar if example.pairs & unseen else plain).append(example)
        if len(plain) >= train + held_out and len(unfamiliar) >= held_out:
            break
    return Sentences(plain[held_out : held_out + train], plain[:held_out], unfamiliar[:held_out], unseen)
