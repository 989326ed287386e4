"""What training left behind for the film, read back: no torch, every array with its passport.

``recorded.load("storybook")`` reads ``assets/recordings/storybook.safetensors``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import sealed
from model.activations import Quantity

RECORDINGS = Path(__file__).resolve().parent.parent / "assets" / "recordings"
KIND = "storyboard-recording-1"


@dataclass(frozen=True)
class Recording(Mapping[str, Quantity]):
    """Named arrays of one run, and the facts about it.

    Attributes
    ----------
    name : str
        Its file's name without the ending.
    facts : dict
        How it was made: settings, seeds, losses (nats), hardware, texts; JSON values.
    digest : str
        sha256 of the file (64 hexadecimal digits); ``name@digest`` is every array's source.
    """

    name: str
    facts: dict[str, Any]
    digest: str
    arrays: Mapping[str, NDArray[Any]]
    axes: Mapping[str, tuple[str, ...]]

    def __getitem__(self, name: str) -> Quantity:
        if name not in self.arrays:
            raise KeyError(f"the recording {self.name} has no {name!r}; it has {', '.join(sorted(self.arrays))}")
        values = self.arrays[name]
        values = values.astype(np.float32) if values.dtype == np.float16 else values
        return Quantity(values, name, self.axes[name], f"{self.name}@{self.digest[:12]}")

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


def save(
    path: Path, arrays: Mapping[str, NDArray[Any]], axes: Mapping[str, tuple[str, ...]], facts: Mapping[str, Any]
) -> str:
    """Write a recording, whole or not at all; returns its digest.

    Parameters
    ----------
    path : Path
        ``RECORDINGS / "NAME.safetensors"``, or elsewhere.
    arrays : arrays by name
        Stored in the precision they come in (float16 is read back as float32).
    axes : dict of tuples of str
        One word for each axis of each array.
    facts : dict
        Anything that JSON can hold.

    Raises
    ------
    ValueError
        If an array has no axes, another number of them, or holds NaN or infinity.
    """
    for name, array in arrays.items():
        if len(axes.get(name, ())) != np.ndim(array):
            raise ValueError(f"{name} has shape {np.shape(array)}; its axes are given as {axes.get(name)}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds NaN or infinity; it cannot be shown")
    papers = {"facts": json.dumps(facts), "axes": json.dumps({name: list(axes[name]) for name in arrays})}
    return sealed.write(path, arrays, KIND, papers)


def load(source: str | Path) -> Recording:
    """Read a recording by name or path.

    Raises
    ------
    ValueError
        If there is none, or it is damaged; the message says what was found and what to do.
    """
    path = Path(source) if Path(source).suffix == ".safetensors" else RECORDINGS / f"{source}.safetensors"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in RECORDINGS.glob("*.safetensors"))) or "none"
        raise ValueError(
            f"there is no recording {str(source)!r}; recorded are {known} (python -m model.recording NAME)"
        )
    arrays, papers, digest = sealed.read(path, KIND)
    try:
        facts = json.loads(papers["facts"])
        axes = {name: tuple(words) for name, words in json.loads(papers["axes"]).items()}
    except (KeyError, ValueError, AttributeError) as error:
        raise ValueError(f"{path.name} is not a complete recording ({error}); make it again") from error
    return Recording(path.stem, facts, digest, arrays, axes)
