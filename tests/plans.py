"""What a scene's plays are called in the cache, without drawing any."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from manim import tempconfig

from mobjects import renderer
from mobjects.portion import PLAN, PLAYS


def plays_of(
    scene: type[Any], folder: Path, monkeypatch: pytest.MonkeyPatch, stepped: bool = False, frame_rate: float = 5
) -> list[dict[str, Any]]:
    """Go through a scene; leaping from each play's first moment to its last where that may be done, or ``stepped``."""
    settings = {
        "media_dir": str(folder), "quality": "low_quality", "frame_rate": frame_rate, "progress_bar": "none",
        "verbosity": "ERROR", "format": "mp4",
    }  # fmt: skip
    plan = folder / "plan.json"
    with monkeypatch.context() as patched, tempconfig(settings):
        patched.setenv(PLAYS, "0:0")
        patched.setenv(PLAN, str(plan))
        if stepped:
            patched.setattr(renderer, "wanders", lambda scene: True)
        scene().render()
    return json.loads(plan.read_text())
