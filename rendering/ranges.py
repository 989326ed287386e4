"""How a scene is cut into parts of about equal work, for several machines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from pydantic import BaseModel, Field, TypeAdapter

# Parts for each machine, so that those that end early find something to do; and the least work worth starting a process
# for, in drawn pictures: it takes some seconds to start and to step to its first play.
PARTS, LEAST = 3, 240


class Play(BaseModel):
    """One play of a scene: its film's name in the cache, its frames, and whether all show one picture."""

    key: str
    frames: int = Field(ge=0)
    still: bool

    @property
    def pictures(self) -> int:
        """How many have to be drawn."""
        return min(1, self.frames) if self.still else self.frames


def read_plays(path: Path) -> list[Play]:
    """What a scene wrote about its plays."""
    return TypeAdapter(list[Play]).validate_json(path.read_bytes())


def missing(plays: Sequence[Play], known: Collection[str]) -> list[int]:
    """Pictures to be drawn in each play; none where its film is known, or is that of an earlier play."""
    seen, work = set(known), []
    for play in plays:
        work.append(0 if play.key in seen else play.pictures)
        seen.add(play.key)
    return work


def split(work: Sequence[int], part: float) -> list[range]:
    """Runs of plays with about ``part`` pictures each, plays with work at both ends; a play is never cut."""
    parts: list[range] = []
    first, gathered = 0, 0
    for number, pictures in enumerate(work):
        if not gathered:
            first = number
        gathered += pictures
        rest = sum(work[number + 1 :])
        if gathered and (gathered >= part or not rest):
            parts.append(range(first, number + 1))
            gathered = 0
    return parts


def part_size(work: Sequence[Sequence[int]], machines: int) -> float:
    """How many pictures a part should have."""
    return max(LEAST, sum(map(sum, work)) / (PARTS * max(1, machines)))
