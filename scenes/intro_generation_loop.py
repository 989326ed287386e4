"""GenerationLoop: writing is guessing one piece, again and again."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Create, FadeIn, FadeOut, LaggedStart, Line, TransformFromCopy, VGroup

from mobjects import Block, FlowPath, Numeral, Pulse, label, layout, theme, token_label
from mobjects.counted import counted, in_line
from mobjects.token_label import row_label
from scenes.intro_generation_turns import SEED, TEMPERATURE, GenerationTurns
from scenes.language import _
from scenes.vocabulary import drawable

SURPRISES = 3
THICKEST = 0.16  # underline of the most surprising piece
LOOP_Y = -2.0


class GenerationLoop(GenerationTurns):
    """Text grows by one piece a turn, thrown for by chance: likely pieces, and now and then an unlikely one."""

    def construct(self) -> None:
        """One turn slowly, one faster, many; then what chance did, the loop, and its settings."""
        self.begin()
        self.throw_a_dart()
        self.attach_the_piece()
        self.ask_again()
        self.keep_turning()
        self.underline_surprises()
        self.close_the_loop()
        self.name_the_settings()

    def underline_surprises(self) -> None:
        """Beat 6."""
        surprises = np.asarray(self.trace.quantity("surprise").values, dtype=float)
        self.lines = VGroup()
        for place, surprise in enumerate(surprises, self.given):
            word = self.stream.words[place]
            if len(word.points):
                thick = THICKEST * surprise / surprises.max()
                line = Line(word.get_corner(DOWN + LEFT), word.get_corner(DOWN + RIGHT))
                line.set_stroke(theme.LOSS, 100 * thick).shift((0.06 + thick / 2) * DOWN)
                self.lines.add(line)
        self.most = self.most_surprising(surprises)
        narration = _(
            "It usually takes likely pieces, and not always the likeliest. "
            "The thicker the line, the less a piece was expected. That is our choice, not its own."
        )
        with self.beat(narration, 11):
            self.play(FadeOut(self.strip, self.marker, self.tally), run_time=theme.TIME_BASE)
            self.play(LaggedStart(*map(Create, self.lines), lag_ratio=0.1), run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.most[0]), run_time=theme.TIME_QUICK)
            come = [FadeIn(line, shift=0.25 * UP) for line in self.most[1]]
            self.play(LaggedStart(*come, lag_ratio=0.4), run_time=theme.TIME_SLOW)

    def most_surprising(self, surprises: np.ndarray) -> VGroup:
        """The least expected pieces, each with the share it had."""
        lines, shares = VGroup(), self.trace.quantity("probability")
        for step in np.argsort(-surprises, kind="stable")[:SURPRISES]:
            share = float(shares.values[step])
            decimals = 1 if share >= 0.001 else 3
            number = Numeral(
                shares[int(step)], decimals, "never", font_size=theme.FONT_LABEL, color=theme.LOSS, factor=100
            )
            name = token_label(drawable(self.trace.steps[step].piece), theme.FONT_LABEL)
            line = in_line(name, number, gap=layout.GAP_RELATED)
            lines.add(in_line(line, row_label("%", theme.FONT_LABEL, theme.LOSS), gap=layout.GAP_TIGHT))
        lines.arrange(DOWN, buff=layout.GAP_RELATED, aligned_edge=RIGHT)
        head = label(_("least expected"), theme.FONT_SMALL, theme.MUTED)
        return VGroup(head, lines).arrange(DOWN, buff=layout.GAP_RELATED).move_to([-2.0, 1.7, 0])

    def close_the_loop(self) -> None:
        """Beat 7."""
        self.boxes = VGroup(Block(_("text so far")), Block(_("model"), kind="mlp"), Block(_("throw")))
        self.boxes.arrange(RIGHT, buff=1.3).move_to([0, LOOP_Y, 0])
        self.paths = self.loop_paths()
        self.prefix = self.opening()
        narration = _(
            "Text, model, throw, and back to the text. An assistant is the same loop, "
            "with an opening prepared for it, and your question behind."
        )
        with self.beat(narration, 10):
            gone = FadeOut(self.most, self.lines, self.arrow)
            self.play(gone, TransformFromCopy(self.machine, self.boxes[1]), FadeOut(self.machine), run_time=1.5)
            self.play(FadeIn(self.boxes[0], self.boxes[2]), run_time=theme.TIME_BASE)
            self.play(LaggedStart(*map(Create, self.paths), lag_ratio=0.6), run_time=theme.TIME_SLOW)
            beats = [Pulse(box, scale=1.12) for box in [*self.boxes, self.boxes[0]]]
            self.play(LaggedStart(*beats[:3], lag_ratio=0.6), run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.prefix, shift=0.5 * RIGHT), run_time=theme.TIME_BASE)

    def loop_paths(self) -> VGroup:
        """Arrows from box to box, and back below them."""
        text, model, throw = self.boxes
        low = self.boxes.get_bottom()[1] - 0.7
        back = [throw.get_bottom(), [throw.get_x(), low, 0], [text.get_x(), low, 0], text.get_bottom()]
        gap = 0.08 * RIGHT
        return VGroup(
            FlowPath([text.get_right() + gap, model.get_left() - gap], color=theme.TEXT),
            FlowPath([model.get_right() + gap, throw.get_left() - gap], color=theme.TEXT),
            FlowPath(np.array(back), color=theme.TEXT),
        )

    def opening(self) -> VGroup:
        """An instruction before the text, and how many pieces this network cuts it into."""
        words = _("a kind answer to a question:")
        quoted = label(f"“{words}”", theme.FONT_SMALL, theme.UPDATE)
        try:
            count = len(self.checkpoint.tokenizer.encode(words))
            note = counted(_("{} more pieces in front"), count, passport="count: tokens of the opening")
        except ValueError:
            note = label(_("not in this network's letters"), theme.FONT_SMALL, theme.MUTED)
        lines = VGroup(quoted, note).arrange(DOWN, buff=layout.GAP_LABEL)
        return layout.fit(lines, 6.2).next_to(self.boxes, UP, buff=layout.GAP).align_to(self.boxes, LEFT)

    def name_the_settings(self) -> None:
        """Beat 8."""
        settings = in_line(
            counted(_("seed {}"), SEED, theme.FONT_LABEL, theme.MUTED, "setting: seed of the draws"),
            in_line(
                row_label(_("temperature"), theme.FONT_LABEL, theme.MUTED),
                Numeral(TEMPERATURE, 1, font_size=theme.FONT_LABEL, color=theme.MUTED, passport="setting: temperature"),
                gap=layout.GAP_RELATED,
            ),
            gap=layout.GAP_SECTION,
        )
        settings.move_to([0, -2.6, 0])
        narration = _("Nothing more is hidden in the word “generate”. Same seed, same text.")
        with self.beat(narration, 6):
            self.play(FadeOut(self.prefix, self.paths, self.boxes), run_time=theme.TIME_BASE)
            grown = self.stream.animate.scale(1.35).move_to([0, 0.9, 0])
            self.play(grown, FadeIn(settings, shift=0.25 * UP), run_time=theme.TIME_SLOW)
