"""MultiHeadAttention: many heads in one layer, their sum, and all heads of the network at once."""

from __future__ import annotations

from manim import DOWN, RIGHT, Animation, FadeIn, FadeOut, ReplacementTransform, VGroup

from mobjects import CountUp, ModelView, Numeral, label, layout, theme
from mobjects.counted import counted
from mobjects.model_view import MOST
from scenes.language import _
from scenes.multihead_nudges import NudgesOfHeads

CLOSE = 4.4  # side of the pattern that the view of all heads begins with
ROOM = 10.0, 6.9  # width and height of that view, seen from far enough
PULL_BACK = 4.5  # seconds


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
        flights, others = self.minis_to_the_wall(view)
        narration = _(
            "And this is the attention of the whole network at once: {layers} layers of {heads} heads, "
            "all reading the same words, each in its own way."
        ).format(layers=config.n_layer, heads=config.n_head)
        if config.n_layer * config.n_head == 1:
            narration = _("And with one layer of one head, this is all the attention that the whole network has.")
        with self.beat(narration, 13):
            credit = self.credit_to(_("{name}: all heads, measured").format(name=self.checkpoint.name))
            away = FadeOut(self.sum_drawn, self.row, self.boxes)
            self.play(away, *flights, FadeIn(others), *credit, run_time=theme.TIME_SLOW)
            self.remove(*view.minis)
            self.add(view)
            self.play(self.look(height, VGroup(view, count).get_center()), run_time=PULL_BACK)
            self.play(FadeIn(count[1:], shift=0.25 * zoom * RIGHT), CountUp(count[0]), run_time=theme.TIME_BASE)
            self.wait(theme.HOLD_END)

    def wall(self) -> tuple[ModelView, VGroup, float]:
        """All heads, the picked one large in the middle; how many there are; and how far the camera must go back."""
        config = self.checkpoint.config
        layers, heads = min(config.n_layer, MOST), min(config.n_head, MOST)
        patterns = [self.activations["pattern", layer][:heads] for layer in range(layers)]
        view = ModelView(patterns, *ROOM, words=(_("layer"), _("head")))
        zoom = CLOSE / view.minis[0].plate.width
        total = config.n_layer * config.n_head
        number = Numeral(total, 0, "never", thousands=True, font_size=theme.FONT_TITLE, passport="count: heads")
        count = VGroup(number, label(_("heads"), theme.FONT_LABEL, theme.MUTED))
        if layers * heads < total:
            count.add(counted(_("{} drawn"), layers * heads, passport="count: heads drawn"))
        count.arrange(DOWN, buff=layout.GAP_RELATED).next_to(view, RIGHT, buff=layout.GAP)
        wall = VGroup(view, count).scale(zoom)
        first = view.pattern(min(self.pick.layer, layers - 1), min(self.pick.head, heads - 1))
        wall.shift(-first.get_center())
        return view, count, zoom

    def minis_to_the_wall(self, view: ModelView) -> tuple[list[Animation], VGroup]:
        """The patterns of the layer fly to their places; the others are there already."""
        layer, flights, taken = self.pick.layer, [], set[int]()
        for mini, head in zip(self.minis, self.heads, strict=True):
            if layer < view.n_layer and head < view.n_head:
                place = view.pattern(layer, head)
                flights.append(ReplacementTransform(mini, place))
                taken.add(id(place))
            else:
                flights.append(FadeOut(mini))
        rest = [mini for mini in view.minis if id(mini) not in taken]
        return flights, VGroup(*rest, *view.submobjects[1:])
