"""Text from a network, with everything that decided each token kept: ``python -m model.sampling storybook "the king"``.

The network's logits become shares (after the temperature), the tail may be cut off (top-k, then top-p), the kept
shares are laid side by side on a strip of length 1, the likeliest first, and one uniform number points at the strip.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cloup
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.text import Text

from model.activations import Quantity
from model.checkpoint import Checkpoint, load
from model.decoding import KeyValueCache, read
from model.forward import source_of
from model.shares import at_temperature, keep_likeliest, place_on_strip, strip

ROWS_OF_A_TRACE = ("logits", "probabilities", "kept_probabilities", "draw", "probability", "surprise")


@dataclass(frozen=True)
class Dials:
    """How tokens are chosen; the words are explained at ``generate``.

    Raises
    ------
    ValueError
        If a setting makes no sense; the message says what was found and what is possible.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.temperature) and self.temperature >= 0):
            raise ValueError(f"temperature is {self.temperature}; it must be 0 (always the likeliest) or above")
        if self.top_k is not None and self.top_k < 1:
            raise ValueError(f"top-k is {self.top_k}; keep at least 1 token, or leave it out to keep all")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ValueError(f"top-p is {self.top_p}; it is a share, above 0 and at most 1")
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed}; give 0 or a positive whole number")

    def __str__(self) -> str:
        return f"temperature={self.temperature},top_k={self.top_k},top_p={self.top_p},seed={self.seed}"


@dataclass(frozen=True, eq=False)
class Step:
    """How one token was chosen.

    Attributes
    ----------
    logits : float32 array, shape (vocab,)
        What the network said, in nats.
    probabilities : float32 array, shape (vocab,)
        Shares after the temperature, before anything is cut off.
    kept_ids : int array, shape (kept,)
        Tokens left after top-k and top-p, the likeliest first.
    shares : float32 array, shape (kept,)
        Their shares, divided by what was kept: they sum to 1 (up to rounding to float32).
    draw : float
        The uniform number, at least 0 and below 1. At temperature 0 one segment fills the strip: it decides nothing.
    rank : int
        Place of the chosen token in ``kept_ids``, 0-based.
    piece : str
        The chosen token's text.
    """

    logits: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    kept_ids: NDArray[np.int64]
    shares: NDArray[np.float32]
    draw: float
    rank: int
    piece: str

    @property
    def id(self) -> int:
        """The chosen token, 0-based."""
        return int(self.kept_ids[self.rank])

    @property
    def probability(self) -> float:
        """Share of the chosen token after the temperature, before anything was cut off."""
        return float(self.probabilities[self.id])

    @property
    def interval(self) -> tuple[float, float]:
        """Where the chosen token lies on the strip of kept shares: ``low <= draw < high``."""
        limits = strip(self.shares)
        return float(limits[self.rank]), float(limits[self.rank + 1])

    @property
    def surprise(self) -> float:
        """Minus the logarithm of ``probability``, in nats."""
        return -float(np.log(np.float64(self.probability)))

    def kept_probabilities(self) -> NDArray[np.float32]:
        """``shares`` over the whole vocabulary, shape (vocab,); 0 for what was cut off."""
        everything = np.zeros_like(self.probabilities)
        everything[self.kept_ids] = self.shares
        return everything


@dataclass(frozen=True, eq=False)
class Trace:
    """A text the network wrote, and how.

    Attributes
    ----------
    prompt : str
        What it was given.
    prompt_ids : tuple of int
        Its tokens.
    steps : tuple of Step
        One for each token written.
    text : str
        Prompt and continuation.
    dials : Dials
        The settings.
    source : str
        Checkpoint and prompt (hashes), then the settings: the source of every quantity.
    """

    prompt: str
    prompt_ids: tuple[int, ...]
    steps: tuple[Step, ...]
    text: str
    dials: Dials
    source: str

    @property
    def ids(self) -> tuple[int, ...]:
        """Tokens of prompt and continuation, 0-based."""
        return self.prompt_ids + tuple(step.id for step in self.steps)

    def quantity(self, name: str) -> Quantity:
        """One number or row a step, with its passport.

        Parameters
        ----------
        name : str
            ``logits``, ``probabilities`` or ``kept_probabilities``: axes (step, vocab); ``draw``, ``probability`` or
            ``surprise`` (nats): axes (step,).

        Raises
        ------
        KeyError
            If there is no such name.
        """
        if name not in ROWS_OF_A_TRACE:
            raise KeyError(f"a trace has no {name!r}; it has {', '.join(ROWS_OF_A_TRACE)}")
        found = [getattr(step, name) for step in self.steps]
        values = np.array([part() if callable(part) else part for part in found])
        return Quantity(values, f"sampling.{name}", ("step", "vocab")[: values.ndim], self.source)


def generate(
    checkpoint: Checkpoint,
    prompt: str,
    tokens: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
    cached: bool = True,
) -> Trace:
    """Let the network continue a text, and keep how.

    Parameters
    ----------
    checkpoint : Checkpoint
        The network.
    prompt : str
        The beginning; at most a context long.
    tokens : int
        How many tokens to write, at least 1.
    temperature : float
        Logits are divided by it; 0 always takes the likeliest token.
    top_k : int, optional
        Keep only the ``top_k`` likeliest tokens.
    top_p : float, optional
        Then keep only as many of the likeliest as it takes to reach this share of what is left (0 to 1).
    seed : int
        Of the uniform draws, one a token.
    cached : bool
        Whether to keep keys and values of what was read; the trace is the same to the last bit, only slower without.

    Returns
    -------
    Trace
        About 12 bytes a token of the vocabulary for each token written.

    Raises
    ------
    ValueError
        If the prompt is empty, holds unknown letters or is longer than the context, or a setting makes no sense.

    Notes
    -----
    Once the context is full, the oldest token falls out for each new one. Every remaining token then stands at
    another position, and what is added for its position changes: nothing kept is true any more, and each further
    token costs a whole context, cached or not.
    """
    dials = Dials(temperature, top_k, top_p, seed)
    prompt_ids = _checked_prompt(checkpoint, prompt, tokens)
    steps = tuple(_steps(checkpoint, prompt_ids, tokens, dials, cached))
    text = checkpoint.tokenizer.decode([*prompt_ids, *(step.id for step in steps)])
    return Trace(prompt, tuple(prompt_ids), steps, text, dials, f"{source_of(checkpoint, prompt_ids)}/{dials}")


def stream(checkpoint: Checkpoint, prompt: str, tokens: int, dials: Dials) -> Iterator[Step]:
    """The steps of ``generate``, one at a time as they are made; bad input is refused at once, as there."""
    return _steps(checkpoint, _checked_prompt(checkpoint, prompt, tokens), tokens, dials, cached=True)


def _steps(checkpoint: Checkpoint, ids: list[int], tokens: int, dials: Dials, cached: bool) -> Iterator[Step]:
    tokenizer, room = checkpoint.tokenizer, checkpoint.config.block_size
    generator = np.random.default_rng(dials.seed)
    cache = KeyValueCache(checkpoint.config)
    shown = len(tokenizer.decode(ids))
    for _ in range(tokens):
        if not cached or len(ids) > room:
            cache.clear()
        logits = read(checkpoint, ids[-room:][cache.length :], cache)[: tokenizer.vocab_size]  # padding has no text
        probabilities = at_temperature(logits, dials.temperature)
        kept_ids, shares = keep_likeliest(probabilities, dials.top_k, dials.top_p)
        draw = float(generator.random())
        rank = place_on_strip(shares, draw)
        ids = [*ids, int(kept_ids[rank])]
        text = tokenizer.decode(ids).rstrip("\ufffd")  # part of a character waits for the rest of its bytes
        yield Step(logits, probabilities, kept_ids, shares, draw, rank, text[shown:])
        shown = max(shown, len(text))


def _checked_prompt(checkpoint: Checkpoint, prompt: str, tokens: int) -> list[int]:
    if tokens < 1:
        raise ValueError(f"tokens is {tokens}; ask for at least 1")
    ids, room = checkpoint.tokenizer.encode(prompt), checkpoint.config.block_size
    if not ids:
        raise ValueError("the text is empty; give at least one word")
    if len(ids) > room:
        raise ValueError(f"the text has {len(ids)} tokens, {checkpoint.name} reads at most {room}; shorten it")
    return ids


@cloup.command()
@cloup.argument("network")
@cloup.argument("prompt")
@cloup.option("--tokens", default=60, show_default=True, help="How many tokens to write.")
@cloup.option("--temperature", default=1.0, show_default=True, help="0 always takes the likeliest token.")
@cloup.option("--top-k", type=int, default=None, help="Keep only so many of the likeliest tokens.")
@cloup.option("--top-p", type=float, default=None, help="Keep only the likeliest tokens up to this share.")
@cloup.option("--seed", default=0, show_default=True, help="Of the random draws.")
def main(network: str, prompt: str, tokens: int, **dials: Any) -> None:
    """Let NETWORK (a shipped name, a file or a folder) continue PROMPT."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        steps = stream(load(network), prompt, tokens, Dials(**dials))
        console.print(Text(prompt, "dim"), end="")
        for step in steps:
            console.print(Text(step.piece), end="")
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from error
    console.print()


if __name__ == "__main__":
    sys.exit(main())
