"""A delivery as a timeline that editing programs open: OpenTimelineIO, FCPXML, FCP 7 XML and EDL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from rendering.fcp7xml import fcp7xml
from rendering.fcpxml import ACT, fcpxml
from rendering.shots import Shot
from rendering.timecode import hour, moment

OURS = "transformer_film"  # our corner of a timeline's metadata
BEAT = "CYAN"  # colour of its markers


@dataclass(frozen=True)
class Cut:
    """What a timeline needs to know besides its clips.

    Parameters
    ----------
    name : str
        Of the delivery.
    title : str
        Of the chapter.
    chapter : int
        The timeline begins at so many hours.
    rate : Fraction
        Frames a second.
    handle : int
        Frames that the files have before and after what is shown.
    width, height : int
        In pixels.
    """

    name: str
    title: str
    chapter: int
    rate: Fraction
    handle: int
    width: int
    height: int


def timeline(cut: Cut, shots: Sequence[Shot], media: Sequence[str], sounds: Sequence[str] = ()) -> otio.schema.Timeline:
    """Clips one after another, with markers where acts and beats begin.

    Parameters
    ----------
    cut : Cut
    shots : sequence of Shot
    media : sequence of str
        A file for each shot, relative to the timeline's own.
    sounds : sequence of str
        The same for what is said, or none.
    """
    film = otio.schema.Timeline(cut.name, global_start_time=moment(cut.chapter, 0, cut.rate))
    track = otio.schema.Track("Film", kind=otio.schema.TrackKind.Video)
    track.extend(clip_of(cut, shot, file) for shot, file in zip(shots, media, strict=True))
    film.tracks.append(track)
    if sounds:
        said = otio.schema.Track("Scratch voice", kind=otio.schema.TrackKind.Audio)
        said.extend(excerpt(cut, shot, file) for shot, file in zip(shots, sounds, strict=True))
        film.tracks.append(said)
    film.metadata[OURS] = {"chapter": cut.title, "width": cut.width, "height": cut.height}
    return film


def excerpt(cut: Cut, shot: Shot, file: str) -> otio.schema.Clip:
    """A file without its handles."""
    rate = float(cut.rate)
    begin = moment(cut.chapter, shot.place, cut.rate)
    handle = RationalTime(cut.handle, rate)
    whole = TimeRange(begin - handle, RationalTime(shot.frames + 2 * cut.handle, rate))
    reference = otio.schema.ExternalReference(target_url=file, available_range=whole)
    return otio.schema.Clip(shot.name, reference, TimeRange(begin, RationalTime(shot.frames, rate)))


def clip_of(cut: Cut, shot: Shot, file: str) -> otio.schema.Clip:
    """A clip that shows a file without its handles, with its markers."""
    clip = excerpt(cut, shot, file)
    rate, begin = float(cut.rate), clip.source_range.start_time
    clip.metadata[OURS] = {"scene": shot.scene, "title": shot.title, "act": shot.act}
    act = None
    for beat in shot.beats:
        start = begin + RationalTime(beat.start_frame, rate)
        if beat.act and beat.act != act:
            act = beat.act
            clip.markers.append(marker(act, start, 1, rate, ACT))
        clip.markers.append(marker(beat.name or f"beat {beat.number}", start, beat.frames, rate, BEAT, beat.narration))
    return clip


def marker(name: str, start: RationalTime, frames: int, rate: float, color: str, note: str = "") -> otio.schema.Marker:
    """A marker in a clip's own time."""
    made = otio.schema.Marker(name, TimeRange(start, RationalTime(frames, rate)), color)
    if note:
        made.comment = note
    return made


def write_timelines(film: otio.schema.Timeline, cut: Cut, folder: Path) -> list[Path]:
    """Write every kind of timeline into a folder, and return the files."""
    stem = folder / cut.name
    files = [stem.with_suffix(f".{ending}") for ending in ("otio", "fcpxml", "xml", "edl")]
    otio.adapters.write_to_file(film, str(files[0]))
    files[1].write_bytes(fcpxml(film, cut.rate, cut.width, cut.height))
    files[2].write_bytes(fcp7xml(film, cut.rate, cut.width, cut.height))
    files[3].write_text(edit_list(film, cut), encoding="utf-8")
    return files


def edit_list(film: otio.schema.Timeline, cut: Cut) -> str:
    """The pictures as an edit decision list.

    The format counts from zero, so an empty stretch moves the first clip to the chapter's hour; and it counts whole
    frames a second, so that no numbers are dropped at the NTSC rates, as none are in the files' own timecode.
    """
    count = round(cut.rate)
    begun = RationalTime(0, count)
    track = otio.schema.Track(kind=otio.schema.TrackKind.Video)
    track.append(
        otio.schema.Gap(source_range=TimeRange(begun, RationalTime(hour(cut.rate) * (cut.chapter % 24), count)))
    )
    for clip in film.video_tracks()[0]:
        shown, whole = (
            TimeRange(RationalTime(span.start_time.value, count), RationalTime(span.duration.value, count))
            for span in (clip.source_range, clip.media_reference.available_range)
        )
        media = otio.schema.ExternalReference(clip.media_reference.target_url, whole)
        track.append(otio.schema.Clip(clip.name, media, shown))
    plain = otio.schema.Timeline(film.name)
    plain.tracks.append(track)
    title, _, events = otio.adapters.write_to_string(plain, "cmx_3600", rate=count).partition("\n")
    return f"{title}\nFCM: NON-DROP FRAME\n{events}"
