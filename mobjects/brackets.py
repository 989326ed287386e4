"""What stands around and between numbers: square brackets, and dots where more are left out."""

from __future__ import annotations

import numpy as np
from manim import Circle, Mobject, VGroup, VMobject

from mobjects import theme
from mobjects.glyphs import glyph_set

# Sizes in multiples of the height of a digit.
BRACKET_GAP_X, BRACKET_GAP_Y = 0.75, 0.6
BRACKET_ARM = 0.5
BRACKET_THICKNESS = 0.1
DOT_RADIUS, DOT_PITCH = 0.085, 0.42


class EllipsisDots(VMobject):
    """Three dots that stand for numbers left out; ``value`` is None.

    Parameters
    ----------
    direction : (float, float)
        From one dot to the next, in units of ``DOT_PITCH``: (1, 0) is ⋯, (0, -1) is ⋮, (1, -1) is ⋱.
    size : float
        Height of a digit of the numbers around, in manim units.
    """

    value = None

    def __init__(self, direction: tuple[float, float], size: float, color: str | None = None) -> None:
        super().__init__(stroke_width=0, fill_opacity=1, color=theme.MUTED if color is None else color)
        dot, step = Circle(radius=DOT_RADIUS * size).points, np.array([*direction, 0.0]) * DOT_PITCH * size
        self.set_points(np.concatenate([dot + place * step for place in (-1, 0, 1)]))


class Bracket(VMobject):
    """A square bracket, filled so that it grows and shrinks with what it holds.

    ``side`` is -1 for the left one, 1 for the right one; the back stands at x = 0, centred in height.
    """

    def __init__(self, height: float, arm: float, thickness: float, side: int, color: str | None = None) -> None:
        super().__init__(stroke_width=0, fill_opacity=1, color=theme.RULE if color is None else color)
        half, inner = height / 2, height / 2 - thickness
        # A left bracket: its back at x = 0, arms reaching right.
        corners = [
            (arm, half), (0, half), (0, -half), (arm, -half),
            (arm, -inner), (thickness, -inner), (thickness, inner), (arm, inner), (arm, half),
        ]  # fmt: skip
        self.set_points_as_corners([(-side * x, y, 0) for x, y in corners])


def bracket_pair(mobject: Mobject, digit_height: float, color: str | None = None) -> VGroup:
    """Return a left and a right bracket around ``mobject``, sized for digits of ``digit_height``."""
    gap = BRACKET_GAP_X * digit_height
    height = mobject.height + 2 * BRACKET_GAP_Y * digit_height
    pair = VGroup(
        *(
            Bracket(height, BRACKET_ARM * digit_height, BRACKET_THICKNESS * digit_height, side, color)
            for side in (-1, 1)
        )
    )
    middle = mobject.get_center()[1]
    pair[0].shift([mobject.get_left()[0] - gap, middle, 0])
    pair[1].shift([mobject.get_right()[0] + gap, middle, 0])
    return pair


def digit_height(font_size: float, weight: str = "regular") -> float:
    """Return the height of a digit, in manim units."""
    return float(np.ptp(glyph_set(weight).outlines["0"][:, 1])) * font_size
