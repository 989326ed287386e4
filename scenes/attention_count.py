"""AttentionParameterCount: how many numbers the heads of a network hold."""

from __future__ import annotations

from typing import Any, NamedTuple

from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    FadeIn,
    FadeOut,
    GrowFromEdge,
    LaggedStart,
    Line,
    Rectangle,
    ShowPassingFlash,
    VGroup,
)

from mobjects import (
    BraceCount,
    CountEquation,
    Dim,
    FlashAround,
    GrowBraces,
    MultiplyCounts,
    StackedBar,
    Undim,
    WeightMatrix,
    label,
    layout,
    symbol,
    theme,
)
from mobjects.token_label import row_label
from model.forward import head_weights
from model.ledger import by_part, ledger
from scenes.base import ChapterScene
from scenes.language import _

SIZES = "size of the network"
ROWS, COLUMNS, WIDEST, HIGHEST = 3, 4, 5.6, 2.0  # drawn of each table, and how wide and high it may be
LEFT_X, RIGHT_X, UPPER, LOWER = -3.0, 3.85, 2.2, -1.4  # middles of the four tables
LINES = (2.7, 1.4, 0.1)  # heights of the counts of a head, a layer, the network


class Counted(NamedTuple):
    """A table with its name, two counts and their product."""

    matrix: WeightMatrix
    name: VGroup
    across: BraceCount
    down: BraceCount
    product: CountEquation


class AttentionParameterCount(ChapterScene):
    """One head has four tables of equal size; heads and layers multiply them to a known share of the whole network."""

    def setup(self) -> None:
        """Take the tables of the picked head and the ledger of all weights."""
        super().setup()
        self.tables = head_weights(self.checkpoint, self.pick.layer, self.pick.head)
        self.rows = ledger(self.checkpoint.config)
        config = self.checkpoint.config
        self.per_head = 4 * config.d_head * config.n_embd
        self.per_layer = self.per_head * config.n_head
        self.in_all = self.per_layer * config.n_layer

    def construct(self) -> None:
        """From one table to the whole network."""
        self.show_four_tables()
        self.count_across_and_down()
        self.multiply()
        self.let_the_value_pair_join()
        self.repeat_for_heads_and_layers()
        self.show_the_share()

    def show_four_tables(self) -> None:
        """Beat 1."""
        self.query, self.key, self.value, self.output = self.all = [
            self.counted(*each)
            for each in (
                ("Q", _("query"), theme.QUERY, LEFT_X, UPPER),
                ("K", _("key"), theme.KEY, RIGHT_X, UPPER),
                ("V", _("down"), theme.VALUE, LEFT_X, LOWER),
                ("O", _("up"), theme.OUTPUT, RIGHT_X, LOWER),
            )
        ]
        narration = _(
            "How many numbers does one head have to learn? It has four tables: "
            "one for queries, one for keys, and two for what is handed over."
        )
        with self.beat(narration, 9.5):
            arrive = [FadeIn(one.name, one.matrix, shift=0.25 * UP) for one in self.all]
            self.play(LaggedStart(*arrive, lag_ratio=theme.LAG_STEPS), run_time=theme.TIME_CAMERA)
            light = [self.underlines(one.matrix) for one in self.all]
            self.play(*light, *self.credit_to(self.head_name()), run_time=theme.TIME_SLOW)

    def counted(self, letter: str, words: str, color: str, x: float, y: float) -> Counted:
        """One table with its name and, for later, the counts of its columns and rows and their product."""
        values = self.tables[f"W_{letter}"]
        rows, columns = values.shape
        matrix = WeightMatrix(values, max_rows=ROWS, max_columns=COLUMNS, factor="readable")
        if matrix.width > WIDEST:
            matrix = WeightMatrix(values, max_rows=ROWS, max_columns=COLUMNS - 1, factor="readable")
        layout.fit(matrix, WIDEST, HIGHEST).move_to([x, y, 0])
        across = BraceCount(
            matrix.brackets, columns, DOWN, color=self.color_of(letter, "across"), font_size=28, passport=SIZES
        )
        down = BraceCount(
            matrix.brackets, rows, LEFT, color=self.color_of(letter, "down"), font_size=28, passport=SIZES
        )  # fmt: skip
        sign = symbol("W", letter, color, theme.FONT_LABEL, arrow=False)
        # Below the letter hangs its index; words and counts stand level with the letter.
        sign.shift(symbol("W", size=theme.FONT_LABEL, arrow=False).get_top() - sign.get_top())
        name = VGroup(sign, row_label(words, 28, color).set_x(sign.get_right()[0] + 0.15, LEFT))
        line = matrix.get_top()[1] + 0.32
        name.shift([matrix.get_left()[0] - name.get_left()[0], line, 0])
        colors = self.color_of(letter, "down"), self.color_of(letter, "across")
        product = CountEquation((rows, columns), colors, font_size=26, passport=SIZES)
        product.shift([matrix.get_right()[0] - product.get_right()[0], line - product.factors[0].get_y(), 0])
        return Counted(matrix, name, across, down, product)

    @staticmethod
    def color_of(letter: str, way: str) -> str:
        """The colour of a count: that of words, or of what the table makes of them."""
        made = {"Q": theme.QUERY, "K": theme.KEY, "V": theme.VALUE, "O": theme.VALUE}[letter]
        words = way == ("down" if letter == "O" else "across")
        return theme.EMBEDDING if words else made

    @staticmethod
    def underlines(matrix: WeightMatrix) -> Animation:
        """A light runs along the rows of a table."""
        left, right = matrix.entries.get_left()[0], matrix.entries.get_right()[0]
        flashes = []
        for row in range(matrix.shape[0]):
            y = matrix.row(row).get_bottom()[1] - 0.05
            line = Line([left, y, 0], [right, y, 0], color=theme.HIGHLIGHT, stroke_width=theme.STROKE_STRONG)
            flashes.append(ShowPassingFlash(line, time_width=0.5))
        return LaggedStart(*flashes, lag_ratio=theme.LAG_WORDS)

    def count_across_and_down(self) -> None:
        """Beat 2."""
        pair = [self.query, self.key]
        others = VGroup(*(VGroup(one.matrix, one.name) for one in (self.value, self.output)))
        narration = _(
            "Count across: one column for each number of a word. Count down: one row for each number of a query or key."
        )
        with self.beat(narration, 9):
            bars = VGroup(*(self.light_bar(one, RIGHT) for one in pair))
            self.play(Dim(others), FadeIn(bars), run_time=theme.TIME_QUICK)
            run = [bar.animate.set_x(one.matrix.entries.get_right()[0]) for bar, one in zip(bars, pair, strict=True)]
            self.play(*run, GrowBraces(*(one.across for one in pair)), run_time=theme.TIME_SLOW)
            lines = VGroup(*(self.light_bar(one, DOWN) for one in pair))
            self.play(FadeOut(bars), FadeIn(lines), run_time=theme.TIME_QUICK)
            run = [bar.animate.set_y(one.matrix.entries.get_bottom()[1]) for bar, one in zip(lines, pair, strict=True)]
            self.play(*run, GrowBraces(*(one.down for one in pair)), run_time=theme.TIME_SLOW)
            self.play(FadeOut(lines), run_time=theme.TIME_QUICK)
        self.others = others

    @staticmethod
    def light_bar(one: Counted, way: Any) -> Rectangle:
        """A bar over the first column, or the first row, of a table."""
        inside, first = one.matrix.entries, one.matrix.column(0) if way is RIGHT else one.matrix.row(0)
        bar = Rectangle(
            width=first.width + 0.1 if way is RIGHT else inside.width + 0.2,
            height=inside.height + 0.2 if way is RIGHT else first.height + 0.12,
            stroke_width=0, fill_color=theme.HIGHLIGHT, fill_opacity=theme.OPACITY_CONTEXT,
        )  # fmt: skip
        return bar.move_to([first.get_x(), inside.get_y(), 0] if way is RIGHT else [inside.get_x(), first.get_y(), 0])

    def multiply(self) -> None:
        """Beat 3."""
        narration = _("Multiply both, and you know how many numbers each of these tables holds.")
        with self.beat(narration, 6):
            products = [MultiplyCounts(one.product, [one.down, one.across]) for one in (self.query, self.key)]
            self.play(*products, run_time=theme.TIME_CAMERA)

    def let_the_value_pair_join(self) -> None:
        """Beat 4."""
        pair = [self.value, self.output]
        narration = _(
            "Now the value pair: one leads down, one up again. Both turn out just as large. "
            "So a head has four tables of equal size."
        )
        with self.beat(narration, 10):
            self.play(Undim(self.others), run_time=theme.TIME_QUICK)
            braces = [brace for one in pair for brace in (one.across, one.down)]
            self.play(GrowBraces(*braces), run_time=theme.TIME_SLOW)
            products = [MultiplyCounts(one.product, [one.down, one.across]) for one in pair]
            self.play(*products, run_time=theme.TIME_CAMERA)
            numbers = [one.product.product for one in self.all]
            self.play(*(FlashAround(number) for number in numbers), run_time=theme.TIME_BASE)

    def repeat_for_heads_and_layers(self) -> None:
        """Beat 5."""
        config = self.checkpoint.config
        steps = [
            (_("one head"), (4, self.query.product.product.value), self.per_head, _("tables")),
            (_("one layer"), (config.n_head, self.per_head), self.per_layer, _("heads")),
            (_("all layers"), (config.n_layer, self.per_layer), self.in_all, _("layers")),
        ]
        lines = [self.step_line(place, *step) for place, step in enumerate(steps)]
        narration = _(
            "Then repeat. There are {heads} heads in every layer, and {layers} layers, one above the other. "
            "The numbers grow and grow."
        ).format(heads=config.n_head, layers=config.n_layer)
        whole = _("{name}: all weights, counted").format(name=self.checkpoint.name)
        with self.beat(narration, 9.5):
            everything = VGroup(*(part for one in self.all for part in one))
            numbers = [one.product.product for one in self.all]
            first = lines[0][1].factors[1]
            flights = VGroup(*(number.copy() for number in numbers))
            gather = [flight.animate.move_to(first) for flight in flights]
            self.play(FadeOut(everything), *gather, *self.credit_to(whole), run_time=theme.TIME_BASE)
            self.remove(*flights)
            for place, line in enumerate(lines):
                before = [lines[place - 1][1].product] if place else [flights[0]]
                come = MultiplyCounts(line[1], [line[2], *before])
                self.play(come, FadeIn(line[0]), FadeIn(line[2], shift=0.5 * LEFT), run_time=1.8)
        self.lines = VGroup(*lines)

    def step_line(self, place: int, words: str, counts: Any, product: int, unit: str) -> VGroup:
        """A multiplication with the name of its result and a chip for what is multiplied by."""
        equation = CountEquation(counts, (theme.TEXT,), int(product), font_size=theme.FONT_BODY, passport=SIZES)
        equation.move_to([layout.SAFE_X - 0.3, LINES[place], 0], aligned_edge=RIGHT)
        name = label(words, theme.FONT_LABEL, theme.MUTED)
        name.move_to([-layout.SAFE_X, LINES[place], 0], aligned_edge=LEFT)
        chip = label(unit, theme.FONT_SMALL, theme.MUTED).next_to(equation.factors[0], DOWN, buff=layout.GAP_LABEL)
        return VGroup(name, equation, chip)

    def show_the_share(self) -> None:
        """Beat 6."""
        parts = by_part(self.rows)
        names = {
            "attention": _("attention"), "MLP": _("MLP"),
            "dictionary": _("table of words"), "small print": _("the rest"),
        }  # fmt: skip
        order = [part for part in names if parts.get(part)]
        bar = StackedBar(
            [parts[part] / sum(parts.values()) for part in order], [names[part] for part in order],
            length=11.2, thickness=0.8, font_size=26, passport="share of the ledger",
        )  # fmt: skip
        bar.shift([-bar.segments.get_x(), -1.4 - bar.segments.get_y(), 0])
        colors = {"attention": theme.ATTENTION, "MLP": theme.MLP, "dictionary": theme.EMBEDDING}
        for part, segment in zip(order, bar.segments, strict=True):
            segment.set_fill(colors.get(part, theme.MUTED))
        percent = round(100 * parts["attention"] / sum(parts.values()))
        largest = max(parts, key=lambda part: parts[part])
        narration = _("So {percent} percent of this network is attention.").format(percent=percent)
        others = _("The largest part is another one, and there is also the MLP, the subject of the next chapter.")
        if largest == "MLP":
            others = _("The largest part, the MLP, has not even been mentioned. It is the subject of the next chapter.")
        narration = f"{narration} {others}"
        with self.beat(narration, 9.5):
            grow = [GrowFromEdge(segment, LEFT) for segment in bar.segments]
            self.play(LaggedStart(*grow, lag_ratio=theme.LAG_STEPS), run_time=theme.TIME_SLOW)
            self.play(FadeIn(bar.leaders, bar.labels, shift=0.1 * DOWN), run_time=theme.TIME_BASE)
            self.play(FlashAround(bar.segments[0]), run_time=theme.TIME_BASE)
        self.bar, self.parts = bar, parts
