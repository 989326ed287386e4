"""Runs the scenes, each in a process of its own, and says of each how it ended."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from rendering.finish import DeliveryError, finish
from rendering.leash import follow
from rendering.manifest import Clip, RecordError
from rendering.plan import STORY, Task
from rendering.progress import Display, Progress

PATIENCE = 1.0  # seconds scenes get to end by themselves when told to stop
PAUSE = 0.1  # seconds between two looks at the running scenes
TRACEBACK_LINES = 6
FULL = 2**20  # bytes; a disk with less room than this is called full


@dataclass(frozen=True)
class Outcome:
    """How one scene ended: with a clip, or with a sentence saying why not."""

    task: Task
    clip: Clip | None = None
    failure: str = ""


@dataclass
class _Running:
    """A started scene and what must be let go of when it ends."""

    progress: Progress
    process: subprocess.Popen[bytes]
    held: ExitStack


def default_jobs() -> int:
    """Scenes to render at once: half the cores, since one scene draws on one core and encodes on another."""
    return max(1, (os.cpu_count() or 1) // 2)


def run_all(tasks: Sequence[Task], root: Path, jobs: int, show: Callable[[list[Progress]], Display]) -> list[Outcome]:
    """Render every task, at most ``jobs`` at once, and deliver the clips; ``show`` makes what shows how far they are.

    A scene that fails does not stop the others. On Ctrl-C (``KeyboardInterrupt``) every scene is stopped first.

    Returns
    -------
    list of Outcome
        One for each task, in the same order.
    """
    rows = [Progress.of(task) for task in tasks]
    waiting, outcomes = list(rows), dict[str, Outcome]()
    running: list[_Running] = []
    with show(rows) as display:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    row = waiting.pop(0)
                    begun = _begin(row, root, several=min(jobs, len(rows)) > 1)
                    if isinstance(begun, Outcome):
                        outcomes[begun.task.stem] = begun
                        display.ended(row, begun.failure)
                    else:
                        running.append(begun)
                display.refresh()
                for one in [one for one in running if one.process.poll() is not None]:
                    display.refresh()
                    running.remove(one)
                    outcomes[one.progress.task.stem] = _end(one, display)
                time.sleep(PAUSE if running else 0)
        finally:
            _stop(running)
    return [outcomes[task.stem] for task in tasks]


def _begin(progress: Progress, root: Path, several: bool) -> _Running | Outcome:
    """Start a scene's process, one of several at a time or alone, or say why it cannot be started."""
    task, held = progress.task, ExitStack()
    try:
        task.workshop.mkdir(parents=True, exist_ok=True)
        task.log.parent.mkdir(parents=True, exist_ok=True)
        task.folder.mkdir(parents=True, exist_ok=True)
        held.enter_context(FileLock(task.workshop / ".lock", timeout=0))
        task.progress.unlink(missing_ok=True)
        task.record.unlink(missing_ok=True)
        if task.unfinished.exists():  # manim writes these files bit by bit, and believes them whole when they are there
            shutil.rmtree(task.workshop / "Tex", ignore_errors=True)
            shutil.rmtree(task.workshop / "texts", ignore_errors=True)
        task.unfinished.touch()
        log = held.enter_context(task.log.open("wb"))
        # Of several scenes at once none forks, unless asked to: the cores have enough to do.
        process = spawn(task, root, log, {"RENDER_FORK": "0"} if several else {})
    except Timeout:
        held.close()
        progress.finish("failed")
        return Outcome(task, failure=f"{task.stem} is being rendered by another process; wait for it to end")
    except OSError as error:
        held.close()
        progress.finish("failed")
        return Outcome(task, failure=explain(error))
    progress.start()
    return _Running(progress, process, held)


def spawn(task: Task, root: Path, log: IO[bytes], usual: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a scene's process, which ends with this one; ``usual`` are settings unless the environment has others."""
    # Wide and without colours, since what the process prints goes to a file that people read.
    inherited = {name: value for name, value in os.environ.items() if name not in STORY}
    printed = {"COLUMNS": "160", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    environment = {**usual, **inherited, **printed, **task.environment}
    return subprocess.Popen(
        task.command, cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        preexec_fn=follow,
    )  # fmt: skip


def _end(one: _Running, display: Display) -> Outcome:
    """Deliver what an ended process left, or find out what went wrong."""
    task = one.progress.task
    try:
        if one.process.returncode:
            outcome = Outcome(task, failure=what_went_wrong(one.process.returncode, task.log))
        else:
            outcome = Outcome(task, clip=finish(task))
            task.unfinished.unlink(missing_ok=True)
    except (RecordError, DeliveryError) as error:
        outcome = Outcome(task, failure=str(error))
    except OSError as error:
        outcome = Outcome(task, failure=explain(error))
    finally:
        one.held.close()
    if outcome.clip:
        one.progress.frames = outcome.clip.frames
    one.progress.finish("done" if outcome.clip else "failed")
    display.ended(one.progress, outcome.failure)
    return outcome


def _stop(running: list[_Running]) -> None:
    """End every process that is still there: politely, then not."""
    for one in running:
        one.process.terminate()
    deadline = time.monotonic() + PATIENCE
    for one in running:
        try:
            one.process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            one.process.kill()
            one.process.wait()
        one.held.close()


def what_went_wrong(returncode: int, log: Path) -> str:
    """One sentence, or the end of the traceback, for a scene that ended badly.

    Parameters
    ----------
    returncode : int
        As the process returned it; negative means killed by that signal.
    log : Path
        What it printed.
    """
    lines = [line.rstrip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    sentences = [line.partition(":")[2].strip() for line in lines if line.startswith("error:")]
    if returncode < 0:
        return f"its process was killed by {_signal_name(-returncode)} (often: out of memory); the log is {log}"
    if sentences:
        return sentences[-1]
    # On a full disk the log itself breaks off, often before it can say so.
    if any("No space left on device" in line for line in lines) or shutil.disk_usage(log.parent).free < FULL:
        return explain(OSError(errno.ENOSPC, "", str(log)))
    tail = "\n".join(f"    {line}" for line in _ending(lines))
    return f"it ended with exit code {returncode}; the log is {log} and says\n{tail}"


def explain(error: OSError) -> str:
    """One sentence for a file that could not be written or a program that could not be started."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"the disk is full{where}; free some space (media/work holds manim's cache) and render again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"this place may not be written to{where}; make it writable and render again"
    return f"{error.strerror or error}{where}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _ending(lines: list[str]) -> list[str]:
    """What matters of a log: of rich's framed traceback the last places and the error, else the last lines."""
    bottom = max((place for place, line in enumerate(lines) if line.startswith("╰")), default=None)
    if bottom is None:
        return lines[-TRACEBACK_LINES:]
    # Places stand between empty lines of the frame; a long path goes on in the next line.
    framed = "\n".join(line.strip("│ ") for line in lines[:bottom] if re.match(r"│ [^\s❱]|│ +│$", line))
    words = (re.sub(r"(?<= in)\n(?=\S)|\n(?=in \S+$)", " ", part.strip()) for part in framed.split("\n\n"))
    joined = (part.replace("\n", "") for part in words)
    places = [part for part in joined if re.search(r":\d+ in ", part)]
    return (places[-2:] + lines[bottom + 1 :])[-TRACEBACK_LINES:]
