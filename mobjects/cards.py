"""Words that say where we are: title cards, corner tags, and a word that is struck out for a better one."""

from __future__ import annotations

from manim import DOWN, LEFT, RIGHT, UP, FadeIn, GrowFromCenter, LaggedStart, Line, Mobject, VGroup, VMobject

from mobjects import layout, theme
from mobjects.badges import OriginBadge
from mobjects.dimming import PartMotion, leaf_alphas, leaves_of, paint_leaf
from mobjects.text import label, plated
from mobjects.wrapping import level_line, text_height


class TitleCard(VGroup):
    """What the next minutes are about: a title, a rule, and a line below.

    Parameters
    ----------
    heading : str
        At most five words.
    subtitle : str, optional
        What the viewer will understand.
    overline : str, optional
        A small line above, such as the name of the part.
    color : str
        Of the rule; ``theme.HIGHLIGHT`` if not given.

    Raises
    ------
    ValueError
        If a line cannot be drawn.

    Examples
    --------
    >>> card = TitleCard("Attention", "how words exchange what they know", overline="second part")
    >>> self.play(ShowCard(card))
    """

    def __init__(
        self, heading: str, subtitle: str | None = None, overline: str | None = None, color: str | None = None
    ) -> None:
        title = layout.fit(label(heading, size=theme.FONT_TITLE, weight="bold"), 2 * layout.SAFE_X)
        ink = theme.HIGHLIGHT if color is None else color
        half = max(title.width / 2, layout.GAP_SECTION)
        rule = Line(half * LEFT, half * RIGHT, color=ink, stroke_width=theme.STROKE_STRONG)
        rule.next_to(title, DOWN, buff=layout.GAP_RELATED)
        lines = [(overline, theme.FONT_SMALL, title, UP), (subtitle, theme.FONT_LABEL, rule, DOWN)]
        small = [
            layout.fit(label(text, size=size, color=theme.MUTED), 2 * layout.SAFE_X).next_to(
                beside, way, layout.GAP_RELATED
            )
            for text, size, beside, way in lines
            if text is not None
        ]
        super().__init__(title, rule, *small)
        self.center()

    @property
    def heading(self) -> VMobject:
        """The title."""
        return self.submobjects[0]

    @property
    def rule(self) -> Line:
        """The line under the title."""
        return self.submobjects[1]

    @property
    def small(self) -> list[VMobject]:
        """The lines above and below, as far as there are any."""
        return self.submobjects[2:]


class ShowCard(LaggedStart):
    """The title of a card rises into place, its rule grows from the middle, the small lines follow.

    Parameters
    ----------
    card : TitleCard

    Examples
    --------
    >>> self.play(ShowCard(TitleCard("What comes next?", color=theme.QUERY)))
    """

    def __init__(self, card: TitleCard, lag_ratio: float = theme.LAG_WORDS, **kwargs) -> None:
        rise = layout.GAP_RELATED * UP
        parts = [FadeIn(card.heading, shift=rise), GrowFromCenter(card.rule)]
        parts += [FadeIn(line, shift=rise) for line in card.small]
        super().__init__(*parts, lag_ratio=lag_ratio, introducer=True, **kwargs)


class SectionTag(VGroup):
    """A small line in the lower right corner that stays: where we are, and where the numbers come from.

    Parameters
    ----------
    text : str
        Such as "layer 3, head 1".
    origin : {"measured", "published", "edited", "illustration"}, optional
    origin_text : str, optional
        What the badge says; the origin itself if not given.

    Raises
    ------
    ValueError
        If there is no such origin, or a text cannot be drawn.

    Examples
    --------
    >>> self.add(WeightMatrix(self.quantity("WQ")).scale(1.2))
    >>> self.play(FadeIn(SectionTag("first layer, first head", "measured")))
    """

    def __init__(self, text: str, origin: str | None = None, origin_text: str | None = None) -> None:
        words = level_line(text, theme.FONT_SMALL, theme.MUTED)
        line = VGroup(words)
        if origin is not None:
            badge = OriginBadge(origin, origin_text)
            badge.next_to(words, RIGHT, buff=layout.GAP_RELATED)
            badge.shift([0, text_height(theme.FONT_SMALL) * 0.27 - badge.get_y(), 0])
            line.add(badge)
        super().__init__(*plated(line))
        self.move_to([layout.SAFE_X, -layout.SAFE_Y, 0], aligned_edge=DOWN + RIGHT)

    @property
    def words(self) -> VGroup:
        """The letters before the badge."""
        return self.submobjects[1][0]

    @property
    def badge(self) -> OriginBadge | None:
        """Where the numbers come from, if that is said."""
        parts = self.submobjects[1].submobjects
        return parts[1] if len(parts) > 1 else None


class StrikeAndReplace(PartMotion):
    """A line strikes a word out, which turns dim, and the right word comes up from it.

    Parameters
    ----------
    word : Mobject
        What is wrong, where it stands now: a label, or some letters of one.
    correction : str or Mobject
        What is right: words, or anything drawn, which stays where it is.
    direction : array, shape (3,)
        Where words come to stand, as seen from the wrong ones.
    color : str
        Of new words; ``theme.CORRECT`` if not given.
    size : float
        Font size of new words; ``theme.FONT_LABEL`` if not given.

    Attributes
    ----------
    strike, correction : Mobject
        Both stay on the scene.

    Raises
    ------
    ValueError
        If the correction cannot be drawn.

    Examples
    --------
    >>> claim = label("a network stores sentences", size=theme.FONT_BODY)
    >>> self.add(claim)
    >>> self.play(StrikeAndReplace(claim[17:], "tendencies", size=theme.FONT_BODY))
    """

    # Struck out in the first part of the time, replaced in the second.
    STRUCK, ANSWERED = 0.5, 0.45
    OVERHANG = 0.15

    def __init__(
        self,
        word: Mobject,
        correction: str | Mobject,
        direction=UP,
        color: str | None = None,
        size: float | None = None,
        run_time: float | None = None,
        **kwargs,
    ) -> None:
        out = self.OVERHANG * RIGHT
        self.word = word
        self.strike = Line(
            word.get_left() - out, word.get_right() + out, color=theme.NEGATIVE, stroke_width=theme.STROKE_STRIKE
        )
        if isinstance(correction, str):
            ink = theme.CORRECT if color is None else color
            correction = level_line(correction, theme.FONT_LABEL if size is None else size, ink)
            correction.next_to(word, direction, buff=layout.GAP_RELATED)
        self.correction = correction
        duration = theme.TIME_SLOW if run_time is None else run_time
        parts = leaves_of([word, self.strike, correction])
        super().__init__(parts, entering=[self.strike, correction], run_time=duration, **kwargs)

    def prepare(self) -> None:
        """Note what there is and what there will be."""
        self.line = self.strike.points.copy()
        self.struck = [(leaf, leaf_alphas(leaf)) for leaf in leaves_of([self.word])]
        self.rest = [(leaf, leaf.points.copy(), leaf_alphas(leaf)) for leaf in leaves_of([self.correction])]
        self.travel = (self.word.get_center() - self.correction.get_center()) / 2

    def show_moment(self, time: float) -> None:
        """Draw the line as far as it is, and the correction on its way."""
        drawn = self.rate_func(min(1.0, time / self.STRUCK))
        self.strike.points = self.line if drawn == 1 else self.line[0] + drawn * (self.line - self.line[0])
        for leaf, alphas in self.struck:
            paint_leaf(leaf, alphas, 1 - (1 - theme.OPACITY_HALF) * drawn)
        come = self.rate_func(max(0.0, (time - self.ANSWERED) / (1 - self.ANSWERED)))
        for leaf, points, alphas in self.rest:
            leaf.points = points if come == 1 else points + (1 - come) * self.travel
            paint_leaf(leaf, alphas, come)
