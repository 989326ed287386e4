"""What a word says or wonders: bubbles that point at it, as large as their words need."""

from __future__ import annotations

import numpy as np
from manim import Mobject, VGroup, VMobject
from numpy.typing import NDArray

from mobjects import layout, theme
from mobjects.dimming import PartMotion, leaf_alphas, leaves_of, paint_leaf
from mobjects.wrapping import wrapped

PAD = 0.3
CORNER_RADIUS = 0.3
# The foot of a pointer: its width, and how far it stays from the corners.
FOOT = 0.45
SIDES = {"up": (0.0, 1.0), "down": (0.0, -1.0), "left": (-1.0, 0.0), "right": (1.0, 0.0)}
# A cloud's bumps: how long they are on the edge, on the average and one after another, and how far they bulge out, in
# lengths of a bump.
BUMP, RHYTHM, BULGE = 0.95, (1.0, 0.8, 1.15, 0.9), 0.3
# The puffs between a thinker and the cloud: their radii.
PUFFS = (0.05, 0.08, 0.12)

Floats = NDArray[np.float64]


class Bubble(VGroup):
    """Base of bubbles: an outline that points at a target, and the content in it.

    Parameters
    ----------
    content : str or Mobject
        Words, broken into lines of at most ``width``; or anything drawn, which is moved into the bubble.
    target : Mobject
        What the bubble belongs to, where it stands now.
    side : {"up", "down", "left", "right"}
        On which side of the target the bubble is.
    color : str
        Of the outline, by the role of the one who speaks; ``theme.TEXT`` if not given.
    size : float
        Font size of words; ``theme.FONT_LABEL`` if not given.
    width : float
        Of the content at most, in manim units.
    distance : float
        Between target and bubble, in manim units.
    aside : float
        How far the bubble is moved along the target, in manim units; its pointer still points at the target.

    Raises
    ------
    ValueError
        If there is no such side, a distance is too short for a pointer, or the words cannot be drawn.
    """

    def __init__(
        self,
        content: str | Mobject,
        target: Mobject,
        side: str = "up",
        color: str | None = None,
        size: float | None = None,
        width: float = 4.0,
        distance: float = 1.2,
        aside: float = 0.0,
    ) -> None:
        if side not in SIDES:
            raise ValueError(f"side={side!r} was found; expected one of {', '.join(SIDES)}.")
        if not distance >= FOOT:
            raise ValueError(f"A distance of {distance} was found; a pointer needs at least {FOOT}.")
        if isinstance(content, str):
            content = wrapped(content, width, size, align="center")
        away = np.array([*SIDES[side], 0.0])
        box = np.array([content.width, content.height]) / 2 + PAD
        center = target.get_critical_point(away) + away * (distance + abs(away[:2]) @ box)
        center += aside * np.abs(away[[1, 0, 2]])
        content.move_to(center)
        across = np.array([-away[1], away[0], 0.0])
        tip = target.get_critical_point(away) + layout.GAP_LABEL * away - center
        reach = box if away[1] else box[::-1]
        paths = self.paths(reach, np.array([tip @ across, tip @ away]))
        outline = VMobject(
            stroke_color=theme.TEXT if color is None else color,
            stroke_width=theme.STROKE_BOX,
            fill_color=theme.BACKGROUND,
            fill_opacity=0.9,
        )
        for path in paths:
            outline.add_subpath(VMobject().set_points_as_corners(center + path @ np.stack([across, away])).points)
        super().__init__(outline, content)

    def paths(self, reach: Floats, tip: Floats) -> list[Floats]:
        """Return the closed lines of the outline, the first from the tip to the tip.

        All is seen from the middle of the bubble, with the target below it.

        Parameters
        ----------
        reach : float array, shape (2,)
            How far to the side and how far up and down the content needs room, padding included.
        tip : float array, shape (2,)
            Where the pointer ends.
        """
        raise NotImplementedError

    @property
    def outline(self) -> VMobject:
        """Bubble and pointer, one outline."""
        return self.submobjects[0]

    @property
    def content(self) -> Mobject:
        """What is in the bubble."""
        return self.submobjects[1]

    @property
    def tip(self) -> Floats:
        """Where the pointer ends now."""
        return np.array(self.outline.points[0])


class SpeechBubble(Bubble):
    """Words in a rounded box whose pointer ends at the one who says them.

    Takes what a :class:`ThoughtBubble` takes.

    Examples
    --------
    >>> row = TokenRow(self.pieces, token_gap=0.2).move_to(1.8 * DOWN).tint(1, theme.KEY)
    >>> offer = SpeechBubble("I am an adjective, and a noun comes soon.", row.tokens[1], color=theme.KEY, aside=1)
    >>> self.add(row)
    >>> self.play(GrowBubble(offer))
    """

    def paths(self, reach: Floats, tip: Floats) -> list[Floats]:
        """Return a rounded box, opened where the pointer stands on it."""
        radius = min(CORNER_RADIUS, *reach)
        half = min(FOOT / 2, reach[0] - radius)
        free = reach[0] - radius - half
        foot = np.array([np.clip(tip[0], -free, free), -reach[1]])
        rise = bent(tip, foot + [0.4 * half, 0], foot + [half, 0])
        fall = bent(foot - [half, 0], foot - [0.4 * half, 0], tip)
        return [np.concatenate([rise, rounded(reach, radius), fall])]


class ThoughtBubble(Bubble):
    """A cloud with what someone wonders, and puffs that rise to it from the one who does.

    Parameters
    ----------
    content : str or Mobject
        Words, broken into lines of at most ``width``; or anything drawn, which is moved into the bubble.
    target : Mobject
        What the bubble belongs to, where it stands now.
    side : {"up", "down", "left", "right"}
        On which side of the target the bubble is.
    color : str
        Of the outline, by the role of the one who thinks; ``theme.TEXT`` if not given.
    size : float
        Font size of words; ``theme.FONT_LABEL`` if not given.
    width, distance, aside : float
        Of the content at most; between target and bubble; how far the bubble is moved along the target, at which its
        pointer still points. In manim units.

    Raises
    ------
    ValueError
        If there is no such side, the distance is too short for a pointer, or the words cannot be drawn.

    Examples
    --------
    >>> row = TokenRow(self.pieces, token_gap=0.2).move_to(1.8 * DOWN).tint(3, theme.QUERY)
    >>> question = ThoughtBubble("Are there adjectives in front of me?", row.tokens[3], color=theme.QUERY)
    >>> self.add(row)
    >>> self.play(GrowBubble(question))
    """

    def paths(self, reach: Floats, tip: Floats) -> list[Floats]:
        """Return the puffs, smallest first, and the cloud."""
        edge = closed(rounded(reach + layout.GAP_LABEL, 0.7 * min(reach)))
        steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(edge, axis=0), axis=1))])
        count = max(6, round(steps[-1] / BUMP))
        lengths = np.resize(RHYTHM, count)
        places = np.concatenate([[0], np.cumsum(lengths)]) / lengths.sum() * steps[-1]
        corners = np.stack([np.interp(places, steps, axis) for axis in edge.T], axis=1)
        cloud = np.concatenate([bump(*pair) for pair in zip(corners[:-1], corners[1:], strict=True)])
        foot = np.array([np.clip(tip[0], -0.5 * reach[0], 0.5 * reach[0]), -reach[1] - BULGE * BUMP])
        way = (foot - tip) / np.linalg.norm(foot - tip)
        gap = max(0.0, float(np.linalg.norm(foot - tip)) / len(PUFFS) - 2 * sum(PUFFS) / len(PUFFS))
        before = 2 * np.cumsum(np.array((0.0, *PUFFS[:-1]))) + gap * np.arange(len(PUFFS))
        middles = [tip + (start + radius) * way for start, radius in zip(before, PUFFS, strict=True)]
        return [*(puff(middle, radius, way) for middle, radius in zip(middles, PUFFS, strict=True)), cloud]


def rounded(reach: Floats, radius: float) -> Floats:
    """Return points (n, 2) of a box with round corners, from the lower right corner round to the lower left."""
    turns = np.linspace(0, np.pi / 2, 12)
    corners = [(1, -1, -np.pi / 2), (1, 1, 0.0), (-1, 1, np.pi / 2), (-1, -1, np.pi)]
    return np.concatenate(
        [
            np.array([x, y]) * (reach - radius)
            + radius * np.stack([np.cos(turn + turns), np.sin(turn + turns)], axis=1)
            for x, y, turn in corners
        ]
    )


def bent(start: Floats, pull: Floats, end: Floats) -> Floats:
    """Return points (n, 2) of a bow from ``start`` to ``end`` that leans to ``pull``."""
    time = np.linspace(0, 1, 16)[:, None]
    return (1 - time) ** 2 * start + 2 * time * (1 - time) * pull + time**2 * end


def bump(start: Floats, end: Floats) -> Floats:
    """Return points (n, 2) of a half round bulge from one point to another, to the right of the way."""
    chord = end - start
    turns = np.linspace(0, np.pi, 16)[:, None]
    return (start + end) / 2 - np.cos(turns) * chord / 2 + BULGE * np.sin(turns) * np.array([chord[1], -chord[0]])


def puff(middle: Floats, radius: float, way: Floats) -> Floats:
    """Return a circle (n, 2) that starts and ends where ``way`` enters it."""
    turns = np.linspace(0, 2 * np.pi, 33)[:, None]
    return middle - radius * (np.cos(turns) * way + np.sin(turns) * np.array([-way[1], way[0]]))


def closed(points: Floats) -> Floats:
    """Return a line with its first point once more at the end."""
    return np.concatenate([points, points[:1]])


class GrowBubble(PartMotion):
    """A bubble grows out of the tip of its pointer; its content shows when there is room for it.

    Parameters
    ----------
    bubble : SpeechBubble or ThoughtBubble
        Added to the scene.

    Examples
    --------
    >>> word = TokenRow([self.pieces[3]], font_size=theme.FONT_TITLE).move_to(0.8 * DOWN + 2.5 * LEFT)
    >>> answer = SpeechBubble(NumericEmbedding(self.quantity("V")[3], length=4), word, side="right", distance=1.5)
    >>> self.add(word)
    >>> self.play(GrowBubble(answer))
    """

    # The content shows from this share of the way on.
    ROOM = 0.5

    def __init__(self, bubble: Bubble, **kwargs) -> None:
        self.bubble = bubble
        super().__init__(leaves_of([bubble]), entering=[bubble], **kwargs)

    def prepare(self) -> None:
        """Note what there will be."""
        self.tip = self.bubble.tip
        self.rest = [(leaf, leaf.points.copy(), leaf_alphas(leaf)) for leaf in leaves_of([self.bubble])]

    def show_moment(self, time: float) -> None:
        """Draw the bubble at its size of the moment."""
        progress = self.rate_func(time)
        for leaf, points, alphas in self.rest:
            inside = leaf is not self.bubble.outline
            leaf.points = points if progress == 1 else self.tip + progress * (points - self.tip)
            paint_leaf(leaf, alphas, max(0.0, (progress - self.ROOM) / (1 - self.ROOM)) if inside else progress**0.5)
