"""Custom fields: their definitions are rows of user_defined_fields, their values are on the rows of many lists."""

from dataclasses import dataclass
from random import Random
from typing import Any

from simulators.connectwise.catalog import LISTS
from simulators.connectwise.dates import DAY, iso
from simulators.connectwise.values import SAMPLE_DAY

KINDS = (("Text", "EntryField"), ("Checkbox", "EntryField"), ("Number", "EntryField"), ("Date", "Date"))
OPTIONS = ("Gold", "Silver", "None of these")


@dataclass(frozen=True, slots=True)
class CustomField:
    """`number` is that of the definition's row, `screen` that of the list whose rows have it."""

    number: int
    screen: int
    caption: str
    type: str
    entry_method: str

    def definition(self) -> dict[str, Any]:
        options = [
            {"id": place + 1, "optionValue": text, "defaultFlag": False, "inactiveFlag": False, "sortOrder": place}
            for place, text in enumerate(OPTIONS)
        ]
        return {
            "podId": self.screen,
            "caption": self.caption,
            "screenId": f"ct{self.screen}",
            "fieldTypeIdentifier": self.type,
            "entryTypeIdentifier": self.entry_method,
            "options": options if self.entry_method == "List" else [],
        }

    def on_row(self, id_: int, random: Random, nulls: bool) -> dict[str, Any]:
        """The field is on every row of its list; without a value, or with null, when it is empty."""
        item = {
            "id": id_,
            "caption": self.caption,
            "type": self.type,
            "entryMethod": self.entry_method,
            "numberOfDecimals": 2 if self.type == "Number" else 0,
        }
        if random.random() < 0.3:
            return item | ({"value": None} if nulls else {})
        values = {
            "Text": random.choice(OPTIONS) if self.entry_method == "List" else f"text {random.randrange(100)}",
            "Checkbox": random.random() < 0.5,
            "Number": random.choice([3, 2.75, -1]),
            "Date": iso(SAMPLE_DAY - random.randrange(700) * DAY),
        }
        return item | {"value": values[self.type]}


def _fields() -> dict[str, list[CustomField]]:
    """Captions are not unique: every list has a `Plan`, and another field of that name."""
    found: dict[str, list[CustomField]] = {}
    number = 0
    having = (spec for spec in LISTS.values() if "customFields" in spec.fields)
    for screen, spec in enumerate(having):
        for kind, method in (*KINDS, ("Text", "List")):
            caption = "Plan" if kind == "Text" else f"{spec.noun} {kind}"[:25]
            found.setdefault(spec.name, []).append(CustomField(number, screen, caption, kind, method))
            number += 1
    return found


CUSTOM_FIELDS = _fields()
DEFINITIONS = [field for fields in CUSTOM_FIELDS.values() for field in fields]
