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
        How many colours. Light grows faster than the share near zero, as everywhere in :mod:`mobjects.theme`, so that
        small shares can be told from none; those that round to step 0 draw nothing.
    passport : str or tuple, optional
        Declares all of them, instead of a Quantity.
    full : float
        The share that gets the full light; larger ones are as bright.

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

    def __init__(
        self, grid: CellGrid, values: Numbers, steps: int = STEPS, passport: Passport = None, full: float = 1.0
    ) -> None:
        super().__init__()
        self.values = checked_weights(values, grid.shape)
        self.passports = [passport_of(values) if passport is None else passport]
        levels = np.rint(np.clip(self.values / full, 0, 1) ** theme.STRENGTH_GAMMA * steps).astype(int)
        for level in np.unique(levels[levels > 0]):
            strength = float(level / steps)
            color = theme.share_color(strength ** (1 / theme.STRENGTH_GAMMA))
            self.add(cells_shape(grid, levels == level, color, strength))


class MiniPattern(CellGrid):
    """An attention pattern as a thumbnail: a plate and a few shapes for all cells, without words or rules.

    Parameters
    ----------
    pattern : float array or Quantity, shape (query, key)
        Shares, up to 128 by 128.
    side : float
        Width and height, in manim units.
    transposed : bool
        One row per query instead of one column.
    steps, passport, full
        As for :class:`HeatLayer`.
    """

    MAX_SIZE = 128

    def __init__(
        self,
        pattern: Numbers,
        side: float = 2.0,
        transposed: bool = False,
        steps: int = STEPS,
        passport: Passport = None,
        full: float = 1.0,
    ) -> None:
        shape = np.shape(pattern)
        if len(shape) != 2 or not min(shape):
            raise ValueError(f"A pattern of shape {shape} was found; expected (query, key), at least one of each.")
        columns, rows = shape[::-1] if transposed else shape
        super().__init__(*shape, side / columns, side / rows, transposed=transposed)
        plate = self.frame.copy().set_fill(theme.PLATE, 1).set_stroke(width=0)
        self.add(plate, HeatLayer(self, pattern, steps, passport, full))

    def _draw_rules(self, xs: np.ndarray, ys: np.ndarray, above: float, before: float) -> VGroup:
        return VGroup(VGroup(), VGroup())

    @property
    def plate(self) -> VMobject:
        """The ground behind all cells."""
        return self.submobjects[2]

    @property
    def heat(self) -> HeatLayer:
        """The coloured cells."""
        return self.submobjects[3]


def cells_shape(grid: CellGrid, chosen: np.ndarray, color: str, opacity: float) -> VMobject:
    """Return one filled shape that covers the cells chosen by a bool array of axes (query, key)."""
    shape = VMobject(stroke_width=0, fill_color=color, fill_opacity=opacity)
    shape.set_points(covering(grid.cell_center(-0.5, -0.5), grid.query_step, grid.key_step, chosen))
    return shape


def covering(corner: Floats, first_step: Floats, second_step: Floats, chosen: np.ndarray) -> Floats:
    """Return the points of rectangles that cover the chosen cells of a table, neighbours along a line as one.

    Parameters
    ----------
    corner : float array, shape (3,)
        Where the table begins.
    first_step, second_step : float array, shape (3,)
        From a cell to the next one, along the first and the second axis.
    chosen : bool array, two axes
    """
    runs = _runs(chosen)
    line, start, end = (runs[:, [place]] for place in range(3))
    near, far = line * first_step, (line + 1) * first_step
    corners = [
        corner + side + place * second_step for side, place in ((near, start), (far, start), (far, end), (near, end))
    ]
    lines = [(corners[place], corners[(place + 1) % 4]) for place in range(4)]
    curves = [start + share * (end - start) for start, end in lines for share in (0, 1 / 3, 2 / 3, 1)]
    return np.stack(curves, axis=1).reshape(-1, 3)


def _runs(chosen: np.ndarray) -> np.ndarray:
    """Return the runs of chosen cells along the second axis: rows (line, start, place after the end)."""
    padded = np.pad(chosen.astype(int), ((0, 0), (1, 1)))
    turns = np.diff(padded, axis=1)
    lines, starts = np.nonzero(turns == 1)
    return np.stack([lines, starts, np.nonzero(turns == -1)[1]], axis=1)
