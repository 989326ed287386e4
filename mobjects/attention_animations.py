"""Motions inside an attention grid: pairs meet, dots settle, columns become shares, the future is masked.

Each takes mobjects and returns an Animation. Motions that change a layer change it in place: afterwards the layer
shows, and says through ``value`` and ``passport``, what it was changed to.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import VMobject

from mobjects import theme
from mobjects.attention_layers import CellLayer, WeightDot
from mobjects.dimming import Alphas, PartMotion, leaf_alphas, leaves_of, paint_leaf
from mobjects.numerals import Numeral

LAST_START = 0.6


class Look:
    """How one part stands at a moment: points and opacities of its leaves, to be moved, scaled and faded from."""

    def __init__(self, part: VMobject) -> None:
        self.leaves = leaves_of([part])
        self.points = [leaf.points.copy() for leaf in self.leaves]
        self.alphas: list[Alphas] = [leaf_alphas(leaf) for leaf in self.leaves]
        corners = np.vstack(self.points) if self.points else np.zeros((1, 3))
        self.low, self.high = corners.min(axis=0), corners.max(axis=0)

    @property
    def center(self) -> np.ndarray:
        """The middle of the part."""
        return (self.low + self.high) / 2

    @property
    def height(self) -> float:
        """The height of the part."""
        return float(self.high[1] - self.low[1])

    def show(self, center: np.ndarray | None = None, scale: float = 1.0, strength: float = 1.0) -> None:
        """Write the part at ``center``, ``scale`` times its size, with ``strength`` times its opacity."""
        middle = self.center if center is None else center
        for leaf, points, alphas in zip(self.leaves, self.points, self.alphas, strict=True):
            leaf.points = (points - self.center) * scale + middle
            paint_leaf(leaf, alphas, strength)


def window(time: float, start: float, end: float) -> float:
    """Return how far ``time`` is between ``start`` and ``end``, 0 to 1."""
    return float(np.clip((time - start) / max(end - start, 1e-9), 0, 1))


def staggered(time: float, index: int, count: int, lag: float | None = None) -> float:
    """Return the moment of item ``index`` of ``count``, 0 to 1; the last item starts no later than at 60 %."""
    most = LAST_START / (1 - LAST_START) / max(count - 1, 1)
    step = most if lag is None else min(lag, most)
    return float(np.clip(time * ((count - 1) * step + 1) - index * step, 0, 1))


class GrowCells(PartMotion):
    """The contents of a layer grow from the middles of their cells, one after the other.

    Examples
    --------
    >>> table = AttentionTable(9)
    >>> self.add(table)
    >>> self.play(GrowCells(table.dots(self.quantity("PATT"))), run_time=2)
    """

    def __init__(self, layer: CellLayer, lag_ratio: float = theme.LAG_MANY, **kwargs) -> None:
        super().__init__(list(layer), entering=[layer], lag_ratio=lag_ratio, **kwargs)

    def prepare(self) -> None:
        """Read the contents."""
        self.looks = [Look(part) for part in self.mobject]

    def show_moment(self, time: float) -> None:
        """Write each content at its own moment."""
        for index, look in enumerate(self.looks):
            grown = self.rate_func(staggered(time, index, len(self.looks), self.lag_ratio))
            look.show(scale=grown, strength=grown)


class SwapCells(PartMotion):
    """One layer shrinks into the middles of the cells while another grows out of them; the first leaves the scene.

    Examples
    --------
    >>> table = AttentionTable(9, cell_width=1.2)
    >>> dots = table.dots(self.quantity("PATT"))
    >>> self.add(table, dots)
    >>> self.play(SwapCells(dots, table.digits(self.quantity("PATT"), decimals=2, color="share", sign="never")))
    """

    def __init__(self, old: CellLayer, new: CellLayer, lag_ratio: float = theme.LAG_MANY, **kwargs) -> None:
        kwargs.setdefault("run_time", theme.TIME_SLOW)
        self.old, self.new = list(old), list(new)
        super().__init__([*old, *new], entering=[new], leaving=[old], lag_ratio=lag_ratio, **kwargs)

    def prepare(self) -> None:
        """Read the contents of both layers."""
        self.shrinking, self.growing = [Look(part) for part in self.old], [Look(part) for part in self.new]

    def show_moment(self, time: float) -> None:
        """Write each content at its own moment: out in the first 70 %, in during the last 70 %."""
        for index, look in enumerate(self.shrinking):
            moment = staggered(time, index, len(self.shrinking), self.lag_ratio)
            left = 1 - self.rate_func(window(moment, 0, 0.7))
            look.show(scale=0.4 + 0.6 * left, strength=left)
        for index, look in enumerate(self.growing):
            grown = self.rate_func(window(staggered(time, index, len(self.growing), self.lag_ratio), 0.3, 1))
            look.show(scale=grown)


class GatherPairs(PartMotion):
    """Copies of the key and query symbols fly from the headers into the cells and meet there.

    Parameters
    ----------
    pairs : CellLayer
        From ``AttentionTable.pairs``; enters the scene.
    key_symbols, query_symbols : sequence of VMobject
        The symbols in the headers that the copies start on, one per row and one per column. They stay.

    Examples
    --------
    >>> board = AttentionBoard(self.pieces[:5], width=12, height=7)
    >>> self.add(board)
    >>> pairs = board.grid.pairs(board.key_symbols, board.query_symbols)
    >>> self.play(GatherPairs(pairs, board.key_symbols, board.query_symbols))
    """

    def __init__(
        self,
        pairs: CellLayer,
        key_symbols: Sequence[VMobject],
        query_symbols: Sequence[VMobject],
        lag_ratio: float = 0.025,
        **kwargs,
    ) -> None:
        kwargs.setdefault("run_time", theme.TIME_FLOW)
        self.pairs, self.sources = pairs, (list(key_symbols), list(query_symbols))
        super().__init__(list(pairs), entering=[pairs], lag_ratio=lag_ratio, **kwargs)

    def prepare(self) -> None:
        """Read where each copy comes from and where it goes."""
        keys, queries = ([Look(symbol) for symbol in symbols] for symbols in self.sources)
        self.flights = [
            ((Look(pair.key), keys[key]), (Look(pair.query), queries[query]), Look(pair.product))
            for (query, key), pair in self.pairs.items()
        ]

    def show_moment(self, time: float) -> None:
        """Write each pair at its own moment; the product dot appears as its factors arrive."""
        for index, (*factors, product) in enumerate(self.flights):
            moment = staggered(time, index, len(self.flights), self.lag_ratio)
            travelled = self.rate_func(moment)
            for look, source in factors:
                start = source.height / look.height if look.height else 1.0
                center = (1 - travelled) * source.center + travelled * look.center
                # Many copies leave one source: they are faint while they still lie on each other.
                light = 0.0 if travelled <= 0 else 0.4 + 0.6 * travelled
                look.show(center, (1 - travelled) * start + travelled, light)
            product.show(scale=self.rate_func(window(moment, 0.75, 1)))


class ChangeCells(PartMotion):
    """The contents of a layer become, in place, what another layer of the same grid shows.

    Dots change their area evenly, numbers count, and cells that are empty in ``new`` shrink to nothing and are
    discarded from ``layer``. ``new`` is only read.

    Raises
    ------
    ValueError
        If ``new`` has another number of queries or keys, or fills a cell that is empty in ``layer``.

    Examples
    --------
    >>> table = AttentionTable(6, cell_width=1.4)
    >>> raw = table.digits(self.quantity("RAW")[:6, :6])
    >>> self.add(table, raw)
    >>> self.play(ChangeCells(raw, table.digits(self.quantity("SCORE")[:6, :6])))
    """

    def __init__(self, layer: CellLayer, new: CellLayer, **kwargs) -> None:
        kwargs.setdefault("run_time", theme.TIME_SLOW)
        self.layer, self.new = layer, new
        check_same_cells(layer, new)
        super().__init__(list(layer), **kwargs)

    def prepare(self) -> None:
        """Read the contents of both layers."""
        self.changes = cell_changes(self.layer, self.new)

    def show_moment(self, time: float) -> None:
        """Write all contents at one moment."""
        for change in self.changes:
            change.show(self.rate_func(time))

    def finish(self) -> None:
        """Take over values and passports."""
        super().finish()
        adopt(self.layer, self.new, self.changes)


class MorphDots(ChangeCells):
    """Dots settle to other shares; at every moment their areas are a fair mixture of the old shares and the new.

    ``dots`` stays on the scene and takes over the values and passports of ``new_dots``, which is only read.

    Examples
    --------
    >>> table = AttentionTable(9)
    >>> dots = table.dots(self.activations["unmasked_pattern", self.pick.layer][self.pick.head])
    >>> self.add(table, dots)
    >>> self.play(MorphDots(dots, table.dots(self.quantity("PATT"))))
    """


class ApplyMask(PartMotion):
    """Red outlines are drawn on the future; what stands there shrinks to nothing and the rest grows to new shares.

    Parameters
    ----------
    mask_boxes : CellLayer
        From ``AttentionTable.mask_boxes``; enters the scene and stays.
    shown, masked : CellLayer
        Dots or numbers on the screen, and the same after masking (digits built with ``skip``); ``shown`` changes in
        place.
    totals : sequence of Numeral, optional
        The sums of shares below the columns, from ``AttentionTable.sums``: they fall with what is struck out and return
        to what ``masked`` adds up to, so that they are true at every moment.

    Examples
    --------
    >>> table, style = AttentionTable(6, cell_width=1.4), {"decimals": 2, "color": "share", "sign": "never"}
    >>> unmasked = self.activations["unmasked_pattern", self.pick.layer][self.pick.head, :6, :6]
    >>> shown, boxes = table.digits(unmasked, **style), table.mask_boxes()
    >>> masked = table.digits(self.quantity("PATT")[:6, :6], skip=np.triu(np.ones((6, 6), bool), 1), **style)
    >>> self.add(table, shown)
    >>> self.play(ApplyMask(boxes, shown, masked))
    """

    DRAWN, SHRUNK = 0.5, (0.5, 0.72)
    GROWN = (0.74, 1.0)

    def __init__(
        self,
        mask_boxes: CellLayer,
        shown: CellLayer,
        masked: CellLayer,
        totals: Sequence[Numeral] = (),
        **kwargs,
    ) -> None:
        kwargs.setdefault("run_time", theme.TIME_FLOW)
        check_same_cells(shown, masked)
        self.boxes, self.layer, self.new, self.totals = mask_boxes, shown, masked, list(totals)
        super().__init__([*mask_boxes, *shown, *self.totals], entering=[mask_boxes], **kwargs)

    def prepare(self) -> None:
        """Read the outlines and the contents of both layers."""
        self.outlines = [(box, box.copy()) for box in self.boxes]
        forbidden = set(self.boxes.cells)
        changes = {change.cell: change for change in cell_changes(self.layer, self.new)}
        self.shrinking = [change for cell, change in changes.items() if cell in forbidden]
        self.growing = [change for cell, change in changes.items() if cell not in forbidden]
        self.full_sums = [total.value for total in self.totals]
        self.sums = [
            (
                total,
                [
                    sum(layer.at(*cell).value for cell in self.new.cells if cell[0] == query)
                    for layer in (self.layer, self.new)
                ],
            )
            for query, total in enumerate(self.totals)
        ]

    def show_moment(self, time: float) -> None:
        """Draw the outlines, then empty their cells, then let the others grow."""
        for index, (box, whole) in enumerate(self.outlines):
            drawn = self.rate_func(staggered(window(time, 0, self.DRAWN), index, len(self.outlines)))
            box.pointwise_become_partial(whole, 0, drawn)
        for change in self.shrinking:
            change.show(self.rate_func(window(time, *self.SHRUNK)))
        for change in self.growing:
            change.show(self.rate_func(window(time, *self.GROWN)))
        gone, grown = (self.rate_func(window(time, *span)) for span in (self.SHRUNK, self.GROWN))
        for (total, (left, final)), full in zip(self.sums, self.full_sums, strict=True):
            total.set_value((1 - gone) * full + gone * left + grown * (final - left), passport=total.passport)

    def finish(self) -> None:
        """Take over values and passports."""
        super().finish()
        adopt(self.layer, self.new, [*self.shrinking, *self.growing])


class _Vanish:
    """A content shrinks to nothing."""

    def __init__(self, cell: tuple[int, int], part: VMobject) -> None:
        self.cell, self.look = cell, Look(part)

    def show(self, progress: float) -> None:
        self.look.show(scale=1 - progress, strength=1 - progress)


class _Resize:
    """A dot takes the place and the area of another."""

    def __init__(self, cell: tuple[int, int], dot: WeightDot, new: WeightDot) -> None:
        self.cell, self.dot = cell, dot
        self.start, self.end = (dot.middle, dot.radius), (new.middle, new.radius)

    def show(self, progress: float) -> None:
        center = (1 - progress) * self.start[0] + progress * self.end[0]
        self.dot.draw_at(center, np.sqrt((1 - progress) * self.start[1] ** 2 + progress * self.end[1] ** 2))


class _Count:
    """A number counts to another and takes its colour."""

    def __init__(self, cell: tuple[int, int], numeral: Numeral, new: Numeral) -> None:
        self.cell, self.numeral = cell, numeral
        self.values, self.passports = (numeral.value, new.value), (numeral.passport, new.passport)
        self.colors = numeral.fill_rgbas.copy(), new.fill_rgbas.copy()

    def show(self, progress: float) -> None:
        # The ends are set as given, not mixed, so that the number shown is the number passed in.
        mixed = (1 - progress) * self.values[0] + progress * self.values[1]
        value = mixed if 0 < progress < 1 else self.values[int(progress >= 1)]
        self.numeral.set_value(value, passport=self.passports[int(progress > 0)])
        self.numeral.fill_rgbas = (1 - progress) * self.colors[0] + progress * self.colors[1]


def check_same_cells(layer: CellLayer, new: CellLayer) -> None:
    """Refuse layers of different grids."""
    if layer.slots.shape != new.slots.shape:
        raise ValueError(f"Layers of {layer.slots.shape} and {new.slots.shape} cells were found; they must agree.")
    if ((new.slots >= 0) & (layer.slots < 0)).any():
        raise ValueError("The new layer fills cells that are empty on the screen; use SwapCells for that.")


def cell_changes(layer: CellLayer, new: CellLayer) -> list[_Vanish | _Resize | _Count]:
    """Return one change per content of ``layer``."""
    changes: list[_Vanish | _Resize | _Count] = []
    for cell, part in layer.items():
        if not new.has(*cell):
            changes.append(_Vanish(cell, part))
        elif isinstance(part, WeightDot):
            changes.append(_Resize(cell, part, new.at(*cell)))
        elif isinstance(part, Numeral):
            changes.append(_Count(cell, part, new.at(*cell)))
        else:
            raise ValueError(f"A {type(part).__name__} was found in cell {cell}; only dots and numbers can change.")
    return changes


def adopt(layer: CellLayer, new: CellLayer, changes: Sequence[_Vanish | _Resize | _Count]) -> None:
    """Let ``layer`` say what it now shows."""
    for change in changes:
        if isinstance(change, _Vanish):
            layer.discard(*change.cell)
            continue
        part, other = layer.at(*change.cell), new.at(*change.cell)
        part.value, part.passport = other.value, other.passport
    layer.values = new.values
