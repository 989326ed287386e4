"""How a square table becomes a thin pair, and how a vector passes their corridor."""

from __future__ import annotations

import numpy as np
from manim import VGroup, VMobject
from manim.utils.rate_functions import linear, smooth

from mobjects import theme
from mobjects.attention_animations import window
from mobjects.dimming import PartMotion, leaf_alphas, leaves_of, paint_leaf
from mobjects.low_rank import LowRankMap, TableOutline
from mobjects.numerals import Floats


class SplitTable(PartMotion):
    """A square table splits into a tall and a wide one: its columns are pushed together here, its rows there.

    Parameters
    ----------
    square : TableOutline
        Leaves.
    low_rank : LowRankMap
        Enters.

    Examples
    --------
    >>> outer, inner = self.quantity("WO").shape
    >>> low_rank = LowRankMap(outer, inner, passport="size of the network's tables")
    >>> square = low_rank.square()
    >>> self.add(square)
    >>> self.play(SplitTable(square, low_rank))
    """

    def __init__(self, square: TableOutline, low_rank: LowRankMap, run_time: float | None = None, **kwargs) -> None:
        self.square, self.tables = square, [low_rank.up, low_rank.down]
        super().__init__(
            [square, low_rank],
            entering=[low_rank],
            leaving=[square],
            run_time=theme.TIME_SLOW if run_time is None else run_time,
            **kwargs,
        )

    def prepare(self) -> None:
        """Read where everything stands; braces rest while their tables move."""
        self.braces = [brace for table in (self.square, *self.tables) for brace in table.braces]
        for brace in self.braces:
            brace.suspend_updating()
        start = self.square.frame.points.copy()
        self.moves = [(table.frame, start, table.frame.points.copy()) for table in self.tables]
        self.colors = [
            (self.square.frame.stroke_rgbas.copy(), table.frame.stroke_rgbas.copy()) for table in self.tables
        ]
        self.old = [(leaf, leaf_alphas(leaf)) for leaf in leaves_of([self.square])]
        self.new = [(leaf, leaf_alphas(leaf)) for table in self.tables for leaf in leaves_of([table.braces])]
        self.frames = [(table.frame, leaf_alphas(table.frame)) for table in self.tables]

    def show_moment(self, time: float) -> None:
        """Draw both tables between the square and their own shape."""
        moved = self.rate_func(time)
        for (frame, start, end), (first, last) in zip(self.moves, self.colors, strict=True):
            frame.points = (1 - moved) * start + moved * end
            mixed = (1 - moved) * first + moved * last
            frame.stroke_rgbas[:, :3], frame.fill_rgbas[:, :3] = mixed[:, :3], mixed[:, :3]
        for leaf, alphas in self.old:
            paint_leaf(leaf, alphas, 1 - window(moved, 0, 0.3))
        for leaf, alphas in self.new:
            paint_leaf(leaf, alphas, window(moved, 0.7, 1))
        for leaf, alphas in self.frames:
            paint_leaf(leaf, alphas, window(moved, 0, 0.3))

    def clean_up_from_scene(self, scene) -> None:
        """Take the square off the scene, as bright as it was."""
        super().clean_up_from_scene(scene)
        for leaf, alphas in self.old:
            paint_leaf(leaf, alphas)
        for brace in self.braces:
            brace.resume_updating()


class PassCorridor(PartMotion):
    """A vector is squeezed through the wide table into the corridor, then opens through the tall one.

    Parameters
    ----------
    stations : VGroup
        Vector, middle and result, from ``LowRankMap.stations``. The vector may be on the scene already and stays; the
        others enter.

    Examples
    --------
    >>> up, down, word = self.quantity("WO"), self.quantity("WV"), self.activations["ln1.normalized", 2][3]
    >>> low_rank = LowRankMap(*up.shape, side=4.5, passport="size of the network's tables")
    >>> middle = np.asarray(down) @ np.asarray(word)
    >>> stations = low_rank.stations(word, middle, np.asarray(up) @ middle, passport="head 0 of layer 2")
    >>> self.add(low_rank, stations[0])
    >>> self.play(PassCorridor(stations))
    """

    # Of the run time: through the wide table, at rest between both, through the tall one.
    DOWN, UP = (0.0, 0.45), (0.55, 1.0)

    def __init__(self, stations: VGroup, run_time: float | None = None, **kwargs) -> None:
        if len(stations) != 3:
            raise ValueError(f"{len(stations)} stations were found; expected vector, middle and result.")
        self.stations = stations
        # What leaves a station towards the next one.
        self.travellers = [stations[0].copy(), stations[1].copy()]
        super().__init__(
            [*stations, *self.travellers],
            entering=[stations[0], *self.travellers, *stations[1:]],
            leaving=self.travellers,
            run_time=theme.TIME_CAMERA if run_time is None else run_time,
            rate_func=linear,
            **kwargs,
        )

    def prepare(self) -> None:
        """Read where everything stands."""
        self.boxes = [(station.get_center(), station.height) for station in self.stations]
        self.arrivals = [_Stretch(station) for station in self.stations[1:]]
        self.departures = [_Stretch(traveller) for traveller in self.travellers]

    def show_moment(self, time: float) -> None:
        """Draw what travels at ``time``: one strip turns into the next on the way."""
        for leg, span in enumerate((self.DOWN, self.UP)):
            moved = smooth(window(time, *span))
            (start, tall), (end, short) = self.boxes[leg], self.boxes[leg + 1]
            place, height = (1 - moved) * start + moved * end, (1 - moved) * tall + moved * short
            turned = window(moved, 0.35, 0.65)
            self.departures[leg].show(place, height / tall, (1 - turned) * float(moved > 0))
            self.arrivals[leg].show(place, height / short, turned)


class _Stretch:
    """How a strip stands: its parts are moved, stretched in height and faded from there."""

    def __init__(self, strip: VMobject) -> None:
        self.center = strip.get_center()
        self.parts = [(leaf, leaf.points.copy(), leaf_alphas(leaf)) for leaf in leaves_of([strip])]

    def show(self, center: Floats, stretch: float, strength: float) -> None:
        """Draw the strip at ``center``, ``stretch`` times as tall."""
        for leaf, points, alphas in self.parts:
            leaf.points = (points - self.center) * np.array([1, stretch, 1]) + center
            paint_leaf(leaf, alphas, strength)
