"""Turning the light down on parts of a picture, and back up exactly.

Dimming multiplies the opacity of every leaf and remembers what it was on the leaf itself, so nothing is covered
by black plates and :func:`undim` restores each fill and stroke to the bit, however often it was dimmed in between.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from manim import Animation, Mobject, VGroup, VMobject
from manim.utils.rate_functions import smooth

from mobjects import theme

PAINTS = ("fill_rgbas", "stroke_rgbas", "background_stroke_rgbas")

Alphas = tuple[tuple[float, ...], ...]


def leaf_alphas(leaf: VMobject) -> Alphas:
    """Return the opacities of a leaf: one tuple each for fill, stroke and background stroke."""
    return tuple(tuple(float(alpha) for alpha in getattr(leaf, paint)[:, 3]) for paint in PAINTS)


def paint_leaf(leaf: VMobject, alphas: Alphas, strength: float = 1.0) -> None:
    """Set the opacities of a leaf to ``strength`` times ``alphas``; colours stay."""
    for paint, values in zip(PAINTS, alphas, strict=True):
        rgbas = getattr(leaf, paint)
        # A leaf recoloured with a gradient meanwhile may have another number of stops: its first opacity then serves.
        rgbas[:, 3] = np.multiply(values if len(values) == len(rgbas) else values[0], strength)


def leaves_of(mobjects: Iterable[Mobject], keep: Iterable[Mobject] = ()) -> list[VMobject]:
    """Return the members with points of ``mobjects``, each once, without those that belong to ``keep``."""
    kept = {id(member) for mobject in keep for member in mobject.get_family()}
    found: dict[int, VMobject] = {}
    for mobject in mobjects:
        for member in mobject.family_members_with_points():
            if id(member) not in kept:
                found[id(member)] = member
    return list(found.values())


def _remember(leaf: VMobject) -> Alphas:
    if not hasattr(leaf, "bright_alphas"):
        leaf.bright_alphas = leaf_alphas(leaf)
    return leaf.bright_alphas


def _forget(leaf: VMobject) -> Alphas:
    alphas = getattr(leaf, "bright_alphas", None)
    if alphas is None:
        return leaf_alphas(leaf)
    del leaf.bright_alphas
    return alphas


def dim(*mobjects: Mobject, keep: Iterable[Mobject] = (), opacity: float | None = None) -> None:
    """Multiply the opacity of everything in ``mobjects`` but ``keep``; what is in ``keep`` turns bright.

    Parameters
    ----------
    mobjects : Mobject
        What to dim, with all their parts.
    keep : iterable of Mobject
        Parts that stay as they are, or return to full light if they had been dimmed.
    opacity : float
        Share of the light that remains, 0 to 1; ``theme.OPACITY_CONTEXT`` if not given.
    """
    keep = list(keep)
    strength = _checked_strength(opacity)
    for leaf in leaves_of(keep):
        paint_leaf(leaf, _forget(leaf))
    for leaf in leaves_of(mobjects, keep):
        paint_leaf(leaf, _remember(leaf), strength)


def undim(*mobjects: Mobject) -> None:
    """Give everything in ``mobjects`` exactly the opacities it had before it was first dimmed."""
    for leaf in leaves_of(mobjects):
        paint_leaf(leaf, _forget(leaf))


def _checked_strength(opacity: float | None) -> float:
    strength = theme.OPACITY_CONTEXT if opacity is None else float(opacity)
    if not 0 <= strength <= 1:
        raise ValueError(f"An opacity of {strength} was found; expected a share of the light from 0 to 1.")
    return strength


class Standing:
    """How mobjects stand when a motion begins, and what their numbers say.

    A motion that shifts them or rewrites their digits ``restore``s them first: so a moment does not depend, not even by
    a rounding, on how many were shown before, which is a matter of the frame rate and of the cache.

    Parameters
    ----------
    mobjects : iterable of Mobject
    """

    SAID = ("text", "value", "passport", "placed", "unit_ratio")

    def __init__(self, mobjects: Iterable[Mobject]) -> None:
        self.kept = [
            (leaf, leaf.points.copy(), {name: vars(leaf)[name] for name in self.SAID if name in vars(leaf)})
            for leaf in leaves_of(mobjects)
        ]

    def restore(self) -> None:
        """Bring them back to where they stood; their light stays as it is."""
        for leaf, points, said in self.kept:
            leaf.points = points.copy()
            vars(leaf).update(said)


class PartMotion(Animation):
    """Base of motions that write the arrays of existing parts: nothing is copied, nothing re-ordered.

    Parts keep their place among the mobjects of the scene. ``entering`` parts that are not on the scene are added
    when the motion starts, ``leaving`` ones are taken off when it ends.

    Attributes
    ----------
    AFRESH : bool
        Whether each moment starts from how the parts stood at the beginning: for motions that shift parts or rewrite
        digits, step by step. No other motion may move the same parts at the same time.
    """

    AFRESH = False

    def __init__(
        self,
        parts: Iterable[VMobject],
        entering: Iterable[VMobject] = (),
        leaving: Iterable[VMobject] = (),
        run_time: float | None = None,
        rate_func=smooth,
        **kwargs,
    ) -> None:
        self.entering, self.leaving = list(entering), list(leaving)
        # As an introducer the motion sets the scene itself; otherwise manim would add the loose group of parts.
        super().__init__(
            VGroup(*parts),
            run_time=theme.TIME_BASE if run_time is None else run_time,
            rate_func=rate_func,
            introducer=True,
            **kwargs,
        )

    def _setup_scene(self, scene) -> None:
        if scene is None:
            return
        present = {id(member) for member in scene.get_mobject_family_members()}
        for part in self.entering:
            if id(part) not in present:
                scene.add(part)

    def create_starting_mobject(self) -> Mobject:
        """Keep no copy: the motion remembers what it needs when it begins."""
        return Mobject()

    def get_all_mobjects(self) -> tuple[Mobject, ...]:
        """Return the parts in motion."""
        return (self.mobject,)

    def begin(self) -> None:
        """Remember where the parts are, then show the first moment."""
        self.prepare()
        self.standing = Standing([self.mobject] if self.AFRESH else [])
        super().begin()

    def prepare(self) -> None:
        """Read the parts as they stand when the motion starts."""

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the moment ``alpha`` of the run time, 0 to 1."""
        self.standing.restore()
        self.show_moment(float(np.clip(alpha, 0, 1)))

    def show_moment(self, time: float) -> None:
        """Write the parts as they are at ``time``, a share of the run time; easing is up to the motion."""
        raise NotImplementedError

    def clean_up_from_scene(self, scene) -> None:
        """Take the leaving parts off the scene."""
        super().clean_up_from_scene(scene)
        if self.leaving:
            scene.remove(*self.leaving)


class Dim(PartMotion):
    """Motion of :func:`dim`: light goes down on ``mobjects`` and up on ``keep``. Adds nothing to the scene.

    Examples
    --------
    >>> row = TokenRow(self.pieces)
    >>> self.add(row)
    >>> self.play(Dim(row, keep=[row.tokens[self.pick.query]]))
    """

    def __init__(
        self, *mobjects: Mobject, keep: Iterable[Mobject] = (), opacity: float | None = None, **kwargs
    ) -> None:
        self.keep, self.strength = list(keep), _checked_strength(opacity)
        self.dimmed = leaves_of(mobjects, self.keep)
        super().__init__([*self.dimmed, *leaves_of(self.keep)], **kwargs)

    def prepare(self) -> None:
        """Note the opacities now and the opacities to come."""
        dimmed = [(leaf, leaf_alphas(leaf), _remember(leaf), self.strength) for leaf in self.dimmed]
        kept = [(leaf, leaf_alphas(leaf), _forget(leaf), 1.0) for leaf in leaves_of(self.keep)]
        self.fades = dimmed + kept

    def show_moment(self, time: float) -> None:
        """Mix the opacities of start and end."""
        _mix(self.fades, self.rate_func(time))


class Undim(PartMotion):
    """Motion of :func:`undim`: everything returns to the light it had.

    Examples
    --------
    >>> row = TokenRow(self.pieces).dim_except([self.pick.query])
    >>> self.add(row)
    >>> self.play(Undim(row))
    """

    def __init__(self, *mobjects: Mobject, **kwargs) -> None:
        self.dimmed = leaves_of(mobjects)
        super().__init__(self.dimmed, **kwargs)

    def prepare(self) -> None:
        """Note the opacities now and the ones to return to."""
        self.fades = [(leaf, leaf_alphas(leaf), _forget(leaf), 1.0) for leaf in self.dimmed]

    def show_moment(self, time: float) -> None:
        """Mix the opacities of start and end."""
        _mix(self.fades, self.rate_func(time))


def _mix(fades: list[tuple[VMobject, Alphas, Alphas, float]], progress: float) -> None:
    for leaf, start, end, strength in fades:
        mixed = tuple(
            tuple((1 - progress) * first + progress * strength * last for first, last in zip(*pair, strict=True))
            for pair in zip(start, end, strict=True)
        )
        paint_leaf(leaf, mixed)
