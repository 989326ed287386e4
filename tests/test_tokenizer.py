"""Text becomes ids and comes back whole, whatever it holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.tokenizer import BPETokenizer, CharTokenizer, from_json

TALE = "Once upon a time there was a king who had a golden bird. The golden bird sang all day.\n" * 20
WRITTEN = [
    "the golden bird",
    "  two  spaces\n\nand lines\t",
    "na\u00efve caf\u00e9",
    "a \U0001f451 for the \u738b",
    "\ufffd",
    "",
]


@pytest.fixture(scope="module")
def pieces_of_bytes() -> BPETokenizer:
    return BPETokenizer.train(TALE, 300)


def check_round_trip(tokenizer, text: str) -> None:
    ids = tokenizer.encode(text)
    assert all(0 <= index < tokenizer.vocab_size for index in ids)
    assert tokenizer.decode(ids) == text
    pieces = tokenizer.pieces(ids)
    assert len(pieces) == len(ids) and "".join(pieces) == text


@pytest.mark.parametrize("text", WRITTEN)
def test_any_text_survives_byte_pairs(pieces_of_bytes: BPETokenizer, text: str) -> None:
    check_round_trip(pieces_of_bytes, text)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=40))
def test_every_unicode_text_survives_byte_pairs(pieces_of_bytes: BPETokenizer, text: str) -> None:
    check_round_trip(pieces_of_bytes, text)


@settings(deadline=None)
@given(text=st.text(alphabet="abc \u00e9\U0001f451", max_size=40))
def test_texts_of_the_alphabet_survive_characters(text: str) -> None:
    check_round_trip(CharTokenizer("abc \u00e9\U0001f451"), text)


def test_frequent_words_become_one_piece_with_their_space(pieces_of_bytes: BPETokenizer) -> None:
    ids = pieces_of_bytes.encode(" golden bird")
    assert pieces_of_bytes.pieces(ids) == [" golden", " bird"]


def joined_by_hand(tokenizer: BPETokenizer, word: str) -> tuple[list[tuple[int, int, int]], list[int]]:
    """Merges and ids of a word, by trying every pair in the order in which pairs were learned."""
    inner = json.loads(tokenizer.to_json())["model"]
    parts, done = [tokenizer.encode(letter)[0] for letter in word], []
    for left, right in inner["merges"]:
        pair, whole = [inner["vocab"][left], inner["vocab"][right]], inner["vocab"][left + right]
        place = 0
        while place < len(parts) - 1:
            if parts[place : place + 2] == pair:
                parts[place : place + 2] = [whole]
                done.append((*pair, whole))
            place += 1
    return done, parts


def test_merges_are_the_pairs_joined_word_by_word_in_the_order_learned(pieces_of_bytes: BPETokenizer) -> None:
    words = ["the", " golden", " kingdom", " sang", " a", " banana", "."]
    by_hand = [joined_by_hand(pieces_of_bytes, word) for word in words]
    text = "".join(words)
    assert [index for _, parts in by_hand for index in parts] == pieces_of_bytes.encode(text)
    assert pieces_of_bytes.merges(text) == [merge for done, _ in by_hand for merge in done]


@settings(deadline=None)
@given(text=st.text(alphabet="agoldenbirs \u00e9\U0001f451\n", max_size=40))
def test_every_merge_makes_one_piece_of_two(pieces_of_bytes: BPETokenizer, text: str) -> None:
    merges = pieces_of_bytes.merges(text)
    assert len(merges) == len(text.encode()) - len(pieces_of_bytes.encode(text))
    assert all(pieces_of_bytes.decode([a, b]) == pieces_of_bytes.decode([whole]) for a, b, whole in merges)


def test_added_tokens_and_characters_are_not_made_of_others() -> None:
    ids = {"a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4}
    tokenizer = BPETokenizer.from_pairs(ids, [("a", "b"), ("ab", "c")], {"abc": 4}, prefix_space=False)
    assert tokenizer.encode("ababc") == [3, 4] and tokenizer.merges("ababc") == [(0, 1, 3)]
    assert CharTokenizer("abc").merges("abcab") == []


def test_a_character_of_several_pieces_is_carried_by_its_last(pieces_of_bytes: BPETokenizer) -> None:
    assert pieces_of_bytes.pieces(pieces_of_bytes.encode("a\U0001f451b")) == ["a", "", "", "", "\U0001f451", "b"]


def test_the_same_text_teaches_the_same_pieces(pieces_of_bytes: BPETokenizer) -> None:
    assert BPETokenizer.train(TALE, 300).to_json() == pieces_of_bytes.to_json()
    assert pieces_of_bytes.vocab_size == 300


def test_many_texts_are_written_as_each_by_itself(pieces_of_bytes: BPETokenizer) -> None:
    assert pieces_of_bytes.encode_many(WRITTEN) == [pieces_of_bytes.encode(text) for text in WRITTEN]


def test_ids_of_characters_follow_the_sorted_alphabet() -> None:
    tokenizer = CharTokenizer("hello")
    assert tokenizer.alphabet == "ehlo" and tokenizer.vocab_size == 4
    assert tokenizer.encode("hole") == [1, 3, 2, 0]


def test_a_character_outside_the_alphabet_is_named() -> None:
    with pytest.raises(ValueError, match=r"this network knows 4 characters and 'z' is not one of them; use only: ehlo"):
        CharTokenizer("hello").encode("hez")


def test_a_table_made_elsewhere_keeps_its_order_in_json_too() -> None:
    for tokenizer in (CharTokenizer.in_order("cab"), from_json(CharTokenizer.in_order("cab").to_json())):
        assert tokenizer.encode("abc") == [1, 2, 0] and tokenizer.decode([0, 1, 2]) == "cab"


@pytest.mark.parametrize(
    ("characters", "sentence"),
    [
        (["a", "the"], "number 1 is 'the'; expected a single character"),
        (["a", 3], "number 1 is 3; expected a single character"),
        ("abca", "a character is there twice"),
        ("", "the alphabet is empty"),
    ],
)
def test_a_table_with_anything_but_single_characters_is_refused(characters, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        CharTokenizer.in_order(characters)


def test_a_tokenizer_built_from_its_parts_cuts_alike(pieces_of_bytes: BPETokenizer) -> None:
    parts = json.loads(pieces_of_bytes.to_json())["model"]
    pairs = [tuple(pair) for pair in parts["merges"]]
    rebuilt = BPETokenizer.from_pairs(parts["vocab"], pairs, {"<end>": 300}, prefix_space=False)
    for text in WRITTEN:
        assert rebuilt.encode(text) == pieces_of_bytes.encode(text)
    assert rebuilt.encode("king<end>") == [*pieces_of_bytes.encode("king"), 300]
    assert rebuilt.vocab_size == 301 and rebuilt.highest_id() == 300
    assert rebuilt.pieces(rebuilt.encode("a <end>")) == ["a", " ", "<end>"]


def test_an_added_token_with_a_number_that_is_not_next_is_refused(pieces_of_bytes: BPETokenizer) -> None:
    parts = json.loads(pieces_of_bytes.to_json())["model"]
    with pytest.raises(ValueError, match="<end> should be number 999, but 300 is next"):
        BPETokenizer.from_pairs(parts["vocab"], [], {"<end>": 999}, prefix_space=False)


def test_an_empty_alphabet_is_refused() -> None:
    with pytest.raises(ValueError, match="the alphabet is empty"):
        CharTokenizer("")


@pytest.mark.parametrize("text", WRITTEN)
def test_both_kinds_come_back_from_json(pieces_of_bytes: BPETokenizer, text: str) -> None:
    again = from_json(pieces_of_bytes.to_json())
    assert isinstance(again, BPETokenizer) and again.encode(text) == pieces_of_bytes.encode(text)
    characters = CharTokenizer("".join(WRITTEN))
    again = from_json(characters.to_json())
    assert isinstance(again, CharTokenizer) and again.encode(text) == characters.encode(text)
    assert again.to_json() == characters.to_json()


@pytest.mark.parametrize("text", ["", "[]", "{}", "no json", '{"kind": "characters"}', json.dumps({"model": {}})])
def test_what_is_no_tokenizer_is_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"^this is no tokenizer \(.*\); expected a character table or a tokenizer.json$"
    ):
        from_json(text)
