"""An attention pattern with its words: one column per query, one row per key, and what each takes from each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import Animation, VGroup, VMobject, override_animate

from mobjects import layout, theme
from mobjects.attention import AttentionTable
from mobjects.attention_animations import ChangeCells, Look, window
from mobjects.attention_layers import CellLayer, checked_values, future_cells
from mobjects.dimming import Dim, PartMotion, Undim, dim, undim
from mobjects.grid_headers import Headers, place_headers, plan_headers, plan_thinned
from mobjects.heat_layer import HeatLayer, cells_shape
from mobjects.numerals import Numbers, Passport

SHOWN = ("auto", "dots", "digits", "heat")
SHADE_PART, QUERY_PART, KEY_PART, WEIGHTS_PART = 2, 3, 4, 5
SLACK = 1e-6


class AttentionGrid(AttentionTable):
    """An attention pattern with its words: queries above the columns, keys before the rows, a share in each cell.

    Parameters
    ----------
    pattern : float array or Quantity, shape (query, key)
        What the cells show: shares (0 to 1), or scores of any size, which only digits can show.
    tokens : sequence of str
        The words of the queries, leading spaces included.
    key_tokens : sequence of str, optional
        The words of the keys, where they are others, as in cross-attention; ``tokens`` if not given.
    show : {"auto", "dots", "digits", "heat"} or None
        Discs with area by share, numbers, or colour by share. "auto" is dots for shares and digits for scores; above
        16 tokens (up to 128) heat, drawn as a few shapes however many cells. None leaves the cells empty for now.
    causal : bool, optional
        Whether a query sees only keys up to its own place; the others' cells are then shaded and stay empty. Read off
        the pattern if not given: a square one with nothing but zeros there.
    transposed : bool
        One row per query and one column per key, as BertViz and CircuitsVis draw it.
    decimals : int
        Digits after the point; 2 for shares, 1 for scores if not given.
    font_size : float
        Of the words, before they shrink to their rows; ``theme.FONT_LABEL`` if not given.
    max_width, max_height : float
        Room for all of it, in manim units; the safe area of the frame if not given. Leave some for :meth:`sums`.
    passport : str or tuple, optional
        Declares the numbers, instead of a Quantity.

    Attributes
    ----------
    pattern : float array or Quantity
        As given.

    Raises
    ------
    ValueError
        If the pattern has no number for each pair of tokens, is not finite where it is shown, no shares where shares
        are to be shown or shares where the mask forbids them, or is too large.

    Source
    ------
    Any pattern; in scenes ``quantity("PATT")``. BertViz: J. Vig, 2019, "A Multiscale Visualization of Attention in the
    Transformer Model". CircuitsVis: A. Cooney and N. Nanda, 2023.

    Examples
    --------
    >>> grid = AttentionGrid(self.quantity("PATT"), self.pieces)
    >>> self.play(FadeIn(grid))
    >>> self.play(grid.animate.focus(query=3))
    >>> self.play(Create(grid.column_box(3)))
    """

    MAX_SIZE = 128

    def __init__(
        self,
        pattern: Numbers,
        tokens: Sequence[str],
        key_tokens: Sequence[str] | None = None,
        show: str | None = "auto",
        causal: bool | None = None,
        transposed: bool = False,
        decimals: int | None = None,
        font_size: float | None = None,
        max_width: float = 2 * layout.SAFE_X,
        max_height: float = 2 * layout.SAFE_Y,
        passport: Passport = None,
    ) -> None:
        queries, keys = list(tokens), list(tokens if key_tokens is None else key_tokens)
        self.pattern, self.passport = pattern, passport
        array = checked_pattern(pattern, len(queries), len(keys), self.MAX_SIZE)
        self.causal = _is_causal(array) if causal is None else bool(causal)
        self.compact = max(array.shape) > AttentionTable.MAX_SIZE
        self.decimals = decimals
        size = theme.FONT_LABEL if font_size is None else font_size
        plan = plan_thinned if self.compact else plan_headers
        above, before = (keys, queries) if transposed else (queries, keys)
        headers = plan(above, before, max_width, max_height, size)
        cell = headers.cell_width, headers.cell_height
        super().__init__(len(queries), len(keys), *cell, transposed=transposed)
        self._add_headers(headers)
        self.add(VGroup())
        if show is not None:
            self.submobjects[WEIGHTS_PART] = self.layer(show)
        self.center()

    def _draw_rules(self, xs: np.ndarray, ys: np.ndarray, above: float, before: float) -> VGroup:
        # Between hundreds of cells, rules would be all one sees.
        ends = [0, -1] if self.compact else slice(None)
        return super()._draw_rules(xs[ends], ys[ends], above, before)

    def _add_headers(self, headers: Headers) -> None:
        place_headers(self, headers)
        above, before = headers.above, headers.before
        queries, keys = (before, above) if self.transposed else (above, before)
        for tokens, color in ((queries, theme.QUERY), (keys, theme.KEY)):
            for token in tokens:
                token.tint(color)
        forbidden = future_cells(*self.shape) if self.causal else np.zeros(self.shape, bool)
        self.add(cells_shape(self, forbidden, theme.PLATE, theme.OPACITY_HALF), queries, keys)

    # Parts -----------------------------------------------------------------------------------------------------

    @property
    def shade(self) -> VMobject:
        """One shape over all cells that the mask forbids; empty if there is no mask."""
        return self.submobjects[SHADE_PART]

    @property
    def query_tokens(self) -> VGroup:
        """The tokens that ask, in order; above 16 only every few of them."""
        return self.submobjects[QUERY_PART]

    @property
    def key_tokens(self) -> VGroup:
        """The tokens that offer, in order; above 16 only every few of them."""
        return self.submobjects[KEY_PART]

    @property
    def weights(self) -> CellLayer | HeatLayer | VGroup:
        """What fills the cells: found by ``at(query, key)``, but for the compact heat; an empty group if nothing."""
        return self.submobjects[WEIGHTS_PART]

    # Content ---------------------------------------------------------------------------------------------------

    def layer(self, show: str = "auto", pattern: Numbers = None, passport: Passport = None) -> CellLayer | HeatLayer:
        """Return content for the cells that is not part of the grid: of its own pattern, or of another."""
        numbers = self.pattern if pattern is None else pattern
        passport = self.passport if pattern is None else passport
        array = self._visible(numbers)
        kind = self._checked_kind(show, array)
        if kind == "digits":
            style: dict[str, Any] = {"color": "share", "sign": "never"} if _are_shares(array) else {}
            decimals = (2 if style else 1) if self.decimals is None else self.decimals
            skip = future_cells(*self.shape) if self.causal else None
            return self.digits(numbers, decimals, skip=skip, passport=passport, **style)
        if self.causal and np.any(np.asarray(numbers)[future_cells(*self.shape)] > SLACK):
            raise ValueError("Shares above zero were found where the mask forbids them; pass causal=False.")
        if kind == "dots":
            return self.dots(numbers, passport)
        return HeatLayer(self, numbers, passport=passport) if self.compact else self.heat(numbers, passport)

    def _visible(self, pattern: Numbers) -> np.ndarray:
        """Return the numbers that are shown, zeros where the mask forbids any."""
        array = np.array(pattern, dtype=float)
        if self.causal and array.shape == self.shape:
            array[future_cells(*self.shape)] = 0.0
        return checked_values(array, self.shape, "(query, key)")

    def _checked_kind(self, show: str, array: np.ndarray) -> str:
        if show not in SHOWN:
            raise ValueError(f"show={show!r} was found; expected one of {', '.join(SHOWN)}, or None.")
        if show == "auto":
            return "heat" if self.compact else "dots" if _are_shares(array) else "digits"
        if self.compact and show != "heat":
            raise ValueError(f"{show} for {max(self.shape)} tokens were asked for; above {super().MAX_SIZE} show heat.")
        return show

    def show_as(self, show: str) -> AttentionGrid:
        """Fill the cells with "dots", "digits" or "heat"; ``.animate`` fades one into the other."""
        self.submobjects[WEIGHTS_PART] = self.layer(show)
        return self

    @override_animate(show_as)
    def _show_as_animation(self, show, anim_args=None) -> Animation:
        return SwapWeights(self, show, **(anim_args or {}))

    def sums(self, values: Numbers = None, decimals: int = 2, lane: float = 0.0, passport: Passport = None) -> VGroup:
        """Return one number at the foot of each query: the sum of its shares, or as :class:`AttentionTable` says."""
        return super().sums(self._visible(self.pattern) if values is None else values, decimals, lane, passport)

    # Pointing --------------------------------------------------------------------------------------------------

    def focus(self, query: int | None = None, key: int | None = None, opacity: float | None = None) -> AttentionGrid:
        """Dim all but one query, one key, or the cell of both, and their words (0-based); ``undim`` undoes it."""
        dim(self, keep=self._focused(query, key), opacity=opacity)
        return self

    @override_animate(focus)
    def _focus_animation(self, query=None, key=None, opacity=None, anim_args=None) -> Animation:
        return Dim(self, keep=self._focused(query, key), opacity=opacity, **(anim_args or {}))

    def _focused(self, query: int | None, key: int | None) -> list[VMobject]:
        if self.compact:
            raise ValueError(
                f"{max(self.shape)} tokens share a few shapes; use column_box, row_box or cell_box instead."
            )
        queries, keys = (_chosen(*choice) for choice in ((query, self.n_query, "query"), (key, self.n_key, "key")))
        tokens = [*(self.query_tokens[place] for place in queries), *(self.key_tokens[place] for place in keys)]
        filled = set(self.weights.cells) if isinstance(self.weights, CellLayer) else set()
        shared = [(place, other) for place in queries for other in keys]
        return [*tokens, *(self.weights.at(*cell) for cell in shared if cell in filled)]

    def undim(self, *layers: VMobject) -> AttentionGrid:
        """Give all parts, and ``layers``, exactly the light they had."""
        undim(self, *layers)
        return self

    @override_animate(undim)
    def _undim_animation(self, *layers, anim_args=None) -> Animation:
        return Undim(self, *layers, **(anim_args or {}))


class SwapWeights(PartMotion):
    """What fills the cells of an attention grid goes, and something else comes, in place.

    Parameters
    ----------
    grid : AttentionGrid
    show : {"dots", "digits", "heat"}
    pattern : float array or Quantity, shape (query, key), optional
        Other numbers; the grid's own if not given.
    passport : str or tuple, optional
        Declares them, instead of a Quantity.

    Examples
    --------
    >>> grid = AttentionGrid(self.quantity("PATT"), self.pieces, show="digits")
    >>> self.add(grid)
    >>> self.play(SwapWeights(grid, "dots"))
    """

    # The old is gone at 0.75 of the way, the new begins at 0.2.
    GOES, COMES = (0.0, 0.75), (0.2, 1.0)
    SMALLEST = 0.4

    def __init__(
        self, grid: AttentionGrid, show: str, pattern: Numbers = None, passport: Passport = None, **kwargs
    ) -> None:
        kwargs.setdefault("run_time", theme.TIME_SLOW)
        self.grid, self.pattern = grid, grid.pattern if pattern is None else pattern
        self.old, self.new = grid.weights, grid.layer(show, pattern, passport)
        super().__init__([*self.old, *self.new], entering=[grid], **kwargs)

    def prepare(self) -> None:
        """Put both contents into the grid."""
        self.grid.submobjects[WEIGHTS_PART] = VGroup(self.old, self.new)
        self.going, self.coming = ([Look(part) for part in layer] for layer in (self.old, self.new))

    def show_moment(self, time: float) -> None:
        """Write both contents at one moment; what stands in single cells also shrinks and grows."""
        left, come = 1 - self.rate_func(window(time, *self.GOES)), self.rate_func(window(time, *self.COMES))
        for layer, looks, light in ((self.old, self.going, left), (self.new, self.coming, come)):
            least = self.SMALLEST if isinstance(layer, CellLayer) else 1.0
            for look in looks:
                look.show(scale=least + (1 - least) * light, strength=light)

    def finish(self) -> None:
        """Leave only the new content in the grid; the old is as it was, elsewhere."""
        super().finish()
        for look in self.going:
            look.show()
        self.grid.submobjects[WEIGHTS_PART], self.grid.pattern = self.new, self.pattern


class ChangePattern(ChangeCells):
    """Dots or digits of an attention grid settle, in place, to another pattern of the same tokens.

    Parameters
    ----------
    grid : AttentionGrid
        Filled with dots or digits.
    pattern : float array or Quantity, shape (query, key)
        With the same mask.
    passport : str or tuple, optional
        Declares the new numbers, instead of a Quantity.

    Examples
    --------
    >>> grid = AttentionGrid(self.quantity("PATT"), self.pieces)
    >>> self.add(grid)
    >>> self.play(ChangePattern(grid, self.quantity("PATT", head=3)))
    """

    def __init__(self, grid: AttentionGrid, pattern: Numbers, passport: Passport = None, **kwargs) -> None:
        if not isinstance(grid.weights, CellLayer):
            raise ValueError("A grid without single cells was found; fill it with dots or digits, or use SwapWeights.")
        digits = all(hasattr(part, "decimals") for part in grid.weights)
        self.grid, self.pattern = grid, pattern
        super().__init__(grid.weights, grid.layer("digits" if digits else "dots", pattern, passport), **kwargs)

    def finish(self) -> None:
        """Take over the pattern."""
        super().finish()
        self.grid.pattern = self.pattern


def checked_pattern(pattern: Numbers, n_query: int, n_key: int, most: int) -> np.ndarray:
    """Return a pattern as floats, or refuse one that does not belong to so many queries and keys."""
    array = np.asarray(pattern, dtype=float)
    if array.ndim != 2 or not array.size:
        raise ValueError(f"A pattern of shape {array.shape} was found; expected (query, key), at least one of each.")
    if array.shape != (n_query, n_key):
        raise ValueError(
            f"A pattern of shape {array.shape} was found for {n_query} tokens and {n_key} key tokens; "
            "expected one number per pair, axes (query, key)."
        )
    if max(array.shape) > most:
        raise ValueError(f"A pattern of shape {array.shape} was found; at most {most} tokens fit the frame.")
    return array


def _is_causal(array: np.ndarray) -> bool:
    future = array[future_cells(*array.shape)]
    return array.shape[0] == array.shape[1] > 1 and bool(np.all((future == 0) | np.isneginf(future)))


def _are_shares(array: np.ndarray) -> bool:
    return bool(array.min() >= -SLACK and array.max() <= 1 + SLACK)


def _chosen(place: int | None, count: int, word: str) -> list[int]:
    if place is None:
        return list(range(count))
    if not 0 <= place < count:
        raise ValueError(f"The {word} {place} was asked for; there are 0 to {count - 1}.")
    return [place]
