"""Layers as thin bars on top of each other, and how a stack folds into one bar with a count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, RoundedRectangle, VGroup, VMobject

from mobjects import layout, theme
from mobjects.blocks import FILL, FlowPath, centred_label, kind_color
from mobjects.dimming import PartMotion, leaf_alphas, leaves_of, paint_leaf
from mobjects.numerals import Floats, Numbers, Numeral, Passport

BAR_HEIGHT, BAR_GAP, BAR_CORNER, BAR_PAD, BRACKET_ARM = 0.5, 0.12, 0.14, 0.3, 0.16
COUNTED = "count: bars shown"


class StackBar(VGroup):
    """A thin bar with a title, and at its right end how many parameters it has, if that is given.

    Parameters
    ----------
    title : str
    color : str
        Of its outline and, faintly, of its body.
    parameters : float or Quantity, optional
    passport : str or tuple, optional
        Where that count comes from, if it is a plain number.

    Examples
    --------
    >>> bar = StackBar("all query maps", theme.ATTENTION, parameters=self.quantity("LEDGER")[2])
    >>> self.play(FadeIn(bar.scale(1.5)))
    """

    def __init__(
        self, title: str, color: str, parameters: Numbers | None = None, passport: Passport = None, width: float = 0
    ) -> None:
        word, numbers = centred_label(title, theme.FONT_SMALL), VGroup()
        need = word.width + 2 * BAR_PAD
        if parameters is not None:
            numbers.add(Numeral(parameters, decimals=0, thousands=True, passport=passport))
            need += numbers.width + BAR_PAD
        outline = RoundedRectangle(corner_radius=BAR_CORNER, width=max(need, width), height=BAR_HEIGHT)
        body = VMobject(stroke_color=color, stroke_width=theme.STROKE_BOX, fill_color=color, fill_opacity=FILL)
        super().__init__(body.set_points(outline.points), word, numbers)
        if parameters is not None:
            word.shift((body.get_left()[0] + BAR_PAD - word.get_left()[0]) * RIGHT)
            numbers[0].anchor_at(body.get_right() + BAR_PAD * LEFT)

    @property
    def body(self) -> VMobject:
        """The bar itself."""
        return self.submobjects[0]

    @property
    def title(self) -> VMobject:
        """What it is called."""
        return self.submobjects[1]

    @property
    def parameters(self) -> Numeral | None:
        """Its count of parameters, None if it is not shown."""
        return self.submobjects[2][0] if len(self.submobjects[2]) else None


class StackDiagram(VGroup):
    """Layers as thin bars, the first one at the bottom, with a bracket and how many they are.

    To look inside one bar, play ``OpenZoom`` on a ``ZoomLines`` from the bar to a :class:`BlockDiagram`.

    Parameters
    ----------
    titles : sequence of str
        One bar each, from the bottom up; at most ``MAX_BARS``.
    kind : str
        As for :class:`mobjects.blocks.Block`: gives the colour.
    parameters : float array or Quantity, shape (n_bars,), optional
        How many parameters each bar has.
    passport : str or tuple, optional
        Where those come from, if they are plain numbers.
    width : float
        Of the bars, in manim units; wider if the words need it.
    side : {"left", "right"}
        Where the bracket stands.

    Raises
    ------
    ValueError
        If there is no such side, there are no bars, too many, or not one count for each.

    Examples
    --------
    >>> stack = StackDiagram([f"layer {n + 1}" for n in range(6)], side="left").shift(3 * LEFT)
    >>> attention, mlp = Block("Attention", kind="attention"), Block("MLP", kind="mlp")
    >>> inside = BlockDiagram([Bypass(attention), Bypass(mlp)], max_height=5.5).shift(2.5 * RIGHT)
    >>> self.play(FadeIn(stack, lag_ratio=0.1))
    >>> self.play(OpenZoom(ZoomLines(stack.bars[2], inside), inside))
    """

    MAX_BARS = 12

    def __init__(
        self,
        titles: Sequence[str],
        kind: str = "plain",
        parameters: Numbers | None = None,
        passport: Passport = None,
        width: float = 3.0,
        side: str = "right",
    ) -> None:
        if side not in ("left", "right"):
            raise ValueError(f'side={side!r} was found; expected "left" or "right".')
        titles = list(titles)
        if not 1 <= len(titles) <= self.MAX_BARS:
            raise ValueError(f"{len(titles)} bars were found; a stack shows 1 to {self.MAX_BARS}. Leave some out.")
        counts = _checked_counts(parameters, len(titles))
        color = kind_color(kind)
        bars = [StackBar(title, color, count, passport) for title, count in zip(titles, counts, strict=True)]
        widest = max(width, *(bar.width for bar in bars))
        bars = [StackBar(title, color, count, passport, widest) for title, count in zip(titles, counts, strict=True)]
        for place, bar in enumerate(bars):
            bar.shift(place * (BAR_HEIGHT + BAR_GAP) * UP)
        column = VGroup(*bars)
        away = RIGHT if side == "right" else LEFT
        bracket = _bracket(column, away)
        super().__init__(column, bracket, _times(len(bars), bracket, away))
        layout.fit(self.center(), 2 * layout.SAFE_X, 2 * layout.SAFE_Y)

    @property
    def bars(self) -> VGroup:
        """The bars from the bottom up."""
        return self.submobjects[0]

    @property
    def bracket(self) -> VMobject:
        """The bracket beside the bars."""
        return self.submobjects[1]

    @property
    def count(self) -> VGroup:
        """The times sign and the number of bars."""
        return self.submobjects[2]

    def folded(self, title: str) -> VGroup:
        """Return one bar with the count beside it, where the stack stands: what :class:`FoldStack` ends in.

        Parameters
        ----------
        title : str
            What stands for all the titles.
        """
        body, away = self.bars[0].body, np.sign(self.count.get_x() - self.bars.get_x()) * RIGHT
        scale = body.height / BAR_HEIGHT
        bar = StackBar(title, body.get_stroke_color().to_hex(), width=body.width / scale).scale(scale)
        bar.shift(self.bars.get_center() - bar.body.get_center())
        return VGroup(bar, self.count.copy().next_to(bar, away, buff=layout.GAP_RELATED))


class FoldStack(PartMotion):
    """The bars of a stack slide into one, with the count beside it. Afterwards that is on the scene, not the stack.

    Parameters
    ----------
    stack : StackDiagram
    folded : VGroup
        From ``stack.folded(title)``, put where it should stand.

    Examples
    --------
    >>> stack = StackDiagram([f"layer {n + 1}" for n in range(6)], kind="mlp")
    >>> self.play(FadeIn(stack))
    >>> self.play(FoldStack(stack, stack.folded("layer")))
    """

    # Shares of the way in which the old words fade, the new one shows, the bracket and the bars are gone.
    WORDS_FADE, WORD_SHOWS, BRACKET_FADES, BARS_FADE = (0.0, 0.35), (0.7, 1.0), (0.3, 0.7), (0.8, 1.0)

    def __init__(self, stack: StackDiagram, folded: VGroup, run_time: float | None = None, **kwargs) -> None:
        self.stack, self.folded = stack, folded
        entering, leaving = (folded, stack) if self.reached(1) == 1 else (stack, folded)
        duration = theme.TIME_SLOW if run_time is None else run_time
        super().__init__(
            leaves_of([stack, folded]), entering=[entering], leaving=[leaving], run_time=duration, **kwargs
        )

    @staticmethod
    def reached(progress: float) -> float:
        """Return how far the stack is folded when ``progress`` of the motion is over."""
        return progress

    def prepare(self) -> None:
        """Note where everything is and how bright, and where each part goes."""
        bar, count = self.folded
        aside = self.stack.bracket.get_x() - self.stack.bars.get_x()
        words = [(part.submobjects[1:], part, bar.get_center(), self.WORDS_FADE) for part in self.stack.bars]
        bodies = [([part.body], part, bar.get_center(), self.BARS_FADE) for part in self.stack.bars]
        bracket = [([self.stack.bracket], self.stack.bracket, bar.get_center() + aside * RIGHT, self.BRACKET_FADES)]
        counts = [([self.stack.count], self.stack.count, count.get_center(), self.BARS_FADE)]
        self.moves = [
            (leaf, leaf.points.copy(), leaf_alphas(leaf), part.get_center(), goal, fades)
            for parts, part, goal, fades in words + bodies + bracket + counts
            for leaf in leaves_of(parts)
        ]
        self.ratio = bar.height / self.stack.bracket.height
        self.rest = [(leaf, leaf_alphas(leaf)) for leaf in leaves_of([self.folded])]

    def show_moment(self, time: float) -> None:
        """Slide the bars together."""
        progress = self.reached(self.rate_func(time))
        for leaf, points, alphas, middle, goal, fades in self.moves:
            squeeze = 1 - progress * (1 - self.ratio) if leaf is self.stack.bracket.line else 1.0
            slide = middle + progress * (goal - middle)
            leaf.points = points if progress == 0 else (points - middle) * [1, squeeze, 1] + slide
            paint_leaf(leaf, alphas, 1 - _ramp(progress, *fades))
        for leaf, alphas in self.rest:
            shows = self.WORD_SHOWS if leaf in self.folded[0].title.get_family() else self.BARS_FADE
            paint_leaf(leaf, alphas, _ramp(progress, *shows))

    def clean_up_from_scene(self, scene) -> None:
        """Take the leaving part off the scene, whole again."""
        super().clean_up_from_scene(scene)
        for leaf, points, alphas, *_ in self.moves:
            leaf.points = points
            paint_leaf(leaf, alphas)
        for leaf, alphas in self.rest:
            paint_leaf(leaf, alphas)


class UnfoldStack(FoldStack):
    """One bar opens into the stack it stands for: :class:`FoldStack` backwards, with the same arguments.

    Examples
    --------
    >>> stack = StackDiagram([f"layer {n + 1}" for n in range(6)], kind="attention")
    >>> folded = stack.folded("layer")
    >>> self.play(FadeIn(folded))
    >>> self.play(UnfoldStack(stack, folded))
    """

    @staticmethod
    def reached(progress: float) -> float:
        """Return how far the stack is still folded when ``progress`` of the motion is over."""
        return 1 - progress


def _bracket(column: VGroup, away: Floats) -> FlowPath:
    foot, head = (column.get_corner(end + away) + layout.GAP_RELATED * away for end in (DOWN, UP))
    return FlowPath([foot, foot + BRACKET_ARM * away, head + BRACKET_ARM * away, head], radius=0.12, tip=False)


def _times(count: int, bracket: VMobject, away: Floats) -> VGroup:
    times = centred_label("×", theme.FONT_LABEL)
    number = Numeral(count, decimals=0, font_size=theme.FONT_LABEL, passport=COUNTED).anchor_at(np.zeros(3))
    number.shift((times.get_right()[0] + layout.GAP_LABEL - number.get_left()[0]) * RIGHT)
    return VGroup(times, number).next_to(bracket, away, buff=1.5 * layout.GAP_LABEL)


def _checked_counts(parameters: Numbers | None, count: int) -> Sequence[Numbers | None]:
    if parameters is None:
        return [None] * count
    if np.shape(parameters) != (count,) or not np.isfinite(np.asarray(parameters, dtype=float)).all():
        raise ValueError(f"Counts of shape {np.shape(parameters)} were found; expected one for each of {count} bars.")
    return [parameters[place] for place in range(count)]


def _ramp(value: float, start: float, end: float) -> float:
    return float(np.clip((value - start) / (end - start), 0, 1))
