"""Parameters as dials: one alone, or a wall of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Arc, VGroup, VMobject

from mobjects import layout, theme
from mobjects.carriers import Carrier
from mobjects.numerals import Floats, Numbers, Passport, passport_of

# The scale runs over 270 degrees, from lower left over the top (zero) to lower right.
SWEEP = 1.5 * np.pi
ARC_CURVES = 8
TICKS, FEW_TICKS, FEW_FROM = 11, 5, 96
TICK_INNER = 0.8
# The needle, in radii: how far it reaches, how far behind the pivot it starts, half its width there.
TIP, TAIL, HALF_WIDTH = 0.74, 0.24, 0.1
DIAL_GAP = 0.35


class Needle(Carrier):
    """The needle of one dial; ``value`` is the exact number it shows."""

    def __init__(self) -> None:
        super().__init__(stroke_width=0, fill_opacity=1)
        self.value = 0.0
        self.passport: Passport = None


class DialMachine(VGroup):
    """A wall of dials, one for each parameter of a small table.

    The scales of all dials are one mobject, each needle is one more, so a wall of 8 by 24 moves as 193 shapes.

    Parameters
    ----------
    values : float array or Quantity, shape (rows, columns)
        The parameters.
    scale : float
        The number at the right end of each dial; ``theme.value_scale`` of the values if not given. Larger ones stop
        there.
    width, height : float
        The wall fits into these, in manim units.
    passport : str or tuple, optional
        Declares all of them, instead of a Quantity.

    Raises
    ------
    ValueError
        If ``values`` is not two-dimensional, empty, not finite, or has more than ``MAX_DIALS`` numbers.

    Source
    ------
    Any array; in scenes a block of a checkpoint's tensor.

    Examples
    --------
    >>> early, late = self.quantity("CKPT")[0], self.quantity("CKPT")[7]
    >>> machine = DialMachine(early[0:8, 0:20], scale=theme.value_scale(late))
    >>> self.play(PopDials(machine))
    >>> self.play(TurnDials(machine, late[0:8, 0:20]))
    """

    MAX_DIALS = 2000

    def __init__(
        self,
        values: Numbers,
        scale: float | None = None,
        width: float = 2 * layout.SAFE_X,
        height: float = 6.0,
        passport: Passport = None,
    ) -> None:
        array = checked_table(values, self.MAX_DIALS)
        self.table_shape = array.shape
        self.scale_value = _checked_scale(array, scale)
        pitch = min(width / (array.shape[1] - DIAL_GAP / (2 + DIAL_GAP)), height / array.shape[0])
        radius = pitch / (2 + DIAL_GAP)
        rows, columns = np.indices(array.shape).reshape(2, -1)
        centers = pitch * np.stack([columns, -rows, 0 * rows], axis=1)
        few = array.size >= FEW_FROM
        face = _face(FEW_TICKS if few else TICKS)
        thin = theme.STROKE_RULE if few else theme.STROKE_BOX
        faces = VMobject(stroke_color=theme.RULE, stroke_width=thin, fill_opacity=0)
        faces.set_points((centers[:, None] + radius * face).reshape(-1, 3))
        super().__init__(faces, VGroup(*(Needle() for _ in centers)))
        self.set_values(values, passport)
        self.center()

    @property
    def faces(self) -> VMobject:
        """The scales of all dials."""
        return self.submobjects[0]

    @property
    def needles(self) -> VGroup:
        """One needle for each dial, row by row."""
        return self.submobjects[1]

    @property
    def values(self) -> Floats:
        """The exact numbers, shape (rows, columns)."""
        return np.array([needle.value for needle in self.needles]).reshape(self.table_shape)

    @property
    def passports(self) -> list[Passport]:
        """Where each number comes from, row by row."""
        return [needle.passport for needle in self.needles]

    @passports.setter
    def passports(self, passports: Sequence[Passport]) -> None:
        for needle, passport in zip(self.needles, passports, strict=True):
            needle.passport = passport

    def frames(self) -> tuple[Floats, Floats, Floats]:
        """Return the middle of each dial and its radius to the right and upward as drawn, each of shape (n, 3)."""
        faces = self.faces.points.reshape(len(self.needles), -1, 3)
        left, top, right = faces[:, 0], faces[:, 2 * ARC_CURVES], faces[:, 4 * ARC_CURVES - 1]
        half = np.sin(SWEEP / 2), np.cos(SWEEP / 2)
        up = (top - (left + right) / 2) / (1 - half[1])
        return top - up, (right - left) / (2 * half[0]), up

    def dial(self, row: int, column: int) -> Dial:
        """Return a dial of its own that looks like the one in ``row`` and ``column`` (0-based) and stands there."""
        rows, columns = self.table_shape
        if not (0 <= row < rows and 0 <= column < columns):
            raise ValueError(f"Dial ({row}, {column}) was asked for; the wall has {rows} rows and {columns} columns.")
        place = row * columns + column
        needle = self.needles[place]
        dial = Dial(needle.value, scale=self.scale_value, passport=needle.passport)
        dial.faces.match_style(self.faces)
        dial.faces.points = self.faces.points.reshape(len(self.needles), -1, 3)[place].copy()
        return dial.set_value(needle.value, needle.passport)

    def set_values(self, values: Numbers, passport: Passport = None) -> DialMachine:
        """Turn the needles to other numbers of the same shape."""
        array = checked_table(values, self.MAX_DIALS)
        if array.shape != self.table_shape:
            raise ValueError(f"Values of shape {array.shape} were found; the wall has dials {self.table_shape}.")
        known = passport is None and hasattr(values, "passport")
        for needle, place in zip(self.needles, np.ndindex(*self.table_shape), strict=True):
            needle.value = float(array[place])
            needle.passport = passport_of(values[place]) if known else passport
        self.point(self.turns(array.ravel()))
        for needle, color in zip(self.needles, theme.signed_colors(array, self.scale_value), strict=True):
            needle.fill_rgbas[:, :3] = color[:3]
        return self

    def turns(self, values: Floats) -> Floats:
        """Return how far needles stand from the top for these numbers, in radians clockwise, shape (n,)."""
        turned: Floats = SWEEP / 2 * np.clip(values / self.scale_value, -1, 1)
        return turned

    def point(self, turns: Floats) -> DialMachine:
        """Let the needles point somewhere; what they show is left alone."""
        for needle, points in zip(self.needles, self.spokes(turns, NEEDLE), strict=True):
            needle.points = points
        return self

    def spokes(self, turns: Floats, shape: Floats) -> Floats:
        """Return a closed outline on each dial, turned by ``turns``: shape (n, points, 3).

        ``shape`` (corners, 2) is in radii, up to the top and right across.
        """
        middles, rights, ups = self.frames()
        across = np.cos(turns)[:, None] * rights - np.sin(turns)[:, None] * ups
        along = np.sin(turns)[:, None] * rights + np.cos(turns)[:, None] * ups
        corners = middles[:, None] + shape[:, :1] * across[:, None] + shape[:, 1:] * along[:, None]
        return closed(corners)


class Dial(DialMachine):
    """One parameter as a dial: straight up is zero, to the right is positive and blue, to the left negative and red.

    Parameters
    ----------
    value : float or Quantity
        The exact number, kept in ``value``.
    scale : float
        The number at the right end; the size of the value if not given.
    radius : float
        In manim units.
    passport : str or tuple, optional
        Where the number comes from, if ``value`` does not say so itself.

    Raises
    ------
    ValueError
        If the value is not finite or the scale is not above zero.

    Source
    ------
    One parameter of a checkpoint.

    Examples
    --------
    >>> weight = self.quantity("WQ")[0, 4]
    >>> dial = Dial(weight, scale=0.2, radius=1.5).shift(0.4 * UP)
    >>> number = Numeral(weight, decimals=3, sign="always", font_size=theme.FONT_BODY).next_to(dial, DOWN)
    >>> self.play(FadeIn(dial), CountUp(number))
    """

    def __init__(
        self, value: Numbers, scale: float | None = None, radius: float = 0.5, passport: Passport = None
    ) -> None:
        known = passport_of(value) if passport is None else passport
        super().__init__([[float(value)]], scale, width=2 * radius, height=(2 + DIAL_GAP) * radius, passport=known)

    @property
    def value(self) -> float:
        """The exact number."""
        number: float = self.needles[0].value
        return number

    @property
    def passport(self) -> Passport:
        """Where the number comes from."""
        found: Passport = self.needles[0].passport
        return found

    def set_value(self, value: Numbers, passport: Passport = None) -> Dial:
        """Turn the needle to another number."""
        self.set_values([[float(value)]], passport_of(value) if passport is None else passport)
        return self


NEEDLE = np.array([(0, TIP), (HALF_WIDTH, 0), (0, -TAIL), (-HALF_WIDTH, 0)])


def _face(ticks: int) -> Floats:
    """Return the points of a scale of radius 1: the arc from the left end to the right, then the ticks."""
    start = np.pi / 2 + SWEEP / 2
    path = VMobject().set_points(Arc(1, start, -SWEEP, num_components=ARC_CURVES + 1).points)
    for angle in np.linspace(start, start - SWEEP, ticks):
        ray = np.array([np.cos(angle), np.sin(angle), 0])
        path.start_new_path(TICK_INNER * ray).add_line_to(ray)
    points: Floats = path.points
    return points


def closed(corners: Floats) -> Floats:
    """Return the points of closed polygons: (n, corners, 3) becomes (n, 4 corners, 3)."""
    ends = np.roll(corners, -1, axis=1)
    stacked = np.stack([corners, (2 * corners + ends) / 3, (corners + 2 * ends) / 3, ends], axis=2)
    return stacked.reshape(len(corners), -1, 3)


def checked_table(values: Numbers, most: int) -> Floats:
    """Return the numbers of a wall, or refuse what is no table, too large or not finite."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 2 or not 1 <= array.size <= most:
        raise ValueError(f"Values of shape {array.shape} were found; expected (rows, columns), 1 to {most} dials.")
    if not np.isfinite(array).all():
        raise ValueError("Values that are not finite were found; expected ordinary numbers to turn dials to.")
    return array


def _checked_scale(values: Floats, scale: float | None) -> float:
    if scale is not None and not scale > 0:
        raise ValueError(f"A scale of {scale} was found; expected the number at the right end, above zero.")
    return theme.value_scale(values) if scale is None else float(scale)
