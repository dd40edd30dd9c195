"""Answers that are no list: of one parent's list, of all of them, of a whole list, for a while or for ever."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from simulators.liar.dialect import Dialect, Forward
from simulators.liar.lie import DOUBTED, HONEST, ONE_LIST, READABLE, VISIBLE, Ask, Lie, Outcome
from simulators.liar.lies.rows import WRONG_PAGE
from simulators.liar.target import Target
from simulators.messages import Answer, json_answer

FIREWALL = (
    b"<html><head><title>Request blocked</title></head><body>The firewall has blocked this request.</body></html>"
)
MISLEADING = (
    r"[Cc]heck .{0,60}key|[Kk]eys? .{0,20}made|makes keys|has no right|may not inquire|not available for this user"
)
HTML = "text/html; charset=utf-8"
SHAPES = ("code_message", "empty_object", "null", "no_content", "empty_body", "ok", "number")


def refusal(form: str, dialect: Dialect) -> Answer:
    """By a number, which is a status with an error of the vendor's, or by name."""
    match form:
        case "html":
            return Answer(200, WRONG_PAGE, content_type=HTML)
        case "500_html" | "503" | "502":
            return Answer(int(form[:3]), WRONG_PAGE, content_type=HTML)
        case "firewall":
            return Answer(403, FIREWALL, content_type=HTML)
        case "reset":
            return Answer(0, cut="reset")
        case "code_message":
            return json_answer({"code": "NotFound", "message": "The resource is gone."})
        case "null":
            return json_answer(None)
        case "empty_object":
            return json_answer({})
        case "no_content":
            return Answer(204, b"", content_type="")
        case "empty_body":
            return Answer(200, b"")
        case "ok":
            return json_answer("ok")
        case "number":
            return json_answer(42)
    return json_answer(dialect.said("This is refused."), int(form))


@dataclass(frozen=True)
class _Refusal(Lie):
    form: str

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        return refusal(self.form, ask.dialect)


@dataclass(frozen=True)
class BadParent(_Refusal):
    """The list of one parent fails, always."""

    name = "bad_parent"
    by_walk = True
    tested = 2
    about = "parent"

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(form) for form in ("500", "500_html", "403", "404", "html", "code_message")]

    def fits(self, target: Target) -> bool:
        return target.is_below

    def outcome(self, target: Target) -> Outcome:
        return ONE_LIST

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        is_bad = ask.victim in (ask.dialect.path_of(ask.request), *ask.request.query.values())
        return refusal(self.form, ask.dialect) if is_bad else forward(ask.request)


@dataclass(frozen=True)
class AllBelow(_Refusal):
    """Every list below the records has gone."""

    name = "all_below"

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(form) for form in ("404", "403", "500")]

    def fits(self, target: Target) -> bool:
        return target.is_below

    def outcome(self, target: Target) -> Outcome:
        return VISIBLE


@dataclass(frozen=True)
class Refused(_Refusal):
    """One list is refused, while others work."""

    name = "list_refused"
    tested = 2

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(form) for form in ("401", "firewall", "404")]

    @property
    def never_says(self) -> str:
        """What is about the key, the role or the plan, as the status alone has it."""
        return MISLEADING if self.form == "firewall" else ""  # a 401 is said to come though the key works elsewhere

    def fits(self, target: Target) -> bool:
        return not target.is_below

    def outcome(self, target: Target) -> Outcome:
        return VISIBLE


@dataclass(frozen=True)
class Outage(_Refusal):
    """So many answers of nothing, then all is well."""

    name = "outage"
    tested = 2
    answers: int

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls("503", 30), cls("503", 3), cls("500_html", 12)]

    @classmethod
    def draw(cls, chance: random.Random) -> Self:
        return cls(chance.choice(["503", "502", "500", "500_html", "reset"]), chance.choice([1, 3, 9, 20, 30, 60]))

    def outcome(self, target: Target) -> Outcome:
        return READABLE if self.answers <= 3 else HONEST

    @property
    def looks_like_bad_rows(self) -> bool:
        return self.form.startswith("500")

    @property
    def cost(self) -> int:
        return self.answers

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        return super().answer(ask, forward) if ask.number < self.answers else forward(ask.request)


@dataclass(frozen=True)
class WrongShape(_Refusal):
    """A success without a list: for a few times, or always."""

    name = "wrong_shape"
    tested = 2
    answers: int | None

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(form, answers) for answers in (None, 1) for form in SHAPES]

    def outcome(self, target: Target) -> Outcome:
        if self.answers is not None:
            return READABLE if self.answers < 2 and not target.is_below else DOUBTED
        return HONEST if target.is_below else VISIBLE

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        is_over = self.answers is not None and ask.number >= self.answers
        return forward(ask.request) if is_over else super().answer(ask, forward)


LIES: tuple[type[Lie], ...] = (BadParent, AllBelow, Refused, Outage, WrongShape)
