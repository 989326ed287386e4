"""A part of a scene drawn by itself, so that several machines can share one scene."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

PLAYS, PLAN = "RENDER_PLAYS", "RENDER_PLAN"


@dataclass(frozen=True)
class Play:
    """What is known of one play.

    Attributes
    ----------
    key : str
        Its film's name in the cache, without the ending.
    frames : int
        How long it lasts.
    still : bool
        Whether all of them show one picture.
    """

    key: str
    frames: int
    still: bool


@dataclass
class Portion:
    """Which plays are drawn, and what is told about all of them.

    Attributes
    ----------
    plays : range or None
        Numbers of the plays that are drawn, from 0; the others are only gone through, and no film is put together.
        None: all, as usual.
    plan : Path or None
        A JSON file to be written, with all plays.
    """

    plays: range | None = None
    plan: Path | None = None
    known: list[Play] = field(default_factory=list)

    @classmethod
    def wanted(cls) -> Portion:
        """Return what the environment asks for: ``RENDER_PLAYS=3:9`` for plays 3 to 8, ``RENDER_PLAN=FILE``.

        Raises
        ------
        ValueError
            If the numbers cannot be understood.
        """
        wish, plan = os.environ.get(PLAYS), os.environ.get(PLAN)
        return cls(None if wish is None else numbers(wish), None if plan is None else Path(plan))

    def leaves_out(self, play: int) -> bool:
        """Return whether somebody else draws a play."""
        return self.plays is not None and play not in self.plays

    def note(self, key: str | None, frames: int, still: bool) -> None:
        """Take down one more play."""
        if self.plan is not None:
            self.known.append(Play(key or "", frames, still))

    def close(self) -> None:
        """Write the plan, if one is wanted."""
        if self.plan is not None:
            part = self.plan.with_name(f".{self.plan.name}.{os.getpid()}.part")
            part.write_text(json.dumps([asdict(play) for play in self.known]), encoding="utf-8")
            os.replace(part, self.plan)


def numbers(wish: str) -> range:
    """Return the numbers from ``FIRST:END``, the end left out."""
    first, colon, end = wish.partition(":")
    if not (colon and first.isdecimal() and end.isdecimal()):
        raise ValueError(f"{PLAYS}={wish!r} was found and FIRST:END was expected, e.g. 3:9 for plays 3 to 8")
    return range(int(first), int(end))
