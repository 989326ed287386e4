"""ValueVectors: one head, one nudge."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    FadeIn,
    FadeOut,
    GrowArrow,
    VGroup,
)

from mobjects import (
    GrowBars,
    GrowVectors,
    ProbabilityBars,
    TokenRow,
    flow_arrow,
    format_number,
    label,
    layout,
    symbol,
    theme,
)
from mobjects.text import checked_text
from model.probing import nudges
from scenes.language import _
from scenes.motions import enter, tinted
from scenes.value_space import ValueSpace

LISTED, ODD = 3, "?"


class ValueVectors(ValueSpace):
    """What attention hands over: values scaled by shares, added up, and added onto the word as a small nudge."""

    def construct(self) -> None:
        """Beats 1 to 7 are in sister files."""
        super().construct()
        self.read_before_and_after()
        self.rest_on_the_nudge()

    # -- beat 8 --------------------------------------------------------------------------------------------------

    def read_before_and_after(self) -> None:
        """Beat 8."""
        shares = nudges.readings(self.checkpoint, self.activations, self.layer, self.head, self.place)
        lists = [self.list_of(shares[moment], x) for moment, x in ((0, -3.65), (1, 3.65))]
        climbing = [token for token in lists[1].tokens if token not in lists[0].tokens]
        if climbing:
            lists[1].highlight(climbing[0])
        titles = self.titles_over(lists)
        between = (titles[0].get_right()[0] + titles[1].get_left()[0]) / 2
        arrow = flow_arrow(RIGHT, 2.4, theme.UPDATE).move_to([between, titles[0][0].get_y(), 0])
        name = symbol("ΔE", self.place + 1, theme.UPDATE, theme.FONT_BODY).next_to(arrow, UP, buff=layout.GAP_LABEL)
        self.play_readings(lists, titles, VGroup(arrow, name), self.words_for_readings(np.asarray(shares)))
        self.lists = VGroup(*lists, titles, arrow, name)

    def play_readings(self, lists: list[Any], titles: VGroup, way: VGroup, narration: str) -> None:
        """First what the word says before, then after."""
        with self.beat(narration, 14):
            self.play(FadeOut(*self.on_the_map), run_time=theme.TIME_QUICK)
            self.play(FadeIn(titles[0], shift=0.25 * UP), GrowBars(lists[0]), run_time=1.5)
            self.play(GrowArrow(way[0]), FadeIn(way[1]), run_time=theme.TIME_BASE)
            self.play(FadeIn(titles[1], shift=0.25 * UP), GrowBars(lists[1]), run_time=1.5)

    def list_of(self, shares: Any, x: float) -> ProbabilityBars:
        """The likeliest tokens to go on with, read off a vector."""
        words = [self.going_on(token) for token in range(self.checkpoint.config.vocab_size)]
        style: dict[str, Any] = {"whole_width": 2.6, "font_size": 30, "bar_height": 0.56}
        bars = ProbabilityBars(shares, words, LISTED, others=_("all others"), **style)
        return layout.fit(bars, 6.2, 4.2).move_to([x, -0.9, 0])

    def going_on(self, token: int) -> str:
        """The word with what might follow it; something else for what cannot be written."""
        tokenizer = self.checkpoint.tokenizer
        piece = tokenizer.decode([token]) if token < tokenizer.vocab_size else ""
        try:
            return checked_text((self.pieces[self.place].strip() or "…") + piece)
        except ValueError:
            return ODD

    def titles_over(self, lists: list[ProbabilityBars]) -> VGroup:
        """The vector that is read, and when."""
        titles = VGroup()
        for bars, letter, ink, words in (
            (lists[0], "E", theme.EMBEDDING, _("read before this head")),
            (lists[1], "E′", theme.KEY, _("read after this head")),
        ):
            mark = symbol(letter, self.place + 1, ink, theme.FONT_SUBTITLE)
            title = VGroup(mark, label(words, theme.FONT_SMALL, theme.MUTED)).arrange(DOWN, buff=layout.GAP_RELATED)
            titles.add(title.next_to(bars, UP, buff=layout.GAP))
        return titles

    def words_for_readings(self, shares: np.ndarray) -> str:
        """What is said of the two lists."""
        first, second = ([int(token) for token in np.argsort(-row, kind="stable")[:LISTED]] for row in shares)
        percents = [format_number(100 * float(row[first[0]]), 0, "never") for row in shares]
        guesses = [self.going_on(found[0]) for found in (first, second)]
        guess, other = (_("an odd sign") if found == ODD else found for found in guesses)
        said = {"guess": guess, "other": other, "start": percents[0], "end": percents[1]}
        if first[0] != second[0]:
            narration = _(
                "If reading stopped here, the guess would be “{guess}” before this head, and “{other}” after it. "
                "One nudge is enough to change it."
            )
            return narration.format(**said)
        small = _("A small nudge, but in a direction.")
        narration = _(
            "If reading stopped here, the guess would be “{guess}”, both before this head and after it; "
            "its share goes from {start} to {end} percent{more}. {end_of_it}"
        )
        if percents[0] == percents[1]:
            narration = _(
                "If reading stopped here, the guess would be “{guess}”, both before this head and after it, "
                "with about {start} percent{more}. {end_of_it}"
            )
            small = _("A small nudge, hardly to be heard yet.")
        climbing = [token for token in second if token not in first]
        more = _(", and “{word}” moves up").format(word=self.going_on(climbing[0])) if climbing else ""
        end_of_it = small if self.hardly_turns else _("And that was one head only.")
        return narration.format(more=more, end_of_it=end_of_it, **said)

    # -- beat 9 --------------------------------------------------------------------------------------------------

    def rest_on_the_nudge(self) -> None:
        """Beat 9."""
        plot = self.side_view().shift(0.2 * RIGHT + 0.4 * DOWN)
        names = self.names_in(plot)
        new = symbol("E′", self.place + 1, theme.KEY, theme.FONT_SUBTITLE)
        names.add(new.next_to(plot.tip(1), UP, buff=layout.GAP_RELATED))
        word = tinted(TokenRow([self.pieces[self.place]], space="between").tokens[0].copy())
        foot = np.append(plot.place(np.zeros(3))[0, :2], 0)
        layout.fit(word, 1.7).next_to(foot, LEFT, buff=layout.GAP_RELATED)
        motto = label(_("one head, one nudge"), theme.FONT_SUBTITLE).move_to(3.1 * UP)
        with self.beat(_("That was one head, and one nudge to each word."), 5):
            self.play(FadeOut(self.lists), run_time=theme.TIME_QUICK)
            marks = GrowVectors(plot, [0, plot.differences[0], 1])
            self.play(FadeIn(word, shift=0.25 * UP), marks, enter(names), run_time=theme.TIME_SLOW)
            self.play(FadeIn(motto, shift=0.25 * UP), run_time=theme.TIME_QUICK)
