"""What Insightly refuses, shown with the whole connector: quota, plans and rights, pods and keys, answers too large."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests_mock

from connector import Output, run
from insightly_account import DAY, accounts, ids, problems
from simulated_account import Account, rows
from simulators.insightly import Options
from simulators.insightly.plans import FORBIDDEN, MISSING
from source_insightly import SourceInsightly, lists

pytestmark = pytest.mark.usefixtures("impatient")
QUOTED = ("contacts", "opportunities", "opportunity_state_history")


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from accounts(request)


def about(output: Output, stream: str) -> str:
    """What is said of the stream, by the first of the requests that failed side by side."""
    return next(error for error in output.errors if error.startswith(f"Stream {stream}: "))


@rows(contacts=400, opportunities=60, opportunity_state_history=120)
@pytest.mark.parametrize("workers", [1, 6])
@pytest.mark.parametrize("body", ["json", "text", "empty"])
def test_a_quota_that_is_used_up_ends_the_sync_at_once(account: Account, workers: int, body: Any) -> None:
    sim = account.sim
    sim.options.throttled_body = body
    sim.quota.limit, sim.quota.used = 1000, 960
    config: dict[str, Any] = {"pagination_max": 20, "num_workers": workers}
    first = account.sync(*QUOTED, **config)
    assert 1 <= sim.quota.refused <= workers  # those that were under way
    assert sim.request_count == 40 + sim.quota.refused
    assert "INCOMPLETE" in first.statuses.values()
    for name in [name for name, status in first.statuses.items() if status == "INCOMPLETE"]:
        assert "the daily quota of 1,000 API requests" in about(first, name)
        assert "starts again at midnight UTC, in 12.0 hours" in about(first, name)
    sim.clock.advance(DAY / 2)
    rest = account.sync(*QUOTED, **config)
    assert set(rest.statuses.values()) == {"COMPLETE"}
    for name, kind in (("contacts", "contacts"), ("opportunities", "opportunities")):
        assert sorted({*ids(first, name), *ids(rest, name)}) == sim.ids(kind)
    assert _history(first) | _history(rest) == {
        (row["OPPORTUNITY_ID"], row["FOR_OPPORTUNITY_STATE"]) for row in sim.rows("opportunity_state_history")
    }
    together = sum(len(found) for output in (first, rest) for found in output.records.values())
    assert together <= 400 + 60 + 120 + 150  # the day goes on where it stopped


def _history(output: Output) -> set[tuple[int, str]]:
    found = output.records.get("opportunity_state_history", [])
    return {(row["OPPORTUNITY_ID"], row["FOR_OPPORTUNITY_STATE"]) for row in found}


@rows(contacts=400)
@pytest.mark.parametrize("workers", [1, 6])
def test_a_limit_of_the_users_own_stops_before_the_quota_is_used_up(account: Account, workers: int) -> None:
    sim = account.sim
    sim.quota.used = 490
    config: dict[str, Any] = {"pagination_max": 20, "num_workers": workers, "daily_request_limit": 500}
    first = account.sync("contacts", **config)
    assert 500 <= sim.quota.used < 500 + workers
    assert sim.quota.refused == 0
    assert first.statuses == {"contacts": "INCOMPLETE"}
    assert "`daily_request_limit` is 500" in about(first, "contacts")
    again = account.sync("contacts", **config)
    assert sim.request_count == 1
    assert not again.records
    sim.clock.advance(DAY / 2)
    rest = account.sync("contacts", **config)
    assert rest.statuses == {"contacts": "COMPLETE"}
    assert sorted({*ids(first, "contacts"), *ids(rest, "contacts")}) == sim.ids("contacts")
    assert len(rest.records["contacts"]) < 400


def test_a_quota_that_is_used_up_is_told_by_check(account: Account) -> None:
    account.sim.quota.used = account.sim.quota.limit
    status = account.check()
    assert status["status"] == "FAILED"
    assert "the daily quota of 100,000 API requests" in status["message"]
    assert account.sim.request_count == 1


@rows(contacts=60)
@pytest.mark.parametrize("retry_after", ["burst", "never"])
def test_a_burst_is_no_quota(account: Account, retry_after: Any) -> None:
    account.sim.options.retry_after = retry_after
    fault = account.sim.faults.add("429_retry_after" if retry_after == "burst" else "429_bare", times=3, after=2)
    output = account.sync("contacts", "users", pagination_max=20)
    assert fault.hits == 3
    assert output.statuses == {"contacts": "COMPLETE", "users": "COMPLETE"}


@rows(options=Options(plan="Professional", lead_management=False, custom_objects_gate="404"))
def test_lists_that_the_plan_does_not_have_are_not_offered(account: Account) -> None:
    missing = {*FORBIDDEN, *MISSING, "lead_sources", "lead_statuses", "custom_objects"}
    below = {"ticket_comments", "ticket_tags", "prospect_tags", "prospect_static_lists", "quotation_documents"}
    found = set(account.discover())
    assert not found & (missing | below | {"knowledge_article_tags"})
    assert not any("__c" in name for name in found)
    assert {"contacts", "leads", "opportunity_state_history", "custom_fields", "tags", "deletions"} <= found
    output = account.sync(*sorted(found))
    assert set(output.statuses.values()) == {"COMPLETE"}, output.errors


@rows(contacts=20)
@pytest.mark.parametrize("gate", ["403", "404", "empty"])
def test_an_account_without_custom_objects_has_the_other_streams(account: Account, gate: Any) -> None:
    account.sim.options.plan = "Plus"
    account.sim.options.custom_objects_gate = gate
    found = account.discover()
    assert ("custom_objects" in found) is (gate == "empty")
    assert "contacts" in found
    assert not any("__c" in name for name in found)


@rows(contacts=30, tickets=20)
@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_selected_list_that_is_not_there_ends_incomplete_and_the_others_do_not(account: Account, status: int) -> None:
    sim = account.sim
    names = ("tickets", "ticket_comments", "relationships", "contacts", "Fruit__c")
    sim.options.gated = {"tickets": status, "relationships": status, "Fruit__c": status}
    assert not set(account.discover()) & {"tickets", "ticket_comments", "relationships", "Fruit__c"}
    output = account.sync(*names)
    assert output.statuses == {**dict.fromkeys(names, "INCOMPLETE"), "contacts": "COMPLETE"}
    assert ids(output, "contacts") == sim.ids("contacts")
    for name, path in (("tickets", "Ticket"), ("relationships", "Relationships"), ("Fruit__c", "Fruit__c")):
        assert f"/{path}" in about(output, name)
        assert f"is not available for this user or plan ({status})" in about(output, name)
    assert len(account.queries("/Ticket/Search")) == 1
    sim.options.gated = {}
    assert set(account.sync(*names).statuses.values()) == {"COMPLETE"}


@rows(opportunities=30, opportunity_state_history=80)
def test_a_record_that_is_gone_between_two_requests_is_skipped_and_counted(account: Account) -> None:
    sim = account.sim
    first = sim.ids("opportunities")[4]
    sim.faults.add("404", f"/Opportunities/{first}/StateHistory")
    output = account.sync("opportunities", "opportunity_state_history")
    assert set(output.statuses.values()) == {"COMPLETE"}
    (told,) = problems(output)
    assert told.startswith(f"Stream opportunity_state_history: 1 of 30 records of opportunities ({first}) are without")
    wanted = {row["OPPORTUNITY_ID"] for row in sim.rows("opportunity_state_history")} - {first}
    assert {row["OPPORTUNITY_ID"] for row in output.records["opportunity_state_history"]} == wanted


@pytest.mark.parametrize("status", [401, 404])
def test_a_wrong_address_is_named_with_the_key(account: Account, status: Any) -> None:
    account.sim.options.wrong_pod = status
    told = account.check()
    assert told["status"] == "FAILED"
    assert account.url in told["message"]
    assert "pod" in told["message"]
    assert "API key" in told["message"]
    assert account.sim.api_key not in str(told)
    assert account.sim.request_count == 1


@pytest.mark.parametrize("status", [401, 404])
def test_a_key_of_another_pod_is_told_with_the_name_of_the_pod(status: int) -> None:
    with requests_mock.Mocker() as insightly:
        for pod, answer in (("na1", status), ("eu1", 200), ("au1", status)):
            insightly.get(f"https://api.{pod}.insightly.com/v3.1/Users/Me", status_code=answer, json={"USER_ID": 1})
        config = {"password": "k-1"}
        message = _told(config)
        assert message == "pod: the API key belongs to pod eu1, not to na1. Set `pod` to eu1."
        assert _told(config | {"pod": "https://api.eu1.insightly.com/v3.1"}) == ""
        insightly.get("https://api.eu1.insightly.com/v3.1/Users/Me", status_code=status, json={})
        assert "pod na1" in _told(config)


def _told(config: dict[str, str]) -> str:
    (message,) = run(SourceInsightly(), "check", config).of("CONNECTION_STATUS")
    return str(message["connectionStatus"].get("message", ""))


def test_api_access_that_is_switched_off_is_told(account: Account) -> None:
    account.sim.options.api_access = False
    told = account.check()
    assert told["status"] == "FAILED"
    assert "switched off API access" in told["message"]
    assert "Authorization has been denied for this request." in told["message"]


@rows(organisations=60, options=Options(links={"organisations": 40}))
def test_pages_that_are_too_large_are_made_smaller(account: Account) -> None:
    account.sim.options.max_answer = 200_000
    output = account.sync("organisations")
    assert output.statuses == {"organisations": "COMPLETE"}
    assert ids(output, "organisations") == account.sim.ids("organisations")
    searches = [one for one in account.sim.requests if one.path == "/Organisations/Search"]
    assert max(int(one.query["top"]) for one in searches if one.status == 200) < 60
    assert account.sim.request_count < 40


@rows(contacts=60)
def test_pages_that_take_too_long_are_made_smaller(account: Account) -> None:
    account.sim.options.seconds_per_row = 0.02  # of sixty rows longer than a test waits
    output = account.sync("contacts")
    assert output.statuses == {"contacts": "COMPLETE"}
    assert ids(output, "contacts") == account.sim.ids("contacts")


@rows(contacts=200)
@pytest.mark.parametrize(("name", "most"), [("SLOW", 0.02), ("LARGE", 40_000)])
def test_answers_that_are_heavy_make_the_next_page_smaller(
    account: Account, name: str, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, name, most)
    account.sim.options.seconds_per_row = 0.002
    output = account.sync("contacts", pagination_max=40, num_workers=1)
    assert ids(output, "contacts") == account.sim.ids("contacts")
    asked = [int(query["top"]) for query in account.queries("/Contacts/Search")]
    assert asked[0] == 40
    assert max(asked[1:]) < 40


@rows(contacts=10)
def test_secrets_are_neither_in_messages_nor_in_logs(account: Account) -> None:
    sim = account.sim
    for kind in ("400", "401", "403", "429_quota", "502_html", "reset"):
        sim.faults.add(kind, "/Contacts/Search", times=None)
        output = account.sync("contacts", states={})
        assert output.statuses == {"contacts": "INCOMPLETE"}
        for secret in (sim.api_key, sim.authorization().removeprefix("Basic ")):
            assert secret not in str(output.messages)
        sim.faults.clear()
