"""Naming single parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Place:
    """One parameter: the tensor's name and the 0-based place in it."""

    tensor: str
    index: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.tensor}[{', '.join(map(str, self.index))}]"

    def to_facts(self) -> dict[str, Any]:
        """The place as JSON can hold it."""
        return {"tensor": self.tensor, "index": list(self.index)}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Place:
        """The place that ``to_facts`` wrote down."""
        return cls(facts["tensor"], tuple(facts["index"]))


def place_of(shapes: Mapping[str, tuple[int, ...]], number: int) -> Place:
    """Where the ``number``-th parameter is (0-based), all tensors counted through in their order.

    Raises
    ------
    IndexError
        If there are not so many.
    """
    rest = number
    for name, shape in shapes.items():
        if 0 <= rest < math.prod(shape):
            return Place(name, tuple(int(i) for i in np.unravel_index(rest, shape)))
        rest -= math.prod(shape)
    raise IndexError(f"there is no parameter number {number}")
