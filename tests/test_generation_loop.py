"""GenerationLoop: the text is what the network writes with these draws, and the strip is its shares."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from model.forward import run
from scenes.intro_generation_turns import SEED, STEPS, TEMPERATURE
from tests.every_scene import EveryScene
from tests.telling import Told


class TestGenerationLoop(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "GenerationLoop"
    beats = 8

    def shares(self, told: Told, step: int) -> np.ndarray:
        """Shares at a step, from a pass over all that was written before, computed here."""
        trace = told.scene.trace
        logits = np.asarray(run(told.checkpoint, list(trace.ids[: told.scene.given + step]))["logits"].values, float)
        return softmax(logits[-1] / TEMPERATURE)

    def test_playing_the_draws_again_writes_the_same_text(self, told: Told) -> None:
        trace = told.scene.trace
        draws = np.random.default_rng(SEED).random(STEPS)
        assert [step.draw for step in trace.steps] == pytest.approx(draws)
        for step in (0, 1, 7, STEPS - 1):
            shares = self.shares(told, step)
            order = np.argsort(-shares, kind="stable")
            place = int(np.searchsorted(np.cumsum(shares[order]), draws[step], side="right"))
            near = order[max(0, place - 1) : place + 2]  # where the dart falls on a limit, rounding decides
            assert trace.steps[step].id in near

    def test_the_strip_is_the_shares_and_the_dart_falls_on_the_chosen_piece(self, told: Told) -> None:
        scene = told.scene
        last = scene.trace.steps[-1]
        assert scene.strip.owner(last.draw) == last.rank
        shares = self.shares(told, STEPS - 1)
        values = [segment.value for segment in scene.strip.segments]
        assert values == pytest.approx(np.sort(shares)[::-1][: len(values)], abs=1e-5)
        assert scene.marker[1].value == pytest.approx(last.draw)

    def test_the_text_is_the_prompt_and_all_that_was_written(self, told: Told) -> None:
        scene = told.scene
        assert "".join(scene.stream.pieces[: scene.given]) == "".join(scene.pieces)
        assert len(scene.stream.pieces) == scene.given + STEPS == scene.stream.shown
        [count] = told.declared(1, "count: tokens")
        assert count.value == len(scene.pieces)

    def test_underlines_are_as_thick_as_pieces_were_surprising(self, told: Told) -> None:
        scene = told.scene
        surprises = [-np.log(step.probability) for step in scene.trace.steps]
        seen = [s for s, word in zip(surprises, scene.stream.words[scene.given :], strict=True) if len(word.points)]
        widths = [line.get_stroke_width() for line in scene.lines]
        assert np.array(widths) / max(widths) == pytest.approx(np.array(seen) / max(surprises), abs=1e-6)
        least = sorted(step.probability for step in scene.trace.steps)[:3]
        shown = [one.value for one in told.stills[5] if one.kind == "number" and one.factor == 100]
        assert sorted(shown)[:3] == pytest.approx(least, rel=1e-5)

    def test_the_mean_is_that_of_the_logarithms(self, told: Told) -> None:
        [mean] = told.declared(5, "mean of the log-shares")
        assert mean.value == pytest.approx(np.mean([np.log(step.probability) for step in told.scene.trace.steps]))
        [count] = told.declared(5, "count: pieces written")
        assert count.value == STEPS

    def test_the_settings_are_those_of_the_text(self, told: Told) -> None:
        [seed], [warmth] = told.declared(8, "setting: seed"), told.declared(8, "setting: temperature")
        assert (seed.value, warmth.value) == (told.scene.trace.dials.seed, told.scene.trace.dials.temperature)
