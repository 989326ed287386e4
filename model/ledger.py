"""Where a network's weights are: one row a kind of table, from its sizes alone.

Every row is a product of sizes that have names, so that a viewer can check it; the rows add up to
``GPTConfig.parameter_count()`` exactly. The same rows serve our own networks and published ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from model.config import GPTConfig

LAYERS = "layers"


@dataclass(frozen=True)
class Row:
    """One kind of weights.

    Attributes
    ----------
    name : str
        What they are called.
    part : str
        ``"dictionary"``, ``"attention"``, ``"MLP"`` or ``"small print"``.
    factors : tuple of (str, int)
        Sizes whose product is the count; the number of layers comes last, if it is one of them.
    shared : bool
        Whether the weights are those of another row: then they count nothing here.
    """

    name: str
    part: str
    factors: tuple[tuple[str, int], ...]
    shared: bool = False

    @property
    def count(self) -> int:
        """Weights in the whole network."""
        return 0 if self.shared else math.prod(size for _, size in self.factors)

    @property
    def per_layer(self) -> int | None:
        """Weights in one layer; None if there are none of them in the layers."""
        return self.count // dict(self.factors)[LAYERS] if LAYERS in dict(self.factors) else None

    @property
    def formula(self) -> str:
        """The product in words: ``"head width x width x heads x layers"``."""
        return "the embedding again" if self.shared else " x ".join(word for word, _ in self.factors)


def ledger(config: GPTConfig) -> list[Row]:
    """Every kind of weights in a network, in the order of the arithmetic.

    Parameters
    ----------
    config : GPTConfig
        The shape.

    Returns
    -------
    list of Row
        Their counts add up to ``config.parameter_count()``.
    """
    width, layers = ("width", config.n_embd), (LAYERS, config.n_layer)
    neurons, vocabulary = ("neurons", config.d_mlp), ("vocabulary", config.vocab_size)
    head = (("head width", config.d_head), width, ("heads", config.n_head), layers)
    gains = ("gain and offset", 2) if config.bias else ("gain", 1)
    rows = [
        Row("embedding", "dictionary", (vocabulary, width)),
        Row("positions", "small print", (("context", config.block_size), width)),
        *(Row(name, "attention", head) for name in ("query", "key", "value", "output")),
        Row("up", "MLP", (neurons, width, layers)),
        Row("down", "MLP", (width, neurons, layers)),
        Row("layer norms", "small print", (gains, ("norms", 2), width, layers)),
        Row("final norm", "small print", (gains, width)),
        Row("unembedding", "dictionary", (vocabulary, width), shared=config.tied),
    ]
    if config.bias:
        rows += [
            Row("attention offsets", "small print", (("tables", 4), width, layers)),
            Row("up offsets", "small print", (neurons, layers)),
            Row("down offsets", "small print", (width, layers)),
        ]
    return rows


def by_part(rows: list[Row]) -> dict[str, int]:
    """Weights in each part: the two dictionaries, attention, MLP, and the small print."""
    return {part: sum(row.count for row in rows if row.part == part) for part in dict.fromkeys(r.part for r in rows)}
