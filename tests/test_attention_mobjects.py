"""What the attention grid, its layers, arcs and motions show is what they were given."""

from __future__ import annotations

import numpy as np
import pytest
from manim import DOWN, LEFT, RIGHT, UP, Scene, Square, tempconfig

from mobjects import theme
from mobjects.arcs import ContextArcs, FlashArcs, GrowArcs
from mobjects.attention import AttentionTable
from mobjects.attention_animations import ApplyMask, ChangeCells, GatherPairs, GrowCells, MorphDots, SwapCells
from mobjects.attention_board import AttentionBoard
from mobjects.attention_layers import entropy
from mobjects.column_softmax import ColumnSoftmax, SoftmaxColumns
from mobjects.dimming import Dim, Undim
from mobjects.header_chain import HeaderChain
from mobjects.text import symbol
from mobjects.tokens import TokenRow
from model.activations import Quantity

SIZES = (2, 9, 16)


@pytest.fixture(autouse=True, scope="module")
def _scratch_media(tmp_path_factory):
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "dry_run": True}):
        yield


def scores(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, n)) * 2


def softmax(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def future(n: int) -> np.ndarray:
    return np.tril(np.ones((n, n), bool), -1).T


def masked_softmax(values: np.ndarray) -> np.ndarray:
    return softmax(np.where(future(len(values)), -np.inf, values))


def play(scene: Scene, motion, *moments: float):
    """Run a motion on a scene without drawing; return the moments' snapshots taken by the caller's check."""
    motion._setup_scene(scene)
    motion.begin()
    for moment in moments:
        motion.interpolate(moment)
        yield moment
    motion.finish()
    motion.clean_up_from_scene(scene)


def finish(scene: Scene, motion) -> None:
    for _ in play(scene, motion, 0.0, 0.3, 0.7, 1.0):
        pass


def alphas(*mobjects):
    leaves = [leaf for mobject in mobjects for leaf in mobject.family_members_with_points()]
    return [getattr(leaf, paint)[:, 3].copy() for leaf in leaves for paint in ("fill_rgbas", "stroke_rgbas")]


def same(first, second) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


# The grid ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", SIZES)
def test_queries_are_columns_from_the_left_and_keys_are_rows_from_the_top(n) -> None:
    grid = AttentionTable(n)
    centers = np.array([[grid.cell_center(query, key) for key in range(n)] for query in range(n)])
    assert (np.diff(centers[:, :, 0], axis=0) > 0).all() and np.ptp(centers[:, :, 0], axis=1).max() < 1e-9
    assert (np.diff(centers[:, :, 1], axis=1) < 0).all() and np.ptp(centers[:, :, 1], axis=0).max() < 1e-9
    assert len(grid.row_rules) == len(grid.column_rules) == n + 1


def test_cells_follow_a_grid_that_is_moved_scaled_and_turned() -> None:
    grid, marker = AttentionTable(4, 3, cell_width=0.7), Square(0.1)
    marker.move_to(grid.cell_center(2, 1))
    for mobject in (grid, marker):
        mobject.shift([1, 2, 0]).scale(1.7, about_point=[3, 0, 0]).rotate(0.3, about_point=[0, 1, 0])
    np.testing.assert_allclose(grid.cell_center(2, 1), marker.get_center(), atol=1e-9)
    assert grid.cell_width == pytest.approx(0.7 * 1.7)


def test_boxes_surround_exactly_their_cells() -> None:
    grid = AttentionTable(5, cell_width=1.2, cell_height=0.6).shift([1, 1, 0])
    assert grid.cell_box(3, 1).width == pytest.approx(1.2) and grid.cell_box(3, 1).height == pytest.approx(0.6)
    np.testing.assert_allclose(grid.cell_box(3, 1).get_center(), grid.cell_center(3, 1), atol=1e-9)
    assert grid.column_box(2).height == pytest.approx(3.0) and grid.row_box(2).width == pytest.approx(6.0)
    assert grid.column_box(2).get_x() == pytest.approx(grid.cell_center(2, 0)[0])


@pytest.mark.parametrize("n", SIZES)
def test_headers_have_one_size_stand_over_their_cells_and_do_not_touch(n) -> None:
    grid = AttentionTable(n, cell_width=12 / n, cell_height=8 / n)
    queries = [HeaderChain("word" * (1 + i % 2), symbol("E", i), "W", symbol("Q", i)) for i in range(n)]
    keys = [HeaderChain("word", symbol("E", i), "W", symbol("K", i), RIGHT) for i in range(n)]
    grid.place_query_headers(queries).place_key_headers(keys)
    for place, (query, key) in enumerate(zip(queries, keys, strict=True)):
        assert query.result.get_x() == pytest.approx(grid.cell_center(place, 0)[0], abs=1e-6)
        assert key.result.get_y() == pytest.approx(grid.cell_center(0, place)[1], abs=1e-6)
        assert query.width <= grid.cell_width and query.get_bottom()[1] > grid.cell_center(0, -0.5)[1]
        assert key.get_right()[0] < grid.cell_center(-0.5, 0)[0]
    for header, follower in zip(queries, queries[1:], strict=False):
        assert header.get_right()[0] < follower.get_left()[0]
    for header, follower in zip(keys, keys[1:], strict=False):
        assert header.get_bottom()[1] > follower.get_top()[1]


# Layers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", SIZES)
def test_digits_show_the_rounded_values_and_know_where_they_come_from(n) -> None:
    values = Quantity(scores(n), "blocks.1.attn.attn_scores", ("query", "key"), "demo")
    digits = AttentionTable(n).digits(values)
    for (query, key), numeral in digits.items():
        assert numeral.value == float(values[query, key])
        assert float(numeral.text.replace("−", "-")) == round(numeral.value, 1)
        assert numeral.passport == ("blocks.1.attn.attn_scores", (query, key), "demo")
    assert len(digits) == n * n


def test_digits_stay_inside_their_cells_with_points_in_line() -> None:
    grid = AttentionTable(6, cell_width=0.9, cell_height=0.5)
    values = scores(6)
    values[2, 3] = -123.4
    digits = grid.digits(values)
    for cell, numeral in digits.items():
        assert numeral.width <= 0.9 and numeral.height <= 0.5
        assert abs(numeral.get_center() - grid.cell_center(*cell))[0] < 0.45
    for query in range(6):
        assert np.ptp([numeral.anchor[0] for numeral in digits.column(query)]) < 1e-6


@pytest.mark.parametrize("n", SIZES)
def test_dot_areas_are_in_the_ratio_of_their_shares(n) -> None:
    weights = softmax(scores(n))
    dots = AttentionTable(n, cell_width=1.1, cell_height=0.7).dots(weights)
    shown = weights >= 0.001
    areas = np.array([[dots.at(query, key).radius ** 2 for key in range(n)] for query in range(n)])
    np.testing.assert_allclose(areas[shown] / weights[shown], (0.45 * 0.7) ** 2, rtol=1e-6)
    assert (areas[~shown] == 0).all()
    assert all(dot.value == weights[cell] for cell, dot in dots.items())


def test_tiny_shares_are_not_drawn_but_keep_value_and_passport() -> None:
    weights = Quantity([[0.9995, 0.0005], [0.5, 0.5]], "pattern", ("query", "key"), "demo")
    dot = AttentionTable(2).dots(weights).at(0, 1)
    assert dot.radius == 0 and dot.value == 0.0005 and dot.passport == ("pattern", (0, 1), "demo")


@pytest.mark.parametrize("n", SIZES)
def test_masked_cells_form_the_lower_left_triangle_on_the_screen(n) -> None:
    grid = AttentionTable(n, cell_width=1, cell_height=1)
    boxes = grid.mask_boxes()
    assert len(boxes) == n * (n - 1) // 2
    corner = grid.frame.get_corner(DOWN + LEFT)
    for box in boxes:
        right, up = (box.get_center() - corner)[:2]
        assert right + up < n - 1e-6
    assert all(key > query for query, key in boxes.cells)


def test_pairs_join_the_key_of_the_row_with_the_query_of_the_column() -> None:
    grid = AttentionTable(3)
    keys = [symbol("K", i + 1, color=theme.KEY) for i in range(3)]
    queries = [symbol("Q", i + 1, color=theme.QUERY) for i in range(3)]
    pairs = grid.pairs(keys, queries)
    for (query, key), pair in pairs.items():
        assert pair.key.get_fill_color().to_hex() == theme.KEY
        assert len(pair.key.points) == len(keys[key].points) and len(pair.query.points) == len(queries[query].points)
        assert pair.width < grid.cell_width and pair.height < grid.cell_height
        assert pair.key.get_right()[0] < pair.product.get_x() < pair.query.get_left()[0]


def test_heat_sums_and_entropy_say_what_they_stand_for() -> None:
    weights = masked_softmax(scores(5))
    grid = AttentionTable(5)
    assert grid.heat(weights).at(2, 1).get_fill_opacity() == pytest.approx(weights[2, 1])
    sums = grid.sums(weights)
    assert [numeral.text for numeral in sums] == ["1.00"] * 5 and sums[0].passport == "sum of the shown column"
    assert all(numeral.get_top()[1] < grid.cell_center(0, 4.5)[1] for numeral in sums)
    bars = grid.entropy_bars(weights)
    assert [bar.value for bar in bars] == pytest.approx([entropy(column) for column in weights])
    assert entropy(np.full(5, 0.2)) == pytest.approx(np.log(5))
    assert bars[4].level.width / bars[4].track.width == pytest.approx(bars[4].value / np.log(5))


def test_rows_columns_and_discarded_cells_are_found() -> None:
    digits = AttentionTable(4).digits(scores(4), skip=future(4))
    assert len(digits.column(1)) == 2 and len(digits.row(1)) == 3
    assert digits.row(1)[0] is digits.at(1, 1) and not digits.has(0, 1)
    gone = digits.discard(1, 0)
    assert gone not in digits.submobjects and digits.at(3, 3).value == scores(4)[3, 3]
    with pytest.raises(KeyError, match="query 1 and key 0 is empty"):
        digits.at(1, 0)


def test_copies_are_independent_and_complete() -> None:
    grid = AttentionTable(3)
    dots = grid.dots(softmax(scores(3)))
    moved_grid, moved = grid.copy().shift(RIGHT), dots.copy().shift(RIGHT)
    np.testing.assert_allclose(moved_grid.cell_center(1, 1) - grid.cell_center(1, 1), RIGHT, atol=1e-9)
    np.testing.assert_allclose(moved.at(2, 1).middle - dots.at(2, 1).middle, RIGHT, atol=1e-9)
    moved.discard(0, 0)
    assert dots.has(0, 0) and moved.at(2, 1).value == dots.at(2, 1).value


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: AttentionTable(17), "17 x 17 was asked for; 1 to 16"),
        (lambda: AttentionTable(0), "0 x 0 was asked for"),
        (lambda: AttentionTable(3).digits(np.zeros((3, 4))), r"shape \(3, 4\) were found; this grid expects \(3, 3\)"),
        (lambda: AttentionTable(2).digits([[0, np.nan], [0, 0]]), "not finite"),
        (lambda: AttentionTable(2).dots([[0, 1.5], [0, 0]]), "Shares from 0 to 1.5 were found"),
        (lambda: AttentionTable(2).pairs([symbol("K")], [symbol("Q")] * 2), "1 key symbols were found"),
        (lambda: HeaderChain(None, None, None, None), "needs a word, a vector or a result"),
        (lambda: HeaderChain("a", None, None, symbol("Q"), UP), "expected DOWN or RIGHT"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(build, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        build()


# Light ---------------------------------------------------------------------------------------------------------


def test_dimming_in_motion_ends_like_dimming_at_once_and_is_undone_exactly() -> None:
    grid, scene = AttentionTable(4), Scene()
    digits = grid.digits(scores(4)).set_opacity(0.8)
    before = alphas(grid.rules, digits)
    twin = digits.copy()
    grid.copy().dim_except([twin.column(1)], twin, opacity=0.35)
    scene.add(grid, digits)
    finish(scene, Dim(grid.rules, digits, keep=[digits.column(1)], opacity=0.35))
    assert np.allclose(np.concatenate(alphas(digits)), np.concatenate(alphas(twin)))
    assert digits.at(1, 0).get_fill_opacity() == pytest.approx(0.8)
    assert digits.at(0, 0).get_fill_opacity() == pytest.approx(0.28)
    finish(scene, Dim(digits, keep=[digits.at(0, 0)], opacity=0.1))
    assert digits.at(0, 0).get_fill_opacity() == pytest.approx(0.8)
    finish(scene, Undim(grid.rules, digits))
    assert same(before, alphas(grid.rules, digits))
    assert scene.mobjects == [grid, digits]


def test_animate_dims_and_undims_the_grid_itself() -> None:
    grid, scene = AttentionTable(3), Scene()
    before = alphas(grid.rules)
    finish(scene, grid.animate.dim_except(opacity=0.5).build())
    assert grid.rules.family_members_with_points()[0].get_stroke_opacity() == pytest.approx(0.5)
    finish(scene, grid.animate.undim().build())
    assert same(before, alphas(grid.rules))


# Arcs ----------------------------------------------------------------------------------------------------------


def widest(arc) -> float:
    return float(arc.spine_and_widths()[1].max())


def test_arcs_are_as_wide_as_their_shares_and_weak_ones_are_left_out() -> None:
    row = TokenRow(["a", " b", " c", " d", " e"])
    weights = Quantity([0.4, 0.2, 0.04, 0.11, 0.25], "pattern", ("key",), "demo")
    arcs = ContextArcs(row, weights, target=3, full_share=0.5)
    assert [arc.source for arc in arcs] == [0, 1, 4]
    for arc in arcs:
        assert arc.stroke == pytest.approx(theme.STROKE_ARC_MAX * arc.value / 0.5)
        assert widest(arc) == pytest.approx(0.01 * arc.stroke, rel=1e-3)
        assert arc.passport == ("pattern", (arc.source,), "demo")
    assert arcs.weights.tolist() == [0.4, 0.2, 0.04, 0.11, 0.25] and len(arcs.passports) == 5


def test_the_largest_drawn_share_gets_the_full_width_by_default() -> None:
    row = TokenRow(["a", " b", " c", " d"])
    arcs = ContextArcs(row, [0.3, 0.15, 0.02, 0.53], target=3)
    assert [arc.stroke for arc in arcs] == pytest.approx([theme.STROKE_ARC_MAX, theme.STROKE_ARC_MAX / 2])


def test_arcs_lead_from_the_source_to_the_target_above_the_plates() -> None:
    row = TokenRow(["a", " b", " c", " d", " e"])
    arcs = ContextArcs(row, [0.5, 0.0, 0.5, 0.0, 0.0], target=4, max_height=1.0)
    for arc in arcs:
        spine, _ = arc.spine_and_widths()
        assert spine[0][0] == pytest.approx(row.tokens[arc.source].box.get_x(), abs=0.02)
        assert spine[-1][0] == pytest.approx(row.tokens[4].box.get_x(), abs=0.02)
        assert row.boxes.get_top()[1] <= spine[:, 1].min() and spine[:, 1].max() <= row.boxes.get_top()[1] + 1.06
    assert arcs[0].height > arcs[1].height


@pytest.mark.parametrize(
    ("weights", "target", "sentence"),
    [([0.5, 0.5], 0, r"shape \(2,\)"), ([1, 0, 0], 3, "Target 3"), ([2, 0, 0], 0, "Shares from 0 to 2")],
)
def test_arcs_without_a_share_per_token_are_refused(weights, target, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        ContextArcs(TokenRow(["a", " b", " c"]), weights, target)


def test_growing_arcs_end_as_built_and_flashes_leave_nothing() -> None:
    scene = Scene()
    arcs = ContextArcs(TokenRow(["a", " b", " c", " d"]), [0.4, 0.3, 0.3, 0.0], target=3)
    built = [arc.points.copy() for arc in arcs]
    finish(scene, GrowArcs(arcs))
    for arc, points in zip(arcs, built, strict=True):
        np.testing.assert_allclose(arc.points, points, atol=0.02)
    assert scene.mobjects == [arcs]
    flash = FlashArcs(arcs)
    for moment in play(scene, flash, 0.0, 0.5, 1.0):
        lit = max(widest(light) for light in flash.arcs)
        assert (lit > 0.03) == (moment == 0.5)
    assert scene.mobjects == [arcs]
    with pytest.raises(ValueError, match="no arcs to move"):
        FlashArcs(ContextArcs(TokenRow(["a", " b"]), [0.01, 0.99], target=1))


# Motions -------------------------------------------------------------------------------------------------------


def test_layers_enter_and_swap_as_one_mobject_and_end_as_built() -> None:
    scene, grid = Scene(), AttentionTable(3)
    dots, digits = grid.dots(softmax(scores(3))), grid.digits(scores(3))
    built = [mobject.points.copy() for mobject in [*dots, *digits]]
    finish(scene, GrowCells(dots))
    assert scene.mobjects == [dots]
    finish(scene, SwapCells(dots, digits))
    assert scene.mobjects == [digits]
    for mobject, points in zip([*digits], built[9:], strict=True):
        np.testing.assert_allclose(mobject.points, points, atol=1e-9)


def test_pairs_start_on_the_symbols_and_land_in_their_cells() -> None:
    scene, grid = Scene(), AttentionTable(3)
    keys, queries = [symbol("K", i) for i in range(3)], [symbol("Q", i) for i in range(3)]
    grid.place_key_headers(keys).place_query_headers(queries)
    pairs = grid.pairs(keys, queries)
    landed = [leaf.points.copy() for leaf in pairs.family_members_with_points()]
    for moment in play(scene, GatherPairs(pairs, keys, queries), 0.0, 0.5, 1.0):
        if moment == 0.0:
            for (query, key), pair in pairs.items():
                np.testing.assert_allclose(pair.key.points, keys[key].points, atol=1e-9)
                np.testing.assert_allclose(pair.query.points, queries[query].points, atol=1e-9)
    for leaf, points in zip(pairs.family_members_with_points(), landed, strict=True):
        np.testing.assert_allclose(leaf.points, points, atol=1e-9)
        assert leaf.get_fill_opacity() == 1


@pytest.mark.parametrize("n", SIZES)
def test_dots_morph_in_place_and_take_over_values_and_passports(n) -> None:
    scene, grid = Scene(), AttentionTable(n)
    weights = Quantity(masked_softmax(scores(n)), "pattern", ("query", "key"), "demo")
    dots, new = grid.dots(np.full((n, n), 1 / n), passport="equal shares"), grid.dots(weights)
    scene.add(dots)
    reach = 0.45 * grid.cell_height
    for moment in play(scene, MorphDots(dots, new), 0.0, 0.5, 1.0):
        for cell, dot in dots.items():
            # smooth(0.5) = 0.5: half-way the area is the mean of both shares.
            share = {0.0: 1 / n, 0.5: (1 / n + (new.at(*cell).radius / reach) ** 2) / 2}.get(moment)
            assert share is None or dot.radius**2 == pytest.approx(share * reach**2)
    for (query, key), dot in dots.items():
        assert dot.value == float(weights[query, key]) and dot.passport == ("pattern", (query, key), "demo")
        assert dot.radius == pytest.approx(new.at(query, key).radius)


def test_only_layers_of_one_grid_change_into_each_other() -> None:
    dots = AttentionTable(3).dots(softmax(scores(3)))
    with pytest.raises(ValueError, match="they must agree"):
        MorphDots(dots, AttentionTable(2).dots(softmax(scores(2))))
    part = AttentionTable(3).digits(scores(3), skip=future(3))
    with pytest.raises(ValueError, match="use SwapCells"):
        ChangeCells(part, AttentionTable(3).digits(scores(3)))


@pytest.mark.parametrize("n", SIZES)
def test_columns_of_scores_end_as_the_softmax_numpy_computes(n) -> None:
    scene, grid, values = Scene(), AttentionTable(n), scores(n)
    expected = np.array([np.exp(column) / np.exp(column).sum() for column in values])
    digits, sums = grid.digits(values), grid.sums(expected)
    shares = grid.digits(expected, decimals=2, color="share", sign="never")
    places = {cell: numeral.points.copy() for cell, numeral in shares.items()}
    box = grid.column_box(1)
    scene.add(grid, digits, box)
    finish(scene, ColumnSoftmax(grid, 0, digits, shares, sums[0]))
    assert all(not digits.has(0, key) for key in range(n)) and digits.has(1, 0)
    finish(scene, SoftmaxColumns(grid, range(1, n), digits, shares, sums, pointer=box))
    assert shares in scene.mobjects and digits not in scene.mobjects and set(sums) <= set(scene.mobjects)
    for cell, numeral in shares.items():
        assert numeral.value == expected[cell] and numeral.text == f"{expected[cell]:.2f}"
        np.testing.assert_allclose(numeral.points, places[cell], atol=1e-9)
        assert numeral.get_fill_opacity() == 1
    assert box.get_x() == pytest.approx(grid.cell_center(n - 1, 0)[0])
    assert set(scene.mobjects) == {grid, box, shares, *sums}


def test_exponentials_and_their_sum_add_up_while_they_are_divided() -> None:
    scene, grid, values = Scene(), AttentionTable(4), scores(4)
    digits, shares = grid.digits(values), grid.digits(softmax(values), decimals=2, sign="never")
    scene.add(digits)
    motion = ColumnSoftmax(grid, 2, digits, shares)
    for moment in play(scene, motion, 0.0, 0.57, 0.63, 0.66, 0.69, 0.74):
        shown = sum(numeral.value for numeral in motion.powers)
        assert shown == pytest.approx(motion.normaliser.value)
        if moment == 0.57:
            assert [numeral.value for numeral in motion.powers] == pytest.approx(list(np.exp(values[2])))
            assert all(numeral.get_fill_opacity() == 1 for numeral in motion.powers)
        if moment == 0.74:
            assert [numeral.value for numeral in motion.powers] == pytest.approx(list(softmax(values)[2]))
            for power, share in zip(motion.powers, motion.shares, strict=True):
                np.testing.assert_allclose(power.anchor, share.anchor, atol=1e-6)


def test_exponentials_of_scores_far_below_zero_are_not_written_as_zero() -> None:
    scene, grid, values = Scene(), AttentionTable(4), np.array([[-5.7, -3.4, -2.5, -4.6]] * 4)
    digits, shares = grid.digits(values), grid.digits(softmax(values), decimals=2, sign="never")
    scene.add(digits)
    motion = ColumnSoftmax(grid, 2, digits, shares)
    for moment in play(scene, motion, 0.57, 0.74):
        texts = [numeral.text for numeral in (*motion.powers, motion.normaliser)]
        assert texts == (
            ["0.003", "0.033", "0.082", "0.010", "0.129"]
            if moment == 0.57
            else ["0.03", "0.26", "0.64", "0.08", "1.00"]
        )


def test_shares_that_are_not_the_softmax_are_refused() -> None:
    grid, values = AttentionTable(3), scores(3)
    wrong = grid.digits(masked_softmax(values), decimals=2)
    with pytest.raises(ValueError, match="off the softmax of its scores"):
        ColumnSoftmax(grid, 0, grid.digits(values), wrong)
    with pytest.raises(ValueError, match="No columns were named"):
        SoftmaxColumns(grid, [], grid.digits(values), wrong)


@pytest.mark.parametrize("n", SIZES)
def test_masking_removes_the_future_and_ends_with_the_renormalised_shares(n) -> None:
    scene, grid, values = Scene(), AttentionTable(n), scores(n)
    source = Quantity(masked_softmax(values), "pattern", ("query", "key"), "demo")
    shown = grid.digits(softmax(values), decimals=2, color="share", sign="never")
    after = grid.digits(source, decimals=2, color="share", sign="never", skip=future(n))
    boxes = grid.mask_boxes()
    outlines = [box.points.copy() for box in boxes]
    scene.add(grid, shown)
    finish(scene, ApplyMask(boxes, shown, after))
    assert scene.mobjects == [grid, shown, boxes]
    assert set(shown.cells) == {(query, key) for query in range(n) for key in range(query + 1)}
    for (query, key), numeral in shown.items():
        assert numeral.value == float(source[query, key]) and numeral.text == f"{numeral.value:.2f}"
        assert numeral.passport == ("pattern", (query, key), "demo")
    for box, points in zip(boxes, outlines, strict=True):
        np.testing.assert_allclose(box.points, points, atol=1e-9)
    np.testing.assert_allclose(
        [sum(numeral.value for numeral in shown.column(query)) for query in range(n)], 1, atol=1e-9
    )


def test_masked_dots_shrink_to_nothing() -> None:
    scene, grid, values = Scene(), AttentionTable(4), scores(4)
    dots, boxes = grid.dots(softmax(values)), grid.mask_boxes()
    scene.add(dots)
    finish(scene, ApplyMask(boxes, dots, grid.dots(masked_softmax(values))))
    assert all((dot.radius == 0) == (cell in boxes.cells or dot.value < 0.001) for cell, dot in dots.items())


def test_header_chains_name_their_parts_and_leave_out_what_is_missing() -> None:
    full = HeaderChain("fox", symbol("E", 1), "W", symbol("Q", 1))
    parts = [full.word, full.stem, full.vector, full.arrow, full.result]
    assert all(before.get_bottom()[1] > after.get_top()[1] for before, after in zip(parts, parts[1:], strict=False))
    assert full.map_label.get_left()[0] > full.arrow.get_right()[0]
    short = HeaderChain(None, symbol("E", 1), None, symbol("K", 1), RIGHT)
    assert short.word is None and short.stem is None and short.map_label is None
    assert short.vector.get_right()[0] < short.arrow.get_left()[0] < short.result.get_left()[0]
    copy = full.copy().shift(LEFT)
    assert copy.result is copy.submobjects[full.submobjects.index(full.result)]


# -- boards ----------


def test_a_board_of_two_texts_has_a_column_for_each_query_and_a_row_for_each_key() -> None:
    board = AttentionBoard(["ve", " hadur", " <end>"], key_pieces=["the", " king"], width=9, height=6)
    assert board.grid.shape == (3, 2)
    assert [token.piece for token in board.query_tokens] == ["ve", " hadur", " <end>"]
    assert [token.piece for token in board.key_tokens] == ["the", " king"]
    for place, query in enumerate(board.query_symbols):
        assert query.get_x() == pytest.approx(board.grid.cell_center(place, 0)[0], abs=1e-6)
    for place, key in enumerate(board.key_symbols):
        assert key.get_y() == pytest.approx(board.grid.cell_center(0, place)[1], abs=1e-6)


def test_words_that_stand_steeper_over_narrow_columns_are_larger() -> None:
    words = [f" {letter * 8}" for letter in "abcdefghi"]
    flat, steep = (AttentionBoard(words, width=8, height=9, slant=slant) for slant in (40, 60))
    assert flat.grid.cell_width == steep.grid.cell_width
    sizes = [board.query_tokens[0].box.get_arc_length() for board in (flat, steep)]
    assert sizes[1] > 1.2 * sizes[0]
