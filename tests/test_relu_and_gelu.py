"""ReluAndGelu: the bend is the network's own, and sums of projections are those of readings made anew."""

from __future__ import annotations

import math

import numpy as np
import pytest

from model.forward import run
from tests.every_scene import EveryScene
from tests.telling import Told


class TestReluAndGelu(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "ReluAndGelu"
    beats = 6

    @staticmethod
    def readings(told: Told) -> np.ndarray:
        """The stream after attention at the end of each of the texts, read one by one in double precision."""
        traits, encode = told.scene.traits, told.checkpoint.tokenizer.encode
        spelled = told.checkpoint.tokenizer.pieces(list(range(told.checkpoint.tokenizer.vocab_size)))
        rows = []
        for first in traits.firsts:
            row = []
            for second in traits.seconds:
                people = told.checkpoint.name == "storybook"
                ids = encode(f"{first} {second} plays the") if people else [*map(spelled.index, (first, second))]
                row.append(run(told.checkpoint, ids, np.float64)["resid_mid", traits.layer].values[-1])
            rows.append(row)
        return np.array(rows)

    def test_the_mark_stands_at_the_activation_of_the_config(self, told: Told) -> None:
        used = told.scene.curved[4][told.scene.used]
        assert len(used) == 3 and len(told.scene.curved[4][1 - told.scene.used]) == 1
        assert ("relu", "gelu")[told.scene.used] in told.checkpoint.config.activation

    def test_the_two_curves_are_what_their_names_say(self, told: Told) -> None:
        hard, soft = told.scene.plot.functions
        places = np.array([-3.0, -0.7, 0.0, 0.4, 2.5])
        assert hard(places) == pytest.approx([0, 0, 0, 0.4, 2.5])
        exact = [x * 0.5 * (1 + math.erf(x / math.sqrt(2))) for x in places]
        assert soft(places) == pytest.approx(exact, abs=2e-3)

    def test_dots_end_at_the_neurons_values(self, told: Told) -> None:
        truth = told.activations["pre", told.scene.layer].values[-1, told.scene.seen]
        assert [dot.value for dot in told.scene.dots] == pytest.approx(truth, abs=1e-3)

    def test_sums_are_those_of_readings_made_anew(self, told: Told) -> None:
        streams = self.readings(told)
        apart = streams - streams.reshape(-1, streams.shape[-1]).mean(0)
        ways = [apart[0].mean(0), apart[:, 0].mean(0)]
        sums = sum(apart @ way / math.sqrt(way @ way) for way in ways)
        shown = [one.value for one in told.declared(4, "sum of two projections")]
        assert shown == pytest.approx([sums[0, 0], sums[0, 1], sums[1, 0], sums[1, 1]], rel=1e-3, abs=1e-3)
        wrong = sorted(sums.ravel())
        threshold = (sums[0, 0] + (wrong[-2] if sums[0, 0] == wrong[-1] else wrong[-1])) / 2
        [offset] = told.declared(4, "offset set by hand")
        assert offset.value == pytest.approx(-threshold, rel=1e-3)
        bent = [one.value for one in told.declared(4, "bent")]
        assert bent == pytest.approx([max(value - threshold, 0) for value in shown], rel=1e-2, abs=1e-3)

    def test_readings_on_the_right_side_are_counted(self, told: Told) -> None:
        traits = told.scene.traits
        wrong = [
            value for place, value in np.ndenumerate(traits.sums) if (value > told.scene.threshold) != (place == (0, 0))
        ]
        count, every = told.declared(5, "readings of two traits")
        assert every.value == traits.sums.size and count.value == every.value - len(wrong)

    def test_zeros_are_counted_layer_by_layer(self, told: Told) -> None:
        layers = range(told.checkpoint.config.n_layer)
        truth = [(np.abs(told.activations["post", layer].values) < 0.01).mean() for layer in layers]
        assert list(told.scene.silent.values) == pytest.approx(truth, abs=2e-3)
