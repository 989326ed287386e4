"""Blocks in the order data meets them, with bypasses around them, drawn as a diagram that fits the frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from manim import Dot, Mobject, VGroup, VMobject

from mobjects import layout, theme
from mobjects.blocks import PLUS_RADIUS, Block, FlowPath, PlusNode, centred_label
from mobjects.numerals import Floats, Numbers, Numeral, Passport

# Lengths along the flow: an arrow between two nodes, one off which a bypass branches, those into and out of a diagram.
ARROW, BRANCHING, OPEN_END = 0.42, 0.6, 0.7
# Distances across it: from a block to the bypass, from there to the repeat bracket, the length of a side input.
BYPASS, BRACKET, SIDE_INPUT = 0.5, 0.45, 0.9
BRACKET_ARM = 0.18
DIRECTIONS = ("up", "right")
# Smaller than this share of its size a diagram cannot be read.
LEAST_SCALE = 0.5


@dataclass(frozen=True)
class Bypass:
    """Blocks whose result is added to what they were given: a path leads around them to a plus sign.

    Parameters
    ----------
    *blocks : Block
        In the order data meets them.

    Examples
    --------
    >>> norm, mlp = Block("Norm", kind="norm"), Block("MLP", kind="mlp")
    >>> diagram = BlockDiagram([Bypass(norm, mlp)], direction="right")
    >>> self.play(FadeIn(diagram.scale(1.5)))
    >>> self.play(DiagramPulse(diagram))
    """

    blocks: tuple[Block, ...]

    def __init__(self, *blocks: Block) -> None:
        if not blocks:
            raise ValueError("A bypass around nothing was found; give it at least one block.")
        object.__setattr__(self, "blocks", blocks)


class BlockDiagram(VGroup):
    """Blocks with arrows between them, plus signs where bypasses end, and what comes in from the side.

    Parameters
    ----------
    steps : sequence of Block or Bypass
        In the order data meets them.
    direction : {"up", "right"}
        Where data flows.
    repeat : int or Quantity, optional
        A bracket says that all of it, or the ``repeated`` steps, stand this many times.
    passport : str or tuple, optional
        Where the repeat comes from, if it is a plain number, e.g. "count: layers".
    repeated : (int, int), optional
        The first and the last step that repeat (0-based); all if not given.
    start, end : str, optional
        What comes in and what goes out.
    side_inputs : mapping of str to str
        By the title of a block: what also comes into it, from the side.
    max_width, max_height : float
        The diagram shrinks to these; the safe area of the frame if not given.

    Raises
    ------
    ValueError
        If there are no steps, no block has the title of a side input, words would overlap, or all would become too
        small to be read.

    Examples
    --------
    >>> attention, mlp = Block("Attention", kind="attention"), Block("MLP", kind="mlp")
    >>> steps = [Bypass(Block("Norm", kind="norm"), attention), Bypass(Block("Norm", kind="norm"), mlp)]
    >>> diagram = BlockDiagram(steps, repeat=self.checkpoint.config.n_layer, passport="count: layers")
    >>> self.play(FadeIn(diagram))
    >>> self.play(DiagramPulse(diagram))
    """

    def __init__(
        self,
        steps: Sequence[Block | Bypass],
        direction: str = "up",
        repeat: Numbers | None = None,
        passport: Passport = None,
        repeated: tuple[int, int] | None = None,
        start: str | None = None,
        end: str | None = None,
        side_inputs: Mapping[str, str] | None = None,
        max_width: float | None = None,
        max_height: float | None = None,
    ) -> None:
        steps = _checked_steps(steps, direction)
        super().__init__(*(VGroup() for _ in range(6)))
        self.direction = direction
        self._place_nodes(steps)
        self._draw_arrows()
        self._draw_bypasses(steps)
        for title, words in (side_inputs or {}).items():
            self._draw_side_input(self.block(title), words)
        self._write_ends(start, end)
        if repeat is not None:
            number = Numeral(repeat, decimals=0, font_size=theme.FONT_LABEL, passport=passport)
            self._draw_bracket(number, *_nodes_of(steps, repeated))
        self.center()
        _check_apart([*self.nodes, *(side[1] for side in self.side_inputs), *self.end_labels, *self.repeat[1:]])
        _fit(self, max_width, max_height)

    # Parts -----------------------------------------------------------------------------------------------------

    @property
    def arrows(self) -> VGroup:
        """The arrows from node to node, the one into the diagram first and the one out of it last."""
        return self.submobjects[0]

    @property
    def bypasses(self) -> VGroup:
        """The paths around blocks; each is a :class:`FlowPath` and a dot where it branches off."""
        return self.submobjects[1]

    @property
    def nodes(self) -> VGroup:
        """Blocks and plus signs in the order data meets them."""
        return self.submobjects[2]

    @property
    def side_inputs(self) -> VGroup:
        """What comes in from the side: pairs of a path and its words."""
        return self.submobjects[3]

    @property
    def end_labels(self) -> VGroup:
        """The words at both ends."""
        return self.submobjects[4]

    @property
    def repeat(self) -> VGroup:
        """The bracket, the times sign and the number; empty if nothing repeats."""
        return self.submobjects[5]

    @property
    def blocks(self) -> list[Block]:
        """The blocks in the order data meets them."""
        return [node for node in self.nodes if isinstance(node, Block)]

    @property
    def pluses(self) -> list[PlusNode]:
        """The plus signs in the order data meets them."""
        return [node for node in self.nodes if isinstance(node, PlusNode)]

    @property
    def paths(self) -> list[FlowPath]:
        """All paths along which data flows."""
        return [*self.arrows, *(bypass[0] for bypass in self.bypasses), *(side[0] for side in self.side_inputs)]

    def block(self, title: str, occurrence: int = 0) -> Block:
        """Return a block by its title; ``occurrence`` (0-based) tells apart those that share one."""
        found = [block for block in self.blocks if block.words == title]
        if not 0 <= occurrence < len(found):
            titles = ", ".join(repr(block.words) for block in self.blocks)
            raise ValueError(f"Block {title!r}, occurrence {occurrence}, was asked for; the diagram has {titles}.")
        return found[occurrence]

    # Building, along the flow from 0 and across it from the middle ------------------------------------------------

    def _at(self, along: float, across: float) -> Floats:
        return np.array([along, across, 0.0] if self.direction == "right" else [across, along, 0.0])

    def _reach(self, mobject: Mobject) -> tuple[float, float]:
        """Return where a mobject begins and ends along the flow."""
        axis = 0 if self.direction == "right" else 1
        middle, half = mobject.get_center()[axis], mobject.length_over_dim(axis) / 2
        return float(middle - half), float(middle + half)

    @property
    def _half_breadth(self) -> float:
        return max(node.length_over_dim(1 if self.direction == "right" else 0) for node in self.nodes) / 2

    def _place_nodes(self, steps: list[Block | Bypass]) -> None:
        """Put the nodes one after another, blocks equally broad."""
        blocks = [block for step in steps for block in _blocks_of(step)]
        breadth = max(block.body.length_over_dim(1 if self.direction == "right" else 0) for block in blocks)
        place = OPEN_END
        for step in steps:
            branching = isinstance(step, Bypass)
            for block in _blocks_of(step):
                long = self.direction == "right"
                block.resize(*((block.body.width, breadth) if long else (breadth, block.body.height)))
                place += BRANCHING - ARROW if branching and block is _blocks_of(step)[0] and len(self.nodes) else 0
                place = self._append(block, place)
            if branching:
                place = self._append(PlusNode(), place)

    def _append(self, node: Block | PlusNode, start: float) -> float:
        self.nodes.add(node.move_to(self._at(0, 0)))
        outline = node.body if isinstance(node, Block) else node.ring
        node.shift(self._at(start, 0) - self._at(self._reach(outline)[0], 0))
        return self._reach(outline)[1] + ARROW

    def _draw_arrows(self) -> None:
        ends = [end for node in self.nodes for end in self._reach(_outline(node))]
        stops = [ends[0] - OPEN_END, *ends, ends[-1] + OPEN_END]
        for first, last in zip(stops[::2], stops[1::2], strict=True):
            self.arrows.add(FlowPath([self._at(first, 0), self._at(last, 0)]))

    def _draw_bypasses(self, steps: list[Block | Bypass]) -> None:
        place, across = 0, self._half_breadth + BYPASS
        for step in steps:
            if isinstance(step, Bypass):
                arrow, plus = self.arrows[place], self.nodes[place + len(step.blocks)]
                start = (1 - 0.6) * np.max(arrow.end) + 0.6 * np.max(arrow.start)
                self.bypasses.add(self._bypass(float(start), plus, across))
                place += 1
            place += len(_blocks_of(step))

    def _bypass(self, start: float, plus: PlusNode, across: float) -> VGroup:
        end = sum(self._reach(plus.ring)) / 2
        corners = [(start, 0), (start, across), (end, across), (end, PLUS_RADIUS)]
        path = FlowPath([self._at(*corner) for corner in corners], color=theme.HIGHLIGHT)
        return VGroup(path, Dot(self._at(start, 0), radius=0.06, color=theme.HIGHLIGHT))

    def _draw_side_input(self, block: Block, words: str) -> None:
        """Lead a path into the block from the side that has no bypasses."""
        port = block.port("bottom" if self.direction == "right" else "left")
        away = self._at(0, -1)
        path = FlowPath([port + SIDE_INPUT * away, port])
        text = centred_label(words, theme.FONT_SMALL).next_to(path.start, away, buff=layout.GAP_LABEL)
        self.side_inputs.add(VGroup(path, text))

    def _write_ends(self, start: str | None, end: str | None) -> None:
        for words, arrow, way in ((start, self.arrows[0], -1), (end, self.arrows[-1], 1)):
            if words is not None:
                text = centred_label(words, theme.FONT_SMALL)
                spot = arrow.start if way < 0 else arrow.end
                self.end_labels.add(text.next_to(spot, self._at(way, 0), buff=layout.GAP_LABEL))

    def _draw_bracket(self, count: Numeral, first: int, last: int) -> None:
        """Put a bracket beside the nodes ``first`` to ``last``, from before the point where a bypass branches off."""
        before, after = self._reach(self.arrows[first]), self._reach(self.arrows[last + 1])
        ends = before[0] + 0.25 * (before[1] - before[0]), (after[0] + after[1]) / 2
        back = self._half_breadth + (BYPASS if len(self.bypasses) else 0) + BRACKET
        corners = [(ends[0], back - BRACKET_ARM), (ends[0], back), (ends[1], back), (ends[1], back - BRACKET_ARM)]
        line = FlowPath([self._at(*corner) for corner in corners], tip=False)
        times = centred_label("×", theme.FONT_LABEL)
        count.anchor_at(np.zeros(3))
        count.shift([times.get_right()[0] + layout.GAP_LABEL - count.get_left()[0], 0, 0])
        words = VGroup(times, count).next_to(line, self._at(0, 1), buff=1.5 * layout.GAP_LABEL)
        self.repeat.add(line, *words)


def _blocks_of(step: Block | Bypass) -> tuple[Block, ...]:
    return step.blocks if isinstance(step, Bypass) else (step,)


def _nodes_of(steps: list[Block | Bypass], repeated: tuple[int, int] | None) -> tuple[int, int]:
    """Return the places of the first and the last node of some steps."""
    first, last = (0, len(steps) - 1) if repeated is None else repeated
    if not 0 <= first <= last < len(steps):
        raise ValueError(f"Steps {first} to {last} were to repeat; there are steps 0 to {len(steps) - 1}.")
    sizes = [len(_blocks_of(step)) + isinstance(step, Bypass) for step in steps]
    return sum(sizes[:first]), sum(sizes[: last + 1]) - 1


def _outline(node: VMobject) -> VMobject:
    return node.body if isinstance(node, Block) else node


def _checked_steps(steps: Sequence[Block | Bypass], direction: str) -> list[Block | Bypass]:
    steps = list(steps)
    if direction not in DIRECTIONS:
        raise ValueError(f'direction={direction!r} was found; expected "up" or "right".')
    if not steps:
        raise ValueError("A diagram of no steps was found; give it at least one block.")
    blocks = [block for step in steps for block in (_blocks_of(step))]
    if not all(isinstance(block, Block) for block in blocks):
        raise ValueError("A step that is neither a Block nor a Bypass of blocks was found.")
    if len({id(block) for block in blocks}) < len(blocks):
        raise ValueError("The same block was found twice; give each step a block of its own.")
    return steps


def _check_apart(parts: Iterable[Mobject]) -> None:
    for first, second in combinations(parts, 2):
        gaps = np.abs(first.get_center() - second.get_center())[:2]
        room = np.array([first.width + second.width, first.height + second.height]) / 2
        if (gaps < room - 1e-6).all():
            raise ValueError(
                f"{_said(first)} and {_said(second)} would overlap; shorten their words or let the data flow up."
            )


def _said(part: Mobject) -> str:
    return f"The block {part.words!r}" if isinstance(part, Block) else f"A {type(part).__name__}"


def _fit(diagram: VGroup, max_width: float | None, max_height: float | None) -> None:
    before = diagram.height
    width = 2 * layout.SAFE_X if max_width is None else max_width
    layout.fit(diagram, width, 2 * layout.SAFE_Y if max_height is None else max_height)
    if diagram.height < LEAST_SCALE * before:
        raise ValueError(
            f"The diagram would shrink to {diagram.height / before:.0%} of its size; give it fewer steps or more room."
        )
