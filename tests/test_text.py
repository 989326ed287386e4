"""Words are drawn in the shipped font, one glyph per character, and nothing is left out silently."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from manim import config, tempconfig

from mobjects import fonts, label, layout, symbol, tag, theme, title
from mobjects.text import checked_text

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


def inside(folder_file: str) -> TTFont:
    return TTFont(fonts.FONT_FOLDER / folder_file)


@pytest.mark.parametrize("name", fonts.FILES)
def test_the_coverage_list_is_what_the_font_covers(name):
    cmap = inside(name).getBestCmap()
    drawn = {chr(code) for code in cmap if not chr(code).isspace()}
    assert fonts.covered_characters() - {" ", "\N{NO-BREAK SPACE}"} == drawn
    assert {32, 160} <= set(cmap)


@pytest.mark.parametrize("name", fonts.FILES)
def test_the_fonts_are_small_static_and_named_like_no_other(name):
    assert (fonts.FONT_FOLDER / name).stat().st_size < 400_000
    font = inside(name)
    assert "fvar" not in font
    assert font["name"].getDebugName(1) == theme.FONT
    assert "Open Font License" in font["name"].getDebugName(13)


def test_registering_twice_does_no_harm():
    fonts.register()
    fonts.register.cache_clear()
    fonts.register()
    importlib.reload(importlib.import_module("mobjects.fonts")).register()


def test_a_missing_font_file_says_how_to_get_it_back(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "FONT_FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match="git checkout"):
        fonts.register.__wrapped__()


def test_a_label_has_one_glyph_per_character_and_joins_none():
    text = "fi ffl -> 1/2"
    glyphs = label(text).submobjects
    assert len(glyphs) == len(text)
    drawn = [character for character, glyph in zip(text, glyphs, strict=True) if glyph.width > 1e-6]
    assert "".join(drawn) == text.replace(" ", "")


def test_markup_is_shown_as_it_is():
    assert len(label("<b>a</b> & b").submobjects) == len("<b>a</b> & b")


def test_the_letters_have_the_shape_of_the_shipped_font():
    # The proportions of H against the font's own outline: another font in its place would not have them.
    font = inside(fonts.FILES[0])
    bounds = font["glyf"][font.getBestCmap()[ord("H")]]
    glyph = label("H", size=96)
    shape = (bounds.xMax - bounds.xMin) / (bounds.yMax - bounds.yMin)
    assert glyph.width / glyph.height == pytest.approx(shape, rel=0.01)


def test_bold_is_heavier_than_regular():
    assert label("Illicit", weight="bold").width > 1.03 * label("Illicit").width


def test_layout_depends_on_size_alone_not_on_the_video():
    text = "a long line that would be broken on a narrow video " * 2
    plain = label(text.strip())
    with tempconfig({"pixel_width": 320, "pixel_height": 180}):
        narrow = label(text.strip() + ".")
        assert config.pixel_width == 320
    assert narrow.height == pytest.approx(plain.height, rel=0.01)
    assert label("Ag", size=48).height == pytest.approx(2 * label("Ag", size=24).height, rel=1e-6)
    assert label("Ag", size=30).font_size == pytest.approx(30)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "at least one character"), (" \n", "at least one character"), ("a🙂", "U\\+1F642"), ("x⋮", "U\\+22EE")],
)
def test_what_cannot_be_drawn_is_refused_by_name(text, words):
    with pytest.raises(ValueError, match=words):
        label(text)


def test_signs_of_the_film_are_covered():
    assert checked_text("−·×≤≥√∞Σ…→←↑↓₀₁₂₃⁻²Δαθ±≈≠“”’—")


def test_an_unknown_weight_is_refused():
    with pytest.raises(ValueError, match="regular"):
        label("a", weight="heavy")


def test_titles_and_tags_stay_in_the_safe_area():
    assert layout.safe_area().holds(title("A title that is much too long to fit on one single line of the frame"))
    credit = tag("layer 2, head 5, measured")
    assert layout.safe_area().holds(credit)
    assert credit.get_bottom()[1] < -3


def test_a_symbol_is_one_centred_mobject_and_numbers_share_its_letter():
    first, other = symbol("E", 1), symbol("E", 12)
    assert first.submobjects == []
    assert np.allclose(first.get_center(), 0)
    letter = symbol("E")
    for numbered in (first, other):
        start = numbered.points[: len(letter.points)]
        assert np.allclose(start - start[0], letter.points - letter.points[0], atol=1e-9)
    assert other.width > first.width > letter.width


def test_indices_stand_below_the_baseline_with_digits_in_order():
    letter, numbered = symbol("K", arrow=False), symbol("K", 10, arrow=False)
    digits = numbered.points[len(letter.points) :]
    base = numbered.points[: len(letter.points)]
    assert digits[:, 0].min() > base[:, 0].max() - 0.02
    assert digits[:, 1].min() < base[:, 1].min()
    assert len(symbol("K", 10).points) == len(symbol("K", 1).points) + len(symbol("K", 0).points) - len(
        symbol("K").points
    )


def test_an_arrow_stands_over_a_vector_and_a_colour_fills_it():
    assert symbol("Q").height > symbol("Q", arrow=False).height
    assert symbol("Q", color=theme.QUERY).get_fill_color().to_hex() == theme.QUERY
    assert symbol("ΔE", 3).width > symbol("E", 3).width
    assert symbol("E′").width > symbol("E").width
    assert symbol("W", "QK", arrow=False).width > symbol("W", "Q", arrow=False).width


@pytest.mark.parametrize(("letter", "index"), [("", None), ("E+", None), ('E"', None), ("E", "a b"), ("E", "$")])
def test_a_symbol_of_anything_but_letters_is_refused(letter, index):
    with pytest.raises(ValueError, match="letters"):
        symbol(letter, index)


def test_processes_that_lay_out_the_same_words_do_not_disturb_each_other(tmp_path: Path) -> None:
    code = "from mobjects import label\nfor word in range(40): label(f'the same words {word}')"
    running = [
        subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)})
        for _ in range(4)
    ]
    assert [one.wait() for one in running] == [0, 0, 0, 0]
    assert not list(tmp_path.rglob("*.svg"))  # nothing is left where a reader of half a file could find it
