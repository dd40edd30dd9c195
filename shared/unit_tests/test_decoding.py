"""Bytes that a strict parser refuses, or takes for something else."""

import json
from encodings.aliases import aliases
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.http.decoding import MOST_LEVELS, Repairs, UnreadableError, decoded

SMILE = "\U0001f600"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("body", "content_type", "data"),
    [
        (b'[{"id": 1}]', "application/json", [{"id": 1}]),
        ('["é"]'.encode(), "", ["é"]),
        ('["é"]'.encode(), "application/json; charset=ISO-8859-1", ["é"]),  # it is UTF-8, whatever the header says
        ('["é"]'.encode("latin-1"), "application/json; charset=ISO-8859-1", ["é"]),
        ('["€"]'.encode("cp1252"), 'application/json; charset="windows-1252"', ["€"]),
        ('["é"]'.encode("latin-1"), "application/json; charset=klingon", ["\ufffd"]),
        ('["é"]'.encode("latin-1"), "application/json; charset=base64", ["\ufffd"]),
        ('["é"]'.encode("utf-8-sig"), "", ["é"]),
        ('["é"]'.encode("utf-16"), "", ["é"]),
        ('["é"]'.encode("utf-16-be"), "application/json; charset=utf-16", ["é"]),
        ('["é"]'.encode("utf-32"), "", ["é"]),
        ('["é"]'.encode("utf-32-le"), "", ["é"]),
        (b'["\\ud800x"]', "", ["\ufffdx"]),
        (b'["x\\udfff"]', "", ["x\ufffd"]),
        (b'{"\\udc00": {"a": ["\\ud83d"]}}', "", {"\ufffd": {"a": ["\ufffd"]}}),
        (b'["\\ud83d\\ude00 \\ud800"]', "", [SMILE + " \ufffd"]),
        (b'["\xed\xa0\x80"]', "", ["\ufffd"]),
        (b'["\xed\xa0\xbd\xed\xb8\x80"]', "", [SMILE]),
        (b'["a\xffb"]', "", ["a\ufffdb"]),
        (b"[NaN, Infinity, -Infinity, 1e999, -1e999]", "", [None] * 5),
        (b'["a\x01b\tc\nd"]', "", ["a\x01b\tc\nd"]),
        (b'["a\\u0000b", {"\\u0000k": "\\u0000"}]', "", ["ab", {"k": ""}]),
        (b'["a\x00b"]', "", ["ab"]),
        (b'["a\\\\u0000b"]', "", ["a\\u0000b"]),  # a backslash, and no U+0000
        (b'["a\\\\\\u0000b"]', "", ["a\\b"]),  # a backslash, and U+0000 behind it
        (b'["\\"\\u0000", "\\\\", "\\u0000"]', "", ['"', "\\", ""]),
        (b'{"a\\u0000\\"": 1, "a": ["\\u0000"]}', "", {'a"': 1, "a": [""]}),
        (b'{"a\\u0000": 1, "a": 2, "a\\u0000": 3}', "", {"a": 2}),
        (b'["\\ud83d\\u0000\\ude00"]', "", ["\ufffd\ufffd"]),
        (
            b'["%s", -%s, {"\\u0000": %s}]' % (b"1" * 30, b"2" * 19, b"3" * 20),
            "",
            ["1" * 30, -int("2" * 19), {"": int("3" * 20)}],
        ),
        (b'{"a": 1, "a": 2}', "", {"a": 2}),
        (b" \r\n[1]\r\n\x00", "", [1]),
        (b"", "", None),
        (b" \r\n", "", None),
        (b"null", "", None),
        (b"[%s]" % (b"9" * 5000), "", ["9" * 5000]),
    ],
)
def test_what_can_be_mended_is_mended(body: bytes, content_type: str, data: Any) -> None:
    assert decoded(body, content_type) == data


def test_every_u0000_that_was_taken_out_is_counted_and_a_written_backslash_is_none() -> None:
    assert repairs_of(b'["a\\u0000\\u0000b", {"\\u0000k": {"x": ["\\u0000"]}}, "\\\\u0000"]').nuls == 4
    assert repairs_of(b'["a\\\\u0000b"]').nuls == 0


def repairs_of(body: bytes) -> Repairs:
    found = Repairs()
    decoded(body, "", found)
    return found


def test_every_number_that_no_column_holds_is_told_with_its_field_as_it_stood_there() -> None:
    found = repairs_of(b'{"a": NaN, "b": [1, {"c": -Infinity}, 1e400], "d": 1e308, "e": "NaN"}')
    assert found.no_numbers == [("a", "NaN"), ("c", "-Infinity"), ("b", "1e400")]
    assert not repairs_of(b'{"a": 1.5e3, "b": "\\ud800"}').no_numbers


@pytest.mark.parametrize(
    ("number", "is_large"),
    [(2**63 - 1, False), (2**63, True), (2**64, True), (10**400, True), (10**18, False), (-(2**63) - 1, True)],
)
@pytest.mark.parametrize("body", ["[%s]", '{"a": 1, "b" :%s }', '{"a": "\\u0000", "b":%s}'])
def test_an_integer_that_no_column_holds_is_noticed(body: str, number: int, is_large: bool) -> None:
    assert repairs_of((body % number).encode()).has_large == is_large
    assert not repairs_of((body % f'"{number}"').encode()).has_large


@pytest.mark.parametrize(
    "number", [2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**19, 10**40, -(2**63), -(2**63) - 1, -(10**40), 10**3999]
)
@pytest.mark.parametrize("body", ["%s", "[%s]", '{"id":%s}', '[{"id": %s , "x": 0.12345678901234567890}]'])
def test_an_integer_stays_what_it_is_whatever_its_size(number: int, body: str) -> None:
    found = decoded((body % number).encode())
    while isinstance(found, list | dict):
        found = found[0] if isinstance(found, list) else found["id"]
    assert type(found) is int
    assert found == number


@pytest.mark.parametrize(
    "body",
    [
        b'[{"id": 1}, {"id"',
        b'[{"id": 1}',
        b'["a',
        b"[1] [2]",
        b"[1]<!-- cached -->",
        b'[{"id": 1,}]',
        b"[01]",
        b"[1,\\u0000 2]",
        b'["a", \\u0000 "b"]',
        b"Sorry, we will be back soon",
        b"<html></html>",
    ],
)
def test_what_cannot_is_told_without_a_word_of_it(body: bytes) -> None:
    with pytest.raises(UnreadableError) as caught:
        decoded(body, "application/json")
    assert "Sorry" not in str(caught.value)
    assert "cached" not in str(caught.value)


def nested(levels: int, opening: str = "[", closing: str = "]", middle: str = "") -> bytes:
    return (opening * levels + middle + closing * levels).encode()


@pytest.mark.parametrize(
    ("opening", "closing", "middle"), [("[", "]", ""), ('{"a":', "}", "1"), ('{"a":', ',"b":1}', "1")]
)
def test_nesting_is_read_as_deep_as_it_can_be_written(opening: str, closing: str, middle: str) -> None:
    data = decoded(nested(MOST_LEVELS, opening, closing, middle))
    assert orjson.dumps(data)
    for levels in (MOST_LEVELS + 1, 500, 1100, 200_000):
        with pytest.raises(UnreadableError, match="nested more than 250 levels deep"):
            decoded(nested(levels, opening, closing, middle))


def test_one_deep_row_among_many_others_is_found() -> None:
    rows = b",".join([b'{"id": 1, "tags": [], "more": {"a": [[]]}}'] * 300)
    decoded(b"[" + rows + b"]")
    with pytest.raises(UnreadableError):
        decoded(b"[" + rows + b"," + nested(300) + b"," + rows + b"]")


def test_brackets_in_texts_are_no_nesting() -> None:
    body = json.dumps([{"note": "[" * 1000}, {"note": "}" * 1000}]).encode()
    assert decoded(body) == json.loads(body)


@given(JSON)
def test_good_json_is_what_the_json_module_reads(data: Any) -> None:
    wanted = json.loads(json.dumps(data).replace("\\u0000", ""))
    assert decoded(json.dumps(data).encode()) == wanted


def without_zeros(data: Any) -> Any:
    if isinstance(data, dict):
        return {without_zeros(name): without_zeros(value) for name, value in data.items()}
    if isinstance(data, list):
        return [without_zeros(one) for one in data]
    return data.replace("\0", "") if isinstance(data, str) else data


TEXT = st.text('a0\0\\":,[{ ', max_size=8)


@given(st.lists(st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT)), max_size=4))
def test_zeros_are_taken_out_wherever_they_stand(rows: Any) -> None:
    assert decoded(json.dumps(rows).encode()) == without_zeros(rows)


@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "rot13", "hex", "no-such"])
def test_a_charset_that_not_all_bytes_can_be_read_in_is_not_believed(charset: str) -> None:
    body = b'{"name": "M\xfcller"}'
    assert decoded(body, f"application/json; charset={charset}") == {"name": "M\ufffdller"}
    assert decoded(body, "application/json; charset=latin-1") == {"name": "M\xfcller"}


@given(st.binary(max_size=60), st.text(max_size=20) | st.sampled_from(sorted(aliases.values())))
def test_no_bytes_break_it(body: bytes, charset: str) -> None:
    try:
        data = decoded(body, f"application/json; charset={charset}")
    except UnreadableError:
        return
    json.dumps(data, ensure_ascii=False).encode()
