"""The inspector finds what is wrong with a screen, and nothing where nothing is."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from manim import RIGHT, UP, Circle, Create, DecimalNumber, FadeIn, Square, Text, VGroup
from PIL import Image

from mobjects import Numeral, TokenRow, formula, label, layout, symbol, theme
from mobjects.inspection import CHECKS, contrast
from mobjects.palettes import PALETTES
from mobjects.reading import written
from rendering import inspecting as printing
from rendering.plan import THEMES, Story
from scenes.base import ChapterScene
from scenes.inspecting import inspect_scene, mark, report
from scenes.storyboard import CHAPTERS

ROOT = Path(__file__).resolve().parent.parent


def scene_of(*makers, seconds=2.0, narration="A few words.", allowed=()):
    """A scene of one beat that shows what the makers make."""

    class OneBeat(ChapterScene):
        def construct(self):
            with self.beat(narration, seconds, allowed):
                for maker in makers:
                    self.play(FadeIn(maker()))

    return OneBeat


def found(scene):
    return [(fault.finding.check, fault.finding.said) for fault in inspect_scene(scene).faults]


# -- the film ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", [entry for chapter in CHAPTERS for entry in chapter.scenes], ids=lambda one: one.name)
@pytest.mark.parametrize("palette", THEMES)
def test_no_scene_of_the_film_has_a_fault(entry, palette, monkeypatch):
    scene = getattr(import_module(entry.module), entry.name)
    theme.use(palette)
    try:
        assert found(scene) == []
    finally:
        theme.use("dark")


def test_the_command_line_knows_the_themes():
    assert set(THEMES) == set(PALETTES)


# -- what is found -----------------------------------------------------------------------------------------------------


def test_a_quiet_screen_has_no_faults():
    assert found(scene_of(lambda: label("all is well"), lambda: Numeral(3, passport="count: x").shift(2 * UP))) == []


@pytest.mark.parametrize(
    ("check", "words", "makers"),
    [
        ("outside", "'far away' reaches 0.98 units", [lambda: label("far away").move_to([layout.SAFE_X, 0, 0])]),
        ("overlap", "'first' and The label 'other'", [lambda: label("first"), lambda: label("other")]),
        ("small", "font size 12, at least 24", [lambda: label("tiny print", size=12)]),
        ("small", "(3 numbers are too small)", [
            lambda: VGroup(*(Numeral(n, font_size=9, passport="x") for n in range(3))).arrange(RIGHT)
        ]),
        ("small", "The symbol 'Q_3' has font size 10", [lambda: symbol("Q", 3, size=20).scale(0.5)]),
        ("small", "The word 'fox' has font size 15", [lambda: TokenRow([" fox"], font_size=30).scale(0.5)]),
        ("contrast", "'dusk' has contrast 1.", [
            lambda: Square(4, fill_color=theme.RULE, fill_opacity=1, stroke_width=0), lambda: label("dusk")
        ]),
        ("contrast", "contrast 3.9", [lambda: formula("e^x", size=30, color=theme.TEXT).set_opacity(0.42)]),
        ("glyphs", "lacks", [lambda: broken()]),
        ("passport", "The numbers 4.0 have no passport", [lambda: Numeral(4)]),
        ("passport", "have no passport", [lambda: DecimalNumber(2, mob_class=Text)]),
    ],
)  # fmt: skip
def test_a_fault_is_found_and_said(check, words, makers):
    faults = found(scene_of(*makers))
    assert {name for name, _ in faults} == {check}
    assert words in faults[0][1]


def broken():
    text = label("cat")
    text.submobjects[1].clear_points()
    return text


def test_large_text_may_be_fainter_than_small_text():
    def grey(size):
        return lambda: label("grey", size=size).set_opacity(0.42)

    assert [check for check, _ in found(scene_of(grey(30)))] == ["contrast"]
    assert found(scene_of(grey(40))) == []


def test_what_lies_under_a_plate_is_not_read_but_what_looks_out_is():
    def plate(width):
        return lambda: Square(width, fill_color=theme.PLATE, fill_opacity=1, stroke_width=0)

    assert found(scene_of(lambda: label("hidden"), plate(5), lambda: label("shown"))) == []
    assert [check for check, _ in found(scene_of(plate(5), lambda: label("hidden"), lambda: label("shown")))] == [
        "overlap"
    ]
    low = scene_of(lambda: label("a long one behind", size=40), plate(1), lambda: label("out").shift(2 * RIGHT))
    assert [check for check, _ in found(low)] == ["overlap"]


def test_what_is_dimmed_on_purpose_need_not_be_read():
    class Dimmed(ChapterScene):
        def construct(self):
            words = TokenRow(["the", " fox"])
            with self.beat("A few words.", 2):
                self.play(FadeIn(words))
                self.play(words.animate.dim_except([0], opacity=0.4))

    assert found(Dimmed) == []


def test_sizes_and_places_are_those_of_the_frame_the_camera_sees():
    class Wide(ChapterScene):
        def construct(self):
            with self.beat("A few words.", 2):
                self.play(FadeIn(label("wide", size=36).move_to([9, 0, 0])))
                self.play(self.look(16))

    assert found(Wide) == [("small", "The label 'wide' has font size 18, at least 24 can be read")]


def test_a_beat_that_is_told_too_fast_is_found():
    faults = found(scene_of(lambda: label("text"), seconds=1, narration="word " * 30))
    assert [check for check, _ in faults] == ["hold"] and "words a minute" in faults[0][1]


def test_a_beat_that_ends_in_motion_is_found():
    class Hasty(ChapterScene):
        def wait(self, *args, **kwargs):
            self.play(Create(Circle()), run_time=0.2)

        def construct(self):
            with self.beat("A few words.", 1):
                pass

    assert ("hold", "The beat holds for 0.00 s, at least 1 s are needed") in found(Hasty)


def test_more_shapes_in_motion_than_can_be_drawn_are_found():
    faults = found(scene_of(lambda: VGroup(*(Square(0.1) for _ in range(3001)))))
    assert [check for check, _ in faults] == ["moving"] and "3001 shapes" in faults[0][1]


def test_a_beat_may_break_a_rule_it_names():
    assert found(scene_of(lambda: label("tiny print", size=12), allowed=("small",))) == []


def test_contrast_is_that_of_wcag():
    black, white, grey = np.zeros(3), np.ones(3), np.full(3, 0x77 / 255)
    assert contrast(black, white) == pytest.approx(21)
    assert contrast(grey, white) == pytest.approx(4.48, abs=0.005)


# -- what is written of it ---------------------------------------------------------------------------------------------


def test_each_fault_is_written_down_with_a_marked_still(tmp_path):
    inspected = inspect_scene(scene_of(lambda: label("far away").move_to([layout.SAFE_X, 0, 0]), lambda: Numeral(4)))
    report(inspected, tmp_path)
    written_down = json.loads((tmp_path / "OneBeat.json").read_text())
    assert [one["check"] for one in written_down["findings"]] == ["outside", "passport"]
    for one in written_down["findings"]:
        assert one["check"] in CHECKS and one["beat"] == 1 and one["said"]
        still = np.asarray(Image.open(tmp_path / one["still"]))
        red = (still == [round(255 * part) for part in theme.rgba(theme.NEGATIVE)[:3]]).all(axis=2)
        assert red.sum() > 100
    report(inspect_scene(scene_of(lambda: label("fine"))), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["OneBeat.json"], "stills of faults that are gone go too"


def test_the_mark_lies_around_the_fault():
    inspected = inspect_scene(scene_of(lambda: label("tiny print", size=12)))
    [fault] = inspected.faults
    still = np.asarray(mark(inspected.pictures[1], fault.finding)).astype(int)[:480]
    bright = np.argwhere(still.min(axis=2) > 150)
    red = np.argwhere((still[:, :, 0] > 200) & (still[:, :, 2] < 120))
    assert (red.min(axis=0) < bright.min(axis=0)).all() and (red.max(axis=0) > bright.max(axis=0)).all()


def run(*words, **environment):
    command = [sys.executable, "render.py", "--inspect", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_the_command_line_inspects_and_says_so():
    said = run("AttentionPattern")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "18 beats, no findings" in said.stdout and "1 scene inspected, no findings" in said.stdout


def test_an_unknown_scene_is_refused():
    said = run("AttentionPatern")
    assert said.returncode == 2 and "did you mean AttentionPattern" in said.stderr


def test_a_fault_makes_the_command_fail(tmp_path, monkeypatch, capsys):
    (tmp_path / "faulty.py").write_text(
        "from manim import FadeIn\nfrom mobjects import Numeral\nfrom scenes.base import ChapterScene\n\n\n"
        "class Faulty(ChapterScene):\n    def construct(self):\n        with self.beat('A few words.', 2):\n"
        "            self.play(FadeIn(Numeral(4)))\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    console = printing.Console(width=200)
    assert printing.inspect(["faulty:Faulty"], Story(), tmp_path, console) == 1
    assert "passport The numbers 4.0 have no passport" in capsys.readouterr().out
    assert (tmp_path / "media" / "inspection" / "Faulty.json").exists()


# -- what can be read --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("angle", [0, 0.5, 3.0])
@pytest.mark.parametrize("factor", [0.3, 1, 4])
def test_text_of_any_kind_knows_its_size_however_it_was_turned(angle, factor):
    kinds = {
        "label": label("iron", size=30),
        "number": Numeral(-1.5, font_size=30),
        "symbol": symbol("E", 12, size=30),
        "word": TokenRow([" fox"], font_size=30),
    }
    for kind, mobject in kinds.items():
        [one] = written([mobject.scale(factor).rotate(angle)])
        assert one.kind == kind
        assert one.size == pytest.approx(30 * factor, rel=1e-3)


def test_what_cannot_be_seen_is_not_read():
    assert written([label("gone").set_opacity(0)]) == []
    twice = label("once")
    assert len(written([twice, VGroup(twice)])) == 1
