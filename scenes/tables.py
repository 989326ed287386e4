"""Tables of weights as scenes draw them: true entries at true proportion, framed in the colour of their role."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, Rectangle, VGroup, VMobject

from mobjects import HeatMatrix, ProductEquation, label, layout, symbol, theme
from mobjects.heat_matrix import MOST
from model.activations import Quantity
from model.checkpoint import Checkpoint
from scenes.language import _


class WeightTable(VGroup):
    """A table of weights: ``entries`` as coloured squares, all of them, within a ``frame``.

    Of a table that has too many numbers to be drawn, only the frame is, faintly filled.

    Parameters
    ----------
    values : Quantity, shape (rows, columns)
    unit : float
        Side of one entry, in manim units; tables with the same unit can be compared.
    color : str
        The role of the table.
    scale : float, optional
        Magnitude that gets the full colour; ``theme.value_scale`` of the values if not given.
    """

    def __init__(self, values: Quantity, unit: float, color: str, scale: float | None = None) -> None:
        super().__init__()
        rows, columns = values.shape
        self.frame = Rectangle(width=columns * unit, height=rows * unit, color=color, stroke_width=theme.STROKE_BOX)
        fits = rows * columns <= MOST
        style: dict[str, Any] = {"scale": scale, "brackets": False}
        self.entries: VMobject = HeatMatrix(values, columns * unit, rows * unit, **style) if fits else VGroup()
        if not fits:
            self.frame.set_fill(color, theme.OPACITY_CONTEXT)
        self.add(self.entries, self.frame)


def common_scale(*tables: Any) -> float:
    """One colour scale for tables that are compared."""
    return theme.value_scale(np.concatenate([np.asarray(table).ravel() for table in tables]))


def head_offset(checkpoint: Checkpoint, letter: str, layer: int, head: int) -> Quantity | None:
    """What a head adds to the products with its Q, K or V table, shape (d_head,); None if the network adds nothing."""
    config, name = checkpoint.config, f"blocks.{layer}.attn.qkv.bias"
    if name not in checkpoint.weights:
        return None
    whole = Quantity(checkpoint.weights[name], name, ("row",), f"{checkpoint.name}@{checkpoint.digest[:12]}")
    first = "QKV".index(letter) * config.n_embd + head * config.d_head
    return whole[first : first + config.d_head]


def names_above(equation: ProductEquation, letter: str, color: str, place: int) -> VGroup:
    """Above a head's table, a word's column, the offset if there is one and the result: their symbols.

    ``place`` is the word's, counted from 0.
    """
    size = 40
    named: list[tuple[VMobject, VMobject]] = [
        (symbol("W", letter, color, size, arrow=False), equation.matrix),
        (symbol("E", place + 1, theme.EMBEDDING, size), equation.vector),
        (symbol(letter, place + 1, color, size), equation.result),
    ]
    if equation.bias is not None:
        named.insert(2, (label(_("offset"), theme.FONT_SMALL, theme.MUTED), equation.bias))
    top = equation.get_top()[1] + layout.GAP_RELATED
    for name, part in named:
        name.move_to([part.get_x(), top, 0], aligned_edge=DOWN)
    named[0][0].align_to(equation.matrix, LEFT)  # the note on hidden terms comes to its right
    return VGroup(*(name for name, _part in named))
