"""The place of what comes next: an empty box, and the token that fills it."""

from __future__ import annotations

import numpy as np
from manim import LEFT, RIGHT, UP, Mobject, Rectangle, VGroup, VMobject

from mobjects import layout, theme
from mobjects.dimming import PartMotion, leaf_alphas, leaves_of, paint_leaf
from mobjects.text import label
from mobjects.tokens import TokenRow

SLOT_HEIGHT = 0.85
SLOT_FILL = 0.15


class SlotMarker(VGroup):
    """An empty box with a question mark: what comes next belongs here.

    Parameters
    ----------
    row : TokenRow, optional
        The box stands after its last token, as high as its plates.
    width : float
        In manim units; a little more than the height if not given.
    color : str
        ``theme.HIGHLIGHT`` if not given.

    Raises
    ------
    ValueError
        If the width is not above zero.

    Examples
    --------
    >>> row = TokenRow(self.pieces[:6])
    >>> slot = SlotMarker(row)
    >>> everything = VGroup(row, slot).center()
    >>> self.play(FadeIn(row), Create(slot.box), FadeIn(slot.mark))
    >>> self.play(Pulse(slot.mark, scale=1.4))
    """

    def __init__(self, row: TokenRow | None = None, width: float | None = None, color: str | None = None) -> None:
        height = SLOT_HEIGHT if row is None else row.tokens[-1].box.height
        width = 1.15 * height if width is None else width
        if not width > 0:
            raise ValueError(f"A slot {width} wide was found; expected a width above zero.")
        ink = theme.HIGHLIGHT if color is None else color
        box = Rectangle(
            width=width,
            height=height,
            stroke_color=ink,
            stroke_width=theme.STROKE_STRONG,
            fill_color=ink,
            fill_opacity=SLOT_FILL,
        )
        mark = label("?", size=theme.FONT_BODY, color=ink, weight="bold").scale_to_fit_height(0.5 * height)
        super().__init__(box, layout.fit(mark, 0.8 * width))
        if row is not None:
            self.next_to(row.tokens[-1].box, RIGHT, buff=layout.GAP_LABEL)

    @property
    def box(self) -> Rectangle:
        """The frame."""
        return self.submobjects[0]

    @property
    def mark(self) -> VMobject:
        """The question mark."""
        return self.submobjects[1]


class FillSlot(PartMotion):
    """A token travels into a slot, becomes as high as it, and stands where it began; the slot is gone.

    Parameters
    ----------
    slot : SlotMarker
        Taken off the scene.
    token : Mobject
        Added to the scene if it is not there; ends as high as the slot, left edge on left edge.

    Examples
    --------
    >>> row = TokenRow(self.pieces[:6]).shift(LEFT)
    >>> slot, token = SlotMarker(row), TokenRow([self.pieces[6]], font_size=72).move_to(2.5 * DOWN)
    >>> self.add(row, slot, token)
    >>> self.play(FillSlot(slot, token))
    """

    # The way is bent upwards by this share of its length.
    BEND = 0.15

    def __init__(self, slot: SlotMarker, token: Mobject, run_time: float | None = None, **kwargs) -> None:
        self.slot, self.token = slot, token
        parts = leaves_of([slot, token])
        super().__init__(parts, entering=[token], leaving=[slot], run_time=run_time, **kwargs)

    def prepare(self) -> None:
        """Note both places."""
        goal = self.token.copy().scale(self.slot.height / self.token.height)
        goal.move_to(self.slot.get_left(), aligned_edge=LEFT)
        self.lift = self.BEND * np.linalg.norm(goal.get_center() - self.token.get_center()) * UP
        self.ways = [
            (leaf, leaf.points.copy(), last.points)
            for leaf, last in zip(leaves_of([self.token]), leaves_of([goal]), strict=True)
        ]
        self.alphas = [(leaf, leaf_alphas(leaf)) for leaf in leaves_of([self.slot])]

    def show_moment(self, time: float) -> None:
        """Draw the token on its way, and the slot as far as it is still there."""
        progress = self.rate_func(time)
        for leaf, first, last in self.ways:
            on_the_way = (1 - progress) * first + progress * last + np.sin(np.pi * progress) * self.lift
            leaf.points = last.copy() if progress == 1 else on_the_way
        for leaf, alphas in self.alphas:
            paint_leaf(leaf, alphas, 1 - progress)

    def clean_up_from_scene(self, scene) -> None:
        """Take the slot off the scene, whole again."""
        super().clean_up_from_scene(scene)
        for leaf, alphas in self.alphas:
            paint_leaf(leaf, alphas)
