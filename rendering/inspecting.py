"""Has scenes inspected in a process of their own, and shows what was found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from rendering.plan import Story

GALLERY = "gallery"  # the name that stands for all examples


def inspect(subjects: Sequence[str], story: Story, root: Path, console: Console) -> int:
    """Inspect scenes and print their faults.

    Parameters
    ----------
    subjects : sequence of str
        Scenes as MODULE:NAME; MODULE:* for all of a file.
    story : Story
        Text, network and theme.
    root : Path
        The repository.
    console : Console
        Where to print.

    Returns
    -------
    int
        0 if nothing was found, 1 if something was, or if a scene could not be told.
    """
    folder = root / "media" / "inspection"
    command = [sys.executable, "-m", "scenes.inspecting", str(folder), *subjects]
    with subprocess.Popen(
        command, cwd=root, env=os.environ | story.environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        reports = [_show(folder / line.strip(), console) for line in process.stdout if line.strip().endswith(".json")]
    faults = sum(len(report["findings"]) for report in reports)
    if process.returncode:
        return 1
    console.print(
        f"{len(reports)} scene{'s' * (len(reports) != 1)} inspected, {faults or 'no'} finding{'s' * (faults != 1)}"
    )
    if faults:
        console.print(f"Reports and marked stills are in {folder}", soft_wrap=True)
    return 1 if faults else 0


def _show(path: Path, console: Console) -> dict[str, Any]:
    """Print what one report says, and return it."""
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    found = report["findings"]
    console.print(
        f"[bold]{report['scene']}[/bold]  {report['beats']} beats, {len(found) or 'no'} findings", soft_wrap=True
    )
    for one in found:
        place = f"beat {one['beat']}, {one['seconds']:.1f} s"
        console.print(f"  {place}: [red]{one['check']}[/red] {escape(one['said'])}", soft_wrap=True, highlight=False)
    return report
