"""Finished runs of the ladder on disk: one small file each, so that nothing is trained twice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import recorded
from model.ladder.plan import Rung
from model.ladder.record import Run

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Store:
    """The finished runs on one text.

    Attributes
    ----------
    folder : Path
        Where their files lie; made when first needed.
    sha256 : str
        The text's hash; runs on another text do not count.
    """

    folder: Path
    sha256: str

    def load(self, rung: Rung, seed: int) -> tuple[Run, Arrays] | None:
        """A run and its arrays, if it is there, whole, and made with these settings from this text."""
        try:
            recording = recorded.load(self._path(rung, seed))
            if recording.facts["settings"] != rung.settings or recording.facts["sha256"] != self.sha256:
                return None
            return Run.model_validate(recording.facts["run"]), {name: recording[name].values for name in recording}
        except (ValueError, KeyError):
            return None  # missing, damaged or of an older kind: to be trained again

    def save(self, rung: Rung, run: Run, arrays: Arrays) -> None:
        """Keep a run, whole or not at all."""
        facts = {"settings": rung.settings, "sha256": self.sha256, "run": run.model_dump(mode="json")}
        path = self._path(rung, run.seed)
        recorded.save(path, arrays, {name: axes(name, array) for name, array in arrays.items()}, facts)

    def _path(self, rung: Rung, seed: int) -> Path:
        return self.folder / f"{rung.key}-{seed}.safetensors"


def axes(name: str, array: NDArray[Any]) -> tuple[str, ...]:
    """The axis words of a run's array: see ``model.ladder.record.ARRAYS``."""
    endings = {
        "batch_losses": ("step",),
        "pair_counts": ("letter", "next_letter"),
        "table.weight": ("letter", "next_letter"),
        "pos_embed.weight": ("position", "n_embd"),
        "unembed.weight": ("letter", "n_embd"),
        "embed.weight": ("letter", "n_embd"),
    }
    for ending, words in endings.items():
        if name == ending or name.endswith(f".{ending}"):
            return words
    return ("output", "input")[: np.ndim(array)]
