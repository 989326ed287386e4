"""ParameterLedger: where all the numbers of a network are, line by line, until none is missing."""

from __future__ import annotations

import numpy as np
from manim import (
    DOWN,
    LEFT,
    Create,
    FadeIn,
    FadeOut,
    GrowFromEdge,
    LaggedStart,
    Line,
    Rectangle,
    TransformFromCopy,
    VGroup,
)

from mobjects import CountUp, DialMachine, FlashAround, Numeral, PopDials, StackedBar, layout, theme
from mobjects.counted import counted, in_line
from mobjects.numerals import format_number
from mobjects.token_label import row_label
from model.ledger import Row, by_part, ledger
from model.published import models
from scenes.base import ChapterScene
from scenes.language import _
from scenes.ledger_lines import (
    COUNT,
    COUNTS_RIGHT,
    NAMES_LEFT,
    PARTS,
    PITCH,
    TOP,
    LedgerLine,
    boxed,
    in_order,
    part_color,
)
from scenes.motions import pairs

DIALS = 8, 20
FAMOUS = "GPT-3 175B"
TABLES_ROOM = 12.6, 4.6
SHARE_Y = (1.95, -1.1)  # heights of the two bars
KINDS = [3.0, 1.55, 0.1, -1.35]  # heights of the kinds of tables


class ParameterLedger(ChapterScene):
    """Every number of the network stands in a table of a known size, and the sizes add up exactly."""

    def setup(self) -> None:
        """Take all tables and the ledger."""
        super().setup()
        self.rows = in_order(ledger(self.checkpoint.config))
        self.note = VGroup()
        self.total = sum(row.count for row in self.rows)
        self.parts = by_part(self.rows)

    def construct(self) -> None:
        """Dials, tables, kinds; a line for each; the sum; shares, and those of a famous network."""
        self.show_the_dials()
        self.put_them_into_tables()
        self.sort_the_tables()
        self.count_the_dictionaries()
        self.count_attention()
        self.count_the_mlps()
        self.count_the_small_print()
        self.add_it_all_up()
        self.compare_with_a_famous_one()
        self.know_what_it_costs()

    # -- numbers and tables ----------------------------------------------------------------------------------------

    def show_the_dials(self) -> None:
        """Beat 1."""
        table = self.quantity("EMB")
        rows, columns = (min(size, most) for size, most in zip(table.shape, DIALS, strict=True))
        self.dials = DialMachine(table[:rows, :columns], width=12.0, height=4.6).set_y(0.9)
        few = counted(_("{} of"), rows * columns, theme.FONT_BODY, theme.MUTED, "count: dials shown")
        self.whole = self.amount(theme.FONT_TITLE)
        self.sum_line = in_line(
            few, VGroup(self.whole), row_label(_("numbers"), theme.FONT_BODY, theme.MUTED), gap=0.25
        )
        self.sum_line.move_to([0, -2.35, 0])
        narration = _(
            "Here are some of the numbers that this network has learned. Each one is a dial that training turned."
        )
        with self.beat(narration, 8.5):
            self.play(PopDials(self.dials), run_time=2.5)
            words = [part for part in self.sum_line if part is not self.sum_line[1]]
            credit = self.credit_to(_("{name}: all weights, counted").format(name=self.checkpoint.name))
            self.play(FadeIn(*words), CountUp(self.whole), *credit, run_time=4)

    def amount(self, size: float) -> Numeral:
        """How many numbers the network has learned."""
        return Numeral(
            self.total, 0, "never", thousands=True, font_size=size, color=theme.HIGHLIGHT, passport=COUNT
        )  # fmt: skip

    def put_them_into_tables(self) -> None:
        """Beat 2."""
        names = sorted(self.checkpoint.weights, key=lambda name: (PARTS.index(part_of(name)), name))
        self.tables = VGroup(*(self.icon(name) for name in names))
        across = int(np.ceil(np.sqrt(2.6 * len(names))))
        self.tables.arrange_in_grid(cols=across, buff=0.16)
        layout.fit(self.tables, *TABLES_ROOM).set_y(0.9)
        narration = _("They do not come loose. They come in tables, and this network has {count} of them.").format(
            count=len(names)
        )
        self.table_count = counted(_("{} tables"), len(names), theme.FONT_BODY, theme.MUTED, "count: tables")
        self.table_count.move_to([0, -2.35, 0])
        with self.beat(narration, 7):
            gather = self.dials.animate.scale(0.5).set_opacity(0)
            come = LaggedStart(*(FadeIn(table, scale=1.6) for table in self.tables), lag_ratio=0.03)
            self.play(gather, come, FadeOut(self.sum_line), run_time=theme.TIME_CAMERA)
            self.remove(self.dials)
            number = next(part for part in self.table_count if isinstance(part, Numeral))
            rest = [part for part in self.table_count if part is not number]
            self.play(FadeIn(*rest), CountUp(number), run_time=theme.TIME_BASE)

    def icon(self, name: str) -> Rectangle:
        """A table as a small plate of its kind's colour, larger if there is more in it."""
        shape = self.checkpoint.weights[name].shape
        high, wide = shape if len(shape) == 2 else (1, shape[0])
        sides = [0.05 + 0.055 * np.log2(size) for size in (wide, high)]
        color = part_color(part_of(name))
        return Rectangle(
            width=sides[0], height=sides[1], fill_color=color, fill_opacity=theme.OPACITY_HALF, stroke_color=color,
            stroke_width=theme.STROKE_RULE,
        )  # fmt: skip

    def sort_the_tables(self) -> None:
        """Beat 3."""
        names = sorted(self.checkpoint.weights, key=lambda name: (PARTS.index(part_of(name)), name))
        groups = {part: VGroup() for part in PARTS}
        for name, table in pairs(names, self.tables):
            groups[part_of(name)].add(table)
        self.heads, moves, self.rules = VGroup(), [], VGroup()
        for part, y in pairs(PARTS, KINDS):
            tables = groups[part]
            goal = tables.copy().arrange_in_grid(cols=max(1, min(26, len(tables))), buff=0.1)
            layout.fit(goal, 8.4, 1.15).move_to([-2.0, y, 0], aligned_edge=LEFT)
            moves += [table.animate.become(there) for table, there in pairs(tables, goal)]
            name = row_label(self.part_name(part), theme.FONT_LABEL, part_color(part))
            self.heads.add(name.shift([NAMES_LEFT - name.get_left()[0], y, 0]))
            self.rules.add(Line([NAMES_LEFT, y - 0.72, 0], [COUNTS_RIGHT, y - 0.72, 0]).set_stroke(theme.RULE, 1))
        narration = _(
            "Sort the tables, and a handful of kinds is enough: dictionaries, attention, MLPs, and some small print."
        )
        with self.beat(narration, 8):
            self.play(FadeOut(self.table_count), *moves, run_time=theme.TIME_CAMERA)
            both = pairs(self.heads, self.rules)
            come = [LaggedStart(FadeIn(head), Create(rule), lag_ratio=0.3) for head, rule in both]
            self.play(LaggedStart(*come, lag_ratio=0.2), run_time=theme.TIME_SLOW)

    @staticmethod
    def part_name(part: str) -> str:
        """What the viewer reads for a kind of tables."""
        return {"dictionary": _("dictionaries"), "attention": _("attention"), "MLP": _("MLP"),
                "small print": _("small print")}[part]  # fmt: skip

    # -- the ledger --------------------------------------------------------------------------------------------------

    def lines_of(self, part: str) -> list[LedgerLine]:
        """The lines of one kind, in their places."""
        return [
            LedgerLine(row, row_name(row), place) for place, row in enumerate(self.rows) if row.part == part
        ]  # fmt: skip

    def count_up(self, lines: list[LedgerLine]) -> list[CountUp]:
        """Products count, all at once."""
        return [CountUp(line.product) for line in lines]

    def count_the_dictionaries(self) -> None:
        """Beat 4."""
        self.lines = lines = self.lines_of("dictionary")
        shared = any(line.row.shared for line in lines)
        narration = _(
            "First the dictionaries. One column for every piece on the way in, and just as many on the way out."
        )
        if shared:
            narration = _(
                "First the dictionary. One column for every piece on the way in. "
                "On the way out, the same table serves again."
            )
        with self.beat(narration, 9.5):
            self.play(FadeOut(self.tables, self.heads, self.rules), run_time=theme.TIME_BASE)
            self.play(lines[0].enter(), run_time=theme.TIME_SLOW)
            self.play(*self.count_up(lines[:1]), run_time=theme.TIME_SLOW)
            come = [
                TransformFromCopy(one, other) for one, other in zip(lines[0].factors, lines[1].factors, strict=False)
            ]
            self.play(FadeIn(lines[1].words, lines[1].equals), *come, run_time=theme.TIME_BASE)
            self.play(*self.count_up(lines[1:]), run_time=theme.TIME_BASE)

    def count_attention(self) -> None:
        """Beat 5."""
        lines = self.lines_of("attention")
        narration = _(
            "Attention has four small tables. Count them for one head. A layer has several heads, and there are "
            "several layers. The same small tables, repeated, come to a large number."
        )
        with self.beat(narration, 14):
            steps = (2, _("one head")), (3, _("one layer")), (4, _("all layers"))
            for factors, said in steps:
                self.grow(lines, factors, said)
            self.play(FadeOut(self.note), run_time=theme.TIME_QUICK)
        self.lines += lines

    def grow(self, lines: list[LedgerLine], factors: int, said: str) -> None:
        """Products of so many factors in four lines, and below them their sum, with the name of what it counts."""
        sizes = [size for _, size in lines[0].row.factors]
        for line in lines:
            line.product.set_value(int(np.prod(sizes[:factors])), COUNT)
        note = self.sum_note(lines, len(lines) * int(np.prod(sizes[:factors])), said)
        if factors == 2:
            come = [LaggedStart(*(line.enter(2) for line in lines), lag_ratio=0.2)]
        else:
            come = [FadeIn(line.factors[factors - 1], shift=0.3 * LEFT) for line in lines] + [FadeOut(self.note)]
        self.play(*come, run_time=theme.TIME_SLOW)
        self.play(*self.count_up(lines), FadeIn(note, shift=0.15 * DOWN), run_time=theme.TIME_SLOW)
        self.note = note

    def sum_note(self, lines: list[LedgerLine], value: int, said: str) -> VGroup:
        """A sum below some lines."""
        number = Numeral(
            value, 0, "never", thousands=True, font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT,
            passport="sum of the counts shown",
        )  # fmt: skip
        note = in_line(row_label(said, theme.FONT_LABEL, theme.HIGHLIGHT), VGroup(number), gap=0.4)
        return note.shift([COUNTS_RIGHT - note.get_right()[0], lines[-1].product.get_y() - 0.75, 0])

    def count_the_mlps(self) -> None:
        """Beat 6."""
        lines = self.lines_of("MLP")
        narration = _(
            "An MLP has two wide tables: one leads up to many neurons, the other one leads down again. "
            "And every layer has its own."
        )
        with self.beat(narration, 9):
            for line in lines:
                self.play(line.enter(), run_time=theme.TIME_SLOW)
                self.play(*self.count_up([line]), run_time=theme.TIME_BASE)
        self.lines += lines

    def count_the_small_print(self) -> None:
        """Beat 7."""
        lines = self.lines_of("small print")
        share = 100 * self.parts["small print"] / self.total
        narration = _("The rest is usually left out of drawings. Here it is counted. It is {share} percent.").format(
            share=format_number(share, 1)
        )
        number = Numeral(
            share / 100, 1, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT, factor=100,
            passport="share of the ledger",
        )  # fmt: skip
        percent = in_line(VGroup(number), row_label("%", theme.FONT_LABEL, theme.HIGHLIGHT), gap=0.06)
        percent.shift([COUNTS_RIGHT - percent.get_right()[0], lines[-1].product.get_y() - 0.62, 0])
        with self.beat(narration, 7):
            self.play(LaggedStart(*(line.enter() for line in lines), lag_ratio=0.15), run_time=theme.TIME_SLOW)
            self.play(*self.count_up(lines), run_time=theme.TIME_BASE)
            self.play(FadeIn(percent), run_time=theme.TIME_QUICK)
        self.percent = percent
        self.lines += lines

    def add_it_all_up(self) -> None:
        """Beat 8."""
        frame = boxed(self.lines)
        total = self.amount(theme.FONT_LABEL)
        total.shift([COUNTS_RIGHT - total.get_right()[0], TOP - len(self.lines) * PITCH - 0.3, 0])
        narration = _("Add up all of it, and you get exactly the number we began with. No number is missing.")
        with self.beat(narration, 7.5):
            self.play(FadeOut(self.percent), Create(frame), run_time=theme.TIME_BASE)
            self.play(CountUp(total), run_time=theme.TIME_SLOW)
            self.play(FlashAround(total), run_time=theme.TIME_BASE)
        self.sum_of_all = VGroup(frame, total)

    # -- shares ------------------------------------------------------------------------------------------------------

    def compare_with_a_famous_one(self) -> None:
        """Beat 9."""
        famous = by_part(in_order(ledger(models()[FAMOUS].config)))
        self.bars = VGroup(
            self.bar(self.checkpoint.name, self.parts, SHARE_Y[0], "share of the ledger", COUNT),
            self.bar(FAMOUS, famous, SHARE_Y[1], "published sizes", "published sizes, counted like ours"),
        )
        narration = _(
            "As shares of the whole, this is our network. Below it is a famous large one, counted in the same way "
            "from its published sizes. The same recipe, in other proportions."
        )
        with self.beat(narration, 13):
            self.play(FadeOut(*self.lines, self.sum_of_all), run_time=theme.TIME_BASE)
            credit = self.credit_to(
                _("{name}, counted; {famous}, published").format(name=self.checkpoint.name, famous=FAMOUS)
            )
            for place, (head, bar, amount) in enumerate(self.bars):
                grow = [GrowFromEdge(segment, LEFT) for segment in bar.segments]
                rest = VGroup(*bar.submobjects[1:])
                self.play(FadeIn(head), LaggedStart(*grow, lag_ratio=0.6), run_time=2)
                self.play(
                    FadeIn(rest), CountUp(amount[0]), FadeIn(amount[1:]), *(credit if place else []), run_time=1.5
                )

    def bar(self, name: str, parts: dict[str, int], y: float, source: str, counted_as: str) -> VGroup:
        """A network's name, its parts as shares of a bar, and how many numbers it has."""
        shown = [part for part in PARTS if parts.get(part)]
        whole = sum(parts.values())
        bar = StackedBar(
            [parts[part] / whole for part in shown], [self.part_name(part) for part in shown], length=12.0,
            thickness=0.8, font_size=26, passport=source,
        )  # fmt: skip
        for part, segment in zip(shown, bar.segments, strict=True):
            segment.set_fill(part_color(part))
        bar.shift([-bar.segments.get_x(), y - bar.segments.get_y(), 0])
        head = row_label(name, theme.FONT_LABEL, theme.TEXT)
        head.shift([-6.0 - head.get_left()[0], y + 0.85, 0])
        number = Numeral(
            whole, 0, "never", thousands=True, font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT, passport=counted_as
        )
        amount = in_line(VGroup(number), row_label(_("numbers"), theme.FONT_LABEL, theme.MUTED), gap=0.25)
        amount.shift([6.0 - amount.get_right()[0], y + 0.85, 0])
        return VGroup(head, bar, VGroup(number, *amount[1:]))

    def know_what_it_costs(self) -> None:
        """Beat 10."""
        narration = _("From here on, we know what every single part of it costs.")
        with self.beat(narration, 5.5):
            self.play(*(FlashAround(amount[0]) for _, _, amount in self.bars), run_time=theme.TIME_SLOW)


def part_of(name: str) -> str:
    """Which kind a tensor of the network is, by its name."""
    if name in ("embed.weight", "unembed.weight"):
        return "dictionary"
    if name.endswith(".weight") and (".attn." in name or ".mlp." in name):
        return "attention" if ".attn." in name else "MLP"
    return "small print"


def row_name(row: Row) -> str:
    """What the viewer reads for a line of the ledger."""
    return {
        "embedding": _("embedding"), "unembedding": _("unembedding, shared") if row.shared else _("unembedding"),
        "query": _("query"), "key": _("key"), "value": _("value"), "output": _("output"), "up": _("up"),
        "down": _("down"), "positions": _("positions"), "layer norms": _("norms in layers"),
        "final norm": _("last norm"), "attention offsets": _("offsets, attention"), "up offsets": _("offsets, up"),
        "down offsets": _("offsets, down"),
    }[row.name]  # fmt: skip
