"""Whichever way a scene is rendered, every frame is manim's to the bit, and the films are one another's to the byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest
from manim import Scene, ThreeDScene, ZoomedScene

from mobjects.camera import BulkDrawing
from tests.adversaries import ADVERSARIES, BASES
from tests.frames import render


@pytest.mark.parametrize("name", ADVERSARIES)
def test_frames_are_manims(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    construct, base = ADVERSARIES[name], BASES.get(name, Scene)

    def rendered(way: str, folder: str, forks: bool = False) -> tuple[Any, bytes, Any]:
        monkeypatch.setenv("RENDER_FORK", str(int(forks)))
        frames, scene = render(construct, way, tmp_path / folder, base=base)
        return frames, scene.output_plan.primary_artifact.read_bytes(), scene

    stock, *_ = rendered("stock", "stock")
    fast, film, scene = rendered("fast", "fast")
    assert isinstance(scene.camera, BulkDrawing) or base in (ThreeDScene, ZoomedScene)
    with av.open(str(scene.output_plan.primary_artifact)) as reader:
        assert sum(1 for _ in reader.decode(video=0)) == scene.renderer.frames == len(stock)
    if name == "same_play_twice":  # manim draws the repeats too, for its waits leave something in the scene
        stock = stock[: len(stock) // 3]
    assert fast == stock
    forked, forked_film, _ = rendered("fast", "fork", forks=True)
    assert forked == stock
    assert forked_film == film
    for forks, folder in ((False, "fork"), (True, "fast")):
        cached, cached_film, _ = rendered("fast", folder, forks)
        # A magnifying camera stretches its frame while it draws: by a rounding, that is another play.
        assert cached == [] or (base is ZoomedScene and set(cached) <= set(stock))
        assert cached_film == film
