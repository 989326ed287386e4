"""The narration as subtitles, and where chapters begin, all counted in frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from io import StringIO
from pathlib import Path

import srt
import webvtt


@dataclass(frozen=True)
class Line:
    """What is said, from a frame on, for some frames."""

    words: str
    start: int
    frames: int


def subrip(lines: Iterable[Line], rate: Fraction) -> str:
    """Lines as SubRip text, each on screen from its first frame to its last.

    SubRip has no time finer than a millisecond; rounded down, a caption appears with its frame and never after it.
    """
    return srt.compose(
        srt.Subtitle(
            index=None,
            start=milliseconds(line.start, rate),
            end=milliseconds(line.start + line.frames, rate),
            content=line.words.strip(),
        )
        for line in lines
        if line.words.strip() and line.frames
    )


def web_captions(subtitles: str) -> str:
    """The same captions as WebVTT; what the format would take for a tag is written so that it is read as text."""
    captions = webvtt.WebVTT()
    for one in srt.parse(subtitles):
        text = one.content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        captions.captions.append(webvtt.Caption(stamp(one.start), stamp(one.end), text))
    written = StringIO()
    captions.write(written)
    return written.getvalue() + "\n"


def stamp(time: timedelta) -> str:
    """A time as WebVTT writes it: ``00:01:02.345``."""
    whole, thousandths = divmod(round(time / timedelta(milliseconds=1)), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{thousandths:03}"


def milliseconds(frame: int, rate: Fraction) -> timedelta:
    """When a frame is shown."""
    return timedelta(milliseconds=int(frame * 1000 / rate))


def ffmetadata(title: str, chapters: Sequence[Line], rate: Fraction) -> str:
    """Chapters as FFmpeg reads them from a text file."""
    parts = [";FFMETADATA1", f"title={escaped(title)}"]
    for chapter in chapters:
        parts += [
            "[CHAPTER]",
            f"TIMEBASE={rate.denominator}/{rate.numerator}",
            f"START={chapter.start}",
            f"END={chapter.start + chapter.frames}",
            f"title={escaped(chapter.words)}",
        ]
    return "\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Text as a value of FFmpeg's format: its special signs with a backslash before them."""
    return "".join(f"\\{sign}" if sign in "=;#\\\n" else sign for sign in text)


def video_page(chapters: Sequence[Line], rate: Fraction) -> str:
    """Chapters as a video page's description has them: ``00:00 Title``, the first at zero."""
    lines = []
    for chapter in chapters:
        seconds = int(chapter.start / rate)
        hours = f"{seconds // 3600}:" if seconds >= 3600 else ""
        lines.append(f"{hours}{seconds // 60 % 60:02}:{seconds % 60:02} {chapter.words}")
    return "\n".join(lines) + "\n"


def write_captions(stem: Path, language: str, lines: Sequence[Line], rate: Fraction) -> None:
    """Write ``stem.LANGUAGE.srt`` and ``stem.LANGUAGE.vtt``."""
    text = subrip(lines, rate)
    stem.with_name(f"{stem.name}.{language}.srt").write_text(text, encoding="utf-8")
    stem.with_name(f"{stem.name}.{language}.vtt").write_text(web_captions(text), encoding="utf-8")
