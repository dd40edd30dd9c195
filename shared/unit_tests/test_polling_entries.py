"""What a user may write into `event_poller_configuration`, and what is said about mistakes."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import given
from hypothesis import strategies as st

from crm_source.entries.entry import Entry, entries_of, path_of, query_of
from crm_source.entries.simple_date_format import Pattern

MASK = "yyyy-MM-dd'T'HH:mm:ss'Z'"
SPACED = "yyyy-MM-dd HH:mm:ss"
WHERE = f"/hubs/crm/contacts?where=lastUpdated>'${{gmtDate:{MASK}}}'"
DATES = {
    "updatedDateField": "_info.lastUpdated",
    "updatedDateFormat": MASK,
    "updatedDateTimezone": "GMT",
    "createdDateField": "dateEntered",
    "createdDateFormat": SPACED,
    "createdDateTimezone": "GMT+02:00",
}
CONTACTS = {"url": WHERE, "idField": "id", "datesConfiguration": DATES}
EXPECTED = Entry(
    name="contacts",
    url=WHERE,
    id_field="id",
    updated="_info.lastUpdated",
    created="dateEntered",
    updated_pattern=Pattern(MASK),
    created_pattern=Pattern(SPACED, "GMT+02:00"),
)
# Four resources, as the documents of Insightly have them: two dates with a misprint, two blocks left empty.
AT = {
    "updatedAtField": "DATE_UPDATED.UTC",
    "updatedAtFormat": SPACED,
    "updatedAtTimezone": "GMT",
    "createdAtField": "DATE_CREATED.UTC",
    "createdAtFormat": SPACED,
    "createdAtTimezone": "GMT",
}
FOUR = {
    "contacts": {"url": "/hubs/crm/contacts?where=x", "idField": "CONTACT_ID", "datesConfiguration": AT},
    "accounts": {"url": "/hubs/crm/accounts?where=x", "idField": "ORGANISATION_ID", "datesConfiguration": AT},
    "leads": {"url": "/hubs/crm/leads?where=x", "idField": "", "datesConfiguration": {}},
    "opportunities": {},
}


def problems(value: Any, *built_in: str) -> str:
    with pytest.raises(AirbyteTracedException) as refused:
        entries_of(value, built_in)
    assert refused.value.failure_type is FailureType.config_error
    return str(refused.value.message)


def problem_of(built_in: str = "", **settings: Any) -> str:
    """What is wrong with the one entry; it must be told once, in one sentence."""
    found = problems({"contacts": {**CONTACTS, **settings}}, built_in)
    start = "event_poller_configuration: contacts: "
    assert found.startswith(start)
    assert found.count("event_poller_configuration") == 1
    return found.removeprefix(start)


def one(**settings: Any) -> Entry:
    (entry,) = entries_of({"contacts": {**CONTACTS, **settings}})
    return entry


@pytest.mark.parametrize("value", [None, "", "  \n", {}, "{}"])
def test_without_a_configuration_there_is_no_entry(value: Any) -> None:
    assert entries_of(value) == ()


@pytest.mark.parametrize("value", [{"contacts": CONTACTS}, json.dumps({"contacts": CONTACTS})])
def test_an_entry_comes_from_an_object_or_from_its_text(value: Any) -> None:
    assert entries_of(value) == (EXPECTED,)


def test_the_given_object_is_left_alone() -> None:
    value = {"contacts": {**CONTACTS, "pageSize": "5"}}
    before = json.dumps(value)
    entries_of(value)
    assert json.dumps(value) == before


def test_both_generations_of_keys_are_read() -> None:
    older = {key.replace("Date", "At", 1): value for key, value in DATES.items()}
    assert "createdAtTimezone" in older
    assert one(datesConfiguration=older) == EXPECTED


def test_all_settings_are_typed() -> None:
    entry = one(
        filterByUpdatedDate=False, filterByCurrentDate=True, createdCheckTolerance=5, pollDelay=90, pageSize=200
    )
    assert entry == Entry(
        **{
            **vars(EXPECTED),
            "filter_by_updated_date": False,
            "filter_by_current_date": True,
            "created_tolerance": timedelta(seconds=5),
            "poll_delay": timedelta(seconds=90),
            "page_size": 200,
        }
    )
    as_text = {"filterByUpdatedDate": "False", "filterByCurrentDate": " true", "createdCheckTolerance": "5"}
    assert one(**as_text, pollDelay="90", pageSize="200 ") == entry


def test_the_defaults_are_those_of_the_platform() -> None:
    entry = one(filterByUpdatedDate=None, filterByCurrentDate="", createdCheckTolerance="", pollDelay=None, pageSize="")
    assert entry == EXPECTED
    assert (entry.filter_by_updated_date, entry.filter_by_current_date, entry.page_size) == (True, False, None)
    assert entry.created_tolerance == entry.poll_delay == timedelta(0)


def test_the_tolerance_may_be_among_the_dates() -> None:
    assert one(datesConfiguration={**DATES, "createdCheckTolerance": 7}).created_tolerance == timedelta(seconds=7)
    both = one(datesConfiguration={**DATES, "createdCheckTolerance": 7}, createdCheckTolerance=0)
    assert both.created_tolerance == timedelta(0)


def test_four_resources_of_insightly_are_read_as_their_documents_have_them() -> None:
    contacts, accounts, leads, opportunities = entries_of(json.dumps(FOUR), {"contacts", "leads", "opportunities"})
    assert (contacts.name, contacts.id_field, contacts.updated) == ("contacts", "CONTACT_ID", "DATE_UPDATED.UTC")
    assert contacts.updated_pattern == contacts.created_pattern == Pattern(SPACED)
    assert accounts.id_field == "ORGANISATION_ID"
    assert leads == Entry("leads", "/hubs/crm/leads?where=x")
    assert opportunities == Entry("opportunities")
    misprints = {"DATE_UPDATED.UTC": "DATE_UPDATED_UTC", "DATE_CREATED.UTC": "DATE_CREATED_UTC"}
    right = contacts.respelled(misprints)
    assert (right.id_field, right.updated, right.created) == ("CONTACT_ID", "DATE_UPDATED_UTC", "DATE_CREATED_UTC")
    assert right.updated_pattern == contacts.updated_pattern
    assert leads.respelled(misprints) == leads


@pytest.mark.parametrize("empty", [None, {}, "", {"updatedDateField": "", "updatedDateFormat": None}])
def test_empty_dates_are_left_to_the_built_in_stream(empty: Any) -> None:
    entry = one(datesConfiguration=empty)
    assert (entry.updated, entry.created, entry.updated_pattern, entry.created_pattern) == ("", "", None, None)


def test_a_created_date_without_a_format_is_written_like_the_updated_one() -> None:
    dates = {key: value for key, value in DATES.items() if key != "createdDateFormat"}
    assert one(datesConfiguration=dates).created_pattern == Pattern(MASK, "GMT+02:00")
    assert one(datesConfiguration={**dates, "createdDateField": "", "createdDateTimezone": ""}).created_pattern is None


def test_a_zone_without_a_format_counts_for_iso_dates() -> None:
    dates = {"updatedDateField": "updated", "updatedDateTimezone": "America/New_York"}
    pattern = one(datesConfiguration=dates).updated_pattern
    assert pattern is not None
    assert pattern.instant("2024-01-31T07:00:00") == datetime(2024, 1, 31, 12, tzinfo=UTC)


def test_a_built_in_name_is_found_in_any_case() -> None:
    (entry,) = entries_of({"Contacts": {"idField": "id"}}, {"contacts"})
    assert entry == Entry("contacts", id_field="id")
    (entry,) = entries_of({"Deals__c": {"url": "/Deals__c"}}, {"contacts"})
    assert entry.name == "Deals__c"


def test_unknown_keys_are_named_for_a_warning() -> None:
    entry = one(postHooks=[1], datesConfiguration={**DATES, "deletedDateField": "x"})
    assert entry.unknown == ("postHooks", "datesConfiguration.deletedDateField")
    assert one().unknown == ()


def test_text_that_is_no_json_is_told_with_the_position() -> None:
    found = problems('{"contacts": {\n  "url": "/contacts",\n  idField: 5}}')
    assert found.startswith("event_poller_configuration: its value is not JSON (")
    assert "in line 3, column 3" in found


@pytest.mark.parametrize("value", ["[]", "5", '"contacts"', "null", [], 5, True])
def test_a_value_that_is_no_object_is_refused(value: Any) -> None:
    assert "must be an object with an entry for each polled resource" in problems(value)


@pytest.mark.parametrize("value", [None, "", "/contacts", [], [["url", "/contacts"]], 5])
def test_an_entry_that_is_no_object_is_refused(value: Any) -> None:
    assert problems({"contacts": value}, "contacts") == "event_poller_configuration: contacts: must be an object."


def test_an_entry_has_a_name() -> None:
    assert problems({" ": CONTACTS}) == "event_poller_configuration: an entry has no name."


@pytest.mark.parametrize("url", [None, "", "  "])
def test_a_url_is_needed_unless_the_stream_is_built_in(url: str | None) -> None:
    assert problem_of(url=url) == "url: is missing; write the path to poll, such as /hubs/crm/contacts."
    (entry,) = entries_of({"contacts": {**CONTACTS, "url": url}}, {"contacts"})
    assert entry.url == ""


@pytest.mark.parametrize("url", [5, True, ["/contacts"], {}])
def test_a_url_is_text(url: Any) -> None:
    assert problem_of(url=url) == "url: must be text."
    assert problem_of("contacts", url=url) == "url: must be text."


@pytest.mark.parametrize(
    "url",
    ["https://example.com/contacts", "//example.com/contacts", "/", "/hubs/crm", "/hubs/crm/?where=x", "?where=x"],
)
def test_a_url_is_a_path(url: str) -> None:
    assert problem_of(url=url) == "url: must be a path such as /hubs/crm/contacts."


def test_a_placeholder_with_a_mistake_is_told() -> None:
    assert problem_of(url="/contacts?where=a>${today}") == "url: the placeholder ${today} is not known."
    assert problem_of("contacts", url="/contacts?where=a>${gmtDate:YYYY}").startswith("url: the format 'YYYY' has the")


@pytest.mark.parametrize("key", ["updatedDateField", "createdDateField", "updatedDateFormat", "createdDateTimezone"])
@pytest.mark.parametrize("value", [5, False, ["id"], {"a": 1}])
def test_fields_formats_and_zones_are_text(key: str, value: Any) -> None:
    assert problem_of(idField=value) == "idField: must be text."
    found = problem_of(datesConfiguration={**DATES, key: value})
    assert found == f"datesConfiguration.{key}: must be text."


@pytest.mark.parametrize("path", [".id", "id.", "a..b", "."])
def test_a_path_has_a_name_at_each_step(path: str) -> None:
    assert problem_of(idField=path).startswith(f"idField: {path!r} must be the name of a field")
    found = problem_of(datesConfiguration={**DATES, "updatedDateField": path})
    assert found.startswith(f"datesConfiguration.updatedDateField: {path!r} must be the name of a field")


@pytest.mark.parametrize("which", ["updated", "created"])
@pytest.mark.parametrize(
    ("fact", "value", "why"),
    [
        ("Format", "yyyy-MM-ddTHH:mm", "has the letter T"),
        ("Format", "yyyy-MM-dd'T", "single quote that is not closed"),
        ("Format", "HH:mm:ss", "must have a year, a month and a day"),
        ("Timezone", "Mars/Olympus", "the time zone 'Mars/Olympus' is not known"),
    ],
)
def test_a_format_or_zone_that_is_not_understood_is_told_under_the_key_as_written(
    which: str, fact: str, value: str, why: str
) -> None:
    key = f"{which}At{fact}"
    others = {name: given for name, given in DATES.items() if name != f"{which}Date{fact}"}
    found = problem_of(datesConfiguration={**others, key: value})
    assert found.startswith(f"datesConfiguration.{key}: ")
    assert why in found


@pytest.mark.parametrize("value", ["[]", [], 5, True, "yes"])
def test_dates_are_an_object(value: Any) -> None:
    assert problem_of(datesConfiguration=value) == "datesConfiguration: must be an object."


@pytest.mark.parametrize("key", ["filterByUpdatedDate", "filterByCurrentDate"])
@pytest.mark.parametrize("value", ["yes", 1, 0, [], "1"])
def test_a_switch_is_true_or_false(key: str, value: Any) -> None:
    assert problem_of(**{key: value}) == f"{key}: must be true or false."


@pytest.mark.parametrize(("key", "least"), [("createdCheckTolerance", 0), ("pollDelay", 0), ("pageSize", 1)])
@pytest.mark.parametrize("value", [-1, "-1", 1.5, "1.5", "ten", True, [5], 10**9, "9" * 30])
def test_a_number_is_whole_and_not_negative(key: str, least: int, value: Any) -> None:
    assert problem_of(**{key: value}) == f"{key}: must be a whole number from {least} to 999999999."


def test_a_page_has_a_row() -> None:
    assert problem_of(pageSize=0) == "pageSize: must be a whole number from 1 to 999999999."


def test_the_longest_delay_leaves_a_date() -> None:
    entry = one(pollDelay=999_999_999, createdCheckTolerance="0")
    assert (datetime(2024, 1, 31, tzinfo=UTC) - entry.poll_delay).year == 1992


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"contacts": {"url": "/a", "url": "/b"}}', "contacts: url: is there twice, the second time as url."),
        ('{"contacts": {"url": "/a", "URL": "/a"}}', "contacts: url: is there twice, the second time as URL."),
        ('{"contacts": {"url": "/a"}, "contacts": {"url": "/b"}}', "contacts: this entry is there twice."),
        ('{"contacts": {"url": "/a"}, "Contacts": {"url": "/b"}}', "Contacts: this entry is there twice."),
        (
            '{"contacts": {"url": "/a", "datesConfiguration": {"updatedDateField": "a", "updatedAtField": "b"}}}',
            "contacts: datesConfiguration.updatedDateField: is there twice, the second time as updatedAtField.",
        ),
    ],
)
def test_what_is_there_twice_is_told(text: str, found: str) -> None:
    assert problems(text) == f"event_poller_configuration: {found}"


def test_everything_that_is_wrong_is_told_at_once() -> None:
    value = {
        "contacts": {"idField": 5, "pageSize": -1, "datesConfiguration": {"updatedAtFormat": "b"}},
        "deals": 7,
        "notes": {"url": "/notes", "pollDelay": "soon"},
    }
    found = problems(value)
    for told in (
        "contacts: url: is missing",
        "contacts: idField: must be text",
        "contacts: pageSize: must be",
        "contacts: datesConfiguration.updatedAtFormat: the format 'b' has the letter b",
        "deals: must be an object",
        "notes: pollDelay: must be",
    ):
        assert f"event_poller_configuration: {told}" in found
    assert found.count("event_poller_configuration") == 6


@given(st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_keys_are_read_in_any_case(random: Random, is_text: bool, is_older: bool) -> None:
    def key(name: str) -> str:
        return "".join(random.choice([letter, letter.swapcase()]) for letter in name)

    dates = {key(name.replace("Date", "At", 1) if is_older else name): value for name, value in DATES.items()}
    settings = {key(name): dates if name == "datesConfiguration" else value for name, value in CONTACTS.items()}
    value = {"contacts": settings}
    assert entries_of(json.dumps(value) if is_text else value) == (EXPECTED,)


nothing_like_it = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
settings_like_it = st.dictionaries(st.sampled_from([*CONTACTS, "pageSize", "pollDelay"]), nothing_like_it)


@given(nothing_like_it | st.dictionaries(st.sampled_from(["contacts", "a", ""]), nothing_like_it | settings_like_it))
def test_whatever_is_given_there_are_entries_or_a_configuration_error(value: Any) -> None:
    with suppress(AirbyteTracedException):
        assert all(isinstance(entry, Entry) for entry in entries_of(value, {"contacts"}))


@pytest.mark.parametrize(
    ("url", "path", "query"),
    [
        (WHERE, "/contacts", f"lastUpdated>'${{gmtDate:{MASK}}}'"),
        ("/hubs/helpdesk/incidents", "/incidents", ""),
        ("hubs/crm/contacts", "/contacts", ""),
        ("/Hubs/CRM/contacts", "/contacts", ""),
        ("/hubs/crm/company/contacts?a=b", "/company/contacts", "a=b"),
        ("/hubs/crm/contact/", "/contact/", ""),
        (" /contacts?order=id&fields=a ", "/contacts", "order=id&fields=a"),
        ("/contacts?pageSize=5&where=a>'${date:HH:mm}'&x=1", "/contacts", "a>'${date:HH:mm}'"),
        ("/contacts?WHERE=a%3E%27${epoch}%27%20and+b", "/contacts", "a>'${epoch}' and+b"),
        ("/contacts?nowhere=5", "/contacts", "nowhere=5"),
        ("/contacts?a=why?", "/contacts", "a=why?"),
        ("/hubs/crm", "/", ""),
        ("/hubsters/crm", "/hubsters/crm", ""),
    ],
)
def test_a_url_has_the_path_of_the_vendor_and_a_query(url: str, path: str, query: str) -> None:
    assert path_of(url) == path
    assert query_of(url) == query


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/contacts/{id}", "url: nothing fills in '{id}': the path must be written out"),
        ("/contacts/{0}/notes", "url: nothing fills in '{0}'"),
        ("/contacts/{", "url: nothing fills in '{'"),
        ("/contacts/}", "url: nothing fills in '}'"),
        ("/contacts/{}", "url: nothing fills in '{}'"),
        ("/contacts/{{id}}", "url: nothing fills in '{{id}'"),
        ("/contacts/${gmtDate:yyyy}", "url: nothing fills in '${gmtDate:yyyy}'"),
        ("/contacts/{" + "x" * 100_000, "(100,001 characters)"),
        ("/contacts#top", "url: the path must not have '#'"),
        ("/my contacts", "url: the path must not have ' '"),
        ("/contacts\\\\all", "url: the path must not have '\\\\'"),
        ("/contacts\0", "url: has a NUL character (U+0000) at position 10"),
        ("/con\u200btacts", "url: has a ZERO WIDTH SPACE (U+200B) at position 5"),
        ("/hubs/crm/../admin", "url: the path must not have a part .."),
    ],
)
def test_a_path_that_cannot_be_asked_is_told(url: str, said: str) -> None:
    assert said in problem_of(url=url)


def test_the_query_of_an_address_may_have_braces_and_so_may_the_address_of_a_stream_of_the_table() -> None:
    for url, built_in in (("/contacts?where={a}", ""), ("/contacts/{id}", "contacts")):
        (entry,) = entries_of({"contacts": {**CONTACTS, "url": url}}, {built_in})
        assert entry.url == url


@pytest.mark.parametrize(
    "value",
    [
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        '{"contacts": {"pageSize": ' + "9" * 10_000 + "}}",
        {"contacts": ["x" * 100_000] * 1000},
        {"x" * 100_000: 5},
        {"contacts": {"url": "x" * 100_000, "idField": "." * 100_000, "pollDelay": "x" * 100_000}},
        {"contacts": {"url": "/a?${" + "x" * 100_000}},
        {"contacts": {"url": "/a", "datesConfiguration": {"updatedDateFormat": "j" * 100_000}}},
        {"contacts": {"url": "/a", "datesConfiguration": {"updatedDateTimezone": "j" * 100_000}}},
        {f"{number}": 5 for number in range(100_000)},
    ],
)
def test_what_is_wrong_is_told_without_repeating_all_of_it(value: Any) -> None:
    assert len(problems(value)) < 2_500


def test_unknown_settings_may_be_of_many_levels() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = {"a": deep}
    (entry,) = entries_of({"contacts": {**CONTACTS, "more": deep}})
    assert entry.unknown == ("more",)
