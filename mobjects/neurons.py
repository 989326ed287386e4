"""Neurons as circles, fuller when more active."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from manim import DOWN, Circle, VGroup

from mobjects import theme
from mobjects.brackets import EllipsisDots
from mobjects.carriers import Carrier
from mobjects.matrix import first_and_last
from mobjects.numerals import Floats, Numbers, Passport, passport_of

RADIUS, PITCH = 0.15, 3.2
ELLIPSIS_SIZE = 0.3


class Neuron(Carrier, Circle):
    """One neuron: a circle as full as its activation is large; ``value`` is the exact number.

    Parameters
    ----------
    radius : float
        In manim units.
    """

    def __init__(self, radius: float) -> None:
        super().__init__(radius, stroke_color=theme.TEXT, stroke_width=theme.STROKE_RULE, fill_opacity=0)
        self.value = 0.0
        self.passport: Passport = None


class NeuronColumn(VGroup):
    """Neurons below each other, with dots where more are left out.

    Parameters
    ----------
    values : float array or Quantity, shape (n,)
        Activations, unscaled. Below zero a neuron is empty, unless ``signed``.
    length : int
        Draw at most this many: the first ones and the last.
    shown : sequence of int, optional
        Draw exactly these instead, in increasing order (0-based); dots at the end say that there are more.
    signed : bool
        Fill by size, blue above zero and red below, as for a vector rather than for neurons that fire.
    scale : float
        The activation that fills a neuron; the largest size of all values if not given.
    radius : float
        In manim units.
    passport : str or tuple, optional
        Declares all of them, instead of a Quantity.

    Raises
    ------
    ValueError
        If ``values`` is not one-dimensional, empty or not finite, or ``shown`` is not increasing places of it.

    Source
    ------
    Any array; in scenes a Quantity with one axis left.

    Examples
    --------
    >>> activity = self.quantity("ACT")
    >>> busiest = sorted(np.argsort(-np.max(activity, axis=0))[:10])
    >>> most = np.max(activity)
    >>> columns = VGroup(*(NeuronColumn(activity[n], shown=busiest, scale=most) for n in range(len(activity))))
    >>> words = TokenRow(self.pieces).move_to(2.8 * UP)
    >>> for token, column in zip(words.tokens, columns):
    ...     column.next_to(token, DOWN, buff=layout.GAP)
    >>> self.play(FadeIn(words), FadeIn(columns, shift=0.25 * DOWN, lag_ratio=0.05))
    """

    def __init__(
        self,
        values: Numbers,
        length: int = 8,
        shown: Sequence[int] | None = None,
        signed: bool = False,
        scale: float | None = None,
        radius: float = RADIUS,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        array = _checked_vector(values)
        places = first_and_last(len(array), length) if shown is None else shown
        self.shown = _checked_places(places, len(array))
        self.true_length, self.signed = len(array), signed
        self.scale_value = (float(np.abs(array).max()) or 1.0) if scale is None else float(scale)
        hides = len(array) > len(self.shown)
        # The last of a cut column comes after the dots; for neurons chosen here and there, dots at the end say it once.
        self._lay_out(radius, [len(self.shown) - (shown is None)] if hides else [])
        self.set_values(values, passport)

    def _lay_out(self, radius: float, hidden_before: Sequence[int]) -> None:
        """Put neurons below each other, dots before those of ``hidden_before`` and, for len(shown), after the last."""
        self.add(VGroup(), VGroup())
        place = np.zeros(3)
        for slot in range(len(self.shown) + 1):
            if slot in hidden_before:
                self.ellipses.add(EllipsisDots((0, -1), ELLIPSIS_SIZE * radius / RADIUS).shift(place))
                place = place + PITCH * radius * DOWN
            if slot < len(self.shown):
                self.neurons.add(Neuron(radius).shift(place))
                place = place + PITCH * radius * DOWN
        self.center()

    @property
    def neurons(self) -> VGroup:
        """The circles, from the top down."""
        return self.submobjects[0]

    @property
    def ellipses(self) -> VGroup:
        """Dots for the neurons that are not drawn."""
        return self.submobjects[1]

    @property
    def values(self) -> Floats:
        """The exact activations drawn, shape (n shown,)."""
        return np.array([neuron.value for neuron in self.neurons])

    @property
    def passports(self) -> list[Passport]:
        """Where each activation drawn comes from."""
        return [neuron.passport for neuron in self.neurons]

    @passports.setter
    def passports(self, passports: Iterable[Passport]) -> None:
        for neuron, passport in zip(self.neurons, passports, strict=True):
            neuron.passport = passport

    def neuron(self, place: int) -> Neuron:
        """Return the circle of one neuron by its place in the whole vector (0-based)."""
        if place not in self.shown:
            raise ValueError(f"Neuron {place} was asked for; drawn are {', '.join(map(str, self.shown))}.")
        return self.neurons[self.shown.index(place)]

    def set_values(self, values: Numbers, passport: Passport = None) -> NeuronColumn:
        """Fill the neurons by other activations: all ``true_length`` of them, or only those drawn."""
        array = _checked_vector(values)
        if len(array) not in (self.true_length, len(self.shown)):
            raise ValueError(
                f"{len(array)} values were found; expected {self.true_length}, or {len(self.shown)} for those drawn."
            )
        window = list(self.shown) if len(array) == self.true_length else range(len(self.shown))
        colors = theme.signed_colors(array[window], 1e-12) if self.signed else None
        for slot, (neuron, place) in enumerate(zip(self.neurons, window, strict=True)):
            neuron.value = float(array[place])
            neuron.passport = passport_of(values[place]) if passport is None else passport
            fullness = (abs(neuron.value) if self.signed else neuron.value) / self.scale_value
            neuron.fill_rgbas = np.append(theme.rgba(theme.TEXT)[:3], np.clip(fullness, 0, 1))[None]
            if colors is not None:
                neuron.fill_rgbas[0, :3] = colors[slot, :3]
        return self


def _checked_vector(values: Numbers) -> Floats:
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"Values of shape {array.shape} were found; expected one activation per neuron, (n,).")
    if not np.isfinite(array).all():
        raise ValueError("Values that are not finite were found; expected ordinary numbers as activations.")
    return array


def _checked_places(places: Sequence[int], count: int) -> tuple[int, ...]:
    found = tuple(int(place) for place in places)
    if not found or found != tuple(sorted(set(found))) or found[0] < 0 or found[-1] >= count:
        raise ValueError(f"Places {list(found)} were found; expected increasing ones from 0 to {count - 1}.")
    return found
