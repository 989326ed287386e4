"""What a scene writes down while it plays: its beats, and where the numbers it showed came from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from manim import Mobject


@dataclass
class Beat:
    """One idea of a scene, from its first frame to the end of its hold (frames are 0-based).

    ``allowed`` are the rules it breaks on purpose, see ``mobjects.inspection.CHECKS``; ``tensors`` are those whose
    numbers are on screen at its end, with how many; ``smallest_text`` is the least font size then, where the frame is 8
    high, tags in corners left out (0: there is nothing to be read).
    """

    number: int
    act: str
    narration: str
    start_frame: int
    frames: int = 0
    allowed: tuple[str, ...] = ()
    tensors: dict[str, int] = field(default_factory=dict)
    smallest_text: float = 0.0


@dataclass
class Ledger:
    """The numbers a scene has shown: how many came from the network, which tensors, how many were declared."""

    from_network: set[Any] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)
    undeclared: list[str] = field(default_factory=list)

    def add(self, other: Ledger) -> None:
        """Take down all that another has."""
        self.from_network |= other.from_network
        self.declared |= other.declared
        self.undeclared += other.undeclared

    @property
    def tensors(self) -> dict[str, int]:
        """How many numbers came from each tensor."""
        return dict(sorted(Counter(name for name, _, _ in self.from_network).items()))

    def enter(self, mobject: Mobject) -> None:
        """Take down the passports of a mobject and all its parts."""
        for part in mobject.get_family():
            if hasattr(part, "passports"):
                self.from_network.update(passport for passport in part.passports if isinstance(passport, tuple))
                declared = (passport for passport in part.passports if isinstance(passport, str))
                self.declared.update(f"{type(part).__name__}: {passport}" for passport in declared)
            elif hasattr(part, "passport"):
                self._enter_number(part)

    def _enter_number(self, number: Any) -> None:
        if isinstance(number.passport, tuple):
            self.from_network.add(number.passport)
        elif isinstance(number.passport, str):
            self.declared.add(f"{getattr(number, 'text', type(number).__name__)}: {number.passport}")
        elif hasattr(number, "value"):
            self.undeclared.append(str(getattr(number, "text", number.value)))
