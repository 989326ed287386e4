"""The gradient as a tall column: one signed number per weight, and the way down to the two one talks about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import RIGHT, SurroundingRectangle, Text, VGroup

from mobjects import layout, theme
from mobjects.attention_animations import Look, window
from mobjects.counted import checked_numbers
from mobjects.dimming import PartMotion
from mobjects.embedding import NumericEmbedding
from mobjects.matrix import SUPERSCRIPTS, readable_factor
from mobjects.numerals import Floats, Numbers
from mobjects.text import label


def spread_window(length: int, each: int = 3) -> list[int]:
    """Return the first, the middle and the last indices, ``each`` of them; all if they are few.

    >>> spread_window(50, 2)
    [0, 1, 24, 25, 48, 49]
    """
    if each < 1:
        raise ValueError(f"{each} were asked for; expected at least one from each part.")
    if length <= 3 * each + 2:
        return list(range(length))
    middle = (length - each) // 2
    return [*range(each), *range(middle, middle + each), *range(length - each, length)]


class GradientColumn(NumericEmbedding):
    """A tall column of signed numbers, one per weight: blue above zero, red below, dots for those left out.

    Parameters
    ----------
    values : float array or Quantity, shape (n,)
        All of them, unscaled.
    each : int
        Draw so many from the top, the middle and the bottom.
    shown : sequence of int, optional
        Draw exactly these instead, in increasing order.
    factor : float or "readable"
        Digits show ``factor`` times the value, a power of ten, and the column says so.
    **options
        As for :class:`mobjects.numeric_grid.NumericGrid`: decimals, font_size, color_scale, passport ...

    Raises
    ------
    ValueError
        If ``values`` is not one-dimensional, empty or not finite.

    Source
    ------
    The gradient of a loss, as recorded in training.

    Examples
    --------
    >>> column = GradientColumn(self.quantity("GRAD")).scale(1.2)
    >>> self.play(FadeIn(column, lag_ratio=0.01))
    >>> self.play(FadeIn(column.digit_boxes(), lag_ratio=0.05))
    """

    def __init__(
        self,
        values: Numbers,
        each: int = 3,
        shown: Sequence[int] | None = None,
        factor: float | str = 1.0,
        **options,
    ) -> None:
        array = checked_numbers(values, ("n",))
        scale = readable_factor(array) if factor == "readable" else float(factor)
        exponent = round(np.log10(scale)) if scale > 0 else 0
        if scale <= 0 or not np.isclose(10.0**exponent, scale):
            raise ValueError(f'factor={factor} was found; expected a power of ten such as 100, or "readable".')
        window_shown = spread_window(len(array), each) if shown is None else shown
        style: dict[str, Any] = {"color_by": "signed", "decimals": 2, "factor": scale} | options
        super().__init__(values, shown=window_shown, **style)
        self.given, self.options = values, style | {"color_scale": self.color_scale}
        if exponent:
            self.add(self._note(exponent))

    @property
    def factor_note(self) -> Text | None:
        """The words that say how digits are scaled; None if they are not."""
        return self.submobjects[3] if len(self.submobjects) > 3 else None

    def _note(self, exponent: int) -> Text:
        power = "" if exponent == -1 else str(-exponent).translate(SUPERSCRIPTS)
        note = label(f"× 10{power}", size=self.options.get("font_size") or theme.FONT_SMALL, color=theme.MUTED)
        return note.next_to(self.brackets, RIGHT, buff=layout.GAP_LABEL).set_y(self.entry(0).get_y())

    def digit_boxes(self, color: str | None = None) -> VGroup:
        """Return a box around each number drawn, none around dots; ``theme.HIGHLIGHT`` if no colour is given."""
        ink = theme.HIGHLIGHT if color is None else color
        widest = max(entry.width for entry in self.entries)
        boxes = VGroup(*(SurroundingRectangle(entry, color=ink, buff=layout.GAP_TIGHT) for entry in self.entries))
        for box, entry in zip(boxes, self.entries, strict=True):
            # All boxes are as wide, and end where the numbers do.
            box.stretch_to_fit_width(widest + 2 * layout.GAP_TIGHT).align_to(entry, RIGHT)
            box.shift([layout.GAP_TIGHT, 0, 0]).set_stroke(width=theme.STROKE_BOX)
        return boxes

    def reduced(self, keep: Sequence[int]) -> GradientColumn:
        """Return a column of the numbers at ``keep`` alone, places among those drawn; dots stand for all others.

        Raises
        ------
        ValueError
            If a place is not drawn, or they are not in increasing order.
        """
        if not keep or max(keep) >= len(self.shown) or min(keep) < 0:
            raise ValueError(f"The places {list(keep)} were found; expected some from 0 to {len(self.shown) - 1}.")
        few = GradientColumn(self.given, shown=[self.shown[place] for place in keep], **self.options)
        few.scale(self.entry(keep[0]).height / few.entry(0).height)
        return few.shift(self.brackets.get_center() - few.brackets.get_center())


class ReduceColumn(PartMotion):
    """All numbers of a column but a few shrink into dots, and the column closes around those few.

    Parameters
    ----------
    column : GradientColumn
        Leaves.
    few : GradientColumn
        ``column.reduced(...)``; enters.

    Examples
    --------
    >>> column = GradientColumn(self.quantity("GRAD")).scale(1.2)
    >>> few = column.reduced([0, 7])
    >>> self.add(column)
    >>> self.play(ReduceColumn(column, few))
    >>> self.play(FadeIn(few.digit_boxes()))
    """

    def __init__(self, column: GradientColumn, few: GradientColumn, run_time: float | None = None, **kwargs) -> None:
        missing = [index for index in few.shown if index not in column.shown]
        if missing:
            raise ValueError(f"Numbers {missing} are not drawn in the column; expected some of {list(column.shown)}.")
        self.column, self.few = column, few
        super().__init__(
            [column, few],
            entering=[few],
            leaving=[column],
            run_time=theme.TIME_SLOW if run_time is None else run_time,
            **kwargs,
        )

    def prepare(self) -> None:
        """Read where everything stands."""
        column, few = self.column, self.few
        old = [column.entry(column.shown.index(index)) for index in few.shown]
        self.kept = [(Look(new), before.get_center()) for new, before in zip(few.entries, old, strict=True)]
        dots = [part.get_center() for part in few.ellipses] or [few.get_center()]
        gone = [entry for index, entry in zip(column.shown, column.entries, strict=True) if index not in few.shown]
        self.gone = [(Look(part), _nearest(part.get_center(), dots)) for part in (*gone, *column.ellipses)]
        self.hidden = [Look(part) for part in (*old, column.brackets)]
        self.dots = [Look(part) for part in few.ellipses]
        ends = zip(column.brackets, few.brackets, strict=True)
        self.brackets = [(new, old.points.copy(), new.points.copy()) for old, new in ends]
        self.notes = [Look(part) for part in column.submobjects[3:]], [Look(part) for part in few.submobjects[3:]]

    def show_moment(self, time: float) -> None:
        """Draw both columns as they are at ``time``."""
        moved = self.rate_func(time)
        for look, start in self.kept:
            look.show((1 - moved) * start + moved * look.center)
        for look, goal in self.gone:
            look.show((1 - moved) * look.center + moved * goal, 1 - 0.8 * moved, 1 - window(moved, 0.2, 0.8))
        for look in self.hidden:
            look.show(strength=0)
        for look in self.dots:
            look.show(strength=window(moved, 0.75, 1))
        for bracket, start, end in self.brackets:
            bracket.points = (1 - moved) * start + moved * end
        old, new = self.notes
        for look in old:
            look.show(strength=0)
        for look, before in zip(new, old, strict=False):
            look.show((1 - moved) * before.center + moved * look.center)

    def clean_up_from_scene(self, scene) -> None:
        """Take the long column off the scene, as it was."""
        super().clean_up_from_scene(scene)
        for look in (*(look for look, _ in self.gone), *self.hidden, *self.notes[0]):
            look.show()


def _nearest(place: Floats, places: Sequence[Floats]) -> Floats:
    return min(places, key=lambda other: abs(other[1] - place[1]))
