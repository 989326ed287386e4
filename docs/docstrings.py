"""Brings docstrings into Markdown: roles become code, "Source" a note, examples code that can be copied."""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:func|class|meth|mod|attr):`~?([\w.]+)`")
SOURCE = re.compile(r"^Source\n-+\n", re.MULTILINE)
# Examples to the end of the docstring, none of whose lines is an answer.
EXAMPLES = re.compile(r"^Examples\n-+\n((?:(?:>>>|\.\.\.).*\n?)+)\s*\Z", re.MULTILINE)


def as_markdown(docstring: str) -> str:
    """Return a docstring as mkdocstrings can read it."""
    docstring = ROLE.sub(lambda role: f"`{role[1].rpartition('.')[2]}`", docstring)
    return EXAMPLES.sub(_as_code, SOURCE.sub("Notes\n-----\nSource: ", docstring))


def _as_code(found: re.Match[str]) -> str:
    lines = "\n".join(line[4:] for line in found[1].splitlines())
    return f"Examples\n--------\n```python\n{lines}\n```\n"


class OurDocstrings(griffe.Extension):
    """Rewrites every docstring when it is collected."""

    def on_instance(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Rewrite one docstring."""
        if obj.docstring:
            obj.docstring.value = as_markdown(obj.docstring.value)
