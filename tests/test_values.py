"""ValueVectors: values, packages, their sum, and what it changes are true."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from model.forward import run
from tests.every_scene import EveryScene
from tests.telling import Told


def place_of(told: Told) -> tuple[int, int, int]:
    """Layer, head and word that are looked at."""
    pick = told.scene.pick
    return pick.layer, pick.head, pick.query


def tables(told: Told) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The head's W_V, what is added to it, and W_O, cut out of the network's tensors by hand, in double precision."""
    layer, head, _ = place_of(told)
    config, weights = told.checkpoint.config, told.checkpoint.weights
    width, size = config.n_embd, config.d_head
    rows = slice(2 * width + head * size, 2 * width + (head + 1) * size)
    bias = weights.get(f"blocks.{layer}.attn.qkv.bias", np.zeros(3 * width))[rows]
    out = weights[f"blocks.{layer}.attn.out.weight"][:, head * size : (head + 1) * size]
    return weights[f"blocks.{layer}.attn.qkv.weight"][rows].astype(float), bias.astype(float), out.astype(float)


def normalised(told: Told, stream: np.ndarray, name: str) -> np.ndarray:
    """A layer norm by means of numpy's own variance."""
    weights = told.checkpoint.weights
    apart = stream - stream.mean(axis=-1, keepdims=True)
    even = apart / np.sqrt(stream.var(axis=-1, keepdims=True) + told.checkpoint.config.layer_norm_epsilon)
    return even * weights[f"{name}.weight"] + weights.get(f"{name}.bias", 0)


def values(told: Told) -> np.ndarray:
    """What the head's words have to hand over, from the stream on, shape (position, d_head)."""
    layer, _, _ = place_of(told)
    table, bias, _ = tables(told)
    stream = told.activations["resid_pre", layer].values
    return normalised(told, stream, f"blocks.{layer}.ln1") @ table.T + bias


def update(told: Told) -> np.ndarray:
    """W_O times the sum of share times value at the word, shape (n_embd,)."""
    layer, head, place = place_of(told)
    shares = told.activations["pattern", layer].values[head, place]
    return tables(told)[2] @ (shares @ values(told))


def before(told: Told) -> np.ndarray:
    layer, _, place = place_of(told)
    return told.activations["resid_pre", layer].values[place]


def guesses(told: Told, vector: np.ndarray) -> np.ndarray:
    """Shares of all tokens if the network ended with a vector."""
    weights = told.checkpoint.weights
    table = weights["embed.weight" if told.checkpoint.config.tied else "unembed.weight"].astype(float)
    powers = np.exp(table @ normalised(told, vector, "ln_final"))
    return powers / powers.sum()


def written(text: str) -> float:
    """A number as it can be read."""
    return float(text.replace("\N{MINUS SIGN}", "-").replace(",", ""))


class TestValueVectors(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "ValueVectors"
    beats = 9

    def test_the_value_is_the_table_times_the_normalised_column(self, told: Told) -> None:
        shown, truth = told.numbers(2, "attn.v"), values(told)
        assert len(shown) == min(7, told.checkpoint.config.d_head)
        for one in shown:
            _, position, entry = one.passport[1]
            assert position == told.scene.giver
            assert one.value == pytest.approx(truth[position, entry], abs=2e-4)

    def test_the_giver_has_the_largest_share_of_all_words_before(self, told: Told) -> None:
        layer, head, place = place_of(told)
        shares = told.activations["pattern", layer].values[head, place, :place]
        assert shares[told.scene.giver] == pytest.approx(shares.max())

    def test_all_shares_of_the_column_are_shown_and_add_up_to_one(self, told: Told) -> None:
        shown = told.numbers(3, "attn.pattern")
        assert len(shown) == place_of(told)[2] + 1
        assert sum(one.value for one in shown) == pytest.approx(1, abs=1e-5)

    def test_the_squares_are_values_brought_to_full_length(self, told: Told) -> None:
        _, _, place = place_of(told)
        truth = values(told) @ tables(told)[2].T
        shown = [(value, papers[1]) for value, papers in told.values[2] if papers and "packages" in papers[0]]
        assert {position for _, (position, _) in shown} == set(range(place + 1))
        for value, (position, entry) in shown:
            assert value == pytest.approx(truth[position, entry], rel=1e-4, abs=2e-4)

    def test_packages_are_as_bright_as_their_shares(self, told: Told) -> None:
        layer, head, place = place_of(told)
        shares = told.activations["pattern", layer].values[head, place, : place + 1]
        lights = [faint[0][0].get_fill_opacity() for faint in told.scene.scaled]
        assert lights == pytest.approx(np.clip(0.25 + 2 * shares, 0, 1), abs=1e-4)

    def test_the_update_is_the_output_table_times_the_weighted_values(self, told: Told) -> None:
        layer, head, place = place_of(told)
        truth = update(told)
        assert told.activations["result", layer].values[head, place] == pytest.approx(truth, abs=1e-9)
        shown = told.numbers(4, "attn.result")
        assert len(shown) == len(told.scene.window)
        for one in shown:
            assert one.value == pytest.approx(truth[one.passport[1][2]], rel=1e-4, abs=2e-4)
        [length] = told.declared(4, "length of a vector")
        assert length.value == pytest.approx(np.linalg.norm(truth), rel=1e-4)

    def test_the_sum_adds_up_as_it_is_written(self, told: Told) -> None:
        names = ("resid_pre", "attn.result", "nudges.after")
        columns = []
        for name in names:
            found = [one for one in told.stills[4] if one.kind == "number" and isinstance(one.passport, tuple)]
            column = [one for one in found if re.search(name, one.passport[0])]
            column.sort(key=lambda one: -one.writing.center[1])
            columns.append([written(one.text) for one in column])
        assert len(columns[0]) == len(told.scene.window) > 0
        for old, step, new in zip(*columns, strict=True):
            assert old + step == pytest.approx(new, abs=1e-9)

    def test_the_word_after_is_the_word_plus_the_update(self, told: Told) -> None:
        truth = before(told) + update(told)
        assert told.scene.new.values == pytest.approx(truth[list(told.scene.window)], rel=1e-4, abs=5e-4)

    def test_the_cosine_and_what_is_said_of_it(self, told: Told) -> None:
        old, step = before(told), update(told)
        sides = [float(np.linalg.norm(side)) for side in (old, old + step, step)]
        truth = (sides[0] ** 2 + sides[1] ** 2 - sides[2] ** 2) / (2 * sides[0] * sides[1])
        [shown] = [one for one in told.stills[4] if isinstance(one.passport, tuple) and "cosine" in one.passport[0]]
        assert shown.value == pytest.approx(truth, abs=1e-5)
        assert ("It is a small nudge" in told.scene.beats[4].narration) == (truth > 0.98)
        assert ("quite another way" in told.scene.beats[4].narration) == (truth <= 0.5)

    def test_every_word_has_the_length_of_its_update(self, told: Told) -> None:
        layer, head, _ = place_of(told)
        found = [one for one in told.stills[5] if isinstance(one.passport, tuple) and "length" in one.passport[0]]
        found.sort(key=lambda one: one.writing.center[0])
        truth = np.sqrt((told.activations["result", layer].values[head] ** 2).sum(axis=1))
        assert [one.value for one in found] == pytest.approx(truth, rel=1e-4)
        heights = [bar.height for bar in told.scene.bars]
        assert np.array(heights) / max(heights) == pytest.approx(truth / truth.max(), abs=1e-3)
        longest = told.scene.word(int(truth.argmax()))
        assert f"goes to “{longest}”" in told.scene.beats[5].narration

    def test_the_arrows_have_their_true_lengths_and_angle(self, told: Told) -> None:
        plot = told.scene.side_view().turn(90, 0)
        foot = plot.place(np.zeros(3))[0, :2]
        tips = [np.asarray(plot.tip(number))[:2] - foot for number in (0, 1)]
        ends = [before(told), before(told) + update(told)]
        unit = np.linalg.norm(tips[0]) / np.linalg.norm(ends[0])
        assert tips[0] @ tips[1] == pytest.approx(unit**2 * (ends[0] @ ends[1]), rel=1e-3, abs=1e-3)
        assert np.linalg.norm(tips[1]) == pytest.approx(unit * np.linalg.norm(ends[1]), rel=1e-3)

    def test_the_map_is_drawn_at_right_angles_to_the_word(self, told: Told) -> None:
        axes, along = told.scene.axes, before(told) / np.linalg.norm(before(told))
        assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-5)
        assert axes[2] == pytest.approx(along, abs=1e-5)

    def test_the_other_sentences_hold_the_same_word_at_the_same_place(self, told: Told) -> None:
        _, _, place = place_of(told)
        others = [other.activations for other in told.scene.others]
        assert len(others) == 2
        assert all(one.ids[place] == told.activations.ids[place] for one in others)
        assert len({one.ids[: place + 1] for one in (told.activations, *others)}) == 3

    def test_the_distances_of_the_tips_are_measured_in_all_dimensions(self, told: Told) -> None:
        layer, head, place = place_of(told)
        passes = [run(told.checkpoint, list(one.activations.ids), np.float64) for one in told.scene.others]
        passes = [told.activations, *passes]
        starts = [one["resid_pre", layer].values[place] for one in passes]
        steps = [one["result", layer].values[head, place] for one in passes]
        ends = [start + step for start, step in zip(starts, steps, strict=True)]
        truth = [
            np.mean([np.linalg.norm(one - other) for one, other in itertools.combinations(points, 2)])
            for points in (starts, ends)
        ]
        shown = sorted(told.declared(7, "mean distance"), key=lambda one: -one.writing.center[1])
        assert [one.value for one in shown] == pytest.approx(truth, rel=1e-3, abs=1e-3)
        said = told.scene.beats[6].narration
        assert ("drives them further apart" in said and "does not" not in said) == (truth[1] > truth[0] > 1e-6)
        points = np.array([*starts, *ends])
        kept = (points - points.mean(axis=0)) @ told.scene.axes[:2].T
        [share] = told.declared(7, "share of the variance")
        assert share.value == pytest.approx(100 * kept.var(axis=0).sum() / points.var(axis=0).sum(), abs=0.1)

    def test_the_nudges_on_the_map_are_shadows_of_the_measured_ones(self, told: Told) -> None:
        tips = told.scene.on_the_map
        arrows = [mark for mark in tips if getattr(mark, "dot", False)]
        middles = np.array([mark.get_center()[:2] for mark in arrows])
        drawn = middles[1::2] - middles[::2]
        truth = (told.scene.ends - told.scene.starts) @ told.scene.axes[:2].T
        unit = np.linalg.norm(drawn[0]) / np.linalg.norm(truth[0])
        assert drawn == pytest.approx(unit * truth, rel=1e-2, abs=2e-2)

    def test_the_lists_are_read_off_before_and_after(self, told: Told) -> None:
        tokens = []
        for moment, vector in enumerate((before(told), before(told) + update(told))):
            shares = guesses(told, vector)
            found = [
                one
                for one in told.stills[7]
                if isinstance(one.passport, tuple)
                and "reading" in one.passport[0]
                and (one.writing.center[0] > 0) == bool(moment)
            ]
            found.sort(key=lambda one: -one.writing.center[1])
            truth = np.sort(shares)[::-1][:3]
            assert [one.value for one in found if one.passport[1][0] == moment] == pytest.approx(truth, abs=2e-4)
            tokens.append(int(shares.argmax()))
        assert ("both before this head and after" in told.scene.beats[7].narration) == (tokens[0] == tokens[1])

    def test_the_last_picture_names_all_three_arrows(self, told: Told) -> None:
        number = place_of(told)[2] + 1
        said = {text.strip() for text in told.texts(9)}
        assert {f"E_{number}", f"ΔE_{number}", f"E′_{number}"} <= said
