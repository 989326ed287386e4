"""MultiHeadAttention, third part: what each head proposes to one word, and what comes of all proposals."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    Arc,
    Create,
    FadeIn,
    FadeOut,
    GrowFromPoint,
    LaggedStart,
    ReplacementTransform,
    VGroup,
    VMobject,
    smooth,
)

from mobjects import CountUp, CutStrip, Dim, Numeral, fit_apart, label, layout, symbol, theme
from mobjects.counted import counted, in_line
from mobjects.heat_layer import MiniPattern
from mobjects.space_marks import arrow_corners
from mobjects.token_label import row_label
from model.activations import Quantity
from scenes.language import _
from scenes.multihead_links import LinksOfHeads

# The columns of what heads add: room at the left, room for all, from one to the next, and the heights of their parts.
LANE, ACROSS, PITCH = 1.2, 12.0, 1.75
MINI, SIGN, TOP, LENGTH = 2.1, 1.2, 0.85, -2.95
SQUARES, SQUARE = 7, 0.38
TRIANGLE, MIDDLE = (8.2, 2.9), (0.8, -0.75)  # room for the sum of two arrows, and its middle
HARDLY, PLAINLY = 0.9, 0.5  # cosines of a word that hardly turns, and of one that turns, but not away


class Nudge(NamedTuple):
    """A vector that is added to the word's, the name over its column, and where it comes from if that must be said."""

    values: Any
    name: VMobject
    passport: str | None = None


class NudgesOfHeads(LinksOfHeads):
    """Every head proposes a nudge to a word's vector, and all nudges are added."""

    def show_sum(self) -> None:
        """Beats 7 and 8."""
        self.show_the_nudges()
        self.add_the_nudges()

    def show_the_nudges(self) -> None:
        """Beat 7."""
        place, drawn = self.pick.query, len(self.heads)
        self.collect_the_nudges()
        self.minis = VGroup(*(self.mini(head).move_to(self.at(slot, MINI)) for slot, head in enumerate(self.heads)))
        self.boxes = VGroup(*(mini.column_box(place, theme.QUERY) for mini in self.minis))
        columns, lengths = self.columns_of[:drawn], self.lengths[:drawn]
        row = self.row.copy()
        layout.fit(row, height=0.55).move_to(3.35 * UP)
        narration = _(
            "Keep to one word now: “{word}”. From what it takes, each head proposes its own nudge "
            "to that word's vector, and some are longer than others."
        ).format(word=self.word(place))
        with self.beat(narration, 11):
            away = [FadeOut(part) for part in (*self.links, *(VGroup(cell[0].frame, cell[1:]) for cell in self.cells))]
            self.play(*away, self.row.animate.become(row), *self.minis_from_cards(), run_time=1.5)
            point = Dim(self.row, keep=[self.row.tokens[place]])
            self.play(point, *map(Create, self.boxes), *self.credit_to(self.where()), run_time=theme.TIME_BASE)
            drops = [FadeIn(column, shift=0.5 * DOWN) for column in columns]
            self.play(LaggedStart(*drops, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_CAMERA)
            self.play(FadeIn(self.length_name), *map(CountUp, lengths), run_time=theme.TIME_BASE)

    # -- what is added -------------------------------------------------------------------------------------------

    def collect_the_nudges(self) -> None:
        """Everything that this layer's attention adds to the word: one column each, in slots from left to right."""
        layer, place, count = self.pick.layer, self.pick.query, len(self.patterns)
        self.results = self.activations["result", layer].at(position=place)
        self.added = self.activations["attn_out", layer].at(position=place)
        nudges = [Nudge(self.results[head], self.name_of_head(head)) for head in self.heads]
        others = [head for head in range(count) if head not in self.heads]
        if others:
            rest = np.asarray(self.results)[others].sum(axis=0)
            nudges.append(Nudge(rest, label(_("others"), theme.FONT_SMALL, theme.UPDATE), "sum of the other heads"))
        self.offset_name = name = f"blocks.{layer}.attn.out.bias"
        if name in self.checkpoint.weights:
            source = f"{self.checkpoint.name}@{self.checkpoint.digest[:12]}"
            offset = Quantity(self.checkpoint.weights[name], name, ("n_embd",), source)
            nudges.append(Nudge(offset, label(_("offset"), theme.FONT_SMALL, theme.MUTED)))
        self.pitch = min(PITCH, ACROSS / len(nudges))
        # In the middle stand those of the heads; all move over when the others come.
        self.left = -(LANE + len(self.heads) * self.pitch) / 2 + LANE
        self.shift_for_others = (len(nudges) - len(self.heads)) / 2 * self.pitch * LEFT
        self.draw_columns(nudges)

    @staticmethod
    def name_of_head(head: int) -> VMobject:
        """Whose column it is."""
        return counted(_("head {}"), head + 1, theme.FONT_SMALL, theme.UPDATE, "index: head")

    def at(self, slot: float, height: float) -> np.ndarray:
        """The middle of a slot at a height."""
        return np.array([self.left + (slot + 0.5) * self.pitch, height, 0.0])

    def draw_columns(self, nudges: list[Nudge]) -> None:
        """Squares on one colour scale, the names above, the lengths below."""
        scale = theme.value_scale(np.concatenate([np.asarray(nudge.values) for nudge in nudges]))
        self.columns_of, self.lengths = VGroup(), VGroup()
        for slot, nudge in enumerate(nudges):
            strip = self.strip(nudge.values, scale, nudge.passport).move_to(self.at(slot, TOP), aligned_edge=UP)
            self.columns_of.add(VGroup(nudge.name.move_to(self.at(slot, SIGN)), strip))
            self.lengths.add(length_of(nudge.values).move_to(self.at(slot, LENGTH)))
        fit_apart([column[0] for column in self.columns_of], [column[1] for column in self.columns_of])
        self.length_name = label(_("length"), theme.FONT_SMALL, theme.MUTED)
        self.length_name.next_to(self.at(0, LENGTH) - 0.5 * self.pitch * RIGHT, LEFT, buff=0)
        total = VGroup(symbol("ΔE", None, theme.UPDATE).move_to(self.at(0, SIGN)), self.strip(self.added, scale))
        total[1].move_to(self.at(0, TOP), aligned_edge=UP)
        self.total, self.total_length = total, length_of(self.added).move_to(self.at(0, LENGTH))
        VGroup(total, self.total_length).shift(self.shift_for_others)

    def strip(self, values: Any, scale: float, passport: str | None = None) -> VGroup:
        """The first numbers of a vector as squares."""
        strip = CutStrip(values, SQUARES, SQUARE, scale=scale)
        if passport:
            strip.strip.set_values(np.asarray(values)[:SQUARES], passport)
        return strip

    # -- motions of beat 7 ---------------------------------------------------------------------------------------

    def mini(self, head: int) -> MiniPattern:
        """A head's pattern, small."""
        return MiniPattern(self.patterns.at(head=head), min(1.1, 0.86 * self.pitch))

    def minis_from_cards(self) -> list[Animation]:
        """The patterns of the cards shrink to their places, those of the other heads join them."""
        shown = {cell[0].head: cell[0] for cell in self.cells}
        moves: list[Animation] = []
        for mini, number in zip(self.minis, self.heads, strict=True):
            card = shown.get(number)
            moves.append(FadeIn(mini) if card is None else ReplacementTransform(card.mini, mini))
        return moves

    # -- beat 8 --------------------------------------------------------------------------------------------------

    def add_the_nudges(self) -> None:
        """Beat 8."""
        drawn = len(self.heads)
        late = VGroup(*self.columns_of[drawn:], *self.lengths[drawn:])
        middle = TOP - SQUARES * SQUARE / 2
        signs = VGroup(*(label("+").move_to(self.at(slot, middle)) for slot in np.arange(0.5, len(self.lengths) - 1)))
        VGroup(signs, late).shift(self.shift_for_others)
        there = (self.minis, self.boxes, *self.columns_of[:drawn], *self.lengths[:drawn], self.length_name)
        goal, gone = self.total[1], (*signs, *self.lengths, *(column[0] for column in self.columns_of))
        arrows = SumOfArrows(*self.before_and_after())
        with self.beat(self.words_for_sum(), 14.5):
            if late.family_members_with_points():
                aside = [part.animate.shift(self.shift_for_others) for part in there]
                self.play(*aside, FadeIn(late, shift=0.5 * DOWN), run_time=theme.TIME_BASE)
            plus = [LaggedStart(*map(FadeIn, signs), lag_ratio=theme.LAG_ITEMS)] if len(signs) else []
            self.play(Dim(self.minis, self.boxes, self.row), *plus, run_time=theme.TIME_BASE)
            self.wait(theme.HOLD_BREATH)
            falls = [FadeOut(column[1], target_position=goal) for column in reversed(self.columns_of)]
            light = FadeIn(self.total, rate_func=lambda time: smooth(max(0.0, 2 * time - 1)))
            self.play(LaggedStart(*falls, lag_ratio=theme.LAG_ITEMS), *map(FadeOut, gone), light, run_time=2.5)
            first, *others = arrows.steps()
            self.play(CountUp(self.total_length), first, run_time=theme.TIME_BASE)
            self.play(LaggedStart(*others, lag_ratio=theme.LAG_STEPS), run_time=2.5)
            arc, word, number = arrows.turn
            self.play(Create(arc), FadeIn(word), CountUp(number, start=1), run_time=theme.TIME_SLOW)
        self.sum_drawn = VGroup(self.total, self.total_length, self.length_name, arrows)

    def words_for_sum(self) -> str:
        """What is said of the sum, and of how far it turns the word's vector."""
        turned = cosine(*self.before_and_after())
        how = _("Here it turns only a little: still the same word, with a touch of its neighbours.")
        if turned < HARDLY:
            how = _("Here it turns plainly: the neighbours have changed it a good deal.")
        if turned < PLAINLY:
            how = _("Here it turns far round: most of the vector now comes from the neighbours.")
        what = _("All these columns, and an offset that every word gets, are added up.")
        if self.offset_name not in self.checkpoint.weights:
            what = _("All these columns are added up, number by number.")
        return f"{what} {_('The sum is added to the vector itself.')} {how}"

    def before_and_after(self) -> tuple[np.ndarray, np.ndarray]:
        """The word's vector before the layer's attention and after it."""
        layer, place = self.pick.layer, self.pick.query
        names = ("resid_pre", "resid_mid")
        before, after = (np.asarray(self.activations[name, layer][place], dtype=float) for name in names)
        return before, after


class SumOfArrows(VGroup):
    """A vector, what is added to it and the sum, as arrows in the plane of the first two: true lengths, true angles.

    Parameters
    ----------
    before, after : float array, shape (n,)
        The vector and the sum.

    Attributes
    ----------
    arrows : VGroup
        Before, added, after.
    names : VGroup
        A symbol and the length beside each.
    turn : VGroup
        The arc between before and after, the word "cosine", and the number.
    """

    def __init__(self, before: np.ndarray, after: np.ndarray) -> None:
        super().__init__()
        self.corners = placed(in_their_plane(before, after))
        root, tip, end = self.corners
        lines = (
            ("E", root, tip, before, theme.EMBEDDING),
            ("ΔE", tip, end, after - before, theme.UPDATE),
            ("E′", end, root, after, theme.KEY),
        )
        self.arrows, self.names = VGroup(), VGroup()
        for sign, start, stop, values, color in lines:
            ends = (stop, start) if sign == "E′" else (start, stop)
            arrow = VMobject(stroke_width=0, fill_color=color, fill_opacity=1)
            self.arrows.add(arrow.set_points_as_corners(np.pad(arrow_corners(*ends, 1.2), ((0, 0), (0, 1)))))
            self.names.add(beside(start, stop, VGroup(symbol(sign, None, color), length_of(values, color))))
        self.turn = self.turn_between(before, after)
        self.add(self.arrows, self.names, self.turn)

    def turn_between(self, before: np.ndarray, after: np.ndarray) -> VGroup:
        """An arc from one arrow to the other, and their cosine."""
        root, tip, end = self.corners
        (first, second) = (np.arctan2(*(corner - root)[::-1]) for corner in (tip, end))
        radius = 0.55 * min(np.linalg.norm(tip - root), np.linalg.norm(end - root))
        arc = Arc(radius, first, second - first, arc_center=[*root, 0], color=theme.HIGHLIGHT)
        arc.set_stroke(width=theme.STROKE_STRONG)
        style: dict[str, Any] = {"color": theme.HIGHLIGHT, "passport": "cosine: before and after"}
        number = Numeral(cosine(before, after), 2, font_size=theme.FONT_LABEL, **style)
        line = in_line(row_label(_("cosine"), theme.FONT_LABEL, theme.HIGHLIGHT), number, gap=layout.GAP_RELATED)
        line.move_to([MIDDLE[0], LENGTH, 0])
        return VGroup(arc, line[0], line[1])

    def steps(self) -> list[Animation]:
        """The arrows grow, each with its name."""
        root, tip, _end = (np.append(corner, 0) for corner in self.corners)
        starts = (root, tip, root)
        return [
            AnimationGroup(GrowFromPoint(arrow, start), FadeIn(name))
            for arrow, name, start in zip(self.arrows, self.names, starts, strict=True)
        ]


def cosine(first: np.ndarray, second: np.ndarray) -> float:
    """The cosine of the angle between two vectors."""
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


def in_their_plane(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Origin, tip of the first vector (to the right) and of the second, in the plane of both; shape (3, 2)."""
    along = before / np.linalg.norm(before)
    over = float(after @ along)
    up = float(np.linalg.norm(after - over * along))
    return np.array([[0, 0], [np.linalg.norm(before), 0], [over, up]])


def placed(corners: np.ndarray) -> np.ndarray:
    """Corners scaled alike until they fill their room, about its middle."""
    size = np.maximum(np.ptp(corners, axis=0), 1e-9)
    corners = corners * min(np.array(TRIANGLE) / size)
    return corners + MIDDLE - (corners.max(axis=0) + corners.min(axis=0)) / 2


def beside(start: np.ndarray, stop: np.ndarray, name: VGroup) -> VGroup:
    """A name set at the right hand of the middle of a line."""
    name.arrange(RIGHT, buff=layout.GAP_RELATED)
    along = (stop - start) / max(float(np.linalg.norm(stop - start)), 1e-9)
    out = np.array([along[1], -along[0]])
    reach = layout.GAP_RELATED + float(np.abs(out) @ [name.width, name.height]) / 2
    return name.move_to(np.append((start + stop) / 2 + reach * out, 0))


def length_of(values: Any, color: str | None = None) -> Numeral:
    """The length of a vector, as a number."""
    norm = float(np.linalg.norm(np.asarray(values, dtype=float)))
    return Numeral(norm, 1, "never", font_size=theme.FONT_SMALL, color=color, passport="length of the vector beside it")
