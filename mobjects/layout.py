"""Where things go: the frame, its safe area, the gaps, and how sizes follow the camera. In manim units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from manim import Mobject

FRAME_WIDTH = 128 / 9
FRAME_HEIGHT = 8.0
FRAME = (FRAME_WIDTH, FRAME_HEIGHT)
SAFE_X = 6.6
SAFE_Y = 3.7

GAP_TIGHT = 0.05
GAP_LABEL = 0.1
GAP_RELATED = 0.25
GAP = 0.5
GAP_SECTION = 1.0

AnyMobject = TypeVar("AnyMobject", bound=Mobject)


class Area(NamedTuple):
    """A rectangle of the scene, by its four edges."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, mobject: Mobject, slack: float = 1e-6) -> bool:
        """Whether all of ``mobject`` lies inside, but for ``slack`` units."""
        return bool(
            mobject.get_left()[0] >= self.left - slack
            and mobject.get_right()[0] <= self.right + slack
            and mobject.get_bottom()[1] >= self.bottom - slack
            and mobject.get_top()[1] <= self.top + slack
        )


def safe_area(frame_center: Sequence[float] = (0.0, 0.0), frame_height: float = FRAME_HEIGHT) -> Area:
    """Return the part of the frame where things may stand, for a camera at ``frame_center`` that sees ``frame_height``.

    Raises
    ------
    ValueError
        If the frame height is not above zero.
    """
    zoom = _zoom(frame_height)
    x, y = float(frame_center[0]), float(frame_center[1])
    return Area(x - SAFE_X * zoom, y - SAFE_Y * zoom, x + SAFE_X * zoom, y + SAFE_Y * zoom)


def fit(mobject: AnyMobject, width: float | None = None, height: float | None = None) -> AnyMobject:
    """Shrink ``mobject`` about its centre until it is at most ``width`` by ``height``; never enlarge it.

    ``None`` leaves that direction free. Returns the mobject.
    """
    factor = 1.0
    for size, limit in ((mobject.width, width), (mobject.height, height)):
        if limit is not None and limit <= 0:
            raise ValueError(f"A limit of {limit} was found; expected a width or height above zero.")
        if limit is not None and size > limit:
            factor = min(factor, limit / size)
    if factor < 1:
        mobject.scale(factor)
    return mobject


def scaled_stroke(width: float, frame_height: float) -> float:
    """Return the stroke width that looks like ``width`` when the camera sees ``frame_height`` units."""
    return width * _zoom(frame_height)


def scaled_font(size: float, frame_height: float) -> float:
    """Return the font size that looks like ``size`` when the camera sees ``frame_height`` units."""
    return size * _zoom(frame_height)


def _zoom(frame_height: float) -> float:
    if not frame_height > 0:
        raise ValueError(f"A frame height of {frame_height} was found; expected a height above zero.")
    return frame_height / FRAME_HEIGHT
