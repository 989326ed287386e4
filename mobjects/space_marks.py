"""What a space is drawn with: arrows, dots, axes, a faint plane."""

from __future__ import annotations

import numpy as np
from manim import Circle, VMobject

from mobjects import theme
from mobjects.arcs import UNITS_PER_STROKE
from mobjects.numerals import Floats

HEAD_LENGTH, HEAD_WIDTH = 0.2, 0.16
# The head of a short arrow takes at most this share of it.
HEAD_SHARE = 0.5
DOT_RADIUS = 0.09
SQUARES = 8


class SpaceMark(VMobject):
    """An arrow, or a dot at its tip, between two places of a :class:`SpacePlot`, as one filled shape.

    Attributes
    ----------
    foot, tip : float array, shape (n,)
        How much of each of the plot's vectors is added up to get there: an arrow from the origin has a foot of zeros.
    ink : str
        Its colour when nearest; the plot has those of its vectors' own arrows.
    grown : float
        Share of its length that is drawn, 0 to 1.
    """

    def __init__(self, foot: Floats, tip: Floats, dot: bool = False, color: str | None = None) -> None:
        super().__init__(stroke_width=0, fill_opacity=1)
        self.foot, self.tip, self.dot, self.grown = foot, tip, dot, 1.0
        self.ink = theme.EMBEDDING if color is None else color

    def draw(self, start: Floats, end: Floats, size: float) -> None:
        """Write the outline from ``start`` to ``end`` (2,), ``size`` times as thick as usual."""
        end = start + self.grown * (end - start)
        if self.dot:
            circle = Circle(radius=DOT_RADIUS * size * min(1.0, 2 * self.grown)).points
            self.points = circle + np.append(end, 0)
            return
        self.set_points_as_corners(np.pad(arrow_corners(start, end, size), ((0, 0), (0, 1))))

    def interpolate_color(self, mobject1: VMobject, mobject2: VMobject, alpha: float) -> SpaceMark:
        """Mix colours; this ends every morph and every restore, so take over how much is drawn."""
        super().interpolate_color(mobject1, mobject2, alpha)
        self.grown = getattr(mobject2 if alpha == 1 else mobject1, "grown", self.grown)
        return self


def arrow_corners(start: Floats, end: Floats, size: float = 1.0) -> Floats:
    """Return the closed outline (8, 2) of an arrow; the head of a short one is shorter."""
    along = end - start
    length = float(np.linalg.norm(along))
    along = along / max(length, 1e-9)
    across = np.array([-along[1], along[0]])
    head = min(HEAD_LENGTH * size, HEAD_SHARE * length)
    share = head / (HEAD_LENGTH * size)
    shaft = theme.STROKE_STRONG * UNITS_PER_STROKE * size / 2 * min(1.0, 2 * share)
    wing, neck = HEAD_WIDTH * size / 2 * share, end - head * along
    sides = [start + shaft * across, neck + shaft * across, neck + wing * across]
    others = [neck - wing * across, neck - shaft * across, start - shaft * across]
    return np.array([*sides, end, *others, sides[0]])


def cross(reach: float) -> VMobject:
    """Return a cross without ink, as wide and high as the longest arrow reaches."""
    origin, right, up = np.zeros(3), reach * np.array([1.0, 0, 0]), reach * np.array([0, 1.0, 0])
    drawn = VMobject(stroke_width=0, fill_opacity=0)
    return drawn.set_points_as_corners([origin, right, -right, origin, up, -up, origin])


def plane() -> VMobject:
    """Return what the faint lines of the plane are drawn in."""
    return VMobject(
        stroke_color=theme.RULE, stroke_width=theme.STROKE_RULE, stroke_opacity=theme.OPACITY_CONTEXT, fill_opacity=0
    )


def axis() -> VMobject:
    """Return what an axis is drawn in."""
    return VMobject(stroke_width=0, fill_color=theme.RULE, fill_opacity=theme.OPACITY_SOFT)


def grid_lines(half: float, flat: bool) -> Floats:
    """Return the ends of the lines of a square grid, shape (2 * lines, 3)."""
    steps = np.linspace(-half, half, SQUARES + 1)
    first = [[(step, -half), (step, half)] for step in steps]
    second = [[(-half, step), (half, step)] for step in steps]
    across, along = np.array([*first, *second]).reshape(-1, 2).T
    nothing = np.zeros_like(across)
    return np.column_stack([across, along, nothing] if flat else [across, nothing, along])
