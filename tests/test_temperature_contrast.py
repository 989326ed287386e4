"""TemperatureContrast: the cold text is greedy, the others come from the seed, and the score is counted anew."""

from __future__ import annotations

import math

import numpy as np
import pytest

from model.forward import run
from tests.every_scene import EveryScene
from tests.telling import Told


class TestTemperatureContrast(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "TemperatureContrast"
    beats = 5

    def logits(self, told: Told, panel: int) -> list[np.ndarray]:
        """The network's logits before each piece that a panel wrote, from one pass over all of it."""
        trace, given = told.scene.traces[panel], len(told.scene.pieces)
        known = told.checkpoint.tokenizer.vocab_size
        rows = run(told.checkpoint, list(trace.ids), np.float64)["logits"].values
        return [rows[place - 1, :known] for place in range(given, len(trace.ids))]

    def test_the_cold_text_always_takes_the_best(self, told: Told) -> None:
        trace = told.scene.traces[0]
        for step, row in zip(trace.steps, self.logits(told, 0), strict=True):
            assert row[step.id] == pytest.approx(row.max(), abs=1e-3)

    def test_the_others_are_drawn_with_the_seeds_numbers(self, told: Told) -> None:
        for panel, temperature in ((1, 0.8), (2, 1.5)):
            chance = np.random.default_rng(3)
            for step, row in zip(told.scene.traces[panel].steps, self.logits(told, panel), strict=True):
                powers = np.exp((row - row.max()) / temperature)
                shares = powers / powers.sum()
                order = np.argsort(-shares, kind="stable")
                strip = np.cumsum(shares[order])
                draw = chance.random()
                rank = int(np.flatnonzero(order == step.id)[0])
                assert (strip[rank - 1] if rank else 0) - 1e-3 <= draw <= strip[rank] + 1e-3

    def test_bars_are_the_shares_at_the_last_step(self, told: Told) -> None:
        last = len(told.scene.traces[0].steps) - 1
        assert last > 10
        shown = [one.value for one in told.declared(2, "share at a temperature")]
        rows = [self.logits(told, panel)[last] for panel in (1, 2)]
        truth = []
        for row, temperature in zip(rows, (0.8, 1.5), strict=True):
            powers = np.exp((row - row.max()) / temperature)
            truth += np.sort(powers / powers.sum())[::-1][:5].tolist()
        for value in truth:
            assert min(abs(value - one) for one in shown) < 2e-3

    def test_a_run_that_is_boxed_comes_twice(self, told: Told) -> None:
        places, ids = told.scene.repeats(), told.scene.traces[0].ids
        half = len(places) // 2
        first, second = ([ids[place] for place in part] for part in (places[:half], places[half:]))
        assert first == second
        if told.story == "picked":
            assert half >= 3  # what the narration says

    def test_the_score_is_counted(self, told: Told) -> None:
        different = [one.value for one in told.declared(4, "different pieces")]
        surprise = [one.value for one in told.declared(4, "mean surprise")]
        for panel in range(3):
            written = [step.id for step in told.scene.traces[panel].steps]
            assert different[panel] == pytest.approx(len(set(written)) / len(written))
            nats = []
            for token, row in zip(written, self.logits(told, panel), strict=True):
                nats.append(math.log(math.fsum(np.exp(row - row.max()))) - float(row[token] - row.max()))
            assert surprise[panel] == pytest.approx(np.mean(nats), abs=5e-3)
        assert surprise[0] < surprise[2]
