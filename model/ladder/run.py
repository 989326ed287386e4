"""One run of the ladder: train a small network, measure it on both texts, let it write."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from model import data
from model.ladder.likeness import familiar_words, longest_shared_stretch, real_word_share
from model.ladder.plan import Rung
from model.ladder.record import Curve, Run
from model.ladder.rungs import build
from model.tokenizer import CharTokenizer
from model.trainer import commit, hardware

MARKS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 4000, 5000)
LOOK_AT = 8192  # positions in one forward pass while measuring; decides memory, not results
DRAW_SEED = 2023
LETTERS_WRITTEN = 4000
LETTERS_KEPT = 600


@dataclass(frozen=True)
class Text:
    """A text ready to climb on.

    Attributes
    ----------
    name, sha256 : str
        Which corpus, and its hash.
    studied, unseen : str
        The part trained on and the part held out.
    study, held_out : uint16 arrays, shape (position,)
        Ids of both parts.
    tokenizer : CharTokenizer
        Of the whole text: one id a letter.
    familiar : frozenset of str
        The words that occur at least three times in the part trained on.
    """

    name: str
    sha256: str
    studied: str
    unseen: str
    study: NDArray[np.uint16]
    held_out: NDArray[np.uint16]
    tokenizer: CharTokenizer
    familiar: frozenset[str]


def prepare(corpus: str) -> Text:
    """Read and split a corpus of ``model.data`` (or any text file), in letters.

    Raises
    ------
    model.data.CorpusError
        If there is no such text, or it is too short to learn from.
    """
    text, sha256 = data.read(corpus)
    studied, unseen = data.split(corpus, text)
    tokenizer = CharTokenizer(text)
    study, held_out = (np.array(tokenizer.encode(part), dtype=np.uint16) for part in (studied, unseen))
    return Text(corpus, sha256, studied, unseen, study, held_out, tokenizer, familiar_words(studied))


def climb(rung: Rung, seed: int, text: Text, device: str = "cpu") -> tuple[Run, dict[str, NDArray[np.float32]]]:
    """Train one rung once and measure it.

    Returns
    -------
    run : model.ladder.record.Run
        What the ladder keeps of it.
    arrays : dict of float32 arrays
        ``batch_losses`` of shape (step,) in nats a letter, and every weight by its name.

    Raises
    ------
    model.data.CorpusError
        If the held-out text is shorter than one window.
    FloatingPointError
        If the loss is no longer finite.
    """
    if len(text.held_out) <= rung.shape.block_size:
        raise data.CorpusError(
            f"the held-out text has {len(text.held_out)} letters, rung {rung.key} reads {rung.shape.block_size} and "
            "one more at a time; use a longer text"
        )
    made_from, machine = commit(), hardware(device)
    torch.manual_seed(seed)
    network = build(rung.shape, text.tokenizer.vocab_size).to(device)
    curve, batch_losses, seconds = train(network, rung, seed, text)
    held_out, study = (losses_by_position(network, ids, rung.shape.block_size) for ids in (text.held_out, text.study))
    writing = text.tokenizer.decode(write(network, rung.shape.block_size, draws(LETTERS_WRITTEN)))
    run = Run(
        seed=seed,
        held_out_loss=_rounded(held_out.mean()),
        study_loss=_rounded(study.mean()),
        held_out_by_position=tuple(map(_rounded, held_out)),
        study_by_position=tuple(map(_rounded, study)),
        curve=curve,
        seconds=round(seconds, 1),
        real_words=_rounded(real_word_share(writing, text.familiar)),
        longest_shared_stretch=longest_shared_stretch(writing, text.studied),
        sample=writing[:LETTERS_KEPT],
        hardware=machine,
        torch=torch.__version__,
        commit=made_from,
    )
    weights = {name: tensor.float().cpu().numpy() for name, tensor in network.state_dict().items()}
    return run, {"batch_losses": batch_losses, **weights}


def train(network: nn.Module, rung: Rung, seed: int, text: Text) -> tuple[Curve, NDArray[np.float32], float]:
    """Train in place on the batches of ``seed``; returns curve, each batch's loss, and seconds of training alone."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=rung.learning_rate, fused=True)
    device = next(network.parameters()).device
    losses = torch.empty(rung.steps, device=device)
    marks = [mark for mark in MARKS if mark < rung.steps] + [rung.steps]
    held_out = [losses_by_position(network, text.held_out, rung.shape.block_size).mean()]
    seconds = 0.0
    for start, stop in pairwise(marks):
        began = time.perf_counter()
        network.train()
        for step in range(start, stop):
            arrays = data.batch(text.study, rung.batch_size, rung.shape.block_size, seed, step)
            inputs, targets = (torch.from_numpy(array).to(device) for array in arrays)
            loss = functional.cross_entropy(network(inputs).flatten(0, 1), targets.flatten())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses[step] = loss.detach()
        if not losses[start:stop].isfinite().all():  # waits for the device, so that the clock is honest
            raise FloatingPointError(f"rung {rung.key}, seed {seed}: the loss is no longer finite by step {stop}")
        seconds += time.perf_counter() - began
        held_out.append(losses_by_position(network, text.held_out, rung.shape.block_size).mean())
    batches = [_rounded(losses[start:stop].mean()) for start, stop in pairwise(marks)]
    curve = Curve(steps=tuple(marks), held_out=tuple(map(_rounded, held_out)), batches=tuple(batches))
    return curve, losses.cpu().numpy(), seconds


@torch.inference_mode()
def losses_by_position(network: nn.Module, ids: NDArray[np.uint16], length: int) -> NDArray[np.float64]:
    """Mean loss at each place of a window, nats a letter, over a whole text in windows side by side.

    Every place is met equally often, so the mean of the result is the mean over all letters.
    """
    network.eval()
    device = next(network.parameters()).device
    total, count = np.zeros(length), 0
    for inputs, targets in data.windows(ids, max(1, LOOK_AT // length), length):
        logits = network(torch.from_numpy(inputs).to(device)).flatten(0, 1)
        losses = functional.cross_entropy(logits, torch.from_numpy(targets).to(device).flatten(), reduction="none")
        total += losses.double().view(-1, length).sum(0).cpu().numpy()
        count += len(inputs)
    return total / count


def draws(letters: int) -> NDArray[np.float64]:
    """The uniform numbers in [0, 1) that every network writes with, one a letter."""
    return np.random.default_rng(DRAW_SEED).random(letters)


@torch.inference_mode()
def write(network: nn.Module, block_size: int, uniform: NDArray[np.float64]) -> list[int]:
    """What a network writes after id 0 (in play text the line break): one id for each uniform draw.

    A draw picks the letter on whose stretch of [0, 1) it falls when the probabilities are laid end to end.
    """
    network.eval()
    device = next(network.parameters()).device
    ids = [0]
    for draw in uniform:
        logits = network(torch.tensor([ids[-block_size:]], device=device))[0, -1]
        edges = logits.double().softmax(-1).cumsum(-1).cpu().numpy()
        ids.append(min(int(np.searchsorted(edges, draw, side="right")), len(edges) - 1))
    return ids[1:]


def _rounded(value: Any) -> float:
    return round(float(value), 5)
