"""The camera and the glass before it: named framings, and what stays in its corner wherever the camera goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from manim import ORIGIN, Mobject, VGroup, VMobject
from numpy.typing import NDArray

from mobjects import layout, theme
from mobjects.dimming import PartMotion, leaves_of
from mobjects.following import settled
from mobjects.numerals import Numeral, recover_placement

HOME = "home"

Floats = NDArray[np.float64]


class FixedLayer(VGroup):
    """Things that keep their place and size on the glass, whatever the camera looks at.

    Numbers in it may count; else its parts hold still: change them before they are added. Where it fades in while the
    camera moves, the camera's motion comes first in the play.

    Parameters
    ----------
    frame : Mobject
        What the camera sees: ``self.camera.frame``.
    mobjects : VMobject
        Placed as for a camera that has not moved: a frame ``layout.FRAME_HEIGHT`` high about the origin.

    Examples
    --------
    >>> layer = FixedLayer(self.camera.frame, SectionTag("the first head", "measured"))
    >>> self.add(WeightMatrix(self.quantity("WQ")).scale(2), layer)
    >>> self.play(MoveCamera(self.camera.frame, 13))
    """

    def __init__(self, frame: Mobject, *mobjects: VMobject) -> None:
        super().__init__(*mobjects)

        # The frame is bound here and not kept as an attribute, so that a copy of the layer follows the same camera.
        @settled
        def follow(layer: FixedLayer) -> None:
            layer.follow(frame)

        self.add_updater(follow, call_updater=True)

    def add(self, *mobjects: VMobject) -> FixedLayer:
        """Fix more on the glass, placed as for a camera that has not moved."""
        for leaf in leaves_of(mobjects):
            # Always drawn from these: scaling step by step would leave rounding that depends on how many frames were
            # drawn, and the cache would not know the next play again.
            placement = recover_placement(leaf) if isinstance(leaf, Numeral) else None
            leaf.glass_outline = leaf.points.copy() if placement is None else placement
            leaf.glass_stroke = leaf.stroke_width
        return super().add(*mobjects)

    def follow(self, frame: Mobject) -> FixedLayer:
        """Go where the frame is now."""
        zoom, center = frame.height / layout.FRAME_HEIGHT, frame.get_center()
        for leaf in leaves_of([self]):
            leaf.points = outline_on_glass(leaf) * zoom + center
            leaf.stroke_width = leaf.glass_stroke * zoom
        return self


def outline_on_glass(leaf: VMobject) -> Floats:
    """Return the points of a fixed part as an unmoved camera would see them."""
    if isinstance(leaf, Numeral):
        return leaf.template.outline @ leaf.glass_outline
    return leaf.glass_outline


class MoveCamera(PartMotion):
    """The camera goes to another height and place in one sweep, that zooms evenly and never swerves.

    Parameters
    ----------
    frame : Mobject
        ``self.camera.frame``.
    height : float
        Of the frame at the end, in manim units.
    center : Mobject or array, optional
        Where it looks at the end, as it stands when the motion begins; where it does now if not given.
    strokes : iterable of Mobject
        Whose lines keep their width on the screen: they get wider as the frame gets higher.

    Raises
    ------
    ValueError
        If the height is not above zero.

    Examples
    --------
    >>> row = TokenRow(self.pieces, token_gap=0.2)
    >>> self.camera.frame.scale_to_fit_height(2.5).move_to(row.tokens[3])
    >>> self.add(row)
    >>> self.play(MoveCamera(self.camera.frame, 8, row))
    """

    def __init__(
        self,
        frame: Mobject,
        height: float,
        center: Any = None,
        strokes: Iterable[Mobject] = (),
        run_time: float | None = None,
        **kwargs,
    ) -> None:
        if not 0 < height < np.inf:
            raise ValueError(f"A frame height of {height} was found; expected a height above zero.")
        self.frame, self.goal_height, self.goal_center = frame, float(height), center
        self.stroked = leaves_of(strokes)
        duration = theme.TIME_CAMERA if run_time is None else run_time
        # Manim sees that everything moves by the frame being on the scene; it has nothing to be seen.
        super().__init__([frame, *self.stroked], entering=[frame], run_time=duration, **kwargs)

    def prepare(self) -> None:
        """Note where the camera is and where it goes."""
        goal = self.frame.copy().scale_to_fit_height(self.goal_height)
        if self.goal_center is not None:
            goal.move_to(point_of(self.goal_center))
        self.start, self.goal = self.frame.points.copy(), goal.points
        self.centers = self.frame.get_center(), goal.get_center()
        self.growth = float(np.log(goal.height / self.frame.height))
        self.widths = [leaf.stroke_width for leaf in self.stroked]

    def show_moment(self, time: float) -> None:
        """Put the frame where it is at this moment."""
        progress = self.rate_func(time)
        zoom = np.exp(progress * self.growth)
        # Even zoom is a power; the center goes in step with the size, so that one point of the picture stands still.
        grown = np.expm1(progress * self.growth) / np.expm1(self.growth) if abs(self.growth) > 1e-6 else progress
        center = (1 - grown) * self.centers[0] + grown * self.centers[1]
        moving = (self.start - self.centers[0]) * zoom + center
        self.frame.points = self.goal.copy() if progress == 1 else moving
        for leaf, width in zip(self.stroked, self.widths, strict=True):
            leaf.stroke_width = width * zoom


def point_of(place: Any) -> Floats:
    """Return a place as a point (3,): the middle of a mobject, or two or three coordinates."""
    if isinstance(place, Mobject):
        return place.get_center()
    point = np.zeros(3)
    point[: len(place)] = place
    return point


class CameraRig:
    """The framings of a scene by name, and the way from each to the next.

    Parameters
    ----------
    frame : Mobject
        ``self.camera.frame``.
    shots : mapping of str to (height, center)
        Frame heights in manim units, and where to look: a mobject or a point. "home" is a frame ``layout.FRAME_HEIGHT``
        high about the origin if it is not given.
    strokes : iterable of Mobject
        Whose lines keep their width on the screen.

    Raises
    ------
    ValueError
        If a height is not above zero, or a shot is asked for that there is not.

    Examples
    --------
    >>> row = TokenRow(self.pieces, token_gap=0.2)
    >>> rig = CameraRig(self.camera.frame, {"word": (3, row.tokens[1]), "all": (9, row)}, strokes=[row.boxes])
    >>> self.add(row)
    >>> self.play(rig.to("word"))
    >>> self.play(rig.to("all"))
    """

    def __init__(self, frame: Mobject, shots: Mapping[str, tuple[float, Any]], strokes: Iterable[Mobject] = ()) -> None:
        self.frame, self.strokes = frame, list(strokes)
        self.shots = {HOME: (layout.FRAME_HEIGHT, ORIGIN), **shots}
        for name, (height, _) in self.shots.items():
            if not 0 < height < np.inf:
                raise ValueError(f"The shot {name!r} has a height of {height}; expected a height above zero.")

    def to(self, name: str, **kwargs) -> MoveCamera:
        """Return the motion from wherever the camera is to a shot."""
        if name not in self.shots:
            raise ValueError(f"The shot {name!r} was asked for; there are {', '.join(self.shots)}.")
        height, center = self.shots[name]
        return MoveCamera(self.frame, height, center, strokes=self.strokes, **kwargs)
