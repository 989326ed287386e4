"""Two traits as arrows in the plane they span, and readings of texts as points that cast shadows on them."""

from __future__ import annotations

import numpy as np
from manim import RIGHT, UP, Arrow, DashedLine, Line, Polygon, VGroup

from mobjects import GlowDot, theme, token_label
from mobjects.counted import in_line
from mobjects.numerals import Floats
from mobjects.token_label import row_label
from model.probing.traits import Traits

STEP = 0.05

PEOPLE = ((0, 0), (0, 1), (1, 0), (1, 1))  # both traits, only the first, only the second, neither


class TraitPlane(VGroup):
    """The plane of two directions, true to length and angle, with faint axes.

    Parameters
    ----------
    traits : Traits
    side : float
        Of the square that is drawn, in manim units.
    spaced : bool
        Whether names are words with a space between them, rather than pieces that touch.

    Source
    ------
    Projections on the plane that the two measured directions span.
    """

    def __init__(self, traits: Traits, side: float = 5.6, spaced: bool = True) -> None:
        self.traits, self.half, self.spaced = traits, side / 2, spaced
        places = traits.places(traits.centred).reshape(-1, 2)
        self.reach = 1.12 * float(np.abs(places).max())
        style = {"color": theme.RULE, "stroke_width": theme.STROKE_RULE}
        self.axes = VGroup(*(Line(-self.half * way, self.half * way, **style) for way in (RIGHT, UP)))
        self.arrows, self.names = VGroup(), VGroup()
        ends, colors = traits.places(traits.directions), (theme.KEY, theme.QUERY)
        for name, end, color in zip((traits.firsts[0], traits.seconds[0]), ends, colors, strict=True):
            tip = self.point(end)
            arrow = Arrow([0, 0, 0], tip, buff=0, color=color, stroke_width=5, max_tip_length_to_length_ratio=0.12)
            self.arrows.add(arrow)
            written = token_label(name, 30, color)
            away = np.array([-0.2, -0.35, 0]) if abs(tip[0]) > abs(tip[1]) else np.array([0.75, 0.0, 0])
            self.names.add(written.move_to(tip + away))
        super().__init__(self.axes, self.arrows, self.names)

    @property
    def middle(self) -> Floats:
        """Where the origin is on the screen."""
        found: Floats = (self.axes[0].get_start() + self.axes[0].get_end()) / 2
        return found

    def point(self, place: Floats) -> Floats:
        """A place of the plane as a point on the screen."""
        return self.middle + np.array([place[0], place[1], 0.0]) * self.half / self.reach

    def spot(self, first: int, second: int) -> Floats:
        """Where a reading is on the screen."""
        return self.point(self.traits.places(self.traits.centred[first, second]))

    def visitor(self, first: int, second: int) -> VGroup:
        """A reading as a glowing dot, with dashed lines to its shadows on both arrows' lines."""
        return self._visitor(self.spot(first, second), self.traits.projections[first, second])

    def visitor_at(self, projections: Floats) -> VGroup:
        """The same for whatever has these projections on the two directions."""
        units = self.traits.places(self.traits.units)
        return self._visitor(self.point(np.asarray(np.linalg.solve(units, projections), dtype=np.float64)), projections)

    def _visitor(self, spot: Floats, projections: Floats) -> VGroup:
        group = VGroup()
        for number, unit in enumerate(self.traits.places(self.traits.units)):
            foot = self.point(projections[number] * unit)
            color = (theme.KEY, theme.QUERY)[number]
            line = Line(spot, foot, color=color, stroke_width=theme.STROKE_BOX, stroke_opacity=theme.OPACITY_SOFT)
            group.add(line)
        return group.add(GlowDot(spot.tolist(), radius=0.28, color=theme.HIGHLIGHT))

    def dots(self, radius: float = 0.09) -> VGroup:
        """All readings as small dots, row by row."""
        rows, columns = self.traits.sums.shape
        return VGroup(
            *(
                GlowDot(self.spot(row, column).tolist(), radius, theme.HIGHLIGHT if row + column == 0 else theme.MUTED)
                for row in range(rows)
                for column in range(columns)
            )
        )

    def named(self, first: int, second: int, size: float = 28, color: str | None = None) -> VGroup:
        """A reading by its traits."""
        one, two = self.traits.firsts[first], self.traits.seconds[second]
        if self.spaced:
            return row_label(f"{one} {two}", size, color)
        return in_line(token_label(one, size, color), token_label(two, size, color), gap=0.06)

    def sides(self, threshold: float) -> VGroup:
        """The part of the square where the sum of both projections is above a threshold, and the rest."""
        normal = self.traits.places(self.traits.units).sum(0)
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=float) * self.reach
        halves = VGroup()
        for sign, color in ((1, theme.CORRECT), (-1, theme.LOSS)):
            cut = clipped(corners, sign * normal, sign * threshold)
            style = {"fill_color": color, "fill_opacity": 0.18, "stroke_width": 0}
            halves.add(Polygon(*(self.point(corner) for corner in cut), **style) if len(cut) > 2 else VGroup())
        return halves

    def border(self, threshold: float) -> DashedLine:
        """The line along which the sum of both projections is a threshold, within the square."""
        normal = self.traits.places(self.traits.units).sum(0)
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=float) * self.reach
        on = [
            place
            for place in clipped(corners, normal, threshold)
            if abs(place @ normal - threshold) < 1e-9 * self.reach
        ]
        ends = [self.point(place) for place in (on[0], on[-1])] if len(on) > 1 else [self.middle, self.middle]
        return DashedLine(*ends, color=theme.TEXT, stroke_width=theme.STROKE_BOX)


def clipped(corners: Floats, normal: Floats, least: float) -> Floats:
    """The corners of the part of a convex polygon where the product with ``normal`` is at least ``least``."""
    heights = corners @ normal - least
    found = []
    for place in range(len(corners)):
        following = (place + 1) % len(corners)
        if heights[place] >= 0:
            found.append(corners[place])
        if heights[place] * heights[following] < 0:
            share = heights[place] / (heights[place] - heights[following])
            found.append(corners[place] + share * (corners[following] - corners[place]))
    return np.array(found)
