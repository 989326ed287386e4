"""The shape of a network, in the words of nanoGPT; numpy and torch twins are built from it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class GPTConfig(BaseModel):
    """Sizes and switches of a GPT-2-family network (pre-norm, learned positions).

    Parameters
    ----------
    vocab_size, block_size : int
        Number of different tokens; longest context, in tokens.
    n_layer, n_head, n_embd : int
        Blocks; attention heads a block; width of the residual stream.
    activation : {"relu", "gelu", "gelu_tanh"}
        Nonlinearity of the MLP. GPT-2's own is ``gelu_tanh``.
    bias : bool
        Whether linear maps and layer norms have an offset.
    tied : bool
        Whether the unembedding is the embedding table itself.
    dropout : float
        Share dropped in training; nothing is dropped when scenes look.
    layer_norm_epsilon : float
        Added to the variance in each layer norm.

    Raises
    ------
    pydantic.ValidationError
        If ``n_embd`` is not a multiple of ``n_head``, or a size is not positive.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    vocab_size: int = Field(gt=0)
    block_size: int = Field(gt=0)
    n_layer: int = Field(gt=0)
    n_head: int = Field(gt=0)
    n_embd: int = Field(gt=0)
    activation: Literal["relu", "gelu", "gelu_tanh"] = "relu"
    bias: bool = True
    tied: bool = False
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    layer_norm_epsilon: float = Field(default=1e-5, gt=0.0)

    @model_validator(mode="after")
    def _heads_divide_width(self) -> GPTConfig:
        if self.n_embd % self.n_head:
            raise ValueError(f"n_embd is {self.n_embd}, which {self.n_head} heads do not divide; choose a multiple")
        return self

    @property
    def d_head(self) -> int:
        """Width of one head's queries, keys and values."""
        return self.n_embd // self.n_head

    @property
    def d_mlp(self) -> int:
        """Number of neurons in each MLP."""
        return 4 * self.n_embd

    def tensor_shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every stored tensor, in the order of the arithmetic.

        Linear maps are stored (out, in), as PyTorch does.
        """
        d = self.n_embd
        shapes: dict[str, tuple[int, ...]] = {}
        shapes["embed.weight"] = (self.vocab_size, d)
        shapes["pos_embed.weight"] = (self.block_size, d)
        for layer in range(self.n_layer):
            block = f"blocks.{layer}."
            for name, shape in (
                ("ln1", (d,)),
                ("attn.qkv", (3 * d, d)),
                ("attn.out", (d, d)),
                ("ln2", (d,)),
                ("mlp.up", (self.d_mlp, d)),
                ("mlp.down", (d, self.d_mlp)),
            ):
                shapes[f"{block}{name}.weight"] = shape
                if self.bias:
                    shapes[f"{block}{name}.bias"] = shape[:1]
        shapes["ln_final.weight"] = (d,)
        if self.bias:
            shapes["ln_final.bias"] = (d,)
        if not self.tied:
            shapes["unembed.weight"] = (self.vocab_size, d)
        return shapes

    def parameter_count(self) -> int:
        """Number of stored weights (a tied unembedding counts once)."""
        total = 0
        for shape in self.tensor_shapes().values():
            size = 1
            for length in shape:
                size *= length
            total += size
        return total


def in_one_sentence(error: ValidationError) -> str:
    """What pydantic found wrong, field by field, on one line."""
    found = []
    for problem in error.errors():
        field = ".".join(map(str, problem["loc"]))
        found.append(f"{field}: {problem['msg']}" if field else problem["msg"].removeprefix("Value error, "))
    return "; ".join(found)
