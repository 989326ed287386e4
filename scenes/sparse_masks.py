"""Ways to skip most meetings: masks by which a word meets only a few of those before it, and cards that show them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from manim import DOWN, LEFT, RIGHT, VGroup
from numpy.typing import NDArray

from mobjects import Numeral, label, layout, theme
from mobjects.heat_layer import HeatLayer, MiniPattern, cells_shape
from mobjects.token_label import row_label
from scenes.context_raster import FULL
from scenes.language import _

SIDE = 2.55  # of a thumbnail
TITLE = 28
Mask = NDArray[np.bool_]


class Family(NamedTuple):
    """One way: its name, and the cells it keeps, axes (query, key)."""

    name: str
    mask: Mask


def window(distance: Any, budget: int) -> Mask:
    """The last few."""
    return np.asarray(distance < budget)


def families(pattern: Any, budget: int) -> list[Family]:
    """Six ways by which each query meets at most ``budget`` keys, itself among them, and never a later one.

    Parameters
    ----------
    pattern : float array, shape (query, key)
        Shares; only the last family looks at them.
    budget : int
        At least 1.
    """
    shares = np.asarray(pattern, dtype=float)
    count = len(shares)
    query, key = np.indices(shares.shape)
    distance = query - key
    past = distance >= 0
    few = budget // 4
    order = np.argsort(-np.where(past, shares, -1), axis=1, kind="stable")
    strongest = np.zeros_like(past)
    np.put_along_axis(strongest, order[:, :budget], True, axis=1)
    powers = ((distance & (distance - 1)) == 0) & (distance < 2 ** (budget - 1))  # 0, 1, 2, 4, 8, ... back
    chosen = (
        (_("window"), window(distance, budget)),
        (_("blocks"), query // budget == key // budget),
        (_("strides"), distance % -(-count // budget) == 0),
        (_("first and last"), (key < few) | window(distance, budget - few)),
        (_("powers of two"), powers),
        (_("best possible"), strongest),
    )
    return [Family(name, mask & past) for name, mask in chosen]


def kept(pattern: Any, mask: Mask) -> float:
    """The share of all attention that lies under a mask, 0 to 1."""
    shares = np.asarray(pattern, dtype=float)
    return float((shares * mask).sum() / shares.sum())


def met(mask: Mask) -> float:
    """The share of the cells a word may look at that a mask keeps, 0 to 1."""
    count = len(mask)
    return float(mask.sum() / (count * (count + 1) / 2))


class MaskedPattern(MiniPattern):
    """A thumbnail of a page's pattern."""

    MAX_SIZE = 256


class MaskCard(VGroup):
    """A page's pattern under a mask: the cells it keeps, and beside it how much of all attention lies there.

    Parameters
    ----------
    pattern : Quantity, shape (query, key)
    way : Family
    """

    def __init__(self, pattern: Any, way: Family) -> None:
        super().__init__()
        shares = np.asarray(pattern, dtype=float)
        grid = MaskedPattern(shares * way.mask, SIDE, passport=UNDER, full=FULL)
        grid.plate.set_fill(theme.BLOCK, 0.6)
        self.allowed = cells_shape(grid, way.mask, theme.KEY, theme.OPACITY_HALF)
        self.dropped = HeatLayer(grid, shares * ~way.mask, passport="a head's pattern outside a mask", full=FULL)
        self.pattern = VGroup(grid, self.dropped)
        self.title = row_label(way.name, TITLE)
        left, top = grid.get_left()[0], grid.get_top()[1]
        self.title.shift([left - self.title.get_left()[0], top + layout.GAP_RELATED, 0])
        self.numbers, self.words = VGroup(), VGroup()
        for share, word, size, color, y in (
            (kept(shares, way.mask), _("attention"), theme.FONT_BODY, theme.HIGHLIGHT, 0.55),
            (met(way.mask), _("cells"), theme.FONT_LABEL, theme.MUTED, -0.75),
        ):
            passport = KEPT if color == theme.HIGHLIGHT else MET
            number = Numeral(share, 0, "never", factor=100, font_size=size, color=color, passport=passport)
            sign = row_label("%", size, color).next_to(number, RIGHT, buff=layout.GAP_TIGHT)
            line = VGroup(number, sign)
            words = label(word, theme.FONT_SMALL, theme.MUTED)
            line.move_to(grid.get_right() + [layout.GAP_RELATED, y, 0], aligned_edge=LEFT)
            words.next_to(line, DOWN, buff=layout.GAP_LABEL).align_to(line, LEFT)
            self.numbers.add(number)
            self.words.add(sign, words)
        self.add(self.allowed, self.pattern, self.title, self.numbers, self.words)


UNDER = "a head's pattern under a mask"
KEPT, MET = "share of attention under a mask", "share of the cells that a mask keeps"
