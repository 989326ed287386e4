"""What the command line can be asked to do, each to its exit code; what goes wrong is one sentence."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import ParamSpec

from rendering.cluster import LOCAL, ClusterError, connected, fill_cache
from rendering.delivered import Order, read_delivery
from rendering.delivery import MANIFEST
from rendering.finish import DeliveryError
from rendering.gallery_page import build_gallery
from rendering.handover import Wanted, changed_since, delivered, order_of, other_pictures, tasks_of
from rendering.manifest import RecordError
from rendering.plan import PlanError, Task
from rendering.preview import open_clip
from rendering.progress import Voice
from rendering.run import Outcome, explain, run_all
from scenes.storyboard import Chapter

NOT_UNDERSTOOD, INTERRUPTED = 2, 130
OFTEN = "(often: out of memory); the same command goes on where it was, --jobs 1 takes less"
Given = ParamSpec("Given")


@dataclass(frozen=True)
class Means:
    """With what a command works.

    Parameters
    ----------
    root : Path
        The repository.
    jobs : int
        Scenes, or clips, at once.
    voice : Voice
    cluster : str
        ``local`` or a scheduler's address; empty for this machine alone.
    tls : Path or None
        A folder with certificates for the cluster.
    """

    root: Path
    jobs: int
    voice: Voice
    cluster: str = ""
    tls: Path | None = None


class FailedError(RuntimeError):
    """What was asked for could not be done; the message is one sentence."""


def told(command: Callable[Given, int]) -> Callable[Given, int]:
    """Make a command end with a sentence and an exit code whatever happens; told to end, it stops what it started."""

    @wraps(command)
    def carried_out(*wanted: Given.args, **options: Given.kwargs) -> int:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return command(*wanted, **options)
        except KeyboardInterrupt:
            print("Interrupted; what was finished is kept, the same command goes on from there.", file=sys.stderr)
            return INTERRUPTED
        except PlanError as error:
            said, code = str(error), NOT_UNDERSTOOD
        except (FailedError, DeliveryError, RecordError, ClusterError) as error:
            said, code = str(error), 1
        except BrokenProcessPool:
            said, code = f"a process that wrote a clip was killed {OFTEN}", 1
        except OSError as error:
            said, code = explain(error), 1
        print(f"error: {said}", file=sys.stderr)
        return code

    return carried_out


@told
def render(tasks: Sequence[Task], means: Means, preview: bool) -> int:
    """Render clips to look at, and say where they are."""
    outcomes = run(tasks, means)
    for outcome in outcomes:
        if outcome.clip:
            clip = outcome.clip
            path = os.path.relpath(outcome.task.folder / clip.file)
            means.voice.result(f"{path}  {clip.width}x{clip.height}, {clip.frames} frames, {clip.duration:.2f} s")
    code = tell_failures(outcomes)
    if preview:
        for outcome in outcomes:
            if outcome.clip:
                means.voice.result(open_clip(outcome.task.folder / outcome.clip.file))
    return code


def run(tasks: Sequence[Task], means: Means) -> list[Outcome]:
    """Render scenes, first what can be had of a cluster."""
    if means.cluster:
        with connected(means.cluster, means.jobs, means.tls, means.root / "media") as client:
            fill_cache(tasks, client, means.root, means.cluster == LOCAL, means.voice)
    return run_all(tasks, means.root, means.jobs, means.voice.show)


def tell_failures(outcomes: Sequence[Outcome]) -> int:
    """Say why scenes failed, and give the exit code."""
    failed = [outcome for outcome in outcomes if outcome.failure]
    for outcome in failed:
        print(f"error: {outcome.task.entry.name}: {outcome.failure}", file=sys.stderr)
    if len(outcomes) > 1 and failed:
        names = ", ".join(outcome.task.entry.name for outcome in failed)
        print(f"{len(failed)} of {len(outcomes)} scenes failed: {names}", file=sys.stderr)
    return 1 if failed else 0


@told
def browse(chapters: Sequence[Chapter], means: Means) -> int:
    """Make the page of all finished clips, and say where it is."""
    means.voice.result(os.path.relpath(build_gallery(means.root / "media", chapters)))
    return 0


@told
def hand_over(tasks: Sequence[Task], wanted: Wanted, means: Means) -> int:
    """Render scenes, deliver each chapter into a new folder, and say where it is."""
    rendered(tasks, means)
    for chapter in dict.fromkeys(task.chapter for task in tasks):
        of_chapter = [task for task in tasks if task.chapter == chapter]
        written(of_chapter, order_of(of_chapter, wanted), means)
    return 0


@told
def reproduce(manifest: Path, chapters: Sequence[Chapter], means: Means) -> int:
    """Make a delivery once more from its manifest, and compare every picture."""
    old = read_delivery(manifest)
    for sentence in changed_since(old, means.root):
        means.voice.warn(f"{sentence}; pictures may differ")
    tasks = tasks_of(old.order, chapters, means.root)
    rendered(tasks, means)
    new = read_delivery(written(tasks, old.order, means) / MANIFEST)
    other = other_pictures(old, new)
    if other:
        raise FailedError(
            f"{len(other)} of {len(new.clips)} clips have other pictures than in {old.name}: {', '.join(other)}"
        )
    print(f"All {len(new.clips)} clips have the very pictures of {old.name}.", file=sys.stderr)
    return 0


def rendered(tasks: Sequence[Task], means: Means) -> None:
    """Render what will be delivered."""
    if tell_failures(run(tasks, means)):
        raise FailedError("nothing was delivered; what did render is kept")


def written(tasks: Sequence[Task], order: Order, means: Means) -> Path:
    """Write one delivery, and say where it is."""
    folder = delivered(tasks, order, means.jobs, means.root, lambda name: means.voice.news("delivered", name))
    for clip in read_delivery(folder / MANIFEST).clips:
        for profile, reason in clip.left_out.items():
            means.voice.warn(f"{clip.name}: no {profile}, {reason}")
    means.voice.result(os.path.relpath(folder))
    return folder
