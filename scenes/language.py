"""The words a viewer reads or hears, in the language chosen for the film.

English is written in the scenes; a translation is a YAML file ``assets/text/LANGUAGE.yaml`` of English: translation.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import yaml

TEXTS = Path(__file__).resolve().parent.parent / "assets" / "text"


def _(english: str) -> str:
    """The sentence in the language of ``STORY_LANGUAGE`` (English where there is no translation)."""
    return catalogue(os.environ.get("STORY_LANGUAGE", "en")).get(english, english)


@cache
def catalogue(language: str) -> dict[str, str]:
    """English to translation; empty for English.

    Raises
    ------
    ValueError
        If there is no catalogue for the language; the message names those there are.
    """
    if language == "en":
        return {}
    path = TEXTS / f"{language}.yaml"
    known = ["en", *sorted(file.stem for file in TEXTS.glob("*.yaml"))]
    if language not in known:
        raise ValueError(f"the film does not speak {language!r}; it speaks {', '.join(known)}")
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))
