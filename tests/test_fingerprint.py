"""Two plays have the same fingerprint exactly if they look the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import RIGHT, Circle, FadeIn, Rotate, Scene, Square, Text, VGroup

from mobjects import NumericGrid, label
from mobjects.fingerprint import fingerprint

ROOT = Path(__file__).resolve().parent.parent
CODE = """
SPEED = {speed}

class Turns:
    rate = {rate}

    def helper(self, x):
        return x * {factor} + outside(x)

def outside(x):
    return x + {offset}

def maker(bound):
    def updater(mobject, dt, times={default}):
        seen = {{"b", "a", "c", {constant!r}}}
        return [outside(bound * SPEED) for _ in range(times) if mobject in seen]
    return updater

made = maker({bound})
"""
USUAL = {"speed": 2, "rate": 1.5, "factor": 3, "offset": 1, "default": 4, "constant": "d", "bound": 5}


def run(before: str = "", **changes: Any) -> dict[str, Any]:
    """What a user's module holds after it was read; it does not say that it is installed."""
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(before + CODE.format(**USUAL | changes), "mine.py", "exec"), space)
    return space


@pytest.mark.parametrize("change", [{"speed": 3}, {"offset": 2}, {"default": 5}, {"constant": "e"}, {"bound": 6}])
def test_a_function_is_what_it_does(change: dict[str, Any]) -> None:
    usual = fingerprint([run()["made"]])
    assert fingerprint([run()["made"]]) == usual
    assert fingerprint([run(before="# a remark\n\n\nOTHER = 1\n")["made"]]) == usual
    assert fingerprint([run(**change)["made"]]) != usual


@pytest.mark.parametrize("change", [{"rate": 2.5}, {"factor": 4}, {"offset": 2}])
def test_an_object_of_a_users_class_is_what_its_functions_do(change: dict[str, Any]) -> None:
    usual = fingerprint([run()["Turns"]()])
    assert fingerprint([run(before="\n\n")["Turns"]()]) == usual
    assert fingerprint([run(**change)["Turns"]()]) != usual


def changed(mobject: Any, change: Any) -> Any:
    change(mobject)
    return mobject


@pytest.mark.parametrize(
    "change",
    [
        lambda square: square.shift(1e-12 * RIGHT),
        lambda square: square.set_fill("#010203", 0.5),
        lambda square: square.set_stroke(width=3.01),
        lambda square: square.set_stroke("#010203", width=1, background=True),
        lambda square: square.set_z_index(1),
        lambda square: square.set_sheen(0.1, RIGHT),
        lambda square: square.add_updater(lambda mobject: mobject.shift(RIGHT)),
        lambda square: square.add(Circle()),
        lambda square: square.points.__setitem__((-1, 1), 7.0),
    ],
)
def test_whatever_can_be_seen_of_a_mobject_counts(change: Any) -> None:
    usual = fingerprint([], [Square(), Circle()])
    assert fingerprint([], [Square(), Circle()]) == usual
    assert fingerprint([], [changed(Square(), change), Circle()]) != usual
    assert fingerprint([], [Circle(), Square()]) != usual


def test_a_long_array_counts_to_its_last_number() -> None:
    array = np.zeros(100_000)
    usual = fingerprint([array])
    array[-1] = 1e-300
    assert fingerprint([array]) != usual


def test_a_motion_counts_with_its_mobject_its_time_and_its_goal() -> None:
    def of(make: Any) -> str:
        return fingerprint([make(Square())])

    usual = of(FadeIn)
    assert of(FadeIn) == usual
    assert of(lambda square: FadeIn(square, run_time=2)) != usual
    assert of(lambda square: FadeIn(square, shift=RIGHT)) != usual
    assert of(lambda square: FadeIn(square.scale(2))) != usual
    assert of(lambda square: Rotate(square, 1)) != of(lambda square: Rotate(square, 2))
    assert fingerprint([FadeIn(NumericGrid(np.eye(2)))]) != fingerprint([FadeIn(NumericGrid(2 * np.eye(2)))])


def test_objects_that_hold_themselves_or_their_scene_are_no_trouble() -> None:
    scene = Scene()
    loop: list[Any] = [scene]
    loop.append(loop)
    square = Square().add_updater(lambda mobject: loop)
    scene.add(square)
    assert len(fingerprint([loop, scene.camera], [square])) == 32


def test_where_letters_were_read_from_does_not_count() -> None:
    one, other = Text("a"), Text("a")
    for letter in other:
        letter.path_obj = None
    assert fingerprint([], [VGroup(one)]) == fingerprint([], [VGroup(other)])
    assert fingerprint([], [label("a")]) != fingerprint([], [label("b")])


def test_another_process_comes_to_the_same(tmp_path: Path) -> None:
    code = """
import numpy as np
from manim import *
from mobjects import NumericGrid, label
from mobjects.fingerprint import fingerprint
from tests.test_fingerprint import run
grid = NumericGrid(np.eye(3))
names = {"one", "two", "three", "four"}
print(fingerprint([grid.animate.shift(RIGHT).build(), run()["made"], names, Write(label("a"))], [grid, Dot()]))
"""
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()[-1]
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1
