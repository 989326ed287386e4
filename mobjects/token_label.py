"""The text of one token, as lists and charts show it: a faint dot for each space at its edges."""

from __future__ import annotations

from manim import VGroup

from mobjects import theme
from mobjects.brackets import digit_height
from mobjects.text import label

# Stand for what has no ink of its own.
MARKS = {" ": "\N{MIDDLE DOT}", "\n": "↵", "\r": "↵", "\t": "→"}
# A flat-bottomed tall letter, laid out before the text and dropped: it tells where the baseline is.
SAMPLE = "l"


def marked(piece: str) -> str:
    """Return a piece as it is written: dots for the spaces at its edges, arrows for line breaks and tabs.

    >>> marked(" the")
    '·the'
    """
    if not piece:
        raise ValueError("An empty piece was found; expected tokens of at least one character each.")
    body = piece.strip(" ")
    before = len(piece) - len(piece.lstrip(" "))
    spaces = MARKS[" "] * before + body + MARKS[" "] * (len(piece) - before - len(body))
    return "".join(character if character == " " else MARKS.get(character, character) for character in spaces)


def row_label(text: str, size: float | None = None, color: str | None = None) -> VGroup:
    """A line of text that stands level with a number whose middle is at y = 0, whatever letters it has.

    Parameters
    ----------
    text : str
    size : float
        Font size; ``theme.FONT_SMALL`` if not given.
    color : str
        ``theme.TEXT`` if not given.
    """
    size = theme.FONT_SMALL if size is None else size
    sample, *glyphs = label(SAMPLE + text, size=size, color=color)
    line = VGroup(*(glyph for glyph, character in zip(glyphs, text, strict=True) if character != " "))
    baseline = sample.get_bottom()[1]
    return line.shift([-line.get_x(), -baseline - digit_height(size) / 2, 0])


def token_label(piece: str, size: float | None = None, color: str | None = None) -> VGroup:
    """The text of one token with a faint dot for a leading space, level with a number whose middle is at y = 0.

    Parameters
    ----------
    piece : str
        The exact text of the token.
    size : float
        Font size; ``theme.FONT_SMALL`` if not given.
    color : str
        ``theme.TEXT`` if not given.

    Raises
    ------
    ValueError
        If the piece is empty or has characters the shipped font cannot draw.

    Examples
    --------
    >>> words = VGroup(*(token_label(piece, size=48) for piece in self.pieces[2:6])).arrange(DOWN)
    >>> self.play(FadeIn(words, shift=0.25 * DOWN, lag_ratio=0.1))
    """
    text = marked(piece)
    line = row_label(text, size, color)
    shown = [place for place, character in enumerate(text) if character != " "]
    for glyph, place in zip(line, shown, strict=True):
        if text[place] in MARKS.values() and text[place] not in piece:
            glyph.set_fill(theme.MUTED)
    return line
