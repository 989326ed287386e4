"""MultiHeadAttention, second part: what each head may be called, and the links that four of them draw."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, RIGHT, UP, Animation, Create, FadeIn, FadeOut, LaggedStart, VGroup

from mobjects import (
    ContextArcs,
    Dim,
    GrowArcs,
    MoveCards,
    Numeral,
    TokenRow,
    Undim,
    layout,
    theme,
    wrapped,
)
from mobjects.counted import counted, in_line
from mobjects.token_label import row_label
from model.probing.head_labels import HeadLabel
from model.probing.heads import BEHAVIOURS, targets
from scenes.language import _
from scenes.motions import enter, tinted
from scenes.multihead_stack import FLOOR, HeadsOfALayer, lay

FEW, APART = 4, 3.3  # heads whose links are drawn, and from card to card
LEAST, FULL = 0.2, 1.0  # shares drawn as arcs: the least, and the one drawn with full width
LINE, ROW, ARCS = 0.55, 1.4, 1.7  # heights of the strongest link and of the sentence, and how high arcs rise over it


class LinksOfHeads(HeadsOfALayer):
    """Some heads have a habit that can be named, many do not; each links the same words in its own way."""

    def show_links(self) -> None:
        """Beats 5 and 6."""
        self.sort_the_cards()
        self.draw_four_sets_of_links()

    # -- beat 5 --------------------------------------------------------------------------------------------------

    def sort_the_cards(self) -> None:
        """Beat 5."""
        order = sorted(self.heads, key=self.rank)
        rows = -(-len(order) // self.columns)
        frame, captions = self.side + 0.3, {head: self.caption(self.labels[head]) for head in order}
        pitch = min(6.9 / rows, 3.6)
        depth = frame + layout.GAP_LABEL + max(text.height for text in captions.values())
        top = FLOOR + (layout.SAFE_Y - FLOOR + (rows - 1) * pitch + depth) / 2
        self.captions, middles = captions, {}
        for place, head in enumerate(order):
            row, column = divmod(place, self.columns)
            across = min(self.columns, len(order) - row * self.columns)
            middle = np.array([(column - (across - 1) / 2) * self.cell_width, top - row * pitch - frame / 2, 0])
            captions[head].shift(middle + (frame / 2 + layout.GAP_LABEL) * DOWN)
            middles[head] = middle
        places = [(frame, middles[head]) for head in self.heads]
        with self.beat(self.words_for_labels(), 14):
            sink = [FadeOut(row, shift=0.5 * DOWN) for row in self.symbols]
            away = FadeOut(self.title, self.names, self.tables, self.brace, self.rest)
            self.play(*sink, away, run_time=theme.TIME_BASE)
            unroll = MoveCards(self.stack, lambda stack: lay(stack, places), lag_ratio=theme.LAG_ITEMS)
            self.play(unroll, run_time=theme.TIME_CAMERA)
            names, said = ([captions[head][part] for head in order] for part in (0, 1))
            self.play(enter(names, 0.25 * DOWN), *self.credit_to(self.where_labels()), run_time=1.5)
            self.play(LaggedStart(*(FadeIn(text, shift=0.25 * UP) for text in said), lag_ratio=0.15), run_time=3)

    def rank(self, head: int) -> tuple[bool, int, float]:
        """Where a card is sorted: named ones first, by what they are called, then by how plainly."""
        found = self.labels[head]
        if found.share is None:
            return True, 0, head
        return False, BEHAVIOURS.index(found.behaviour), -float(found.share)

    def caption(self, found: HeadLabel) -> VGroup:
        """Which head it is, and what it is called with its score: two parts, hanging down from the origin."""
        named, width = found.share is not None, max(self.side + 0.3, min(self.cell_width - 0.15, 2.1))
        name = counted(_("head {}"), found.head + 1, theme.FONT_SMALL, theme.MUTED, "index: head")
        ink = theme.HIGHLIGHT if named else theme.MUTED
        said = VGroup(*wrapped(self.name_of(found), self.cell_width - 0.1, theme.FONT_SMALL, ink, align="center"))
        name.shift((0.05 + name.height / 2) * DOWN)
        said.next_to(name, DOWN, buff=layout.GAP_LABEL).set_x(0)
        if found.share is not None:
            score = Numeral(found.share, 0, "never", factor=100, font_size=theme.FONT_SMALL, color=ink)
            score = in_line(score, row_label("%", theme.FONT_SMALL, ink), gap=layout.GAP_TIGHT).set_y(name.get_y())
            name.shift((-width / 2 - name.get_left()[0]) * RIGHT)
            said.add(score.shift((width / 2 - score.get_right()[0]) * RIGHT))
        return VGroup(name, said)

    def name_of(self, found: HeadLabel) -> str:
        """What a head is called on the screen."""
        letters = all(len(piece) == 1 for piece in self.pieces)
        return {
            "describing": _("describing words"),
            "previous": _("previous letter") if letters else _("previous word"),
            "first": _("first letter") if letters else _("first word"),
            "same": _("same letter") if letters else _("same word"),
            "induction": _("earlier copy"),
            "pronoun": _("he and she"),
        }.get(found.behaviour, _("no simple label"))

    def where_labels(self) -> str:
        """What the corner says of the labels."""
        text = _("unseen text") if self.held_out else _("this sentence")
        return _("{where}; labels: {text}").format(where=self.where(), text=text)

    def words_for_labels(self) -> str:
        """What is said of the labels, with the test that decides."""
        shown = [self.labels[head] for head in self.heads]
        count = sum(found.share is not None for found in shown)
        text = _("Tested on unseen text") if self.held_out else _("Tested on this one sentence")
        test = _("a head gets a name if one habit takes a quarter of its attention, far more than by chance.")
        narration = _("{count} of these {all} pass. The rest have no name as short as that.")
        if count == 0:
            narration = _("None of these {all} passes. What they do has no short name.")
        if count == len(shown):
            narration = _("Here every one passes, which is rare. In larger networks many have no short name.")
        return f"{text}, {test} {narration.format(count=count, all=len(shown))}"

    # -- beat 6 --------------------------------------------------------------------------------------------------

    def draw_four_sets_of_links(self) -> None:
        """Beat 6."""
        kinds = {head: self.labels[head].behaviour for head in self.heads}
        self.chosen = most_different(np.asarray(self.patterns), self.heads, FEW, kinds)
        hues = [theme.HIGHLIGHT, theme.KEY, theme.OUTPUT, theme.UPDATE]
        self.row = TokenRow(self.pieces, font_size=theme.FONT_SUBTITLE, space="between", token_gap=0.12, max_width=12.8)
        self.row.move_to(ROW * UP)
        for token in self.row.tokens:
            tinted(token)
        with self.beat(self.words_for_links(), 14.5):
            self.play(*self.gather_the_chosen(), run_time=1.5)
            self.play(enter(self.row.tokens, 0.25 * UP), run_time=theme.TIME_BASE)
            drawn, before, cells = VGroup(), VGroup(), VGroup(*self.cells)
            # The rings are made before the cards are dimmed: a copy of a dimmed card would brighten with it.
            rings = [self.ring(cell, hue) for cell, hue in zip(self.cells, hues, strict=False)]
            for cell, ring, head, hue in zip(self.cells, rings, self.chosen, hues, strict=False):
                arcs, line = self.arcs_of(head, hue), self.strongest_link(head, hue)
                cell.add(ring)
                grow = [GrowArcs(group, run_time=1.2) for group in arcs]
                light = Dim(cells, keep=[cell])
                self.play(FadeOut(before), light, *grow, FadeIn(line), Create(ring), run_time=1.2)
                self.wait(theme.TIME_BASE)
                before = VGroup(arcs, line)
                drawn.add(arcs)
            # All at once would be a knot: of each head the link that was named stays.
            self.links = VGroup(*(self.named_arc(head, arcs) for head, arcs in zip(self.chosen, drawn, strict=True)))
            others = [arc for group in drawn[-1] for arc in group if arc not in self.links[-1]]
            back = [FadeIn(link) for link in self.links[:-1]]
            self.play(FadeOut(line, *others), *back, Undim(cells), run_time=theme.TIME_BASE)

    def gather_the_chosen(self) -> list[Animation]:
        """The chosen cards glide below the place of the sentence, the others leave."""
        cards = dict(zip(self.heads, self.stack.cards, strict=True))
        self.cells, moves = [], []
        for head, card in cards.items():
            cell = VGroup(card, self.captions[head])
            if head not in self.chosen:
                moves.append(FadeOut(cell, shift=0.5 * DOWN))
                continue
            x = (self.chosen.index(head) - (len(self.chosen) - 1) / 2) * APART
            moves.append(cell.animate.move_to([x, FLOOR, 0], aligned_edge=DOWN))
            self.cells.append(cell)
        self.cells.sort(key=lambda cell: self.chosen.index(cell[0].head))
        self.remove(self.stack)
        return moves

    def ring(self, cell: VGroup, hue: str) -> Any:
        """An outline of a card in the colour of its links."""
        return cell[0].frame.copy().set_fill(opacity=0).set_stroke(hue, theme.STROKE_STRONG)

    def arcs_of(self, head: int, hue: str) -> VGroup:
        """The links that a head draws: for every word, arcs from those it takes from."""
        style: dict[str, Any] = {"color": hue, "min_weight": LEAST, "full_share": FULL, "max_height": ARCS}
        shares = [self.patterns.at(head=head, query=query) for query in range(len(self.pieces))]
        arcs = [ContextArcs(self.row, taken, query, **style) for query, taken in enumerate(shares)]
        return VGroup(*(group for group in arcs if len(group)))

    def example(self, head: int) -> tuple[int, int]:
        """The (query, key) of a head's strongest link; of one with a name, of the links that have earned it."""
        pattern = np.asarray(self.patterns[head])
        wanted = targets(list(self.activations.ids), self.checkpoint).get(self.labels[head].behaviour)
        if wanted is not None and np.tril(pattern * wanted, -1)[2:].any():
            return strongest(pattern * wanted)
        return strongest(pattern)

    def named_arc(self, head: int, arcs: VGroup) -> VGroup:
        """Of a head's arcs the one of its example, if it is drawn."""
        query, key = self.example(head)
        return VGroup(*(arc for group in arcs for arc in group if (arc.target, arc.source) == (query, key)))

    def strongest_link(self, head: int, hue: str) -> VGroup:
        """From whom, to whom, how much, below the sentence."""
        query, key = self.example(head)
        share = Numeral(self.patterns[head, query, key], 2, "never", font_size=theme.FONT_LABEL, color=hue)
        words = row_label(f"{self.word(key)} → {self.word(query)}", theme.FONT_LABEL)
        return in_line(words, share, gap=layout.GAP).shift(LINE * UP)

    def words_for_links(self) -> str:
        """What is said of the links."""
        first, second = (self.example(head) for head in (self.chosen[0], self.chosen[min(1, len(self.chosen) - 1)]))
        names = {
            "count": len(self.chosen), "one": self.word(first[1]), "two": self.word(first[0]),
            "three": self.word(second[1]), "four": self.word(second[0]),
        }  # fmt: skip
        if len(self.chosen) == 1:
            return _("These are the links of the head: strongest of all, “{two}” takes from “{one}”.").format(**names)
        return _(
            "Take {count} unlike heads, and one and the same sentence. "
            "In the first, “{two}” takes from “{one}”. In the second, “{four}” takes from “{three}”. "
            "Different heads find different links."
        ).format(**names)


def most_different(patterns: np.ndarray, heads: list[int], count: int, kinds: dict[int, str]) -> list[int]:
    """The first head, then again and again the one whose pattern is farthest from all those taken; at most ``count``.

    As long as there are heads of a kind that is not taken yet, one of those. Two patterns are apart by the share of
    attention that would have to move, averaged over the words.
    """
    taken = [heads[0]]
    while len(taken) < min(count, len(heads)):
        apart = {head: min(np.abs(patterns[head] - patterns[one]).sum() for one in taken) for head in heads}
        used = {kinds[one] for one in taken}
        taken.append(max(heads, key=lambda head: (head not in taken, kinds[head] not in used, apart[head])))
    return taken


def strongest(pattern: np.ndarray) -> tuple[int, int]:
    """The (query, key) of the largest share taken from another word, by a word that has at least two to choose from."""
    links = np.tril(pattern, -1)
    links[: min(2, len(links) - 1)] = 0
    query, key = np.unravel_index(int(links.argmax()), links.shape)
    return int(query), int(key)
