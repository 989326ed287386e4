"""What training left behind for the film, read back: no torch, every array with its passport.

``recorded.load("storybook")`` reads ``assets/recordings/storybook.safetensors``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
    scales: Mapping[str, float] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Quantity:
        if name not in self.arrays:
            raise KeyError(f"the recording {self.name} has no {name!r}; it has {', '.join(sorted(self.arrays))}")
        values = self.arrays[name]
        if values.dtype == np.float16:
            values = values.astype(np.float32) * np.float32(self.scales.get(name, 1.0))
        return Quantity(values, name, self.axes[name], f"{self.name}@{self.digest[:12]}")

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


@dataclass
class Draft:
    """A recording in the making.

    Examples
    --------
    >>> draft = Draft()
    >>> draft.put("curve.loss", np.array([4.2, 3.1]), "evaluation")
    >>> draft.facts["seed"] = 0
    """

    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    axes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    half: set[str] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)

    def put(self, name: str, values: ArrayLike, *axes: str, half: bool = False) -> None:
        """Add an array with a word for each axis; ``half`` as in ``save``."""
        self.arrays[name], self.axes[name] = np.asarray(values), axes
        if half:
            self.half.add(name)

    def size(self) -> int:
        """Bytes the arrays will take on disk."""
        return sum(array.size * (2 if name in self.half else array.itemsize) for name, array in self.arrays.items())

    def save(self, path: Path) -> str:
        """Write it; returns the digest. See the function ``save``."""
        return save(path, self.arrays, self.axes, self.facts, self.half)


def save(
    path: Path,
    arrays: Mapping[str, NDArray[Any]],
    axes: Mapping[str, tuple[str, ...]],
    facts: Mapping[str, Any],
    half: Collection[str] = (),
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
    half : names
        Arrays to store in half precision, divided by a power of two so that small numbers keep their digits too; they
        are read back in their own size, exact to about 1 in 2000 of each number (and 2e-12 of the largest).

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
    scales = {name: _scale(arrays[name]) for name in half}
    stored = {
        name: (array / scales[name]).astype(np.float16) if name in scales else array for name, array in arrays.items()
    }
    papers = {
        "facts": json.dumps(facts),
        "axes": json.dumps({name: list(axes[name]) for name in arrays}),
        "scales": json.dumps(scales),
    }
    return sealed.write(path, stored, KIND, papers)


def _scale(array: NDArray[Any]) -> float:
    """The power of two that brings the largest entry between 2**14 and 2**15, which half precision can still hold."""
    largest = float(np.abs(array).max(initial=0.0))
    return 2.0 ** (math.frexp(largest)[1] - 15) if largest else 1.0


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
        scales = {name: float(scale) for name, scale in json.loads(papers.get("scales", "{}")).items()}
    except (KeyError, ValueError, AttributeError) as error:
        raise ValueError(f"{path.name} is not a complete recording ({error}); make it again") from error
    return Recording(path.stem, facts, digest, arrays, axes, scales)
