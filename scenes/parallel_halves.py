"""ParallelPositions, beats 1 to 3: a queue of words, all words at once, and a lesson at every place."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    ORIGIN,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    CurvedArrow,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    MoveToTarget,
    RoundedRectangle,
    TransformFromCopy,
    VGroup,
    VMobject,
    Wait,
    Write,
    linear,
)

from mobjects import (
    CheckBadge,
    CountUp,
    CutStrip,
    Dim,
    Numeral,
    OriginBadge,
    TokenRow,
    TopTokens,
    Undim,
    label,
    layout,
    theme,
    token_label,
)
from mobjects.counted import counted
from mobjects.dimming import leaf_alphas, paint_leaf
from mobjects.token_label import row_label
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import enter, pairs, tinted
from scenes.vocabulary import drawable, vocabulary

FLOOR, CEILING = -2.35, 2.65  # of the rows
WIDEST_PITCH, ROW_SHARE = 0.8, 0.84
QUEUE, AT_ONCE, TABLE = -3.75, 3.15, -5.2  # where the words of a half end, and those of the table
STRIP = 2.6  # length of what stands beside a word
SQUARES = 7
STEP, LONGEST_QUEUE = 0.6, 5.4  # seconds a word waits, and all of them
WORDS = 1.38  # widest word of the table
SHOWN, ROOM = 3, 7.55  # guesses a row, and the width they may take
ANSWERS, LOSSES = 2.8, 6.5  # where the true words begin and the losses end
FAINT = 0.7  # light of guesses that were neither best nor right
HEADS = 3.2  # height of what stands over the columns of the table


class TwoHalves(ChapterScene):
    """A queue hands on word by word; a transformer works at all positions at once, and each is a lesson."""

    def setup(self) -> None:
        """Take what the network makes of each position, and what it guesses there."""
        super().setup()
        self.count = len(self.pieces)
        self.pitch = min(WIDEST_PITCH, (CEILING - FLOOR) / self.count)
        self.vectors = self.activations["resid_post", self.checkpoint.config.n_layer - 1]
        self.probabilities = self.activations["probabilities"]

    def height_of(self, row: float) -> float:
        """Where a row stands."""
        return (CEILING + FLOOR) / 2 + ((self.count - 1) / 2 - row) * self.pitch

    def words_at(self, edge: float, widest: float = 2.4) -> VGroup:
        """The words below each other, their right edges at ``edge``."""
        tokens = TokenRow(self.pieces, font_size=theme.FONT_LABEL, space="between", max_width=1e6).tokens
        factor = min(1.0, ROW_SHARE * self.pitch / tokens[0].height, widest / max(token.width for token in tokens))
        for row, token in enumerate(tokens):
            tinted(token).scale(factor).move_to([edge, self.height_of(row), 0], aligned_edge=RIGHT)
        return VGroup(*tokens)

    def places_at(self, edge: float) -> list[np.ndarray]:
        """The middles of what stands beside the words."""
        return [np.array([edge + layout.GAP_RELATED + STRIP / 2, self.height_of(row), 0]) for row in range(self.count)]

    def hand_overs(self, places: VGroup) -> VGroup:
        """Arrows from each place to the one below, at their right."""
        right = places.get_right()[0] + layout.GAP_LABEL
        ends = [np.array([right, self.height_of(row), 0]) for row in range(self.count)]
        style: dict[str, Any] = {"color": theme.HIGHLIGHT, "stroke_width": 1.5 * theme.STROKE_STRONG, "tip_length": 0.2}
        low, high = 0.1 * self.pitch * DOWN, 0.1 * self.pitch * UP
        return VGroup(*(CurvedArrow(one + low, other + high, angle=-2.2, **style) for one, other in pairwise(ends)))

    # -- beat 1 --------------------------------------------------------------------------------------------------

    def stand_in_a_queue(self) -> None:
        """Beat 1."""
        self.queue = self.words_at(QUEUE)
        size = 0.62 * self.pitch
        self.boxes = VGroup(
            *(
                RoundedRectangle(
                    corner_radius=0.25 * size, width=STRIP, height=size, stroke_color=theme.RULE,
                    stroke_width=theme.STROKE_RULE, fill_color=theme.EMBEDDING, fill_opacity=0,
                ).move_to(place)
                for place in self.places_at(QUEUE)
            )
        )  # fmt: skip
        self.arrows = self.hand_overs(self.boxes)
        self.title = self.title_at(QUEUE, _("one after another"))
        self.steps = self.tally(QUEUE, _("steps: {}"), self.count, "count: steps, one a word")
        self.badge = OriginBadge("illustration").next_to(self.steps, DOWN, buff=layout.GAP_LABEL)
        self.stand_large()
        turns = [self.turn(row) for row in range(self.count)]
        seconds = min(STEP * self.count, LONGEST_QUEUE)
        narration = _(
            "Older networks read a text in a queue: each word waits for what the word before hands over. "
            "As many steps as words."
        )
        with self.beat(narration, max(9.5, seconds + 4)):
            self.play(Write(self.title), FadeIn(self.badge), run_time=theme.TIME_BASE)
            self.play(enter(self.queue, 0.25 * DOWN), FadeIn(self.boxes), run_time=theme.TIME_BASE)
            self.play(Dim(self.queue), FadeIn(self.steps[0]), run_time=theme.TIME_QUICK)
            count = CountUp(self.steps[1], rate_func=linear)
            self.play(LaggedStart(*turns, lag_ratio=0.9), count, run_time=seconds)

    def stand_large(self) -> None:
        """The queue alone has the whole frame; where it will stand beside the other half is remembered."""
        line = VGroup(self.queue, self.boxes, self.arrows)
        self.home, self.larger = line.get_center(), min(1.3, 6.2 / line.height)
        line.scale(self.larger).move_to([-0.9, -0.1, 0])
        for part, place in ((self.title, [-0.9, self.title.get_y(), 0]), (self.steps, [4.4, 0.2, 0])):
            part.generate_target()
            part.move_to(place)
        self.badge.generate_target()
        self.badge.next_to(self.steps, DOWN, buff=layout.GAP)

    def title_at(self, edge: float, text: str) -> VMobject:
        """A title over a half."""
        middle = edge + (layout.GAP_RELATED + STRIP) / 2 - 0.6
        return label(text, theme.FONT_LABEL, weight="bold").move_to([middle, layout.SAFE_Y, 0], aligned_edge=UP)

    def tally(self, edge: float, words: str, count: int, passport: str) -> VGroup:
        """How many, below a half: number, words."""
        middle = edge + (layout.GAP_RELATED + STRIP) / 2 - 0.6
        return counted(words, count, theme.FONT_LABEL, theme.TEXT, passport).shift([middle, FLOOR - 0.6, 0])

    def turn(self, row: int) -> AnimationGroup:
        """A word gets what was handed over and is worked on."""
        hand_over = [FadeIn(self.arrows[row - 1], shift=0.1 * DOWN)] if row else []
        light = self.boxes[row].animate.set_fill(opacity=theme.OPACITY_SOFT)
        return AnimationGroup(*hand_over, Undim(self.queue[row]), light)

    # -- beat 2 --------------------------------------------------------------------------------------------------

    def work_all_at_once(self) -> None:
        """Beat 2."""
        self.words, self.strips = self.words_at(AT_ONCE), self.strips_at(AT_ONCE)
        self.other_title = self.title_at(AT_ONCE, _("all at once"))
        self.passes = self.tally(AT_ONCE, _("passes: {}"), 1, "count: passes")
        self.rule = Line([0, layout.SAFE_Y, 0], [0, FLOOR - 0.8, 0]).set_stroke(theme.RULE, theme.STROKE_RULE)
        narration = _(
            "A transformer does not wait. Layer by layer, all words are worked on side by side: "
            "the numbers of every place come out of one single pass."
        )
        credit = _("{name}: last layer, measured").format(name=self.checkpoint.name)
        left = [self.queue, self.boxes, self.arrows, self.title, self.badge, self.steps]
        with self.beat(narration, 10.5):
            line = VGroup(self.queue, self.boxes, self.arrows)
            aside = [line.animate.scale(1 / self.larger).move_to(self.home)]
            aside += [MoveToTarget(part) for part in (self.title, self.steps, self.badge)]
            self.play(*aside, run_time=theme.TIME_BASE)
            copies = [TransformFromCopy(*move) for move in pairs(self.queue, self.words)]
            title = [Write(self.other_title), FadeIn(self.rule)]
            weak = Dim(*left, opacity=theme.OPACITY_HALF)
            self.play(weak, *title, LaggedStart(*copies, lag_ratio=0), run_time=theme.TIME_SLOW)
            light = LaggedStart(*(FadeIn(strip, shift=0.25 * RIGHT) for strip in self.strips), lag_ratio=0)
            self.play(light, *self.credit_to(credit), FadeIn(self.passes), run_time=theme.TIME_SLOW)

    def strips_at(self, edge: float) -> VGroup:
        """The first numbers of each position's vector, as coloured squares."""
        scale, side = theme.value_scale(np.asarray(self.vectors)), min(0.3, 0.62 * self.pitch)
        strips = VGroup()
        for row, place in enumerate(self.places_at(edge)):
            strip = CutStrip(self.vectors[row], SQUARES, side, horizontal=True, scale=scale)
            strips.add(strip.move_to([edge + layout.GAP_RELATED, place[1], 0], aligned_edge=LEFT))
        return strips

    # -- beat 3 --------------------------------------------------------------------------------------------------

    def learn_at_every_place(self) -> None:
        """Beat 3."""
        self.table, self.answers = self.guesses(), self.true_words()
        heads = (_("best guesses"), self.table.get_left()[0]), (_("true next word"), ANSWERS)
        self.heads = VGroup(*(self.head(words, x) for words, x in heads))
        smaller = min(1.0, WORDS / max(token.width for token in self.words))
        for token in self.words:
            token.generate_target().scale(smaller).set_x(TABLE, RIGHT)
        left = [self.queue, self.boxes, self.arrows, self.title, self.badge, self.steps, self.rule]
        narration = _(
            "The text itself knows what comes next at every place. And since no word sees those that follow, "
            "each place can guess. One sentence holds a lesson at every place."
        )
        with self.beat(narration, 14):
            leave = FadeOut(*left, self.other_title, self.passes, shift=0.5 * LEFT)
            self.play(leave, *map(MoveToTarget, self.words), FadeOut(self.strips, shift=2 * LEFT), run_time=1.5)
            for answer in self.answers:
                answer[0].shift(self.pitch * DOWN)
            read = [TransformFromCopy(word.word, line[0]) for word, line in pairs(self.words[1:], self.answers)]
            self.play(LaggedStart(*read, lag_ratio=0), run_time=theme.TIME_SLOW)
            rise = [answer[0].animate.shift(self.pitch * UP) for answer in self.answers]
            self.play(*rise, FadeIn(self.heads[1]), run_time=theme.TIME_BASE)
            self.guess_once_large()
            rest = [FadeIn(line[1:], shift=0.25 * RIGHT) for line in self.answers]
            self.play(LaggedStart(*rest, lag_ratio=0.05), *self.tick(), run_time=theme.TIME_BASE)

    def guess_once_large(self) -> None:
        """The guesses at one place, large; then they stand in their row, and the others come."""
        place = self.best_place()
        line, others = self.table[place], [row for number, row in enumerate(self.table) if number != place]
        line.generate_target()
        for number, row in enumerate(self.table):
            self.faint(line.target if number == place else row, number)
        line.arrange(DOWN, buff=layout.GAP_LABEL).scale(1.7)
        line.move_to([-1.2, np.clip(self.height_of(place), FLOOR + 1, CEILING - 1), 0])
        dimmed = VGroup(*self.words, *(answer[0] for answer in self.answers))
        weak = Dim(dimmed, keep=[self.words[place], self.answers[place][0]])
        self.play(weak, enter(line, 0.25 * RIGHT), run_time=1.5)
        self.wait(theme.TIME_BASE)
        lists = [FadeIn(row, shift=0.25 * DOWN) for row in others]
        come = LaggedStart(*lists, lag_ratio=0.05)
        self.play(MoveToTarget(line), come, FadeIn(self.heads[0]), Undim(dimmed), run_time=theme.TIME_SLOW)

    def best_place(self) -> int:
        """Where the true next word stands highest among the guesses; of such places, where its share is largest."""
        ids, shares = self.activations.ids, np.asarray(self.probabilities)
        true = [shares[row, ids[row + 1]] for row in range(self.count - 1)]
        ranks = [int((shares[row] > share).sum()) for row, share in enumerate(true)]
        return min(range(self.count - 1), key=lambda row: (ranks[row], -true[row]))

    def faint(self, line: VGroup, row: int) -> None:
        """Turn the light down on guesses that are neither the best nor right."""
        true = self.activations.ids[row + 1] if row + 1 < self.count else None
        for rank in range(1, SHOWN):
            if self.guessed[row][rank] != true:
                for leaf in line[rank].family_members_with_points():
                    paint_leaf(leaf, leaf_alphas(leaf), FAINT)

    def head(self, words: str, x: float, side: Any = LEFT) -> VMobject:
        """What a column of the table shows; the column begins or ends at ``x``."""
        line = row_label(words, theme.FONT_SMALL, theme.MUTED)
        return line.shift([x - line.get_edge_center(side)[0], HEADS, 0])

    def guesses(self) -> VGroup:
        """For each word the likeliest next ones, beside it."""
        table = TopTokens(self.probabilities, vocabulary(self.checkpoint), self.pieces, k=SHOWN, decimals=0)
        self.guessed = np.asarray(table.tokens)
        lines = table.cells
        layout.fit(lines, ROOM)
        lines.shift((TABLE + layout.GAP_RELATED - lines.get_left()[0]) * RIGHT)
        tall = min(lines[0][0].plate.height, ROW_SHARE * self.pitch)
        factor = min(1.0, 0.95 * tall / max(part.height for line in lines for cell in line for part in cell[1:]))
        for row, line in enumerate(lines):
            line.set_y(self.height_of(row))
            for cell in line:
                middle = cell.plate.get_center()
                cell.plate.stretch_to_fit_height(tall)
                for part in cell[1:]:
                    part.scale(factor, about_point=[part.get_x(), middle[1], 0])
        return VGroup(*lines)

    def true_words(self) -> VGroup:
        """Beside each list but the last the word that did come next, and the share it was given."""
        ids, answers = self.activations.ids, VGroup()
        for row in range(self.count - 1):
            piece = self.pieces[row + 1]
            word = token_label(drawable(piece.lstrip(" ") or piece), theme.FONT_SMALL, theme.CORRECT)
            share: Any = self.probabilities[row, ids[row + 1]]
            number = Numeral(share, 2, "never", font_size=theme.FONT_SMALL, color=theme.TEXT, factor=100)
            sign = label("%", theme.FONT_SMALL, theme.TEXT).next_to(number, RIGHT, buff=layout.GAP_TIGHT)
            line = VGroup(word, VGroup(number, sign))
            line.scale(min(1.0, self.pitch / 0.38), about_point=ORIGIN).shift(self.height_of(row) * UP)
            word.shift((ANSWERS - word.get_left()[0]) * RIGHT)
            line[1].shift((LOSSES - 1.45 - line[1].get_right()[0]) * RIGHT)
            answers.add(line)
        return answers

    def tick(self) -> list[Animation]:
        """Guesses that were right get a hook."""
        ids, self.ticks = self.activations.ids, VGroup()
        for row, tokens in enumerate(self.guessed[:-1]):
            for rank in np.flatnonzero(tokens == ids[row + 1]):
                plate = self.table[row][int(rank)].plate
                self.ticks.add(CheckBadge(0.26).move_to(plate.get_corner(UP + RIGHT) + 0.06 * (DOWN + LEFT)))
        grow = [FadeIn(badge, scale=0.3) for badge in self.ticks]
        return [LaggedStart(*grow, lag_ratio=theme.LAG_ITEMS)] if grow else [Wait()]
