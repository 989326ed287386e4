"""Networks draw the weights and activations they were given, the strongest connections first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import Scene, tempconfig

from mobjects import ChangeValues, Connections, NeuralNetwork, NeuronColumn, SweepBackward, SweepForward, theme
from model.activations import Quantity


@pytest.fixture(autouse=True, scope="module")
def media(tmp_path_factory):
    """Keep drawn text out of the checkout."""
    with tempconfig({"media_dir": str(tmp_path_factory.mktemp("media")), "verbosity": "ERROR", "dry_run": True}):
        yield


CHANCE = np.random.default_rng(0)
INPUT, HIDDEN, OUTPUT = CHANCE.normal(0, 1, 12), np.abs(CHANCE.normal(0, 1, 20)), CHANCE.normal(0, 1, 12)
UP, DOWN = CHANCE.normal(0, 1, (20, 12)), CHANCE.normal(0, 1, (12, 20))


def quantity(values, name, *axes):
    return Quantity(values, name, axes, "demo")


def network(**options):
    return NeuralNetwork([INPUT, HIDDEN, OUTPUT], [UP, DOWN], lengths=6, signed=[True, False, True], **options)


def play(scene, motion, moments=(0.2, 0.5, 0.9)):
    motion._setup_scene(scene)
    motion.begin()
    for moment in moments:
        motion.interpolate(moment)
    motion.finish()
    motion.clean_up_from_scene(scene)


def test_a_column_shows_its_first_neurons_and_its_last_with_dots_between():
    column = NeuronColumn(HIDDEN, length=5)
    assert column.shown == (0, 1, 2, 3, 19)
    assert np.array_equal(column.values, HIDDEN[[0, 1, 2, 3, 19]])
    assert column.true_length == 20
    heights = [neuron.get_y() for neuron in column.neurons]
    assert heights == sorted(heights, reverse=True)
    assert heights[3] > column.ellipses[0].get_y() > heights[4]
    assert len(NeuronColumn(HIDDEN, length=20).ellipses) == 0


def test_chosen_neurons_are_found_by_their_place():
    column = NeuronColumn(HIDDEN, shown=[2, 7, 11])
    assert column.neuron(7).value == HIDDEN[7]
    assert column.ellipses[0].get_y() < column.neurons[-1].get_y()
    with pytest.raises(ValueError, match="drawn are 2, 7, 11"):
        column.neuron(3)


def test_a_neuron_is_as_full_as_it_is_active():
    column = NeuronColumn([-2.0, 0.0, 1.0, 4.0, 8.0], scale=4)
    assert [neuron.get_fill_opacity() for neuron in column.neurons] == [0, 0, 0.25, 1, 1]
    signed = NeuronColumn([-2.0, 1.0], scale=4, signed=True)
    assert [neuron.get_fill_opacity() for neuron in signed.neurons] == [0.5, 0.25]
    assert [neuron.get_fill_color().to_hex() for neuron in signed.neurons] == [theme.NEGATIVE, theme.POSITIVE]


def test_a_column_carries_passports_and_changes_by_all_its_numbers_or_those_drawn():
    column = NeuronColumn(quantity(HIDDEN, "post", "d_mlp"), length=3)
    assert column.passports == [("post", (place,), "demo") for place in (0, 1, 19)]
    column.set_values([1.0, 2.0, 3.0], "edited")
    assert column.neurons[2].passport == "edited"
    assert np.array_equal(column.set_values(-HIDDEN).values, -HIDDEN[[0, 1, 19]])
    assert column.passports == [None] * 3
    with pytest.raises(ValueError, match="expected 20, or 3"):
        column.set_values([1.0])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([0.0, -0.0, 1e-9, 1e9]) | st.floats(-1e6, 1e6), min_size=1, max_size=9))
def test_any_activations_are_kept_and_drawn_between_empty_and_full(values):
    column = NeuronColumn(values, length=5)
    assert np.array_equal(column.values, np.array(values)[list(column.shown)])
    assert all(0 <= neuron.get_fill_opacity() <= 1 for neuron in column.neurons)


def test_columns_can_be_copied_saved_restored_and_changed_by_animation():
    column = NeuronColumn(quantity(HIDDEN, "post", "d_mlp"), length=4)
    other = column.copy().set_values(np.zeros(20))
    assert not other.values.any()
    assert column.values.all()
    column.save_state()
    column.set_values(np.zeros(20)).scale(2)
    column.restore()
    assert np.array_equal(column.values, HIDDEN[[0, 1, 2, 19]])
    assert column.passports[0] == ("post", (0,), "demo")
    play(Scene(), ChangeValues(column, 2 * HIDDEN))
    assert np.array_equal(column.values, 2 * HIDDEN[[0, 1, 2, 19]])


def test_the_strongest_connections_between_shown_neurons_are_drawn():
    net = network(share=0.25)
    lines = net.connections[0]
    shown = np.abs(UP[np.ix_(net.columns[1].shown, net.columns[0].shown)])
    assert len(lines.pairs) == 9 and lines.possible == 36
    assert np.array_equal(np.abs(lines.values), np.sort(shown.ravel())[::-1][:9])
    assert np.array_equal(lines.values, UP[lines.pairs[:, 0], lines.pairs[:, 1]])
    assert (net.drawn, net.possible) == (18, 72)
    note = net.note()
    assert [part.value for part in (note[0], note[2])] == [18, 72]


def test_lines_run_from_source_to_target_coloured_by_sign_and_wider_when_stronger():
    lines = network().connections[0]
    for bundle, (target, source) in zip(lines.bundles, lines.pairs, strict=True):
        red, _, blue = bundle.get_stroke_color().to_rgb()
        assert (blue > red) is (UP[target, source] > 0)
        assert bundle.points[0, 0] < bundle.points[-1, 0]
    widths = [bundle.stroke_width for bundle in lines.bundles]
    assert widths == sorted(widths, reverse=True)


def test_many_lines_share_few_mobjects_and_keep_their_weights():
    sources, targets = NeuronColumn(CHANCE.normal(0, 1, 30), 30), NeuronColumn(CHANCE.normal(0, 1, 30), 30)
    targets.shift([4, 0, 0])
    weights = CHANCE.normal(0, 1, (30, 30))
    lines = Connections(sources, targets, quantity(weights, "W", "target", "source"), share=0.5)
    assert len(lines.pairs) == 450 and len(lines.bundles) == 8
    assert np.array_equal(lines.values, weights[lines.pairs[:, 0], lines.pairs[:, 1]])
    assert lines.passports[3] == ("W", tuple(lines.pairs[3].tolist()), "demo")
    ends = lines.lines
    lines.set_values(-weights)
    assert np.array_equal(lines.values, -weights[lines.pairs[:, 0], lines.pairs[:, 1]])
    assert np.array_equal(lines.lines, ends)
    other = lines.copy().set_values(weights)
    assert np.array_equal(lines.values, -other.values)
    lines.save_state()
    lines.set_values(weights).shift([1, 0, 0])
    lines.restore()
    assert np.array_equal(lines.values, -other.values)


def test_weights_change_by_animation_and_end_exactly():
    net = network()
    play(Scene(), ChangeValues(net.connections[0], quantity(2 * UP, "W", "target", "source")))
    pairs = net.connections[0].pairs
    assert np.array_equal(net.connections[0].values, 2 * UP[pairs[:, 0], pairs[:, 1]])
    assert net.connections[0].passports[0] == ("W", tuple(pairs[0].tolist()), "demo")


def test_one_connection_can_be_taken_out_and_lies_on_its_line():
    lines = network().connections[0]
    target, source = lines.pairs[2].tolist()
    single = lines.line(target, source)
    assert single.values == [UP[target, source]]
    assert np.array_equal(single.points, lines.lines[2])
    weakest = np.unravel_index(np.abs(UP).argmin(), UP.shape)
    with pytest.raises(ValueError, match="not among those drawn"):
        lines.line(*weakest)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: NeuronColumn([]), r"\(0,\)"),
        (lambda: NeuronColumn([[1.0]]), r"\(1, 1\)"),
        (lambda: NeuronColumn([float("nan")]), "not finite"),
        (lambda: NeuronColumn(HIDDEN, shown=[3, 2]), "increasing"),
        (lambda: NeuronColumn(HIDDEN, shown=[20]), "0 to 19"),
        (lambda: NeuralNetwork([INPUT], []), "two layers"),
        (lambda: NeuralNetwork([INPUT, HIDDEN], [DOWN]), r"\(12, 20\) were found; expected \(20, 12\)"),
        (lambda: NeuralNetwork([INPUT, HIDDEN], [UP * np.inf]), "not finite"),
        (lambda: NeuralNetwork([INPUT, HIDDEN], [UP], share=0), "more than 0"),
        (lambda: NeuralNetwork([INPUT, HIDDEN], [UP], lengths=[3]), "expected 2 each"),
        (lambda: NeuralNetwork([np.ones(40)] * 2, [np.ones((40, 40))], lengths=40, share=1), "1600 connections"),
        (lambda: SweepForward(network(), [INPUT]), "the network has 3"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_light_sweeps_layer_by_layer_and_leaves_new_values():
    net, scene = network(), Scene()
    scene.add(net)
    goals = [quantity(-INPUT, "in", "n"), quantity(2 * HIDDEN, "mid", "n"), quantity(-OUTPUT, "out", "n")]
    motion = SweepForward(net, goals)
    motion._setup_scene(scene)
    motion.begin()
    lit = []
    for moment in np.linspace(0, 1, 21):
        motion.interpolate(moment)
        lit.append([any(light.has_points() for light in group) for group in motion.lights])
    first_lit = [next(index for index, row in enumerate(lit) if row[gap]) for gap in (0, 1)]
    assert first_lit[0] < first_lit[1]
    motion.finish()
    motion.clean_up_from_scene(scene)
    assert scene.mobjects == [net]
    assert np.array_equal(net.columns[2].values, -OUTPUT[list(net.columns[2].shown)])
    assert net.columns[1].passports[0] == ("mid", (0,), "demo")


def test_a_sweep_without_values_changes_nothing_and_runs_backward_too():
    net, scene = network(), Scene()
    scene.add(net)
    before = [part.points.copy() for part in net.family_members_with_points()]
    motion = SweepBackward(net)
    motion.begin()
    motion.interpolate(0.05)
    light = next(light for light in motion.lights[1] if light.has_points())
    assert not any(light.has_points() for light in motion.lights[0])
    assert light.get_x() > net.columns[1].get_x() + 1
    play(scene, motion)
    assert scene.mobjects == [net]
    assert all(np.array_equal(a.points, b) for a, b in zip(net.family_members_with_points(), before, strict=True))


def test_a_moment_of_a_sweep_does_not_depend_on_the_moments_before():
    def shown(moments):
        net = network()
        motion = SweepForward(net, [-INPUT, 2 * HIDDEN, -OUTPUT])
        motion.begin()
        for moment in moments:
            motion.interpolate(moment)
        return [*(light.points for group in motion.lights for light in group), *(c.values for c in net.columns)]

    assert all(np.array_equal(a, b) for a, b in zip(shown([0.6]), shown([0.9, 0.1, 0.6]), strict=True))
