"""Words and symbols: labels and titles in the shipped font, vector symbols with arrow and index."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from manim import DOWN, RIGHT, UP, MathTypst, SurroundingRectangle, Text, VGroup, VMobject, config

from mobjects import layout, theme
from mobjects.fonts import covered_characters

# Pango rounds the advance of each letter to whole pixels; at this size the rounding cannot be seen, so all text is
# laid out at it and then scaled.
LAYOUT_SIZE = 240
NEVER_BREAK = 1_000_000
WEIGHTS = {"regular": "NORMAL", "bold": "BOLD"}
DIGITS = "0123456789"
# Typst draws the bars of fractions and roots as lines, without height; how thick they are at LAYOUT_SIZE.
HAIR, BAR = 1e-6, 0.105


def label(text: str, size: float | None = None, color: str | None = None, weight: str = "regular") -> Text:
    """One line of text in the film's font, or several if it has line breaks; one glyph per character.

    Parameters
    ----------
    text : str
        Shown as it is: markup is not interpreted, letters are never joined. A space is an empty glyph.
    size : float
        Font size, 48 is half a unit of capitals and descenders; ``theme.FONT_LABEL`` if not given.
    color : str
        ``theme.TEXT`` if not given.
    weight : {"regular", "bold"}

    Raises
    ------
    ValueError
        If the text is empty or has characters the shipped font cannot draw.

    Examples
    --------
    >>> sizes = [theme.FONT_SMALL, theme.FONT_LABEL, theme.FONT_BODY, theme.FONT_TITLE]
    >>> colors = [theme.MUTED, theme.TEXT, theme.KEY, theme.QUERY]
    >>> lines = VGroup(*(label("Attention is a sum", size, color) for size, color in zip(sizes, colors)))
    >>> self.play(FadeIn(lines.arrange(DOWN, buff=0.5), shift=0.25 * UP, lag_ratio=0.1))
    """
    if weight not in WEIGHTS:
        raise ValueError(f'weight={weight!r} was found; expected "regular" or "bold".')
    line = _laid_out(checked_text(text), weight).copy()
    line.set_color(theme.TEXT if color is None else color)
    return line.scale((theme.FONT_LABEL if size is None else size) / LAYOUT_SIZE)


@lru_cache(maxsize=1024)
def _laid_out(text: str, weight: str) -> Text:
    with _own_layout():
        line = Text(
            text,
            font=theme.FONT,
            font_size=LAYOUT_SIZE,
            weight=WEIGHTS[weight],
            disable_ligatures=True,
            warn_missing_font=False,
        )
    # What it was read from: nobody needs it any more, it differs from run to run, and makes copies ten times slower.
    line.file_name, line.id_to_vgroup_dict = None, {}
    for letter in line:
        letter.__dict__.pop("path_obj", None)
    return line


@contextmanager
def _own_layout() -> Iterator[None]:
    """Keep manim from breaking lines at the video's width and losing those below its height.

    The files through which it does its layout are this process's own: two that write the same one leave it damaged.
    """
    before = config.pixel_width, config.pixel_height, config.text_dir
    config.pixel_width = config.pixel_height = NEVER_BREAK
    config.text_dir = str(Path(_scratch()) / str(os.getpid()))
    try:
        yield
    finally:
        config.pixel_width, config.pixel_height, config.text_dir = before


@cache
def _scratch() -> str:
    folder = tempfile.mkdtemp(prefix="layout")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def title(text: str) -> Text:
    """A title at the top of the frame, shrunk to the safe width.

    Examples
    --------
    >>> heading = title("Which words matter?")
    >>> self.play(FadeIn(heading, shift=0.25 * DOWN, lag_ratio=0.05))
    >>> self.play(FadeIn(TokenRow(self.pieces)))
    """
    line = label(text, size=theme.FONT_TITLE, weight="bold")
    layout.fit(line, 2 * layout.SAFE_X)
    return line.move_to([0, layout.SAFE_Y, 0], aligned_edge=UP)


def tag(text: str) -> Text:
    """A small credit in the lower right corner of the safe area.

    Examples
    --------
    >>> row = TokenRow(self.pieces).tint(self.pick.query, theme.QUERY)
    >>> self.play(FadeIn(row), FadeIn(tag(f"read by {self.checkpoint.name}")))
    """
    line = label(text, size=theme.FONT_TINY, color=theme.MUTED)
    line.least_size = theme.FONT_TINY  # who wants to know will lean forward
    layout.fit(line, 2 * layout.SAFE_X)
    return line.move_to([layout.SAFE_X, -layout.SAFE_Y, 0], aligned_edge=DOWN + RIGHT)


def plated(content: VMobject, pad: float = layout.GAP_LABEL) -> VGroup:
    """Content over a plate of the background's colour, so that it can be read over anything: ``plated(...)[1]``.

    Examples
    --------
    >>> strips = VGroup(*(ValueStrip(row, 0.4, horizontal=True) for row in np.asarray(self.quantity("WQ"))[:14, :30]))
    >>> self.add(strips.arrange(DOWN, buff=0))
    >>> self.play(FadeIn(plated(label("the table that makes queries", size=theme.FONT_BODY), pad=0.25)))
    """
    plate = SurroundingRectangle(content, buff=pad, stroke_width=0, fill_color=theme.BACKGROUND, fill_opacity=0.85)
    return VGroup(plate, content)


def checked_text(text: str) -> str:
    """Return ``text`` unchanged, or refuse what cannot be drawn.

    Raises
    ------
    ValueError
        If there is nothing to draw, or a character the shipped font has no glyph for.
    """
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"The text {text!r} was found; expected at least one character that can be seen.")
    missing = sorted(set(text) - covered_characters() - {"\n"})
    if missing:
        listed = ", ".join(f"{character!r} (U+{ord(character):04X})" for character in missing)
        raise ValueError(f"The font has no {listed}; use Latin or Greek letters, digits and common signs.")
    return text


class Outline(VMobject):
    """Several glyphs drawn as one shape: a symbol or a formula.

    ``reads`` is what it says, ``unit`` its extent at font size 1.
    """

    def __init__(self, points: np.ndarray, reads: str, color: str | None, size: float | None) -> None:
        super().__init__(stroke_width=0, fill_opacity=1, color=theme.TEXT if color is None else color)
        self.reads = reads
        self.unit = extent(points) / LAYOUT_SIZE
        self.set_points(points * ((theme.FONT_LABEL if size is None else size) / LAYOUT_SIZE))


def extent(points: np.ndarray) -> float:
    """Return the largest distance of two corners of an outline: its size, however it is turned."""
    corners = np.concatenate([points[::4], points[3::4]])  # the ends of its curves
    return float(np.linalg.norm(corners[:, None] - corners[None], axis=2).max())


def symbol(
    letter: str,
    subscript: int | str | None = None,
    color: str | None = None,
    size: float | None = None,
    arrow: bool = True,
) -> VMobject:
    """A bold symbol such as E with an arrow and an index, as a single mobject that is cheap to copy.

    Parameters
    ----------
    letter : str
        Letters, optionally after ``Δ`` and before ``′``: "E", "Q", "ΔE", "E′".
    subscript : int or str, optional
        A number, or letters such as the Q of W_Q.
    color : str
        ``theme.TEXT`` if not given.
    size : float
        Font size; ``theme.FONT_LABEL`` if not given.
    arrow : bool
        Whether the letter is a vector.

    Raises
    ------
    ValueError
        If the letter or the subscript has anything but letters and digits.

    Examples
    --------
    >>> letters = VGroup(
    ...     symbol("E", 3, color=theme.EMBEDDING, size=120),
    ...     symbol("Q", 3, color=theme.QUERY, size=120),
    ...     symbol("W", "Q", color=theme.QUERY, size=120, arrow=False),
    ...     symbol("ΔE", color=theme.UPDATE, size=120),
    ... ).arrange(buff=1.2)
    >>> self.play(FadeIn(letters, shift=0.25 * UP, lag_ratio=0.25))
    """
    index = "" if subscript is None else str(subscript)
    return Outline(_symbol_outline(letter, index, arrow), f"{letter}_{index}" if index else letter, color, size)


def formula(source: str, color: str | None = None, size: float | None = None) -> VMobject:
    """A formula in Typst's notation, as a single mobject; ``e^"score"`` is e to the score.

    Parameters
    ----------
    source : str
        Typst mathematics, written by the author of a scene; never pass on what a user typed.
    color : str
        ``theme.TEXT`` if not given.
    size : float
        Font size; ``theme.FONT_LABEL`` if not given.

    Examples
    --------
    >>> softmax = formula('p_i = e^(x_i) / (sum_j e^(x_j))', size=96)
    >>> self.play(FadeIn(softmax, shift=0.25 * UP))
    """
    points = _outline(source)
    return Outline(points - (points.min(axis=0) + points.max(axis=0)) / 2, source, color, size)


@cache
def _symbol_outline(letter: str, index: str, arrow: bool) -> np.ndarray:
    """Return the centred outline of a symbol at ``LAYOUT_SIZE``; numbers are set from one template per letter."""
    if index and set(index) <= set(DIGITS):
        outline = _numbered_outline(letter, index, arrow)
    else:
        outline = _outline(_typst_source(letter, index, arrow))
    outline = outline - (outline.min(axis=0) + outline.max(axis=0)) / 2
    outline.flags.writeable = False
    return outline


def _numbered_outline(letter: str, index: str, arrow: bool) -> np.ndarray:
    base, anchor = _numbered_template(letter, arrow)
    glyphs, advance = _index_digits()
    digits = [glyphs[int(digit)] + anchor + np.array([place * advance, 0, 0]) for place, digit in enumerate(index)]
    return np.concatenate([base, *digits])


@cache
def _numbered_template(letter: str, arrow: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the outline of a letter and the place of the first digit of its index."""
    *base, eight = _parts(_typst_source(letter, "8", arrow))
    return np.concatenate(base), eight.min(axis=0) - _index_digits()[0][8].min(axis=0)


@cache
def _index_digits() -> tuple[list[np.ndarray], float]:
    """Return the ten digits at the size of an index, each about the origin of its own slot, and the slot's width."""
    strip = _parts(_typst_source("E", DIGITS, False))[1:]
    # The digits have equal slots; the distance of two zeros is the width of one.
    zeros = _parts(_typst_source("E", "00", False))[1:]
    advance = float(zeros[1][:, 0].min() - zeros[0][:, 0].min())
    origin = strip[0].min(axis=0)
    return [digit - origin - np.array([place * advance, 0, 0]) for place, digit in enumerate(strip)], advance


def _typst_source(letter: str, index: str, arrow: bool) -> str:
    letters = letter.removeprefix("Δ").removesuffix("′")
    if not (letters.isascii() and letters.isalpha()) or not (not index or (index.isascii() and index.isalnum())):
        raise ValueError(
            f"The symbol {letter!r} with index {index!r} was found; expected letters (Δ before, ′ after allowed) "
            "and an index of letters or digits."
        )
    body = f'bold(upright("{letters}"))'
    body = f"arrow({body})" if arrow else body
    body = ("Delta " if letter.startswith("Δ") else "") + body + ("'" if letter.endswith("′") else "")
    if not index:
        return body
    return f"{body}_({' '.join(index)})" if index.isalpha() else f'{body}_("{index}")'


def _parts(source: str) -> list[np.ndarray]:
    formula = MathTypst(source, font_size=LAYOUT_SIZE)
    return [filled(part) for part in formula.family_members_with_points()]


def filled(part: VMobject) -> np.ndarray:
    """Return the outline of a part of a formula; the bar of a fraction or a root, a line, as a thin rectangle."""
    points = part.points.copy()
    if np.ptp(points[:, 1]) > HAIR:
        return points
    half = np.array([0, BAR / 2, 0])
    left, right = points[points[:, 0].argmin()], points[points[:, 0].argmax()]
    corners = [left - half, right - half, right + half, left + half, left - half]
    return np.asarray(VMobject().set_points_as_corners(corners).points)


def _outline(source: str) -> np.ndarray:
    return np.concatenate(_parts(source))
