"""The dot product of two vectors: entries meet in pairs, and the products fall into a sum."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import RIGHT, Line, VGroup
from manim.utils.rate_functions import linear, smooth

from mobjects import layout, theme
from mobjects.attention_animations import Look, staggered, window
from mobjects.brackets import digit_height
from mobjects.counted import checked_numbers, counted
from mobjects.dimming import PartMotion, paint_leaf
from mobjects.embedding import NumericEmbedding
from mobjects.matrix import first_and_last
from mobjects.numerals import Floats, Numbers, Numeral, Passport, passport_of
from mobjects.products import checked_product
from mobjects.token_label import row_label

PRODUCT, REST = "product of two entries", "sum of the products not drawn, rounding included"
SUM, PARTIAL = "dot product of the two vectors", "partial sum of the dot product"


class DotProductStrip(VGroup):
    """Two vectors side by side, between them the products of their entries, below these the sum.

    What is shown adds up as shown: where entries are left out, a line holds the sum of all other products and whatever
    rounding left; where none are, "≈" stands before a sum that the rounded products miss.

    Parameters
    ----------
    first, second : float array or Quantity, shape (n,)
    result : float or Quantity, optional
        Their dot product as the network has it; computed if not given.
    terms : int
        Draw at most this many pairs: the first ones and the last.
    decimals : int
        Of all numbers.
    first_tint, second_tint : str
        Colours of the roles: ``theme.QUERY``, ``theme.KEY`` ...; white if not given.
    others : str
        Words for the products left out; ``{}`` is their number.
    font_size : float
        ``theme.FONT_SMALL`` if not given.
    passport : str or tuple, optional
        Declares the entries, instead of Quantities.

    Attributes
    ----------
    hidden : int
        How many pairs are left out.

    Raises
    ------
    ValueError
        If the vectors differ in length, are empty or not finite, or the result is not their dot product.

    Source
    ------
    q.k = sum_j q_j k_j.

    Examples
    --------
    >>> query, key, score = self.quantity("Q")[3], self.quantity("K")[2], self.quantity("RAW")[3, 2]
    >>> strip = DotProductStrip(query, key, score, first_tint=theme.QUERY, second_tint=theme.KEY)
    >>> self.play(FadeIn(strip.scale(1.5), shift=0.25 * DOWN, lag_ratio=0.01))
    """

    def __init__(
        self,
        first: Numbers,
        second: Numbers,
        result: float | None = None,
        terms: int = 6,
        decimals: int = 2,
        first_tint: str | None = None,
        second_tint: str | None = None,
        others: str = "the other {}",
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        products, total = _checked_pairs(first, second, result)
        size = theme.FONT_SMALL if font_size is None else font_size
        shown = first_and_last(len(products), terms)
        self.hidden = len(products) - len(shown)
        entries: dict[str, Any] = {"shown": shown, "decimals": decimals, "font_size": size, "passport": passport}
        factors = [
            NumericEmbedding(first, tint=first_tint, **entries),
            NumericEmbedding(second, tint=second_tint, **entries),
        ]
        style: dict[str, Any] = {"decimals": decimals, "sign": "always", "font_size": size}
        numerals = [Numeral(products[place], passport=PRODUCT, **style) for place in shown]
        away = round(round(total, decimals) - sum(round(one.value, decimals) for one in numerals), decimals)
        rest = VGroup()
        if self.hidden:
            rest.add(Numeral(away, color=theme.MUTED, passport=REST, **style))
            rest.add(counted(others, self.hidden, size, passport="count: products not drawn"))
        source = passport_of(result) or SUM
        line = VGroup(Numeral(total, color=theme.HIGHLIGHT, passport=source, **style))
        if away and not self.hidden:
            line.add(row_label("≈", size))
        self.add(*factors, VGroup(*numerals), rest, Line(color=theme.RULE, stroke_width=theme.STROKE_BOX), line)
        self._arrange(digit_height(size))

    def _arrange(self, height: float) -> None:
        """Place products in the rows of their factors, what is left out in that of the dots, the sum below."""
        for product, entry in zip(self.products, self.first.entries, strict=True):
            product.shift([0, entry.anchor[1], 0])
        floor = self.first.brackets.get_bottom()[1] - 0.5 * height
        self.submobjects[5].shift([0, floor - 1.2 * height, 0])
        if self.hidden:
            self.remainder.shift([0, self.first.ellipses[0].get_y(), 0])
        numerals = VGroup(*self.products, *self.remainder[:1], self.total)
        left, right = numerals.get_left()[0], numerals.get_right()[0]
        self.rule.put_start_and_end_on([left, floor, 0], [right, floor, 0])
        self.first.shift([left - layout.GAP - self.first.get_right()[0], 0, 0])
        self.second.shift([right + layout.GAP - self.second.get_left()[0], 0, 0])
        beside = [(words, self.second.get_right()[0]) for words in self.remainder[1:]]
        for words, edge in beside:
            words.shift([edge + layout.GAP_RELATED - words.get_left()[0], 0, 0])
        for sign in self.submobjects[5][1:]:
            sign.shift([left - layout.GAP_RELATED - sign.get_right()[0], 0, 0])
        self.center()

    @property
    def first(self) -> NumericEmbedding:
        """The vector on the left."""
        return self.submobjects[0]

    @property
    def second(self) -> NumericEmbedding:
        """The vector on the right."""
        return self.submobjects[1]

    @property
    def factors(self) -> VGroup:
        """Both vectors."""
        return VGroup(self.first, self.second)

    @property
    def products(self) -> VGroup:
        """The products of the pairs drawn, from top to bottom."""
        return self.submobjects[2]

    @property
    def remainder(self) -> VGroup:
        """The sum of the products left out and the words for it; empty if there are none."""
        return self.submobjects[3]

    @property
    def rule(self) -> Line:
        """The line over the sum."""
        return self.submobjects[4]

    @property
    def total(self) -> Numeral:
        """The dot product."""
        return self.submobjects[5].submobjects[0]

    @property
    def sum_line(self) -> VGroup:
        """The dot product and, if rounding shows, the sign before it."""
        return self.submobjects[5]


class MultiplyAndAdd(PartMotion):
    """Pairs of entries slide together and leave their product; then all products fall into the sum, which counts them.

    Parameters
    ----------
    strip : DotProductStrip
        Its factors may be on the scene already; all else enters.

    Examples
    --------
    >>> query, key, score = self.quantity("Q")[3], self.quantity("K")[2], self.quantity("RAW")[3, 2]
    >>> strip = DotProductStrip(query, key, score, first_tint=theme.QUERY, second_tint=theme.KEY)
    >>> self.play(FadeIn(strip.scale(1.5).factors))
    >>> self.play(MultiplyAndAdd(strip))
    """

    MULTIPLY, RULE, FALL = (0.0, 0.55), (0.5, 0.6), (0.58, 1.0)
    # Of the time of a pair: when its product appears; of the time of a fall: when it has arrived.
    MEETS, ARRIVES = 0.55, 0.75

    def __init__(self, strip: DotProductStrip, run_time: float | None = None, **kwargs) -> None:
        self.strip = strip
        self.terms = [*strip.products, *strip.remainder[:1]]
        self.pairs = [(strip.first.entry(row), strip.second.entry(row)) for row in range(len(strip.products))]
        if strip.hidden:
            # The sum of all others stands in the row of the dots, before the last pair.
            self.terms[-2:] = self.terms[:-3:-1]
            self.pairs.insert(-1, (strip.first.ellipses[0], strip.second.ellipses[0]))
        self.copies = [(left.copy(), right.copy()) for left, right in self.pairs]
        self.falling = [term.copy() for term in self.terms]
        moving = [*(copy for pair in self.copies for copy in pair), *self.falling]
        still = [*strip.products, *strip.remainder, strip.rule, *strip.sum_line]
        super().__init__(
            [*still, *moving],
            entering=[strip, *moving],
            leaving=moving,
            run_time=theme.TIME_FLOW if run_time is None else run_time,
            rate_func=linear,
            **kwargs,
        )

    def prepare(self) -> None:
        """Read where everything stands."""
        self.goals, self.words = [Look(term) for term in self.terms], [Look(part) for part in self.strip.remainder[1:]]
        self.pair_looks = [(Look(left), Look(right)) for left, right in self.copies]
        self.rule_look, self.total_look = Look(self.strip.rule), Look(self.strip.total)
        self.fall_looks, self.signs = (
            [Look(part) for part in self.falling],
            [Look(part) for part in self.strip.sum_line[1:]],
        )
        self.end = self.strip.total.value, self.strip.total.passport
        # The lowest falls first, and what is added is what can be read.
        self.sums = np.cumsum([round(term.value, term.decimals) for term in reversed(self.terms)])

    def show_moment(self, time: float) -> None:
        """Write pairs, products and sum as they are at ``time``."""
        count = len(self.terms)
        # What falls can be read over what stays.
        falling = window(time, *self.FALL)
        behind = 1 - (1 - theme.OPACITY_CONTEXT) * window(falling, 0, 0.1) * (1 - window(falling, 0.85, 1))
        for index, (goal, looks) in enumerate(zip(self.goals, self.pair_looks, strict=True)):
            moment = staggered(window(time, *self.MULTIPLY), index, count)
            near, met = smooth(window(moment, 0, self.MEETS)), window(moment, self.MEETS, 1)
            there = float(0 < moment) * (1 - met)
            for look, side in zip(looks, (-1, 1), strict=True):
                # They meet beside each other, not on top.
                meeting = goal.center + side * 0.5 * (look.high[0] - look.low[0]) * RIGHT
                look.show((1 - near) * look.center + near * meeting, 1 - 0.3 * near, there)
            goal.show(scale=0.7 + 0.3 * smooth(met), strength=met * behind)
        for look in self.words:
            look.show(strength=window(time, self.MULTIPLY[1] - 0.1, self.MULTIPLY[1]))
        self.rule_look.show(strength=window(time, *self.RULE))
        self._fall(time)

    def _fall(self, time: float) -> None:
        count, place = len(self.terms), self.total_look.center
        moments = [staggered(window(time, *self.FALL), index, count) for index in range(count)]
        for look, moment in zip(reversed(self.fall_looks), moments, strict=True):
            fallen = smooth(window(moment, 0, self.ARRIVES))
            light = window(moment, 0, 0.1) * (1 - window(moment, 0.8 * self.ARRIVES, self.ARRIVES))
            look.show((1 - fallen) * look.center + fallen * place, strength=light)
        landed = sum(moment >= self.ARRIVES for moment in moments)
        self.strip.total.set_value(float(self.sums[max(landed - 1, 0)]), PARTIAL)
        light = window(moments[0], 0.8 * self.ARRIVES, self.ARRIVES)
        for leaf, alphas in zip(self.total_look.leaves, self.total_look.alphas, strict=True):
            paint_leaf(leaf, alphas, light)
        for look in self.signs:
            look.show(strength=light)
        if time >= 1:
            self.strip.total.set_value(*self.end)


def _checked_pairs(first: Numbers, second: Numbers, result: float | None) -> tuple[Floats, float]:
    """Return the products of all pairs and their sum, or refuse them."""
    left, right = checked_numbers(first, ("n",)), checked_numbers(second, ("n",))
    if len(left) != len(right):
        raise ValueError(f"Vectors of {len(left)} and {len(right)} entries were found; expected as many in both.")
    total = float(left @ right) if result is None else float(result)
    terms, _ = checked_product(left[None], right, [total], None)
    return terms[0], total
