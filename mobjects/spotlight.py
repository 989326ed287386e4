"""Where to look: a dark sheet with holes over what is meant, and a detail drawn large beside where it comes from."""

from __future__ import annotations

from itertools import zip_longest

import numpy as np
from manim import Animation, Line, Mobject, Rectangle, SurroundingRectangle, VGroup, VMobject, override_animate
from numpy.typing import NDArray

from mobjects import layout, theme
from mobjects.dimming import PartMotion, leaf_alphas, leaves_of, paint_leaf

# The sheet still covers the frame when the camera sees this many times its usual height, and looks aside.
SHEET_REACH = 40
SHEET_POINTS = 16
CORNER_RADIUS = 0.12

Floats = NDArray[np.float64]


class Spotlight(VMobject):
    """A dark sheet over the whole frame, with a rounded hole over each target.

    The sheet is one outline, large enough for any camera; it darkens whatever is drawn before it.

    Parameters
    ----------
    targets : Mobject
        What stays bright: where they stand now, and as a whole each.
    darkness : float
        How much light the sheet takes, above 0 and up to 1; ``theme.OPACITY_SOFT`` if not given.
    padding : float
        Distance of a hole's edge from its target.
    corner_radius : float
        Of the holes, in manim units; smaller holes get smaller corners.

    Raises
    ------
    ValueError
        If there is no target, two holes overlap, or the darkness is not a share of the light.

    Examples
    --------
    >>> row = TokenRow(self.pieces, token_gap=0.3)
    >>> spotlight = Spotlight(row.tokens[1])
    >>> self.play(FadeIn(row), FadeIn(spotlight))
    >>> self.play(spotlight.animate.aim(row.tokens[3]))
    """

    def __init__(
        self,
        *targets: Mobject,
        darkness: float | None = None,
        padding: float = layout.GAP_LABEL,
        corner_radius: float = CORNER_RADIUS,
    ) -> None:
        shade = theme.OPACITY_SOFT if darkness is None else float(darkness)
        if not 0 < shade <= 1:
            raise ValueError(f"A darkness of {shade} was found; expected a share of the light, above 0 and up to 1.")
        super().__init__(stroke_width=0, fill_color=theme.BACKGROUND, fill_opacity=shade)
        self.padding, self.corner_radius = padding, corner_radius
        sheet = Rectangle(width=SHEET_REACH * layout.FRAME_WIDTH, height=SHEET_REACH * layout.FRAME_HEIGHT)
        self.points = np.concatenate([sheet.points, *self._holes(targets)])

    @property
    def holes(self) -> list[layout.Area]:
        """The boxes of the holes, from left to right as they were aimed."""
        return [layout.Area(*hole.min(axis=0)[:2], *hole.max(axis=0)[:2]) for hole in split_holes(self)]

    def aim(self, *targets: Mobject) -> Spotlight:
        """Put the holes over other targets; there may be more of them, or fewer."""
        self.points = np.concatenate([self.points[:SHEET_POINTS], *self._holes(targets)])
        return self

    @override_animate(aim)
    def _aim_animation(self, *targets, anim_args=None) -> Animation:
        return SlideSpotlight(self, *targets, **(anim_args or {}))

    def _holes(self, targets: tuple[Mobject, ...]) -> list[Floats]:
        """Return the outlines of holes over ``targets``, from left to right, against the sense of the sheet's."""
        if not targets:
            raise ValueError("A spotlight without a target was found; name at least one mobject to keep bright.")
        boxes = [
            SurroundingRectangle(target, buff=self.padding, corner_radius=self.corner_radius) for target in targets
        ]
        boxes.sort(key=lambda box: float(box.get_x()))
        for place, box in enumerate(boxes):
            if any(overlap(box, other) for other in boxes[:place]):
                raise ValueError("Two holes that overlap were found; aim at a VGroup of both targets instead.")
        return [box.reverse_direction().points for box in boxes]


class SlideSpotlight(PartMotion):
    """The holes of a spotlight slide to other targets, the leftmost to the leftmost; more holes open, others close.

    Parameters
    ----------
    spotlight : Spotlight
    targets : Mobject
        Looked at when the motion begins.

    Examples
    --------
    >>> words = TokenRow(self.pieces, token_gap=0.3).move_to(UP)
    >>> column = NumericEmbedding(self.quantity("Q")[2], horizontal=True).scale(1.3).move_to(DOWN)
    >>> spotlight = Spotlight(words.tokens[0])
    >>> self.add(words, column, spotlight)
    >>> self.play(SlideSpotlight(spotlight, words.tokens[2], column))
    """

    def __init__(self, spotlight: Spotlight, *targets: Mobject, **kwargs) -> None:
        self.spotlight, self.targets = spotlight, targets
        super().__init__([spotlight], **kwargs)

    def prepare(self) -> None:
        """Pair the holes there are with those to come; one without a partner closes to a point, or opens from one."""
        sheet = self.spotlight.points[:SHEET_POINTS]
        before, after = split_holes(self.spotlight), split_holes(self.spotlight.copy().aim(*self.targets))
        pairs = [
            (closed(last) if first is None else first, closed(first) if last is None else last)
            for first, last in zip_longest(before, after)
        ]
        self.first, self.last = (np.concatenate([sheet, *holes]) for holes in zip(*pairs, strict=True))
        self.goal = np.concatenate([sheet, *after])

    def show_moment(self, time: float) -> None:
        """Draw the holes on their way."""
        progress = self.rate_func(time)
        self.spotlight.points = self.goal if progress == 1 else (1 - progress) * self.first + progress * self.last


def split_holes(spotlight: Spotlight) -> list[Floats]:
    """Return the outlines of a spotlight's holes."""
    holes = spotlight.points[SHEET_POINTS:]
    each = len(SurroundingRectangle(spotlight, corner_radius=CORNER_RADIUS).points)
    return [holes[start : start + each] for start in range(0, len(holes), each)]


def closed(hole: Floats) -> Floats:
    """Return a hole shrunk to its middle."""
    return np.broadcast_to((hole.min(axis=0) + hole.max(axis=0)) / 2, hole.shape)


def overlap(first: Mobject, second: Mobject) -> bool:
    """Return whether the boxes of two mobjects share some area."""
    distances = np.abs(first.get_center() - second.get_center())
    return bool(2 * distances[0] < first.width + second.width and 2 * distances[1] < first.height + second.height)


class ZoomLines(VGroup):
    """A small box, a large one, and two lines between them: the large one shows what is in the small one.

    Parameters
    ----------
    source : Mobject
        What is shown in detail.
    detail : Mobject
        The detail, beside it, where it will stay.
    color : str
        Of boxes and lines; ``theme.HIGHLIGHT`` if not given.
    buff : float
        Distance of the large box from the detail; the small one is tight.

    Raises
    ------
    ValueError
        If the two boxes leave no room for lines between them.

    Examples
    --------
    >>> row = TokenRow(self.pieces, token_gap=0.2).move_to(2 * UP)
    >>> vector = NumericEmbedding(self.quantity("RES")[2], horizontal=True).scale(1.3).move_to(1.2 * DOWN)
    >>> zoom = ZoomLines(row.tokens[2], vector)
    >>> self.add(row)
    >>> self.play(OpenZoom(zoom, vector))
    """

    def __init__(
        self,
        source: Mobject,
        detail: Mobject,
        color: str | None = None,
        buff: float = layout.GAP_RELATED,
    ) -> None:
        ink = theme.HIGHLIGHT if color is None else color
        boxes = [
            SurroundingRectangle(
                source, buff=layout.GAP_LABEL, color=ink, stroke_width=theme.STROKE_BOX, corner_radius=0
            ),
            SurroundingRectangle(detail, buff=buff, color=ink, stroke_width=theme.STROKE_BOX, corner_radius=0),
        ]
        first, second = facing_corners(*boxes)
        lines = VGroup(*(Line(start, end, color=ink, stroke_width=theme.STROKE_RULE) for start, end in (first, second)))
        super().__init__(boxes[0], lines, boxes[1])

    @property
    def small_box(self) -> VMobject:
        """The box around the source."""
        return self.submobjects[0]

    @property
    def lines(self) -> VGroup:
        """The two lines."""
        return self.submobjects[1]

    @property
    def big_box(self) -> VMobject:
        """The box around the detail."""
        return self.submobjects[2]


def facing_corners(small: Mobject, large: Mobject) -> list[tuple[Floats, Floats]]:
    """Return where the two lines start and end: the corners of the sides that look at each other.

    Raises
    ------
    ValueError
        If the boxes overlap or touch.
    """
    way = large.get_center() - small.get_center()
    gaps = [abs(way[axis]) - (small.length_over_dim(axis) + large.length_over_dim(axis)) / 2 for axis in (0, 1)]
    if max(gaps) <= 0:
        raise ValueError("A detail over its source was found; move it away until lines fit between the two.")
    axis = int(np.argmax(gaps))
    toward = np.sign(way[axis]) * np.eye(3)[axis]
    sides = (-np.eye(3)[1 - axis], np.eye(3)[1 - axis])
    return [(small.get_corner(toward + side), large.get_corner(side - toward)) for side in sides]


class OpenZoom(PartMotion):
    """The large box grows out of the small one, with the detail in it and the lines behind it.

    Parameters
    ----------
    zoom : ZoomLines
        Added to the scene.
    detail : Mobject, optional
        Added to the scene; grows with the box and is there in full at the end.

    Examples
    --------
    >>> strip = ValueStrip(self.quantity("Q")[2], side=0.2).move_to(2.5 * LEFT)
    >>> column = NumericEmbedding(self.quantity("Q")[2]).scale(1.3).move_to(2 * RIGHT)
    >>> self.play(FadeIn(strip), OpenZoom(ZoomLines(strip, column, color=theme.KEY), column))
    """

    # The small box is drawn in this share of the time; then the large one leaves it.
    BOX_DRAWN = 0.25

    def __init__(self, zoom: ZoomLines, detail: Mobject | None = None, run_time: float | None = None, **kwargs) -> None:
        self.zoom, self.detail = zoom, [] if detail is None else [detail]
        parts = leaves_of([zoom, *self.detail])
        duration = theme.TIME_SLOW if run_time is None else run_time
        super().__init__(parts, entering=[*self.detail, zoom], run_time=duration, **kwargs)

    def prepare(self) -> None:
        """Note both boxes and what comes out of the small one."""
        zoom = self.zoom
        self.rest = [(leaf, leaf.points.copy(), leaf_alphas(leaf)) for leaf in leaves_of(self.detail)]
        self.small, self.large = zoom.small_box.points.copy(), zoom.big_box.points.copy()
        self.ends = [line.points[[0, -1]] for line in zoom.lines]
        self.alphas = [leaf_alphas(leaf) for leaf in leaves_of([zoom])]
        self.centers = zoom.small_box.get_center(), zoom.big_box.get_center()
        sizes = [(zoom.small_box.length_over_dim(axis), zoom.big_box.length_over_dim(axis)) for axis in (0, 1)]
        self.ratio = np.array([*(small / large for small, large in sizes), 1.0])

    def show_moment(self, time: float) -> None:
        """Draw the box on its way out."""
        shown = min(1.0, time / self.BOX_DRAWN)
        progress = self.rate_func(max(0.0, (time - self.BOX_DRAWN) / (1 - self.BOX_DRAWN)))
        for leaf, alphas in zip(leaves_of([self.zoom]), self.alphas, strict=True):
            paint_leaf(leaf, alphas, shown)
        self.zoom.big_box.points = (1 - progress) * self.small + progress * self.large
        center = (1 - progress) * self.centers[0] + progress * self.centers[1]
        scale = (1 - progress) * self.ratio + progress
        for line, (start, end) in zip(self.zoom.lines, self.ends, strict=True):
            corner = end if progress == 1 else (end - self.centers[1]) * scale + center
            line.points = start + np.linspace(0, 1, len(line.points))[:, None] * (corner - start)
        for leaf, points, alphas in self.rest:
            leaf.points = points if progress == 1 else (points - self.centers[1]) * scale + center
            paint_leaf(leaf, alphas, progress**2)
