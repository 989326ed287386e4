"""Parts of a formula are found by name, coloured by role, and move into another formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import UP, Scene, tempconfig

from mobjects import FormulaWalk, TransformFormula, WalkTo, ZoomLines, formula, theme
from mobjects.formula_walk import expanded

TEMPLATE = '"softmax" ({scores}) {value}'
PARTS = {
    "scores": "frac({product}, sqrt(d_k))",
    "product": "{query} {key}",
    "query": "Q",
    "key": "K^T",
    "value": "V",
}
ROLES = {"scores": "UPDATE", "query": "QUERY", "key": "KEY", "value": "VALUE"}


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    options = {"dry_run": True, "progress_bar": "none", "verbosity": "ERROR", "frame_rate": 10}
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), **options}):
        yield


def attention(**options) -> FormulaWalk:
    return FormulaWalk(TEMPLATE, PARTS, **options)


def lights(formula) -> list[float]:
    return [float(glyph.get_fill_opacity()) for glyph in formula]


def test_it_is_the_formula_without_names():
    walk = attention(size=48)
    plain = formula('"softmax" (frac(Q K^T, sqrt(d_k))) V', size=48)
    assert walk.width == pytest.approx(plain.width, rel=1e-6)
    assert np.concatenate([glyph.points for glyph in walk]) == pytest.approx(plain.points, abs=1e-3)


def test_parts_are_found_by_name_with_those_inside_them():
    walk = attention()
    assert walk.names == list(PARTS)
    sizes = {name: len(walk.part(name)) for name in walk.names}
    # Q, K and T, a bar, a root with its own bar, d and k.
    assert sizes == {"scores": 8, "product": 3, "query": 1, "key": 2, "value": 1}
    assert walk.part("query")[0] in walk.part("product").submobjects
    assert len(walk.own_part("product")) == 0 and len(walk.own_part("scores")) == 5
    assert len(walk.own_part(None)) == len("softmax()")
    assert walk.part("query").get_x() < walk.part("key").get_x() < walk.part("value").get_x()


def test_the_bar_of_a_fraction_is_a_shape_that_can_be_seen():
    for drawn in (FormulaWalk("frac({top}, b)", {"top": "a"}), formula("frac(a, b)")):
        leaves = drawn.family_members_with_points()
        outline = np.concatenate([leaf.points for leaf in leaves])
        middle = outline[np.abs(outline[:, 1]) < 0.08 * np.ptp(outline[:, 1])]
        assert np.ptp(middle[:, 0]) > 0.9 * np.ptp(outline[:, 0])
        assert 0.005 < np.ptp(middle[-20:, 1]) < 0.05


@pytest.mark.parametrize("order", [list(ROLES), list(ROLES)[::-1]])
def test_inner_parts_keep_their_colour_in_whatever_order_colours_are_given(order):
    walk = attention().recolor({name: getattr(theme, ROLES[name]) for name in order})
    for name in ("query", "key", "value"):
        assert {glyph.get_fill_color().to_hex() for glyph in walk.part(name)} == {getattr(theme, ROLES[name])}
    assert {glyph.get_fill_color().to_hex() for glyph in walk.own_part("scores")} == {theme.UPDATE}
    assert {glyph.get_fill_color().to_hex() for glyph in walk.own_part(None)} == {theme.TEXT}


def test_a_box_surrounds_its_part_in_its_colour():
    walk = attention(colors={"query": theme.QUERY})
    box = walk.box("query")
    assert box.get_stroke_color().to_hex() == theme.QUERY
    assert box.get_center() == pytest.approx(walk.part("query").get_center())
    assert 0 < box.width - walk.part("query").width < 0.3
    assert walk.box("value").get_stroke_color().to_hex() == theme.HIGHLIGHT
    assert walk.box("value", theme.KEY).get_stroke_color().to_hex() == theme.KEY


def test_one_box_walks_from_part_to_part():
    scene, walk = Scene(), attention(colors={"key": theme.KEY})
    box = walk.box("query")
    scene.add(walk, box)
    for name in ("key", "scores"):
        scene.play(WalkTo(box, walk, name), run_time=0.3)
        assert np.allclose(box.points, walk.box(name).points)
        assert box.get_stroke_color().to_hex() == (theme.KEY if name == "key" else theme.HIGHLIGHT)
    assert scene.mobjects == [walk, box]


def test_zoom_lines_start_at_a_part():
    walk = attention().shift(2 * UP)
    zoom = ZoomLines(walk.part("query"), attention().shift(UP * -2))
    assert zoom.small_box.get_x() == pytest.approx(walk.part("query").get_x())


def test_parts_of_a_copy_are_its_own_and_states_come_back():
    walk = attention()
    copy = walk.copy().shift(UP).recolor({"query": theme.QUERY})
    assert copy.part("query")[0] is copy[len("softmax(")]
    assert walk.part("query")[0].get_fill_color().to_hex() == theme.TEXT
    walk.save_state()
    walk.scale(2).recolor({"key": theme.KEY}).restore()
    assert walk.part("key")[0].get_fill_color().to_hex() == theme.TEXT
    scene = Scene()
    scene.add(walk)
    scene.play(walk.animate.recolor({"key": theme.KEY}), run_time=0.2)
    assert walk.part("key")[0].get_fill_color().to_hex() == theme.KEY


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (lambda: FormulaWalk("{a} + {b}", {"a": "x"}), r"The formula names \{b\}; parts are given for a"),
        (lambda: FormulaWalk("{a}", {"a": "x", "b": "y"}), "does not name were found: b"),
        (lambda: FormulaWalk("{a}", {"a": "{b}", "b": "{a}"}), "The part 'a' is inside itself"),
        (lambda: FormulaWalk("{a}", {"a": "x"}, {"b": theme.KEY}), "The part 'b' was asked for; the formula has a"),
        (lambda: FormulaWalk("{a}", {"a": "x"}).part("b"), "The part 'b' was asked for"),
        (lambda: FormulaWalk("{a}", {"a": "x"}).box(""), "The part '' was asked for"),
    ],
)
def test_what_has_no_name_is_refused_with_a_sentence(action, sentence):
    with pytest.raises(ValueError, match=sentence):
        action()


# -- one formula becomes another --------------------------------------------------------------------------------------


def played(before, after, moment):
    scene = Scene()
    scene.add(before)
    motion = TransformFormula(before, after)
    motion._setup_scene(scene)
    motion.begin()
    motion.interpolate(moment)
    return scene, motion


def test_a_part_of_the_same_name_moves_and_the_rest_fades():
    before = FormulaWalk("{power}", {"power": "e^(x_i)"}, {"power": theme.UPDATE}, size=60)
    after = FormulaWalk("frac({power}, sum_j e^(x_j))", {"power": "e^(x_i)"}, {"power": theme.KEY}, size=60)
    start, end = (side.part("power").get_center() for side in (before, after))
    scene, motion = played(before, after, 0)
    assert scene.mobjects == [before, after]
    assert after.part("power").get_center() == pytest.approx(start)
    assert after.part("power")[0].get_fill_color().to_hex() == theme.UPDATE
    assert {glyph.get_fill_opacity() for glyph in after.own_part(None)} == {0}
    motion.interpolate(0.5)
    assert after.part("power").get_center() == pytest.approx((start + end) / 2)
    motion.interpolate(1)
    motion.finish()
    motion.clean_up_from_scene(scene)
    assert scene.mobjects == [after]
    assert set(lights(before)) == set(lights(after)) == {1}
    assert before.part("power").get_center() == pytest.approx(start)


def test_both_ends_are_exact():
    before, after = attention(), FormulaWalk("{query} {value}", {"query": "q_i", "value": "V"})
    ends = [[glyph.points.copy() for glyph in side] for side in (before, after)]
    scene, motion = played(before, after, 0)
    assert all(np.array_equal(glyph.points, points) for glyph, points in zip(before, ends[0], strict=True))
    assert set(lights(before)) - {0} == {1} and set(lights(after)) == {0, 1}
    motion.interpolate(0.5)
    motion.interpolate(1)
    motion.clean_up_from_scene(scene)
    for side, points in zip((before, after), ends, strict=True):
        assert all(np.array_equal(glyph.points, one) for glyph, one in zip(side, points, strict=True))
        assert set(lights(side)) == {1}


def test_a_part_of_other_letters_melts_into_its_namesake():
    before, after = FormulaWalk("{a}", {"a": "x"}), FormulaWalk("{a} + 1", {"a": "y z"}).shift(UP)
    _, motion = played(before, after, 0.5)
    assert lights(before) == pytest.approx([0.5])
    assert [float(glyph.get_fill_opacity()) for glyph in after.part("a")] == pytest.approx([0.5] * 2)
    assert before.get_center() == pytest.approx(after.part("a").get_center(), abs=1e-6)


NAMES = st.from_regex(r"[a-z]{1,5}", fullmatch=True)


@settings(max_examples=30, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=5, unique=True))
def test_any_names_are_written_as_manim_reads_them(names):
    source = expanded(" + ".join(f"{{{name}}}" for name in names), dict.fromkeys(names, "x"))
    assert source == " + ".join(f"{{{{ x : {name} }}}}" for name in names)
