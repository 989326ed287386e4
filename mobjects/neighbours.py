"""Which vectors point most nearly the same way as one, and a list that says so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import VGroup

from mobjects import theme
from mobjects.numerals import Floats, Numbers, Numeral, Passport, passport_of
from mobjects.token_label import row_label

MOST = 12
# From row to row, in manim units for digits of size 24.
PITCH = 0.46
# Between the longest word and the longest number.
GUTTER = 0.45


class NeighbourList(VGroup):
    """Words under each other, each with its cosine: a list beside a space, filled row by row.

    Parameters
    ----------
    words : sequence of str
        Nearest first; at most 12.
    cosines : float array or Quantity, shape (n,)
        One each, -1 to 1.
    color : str
        Of the words; ``theme.TEXT`` if not given.
    font_size : float
        ``theme.FONT_SMALL`` if not given.
    passport : str or tuple, optional
        Declares the cosines, if they do not say themselves where they come from.

    Raises
    ------
    ValueError
        If there are no words or too many, not one cosine each, or a cosine is beyond -1 to 1.

    Source
    ------
    In scenes :func:`nearest` among rows of the embedding, or ``model.probing.space.neighbours``.

    Examples
    --------
    >>> words = "king queen prince princess man woman horse bird red green".split()
    >>> table, ids = self.quantity("EMB"), [self.checkpoint.tokenizer.encode(f" {word}")[0] for word in words]
    >>> plot = SpacePlot([table[token] for token in ids], words, theme.EMBEDDING, yaw=-5).tint(0, theme.HIGHLIGHT)
    >>> found, cosines = nearest(plot.values, 0, 5)
    >>> rows = NeighbourList([words[place] for place in found], cosines, font_size=30, passport="cosine: embedding")
    >>> self.add(VGroup(plot, rows).arrange(RIGHT, buff=1))
    >>> self.play(LaggedStart(*(FadeIn(row, shift=0.25 * RIGHT) for row in rows), lag_ratio=0.5))
    """

    def __init__(
        self,
        words: Sequence[str],
        cosines: Numbers,
        color: str | None = None,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        values = _checked_cosines(cosines, len(words))
        size = theme.FONT_SMALL if font_size is None else font_size
        texts = [row_label(word, size, color) for word in words]
        edge = max(text.width for text in texts) + GUTTER * size / theme.FONT_SMALL
        for place, (text, value) in enumerate(zip(texts, values, strict=True)):
            found = passport_of(cosines[place]) if passport is None else passport
            number = Numeral(value, 2, "negative", font_size=size, passport=found)
            number.anchor_at([edge, 0, 0])
            text.shift([-text.get_left()[0], 0, 0])
            self.add(VGroup(text, number).shift([0, -place * PITCH * size / theme.FONT_SMALL, 0]))
        self.center()

    @property
    def words(self) -> VGroup:
        """The words, nearest first."""
        return VGroup(*(row.submobjects[0] for row in self.submobjects))

    @property
    def numbers(self) -> VGroup:
        """The cosines, one :class:`mobjects.numerals.Numeral` each."""
        return VGroup(*(row.submobjects[1] for row in self.submobjects))


def nearest(vectors: Numbers, to: int | Numbers, count: int = 5) -> tuple[list[int], Floats]:
    """Return which vectors point most nearly the same way as one, nearest first, and their cosines with it.

    Parameters
    ----------
    vectors : float array, shape (n, d)
    to : int or float array, shape (d,)
        One of them (0-based), which is then left out, or any other vector.
    count : int
        How many are wanted.

    Raises
    ------
    ValueError
        If the vector asked about is zero or of another length.

    Examples
    --------
    >>> nearest([(1, 0), (1, 1), (0, 1), (-1, 0)], 0, count=2)[0]
    [1, 2]
    """
    rows = np.asarray([np.asarray(row, dtype=float) for row in vectors])
    other = rows[to] if isinstance(to, int) else np.asarray(to, dtype=float)
    if other.shape != rows.shape[1:] or not np.linalg.norm(other) > 0:
        raise ValueError(f"A vector of shape {other.shape} was found; expected {rows.shape[1:]}, and not zero.")
    lengths = np.maximum(np.linalg.norm(rows, axis=1), 1e-300)
    cosines = np.clip(rows @ other / (lengths * np.linalg.norm(other)), -1, 1)
    order = [int(place) for place in np.argsort(-cosines, kind="stable")]
    chosen = [place for place in order if not (isinstance(to, int) and place == to % len(rows))][:count]
    return chosen, cosines[chosen]


def _checked_cosines(cosines: Numbers, count: int) -> Floats:
    values = np.asarray(cosines, dtype=float)
    if not 1 <= count <= MOST or values.shape != (count,):
        raise ValueError(
            f"{count} words and cosines of shape {values.shape} were found; expected 1 to {MOST}, one of each."
        )
    if not (np.abs(values) <= 1 + 1e-6).all():
        raise ValueError("Cosines beyond -1 to 1 were found; expected those of angles.")
    return values
