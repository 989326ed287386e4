"""Our training loop against a plain one of the same shape: ``python -m benchmarks.training``.

The loops take turns, a few steps each, on the same text and the same learning rates' schedule, so that whatever else
the machine does concerns all alike. For each: tokens a second (median over the turns), as a ratio to the plain loop,
and the loss on held-out text after equally many steps.
"""

from __future__ import annotations

import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cloup
import torch
from rich.console import Console
from rich.markdown import Markdown
from rich.progress import track
from torch.nn import functional

from benchmarks.reference_gpt import ReferenceGPT, steps
from benchmarks.report import write_section
from model import data
from model.settings import TrainingConfig, read_config
from model.trainer import ROOT, Corpus, Trainer, hardware
from model.training import prepare


@dataclass
class Way:
    """One way to train, and how long its turns took."""

    name: str
    turns: Iterator[None]
    network: Callable[[], torch.nn.Module]
    seconds: list[float] = field(default_factory=list)

    def take_turn(self, count: int, device: str) -> None:
        """Make ``count`` steps and keep the time."""
        started = time.perf_counter()
        for _ in range(count):
            next(self.turns)
        if device == "cuda":
            torch.cuda.synchronize()
        self.seconds.append(time.perf_counter() - started)


def plain(config: TrainingConfig, corpus: Corpus, device: str, compiled: bool) -> Way:
    """The reference loop."""
    torch.manual_seed(config.seed)
    network = ReferenceGPT(config, corpus.tokenizer.vocab_size).to(device)
    return Way("plain loop, AdamW", steps(network, config, corpus.train, device, compiled), network.eval)


def ours(name: str, config: TrainingConfig, corpus: Corpus, device: str, compiled: bool, folder: Path) -> Way:
    """Our loop, in a folder of its own."""
    trainer = Trainer(config, corpus, folder / name, device, compiled)

    def turns() -> Iterator[None]:
        while True:
            trainer.network.train()
            trainer.advance()
            yield

    return Way(name, turns(), trainer.network.eval)


@torch.no_grad()
def held_out_loss(way: Way, config: TrainingConfig, corpus: Corpus, device: str) -> float:
    """Mean loss on the whole held-out text, nats a token, in float32."""
    network, total, count = way.network(), 0.0, 0
    for arrays in data.windows(corpus.held_out, config.batch_size, config.block_size):
        inputs, targets = (torch.from_numpy(array).to(device) for array in arrays)
        loss = functional.cross_entropy(network(inputs).flatten(0, 1), targets.flatten())
        total, count = total + float(loss) * targets.numel(), count + targets.numel()
    return total / count


def measure(config: TrainingConfig, plain_rate: float, device: str, compiled: bool, turn: int) -> str:
    """Train every way side by side; returns the table, as Markdown."""
    corpus = prepare(config)
    adamw = config.model_copy(update={"optimiser": "adamw", "learning_rate": plain_rate, "matrix_rate": None})
    with tempfile.TemporaryDirectory() as folder:
        ways = [
            plain(adamw, corpus, device, compiled),
            ours("ours, AdamW", adamw, corpus, device, compiled, Path(folder)),
            ours(f"ours, {config.optimiser}", config, corpus, device, compiled, Path(folder)),
        ]
        rounds = config.steps // turn
        for number in track(range(rounds), description=config.name, console=Console(stderr=True)):
            for way in ways[number % 3 :] + ways[: number % 3]:
                way.take_turn(turn, device)
        losses = [held_out_loss(way, config, corpus, device) for way in ways]
    tokens = turn * config.batch_size * config.block_size
    # The first turn compiles and warms up; each later one is compared with the plain loop's of the same round.
    ratios = [
        statistics.median(base / mine for base, mine in zip(ways[0].seconds[1:], way.seconds[1:], strict=True))
        for way in ways
    ]
    rows = [
        f"| {way.name} | {tokens / statistics.median(way.seconds[1:]):,.0f} | {ratio:.2f} | {loss:.3f} |"
        for way, ratio, loss in zip(ways, ratios, losses, strict=True)
    ]
    shape = f"{config.n_layer} layers, {config.n_head} heads, width {config.n_embd}, context {config.block_size}"
    return (
        f"{shape}; {rounds * turn} steps of {config.batch_size} x {config.block_size} tokens of {config.corpus}, "
        f"median of {rounds - 1} turns of {turn} steps; {hardware(device)}.\n"
        f"Blind guess: {math.log(corpus.tokenizer.vocab_size):.3f} nats a token.\n\n"
        "| | tokens/s | ratio | held-out loss after equal steps |\n|---|---|---|---|\n" + "\n".join(rows)
    )


@cloup.command()
@cloup.argument(
    "config", type=cloup.Path(exists=True, path_type=Path), default=ROOT / "model/configs/storybook-cpu.yaml"
)
@cloup.option("--steps", "count", type=cloup.IntRange(min=20), default=300, help="Steps each way makes.")
@cloup.option("--turn", type=cloup.IntRange(min=1), default=10, help="Steps in a turn.")
@cloup.option("--batch-size", type=cloup.IntRange(min=1), default=None, help="Windows a step (default: the file's).")
@cloup.option("--plain-rate", type=float, default=2.5e-3, help="AdamW's learning rate.")
@cloup.option("--device", type=cloup.Choice(["cpu", "cuda"]), default="cpu")
@cloup.option("--threads", type=cloup.IntRange(min=1), default=1)
def main(
    config: Path, count: int, turn: int, batch_size: int | None, plain_rate: float, device: str, threads: int
) -> None:
    """Measure CONFIG's shape and file the table in benchmarks/RESULTS.md."""
    torch.set_num_threads(threads)
    settings = read_config(config)
    if count < 2 * turn:
        raise SystemExit(f"error: {count} steps are fewer than two turns of {turn}; give more --steps")
    if (settings.activation, settings.bias, settings.tied) != ("relu", True, False):
        raise SystemExit(f"error: the plain loop has ReLU, biases and an untied unembedding; {config} asks for others")
    changes = {"steps": count, "warmup": count // 10, "batch_size": batch_size or settings.batch_size}
    table = measure(settings.model_copy(update=changes), plain_rate, device, device == "cuda", turn)
    write_section(f"Training: {config.stem} on {device}", table)
    Console().print(Markdown(table))


if __name__ == "__main__":
    sys.exit(main())
