"""Train a network: ``python -m model.training model/configs/storybook.yaml``.

Seeded; stops and resumes exactly; keeps the weights with the best held-out loss; on CUDA uses bf16 and compiles.
Leaves ``runs/NAME/`` (state, a JSON line for each evaluation) and, at the end, ``assets/checkpoints/NAME.safetensors``
with its model card.
"""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cloup
import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from model import checkpoint, data
from model.card import write_card
from model.config import GPTConfig, in_one_sentence
from model.gpt import GPT
from model.tokenizer import Tokenizer

ROOT = Path(__file__).resolve().parent.parent


class TrainingConfig(BaseModel):
    """One training run, as a YAML file says it.

    Attributes
    ----------
    name : str
        The checkpoint's name.
    corpus : str
        A key of ``data.CORPORA`` or a text file.
    tokenizer : {"characters", "bpe"}; vocab_size : int
        ``vocab_size`` counts for ``bpe`` only.
    n_layer ... dropout
        As in ``GPTConfig``.
    steps, batch_size : int
        Optimiser steps; windows of ``block_size`` tokens a step.
    learning_rate, weight_decay, gradient_clip : float
        AdamW; the rate warms up over ``warmup`` steps, then falls along half a cosine to ``final_rate``.
    evaluate_every : int
        Steps between looks at held-out text.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    corpus: str
    tokenizer: Literal["characters", "bpe"]
    vocab_size: int = Field(default=4096, ge=256, le=65535)
    n_layer: int = Field(gt=0)
    n_head: int = Field(gt=0)
    n_embd: int = Field(gt=0)
    block_size: int = Field(gt=0)
    activation: Literal["relu", "gelu", "gelu_tanh"] = "relu"
    bias: bool = True
    tied: bool = False
    dropout: float = Field(default=0.0, ge=0, lt=1)
    steps: int = Field(gt=0)
    batch_size: int = Field(gt=0)
    learning_rate: float = Field(gt=0)
    final_rate: float = Field(default=0.0, ge=0)
    warmup: int = Field(default=100, ge=0)
    weight_decay: float = Field(default=0.1, ge=0)
    gradient_clip: float = Field(default=1.0, gt=0)
    evaluate_every: int = Field(default=250, gt=0)
    evaluate_batches: int = Field(default=40, gt=0)
    seed: int = Field(default=1337, ge=0)

    @model_validator(mode="after")
    def _describes_a_network(self) -> TrainingConfig:
        self.shape(self.vocab_size)  # before hours are spent on the text
        return self

    def shape(self, vocab_size: int) -> GPTConfig:
        """The network's own part of the settings."""
        shared = {key: getattr(self, key) for key in GPTConfig.model_fields if key in type(self).model_fields}
        return GPTConfig(**(shared | {"vocab_size": vocab_size}))

    def rate(self, step: int) -> float:
        """Learning rate at a step: linear warm-up, then half a cosine down to ``final_rate``."""
        if step < self.warmup:
            return self.learning_rate * (step + 1) / self.warmup
        progress = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.final_rate + (self.learning_rate - self.final_rate) * 0.5 * (1 + math.cos(math.pi * progress))


@dataclass
class Corpus:
    """A corpus ready to train on: its ids, the tokenizer that made them, the hash of the text."""

    train: NDArray[np.uint16]
    held_out: NDArray[np.uint16]
    tokenizer: Tokenizer
    sha256: str


def prepare(config: TrainingConfig, folder: Path = data.DATA) -> Corpus:
    """Read, split and tokenise; the tokenizer learns from the training part (characters: from the whole text)."""
    text, digest = data.read(config.corpus, folder)
    train, held_out = data.split(config.corpus, text)
    source = train + held_out if config.tokenizer == "characters" else train
    tokenizer = data.train_tokenizer(config.tokenizer, source, config.vocab_size)
    ids = [data.ids_on_disk(part, tokenizer, folder / "ids", config.name) for part in (train, held_out)]
    for part, array in zip(("training", "held-out"), ids, strict=True):
        if len(array) <= config.block_size + 1:
            raise data.CorpusError(
                f"the {part} part has {len(array)} tokens, a context is {config.block_size}; "
                "use a longer text or a shorter context"
            )
    return Corpus(ids[0], ids[1], tokenizer, digest)


class Trainer:
    """The loop, its state and its log.

    Parameters
    ----------
    config : TrainingConfig
        What to train.
    corpus : Corpus
        On what.
    run : Path
        Folder for state and log; a state found there is continued.
    device : str
        ``"cpu"`` or ``"cuda"``.
    compiled : bool
        Whether to compile the network first.
    """

    def __init__(self, config: TrainingConfig, corpus: Corpus, run: Path, device: str = "cpu", compiled: bool = False):
        self.config, self.corpus, self.run, self.device = config, corpus, run, device
        self.commit = commit()  # now: by the end of the run, the code on disk may be another
        torch.manual_seed(config.seed)
        self.shape = config.shape(corpus.tokenizer.vocab_size)
        self.network = GPT(self.shape).to(device)
        self.loss = torch.compile(self.network.loss) if compiled else self.network.loss
        matrices = [p for p in self.network.parameters() if p.ndim >= 2]
        others = [p for p in self.network.parameters() if p.ndim < 2]
        groups = [
            {"params": matrices, "weight_decay": config.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.99), fused=True)
        self.step, self.seconds, self.best_loss, self.best_step = 0, 0.0, math.inf, 0
        self.best: dict[str, torch.Tensor] = {}
        self.curve: list[dict[str, float]] = []
        self._resume()

    def train(self, report: Any = None) -> None:
        """Run to the last step, evaluating and saving on the way; ``report(trainer, loss)`` is called each step."""
        self.network.train()
        started = time.perf_counter() - self.seconds
        while self.step < self.config.steps:
            loss = self._one_step()
            self.step += 1
            if self.step % self.config.evaluate_every == 0 or self.step == self.config.steps:
                self.seconds = time.perf_counter() - started
                self._evaluate(float(loss))
                self._save()
            if report:
                report(self, loss)

    def _one_step(self) -> torch.Tensor:
        config = self.config
        arrays = data.batch(self.corpus.train, config.batch_size, config.block_size, config.seed, self.step)
        inputs, targets = (torch.from_numpy(array).to(self.device, non_blocking=True) for array in arrays)
        for group in self.optimiser.param_groups:
            group["lr"] = config.rate(self.step)
        with self._precision():
            loss = self.loss(inputs, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), config.gradient_clip)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return loss.detach()

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device == "cuda")

    @torch.no_grad()
    def held_out_loss(self, most: int | None = None) -> float:
        """Mean loss over the held-out text, nats a token: all of it, or its first ``most`` batches."""
        self.network.eval()
        total, count = 0.0, 0
        for number, arrays in enumerate(
            data.windows(self.corpus.held_out, self.config.batch_size, self.config.block_size)
        ):
            if number == most:
                break
            inputs, targets = (torch.from_numpy(array).to(self.device) for array in arrays)
            with self._precision():
                total += float(self.network.loss(inputs, targets)) * targets.numel()
            count += targets.numel()
        self.network.train()
        return total / count

    def _evaluate(self, train_loss: float) -> None:
        loss = self.held_out_loss(self.config.evaluate_batches)
        if not math.isfinite(loss):
            raise FloatingPointError(
                f"the loss became {loss} at step {self.step}; lower learning_rate and start afresh"
            )
        if loss < self.best_loss:
            self.best_loss, self.best_step = loss, self.step
            self.best = {name: tensor.cpu().clone() for name, tensor in self.network.weights().items()}
        entry = {
            "step": self.step,
            "train_loss": round(train_loss, 4),
            "held_out_loss": round(loss, 4),
            "learning_rate": self.config.rate(self.step - 1),
            "seconds": round(self.seconds, 1),
        }
        self.curve.append(entry)
        with (self.run / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")

    def _save(self) -> None:
        state = {
            "config": self.config.model_dump_json(),
            "corpus": self.corpus.sha256,
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "chance": torch.get_rng_state(),
            "chance_cuda": torch.cuda.get_rng_state_all() if self.device == "cuda" else [],
            "progress": [self.step, self.seconds, self.best_loss, self.best_step],
            "best": self.best,
            "curve": self.curve,
        }
        temporary = self.run / "state.pt.part"
        torch.save(state, temporary)
        os.replace(temporary, self.run / "state.pt")

    def _resume(self) -> None:
        self.run.mkdir(parents=True, exist_ok=True)
        path = self.run / "state.pt"
        if not path.exists():
            (self.run / "log.jsonl").unlink(missing_ok=True)
            return
        afresh = f"remove {self.run} and start afresh"
        try:
            state = torch.load(path, map_location=self.device, weights_only=True)
        except Exception as error:  # torch passes on what zip, pickle and the disk raise
            raise data.CorpusError(f"{path} cannot be read; {afresh}") from error
        if state["config"] != self.config.model_dump_json():
            raise data.CorpusError(f"{path} belongs to other settings; continue with those, or {afresh}")
        if state.get("corpus", self.corpus.sha256) != self.corpus.sha256:
            raise data.CorpusError(f"{path} was trained on another text; put that one back, or {afresh}")
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["chance"].cpu())
        if self.device == "cuda" and state["chance_cuda"]:
            torch.cuda.set_rng_state_all([chance.cpu() for chance in state["chance_cuda"]])
        self.step, self.seconds, self.best_loss, self.best_step = state["progress"]
        self.best, self.curve = state["best"], state["curve"]
        (self.run / "log.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in self.curve), encoding="utf-8")

    def finish(self, folder: Path) -> Path:
        """Write the best weights, as a checkpoint with its card, into ``folder``; returns the checkpoint's path."""
        self.network.load_weights({name: tensor.to(self.device) for name, tensor in self.best.items()})
        facts = {
            "corpus": self.config.corpus,
            "corpus_sha256": self.corpus.sha256,
            "train_tokens": len(self.corpus.train),
            "held_out_tokens": len(self.corpus.held_out),
            "steps": self.best_step,
            "tokens_seen": self.best_step * self.config.batch_size * self.config.block_size,
            "held_out_loss": round(self.held_out_loss(), 4),
            "train_loss": self.curve[[entry["step"] for entry in self.curve].index(self.best_step)]["train_loss"],
            "hardware": hardware(self.device),
            "seconds": round(self.seconds, 1),
            "torch": torch.__version__,
            "commit": self.commit,
            "settings": self.config.model_dump(),
            "curve": self.curve,
        }
        path = folder / f"{self.config.name}.safetensors"
        weights = {name: tensor.float().cpu().numpy() for name, tensor in self.best.items()}
        checkpoint.save(path, self.shape, self.corpus.tokenizer, weights, facts)
        write_card(checkpoint.load(path), path.with_suffix(".md"))
        return path


def hardware(device: str) -> str:
    """The machine in words: the GPU's name, or the processor and the threads used."""
    if device == "cuda":
        return str(torch.cuda.get_device_name())
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    return f"{name}, {torch.get_num_threads()} thread(s), no GPU"


def commit() -> str:
    """The commit the training code stood at, or ``"unknown"``."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "--verify", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except OSError:  # git is not installed
        return "unknown"
    return answer.stdout.strip() or "unknown"


def read_config(path: Path) -> TrainingConfig:
    """The settings in a YAML file; a wrong one is named in a ``ValueError``."""
    try:
        return TrainingConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise ValueError(f"{path} is no training configuration: {in_one_sentence(error)}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        words = " ".join(str(error).split())
        raise ValueError(f"{path} cannot be read as a training configuration: {words}") from error


@contextmanager
def _progress(config: TrainingConfig) -> Iterator[Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task(config.name, total=config.steps)

        def report(trainer: Trainer, loss: torch.Tensor) -> None:
            if trainer.step % 10 and trainer.step != config.steps:
                return
            held_out = trainer.curve[-1]["held_out_loss"] if trainer.curve else math.nan
            words = f"{config.name}  train {float(loss):.3f}  held out {held_out:.3f}"
            bar.update(task, completed=trainer.step, description=words)

        yield report


@cloup.command()
@cloup.argument("config", type=cloup.Path(exists=True, dir_okay=False, path_type=Path))
@cloup.option("--device", type=cloup.Choice(["auto", "cpu", "cuda"]), default="auto", help="Where to train.")
@cloup.option("--threads", type=cloup.IntRange(min=1), default=None, help="CPU threads (default: all).")
@cloup.option("--compile/--no-compile", "compiled", default=None, help="Compile first (default: on CUDA).")
@cloup.option("--runs", type=cloup.Path(path_type=Path), default=ROOT / "runs", help="Folder for state and log.")
@cloup.option(
    "--out", type=cloup.Path(path_type=Path), default=checkpoint.CHECKPOINTS, help="Folder for the checkpoint."
)
def main(config: Path, device: str, threads: int | None, compiled: bool | None, runs: Path, out: Path) -> None:
    """Train the network that CONFIG describes; an interrupted run goes on where it stopped."""
    if threads:
        torch.set_num_threads(threads)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("error: no CUDA device was found; use --device cpu")
    try:
        settings = read_config(config)
        corpus = prepare(settings)
        trainer = Trainer(
            settings, corpus, runs / settings.name, device, device == "cuda" if compiled is None else compiled
        )
        with _progress(settings) as report:
            trainer.train(report)
        path = trainer.finish(out)
    except (ValueError, FloatingPointError, OSError) as error:
        raise SystemExit(f"error: {error}") from error
    Console(stderr=True, soft_wrap=True).print(
        f"best held-out loss {trainer.best_loss:.4f} at step {trainer.best_step}; wrote {path}"
    )


if __name__ == "__main__":
    sys.exit(main())
