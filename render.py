"""The film's command line: which chapters and scenes to render, how, and with whose sentence and network."""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import cloup
from rich.console import Console

from rendering.finish import DeliveryError
from rendering.handover import Wanted, delivered, delivery_rate
from rendering.inspecting import GALLERY, inspect
from rendering.manifest import RecordError
from rendering.plan import (
    QUALITIES,
    THEMES,
    PlanError,
    Story,
    Task,
    check_checkpoint,
    check_text,
    choose,
    make_task,
    parse_frame_rate,
)
from rendering.preview import open_clip
from rendering.profiles import PROFILES
from rendering.run import Outcome, default_jobs, explain, run_all
from scenes.storyboard import CHAPTERS

ROOT = Path(__file__).resolve().parent
INTERRUPTED = 130


@cloup.command(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@cloup.argument("scenes", nargs=-1, metavar="[SCENE]...", help="Names of scenes, as --list shows them.")
@cloup.option("--list", "list_only", is_flag=True, help="Show chapters and scenes, and stop.")
@cloup.option("--chapter", "chapters", type=int, multiple=True, metavar="N", help="A whole chapter (may be repeated).")
@cloup.option("-q", "--quality", type=cloup.Choice(list(QUALITIES)), default="h", show_default=True,
              help="480p15, 720p30, 1080p60, 1440p60 or 2160p60.")  # fmt: skip
@cloup.option("--fps", metavar="RATE", help="Frames a second, e.g. 30 or 29.97, instead of the quality's own.")
@cloup.option("--text", envvar="STORY_TEXT", metavar="SENTENCE", help="The sentence the network reads: 2 to 16 tokens.")
@cloup.option("--checkpoint", envvar="STORY_CHECKPOINT", metavar="NAME|FILE", help="The network, shipped or your own.")
@cloup.option("--theme", envvar="STORY_THEME", type=cloup.Choice(THEMES), help="The colours.  [default: dark]")
@cloup.option("--inspect", "inspect_only", is_flag=True, help="Look for faults of the screen instead of rendering: "
              "named scenes, chapters, 'gallery', or all.")  # fmt: skip
@cloup.option("--deliver", "deliver_it", is_flag=True, help="Render for an editor: a new folder in delivery/ with "
              "clips, timelines, captions and a manifest.")  # fmt: skip
@cloup.option("--profile", "profiles", type=cloup.Choice(list(PROFILES)), multiple=True, help="A kind of file to "
              "deliver (may be repeated).  [default: master]")  # fmt: skip
@cloup.option("--acts", "by_act", is_flag=True, help="Deliver each act as a clip of its own.")
@cloup.option("--handles", type=cloup.IntRange(0, 240), metavar="FRAMES", help="For how long a delivered clip's first "
              "and last picture stand before and after it.  [default: half a second]")  # fmt: skip
@cloup.option("--jobs", type=cloup.IntRange(min=1), help="Scenes to render at once.  [default: half the cores]")
@cloup.option("--dry-run", is_flag=True, help="Print the commands and settings, and render nothing.")
@cloup.option("-p", "--preview", is_flag=True, help="Open the finished clips.")
def main(
    scenes: tuple[str, ...],
    list_only: bool,
    chapters: tuple[int, ...],
    quality: str,
    fps: str | None,
    text: str | None,
    checkpoint: str | None,
    theme: str | None,
    inspect_only: bool,
    deliver_it: bool,
    profiles: tuple[str, ...],
    by_act: bool,
    handles: int | None,
    jobs: int | None,
    dry_run: bool,
    preview: bool,
) -> None:
    """Render scenes of the film into media/clips/, each in a process of its own.

    Exit codes: 0 all rendered, 1 a scene failed or has faults, 2 not understood, 130 interrupted.
    """
    if list_only:
        print_list()
        return
    try:
        story = Story(
            "" if text is None else check_text(text),
            "" if checkpoint is None else check_checkpoint(checkpoint, ROOT),
            theme if theme and theme != THEMES[0] else "",
        )
        if inspect_only:
            sys.exit(inspect(subjects(chapters, scenes), story, ROOT, Console()))
        chosen = choose(CHAPTERS, chapters, scenes)
        if not chosen:
            raise PlanError("name a scene or give --chapter N; --list shows what there is")
        frame_rate = parse_frame_rate(fps) if fps else None
        if not deliver_it and (profiles or by_act or handles is not None):
            raise PlanError("--profile, --acts and --handles are for a delivery; add --deliver")
        if deliver_it:
            frame_rate = delivery_rate(frame_rate, quality)
    except PlanError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    tasks = [
        make_task(chapter, entry, root=ROOT, quality=quality, frame_rate=frame_rate, story=story, lossless=deliver_it)
        for chapter, entry in chosen
    ]
    if dry_run:
        print_plan(tasks, story)
        return
    if deliver_it:
        wanted = Wanted(quality, profiles or ("master",), by_act, handles)
        sys.exit(hand_over(tasks, wanted, jobs or default_jobs()))
    sys.exit(render(tasks, jobs or default_jobs(), preview))


def subjects(chapters: tuple[int, ...], names: tuple[str, ...]) -> list[str]:
    """What to inspect, as MODULE:NAME: the scenes named, the gallery, or else the whole film."""
    every = tuple(chapter.number for chapter in CHAPTERS)
    named = [name for name in names if name != GALLERY]
    chosen = choose(CHAPTERS, chapters if names or chapters else every, named)
    gallery = [f"scenes.{GALLERY}:*"] if GALLERY in names else []
    return [f"{entry.module}:{entry.name}" for _, entry in chosen] + gallery


def print_list() -> None:
    """Show chapters and scenes in the film's order."""
    for chapter in CHAPTERS:
        print(f"{chapter.number}  {chapter.title}")
        for entry in chapter.scenes:
            print(f"   {entry.name:28} {entry.seconds:5.0f} s  {entry.title}")


def print_plan(tasks: list[Task], story: Story) -> None:
    """Show what would be run, as a person could type it from the repository root."""
    print(f"# text: {story.text or 'each scene its own'}")
    print(f"# checkpoint: {story.checkpoint or 'each scene its own'}")
    print(f"# theme: {story.theme or THEMES[0]}")
    for task in tasks:
        print(f"# -> {task.folder / task.stem}.mp4")
        print(task.as_typed())


def render(tasks: list[Task], jobs: int, preview: bool) -> int:
    """Run the tasks, show how they ended, and give the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # asked to end: stop the scenes too, as on Ctrl-C
    try:
        outcomes = run_all(tasks, ROOT, jobs, Console())
    except KeyboardInterrupt:
        print("Interrupted; running scenes were stopped, finished clips are kept.", file=sys.stderr)
        return INTERRUPTED
    print_summary(outcomes)
    if preview:
        for outcome in outcomes:
            if outcome.clip:
                print(open_clip(outcome.task.folder / outcome.clip.file))
    return 1 if any(outcome.failure for outcome in outcomes) else 0


def hand_over(tasks: list[Task], wanted: Wanted, jobs: int) -> int:
    """Render the tasks, deliver each chapter into a new folder, print it, and give the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(stderr=True)
    try:
        failed = [one for one in run_all(tasks, ROOT, jobs, console) if one.failure]
        for one in failed:
            print(f"error: {one.task.entry.name}: {one.failure}", file=sys.stderr)
        if failed:
            print("error: nothing was delivered; what did render is kept", file=sys.stderr)
            return 1
        for chapter in dict.fromkeys(task.chapter for task in tasks):
            of_chapter = [task for task in tasks if task.chapter == chapter]
            folder = delivered(of_chapter, wanted, jobs, ROOT, lambda name: console.print(f"{name}: delivered"))
            print(os.path.relpath(folder))
    except KeyboardInterrupt:
        print("Interrupted; the same command goes on where it was.", file=sys.stderr)
        return INTERRUPTED
    except BrokenProcessPool:
        print("error: a process that wrote a clip was killed (often: out of memory); the same command goes on where it "
              "was, --jobs 1 takes less", file=sys.stderr)  # fmt: skip
        return 1
    except (DeliveryError, RecordError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {explain(error)}", file=sys.stderr)
        return 1
    return 0


def print_summary(outcomes: list[Outcome]) -> None:
    """Show each clip's path and size, and why scenes failed."""
    for outcome in outcomes:
        if outcome.clip:
            clip = outcome.clip
            path = os.path.relpath(outcome.task.folder / clip.file)
            print(f"{path}  {clip.width}x{clip.height}, {clip.frames} frames, {clip.duration:.2f} s")
    failed = [outcome for outcome in outcomes if outcome.failure]
    for outcome in failed:
        print(f"error: {outcome.task.entry.name}: {outcome.failure}", file=sys.stderr)
    if len(outcomes) > 1 and failed:
        names = ", ".join(outcome.task.entry.name for outcome in failed)
        print(f"{len(failed)} of {len(outcomes)} scenes failed: {names}", file=sys.stderr)


if __name__ == "__main__":
    main()
