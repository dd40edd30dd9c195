"""The Insightly simulator behaves as the reference says (insightly.md, section 11); other tests rely on it."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from insightly_calls import Calls
from simulators.insightly import Options
from simulators.insightly.catalog import EMBEDDED, EXTENSIBLE, LISTS, NESTED, RECORDS, TAGGED, custom_list

MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
LISTED = [spec for spec in LISTS.values() if spec.listed and "{" not in spec.path]
FRUIT = "Fruit__c"


@pytest.fixture
def crm() -> Calls:
    return Calls()


def params(name: str) -> dict[str, Any]:
    """What a list needs to show all of its rows."""
    return {"tags": {"record_type": "contacts"}, "lead_statuses": {"include_converted": "true"}}.get(name, {})


def seconds_before(text: str, seconds: int) -> str:
    return (datetime.fromisoformat(text) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_every_list_serves_all_fields_of_its_model_and_what_the_test_sees(crm: Calls) -> None:
    assert len(LISTED) == 46
    for spec in [*LISTED, custom_list(FRUIT)]:
        rows = crm.get(spec.path, top=500, **params(spec.name))
        assert rows, spec.name
        assert all(set(row) == set(spec.fields) for row in rows), spec.name
        if spec.name != "tags":
            assert rows == crm.sim.rows(spec.name)
    assert not crm.sim.violations


def test_dates_have_no_zone_and_those_without_time_are_of_midnight(crm: Calls) -> None:
    seen = set()
    for spec in LISTED:
        for row in crm.get(spec.path, top=500, **params(spec.name)):
            for name, type_ in spec.fields.items():
                if type_ == "date" and row[name] is not None:
                    assert MOMENT.fullmatch(row[name]), (spec.name, name)
                    assert name.endswith("_UTC") or row[name].endswith(" 00:00:00")
                    seen.add(name)
    assert {"DATE_OF_BIRTH", "DATE_UPDATED_UTC", "CONVERTED_DATE_UTC", "SERVICE_DATE"} <= seen


def test_pages_are_by_id_of_100_rows_or_500_at_most() -> None:
    crm = Calls(contacts=620)
    everything = crm.sim.ids("contacts")
    assert everything == sorted(everything)
    assert crm.ids("/Contacts", "contacts", top="") == everything[:100]
    assert crm.ids("/Contacts", "contacts") == everything[:500]
    assert crm.ids("/CONTACTS/search", "contacts", skip=500) == everything[500:]
    assert crm.get("/Contacts", skip=620) == []
    assert not crm.sim.violations
    assert crm.ids("/Contacts", "contacts", top=1000) == everything[:500]
    assert "top is 1000" in crm.sim.violations[0]
    crm.sim.options.top_above_max = "refuse"
    assert crm.status("/Contacts", top=501) == 400


def test_the_total_is_told_when_asked_for_and_counts_what_is_filtered(crm: Calls) -> None:
    assert "x-total-count" not in crm.send("/Contacts").headers
    assert crm.send("/Contacts", count_total="True", top=1).headers["x-total-count"] == "30"
    cut = sorted(row["DATE_UPDATED_UTC"] for row in crm.sim.rows("contacts"))[20]
    found = crm.send("/Contacts/Search", count_total="true", top=2, updated_after_utc=cut)
    assert found.headers["x-total-count"] == "9"
    assert "x-total-count" not in crm.send("/Countries", count_total="true").headers


@pytest.mark.parametrize("kind", [spec.name for spec in LISTED if spec.search] + [FRUIT])
def test_a_search_is_strictly_after_a_second_and_a_plain_list_ignores_it(crm: Calls, kind: str) -> None:
    spec = LISTS.get(kind, custom_list(kind))
    field = "DATE_UPDATED_UTC" if "DATE_UPDATED_UTC" in spec.fields else "DATE_CREATED_UTC"
    rows = crm.get(spec.path, top=500)
    cut = sorted(row[field] for row in rows)[len(rows) // 2]
    after = [row for row in rows if row[field] > cut]
    assert crm.get(f"{spec.path}/Search", top=500) == rows
    for form in (cut, cut.replace(" ", "T") + "Z"):
        assert crm.get(f"{spec.path}/Search", top=500, updated_after_utc=form) == after
    since = crm.get(f"{spec.path}/Search", top=500, updated_after_utc=seconds_before(cut, 1))
    assert since == [row for row in rows if row[field] >= cut]
    assert crm.get(spec.path, top=500, updated_after_utc=cut) == rows


def test_only_some_lists_have_a_search(crm: Calls) -> None:
    for spec in LISTED:
        if not spec.search:
            assert crm.status(f"{spec.path}/Search") in (404, 400), spec.name
    assert crm.sim.violations


def test_a_field_is_compared_as_a_whole(crm: Calls) -> None:
    row = crm.sim.rows("contacts")[4]
    found = crm.get("/Contacts/Search", field_name="LAST_NAME", field_value=row["LAST_NAME"])
    assert found == [row]
    assert crm.get("/Contacts/Search", field_name="LAST_NAME", field_value="Contact") == []
    converted = crm.get("/Leads/Search", field_name="CONVERTED", field_value="true")
    assert converted == [row for row in crm.sim.rows("leads") if row["CONVERTED"]] != []
    custom = next(one for one in row["CUSTOMFIELDS"] if one["FIELD_NAME"] == "Status__c")
    found = crm.get("/Contacts/Search", field_name="Status__c", field_value=custom["FIELD_VALUE"], top=500)
    assert row in found
    assert len(found) < 30
    assert not crm.sim.violations
    assert crm.status("/Contacts/Search", field_name="LAST_NAME") == 400
    both = {"field_name": "LAST_NAME", "field_value": "x", "updated_after_utc": "2020-01-01 00:00:00"}
    assert [crm.status(f"/{name}/Search", **both) for name in ("Users", "Contacts")] == [400, 200]
    crm.sim.options.unpaired_filter = "ignore"
    assert len(crm.get("/Contacts/Search", field_name="LAST_NAME")) == 30


def test_uncertain_forms_of_dates_are_refused_or_accepted_by_option(crm: Calls) -> None:
    for form in ("2020-01-01", "2020-01-01T00:00:00.000Z", "2020-01-01T00:00:00+00:00"):
        crm.sim.options.odd_dates = "refuse"
        assert crm.status("/Contacts/Search", updated_after_utc=form) == 400
        crm.sim.options.odd_dates = "accept"
        assert len(crm.get("/Contacts/Search", updated_after_utc=form)) == 30
    assert crm.status("/Contacts/Search", updated_after_utc="soon") == 400


def test_brief_rows_have_no_arrays_where_the_list_knows_it(crm: Calls) -> None:
    for spec in LISTED:
        rows = crm.get(spec.path, top=500, brief="true", **params(spec.name))
        arrays = {name for row in rows for name, value in row.items() if isinstance(value, list)}
        assert not arrays, spec.name
    changed = crm.sim.ids("contacts")[0]
    crm.sim.update("contacts", changed, {"TITLE": "Boss"})
    first = crm.get("/Contacts", brief="true")[0]
    assert first["TITLE"] == "Boss"
    assert "LINKS" not in first


@pytest.mark.parametrize("nested", NESTED.values(), ids=lambda nested: f"{nested.parent}/{nested.suffix}")
def test_lists_below_rows_have_the_rows_that_belong_there(nested: Any) -> None:
    crm = Calls(file_attachments=200, comments=60)
    kind = FRUIT if nested.parent == RECORDS else nested.parent
    path = f"/{kind}" if nested.parent == RECORDS else LISTS[kind].path
    answers = [crm.send(f"{path}/{id_}/{nested.suffix}") for id_ in crm.sim.ids(kind)]
    assert {answer.status for answer in answers} == {nested.status}
    assert any(answer.body != b"[]" for answer in answers)
    assert not crm.sim.violations
    if nested.model in EMBEDDED:
        row = crm.sim.rows(kind)[1]
        assert crm.get(f"{path}/{crm.sim.ids(kind)[1]}/{nested.suffix}", nested.status) == row[EMBEDDED[nested.model]]
    assert crm.status(f"{path}/1/{nested.suffix}") == 404
    assert not crm.sim.violations


def test_lists_below_rows_can_be_filtered_by_date(crm: Calls) -> None:
    owner = ("contacts", crm.sim.ids("contacts")[3])
    old = crm.sim.create("notes", owner=owner, seconds_ago=60)
    crm.sim.create("notes", owner=owner)
    path = f"/Contacts/{owner[1]}/Notes"
    found = crm.get(path, updated_after_utc=old["DATE_UPDATED_UTC"], count_total="true")
    assert [row["NOTE_ID"] for row in found] == [crm.sim.ids("notes")[-1]]
    assert old["NOTE_ID"] in crm.ids(path, "notes")
    (link,) = old["LINKS"]
    assert (link["OBJECT_NAME"], link["LINK_OBJECT_NAME"], link["LINK_OBJECT_ID"]) == ("Note", "Contact", owner[1])


def test_rows_have_addresses(crm: Calls) -> None:
    specs = [spec for spec in LISTS.values() if spec.has_id and spec.path and spec.name != RECORDS]
    for spec in [*specs, custom_list(FRUIT)]:
        row = crm.sim.rows(spec.name)[0]
        assert crm.get(f"{spec.path}/{row[spec.pk]}", format="JSON") == row
        assert crm.status(f"{spec.path}/999999999", format="JSON") == 404
    assert crm.send(f"/FileAttachments/{crm.sim.ids('file_attachments')[0]}").content_type == "text/plain"
    assert crm.get("/Users/Me") == crm.sim.rows("users")[0]
    assert crm.get("/CustomObjects/fruit__c")["OBJECT_NAME"] == FRUIT
    assert not crm.sim.violations


def test_tags_belong_to_a_record_type(crm: Calls) -> None:
    by_type = {type_: [row["TAG_NAME"] for row in crm.get("/Tags", record_type=type_)] for type_ in TAGGED}
    assert sum(map(len, by_type.values())) == 24
    assert by_type["contacts"][0] == by_type["leads"][0]
    used = {tag["TAG_NAME"] for row in crm.sim.rows("contacts") for tag in row["TAGS"]}
    assert used
    assert used <= set(by_type["contacts"])
    tagged = crm.get("/Contacts/SearchByTag", tagName="VIP", top=500)
    assert tagged == [row for row in crm.sim.rows("contacts") if {"TAG_NAME": "VIP"} in row["TAGS"]]
    assert not crm.sim.violations
    for path in ("/Tags", "/Contacts/SearchByTag"):
        assert crm.status(path) == 400
    assert crm.status("/Tags", record_type="tickets") == 400
    assert len(crm.sim.violations) == 3


def test_converted_statuses_and_follows(crm: Calls) -> None:
    assert "Converted" not in [row["LEAD_STATUS"] for row in crm.get("/LeadStatuses")]
    assert "Converted" in [row["LEAD_STATUS"] for row in crm.get("/LeadStatuses", include_converted="true")]
    assert [row["RECORD_TYPE"] for row in crm.get("/Follows", record_type="leads")] == ["leads"]


def test_custom_fields_are_defined_by_object(crm: Calls) -> None:
    for path, of in (("Contact", "CONTACT"), ("contacts", "CONTACT"), (FRUIT, "FRUIT__C"), ("Quotation", "QUOTATION")):
        rows = crm.get(f"/CustomFields/{path}")
        assert {row["FIELD_FOR"] for row in rows} == {of}
        assert len({row["FIELD_NAME"] for row in rows}) == 12
    everything = crm.get("/CustomFields/Nothing")
    assert len(everything) == 12 * (len(EXTENSIBLE) + 2)
    assert crm.get("/CustomFields/Contact/Search", fieldName="hobby__c")["FIELD_TYPE"] == "TEXT"
    assert not crm.sim.violations


def test_values_of_custom_fields_have_many_types_and_may_be_missing() -> None:
    rows = Calls(contacts=120).sim.rows("contacts")
    values = [{one["FIELD_NAME"]: one["FIELD_VALUE"] for one in row["CUSTOMFIELDS"]} for row in rows]
    assert {len(one) for one in values} >= {9, 10, 11}
    assert {type(one.get("Size__c")) for one in values} == {int, float, type(None)}
    assert {one.get("Vip__c") for one in values} == {True, False, None}
    assert any(";" in str(one.get("Colors__c")) for one in values)
    assert all(isinstance(one["CONTACT_FIELD_1"], str | None) for one in values if "CONTACT_FIELD_1" in one)
    odd = Calls(contacts=120, options=Options(odd_values=True)).sim.rows("contacts")
    sizes = {type(one["FIELD_VALUE"]) for row in odd for one in row["CUSTOMFIELDS"] if one["FIELD_NAME"] == "Size__c"}
    assert str in sizes


def test_ids_of_embedded_rows_are_of_one_row_only() -> None:
    crm = Calls(contacts=200)
    for field, pk in (("LINKS", "LINK_ID"), ("DATES", "DATE_ID"), ("EMAILDOMAINS", "EMAIL_DOMAIN_ID")):
        lists = [name for name, spec in LISTS.items() if field in spec.fields and name != RECORDS]
        found = [one[pk] for name in lists for row in crm.sim.rows(name) for one in row[field]]
        assert found
        assert len(found) == len(set(found))
        assert max(found) < 2**53
    members = [one for row in crm.sim.rows("teams") for one in row["TEAMMEMBERS"]]
    assert sorted(members, key=lambda one: int(one["PERMISSION_ID"])) == crm.sim.rows("team_members")
