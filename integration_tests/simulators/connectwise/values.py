"""Values of fields by type and name, as realistic as tests need them: references, odd texts, dates of all forms."""

import itertools
import uuid
from collections.abc import Callable
from random import Random
from typing import Any

from simulators.connectwise.catalog import MODELS
from simulators.connectwise.dates import DAY, iso

Value = Any
LONG = ("note", "text", "description", "comment", "resolution", "analysis", "message", "summary")
TEXTS = (
    "Printer on the 2nd floor\r\nis **out of toner**.",
    "Asked for a call\u00a0back \u200eafter 5 pm & before 6.",
    'He said: "restart it", 100 % sure; C:\\temp\\x, 5 < 6.',
    "Mail server\u0000 migrated, see [[the notes]].",
    "Schloß Straße, 東京, naïve façade \U0001f5a8",
)
WORDS = ("blue", "north", "alpha", "retail", "spare", "prime", "harbor", "delta")
RARELY_TRUE = ("inactive", "deleted", "cancel", "closed", "merged")
SAMPLE_DAY = 1_764_547_200_000_000  # 2025-12-01


class Values:
    """`refer` makes the reference of a model; `random` decides everything."""

    def __init__(self, random: Random, refer: Callable[[Random, str], Value]) -> None:
        self._random = random
        self._refer = refer
        self._ids = itertools.count(1)  # of what rows hold

    def of(self, name: str, type_: str, depth: int = 0) -> Value:
        kind, _, detail = type_.removeprefix("+").partition(":")
        match kind:
            case "integer":
                return self._random.randrange(1, 60 if name.lower().endswith("id") else 500)
            case "number":
                return self._random.choice([0.0, 100, 8.03, round(self._random.uniform(0, 9000), 2)])
            case "boolean":
                rare = any(word in name.lower() for word in RARELY_TRUE)
                return self._random.random() < (0.1 if rare else 0.5)
            case "datetime":
                return self._moment(name)
            case "date":
                return self._moment("date")[:10]
            case "time":
                return f"{self._random.randrange(24):02}:{self._random.choice(['00', '30', '45'])}:00"
            case "guid":
                return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
            case "enum":
                return self._random.choice(detail.split("|"))
            case "any":
                return self._random.choice(["yes", 3, 2.5, True])
            case "ref":
                return self.model(detail, depth)
            case "list":
                count = self._random.randrange(3)
                if detail in MODELS:
                    items = [self.model(detail, depth) for _ in range(count)]
                    has_ids = "id" in MODELS[detail] and not detail.endswith("Reference")
                    return [{**item, "id": next(self._ids)} for item in items] if has_ids else items
                return [self.of("item", detail) for _ in range(count)]
        return self._text(name, int(detail or 4000))

    def model(self, model: str, depth: int = 0) -> Value:
        """A reference, or an object within a row; not deeper than two."""
        if model.endswith("Reference"):
            return self._refer(self._random, model)
        fields = {name: type_ for name, type_ in MODELS[model].items() if type_[0] != "+" and type_ != "info"}
        deep = ("ref", "list")
        return {
            name: self.of(name, type_, depth + 1)
            for name, type_ in fields.items()
            if depth < 1 or type_.partition(":")[0] not in deep
        }

    def _moment(self, name: str) -> str:
        """Midnight for business dates, otherwise any second; always in the past two years."""
        if name == "hireDate":
            return "1800-01-01T08:00:00Z"
        moment = SAMPLE_DAY - self._random.randrange(730) * DAY
        if "time" in name.lower() or self._random.random() < 0.4:
            moment += self._random.randrange(DAY)
        return iso(moment)

    def _text(self, name: str, longest: int) -> str:
        lower = name.lower()
        number = self._random.randrange(1000)
        if "email" in lower:
            text = f"user{number}@example.com"
        elif "phone" in lower or "fax" in lower:
            text = f"813555{number:04}"
        elif "url" in lower or "website" in lower:
            text = f"https://www.example.com/{number}"
        elif lower == "resources":
            text = "user1, user2"
        elif lower == "slastatus":
            text = "Resolve by Tue 10/04 11:00 PM UTC-05"
        elif "date" in lower:
            text = self._moment(name)[:10]
        elif any(word in lower for word in LONG):
            text = self._random.choice(TEXTS)
        else:
            text = f"{self._random.choice(WORDS)} {number}"
        return text[:longest]
