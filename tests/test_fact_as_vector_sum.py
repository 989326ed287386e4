"""FactAsVectorSum: pushes add up to logits, and what is lost without neurons is measured by zeroing their columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model.checkpoint import Checkpoint
from model.facts import invent
from model.forward import run
from tests.every_scene import EveryScene
from tests.telling import Told


def silenced(checkpoint: Checkpoint, layer: int, neurons: list[int]) -> Checkpoint:
    """The network with what some neurons write set to zero in the table itself."""
    name = f"blocks.{layer}.mlp.down.weight"
    table = checkpoint.weights[name].copy()
    table[:, neurons] = 0
    return replace(checkpoint, weights=checkpoint.weights | {name: table})


def chance(checkpoint: Checkpoint, text: str, value: str) -> float:
    """Probability of a word of any number of tokens after a text, token by token."""
    ids, product = checkpoint.tokenizer.encode(text), 1.0
    for token in checkpoint.tokenizer.encode(value):
        product *= float(run(checkpoint, ids)["probabilities"].values[-1, token])
        ids = [*ids, token]
    return product


class TestFactAsVectorSum(EveryScene):
    """The scene's own promises, besides those of every scene."""

    name = "FactAsVectorSum"
    beats = 10

    @staticmethod
    def lead(told: Told, vector: np.ndarray) -> float:
        """How far a part of the final stream puts the answer's logit above those of the others, by hand."""
        claim, weights = told.scene.claim, told.checkpoint.weights
        final = told.activations["resid_post", told.checkpoint.config.n_layer - 1].values[-1]
        spread = np.sqrt(final.var() + told.checkpoint.config.layer_norm_epsilon)
        normal = (vector - vector.mean()) / spread * weights["ln_final.weight"]
        table = weights.get("unembed.weight", weights["embed.weight"])
        logits = table[[claim.token, *claim.against]].astype(float) @ normal
        return float(logits[0] - logits[1:].mean())

    def test_the_sentence_asks_for_the_fact_that_is_shown(self, told: Told) -> None:
        claim = told.scene.claim
        assert (claim.fact is not None) == (told.story == "picked")
        if claim.fact:
            assert claim.fact in invent() and claim.words[0] == claim.fact.value
        else:
            assert claim.token == int(
                told.activations["logits"].values[-1, : told.checkpoint.tokenizer.vocab_size].argmax()
            )

    def test_blocks_push_as_computed_by_hand(self, told: Told) -> None:
        shown = [one.value for one in told.declared(5, "push of a part")]
        truth = []
        for layer in range(told.checkpoint.config.n_layer):
            truth += [self.lead(told, told.activations[name, layer].values[-1]) for name in ("attn_out", "mlp_out")]
        assert shown == pytest.approx(truth, abs=2e-3)

    def test_a_neurons_push_is_its_answer_times_how_far_its_column_agrees(self, told: Told) -> None:
        claim = told.scene.claim
        down = told.checkpoint.weights[f"blocks.{claim.layer}.mlp.down.weight"].astype(float)
        answers = told.activations["post", claim.layer].values[-1]
        shown = [one.value for one in told.declared(6, "push of a neuron")]
        truth = [self.lead(told, answers[neuron] * down[:, neuron]) for neuron in range(len(answers))]
        assert shown == pytest.approx(sorted(truth)[: -len(shown) - 1 : -1], abs=2e-3)
        for one, agreement, push in zip(
            told.numbers(6, "mlp.post"),
            told.declared(6, "each unit"),
            told.declared(6, "push of a neuron"),
            strict=True,
        ):
            assert one.value * agreement.value == pytest.approx(push.value, abs=1e-6)

    def test_without_the_neurons_the_network_answers_as_with_their_columns_at_zero(self, told: Told) -> None:
        claim = told.scene.claim
        loud = [neuron for neuron, _ in claim.speakers[:20]]
        less = silenced(told.checkpoint, claim.layer, loud)
        own, rest = (one.value for one in told.declared(8, "probability of the answer"))
        text, texts = list(claim.ids), []
        if claim.fact:
            verb = {"instrument": "plays the", "trade": "is a"}
            found = [fact for fact in invent() if fact != claim.fact]
            texts = [chance(less, f"{fact.name} {verb[fact.kind]}", f" {fact.value}") for fact in found]
            truth = chance(less, told.scene.pick.prompt, f" {claim.fact.value}")
        else:
            truth = float(run(less, text)["probabilities"].values[-1, claim.token])
            for end in range(1, len(text)):
                known = told.checkpoint.tokenizer.vocab_size
                best = int(told.activations["logits"].values[end - 1, :known].argmax())
                texts.append(float(run(less, text[:end])["probabilities"].values[-1, best]))
        assert own == pytest.approx(truth, abs=1e-4)
        assert rest == pytest.approx(np.mean(texts), abs=1e-3)

    def test_one_neuron_and_twenty_are_compared_over_all(self, told: Told) -> None:
        one, many = (drop.value for drop in told.declared(9, "mean drop"))
        [count] = told.declared(10, "claims measured")
        assert count.value == (60 if told.scene.claim.fact else len(told.scene.claim.ids))
        every = [told.scene.claim, *told.scene.rest]
        drops = []
        for claim in every[:4]:
            less = silenced(told.checkpoint, claim.layer, [claim.speakers[0][0]])
            if not claim.fact:
                before, after = (
                    float(run(network, list(claim.ids))["probabilities"].values[-1, claim.token])
                    for network in (told.checkpoint, less)
                )
                drops.append((before - after, claim.drop(1)))
        for truth, shown in drops:
            assert shown == pytest.approx(truth, abs=1e-4)
        if told.story == "picked":
            assert many > 5 * one > 0  # what the narration says: rarely one cell, usually a crowd
