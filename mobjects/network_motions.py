"""Motion of networks: light sweeps along the connections, and neurons take their values as it arrives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import VMobject
from manim.utils.rate_functions import linear, smooth

from mobjects import theme
from mobjects.dimming import PartMotion
from mobjects.neural_network import Connections, NeuralNetwork
from mobjects.neurons import NeuronColumn
from mobjects.numerals import Floats, Numbers

# Length of the light in lengths of a line, how much wider it is than the line, and how long a column changes.
LIGHT_LENGTH, SWELL, CHANGE = 0.5, 1.2, 0.5


class SweepForward(PartMotion):
    """Light runs along the connections from layer to layer; each layer takes its new values as it arrives.

    Parameters
    ----------
    network : NeuralNetwork
    activations : sequence of float arrays or Quantities, optional
        New values for each layer, as for the network; they stay as they are if not given.
    color : str
        Of the light; ``theme.TEXT`` if not given.

    Raises
    ------
    ValueError
        If there are not new values for each layer.

    Examples
    --------
    >>> reads, gives = self.activations["ln1.normalized", 2], self.quantity("Q")
    >>> network = NeuralNetwork([reads[1], gives[1]], [self.quantity("WQ")], 12, signed=[True, True])
    >>> self.play(FadeIn(network), FadeIn(network.note()))
    >>> self.play(SweepForward(network, [reads[3], gives[3]]))
    """

    backward = False

    def __init__(
        self,
        network: NeuralNetwork,
        activations: Sequence[Numbers] | None = None,
        color: str | None = None,
        run_time: float | None = None,
        rate_func=linear,
        **kwargs,
    ) -> None:
        self.network, self.goals = network, activations
        if activations is not None and len(activations) != len(network.columns):
            raise ValueError(
                f"Values for {len(activations)} layers were found; the network has {len(network.columns)}."
            )
        ink = self.light_color() if color is None else color
        self.lights = [
            [VMobject(stroke_color=ink, stroke_width=bundle.stroke_width + SWELL) for bundle in lines.bundles]
            for lines in network.connections
        ]
        lights = [light for group in self.lights for light in group]
        duration = theme.TIME_SLOW if run_time is None else run_time
        parts = [*lights, *network.columns]
        super().__init__(parts, entering=lights, leaving=lights, run_time=duration, rate_func=rate_func, **kwargs)

    @staticmethod
    def light_color() -> str:
        """Return the colour of the light, if none is given."""
        return theme.TEXT

    def prepare(self) -> None:
        """Note what the layers hold at both ends of the motion."""
        columns: list[NeuronColumn] = list(self.network.columns)
        self.first = [(column.values, column.passports) for column in columns]
        self.last = [] if self.goals is None else [_shown(*pair) for pair in zip(columns, self.goals, strict=True)]

    def show_moment(self, time: float) -> None:
        """Put the light where it is, and fill the layers that it has reached."""
        gaps = len(self.network.connections)
        head = self.rate_func(time) * (gaps + LIGHT_LENGTH)
        for place, (lines, lights) in enumerate(zip(self.network.connections, self.lights, strict=True)):
            lead = head - (gaps - 1 - place if self.backward else place)
            self._shine(lines, lights, lead)
        for place, (column, goal) in enumerate(zip(self.network.columns, self.goals or [], strict=False)):
            self._fill(column, place, goal, head)

    def _shine(self, lines: Connections, lights: list[VMobject], lead: float) -> None:
        """Draw the lit stretch of each line, from ``lead - LIGHT_LENGTH`` to ``lead``."""
        start, end = np.clip([lead - LIGHT_LENGTH, lead], 0, 1)
        for bundle, light in zip(lines.bundles, lights, strict=True):
            light.points = np.zeros((0, 3)) if start == end else _stretch(bundle.points, start, end, self.backward)

    def _fill(self, column: NeuronColumn, place: int, goal: Numbers, head: float) -> None:
        gaps = len(self.network.connections)
        arrival = place * (gaps + LIGHT_LENGTH - CHANGE) / gaps
        progress = smooth(float(np.clip((head - arrival) / CHANGE, 0, 1)))
        values, passports = self.first[place]
        if progress >= 1:
            column.set_values(goal)
        elif progress > 0:
            column.set_values((1 - progress) * values + progress * self.last[place])
        else:
            column.set_values(values)
            column.passports = passports


class SweepBackward(SweepForward):
    """Light runs along the connections from the last layer to the first, as gradients do.

    Parameters
    ----------
    network : NeuralNetwork
    color : str
        Of the light; ``theme.LOSS`` if not given.

    Examples
    --------
    >>> maps = [self.checkpoint.weights[f"blocks.2.mlp.{name}.weight"] for name in ("up", "down")]
    >>> read, act, write = (self.activations[name, 2][3] for name in ("ln2.normalized", "post", "mlp_out"))
    >>> busiest = sorted(np.argsort(-np.asarray(act))[:10])
    >>> network = NeuralNetwork([read, act, write], maps, 10, [None, busiest, None], [True, False, True])
    >>> self.play(FadeIn(network), FadeIn(network.note()))
    >>> self.play(SweepBackward(network))
    """

    backward = True

    def __init__(
        self, network: NeuralNetwork, color: str | None = None, run_time: float | None = None, **kwargs
    ) -> None:
        super().__init__(network, None, color, run_time, **kwargs)

    @staticmethod
    def light_color() -> str:
        """Return the colour of gradients."""
        return theme.LOSS


def _shown(column: NeuronColumn, values: Numbers) -> Floats:
    array = np.asarray(values, dtype=float)
    return array[list(column.shown)] if len(array) == column.true_length else array


def _stretch(points: Floats, start: float, end: float, backward: bool) -> Floats:
    """Return the parts of straight lines between two shares of their length, counted from where light enters."""
    lines = points.reshape(-1, 4, 3)
    lines = lines[:, ::-1] if backward else lines
    first, way = lines[:, :1], lines[:, 3:] - lines[:, :1]
    shares = np.linspace(start, end, 4)[None, :, None]
    stretched: Floats = (first + shares * way).reshape(-1, 3)
    return stretched
