"""GenerationLoop, beats 1 to 5: guess, throw, attach, and again."""

from __future__ import annotations

import re
from functools import cached_property

import numpy as np
from manim import (
    DOWN,
    LEFT,
    PI,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    GrowArrow,
    MoveToTarget,
    VGroup,
    VMobject,
)

from mobjects import (
    GrowBars,
    Numeral,
    ParagraphStream,
    PlatePulse,
    ProbabilityBars,
    ProjectorBox,
    WriteNext,
    flow_arrow,
    label,
    layout,
    theme,
)
from mobjects.counted import counted, in_line
from mobjects.token_label import row_label
from mobjects.unit_strip import DropMarker, UnitStrip
from model.activations import Quantity
from model.sampling import Trace, generate
from scenes.base import ChapterScene
from scenes.language import _
from scenes.vocabulary import drawable, vocabulary

STEPS, TEMPERATURE, SEED = 25, 0.8, 2
SHOWN, STRIP_PARTS = 6, 12  # rows of the list; parts of the strip at least
TEXT_LEFT, TEXT_WIDTH, TEXT_LINES, TOP = 1.45, 5.1, 6, 3.45
MACHINE, ARROW = np.array([-5.75, 1.85, 0.0]), 0.55
LIST_LEFT, LIST_WIDTH, LIST_Y, LONGEST = -4.15, 5.3, 1.7, 1.35
STRIP_Y, STRIP_LENGTH = -2.3, 11.4
TURN = -PI / 4
LONGEST_WORD = 13  # letters in a line of the text


class GenerationTurns(ChapterScene):
    """A guess becomes writing: a dart picks one piece, and the longer text is the next question."""

    text = "once there was a king who had a"

    @cached_property
    def trace(self) -> Trace:
        """What the network writes, and how each piece was chosen."""
        return generate(self.checkpoint, self.pick.prompt, STEPS, temperature=TEMPERATURE, seed=SEED)

    @cached_property
    def shares(self) -> Quantity:
        """Shares of all tokens at every step, shape (step, vocab)."""
        return self.trace.quantity("probabilities")

    def setup(self) -> None:
        """Let the network write."""
        super().setup()
        self.given = len(self.pieces)
        written = [drawable(step.piece) for step in self.trace.steps]
        self.all_pieces = broken([*self.pieces, *written], self.given)
        self.known = vocabulary(self.checkpoint)

    def begin(self) -> None:
        """Beat 1."""
        self.stream = ParagraphStream(self.all_pieces, self.given, TEXT_WIDTH, TEXT_LINES, theme.FONT_LABEL)
        self.stream.move_to([TEXT_LEFT, TOP, 0], aligned_edge=UP + LEFT)
        self.machine = ProjectorBox(width=1.25, height=1.6, plates=6)
        self.machine.shift(MACHINE - self.machine.plates[0].get_center())
        self.arrow = flow_arrow(RIGHT, ARROW, theme.TEXT).shift(self.machine.exit + layout.GAP_LABEL * RIGHT)
        self.count = counted(_("{} pieces to begin with"), self.given, passport="count: tokens")
        self.below_the_text(self.count)
        narration = _("Guessing one piece turns into writing with a very small trick.")
        with self.beat(narration, 5):
            self.play(FadeIn(self.machine, lag_ratio=0.05), FadeIn(self.stream.words), run_time=theme.TIME_SLOW)
            self.play(Create(self.stream.underline), FadeIn(self.count), run_time=theme.TIME_BASE)
            self.add(self.stream)

    def below_the_text(self, note: VGroup) -> VGroup:
        """A note under the line that is being written."""
        foot = self.stream.underline.get_bottom()[1] - 2 * layout.GAP
        return note.move_to([TEXT_LEFT, foot, 0], aligned_edge=UP + LEFT)

    # -- one turn of the loop --------------------------------------------------------------------------------------

    def bars_of(self, step: int) -> ProbabilityBars:
        """The likeliest pieces at a step."""
        ranked = np.sort(np.asarray(self.shares.values[step], dtype=float))[::-1]
        longest = max(ranked[0], 1 - ranked[:SHOWN].sum())
        bars = ProbabilityBars(
            self.shares[step], self.known, k=SHOWN, whole_width=LONGEST / longest, others=_("all {} others")
        )
        return layout.fit(bars, LIST_WIDTH).move_to([LIST_LEFT, LIST_Y, 0], aligned_edge=LEFT)

    def strip_of(self, step: int) -> UnitStrip:
        """The shares end to end, likeliest first, as far as the dart lands, at least."""
        chosen = self.trace.steps[step]
        tokens = [int(token) for token in chosen.kept_ids[: max(STRIP_PARTS, chosen.rank + 1)]]
        row = self.shares[step]
        values = [float(row.values[token]) for token in tokens]
        strip = UnitStrip(values, [self.known[token] for token in tokens], STRIP_LENGTH, 0.55, passport="share")
        for segment, token in zip(strip.segments, tokens, strict=True):
            segment.passport = row[token].passport
        return strip.move_to([0, STRIP_Y, 0])

    def marker_of(self, strip: UnitStrip, step: int) -> VGroup:
        """The dart of a step, on the strip."""
        return strip.marker(self.trace.quantity("draw")[step], decimals=3)

    def throw_a_dart(self) -> None:
        """Beat 2."""
        self.bars, self.strip = self.bars_of(0), self.strip_of(0)
        self.marker = self.marker_of(self.strip, 0)
        narration = _(
            "Lay the shares end to end on a strip from zero to one, and throw a dart at it, blindly. "
            "Wide parts are hit more often."
        )
        with self.beat(narration, 10):
            self.play(PlatePulse(self.machine.plates), GrowArrow(self.arrow), run_time=theme.TIME_BASE)
            self.play(GrowBars(self.bars, lag_ratio=theme.LAG_ITEMS), *self.credit_to(self.origin), run_time=2)
            lay = [
                FadeIn(part, target_position=item.bar)
                for part, item in zip(self.strip.segments, self.rows(), strict=False)
            ]
            rest = VGroup(self.strip.outline, self.strip.names, self.strip.submobjects[3])
            self.play(FadeIn(rest), run_time=theme.TIME_QUICK)
            self.play(*lay, *(FadeIn(part) for part in self.strip.segments[len(lay) :]), run_time=theme.TIME_SLOW)
            self.add(self.strip)
            self.play(DropMarker(self.strip, self.marker), run_time=theme.TIME_SLOW)

    def rows(self) -> list:
        """Rows of the list that stand for one piece each."""
        return [item for item in self.bars.items if item.key >= 0]

    @property
    def origin(self) -> str:
        """What the corner says."""
        return _("{name}: its own shares and draws, measured").format(name=self.checkpoint.name)

    def owner(self, step: int) -> VMobject:
        """The name of the chosen piece, as large as the text, where the dart fell."""
        piece = drawable(self.trace.steps[step].piece)
        word = label(piece.strip() or piece, theme.FONT_LABEL, theme.HIGHLIGHT) if piece.strip() else VMobject()
        return word.move_to(self.marker[0].get_bottom() + 0.6 * DOWN)

    def attach(self, step: int, run_time: float) -> None:
        """The chosen piece flies from the strip to its place in the text."""
        flying = self.owner(step)
        goal = self.stream.underline.get_center() + 0.3 * UP
        flying.generate_target().move_to(goal, aligned_edge=LEFT).fade(0.4)
        self.play(FadeIn(flying), run_time=run_time / 3)
        self.play(MoveToTarget(flying, path_arc=TURN, remover=True), run_time=run_time)
        self.play(WriteNext(self.stream), run_time=run_time)

    def attach_the_piece(self) -> None:
        """Beat 3."""
        step = self.trace.steps[0]
        share = Numeral(
            self.trace.quantity("probability")[0], 1, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT,
            factor=100,
        )  # fmt: skip
        words, sign = (
            row_label(_("its share:"), theme.FONT_LABEL, theme.MUTED),
            row_label("%", theme.FONT_LABEL, share.color),
        )
        said = in_line(words, VGroup(share), gap=layout.GAP_RELATED)
        self.share = self.below_the_text(in_line(said, sign, gap=layout.GAP_TIGHT))
        narration = _("It hit “{piece}”. Attach that piece to the text, and the gap moves on.").format(
            piece=drawable(step.piece).strip() or _("space")
        )
        with self.beat(narration, 6):
            self.play(FadeOut(self.count), FadeIn(self.share), run_time=theme.TIME_QUICK)
            self.attach(0, 0.9)

    def ask_again(self) -> None:
        """Beat 4."""
        bars, strip = self.bars_of(1), self.strip_of(1)
        narration = _("Now the slightly longer text is a fresh question. New shares, a new dart, another piece.")
        with self.beat(narration, 8):
            gone = [self.bars, self.strip, self.marker, self.share]
            self.play(PlatePulse(self.machine.plates), FadeOut(*gone), run_time=0.8)
            self.bars, self.strip = bars, strip
            self.marker = self.marker_of(strip, 1)
            self.play(GrowBars(bars, lag_ratio=theme.LAG_ITEMS), FadeIn(strip), run_time=1.3)
            self.play(DropMarker(strip, self.marker), run_time=0.8)
            self.attach(1, 0.6)

    # -- and again ---------------------------------------------------------------------------------------------------

    def keep_turning(self) -> None:
        """Beat 5."""
        self.counter = counted(_("{} pieces written"), 2, theme.FONT_LABEL, theme.MUTED, "count: pieces written")
        self.mean = Numeral(
            self.mean_until(2), 2, font_size=theme.FONT_LABEL, color=theme.LOSS, passport="mean of the log-shares"
        )
        said = label(_("mean log-share, in nats"), theme.FONT_SMALL, theme.MUTED)
        self.tally = VGroup(self.counter, VGroup(self.mean, said).arrange(DOWN, buff=layout.GAP_LABEL))
        self.tally.arrange(DOWN, buff=layout.GAP).move_to([LIST_LEFT + 2.9, LIST_Y, 0])
        narration = _(
            "And again, and again. Each piece is thrown for, attached, and read along with all the others "
            "when the next one is guessed. Nothing else happens when a language model writes."
        )
        with self.beat(narration, 14):
            self.play(FadeOut(self.bars), FadeIn(self.tally), run_time=theme.TIME_BASE)
            for step in range(2, STEPS):
                self.turn(step)

    def mean_until(self, count: int) -> float:
        """The mean of the logarithms of the shares of the first pieces written, in nats."""
        return -float(np.mean(np.asarray(self.trace.quantity("surprise").values[:count], dtype=float)))

    def turn(self, step: int) -> None:
        """One quick turn: new strip, new dart, one more piece."""
        self.remove(self.strip, self.marker)
        self.strip = self.strip_of(step)
        self.marker = self.marker_of(self.strip, step)
        self.strip.highlight(self.trace.steps[step].rank)
        self.add(self.strip, self.marker)
        self.counter_number.set_value(step + 1, "count: pieces written")
        self.mean.set_value(self.mean_until(step + 1), "mean of the log-shares")
        self.play(WriteNext(self.stream), run_time=0.4)

    @property
    def counter_number(self) -> Numeral:
        """The digits of the counter."""
        return next(part for part in self.counter if isinstance(part, Numeral))


def broken(pieces: list[str], given: int) -> list[str]:
    """The pieces, a line begun before one that would make a word longer than a line; what was given stays as it is."""
    kept, run = list(pieces[:given]), len(re.split(r"\s", "".join(pieces[:given]))[-1])
    for piece in pieces[given:]:
        run = len(piece) - 1 - max(map(piece.rfind, " \n")) if re.search(r"\s", piece) else run + len(piece)
        if run > LONGEST_WORD:
            piece, run = f"\n{piece}", len(piece)
        kept.append(piece)
    return kept
