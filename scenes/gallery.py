"""One small scene for each public mobject and animation: it plays the example of the docstring.

``manim -pqh scenes/gallery.py WeightMatrixExample``. An example is the inside of a ``construct``: names of manim, of
``mobjects`` and ``np`` are there, ``self`` is a ``ChapterScene``, which has a network and a sentence.
"""

from __future__ import annotations

import doctest
import inspect
import linecache
from typing import Any

import manim
import numpy as np

import mobjects
from scenes.base import ChapterScene

# Time to read what it is.
SECONDS_A_WORD = 0.4
NAMES = {**vars(manim), **{name: getattr(mobjects, name) for name in mobjects.__all__}, "np": np}


def example_of(subject: Any) -> list[doctest.Example]:
    """Return the lines after ``>>>`` of a docstring, each statement with the answer it should give."""
    return doctest.DocTestParser().get_examples(inspect.getdoc(subject) or "")


def run_example(subject: Any, source: str, names: dict[str, Any]) -> None:
    """Run lines of an example; a traceback shows them."""
    place = f"<example of {subject.__name__}>"
    linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
    exec(compile(source, place, "exec"), names)


class _Example(ChapterScene):
    """The example of a public name."""

    subject: Any = None

    def construct(self) -> None:
        """Play it, then hold."""
        source = "".join(example.source for example in example_of(self.subject))
        narration = (inspect.getdoc(self.subject) or "").partition("\n")[0]
        with self.beat(narration, SECONDS_A_WORD * len(narration.split())):
            run_example(self.subject, source, {**NAMES, "self": self})


def examples() -> dict[str, type[_Example]]:
    """Return a scene for each public name whose example shows something, by the scene's name."""
    scenes = {}
    for name in mobjects.__all__:
        subject = getattr(mobjects, name)
        if any("self." in example.source for example in example_of(subject)):
            title = f"{name[0].upper()}{name[1:]}Example"
            scenes[title] = type(
                title, (_Example,), {"__module__": __name__, "__doc__": subject.__doc__, "subject": subject}
            )
    return scenes


globals().update(examples())
