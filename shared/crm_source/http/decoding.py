"""Bytes -> data. What can be mended without a guess is mended; what cannot is told, so that the row can be found.

The fast way is orjson on the bytes as they are. Three things that it takes are looked for all the same: long integers,
which it makes floats from 64 bits on, and no column holds from 63 bits on; U+0000, which common stores cannot hold; and
nesting that nothing can write.
"""

import codecs
import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

import orjson

MOST_LEVELS = 250  # of nesting; orjson writes 254
LONG = 19  # digits; from -2**63 on an integer may have as many
LARGEST = str(2**63).encode()
LONGEST_INTEGER = 4000  # digits; Python reads no more than 4,300

_DIGITS = bytes(0x30 if 0x30 <= one <= 0x39 else 0x20 for one in range(256))
_NO_BRACKETS = bytes(one for one in range(256) if one not in b"[]{}")
_LONG_RUN = b"0" * LONG
_BEFORE_NUMBERS = (b"", *(bytes([one]) for one in b":,[ \t\r\n\f\v"))
_AFTER_NUMBERS = re.compile(rb"\s*(?:$|[,\]}])")
_ZERO = re.compile(rb"\\u0000")  # found in half the time that `in` takes, where bodies have few backslashes
_NO_QUOTES = bytes(one for one in range(256) if one != 0x22)
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_HALF = re.compile(rb"\\u[dD]")
_REST_OF_NAME = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*"\s*:', re.DOTALL)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the beginning of it
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"


@dataclass
class Repairs:
    """What was done to a body, and what is to be looked at in its rows.

    `nuls`: characters U+0000 that were taken out of its texts and names. `no_numbers`: fields with what no column of
    numbers can hold, NaN, an infinity or a number beyond all doubles, each as it stood there; they are null now.
    `has_large`: whether there may be integers outside of the 64 bits, with a sign, that columns have.
    """

    nuls: int = 0
    no_numbers: list[tuple[str, str]] = field(default_factory=list)
    has_large: bool = False


class _NoNumber(str):
    """The text of a number that no column can hold."""


class UnreadableError(ValueError):
    """The bytes are no JSON, for a reason that the text says, without any of them."""


def decoded(body: bytes, content_type: str = "", repairs: Repairs | None = None) -> Any:
    """The data in a body that came as a whole; None in an empty one.

    Its charset, a byte order mark, halves of surrogates (as U+FFFD), NaN and infinities (as null), control characters
    in texts and integers of any size are understood; U+0000 is left out. `repairs` is told of it. Of two values of one
    name the last stands. Raises UnreadableError.
    """
    done = Repairs() if repairs is None else repairs
    has_zeros = b"\\" in body and _ZERO.search(body)  # the first look takes next to nothing, and most end there
    cut = _without_zeros(body) if has_zeros else None
    try:
        data = orjson.loads(body if cut is None else cut)
    except orjson.JSONDecodeError:
        if not body.strip():
            return None
        done.has_large = True  # which nobody has looked for
        return _mended(_slowly(_text(body, content_type)), done)
    done.has_large, is_inexact = _long_integers(body)
    if is_inexact:
        data = _slowly(_text(body, content_type))
        cut = None
    if has_zeros and cut is None:
        data = _mended(data, done)
    elif cut is not None:
        done.nuls += (len(body) - len(cut)) // len(b"\\u0000")
    if _may_be_deep(body) and depth(data) > MOST_LEVELS:
        raise UnreadableError(f"it is nested more than {MOST_LEVELS} levels deep")
    return data


def _long_integers(body: bytes) -> tuple[bool, bool]:
    """Whether a number may lie outside of 64 bits with a sign, and whether it may have more than 64 bits.

    Only places with as many digits are looked at.
    """
    is_large = False
    digits, end = body.translate(_DIGITS), 0
    while (start := digits.find(_LONG_RUN, end)) >= 0:
        end = digits.find(b" ", start)
        end = len(body) if end < 0 else end
        sign = body[start - 1 : start] == b"-"
        before = body[start - sign - 1 : start - sign]
        if before in _BEFORE_NUMBERS and _AFTER_NUMBERS.match(body, end):
            if end - start + sign > LONG:
                return True, True
            is_large = is_large or body[start:end] >= LARGEST
    return is_large, False


def _without_zeros(body: bytes) -> bytes | None:
    """The body without the escapes of U+0000. None where one of them is no such escape, is outside of a text, where it
    is no JSON, in a name, or behind half a surrogate: for whoever looks at the data."""
    parts, end, quotes = [], 0, 0
    for found in _ZERO.finditer(body):
        parts.append(body[end : found.start()])
        plain = _ESCAPE.sub(b"", parts[-1])
        quotes += len(plain.translate(None, _NO_QUOTES))
        end = found.end()
        is_plain = quotes % 2 == 1 and not plain.endswith(b"\\") and not _HALF.search(parts[-1][-6:])
        if not is_plain or _REST_OF_NAME.match(body, end):
            return None
    return b"".join([*parts, body[end:]])


def _may_be_deep(body: bytes) -> bool:
    """Whether something is left of the brackets once the innermost pairs have been taken away a few times.

    Also for brackets in texts, which need not have partners.
    """
    brackets = body.translate(None, _NO_BRACKETS)
    for _ in range(8):
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(brackets) <= MOST_LEVELS:
            return False
    return True


def depth(data: Any) -> int:
    """How many lists and objects are inside one another at most."""
    levels, level = 0, [data]
    while level := [one for one in level if isinstance(one, dict | list)]:
        levels += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return levels


def _text(body: bytes, content_type: str) -> str:
    """By its mark, as UTF-8 where it is that, by its charset, or by its zero bytes."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace").removeprefix("\ufeff")
    told = _charset(content_type)
    guessed = json.detect_encoding(body)
    if guessed != "utf-8":
        return body.decode(guessed, "replace")
    try:
        text = body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return body.decode(told or "utf-8", "replace")
    if _SURROGATE.search(text):  # pairs that were each written on their own (CESU-8)
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _charset(content_type: str) -> str:
    """The charset that a content type names, where it is one that Python knows, and that any bytes can be read in."""
    found = _CHARSET.search(content_type)
    try:
        if not found or not codecs.lookup(found[1])._is_text_encoding:
            return ""
        b"\xff".decode(found[1], "replace")  # idna and others refuse what they do not know
    except (LookupError, UnicodeError):
        return ""
    return codecs.lookup(found[1]).name


def _slowly(text: str) -> Any:
    try:
        return _READER.decode(text.strip("\x00 \t\r\n"))
    except RecursionError:
        raise UnreadableError(f"it is nested more than {MOST_LEVELS} levels deep") from None
    except json.JSONDecodeError as error:
        raise UnreadableError(f"{error.msg.lower()} at character {error.pos:,} of {len(text):,}") from None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= LONGEST_INTEGER else digits


def _number(text: str) -> float | _NoNumber:
    number = float(text)
    return number if math.isfinite(number) else _NoNumber(text)


_READER = json.JSONDecoder(strict=False, parse_constant=_NoNumber, parse_int=_integer, parse_float=_number)


def _mended(data: Any, done: Repairs, name: str = "", level: int = 0) -> Any:
    """Without U+0000, with U+FFFD for halves of surrogates, and null for what is no number. `name`: of the field.

    Raises UnreadableError where it is too deep.
    """
    if data.__class__ is _NoNumber:
        done.no_numbers.append((name, str(data)))
        return None
    if isinstance(data, str):
        text = data.replace("\x00", "")
        if len(text) < len(data):
            done.nuls += len(data) - len(text)
        return text if text.isascii() else _SURROGATE.sub(REPLACEMENT, text)
    if not isinstance(data, dict | list):
        return data
    if level >= MOST_LEVELS:
        raise UnreadableError(f"it is nested more than {MOST_LEVELS} levels deep")
    if isinstance(data, list):
        return [_mended(one, done, name, level + 1) for one in data]
    return {_mended(key, done): _mended(value, done, key, level + 1) for key, value in data.items()}
