"""Text that people typed or pasted: how it is quoted in a message, and which of its characters nobody meant."""

import unicodedata
from collections.abc import Iterator

MOST_SHOWN = 60  # characters of a value that a message repeats
MOST_NAMED = 3  # odd characters that a message names
_CONTROLS = {"\0": "NUL character", "\t": "tab", "\n": "line end", "\r": "line end", "\x7f": "DELETE character"}
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"}  # Unicode's categories; the plain space is none of them
_BLANK = "\u034f\u115f\u1160\u2800\u3164\uffa0"  # fillers, which look like nothing although they count as letters
_QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a\u00ab\u00bb\u2032\u2033\u00b4"


def shown(value: object, most: int = MOST_SHOWN) -> str:
    """A value as a message quotes it: cut, with its length, where it is longer than `most` characters."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except RecursionError:
        return "a value of very many levels"
    cut = f"... ({len(text):,} characters)" if len(text) > most else ""
    return (repr(text[:most]) if isinstance(value, str) else text[:most]) + cut


def cut(sentence: str, most: int = 400) -> str:
    """A sentence of a message, where it may repeat something long."""
    return sentence if len(sentence) <= most else f"{sentence[:most]}... ({len(sentence):,} characters)"


def without_odd(text: str) -> str:
    """The text without what cannot be seen in it."""
    return "".join(one for one in text if not _is_invisible(one)).strip()


def odd_characters(text: str, is_key: bool) -> str:
    """Which characters of an entry nobody meant, as `a ZERO WIDTH SPACE (U+200B) at position 12`; "" for none.

    Positions count from 1. What cannot be seen is odd everywhere; in a key, so are typographic quotes and what HTTP's
    headers cannot carry, which ends with Latin-1.
    """
    found = list(_odd(text, is_key))
    more = f" and {len(found) - MOST_NAMED:,} more" if len(found) > MOST_NAMED else ""
    return " and ".join(found[:MOST_NAMED]) + more


def _odd(text: str, is_key: bool) -> Iterator[str]:
    before = ""
    for position, one in enumerate(text, start=1):
        is_odd = _is_invisible(one) or (is_key and (one in _QUOTES or one > "\xff"))
        if is_odd and before + one != "\r\n":
            name = _CONTROLS.get(one) or unicodedata.name(one, "character without a name")
            yield f"a {name} (U+{ord(one):04X}) at position {position}"
        before = one


def _is_invisible(one: str) -> bool:
    return one != " " and (unicodedata.category(one) in _INVISIBLE or one in _BLANK)
