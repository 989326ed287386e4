"""A checkpoint's model card, written from its own metadata, so that the two cannot disagree."""

from __future__ import annotations

import math
from pathlib import Path

from model.checkpoint import Checkpoint
from model.data import CORPORA
from model.sealed import write_atomically

# What each shipped network is meant to be once a GPU has trained it: (layers, heads, width, context).
TARGETS = {"storybook": (6, 8, 256, 128), "shakespeare": (6, 6, 384, 256)}


def write_card(checkpoint: Checkpoint, path: Path) -> None:
    """Write ``checkpoint``'s card as Markdown to ``path``."""
    write_atomically(path, card(checkpoint).encode())


def card(checkpoint: Checkpoint) -> str:
    """The card's text."""
    config, facts = checkpoint.config, checkpoint.facts
    settings = facts["settings"]
    unit = "character" if settings["tokenizer"] == "characters" else "token"
    with_dropout, without_dropout = (", with dropout", ", without dropout") if config.dropout else ("", "")
    licence = CORPORA[facts["corpus"]].licence if facts["corpus"] in CORPORA else "see its owner"
    rows = [
        (
            "shape",
            f"{config.n_layer} layers, {config.n_head} heads, width {config.n_embd}, context {config.block_size}",
        ),
        ("parameters", f"{config.parameter_count():,} (stored as float16)"),
        (
            "details",
            f"{config.activation}, {'tied' if config.tied else 'untied'} unembedding, "
            f"{'with' if config.bias else 'no'} biases",
        ),
        ("tokens", f"{checkpoint.tokenizer.vocab_size} ({settings['tokenizer']})"),
        ("trained on", f"{facts['corpus']} ({licence}), sha256 `{facts['corpus_sha256'][:16]}...`"),
        (
            "training text",
            f"{facts['train_tokens']:,} {unit}s; watched: {facts['watched_tokens']:,}; "
            f"held out: {facts['held_out_tokens']:,}",
        ),
        (
            "steps",
            f"{facts['steps']:,} of {settings['batch_size']} x {config.block_size} {unit}s = "
            f"{facts['tokens_seen']:,} {unit}s seen",
        ),
        (
            "held-out loss",
            f"**{facts['held_out_loss']:.4f} nats/{unit}** (all of the held-out text, in windows side by side, "
            "read once, at the end)",
        ),
        (
            "training loss",
            f"{facts['train_loss']:.4f} nats/{unit} (one batch{with_dropout}, the last before the best look)",
        ),
        ("hardware", facts["hardware"]),
        ("time", f"{facts['seconds'] / 60:.1f} minutes for all {facts['curve'][-1]['step']:,} steps"),
        ("software", f"torch {facts['torch']}, commit `{facts['commit']}`"),
        ("file", f"sha256 (digest digits as zeros) `{checkpoint.digest}`"),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    thin = _thin(facts["curve"])
    curve = "\n".join(
        f"| {entry['step']:,} | {entry['train_loss']:.3f} | {entry['watched_loss']:.3f} |" for entry in thin
    )
    return (
        f"# {checkpoint.name}\n\n{_note(checkpoint)}\n\n| | |\n|---|---|\n{table}\n\n"
        f"## Losses on the way\n\nIn nats/{unit}. Training: one batch{with_dropout}. "
        f"Watched: stretches of the text that were set aside{without_dropout}.\n\n"
        f"{_chart(thin)}\n\n| step | training | watched |\n|---|---|---|\n{curve}\n"
    )


def _note(checkpoint: Checkpoint) -> str:
    config = checkpoint.config
    shape = (config.n_layer, config.n_head, config.n_embd, config.block_size)
    on_gpu = "no GPU" not in checkpoint.facts["hardware"]
    where = "Trained on a GPU." if on_gpu else "**Not trained on a GPU.**"
    target = TARGETS.get(checkpoint.name)
    if target is None or target == shape:
        return where
    words = "{} layers, {} heads, width {}, context {}".format(*target)
    kind = "a smaller shape" if all(a <= b for a, b in zip(shape, target, strict=True)) else "another shape"
    return f"{where} This is {kind}; the target is {words} (`make train-gpu`)."


def _chart(curve: list[dict[str, float]]) -> str:
    """Both losses as a chart that Markdown viewers draw."""
    losses = {key: [round(entry[key], 3) for entry in curve] for key in ("train_loss", "watched_loss")}
    every = [loss for line in losses.values() for loss in line]
    return (
        '```mermaid\nxychart-beta\n    title "training (jagged) and watched (smooth) loss"\n'
        f'    x-axis "step" {[entry["step"] for entry in curve]}\n'
        f'    y-axis "nats" {min(every) - 0.1:.1f} --> {max(every) + 0.1:.1f}\n'
        f"    line {losses['train_loss']}\n    line {losses['watched_loss']}\n```"
    )


def _thin(curve: list[dict[str, float]], most: int = 20) -> list[dict[str, float]]:
    stride = math.ceil(len(curve) / most)
    kept = curve[stride - 1 :: stride]
    return kept if kept[-1] is curve[-1] else [*kept, curve[-1]]
