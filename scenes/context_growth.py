"""ContextSizeCost, first half: a sentence's pattern grows into a page's, and its cells with the square."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    Rectangle,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
)

from mobjects import (
    AttentionGrid,
    CountEquation,
    GrowCells,
    MultiplyCounts,
    Numeral,
    ParagraphStream,
    WriteNext,
    label,
    layout,
    theme,
)
from mobjects.counted import counted
from mobjects.token_label import row_label
from model.activations import Activations
from model.forward import run
from model.passages import passage_for
from scenes.base import ChapterScene
from scenes.context_raster import GrowingPattern, GrowPattern
from scenes.language import _

MOST = 256  # tokens of the page
DOUBLINGS = 3
SIDE = 7.0  # of the page's pattern
MIDDLE = -3.1  # where it stands
ASIDE = 3.7  # middle of what is said beside it
NUMBERS = 44  # font size of them
SIZES, CELLS = "count: tokens", "count: cells, tokens times tokens"


class ContextGrowth(ChapterScene):
    """Of twice as long a text, four times as many cells."""

    def setup(self) -> None:
        """Let the network read the sentence and, after it, a page."""
        super().setup()
        tokenizer, self.page = self.checkpoint.tokenizer, passage_for(self.checkpoint)
        joint = "\n" if self.page.text[0] not in "?!.," else ""
        sentence, rest = list(self.activations.ids), tokenizer.encode(joint + self.page.text)
        most = min(self.checkpoint.config.block_size, MOST, len(sentence) + len(rest))
        self.first, doubled = len(sentence), 2**DOUBLINGS
        # So many that half of them, and half of that, are whole numbers.
        self.count = max(most - most % doubled, self.first)
        self.ids = [*sentence, *rest][: self.count]
        self.long = run(self.checkpoint, self.ids)
        self.layer, self.head = farthest(self.long, self.checkpoint.config.n_layer, self.count // doubled)
        self.pattern = self.long["pattern", self.layer].at(head=self.head)

    def head_name(self) -> str:
        """The head whose pattern is shown; another one than in other scenes."""
        where = _("layer {layer}, head {head}, measured").format(layer=self.layer + 1, head=self.head + 1)
        return f"{self.checkpoint.name}: {where}"

    def construct(self) -> None:
        """What comes before the bill."""
        self.count_meetings()
        self.read_on()
        self.double_the_text()

    def count_meetings(self) -> None:
        """Beat 1."""
        count = self.first
        self.grid = AttentionGrid(
            self.pattern[:count, :count], self.pieces, show=None, causal=True, max_width=9.0, max_height=7.4
        )
        self.grid.move_to([-layout.SAFE_X, 0, 0], aligned_edge=LEFT)
        self.dots = self.grid.layer("dots")
        self.equation = CountEquation([count, count], [theme.QUERY, theme.KEY], font_size=54, passport=SIZES)
        left = self.grid.get_right()[0] + layout.GAP
        layout.fit(self.equation, layout.SAFE_X - left)
        self.equation.move_to([max(ASIDE, left + self.equation.width / 2), 0.3, 0])
        used = count * (count + 1) // 2
        self.words = VGroup(label(_("cells"), theme.FONT_LABEL, theme.MUTED))
        self.words.add(counted(_("{} of them used"), used, theme.FONT_LABEL, passport="count: cells not masked"))
        self.words.arrange(DOWN, buff=layout.GAP_RELATED).next_to(self.equation, DOWN, layout.GAP)
        narration = _(
            "This head looks far back. Its table for {count} words has {cells} cells; "
            "{used} of them are used, the others masked."
        )
        if self.checkpoint.name == "shakespeare":
            narration = _(
                "This head looks far back. Its table for {count} letters has {cells} cells; "
                "{used} of them are used, the others masked."
            )
        with self.beat(narration.format(count=count, cells=count**2, used=used), 8):
            self.play(FadeIn(self.grid), run_time=theme.TIME_BASE)
            self.play(GrowCells(self.dots), *self.credit_to(self.head_name()), run_time=theme.TIME_BASE)
            self.play(MultiplyCounts(self.equation), FadeIn(self.words, shift=0.25 * UP), run_time=theme.TIME_SLOW)

    def read_on(self) -> None:
        """Beat 2."""
        frame = self.grid.frame
        self.raster = GrowingPattern(self.pattern, self.first, frame.width, frame.height).move_to(frame)
        self.running = self.slots(self.count, NUMBERS, 3.3)
        for number in self.running.factors:
            number.set_value(self.first, SIZES)
        self.running.product.set_value(self.first**2, CELLS)
        self.stream = self.written()
        room = Rectangle(width=SIDE, height=SIDE).move_to([MIDDLE, 0, 0])
        narration = _(
            "Now let the same network read on, from the sentence into a page of a {kind}. "
            "The same head goes on as well: {count} tokens, {cells} cells. A whole book would have billions."
        ).format(kind=self.page.kind, count=self.count, cells=f"{self.count**2:,}")
        growth = GrowPattern(
            self.raster, self.count, room, self.running.factors, [self.running.product], run_time=theme.TIME_DRIFT
        )
        # Letters of a text stand close; where each is a token, the inspector takes them for things that overlap.
        letters = all(len(piece) == 1 for piece in self.stream.pieces)
        with self.beat(narration, 14, ("overlap",) if letters else ()):
            leave = FadeOut(self.dots, self.grid, self.words)
            self.play(FadeIn(self.raster), leave, ReplacementTransform(self.equation, self.running))
            self.play(growth, *self.writing(growth), run_time=theme.TIME_DRIFT)

    def slots(self, tokens: int, size: float, height: float) -> CountEquation:
        """So many tokens times as many, with room for the largest of all rows, so that rows stand in columns."""
        row = CountEquation([self.count] * 2, [theme.QUERY, theme.KEY], font_size=size, passport=SIZES)
        row.move_to([ASIDE, height, 0])
        for number in row.factors:
            number.set_value(tokens, SIZES)
        row.product.set_value(tokens**2, CELLS)
        return row

    def written(self) -> ParagraphStream:
        """The text, so far only the sentence, and whose it is."""
        pieces = self.checkpoint.tokenizer.pieces(self.ids)
        stream = ParagraphStream(pieces, self.first, 5.2, 11, theme.FONT_SMALL, theme.HIGHLIGHT)
        return stream.move_to([ASIDE, -0.05, 0])

    def writing(self, growth: GrowPattern) -> list[Any]:
        """The text goes on as the pattern does."""
        self.source = VGroup()
        left = self.count - self.first
        if left < 1:
            return []

        def reached(time: float) -> float:
            return (growth.at(time) - self.first) / left if time < 1 else 1.0

        self.source = label(self.page.title, theme.FONT_SMALL, theme.MUTED)
        layout.fit(self.source, 5.2).next_to(self.stream, DOWN, buff=layout.GAP).align_to(self.stream, LEFT)
        return [WriteNext(self.stream, left, rate_func=reached), FadeIn(self.source)]

    def double_the_text(self) -> None:
        """Beat 3."""
        lengths = [self.count >> doubling for doubling in range(DOUBLINGS, -1, -1)]
        style = {"color": theme.HIGHLIGHT, "stroke_width": theme.STROKE_STRONG}
        boxes = [self.raster.corner_box(tokens, **style) for tokens in lengths]
        heights = np.linspace(2.6, -2.2, len(lengths))
        rows = [self.slots(tokens, NUMBERS, y) for tokens, y in zip(lengths, heights, strict=True)]
        factors = [self.times(rows[number], rows[number + 1]) for number in range(DOUBLINGS)]
        narration = _(
            "Twice the text makes four times the cells, again and again. "
            "That the mask leaves only half of them is no help: half of four times as many is still four times half."
        )
        with self.beat(narration, 13.5):
            gone = FadeOut(self.stream, self.source)
            last = self.running.animate.move_to(rows[-1])
            self.play(gone, last, Create(boxes[0]), FadeIn(rows[0], shift=0.25 * UP), run_time=theme.TIME_BASE)
            for number in range(DOUBLINGS):
                before, after = boxes[number], boxes[number + 1]
                arrive = [FadeIn(factors[number])]
                if number < DOUBLINGS - 1:
                    arrive.append(TransformFromCopy(rows[number], rows[number + 1]))
                self.play(TransformFromCopy(before, after), *arrive, run_time=1.5)
            half = self.raster.shade.copy().set_fill(theme.MASKED, theme.OPACITY_CONTEXT)
            name = label(_("masked"), theme.FONT_LABEL).move_to(half.get_corner(DOWN + LEFT) + [2.2, 1.2, 0])
            self.play(FadeIn(half), FadeIn(name), run_time=theme.TIME_SLOW)
        self.remove(self.running)
        self.add(rows[-1])
        self.doubling = VGroup(*rows, *factors, *boxes, half, name)

    @staticmethod
    def times(before: CountEquation, after: CountEquation) -> VGroup:
        """Between two rows: twice the one number, four times the other."""
        group, middle = VGroup(), (before.get_y() + after.get_y()) / 2
        for end, factor, color in (
            (before.factors[0], 2, theme.QUERY),
            (before.product, 4, theme.HIGHLIGHT),
        ):
            number = Numeral(factor, 0, font_size=theme.FONT_LABEL, color=color, passport="count: times as many")
            sign = row_label("×", theme.FONT_LABEL, color).next_to(number, LEFT, buff=layout.GAP_LABEL)
            group.add(VGroup(sign, number).move_to([end.get_right()[0], middle, 0], aligned_edge=RIGHT))
        return group


def farthest(long: Activations, layers: int, far: int, strong: float = 0.05) -> tuple[int, int]:
    """The layer and the head (0-based) with most attention in strong links to words at least so far back.

    The first token does not count: many heads look there when there is nothing else to look at.
    """
    query, key = np.indices((len(long.ids), len(long.ids)))
    there = (query - key >= far) & (key > 0)
    patterns = np.array([np.asarray(long["pattern", layer]) for layer in range(layers)])
    weights = np.where(there & (patterns > strong), patterns, 0).sum(axis=(2, 3))
    layer, head = np.unravel_index(int(weights.argmax()), weights.shape)
    return int(layer), int(head)
