"""The river is as wide as the norms it was given, and light and water leave it as it was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from manim import Scene, tempconfig

from mobjects import Block, ChangeValues, FlowIn, ResidualRiver, TapPulse, layout
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR", "dry_run": True}):
        yield


NORMS = Quantity(np.array([1.0, 2.0, 4.0, 3.0, 8.0]), "norms", ("stretch",), "demo")


def blocks(layers=2):
    return [Block(word, kind=word.lower()) for word in ("Attention", "MLP") * layers]


def width_at(river, x):
    """How wide the water is at a place, from its outline."""
    ends = river.water.points[::4]
    half = len(ends) // 2
    sides = [np.interp(x, *part[np.argsort(part[:, 0]), :2].T) for part in (ends[:half], ends[half:])]
    return abs(sides[0] - sides[1])


def picture(river):
    leaves = river.family_members_with_points()
    return [
        np.concatenate([leaf.points.ravel(), leaf.fill_rgbas.ravel(), leaf.stroke_rgbas.ravel()]) for leaf in leaves
    ]


def same(first, second):
    return len(first) == len(second) and all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_the_river_is_as_wide_as_its_norms_in_proportion():
    river = ResidualRiver(blocks(), NORMS, thickness=1.2)
    widths = [width_at(river, river.stretch(place)[0]) for place in range(5)]
    assert np.allclose(widths, 1.2 * NORMS.values / 8, atol=1e-6)
    assert layout.safe_area().holds(river)


def test_it_keeps_its_norms_and_their_passports():
    river = ResidualRiver(blocks(), NORMS)
    assert np.array_equal(river.values, NORMS.values)
    assert river.passports[2] == ("norms", (2,), "demo")
    river.set_values(2 * NORMS.values, "declared")
    assert river.passports == ["declared"] * 5
    assert width_at(river, river.stretch(2)[0]) == pytest.approx(1.2)
    assert ResidualRiver(blocks()).passports == [None] * 5


def test_each_block_reads_before_it_adds_and_blocks_of_a_kind_stand_on_one_side():
    river = ResidualRiver(blocks(), NORMS)
    for tap in river.taps:
        assert tap.read.start[0] < tap.block.get_x() < tap.plus.get_x()
        assert np.allclose(tap.read.end[0], tap.read.start[0])
        assert np.allclose(
            tap.write.end, tap.plus.ring.get_top() if tap.block.get_y() > 0 else tap.plus.ring.get_bottom(), atol=0.01
        )
    assert [np.sign(tap.block.get_y()) for tap in river.taps] == [1, -1, 1, -1]
    places = [place for tap in river.taps for place in (tap.read.start[0], tap.plus.get_x())]
    assert places == sorted(places)


@pytest.mark.parametrize("layers", [1, 6])
def test_blocks_do_not_touch_each_other_or_the_water(layers):
    river = ResidualRiver(blocks(layers))
    for side in (1, -1):
        row = [tap.block for tap in river.taps if np.sign(tap.block.get_y()) == side]
        assert all(a.get_right()[0] < b.get_left()[0] for a, b in zip(row, row[1:], strict=False))
        assert all(abs(block.get_y()) - block.height / 2 > river.water.height / 2 for block in row)


def test_taps_are_found_by_the_titles_of_their_blocks():
    river = ResidualRiver(blocks())
    assert river.tap("MLP", 1) is river.taps[3]
    with pytest.raises(ValueError, match="the river has 'Attention', 'MLP'"):
        river.tap("Norm")


@example([0.0, 0.0, 2e-313])
@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([0.0, -0.0, 1e-9, 1e9]) | st.floats(0, 1e6), min_size=3, max_size=3))
def test_any_norms_are_kept_and_never_drawn_wider_than_the_river(norms):
    river = ResidualRiver(blocks(1), norms, thickness=1)
    assert np.array_equal(river.values, norms)
    assert np.isfinite(river.water.points).all()
    assert river.water.height <= 1 + 1e-9


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ResidualRiver([]), "at least one Block"),
        (lambda: ResidualRiver(blocks(), [1.0, 2.0]), "expected 5 numbers"),
        (lambda: ResidualRiver(blocks(1), [1.0, -2.0, 1.0]), "at least 0"),
        (lambda: ResidualRiver(blocks(1), [1.0, np.nan, 1.0]), "expected 3 numbers"),
        (lambda: ResidualRiver(blocks(1)).stretch(3), "0 to 2"),
    ],
)
def test_what_is_no_river_is_refused_with_a_sentence(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_copies_scaled_and_restored_rivers_keep_proportion_and_numbers():
    river = ResidualRiver(blocks(), NORMS)
    before = picture(river)
    other = river.copy().scale(0.5).shift([1, 1, 0]).set_values(NORMS.values[::-1].copy())
    assert same(picture(river), before) and np.array_equal(river.values, NORMS.values)
    assert width_at(other, other.stretch(0)[0]) == pytest.approx(0.6)
    river.save_state()
    river.set_values(np.ones(5)).restore()
    assert np.array_equal(river.values, NORMS.values)
    assert river.passports[0] == ("norms", (0,), "demo")


def test_norms_change_by_animation_and_end_exactly():
    river = ResidualRiver(blocks(), np.ones(5))
    motion = ChangeValues(river, NORMS)
    motion.begin()
    motion.interpolate(0.5)
    assert np.allclose(river.values, (1 + NORMS.values) / 2)
    motion.finish()
    assert np.array_equal(river.values, NORMS.values)
    assert river.passports[4] == ("norms", (4,), "demo")


def test_water_flows_in_from_the_left_and_is_whole_in_the_end():
    river, scene = ResidualRiver(blocks(), NORMS), Scene()
    before = picture(river)
    motion = FlowIn(river)
    motion._setup_scene(scene)
    motion.begin()
    fronts = []
    for moment in (0.0, 0.3, 0.6, 0.9):
        motion.interpolate(moment)
        fronts.append(river.water.get_right()[0])
        assert np.isfinite(river.water.points).all()
    assert fronts == sorted(fronts)
    motion.interpolate(0.4)
    assert river.taps[3].block.body.get_fill_opacity() < river.taps[0].block.body.get_fill_opacity()
    motion.finish()
    motion.clean_up_from_scene(scene)
    assert scene.mobjects == [river]
    assert same(picture(river), before)


def test_light_reads_then_writes_and_leaves_no_trace():
    river, scene = ResidualRiver(blocks(), NORMS), Scene()
    scene.add(river)
    before = picture(river)
    motion = TapPulse(river.tap("MLP"))
    motion._setup_scene(scene)
    motion.begin()
    shining = []
    for moment in (0.1, 0.5, 0.8):
        motion.interpolate(moment)
        shining.append([light.has_points() for light in motion.lights])
    assert shining == [[True, False], [False, False], [False, True]]
    motion.finish()
    motion.clean_up_from_scene(scene)
    assert scene.mobjects == [river]
    assert same(picture(river), before)
