"""From a word to its query or key: the little chain that heads each column and row of an attention grid."""

from __future__ import annotations

import numpy as np
from manim import DOWN, RIGHT, Arrow, Mobject, SurroundingRectangle, VGroup, VMobject

from mobjects import layout, theme
from mobjects.text import label


class HeaderChain(VGroup):
    """Word box, arrow, embedding symbol, arrow with the name of a learned map, resulting symbol.

    Parts are ``word``, ``stem``, ``vector``, ``arrow``, ``map_label`` and ``result``; a part given as None is left out,
    together with the arrow that leads to it.

    Parameters
    ----------
    word : str or VMobject or None
        A string is set in a thin box; a mobject (such as a token of a TokenRow) is copied.
    vector_symbol, result_symbol : VMobject or None
        Copied; see ``text.symbol``.
    map_label : VMobject or str or None
        Set beside the second arrow, such as the symbol of W_Q.
    direction : array
        ``DOWN`` for a query over its column, ``RIGHT`` for a key before its row.
    arrow_length : float
        Length of both arrows in manim units.
    color : str
        Colour of the second arrow and of a ``map_label`` given as text; ``theme.QUERY`` if not given.

    Examples
    --------
    >>> vector, query = symbol("E", 4, theme.EMBEDDING), symbol("Q", 4, theme.QUERY)
    >>> chain = HeaderChain("fox", vector, symbol("W", "Q", theme.QUERY, arrow=False), query, arrow_length=1)
    >>> self.play(FadeIn(chain.center()))
    """

    def __init__(
        self,
        word: str | VMobject | None,
        vector_symbol: VMobject | None,
        map_label: VMobject | str | None,
        result_symbol: VMobject | None,
        direction: np.ndarray = DOWN,
        arrow_length: float = 0.6,
        color: str | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if not (np.allclose(direction, DOWN) or np.allclose(direction, RIGHT)):
            raise ValueError(f"direction {np.round(direction, 3)} was found; expected DOWN or RIGHT.")
        if word is None and vector_symbol is None and result_symbol is None:
            raise ValueError("A header chain needs a word, a vector or a result; all three are None.")
        self.direction, self.arrow_length = np.array(direction, float), arrow_length
        role = theme.QUERY if color is None else color
        self.word = self._append(_boxed_word(word), None)
        self.vector, self.stem = self._append_after_arrow(_copied(vector_symbol), theme.RULE)
        self.result, self.arrow = self._append_after_arrow(_copied(result_symbol), role)
        self.map_label = self._append_map_label(map_label, role)

    def _append(self, part: VMobject | None, after: VMobject | None) -> VMobject | None:
        if part is None:
            return None
        if after is not None:
            part.next_to(after, self.direction, buff=layout.GAP_LABEL)
        self.add(part)
        return part

    def _append_after_arrow(self, part: VMobject | None, color: str) -> tuple[VMobject | None, Arrow | None]:
        if part is None or not self.submobjects:
            return self._append(part, None), None
        arrow = flow_arrow(self.direction, self.arrow_length, color)
        self._append(arrow, self.submobjects[-1])
        return self._append(part, arrow), arrow

    def _append_map_label(self, map_label: VMobject | str | None, color: str) -> VMobject | None:
        if map_label is None or self.arrow is None:
            return None
        text = label(map_label, size=theme.FONT_SMALL, color=color) if isinstance(map_label, str) else map_label.copy()
        upright = np.allclose(self.direction, DOWN)
        side = RIGHT if upright else -DOWN
        layout.fit(text, 0.8 * self.arrow_length, 0.5 * self.arrow_length)
        text.next_to(self.arrow, side, buff=layout.GAP_LABEL)
        self.add(text)
        return text


def flow_arrow(direction: np.ndarray, length: float, color: str) -> Arrow:
    """Return a thin arrow from the origin, fit for ``GrowArrow``.

    Examples
    --------
    >>> self.play(GrowArrow(flow_arrow(RIGHT, 3, theme.QUERY).center()))
    """
    return Arrow(
        np.zeros(3),
        length * np.asarray(direction, float),
        buff=0,
        color=color,
        stroke_width=theme.STROKE_STRONG,
        tip_length=0.16,
        max_tip_length_to_length_ratio=0.4,
        max_stroke_width_to_length_ratio=10,
    )


def arrow_down(above: Mobject, below: Mobject, color: str | None = None) -> Arrow:
    """Return a thin arrow from one thing down to another; ``theme.RULE`` if no colour is given.

    Examples
    --------
    >>> word, vector = TokenRow(self.pieces[3:4]).shift(UP), symbol("E", 4, theme.EMBEDDING).shift(DOWN)
    >>> self.add(word, vector)
    >>> self.play(GrowArrow(arrow_down(word, vector)))
    """
    room = above.get_bottom()[1] - below.get_top()[1] - 2 * layout.GAP_LABEL
    arrow = flow_arrow(DOWN, room, theme.RULE if color is None else color)
    return arrow.next_to(above, DOWN, buff=layout.GAP_LABEL)


def _copied(part: VMobject | None) -> VMobject | None:
    return None if part is None else part.copy()


def _boxed_word(word: str | VMobject | None) -> VMobject | None:
    if not isinstance(word, str):
        return _copied(word)
    text = label(word, size=theme.FONT_LABEL, color=theme.TEXT)
    box = SurroundingRectangle(
        text, buff=layout.GAP_LABEL, color=theme.RULE, stroke_width=theme.STROKE_RULE, corner_radius=0
    )
    return VGroup(box, text)
