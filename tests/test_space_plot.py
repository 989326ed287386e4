"""A space shows the true shadow of its vectors, however it is turned; labels keep out of each other's way."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from manim import RIGHT, UP, FadeIn, Scene, tempconfig
from manim.utils.rate_functions import linear

from mobjects import (
    ChangeValues,
    Dim,
    DirectionField,
    FlashDirection,
    GrowVectors,
    NeighbourList,
    SpacePlot,
    TurnSpace,
    Undim,
    nearest,
    theme,
)
from mobjects.direction_field import scattered
from mobjects.shadows import parted, principal_axes, share_kept, upright_axes, view
from model.activations import Quantity

HIGH = np.random.default_rng(0).normal(0, 1, (6, 32))
SPACE = np.random.default_rng(1).normal(0, 1, (6, 3))
PLANE = np.array([[2.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
WORDS = ["king", "queen", "été", "fox", "ox", "Åse"]


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    folder = str(tmp_path_factory.mktemp("media"))
    with tempconfig({"media_dir": folder, "dry_run": True, "quality": "low_quality", "verbosity": "ERROR"}):
        yield


def points_of(plot: SpacePlot) -> list[np.ndarray]:
    return [leaf.points for leaf in plot.family_members_with_points()]


def same(first: SpacePlot, second: SpacePlot, atol: float = 1e-9) -> bool:
    pairs = zip(points_of(first), points_of(second), strict=True)
    return all(len(one) == len(other) and np.allclose(one, other, atol=atol) for one, other in pairs)


def overlapping(plot: SpacePlot) -> list[tuple[int, int]]:
    boxes = [(text.get_left()[0], text.get_bottom()[1], text.get_right()[0], text.get_top()[1]) for text in plot.labels]
    return [
        (i, j)
        for (i, a), (j, b) in combinations(enumerate(boxes), 2)
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


# -- where things are -------------------------------------------------------------------------------------------------


def test_two_numbers_are_drawn_flat_to_scale() -> None:
    plot = SpacePlot(PLANE, reach=3)
    assert plot.flat and len(plot.axes) == 2 and plot.kept == pytest.approx(1)
    tips = np.array([plot.tip(place)[:2] for place in range(3)])
    np.testing.assert_allclose(tips, PLANE * 1.5, atol=1e-9)


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (30, 20), (-170, 80)])
def test_a_view_is_a_rotation_and_loses_nothing_but_the_depth(yaw, pitch) -> None:
    turned = view(yaw, pitch)
    np.testing.assert_allclose(turned @ turned.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turned) == pytest.approx(1)
    plot = SpacePlot(SPACE, reach=2, yaw=yaw, pitch=pitch)
    placed = plot.place(SPACE)
    lengths = (placed[:, :2] ** 2).sum(axis=1) / 4 + placed[:, 2] ** 2
    np.testing.assert_allclose(lengths * plot.longest**2, (SPACE**2).sum(axis=1))


def test_a_quarter_turn_brings_what_was_in_front_to_the_right() -> None:
    plot = SpacePlot([[0, 0, 1], [1, 0, 0]], reach=1, yaw=90, pitch=0)
    np.testing.assert_allclose(plot.tip(0), [1, 0, 0], atol=1e-9)
    assert SpacePlot([[0, 0, 1]], pitch=30).tip(0)[1] < 0 < SpacePlot([[0, 0, -1]], pitch=30).tip(0)[1]


def test_of_many_numbers_the_principal_axes_are_drawn_and_the_share_kept_is_known() -> None:
    plot = SpacePlot(HIGH)
    spreads = np.sort(np.linalg.eigvalsh(np.cov(HIGH.T)))[::-1]
    assert plot.kept == pytest.approx(spreads[:3].sum() / spreads.sum())
    np.testing.assert_allclose(plot.coordinates, HIGH @ plot.basis.T)
    np.testing.assert_allclose(plot.basis @ plot.basis.T, np.eye(3), atol=1e-9)
    assert all(axis[np.abs(axis).argmax()] > 0 for axis in plot.basis)
    assert share_kept(HIGH[:1], principal_axes(HIGH[:1])) == pytest.approx(1)


def test_chosen_directions_become_right_angled_and_the_first_stays() -> None:
    chosen = np.array([[2.0, 0, 0, 0], [1.0, 1.0, 0, 0], [0, 1.0, -3.0, 0]])
    np.testing.assert_allclose(upright_axes(chosen, 4), [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1, 0]], atol=1e-12)
    assert SpacePlot(HIGH, basis=HIGH[:2]).flat


def test_nearer_arrows_are_drawn_later_thicker_and_brighter_and_no_label_is_too_small() -> None:
    plot = SpacePlot([[1, 0, 1], [1, 0, -1]], ["near", "near"], theme.TEXT, yaw=0)
    near, far = plot.arrows
    assert near.z_index > far.z_index and plot.labels[0].z_index > near.z_index
    assert near.get_fill_color().to_rgb()[0] > far.get_fill_color().to_rgb()[0]
    assert plot.labels[0].height > plot.labels[1].height
    alone = SpacePlot([[1, 0]], ["near"]).labels[0].height
    assert plot.labels[1].height > alone - 1e-9


def test_a_difference_runs_from_tip_to_tip_and_can_be_carried_elsewhere() -> None:
    plot = SpacePlot(SPACE)
    difference, carried = plot.add_difference(0, 1), plot.add_difference(0, 1, at=2)
    np.testing.assert_allclose(difference.points[0::4][3], plot.tip(1), atol=1e-9)
    landing = plot.place(SPACE[2] + SPACE[1] - SPACE[0])[0, :2]
    np.testing.assert_allclose(carried.points[0::4][3, :2], landing, atol=1e-9)
    plot.turn(70)
    np.testing.assert_allclose(difference.points[0::4][3], plot.tip(1), atol=1e-9)


def test_dots_stand_where_the_tips_would_be() -> None:
    dots, arrows = SpacePlot(SPACE, dots=True), SpacePlot(SPACE)
    for place, dot in enumerate(dots.arrows):
        np.testing.assert_allclose(dot.get_center(), arrows.tip(place), atol=1e-6)
        assert dot.width == pytest.approx(dot.height)


# -- labels -----------------------------------------------------------------------------------------------------------

places = st.floats(-3, 3).map(lambda value: round(value, 2))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(places, places, st.floats(0.2, 2), st.floats(0.2, 0.5)), min_size=1, max_size=14))
def test_labels_never_overlap_and_those_in_no_ones_way_stay(boxes) -> None:
    centers, sizes = np.array(boxes)[:, :2], np.array(boxes)[:, 2:]
    moved = centers + np.column_stack([np.zeros(len(boxes)), parted(centers, sizes)])
    for i, j in combinations(range(len(boxes)), 2):
        apart = np.abs(moved[i] - moved[j]) - (sizes[i] + sizes[j]) / 2
        assert apart.max() > -1e-9
    assert parted(np.array([[0.0, 0], [5, 0]]), np.ones((2, 2))).tolist() == [0, 0]


@pytest.mark.parametrize("yaw", range(-180, 180, 40))
def test_labels_of_near_vectors_do_not_overlap_at_any_turn(yaw) -> None:
    bundle = np.array([1.0, 0.5, 0]) + 0.1 * SPACE
    assert overlapping(SpacePlot(bundle, WORDS, yaw=yaw)) == []


# -- motion -----------------------------------------------------------------------------------------------------------


def test_a_turn_ends_where_it_should_whatever_the_frames_before() -> None:
    plot, other = SpacePlot(SPACE, WORDS, yaw=0), SpacePlot(SPACE, WORDS, yaw=0)
    slow, fast = TurnSpace(plot, yaw=100), TurnSpace(other, yaw=100)
    slow.begin()
    fast.begin()
    for alpha in np.linspace(0, 0.5, 13):
        slow.interpolate(alpha)
    fast.interpolate(0.5)
    assert all(np.array_equal(one, two) for one, two in zip(points_of(plot), points_of(other), strict=True))
    scene = Scene()
    scene.add(plot)
    scene.play(TurnSpace(plot, yaw=45), run_time=0.2)
    assert same(plot, SpacePlot(SPACE, WORDS, yaw=45))
    scene.play(TurnSpace(plot, speed=30, run_time=0.5))
    assert plot.yaw == pytest.approx(60)
    assert scene.mobjects == [plot]


def test_labels_glide_through_a_turn_without_jumps() -> None:
    plot = SpacePlot(SPACE, WORDS, yaw=0)
    turn = TurnSpace(plot, yaw=180, rate_func=linear)
    turn.begin()
    before = None
    for alpha in np.linspace(0, 1, 361):
        turn.interpolate(alpha)
        now = np.array([text.get_center() for text in plot.labels])
        if before is not None:
            assert np.abs(now - before).max() < 0.12
        before = now


def test_arrows_grow_to_what_they_were_while_the_space_turns() -> None:
    scene, plot = Scene(), SpacePlot(SPACE, WORDS, yaw=0)
    scene.play(FadeIn(plot.floor, plot.axes), run_time=0.1)
    grow = GrowVectors(plot)
    grow.begin()
    assert np.ptp(plot.arrows[0].points, axis=0).max() < 1e-9 and plot.labels[0][0].get_fill_opacity() == 0
    grow.finish()
    scene.play(GrowVectors(plot), TurnSpace(plot, yaw=20), run_time=0.3)
    assert scene.mobjects == [plot]
    assert same(plot, SpacePlot(SPACE, WORDS, yaw=20))
    assert all(glyph.get_fill_opacity() == 1 for text in plot.labels for glyph in text)


def test_vectors_move_to_others_on_the_same_axes_and_carry_their_passports() -> None:
    first = Quantity(HIGH, "embed.weight", ("vocab", "n_embd"), "step 0")
    last = Quantity(-2 * HIGH, "embed.weight", ("vocab", "n_embd"), "step 9")
    plot, scene = SpacePlot(first, WORDS), Scene()
    assert plot.passports[3] == first[3].passport
    basis = plot.basis.copy()
    scene.play(ChangeValues(plot, last), run_time=0.2)
    np.testing.assert_array_equal(plot.values, -2 * HIGH)
    np.testing.assert_allclose(plot.coordinates, -2 * HIGH @ basis.T)
    assert plot.passports[3] == last[3].passport
    with pytest.raises(ValueError, match="as drawn"):
        plot.set_values(HIGH[:2])


def test_turning_leaves_the_light_alone() -> None:
    plot, scene = SpacePlot(SPACE, WORDS), Scene()
    scene.add(plot)
    scene.play(Dim(plot, keep=[plot.vector(1)]), TurnSpace(plot, yaw=50), run_time=0.2)
    assert plot.arrows[0].get_fill_opacity() == pytest.approx(theme.OPACITY_CONTEXT)
    assert plot.arrows[1].get_fill_opacity() == 1
    scene.play(Undim(plot), run_time=0.1)
    assert plot.arrows[0].get_fill_opacity() == 1


def test_a_moved_scaled_copied_or_restored_plot_turns_where_it_is() -> None:
    plot = SpacePlot(SPACE, WORDS, yaw=0)
    origin = plot.frame.get_center()
    moved = plot.copy().scale(0.5, about_point=origin).shift(2 * RIGHT + UP)
    moved.turn(40)
    expected = SpacePlot(SPACE, WORDS, yaw=40).scale(0.5, about_point=origin).shift(2 * RIGHT + UP)
    assert same(moved, expected)
    assert plot.yaw == 0 and same(plot, SpacePlot(SPACE, WORDS, yaw=0))
    plot.save_state()
    plot.turn(90).tint(0, theme.KEY).restore()
    assert plot.yaw == 0 and plot.colors[0] == theme.EMBEDDING
    assert same(plot.redraw(), SpacePlot(SPACE, WORDS, yaw=0))
    scene = Scene()
    scene.add(plot)
    scene.play(plot.animate.turn(30).tint(0, theme.KEY), run_time=0.2)
    assert plot.yaw == 30 and plot.colors[0] == theme.KEY
    assert same(plot, SpacePlot(SPACE, WORDS, yaw=30))


# -- directions -------------------------------------------------------------------------------------------------------


def test_a_field_is_one_shape_of_parallel_strokes_inside_the_space() -> None:
    plot = SpacePlot(SPACE, yaw=10)
    field = DirectionField(plot, SPACE[0], count=200)
    strokes = field.points.reshape(200, -1, 3)
    assert len(field.family_members_with_points()) == 1
    along = strokes[:, 16] - strokes[:, 0]  # eight curves of four points: the fifth corner is the far end
    shown = plot.place(SPACE[0])[0, :2]
    angles = np.cross(np.pad(along[:, :2], ((0, 0), (0, 1))), np.append(shown, 0))[:, 2]
    assert np.abs(angles).max() < 1e-9 and (along[:, :2] @ shown > 0).all()
    assert np.linalg.norm(scattered(500, 3)[:, :3], axis=1).max() < 1
    assert len(np.unique(scattered(500, 2), axis=0)) == 500
    assert np.abs(scattered(500, 3)[:, :3].mean(axis=0)).max() < 0.05


def test_flashes_come_and_go() -> None:
    plot, scene = SpacePlot(SPACE), Scene()
    flash = FlashDirection(plot, SPACE[0], count=50)
    flash.begin()
    strokes = flash.field.points.reshape(50, -1, 3)
    assert np.ptp(strokes, axis=1).max() < 1e-9
    flash.interpolate(0.5)
    assert np.ptp(flash.field.points.reshape(50, -1, 3), axis=1).max() > 0.1
    flash.finish()
    assert np.ptp(flash.field.points.reshape(50, -1, 3), axis=1).max() < 1e-9
    scene.add(plot)
    scene.play(FlashDirection(plot, SPACE[0]), run_time=0.2)
    assert scene.mobjects == [plot]


# -- neighbours -------------------------------------------------------------------------------------------------------


def test_the_nearest_are_those_found_by_looking_at_every_pair() -> None:
    found, cosines = nearest(HIGH, 2, count=3)
    slow = [HIGH[i] @ HIGH[2] / np.linalg.norm(HIGH[i]) / np.linalg.norm(HIGH[2]) for i in range(6)]
    assert found == [i for i in np.argsort(slow)[::-1] if i != 2][:3]
    np.testing.assert_allclose(cosines, [slow[i] for i in found])
    assert nearest(HIGH, HIGH[2], count=1)[0] == [2]


def test_a_list_says_words_and_cosines_level_and_aligned() -> None:
    rows = NeighbourList(["gyp", "fox", "Åse"], [0.5, 0.25, -0.125], passport="cosine: embedding")
    assert [number.text for number in rows.numbers] == ["0.50", "0.25", "−0.12"]
    assert [number.passport for number in rows.numbers] == ["cosine: embedding"] * 3
    assert np.ptp([number.anchor[0] for number in rows.numbers]) < 1e-9
    assert np.ptp([word.get_left()[0] for word in rows.words]) < 1e-9
    assert np.ptp(np.diff([number.anchor[1] for number in rows.numbers])) < 1e-9
    quantity = Quantity([0.5, 0.25], "cosines", ("word",), "demo")
    assert NeighbourList(["a", "b"], quantity).numbers[1].passport == quantity[1].passport


# -- at the door ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SpacePlot([]), r"shape \(0,\)"),
        (lambda: SpacePlot([[1.0]]), r"shape \(1, 1\)"),
        (lambda: SpacePlot(np.ones((65, 3))), "1 to 64"),
        (lambda: SpacePlot([[1, 2], [1, 2, 3]]), "different lengths"),
        (lambda: SpacePlot([[1, np.nan]]), "not finite"),
        (lambda: SpacePlot([[0, 0], [0, -0.0]]), "in the origin"),
        (lambda: SpacePlot(PLANE, ["a"]), "1 labels were found for 3"),
        (lambda: SpacePlot(PLANE, ["a", "b", "\u4e00"]), "U\\+4E00"),
        (lambda: SpacePlot(PLANE, colors=[theme.KEY]), "1 colours were found for 3"),
        (lambda: SpacePlot(HIGH, basis=HIGH[:1]), "expected \\(2, 32\\)"),
        (lambda: SpacePlot(HIGH, basis=[HIGH[0], 2 * HIGH[0]]), "depend on each other"),
        (lambda: TurnSpace(SpacePlot(PLANE), yaw=1), "flat plane"),
        (lambda: GrowVectors(SpacePlot(PLANE), []), "No arrows"),
        (lambda: DirectionField(SpacePlot(SPACE), [1, 2]), r"shape \(2,\)"),
        (lambda: DirectionField(SpacePlot(SPACE), [0, 0, 0]), "without a shadow"),
        (lambda: DirectionField(SpacePlot(SPACE), SPACE[0], count=0), "0 strokes"),
        (lambda: NeighbourList([], []), "0 words"),
        (lambda: NeighbourList(["a"], [1.5]), "beyond -1 to 1"),
        (lambda: nearest(HIGH, np.zeros(32)), "not zero"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(make, words) -> None:
    with pytest.raises(ValueError, match=words):
        make()


numbers = st.sampled_from([0.0, -0.0, 1e-9, 1e9, 1.0, -3.25])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(2, 5).flatmap(lambda d: st.lists(st.lists(numbers, min_size=d, max_size=d), min_size=1, max_size=4)))
def test_any_vectors_are_drawn_and_kept_as_given(vectors) -> None:
    if not np.any(vectors):
        return
    plot = SpacePlot(vectors)
    np.testing.assert_array_equal(plot.values, vectors)
    assert all(np.isfinite(points).all() for points in points_of(plot))
    assert 0 <= plot.kept <= 1 + 1e-9
