"""A downloaded book becomes plain paragraphs; the licence around it and marks of print are gone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from model import gutenberg
from model.data import CORPORA, Corpus, CorpusError, whole_blocks
from model.gutenberg import BOOKS, build, clean, fetch, paragraphs, to_ascii, without_licence, write_corpus

BOOK = """\ufeffThe Project Gutenberg eBook of The Tin Goose

This ebook is for the use of anyone anywhere.

*** START OF THE PROJECT GUTENBERG EBOOK
THE TIN GOOSE ***




THE TIN GOOSE

[Illustration: The goose,
looking cross]

CHAPTER I.

\u201cI am _not_ a na\u00efve bird,\u201d said the goose\u2014and flew
to the caf\u00e9 of   \u00c6sop\u2019s cousin.
 \t
*       *       *       *       *

He came late; he always did. [Illustration] \u201cWho\u2019s there?\u201d

*** END OF THE PROJECT GUTENBERG EBOOK THE TIN GOOSE ***

Updated editions will replace the previous one.
"""
CLEANED = [
    '"I am not a naive bird," said the goose--and flew to the cafe of AEsop\'s cousin.',
    'He came late; he always did. "Who\'s there?"',
]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_book_becomes_its_paragraphs_one_a_line(ends: str) -> None:
    assert clean(BOOK.replace("\n", ends)).split("\n") == CLEANED


def test_between_two_books_stands_a_line_with_a_form_feed() -> None:
    text = build([BOOK, BOOK])
    assert text.split("\n") == [*CLEANED, "\f", *CLEANED, ""]
    assert text.isascii()
    whole_blocks(text)


@pytest.mark.parametrize("missing", ["*** START OF", "*** END OF"])
def test_a_text_without_gutenbergs_lines_is_refused(missing: str) -> None:
    with pytest.raises(CorpusError, match="this is no Project Gutenberg text"):
        without_licence(BOOK.replace(missing, "***"))


def test_quotes_and_dashes_are_straightened_accents_dropped_and_the_rest_left_out() -> None:
    assert (
        to_ascii("\u2018\u00e9\u2019 \u2013 \u201c\u00d8\u0153\u00df\u201d\u2026 \u738b\U0001f451")
        == "'e' - \"Ooess\"... "
    )
    assert to_ascii("plain, as it was\n") == "plain, as it was\n"


def test_headings_go_and_shouting_stays() -> None:
    long = "BE BOLD, BE BOLD, BUT NOT TOO BOLD, LEST THAT YOUR HEART'S BLOOD SHOULD RUN COLD."
    assert paragraphs(f"THE END\n\n1.\n\n{long}\n\nNo!") == [long, "No!"]


def test_no_book_is_listed_twice() -> None:
    assert len(BOOKS) == len(set(BOOKS)) == 46 and list(BOOKS) == sorted(BOOKS)


def test_the_corpus_is_written_and_compared_with_the_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def get(number: int, folder: Path) -> str:
        asked.append((number, folder))
        return BOOK

    path, same = write_corpus(tmp_path, get)
    assert path == tmp_path / "fairytales.txt" and not same
    assert path.read_text() == build([BOOK] * 46)
    assert asked == [(number, tmp_path / "gutenberg") for number in BOOKS]
    known = Corpus("fairytales.txt", hashlib.sha256(path.read_bytes()).hexdigest(), whole_blocks, None, "")
    monkeypatch.setitem(CORPORA, "fairytales", known)
    assert write_corpus(tmp_path, get) == (path, True)


def test_a_book_is_fetched_once_and_then_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pooch = pytest.importorskip("pooch")
    addresses = []

    def download(url: str, output_file: str, _pooch: object, check_only: bool = False) -> None:
        addresses.append(url)
        Path(output_file).write_text(BOOK, encoding="utf-8")

    monkeypatch.setattr(pooch.core, "choose_downloader", lambda *_args, **_options: download)
    assert fetch(11, tmp_path) == fetch(11, tmp_path) == BOOK
    assert addresses == ["https://www.gutenberg.org/cache/epub/11/pg11.txt"]


def test_a_book_out_of_reach_is_named_with_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pooch = pytest.importorskip("pooch")

    def unreachable(*_args: object, **_options: object) -> None:
        raise ConnectionError("Network is\nunreachable")

    monkeypatch.setattr(pooch, "retrieve", unreachable)
    with pytest.raises(
        CorpusError, match=r"^book 12 could not be fetched \(Network is unreachable\); download https://.*pg12"
    ):
        fetch(12, tmp_path)


@pytest.mark.parametrize(
    ("matches", "words"),
    [(True, "the text that the shipped weights were trained on"), (False, "it differs from the text")],
)
def test_the_command_says_whether_the_text_is_the_same_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], matches: bool, words: str
) -> None:
    monkeypatch.setattr(gutenberg, "DATA", tmp_path)
    monkeypatch.setattr(gutenberg, "write_corpus", lambda: (tmp_path / "fairytales.txt", matches))
    assert gutenberg.main([]) == 0
    assert words in " ".join(capsys.readouterr().err.split())


def test_the_command_leaves_a_text_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gutenberg, "DATA", tmp_path)
    (tmp_path / "fairytales.txt").write_text("mine")
    assert gutenberg.main([]) == 0
    assert (tmp_path / "fairytales.txt").read_text() == "mine"
    assert "is there already; remove it to build it again" in " ".join(capsys.readouterr().err.split())


def test_the_command_ends_with_a_sentence_where_there_is_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def out_of_reach() -> None:
        raise CorpusError("book 11 could not be fetched")

    monkeypatch.setattr(gutenberg, "DATA", tmp_path)
    monkeypatch.setattr(gutenberg, "write_corpus", out_of_reach)
    assert gutenberg.main([]) == 1
    assert capsys.readouterr().err == "error: book 11 could not be fetched\n"
