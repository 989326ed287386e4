"""The words a viewer reads or hears, in the language chosen for the film.

English is written in the scenes; a translation is a YAML file ``assets/text/LANGUAGE.yaml`` of English: translation.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import yaml

TEXTS = Path(__file__).resolve().parent.parent / "assets" / "text"


class LanguageError(ValueError):
    """The film cannot be told in a language; one sentence."""


def _(english: str) -> str:
    """The sentence in the language of ``STORY_LANGUAGE`` (English where there is no translation)."""
    return catalogue(os.environ.get("STORY_LANGUAGE") or "en").get(english, english)


@cache
def catalogue(language: str) -> dict[str, str]:
    """English to translation; empty for English.

    Raises
    ------
    LanguageError
        If there is no catalogue for the language (the message names those there are), or it cannot be read.
    """
    if language == "en":
        return {}
    path = TEXTS / f"{language}.yaml"
    known = ["en", *sorted(file.stem for file in TEXTS.glob("*.yaml"))]
    if language not in known:
        raise LanguageError(f"the film does not speak {language!r}; it speaks {', '.join(known)}")
    try:
        texts = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LanguageError(f"{path} cannot be read ({' '.join(str(error).split())}); it should be YAML") from error
    if not isinstance(texts, dict) or not all(isinstance(text, str) for pair in texts.items() for text in pair):
        raise LanguageError(f"{path} holds something else than texts; each line should be English: translation")
    return texts
