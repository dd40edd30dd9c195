"""Custom fields as typed columns of their row, by FIELD_NAME (docs/vendors/insightly.md, 5.1, 5.2)."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from crm_source.columns import as_text, with_label
from crm_source.walks.page import Row
from source_insightly.dates import AS_SENT, day_of, local

COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "NUMERIC": {"type": ["null", "number"]},
    "PERCENT": {"type": ["null", "number"]},
    "BIT": {"type": ["null", "boolean"]},
    "DATE": {"type": ["null", "string"], "format": "date"},
    "DATETIME": {"type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_without_timezone"},
}
TEXT: Mapping[str, Any] = {"type": ["null", "string"]}
INTEGER: Mapping[str, Any] = {"type": ["null", "integer"]}
DATES: Mapping[Any, Callable[[str], str]] = {"date": lambda text: day_of(text)[0], "date-time": local}
NUMBER = re.compile(r"-?[0-9]+([.][0-9]+)?")
LONGEST_FOR = 12  # characters
LARGEST = 2**63  # JSON writers and destinations have no integers beyond


def path_of(object_name: str) -> str:
    """The address of the list of one object's fields (5.1)."""
    return f"/CustomFields/{quote(object_name, safe='')}"


def column(field: Row) -> dict[str, Any]:
    """The JSON schema of one field of `/CustomFields/{object}`, with its label as title and description (5.2)."""
    schema = COLUMNS.get(str(field.get("FIELD_TYPE")), TEXT)
    return with_label(schema, field.get("FIELD_LABEL"))


def columns_of(fields: Iterable[Row], object_name: str) -> dict[str, Any]:
    """The columns of one object by FIELD_NAME, out of what `/CustomFields/{object_name}` answers.

    For a name that Insightly does not know, it answers the fields of all objects (5.2). So where FIELD_FOR names
    several, those of others are left out; where it names one, that is this object, however it is spelled (12).
    """
    named = [one for one in fields if isinstance(one, dict) and isinstance(one.get("FIELD_NAME"), str)]
    is_of_all = len({str(one.get("FIELD_FOR") or "") for one in named}) > 1
    wanted = _singular(object_name)
    return {
        one["FIELD_NAME"]: column(one)
        for one in named
        if one["FIELD_NAME"] and not (is_of_all and not _is_for(str(one.get("FIELD_FOR") or ""), wanted))
    }


def _is_for(field_for: str, wanted: str) -> bool:
    """FIELD_FOR has 12 characters at most in the API's description, and some names have more (12)."""
    name = _singular(field_for)
    return name == wanted or (len(field_for) >= LONGEST_FOR and wanted.startswith((name, field_for.upper())))


def texts_in(columns: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """The columns that hold any text as it is, which are most."""
    return frozenset(
        name
        for name, column in columns.items()
        if "string" in (column.get("type") or ()) and column.get("format") not in DATES
    )


def with_custom_fields(row: Row, columns: Mapping[str, Mapping[str, Any]], texts: frozenset[str] = frozenset()) -> None:
    """Add each entry of CUSTOMFIELDS to the row, in place, under its FIELD_NAME. The array stays as it is, but for
    values that are no text: FIELD_VALUE is a column of text there, and has their JSON.

    `columns` are the properties of the stream's JSON schema: a value gets the type of its column, and is null when it
    cannot have it without loss. Without a column a scalar is given as it is, and an array or object in CUSTOMFIELDS
    only. A field that the row has already is not overwritten. An entry that the record lacks is no column of the row.
    `texts` are those of `texts_in`, for speed.
    """
    fields = row.get("CUSTOMFIELDS")
    if not isinstance(fields, list):
        return
    for field in fields:
        if not isinstance(field, dict):
            continue
        name, value = field.get("FIELD_NAME"), field.get("FIELD_VALUE")
        if value is not None and value.__class__ is not str:
            field["FIELD_VALUE"] = as_text(value)
        if name.__class__ is not str or not name or name in row:
            continue
        if value is None or (value.__class__ is str and name in texts):
            row[name] = value
        elif name in columns:
            row[name] = typed(columns[name], value)
        elif value.__class__ is not list and value.__class__ is not dict:
            row[name] = value


def with_integers(row: Row, names: Iterable[str]) -> None:
    """Make whole numbers of the named fields, in place. What is none goes to DATES_AS_SENT and leaves its field null;
    "" is null."""
    for name in names:
        sent = row.get(name)
        if sent is None or sent.__class__ is int:
            continue
        row[name] = typed(INTEGER, sent)
        if row[name] is None and sent != "":
            row.setdefault(AS_SENT, {})[name] = sent


def typed(column: Mapping[str, Any], value: Any) -> Any:
    """The value in the type of its column, which is one name or a list of them; None when it does not fit.

    Text becomes a number or a boolean when it is one, and anything becomes text: its JSON. Dates are as written,
    without a zone: the day of a `date`, `yyyy-MM-ddTHH:mm:ss` of a `date-time`.
    """
    types = column.get("type")  # `in` does for both: no type's name is part of another's
    if types is None:
        return value
    kind = value.__class__
    if kind is str:
        if "string" not in types:
            return _parsed(types, value.strip())
        date = DATES.get(column.get("format"))
        return value if date is None else _or_none(date, value)
    if kind is bool:
        if "boolean" in types:
            return value
    elif kind is int or kind is float:
        if "number" in types:
            return value
        if "integer" in types and value % 1 == 0 and abs(value) < LARGEST:
            return int(value)
    elif ("array" if kind is list else "object") in types:
        return value
    if "string" in types and column.get("format") not in DATES:
        return as_text(value)
    return None


def _or_none(date: Callable[[str], str], text: str) -> str | None:
    try:
        return date(text)
    except ValueError:
        return None


def _parsed(types: Any, text: str) -> Any:
    if "boolean" in types and text.lower() in ("true", "false"):
        return text.lower() == "true"
    is_number = "number" in types
    if (is_number or "integer" in types) and NUMBER.fullmatch(text):
        exact = Decimal(text)
        if exact == exact.to_integral_value():
            return int(exact) if abs(exact) < LARGEST else None
        if is_number and Decimal(repr(float(text))) == exact:
            return float(text)
    return None


def _singular(object_name: str) -> str:
    """The name of an object to compare by. Insightly writes `PricebookEntry`, `/Contacts` and `CONTACT` (5.2).

    The names of custom objects, which end in `__c`, only differ by case: `Box__c` and `Boxes__c` are two objects.
    """
    name = object_name.upper()
    if name.endswith("__C"):
        return name
    name = name.replace("_", "")
    return f"{name[:-3]}Y" if name.endswith("IES") else name.removesuffix("S")
