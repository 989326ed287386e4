"""EmbeddingDirections: meaning lives in directions, as a tendency with exceptions."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Circle, Create, FadeIn, FadeOut, LaggedStart, VGroup

from mobjects import (
    FlashAround,
    FlashDirection,
    GrowVectors,
    NeighbourList,
    Numeral,
    SpacePlot,
    TurnSpace,
    label,
    layout,
    theme,
)
from mobjects.bars import Bar
from mobjects.counted import counted, in_line
from mobjects.shadows import principal_axes
from mobjects.token_label import row_label
from model.probing import space
from model.probing.related import Related
from model.probing.space import Analogy
from scenes.intro_word_space import (
    CENTER_X,
    CENTER_Y,
    CROSSED,
    LIST_TOP,
    LIST_X,
    NAMES,
    SPEED,
    YAW,
    WordSpace,
    relation_name,
)
from scenes.language import _

OTHERS, COMPARED = 4, 2  # words that the step is tried on, steps that it is compared with
PITCH, NAME_X, EXAMPLE_X, BAR_X, BAR, HITS_X, RANK_X = 0.86, -6.3, -3.2, 0.0, 2.2, 4.2, 6.0


class EmbeddingDirections(WordSpace):
    """Words that are related point in related directions, and so do the steps from word to word."""

    def setup(self) -> None:
        """Apply the step of one pair to the first words of all others."""
        super().setup()
        self.way, *targets = self.relations[0].pairs
        tries = [space.analogy(self.checkpoint, *self.way, *target) for target in targets]
        tries.sort(key=lambda one: (one.rank_of_others, -one.cosine))
        self.tried = len(tries)
        self.shown = [tries[int(place)] for place in np.linspace(0, len(tries) - 1, OTHERS)]

    def construct(self) -> None:
        """Arrows, neighbours; a step, tried on other words, everywhere; other relations; and arrows again."""
        self.turn_a_column_into_an_arrow()
        self.add_the_words()
        self.list_the_nearest()
        self.take_a_step()
        self.try_it_elsewhere()
        self.flash_it_everywhere()
        self.count_other_relations()
        self.keep_one_idea()

    # -- one step ----------------------------------------------------------------------------------------------------

    def space_of_pairs(self) -> SpacePlot:
        """Words in pairs, seen so that the mean step of the relation leads to the right."""
        tokens = [*self.way, *(int(token) for one in self.shown for token in (one.other, one.expected))]
        rows = np.asarray(self.table, dtype=float)
        steps = np.array([rows[end] - rows[start] for start, end in self.relations[0].pairs])
        basis = np.vstack([steps.mean(axis=0), principal_axes(rows[tokens], 2)])
        colors = [theme.EMBEDDING, theme.VALUE] * (1 + len(self.shown))
        names = [self.named(token) for token in tokens]
        plot = SpacePlot([self.table[token] for token in tokens], names, colors, basis, 2.8, 0.0, label_size=NAMES)
        return plot.shift([CENTER_X, CENTER_Y, 0])

    def take_a_step(self) -> None:
        """Beat 4."""
        self.pairs_plot = plot = self.space_of_pairs()
        start, end = self.way
        rows = np.asarray(self.table, dtype=float)
        step = rows[end] - rows[start]
        self.step_title = self.titled(_("from “{one}” to “{other}”"), start, end)
        length = Numeral(
            float(np.linalg.norm(step)), 2, "never", font_size=34, color=theme.HIGHLIGHT, passport="length of the step"
        )
        said = in_line(row_label(_("length"), 34, theme.MUTED), VGroup(length), gap=0.2)
        others = [rows[one.expected] - rows[one.other] for one in self.shown[:COMPARED]]
        cosines = [float(step @ other / np.linalg.norm(step) / np.linalg.norm(other)) for other in others]
        words = [f"{self.named(int(one.other))} → {self.named(int(one.expected))}" for one in self.shown[:COMPARED]]
        rows_list = NeighbourList(words, cosines, font_size=30, passport="cosine of two steps")
        note = label(_("cosine with the step"), theme.FONT_SMALL, theme.MUTED)
        self.step_notes = VGroup(said, note, rows_list).arrange(DOWN, buff=layout.GAP_RELATED)
        layout.fit(self.step_notes, 3.9).move_to([LIST_X, LIST_TOP - 0.6, 0], aligned_edge=UP)
        narration = _("Subtract one word from another, and what you get is a direction: the step between their tips.")
        with self.beat(narration, 9, CROSSED):
            self.play(FadeOut(self.plot, self.list, self.kept), FadeIn(plot.floor, plot.axes), run_time=1)
            self.kept = self.share_kept(plot)
            self.play(GrowVectors(plot, [0, 1]), FadeIn(self.step_title, self.kept), run_time=1.5)
            self.step = plot.add_difference(0, 1)
            self.play(GrowVectors(plot, [self.step]), run_time=1.5)
            self.play(FadeIn(said), FlashAround(said), run_time=theme.TIME_BASE)
            self.play(FadeIn(note, rows_list), run_time=theme.TIME_BASE)

    def titled(self, words: str, start: int, end: int) -> VGroup:
        """A title of the list at the right."""
        title = label(words.format(one=self.named(start), other=self.named(end)), 30, theme.HIGHLIGHT)
        return layout.fit(title, 4.0).move_to([LIST_X, LIST_TOP, 0])

    def try_it_elsewhere(self) -> None:
        """Beat 5."""
        plot, rings, self.rank_rows = self.pairs_plot, VGroup(), VGroup()
        head = VGroup(
            label(_("rank of the right word,"), theme.FONT_SMALL, theme.MUTED),
            counted(_("best to worst of {} tries"), self.tried, passport="count: words tried"),
            label(_("(given words left out)"), theme.FONT_SMALL, theme.MUTED),
        ).arrange(DOWN, buff=layout.GAP_LABEL)
        head.move_to([LIST_X, LIST_TOP - 0.6, 0], aligned_edge=UP)
        narration = _(
            "Now take the same step from other words. Sometimes it lands on the right one. Sometimes it misses. "
            "Both stay in the picture."
        )
        with self.beat(narration, 11, CROSSED):
            self.play(FadeOut(self.step_notes), FadeIn(head), run_time=theme.TIME_QUICK)
            for place, one in enumerate(self.shown):
                first = 2 + 2 * place
                self.play(GrowVectors(plot, [first]), run_time=0.5)
                copy = plot.add_difference(0, 1, at=first)
                self.play(GrowVectors(plot, [copy]), run_time=0.7)
                hit = one.rank_of_others == 1
                ring = Circle(0.22, color=theme.CORRECT if hit else theme.LOSS, stroke_width=theme.STROKE_STRONG)
                rings.add(ring.move_to(self.landing(first)))
                row = self.rank_row(one, place)
                self.rank_rows.add(row)
                self.play(GrowVectors(plot, [first + 1]), Create(ring), FadeIn(row, shift=0.25 * RIGHT), run_time=0.8)
        self.rings, self.rank_head = rings, head

    def landing(self, first: int) -> np.ndarray:
        """Where the step from one word's tip leads, on the screen."""
        plot = self.pairs_plot
        at = plot.coordinates[first] + plot.coordinates[1] - plot.coordinates[0]
        return np.append(plot.place(at)[0, :2], 0)

    def rank_row(self, one: Analogy, place: int) -> VGroup:
        """The word that should be nearest to where the step lands, and how many-th it is."""
        color = theme.CORRECT if one.rank_of_others == 1 else theme.LOSS
        rank = Numeral(one.rank_of_others, 0, "never", font_size=34, color=color, passport="rank of the right word")
        word = row_label(self.named(int(one.expected)), 34, theme.VALUE)
        row = VGroup(word, rank)
        word.shift([-1.5 - word.get_left()[0], 0, 0])
        rank.shift([1.5 - rank.get_right()[0], 0, 0])
        return row.shift([LIST_X, LIST_TOP - 2.2 - 0.6 * place, 0])

    def flash_it_everywhere(self) -> None:
        """Beat 6."""
        start, end = self.way
        rows = np.asarray(self.table, dtype=float)
        narration = _("It does not matter where the step begins. The direction itself carries the idea.")
        with self.beat(narration, 7.5, CROSSED):
            self.play(FadeOut(self.rings, self.rank_rows, self.rank_head), run_time=theme.TIME_QUICK)
            flash = FlashDirection(self.pairs_plot, rows[end] - rows[start], run_time=4.5)
            self.play(flash, TurnSpace(self.pairs_plot, yaw=35, run_time=4.5), run_time=4.5)

    # -- other relations ---------------------------------------------------------------------------------------------

    def count_other_relations(self) -> None:
        """Beat 7."""
        chosen = self.relations[1:] or self.relations
        rows = VGroup(*(self.relation_row(one, place) for place, one in enumerate(chosen)))
        heads = self.relation_heads(rows)
        table = VGroup(heads, rows).set_y(0.2)
        narration = _(
            "Other relations, tried on every pair. Some steps nearly always land, others seldom do. "
            "It is a tendency, with exceptions. In larger networks it is stronger."
        )
        if len(chosen) == 1:
            narration = _(
                "Tried on every pair, the step lands so often. It is a tendency, with exceptions, not a rule."
            )
        with self.beat(narration, 12):
            self.play(FadeOut(self.pairs_plot, self.step_title, self.kept), run_time=theme.TIME_BASE)
            self.play(FadeIn(heads), run_time=theme.TIME_QUICK)
            come = [FadeIn(row, shift=0.25 * RIGHT) for row in rows]
            self.play(LaggedStart(*come, lag_ratio=0.4), run_time=4)
        self.relation_table = table

    def relation_row(self, relation: Related, place: int) -> VGroup:
        """A relation, an example, how often its steps land on the right word, and the middle rank of that."""
        tries = space.analogies(self.checkpoint, relation.pairs)
        ranks = np.array([one.rank_of_others for one in tries])
        hits, font = int((ranks == 1).sum()), 28
        name = row_label(relation_name(relation.name), 30)
        name.shift([NAME_X - name.get_left()[0], 0, 0])
        one, other = relation.pairs[0]
        example = row_label(f"{self.named(one)} → {self.named(other)}", font, theme.MUTED)
        example.shift([EXAMPLE_X - example.get_left()[0], 0, 0])
        bar = Bar(hits / len(ranks), BAR, 0.3, color=theme.HIGHLIGHT, passport="share of steps that land")
        bar.shift([BAR_X - bar.get_left()[0], 0, 0])
        style: dict[str, Any] = {"decimals": 0, "sign": "never", "font_size": font}
        hit = Numeral(hits, color=theme.HIGHLIGHT, passport="count: steps that land", **style)
        said = in_line(VGroup(hit), counted(_("of {}"), len(ranks), font, theme.MUTED, "count: steps tried"), gap=0.14)
        said.shift([HITS_X - said.get_right()[0], 0, 0])
        middle = float(np.median(ranks))
        style["decimals"] = int(middle % 1 > 0)
        median = Numeral(middle, passport="median rank", **style)
        median.shift([RANK_X - median.get_right()[0], 0, 0])
        return VGroup(name, example, bar, said, median).shift([0, -PITCH * place, 0])

    @staticmethod
    def relation_heads(rows: VGroup) -> VGroup:
        """What the columns of the table say."""
        land = label(_("steps that land"), theme.FONT_SMALL, theme.MUTED)
        rank = label(_("median rank"), theme.FONT_SMALL, theme.MUTED)
        land.move_to([BAR_X, 0, 0], aligned_edge=LEFT)
        rank.move_to([RANK_X + 0.2, 0, 0], aligned_edge=RIGHT)
        heads = VGroup(land, rank)
        return heads.shift([0, rows.get_top()[1] + 0.55, 0])

    def keep_one_idea(self) -> None:
        """Beat 8."""
        plot = self.space_of_words().turn(YAW + 70)
        narration = _("So keep one idea from all this: in this space, meaning lives in directions.")
        with self.beat(narration, 7, CROSSED):
            self.play(FadeOut(self.relation_table), run_time=theme.TIME_BASE)
            self.play(FadeIn(plot.shift(CENTER_X * LEFT), self.share_kept(plot)), run_time=theme.TIME_BASE)
            self.play(TurnSpace(plot, speed=SPEED, run_time=3))
