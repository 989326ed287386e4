"""A figure shows what the film shows: SVGs are read back and rendered, PNGs compared with manim's pixels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from manim import (
    BLUE,
    DL,
    RED,
    RIGHT,
    UP,
    Camera,
    Circle,
    Dot,
    ImageMobject,
    Mobject,
    Square,
    Star,
    SVGMobject,
    VGroup,
    tempconfig,
)
from PIL import Image

from mobjects import AttentionTable, NumericGrid, TokenRow, WeightMatrix, label, layout, theme, to_pdf, to_png, to_svg
from mobjects.figures import checked, extent

PIXELS = 60


EXAMPLES = ("words", "tokens", "numbers", "matrix", "grid", "shapes")


@pytest.fixture(scope="module", autouse=True)
def own_media(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media"))}):
        yield


def example(name: str) -> VGroup:
    return {
        "words": VGroup(label("The king’s β"), label("bold", color=theme.QUERY, weight="bold").shift(UP)),
        "tokens": VGroup(TokenRow(["the", " old", " king"])),
        "numbers": VGroup(NumericGrid(np.array([[1.25, -3.5], [0.0, 99.9]]))),
        "matrix": VGroup(WeightMatrix(np.linspace(-1, 1, 12).reshape(3, 4))),
        "grid": VGroup(AttentionTable(3), AttentionTable(3).dots(np.tri(3) / [[1], [2], [3]])),
        "shapes": VGroup(Star(fill_opacity=0.5, color=RED), Circle(color=BLUE, stroke_width=9).shift(3 * RIGHT)),
    }[name]


def in_manim(mobject: Mobject, background: str) -> np.ndarray:
    """The same part of the plane by manim's own camera, as large as the figure."""
    low, high = extent(checked(list(mobject.family_members_with_points())), 0.01)
    width, height = (int(size) for size in np.ceil((high - low) * PIXELS - 1e-9))
    camera = Camera(
        pixel_width=width, pixel_height=height, frame_width=width / PIXELS, frame_height=height / PIXELS,
        background_color=background,
    )  # fmt: skip
    middle = [low[0] + width / PIXELS / 2, high[1] - height / PIXELS / 2, 0]
    camera.capture_mobjects([mobject.copy().shift(-np.array(middle))])
    return np.asarray(camera.pixel_array)[..., :3].astype(float)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_png_has_manims_pixels(name: str, tmp_path: Path) -> None:
    mobject = example(name).shift(DL)
    found = np.asarray(Image.open(to_png(mobject, tmp_path / "a.png", theme.PLATE, unit=PIXELS)).convert("RGB"))
    expected = in_manim(mobject, theme.PLATE)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 3
    assert (np.abs(expected - expected[0, 0]).max(axis=2) > 30).mean() > 0.005  # there is something to see


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_svg_read_back_looks_the_same(name: str, tmp_path: Path) -> None:
    mobject = example(name)
    # As wide as manim takes an SVG's lines to be: a hundredth of its unit each.
    path = to_svg(mobject, tmp_path / "figure.svg", unit=100 * 2.54 / 72)
    read = SVGMobject(str(path), height=None, width=None).scale_to_fit_height(mobject.height)
    read.move_to(mobject)
    before, after = (in_manim(one, "#222222") for one in (mobject, read))
    height, width = min(before.shape[0], after.shape[0]), min(before.shape[1], after.shape[1])
    wrong = np.abs(before[:height, :width] - after[:height, :width])
    assert wrong.mean() < 2.5, name
    assert b"<text" not in path.read_bytes()  # no font is needed


def test_transparent_ground_stays_transparent_and_red_stays_red(tmp_path: Path) -> None:
    pixels = np.asarray(Image.open(to_png(Square(color="#FF0000", fill_opacity=1), tmp_path / "a.png", unit=20)))
    assert pixels[0, 0].tolist() == [0, 0, 0, 0]
    assert pixels[len(pixels) // 2, len(pixels) // 2].tolist() == [255, 0, 0, 255]


def test_a_pdf_has_one_page_of_the_right_size(tmp_path: Path) -> None:
    square = Square(2, stroke_width=0, fill_opacity=1)
    content = to_pdf(square, tmp_path / "a.pdf", unit=3).read_bytes()
    side = int(np.ceil((2 + 2 * layout.GAP_LABEL) * 3 * 72 / 2.54))
    assert content.startswith(b"%PDF") and f"[ 0 0 {side} {side} ]".encode() in content


def test_order_and_depth_are_those_of_the_film(tmp_path: Path) -> None:
    low = Square(color="#0000FF", fill_opacity=1).set_z_index(1)
    group = VGroup(low, Square(color="#FF0000", fill_opacity=1))
    pixels = np.asarray(Image.open(to_png(group, tmp_path / "a.png", unit=20)))
    assert pixels[len(pixels) // 2, len(pixels) // 2, :3].tolist() == [0, 0, 255]


@pytest.mark.parametrize(
    ("mobject", "told"),
    [
        (VGroup(), "A figure of nothing"),
        (ImageMobject(np.zeros((2, 2, 3), np.uint8)), "A figure of ImageMobject was asked for"),
        (Dot([np.nan, 0, 0]), "NaN or infinite"),
    ],
)
def test_what_cannot_be_a_figure_is_refused_and_the_old_one_stays(mobject: Mobject, told: str, tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    path.write_text("before")
    with pytest.raises(ValueError, match=told):
        to_svg(mobject, path)
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]
