"""TopKTopP: the long tail of unlikely pieces can be cut off, after a number of pieces or after a mass."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Create, DashedLine, FadeIn, FadeOut, LaggedStart, Line, Transform, VGroup
from manim.utils.rate_functions import linear

from mobjects import (
    CountUp,
    DropMarker,
    FlashAround,
    Numeral,
    Slider,
    UnitStrip,
    label,
    layout,
    theme,
    token_label,
)
from mobjects.bars import Bar
from mobjects.counted import counted, in_line
from mobjects.numerals import Floats
from mobjects.token_label import row_label
from model.sampling import generate
from model.shares import keep_likeliest
from scenes.base import ChapterScene
from scenes.language import _
from scenes.vocabulary import vocabulary

DRAWN, K, P = 30, 5, 0.9
LEFT_X, FLOOR_Y, TALL, WIDE = -6.0, -1.7, 3.6, 12.0
HALF_WIDE, HALF_TALL, HALVES = 5.2, 2.6, (-6.1, 0.9)
SHARE, TAIL, KEPT, COUNT = (
    "share of a piece, the likeliest first",
    "share of the tail",
    "kept share",
    "count: pieces kept",
)
LAST = 5  # pieces of a text that are written above its bars
RESCALED, DRAW = "share of what was kept", "a seeded draw"


class TopKTopP(ChapterScene):
    """Keep a fixed number of pieces, or a fixed mass."""

    text = "there was once upon a time a little"

    def setup(self) -> None:
        """Sort the shares of the last place, and of the place where the network is surest."""
        super().setup()
        known = self.checkpoint.tokenizer.vocab_size
        table = np.asarray(self.quantity("PROB"), dtype=float)[:, :known]
        last = len(table) - 1
        self.sure_place = int(np.argmax(table[:last].max(axis=1)))
        self.unsure, self.sure = table[last], table[self.sure_place]
        self.order = np.argsort(-self.unsure, kind="stable")
        self.drawn = min(DRAWN, known - 1)

    def construct(self) -> None:
        """The tail, a number, a mass, both rules on two texts, the strip after trimming, a second dial."""
        self.show_the_tail()
        self.keep_a_number()
        self.keep_a_mass()
        self.try_a_sure_text()
        self.throw_again()
        self.name_the_dials()

    def staircase(self, shares: Floats, left: float, wide: float, tall: float, floor: float) -> VGroup:
        """The largest shares as falling bars."""
        ranked = np.sort(shares)[::-1][: self.drawn]
        pitch, unit = wide / self.drawn, tall / max(float(ranked[0]), 0.1)
        bars = VGroup()
        for place, share in enumerate(ranked):
            bar = Bar(float(share), unit, 0.75 * pitch, UP, theme.KEY, passport=SHARE)
            bar.set_fill(theme.KEY)
            bars.add(bar.shift(np.array([left + pitch * (place + 0.5), floor, 0]) - bar.base))
        return bars

    # -- the tail ----------------------------------------------------------------------------------------------------

    def show_the_tail(self) -> None:
        """Beat 1."""
        self.bars = self.staircase(self.unsure, LEFT_X, WIDE, TALL, FLOOR_Y)
        self.floor = Line([LEFT_X - 0.1, FLOOR_Y, 0], [LEFT_X + WIDE + 0.1, FLOOR_Y, 0], color=theme.RULE)
        words = vocabulary(self.checkpoint, [int(token) for token in self.order[:K]])
        self.names = VGroup()
        for bar, word in zip(self.bars, words, strict=False):
            name = token_label(word, 25).rotate(np.pi / 4)
            self.names.add(name.move_to([bar.base[0] + 0.1, FLOOR_Y - 0.15, 0], aligned_edge=UP + RIGHT))
        tail = 1 - float(np.sort(self.unsure)[::-1][: self.drawn].sum())
        number = Numeral(tail, 0, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT, factor=100, passport=TAIL)
        beyond = counted(
            _("and {} more pieces:"), len(self.unsure) - self.drawn, 30, theme.MUTED, "count: pieces not drawn"
        )
        self.tail = in_line(beyond, VGroup(number), row_label("%", theme.FONT_LABEL, theme.HIGHLIGHT), gap=0.15)
        self.tail.move_to([LEFT_X + WIDE - self.tail.width / 2, FLOOR_Y + 1.6, 0])
        title = label("“" + self.pick.prompt.strip() + " …”", 32, theme.MUTED)
        self.title = layout.fit(title, 12.4).move_to([0, 3.3, 0])
        narration = _(
            "The likeliest first, and the shares fall quickly. But behind them comes a long tail, and it adds up."
        )
        with self.beat(narration, 8.5):
            self.play(FadeIn(self.title, self.floor), run_time=theme.TIME_QUICK)
            self.play(*self.credit_to(_("{name}, measured").format(name=self.checkpoint.name)), run_time=0.5)
            grow = [FadeIn(bar, shift=0.3 * UP) for bar in self.bars]
            self.play(LaggedStart(*grow, lag_ratio=0.1), FadeIn(self.names), run_time=3)
            self.play(FadeIn(self.tail), run_time=theme.TIME_BASE)

    # -- cuts --------------------------------------------------------------------------------------------------------

    def cut_at(self, place: int) -> DashedLine:
        """A cut behind so many pieces, or at the end of those drawn."""
        x = LEFT_X + WIDE * min(place, self.drawn) / self.drawn
        return DashedLine(
            [x, FLOOR_Y - 0.2, 0], [x, FLOOR_Y + TALL + 0.3, 0], color=theme.LOSS, stroke_width=theme.STROKE_STRONG
        )

    def said_of(self, words: str, count: int, mass: float) -> VGroup:
        """How many pieces a rule keeps, and what share of all."""
        number = Numeral(
            count, 0, "never", thousands=True, font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT, passport=COUNT
        )
        share = Numeral(mass, 0, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT, factor=100, passport=KEPT)
        return in_line(
            row_label(words, 30, theme.LOSS), VGroup(number), row_label(_("kept,"), 30, theme.MUTED), VGroup(share),
            row_label(_("% of all"), 30, theme.MUTED), gap=0.16,
        )  # fmt: skip

    def kept(self, shares: Floats, top_k: int | None, top_p: float | None) -> tuple[int, float]:
        """How many pieces a rule keeps, and their share of all."""
        ids, _shares = keep_likeliest(shares.astype(np.float32), top_k, top_p)
        return len(ids), float(shares[ids].sum())

    def keep_a_number(self) -> None:
        """Beat 2."""
        count, mass = self.kept(self.unsure, K, None)
        self.line = self.cut_at(count)
        self.said = self.said_of(_("k = {k}:").format(k=K), count, mass).move_to([0.6, 2.5, 0])
        narration = _(
            "One way: keep a fixed number, here five. The rest is cut off, and the kept ones share what is left."
        )
        with self.beat(narration, 9.5):
            self.play(Create(self.line), run_time=theme.TIME_BASE)
            self.play(
                *(bar.animate.set_fill(theme.RULE) for bar in self.bars[count:]),
                FadeOut(self.tail),
                run_time=theme.TIME_BASE,
            )
            scale = 1 / mass
            swollen = self.swollen(count, scale)
            self.play(*(Transform(self.bars[place], bar) for place, bar in enumerate(swollen)), run_time=1.5)
            self.play(FadeIn(self.said), run_time=theme.TIME_BASE)

    def swollen(self, count: int, scale: float) -> VGroup:
        """The kept bars, their shares divided by what was kept; as tall as there is room."""
        pitch, unit = WIDE / self.drawn, TALL / max(float(self.unsure.max()) * scale, 0.1)
        bars = VGroup()
        for place in range(min(count, self.drawn)):
            share = float(self.unsure[self.order[place]]) * scale
            bar = Bar(share, unit, 0.75 * pitch, UP, theme.HIGHLIGHT, passport=RESCALED)
            bar.set_fill(theme.HIGHLIGHT)
            bars.add(bar.shift(np.array([LEFT_X + pitch * (place + 0.5), FLOOR_Y, 0]) - bar.base))
        return bars

    def keep_a_mass(self) -> None:
        """Beat 3."""
        count, mass = self.kept(self.unsure, None, P)
        fresh = self.staircase(self.unsure, LEFT_X, WIDE, TALL, FLOOR_Y)
        said = self.said_of(_("p = {p}:").format(p=P), count, mass).move_to([0.6, 2.5, 0])
        narration = _(
            "The other way: keep a fixed mass. The cut slides along until nine tenths are reached, however many "
            "that takes."
        )
        with self.beat(narration, 9.5):
            back = [Transform(bar, goal) for bar, goal in zip(self.bars, fresh, strict=True)]
            self.play(*back, FadeOut(self.said), run_time=theme.TIME_BASE)
            goal = self.cut_at(count)
            self.play(Transform(self.line, goal), run_time=3, rate_func=linear)
            number = said[1][0]
            self.play(FadeIn(said[0], *said[2:]), CountUp(number), run_time=theme.TIME_BASE)
        self.said = said

    # -- a sure text -------------------------------------------------------------------------------------------------

    def half(self, side: int, shares: Floats, text: str) -> VGroup:
        """One text with its falling bars, and what each rule keeps of it."""
        left = HALVES[side]
        bars = self.staircase(shares, left, HALF_WIDE, HALF_TALL, -0.9)
        floor = Line([left, -0.9, 0], [left + HALF_WIDE, -0.9, 0], color=theme.RULE)
        title = layout.fit(label(f"“{text.strip()} …”", 30, theme.TEXT), HALF_WIDE, 0.5)
        title.move_to([left + HALF_WIDE / 2, 2.6, 0])
        lines = VGroup()
        for words, rule in ((_("k = {k}:").format(k=K), (K, None)), (_("p = {p}:").format(p=P), (None, P))):
            lines.add(self.said_of(words, *self.kept(shares, *rule)))
        for line in lines:
            layout.fit(line, HALF_WIDE + 0.3)
        lines.arrange(DOWN, buff=0.3, aligned_edge=LEFT).move_to([left + HALF_WIDE / 2, -1.95, 0])
        return VGroup(title, floor, bars, lines)

    def ending(self, place: int) -> str:
        """The last pieces of the text up to a place."""
        first = max(0, place - LAST + 1)
        ids = list(self.activations.ids[first : place + 1])
        return ("… " if first else "") + self.checkpoint.tokenizer.decode(ids).strip()

    def try_a_sure_text(self) -> None:
        """Beat 4."""
        ends = [self.ending(place) for place in (len(self.pieces) - 1, self.sure_place)]
        self.halves = VGroup(self.half(0, self.unsure, ends[0]), self.half(1, self.sure, ends[1]))
        few, many = (self.kept(shares, None, P)[0] for shares in (self.sure, self.unsure))
        narration = _(
            "Where is the difference? Here beside it a text with an obvious answer. The number rule keeps five in "
            "both. "
            "The mass rule keeps few where the network is sure, and many where it is not."
        )
        if few >= many:
            narration = _(
                "Where is the difference? Here beside it is another text. The number rule keeps five in both. "
                "The mass rule keeps as many as it takes, and that depends on the text."
            )
        with self.beat(narration, 13.5):
            self.play(
                FadeOut(self.bars, self.names, self.floor, self.line, self.said, self.title), run_time=theme.TIME_QUICK
            )
            for half in self.halves:
                self.play(FadeIn(half[0], half[1]), run_time=theme.TIME_QUICK)
                grow = [FadeIn(bar, shift=0.2 * UP) for bar in half[2]]
                self.play(LaggedStart(*grow, lag_ratio=0.05), run_time=1.5)
            for rule in range(2):
                self.play(*(FadeIn(half[3][rule], shift=0.2 * UP) for half in self.halves), run_time=theme.TIME_BASE)
            self.play(*(FlashAround(half[3][1][1]) for half in self.halves), run_time=theme.TIME_BASE)

    # -- the strip ---------------------------------------------------------------------------------------------------

    def first_draw(self, below: float) -> float:
        """The number that the first seed gives which throws it on a part that is drawn."""
        for seed in range(1, 100):
            step = generate(self.checkpoint, self.pick.prompt, 1, seed=seed).steps[0]
            if step.draw < below - 1e-6:
                return step.draw
        return 0.0

    def throw_again(self) -> None:
        """Beat 5."""
        shares = self.unsure[self.order]
        kept = self.kept(self.unsure, K, None)[0]
        trimmed = shares[:kept] / shares[:kept].sum()
        words = vocabulary(self.checkpoint, [int(token) for token in self.order[: self.drawn]])
        self.draw = self.first_draw(float(shares[: self.drawn].sum()))
        style: dict[str, Any] = {"length": 11.6, "thickness": 0.75, "font_size": 28}
        before = UnitStrip(shares[: self.drawn], words, passport=SHARE, **style).move_to([0, 1.4, 0])
        after = UnitStrip(trimmed, words[:kept], passport=RESCALED, **style).move_to([0, -1.6, 0])
        heads = VGroup(
            label(_("all pieces, the tail at the end"), 28, theme.MUTED)
            .next_to(before, UP, buff=0.9)
            .align_to(before, LEFT),
            label(_("after trimming to {k}").format(k=K), 28, theme.MUTED)
            .next_to(after, UP, buff=0.9)
            .align_to(after, LEFT),
        )
        self.strips = [before, after]
        narration = _(
            "Lay the shares side by side, as a dart board. After trimming, the same throw falls on a part that has "
            "grown."
        )
        with self.beat(narration, 9.5):
            self.play(FadeOut(self.halves), FadeIn(before, heads[0]), run_time=theme.TIME_BASE)
            first = before.marker(self.draw, passport=DRAW)
            self.play(DropMarker(before, first), run_time=1.2)
            grow = [Transform(before.segments[place].copy(), after.segments[place]) for place in range(kept)]
            self.play(*grow, FadeIn(heads[1]), run_time=1.5)
            self.remove(*(motion.mobject for motion in grow))
            self.add(after)
            second = after.marker(self.draw, passport=DRAW)
            self.play(DropMarker(after, second), run_time=1.2)
        self.thrown = VGroup(before, after, heads, first, second)

    def name_the_dials(self) -> None:
        """Beat 6."""
        temperature = Slider(
            1.0, 0.0, 2.0, _("temperature"), length=3.4, color=theme.LOSS, font_size=32, passport="set by hand"
        )
        mass = Slider(P, 0.0, 1.0, _("top-p"), length=3.4, color=theme.HIGHLIGHT, font_size=32, passport="set by hand")
        sliders = VGroup(temperature, mass).arrange(DOWN, buff=0.9, aligned_edge=RIGHT).center()
        narration = _("So trimming is a second dial, next to temperature. Most programs offer both.")
        with self.beat(narration, 6):
            self.play(FadeOut(self.thrown), FadeIn(sliders), run_time=theme.TIME_BASE)
            self.play(FlashAround(sliders[1]), run_time=theme.TIME_BASE)
