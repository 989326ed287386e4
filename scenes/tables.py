"""Tables of weights as scenes draw them: true entries at true proportion, framed in the colour of their role."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Rectangle, VGroup, VMobject

from mobjects import HeatMatrix, theme
from mobjects.heat_matrix import MOST
from model.activations import Quantity


class WeightTable(VGroup):
    """A table of weights: ``entries`` as coloured squares, all of them, within a ``frame``.

    Of a table that has too many numbers to be drawn, only the frame is, faintly filled.

    Parameters
    ----------
    values : Quantity, shape (rows, columns)
    unit : float
        Side of one entry, in manim units; tables with the same unit can be compared.
    color : str
        The role of the table.
    scale : float, optional
        Magnitude that gets the full colour; ``theme.value_scale`` of the values if not given.
    """

    def __init__(self, values: Quantity, unit: float, color: str, scale: float | None = None) -> None:
        super().__init__()
        rows, columns = values.shape
        self.frame = Rectangle(width=columns * unit, height=rows * unit, color=color, stroke_width=theme.STROKE_BOX)
        fits = rows * columns <= MOST
        style: dict[str, Any] = {"scale": scale, "brackets": False}
        self.entries: VMobject = HeatMatrix(values, columns * unit, rows * unit, **style) if fits else VGroup()
        if not fits:
            self.frame.set_fill(color, theme.OPACITY_CONTEXT)
        self.add(self.entries, self.frame)


def common_scale(*tables: Any) -> float:
    """One colour scale for tables that are compared."""
    return theme.value_scale(np.concatenate([np.asarray(table).ravel() for table in tables]))
