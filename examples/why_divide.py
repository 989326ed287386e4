"""Why attention divides its scores by the root of their length, with vectors made on the spot."""

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Create, FadeIn, Scene

from mobjects import AttentionGrid, ChangePattern, FastRendering, formula, label, theme, title

SAYS = "one word takes all", "many words have a say"
FORMULAS = '"softmax"(q dot k)', '"softmax"((q dot k) / sqrt(64))'
MADE_UP = "softmax of random vectors' products"


class WhyDivide(FastRendering, Scene):
    def construct(self):
        words = ["the", " old", " king", " lost", " his", " crown"]
        q, k = np.random.default_rng(6).normal(size=(2, 6, 64))  # 64 random numbers per word, as before training
        scores = np.where(np.tri(6, dtype=bool), q @ k.T, -np.inf)  # (query, key), nobody sees the future
        sharp, soft = (e / e.sum(axis=1, keepdims=True) for e in (np.exp(scores), np.exp(scores / np.sqrt(64))))
        grids = [AttentionGrid(sharp, words, max_width=6, max_height=4.3, passport=MADE_UP) for _ in SAYS]
        self.play(FadeIn(title("Why attention divides its scores"), shift=0.25 * DOWN))
        for grid, source, says, side in zip(grids, FORMULAS, SAYS, (LEFT, RIGHT), strict=True):
            line = formula(source, size=theme.FONT_BODY).move_to(3.4 * side + 2.1 * DOWN)
            self.play(FadeIn(grid.move_to(3.4 * side + 0.75 * UP)), FadeIn(line))
            change = [ChangePattern(grid, soft, MADE_UP)] if side is RIGHT else []
            self.play(*change, FadeIn(label(says, color=theme.MUTED).move_to(3.4 * side + 3.2 * DOWN)), run_time=2)
        self.play(*(grid.animate.focus(query=5) for grid in grids), *(Create(grid.column_box(5)) for grid in grids))
        self.wait(2)
