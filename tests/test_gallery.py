"""Every public name has an example in its docstring; what examples show is sound, and behaves as mobjects should."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from manim import RIGHT, UP, Animation, Mobject

import mobjects
from mobjects import theme
from scenes import gallery
from scenes.inspecting import Inspected, inspect_scene

EXAMPLES = gallery.examples()
PUBLIC = [name for name in mobjects.__all__ if not inspect.ismodule(getattr(mobjects, name))]
CLASSES = [name for name in PUBLIC if inspect.isclass(getattr(mobjects, name))]
DRAWN = [name for name in CLASSES if issubclass(getattr(mobjects, name), Mobject)]


def scene_name(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}Example"


@cache
def played(name: str, palette: str = "dark") -> Inspected:
    """The example of a public name, stepped through."""
    theme.use(palette)
    try:
        return inspect_scene(EXAMPLES[scene_name(name)])
    finally:
        theme.use("dark")


# -- the names ---------------------------------------------------------------------------------------------------------


def test_the_public_names_are_those_the_package_imports_in_order():
    tree = ast.parse(Path(mobjects.__file__).read_text())
    imported = {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert sorted(imported - {"register", "annotations"}) == sorted(mobjects.__all__)
    assert mobjects.__all__ == sorted(set(mobjects.__all__))


def test_a_star_import_gives_the_public_names_alone():
    names: dict = {}
    exec("from mobjects import *", names)
    assert set(names) - {"__builtins__"} == set(mobjects.__all__)


def test_no_public_name_hides_one_of_manims():
    import manim

    assert [name for name in mobjects.__all__ if hasattr(manim, name)] == []


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_an_example(name):
    assert gallery.example_of(getattr(mobjects, name))


@pytest.mark.parametrize("name", DRAWN + [name for name in CLASSES if issubclass(getattr(mobjects, name), Animation)])
def test_every_mobject_and_animation_has_a_picture(name):
    assert scene_name(name) in EXAMPLES


@pytest.mark.parametrize("name", [name for name in PUBLIC if scene_name(name) not in EXAMPLES])
def test_an_example_without_a_picture_gives_the_answers_it_says(name):
    names = {**gallery.NAMES}
    for example in gallery.example_of(getattr(mobjects, name)):
        if example.want:
            assert repr(eval(example.source, names)) == example.want.strip()
        else:
            gallery.run_example(getattr(mobjects, name), example.source, names)


# -- the pictures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("palette", ["dark", "light"])
@pytest.mark.parametrize("name", [name for name in PUBLIC if scene_name(name) in EXAMPLES])
def test_the_inspector_finds_no_fault_in_an_example(name, palette):
    scene = played(name, palette)
    assert [fault.finding.said for fault in scene.faults] == []
    leaves = [leaf for mobject in scene.mobjects for leaf in mobject.family_members_with_points()]
    assert leaves and all(np.isfinite(leaf.points).all() for leaf in leaves)
    assert not scene.ledger.undeclared


# -- how they behave ---------------------------------------------------------------------------------------------------


def shown(name: str) -> Mobject:
    """What an example shows of the class that it is the example of."""
    kind = getattr(mobjects, name)
    family = [part for mobject in played(name).mobjects for part in mobject.get_family()]
    found = [part for part in family if isinstance(part, kind)]
    if not found:
        pytest.skip("its example ends without it")
    return found[0]


def parts_of(mobject: Mobject) -> dict[str, list[Mobject]]:
    """The leaves of the parts that a mobject names by properties."""
    names = [name for name, kind in inspect.getmembers(type(mobject), lambda one: isinstance(one, property))]
    own = [name for name in names if getattr(type(mobject), name).fget.__module__.startswith("mobjects")]
    parts = {name: getattr(mobject, name) for name in own}
    return {name: part.get_family() for name, part in parts.items() if isinstance(part, Mobject)}


@pytest.mark.parametrize("name", DRAWN)
def test_a_copy_has_parts_of_its_own(name):
    original = shown(name)
    others = {id(part) for part in original.get_family()}
    for part, leaves in parts_of(original.copy()).items():
        assert not others & {id(leaf) for leaf in leaves}, f"{part} of a copy is that of the original"


@pytest.mark.parametrize("name", DRAWN)
def test_it_can_be_moved_scaled_and_brought_back(name):
    mobject = shown(name).copy()
    before = mobject.get_all_points().copy()
    mobject.save_state()
    mobject.shift(UP).scale(0.5)
    assert not np.allclose(mobject.get_all_points(), before)
    mobject.restore()
    assert np.allclose(mobject.get_all_points(), before)


@pytest.mark.parametrize("name", [name for name in DRAWN if name != "FixedLayer"])  # stays where it is, by design
def test_it_can_be_animated(name):
    mobject = shown(name).copy()
    before = mobject.get_center().copy()
    motion = mobject.animate.shift(RIGHT).build()
    motion.begin()
    motion.finish()
    assert np.allclose(mobject.get_center(), before + RIGHT, atol=1e-6)
