"""All attention heads of a network at once: one tiny pattern each, layers as rows, heads as columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Animation, Rectangle, VGroup, VMobject, override_animate

from mobjects import layout, theme
from mobjects.dimming import Dim, Undim, dim, undim
from mobjects.heat_layer import MiniPattern
from mobjects.numerals import Numeral, Passport
from mobjects.text import label

STEPS = 8
MOST = 16
LARGEST = 2.5
# Empty space between patterns, as a share of their side.
PARTING = 0.14
# How far the words stand from the patterns, and the room they take.
LANE, ROOM = 0.55, 0.9


class ModelView(VGroup):
    """Every attention head of a network as a tiny pattern: a row per layer, the first on top, and a column per head.

    BertViz draws its model view so. A pattern is a plate and at most eight shapes, however many tokens it has, so that
    12 layers of 12 heads have less than 3000 shapes.

    Parameters
    ----------
    patterns : sequence of arrays or Quantities, ``patterns[layer][head]`` of shape (query, key)
        Shares, up to 128 by 128; one column per query. As many heads in each layer.
    max_width, max_height : float
        Room for all of it, in manim units; the safe area if not given.
    words : (str, str)
        What layers and heads are called.
    transposed : bool
        One row per query in each pattern instead of one column.
    passport : str or tuple, optional
        Declares all patterns, instead of Quantities.

    Raises
    ------
    ValueError
        If there are no heads, more than 16 by 16, or not as many in each layer.

    Source
    ------
    Any patterns; in scenes ``activations["pattern", layer]`` of each. J. Vig, 2019, "A Multiscale Visualization of
    Attention in the Transformer Model".

    Examples
    --------
    >>> layers = range(self.checkpoint.config.n_layer)
    >>> view = ModelView([self.activations["pattern", layer] for layer in layers])
    >>> self.play(FadeIn(view))
    >>> layer, head = self.pick.layer, self.pick.head
    >>> self.play(view.animate.focus(layer, head), Create(view.box(layer, head)))
    """

    def __init__(
        self,
        patterns: Any,
        max_width: float = 2 * layout.SAFE_X,
        max_height: float = 2 * layout.SAFE_Y,
        words: tuple[str, str] = ("layer", "head"),
        transposed: bool = False,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        n_layer, n_head = _checked_count(patterns)
        lane = layout.GAP_SECTION + LANE
        side = min((max_width - lane) / (n_head * (1 + PARTING)), (max_height - lane) / (n_layer * (1 + PARTING)), 2.2)
        minis = VGroup()
        for layer, head in np.ndindex(n_layer, n_head):
            mini = MiniPattern(patterns[layer][head], side, transposed, STEPS, passport)
            minis.add(mini.move_to(side * (1 + PARTING) * (head * RIGHT + layer * DOWN)))
        self.add(minis, *_numbers(minis, n_layer, n_head), *_words(minis, words))
        self.n_layer, self.n_head = n_layer, n_head
        self.center()

    @property
    def minis(self) -> VGroup:
        """All patterns, layer by layer."""
        return self.submobjects[0]

    @property
    def layer_numbers(self) -> VGroup:
        """The numbers before the rows, counted from 1."""
        return self.submobjects[1]

    @property
    def head_numbers(self) -> VGroup:
        """The numbers over the columns, counted from 1."""
        return self.submobjects[2]

    @property
    def layer_word(self) -> VMobject:
        """What the rows are."""
        return self.submobjects[3]

    @property
    def head_word(self) -> VMobject:
        """What the columns are."""
        return self.submobjects[4]

    def pattern(self, layer: int, head: int) -> MiniPattern:
        """Return the pattern of one head (0-based)."""
        if not (0 <= layer < self.n_layer and 0 <= head < self.n_head):
            raise ValueError(
                f"Layer {layer}, head {head} were asked for; there are {self.n_layer} layers of {self.n_head} heads, "
                "counted from 0."
            )
        return self.minis[layer * self.n_head + head]

    def row(self, layer: int) -> VGroup:
        """Return the patterns of one layer."""
        return VGroup(*(self.pattern(layer, head) for head in range(self.n_head)))

    def box(self, layer: int, head: int, color: str | None = None) -> Rectangle:
        """Return an outline round one pattern; ``theme.HIGHLIGHT`` if no colour is given."""
        mini = self.pattern(layer, head)
        gap = PARTING * mini.plate.width
        box = Rectangle(
            width=mini.plate.width + gap,
            height=mini.plate.height + gap,
            stroke_color=theme.HIGHLIGHT if color is None else color,
            stroke_width=theme.STROKE_STRONG,
        )
        return box.move_to(mini.plate)

    def focus(self, layer: int, head: int | None = None, opacity: float | None = None) -> ModelView:
        """Dim all but one head, or one layer, and its numbers; ``undim`` lights all again."""
        dim(self, keep=self._focused(layer, head), opacity=opacity)
        return self

    @override_animate(focus)
    def _focus_animation(self, layer, head=None, opacity=None, anim_args=None) -> Animation:
        return Dim(self, keep=self._focused(layer, head), opacity=opacity, **(anim_args or {}))

    def _focused(self, layer: int, head: int | None) -> list[VMobject]:
        words = [self.layer_word, self.head_word, self.layer_numbers[layer]]
        if head is None:
            return [self.row(layer), self.head_numbers, *words]
        return [self.pattern(layer, head), self.head_numbers[head], *words]

    def undim(self) -> ModelView:
        """Give all heads exactly the light they had."""
        undim(self)
        return self

    @override_animate(undim)
    def _undim_animation(self, anim_args=None) -> Animation:
        return Undim(self, **(anim_args or {}))


def _checked_count(patterns: Any) -> tuple[int, int]:
    counts = [len(layer) for layer in patterns]
    if not counts or len(set(counts)) > 1 or not 1 <= counts[0] <= MOST or len(counts) > MOST:
        raise ValueError(
            f"Layers of {', '.join(map(str, counts)) or 'no'} heads were found; expected 1 to {MOST} layers of equally "
            f"many heads, 1 to {MOST}."
        )
    return len(counts), counts[0]


def _numbers(minis: VGroup, n_layer: int, n_head: int) -> tuple[VGroup, VGroup]:
    """Return the numbers before the rows and over the columns."""
    style: dict[str, Any] = {"decimals": 0, "font_size": theme.FONT_SMALL}
    before, above = VGroup(), VGroup()
    for layer in range(n_layer):
        number = Numeral(layer + 1, passport="index: layer", **style)
        before.add(number.next_to(minis[layer * n_head], LEFT, buff=layout.GAP_LABEL * 2))
    for head in range(n_head):
        number = Numeral(head + 1, passport="index: head", **style)
        above.add(number.next_to(minis[head], UP, buff=layout.GAP_LABEL * 2))
    return before, above


def _words(minis: VGroup, words: tuple[str, str]) -> tuple[VMobject, VMobject]:
    """Return the name of the rows, upright at the left, and of the columns, on top."""
    lane = LANE * UP
    rows, columns = (label(word, theme.FONT_SMALL, theme.MUTED) for word in words)
    rows.rotate(np.pi / 2).next_to(minis, LEFT, buff=0).shift(lane[1] * LEFT)
    columns.next_to(minis, UP, buff=0).shift(lane)
    return rows, columns
