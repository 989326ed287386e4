"""The network in PyTorch, the same in NumPy, and the same again as others wrote it."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from model.checkpoint import Checkpoint, CheckpointError, load, shipped  # noqa: E402
from model.config import GPTConfig  # noqa: E402
from model.exchange import config_from_hugging_face, load_hugging_face  # noqa: E402
from model.forward import run  # noqa: E402
from model.gpt import GPT  # noqa: E402
from model.tokenizer import BPETokenizer, CharTokenizer  # noqa: E402

SHAPE = {"vocab_size": 13, "block_size": 10, "n_layer": 3, "n_head": 4, "n_embd": 16}
IDS = [3, 1, 4, 1, 5, 9, 2, 6, 5]
TEXT = "the king and the queen and the golden bird of the king"


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


# -- other people's weights ----------

transformers = pytest.importorskip("transformers")


def hugging_face_model(**settings):
    sizes = {"vocab_size": 300, "n_positions": 32, "n_embd": 24, "n_layer": 2, "n_head": 3}
    config = transformers.GPT2Config(**(sizes | settings))
    model = transformers.GPT2LMHeadModel(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return model.eval()


def write_folder(folder: Path, model) -> Path:
    model.save_pretrained(folder)
    (folder / "tokenizer.json").write_text(BPETokenizer.train(TEXT * 3, 290).to_json(), encoding="utf-8")
    return folder


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("activation", ["gelu_new", "relu"])
def test_imported_weights_compute_what_hugging_face_computes(tmp_path: Path, tied: bool, activation: str) -> None:
    model = hugging_face_model(tie_word_embeddings=tied, activation_function=activation)
    checkpoint = load(write_folder(tmp_path / "theirs", model))
    assert checkpoint.name == "theirs" and checkpoint.config.tied == tied
    acts = run(checkpoint, TEXT)
    with torch.no_grad():
        theirs = model(torch.tensor([acts.ids]), output_hidden_states=True)
    assert relative_error(acts["logits"], theirs.logits[0]) < 1e-5
    for layer, stream in enumerate(theirs.hidden_states[:-1]):  # the last one is normalised
        assert relative_error(acts["resid_pre", layer], stream[0]) < 1e-5
    assert relative_error(acts["ln_final.normalized"], theirs.hidden_states[-1][0]) < 1e-5


def test_imported_attention_is_what_hugging_face_attends_to(tmp_path: Path) -> None:
    model = hugging_face_model()
    model.set_attn_implementation("eager")
    acts = run(load_hugging_face(write_folder(tmp_path, model)), TEXT)
    with torch.no_grad():
        theirs = model(torch.tensor([acts.ids]), output_attentions=True).attentions
    for layer, pattern in enumerate(theirs):
        assert relative_error(acts["pattern", layer], pattern[0]) < 1e-5


def test_half_precision_weights_are_read_too(tmp_path: Path) -> None:
    model = hugging_face_model().half()
    acts = run(load_hugging_face(write_folder(tmp_path, model)), TEXT)
    with torch.no_grad():
        theirs = model.float()(torch.tensor([acts.ids])).logits[0]
    assert relative_error(acts["logits"], theirs) < 1e-5


def check_folder_refused(folder: Path, sentence: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        load(folder)
    assert sentence in str(caught.value) and "\n" not in str(caught.value), str(caught.value)


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_that_lacks_a_file_is_refused(tmp_path: Path, file: str) -> None:
    write_folder(tmp_path, hugging_face_model())
    (tmp_path / file).unlink()
    check_folder_refused(tmp_path, "it needs config.json, model.safetensors and tokenizer.json")


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe\x00", b"3"])
def test_a_folder_with_a_damaged_file_is_refused(tmp_path: Path, file: str, content: bytes) -> None:
    write_folder(tmp_path, hugging_face_model())
    (tmp_path / file).write_bytes(content)
    check_folder_refused(tmp_path, "cannot be read as a GPT-2 folder")


def test_a_precision_numpy_does_not_know_is_refused_or_read(tmp_path: Path) -> None:
    write_folder(tmp_path, hugging_face_model().to(torch.bfloat16))
    check_folder_refused(tmp_path, "cannot be read as a GPT-2 folder")


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"model_type": "llama"}, "the model's type is llama; only GPT-2-shaped models"),
        ({"n_inner": 50}, "the MLP is 50 wide; only 4 x n_embd is supported"),
        ({"activation_function": "swish"}, "the activation is swish; known are relu"),
        ({"scale_attn_weights": False}, "config.json says scale_attn_weights: False; only True is supported"),
        ({"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx: True; only False is supported"),
        ({"n_embd": None}, "config.json gives no number for n_embd"),
        ({"n_head": 5}, "n_embd is 24, which 5 heads do not divide"),
        ({"n_layer": 3}, "the file lacks the tensor h.2.ln_1.weight"),
        ({"n_positions": 33}, "wpe.weight has shape (32, 24) (expected (33, 24))"),
        ({"vocab_size": 280}, "the tokenizer has 283 tokens, the network only 280; they do not belong together"),
    ],
)
def test_a_model_of_another_kind_is_refused(tmp_path: Path, setting: dict, sentence: str) -> None:
    write_folder(tmp_path, hugging_face_model())
    settings = json.loads((tmp_path / "config.json").read_text()) | setting
    (tmp_path / "config.json").write_text(json.dumps(settings))
    check_folder_refused(tmp_path, sentence)


def test_the_published_gpt_2_small_has_our_shape() -> None:
    config = config_from_hugging_face(transformers.GPT2Config().to_dict())
    assert (config.n_layer, config.n_head, config.n_embd, config.block_size) == (12, 12, 768, 1024)
    assert config.tied and config.activation == "gelu_tanh" and config.parameter_count() == 124_439_808


def test_a_folder_is_named_even_when_given_as_a_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path / "theirs", hugging_face_model())
    monkeypatch.chdir(tmp_path / "theirs")
    assert load(".").name == "theirs"
