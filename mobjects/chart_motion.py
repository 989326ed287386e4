"""Motion of bars: they grow from their base, and change to other values while each keeps its name."""

from __future__ import annotations

from typing import Any

from manim import VGroup

from mobjects import theme
from mobjects.attention_animations import Look, staggered, window
from mobjects.bars import Bar, BarItem
from mobjects.dimming import PartMotion, leaf_alphas, leaves_of, paint_leaf
from mobjects.numerals import Floats, Passport


class GrowBars(PartMotion):
    """Bars grow from their base one after the other, names first, while the numbers count.

    Parameters
    ----------
    chart : ProbabilityBars, BarColumnChart or Histogram
    lag_ratio : float
        How much later each bar starts than the one before, in shares of the time a bar takes; the last one starts no
        later than at 60 % of the time.

    Examples
    --------
    >>> vocabulary = self.checkpoint.tokenizer.pieces(range(4096))
    >>> bars = ProbabilityBars(self.quantity("PROB")[4], vocabulary, k=6, whole_width=9).scale(1.3)
    >>> self.play(GrowBars(bars.center()))
    """

    AFRESH = True

    def __init__(self, chart: VGroup, lag_ratio: float = theme.LAG_ITEMS, run_time: float | None = None, **kwargs):
        self.chart, self.lag = chart, lag_ratio
        super().__init__(
            [chart], entering=[chart], run_time=theme.TIME_SLOW if run_time is None else run_time, **kwargs
        )

    def prepare(self) -> None:
        """Note what each bar shows."""
        self.frame_look = Look(self.chart.frame)
        self.rest = [(item, item.value, _bar_of(item).passport, _light(item)) for item in self.chart.items]

    def show_moment(self, time: float) -> None:
        """Draw each bar at its own moment."""
        self.frame_look.show(strength=window(time, 0, 0.15))
        for index, (item, value, passport, light) in enumerate(self.rest):
            moment = staggered(time, index, len(self.rest), self.lag)
            grown = self.rate_func(window(moment, 0.15, 1))
            item.set_value(value, passport) if time >= 1 or grown == 1 else item.set_value(grown * value)
            for leaf, alphas in light["name"]:
                paint_leaf(leaf, alphas, self.rate_func(window(moment, 0, 0.4)))
            for leaf, alphas in light["bar"]:
                paint_leaf(leaf, alphas, window(moment, 0.1, 0.2))
            for leaf, alphas in light["number"]:
                paint_leaf(leaf, alphas, window(moment, 0.25, 0.5))


class ChangeBars(PartMotion):
    """Bars take other values and, where the chart is sorted, slide to new places; each keeps its name.

    A bar that is no longer drawn sinks into the last row and fades; a new one rises from there.

    Parameters
    ----------
    chart : ProbabilityBars or BarColumnChart
    values : float array or Quantity
        As for the chart's ``set_values``.
    passport : str or tuple, optional
        Declares them.
    **kwargs
        Others of ``set_values``, and those of any animation.

    Examples
    --------
    >>> vocabulary = self.checkpoint.tokenizer.pieces(range(4096))
    >>> guesses = [np.exp(self.quantity("LENS").values[layer, 3]) for layer in (5, 6)]
    >>> early, late = (guess / guess.sum() for guess in guesses)
    >>> bars = ProbabilityBars(early, vocabulary, k=6, whole_width=9, passport="softmax of the logit lens, layer 5")
    >>> self.add(bars.scale(1.3).center())
    >>> self.play(ChangeBars(bars, late, passport="softmax of the logit lens, layer 6"))
    """

    AFRESH = True

    def __init__(
        self,
        chart: VGroup,
        values: Any,
        passport: Passport = None,
        top: float | None = None,
        run_time: float | None = None,
        **kwargs,
    ) -> None:
        self.chart = chart
        self.options = {"passport": passport} | ({} if top is None else {"top": top})
        self.goal_values = values
        chart.copy().set_values(values, **self.options)  # refuses now what would fail in the middle of a film
        super().__init__([chart], run_time=theme.TIME_SLOW if run_time is None else run_time, **kwargs)

    def prepare(self) -> None:
        """Note how each bar stands now, and how it will."""
        now, goal = self.chart, self.chart.copy().set_values(self.goal_values, **self.options)
        self.first, self.last = list(now.items), list(goal.items)
        self.frame_ends = [
            (leaf, leaf.points.copy(), other.points.copy())
            for leaf, other in zip(leaves_of([now.frame]), leaves_of([goal.frame]), strict=True)
        ]
        self.sources: tuple[Any, Any] = (getattr(now, "probabilities", None), getattr(goal, "probabilities", None))
        ends = {item.key: _State(item) for item in self.last}
        starts = {item.key: _State(item) for item in self.first}
        foot = self.first[-1].bar.base
        moving = self.first + [item for item in self.last if item.key not in starts]
        self.tracks = [
            (item, starts.get(item.key) or self._offstage(ends[item.key], 0, foot),
             ends.get(item.key) or self._offstage(starts[item.key], 1, foot))
            for item in moving
        ]  # fmt: skip
        self.order = [{item.key: item for item in moving}[item.key] for item in self.last]
        now.items.add(*(item for item in moving if item.key not in starts))

    def _offstage(self, state: _State, end: int, foot: Floats) -> _State:
        """Return a bar that is not drawn at one end of the motion: at the foot of the chart, with its true value."""
        return state.unseen(float(self.sources[end][state.key]), foot)

    def show_moment(self, time: float) -> None:
        """Draw each bar between its two states."""
        self.progress = self.rate_func(time)
        scaled = self._scaled(self.progress)
        for leaf, start, end in self.frame_ends:
            leaf.points = (1 - scaled) * start + scaled * end
        for item, start, end in self.tracks:
            _State.show(item, start, end, self.progress)

    def _scaled(self, progress: float) -> float:
        """Return how far the frame has come, which follows the scale of the bars."""
        (_, start, end), *_ = self.tracks
        whole = end.unit - start.unit
        return progress if not whole else (_between_units(start.unit, end.unit, progress) - start.unit) / whole

    def finish(self) -> None:
        """Keep the rows that belong to the end."""
        super().finish()
        ended = self.progress == 1
        self.chart.items.submobjects = self.order if ended else self.first
        if self.sources[1] is not None:
            self.chart.probabilities = self.sources[int(ended)]


class _State:
    """How a bar with name and number stands: places, value, scale, colour, light."""

    def __init__(self, item: BarItem) -> None:
        bar = item.bar
        self.key, self.value, self.passport, self.strength = bar.key, bar.value, bar.passport, 1.0
        self.base, self.unit, self.fill = bar.base.copy(), bar.unit, bar.fill_rgbas[0, :3].copy()
        self.name_place = item.name_label.get_center() - bar.base
        self.alphas = [leaf_alphas(leaf) for leaf in leaves_of([item])]

    def unseen(self, value: float, base: Floats) -> _State:
        """Return the same without light, at another place."""
        other = _State.__new__(_State)
        other.__dict__.update(self.__dict__ | {"value": value, "base": base.copy(), "strength": 0.0, "passport": None})
        return other

    @staticmethod
    def show(item: BarItem, start: _State, end: _State, progress: float) -> None:
        """Draw the item ``progress`` of the way between two states."""
        # Those that leave are gone before those that enter come, so that they do not meet on the way.
        leaving, entering = end.strength == 0, start.strength == 0
        moved = window(progress, 0, 0.5) if leaving else window(progress, 0.5, 1) if entering else progress
        mixed = (1 - progress) * start.value + progress * end.value
        whole = {0.0: start, 1.0: end}.get(progress)
        item.bar.set_unit(_between_units(start.unit, end.unit, progress) if whole is None else whole.unit)
        item.set_value(mixed if whole is None else whole.value, None if whole is None else whole.passport)
        item.move_base_to((1 - moved) * start.base + moved * end.base)
        name_place = (1 - progress) * start.name_place + progress * end.name_place
        item.name_label.shift(item.bar.base + name_place - item.name_label.get_center())
        item.bar.fill_rgbas[:, :3] = (1 - progress) * start.fill + progress * end.fill
        lit = window(progress, 0, 0.35) if leaving else window(progress, 0.65, 1) if entering else progress
        strength = (1 - lit) * start.strength + lit * end.strength
        for leaf, alphas in zip(leaves_of([item]), start.alphas, strict=True):
            paint_leaf(leaf, alphas, strength)


def _between_units(start: float, end: float, progress: float) -> float:
    """Mix two scales by the number that gets a full bar, so that no bar grows longer than it is at both ends."""
    return 1 / ((1 - progress) / start + progress / end)


def _bar_of(item: BarItem | Bar) -> Bar:
    return item if isinstance(item, Bar) else item.bar


def _light(item: BarItem | Bar) -> dict[str, list]:
    """Return the leaves of each part with their opacities; a bar may stand alone, without name and number."""
    parts = (
        {"name": [], "bar": [item], "number": []}
        if isinstance(item, Bar)
        else {"name": [item.name_label], "bar": [item.bar], "number": [item.number]}
    )
    return {name: [(leaf, leaf_alphas(leaf)) for leaf in leaves_of(members)] for name, members in parts.items()}
