"""A table of cells between queries and keys: rules, places, headers and pointers, still without content."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Animation, Line, Rectangle, VGroup, VMobject, override_animate

from mobjects import layout, theme
from mobjects.attention_layers import CellLayer, cell_rectangle
from mobjects.dimming import Dim, Undim, dim, undim

QUERY_HEADER_SHARE, KEY_HEADER_SHARE = 0.94, 0.86
# What stands below the cells keeps close to them, also when the cells are tall.
FOOT_STEP = 0.9


class CellGrid(VGroup):
    """An empty table with light rules: one column per query, one row per key, or the other way round.

    Parameters
    ----------
    n_query, n_key : int
        Number of columns and rows, 1 to ``MAX_SIZE``; ``n_key`` equals ``n_query`` if not given.
    cell_width, cell_height : float
        Size of one cell in manim units.
    query_header, key_header : float
        How far the rules reach into the lane of the queries above and of the keys at the left.
    rule_width : float
        Stroke of the rules at this frame height; ``theme.STROKE_RULE`` if not given.
    transposed : bool
        One row per query and one column per key, as BertViz and CircuitsVis draw it. What is said here of columns,
        above and below then holds for rows, left and right.

    Raises
    ------
    ValueError
        If the grid would have no cells or more than ``MAX_SIZE`` rows or columns.
    """

    MAX_SIZE = 16

    def __init__(
        self,
        n_query: int,
        n_key: int | None = None,
        cell_width: float = 1.0,
        cell_height: float = 0.8,
        query_header: float = 0.0,
        key_header: float = 0.0,
        rule_width: float | None = None,
        transposed: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        n_key = n_query if n_key is None else n_key
        if not (1 <= n_query <= self.MAX_SIZE and 1 <= n_key <= self.MAX_SIZE):
            raise ValueError(f"A grid of {n_query} x {n_key} was asked for; 1 to {self.MAX_SIZE} tokens fit the frame.")
        self.n_query, self.n_key, self.transposed = n_query, n_key, transposed
        columns, rows = (n_key, n_query) if transposed else (n_query, n_key)
        above, before = (key_header, query_header) if transposed else (query_header, key_header)
        right, bottom = columns * cell_width, -rows * cell_height
        rules = self._draw_rules(np.linspace(0, right, columns + 1), np.linspace(0, bottom, rows + 1), above, before)
        rules.set_stroke(theme.RULE, theme.STROKE_RULE if rule_width is None else rule_width)
        # Unpainted; the cells are found from its corners, so they follow wherever the grid is moved or scaled to.
        frame = VMobject(stroke_width=0, fill_opacity=0)
        # The first corner belongs to the first query and key, the second to the last query, the fourth to the last key.
        ends = [[0, bottom, 0], [right, 0, 0]] if transposed else [[right, 0, 0], [0, bottom, 0]]
        frame.set_points_as_corners([[0, 0, 0], ends[0], [right, bottom, 0], ends[1], [0, 0, 0]])
        self.add(frame, rules)
        self.shift(-frame.get_center())

    def _draw_rules(self, xs: np.ndarray, ys: np.ndarray, above: float, before: float) -> VGroup:
        rows = VGroup(*(Line([-before, y, 0], [xs[-1], y, 0]) for y in ys))
        columns = VGroup(*(Line([x, above, 0], [x, ys[-1], 0]) for x in xs))
        return VGroup(rows, columns)

    # Parts -----------------------------------------------------------------------------------------------------

    @property
    def frame(self) -> VMobject:
        """The unpainted rectangle around all cells, without the header lanes."""
        return self.submobjects[0]

    @property
    def rules(self) -> VGroup:
        """All rules: ``row_rules``, then ``column_rules``."""
        return self.submobjects[1]

    @property
    def row_rules(self) -> VGroup:
        """The horizontal rules, from the top down."""
        return self.rules[0]

    @property
    def column_rules(self) -> VGroup:
        """The vertical rules, from the left to the right."""
        return self.rules[1]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of queries and of keys."""
        return self.n_query, self.n_key

    # Places ----------------------------------------------------------------------------------------------------

    @property
    def query_step(self) -> np.ndarray:
        """From one query to the next."""
        return (self.frame.points[4] - self.frame.points[0]) / self.n_query

    @property
    def key_step(self) -> np.ndarray:
        """From one key to the next."""
        return (self.frame.points[12] - self.frame.points[0]) / self.n_key

    @property
    def cell_width(self) -> float:
        """Width of a cell as drawn."""
        return float(np.linalg.norm(self.key_step if self.transposed else self.query_step))

    @property
    def cell_height(self) -> float:
        """Height of a cell as drawn."""
        return float(np.linalg.norm(self.query_step if self.transposed else self.key_step))

    def cell_center(self, query: float, key: float) -> np.ndarray:
        """Return the middle of a cell; -1 and n address the lanes around the grid."""
        return self.frame.points[0] + (query + 0.5) * self.query_step + (key + 0.5) * self.key_step

    def query_edge(self, query: int) -> np.ndarray:
        """Return the middle of the upper edge of a column, where its query stands."""
        return self.cell_center(query, -0.5)

    def key_edge(self, key: int) -> np.ndarray:
        """Return the middle of the left edge of a row, where its key stands."""
        return self.cell_center(-0.5, key)

    def foot(self, query: float, lane: float = 0.0) -> np.ndarray:
        """Return the middle of a place below a column; ``lane`` counts places downwards."""
        pitch = float(np.linalg.norm(self.key_step))
        step = 1.0 if self.transposed else min(pitch, FOOT_STEP) / pitch
        return self.cell_center(query, self.n_key - 0.5 + (0.5 + lane) * step)

    def place_query_headers(self, headers: Sequence[VMobject], gap: float = layout.GAP_RELATED) -> CellGrid:
        """Put one header above each column, ends ``gap`` above the cells, all shrunk alike until none is too wide.

        A header with a ``result`` (see :class:`mobjects.header_chain.HeaderChain`) is centred on that.
        """
        headers = self._checked_headers(headers, self.n_query, "query")
        edges = [self.query_edge(query) for query in range(self.n_query)]
        return self._place_before(headers, edges, gap) if self.transposed else self._place_above(headers, edges, gap)

    def place_key_headers(self, headers: Sequence[VMobject], gap: float = layout.GAP_RELATED) -> CellGrid:
        """Put one header to the left of each row, ends ``gap`` before the cells, all shrunk alike to the row height."""
        headers = self._checked_headers(headers, self.n_key, "key")
        edges = [self.key_edge(key) for key in range(self.n_key)]
        return self._place_above(headers, edges, gap) if self.transposed else self._place_before(headers, edges, gap)

    def _place_above(self, headers: list[VMobject], edges: list[np.ndarray], gap: float) -> CellGrid:
        reach = max(_reach(header, 0) for header in headers)
        factor = min(1.0, QUERY_HEADER_SHARE * self.cell_width / (2 * reach))
        for header, edge in zip(headers, edges, strict=True):
            end = _end_of(header.scale(factor))
            header.shift(edge + gap * UP - end.get_bottom())
        return self

    def _place_before(self, headers: list[VMobject], edges: list[np.ndarray], gap: float) -> CellGrid:
        reach = max(_reach(header, 1) for header in headers)
        factor = min(1.0, KEY_HEADER_SHARE * self.cell_height / (2 * reach))
        for header, edge in zip(headers, edges, strict=True):
            end = _end_of(header.scale(factor))
            header.shift(edge + gap * LEFT - end.get_right())
        return self

    # Pointing --------------------------------------------------------------------------------------------------

    def cell_box(self, query: int, key: int, color: str | None = None, width: float | None = None) -> Rectangle:
        """Return an outline round one cell; ``theme.KEY`` unless told otherwise."""
        return self._outline((query, query), (key, key), theme.KEY if color is None else color, width)

    def column_box(self, query: int, color: str | None = None, width: float | None = None) -> Rectangle:
        """Return an outline round one column; ``theme.QUERY`` unless told otherwise."""
        return self._outline((query, query), (0, self.n_key - 1), theme.QUERY if color is None else color, width)

    def row_box(self, key: int, color: str | None = None, width: float | None = None) -> Rectangle:
        """Return an outline round one row; ``theme.KEY`` unless told otherwise."""
        return self._outline((0, self.n_query - 1), (key, key), theme.KEY if color is None else color, width)

    def _outline(self, queries, keys, color, width) -> Rectangle:
        first, last = self.cell_center(queries[0], keys[0]), self.cell_center(queries[1], keys[1])
        counts = queries[1] - queries[0] + 1, keys[1] - keys[0] + 1
        columns, rows = counts[::-1] if self.transposed else counts
        return cell_rectangle(
            (first + last) / 2,
            columns * self.cell_width,
            rows * self.cell_height,
            stroke_color=color,
            stroke_width=theme.STROKE_STRONG if width is None else width,
        )

    def column(self, query: int, *layers: CellLayer) -> VGroup:
        """Return what ``layers`` show under one query."""
        return VGroup(*(layer.column(query) for layer in layers))

    def row(self, key: int, *layers: CellLayer) -> VGroup:
        """Return what ``layers`` show beside one key."""
        return VGroup(*(layer.row(key) for layer in layers))

    def dim_except(self, keep: Sequence[VMobject] = (), *layers: VMobject, opacity: float | None = None) -> CellGrid:
        """Dim the rules and ``layers`` but what is in ``keep``."""
        dim(self.rules, *layers, keep=keep, opacity=opacity)
        return self

    @override_animate(dim_except)
    def _dim_except_animation(self, keep=(), *layers, opacity=None, anim_args=None) -> Animation:
        return Dim(self.rules, *layers, keep=keep, opacity=opacity, **(anim_args or {}))

    def undim(self, *layers: VMobject) -> CellGrid:
        """Give the rules and ``layers`` exactly the light they had."""
        undim(self.rules, *layers)
        return self

    @override_animate(undim)
    def _undim_animation(self, *layers, anim_args=None) -> Animation:
        return Undim(self.rules, *layers, **(anim_args or {}))

    def _checked_headers(self, headers: Sequence[VMobject], count: int, role: str) -> list[VMobject]:
        headers = list(headers)
        if len(headers) != count:
            raise ValueError(f"{len(headers)} {role} symbols were found; this grid needs {count}, one per {role}.")
        return headers


def _end_of(header: VMobject) -> VMobject:
    """Return the part of a header that stands next to the cells."""
    end = getattr(header, "result", None)
    return header if end is None else end


def _reach(header: VMobject, axis: int) -> float:
    """Return how far a header reaches beyond the middle of its end along an axis, on the wider side."""
    middle, corners = _end_of(header).get_center(), [header.get_corner(UP + RIGHT), header.get_corner(DOWN + LEFT)]
    return max(abs(corner[axis] - middle[axis]) for corner in corners)
