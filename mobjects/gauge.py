"""A number line on which words land at their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import RIGHT, UP, Line, VGroup
from manim.utils.rate_functions import smooth

from mobjects import layout, theme
from mobjects.attention_animations import Look, window
from mobjects.attention_layers import passport_at
from mobjects.axes import TICK, decimals_of, padded_range, round_ticks
from mobjects.bar_chart import checked_numbers
from mobjects.dimming import PartMotion
from mobjects.light import GlowDot
from mobjects.numerals import Floats, Numeral, Passport
from mobjects.spacing import spread_apart
from mobjects.token_label import token_label

SHRUNK = 0.5  # the size of dots that landed before
LEAD = 0.7  # from the line to the words, in manim units


class GaugeMark(VGroup):
    """One word at its value: a thin line, a glowing ``dot``, and ``words`` with the ``numeral``."""

    @property
    def leader(self) -> Line:
        """The line from the dot to the word."""
        return self.submobjects[0]

    @property
    def dot(self) -> GlowDot:
        """The glowing dot at the value."""
        return self.submobjects[1]

    @property
    def words(self) -> VGroup:
        """The word, then its number."""
        return self.submobjects[2]

    @property
    def numeral(self) -> Numeral:
        """The value as a number."""
        return self.submobjects[2].submobjects[1]


class NumberLineGauge(VGroup):
    """A number line with a glowing dot for each word at its value; words stand beside it, never over each other.

    Parameters
    ----------
    values : float array or Quantity, shape (n,)
    words : sequence of str
        One for each value.
    ends : (float, float), optional
        From where to where the line reaches; a little beyond all values if not given.
    vertical : bool
        Upright, words on the right; else lying, words above.
    length : float
        Of the line, in manim units.
    decimals : int
    color : str
        Of the dots; ``theme.HIGHLIGHT`` if not given.
    font_size : float
        ``theme.FONT_SMALL`` if not given.
    passport : str or tuple, optional
        Declares the values, instead of a Quantity.

    Raises
    ------
    ValueError
        If there are no values, one is not finite or outside the ends, or words and values differ in number.

    Source
    ------
    Any numbers; in scenes products of words with a direction.

    Examples
    --------
    >>> values = self.quantity("SCORE")[3, :8]
    >>> gauge = NumberLineGauge(values, self.pieces[:8], vertical=True, length=6.5, font_size=28)
    >>> self.play(FadeIn(gauge.line, gauge.ticks, gauge.numbers))
    >>> self.play(LandWords(gauge))
    """

    def __init__(
        self,
        values: Any,
        words: Sequence[str],
        ends: tuple[float, float] | None = None,
        vertical: bool = False,
        length: float = 9.0,
        decimals: int = 1,
        color: str | None = None,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        array = checked_numbers(values)
        if isinstance(words, str) or len(words) != len(array):
            raise ValueError(f"{len(words)} words were found for {len(array)} values; give one for each.")
        self.ends = _checked_ends(padded_range(array) if ends is None else ends, array)
        size = theme.FONT_SMALL if font_size is None else font_size
        axis = 1 if vertical else 0
        start, end = np.zeros(3), np.zeros(3)
        start[axis], end[axis] = -length / 2, length / 2
        line = Line(start, end, color=theme.RULE, stroke_width=theme.STROKE_BOX)
        self.add(line, VGroup(), VGroup(), VGroup())
        self._add_ticks(-1 * (RIGHT if vertical else UP), size)
        side = RIGHT if vertical else UP
        for index, (value, word) in enumerate(zip(array, words, strict=True)):
            numeral = Numeral(float(value), decimals, font_size=size)
            numeral.passport = passport_at(values, index, passport=passport)
            self.marks.add(_mark(word, numeral, self.point_at(float(value)), color, size, vertical))
        _place_words(self.marks, side, axis)
        self.center()

    @property
    def line(self) -> Line:
        """The number line."""
        return self.submobjects[0]

    @property
    def ticks(self) -> VGroup:
        """The short strokes at round numbers."""
        return self.submobjects[1]

    @property
    def numbers(self) -> VGroup:
        """The numbers at the ticks."""
        return self.submobjects[2]

    @property
    def marks(self) -> VGroup:
        """One for each word, in the order given."""
        return self.submobjects[3]

    @property
    def values(self) -> Floats:
        """The values shown."""
        return np.array([mark.numeral.value for mark in self.marks])

    def point_at(self, value: float) -> Floats:
        """Return where a number is on the line."""
        low, high = self.ends
        first, last = self.line.points[0], self.line.points[-1]
        place: Floats = first + (value - low) / (high - low) * (last - first)
        return place

    def _add_ticks(self, side: Floats, size: float) -> None:
        places = round_ticks(*self.ends)
        for place in places:
            start = self.point_at(place)
            tick = Line(start, start + TICK * side, color=theme.RULE, stroke_width=theme.STROKE_BOX)
            number = Numeral(place, decimals_of(places), font_size=size, color=theme.MUTED, passport="axis")
            number.next_to(tick, side, buff=layout.GAP_RELATED)
            if side[1] == 0:
                number.shift([0, start[1] - number.anchor[1], 0])
            self.ticks.add(tick)
            self.numbers.add(number)


class LandWords(PartMotion):
    """Words land at their values one after the other; those before shrink to half their size and 75 % of their light.

    Parameters
    ----------
    gauge : NumberLineGauge
    indices : sequence of int, optional
        Which words land, in which order; all in theirs if not given. The last one stays large.
    earlier : sequence of int
        Which words landed before; the last of them still large.

    Examples
    --------
    >>> values = self.quantity("SCORE")[3, :4]
    >>> gauge = NumberLineGauge(values, self.pieces[:4], length=11, font_size=32)
    >>> self.play(FadeIn(gauge.line, gauge.ticks, gauge.numbers))
    >>> self.play(LandWords(gauge, [0, 1]))
    >>> self.play(LandWords(gauge, [2, 3], earlier=[0, 1]))
    """

    SECONDS_EACH = 0.7

    def __init__(
        self,
        gauge: NumberLineGauge,
        indices: Sequence[int] | None = None,
        earlier: Sequence[int] = (),
        run_time: float | None = None,
        **kwargs,
    ) -> None:
        order = list(range(len(gauge.marks)) if indices is None else indices)
        if not order:
            raise ValueError("No words were named; give the places of those that land.")
        self.landing = [gauge.marks[index] for index in order]
        self.before = [gauge.marks[index] for index in earlier]
        side = self.landing[0].words.get_center() - self.landing[0].dot.core.get_center()
        self.drop = layout.GAP * (RIGHT if abs(side[0]) > abs(side[1]) else UP)
        duration = self.SECONDS_EACH * len(order) if run_time is None else run_time
        super().__init__([*self.landing, *self.before], entering=self.landing, run_time=duration, **kwargs)

    def prepare(self) -> None:
        """Note where everything stands."""
        self.looks = [(Look(mark.leader), Look(mark.dot), Look(mark.words)) for mark in self.landing]
        self.last_look = [(Look(mark.dot), Look(mark.words)) for mark in self.before[-1:]]

    def show_moment(self, time: float) -> None:
        """Show each word within its own share of the time; the next one's landing shrinks it."""
        count = len(self.looks)
        moments = [window(time * count, index, index + 1) for index in range(count)]
        for dot, words in self.last_look:
            _shrink(dot, words, smooth(window(moments[0], 0.3, 1)))
        for index, (leader, dot, words) in enumerate(self.looks):
            fallen, seen = smooth(window(moments[index], 0, 0.6)), window(moments[index], 0, 0.3)
            shrunk = smooth(window(moments[index + 1], 0.3, 1)) if index + 1 < count else 0.0
            place = dot.center + (1 - fallen) * self.drop
            dot.show(place, 1 - (1 - SHRUNK) * shrunk, seen * _dimmed(shrunk))
            words.show(words.center + (1 - fallen) * self.drop, strength=seen * _dimmed(shrunk))
            leader.show(strength=smooth(window(moments[index], 0.5, 0.9)))


def _mark(word: str, numeral: Numeral, place: Floats, color: str | None, size: float, vertical: bool) -> GaugeMark:
    """Return the parts of a mark, its words about the origin: the number below the word, or level with it."""
    dot = GlowDot(place.tolist(), radius=size / 80, color=color)
    name = token_label(word, size)
    numeral.shift([-numeral.get_x(), 0 if vertical else -size / 60, 0])
    line = Line(place, place + UP, color=theme.RULE, stroke_width=theme.STROKE_RULE)
    return GaugeMark(line, dot, VGroup(name, numeral))


def _place_words(marks: VGroup, side: Floats, axis: int) -> None:
    """Bring words to the side of the line, apart from each other, and draw the lines to them."""
    dots = [mark.dot.core.get_center() for mark in marks]
    highest = max(mark.words.height for mark in marks)
    lengths = [highest if axis else mark.words.width for mark in marks]
    gap = layout.GAP_LABEL if axis else layout.GAP_RELATED
    widest = max(mark.words[0].width for mark in marks) + max(mark.numeral.width for mark in marks)
    for mark, dot, place in zip(marks, dots, spread_apart([d[axis] for d in dots], lengths, gap), strict=True):
        end = dot + LEAD * side
        end[axis] = place
        name, numeral = mark.words
        if axis:
            # Numbers form a column to the right of the widest word.
            name.shift([end[0] + layout.GAP_LABEL - name.get_left()[0], place, 0])
            numeral.shift([end[0] + layout.GAP + widest - numeral.get_right()[0], place, 0])
        else:
            mark.words.shift([place - mark.words.get_x(), end[1] + layout.GAP_LABEL - mark.words.get_bottom()[1], 0])
        mark.leader.put_start_and_end_on(dot + mark.dot.width / 2 * side, end)


def _shrink(dot: Look, words: Look, progress: float) -> None:
    dot.show(scale=1 - (1 - SHRUNK) * progress, strength=_dimmed(progress))
    words.show(strength=_dimmed(progress))


def _dimmed(progress: float) -> float:
    return 1 - (1 - theme.OPACITY_SOFT) * progress


def _checked_ends(ends: tuple[float, float], values: Floats) -> tuple[float, float]:
    low, high = float(ends[0]), float(ends[1])
    if not (np.isfinite([low, high]).all() and low < high and low <= values.min() and values.max() <= high):
        raise ValueError(
            f"A line from {low} to {high} was found for values from {values.min():.4g} to {values.max():.4g}; "
            "expected one that rises and holds them all."
        )
    return low, high
