"""Chapter 2: how words take from one another."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    Brace,
    Create,
    FadeIn,
    FadeOut,
    GrowArrow,
    GrowFromCenter,
    LaggedStart,
    Mobject,
    ReplacementTransform,
    Square,
    Transform,
    VGroup,
    VMobject,
    Write,
    smooth,
    there_and_back,
)

from mobjects import (
    ApplyMask,
    AttentionBoard,
    Collapse,
    ColumnSoftmax,
    ContextArcs,
    CountUp,
    Dim,
    FlashArcs,
    FlashAround,
    GatherPairs,
    GrowArcs,
    GrowCells,
    KeyList,
    MorphDots,
    Numeral,
    NumericEmbedding,
    QueryRow,
    SoftmaxColumns,
    SwapCells,
    Token,
    TokenRow,
    Undim,
    arrow_down,
    fit_apart,
    format_number,
    label,
    layout,
    plated,
    symbol,
    tag,
    theme,
)
from model import words
from scenes.base import ChapterScene
from scenes.language import _

# Heights of the camera's frame. Its upper edge stays at TOP, so that each widening reveals what is below.
NEAR, MIDDLE, FAR = 8.0, 11.0, 15.0
TOP = 7.5
ROW_WIDTH, ROW_START, ROW_HEIGHT = 11.4, 1.2, 2.0
LIST_LEFT, LIST_HEIGHT = 2.6, 8.7
PANEL = 5.2
POINTER = layout.scaled_stroke(theme.STROKE_STRONG, FAR)
COUNT: dict[str, Any] = {"decimals": 0, "sign": "never"}
SHARES: dict[str, Any] = {"decimals": 2, "color": "share", "sign": "never"}


def below_the_top(height: float, x: float = 0.0) -> np.ndarray:
    """Middle of a frame of this height whose upper edge is at ``TOP``."""
    return np.array([x, TOP - height / 2, 0.0])


def tinted(token: Token) -> Token:
    """The token, its plate coloured if its word describes or names."""
    colors = {"describing": theme.ADJECTIVE, "naming": theme.NOUN}
    kind = words.kind(token.piece)
    return token.tint(colors[kind]) if kind in colors else token


def over_the_row(start: np.ndarray, end: np.ndarray, time: float) -> np.ndarray:
    """A path to the left, up and over what stands in between, then down: points on the way at ``time``, 0 to 1."""
    along, down = smooth(min(1.0, time / 0.9)), smooth(max(0.0, 2 * time - 1))
    hop = 1.1 * smooth(min(1.0, time / 0.15)) * (1 - down)
    return start + (end - start) * np.array([along, down, 0]) + hop * UP


def pairs(*groups: Mobject) -> zip:
    """Walk through groups of equally many things side by side."""
    return zip(*groups, strict=True)


class AttentionPattern(ChapterScene):
    """One head's table: every word asks, every word offers, and the softmax decides who takes how much from whom."""

    def setup(self) -> None:
        """Take the picked head's numbers: a single array each for symbols, dots, digits and arcs."""
        super().setup()
        self.camera.frame.move_to(below_the_top(NEAR))
        layer, head = self.pick.layer, self.pick.head
        self.count = len(self.pieces)
        self.columns = self.activations["embed"]
        self.queries, self.keys = (self.activations[letter, layer].at(head=head) for letter in "qk")
        self.scores = self.activations["attn_scores", layer].at(head=head)
        self.unmasked = self.activations["unmasked_pattern", layer].at(head=head)
        self.pattern = self.activations["pattern", layer].at(head=head)

    def construct(self) -> None:
        """Three acts, so that editors can cut."""
        self.act(_("Words"))
        self.show_the_sentence()
        self.let_words_lean_on_words()
        self.turn_words_into_columns()
        self.squeeze_columns_into_symbols()
        self.ask_and_offer()
        self.act(_("Scores"))
        self.draw_the_meeting_places()
        self.multiply_pairs()
        self.settle_dots()
        self.look_at_two_answers()
        self.look_at_no_answer()
        self.show_all_scores()
        self.act(_("Pattern"))
        self.ask_for_shares()
        self.turn_scores_into_shares()
        self.hide_the_future()
        self.name_the_pattern()
        self.tour_the_strongest_links()
        self.change_the_sentence()
        self.rest_on_the_pattern()

    # -- act 1: words ----------------------------------------------------------------------------------------------

    def show_the_sentence(self) -> None:
        """Beat 1."""
        ids = list(self.activations.ids)
        self.row = TokenRow(self.pieces, ids, space="between", token_gap=0.12, max_width=ROW_WIDTH)
        self.row.move_to(below_the_top(NEAR) + ROW_START * UP)
        count = Numeral(self.count, font_size=theme.FONT_LABEL, passport="count: tokens", **COUNT)
        self.note = VGroup(count, label(_("tokens"), color=theme.MUTED)).arrange(RIGHT, aligned_edge=DOWN)
        self.note.next_to(self.row, DOWN, buff=layout.GAP_SECTION)
        with self.beat(_("Here is a short sentence, cut into tokens: the pieces a network reads."), 6):
            words_in = [FadeIn(token.word, shift=0.5 * UP) for token in self.row.tokens]
            self.play(LaggedStart(*words_in, lag_ratio=theme.LAG_WORDS), run_time=theme.TIME_CAMERA)
            self.play(FadeIn(self.note[1]), CountUp(count), run_time=theme.TIME_BASE)

    def let_words_lean_on_words(self) -> None:
        """Beat 2."""
        for token in self.row.tokens:
            tinted(token)
        naming = [place for place, piece in enumerate(self.pieces) if place and words.kind(piece) == "naming"]
        arcs = [group for group in map(self.arcs_to, naming or [self.pick.query]) if len(group)]
        self.legend, self.arcs = self.legend_of_tints(), VGroup(*arcs)
        narration = _(
            "To a reader, some words lean on others. These arcs are measured inside a network: "
            "the thicker the arc, the more one word takes from another."
        )
        if naming:
            narration = _(
                "To a reader, some words lean on others. These arcs into the naming words are measured "
                "inside a network: the thicker, the more is taken."
            )
        with self.beat(narration, 10):
            plates = LaggedStart(*(FadeIn(box) for box in self.row.boxes), lag_ratio=theme.LAG_ITEMS)
            self.play(FadeOut(self.note), run_time=theme.TIME_QUICK)
            self.play(plates, FadeIn(self.legend, shift=0.25 * UP))
            self.play(*map(GrowArcs, arcs), *self.credit_to(self.head_name()), run_time=theme.TIME_SLOW)
            if arcs:
                self.play(*(FlashArcs(group, color=theme.TEXT) for group in arcs), run_time=theme.TIME_SLOW)

    def arcs_to(self, target: int) -> ContextArcs:
        """The arcs of one word, as wide as the shares it takes."""
        return ContextArcs(self.row, self.pattern.at(query=target), target, min_weight=0.15, full_share=0.6)

    def legend_of_tints(self) -> VGroup:
        """What the tints of the plates mean, below the row."""
        kinds = {words.kind(piece) for piece in self.pieces}
        names = {"describing": (_("describing words"), theme.ADJECTIVE), "naming": (_("naming words"), theme.NOUN)}
        legend = VGroup()
        for kind, (name, color) in names.items():
            if kind in kinds:
                chip = Square(0.3, fill_color=color, fill_opacity=theme.OPACITY_SOFT, stroke_width=0)
                entry = VGroup(chip, label(name, theme.FONT_SMALL, theme.MUTED))
                legend.add(entry.arrange(RIGHT, buff=layout.GAP_LABEL))
        return legend.arrange(RIGHT, buff=layout.GAP_SECTION).next_to(self.row, DOWN, buff=layout.GAP_SECTION)

    def turn_words_into_columns(self) -> None:
        """Beat 3."""
        spread = self.row.copy().spread(1.22, ROW_WIDTH).move_to(below_the_top(NEAR) + ROW_HEIGHT * UP)
        scale = theme.value_scale(np.asarray(self.columns))
        self.vectors, self.arrows = VGroup(), VGroup()
        for token, values in pairs(spread.tokens, self.columns):
            column = NumericEmbedding(values, length=9, color_scale=scale, decimals=1 if scale > 1 else 2)
            layout.fit(column, 0.92 * min(1.22, spread.pitch), 3.9)
            column.next_to(token.box, DOWN, buff=layout.GAP + layout.GAP_LABEL)
            self.vectors.add(column)
            self.arrows.add(arrow_down(token.box, column))
        brace = Brace(self.vectors[0], LEFT, buff=layout.GAP_LABEL, color=theme.UPDATE, sharpness=1.0)
        width = self.checkpoint.config.n_embd
        length = Numeral(width, font_size=theme.FONT_LABEL, passport="size: n_embd", **COUNT)
        self.brace = VGroup(brace, length.next_to(brace, LEFT, buff=layout.GAP_LABEL))
        narration = _(
            "To the model, each word is a column of numbers, looked up in a learned table, "
            "and far longer than we can draw."
        )
        with self.beat(narration, 9):
            credit = self.credit_to(_("{name}: table of words, measured").format(name=self.checkpoint.name))
            self.play(FadeOut(self.arcs, self.legend), Transform(self.row, spread), *credit)
            self.play(LaggedStart(*map(GrowArrow, self.arrows), lag_ratio=theme.LAG_ITEMS))
            drops = [FadeIn(column, shift=0.25 * DOWN) for column in self.vectors]
            self.play(LaggedStart(*drops, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_SLOW)
            aside = self.look(NEAR, below_the_top(NEAR, -0.7))
            self.play(aside, GrowFromCenter(brace), CountUp(length), run_time=theme.TIME_SLOW)

    def squeeze_columns_into_symbols(self) -> None:
        """Beat 4."""
        self.embeddings, places = VGroup(), VGroup()
        style: dict[str, Any] = {"font_size": theme.FONT_LABEL, "color": theme.POSITION, "passport": "index: position"}
        marks = [symbol("E", number + 1, theme.EMBEDDING, theme.FONT_BODY) for number in range(self.count)]
        for number, (column, mark) in enumerate(pairs(self.vectors, fit_apart(marks, self.vectors)), start=1):
            self.embeddings.add(mark.move_to([column.get_x(), column.get_top()[1] - mark.height / 2, 0]))
            places.add(Numeral(number, **COUNT, **style).next_to(mark, DOWN, buff=layout.GAP_SECTION))
        narration = _(
            "Its place in the line is added to it. So a column knows its word and its place, "
            "and nothing yet of the others."
        )
        with self.beat(narration, 9):
            squeeze = [Collapse(column, mark) for column, mark in pairs(self.vectors, self.embeddings)]
            self.play(FadeOut(self.brace), self.look(NEAR, below_the_top(NEAR)), *squeeze, run_time=theme.TIME_SLOW)
            self.play(LaggedStart(*(FadeIn(place, shift=0.25 * UP) for place in places), lag_ratio=theme.LAG_ITEMS))
            self.wait(theme.TIME_QUICK)
            sinks = [
                place.animate.move_to(mark.get_corner(DOWN + RIGHT)).scale(0.4).set_opacity(0)
                for place, mark in pairs(places, self.embeddings)
            ]
            self.play(LaggedStart(*sinks, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_BASE)
            self.remove(places)
            self.play(self.pulse(self.embeddings), run_time=theme.TIME_BASE)

    @staticmethod
    def pulse(group: VGroup) -> LaggedStart:
        """The members of a group swell for a moment, one after the other."""
        swell = [member.animate(rate_func=there_and_back).scale(1.2) for member in group]
        return LaggedStart(*swell, lag_ratio=theme.LAG_ITEMS)

    def ask_and_offer(self) -> None:
        """Beat 5."""
        size, center = layout.scaled_font(theme.FONT_LABEL, MIDDLE), below_the_top(MIDDLE, -LIST_LEFT)
        self.asks = asks = QueryRow(self.queries, self.embeddings, 1.75, size)
        self.offers = offers = KeyList(self.pieces, self.keys, min(LIST_HEIGHT, 1.2 * (self.count - 1)), size)
        offers.shift(center + 6.95 * LEFT + 0.15 * UP)
        for token in offers.tokens:
            tinted(token)
        narration = _(
            "Learned tables turn each column into a query, which asks, and into a key, which offers an answer."
        )
        if self.pick.layer:
            narration = _(
                "Some layers later, the columns have read a little. Learned tables now turn each one "
                "into a query, which asks, and into a key, which offers an answer."
            )
        with self.beat(narration, 12):
            self.play(self.look(MIDDLE, center), *self.credit_to(self.head_name()), run_time=theme.TIME_SLOW)
            self.play(self.pulse(self.embeddings), run_time=theme.TIME_BASE)
            arrows = LaggedStart(*map(GrowArrow, asks.arrows), lag_ratio=theme.LAG_MANY)
            self.play(arrows, FadeIn(asks.map_label), run_time=theme.TIME_BASE)
            self.play(self.enter(asks.symbols, 0.5 * DOWN), self.enter(asks.strips), run_time=theme.TIME_BASE)
            self.play(self.travel_to_the_list(), run_time=theme.TIME_CAMERA)
            self.play(
                self.enter(offers.vectors),
                LaggedStart(*map(GrowArrow, offers.arrows), lag_ratio=0.05),
                FadeIn(offers.map_label),
                self.enter(offers.symbols, 0.25 * RIGHT),
                self.enter(offers.strips),
                run_time=theme.TIME_SLOW,
            )

    @staticmethod
    def enter(group: VGroup, shift: np.ndarray | None = None) -> LaggedStart:
        """The members of a group fade in one after the other."""
        shift = np.zeros(3) if shift is None else shift
        return LaggedStart(*(FadeIn(member, shift=shift) for member in group), lag_ratio=theme.LAG_ITEMS)

    def travel_to_the_list(self) -> LaggedStart:
        """Copies of the words leave the row for the list, the last word first, so that none sinks through another."""
        journeys = []
        for token, word in reversed(list(pairs(self.row.tokens, self.offers.tokens))):
            copy = token.copy()
            copy.box.set_opacity(0)  # a plate, seen through, would show double while it still lies on the word's
            journeys.append(ReplacementTransform(copy, word, path_func=over_the_row))
        return LaggedStart(*journeys, lag_ratio=theme.LAG_ITEMS)

    # -- act 2: scores ---------------------------------------------------------------------------------------------

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
        narration = _("Look at one query. Of all the words that came before it, these answer its question best.")
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
        narration = _("And “{word}” answers less than the others did.")
        if contrast == query:
            narration = _("And this is how the word answers its own question.")
        elif number.value < 0 < min(self.digits.at(query, key).value for key in keys):
            narration = _("And “{word}” hardly answers: its score is below zero.")
        narration = narration.format(word=self.word(contrast))
        with self.beat(narration, 6):
            move = ReplacementTransform(self.boxes[0], box)
            leave = [FadeOut(other) for other in self.boxes[1:]]
            self.play(move, *leave, asked, Dim(*heard, opacity=theme.OPACITY_HALF), run_time=theme.TIME_BASE)
            self.play(FadeOut(self.dots.discard(query, contrast)), run_time=theme.TIME_QUICK)
            self.play(CountUp(number), run_time=theme.TIME_BASE)
        self.boxes = box

    def word(self, place: int) -> str:
        """A token as a word to be written or spoken."""
        return self.pieces[place].strip() or _("space")

    def show_all_scores(self) -> None:
        """Beat 11."""
        board = self.board
        shown = [self.digits.at(self.pick.query, key) for key in (*self.pick.keys, self.pick.contrast)]
        others = VGroup(*(number for number in self.digits if number not in shown))
        narration = _(
            "Any value at all can occur, large or small, above zero or below. They add up to nothing in particular."
        )
        with self.beat(narration, 8):
            bright = Undim(board.headers, board.grid.rules, self.dots, *shown)
            self.play(self.look(FAR, below_the_top(FAR)), FadeOut(self.boxes), bright, run_time=theme.TIME_SLOW)
            self.play(SwapCells(self.dots, others), run_time=theme.TIME_SLOW)
        self.remove(others, *self.digits)
        self.add(self.digits)

    # -- act 3: pattern --------------------------------------------------------------------------------------------

    def ask_for_shares(self) -> None:
        """Beat 12."""
        query, board, grid = self.pick.query, self.board, self.board.grid
        self.column_box = grid.column_box(query, width=POINTER)
        dim = Dim(self.digits, keep=[self.digits.column(query)], opacity=0.35)
        narration = _("Take one column: all the answers to one question. What we want from them is shares of a whole.")
        with self.beat(narration, 8):
            kept = [board.query_header(query), board.key_tokens, board.key_symbols]
            rest = Dim(board.headers, grid.rules, keep=kept, opacity=theme.OPACITY_HALF)
            self.play(Create(self.column_box), dim, rest, run_time=theme.TIME_SLOW)

    def turn_scores_into_shares(self) -> None:
        """Beat 13."""
        query, board, grid = self.pick.query, self.board, self.board.grid
        self.shares, self.totals = grid.digits(self.unmasked, **SHARES), grid.sums(self.unmasked)
        others = [other for other in range(self.count) if other != query]
        left, right = board.get_left()[0], grid.get_right()[0] + PANEL
        wide = max(FAR, (right - left) / (2 * layout.SAFE_X) * layout.FRAME_HEIGHT)
        aside = below_the_top(FAR) + max(0.0, (left + right) / 2) * RIGHT
        narration = _(
            "The softmax does it. Raise e to every score, so that all are above zero. Add them up, "
            "divide each by the sum: shares that add to one. Then all other columns, the same way."
        )
        with self.beat(narration, 17):
            self.play(self.look(wide, aside), run_time=theme.TIME_BASE)
            style = {"panel_width": PANEL, "label_size": layout.scaled_font(theme.FONT_LABEL, FAR)}
            slowly = ColumnSoftmax(grid, query, self.digits, self.shares, self.totals[query], **style)
            self.play(slowly, run_time=theme.TIME_DRIFT)
            bright = Undim(self.digits, board.headers, grid.rules)
            self.play(bright, self.look(FAR, below_the_top(FAR)), run_time=theme.TIME_BASE)
            rest = SoftmaxColumns(grid, others, self.digits, self.shares, self.totals, pointer=self.column_box)
            self.play(rest, run_time=0.5 * len(others))
            self.play(FadeOut(self.column_box), run_time=theme.TIME_QUICK)

    def hide_the_future(self) -> None:
        """Beat 14."""
        grid = self.board.grid
        self.mask = grid.mask_boxes()
        future = np.tri(self.count, k=-1, dtype=bool).T
        masked = grid.digits(self.pattern, skip=future, **SHARES)
        narration = _(
            "But no word may look at one that comes later. "
            "Those shares are struck out, and the rest is shared out anew."
        )
        with self.beat(narration, 9):
            self.play(ApplyMask(self.mask, self.shares, masked, self.totals), run_time=theme.TIME_FLOW)

    def name_the_pattern(self) -> None:
        """Beat 15."""
        grid = self.board.grid
        self.dots, self.bars = grid.dots(self.pattern), grid.entropy_bars(self.pattern)
        self.title = self.title_in_the_corner(self.board)
        self.bars_name = label(_("spread"), layout.scaled_font(theme.FONT_SMALL, FAR), theme.MUTED)
        lane = grid.frame.get_left()[0] - self.board.get_left()[0]
        layout.fit(self.bars_name, lane - layout.GAP_RELATED).next_to(self.bars, LEFT, buff=layout.GAP_RELATED)
        narration = _(
            "This table has a name: the attention pattern. "
            "The bars below show how widely each word spreads its attention."
        )
        with self.beat(narration, 8):
            self.play(SwapCells(self.shares, self.dots), FadeOut(self.mask), run_time=theme.TIME_SLOW)
            self.play(Write(self.title), run_time=theme.TIME_BASE)
            self.play(*(FadeOut(total, shift=0.25 * DOWN) for total in self.totals), run_time=theme.TIME_QUICK)
            self.play(FadeIn(self.bars), FadeIn(self.bars_name), run_time=theme.TIME_BASE)

    @staticmethod
    def title_in_the_corner(board: AttentionBoard) -> VMobject:
        """A title in the empty corner between the words above and the words at the left."""
        name = label(_("attention\npattern"), layout.scaled_font(theme.FONT_LABEL, FAR), weight="bold")
        wide = board.query_tokens.get_left()[0] - board.corner[0] - layout.GAP
        high = board.corner[1] - board.grid.get_top()[1]
        return layout.fit(name, 0.88 * wide, 0.9 * high).move_to(board.corner, aligned_edge=UP + LEFT)

    def tour_the_strongest_links(self) -> None:
        """Beat 16."""
        board, grid, links = self.board, self.board.grid, strongest_links(np.asarray(self.pattern))
        self.links = panel = self.panel_of([self.link_line(query, key) for query, key in links])
        pointer = [grid.cell_box(query, key, theme.HIGHLIGHT, POINTER) for query, key in links]
        with self.beat(self.words_for(links[0]), 10):
            for number, (cell, line) in enumerate(pairs(pointer, panel[1])):
                query, key = links[number]
                keep = [board.query_header(query), board.key_header(key), self.dots.at(query, key)]
                point = ReplacementTransform(pointer[number - 1], cell) if number else Create(cell)
                self.play(Dim(board.headers, self.dots, keep=keep), point, run_time=theme.TIME_BASE)
                arrive = [FadeIn(line, shift=0.25 * UP)] if number else [FadeIn(panel[0]), FadeIn(line)]
                self.play(FlashAround(cell), *arrive, run_time=theme.TIME_BASE)
            self.play(FadeOut(pointer[-1]), Undim(board.headers, self.dots), run_time=theme.TIME_BASE)

    def words_for(self, link: tuple[int, int]) -> str:
        """What is said of the strongest link."""
        query, key = link
        percent = format_number(100 * float(self.pattern[query, key]), 0, "never")
        narration = _(
            "Read it down a column: who takes how much from whom. "
            "The strongest link: “{taker}” takes {percent} percent of its attention from “{giver}”."
        )
        return narration.format(taker=self.word(query), percent=percent, giver=self.word(key))

    def link_line(self, query: int, key: int) -> VGroup:
        """From whom, to whom, how much: ``brave → tailor  0.47``, on one baseline."""
        size = layout.scaled_font(theme.FONT_SMALL, FAR)
        text = label(f"{self.word(key)} → {self.word(query)}0", size)
        baseline = text[-1].get_bottom()[1]
        text.remove(text[-1])
        weight: Any = self.pattern[query, key]
        share = Numeral(weight, decimals=2, sign="never", font_size=size, color=theme.HIGHLIGHT)
        share.next_to(text, RIGHT, buff=layout.GAP).shift((baseline - share.get_bottom()[1]) * UP)
        return VGroup(text, share)

    def panel_of(self, lines: list[VGroup]) -> VGroup:
        """Lines on a framed plate in the empty triangle of the mask, or right of a grid too small for that."""
        grid = self.board.grid
        for number, line in enumerate(lines):
            line.shift(-line[1].get_right() + 2.4 * number * lines[0][1].height * DOWN)
        panel = plated(VGroup(*lines), layout.GAP)
        panel[0].set_fill(opacity=1).set_stroke(theme.RULE, layout.scaled_stroke(theme.STROKE_RULE, FAR))
        if self.count < 4:
            edge = layout.scaled_stroke(layout.SAFE_X, FAR) - grid.get_right()[0]
            return layout.fit(panel, edge - layout.GAP).next_to(grid, RIGHT, buff=layout.GAP)
        half = self.count // 2  # so many rows of the triangle are empty over half the columns
        layout.fit(panel, 0.5 * self.count * grid.cell_width - layout.GAP, half * grid.cell_height - layout.GAP)
        corner = grid.cell_center(-0.5, self.count - 0.5) + layout.GAP_RELATED * (UP + RIGHT)
        return panel.move_to(corner, aligned_edge=DOWN + LEFT)

    def change_the_sentence(self) -> None:
        """Beat 17."""
        other = self.read(self.pick.second_prompt)
        pattern = other["pattern", self.pick.layer].at(head=self.pick.head)
        board = self.new_board(self.checkpoint.tokenizer.pieces(list(other.ids)))
        dots, bars = board.grid.dots(pattern), board.grid.entropy_bars(pattern)
        home = [Transform(self.title, self.title_in_the_corner(board))]
        with self.beat(_("The same head on another text: another pattern, worked out afresh."), 7):
            self.play(FadeOut(self.links), run_time=theme.TIME_QUICK)
            if board.grid.shape == self.board.grid.shape:
                self.play(*home, *self.glide_to(board), run_time=theme.TIME_BASE)
                arrive = [self.enter(tokens, 0.25 * UP) for tokens in (board.query_tokens, board.key_tokens)]
                self.play(*arrive, run_time=theme.TIME_BASE)
                self.play(MorphDots(self.dots, dots), Transform(self.bars, bars), run_time=theme.TIME_SLOW)
            else:
                old = VGroup(self.board, self.dots, self.bars, self.bars_name)
                self.play(*home, FadeOut(old, shift=0.5 * LEFT), run_time=theme.TIME_BASE)
                self.bars_name.next_to(bars, LEFT, buff=layout.GAP_RELATED)
                new = FadeIn(board, bars, self.bars_name, shift=0.5 * LEFT)
                self.play(new, GrowCells(dots), run_time=theme.TIME_SLOW)

    def glide_to(self, board: AttentionBoard) -> list[Animation]:
        """The words leave; grid and symbols, as many as before, glide to where they stand on the new board."""
        old = self.board
        leave = FadeOut(old.query_tokens, old.key_tokens, shift=0.25 * UP)
        parts = ("grid", "query_symbols", "key_symbols")
        return [leave, *(Transform(getattr(old, part), getattr(board, part)) for part in parts)]

    def rest_on_the_pattern(self) -> None:
        """Beat 18."""
        config = self.checkpoint.config
        narration = _("And this was a single head. Each layer has {heads} of them, and there are {layers} layers.")
        with self.beat(narration.format(heads=config.n_head, layers=config.n_layer), 7):
            self.play(FlashAround(self.credit, theme.HIGHLIGHT), run_time=theme.TIME_SLOW)

    def credit_to(self, text: str) -> list[Animation]:
        """The corner says where the numbers come from; what it said before goes."""
        before, self.credit = getattr(self, "credit", None), self.pin(plated(tag(text)), DOWN + RIGHT)
        # In the foreground it is drawn last, so that nothing else is drawn anew for its sake.
        self.add_foreground_mobject(self.credit)
        arrive = FadeIn(self.credit, rate_func=lambda time: smooth(max(0.0, 2 * time - 1)))
        return [arrive] + (
            [] if before is None else [FadeOut(before, rate_func=lambda time: smooth(min(1.0, 2 * time)))]
        )

    def head_name(self) -> str:
        """Where the numbers come from, as the corner says it; layers and heads are counted from 1."""
        where = _("layer {layer}, head {head}, measured").format(layer=self.pick.layer + 1, head=self.pick.head + 1)
        return f"{self.checkpoint.name}: {where}"


def without(parts: list[Mobject], *mobjects: Mobject) -> list[VMobject]:
    """The leaves of some mobjects that do not belong to ``parts``."""
    left_out = {id(member) for part in parts for member in part.get_family()}
    members = (member for mobject in mobjects for member in mobject.family_members_with_points())
    return [member for member in members if id(member) not in left_out]


def strongest_links(pattern: np.ndarray, most: int = 3) -> list[tuple[int, int]]:
    """The (query, key) of the largest shares off the diagonal, largest first."""
    links = np.tril(pattern, -1)
    cells = [(int(query), int(key)) for query, key in np.argwhere(links > 0)]
    return sorted(cells, key=lambda cell: -links[cell])[:most]
