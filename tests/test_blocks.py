"""Diagrams say what they were told, keep their blocks apart, and come back from every motion as they were."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import Scene, VMobject, tempconfig

from mobjects import (
    Block,
    BlockDiagram,
    Bypass,
    DiagramPulse,
    FlowPath,
    FoldStack,
    PlusNode,
    StackBar,
    StackDiagram,
    UnfoldStack,
    kind_color,
    layout,
    theme,
)
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR", "dry_run": True}):
        yield


COUNTS = Quantity(np.array([1024.0, 4096.0, 2048.0]), "ledger", ("row",), "demo")


def lane(direction="up", **options):
    steps = [
        Bypass(Block("Norm", kind="norm"), Block("Attention", kind="attention")),
        Bypass(Block("Norm", kind="norm"), Block("MLP", kind="mlp")),
    ]
    return BlockDiagram(steps, direction=direction, **options)


def picture(mobject):
    """All points and colours, as plain numbers."""
    leaves = mobject.family_members_with_points()
    return [
        np.concatenate([leaf.points.ravel(), leaf.fill_rgbas.ravel(), leaf.stroke_rgbas.ravel()]) for leaf in leaves
    ]


def same(first, second):
    return len(first) == len(second) and all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def boxes_overlap(first, second):
    gaps = np.abs(first.get_center() - second.get_center())[:2]
    return bool((2 * gaps < np.array([first.width + second.width, first.height + second.height]) - 1e-6).all())


@pytest.mark.parametrize(("kind", "role"), [("attention", "ATTENTION"), ("mlp", "MLP"), ("embedding", "TABLE")])
def test_a_block_has_the_colour_of_its_kind_in_every_palette(kind, role):
    try:
        for palette in ("light", "dark"):
            theme.use(palette)
            assert Block("Step", kind=kind).body.get_stroke_color().to_hex() == getattr(theme, role) == kind_color(kind)
    finally:
        theme.use("dark")


def test_a_block_holds_its_words_and_its_ports_are_the_middles_of_its_edges():
    block = Block("Up map", "every layer", parameters=COUNTS[1]).shift([2, 1, 0]).scale(0.7)
    assert block.lines.width < block.body.width and block.lines.height < block.body.height
    assert np.allclose(block.port("top") + block.port("bottom"), block.port("left") + block.port("right"))
    assert np.allclose(block.port("right"), block.body.get_right())
    with pytest.raises(ValueError, match="expected one of top, bottom, left, right"):
        block.port("north")


def test_a_block_keeps_its_count_and_its_passport():
    block = Block("Up map", parameters=COUNTS[1])
    assert block.parameters.value == 4096
    assert block.parameters.text == "4,096"
    assert block.parameters.passport == ("ledger", (1,), "demo")
    assert Block("Up map", parameters=12, passport="count: made here").parameters.passport == "count: made here"
    assert Block("Up map").parameters is None


@settings(max_examples=20, deadline=None)
@given(count=st.sampled_from([0.0, -0.0, 1e-9, 1e9, 12345.0]) | st.integers(0, 10**9).map(float))
def test_any_count_fits_its_block_and_is_kept_exactly(count):
    block = Block("MLP", parameters=count, passport="declared")
    assert block.parameters.value == count
    assert block.body.width > block.lines.width
    assert "." not in block.parameters.text


def test_titles_in_a_row_share_a_baseline_whatever_hangs_below_it():
    plain, hanging = Block("Norm"), Block("Norm gym")
    assert plain.title[0].get_bottom()[1] == pytest.approx(hanging.title[0].get_bottom()[1])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Block("MLP", kind="magic"), "expected one of attention"),
        (lambda: Block(" "), "at least one character"),
        (lambda: Block("注意"), "The font has no"),
        (lambda: Block("Attention", width=0.5), "Shorten them or make it larger"),
        (lambda: Block("MLP", parameters=float("nan")), "not a number"),
        (lambda: Bypass(), "at least one block"),
        (lambda: BlockDiagram([]), "no steps"),
        (lambda: BlockDiagram([Block("MLP")], direction="down"), 'expected "up" or "right"'),
        (lambda: BlockDiagram(["MLP"]), "neither a Block nor a Bypass"),
        (lambda: BlockDiagram([Block("MLP")] * 2), "found twice"),
        (lambda: BlockDiagram([Block(f"Step {n}") for n in range(40)]), "fewer steps or more room"),
        (lambda: BlockDiagram([Block("MLP")], side_inputs={"Norm": "x"}), "the diagram has 'MLP'"),
        (lambda: FlowPath([[0, 0, 0]]), "at least two points"),
        (lambda: StackDiagram([]), "0 bars"),
        (lambda: StackDiagram(["layer"] * 13), "1 to 12"),
        (lambda: StackDiagram(["a", "b"], parameters=COUNTS), "one for each of 2 bars"),
        (lambda: StackDiagram(["a"], parameters=[float("inf")]), "one for each of 1 bars"),
        (lambda: StackDiagram(["a"], side="top"), 'expected "left" or "right"'),
        (lambda: DiagramPulse(lane(), shares=[1.0]), "each of 7 arrows"),
        (lambda: DiagramPulse(lane(), shares=[2.0] * 7), "from 0 to 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize("direction", ["up", "right"])
def test_nodes_stand_in_order_apart_and_inside_the_safe_area(direction):
    diagram = lane(direction, repeat=6, passport="count: layers", start="in", end="out")
    axis = 1 if direction == "up" else 0
    places = [node.get_center()[axis] for node in diagram.nodes]
    assert places == sorted(places)
    assert [type(node) for node in diagram.nodes] == [Block, Block, PlusNode] * 2
    parts = [*diagram.nodes, *diagram.end_labels, *diagram.repeat[1:]]
    assert not any(boxes_overlap(*pair) for pair in combinations(parts, 2))
    assert layout.safe_area().holds(diagram)


def test_arrows_lead_from_node_to_node():
    diagram = lane()
    for arrow, before, after in zip(diagram.arrows[1:-1], diagram.nodes[:-1], diagram.nodes[1:], strict=True):
        assert np.allclose(arrow.start, before.get_top(), atol=0.02)
        assert np.allclose(arrow.end, after.get_bottom(), atol=0.02)


def test_a_bypass_passes_its_blocks_at_a_distance_and_ends_at_its_plus():
    diagram = lane()
    for bypass, plus, blocks in zip(
        diagram.bypasses, diagram.pluses, (diagram.blocks[:2], diagram.blocks[2:]), strict=True
    ):
        path = bypass[0]
        assert path.start[1] < blocks[0].get_bottom()[1]
        assert np.allclose(path.end, plus.ring.get_right(), atol=0.01)
        sides = path.spine()[
            (path.spine()[:, 1] > blocks[0].get_bottom()[1]) & (path.spine()[:, 1] < plus.get_y() - 0.3)
        ]
        assert (sides[:, 0] > max(block.get_right()[0] for block in blocks) + 0.1).all()


def test_blocks_are_found_by_title_and_those_of_one_title_by_occurrence():
    diagram = lane()
    assert diagram.block("Norm") is diagram.blocks[0]
    assert diagram.block("Norm", 1) is diagram.blocks[2]
    with pytest.raises(ValueError, match="occurrence 2"):
        diagram.block("Norm", 2)


def test_a_side_input_ends_at_its_block():
    diagram = lane(side_inputs={"Attention": "keys, values"})
    assert np.allclose(diagram.side_inputs[0][0].end, diagram.block("Attention").port("left"), atol=1e-6)
    assert not boxes_overlap(diagram.side_inputs[0][1], diagram.block("Attention"))


def test_side_inputs_too_long_for_a_row_are_refused():
    steps = [Block("A"), Block("B")]
    with pytest.raises(ValueError, match="would overlap"):
        BlockDiagram(steps, direction="right", side_inputs={"A": "a very long account", "B": "another long account"})


def test_the_repeat_is_a_number_with_a_passport():
    diagram = lane(repeat=Quantity(np.array(6.0), "config", (), "demo"))
    assert diagram.repeat[2].value == 6
    assert diagram.repeat[2].passport == ("config", (), "demo")


def test_a_bracket_spans_the_steps_that_repeat_and_where_they_branch_off():
    steps = [Block("Embedding"), Bypass(Block("Attention")), Bypass(Block("MLP")), Block("Unembedding")]
    diagram = BlockDiagram(steps, repeat=6, passport="count: layers", repeated=(1, 2))
    low, high = diagram.repeat[0].get_bottom()[1], diagram.repeat[0].get_top()[1]
    assert diagram.block("Embedding").get_top()[1] < low < diagram.bypasses[0][0].start[1]
    assert diagram.pluses[-1].get_top()[1] < high < diagram.block("Unembedding").get_bottom()[1]
    with pytest.raises(ValueError, match="steps 0 to 0"):
        BlockDiagram([Block("MLP")], repeat=6, passport="count: layers", repeated=(0, 1))


def test_a_copy_moves_and_scales_without_its_original():
    diagram = lane(repeat=6, passport="count: layers")
    before = picture(diagram)
    other = diagram.copy().scale(0.5).shift([3, 0, 0])
    assert same(picture(diagram), before)
    assert np.allclose(other.block("MLP").get_center(), other.blocks[-1].get_center())
    assert np.allclose(other.arrows[1].end, other.nodes[1].get_bottom(), atol=0.02)
    other.save_state()
    other.shift([1, 1, 0]).restore()
    assert np.allclose(other.width, diagram.width / 2)


@pytest.mark.parametrize("backward", [False, True])
def test_a_pulse_reaches_every_path_and_leaves_the_diagram_and_the_scene_as_they_were(backward):
    diagram, scene = lane("right", side_inputs={"MLP": "side"}), Scene()
    scene.add(diagram)
    before = picture(diagram)
    pulse = DiagramPulse(diagram, backward=backward)
    pulse._setup_scene(scene)
    pulse.begin()
    lit = np.zeros(len(pulse.lights), dtype=bool)
    order = []
    for moment in np.linspace(0, 1, 41):
        pulse.interpolate(moment)
        shining = np.array([light.has_points() for light in pulse.lights])
        lit |= shining
        order += [index for index in np.flatnonzero(shining[: len(diagram.arrows)]) if index not in order]
    assert lit.all()
    assert order == sorted(order, reverse=backward)
    pulse.finish()
    pulse.clean_up_from_scene(scene)
    assert scene.mobjects == [diagram]
    assert same(picture(diagram), before)


def test_a_weak_pulse_is_narrower_by_its_share():
    diagram = BlockDiagram([Block("A"), Block("B")], direction="right")

    def width(share):
        pulse = DiagramPulse(diagram, shares=[share] * 3)
        pulse.begin()
        pulse.interpolate(0.5)
        light = next(light for light in pulse.lights if light.has_points())
        heights = light.height
        pulse.finish()
        return heights

    assert width(0.5) == pytest.approx(width(1.0) / 2)


def test_a_pulse_at_a_moment_does_not_depend_on_the_moments_before():
    diagram = lane()

    def shown(moments):
        pulse = DiagramPulse(diagram)
        pulse.begin()
        for moment in moments:
            pulse.interpolate(moment)
        found = [light.points.copy() for light in pulse.lights] + picture(diagram)
        pulse.finish()
        return found

    assert same(shown([0.4]), shown([0.1, 0.9, 0.2, 0.4]))


def test_a_stack_has_one_bar_per_title_from_the_bottom_up_and_says_how_many():
    stack = StackDiagram(["first", "second", "third"], kind="mlp", parameters=COUNTS)
    heights = [bar.get_y() for bar in stack.bars]
    assert heights == sorted(heights)
    assert stack.count[1].value == 3
    assert [bar.parameters.value for bar in stack.bars] == list(COUNTS.values)
    assert stack.bars[2].parameters.passport == ("ledger", (2,), "demo")
    rights = [bar.parameters.get_right()[0] for bar in stack.bars]
    assert np.ptp(rights) < 0.05
    assert StackBar("one", theme.MLP).parameters is None


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_count_stands_on_the_side_asked_for(side):
    stack = StackDiagram(["a", "b"], side=side)
    away = 1 if side == "right" else -1
    assert away * (stack.count.get_x() - stack.bracket.get_x()) > 0
    assert away * (stack.bracket.get_x() - stack.bars.get_x()) > 0
    assert away * (stack.folded("layer")[1].get_x() - stack.folded("layer")[0].get_x()) > 0


def test_a_stack_folds_into_one_bar_and_back_and_both_are_whole_afterwards():
    stack, scene = StackDiagram(["a", "b", "c"]), Scene()
    scene.add(stack)
    folded = stack.folded("layer")
    pictures = picture(stack), picture(folded)
    for motion, left in ((FoldStack(stack, folded), folded), (UnfoldStack(stack, folded), stack)):
        motion._setup_scene(scene)
        motion.begin()
        for moment in (0.3, 0.7):
            motion.interpolate(moment)
        motion.finish()
        motion.clean_up_from_scene(scene)
        assert scene.mobjects == [left]
        assert same(picture(stack), pictures[0])
        assert same(picture(folded), pictures[1])


def test_a_path_starts_and_ends_where_it_was_told_also_after_a_move():
    corners = np.array([[0, 0, 0], [2, 0, 0], [2, 3, 0.0]])
    path = FlowPath(corners)
    assert np.allclose(path.start, corners[0]) and np.allclose(path.end, corners[-1])
    path.scale(2, about_point=corners[0]).shift([1, 0, 0])
    assert np.allclose(path.start, [1, 0, 0]) and np.allclose(path.end, [5, 6, 0])
    steps = np.linalg.norm(np.diff(path.spine(), axis=0), axis=1)
    assert steps.sum() < 10
    assert isinstance(path.line, VMobject)
