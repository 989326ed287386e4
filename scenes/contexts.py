"""SameWordTwoContexts: one word, two sentences, two meanings."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    GrowFromCenter,
    LaggedStart,
    Line,
    ReplacementTransform,
    VGroup,
    VMobject,
    linear,
)

from mobjects import (
    ChangeValues,
    DrawCurve,
    FlashAround,
    GrowArcs,
    LossCurve,
    NeighbourList,
    Numeral,
    SpacePlot,
    label,
    layout,
    theme,
)
from mobjects.counted import counted
from model.probing.contexts import next_words
from scenes.context_layers import LAYERS, ContextLayers
from scenes.language import _
from scenes.motions import enter, pairs

ROWS_UP = 0.75  # how far the texts make room for what is below
CHART_WIDTH, CHART_HEIGHT, CHART_Y = 9.4, 3.9, -0.35
TREE_FOOT, TREE_HEIGHT, TREE_HALF = -3.4, 5.0, 2.5
LIST_X, LIST_TOP, LIST_FONT = 4.8, 1.3, 38
LITTLE = 0.02  # a fall of the cosine that is not worth a word


class SameWordTwoContexts(ContextLayers):
    """A word begins as the same numbers in every sentence; its neighbours decide what it becomes."""

    def construct(self) -> None:
        """Same word, same column; then the layers, and the columns part."""
        self.show_two_sentences()
        self.look_both_up()
        self.let_the_neighbours_in()
        self.part_layer_by_layer()
        self.draw_the_parting()
        self.split_one_arrow()
        self.ask_who_decides()

    # -- beat 5 ---------------------------------------------------------------------------------------------------

    def draw_the_parting(self) -> None:
        """Beat 5."""
        chart = self.chart = self.chart_of_cosines()
        self.dots = VGroup(*(Dot(point, radius=0.08, color=theme.HIGHLIGHT) for point in self.chart_points()))
        self.steep, note = self.steepest_step()
        leave = [self.columns, self.gap, self.gap_name, self.arrows, self.names, self.counter]
        goal = self.cosine.copy().scale(theme.FONT_LABEL / theme.FONT_SUBTITLE)
        goal.next_to(self.dots[-1], RIGHT, buff=layout.GAP_RELATED)
        with self.beat(self.words_for_the_curve(), 11):
            up = self.rows.animate.shift(ROWS_UP * UP)
            self.play(FadeOut(*leave, shift=0.25 * DOWN), up, FadeIn(chart.axes), run_time=theme.TIME_BASE)
            self.play(DrawCurve(chart), ReplacementTransform(self.cosine, goal), run_time=theme.TIME_CAMERA)
            self.cosine = goal
            self.play(LaggedStart(*map(GrowFromCenter, self.dots), lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_BASE)
            self.play(Create(self.steep[0]), FadeIn(note, shift=0.25 * DOWN), run_time=theme.TIME_BASE)

    def chart_of_cosines(self) -> LossCurve:
        """The cosine over the layers read, from zero up."""
        style: dict[str, Any] = {"x_label": _("after layer"), "y_label": _("cosine"), "font_size": theme.FONT_SMALL}
        layers = np.arange(self.layers + 1)
        chart = LossCurve(layers, self.cosines, width=CHART_WIDTH, height=CHART_HEIGHT, **style)
        chart.curves[0].set_stroke(theme.HIGHLIGHT)
        return chart.move_to([0, CHART_Y, 0])

    def chart_points(self) -> np.ndarray:
        """Where the cosines stand in the chart."""
        points: np.ndarray = self.chart.axes.points_at(np.arange(self.layers + 1), np.asarray(self.cosines))
        return points

    @property
    def steepest(self) -> int:
        """The layer (counted from 1) through which the cosine falls most."""
        return int(np.diff(np.asarray(self.cosines)).argmin()) + 1

    def steepest_step(self) -> tuple[VGroup, VGroup]:
        """The steepest part of the curve, thick, and which layer it is and by how much."""
        layer, points = self.steepest, self.chart_points()
        start, end = points[layer - 1], points[layer]
        line = Line(start, end, color=theme.VALUE, stroke_width=2.5 * theme.STROKE_STRONG)
        drop = float(self.cosines[layer]) - float(self.cosines[layer - 1])
        name = counted(_("layer {}"), layer, theme.FONT_LABEL, theme.VALUE, LAYERS)
        size = Numeral(
            drop,
            decimals=2,
            sign="always",
            font_size=theme.FONT_LABEL,
            color=theme.VALUE,
            passport="step: contexts.cosine",
        )
        note = VGroup(name, size.next_to(name, RIGHT, buff=0.25))
        note.next_to((start + end) / 2, UP + RIGHT, buff=0.3)
        note.shift(max(0.0, note.get_right()[0] - layout.SAFE_X) * LEFT)
        return VGroup(line, note), note

    def words_for_the_curve(self) -> str:
        """What is said of the curve."""
        falls = -np.diff(np.asarray(self.cosines))
        late, whole = falls[self.layers // 2 :].sum(), np.maximum(falls, 0).sum()
        narration = _(
            "As a curve, from the table to the last layer. It need not fall everywhere; "
            "the step that parts the two most is the one through layer {layer}."
        )
        if (falls > 0).all() and late > 0.6 * whole:
            narration = _(
                "As a curve: the first layers change less. "
                "Most of the parting happens in the second half, and the steepest step is layer {layer}."
            )
        elif whole < LITTLE:
            narration = _(
                "As a curve, from the table to the last layer, it hardly falls at all: "
                "in these two texts, the word remains very nearly what it was."
            )
        return narration.format(layer=self.steepest)

    # -- beat 6 ---------------------------------------------------------------------------------------------------

    def split_one_arrow(self) -> None:
        """Beat 6."""
        tree, paths = self.tree_of_streams()
        self.lists = VGroup(*(self.list_of(side, tree) for side in (0, 1)))
        step = min(0.8, 4.8 / self.layers)
        with self.beat(self.words_for_the_lists(), 15):
            credit = self.credit_to(_("{name}: last layer, measured").format(name=self.checkpoint.name))
            home = self.cosine.copy().move_to([0, 1.35, 0])
            self.fork_name = label(_("cosine"), theme.FONT_SMALL, theme.HIGHLIGHT).next_to(home, UP, layout.GAP_LABEL)
            leave = FadeOut(self.chart, self.dots, self.steep, shift=0.25 * DOWN)
            move = ReplacementTransform(self.cosine, home)
            self.play(leave, move, FadeIn(self.fork_name), *credit, run_time=theme.TIME_BASE)
            self.cosine = home.set_value(self.cosines[0])
            for layer in range(1, self.layers + 1):
                grow = [Create(path[layer - 1], rate_func=linear) for path in paths]
                count = ChangeValues(self.cosine, self.cosines[layer])
                self.play(self.tree_grows(tree, layer), *grow, count, run_time=step)
            self.play(*(enter(one, 0.25 * DOWN) for one in self.lists), run_time=theme.TIME_SLOW)
        self.tree, self.paths = tree, paths

    def tree_grows(self, tree: SpacePlot, layer: int) -> ChangeValues:
        """Both arrows move on to where they point after a layer."""
        return ChangeValues(tree, [streams[layer] for streams in self.streams], rate_func=linear)

    def tree_of_streams(self) -> tuple[SpacePlot, list[VGroup]]:
        """Both streams as arrows in the plane of where they end, and the way of each from layer to layer.

        Up is what the two ends share, across what parts them.
        """
        ends = [np.asarray(streams[-1], dtype=float) for streams in self.streams]
        basis = np.array([ends[0] + ends[1], ends[1] - ends[0]])
        tree = SpacePlot([streams[-1] for streams in self.streams], colors=self.inks, basis=basis[::-1])
        shadows = [tree.shadow(np.stack([np.asarray(one) for one in streams])) for streams in self.streams]
        low, high = (float(edge([shadow[:, 1] for shadow in shadows])) for edge in (np.min, np.max))
        half = max(float(np.abs(shadow[:, 0]).max()) for shadow in shadows)
        unit = min(TREE_HEIGHT / (high - min(low, 0)), TREE_HALF / max(half, 1e-9))
        tree.scale(unit * tree.longest / tree.reach)
        tree.shift(np.array([0, TREE_FOOT - min(low, 0) * unit, 0]) - self.place_in(tree, np.zeros((1, 3)))[0])
        paths = [self.path_of(self.place_in(tree, shadow), ink) for shadow, ink in pairs(shadows, self.inks)]
        VGroup(tree.floor, tree.axes).set_opacity(0)
        tree.set_values([streams[0] for streams in self.streams])
        return tree, paths

    @staticmethod
    def place_in(tree: SpacePlot, coordinates: np.ndarray) -> np.ndarray:
        """Where points of the plane are on the screen."""
        points = np.array(tree.place(coordinates))
        points[:, 2] = 0
        return points

    @staticmethod
    def path_of(points: np.ndarray, ink: str) -> VGroup:
        """A faint line from tip to tip with a dot at each."""
        style: dict[str, Any] = {"color": ink, "stroke_width": theme.STROKE_BOX, "stroke_opacity": theme.OPACITY_HALF}
        steps = VGroup()
        for start, end in zip(points, points[1:], strict=False):
            steps.add(VGroup(Line(start, end, **style), Dot(end, radius=0.07, color=ink)))
        return steps

    def list_of(self, side: int, tree: SpacePlot) -> VGroup:
        """The likeliest next words read off one end, with their shares."""
        text, place = self.texts[side], self.places[side]
        tokens = next_words(self.checkpoint, text, place)
        shares = [text["probabilities"][place, token] for token in tokens]
        words = [self.checkpoint.tokenizer.decode([token]).strip() or _("space") for token in tokens]
        rows = NeighbourList(words, shares, color=self.inks[side], font_size=LIST_FONT)
        name = label(_("next word?"), theme.FONT_SMALL, theme.MUTED)
        x = LIST_X if side else -LIST_X
        rows.move_to([x, LIST_TOP, 0], aligned_edge=UP)
        return VGroup(name.next_to(rows, UP, buff=layout.GAP_RELATED), *rows)

    def words_for_the_lists(self) -> str:
        """What is said of the two ends."""
        lists = [
            [self.checkpoint.tokenizer.decode([token]).strip() or _("space") for token in found]
            for found in (next_words(self.checkpoint, *pair) for pair in pairs(self.texts, self.places))
        ]
        common = set(lists[0]) & set(lists[1])
        said = {"one": ", ".join(lists[0][:3]), "other": ", ".join(lists[1][:3]), "common": len(common)}
        narration = _(
            "Seen in one plane, a single arrow grows, and forks. What would come next? One end says {one}; "
            "the other {other}. They no longer speak the same language."
        )
        if common:
            narration = _(
                "Seen in one plane, a single arrow grows, and forks. What would come next? One end says {one}; "
                "the other {other}. Some of their words are still the same."
            )
        return narration.format(**said)

    # -- beat 7 ---------------------------------------------------------------------------------------------------

    def ask_who_decides(self) -> None:
        """Beat 7."""
        home = self.stacked_rows(2.0, 2.4)
        for row, place in pairs(home, self.places):
            row.tint(place, theme.HIGHLIGHT)
        arcs = self.arcs_over(home)
        drawn = [group for group in arcs if len(group)]
        question = label(_("Who decides what flows to whom?"), theme.FONT_BODY, weight="bold")
        question.move_to([0, -2.5, 0])
        narration = _("So a word becomes what flows into it. But who decides what flows to whom?")
        leave: list[VMobject] = [self.lists, self.tree, *self.paths, self.cosine, self.fork_name]
        with self.beat(narration, 7):
            self.play(FadeOut(*leave, shift=0.25 * DOWN), run_time=theme.TIME_QUICK)
            moves = [ReplacementTransform(row, goal) for row, goal in pairs(self.rows, home)]
            self.play(*moves, *self.credit_to(self.head_name()), run_time=theme.TIME_BASE)
            self.play(*map(GrowArcs, drawn), FadeIn(question, shift=0.25 * UP), run_time=theme.TIME_SLOW)
            self.play(FlashAround(question), run_time=theme.TIME_SLOW)
        self.rows, self.arcs = home, arcs
