"""Products of counts: a × b = c, assembled from where the counts stand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from math import prod
from typing import Any

import numpy as np
from manim import Mobject, VGroup
from manim.utils.paths import path_along_arc
from manim.utils.rate_functions import linear, smooth

from mobjects import layout, theme
from mobjects.attention_animations import Look, staggered, window
from mobjects.counted import in_line
from mobjects.counting import BraceCount, checked_count, count_to
from mobjects.dimming import PartMotion, paint_leaf
from mobjects.numerals import Numeral, Passport, passport_of
from mobjects.token_label import row_label

PRODUCT = "product of the counts shown"


class CountEquation(VGroup):
    """Counts multiplied: a × b = c, with commas at the thousands.

    Parameters
    ----------
    counts : sequence of int or Quantity
        At least two.
    colors : sequence of str, optional
        One per count, in the roles of what is counted; white where not given.
    product : int or Quantity, optional
        What they come to, as a ledger has it; computed if not given.
    product_color : str
        ``theme.HIGHLIGHT`` if not given.
    font_size : float
        ``theme.FONT_LABEL`` if not given.
    passport : str or tuple, optional
        Declares the counts.

    Raises
    ------
    ValueError
        If there are fewer than two counts, one is not a whole number from 0, or the product is not theirs.

    Examples
    --------
    >>> sizes = [self.checkpoint.config.n_embd, self.checkpoint.config.vocab_size]
    >>> colors = [theme.EMBEDDING, theme.TABLE]
    >>> equation = CountEquation(sizes, colors, font_size=theme.FONT_SUBTITLE, passport="size of the network")
    >>> self.play(MultiplyCounts(equation))
    """

    def __init__(
        self,
        counts: Sequence[int],
        colors: Sequence[str] = (),
        product: int | None = None,
        product_color: str | None = None,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        if len(counts) < 2:
            raise ValueError(f"{len(counts)} counts were found; expected at least two to multiply.")
        whole = [checked_count(count) for count in counts]
        if len(colors) > len(whole):
            raise ValueError(f"{len(colors)} colours were found for {len(whole)} counts; expected at most one each.")
        total = prod(whole)
        if product is not None and checked_count(product) != total:
            raise ValueError(f"The product {checked_count(product):,} was found; {total:,} is that of the counts.")
        size = theme.FONT_LABEL if font_size is None else font_size
        style: dict[str, Any] = {"decimals": 0, "thousands": True, "font_size": size}
        numbers = [
            Numeral(number, color=color, passport=passport_of(count) if passport is None else passport, **style)
            for number, count, color in zip_longest(whole, counts, colors)
        ]
        source = passport_of(product) or PRODUCT
        ink = theme.HIGHLIGHT if product_color is None else product_color
        result = Numeral(total, color=ink, passport=source, **style)
        signs = [row_label("×", size, theme.MUTED) for _ in numbers[1:]] + [row_label("=", size, theme.MUTED)]
        parts = [part for pair in zip(numbers, signs, strict=True) for part in pair]
        in_line(*parts, result, gap=0.6 * layout.GAP_RELATED * size / theme.FONT_LABEL)
        self.add(VGroup(*numbers), VGroup(*signs), result)

    @property
    def factors(self) -> VGroup:
        """The counts."""
        return self.submobjects[0]

    @property
    def signs(self) -> VGroup:
        """Between them, and before the product."""
        return self.submobjects[1]

    @property
    def product(self) -> Numeral:
        """What they come to."""
        return self.submobjects[2]


class MultiplyCounts(PartMotion):
    """Counts fly to their places in an equation, and their product counts up.

    Parameters
    ----------
    equation : CountEquation
        Enters.
    sources : sequence of Mobject
        Where each count comes from: a :class:`BraceCount` (from its number) or anything else, which stays as it is;
        counts without one rise a little.

    Raises
    ------
    ValueError
        If there are more sources than counts.

    Examples
    --------
    >>> matrix = WeightMatrix(self.quantity("WQ"), max_rows=5, max_columns=7, factor="readable")
    >>> height, width = (
    ...     BraceCount(matrix.brackets, length, side, color=color, passport="size of the query table")
    ...     for length, side, color in zip(matrix.true_shape, (LEFT, DOWN), (theme.QUERY, theme.EMBEDDING))
    ... )
    >>> self.add(VGroup(matrix, height, width).center().shift(0.5 * DOWN))
    >>> equation = CountEquation(matrix.true_shape, (theme.QUERY, theme.EMBEDDING), passport="size of the query table")
    >>> self.play(MultiplyCounts(equation.next_to(matrix, UP, buff=0.75), [height, width]))
    """

    AFRESH = True
    FLY, SIGN, COUNT = (0.0, 0.5), (0.4, 0.6), (0.5, 1.0)
    ARC = np.pi / 6
    RISE = 0.25

    def __init__(
        self, equation: CountEquation, sources: Sequence[Mobject] = (), run_time: float | None = None, **kwargs
    ) -> None:
        if len(sources) > len(equation.factors):
            raise ValueError(
                f"{len(sources)} sources were found for {len(equation.factors)} counts; expected at most one each."
            )
        self.equation, self.sources = equation, sources
        super().__init__(
            [equation],
            entering=[equation],
            run_time=theme.TIME_SLOW if run_time is None else run_time,
            rate_func=linear,
            **kwargs,
        )

    def prepare(self) -> None:
        """Read where everything stands."""
        self.looks = [Look(factor) for factor in self.equation.factors]
        self.starts = []
        for factor, source in zip_longest(self.equation.factors, self.sources):
            origin = source.number if isinstance(source, BraceCount) else source
            if origin is None:
                self.starts.append((factor.get_center() - [0, self.RISE, 0], 1.0, False))
            else:
                self.starts.append((origin.get_center(), origin.height / factor.height, True))
        self.sign_looks, self.product_look = [Look(sign) for sign in self.equation.signs], Look(self.equation.product)
        self.end = self.equation.product.value, self.equation.product.passport

    def show_moment(self, time: float) -> None:
        """Write counts, signs and product as they are at ``time``."""
        for index, (look, (start, scale, lit)) in enumerate(zip(self.looks, self.starts, strict=True)):
            moment = smooth(staggered(window(time, *self.FLY), index, len(self.looks), theme.LAG_WORDS))
            place = path_along_arc(self.ARC if lit else 0)(start, look.center, moment)
            look.show(place, scale + moment * (1 - scale), float(time > 0) if lit else moment)
        for look in self.sign_looks:
            look.show(strength=window(time, *self.SIGN))
        product, counted_up = self.equation.product, window(time, *self.COUNT)
        for leaf, alphas in zip(self.product_look.leaves, self.product_look.alphas, strict=True):
            paint_leaf(leaf, alphas, window(counted_up, 0, 0.3))
        count_to(product, *self.end, smooth(counted_up))
