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
UPPER, LOWER = 2.3, -0.75  # heights of the bars
ENDS, MIDDLE = (-4.55, 3.7), 0.35  # where words end and what stands between, in the last frame
ROWS_TALL = 1.85  # height of a block of rows


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
            dim = Dim(self.table, self.ticks, self.heads[0], opacity=theme.OPACITY_CONTEXT)
            self.play(dim, Dim(*(answer[0] for answer in self.answers), keep=keep, opacity=theme.OPACITY_HALF))
            become = [TransformFromCopy(*move) for move in zip(keep, self.losses, strict=True)]
            self.play(LaggedStart(*become, lag_ratio=0.05), FadeIn(head), run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.mean[0], self.mean[1]), run_time=theme.TIME_QUICK)
            fall = [FadeOut(number.copy(), target_position=self.mean[2].get_center()) for number in self.losses]
            count = CountUp(self.mean[2], rate_func=lambda time: max(0.0, 2 * time - 1))
            self.play(LaggedStart(*fall, lag_ratio=0.05), count, run_time=theme.TIME_SLOW)
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
        steps, one_pass, names, slow, fast, rows, device = self.bars
        narration = _("We can make our own network queue, and time it. ")
        if name != self.checkpoint.name:
            narration = _("Of this network no time was taken, so look at our own. ")
        narration += _(
            "The program multiplies {rows} rows at a time. A single word fills one of them "
            "and leaves the others empty; with a whole text, they fill up."
        ).format(rows=format_number(timing.rows, 0))
        everything = [self.words, self.table, self.ticks, self.answers, self.losses, self.mean, self.heads]
        with self.beat(narration, 14.5):
            credit = self.credit_to(_("{name}: processor time, measured").format(name=name))
            self.play(FadeOut(*everything, shift=0.5 * LEFT), FadeIn(device), *credit, run_time=theme.TIME_BASE)
            grow = LaggedStart(*(GrowFromEdge(bar, LEFT) for bar in steps), lag_ratio=1)
            drop = LaggedStart(*(FadeIn(block, shift=0.25 * DOWN) for block in slow), lag_ratio=1)
            seconds = max(theme.TIME_SLOW, min(theme.TIME_FLOW, 0.5 * self.count))
            count = CountUp(self.times[0][0], rate_func=linear)
            self.play(FadeIn(names[0], self.times[0][1]), grow, drop, count, run_time=seconds)
            self.play(GrowBraces(rows), run_time=theme.TIME_BASE)
            fall = [FadeIn(block, shift=0.25 * DOWN) for block in fast]
            count = CountUp(self.times[1][0])
            come = [FadeIn(names[1], self.times[1][1]), GrowFromEdge(one_pass[0], LEFT)]
            self.play(*come, *fall, count, run_time=theme.TIME_BASE)

    def draw_times(self, timing: Timing) -> None:
        """Bars as long as single steps and one pass took, their names, blocks of rows, the device, and the times."""
        single, whole = timing.decoding["cached"][: self.count], timing.decoding["uncached"][self.count - 1]
        total, count = float(np.sum(single.values)), timing.rows
        unit = LENGTH / max(total, float(whole))
        self.ratio = total / float(whole)
        steps, one_pass = self.bar_of(single, unit, UPPER, theme.UPDATE), self.bar_of([whole], unit, LOWER, theme.KEY)
        added = self.time_at(steps, total, "measured seconds: single steps, added up")
        self.times = VGroup(added, self.time_at(one_pass, whole))
        slow = self.blocks(steps, [1] * self.count, count, theme.UPDATE)
        fast = self.blocks(one_pass, self.filled(count), count, theme.KEY)
        style: dict[str, Any] = {"color": theme.MUTED, "font_size": theme.FONT_SMALL}
        rows = BraceCount(slow[0], count, LEFT, _("rows"), passport="rows multiplied together", **style)
        device = label(hardware(timing), theme.FONT_SMALL, theme.MUTED).move_to([0, HEADS, 0])
        self.bars = [steps, one_pass, self.bar_names(), slow, fast, rows, device]

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

    def blocks(self, bar: VGroup, filled: list[int], rows: int, color: str) -> VGroup:
        """Below a bar one block of rows for each time the tables are multiplied, its used rows lit."""
        side, width = 0.82 * ROWS_TALL / rows, bar.width / len(filled)
        blocks = VGroup()
        for place, lit in enumerate(filled):
            block = VGroup(*(Square(side, stroke_width=theme.STROKE_RULE) for _row in range(rows)))
            block.arrange(DOWN, buff=0.18 * ROWS_TALL / rows)
            for row, square in enumerate(block):
                square.set_stroke(color if row < lit else theme.RULE, opacity=theme.OPACITY_SOFT)
                square.set_fill(color, opacity=float(row < lit))
            middle = bar.get_left()[0] + (place + 0.5) * width
            blocks.add(block.move_to([middle, bar.get_bottom()[1] - layout.GAP_RELATED, 0], aligned_edge=UP))
        return blocks

    # -- beat 6 --------------------------------------------------------------------------------------------------

    def name_the_ratio(self) -> None:
        """Beat 6."""
        halves = [self.half(ENDS[0], _("word by word")), self.half(ENDS[1], _("all at once"))]
        number = Numeral(
            self.ratio, 1, "never", font_size=theme.FONT_TITLE, color=theme.HIGHLIGHT, passport="ratio of both times"
        )
        sign = VGroup(number, label("×", theme.FONT_TITLE, theme.HIGHLIGHT)).arrange(RIGHT, buff=layout.GAP_LABEL)
        words = label(_("as fast"), color=theme.HIGHLIGHT)
        VGroup(sign, words).arrange(DOWN, buff=layout.GAP_RELATED).move_to([MIDDLE, 0.15, 0])
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
            self.play(FadeOut(*self.bars, shift=0.5 * UP), *map(MoveToTarget, self.times), run_time=theme.TIME_SLOW)
            arrive = [FadeIn(half, shift=0.25 * UP) for half in halves]
            self.play(LaggedStart(*arrive, lag_ratio=0.3), *self.credit_to(credit), run_time=theme.TIME_SLOW)
            self.play(CountUp(number), FadeIn(sign[1], words), run_time=theme.TIME_BASE)

    def half(self, edge: float, title: str) -> VGroup:
        """Title, words, and what the network makes of each."""
        return VGroup(self.title_at(edge, title), self.words_at(edge, 2.0), self.strips_at(edge))


def hardware(timing: Timing) -> str:
    """The device in words, without marks of trade."""
    return timing.hardware.replace("(R)", "").replace("(TM)", "").replace(" Processor", "")
