"""Motion of numbers and vectors. Each takes mobjects and returns an Animation that any scene may play."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, Mobject, SurroundingRectangle, VMobject
from manim.animation.animation import prepare_animation
from manim.utils.rate_functions import linear, smooth

from mobjects import layout, theme
from mobjects.arcs import tapered
from mobjects.dimming import PartMotion, leaf_alphas, leaves_of, paint_leaf
from mobjects.numerals import Numeral, Passport


class ChangeValues(Animation):
    """Numbers count from what they show to other values, in place, and take the colours of those.

    Parameters
    ----------
    mobject : NumericGrid, NumericEmbedding, EmbeddingArray, ValueStrip or Numeral
        Anything with ``values`` and ``set_values``, or one number.
    values : float array, float or Quantity
        Where to end; given to the mobject as it is, so that the numbers shown at the end and their passports are
        exactly these.
    lag_ratio : float
        How much later each entry starts than the one before, in shares of the time an entry takes.
    passport : tuple or str, optional
        Declares the new numbers, if ``values`` does not say where they come from.

    Examples
    --------
    >>> before, after = self.activations["resid_pre", 0], self.activations["resid_post", 5]
    >>> vector = NumericEmbedding(before[3], length=7, font_size=40, color_scale=8).shift(1.4 * RIGHT)
    >>> self.add(vector)
    >>> old = vector.copy()  # left behind, it keeps the old numbers in view
    >>> ghost = old.animate.shift(2.8 * LEFT).set_opacity(theme.OPACITY_SOFT)
    >>> self.play(ghost, ChangeValues(vector, after[3], lag_ratio=0.05), run_time=3)
    """

    def __init__(
        self, mobject: Mobject, values: Any, lag_ratio: float = 0, passport: Passport = None, **kwargs
    ) -> None:
        self.goal, self.passport = values, passport
        super().__init__(mobject, lag_ratio=lag_ratio, **kwargs)

    def create_starting_mobject(self) -> Mobject:
        """Keep no copy of the mobject, only the numbers at both ends."""
        self.first, self.passports = _values(self.mobject), _passports(self.mobject)
        # The mobject itself checks the goal, and knows which part of it is drawn.
        self._show(self.goal, self.passport)
        self.last = _values(self.mobject)
        return Mobject()

    def get_all_mobjects(self) -> tuple[Mobject, ...]:
        """Return what changes."""
        return (self.mobject,)

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the numbers at a moment; at both ends, exactly the ones that belong there."""
        count = self.first.size
        # As in any manim animation, entries start one after another and all take equally long.
        alpha_of_each = alpha * ((count - 1) * self.lag_ratio + 1) - np.arange(count) * self.lag_ratio
        progress = np.array([self.rate_func(moment) for moment in np.clip(alpha_of_each, 0, 1)])
        if (progress == 1).all():
            self._show(self.goal, self.passport)
        elif progress.any():
            progress = progress.reshape(self.first.shape)
            self._show((1 - progress) * self.first + progress * self.last)
        else:
            self._show(self.first)
            _give_passports(self.mobject, self.passports)

    def _show(self, values: Any, passport: Passport = None) -> None:
        change = self.mobject.set_value if isinstance(self.mobject, Numeral) else self.mobject.set_values
        change(values) if passport is None else change(values, passport)


class CountUp(Animation):
    """A number runs from ``start`` to the value it has; its decimal point stays, so nothing beside it moves.

    Parameters
    ----------
    numeral : Numeral
        Added to the scene if it is not there.
    start : float
        Where counting starts.

    Examples
    --------
    >>> weights = self.quantity("EMB").values.size
    >>> count = Numeral(weights, decimals=0, thousands=True, font_size=96, passport="count: weights")
    >>> self.play(CountUp(count.center()), run_time=2)
    """

    # The number is fully there after this share of the run.
    APPEARS = 0.15

    def __init__(self, numeral: Numeral, start: float = 0, rate_func=smooth, **kwargs) -> None:
        self.start = float(start)
        super().__init__(numeral, rate_func=rate_func, introducer=True, **kwargs)

    def create_starting_mobject(self) -> Mobject:
        """Keep no copy, only the number to end at."""
        self.goal, self.passport = self.mobject.value, self.mobject.passport
        self.alphas = leaf_alphas(self.mobject)
        return Mobject()

    def get_all_mobjects(self) -> tuple[Mobject, ...]:
        """Return what counts."""
        return (self.mobject,)

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the count at a moment; at the end, the number as it was."""
        paint_leaf(self.mobject, self.alphas, _ramp(alpha, 0, self.APPEARS))
        progress = self.rate_func(alpha)
        if progress == 1:
            self.mobject.set_value(self.goal, self.passport)
        else:
            self.mobject.set_value((1 - progress) * self.start + progress * self.goal)


class Collapse(PartMotion):
    """A column of numbers is squeezed into the symbol that stands for it from then on.

    Parameters
    ----------
    source : Mobject
        Taken off the scene at the end, with every point and colour as it was: :class:`Expand` can bring it back.
    symbol : Mobject
        Appears where it stands.

    Examples
    --------
    >>> vector = NumericEmbedding(self.quantity("Q")[self.pick.query], length=8, tint=theme.QUERY, font_size=36)
    >>> self.add(vector)
    >>> self.play(Collapse(vector, symbol("Q", self.pick.query, color=theme.QUERY, size=96)), run_time=2)
    """

    # The source is gone at 0.8 of the way, the symbol starts to show at 0.3.
    SOURCE_FADES = (0.2, 0.8)
    SYMBOL_SHOWS = (0.3, 1.0)

    def __init__(self, source: Mobject, symbol: Mobject, **kwargs) -> None:
        self.source, self.symbol = source, symbol
        # A collapse adds the symbol, an expansion the source.
        entering, leaving = (symbol, source) if self.reached(1) == 1 else (source, symbol)
        super().__init__(leaves_of([source, symbol]), entering=[entering], leaving=[leaving], **kwargs)

    @staticmethod
    def reached(progress: float) -> float:
        """Return how far the squeeze has come when ``progress`` of the motion is over."""
        return progress

    def prepare(self) -> None:
        """Note where the parts are and how bright."""
        self.rest = [(leaf, leaf.points.copy(), leaf_alphas(leaf)) for leaf in leaves_of([self.source])]
        self.symbol_rest = [(leaf, leaf.points.copy(), leaf_alphas(leaf)) for leaf in leaves_of([self.symbol])]
        self.top, self.goal = self.source.get_top(), self.symbol.get_top()
        self.center = self.symbol.get_center()
        sizes = [(self.symbol.length_over_dim(axis), self.source.length_over_dim(axis)) for axis in (0, 1)]
        self.ratio = np.array([*(min(1.0, small / large) if large else 1.0 for small, large in sizes), 1.0])

    def show_moment(self, time: float) -> None:
        """Squeeze the source and show the symbol."""
        progress = self.reached(self.rate_func(time))
        squeeze, pin = 1 - progress * (1 - self.ratio), (1 - progress) * self.top + progress * self.goal
        for leaf, points, alphas in self.rest:
            leaf.points = (points - self.top) * squeeze + pin
            paint_leaf(leaf, alphas, 1 - _ramp(progress, *self.SOURCE_FADES))
        grown = _ramp(progress, *self.SYMBOL_SHOWS)
        for leaf, points, alphas in self.symbol_rest:
            leaf.points = (points - self.center) * (0.6 + 0.4 * grown) + self.center
            paint_leaf(leaf, alphas, grown)

    def clean_up_from_scene(self, scene) -> None:
        """Take the leaving part off the scene, whole again."""
        super().clean_up_from_scene(scene)
        for leaf, points, alphas in (*self.rest, *self.symbol_rest):
            leaf.points = points
            paint_leaf(leaf, alphas)


class Expand(Collapse):
    """A symbol opens into the column of numbers it stands for: :class:`Collapse` backwards, with the same arguments.

    Examples
    --------
    >>> vector = NumericEmbedding(self.quantity("Q")[self.pick.query], length=8, tint=theme.QUERY, font_size=36)
    >>> letter = symbol("Q", self.pick.query, color=theme.QUERY, size=96)
    >>> self.add(letter)
    >>> self.play(Expand(vector, letter), run_time=2)
    """

    @staticmethod
    def reached(progress: float) -> float:
        """Return how far the squeeze still reaches when ``progress`` of the motion is over."""
        return 1 - progress


class FlashAround(Animation):
    """A light with soft ends runs once around something.

    Parameters
    ----------
    mobject : Mobject
        Where it stands when the motion begins.
    color : str
        ``theme.HIGHLIGHT`` if not given.
    time_width : float
        Length of the light, in lengths of the outline.
    buff : float
        Distance of the outline.
    stroke_width : float
        Where the light is widest; ``theme.STROKE_STRONG`` if not given.

    Examples
    --------
    >>> row = TokenRow(self.pieces).tint(self.pick.query, theme.HIGHLIGHT)
    >>> self.add(row)
    >>> self.play(FlashAround(row.tokens[self.pick.query]))
    """

    SAMPLES = 200

    def __init__(
        self,
        mobject: Mobject,
        color: str | None = None,
        time_width: float = 1.5,
        buff: float = layout.GAP_LABEL,
        stroke_width: float | None = None,
        run_time: float | None = None,
        **kwargs,
    ) -> None:
        self.surrounded, self.time_width, self.buff = mobject, time_width, buff
        # A stroke width of 1 is a hundredth of a unit.
        self.thickness = (theme.STROKE_STRONG if stroke_width is None else stroke_width) / 100
        light = VMobject(stroke_width=0, fill_opacity=1, color=theme.HIGHLIGHT if color is None else color)
        duration = theme.TIME_SLOW if run_time is None else run_time
        super().__init__(light, run_time=duration, introducer=True, remover=True, **kwargs)

    def create_starting_mobject(self) -> Mobject:
        """Keep no copy, only the outline and how far along it each of its points is."""
        box = SurroundingRectangle(self.surrounded, buff=self.buff, corner_radius=min(self.buff, 0.1))
        time = np.linspace(0, 1, 16)[:, None]
        curves = np.asarray(box.points).reshape(-1, 4, 1, 3)
        weights = [(1 - time) ** 3, 3 * time * (1 - time) ** 2, 3 * time**2 * (1 - time), time**3]
        self.outline = sum(weight * curves[:, place] for place, weight in enumerate(weights)).reshape(-1, 3)
        steps = np.linalg.norm(np.diff(self.outline, axis=0), axis=1)
        self.places = np.concatenate([[0], np.cumsum(steps)]) / steps.sum()
        return Mobject()

    def get_all_mobjects(self) -> tuple[Mobject, ...]:
        """Return the light."""
        return (self.mobject,)

    def interpolate_mobject(self, alpha: float) -> None:
        """Draw the part of the outline that is lit at this moment."""
        head = self.rate_func(alpha) * (1 + self.time_width)
        tail = head - self.time_width
        # With the outline's own points among the samples, its corners are not cut.
        samples = np.union1d(np.linspace(tail, head, self.SAMPLES), self.places)
        places = samples[(samples >= max(tail, 0)) & (samples <= min(head, 1))]
        if len(places) < 3:
            self.mobject.clear_points()
            return
        spine = np.stack([np.interp(places, self.places, axis) for axis in self.outline.T], axis=1)
        along = (places - tail) / self.time_width
        self.mobject.points = tapered(spine, self.thickness * np.sqrt(np.sin(np.pi * np.clip(along, 0, 1))))


class TimeWindow(Animation):
    """Another animation, played from second ``start`` to second ``end`` of the play it is part of.

    Text can so land just as the camera arrives: ``play(camera_move, TimeWindow(FadeIn(words), 2, 3))``.

    Parameters
    ----------
    animation : Animation or ``mobject.animate`` chain
        Begins, as far as it is concerned, at the start of the play; until ``start`` it shows its first moment.
    start, end : float
        Seconds from the start of the play.

    Raises
    ------
    ValueError
        If the window is empty or starts before the play.

    Examples
    --------
    >>> row, words = TokenRow(self.pieces), label("one plate per token").shift(DOWN)
    >>> self.play(FadeIn(row, lag_ratio=0.1, run_time=3), TimeWindow(FadeIn(words, shift=0.25 * UP), 2, 3))
    """

    def __init__(self, animation: Any, start: float, end: float) -> None:
        if not 0 <= start < end:
            raise ValueError(f"A window from {start} to {end} s was found; expected 0 <= start < end.")
        self.inner, self.window = prepare_animation(animation), (float(start), float(end))
        super().__init__(
            self.inner.mobject, run_time=end, rate_func=linear, introducer=self.inner.is_introducer(), remover=False
        )

    def _setup_scene(self, scene) -> None:
        self.inner._setup_scene(scene)

    def begin(self) -> None:
        """Begin the inner animation."""
        self.inner.begin()

    def interpolate(self, alpha: float) -> None:
        """Show the inner animation as far as it is at this moment."""
        start, end = self.window
        self.inner.interpolate(_ramp(alpha * end, start, end))

    def update_mobjects(self, dt: float) -> None:
        """Let the inner animation update its helpers."""
        self.inner.update_mobjects(dt)

    def finish(self) -> None:
        """Finish the inner animation."""
        self.inner.finish()

    def clean_up_from_scene(self, scene) -> None:
        """Let the inner animation clean up."""
        self.inner.clean_up_from_scene(scene)


def _ramp(value: float, start: float, end: float) -> float:
    """Return 0 before ``start``, 1 after ``end``, and a straight line between."""
    return float(np.clip((value - start) / (end - start), 0, 1))


def _values(mobject: Any) -> np.ndarray:
    return np.array(mobject.value if isinstance(mobject, Numeral) else mobject.values, dtype=float)


def _passports(mobject: Any) -> list[Passport]:
    if hasattr(mobject, "passports"):
        return list(mobject.passports)
    return [member.passport for member in mobject.get_family() if isinstance(member, Numeral)]


def _give_passports(mobject: Any, passports: list[Passport]) -> None:
    if hasattr(mobject, "passports"):
        mobject.passports = passports
        return
    numerals = [member for member in mobject.get_family() if isinstance(member, Numeral)]
    for numeral, passport in zip(numerals, passports, strict=True):
        numeral.passport = passport
