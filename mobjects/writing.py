"""Text that a network writes, piece by piece."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Mobject, Rectangle, VGroup, VMobject
from manim.utils.rate_functions import linear, smooth
from numpy.typing import NDArray

from mobjects import theme
from mobjects.dimming import PartMotion
from mobjects.text import LAYOUT_SIZE, Outline
from mobjects.wrapping import LEADING, SPACE, Character, lay_out, letter_heights

# The mark under the place of the next piece: its width, its thickness and its depth, in heights of letters.
MARK_WIDTH, MARK_THICKNESS, MARK_DEPTH = 0.75, 0.06, 0.14
# Of the time that a piece takes, the share in which it appears, and the one until which it is bright.
ARRIVED, BRIGHT = 0.3, 0.6

Floats = NDArray[np.float64]


class ParagraphStream(VGroup):
    """A text that grows piece by piece, with a mark under the place of the next one.

    The whole text is known and broken into lines beforehand, so no word ever moves to another line. Beyond
    ``max_lines`` the text scrolls up. Each piece is one outline; what is not shown or has scrolled away has no points.

    Parameters
    ----------
    pieces : sequence of str
        The tokens as text, in order, leading spaces included.
    seed : int
        How many of them are there at first, in another colour: what the writing started from.
    width : float
        Of the lines, in manim units.
    max_lines : int
        How many lines are seen at once.
    size : float
        Font size; ``theme.FONT_LABEL`` if not given.
    seed_color : str
        ``theme.UPDATE`` if not given.

    Attributes
    ----------
    shown : float
        How many pieces are there: a whole number, but while one is arriving.

    Raises
    ------
    ValueError
        If there are no pieces, an empty one, or one that cannot be drawn; if the seed is longer than the text, the
        width is not above zero or there is no line.

    Examples
    --------
    >>> stream = ParagraphStream(self.pieces, seed=3, width=6, max_lines=3, size=theme.FONT_TITLE)
    >>> self.play(FadeIn(stream))
    >>> self.play(WriteNext(stream, len(self.pieces) - 3, run_time=3))
    """

    def __init__(
        self,
        pieces: Sequence[str],
        seed: int = 0,
        width: float = 6.0,
        max_lines: int = 6,
        size: float | None = None,
        seed_color: str | None = None,
    ) -> None:
        self.pieces = _checked_pieces(pieces)
        if not 0 <= seed <= len(self.pieces):
            raise ValueError(f"A seed of {seed} pieces was found; the text has {len(self.pieces)}.")
        if max_lines < 1:
            raise ValueError(f"max_lines={max_lines} was found; expected at least one line.")
        size = theme.FONT_LABEL if size is None else size
        self.max_lines, self.line_width, self.font_size = max_lines, width, size
        self.outlines, self.slots = laid_out(self.pieces, width, size)
        ink = theme.UPDATE if seed_color is None else seed_color
        colors = [ink if place < seed else theme.TEXT for place in range(len(self.pieces))]
        words = VGroup(*map(_drawn, self.outlines, self.pieces, colors, [size] * len(colors)))
        window = Rectangle(width=width, height=self.reach(max_lines), stroke_width=0, fill_opacity=0)
        underline = VMobject(stroke_width=0, fill_opacity=1, color=theme.HIGHLIGHT)
        super().__init__(window, underline, words)
        self.draw(seed)

    def reach(self, lines: int) -> float:
        """Return the height of so many lines, as they were laid out."""
        letters = sum(letter_heights(self.font_size))
        return (LEADING * (lines - 1) + 1) * letters

    @property
    def window(self) -> Rectangle:
        """What the text may cover, as a rectangle that cannot be seen."""
        return self.submobjects[0]

    @property
    def underline(self) -> VMobject:
        """The mark under the place of the next piece."""
        return self.submobjects[1]

    @property
    def words(self) -> VGroup:
        """One outline for each piece."""
        return self.submobjects[2]

    def show(self, count: int) -> ParagraphStream:
        """Show so many pieces, at once."""
        if not 0 <= count <= len(self.pieces):
            raise ValueError(f"{count} pieces were asked for; the text has {len(self.pieces)}.")
        return self.draw(count)

    def draw(self, shown: float) -> ParagraphStream:
        """Put all pieces where they are at a moment: so many are there, the last of which may be arriving."""
        self.shown = float(shown)
        scroll = self.scroll
        for word, outline, (_, line) in zip(self.words, self.outlines, self.slots, strict=False):
            there = len(outline) and scroll - line < 1
            word.points = self.placed(outline, scroll) if there else np.zeros((0, 3))
        for word in self.words[int(np.ceil(shown)) :]:
            word.points = np.zeros((0, 3))
        self.underline.points = self.placed(self._mark(), scroll)
        return self

    @property
    def step(self) -> tuple[int, int, float]:
        """The piece that is arriving, the next one, and how far all has moved on from one to the other."""
        arriving = int(self.shown)
        moved = smooth(_ramp(self.shown - arriving, ARRIVED, 1))
        return arriving, min(arriving + 1, len(self.pieces)), moved

    @property
    def scroll(self) -> float:
        """How many lines are above the window."""
        before, after, moved = self.step
        first, last = (max(0, self.slots[place][1] - self.max_lines + 1) for place in (before, after))
        return (1 - moved) * first + moved * last

    def _mark(self) -> Floats:
        """Return the outline of the mark; it slides along a line, and on to another it closes here and opens there."""
        letters, (before, after, moved) = self.reach(1), self.step
        (first, line), (last, next_line) = self.slots[before], self.slots[after]
        left, right = np.array([first, first + MARK_WIDTH * letters]) + moved * (last - first) * (line == next_line)
        if line != next_line:
            left = last if moved > 0.5 else first
            right, line = left + MARK_WIDTH * letters * abs(2 * moved - 1), next_line if moved > 0.5 else line
        top = -MARK_DEPTH * letters - line * LEADING * letters
        low = top - MARK_THICKNESS * letters
        corners = [[left, top, 0], [right, top, 0], [right, low, 0], [left, low, 0], [left, top, 0]]
        return np.asarray(VMobject().set_points_as_corners(corners).points)

    def placed(self, outline: Floats, scroll: float) -> Floats:
        """Return the outline, laid out from the first baseline, where the window is now."""
        right, left, low = self.window.points[[0, 4, 8]]
        across, up = (right - left) / self.line_width, (left - low) / self.reach(self.max_lines)
        rise = scroll * LEADING * self.reach(1) - letter_heights(self.font_size)[0]
        return left + outline[:, :1] * across + (outline[:, 1:2] + rise) * up

    def become(self, mobject: Mobject, *args, **kwargs) -> ParagraphStream:
        """Look like another mobject; another stream's text is then as far as it is there."""
        super().become(mobject, *args, **kwargs)
        return self.draw(mobject.shown) if isinstance(mobject, ParagraphStream) else self


def _checked_pieces(pieces: Sequence[str]) -> list[str]:
    if isinstance(pieces, str):
        raise ValueError(f"One string {pieces!r} was found; expected a list of pieces such as ['the', ' fox'].")
    pieces = list(pieces)
    if not pieces:
        raise ValueError("No pieces were found; expected at least one.")
    for place, piece in enumerate(pieces):
        if not isinstance(piece, str) or not piece:
            raise ValueError(f"Piece {place} is {piece!r}; expected text of at least one character.")
    return pieces


def _drawn(outline: Floats, piece: str, color: str, size: float) -> VMobject:
    """Return the outline of a piece, which knows what it says; of white space there is nothing to draw."""
    if not len(outline):
        return VMobject(stroke_width=0, fill_opacity=1, color=color)
    return Outline(outline * LAYOUT_SIZE / size, piece.strip(), color, size)


def laid_out(pieces: list[str], width: float, size: float) -> tuple[list[Floats], list[tuple[float, int]]]:
    """Return each piece's outline from the first baseline, and where each starts, and one after them: (x, line)."""
    characters, letters = lay_out("".join(pieces), width, size), sum(letter_heights(size))
    outlines, slots, start = [], [], 0
    for piece in pieces:
        own = characters[start : start + len(piece)]
        outlines.append(np.concatenate([character.outline for character in own]))
        slots.append(_first_place(own))
        start += len(piece)
    last = characters[-1]
    end = (0.0, last.line + 1) if pieces[-1].endswith("\n") else (last.right + SPACE * letters, last.line)
    return outlines, [*slots, end]


def _first_place(characters: list[Character]) -> tuple[float, int]:
    """Return where the first letter of a piece is, or its first space if it has none."""
    first = next((character for character in characters if len(character.outline)), characters[0])
    return first.left, first.line


def _ramp(value: float, start: float, end: float) -> float:
    """Return 0 before ``start``, 1 after ``end``, and a straight line between."""
    return float(np.clip((value - start) / (end - start), 0, 1))


class WriteNext(PartMotion):
    """The next pieces of a paragraph appear one after another, each bright for a moment.

    Parameters
    ----------
    stream : ParagraphStream
        Added to the scene if it is not there.
    count : int
        How many pieces.
    rate_func : function
        Of the time of all; even if not given.

    Raises
    ------
    ValueError
        When the motion begins, if there are not so many pieces left.

    Examples
    --------
    >>> stream = ParagraphStream(self.pieces, seed=4, width=7, max_lines=2, size=theme.FONT_BODY)
    >>> self.add(stream)
    >>> self.play(WriteNext(stream))
    >>> self.play(WriteNext(stream, len(self.pieces) - 5, run_time=2))
    """

    def __init__(self, stream: ParagraphStream, count: int = 1, rate_func=linear, **kwargs) -> None:
        if count < 1:
            raise ValueError(f"count={count} was found; expected at least one piece to write.")
        self.stream, self.count = stream, count
        parts = [stream.window, stream.underline, *stream.words]
        super().__init__(parts, entering=[stream], rate_func=rate_func, **kwargs)

    def prepare(self) -> None:
        """Note how far the text is and how it looks."""
        self.first = int(self.stream.shown)
        left = len(self.stream.pieces) - self.first
        if self.count > left:
            raise ValueError(f"{self.count} more pieces were to be written; {left} are left of the text.")
        self.rest = [word.fill_rgbas.copy() for word in self.stream.words]

    def show_moment(self, time: float) -> None:
        """Draw the text of this moment, and its light."""
        stream = self.stream.draw(self.first + self.rate_func(time) * self.count)
        bright, scroll = theme.rgba(theme.HIGHLIGHT), stream.scroll
        for place, (word, rest) in enumerate(zip(stream.words, self.rest, strict=True)):
            age = stream.shown - place if place >= self.first else 1.0
            glow = 1 - _ramp(age, BRIGHT, 1)
            rgbas = (1 - glow) * rest + glow * bright
            rgbas[:, 3] = rest[:, 3] * _ramp(age, 0, ARRIVED) * (1 - np.clip(scroll - stream.slots[place][1], 0, 1))
            # What has scrolled away has no points; it keeps its light for when it is shown again.
            word.fill_rgbas = rgbas if len(word.points) else rest.copy()
