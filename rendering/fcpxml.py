"""Final Cut Pro's own format, version 1.11, from a timeline.

The adapter there is writes an older version, and none that can be read at the NTSC rates.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio
from lxml import etree

VERSION = "1.11"
COLOURS = "1-1-1 (Rec. 709)"
SAMPLES = "48000"  # a second
ACT = "PURPLE"  # colour of an act's markers, which become chapters


def fcpxml(film: otio.schema.Timeline, rate: Fraction, width: int, height: int) -> bytes:
    """A timeline as FCPXML: its pictures as the main storyline, with their markers.

    Parameters
    ----------
    film : Timeline
        Its media are named relative to the file that is written.
    rate : Fraction
        Frames a second.
    width, height : int
        In pixels.
    """
    root = etree.Element("fcpxml", version=VERSION)
    resources = etree.SubElement(root, "resources")
    etree.SubElement(
        resources, "format", id="r1", frameDuration=seconds(1, rate), width=str(width), height=str(height),
        colorSpace=COLOURS,
    )  # fmt: skip
    library = etree.SubElement(root, "library")
    event = etree.SubElement(library, "event", name=film.name)
    project = etree.SubElement(event, "project", name=film.name)
    start = film.global_start_time
    pictures = film.video_tracks()[0]
    sounds = film.audio_tracks()[0] if film.audio_tracks() else [None] * len(pictures)
    sequence = etree.SubElement(
        project, "sequence", format="r1", tcStart=time(start, rate), tcFormat="NDF",
        duration=time(pictures.duration(), rate),
    )  # fmt: skip
    spine = etree.SubElement(sequence, "spine")
    for number, (clip, sound) in enumerate(zip(pictures, sounds, strict=True), 1):
        add_asset(resources, f"v{number}", clip, rate, hasVideo="1", format="r1", videoSources="1")
        shown = etree.SubElement(
            spine, "asset-clip", ref=f"v{number}", name=clip.name,
            offset=time(start + clip.range_in_parent().start_time, rate),
            start=time(clip.source_range.start_time, rate), duration=time(clip.source_range.duration, rate),
            tcFormat="NDF",
        )  # fmt: skip
        if sound is not None:
            add_asset(
                resources, f"a{number}", sound, rate, hasAudio="1", audioSources="1", audioChannels="1",
                audioRate=SAMPLES,
            )  # fmt: skip
            span = sound.source_range
            etree.SubElement(
                shown, "asset-clip", ref=f"a{number}", name=sound.name, lane="-1",
                offset=time(clip.source_range.start_time, rate), start=time(span.start_time, rate),
                duration=time(span.duration, rate), tcFormat="NDF", audioRole="dialogue",
            )  # fmt: skip
        shown.extend(marked(marker, rate) for marker in clip.markers)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True, doctype="<!DOCTYPE fcpxml>")


def add_asset(resources: Any, name: str, clip: otio.schema.Clip, rate: Fraction, **kind: str) -> None:
    """List the file of a clip."""
    media, whole = clip.media_reference, clip.media_reference.available_range
    asset = etree.SubElement(
        resources, "asset", id=name, name=clip.name, start=time(whole.start_time, rate),
        duration=time(whole.duration, rate), **kind,
    )  # fmt: skip
    etree.SubElement(asset, "media-rep", kind="original-media", src=media.target_url)


def marked(marker: otio.schema.Marker, rate: Fraction) -> Any:
    """A marker; one for an act is a chapter's."""
    start = time(marker.marked_range.start_time, rate)
    if marker.color == ACT:
        return etree.Element("chapter-marker", start=start, duration=seconds(1, rate), value=marker.name)
    note = {"note": marker.comment} if marker.comment else {}
    return etree.Element("marker", start=start, duration=seconds(1, rate), value=marker.name, **note)


def time(moment: otio.opentime.RationalTime, rate: Fraction) -> str:
    """A time of the timeline as an exact fraction of seconds."""
    return seconds(round(moment.value), rate)


def seconds(frames: int, rate: Fraction) -> str:
    """Frames as an exact fraction of seconds: ``1001/60000s``, or ``2s``."""
    exact = frames / rate
    return f"{exact.numerator}s" if exact.denominator == 1 else f"{frames * rate.denominator}/{rate.numerator}s"
