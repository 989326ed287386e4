"""The lines of a ledger: a kind of tables, the sizes that are multiplied, and how many numbers that makes."""

from __future__ import annotations

from collections.abc import Sequence

from manim import RIGHT, FadeIn, LaggedStart, Rectangle, VGroup

from mobjects import Numeral, layout, theme
from mobjects.token_label import row_label
from model.ledger import Row

NAMES_LEFT, COUNTS_RIGHT, EQUALS = -6.0, 5.6, 2.35
FACTORS = (-1.9, -0.5, 0.65, 1.75)  # right edges of the columns of factors
TOP, PITCH, FONT = 3.35, 0.395, 26
COLORS = {
    "dictionary": lambda: theme.EMBEDDING,
    "attention": lambda: theme.ATTENTION,
    "MLP": lambda: theme.MLP,
    "small print": lambda: theme.MUTED,
}
PARTS = tuple(COLORS)
SIZES, COUNT = "size of the network's tables", "count: parameters"


def part_color(part: str) -> str:
    """The colour of a kind of tables."""
    return COLORS[part]()


def in_order(rows: Sequence[Row]) -> list[Row]:
    """Rows of a ledger, those of one part together: dictionaries, attention, MLP, small print."""
    return [row for part in PARTS for row in rows if row.part == part]


class LedgerLine(VGroup):
    """One line: a name, its factors with signs between, and their product.

    Parameters
    ----------
    row : Row
    name : str
        What the viewer reads.
    place : int
        Its line, from the top.
    """

    def __init__(self, row: Row, name: str, place: int) -> None:
        self.row = row
        y, ink = TOP - place * PITCH, part_color(row.part)
        words = row_label(name, FONT, ink)
        words.shift([NAMES_LEFT - words.get_left()[0], y, 0])
        factors = VGroup()
        for column, (_, size) in zip(FACTORS, () if row.shared else row.factors, strict=False):
            number = self.number(size, SIZES, theme.TEXT)
            sign = row_label("×" if len(factors) else "", FONT, theme.MUTED) if len(factors) else VGroup()
            number.shift([column - number.get_right()[0], y, 0])
            sign.shift([number.get_left()[0] - layout.GAP_LABEL - 0.16, y, 0])
            factors.add(VGroup(sign, number))
        equals = row_label("=", FONT, theme.MUTED)
        equals.shift([EQUALS - equals.get_x(), y, 0])
        product = self.number(row.count, COUNT, ink)
        product.shift([COUNTS_RIGHT - product.get_right()[0], y, 0])
        super().__init__(words, factors, equals, product)

    @staticmethod
    def number(value: int, passport: str, color: str) -> Numeral:
        """A whole number in the size of the ledger."""
        return Numeral(value, 0, "never", thousands=True, font_size=FONT, color=color, passport=passport)

    @property
    def words(self) -> VGroup:
        """The name."""
        return self.submobjects[0]

    @property
    def factors(self) -> VGroup:
        """Each size with the sign before it."""
        return self.submobjects[1]

    @property
    def equals(self) -> VGroup:
        """The sign before the product."""
        return self.submobjects[2]

    @property
    def product(self) -> Numeral:
        """How many numbers."""
        return self.submobjects[3]

    def enter(self, factors: int | None = None) -> LaggedStart:
        """The name, the first so many factors, and the sign come in; the product has its own motion."""
        parts = [self.words, *self.factors[:factors], self.equals]
        return LaggedStart(*(FadeIn(part, shift=0.15 * RIGHT) for part in parts), lag_ratio=0.15)


def boxed(lines: Sequence[LedgerLine]) -> Rectangle:
    """A frame round the products of some lines."""
    products = VGroup(*(line.product for line in lines))
    frame = Rectangle(
        width=products.width + 0.4, height=products.height + 0.3, stroke_color=theme.HIGHLIGHT,
        stroke_width=theme.STROKE_BOX,
    )  # fmt: skip
    return frame.move_to(products)
