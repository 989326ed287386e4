"""What two tables cost: both of them, how many numbers each has, and the sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import UP, VGroup

from mobjects import Numeral, label, layout, symbol, theme
from model.activations import Quantity
from scenes.tables import WeightTable

WIDE, THICK = 4.2, 1.3  # room of a lying table
UPPER, LOWER = 1.75, -1.75  # heights of two bills
COUNT_BELOW = 0.45  # how far below the middle of a bill its counts stand
FIRST, PLUS, SECOND, EQUALS, TOTAL = -4.5, -2.1, 0.3, 2.75, 4.75
COUNTS = "size of the network's tables"


class Bill(VGroup):
    """Two tables side by side, all lying, their names above, their counts below, and the sum of these at the right.

    Parameters
    ----------
    roles : sequence of (letter, table, colour)
        Two tables of weights; a tall one is drawn lying.
    unit : float
        Side of one entry, in manim units.

    Attributes
    ----------
    tables, names, counts, signs : VGroup
        Both tables, what they are called, how many numbers each has, and the plus and equals signs.
    total : Numeral
        The sum of the counts.
    """

    def __init__(self, roles: Sequence[tuple[str, Quantity, str]], unit: float) -> None:
        super().__init__()
        style: dict[str, Any] = {"decimals": 0, "thousands": True, "sign": "never"}
        self.tables, self.names, self.counts = VGroup(), VGroup(), VGroup()
        for (letter, values, color), x in zip(roles, (FIRST, SECOND), strict=True):
            rows, columns = values.shape
            table = WeightTable(values, unit, color)
            if rows > columns:
                table.rotate(np.pi / 2)
            count = Numeral(rows * columns, font_size=theme.FONT_LABEL, color=color, passport=COUNTS, **style)
            count.move_to([x, -COUNT_BELOW, 0])
            table.next_to(count, UP, buff=layout.GAP_RELATED)
            self.tables.add(table)
            self.names.add(symbol("W", letter, color, arrow=False).next_to(table, UP, buff=layout.GAP_RELATED))
            self.counts.add(count)
        self.total = Numeral(
            sum(count.value for count in self.counts), font_size=theme.FONT_SUBTITLE, color=theme.HIGHLIGHT,
            passport="sum of the sizes shown", **style,
        ).move_to([TOTAL, -COUNT_BELOW, 0])  # fmt: skip
        places = ((PLUS, "+"), (EQUALS, "="))
        self.signs = VGroup(*(label(sign, color=theme.MUTED).move_to([x, -COUNT_BELOW, 0]) for x, sign in places))
        self.add(self.tables, self.names, self.counts, self.signs, self.total)
