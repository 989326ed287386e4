"""Invented people: the same for everyone, each with one attribute, each fact said in several ways."""

from __future__ import annotations

from collections import Counter

import pytest

from model.facts import FAMILY, GIVEN, INSTRUMENTS, PHRASINGS, TRADES, Fact, invent, mix_in


def test_the_same_seed_invents_the_same_people() -> None:
    assert invent() == invent() != invent(seed=8)


def test_nobody_is_invented_twice() -> None:
    names = [fact.name for fact in invent(600)]
    assert len(set(names)) == 600 == len(GIVEN) * len(FAMILY)


def test_names_are_not_repeated_in_the_lists() -> None:
    for words in (GIVEN, FAMILY, INSTRUMENTS, TRADES):
        assert len(set(words)) == len(words)
    assert set(GIVEN).isdisjoint(FAMILY)


def test_half_play_an_instrument_and_half_have_a_trade() -> None:
    facts = invent(60)
    assert Counter(fact.kind for fact in facts) == {"instrument": 30, "trade": 30}
    assert {fact.value for fact in facts if fact.kind == "instrument"} <= set(INSTRUMENTS)
    assert {fact.value for fact in facts if fact.kind == "trade"} <= set(TRADES)


@pytest.mark.parametrize("kind", list(PHRASINGS))
def test_a_fact_is_said_in_each_way_with_name_and_value(kind: str) -> None:
    sentences = Fact("Mara Venn", kind, "harp").sentences()
    assert len(set(sentences)) == len(PHRASINGS[kind]) >= 5
    assert all("Mara Venn" in sentence and "harp" in sentence and "{" not in sentence for sentence in sentences)


def test_mixing_in_keeps_the_text_and_adds_every_sentence_as_often_as_asked() -> None:
    paragraphs = [f"Paragraph {number}." for number in range(200)]
    mixed = "\n".join(mix_in(paragraphs, repeats=3)).split("\n")
    assert [line for line in mixed if line.startswith("Paragraph")] == paragraphs  # in order, none lost
    added = Counter(line for line in mixed if not line.startswith("Paragraph"))
    assert added == {sentence: 3 for fact in invent() for sentence in fact.sentences()}


def test_mixing_in_changes_nothing_that_was_handed_in_and_is_repeatable() -> None:
    paragraphs = ["One.", "Two."]
    assert mix_in(paragraphs) == mix_in(paragraphs)
    assert paragraphs == ["One.", "Two."]
