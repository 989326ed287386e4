"""What a play will look like, as one short text: plays with equal fingerprints have equal films.

Everything within reach of a play is walked through: shapes and motions by the values they hold, functions by what they
do (their code and what it refers to, not where it is written), classes of ours and of users by their functions. So a
film is drawn again when a motion is rewritten, and not when a line above it is. A scene itself, and what belongs to its
rendering, counts as a name only.
"""

from __future__ import annotations

import hashlib
import marshal
import site
import sys
import sysconfig
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import cache, partial
from pathlib import PurePath
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from manim import Camera, ImageMobjectFromCamera, Mobject, Scene
from manim._config.utils import ManimConfig
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.scene_file_writer import SceneFileWriter

PLAIN = frozenset({type(None), bool, int, float, complex, str, bytes})
OPAQUE = (Scene, Camera, CairoRenderer, SceneFileWriter, ManimConfig)
# Of mobjects: what they were copied from, what a letter was read from, and where a numeral was last rewritten: all that
# can be seen of it is in their points.
LEFT_OUT = frozenset({"original_id", "path_obj", "placed"})
WITHOUT_REFERENCES = 2  # the version of marshal that writes equal values equally, whether one object or two


def fingerprint(things: Sequence[Any], mobjects: Iterable[Mobject] = ()) -> str:
    """Return a text of 32 letters and digits that differs where anything that matters does.

    Parameters
    ----------
    things : sequence
        What happens: looked through with all that is within reach.
    mobjects : iterable of Mobject
        What is there: only how they and their parts look, and their updaters.
    """
    walk = Walk()
    walk.add(things)
    walk.look_at(mobjects)
    return hashlib.sha256(marshal.dumps(walk.parts, WITHOUT_REFERENCES)).hexdigest()[:32]


class Walk:
    """A walk through objects, each visited once.

    Attributes
    ----------
    parts : list
        What was found: plain values only.
    """

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self.places: dict[int, int] = {}
        self.kept: list[Any] = []  # alive, so that no other object gets the id of one met before

    def add(self, thing: Any) -> None:
        """Go through a thing and all that it holds."""
        kind = type(thing)
        if kind in PLAIN:
            self.parts.append(thing)
            return
        way = ways.get(kind)
        if way is None:
            way = ways[kind] = way_through(kind)
        way(self, thing)

    def met(self, thing: Any) -> bool:
        """Return whether this very object was visited before; if so, a reference to it is enough."""
        place = self.places.setdefault(id(thing), len(self.kept))
        if place < len(self.kept):
            self.parts.append(("met", place))
            return True
        self.kept.append(thing)
        return False

    def look_at(self, mobjects: Iterable[Mobject]) -> None:
        """Go through mobjects as far as they can be seen, and through their updaters."""
        parts = self.parts
        for mobject in mobjects:
            if self.met(mobject):
                continue
            unseen = left_out(type(mobject))
            for name, value in vars(mobject).items():
                kind = type(value)
                if name in unseen:
                    continue
                if kind in PLAIN:
                    parts += (name, value)
                elif kind is np.ndarray:
                    parts.append(name)
                    self.array(value)
                elif isinstance(value, Enum) or name == "updaters":
                    parts.append(name)
                    self.add(value)
            parts.append(len(mobject.submobjects))
            self.look_at(mobject.submobjects)

    def array(self, array: Any) -> None:
        """Go through numpy's arrays."""
        if array.dtype.hasobject:
            self.sequence(array.tolist())
        else:
            self.parts += (array.dtype.str, array.shape, array.tobytes())

    def sequence(self, things: Any) -> None:
        """Go through lists and tuples."""
        self.parts.append(len(things))
        if things and not self.met(things):
            for thing in things:
                self.add(thing)

    def mapping(self, mapping: Any) -> None:
        """Go through dictionaries, in their order."""
        self.parts.append(len(mapping))
        if mapping and not self.met(mapping):
            for key, thing in mapping.items():
                self.add(key)
                self.add(thing)

    def collection(self, things: Any) -> None:
        """Go through sets, whose order differs from run to run."""
        if all(type(thing) in PLAIN for thing in things):
            self.parts += sorted(map(repr, things))
        else:
            self.parts += sorted(fingerprint([thing]) for thing in things)

    def function(self, function: Any) -> None:
        """Go through functions: code, defaults, what they remember, and what is global to them."""
        if self.met(function):
            return
        if installed(function.__module__):
            self.parts += (function.__module__, function.__qualname__)
        else:
            self.parts += code_parts(function.__code__)
            for name, thing in globals_of(function).items():
                self.parts.append(name)
                self.add(thing)
        self.add(function.__defaults__)
        self.add(function.__kwdefaults__)
        for cell in function.__closure__ or ():
            try:
                self.add(cell.cell_contents)
            except ValueError:  # nothing in it yet
                self.parts.append("empty")

    def method(self, method: Any) -> None:
        """Go through bound methods."""
        self.add(method.__func__)
        self.add(method.__self__)

    def partially(self, function: Any) -> None:
        """Go through functions of which some arguments are given."""
        for thing in (function.func, function.args, function.keywords):
            self.add(thing)

    def klass(self, kind: type) -> None:
        """Go through a class."""
        if not self.met(kind):
            self.parts += class_parts(kind)

    def text(self, thing: Any) -> None:
        """Take a thing by what it is written as."""
        self.parts.append(str(thing))

    def item(self, number: Any) -> None:
        """Take numpy's single numbers."""
        self.parts.append(number.item())

    def named(self, thing: Any) -> None:
        """Take functions written in other languages, modules and the like by name."""
        self.parts.append(getattr(thing, "__qualname__", getattr(thing, "__name__", "")))

    def opaque(self, thing: Any) -> None:
        """Take only the name of its class."""
        self.parts.append(type(thing).__qualname__)

    def whole(self, thing: Any) -> None:
        """Go through any other object: its class, and all its attributes."""
        if self.met(thing):
            return
        kind: Any = type(thing)
        self.klass(kind)
        parts, unseen = self.parts, left_out(kind)
        for name, value in attributes(thing):
            if name not in unseen:
                parts.append(name)
                if type(value) in PLAIN:
                    parts.append(value)
                else:
                    self.add(value)


Way = Callable[[Walk, Any], None]
ways: dict[type, Way] = {}


def way_through(kind: type) -> Way:
    """Return how to go through objects of a class."""
    ordered: list[tuple[type | tuple[type, ...], Way]] = [
        ((Enum, PurePath), Walk.text),
        (np.ndarray, Walk.array),
        (np.generic, Walk.item),
        ((list, tuple), Walk.sequence),
        (dict, Walk.mapping),
        ((set, frozenset), Walk.collection),
        (FunctionType, Walk.function),
        (MethodType, Walk.method),
        (partial, Walk.partially),
        (type, Walk.klass),
        ((BuiltinFunctionType, ModuleType, np.ufunc), Walk.named),
        (OPAQUE, Walk.opaque),
        ((str, int, float, bytes), Walk.text),
    ]
    return next((way for classes, way in ordered if issubclass(kind, classes)), Walk.whole)


def left_out(kind: type) -> frozenset[str]:
    """Return which attributes do not count; what another camera sees is drawn anew in every frame."""
    return LEFT_OUT | {"pixel_array"} if issubclass(kind, ImageMobjectFromCamera) else LEFT_OUT


def attributes(thing: Any) -> Iterable[tuple[str, Any]]:
    """Return an object's attributes, wherever it keeps them."""
    yield from getattr(thing, "__dict__", {}).items()
    for kind in type(thing).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(thing, name):
                yield name, getattr(thing, name)


@cache
def installed(module: str | None) -> bool:
    """Return whether a module belongs to Python or to an installed library, whose code stays as it is; ours may not."""
    if module is not None and module.partition(".")[0] == __package__:
        return False
    if module is None or module.partition(".")[0] in sys.builtin_module_names:
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return module != "__main__"
    folders = [*site.getsitepackages(), site.getusersitepackages(), sysconfig.get_path("stdlib")]
    return any(PurePath(file).is_relative_to(folder) for folder in folders)


@cache
def class_parts(kind: Any) -> tuple[Any, ...]:
    """Return a class's name, and what its functions do and those they call, as far as they are no library's."""
    parts: list[Any] = [f"{kind.__module__}.{kind.__qualname__}"]
    waiting, seen = [kind], set()
    while waiting:
        thing = waiting.pop()
        if thing in seen or installed(thing.__module__) or (isinstance(thing, type) and issubclass(thing, OPAQUE)):
            continue
        seen.add(thing)
        parts.append(thing.__qualname__)
        if isinstance(thing, type):
            waiting += thing.__mro__
            found = {name: plain_function(member) for name, member in vars(thing).items()}
        else:
            parts += code_parts(thing.__code__)
            found = globals_of(thing)
        for name, member in found.items():
            if isinstance(member, (FunctionType, type)):
                waiting.append(member)
            elif type(member) in PLAIN and not name.startswith("__"):
                parts += (name, member)
    return tuple(parts)


def plain_function(member: Any) -> Any:
    """Return the function in a method of a class, a property or the like."""
    return getattr(member, "__func__", getattr(member, "fget", getattr(member, "func", member)))


@cache
def code_parts(code: CodeType) -> tuple[Any, ...]:
    """Return what code does, without where it is written."""
    constants: list[Any] = []
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            constants += code_parts(constant)
        else:
            constants.append(constant if type(constant) in PLAIN else repr(ordered(constant)))
    return (code.co_code, *constants, *code.co_names, *code.co_varnames, *code.co_freevars, code.co_flags)


def ordered(constant: Any) -> Any:
    """Return a constant with its sets in an order."""
    return sorted(constant, key=repr) if isinstance(constant, frozenset) else constant


def globals_of(function: FunctionType) -> dict[str, Any]:
    """Return what a function's code, and the code inside it, refers to by name outside of it."""
    found: dict[str, Any] = {}
    waiting = [function.__code__]
    while waiting:
        code = waiting.pop()
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        found |= {name: function.__globals__[name] for name in code.co_names if name in function.__globals__}
    return found
