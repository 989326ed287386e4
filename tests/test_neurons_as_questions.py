"""NeuronsAsQuestions: excerpts, guesses and rates are what the network does with the text, counted here anew."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from model.probing import picking
from model.probing.picks_file import PICKS
from model.probing.relations import THEMES
from tests.every_scene import EveryScene
from tests.telling import Told

PROBED = ("storybook", "shakespeare")


class TestNeuronsAsQuestions(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "NeuronsAsQuestions"
    beats = 8

    def test_the_product_is_the_row_with_the_column(self, told: Told) -> None:
        first, place = told.scene.first, told.scene.place
        weights = told.checkpoint.weights
        row = np.asarray(weights[f"blocks.{first.layer}.mlp.up.weight"][first.neuron], dtype=float)
        offset = float(weights.get(f"blocks.{first.layer}.mlp.up.bias", np.zeros(first.neuron + 1))[first.neuron])
        product = row @ told.activations["ln2.normalized", first.layer].values[place] + offset
        shown = [one.value for one in told.numbers(1, "mlp.pre")]
        assert min(abs(value - product) for value in shown) < 1e-3

    def test_a_guess_is_written_only_where_it_was_measured(self, told: Told) -> None:
        shown = told.declared(3, "strongest places that fit")
        if told.checkpoint.name not in PROBED:
            assert shown == [] and not any("?" in text for text in told.texts(4))
            return
        picks = yaml.safe_load(PICKS.read_text(encoding="utf-8"))[told.checkpoint.name]["neurons"]
        [fit] = shown
        assert fit.value == picks["readable"][0]["fit"]

    def test_recorded_places_bear_the_guesses_out(self, told: Told) -> None:
        # The recording is of the text; the words at the peaks are read here, and looked up in the themes.
        if told.checkpoint.name not in PROBED:
            return
        firing = picking.firing(told.checkpoint)
        for subject in told.scene.subjects:
            if not subject.readable or subject.label.kind != "theme":
                continue
            contexts = firing["contexts"].values[subject.layer, subject.neuron]
            peaks = firing["peaks"].values[subject.layer, subject.neuron]
            words = [told.checkpoint.tokenizer.decode([int(ids[peak])]).strip().lower()
                     for ids, peak in zip(contexts, peaks, strict=True)]  # fmt: skip
            assert sum(word in THEMES[subject.label.text] for word in words) >= 0.75 * len(words), words

    def test_all_neurons_are_counted(self, told: Told) -> None:
        plot = told.scene.often[0]
        config = told.checkpoint.config
        assert plot.values.sum() == config.n_layer * config.d_mlp

    def test_the_share_that_fires_is_that_of_the_recording(self, told: Told) -> None:
        [share] = told.declared(6, "share of places at which it fires")
        tried = told.scene.tried
        if told.checkpoint.name in PROBED:
            rate = float(picking.firing(told.checkpoint)["rate"].values[tried.layer, tried.neuron])
        else:
            rate = float((told.activations["pre", tried.layer].values[:, tried.neuron] > 0).mean())
        assert share.value == pytest.approx(rate)
        counts, edges, _passport = told.scene.products_of(tried)  # bins that the line cuts count in proportion
        assert told.scene.share_above(counts, edges, -told.scene.offset(tried)) == pytest.approx(rate, abs=0.02)

    def test_circles_show_the_answers_of_one_word(self, told: Told) -> None:
        numbers = told.numbers(8, "mlp.post")
        places = {one.passport[1][0] for one in numbers}
        assert len(numbers) == 8 and len(places) == 1
        answers = told.activations["post", told.scene.first.layer].values[places.pop()]
        assert [one.value for one in numbers] == pytest.approx(
            [answers[one.passport[1][1]] for one in numbers], abs=1e-3
        )
