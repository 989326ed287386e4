"""Machines with depth, without a third dimension: a slab that data enters, and the whole model as receding plates."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from manim import DOWN, UP, ManimColor, Mobject, Polygon, RoundedRectangle, VGroup, VMobject
from manim.utils.rate_functions import linear

from mobjects import layout, theme
from mobjects.blocks import kind_color
from mobjects.dimming import PartMotion, leaves_of
from mobjects.numerals import Floats, Numbers
from mobjects.text import label

# Where a step of one unit into the depth leads on the screen.
DEPTH_STEP = np.array([0.5, 0.25, 0.0])
FACE_OPACITY = 0.85
# How much lighter the top and darker the side of a slab are than its front.
LIGHTER, DARKER = 0.12, 0.25
TITLE_OUTLINE, TITLE_SHARE = 4, 0.82
PLATES, PLATE_DEPTH, PLATE_CORNER = 10, 0.3, 0.12
# Share of the light that is left on the last plate of a machine.
LAST_PLATE = 0.45


class BlockSlab(VGroup):
    """A dark block with a front, a top and a right side: data enters at the front and leaves at the back.

    Parameters
    ----------
    title : str, optional
        On the front, shrunk until it fits.
    kind : str
        As for :class:`mobjects.blocks.Block`: the colour of the edges.
    width, height : float
        Of the front, in manim units.
    depth : float
        Each unit goes half a unit to the right and a quarter up.

    Raises
    ------
    ValueError
        If there is no such kind or a size is not above zero.

    Examples
    --------
    >>> attention = BlockSlab("Attention", kind="attention")
    >>> mlp = BlockSlab("MLP", kind="mlp").next_to(attention, RIGHT, buff=layout.GAP_SECTION)
    >>> slabs = VGroup(attention, mlp).center()
    >>> self.play(FadeIn(slabs, shift=0.5 * RIGHT, lag_ratio=0.1))
    >>> self.play(PlatePulse([attention.faces, mlp.faces]))
    """

    def __init__(
        self,
        title: str | None = None,
        kind: str = "plain",
        width: float = 2.6,
        height: float = 3.2,
        depth: float = 2.0,
    ) -> None:
        if min(width, height, depth) <= 0:
            raise ValueError(f"Sizes {width}, {height}, {depth} were found; expected all of them above zero.")
        ink, body, back = kind_color(kind), ManimColor(theme.BLOCK), depth * DEPTH_STEP
        low_left, low_right = np.array([-width, -height, 0]) / 2, np.array([width, -height, 0]) / 2
        rise = height * UP
        corners = {
            "top": (low_left + rise, low_right + rise, low_right + rise + back, low_left + rise + back),
            "right": (low_right, low_right + rise, low_right + rise + back, low_right + back),
            "front": (low_left, low_right, low_right + rise, low_left + rise),
        }
        shades = {"top": body.lighter(LIGHTER), "right": body.darker(DARKER), "front": body}
        style = {"stroke_color": ink, "stroke_width": theme.STROKE_BOX, "fill_opacity": FACE_OPACITY}
        faces = VGroup(*(Polygon(*corners[side], fill_color=shades[side], **style) for side in corners))
        super().__init__(faces, VGroup())
        if title is not None:
            words = label(title).set_stroke(theme.BACKGROUND, TITLE_OUTLINE, background=True)
            self.submobjects[1].add(layout.fit(words, TITLE_SHARE * width, TITLE_SHARE * height).move_to(self.front))
        self.center()

    @property
    def faces(self) -> VGroup:
        """Top, right side and front, in the order in which they are drawn."""
        return self.submobjects[0]

    @property
    def top(self) -> VMobject:
        """The top face."""
        return self.faces[0]

    @property
    def side(self) -> VMobject:
        """The right face."""
        return self.faces[1]

    @property
    def front(self) -> VMobject:
        """The front face."""
        return self.faces[2]

    @property
    def title(self) -> VMobject | None:
        """The words on the front, None if there are none."""
        return self.submobjects[1][0] if len(self.submobjects[1]) else None

    @property
    def entry(self) -> Floats:
        """The middle of the front, where data enters."""
        middle: Floats = self.front.get_center()
        return middle

    @property
    def exit(self) -> Floats:
        """The middle of the back, where data leaves."""
        corners = self.side.get_vertices()
        middle: Floats = self.entry + corners[3] - corners[0]
        return middle


class ProjectorBox(VGroup):
    """The whole model as a machine that stays shut: receding plates, its name below.

    Parameters
    ----------
    words : str, optional
        Its name.
    plates : int
        How many; a picture, not a count of layers.
    width, height : float
        Of a plate, in manim units.

    Raises
    ------
    ValueError
        If there are no plates or a size is not above zero.

    Examples
    --------
    >>> machine = ProjectorBox("language model")
    >>> self.play(FadeIn(machine, lag_ratio=0.05))
    >>> self.play(PlatePulse(machine.plates))
    """

    def __init__(self, words: str | None = None, plates: int = PLATES, width: float = 2.4, height: float = 3.0) -> None:
        if plates < 1 or min(width, height) <= 0:
            raise ValueError(f"{plates} plates of {width} by {height} were found; expected one or more, of some size.")
        body, ground = ManimColor(theme.BLOCK), ManimColor(theme.BACKGROUND)
        plate = RoundedRectangle(
            corner_radius=PLATE_CORNER,
            width=width,
            height=height,
            stroke_color=theme.RULE,
            stroke_width=theme.STROKE_BOX,
            fill_opacity=1,
        )
        super().__init__(VGroup(), VGroup())
        # The last plate is drawn first.
        for place in reversed(range(plates)):
            light = 1 - (1 - LAST_PLATE) * place / max(plates - 1, 1)
            drawn = plate.copy().set_fill(ground.interpolate(body, light))
            drawn.set_stroke(ground.interpolate(ManimColor(theme.RULE), light))
            self.submobjects[0].add(drawn.shift(place * PLATE_DEPTH * DEPTH_STEP))
        if words is not None:
            name = layout.fit(label(words), 2 * layout.SAFE_X)
            self.submobjects[1].add(name.next_to(self.submobjects[0], DOWN, buff=layout.GAP_RELATED))
        self.center()

    @property
    def plates(self) -> list[VMobject]:
        """The plates from the front to the back."""
        return self.submobjects[0].submobjects[::-1]

    @property
    def caption(self) -> VMobject | None:
        """The name, None if there is none."""
        return self.submobjects[1][0] if len(self.submobjects[1]) else None

    @property
    def entry(self) -> Floats:
        """The middle of the front plate, where data enters."""
        middle: Floats = self.plates[0].get_center()
        return middle

    @property
    def exit(self) -> Floats:
        """The middle of the right edge of the last plate, where the answer comes out."""
        edge: Floats = self.plates[-1].get_right()
        return edge


class PlatePulse(PartMotion):
    """Light passes through plates or slabs, one after another; they stay as they were.

    Parameters
    ----------
    plates : iterable of Mobject
        In the order in which light reaches them: ``machine.plates``, or the ``faces`` of slabs.
    color : str
        Of the light; ``theme.KEY`` if not given, ``theme.LOSS`` backward.
    backward : bool
        From the last to the first, as gradients go.
    shares : float array, shape (n_plates,)
        How strongly each lights up, 0 to 1; all fully if not given.
    lag_ratio : float
        Delay from plate to plate, in shares of the time one shines.

    Raises
    ------
    ValueError
        If there are no plates, or not one share for each.

    Examples
    --------
    >>> names = ["Attention", "MLP", "Attention", "MLP"]
    >>> slabs = [BlockSlab(name, kind=name.lower(), width=2.3, height=2.4, depth=1.2) for name in names]
    >>> self.play(FadeIn(VGroup(*slabs).arrange(RIGHT)))
    >>> self.play(PlatePulse([slab.faces for slab in slabs], backward=True, lag_ratio=0.4), run_time=2)
    """

    # How far a fully lit plate turns to the colour of the light.
    STRENGTH = 0.75

    def __init__(
        self,
        plates: Iterable[Mobject],
        color: str | None = None,
        backward: bool = False,
        shares: Numbers | None = None,
        lag_ratio: float | None = None,
        rate_func=linear,
        **kwargs,
    ) -> None:
        plates = list(plates)
        if not plates:
            raise ValueError("No plates were found; give at least one for light to pass through.")
        strengths = _checked_shares(shares, len(plates))
        self.color = theme.rgba((theme.LOSS if backward else theme.KEY) if color is None else color)[:3]
        order = slice(None, None, -1 if backward else 1)
        self.plates, self.strengths = plates[order], strengths[order]
        lag = theme.LAG_ITEMS if lag_ratio is None else lag_ratio
        super().__init__(leaves_of(plates), lag_ratio=lag, rate_func=rate_func, **kwargs)

    def prepare(self) -> None:
        """Note the colours of all plates."""
        self.paints = [
            [(leaf, leaf.fill_rgbas.copy(), leaf.stroke_rgbas.copy()) for leaf in leaves_of([plate])]
            for plate in self.plates
        ]

    def show_moment(self, time: float) -> None:
        """Light each plate as far as it is lit."""
        for place, (leaves, strength) in enumerate(zip(self.paints, self.strengths, strict=True)):
            moment = float(np.clip(self.get_sub_alpha(time, place, len(self.plates)), 0, 1))
            shine = self.STRENGTH * strength * np.sin(np.pi * moment) ** 2 if 0 < moment < 1 else 0.0
            for leaf, fill, stroke in leaves:
                leaf.fill_rgbas, leaf.stroke_rgbas = fill.copy(), stroke.copy()
                for paint in (leaf.fill_rgbas, leaf.stroke_rgbas):
                    paint[:, :3] += shine * (self.color - paint[:, :3])


def _checked_shares(shares: Numbers | None, count: int) -> Floats:
    found = np.ones(count) if shares is None else np.asarray(shares, dtype=float)
    if found.shape != (count,) or not np.isfinite(found).all() or found.min() < 0 or found.max() > 1:
        raise ValueError(f"Shares {found.tolist()} were found; expected one from 0 to 1 for each of {count} plates.")
    return found
