"""How far each scene has come, read from the lines it writes; shown as a table, as plain lines, or to programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from rendering.plan import Task

STYLES = {"waiting": "dim", "rendering": "cyan", "done": "green", "failed": "bold red"}


@dataclass
class Progress:
    """One scene's state, as last heard.

    Parameters
    ----------
    task : Task
        The scene.
    expected_frames : int
        How many frames it will probably have, from the storyboard's seconds.
    """

    task: Task
    expected_frames: int
    state: str = "waiting"
    beat: int = 0
    beats: int | None = None
    name: str = ""
    frames: int = 0
    started: float = 0.0
    finished: float = 0.0
    _offset: int = field(default=0, repr=False)

    @classmethod
    def of(cls, task: Task) -> Progress:
        """A scene that has not started."""
        return cls(task, max(1, round(task.entry.seconds * task.frame_rate)))

    def start(self) -> None:
        """Note that the scene's process has begun."""
        self.state, self.started = "rendering", time.monotonic()

    def finish(self, state: str) -> None:
        """Note how the scene ended: ``done`` or ``failed``."""
        self.state, self.finished = state, time.monotonic()

    def read(self) -> bool:
        """Take in what the scene has written since; True if a new beat began."""
        text = _read_from(self.task.progress, self._offset)
        lines, newline, _ = text.rpartition(b"\n")
        self._offset += len(lines) + len(newline)
        before = self.beat
        for line in lines.splitlines():
            self._take(line)
        return self.beat != before

    def _take(self, line: bytes) -> None:
        try:
            event = json.loads(line)
            self.beat = int(event.get("beat") or self.beat)
            self.beats = event.get("beats") or self.beats
            self.frames = int(event.get("frames") or self.frames)
            self.name = str(event.get("name") or self.name)
        except (ValueError, TypeError, AttributeError):
            return  # progress is a courtesy: a line that cannot be read stops nothing

    @property
    def elapsed(self) -> float:
        """Seconds since the start, up to the end."""
        return (self.finished or time.monotonic()) - self.started if self.started else 0.0

    @property
    def remaining(self) -> float | None:
        """Seconds still to go, if frames go on coming as fast; None where nobody can tell."""
        if self.state != "rendering" or not 0 < self.frames < self.expected_frames:
            return None
        return self.elapsed * (self.expected_frames - self.frames) / self.frames

    @property
    def beat_text(self) -> str:
        """The beat in words, e.g. ``3/18 columns``."""
        count = f"{self.beat}/{self.beats}" if self.beats else f"{self.beat}"
        return f"{count} {self.name}".strip() if self.beat else ""


def _read_from(path: Path, offset: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read()
    except FileNotFoundError:  # the scene has not reached its first beat
        return b""


def clock(seconds: float | None) -> str:
    """Seconds as ``m:ss``; empty for None."""
    return "" if seconds is None else f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def table(rows: Iterable[Progress]) -> Table:
    """All scenes, one a row."""
    shown = Table("clip", "", "beat", "frames", "elapsed", "to go", box=None, pad_edge=False)
    for row in rows:
        frames = f"{row.frames} of about {row.expected_frames}" if row.state == "rendering" else str(row.frames or "")
        state = f"[{STYLES[row.state]}]{row.state}[/]"
        time_taken = clock(row.elapsed) if row.started else ""
        shown.add_row(row.task.stem, state, escape(row.beat_text), frames, time_taken, clock(row.remaining))
    return shown


class Display:
    """Shows the scenes while they render: a live table on a terminal, else one plain line for each piece of news."""

    def __init__(self, rows: list[Progress], console: Console) -> None:
        self.rows, self.console = rows, console
        self._live = Live(table(rows), console=console, refresh_per_second=4) if console.is_terminal else None

    def __enter__(self) -> Display:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.update(table(self.rows))
            self._live.stop()

    def refresh(self) -> None:
        """Read every running scene's lines and show what is new."""
        for row in self.rows:
            if row.state == "rendering" and row.read():
                self.moved(row)
        if self._live:
            self._live.update(table(self.rows))

    def moved(self, row: Progress) -> None:
        """Say that a scene has come to another beat."""
        self._say(row, f"beat {row.beat_text}, {row.frames} frames, {clock(row.remaining) or '?'} to go")

    def ended(self, row: Progress, failure: str = "") -> None:
        """Say that a scene has ended, and how; why it failed is said at the end of all."""
        self._say(row, f"{row.state} after {clock(row.elapsed)}")

    def _say(self, row: Progress, news: str) -> None:
        if not self._live:
            self.console.print(f"{row.task.stem}: {news}", markup=False, highlight=False, soft_wrap=True)


class Reported(Display):
    """Tells other programs: a JSON object a line.

    Every object has ``event`` and ``clip``. ``event`` is ``waiting`` (first of all, for each clip), ``beat``, ``done``
    or ``failed``; frames are those finished, seconds those since the clip was begun, ``error`` is a sentence.
    """

    def __init__(self, rows: list[Progress], stream: TextIO) -> None:
        super().__init__(rows, Console(quiet=True))
        self.stream = stream

    def __enter__(self) -> Reported:
        for row in self.rows:
            report(self.stream, "waiting", row.task.stem, scene=row.task.entry.name, expected=row.expected_frames)
        return self

    def moved(self, row: Progress) -> None:
        """Tell which beat has begun, and what is known of the rest."""
        report(
            self.stream, "beat", row.task.stem, beat=row.beat, beats=row.beats, name=row.name, frames=row.frames,
            expected=row.expected_frames, seconds=round(row.elapsed, 2),
            to_go=None if row.remaining is None else round(row.remaining, 2),
        )  # fmt: skip

    def ended(self, row: Progress, failure: str = "") -> None:
        """Tell how a clip has ended."""
        error = {"error": failure} if failure else {}
        report(self.stream, row.state, row.task.stem, frames=row.frames, seconds=round(row.elapsed, 2), **error)


@dataclass(frozen=True)
class Voice:
    """Speaks to a person or, as JSON on standard output, to another program; a person then reads the other stream."""

    as_json: bool = False

    def show(self, rows: list[Progress]) -> Display:
        """What shows how far scenes are."""
        return Reported(rows, sys.stdout) if self.as_json else Display(rows, Console())

    def result(self, text: str) -> None:
        """Give what was asked for."""
        print(text, file=sys.stderr if self.as_json else sys.stdout)

    def news(self, event: str, clip: str, said: str = "", **facts: object) -> None:
        """Tell what has happened to a clip; a person is told what ``said`` says, if there is something."""
        if self.as_json:
            report(sys.stdout, event, clip, **facts)
        else:
            print(f"{clip}: {said or event}", file=sys.stderr)

    def warn(self, text: str) -> None:
        """Tell a person of something that need not stop anything."""
        print(f"warning: {text}", file=sys.stderr)


def report(stream: TextIO, event: str, clip: str, **facts: object) -> None:
    """Write one event as a line of JSON."""
    print(json.dumps({"event": event, "clip": clip, **facts}), file=stream, flush=True)
