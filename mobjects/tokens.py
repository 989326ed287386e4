"""A line of text cut into the tokens the network reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from manim import Animation, Rectangle, VGroup, VMobject, override_animate

from mobjects import layout, theme
from mobjects.dimming import Dim, Undim, dim, undim
from mobjects.text import label

# A flat-bottomed tall letter and one with a descender, laid out with the line and then dropped: they give the
# height of every plate and the baseline, whatever letters the line happens to have.
SAMPLE = " lg"
# Stands in the line for a space or a line break that is a token by itself, so that it gets a width of its own.
PLACEHOLDER = "_"
PAD_X, PAD_Y = 0.07, 0.1
TINT_OPACITY = 0.35


class Word(VGroup):
    """The glyphs of one token, whose exact text is ``piece``."""

    def __init__(self, *glyphs: VMobject, piece: str) -> None:
        super().__init__(*glyphs)
        self.piece = piece


class Token(VGroup):
    """One token: its glyphs in ``word`` over a plate in ``box``.

    ``index`` is its place in the line (0-based), ``piece`` its exact text with leading space, ``token_id`` its
    number in the vocabulary or None.

    Examples
    --------
    >>> row = TokenRow(self.pieces[:4], font_size=theme.FONT_TITLE)
    >>> noun = row.tokens[3]
    >>> self.add(row)
    >>> self.play(noun.animate.tint(theme.NOUN), FadeIn(label("a noun").next_to(noun, DOWN, buff=0.5)))
    """

    def __init__(self, box: Rectangle, word: Word, index: int, piece: str, token_id: int | None) -> None:
        super().__init__(box, word)
        self.index, self.piece, self.token_id = index, piece, token_id

    @property
    def box(self) -> Rectangle:
        """The plate behind the glyphs."""
        return self.submobjects[0]

    @property
    def word(self) -> Word:
        """The glyphs; a space or line break that stands alone is drawn as a faint mark."""
        return self.submobjects[1]

    def tint(self, color: str) -> Token:
        """Colour the plate by a role; the glyphs stay white, and the faint mark of a space becomes so."""
        self.box.set_fill(color, TINT_OPACITY).set_stroke(color, theme.STROKE_RULE, 1)
        for glyph in self.word:
            if glyph.get_stroke_width():
                glyph.set_stroke(theme.TEXT)
        return self


class TokenRow(VGroup):
    """A line of text with one plate per token, spaced like real text.

    Parameters
    ----------
    pieces : sequence of str
        The tokens as text, in order, leading spaces included: ``"".join(pieces)`` is the line.
    ids : sequence of int, optional
        Vocabulary numbers (0-based), one per piece.
    font_size : float
        Size before shrinking to ``max_width``; ``theme.FONT_BODY`` if not given.
    token_gap : float
        Empty space between neighbouring plates, in manim units.
    space : {"token", "between"}
        Whether a plate reaches over the leading space of its token, or leaves it free and sits centred on the word.
    max_width : float
        The row shrinks to this width; the safe width of the frame if not given.

    Raises
    ------
    ValueError
        If there are no pieces, more than ``MAX_TOKENS``, an empty piece, or as many ids as there are not pieces.

    Examples
    --------
    >>> row = TokenRow(self.pieces)
    >>> self.play(FadeIn(row, lag_ratio=0.1), run_time=2)
    >>> self.play(row.animate.tint(self.pick.query, theme.NOUN))
    """

    MAX_TOKENS = 32

    def __init__(
        self,
        pieces: Sequence[str],
        ids: Sequence[int] | None = None,
        font_size: float | None = None,
        token_gap: float = 0.06,
        space: str = "token",
        max_width: float | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.pieces = _checked_pieces(pieces, self.MAX_TOKENS)
        token_ids = _checked_ids(ids, len(self.pieces))
        if space not in ("token", "between"):
            raise ValueError(f'space={space!r} was found; expected "token" or "between".')
        size = theme.FONT_BODY if font_size is None else font_size
        words, bottom, top = _lay_out(self.pieces, size)
        edges = _plate_edges(self.pieces, words, space)
        for index, (piece, word, (left, right)) in enumerate(zip(self.pieces, words, edges, strict=True)):
            box = _plate(left, right, bottom - PAD_Y, top + PAD_Y)
            token = Token(box, word, index, piece, token_ids[index])
            self.add(token.shift(index * token_gap * np.array([1.0, 0, 0])))
        layout.fit(self, 2 * layout.SAFE_X if max_width is None else max_width, None)
        self.center()

    @property
    def tokens(self) -> list[Token]:
        """The tokens in reading order."""
        return self.submobjects

    @property
    def words(self) -> VGroup:
        """The glyphs of all tokens, one group per token."""
        return VGroup(*(token.word for token in self.tokens))

    @property
    def boxes(self) -> VGroup:
        """The plates of all tokens."""
        return VGroup(*(token.box for token in self.tokens))

    def tint(self, index: int, color: str) -> TokenRow:
        """Colour the plate of one token by its role; the glyphs stay white."""
        self.tokens[index].tint(color)
        return self

    def spread(self, pitch: float, width: float) -> TokenRow:
        """Part the tokens until neighbours' middles are ``pitch`` apart, as far as ``width`` allows.

        The row keeps its height in the frame and is centred at x = 0.
        """
        middle, least = self.get_y(), (width - self.tokens[0].width) / max(1, len(self.tokens) - 1)
        for before, token in pairwise(self.tokens):
            room = (before.width + token.width) / 2 + layout.GAP_LABEL
            token.set_x(before.get_x() + max(min(pitch, least), room))
        return layout.fit(self, width).move_to([0, middle, 0])

    @property
    def pitch(self) -> float:
        """Distance of the two neighbours that are closest, in manim units; infinite for a single token."""
        return min((right.get_x() - left.get_x() for left, right in pairwise(self.tokens)), default=float("inf"))

    def dim_except(self, indices: Iterable[int] = (), opacity: float | None = None) -> TokenRow:
        """Dim all tokens but those at ``indices`` (0-based)."""
        dim(self, keep=[self.tokens[index] for index in indices], opacity=opacity)
        return self

    @override_animate(dim_except)
    def _dim_except_animation(self, indices=(), opacity=None, anim_args=None) -> Animation:
        return Dim(self, keep=[self.tokens[index] for index in indices], opacity=opacity, **(anim_args or {}))

    def undim(self) -> TokenRow:
        """Give all tokens exactly the light they had before they were dimmed."""
        undim(self)
        return self

    @override_animate(undim)
    def _undim_animation(self, anim_args=None) -> Animation:
        return Undim(self, **(anim_args or {}))


def _checked_pieces(pieces: Sequence[str], most: int) -> list[str]:
    if isinstance(pieces, str):
        raise ValueError(f"One string {pieces!r} was found; expected a list of pieces such as ['the', ' fox'].")
    pieces = list(pieces)
    if not 1 <= len(pieces) <= most:
        raise ValueError(f"{len(pieces)} tokens were found; a row holds 1 to {most}. Use a shorter text.")
    for index, piece in enumerate(pieces):
        if not isinstance(piece, str) or not piece:
            raise ValueError(f"Piece {index} is {piece!r}; expected text of at least one character.")
    return pieces


def _checked_ids(ids: Sequence[int] | None, count: int) -> list[int | None]:
    if ids is None:
        return [None] * count
    if len(ids) != count:
        raise ValueError(f"{len(ids)} ids were found for {count} pieces; give one id per piece.")
    return [int(token_id) for token_id in ids]


def _shown(piece: str) -> str:
    """Return the piece as it is laid out: marks stand for lone spaces and for every line break or tab."""
    if piece.isspace():
        return PLACEHOLDER * len(piece)
    return "".join(PLACEHOLDER if character in "\n\r\t" else character for character in piece)


def _lay_out(pieces: list[str], font_size: float) -> tuple[list[Word], float, float]:
    """Lay the whole line out once; return the glyphs of each piece, the lowest and the highest line."""
    shown = [_shown(piece) for piece in pieces]
    line = label("".join(shown) + SAMPLE, size=font_size, color=theme.TEXT)
    glyphs = list(line.submobjects)
    tall, deep = glyphs[-2], glyphs[-1]
    bottom, baseline, top = deep.get_bottom()[1], tall.get_bottom()[1], tall.get_top()[1]
    words, start = [], 0
    for piece, text in zip(pieces, shown, strict=True):
        word = Word(piece=piece)
        for offset, character in enumerate(text):
            glyph = glyphs[start + offset]
            if character == PLACEHOLDER and piece[offset] != PLACEHOLDER:
                word.add(_whitespace_mark(piece[offset], glyph, baseline, top - baseline))
            elif not character.isspace():
                word.add(glyph)
        words.append(word)
        start += len(text)
    return words, bottom, top


def _whitespace_mark(character: str, placeholder: VMobject, baseline: float, height: float) -> VMobject:
    """Draw a faint open box for a space, a return arrow for a line break, an arrow for a tab."""
    left, right = placeholder.get_left()[0], placeholder.get_right()[0]
    tip, low, middle = 0.18 * height, baseline, baseline + 0.35 * height
    if character in "\n\r":
        strokes = [
            [(right, middle + 2 * tip), (right, middle), (left, middle)],
            [(left + tip, middle + tip), (left, middle), (left + tip, middle - tip)],
        ]
    elif character == "\t":
        strokes = [
            [(left, middle), (right, middle)],
            [(right - tip, middle + tip), (right, middle), (right - tip, middle - tip)],
        ]
    else:
        strokes = [[(left, low + tip), (left, low), (right, low), (right, low + tip)]]
    mark = VMobject(stroke_color=theme.MUTED, stroke_width=theme.STROKE_BOX, fill_opacity=0)
    for stroke in strokes:
        mark.start_new_path(np.array([*stroke[0], 0.0]))
        mark.add_points_as_corners([np.array([*point, 0.0]) for point in stroke[1:]])
    return mark


def _plate_edges(pieces: list[str], words: list[Word], space: str) -> list[tuple[float, float]]:
    """Return the left and right edge of each plate; neighbours touch, the row's gap then parts them."""
    lefts = [word.get_left()[0] for word in words]
    rights = [word.get_right()[0] for word in words]
    spaced = [piece[0] == " " and not piece.isspace() for piece in pieces]
    edges = []
    for index in range(len(pieces)):
        left, right = lefts[index] - PAD_X, rights[index] + PAD_X
        if index and spaced[index] and space == "token":
            left = rights[index - 1] + PAD_X
        elif index and not spaced[index]:
            left = max(left, (rights[index - 1] + lefts[index]) / 2)
        if index + 1 < len(pieces) and not spaced[index + 1]:
            right = min(right, (rights[index] + lefts[index + 1]) / 2)
        edges.append((left, right))
    return edges


def _plate(left: float, right: float, bottom: float, top: float) -> Rectangle:
    plate = Rectangle(
        width=right - left,
        height=top - bottom,
        stroke_color=theme.RULE,
        stroke_width=theme.STROKE_HAIR,
        stroke_opacity=theme.OPACITY_HALF,
        fill_color=theme.PLATE,
        fill_opacity=1,
    )
    # Behind everything, also when the plates are drawn after the words were already on the screen.
    return plate.move_to([(left + right) / 2, (bottom + top) / 2, 0]).set_z_index(-1)
