"""SameWordTwoContexts, beats 3 and 4: what flows in from the neighbours, and how the columns part."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    FadeIn,
    FadeOut,
    VGroup,
)

from mobjects import (
    ChangeValues,
    ContextArcs,
    Dim,
    FlashArcs,
    GrowArcs,
    Numeral,
    Undim,
    format_number,
    label,
    layout,
    theme,
)
from scenes.context_columns import ContextColumns
from scenes.language import _
from scenes.motions import enter, pairs

FEWEST_SHARE = 0.04  # thinner arcs are not drawn
LAYERS_TIME, LAYER_TIME = 7.2, 1.2
LAYERS = "count: layers read"


class ContextLayers(ContextColumns):
    """Neighbours flow in, and layer by layer one column becomes two."""

    # -- beat 3 ---------------------------------------------------------------------------------------------------

    def let_the_neighbours_in(self) -> None:
        """Beat 3."""
        self.arcs = self.arcs_over(self.rows)
        drawn = [group for group in self.arcs if len(group)]
        self.giving = VGroup(*(self.share_below(side) for side in (0, 1) if self.giver(side) is not None))
        later = [token for row, place in pairs(self.rows, self.places) for token in row.tokens[place + 1 :]]
        with self.beat(self.words_for_the_arcs(), 13):
            dims = Dim(*later, self.columns, self.gap, self.gap_name, self.arrows, opacity=theme.OPACITY_HALF)
            self.play(dims, *self.credit_to(self.head_name()), run_time=theme.TIME_BASE)
            if drawn:
                self.play(*map(GrowArcs, drawn), run_time=theme.TIME_SLOW)
                self.play(enter(self.giving, 0.25 * DOWN), run_time=theme.TIME_BASE)
                self.play(*(FlashArcs(group, color=theme.TEXT) for group in drawn), run_time=theme.TIME_FLOW)

    def arcs_over(self, rows: VGroup) -> VGroup:
        """What flows into the shared word in the picked head, in both texts at one scale."""
        others = [np.delete(np.asarray(shares), place) for shares, place in pairs(self.shares, self.places)]
        full = max(float(np.concatenate(others).max()), 1e-9)
        style: dict[str, Any] = {"min_weight": FEWEST_SHARE, "full_share": full}
        return VGroup(
            *(
                ContextArcs(row, shares, place, color=ink, **style)
                for row, shares, place, ink in pairs(rows, self.shares, self.places, self.inks)
            )
        )

    def giver(self, side: int) -> int | None:
        """The word from which the shared one takes most; None if it takes from none."""
        place = self.places[side]
        before = np.asarray(self.shares[side])[:place]
        return int(before.argmax()) if place and before.max() >= FEWEST_SHARE else None

    def share_below(self, side: int) -> Numeral:
        """How much the strongest giver gives, written below its plate."""
        giver = self.giver(side)
        assert giver is not None
        share: Any = self.shares[side][giver]
        number = Numeral(share, decimals=2, sign="never", font_size=28, color=self.inks[side])
        return number.next_to(self.rows[side].tokens[giver].box, DOWN, buff=0.14)

    def words_for_the_arcs(self) -> str:
        """What is said of the head that parts the word most."""
        heads = self.layers * self.checkpoint.config.n_head
        givers = [self.giver(side) for side in (0, 1)]
        said = {"heads": heads}
        if None in givers:
            narration = _(
                "So something has to flow in from the words before. Of all {heads} heads this one parts the two most, "
                "though in these texts it draws on its neighbours very little."
            )
            return narration.format(**said)
        one, other = (
            self.pieces_of(side)[place].strip() or _("space") for side, place in enumerate(givers) if place is not None
        )
        narration = _(
            "So something has to flow in from what stands before. Of all {heads} heads, this one parts the two most. "
            "Here it draws mainly on “{one}”, there on “{other}”."
        )
        if one == other:
            narration = _(
                "So something has to flow in from what stands before. Of all {heads} heads, this one parts the two "
                "most. In both it draws mainly on “{one}”, but not in the same place or measure."
            )
        return narration.format(one=one, other=other, **said)

    # -- beat 4 ---------------------------------------------------------------------------------------------------

    def part_layer_by_layer(self) -> None:
        """Beat 4."""
        self.counter, self.cosine, self.names = self.counters()
        said = {name: format_number(float(self.cosines[layer]), 2) for name, layer in (("start", 0), ("end", -1))}
        step = min(LAYER_TIME, LAYERS_TIME / self.layers)
        with self.beat(self.words_for_the_layers().format(**said), 12.5):
            bright = Undim(self.rows, self.columns, self.gap, self.gap_name, self.arrows)
            credit = self.credit_to(_("{name}: columns after each layer, measured").format(name=self.checkpoint.name))
            self.play(FadeOut(self.arcs, self.giving), bright, *credit, run_time=theme.TIME_BASE)
            tints = [column.submobjects[1].animate.set_color(ink) for column, ink in pairs(self.columns, self.inks)]
            self.play(FadeIn(self.names, self.counter, self.cosine), *tints, run_time=theme.TIME_BASE)
            for layer in range(1, self.layers + 1):
                self.play(*self.through(layer), run_time=step if layer > 1 else 1.5 * step)

    def words_for_the_layers(self) -> str:
        """What is said of the cosine from layer to layer; {start} and {end} stand for numbers."""
        steps = np.diff(np.asarray(self.cosines))
        if self.same_place and (steps < 0).all():
            return _(
                "Every layer adds to both columns. The cosine starts at one: both point the same way. "
                "Layer by layer it falls, down to {end}."
            )
        return _(
            "Every layer adds to both columns. The cosine tells how far they point the same way: "
            "it starts at {start}, and ends at {end}."
        )

    def through(self, layer: int) -> list[ChangeValues]:
        """All numbers count to what they are after a layer (counted from 1)."""
        changes = [ChangeValues(column, streams[layer]) for column, streams in pairs(self.columns, self.streams)]
        return [
            *changes,
            ChangeValues(self.gap, self.gaps[layer]),
            ChangeValues(self.cosine, self.cosines[layer]),
            ChangeValues(self.counter, layer, passport=LAYERS),
        ]

    def counters(self) -> tuple[Numeral, Numeral, VGroup]:
        """Layers read at the left of the column of differences, the cosine at its right, and their names."""
        left, gap, right = self.columns[0].get_right()[0], self.gap, self.columns[1].get_left()[0]
        xs = (left + gap.get_left()[0]) / 2, (gap.get_right()[0] + right) / 2
        start: Any = self.cosines[0]
        counter = Numeral(0, decimals=0, sign="never", font_size=theme.FONT_SUBTITLE, passport=LAYERS)
        cosine = Numeral(start, decimals=2, font_size=theme.FONT_SUBTITLE, color=theme.HIGHLIGHT)
        names = VGroup(
            label(_("after layer"), theme.FONT_SMALL, theme.MUTED),
            label(_("cosine"), theme.FONT_SMALL, theme.HIGHLIGHT),
        )
        room = (right - left - gap.width) / 2 - layout.GAP_RELATED
        for number, name, x in pairs((counter, cosine), names, xs):
            number.move_to([x, gap.get_y(), 0])
            layout.fit(name, room).move_to([x, gap.get_y() + 0.65, 0])
        return counter, cosine, names
