"""The trained translator, in NumPy, written to be watched: no torch, every intermediate kept.

``load().translate("the small grey horse sees two old birds")`` gives the words and where each one looked. The network
is that of ``model.toys.encoder_decoder``; a test holds the two equal. The weights lie in
``assets/recordings/translator.safetensors``, which ``python -m model.toys.translator`` writes.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from model import recorded
from model.activations import Activations
from model.forward import layer_norm, linear, softmax

Array = NDArray[np.floating[Any]]

START, END = "<start>", "<end>"

# Axes: S source place, T target place, C n_embd, H head, D d_head, M d_mlp, V target vocabulary, L layer.
# A target place stands for the word produced there; what it reads is the word before it (at place 0: ``<start>``).
_STREAM = ("resid_pre", "ln1.normalized", "attn_out", "resid_mid", "ln2.normalized", "mlp_out", "resid_post")
AXES: dict[str, tuple[str, ...]] = {
    "encoder.embed": ("source", "n_embd"),
    "encoder.pos_embed": ("source", "n_embd"),
    **{f"encoder.blocks.*.{name}": ("source", "n_embd") for name in _STREAM},
    "encoder.blocks.*.mlp.post": ("source", "d_mlp"),
    "encoder.ln_final.normalized": ("source", "n_embd"),
    "encoder.pattern": ("layer", "head", "query", "key"),  # every source word sees every other
    "decoder.embed": ("target", "n_embd"),
    "decoder.pos_embed": ("target", "n_embd"),
    **{f"decoder.blocks.*.{name}": ("target", "n_embd") for name in _STREAM},
    "decoder.blocks.*.cross_out": ("target", "n_embd"),
    "decoder.blocks.*.resid_cross": ("target", "n_embd"),
    "decoder.blocks.*.ln_cross.normalized": ("target", "n_embd"),
    "decoder.blocks.*.cross.q": ("head", "target", "d_head"),
    "decoder.blocks.*.cross.k": ("head", "source", "d_head"),
    "decoder.blocks.*.cross.v": ("head", "source", "d_head"),
    "decoder.blocks.*.mlp.post": ("target", "d_mlp"),
    "decoder.ln_final.normalized": ("target", "n_embd"),
    "decoder.pattern": ("layer", "head", "query", "key"),  # no place sees a later one
    "cross.pattern": ("layer", "head", "target", "source"),
    "logits": ("target", "vocab"),
    "probabilities": ("target", "vocab"),
}


class TranslatorConfig(BaseModel):
    """Sizes of an encoder-decoder (pre-norm, learned positions, ReLU, biases, untied unembedding).

    Parameters
    ----------
    source_vocab, target_vocab : int
        Number of different words on either side; the target's include ``<start>`` and ``<end>``.
    block_size : int
        Longest source sentence; a translation may be one longer, for its end mark.
    n_layer, n_head, n_embd : int
        Blocks in each half; heads in each attention; width of the stream.

    Raises
    ------
    pydantic.ValidationError
        If ``n_embd`` is not a multiple of ``n_head``, or a size is not positive.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_vocab: int = Field(gt=0)
    target_vocab: int = Field(gt=2)
    block_size: int = Field(gt=0)
    n_layer: int = Field(gt=0)
    n_head: int = Field(gt=0)
    n_embd: int = Field(gt=0)

    @model_validator(mode="after")
    def _heads_divide_width(self) -> TranslatorConfig:
        if self.n_embd % self.n_head:
            raise ValueError(f"n_embd is {self.n_embd}, which {self.n_head} heads do not divide; choose a multiple")
        return self


@dataclass(frozen=True)
class Translation:
    """One sentence and what became of it.

    Attributes
    ----------
    source, target : tuple of str
        Words; the target's without marks.
    complete : bool
        Whether the network ended the sentence itself, rather than running out of places.
    activations : Activations
        Named as in ``AXES``; the last target place is that of ``<end>`` when ``complete``.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    complete: bool
    activations: Activations


@dataclass(frozen=True)
class Translator:
    """A trained encoder-decoder, ready to be looked at.

    Attributes
    ----------
    config : TranslatorConfig
        The shape.
    source_words, target_words : tuple of str
        Vocabularies; a word's place is its id. Target ids 0 and 1 are ``<start>`` and ``<end>``.
    weights : dict of float32 arrays
        By the names of ``model.toys.encoder_decoder``; linear maps are stored (out, in).
    source : str
        Name and digest of the recording: the beginning of every passport.
    facts : dict
        Losses (nats a word), exact match, alignment of each cross-attention head, hardware, seconds, commit.
    """

    config: TranslatorConfig
    source_words: tuple[str, ...]
    target_words: tuple[str, ...]
    weights: Mapping[str, Array]
    source: str
    facts: Mapping[str, Any]

    @property
    def best_head(self) -> tuple[int, int]:
        """Layer and head that look most at the word being translated, as measured on held-out sentences."""
        return self.facts["best_head"]["layer"], self.facts["best_head"]["head"]

    def translate(self, sentence: str) -> Translation:
        """Translate by always taking the most probable next word.

        Parameters
        ----------
        sentence : str
            Known words with spaces between them.

        Raises
        ------
        ValueError
            If the sentence is empty, too long, or holds a word the network does not know (the known ones are listed).
        """
        ids = self.ids_of(sentence)
        name = f"{self.source}/{hashlib.sha256(','.join(map(str, ids)).encode()).hexdigest()[:12]}"
        acts = Activations(ids, name, axes=AXES)
        read = self._encode(ids, acts)
        written = [self.target_words.index(START)]
        end = self.target_words.index(END)
        while written[-1] != end and len(written) <= self.config.block_size + 1:
            logits = self._decode(written, read, acts)  # the last pass, over the whole sentence, is the one kept
            written.append(int(logits[-1].argmax()))
        acts.keep("probabilities", softmax(acts["logits"].values))
        complete = written[-1] == end
        words = tuple(self.target_words[index] for index in written[1 : -1 if complete else None])
        return Translation(tuple(sentence.split()), words, complete, acts)

    def ids_of(self, sentence: str) -> list[int]:
        """Ids of the source words; errors as in ``translate``."""
        words = sentence.split()
        known = {word: index for index, word in enumerate(self.source_words)}
        unknown = next((word for word in words if word not in known), None)
        if unknown is not None:
            raise ValueError(f"the translator does not know {unknown!r}; it knows {', '.join(self.source_words)}")
        if not 1 <= len(words) <= self.config.block_size:
            raise ValueError(f"the sentence has {len(words)} words; the translator reads 1 to {self.config.block_size}")
        return [known[word] for word in words]

    def _encode(self, ids: list[int], acts: Activations) -> Array:
        x = self._embed("encoder", ids, acts)  # (S, C)
        patterns = []
        for layer in range(self.config.n_layer):
            block = f"encoder.blocks.{layer}"
            normal = self._read_stream(x, block, "resid_pre", "ln1", acts)
            out, pattern = self._attention(normal, normal, f"{block}.attn")
            patterns.append(pattern)
            x = x + acts.keep(f"{block}.attn_out", out)
            x = self._mlp(x, block, acts)
        acts.keep("encoder.pattern", np.stack(patterns))  # (L, H, S, S)
        return self._final(x, "encoder", acts)

    def _decode(self, ids: list[int], read: Array, acts: Activations) -> Array:
        x = self._embed("decoder", ids, acts)  # (T, C)
        future = np.triu(np.ones((len(ids), len(ids)), dtype=bool), 1)
        patterns, crosses = [], []
        for layer in range(self.config.n_layer):
            block = f"decoder.blocks.{layer}"
            normal = self._read_stream(x, block, "resid_pre", "ln1", acts)
            out, pattern = self._attention(normal, normal, f"{block}.attn", future)
            patterns.append(pattern)
            x = x + acts.keep(f"{block}.attn_out", out)
            normal = self._read_stream(x, block, "resid_cross", "ln_cross", acts)
            out, cross = self._attention(normal, read, f"{block}.cross", acts=acts)
            crosses.append(cross)
            x = x + acts.keep(f"{block}.cross_out", out)
            x = self._mlp(x, block, acts)
        acts.keep("decoder.pattern", np.stack(patterns))  # (L, H, T, T)
        acts.keep("cross.pattern", np.stack(crosses))  # (L, H, T, S)
        return np.asarray(acts.keep("logits", self._final(x, "decoder", acts) @ self.weights["unembed.weight"].T))

    def _embed(self, half: str, ids: list[int], acts: Activations) -> Array:
        words = acts.keep(f"{half}.embed", self.weights[f"{half}.embed.weight"][ids])
        return np.asarray(words + acts.keep(f"{half}.pos_embed", self.weights[f"{half}.pos_embed.weight"][: len(ids)]))

    def _read_stream(self, x: Array, block: str, stage: str, norm: str, acts: Activations) -> Array:
        acts.keep(f"{block}.{stage}", x)
        return np.asarray(acts.keep(f"{block}.{norm}.normalized", layer_norm(x, f"{block}.{norm}", self.weights, 1e-5)))

    def _attention(
        self, asking: Array, offering: Array, name: str, hidden: Array | None = None, acts: Activations | None = None
    ) -> tuple[Array, Array]:
        q = self._heads(linear(asking, f"{name}.q", self.weights))  # (H, T, D)
        k, v = (self._heads(linear(offering, f"{name}.{letter}", self.weights)) for letter in "kv")  # (H, S, D)
        if acts is not None:
            for letter, array in (("q", q), ("k", k), ("v", v)):
                acts.keep(f"{name}.{letter}", array)
        scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])  # (H, T, S)
        pattern = softmax(scores if hidden is None else np.where(hidden, -np.inf, scores))
        z = (pattern @ v).transpose(1, 0, 2).reshape(asking.shape)  # (T, C)
        return linear(z, f"{name}.out", self.weights), pattern

    def _heads(self, x: Array) -> Array:
        return x.reshape(len(x), self.config.n_head, -1).transpose(1, 0, 2)  # (T, C) -> (H, T, D)

    def _mlp(self, x: Array, block: str, acts: Activations) -> Array:
        normal = self._read_stream(x, block, "resid_mid", "ln2", acts)
        post = acts.keep(f"{block}.mlp.post", np.maximum(linear(normal, f"{block}.mlp.up", self.weights), 0))  # (T, M)
        x = x + acts.keep(f"{block}.mlp_out", linear(post, f"{block}.mlp.down", self.weights))  # (T, C)
        return np.asarray(acts.keep(f"{block}.resid_post", x))

    def _final(self, x: Array, half: str, acts: Activations) -> Array:
        name = f"{half}.ln_final"
        return np.asarray(acts.keep(f"{name}.normalized", layer_norm(x, name, self.weights, 1e-5)))


def load(source: str | Path = "translator") -> Translator:
    """The translator in a recording, by name or path.

    Raises
    ------
    ValueError
        If there is no such recording, or it holds no translator.
    """
    recording = recorded.load(source)
    facts = recording.facts
    if not {"config", "source_words", "target_words"} <= facts.keys():
        raise ValueError(
            f"the recording {recording.name} holds no translator; make one with python -m model.toys.translator"
        )
    weights = {
        name.removeprefix("weights."): quantity.values
        for name, quantity in recording.items()
        if name.startswith("weights.")
    }
    return Translator(
        TranslatorConfig.model_validate(facts["config"]),
        tuple(facts["source_words"]),
        tuple(facts["target_words"]),
        weights,
        f"{recording.name}@{recording.digest[:12]}",
        facts,
    )
