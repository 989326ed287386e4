"""The strip from 0 to 1, cut into shares, that chance is thrown at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Triangle, VGroup
from manim.utils.rate_functions import rush_into, smooth

from mobjects import layout, theme
from mobjects.attention_animations import Look, window
from mobjects.bars import Bar
from mobjects.dimming import PartMotion
from mobjects.distribution import checked_shares
from mobjects.numerals import Floats, Numeral, Passport
from mobjects.stacked_bar import THICKNESS, checked_parts, stacked
from mobjects.token_label import token_label


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
        checked_parts(array, pieces)
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
