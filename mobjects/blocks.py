"""Parts of diagrams: a rounded block with a title, the plus sign where paths meet, a path with rounded corners."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Circle, Polygon, RoundedRectangle, VGroup, VMobject

from mobjects import layout, theme
from mobjects.numerals import Floats, Numbers, Numeral, Passport
from mobjects.text import checked_text, label

# What a block does, and the role whose colour it has.
KINDS = {
    "attention": "ATTENTION",
    "mlp": "MLP",
    "norm": "NORM",
    "embedding": "TABLE",
    "unembedding": "TABLE",
    "loss": "LOSS",
    "plain": "RULE",
}
SIDES = {"top": UP, "bottom": DOWN, "left": LEFT, "right": RIGHT}

CORNER = 0.25
FILL = 0.2
PAD_X, PAD_Y = 0.35, 0.24
LEAST_WIDTH = 1.6
# From the middle of a title's capitals down to its baseline, on to the next line's capitals, and on from line to line.
TITLE_HALF, SUBTITLE_DROP, LINE_DROP = 0.16, 0.3, 0.36
PLUS_RADIUS = 0.2
TIP_LENGTH, TIP_WIDTH = 0.18, 0.16
# A cubic with its handles this far out follows a quarter of a circle.
QUARTER = 0.5523


class Block(VGroup):
    """A rounded box with a title: one step of the network, in the colour of its kind.

    Parameters
    ----------
    title : str
        What it is called; several lines if it has line breaks.
    subtitle : str, optional
        A smaller line below.
    kind : {"attention", "mlp", "norm", "embedding", "unembedding", "loss", "plain"}
    parameters : float or Quantity, optional
        How many parameters it has, shown on a line of its own.
    passport : str or tuple, optional
        Where that count comes from, if it is a plain number.
    unit : str
        The word after the count.
    width, height : float, optional
        In manim units; as the words need if not given.

    Raises
    ------
    ValueError
        If there is no such kind, or the words need more room than ``width`` and ``height`` leave.

    Examples
    --------
    >>> ledger = self.quantity("LEDGER")
    >>> table = Block("Embedding", "looked up by token", kind="embedding", parameters=ledger[0])
    >>> query = Block("Query map", "all heads and layers", kind="attention", parameters=ledger[2])
    >>> up = Block("Up map", "all layers", kind="mlp", parameters=ledger[6])
    >>> self.play(FadeIn(VGroup(table, query, up).arrange(RIGHT, buff=layout.GAP), lag_ratio=0.1))
    """

    def __init__(
        self,
        title: str,
        subtitle: str | None = None,
        kind: str = "plain",
        parameters: Numbers | None = None,
        passport: Passport = None,
        unit: str = "parameters",
        width: float | None = None,
        height: float | None = None,
    ) -> None:
        self.kind, self.words = kind, title
        color = kind_color(kind)
        lines = VGroup(centred_label(title, theme.FONT_LABEL))
        if subtitle is not None:
            lines.add(centred_label(subtitle, theme.FONT_SMALL))
        if parameters is not None:
            lines.add(_parameter_line(parameters, passport, unit))
        _stack(lines)
        body = VMobject(stroke_color=color, stroke_width=theme.STROKE_STRONG, fill_color=color, fill_opacity=FILL)
        super().__init__(body, lines)
        need = max(lines.width + 2 * PAD_X, LEAST_WIDTH), lines.height + 2 * PAD_Y
        self.resize(need[0] if width is None else width, need[1] if height is None else height)

    @property
    def body(self) -> VMobject:
        """The box."""
        return self.submobjects[0]

    @property
    def lines(self) -> VGroup:
        """The title and what is written below it."""
        return self.submobjects[1]

    @property
    def title(self) -> VMobject:
        """The title."""
        return self.lines[0]

    @property
    def parameters(self) -> Numeral | None:
        """The count of parameters, None if it is not shown."""
        return next((part for part in self.lines.get_family() if isinstance(part, Numeral)), None)

    def port(self, side: str) -> Floats:
        """Return where a path meets the box: the middle of its "top", "bottom", "left" or "right" edge."""
        if side not in SIDES:
            raise ValueError(f"The side {side!r} was found; expected one of {', '.join(SIDES)}.")
        point: Floats = self.body.get_critical_point(SIDES[side])
        return point

    def resize(self, width: float, height: float) -> Block:
        """Give the box another size about its middle; the words keep theirs."""
        if width < self.lines.width or height < self.lines.height:
            raise ValueError(
                f"A block of {width:.2f} by {height:.2f} was asked for; the words of {self.words!r} "
                f"need {self.lines.width:.2f} by {self.lines.height:.2f}. Shorten them or make it larger."
            )
        box = RoundedRectangle(corner_radius=min(CORNER, width / 2, height / 2), width=width, height=height)
        middle = self.body.get_center() if self.body.has_points() else np.zeros(3)
        self.body.set_points(box.points + middle)
        return self


class PlusNode(VGroup):
    """A plus sign in a ring, where what a block writes is added to what passes by.

    Examples
    --------
    >>> node = PlusNode()
    >>> before, update = symbol("E", 3), symbol("ΔE", 3, color=theme.UPDATE)
    >>> self.play(FadeIn(VGroup(before, node, update).arrange(RIGHT).scale(2)))
    """

    def __init__(self, radius: float = PLUS_RADIUS, color: str | None = None) -> None:
        ink = theme.HIGHLIGHT if color is None else color
        style = {"stroke_color": ink, "stroke_width": theme.STROKE_STRONG}
        ring = Circle(radius, fill_color=theme.BACKGROUND, fill_opacity=1, **style)
        cross = VMobject(**style)
        for axis in (RIGHT, UP):
            cross.start_new_path(-0.6 * radius * axis).add_line_to(0.6 * radius * axis)
        super().__init__(ring, cross)

    @property
    def ring(self) -> VMobject:
        """The ring."""
        return self.submobjects[0]


class FlowPath(VGroup):
    """A thin path with rounded corners that ends in a tip: what one part hands to another.

    Parameters
    ----------
    corners : float array, shape (n, 3)
        From the start over the corners to the end.
    color : str
        ``theme.RULE`` if not given.
    radius : float
        Of the corners, in manim units.
    tip : bool

    Raises
    ------
    ValueError
        If there are fewer than two points.

    Examples
    --------
    >>> start, end = Block("Norm", kind="norm").shift(3 * LEFT + DOWN), Block("MLP", kind="mlp").shift(3 * RIGHT + UP)
    >>> path = FlowPath([start.port("right"), ORIGIN + DOWN, ORIGIN + UP, end.port("left")])
    >>> self.play(FadeIn(start, end))
    >>> self.play(Create(path))
    """

    def __init__(
        self,
        corners: Sequence[Sequence[float] | Floats] | Floats,
        color: str | None = None,
        radius: float = CORNER,
        tip: bool = True,
    ) -> None:
        spots = np.asarray(corners, dtype=float)
        if spots.ndim != 2 or len(spots) < 2 or spots.shape[1] != 3:
            raise ValueError(f"Corners of shape {spots.shape} were found; expected at least two points, (n, 3).")
        ink = theme.RULE if color is None else color
        heading = (spots[-1] - spots[-2]) / np.linalg.norm(spots[-1] - spots[-2])
        end = spots[-1] - TIP_LENGTH * heading if tip else spots[-1]
        line = VMobject(stroke_color=ink, stroke_width=theme.STROKE_STRONG)
        line.set_points(rounded(np.vstack([spots[:-1], end]), radius))
        super().__init__(line)
        if tip:
            across = TIP_WIDTH / 2 * np.array([-heading[1], heading[0], 0])
            self.add(Polygon(spots[-1], end + across, end - across, stroke_width=0, fill_color=ink, fill_opacity=1))

    @property
    def line(self) -> VMobject:
        """The line, without the tip."""
        return self.submobjects[0]

    @property
    def start(self) -> Floats:
        """Where the path begins."""
        point: Floats = self.line.points[0]
        return point

    @property
    def end(self) -> Floats:
        """Where the path ends: at the apex of its tip, if it has one."""
        point: Floats = self.line.points[-1] if len(self.submobjects) == 1 else self.submobjects[1].points[0]
        return point

    def spine(self) -> Floats:
        """Return points along the path as drawn, shape (n, 3), its end included."""
        time = np.linspace(0, 1, 8, endpoint=False)[:, None, None]
        first, second, third, last = np.moveaxis(self.line.points.reshape(-1, 4, 3), 1, 0)
        weights = [(1 - time) ** 3, 3 * time * (1 - time) ** 2, 3 * time**2 * (1 - time), time**3]
        curves = sum(weight * ends for weight, ends in zip(weights, (first, second, third, last), strict=True))
        return np.vstack([np.swapaxes(curves, 0, 1).reshape(-1, 3), self.line.points[-1], self.end])


def kind_color(kind: str) -> str:
    """Return the colour of a kind of block.

    Examples
    --------
    >>> kind_color("mlp") == theme.MLP
    True
    """
    if kind not in KINDS:
        raise ValueError(f"The kind {kind!r} was found; expected one of {', '.join(KINDS)}.")
    color: str = getattr(theme, KINDS[kind])
    return color


def centred_label(text: str, size: float, color: str | None = None) -> VMobject:
    """Return a label whose capitals, not its ink, are centred at the origin: words in a row then share a baseline."""
    if "\n" in text:
        return label(text, size=size, color=color).center()
    line = label(checked_text(text) + "H", size=size, color=color)
    capital = line.submobjects[-1]
    line.shift(capital.get_y() * DOWN).remove(capital)
    return line.shift(line.get_x() * LEFT)


def rounded(corners: Floats, radius: float) -> Floats:
    """Return the points of a path of cubic curves along ``corners`` (n, 3), each turn an arc of at most ``radius``."""
    path = VMobject().start_new_path(corners[0])
    for before, corner, after in zip(corners[:-2], corners[1:-1], corners[2:], strict=True):
        reach = min(radius, *(np.linalg.norm(corner - other) / 2 for other in (before, after)))
        enter, leave = (corner + reach * (end - corner) / np.linalg.norm(end - corner) for end in (before, after))
        path.add_line_to(enter)
        path.add_cubic_bezier_curve_to(enter + QUARTER * (corner - enter), leave + QUARTER * (corner - leave), leave)
    points: Floats = path.add_line_to(corners[-1]).points
    return points


def _parameter_line(count: Numbers, passport: Passport, unit: str) -> VGroup:
    number = Numeral(count, decimals=0, thousands=True, passport=passport).anchor_at(np.zeros(3))
    word = centred_label(unit, theme.FONT_SMALL)
    word.shift((number.get_right()[0] + 1.5 * layout.GAP_LABEL - word.get_left()[0]) * RIGHT)
    line = VGroup(number, word)
    return line.shift(line.get_x() * LEFT)


def _stack(lines: VGroup) -> None:
    """Put lines below each other by their capitals, so that their distance does not depend on descenders."""
    title_half, depth = max(lines[0].height / 2, TITLE_HALF), 0.0
    for place, line in enumerate(lines[1:]):
        depth = title_half + SUBTITLE_DROP + place * LINE_DROP
        line.shift(depth * DOWN)
    lines.shift(depth / 2 * UP)
