"""A whole table of shares as a handful of shapes: for patterns too large, or too many, to draw cell by cell."""

from __future__ import annotations

import numpy as np
from manim import VGroup, VMobject

from mobjects import theme
from mobjects.attention_layers import checked_weights
from mobjects.cell_grid import CellGrid
from mobjects.numerals import Floats, Numbers, Passport, passport_of

STEPS = 24


class HeatLayer(VGroup):
    """The cells of a table coloured by share: one shape for each of a few steps of colour, however many cells.

    Parameters
    ----------
    grid : CellGrid
        Where the cells are.
    values : float array or Quantity, shape (query, key)
        Shares, 0 to 1; kept exactly in ``values``, drawn to the nearest of ``steps`` colours.
    steps : int
        How many colours; shares that round to step 0 draw nothing.
    passport : str or tuple, optional
        Declares all of them, instead of a Quantity.

    Attributes
    ----------
    passports : list
        One, for the whole table.

    Raises
    ------
    ValueError
        If there is not one share per cell, or a share is no share.

    Source
    ------
    Any array of shares; in scenes a head's pattern.
    """

    def __init__(self, grid: CellGrid, values: Numbers, steps: int = STEPS, passport: Passport = None) -> None:
        super().__init__()
        self.values = checked_weights(values, grid.shape)
        self.passports = [passport_of(values) if passport is None else passport]
        levels = np.rint(np.clip(self.values, 0, 1) * steps).astype(int)
        for level in np.unique(levels[levels > 0]):
            self.add(cells_shape(grid, levels == level, theme.share_color(level / steps), level / steps))


def cells_shape(grid: CellGrid, chosen: np.ndarray, color: str, opacity: float) -> VMobject:
    """Return one filled shape that covers the cells chosen by a bool array of axes (query, key)."""
    shape = VMobject(stroke_width=0, fill_color=color, fill_opacity=opacity)
    shape.set_points(_rectangles(grid, _runs(chosen)))
    return shape


def _runs(chosen: np.ndarray) -> np.ndarray:
    """Return the runs of chosen cells along the keys: rows (query, first key, key after the last)."""
    padded = np.pad(chosen.astype(int), ((0, 0), (1, 1)))
    turns = np.diff(padded, axis=1)
    queries, starts = np.nonzero(turns == 1)
    return np.stack([queries, starts, np.nonzero(turns == -1)[1]], axis=1)


def _rectangles(grid: CellGrid, runs: np.ndarray) -> Floats:
    """Return the points of one rectangle per run."""
    corner = grid.cell_center(-0.5, -0.5)
    query, start, end = (runs[:, [place]] for place in range(3))
    first, after = query * grid.query_step, (query + 1) * grid.query_step
    corners = [
        corner + side + key * grid.key_step
        for side, key in ((first, start), (after, start), (after, end), (first, end))
    ]
    lines = [(corners[place], corners[(place + 1) % 4]) for place in range(4)]
    curves = [start + share * (end - start) for start, end in lines for share in (0, 1 / 3, 2 / 3, 1)]
    return np.stack(curves, axis=1).reshape(-1, 3)
