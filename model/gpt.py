"""A GPT, written to be read beside the diagram: one file, in the order of the arithmetic.

Pre-norm, learned positions, ReLU or GELU, tied or untied unembedding, biases on or off: the GPT-2 family
(Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"). ``model.forward`` is the same
function in NumPy, keeping every intermediate; a test holds the two equal.
"""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn import functional

from model.config import GPTConfig

# Axes, bound once: B batch, T position (query), S position (key), C n_embd, H head, D d_head, M d_mlp, V vocabulary.


class Attention(nn.Module):
    """Each position asks, every earlier one offers; what is handed over is added up."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.n_head, self.dropout = config.n_head, config.dropout
        self.qkv = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.out = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """What attention adds to each position."""
        q, k, v = (self._split(part) for part in self.qkv(x).chunk(3, dim=-1))  # (B, H, T, D) each
        dropout = self.dropout if self.training else 0.0
        z = functional.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True)  # (B, H, T, D)
        return self.out(z.transpose(1, 2).flatten(2))  # (B, T, C)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.n_head, -1)).transpose(1, 2)  # (B, T, C) -> (B, H, T, D)


class MLP(nn.Module):
    """Up, bend, down: every position by itself."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.up = nn.Linear(config.n_embd, config.d_mlp, bias=config.bias)
        self.down = nn.Linear(config.d_mlp, config.n_embd, bias=config.bias)
        self.activation = config.activation

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """What the MLP adds to each position."""
        return self.down(self._bend(self.up(x)))  # (B, T, M) -> (B, T, C)

    def _bend(self, x: Tensor) -> Tensor:
        if self.activation == "relu":
            return functional.relu(x)
        return functional.gelu(x, approximate="tanh" if self.activation == "gelu_tanh" else "none")


class Block(nn.Module):
    """Attention, then MLP; each reads a normalised copy of the stream and adds to it."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.ln1 = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon, bias=config.bias)
        self.attn = Attention(config)
        self.ln2 = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon, bias=config.bias)
        self.mlp = MLP(config)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """The stream after this block."""
        x = x + self.drop(self.attn(self.ln1(x)))
        return x + self.drop(self.mlp(self.ln2(x)))


class GPT(nn.Module):
    """Token ids in, one logit for every possible next token out.

    Parameters
    ----------
    config : GPTConfig
        The shape. Parameter names and shapes are ``config.tensor_shapes()``.
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab_size, config.n_embd)
        self.pos_embed = nn.Embedding(config.block_size, config.n_embd)
        self.drop = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.ln_final = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon, bias=config.bias)
        self.unembed = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.apply(self._initialise)
        # What writes into the stream starts small, so that the sum over 2 n_layer writes has unit scale (GPT-2).
        for block in self.blocks:
            for writer in (block.attn.out, block.mlp.down):
                nn.init.normal_(writer.weight, std=0.02 / math.sqrt(2 * config.n_layer))
        if config.tied:
            self.unembed.weight = self.embed.weight

    @staticmethod
    def _initialise(module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits for the token after each position.

        Parameters
        ----------
        ids : int64 tensor, shape (batch, position)
            0-based token ids; at most ``block_size`` positions.

        Returns
        -------
        float tensor, shape (batch, position, vocab)
            Logits, in nats.

        Raises
        ------
        ValueError
            If there are more positions than ``block_size``.
        """
        positions = ids.shape[1]
        if positions > self.config.block_size:
            raise ValueError(f"{positions} tokens do not fit a context of {self.config.block_size}; shorten the text")
        x = self.embed(ids) + self.pos_embed.weight[:positions]  # (B, T, C)
        x = self.drop(x)
        for block in self.blocks:
            x = block(x)
        return self.unembed(self.ln_final(x))  # (B, T, V)

    def loss(self, ids: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy, in nats a token; ``ids`` and ``targets`` have shape (batch, position)."""
        logits = self(ids)
        return functional.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())

    def weights(self) -> dict[str, Tensor]:
        """Every stored tensor by name, a tied unembedding once: what a checkpoint holds."""
        names = self.config.tensor_shapes()
        state = self.state_dict()
        return {name: state[name].detach() for name in names}

    def load_weights(self, weights: dict[str, Tensor]) -> None:
        """Take over the tensors of a checkpoint; names and shapes must be ``config.tensor_shapes()``."""
        state = dict(weights)
        if self.config.tied:
            state["unembed.weight"] = state["embed.weight"]
        self.load_state_dict(state)
