"""What a training run leaves behind for the film: ``python -m model.recording storybook``.

Reads ``runs/NAME`` (log and snapshots) and the checkpoint that came of it, and writes
``assets/recordings/NAME.safetensors``. ``model.recording.history`` reads it back.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import Any

import cloup
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from model.checkpoint import Checkpoint, load
from model.decoding import ROWS
from model.recorded import RECORDINGS, Draft
from model.recording import moments, slopes, timing
from model.recording.gradients import Examples, losses_of, network_of
from model.recording.snapshots import read_log
from model.recording.subject import BATCH, Subject, subject_of
from model.trainer import ROOT

ALLOWANCE = 8_000_000
LOOKED_AT = 64
LONGEST_PASSAGE = 128


def record(subject: Subject, log: dict[str, list[float]]) -> Draft:
    """Look at everything the film shows of training; minutes on one core.

    Parameters
    ----------
    subject : Subject
        The network and its texts.
    log : dict of lists
        The run's curves, see ``snapshots.read_log``.
    """
    draft = Draft()
    _put_papers(draft, subject)
    for key, values in log.items():
        draft.put(f"curve.{key}", np.array(values), "evaluation")
    _put_moments(draft, subject)
    slopes.put_gradients(draft, subject)
    slopes.put_nudges(draft, subject)
    slopes.put_descent(draft, subject)
    _put_timing(draft, subject)
    moments.put_whole(draft, subject.snapshots, ALLOWANCE - draft.size())
    return draft


def _put_papers(draft: Draft, subject: Subject) -> None:
    final, pick = subject.final, subject.pick
    draft.facts |= {
        "checkpoint": {"name": final.name, "digest": final.digest},
        "corpus": final.facts["corpus"],
        "trained": {key: final.facts.get(key) for key in ("hardware", "seconds", "steps", "tokens_seen")},
        "pick": {"prompt": pick.prompt, "layer": pick.layer, "head": pick.head, "why": pick.why},
        "neuron": {"layer": subject.neuron[0], "neuron": subject.neuron[1], "why": subject.why_neuron},
        "tensors": list(final.config.tensor_shapes()),
    }


def _put_moments(draft: Draft, subject: Subject) -> None:
    snapshots, pick = subject.snapshots, subject.pick
    draft.put("step", [snapshot.facts["step"] for snapshot in snapshots], "snapshot")
    draft.put("held_out.loss", [_held_out_loss(snapshot, subject.held_out) for snapshot in snapshots], "snapshot")
    draft.facts["held_out"] = {"windows": LOOKED_AT, "of": "spread evenly over the held-out text"}
    moments.put_head(draft, snapshots, pick.layer, pick.head)
    moments.put_neuron(draft, snapshots, *subject.neuron)
    tracked = moments.tracked_tokens(subject.final, [pick.prompt, pick.second_prompt], subject.held_out)
    moments.put_tracked(draft, snapshots, tracked)
    moments.put_dials(draft, snapshots)
    moments.put_patterns(draft, snapshots, pick.prompt)
    length = min(LONGEST_PASSAGE, subject.final.config.block_size) + 1
    moments.put_passage(draft, snapshots, [int(i) for i in subject.held_out[:length]])
    moments.put_samples(draft, snapshots, pick.prompt)


def _held_out_loss(snapshot: Checkpoint, held_out: NDArray[Any]) -> float:
    """Mean loss, nats a token, over windows spread evenly over the held-out text."""
    length = snapshot.config.block_size
    starts = np.linspace(0, len(held_out) - length - 1, LOOKED_AT).astype(int)
    windows = np.stack([held_out[start : start + length + 1] for start in starts]).astype(np.int64)
    network = network_of(snapshot, torch.float32)
    with torch.no_grad():
        losses = [losses_of(network, Examples(part[:, :-1], part[:, 1:])) for part in np.array_split(windows, 8)]
    return float(torch.cat(losses).double().mean())


# -- timing ----------


def _put_timing(draft: Draft, subject: Subject) -> None:
    ids = [int(i) for i in subject.held_out[: subject.final.config.block_size]]
    for part, table in zip(("decoding", "context"), timing.measure(subject.final, ids), strict=True):
        for name, values in table.items():
            draft.put(f"timing.{part}.{name}", values, "length")
    draft.put("timing.learning", _learning_seconds(subject), "pass")
    draft.facts["timing"] = {
        "hardware": f"{timing.processor()}, one core, NumPy",
        "repeats": timing.REPEATS,
        "batch": BATCH,
        "rows": ROWS,  # multiplied together in decoding, however few tokens are new
    }


def _learning_seconds(subject: Subject) -> list[float]:
    """Median processor seconds of one batch forward, and forward and backward, in PyTorch (float32)."""
    network, batch = network_of(subject.final, torch.float32), subject.batch()
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(timing.REPEATS):
        for backward in (False, True):
            started = time.process_time()
            with torch.set_grad_enabled(backward):
                loss = losses_of(network, batch).mean()
                if backward:
                    loss.backward()
            seconds[backward].append(time.process_time() - started)
    return [statistics.median(seconds[False]), statistics.median(seconds[True])]


@cloup.command()
@cloup.argument("network")
@cloup.option("--runs", type=cloup.Path(path_type=Path), default=ROOT / "runs", help="Folder of training runs.")
@cloup.option("--out", type=cloup.Path(path_type=Path), default=RECORDINGS, help="Folder for the recording.")
@cloup.option("--threads", type=cloup.IntRange(min=1), default=1, show_default=True, help="CPU threads.")
def main(network: str, runs: Path, out: Path, threads: int) -> None:
    """Record how NETWORK (a shipped name or a file) was trained."""
    torch.set_num_threads(threads)
    console = Console(stderr=True, soft_wrap=True)
    try:
        checkpoint = load(network)
        log = read_log(runs / checkpoint.name)
        with console.status(f"looking at every snapshot of {checkpoint.name}"):
            draft = record(subject_of(checkpoint, runs / checkpoint.name), log)
        path = out / f"{checkpoint.name}.safetensors"
        draft.save(path)
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from error
    console.print(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    sys.exit(main())
