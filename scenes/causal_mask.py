"""CausalMask: why later words are hidden, and why that happens before the softmax."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    AnimationGroup,
    Arrow,
    BackgroundRectangle,
    Create,
    FadeIn,
    FadeOut,
    FadeTransform,
    LaggedStart,
    Line,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
)

from mobjects import (
    AttentionGrid,
    CountUp,
    Dim,
    FillSlot,
    FlashAround,
    Numeral,
    SlotMarker,
    SwapCells,
    TokenRow,
    Undim,
    label,
    layout,
    theme,
)
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import pairs, tinted

MOST = 5  # words in the tables
EDGE = -5.4  # where all prefixes begin
TWO_DIGITS = 9.95  # scores from here on are rounded to whole numbers
SIDE, TITLE = 3.35, 3.3  # middles of the two tables, height of their titles
SHARES: dict[str, Any] = {"decimals": 2, "color": "share", "sign": "never"}
WIPED = "what is left of the softmax of all shown scores"


class CausalMask(ChapterScene):
    """A word must not see those that come later, and hiding them before the softmax keeps every column whole."""

    def setup(self) -> None:
        """Take scores and pattern of the first words."""
        super().setup()
        layer, head = self.pick.layer, self.pick.head
        self.count = min(MOST, len(self.pieces))
        block = slice(0, self.count)
        self.scores = self.activations["attn_scores", layer].at(head=head)[block, block]
        self.pattern = self.activations["pattern", layer].at(head=head)[block, block]
        self.future = np.tri(self.count, k=-1, dtype=bool).T
        powers = np.exp(np.asarray(self.scores, dtype=float) - np.max(np.asarray(self.scores), axis=1, keepdims=True))
        self.unmasked = powers / powers.sum(axis=1, keepdims=True)

    def construct(self) -> None:
        """Exercises, the answer that must not leak in, and two ways to hide it."""
        self.cut_into_exercises()
        self.hide_the_answer()
        self.show_the_scores()
        self.make_the_future_impossible()
        self.take_the_softmax()
        self.try_the_eraser()
        self.compare_the_sums()

    def cut_into_exercises(self) -> None:
        """Beat 1."""
        count = len(self.pieces)
        pitch = min(0.82, 6.9 / count)
        self.sentence = self.row_of(count, pitch, -layout.SAFE_Y + pitch / 2)
        top = -layout.SAFE_Y + pitch / 2 + count * pitch
        self.prefixes = VGroup(*(self.row_of(length, pitch, top - length * pitch) for length in range(1, count)))
        self.slots = VGroup(*(SlotMarker(row) for row in self.prefixes))
        for slot in self.slots:
            slot.mark.set_color(theme.TEXT)
        self.lengths = VGroup()
        for row in self.prefixes:
            size = min(theme.FONT_LABEL, 30 * pitch / 0.7)
            number = Numeral(len(row.tokens), 0, "never", font_size=size, color=theme.MUTED, passport="count: tokens")
            self.lengths.add(number.move_to([EDGE - layout.GAP, row.get_y(), 0]))
        narration = _(
            "One sentence is not one exercise but {count} little ones. "
            "After each word, the network has to say what comes next."
        ).format(count=count - 1)
        if count == 2:
            narration = _(
                "Two tokens make one little exercise. After the first, the network has to say what comes next."
            )
        with self.beat(narration, 9.5):
            self.play(LaggedStart(*map(FadeIn, self.sentence.tokens), lag_ratio=theme.LAG_ITEMS))
            peel = []
            for row, slot, number in pairs(self.prefixes, self.slots, self.lengths):
                own = VGroup(*self.sentence.tokens[: len(row.tokens)])
                rise = TransformFromCopy(own, VGroup(*row.tokens))
                peel.append(AnimationGroup(rise, FadeIn(slot, shift=0.25 * RIGHT), FadeIn(number)))
            self.play(LaggedStart(*reversed(peel), lag_ratio=theme.LAG_STEPS), run_time=min(5.0, 1 + 0.5 * count))

    def row_of(self, length: int, pitch: float, height: float) -> TokenRow:
        """The first words, left edges in one line, as high as the rows allow."""
        row = TokenRow(self.pieces, space="between", token_gap=0.08, max_width=9.6)
        row.scale(min(1.0, 0.86 * pitch / row.height))
        row.submobjects = row.submobjects[:length]
        for token in row.tokens:
            tinted(token)
        return row.shift([EDGE - row.get_left()[0], height - row.get_y(), 0])

    def hide_the_answer(self) -> None:
        """Beat 2."""
        place = max(1, self.pick.query)
        row, slot = self.prefixes[place - 1], self.slots[place - 1]
        answer = self.sentence.tokens[place].copy()
        read = " ".join(self.word(index) for index in range(place))
        if any(not piece.startswith(" ") for piece in self.pieces[1:]):
            read = "".join(self.pieces[:place]).strip()
        narration = _(
            "Here it reads “{read}”, and should say “{answer}”. "
            "If later words leaked in, it could simply read off the answer."
        ).format(read=read, answer=self.word(place))
        words = len(narration.split())
        others = VGroup(self.sentence, self.prefixes, self.slots, self.lengths)
        leak = self.leak(place)
        with self.beat(narration, max(9.0, words / 2.4)):
            keep = [row, slot, self.lengths[place - 1]]
            self.play(Dim(others, keep=keep), FlashAround(slot), run_time=1.5)
            self.play(FillSlot(slot, answer), run_time=theme.TIME_SLOW)
            self.play(Create(leak[0]), run_time=theme.TIME_BASE)
            self.play(FadeIn(leak[1:], shift=0.25 * UP), run_time=theme.TIME_BASE)
        self.slots.remove(slot)
        self.exercises = VGroup(others, answer, leak)

    def leak(self, place: int) -> VGroup:
        """The words from a place on in a red frame, and a barred arrow from the first to its exercise."""
        later = VGroup(*self.sentence.tokens[place:])
        frame = BackgroundRectangle(later, buff=layout.GAP_TIGHT, fill_opacity=0)
        leak = VGroup(frame.set_stroke(theme.MASKED, theme.STROKE_STRONG, 1))
        word = self.sentence.tokens[place]
        start, end = [word.get_x(), frame.get_top()[1], 0], [word.get_x(), self.slots[place - 1].get_bottom()[1], 0]
        if end[1] - start[1] < 3 * word.height:
            return leak
        arrow = Arrow(start, end, buff=layout.GAP_LABEL, color=theme.MASKED, stroke_width=theme.STROKE_STRONG)
        bars = [Line([-0.2, side * 0.2, 0], [0.2, -side * 0.2, 0]).move_to(arrow) for side in (-1, 1)]
        return leak.add(arrow, VGroup(*bars).set_stroke(theme.MASKED, theme.STROKE_STRIKE))

    def show_the_scores(self) -> None:
        """Beat 3."""
        self.left = self.table(0)
        scale = theme.value_scale(np.asarray(self.scores))
        long = np.abs(np.asarray(self.scores)).max() >= TWO_DIGITS
        self.digits = self.left.digits(self.scores, 0 if long else 1, scale=scale)
        self.title = self.titled(_("scores"), self.left)
        self.seen = VGroup(*(self.digits.at(*cell) for cell in np.argwhere(~self.future)))
        narration = _(
            "So, back to the scores of the first {count} words, before any shares are made. "
            "Later words have answered, too, at the lower left."
        ).format(count=self.count)
        with self.beat(narration, 9.5):
            self.play(FadeOut(self.exercises, shift=0.5 * UP), run_time=theme.TIME_BASE)
            self.play(FadeIn(self.left), FadeIn(self.title, shift=0.25 * UP), run_time=theme.TIME_BASE)
            arrive = [FadeIn(number) for number in self.digits]
            come = LaggedStart(*arrive, lag_ratio=1 / len(arrive))
            self.play(come, *self.credit_to(self.head_name()), run_time=theme.TIME_SLOW)
            self.remove(*self.digits)
            self.add(self.digits)
            self.play(Dim(self.seen), run_time=theme.TIME_BASE)

    def table(self, side: int) -> AttentionGrid:
        """An empty table at the left (-1), in the middle (0) or at the right (1)."""
        pieces = self.pieces[: self.count]
        style: dict[str, Any] = {"show": None, "causal": False, "max_width": 6.4, "max_height": 5.0, "font_size": 26}
        grid = AttentionGrid(self.pattern, pieces, **style)
        return grid.move_to([side * SIDE, 2.75, 0], aligned_edge=UP)

    @staticmethod
    def titled(words: str, table: AttentionGrid) -> VGroup:
        """A title above one of the tables."""
        return VGroup(label(words, 32).move_to([table.frame.get_x(), TITLE, 0]))

    def make_the_future_impossible(self) -> None:
        """Beat 4."""
        self.boxes = self.left.mask_boxes()
        self.endless = VGroup()
        for query, key in np.argwhere(self.future):
            sign = label("−∞", 34, theme.MASKED).move_to(self.left.cell_center(query, key))
            self.endless.add(layout.fit(sign, 0.75 * self.left.cell_width, 0.75 * self.left.cell_height))
        masked = VGroup(*(self.digits.at(*cell) for cell in np.argwhere(self.future)))
        count = Numeral(int(self.future.sum()), 0, "never", font_size=30, color=theme.MASKED, passport="count: cells")
        self.note = VGroup(count, label(_("masked"), 30, theme.MASKED)).arrange(RIGHT, buff=0.15, aligned_edge=DOWN)
        self.note.next_to(self.left.frame, DOWN, buff=layout.GAP_RELATED)
        narration = _("None of these may count. They are set to minus infinity: no agreement can be worse.")
        with self.beat(narration, 8):
            self.play(LaggedStart(*map(Create, self.boxes), lag_ratio=1 / len(self.boxes)), run_time=theme.TIME_SLOW)
            flip = [ReplacementTransform(*pair) for pair in pairs(masked, self.endless)]
            self.play(LaggedStart(*flip, lag_ratio=0.05), Undim(self.seen), run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.note[1]), CountUp(count), run_time=theme.TIME_BASE)
        for cell in np.argwhere(self.future):
            self.digits.discard(*cell)

    def take_the_softmax(self) -> None:
        """Beat 5."""
        self.right = self.table(1)
        masked = VGroup(self.left, self.title, self.digits, self.boxes, self.endless, self.note)
        other = self.titled(_("shares"), self.right)
        self.shares = self.right.digits(self.pattern, **SHARES)
        for cell in np.argwhere(self.future):
            self.shares.at(*cell).set_color(theme.MASKED)
        self.sums = self.right.sums(self.pattern)
        narration = _(
            "Now the softmax. Whatever stands at minus infinity gets a share of exactly zero, "
            "and every column still adds up to one."
        )
        with self.beat(narration, 9.5):
            columns = []
            for query in range(self.count):
                come = FadeIn(self.shares.column(query), shift=0.5 * RIGHT)
                columns.append(AnimationGroup(come, FadeIn(self.sums[query], shift=0.25 * DOWN)))
            aside = masked.animate.shift(SIDE * LEFT)
            self.play(aside, FadeIn(self.right, other, shift=0.5 * LEFT), run_time=theme.TIME_BASE)
            self.play(LaggedStart(*columns, lag_ratio=theme.LAG_STEPS), run_time=1 + 0.7 * self.count)
        self.remove(*self.shares)
        self.add(self.shares)
        self.titles = VGroup(self.title, other)

    def try_the_eraser(self) -> None:
        """Beat 6."""
        everything = self.left.digits(self.unmasked, passport="softmax of all shown scores", **SHARES)
        rest = np.where(self.future, 0.0, self.unmasked)
        full = self.left.sums(self.unmasked)
        wiped = VGroup(*(everything.at(*cell) for cell in np.argwhere(self.future)))
        zeros = VGroup()
        for number in wiped:
            zero = Numeral(0.0, 2, "never", color=theme.MASKED, passport="wiped out").scale_to_fit_height(number.height)
            zeros.add(zero.move_to(number))
        self.short = self.left.sums(rest, passport=WIPED)
        for number in self.short:
            number.set_color(theme.NEGATIVE if round(number.value, 2) < 1 else theme.TEXT)
        titles = [self.titled(words, self.left) for words in (_("softmax of all scores"), _("erased afterwards"))]
        narration = _(
            "Why not the other way round, first the softmax and then the eraser? "
            "Then shares are missing, and columns fall short of one."
        )
        right = VGroup(self.right, self.shares, self.sums, self.titles[1])
        with self.beat(narration, 11.5):
            self.play(Dim(right), FadeOut(self.note, self.boxes, self.endless), run_time=theme.TIME_BASE)
            swap = SwapCells(self.digits, everything)
            self.play(swap, FadeTransform(self.titles[0], titles[0]), run_time=theme.TIME_SLOW)
            self.play(FadeIn(full, shift=0.25 * DOWN), run_time=theme.TIME_QUICK)
            wipe = [AnimationGroup(FadeOut(one), FadeIn(zero)) for one, zero in pairs(wiped, zeros)]
            renamed = FadeTransform(*titles)
            self.play(LaggedStart(*wipe, lag_ratio=0.05), renamed, run_time=theme.TIME_SLOW)
            self.play(FadeOut(full), FadeIn(self.short), run_time=theme.TIME_BASE)
        self.others = right

    def compare_the_sums(self) -> None:
        """Beat 7."""
        title = self.titled(_("masked before"), self.right)
        rows = VGroup(self.short, self.sums)
        narration = _(
            "Sharing out anew what is left would repair them, in a second step. With the mask first, none is needed."
        )
        with self.beat(narration, 8):
            self.play(Undim(self.others), run_time=theme.TIME_BASE)
            flash = [FlashAround(row, color) for row, color in zip(rows, (theme.NEGATIVE, theme.CORRECT), strict=True)]
            self.play(FadeTransform(self.titles[1], title), *flash, run_time=theme.TIME_SLOW)
