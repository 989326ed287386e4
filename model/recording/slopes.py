"""What a recording keeps of gradients: one sentence's and a batch's, nudged parameters, and a few steps down."""

from __future__ import annotations

import numpy as np
import torch

from model.forward import unembedding
from model.recorded import Draft
from model.recording.descent import ACROSS, ALONG, OVERSIZED, STEPS, Descent, descend
from model.recording.gradients import HISTOGRAM_EDGES, OFFSETS, Array, gradient, nudge, summary
from model.recording.subject import BATCH, SEED, Subject


def put_gradients(draft: Draft, subject: Subject) -> None:
    """``gradient.OF.AT.*``: of one sentence's loss and of a batch's, at the final weights and at early ones."""
    draft.put("gradient.edges", HISTOGRAM_EDGES, "edge")
    draft.facts["gradient"] = {"early_step": subject.early.facts["step"], "batch": BATCH, "seed": SEED}
    for of, examples in (("example", subject.example()), ("batch", subject.batch())):
        for at, checkpoint in (("final", subject.final), ("early", subject.early)):
            loss, gradients = gradient(checkpoint, examples)
            _put_gradient(draft, f"gradient.{of}.{at}", loss, gradients, subject)


def _put_gradient(draft: Draft, name: str, loss: float, gradients: dict[str, Array], subject: Subject) -> None:
    found = summary(gradients)
    draft.put(f"{name}.histogram", found["histogram"], "bin")
    draft.put(f"{name}.norms", found["norms"], "tensor")
    draft.put(f"{name}.largest", found["values"], "entry")
    draft.facts[name] = {
        "loss": loss,
        "zero": found["zero"],
        "positive": found["positive"],
        "places": [place.to_facts() for place in found["places"]],
    }
    for letter, table in _head_of(gradients, subject).items():
        axes = ("n_embd", "d_head") if letter == "W_O" else ("d_head", "n_embd")
        draft.put(f"{name}.head.{letter}", table.astype(np.float32), *axes)
    layer, neuron = subject.neuron
    mlp = {part: gradients[f"blocks.{layer}.mlp.{part}.weight"] for part in ("up", "down")}
    draft.put(f"{name}.neuron.read", mlp["up"][neuron].astype(np.float32), "n_embd")
    draft.put(f"{name}.neuron.write", mlp["down"][:, neuron].astype(np.float32), "n_embd")
    if name == "gradient.example.final":
        draft.put(f"{name}.mlp.up", mlp["up"], "d_mlp", "n_embd", half=True)
        draft.put(f"{name}.mlp.down", mlp["down"], "n_embd", "d_mlp", half=True)
        for part, tensor in (("embed", "embed.weight"), ("unembed", unembedding(subject.final))):
            rows = gradients[tensor][draft.arrays["tracked.ids"]]
            draft.put(f"{name}.tracked.{part}", rows, "token", "n_embd", half=True)


def _head_of(gradients: dict[str, Array], subject: Subject) -> dict[str, Array]:
    """The picked head's four tables, cut as ``forward.head_weights`` cuts the weights."""
    config, layer, head = subject.final.config, subject.pick.layer, subject.pick.head
    qkv = gradients[f"blocks.{layer}.attn.qkv.weight"].reshape(3, config.n_head, config.d_head, config.n_embd)
    out = gradients[f"blocks.{layer}.attn.out.weight"].reshape(config.n_embd, config.n_head, config.d_head)
    return {"W_Q": qkv[0, head], "W_K": qkv[1, head], "W_V": qkv[2, head], "W_O": out[:, head]}


def put_nudges(draft: Draft, subject: Subject) -> None:
    """``nudge.gradients``: (parameter,); ``nudge.losses``: (parameter, offset); the five largest, then five small."""
    block = f"blocks.{subject.neuron[0]}.mlp"
    _, gradients = gradient(subject.final, subject.example())
    found = nudge(subject.final, subject.example(), gradients, [f"{block}.up.weight", f"{block}.down.weight"])
    draft.put("nudge.gradients", found.gradients, "parameter")
    draft.put("nudge.offsets", OFFSETS * found.delta, "offset")
    draft.put("nudge.losses", found.losses, "parameter", "offset")
    draft.facts["nudge"] = {"delta": found.delta, "places": [place.to_facts() for place in found.places]}


def put_descent(draft: Draft, subject: Subject) -> None:
    """``descent.*``; states are the start, three steps, and the oversized step from the start."""
    descent = descend(subject.early, subject.batch())
    draft.put("descent.losses", descent.losses, "state")
    draft.put("descent.path", descent.path, "state", "axis")
    draft.put("descent.heights", descent.heights, "along", "across")
    draft.put("descent.along", ALONG, "along")
    draft.put("descent.across", ACROSS, "across")
    parameters = [dict(network.named_parameters()) for network in descent.networks]
    places = [(place["tensor"], tuple(place["index"])) for place in draft.facts["dials"]["places"]]
    dials = [[float(state[tensor][index].detach()) for tensor, index in places] for state in parameters]
    draft.put("descent.dials", dials, "state", "dial")
    _put_guess(draft, descent, subject)
    draft.facts["descent"] |= {
        "rate": descent.rate,
        "oversized": OVERSIZED * descent.rate,
        "step": subject.early.facts["step"],
        "batch": BATCH,
        "seed": SEED,
    }


def _put_guess(draft: Draft, descent: Descent, subject: Subject) -> None:
    """``descent.probabilities``: axes (state, vocab), at one place of the batch; which one is in ``facts["descent"]``.

    Of the places where the favourite is wrong, it is the one where the truth gains most in three steps.
    """
    batch = subject.batch()
    with torch.no_grad():
        states = [network(torch.from_numpy(batch.inputs)).softmax(-1).numpy() for network in descent.networks]
    examples, positions = np.indices(batch.targets.shape)
    truth = np.stack([shares[examples, positions, batch.targets] for shares in states])  # (state, example, position)
    wrong = states[0].argmax(-1) != batch.targets
    gain = np.where(wrong, truth[STEPS] - truth[0], -np.inf)
    example, position = np.unravel_index(int(gain.argmax()), gain.shape)
    draft.put("descent.probabilities", [shares[example, position] for shares in states], "state", "vocab", half=True)
    read = batch.inputs[example, : position + 1]
    draft.put("descent.ids", read, "token")
    draft.facts["descent"] = {
        "text": subject.final.tokenizer.decode(read.tolist()),
        "truth": int(batch.targets[example, position]),
        "favourite": int(states[0][example, position].argmax()),
    }
