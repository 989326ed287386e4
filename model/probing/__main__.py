"""Opens a network up and writes what scenes show: ``python -m model.probing storybook``.

Heads, neurons, directions, analogies and facts are measured on held-out text and on the weights, printed, and put into
``assets/picks.yaml`` and ``assets/recordings/NAME_neurons.safetensors``. On a busy machine it is several
times quicker with ``OPENBLAS_NUM_THREADS=1``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cloup
from rich.console import Console

from model import data, recorded
from model.checkpoint import Checkpoint, CheckpointError, load
from model.facts import invent
from model.probing import measuring, picks_file, tables
from model.probing.choosing import choose
from model.probing.pairs import SECTION as CONTEXTS
from model.probing.pairs import choose_pair

FACTS = 60  # how many of the invented people are asked about
ALONE = {CONTEXTS: choose_pair}  # sections that can be measured without the others


def held_out_text(checkpoint: Checkpoint, text: Path | None, characters: int) -> str:
    """The beginning of the text a network is measured on: what its corpus holds out, or a file.

    Raises
    ------
    ValueError
        If the network does not say what it was trained on and no file is given, or the text cannot be read.
    """
    if text is not None:
        return data.read(str(text))[0][:characters]
    corpus = checkpoint.facts.get("corpus")
    if corpus is None:
        raise CheckpointError(
            f"{checkpoint.name} does not say what it was trained on; give a text to measure it on with --text"
        )
    return data.split(corpus, data.read(corpus)[0])[1][:characters]


def measure(
    checkpoint: Checkpoint, held_out: str, console: Console
) -> tuple[dict[str, Any], measuring.NeuronMeasurement]:
    """Everything there is to measure; printed as it comes.

    Returns
    -------
    tuple
        The sections of the picks file, and what is recorded of the neurons.
    """
    ids = checkpoint.tokenizer.encode(held_out)
    scores, roles = measuring.heads(checkpoint, ids)
    console.print(tables.heads(checkpoint, scores), tables.roles(roles))
    pick = choose(checkpoint, scores)
    console.print(tables.pick(checkpoint, pick), tables.lens(checkpoint, pick.prompt))
    console.print(tables.contributions(checkpoint, pick.prompt))
    space = measuring.space(checkpoint)
    console.print(tables.neighbours(checkpoint), tables.directions(space["directions"]))
    console.print(tables.analogies(space["analogies"]))
    neurons = measuring.neurons(checkpoint, ids)
    console.print(tables.neurons(checkpoint, neurons))
    told = invent()[:FACTS] if measuring.was_told_facts(checkpoint) else []
    facts = measuring.facts(checkpoint, told, ids)
    console.print(*tables.facts(facts))
    sections = {
        "attention_pattern": pick,
        CONTEXTS: choose_pair(checkpoint),
        "roles": roles,
        "neurons": neurons.section(),
        **space,
        "facts": facts,
        "heads": scores,
    }
    return sections, neurons


@cloup.command()
@cloup.argument("checkpoint")
@cloup.option("--text", type=cloup.Path(path_type=Path), help="Measure on this file instead of held-out text.")
@cloup.option(
    "--held-out-characters",
    type=cloup.IntRange(min=1000),
    default=250_000,
    show_default=True,
    help="How much of it to read.",
)
@cloup.option("--only", type=cloup.Choice(list(ALONE)), help="Measure one section; what is written of others stays.")
@cloup.option("--picks", type=cloup.Path(path_type=Path), default=picks_file.PICKS, help="File to write.")
@cloup.option("--recordings", type=cloup.Path(path_type=Path), default=recorded.RECORDINGS, help="Folder to write to.")
def main(
    checkpoint: str, text: Path | None, held_out_characters: int, only: str | None, picks: Path, recordings: Path
) -> None:
    """Measure the heads, neurons, directions and facts of CHECKPOINT, print them, and write down what scenes show."""
    console = Console(soft_wrap=False)
    try:
        network = load(checkpoint)
        if only is not None:
            picks_file.add(network, {only: ALONE[only](network)}, picks)
            return
        sections, neurons = measure(network, held_out_text(network, text, held_out_characters), console)
        neurons.record(network, recordings / f"{network.name}_neurons.safetensors")
        picks_file.write(network, sections, picks)
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
