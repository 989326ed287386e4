"""Opens a finished clip in the person's own player, or says why not."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path


def opener(system: str | None = None, environment: Mapping[str, str] | None = None) -> str | None:
    """The program that opens files for people on this machine; None where there is no screen or no such program."""
    system = system or platform.system()
    environment = os.environ if environment is None else environment
    if system == "Darwin":
        return shutil.which("open")
    if system == "Linux" and not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        return None
    return shutil.which("xdg-open")


def open_clip(path: Path) -> str:
    """Open a clip; returns a sentence saying what happened."""
    program = opener()
    if program is None:
        return f"There is no screen to play it on; the clip is {path}"
    nothing = subprocess.DEVNULL
    subprocess.Popen([program, str(path)], stdin=nothing, stdout=nothing, stderr=nothing)
    return f"Opened {path}"
