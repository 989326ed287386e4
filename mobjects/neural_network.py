"""Layers of neurons and the strongest of the connections between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from manim import DOWN, RIGHT, VGroup, VMobject

from mobjects import layout, theme
from mobjects.blocks import centred_label
from mobjects.carriers import Carrier
from mobjects.neurons import NeuronColumn
from mobjects.numerals import Floats, Numbers, Numeral, Passport, passport_of

WIDEST, THINNEST = 3.0, 0.6
# Up to this many connections are drawn one by one; more share a mobject with those of their sign and strength.
SINGLE_LINES, LEVELS = 160, 4
COLUMN_GAP = 4.0
COUNTED = "count: connections shown"


class Bundle(Carrier):
    """Connections of about the same weight, as one mobject; ``lines`` says which of them."""

    carried = ("lines", "values", "passports")

    def __init__(self) -> None:
        super().__init__(fill_opacity=0)
        self.lines: list[int] = []
        self.values: list[float] = []
        self.passports: list[Passport] = []


class Connections(VGroup):
    """Lines from one column of neurons to the next, blue or red by the sign of the weight, wider when larger.

    Parameters
    ----------
    sources, targets : NeuronColumn
        Lines run between the neurons that they show.
    weights : float array or Quantity, shape (target, source)
        All of them, as the network stores them.
    share : float
        Draw this share of the connections between shown neurons: the strongest.
    scale : float
        Weight of the full width and colour; the strongest drawn if not given.

    Notes
    -----
    ``pairs`` says which are drawn, as rows (target, source), 0-based in the whole matrix, strongest first.

    Raises
    ------
    ValueError
        If the weights do not fit the columns or are not finite, or the share is not above 0 and at most 1.

    Source
    ------
    Any matrix; in scenes a tensor of a checkpoint.

    Examples
    --------
    >>> query = self.quantity("WQ")
    >>> inputs = NeuronColumn(self.activations["ln1.normalized", 2][3], signed=True, length=10).shift(2 * LEFT)
    >>> outputs = NeuronColumn(self.quantity("Q")[3], signed=True, length=10).shift(2 * RIGHT)
    >>> self.play(FadeIn(inputs, outputs))
    >>> self.play(Create(Connections(inputs, outputs, query)))
    """

    def __init__(
        self,
        sources: NeuronColumn,
        targets: NeuronColumn,
        weights: Numbers,
        share: float = 0.2,
        scale: float | None = None,
    ) -> None:
        super().__init__()
        array = _checked_weights(weights, (targets.true_length, sources.true_length))
        if not 0 < share <= 1:
            raise ValueError(f"A share of {share} was found; expected more than 0 and at most 1.")
        window = array[np.ix_(targets.shown, sources.shown)]
        self.true_shape, self.possible = array.shape, window.size
        strongest = np.argsort(-np.abs(window).ravel(), kind="stable")[: max(1, round(share * window.size))]
        rows, columns = np.unravel_index(strongest, window.shape)
        self.pairs = np.stack([np.take(targets.shown, rows), np.take(sources.shown, columns)], axis=1)
        self.scale_value = (float(np.abs(window.ravel()[strongest[0]])) or 1.0) if scale is None else float(scale)
        self.single = len(self.pairs) <= SINGLE_LINES
        self.add(*(Bundle() for _ in range(len(self.pairs) if self.single else 2 * LEVELS)))
        ends = [_line(sources.neurons[column], targets.neurons[row]) for row, column in zip(rows, columns, strict=True)]
        self._draw(np.array(ends), *self._drawn_of(weights, None))

    @property
    def bundles(self) -> list[Bundle]:
        """The mobjects that hold the lines."""
        return self.submobjects

    @property
    def values(self) -> Floats:
        """The exact weights drawn, shape (n_drawn,), in the order of ``pairs``."""
        found = np.zeros(len(self.pairs))
        for bundle in self.bundles:
            found[bundle.lines] = bundle.values
        return found

    @property
    def passports(self) -> list[Passport]:
        """Where each weight drawn comes from, in the order of ``pairs``."""
        found: list[Passport] = [None] * len(self.pairs)
        for bundle in self.bundles:
            for line, passport in zip(bundle.lines, bundle.passports, strict=True):
                found[line] = passport
        return found

    @passports.setter
    def passports(self, passports: Sequence[Passport]) -> None:
        for bundle in self.bundles:
            bundle.passports = [passports[line] for line in bundle.lines]

    @property
    def lines(self) -> Floats:
        """The points of all lines as drawn, shape (n_drawn, 4, 3), in the order of ``pairs``."""
        found = np.zeros((len(self.pairs), 4, 3))
        for bundle in self.bundles:
            if bundle.lines:
                found[bundle.lines] = bundle.points.reshape(-1, 4, 3)
        return found

    def set_values(self, values: Numbers, passport: Passport = None) -> Connections:
        """Draw the same connections by other weights: a whole matrix, or one weight for each line drawn."""
        self._draw(self.lines, *self._drawn_of(values, passport))
        return self

    def line(self, target: int, source: int) -> VMobject:
        """Return one drawn connection as a mobject of its own, to be lit or pointed at."""
        found = np.flatnonzero((self.pairs == (target, source)).all(axis=1))
        if not len(found):
            raise ValueError(f"The connection to {target} from {source} was asked for; it is not among those drawn.")
        value = self.values[found[0]]
        single = Bundle().set_points(self.lines[found[0]])
        single.lines, single.values, single.passports = [0], [float(value)], [self.passports[found[0]]]
        return single.set_stroke(theme.POSITIVE if value >= 0 else theme.NEGATIVE, theme.STROKE_STRONG)

    def _drawn_of(self, values: Numbers, passport: Passport) -> tuple[Floats, list[Passport]]:
        """Return the weights of the lines drawn and where they come from."""
        if np.ndim(values) == 1:
            array = _checked_weights(values, (len(self.pairs),))
            keys: list[tuple[int, ...]] = [(place,) for place in range(len(self.pairs))]
        else:
            array = _checked_weights(values, self.true_shape)
            keys = [(int(target), int(source)) for target, source in self.pairs]
        known = passport is None and hasattr(values, "passport")
        passports = [passport_of(values[key]) if known else passport for key in keys]
        return np.array([array[key] for key in keys]), passports

    def _draw(self, lines: Floats, values: Floats, passports: list[Passport]) -> None:
        strengths = np.clip(np.abs(values) / self.scale_value, 0, 1)
        if self.single:
            members = [[line] for line in range(len(values))]
        else:
            level = np.minimum((strengths * LEVELS).astype(int), LEVELS - 1)
            group = np.where(values < 0, LEVELS, 0) + level
            members = [np.flatnonzero(group == number).tolist() for number in range(2 * LEVELS)]
        # The strong ones are drawn last, over the weak ones.
        for bundle, chosen in zip(self.bundles, members, strict=True):
            bundle.lines = chosen
            bundle.values, bundle.passports = values[chosen].tolist(), [passports[line] for line in chosen]
            bundle.points = lines[chosen].reshape(-1, 3)
            if chosen:
                strength = float(strengths[chosen].mean())
                mean = float(values[chosen].mean())
                color = theme.signed_color(np.sign(mean) * strength * self.scale_value, self.scale_value)
                bundle.set_stroke(color, max(WIDEST * strength, THINNEST))


class NeuralNetwork(VGroup):
    """Columns of neurons, one a layer, and between them the strongest connections.

    Parameters
    ----------
    activations : sequence of float arrays or Quantities, shapes (n_0,), (n_1,), ...
        What each layer holds, from the left.
    weights : sequence of float arrays or Quantities, shapes (n_1, n_0), (n_2, n_1), ...
        The matrices between them, rows for targets.
    lengths : int or sequence of int
        How many neurons of each layer are drawn.
    shown : sequence of (sequence of int or None), optional
        Which ones exactly, for layers where that matters.
    signed : sequence of bool, optional
        Which layers hold numbers of both signs; see :class:`NeuronColumn`.
    share : float
        Draw this share of the connections between shown neurons: the strongest. ``note`` says how many.
    column_gap : float
        From the middle of a column to that of the next, in manim units.

    Notes
    -----
    A network of many lines is drawn with eight mobjects for each matrix, so that it can move.

    Raises
    ------
    ValueError
        If there is not one matrix between every two layers, or there would be more than ``MOST_LINES`` lines.

    Source
    ------
    Any arrays; in scenes the activations of one token and the matrices that made them.

    Examples
    --------
    >>> before, after = self.activations["ln2.normalized", 2][3], self.activations["mlp_out", 2][3]
    >>> active = self.quantity("ACT")[3]
    >>> maps = [self.checkpoint.weights[f"blocks.2.mlp.{name}.weight"] for name in ("up", "down")]
    >>> busiest = sorted(np.argsort(-np.asarray(active))[:10])
    >>> network = NeuralNetwork([before, active, after], maps, 10, [None, busiest, None], [True, False, True])
    >>> self.play(FadeIn(network), FadeIn(network.note()))
    >>> self.play(SweepForward(network))
    """

    MOST_LINES = 1000

    def __init__(
        self,
        activations: Sequence[Numbers],
        weights: Sequence[Numbers],
        lengths: int | Sequence[int] = 10,
        shown: Sequence[Sequence[int] | None] | None = None,
        signed: Sequence[bool] | None = None,
        share: float = 0.2,
        column_gap: float = COLUMN_GAP,
    ) -> None:
        super().__init__(VGroup(), VGroup())
        count = _checked_layers(activations, weights)
        lengths = [lengths] * count if isinstance(lengths, int) else list(lengths)
        shown = [None] * count if shown is None else list(shown)
        signed = [False] * count if signed is None else list(signed)
        if not len(lengths) == len(shown) == len(signed) == count:
            raise ValueError(
                f"Lengths, places or signs for another number of layers were found; expected {count} each."
            )
        for place, values in enumerate(activations):
            column = NeuronColumn(values, lengths[place], shown[place], signed[place])
            self.columns.add(column.shift(place * column_gap * RIGHT))
        for matrix, (sources, targets) in zip(weights, pairwise(self.columns), strict=True):
            self.connections.add(Connections(sources, targets, matrix, share))
        if self.drawn > self.MOST_LINES:
            raise ValueError(
                f"{self.drawn} connections would be drawn; at most {self.MOST_LINES} can be told apart. "
                "Show fewer neurons or a smaller share."
            )
        layout.fit(self.center(), 2 * layout.SAFE_X, 2 * layout.SAFE_Y)

    @property
    def connections(self) -> VGroup:
        """One :class:`Connections` for each matrix."""
        return self.submobjects[0]

    @property
    def columns(self) -> VGroup:
        """One :class:`NeuronColumn` for each layer."""
        return self.submobjects[1]

    @property
    def drawn(self) -> int:
        """How many connections are drawn."""
        return sum(len(lines.pairs) for lines in self.connections)

    @property
    def possible(self) -> int:
        """How many connections there are between the neurons drawn."""
        return sum(lines.possible for lines in self.connections)

    def note(self, of: str = "of", words: str = "connections drawn, the strongest") -> VGroup:
        """Return a line below the network that says how many connections are drawn, of how many."""
        numbers = [
            Numeral(number, decimals=0, thousands=True, passport=COUNTED).anchor_at(np.zeros(3))
            for number in (self.drawn, self.possible)
        ]
        line = VGroup(
            numbers[0], centred_label(of, theme.FONT_SMALL), numbers[1], centred_label(words, theme.FONT_SMALL)
        )
        for before, part in pairwise(line):
            part.shift((before.get_right()[0] + 1.5 * layout.GAP_LABEL - part.get_left()[0]) * RIGHT)
        line.set_color(theme.MUTED)
        return line.next_to(self, DOWN, buff=layout.GAP_RELATED)


def _line(source: VMobject, target: VMobject) -> Floats:
    """Return the four points of a line from the rim of one circle to that of another."""
    start, end = source.get_center(), target.get_center()
    way = (end - start) / np.linalg.norm(end - start)
    start, end = start + way * source.width / 2, end - way * target.width / 2
    return np.array([start + share * (end - start) for share in (0, 1 / 3, 2 / 3, 1)])


def _checked_weights(values: Numbers, shape: tuple[int, ...]) -> Floats:
    array = np.asarray(values, dtype=float)
    if array.shape != shape:
        raise ValueError(f"Weights of shape {array.shape} were found; expected {shape}.")
    if not np.isfinite(array).all():
        raise ValueError("Weights that are not finite were found; expected ordinary numbers.")
    return array


def _checked_layers(activations: Sequence[Numbers], weights: Sequence[Numbers]) -> int:
    if len(activations) < 2 or len(weights) != len(activations) - 1:
        raise ValueError(
            f"{len(activations)} layers and {len(weights)} matrices were found; expected two layers or more, "
            "and one matrix between every two."
        )
    return len(activations)
