"""The checks of the tables see what they are there for."""

from typing import Any

import pytest
from tables import fields_in, no, wrong_in

TEXT = {"type": ["null", "string"]}


def table_of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": True, "properties": properties}


def test_all_offenders_are_named() -> None:
    no([])
    with pytest.raises(AssertionError) as caught:
        no(str(number) for number in range(500))
    assert str(caught.value).splitlines() == ["500 offend:", *map(str, range(500))]


def test_fields_are_found_at_every_depth() -> None:
    schema = table_of(a=TEXT, b={"type": ["null", "array"], "items": table_of(c=table_of(d=TEXT))})
    assert [path for path, _ in fields_in(schema)] == [".a", ".b", ".b[].c", ".b[].c.d"]


@pytest.mark.parametrize(
    ("schema", "wrong"),
    [
        (table_of(a=TEXT, b={"type": ["null", "object"]}), []),
        ({**table_of(a=TEXT), "additionalProperties": False}, ["is not open"]),
        (table_of(a={"type": ["string"]}, b={"anyOf": [TEXT]}), [".a may not be null", ".b may not be null"]),
        (table_of(a={**TEXT, "enum": ["x"]}), [".a has a limited set of values"]),
        (table_of(a={"type": ["null", "object"], "properties": {"b": TEXT}}), [".a is not open"]),
        (table_of(a={"type": ["null", "array"], "items": table_of(b={"type": ["null", "text"]})}), ["not valid"]),
    ],
)
def test_a_schema_that_says_too_much_is_told(schema: dict[str, Any], wrong: list[str]) -> None:
    told = list(wrong_in(schema))
    assert len(told) == len(wrong)
    assert all(one in other for one, other in zip(wrong, told, strict=True))
