"""Trains the translator: ``python -m model.toys.translator`` writes ``assets/recordings/translator.safetensors``.

A few minutes on one CPU core. What it is measured on was held out by sentence, half of it with pairs of adjective and
noun that training never showed. Nothing tells attention where to look.
"""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cloup
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor
from torch.nn import functional

from model import recorded
from model.toys import language
from model.toys.alignment import Measured, measure
from model.toys.encoder_decoder import EncoderDecoder
from model.toys.language import Example
from model.toys.sentences import Sentences, draw
from model.toys.translation import END, START, Translator, TranslatorConfig
from model.trainer import commit, hardware

IGNORED = -100  # torch's own mark for a place whose loss does not count


class TranslatorSettings(BaseModel):
    """One training run.

    Attributes
    ----------
    n_layer, n_head, n_embd : int
        As in ``TranslatorConfig``.
    train_sentences, held_out_sentences : int
        How many different ones; the held-out ones are as many again with unseen pairs.
    unseen_pairs : int
        (adjective, noun) pairs that no training sentence contains.
    steps, batch_size : int
        Optimiser steps; sentences a step.
    learning_rate, weight_decay : float
        AdamW; the rate warms up over ``warmup`` steps, then falls along half a cosine to nothing.
    evaluate_every : int
        Steps between looks at held-out sentences.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_layer: int = 2
    n_head: int = 4
    n_embd: int = 64
    train_sentences: int = 50_000
    held_out_sentences: int = 1000
    unseen_pairs: int = 12
    steps: int = 2000
    batch_size: int = 96
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    warmup: int = 100
    evaluate_every: int = 100
    seed: int = 1

    def config(self) -> TranslatorConfig:
        """The network's own part of the settings."""
        return TranslatorConfig(
            source_vocab=len(language.source_words()),
            target_vocab=len(target_vocabulary()),
            block_size=language.LONGEST,
            n_layer=self.n_layer,
            n_head=self.n_head,
            n_embd=self.n_embd,
        )

    def rate(self, step: int) -> float:
        """Learning rate at a step."""
        if step < self.warmup:
            return self.learning_rate * (step + 1) / self.warmup
        progress = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))


@dataclass(frozen=True)
class Batch:
    """Sentences as ids.

    Attributes
    ----------
    source : int64 tensor, shape (batch, source)
        Filled up with the id 0.
    lengths : int64 tensor, shape (batch,)
        How many of them are words.
    inputs, targets : int64 tensors, shape (batch, target)
        What the decoder reads and what it should answer; ``IGNORED`` where there is nothing to answer.
    """

    source: Tensor
    lengths: Tensor
    inputs: Tensor
    targets: Tensor

    def at(self, rows: NDArray[np.integer[Any]]) -> Batch:
        """Some of the sentences."""
        index = torch.from_numpy(rows)
        return Batch(self.source[index], self.lengths[index], self.inputs[index], self.targets[index])


def target_vocabulary() -> list[str]:
    """The marks, then every Tavelin word."""
    return [START, END, *language.target_words()]


def as_batch(examples: list[Example]) -> Batch:
    """All sentences as ids, filled up to the longest that there can be."""
    source_ids = {word: index for index, word in enumerate(language.source_words())}
    target_ids = {word: index for index, word in enumerate(target_vocabulary())}
    count, longest = len(examples), language.LONGEST
    source = np.zeros((count, longest), dtype=np.int64)
    inputs = np.full((count, longest + 1), target_ids[END], dtype=np.int64)
    targets = np.full((count, longest + 1), IGNORED, dtype=np.int64)
    for row, example in enumerate(examples):
        words = [target_ids[word] for word in example.target]
        source[row, : len(example.source)] = [source_ids[word] for word in example.source]
        inputs[row, : len(words) + 1] = [target_ids[START], *words]
        targets[row, : len(words) + 1] = [*words, target_ids[END]]
    lengths = np.array([len(example.source) for example in examples])
    return Batch(*(torch.from_numpy(array) for array in (source, lengths, inputs, targets)))


def loss_of(network: EncoderDecoder, batch: Batch) -> Tensor:
    """Mean cross-entropy, in nats a word, end marks included."""
    logits = network(batch.source, batch.lengths, batch.inputs)  # (B, T, V)
    return functional.cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORED)


def train(settings: TranslatorSettings, sentences: Sentences) -> tuple[EncoderDecoder, NDArray[np.float64]]:
    """A trained network and its curve: rows of (step, training loss, held-out loss), losses in nats a word."""
    torch.manual_seed(settings.seed)
    network = EncoderDecoder(settings.config())
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, betas=(0.9, 0.98), weight_decay=settings.weight_decay
    )
    material, held_out = as_batch(sentences.train), as_batch(sentences.familiar)
    generator = np.random.default_rng((settings.seed, 1))
    curve = []
    for step in track(range(settings.steps), "translator", console=Console(stderr=True)):
        for group in optimiser.param_groups:
            group["lr"] = settings.rate(step)
        loss = loss_of(network, material.at(generator.integers(len(sentences.train), size=settings.batch_size)))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        if step % settings.evaluate_every == 0 or step == settings.steps - 1:
            with torch.no_grad():
                curve.append((step + 1, loss.item(), loss_of(network, held_out).item()))
    return network.eval(), np.array(curve)


def as_translator(network: EncoderDecoder) -> Translator:
    """The network as it will be read back: weights rounded to half precision."""
    weights = {name: tensor.half().float().numpy() for name, tensor in network.state_dict().items()}
    words = tuple(language.source_words()), tuple(target_vocabulary())
    return Translator(network.config, *words, weights, "translator@unsaved", {})


def facts_of(settings: TranslatorSettings, sentences: Sentences, translator: Translator) -> dict[str, Any]:
    """What was measured on held-out sentences, beside the shape and the vocabularies."""
    familiar, unfamiliar = (measure(translator, part) for part in (sentences.familiar, sentences.unfamiliar))
    layer, head = familiar.best_head()
    return {
        "language": language.NAME,
        "config": translator.config.model_dump(),
        "source_words": translator.source_words,
        "target_words": translator.target_words,
        "settings": settings.model_dump(),
        "parameters": sum(array.size for array in translator.weights.values()),
        "unseen_pairs": sorted(sentences.pairs),
        "held_out": len(sentences.familiar),
        "held_out_with_unseen_pairs": len(sentences.unfamiliar),
        "exact_match": familiar.exact,
        "exact_match_with_unseen_pairs": unfamiliar.exact,
        "cross_attention": _heads(familiar),
        "best_head": {"layer": layer, "head": head, "why": "largest share on the word being translated, held out"},
    }


def _heads(measured: Measured) -> list[dict[str, float]]:
    return [
        {
            "layer": layer,
            "head": head,
            "share_on_aligned": round(float(measured.share[layer, head]), 4),
            "strongest_is_aligned": round(float(measured.strongest[layer, head]), 4),
        }
        for layer, head in np.ndindex(measured.share.shape)
    ]


def write(path: Path, settings: TranslatorSettings) -> dict[str, Any]:
    """Train, measure and record; returns the facts."""
    code, started = commit(), time.perf_counter()
    sentences = draw(settings.seed, settings.train_sentences, settings.held_out_sentences, settings.unseen_pairs)
    network, curve = train(settings, sentences)
    seconds = round(time.perf_counter() - started, 1)
    translator = as_translator(network)
    made = {"hardware": hardware("cpu"), "seconds": seconds, "torch": torch.__version__, "commit": code}
    facts = facts_of(settings, sentences, translator) | {"held_out_loss": float(f"{curve[-1, 2]:.3g}")} | made
    draft = recorded.Draft(facts=facts)
    for name, array in translator.weights.items():
        draft.put(f"weights.{name}", array.astype(np.float16), *_axes(name)[: array.ndim])
    for name, column in zip(("step", "train_loss", "held_out_loss"), curve.T, strict=True):
        draft.put(f"curve.{name}", column, "evaluation")
    draft.save(path)
    return facts


def _axes(weight: str) -> tuple[str, str]:
    if weight.endswith("pos_embed.weight"):
        return ("place", "n_embd")
    return ("word", "n_embd") if weight.endswith("embed.weight") else ("out", "in")


@cloup.command()
@cloup.option("--steps", type=cloup.IntRange(min=1), default=TranslatorSettings().steps, help="Optimiser steps.")
@cloup.option("--seed", type=cloup.IntRange(min=0), default=TranslatorSettings().seed, help="Of sentences and weights.")
@cloup.option(
    "--out",
    type=cloup.Path(path_type=Path),
    default=recorded.RECORDINGS / "translator.safetensors",
    help="Where to write.",
)
def main(steps: int, seed: int, out: Path) -> None:
    """Train the translator on one CPU core, measure it on held-out sentences, and record it."""
    torch.set_num_threads(1)
    facts = write(out, TranslatorSettings(steps=steps, seed=seed))
    console = Console(stderr=True, soft_wrap=True)
    console.print(
        f"exact match {facts['exact_match']:.2%}, with unseen pairs {facts['exact_match_with_unseen_pairs']:.2%}; "
        f"{facts['seconds']:.0f} s; wrote {out}"
    )
    table = Table("layer", "head", "share on the word translated", "it is the strongest")
    for row in facts["cross_attention"]:
        table.add_row(*(str(row[key]) for key in row))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
