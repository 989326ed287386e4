"""A text grows where its slot is, and nothing that is written moves, but up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import DOWN, ORIGIN, RIGHT, UP, Scene, linear, tempconfig

from mobjects import FillSlot, ParagraphStream, SlotMarker, TokenRow, WriteNext, layout, theme

PIECES = ["the", " tired", " old", " sail", "or", " told", " a", " long", ",", " quiet", " story", "."]


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    options = {"dry_run": True, "progress_bar": "none", "verbosity": "ERROR", "frame_rate": 10}
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), **options}):
        yield


def visible(stream) -> list[int]:
    return [place for place, word in enumerate(stream.words) if len(word.points)]


def written(stream, count, moment):
    motion = WriteNext(stream, count)
    motion._setup_scene(None)
    motion.begin()
    motion.interpolate(moment)
    return motion


# -- the slot ---------------------------------------------------------------------------------------------------------


def test_a_slot_stands_after_the_last_token_as_high_as_its_plate():
    row = TokenRow(PIECES[:4])
    slot = SlotMarker(row, color=theme.KEY)
    assert slot.height == pytest.approx(row.tokens[-1].box.height)
    assert slot.get_y() == pytest.approx(row.tokens[-1].box.get_y())
    assert slot.get_left()[0] == pytest.approx(row.get_right()[0] + layout.GAP_LABEL)
    assert slot.box.get_stroke_color().to_hex() == theme.KEY and slot.box.get_stroke_width() == theme.STROKE_STRONG
    assert np.linalg.norm(slot.mark.get_center() - slot.box.get_center()) < 0.02
    copy = slot.copy().shift(UP)
    assert copy.box.get_y() == pytest.approx(slot.box.get_y() + 1)


def test_a_slot_without_width_is_refused():
    with pytest.raises(ValueError, match="A slot 0 wide was found"):
        SlotMarker(width=0)


def test_a_token_fills_the_slot_which_is_then_gone():
    scene, slot = Scene(), SlotMarker()
    token = TokenRow([" quiet"], font_size=80).shift(3 * DOWN)
    scene.add(slot, token)
    scene.play(FillSlot(slot, token), run_time=0.5)
    assert scene.mobjects == [token]
    assert token.height == pytest.approx(slot.height)
    assert token.get_left() == pytest.approx(slot.get_left())
    assert slot.box.get_stroke_opacity() == 1


# -- the paragraph ----------------------------------------------------------------------------------------------------


def test_the_seed_is_there_at_first_in_its_colour():
    stream = ParagraphStream(PIECES, seed=3)
    assert visible(stream) == [0, 1, 2]
    assert stream.words[0].get_fill_color().to_hex() == theme.UPDATE
    assert stream.words[3].get_fill_color().to_hex() == theme.TEXT


def test_pieces_are_written_in_order_and_earlier_ones_stay():
    stream = ParagraphStream(PIECES, seed=2, width=4)
    before = [stream.words[place].points.copy() for place in range(2)]
    for count in range(3, len(PIECES) + 1):
        written(stream, 1, 1).finish()
        assert visible(stream) == list(range(count))
        assert stream.shown == count
        assert all(np.array_equal(stream.words[place].points, before[place]) for place in range(2))
        before.append(stream.words[count - 1].points.copy())
        assert stream.words[count - 1].get_fill_color().to_hex() == theme.TEXT


def test_a_word_of_two_pieces_is_not_broken():
    stream = ParagraphStream(PIECES, width=3.2).show(5)
    first, second = stream.words[3], stream.words[4]
    assert abs(first.get_bottom()[1] - second.get_bottom()[1]) < 0.1
    assert 0 < second.get_left()[0] - first.get_right()[0] < 0.1


def test_the_mark_is_where_the_next_piece_begins():
    stream = ParagraphStream(PIECES, width=4)
    for count in range(len(PIECES)):
        mark = stream.show(count).underline.get_corner([-1, 1, 0])
        word = stream.show(count + 1).words[count]
        assert mark[0] == pytest.approx(word.get_left()[0], abs=1e-6)
        assert 0 < word.get_top()[1] - mark[1] < 1


def test_the_newest_piece_is_bright_for_a_moment():
    stream = ParagraphStream(PIECES, seed=2)
    motion = written(stream, 2, 0.25)
    assert stream.words[2].get_fill_color().to_hex() == theme.HIGHLIGHT
    assert stream.words[2].get_fill_opacity() == 1 and visible(stream) == [0, 1, 2]
    motion.interpolate(0.75)
    assert stream.words[2].get_fill_color().to_hex() == theme.TEXT
    assert stream.words[3].get_fill_color().to_hex() == theme.HIGHLIGHT


def test_beyond_its_lines_the_text_scrolls_up_and_stays_in_the_window():
    stream = ParagraphStream(PIECES, width=2.5, max_lines=2)
    tall = stream.window
    for count in range(len(PIECES) + 1):
        stream.show(count)
        for place in visible(stream):
            assert stream.words[place].get_top()[1] <= tall.get_top()[1] + 0.05
            assert stream.words[place].get_bottom()[1] >= tall.get_bottom()[1] - 0.05
    assert 0 not in visible(stream) and len(PIECES) - 1 in visible(stream)
    assert visible(stream.show(3)) == [0, 1, 2]


def test_how_it_ends_does_not_depend_on_the_way():
    ends = []
    for rate in (7, 30):
        with tempconfig({"frame_rate": rate}):
            scene, stream = Scene(), ParagraphStream(PIECES, seed=1, width=3, max_lines=2)
            scene.add(stream)
            scene.play(WriteNext(stream, 11, rate_func=linear, run_time=1))
            assert scene.mobjects == [stream]
        ends.append(stream)
    for first, last in zip(ends[0].words, ends[1].words, strict=True):
        assert np.array_equal(first.points, last.points) and np.array_equal(first.fill_rgbas, last.fill_rgbas)


def test_it_can_be_moved_copied_and_restored():
    stream = ParagraphStream(PIECES, seed=4, width=4)
    stream.save_state()
    corner = stream.words[0].get_corner([-1, 1, 0])
    stream.scale(2, about_point=ORIGIN).shift(RIGHT).show(6)
    assert stream.words[0].get_corner([-1, 1, 0]) == pytest.approx(2 * corner + RIGHT)
    copy = stream.copy().show(8)
    assert visible(stream) == list(range(6)) and visible(copy) == list(range(8))
    stream.restore()
    assert stream.shown == 4 and visible(stream) == list(range(4))
    assert stream.words[0].get_corner([-1, 1, 0]) == pytest.approx(corner)


def test_a_line_break_in_the_text_is_a_line_break():
    stream = ParagraphStream(["one", "\n", "two", "\n"]).show(4)
    assert stream.words[2].get_top()[1] < stream.words[0].get_bottom()[1]
    assert visible(stream) == [0, 2]
    assert stream.underline.get_left()[0] == pytest.approx(stream.words[0].get_left()[0], abs=1e-6)


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (lambda: ParagraphStream([]), "No pieces were found"),
        (lambda: ParagraphStream("abc"), "expected a list of pieces"),
        (lambda: ParagraphStream(["a", ""]), "Piece 1 is ''"),
        (lambda: ParagraphStream(["a"], seed=2), "A seed of 2 pieces was found; the text has 1"),
        (lambda: ParagraphStream(["a"], width=0), "A width of 0 was found"),
        (lambda: ParagraphStream(["a"], max_lines=0), "max_lines=0 was found"),
        (lambda: ParagraphStream(["a"]).show(2), "2 pieces were asked for"),
        (lambda: ParagraphStream(["\U0001f600"]), "U\\+1F600"),
        (lambda: WriteNext(ParagraphStream(["a"]), 0), "count=0 was found"),
        (lambda: written(ParagraphStream(["a"]), 2, 0), "2 more pieces were to be written; 1 are left"),
    ],
)
def test_what_cannot_be_written_is_refused_with_a_sentence(action, sentence):
    with pytest.raises(ValueError, match=sentence):
        action()


PIECE = st.from_regex(r"[ \n]?[abgjlÅé,.!?']{0,6}", fullmatch=True).filter(bool)
TEXTS = st.lists(PIECE, min_size=1, max_size=8)


@settings(max_examples=15, deadline=None)
@given(TEXTS.filter(lambda pieces: "".join(pieces).strip()), st.floats(0.5, 6), st.integers(1, 4))
def test_any_text_is_written_to_its_end(pieces, width, max_lines):
    stream = ParagraphStream(pieces, width=width, max_lines=max_lines)
    for count in range(len(pieces) + 1):
        stream.show(count)
        assert all(np.isfinite(word.points).all() for word in stream.words)
        assert [place for place in visible(stream) if place >= count] == []
    last = max(place for place, piece in enumerate(pieces) if piece.strip())
    assert last in visible(stream.show(last + 1))
