"""Mobjects that follow others, and what that means for plays that are leapt over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from manim import Animation, UpdateFromAlphaFunc, UpdateFromFunc
from manim.animation.composition import AnimationGroup
from manim.animation.movement import PhaseFlow

from mobjects.dimming import Standing

# Motions whose next moment depends on the one before, not only on the time.
WANDERING = (UpdateFromFunc, UpdateFromAlphaFunc, PhaseFlow)


def settled(updater: Any) -> Any:
    """Mark an updater as one that looks only at the present, so that what it does can be skipped over.

    Where a play's film is in the cache, a scene without other updaters goes straight to the play's end.

    Examples
    --------
    >>> dot, words = GlowDot((-4, -1), radius=0.5), label("wherever it goes")
    >>> @settled
    ... def follow(text):
    ...     text.next_to(dot, UP)
    >>> self.add(dot, words.add_updater(follow, call_updater=True))
    >>> self.play(dot.animate.move_to(ORIGIN), run_time=2)
    """
    updater.settled = True
    return updater


def wanders(scene: Any) -> bool:
    """Return whether the end of a play may depend on every moment before it, so that none may be left out."""
    if scene.updaters or scene.always_update_mobjects or scene.stop_condition is not None:
        return True
    animations = list(every(scene.animations))
    if any(isinstance(animation, WANDERING) or is_foreign(type(animation)) for animation in animations):
        return True
    families = [*scene.mobjects, *(animation.mobject for animation in animations)]
    return any(
        not getattr(updater, "settled", False)
        for mobject in families
        for member in mobject.get_family()
        for updater in member.updaters
    )


def is_foreign(animation_class: type) -> bool:
    """Return whether an animation is neither manim's nor ours: nobody knows how its end comes about."""
    return animation_class.__module__.partition(".")[0] not in ("manim", "mobjects")


def every(animations: Iterable[Animation]) -> Iterable[Animation]:
    """Go through animations and those inside them."""
    for animation in animations:
        yield animation
        if isinstance(animation, AnimationGroup):
            yield from every(animation.animations)
        inner = getattr(animation, "inner", None)
        if isinstance(inner, Animation):
            yield from every([inner])


class Followers:
    """The mobjects with settled updaters that a play does not move itself, as they stood when it began.

    Each moment moves them on from the one before, by a rounding more or less. After the play they are brought from
    their first place to their last in one step, so that it makes no difference how many moments there were.

    Parameters
    ----------
    scene : Scene
        Its play is compiled and has not begun.
    """

    def __init__(self, scene: Any) -> None:
        moved = {id(part) for one in every(scene.animations) for part in one.mobject.get_family()}
        families = [mobject.get_family() for mobject in scene.mobjects]
        self.members = [
            member
            for family in families
            for member in family
            if member.updaters
            and all(getattr(updater, "settled", False) for updater in member.updaters)
            and not any(id(part) in moved for part in member.get_family())
        ]
        self.standing = Standing(self.members)

    def settle(self) -> None:
        """Follow once, from where they stood."""
        self.standing.restore()
        for member in self.members:
            member.update(0)
