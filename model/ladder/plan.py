"""What the ladder trains: its rungs, the side runs that isolate one cause each, and larger sizes, as one table.

A further run is a further line here: training, resuming, recording and the table follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from model.ladder.rungs import RungShape


@dataclass(frozen=True)
class Rung:
    """One line of the plan.

    Attributes
    ----------
    key, title : str
        What one types, and what it is in a few words.
    shape : RungShape
        Its network.
    learning_rate : float
        AdamW's step size, the same from the first step to the last.
    steps, batch_size : int
        Optimiser steps; windows a step.
    seeds : int
        At most this many are trained.
    needs_gpu : bool
        Whether it would take hours without one.
    kept : bool
        Whether seed 0's weights and batch losses go into the recording.
    """

    key: str
    title: str
    shape: RungShape
    learning_rate: float = 1e-3
    steps: int = 5000
    batch_size: int = 32
    seeds: int = 5
    needs_gpu: bool = False
    kept: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that decides what comes out, but the seed and the text; JSON values."""
        return {
            "shape": self.shape.model_dump(),
            "steps": self.steps,
            "batch_size": self.batch_size,
            "learning_rate": self.learning_rate,
        }


def _but(shape: RungShape, **changes: Any) -> RungShape:
    return RungShape(**(shape.model_dump() | changes))


PAIRS = RungShape(look="nothing")
THREE_BLOCKS = RungShape(n_layer=3, n_head=4, projection=True, mlp="wide")
WHOLE = _but(THREE_BLOCKS, bypass=True, norm="before")
MIDDLE = _but(WHOLE, n_embd=128, n_layer=4, block_size=64)
FULL = _but(WHOLE, n_embd=384, n_layer=6, n_head=6, block_size=256)


LADDER = (
    Rung("1", "letter pairs", PAIRS, learning_rate=1e-2, kept=True),
    Rung("2", "one head", RungShape(), kept=True),
    Rung("3", "four heads", RungShape(n_head=4), kept=True),
    Rung("4", "thinking layer", RungShape(n_head=4, mlp="thin"), kept=True),
    Rung("5", "three blocks, bypass", _but(THREE_BLOCKS, bypass=True), kept=True),
    Rung("6", "norm before", WHOLE, kept=True),
    Rung("7", "full size", _but(FULL, dropout=0.2), 3e-4, batch_size=64, seeds=3, needs_gpu=True),
)
SIDE = (
    Rung("U", "even shares", RungShape(look="even"), kept=True),
    Rung("S", "three blocks, no bypass", THREE_BLOCKS),
    Rung("T", "no bypass, norm before", _but(THREE_BLOCKS, norm="before")),
    Rung("6b", "norm after", _but(WHOLE, norm="after"), kept=True),
)
SIZES = (
    Rung("middle", "middle size", MIDDLE, seeds=1),
    Rung("context", "rung 6, context 64 only", _but(WHOLE, block_size=64), seeds=1),
    Rung("width", "rung 6, width 128 x 4 layers only", _but(MIDDLE, block_size=8), seeds=1),
    Rung("middle-dropout", "middle size, dropout 0.2", _but(MIDDLE, dropout=0.2), seeds=1),
    Rung("7-no-dropout", "full size, no dropout", FULL, 3e-4, batch_size=64, seeds=3, needs_gpu=True),
)
PLAN = {rung.key: rung for rung in (*LADDER, *SIDE, *SIZES)}


def chosen(keys: tuple[str, ...], gpu: bool) -> list[Rung]:
    """The rungs of those keys, or without keys all that this machine can train in reasonable time.

    Raises
    ------
    ValueError
        If there is no such rung, or it needs a GPU and there is none.
    """
    for key in keys:
        if key not in PLAN:
            raise ValueError(f"there is no rung {key!r}; there are {', '.join(PLAN)}")
        if PLAN[key].needs_gpu and not gpu:
            raise ValueError(
                f"rung {key} ({PLAN[key].title}) would take hours without a GPU; use --device cuda on a machine that "
                "has one, or train the middle size here: python -m model.ladder middle"
            )
    return [PLAN[key] for key in keys] if keys else [rung for rung in PLAN.values() if gpu or not rung.needs_gpu]
