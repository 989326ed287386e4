"""A row of tokens reads like the line it was cut from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from manim import tempconfig

from mobjects import layout, theme
from mobjects.text import label
from mobjects.tokens import TokenRow

PIECES = ["the", " tired", " old", " sailor", " told", " a", " long", " quiet", " story"]


@pytest.fixture(autouse=True, scope="module")
def _scratch_media(tmp_path_factory):
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media"))}):
        yield


def alphas(mobject):
    paints = ("fill_rgbas", "stroke_rgbas")
    return [getattr(leaf, paint)[:, 3].copy() for leaf in mobject.family_members_with_points() for paint in paints]


def test_every_token_keeps_its_text_place_and_id() -> None:
    row = TokenRow(PIECES, ids=range(100, 109))
    assert [token.piece for token in row.tokens] == PIECES
    assert [token.index for token in row.tokens] == list(range(9))
    assert [token.token_id for token in row.tokens] == list(range(100, 109))
    assert [len(token.word) for token in row.tokens] == [len(piece.strip()) for piece in PIECES]


def test_glyphs_without_gaps_stand_exactly_as_in_the_real_line() -> None:
    row = TokenRow(PIECES, token_gap=0)
    line = label("".join(PIECES), size=theme.FONT_BODY)
    real = np.array([glyph.get_center() for glyph in line if glyph.width > 1e-6])
    ours = np.array([glyph.get_center() for word in row.words for glyph in word])
    scale = np.ptp(ours[:, 0]) / np.ptp(real[:, 0])
    np.testing.assert_allclose(ours[:, 0] - ours[0, 0], scale * (real[:, 0] - real[0, 0]), atol=1e-3)


def test_plates_are_equally_high_do_not_overlap_and_hold_their_words() -> None:
    row = TokenRow(["gyp", " éÅ", "xx", ",", " jumps"])
    assert np.ptp([box.height for box in row.boxes]) < 1e-9
    assert np.ptp([box.get_y() for box in row.boxes]) < 1e-9
    for before, after in zip(row.tokens, row.tokens[1:], strict=False):
        assert after.box.get_left()[0] >= before.box.get_right()[0] + 0.05
    for token in row.tokens:
        assert token.box.get_left()[0] <= token.word.get_left()[0]
        assert token.box.get_right()[0] >= token.word.get_right()[0]
        assert token.box.get_bottom()[1] < token.word.get_bottom()[1]


def test_descenders_do_not_move_words() -> None:
    row = TokenRow(["no", " gyp", " no"])
    assert row.tokens[0].word.get_bottom()[1] == pytest.approx(row.tokens[2].word.get_bottom()[1], abs=1e-6)
    assert row.tokens[1].word.get_bottom()[1] < row.tokens[0].word.get_bottom()[1] - 0.05


def test_a_leading_space_belongs_to_its_token_unless_told_otherwise() -> None:
    with_space, between = TokenRow(PIECES), TokenRow(PIECES, space="between")
    for token in with_space.tokens[1:]:
        left = token.word.get_left()[0] - token.box.get_left()[0]
        assert left > token.box.get_right()[0] - token.word.get_right()[0]
    for token in between.tokens:
        assert token.box.get_x() == pytest.approx(token.word.get_x(), abs=1e-6)


def test_single_characters_spaces_and_line_breaks_are_visible() -> None:
    row = TokenRow(list("a b\n_c"))
    assert [len(token.word) for token in row.tokens] == [1] * 6
    assert all(token.word.width > 0.05 for token in row.tokens)
    space, line_break, underscore = row.tokens[1].word[0], row.tokens[3].word[0], row.tokens[4].word[0]
    assert space.get_stroke_width() > 0 and space.get_fill_opacity() == 0
    assert line_break.get_stroke_color().to_hex() == theme.MUTED
    assert underscore.get_fill_opacity() == 1


def test_long_rows_shrink_to_the_safe_width() -> None:
    assert TokenRow([" word"] * 32).width <= 2 * layout.SAFE_X + 1e-6
    assert TokenRow(PIECES, max_width=5).width <= 5 + 1e-6


@pytest.mark.parametrize(
    ("pieces", "options", "sentence"),
    [
        ([], {}, "0 tokens were found; a row holds 1 to 32"),
        (["x"] * 33, {}, "33 tokens were found"),
        (["a", ""], {}, "Piece 1 is ''"),
        ("abc", {}, "expected a list of pieces"),
        (["a"], {"ids": [1, 2]}, "2 ids were found for 1 pieces"),
        (["a"], {"space": "left"}, "space='left' was found"),
        (["a\U0001f600"], {}, "U\\+1F600"),
    ],
)
def test_what_cannot_be_a_row_is_refused_with_a_sentence(pieces, options, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        TokenRow(pieces, **options)


def test_dimming_spares_the_named_tokens_and_is_undone_exactly() -> None:
    row = TokenRow(PIECES).tint(3, theme.NOUN)
    before = alphas(row)
    row.dim_except([3])
    assert alphas(row.tokens[3]) == alphas(TokenRow(PIECES).tint(3, theme.NOUN).tokens[3])
    assert row.tokens[0].word[0].get_fill_opacity() == pytest.approx(theme.OPACITY_CONTEXT)
    row.dim_except([1], opacity=0.5)
    row.undim()
    assert all(np.array_equal(first, second) for first, second in zip(before, alphas(row), strict=True))


def test_a_copy_is_independent() -> None:
    row = TokenRow(PIECES)
    copy = row.copy().dim_except([]).shift([1, 0, 0])
    assert copy.tokens[2].piece == " old"
    assert row.tokens[0].word[0].get_fill_opacity() == 1
    assert copy.get_x() == pytest.approx(row.get_x() + 1)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(alphabet="abgjlÅé,.!?' \n", min_size=1, max_size=6), min_size=1, max_size=12))
def test_any_cut_of_any_line_gives_plates_in_order(pieces) -> None:
    row = TokenRow(pieces)
    edges = [(box.get_left()[0], box.get_right()[0]) for box in row.boxes]
    assert all(left < right for left, right in edges)
    assert all(before[1] < after[0] for before, after in zip(edges, edges[1:], strict=False))
    assert row.width <= 2 * layout.SAFE_X + 1e-6
