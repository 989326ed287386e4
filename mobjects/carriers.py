"""Shapes that carry the numbers they show, and keep them through morphs, copies and restores."""

from __future__ import annotations

from copy import copy

from manim import VMobject


class Carrier(VMobject):
    """A shape with attributes that follow it: whatever becomes like another carrier takes over what that one shows.

    ``carried`` names the attributes; values are kept as they are given.
    """

    carried: tuple[str, ...] = ("value", "passport")

    def interpolate_color(self, mobject1: VMobject, mobject2: VMobject, alpha: float) -> Carrier:
        """Mix colours; at either end also take over what is carried, since this ends every morph and every restore."""
        super().interpolate_color(mobject1, mobject2, alpha)
        end = mobject2 if alpha else mobject1
        if alpha in (0, 1) and isinstance(end, Carrier) and end.carried == self.carried:
            for name in self.carried:
                setattr(self, name, copy(getattr(end, name)))
        return self
