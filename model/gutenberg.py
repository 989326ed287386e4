"""Build ``data/fairytales.txt`` from books of Project Gutenberg: ``python -m model.gutenberg``.

The books change now and then (a proofreader's comma); the text is then a little different from the one the shipped
weights were trained on, and the command says so. Nothing fetched is ever committed.
"""

from __future__ import annotations

import hashlib
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

from model.data import CORPORA, DATA, CorpusError
from model.sealed import write_atomically

# Alice, Andersen, Grimm, Lang's coloured fairy books, Oz, the Jungle Book, the Secret Garden ...
BOOKS = (
    11, 12, 16, 45, 54, 55, 74, 113, 120, 128, 225, 236, 271, 289, 420, 485, 486, 500, 501, 503, 514, 517,
    540, 640, 641, 708, 902, 956, 1450, 1597, 1874, 1937, 2435, 2591, 2781, 3282, 3454, 5314, 5615, 6746,
    7128, 7277, 7439, 7885, 14241, 27826,
)  # fmt: skip
ADDRESS = "https://www.gutenberg.org/cache/epub/{number}/pg{number}.txt"
BETWEEN_BOOKS = "\n\f\n"
LONGEST_HEADING = 60
# What decomposing does not turn into ASCII.
SPELLINGS = {
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u2033": '"', "\u00ab": '"', "\u00bb": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "--", "\u2015": "--", "\u2212": "-",
    "\u00c6": "AE", "\u00e6": "ae", "\u0152": "OE", "\u0153": "oe", "\u00d8": "O", "\u00f8": "o", "\u00df": "ss",
    "\u00de": "Th", "\u00fe": "th", "\u00d0": "D", "\u00f0": "d", "\u0141": "L", "\u0142": "l",
    "\u00a3": "L", "\u00d7": "x", "\u00b7": ".", "\u2022": ".",
}  # fmt: skip


def without_licence(book: str) -> str:
    """What stands between Project Gutenberg's START and END lines.

    Raises
    ------
    CorpusError
        If one of the two lines is missing.
    """
    start = re.search(r"^\*\*\* ?START OF .*?\*\*\*[ \t\r]*$", book, re.MULTILINE | re.DOTALL)
    end = re.search(r"^\*\*\* ?END OF ", book, re.MULTILINE)
    if start is None or end is None or end.start() < start.end():
        raise CorpusError("this is no Project Gutenberg text: it has no '*** START OF' and '*** END OF' lines")
    return book[start.end() : end.start()]


def to_ascii(text: str) -> str:
    """The text in ASCII: quotes and dashes straightened, accents dropped, anything else left out."""
    spelled = "".join(SPELLINGS.get(character, character) for character in text)
    return unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()


def paragraphs(text: str) -> list[str]:
    """Paragraphs (set apart by blank lines), each on one line, without marks of print, picture notes and headings."""
    text = re.sub(r"\[Illustration[^\]]*\]", "", text.replace("\r\n", "\n"))
    text = re.sub(r"[_*{}~<>@%\\`]", "", text)
    joined = (" ".join(part.split()) for part in re.split(r"\n[ \t]*\n", text))
    return [paragraph for paragraph in joined if paragraph and not _is_heading(paragraph)]


def clean(book: str) -> str:
    """One downloaded book as the corpus holds it: ASCII, one paragraph a line."""
    return "\n".join(paragraphs(to_ascii(without_licence(book.removeprefix("\ufeff")))))


def build(books: Iterable[str]) -> str:
    """The whole corpus: cleaned books, a line with a form feed between two, a line end at the very end."""
    return BETWEEN_BOOKS.join(clean(book) for book in books) + "\n"


def fetch(number: int, folder: Path) -> str:
    """A book by its Gutenberg number, kept in ``folder``.

    Raises
    ------
    CorpusError
        If it can neither be found there nor be fetched.
    """
    address = ADDRESS.format(number=number)
    try:
        import pooch

        path = Path(pooch.retrieve(address, known_hash=None, fname=f"pg{number}.txt", path=folder))
        return path.read_text(encoding="utf-8")
    except Exception as error:  # pooch passes on whatever the network raises
        reason = " ".join(str(error).split())
        raise CorpusError(f"book {number} could not be fetched ({reason}); download {address} into {folder}") from error


def write_corpus(folder: Path = DATA, get: Callable[[int, Path], str] = fetch) -> tuple[Path, bool]:
    """Fetch, clean and write the corpus; returns its path, and whether it is the very text the weights learned from."""
    corpus = CORPORA["fairytales"]
    content = build(get(number, folder / "gutenberg") for number in BOOKS).encode()
    path = folder / corpus.file
    write_atomically(path, content)
    return path, hashlib.sha256(content).hexdigest() == corpus.sha256


def _is_heading(paragraph: str) -> bool:
    return len(paragraph) < LONGEST_HEADING and paragraph.upper() == paragraph


def main(arguments: list[str]) -> int:
    """Build the corpus in ``data/`` unless a text is there already."""
    from rich.console import Console

    console = Console(stderr=True, soft_wrap=True)
    path = DATA / CORPORA["fairytales"].file
    if arguments:
        console.print("usage: python -m model.gutenberg")
        return 2
    if path.exists():
        console.print(f"{path} is there already; remove it to build it again")
        return 0
    try:
        path, same = write_corpus()
    except (CorpusError, OSError) as error:
        console.print(f"error: {error}", markup=False)
        return 1
    if same:
        console.print(f"wrote {path}, the text that the shipped weights were trained on")
    else:
        console.print(
            f"wrote {path}; it differs from the text of the shipped weights (books were corrected since), which is fine"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
