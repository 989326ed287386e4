"""A nanoGPT checkpoint computes here what it computes there, or one sentence says why it cannot."""

from __future__ import annotations

import json
import os
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from torch.nn import functional  # noqa: E402

from model.checkpoint import CheckpointError, load  # noqa: E402
from model.forward import run  # noqa: E402
from model.tokenizer import BPETokenizer  # noqa: E402

ALPHABET = "\n abcdefghijklmnopqrstuvwxyz"
SIZES = {"n_layer": 2, "n_head": 3, "n_embd": 12, "block_size": 16, "vocab_size": len(ALPHABET)}
TEXT = "the good king"


@pytest.fixture(autouse=True)
def one_thread_and_a_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


# -- nanoGPT again, from its description: what it stores and what it computes ----------


def random_state(arguments: dict) -> dict:
    """What ``state_dict`` holds: the embedding is stored twice, linear maps lie (out, in)."""
    width, part = arguments["n_embd"], {"weight": True, "bias": arguments.get("bias", True)}
    shapes = {"transformer.wte": (arguments["vocab_size"], width), "transformer.wpe": (arguments["block_size"], width)}
    state = {f"{name}.weight": torch.randn(shape) * 0.5 for name, shape in shapes.items()}
    maps = {"attn.c_attn": (3, 1), "attn.c_proj": (1, 1), "mlp.c_fc": (4, 1), "mlp.c_proj": (1, 4)}
    for layer in range(arguments["n_layer"]):
        block = f"transformer.h.{layer}"
        for name, (rows, columns) in maps.items():
            state[f"{block}.{name}.weight"] = torch.randn(rows * width, columns * width) * 0.3
            if part["bias"]:
                state[f"{block}.{name}.bias"] = torch.randn(rows * width)
        for name in ("ln_1", "ln_2"):
            state |= {f"{block}.{name}.{which}": torch.randn(width) for which, there in part.items() if there}
    state |= {f"transformer.ln_f.{which}": torch.randn(width) for which, there in part.items() if there}
    return state | {"lm_head.weight": state["transformer.wte.weight"]}


def reference_logits(state: dict, arguments: dict, ids: list[int]) -> np.ndarray:
    """The network as nanoGPT's model.py computes it, in float64; shape (position, vocab)."""
    at = {name: tensor.double() for name, tensor in state.items()}
    width, heads = arguments["n_embd"], arguments["n_head"]

    def norm(x, name):
        return functional.layer_norm(x, (width,), at[f"{name}.weight"], at.get(f"{name}.bias"), 1e-5)

    def linear(x, name):
        return functional.linear(x, at[f"{name}.weight"], at.get(f"{name}.bias"))

    x = at["transformer.wte.weight"][ids] + at["transformer.wpe.weight"][: len(ids)]
    mask = torch.ones(len(ids), len(ids), dtype=torch.bool).tril()
    for layer in range(arguments["n_layer"]):
        block = f"transformer.h.{layer}"
        q, k, v = linear(norm(x, f"{block}.ln_1"), f"{block}.attn.c_attn").split(width, dim=1)
        q, k, v = (part.view(len(ids), heads, -1).transpose(0, 1) for part in (q, k, v))
        shares = ((q @ k.mT) / k.shape[-1] ** 0.5).masked_fill(~mask, -torch.inf).softmax(-1)
        x = x + linear((shares @ v).transpose(0, 1).reshape(len(ids), width), f"{block}.attn.c_proj")
        hidden = functional.gelu(linear(norm(x, f"{block}.ln_2"), f"{block}.mlp.c_fc"))
        x = x + linear(hidden, f"{block}.mlp.c_proj")
    return (norm(x, "transformer.ln_f") @ at["lm_head.weight"].T).numpy()


def write(folder: Path, state: dict, arguments: dict, **more: object) -> Path:
    """The file that nanoGPT's train.py leaves, with all its other entries."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "model": state,
        "optimizer": {"state": {0: {"exp_avg": torch.zeros(2)}}, "param_groups": [{"lr": 6e-4, "betas": (0.9, 0.95)}]},
        "model_args": arguments,
        "iter_num": 5000,
        "best_val_loss": torch.tensor(1.47),
        "config": {"dataset": "shakespeare_char", "compile": True, "device": "cuda"},
    }
    torch.save(content | more, folder / "ckpt.pt")
    return folder / "ckpt.pt"


def write_table(folder: Path, alphabet: str = ALPHABET, **changes: object) -> None:
    itos = dict(enumerate(alphabet))
    meta = {"vocab_size": len(alphabet), "itos": itos, "stoi": {character: index for index, character in itos.items()}}
    (folder / "meta.pkl").write_bytes(pickle.dumps(meta | changes))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = write(tmp_path / "out-shakespeare", random_state(SIZES), SIZES | {"bias": True, "dropout": 0.2})
    write_table(path.parent)
    return path


def relative_error(ours, others) -> float:
    ours, others = np.asarray(ours, np.float64), np.asarray(others, np.float64)
    assert ours.shape == others.shape
    return float(np.linalg.norm(ours - others) / np.linalg.norm(others))


def check_same(path: Path, state: dict, arguments: dict) -> None:
    checkpoint = load(path)
    ids = [index % checkpoint.config.vocab_size for index in (3, 1, 4, 1, 5, 9, 2, 6)][: arguments["block_size"]]
    expected = reference_logits(state, arguments, ids)[:, : checkpoint.config.vocab_size]
    assert relative_error(run(checkpoint, ids)["logits"], expected) < 1e-5
    assert relative_error(run(checkpoint, ids, dtype=np.float64)["logits"], expected) < 1e-12


def check_refused(path: Path, sentence: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        load(path)
    words = str(caught.value)
    assert sentence in words and "\n" not in words and len(words) < 400, words


# -- the same numbers ----------


@pytest.mark.parametrize("bias", [True, False])
def test_a_nanogpt_checkpoint_computes_what_nanogpt_computes(tmp_path: Path, bias: bool) -> None:
    arguments = SIZES | {"bias": bias, "dropout": 0.2}
    state = random_state(arguments)
    path = write(tmp_path / "out", state, arguments)
    write_table(path.parent)
    check_same(path, state, arguments)
    checkpoint = load(path)
    assert (checkpoint.config.activation, checkpoint.config.tied, checkpoint.config.bias) == ("gelu", True, bias)
    assert checkpoint.tokenizer.pieces(checkpoint.tokenizer.encode(TEXT)) == list(TEXT)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(layers=st.integers(1, 3), heads=st.integers(1, 4), width=st.integers(1, 4), context=st.integers(1, 9))
def test_every_shape_is_read(tmp_path: Path, layers: int, heads: int, width: int, context: int) -> None:
    arguments = SIZES | {"n_layer": layers, "n_head": heads, "n_embd": 2 * heads * width, "block_size": context}
    state = random_state(arguments)
    write_table(tmp_path)
    check_same(write(tmp_path, state, arguments), state, arguments)


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16, torch.float64])
def test_every_precision_is_read(file: Path, precision: torch.dtype) -> None:
    state = {name: tensor.to(precision) for name, tensor in random_state(SIZES).items()}
    check_same(write(file.parent, state, SIZES), {name: tensor.float() for name, tensor in state.items()}, SIZES)


def test_a_compiled_network_with_its_mask_stored_is_read(file: Path) -> None:
    state = random_state(SIZES)
    compiled = {f"_orig_mod.{name}": tensor for name, tensor in state.items()}
    compiled |= {f"_orig_mod.transformer.h.{layer}.attn.bias": torch.ones(1, 1, 16, 16).tril() for layer in range(2)}
    check_same(write(file.parent, compiled, SIZES), state, SIZES)


def test_an_unembedding_of_its_own_is_kept(file: Path) -> None:
    state = random_state(SIZES)
    state["lm_head.weight"] = torch.randn_like(state["lm_head.weight"])
    check_same(write(file.parent, state, SIZES), state, SIZES)
    assert not load(file).config.tied


def test_padded_rows_are_left_out_and_never_predicted(tmp_path: Path) -> None:
    tokenizer = BPETokenizer.train(TEXT * 9, 270)
    arguments = SIZES | {"vocab_size": 320}
    state = random_state(arguments)
    state["transformer.wte.weight"][tokenizer.vocab_size :] *= 100  # would win by far
    path = write(tmp_path, state, arguments)
    (tmp_path / "tokenizer.json").write_text(tokenizer.to_json(), encoding="utf-8")
    check_same(path, state, arguments)
    acts = run(load(path), TEXT)
    assert acts["logits"].shape[-1] == load(path).config.vocab_size == tokenizer.vocab_size
    assert acts["probabilities"].values.sum(-1) == pytest.approx(1, abs=1e-5)


# -- names and vocabularies ----------


def test_file_and_folder_are_one_checkpoint_named_like_the_folder(file: Path) -> None:
    one, two = load(file), load(file.parent)
    assert one.name == two.name == "out-shakespeare" and one.digest == two.digest
    other = file.rename(file.with_name("best model.pt"))
    assert load(other).name == "best-model"


def test_ids_follow_the_table_whatever_its_order(file: Path) -> None:
    write_table(file.parent, ALPHABET[::-1])
    tokenizer = load(file).tokenizer
    assert tokenizer.encode("zy") == [0, 1] and tokenizer.decode([0, 1]) == "zy"


def test_the_two_files_of_gpt_2_will_do_too(tmp_path: Path) -> None:
    tokenizer = BPETokenizer.train(TEXT * 9, 270)
    inside = json.loads(tokenizer.to_json())["model"]
    (tmp_path / "vocab.json").write_text(json.dumps(inside["vocab"]))
    (tmp_path / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in inside["merges"]))
    arguments = SIZES | {"vocab_size": tokenizer.vocab_size}
    assert load(write(tmp_path, random_state(arguments), arguments)).tokenizer.encode(TEXT) == tokenizer.encode(TEXT)


def test_the_digest_depends_on_weights_and_vocabulary(file: Path) -> None:
    digests = [load(file).digest]
    write_table(file.parent, ALPHABET[::-1])
    digests.append(load(file).digest)
    write(file.parent, random_state(SIZES), SIZES)
    digests.append(load(file).digest)
    assert len(set(digests)) == 3 and all(len(digest) == 64 for digest in digests)


def test_without_a_vocabulary_the_sentence_says_where_nanogpt_keeps_it(file: Path) -> None:
    (file.parent / "meta.pkl").unlink()
    check_refused(file, "there is no vocabulary beside it; copy nanoGPT's data/shakespeare_char/meta.pkl there")


class Code:
    """Unpickling this would make a folder."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.place),)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"itos": None}, "meta.pkl holds no table of characters (itos)"),
        ({"itos": {}}, "meta.pkl holds no table of characters (itos)"),
        ({"itos": {"0": "a"}}, "meta.pkl holds no table of characters (itos)"),
        ({"itos": {0: "a", 2: "b"}}, "the ids in meta.pkl are not 0 to 1"),
        ({"itos": {0: "a", 1: "the"}}, "meta.pkl is no table of characters: number 1 is 'the'; expected a single"),
        ({"itos": {0: "a", 1: 7}}, "meta.pkl is no table of characters: number 1 is 7"),
        ({"itos": {0: "a", 1: "a"}}, "a character is there twice"),
        ({"stoi": {"a": 0}}, "the two tables in meta.pkl (stoi, itos) contradict each other"),
    ],
)
def test_a_table_that_is_none_is_refused(file: Path, changes: dict, sentence: str) -> None:
    write_table(file.parent, **changes)
    check_refused(file, sentence)


def test_a_table_of_another_network_is_refused(file: Path) -> None:
    write_table(file.parent, ALPHABET + "ABC")
    check_refused(file, "the tokenizer has 31 tokens, the network only 28; they do not belong together")


def test_code_in_a_table_is_refused_and_not_run(file: Path, tmp_path: Path) -> None:
    write_table(file.parent, itos=Code(tmp_path / "made"))
    check_refused(file, f"meta.pkl holds code ({os.mkdir.__module__}.mkdir), which is never run")
    assert not (tmp_path / "made").exists()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_table_cut_off_anywhere_is_refused(file: Path, share: float) -> None:
    write_table(file.parent)
    table = file.parent / "meta.pkl"
    table.write_bytes(table.read_bytes()[: int(share * table.stat().st_size)])
    check_refused(file, "meta.pkl cannot be read")


# -- refused ----------


def test_code_in_a_checkpoint_is_refused_and_not_run(file: Path, tmp_path: Path) -> None:
    write(file.parent, random_state(SIZES), SIZES, config=Code(tmp_path / "made"))
    check_refused(file, "ckpt.pt: it holds code (")
    check_refused(file, "mkdir), which is never run; where you trust it, save only the weights: torch.save(")
    assert not (tmp_path / "made").exists()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_checkpoint_cut_off_anywhere_is_refused(file: Path, share: float) -> None:
    content = file.read_bytes()
    try:
        file.write_bytes(content[: int(share * len(content))])
        check_refused(file, "it is cut off, damaged or no PyTorch file")
    finally:
        file.write_bytes(content)


def undefined(state: dict) -> None:
    state["transformer.h.1.mlp.c_fc.weight"][3, 1] = torch.nan


def turned(state: dict) -> None:
    state["transformer.h.0.attn.c_attn.weight"] = state["transformer.h.0.attn.c_attn.weight"].T.contiguous()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda state: state.pop("transformer.wpe.weight"), "the weights lack the tensor wpe.weight"),
        (lambda state: state.pop("transformer.h.1.ln_1.bias"), "the weights lack the tensor h.1.ln_1.bias"),
        (undefined, "h.1.mlp.c_fc.weight holds NaN or infinity"),
        (turned, "h.0.attn.c_attn.weight has shape (12, 36), the settings ask for (36, 12)"),
        (
            lambda state: state.update({"transformer.wpe.weight": 3}),
            "model holds transformer.wpe.weight, which is a int",
        ),
        (lambda state: state.update({"transformer.h.0.rotary": torch.zeros(3)}), "hold h.0.rotary, which a GPT-2 of"),
        (lambda state: state.clear(), "the settings say 2 layers, the weights hold 0"),
    ],
)
def test_tensors_that_make_no_such_network_are_refused(file: Path, change, sentence: str) -> None:
    state = random_state(SIZES)
    change(state)
    check_refused(write(file.parent, state, SIZES), sentence)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"n_layer": 3}, "the settings say 3 layers, the weights hold 2"),
        ({"n_head": 5}, "n_embd is 12, which 5 heads do not divide"),
        ({"n_embd": None}, "model_args gives no whole number for n_embd"),
        ({"vocab_size": 50304}, "wte.weight has shape (28, 12), the settings ask for (50304, 12)"),
        ({"bias": False}, "which a GPT-2 of these settings does not have"),
        ({"dropout": 2.0}, "model_args describe no network: dropout"),
    ],
)
def test_settings_of_another_network_are_refused(file: Path, changes: dict, sentence: str) -> None:
    check_refused(write(file.parent, random_state(SIZES), SIZES | changes), sentence)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"state_dict": {}, "epoch": 3}, "it holds state_dict, epoch; expected model, model_args"),
        ({}, "it holds nothing"),
        ([1, 2], "it holds list"),
        ({"model": {}, "model_args": 3}, "it holds model, model_args"),
    ],
)
def test_another_kind_of_pytorch_file_is_refused(file: Path, content: object, found: str) -> None:
    torch.save(content, file)
    check_refused(file, "it is no nanoGPT checkpoint: ")
    check_refused(file, found)


def test_without_torch_the_sentence_says_how_to_get_it(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    check_refused(file, "ckpt.pt: a nanoGPT checkpoint is read with PyTorch; type pip install torch")
