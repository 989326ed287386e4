"""Faults of a screen that a computer can find: what cannot be read, lies over other text, or shows a number of nowhere.

The rules are those of the house: :mod:`mobjects.layout` says where things may stand, :mod:`mobjects.theme` how small
text may be; contrasts are those of WCAG 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from manim import DecimalNumber, Mobject, Text, VMobject

from mobjects import layout, theme
from mobjects.numerals import Floats
from mobjects.reading import BRIGHT, Writing, written

# Contrast to what is behind it of text of FONT_LABEL or more; smaller text needs theme.READABLE.
CONTRAST_LARGE = 3.0
# Share of the smaller one's glyphs that may lie on another text.
TOUCH = 0.05
# What text may lack in size, and what edges between pixels may take off a contrast.
SLACK, EDGES = 0.95, 0.1
# What hides what is behind it: this opaque, and filling this share of its bounds.
OPAQUE, FULL = 0.95, 0.9
MOST_MOVING = 3000
CHECKS = {
    "outside": "text beyond the safe area",
    "overlap": "text over text",
    "small": "text too small to read",
    "contrast": "text too faint on what is behind it",
    "glyphs": "characters the font cannot draw",
    "hold": "a beat that ends too soon to be read, or is told too fast",
    "moving": f"more than {MOST_MOVING} shapes in motion",
    "passport": "numbers that do not say where they come from",
}


@dataclass(frozen=True)
class Finding:
    """A fault.

    Attributes
    ----------
    check : str
        Which rule; a key of ``CHECKS``.
    said : str
        One sentence: what was found, what was expected.
    box : (float, float, float, float) or None
        Left, bottom, right, top of the place, in manim units.
    """

    check: str
    said: str
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Picture:
    """A drawn frame, to look up colours in.

    Attributes
    ----------
    pixels : uint8 array, shape (height, width, 3 or more)
    center : (float, float)
        Of the frame, in manim units.
    height : float
        Of the frame, in manim units.
    """

    pixels: np.ndarray
    center: tuple[float, float]
    height: float

    def place(self, x: float, y: float) -> tuple[int, int]:
        """Return column and row of the pixel at a point, within the picture."""
        rows, columns = self.pixels.shape[:2]
        scale = rows / self.height
        column, row = (x - self.center[0]) * scale + columns / 2, (self.center[1] - y) * scale + rows / 2
        return int(np.clip(column, 0, columns - 1)), int(np.clip(row, 0, rows - 1))

    def color_of(self, box: Floats) -> Floats:
        """Return the mean colour within left, bottom, right, top: red, green, blue of 0 to 1."""
        left, bottom = self.place(box[0], box[1])
        right, top = self.place(box[2], box[3])
        mean: Floats = self.pixels[top : bottom + 1, left : right + 1, :3].mean(axis=(0, 1)) / 255
        return mean


def faults_of_screen(
    mobjects: Sequence[Mobject], center: Sequence[float], height: float, ground: Picture
) -> list[Finding]:
    """Return what is wrong with a screen.

    Parameters
    ----------
    mobjects : sequence of Mobject
        What is on it.
    center : (float, float, ...)
        Middle of the camera's frame.
    height : float
        Height of the camera's frame, in manim units.
    ground : Picture
        The screen drawn without its text, see :func:`without_text`.
    """
    said = _not_covered([one for one in written(mobjects) if one.opacity > BRIGHT], mobjects)
    return [
        *_outside(said, layout.safe_area(center, height)),
        *_overlapping(said),
        *_small(said, layout.FRAME_HEIGHT / height),
        *_faint(said, ground, layout.FRAME_HEIGHT / height),
        *_missing_glyphs(mobjects),
        *_without_passport(mobjects),
    ]


def without_text(mobjects: Sequence[Mobject]) -> list[Mobject]:
    """Return what is no text among the parts of ``mobjects``, in the order in which a camera draws it."""
    letters = {id(leaf) for one in written(mobjects) for leaf in one.mobject.get_family()}
    shapes = [part for part in _family(mobjects) if len(part.points) and id(part) not in letters]
    return sorted(shapes, key=lambda part: part.z_index)


def contrast(first: Floats, second: Floats) -> float:
    """Return the contrast of two colours (red, green, blue of 0 to 1): 1 for equal ones, 21 for black and white."""
    return theme.contrast(theme.luminance(first), theme.luminance(second))


def _not_covered(said: list[Writing], mobjects: Sequence[Mobject]) -> list[Writing]:
    """Leave out the glyphs whose middles lie under an opaque plate drawn after them."""
    order = {id(part): place for place, part in enumerate(sorted(_family(mobjects), key=lambda part: part.z_index))}
    plates = [(order[id(part)], *_bounds(part)) for part in without_text(mobjects) if _is_plate(part)]
    seen = []
    for one in said:
        drawn = order[id(one.mobject)]
        above = [(low, high) for place, low, high in plates if place > drawn]
        middles = (one.boxes[:, :2] + one.boxes[:, 2:]) / 2
        hidden = [((middles >= low) & (middles <= high)).all(axis=1) for low, high in above]
        boxes = one.boxes[~np.any(hidden, axis=0)] if hidden else one.boxes
        if len(boxes):
            seen.append(replace(one, boxes=boxes))
    return seen


def _is_plate(part: Any) -> bool:
    """Whether a shape hides all that lies within its bounds: opaque, and a rectangle but for its corners."""
    if not isinstance(part, VMobject) or part.fill_rgbas[:, 3].min() < OPAQUE:
        return False
    low, high = _bounds(part)
    x, y = part.points[::4, 0], part.points[::4, 1]
    area = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    return bool(area > FULL * np.prod(high - low))


def _bounds(part: Any) -> tuple[Floats, Floats]:
    return part.points[:, :2].min(axis=0), part.points[:, :2].max(axis=0)


def _outside(said: list[Writing], area: layout.Area) -> list[Finding]:
    slack, found = 1e-3 * (area.top - area.bottom), []
    for one in said:
        (left, bottom), (right, top) = one.low, one.high
        beyond = max(area.left - left, area.bottom - bottom, right - area.right, top - area.top)
        if beyond > slack:
            found.append(
                Finding("outside", f"{_named(one)} reaches {beyond:.2f} units out of the safe area", _box(one))
            )
    return found


def _overlapping(said: list[Writing]) -> list[Finding]:
    if not said:
        return []
    low, high = np.array([one.low for one in said]), np.array([one.high for one in said])
    meet = (np.minimum(high[:, None], high[None]) > np.maximum(low[:, None], low[None])).all(axis=2)
    found = []
    for first, second in np.argwhere(np.triu(meet, 1)):
        share = said[first].shares(said[second])
        if share > TOUCH:
            sentence = f"{_named(said[first])} and {_named(said[second])} cover {share:.0%} of one another"
            found.append(Finding("overlap", sentence, _box(said[first], said[second])))
    return found


def _small(said: list[Writing], zoom: float) -> list[Finding]:
    def least(one: Writing) -> float:
        return float(getattr(one.mobject, "least_size", theme.FONT_SMALL))

    small = [one for one in said if one.size * zoom < SLACK * least(one)]
    found = []
    for kind, group in groupby(sorted(small, key=lambda one: one.kind), key=lambda one: one.kind):
        several = list(group)
        worst = min(several, key=lambda one: one.size)
        sentence = f"{_named(worst)} has font size {worst.size * zoom:.0f}, at least {least(worst):.0f} can be read"
        more = f" ({len(several)} {kind}s are too small)" if len(several) > 1 else ""
        found.append(Finding("small", sentence + more, _box(*several)))
    return found


def _faint(said: list[Writing], ground: Picture, zoom: float) -> list[Finding]:
    found = []
    for one in said:
        if any(hasattr(leaf, "bright_alphas") for leaf in one.mobject.get_family()):
            continue  # dimmed on purpose, see mobjects.dimming
        behind = [ground.color_of(box) for box in one.boxes]
        worst = min(contrast(one.opacity * one.color + (1 - one.opacity) * color, color) for color in behind)
        least = CONTRAST_LARGE if one.size * zoom >= SLACK * theme.FONT_LABEL else theme.READABLE
        if worst < least - EDGES:
            sentence = f"{_named(one)} has contrast {worst:.1f} to what is behind it, at least {least} can be read"
            found.append(Finding("contrast", sentence, _box(one)))
    return found


def _missing_glyphs(mobjects: Sequence[Mobject]) -> list[Finding]:
    found = []
    for text in (part for part in _family(mobjects) if isinstance(part, Text)):
        letters = zip(text.submobjects, text.original_text, strict=False)
        missing = "".join(letter for glyph, letter in letters if not letter.isspace() and not len(glyph.points))
        if missing:
            found.append(
                Finding("glyphs", f"The text {text.original_text!r} lacks {missing!r}: the font has no such sign")
            )
    return found


def _without_passport(mobjects: Sequence[Mobject]) -> list[Finding]:
    numbers = [part for part in _family(mobjects) if isinstance(part, DecimalNumber) or _shows_value(part)]
    nowhere = [part for part in numbers if getattr(part, "passport", None) is None and len(part.get_all_points())]
    if not nowhere:
        return []
    shown = ", ".join(
        str(next(getattr(part, kind) for kind in ("text", "value", "number") if hasattr(part, kind)))
        for part in nowhere[:5]
    )
    more = f" and {len(nowhere) - 5} more" if len(nowhere) > 5 else ""
    points = np.concatenate([part.get_all_points() for part in nowhere])
    low, high = points.min(axis=0), points.max(axis=0)
    sentence = f"The numbers {shown}{more} have no passport; show a Quantity, or declare them"
    return [Finding("passport", sentence, (low[0], low[1], high[0], high[1]))]


def _shows_value(part: Any) -> bool:
    """Whether a part shows a number: a Numeral, or a dot, a bar, an arc that stands for one."""
    return hasattr(part, "passport") and getattr(part, "value", None) is not None


def _family(mobjects: Iterable[Mobject]) -> list[Any]:
    return list({id(part): part for mobject in mobjects for part in mobject.get_family()}.values())


def _named(one: Writing) -> str:
    return f"The {one.kind} {one.says.strip()!r}"


def _box(*several: Writing) -> tuple[float, float, float, float]:
    low = np.min([one.low for one in several], axis=0)
    high = np.max([one.high for one in several], axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
