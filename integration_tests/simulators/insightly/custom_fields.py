"""Custom fields (5.1, 5.2): definitions are rows of custom_fields, values are in CUSTOMFIELDS of records."""

from dataclasses import dataclass
from random import Random
from typing import Any

from simulators.insightly.catalog import LISTS, ListSpec
from simulators.insightly.dates import DAY, text
from simulators.insightly.options import Options

TYPES = {
    "TEXT": "Hobby",
    "MULTILINETEXT": "Remarks",
    "NUMERIC": "Size",
    "PERCENT": "Share",
    "DROPDOWN": "Status",
    "MULTISELECT": "Colors",
    "DATE": "Renewal",
    "DATETIME": "Visit",
    "BIT": "Vip",
    "AUTONUMBER": "Serial",
}
OPTIONS = ("Red", "Dark blue", "Grün")
SAMPLE_DAY = 1_764_547_200_000_000  # 2025-12-01
ABSENT_SHARE, NULL_SHARE, ODD_SHARE = 0.15, 0.2, 0.1


def field_for(spec: ListSpec) -> str:
    """How definitions name the object: CONTACT, FRUIT__C."""
    return (spec.name if spec.is_custom else spec.model).upper()


@dataclass(frozen=True, slots=True)
class CustomField:
    """`number` counts the fields of the object `of`."""

    number: int
    of: str
    name: str
    type: str

    def definition(self) -> dict[str, Any]:
        is_choice = self.type in ("DROPDOWN", "MULTISELECT")
        options = [
            {"OPTION_ID": place + 1, "OPTION_VALUE": value, "OPTION_DEFAULT": place == 0}
            for place, value in enumerate(OPTIONS)
        ]
        filters = [{"CONTROLLING_VALUE": "Red", "OPTION_IDS": [1, 2]}]
        dependency = {"CONTROLLING_FIELD_ID": "Status__c", "OPTIONS_FILTERS": filters}
        return {
            "FIELD_NAME": self.name,
            "FIELD_ORDER": self.number + 1,
            "FIELD_FOR": self.of,
            "FIELD_LABEL": self.name.removesuffix("__c").replace("_", " ").title(),
            "FIELD_TYPE": self.type,
            "FIELD_HELP_TEXT": None,
            "DEFAULT_VALUE": {"BIT": "False", "NUMERIC": "0"}.get(self.type),
            "EDITABLE": self.type != "AUTONUMBER",
            "VISIBLE": True,
            "CUSTOM_FIELD_OPTIONS": options if is_choice else [],
            "DEPENDENCY": dependency if self.type == "MULTISELECT" else None,
            "JOIN_OBJECT": "Contact" if self.type == "LOOKUP" else None,
        }

    def value(self, random: Random, is_odd: bool) -> Any:
        day = SAMPLE_DAY - random.randrange(700) * DAY
        if is_odd:
            return random.choice(["n/a", 7, True, 0.5])
        match self.type:
            case "NUMERIC":
                return random.choice([12, 3.2, 0, -4])
            case "PERCENT":
                return random.choice([10, 12.5])
            case "DROPDOWN":
                return random.choice(OPTIONS)
            case "MULTISELECT":
                return ";".join(random.sample(OPTIONS, random.randint(1, 3)))
            case "DATE":
                return text(day)
            case "DATETIME":
                return text(day + random.randrange(DAY))
            case "BIT":
                return random.random() < 0.5
            case "AUTONUMBER":
                return f"A-{random.randrange(10_000):05}"
            case "LOOKUP":
                return random.randrange(1, 1000)
            case "URL":
                return "https://www.example.com/"
        return f"text {random.randrange(100)}\r\nand more" if self.type == "MULTILINETEXT" else "chess, 東京"


def definitions(spec: ListSpec, count: int, options: Options) -> list[CustomField]:
    """Of one object, of all types in turn. Names are modern or legacy, and the same for all objects but for these."""
    of = field_for(spec)
    kinds = {**TYPES, **{type_: type_.title() for type_ in options.unsure_types}}
    found = []
    for number in range(count):
        type_, label = list(kinds.items())[number % len(kinds)]
        suffix = f"_{number}" if number >= len(kinds) else ""
        name = f"{of}_FIELD_{number}" if type_ == "MULTILINETEXT" else f"{label}{suffix}__c"
        found.append(CustomField(number, of, name, type_))
    return found


def values(fields: list[CustomField], random: Random, options: Options) -> list[dict[str, Any]]:
    """CUSTOMFIELDS of one record: what is not on its page layout is missing, what is empty is null."""
    found = []
    for field in fields:
        luck = random.random()
        if luck < ABSENT_SHARE:
            continue
        is_null = luck < ABSENT_SHARE + NULL_SHARE
        value = None if is_null else field.value(random, options.odd_values and random.random() < ODD_SHARE)
        found.append({"FIELD_NAME": field.name, "FIELD_VALUE": value, "CUSTOM_FIELD_ID": field.name})
    return found


def named(name: str) -> str | None:
    """FIELD_FOR of an object's name, singular or plural, in any case; None for an unknown one."""
    wanted = name.lower()
    for spec in LISTS.values():
        if "CUSTOMFIELDS" in spec.fields and wanted in (spec.model.lower(), spec.path.lower().strip("/")):
            return field_for(spec)
    return None
