"""A knob on a track that sets a number, and its motion."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import RIGHT, Animation, Circle, Line, VGroup, override_animate

from mobjects import layout, theme
from mobjects.dimming import PartMotion
from mobjects.numerals import Numeral, Passport, passport_of
from mobjects.token_label import row_label


class Slider(VGroup):
    """A knob on a track, its name on the left and its value on the right.

    Parameters
    ----------
    value : float or Quantity
    low, high : float
        The ends of the track.
    name : str
        What is set, such as T.
    length : float
        Of the track, in manim units.
    decimals : int
    color : str
        Of knob, name and value; ``theme.HIGHLIGHT`` if not given.
    font_size : float
        ``theme.FONT_LABEL`` if not given.
    passport : str or tuple, optional
        Declares the value.

    Raises
    ------
    ValueError
        If the track is empty or the value is not on it.

    Examples
    --------
    >>> slider = Slider(1.0, 0, 4, "temperature", length=5, color=theme.LOSS, passport="set by hand")
    >>> self.add(slider)
    >>> self.play(slider.animate.set_value(3.2, "set by hand"))
    """

    def __init__(
        self,
        value: Any,
        low: float,
        high: float,
        name: str = "",
        length: float = 4.0,
        decimals: int = 2,
        color: str | None = None,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        if not (np.isfinite([low, high]).all() and high > low):
            raise ValueError(f"A track from {low} to {high} was found; expected two ordinary numbers that rise.")
        self.low, self.high = float(low), float(high)
        self._check(float(value))
        ink, size = theme.HIGHLIGHT if color is None else color, theme.FONT_LABEL if font_size is None else font_size
        track = Line([0, 0, 0], [length, 0, 0], color=theme.RULE, stroke_width=theme.STROKE_STRONG)
        knob = Circle(size / 200, stroke_width=theme.STROKE_BOX, stroke_color=theme.BACKGROUND)
        knob.set_fill(ink, 1)
        numeral = Numeral(value, decimals, font_size=size, color=ink, passport=passport)
        # Room for the widest number, so that nothing moves as it changes.
        widest = max((Numeral(end, decimals, font_size=size) for end in (low, high)), key=lambda end: end.width)
        widest.next_to(track, RIGHT, buff=layout.GAP)
        numeral.anchor_at([widest.anchor[0], 0, 0])
        words = VGroup()
        if name:
            words = row_label(name, size, ink)
            words.shift([-layout.GAP - words.get_right()[0], 0, 0])
        self.add(track, knob, numeral, words)
        self._hold_knob().center()

    @property
    def track(self) -> Line:
        """The line the knob runs on."""
        return self.submobjects[0]

    @property
    def knob(self) -> Circle:
        """The disc at the value."""
        return self.submobjects[1]

    @property
    def numeral(self) -> Numeral:
        """The value as a number."""
        return self.submobjects[2]

    @property
    def name_label(self) -> VGroup:
        """The name of what is set."""
        return self.submobjects[3]

    def set_value(self, value: Any, passport: Passport = None) -> Slider:
        """Move the knob to another value and write it.

        Raises
        ------
        ValueError
            If it is not on the track.
        """
        self._check(float(value))
        self.numeral.set_value(value, passport)
        return self._hold_knob()

    @override_animate(set_value)
    def _set_value_animation(self, value, passport=None, anim_args=None) -> Animation:
        return MoveSlider(self, value, passport, **(anim_args or {}))

    def _check(self, value: float) -> None:
        if not self.low <= value <= self.high:
            raise ValueError(f"{value} was asked for; the track reaches from {self.low} to {self.high}.")

    def _hold_knob(self) -> Slider:
        share = (self.numeral.value - self.low) / (self.high - self.low)
        first, last = self.track.points[0], self.track.points[-1]
        self.knob.move_to(first + share * (last - first))
        return self


class MoveSlider(PartMotion):
    """The knob of a slider moves to another value while the number counts.

    Parameters
    ----------
    slider : Slider
    value : float or Quantity
        Where to end.
    passport : str or tuple, optional
        Declares it.

    Examples
    --------
    >>> slider = Slider(0.5, 0, 2, "T", length=6, passport="set by hand").scale(1.2)
    >>> self.add(slider)
    >>> self.play(MoveSlider(slider, 1.5, "set by hand"))
    """

    AFRESH = True

    def __init__(self, slider: Slider, value: Any, passport: Passport = None, **kwargs) -> None:
        slider.copy().set_value(value)  # refuses now what would fail in the middle of a film
        self.slider, self.goal = slider, float(value)
        self.passport = passport_of(value) if passport is None else passport
        kwargs.setdefault("run_time", theme.TIME_SLOW)
        super().__init__([slider], **kwargs)

    def prepare(self) -> None:
        """Note the value now."""
        self.start, self.start_passport = self.slider.numeral.value, self.slider.numeral.passport

    def show_moment(self, time: float) -> None:
        """Show the value of this moment; at both ends exactly the one that belongs there."""
        progress = self.rate_func(time)
        ends = {0.0: (self.start, self.start_passport), 1.0: (self.goal, self.passport)}
        self.slider.set_value(*ends.get(progress, ((1 - progress) * self.start + progress * self.goal, None)))
