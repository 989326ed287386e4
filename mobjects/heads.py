"""Cards of attention heads: one small pattern each, in a stack that recedes, spread out, or in a row with dots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Animation, RoundedRectangle, VGroup, VMobject, override_animate

from mobjects import layout, theme
from mobjects.attention_animations import Look, staggered
from mobjects.brackets import EllipsisDots
from mobjects.dimming import PartMotion
from mobjects.heat_layer import MiniPattern
from mobjects.numerals import Numbers, Numeral, Passport
from mobjects.text import label

CARD_STEPS = 16
CORNER = 0.12
PAD = 0.15
# From one card of a stack to the next behind it: a share of the front card's height (0.35 and 0.2 units for a card
# of the usual size), and its size.
RECESSION = np.array([0.125, 0.07, 0.0])
SHRINKAGE = 0.97
# A card that comes forward swings out by this share of its width.
SWING = 0.55


class HeadCard(VGroup):
    """One attention head on a card: where it is in the network, its pattern in small, and one number about it.

    Parameters
    ----------
    pattern : float array or Quantity, shape (query, key)
        Shares, up to 128 by 128; one column per query.
    layer, head : int
        The head's place, 0-based; people count from 1, and so does the card.
    stat : float or Quantity, optional
        The number below the pattern.
    stat_label : str
        What it measures, before it.
    side : float
        Of the pattern, in manim units.
    words : (str, str)
        What a layer and a head are called; what is called "" is left out.
    percent : bool
        Whether the number is a share, to be written in percent.
    passport, stat_passport : str or tuple, optional
        Declare the pattern and the number, instead of a Quantity.

    Raises
    ------
    ValueError
        If the pattern is none, or a place is below 0.

    Source
    ------
    Any pattern; in scenes ``quantity("PATT", layer, head)`` and ``quantity("HEADSTAT")``.

    Examples
    --------
    >>> layer, head = self.pick.layer, self.pick.head
    >>> share = self.quantity("HEADSTAT")[layer, head, 1]
    >>> card = HeadCard(self.quantity("PATT"), layer, head, stat=share, stat_label="previous word", side=4)
    >>> self.play(FadeIn(card, shift=0.25 * UP))
    """

    def __init__(
        self,
        pattern: Numbers,
        layer: int,
        head: int,
        stat: Numbers = None,
        stat_label: str = "",
        side: float = 2.2,
        words: tuple[str, str] = ("layer", "head"),
        percent: bool = True,
        passport: Passport = None,
        stat_passport: Passport = None,
    ) -> None:
        super().__init__()
        if layer < 0 or head < 0:
            raise ValueError(f"Layer {layer}, head {head} were found; expected places counted from 0.")
        self.layer, self.head = layer, head
        mini = MiniPattern(pattern, side, steps=CARD_STEPS, passport=passport)
        places = (words[0], layer, "index: layer"), (words[1], head, "index: head")
        caption = _line([_named(*place) for place in places if place[0]], layout.GAP_RELATED)
        numbers = VGroup() if stat is None else _stat_line(stat, stat_label, percent, stat_passport)
        for line in (caption, numbers):
            layout.fit(line, side)
        caption.next_to(mini, UP, buff=PAD)
        numbers.next_to(mini, DOWN, buff=PAD)
        self.add(_frame_around(VGroup(mini, caption, numbers)), mini, caption, numbers)
        self.center()

    @property
    def frame(self) -> VMobject:
        """The card itself."""
        return self.submobjects[0]

    @property
    def mini(self) -> MiniPattern:
        """The pattern in small."""
        return self.submobjects[1]

    @property
    def caption(self) -> VGroup:
        """The line above it: which layer, which head."""
        return self.submobjects[2]

    @property
    def stat(self) -> VGroup:
        """The line below it; empty if there is no number."""
        return self.submobjects[3]


class HeadStack(VGroup):
    """Cards one behind the other, as all heads of a layer work side by side.

    Parameters
    ----------
    cards : sequence of HeadCard
        The first one stands in front. They are moved, not copied.

    Raises
    ------
    ValueError
        If there are no cards.

    Examples
    --------
    >>> heads = range(self.checkpoint.config.n_head)
    >>> stack = HeadStack([HeadCard(self.quantity("PATT", head=head), self.pick.layer, head) for head in heads])
    >>> self.play(FadeIn(stack))
    >>> self.play(stack.animate.bring_forward(3))
    >>> self.play(stack.animate.fan_out(columns=4))
    """

    def __init__(self, cards: Sequence[HeadCard]) -> None:
        super().__init__()
        if not len(cards):
            raise ValueError("No cards were found; expected at least one head.")
        # What is behind is drawn first.
        self.order = tuple(reversed(range(len(cards))))
        self.add(*(cards[place] for place in self.order))
        self._recede().center()

    @property
    def cards(self) -> list[HeadCard]:
        """The cards in the order they were given, wherever they stand now."""
        return [self.submobjects[self.order.index(place)] for place in range(len(self.order))]

    @property
    def front(self) -> HeadCard:
        """The card before all others."""
        return self.submobjects[-1]

    def _recede(self) -> HeadStack:
        """Put the cards behind the front one, which stays where it is; sizes follow it."""
        height, center = self.front.height, self.front.get_center()
        for depth, card in enumerate(reversed(self.submobjects)):
            card.scale_to_fit_height(height * SHRINKAGE**depth).move_to(center + depth * RECESSION * height)
        return self

    def restack(self) -> HeadStack:
        """Put the cards behind each other again, about the middle of where they are now."""
        center = self.get_center()
        return self._recede().move_to(center)

    def bring_forward(self, place: int) -> HeadStack:
        """Put one card (0-based, as given) before the others, where the front one was."""
        if not 0 <= place < len(self.order):
            raise ValueError(f"Card {place} was asked for; there are 0 to {len(self.order) - 1}.")
        card, height, center = self.cards[place], self.front.height, self.front.get_center()
        self.order = (*(other for other in self.order if other != place), place)
        self.remove(card).add(card)  # drawn last, before the others
        card.scale_to_fit_height(height).move_to(center)
        return self._recede()

    def fan_out(self, columns: int | None = None, width: float | None = None, height: float | None = None) -> HeadStack:
        """Lay all cards out in rows, in the order given, about the middle of the frame.

        Parameters
        ----------
        columns : int
            Cards in a row; as many as make them largest if not given.
        width, height : float
            Room for all, in manim units; the safe area if not given. Cards are never larger than the front one.
        """
        room = 2 * layout.SAFE_X if width is None else width, 2 * layout.SAFE_Y if height is None else height
        size, count = np.array([self.front.width, self.front.height]), len(self.order)
        choices = range(1, count + 1) if columns is None else [columns]
        factor, columns = max((_factor(size, count, choice, room), choice) for choice in choices)
        rows = -(-count // columns)
        step = factor * size + layout.GAP_RELATED
        for place, card in enumerate(self.cards):
            row, column = divmod(place, columns)
            card.scale_to_fit_height(factor * size[1])
            card.move_to([(column - (columns - 1) / 2) * step[0], ((rows - 1) / 2 - row) * step[1], 0])
        return self

    @override_animate(restack)
    def _restack_animation(self, anim_args=None) -> Animation:
        return MoveCards(self, HeadStack.restack, **(anim_args or {}))

    @override_animate(bring_forward)
    def _bring_forward_animation(self, place, anim_args=None) -> Animation:
        return MoveCards(self, lambda stack: stack.bring_forward(place), lifted=place, **(anim_args or {}))

    @override_animate(fan_out)
    def _fan_out_animation(self, columns=None, width=None, height=None, anim_args=None) -> Animation:
        return MoveCards(self, lambda stack: stack.fan_out(columns, width, height), **(anim_args or {}))


class MoveCards(PartMotion):
    """The cards of a stack go where a change of it puts them; ``stack.animate.bring_forward(2)`` makes one.

    Parameters
    ----------
    stack : HeadStack
    change : function of the stack
        What moves the cards, all at once.
    lifted : int, optional
        A card that swings out at the left, and from half-way on is drawn before all others.
    lag_ratio : float
        How much later each card starts than the one before, in shares of the time a card takes.

    Examples
    --------
    >>> heads = range(self.checkpoint.config.n_head)
    >>> stack = HeadStack([HeadCard(self.quantity("PATT", head=head), self.pick.layer, head) for head in heads])
    >>> self.add(stack.scale(1.35))
    >>> self.play(MoveCards(stack, lambda cards: cards.bring_forward(4), lifted=4))
    """

    def __init__(
        self,
        stack: HeadStack,
        change: Callable[[HeadStack], object],
        lifted: int | None = None,
        lag_ratio: float = 0,
        **kwargs,
    ) -> None:
        kwargs.setdefault("run_time", theme.TIME_SLOW)
        self.stack, self.change, self.lifted = stack, change, lifted
        super().__init__([stack], lag_ratio=lag_ratio, **kwargs)

    def prepare(self) -> None:
        """Read where each card is, and where the change puts it."""
        self.looks = [Look(card) for card in self.stack.cards]
        self.orders = [(self.stack.order, list(self.stack.submobjects))]
        self.change(self.stack)
        self.orders.append((self.stack.order, list(self.stack.submobjects)))
        self.ends = [Look(card) for card in self.stack.cards]

    def show_moment(self, time: float) -> None:
        """Write all cards at one moment."""
        self.stack.order, cards = self.orders[int(self.rate_func(time) >= 0.5)]
        self.stack.submobjects = list(cards)
        for place, (start, end) in enumerate(zip(self.looks, self.ends, strict=True)):
            progress = self.rate_func(staggered(time, place, len(self.looks), self.lag_ratio))
            center = (1 - progress) * start.center + progress * end.center
            if place == self.lifted:
                center = center + SWING * (start.high - start.low)[0] * np.sin(np.pi * progress) * LEFT
            scale = (1 - progress) + progress * end.height / start.height
            start.show(center, scale)


class HeadRow(VGroup):
    """Some cards of many in a row: the first ones, dots for the rest, and the last.

    Parameters
    ----------
    cards : sequence of HeadCard
        All of them.
    shown : int
        How many are drawn at most.
    gap : float
        Between neighbours, in manim units.
    max_width : float
        The row shrinks to this width; the safe width of the frame if not given.

    Raises
    ------
    ValueError
        If there are no cards, or fewer than 2 are to be shown.

    Examples
    --------
    >>> heads = range(self.checkpoint.config.n_head)
    >>> row = HeadRow([HeadCard(self.quantity("PATT", head=head), self.pick.layer, head) for head in heads])
    >>> self.play(FadeIn(row, lag_ratio=0.1))
    """

    def __init__(
        self, cards: Sequence[HeadCard], shown: int = 4, gap: float = layout.GAP, max_width: float | None = None
    ) -> None:
        super().__init__()
        if not len(cards) or shown < 2:
            raise ValueError(f"{len(cards)} cards, {shown} to be shown, were found; expected at least 1, and 2 shown.")
        visible = list(cards) if len(cards) <= shown else [*cards[: shown - 1], cards[-1]]
        dots = VGroup() if len(visible) == len(cards) else VGroup(EllipsisDots((1, 0), 0.35 * visible[0].height))
        line = VGroup(*visible[:-1], *dots, visible[-1]).arrange(RIGHT, buff=gap)
        layout.fit(line, 2 * layout.SAFE_X if max_width is None else max_width)
        self.add(VGroup(*visible), dots)

    @property
    def cards(self) -> VGroup:
        """The cards drawn, from the left."""
        return self.submobjects[0]

    @property
    def dots(self) -> VGroup:
        """The dots before the last card; empty if all cards are drawn."""
        return self.submobjects[1]


def _factor(size: np.ndarray, count: int, columns: int, room: tuple[float, float]) -> float:
    """Return by how much cards must shrink to lie in so many columns."""
    if columns < 1:
        raise ValueError(f"{columns} columns were asked for; expected at least 1.")
    grid = np.array([min(columns, count), -(-count // columns)])
    free = np.array(room) - (grid - 1) * layout.GAP_RELATED
    return float(min(1.0, *(free / (grid * size))))


def _named(word: str, place: int, passport: str) -> VGroup:
    """Return a word and the number, counted from 1, of a place."""
    style: dict[str, Any] = {"font_size": theme.FONT_SMALL, "passport": passport}
    return _line([label(word, theme.FONT_SMALL, theme.MUTED), Numeral(place + 1, decimals=0, **style)])


def _line(parts: Sequence[VMobject], gap: float = layout.GAP_LABEL) -> VGroup:
    """Return words and numbers side by side on one baseline."""
    line, x = VGroup(), 0.0
    for part in parts:
        part.move_to([x, 0, 0], aligned_edge=LEFT).set_y(0)
        part.shift(-_baseline(part) * UP)
        x = part.get_right()[0] + gap
        line.add(part)
    return line


def _baseline(part: VMobject) -> float:
    """Return the height at which a number or the letters of a word stand."""
    bottoms = [glyph.get_bottom()[1] for glyph in part.family_members_with_points()]
    return float(np.median(bottoms))


def _stat_line(stat: Numbers, text: str, percent: bool, passport: Passport) -> VGroup:
    style: dict[str, Any] = {"font_size": theme.FONT_SMALL, "color": theme.HIGHLIGHT, "passport": passport}
    number = Numeral(stat, decimals=0 if percent else 2, factor=100 if percent else 1, **style)
    words = [label(text, theme.FONT_SMALL, theme.MUTED)] if text else []
    unit = [label("%", theme.FONT_SMALL, theme.HIGHLIGHT)] if percent else []
    return _line([*words, _line([number, *unit], layout.GAP_TIGHT)])


def _frame_around(content: VMobject) -> RoundedRectangle:
    frame = RoundedRectangle(
        width=content.width + 2 * PAD,
        height=content.height + 2 * PAD,
        corner_radius=CORNER,
        stroke_color=theme.RULE,
        stroke_width=theme.STROKE_RULE,
        fill_color=theme.BACKGROUND,
        fill_opacity=1,
    )
    return frame.move_to(content)
