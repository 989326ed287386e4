"""Vectors as labelled arrows in a space that turns: a shadow of many dimensions, drawn flat, always crisp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import Text, VGroup, VMobject

from mobjects import layout, theme
from mobjects.arcs import UNITS_PER_STROKE, tapered
from mobjects.light import taper
from mobjects.numerals import Floats, Numbers, Passport
from mobjects.shadows import (
    beyond_tips,
    checked_vectors,
    parted,
    principal_axes,
    row_passports,
    share_kept,
    upright_axes,
    view,
)
from mobjects.space_marks import SpaceMark, axis, cross, grid_lines, plane
from mobjects.text import label
from mobjects.upright import outlines_of, size_of, write

REACH = 2.8
YAW, PITCH = -30.0, 20.0
# Half the side of the plane, and how far axes go, in lengths of the longest arrow.
FLOOR, AXIS = 0.9, 1.1
# What is nearest is drawn so much larger than what is farthest.
NEAREST = 1.25
# Drawing order within the plot: marks by depth, then labels; all so little that nothing else comes between.
MARK_Z, LABEL_Z = 1e-4, 1e-2
STATE = ("values", "coordinates", "colors", "passports", "yaw", "pitch")


class SpacePlot(VGroup):
    """Vectors as labelled arrows from the origin of a space seen from a little above, or of a flat plane.

    The picture is a shadow without perspective, in which nearer things are larger and brighter. Labels stand upright
    beyond the tips and make room for each other. Turn it with :class:`mobjects.space_motion.TurnSpace`, let arrows grow
    with :class:`mobjects.space_motion.GrowVectors`, move them to other vectors with ``ChangeValues``.

    Parameters
    ----------
    vectors : float array or Quantity, shape (n, d), or a sequence of n vectors
        At most 64. Two numbers each are drawn in a flat plane, three in a space; of more, the shadow on ``basis``.
    labels : sequence of str, optional
        One per vector; "" for none.
    colors : str or sequence of str
        Of all, or of each, by their roles; ``theme.EMBEDDING`` if not given.
    basis : float array, shape (2, d) or (3, d), optional
        Directions to draw along: across, up, and towards the viewer. Made into unit vectors at right angles. The
        principal axes of ``vectors`` if not given.
    reach : float
        Length of the longest arrow, in manim units.
    yaw, pitch : float
        Degrees the space has turned, and degrees it is seen from above.
    dots : bool
        Dots at the tips instead of arrows.
    label_size : float
        Font size of the farthest label; ``theme.FONT_SMALL`` if not given.

    Attributes
    ----------
    values : float array, shape (n, d)
        The vectors, and ``passports`` of each.
    coordinates : float array, shape (n, 3)
        Their shadows, in units of the vectors.
    basis : float array, shape (2 or 3, d)
        The unit vectors drawn along.

    Raises
    ------
    ValueError
        If there are no vectors or too many, of no common length, not finite or all zero; if there are more or fewer
        labels or colours than vectors; if the basis does not fit.

    Source
    ------
    Any vectors; in scenes rows of a Quantity.

    Examples
    --------
    >>> words = "king queen prince princess dog cat horse red green blue".split()
    >>> table, ids = self.quantity("EMB"), [self.checkpoint.tokenizer.encode(f" {word}")[0] for word in words]
    >>> colors = 4 * [theme.QUERY] + 3 * [theme.UPDATE] + 3 * [theme.VALUE]
    >>> plot = SpacePlot([table[token] for token in ids], words, colors, reach=3.4, yaw=40)
    >>> self.play(FadeIn(plot.floor, plot.axes))
    >>> self.play(GrowVectors(plot), TurnSpace(plot, yaw=103), run_time=4)
    """

    def __init__(
        self,
        vectors: Numbers,
        labels: Sequence[str] | None = None,
        colors: str | Sequence[str] | None = None,
        basis: Numbers | None = None,
        reach: float = REACH,
        yaw: float = YAW,
        pitch: float = PITCH,
        dots: bool = False,
        label_size: float | None = None,
    ) -> None:
        super().__init__()
        self.values = checked_vectors(vectors)
        count, size = self.values.shape
        self.passports = row_passports(vectors, count)
        self.colors = _checked_colors(colors, count)
        self.basis = _chosen_basis(self.values, basis)
        self.yaw, self.pitch, self.reach = float(yaw), float(pitch), float(reach)
        self.nudges: Floats | None = None
        self.coordinates = self.shadow(self.values)
        self.longest = float(np.linalg.norm(self.coordinates, axis=1).max())
        if not self.longest > 0:
            raise ValueError("Vectors that all lie in the origin of the drawing were found; expected some to be drawn.")
        texts = _checked_labels(labels, count)
        self.add(cross(self.reach), plane(), VGroup(*(axis() for _ in self.basis)))
        self.add(VGroup(*(SpaceMark(np.zeros(count), one, dots) for one in np.eye(count))), VGroup())
        self.add(VGroup(*(_label(text, label_size) for text in texts)))
        self._outlines = [outlines_of(text) for text in self.labels]
        self.redraw()

    @property
    def frame(self) -> VMobject:
        """Has no ink: tells where the plot is and how large."""
        return self.submobjects[0]

    @property
    def floor(self) -> VMobject:
        """The faint plane of the first and the last axis."""
        return self.submobjects[1]

    @property
    def axes(self) -> VGroup:
        """Two or three lines through the origin."""
        return self.submobjects[2]

    @property
    def arrows(self) -> VGroup:
        """One :class:`SpaceMark` per vector."""
        return self.submobjects[3]

    @property
    def differences(self) -> VGroup:
        """The arrows made by :meth:`add_difference`."""
        return self.submobjects[4]

    @property
    def labels(self) -> VGroup:
        """One text per vector; empty where there is none."""
        return self.submobjects[5]

    @property
    def kept(self) -> float:
        """The share of the variance of the vectors that the axes drawn keep, 0 to 1."""
        return share_kept(self.values, self.basis)

    @property
    def flat(self) -> bool:
        """Whether it is a plane seen from the front."""
        return len(self.basis) == 2

    def vector(self, index: int) -> VGroup:
        """Return the arrow and the label of one vector (0-based)."""
        return VGroup(self.arrows[index], self.labels[index])

    def shadow(self, vectors: Floats) -> Floats:
        """Return the coordinates (n, 3) at which vectors (n, d) are drawn, in their own units."""
        drawn = np.atleast_2d(vectors) @ self.basis.T
        return np.pad(drawn, ((0, 0), (0, 3 - drawn.shape[1])))

    def place(self, coordinates: Floats) -> Floats:
        """Return where points (n, 3) of the space are on the screen now, shape (n, 3); the last is the depth, -1 to 1.

        The depth is towards the viewer, in lengths of the longest vector.
        """
        seen = np.atleast_2d(coordinates) @ (np.eye(3) if self.flat else view(self.yaw, self.pitch)).T / self.longest
        origin, right, _, _, up, _ = self.frame.points[0::4]
        placed = origin + seen[:, :1] * (right - origin) + seen[:, 1:2] * (up - origin)
        return np.column_stack([placed[:, :2], seen[:, 2]])

    def tip(self, index: int) -> Floats:
        """Return where the tip of one vector is on the screen now, shape (3,)."""
        return np.append(self.place(self.coordinates[index])[0, :2], 0)

    def set_values(self, values: Numbers, passport: Passport = None) -> SpacePlot:
        """Show other vectors (n, d) on the same axes, at the same scale."""
        array = checked_vectors(values)
        if array.shape != self.values.shape:
            raise ValueError(f"Vectors of shape {array.shape} were found; expected {self.values.shape}, as drawn.")
        self.passports = row_passports(values, len(array)) if passport is None else [passport] * len(array)
        self.values, self.coordinates = array, self.shadow(array)
        return self.redraw()

    def turn(self, yaw: float | None = None, pitch: float | None = None) -> SpacePlot:
        """Show the space turned to ``yaw`` and seen from ``pitch``, in degrees; what is not given stays."""
        self.yaw = self.yaw if yaw is None else float(yaw)
        self.pitch = self.pitch if pitch is None else float(pitch)
        return self.redraw()

    def tint(self, index: int, color: str) -> SpacePlot:
        """Colour one vector and its label by its role."""
        self.colors = [color if place == index else old for place, old in enumerate(self.colors)]
        return self.redraw()

    def add_difference(self, start: int, end: int, at: int | None = None, color: str | None = None) -> SpaceMark:
        """Add the arrow from the tip of vector ``start`` to that of ``end``, and return it.

        Parameters
        ----------
        at : int, optional
            The vector from whose tip the same difference starts instead.
        color : str
            ``theme.HIGHLIGHT`` if not given.
        """
        one = np.eye(len(self.values))
        foot = one[start if at is None else at]
        mark = SpaceMark(foot, foot + one[end] - one[start], color=theme.HIGHLIGHT if color is None else color)
        self.differences.add(mark)
        self.redraw()
        return mark

    def redraw(self) -> SpacePlot:
        """Bring all parts to where they are seen now; light is left alone."""
        self._draw_ground()
        marks = [*self.arrows, *self.differences]
        inks = [*self.colors, *(mark.ink for mark in self.differences)]
        feet = self.place(np.array([mark.foot for mark in marks]) @ self.coordinates)
        tips = self.place(np.array([mark.tip for mark in marks]) @ self.coordinates)
        depths = (feet[:, 2] + tips[:, 2]) / 2
        for rank, place in enumerate(np.argsort(depths, kind="stable")):
            mark, scale = marks[place], self._enlargement * self._nearness(depths[place], NEAREST)
            mark.draw(feet[place, :2], tips[place, :2], scale)
            mark.set_z_index(MARK_Z * (rank + 1))
            _paint(mark, self._shaded(inks[place], tips[place, 2]))
        return self._draw_labels()

    def label_places(self) -> tuple[Floats, Floats]:
        """Return middles and sizes (n, 2) of the labels, before they make room for each other."""
        tips = self.place(self.coordinates)
        feet = np.broadcast_to(self.place(np.zeros(3))[:, :2], (len(tips), 2))
        scales = self._enlargement * np.array([self._nearness(depth, NEAREST) for depth in tips[:, 2]])
        sizes = np.array([size_of(outlines) for outlines in self._outlines]) * scales[:, None]
        return beyond_tips(feet, tips[:, :2], sizes, layout.GAP_LABEL * self._enlargement), sizes

    def label_nudges(self) -> Floats:
        """Return how far labels move up or down to make room for each other, shape (n,)."""
        centers, sizes = self.label_places()
        shown, scale = sizes[:, 0] > 0, self._enlargement
        moves = np.zeros(len(centers))
        moves[shown] = scale * parted(centers[shown] / scale, sizes[shown] / scale)
        return moves

    @property
    def _enlargement(self) -> float:
        """How much larger the plot is than it was built."""
        origin, right, *_ = self.frame.points[0::4]
        return float(np.linalg.norm(right - origin)) / self.reach

    def _nearness(self, depth: float, nearest: float) -> float:
        """Return the size of something at a depth: 1 at the back, ``nearest`` at the front."""
        return 1.0 if self.flat else 1 + (nearest - 1) * (depth + 1) / 2

    def _shaded(self, color: str, depth: float) -> Floats:
        """Return a colour as it is seen at a depth: nearer to the background when farther away."""
        share = 1.0 if self.flat else np.clip((depth + 1) / 2, 0, 1)
        return theme.magnitude_colors([share], 1, color)[0]

    def _draw_ground(self) -> None:
        lines = self.place(grid_lines(FLOOR * self.longest, self.flat))
        lines[:, 2] = 0
        self.floor.points = np.linspace(lines[0::2], lines[1::2], 4, axis=1).reshape(-1, 3)
        for line, direction in zip(self.axes, np.eye(3), strict=False):
            start, end = self.place(AXIS * self.longest * np.array([-direction, direction]))
            spine = np.linspace([*start[:2], 0], [*end[:2], 0], 17)
            thickness = theme.STROKE_BOX * UNITS_PER_STROKE * self._enlargement
            line.points = tapered(spine, thickness * taper(np.linspace(0, 1, 17)))

    def _draw_labels(self) -> SpacePlot:
        centers, _ = self.label_places()
        tips = self.place(self.coordinates)
        centers[:, 1] += self.label_nudges() if self.nudges is None else self.nudges
        for place, (text, outlines) in enumerate(zip(self.labels, self._outlines, strict=True)):
            size = self._enlargement * self._nearness(tips[place, 2], NEAREST)
            write(text, outlines, centers[place], size)
            for glyph in text:
                _paint(glyph, self._shaded(self.colors[place], tips[place, 2]))
        return self

    def interpolate_color(self, mobject1: VMobject, mobject2: VMobject, alpha: float) -> SpacePlot:
        """Mix colours; this ends every morph and every restore, so take over what the other plot shows."""
        super().interpolate_color(mobject1, mobject2, alpha)
        source = mobject2 if alpha == 1 else mobject1
        if alpha in (0, 1) and isinstance(source, SpacePlot):
            for name in STATE:
                setattr(self, name, getattr(source, name))
        return self


def _chosen_basis(values: Floats, basis: Any) -> Floats:
    size = values.shape[1]
    if basis is not None:
        return upright_axes(basis, size)
    return np.eye(size) if size <= 3 else principal_axes(values)


def _checked_labels(labels: Sequence[str] | None, count: int) -> list[str]:
    if labels is None:
        return [""] * count
    if isinstance(labels, str) or len(labels) != count:
        raise ValueError(f"{len(labels)} labels were found for {count} vectors; give one each, or none at all.")
    return list(labels)


def _checked_colors(colors: str | Sequence[str] | None, count: int) -> list[str]:
    if colors is None or isinstance(colors, str):
        return [theme.EMBEDDING if colors is None else colors] * count
    if len(colors) != count:
        raise ValueError(f"{len(colors)} colours were found for {count} vectors; give one each, or one for all.")
    return list(colors)


def _label(text: str, size: float | None) -> VGroup | Text:
    """Return a text with an outline of the background's colour; an empty group for ""."""
    if not text:
        return VGroup()
    drawn = label(text, size=theme.FONT_SMALL if size is None else size)
    drawn.set_z_index(LABEL_Z)
    return drawn.set_stroke(theme.BACKGROUND, width=theme.STROKE_STRONG, background=True)


def _paint(part: VMobject, color: Floats) -> None:
    """Give a part a colour and leave its light alone."""
    part.fill_rgbas[:, :3] = color[:3]
