"""MultiHeadAttention: many heads in one layer, their sum, and all heads of the network at once."""

from __future__ import annotations

from manim import DOWN, RIGHT, FadeIn, FadeOut, MoveToTarget, VGroup

from mobjects import CountUp, ModelView, Numeral, label, layout, theme
from mobjects.counted import counted
from mobjects.dimming import undim
from mobjects.model_view import MOST
from scenes.language import _
from scenes.multihead_nudges import NudgesOfHeads

# The view of all heads begins so close that one layer is this wide, but its patterns no larger than this.
CLOSE, LARGEST = 12.4, 4.4
ROOM = 10.0, 6.9  # width and height of that view, seen from far enough
PULL_BACK = 4.0  # seconds


class MultiHeadAttention(NudgesOfHeads):
    """A layer runs many heads side by side: each links the words in its own way, and all their nudges are added."""

    def construct(self) -> None:
        """Cards of heads, the links they draw, the nudges they add, and all heads at once."""
        self.show_stack()
        self.show_links()
        self.show_sum()
        self.show_all_heads()

    def show_all_heads(self) -> None:
        """Beat 9."""
        config = self.checkpoint.config
        view, count, zoom = self.wall()
        height = zoom * layout.FRAME_HEIGHT
        narration = _(
            "And this is the attention of the whole network at once: {layers} layers of {heads} heads, "
            "all reading the same words, each in its own way."
        ).format(layers=config.n_layer, heads=config.n_head)
        if config.n_layer * config.n_head == 1:
            narration = _("And with one layer of one head, this is all the attention that the whole network has.")
        with self.beat(narration, 11.5):
            away = FadeOut(self.sum_drawn, self.row, self.boxes)
            self.play(away, *self.minis_to_the_wall(view), run_time=1.5)
            self.play(FadeIn(view), FadeOut(self.minis), run_time=theme.TIME_QUICK)
            self.play(self.look(height, VGroup(view, count).get_center()), run_time=PULL_BACK)
            credit = self.credit_to(_("{name}: all heads, measured").format(name=self.checkpoint.name))
            come = FadeIn(count[1:], shift=0.25 * zoom * RIGHT)
            self.play(come, CountUp(count[0]), *credit, run_time=theme.TIME_BASE)
            self.wait(theme.HOLD_END)

    def wall(self) -> tuple[ModelView, VGroup, float]:
        """All heads, the picked layer large in the middle; how many there are; and how far the camera must go back."""
        config = self.checkpoint.config
        layers, heads = min(config.n_layer, MOST), min(config.n_head, MOST)
        patterns = [self.activations["pattern", layer][:heads] for layer in range(layers)]
        view = ModelView(patterns, *ROOM, words=(_("layer"), _("head")))
        row = view.row(min(self.pick.layer, layers - 1))
        zoom = max(1.0, min(CLOSE / row.width, LARGEST / view.minis[0].plate.width))
        total = config.n_layer * config.n_head
        number = Numeral(total, 0, "never", thousands=True, font_size=theme.FONT_TITLE, passport="count: heads")
        count = VGroup(number, label(_("heads"), theme.FONT_LABEL, theme.MUTED))
        if layers * heads < total:
            count.add(counted(_("{} drawn"), layers * heads, passport="count: heads drawn"))
        count.arrange(DOWN, buff=layout.GAP_RELATED).next_to(view, RIGHT, buff=layout.GAP)
        wall = VGroup(view, count).scale(zoom)
        wall.shift(-row.get_center())
        return view, count, zoom

    def minis_to_the_wall(self, view: ModelView) -> list[MoveToTarget | FadeOut]:
        """The patterns of the layer go where they stand among all, in full light; those that are not drawn leave."""
        moves: list[MoveToTarget | FadeOut] = []
        for mini, head in zip(self.minis, self.heads, strict=True):
            if self.pick.layer < view.n_layer and head < view.n_head:
                place = view.pattern(self.pick.layer, head).plate
                undim(mini.generate_target())
                mini.target.scale(place.width / mini.plate.width)
                mini.target.shift(place.get_center() - mini.target.plate.get_center())
                moves.append(MoveToTarget(mini))
            else:
                moves.append(FadeOut(mini))
        return moves
