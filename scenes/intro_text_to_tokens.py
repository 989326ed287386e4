"""TextToTokens: before any arithmetic, a text is cut into pieces from a finite list."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    FadeTransform,
    LaggedStart,
    Rectangle,
    ReplacementTransform,
    Square,
    TransformFromCopy,
    VGroup,
)

from mobjects import CountUp, Dim, GrowBars, Histogram, Numeral, TokenRow, layout, theme
from mobjects.counted import counted, in_line
from mobjects.token_label import row_label
from scenes.base import ChapterScene
from scenes.language import _
from scenes.motions import pairs
from scenes.vocabulary import drawable, vocabulary

HIGH, LOW, NOTE = 0.9, -1.0, -2.5  # heights of the text, of what is done to a word, and of notes
MERGING, SLOWEST = 5.6, 0.7  # seconds of all joins, of one at most
APART, LETTERS = 0.1, 60
PATCHES, BARS = 4, 9


class TextToTokens(ChapterScene):
    """A text is cut into pieces that were learned; from then on each piece is only a number."""

    text = "the fisherman unfastened the golden cage"

    @cached_property
    def span(self) -> range:
        """The tokens of the word that is cut most often, or else the longest."""
        starts = [place for place, piece in enumerate(self.pieces) if not place or piece[:1].isspace()]
        spans = [range(*both) for both in pairs(starts, [*starts[1:], len(self.pieces)])]
        return max(spans, key=lambda span: (len(span), sum(len(self.pieces[place]) for place in span)))

    def construct(self) -> None:
        """Text, pieces, a rare word, how it was learned, numbers, the list, other media."""
        self.read_the_text()
        self.cut_it()
        self.take_a_word_apart()
        self.join_letters()
        self.keep_the_numbers()
        self.look_at_the_list()
        self.cut_other_things()

    def read_the_text(self) -> None:
        """Beat 1."""
        self.row = TokenRow(self.pieces, font_size=LETTERS).set_y(HIGH)
        count = len(self.pick.prompt)
        self.note = counted(_("{} characters"), count, theme.FONT_LABEL, theme.MUTED, "count: characters")
        self.note.set_y(NOTE)
        narration = _("Before any arithmetic can begin, a text has to be cut up.")
        with self.beat(narration, 5.2):
            self.play(FadeIn(self.row.words, lag_ratio=0.1), run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.note), run_time=theme.TIME_BASE)

    def cut_it(self) -> None:
        """Beat 2."""
        count = len(self.pieces)
        share = len(self.pick.prompt) / count
        length = Numeral(share, 1, font_size=theme.FONT_LABEL, color=theme.MUTED, passport="characters a piece")
        note = in_line(
            counted(_("{} pieces of"), count, theme.FONT_LABEL, theme.MUTED, "count: tokens"), VGroup(length),
            row_label(_("characters each"), theme.FONT_LABEL, theme.MUTED), gap=0.2,
        ).set_y(NOTE)  # fmt: skip
        narration = _("Each plate is one piece. Frequent words survive whole, and carry the space before them along.")
        with self.beat(narration, 7):
            self.play(LaggedStart(*map(Create, self.row.boxes), lag_ratio=0.2), run_time=2.5)
            self.add(self.row)
            credit = self.credit_to(_("{name}: its own list of pieces, measured").format(name=self.checkpoint.name))
            self.play(FadeOut(self.note), FadeIn(note), *credit, run_time=theme.TIME_BASE)
        self.note = note

    # -- one word ----------------------------------------------------------------------------------------------------

    @property
    def rare(self) -> str:
        """The word that is looked at."""
        return "".join(self.pieces[place] for place in self.span)

    def numbered(self, places: list[int], row: TokenRow) -> VGroup:
        """The number of each piece, below it."""
        numbers = VGroup()
        ids = self.quantity("TOK")
        for place in places:
            numbers.add(Numeral(ids[place], 0, "never", font_size=theme.FONT_LABEL, color=theme.EMBEDDING))
        size = min(1.0, *(0.9 * token.width / number.width for number, token in pairs(numbers, row.tokens)))
        for number, token in pairs(numbers, row.tokens):
            number.scale(size).next_to(token.box, DOWN, buff=layout.GAP_RELATED)
        return numbers

    def take_a_word_apart(self) -> None:
        """Beat 3."""
        places = list(self.span)
        self.parts = TokenRow([self.pieces[place] for place in places], font_size=LETTERS, token_gap=APART)
        self.parts.set_y(LOW)
        numbers = self.numbered(places, self.parts)
        narration = _("An unusual word, such as “{word}”, comes apart into pieces that are useful elsewhere, too.")
        if len(places) == 1:
            narration = _("The longest word here, “{word}”, is a single piece as well. It was met often enough.")
        with self.beat(narration.format(word=self.rare.strip() or _("space")), 7):
            keep = [self.row.tokens[place] for place in places]
            self.play(Dim(self.row, keep=keep), FadeOut(self.note), run_time=theme.TIME_BASE)
            come = [TransformFromCopy(*both) for both in pairs(keep, self.parts.tokens)]
            self.play(*come, run_time=theme.TIME_SLOW)
            self.play(LaggedStart(*(FadeIn(one, shift=0.2 * DOWN) for one in numbers), lag_ratio=0.3))
        self.numbers = numbers

    def join_letters(self) -> None:
        """Beat 4."""
        steps = self.joins()
        narration = _(
            "The cuts were learned. Beginning with single letters, the commonest neighbours were joined, "
            "then the next commonest, again and again."
        )
        if len(steps) == 1:
            narration = _(
                "Nothing is joined here. This network reads single letters, and each of them is a piece of its own."
            )
        with self.beat(narration, 9.5):
            now = self.letters(steps[0][0])
            gone = [self.parts, self.numbers]
            self.play(*(FadeOut(one) for one in gone), FadeIn(now, lag_ratio=0.1), run_time=theme.TIME_SLOW)
            for pieces, place, made in steps[1:]:
                then = self.letters(pieces)
                seconds = min(SLOWEST, MERGING / (len(steps) - 1))
                moves = [ReplacementTransform(VGroup(*now.tokens[place : place + 2]), then.tokens[place])]
                others = (
                    [*now.tokens[:place], *now.tokens[place + 2 :]],
                    [*then.tokens[:place], *then.tokens[place + 1 :]],
                )
                moves += [ReplacementTransform(*both) for both in pairs(*others)]
                self.play(*moves, *self.say_what_is_made(made), run_time=seconds)
                now = then
        self.parts = now

    def letters(self, pieces: list[str]) -> TokenRow:
        """Pieces of the word, side by side."""
        return TokenRow(pieces, font_size=LETTERS, token_gap=0.18, max_width=11.0).set_y(LOW)

    def say_what_is_made(self, made: int) -> list:
        """The number of the piece that a join makes, in place of the one before."""
        before, self.made = (
            getattr(self, "made", None),
            counted(
                _("makes piece number {}"), made, theme.FONT_LABEL, theme.EMBEDDING, "index: token in the vocabulary"
            ).set_y(NOTE),
        )
        return [FadeIn(self.made), *([FadeOut(before)] if before else [])]

    def joins(self) -> list[tuple[list[str], int, int]]:
        """The pieces of the word after each join, where it happened, and the number of what it made."""
        tokenizer = self.checkpoint.tokenizer
        merges = tokenizer.merges(self.rare)
        goal = list(tokenizer.encode(self.rare))
        ids = unjoined(goal, merges)
        steps = [([drawable(piece) for piece in tokenizer.pieces(ids)], 0, 0)]
        for left, right, made in merges:
            place = next(place for place in range(len(ids) - 1) if ids[place : place + 2] == [left, right])
            ids = [*ids[:place], made, *ids[place + 2 :]]
            steps.append(([drawable(piece) for piece in tokenizer.pieces(ids)], place, made))
        return steps

    # -- numbers and the list ----------------------------------------------------------------------------------------

    def keep_the_numbers(self) -> None:
        """Beat 5."""
        narration = _("From inside, a piece is nothing but a number: its row in the list.")
        self.ids = self.numbered(list(range(len(self.pieces))), self.row)
        made = getattr(self, "made", None)
        with self.beat(narration, 6):
            fresh = TokenRow(self.pieces, font_size=LETTERS).set_y(HIGH)
            self.play(FadeOut(self.parts, *([made] if made else [])), FadeTransform(self.row, fresh))
            self.row = fresh
            self.play(LaggedStart(*(FadeIn(one, shift=0.2 * DOWN) for one in self.ids), lag_ratio=0.1))
            self.play(fresh.words.animate.set_opacity(theme.OPACITY_CONTEXT), run_time=theme.TIME_BASE)

    def look_at_the_list(self) -> None:
        """Beat 6."""
        lengths = np.array([len(piece) for piece in vocabulary(self.checkpoint)])
        most = min(16, int(lengths.max()))
        edges = np.arange(0.5, most + 1)
        plot = Histogram(
            np.clip(lengths, 1, most), edges=None, bins=len(edges) - 1 or 1, x_range=(0.5, most + 0.5),
            x_label=_("characters in a piece"), y_label=_("pieces"), width=7.4, height=3.6, font_size=28,
        )  # fmt: skip
        plot.move_to([-2.2, 0.1, 0])
        count = counted(_("{} pieces"), len(lengths), theme.FONT_LABEL, theme.EMBEDDING, "count: tokens known")
        mean = Numeral(
            float(lengths.mean()), 1, font_size=theme.FONT_LABEL, color=theme.MUTED, passport="mean length of a piece"
        )
        said = in_line(VGroup(mean), row_label(_("characters, on average"), theme.FONT_SMALL, theme.MUTED), gap=0.2)
        self.list_note = VGroup(count, said).arrange(DOWN, buff=layout.GAP_RELATED, aligned_edge=LEFT)
        self.list_note.move_to([layout.SAFE_X, 2.2, 0], aligned_edge=RIGHT)
        narration = _("The whole list is finite. Most of its pieces have no more than a handful of letters.")
        if len(set(lengths)) == 1:
            narration = _("The whole list is finite. In this network, every piece in it has a single letter.")
        with self.beat(narration, 7):
            self.play(FadeOut(self.row, self.ids), run_time=theme.TIME_QUICK)
            self.play(GrowBars(plot, lag_ratio=0.05), run_time=theme.TIME_SLOW)
            number = next(part for part in count if isinstance(part, Numeral))
            self.play(FadeIn(*(part for part in count if part is not number), said), CountUp(number))
        self.plot = plot

    def cut_other_things(self) -> None:
        """Beat 7."""
        row = TokenRow(self.pieces, font_size=LETTERS).set_y(HIGH)
        patches, waves = self.patches().set_y(LOW), self.waves().set_y(LOW)
        VGroup(patches, waves).arrange(RIGHT, buff=1.6).set_y(LOW - 0.4)
        narration = _("Pictures and sounds can be cut into pieces, too. From now on, I will loosely say “word”.")
        with self.beat(narration, 7):
            self.play(FadeOut(self.plot, self.list_note), FadeIn(row), run_time=theme.TIME_BASE)
            self.play(LaggedStart(*(FadeIn(one, scale=0.5) for one in patches), lag_ratio=0.05), run_time=1.5)
            self.play(LaggedStart(*(FadeIn(one, shift=0.2 * UP) for one in waves), lag_ratio=0.1), run_time=1.5)

    @staticmethod
    def patches() -> VGroup:
        """A picture cut into squares; only a sign for one."""
        inks = (theme.EMBEDDING, theme.KEY, theme.QUERY, theme.VALUE)
        squares = VGroup(
            *(
                Square(0.42, stroke_width=0, fill_color=inks[(row * row + column) % len(inks)], fill_opacity=0.55)
                for row in range(PATCHES)
                for column in range(PATCHES)
            )
        )
        return squares.arrange_in_grid(PATCHES, PATCHES, buff=0.08)

    @staticmethod
    def waves() -> VGroup:
        """A sound cut into stretches; only a sign for one."""
        heights = 0.35 + 1.3 * np.abs(np.sin(np.linspace(0.4, 5.6, BARS)))
        bars = (Rectangle(width=0.22, height=high, stroke_width=0, fill_color=theme.KEY) for high in heights)
        return VGroup(*(bar.set_fill(opacity=0.7) for bar in bars)).arrange(RIGHT, buff=0.14)


def unjoined(ids: list[int], merges: list[tuple[int, int, int]]) -> list[int]:
    """The letters that joins began with: all of them undone, the last one first."""
    for left, right, made in reversed(merges):
        place = next((place for place in range(len(ids) - 1, -1, -1) if ids[place] == made), None)
        if place is not None:
            ids = [*ids[:place], left, right, *ids[place + 1 :]]
    return ids
