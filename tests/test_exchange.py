"""A GPT-2 from a Hugging Face folder computes here what it computes there, or one sentence says why it cannot."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from safetensors.numpy import load_file, save_file  # noqa: E402
from safetensors.torch import save_file as save_torch_file  # noqa: E402

from model.checkpoint import Checkpoint, CheckpointError, load  # noqa: E402
from model.exchange.huggingface import config_from_hugging_face, read_safetensors  # noqa: E402
from model.exchange.imported import MOST_PADDING, without_padding  # noqa: E402
from model.forward import run  # noqa: E402
from model.tokenizer import BPETokenizer  # noqa: E402

TEXT = "the king and the queen and the golden bird of the king"
TOKENIZER = BPETokenizer.train(TEXT * 3, 290)
TOKENS = TOKENIZER.vocab_size
TENSORS = "model.safetensors"


@pytest.fixture(autouse=True)
def one_thread_and_a_seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    transformers.utils.logging.disable_progress_bar()


def theirs(**changes):
    """A random GPT-2 in which every part matters, offsets and gains included."""
    sizes = {"vocab_size": TOKENS, "n_positions": 32, "n_embd": 24, "n_layer": 2, "n_head": 3}
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**(sizes | changes), bos_token_id=0, eos_token_id=0))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return model.eval()


def write(folder: Path, model, **options) -> Path:
    model.save_pretrained(folder, **options)
    (folder / "tokenizer.json").write_text(TOKENIZER.to_json(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(1)
    return write(tmp_path_factory.mktemp("written") / "theirs", theirs())


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(written, tmp_path / "theirs"))


@torch.no_grad()
def their_logits(model, ids: list[int]) -> np.ndarray:
    return model(torch.tensor([list(ids)])).logits[0].double().numpy()


def relative_error(ours, others) -> float:
    ours, others = np.asarray(ours, np.float64), np.asarray(others, np.float64)
    assert ours.shape == others.shape
    return float(np.linalg.norm(ours - others) / np.linalg.norm(others))


def check_same(checkpoint: Checkpoint, model) -> None:
    ids = checkpoint.tokenizer.encode(TEXT)
    vocabulary = checkpoint.config.vocab_size
    assert relative_error(run(checkpoint, ids)["logits"], their_logits(model.float(), ids)[:, :vocabulary]) < 1e-5
    exact = their_logits(model.double(), ids)[:, :vocabulary]
    assert relative_error(run(checkpoint, ids, dtype=np.float64)["logits"], exact) < 1e-12


def check_refused(path: Path, sentence: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        load(path)
    words = str(caught.value)
    assert sentence in words and "\n" not in words and len(words) < 500, words


def change_settings(folder: Path, **changes) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def change_tensors(folder: Path, change) -> None:
    tensors = load_file(folder / TENSORS)
    change(tensors)
    save_file(tensors, folder / TENSORS)


# -- the same numbers ----------


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("activation", ["gelu_new", "gelu", "gelu_pytorch_tanh", "relu"])
def test_imported_weights_compute_what_hugging_face_computes(tmp_path: Path, tied: bool, activation: str) -> None:
    model = theirs(tie_word_embeddings=tied, activation_function=activation)
    checkpoint = load(write(tmp_path / "theirs", model))
    assert checkpoint.name == "theirs" and checkpoint.config.tied == tied
    check_same(checkpoint, model)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(heads=st.integers(1, 4), width=st.integers(1, 6), layers=st.integers(1, 3), epsilon=st.sampled_from([1e-5, 0.1]))
def test_every_shape_of_gpt_2_is_read(tmp_path: Path, heads: int, width: int, layers: int, epsilon: float) -> None:
    model = theirs(n_head=heads, n_embd=2 * heads * width, n_layer=layers, layer_norm_epsilon=epsilon)
    check_same(load(write(tmp_path, model)), model)


def test_every_intermediate_is_theirs_too(tmp_path: Path) -> None:
    model = theirs()
    model.set_attn_implementation("eager")
    acts = run(load(write(tmp_path, model)), TEXT)
    with torch.no_grad():
        told = model(torch.tensor([acts.ids]), output_hidden_states=True, output_attentions=True)
    for layer, (stream, pattern) in enumerate(zip(told.hidden_states, told.attentions, strict=False)):
        assert relative_error(acts["resid_pre", layer], stream[0]) < 1e-5
        assert relative_error(acts["pattern", layer], pattern[0]) < 1e-5
    assert relative_error(acts["ln_final.normalized"], told.hidden_states[-1][0]) < 1e-5


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_every_precision_are_read(tmp_path: Path, precision: torch.dtype) -> None:
    model = theirs().to(precision)
    check_same(load(write(tmp_path, model)), model)


def test_weights_in_shards_are_read(tmp_path: Path) -> None:
    model = theirs(tie_word_embeddings=False)
    write(tmp_path, model, max_shard_size="20KB")
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 2
    check_same(load(tmp_path), model)


def test_a_bare_network_with_its_mask_stored_is_read(tmp_path: Path) -> None:
    model = theirs()
    write(tmp_path, model)
    bare = {name: tensor.contiguous() for name, tensor in model.transformer.state_dict().items()}
    for layer in range(2):
        bare[f"h.{layer}.attn.bias"] = torch.ones(1, 1, 32, 32, dtype=torch.bool).tril()
        bare[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    assert "wte.weight" in bare
    save_torch_file(bare, tmp_path / TENSORS)
    check_same(load(tmp_path), model)


def test_an_unembedding_stored_with_other_numbers_counts_whatever_the_settings_say(folder: Path) -> None:
    other = np.random.default_rng(0).normal(size=(TOKENS, 24)).astype(np.float32)
    change_tensors(folder, lambda tensors: tensors.update({"lm_head.weight": other}))
    checkpoint = load(folder)
    assert not checkpoint.config.tied and np.array_equal(checkpoint.weights["unembed.weight"], other)
    check_same(checkpoint, transformers.GPT2LMHeadModel.from_pretrained(folder).eval())


def test_the_bits_of_bfloat16_become_the_same_numbers(tmp_path: Path) -> None:
    numbers = torch.tensor([0.0, -0.0, 1.0, -1.5, 3.0e38, 1e-40, float("inf")]).to(torch.bfloat16)
    save_torch_file({"odd": torch.ones(1, dtype=torch.bool), "x": numbers}, tmp_path / "x.safetensors")
    assert np.array_equal(read_safetensors(tmp_path / "x.safetensors")["x"].read(), numbers.float().numpy())


# -- vocabulary ----------


@pytest.mark.parametrize("tied", [True, False])
def test_rows_without_a_token_are_left_out_and_the_rest_stays(tmp_path: Path, tied: bool) -> None:
    model = theirs(vocab_size=320, tie_word_embeddings=tied)
    checkpoint = load(write(tmp_path, model))
    assert checkpoint.config.vocab_size == TOKENS < 320
    check_same(checkpoint, model)
    assert run(checkpoint, TEXT)["probabilities"].values.sum(-1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("rows", "tokens", "fits"),
    [
        (50304, 50257, True),
        (51200, 50257, True),
        (50257 + MOST_PADDING, 50257, False),
        (50257, 65, False),
        (64, 3, True),
        (65, 65, True),
        (64, 65, False),
    ],
)
def test_padding_is_told_from_another_vocabulary(rows: int, tokens: int, fits: bool) -> None:
    published = config_from_hugging_face(transformers.GPT2Config(vocab_size=rows).to_dict())
    weights = {"embed.weight": np.zeros((rows, 1), np.float32)}
    if fits:
        config, cut = without_padding(published, weights, tokens)
        assert config.vocab_size == len(cut["embed.weight"]) == tokens
    else:
        with pytest.raises(
            CheckpointError, match=f"has {tokens} tokens, the network (only )?{rows}; they do not belong"
        ):
            without_padding(published, weights, tokens)


def test_a_tokenizer_in_two_files_is_read_with_its_network(folder: Path) -> None:
    two_files(folder)
    check_same(load(folder), transformers.GPT2LMHeadModel.from_pretrained(folder).eval())
    assert load(folder).tokenizer.encode(TEXT) == TOKENIZER.encode(TEXT)


def test_without_a_tokenizer_the_sentence_says_what_to_put_there(folder: Path) -> None:
    without(folder, "tokenizer.json")
    check_refused(folder, "theirs: there is no tokenizer; put GPT-2's tokenizer.json, or vocab.json and merges.txt")


def two_files(folder: Path) -> None:
    """The same tokenizer in GPT-2's older form."""
    inside = json.loads(TOKENIZER.to_json())["model"]
    (folder / "vocab.json").write_text(json.dumps(inside["vocab"]))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in inside["merges"]))
    without(folder, "tokenizer.json")


def without(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).unlink()


# -- refused ----------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"model_type": "llama"}, "theirs: the model's type is llama; only GPT-2-shaped models"),
        ({"model_type": "bert"}, "the model's type is bert"),
        ({"model_type": "gpt_neox"}, "the model's type is gpt_neox"),
        ({"model_type": None}, "the model's type is None"),
        ({"n_inner": 50}, "the MLP is 50 wide; only 4 x n_embd is supported"),
        ({"activation_function": "swish"}, "the activation is swish; known are relu"),
        ({"activation_function": ["relu"]}, "the activation is ['relu']; known are relu"),
        ({"scale_attn_weights": False}, "config.json says scale_attn_weights: False; only True is supported"),
        ({"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx: True; only False is supported"),
        ({"add_cross_attention": True}, "config.json says add_cross_attention: True"),
        ({"n_embd": None}, "config.json gives no whole number for n_embd"),
        ({"n_head": 5}, "n_embd is 24, which 5 heads do not divide"),
        ({"n_head": 0}, "config.json describes no network: n_head"),
        ({"n_layer": 3}, "the settings say 3 layers, the weights hold 2"),
        ({"n_layer": 1}, "the settings say 1 layers, the weights hold 2"),
        ({"n_layer": 10**12}, "the settings say 1000000000000 layers, the weights hold 2"),
        ({"n_positions": 33}, "wpe.weight has shape (32, 24), the settings ask for (33, 24)"),
        ({"n_embd": 27, "n_inner": None}, "has shape"),
        ({"tie_word_embeddings": False}, "the weights lack the tensor lm_head.weight"),
    ],
)
def test_settings_of_another_network_are_refused(folder: Path, changes: dict, sentence: str) -> None:
    change_settings(folder, **changes)
    check_refused(folder, sentence)


def undefined(tensors: dict) -> None:
    tensors["transformer.h.1.mlp.c_fc.weight"][3, 1] = np.nan


def turned(tensors: dict) -> None:
    name = "transformer.h.0.attn.c_attn.weight"
    tensors[name] = np.ascontiguousarray(tensors[name].T)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda tensors: tensors.pop("transformer.h.1.ln_2.bias"), "the weights lack the tensor h.1.ln_2.bias"),
        (lambda tensors: tensors.pop("transformer.wte.weight"), "the weights lack the tensor wte.weight"),
        (undefined, "h.1.mlp.c_fc.weight holds NaN or infinity"),
        (turned, "h.0.attn.c_attn.weight has shape (72, 24), the settings ask for (24, 72)"),
        (
            lambda tensors: tensors.update({"h.0.crossattention.q": np.zeros(3)}),
            "hold h.0.crossattention.q, which a GPT-2",
        ),
        (lambda tensors: tensors.update({"wpe.weight": np.zeros(3)}), "the tensor wpe.weight is there twice"),
        (
            lambda tensors: tensors.update({"transformer.wpe.weight": np.zeros((32, 24), np.int8)}),
            "wpe.weight is stored as I8; known are F64, F32, F16, BF16",
        ),
        (
            lambda tensors: tensors.update({"transformer.wpe.weight": np.full((32, 24), 1e300)}),
            "wpe.weight holds NaN or infinity",
        ),
        (lambda tensors: tensors.clear(), "the settings say 2 layers, the weights hold 0"),
    ],
)
def test_tensors_that_make_no_such_network_are_refused(folder: Path, change, sentence: str) -> None:
    tensors_before = (folder / TENSORS).read_bytes()
    change_tensors(folder, change)
    assert (folder / TENSORS).read_bytes() != tensors_before
    check_refused(folder, sentence)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe\x00", b"3", b"[" * 10**5])
def test_a_damaged_file_is_refused_by_its_name(folder: Path, content: bytes) -> None:
    for name in ("tokenizer.json", TENSORS, "config.json"):
        (folder / name).write_bytes(content)
        check_refused(folder, name)


@settings(max_examples=40, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_weights_cut_off_anywhere_are_refused(written: Path, share: float) -> None:
    content = (written / TENSORS).read_bytes()
    try:
        (written / TENSORS).write_bytes(content[: int(share * len(content))])
        check_refused(written, "model.safetensors is not a whole safetensors file")
    finally:
        (written / TENSORS).write_bytes(content)


def test_a_header_that_points_outside_the_file_is_refused(folder: Path) -> None:
    header = b'{"transformer.wte.weight":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}'
    (folder / TENSORS).write_bytes(struct.pack("<Q", len(header)) + header)
    check_refused(folder, "model.safetensors is not a whole safetensors file")


def test_a_pickle_of_weights_is_refused_with_a_way_to_convert_it(folder: Path) -> None:
    state = transformers.GPT2LMHeadModel.from_pretrained(folder).state_dict()
    torch.save(state, folder / "pytorch_model.bin")
    original = load(folder)
    without(folder, TENSORS)
    with pytest.raises(
        CheckpointError, match=r"the weights are a pickle \(pytorch_model.bin\), which may hold code"
    ) as caught:
        load(folder)
    advice = str(caught.value).partition("is installed: ")[2]
    exec(advice, {"folder": folder})  # the way works
    assert np.array_equal(run(load(folder), TEXT)["logits"].values, run(original, TEXT)["logits"].values)


def test_weights_that_are_nowhere_are_refused(folder: Path) -> None:
    without(folder, TENSORS)
    check_refused(folder, "there is no model.safetensors; put the weights beside config.json")


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("../model-00001-of-00002.safetensors", "points to '../model-00001-of-00002.safetensors'; a shard is"),
        ("/etc/passwd", "points to '/etc/passwd'"),
        ("..", "points to '..'"),
        ("a\\b.safetensors", "points to"),
        ("model-00009-of-00002.safetensors", "model-00009-of-00002.safetensors is missing"),
        (7, "does not say which file holds which tensor"),
    ],
)
def test_an_index_that_points_elsewhere_is_refused(folder: Path, place: object, sentence: str) -> None:
    without(folder, TENSORS)
    (folder / f"{TENSORS}.index.json").write_text(json.dumps({"weight_map": {"transformer.wte.weight": place}}))
    check_refused(folder, sentence)


def test_a_shard_that_lacks_what_the_index_promises_is_refused(tmp_path: Path) -> None:
    write(tmp_path, theirs(), max_shard_size="20KB")
    first, second, *_ = sorted(tmp_path.glob("model-*.safetensors"))
    shutil.copy(first, second)
    check_refused(tmp_path, f"{second.name} lacks the tensor ")


def test_a_folder_that_holds_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    check_refused(tmp_path / "holiday", "holiday: the folder is empty; expected config.json, model.safetensors and")
    for name in "abcdef":
        (tmp_path / "holiday" / f"{name}.jpg").touch()
    check_refused(tmp_path / "holiday", "the folder holds a.jpg, b.jpg, c.jpg, d.jpg and more; expected config.json")


# -- papers ----------


def test_the_digest_depends_on_every_file_that_matters(folder: Path) -> None:
    before = load(folder)
    assert len(before.digest) == 64 and load(folder).digest == before.digest
    seen = {before.digest}
    change_tensors(folder, lambda tensors: tensors["transformer.ln_f.bias"].__setitem__(0, 0.125))
    seen.add(load(folder).digest)
    change_settings(folder, layer_norm_epsilon=1e-6)
    seen.add(load(folder).digest)
    (folder / "tokenizer.json").write_text(TOKENIZER.to_json() + " ")
    seen.add(load(folder).digest)
    assert len(seen) == 4


def test_the_digest_does_not_depend_on_where_the_folder_lies(folder: Path, written: Path) -> None:
    assert load(folder).digest == load(written).digest


def test_the_digest_depends_on_each_shard_the_index_and_both_files_of_the_tokenizer(tmp_path: Path) -> None:
    write(tmp_path, theirs(), max_shard_size="20KB")
    two_files(tmp_path)
    digests = [load(tmp_path).digest]
    (tmp_path / "merges.txt").write_text((tmp_path / "merges.txt").read_text() + "\n")
    digests.append(load(tmp_path).digest)
    index = tmp_path / f"{TENSORS}.index.json"
    index.write_text(index.read_text() + "\n")
    digests.append(load(tmp_path).digest)
    for shard in sorted(tmp_path.glob("model-*.safetensors")):
        content = bytearray(shard.read_bytes())
        content[-2] ^= 1
        shard.write_bytes(content)
        digests.append(load(tmp_path).digest)
    assert len(set(digests)) == len(digests)


def test_the_published_gpt_2_small_has_our_shape() -> None:
    config = config_from_hugging_face(transformers.GPT2Config().to_dict())
    assert (config.n_layer, config.n_head, config.n_embd, config.block_size) == (12, 12, 768, 1024)
    assert config.tied and config.activation == "gelu_tanh" and config.parameter_count() == 124_439_808


def test_a_folder_is_named_even_when_given_as_a_dot(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert load(".").name == "theirs"


def test_a_folder_of_links_as_in_a_download_cache_is_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "snapshot").mkdir()
    for file in folder.iterdir():
        (tmp_path / "snapshot" / file.name).symlink_to(file)
    assert load(tmp_path / "snapshot").digest == load(folder).digest


def test_a_part_of_a_folder_given_alone_is_answered_with_the_folder(folder: Path) -> None:
    check_refused(folder / TENSORS, "if it is a part of a Hugging Face folder, give the folder")
