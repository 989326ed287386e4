"""Timecode without dropped numbers, the same in files, timelines and lists."""

from __future__ import annotations

from fractions import Fraction

from opentimelineio.opentime import RationalTime, to_timecode

DAY = 24  # hours
NTSC = tuple(Fraction(whole * 1000, 1001) for whole in (24, 30, 60))
RATES = (*map(Fraction, (24, 25, 30, 50, 60)), *NTSC)  # frames a second that timecode can count


def hour(rate: Fraction) -> int:
    """Frames in an hour of timecode, which counts whole frames a second."""
    return 3600 * round(rate)


def moment(chapter: int, frame: int, rate: Fraction) -> RationalTime:
    """A frame of a chapter as a time of day: chapter N begins at N hours, its handle is in the hour before."""
    return RationalTime(hour(rate) * (chapter % DAY) + frame, float(rate))


def timecode(chapter: int, frame: int, rate: Fraction) -> str:
    """The same as it is written: ``02:00:00:00``."""
    time = moment(chapter, frame, rate)
    if time.value < 0:
        time += RationalTime(DAY * hour(rate), time.rate)
    return str(to_timecode(time, time.rate, drop_frame=False))
