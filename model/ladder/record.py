"""The ladder's record, read back: no torch. ``record.read()`` is everything the ladder measured.

``read().rung("4").held_out_losses`` are the dots of one rung; ``recorded.load("ladder")`` holds ``ARRAYS``.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import mean
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from model.config import in_one_sentence
from model.recorded import RECORDINGS

PATH = RECORDINGS / "ladder.json"
AGAIN = "restore it with git checkout, or remove it and type python -m model.ladder"
ARRAYS = {
    "pair_counts": ("letter", "next_letter"),  # of the study text, nothing added
    "KEY.batch_losses": ("step",),  # of seed 0, nats; KEY is a rung's
    "KEY.NAME": ("output", "input"),  # of seed 0 at the end: linear maps; offsets and gains have ("output",)
    "KEY.embed.weight": ("letter", "n_embd"),
    "KEY.pos_embed.weight": ("position", "n_embd"),
    "KEY.table.weight": ("letter", "next_letter"),  # rung 1, logits
}
# The losses named in A. Karpathy's lecture "Let's build GPT: from scratch, in code, spelled out" (2023).
PUBLISHED = {"1": 2.5, "2": 2.4, "3": 2.28, "4": 2.24, "5": 2.08, "6": 2.06, "7": 1.48}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Curve(_Part):
    """Losses while one network trained.

    Attributes
    ----------
    steps : tuple of int
        How many optimiser steps had been taken; log-spaced, from 0 to the last.
    held_out : tuple of float
        Loss over the whole held-out text at each of them, nats a letter.
    batches : tuple of float
        Mean loss of the batches read since the mark before, nats a letter; one fewer, as none precede step 0.
    """

    steps: tuple[int, ...] = Field(min_length=2)
    held_out: tuple[float, ...]
    batches: tuple[float, ...]

    @model_validator(mode="after")
    def _lines_up(self) -> Curve:
        if not len(self.steps) == len(self.held_out) == len(self.batches) + 1:
            raise ValueError(
                f"{len(self.steps)} steps need as many held-out losses and one batch loss fewer, "
                f"not {len(self.held_out)} and {len(self.batches)}"
            )
        return self


class Run(_Part):
    """One network, trained once.

    Attributes
    ----------
    seed : int
        Of its starting weights and of its batches; the batches of a seed are the same for every rung.
    held_out_loss, study_loss : float
        Over the whole of either text, in windows side by side; nats a letter.
    held_out_by_position, study_by_position : tuple of float
        The same for each place in the window; the first is after one letter.
    curve : Curve
        Losses on the way.
    seconds : float
        Of training alone, by the clock on the wall, on ``hardware`` (which may have had other work besides).
    real_words : float
        Share (0-1) of the words it writes that occur at least three times in the study text.
    longest_shared_stretch : str
        The longest run of its letters that also stands in the study text.
    sample : str
        How its writing begins; every network writes from a line break with the same random draws.
    hardware, torch, commit : str
        Where it was trained, with which PyTorch, from which state of this project.
    """

    seed: int = Field(ge=0)
    held_out_loss: float = Field(gt=0)
    study_loss: float = Field(gt=0)
    held_out_by_position: tuple[float, ...]
    study_by_position: tuple[float, ...]
    curve: Curve
    seconds: float = Field(ge=0)
    real_words: float = Field(ge=0, le=1)
    longest_shared_stretch: str
    sample: str
    hardware: str
    torch: str
    commit: str


class RungRecord(_Part):
    """One kind of network, trained once for each seed.

    Attributes
    ----------
    key, title : str
        What it is called on the command line, and in a few words.
    parameters : int
        How many numbers it learns.
    settings : dict
        Its shape (``model.ladder.rungs.RungShape``), steps, batch_size, learning_rate.
    letters_read : int
        In training: steps x batch_size x block_size.
    runs : tuple of Run
        One for each seed, in order.
    """

    key: str
    title: str
    parameters: int = Field(gt=0)
    settings: dict[str, Any]
    letters_read: int = Field(gt=0)
    runs: tuple[Run, ...] = Field(min_length=1)

    @property
    def held_out_losses(self) -> tuple[float, ...]:
        """One for each seed, nats a letter."""
        return tuple(run.held_out_loss for run in self.runs)

    @property
    def mean(self) -> float:
        """Of the held-out losses, nats a letter."""
        return mean(self.held_out_losses)


class CountedPairs(_Part):
    """What a tally of letter pairs in the study text achieves without any training; losses in nats a letter.

    The held-out loss and ``study_loss`` count every pair once more than it was seen (add-one); the exact conditional
    entropy of the study text, ``study_entropy``, is what no table of pairs can beat there.
    """

    held_out_loss: float
    study_loss: float
    study_entropy: float


class LadderRecord(_Part):
    """Everything the ladder measured.

    Attributes
    ----------
    corpus, sha256 : str
        Which text, and its hash.
    alphabet : str
        Its letters; a letter's place is its id.
    study_letters, held_out_letters : int
        The first 90 % and the last 10 %.
    blind_loss : float
        Of guessing every letter alike: the logarithm of how many there are.
    counted : CountedPairs
        A tally, for comparison.
    true_real_words : float
        Share of real words in the held-out text itself.
    draws : dict
        Seed and number of the uniform draws that every network writes with.
    published : dict of float
        The lecture's losses (validation, nats a letter) by rung; measured there, not here.
    note : str
        What a viewer must be told.
    arrays : str
        Digest of ``ladder.safetensors``, made at the same time.
    rungs : tuple of RungRecord
        In the order of the ladder, side runs after it.
    """

    corpus: str
    sha256: str
    alphabet: str
    study_letters: int
    held_out_letters: int
    blind_loss: float
    counted: CountedPairs
    true_real_words: float
    draws: dict[str, int]
    published: dict[str, float]
    note: str
    arrays: str
    rungs: tuple[RungRecord, ...] = Field(min_length=1)

    def rung(self, key: str) -> RungRecord:
        """One rung by its key: ``"1"`` to ``"6"``, ``"U"``, ``"S"``, ``"T"``, ``"6b"``, ``"middle"`` and so on.

        Raises
        ------
        KeyError
            If it was not trained; the message says which were.
        """
        for rung in self.rungs:
            if rung.key == key:
                return rung
        raise KeyError(f"the ladder has no rung {key!r}; it has {', '.join(rung.key for rung in self.rungs)}")


def read(path: Path = PATH) -> LadderRecord:
    """The record that ``python -m model.ladder`` wrote.

    Raises
    ------
    ValueError
        If there is none, or it is not one; the message says what was found and what to do.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(
            f"{path} cannot be read ({error.strerror}); restore it with git checkout, or type python -m model.ladder"
        ) from error
    except ValueError as error:
        raise ValueError(f"{path.name} is not JSON ({error}); {AGAIN}") from error
    try:
        return LadderRecord.model_validate(content)
    except ValidationError as error:
        raise ValueError(f"{path.name} is no ladder record: {in_one_sentence(error)}; {AGAIN}") from error
