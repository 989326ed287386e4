"""The film's command line: which chapters and scenes to render, how, and with whose sentence and network."""

from __future__ import annotations

import sys
from pathlib import Path

import cloup
from click.core import ParameterSource
from rich.console import Console

from rendering.cluster import check_cluster
from rendering.commands import INTERRUPTED, Means, browse, hand_over, render, reproduce
from rendering.framing import check_quality
from rendering.handover import Wanted, delivery_rate
from rendering.inspecting import GALLERY, inspect
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
from rendering.profiles import PROFILES
from rendering.progress import Voice
from rendering.run import default_jobs
from rendering.spoken import check_program
from scenes.storyboard import CHAPTERS

ROOT = Path(__file__).resolve().parent


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
@cloup.option("--scratch-voice", is_flag=True, help="Let espeak-ng read the narration of a delivery, to cut to it.")
@cloup.option("--alpha", is_flag=True, help="Deliver films with a transparent background: --deliver --profile overlay.")
@cloup.option("--from-manifest", "manifest", type=cloup.Path(path_type=Path), metavar="FILE", help="Make the delivery "
              "that this manifest.json describes once more, and compare every picture.")  # fmt: skip
@cloup.option("--gallery", "gallery", is_flag=True, help="Make a page to browse all finished clips: "
              "media/gallery/index.html; scenes and chapters named are rendered first.")  # fmt: skip
@cloup.option("--jobs", type=cloup.IntRange(min=1), help="Scenes to render at once.  [default: half the cores]")
@cloup.option("--cluster", metavar="local|ADDRESS", help="Let the workers of a Dask cluster draw, e.g. "
              "tcp://host:8786; 'local' starts --jobs of them here.")  # fmt: skip
@cloup.option("--cluster-tls", "tls", type=cloup.Path(path_type=Path), metavar="FOLDER", help="ca.pem, cert.pem and "
              "key.pem for a cluster at tls://host:8786.")  # fmt: skip
@cloup.option("--dry-run", is_flag=True, help="Print the commands and settings, and render nothing.")
@cloup.option("--progress-json", is_flag=True, help="Tell another program how far the scenes are: a JSON object a line "
              "on standard output.")  # fmt: skip
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
    scratch_voice: bool,
    alpha: bool,
    manifest: Path | None,
    gallery: bool,
    jobs: int | None,
    cluster: str | None,
    tls: Path | None,
    dry_run: bool,
    progress_json: bool,
    preview: bool,
) -> None:
    """Render scenes of the film into media/clips/, each in a process of its own.

    Exit codes: 0 all rendered, 1 a scene failed or has faults, 2 not understood, 130 interrupted.
    """
    if list_only:
        print_list()
        return
    means = Means(ROOT, jobs or default_jobs(), Voice(progress_json), cluster or "", tls)
    try:
        if cluster:
            check_cluster(cluster, tls)
        if manifest:
            alone(cloup.get_current_context())
            sys.exit(reproduce(manifest, CHAPTERS, means))
        story = Story(
            "" if text is None else check_text(text),
            "" if checkpoint is None else check_checkpoint(checkpoint, ROOT),
            theme if theme and theme != THEMES[0] else "",
        )
        if inspect_only:
            sys.exit(inspect(subjects(chapters, scenes), story, ROOT, Console()))
        profiles += ("overlay",) if alpha else ()
        deliver_it = deliver_it or alpha
        chosen = choose(CHAPTERS, chapters, scenes)
        if not chosen and not gallery:
            raise PlanError("name a scene or give --chapter N; --list shows what there is")
        if gallery and deliver_it:
            raise PlanError("--gallery shows clips to look at, which a delivery makes none of; give one of them")
        frame_rate = parse_frame_rate(fps) if fps else None
        if not deliver_it and (profiles or by_act or scratch_voice or handles is not None):
            raise PlanError("--profile, --acts, --handles and --scratch-voice are for a delivery; add --deliver")
        check_quality(profiles, quality)
        if scratch_voice:
            check_program()
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
        wanted = Wanted(quality, profiles or ("master",), by_act, handles, scratch_voice)
        sys.exit(hand_over(tasks, wanted, means))
    code = render(tasks, means, preview) if tasks else 0
    sys.exit(code if not gallery or code == INTERRUPTED else max(code, browse(CHAPTERS, means)))


def alone(context: cloup.Context) -> None:
    """Refuse wishes beside a manifest, which says it all."""
    own = ("manifest", "jobs", "progress_json", "cluster", "tls")
    given = [
        name
        for name in context.params
        if name not in own and context.get_parameter_source(name) == ParameterSource.COMMANDLINE
    ]
    if given:
        raise PlanError(f"--from-manifest says all there is to say; leave out {', '.join(given)}")


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


if __name__ == "__main__":
    main()
