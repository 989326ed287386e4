"""Cameras that draw the same pixels as manim's own in a fraction of the time.

Manim hands cairo every curve in a Python call of its own. Here the outlines of all mobjects of a frame are laid out at
once, in cairo's own form, and each mobject's is handed over in one call. Whatever is out of the ordinary goes manim's
way, and so does everything where a first drawing, made both ways, does not agree to the bit.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import cairo
import numpy as np
from manim import Circle, ManimColor, Mobject, Square, Star, VMobject, logger
from manim.camera.camera import CAP_STYLE_MAP, LINE_JOIN_MAP, Camera
from manim.camera.moving_camera import MovingCamera
from numpy.typing import NDArray

from mobjects import theme

SWITCH = "RENDER_FAST"
PAINT, ERASE = cairo.OPERATOR_OVER, cairo.OPERATOR_DEST_OUT

# How cairo marks the parts of a path: a kind, and how many records of 16 bytes the part takes, itself included.
MOVE, CURVE, CLOSE = 0 | 2 << 32, 2 | 4 << 32, 3 | 1 << 32
PATH = np.dtype([("status", "i4"), ("", "i4"), ("data", "u8"), ("length", "i4"), ("", "i4")])

# As manim decides whether two points are one: within TOLERANCE, plus this share of the second.
TOLERANCE, RELATIVE_TOLERANCE = 1e-6, 1e-5
CURVE_POINTS = 4

Floats = NDArray[np.float64]
Points = NDArray[np.complex128]


class Outlines:
    """Outlines of many mobjects in the form of ``cairo_path_t``, laid out together.

    Parameters
    ----------
    points : float array, shape (points, 3)
        Of all mobjects, one after another; finite.
    counts : sequence of int
        How many points each mobject has: four for every curve, and at least one curve.

    Attributes
    ----------
    addresses : list of int
        Where in memory each mobject's path is, as long as this object lives.
    """

    def __init__(self, points: Floats, counts: Sequence[int]) -> None:
        # Both coordinates of a point as one complex number: numpy moves those about much faster than pairs.
        everything = np.ascontiguousarray(points[:, :2]).view(np.complex128)[:, 0]
        firsts = np.cumsum([0, *counts]) // CURVE_POINTS
        starts, ends = everything[::CURVE_POINTS], everything[CURVE_POINTS - 1 :: CURVE_POINTS]
        begins = np.empty(len(starts), dtype=bool)
        begins[1:] = ~meet(ends[:-1], starts[1:])
        begins[firsts[:-1]] = True
        opening = np.flatnonzero(begins)
        closing = np.append(opening[1:], len(starts)) - 1
        closed = meet(starts[opening], ends[closing])
        # A sub-path is one "move" of two records, its curves of four, and a "close" of one where it ends as it began.
        extra = np.zeros(len(starts), dtype=np.int64)
        extra[opening] = 2
        extra[opening[1:]] += closed[:-1]
        places = CURVE_POINTS * np.arange(len(starts)) + np.cumsum(extra)
        self.records = np.empty(places[-1] + CURVE_POINTS + closed[-1], dtype=np.complex128)
        headers = self.records.view(np.int64)[::2]
        headers[places] = CURVE
        for step in range(1, CURVE_POINTS):
            self.records[places + step] = everything[step::CURVE_POINTS]
        headers[places[opening] - 2] = MOVE
        self.records[places[opening] - 1] = starts[opening]
        headers[places[closing[closed]] + CURVE_POINTS] = CLOSE
        edges = np.append(places[firsts[:-1]] - 2, len(self.records))
        self.paths = np.zeros(len(counts), dtype=PATH)
        self.paths["data"] = self.records.ctypes.data + self.records.itemsize * edges[:-1]
        self.paths["length"] = np.diff(edges)
        first = self.paths.ctypes.data
        self.addresses = range(first, first + self.paths.nbytes, PATH.itemsize)


def laid_out(vmobjects: Sequence[VMobject]) -> tuple[Outlines | None, dict[int, int]]:
    """Return outlines of ordinary mobjects, and for the ``id`` of each that is finite the address of its path."""
    if not vmobjects:
        return None, {}
    points = np.concatenate([vmobject.points for vmobject in vmobjects])
    if not np.isfinite(points).all():
        return laid_out([vmobject for vmobject in vmobjects if np.isfinite(vmobject.points).all()])
    outlines = Outlines(points, [len(vmobject.points) for vmobject in vmobjects])
    return outlines, {id(vmobject): address for vmobject, address in zip(vmobjects, outlines.addresses, strict=True)}


def meet(before: Points, after: Points) -> NDArray[np.bool_]:
    """Return where points coincide, as manim decides it: in each coordinate; all must be finite."""
    close: NDArray[np.bool_] = np.abs(before.real - after.real) <= TOLERANCE + RELATIVE_TOLERANCE * np.abs(after.real)
    close &= np.abs(before.imag - after.imag) <= TOLERANCE + RELATIVE_TOLERANCE * np.abs(after.imag)
    return close


@cache
def append_path() -> Any:
    """Return cairo's function of that name, which pycairo does not offer for paths made elsewhere."""
    function = ctypes.PyDLL(cairo._cairo.__file__).cairo_append_path  # type: ignore[attr-defined]
    function.argtypes, function.restype = [ctypes.c_void_p, ctypes.c_void_p], None
    return function


def native(context: cairo.Context) -> int:
    """Return the address of the ``cairo_t`` in pycairo's object: its C header says, right after Python's part."""
    return ctypes.c_void_p.from_address(id(context) + object.__basicsize__).value or 0


class BulkDrawing:
    """For a camera: draws all ordinary mobjects of a frame together. Mix in before the camera."""

    _kinds: dict[type, Any] = {}

    def type_or_raise(self, mobject: Mobject) -> Any:
        """Return how a mobject is drawn; asked once for each class."""
        if not hasattr(self, "display_funcs"):
            super().type_or_raise(mobject)  # type: ignore[misc]
        kind = self._kinds.get(type(mobject))
        if kind is None:
            kind = self._kinds[type(mobject)] = super().type_or_raise(mobject)  # type: ignore[misc]
        return kind

    def get_mobjects_to_display(
        self, mobjects: Iterable[Mobject], include_submobjects: bool = True, excluded_mobjects: list | None = None
    ) -> list[Mobject]:
        """Return what is drawn, in order; a list that is flat already is not flattened again."""
        listed = list(mobjects)
        if include_submobjects and not excluded_mobjects and is_flat(listed):
            shown = [mobject for mobject in listed if len(mobject.points)]
            return sorted(shown, key=lambda mobject: mobject.z_index) if self.use_z_index else shown  # type: ignore[attr-defined]
        return super().get_mobjects_to_display(listed, include_submobjects, excluded_mobjects)  # type: ignore[misc]

    def display_multiple_vectorized_mobjects(self, vmobjects: list[VMobject], pixel_array: Any) -> None:
        """Draw mobjects in order; those with a background image as manim does."""
        if any(vmobject.background_image is not None for vmobject in vmobjects):
            super().display_multiple_vectorized_mobjects(vmobjects, pixel_array)  # type: ignore[misc]
        else:
            self.display_multiple_non_background_colored_vmobjects(vmobjects, pixel_array)

    def display_multiple_non_background_colored_vmobjects(
        self, vmobjects: Iterable[VMobject], pixel_array: Any
    ) -> None:
        """Draw mobjects in order."""
        context = self.get_cairo_context(pixel_array)  # type: ignore[attr-defined]
        listed = list(vmobjects)
        outlines, addresses = laid_out([vmobject for vmobject in listed if is_ordinary(vmobject)])
        append, target = append_path(), native(context)
        # What has the background's colour hides what is behind it. Where the background is transparent, it must leave
        # nothing there, instead of a patch of that colour over somebody's footage.
        clear = self.background_opacity == 0  # type: ignore[attr-defined]
        ground = tuple(ManimColor(self.background_color).to_rgb().tolist()) if clear else None  # type: ignore[attr-defined]
        for vmobject in listed:
            address = addresses.get(id(vmobject))
            if address is None:
                self.display_vectorized(vmobject, context)  # type: ignore[attr-defined]
            else:
                context.new_path()
                append(target, address)
                self._paint(context, vmobject, ground)
        del outlines  # the addresses were into it

    def _paint(self, context: cairo.Context, vmobject: VMobject, ground: tuple[float, ...] | None) -> None:
        """Stroke behind, fill, stroke, as manim does; what has no width or no opacity leaves no trace.

        What is to be painted in the colour of ``ground`` erases instead.
        """
        if vmobject.background_stroke_width:
            if ground and tuple(vmobject.get_stroke_rgbas(background=True)[0, :3].tolist()) == ground:
                context.set_operator(ERASE)
            self.apply_stroke(context, vmobject, background=True)  # type: ignore[attr-defined]
            context.set_operator(PAINT)
        rgbas = vmobject.get_fill_rgbas()
        if len(rgbas) == 1:
            red, green, blue, opacity = rgbas[0].tolist()
            if opacity:
                context.set_source_rgba(blue, green, red, opacity)
                if (red, green, blue) == ground:
                    context.set_operator(ERASE)
                context.fill_preserve()
                context.set_operator(PAINT)
        else:
            self.apply_fill(context, vmobject)  # type: ignore[attr-defined]
        width = vmobject.get_stroke_width()
        if not width:
            return
        rgbas = vmobject.get_stroke_rgbas()
        if len(rgbas) != 1:
            self.apply_stroke(context, vmobject)  # type: ignore[attr-defined]
            return
        red, green, blue, opacity = rgbas[0].tolist()
        if opacity:
            context.set_source_rgba(blue, green, red, opacity)
            context.set_line_width(width * self.cairo_line_width_multiple)  # type: ignore[attr-defined]
            context.set_line_join(LINE_JOIN_MAP[vmobject.joint_type])
            context.set_line_cap(CAP_STYLE_MAP[vmobject.cap_style])
            if (red, green, blue) == ground:
                context.set_operator(ERASE)
            context.stroke_preserve()
            context.set_operator(PAINT)


class FastCamera(BulkDrawing, Camera):
    """Manim's camera, faster."""


class FastMovingCamera(BulkDrawing, MovingCamera):
    """Manim's moving camera, faster."""


FASTER = {Camera: FastCamera, MovingCamera: FastMovingCamera}


def faster(camera_class: type[Camera]) -> type[Camera]:
    """Return the fast camera that draws as ``camera_class`` does, or the class itself where there is none.

    ``RENDER_FAST=0`` in the environment turns fast cameras off.
    """
    if camera_class not in FASTER or not wanted():
        return camera_class
    if not agrees():
        logger.warning("the fast camera does not draw what manim's draws on this machine; manim's is used, and slower")
        return camera_class
    return FASTER[camera_class]


def wanted() -> bool:
    """Return whether the fast paths are to be used."""
    return os.environ.get(SWITCH, "1") != "0"


@cache
def agrees() -> bool:
    """Return whether a first drawing is the same to the bit both ways on this machine, with these libraries."""
    size = {"pixel_width": 96, "pixel_height": 54, "frame_width": 14.2, "frame_height": 8.0}
    mobjects = [
        Star(fill_opacity=0.7, color=theme.VALUE).scale(2.4).rotate(0.3),
        Circle(radius=1.3, stroke_width=7).shift([3.1, 0.4, 0]),
        VMobject(stroke_width=3).set_points_as_corners([[-6, -3, 0], [0.3, 2, 0], [6, -2, 0]]),
        Square(fill_opacity=1).set_color([theme.VALUE, theme.UPDATE]).shift([-4, 1, 0]),
    ]
    try:
        plain, fast = Camera(**size), FastCamera(**size)
        plain.capture_mobjects(mobjects)
        fast.capture_mobjects(mobjects)
    except (AttributeError, OSError, TypeError, ValueError, cairo.Error):
        return False
    return bool(np.array_equal(plain.pixel_array, fast.pixel_array))


def is_ordinary(vmobject: VMobject) -> bool:
    """Return whether an outline consists of whole curves, with manim's usual tolerance for points that meet."""
    count = len(vmobject.points)
    return count > 0 and count % CURVE_POINTS == 0 and vmobject.tolerance_for_point_equality == TOLERANCE


def is_flat(mobjects: Sequence[Mobject]) -> bool:
    """Return whether each mobject stands in the list once, and before all its parts."""
    places = {id(mobject): place for place, mobject in enumerate(mobjects)}
    return len(places) == len(mobjects) and all(
        places.get(id(part), -1) > place for place, mobject in enumerate(mobjects) for part in mobject.submobjects
    )
