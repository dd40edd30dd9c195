"""What users of Insightly rely on, shown with the whole connector: configuration, costs, custom objects and fields."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connector import Json, configured, run
from crm_source.resources import Listed
from insightly_account import STREAMS, accounts, ids, instance_of, polled, problems, streams
from insightly_once import PAGE, measure
from simulated_account import Account, rows
from simulators.insightly import Options
from simulators.insightly.catalog import LISTS, TAGGED
from source_insightly import SourceInsightly
from source_insightly.resources import RESOURCES

SEARCHED = {one.name: f"{one.path}/Search" for one in RESOURCES if isinstance(one, Listed) and one.dates}


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from accounts(request)


def test_a_hundred_thousand_rows_are_read_once() -> None:
    measured = measure(100_000, 5)
    assert (measured.exit_code, measured.records, measured.different) == (0, 100_000, 100_000)
    assert measured.requests <= 1.05 * 100_000 / PAGE


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("poller", [polled("Date"), polled("At"), polled("At", is_misprinted=True)])
def test_an_instance_with_its_poller_configuration_is_checked_discovered_and_read(
    account: Account, poller: Json
) -> None:
    sim, instance = account.sim, instance_of(account.sim, account.url, poller)
    (status,) = run(SourceInsightly(), "check", instance).of("CONNECTION_STATUS")
    assert status["connectionStatus"] == {"status": "SUCCEEDED"}
    found = run(SourceInsightly(), "discover", instance).streams
    assert found == streams()
    output = run(SourceInsightly(), "read", instance, configured(found[name] for name in STREAMS.values()))
    assert output.statuses == dict.fromkeys(STREAMS.values(), "COMPLETE")
    for name in STREAMS.values():
        assert ids(output, name) == sim.ids(name)
        dates = {row["DATE_UPDATED_UTC"] for row in output.records[name]}
        assert dates == {row["DATE_UPDATED_UTC"].replace(" ", "T") + "Z" for row in sim.rows(name)}
        assert set(output.states[name]["stream"]["stream_state"]) == {"DATE_UPDATED_UTC"}
    assert not sim.violations


def test_there_are_the_streams_that_are_promised() -> None:
    """Those of the reference, of which each account has its own custom objects, and what comes with their records."""
    listed = {name for name, spec in LISTS.items() if spec.listed and name != "custom_object_records"}
    assert listed | {"instance", "permissions", "opportunity_state_history", "deletions"} <= set(streams())
    assert len(streams()) >= 85


@pytest.mark.usefixtures("impatient")
@rows(contacts=60, options=Options(undated_search="updated"))
def test_a_later_sync_asks_each_list_once_and_brings_only_changes(account: Account) -> None:
    sim = account.sim
    first = account.sync(*SEARCHED)
    assert set(first.statuses.values()) == {"COMPLETE"}, first.errors
    account.wait()
    changed = {name: sim.ids(name)[1] for name in SEARCHED}
    for name, id_ in changed.items():
        sim.update(name, id_, {})
    new = sim.create("contacts", {"LAST_NAME": "new"})
    output = account.sync(*SEARCHED)
    wanted = {name: [id_] for name, id_ in changed.items()}
    wanted["contacts"].append(new["CONTACT_ID"])
    assert {name: ids(output, name) for name in output.records} == wanted
    assert sim.request_count == 1 + len(SEARCHED)
    for path in SEARCHED.values():
        (query,) = account.queries(path)
        assert query["updated_after_utc"] == "2026-06-01T11:54:59Z"  # five minutes, and the second that is left out


@pytest.mark.usefixtures("impatient")
@rows(contacts=200, products=12)
def test_a_start_date_is_for_work_and_not_for_what_it_refers_to(account: Account) -> None:
    output = account.sync("contacts", "products", "users", start_date="2026-03-01")
    recent = [row["CONTACT_ID"] for row in account.sim.rows("contacts") if row["DATE_UPDATED_UTC"] >= "2026-03-01"]
    assert ids(output, "contacts") == recent
    assert 0 < len(recent) < 200
    for name in ("products", "users"):
        assert ids(output, name) == account.sim.ids(name)


@pytest.mark.usefixtures("impatient")
def test_the_status_of_converted_leads_is_there(account: Account) -> None:
    output = account.sync("lead_statuses", "leads")
    assert ids(output, "lead_statuses") == account.sim.ids("lead_statuses")
    assert "Converted" in [row["LEAD_STATUS"] for row in output.records["lead_statuses"]]
    assert any(row["CONVERTED"] for row in output.records["leads"])


@pytest.mark.usefixtures("impatient")
@rows(tags=60)
def test_tags_are_listed_for_each_record_type(account: Account) -> None:
    output = account.sync("tags", pagination_max=4)
    found = [(row["RECORD_TYPE"], row["TAG_NAME"]) for row in output.records["tags"]]
    wanted = [(owner, row["TAG_NAME"]) for owner, row in account.sim.owned_rows("tags")]
    assert sorted(found) == sorted(wanted)
    assert {type_ for type_, _ in found} == set(TAGGED)
    assert len({name for _, name in found}) < len(found)


@pytest.mark.usefixtures("impatient")
@rows(custom_objects=2, custom_object_records=30)
def test_custom_objects_are_discovered_and_read(account: Account) -> None:
    sim = account.sim
    found = account.discover()
    own = [name for name in found if "__c" in name]
    assert own == ["Fruit__c", "Fruit__c_file_attachments", "Orchard__c", "Orchard__c_file_attachments"]
    output = account.sync(*own)
    assert set(output.statuses.values()) == {"COMPLETE"}
    for name in ("Fruit__c", "Orchard__c"):
        assert ids(output, name) == sim.ids(name)
        assert all("Size__c" in row for row in output.records[name] if _values(row).get("Size__c") is not None)
    files = [row["FILE_ID"] for name in own for row in output.records[name] if "FILE_ID" in row]
    of_own = [row["FILE_ID"] for owner, row in sim.owned_rows("file_attachments") if "__c" in str(owner)]
    assert sorted(files) == sorted(of_own) != []
    account.wait()
    edited = sim.ids("Orchard__c")[3]
    sim.update("Orchard__c", edited, {"RECORD_NAME": "Pears"})
    sim.create("custom_objects", {"OBJECT_NAME": "Cider__c"})
    assert ids(account.sync(*own), "Orchard__c") == [edited]
    assert "Cider__c" in account.discover()


@pytest.mark.usefixtures("impatient")
@rows(contacts=120, options=Options(odd_values=True))
def test_custom_fields_are_columns_of_their_types(account: Account) -> None:
    columns = account.discover()["contacts"]["json_schema"]["properties"]
    types = {
        **dict.fromkeys(("Size__c", "Share__c"), "number"),
        **dict.fromkeys(("Hobby__c", "CONTACT_FIELD_1", "Status__c", "Colors__c", "Serial__c", "Lookup__c"), "string"),
        **dict.fromkeys(("Renewal__c", "Visit__c"), "string"),
        "Vip__c": "boolean",
    }
    assert {name: columns[name]["type"] for name in types} == {name: ["null", type_] for name, type_ in types.items()}
    assert columns["Renewal__c"]["format"] == "date"
    assert columns["Visit__c"]["airbyte_type"] == "timestamp_without_timezone"
    kinds: dict[str, Any] = {"number": (int, float), "string": str, "boolean": bool}
    records = {row["CONTACT_ID"]: row for row in account.sync("contacts").records["contacts"]}
    for row in account.sim.rows("contacts"):
        record, values = records[row["CONTACT_ID"]], _values(row)
        assert _values(record) == {name: _text(value) for name, value in values.items() if value is not None}
        for name, type_ in types.items():
            value = record.get(name)
            assert value is None or isinstance(value, kinds[type_])
            assert not isinstance(value, bool) or type_ == "boolean"
            if type(values.get(name)) in (int, float) and type_ == "number":
                assert value == values[name]


def _text(value: Any) -> str:
    """As the array has it: the columns have the types."""
    return value if isinstance(value, str) else json.dumps(value)


def _values(row: Json) -> Json:
    return {one["FIELD_NAME"]: one["FIELD_VALUE"] for one in row["CUSTOMFIELDS"] if "FIELD_VALUE" in one}


@pytest.mark.usefixtures("impatient")
@rows(contacts=6)
def test_dates_that_cannot_be_read_are_kept_as_they_were_sent(account: Account) -> None:
    sim = account.sim
    first, second = sim.ids("contacts")[:2]
    sim.update("contacts", first, {"DATE_OF_BIRTH": "0000-00-00 00:00:00", "LAST_ACTIVITY_DATE_UTC": "soon"})
    sim.update("contacts", second, {"DATE_OF_BIRTH": "1980-05-01 13:30:00", "NEXT_ACTIVITY_DATE_UTC": ""})
    records = {row["CONTACT_ID"]: row for row in account.sync("contacts").records["contacts"]}
    sent = {"DATE_OF_BIRTH": "0000-00-00 00:00:00", "LAST_ACTIVITY_DATE_UTC": "soon"}
    assert records[first]["DATES_AS_SENT"] == sent
    assert not records[first].keys() & sent.keys()
    assert records[second]["DATES_AS_SENT"] == {"DATE_OF_BIRTH": "1980-05-01 13:30:00"}
    assert records[second]["DATE_OF_BIRTH"] == "1980-05-01"
    assert "NEXT_ACTIVITY_DATE_UTC" not in records[second]
    assert not any("DATES_AS_SENT" in row for id_, row in records.items() if id_ not in (first, second))


@pytest.mark.usefixtures("impatient")
@rows(contacts=40, organisations=20, teams=6, team_members=20)
def test_what_is_inside_records_costs_no_request(account: Account) -> None:
    sim = account.sim
    output = account.sync("contact_tags", "organisation_email_domains", "team_embedded_members")
    tags = [(row["CONTACT_ID"], tag["TAG_NAME"]) for row in sim.rows("contacts") for tag in row["TAGS"]]
    assert sorted((row["CONTACT_ID"], row["TAG_NAME"]) for row in output.records["contact_tags"]) == sorted(tags)
    domains = [one["EMAIL_DOMAIN_ID"] for row in sim.rows("organisations") for one in row["EMAILDOMAINS"]]
    found = [row["EMAIL_DOMAIN_ID"] for row in output.records["organisation_email_domains"]]
    assert sorted(found) == sorted(domains)
    members = [row["PERMISSION_ID"] for row in output.records["team_embedded_members"]]
    assert sorted(members) == sim.ids("team_members")
    assert sim.request_count == 1 + 3


@pytest.mark.usefixtures("impatient")
def test_permissions_come_as_an_object_or_as_a_list(account: Account) -> None:
    names = ("permissions", "object_permissions", "instance")
    first = account.sync(*names)
    account.sim.options.permissions_form = "array"
    second = account.sync(*names)
    assert first.records == second.records
    assert set(first.records) == set(names)
    assert not problems(second)
