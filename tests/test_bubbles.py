"""Bubbles hold what they say and point at the one who says it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import DOWN, LEFT, RIGHT, UP, Rectangle, Scene, Square, tempconfig

from mobjects import GrowBubble, SpeechBubble, ThoughtBubble, theme
from mobjects.wrapping import lay_out, text_height, wrapped

BUBBLES = [SpeechBubble, ThoughtBubble]
SIDES = {"up": UP, "down": DOWN, "left": LEFT, "right": RIGHT}


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


@pytest.mark.parametrize("bubble_class", BUBBLES)
@pytest.mark.parametrize("side", SIDES)
def test_the_tip_is_at_the_target_and_the_content_inside(bubble_class, side):
    target, content = Square(1).shift([1, -0.5, 0]), Rectangle(width=2, height=1)
    bubble = bubble_class(content, target, side=side, color=theme.QUERY)
    way = SIDES[side]
    assert (bubble.tip - target.get_center()) @ way == pytest.approx(0.6)
    assert bubble.content is content
    edges = bubble.outline
    assert edges.get_left()[0] < content.get_left()[0] and edges.get_right()[0] > content.get_right()[0]
    assert edges.get_bottom()[1] < content.get_bottom()[1] and edges.get_top()[1] > content.get_top()[1]
    near = content.get_critical_point(-way) @ way
    assert near > target.get_critical_point(way) @ way
    assert edges.get_stroke_color().to_hex() == theme.QUERY


@pytest.mark.parametrize("bubble_class", BUBBLES)
def test_a_bubble_set_aside_still_points_at_its_target(bubble_class):
    target = Square(1).shift(DOWN)
    bubble = bubble_class(Rectangle(width=2, height=1), target, aside=2.5)
    assert bubble.tip[0] == pytest.approx(0, abs=1e-9)
    assert bubble.content.get_x() == pytest.approx(2.5)


@pytest.mark.parametrize("bubble_class", BUBBLES)
def test_the_outline_is_made_of_closed_lines(bubble_class):
    for path in bubble_class("so it is", Square(1)).outline.get_subpaths():
        assert path[0] == pytest.approx(path[-1], abs=1e-9)


def test_words_are_broken_to_fit():
    bubble = SpeechBubble("a long sentence that has to be broken somewhere", Square(1), width=3)
    assert len(bubble.content) > 1 and bubble.content.width <= 3


@pytest.mark.parametrize("bubble_class", BUBBLES)
def test_it_grows_from_the_tip_and_ends_as_it_was(bubble_class):
    with tempconfig({"dry_run": True, "progress_bar": "none", "verbosity": "ERROR"}):
        scene, bubble = Scene(), bubble_class(Square(1, fill_opacity=0.5), Square(1))
        before = [leaf.points.copy() for leaf in bubble.family_members_with_points()]
        motion = GrowBubble(bubble)
        motion._setup_scene(scene)
        motion.begin()
        assert bubble.width < 1e-9 and bubble.get_center() == pytest.approx(bubble.tip)
        motion.interpolate(0.4)
        assert bubble.content.get_fill_opacity() == 0
        motion.interpolate(1)
    after = [leaf.points for leaf in bubble.family_members_with_points()]
    assert all(np.array_equal(first, last) for first, last in zip(before, after, strict=True))
    assert bubble.content.get_fill_opacity() == 0.5
    assert scene.mobjects == [bubble]


def test_a_moved_copy_knows_its_own_tip():
    bubble = SpeechBubble("so it is", Square(1))
    assert bubble.copy().shift(RIGHT).tip == pytest.approx(bubble.tip + RIGHT)


@pytest.mark.parametrize(
    ("content", "options", "sentence"),
    [
        ("yes", {"side": "above"}, "side='above' was found"),
        ("yes", {"distance": 0.1}, "A distance of 0.1 was found"),
        (" ", {}, "at least one character"),
        ("\U0001f600", {}, "U\\+1F600"),
    ],
)
def test_what_cannot_be_said_is_refused_with_a_sentence(content, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        SpeechBubble(content, Square(1), **options)


# -- text in lines ----------------------------------------------------------------------------------------------------


def test_lines_keep_all_letters_in_order_and_stay_within_the_width():
    text = "gyp the tired old sailor told a long quiet story"
    lines = wrapped(text, width=4)
    assert sum(len(line) for line in lines) == len(text.replace(" ", ""))
    assert lines.width <= 4
    assert np.diff([line[0].get_x() for line in lines]) == pytest.approx(0, abs=0.2)
    tops = [line.get_y() for line in lines]
    assert tops == sorted(tops, reverse=True)


def test_a_line_break_ends_a_line_and_an_empty_line_keeps_its_room():
    places = lay_out("one\n\ntwo", 9, 36)
    assert [place.line for place in places] == [0, 0, 0, 0, 1, 2, 2, 2]
    assert places[-1].outline[:, 1].min() == pytest.approx(-2 * 1.35 * text_height(36), abs=0.02)


def test_a_word_that_is_too_wide_stands_alone():
    places = lay_out("a extraordinarily b", 1, 36)
    assert [place.line for place in places if len(place.outline)] == [0, *[1] * 15, 2]


@pytest.mark.parametrize(("width", "align", "sentence"), [(0, "left", "A width of 0"), (3, "right", "align='right'")])
def test_what_cannot_be_set_is_refused(width, align, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrapped("so it is", width, align=align)


@settings(max_examples=20, deadline=None)
@given(st.text(alphabet="abgjlÅé,.!?' \n\t", min_size=1, max_size=30).filter(str.strip), st.floats(0.5, 8))
def test_any_text_in_any_width_keeps_its_characters_in_reading_order(text, width):
    places = lay_out(text, width, 36)
    assert len(places) == len(text)
    assert [len(place.outline) > 0 for place in places] == [not character.isspace() for character in text]
    reading = [(place.line, place.left) for place in places]
    assert reading == sorted(reading)
