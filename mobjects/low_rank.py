"""A map from long vectors to long ones through short ones: two thin tables instead of one large square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manim import DOWN, LEFT, RIGHT, Rectangle, VGroup

from mobjects import layout, theme
from mobjects.counting import BraceCount, checked_count
from mobjects.embedding import ValueStrip
from mobjects.numerals import Floats, Numbers, Passport

FILL = 0.25
STRIP_WIDTH = 0.25
# Of three strips together: more squares than this cannot be told apart, nor moved in time.
MOST_ENTRIES = 2500


class TableOutline(VGroup):
    """A table drawn to scale, without its entries, with braces that count rows and columns.

    Parameters
    ----------
    rows, columns : int or Quantity
    unit : float
        Side of one entry, in manim units; tables with the same unit can be compared.
    color : str
        ``theme.RULE`` if not given.
    sides : sequence of float array
        Where braces stand: ``LEFT`` or ``RIGHT`` for the rows, ``UP`` or ``DOWN`` for the columns.
    font_size : float
        Of the counts; ``theme.FONT_SMALL`` if not given.
    passport : str or tuple, optional
        Declares the counts.

    Raises
    ------
    ValueError
        If there are no rows or columns, or the unit is not above zero.

    Examples
    --------
    >>> (rows, columns), source = self.quantity("WQ").shape, "size of the network's tables"
    >>> square = TableOutline(columns, columns, 0.015, theme.MLP, passport=source)
    >>> query = TableOutline(rows, columns, 0.015, theme.QUERY, passport=source)
    >>> self.play(FadeIn(VGroup(square, query).arrange(buff=1)))
    """

    def __init__(
        self,
        rows: int,
        columns: int,
        unit: float,
        color: str | None = None,
        sides: Sequence[Floats] = (LEFT, DOWN),
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        shape = checked_count(rows), checked_count(columns)
        if not min(shape) or not unit > 0:
            raise ValueError(f"A table of {shape[0]} by {shape[1]} in units of {unit} was found; expected all above 0.")
        ink = theme.RULE if color is None else color
        frame = Rectangle(width=shape[1] * unit, height=shape[0] * unit, stroke_width=theme.STROKE_BOX, color=ink)
        frame.set_fill(ink, FILL)
        size = theme.FONT_SMALL if font_size is None else font_size
        style: dict[str, Any] = {"color": ink, "font_size": size, "passport": passport}
        self.add(frame, VGroup(*(BraceCount(frame, rows if side[0] else columns, side, **style) for side in sides)))
        self.true_shape = shape

    @property
    def frame(self) -> Rectangle:
        """The table itself."""
        return self.submobjects[0]

    @property
    def braces(self) -> VGroup:
        """The counts, in the order of the sides."""
        return self.submobjects[1]


class LowRankMap(VGroup):
    """A tall table times a wide one, to scale: what goes through them passes a corridor of a few numbers.

    Parameters
    ----------
    outer : int or Quantity
        Length of the vectors that come and go.
    inner : int or Quantity
        Length of those between.
    side : float
        Length that ``outer`` has in the picture, in manim units.
    up_color, down_color : str
        ``theme.OUTPUT`` for the tall table, ``theme.VALUE`` for the wide one, if not given.
    font_size : float
        Of the counts; ``theme.FONT_SMALL`` if not given.
    passport : str or tuple, optional
        Declares the counts.

    Raises
    ------
    ValueError
        If ``inner`` is larger than ``outer``, or one is not a whole number above zero.

    Examples
    --------
    >>> outer, inner = self.quantity("WO").shape
    >>> low_rank = LowRankMap(outer, inner, passport="size of the network's tables")
    >>> self.play(FadeIn(low_rank.square()))
    >>> self.play(SplitTable(self.mobjects[-1], low_rank))
    """

    def __init__(
        self,
        outer: int,
        inner: int,
        side: float = 4.0,
        up_color: str | None = None,
        down_color: str | None = None,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        long, short = checked_count(outer), checked_count(inner)
        if not 0 < short <= long:
            raise ValueError(f"A corridor of {short} in a map of {long} was found; expected 1 to {long}.")
        unit, up = side / long, theme.OUTPUT if up_color is None else up_color
        down = theme.VALUE if down_color is None else down_color
        style: dict[str, Any] = {"font_size": font_size, "passport": passport}
        tall = TableOutline(outer, inner, unit, up, (LEFT, DOWN), **style)
        wide = TableOutline(inner, outer, unit, down, (RIGHT, DOWN), **style)
        room = layout.GAP_SECTION + STRIP_WIDTH
        self.add(tall, wide.shift([tall.frame.get_right()[0] + room - wide.frame.get_left()[0], 0, 0]))
        self.center()
        self.outer, self.style = outer, style

    @property
    def up(self) -> TableOutline:
        """The tall table: from the corridor to the result."""
        return self.submobjects[0]

    @property
    def down(self) -> TableOutline:
        """The wide table: from the vector to the corridor."""
        return self.submobjects[1]

    @property
    def unit(self) -> float:
        """Side of one entry as drawn now."""
        return float(self.up.frame.height / self.up.true_shape[0])

    def square(self, color: str | None = None) -> TableOutline:
        """Return the table that would do the same without a corridor, at the same scale and place."""
        table = TableOutline(self.outer, self.outer, self.unit, color, **self.style)
        return table.shift(self.get_center() - table.frame.get_center())

    def stations(self, vector: Numbers, middle: Numbers, result: Numbers, passport: Passport = None) -> VGroup:
        """Return the vector, what of it passes the corridor, and the result, as strips in their places.

        The vector stands on the right of the tables, as in a product; a strip is as long as its numbers are many.

        Raises
        ------
        ValueError
            If the numbers are not as many as the tables have rows and columns, or too many to draw.
        """
        long, short = self.up.true_shape
        found = tuple(len(numbers) for numbers in (vector, middle, result))
        if found != (long, short, long):
            raise ValueError(f"Vectors of {found} numbers were found; expected {(long, short, long)}.")
        if sum(found) > MOST_ENTRIES:
            raise ValueError(f"{sum(found)} numbers were found; at most {MOST_ENTRIES} can be drawn as strips.")
        strips = VGroup(*(self._strip(numbers, passport) for numbers in (vector, middle, result)))
        between = (self.up.frame.get_right() + self.down.frame.get_left()) / 2
        strips[0].next_to(self.down, RIGHT, buff=layout.GAP_RELATED).match_y(self.down.frame)
        strips[1].move_to(between)
        strips[2].next_to(self.up, LEFT, buff=layout.GAP_RELATED).match_y(self.up.frame)
        return strips

    def _strip(self, numbers: Numbers, passport: Passport) -> ValueStrip:
        strip = ValueStrip(numbers, side=self.unit, passport=passport)
        strip.set_stroke(width=0)  # finer than any line
        return strip.stretch_to_fit_width(STRIP_WIDTH)
