"""An encoder-decoder, written to be read beside the diagram: one half reads, the other writes and looks back.

Pre-norm, learned positions, ReLU, untied unembedding: the network of Vaswani et al. 2017 ("Attention Is All You
Need"), with the norm before each station as in GPT-2. ``model.toys.translation`` is the same function in NumPy; a
test holds the two equal.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.toys.translation import TranslatorConfig

# Axes, bound once: B batch, S source place, T target place, C n_embd, H head, D d_head, M d_mlp, V target vocabulary.


class Attention(nn.Module):
    """Questions come from ``asking``, offers and what is handed over from ``offering``: that is the only difference."""

    def __init__(self, config: TranslatorConfig) -> None:
        super().__init__()
        self.n_head = config.n_head
        self.q, self.k, self.v, self.out = (nn.Linear(config.n_embd, config.n_embd) for _ in range(4))

    def forward(self, asking: Tensor, offering: Tensor, allowed: Tensor) -> Tensor:  # (B, T, C), (B, S, C)
        """What attention adds to each place of ``asking``; ``allowed`` is bool, (B or 1, T or 1, S)."""
        q, k, v = self._split(self.q(asking)), self._split(self.k(offering)), self._split(self.v(offering))  # (B,H,_,D)
        z = functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed.unsqueeze(1))  # (B, H, T, D)
        return self.out(z.transpose(1, 2).flatten(2))  # (B, T, C)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.n_head, -1)).transpose(1, 2)  # (B, T, C) -> (B, H, T, D)


class MLP(nn.Module):
    """Up, bend, down: every place by itself."""

    def __init__(self, config: TranslatorConfig) -> None:
        super().__init__()
        self.up = nn.Linear(config.n_embd, 4 * config.n_embd)
        self.down = nn.Linear(4 * config.n_embd, config.n_embd)

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """What the MLP adds to each place."""
        return self.down(functional.relu(self.up(x)))  # (B, T, M) -> (B, T, C)


class EncoderBlock(nn.Module):
    """Every source word looks at every other, then thinks by itself."""

    def __init__(self, config: TranslatorConfig) -> None:
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(config.n_embd), nn.LayerNorm(config.n_embd)
        self.attn, self.mlp = Attention(config), MLP(config)

    def forward(self, x: Tensor, allowed: Tensor) -> Tensor:  # (B, S, C)
        """The stream after this block."""
        normal = self.ln1(x)
        x = x + self.attn(normal, normal, allowed)
        return x + self.mlp(self.ln2(x))


class DecoderBlock(nn.Module):
    """Look at what I wrote, look at the source, think."""

    def __init__(self, config: TranslatorConfig) -> None:
        super().__init__()
        self.ln1, self.ln_cross, self.ln2 = (nn.LayerNorm(config.n_embd) for _ in range(3))
        self.attn, self.cross, self.mlp = Attention(config), Attention(config), MLP(config)

    def forward(self, x: Tensor, read: Tensor, earlier: Tensor, allowed: Tensor) -> Tensor:  # (B, T, C), (B, S, C)
        """The stream after this block."""
        normal = self.ln1(x)
        x = x + self.attn(normal, normal, earlier)
        x = x + self.cross(self.ln_cross(x), read, allowed)
        return x + self.mlp(self.ln2(x))


class Half(nn.Module):
    """Words and places turned into vectors, a stack of blocks, a norm."""

    def __init__(self, config: TranslatorConfig, vocab_size: int, places: int, block: type[nn.Module]) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab_size, config.n_embd)
        self.pos_embed = nn.Embedding(places, config.n_embd)
        self.blocks = nn.ModuleList(block(config) for _ in range(config.n_layer))
        self.ln_final = nn.LayerNorm(config.n_embd)

    def forward(self, ids: Tensor, *context: Tensor) -> Tensor:
        """The normalised stream after the last block; ``context`` is handed to every block."""
        x = self.embed(ids) + self.pos_embed.weight[: ids.shape[1]]  # (B, T, C)
        for block in self.blocks:
            x = block(x, *context)
        return self.ln_final(x)  # (B, T, C)


class EncoderDecoder(nn.Module):
    """Source ids and the target so far in, one logit for every possible next target word out.

    Parameters
    ----------
    config : TranslatorConfig
        The shape.
    """

    def __init__(self, config: TranslatorConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Half(config, config.source_vocab, config.block_size, EncoderBlock)
        self.decoder = Half(config, config.target_vocab, config.block_size + 1, DecoderBlock)
        self.unembed = nn.Linear(config.n_embd, config.target_vocab, bias=False)
        self.apply(self._initialise)

    @staticmethod
    def _initialise(module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.05)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, source: Tensor, lengths: Tensor, target: Tensor) -> Tensor:
        """Logits for the word after each target place.

        Parameters
        ----------
        source : int64 tensor, shape (batch, source)
            Word ids, filled up at the end with any id.
        lengths : int64 tensor, shape (batch,)
            How many of them are words.
        target : int64 tensor, shape (batch, target)
            ``<start>`` and the words so far.

        Returns
        -------
        float tensor, shape (batch, target, vocab)
            Logits, in nats.
        """
        allowed = (torch.arange(source.shape[1]) < lengths[:, None]).unsqueeze(1)  # (B, 1, S)
        earlier = torch.ones(1, target.shape[1], target.shape[1], dtype=torch.bool).tril()  # (1, T, T)
        read = self.encoder(source, allowed)  # (B, S, C)
        return self.unembed(self.decoder(target, read, earlier, allowed))  # (B, T, V)
