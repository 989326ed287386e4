"""MakingAQuery: a learned table turns a word's column into its question."""

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
    FadeTransform,
    GrowArrow,
    LaggedStart,
    MoveToTarget,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
    VMobject,
)

from mobjects import (
    BraceCount,
    Collapse,
    DataRain,
    Dim,
    GrowBraces,
    GrowBubble,
    HeatMatrix,
    MatrixVectorProduct,
    NumericEmbedding,
    OriginBadge,
    ProductEquation,
    QueryRow,
    ThoughtBubble,
    TokenRow,
    Undim,
    VectorBake,
    label,
    layout,
    plated,
    symbol,
    theme,
)
from mobjects.counted import counted
from model import words
from model.forward import head_weights
from model.recording import history
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import enter, tinted
from scenes.tables import head_offset, names_above

TOP = 3.2  # height of the row of words, once they leave the middle
LONG, SHORT = 8, 4  # numbers drawn of a word's column and of its query
DROP = 1.55  # from the words down to their queries
DIGITS = 27  # font size of both columns
NARROW = 0.8  # pitch of words that leaves no room for symbols below them
SCRAP = 3  # words in a scrap of text that rains


class MakingAQuery(ChapterScene):
    """A query is a short list of numbers, and a learned table makes it from a word's column."""

    def setup(self) -> None:
        """Take the picked head's query table, and what goes into and comes out of it at the picked word."""
        super().setup()
        self.layer, self.head, self.place = self.pick.layer, self.pick.head, self.pick.query
        self.table = head_weights(self.checkpoint, self.layer, self.head)["W_Q"]
        self.columns = self.activations["ln1.normalized", self.layer]
        self.queries = self.activations["q", self.layer].at(head=self.head)

    def construct(self) -> None:
        """From a made-up question to the numbers that stand for it, and to all words."""
        self.imagine_a_question()
        self.bake_it_into_numbers()
        self.compare_lengths()
        self.multiply()
        self.write_it_as_a_letter()
        self.let_every_word_ask()
        self.grow_the_table()
        self.rest_on_the_queries()

    def imagine_a_question(self) -> None:
        """Beat 1."""
        self.row = TokenRow(self.pieces, space="between", token_gap=0.12, max_width=11.4)
        self.row.move_to(0.6 * UP)
        for token in self.row.tokens:
            tinted(token)
        noun = self.row.tokens[self.place]
        aside = float(np.clip(-0.5 * noun.get_x(), -1.5, 1.5))
        naming = words.kind(self.pieces[self.place]) == "naming"
        asked = _("Do words before me describe me?") if naming else _("Who before me matters?")
        self.bubble = ThoughtBubble(asked, noun, color=theme.QUERY, width=4.6, aside=aside, distance=0.75)
        self.badge = self.stuck(OriginBadge("illustration"))
        narration = _(
            "Take one word, “{word}”. Imagine it could ask the ones before it something: do any of you describe me?"
        )
        if not naming:
            narration = _("Take one token, “{word}”. Imagine it could ask those before it: which of you matter to me?")
        with self.beat(narration.format(word=self.word(self.place)), 8.5):
            self.play(enter(self.row, 0.5 * UP, theme.LAG_ITEMS), run_time=theme.TIME_SLOW)
            self.play(self.row.animate.dim_except([self.place]), run_time=theme.TIME_BASE)
            self.play(GrowBubble(self.bubble), FadeIn(self.badge), run_time=theme.TIME_SLOW)

    def stuck(self, badge: OriginBadge) -> OriginBadge:
        """The badge in the upper left corner."""
        return badge.move_to([-layout.SAFE_X, layout.SAFE_Y, 0], aligned_edge=UP + LEFT)

    def bake_it_into_numbers(self) -> None:
        """Beat 2."""
        noun = self.row.tokens[self.place]
        style: dict[str, Any] = {"tint": theme.QUERY, "decimals": 1, "font_size": DIGITS}
        query = self.queries[self.place]
        self.short = NumericEmbedding(query, SHORT, color_scale=theme.value_scale(query), **style)
        self.short.next_to(noun, DOWN, buff=layout.GAP)
        empty = self.short.copy()
        empty.set_values(np.zeros(query.values.size), passport="nothing yet")
        narration = _("But a network's question is no sentence. It is a list of numbers, and it is called a query.")
        with self.beat(narration, 7.5):
            self.play(FadeIn(empty, shift=0.25 * DOWN), run_time=theme.TIME_QUICK)
            shrink = FadeOut(self.bubble, scale=0.3, target_position=empty)
            self.play(VectorBake(self.bubble.content, empty, query), shrink, run_time=3)
            flip = self.stuck(OriginBadge("measured"))
            self.play(FadeTransform(self.badge, flip), *self.credit_to(self.head_name()), run_time=theme.TIME_BASE)
        self.short, self.badge = empty, flip

    def compare_lengths(self) -> None:
        """Beat 3."""
        config = self.checkpoint.config
        column = self.columns[self.place]
        self.row.generate_target()
        if self.row.pitch < NARROW:
            self.row.target.spread(1.22, 12.4)
        self.row.target.move_to(TOP * UP)
        self.long = NumericEmbedding(column, LONG, decimals=1, font_size=DIGITS)
        self.short.generate_target()
        VGroup(self.long, self.short.target).arrange(RIGHT, buff=3.2, aligned_edge=UP)
        target = self.row.target.tokens[self.place]
        both = VGroup(self.long, self.short.target)
        both.next_to(target, DOWN, buff=layout.GAP).set_x(np.clip(target.get_x(), -2, 2))
        length = BraceCount(self.long, config.n_embd, LEFT, color=theme.EMBEDDING, passport="size: n_embd")
        small = BraceCount(self.short.target, config.d_head, RIGHT, color=theme.QUERY, passport="size: d_head")
        narration = _(
            "It is much shorter than the column of the word itself: {d_head} numbers, "
            "where the word, after what it has read, has {n_embd}."
        )
        if not self.layer:
            narration = _(
                "It is much shorter than the column of the word itself: only {d_head} numbers, "
                "where the word has {n_embd}."
            )
        with self.beat(narration.format(d_head=config.d_head, n_embd=config.n_embd), 9):
            self.play(MoveToTarget(self.row), MoveToTarget(self.short), FadeOut(self.badge), run_time=theme.TIME_BASE)
            drop = TransformFromCopy(self.row.tokens[self.place].box, self.long.brackets)
            self.play(drop, FadeIn(self.long.entries, self.long.ellipses, shift=0.25 * DOWN), run_time=theme.TIME_BASE)
            self.add(self.long)
            self.play(GrowBraces(length, small), run_time=theme.TIME_SLOW)
        self.braces = VGroup(length, small)

    def multiply(self) -> None:
        """Beat 4."""
        offset = head_offset(self.checkpoint, "Q", self.layer, self.head)
        self.equation = equation = ProductEquation(
            self.table, self.columns[self.place], self.queries[self.place], offset,
            max_rows=7, max_columns=6, factor="readable", tint=theme.QUERY, font_size=30,
        )  # fmt: skip
        layout.fit(equation, 2 * layout.SAFE_X - 0.4, 4.3).move_to([0, -0.6, 0])
        self.names = names_above(equation, "Q", theme.QUERY, self.place)
        note = label(_("normalised"), theme.FONT_SMALL, theme.MUTED)
        self.names.insert(1, note.next_to(equation.vector, DOWN, buff=layout.GAP_LABEL))
        narration = _(
            "What makes it is a learned table. Each of its rows is multiplied with the column, entry by entry, "
            "and the products are added up. So every row gives one number of the query."
        )
        if offset is not None:
            narration = _(
                "What makes it is a learned table. Each of its rows is multiplied with the column, entry by entry, "
                "and the products are added up. With a small offset, that is one number of the query."
            )
        with self.beat(narration, 17):
            self.play(FadeOut(self.braces, self.short), run_time=theme.TIME_QUICK)
            come = FadeIn(equation.operands, shift=0.25 * LEFT)
            turn = ReplacementTransform(self.long, equation.vector)
            self.play(turn, come, FadeIn(self.names[:-1]), run_time=theme.TIME_SLOW)
            sweep = MatrixVectorProduct(equation, note=_("+ {} more terms"), run_time=10.5)
            self.play(sweep)
            self.play(FadeIn(self.names[-1], shift=0.25 * UP), run_time=theme.TIME_QUICK)

    def write_it_as_a_letter(self) -> None:
        """Beat 5."""
        self.asks = QueryRow(self.queries, self.row.tokens, DROP, theme.FONT_LABEL)
        self.asks.map_label.become(
            symbol("W", "Q", theme.QUERY, 26, arrow=False).next_to(
                self.asks.arrows[self.place], RIGHT, buff=layout.GAP_LABEL
            )
        )
        arrow, mark = self.asks.arrows[self.place], self.asks.symbols[self.place]
        equation, names = self.equation, self.names
        rest = VGroup(equation.vector, equation.equals, *equation.operands[2:], *names[1:-1])
        narration = _("From here on, one letter stands for this query, with the place of its word beside it.")
        with self.beat(narration, 6.5):
            self.play(FadeOut(rest, equation.matrix, shift=0.25 * DOWN), GrowArrow(arrow), run_time=theme.TIME_BASE)
            tag = ReplacementTransform(names[0], self.asks.map_label)
            journey = equation.result.animate(path_arc=-np.pi / 4).scale(0.6).next_to(arrow, DOWN, layout.GAP_LABEL)
            self.play(tag, journey, FadeOut(names[-1]), run_time=theme.TIME_SLOW)
            self.play(Collapse(equation.result, mark), run_time=theme.TIME_BASE)

    def let_every_word_ask(self) -> None:
        """Beat 6."""
        others = [place for place in range(len(self.pieces)) if place != self.place]
        arrows = VGroup(*(self.asks.arrows[place] for place in others))
        marks = VGroup(*(self.asks.symbols[place] for place in others))
        narration = _(
            "Every word asks in this way, sensible or not, with the same table. "
            "Nobody sorts the naming words out beforehand."
        )
        with self.beat(narration, 8):
            self.play(Undim(self.row), run_time=theme.TIME_QUICK)
            grow = LaggedStart(*map(GrowArrow, arrows), lag_ratio=0.05)
            self.play(grow, enter(marks, 0.5 * DOWN, 0.05), run_time=theme.TIME_SLOW)
            self.play(enter(self.asks.strips, 0.25 * DOWN, 0.05), run_time=theme.TIME_SLOW)

    def grow_the_table(self) -> None:
        """Beat 7."""
        states, steps, scraps = self.training()
        scale = theme.value_scale(np.asarray(self.table))
        self.heat = HeatMatrix(states[0], 11.6, 1.9, scale=scale, brackets=False)
        self.heat.move_to([0.55, -3.05, 0], aligned_edge=DOWN)
        sign = plated(symbol("W", "Q", theme.QUERY, theme.FONT_LABEL, arrow=False))
        sign.next_to(self.heat, LEFT, buff=layout.GAP_RELATED)
        before, after = self.captions(steps)
        above = VGroup(self.row, self.asks)
        narration = _(
            "And nobody wrote the table. Here it is in full: it began as random numbers, "
            "and text after text has nudged it to what it is now."
        )
        if len(states) < 2:
            narration = _(
                "And nobody wrote the table. Here it is in full, as it was found. "
                "How it came to be like this has not been recorded for this network."
            )
        with self.beat(narration, 11):
            self.play(Dim(above), FadeIn(self.heat, sign, before, shift=0.25 * UP), run_time=theme.TIME_BASE)
            if len(states) > 1:
                self.play(FadeOut(before, shift=0.25 * UP), run_time=theme.TIME_QUICK)
                self.play(DataRain(self.heat, states, scraps), run_time=5.5)
                self.play(FadeIn(after, shift=0.25 * UP), run_time=theme.TIME_QUICK)
        self.learned = VGroup(self.heat, sign, after if len(states) > 1 else before)

    def training(self) -> tuple[list[Any], int, list[str]]:
        """The table as it was recorded while training, how many steps that took, and scraps of its text."""
        try:
            recording = history.of(self.checkpoint)
        except ValueError:
            return [self.table], 0, []
        states = history.head(recording)["W_Q"]
        text = str(recording.facts["passage"]).split()
        scraps = [" ".join(text[start : start + SCRAP]) for start in range(0, len(text) - SCRAP, SCRAP)]
        return [states[step] for step in range(len(states))], history.steps(recording)[-1], scraps

    def captions(self, steps: int) -> tuple[VMobject, VMobject]:
        """What stands below the table before and after it has learned."""
        ready = plated(counted(_("after {} steps of training"), steps, passport="count: training steps"))
        started = plated(label(_("before training") if steps else _("as found"), theme.FONT_SMALL, theme.MUTED))
        for caption in (started, ready):
            caption.set_z_index(1).next_to(self.heat, DOWN, buff=layout.GAP_RELATED).align_to(self.heat, LEFT)
        return started, ready

    def rest_on_the_queries(self) -> None:
        """Beat 8."""
        above = VGroup(self.row, self.asks)
        with self.beat(_("So much for the questions. Now for the answers."), 4.5):
            self.play(FadeOut(self.learned, shift=0.5 * DOWN), Undim(above), run_time=theme.TIME_BASE)
            above.generate_target().scale(min(1.25, 2 * layout.SAFE_X / above.width)).move_to(0.2 * UP)
            self.play(MoveToTarget(above), run_time=theme.TIME_SLOW)
