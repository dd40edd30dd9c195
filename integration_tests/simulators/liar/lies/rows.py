"""One bad row: its text is odd, or whatever holds it fails, or it is no record at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import orjson

from simulators.liar.dialect import Forward
from simulators.liar.lie import ONE_ROW, READABLE, Ask, Lie, Outcome
from simulators.liar.target import Target
from simulators.messages import Answer, json_answer

NAME = b"LIAR"
WRONG_PAGE = b"<html><head><title>Runtime Error</title></head><body><h1>Server Error in '/' Application.</h1></body></html>"
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
NO_ROWS: Mapping[str, Callable[[Any, Sequence[str]], Any]] = {
    "empty_object": lambda row, key: {},
    "null": lambda row, key: None,
    "text": lambda row, key: "ok",
    "list": lambda row, key: [1, 2],
    "all_null": lambda row, key: dict.fromkeys(row),
    "without_key": lambda row, key: {name: value for name, value in row.items() if name not in key},
}


@dataclass(frozen=True)
class _BadRow(Lie):
    about = "row"
    form: str

    def alters(self, target: Target, key: Any) -> bool:
        return False

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

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(form) for form in (*TEXTS, *TOO_DEEP)]

    def outcome(self, target: Target) -> Outcome:
        return READABLE if self.form in TEXTS else ONE_ROW

    def alters(self, target: Target, key: Any) -> bool:
        return True

    def _spoilt(self, ask: Ask, answer: Answer, rows: list[Any], at: int) -> Answer:
        value = TEXTS.get(self.form) or TOO_DEEP[self.form]
        rows[at] = orjson.Fragment(orjson.dumps(rows[at])[:-1] + b',"' + NAME + b'":' + value + b"}")
        ask.dialect.put_rows(answer, rows)
        return answer


@dataclass(frozen=True)
class Failing(_BadRow):
    """Every answer that would hold the row is something else."""

    name = "failing_row"

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(form) for form in ("cut", "500_code", "500_aspnet", "500_html", "500_empty")]

    def fits(self, target: Target) -> bool:
        return target.walk != "whole"

    def outcome(self, target: Target) -> Outcome:
        return ONE_ROW

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
