"""Companion clips: one scene for each kind of card. What they say is in ``assets/cards.yaml``."""

from __future__ import annotations

from typing import Any

from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Circle,
    Create,
    FadeIn,
    GrowFromCenter,
    ImageMobject,
    LaggedStart,
    Line,
    Rectangle,
    Transform,
    VGroup,
    VMobject,
    config,
)

from mobjects import (
    CheckBadge,
    ShowTopic,
    SplitFrame,
    Spotlight,
    ThoughtBubble,
    TokenRow,
    TopicList,
    Undim,
    label,
    layout,
    plated,
    theme,
    wrapped,
)
from mobjects.bubbles import GrowBubble
from scenes import card_texts as texts
from scenes.base import ChapterScene
from scenes.language import _

BIG, PITCH = 84, 1.5  # of initials
ROAD, WIDEST = 10.8, 12.4


class CardScene(ChapterScene):
    """A short clip to be laid over other footage.

    Attributes
    ----------
    card : scenes.card_texts.Card
        What it says.
    """

    card: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        config.transparent = self.card.transparent
        super().__init__(*args, **kwargs)

    def construct(self) -> None:
        """One beat, as long as the card says."""
        with self.beat(self.card.says, self.card.seconds):
            self.draw()

    def draw(self) -> None:
        """Show what the card says."""
        raise NotImplementedError


def keep_in(words: VMobject) -> None:
    """Move something sideways until none of it is beyond the safe area."""
    beyond = max(0.0, -layout.SAFE_X - words.get_left()[0]) - max(0.0, words.get_right()[0] - layout.SAFE_X)
    words.shift([beyond, 0, 0])


class InitialsScene(CardScene):
    """Initials stand side by side, then each unfolds into its word."""

    def draw(self) -> None:
        """Letters, then words."""
        words = VGroup(*(label(word, BIG, weight="bold") for word in self.card.words))
        for place, word in enumerate(words):
            # Letters stand below each other by their left edges, on baselines that are equally far apart.
            word.shift([-word[0].get_left()[0], -PITCH * place - word[0].get_bottom()[1], 0])
        layout.fit(words, WIDEST, 6.6).center()
        row = VGroup(*(word[0].copy() for word in words)).arrange(RIGHT, buff=0.22, aligned_edge=DOWN)
        row.scale(1.5).center().set_color(theme.HIGHLIGHT)
        self.play(LaggedStart(*(FadeIn(letter, shift=0.25 * UP) for letter in row), lag_ratio=0.25), run_time=1)
        for word in words:
            word[0].set_color(theme.HIGHLIGHT)
        unfold = [
            LaggedStart(Transform(letter, word[0]), FadeIn(word[1:], shift=0.3 * RIGHT, lag_ratio=0.05), lag_ratio=0.5)
            for letter, word in zip(row, words, strict=True)
        ]
        self.play(LaggedStart(*unfold, lag_ratio=0.2), run_time=1.8)


class RoadMapScene(CardScene):
    """Stops on a line, and where we are."""

    def draw(self) -> None:
        """The way, its stops, and a mark at one of them."""
        card, count = self.card, len(self.card.stops)
        xs = [ROAD * (place / (count - 1) - 0.5) for place in range(count)]
        here = card.here - 1
        whole = Line([xs[0], 0, 0], [xs[-1], 0, 0], color=theme.RULE, stroke_width=theme.STROKE_STRONG)
        gone = Line([xs[0], 0, 0], [xs[here], 0, 0], color=theme.HIGHLIGHT, stroke_width=theme.STROKE_STRIKE)
        stops = VGroup()
        for place, (x, name) in enumerate(zip(xs, card.stops, strict=True)):
            ink = theme.HIGHLIGHT if place <= here else theme.RULE
            dot = Circle(0.16, color=ink, fill_color=ink if place <= here else theme.BACKGROUND, fill_opacity=1)
            words = wrapped(name, 0.94 * ROAD / (count - 1), 30 if count < 6 else 26, align="center")
            words.set_color(theme.HIGHLIGHT if place == here else theme.TEXT)
            stops.add(VGroup(dot.move_to([x, 0, 0]), words.next_to(dot, DOWN, buff=layout.GAP_RELATED).set_x(x)))
        layout.fit(VGroup(whole, gone, stops), 2 * layout.SAFE_X)
        ring = Circle(0.34, color=theme.HIGHLIGHT, stroke_width=theme.STROKE_STRONG).move_to(stops[here][0])
        note = label(card.note, theme.FONT_LABEL, theme.HIGHLIGHT).next_to(ring, UP, buff=layout.GAP_RELATED)
        note.shift(
            [min(0.0, layout.SAFE_X - note.get_right()[0]) + max(0.0, -layout.SAFE_X - note.get_left()[0]), 0, 0]
        )
        self.play(Create(whole), LaggedStart(*map(FadeIn, stops), lag_ratio=0.2), run_time=1.5)
        self.bring_to_back(gone)
        self.play(Create(gone), run_time=1)
        self.play(GrowFromCenter(ring), FadeIn(note, shift=0.25 * DOWN), run_time=0.75)


class SplitScene(CardScene):
    """Panels side by side."""

    def draw(self) -> None:
        """Rules and titles, then what stands below."""
        panels = self.card.panels
        split = SplitFrame([panel.title for panel in panels])
        split.rules.set_stroke(theme.TEXT, theme.STROKE_STRONG)  # to be seen over footage
        self.play(Create(split.rules), LaggedStart(*(FadeIn(head, shift=0.25 * DOWN) for head in split.titles)))
        said = [
            split.place(wrapped(panel.text, 0.9 * split.panels[number].width, theme.FONT_LABEL, align="center"), number)
            for number, panel in enumerate(panels)
            if panel.text
        ]
        if said:
            self.play(LaggedStart(*(FadeIn(one, shift=0.25 * UP) for one in said), lag_ratio=0.4), run_time=1.8)


class SpotScene(CardScene):
    """All but one place goes dark."""

    def draw(self) -> None:
        """The picture if there is one, the sheet, and the caption."""
        left, top, width, height = self.card.hole
        wide, high = layout.FRAME
        hole = Rectangle(width=width * wide, height=height * high)
        hole.move_to([(left + width / 2 - 0.5) * wide, (0.5 - top - height / 2) * high, 0])
        if self.card.picture is not None:
            picture = ImageMobject(str(texts.ROOT / self.card.picture)).scale_to_fit_height(high)
            self.play(FadeIn(picture), run_time=1)
        caption = plated(label(self.card.caption, theme.FONT_LABEL))
        caption.move_to([0, -layout.SAFE_Y + 0.3, 0])
        self.play(FadeIn(Spotlight(hole)), run_time=1)
        self.play(FadeIn(caption, shift=0.25 * UP), run_time=0.75)


class ChecklistScene(CardScene):
    """Topics come one by one, and some get their ticks."""

    def draw(self) -> None:
        """Topics, then ticks."""
        topics = TopicList([_(topic) for topic in self.card.topics])
        layout.fit(topics, WIDEST, 6.6)
        each = min(0.6, (self.card.seconds - 2.2) / (len(self.card.topics) + 0.5 * self.card.done))
        for number in range(len(topics.rows)):
            self.play(ShowTopic(topics, number), run_time=each)
        self.play(Undim(*topics.rows), run_time=0.3)
        for row in topics.rows[: self.card.done]:
            tick = CheckBadge(0.42).move_to(row[0])
            self.play(GrowFromCenter(tick), run_time=0.5 * each)


class MethodsScene(CardScene):
    """A title and its list."""

    def draw(self) -> None:
        """The title, then line by line; in the end all are bright."""
        topics = TopicList(self.card.methods)
        title = label(self.card.title, theme.FONT_SUBTITLE, weight="bold")
        whole = VGroup(title, topics).arrange(DOWN, buff=0.6, aligned_edge=LEFT)
        layout.fit(whole, WIDEST, 7.0).center()
        each = min(0.9, (self.card.seconds - 2.3) / len(self.card.methods))
        self.play(FadeIn(title, shift=0.25 * DOWN), run_time=0.8)
        for number in range(len(topics.rows)):
            self.play(ShowTopic(topics, number), run_time=each)
        self.play(Undim(*topics.rows), run_time=0.4)


class QuestionScene(CardScene):
    """A plate with a question mark, and what it wonders."""

    def draw(self) -> None:
        """Somebody, then the thought."""
        somebody = TokenRow(["?"], font_size=theme.FONT_TITLE).move_to([-3.4, -2.4, 0])
        thought = ThoughtBubble(self.card.asks, somebody, "up", size=theme.FONT_BODY, width=7.0, aside=3.2)
        layout.fit(VGroup(somebody, thought), WIDEST, 7.0).center()
        self.play(FadeIn(somebody, shift=0.25 * UP), run_time=0.7)
        self.play(GrowBubble(thought), run_time=1.5)


class TimedLineScene(CardScene):
    """Words that light up when they are heard."""

    def draw(self) -> None:
        """All words faintly, then one after the other at its time."""
        words = [timed.word for timed in self.card.words]
        line = wrapped(" ".join(words), WIDEST, theme.FONT_SUBTITLE, align="center").center()
        glyphs, self.parts = line.family_members_with_points(), VGroup()
        for word in words:
            count = len(word.replace(" ", ""))
            self.parts.add(VGroup(*glyphs[:count]))
            glyphs = glyphs[count:]
        first = min(0.3, self.card.words[0].at)
        if first > 0:
            self.play(FadeIn(line.set_opacity(theme.OPACITY_CONTEXT)), run_time=first)
        now = first
        for timed, part in zip(self.card.words, self.parts, strict=True):
            if timed.at - now > 0.5 / config.frame_rate:
                self.wait(timed.at - now)
                now = timed.at
            quick = min(0.12, self.until_next(timed))
            self.play(part.animate.set_opacity(1), run_time=quick)
            now += quick

    def until_next(self, timed: texts.Timed) -> float:
        """How long until the next word is heard, at least one frame."""
        times = [other.at for other in self.card.words if other.at > timed.at]
        return max(1 / config.frame_rate, min([self.card.seconds, *times]) - timed.at)
