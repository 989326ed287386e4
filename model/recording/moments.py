"""The same few things looked at in every snapshot of a training run: slices of weights, patterns, losses, samples."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import words
from model.checkpoint import Checkpoint
from model.forward import head_weights, run, unembedding
from model.recorded import Draft
from model.recording.places import Place
from model.sampling import Dials, generate
from model.tokenizer import CharTokenizer

SAMPLE_PROMPT = "once upon a time"
SAMPLE_DIALS = Dials(temperature=0.8, seed=1)
CHARACTERS, PIECES = 200, 60
TRACKED_A_KIND = 16
DIALS = 12


def put_head(draft: Draft, snapshots: list[Checkpoint], layer: int, head: int) -> None:
    """``head.W_Q``, ``W_K``, ``W_V``: axes (snapshot, d_head, n_embd); ``head.W_O``: (snapshot, n_embd, d_head)."""
    tables = [head_weights(snapshot, layer, head) for snapshot in snapshots]
    for letter, first in tables[0].items():
        stacked = np.stack([table[letter].values for table in tables])
        draft.put(f"head.{letter}", stacked, "snapshot", *first.axes, half=True)


def put_neuron(draft: Draft, snapshots: list[Checkpoint], layer: int, neuron: int) -> None:
    """``neuron.read`` and ``neuron.write``: axes (snapshot, n_embd); ``neuron.bias``: (snapshot,), if it has one."""
    up, down = f"blocks.{layer}.mlp.up", f"blocks.{layer}.mlp.down.weight"
    read = np.stack([snapshot.weights[f"{up}.weight"][neuron] for snapshot in snapshots])
    write = np.stack([snapshot.weights[down][:, neuron] for snapshot in snapshots])
    draft.put("neuron.read", read, "snapshot", "n_embd", half=True)
    draft.put("neuron.write", write, "snapshot", "n_embd", half=True)
    if snapshots[0].config.bias:
        draft.put("neuron.bias", [snapshot.weights[f"{up}.bias"][neuron] for snapshot in snapshots], "snapshot")


def put_tracked(draft: Draft, snapshots: list[Checkpoint], ids: list[int]) -> None:
    """``tracked.ids``: (token,); ``tracked.embed`` and ``tracked.unembed``: axes (snapshot, token, n_embd)."""
    draft.put("tracked.ids", np.array(ids), "token")
    draft.facts["tracked"] = [snapshots[0].tokenizer.decode([token]) for token in ids]
    for part, tensor in (("embed", "embed.weight"), ("unembed", unembedding(snapshots[0]))):
        rows = np.stack([snapshot.weights[tensor][ids] for snapshot in snapshots])
        draft.put(f"tracked.{part}", rows, "snapshot", "token", "n_embd", half=True)


def put_dials(draft: Draft, snapshots: list[Checkpoint], seed: int = 0) -> None:
    """``dials``: axes (snapshot, dial): one parameter drawn at random from each of twelve tables spread evenly.

    Places are in ``facts["dials"]``. Drawn from all parameters alike, most would lie in the dictionary's rare rows.
    """
    tables = {name: shape for name, shape in snapshots[0].config.tensor_shapes().items() if len(shape) == 2}
    names = [list(tables)[int(i)] for i in np.linspace(0, len(tables) - 1, DIALS).round()]
    generator = np.random.default_rng(seed)
    places = [Place(name, tuple(int(generator.integers(length)) for length in tables[name])) for name in names]
    values = [[snapshot.weights[place.tensor][place.index] for place in places] for snapshot in snapshots]
    draft.put("dials", np.array(values), "snapshot", "dial")
    draft.facts["dials"] = {"seed": seed, "places": [place.to_facts() for place in places]}


def put_patterns(draft: Draft, snapshots: list[Checkpoint], prompt: str) -> None:
    """``pattern``: axes (snapshot, layer, head, query, key), of one sentence."""
    layers = range(snapshots[0].config.n_layer)
    patterns = []
    for snapshot in snapshots:
        acts = run(snapshot, prompt)
        patterns.append(np.stack([acts["pattern", layer].values for layer in layers]))
    draft.put("pattern", np.stack(patterns), "snapshot", "layer", "head", "query", "key", half=True)


def put_passage(draft: Draft, snapshots: list[Checkpoint], ids: list[int]) -> None:
    """``passage.ids``: (token,); ``passage.losses``: axes (snapshot, position), nats, for the token after each."""
    losses = np.stack([token_losses(snapshot, ids) for snapshot in snapshots])
    draft.put("passage.ids", np.array(ids), "token")
    draft.put("passage.losses", losses, "snapshot", "position")
    draft.facts["passage"] = snapshots[0].tokenizer.decode(ids)


def put_samples(draft: Draft, snapshots: list[Checkpoint], otherwise: str) -> None:
    """``sample.ids``: axes (snapshot, token): what each writes after one prompt, with one seed; texts in the facts."""
    characters = isinstance(snapshots[0].tokenizer, CharTokenizer)
    prompt, length = _sample_prompt(snapshots[0], otherwise), CHARACTERS if characters else PIECES
    traces = [
        generate(snapshot, prompt, length, SAMPLE_DIALS.temperature, seed=SAMPLE_DIALS.seed) for snapshot in snapshots
    ]
    draft.put("sample.ids", np.array([trace.ids for trace in traces]), "snapshot", "token")
    draft.facts["sample"] = {
        "prompt": prompt,
        "temperature": SAMPLE_DIALS.temperature,
        "seed": SAMPLE_DIALS.seed,
        "texts": [trace.text for trace in traces],
    }


def put_whole(draft: Draft, snapshots: list[Checkpoint], room: int) -> None:
    """``whole.TENSOR`` at the powers of ten, in half precision, if all of them fit into ``room`` bytes.

    ``whole.step`` says which steps; the last weights of all are the checkpoint itself.
    """
    kept = [snapshot for snapshot in snapshots[:-1] if _is_power_of_ten(snapshot.facts["step"])]
    if not kept or 2 * len(kept) * snapshots[0].config.parameter_count() > room:
        return
    draft.put("whole.step", [snapshot.facts["step"] for snapshot in kept], "whole_snapshot")
    for name, shape in snapshots[0].config.tensor_shapes().items():
        tensors = np.stack([snapshot.weights[name] for snapshot in kept])
        axes = ("rows", "columns")[: len(shape)]
        draft.put(f"whole.{name}", tensors, "whole_snapshot", *axes, half=True)


def token_losses(checkpoint: Checkpoint, ids: list[int]) -> NDArray[np.float64]:
    """Cross-entropy of every token but the first, given those before it, in nats; shape (position,)."""
    logits = run(checkpoint, ids[:-1])["logits"].values.astype(np.float64)
    logits = logits - logits.max(-1, keepdims=True)
    shares = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    return np.asarray(-shares[np.arange(len(ids) - 1), ids[1:]])


def tracked_tokens(checkpoint: Checkpoint, prompts: list[str], ids: NDArray[np.integer[Any]]) -> list[int]:
    """Tokens worth following: every character, or the prompts' tokens and the most frequent words of each kind.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    prompts : list of str
        Sentences that scenes show.
    ids : int array, shape (token,)
        A text; frequency is counted in it.
    """
    if isinstance(checkpoint.tokenizer, CharTokenizer):
        return list(range(checkpoint.tokenizer.vocab_size))
    shown = {token for prompt in prompts for token in checkpoint.tokenizer.encode(prompt)}
    frequent: dict[str, list[int]] = {"describing": [], "naming": [], "function": []}
    for token, _ in Counter(ids.tolist()).most_common():
        piece = checkpoint.tokenizer.decode([token])
        kind = words.kind(piece)
        if piece.startswith(" ") and kind in frequent and len(frequent[kind]) < TRACKED_A_KIND:
            frequent[kind].append(token)
    return sorted(shown.union(*frequent.values()))


def _sample_prompt(checkpoint: Checkpoint, otherwise: str) -> str:
    try:
        fits = 0 < len(checkpoint.tokenizer.encode(SAMPLE_PROMPT)) <= checkpoint.config.block_size
    except ValueError:  # a network of characters that lacks one of these
        fits = False
    return SAMPLE_PROMPT if fits else otherwise


def _is_power_of_ten(step: int) -> bool:
    return step == 0 or 10 ** (len(str(step)) - 1) == step
