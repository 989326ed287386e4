"""Motion of a pair of arrows."""

from __future__ import annotations

from typing import Any

import numpy as np

from mobjects.angles import AngleVectorPair, checked_pair, drawn_geometry
from mobjects.dimming import PartMotion, leaves_of
from mobjects.numerals import Numbers, Passport


class TurnVectors(PartMotion):
    """Both arrows of a pair turn and stretch to two other vectors; arc and number follow.

    Parameters
    ----------
    pair : AngleVectorPair
    values : float array or Quantity, shape (2, d)
        Where to end; arrows take the shorter way round.
    passport : str or tuple, optional
        Declares the number at the end; the one it has if not given.

    Examples
    --------
    >>> roles, said = [theme.QUERY, theme.KEY], "dot product: the arrows drawn"
    >>> pair = AngleVectorPair([(2, 0), (2, 1)], ["a", "b"], roles, "dot", reach=4, passport=said)
    >>> self.add(pair.shift(1.5 * DOWN))
    >>> self.play(TurnVectors(pair, [(2, 0), (0, 2)]), run_time=2)
    >>> self.play(TurnVectors(pair, [(2, 0), (-1, 2)]), run_time=2)
    """

    def __init__(self, pair: AngleVectorPair, values: Numbers, passport: Passport = None, **kwargs: Any) -> None:
        self.pair, self.goal, self.passport = pair, values, passport
        self.ends = drawn_geometry(checked_pair(values))
        super().__init__(leaves_of([pair]), entering=[pair], **kwargs)

    def prepare(self) -> None:
        """Note how the arrows lie, and the shorter way to where they go."""
        pair = self.pair
        self.start = (pair.values, pair.passports, pair.lengths, pair.directions, pair.number.passport)
        ways = (self.ends[1] - pair.directions + 180) % 360 - 180
        # Half a turn goes counter-clockwise.
        self.ways = np.where(np.isclose(ways, -180), 180, ways)

    def show_moment(self, time: float) -> None:
        """Turn the arrows as far as they are at a moment; at both ends they are exactly what they should be."""
        progress = self.rate_func(time)
        values, passports, lengths, directions, passport = self.start
        if progress == 1:
            self.pair.set_values(self.goal, passport if self.passport is None else self.passport)
        elif progress == 0:
            self.pair.values, self.pair.passports = values, passports
            self.pair.point(lengths, directions, passport)
        else:
            stretched = (1 - progress) * lengths + progress * self.ends[0]
            self.pair.point(stretched, directions + progress * self.ways)
