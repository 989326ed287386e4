"""The neurons that NeuronsAsQuestions shows: what makes each fire, what it seems to ask, and how well that fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from manim import VGroup

from mobjects import NeuronActivations, layout
from model.activations import Activations, Quantity
from model.checkpoint import Checkpoint, CheckpointError
from model.forward import run
from model.probing import picking
from model.probing.labels import Label
from model.recorded import Recording
from scenes.language import _
from scenes.vocabulary import UNDRAWN, drawable

LINES = 5  # of excerpts that are shown of the first
BEFORE, AFTER = 5, 3  # tokens of an excerpt around the one at which the neuron fires


@dataclass(frozen=True)
class Excerpt:
    """A few tokens of text, and what a neuron answers at each when it reads just these."""

    pieces: list[str]
    answers: Quantity


@dataclass(frozen=True)
class Subject:
    """A neuron, its strongest excerpts, and what it seems to ask (None if nobody has measured)."""

    layer: int
    neuron: int
    excerpts: list[Excerpt]
    label: Label | None

    @property
    def readable(self) -> bool:
        """Whether a label fits more than half of the neuron's strongest places."""
        return self.label is not None and self.label.fit > 0.5

    @property
    def question(self) -> str:
        """What the neuron seems to ask; a mark alone if no label fits."""
        if self.label is None or not self.readable:
            return _("?")
        words = {"theme": _("{text}?"), "on": _("“{text}”?"), "after": _("after “{text}”?")}
        return words[self.label.kind].format(text=self.label.text)

    def view(self, count: int, width: float, height: float, **style: Any) -> VGroup:
        """Its first excerpts as lines of text, the tokens it fires at coloured."""
        chosen = self.excerpts[:count]
        lines = NeuronActivations([one.pieces for one in chosen], [one.answers for one in chosen], **style)
        return layout.fit(lines, width, height)


def subjects(checkpoint: Checkpoint, activations: Activations, pieces: list[str]) -> list[Subject]:
    """Three neurons with a label and one without; of a network nobody has probed, four busy ones of this text."""
    try:
        readable, mixed = (picking.neurons(checkpoint, kind) for kind in ("readable", "mixed"))
        firing = picking.firing(checkpoint)
    except CheckpointError:
        return busy(activations, pieces)
    found = [subject_of(checkpoint, label, firing) for label in (*readable, *mixed)]
    # Those come first whose excerpts can be read.
    found.sort(key=lambda one: (not one.readable, sum(map(spoiled, one.excerpts[:LINES])) > 0))
    asking = [one for one in found if one.readable][:3]
    others = [one for one in found if not one.readable][:1]
    return [*asking, *others] if len(asking) == 3 and others else busy(activations, pieces)


def subject_of(checkpoint: Checkpoint, label: Label, firing: Recording) -> Subject:
    """A neuron with its strongest excerpts, those that can be read first."""
    place = label.layer, label.neuron
    contexts, peaks = firing["contexts"].values[place].tolist(), firing["peaks"].values[place].tolist()
    excerpts = [excerpt(checkpoint, label, ids, int(peak)) for ids, peak in zip(contexts, peaks, strict=True)]
    return Subject(*place, sorted(excerpts, key=spoiled), label)


def excerpt(checkpoint: Checkpoint, label: Label, ids: list[int], peak: int) -> Excerpt:
    """What a neuron answers in an excerpt of held-out text, read by itself."""
    start, end = max(0, peak - BEFORE), min(len(ids), peak + AFTER)
    pieces = [drawable(piece) for piece in checkpoint.tokenizer.pieces(ids)[start:end]]
    return Excerpt(pieces, run(checkpoint, ids)["post", label.layer][start:end, label.neuron])


def spoiled(one: Excerpt) -> bool:
    """Whether an excerpt has breaks of lines or tokens that cannot be drawn: it is shown only if there is no other."""
    return any("\n" in piece or UNDRAWN in piece for piece in one.pieces)


def busy(activations: Activations, pieces: list[str]) -> list[Subject]:
    """Four neurons of the first layer, each the loudest at a token of the text."""
    answers = activations["post", 0]
    order = np.argsort(-np.asarray(answers, dtype=float).max(axis=0), kind="stable")
    return [Subject(0, int(neuron), [Excerpt(pieces, answers[:, int(neuron)])], None) for neuron in order[:4]]
