"""Text is coloured by the numbers of its tokens, and tables list the likeliest ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import tempconfig

from mobjects import ColoredTokens, NeuronActivations, TokenLogProbabilities, TopTokens, format_number, theme
from mobjects.token_views import plate_colors
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


PIECES = ["the", " old", " fox", "!"]
VALUES = np.array([-1.0, 0.0, 2.0, 0.5])
VOCABULARY = [" a", " fox", " dog", ",", " old"]
SHARES = np.array([[0.1, 0.5, 0.2, 0.15, 0.05], [0.3, 0.05, 0.05, 0.2, 0.4]])


def hue(token):
    return token.box.fill_rgbas[0, :3]


def strength(token):
    return np.abs(hue(token) - theme.rgba(theme.PLATE)[:3]).sum()


def test_plates_are_stronger_for_larger_numbers_and_neutral_at_zero():
    view = ColoredTokens(PIECES, VALUES, passport="made up")
    assert strength(view.tokens[1]) < 0.01
    assert strength(view.tokens[2]) > strength(view.tokens[3]) > 0.1
    assert hue(view.tokens[0])[0] > hue(view.tokens[0])[2]
    assert hue(view.tokens[2])[2] > hue(view.tokens[2])[0]
    assert view.strongest() == 2


def test_words_on_plates_stay_readable():
    for name in ("dark", "light", "print", "colour-blind"):
        theme.use(name)
        for rule in ("signed", "share", "loss"):
            ends = plate_colors(np.array([1.0] if rule != "signed" else [-1.0, 1.0]), rule, 1.0)[:, :3]
            text = _luminance(theme.rgba(theme.TEXT)[:3])
            for color in ends:
                low, high = sorted([_luminance(color), text])
                assert (high + 0.05) / (low + 0.05) > 4.5
    theme.use("dark")


def _luminance(rgb):
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_values_and_passports_are_kept_and_change_together():
    quantity = Quantity(np.array([VALUES, VALUES[::-1]]), "x", ("row", "position"), "demo")
    view = ColoredTokens(PIECES, quantity[0], numbers=True)
    assert view.passports[2] == ("x", (0, 2), "demo")
    assert [numeral.text for numeral in view.numbers] == ["−1.0", "0.0", "2.0", "0.5"]
    view.set_values(quantity[1])
    assert np.array_equal(view.values, VALUES[::-1])
    assert view.numbers[0].passport == ("x", (1, 0), "demo")
    other = view.copy().set_values(np.zeros(4), "nothing")
    assert np.array_equal(view.values, VALUES[::-1]) and strength(other.tokens[1]) < 0.01


def test_the_scale_says_what_gets_the_full_colour():
    ends = ColoredTokens(PIECES, VALUES, name="score", passport="made up").legend[2]
    assert [(end.value, end.passport) for end in ends] == [(-2.0, "axis"), (2.0, "axis")]
    assert len(ColoredTokens(PIECES, VALUES, legend=False, passport="made up").legend) == 0


@pytest.mark.parametrize(
    ("pieces", "values", "options", "words"),
    [
        (PIECES, [1.0], {}, "1 values were found for 4 tokens"),
        (PIECES, [1.0, 2.0, 3.0, np.nan], {}, "not finite"),
        (PIECES, VALUES, {"color_by": "share"}, "below zero"),
        (PIECES, VALUES, {"color_by": "hue"}, "color_by='hue'"),
        ([], [], {}, "at least one"),
        (["\U0001f600"], [1.0], {}, r"U\+1F600"),
    ],
)
def test_what_cannot_be_coloured_is_refused_with_a_sentence(pieces, values, options, words):
    with pytest.raises(ValueError, match=words):
        ColoredTokens(pieces, values, **options)


def test_surprise_is_written_below_all_tokens_but_the_first():
    losses = Quantity(np.array([3.0, 0.5, 1.0]), "losses", ("position",), "demo")
    view = TokenLogProbabilities(PIECES, losses)
    assert [numeral.value for numeral in view.numbers] == [3.0, 0.5, 1.0]
    assert view.numbers[0].passport == ("losses", (0,), "demo")
    for token, numeral in zip(view.tokens[1:], view.numbers, strict=True):
        assert numeral.get_x() == pytest.approx(token.get_x())
    assert strength(view.tokens[0]) < 0.01
    assert strength(view.tokens[1]) > strength(view.tokens[3]) > strength(view.tokens[2])
    with pytest.raises(ValueError, match="4 values were found for 3"):
        TokenLogProbabilities(PIECES, np.ones(4))


def test_alternatives_mark_the_token_that_came():
    view = TokenLogProbabilities(PIECES, np.ones(3), passport="made up")
    box, bars = view.alternatives(2, SHARES[0], VOCABULARY, k=3)
    assert np.allclose(box.get_center(), view.tokens[2].get_center())
    assert bars.tokens == [1, 2, 3]
    assert bars.row(1).name_label[1].get_fill_color().to_hex() == theme.HIGHLIGHT
    assert bars.get_top()[1] < view.get_bottom()[1]
    with pytest.raises(ValueError, match="Token 0"):
        view.alternatives(0, SHARES[0], VOCABULARY)


def test_the_strongest_excerpt_comes_first_and_its_strongest_token_is_marked():
    view = NeuronActivations([["a", " b"], ["c", " d", " e"]], [[0.1, 0.4], [0.0, 3.0, 0.2]], passport="made up")
    assert [one.row.pieces for one in view.views] == [["c", " d", " e"], ["a", " b"]]
    assert [peak.value for peak in view.peaks] == [3.0, 0.4]
    outline = view[0][1]
    assert np.allclose(outline.get_center(), view.views[0].tokens[1].box.get_center())
    assert outline.get_stroke_color().to_hex() == theme.HIGHLIGHT
    assert strength(view.views[1].tokens[1]) < strength(view.views[0].tokens[1])
    assert view.views[0].get_left()[0] == pytest.approx(view.views[1].get_left()[0])
    assert view.peaks[0].get_right()[0] < view.views[0].get_left()[0]
    with pytest.raises(ValueError, match="1 lines of numbers were found for 0 excerpts"):
        NeuronActivations([], [[1.0]])


def test_a_table_lists_the_largest_shares_of_each_line():
    quantity = Quantity(SHARES, "probabilities", ("position", "vocab"), "demo")
    table = TopTokens(quantity, VOCABULARY, ["the", 7], k=3)
    assert table.tokens.tolist() == [[1, 2, 3], [4, 0, 3]]
    assert np.allclose(table.values, [[0.5, 0.2, 0.15], [0.4, 0.3, 0.2]])
    assert table.cell(1, 0).numeral.passport == ("probabilities", (1, 4), "demo")
    assert table.cell(0, 1).numeral.text == "20.0"
    assert table.names[1][0].value == 7
    lefts = [[cell.plate.get_left()[0] for cell in line] for line in table.cells]
    assert np.allclose(lefts[0], lefts[1]) and (np.diff(lefts[0]) > 0).all()
    for cell in (cell for line in table.cells for cell in line):
        assert cell.plate.get_left()[0] < cell.word.get_left()[0]
        assert cell.word.get_right()[0] < cell.numeral.get_left()[0]
        assert cell.submobjects[2].get_right()[0] < cell.plate.get_right()[0]


@pytest.mark.parametrize(
    ("shares", "names", "words"),
    [
        ([0.5, 0.5], ["a"], r"\(2,\)"),
        (SHARES, ["a"], "for 1 names and 5 tokens"),
        (SHARES * 3, ["a", "b"], "expected 0 to 1"),
        (np.where(SHARES > 0.4, np.nan, SHARES), ["a", "b"], "not finite"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(shares, names, words):
    with pytest.raises(ValueError, match=words):
        TopTokens(shares, VOCABULARY, names)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from([0.0, -0.0, 1e-9, 1e9, -3.5, 7.25]), min_size=1, max_size=6))
def test_any_values_are_shown_as_they_are(values):
    view = ColoredTokens(["x"] * len(values), values, numbers=True, passport="made up")
    assert np.array_equal(view.values, values)
    assert [numeral.text for numeral in view.numbers] == [format_number(value, 1) for value in values]
    assert all(np.isfinite(token.box.fill_rgbas).all() for token in view.tokens)
