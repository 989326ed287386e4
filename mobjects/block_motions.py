"""Motion of diagrams: light runs through them, forward or backward."""

from __future__ import annotations

import numpy as np
from manim import VMobject
from manim.utils.rate_functions import linear

from mobjects import theme
from mobjects.arcs import tapered
from mobjects.block_diagram import BlockDiagram
from mobjects.blocks import Block, FlowPath
from mobjects.dimming import PartMotion
from mobjects.numerals import Floats, Numbers

# The light's length as a share of the diagram's, its width in manim units, and how full a lit block gets.
LIGHT_LENGTH, LIGHT_WIDTH, LIT_FILL = 0.22, 0.1, 0.6
SAMPLES = 40


class DiagramPulse(PartMotion):
    """Light runs through a diagram: along arrows and bypasses at once, blocks glow as it passes.

    The diagram stays as it was.

    Parameters
    ----------
    diagram : BlockDiagram
    color : str
        Of the light; ``theme.TEXT`` if not given, ``theme.LOSS`` backward.
    backward : bool
        From the end to the start, as gradients go.
    shares : float array, shape (n_arrows,)
        How strong the light is on each arrow, 0 to 1: its width there. Full strength if not given.

    Raises
    ------
    ValueError
        If there is not one share for each arrow, or one is no share.

    Examples
    --------
    >>> steps = [Bypass(Block("Attention", kind="attention")), Bypass(Block("MLP", kind="mlp"))]
    >>> diagram = BlockDiagram(steps, direction="right", start="stream", end="stream")
    >>> self.play(FadeIn(diagram))
    >>> self.play(DiagramPulse(diagram))
    >>> self.play(DiagramPulse(diagram, backward=True))
    """

    def __init__(
        self,
        diagram: BlockDiagram,
        color: str | None = None,
        backward: bool = False,
        shares: Numbers | None = None,
        run_time: float | None = None,
        rate_func=linear,
        **kwargs,
    ) -> None:
        self.diagram, self.backward = diagram, backward
        self.shares = _checked_shares(shares, len(diagram.arrows))
        ink = (theme.LOSS if backward else theme.TEXT) if color is None else color
        self.lights = [VMobject(stroke_width=0, fill_color=ink, fill_opacity=1) for _ in diagram.paths]
        super().__init__(
            [*self.lights, *(block.body for block in diagram.blocks)],
            entering=self.lights,
            leaving=self.lights,
            run_time=theme.TIME_CAMERA if run_time is None else run_time,
            rate_func=rate_func,
            **kwargs,
        )

    def prepare(self) -> None:
        """Note every path, when light reaches its start and its end, and how full the blocks are."""
        self.spines = [self._spine(path) for path in self.diagram.paths]
        self.spans = [self._span(spine) for spine in self.spines]
        self.fills = [block.body.fill_rgbas[:, 3].copy() for block in self.diagram.blocks]
        self.block_spans = [self._block_span(block) for block in self.diagram.blocks]

    def show_moment(self, time: float) -> None:
        """Put the light where it is at this moment."""
        head = self.rate_func(time) * (1 + LIGHT_LENGTH)
        for light, spine, span in zip(self.lights, self.spines, self.spans, strict=True):
            light.points = self._light(spine, span, head)
        for block, fill, (first, last) in zip(self.diagram.blocks, self.fills, self.block_spans, strict=True):
            passed = np.clip((head - first) / (last + LIGHT_LENGTH - first), 0, 1)
            glow = self._strength((first + last) / 2) * np.sin(np.pi * passed) ** 2
            block.body.fill_rgbas[:, 3] = fill + fill / 0.2 * (LIT_FILL - 0.2) * glow if 0 < passed < 1 else fill

    def _spine(self, path: FlowPath) -> Floats:
        spine = path.spine()
        return spine[::-1] if self.backward else spine

    def _place(self, point: Floats) -> float:
        """Return how far along the diagram a point is when light comes from the side it enters: 0 to 1."""
        ends = self.diagram.arrows[0].start, self.diagram.arrows[-1].end
        start, end = ends[::-1] if self.backward else ends
        return float((point - start) @ (end - start) / ((end - start) @ (end - start)))

    def _span(self, spine: Floats) -> tuple[float, float]:
        """Return the places at which light enters and leaves a path; one from the side ends as light comes by."""
        first, last = self._place(spine[0]), self._place(spine[-1])
        if last - first > 1e-6:
            return first, last
        reach = float(np.linalg.norm(spine[-1] - spine[0])) / self._length
        return (first, first + reach) if self.backward else (last - reach, last)

    @property
    def _length(self) -> float:
        return float(np.linalg.norm(self.diagram.arrows[-1].end - self.diagram.arrows[0].start))

    def _block_span(self, block: Block) -> tuple[float, float]:
        corners = [self._place(block.port(side)) for side in ("top", "bottom", "left", "right")]
        return min(corners), max(corners)

    def _strength(self, place: float) -> float:
        """Return how strong the light is at a place, between arrows a mix of the neighbours."""
        middles = [self._place((arrow.start + arrow.end) / 2) for arrow in self.diagram.arrows]
        order = np.argsort(middles)
        return float(np.interp(place, np.take(middles, order), self.shares[order]))

    def _light(self, spine: Floats, span: tuple[float, float], head: float) -> Floats:
        first, last = span
        lead, trail = ((place - first) / (last - first) for place in (head, head - LIGHT_LENGTH))
        strength = self._strength(first + np.clip((lead + trail) / 2, 0, 1) * (last - first))
        return light_on(spine, trail, lead, LIGHT_WIDTH * strength)


def light_on(spine: Floats, trail: float, lead: float, width: float) -> Floats:
    """Return the outline of a light on a path: soft at both ends, from ``trail`` to ``lead`` in shares of its length.

    Parameters
    ----------
    spine : float array, shape (n, 3)
        Points along the path.
    trail, lead : float
        Where the light ends and begins; what is beyond 0 and 1 is cut off.
    width : float
        In its middle, in manim units.
    """
    if lead <= 0 or trail >= 1:
        return np.zeros((0, 3))
    places = np.linspace(max(trail, 0), min(lead, 1), SAMPLES)
    steps = np.linalg.norm(np.diff(spine, axis=0), axis=1)
    along = np.concatenate([[0], np.cumsum(steps)]) / steps.sum()
    inside = np.clip((places - trail) / (lead - trail), 0, 1)
    middle = np.stack([np.interp(places, along, axis) for axis in spine.T], axis=1)
    return tapered(middle, width * np.sin(np.pi * inside) ** 0.7)


def _checked_shares(shares: Numbers | None, count: int) -> Floats:
    if shares is None:
        return np.ones(count)
    found = np.asarray(shares, dtype=float)
    if found.shape != (count,) or not np.isfinite(found).all() or found.min() < 0 or found.max() > 1:
        raise ValueError(f"Shares {found.tolist()} were found; expected one from 0 to 1 for each of {count} arrows.")
    return found
