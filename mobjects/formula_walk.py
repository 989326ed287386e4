"""Formulas whose parts have names: a box walks from one to the next, and one formula becomes another part by part."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from manim import MathTypst, SurroundingRectangle, Transform, VGroup, VMobject
from numpy.typing import NDArray

from mobjects import layout, theme
from mobjects.dimming import PartMotion, leaves_of
from mobjects.text import LAYOUT_SIZE, filled

FIELD = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
CORNER_RADIUS = 0.1

Floats = NDArray[np.float64]


class FormulaWalk(VGroup):
    """A formula whose parts can be pointed at by name, one glyph per outline.

    Parameters
    ----------
    template : str
        Typst mathematics with a ``{name}`` for each part, written by the author of a scene.
    parts : mapping of str to str
        What stands for each name: Typst mathematics, which may name further parts.
    colors : mapping of str to str, optional
        Colours of parts, by role; a part inside another keeps its own.
    size : float
        Font size; ``theme.FONT_BODY`` if not given.

    Raises
    ------
    ValueError
        If the template names a part that there is not, or a part is not named anywhere or names itself; if colours are
        given for no part.

    Examples
    --------
    >>> parts = {"scores": "frac({query} {key}^T, sqrt(d_k))", "query": "Q", "key": "K", "value": "V"}
    >>> roles = {"query": theme.QUERY, "key": theme.KEY, "value": theme.VALUE}
    >>> walk = FormulaWalk('"softmax" (thin {scores} thin) thin {value}', parts, roles, size=96)
    >>> self.play(FadeIn(walk))
    >>> self.play(Create(walk.box("scores")))

    Source
    ------
    The author of the scene; the formula of attention is equation 1 of A. Vaswani et al., 2017.
    """

    def __init__(
        self,
        template: str,
        parts: Mapping[str, str],
        colors: Mapping[str, str] | None = None,
        size: float | None = None,
    ) -> None:
        size = theme.FONT_BODY if size is None else size
        outlines, self.places = laid_out(expanded(template, parts), tuple(parts))
        glyphs = [VMobject(stroke_width=0, fill_opacity=1, color=theme.TEXT).set_points(points) for points in outlines]
        super().__init__(*glyphs)
        self.scale(size / LAYOUT_SIZE).center()
        self.recolor(colors or {})

    @property
    def names(self) -> list[str]:
        """The names of the parts."""
        return list(self.places)

    def part(self, name: str) -> VGroup:
        """The glyphs of a part, with those of the parts inside it."""
        self._check(name)
        return VGroup(*(self.submobjects[place] for place in self.places[name]))

    def own_part(self, name: str | None) -> list[VMobject]:
        """The glyphs of a part that belong to no part inside it; those outside all parts for None."""
        inner = self.innermost()
        return [glyph for place, glyph in enumerate(self.submobjects) if inner.get(place) == name]

    def innermost(self) -> dict[int, str]:
        """Return for each glyph (0-based) that is in a part the smallest one it is in."""
        ordered = sorted(self.places, key=lambda name: -len(self.places[name]))
        return {place: name for name in ordered for place in self.places[name]}

    def recolor(self, colors: Mapping[str, str]) -> FormulaWalk:
        """Colour parts by role; of two parts one in the other, the inner one keeps its own."""
        for name in colors:
            self._check(name)
        for name in sorted(colors, key=lambda name: -len(self.places[name])):
            self.part(name).set_fill(colors[name])
        return self

    def box(self, name: str, color: str | None = None) -> SurroundingRectangle:
        """Return a box around a part: in the colour given, or that of all its glyphs, or ``theme.HIGHLIGHT``."""
        part = self.part(name)
        inks = {glyph.get_fill_color().to_hex() for glyph in part}
        own = theme.HIGHLIGHT if len(inks) > 1 or theme.TEXT in inks else inks.pop()
        ink = own if color is None else color
        radius, width = CORNER_RADIUS, theme.STROKE_BOX
        return SurroundingRectangle(part, buff=layout.GAP_TIGHT, corner_radius=radius, color=ink, stroke_width=width)

    def _check(self, name: str) -> None:
        if name not in self.places:
            raise ValueError(f"The part {name!r} was asked for; the formula has {', '.join(self.places) or 'none'}.")


def expanded(template: str, parts: Mapping[str, str], inside: tuple[str, ...] = ()) -> str:
    """Return the source of a template in manim's notation, in which a part is ``{{ body : name }}``."""

    def fill(field: re.Match[str]) -> str:
        name = field[1]
        if name not in parts:
            raise ValueError(f"The formula names {{{name}}}; parts are given for {', '.join(parts) or 'no name'}.")
        if name in inside:
            raise ValueError(f"The part {name!r} is inside itself; expected parts that end.")
        return "{{ " + expanded(parts[name], parts, (*inside, name)) + " : " + name + " }}"

    return FIELD.sub(fill, template)


@lru_cache(maxsize=256)
def laid_out(source: str, names: Sequence[str]) -> tuple[list[Floats], dict[str, tuple[int, ...]]]:
    """Return the outlines of a formula's glyphs at ``LAYOUT_SIZE``, and which of them are in each part.

    Every part costs a compilation of the formula, 10 to 30 ms; formulas are kept.
    """
    drawn = MathTypst(source, font_size=LAYOUT_SIZE)
    glyphs = drawn.family_members_with_points()
    places = {id(glyph): place for place, glyph in enumerate(glyphs)}
    unused = [name for name in names if f": {name} }}}}" not in source]
    if unused:
        raise ValueError(f"Parts that the formula does not name were found: {', '.join(unused)}.")
    members = {
        name: tuple(sorted(places[id(glyph)] for glyph in drawn.select(name).family_members_with_points()))
        for name in names
    }
    return [filled(glyph) for glyph in glyphs], members


class WalkTo(Transform):
    """The box of a formula goes on to another part, and takes its colour.

    Parameters
    ----------
    box : VMobject
        A box that :meth:`FormulaWalk.box` drew; it stays the same mobject.
    walk : FormulaWalk
    name : str
        The part to go to.
    color : str
        That of the part if not given.

    Examples
    --------
    >>> parts = {"query": "Q", "key": "K", "size": "sqrt(d_k)"}
    >>> roles = {"query": theme.QUERY, "key": theme.KEY}
    >>> walk = FormulaWalk("S = frac({query} {key}^T, {size})", parts, roles, size=96)
    >>> box = walk.box("query")
    >>> self.add(walk, box)
    >>> self.play(WalkTo(box, walk, "key"))
    """

    def __init__(self, box: VMobject, walk: FormulaWalk, name: str, color: str | None = None, **kwargs) -> None:
        super().__init__(box, walk.box(name, color), **kwargs)


class TransformFormula(PartMotion):
    """One formula becomes another: parts of the same name move, all else fades out, and in.

    Parameters
    ----------
    before : FormulaWalk
        Taken off the scene at the end, as it was.
    after : FormulaWalk
        Added to the scene, where it stands.

    Examples
    --------
    >>> roles = {"power": theme.UPDATE}
    >>> plain = FormulaWalk("{power}", {"power": "e^(x_i)"}, roles, size=120)
    >>> share = FormulaWalk("frac({power}, sum_j e^(x_j))", {"power": "e^(x_i)"}, roles, size=120)
    >>> self.add(plain)
    >>> self.play(TransformFormula(plain, share))
    """

    # What has no counterpart is gone by the first share of the time, and comes from the second on.
    GONE, COMES = 0.4, 0.6

    def __init__(self, before: FormulaWalk, after: FormulaWalk, run_time: float | None = None, **kwargs) -> None:
        self.before, self.after = before, after
        duration = theme.TIME_SLOW if run_time is None else run_time
        parts = leaves_of([before, after])
        super().__init__(parts, entering=[after], leaving=[before], run_time=duration, **kwargs)

    def prepare(self) -> None:
        """Find out which glyphs are the same, which blocks have one name, and which are alone."""
        self.rest = {id(leaf): (leaf, leaf.points.copy(), leaf.fill_rgbas.copy()) for leaf in self.mobject}
        self.same: list[tuple[VMobject, VMobject]] = []
        self.blocks: list[tuple[list[VMobject], list[VMobject]]] = []
        for name in self.after.names:
            first = self.before.own_part(name) if name in self.before.places else []
            last = self.after.own_part(name)
            if len(first) == len(last) and all(map(alike, first, last)):
                self.same += zip(first, last, strict=True)
            elif first and last:
                self.blocks.append((first, last))
        paired = {id(leaf) for pair in self.same for leaf in pair}
        paired |= {id(leaf) for block in self.blocks for side in block for leaf in side}
        self.leaving_alone = [leaf for leaf in leaves_of([self.before]) if id(leaf) not in paired]
        self.coming_alone = [leaf for leaf in leaves_of([self.after]) if id(leaf) not in paired]

    def show_moment(self, time: float) -> None:
        """Draw what moves on its way, and all else as far as it is there."""
        progress = self.rate_func(time)
        for first, last in self.same:
            self._show(first, 0.0)
            self._travel(first, last, progress)
        for first, last in self.blocks:
            boxes = self._box(first), self._box(last)
            for side, box, light in ((first, boxes[0], 1 - progress), (last, boxes[1], progress)):
                self._stretch(side, box, (1 - progress) * boxes[0] + progress * boxes[1])
                for leaf in side:
                    self._show(leaf, light)
        for leaf in self.leaving_alone:
            self._show(leaf, max(0.0, 1 - progress / self.GONE))
        for leaf in self.coming_alone:
            self._show(leaf, max(0.0, (progress - self.COMES) / (1 - self.COMES)))

    def _travel(self, first: VMobject, last: VMobject, progress: float) -> None:
        """Draw the glyph of the second formula between its place and that of its twin, in a colour between theirs."""
        (_, start, light), (_, end, goal) = self.rest[id(first)], self.rest[id(last)]
        last.points = end.copy() if progress == 1 else (1 - progress) * start + progress * end
        last.fill_rgbas = goal.copy() if progress == 1 else (1 - progress) * light + progress * goal

    def _stretch(self, side: list[VMobject], box: Floats, goal: Floats) -> None:
        """Draw glyphs that fill ``box`` so that they fill ``goal``; boxes are two corners, shape (2, 3)."""
        size = np.maximum(box[1] - box[0], 1e-9)
        for leaf in side:
            points = self.rest[id(leaf)][1]
            still = np.array_equal(box, goal)
            leaf.points = points.copy() if still else goal[0] + (points - box[0]) / size * (goal[1] - goal[0])

    def _box(self, side: list[VMobject]) -> Floats:
        points = np.concatenate([self.rest[id(leaf)][1] for leaf in side])
        return np.array([points.min(axis=0), points.max(axis=0)])

    def _show(self, leaf: VMobject, light: float) -> None:
        """Give a glyph this share of the light it has at rest."""
        rgbas = self.rest[id(leaf)][2].copy()
        rgbas[:, 3] *= light
        leaf.fill_rgbas = rgbas

    def clean_up_from_scene(self, scene) -> None:
        """Take the first formula off the scene, whole again."""
        super().clean_up_from_scene(scene)
        for leaf in leaves_of([self.before]):
            _, points, rgbas = self.rest[id(leaf)]
            leaf.points, leaf.fill_rgbas = points, rgbas


def alike(first: VMobject, second: VMobject) -> bool:
    """Return whether two glyphs are the same letter, whatever their places and sizes."""
    if len(first.points) != len(second.points):
        return False
    one, other = ((glyph.points - glyph.get_center()) / glyph.height for glyph in (first, second))
    return bool(np.allclose(one, other, atol=0.02))
