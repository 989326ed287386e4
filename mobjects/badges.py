"""Small signs beside what they judge: right, wrong, take care; and where a number or a picture comes from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from manim import RIGHT, Circle, Mobject, RegularPolygon, RoundedRectangle, Square, VGroup, VMobject

from mobjects import theme
from mobjects.dimming import PartMotion, leaf_alphas, leaves_of, paint_leaf
from mobjects.wrapping import letter_heights, level_line, text_height

SIZE = 0.5
# The signs, in a plate of width 1: arms that meet at right angles, later turned by 45 degrees.
ARM = 0.11
SHORT, LONG = 0.26, 0.48


class Badge(VGroup):
    """Base of badges: a plate in the colour of what it says, with a sign on it.

    Parameters
    ----------
    plate : VMobject
        Of width 1.
    sign : list of arrays (n, 2)
        Corners of the closed shapes of the sign.
    color : str
        Of the plate.
    size : float
        Width of the plate, in manim units.
    """

    def __init__(self, plate: VMobject, sign: list[np.ndarray], color: str, size: float) -> None:
        if not size > 0:
            raise ValueError(f"A badge of size {size} was found; expected a size above zero.")
        drawn = VMobject(stroke_width=0, fill_color=theme.BACKGROUND, fill_opacity=1)
        for shape in sign:
            corners = np.column_stack([shape, np.zeros(len(shape))])
            drawn.add_subpath(VMobject().set_points_as_corners([*corners, corners[0]]).points)
        super().__init__(plate.set_fill(color, opacity=1).set_stroke(width=0), drawn)
        self.scale(size)

    @property
    def plate(self) -> VMobject:
        """The coloured shape."""
        return self.submobjects[0]

    @property
    def sign(self) -> VMobject:
        """What is on the plate."""
        return self.submobjects[1]


class CheckBadge(Badge):
    """A hook on a disc: this is right. ``size`` is its width, half a unit if not given.

    Examples
    --------
    >>> claim = label("every row adds up to one")
    >>> self.add(VGroup(CheckBadge(), claim).arrange(RIGHT))
    """

    def __init__(self, size: float = SIZE) -> None:
        hook = np.array([(0, 0), (LONG, 0), (LONG, ARM), (ARM, ARM), (ARM, SHORT), (0, SHORT)])
        super().__init__(
            Circle(radius=0.5), [turned(hook - [0.5 * LONG - 0.03, 0.5 * SHORT - 0.03])], theme.CORRECT, size
        )


class CrossBadge(Badge):
    """A cross on a disc: this is wrong. ``size`` is its width, half a unit if not given.

    Examples
    --------
    >>> claim = label("a word looks into its future")
    >>> self.add(VGroup(CrossBadge(), claim).arrange(RIGHT))
    """

    def __init__(self, size: float = SIZE) -> None:
        thin, far = ARM / 2, 0.26
        quarter = np.array([(thin, thin), (thin, far), (-thin, far)])
        cross = np.concatenate([turned(quarter, turns) for turns in range(0, 8, 2)])
        super().__init__(Circle(radius=0.5), [turned(cross)], theme.NEGATIVE, size)


class WarnBadge(Badge):
    """An exclamation mark on a triangle: take care. ``size`` is its width, half a unit if not given.

    Examples
    --------
    >>> claim = label("only directions count, not lengths")
    >>> self.add(VGroup(WarnBadge(), claim).arrange(RIGHT))
    """

    def __init__(self, size: float = SIZE) -> None:
        triangle = RegularPolygon(3, start_angle=np.pi / 2).stretch_to_fit_width(1).stretch_to_fit_height(0.9)
        triangle.round_corners(0.08).stretch_to_fit_width(1).stretch_to_fit_height(0.88).center()
        bar = np.array([(-0.055, 0.2), (0.055, 0.2), (0.04, -0.12), (-0.04, -0.12)])
        dot = np.array([(-0.05, -0.19), (0.05, -0.19), (0.05, -0.29), (-0.05, -0.29)])
        super().__init__(triangle, [bar, dot], theme.HIGHLIGHT, size)


def turned(corners: np.ndarray, eighths: int = 1) -> np.ndarray:
    """Return corners (n, 2) turned about the origin by so many times 45 degrees, against the clock."""
    angle = eighths * np.pi / 4
    return corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


class Origin(NamedTuple):
    """How an origin looks: the name of its colour in ``theme``, and its mark, filled or not."""

    role: str
    mark: type[VMobject]
    filled: bool
    turn: float = 0.0


ORIGINS = {
    "measured": Origin("CORRECT", Circle, True),
    "published": Origin("PUBLISHED", Square, True),
    "edited": Origin("HIGHLIGHT", Square, True, np.pi / 4),
    "illustration": Origin("MUTED", Circle, False),
}


class OriginBadge(VGroup):
    """Where something comes from, as a word in a rounded frame; each origin has its colour and its mark.

    Parameters
    ----------
    origin : {"measured", "published", "edited", "illustration"}
        Computed by our network; reported about another one; changed by hand; made up to explain.
    text : str
        What is written; the origin itself if not given.
    size : float
        Font size; ``theme.FONT_SMALL`` if not given.

    Raises
    ------
    ValueError
        If there is no such origin, or the text cannot be drawn.

    Examples
    --------
    >>> kinds = ["measured", "published", "edited", "illustration"]
    >>> badges = VGroup(*(OriginBadge(kind, size=36) for kind in kinds)).arrange(RIGHT, buff=0.4)
    >>> self.play(LaggedStart(*(FadeIn(badge, shift=0.25 * UP) for badge in badges), lag_ratio=0.1))
    """

    def __init__(self, origin: str, text: str | None = None, size: float | None = None) -> None:
        if origin not in ORIGINS:
            raise ValueError(f"origin={origin!r} was found; expected one of {', '.join(ORIGINS)}.")
        look, size = ORIGINS[origin], theme.FONT_SMALL if size is None else size
        color = getattr(theme, look.role)
        words, height = level_line(origin if text is None else text, size, color), text_height(size)
        level = letter_heights(size)[0] / 2
        mark = look.mark(stroke_color=color, stroke_width=theme.STROKE_BOX, fill_color=color, fill_opacity=look.filled)
        mark.rotate(look.turn).scale_to_fit_height(0.42 * height).next_to(words, -RIGHT, buff=0.45 * height)
        mark.set_y(level)
        frame = RoundedRectangle(
            width=words.get_right()[0] - mark.get_left()[0] + 1.1 * height,
            height=1.5 * height,
            corner_radius=0.75 * height,
            stroke_color=color,
            stroke_width=theme.STROKE_RULE,
            fill_color=theme.BACKGROUND,
            fill_opacity=0.85,
        )
        frame.move_to([(words.get_right()[0] + mark.get_left()[0]) / 2, level - 0.04 * height, 0])
        super().__init__(frame, mark, words)
        self.origin = origin
        self.center()

    @property
    def frame(self) -> VMobject:
        """The rounded frame."""
        return self.submobjects[0]

    @property
    def mark(self) -> VMobject:
        """The mark before the words."""
        return self.submobjects[1]

    @property
    def words(self) -> VGroup:
        """The letters."""
        return self.submobjects[2]


class Flip(PartMotion):
    """One thing turns over about its horizontal middle line and is another: a badge, a card, a token.

    Parameters
    ----------
    before : Mobject
        Taken off the scene at the end, as it was.
    after : Mobject
        Moved to the middle of ``before``, and added.

    Examples
    --------
    >>> badge = OriginBadge("illustration", size=48)
    >>> self.play(FadeIn(badge))
    >>> self.play(Flip(badge, OriginBadge("measured", size=48)))
    """

    def __init__(self, before: Mobject, after: Mobject, **kwargs) -> None:
        self.before, self.after = before, after.move_to(before)
        super().__init__(leaves_of([before, after]), entering=[after], leaving=[before], **kwargs)

    def prepare(self) -> None:
        """Note both sides."""
        self.middle = self.before.get_center()
        self.sides = [
            [(leaf, leaf.points.copy(), leaf_alphas(leaf)) for leaf in leaves_of([side])]
            for side in (self.before, self.after)
        ]

    def show_moment(self, time: float) -> None:
        """Draw the side that is seen, as high as it looks."""
        turn = self.rate_func(time) * np.pi
        for side, shown in zip(self.sides, (turn < np.pi / 2, turn >= np.pi / 2), strict=True):
            squeeze = np.array([1, abs(np.cos(turn)), 1])
            for leaf, points, alphas in side:
                leaf.points = points if turn in (0, np.pi) else (points - self.middle) * squeeze + self.middle
                paint_leaf(leaf, alphas, float(shown))

    def clean_up_from_scene(self, scene) -> None:
        """Take the first side off the scene, whole again."""
        super().clean_up_from_scene(scene)
        for leaf, points, alphas in self.sides[0]:
            leaf.points = points
            paint_leaf(leaf, alphas)
