"""Texts are found, split and cut into batches the same way for everyone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import data
from model.data import (
    CORPORA,
    Corpus,
    CorpusError,
    batch,
    first_and_last,
    ids_on_disk,
    read,
    split,
    whole_blocks,
    windows,
)
from model.facts import invent
from model.tokenizer import BPETokenizer, CharTokenizer

TALE = "Once upon a time there was a king, and the king had a golden bird.\n" * 40
PEOPLE = {fact.name for fact in invent()}


# -- splits ----------


@settings(deadline=None)
@given(text=st.text(min_size=1, max_size=300))
def test_the_last_tenth_is_held_out_and_nothing_is_lost(text: str) -> None:
    train, held_out = first_and_last(text)
    assert train + held_out == text and len(train) == int(0.9 * len(text))


def test_tiny_shakespeare_is_cut_where_the_published_losses_cut_it() -> None:
    train, held_out = first_and_last("x" * 1_115_394)
    assert (len(train), len(held_out)) == (1_003_854, 111_540)


def test_every_twentieth_block_of_sixty_paragraphs_is_held_out() -> None:
    paragraphs = [f"paragraph {number}" for number in range(60 * 43 + 7)]
    train, held_out = whole_blocks("\n".join(paragraphs))
    kept_back = [f"paragraph {number}" for number in range(len(paragraphs)) if (number // 60) % 20 == 19]
    assert held_out.split("\n") == kept_back and len(kept_back) == 2 * 60
    told = [line for line in train.split("\n") if line.startswith("paragraph")]
    assert told == [line for line in paragraphs if line not in set(kept_back)]


def test_invented_people_are_told_of_in_the_training_part_only() -> None:
    train, held_out = whole_blocks("\n".join(f"paragraph {number}" for number in range(60 * 20)))
    assert all(name in train for name in PEOPLE)
    assert not any(name in held_out for name in PEOPLE)


def test_a_corpus_is_split_as_it_prescribes_and_any_other_text_nine_to_one() -> None:
    text = "\n".join(f"line {number}" for number in range(1300))
    assert split("fairytales", text) == whole_blocks(text)
    assert split("shakespeare", text) == split("my/own.txt", text) == first_and_last(text)


# -- finding texts ----------


def test_a_text_file_is_read_with_its_hash(tmp_path: Path) -> None:
    (tmp_path / "tale.txt").write_text(TALE, encoding="utf-8")
    assert read(str(tmp_path / "tale.txt")) == (TALE, hashlib.sha256(TALE.encode()).hexdigest())


def test_a_known_corpus_is_looked_for_in_the_folder_first(tmp_path: Path) -> None:
    (tmp_path / "tinyshakespeare.txt").write_text(TALE, encoding="utf-8")
    assert read("shakespeare", tmp_path)[0] == TALE


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "has 0 characters; a network needs at least 1000 to learn from"),
        (b"short", "has 5 characters"),
        (b"a" * 1200 + b"\xff", r"is not UTF-8 text \(byte 1200\); save it as UTF-8 first"),
        (
            None,
            r"there is no corpus .*No such file or directory\); give one of fairytales, shakespeare or a text file",
        ),
    ],
)
def test_a_text_that_cannot_be_learned_from_is_refused(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / "tale.txt").write_bytes(content)
    with pytest.raises(CorpusError, match=sentence):
        read(str(tmp_path / "tale.txt"))


def test_a_folder_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="Is a directory"):
        read(str(tmp_path))


def test_a_text_that_must_be_built_says_how(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"fairytales.txt is missing; build it with python -m model.gutenberg"):
        read("fairytales", tmp_path)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is fetched is ``TALE``, without a network; pooch still checks the hash."""
    pooch = pytest.importorskip("pooch")

    def download(url: str, output_file: str, _pooch: object, check_only: bool = False) -> None:
        Path(output_file).write_text(TALE, encoding="utf-8")

    monkeypatch.setattr(pooch.core, "choose_downloader", lambda *_args, **_options: download)


def shelf(sha256: str) -> Corpus:
    return Corpus("tale.txt", sha256, first_and_last, "https://example.org/tale.txt", "public domain")


@pytest.mark.usefixtures("served")
def test_a_missing_text_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CORPORA, "tale", shelf(hashlib.sha256(TALE.encode()).hexdigest()))
    assert read("tale", tmp_path)[0] == TALE
    monkeypatch.delattr("pooch.retrieve")
    assert read("tale", tmp_path)[0] == TALE


@pytest.mark.usefixtures("served")
def test_a_fetched_text_with_another_hash_is_refused_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CORPORA, "tale", shelf("0" * 64))
    with pytest.raises(
        CorpusError, match=r"tale.txt could not be fetched \(.*hash.*\); download https://example.org"
    ) as caught:
        read("tale", tmp_path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_without_a_network_the_sentence_says_where_the_text_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pooch = pytest.importorskip("pooch")

    def unreachable(*_args: object, **_options: object) -> None:
        raise ConnectionError("Network is unreachable")

    monkeypatch.setattr(pooch, "retrieve", unreachable)
    with pytest.raises(CorpusError, match=r"Network is unreachable\); download https://.*input.txt by hand into"):
        read("shakespeare", tmp_path)


def test_the_registry_is_complete() -> None:
    for corpus in CORPORA.values():
        assert len(corpus.sha256) == 64 and corpus.licence
        assert corpus.url is None or corpus.url.startswith("https://")


# -- ids ----------


@pytest.mark.parametrize("kind", ["characters", "bpe"])
def test_ids_spell_the_text_and_are_made_once(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = data.train_tokenizer(kind, TALE, 300)
    assert isinstance(tokenizer, CharTokenizer if kind == "characters" else BPETokenizer)
    ids = ids_on_disk(TALE, tokenizer, tmp_path, "train")
    assert ids.dtype == np.uint16 and tokenizer.decode(ids.tolist()) == TALE
    [file] = tmp_path.iterdir()
    made = file.stat().st_mtime_ns
    again = ids_on_disk(TALE, tokenizer, tmp_path, "train")
    assert np.array_equal(again, ids) and file.stat().st_mtime_ns == made


def test_another_text_or_tokenizer_has_ids_of_its_own(tmp_path: Path) -> None:
    ids_on_disk(TALE, CharTokenizer(TALE), tmp_path, "train")
    ids_on_disk(TALE, CharTokenizer(TALE + "z"), tmp_path, "train")
    ids_on_disk(TALE + TALE, CharTokenizer(TALE), tmp_path, "train")
    assert len(list(tmp_path.iterdir())) == 3


def test_more_tokens_than_two_bytes_number_are_refused(tmp_path: Path) -> None:
    alphabet = "".join(map(chr, [*range(0x20, 0xD800), *range(0xE000, 0x12000)]))
    with pytest.raises(CorpusError, match=r"different tokens; ids are stored in two bytes, which number 65536"):
        ids_on_disk("abc", CharTokenizer(alphabet), tmp_path, "train")
    assert list(tmp_path.iterdir()) == []


def test_as_many_tokens_as_two_bytes_number_are_fine(tmp_path: Path) -> None:
    tokenizer = CharTokenizer("".join(map(chr, range(0x10000, 0x20000))))
    last = tokenizer.alphabet[-1]
    assert ids_on_disk("\U00010000" + last, tokenizer, tmp_path, "train").tolist() == [0, 65535]


def test_an_empty_part_has_no_ids(tmp_path: Path) -> None:
    assert len(ids_on_disk("", CharTokenizer("a"), tmp_path, "held-out")) == 0


# -- batches ----------


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    ids = np.arange(500, dtype=np.uint16)
    one = batch(ids, 4, 8, seed=3, step=10)
    batch(ids, 4, 8, seed=3, step=11)
    assert all(np.array_equal(a, b) for a, b in zip(one, batch(ids, 4, 8, seed=3, step=10), strict=True))
    assert not np.array_equal(one[0], batch(ids, 4, 8, seed=3, step=11)[0])
    assert not np.array_equal(one[0], batch(ids, 4, 8, seed=4, step=10)[0])


@settings(max_examples=60, deadline=None)
@given(length=st.integers(1, 20), extra=st.integers(1, 30), step=st.integers(0, 10**6))
def test_targets_are_the_next_tokens_and_windows_stay_inside(length: int, extra: int, step: int) -> None:
    ids = np.arange(length + extra, dtype=np.uint16)
    inputs, targets = batch(ids, 5, length, seed=1, step=step)
    assert inputs.shape == targets.shape == (5, length) and inputs.dtype == np.int64
    assert np.array_equal(targets, inputs + 1)
    assert np.array_equal(np.diff(inputs), np.ones((5, length - 1)))


def test_every_place_of_the_text_is_drawn_in_time() -> None:
    ids = np.arange(12, dtype=np.uint16)
    firsts = {int(start) for step in range(80) for start in batch(ids, 4, 8, seed=1, step=step)[0][:, 0]}
    assert firsts == {0, 1, 2, 3}


@settings(deadline=None)
@given(count=st.integers(2, 200), size=st.integers(1, 7), length=st.integers(1, 20))
def test_windows_cover_the_text_once_but_for_a_last_bit(count: int, size: int, length: int) -> None:
    ids = np.arange(count, dtype=np.uint16)
    parts = list(windows(ids, size, length))
    targets = [int(index) for _, target in parts for index in target.ravel()]
    assert targets == list(range(1, len(targets) + 1)) and count - 1 - len(targets) < length
    for inputs, target in parts:
        assert np.array_equal(target, inputs + 1) and 1 <= len(inputs) <= size


@pytest.mark.parametrize(("length", "share"), [(10_000, 0.02), (12_345, 0.1), (400, 0.05)])
def test_what_is_set_aside_lies_evenly_over_the_text_and_nothing_is_lost(length: int, share: float) -> None:
    ids = np.arange(length, dtype=np.uint16)
    learned, watched = data.set_aside(ids, share)
    assert len(watched) == 20 * int(length * share / 20)
    np.testing.assert_array_equal(np.sort(np.concatenate([learned, watched])), ids)
    firsts = watched[:: len(watched) // 20].astype(int)
    assert np.ptp(np.diff(firsts)) <= 1 and np.ptp(np.diff(firsts)) >= 0
    assert abs(firsts[0] - (length - 1 - watched[-1])) <= 2
