"""A network at several moments of its training, each as a checkpoint that the forward pass runs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from model.checkpoint import Checkpoint


class RunError(ValueError):
    """A training run's folder lacks what is asked for; the message says what was found and what to do."""


def read_snapshots(run: Path, checkpoint: Checkpoint) -> list[Checkpoint]:
    """The network from step 0 to the weights that were kept, in order.

    Parameters
    ----------
    run : Path
        ``runs/NAME``, as ``model.training`` leaves it.
    checkpoint : Checkpoint
        What came of the run. It is the last entry; snapshots taken after its step are left out.

    Returns
    -------
    list of Checkpoint
        ``facts["step"]`` of each says after how many optimiser steps; names are ``NAME-step-000100``.

    Raises
    ------
    RunError
        If there are no snapshots, they are damaged or of another shape, or the run's log is not the checkpoint's.
    """
    last = int(checkpoint.facts.get("steps", 0))
    paths = [path for path in sorted((run / "snapshots").glob("*.safetensors")) if int(path.stem) < last]
    if not paths:
        raise RunError(
            f"{run} holds no snapshots from before step {last}; "
            f"train {checkpoint.name} again with python -m model.training"
        )
    _require_its_run(run, checkpoint)
    final = Checkpoint(
        checkpoint.name,
        checkpoint.config,
        checkpoint.tokenizer,
        checkpoint.weights,
        checkpoint.digest,
        {**checkpoint.facts, "step": last},
    )
    return [*(_read_snapshot(path, checkpoint) for path in paths), final]


def read_log(run: Path) -> dict[str, list[float]]:
    """The run's losses: a list for each key of ``log.jsonl`` (``step``, ``train_loss``, ``watched_loss``, ...).

    Raises
    ------
    RunError
        If there is no log, or a line of it is no JSON object with the keys of the first.
    """
    path = run / "log.jsonl"
    try:
        entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return {key: [float(entry[key]) for entry in entries] for key in entries[0]}
    except OSError as error:
        raise RunError(f"{path} cannot be read ({error.strerror}); train the network again") from error
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise RunError(f"{path} is no training log; train the network again") from error


def _require_its_run(run: Path, checkpoint: Checkpoint) -> None:
    """A network carries the log of its run: another run of the same shape has other losses."""
    curve = checkpoint.facts.get("curve", [])
    log = read_log(run)
    if [dict(zip(log, values, strict=True)) for values in zip(*log.values(), strict=True)] != curve:
        raise RunError(
            f"{run / 'log.jsonl'} is not the log that {checkpoint.name} was saved with ({len(curve)} evaluations), so "
            f"the snapshots there are another run's; put its own run there, or train it again"
        )


def _read_snapshot(path: Path, checkpoint: Checkpoint) -> Checkpoint:
    content = path.read_bytes()
    try:
        weights: dict[str, Any] = load_tensors(content)
    except (SafetensorError, ValueError) as error:
        raise RunError(f"{path} is damaged ({error}); remove it and train again") from error
    shapes = {name: array.shape for name, array in weights.items()}
    if shapes != checkpoint.config.tensor_shapes():
        raise RunError(f"{path} belongs to a network of another shape than {checkpoint.name}; remove {path.parent}")
    return Checkpoint(
        f"{checkpoint.name}-step-{path.stem}",
        checkpoint.config,
        checkpoint.tokenizer,
        {name: np.asarray(array, np.float32) for name, array in weights.items()},
        hashlib.sha256(content).hexdigest(),
        {"step": int(path.stem)},
    )
