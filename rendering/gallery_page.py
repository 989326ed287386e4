"""A page to browse finished clips: a folder that works from a disk, without a server and without a network."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import quote

from filelock import FileLock
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rendering.captions import web_captions
from rendering.manifest import Clip, RecordError, file_sha256, read_manifest
from rendering.stills import fullest, poster
from scenes.storyboard import Chapter, SceneEntry

TITLE = "How a transformer works"
PAGE = Path(__file__).resolve().parent / "page"


@dataclass(frozen=True)
class Shown:
    """A clip on the page, and the folder it lies in."""

    chapter: Chapter
    entry: SceneEntry
    clip: Clip
    folder: Path

    @property
    def stem(self) -> str:
        """Its files' name without the ending."""
        return Path(self.clip.file).stem

    @property
    def id(self) -> str:
        """Its name in the page's address."""
        return f"{self.chapter.folder}-{self.stem}".lower().replace("_", "-")

    def file(self, ending: str) -> str:
        """The address of one of its files, from the page."""
        return quote(f"clips/{self.chapter.folder}/{self.stem}{ending}")

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is said about it below the beats."""
        clip, papers = self.clip, self.clip.provenance
        rate = float(Fraction(*clip.fps))
        head = papers.head
        where = f"layer {int(str(head['layer'])) + 1}, head {int(str(head['head'])) + 1}" if head else ""
        facts = {
            "Sentence": clip.text,
            "Tokens": " | ".join(papers.tokens),
            "Network": f"{clip.checkpoint}, sha256 {clip.checkpoint_hash[:12]}" if clip.checkpoint else "",
            "Trained on": papers.trained_on,
            "Looking at": where,
            "Numbers": f"{papers.numbers.from_network:,} from the network, {papers.numbers.declared:,} declared",
            "Film": f"{clip.width} × {clip.height}, {rate:.6g} frames a second, {clip.frames:,} frames",
            "Colours": clip.theme,
        }
        return [(name, value) for name, value in facts.items() if value]

    @property
    def for_page(self) -> dict[str, Any]:
        """What the page's program knows of it."""
        clip = self.clip
        beats = [
            {"number": one.number, "act": one.act, "said": one.narration,
             "start": one.start_frame, "frames": one.frames, "tensors": one.tensors}
            for one in clip.beats
        ]  # fmt: skip
        downloads = {"Video": ".mp4", "Captions (SRT)": ".srt", "Captions (WebVTT)": ".vtt", "Record (JSON)": ".json"}
        return {
            "id": self.id, "title": self.entry.title, "scene": clip.scene, "text": clip.text, "fps": clip.fps,
            "video": self.file(".mp4"), "poster": self.file(".jpg"), "width": clip.width, "height": clip.height,
            "length": f"{int(clip.duration) // 60}:{int(clip.duration) % 60:02}", "beats": beats, "facts": self.facts,
            "downloads": [(name, self.file(ending)) for name, ending in downloads.items()],
        }  # fmt: skip


def gather(media: Path, chapters: Iterable[Chapter]) -> list[Shown]:
    """Finished clips in the film's order: of each scene, story and look the one with the most lines.

    Raises
    ------
    RecordError
        If there is none, or a manifest is damaged.
    """
    best: dict[tuple[str, ...], Shown] = {}
    for chapter in chapters:
        folder = media / "clips" / chapter.folder
        manifest = read_manifest(folder)
        entries = {entry.name: entry for entry in chapter.scenes}
        for clip in manifest.clips if manifest else ():
            key = (clip.scene, clip.text, clip.checkpoint_hash, clip.theme)
            if clip.scene not in entries or not (folder / clip.file).is_file():
                continue
            if key not in best or size(clip) > size(best[key].clip):
                best[key] = Shown(chapter, entries[clip.scene], clip, folder)
    if not best:
        raise RecordError(f"there are no clips in {media / 'clips'} to show; render some, e.g. render.py --chapter 2")
    return sorted(best.values(), key=lambda one: (one.chapter.number, one.chapter.scenes.index(one.entry)))


def size(clip: Clip) -> tuple[int, Fraction]:
    """What makes one clip better to look at than another."""
    return clip.height, Fraction(*clip.fps)


def build_gallery(media: Path, chapters: Iterable[Chapter]) -> Path:
    """Write the page with all clips into ``media``/gallery, in place of an older one, and return it.

    Raises
    ------
    RecordError
        If there are no clips, or a manifest is damaged.
    OSError
        If there is no room, or the folder may not be written to.
    """
    shown = gather(media, chapters)
    whole, part, old = media / "gallery", media / ".gallery.part", media / ".gallery.old"
    with FileLock(media / ".gallery.lock"):
        shutil.rmtree(part, ignore_errors=True)
        for one in shown:
            add_files(one, part)
        (part / "index.html").write_text(page(shown), encoding="utf-8")
        shutil.rmtree(old, ignore_errors=True)
        if whole.exists():
            os.rename(whole, old)
        os.rename(part, whole)
        shutil.rmtree(old, ignore_errors=True)
    return whole / "index.html"


def add_files(one: Shown, folder: Path) -> None:
    """Put a clip's files beside the page; films take no room of their own where that can be had."""
    target = folder / "clips" / one.chapter.folder
    target.mkdir(parents=True, exist_ok=True)
    for ending in (".mp4", ".srt", ".json"):
        source, copy = one.folder / f"{one.stem}{ending}", target / f"{one.stem}{ending}"
        try:
            os.link(source, copy)
        except FileNotFoundError:
            raise RecordError(f"{source} is gone; render {one.clip.scene} again") from None
        except OSError:
            shutil.copyfile(source, copy)
    film = target / one.clip.file
    if file_sha256(film) != one.clip.sha256:
        raise RecordError(f"{one.folder / one.clip.file} was changed since it was rendered; render it again")
    captions = (target / f"{one.stem}.srt").read_text(encoding="utf-8")
    (target / f"{one.stem}.vtt").write_text(web_captions(captions), encoding="utf-8")
    poster(film, fullest(one.clip.beats, one.clip.frames), target / f"{one.stem}.jpg")


def page(shown: Sequence[Shown]) -> str:
    """The page; whatever is said in it can only be read, and no program but its own is run."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(PAGE))
    environment.filters["digest"] = digest
    film = [one.for_page for one in shown]
    chapters = [
        {"number": chapter.number, "title": chapter.title,
         "clips": [clip for one, clip in zip(shown, film, strict=True) if one.chapter == chapter]}
        for chapter in dict.fromkeys(one.chapter for one in shown)
    ]  # fmt: skip
    return environment.get_template("page.html").render(
        title=TITLE, count=len(shown), chapters=chapters, film=film,
        style=(PAGE / "page.css").read_text(encoding="utf-8"), script=(PAGE / "page.js").read_text(encoding="utf-8"),
    )  # fmt: skip


def digest(text: str) -> str:
    """What a page's security policy calls a program or a style by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
