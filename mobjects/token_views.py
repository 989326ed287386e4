"""A line of text coloured by a number for each token: any number, or how surprising the token was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, Square, SurroundingRectangle, VGroup

from mobjects import layout, theme
from mobjects.attention_layers import passport_at
from mobjects.bar_chart import checked_numbers
from mobjects.distribution import ProbabilityBars
from mobjects.numerals import Floats, Numeral, Passport
from mobjects.spacing import spread_apart
from mobjects.token_label import row_label
from mobjects.tokens import Token, TokenRow

DEPTH = 0.45  # how much of the full colour a plate takes, so that words on it can be read
LEGEND_STEPS = 9


class ColoredTokens(VGroup):
    """A line of text whose plates are coloured by one number per token, with a small scale that says how.

    Parameters
    ----------
    pieces : sequence of str
        The tokens as text.
    values : float array or Quantity, shape (n_tokens,)
        One for each.
    color_by : {"signed", "share", "loss"}
        Blue above zero and red below; teal, or red for losses, the stronger the larger, for numbers not below zero.
    scale : float
        What gets the full colour; the largest magnitude if not given.
    name : str
        Stands before the scale.
    legend, numbers : bool
        Whether there is a scale; whether each number is written below its token.
    decimals : int
    font_size : float
        Of the tokens; ``theme.FONT_BODY`` if not given.
    max_width : float
        The line shrinks to this width; the safe width of the frame if not given.
    passport : str or tuple, optional
        Declares the values, instead of a Quantity.

    Attributes
    ----------
    values : float array, shape (n_tokens,)
    passports : list
        One per token.

    Raises
    ------
    ValueError
        If values and pieces differ in number, one is not finite, or below zero where it must not be.

    Source
    ------
    Any array; in scenes a Quantity with one axis left, position.

    Examples
    --------
    >>> shares = self.quantity("PATT")[3, :8]
    >>> view = ColoredTokens(self.pieces[:8], shares, "share", name="attention of fox", numbers=True, decimals=2)
    >>> self.play(FadeIn(view, lag_ratio=0.02))
    """

    def __init__(
        self,
        pieces: Sequence[str],
        values: Any,
        color_by: str = "signed",
        scale: float | None = None,
        name: str = "",
        legend: bool = True,
        numbers: bool = False,
        decimals: int = 1,
        font_size: float | None = None,
        max_width: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        self.color_by, array = color_by, checked_values(values, pieces, color_by)
        self.scale_value = float(np.abs(array).max()) or 1.0 if scale is None else float(scale)
        row = TokenRow(pieces, font_size=font_size, max_width=max_width)
        for token in row.tokens:
            for mark in (part for part in token.word if part.stroke_width):
                mark.set_stroke(theme.TEXT)  # of a break or a blank; muted, it would not show on a coloured plate
        self.add(row, VGroup(), VGroup())
        if numbers:
            self.submobjects[1] = _numbers_below(row, array, decimals)
        if legend:
            self.submobjects[2] = _legend(name, color_by, self.scale_value, decimals)
            self.legend.next_to(VGroup(row, self.numbers), DOWN, buff=layout.GAP)
        self.set_values(values, passport)
        self.center()

    @property
    def row(self) -> TokenRow:
        """The line of text."""
        return self.submobjects[0]

    @property
    def tokens(self) -> list[Token]:
        """The tokens in reading order."""
        return self.row.tokens

    @property
    def numbers(self) -> VGroup:
        """The numbers below the tokens, if they are written."""
        return self.submobjects[1]

    @property
    def legend(self) -> VGroup:
        """The scale, if there is one."""
        return self.submobjects[2]

    def set_values(self, values: Any, passport: Passport = None) -> ColoredTokens:
        """Colour the plates by other values, by the same rule and scale."""
        array = checked_values(values, self.tokens, self.color_by)
        self.values = array
        self.passports = [passport_at(values, index, passport=passport) for index in range(len(array))]
        colors = plate_colors(array, self.color_by, self.scale_value)
        for token, color in zip(self.tokens, colors, strict=True):
            token.box.fill_rgbas[:, :3] = color[:3]
        for numeral, value, source in zip(self.numbers, array, self.passports, strict=False):
            numeral.set_value(float(value), source)
        return self

    def strongest(self) -> int:
        """Return the place of the token with the largest magnitude (0-based)."""
        return int(np.abs(self.values).argmax())


class TokenLogProbabilities(VGroup):
    """How surprised the network was by each token: minus the logarithm of the share it had given to it.

    Parameters
    ----------
    pieces : sequence of str
        The tokens as text.
    losses : float array or Quantity, shape (n_tokens - 1,)
        Of every token but the first, which nothing predicts, in nats; none below zero.
    name : str
        Stands before the scale.
    decimals : int
    font_size : float
        Of the tokens; ``theme.FONT_BODY`` if not given.
    passport : str or tuple, optional
        Declares the losses, instead of a Quantity.

    Raises
    ------
    ValueError
        If there is not one loss for each token but the first, or one is below zero or not finite.

    Source
    ------
    loss = -log p(token | tokens before); in scenes the Quantity "losses".

    Examples
    --------
    >>> vocabulary = self.checkpoint.tokenizer.pieces(range(4096))
    >>> view = TokenLogProbabilities(self.pieces[:9], self.quantity("LOSS"), name="surprise").shift(2.3 * UP)
    >>> self.play(FadeIn(view, lag_ratio=0.02))
    >>> self.play(FadeIn(view.alternatives(2, self.quantity("PROB")[1], vocabulary, k=5), shift=0.25 * DOWN))
    """

    def __init__(
        self,
        pieces: Sequence[str],
        losses: Any,
        name: str = "",
        decimals: int = 1,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        array = checked_values(losses, list(pieces)[1:], "loss")
        self.losses = array
        self.passports = [passport_at(losses, index, passport=passport) for index in range(len(array))]
        scale = float(array.max()) or 1.0
        row = TokenRow(pieces, font_size=font_size)
        numbers = _numbers_below(VGroup(*row.tokens[1:]), array, decimals)
        colors = plate_colors(array, "loss", scale)
        for token, color, numeral, source in zip(row.tokens[1:], colors, numbers, self.passports, strict=True):
            token.box.fill_rgbas[:, :3] = color[:3]
            numeral.passport = source
        legend = _legend(name, "loss", scale, decimals).next_to(row, DOWN, buff=layout.GAP_SECTION)
        self.add(row, numbers, legend)
        self.center()

    @property
    def row(self) -> TokenRow:
        """The line of text."""
        return self.submobjects[0]

    @property
    def tokens(self) -> list[Token]:
        """The tokens in reading order."""
        return self.row.tokens

    @property
    def numbers(self) -> VGroup:
        """The losses below all tokens but the first."""
        return self.submobjects[1]

    @property
    def legend(self) -> VGroup:
        """The scale."""
        return self.submobjects[2]

    def alternatives(
        self, index: int, probabilities: Any, vocabulary: Sequence[str], k: int = 5, whole_width: float = 7.0
    ) -> VGroup:
        """Return what the network expected at the place of one token: a box around it and, below, its likeliest tokens.

        Parameters
        ----------
        index : int
            Place of the token (0-based), not the first.
        probabilities : float array or Quantity, shape (vocab,)
            Shares given to all tokens before it was read.
        vocabulary : sequence of str
            All tokens as text; the one that came is marked if it is drawn.
        k : int
            How many are drawn.
        whole_width : float
            Length of a bar for 100 %.
        """
        if not 1 <= index < len(self.tokens):
            raise ValueError(f"Token {index} was asked for; the network expects tokens 1 to {len(self.tokens) - 1}.")
        token = self.tokens[index]
        bars = ProbabilityBars(probabilities, vocabulary, k, whole_width)
        came = next((place for place in bars.tokens if vocabulary[place] == token.piece), None)
        if came is not None:
            bars.highlight(came)
        bars.next_to(self, DOWN, buff=layout.GAP).set_x(0)
        box = SurroundingRectangle(token, color=theme.HIGHLIGHT, buff=0, stroke_width=theme.STROKE_STRONG)
        return VGroup(box, bars)


def plate_colors(values: Floats, color_by: str, scale: float) -> Floats:
    """Return the colours of plates for numbers, RGBA rows of 0 to 1; words on them can still be read."""
    plate = theme.rgba(theme.PLATE)
    if color_by == "signed":
        full = theme.signed_colors(values, scale, neutral=theme.PLATE)
        return plate + DEPTH * (full - plate)
    strength = np.clip(values / scale, 0, 1) ** theme.STRENGTH_GAMMA
    full = theme.rgba(theme.LOSS if color_by == "loss" else theme.KEY)
    colors: Floats = plate + DEPTH * strength[:, None] * (full - plate)
    return colors


def _numbers_below(tokens: VGroup, values: Floats, decimals: int) -> VGroup:
    """Return a number below each token, all at one height, moved apart where tokens are narrower than numbers."""
    numbers = VGroup(*(Numeral(float(value), decimals, color=theme.TEXT) for value in values))
    height = tokens[0].get_bottom()[1] - layout.GAP_RELATED
    places = spread_apart(
        [token.get_x() for token in tokens], [numeral.width for numeral in numbers], layout.GAP_RELATED
    )
    for numeral, place in zip(numbers, places, strict=True):
        numeral.anchor_at([0, height, 0]).set_x(place)
    return numbers


def _legend(name: str, color_by: str, scale: float, decimals: int) -> VGroup:
    """Return the name, the scale from its low end to its high end, and the numbers at both."""
    low = -scale if color_by == "signed" else 0.0
    steps = np.linspace(low, scale, LEGEND_STEPS)
    squares = VGroup(*(Square(0.25, fill_opacity=1, stroke_width=0) for _ in steps)).arrange(RIGHT, buff=0)
    for square, color in zip(squares, plate_colors(steps, color_by, scale), strict=True):
        square.fill_rgbas[:, :3] = color[:3]
    ends = VGroup()
    for value, side in ((low, LEFT), (scale, RIGHT)):
        numeral = Numeral(value, decimals if value else 0, color=theme.MUTED, passport="axis")
        ends.add(numeral.next_to(squares, side, buff=layout.GAP_LABEL))
    words = VGroup()
    if name:
        words = row_label(name, theme.FONT_SMALL, theme.MUTED)
        words.shift([ends.get_left()[0] - layout.GAP_RELATED - words.get_right()[0], 0, 0])
    return VGroup(words, squares, ends)


def checked_values(values: Any, pieces: Sequence[Any], color_by: str) -> Floats:
    """Return one finite number per token, none below zero unless they are signed, or refuse them."""
    if color_by not in ("signed", "share", "loss"):
        raise ValueError(f'color_by={color_by!r} was found; expected "signed", "share" or "loss".')
    array = checked_numbers(values)
    if len(array) != len(pieces):
        raise ValueError(f"{len(array)} values were found for {len(pieces)} tokens; give one for each.")
    if color_by != "signed" and array.min() < 0:
        raise ValueError(f"A value of {array.min():.3g} was found; expected none below zero.")
    return array
