"""Companion clips with facts of the network: what a head does, how large something is, whose numbers these are."""

from __future__ import annotations

from typing import Any

from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    DoubleArrow,
    FadeIn,
    GrowFromCenter,
    LaggedStart,
    VGroup,
    VMobject,
)

from mobjects import (
    HeadCard,
    Numeral,
    StrikeAndReplace,
    label,
    layout,
    theme,
    wrapped,
)
from mobjects.brackets import digit_height
from mobjects.counted import in_line
from mobjects.token_label import row_label
from mobjects.wrapping import level_line
from scenes.card_scenes import WIDEST, CardScene
from scenes.language import _
from scenes.source import commit_of_the_film

FONT = 30  # of facts


class StrikeScene(CardScene):
    """A claim is corrected by what was measured."""

    def draw(self) -> None:
        """The claim, the line through it, and what is right."""
        claim = layout.fit(label(self.card.claim, theme.FONT_TITLE), WIDEST).shift(0.6 * DOWN)
        start = self.card.claim.index(self.card.wrong)
        wrong = claim[start : start + len(self.card.wrong)]
        right = layout.fit(self.measured(), WIDEST).next_to(wrong, UP, buff=layout.GAP)
        right.shift(
            [min(0.0, layout.SAFE_X - right.get_right()[0]) + max(0.0, -layout.SAFE_X - right.get_left()[0]), 0, 0]
        )
        self.play(FadeIn(claim, lag_ratio=0.05), run_time=1)
        self.play(StrikeAndReplace(wrong, right), *self.credit_to(self.head_name()), run_time=theme.TIME_SLOW)

    def measured(self) -> VGroup:
        """What is right, with the share that the head's query pays to its first key."""
        query, key = self.pick.query, max(self.pick.keys, key=lambda place: float(self.shares[place]), default=0)
        said = self.card.right.replace("{query}", self.word(query)).replace("{key}", self.word(key))
        size, ink = theme.FONT_SUBTITLE, theme.CORRECT
        before, found, after = said.partition("{share}")
        parts: list[VMobject] = [row_label(before.strip(), size, ink)] if before.strip() else []
        if found:
            parts.append(VGroup(Numeral(self.shares[key], 0, "never", font_size=size, color=ink, factor=100)))
        parts += [row_label(after.strip(), size, ink)] if after.strip() else []
        return in_line(*parts, gap=0.32)

    @property
    def shares(self) -> Any:
        """What the head's query takes from every word."""
        return self.quantity("PATT")[self.pick.query]


class HeadScene(CardScene):
    """A head's card, and what it does."""

    def draw(self) -> None:
        """The card, then the words."""
        card = HeadCard(self.quantity("PATT"), self.pick.layer, self.pick.head, side=4.4, words=(_("layer"), _("head")))
        does = wrapped(self.card.does, 5.6, theme.FONT_BODY)
        both = VGroup(card, does).arrange(RIGHT, buff=0.9)
        layout.fit(both, WIDEST).center()
        self.play(FadeIn(card, shift=0.25 * UP), run_time=1)
        self.play(FadeIn(does, shift=0.25 * RIGHT), *self.credit_to(self.head_name()), run_time=1)


class DimensionScene(CardScene):
    """A size of the network over an arrow."""

    def draw(self) -> None:
        """The arrow, then the number with its words."""
        size = int(getattr(self.checkpoint.config, self.card.size))
        arrow = DoubleArrow(4.5 * LEFT, 4.5 * RIGHT, buff=0, color=theme.EMBEDDING, stroke_width=theme.STROKE_STRONG)
        number = Numeral(
            size,
            0,
            "never",
            thousands=True,
            font_size=theme.FONT_TITLE,
            color=theme.HIGHLIGHT,
            passport="size of the network",
        )
        words = row_label(self.card.words, theme.FONT_BODY)
        said = layout.fit(in_line(VGroup(number), words, gap=0.35), WIDEST).next_to(arrow, UP, buff=layout.GAP)
        VGroup(arrow, said).center()
        self.play(GrowFromCenter(arrow), run_time=0.8)
        self.play(
            FadeIn(said, shift=0.25 * UP), *self.credit_to(_("{name}, measured").format(name=self.checkpoint.name))
        )


class EndScene(CardScene):
    """Whose numbers were shown."""

    def draw(self) -> None:
        """The title, then the facts."""
        facts = self.checkpoint.facts
        seed = facts.get("settings", {}).get("seed")
        lines: list[tuple[str, VMobject]] = [
            (_("network"), level_line(self.checkpoint.name, FONT)),
            (_("trained on"), level_line(str(facts.get("hardware", _("unknown"))), FONT)),
            (_("weights"), level_line(self.checkpoint.digest[:12], FONT)),
            (_("film"), level_line(commit_of_the_film() or _("unknown"), FONT)),
        ]
        if seed is not None:
            number = Numeral(int(seed), 0, "never", font_size=FONT, passport="setting: seed of the training")
            lines.insert(2, (_("seed"), VGroup(number.shift(digit_height(FONT) / 2 * UP))))
        rows = VGroup()
        for place, (name, value) in enumerate(lines):
            head = level_line(name, FONT, theme.MUTED)
            head.shift([-0.3 - head.get_right()[0], 0, 0])
            value.shift([0.3 - value.get_left()[0], 0, 0])
            rows.add(VGroup(head, value).shift(0.62 * place * DOWN))
        title = label(self.card.title, theme.FONT_SUBTITLE, weight="bold")
        rows.next_to(title, DOWN, buff=0.8)
        layout.fit(VGroup(title, rows), WIDEST, 7.0).center()
        self.play(FadeIn(title, shift=0.25 * UP), run_time=1)
        self.play(LaggedStart(*(FadeIn(row, shift=0.2 * UP) for row in rows), lag_ratio=0.2), run_time=1.5)
