"""Characters that nobody meant, and values too long to be repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.door.texts import cut, odd_characters, shown, without_odd


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("abcdefghijk\u200bm", "a ZERO WIDTH SPACE (U+200B) at position 12"),
        ("a\xa0b", "a NO-BREAK SPACE (U+00A0) at position 2"),
        ("\ufeffab", "a ZERO WIDTH NO-BREAK SPACE (U+FEFF) at position 1"),
        ("a\tb", "a tab (U+0009) at position 2"),
        ("a\r\nb", "a line end (U+000D) at position 2"),
        ("a\0b", "a NUL character (U+0000) at position 2"),
        ("a\x1bb", "a character without a name (U+001B) at position 2"),
        ("a\u202eb", "a RIGHT-TO-LEFT OVERRIDE (U+202E) at position 2"),
        ("a\u3164b", "a HANGUL FILLER (U+3164) at position 2"),
        ("a\ud800b", "a character without a name (U+D800) at position 2"),
        ("a\xadb", "a SOFT HYPHEN (U+00AD) at position 2"),
        ("\u200b\u200b\u200b\u200b\u200b", " and 2 more"),
    ],
)
def test_what_cannot_be_seen_is_named_with_its_position(text: str, said: str) -> None:
    for is_key in (True, False):
        assert odd_characters(text, is_key).endswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\u201cab\u201d", "a LEFT DOUBLE QUOTATION MARK (U+201C) at position 1 and a RIGHT DOUBLE QUOTATION MARK"),
        ("ab\u2019c", "a RIGHT SINGLE QUOTATION MARK (U+2019) at position 3"),
        ("a\u2013b", "an? EN DASH"),
        ("\u0430bc", "a CYRILLIC SMALL LETTER A (U+0430) at position 1"),
    ],
)
def test_a_key_has_no_character_that_a_header_cannot_carry(text: str, said: str) -> None:
    assert odd_characters(text, is_key=True).startswith(said.replace("an?", "a"))
    assert odd_characters(text, is_key=False) == ""


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_ascii_that_can_be_seen_is_never_odd(text: str) -> None:
    assert odd_characters(text, is_key=True) == ""
    assert without_odd(text) == text.strip()


@given(st.text())
def test_what_is_not_odd_in_a_key_can_be_sent_in_a_header(text: str) -> None:
    if not odd_characters(text, is_key=True):
        text.encode("latin-1")
        assert "\n" not in text


def test_a_long_value_is_cut_and_its_length_told() -> None:
    assert shown("a" * 100_000) == f"'{'a' * 60}'... (100,000 characters)"
    assert shown("short") == "'short'"
    assert shown(list(range(1000))).endswith("... (4,890 characters)")
    assert shown(7) == "7"
    assert len(cut("word " * 1000)) < 450
    deep: list[object] = []
    for _ in range(10_000):
        deep = [deep]
    assert len(shown(deep)) < 100  # newer Pythons can write it
