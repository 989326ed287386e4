"""QueryKeySpaces: two tables drop words into one small space, where agreement is a matter of angle and length."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    LEFT,
    RIGHT,
    UP,
    Create,
    DashedLine,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    Rectangle,
    ReplacementTransform,
    Transform,
    TransformFromCopy,
    VGroup,
)

from mobjects import (
    CountUp,
    Dim,
    GrowVectors,
    Numeral,
    TurnSpace,
    Undim,
    format_number,
    label,
    layout,
    theme,
)
from mobjects.counted import counted
from mobjects.dimming import undim
from mobjects.token_label import row_label
from scenes.language import _
from scenes.query_key_drops import CROSSED, FONT, LIST, YAW, QueryKeyDrops

NEAR, FAR = 6.8, 9.8  # frame heights: for the plane and its list, and for all
BESIDE = 5.0  # middle of the frame that sees plane and list
ROWS = 5.0  # height of the list
SPOKEN = 1  # digits after the point of a dot product


class QueryKeySpaces(QueryKeyDrops):
    """Questions and answers live in one small space; the farther an answer reaches along a question, the better."""

    def construct(self) -> None:
        """Two spaces, two ways between them, and what agreement is in the small one."""
        self.show_two_spaces()
        self.drop_the_query()
        self.drop_the_keys()
        self.measure_agreement()
        self.sort_all_keys()
        self.look_at_the_opposed()

    # -- agreement -----------------------------------------------------------------------------------------------

    def foot_of(self, key: int) -> np.ndarray:
        """Where a key's shadow on the line of the query ends."""
        along = self.plane.coordinates[key + 1] * [1.0, 0.0, 0.0]
        return np.append(self.plane.place(along)[0, :2], 0)

    def shadow_of(self, key: int, color: str) -> VGroup:
        """A line straight down from a key's tip to the line of the query, and how far along it that is."""
        foot, origin = self.foot_of(key), np.append(self.plane.place(np.zeros(3))[0, :2], 0)
        fall = DashedLine(self.plane.tip(key + 1), foot, color=theme.MUTED, stroke_width=theme.STROKE_BOX)
        reach = Line(origin, foot, color=color, stroke_width=theme.STROKE_STRIKE)
        return VGroup(fall, reach)

    def measure_agreement(self) -> None:
        """Beat 4."""
        key, score = self.best, float(self.scores.values[self.best])
        self.shadow = self.shadow_of(key, theme.HIGHLIGHT)
        self.reading = self.readings(key)
        narration = _(
            "Now agreement is geometry. Drop a line from “{key}” to the direction of the question: "
            "the farther along it lands, the larger their dot product. Angle counts, and so does length."
        )
        if score < 0:
            narration = _(
                "Now agreement is geometry. Drop a line from “{key}” to the direction of the question: "
                "it lands behind the start, so their dot product is below zero. Angle counts, and length."
            )
        others = [VGroup(self.plane.vector(other + 1)) for other in self.pick.keys if other != key]
        with self.beat(narration.format(key=self.word(key)), 14, CROSSED):
            leave = FadeOut(self.titles, self.bridge, self.map, self.words)
            self.play(leave, self.look(NEAR, [BESIDE, 0, 0]), run_time=theme.TIME_CAMERA)
            self.play(Dim(*others), Create(self.shadow[0]), run_time=theme.TIME_BASE)
            self.play(Create(self.shadow[1]), run_time=theme.TIME_BASE)
            heading, lines = self.reading
            counts = [CountUp(line[1]) for line in lines]
            names = FadeIn(heading, *(line[0] for line in lines), shift=0.25 * RIGHT)
            self.play(names, *counts, run_time=theme.TIME_SLOW)

    def readings(self, key: int) -> tuple[VGroup, VGroup]:
        """The dot product and the cosine of query and key, in all dimensions and not only those drawn."""
        query, other = (np.asarray(one, dtype=float) for one in (self.query, self.keys[key]))
        cosine = float(query @ other / np.linalg.norm(query) / np.linalg.norm(other))
        heading = counted(
            _("in all {} dimensions"), self.checkpoint.config.d_head, FONT, theme.MUTED, "size of the network: d_head"
        )
        lines = VGroup()
        for name, value, digits, passport, color in (
            (_("dot product"), self.scores[key], SPOKEN, None, theme.HIGHLIGHT),
            (_("cosine"), cosine, 2, "cosine: query and key", theme.TEXT),
        ):
            words = row_label(name, FONT, color)
            number = Numeral(value, digits, font_size=theme.FONT_LABEL, color=color, passport=passport)
            words.shift([LIST - 1.6 - words.get_left()[0], 0, 0])
            number.shift([LIST + 1.7 - number.get_right()[0], 0, 0])
            lines.add(VGroup(words, number))
        for part, y in ((heading, 1.1), (lines[0], 0.3), (lines[1], -0.5)):
            part.shift(y * UP)
        heading.shift([LIST - 1.6 - heading.get_left()[0], 0, 0])
        return heading, lines

    def score_list(self) -> VGroup:
        """All words with their dot products, the largest first."""
        pitch = min(0.55, ROWS / len(self.order))
        size, rows = FONT * min(1.0, pitch / 0.45), VGroup()
        for number, key in enumerate(self.order):
            words = row_label(self.word(key), size, theme.KEY)
            value = Numeral(self.scores[key], SPOKEN, font_size=size)
            layout.fit(words, 2.2)
            words.shift([LIST - 1.6 - words.get_left()[0], 0, 0])
            value.shift([LIST + 1.7 - value.get_right()[0], 0, 0])
            rows.add(VGroup(words, value).shift((2.25 - number * pitch) * UP))
        return rows

    def sort_all_keys(self) -> None:
        """Beat 5."""
        self.rows = self.score_list()
        self.heading = label(_("dot products"), FONT, theme.MUTED)
        self.heading.move_to([LIST - 1.6, 2.85, 0], aligned_edge=LEFT)
        rest = [key for key in range(len(self.pieces)) if key not in self.pick.keys]
        first = self.order[0]
        heading, lines = self.reading
        with self.beat(self.words_for_the_best(first), 12, CROSSED):
            gone = [FadeOut(heading, lines, self.shadow), *self.undim_keys()]
            self.play(*gone, FadeIn(self.heading), run_time=theme.TIME_BASE)
            if rest:
                self.play(GrowVectors(self.plane, [key + 1 for key in rest], theme.LAG_ITEMS), run_time=theme.TIME_SLOW)
            fill = [self.into_the_list(number) for number in range(len(self.order))]
            self.play(LaggedStart(*fill, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_CAMERA)
            self.shadow = self.shadow_of(first, theme.HIGHLIGHT)
            self.pointer = self.box_of(first, theme.HIGHLIGHT)
            self.play(self.only(first), Create(self.shadow), Create(self.pointer), run_time=theme.TIME_BASE)

    def undim_keys(self) -> list[Any]:
        """The keys shown so far in full light again."""
        return [Undim(*(self.plane.vector(key + 1) for key in self.pick.keys))]

    def into_the_list(self, number: int) -> LaggedStart:
        """A key's word goes from its arrow to its row, and its number appears."""
        words, value = self.rows[number]
        key = self.order[number]
        go = TransformFromCopy(self.plane.labels[key + 1], words)
        return LaggedStart(go, FadeIn(value), lag_ratio=0.6)

    def box_of(self, key: int, color: str) -> Rectangle:
        """A frame round a key's row, as wide as the list."""
        row = self.rows[self.order.index(key)]
        box = Rectangle(width=3.7, height=0.5, color=color, stroke_width=theme.STROKE_BOX)
        return box.move_to([LIST + 0.05, row[1].get_y(), 0])

    def only(self, key: int) -> Dim:
        """One key and its row stay bright, with the query."""
        kept = [self.plane.vector(0), self.plane.vector(key + 1), self.rows[self.order.index(key)]]
        return Dim(self.plane.arrows, self.plane.labels, self.rows, keep=kept, opacity=theme.OPACITY_HALF)

    def words_for_the_best(self, first: int) -> str:
        """What is said of the largest dot product."""
        if float(self.scores.values[first]) <= 0:
            narration = _(
                "Here are all {count} keys, sorted. “{word}” is the best, though it too points away: "
                "what will count is only who is ahead of whom."
            )
        elif first > self.place:
            narration = _(
                "Here are all {count} keys, sorted. “{word}” reaches farthest along the question. "
                "It comes later in the text, so the mask will strike it out; but it would match best."
            )
        else:
            narration = _(
                "Here are all {count} keys, sorted by their dot products with the question. "
                "The best match, “{word}”, is the one that reaches farthest along with it."
            )
        return narration.format(count=len(self.order), word=self.word(first))

    def look_at_the_opposed(self) -> None:
        """Beat 6."""
        key, score = self.lowest, float(self.scores.values[self.lowest])
        size = format_number(abs(score), SPOKEN)
        if score < 0:
            narration = _(
                "And some point the other way. “{word}” lands behind the start, at minus {size}: "
                "the least of an answer to this question."
            )
        else:
            narration = _(
                "Others could point the other way, below zero; here none does. “{word}” agrees least, with {size}."
            )
        color = theme.NEGATIVE if score < 0 else theme.HIGHLIGHT
        shadow = self.shadow_of(key, color)
        with self.beat(narration.format(word=self.word(key), size=size), 10.5, CROSSED):
            move = ReplacementTransform(self.pointer, self.box_of(key, color))
            self.play(self.only(key), Transform(self.shadow, shadow), move, run_time=theme.TIME_SLOW)
            wide = [1.75, 0, 0]
            undim(self.words)
            bright = Undim(self.plane.labels, self.plane.arrows, self.rows)
            back = FadeIn(self.words, self.titles, self.bridge)
            self.play(self.look(FAR, wide), back, bright, run_time=theme.TIME_CAMERA)
            self.play(TurnSpace(self.words, YAW), run_time=theme.TIME_CAMERA)
