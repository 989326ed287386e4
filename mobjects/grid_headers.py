"""Tokens above and before a table, and the size of its cells, so that all of it fits a room."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, VGroup

from mobjects import layout, theme
from mobjects.cell_grid import CellGrid
from mobjects.tokens import Token, TokenRow

# Cells are square, or wider where the words need it, up to this many times their height.
WIDEST = 1.6
LARGEST_CELL = 1.1
ROW_SHARE = 0.84
# Words that would have to shrink below this share of their size stand at a slant over their columns instead.
LEAST_SHRINK = 0.86
SLANT = np.deg2rad(40)
GAP = layout.GAP_LABEL


class Headers(NamedTuple):
    """Tokens for the columns and the rows of a table, and the size of its cells in manim units.

    ``every`` says how many columns and how many rows share one token.
    """

    above: VGroup
    before: VGroup
    cell_width: float
    cell_height: float
    slanted: bool
    every: tuple[int, int] = (1, 1)


def plan_headers(above: Sequence[str], before: Sequence[str], width: float, height: float, size: float) -> Headers:
    """Return the headers of a table with one column per text of ``above`` and one row per text of ``before``.

    Parameters
    ----------
    above, before : sequence of str
        Tokens as text.
    width, height : float
        Room for the table with its headers, in manim units.
    size : float
        Font size of the words, before they shrink to their rows.
    """
    left, top = tokens_of(before, size), tokens_of(above, size)
    lane_top = top[0].height + GAP
    for slanted in (False, True):
        cell_height = min(LARGEST_CELL, (height - lane_top) / len(before))
        factor = min(1.0, ROW_SHARE * cell_height / left[0].height)
        lane_left, widest = factor * left.width + GAP, factor * top.width
        wanted = min(max(cell_height, 1.04 * widest), WIDEST * cell_height)
        cell_width = min(wanted, (width - lane_left - slanted * widest * np.cos(SLANT)) / len(above))
        if 1.02 * widest * LEAST_SHRINK <= cell_width:
            break
        lane_top = widest * np.sin(SLANT) + top[0].height * np.cos(SLANT) + GAP
    left.scale(factor)
    top.scale(min(factor, cell_width * (0.9 * np.sin(SLANT) / top[0].height if slanted else 0.97 / top.width)))
    return Headers(top, left, cell_width, cell_height, slanted)


def plan_thinned(above: Sequence[str], before: Sequence[str], width: float, height: float, size: float) -> Headers:
    """Return the headers of a table of many cells: as :func:`plan_headers`, with a token only where there is room."""
    cell, size = 0.7 * min(width / len(above), height / len(before)), min(size, theme.FONT_SMALL)
    pitch = tokens_of(["x"], size).height
    every = math.ceil(1.1 * pitch / (np.sin(SLANT) * cell)), math.ceil(pitch / cell)
    top, left = (tokens_of(pieces[::step], size) for pieces, step in zip((above, before), every, strict=True))
    # The last token of the rows may reach below the cells.
    lane_top = top.width * np.sin(SLANT) + 1.5 * pitch + GAP
    lane_left = left.width + GAP
    cell = min((width - lane_left - top.width * np.cos(SLANT)) / len(above), (height - lane_top) / len(before))
    return Headers(top, left, cell, cell, True, every)


def tokens_of(pieces: Sequence[str], size: float) -> VGroup:
    """Return loose tokens with plates, all with their middles at the origin: the group is as wide as the widest."""
    row = TokenRow(pieces, font_size=size, space="between", max_width=1e6)
    return VGroup(*(token.move_to([0, 0, 0]) for token in row.tokens))


def place_headers(grid: CellGrid, headers: Headers) -> None:
    """Put the tokens where the columns and rows of ``grid`` begin; those before the rows end in one line."""
    edges = [(grid.query_edge, headers.above), (grid.key_edge, headers.before)]
    if grid.transposed:
        edges = [(grid.key_edge, headers.above), (grid.query_edge, headers.before)]
    (above, tops), (before, lefts) = edges
    for place, token in enumerate(tops):
        stand(token, above(place * headers.every[0]), headers.slanted)
    for place, token in enumerate(lefts):
        token.move_to(before(place * headers.every[1]) + GAP * LEFT, aligned_edge=RIGHT)


def stand(token: Token, foot: np.ndarray, slanted: bool) -> None:
    """Put a token above ``foot``, upright or at a slant."""
    if slanted:
        start = token.get_left()
        token.rotate(SLANT, about_point=start).shift((foot - start) * RIGHT)
        token.set_y(foot[1] + GAP, direction=DOWN)
    else:
        token.move_to(foot + GAP * UP, aligned_edge=DOWN)
