"""Two arrows and what lies between them: their angle, their cosine or their dot product, live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import VGroup, VMobject

from mobjects import layout, theme
from mobjects.light import evenly
from mobjects.numerals import Floats, Numbers, Numeral, Passport
from mobjects.shadows import checked_vectors, row_passports
from mobjects.space_marks import arrow_corners, cross
from mobjects.text import label
from mobjects.upright import outlines_of, size_of, write

REACH = 2.6
# Of the cross without ink that tells where a pair is: too small to count when the pair is centred.
FRAME = 0.01
# Radius of the arc, as a share of the reach and at most of the shorter arrow.
ARC, ARC_LIMIT = 0.24, 0.6
ARC_CORNERS = 33
# Degrees from 90 within which the arc becomes a square corner.
NEARLY_RIGHT = 0.5
# Digits after the point of each measure, and which sign it carries.
MEASURES = {"angle": (0, "never"), "cosine": (2, "negative"), "dot": (2, "negative")}
STATE = ("values", "lengths", "directions", "passports")


class AngleVectorPair(VGroup):
    """Two arrows from one point, the arc between them, and a number that follows them.

    Two numbers each are drawn as they are. Of longer vectors, the first lies to the right and the other at the true
    angle from it; lengths are to scale. At 90° the arc becomes a square corner.

    Parameters
    ----------
    vectors : float array or Quantity, shape (2, d), or two vectors
        None of them zero.
    labels : sequence of str, optional
        Two words beside the tips; "" for none.
    colors : sequence of str
        Two; ``theme.EMBEDDING`` if not given.
    measure : {"angle", "cosine", "dot"}
        What the number says: degrees, the cosine, or the dot product of the vectors as they are drawn at the moment.
    decimals : int
        Of the number; 0 for degrees and 2 for the others if not given.
    reach : float
        Length of the longer arrow, in manim units.
    passport : str or tuple, optional
        Declares the number, e.g. "angle: query and key".

    Attributes
    ----------
    values : float array, shape (2, d)
        The vectors, and ``passports`` of both.
    lengths, directions : float array, shape (2,)
        As drawn: in units of the vectors, and in degrees from the right, counter-clockwise.

    Raises
    ------
    ValueError
        If there are not two vectors of the same two or more numbers, one is not finite or zero, or the measure is none
        of the three.

    Source
    ------
    Any two vectors; in scenes rows of Quantities.

    Examples
    --------
    >>> query, keys = self.quantity("Q")[self.pick.query], self.quantity("K")
    >>> best = self.pick.keys[-1]
    >>> words = [self.pieces[place].strip() for place in (self.pick.query, best)]
    >>> roles = [theme.QUERY, theme.KEY]
    >>> pair = AngleVectorPair([query, keys[best]], words, roles, reach=4, passport="angle: query and key")
    >>> self.add(pair.center())
    >>> self.play(Create(pair.arc), FadeIn(pair.number, pair.degree))
    """

    def __init__(
        self,
        vectors: Numbers,
        labels: Sequence[str] | None = None,
        colors: Sequence[str] | None = None,
        measure: str = "angle",
        decimals: int | None = None,
        reach: float = REACH,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        if measure not in MEASURES:
            raise ValueError(f'measure={measure!r} was found; expected "angle", "cosine" or "dot".')
        texts = ["", ""] if labels is None else list(labels)
        inks = [theme.EMBEDDING] * 2 if colors is None else list(colors)
        if len(texts) != 2 or len(inks) != 2:
            raise ValueError(f"{len(texts)} labels and {len(inks)} colours were found; expected two of each, or none.")
        self.values = checked_pair(vectors)
        self.passports = row_passports(vectors, 2)
        self.lengths, self.directions = drawn_geometry(self.values)
        self.measure, self.reach, self.unit = measure, float(reach), reach / float(self.lengths.max())
        digits, sign = MEASURES[measure]
        number = Numeral(
            self.measured(),
            digits if decimals is None else decimals,
            sign,
            font_size=theme.FONT_LABEL,
            color=theme.HIGHLIGHT,
            passport=passport,
        )
        degree = label("°", color=theme.HIGHLIGHT) if measure == "angle" else VGroup()
        arc = VMobject(stroke_color=theme.HIGHLIGHT, stroke_width=theme.STROKE_STRONG, fill_opacity=0)
        marks = VGroup(*(VMobject(stroke_width=0, fill_color=ink, fill_opacity=1) for ink in inks))
        words = VGroup(*(_word(text, ink) for text, ink in zip(texts, inks, strict=True)))
        self.add(cross(FRAME), arc, marks, words, number, degree)
        self._outlines = [outlines_of(part) for part in (*words, degree)]
        self.redraw()

    @property
    def frame(self) -> VMobject:
        """Has no ink: tells where the pair is and how large."""
        return self.submobjects[0]

    @property
    def arc(self) -> VMobject:
        """The arc between the arrows, or the square corner."""
        return self.submobjects[1]

    @property
    def arrows(self) -> VGroup:
        """The two arrows."""
        return self.submobjects[2]

    @property
    def labels(self) -> VGroup:
        """The two words; empty where there is none."""
        return self.submobjects[3]

    @property
    def number(self) -> Numeral:
        """What lies between the vectors."""
        return self.submobjects[4]

    @property
    def degree(self) -> VMobject:
        """The ring after the number of degrees; empty for other measures."""
        return self.submobjects[5]

    @property
    def angle(self) -> float:
        """Degrees between the arrows as drawn, 0 to 180."""
        return abs(self._opening())

    def measured(self) -> float:
        """Return what the number says of the arrows as they are drawn."""
        if self.measure == "angle":
            return self.angle
        cosine = float(np.cos(np.radians(self.angle)))
        return cosine if self.measure == "cosine" else cosine * float(self.lengths.prod())

    def set_values(self, values: Numbers, passport: Passport = None) -> AngleVectorPair:
        """Show two other vectors, at the same scale; ``passport`` declares the number."""
        array = checked_pair(values)
        self.values, self.passports = array, row_passports(values, 2)
        return self.point(*drawn_geometry(array), passport)

    def point(self, lengths: Floats, directions: Floats, passport: Passport = None) -> AngleVectorPair:
        """Draw arrows of these lengths and directions (degrees), and say what lies between them."""
        self.lengths, self.directions = lengths, directions
        self.number.set_value(self.measured(), passport)
        return self.redraw()

    def redraw(self) -> AngleVectorPair:
        """Bring all parts to where they belong; light and colours are left alone."""
        scale, tips = self._scale(), self.unit * self.lengths[:, None] * self._units()
        for arrow, tip in zip(self.arrows, tips, strict=True):
            arrow.set_points_as_corners(self._placed(arrow_corners(np.zeros(2), tip)))
        self._draw_arc()
        self._draw_labels(tips, scale)
        self._draw_number(scale)
        return self

    def _units(self) -> Floats:
        return np.column_stack([np.cos(np.radians(self.directions)), np.sin(np.radians(self.directions))])

    def _opening(self) -> float:
        """Return the way from the first arrow to the second, in degrees: above -180, up to 180."""
        way = float(self.directions[1] - self.directions[0])
        return 180 - (180 - way) % 360

    def _placed(self, points: Floats) -> Floats:
        """Return points (n, 2) of the drawing where they are on the screen, (n, 3)."""
        origin, right, _, _, up, _ = self.frame.points[0::4]
        return origin + (points[:, :1] * (right - origin) + points[:, 1:2] * (up - origin)) / FRAME

    def _scale(self) -> float:
        origin, right, *_ = self.frame.points[0::4]
        return float(np.linalg.norm(right - origin)) / FRAME

    def _radius(self) -> float:
        return min(ARC * self.reach, ARC_LIMIT * self.unit * float(self.lengths.min()))

    def _draw_arc(self) -> None:
        radius, first = self._radius(), self._units()[0]
        if abs(self.angle - 90) < NEARLY_RIGHT:
            second = self._units()[1]
            corner = 0.75 * radius * np.array([first, first + second, second])
            path = evenly(np.pad(corner, ((0, 0), (0, 1))), ARC_CORNERS)[:, :2]
        else:
            turns = np.radians(self.directions[0] + np.linspace(0, self._opening(), ARC_CORNERS))
            path = radius * np.column_stack([np.cos(turns), np.sin(turns)])
        self.arc.set_points_as_corners(self._placed(path))

    def _draw_labels(self, tips: Floats, scale: float) -> None:
        """Put words beside the tips, on the outer side of each arrow."""
        side = -1.0 if self._opening() < 0 else 1.0
        for word, outlines, tip, unit, out in zip(
            self.labels, self._outlines, tips, self._units(), (-side, side), strict=False
        ):
            outward = 0.6 * unit + 0.8 * out * np.array([-unit[1], unit[0]])
            write(word, outlines, self._placed(_beside(tip, outward, size_of(outlines))[None])[0], scale)

    def _draw_number(self, scale: float) -> None:
        """Put the number in the middle of the angle, as far out as it needs to fit between the arrows."""
        number = self.number
        outline = number.template.outline
        low, high = outline[:, :2].min(axis=0) * theme.FONT_LABEL, outline[:, :2].max(axis=0) * theme.FONT_LABEL
        ring = size_of(self._outlines[2])
        width = float(high[0] - low[0] + ring[0])
        room = float(np.hypot(width, high[1] - low[1])) / 2 + layout.GAP_LABEL
        half = np.radians(self.angle) / 2
        farthest = self.unit * float(self.lengths.max()) + room
        distance = min(max(self._radius() + room, room / max(np.sin(half), 1e-9)), farthest)
        bearing = np.radians(self.directions[0] + self._opening() / 2)
        middle = distance * np.array([np.cos(bearing), np.sin(bearing)])
        corner = middle - [width / 2, (low + high)[1] / 2] - [low[0], 0]
        place = self._placed(corner[None])[0]
        size = theme.FONT_LABEL * scale
        number.points = outline @ np.array([[size, 0, 0], [0, size, 0], place])
        ring_place = middle + [(width - ring[0]) / 2, (high - low)[1] / 2 - ring[1] / 2]
        write(self.degree, self._outlines[2], self._placed(ring_place[None])[0], scale)

    def interpolate_color(self, mobject1: VMobject, mobject2: VMobject, alpha: float) -> AngleVectorPair:
        """Mix colours; this ends every morph and every restore, so take over what the other pair shows."""
        super().interpolate_color(mobject1, mobject2, alpha)
        source = mobject2 if alpha == 1 else mobject1
        if alpha in (0, 1) and isinstance(source, AngleVectorPair):
            for name in STATE:
                setattr(self, name, getattr(source, name))
        return self


def drawn_geometry(vectors: Floats) -> tuple[Floats, Floats]:
    """Return the lengths and the directions, in degrees, at which two vectors (2, d) are drawn in the plane.

    >>> drawn_geometry(np.array([[0.0, 0, 2], [3, 0, 0]]))[1]
    array([ 0., 90.])
    """
    lengths = np.linalg.norm(vectors, axis=1)
    if vectors.shape[1] == 2:
        return lengths, np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0]))
    first, second = vectors / lengths[:, None]
    # Accurate for small angles too, where a cosine says nothing (W. Kahan, 2006).
    half = np.arctan2(np.linalg.norm(first - second), np.linalg.norm(first + second))
    return lengths, np.array([0.0, np.degrees(2 * half)])


def checked_pair(vectors: Any) -> Floats:
    """Return two vectors as floats (2, d), or refuse what has no angle."""
    array = checked_vectors(vectors)
    if len(array) != 2:
        raise ValueError(f"{len(array)} vectors were found; expected two.")
    if not (np.linalg.norm(array, axis=1) > 0).all():
        raise ValueError("A vector of zeros was found; expected two that have a direction.")
    return array


def _word(text: str, color: str) -> VMobject:
    return label(text, color=color) if text else VGroup()


def _beside(tip: Floats, outward: Floats, size: Floats) -> Floats:
    """Return the middle of a text of this size that stands beside a tip."""
    return tip + outward * (layout.GAP_LABEL + (np.abs(outward) * size / 2).sum())
