"""Light strokes over a sentence: which words a word takes from, and how much."""

from __future__ import annotations

import numpy as np
from manim import UP, VGroup, VMobject

from mobjects import layout, theme
from mobjects.attention_layers import checked_weights, passport_at
from mobjects.dimming import PartMotion
from mobjects.tokens import TokenRow

SAMPLES = 65
THINNEST = 0.5
UNITS_PER_STROKE = 0.01
BEND = 0.38
# Light is this much wider than the arc it runs on, so that it is seen over an arc that is already drawn.
SWELL = 1.6


class ContextArc(VMobject):
    """A soft-ended stroke from one token to another; ``value`` is the share, ``source`` and ``target`` the places.

    The stroke is a thin filled shape, so its width can fade to nothing at both ends. ``stroke`` is its width in the
    middle, in stroke units.
    """

    def __init__(self, spine: np.ndarray, stroke: float, value: float, source: int, target: int, color, passport):
        super().__init__(stroke_width=0, fill_color=color, fill_opacity=1)
        self.value, self.passport = float(value), passport
        self.source, self.target, self.stroke = source, target, float(stroke)
        self.set_points(tapered(spine, self.stroke * UNITS_PER_STROKE * soft_ends(np.linspace(0, 1, len(spine)))))

    def spine_and_widths(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the middle line (n, 3) from source to target and the widths (n,) along it, as drawn now."""
        corners = np.vstack([self.points[0::4], self.points[-1:]])
        left, right = corners[:SAMPLES], corners[SAMPLES : 2 * SAMPLES][::-1]
        return (left + right) / 2, np.linalg.norm(left - right, axis=1)


class ContextArcs(VGroup):
    """Arcs from the tokens of a row to one of them, as wide as the share each gives.

    Parameters
    ----------
    row : TokenRow
        The line; arcs stand on its plates.
    weights : float array or Quantity, shape (n_tokens,)
        Shares the target takes from each token, 0 to 1.
    target : int
        Place of the token that takes (0-based). Its share of itself is not drawn.
    color : str
        Colour of the arcs; ``theme.HIGHLIGHT`` if not given.
    min_weight : float
        Smaller shares are not drawn; neither are those whose stroke would be thinner than 0.5.
    full_share : float
        The share drawn with the full width, ``theme.STROKE_ARC_MAX``; all widths are proportional to the share. The
        largest share drawn if not given; give one number to groups of arcs that are to be compared.
    max_height : float
        No arc rises higher above the plates, in manim units.

    Notes
    -----
    ``weights`` keeps all shares and ``passports`` where each came from, also of arcs not drawn.

    Raises
    ------
    ValueError
        If there is not one share per token, a share is no share, or there is no such target.

    Examples
    --------
    >>> row = TokenRow(self.pieces)
    >>> row.tint(8, theme.QUERY)
    >>> self.add(row)
    >>> self.play(FadeIn(ContextArcs(row, self.quantity("PATT")[8], target=8)))
    """

    def __init__(
        self,
        row: TokenRow,
        weights,
        target: int,
        color: str | None = None,
        min_weight: float = 0.05,
        full_share: float | None = None,
        max_height: float = 1.2,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        count = len(row.tokens)
        if not 0 <= target < count:
            raise ValueError(f"Target {target} was asked for; the row has tokens 0 to {count - 1}.")
        self.weights = checked_weights(weights, (count,), "(token,)")
        self.passports = [passport_at(weights, source) for source in range(count)]
        self.target = target
        others = np.delete(self.weights, target)
        full = max(others.max(initial=0.0), 1e-9) if full_share is None else full_share
        for source, share in enumerate(self.weights):
            stroke = min(theme.STROKE_ARC_MAX * share / full, theme.STROKE_ARC_MAX)
            if source == target or share < min_weight or stroke < THINNEST:
                continue
            spine = arc_spine(row.tokens[source].box.get_top(), row.tokens[target].box.get_top(), max_height)
            ink = theme.HIGHLIGHT if color is None else color
            self.add(ContextArc(spine, stroke, share, source, target, ink, self.passports[source]))


def arc_spine(start: np.ndarray, end: np.ndarray, max_height: float) -> np.ndarray:
    """Return points (n, 3) of an arc that rises steeply from ``start`` and lands on ``end``.

    Its height grows with the distance and levels off at ``max_height``, so that arcs nest instead of crossing.
    """
    foot = layout.GAP_TIGHT * UP
    span = np.linalg.norm(end - start)
    rise = 4 / 3 * max_height * np.tanh(BEND * span / max_height) * UP
    lean = 0.12 * (end - start)
    first, last = start + foot, end + foot
    time = np.linspace(0, 1, SAMPLES)[:, None]
    weights = [(1 - time) ** 3, 3 * time * (1 - time) ** 2, 3 * time**2 * (1 - time), time**3]
    controls = [first, first + rise + lean, last + rise - lean, last]
    return sum(weight * control for weight, control in zip(weights, controls, strict=True))


def soft_ends(places: np.ndarray) -> np.ndarray:
    """Return the width along an arc, 1 in the middle, falling smoothly to 0 at both ends (places 0 and 1)."""
    nearness = np.clip(np.minimum(places / 0.3, (1 - places) / 0.18), 0, 1)
    return np.sin(nearness * np.pi / 2)


def tapered(spine: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Return the points of a closed outline around ``spine`` (n, 3) that is ``widths`` (n,) wide along it."""
    along = np.gradient(spine, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.stack([-along[:, 1], along[:, 0], np.zeros(len(along))], axis=1) * widths[:, None] / 2
    corners = np.vstack([spine + across, (spine - across)[::-1]])
    starts, ends = corners[:-1], corners[1:]
    return np.stack([starts, (2 * starts + ends) / 3, (starts + 2 * ends) / 3, ends], axis=1).reshape(-1, 3)


class _ArcMotion(PartMotion):
    """Base of motions along arcs: arc i starts ``lag`` run times after arc i - 1, easing is ``rate_func``."""

    def __init__(self, arcs: VGroup, parts: list[ContextArc], lag_ratio: float, run_time: float, **kwargs) -> None:
        if not len(arcs):
            raise ValueError("There are no arcs to move: every share was below the threshold. Skip this motion.")
        self.arcs = parts
        super().__init__(parts, run_time=run_time, lag_ratio=lag_ratio, **kwargs)

    def prepare(self) -> None:
        """Read middle line and widths of each arc as drawn."""
        self.shapes = [arc.spine_and_widths() for arc in self.arcs]

    def show_moment(self, time: float) -> None:
        """Draw each arc at its own moment."""
        for index, (arc, (spine, widths)) in enumerate(zip(self.arcs, self.shapes, strict=True)):
            progress = float(np.clip(self.get_sub_alpha(time, index, len(self.arcs)), 0, 1))
            arc.set_points(self.outline(spine, widths, progress))

    def outline(self, spine: np.ndarray, widths: np.ndarray, progress: float) -> np.ndarray:
        """Return the points of one arc at ``progress``, 0 to 1."""
        raise NotImplementedError


class GrowArcs(_ArcMotion):
    """Arcs grow from their sources to the target and stay.

    Examples
    --------
    >>> row = TokenRow(self.pieces)
    >>> self.add(row)
    >>> self.play(GrowArcs(ContextArcs(row, self.quantity("PATT")[8], target=8)))
    """

    def __init__(self, arcs: ContextArcs, run_time: float | None = None, **kwargs) -> None:
        lag = min(0.25, 1.5 / max(len(arcs), 1))
        kwargs.setdefault("lag_ratio", lag)
        super().__init__(
            arcs, list(arcs), run_time=theme.TIME_SLOW if run_time is None else run_time, entering=[arcs], **kwargs
        )

    def outline(self, spine: np.ndarray, widths: np.ndarray, progress: float) -> np.ndarray:
        """Shrink the arc to its first part, with the same soft ends."""
        places = np.linspace(0, max(progress, 1e-3), len(spine))
        return tapered(_along(spine, places), _taper_head(_along(widths, places), places, progress))


class FlashArcs(_ArcMotion):
    """Light travels along arcs from the sources to the target and is gone.

    Parameters
    ----------
    arcs : ContextArcs
        Where the light runs; they need not be on the scene and are left alone.
    time_width : float
        Length of the light, in lengths of the arc.
    lag_ratio : float
        Delay between arcs, in flashes; 0.5 / n if not given.
    color : str
        Colour of the light; that of the arcs if not given.

    Examples
    --------
    >>> row = TokenRow(self.pieces)
    >>> arcs = ContextArcs(row, self.quantity("PATT")[8], target=8)
    >>> self.add(row, arcs)
    >>> self.play(FlashArcs(arcs))
    """

    def __init__(
        self,
        arcs: ContextArcs,
        time_width: float = 2.0,
        lag_ratio: float | None = None,
        color: str | None = None,
        run_time: float | None = None,
        **kwargs,
    ) -> None:
        self.time_width = time_width
        lights = [arc.copy().set_fill(color, opacity=1) for arc in arcs]
        super().__init__(
            arcs,
            lights,
            lag_ratio=0.5 / max(len(lights), 1) if lag_ratio is None else lag_ratio,
            run_time=theme.TIME_FLOW if run_time is None else run_time,
            entering=lights,
            leaving=lights,
            **kwargs,
        )

    def outline(self, spine: np.ndarray, widths: np.ndarray, progress: float) -> np.ndarray:
        """Show the arc where the light is: thin at its head and tail, nothing before and after."""
        head = progress * (1 + self.time_width)
        tail = head - self.time_width
        places = np.linspace(max(tail, 0), max(min(head, 1), 1e-3), len(spine))
        inside = np.clip((places - tail) / self.time_width, 0, 1)
        glow = SWELL * np.sin(np.pi * inside) ** 0.7
        return tapered(_along(spine, places), _along(widths, places) * glow)


def _along(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    grid = np.linspace(0, 1, len(values))
    if values.ndim == 1:
        return np.interp(places, grid, values)
    return np.stack([np.interp(places, grid, values[:, axis]) for axis in range(values.shape[1])], axis=1)


def _taper_head(widths: np.ndarray, places: np.ndarray, progress: float) -> np.ndarray:
    """Let the growing end fade to nothing over its last fifth, less and less as it arrives."""
    distance = np.clip((progress - places) / 0.2, 0, 1)
    return widths * ((1 - progress) * np.sin(distance * np.pi / 2) + progress)
