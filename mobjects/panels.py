"""Pictures side by side, and lists that grow: frames that keep things apart and in order."""

from __future__ import annotations

from collections.abc import Sequence

from manim import (
    DOWN,
    RIGHT,
    Animation,
    AnimationGroup,
    Dot,
    FadeIn,
    Line,
    Mobject,
    Rectangle,
    VGroup,
    override_animate,
)

from mobjects import layout, theme
from mobjects.dimming import Dim, dim
from mobjects.wrapping import level_line, text_height

FEWEST_PANELS, MOST_PANELS = 2, 6
MOST_TOPICS = 8


class SplitFrame(VGroup):
    """Panels side by side, parted by thin rules, each under its title.

    Parameters
    ----------
    titles : sequence of str
        One for each of 2 to 6 panels. All get one size, at which the longest fits its panel, and one baseline.
    width, height : float
        Of all together, in manim units; the safe area if not given.
    size : float
        Largest font size of the titles; ``theme.FONT_LABEL`` if not given.

    Raises
    ------
    ValueError
        If there are too few titles or too many, or one cannot be drawn.

    Examples
    --------
    >>> split = SplitFrame(["its query", "its key", "its value"], height=5)
    >>> self.play(Create(split.rules), FadeIn(split.titles))
    >>> vectors = [NumericEmbedding(self.quantity(name)[3], length=6) for name in "QKV"]
    >>> self.play(*(FadeIn(split.place(vector, number)) for number, vector in enumerate(vectors)))
    """

    def __init__(
        self,
        titles: Sequence[str],
        width: float = 2 * layout.SAFE_X,
        height: float = 2 * layout.SAFE_Y,
        size: float | None = None,
    ) -> None:
        titles = [titles] if isinstance(titles, str) else list(titles)
        if not FEWEST_PANELS <= len(titles) <= MOST_PANELS:
            raise ValueError(
                f"{len(titles)} titles were found; expected {FEWEST_PANELS} to {MOST_PANELS}, one a panel."
            )
        pitch = width / len(titles)
        size = theme.FONT_LABEL if size is None else size
        heads = VGroup(*(level_line(text, size) for text in titles))
        shrink = min([1.0, *((pitch - layout.GAP) / head.width for head in heads)])
        band = text_height(size) * shrink + layout.GAP
        panels, rules = VGroup(), VGroup()
        for number, head in enumerate(heads):
            middle = (number + 0.5) * pitch - width / 2
            head.scale(shrink, about_point=[0, 0, 0])
            head.shift([middle - head.get_x(), height / 2 - band + layout.GAP - layout.GAP_LABEL, 0])
            panel = Rectangle(width=pitch - layout.GAP, height=height - band, stroke_width=0, fill_opacity=0)
            panels.add(panel.move_to([middle, -band / 2, 0]))
            if number:
                edge = middle - pitch / 2
                ends = [edge, height / 2, 0], [edge, -height / 2, 0]
                rules.add(Line(*ends, stroke_color=theme.RULE, stroke_width=theme.STROKE_RULE))
        super().__init__(rules, heads, panels)

    @property
    def rules(self) -> VGroup:
        """The lines between the panels, from top to bottom."""
        return self.submobjects[0]

    @property
    def titles(self) -> VGroup:
        """The titles, from left to right."""
        return self.submobjects[1]

    @property
    def panels(self) -> VGroup:
        """What is free in each panel: rectangles that cannot be seen, to place things in."""
        return self.submobjects[2]

    def place(self, content: Mobject, number: int) -> Mobject:
        """Move ``content`` into the middle of a panel (0-based), shrunk until it fits; returns the content."""
        if not 0 <= number < len(self.panels):
            raise ValueError(f"Panel {number} was asked for; there are panels 0 to {len(self.panels) - 1}.")
        panel = self.panels[number]
        return layout.fit(content, panel.width, panel.height).move_to(panel)


class TopicList(VGroup):
    """Topics below each other, that come one after another; the one that is spoken of is bright.

    Parameters
    ----------
    topics : sequence of str
        1 to 8, each one line.
    size : float
        Font size; ``theme.FONT_LABEL`` if not given.
    gap : float
        Empty space between the lines, in manim units.

    Raises
    ------
    ValueError
        If there are no topics or too many, or one cannot be drawn.

    Examples
    --------
    >>> topics = TopicList(["cut the text into tokens", "turn tokens into vectors", "let the vectors talk"])
    >>> for number in range(3):
    ...     self.play(ShowTopic(topics, number))
    """

    def __init__(self, topics: Sequence[str], size: float | None = None, gap: float = layout.GAP) -> None:
        topics = [topics] if isinstance(topics, str) else list(topics)
        if not 1 <= len(topics) <= MOST_TOPICS:
            raise ValueError(f"{len(topics)} topics were found; a list holds 1 to {MOST_TOPICS}.")
        size = theme.FONT_LABEL if size is None else size
        super().__init__()
        height = text_height(size)
        for number, topic in enumerate(topics):
            line = level_line(topic, size)
            # At half the height of a small letter, which is about a quarter of the line's.
            dot = Dot([-layout.GAP, 0.27 * height, 0], radius=0.14 * height, color=theme.RULE)
            self.add(VGroup(dot, line).shift(number * (height + gap) * DOWN))
        layout.fit(self, 2 * layout.SAFE_X).center()

    @property
    def rows(self) -> list[VGroup]:
        """The topics from top to bottom, each a mark and a line."""
        return self.submobjects

    @property
    def marks(self) -> VGroup:
        """The dots before the topics."""
        return VGroup(*(row[0] for row in self.rows))

    def focus(self, number: int, opacity: float | None = None) -> TopicList:
        """Dim all topics but one (0-based), to half their light or the share given."""
        dim(self, keep=[self.rows[number]], opacity=theme.OPACITY_HALF if opacity is None else opacity)
        return self

    @override_animate(focus)
    def _focus_animation(self, number, opacity=None, anim_args=None) -> Animation:
        strength = theme.OPACITY_HALF if opacity is None else opacity
        return Dim(self, keep=[self.rows[number]], opacity=strength, **(anim_args or {}))


class ShowTopic(AnimationGroup):
    """The next topic of a list slides in; those before it are dimmed.

    Parameters
    ----------
    topics : TopicList
    number : int
        Which comes (0-based).

    Examples
    --------
    >>> topics = TopicList(["embed", "attend", "think", "predict"], size=theme.FONT_BODY)
    >>> self.add(*topics.rows[:3])
    >>> self.play(ShowTopic(topics, 3))
    """

    def __init__(self, topics: TopicList, number: int, **kwargs) -> None:
        row, before = topics.rows[number], topics.rows[:number]
        past = [Dim(*before, opacity=theme.OPACITY_HALF)] if before else []
        # An introducer adds what its motions add, and not a group of all their parts.
        super().__init__(*past, FadeIn(row, shift=layout.GAP_RELATED * RIGHT), introducer=True, **kwargs)
