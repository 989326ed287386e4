"""How many: braces that count what they span."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, ORIGIN, RIGHT, UP, Brace, Line, Mobject, VGroup, VMobject
from manim.utils.rate_functions import linear, smooth

from mobjects import layout, theme
from mobjects.attention_animations import Look, window
from mobjects.counted import counted
from mobjects.dimming import PartMotion, leaf_alphas, leaves_of, paint_leaf
from mobjects.following import settled
from mobjects.numerals import Floats, Numeral, Passport, passport_of

COUNTING = "counting up"
HAIR = 1e-9  # manim units


class BraceCount(VGroup):
    """A brace along one side of something, and how many there are.

    It follows what it measures, wherever that goes and however it is scaled; copies stay where they are.

    Parameters
    ----------
    measured : Mobject
    count : int or Quantity
    side : float array, shape (3,)
        ``DOWN``, ``UP``, ``LEFT`` or ``RIGHT`` of it.
    words : str
        Written after the number, or around it where ``{}`` stands.
    color : str
        Of number and brace, the role of what is counted; white on a grey brace if not given.
    font_size : float
        ``theme.FONT_LABEL`` if not given.
    passport : str or tuple, optional
        Where the number comes from, if ``count`` does not say so itself: "count: neurons".

    Raises
    ------
    ValueError
        If the count is not a whole number from 0, the side none of the four, or there is nothing to measure.

    Source
    ------
    A count, e.g. of ``config`` or of a Quantity of axis lengths.

    Examples
    --------
    >>> matrix = WeightMatrix(self.quantity("WQ"), max_rows=5, max_columns=6, factor="readable").scale(1.2)
    >>> rows, columns = matrix.true_shape
    >>> height = BraceCount(matrix.brackets, rows, LEFT, "rows", theme.QUERY, passport="count: rows")
    >>> width = BraceCount(matrix.brackets, columns, DOWN, "columns", theme.EMBEDDING, passport="count: columns")
    >>> self.add(matrix)
    >>> self.play(GrowBraces(height, width))
    """

    def __init__(
        self,
        measured: Mobject,
        count: int,
        side: Floats = DOWN,
        words: str = "",
        color: str | None = None,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        self.side = _checked_side(side)
        size = theme.FONT_LABEL if font_size is None else font_size
        ink = theme.TEXT if color is None else color
        brace = VMobject(stroke_width=0, fill_opacity=1, color=theme.RULE if color is None else color)
        source = passport_of(count) if passport is None else passport
        self.add(brace, counted(words, checked_count(count), size, ink, source))
        self.span(measured)

        @settled
        def follow(brace_count: Mobject) -> None:
            if brace_count is self:  # not a copy of it
                self.span(measured)

        self.add_updater(follow)

    @property
    def brace(self) -> VMobject:
        """The curly line."""
        return self.submobjects[0]

    @property
    def label(self) -> VGroup:
        """The number with its words."""
        return self.submobjects[1]

    @property
    def number(self) -> Numeral:
        """The number alone."""
        return next(part for part in self.label if isinstance(part, Numeral))

    def span(self, measured: Mobject) -> BraceCount:
        """Stand along one side of something, as wide as it is."""
        if not measured.family_members_with_points():
            raise ValueError("A mobject without any points was found; expected something a brace can span.")
        # Manim's brace turns what it measures and turns it back, which is not quite where it was.
        ends = Line(measured.get_corner(DOWN + LEFT), measured.get_corner(UP + RIGHT))
        self.brace.points = Brace(ends, self.side, buff=layout.GAP_LABEL).points
        edge = self.brace.get_critical_point(self.side) + layout.GAP_LABEL * self.side
        away = edge - self.label.get_critical_point(-self.side)
        if np.abs(away).max() > HAIR:  # else each frame would move it by a rounding
            self.label.shift(away)
        return self


class GrowBraces(PartMotion):
    """Braces grow from their middles while their numbers count up from 0.

    Parameters
    ----------
    *braces : BraceCount

    Examples
    --------
    >>> row = TokenRow(self.pieces)
    >>> count = BraceCount(row, len(self.pieces), words="tokens", color=theme.EMBEDDING, passport="count: tokens")
    >>> self.add(row)
    >>> self.play(GrowBraces(count))
    """

    # Of the run time: when a brace is grown, when its number is lit.
    GROWN, LIT = 0.6, (0.1, 0.3)

    def __init__(self, *braces: BraceCount, run_time: float | None = None, **kwargs) -> None:
        if not braces:
            raise ValueError("No braces were found; expected at least one to grow.")
        self.braces = braces
        super().__init__(braces, entering=braces, run_time=run_time, rate_func=linear, **kwargs)

    def prepare(self) -> None:
        """Read where everything stands; following rests while braces grow."""
        for brace in self.braces:
            brace.update().suspend_updating()
        self.looks = [Look(brace.brace) for brace in self.braces]
        self.lights = [[(leaf, leaf_alphas(leaf)) for leaf in leaves_of([brace.label])] for brace in self.braces]
        self.ends = [(brace.number, brace.number.value, brace.number.passport) for brace in self.braces]

    def show_moment(self, time: float) -> None:
        """Write braces and numbers as they are at ``time``."""
        grown = smooth(window(time, 0, self.GROWN))
        for look, light in zip(self.looks, self.lights, strict=True):
            look.show(scale=max(grown, 1e-3), strength=window(grown, 0, 0.3))
            for leaf, alphas in light:
                paint_leaf(leaf, alphas, window(time, *self.LIT))
        for number, value, passport in self.ends:
            count_to(number, value, passport, smooth(time))

    def finish(self) -> None:
        """Let the braces follow again."""
        super().finish()
        for brace in self.braces:
            brace.resume_updating()


def count_to(number: Numeral, value: float, passport: Passport, progress: float) -> None:
    """Write a whole number on the way from 0 to ``value``; at the end, with its passport."""
    if progress < 1:
        number.set_value(int(progress * value), COUNTING)
    else:
        number.set_value(value, passport)


def checked_count(count: float) -> int:
    """Return a count as an int.

    Raises
    ------
    ValueError
        If it is not a whole number from 0.
    """
    number = float(count)
    if not np.isfinite(number) or number < 0 or number != int(number):
        raise ValueError(f"The count {number} was found; expected a whole number from 0.")
    return int(number)


def _checked_side(side: Floats) -> Floats:
    direction = np.asarray(side, dtype=float)
    if direction.shape != ORIGIN.shape or sorted(np.abs(direction)) != [0, 0, 1] or direction[2]:
        raise ValueError(f"The side {side} was found; expected DOWN, UP, LEFT or RIGHT.")
    return direction
