"""``assets/picks.yaml``: what was measured of each network, written by ``python -m model.probing NAME``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import yaml

from model.checkpoint import Checkpoint, CheckpointError
from model.sealed import write_atomically

# The file is long: every scene would wait a tenth of a second for the reader written in Python.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PICKS = Path(__file__).resolve().parents[2] / "assets" / "picks.yaml"


def write(checkpoint: Checkpoint, sections: Mapping[str, Any], path: Path = PICKS) -> None:
    """Put what was measured of a network into the file; others' entries stay.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network; its digest is written, so that the entry is used for exactly these weights.
    sections : dict
        By name; dataclasses, plain numbers, texts, lists and dicts.
    path : Path
        The picks file.
    """
    found = {"checkpoint": checkpoint.digest[:12], **plain(sections)}
    picks = dict(sorted((_read(path) | {checkpoint.name: found}).items()))
    header = "# Written by python -m model.probing NAME. Layers, heads and positions are 0-based.\n"
    body = yaml.safe_dump(picks, sort_keys=False, default_flow_style=None, width=240, allow_unicode=True)
    write_atomically(path, (header + body).encode())


def add(checkpoint: Checkpoint, sections: Mapping[str, Any], path: Path = PICKS) -> None:
    """Put sections beside those that are written about exactly these weights; they stay as they are.

    Raises
    ------
    CheckpointError
        If nothing is written about the network yet, or the file is damaged.
    """
    found = entry(checkpoint, path)
    if found is None:
        raise CheckpointError(
            f"nothing is measured of {checkpoint.name} ({checkpoint.digest[:12]}) to which sections could be added; "
            f"run python -m model.probing {checkpoint.name}"
        )
    kept = {name: part for name, part in found.items() if name != "checkpoint"}
    write(checkpoint, kept | dict(sections), path)


def plain(value: Any) -> Any:
    """The same value in what YAML can hold: dicts, lists, texts and numbers of four digits."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return dict(yaml.load(path.read_text(encoding="utf-8"), LOADER) or {})
    except (yaml.YAMLError, TypeError, ValueError, OSError) as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(
            f"{path} cannot be read ({reason}); remove it, then write it again with python -m model.probing"
        ) from error


def entry(checkpoint: Checkpoint, path: Path = PICKS) -> dict[str, Any] | None:
    """Everything written about exactly these weights; None if there is nothing.

    Raises
    ------
    CheckpointError
        If the file is damaged.
    """
    found = _read(path).get(checkpoint.name)
    with whole(checkpoint, path):
        return found if found is not None and found["checkpoint"] == checkpoint.digest[:12] else None


def section(checkpoint: Checkpoint, name: str, path: Path = PICKS) -> Any:
    """One section of what is written about a network, as it stands in the file.

    The sections are ``attention_pattern``, ``contexts``, ``heads``, ``roles``, ``neurons``, ``directions``,
    ``analogies``, ``facts``.

    Raises
    ------
    CheckpointError
        If nothing is written about the network, or the file is damaged.
    """
    found = entry(checkpoint, path)
    if found is None:
        raise CheckpointError(
            f"nothing is measured of {checkpoint.name} ({checkpoint.digest[:12]}); "
            f"run python -m model.probing {checkpoint.name}"
        )
    with whole(checkpoint, path):
        return found[name]


@contextmanager
def whole(checkpoint: Checkpoint, path: Path) -> Iterator[None]:
    """Turn what goes wrong with a damaged entry into one sentence."""
    try:
        yield
    except (AttributeError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} holds no whole pick for {checkpoint.name}; "
            f"write it again with python -m model.probing {checkpoint.name}"
        ) from error
