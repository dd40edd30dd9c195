"""One bad row: its text is odd, or whatever holds it fails, or it is no record at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import orjson

from simulators.liar.dialect import Forward
from simulators.liar.lie import HONEST, ONE_ROW, READABLE, VISIBLE, Ask, Lie, Outcome
from simulators.liar.target import Target
from simulators.messages import Answer, json_answer

NAME = b"LIAR"
WRONG_PAGE = (
    b"<html><head><title>Runtime Error</title></head><body><h1>Server Error in '/' Application.</h1></body></html>"
)
# A value that a strict parser, or a strict destination, does not take; a connector mends it.
TEXTS: Mapping[str, bytes] = {
    "lone_surrogate": rb'"a \ud800 b"',
    "nan": b"NaN",
    "infinity": b"-Infinity",
    "control_character": b'"a \x01\x0b b"',
    "invalid_utf8": b'"a \xff\xfe b"',
    "nul": rb'"a \u0000 b"',
    "huge_integer": b"9" * 400,
    "more_than_64_bits": b"18446744073709551616",
}
TOO_DEEP: Mapping[str, bytes] = {"nested_500": b"[" * 500 + b"]" * 500, "nested_5000": b"[" * 5000 + b"]" * 5000}
EACH = "each"  # of TEXTS, in a field of its own
NO_ROWS: Mapping[str, Callable[[Any, Sequence[str]], Any]] = {
    "empty_object": lambda row, key: {},
    "null": lambda row, key: None,
    "without_key": lambda row, key: {name: value for name, value in row.items() if name not in key},
    "text": lambda row, key: "ok",
    "list": lambda row, key: [1, 2],
    "all_null": lambda row, key: dict.fromkeys(row),
}


@dataclass(frozen=True)
class _BadRow(Lie):
    about = "row"
    form: str

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        answer = forward(ask.request)
        rows = ask.dialect.rows(answer) or []
        at = next((at for at, row in enumerate(rows) if ask.target.key_of(row) == ask.victim), None)
        return answer if at is None else self._spoilt(ask, answer, rows, at)

    def _spoilt(self, ask: Ask, answer: Answer, rows: list[Any], at: int) -> Answer:
        raise NotImplementedError


@dataclass(frozen=True)
class OddText(_BadRow):
    """A field more, or a nested one, with such a value."""

    name = "odd_text"
    tested = 2

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(form) for form in (EACH, *TOO_DEEP, *TEXTS)]

    def outcome(self, target: Target) -> Outcome:
        """A list that comes at once cannot be asked for in parts, to find the row: it is missed as a whole."""
        if self.form not in TOO_DEEP:
            return READABLE
        return ONE_ROW if target.walk != "whole" else HONEST if target.is_below else VISIBLE

    def alters(self, target: Target, key: Any) -> bool:
        return True

    def _spoilt(self, ask: Ask, answer: Answer, rows: list[Any], at: int) -> Answer:
        values = list(TEXTS.values()) if self.form == EACH else [{**TEXTS, **TOO_DEEP}[self.form]]
        fields = [b',"%s%d":%s' % (NAME, number, value) for number, value in enumerate(values)]
        rows[at] = orjson.Fragment(orjson.dumps(rows[at])[:-1] + b"".join(fields) + b"}")
        ask.dialect.put_rows(answer, rows)
        return answer


@dataclass(frozen=True)
class Failing(_BadRow):
    """Every answer that would hold the row is something else."""

    name = "failing_row"
    by_walk = True
    tested = 2

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(form) for form in ("cut", "500_code", "500_aspnet", "500_html", "500_empty")]

    def fits(self, target: Target) -> bool:
        return target.walk != "whole"

    def outcome(self, target: Target) -> Outcome:
        return ONE_ROW

    @property
    def cost(self) -> int:
        """To find the row takes some forty requests in a list sorted by dates, and it may change meanwhile."""
        return 120

    def _spoilt(self, ask: Ask, answer: Answer, rows: list[Any], at: int) -> Answer:
        match self.form:
            case "cut":  # in the middle of the row, with the length that it then has
                row = orjson.dumps(rows[at])
                place = answer.body.find(orjson.dumps(rows[at])[:40])
                answer.body = answer.body[: max(place, 0) + len(row) // 2]
                return answer
            case "500_code":
                return json_answer(ask.dialect.said("Error converting data type"), 500)
            case "500_aspnet":
                return json_answer({"Message": "An error has occurred."}, 500)
            case "500_html":
                return Answer(500, WRONG_PAGE, content_type="text/html; charset=utf-8")
        return Answer(500, b"", content_type="")


@dataclass(frozen=True)
class NoRow(_BadRow):
    """In the place of the row is something that is none."""

    name = "no_row"
    tested = 3

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(form) for form in NO_ROWS]

    def outcome(self, target: Target) -> Outcome:
        return ONE_ROW

    def _spoilt(self, ask: Ask, answer: Answer, rows: list[Any], at: int) -> Answer:
        rows[at] = NO_ROWS[self.form](rows[at], ask.target.key)
        ask.dialect.put_rows(answer, rows)
        return answer


LIES: tuple[type[Lie], ...] = (OddText, Failing, NoRow)
