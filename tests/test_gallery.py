"""Every public name has an example in its docstring; the examples run, and what they show is there to be seen."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from manim import tempconfig

import mobjects
from scenes import gallery

STEPPED = {"dry_run": True, "from_animation_number": 10**6, "progress_bar": "none", "verbosity": "WARNING"}
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


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_with_a_picture_plays_and_leaves_something_on_the_screen(name, tmp_path):
    with tempconfig(STEPPED | {"media_dir": str(tmp_path)}):
        scene = EXAMPLES[name]()
        scene.render()
    leaves = [leaf for mobject in scene.mobjects for leaf in mobject.family_members_with_points()]
    assert leaves
    assert all(np.isfinite(leaf.points).all() for leaf in leaves)
    assert not scene.ledger.undeclared
