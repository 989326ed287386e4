"""The shipped lettering, registered when ``mobjects`` is imported.

A font registered after the first ``Text`` was drawn is silently ignored, so this is the one import with an effect.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import manimpango

FONT_FOLDER = Path(__file__).resolve().parent.parent / "assets" / "fonts"
FILES = ("InterScene-Regular.ttf", "InterScene-Bold.ttf")


@cache
def register() -> None:
    """Make the family ``theme.FONT`` known to the text engine; calling it again does nothing.

    Raises
    ------
    FileNotFoundError
        If a font file is missing from ``assets/fonts``.
    """
    for name in FILES:
        path = FONT_FOLDER / name
        if not path.exists():
            raise FileNotFoundError(
                f"The font {path} is missing; expected it in the checkout. Run: git checkout -- assets/fonts"
            )
        manimpango.register_font(str(path))


@cache
def covered_characters() -> frozenset[str]:
    """Return every character the shipped fonts can draw, with the space."""
    listed = (FONT_FOLDER / "coverage.txt").read_text(encoding="utf-8")
    return frozenset(listed.replace("\n", "")) | {" ", "\N{NO-BREAK SPACE}"}
