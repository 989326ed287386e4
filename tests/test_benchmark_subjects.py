"""The rendering benchmark compares like with like."""

from __future__ import annotations

import numpy as np
import pytest
from manim import tempconfig

from benchmarks import render, subjects

SMALL = {"pixel_width": 160, "pixel_height": 90, "frame_rate": 15}


def test_stock_and_ours_show_the_same_numbers_before_and_after(tmp_path) -> None:
    with tempconfig({"media_dir": str(tmp_path)}):
        shown = {}
        for who in ("stock", "ours"):
            grid = subjects.GRIDS[who](2)
            motion = subjects.MOTIONS[who]["changing"](grid, 2)
            numbers = grid.submobjects if who == "stock" else grid.entries.submobjects
            before = [numeral.number if who == "stock" else numeral.value for numeral in numbers]
            motion.begin()
            motion.interpolate(1)
            after = [numeral.number if who == "stock" else numeral.value for numeral in numbers]
            shown[who] = (before, after, grid.height)
    assert shown["stock"][0] == pytest.approx(shown["ours"][0])
    assert shown["stock"][1] == pytest.approx(shown["ours"][1])
    assert shown["stock"][2] == pytest.approx(shown["ours"][2], rel=0.01)
    assert not np.allclose(*shown["ours"][:2])


@pytest.mark.parametrize("what", ["changing", "moving", "resting"])
def test_every_subject_renders_what_it_says(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDER_FORK", "0")  # the floor is of one process
    for who, floor in (("stock", False), ("ours", False), ("ours", True)):
        measured = subjects.measure(who, what, size=2, seconds=1.0, floor=floor, **SMALL)
        assert (measured["frames"], measured["drawn"], measured["plays"]) == (15, 1, 1)
        assert measured["seconds"] > 0 and measured["peak"] > 1e7
        assert (measured["floor"] > 0) == floor
        subjects.FloorWriter.seconds = 0.0


def test_a_goal_is_met_or_missed_on_its_own_side() -> None:
    assert render.verdict(1.5, 1.5) == render.verdict(2, 1.8, at_least=True) == "met"
    assert render.verdict(1.51, 1.5) == render.verdict(1.7, 1.8, at_least=True) == "**missed**"


def test_ways_take_turns_and_medians_are_of_each_turns_ratio() -> None:
    order: list[int] = []
    ways = render.in_turns(2, lambda: order.append(1) or 1, lambda: order.append(2) or 2)
    assert (order, ways) == ([1, 2, 1, 2], [[1, 1], [2, 2]])
    turns = [{"seconds": 1.0, "frames": 2.0}, {"seconds": 9.0, "frames": 3.0}, {"seconds": 4.0, "frames": 4.0}]
    assert (render.median(turns), render.median(turns, per="frames")) == (4.0, 1.0)


def test_a_scene_of_the_film_is_measured_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENDER_FORK", "0")
    measured = subjects.measure(what="AttentionPattern", frame_rate=2, pixel_width=160, pixel_height=90)
    assert measured["plays"] > 18 and measured["floor"] == 0
    scene = subjects.film_scene("AttentionPattern", "look_at_no_answer", floor=False)
    assert type(scene).__name__ == "AttentionPattern" and "look_at_no_answer" in vars(type(scene))


def test_a_line_of_the_chapter_gives_both_ratios() -> None:
    assert render.row_of("A", 10.0, 6.0, 5.0) == "| A | 10 | 6 | 0.60 | 5 | 1.20 |"
