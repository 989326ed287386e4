"""A pattern too large for dots, of which more and more is seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Rectangle, VGroup, VMobject, smooth

from mobjects import Numeral, theme
from mobjects.attention_layers import checked_weights, future_cells
from mobjects.counting import COUNTING
from mobjects.dimming import PartMotion
from mobjects.heat_layer import STEPS, covering
from mobjects.numerals import Floats, Numbers, passport_of

FULL = 0.2  # share that gets the full light: on a page, few links are stronger
SETTLED = 0.3  # of the time, until the room is in its place


class GrowingPattern(VGroup):
    """The first so many queries and keys of a pattern, coloured by share, in a room that they always fill.

    Parameters
    ----------
    pattern : Quantity, shape (token, token)
        Shares; kept exactly in ``values``.
    shown : float
        How many tokens; of a last one that is not whole, as much as there is.
    width, height : float
        Of the room.

    Attributes
    ----------
    passports : list
        One, for the whole pattern.
    """

    def __init__(self, pattern: Numbers, shown: float, width: float, height: float) -> None:
        super().__init__()
        self.values = checked_weights(pattern, np.shape(pattern))
        self.passports = [passport_of(pattern)]
        self.levels = np.rint(np.clip(self.values / FULL, 0, 1) ** theme.STRENGTH_GAMMA * STEPS).astype(int)
        self.future = future_cells(*self.values.shape)
        frame = Rectangle(width=width, height=height, color=theme.RULE, stroke_width=theme.STROKE_RULE)
        shade = VMobject(stroke_width=0, fill_color=theme.PLATE, fill_opacity=theme.OPACITY_HALF)
        self.add(shade, VGroup(*(self._ink(level) for level in range(1, STEPS + 1))), frame)
        self.show(shown)

    @staticmethod
    def _ink(level: int) -> VMobject:
        strength = level / STEPS
        color = theme.share_color(strength ** (1 / theme.STRENGTH_GAMMA))
        return VMobject(stroke_width=0, fill_color=color, fill_opacity=strength)

    @property
    def shade(self) -> VMobject:
        """One shape over all cells of the future."""
        return self.submobjects[0]

    @property
    def squares(self) -> VGroup:
        """One shape for each step of colour."""
        return self.submobjects[1]

    @property
    def frame(self) -> Rectangle:
        """The edge of the room."""
        return self.submobjects[2]

    @property
    def count(self) -> int:
        """How many tokens the whole pattern has."""
        return len(self.values)

    def show(self, shown: float) -> GrowingPattern:
        """Show the first so many tokens, 1 to ``count``."""
        self.shown = float(shown)
        whole = min(int(np.ceil(shown)), self.count)
        part = slice(whole), slice(whole)
        self.shade.points = self._cells(self.future[part])
        levels = self.levels[part]
        for level, shape in enumerate(self.squares, 1):
            shape.points = self._cells(levels == level)
        return self

    def _cells(self, chosen: np.ndarray) -> Floats:
        """The points of some cells, cut off at the edge of the room."""
        (left, top, _), (right, bottom, _) = self.frame.get_corner([-1, 1, 0]), self.frame.get_corner([1, -1, 0])
        steps = np.array([[right - left, 0, 0], [0, bottom - top, 0]]) / self.shown
        points = covering(np.array([left, top, 0.0]), steps[0], steps[1], chosen)
        points[:, 0] = np.minimum(points[:, 0], right)
        points[:, 1] = np.maximum(points[:, 1], bottom)
        return points

    def corner_box(self, tokens: int, **style: Any) -> Rectangle:
        """A frame round the first so many tokens."""
        share = tokens / self.shown
        box = Rectangle(width=share * self.frame.width, height=share * self.frame.height, **style)
        return box.move_to(self.frame.get_corner([-1, 1, 0]), aligned_edge=np.array([-1, 1, 0]))


class GrowPattern(PartMotion):
    """More and more of a pattern is seen, evenly as the eye has it: each moment so many times as much as the last.

    Parameters
    ----------
    raster : GrowingPattern
    tokens : int
        How many are seen at the end.
    room : Rectangle, optional
        Where it is at the end.
    sizes, products : sequence of Numeral
        Show, all the while, how many tokens there are and how many cells.
    """

    def __init__(
        self,
        raster: GrowingPattern,
        tokens: int,
        room: Rectangle | None = None,
        sizes: Any = (),
        products: Any = (),
        **kwargs: Any,
    ) -> None:
        self.raster, self.tokens = raster, tokens
        self.room = raster.frame.copy() if room is None else room
        self.sizes: list[Numeral] = list(sizes)
        self.products: list[Numeral] = list(products)
        super().__init__([raster, *self.sizes, *self.products], entering=[raster], **kwargs)

    def prepare(self) -> None:
        """Note how much is seen, and where."""
        self.first, self.start = self.raster.shown, self.raster.frame.points.copy()

    def at(self, time: float) -> float:
        """How many tokens are seen at a moment."""
        return float(self.first * (self.tokens / self.first) ** self.rate_func(time))

    def show_moment(self, time: float) -> None:
        """Draw what is seen at a moment, and count."""
        moved = smooth(min(1.0, time / SETTLED))
        self.raster.frame.points = (1 - moved) * self.start + moved * self.room.points
        shown = self.tokens if time == 1 else self.at(time)
        self.raster.show(shown)
        count, ended = int(shown), time == 1
        for number in self.sizes:
            number.set_value(count, "count: tokens" if ended else COUNTING)
        for number in self.products:
            number.set_value(count**2, "count: cells, tokens times tokens" if ended else COUNTING)
