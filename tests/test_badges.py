"""Badges say by colour, by sign and by word what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import LEFT, RIGHT, UP, Rectangle, Scene, Square, tempconfig

from mobjects import CheckBadge, CrossBadge, Flip, OriginBadge, WarnBadge, theme
from mobjects.badges import ORIGINS

SIGNS = {CheckBadge: "CORRECT", CrossBadge: "NEGATIVE", WarnBadge: "HIGHLIGHT"}


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR"}):
        yield


@pytest.mark.parametrize(("badge_class", "role"), SIGNS.items())
@pytest.mark.parametrize("palette", ["dark", "light"])
def test_a_badge_has_the_colour_of_its_meaning_and_a_sign_inside(badge_class, role, palette):
    before = theme.in_use()
    try:
        theme.use(palette)
        badge = badge_class(0.8)
        assert badge.plate.get_fill_color().to_hex() == getattr(theme, role)
        assert badge.sign.get_fill_color().to_hex() == theme.BACKGROUND
    finally:
        theme.use(before)
    assert badge.width == pytest.approx(0.8)
    assert badge.sign.width < 0.6 * badge.width
    assert np.linalg.norm(badge.sign.get_center() - badge.plate.get_center()) < 0.1 * badge.width


def test_signs_differ_in_shape_too():
    assert len({len(badge().sign.points) for badge in SIGNS}) == 3


def test_a_badge_of_no_size_is_refused():
    with pytest.raises(ValueError, match="A badge of size 0 was found"):
        CheckBadge(0)


def test_each_origin_has_its_word_its_mark_and_its_colour():
    badges = [OriginBadge(origin) for origin in ORIGINS]
    assert [len(badge.words) for badge in badges] == [len(origin) for origin in ORIGINS]
    assert len({badge.words[0].get_fill_color().to_hex() for badge in badges}) == 4
    marks = [(badge.mark.get_fill_opacity(), badge.mark.points[0] - badge.mark.get_center()) for badge in badges]
    assert len({(opacity, *corner.round(2)) for opacity, corner in marks}) == 4
    assert np.ptp([badge.height for badge in badges]) < 1e-9


def test_the_frame_holds_mark_and_words_and_copies_are_their_own():
    badge = OriginBadge("measured", "measured on many facts", size=36)
    assert badge.frame.get_left()[0] < badge.mark.get_left()[0] < badge.words.get_left()[0]
    assert badge.words.get_right()[0] < badge.frame.get_right()[0]
    copy = badge.copy().shift(UP).scale(2)
    assert copy.words is copy[2] and badge.words.get_y() == pytest.approx(0, abs=0.1)
    badge.save_state()
    assert badge.shift(UP).restore().get_y() == pytest.approx(0)


@pytest.mark.parametrize(
    ("arguments", "sentence"), [(["guessed"], "origin='guessed' was found"), (["edited", "\U0001f600"], "U\\+1F600")]
)
def test_what_cannot_be_an_origin_is_refused_with_a_sentence(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        OriginBadge(*arguments)


def test_a_flip_shows_one_side_then_the_other_and_leaves_both_whole():
    before, after = Square(1, fill_opacity=0.5).shift(LEFT), Rectangle(width=2, height=1, fill_opacity=1)
    points = before.points.copy()
    with tempconfig({"dry_run": True, "progress_bar": "none", "verbosity": "ERROR"}):
        scene = Scene()
        scene.add(before)
        motion = Flip(before, after)
        whole = after.points.copy()
        motion._setup_scene(scene)
        motion.begin()
        assert (before.get_fill_opacity(), after.get_fill_opacity()) == (0.5, 0)
        motion.interpolate(0.49)
        assert before.height < 0.2 and before.get_fill_opacity() == 0.5
        motion.interpolate(0.51)
        assert after.height < 0.2 and before.get_fill_opacity() == 0
        motion.interpolate(1)
        motion.finish()
        motion.clean_up_from_scene(scene)
    assert np.array_equal(before.points, points) and before.get_fill_opacity() == 0.5
    assert np.array_equal(after.points, whole) and after.get_center() == pytest.approx(LEFT)
    assert scene.mobjects == [after]


@settings(max_examples=20, deadline=None)
@given(st.text(alphabet="abgjlÅé,.!?'", min_size=1, max_size=12), st.sampled_from(list(ORIGINS)))
def test_any_word_makes_a_badge_of_the_same_height(text, origin):
    badge = OriginBadge(origin, text)
    assert badge.height == pytest.approx(OriginBadge("measured").height)
    assert badge.frame.width > badge.words.width
    assert badge.frame.get_critical_point(RIGHT)[0] > badge.words.get_right()[0]
