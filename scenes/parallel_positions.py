"""ParallelPositions: why a whole text is learned from in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    FadeIn,
    FadeOut,
    GrowFromEdge,
    LaggedStart,
    Line,
    MoveToTarget,
    Square,
    TransformFromCopy,
    VGroup,
    linear,
    there_and_back,
)

from mobjects import BraceCount, CountUp, Dim, GrowBraces, Numeral, Undim, format_number, label, layout, theme
from mobjects.bars import Bar
from mobjects.counted import counted
from model.checkpoint import load
from model.recording import history
from model.recording.history import Timing
from scenes.language import _
from scenes.parallel_halves import FLOOR, HEADS, LOSSES, TwoHalves

LENGTH, THICK, START = 8.6, 0.6, -4.2  # of the longer bar, of both, and where they begin
UPPER, LOWER, TRAY = 2.2, -0.9, 0.3  # heights of the bars; from a bar down to its trays
AT_ONCE_SECONDS = 0.4
ENDS, MIDDLE = (-4.55, 3.7), 0.35  # where words end and what stands between, in the last frame


class ParallelPositions(TwoHalves):
    """A network that works at all positions at once learns from all of them in one pass."""

    def construct(self) -> None:
        """A queue, all at once, a lesson at every place, their mean, and what time it takes."""
        self.stand_in_a_queue()
        self.work_all_at_once()
        self.learn_at_every_place()
        self.average_the_lessons()
        self.time_both()
        self.name_the_ratio()

    # -- beat 4 --------------------------------------------------------------------------------------------------

    def average_the_lessons(self) -> None:
        """Beat 4."""
        losses: Any = self.quantity("LOSS")
        self.losses = VGroup()
        for row, answer in enumerate(self.answers):
            number = Numeral(losses[row], 2, "never", font_size=theme.FONT_SMALL, color=theme.LOSS)
            number.scale(min(1.0, self.pitch / 0.38)).move_to([LOSSES, answer[1].get_y(), 0], aligned_edge=RIGHT)
            self.losses.add(number)
        head = self.head(_("loss"), LOSSES, RIGHT)
        self.mean = self.mean_of(losses)
        narration = _(
            "How wrong each guess was is one number, its loss: small if the true word was expected. "
            "All lessons are averaged, and this mean is what training lowers."
        )
        with self.beat(narration, 11):
            keep = [*(answer[1] for answer in self.answers)]
            dim = Dim(self.table, self.ticks, self.heads[0], opacity=theme.OPACITY_HALF)
            self.play(dim, Dim(*(answer[0] for answer in self.answers), keep=keep, opacity=theme.OPACITY_HALF))
            become = [TransformFromCopy(*move) for move in zip(keep, self.losses, strict=True)]
            self.play(LaggedStart(*become, lag_ratio=0.05), FadeIn(head), run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.mean[0], self.mean[1]), run_time=theme.TIME_QUICK)
            read = [number.animate(rate_func=there_and_back).scale(1.25) for number in self.losses]
            self.play(LaggedStart(*read, lag_ratio=0.3), CountUp(self.mean[2]), run_time=theme.TIME_SLOW)
            bright = Undim(self.table, self.ticks, self.heads[0], self.answers)
            self.play(bright, run_time=theme.TIME_QUICK)
        self.heads.add(head)

    def mean_of(self, losses: Any) -> VGroup:
        """Below the losses a line, what it is, and their mean."""
        mean = float(np.mean(np.asarray(losses)))
        number = Numeral(mean, 2, "never", font_size=theme.FONT_LABEL, color=theme.LOSS, passport="mean of the losses")
        number.move_to([LOSSES, FLOOR - 0.4, 0], aligned_edge=RIGHT)
        words = counted(_("mean of {} lessons"), len(self.losses), passport="count: lessons")
        if len(self.losses) == 1:
            words = counted(_("{} lesson"), 1, passport="count: lessons")
        words.next_to(number, LEFT, buff=layout.GAP_RELATED)
        rule = Line([LOSSES - 0.9, 0, 0], [LOSSES, 0, 0]).set_stroke(theme.RULE, theme.STROKE_BOX)
        rule.set_y(FLOOR - 0.05)
        return VGroup(rule, words, number)

    # -- beat 5 --------------------------------------------------------------------------------------------------

    def time_both(self) -> None:
        """Beat 5."""
        name, timing = self.timing()
        self.draw_times(timing)
        steps, one_pass, names, slow, fast, rows, device, times = self.bars
        narration = _("We can make our own network queue, and time it. ")
        if name != self.checkpoint.name:
            narration = _("Not timed for this network; these are ours. ")
        narration += _(
            "The program always works on {rows} places at a time. A single word fills one of them "
            "and leaves the others empty; with a whole text, they fill up."
        ).format(rows=format_number(timing.rows, 0))
        everything = [self.words, self.table, self.ticks, self.answers, self.losses, self.mean, self.heads]
        with self.beat(narration, 14.5):
            credit = self.credit_to(_("{name}: processor time, measured").format(name=name))
            self.play(FadeOut(*everything, shift=0.5 * LEFT), FadeIn(device), *credit, run_time=theme.TIME_BASE)
            self.play(FadeIn(names[0]), FadeIn(slow[0], shift=0.25 * DOWN), GrowBraces(rows), run_time=theme.TIME_BASE)
            grow = LaggedStart(*(GrowFromEdge(bar, LEFT, rate_func=linear) for bar in steps), lag_ratio=1)
            counts = [CountUp(number, rate_func=linear) for number in (self.times[0][0], times[1])]
            seconds = max(theme.TIME_SLOW, min(theme.TIME_FLOW, 0.5 * self.count))
            signs = FadeIn(self.times[0][1], times[0], run_time=theme.TIME_QUICK)
            self.play(grow, signs, *counts, run_time=seconds)
            self.play(FadeIn(names[1]), *(FadeIn(tray, shift=0.25 * DOWN) for tray in fast), run_time=theme.TIME_BASE)
            grow_one = GrowFromEdge(one_pass[0], LEFT, rate_func=linear)
            count = CountUp(self.times[1][0], rate_func=linear)
            self.play(grow_one, count, FadeIn(self.times[1][1]), run_time=theme.TIME_BASE)

    def draw_times(self, timing: Timing) -> None:
        """Bars as long as single steps and one pass took, their names, blocks of rows, the device, and the times."""
        single, whole = timing.decoding["cached"][: self.count], timing.decoding["uncached"][self.count - 1]
        total, count = float(np.sum(single.values)), timing.rows
        unit = LENGTH / max(total, float(whole))
        self.ratio = total / float(whole)
        steps, one_pass = self.bar_of(single, unit, UPPER, theme.UPDATE), self.bar_of([whole], unit, LOWER, theme.KEY)
        added = self.time_at(steps, total, "measured seconds: single steps, added up")
        self.times = VGroup(added, self.time_at(one_pass, whole))
        filled = self.filled(count)
        slow, fast = self.trays([1], count, UPPER, theme.UPDATE), self.trays(filled, count, LOWER, theme.KEY)
        style: dict[str, Any] = {"color": theme.MUTED, "font_size": theme.FONT_SMALL}
        rows = BraceCount(slow[0], count, DOWN, _("places at a time"), passport="rows multiplied together", **style)
        times = counted(_("× {}"), self.count, theme.FONT_LABEL, theme.UPDATE, "count: steps, one a word")
        times.next_to(slow[0], RIGHT, buff=layout.GAP)
        device = label(hardware(timing), theme.FONT_SMALL, theme.MUTED).move_to([0, HEADS, 0])
        self.bars = [steps, one_pass, self.bar_names(), slow, fast, rows, device, times]

    def timing(self) -> tuple[str, Timing]:
        """The network whose times were recorded, and the times: the shipped one's if there are none of this."""
        try:
            return self.checkpoint.name, history.timing(history.of(self.checkpoint))
        except ValueError:
            shipped = load(self.checkpoint_name)
            return shipped.name, history.timing(history.of(shipped))

    def filled(self, rows: int) -> list[int]:
        """How many rows of each block a whole text fills."""
        return [min(rows, self.count - done) for done in range(0, self.count, rows)]

    def bar_of(self, seconds: Any, unit: float, height: float, color: str) -> VGroup:
        """Pieces of a bar, one after the other, each as long as it took."""
        pieces, x = VGroup(), START
        for second in seconds:
            piece = Bar(second, unit, THICK, RIGHT, color).shift([x, height, 0])
            x += piece.value * unit
            pieces.add(piece)
        return pieces

    def bar_names(self) -> VGroup:
        """What the bars are."""
        names = VGroup()
        style: dict[str, Any] = {"size": theme.FONT_LABEL, "color": theme.TEXT}
        for words, height in ((_("{} steps"), UPPER), (_("one pass"), LOWER)):
            line = (
                counted(words, self.count, passport="count: steps, one a word", **style)
                if "{}" in words
                else label(words, **style)
            )
            names.add(line.move_to([START - 0.3, height, 0], aligned_edge=RIGHT))
        return names

    def time_at(self, bar: VGroup, seconds: Any, passport: str | None = None) -> VGroup:
        """The milliseconds at the end of a bar."""
        number = Numeral(seconds, 1, "never", font_size=theme.FONT_LABEL, factor=1000, passport=passport)
        line = VGroup(number, label(_("ms"), theme.FONT_LABEL, theme.MUTED))
        return line.arrange(RIGHT, buff=0.15, aligned_edge=DOWN).next_to(bar, RIGHT, buff=layout.GAP_RELATED)

    def trays(self, filled: list[int], places: int, height: float, color: str) -> VGroup:
        """Below a bar a tray of places for each time the tables are multiplied, its used places lit."""
        side, trays = min(0.42, LENGTH / (1.2 * places + 0.5) / len(filled)), VGroup()
        for lit in filled:
            tray = VGroup(*(Square(side, stroke_width=theme.STROKE_BOX) for _place in range(places)))
            tray.arrange(RIGHT, buff=0.15 * side)
            for place, square in enumerate(tray):
                square.set_stroke(color if place < lit else theme.RULE)
                square.set_fill(color, opacity=float(place < lit))
            trays.add(tray)
        trays.arrange(RIGHT, buff=side)
        return trays.move_to([START, height - THICK / 2 - TRAY, 0], aligned_edge=UP + LEFT)

    # -- beat 6 --------------------------------------------------------------------------------------------------

    def name_the_ratio(self) -> None:
        """Beat 6."""
        halves = [self.half(ENDS[0], _("ours, word by word")), self.half(ENDS[1], _("all at once"))]
        ends = (layout.SAFE_Y, 1.15), (-0.85, FLOOR - 0.8)
        rules = VGroup(*(Line([MIDDLE, high, 0], [MIDDLE, low, 0]) for high, low in ends))
        rules.set_stroke(theme.RULE, theme.STROKE_RULE)
        number = Numeral(
            self.ratio, 1, "never", font_size=theme.FONT_TITLE, color=theme.HIGHLIGHT, passport="ratio of both times"
        )
        sign = VGroup(number, label("×", theme.FONT_TITLE, theme.HIGHLIGHT)).arrange(RIGHT, buff=layout.GAP_LABEL)
        words_of_ratio = label(_("as fast"), color=theme.HIGHLIGHT)
        VGroup(sign, words_of_ratio).arrange(DOWN, buff=layout.GAP_RELATED).move_to([MIDDLE, 0.15, 0])
        for time, half in zip(self.times, halves, strict=True):
            time.generate_target().move_to([half[0].get_x(), FLOOR - 0.5, 0])
        narration = _(
            "The same numbers, {ratio} times as fast, on one core. Hardware for training has room for far more rows: "
            "the shape of this network fits it."
        ).format(ratio=format_number(self.ratio, 1))
        name = self.timing()[0]
        credit = _("{name}: last layer and processor time, measured").format(name=name)
        if name != self.checkpoint.name:
            credit = _("{name}: last layer; {other}: processor time, measured").format(
                name=self.checkpoint.name, other=name
            )
        with self.beat(narration, 11):
            self.play(FadeOut(*self.bars, shift=0.5 * UP), *map(MoveToTarget, self.times), run_time=1.5)
            words = FadeIn(*(half[:2] for half in halves), rules, shift=0.25 * UP)
            self.play(words, *self.credit_to(credit), run_time=theme.TIME_BASE)
            one_by_one = [FadeIn(strip, shift=0.1 * RIGHT) for strip in halves[0][2]]
            seconds = min(theme.TIME_CAMERA, max(AT_ONCE_SECONDS, AT_ONCE_SECONDS * self.ratio))
            self.play(LaggedStart(*one_by_one, lag_ratio=1), run_time=seconds)  # as many times longer as it took
            self.play(FadeIn(halves[1][2], shift=0.1 * RIGHT), run_time=AT_ONCE_SECONDS)
            self.play(CountUp(number), FadeIn(sign[1], words_of_ratio), run_time=theme.TIME_BASE)

    def half(self, edge: float, title: str) -> VGroup:
        """Title, words, and what the network makes of each."""
        return VGroup(self.title_at(edge, title), self.words_at(edge, 2.0), self.strips_at(edge))


def hardware(timing: Timing) -> str:
    """The device in words, without marks of trade."""
    return timing.hardware.replace("(R)", "").replace("(TM)", "").replace(" Processor", "")
