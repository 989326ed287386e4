"""A checkpoint loads whole and unchanged, or says in one sentence why not."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save as save_tensors

from model import checkpoint as checkpoints
from model.checkpoint import LONGEST_NAME, CheckpointError, load, plain_name, save, shipped
from model.config import GPTConfig
from model.sealed import BLANK_DIGEST, write_atomically
from model.tokenizer import BPETokenizer, CharTokenizer

CONFIG = GPTConfig(vocab_size=6, block_size=4, n_layer=1, n_head=2, n_embd=4)
TOKENIZER = CharTokenizer("abcde ")
FACTS = {"corpus": "tales", "steps": 3, "held_out_loss": 1.25, "note": "caf\u00e9"}


def random_weights(seed: int = 0) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    return {name: generator.normal(size=shape).astype(np.float32) for name, shape in CONFIG.tensor_shapes().items()}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    save(path, CONFIG, TOKENIZER, random_weights(), FACTS)
    return path


def check_refused(path: Path, sentence: str = "") -> None:
    with pytest.raises(CheckpointError) as caught:
        load(path)
    words = str(caught.value)
    assert path.name in words and sentence in words, words
    assert "\n" not in words and len(words) < 400, words


# -- whole and unchanged ----------


def test_a_checkpoint_comes_back_as_it_was_saved(file: Path) -> None:
    loaded = load(file)
    assert (loaded.name, loaded.config, loaded.facts) == ("tiny", CONFIG, FACTS)
    assert loaded.tokenizer.encode("bad cab") == TOKENIZER.encode("bad cab")
    assert list(loaded.weights) and loaded.weights.keys() == CONFIG.tensor_shapes().keys()
    for name, array in random_weights().items():
        assert loaded.weights[name].dtype == np.float32
        assert np.array_equal(loaded.weights[name], array.astype(np.float16).astype(np.float32))


def test_full_precision_is_kept_on_request_and_byte_pairs_too(tmp_path: Path) -> None:
    tokenizer = BPETokenizer.train("the king and the queen", 300)
    config = CONFIG.model_copy(update={"vocab_size": tokenizer.vocab_size})
    weights = {name: np.full(shape, 1 / 3, np.float32) for name, shape in config.tensor_shapes().items()}
    digest = save(tmp_path / "exact.safetensors", config, tokenizer, weights, {}, dtype=np.float32)
    loaded = load(str(tmp_path / "exact.safetensors"))
    assert loaded.digest == digest and len(digest) == 64
    assert all(np.array_equal(loaded.weights[name], array) for name, array in weights.items())
    assert loaded.tokenizer.encode("the queen") == tokenizer.encode("the queen")


def test_the_same_network_makes_the_same_bytes(file: Path, tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path / f"{number}.safetensors", CONFIG, TOKENIZER, random_weights(), FACTS)
        assert (tmp_path / f"{number}.safetensors").read_bytes() == file.read_bytes()


def test_zeros_elsewhere_are_not_mistaken_for_the_digest(tmp_path: Path) -> None:
    facts = {"a": BLANK_DIGEST, "digest": BLANK_DIGEST}
    config = CONFIG.model_copy(update={"vocab_size": 9})
    weights = {name: np.zeros(shape) for name, shape in config.tensor_shapes().items()}
    save(tmp_path / "zeros.safetensors", config, CharTokenizer('0digest":'), weights, facts)
    assert load(tmp_path / "zeros.safetensors").facts == facts


def test_a_name_means_a_file_among_the_shipped(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "CHECKPOINTS", file.parent)
    assert load("tiny").digest == load(file).digest
    assert shipped() == ["tiny"]


def test_a_name_is_a_name_even_beside_a_folder_called_alike(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "CHECKPOINTS", file.parent)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny").mkdir()
    assert load("tiny").digest == load(file).digest


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("gpt2-small.v1_5", "gpt2-small.v1_5"),
        ("my  own \U0001f451 tales", "my-own-tales"),
        ("mod\u00e8le \u2014 2", "modele-2"),
        ("king@home/..", "king-home"),
        ("random \U0001f451.v1", "random-v1"),
        ("\u738b\u738b", "network"),
        ("", "network"),
        ("..", "network"),
        ("a" * 300, "a" * LONGEST_NAME),
        ("a" * (LONGEST_NAME - 1) + "-b", "a" * (LONGEST_NAME - 1)),
    ],
)
def test_any_name_becomes_one_that_can_be_drawn(name: str, shown: str) -> None:
    assert plain_name(name) == shown


@given(name=st.text())
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    shown = plain_name(name)
    assert plain_name(shown) == shown and 0 < len(shown) <= LONGEST_NAME and shown.isascii()
    assert not set(shown) & set("@/\\ :")


def test_a_file_with_a_strange_name_is_read(file: Path, tmp_path: Path) -> None:
    strange = tmp_path / "my \U0001f451 network.safetensors"
    strange.write_bytes(file.read_bytes())
    assert load(strange).name == "my-network" and load(strange).digest == load(file).digest


@pytest.mark.parametrize("source", ["", "a" * 5000, "a\0b", "~nobody-at-all/x", "no/such/folder", "\U0001f451"])
def test_what_is_no_path_is_refused_like_an_unknown_name(source: str) -> None:
    with pytest.raises(CheckpointError, match="^there is no checkpoint "):
        load(source)


@pytest.mark.parametrize("name", ["weights.gguf", "pytorch_model.bin", "notes.txt"])
def test_a_file_of_another_kind_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"anything")
    check_refused(tmp_path / name, f"{name} is a file of another kind; give one of")


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_checkpoint_loads_with_its_papers(name: str) -> None:
    loaded = load(name)
    assert loaded.facts["corpus_sha256"] and loaded.facts["held_out_loss"] > 0 and loaded.facts["curve"]
    assert (checkpoints.CHECKPOINTS / f"{name}.md").exists()


# -- changed, cut off, foreign ----------

SIZE = 8192  # offsets are drawn beyond the end and wrapped, so that every byte has a chance


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offset=st.integers(0, SIZE), change=st.integers(1, 255))
@example(offset=0, change=1)
@example(offset=7, change=0x80)
@example(offset=-1, change=1)
def test_one_changed_byte_anywhere_is_refused(file: Path, tmp_path: Path, offset: int, change: int) -> None:
    content = bytearray(file.read_bytes())
    content[offset % len(content)] ^= change
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(content)
    check_refused(damaged)


def test_one_changed_byte_in_each_place_of_the_header_is_refused(file: Path, tmp_path: Path) -> None:
    content = file.read_bytes()
    damaged = tmp_path / "damaged.safetensors"
    for offset in range(8 + int.from_bytes(content[:8], "little")):
        other = b'"' if content[offset : offset + 1] != b'"' else b" "
        damaged.write_bytes(content[:offset] + other + content[offset + 1 :])
        check_refused(damaged)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=st.integers(0, SIZE))
@example(length=0)
@example(length=7)
def test_a_file_cut_off_anywhere_is_refused(file: Path, tmp_path: Path, length: int) -> None:
    content = file.read_bytes()
    damaged = tmp_path / "cut.safetensors"
    damaged.write_bytes(content[: length % len(content)])
    check_refused(damaged)


def test_a_file_that_goes_on_after_its_end_is_refused(file: Path, tmp_path: Path) -> None:
    (tmp_path / "long.safetensors").write_bytes(file.read_bytes() + b"\0")
    check_refused(tmp_path / "long.safetensors", "was changed after it was written")


@pytest.mark.parametrize(
    "content",
    [
        save_tensors({"a": np.zeros(3)}),
        save_tensors({"a": np.zeros(3)}, {"format": "pt"}),
        (2).to_bytes(8, "little") + b"[]",
        (4).to_bytes(8, "little") + b"null",
        (23).to_bytes(8, "little") + b'{"__metadata__":["a"]} ',
        b"not a safetensors file at all",
        (10**5).to_bytes(8, "little") + b"[" * 10**5,
    ],
)
def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "foreign.safetensors").write_bytes(content)
    check_refused(tmp_path / "foreign.safetensors", "safetensors file")


def forged(path: Path, tensors: dict[str, np.ndarray], **metadata: object) -> Path:
    """A file with a right digest over wrong content: as if another program had written it."""
    import hashlib

    entries = {
        "format": "storyboard-gpt-1",
        "config": CONFIG.model_dump_json(),
        "tokenizer": TOKENIZER.to_json(),
        "facts": "{}",
        "digest": BLANK_DIGEST,
    } | metadata
    blank = save_tensors(tensors, {name: value for name, value in entries.items() if value is not None})
    digest = hashlib.sha256(blank).hexdigest()
    path.write_bytes(blank.replace(f'"digest":"{BLANK_DIGEST}"'.encode(), f'"digest":"{digest}"'.encode(), 1))
    return path


def wrong_tensors() -> dict[str, tuple[dict[str, np.ndarray], str]]:
    missing, misshapen, extra, undefined = (random_weights() for _ in range(4))
    del missing["blocks.0.ln2.bias"]
    misshapen["blocks.0.mlp.up.weight"] = np.zeros((4, 16), np.float32)
    extra["blocks.1.ln1.bias"] = np.zeros(4, np.float32)
    undefined["embed.weight"][2, 1] = np.nan
    return {
        "missing": (missing, "lacks the tensor blocks.0.ln2.bias, which its config asks for"),
        "misshapen": (misshapen, "blocks.0.mlp.up.weight has shape (4, 16), its config asks for (16, 4)"),
        "extra": (extra, "holds a tensor that its config does not know: blocks.1.ln1.bias"),
        "undefined": (undefined, "embed.weight holds NaN or infinity"),
    }


@pytest.mark.parametrize("case", list(wrong_tensors()))
def test_tensors_that_do_not_fit_the_config_are_refused_when_read_and_when_written(tmp_path: Path, case: str) -> None:
    tensors, sentence = wrong_tensors()[case]
    check_refused(forged(tmp_path / "wrong.safetensors", tensors), sentence)
    with pytest.raises(CheckpointError) as caught:
        save(tmp_path / "mine.safetensors", CONFIG, TOKENIZER, tensors, {})
    assert sentence in str(caught.value) and not (tmp_path / "mine.safetensors").exists()


def test_weights_too_large_for_the_stored_precision_are_refused(tmp_path: Path) -> None:
    weights = random_weights() | {"embed.weight": np.full((6, 4), 1e6, np.float32)}
    with pytest.raises(CheckpointError, match="embed.weight holds NaN or infinity"):
        save(tmp_path / "large.safetensors", CONFIG, TOKENIZER, weights, {})
    assert list(tmp_path.iterdir()) == []


def test_a_tokenizer_larger_than_the_network_is_refused(tmp_path: Path) -> None:
    path = forged(tmp_path / "pair.safetensors", random_weights(), tokenizer=CharTokenizer("abcdefgh").to_json())
    check_refused(path, "the tokenizer has 8 tokens, the network only 6; they do not belong together")


@pytest.mark.parametrize(
    "entry",
    [
        {"config": None},
        {"config": "{}"},
        {"config": '{"n_embd": 5}'},
        {"tokenizer": "x"},
        {"facts": None},
        {"facts": "x"},
    ],
)
def test_incomplete_papers_are_refused(tmp_path: Path, entry: dict[str, str | None]) -> None:
    check_refused(forged(tmp_path / "part.safetensors", random_weights(), **entry), "is not a complete checkpoint")


def test_an_unknown_name_is_answered_with_those_there_are(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "CHECKPOINTS", file.parent)
    with pytest.raises(CheckpointError, match="there is no checkpoint 'story'; give one of tiny, a .safetensors file"):
        load("story")


def test_with_nothing_shipped_the_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "CHECKPOINTS", tmp_path)
    with pytest.raises(CheckpointError, match="give one of none shipped"):
        load("story")


def test_a_file_that_may_not_be_read_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(CheckpointError, match=r"cannot be read \(Permission denied\); check its permissions"):
        load(file)


# -- writing in one step ----------


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = tmp_path / "tiny.safetensors"
    save(path, CONFIG, TOKENIZER, random_weights(), FACTS)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space left"):
        save(path, CONFIG, TOKENIZER, random_weights(seed=1), FACTS)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]  # and nothing half-written beside it


def test_a_file_is_written_with_its_folders_and_readable_for_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file.txt"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two" and path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


def test_facts_that_are_no_json_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        save(tmp_path / "x.safetensors", CONFIG, TOKENIZER, random_weights(), {"when": json})
    assert list(tmp_path.iterdir()) == []
