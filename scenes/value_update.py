"""ValueVectors, third part: the update is added to the word, and every word gets its own."""

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
    LaggedStart,
    Line,
    ReplacementTransform,
    Transform,
    TransformFromCopy,
    VGroup,
)

from mobjects import (
    ChangeValues,
    Collapse,
    CountUp,
    Numeral,
    TokenRow,
    fit_apart,
    label,
    layout,
    symbol,
    theme,
)
from mobjects.bars import Bar
from model.probing import nudges
from scenes.language import _
from scenes.motions import enter, pairs, tinted
from scenes.value_sum import ValueSum, late

COLUMNS = -4.7, -1.3, 2.1  # where the word, its update and their sum stand
RIGHT_OF_ALL = 5.15
TOKENS, BEFORE, PLUS, UPDATES = 3.2, 2.2, 1.6, 0.95  # heights of the lines of the overview
FOOT, REACH = -2.85, 2.6  # where bars stand, and how long the longest is
HARDLY, LITTLE, PLAINLY = 0.98, 0.9, 0.5  # cosines of a word that hardly turns, that turns a little, that turns plainly


class ValueUpdate(ValueSum):
    """A head's update is added to its word: a small nudge to each of them, all at once."""

    def construct(self) -> None:
        """One word in numbers, then all."""
        super().construct()
        self.add_it_to_the_word()
        self.update_every_word()

    # -- beat 5 --------------------------------------------------------------------------------------------------

    def add_it_to_the_word(self) -> None:
        """Beat 5."""
        left, middle, right = COLUMNS
        self.old, goal = self.digits_of(self.before, None), self.digits_of(self.after, theme.KEY)
        self.new = self.digits_of(self.before, theme.KEY)
        self.old.move_to([left, self.update.get_y(), 0])
        for column in (goal, self.new):
            column.move_to([right, self.update.get_y(), 0])
        self.names = self.names_of_columns()
        self.signs = VGroup(label("+", theme.FONT_BODY), label("=", theme.FONT_BODY))
        for sign, x in pairs(self.signs, ((left + middle) / 2, (middle + right) / 2)):
            sign.move_to([x, self.update.get_y(), 0])
        word = tinted(TokenRow([self.pieces[self.place]], space="between").tokens[0].copy())
        self.token = word.next_to(self.names[0], UP, buff=layout.GAP_RELATED)
        self.length_of_word = self.length_below(self.old, self.before, theme.EMBEDDING)
        self.cosine = self.cosine_beside()
        with self.beat(self.words_for_the_sum(), 10):
            moving = VGroup(self.update, self.update_name, self.length)
            come = FadeIn(self.token, self.names[0], self.old, self.length_of_word[0], shift=0.5 * RIGHT)
            self.play(moving.animate.set_x(middle), come, CountUp(self.length_of_word[1]), run_time=theme.TIME_SLOW)
            copy = TransformFromCopy(self.old, self.new, path_arc=-np.pi / 3)
            self.play(copy, FadeIn(self.signs[0], rate_func=late), run_time=1.5)
            pour = Transform(self.update.copy(), goal, remover=True)
            equals = FadeIn(self.signs[1], self.names[1], rate_func=late)
            self.play(pour, ChangeValues(self.new, self.after[self.place]), equals, run_time=1.5)
            self.play(FadeIn(self.cosine[0]), CountUp(self.cosine[1]), run_time=theme.TIME_BASE)

    def names_of_columns(self) -> VGroup:
        """E and E′ over the columns of the word before and after."""
        marks = [
            symbol(letter, self.place + 1, ink, theme.FONT_SUBTITLE)
            for letter, ink in (("E", theme.EMBEDDING), ("E′", theme.KEY))
        ]
        for mark, column in pairs(marks, (self.old, self.new)):
            mark.move_to([column.get_x(), self.update_name.get_bottom()[1], 0], aligned_edge=DOWN)
        return VGroup(*marks)

    def cosine_beside(self) -> VGroup:
        """``cosine`` and the number, at the right."""
        found: Any = nudges.cosines(self.activations, self.layer, self.head)[self.place]
        number = Numeral(found, decimals=3, font_size=theme.FONT_SUBTITLE, color=theme.HIGHLIGHT)
        words = VGroup(
            label(_("cosine"), theme.FONT_SMALL, theme.MUTED),
            label(_("before and after"), theme.FONT_SMALL, theme.MUTED),
        ).arrange(DOWN, buff=layout.GAP_LABEL)
        group = VGroup(words, number).arrange(DOWN, buff=layout.GAP_RELATED)
        return group.move_to([RIGHT_OF_ALL, self.update.get_y(), 0])

    @property
    def turned(self) -> float:
        """The cosine between the word's vector before and after."""
        return float(nudges.cosines(self.activations, self.layer, self.head)[self.place])

    @property
    def hardly_turns(self) -> bool:
        """Whether the update is a small nudge."""
        return self.turned > HARDLY

    def words_for_the_sum(self) -> str:
        """What is said of how far the word has turned."""
        cosine = self.turned
        if self.hardly_turns:
            return _(
                "And that is added onto the word itself. It is a small nudge: the cosine says that afterwards, "
                "the word still points almost the same way."
            )
        if cosine > LITTLE:
            return _(
                "And that is added onto the word itself. The cosine says that afterwards, "
                "the word points a little to the side of where it did."
            )
        if cosine > PLAINLY:
            return _("And that is added onto the word itself. The cosine says that the word has plainly turned by it.")
        return _(
            "And that is added onto the word itself. Here the update is no small nudge: "
            "the cosine says that the word now points quite another way."
        )

    # -- beat 6 --------------------------------------------------------------------------------------------------

    def update_every_word(self) -> None:
        """Beat 6."""
        place, found = self.place, nudges.lengths(self.activations, self.layer, self.head)
        self.row = TokenRow(self.pieces, space="between", token_gap=0.12).move_to(TOKENS * UP)
        self.row.spread(max(1.35, min(2.4, 9 / len(self.pieces))), 2 * layout.SAFE_X - 0.2)
        for token in self.row.tokens:
            tinted(token)
        self.olds, self.pluses, self.deltas = self.lines_below(self.row)
        self.bars, self.numbers = self.bars_below(self.row, found)
        foot = Line(self.bars.get_corner(DOWN + LEFT), self.bars.get_corner(DOWN + RIGHT), color=theme.RULE)
        self.foot = foot.set_stroke(width=theme.STROKE_BOX)
        self.caption = label(_("length of each update"), theme.FONT_SMALL, theme.UPDATE)
        self.caption.next_to(foot, DOWN, buff=layout.GAP_RELATED).align_to(foot, LEFT)
        others = [other for other in range(len(self.pieces)) if other != place]
        longest = self.word(int(np.asarray(found).argmax()))
        narration = _(
            "So it goes for every word, all at the same moment: its own shares, its own update. "
            "The longest one here goes to “{word}”."
        ).format(word=longest)
        leave = FadeOut(self.signs, self.cosine, self.length, self.length_of_word, self.new, self.names[1])
        with self.beat(narration, 10):
            self.play(
                leave, FadeOut(self.names[0], self.update_name), Collapse(self.old, self.olds[place]),
                Collapse(self.update, self.deltas[place]), ReplacementTransform(self.token, self.row.tokens[place]),
                run_time=1.5,
            )  # fmt: skip
            come = [VGroup(self.row.tokens[other], self.olds[other]) for other in others]
            self.play(enter(VGroup(*come), 0.25 * DOWN), run_time=1.5)
            grow = [
                FadeIn(VGroup(self.pluses[other], *([] if other == place else [self.deltas[other]])), shift=0.5 * DOWN)
                for other in range(len(self.pieces))
            ]
            self.play(LaggedStart(*grow, lag_ratio=theme.LAG_ITEMS), run_time=1.5)
            rise = [Transform(flat(bar), bar, replace_mobject_with_target_in_scene=True) for bar in self.bars]
            counts = LaggedStart(*map(CountUp, self.numbers), lag_ratio=theme.LAG_ITEMS)
            bars = LaggedStart(*rise, lag_ratio=theme.LAG_ITEMS)
            self.play(FadeIn(self.foot, self.caption), bars, counts, run_time=theme.TIME_SLOW)

    def lines_below(self, row: TokenRow) -> tuple[VGroup, VGroup, VGroup]:
        """Below each word its vector, a plus sign, and its update."""
        count, size = len(self.pieces), 40
        olds = fit_apart([symbol("E", number + 1, theme.EMBEDDING, size) for number in range(count)], row.tokens)
        deltas = fit_apart([symbol("ΔE", number + 1, theme.UPDATE, size) for number in range(count)], row.tokens)
        lines = VGroup(*olds), VGroup(*(label("+", 30) for _mark in olds)), VGroup(*deltas)
        for line, height in pairs(lines, (BEFORE, PLUS, UPDATES)):
            for mark, token in pairs(line, row.tokens):
                mark.move_to([token.get_x(), height, 0])
        return lines

    def bars_below(self, row: TokenRow, found: Any) -> tuple[VGroup, VGroup]:
        """A bar for the length of each update, and its number above it."""
        wide = min(0.6 * row.pitch, 0.8)
        size = min(theme.FONT_SMALL, theme.FONT_SMALL * row.pitch / 0.7)
        unit, bars, numbers = REACH / float(np.asarray(found).max()), VGroup(), VGroup()
        for place, token in enumerate(row.tokens):
            bar = Bar(found[place], unit, wide, UP, theme.UPDATE).shift([token.get_x(), FOOT, 0])
            number: Any = Numeral(found[place], decimals=1, sign="never", font_size=size, color=theme.TEXT)
            bars.add(bar.set_stroke(width=0))
            numbers.add(number.next_to(bar, UP, buff=layout.GAP_LABEL))
        return bars, numbers


def flat(bar: Bar) -> Bar:
    """The bar before it has grown."""
    return bar.copy().stretch(1e-3, 1, about_edge=DOWN)
