"""AttentionPattern, act 2: each pair of words meets, and how well the two fit is one number."""

from __future__ import annotations

import numpy as np
from manim import (
    DOWN,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Mobject,
    ReplacementTransform,
    VGroup,
    VMobject,
)

from mobjects import (
    AttentionBoard,
    CountUp,
    Dim,
    FlashAround,
    GatherPairs,
    GrowCells,
    MorphDots,
    Numeral,
    SwapCells,
    Undim,
    label,
    layout,
    plated,
    theme,
)
from scenes.attention_words import COUNT, FAR, AttentionWords, below_the_top
from scenes.language import _
from scenes.motions import pairs, tinted

POINTER = layout.scaled_stroke(theme.STROKE_STRONG, FAR)
MOSTLY = 0.75  # of the scores below zero: then their sign wants a word


class AttentionScores(AttentionWords):
    """In a table of all pairs, the score of a key and a query says how well this offer answers that question."""

    def construct(self) -> None:
        """Acts 1 and 2."""
        super().construct()
        self.act(_("Scores"))
        self.draw_the_meeting_places()
        self.multiply_pairs()
        self.settle_dots()
        self.look_at_two_answers()
        self.look_at_no_answer()
        self.show_all_scores()

    def draw_the_meeting_places(self) -> None:
        """Beat 6."""
        self.board = board = self.new_board(self.pieces)
        asks, offers = self.asks, self.offers
        square = Numeral(self.count**2, passport="count: pairs of tokens", **COUNT)
        room = board.grid.n_query * board.grid.cell_width - layout.GAP
        self.pair_count = layout.fit(self.equation(square), room).move_to(board.grid.frame)
        leaving = VGroup(self.arrows, self.embeddings, asks.arrows, asks.map_label, asks.strips)
        leaving.add(offers.vectors, offers.arrows, offers.map_label, offers.strips)
        moves = (
            (self.row.tokens, board.query_tokens),
            (asks.symbols, board.query_symbols),
            (offers.tokens, board.key_tokens),
            (offers.symbols, board.key_symbols),
        )
        narration = _(
            "Spread them out, queries on top, keys at the side, and there is one meeting place for each pair."
        )
        with self.beat(narration, 8):
            self.play(FadeOut(leaving), run_time=theme.TIME_QUICK)
            settle = [ReplacementTransform(*move) for groups in moves for move in pairs(*groups)]
            self.play(self.look(FAR, below_the_top(FAR)), *settle, run_time=theme.TIME_CAMERA)
            rules = [Create(rule) for family in board.grid.rules for rule in family]
            self.play(LaggedStart(*rules, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_SLOW)
            plate, terms = self.pair_count
            self.play(FadeIn(plate, terms[:3]), run_time=theme.TIME_QUICK)
            self.play(FadeIn(terms[3:], shift=0.25 * RIGHT), run_time=theme.TIME_QUICK)

    def new_board(self, pieces: list[str]) -> AttentionBoard:
        """A board for a sentence, words tinted as in the row, high enough in the far frame for sums below it."""
        rule = layout.scaled_stroke(theme.STROKE_RULE, FAR)
        board = AttentionBoard(pieces, width=24.4, height=11.7, rule_width=rule)
        for token in (*board.query_tokens, *board.key_tokens):
            tinted(token)
        layout.fit(board, layout.scaled_stroke(2 * layout.SAFE_X, FAR))
        return board.move_to(below_the_top(FAR) + 0.7 * UP)

    def equation(self, square: Numeral) -> VGroup:
        """``9 x 9 =`` and the product, large, where the pairs are going to meet."""
        size = layout.scaled_font(theme.FONT_TITLE, FAR)
        factors = [Numeral(self.count, font_size=size, passport="count: tokens", **COUNT) for _ in range(2)]
        square.scale(size / theme.FONT_SMALL)
        terms = VGroup(factors[0], label("×", size), factors[1], label("=", size), square)
        return plated(terms.arrange(RIGHT, buff=layout.GAP).set_color(theme.UPDATE), layout.GAP)

    def multiply_pairs(self) -> None:
        """Beat 7."""
        board = self.board
        self.pairs = board.grid.pairs(board.key_symbols, board.query_symbols)
        first = self.pairs.only([(self.pick.query, self.pick.keys[0])])
        others = self.pairs.only([cell for cell in self.pairs.cells if not first.has(*cell)])
        sources = board.key_symbols, board.query_symbols
        narration = _(
            "In each place, key and query are multiplied: one dot product, scaled to a single number, the score."
        )
        with self.beat(narration, 9):
            self.play(FadeOut(self.pair_count), run_time=theme.TIME_QUICK)
            self.play(GatherPairs(first, *sources), run_time=theme.TIME_SLOW)
            self.play(GatherPairs(others, *sources), run_time=theme.TIME_FLOW)
        self.remove(first, others)
        self.add(self.pairs)

    def settle_dots(self) -> None:
        """Beat 8."""
        grid = self.board.grid
        equal = np.full(grid.shape, 1 / self.count)
        self.dots = grid.dots(equal, passport="equal shares, before anything is measured")
        with self.beat(
            _("Draw a dot for each. Within a column, the bigger the dot, the better that key answers the query."), 8
        ):
            self.play(FadeOut(self.pairs), GrowCells(self.dots), run_time=theme.TIME_SLOW)
            self.wait(theme.TIME_QUICK)
            self.play(MorphDots(self.dots, grid.dots(self.unmasked)), run_time=theme.TIME_SLOW)

    def look_at_two_answers(self) -> None:
        """Beat 9."""
        query, keys, board = self.pick.query, self.pick.keys, self.board
        named = (*keys, self.pick.contrast)
        self.digits = board.grid.digits(self.scores, scale=0.6 * theme.value_scale(np.asarray(self.scores)))
        close = VGroup(board.query_header(query), *(board.key_header(key) for key in named))
        self.boxes = VGroup(*(board.grid.cell_box(query, key, width=POINTER) for key in keys))
        kept = [board.query_header(query), *(board.key_header(key) for key in keys)]
        kept += [self.dots.at(query, key) for key in keys]
        center, height = self.close_frame(VGroup(close, self.boxes))
        # Rows at the lower edge would be cut off, and stand behind the credit.
        edge = center[1] - 0.32 * height
        low = [key for key in range(self.count) if board.grid.cell_center(0, key)[1] < edge]
        hidden = [part for key in low for part in (board.key_header(key), self.dots.row(key))]
        hidden += [board.grid.row_rules[key + 1] for key in low]
        narration = _(
            "Look at a single query, that of “{word}”. Of all the words that came before it, "
            "these answer its question best."
        ).format(word=self.word(query))
        with self.beat(narration, 10):
            near, vanish = self.look(height, center), Dim(*hidden, opacity=0)
            dim = Dim(*without(hidden, board.headers, board.grid.rules, self.dots), keep=kept)
            self.play(near, dim, vanish, run_time=theme.TIME_SLOW)
            self.play(Create(self.boxes), run_time=theme.TIME_BASE)
            self.play(*(FlashAround(box, theme.KEY) for box in self.boxes), run_time=theme.TIME_SLOW)
            self.play(*(FadeOut(self.dots.discard(query, key)) for key in keys), run_time=theme.TIME_QUICK)
            self.play(*(CountUp(self.digits.at(query, key)) for key in keys), run_time=theme.TIME_BASE)
            self.play(self.boxes.animate.set_stroke(theme.HIGHLIGHT), run_time=theme.TIME_QUICK)

    def close_frame(self, things: VGroup) -> tuple[np.ndarray, float]:
        """Middle and height of a frame that some things fill, but not closer than needed to read."""
        ratio = layout.FRAME_HEIGHT / layout.FRAME_WIDTH
        height = min(FAR, max(9.5, 1.25 * things.height, 1.25 * things.width * ratio))
        return things.get_center() + 0.08 * height * DOWN, height

    def look_at_no_answer(self) -> None:
        """Beat 10."""
        query, keys, contrast = self.pick.query, self.pick.keys, self.pick.contrast
        number, board = self.digits.at(query, contrast), self.board
        box = board.grid.cell_box(query, contrast, theme.NEGATIVE, POINTER)
        asked = Undim(board.key_header(contrast), self.dots.at(query, contrast))
        heard = [part for key in keys for part in (board.key_header(key), self.digits.at(query, key))]
        narration = _("And “{word}”, in the same column, answers less than the others did.")
        if contrast == query:
            narration = _("And this is how the word answers its own question.")
        elif number.value < 0 < min(self.digits.at(query, key).value for key in keys):
            narration = _("And “{word}”, in the same column, hardly answers: its score is below zero.")
        narration = narration.format(word=self.word(contrast))
        with self.beat(narration, 6):
            move = ReplacementTransform(self.boxes[0], box)
            leave = [FadeOut(other) for other in self.boxes[1:]]
            self.play(move, *leave, asked, Dim(*heard, opacity=theme.OPACITY_HALF), run_time=theme.TIME_BASE)
            self.play(FadeOut(self.dots.discard(query, contrast)), run_time=theme.TIME_QUICK)
            self.play(CountUp(number), run_time=theme.TIME_BASE)
        self.boxes = box

    def show_all_scores(self) -> None:
        """Beat 11."""
        board = self.board
        shown = [self.digits.at(self.pick.query, key) for key in (*self.pick.keys, self.pick.contrast)]
        others = VGroup(*(number for number in self.digits if number not in shown))
        narration = _(
            "Any value at all can occur, large or small, above zero or below. They add up to nothing in particular."
        )
        if np.mean([number.value < 0 for number in self.digits]) > MOSTLY:
            narration = _(
                "In this head most scores lie below zero. That does no harm: "
                "what will count is only who is ahead of whom."
            )
        with self.beat(narration, 8):
            bright = Undim(board.headers, board.grid.rules, self.dots, *shown)
            self.play(self.look(FAR, below_the_top(FAR)), FadeOut(self.boxes), bright, run_time=theme.TIME_SLOW)
            self.play(SwapCells(self.dots, others), run_time=theme.TIME_SLOW)
        self.remove(others, *self.digits)
        self.add(self.digits)


def without(parts: list[Mobject], *mobjects: Mobject) -> list[VMobject]:
    """The leaves of some mobjects that do not belong to ``parts``."""
    left_out = {id(member) for part in parts for member in part.get_family()}
    members = (member for mobject in mobjects for member in mobject.family_members_with_points())
    return [member for member in members if id(member) not in left_out]
