"""Any mobject as a figure for papers and slides: SVG and PDF, sharp at any size, and PNG, on a ground or on none."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import cairo
import numpy as np
from manim import Camera, ManimColor, Mobject, VMobject

from mobjects import layout

POINTS_A_CENTIMETRE = 72 / 2.54


class PaperCamera(Camera):
    """Draws on cairo surfaces, where red is red; manim's pixels have red and blue the other way round."""

    def set_cairo_context_color(self, ctx: cairo.Context, rgbas: Any, vmobject: VMobject) -> PaperCamera:
        """Set the colour or the gradient to draw with."""
        super().set_cairo_context_color(ctx, rgbas[:, [2, 1, 0, 3]], vmobject)
        return self


def to_svg(mobject: Mobject, path: str | Path, background: str | None = None, unit: float = 1.0) -> Path:
    """Write a mobject as an SVG; letters are outlines, so no font is needed to show it.

    Parameters
    ----------
    mobject : Mobject
        With all its parts, as it stands now; wherever it is, the figure is as large as it is, with a small margin.
    path : str or Path
        The file; replaced in one step.
    background : str, optional
        Colour of the ground; transparent if not given.
    unit : float
        Centimetres that a unit of manim's becomes: the whole frame is 14.2 by 8 of them.

    Raises
    ------
    ValueError
        If there is nothing to draw, or something that has no outline (a picture, a cloud of points).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> folder = TemporaryDirectory()
    >>> "<svg" in to_svg(symbol("E", 3), f"{folder.name}/vector.svg").read_text()
    True
    >>> folder.cleanup()
    """
    return _write(mobject, path, background, unit * POINTS_A_CENTIMETRE, cairo.SVGSurface)


def to_pdf(mobject: Mobject, path: str | Path, background: str | None = None, unit: float = 1.0) -> Path:
    """Write a mobject as a PDF of one page; as :func:`to_svg`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> folder = TemporaryDirectory()
    >>> to_pdf(TokenRow(["the", " fox"]), f"{folder.name}/row.pdf").read_bytes()[:4]
    b'%PDF'
    >>> folder.cleanup()
    """
    return _write(mobject, path, background, unit * POINTS_A_CENTIMETRE, cairo.PDFSurface)


def to_png(mobject: Mobject, path: str | Path, background: str | None = None, unit: float = 135.0) -> Path:
    """Write a mobject as a PNG; as :func:`to_svg`, but ``unit`` is in pixels (135: as in a film of 1080 lines).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> folder = TemporaryDirectory()
    >>> to_png(symbol("Q", color=theme.QUERY), f"{folder.name}/q.png", background=theme.BACKGROUND).read_bytes()[1:4]
    b'PNG'
    >>> folder.cleanup()
    """
    return _write(mobject, path, background, unit, None)


def _write(
    mobject: Mobject, path: str | Path, background: str | None, scale: float, surface_of: Callable[..., Any] | None
) -> Path:
    camera = PaperCamera(pixel_width=2, pixel_height=2)
    shown = checked(camera.get_mobjects_to_display([mobject]))
    low, high = extent(shown, camera.cairo_line_width_multiple)
    width, height = np.ceil((high - low) * scale - 1e-9).astype(int).tolist()
    buffer = BytesIO()
    surface = (
        surface_of(buffer, width, height) if surface_of else cairo.ImageSurface(cairo.Format.ARGB32, width, height)
    )
    context = cairo.Context(surface)
    if background is not None:
        context.set_source_rgb(*ManimColor(background).to_rgb())
        context.paint()
    # Manim's y goes up, paper's down.
    context.set_matrix(cairo.Matrix(scale, 0, 0, -scale, -low[0] * scale, high[1] * scale))
    for vmobject in shown:
        camera.display_vectorized(vmobject, context)
    if surface_of is None:
        surface.write_to_png(buffer)
    surface.finish()
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(buffer.getvalue())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def checked(shown: list[Mobject]) -> list[VMobject]:
    """Return what can be drawn as outlines.

    Raises
    ------
    ValueError
        If there is nothing, or something else.
    """
    outlined = [mobject for mobject in shown if isinstance(mobject, VMobject)]
    others = sorted({type(mobject).__name__ for mobject in shown} - {type(mobject).__name__ for mobject in outlined})
    if others:
        raise ValueError(f"A figure of {', '.join(others)} was asked for; only what has outlines can become one.")
    if not outlined:
        raise ValueError("A figure of nothing was asked for; expected a mobject with something to draw.")
    if not all(np.isfinite(mobject.points).all() for mobject in outlined):
        raise ValueError("Points that are NaN or infinite were found; expected a mobject that can be drawn.")
    return outlined


def extent(shown: list[VMobject], line_width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower left and upper right corners of what is drawn, strokes and a small margin included."""
    strokes = [max(one.get_stroke_width(), one.get_stroke_width(background=True)) * line_width / 2 for one in shown]
    low = np.min([one.points[:, :2].min(axis=0) - stroke for one, stroke in zip(shown, strokes, strict=True)], axis=0)
    high = np.max([one.points[:, :2].max(axis=0) + stroke for one, stroke in zip(shown, strokes, strict=True)], axis=0)
    return low - layout.GAP_LABEL, high + layout.GAP_LABEL
