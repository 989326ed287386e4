"""Panels keep pictures apart, lists keep topics in order, cards and tags say where we are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import RIGHT, UP, FadeIn, Rectangle, Scene, Square, tempconfig

from mobjects import (
    SectionTag,
    ShowCard,
    ShowTopic,
    SplitFrame,
    StrikeAndReplace,
    TitleCard,
    TopicList,
    label,
    layout,
    theme,
)

STEPPED = {"dry_run": True, "progress_bar": "none", "verbosity": "ERROR"}


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), **STEPPED}):
        yield


def box(mobject) -> layout.Area:
    return layout.Area(*mobject.get_corner([-1, -1, 0])[:2], *mobject.get_corner([1, 1, 0])[:2])


# -- panels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3, 5])
def test_panels_are_equal_and_lie_between_the_rules_under_their_titles(count):
    split = SplitFrame([f"panel {'abcde'[number]}" for number in range(count)])
    assert len(split.rules) == count - 1 and len(split.titles) == len(split.panels) == count
    assert np.ptp([panel.width for panel in split.panels]) < 1e-9
    assert layout.safe_area().holds(split)
    edges = [-layout.SAFE_X, *(rule.get_x() for rule in split.rules), layout.SAFE_X]
    for panel, head, left, right in zip(split.panels, split.titles, edges, edges[1:], strict=False):
        assert left < panel.get_left()[0] and panel.get_right()[0] < right
        assert panel.get_x() == pytest.approx((left + right) / 2)
        assert head.get_x() == pytest.approx(panel.get_x())
        assert head.get_bottom()[1] > panel.get_top()[1]


def test_titles_share_one_size_and_one_baseline():
    split = SplitFrame(["gypsum", "xxx", "a title that is far too long for its panel, and so all shrink"])
    x_bottom = split.titles[1].get_bottom()[1]
    assert split.titles[0][-2].get_bottom()[1] == pytest.approx(x_bottom, abs=0.01)
    assert split.titles[2].width <= split.panels[2].width + 1e-6
    assert split.titles[1].height < SplitFrame(["a", "xxx"]).titles[1].height


def test_what_is_placed_fits_its_panel_also_after_the_frame_was_moved():
    split = SplitFrame(["one", "two"]).scale(0.5).shift(UP)
    content = split.place(Rectangle(width=9, height=1), 1)
    assert content.width == pytest.approx(split.panels[1].width)
    assert content.get_center() == pytest.approx(split.panels[1].get_center())
    assert box(split.panels[1]).holds(content)
    copy = split.copy().shift(RIGHT)
    assert copy.panels[0].get_x() == pytest.approx(split.panels[0].get_x() + 1)


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (lambda: SplitFrame(["one"]), "1 titles were found; expected 2 to 6"),
        (lambda: SplitFrame("ab"), "1 titles were found"),
        (lambda: SplitFrame(["one", "two"]).place(Square(), 2), "Panel 2 was asked for"),
        (lambda: SplitFrame(["one", "\U0001f600"]), "U\\+1F600"),
        (lambda: TopicList([]), "0 topics were found"),
        (lambda: TopicList(["a"] * 9), "9 topics were found"),
        (lambda: TopicList(["a", " "]), "at least one character"),
        (lambda: SectionTag("here", "guessed"), "origin='guessed' was found"),
        (lambda: TitleCard(""), "at least one character"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(action, sentence):
    with pytest.raises(ValueError, match=sentence):
        action()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(alphabet="abgjlÅé,.!?'", min_size=1, max_size=20), min_size=2, max_size=6))
def test_any_titles_stay_in_their_panels(titles):
    split = SplitFrame(titles)
    for head, panel in zip(split.titles, split.panels, strict=True):
        assert head.get_left()[0] >= panel.get_left()[0] - 1e-6
        assert head.get_right()[0] <= panel.get_right()[0] + 1e-6


# -- topics -----------------------------------------------------------------------------------------------------------


def test_topics_stand_below_each_other_on_one_edge():
    topics = TopicList(["gypsum", "xxx", "lll"])
    assert np.ptp([row[1].get_left()[0] for row in topics.rows]) < 0.01
    steps = np.diff([mark.get_y() for mark in topics.marks])
    assert np.ptp(steps) < 1e-9 and steps[0] < 0


def test_focus_dims_all_but_one_and_moves_on():
    topics = TopicList(["one", "two", "three"]).focus(0).focus(1)
    lights = [row[1][0].get_fill_opacity() for row in topics.rows]
    assert lights == [theme.OPACITY_HALF, 1, theme.OPACITY_HALF]
    scene = Scene()
    scene.add(topics)
    scene.play(topics.animate.focus(2), run_time=0.1)
    assert [row[1][0].get_fill_opacity() for row in topics.rows] == [theme.OPACITY_HALF] * 2 + [1]


def test_topics_come_one_by_one_and_those_before_turn_dim():
    topics, scene = TopicList(["one", "two", "three"]), Scene()
    for number in range(3):
        scene.play(ShowTopic(topics, number), run_time=0.1)
        assert scene.mobjects == topics.rows[: number + 1]
    assert [row[1][0].get_fill_opacity() for row in topics.rows] == [theme.OPACITY_HALF] * 2 + [1]


# -- cards ------------------------------------------------------------------------------------------------------------


def test_a_card_has_its_lines_in_order():
    card = TitleCard("Attention", "how words talk", overline="second part", color=theme.KEY)
    over, below = card.small
    assert over.get_bottom()[1] > card.heading.get_top()[1]
    assert card.heading.get_bottom()[1] > card.rule.get_y() > below.get_top()[1]
    assert card.rule.get_stroke_color().to_hex() == theme.KEY
    assert card.get_center() == pytest.approx([0, 0, 0])
    assert TitleCard("Attention").small == []
    assert layout.safe_area().holds(TitleCard("a heading that is much too long for any frame of this film"))


def test_showing_a_card_ends_with_the_card():
    card, scene = TitleCard("Attention", "how words talk"), Scene()
    before = card.copy()
    scene.play(ShowCard(card), run_time=0.2)
    assert np.allclose(card.heading.get_center(), before.heading.get_center())
    assert card.rule.width == pytest.approx(before.rule.width)
    assert scene.mobjects == card.submobjects


def test_a_tag_stands_in_the_corner_with_its_badge():
    tag = SectionTag("layer 3, head 1", "measured", "gemessen")
    assert tag.get_corner([1, -1, 0])[:2] == pytest.approx([layout.SAFE_X, -layout.SAFE_Y])
    assert tag.badge.origin == "measured" and len(tag.badge.words) == 8
    assert tag.badge.get_left()[0] > tag.words.get_right()[0]
    assert SectionTag("layer 3").badge is None
    copy = tag.copy().shift(UP)
    assert copy.words.get_y() == pytest.approx(tag.words.get_y() + 1)


# -- corrections ------------------------------------------------------------------------------------------------------


def test_a_word_is_struck_out_then_replaced():
    line, scene = label("it stores sentences"), Scene()
    scene.add(line)
    word = line[10:]
    motion = StrikeAndReplace(word, "tendencies")
    motion._setup_scene(scene)
    motion.begin()
    assert motion.strike.width < 1e-9 and motion.correction[0].get_fill_opacity() == 0
    motion.interpolate(0.45)
    assert motion.correction[0].get_fill_opacity() == 0 and motion.strike.width > 0.8 * word.width
    motion.interpolate(1)
    assert motion.strike.get_stroke_color().to_hex() == theme.NEGATIVE
    assert motion.strike.get_stroke_width() == theme.STROKE_STRIKE
    assert motion.strike.get_left()[0] < word.get_left()[0] and motion.strike.get_right()[0] > word.get_right()[0]
    assert word[0].get_fill_opacity() == theme.OPACITY_HALF and line[0].get_fill_opacity() == 1
    assert motion.correction.get_bottom()[1] > word.get_top()[1]
    assert scene.mobjects == [line, motion.strike, motion.correction]


def test_a_drawn_correction_stays_where_it_is_put():
    answer = Square(1).shift(2 * UP)
    scene = Scene()
    scene.play(FadeIn(word := label("wrong")), run_time=0.1)
    scene.play(StrikeAndReplace(word, answer), run_time=0.2)
    assert np.array_equal(answer.points, Square(1).shift(2 * UP).points)
