"""What accounts of Insightly have in store: names, rights, hosts that hang, answers of another shape, old mail."""

from collections.abc import Iterator
from typing import Any

import pytest

from connector import Output, configured, run
from insightly_account import DAY, accounts, ids, problems
from simulated_account import Account, rows
from simulators.insightly import Options
from source_insightly import SourceInsightly
from source_insightly.api import InsightlyApi
from source_insightly.mail import MailSearch

pytestmark = pytest.mark.usefixtures("impatient")
FILES = "_file_attachments"


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from accounts(request)


def discovered(account: Account) -> Output:
    account.sim.reset_requests()
    return run(SourceInsightly(), "discover", account.config)


def test_discover_asks_for_custom_objects_once(account: Account) -> None:
    streams = discovered(account).streams
    asked = [request.path for request in account.sim.requests]
    assert asked.count("/CustomObjects") == 1
    assert len(asked) == len(set(asked)) == 67
    assert {"custom_objects", "Fruit__c", "Orchard__c"} <= set(streams)


@rows(custom_objects=1, custom_object_records=12)
@pytest.mark.parametrize("name", ["Berry", "Wild Größe 2", "fruits"])
def test_a_custom_object_of_any_name_is_discovered_and_read(account: Account, name: str) -> None:
    sim = account.sim
    sim.create("custom_objects", {"OBJECT_NAME": name})
    wanted = [sim.create(name, {"RECORD_NAME": f"{name} {number}"})["RECORD_ID"] for number in range(3)]
    account.streams = discovered(account).streams
    assert {name, name + FILES, "Fruit__c"} <= set(account.streams)
    output = account.sync(name, name + FILES, "contacts")
    assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
    assert ids(output, name) == wanted
    assert sim.request_count == 1 + 1 + 1 + 3 + 1  # the key, the names, records, their files, contacts


@rows(contacts=12)
def test_streams_with_the_vendors_mark_cost_no_request_for_their_names(account: Account) -> None:
    output = account.sync("contacts", "Fruit__c")
    assert set(output.statuses.values()) == {"COMPLETE"}
    assert account.queries("/CustomObjects") == []
    assert account.sim.request_count == 1 + 2


@rows(contacts=12)
def test_a_key_without_the_right_to_users_is_checked_and_reads(account: Account) -> None:
    account.sim.options.users_me = 403
    output = run(SourceInsightly(), "check", account.config)
    (message,) = output.of("CONNECTION_STATUS")
    assert message["connectionStatus"]["status"] == "SUCCEEDED"
    (told,) = problems(output)
    assert told.startswith("The API key works, but its user could not be read. ")
    assert "/v3.1/Users/Me (403)" in told
    assert "API User does not have access to User." in told
    output = account.sync("contacts")
    assert output.statuses == {"contacts": "COMPLETE"}
    assert ids(output, "contacts") == account.sim.ids("contacts")
    assert account.state_of("contacts") == {"DATE_UPDATED_UTC": "2026-06-01T12:00:00Z"}
    assert account.sim.request_count == 2


def test_discover_does_not_wait_for_a_list_that_hangs(account: Account) -> None:
    """Its address is asked twice, each time for some seconds; the others are there meanwhile."""
    whole = set(discovered(account).streams)
    account.sim.faults.add("slow", "/Relationships|/CustomFields/Contact", times=None, seconds=1.0)
    output = discovered(account)
    assert set(output.streams) == whole
    assert len(account.queries("/Relationships")) == len(account.queries("/CustomFields/Contact")) == 2
    told = problems(output)
    assert any(one.startswith("Stream relationships is shown, though it could not be looked at.") for one in told)
    assert any(one.startswith("The custom fields of contacts have no types.") for one in told)
    assert "Hobby__c" not in output.streams["contacts"]["json_schema"]["properties"]
    assert "Hobby__c" in output.streams["leads"]["json_schema"]["properties"]


@pytest.mark.parametrize("shape", ["null", "{}", "204", "nothing"])
def test_discover_shows_a_list_that_answers_in_another_shape(account: Account, shape: Any) -> None:
    account.sim.options.shapes = dict.fromkeys(("tickets", "countries", "custom_objects"), shape)
    output = discovered(account)
    assert {"tickets", "countries", "custom_objects", "contacts"} <= set(output.streams)
    for path in ("/Ticket", "/Countries", "/CustomObjects"):
        assert len(account.queries(path)) == 2
    told = [one.partition(",")[0] for one in problems(output)]
    assert {"Stream tickets is shown", "Stream countries is shown", "Stream custom_objects is shown"} <= set(told)


@rows(contacts=12)
@pytest.mark.parametrize("entry", ["token", "api_key"])
def test_the_key_may_be_called_as_other_connectors_call_it(account: Account, entry: str) -> None:
    config = {name: value for name, value in account.config.items() if name != "password"}
    output = run(SourceInsightly(), "read", config | {entry: account.sim.api_key}, _catalog(account, "contacts"))
    assert ids(output, "contacts") == account.sim.ids("contacts")
    assert account.sim.api_key not in str(output.messages)
    (message,) = run(SourceInsightly(), "check", config).of("CONNECTION_STATUS")
    missing = "Missing from the configuration: password (which may be called token or api_key, too)."
    assert message["connectionStatus"] == {"status": "FAILED", "message": missing}


def _catalog(account: Account, *names: str) -> Any:
    return configured(account.streams[name] for name in names)


@rows(emails=40, options=Options(undated_search="updated"))
def test_changes_of_old_mail_come_where_the_server_finds_them(account: Account) -> None:
    sim = account.sim
    account.sync("emails", "email_tags")
    account.wait()
    old = sim.ids("emails")[3]
    sim.update("emails", old, {"TAGS": [{"TAG_NAME": "Later"}]})
    output = account.sync("emails", "email_tags")
    assert ids(output, "emails") == [old]
    assert [row["TAG_NAME"] for row in output.records["email_tags"]] == ["Later"]
    assert sim.request_count == 1 + 1


@rows(emails=40, options=Options(undated_search="updated"))
def test_a_change_of_old_mail_comes_in_streams_that_have_come_to_different_points(account: Account) -> None:
    sim = account.sim
    account.sync("emails", "email_tags", "email_links")
    account.wait(DAY)
    account.sync("emails")
    account.wait(DAY)
    account.sync("email_tags")
    account.wait()
    old = sim.ids("emails")[3]
    sim.update("emails", old, {"TAGS": [{"TAG_NAME": "Later"}]})
    output = account.sync("emails", "email_tags", "email_links")
    assert old in ids(output, "emails")
    assert "Later" in [row["TAG_NAME"] for row in output.records["email_tags"]]


@rows(emails=40)
@pytest.mark.parametrize(
    ("compared", "found"),
    [
        ("updated", MailSearch.BY_CHANGE),
        ("ignore", MailSearch.IGNORES_DATES),
        ("created", MailSearch.UNKNOWN),
    ],
)
def test_it_can_be_looked_at_whether_changes_of_old_mail_are_found(
    account: Account, compared: Any, found: MailSearch
) -> None:
    sim, source = account.sim, SourceInsightly()
    sim.options.undated_search = compared
    sim.update("emails", sim.ids("emails")[0], {"SUBJECT": "changed"})
    api = source._api_for(source.configure(account.config, ""))
    assert isinstance(api, InsightlyApi)
    now = api.connect()
    sim.reset_requests()
    assert api.look_at_mail(now) is found
    assert sim.request_count == (1 if compared == "ignore" else 2)
    assert not sim.violations
