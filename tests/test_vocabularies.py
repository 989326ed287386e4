"""The tokenizer beside other weights cuts a text as theirs does, or one sentence says why it cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import ByteLevelBPETokenizer

from model.checkpoint import CheckpointError
from model.exchange.vocabularies import byte_pairs_in
from model.tokenizer import BPETokenizer, CharTokenizer

TEXT = "the king and the queen and the golden bird of the king"
TOKENIZER = BPETokenizer.train(TEXT * 3, 290)
WRITTEN = (
    TEXT,
    " a caf\u00e9,\n\n two  \U0001f451",
    "king<|endoftext|>queen<soon> <later>",
    "#version: 0.2",
    "it's 1999",
)


def two_files(folder: Path) -> int:
    """GPT-2's older form, ``vocab.json`` and ``merges.txt``, as the library writes it; returns the number of tokens."""
    trained = ByteLevelBPETokenizer()
    trained.train_from_iterator([TEXT * 5], vocab_size=290, special_tokens=["<|endoftext|>"], show_progress=False)
    trained.save_model(str(folder))
    return trained.get_vocab_size()


def check_refused(folder: Path, sentence: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        byte_pairs_in(folder)
    words = str(caught.value)
    assert sentence in words and "\n" not in words and len(words) < 400, words


# -- the same cuts ----------


@pytest.mark.parametrize("prefix_space", [False, True])
def test_the_two_files_of_gpt_2_cut_a_text_as_transformers_does(tmp_path: Path, prefix_space: bool) -> None:
    transformers = pytest.importorskip("transformers")
    size = two_files(tmp_path)
    (tmp_path / "added_tokens.json").write_text(json.dumps({"<later>": size + 1, "<soon>": size}))
    told = {
        "added_tokens_decoder": {str(size): {"content": "<soon>"}, str(size + 1): {"content": "<later>"}},
        "add_prefix_space": prefix_space,
    }
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(told))
    tokenizer, files = byte_pairs_in(tmp_path)
    assert {file.name for file in files} == {file.name for file in tmp_path.iterdir()}
    reference = transformers.GPT2Tokenizer.from_pretrained(tmp_path, add_prefix_space=prefix_space)
    assert tokenizer.vocab_size == len(reference) == size + 2
    for text in WRITTEN:
        ids = tokenizer.encode(text)
        assert ids == reference(text)["input_ids"]
        assert "".join(tokenizer.pieces(ids)) == reference.decode(ids)


def test_a_tokenizer_saved_by_transformers_cuts_alike(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    two_files(tmp_path)
    reference = transformers.GPT2Tokenizer.from_pretrained(tmp_path)
    reference.add_tokens(["hello king"])
    reference.save_pretrained(tmp_path / "saved")
    tokenizer, _ = byte_pairs_in(tmp_path / "saved")
    for text in (*WRITTEN, "a king<|endoftext|> hello king"):
        assert tokenizer.encode(text) == reference(text)["input_ids"]


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=40))
def test_every_unicode_text_survives(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    if not (folder / "vocab.json").exists():
        two_files(folder)
    tokenizer, _ = byte_pairs_in(folder)
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_a_tokenizer_set_up_for_training_reads_the_whole_text_the_same_way_each_time(tmp_path: Path) -> None:
    content = json.loads(TOKENIZER.to_json())
    content["truncation"] = {"max_length": 3, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
    content["padding"] = {
        **{"strategy": {"Fixed": 40}, "direction": "Right", "pad_to_multiple_of": None},
        **{"pad_id": 0, "pad_type_id": 0, "pad_token": "!"},
    }
    content["model"]["dropout"] = 0.9
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    assert byte_pairs_in(tmp_path)[0].encode(TEXT) == TOKENIZER.encode(TEXT)


def test_an_older_tokenizer_json_that_does_not_name_its_kind_is_read(tmp_path: Path) -> None:
    content = json.loads(TOKENIZER.to_json())
    del content["model"]["type"]
    content["model"]["merges"] = [" ".join(pair) for pair in content["model"]["merges"]]  # as GPT-2's own has them
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    assert byte_pairs_in(tmp_path)[0].encode(TEXT) == TOKENIZER.encode(TEXT)


def test_a_table_of_characters_will_do_too(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(CharTokenizer("abcd").to_json())
    assert byte_pairs_in(tmp_path)[0].encode("bad") == [1, 0, 3]


# -- refused ----------


def only_vocabulary(folder: Path) -> None:
    two_files(folder)
    (folder / "merges.txt").unlink()


def word_pieces(folder: Path) -> None:
    model = {"type": "WordPiece", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"}
    model |= {"continuing_subword_prefix": "##", "max_input_chars_per_word": 9}
    (folder / "tokenizer.json").write_text(json.dumps({"version": "1.0", "added_tokens": [], "model": model}))


def pairs_of_letters(folder: Path) -> None:
    content = json.loads(TOKENIZER.to_json()) | {"decoder": None, "pre_tokenizer": None}
    (folder / "tokenizer.json").write_text(json.dumps(content))


def gap_in_numbering(folder: Path) -> None:
    two_files(folder)
    path = folder / "vocab.json"
    ids = json.loads(path.read_text())
    path.write_text(json.dumps({piece: index + (index > 9) for piece, index in ids.items()}))


def unknown_pairs(folder: Path) -> None:
    two_files(folder)
    (folder / "merges.txt").write_text("#version: 0.2\nz z\nzz zz\n")


def three_in_a_line(folder: Path) -> None:
    two_files(folder)
    (folder / "merges.txt").write_text("#version: 0.2\nt h e\n")


def added_out_of_order(folder: Path) -> None:
    two_files(folder)
    (folder / "added_tokens.json").write_text('{"<later>": 5000}')


@pytest.mark.parametrize(
    ("put", "sentence"),
    [
        (lambda folder: None, "there is no tokenizer; put GPT-2's tokenizer.json, or vocab.json and merges.txt"),
        (lambda folder: (folder / "vocab.txt").touch(), "there is only vocab.txt, another kind of tokenizer; put"),
        (only_vocabulary, "vocab.json is there but merges.txt is missing; GPT-2's tokenizer needs both"),
        (word_pieces, "tokenizer.json is of another kind (WordPiece); expected GPT-2's byte-level byte pairs"),
        (pairs_of_letters, "tokenizer.json is of another kind (BPE); expected GPT-2's byte-level byte pairs"),
        (gap_in_numbering, "take the whole one"),
        (unknown_pairs, "vocab.json and merges.txt are no GPT-2 tokenizer"),
        (three_in_a_line, "vocab.json and merges.txt are no GPT-2 tokenizer"),
        (added_out_of_order, "<later> should be number 5000, but"),
        (lambda folder: (folder / "tokenizer.json").write_bytes(b"{"), "tokenizer.json cannot be read"),
        (lambda folder: (folder / "tokenizer.json").write_bytes(b"\xff\xfe\0"), "tokenizer.json cannot be read"),
        (lambda folder: (folder / "tokenizer.json").mkdir(), "tokenizer.json cannot be read"),
    ],
)
def test_a_tokenizer_that_cannot_be_used_is_refused(tmp_path: Path, put, sentence: str) -> None:
    put(tmp_path)
    check_refused(tmp_path, sentence)
