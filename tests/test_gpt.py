"""The network in PyTorch, and the same in NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from model.checkpoint import Checkpoint, load, shipped  # noqa: E402
from model.config import GPTConfig  # noqa: E402
from model.forward import run  # noqa: E402
from model.gpt import GPT  # noqa: E402
from model.tokenizer import CharTokenizer  # noqa: E402

SHAPE = {"vocab_size": 13, "block_size": 10, "n_layer": 3, "n_head": 4, "n_embd": 16}
IDS = [3, 1, 4, 1, 5, 9, 2, 6, 5]


@pytest.fixture(autouse=True)
def one_thread_and_a_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def lively(network: GPT) -> GPT:
    """The network with weights large enough that every part matters, offsets and gains included."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return network.eval()


def as_checkpoint(network: GPT) -> Checkpoint:
    weights = {name: tensor.numpy() for name, tensor in network.weights().items()}
    alphabet = "".join(chr(ord("a") + index) for index in range(network.config.vocab_size))
    return Checkpoint("random", network.config, CharTokenizer(alphabet), weights, "5eed" * 16)


def relative_error(ours, theirs) -> float:
    ours, theirs = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    assert ours.shape == theirs.shape
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


@torch.no_grad()
def torch_logits(network: GPT, ids: list[int]) -> np.ndarray:
    return network(torch.tensor([ids]))[0].numpy()


# -- shape ----------


def test_there_is_one_logit_for_every_next_token() -> None:
    logits = GPT(GPTConfig(**SHAPE))(torch.zeros((2, 7), dtype=torch.long))
    assert logits.shape == (2, 7, 13)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("tied", [True, False])
def test_parameters_are_as_many_and_named_as_the_config_says(bias: bool, tied: bool) -> None:
    config = GPTConfig(**SHAPE, bias=bias, tied=tied)
    network = GPT(config)
    vocabulary, context, layers, width = 13, 10, 3, 16
    block = 12 * width**2 + 2 * width + bias * (3 + 1 + 4 + 1 + 2) * width
    formula = vocabulary * width * (1 if tied else 2) + context * width + layers * block + width * (2 if bias else 1)
    counted = sum(parameter.numel() for parameter in network.parameters())  # shared ones once
    assert counted == config.parameter_count() == formula
    weights = network.weights()
    assert {name: tuple(tensor.shape) for name, tensor in weights.items()} == config.tensor_shapes()
    assert list(weights) == list(config.tensor_shapes())


def test_gpt_2_small_has_its_published_size() -> None:
    config = GPTConfig(vocab_size=50257, block_size=1024, n_layer=12, n_head=12, n_embd=768, tied=True)
    assert config.parameter_count() == 124_439_808


@pytest.mark.parametrize(
    "wrong", [{"n_head": 3}, {"n_layer": 0}, {"dropout": 1.0}, {"activation": "tanh"}, {"n_heads": 4}]
)
def test_a_shape_that_makes_no_network_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).replace("n_head", "head")):
        GPTConfig(**(SHAPE | wrong))


def test_a_text_longer_than_the_context_is_refused() -> None:
    with pytest.raises(ValueError, match="11 tokens do not fit a context of 10; shorten the text"):
        GPT(GPTConfig(**SHAPE))(torch.zeros((1, 11), dtype=torch.long))


# -- behaviour ----------


def test_a_later_token_leaves_earlier_logits_unchanged() -> None:
    network = lively(GPT(GPTConfig(**SHAPE)))
    for place in range(1, len(IDS)):
        other = [*IDS[:place], (IDS[place] + 1) % 13, *IDS[place + 1 :]]
        one, two = torch_logits(network, IDS), torch_logits(network, other)
        assert np.allclose(one[:place], two[:place], atol=1e-6)
        assert not np.allclose(one[place:], two[place:], atol=1e-3)


def test_an_untrained_network_bets_on_every_token_alike() -> None:
    network = GPT(GPTConfig(**(SHAPE | {"vocab_size": 200, "n_embd": 64})))
    ids = torch.randint(200, (64, 10))
    assert network.loss(ids, torch.randint(200, (64, 10))).item() == pytest.approx(math.log(200), abs=0.05)


def test_dropout_is_for_training_only() -> None:
    network = lively(GPT(GPTConfig(**SHAPE, dropout=0.5)))
    assert np.array_equal(torch_logits(network, IDS), torch_logits(network, IDS))
    network.train()
    assert not np.array_equal(torch_logits(network, IDS), torch_logits(network, IDS))


@pytest.mark.parametrize("tied", [True, False])
def test_weights_taken_over_make_the_same_network(tied: bool) -> None:
    config = GPTConfig(**SHAPE, tied=tied)
    one, two = lively(GPT(config)), GPT(config).eval()
    two.load_weights({name: tensor.clone() for name, tensor in one.weights().items()})
    assert np.array_equal(torch_logits(one, IDS), torch_logits(two, IDS))


# -- the twin in NumPy ----------


@pytest.mark.parametrize("activation", ["relu", "gelu", "gelu_tanh"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("tied", [True, False])
def test_numpy_computes_what_pytorch_computes(activation: str, bias: bool, tied: bool) -> None:
    network = lively(GPT(GPTConfig(**SHAPE, activation=activation, bias=bias, tied=tied)))
    acts = run(as_checkpoint(network), IDS)
    assert acts["logits"].values.dtype == np.float32
    assert relative_error(acts["logits"], torch_logits(network, IDS)) < 1e-5


def test_both_keep_the_same_stream_on_the_way() -> None:
    network = lively(GPT(GPTConfig(**SHAPE)))
    seen: list[np.ndarray] = []
    for block in network.blocks:
        block.register_forward_hook(lambda _block, _inputs, output: seen.append(output[0].detach().numpy()))
    torch_logits(network, IDS)
    acts = run(as_checkpoint(network), IDS)
    for layer, stream in enumerate(seen):
        assert relative_error(acts["resid_post", layer], stream) < 1e-5


@pytest.mark.parametrize("name", shipped())
def test_both_agree_on_every_shipped_checkpoint(name: str) -> None:
    checkpoint = load(name)
    network = GPT(checkpoint.config).eval()
    network.load_weights({key: torch.from_numpy(np.array(array)) for key, array in checkpoint.weights.items()})
    length = min(checkpoint.config.block_size, 48)
    ids = np.random.default_rng(5).integers(checkpoint.config.vocab_size, size=length).tolist()
    for prompt in (ids, checkpoint.tokenizer.encode("the king and the queen")):
        assert relative_error(run(checkpoint, prompt)["logits"], torch_logits(network, prompt)) < 1e-5
