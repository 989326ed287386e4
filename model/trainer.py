"""The loop: seeded, stopped and resumed, in one process or several.

Everything left to chance depends on the seed, the step and the process alone. On a CPU, an interrupted run is therefore
exactly the run it would have been; on a GPU up to the order in which it adds. Under ``torchrun`` each process takes its
share of every step's windows; together they are the same step.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save as save_tensors
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from model import checkpoint, data
from model.card import write_card
from model.gpt import GPT
from model.optimisers import optimisers
from model.sealed import write_atomically
from model.settings import TrainingConfig
from model.tokenizer import Tokenizer

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Corpus:
    """A corpus ready to train on.

    Attributes
    ----------
    train, watched, held_out : uint16 arrays of token ids
        Learned from; looked at on the way, to choose; read once, at the end.
    tokenizer : Tokenizer
        What made the ids.
    sha256 : str
        Of the text.
    """

    train: NDArray[np.uint16]
    watched: NDArray[np.uint16]
    held_out: NDArray[np.uint16]
    tokenizer: Tokenizer
    sha256: str

    def fingerprint(self) -> str:
        """sha256 of what is trained on: the tokenizer and the ids, learned and watched."""
        parts = (self.tokenizer.to_json().encode(), self.train.tobytes(), self.watched.tobytes())
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


class _Loss(nn.Module):
    """The network's loss as a module, which is what several processes share their gradients through."""

    def __init__(self, network: GPT) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return self.network.loss(ids, targets)


class Trainer:
    """The loop, its state and its log.

    Parameters
    ----------
    config : TrainingConfig
        What to train.
    corpus : Corpus
        On what.
    run : Path
        Folder for state, log and snapshots; a state found there is continued.
    device : str
        ``"cpu"`` or ``"cuda"``.
    compiled : bool
        Whether to compile the network first.

    Raises
    ------
    data.CorpusError
        If the state in ``run`` is damaged, or belongs to other settings or another text.
    ValueError
        If the processes cannot share a step's windows evenly.
    """

    def __init__(self, config: TrainingConfig, corpus: Corpus, run: Path, device: str = "cpu", compiled: bool = False):
        self.config, self.corpus, self.run, self.device = config, corpus, run, device
        self.rank, self.ranks = _place()
        if config.batch_size % self.ranks:
            raise ValueError(f"batch_size is {config.batch_size}, which {self.ranks} processes cannot share evenly")
        self.commit = commit()  # now: by the end of the run, the code on disk may be another
        torch.manual_seed(config.seed)
        self.shape = config.shape(corpus.tokenizer.vocab_size)
        self.network = GPT(self.shape).to(device)
        loss: nn.Module = _Loss(self.network)
        if self.ranks > 1:
            loss = DistributedDataParallel(loss)
        self.loss: Callable[..., torch.Tensor] = torch.compile(loss) if compiled else loss
        self.optimisers = optimisers(self.network, config)
        self.step, self.seconds, self.best_loss, self.best_step = 0, 0.0, math.inf, 0
        self.best: dict[str, torch.Tensor] = {}
        self.curve: list[dict[str, float]] = []
        self._resume()

    # -- learning ----------

    def train(self, report: Callable[[Trainer, torch.Tensor], None] | None = None) -> None:
        """Run to the last step or until patience ends; ``report(trainer, loss)`` is called after each step."""
        self.network.train()
        started = time.perf_counter() - self.seconds
        if self.step == 0:
            self._keep_snapshot()
        while not self.done:
            loss = self.advance()
            if self.step in snapshot_steps(self.config.steps):
                self._keep_snapshot()
            if self.step % self.config.evaluate_every == 0 or self.step == self.config.steps:
                self.seconds = time.perf_counter() - started
                self._evaluate(float(loss))
                self._save()
            if report:
                report(self, loss)

    @property
    def done(self) -> bool:
        """Whether the last step was made, or patience has ended."""
        patience = self.config.patience
        since_best = (self.step - self.best_step) // self.config.evaluate_every
        return self.step >= self.config.steps or (patience is not None and bool(self.best) and since_best >= patience)

    def advance(self) -> torch.Tensor:
        """Make one step; returns its loss, nats a token (this process's share of the windows)."""
        config = self.config
        torch.manual_seed(config.seed + self.step * self.ranks + self.rank)  # what dropout drops
        arrays = data.batch(self.corpus.train, config.batch_size, config.block_size, config.seed, self.step)
        inputs, targets = (self._tensor(array[self.rank :: self.ranks]) for array in arrays)
        with self._precision():
            loss = self.loss(inputs, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), config.gradient_clip)
        for optimiser, rate in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate * config.pace(self.step)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.step += 1
        return loss.detach()

    def _tensor(self, array: NDArray[np.int64]) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device, non_blocking=True)

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device == "cuda")

    # -- looking ----------

    @torch.no_grad()
    def loss_on(self, ids: NDArray[np.uint16]) -> float:
        """Mean loss over a whole text, nats a token, shared among the processes; all of them must ask."""
        network = self.network.eval()
        total = torch.zeros(2, dtype=torch.float64)
        for number, arrays in enumerate(data.windows(ids, self.config.batch_size, self.config.block_size)):
            if number % self.ranks == self.rank:
                inputs, targets = (self._tensor(array) for array in arrays)
                with self._precision():
                    loss = float(network.loss(inputs, targets))
                total += torch.tensor([loss * targets.numel(), targets.numel()])
        self.network.train()
        if self.ranks > 1:
            total = total.to(self.device)
            distributed.all_reduce(total)
        return float(total[0] / total[1])

    def _over_processes(self, value: float) -> float:
        """The mean of a number over the processes; all of them must ask."""
        if self.ranks == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64, device=self.device)
        distributed.all_reduce(total)
        return float(total) / self.ranks

    def _evaluate(self, train_loss: float) -> None:
        loss = self.loss_on(self.corpus.watched)
        train_loss = self._over_processes(train_loss)
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
            "watched_loss": round(loss, 4),
            "learning_rate": self.config.learning_rate * self.config.pace(self.step - 1),
            "seconds": round(self.seconds, 1),
        }
        self.curve.append(entry)
        if self.rank == 0:
            with (self.run / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(entry) + "\n")

    # -- keeping ----------

    def _keep_snapshot(self) -> None:
        if self.rank == 0:
            weights = {name: tensor.float().cpu().contiguous() for name, tensor in self.network.weights().items()}
            write_atomically(self.run / "snapshots" / f"{self.step:06d}.safetensors", save_tensors(weights))

    def _save(self) -> None:
        if self.rank:
            return
        state = {
            "config": self.config.model_dump_json(),
            "corpus": self.corpus.fingerprint(),
            "commit": self.commit,
            "network": self.network.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser, _ in self.optimisers],
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
        if state["corpus"] != self.corpus.fingerprint():
            raise data.CorpusError(f"{path} was trained on another text, or on one cut otherwise; {afresh}")
        self.commit = state["commit"]
        self.network.load_state_dict(state["network"])
        for (optimiser, _), kept in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)
        self.step, self.seconds, self.best_loss, self.best_step = state["progress"]
        self.best, self.curve = state["best"], state["curve"]
        if self.rank == 0:
            lines = "".join(json.dumps(entry) + "\n" for entry in self.curve)
            (self.run / "log.jsonl").write_text(lines, encoding="utf-8")

    def finish(self, folder: Path) -> Path:
        """Write the best weights, as a checkpoint with its card, into ``folder``; returns the checkpoint's path.

        Only now the held-out text is read. All processes must call this; the first one writes.
        """
        self.network.load_weights({name: tensor.to(self.device) for name, tensor in self.best.items()})
        best = next(entry for entry in self.curve if entry["step"] == self.best_step)
        facts = {
            "corpus": self.config.corpus,
            "corpus_sha256": self.corpus.sha256,
            "train_tokens": len(self.corpus.train),
            "watched_tokens": len(self.corpus.watched),
            "held_out_tokens": len(self.corpus.held_out),
            "steps": self.best_step,
            "tokens_seen": self.best_step * self.config.batch_size * self.config.block_size,
            "held_out_loss": round(self.loss_on(self.corpus.held_out), 4),
            "watched_loss": best["watched_loss"],
            "train_loss": best["train_loss"],
            "hardware": hardware(self.device, self.ranks),
            "seconds": round(self.seconds, 1),
            "torch": torch.__version__,
            "commit": self.commit,
            "settings": self.config.model_dump(),
            "curve": self.curve,
        }
        path = folder / f"{self.config.name}.safetensors"
        if self.rank == 0:
            weights = {name: tensor.float().cpu().numpy() for name, tensor in self.best.items()}
            checkpoint.save(path, self.shape, self.corpus.tokenizer, weights, facts)
            write_card(checkpoint.load(path), path.with_suffix(".md"))
        return path


def snapshot_steps(steps: int) -> list[int]:
    """Steps whose weights are kept: 0, 10, 30, 100, 300, ... and the last."""
    spaced = [factor * 10**power for power in range(1, 8) for factor in (1, 3)]
    return [0, *(step for step in spaced if step < steps), steps]


def hardware(device: str, ranks: int = 1) -> str:
    """The machine in words: the GPU's name, or the processor and the threads used."""
    processes = f", {ranks} processes" if ranks > 1 else ""
    if device == "cuda":
        return f"{torch.cuda.get_device_name()}{processes}"
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    return f"{name}, {torch.get_num_threads()} thread(s){processes}, no GPU"


def commit() -> str:
    """The commit the code stands at, with ``-dirty`` if files differ from it, or ``"unknown"``."""
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:  # git is not installed
        return "unknown"
    return answer.stdout.strip() or "unknown"


def _place() -> tuple[int, int]:
    """This process's number and how many there are."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return 0, 1
    return distributed.get_rank(), distributed.get_world_size()
