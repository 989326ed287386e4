"""What makes one neuron answer: excerpts of text, coloured by what it says at each token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import SurroundingRectangle, VGroup

from mobjects import layout, theme
from mobjects.numerals import Numeral, Passport
from mobjects.token_views import ColoredTokens, checked_values

UNBOUNDED = 1000.0  # lines are built at one size and shrink together


class NeuronActivations(VGroup):
    """Excerpts of text coloured by what one neuron answers at each token, strongest excerpt first.

    Parameters
    ----------
    excerpts : sequence of sequences of str
        Tokens as text, one list per line.
    activations : sequence of float arrays or Quantities, shape (n_tokens,)
        One for each line.
    decimals : int
    font_size : float
        Of the tokens before all lines shrink to the frame; ``theme.FONT_LABEL`` if not given.
    passport : str or tuple, optional
        Declares the activations, instead of Quantities.

    Notes
    -----
    The largest answer of each line stands before it and its token is outlined; the largest of all is bright.

    Raises
    ------
    ValueError
        If there are no excerpts, or values and tokens differ in number.

    Source
    ------
    In scenes the Quantity "mlp.post" of one neuron, for excerpts of held-out text.

    Examples
    --------
    >>> from model.forward import run
    >>> from model.probing.picking import firing
    >>> lines = firing(self.checkpoint)["contexts"].values[2, 482, :5].tolist()
    >>> answers = [run(self.checkpoint, line)["post", 2][4:, 482] for line in lines]
    >>> view = NeuronActivations([self.checkpoint.tokenizer.pieces(line)[4:] for line in lines], answers)
    >>> self.play(LaggedStart(*(FadeIn(line, shift=0.25 * RIGHT) for line in view), lag_ratio=0.1))
    """

    def __init__(
        self,
        excerpts: Sequence[Sequence[str]],
        activations: Sequence[Any],
        decimals: int = 1,
        font_size: float | None = None,
        passport: Passport = None,
    ) -> None:
        super().__init__()
        if not len(excerpts) or len(excerpts) != len(activations):
            raise ValueError(f"{len(activations)} lines of numbers were found for {len(excerpts)} excerpts.")
        arrays = [
            checked_values(values, pieces, "signed") for pieces, values in zip(excerpts, activations, strict=True)
        ]
        peaks = [float(np.abs(array).max()) for array in arrays]
        size = theme.FONT_LABEL if font_size is None else font_size
        rule = "signed" if min(array.min() for array in arrays) < 0 else "share"
        for place in np.argsort(-np.array(peaks), kind="stable"):
            view = ColoredTokens(
                excerpts[place],
                activations[place],
                rule,
                scale=max(peaks) or 1.0,
                legend=False,
                font_size=size,
                max_width=UNBOUNDED,
                passport=passport,
            )
            self.add(_line_of(view, decimals, size, bright=not len(self.submobjects)))
        self._stack()
        layout.fit(self, 2 * layout.SAFE_X, 2 * layout.SAFE_Y).center()

    @property
    def views(self) -> list[ColoredTokens]:
        """The lines of text, strongest first."""
        return [line.submobjects[0] for line in self.submobjects]

    @property
    def peaks(self) -> list[Numeral]:
        """The largest answer of each line."""
        return [line.submobjects[2] for line in self.submobjects]

    def _stack(self) -> None:
        """Put lines below each other, texts aligned left, numbers with their decimal points."""
        for index, (line, view, peak) in enumerate(zip(self.submobjects, self.views, self.peaks, strict=True)):
            down = index * (view.height + layout.GAP_RELATED)
            line.shift([-view.get_left()[0], -down - view.get_y(), 0])

            peak.shift([-layout.GAP - peak.get_right()[0], -down - peak.anchor[1], 0])


def _line_of(view: ColoredTokens, decimals: int, size: float, bright: bool) -> VGroup:
    """Return a line with its strongest token outlined and its number, which is not yet in its place."""
    place = view.strongest()
    ink = theme.HIGHLIGHT if bright else theme.MUTED
    outline = SurroundingRectangle(view.tokens[place].box, color=ink, buff=0)
    outline.set_stroke(width=theme.STROKE_STRONG if bright else theme.STROKE_BOX)
    peak = Numeral(float(view.values[place]), decimals, font_size=size, color=ink, passport=view.passports[place])
    return VGroup(view, outline, peak)
