"""Train a network: ``python -m model.training model/configs/storybook.yaml``.

Leaves ``runs/NAME/`` (state, a JSON line for each look at the watched text, snapshots of the weights) and, at the end,
``assets/checkpoints/NAME.safetensors`` with its model card. On CUDA it uses bf16 and compiles. Several processes share
the work under ``torchrun --nproc-per-node N -m model.training CONFIG``.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cloup
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import distributed

from model import checkpoint, data
from model.settings import TrainingConfig, read_config
from model.trainer import ROOT, Corpus, Trainer


def prepare(config: TrainingConfig, folder: Path = data.DATA) -> Corpus:
    """Read, split and tokenise; the tokenizer learns from the training part (characters: from the whole text)."""
    text, digest = data.read(config.corpus, folder)
    train, held_out = data.split(config.corpus, text)
    source = train + held_out if config.tokenizer == "characters" else train
    tokenizer = data.train_tokenizer(config.tokenizer, source, config.vocab_size)
    ids, held_out_ids = (data.ids_on_disk(part, tokenizer, folder / "ids", config.name) for part in (train, held_out))
    learned, watched = data.set_aside(ids, config.watched_share)
    parts = {"training": learned, "watched": watched, "held-out": held_out_ids}
    for part, array in parts.items():
        if len(array) <= config.block_size + 1:
            raise data.CorpusError(
                f"the {part} part has {len(array)} tokens, a context is {config.block_size}; "
                "use a longer text or a shorter context"
            )
    return Corpus(parts["training"], parts["watched"], parts["held-out"], tokenizer, digest)


@contextmanager
def _progress(trainer: Trainer) -> Iterator[Any]:
    config = trainer.config
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, *times, console=Console(stderr=True), disable=trainer.rank > 0) as bar:
        task = bar.add_task(config.name, total=config.steps)

        def report(trainer: Trainer, loss: torch.Tensor) -> None:
            if trainer.step % 10 and trainer.step != config.steps:
                return
            watched = trainer.curve[-1]["watched_loss"] if trainer.curve else math.nan
            words = f"{config.name}  train {float(loss):.3f}  watched {watched:.3f}"
            bar.update(task, completed=trainer.step, description=words)

        yield report


@contextmanager
def _together(device: str) -> Iterator[str]:
    """Join the other processes if ``torchrun`` started several; yields this one's device."""
    if "RANK" not in os.environ:
        yield device
        return
    if device == "cuda":
        number, present = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
        if number >= present:
            raise ValueError(f"torchrun started a process for GPU {number}, this machine has {present}; start fewer")
        torch.cuda.set_device(number)
    distributed.init_process_group("nccl" if device == "cuda" else "gloo")
    try:
        yield device
    finally:
        distributed.destroy_process_group()


@cloup.command()
@cloup.argument("config", type=cloup.Path(exists=True, dir_okay=False, path_type=Path))
@cloup.option("--device", type=cloup.Choice(["auto", "cpu", "cuda"]), default="auto", help="Where to train.")
@cloup.option("--threads", type=cloup.IntRange(min=1), default=None, help="CPU threads (default: all).")
@cloup.option("--compile/--no-compile", "compiled", default=None, help="Compile first (default: on CUDA).")
@cloup.option("--data", "texts", type=cloup.Path(path_type=Path), default=data.DATA, help="Folder for texts and ids.")
@cloup.option("--runs", type=cloup.Path(path_type=Path), default=ROOT / "runs", help="Folder for state and log.")
@cloup.option(
    "--out", type=cloup.Path(path_type=Path), default=checkpoint.CHECKPOINTS, help="Folder for the checkpoint."
)
def main(
    config: Path, device: str, threads: int | None, compiled: bool | None, texts: Path, runs: Path, out: Path
) -> None:
    """Train the network that CONFIG describes; an interrupted run goes on where it stopped."""
    if threads:
        torch.set_num_threads(threads)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("error: no CUDA device was found; use --device cpu")
    try:
        settings = read_config(config)
        with _together(device) as place:
            compiled = place == "cuda" if compiled is None else compiled
            trainer = Trainer(settings, prepare(settings, texts), runs / settings.name, place, compiled)
            with _progress(trainer) as report:
                trainer.train(report)
            path = trainer.finish(out)
    except torch.cuda.OutOfMemoryError as error:
        raise SystemExit(f"error: the GPU's memory is full ({error}); choose a smaller batch_size") from error
    except (ValueError, FloatingPointError, OSError) as error:
        raise SystemExit(f"error: {error}") from error
    if trainer.rank == 0:
        Console(stderr=True, soft_wrap=True).print(
            f"best watched loss {trainer.best_loss:.4f} at step {trainer.best_step}; wrote {path}"
        )


if __name__ == "__main__":
    sys.exit(main())
