"""Motion of the residual river: it flows in, and light runs through its taps."""

from __future__ import annotations

import numpy as np
from manim import VMobject
from manim.utils.rate_functions import linear

from mobjects import theme
from mobjects.arcs import tapered
from mobjects.block_motions import LIGHT_WIDTH, LIT_FILL, light_on
from mobjects.blocks import FILL
from mobjects.dimming import PartMotion, leaf_alphas, leaves_of, paint_leaf
from mobjects.numerals import Floats
from mobjects.river import ResidualRiver, Tap

LIGHT_LENGTH = 0.8
# Shares of the time in which light is on the reading path, in the block, on the writing path.
READS, WORKS, WRITES = (0.0, 0.4), (0.25, 0.75), (0.55, 1.0)
# Share of the way over which a tap appears once the river has reached it.
TAP_APPEARS = 0.06


class FlowIn(PartMotion):
    """The river runs from left to right; each block appears as the water reaches it.

    Parameters
    ----------
    river : ResidualRiver
        Added to the scene.

    Examples
    --------
    >>> blocks = [Block(word, kind=word.lower()) for word in ["Attention", "MLP"] * 2]
    >>> river = ResidualRiver(blocks, thickness=0.8)
    >>> self.play(FlowIn(river))
    """

    def __init__(self, river: ResidualRiver, run_time: float | None = None, **kwargs) -> None:
        self.river = river
        duration = theme.TIME_FLOW if run_time is None else run_time
        super().__init__(leaves_of([river]), entering=[river], run_time=duration, **kwargs)

    def prepare(self) -> None:
        """Note the river's course, and where and how bright everything is."""
        river = self.river
        spine, self.widths = river.course()
        self.ends = river.line.start, river.line.end
        self.places = np.array([self._place(point) for point in spine])
        self.line = [leaf.points.copy() for leaf in river.line]
        self.water = river.water.points.copy()
        starts = [(river.line, 0.0), *((tap, self._place(tap.read.start)) for tap in river.taps)]
        self.parts = [(leaf, leaf_alphas(leaf), place) for part, place in starts for leaf in leaves_of([part])]

    def show_moment(self, time: float) -> None:
        """Show the river as far as it has come."""
        front = self.rate_func(time)
        for leaf, alphas, place in self.parts:
            paint_leaf(leaf, alphas, float(np.clip((front - place) / TAP_APPEARS, 0, 1)))
        if front >= 1:
            self.river.water.points = self.water.copy()
            for leaf, points in zip(self.river.line, self.line, strict=True):
                leaf.points = points.copy()
            return
        self.river.water.points = self._water(front)
        start, end = self.ends
        self.river.line[0].points = start + front * (self.line[0] - start)
        self.river.line[1].points = self.line[1] - (1 - front) * (end - start)

    def _place(self, point: Floats) -> float:
        start, end = self.ends
        return float((point - start) @ (end - start) / ((end - start) @ (end - start)))

    def _water(self, front: float) -> Floats:
        """Return the outline of the river up to its front."""
        inside = self.places[self.places < front]
        kept = np.append(inside, front) if len(inside) > 1 else np.linspace(0, front, 3)
        start, end = self.ends
        return tapered(start + kept[:, None] * (end - start), np.interp(kept, self.places, self.widths))


class TapPulse(PartMotion):
    """A block reads from the river, works, and adds to it: light runs there and back.

    Parameters
    ----------
    tap : Tap
        Of a :class:`ResidualRiver`, e.g. ``river.tap("MLP")``. It stays as it was.
    color : str
        Of the light; ``theme.TEXT`` if not given.

    Examples
    --------
    >>> blocks = [Block("Attention", kind="attention"), Block("MLP", kind="mlp")]
    >>> river = ResidualRiver(blocks, length=9)
    >>> self.play(FadeIn(river))
    >>> self.play(TapPulse(river.tap("Attention")))
    >>> self.play(TapPulse(river.tap("MLP")))
    """

    def __init__(
        self, tap: Tap, color: str | None = None, run_time: float | None = None, rate_func=linear, **kwargs
    ) -> None:
        self.tap = tap
        ink = theme.TEXT if color is None else color
        self.lights = [VMobject(stroke_width=0, fill_color=ink, fill_opacity=1) for _ in (tap.read, tap.write)]
        super().__init__(
            [*self.lights, tap.block.body],
            entering=self.lights,
            leaving=self.lights,
            run_time=theme.TIME_SLOW if run_time is None else run_time,
            rate_func=rate_func,
            **kwargs,
        )

    def prepare(self) -> None:
        """Note both paths and how full the block is."""
        self.spines = [self.tap.read.spine(), self.tap.write.spine()]
        self.fill = self.tap.block.body.fill_rgbas[:, 3].copy()

    def show_moment(self, time: float) -> None:
        """Put the light where it is."""
        moment = self.rate_func(time)
        for light, spine, (first, last) in zip(self.lights, self.spines, (READS, WRITES), strict=True):
            lead = (moment - first) / (last - first) * (1 + LIGHT_LENGTH)
            light.points = light_on(spine, lead - LIGHT_LENGTH, lead, LIGHT_WIDTH)
        worked = (moment - WORKS[0]) / (WORKS[1] - WORKS[0])
        glow = np.sin(np.pi * worked) ** 2 if 0 < worked < 1 else 0.0
        self.tap.block.body.fill_rgbas[:, 3] = self.fill * (1 + (LIT_FILL / FILL - 1) * glow)
