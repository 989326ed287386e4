"""How like a studied text another text is: the words it uses, and the longest stretch it shares."""

from __future__ import annotations

import re
from collections import Counter

OFTEN = 3


def words(text: str) -> list[str]:
    """Runs of letters and apostrophes, in lower case; everything else parts them."""
    return re.findall(r"(?:[^\W\d_]|')+", text.lower())


def familiar_words(text: str) -> frozenset[str]:
    """The words that occur at least three times in a text."""
    return frozenset(word for word, count in Counter(words(text)).items() if count >= OFTEN)


def real_word_share(text: str, familiar: frozenset[str]) -> float:
    """Share of a text's words, each time it uses them, that are among ``familiar`` ones (0 if it has no words)."""
    used = words(text)
    return sum(word in familiar for word in used) / len(used) if used else 0.0


def longest_shared_stretch(text: str, studied: str) -> str:
    """The longest run of characters of ``text`` that also stands, letter for letter, in ``studied``; the first such."""
    longest = ""
    for start in range(len(text)):
        while start + len(longest) < len(text) and text[start : start + len(longest) + 1] in studied:
            longest = text[start : start + len(longest) + 1]
    return longest
