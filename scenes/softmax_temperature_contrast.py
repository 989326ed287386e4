"""TemperatureContrast: one prompt, three temperatures; too cold repeats itself, too hot loses the thread."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from manim import DOWN, LEFT, UP, Create, FadeIn, FadeOut, LaggedStart, Line, SurroundingRectangle, VGroup

from mobjects import (
    ChangeBars,
    CountUp,
    FlashAround,
    Numeral,
    ParagraphStream,
    ProbabilityBars,
    SplitFrame,
    WriteNext,
    theme,
)
from mobjects.counted import in_line
from mobjects.numerals import Floats
from mobjects.token_label import row_label
from model.sampling import Trace, generate
from model.shares import at_temperature
from scenes.base import ChapterScene
from scenes.language import _
from scenes.vocabulary import vocabulary

TEMPERATURES, SEED = (0.0, 0.8, 1.5), 3
TOKENS, PER_SECOND, UNBROKEN = 52, 4, 12  # pieces of each text, and letters after which a line must break
SHOWN, WHOLE, BARS_Y = 5, 1.2, 1.85
TEXT_WIDTH, TEXT_SIZE, LINES, TEXT_TOP = 3.9, 24, 9, 0.42
TIE = 1e-9
UNLIKELY = 5  # of the hottest text's pieces that are underlined
SHARES, DISTINCT, SURPRISE = "share at a temperature", "different pieces, as a share of all", "mean surprise (nats)"


class TemperatureContrast(ChapterScene):
    """Cold, mild and hot, side by side."""

    text = "once there was a little fox who"

    @cached_property
    def traces(self) -> list[Trace]:
        """The three texts, and how each piece was drawn."""
        prompt = self.pick.prompt
        room = self.checkpoint.config.block_size - len(self.pieces)
        count = min(TOKENS, PER_SECOND * (room // PER_SECOND))
        return [
            generate(self.checkpoint, prompt, count, temperature=temperature, seed=SEED) for temperature in TEMPERATURES
        ]

    @cached_property
    def words(self) -> list[str]:
        """All pieces, as they can be drawn."""
        return vocabulary(self.checkpoint)

    def construct(self) -> None:
        """Three panels, three texts, what is wrong with them, in numbers, and the choice."""
        self.split_the_frame()
        self.let_them_write()
        self.mark_what_shows()
        self.keep_score()
        self.choose_to_taste()

    def split_the_frame(self) -> None:
        """Beat 1."""
        titles = [_("T = {temperature}").format(temperature=temperature) for temperature in TEMPERATURES]
        self.split = SplitFrame(titles)
        narration = _("One prompt, and three settings of the dial: frozen, mild, and hot.")
        with self.beat(narration, 5.5):
            self.play(Create(self.split.rules), run_time=1.2)
            rise = [FadeIn(title, shift=0.2 * UP) for title in self.split.titles]
            self.play(LaggedStart(*rise, lag_ratio=0.3), run_time=1.2)
            self.play(*self.credit_to(_("{name}, measured").format(name=self.checkpoint.name)), run_time=0.5)

    # -- writing -----------------------------------------------------------------------------------------------------

    def shares(self, panel: int, step: int) -> Floats:
        """All shares of a panel's network at one of its steps, at the panel's temperature."""
        found = np.zeros(len(self.words))
        logits = self.traces[panel].steps[step].logits
        found[: len(logits)] = at_temperature(logits, TEMPERATURES[panel])
        if TEMPERATURES[panel] == 0:
            found[: len(logits)] += TIE * at_temperature(logits, 1.0)  # who has nothing stands in the order of scores
        return found

    def bars_of(self, panel: int) -> ProbabilityBars:
        """The five likeliest pieces at the first step of a panel."""
        shares = self.shares(panel, 0)
        bars = ProbabilityBars(shares, self.words, SHOWN, WHOLE, others=_("others"), font_size=25, bar_height=0.25,
                               passport=SHARES)  # fmt: skip
        x = self.split.panels[panel].get_x()
        return bars.shift([x - 0.35 - bars.frame.get_x(), BARS_Y - bars.get_y(), 0])

    def let_them_write(self) -> None:
        """Beat 2."""
        self.streams, self.charts = [], []
        given = len(self.pieces)
        for panel, trace in enumerate(self.traces):
            pieces = broken([self.words[token] for token in trace.ids])
            stream = ParagraphStream(pieces, given, TEXT_WIDTH, LINES, TEXT_SIZE)
            x = self.split.panels[panel].get_x()
            stream.move_to([x, TEXT_TOP - stream.window.height / 2, 0])
            self.streams.append(stream.draw(given))
            self.charts.append(self.bars_of(panel))
        seconds = len(self.traces[0].steps) // PER_SECOND
        narration = _(
            "Let them run. At every step the same network answers with its shares, and one piece is drawn, in blue the "
            "prompt, in white what was written. The frozen one always takes the best. The mild one sometimes wanders "
            "off. "
            "The hot one picks what hardly anyone would."
        )
        with self.beat(narration, seconds + 5):
            self.play(FadeIn(*self.streams, *self.charts), run_time=1.5)
            for second in range(seconds):
                step = min((second + 1) * PER_SECOND, len(self.traces[0].steps)) - 1
                write = [WriteNext(stream, PER_SECOND) for stream in self.streams]
                change = [
                    ChangeBars(chart, self.shares(panel, step), passport=SHARES)
                    for panel, chart in enumerate(self.charts)
                ]
                self.play(*write, *change, run_time=theme.TIME_BASE)

    # -- what shows --------------------------------------------------------------------------------------------------

    def repeats(self) -> list[int]:
        """Places in the coldest text, among its pieces, of the longest run of pieces that comes twice."""
        ids, given = list(self.traces[0].ids), len(self.pieces)
        for length in range((len(ids) - given) // 2, 1, -1):
            seen: dict[tuple[int, ...], int] = {}
            for start in range(given, len(ids) - length + 1):
                run = tuple(ids[start : start + length])
                if run in seen and start - seen[run] >= length:
                    return [*range(seen[run], seen[run] + length), *range(start, start + length)]
                seen.setdefault(run, start)
        return []

    def runs_by_line(self) -> list[VGroup]:
        """What of the repeated runs can be seen, line by line."""
        found: list[VGroup] = []
        places = self.repeats()
        stream = self.streams[0]
        for number, place in enumerate(places):
            word, line = stream.words[place], stream.slots[place][1]
            if not word.has_points():
                continue
            goes_on = number and number != len(places) // 2 and stream.slots[places[number - 1]][1] == line
            if goes_on and found:
                found[-1].add(word)
            else:
                found.append(VGroup(word))
        return found

    def surprises(self, panel: int) -> Floats:
        """How little the network expected each piece written, in nats, at temperature 1."""
        found = []
        for step in self.traces[panel].steps:
            shares = at_temperature(step.logits, 1.0)
            found.append(-float(np.log(max(float(shares[step.id]), 1e-30))))
        return np.array(found)

    def mark_what_shows(self) -> None:
        """Beat 3."""
        boxes = VGroup()
        for words in self.runs_by_line():
            boxes.add(SurroundingRectangle(words, color=theme.NEGATIVE, buff=0.06, stroke_width=theme.STROKE_BOX))
        lines = VGroup()
        hottest = np.argsort(-self.surprises(len(self.traces) - 1), kind="stable")[:UNLIKELY]
        for place in sorted(int(one) + len(self.pieces) for one in hottest):
            word = self.streams[-1].words[place]
            if word.has_points():
                low = word.get_corner(DOWN + LEFT) + 0.06 * DOWN
                style = {"color": theme.HIGHLIGHT, "stroke_width": theme.STROKE_STRONG}
                lines.add(Line(low, low + np.array([word.width, 0, 0]), **style))
        self.marks = VGroup(boxes, lines)
        narration = _(
            "Too cold, and it repeats itself: the same run of words comes again. Too hot, and it loses the thread."
        )
        if not len(boxes):
            narration = _(
                "Cold, it takes what is likeliest every time. Too hot, and it loses the thread: here it was least "
                "expected."
            )
        with self.beat(narration, 9):
            if len(boxes):
                self.play(LaggedStart(*map(Create, boxes), lag_ratio=0.05), run_time=theme.TIME_SLOW)
            self.play(LaggedStart(*map(Create, lines), lag_ratio=0.3), run_time=theme.TIME_SLOW)

    # -- score -------------------------------------------------------------------------------------------------------

    def distinct(self, panel: int) -> float:
        """How many of the pieces written are different, as a share."""
        ids = [step.id for step in self.traces[panel].steps]
        return len(set(ids)) / len(ids)

    def keep_score(self) -> None:
        """Beat 4."""
        board, numbers = VGroup(), []
        for panel in range(len(self.traces)):
            x = self.split.panels[panel].get_x()
            for words, value, passport, y in (
                (_("different"), self.distinct(panel), DISTINCT, 2.2),
                (_("surprise"), float(self.surprises(panel).mean()), SURPRISE, 1.3),
            ):
                number = Numeral(
                    value, 2, "never", font_size=theme.FONT_LABEL, color=theme.HIGHLIGHT, passport=passport
                )
                line = in_line(row_label(words, 30, theme.MUTED), VGroup(number), gap=0.25)
                board.add(line.move_to([x, y, 0]))
                numbers.append(number)
        narration = _(
            "Measured, not just felt: how many of the pieces are different, and how little each was expected."
        )
        with self.beat(narration, 8.5):
            self.play(FadeOut(*self.charts), run_time=theme.TIME_QUICK)
            self.play(*(FadeIn(line[0]) for line in board), *map(CountUp, numbers), run_time=theme.TIME_SLOW)
            self.play(*(FlashAround(number) for number in numbers[::2]), run_time=theme.TIME_BASE)
        self.board = board

    def choose_to_taste(self) -> None:
        """Beat 5."""
        seed = in_line(
            row_label(_("seed"), 28, theme.MUTED),
            VGroup(Numeral(SEED, 0, "never", font_size=28, color=theme.MUTED, passport="seed of the draws")), gap=0.15,
        )  # fmt: skip
        seed.move_to([self.split.panels[1].get_x(), 0.76, 0])
        narration = _("Choose to taste. With the same seed, the same three texts come again.")
        with self.beat(narration, 6):
            self.play(FadeIn(seed), run_time=theme.TIME_BASE)


def broken(pieces: list[str]) -> list[str]:
    """The pieces with a break of the line where no space would let one break for long."""
    found, letters = [], 0
    for piece in pieces:
        letters = len(piece) if piece[0].isspace() else letters + len(piece)
        if letters > UNBROKEN:
            piece, letters = f"\n{piece}", len(piece)
        found.append(piece)
    return found
