"""Brings docstrings into Markdown: roles become links, and our own sections ("Source", "Environment") paragraphs."""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:func|class|meth|mod|attr):`~?([\w.]+)`")
SECTION = re.compile(r"^(Source|Environment)\n-+\n", re.MULTILINE)


def as_markdown(docstring: str) -> str:
    """Return a docstring as mkdocstrings can read it."""
    return SECTION.sub(r"**\1**\n\n", ROLE.sub(lambda role: f"`{role[1].rpartition('.')[2]}`", docstring))


class OurDocstrings(griffe.Extension):
    """Rewrites every docstring when it is collected."""

    def on_instance(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Rewrite one docstring."""
        if obj.docstring:
            obj.docstring.value = as_markdown(obj.docstring.value)
