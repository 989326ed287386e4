"""What the editor reads first, and what the speaker reads aloud."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from rendering.delivered import Delivery
from rendering.profiles import PROFILES
from rendering.shots import Shot

MOST = 165  # words a minute that can be followed


def script(title: str, shots: Sequence[Shot], rate: Fraction) -> str:
    """The narration, beat by beat, with its time and its pace; what is too fast is marked."""
    parts = [title, ""]
    for shot in shots:
        parts += [f"{shot.name}  {shot.act or shot.title}", ""]
        for beat in shot.beats:
            seconds = float(beat.frames / rate)
            words = len(beat.narration.split())
            pace = round(60 * words / seconds) if seconds else 0
            mark = "  TOO FAST" if pace > MOST else ""
            parts += [
                f"  {beat.number:2}  {seconds:5.1f} s  {pace:3} words a minute{mark}",
                f"      {beat.narration}",
                "",
            ]
    return "\n".join(parts)


def readme(listing: Delivery) -> str:
    """What is in the folder and how to use it."""
    order = listing.order
    rate = Fraction(*order.fps)
    exact = f"{rate.numerator}/{rate.denominator}" if rate.denominator > 1 else str(rate)
    seconds = float(listing.frames / rate)
    missing = [f"  {clip.name}: no {kind}, {why}" for clip in listing.clips for kind, why in clip.left_out.items()]
    said = "audio/   the narration read by a machine, with handles, to cut to; on the timelines, EDL aside."
    spoken = [said] if order.scratch_voice else []
    kinds = [f"  {name:11} {PROFILES[name].purpose}" for name in order.profiles]
    networks = sorted({f"{clip.source.checkpoint} ({clip.source.checkpoint_sha256[:12]})" for clip in listing.clips})
    return "\n".join(
        [
            f"{listing.name}: {listing.title}, {len(listing.clips)} clips, {seconds:.1f} seconds",
            "",
            f"Frames a second: {exact}. Timecode: no numbers dropped, from {order.chapter:02}:00:00:00 on.",
            f"Handles: in files for cutting, the first and the last picture stand {order.handle} frames longer. The "
            "timelines leave them out.",
            "Colours: BT.709 (1-1-1), limited range. Alpha: straight, never premultiplied.",
            "",
            "Open the timeline:",
            f"  DaVinci Resolve, Premiere 25.6 and later, Kdenlive 25.04 and later: {listing.name}.otio",
            f"  Final Cut Pro: {listing.name}.fcpxml",
            f"  older Premiere: {listing.name}.xml; all others: {listing.name}.edl",
            "Media are found beside the timeline, by relative names. Markers: acts and beats, with the narration.",
            "",
            "clips/ holds, for each clip:",
            *kinds,
            *missing,
            *spoken,
            "proxies/ stand-ins of 360 lines with the same frames and timecode as files for cutting.",
            "stills/  first, middle, last, and the end of each act.",
            "subs/    captions of each clip, counted from its first frame after the handle, and of the whole chapter.",
            "narration.txt      what is said, with time and words a minute.",
            "chapters.ffmetadata, youtube.txt   where clips begin.",
            "contact_sheet.png  all clips at a glance.",
            "manifest.json      everything about every file, and where each number on screen came from.",
            "SHA256SUMS         sha256sum -c SHA256SUMS",
            "",
            f"Networks: {', '.join(networks)}. No number on screen is invented; see clips[].source in manifest.json.",
            f"Made from commit {listing.commit or 'unknown'}.",
            "",
        ]
    )
