"""How fast scenes render, and against what: ``python -m benchmarks.render``; half an hour on two cores.

Everything that is compared takes turns in one run, each in a process of its own; medians of the turns. The tables go
into ``benchmarks/RESULTS.md``.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cloup
import numpy as np
from rich.console import Console
from rich.markdown import Markdown

from benchmarks.codecs import table as codec_table
from benchmarks.report import write_section
from model.recording.timing import processor
from scenes.storyboard import CHAPTERS

ROOT = Path(__file__).resolve().parent.parent
FULL = {"pixel_width": 1920, "pixel_height": 1080, "frame_rate": 60}
MIDDLE = {"pixel_width": 1280, "pixel_height": 720, "frame_rate": 30}
HUGE = {"pixel_width": 3840, "pixel_height": 2160, "frame_rate": 6}
EMPTY = "from manim import Scene\nclass Empty(Scene):\n    def construct(self):\n        self.wait(0.1)\n"
FIRST = """from scenes.attention import AttentionPattern
class First(AttentionPattern):
    def construct(self):
        self.wait(0.1)
"""
OTHER_TEXT = "the good old king found a small dark room"

Measured = dict[str, float]
console = Console(stderr=True)


def subject(fork: int = 0, **options: Any) -> Measured:
    """Render one subject in a process of its own; see ``benchmarks.subjects``."""
    environment = os.environ | {"RENDER_FORK": str(fork), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "benchmarks.subjects", json.dumps(options)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"error: {options} did not render; {done.stderr.strip().splitlines()[-1]}")
    measured: Measured = json.loads(done.stdout.splitlines()[-1])
    floor = f", floor {measured['floor']:.2f} s" if measured.get("floor") else ""
    console.print(f"{options}: {measured['seconds']:.2f} s{floor}", highlight=False)
    return measured


def seconds_of(command: Sequence[str], folder: Path, **environment: str) -> float:
    """Return how long a command takes from start to end."""
    started = time.perf_counter()
    variables = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    subprocess.run(command, cwd=folder, env=variables, check=True, capture_output=True)
    taken = time.perf_counter() - started
    console.print(f"{' '.join(command[2:])[:100]}: {taken:.2f} s", highlight=False)
    return taken


def in_turns(turns: int, *ways: Callable[[], Any]) -> list[list[Any]]:
    """Return what each way gave in each of its turns; the ways take turns."""
    rounds = [[way() for way in ways] for _ in range(turns)]
    return [[given[number] for given in rounds] for number in range(len(ways))]


def median(measured: Sequence[Measured], what: str = "seconds", per: str = "") -> float:
    """Return the median of one thing measured, or of its ratio to another."""
    return statistics.median(one[what] / (one[per] if per else 1) for one in measured)


def verdict(found: float, goal: float, at_least: bool = False) -> str:
    """Return whether a goal is met, in words."""
    return "met" if (found >= goal if at_least else found <= goal) else "**missed**"


def grids(turns: int) -> str:
    """Return goals 1 to 3: grids of numbers, against stock manim and against encoding alone."""
    rows = []
    for what, words in (("changing", "all change"), ("moving", "all move"), ("resting", "all rest, a dot moves")):
        stock, ours, floor = in_turns(
            turns,
            lambda what=what: subject(who="stock", what=what, size=12, seconds=0.25, **FULL),
            lambda what=what: subject(who="ours", what=what, size=12, seconds=2, **FULL),
            lambda what=what: subject(who="ours", what=what, size=12, seconds=2, floor=True, **FULL),
        )
        theirs, mine = (1000 * median(one, per="frames") for one in (stock, ours))
        alone = 1000 * median(floor, "floor", per="frames")
        faster, over = theirs / mine, mine / alone
        judged = f"{verdict(faster, 30, at_least=True)}, {verdict(over, 1.5)}" if what == "changing" else ""
        rows.append(f"| {words} | {theirs:.1f} | {mine:.1f} | {alone:.1f} | {faster:.1f} | {over:.2f} | {judged} |")
    small, large, largest = in_turns(
        turns, *(lambda n=n: subject(who="ours", what="changing", size=n, seconds=1, **FULL) for n in (12, 48, 64))
    )
    each = [1e6 * median(one, per="frames") / size**2 for one, size in ((small, 12), (large, 48), (largest, 64))]
    share = each[1] / each[0]
    return (
        "12 x 12 numbers in stock manim (`DecimalNumber(mob_class=Text)`, its own encoder settings) and in ours; the "
        "floor is encoding the same frames, with nothing else to do. Milliseconds a frame, from the first frame of the "
        f"play to the finished film; medians of {turns} turns. Goals: 30 times faster, 1.5 times the floor.\n\n"
        "| 1080p60 | stock | ours | floor | times faster | ours / floor | goals |\n|---|---|---|---|---|---|---|\n"
        + "\n".join(rows)
        + "\n\nOne changing number among 144, 2304 and 4096 takes "
        + ", ".join(f"{one:.0f}" for one in each)
        + f" microseconds a frame. 48 x 48 against 12 x 12: {share:.2f} (goal: at most 1.2, {verdict(share, 1.2)})."
    )


def chapter(turns: int) -> str:
    """Return goal 4: chapter 2, scene by scene."""
    [entries] = [chapter.scenes for chapter in CHAPTERS if chapter.number == 2]
    rows, whole = [], np.zeros(3)
    for entry in entries:
        plain, floor = in_turns(
            turns,
            lambda name=entry.name: subject(what=name, **FULL),
            lambda name=entry.name: subject(what=name, floor=True, **FULL),
        )
        length, taken, alone = plain[0]["frames"] / FULL["frame_rate"], median(plain), median(floor, "floor")
        whole += length, taken, alone
        rows.append(row_of(entry.name, length, taken, alone))
    over = whole[1] / whole[2]
    return (
        f"Chapter 2 at 1080p60, scene after scene, medians of {turns} turns; the floor is encoding the same frames, "
        "with nothing else to do. Seconds.\n\n"
        "| scene | length | ours | of its length | floor | ours / floor |\n|---|---|---|---|---|---|\n"
        + "\n".join([*rows, row_of("**all**", *whole)])
        + f"\n\nGoal: at most 1.5 times the floor, {verdict(over, 1.5)}."
    )


def row_of(name: str, length: float, taken: float, alone: float) -> str:
    """Return a line of the chapter's table; all in seconds."""
    return f"| {name} | {length:.0f} | {taken:.0f} | {taken / length:.2f} | {alone:.0f} | {taken / alone:.2f} |"


def cores(turns: int) -> str:
    """Return goal 5: two scenes at once, and one scene by several processes."""
    with tempfile.TemporaryDirectory() as folder:

        def together(at_once: int) -> float:
            started, waiting = time.perf_counter(), ["", OTHER_TEXT]
            while waiting:
                running = [start_film(waiting.pop(), folder) for _ in range(at_once)]
                if any(one.wait() for one in running):
                    raise SystemExit("error: a scene did not render")
            return time.perf_counter() - started

        one, two = (statistics.median(taken) for taken in in_turns(turns, lambda: together(1), lambda: together(2)))
    alone, forked = in_turns(
        turns, *(lambda f=f: subject(fork=f, who="ours", what="changing", size=48, seconds=5, **FULL) for f in (0, 1))
    )
    film, film_forked = in_turns(turns, *(lambda f=f: subject(fork=f, **MIDDLE) for f in (0, 1)))
    heavy, whole = median(alone) / median(forked), median(film) / median(film_forked)
    count, busy = len(os.sched_getaffinity(0)), median(film, "processor", per="seconds")
    return (
        f"{count} cores, medians of {turns} turns. `AttentionPattern` for two sentences at 720p30, one after the "
        f"other and both at once (as `--jobs` does): {one / two:.2f} times faster at once (goal: 1.8, "
        f"{verdict(one / two, 1.8, at_least=True)}). One scene alone keeps {busy:.2f} cores busy, since it draws on "
        f"one and encodes on another; two at once cannot be more than {count / busy:.2f} times faster here. One scene "
        f"by forked processes (`RENDER_FORK=1`): 48 x 48 changing numbers at 1080p60 {heavy:.2f} times faster, "
        f"`AttentionPattern` at 720p30 {whole:.2f} times (goal: not slower, "
        f"{verdict(min(heavy, whole), 1, at_least=True)})."
    )


def start_film(text: str, folder: str) -> subprocess.Popen[bytes]:
    """Start to render AttentionPattern for a sentence, at 720p30 and without the cache."""
    command = [sys.executable, "-m", "manim", "-qm", "--disable_caching", "--progress_bar", "none"]
    media = ["--media_dir", f"{folder}/{len(text)}"]
    environment = os.environ | {"RENDER_FORK": "0", "STORY_TEXT": text}
    whole = [*command, *media, "scenes/attention.py", "AttentionPattern"]
    return subprocess.Popen(whole, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def again(turns: int) -> str:
    """Return goal 6: an unchanged scene, a scene with one beat changed, and how soon a scene starts."""
    cold, warm, beat = [], [], []
    for _ in range(turns):
        with tempfile.TemporaryDirectory() as folder:
            cold.append(subject(media_dir=folder, **FULL))
            warm.append(subject(media_dir=folder, **FULL))
            beat.append(subject(media_dir=folder, changed="look_at_no_answer", **FULL))
    if any(one["drawn"] for one in warm):
        raise SystemExit("error: an unchanged scene was drawn again")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "empty.py").write_text(EMPTY)
        (place / "first.py").write_text(FIRST)
        command = [sys.executable, "-m", "manim", "-ql", "--dry_run", "--progress_bar", "none"]
        empty, first = (
            statistics.median(taken)
            for taken in in_turns(
                3 * turns,
                lambda: seconds_of([*command, "empty.py", "Empty"], place),
                lambda: seconds_of([*command, "first.py", "First"], place),
            )
        )
    share, part, start = median(cold) / median(warm), median(beat) / median(cold), first / empty
    return (
        f"`AttentionPattern` at 1080p60, medians of {turns} turns. Rendered again unchanged: {share:.1f} times faster "
        f"(goal: 20, {verdict(share, 20, at_least=True)}). With one of its 18 beats changed, {beat[0]['drawn']:.0f} of "
        f"{beat[0]['plays']:.0f} plays are drawn again and it takes {part:.2f} of the time. From the command to the "
        f"first beat, network loaded and sentence read: {start:.2f} times an empty manim scene (goal: at most 1.5, "
        f"{verdict(start, 1.5)})."
    )


def memory(_: int) -> str:
    """Return goal 7: memory at its peak."""
    peaks = [subject(**settings)["peak"] / 1e9 for settings in (FULL, HUGE)]
    heavy = [
        subject(who="ours", what="changing", size=64, seconds=1, **settings)["peak"] / 1e9 for settings in (FULL, HUGE)
    ]
    return (
        f"At its peak, `AttentionPattern` takes {peaks[0]:.2f} GB of memory at 1080p and {peaks[1]:.2f} GB at 4K; "
        f"64 x 64 changing numbers take {heavy[0]:.2f} GB and {heavy[1]:.2f} GB."
    )


PARTS: dict[str, tuple[str, Callable[[int], str]]] = {
    "grids": ("Rendering 1: grids of numbers", grids),
    "chapter": ("Rendering 2: a chapter", chapter),
    "cores": ("Rendering 3: cores", cores),
    "again": ("Rendering 4: again, and at first", again),
    "memory": ("Rendering 5: memory", memory),
    "codecs": ("Rendering 6: encoder settings", codec_table),
}


@cloup.command()
@cloup.argument("parts", nargs=-1, type=cloup.Choice(list(PARTS)))
@cloup.option("--turns", type=cloup.IntRange(min=1), default=3, show_default=True, help="Turns each way takes.")
def main(parts: Sequence[str], turns: int) -> None:
    """Measure PARTS (all, if none are named) and file the tables in benchmarks/RESULTS.md."""
    machine = f"Machine: {processor()}, {len(os.sched_getaffinity(0))} cores, no GPU."
    for part in parts or PARTS:
        title, measure = PARTS[part]
        body = f"{measure(turns)}\n\n{machine}"
        write_section(title, body)
        Console().print(Markdown(body))


if __name__ == "__main__":
    sys.exit(main())
