"""What learning looks like: text rains over a table while its numbers change; a picture is baked into a vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import Mobject, VGroup, VMobject
from manim.utils.rate_functions import linear, smooth

from mobjects import layout, theme
from mobjects.animations import ChangeValues
from mobjects.attention_animations import Look, staggered, window
from mobjects.dimming import PartMotion
from mobjects.numerals import Floats, Numbers, Passport
from mobjects.text import label

DROPS = 28
DRIFT = np.array([1.0, -2.0, 0.0])
BRIGHTEST = 0.75
# Share of the run time that a word is seen.
LIFE = 0.55
# Steps of a sequence that fills a square evenly: powers of the plastic number, see M. Roberts, 2018.
EVEN = np.array([0.7548776662466927, 0.5698402909980532])
ARC = np.deg2rad(30)


class DataRain(PartMotion):
    """Words drift over a table, to the right and down, while its numbers go through states and end at the last one.

    The gesture for "learned from data": words are scraps of the text trained on, states are recorded while training.

    Parameters
    ----------
    table : NumericGrid, WeightMatrix, HeatMatrix, EmbeddingArray ...
        Anything with ``values`` and ``set_values``; at the first state when the motion starts.
    states : sequence of float arrays or Quantities
        Two or more, each as ``table.set_values`` takes it; the last one is shown exactly, with its passport.
    words : sequence of str
        Scraps of text; used again from the start when there are fewer than drops.
    drops : int
        How many words fall.

    Raises
    ------
    ValueError
        If there are no words, fewer than two states, or a state does not fit the table.

    Source
    ------
    States: ``model.recording.history``, in scenes ``quantity("CKPT")``.

    Examples
    --------
    >>> states = [state for state in self.quantity("CKPT")]
    >>> matrix = WeightMatrix(states[0], max_rows=8, max_columns=10, factor=10, color_scale=0.2)
    >>> self.add(matrix)
    >>> self.play(DataRain(matrix, states, ["once upon a time", "a little fox", "the old king", "said he"]), run_time=4)
    """

    def __init__(
        self,
        table: Any,
        states: Sequence[Numbers],
        words: Sequence[str],
        drops: int = DROPS,
        passport: Passport = None,
        run_time: float | None = None,
        **kwargs,
    ) -> None:
        if len(states) < 2 or not len(words):
            raise ValueError(f"{len(states)} states and {len(words)} words were found; expected two states, one word.")
        self.table, self.states, self.passport = table, states, passport
        rest = table.copy()
        self.drawn = [np.array(rest.set_values(state).values) for state in states]
        texts = [words[drop % len(words)] for drop in range(drops)]
        self.rain = VGroup(*(label(text, size=theme.FONT_SMALL, color=theme.MUTED) for text in texts))
        # Behind the table, so that its numbers can be read all the while.
        self.rain.set_z_index(min(part.z_index for part in table.get_family()) - 1)
        super().__init__(
            [self.rain, table],
            entering=[self.rain],
            leaving=[self.rain],
            run_time=theme.TIME_CAMERA if run_time is None else run_time,
            rate_func=linear,
            **kwargs,
        )

    def prepare(self) -> None:
        """Scatter the words over the table and a little around."""
        low, size = self.table.get_corner([-1, -1, 0]), np.array([self.table.width, self.table.height, 0])
        self.looks = [Look(word) for word in self.rain]
        places = np.mod(0.5 + EVEN * np.arange(1, len(self.looks) + 1)[:, None], 1)
        margin = layout.GAP_SECTION
        self.places: Floats = low - margin + np.column_stack([places, np.zeros(len(places))]) * (size + 2 * margin)

    def show_moment(self, time: float) -> None:
        """Let each word fall in its own time, and show the numbers between two states."""
        count = len(self.looks)
        for place, (look, middle) in enumerate(zip(self.looks, self.places, strict=True)):
            start = (1 - LIFE) * place / max(count - 1, 1)
            life = window(time, start, start + LIFE)
            look.show(middle + (life - 0.5) * DRIFT, strength=BRIGHTEST * float(np.sin(np.pi * life)))
        if time >= 1:
            last = self.states[-1]
            self.table.set_values(last) if self.passport is None else self.table.set_values(last, self.passport)
            return
        passed = smooth(time) * (len(self.drawn) - 1)
        before = min(int(passed), len(self.drawn) - 2)
        share = passed - before
        self.table.set_values((1 - share) * self.drawn[before] + share * self.drawn[before + 1])


class VectorBake(PartMotion):
    """Copies of something shrink into the entries of a vector, which takes other values as they land.

    Parameters
    ----------
    source : VMobject
        A word, a bubble, a picture; stays where it is.
    vector : NumericEmbedding or ValueStrip
        On the scene.
    values : float array or Quantity
        What it holds in the end.
    passport : str or tuple, optional
        Declares them, instead of a Quantity.

    Raises
    ------
    ValueError
        If the values do not fit the vector.

    Examples
    --------
    >>> word = TokenRow(self.pieces[3:4], font_size=theme.FONT_TITLE).move_to(3.5 * LEFT)
    >>> before, after = self.activations["embed"][3], self.activations["resid_post", 5][3]
    >>> vector = NumericEmbedding(before, length=8).scale(1.2).move_to(3 * RIGHT)
    >>> self.add(word, vector)
    >>> self.play(VectorBake(word, vector, after))
    """

    def __init__(
        self,
        source: VMobject,
        vector: Any,
        values: Numbers,
        passport: Passport = None,
        run_time: float | None = None,
        **kwargs,
    ) -> None:
        vector.copy().set_values(values)  # refuses now what would fail in the middle of a film
        self.source, self.vector = source, vector
        self.change = ChangeValues(vector, values, lag_ratio=0.05, passport=passport)
        self.copies = VGroup(*(source.copy() for _ in _entries(vector)))
        super().__init__(
            [self.copies, vector],
            entering=[self.copies],
            leaving=[self.copies],
            run_time=theme.TIME_SLOW if run_time is None else run_time,
            rate_func=linear,
            **kwargs,
        )

    def prepare(self) -> None:
        """Note where each copy flies, and begin to change the numbers."""
        self.change.begin()
        start = self.source.get_center()
        self.flights = [
            (Look(copy), start, entry.get_center(), max(entry.height, 0.05) / max(copy.height, 0.05))
            for copy, entry in zip(self.copies, _entries(self.vector), strict=True)
        ]

    def show_moment(self, time: float) -> None:
        """Write each copy on its arc, and the numbers of this moment."""
        for place, (look, start, end, small) in enumerate(self.flights):
            flown = smooth(staggered(window(time, 0, 0.85), place, len(self.flights), 0.05))
            bow = np.sin(np.pi * flown) * np.tan(ARC / 2) / 2 * np.array([start[1] - end[1], end[0] - start[0], 0])
            light = 0.0 if flown <= 0 else 1 - window(flown, 0.75, 1)
            look.show((1 - flown) * start + flown * end + bow, (1 - flown) + flown * small, 0.6 * light)
        self.change.interpolate(window(time, 0.5, 1))

    def finish(self) -> None:
        """End at the very values given."""
        super().finish()
        self.change.finish()


def _entries(vector: Any) -> Sequence[Mobject]:
    return list(getattr(vector, "entries", vector))
