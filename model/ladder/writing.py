"""From finished runs to ``assets/recordings/ladder.json`` and ``ladder.safetensors``.

What was recorded before on the same text and is not at hand here stays: a machine with a GPU can add the full size to
a record of the small rungs, without training those again.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from model import recorded
from model.ladder import record
from model.ladder.letter_pairs import add_one_table, conditional_entropy, count_pairs, table_loss
from model.ladder.likeness import real_word_share
from model.ladder.plan import PLAN, Rung
from model.ladder.record import PUBLISHED, CountedPairs, LadderRecord, Run, RungRecord
from model.ladder.run import DRAW_SEED, LETTERS_WRITTEN, Text
from model.ladder.rungs import build, count_parameters
from model.ladder.store import Arrays, Store, axes
from model.sealed import write_atomically

NEEDS_GPU = "The last rung's full size needs a GPU (python -m model.ladder 7 --device cuda)"
IN_ITS_PLACE = "; a middle size stands in its place: width 128, 4 layers, context 64, one seed"


def write_record(text: Text, store: Store, folder: Path) -> LadderRecord:
    """Write both files into ``folder``; returns what the JSON says.

    Raises
    ------
    ValueError
        If nothing has finished, or an older record lies there and cannot be read.
    """
    before, arrays_before = _recorded_before(text, folder)
    rungs = tuple(_gathered_runs(text, store, before))
    if not rungs:
        raise ValueError(f"{store.folder} holds no finished run on {text.name}; train one first")
    arrays = _gathered_arrays(text, store, arrays_before)
    words = {name: axes(name, array) for name, array in arrays.items()}
    facts = {"corpus": text.name, "sha256": text.sha256, "alphabet": text.tokenizer.alphabet, "seed": 0}
    digest = recorded.save(folder / "ladder.safetensors", arrays, words, facts)
    made = _record(text, rungs, digest)
    content = json.dumps(made.model_dump(mode="json"), ensure_ascii=False, indent=1)
    write_atomically(folder / "ladder.json", f"{content}\n".encode())
    return made


def _recorded_before(text: Text, folder: Path) -> tuple[dict[str, RungRecord], Arrays]:
    """Rungs and arrays of the record that lies there, as far as text and settings are still those."""
    path, arrays_path = folder / "ladder.json", folder / "ladder.safetensors"
    before = record.read(path) if path.exists() else None
    if before is None or before.sha256 != text.sha256:
        return {}, {}
    rungs = {rung.key: rung for rung in before.rungs if _still_planned(rung)}
    recording = recorded.load(arrays_path)
    return rungs, {name: recording[name].values for name in recording if name.split(".")[0] in rungs}


def _still_planned(rung: RungRecord) -> bool:
    return rung.key in PLAN and PLAN[rung.key].settings == rung.settings


def _gathered_runs(text: Text, store: Store, before: dict[str, RungRecord]) -> list[RungRecord]:
    rungs = []
    for rung in PLAN.values():
        runs = {run.seed: run for run in before[rung.key].runs} if rung.key in before else {}
        known = [store.load(rung, seed) for seed in range(rung.seeds)]
        runs |= {found[0].seed: found[0] for found in known if found}
        if runs:
            rungs.append(_rung_record(rung, text, tuple(runs[seed] for seed in sorted(runs))))
    return rungs


def _rung_record(rung: Rung, text: Text, runs: tuple[Run, ...]) -> RungRecord:
    return RungRecord(
        key=rung.key,
        title=rung.title,
        parameters=count_parameters(build(rung.shape, text.tokenizer.vocab_size)),
        settings=rung.settings,
        letters_read=rung.steps * rung.batch_size * rung.shape.block_size,
        runs=runs,
    )


def _gathered_arrays(text: Text, store: Store, before: Arrays) -> Arrays:
    arrays = dict(before)
    for rung in PLAN.values():
        found = store.load(rung, 0) if rung.kept else None
        if found:
            arrays |= {f"{rung.key}.{name}": array for name, array in found[1].items()}
    arrays["pair_counts"] = count_pairs(text.study, text.tokenizer.vocab_size).astype(np.int32)
    return arrays


def _record(text: Text, rungs: tuple[RungRecord, ...], digest: str) -> LadderRecord:
    return LadderRecord(
        corpus=text.name,
        sha256=text.sha256,
        alphabet=text.tokenizer.alphabet,
        study_letters=len(text.study),
        held_out_letters=len(text.held_out),
        blind_loss=round(math.log(text.tokenizer.vocab_size), 5),
        counted=_counted(text),
        true_real_words=round(real_word_share(text.unseen, text.familiar), 5),
        draws={"seed": DRAW_SEED, "letters": LETTERS_WRITTEN},
        published=PUBLISHED,
        note=_note({rung.key for rung in rungs}),
        arrays=digest,
        rungs=rungs,
    )


def _note(trained: set[str]) -> str:
    if "7" in trained:
        return ""
    return NEEDS_GPU + (IN_ITS_PLACE if "middle" in trained else "")


def _counted(text: Text) -> CountedPairs:
    counts = count_pairs(text.study, text.tokenizer.vocab_size)
    table = add_one_table(counts)
    return CountedPairs(
        held_out_loss=round(table_loss(table, text.held_out), 5),
        study_loss=round(table_loss(table, text.study), 5),
        study_entropy=round(conditional_entropy(counts), 5),
    )
