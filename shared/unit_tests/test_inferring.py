"""The schema of a list that the user defines, from its first rows."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from acme import Server, config
from acme.source import AcmeApi

from crm_source.config import Config
from crm_source.entries.inferring import DATE_TIME, TEXT, inferred
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.report import Report
from crm_source.resources import Dates, Listed
from crm_source.table import Table
from crm_source.task import Task
from crm_source.walks.at_once import Rows
from crm_source.walks.page import Row
from crm_source.walks.walk import Walk

OWN = Listed("own", "/own", primary_key=("id",), dates=Dates("changed_at"))
PLAIN = Listed("plain", "/plain", primary_key=("id",))


class Pages(Walk):
    """Two pages, of which the second must not be asked for."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def pages(self) -> Iterator[list[Row]]:
        yield self._rows
        raise AssertionError("one page is enough")


class OwnApi(AcmeApi):
    def __init__(self, rows: list[Any], error: ApiError | None = None) -> None:
        super().__init__(Server(), Config(raw=config()), Table.of([OWN, PLAIN]), Report())
        self._found = rows
        self._own_error = error

    def walk(self, task: Task) -> Walk:
        if self._own_error:
            raise self._own_error
        return Pages(self._found) if self._found else Rows(list)


def test_every_field_of_the_first_page_has_the_type_of_its_values() -> None:
    rows = [{"id": 1, "size": None, "name": "a", "ok": True}, {"id": 2, "size": 1.5, "tags": ["x"]}]
    properties = inferred(OwnApi(rows), PLAIN)["properties"]
    assert {name: set(one["type"]) - {"null"} for name, one in properties.items()} == {
        "id": {"number"},
        "size": {"number"},
        "name": {"string"},
        "ok": {"boolean"},
        "tags": {"array"},
    }


def test_the_cursor_is_a_date_whatever_its_values_look_like() -> None:
    properties = inferred(OwnApi([{"id": 1, "changed_at": "2026-01-01"}]), OWN)["properties"]
    assert properties["changed_at"] == DATE_TIME
    assert "changed_at" not in inferred(OwnApi([{"id": 1}]), PLAIN)["properties"]


def test_a_field_without_a_value_has_no_column_but_the_key_has() -> None:
    schema = inferred(OwnApi([{"id": None, "name": None}]), OWN)
    assert schema["properties"] == {"id": TEXT, "changed_at": DATE_TIME}
    assert schema["additionalProperties"] is True


def test_what_is_no_object_has_no_fields() -> None:
    assert set(inferred(OwnApi(["text", {"id": 1}, 5]), PLAIN)["properties"]) == {"id"}


def test_an_empty_list_has_its_key_and_its_cursor() -> None:
    assert inferred(OwnApi([]), OWN)["properties"] == {"id": TEXT, "changed_at": DATE_TIME}


def test_a_list_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ApiError, match="no right"):
        inferred(OwnApi([], ApiError(Verdict(Kind.FORBIDDEN, "no right"), "own")), OWN)
