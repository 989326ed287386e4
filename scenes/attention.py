"""Chapter 2: how words take from one another."""

from __future__ import annotations

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    AnimationGroup,
    Brace,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    GrowArrow,
    GrowFromCenter,
    LaggedStart,
    Mobject,
    ReplacementTransform,
    Square,
    SurroundingRectangle,
    Transform,
    VGroup,
    VMobject,
    Write,
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
    MorphDots,
    Numeral,
    NumericEmbedding,
    SoftmaxColumns,
    SwapCells,
    Token,
    TokenRow,
    Undim,
    ValueStrip,
    flow_arrow,
    label,
    layout,
    symbol,
    tag,
    theme,
)
from model import words
from scenes.base import ChapterScene
from scenes.language import _

# Heights of the camera's frame, and where its middle is; the upper edge stays, so each widening reveals what is below.
NEAR, MIDDLE, TOUR, FAR, PANEL = 8.0, 11.0, 14.0, 15.0, 17.0
TOP = 7.5
ROW_WIDTH, ROW_HEIGHT = 11.4, 2.0
STRIP = 6
TINTS = ("describing", "naming")


def below_the_top(height: float, x: float = 0.0) -> np.ndarray:
    """Middle of a frame of this height whose upper edge is at ``TOP``."""
    return np.array([x, TOP - height / 2, 0.0])


class AttentionPattern(ChapterScene):
    """One head's table: every word asks, every word offers, and the softmax decides who takes how much from whom."""

    def setup(self) -> None:
        """Look at the sentence's row from near, and take the head's numbers out of the network."""
        super().setup()
        self.camera.frame.move_to(below_the_top(NEAR))
        self.take_numbers()

    def take_numbers(self) -> None:
        """One array feeds symbols, dots, digits and arcs: the picked head's scores and what becomes of them."""
        layer, head = self.pick.layer, self.pick.head
        self.queries, self.keys = (self.activations[letter, layer].at(head=head) for letter in "qk")
        self.scores = self.activations["attn_scores", layer].at(head=head)
        self.unmasked = self.activations["unmasked_pattern", layer].at(head=head)
        self.pattern = self.activations["pattern", layer].at(head=head)
        self.columns = self.activations["resid_pre", 0]
        self.count = len(self.pieces)

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
        self.row.move_to(below_the_top(NEAR) + ROW_HEIGHT * UP)
        count = Numeral(self.count, decimals=0, sign="never", font_size=theme.FONT_LABEL, passport="count: tokens")
        self.count_note = VGroup(count, label(_("tokens"), color=theme.MUTED)).arrange(RIGHT, aligned_edge=DOWN)
        self.count_note.next_to(self.row, DOWN, buff=layout.GAP_SECTION)
        with self.beat(_("Here is a short sentence, cut into tokens: the pieces a network reads."), 6):
            words_in = [FadeIn(token.word, shift=0.5 * UP) for token in self.row.tokens]
            self.play(LaggedStart(*words_in, lag_ratio=theme.LAG_WORDS), run_time=theme.TIME_SLOW + theme.TIME_BASE)
            self.play(FadeIn(self.count_note[1]), CountUp(count), run_time=theme.TIME_BASE)

    def let_words_lean_on_words(self) -> None:
        """Beat 2."""
        kinds = [words.kind(piece) for piece in self.pieces]
        for position, kind in enumerate(kinds):
            if kind in TINTS:
                self.row.tint(position, role(kind))
        targets = [position for position, kind in enumerate(kinds) if kind == "naming" and position]
        arcs = [self.arcs_to(target) for target in targets or [self.pick.query]]
        arcs = [group for group in arcs if len(group)]
        self.legend = self.legend_of({kind for kind in kinds if kind in TINTS})
        self.credit = self.pin(on_plate(tag(self.head_name())), DOWN + RIGHT)
        narration = _("To a reader, some words lean on others. These arcs are measured: what one head of the network takes.")
        with self.beat(narration, 9):
            plates = LaggedStart(*(FadeIn(box) for box in self.row.boxes), lag_ratio=theme.LAG_ITEMS)
            self.play(FadeOut(self.count_note), plates, FadeIn(self.legend, shift=0.25 * UP))
            self.play(*(GrowArcs(group) for group in arcs), FadeIn(self.credit), run_time=theme.TIME_SLOW)
            self.play(*(FlashArcs(group, color=theme.TEXT) for group in arcs), run_time=theme.TIME_SLOW)
        self.arcs = VGroup(*arcs)

    def legend_of(self, kinds: set[str]) -> VGroup:
        """What the tints of the plates mean, below the row."""
        names = {"describing": _("describing words"), "naming": _("naming words")}
        chips = VGroup()
        for kind in sorted(kinds):
            chip = Square(0.3, fill_color=role(kind), fill_opacity=theme.OPACITY_SOFT, stroke_width=0)
            chips.add(VGroup(chip, label(names[kind], theme.FONT_SMALL, theme.MUTED)).arrange(RIGHT, buff=layout.GAP_LABEL))
        return chips.arrange(RIGHT, buff=layout.GAP_SECTION).next_to(self.row, DOWN, buff=layout.GAP_SECTION)

    def arcs_to(self, target: int) -> ContextArcs:
        """The arcs of one word, as wide as the shares it takes."""
        return ContextArcs(self.row, self.pattern.at(query=target), target, min_weight=0.08)

    def turn_words_into_columns(self) -> None:
        """Beat 3."""
        spread = self.row.copy()
        pitch = part_evenly(spread, 1.22)
        scale = theme.value_scale(np.asarray(self.columns))
        self.vectors = VGroup()
        for token, values in zip(spread.tokens, self.columns, strict=True):
            column = NumericEmbedding(values, length=9, color_scale=scale, decimals=1 if scale > 1 else 2)
            layout.fit(column, 0.92 * pitch, 3.9)
            self.vectors.add(column.next_to(token.box, DOWN, buff=layout.GAP + layout.GAP_LABEL))
        arrows = [self.drop_arrow(token.box, column) for token, column in zip(spread.tokens, self.vectors, strict=True)]
        self.arrows = VGroup(*arrows)
        brace = Brace(self.vectors[0], LEFT, buff=layout.GAP_LABEL, color=theme.UPDATE, sharpness=1.0)
        size = self.checkpoint.config.n_embd
        length = Numeral(size, decimals=0, sign="never", font_size=theme.FONT_LABEL, passport="size: n_embd")
        self.brace = VGroup(brace, length.next_to(brace, LEFT, buff=layout.GAP_LABEL))
        with self.beat(_("To the model, each word is a column of numbers, far longer than we can draw."), 9):
            self.play(FadeOut(self.arcs, self.legend), Transform(self.row, spread))
            self.play(LaggedStart(*(GrowArrow(arrow) for arrow in arrows), lag_ratio=theme.LAG_ITEMS))
            drops = [FadeIn(column, shift=0.5 * DOWN) for column in self.vectors]
            self.play(LaggedStart(*drops, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_SLOW)
            slide = self.look(NEAR, below_the_top(NEAR, -0.7))
            self.play(slide, GrowFromCenter(brace), CountUp(length), run_time=theme.TIME_SLOW)

    @staticmethod
    def drop_arrow(above: Mobject, below: Mobject, color: str | None = None) -> VMobject:
        """A thin arrow from one thing down to another."""
        room = above.get_bottom()[1] - below.get_top()[1] - 2 * layout.GAP_LABEL
        arrow = flow_arrow(DOWN, room, theme.RULE if color is None else color)
        return arrow.next_to(above, DOWN, buff=layout.GAP_LABEL)

    def squeeze_columns_into_symbols(self) -> None:
        """Beat 4."""
        self.embeddings = VGroup()
        for number, column in enumerate(self.vectors, start=1):
            mark = symbol("E", number, theme.EMBEDDING, theme.FONT_BODY)
            self.embeddings.add(mark.move_to([column.get_x(), column.get_top()[1] - mark.height / 2, 0]))
        places = VGroup()
        for number, mark in enumerate(self.embeddings, start=1):
            style = {"decimals": 0, "sign": "never", "color": theme.POSITION, "passport": "index: position"}
            places.add(Numeral(number, font_size=theme.FONT_LABEL, **style).next_to(mark, DOWN, buff=layout.GAP_SECTION))
        narration = _("At the start, a column knows its own word and its place in the line, and nothing of the others.")
        with self.beat(narration, 8):
            squeeze = [Collapse(column, mark) for column, mark in zip(self.vectors, self.embeddings, strict=True)]
            self.play(FadeOut(self.brace), self.look(NEAR, below_the_top(NEAR)), *squeeze, run_time=theme.TIME_SLOW)
            self.play(LaggedStart(*(FadeIn(place, shift=0.25 * UP) for place in places), lag_ratio=theme.LAG_ITEMS))
            sinks = [
                place.animate.move_to(mark.get_corner(DOWN + RIGHT)).scale(0.4).set_opacity(0)
                for place, mark in zip(places, self.embeddings, strict=True)
            ]
            self.play(LaggedStart(*sinks, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_BASE)
            self.remove(places)

    def ask_and_offer(self) -> None:
        """Beat 5."""
        self.build_askers()
        self.build_offerers()
        center = below_the_top(MIDDLE, -2.6)
        layer = self.pick.layer
        narration = _("Every word asks one question, its query, and makes one offer, its key. Both are short lists, made by learned tables.")
        if layer:
            narration = _("Some layers later they have read a little. Now every word asks one question, its query, and makes one offer, its key.")
        with self.beat(narration, 10):
            self.play(self.look(MIDDLE, center), run_time=theme.TIME_SLOW)
            asks = [GrowArrow(arrow) for arrow in self.query_arrows] + [FadeIn(self.query_map)]
            self.play(LaggedStart(*asks, lag_ratio=theme.LAG_MANY), run_time=theme.TIME_BASE)
            self.play(
                LaggedStart(*(FadeIn(mark, shift=0.5 * DOWN) for mark in self.query_marks), lag_ratio=theme.LAG_ITEMS),
                LaggedStart(*(FadeIn(strip) for strip in self.query_strips), lag_ratio=theme.LAG_ITEMS),
                run_time=theme.TIME_BASE,
            )
            travels = [
                ReplacementTransform(VGroup(token, mark).copy(), VGroup(word, offer), path_arc=0.6)
                for token, mark, word, offer in zip(self.row.tokens, self.embeddings, self.key_words, self.key_embeddings, strict=True)
            ]
            self.play(LaggedStart(*travels, lag_ratio=theme.LAG_ITEMS), run_time=theme.TIME_SLOW)
            self.play(
                LaggedStart(*(GrowArrow(arrow) for arrow in self.key_arrows), lag_ratio=0.05),
                FadeIn(self.key_map),
                LaggedStart(*(FadeIn(mark, shift=0.25 * RIGHT) for mark in self.key_marks), lag_ratio=theme.LAG_ITEMS),
                LaggedStart(*(FadeIn(strip) for strip in self.key_strips), lag_ratio=theme.LAG_ITEMS),
                run_time=theme.TIME_SLOW,
            )

    def build_askers(self) -> None:
        """Below each E: a yellow arrow, the query symbol, a strip of its first numbers."""
        size, scale = layout.scaled_font(theme.FONT_LABEL, MIDDLE), theme.value_scale(np.asarray(self.queries))
        self.query_marks, self.query_arrows, self.query_strips = VGroup(), VGroup(), VGroup()
        for number, mark in enumerate(self.embeddings):
            query = symbol("Q", number + 1, theme.QUERY, size).move_to(mark).shift(1.75 * DOWN)
            self.query_marks.add(query)
            self.query_arrows.add(self.drop_arrow(mark, query, theme.QUERY))
            strip = cut_strip(self.queries[number], scale, horizontal=False, side=0.24)
            self.query_strips.add(strip.next_to(query, DOWN, buff=layout.GAP_RELATED))
        name = symbol("W", "Q", theme.QUERY, layout.scaled_font(theme.FONT_SMALL, MIDDLE), arrow=False)
        self.query_map = name.next_to(self.query_arrows[-1], RIGHT, buff=layout.GAP_RELATED)

    def build_offerers(self) -> None:
        """At the left, one row a word: word, E, a teal arrow, the key symbol, a strip of its first numbers."""
        size, scale = layout.scaled_font(theme.FONT_LABEL, MIDDLE), theme.value_scale(np.asarray(self.keys))
        rows = np.linspace(6.5, -2.2, self.count) if self.count > 6 else 5.2 - 1.1 * np.arange(self.count)
        height = min(0.72, 0.8 * abs(rows[0] - rows[1]))
        tokens = TokenRow(self.pieces, font_size=size, space="between", max_width=1e6).tokens
        self.key_words, self.key_embeddings = VGroup(*tokens), VGroup()
        self.key_marks, self.key_arrows, self.key_strips = VGroup(), VGroup(), VGroup()
        shrink = min(1.0, height / tokens[0].height, 1.6 / max(token.width for token in tokens))
        for number, (token, y) in enumerate(zip(tokens, rows, strict=True)):
            tint(token)
            token.scale(shrink).move_to([-10.0, y, 0], aligned_edge=RIGHT)
            mark = symbol("E", number + 1, theme.EMBEDDING, size * shrink).move_to([-9.55, y, 0])
            arrow = flow_arrow(RIGHT, 0.55, theme.KEY).move_to([-8.85, y, 0])
            key = symbol("K", number + 1, theme.KEY, size * shrink).move_to([-8.15, y, 0])
            strip = cut_strip(self.keys[number], scale, horizontal=True, side=min(0.24, 0.4 * height))
            strip.next_to([-7.75, y, 0], RIGHT, buff=0)
            for group, part in zip(self.offer_parts(), (mark, key, arrow, strip), strict=True):
                group.add(part)
        name = symbol("W", "K", theme.KEY, layout.scaled_font(theme.FONT_SMALL, MIDDLE), arrow=False)
        self.key_map = name.next_to(self.key_arrows[-1], DOWN, buff=layout.GAP_RELATED)

    def offer_parts(self) -> tuple[VGroup, VGroup, VGroup, VGroup]:
        """The left-hand list by kind of part."""
        return self.key_embeddings, self.key_marks, self.key_arrows, self.key_strips

    # -- act 2: scores ---------------------------------------------------------------------------------------------

    def draw_the_meeting_places(self) -> None:
        """Beat 6."""
        self.board = self.new_board(self.pieces)
        board, grid = self.board, self.board.grid
        square = Numeral(self.count**2, decimals=0, sign="never", passport="count: pairs of tokens")
        self.pair_count = self.equation(square).move_to(grid)
        leaving = VGroup(
            self.arrows, self.embeddings, self.query_arrows, self.query_map, self.query_strips,
            self.key_embeddings, self.key_arrows, self.key_map, self.key_strips,
        )  # fmt: skip
        with self.beat(_("Spread them out, and there is one meeting place for each pair."), 7):
            self.play(
                FadeOut(leaving, run_time=theme.TIME_BASE),
                self.look(FAR, below_the_top(FAR)),
                *(ReplacementTransform(old, new) for old, new in zip(self.row.tokens, board.query_tokens, strict=True)),
                *(ReplacementTransform(old, new) for old, new in zip(self.query_marks, board.query_symbols, strict=True)),
                *(ReplacementTransform(old, new) for old, new in zip(self.key_words, board.key_tokens, strict=True)),
                *(ReplacementTransform(old, new) for old, new in zip(self.key_marks, board.key_symbols, strict=True)),
                run_time=theme.TIME_CAMERA,
            )
            rules = LaggedStart(*(Create(rule) for family in grid.rules for rule in family), lag_ratio=theme.LAG_ITEMS)
            self.play(rules, run_time=theme.TIME_SLOW)
            self.play(FadeIn(self.pair_count[0], *self.pair_count[1][:-1]), CountUp(square), run_time=theme.TIME_BASE)

    def new_board(self, pieces: list[str]) -> AttentionBoard:
        """A board for a sentence, words tinted as in the row, in the middle of the far frame."""
        board = AttentionBoard(
            pieces,
            width=23.0,
            height=11.7,
            symbol_size=theme.FONT_SUBTITLE,
            rule_width=layout.scaled_stroke(theme.STROKE_RULE, FAR),
        )
        for token in (*board.query_tokens, *board.key_tokens):
            tint(token)
        return board.move_to(below_the_top(FAR) + 0.7 * UP)

    def equation(self, square: Numeral) -> VGroup:
        """``9 x 9 =`` and the product, large, where the pairs are going to meet."""
        size = layout.scaled_font(theme.FONT_TITLE, FAR)
        style = {"decimals": 0, "sign": "never", "font_size": size, "passport": "count: tokens"}
        factors = [Numeral(self.count, **style) for _ in range(2)]
        square.scale(size / theme.FONT_SMALL)
        line = VGroup(factors[0], label("×", size), factors[1], label("=", size), square)
        return on_plate(line.arrange(RIGHT, buff=layout.GAP).set_color(theme.UPDATE), layout.GAP)

    def multiply_pairs(self) -> None:
        """Beat 7."""
        board = self.board
        self.pairs = board.grid.pairs(board.key_symbols, board.query_symbols)
        with self.beat(_("In each place the key is multiplied with the query: one dot product, one number."), 8):
            self.play(FadeOut(self.pair_count), run_time=theme.TIME_QUICK)
            self.play(GatherPairs(self.pairs, board.key_symbols, board.query_symbols), run_time=theme.TIME_FLOW)

    def settle_dots(self) -> None:
        """Beat 8."""
        grid = self.board.grid
        equal = np.full((self.count, self.count), 1 / self.count)
        self.dots = grid.dots(equal, passport="equal shares, before anything is measured")
        with self.beat(_("Draw a dot for each. The bigger it is, the better key and query agree."), 8):
            self.play(FadeOut(self.pairs), GrowCells(self.dots), run_time=theme.TIME_SLOW)
            self.play(MorphDots(self.dots, grid.dots(self.unmasked)), run_time=theme.TIME_SLOW)

    def look_at_two_answers(self) -> None:
        """Beat 9."""
        query, keys, board = self.pick.query, self.pick.keys, self.board
        self.digits = board.grid.digits(self.scores)
        close = VGroup(board.query_header(query), *(board.key_header(key) for key in (*keys, self.pick.contrast)))
        cells = VGroup(*(board.grid.cell_box(query, key, width=layout.scaled_stroke(theme.STROKE_STRONG, FAR)) for key in keys))
        kept = [close, *(self.dots.at(query, key) for key in (*keys, self.pick.contrast))]
        numbers = [self.digits.at(query, key) for key in keys]
        narration = _("Look at one query. These offers answer its question best of all that came before it.")
        with self.beat(narration, 10):
            frame = self.close_frame(VGroup(close, cells))
            self.play(frame, Dim(board.headers, board.grid.rules, self.dots, keep=kept), run_time=theme.TIME_SLOW)
            self.play(Create(cells), run_time=theme.TIME_BASE)
            self.play(*(FlashAround(cell, theme.KEY) for cell in cells), run_time=theme.TIME_SLOW)
            fades = [FadeOut(self.dots.at(query, key)) for key in keys]
            self.play(*fades, *(CountUp(number) for number in numbers), run_time=theme.TIME_BASE)
            self.play(cells.animate.set_stroke(theme.HIGHLIGHT), run_time=theme.TIME_QUICK)
        self.boxes = cells

    def close_frame(self, things: VGroup) -> Mobject:
        """The camera comes close enough to fill the frame with some things, but not closer than needed to read."""
        height = max(9.5, 1.25 * things.height, 1.25 * things.width * layout.FRAME_HEIGHT / layout.FRAME_WIDTH)
        return self.look(min(height, FAR), things.get_center())

    def look_at_no_answer(self) -> None:
        """Beat 10."""
        query, contrast, grid = self.pick.query, self.pick.contrast, self.board.grid
        number = self.digits.at(query, contrast)
        box = grid.cell_box(query, contrast, theme.NEGATIVE, layout.scaled_stroke(theme.STROKE_STRONG, FAR))
        narration = _("And this word does not answer: its score is below zero.") if number.value < 0 else _("And this word answers less.")
        with self.beat(narration, 6):
            self.play(ReplacementTransform(self.boxes, VGroup(box)), run_time=theme.TIME_BASE)
            self.play(FadeOut(self.dots.at(query, contrast)), CountUp(number), run_time=theme.TIME_BASE)
        self.boxes = VGroup(box)

    def show_all_scores(self) -> None:
        """Beat 11."""
        board = self.board
        shown = {self.digits.at(self.pick.query, key) for key in (*self.pick.keys, self.pick.contrast)}
        others = [number for number in self.digits if number not in shown]
        with self.beat(_("Any value at all can occur, large or small, above zero or below."), 8):
            self.play(
                self.look(FAR, below_the_top(FAR)),
                FadeOut(self.boxes),
                Undim(board.headers, board.grid.rules, self.dots),
                run_time=theme.TIME_SLOW,
            )
            arrive = LaggedStart(*(FadeIn(number) for number in others), lag_ratio=theme.LAG_MANY)
            self.play(FadeOut(self.dots), arrive, run_time=theme.TIME_SLOW)
        self.remove(*self.digits)
        self.add(self.digits)

    # -- act 3: pattern --------------------------------------------------------------------------------------------

    def ask_for_shares(self) -> None:
        """Beat 12."""
        query, grid = self.pick.query, self.board.grid
        self.column_box = grid.column_box(query, width=layout.scaled_stroke(theme.STROKE_STRONG, FAR))
        keep = [self.digits.column(query)]
        with self.beat(_("Take one column: all the answers to one question. What we want from them is shares of a whole."), 8):
            self.play(
                Create(self.column_box),
                Dim(self.digits, keep=keep, opacity=0.35),
                Dim(grid.rules, opacity=theme.OPACITY_HALF),
                run_time=theme.TIME_SLOW,
            )

    def turn_scores_into_shares(self) -> None:
        """Beat 13."""
        query, grid = self.pick.query, self.board.grid
        self.shares = grid.digits(self.unmasked, decimals=2, color="share", sign="never")
        self.totals = grid.sums(self.unmasked)
        others = [other for other in range(self.count) if other != query]
        right = grid.cell_center(self.count - 0.5, 0)[0]
        panel = PANEL * layout.FRAME_WIDTH / layout.FRAME_HEIGHT
        shift = max(0.0, right + 6.0 - layout.SAFE_X * PANEL / layout.FRAME_HEIGHT)
        one = ColumnSoftmax(grid, query, self.digits, self.shares, self.totals[query], panel_width=min(5.8, 0.22 * panel))
        narration = _("The softmax does it: raise e to every score, then divide by the sum. Each column becomes shares that add to one.")
        with self.beat(narration, 14):
            self.play(self.look(PANEL, below_the_top(FAR) + shift * RIGHT), run_time=theme.TIME_BASE)
            one.run_time = theme.TIME_CAMERA + theme.TIME_BASE
            self.play(one)
            self.play(Undim(self.digits, grid.rules), run_time=theme.TIME_QUICK)
            if others:
                rest = SoftmaxColumns(grid, others, self.digits, self.shares, self.totals, pointer=self.column_box)
                self.play(rest)
            self.play(FadeOut(self.column_box), self.look(FAR, below_the_top(FAR)), run_time=theme.TIME_BASE)

    def hide_the_future(self) -> None:
        """Beat 14."""
        grid = self.board.grid
        self.mask = grid.mask_boxes()
        future = np.tri(self.count, k=-1, dtype=bool).T
        masked = grid.digits(self.pattern, decimals=2, color="share", sign="never", skip=future)
        narration = _("But no word may look at one that comes later. Those scores are struck out, and the softmax shares anew.")
        with self.beat(narration, 8):
            self.play(ApplyMask(self.mask, self.shares, masked), run_time=theme.TIME_FLOW)

    def name_the_pattern(self) -> None:
        """Beat 15."""
        board, grid = self.board, self.board.grid
        self.dots = grid.dots(self.pattern)
        self.bars = grid.entropy_bars(self.pattern)
        self.title = label(_("attention\npattern"), layout.scaled_font(theme.FONT_LABEL, FAR), weight="bold")
        layout.fit(self.title, 0.92 * (board.query_tokens.get_left()[0] - board.corner[0]), 0.9 * (board.corner[1] - grid.get_top()[1]))
        self.title.move_to(board.corner, aligned_edge=UP + LEFT)
        bars_name = label(_("spread"), layout.scaled_font(theme.FONT_SMALL, FAR), theme.MUTED)
        bars_name.next_to(self.bars, LEFT, buff=layout.GAP)
        self.bars_name = bars_name
        with self.beat(_("This table has a name: the attention pattern. The bar below shows how widely a word spreads its attention."), 8):
            self.play(SwapCells(self.shares, self.dots), FadeOut(self.mask), run_time=theme.TIME_SLOW)
            self.play(Write(self.title), run_time=theme.TIME_BASE)
            swap = [FadeOut(total, shift=0.25 * DOWN) for total in self.totals]
            self.play(*swap, FadeIn(self.bars), FadeIn(bars_name), run_time=theme.TIME_BASE)

    def tour_the_strongest_links(self) -> None:
        """Beat 16."""
        grid, links = self.board.grid, strongest_links(np.asarray(self.pattern))
        lines = VGroup(*(self.link_line(query, key) for query, key in links))
        lines.arrange(DOWN, buff=layout.GAP, aligned_edge=RIGHT)
        panel = on_plate(lines, layout.GAP)
        panel[0].set_stroke(theme.RULE, layout.scaled_stroke(theme.STROKE_RULE, FAR))
        self.place_links(panel)
        with self.beat(_("Read it down a column: who takes how much from whom."), 10):
            if self.count >= 7:
                self.play(self.look(TOUR, VGroup(self.board, self.bars).get_center() + 0.35 * DOWN), run_time=theme.TIME_SLOW)
            self.play(FadeIn(panel[0]), run_time=theme.TIME_QUICK)
            box = None
            for (query, key), line in zip(links, lines, strict=True):
                cell = grid.cell_box(query, key, theme.HIGHLIGHT, layout.scaled_stroke(theme.STROKE_STRONG, FAR))
                point = Create(cell) if box is None else ReplacementTransform(box, cell)
                self.play(point, run_time=theme.TIME_QUICK)
                self.play(FlashAround(cell), FadeIn(line, shift=0.25 * UP), run_time=theme.TIME_BASE)
                box = cell
            self.play(FadeOut(box), run_time=theme.TIME_QUICK)
        self.links = panel

    def link_line(self, query: int, key: int) -> VGroup:
        """``brave → tailor  0.47``: from whom, to whom, how much."""
        size = layout.scaled_font(theme.FONT_SMALL, FAR)
        source, target = (self.shown_word(position) for position in (key, query))
        share = Numeral(self.pattern[query, key], decimals=2, sign="never", font_size=size, color=theme.HIGHLIGHT)
        return VGroup(label(f"{source} → {target}", size), share).arrange(RIGHT, buff=layout.GAP)

    def shown_word(self, position: int) -> str:
        """A token as a word; white space is spelled out."""
        word = self.pieces[position].strip()
        return word or {" ": _("space"), "\n": _("line break")}.get(self.pieces[position], _("space"))

    def place_links(self, panel: VGroup) -> None:
        """In the empty triangle of the mask if there is room, else at the right of the grid."""
        grid = self.board.grid
        if self.count >= 7:
            layout.fit(panel, 0.5 * self.count * grid.cell_width, 0.42 * self.count * grid.cell_height)
            corner = grid.cell_center(-0.5, self.count - 0.5) + np.array([layout.GAP_RELATED, layout.GAP_RELATED, 0])
            panel.move_to(corner, aligned_edge=DOWN + LEFT)
        else:
            panel.next_to(grid, RIGHT, buff=layout.GAP_SECTION)

    def change_the_sentence(self) -> None:
        """Beat 17."""
        other = self.read(self.pick.second_prompt)
        pieces = self.checkpoint.tokenizer.pieces(list(other.ids))
        pattern = other["pattern", self.pick.layer].at(head=self.pick.head)
        board = self.new_board(pieces)
        dots, bars = board.grid.dots(pattern), board.grid.entropy_bars(pattern)
        with self.beat(_("The same head on another text: another pattern, worked out afresh."), 6):
            home = [self.look(FAR, below_the_top(FAR)), FadeOut(self.links)]
            if len(pieces) == self.count:
                self.play(*home, *self.morph_headers(board), run_time=theme.TIME_SLOW)
                self.play(MorphDots(self.dots, dots), Transform(self.bars, bars), run_time=theme.TIME_SLOW)
            else:
                old = VGroup(self.board, self.dots, self.bars)
                self.play(*home, FadeOut(old, shift=0.5 * LEFT), run_time=theme.TIME_BASE)
                self.bars_name.next_to(bars, LEFT, buff=layout.GAP)
                self.play(FadeIn(board, shift=0.5 * LEFT), GrowCells(dots), FadeIn(bars), run_time=theme.TIME_SLOW)

    def morph_headers(self, board: AttentionBoard) -> list[AnimationGroup]:
        """Words change in their places; the grid, of the same size, glides to the new board's."""
        old, new = self.board, board
        words_change = [
            AnimationGroup(FadeOut(before, shift=0.25 * UP), FadeIn(after, shift=0.25 * UP))
            for before, after in zip(
                [*old.query_tokens, *old.key_tokens], [*new.query_tokens, *new.key_tokens], strict=True
            )
        ]
        glide = [Transform(getattr(old, part), getattr(new, part)) for part in ("grid", "query_symbols", "key_symbols")]
        return [*words_change, *glide]

    def rest_on_the_pattern(self) -> None:
        """Beat 18."""
        with self.beat(_("And this was one head, of one layer."), 6):
            self.play(FlashAround(self.credit, theme.HIGHLIGHT), run_time=theme.TIME_SLOW)

    def head_name(self) -> str:
        """Where the numbers come from, as the corner says it; layers and heads are counted from 1."""
        where = _("layer {layer}, head {head}, measured").format(layer=self.pick.layer + 1, head=self.pick.head + 1)
        return f"{self.checkpoint.name}: {where}"


def strongest_links(pattern: np.ndarray, most: int = 3) -> list[tuple[int, int]]:
    """The (query, key) of the largest shares off the diagonal, largest first."""
    links = np.tril(pattern, -1)
    order = np.argsort(links, axis=None)[::-1][:most]
    cells = [tuple(int(i) for i in np.unravel_index(place, links.shape)) for place in order]
    return [cell for cell in cells if links[cell] > 0]


def cut_strip(vector: np.ndarray, scale: float, horizontal: bool, side: float = 0.16) -> VGroup:
    """The first numbers of a vector as coloured squares, with dots if there are more."""
    strip = ValueStrip(vector[:STRIP], side=side, horizontal=horizontal, scale=scale)
    if len(vector) <= STRIP:
        return VGroup(strip)
    direction = RIGHT if horizontal else DOWN
    dots = VGroup(*(Dot(radius=0.12 * side, color=theme.MUTED) for _ in range(3))).arrange(direction, buff=0.2 * side)
    return VGroup(strip, dots.next_to(strip, direction, buff=layout.GAP_TIGHT))


def role(kind: str) -> str:
    """The colour of a describing or naming word."""
    return theme.ADJECTIVE if kind == "describing" else theme.NOUN


def tint(token: Token) -> None:
    """Colour a token's plate if its word describes or names."""
    kind = words.kind(token.piece)
    if kind in TINTS:
        token.box.set_fill(role(kind), 0.35).set_stroke(role(kind), theme.STROKE_RULE, 1)


def part_evenly(row: TokenRow, pitch: float) -> float:
    """Part the tokens of a row until neighbours are ``pitch`` apart, within its width; returns the least distance."""
    widest = max(ROW_WIDTH, row.width)
    pitch = min(pitch, (widest - row.tokens[0].width) / max(1, len(row.tokens) - 1))
    for before, token in zip(row.tokens, row.tokens[1:], strict=False):
        step = max(pitch, (before.width + token.width) / 2 + layout.GAP_LABEL)
        token.set_x(before.get_x() + step)
    middle = row.get_y()
    layout.fit(row, widest).move_to([0, middle, 0])
    places = [token.get_x() for token in row.tokens]
    return float(min(np.diff(places)))


def on_plate(content: Mobject, pad: float = layout.GAP_LABEL) -> VGroup:
    """Content over a plate of the background's colour, so that it can be read over anything."""
    plate = SurroundingRectangle(content, buff=pad, stroke_width=0, fill_color=theme.BACKGROUND, fill_opacity=0.85)
    return VGroup(plate, content)
