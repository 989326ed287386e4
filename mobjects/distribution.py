"""What the network expects next: a share for every token, the largest ones as bars, all others as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, RIGHT, UP, Animation, Line, VGroup, override_animate

from mobjects import layout, theme
from mobjects.attention_layers import passport_at
from mobjects.bars import Bar, BarItem
from mobjects.chart_motion import ChangeBars
from mobjects.numerals import Floats, Numeral, Passport
from mobjects.token_label import row_label, token_label

OTHERS = -1  # the key of the row for all other tokens
GAP_SHARE = 0.5  # between rows, in heights of a bar
NAME_WIDTH = 3.2
SLACK = 1e-3  # how far the sum of a whole distribution may be from 1


class ProbabilityBars(VGroup):
    """The likeliest next tokens, each with a bar as long as its share, and one bar for all others.

    Parameters
    ----------
    probabilities : float array or Quantity, shape (vocab,)
        Shares, 0 to 1. Either of every token, or only of the chosen ones; what is missing to 1 is the others'.
    pieces : sequence of str
        The tokens as text, one per share.
    k : int
        How many tokens are drawn, largest share first.
    whole_width : float
        Length of a bar for 100 %, in manim units: bars are strictly proportional to their shares.
    decimals : int
        Of the percentages.
    others : str
        Names the last row; {} is how many tokens it stands for.
    font_size : float
        ``theme.FONT_SMALL`` if not given.
    bar_height : float
        In manim units.
    passport : str or tuple, optional
        Declares the shares, instead of a Quantity.

    Attributes
    ----------
    probabilities : float array, shape (vocab,)
        All that was given.
    pieces : tuple of str

    Raises
    ------
    ValueError
        If there are no shares, one is outside 0 to 1, they sum to more than 1, or pieces and shares differ in number.

    Source
    ------
    Any distribution; in scenes a row of the Quantity "probabilities". The share of the last row is 1 less the others.

    Examples
    --------
    >>> vocabulary = self.checkpoint.tokenizer.pieces(range(4096))
    >>> bars = ProbabilityBars(self.quantity("PROB")[-1], vocabulary, k=8, whole_width=9).scale(1.3)
    >>> self.play(GrowBars(bars.center()))
    """

    def __init__(
        self,
        probabilities: Any,
        pieces: Sequence[str],
        k: int = 10,
        whole_width: float = 7.0,
        decimals: int = 1,
        others: str = "all {} others",
        font_size: float | None = None,
        bar_height: float = 0.3,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        self.probabilities = checked_shares(probabilities)
        self.pieces = _checked_pieces(pieces, len(self.probabilities))
        if k < 1:
            raise ValueError(f"k={k} was found; expected at least one token to draw.")
        self.k, self.decimals, self.others = min(int(k), len(self.pieces)), decimals, others
        # A chart that has a row for the rest keeps it, even when nothing is left over.
        self.has_rest = len(self.pieces) > self.k or bool(self.probabilities.sum() < 1 - SLACK)
        self.whole_width, self.bar_height = float(whole_width), float(bar_height)
        self.font_size = theme.FONT_SMALL if font_size is None else font_size
        rows = VGroup(
            *(self._make_row(key, share, source) for key, share, source in self._chosen(probabilities, passport))
        )
        pitch = (1 + GAP_SHARE) * self.bar_height
        for rank, row in enumerate(rows):
            apart = GAP_SHARE * self.bar_height if row.key == OTHERS else 0.0
            row.move_base_to(np.array([0.0, -rank * pitch - apart, 0.0]))
        ends = [rows[0].bar.base + self.bar_height * UP, rows[-1].bar.base + self.bar_height * DOWN]
        axis = Line(*ends, color=theme.RULE, stroke_width=theme.STROKE_RULE)
        self.add(VGroup(axis), rows)
        self._color_by_rank()
        self.center()

    @property
    def frame(self) -> VGroup:
        """The line at 0 %."""
        return self.submobjects[0]

    @property
    def items(self) -> VGroup:
        """The rows from top to bottom, that of all other tokens last."""
        return self.submobjects[1]

    @property
    def tokens(self) -> list[int]:
        """Which tokens are drawn, from top to bottom: their places among ``pieces``."""
        return [item.key for item in self.items if item.key != OTHERS]

    @property
    def values(self) -> Floats:
        """The shares of all rows, from top to bottom; they sum to 1."""
        return np.array([item.value for item in self.items])

    def row(self, token: int) -> BarItem:
        """Return the row of a token by its place among ``pieces``, -1 for the row of all others."""
        for item in self.items:
            if item.key == token:
                return item
        raise ValueError(f"Token {token} is not drawn; expected one of {self.tokens}, or {OTHERS} for all others.")

    def highlight(self, token: int, color: str | None = None) -> ProbabilityBars:
        """Outline the bar of a token and write its name in ``theme.HIGHLIGHT``, or another colour."""
        row, ink = self.row(token), theme.HIGHLIGHT if color is None else color
        row.bar.set_stroke(ink, theme.STROKE_STRONG)
        row.name_label.set_fill(ink)
        row.number.set_fill(ink)
        return self

    def set_values(self, probabilities: Any, passport: Passport = None) -> ProbabilityBars:
        """Show another distribution over the same tokens, sorted anew; a token that stays keeps its row.

        Raises
        ------
        ValueError
            As for the constructor, or if there are not as many shares as before.
        """
        shares = checked_shares(probabilities)
        if len(shares) != len(self.pieces):
            raise ValueError(f"{len(shares)} shares were found; expected one for each of {len(self.pieces)} tokens.")
        self.probabilities = shares
        places, scale = [item.bar.base for item in self.items], self.items[0].bar.thickness / self.bar_height
        kept, rows = {item.key: item for item in self.items}, []
        for key, share, source in self._chosen(probabilities, passport):
            fresh = key not in kept
            row = self._make_row(key, share, source).scale(scale) if fresh else kept[key].set_value(share, source)
            rows.append(row)
        for row, place in zip(rows, places, strict=True):
            row.move_base_to(place)
        self.items.submobjects = rows
        return self._color_by_rank()

    @override_animate(set_values)
    def _set_values_animation(self, probabilities, passport=None, anim_args=None) -> Animation:
        return ChangeBars(self, probabilities, passport=passport, **(anim_args or {}))

    def _chosen(self, probabilities: Any, passport: Passport) -> list[tuple[int, float, Passport]]:
        """Return key, share and passport of each row, from top to bottom."""
        shares = self.probabilities
        order = [int(token) for token in np.argsort(-shares, kind="stable")[: self.k]]
        chosen: list[tuple[int, float, Passport]] = [
            (token, float(shares[token]), passport_at(probabilities, token, passport=passport)) for token in order
        ]
        if self.has_rest:
            rest = max(0.0, 1.0 - sum(share for _, share, _ in chosen))
            chosen.append((OTHERS, rest, "share: all other tokens"))
        return chosen

    def _make_row(self, key: int, share: float, passport: Passport) -> BarItem:
        """Return a row with its base at the origin."""
        color = theme.MUTED if key == OTHERS else theme.TEXT
        bar = Bar(share, self.whole_width, self.bar_height, RIGHT, color, key, passport)
        if key == OTHERS:
            bar.set_fill(opacity=theme.OPACITY_HALF).set_stroke(color)
        name = self._others_name() if key == OTHERS else token_label(self.pieces[key], self.font_size, color)
        layout.fit(name, NAME_WIDTH)
        name.shift([-layout.GAP_RELATED - name.get_right()[0], 0, 0])
        numeral = Numeral(
            share, self.decimals, "never", font_size=self.font_size, color=color, factor=100, passport=passport
        )
        return BarItem(name, bar, numeral, "%", self.font_size)

    def _others_name(self) -> VGroup:
        before, _, after = self.others.partition("{}")
        rest, size = len(self.pieces) - self.k, self.font_size
        if not rest or "{}" not in self.others:
            return row_label(" ".join((before + after).split()), size, theme.MUTED)
        count = Numeral(rest, 0, thousands=True, font_size=size, color=theme.MUTED, passport="count: tokens not drawn")
        words = [row_label(word.strip(), size, theme.MUTED) if word.strip() else VGroup() for word in (before, after)]
        parts = [part for part in (words[0], count, words[1]) if part.family_members_with_points()]
        for left, right in zip(parts, parts[1:], strict=False):
            right.shift([left.get_right()[0] + size / 150 - right.get_left()[0], 0, 0])
        return VGroup(*parts)

    def _color_by_rank(self) -> ProbabilityBars:
        """Colour bars from teal at the top to yellow, that of all others grey; light is left alone."""
        colors = theme.share_colors(np.linspace(0, 1, self.k))
        for item, color in zip(self.items, colors, strict=False):
            item.bar.fill_rgbas[:, :3] = color[:3]
        return self


def checked_shares(values: Any) -> Floats:
    """Return shares of a whole, shape (n,), or refuse what cannot be part of a distribution."""
    shares = np.asarray(values, dtype=float)
    if shares.ndim != 1 or not shares.size:
        raise ValueError(f"Shares of shape {shares.shape} were found; expected at least one, (vocab,).")
    if not np.isfinite(shares).all():
        raise ValueError("Shares that are not finite were found; expected numbers from 0 to 1.")
    if shares.min() < -1e-9 or shares.max() > 1 + 1e-6:
        raise ValueError(f"Shares from {shares.min():.3g} to {shares.max():.3g} were found; expected 0 to 1.")
    if shares.sum() > 1 + SLACK:
        raise ValueError(f"Shares that sum to {shares.sum():.4g} were found; expected at most 1.")
    return np.clip(shares, 0, 1)


def _checked_pieces(pieces: Sequence[str], count: int) -> tuple[str, ...]:
    if isinstance(pieces, str) or len(pieces) != count:
        raise ValueError(f"{len(pieces)} pieces were found for {count} shares; give the text of each token.")
    return tuple(pieces)
