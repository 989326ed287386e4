"""Parts of a whole laid end to end: as a bar, as a tower, and as the strip from 0 to 1 that chance is thrown at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Line, Triangle, VGroup
from manim.utils.rate_functions import rush_into, smooth

from mobjects import layout, theme
from mobjects.attention_animations import Look, window
from mobjects.attention_layers import passport_at
from mobjects.bar_chart import checked_numbers
from mobjects.bars import Bar
from mobjects.dimming import PartMotion
from mobjects.distribution import checked_shares
from mobjects.numerals import Floats, Numeral, Passport
from mobjects.spacing import spread_apart
from mobjects.token_label import row_label, token_label

THICKNESS = 0.6


class StackedBar(VGroup):
    """Parts of a whole end to end, each with its name, its number and a thin line between both.

    Parameters
    ----------
    values : float array or Quantity, shape (n,)
        None below zero; lengths are proportional to them.
    names : sequence of str
        One for each part.
    tower : bool
        Stand upright, first part at the bottom, names on the right; else lie, names below.
    percent : bool
        Write shares as percentages; else write values as they are.
    decimals : int
    length : float
        Of the whole, in manim units.
    thickness : float
        In manim units.
    font_size : float
        ``theme.FONT_SMALL`` if not given.
    passport : str or tuple, optional
        Declares the values, instead of a Quantity.

    Raises
    ------
    ValueError
        If there are no values, all are zero, one is below zero or not finite, or names and values differ in number.

    Source
    ------
    Any array; in scenes a column of "pattern", or counts of parameters.

    Examples
    --------
    >>> shares = self.quantity("PATT")[3, :4]
    >>> tower = StackedBar(shares, self.pieces[:4], tower=True, length=6, thickness=1.2, font_size=36).center()
    >>> self.play(LaggedStart(*(FadeIn(part, shift=0.5 * DOWN) for part in tower.segments), lag_ratio=0.3))
    >>> self.play(FadeIn(tower.leaders, tower.labels, shift=0.25 * RIGHT))
    """

    def __init__(
        self,
        values: Any,
        names: Sequence[str],
        tower: bool = False,
        percent: bool = True,
        decimals: int = 1,
        length: float = 8.0,
        thickness: float = THICKNESS,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        array = _checked_parts(values, names)
        size = theme.FONT_SMALL if font_size is None else font_size
        direction = UP if tower else RIGHT
        segments = stacked(array, length / array.sum(), thickness, direction, values, passport)
        labels = VGroup(
            *(
                _part_label(name, bar, percent, decimals, size, stacked=not tower)
                for name, bar in zip(names, segments, strict=True)
            )
        )
        self.add(segments, labels, _lead_to(segments, labels, tower))
        self.center()

    @property
    def segments(self) -> VGroup:
        """The parts as bars, each based on the end of the one before."""
        return self.submobjects[0]

    @property
    def labels(self) -> VGroup:
        """Name and number of each part."""
        return self.submobjects[1]

    @property
    def leaders(self) -> VGroup:
        """The thin lines from parts to labels."""
        return self.submobjects[2]

    @property
    def values(self) -> Floats:
        """The values shown."""
        return np.array([segment.value for segment in self.segments])


class UnitStrip(VGroup):
    """The strip from 0 to 1, cut into shares: a number thrown at it falls on one part, its owner.

    Parameters
    ----------
    shares : float array or Quantity, shape (n,)
        In the order of the strip. What is missing to 1 is left empty at the end.
    pieces : sequence of str
        The tokens, one per share; written below parts that are wide enough.
    length : float
        In manim units.
    thickness : float
        In manim units.
    font_size : float
        ``theme.FONT_SMALL`` if not given.
    passport : str or tuple, optional
        Declares the shares, instead of a Quantity.

    Raises
    ------
    ValueError
        If there are no shares, one is outside 0 to 1, they sum to more than 1, or pieces and shares differ in number.

    Source
    ------
    Any distribution; in scenes a draw of ``model.sampling``: its shares in their order, and its number.

    Examples
    --------
    >>> shares, place = self.quantity("PATT")[3, :4], 0.63
    >>> strip = UnitStrip(shares, self.pieces[:4], length=11, thickness=1, font_size=36).center()
    >>> self.play(FadeIn(strip))
    >>> self.play(DropMarker(strip, strip.marker(place, passport="chosen for the example")))
    """

    def __init__(
        self,
        shares: Any,
        pieces: Sequence[str],
        length: float = 10.0,
        thickness: float = THICKNESS,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        array = checked_shares(shares)
        _checked_parts(array, pieces)
        self.font_size = theme.FONT_SMALL if font_size is None else font_size
        segments = stacked(array, length, thickness, RIGHT, shares, passport)
        outline = Bar(1.0, length, thickness, RIGHT, theme.PLATE, passport="axis")
        ends = VGroup()
        for place in (0, 1):
            number = Numeral(place, 0, font_size=self.font_size, color=theme.MUTED, passport="axis")
            ends.add(number.next_to(outline, RIGHT if place else LEFT, buff=layout.GAP_LABEL))
        self.add(outline, segments, VGroup(*_names_that_fit(pieces, segments, self.font_size)), ends)
        self.center()

    @property
    def outline(self) -> Bar:
        """The whole strip, seen where shares are missing to 1."""
        return self.submobjects[0]

    @property
    def segments(self) -> VGroup:
        """The parts as bars, each based on the end of the one before."""
        return self.submobjects[1]

    @property
    def names(self) -> VGroup:
        """The tokens, one group per share; empty where there is no room."""
        return self.submobjects[2]

    @property
    def values(self) -> Floats:
        """The shares."""
        return np.array([segment.value for segment in self.segments])

    def owner(self, place: float) -> int:
        """Return which part holds a number from 0 to 1; a part holds its lower limit, not its upper one.

        Raises
        ------
        ValueError
            If the number is outside, or where no share is.
        """
        index = int(np.searchsorted(np.cumsum(self.values), place, side="right"))
        if not 0 <= place <= 1 or index >= len(self.segments):
            raise ValueError(f"{place} was thrown; the parts reach from 0 to {self.values.sum():.4g}.")
        return index

    def point(self, place: float) -> Floats:
        """Return where a number from 0 to 1 is: on the upper edge of the strip."""
        outline = self.outline
        upper: Floats = outline.points[3] + place * outline.unit * outline.direction
        return upper

    def marker(self, place: Any, decimals: int = 2, passport: Passport = None) -> VGroup:
        """Return a pointer that stands on a number of the strip, with the number above it."""
        self.owner(float(place))
        tip = Triangle(color=theme.HIGHLIGHT, fill_opacity=1, stroke_width=0).rotate(np.pi)
        tip.scale_to_fit_height(0.4 * self.outline.thickness)
        number = Numeral(place, decimals, font_size=self.font_size, color=theme.HIGHLIGHT, passport=passport)
        number.next_to(tip, UP, buff=layout.GAP_LABEL)
        pointer = VGroup(tip, number)
        return pointer.shift(self.point(float(place)) - tip.get_bottom())

    def highlight(self, index: int, color: str | None = None) -> UnitStrip:
        """Outline one part in ``theme.TEXT``, or another colour, in front of its neighbours."""
        ink = theme.TEXT if color is None else color
        self.segments[index].set_stroke(ink, theme.STROKE_STRONG).set_z_index(1)
        return self


class DropMarker(PartMotion):
    """A pointer falls onto the strip, and the part that owns the place lights up.

    Parameters
    ----------
    strip : UnitStrip
    marker : VGroup
        From :meth:`UnitStrip.marker`; it falls to where it stands.
    drop : float
        How far it falls, in manim units.

    Examples
    --------
    >>> strip = UnitStrip(self.quantity("PATT")[2, :3], self.pieces[:3], length=11, thickness=1, font_size=36)
    >>> self.add(strip.center())
    >>> self.play(DropMarker(strip, strip.marker(0.25, passport="chosen for the example")))
    """

    LANDS = 0.6

    def __init__(self, strip: UnitStrip, marker: VGroup, drop: float = 1.0, **kwargs) -> None:
        self.marker, self.drop = marker, drop
        self.segment = strip.segments[strip.owner(marker[1].value)]
        super().__init__([marker, self.segment], entering=[marker], **kwargs)

    def prepare(self) -> None:
        """Note where the pointer lands, and the outline of the part before and after."""
        self.look = Look(self.marker)
        part = self.segment
        self.stroke = part.get_stroke_width(), part.stroke_rgbas.copy(), part.z_index
        self.lit = theme.STROKE_STRONG, np.tile(theme.rgba(theme.TEXT), (len(part.stroke_rgbas), 1)), 1

    def show_moment(self, time: float) -> None:
        """Let the pointer fall, then light the part."""
        fallen, lit = rush_into(window(time, 0, self.LANDS)), smooth(window(time, self.LANDS, 1))
        self.look.show(self.look.center + (1 - fallen) * self.drop * UP, strength=window(time, 0, 0.25))
        self.segment.stroke_rgbas = (1 - lit) * self.stroke[1] + lit * self.lit[1]
        self.segment.stroke_width = (1 - lit) * self.stroke[0] + lit * self.lit[0]
        self.segment.set_z_index(self.lit[2] if lit else self.stroke[2])


def stacked(array: Floats, unit: float, thickness: float, direction: Floats, values: Any, passport: Passport) -> VGroup:
    """Return bars end to end from the origin, coloured from teal to yellow."""
    colors = theme.share_colors(np.linspace(0, 1, len(array)))
    segments, place = VGroup(), 0.0
    for index, value in enumerate(array):
        source = passport_at(values, index, passport=passport)
        bar = Bar(float(value), unit, thickness, direction, key=index, passport=source)
        bar.fill_rgbas[:, :3] = colors[index, :3]
        bar.set_stroke(theme.BACKGROUND, theme.STROKE_BOX)
        segments.add(bar.shift(place * unit * direction))
        place += float(value)
    return segments


def _checked_parts(values: Any, names: Sequence[str]) -> Floats:
    array = checked_numbers(values)
    if array.min() < 0 or not array.sum() > 0:
        raise ValueError(f"Parts from {array.min():.3g} to {array.max():.3g} were found; expected none below zero.")
    if isinstance(names, str) or len(names) != len(array):
        raise ValueError(f"{len(names)} names were found for {len(array)} parts; give one for each.")
    return array


def _part_label(name: str, bar: Bar, percent: bool, decimals: int, size: float, stacked: bool) -> VGroup:
    """Return the name of a part with its number: below it, or on the same line."""
    factor = 100.0 if percent else 1.0
    numeral = Numeral(bar.value, decimals, "never", not percent, size, factor=factor, passport=bar.passport)
    number = VGroup(numeral)
    if percent:
        number.add(row_label("%", size).next_to(numeral, RIGHT, buff=layout.GAP_TIGHT).set_y(0))
    words = token_label(name, size)
    if stacked:
        number.shift([-number.get_x(), -size / 60, 0])
        words.shift([-words.get_x(), 0, 0])
    else:
        number.shift([words.get_right()[0] + size / 100 - number.get_left()[0], 0, 0])
    return VGroup(words, number)


def _lead_to(segments: VGroup, labels: VGroup, tower: bool) -> VGroup:
    """Bring labels beside their parts, apart from each other, and return the lines between."""
    middles = [(bar.base + bar.tip) / 2 for bar in segments]
    axis, side = (1, RIGHT) if tower else (0, DOWN)
    lengths = [label.length_over_dim(axis) for label in labels]
    gap = layout.GAP_LABEL if tower else layout.GAP_RELATED
    places = spread_apart([middle[axis] for middle in middles], lengths, gap)
    edge, reach = segments[0].thickness / 2, layout.GAP
    leaders = VGroup()
    for middle, label, place in zip(middles, labels, places, strict=True):
        start, end = middle + edge * side, middle + (edge + reach) * side
        end[axis] = place
        label.next_to(end, side, buff=layout.GAP_LABEL)
        leaders.add(Line(start, end, color=theme.RULE, stroke_width=theme.STROKE_RULE))
    return leaders


def _names_that_fit(pieces: Sequence[str], segments: VGroup, size: float) -> list[VGroup]:
    """Return the name below each part, an empty group where the part is narrower."""
    names = []
    for piece, segment in zip(pieces, segments, strict=True):
        name = token_label(piece, size)
        place = (segment.base + segment.tip) / 2
        middle = place + (segment.thickness / 2 + size / 90) * DOWN
        fits = name.width + layout.GAP_LABEL <= segment.width
        names.append(name.shift([middle[0] - name.get_x(), middle[1], 0]) if fits else VGroup())
    return names
