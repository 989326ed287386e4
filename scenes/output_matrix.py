"""OutputMatrix: the heads' way up, glued side by side."""

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
    LaggedStart,
    MoveToTarget,
    ReplacementTransform,
    RoundedRectangle,
    VGroup,
    Write,
)

from mobjects import (
    BraceCount,
    CheckBadge,
    CountUp,
    CutStrip,
    Dim,
    GrowBraces,
    HeatMatrix,
    Numeral,
    NumericEmbedding,
    Undim,
    label,
    layout,
    symbol,
    theme,
)
from mobjects.counted import counted, in_line
from mobjects.heat_matrix import MOST
from mobjects.token_label import row_label
from model.forward import head_weights
from scenes.base import ChapterScene
from scenes.language import _

SHOWN = 3  # heads drawn in full
LONG = 3.0  # height of a table that leads up, length of one that leads down, if three pairs fit side by side
ENTRIES = 6  # drawn of each head's update
SEAM = 0.02  # between glued tables
SQUARE = 4.0  # side of both matrices at the end
DIGITS = 7  # after the point of a difference
UPPER, LOWER, EQUALS = 1.8, -1.4, 3.0  # heights of two routes, and where their equals signs stand


class OutputMatrix(ChapterScene):
    """The parts of all heads that lead up again make one square table, the output matrix."""

    def setup(self) -> None:
        """Take the tables of the picked layer, and what its heads add to one word."""
        super().setup()
        layer, config = self.pick.layer, self.checkpoint.config
        self.tables = [head_weights(self.checkpoint, layer, head) for head in range(config.n_head)]
        self.place = self.pick.query
        self.results = self.activations["result", layer].at(position=self.place)
        self.handed = self.activations["z", layer].at(position=self.place)

    def construct(self) -> None:
        """Each head's two tables, all glued, and two ways to the same sum."""
        self.show_both_tables()
        self.glue_the_tables()
        self.name_the_matrix()
        self.compare_two_routes()
        self.tell_the_tables_apart()

    def show_both_tables(self) -> None:
        """Beat 1."""
        self.heads = VGroup(*(self.head_box(number) for number in range(min(SHOWN, len(self.tables)))))
        self.heads.arrange(RIGHT, buff=layout.GAP_RELATED)
        layout.fit(self.heads, 2 * layout.SAFE_X).move_to(0.4 * UP)
        self.note = VGroup()
        if len(self.tables) > SHOWN:
            more = len(self.tables) - SHOWN
            self.note.add(counted(_("and {} more in this layer"), more, passport="count: heads not drawn"))
        self.note.next_to(self.heads, DOWN, buff=layout.GAP)
        ups, downs = (VGroup(*(head[part] for head in self.heads)) for part in (1, 2))
        names = [box[3] for box in self.heads]
        shapes = self.shapes_beside(self.heads[0])
        narration = _(
            "Every head ends with two tables. The red one leads down to a few numbers, "
            "the pink one up again to full length."
        )
        with self.beat(narration, 9):
            boxes = LaggedStart(*(Create(head[0]) for head in self.heads), lag_ratio=theme.LAG_STEPS)
            self.play(boxes, *map(FadeIn, names), FadeIn(self.note), run_time=theme.TIME_SLOW)
            arrive = [FadeIn(down, shift=0.25 * LEFT) for down in downs]
            self.play(LaggedStart(*arrive, lag_ratio=theme.LAG_WORDS), FadeIn(shapes[1]), *self.credit_to(self.where()))
            arrive = [FadeIn(up, shift=0.25 * UP) for up in ups]
            self.play(LaggedStart(*arrive, lag_ratio=theme.LAG_WORDS), FadeIn(shapes[0]))
        self.shapes, self.ups, self.downs = shapes, ups, downs

    def where(self) -> str:
        """What the corner says."""
        return _("{name}: layer {layer}, measured").format(name=self.checkpoint.name, layer=self.pick.layer + 1)

    def head_box(self, number: int) -> VGroup:
        """A frame, the table up, the table down, the head's name."""
        up, down = self.drawn("W_O", number), self.drawn("W_V", number)
        pair = VGroup(up, down).arrange(RIGHT, buff=layout.GAP_RELATED, aligned_edge=UP)
        name = label(_("head {number}").format(number=number + 1), theme.FONT_SMALL, theme.MUTED)
        name.next_to(pair, UP, buff=layout.GAP_RELATED)
        inside = VGroup(pair, name)
        frame = RoundedRectangle(
            corner_radius=0.15, width=inside.width + layout.GAP, height=inside.height + layout.GAP,
            stroke_color=theme.RULE, stroke_width=theme.STROKE_RULE,
        ).move_to(inside)  # fmt: skip
        return VGroup(frame, up, down, name)

    def drawn(self, letter: str, head: int) -> VGroup:
        """One head's table as squares, framed in the colour of its role, drawn to scale."""
        values = self.tables[head][letter]
        rows, columns = (min(MOST, length) for length in values.shape)
        unit = min(LONG, 3.45 / (1 + min(rows, columns) / max(rows, columns))) / max(rows, columns)
        matrix = HeatMatrix(
            values[:rows, :columns], unit * columns, unit * rows, scale=self.scale_of(letter), brackets=False
        )
        color = theme.OUTPUT if letter == "W_O" else theme.VALUE
        return VGroup(matrix, matrix.plate.copy().set_fill(opacity=0).set_stroke(color, theme.STROKE_BOX))

    def scale_of(self, letter: str) -> float:
        """One scale for the tables of all heads."""
        return theme.value_scale(np.array([np.asarray(table[letter]) for table in self.tables]))

    def shapes_beside(self, head: VGroup) -> VGroup:
        """The shapes of both tables of a head: below the one that leads down, right of the one that leads up."""
        up, down = (
            VGroup(row_label(words, theme.FONT_SMALL, color), self.shape_of(self.tables[0][letter].shape, color))
            for letter, color, words in (("W_O", theme.OUTPUT, _("up")), ("W_V", theme.VALUE, _("down")))
        )
        for shape in (up, down):
            layout.fit(in_line(*shape, gap=layout.GAP_RELATED), head[2].width)
        down.next_to(head[2], DOWN, buff=layout.GAP_RELATED).align_to(head[2], LEFT)
        up.next_to(head[1], RIGHT, buff=layout.GAP_RELATED).align_to(head[1], DOWN)
        return VGroup(up, down)

    @staticmethod
    def shape_of(shape: tuple[int, ...], color: str) -> VGroup:
        """Rows × columns."""
        rows, columns = (Numeral(size, 0, "never", color=color, passport="size of the network") for size in shape)
        return in_line(rows, row_label("×", theme.FONT_SMALL, color), columns, gap=layout.GAP_LABEL)

    def glue_the_tables(self) -> None:
        """Beat 2."""
        count = len(self.tables)
        self.matrix = VGroup(*(self.drawn("W_O", head) for head in range(count))).arrange(RIGHT, buff=SEAM)
        self.matrix.scale_to_fit_height(4.4)
        layout.fit(self.matrix, 8.4).move_to(0.2 * UP)
        frames = [head[0] for head in self.heads] + [head[3] for head in self.heads]
        move = [ReplacementTransform(up, part) for up, part in zip(self.ups, self.matrix, strict=False)]
        others = self.matrix[len(self.ups) :]
        self.tags = VGroup()
        for head, part in enumerate(self.matrix, 1):
            number = layout.fit(label(str(head), theme.FONT_SMALL, theme.MUTED), 0.9 * part.width)
            self.tags.add(number.next_to(part, UP, buff=layout.GAP_LABEL))
        head_word = label(_("head"), theme.FONT_SMALL, theme.MUTED)
        self.tags.add(head_word.next_to(self.tags, LEFT, buff=layout.GAP_RELATED))
        narration = _(
            "In code, the pink tables do not stay apart. Those of all {count} heads are glued together, side by side."
        ).format(count=count)
        if count == 1:
            narration = _("Here the layer has a single head, so its pink table is all there is to be put to use.")
        with self.beat(narration, 8.5):
            self.play(FadeOut(*frames), FadeOut(self.downs, shift=0.5 * DOWN), FadeOut(self.shapes, self.note))
            arrive = [FadeIn(part, shift=LEFT) for part in others]
            come = [LaggedStart(*arrive, lag_ratio=theme.LAG_ITEMS)] if arrive else []
            self.play(*move, *come, run_time=theme.TIME_CAMERA)
            self.play(FadeIn(self.tags, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_BASE)

    def name_the_matrix(self) -> None:
        """Beat 3."""
        config = self.checkpoint.config
        box = RoundedRectangle(
            corner_radius=0.1, width=self.matrix.width + 0.3, height=self.matrix.height + 0.3,
            stroke_color=theme.OUTPUT, stroke_width=theme.STROKE_STRONG,
        ).move_to(self.matrix)  # fmt: skip
        self.sign = symbol("W", "O", theme.OUTPUT, theme.FONT_SUBTITLE, arrow=False)
        name = label(_("output matrix"), color=theme.OUTPUT)
        VGroup(self.sign, name).arrange(RIGHT, buff=layout.GAP).next_to(box, UP, buff=layout.GAP_RELATED)
        rows = BraceCount(box, config.n_embd, LEFT, color=theme.EMBEDDING, passport="size: n_embd")
        columns = BraceCount(
            box, config.n_head * config.d_head, DOWN, color=theme.OUTPUT, passport="size: numbers of all heads"
        )
        narration = _(
            "This is the output matrix: a row for each number of a word, a column for each number the heads hand over."
        )
        with self.beat(narration, 8.5):
            self.play(FadeOut(self.tags), run_time=theme.TIME_QUICK)
            self.play(Create(box), FadeIn(self.sign, shift=0.25 * UP), Write(name), run_time=theme.TIME_BASE)
            self.play(GrowBraces(rows, columns), run_time=theme.TIME_SLOW)
        self.box, self.name_of, self.braces = box, name, VGroup(rows, columns)

    def compare_two_routes(self) -> None:
        """Beat 4."""
        one, other = self.routes()
        gap = float(np.abs(one - other).max())
        scale = theme.value_scale(one)
        sums = [
            NumericEmbedding(values, 4, tint=theme.UPDATE, color_scale=scale, decimals=2, passport=words)
            for values, words in (
                (one, "sum of what the heads add"),
                (other, "output matrix times all that is handed over"),
            )
        ]
        first, second = self.head_by_head(), self.all_at_once()
        for route, end, height in ((first, sums[0], UPPER), (second, sums[1], LOWER)):
            end.move_to([EQUALS + 1.1, height, 0])
            route.add(label("=").move_to([EQUALS, height, 0]))
        names = [label(words, theme.FONT_SMALL, theme.MUTED) for words in (_("head by head"), _("all at once"))]
        names[0].move_to([-layout.SAFE_X, UPPER, 0], aligned_edge=LEFT)
        names[1].move_to([-layout.SAFE_X, LOWER, 0], aligned_edge=LEFT)
        self.verdict = self.difference(gap)
        narration = _(
            "Add up what the heads propose, one by one, or multiply once by the whole matrix: "
            "the same vector, but for the last rounding."
        )
        with self.beat(narration, 10.5):
            leave = FadeOut(self.box, self.sign, self.name_of, self.braces)
            self.play(leave, ReplacementTransform(self.matrix, second[0]), run_time=theme.TIME_BASE)
            arrive = LaggedStart(*(FadeIn(part, shift=0.25 * UP) for part in first), lag_ratio=theme.LAG_ITEMS)
            self.play(Dim(second[0]), FadeIn(names[0]), arrive, run_time=theme.TIME_SLOW)
            self.play(FadeIn(sums[0], shift=0.25 * RIGHT), run_time=theme.TIME_QUICK)
            self.play(
                Dim(first, names[0]), Undim(second[0]), FadeIn(names[1], *second[1:], shift=0.25 * LEFT),
                run_time=theme.TIME_BASE,
            )  # fmt: skip
            self.play(FadeIn(sums[1], shift=0.25 * RIGHT), run_time=theme.TIME_QUICK)
            words, number, badge = self.verdict
            self.play(Undim(first, names[0]), FadeIn(words, badge), CountUp(number), run_time=theme.TIME_BASE)
        self.left_over = VGroup(first, second[1:], *sums, *names, self.verdict)
        self.matrix = second[0]

    def routes(self) -> tuple[np.ndarray, np.ndarray]:
        """What the layer adds to the word, computed in both ways, without the shared offset; shape (n_embd,)."""
        whole = self.checkpoint.weights[f"blocks.{self.pick.layer}.attn.out.weight"]
        return np.asarray(self.results).sum(axis=0), whole @ np.asarray(self.handed).ravel()

    def head_by_head(self) -> VGroup:
        """A short strip for what each head adds, with plus signs."""
        scale, parts = theme.value_scale(np.asarray(self.results)), VGroup()
        for head in range(len(self.tables)):
            if head:
                parts.add(label("+", theme.FONT_SMALL, theme.MUTED))
            strip = CutStrip(self.results[head], ENTRIES, 0.3, scale=scale)
            sign = symbol("ΔE", head + 1, theme.UPDATE, 30).next_to(strip, UP, buff=layout.GAP_LABEL)
            parts.add(VGroup(strip, sign))
        parts.arrange(RIGHT, buff=layout.GAP_LABEL)
        return layout.fit(parts, 6.9).move_to([-0.75, UPPER, 0])

    def all_at_once(self) -> VGroup:
        """The output matrix, small, and beside it all that the heads hand over, in one column."""
        matrix = self.matrix.copy().scale_to_fit_height(2.6)
        layout.fit(matrix, 5.2)
        handed = np.asarray(self.handed).ravel()[:MOST]
        style: dict[str, Any] = {"brackets": False, "passport": "handed over by all heads, in one column"}
        column = HeatMatrix(handed[:, None], 2.6, 2.6, **style).stretch_to_fit_width(0.16)
        both = VGroup(matrix, label("×", theme.FONT_LABEL), column).arrange(RIGHT, buff=layout.GAP_RELATED)
        both.move_to([-0.75, LOWER, 0])
        words = label(_("handed over by all heads"), theme.FONT_SMALL, theme.MUTED)
        return both.add(words.next_to(column, DOWN, buff=layout.GAP_LABEL, aligned_edge=RIGHT))

    def difference(self, gap: float) -> VGroup:
        """Between the two sums: how far they are apart."""
        words = label(_("largest\ndifference"), theme.FONT_SMALL, theme.MUTED)
        number = Numeral(gap, decimals=DIGITS, sign="never", passport="largest difference of the two sums")
        badge = CheckBadge(0.4)
        group = VGroup(words, number, badge).arrange(DOWN, buff=layout.GAP_RELATED)
        return group.move_to([layout.SAFE_X, 0.2, 0], aligned_edge=RIGHT)

    def tell_the_tables_apart(self) -> None:
        """Beat 5."""
        count = len(self.tables)
        value = VGroup(*(self.drawn("W_V", head) for head in range(count))).arrange(DOWN, buff=SEAM)
        for square, side in ((value, RIGHT), (self.matrix, LEFT)):
            square.generate_target().stretch_to_fit_height(SQUARE).stretch_to_fit_width(SQUARE)
            square.target.move_to(3.2 * side + 0.2 * DOWN)
        value.become(value.target)
        titles, shapes = VGroup(), VGroup()
        for square, letter, color, words in (
            (self.matrix.target, "O", theme.OUTPUT, _("output matrix")),
            (value, "V", theme.VALUE, _("value matrix")),
        ):
            title = VGroup(symbol("W", letter, color, theme.FONT_BODY, arrow=False), label(words, color=color))
            titles.add(title.arrange(RIGHT, buff=layout.GAP_RELATED).next_to(square, UP, buff=layout.GAP_RELATED))
            size = self.checkpoint.config.n_embd
            shapes.add(self.shape_of((size, size), color).next_to(square, DOWN, buff=layout.GAP_RELATED))
        narration = _(
            "So when a paper says value matrix, it means the red tables only, the way down. "
            "The pink ones, the way up, live in the output matrix."
        )
        with self.beat(narration, 10.5):
            self.play(FadeOut(self.left_over), MoveToTarget(self.matrix), run_time=theme.TIME_SLOW)
            self.play(FadeIn(value, shift=0.5 * LEFT), FadeIn(titles[1], shapes[1], shift=0.25 * UP))
            self.play(FadeIn(titles[0], shapes[0], shift=0.25 * UP))
