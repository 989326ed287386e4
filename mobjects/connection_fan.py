"""Two columns of the same words, and lines between them: who takes from whom, for one head or several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import LEFT, RIGHT, UP, Animation, VGroup, VMobject, override_animate

from mobjects import layout, theme
from mobjects.attention_layers import checked_weights, passport_at
from mobjects.carriers import Carrier
from mobjects.dimming import Dim, Undim, dim, undim
from mobjects.numerals import Floats, Numbers, Passport
from mobjects.tokens import Token, TokenRow

MOST_HEADS = 6
# Shares below this draw no line: it could not be seen.
LEAST = 0.02
FAINTEST, THINNEST, WIDEST = 0.15, 0.75, 7.0
ROW_SHARE = 0.78


class Connection(Carrier):
    """A line from a word to one that it takes from; ``value`` is the share, ``query`` and ``key`` the places."""

    def __init__(self, share: float, query: int, key: int, color: str, passport: Passport) -> None:
        opacity = FAINTEST + (1 - FAINTEST) * share
        width = THINNEST + (WIDEST - THINNEST) * share
        super().__init__(stroke_color=color, stroke_width=width, stroke_opacity=opacity, fill_opacity=0)
        self.value, self.passport = float(share), passport
        self.query, self.key = query, key

    def draw(self, start: Floats, end: Floats) -> Connection:
        """Draw the line, level at both ends."""
        reach = (end - start) * [0.5, 0, 0]
        self.set_points(np.array([start, start + reach, end - reach, end]))
        return self


class ConnectionFan(VGroup):
    """An attention pattern as lines from each word, at the left, to the words it takes from, at the right.

    BertViz draws its head view so. Lines are wider and brighter the larger the share; shares below 0.02 draw none.

    Parameters
    ----------
    patterns : float array or Quantity, shape (query, key), or (head, query, key) for several heads
        Shares, 0 to 1; kept in ``patterns``.
    tokens : sequence of str
        The words that take, leading spaces included; at most 16.
    key_tokens : sequence of str, optional
        The words they take from, if these are others; ``tokens`` if not given.
    colors : sequence of str, optional
        One for each head; ``theme.HIGHLIGHT``, ``theme.KEY``, ``theme.OUTPUT`` and so on if not given.
    width, height : float
        Between the columns of words, and of the columns, in manim units.
    font_size : float
        Of the words before they shrink to their rows; ``theme.FONT_LABEL`` if not given.
    passport : str or tuple, optional
        Declares the shares, instead of a Quantity.

    Raises
    ------
    ValueError
        If there are more than six heads, not one share for each pair of words, or a share is no share.

    Source
    ------
    Any pattern; in scenes ``quantity("PATT")``. J. Vig, 2019, "A Multiscale Visualization of Attention in the
    Transformer Model".

    Examples
    --------
    >>> fan = ConnectionFan(self.quantity("PATT"), self.pieces)
    >>> self.play(FadeIn(fan))
    >>> self.play(fan.animate.focus(3))
    """

    def __init__(
        self,
        patterns: Numbers,
        tokens: Sequence[str],
        key_tokens: Sequence[str] | None = None,
        colors: Sequence[str] | None = None,
        width: float = 5.0,
        height: float = 2 * layout.SAFE_Y,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        self.patterns = patterns
        heads = [patterns] if np.ndim(patterns) == 2 else list(patterns)
        hues = _hues() if colors is None else list(colors)
        if not 1 <= len(heads) <= min(MOST_HEADS, len(hues)):
            raise ValueError(f"{len(heads)} heads were found for {len(hues)} colours; expected 1 to {MOST_HEADS}.")
        size = theme.FONT_LABEL if font_size is None else font_size
        left, right = (_column(words, height, size) for words in (tokens, key_tokens or tokens))
        for column, side in ((left, LEFT), (right, RIGHT)):
            for token in column:
                token.move_to([side[0] * width / 2, token.get_y(), 0], aligned_edge=-side)
        strands = VGroup()
        for head, hue in zip(heads, hues, strict=False):
            shares = checked_weights(head, (len(left), len(right)))
            strands.add(VGroup(*(_from(query, shares, head, hue, left, right, passport) for query in range(len(left)))))
        self.add(left, right, strands)

    @property
    def query_tokens(self) -> VGroup:
        """The words that take, from the top down."""
        return self.submobjects[0]

    @property
    def key_tokens(self) -> VGroup:
        """The words they take from, from the top down."""
        return self.submobjects[1]

    @property
    def strands(self) -> VGroup:
        """For each head a group for each query, of its lines."""
        return self.submobjects[2]

    def focus(self, query: int, opacity: float | None = None) -> ConnectionFan:
        """Dim all but one word, its lines and the words they lead to; ``undim`` lights all again.

        Raises
        ------
        ValueError
            If there is no such word.
        """
        dim(self, keep=self._focused(query), opacity=opacity)
        return self

    @override_animate(focus)
    def _focus_animation(self, query, opacity=None, anim_args=None) -> Animation:
        return Dim(self, keep=self._focused(query), opacity=opacity, **(anim_args or {}))

    def _focused(self, query: int) -> list[VMobject]:
        if not 0 <= query < len(self.query_tokens):
            raise ValueError(f"Word {query} was asked for; there are 0 to {len(self.query_tokens) - 1}.")
        lines = [head[query] for head in self.strands]
        keys = sorted({line.key for group in lines for line in group})
        return [self.query_tokens[query], *lines, *(self.key_tokens[key] for key in keys)]

    def undim(self) -> ConnectionFan:
        """Give all words and lines exactly the light they had."""
        undim(self)
        return self

    @override_animate(undim)
    def _undim_animation(self, anim_args=None) -> Animation:
        return Undim(self, **(anim_args or {}))


def _hues() -> list[str]:
    return [theme.HIGHLIGHT, theme.KEY, theme.OUTPUT, theme.UPDATE, theme.VALUE, theme.CORRECT]


def _column(words: Sequence[str], height: float, size: float) -> VGroup:
    """Return tokens below each other, as high as fits; of less than six, the rows stay close."""
    tokens: list[Token] = TokenRow(words, font_size=size, space="between", max_width=1e6).tokens
    pitch = min(height / len(tokens), 1.25 * tokens[0].height / ROW_SHARE)
    factor = min(1.0, ROW_SHARE * pitch / tokens[0].height)
    for place, token in enumerate(tokens):
        token.scale(factor).move_to((len(tokens) - 1 - 2 * place) / 2 * pitch * UP)
    return VGroup(*tokens)


def _from(query: int, shares: Floats, head: Numbers, color: str, left: VGroup, right: VGroup, passport) -> VGroup:
    """Return the lines of one word."""
    start = left[query].box.get_right() + layout.GAP_LABEL * RIGHT
    return VGroup(
        *(
            Connection(share, query, key, color, passport_at(head, query, key, passport=passport)).draw(
                start, right[key].box.get_left() + layout.GAP_LABEL * LEFT
            )
            for key, share in enumerate(shares[query])
            if share >= LEAST
        )
    )
