"""The residual stream as a river: every block reads from it and adds to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import DOWN, UP, Dot, VGroup

from mobjects import layout, theme
from mobjects.arcs import tapered
from mobjects.blocks import Block, FlowPath, PlusNode
from mobjects.carriers import Carrier
from mobjects.numerals import Floats, Numbers, Passport, passport_of

# In manim units: before the first block and after the last, between river and blocks, between neighbouring blocks.
OPEN_END, SHORE, BLOCK_GAP = 0.9, 0.7, 0.25
# Shares of a block's width from its middle to where it reads and writes; share of the way over which the river widens.
TAP, WIDENING = 0.28, 0.35
PLUS_RADIUS, DOT_RADIUS = 0.17, 0.05
WATER_OPACITY, WIDEN_SAMPLES = 0.28, 12


class Tap(VGroup):
    """A block beside the river, the path on which it reads, and the path on which it adds at a plus sign."""

    def __init__(self, block: Block, read_at: float, write_at: float) -> None:
        side = np.sign(block.get_y())
        shore = "bottom" if side > 0 else "top"
        edge = block.port(shore)[1]
        plus = PlusNode(PLUS_RADIUS).move_to([write_at, 0, 0])
        read = FlowPath([[read_at, 0, 0], [read_at, edge, 0]], color=theme.RULE)
        write = FlowPath([[write_at, edge, 0], [write_at, side * PLUS_RADIUS, 0]], color=theme.HIGHLIGHT)
        super().__init__(block, read, Dot([read_at, 0, 0], DOT_RADIUS, color=theme.RULE), write, plus)

    @property
    def block(self) -> Block:
        """The block."""
        return self.submobjects[0]

    @property
    def read(self) -> FlowPath:
        """From the river to the block."""
        return self.submobjects[1]

    @property
    def write(self) -> FlowPath:
        """From the block back to the river."""
        return self.submobjects[3]

    @property
    def plus(self) -> PlusNode:
        """Where what the block writes is added."""
        return self.submobjects[4]


class Water(Carrier):
    """The body of the river; ``values`` are the norms it is as wide as."""

    carried = ("values", "passports")

    def __init__(self) -> None:
        super().__init__(stroke_width=0, fill_color=theme.EMBEDDING, fill_opacity=WATER_OPACITY)
        self.values: list[float] = []
        self.passports: list[Passport] = []


class ResidualRiver(VGroup):
    """A stream from left to right with blocks above and below, which read from it and add to it.

    Parameters
    ----------
    blocks : sequence of Block
        In the order in which they read; those of kind "attention" stand above the river, all others below.
    norms : float array or Quantity, shape (n_blocks + 1,), optional
        How large the stream's vector is before the first block and after each: the river is as wide in proportion.
        Equally wide throughout if not given.
    passport : str or tuple, optional
        Declares the norms, if they are plain numbers.
    length, thickness : float
        From end to end, and where it is widest, in manim units.

    Raises
    ------
    ValueError
        If there are no blocks, or not one norm, at least 0, for each stretch.

    Source
    ------
    Norms of residual streams, from a forward pass.

    Examples
    --------
    >>> states = [self.activations[name, n][3] for n in (1, 2, 3) for name in ("resid_pre", "resid_mid")]
    >>> norms = [np.linalg.norm(state) for state in [*states, self.activations["resid_post", 3][3]]]
    >>> blocks = [Block(word, kind=word.lower()) for word in ["Attention", "MLP"] * 3]
    >>> river = ResidualRiver(blocks, norms, passport="norm of the residual stream")
    >>> self.play(FlowIn(river))
    >>> self.play(*(TapPulse(tap) for tap in river.taps))
    """

    def __init__(
        self,
        blocks: Sequence[Block],
        norms: Numbers | None = None,
        passport: Passport = None,
        length: float = 2 * layout.SAFE_X,
        thickness: float = 1.2,
    ) -> None:
        blocks = list(blocks)
        if not blocks:
            raise ValueError("A river without blocks was found; give it at least one Block.")
        values = np.ones(len(blocks) + 1) if norms is None else norms
        array = _checked_norms(values, len(blocks) + 1)
        line = FlowPath([[-length / 2, 0, 0], [length / 2, 0, 0]])
        super().__init__(Water(), line, VGroup())
        self.thickness_share = thickness / length
        self.widest = float(array.max()) or 1.0
        pitch = (length - 2 * OPEN_END) / len(blocks)
        room, widest = _room(blocks, pitch), max(block.body.width for block in blocks)
        for place, block in enumerate(blocks):
            layout.fit(block.resize(widest, block.body.height), room)
            shore = (thickness / 2 + SHORE) * (UP if block.kind == "attention" else DOWN)
            middle = -length / 2 + OPEN_END + (place + 0.5) * pitch
            block.next_to(shore, np.sign(shore), buff=0).set_x(middle)
            reach = TAP * min(block.width, pitch)
            self.taps.add(Tap(block, middle - reach, middle + reach))
        self.set_values(values, passport)

    @property
    def water(self) -> Water:
        """The body of the stream."""
        return self.submobjects[0]

    @property
    def line(self) -> FlowPath:
        """The line in the middle of the stream."""
        return self.submobjects[1]

    @property
    def taps(self) -> VGroup:
        """One :class:`Tap` for each block: its ``block``, ``read``, ``write`` and ``plus``."""
        return self.submobjects[2]

    @property
    def values(self) -> Floats:
        """The exact norms, shape (n_blocks + 1,)."""
        return np.array(self.water.values)

    @property
    def passports(self) -> list[Passport]:
        """Where each norm comes from."""
        return self.water.passports

    @passports.setter
    def passports(self, passports: Sequence[Passport]) -> None:
        self.water.passports = list(passports)

    def tap(self, title: str, occurrence: int = 0) -> Tap:
        """Return a tap by the title of its block; ``occurrence`` (0-based) tells apart those that share one."""
        found = [tap for tap in self.taps if tap.block.words == title]
        if not 0 <= occurrence < len(found):
            titles = ", ".join(repr(tap.block.words) for tap in self.taps)
            raise ValueError(f"Tap {title!r}, occurrence {occurrence}, was asked for; the river has {titles}.")
        return found[occurrence]

    def stretch(self, place: int) -> Floats:
        """Return the middle of the river before the first block (0) or after block ``place`` (1-based)."""
        if not 0 <= place < len(self.water.values):
            raise ValueError(f"Stretch {place} was asked for; the river has 0 to {len(self.water.values) - 1}.")
        stops = [self.line.start, *(tap.plus.get_center() for tap in self.taps), self.line.end]
        middle: Floats = (stops[place] + stops[place + 1]) / 2
        return middle

    def set_values(self, values: Numbers, passport: Passport = None) -> ResidualRiver:
        """Make the river as wide as other norms, in the same proportion as before."""
        array = _checked_norms(values, len(self.taps) + 1)
        known = passport is None and hasattr(values, "passport")
        self.water.values = array.tolist()
        self.water.passports = [passport_of(values[n]) if known else passport for n in range(len(array))]
        self.water.points = tapered(*self.course())
        return self

    def course(self) -> tuple[Floats, Floats]:
        """Return points along the middle of the river, shape (n, 3), and how wide it is there, shape (n,)."""
        start, end = self.line.start, self.line.end
        length = float(np.linalg.norm(end - start))
        pluses = [float((tap.plus.get_center() - start) @ (end - start)) / length**2 for tap in self.taps]
        half = WIDENING / 2 * min(np.diff([0, *pluses, 1]))
        steps = [np.linspace(plus - half, plus + half, WIDEN_SAMPLES) for plus in pluses]
        places = np.concatenate([[0, min(pluses) / 2], *steps, [(1 + max(pluses)) / 2, 1]])
        widths = np.full(len(places), self.water.values[0])
        for plus, before, after in zip(pluses, self.water.values, self.water.values[1:], strict=False):
            rise = np.clip((places - plus + half) / (2 * half), 0, 1)
            widths += (after - before) * rise**2 * (3 - 2 * rise)
        return start + places[:, None] * (end - start), self.thickness_share * length * (widths / self.widest)


def _room(blocks: Sequence[Block], pitch: float) -> float:
    """Return how wide blocks may be: twice as wide if neighbours stand on different sides."""
    above = [block.kind == "attention" for block in blocks]
    alternating = all(first != second for first, second in zip(above, above[1:], strict=False))
    return (2 if alternating and len(blocks) > 1 else 1) * pitch - BLOCK_GAP


def _checked_norms(values: Numbers, count: int) -> Floats:
    array = np.asarray(values, dtype=float)
    if array.shape != (count,) or not np.isfinite(array).all() or array.min() < 0:
        raise ValueError(
            f"Norms {array.tolist()} were found; expected {count} numbers, at least 0: "
            "before the first block and after each."
        )
    return array
