"""What a delivery consists of: clips in the film's order, each with its name, its place and its beats."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rendering.manifest import Beat, Record

# Editing programs of several systems still trip over more; the longest ending and mark are counted in.
LONGEST_NAME = 31
LONGEST_SLUG = 9
STEP = 10  # between the numbers of two scenes, so that an editor can put one between


@dataclass(frozen=True)
class Shot:
    """One clip of a delivery: a scene, or one act of it.

    Parameters
    ----------
    name : str
        Of its files, without mark and ending.
    scene, title : str
        The scene's class, and the point it makes.
    act : str
        The act, if the clip is only that.
    source : Path
        The scene's lossless film.
    record : Record
        What the scene wrote about itself.
    first, frames : int
        Which frames of the scene it shows.
    place : int
        Where it begins in the chapter, in frames.
    beats : sequence of Beat
        Those that lie in it, counted from its own first frame.
    """

    name: str
    scene: str
    title: str
    act: str
    source: Path
    record: Record
    first: int
    frames: int
    place: int
    beats: tuple[Beat, ...]


@dataclass(frozen=True)
class Rendered:
    """A scene that has been rendered for delivery."""

    number: int
    scene: str
    title: str
    source: Path
    record: Record


def shots_of(scenes: Sequence[Rendered], chapter: int, version: int, by_act: bool) -> list[Shot]:
    """Name and place every clip.

    Parameters
    ----------
    scenes : sequence of Rendered
        In the film's order; ``number`` is the scene's place in its chapter, from 1.
    chapter, version : int
    by_act : bool
        One clip an act instead of one a scene.
    """
    shots, place = [], 0
    for one in scenes:
        for part, (act, beats) in enumerate(acts_of(one.record) if by_act else [("", one.record.beats)]):
            first = beats[0].start_frame if beats else 0
            frames = sum(beat.frames for beat in beats) if beats else one.record.frames
            letter = chr(ord("a") + part) if act else ""
            name = f"ch{chapter:02}s{STEP * one.number:03}{letter}_{slug(act or one.scene)}_v{version:03}"
            moved = tuple(beat.model_copy(update={"start_frame": beat.start_frame - first}) for beat in beats)
            shots.append(Shot(name, one.scene, one.title, act, one.source, one.record, first, frames, place, moved))
            place += frames
    return shots


def acts_of(record: Record) -> list[tuple[str, list[Beat]]]:
    """Beats in runs that share an act; a scene without acts is one, named as the scene."""
    acts: list[tuple[str, list[Beat]]] = []
    for beat in record.beats:
        act = beat.act or record.scene
        if not acts or acts[-1][0] != act:
            acts.append((act, []))
        acts[-1][1].append(beat)
    return acts or [(record.scene, [])]


def slug(name: str) -> str:
    """As many whole words of a name as fit, in small ASCII letters: ``QueryKeySpaces`` becomes ``query-key``."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)]
    kept = ""
    for word in words:
        longer = f"{kept}-{word}" if kept else word
        if len(longer) > LONGEST_SLUG:
            break
        kept = longer
    return kept or (words[0][:LONGEST_SLUG] if words else "clip")
