"""SoftmaxColumns: what the softmax does to the scores of one word, and that it does so to each word by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    RIGHT,
    UP,
    AnimationGroup,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    MoveToTarget,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
    VMobject,
)

from mobjects import (
    AttentionGrid,
    BarColumnChart,
    ChangeBars,
    Dim,
    FlashAround,
    GrowBars,
    Numeral,
    StackedBar,
    Undim,
    formula,
    label,
    layout,
    theme,
)
from mobjects.stacked_bar import stacked
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import pairs

LINE, REACH, HANG = -0.5, 2.6, 1.0  # height of the line, and how far bars reach above and below it
WIDE = 8.2  # of the chart
TALL, TOWER_X = 3.5, 3.4  # of the pile
SLIM, MARGIN = 0.97, 0.08  # width of a tower, in widths of its column; what a word leaves free of it
ROOM = 0.34  # a part of a tower that is lower than this stays without its word
HIGH = 8.0  # a score whose exponential is too long to be read
EXPONENTIAL, SUM = "exponential of a score", "sum of the exponentials"


class SoftmaxColumns(ChapterScene):
    """The softmax turns each column of scores into shares of a whole, one column at a time, never across a row."""

    def setup(self) -> None:
        """Take scores and shares of the picked head, and of the picked word those that it may look at."""
        super().setup()
        layer, head, self.query = self.pick.layer, self.pick.head, self.pick.query
        self.scores = self.activations["attn_scores", layer].at(head=head)
        self.pattern = self.activations["pattern", layer].at(head=head)
        seen = slice(0, self.query + 1)
        self.column, self.shares = self.scores[self.query, seen], self.pattern[self.query, seen]
        highest = float(np.max(np.asarray(self.column)))
        # As every softmax is computed where numbers get too large; it leaves the shares as they are.
        self.shift = highest if highest > HIGH else 0.0
        self.powers = np.exp(np.asarray(self.column, dtype=float) - self.shift)

    def construct(self) -> None:
        """One column slowly, then all together."""
        self.take_one_column()
        self.stretch_into_bars()
        self.raise_e_to_each()
        self.pile_and_divide()
        self.do_so_to_every_column()
        self.look_at_the_first_column()
        self.rest_on_all_towers()

    def take_one_column(self) -> None:
        """Beat 1."""
        self.grid = grid = AttentionGrid(self.scores, self.pieces, show="digits", causal=True, max_height=6.4)
        grid.move_to(0.25 * UP)
        self.box = grid.column_box(self.query)
        narration = _("Back to the table of scores. Take one column: all the answers to the question of “{word}”.")
        with self.beat(narration.format(word=self.word(self.query)), 7):
            self.play(FadeIn(grid), run_time=theme.TIME_BASE)
            dim = grid.animate.focus(query=self.query, opacity=0.35)
            self.play(dim, Create(self.box), *self.credit_to(self.head_name()), run_time=theme.TIME_SLOW)

    def stretch_into_bars(self) -> None:
        """Beat 2."""
        names, column = self.names(), np.asarray(self.column)
        most, least = max(0.0, float(column.max())), max(0.0, -float(column.min()))
        unit = min(part / length for part, length in ((REACH, most), (HANG, least)) if length > 0)
        style: dict[str, Any] = {"decimals": 2, "font_size": 32}
        self.chart = BarColumnChart(
            self.column, names, REACH / unit, REACH, min(1.9, WIDE / len(names)), **style
        )  # fmt: skip
        line = self.chart.items[0].bar.base
        self.chart.shift([-self.chart.get_x(), LINE - line[1], 0])
        self.title = self.headline(label(_("score"), theme.FONT_BODY))
        digits = VGroup(*(self.grid.weights.at(self.query, key) for key in range(self.query + 1)))
        landing = digits.copy()
        narration = _(
            "Drawn as bars, the scores rise above zero or hang below it. They add up to nothing in particular."
        )
        with self.beat(narration, 8):
            for number, item in pairs(landing, self.chart.items):
                number.generate_target().move_to(item.bar.base)
            self.play(FadeOut(self.grid, self.box), *map(MoveToTarget, landing), run_time=theme.TIME_BASE)
            self.play(FadeOut(landing), GrowBars(self.chart), FadeIn(self.title, shift=0.25 * UP), run_time=3)

    def names(self) -> list[str]:
        """The words that the picked one may look at."""
        return [self.word(place) for place in range(self.query + 1)]

    def headline(self, words: VMobject) -> VMobject:
        """Words above the chart, what its bars are."""
        return words.move_to([0, 3.35, 0])

    def raise_e_to_each(self) -> None:
        """Beat 3."""
        source = 'e^("score" - "largest")' if self.shift else 'e^"score"'
        power = self.headline(formula(source, size=64))
        narration = _(
            "Now raise the number e to the power of each. All become positive, the order stays, "
            "and whoever leads pulls away."
        )
        if self.shift:
            narration = _(
                "Take the largest score off all, then raise e to the power of each. "
                "All become positive, the order stays, and whoever leads pulls away."
            )
        with self.beat(narration, 10):
            top = float(self.powers.max())
            change = ChangeBars(self.chart, self.powers, passport=EXPONENTIAL, top=top, run_time=theme.TIME_CAMERA)
            self.play(ReplacementTransform(self.title, power), change)
        self.title = power

    def pile_and_divide(self) -> None:
        """Beat 4."""
        pile = self.pile(self.powers, EXPONENTIAL)
        whole = self.pile(self.shares, None)
        self.total = self.sum_above(pile, _("sum"), float(self.powers.sum()), SUM)
        one = self.sum_above(whole, _("sum"), float(np.sum(np.asarray(self.shares))), "sum of the shown shares")
        narration = _(
            "Pile them up, and divide each by the height of the pile. "
            "What was a heap of numbers is now shares of a whole."
        )
        share = self.headline(label(_("share"), theme.FONT_BODY))
        with self.beat(narration, 10.5):
            left = self.chart.animate.shift((-layout.SAFE_X - self.chart.get_left()[0]) * RIGHT)
            self.play(left, run_time=theme.TIME_BASE)
            bars = [item.bar for item in self.chart.items]
            fly = [TransformFromCopy(*pair) for pair in zip(reversed(bars), pile.segments, strict=True)]
            self.play(LaggedStart(*fly, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.total, shift=0.1 * DOWN), run_time=theme.TIME_QUICK)
            self.wait(theme.TIME_BASE)
            change = ChangeBars(self.chart, self.shares, top=float(np.max(np.asarray(self.shares))))
            divide = ReplacementTransform(self.total, one)
            self.play(change, divide, ReplacementTransform(self.title, share), run_time=theme.TIME_SLOW)
            self.play(FadeIn(whole.leaders, whole.labels, shift=0.25 * RIGHT), run_time=theme.TIME_QUICK)
        self.remove(*pile.segments)
        self.add(whole)
        self.tower, self.total, self.title = whole, one, share

    def pile(self, values: Any, passport: str | None) -> StackedBar:
        """The parts of the column on top of one another, the first word highest, as in its column."""
        style: dict[str, Any] = {"tower": True, "percent": False, "decimals": 2, "length": TALL, "thickness": 1.1}
        tower = StackedBar(values[::-1], self.names()[::-1], font_size=30, passport=passport, **style)
        for part, item in zip(reversed(tower.segments), self.chart.items, strict=True):
            part.set_fill(item.bar.get_fill_color())
        x = TOWER_X - tower.segments.get_x()
        over = max(0.0, tower.get_right()[0] + x - layout.SAFE_X)
        tower.shift([x - over, LINE - tower.segments.get_bottom()[1], 0])
        return tower.shift(max(0.0, tower.get_top()[1] - layout.SAFE_Y) * DOWN)

    def sum_above(self, tower: StackedBar, words: str, value: float, passport: str) -> VGroup:
        """What the parts add up to, below the pile."""
        number = Numeral(value, decimals=2, sign="never", font_size=theme.FONT_LABEL, passport=passport)
        line = VGroup(label(words, theme.FONT_LABEL, theme.MUTED), number.set_color(theme.HIGHLIGHT))
        line.arrange(RIGHT, buff=layout.GAP_RELATED)
        return line.next_to(tower.segments, DOWN, buff=layout.GAP_RELATED)

    def do_so_to_every_column(self) -> None:
        """Beat 5."""
        self.grid = grid = AttentionGrid(self.pattern, self.pieces, causal=True, max_height=6.2)
        grid.move_to(layout.SAFE_Y * UP, aligned_edge=UP)
        count = len(self.pieces)
        self.colors = theme.share_colors(np.linspace(0, 1, count))
        self.towers = VGroup(*(self.tower_in_column(place) for place in range(count)))
        self.words = VGroup(*map(self.words_in, self.towers))
        self.ones = grid.sums()
        others = [place for place in range(count) if place != self.query]
        narration = _("The same is done to every column, each by itself. So each word has exactly one whole to divide.")
        with self.beat(narration, 10):
            leave = FadeOut(self.chart, self.title, self.total, self.tower.leaders, self.tower.labels)
            shrink = ReplacementTransform(VGroup(*reversed(self.tower.segments)), self.towers[self.query])
            dots = VGroup(*(dot for place in others for dot in grid.weights.column(place)))
            tokens = VGroup(grid.query_tokens, grid.key_tokens)
            self.play(leave, shrink, FadeIn(tokens, grid.rules, dots), run_time=theme.TIME_SLOW)
            fill = [self.fill_the_column(place) for place in others]
            self.play(FadeOut(grid.row_rules, grid.key_tokens), run_time=theme.TIME_BASE)
            self.play(LaggedStart(*fill, lag_ratio=theme.LAG_WORDS), run_time=theme.TIME_CAMERA)
            self.play(FadeIn(self.ones, shift=0.1 * DOWN), FadeIn(self.words), run_time=theme.TIME_QUICK)

    def tower_in_column(self, place: int) -> VGroup:
        """The shares of one word, stacked from the top of its column down to its foot."""
        grid, seen = self.grid, slice(0, place + 1)
        height, shares = grid.frame.height, self.pattern[place, seen]
        tower = stacked(np.asarray(shares, dtype=float), height, SLIM * grid.cell_width, DOWN, shares, None)
        # A word has one colour, in whichever column it is taken from.
        for segment, color in zip(tower, self.colors, strict=False):
            segment.fill_rgbas[:, :3] = color[:3]
            segment.set_stroke(width=theme.STROKE_RULE)
        return tower.move_to([grid.cell_center(place, 0)[0], grid.frame.get_y(), 0])

    def words_in(self, tower: VGroup) -> VGroup:
        """The words of those parts of a tower that have room for them."""
        words = VGroup()
        for place, part in enumerate(tower):
            word = label(self.word(place), theme.FONT_SMALL, theme.BACKGROUND).move_to(part)
            if part.height >= ROOM and word.width <= part.width - MARGIN:
                words.add(word)
        return words

    def fill_the_column(self, place: int) -> AnimationGroup:
        """The cells of a column stretch until they are as high as their shares."""
        cells, dots = self.towers[place].copy(), self.grid.weights.column(place)
        for key, cell in enumerate(cells):
            cell.stretch_to_fit_height(self.grid.cell_height).move_to(self.grid.cell_center(place, key))
            cell.set_fill(opacity=0).set_stroke(opacity=0)
        return AnimationGroup(FadeOut(dots), ReplacementTransform(cells, self.towers[place]))

    def look_at_the_first_column(self) -> None:
        """Beat 6."""
        grid = self.grid
        self.box = grid.column_box(0)
        shown = VGroup(grid.query_tokens, self.towers, self.words, self.ones)
        narration = _("The first word is special: there is nothing before it, so it keeps everything to itself.")
        with self.beat(narration, 7):
            keep = [grid.query_tokens[0], self.towers[0], self.words[0], self.ones[0]]
            self.play(Dim(shown, keep=keep), Create(self.box), run_time=theme.TIME_BASE)
            self.play(FlashAround(self.ones[0]), run_time=theme.TIME_SLOW)
        self.shown = shown

    def rest_on_all_towers(self) -> None:
        """Beat 7."""
        narration = _("Never across a row, always down a column. And every column adds up to one.")
        with self.beat(narration, 6):
            self.play(Undim(self.shown), run_time=theme.TIME_QUICK)
            along = self.box.animate.move_to(self.grid.column_box(len(self.pieces) - 1))
            self.play(along, run_time=theme.TIME_SLOW)
            self.play(FadeOut(self.box), run_time=theme.TIME_QUICK)
