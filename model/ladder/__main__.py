"""Climb the ladder: ``python -m model.ladder``, or only some rungs: ``python -m model.ladder 3 4 S``.

Small networks on play text, one ingredient more at a time, five seeds each (``model.ladder.plan`` lists them). What has
finished lies in ``runs/ladder`` and is not repeated. At the end ``assets/recordings/ladder.json`` (losses, curves,
samples) and ``ladder.safetensors`` (weights of one seed) are written, and ours stand beside the lecture's in a table.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import cloup
import torch
from rich.console import Console
from rich.table import Table

from model.ladder.plan import PLAN, Rung, chosen
from model.ladder.record import LadderRecord, Run, RungRecord
from model.ladder.run import Text, climb, prepare
from model.ladder.store import Store
from model.ladder.writing import write_record
from model.recorded import RECORDINGS

ROOT = Path(__file__).resolve().parents[2]
CORPUS = "shakespeare"


def climb_all(
    rungs: list[Rung], seeds: int, text: Text, store: Store, device: str = "cpu"
) -> Iterator[tuple[Rung, Run, bool]]:
    """Train what has not been trained yet, one run at a time.

    Parameters
    ----------
    rungs : list of Rungs
        In the order to train them.
    seeds : int
        How many of each, counted from 0; never more than the rung's own ``seeds``.
    text : Text
        From ``model.ladder.run.prepare``.
    store : Store
        Finished runs; each new one is kept there at once.
    device : {"cpu", "cuda"}
        Where to train.

    Yields
    ------
    rung, run, afresh
        Every run when it is finished; ``afresh`` is false if the store had it.
    """
    for rung in rungs:
        for seed in range(min(seeds, rung.seeds)):
            known = store.load(rung, seed)
            if known:
                yield rung, known[0], False
                continue
            run, arrays = climb(rung, seed, text, device)
            store.save(rung, run, arrays)
            yield rung, run, True


def table(made: LadderRecord) -> Table:
    """Ours beside the lecture's, rung by rung; losses in nats a letter over the whole held-out text."""
    view = Table(title=f"The ladder on {made.corpus}", caption=made.note or None)
    view.add_column("rung")
    view.add_column("what it is")
    for heading in ("parameters", "seeds", "held out", "least - most", "lecture", "study", "last letter", "real words"):
        view.add_column(heading, justify="right")
    view.add_column("seconds", justify="right")
    pairs = made.counted
    view.add_row(
        "-", "counted pairs, add-one", "-", "-", f"{pairs.held_out_loss:.3f}", "", "", f"{pairs.study_loss:.3f}"
    )
    for rung in made.rungs:
        view.add_row(rung.key, rung.title, *_cells(rung, made.published.get(rung.key)))
    for key in sorted(made.published.keys() - {rung.key for rung in made.rungs}):
        view.add_row(key, f"{PLAN[key].title}: not trained", "", "", "", "", f"{made.published[key]:.2f}")
    return view


def _cells(rung: RungRecord, published: float | None) -> list[str]:
    losses = rung.held_out_losses
    return [
        f"{rung.parameters:,}",
        f"{len(losses)}",
        f"{rung.mean:.3f}",
        f"{min(losses):.3f} - {max(losses):.3f}",
        "" if published is None else f"{published:.2f}",
        f"{mean(run.study_loss for run in rung.runs):.3f}",
        f"{mean(run.held_out_by_position[-1] for run in rung.runs):.3f}",
        f"{mean(run.real_words for run in rung.runs):.0%}",
        f"{mean(run.seconds for run in rung.runs):.0f}",
    ]


@cloup.command()
@cloup.argument(
    "rungs", nargs=-1, metavar="[RUNG]...", help=f"Which to train: {', '.join(PLAN)} (default: all it can)."
)
@cloup.option("--seeds", type=cloup.IntRange(min=1), default=5, show_default=True, help="At most this many of each.")
@cloup.option("--device", type=cloup.Choice(["cpu", "cuda"]), default="cpu", show_default=True, help="Where to train.")
@cloup.option("--threads", type=cloup.IntRange(min=1), default=1, show_default=True, help="CPU threads.")
@cloup.option("--runs", type=cloup.Path(path_type=Path), default=ROOT / "runs" / "ladder", help="Finished runs.")
@cloup.option("--out", type=cloup.Path(path_type=Path), default=RECORDINGS, help="Folder for the record.")
def main(rungs: tuple[str, ...], seeds: int, device: str, threads: int, runs: Path, out: Path) -> None:
    """Train the RUNGs that are missing, record all that have finished, and show them beside the lecture's.

    Small rungs take seconds to a minute each on one CPU thread, which suits them better than more threads or a GPU.
    """
    torch.set_num_threads(threads)
    if device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("error: no CUDA device was found; use --device cpu")
    console = Console(stderr=True, soft_wrap=True)
    try:
        plan = chosen(rungs, device == "cuda")
        text = prepare(CORPUS)
        store = Store(runs, text.sha256)
        for rung, run, afresh in climb_all(plan, seeds, text, store, device):
            words = f"{run.seconds:.0f} s" if afresh else "was there"
            console.print(f"{rung.key} ({rung.title}), seed {run.seed}: {run.held_out_loss:.3f} nats a letter, {words}")
        made = write_record(text, store, out)
    except (ValueError, FloatingPointError, OSError) as error:
        raise SystemExit(f"error: {error}") from error
    Console(width=140).print(table(made))
    console.print(f"wrote {out / 'ladder.json'}")


if __name__ == "__main__":
    sys.exit(main())
