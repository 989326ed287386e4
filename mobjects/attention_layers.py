"""What fills the cells of an attention grid: numbers, dots, heat squares, symbol pairs, masks.

A layer is built for a whole grid at once and keyed by ``(query, key)``; grids build them (see
:class:`mobjects.attention.AttentionTable`), scenes show, swap and move them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from manim import LEFT, RIGHT, Circle, Rectangle, VGroup, VMobject

from mobjects import theme

DOT_REACH = 0.45
OMITTED_BELOW = 0.001


class CellLayer(VGroup):
    """Mobjects at the cells of a grid, found by ``(query, key)``; some cells may be empty.

    ``values`` is the array shown, axes (query, key), or None for symbols and masks.
    """

    def __init__(self, n_query: int, n_key: int, values: np.ndarray | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.values = values
        self.slots = np.full((n_query, n_key), -1)

    @property
    def cells(self) -> list[tuple[int, int]]:
        """The filled cells as (query, key), in the order of ``submobjects``."""
        filled = [(int(query), int(key)) for query, key in np.argwhere(self.slots >= 0)]
        return sorted(filled, key=lambda cell: self.slots[cell])

    def place(self, query: int, key: int, mobject: VMobject) -> CellLayer:
        """Add a mobject as the content of a cell; it is not moved."""
        self.slots[query, key] = len(self.submobjects)
        self.add(mobject)
        return self

    def has(self, query: int, key: int) -> bool:
        """Whether the cell is filled."""
        return bool(self.slots[query, key] >= 0)

    def at(self, query: int, key: int) -> VMobject:
        """Return the content of a cell; ``KeyError`` if it is empty."""
        if not self.has(query, key):
            raise KeyError(f"The cell of query {query} and key {key} is empty in this layer.")
        return self.submobjects[self.slots[query, key]]

    def items(self) -> Iterator[tuple[tuple[int, int], VMobject]]:
        """Yield ((query, key), content) for every filled cell."""
        return ((cell, self.at(*cell)) for cell in self.cells)

    def column(self, query: int) -> VGroup:
        """Return the contents under one query, from the first key to the last."""
        return VGroup(*(self.at(query, key) for key in range(self.slots.shape[1]) if self.has(query, key)))

    def row(self, key: int) -> VGroup:
        """Return the contents beside one key, from the first query to the last."""
        return VGroup(*(self.at(query, key) for query in range(self.slots.shape[0]) if self.has(query, key)))

    def only(self, cells: Iterable[tuple[int, int]]) -> CellLayer:
        """Return a layer that shows these cells alone; the contents are this layer's own, not copies."""
        part = CellLayer(*self.slots.shape, values=self.values)
        for cell in cells:
            part.place(*cell, self.at(*cell))
        return part

    def discard(self, query: int, key: int) -> VMobject:
        """Empty a cell and return what it held."""
        content, slot = self.at(query, key), self.slots[query, key]
        self.remove(content)
        self.slots[query, key] = -1
        self.slots[self.slots > slot] -= 1
        return content


UNIT_CIRCLE = Circle(radius=1).points.copy()


class WeightDot(VMobject):
    """A disc whose area stands for a share; shares below 0.001 draw nothing but keep their place.

    ``value`` is the exact share, ``passport`` says where it came from.
    """

    def __init__(self, value: float, center: np.ndarray, reach: float, passport=None) -> None:
        super().__init__(stroke_width=0, fill_color=theme.DOT, fill_opacity=1)
        self.value, self.passport = float(value), passport
        self.draw_at(center, reach * np.sqrt(value) if value >= OMITTED_BELOW else 0.0)

    @property
    def radius(self) -> float:
        """The radius as drawn, in manim units; 0 for an omitted share."""
        return float(np.ptp(self.points[:, 0]) / 2)

    @property
    def middle(self) -> np.ndarray:
        """The centre, also of a dot too small to draw."""
        return (self.points.min(axis=0) + self.points.max(axis=0)) / 2

    def draw_at(self, center: np.ndarray, radius: float) -> WeightDot:
        """Draw the disc anew; ``value`` is left alone."""
        # A dot of radius 0 keeps its points, all in one place, so that it moves with its layer and can grow again.
        self.set_points(UNIT_CIRCLE * radius + center)
        return self


class SymbolPair(VGroup):
    """Copies of a key's and a query's symbol with the dot of a product between: ``key``, ``product``, ``query``."""

    def __init__(self, key: VMobject, query: VMobject) -> None:
        left, right = key.copy(), query.copy()
        product = Circle(radius=0.06 * left.height, stroke_width=0, fill_color=theme.TEXT, fill_opacity=1)
        super().__init__(left, product, right)
        self.arrange(RIGHT, buff=0.14 * left.height)

    @property
    def key(self) -> VMobject:
        """The copy of the key's symbol."""
        return self.submobjects[0]

    @property
    def product(self) -> VMobject:
        """The dot between the symbols."""
        return self.submobjects[1]

    @property
    def query(self) -> VMobject:
        """The copy of the query's symbol."""
        return self.submobjects[2]


class EntropyBar(VGroup):
    """A thin bar, ``level`` over ``track``, for how widely one column is spread; ``value`` is its entropy in nats."""

    def __init__(self, value: float, full: float, center: np.ndarray, width: float, height: float) -> None:
        share = min(max(value / full, 0.0), 1.0) if full > 0 else 0.0
        track = cell_rectangle(center, width, height, stroke_width=0, fill_color=theme.BLOCK, fill_opacity=1)
        level = cell_rectangle(
            center, width * share, height, stroke_width=0, fill_color=theme.UPDATE, fill_opacity=float(share > 0)
        ).align_to(track, LEFT)
        super().__init__(track, level)
        self.value, self.passport = float(value), "entropy of the shown column"

    @property
    def track(self) -> Rectangle:
        """The full length."""
        return self.submobjects[0]

    @property
    def level(self) -> Rectangle:
        """The measured length."""
        return self.submobjects[1]


def entropy(shares: np.ndarray) -> float:
    """Return the entropy of shares in nats; a share of 0 adds nothing."""
    positive = shares[shares > 0]
    return float(-(positive * np.log(positive)).sum())


def future_cells(n_query: int, n_key: int) -> np.ndarray:
    """Return a bool array, axes (query, key): True where the key comes after the query."""
    return np.arange(n_key)[None, :] > np.arange(n_query)[:, None]


def number_color(value: float, rule: str, strongest: float) -> str:
    """Return the colour of a number: by sign and size, by share, or the colour named."""
    if rule == "signed":
        return theme.signed_color(value, strongest)
    if rule == "share":
        return theme.magnitude_color(value, 1.0)
    return rule


def passport_at(values, *index: int, passport=None):
    """Return the passport of one element: the given one, else the Quantity's own, else None."""
    if passport is not None:
        return passport
    return values[index].passport if hasattr(values, "passport") else None


def checked_values(values, shape: tuple[int, ...], axes: str) -> np.ndarray:
    """Return ``values`` as floats, or refuse a wrong shape and numbers that are not finite."""
    array = np.asarray(values, dtype=float)
    if array.shape != shape:
        raise ValueError(f"Values of shape {array.shape} were found; this grid expects {shape}, axes {axes}.")
    if not np.isfinite(array).all():
        raise ValueError("Values that are not finite were found; leave masked cells out instead of passing -inf.")
    return array


def checked_weights(values, shape: tuple[int, ...], axes: str = "(query, key)") -> np.ndarray:
    """Return ``values`` as shares, or refuse anything outside 0 to 1."""
    array = checked_values(values, shape, axes)
    if array.min() < -1e-9 or array.max() > 1 + 1e-6:
        raise ValueError(f"Shares from {array.min():.3g} to {array.max():.3g} were found; expected 0 to 1.")
    return array


def cell_rectangle(center: np.ndarray, width: float, height: float, inset: float = 0.0, **style) -> Rectangle:
    """Return a rectangle that fills a cell but for ``inset`` on each side."""
    return Rectangle(width=max(width - 2 * inset, 0.01), height=max(height - 2 * inset, 0.01), **style).move_to(center)
