"""One scene on many cores: the scene only steps through its plays, and processes forked on the way draw and encode.

A fork is the scene as it stands, with its random numbers and all, so what it draws is what the scene would have drawn.
Each draws ``CHUNK`` frames of a play into a file of their own; when all of a play are there, they are joined.
"""

from __future__ import annotations

import ctypes
import gc
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, NoReturn

from manim import logger
from tqdm import tqdm

from mobjects.encoder import FilmEncoder, Parts

SWITCH = "RENDER_FORK"
FEWEST_CORES = 4
BYTES_A_PROCESS = 600_000_000
LONGEST_REPORT = 30_000
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class ForkError(RuntimeError):
    """A process that drew frames has failed; the message names the play."""


@dataclass
class Film:
    """A play's film in the making.

    Attributes
    ----------
    parts : Parts
        Where its chunks go.
    play : int
        Its number.
    encoder : callable
        Given the number of a chunk, returns what encodes it.
    chunks, running : int
        How many there are, and how many processes are at work on them.
    complete : bool
        Whether the play is over, so that there will be no more.
    """

    parts: Parts
    play: int
    encoder: Callable[[int], FilmEncoder]
    chunks: int = 0
    running: int = 0
    complete: bool = False


@dataclass
class Child:
    """A process that draws a part of a film, and the pipe on which it would tell of an error."""

    pid: int
    pipe: int
    film: Film

    def fileno(self) -> int:
        """Return the pipe, to wait on."""
        return self.pipe


@dataclass
class Forks:
    """The processes of one scene.

    Attributes
    ----------
    slots : int
        How many may run at once; none means that the scene draws itself.
    inside : FilmEncoder or None
        In a forked process: what takes its frames.
    """

    slots: int
    frame_rate: Fraction
    inside: FilmEncoder | None = None
    films: list[Film] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)
    pipe: int = -1

    def begin(self, parts: Parts, play: int, encoder: Callable[[int], FilmEncoder]) -> Film:
        """Return a film that processes are to make; see its attributes for the parameters."""
        tqdm.monitor_interval = 0  # its thread, which only tends to slow bars, would be in the way of forking
        self.films.append(Film(parts, play, encoder))
        return self.films[-1]

    def branch(self, film: Film) -> bool:
        """Fork for the next chunk of a film; true in the new process."""
        while len(self.children) >= self.slots:
            self._reap()
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        chance = random.getstate()
        pid = os.fork()
        if pid:
            os.close(writing)
            film.running += 1
            film.chunks += 1
            self.children.append(Child(pid, reading, film))
            return False
        try:
            random.setstate(chance)  # Python gives a new process a new seed
            self.pipe = writing
            self.children, self.films = [], []  # they are the scene's, not ours
            become_a_worker()
            self.inside = film.encoder(film.chunks)
        except BaseException as error:
            self.leave(error)
        return True

    def leave(self, error: BaseException | None = None) -> NoReturn:
        """End a forked process, its film written, or its error told."""
        try:
            if self.inside is not None:
                self.inside.finish() if error is None else self.inside.abort()
        except BaseException as failure:  # whatever it is, this process ends here
            error = error or failure
        if error is not None:
            with suppress(OSError):
                os.write(self.pipe, "".join(traceback.format_exception(error)).encode()[-LONGEST_REPORT:])
        os._exit(int(error is not None))

    def making(self, target: Path) -> bool:
        """Return whether a film is on its way."""
        return any(film.parts.target == target for film in self.films)

    def _reap(self) -> None:
        """Wait until a process ends, and join the film of which it made the last part."""
        ready: list[Any] = wait(self.children)  # type: ignore[arg-type]
        for child in ready:
            self.children.remove(child)
            child.film.running -= 1
            with open(child.pipe, "rb") as pipe:
                report = pipe.read().decode(errors="replace")
            _, status = os.waitpid(child.pid, 0)
            if status:
                self.abort()
                raise ForkError(self._told(child, report, status))
            self.settle(child.film)

    def settle(self, film: Film) -> None:
        """Join a film if all its parts are there."""
        if film.complete and not film.running:
            self.films.remove(film)
            film.parts.join(film.chunks, self.frame_rate)

    def _told(self, child: Child, report: str, status: int) -> str:
        if report:
            return f"animation {child.film.play} failed in the process that drew it:\n{report.rstrip()}"
        code = os.waitstatus_to_exitcode(status)
        how = f"was stopped by signal {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return (
            f"the process that drew animation {child.film.play} {how}; if memory is short, "
            f"render without further processes ({SWITCH}=0)"
        )

    def finish(self) -> None:
        """Wait for all."""
        while self.children:
            self._reap()

    def abort(self) -> None:
        """Stop all, and leave no part behind."""
        for child in self.children:
            with suppress(OSError):
                os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
            os.close(child.pipe)
        self.children.clear()
        for film in self.films:
            film.parts.remove()
        self.films.clear()


def slots() -> int:
    """Return how many processes may draw one scene; none if it had better draw itself.

    Several where it gains, on Linux with four cores or more; ``RENDER_FORK=1`` in the environment makes it so with
    fewer, ``RENDER_FORK=0`` never.
    """
    wish = os.environ.get(SWITCH)
    if not sys.platform.startswith("linux") or wish == "0":
        return 0
    cores = len(os.sched_getaffinity(0))
    if cores < FEWEST_CORES and wish != "1":
        return 0
    return max(1, min(cores, available_memory() // BYTES_A_PROCESS))


def available_memory() -> int:
    """Return how many bytes of memory Linux could give to new processes."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))


def become_a_worker() -> None:
    """Be silent (the scene says everything), die with the scene, and leave its memory shared."""
    gc.disable()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for as long as the process lives
    for stream in (1, 2):
        os.dup2(sys.stdout.fileno(), stream)
    logger.disabled = True
