"""Final Cut Pro 7's format, which Premiere and Resolve read, from a timeline.

The adapter there is leaves some things out or says them otherwise than these programs expect; they are put right here.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio
from lxml import etree

DEPTH, SAMPLES, CHANNELS = "16", "48000", "1"


def fcp7xml(film: otio.schema.Timeline, rate: Fraction, width: int, height: int) -> bytes:
    """A timeline as XML in the form of Final Cut Pro 7.

    Parameters
    ----------
    film : Timeline
    rate : Fraction
        Frames a second.
    width, height : int
        In pixels.
    """
    root = etree.fromstring(otio.adapters.write_to_string(film, adapter_name="fcp_xml").encode())
    shape = characteristics(rate, width=width, height=height, pixelaspectratio="square", fielddominance="none")
    root.find(".//sequence/media/video/format").append(shape)
    for file in root.iterfind(".//file[media]"):
        picture = file.find("media/video")
        if picture is not None:
            file.find("media").remove(file.find("media/audio"))
            picture.append(characteristics(rate, width=width, height=height))
        else:
            sound = file.find("media/audio")
            sound.append(characteristics(None, depth=DEPTH, samplerate=SAMPLES))
            child(sound, "channelcount", CHANNELS)
    for clip, known in zip(root.iterfind(".//video/track/clipitem"), film.video_tracks()[0], strict=True):
        first = int(clip.findtext("file/timecode/frame"))
        for element, marker in zip(clip.iterfind("marker"), known.markers, strict=True):
            for moment in (element.find("in"), element.find("out")):
                moment.text = str(int(moment.text) - first)  # counted from the file's first frame, as the clip's own
            child(element, "comment", marker.comment)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True, doctype="<!DOCTYPE xmeml>")


def characteristics(rate: Fraction | None, **values: object) -> Any:
    """What a file or a sequence is like."""
    element = etree.Element("samplecharacteristics")
    if rate is not None:
        counted = etree.SubElement(element, "rate")
        child(counted, "timebase", round(rate))
        child(counted, "ntsc", str(rate.denominator > 1).upper())
    for name, value in values.items():
        child(element, name, value)
    return element


def child(parent: Any, name: str, value: object) -> None:
    """Add an element with a text."""
    etree.SubElement(parent, name).text = str(value)
