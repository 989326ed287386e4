"""Every public name has an example in its docstring. Those that show something are inspected as scenes are."""

from __future__ import annotations

import inspect

import pytest

import mobjects
from scenes import gallery

EXAMPLES = gallery.examples()
PUBLIC = [name for name in mobjects.__all__ if not inspect.ismodule(getattr(mobjects, name))]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_an_example(name):
    assert gallery.example_of(getattr(mobjects, name))


@pytest.mark.parametrize("name", [name for name in PUBLIC if f"{name[0].upper()}{name[1:]}Example" not in EXAMPLES])
def test_an_example_without_a_picture_gives_the_answers_it_says(name):
    names = {**gallery.NAMES}
    for example in gallery.example_of(getattr(mobjects, name)):
        if example.want:
            assert repr(eval(example.source, names)) == example.want.strip()
        else:
            gallery.run_example(getattr(mobjects, name), example.source, names)
