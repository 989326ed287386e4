"""Scores every head on held-out text and writes ``assets/picks.yaml``: ``python -m model.probing storybook``.

Scenes never name a head: they show what is picked here, from measurements.
"""

from __future__ import annotations

import sys
from dataclasses import asdict

import numpy as np

from model.checkpoint import CheckpointError, load
from model.choosing import choose
from model.heads import HeadScore, score_heads
from model.picking import write_picks


def main(arguments: list[str]) -> int:
    """Score a network's heads on its held-out text, print them, write the pick."""
    from rich.console import Console
    from rich.table import Table

    from model import data

    if len(arguments) != 1:
        print("usage: python -m model.probing CHECKPOINT", file=sys.stderr)
        return 2
    try:
        checkpoint = load(arguments[0])
        corpus = checkpoint.facts.get("corpus")
        if corpus is None:
            raise CheckpointError(f"{checkpoint.name} does not say what it was trained on; show it with --text instead")
        text, _ = data.read(corpus)
        _, held_out = data.split(corpus, text)
        ids = np.array(checkpoint.tokenizer.encode(held_out[:400_000]))
        scores = score_heads(checkpoint, ids)
        pick = choose(checkpoint, scores)
        write_picks(checkpoint, pick, {"heads": [asdict(score) for score in scores]})
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    table = Table(title=f"{checkpoint.name}: shares on held-out text")
    for column in HeadScore.__dataclass_fields__:
        table.add_column(column, justify="right")
    for score in scores:
        table.add_row(*(f"{value:.2f}" if isinstance(value, float) else str(value) for value in asdict(score).values()))
    Console().print(table, pick)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
