"""What the entries of a poller configuration make of the table of streams, and of what is read."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

sys.path.insert(0, str(Path(__file__).parent))

from acme import NOW, AcmeSource, Server, config, read
from acme.polls import GADGETS

from crm_source.dates import text_of
from crm_source.entries.entry import PROPERTY, Entry, entries_of
from crm_source.entries.table import own_stream, table_with, with_entry
from crm_source.polling.polled import Polled, baseline, polled, polled_of
from crm_source.resources import Dates, Listed, Pass, Wishes
from crm_source.table import Table

PEOPLE = Listed(
    "people", "/people", primary_key=("ID",), dates=Dates("DATE_UPDATED_UTC", "DATE_CREATED_UTC"), page_size=50
)
COLOURS = Listed("colours", "/colours")
ALIASES = {"contacts": "people"}
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def entry(name: str = "people", **settings: Any) -> Entry:
    (found,) = entries_of({name: settings}, {"people", "contacts", "colours"})
    return found


def dates(**settings: str) -> dict[str, Any]:
    return {"datesConfiguration": settings}


def with_listed(resource: Listed, given: Entry) -> Listed:
    found = with_entry(resource, given)
    assert isinstance(found, Listed)
    return found


def changed(**settings: Any) -> Listed:
    return with_listed(PEOPLE, entry(**settings))


def wishes(**settings: Any) -> Wishes:
    return table_with([PEOPLE], [entry(**settings)], ALIASES, own).wishes_for("people")


def listed(table: Table) -> list[Listed]:
    return [one for one in table if isinstance(one, Listed)]


def test_an_empty_entry_changes_nothing() -> None:
    assert changed() == PEOPLE
    table = table_with([PEOPLE, COLOURS], [entry()], ALIASES, own)
    assert list(table) == [PEOPLE, COLOURS]
    assert table.wishes_for("people") == table.wishes_for("colours") == Wishes()


def test_an_entry_says_which_dates_count_and_how_they_are_written() -> None:
    given = dates(updatedDateField="moved.at", updatedDateFormat="yyyy/MM/dd", updatedDateTimezone="CET")
    found = changed(**given)
    assert found.dates is not None
    assert (found.dates.updated, found.dates.created) == ("moved.at", "DATE_CREATED_UTC")
    assert (found.cursor_field, found.primary_key) == ("at", ("ID",))
    patterns = wishes(**given).patterns
    assert list(patterns) == ["moved.at"]
    assert patterns["moved.at"]("2026/06/01") == NOON - timedelta(hours=14)
    assert changed(**dates(createdDateField="made")).dates == PEOPLE.dates, "no date of change"


def test_a_pattern_is_for_the_streams_own_date_where_the_entry_names_no_other() -> None:
    updated = dates(updatedDateField="at", createdDateFormat="yyyy/MM/dd")
    assert list(wishes(**updated).patterns) == ["DATE_CREATED_UTC"]
    assert wishes(**dates(createdDateField="made", createdDateFormat="yyyy/MM/dd")) == Wishes(), "no date of change"


def test_misprints_of_the_platforms_documents_are_put_right() -> None:
    given = dates(updatedAtField="DATE_UPDATED.UTC", createdAtField="DATE_CREATED.UTC")
    assert changed(**given) == PEOPLE
    other = changed(**dates(updatedAtField="DATE.UPDATED", createdAtField="MADE.UTC")).dates
    assert other == Dates("DATE.UPDATED", "MADE.UTC")


@pytest.mark.parametrize(("asked", "size"), [({}, 50), ({"pageSize": 7}, 7), ({"pageSize": "500"}, 50)])
def test_pages_are_as_large_as_the_entry_says_and_the_vendor_allows(asked: dict[str, Any], size: int) -> None:
    assert changed(**asked).page_size == size


def test_a_delay_is_looked_back_unless_the_vendor_needs_more() -> None:
    slow = Pass("late", lookback=timedelta(minutes=1))
    found = with_listed(Listed("people", dates=PEOPLE.dates, passes=(Pass(), slow)), entry(pollDelay="30"))
    assert [one.lookback.total_seconds() for one in found.passes] == [30, 60]


def test_an_alias_is_the_stream_that_it_stands_for() -> None:
    found = table_with([PEOPLE, COLOURS], [entry("Contacts", pageSize=3)], ALIASES, own)
    assert [(one.name, one.page_size) for one in listed(found)] == [("people", 3), ("colours", COLOURS.page_size)]


def own(given: Entry) -> Listed:
    return own_stream(given, "/gadgets", "list", ignores_start=True)


def test_a_name_that_is_no_stream_is_the_users_own() -> None:
    given = entry("gadgets", url="/gadgets", idField="key.id", pageSize=9, **dates(updatedDateField="at"))
    table = table_with([PEOPLE], [given], ALIASES, own)
    people, found = listed(table)
    assert people == PEOPLE
    assert (found.name, found.path, found.primary_key, found.cursor_field) == ("gadgets", "/gadgets", ("id",), "at")
    assert table.wishes_for("gadgets") == Wishes(is_inferred=True, leaves_out_older=True)
    assert table.wishes_for("people") == Wishes()
    assert (found.page_size, found.ignores_start) == (9, True)
    with pytest.raises(AirbyteTracedException, match="gadgets: updatedDateField is missing"):
        own(entry("gadgets", url="/gadgets"))


def test_what_is_polled_is_what_the_entries_name_in_their_order() -> None:
    streams = Table.of([PEOPLE, COLOURS])
    assert polled(streams, [], ALIASES) == (Polled("contacts", PEOPLE),)
    given = [entry("Contacts", createdCheckTolerance=5)]
    assert polled(streams, given, ALIASES) == (Polled("contacts", PEOPLE, timedelta(seconds=5)),)
    with pytest.raises(AirbyteTracedException, match="colours cannot be polled: the records have no date of change"):
        polled(streams, [*given, entry("colours")], ALIASES)


def test_a_change_is_read_off_a_record() -> None:
    resource = Listed("people", primary_key=("a", "b"), dates=Dates("info.updated", "info.created"))
    record = {"a": 1, "b": "x", "updated": text_of(NOON), "created": "2026-06-01"}
    change = Polled("contacts", resource).change(record)
    assert change
    assert (change.stream, change.object_id, change.updated) == ("contacts", "1:x", NOON)
    assert change.created == NOON - timedelta(hours=12)
    uncreated = Polled("contacts", resource).change({**record, "created": "?"})
    assert uncreated
    assert uncreated.created is None
    assert Polled("contacts", resource).change({**record, "updated": "?"}) is None


def test_a_baseline_is_a_state_of_the_stream() -> None:
    assert baseline(PEOPLE, NOON) == {"DATE_UPDATED_UTC": "2026-06-01T12:00:00Z"}


def server(*rows: dict[str, Any]) -> Server:
    found = Server(0)
    found.lists["/gadgets"] = list(rows)
    return found


def read_gadgets(source: AcmeSource, state: str | None = None, **settings: Any) -> Any:
    given = config(**{PROPERTY: json.dumps({"gadgets": {**GADGETS, **settings}})})
    return read(source, ["gadgets"], {"gadgets": {"changed": state}} if state else None, given)


def at(days: float) -> str:
    return text_of(NOW + timedelta(days=days))


def test_rows_without_a_filter_of_the_vendor_are_filtered_here() -> None:
    found = server({"id": 1, "changed": at(-9)}, {"id": 2, "changed": at(-1)}, {"id": 3, "changed": at(1)})
    source = AcmeSource(found)
    assert read_gadgets(source).ids("gadgets") == [1, 2, 3]
    assert read_gadgets(source, at(-5)).ids("gadgets") == [2, 3]
    assert read_gadgets(source, at(-5), filterByUpdatedDate="false").ids("gadgets") == [1, 2, 3]
    assert read_gadgets(source, at(-5), filterByCurrentDate=True).ids("gadgets") == [2]
    assert read_gadgets(source, at(-5), pollDelay=4 * 24 * 3600 - 1).ids("gadgets") == [2, 3]
    assert read_gadgets(source, at(-5), pollDelay=4 * 24 * 3600).ids("gadgets") == [1, 2, 3]


def test_ids_and_dates_may_be_deep_in_a_row_and_in_a_pattern() -> None:
    source = AcmeSource(
        server(
            {"changed": at(0), "key": {"no": "a"}, "info": {"moved": "20260530 2330", "made": "20260101 0000"}},
            {"changed": at(0), "key": {"no": "b"}, "info": {"moved": "20260530 0930", "made": "20260101 0000"}},
            {"changed": at(0), "key": {"no": "c"}, "info": {"moved": "not yet", "made": None}},
        )
    )
    settings = dates(
        updatedDateField="info.moved",
        createdDateField="info.made",
        updatedDateFormat="yyyyMMdd HHmm",
        updatedDateTimezone="Asia/Tokyo",
    )
    output = read_gadgets(source, idField="key.no", **settings)
    first, _, odd = output.records("gadgets")
    assert (first["no"], first["moved"], first["made"]) == ("a", "2026-05-30T14:30:00Z", "2026-01-01T00:00:00Z")
    assert first["key"] == {"no": "a"}
    assert odd["moved"] == "not yet"
    assert output.states("gadgets")[-1] == {"moved": text_of(NOW)}
    given = config(**{PROPERTY: {"gadgets": {**GADGETS, "idField": "key.no", **settings}}})
    (gadgets,) = polled_of(AcmeSource(source.server), given)
    change = gadgets.change(first)
    assert change
    assert (change.object_id, change.updated) == ("a", datetime(2026, 5, 30, 14, 30, tzinfo=UTC))
