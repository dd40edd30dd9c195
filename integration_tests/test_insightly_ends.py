"""The end of every kind of list that Insightly has, whatever the server says of counts, caps, orders and rows (12).

All rows come, in no more requests than an honest server needs and three; or the stream says why they do not and is not
complete. No list costs more than three times its honest number of requests.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from connector import configured, run
from insightly_account import accounts, ids, problems
from insightly_lists import CAP, KINDS, PAGE, ROWS, Kind, account_of, limited, read
from simulated_account import Account, rows
from source_insightly import SourceInsightly

pytestmark = pytest.mark.usefixtures("impatient")
MORE = 3  # requests a list
HUNT = 50  # requests for finding one row among those of a page
SORTED = [name for name in KINDS if name not in ("search_unsorted", "full_unsorted", "files_unsorted")]
TOTALS: list[Any] = ["honest", "missing", "page", "whole", 1, 7, -1, -60]


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    for account in accounts(request):
        limited(account.sim)
        yield account


@pytest.mark.parametrize("total", TOTALS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_count_decides_nothing(kind: str, total: Any) -> None:
    with account_of(KINDS[kind]) as account:
        account.sim.options.total = total
        found = read(account, KINDS[kind])
        assert found.has_all
        assert found.is_complete, found.said
        lists = 6 if kind == "tags" else 1
        assert found.requests <= found.honest + MORE * lists + _restart(KINDS[kind])
        if total == "honest":
            assert found.requests == found.honest + _restart(KINDS[kind])


def _restart(kind: Kind) -> int:
    """A page shows that the list is not sorted, which is then read by another walk."""
    return 1 if kind.is_unsorted else 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_count_of_hundreds_more_is_told_and_ends(kind: str) -> None:
    """A permission may hide the others: nobody knows, so the stream is not complete, unless a filter explains it."""
    with account_of(KINDS[kind]) as account:
        account.sim.options.total = 300
        found = read(account, KINDS[kind])
        assert found.has_all
        assert found.requests <= 3 * found.honest
        assert found.is_complete is (KINDS[kind].is_filtered or kind == "tags")
        if not found.is_complete:
            assert "counts" in found.said


@pytest.mark.parametrize("total", ["honest", "missing", "page", 1])
@pytest.mark.parametrize("kind", KINDS)
def test_a_cap_below_what_is_asked_for_ends_nothing(kind: str, total: Any) -> None:
    with account_of(KINDS[kind]) as account:
        account.sim.options.total, account.sim.options.most_rows = total, CAP
        found = read(account, KINDS[kind], sent=CAP)
        assert found.has_all
        assert found.is_complete, found.said
        assert found.requests <= found.honest + MORE * (6 if kind == "tags" else 1) + _restart(KINDS[kind])


@pytest.mark.parametrize("kind", ["search", "search_filtered", "full", "files"])
def test_rows_that_are_left_out_after_paging_end_nothing(kind: str) -> None:
    with account_of(KINDS[kind]) as account:
        table = KINDS[kind].table
        veiled = set(account.sim.ids(table)[8:12])
        account.sim.options.veiled = {table: veiled}
        found = read(account, KINDS[kind])
        assert set(found.found) == set(found.wanted) - veiled
        assert found.is_complete, found.said
        assert found.requests <= found.honest + MORE


@pytest.mark.parametrize("total", ["honest", "missing"])
@pytest.mark.parametrize("kind", ["search", "search_filtered", "full", "files", "follows", "tags", "search_unsorted"])
def test_a_list_that_ignores_the_place_ends_with_a_sentence(kind: str, total: Any) -> None:
    with account_of(KINDS[kind]) as account:
        account.sim.options.total, account.sim.options.skip_ignored = total, True
        found = read(account, KINDS[kind])
        assert not found.is_complete
        assert "leads nowhere" in found.said
        assert found.requests <= 3 * found.honest
        assert set(found.found) <= set(found.wanted)


@pytest.mark.parametrize("kind", ["search_unsorted", "full_unsorted", "files_unsorted"])
def test_a_small_list_that_turns_out_not_to_be_sorted_is_not_asked_for_twice(kind: str) -> None:
    with account_of(KINDS[kind]) as account:
        found = read(account, KINDS[kind], page=500)
        assert found.has_all
        assert found.is_complete
        assert found.requests == 1


@pytest.mark.parametrize("place", [0, 97, ROWS - 1])
@pytest.mark.parametrize("kind", ["search", "full", "files", "search_unsorted"])
def test_a_row_that_cannot_be_sent_is_one_row(kind: str, place: int) -> None:
    with account_of(KINDS[kind]) as account:
        sim, table = account.sim, KINDS[kind].table
        bad = sim.ids(table)[place]
        sim.options.unsendable = {table: {bad}}
        found = read(account, KINDS[kind])
        assert set(found.found) == set(found.wanted) - {bad}
        assert found.is_complete, found.said
        assert found.requests <= found.honest + MORE + HUNT + _restart(KINDS[kind])
        assert "fails to send" in found.said


@rows(contacts=ROWS)
def test_changes_behind_a_row_that_cannot_be_sent_are_found(account: Account) -> None:
    sim = account.sim
    all_ids = sim.ids("contacts")
    sim.options.unsendable = {"contacts": {all_ids[70]}}
    account.sync("contacts", pagination_max=PAGE)
    account.wait()
    changed = [all_ids[160], all_ids[200]]
    for id_ in changed:
        sim.update("contacts", id_, {"TITLE": "changed"})
    output = account.sync("contacts", pagination_max=PAGE)
    assert ids(output, "contacts") == changed
    assert output.statuses == {"contacts": "COMPLETE"}


@rows(opportunities=30, opportunity_state_history=120)
def test_a_history_that_cannot_be_sent_is_that_of_one_record(account: Account) -> None:
    sim, stream = account.sim, "opportunity_state_history"
    bad = sim.ids("opportunities")[12]
    of_bad = {row for row, (owner, _) in zip(sim.ids(stream), sim.owned_rows(stream), strict=True) if owner[1] == bad}
    sim.options.unsendable = {stream: of_bad}
    output = account.sync("opportunities", stream)
    assert output.statuses == {"opportunities": "COMPLETE", stream: "COMPLETE"}
    wanted = {row["OPPORTUNITY_ID"] for row in sim.rows(stream)} - {bad}
    assert {row["OPPORTUNITY_ID"] for row in output.records[stream]} == wanted
    told = [one for one in problems(output) if stream in one]
    assert len(told) == 1
    assert str(bad) in told[0]
    assert len(account.queries(f"/Opportunities/{bad}/StateHistory")) <= 8
    account.wait()
    later = sim.ids("opportunities")[20]
    sim.update("opportunities", later, {"OPPORTUNITY_STATE": "WON"})
    assert {row["OPPORTUNITY_ID"] for row in account.sync(stream).records[stream]} == {later}


@rows(contacts=1200, compact=True)
@pytest.mark.parametrize("total", ["honest", "missing", "page", "whole", 1, 300, -1, -600])
def test_the_ids_of_a_list_are_all_there_before_one_counts_as_deleted(account: Account, total: Any) -> None:
    sim = account.sim
    account.gone("contacts")
    account.wait()
    gone = sim.ids("contacts")[700]
    sim.delete("contacts", gone)
    sim.options.total = total
    output = account.sync("contacts", "deletions", detect_deletions=True, num_workers=1)
    assert [row["id"] for row in output.records.get("deletions", [])] in ([gone], [])
    if output.statuses["deletions"] == "COMPLETE":
        assert output.records["deletions"][0]["id"] == gone
    else:
        assert any("deletions" in one for one in output.errors)
    assert len(account.queries("/Contacts")) <= 3 + MORE


@rows(contacts=1200, compact=True)
@pytest.mark.parametrize("switch", ["most_rows", "skip_ignored"])
def test_ids_that_the_server_keeps_back_do_not_count_as_deleted(account: Account, switch: str) -> None:
    sim = account.sim
    account.gone("contacts")
    account.wait()
    setattr(sim.options, switch, 100 if switch == "most_rows" else True)
    sim.options.total = "missing"
    output = account.sync("contacts", "deletions", detect_deletions=True, num_workers=1)
    assert output.records.get("deletions", []) == []
    assert len(account.queries("/Contacts")) <= 3 * 13


@rows(contacts=40)
@pytest.mark.parametrize("shape", ["null", "{}", "204", "nothing"])
@pytest.mark.parametrize("stream", ["contacts", "pipelines", "countries", "contact_file_attachments"])
def test_an_answer_of_another_shape_is_sorted_at_once_and_is_no_empty_list(
    account: Account, stream: str, shape: Any
) -> None:
    table = {"contact_file_attachments": "file_attachments"}.get(stream, stream)
    account.sim.options.shapes = {table: shape}
    output = account.sync(stream, "users", num_workers=1)
    assert output.statuses == {stream: "INCOMPLETE", "users": "COMPLETE"}
    asked = [request.path for request in account.sim.requests if request.path.startswith(_address(stream))]
    assert max(asked.count(path) for path in set(asked)) <= 3
    assert any("no list of records" in error for error in output.errors)


def _address(stream: str) -> str:
    return {"contacts": "/Contacts/Search", "pipelines": "/Pipelines", "countries": "/Countries"}.get(
        stream, "/Contacts/3"
    )


@rows(contacts=40)
def test_rows_without_a_key_are_counted_and_told(account: Account) -> None:
    sim = account.sim
    nameless = sim.ids("contacts")[7:9]
    for id_ in nameless:
        sim.update("contacts", id_, {"CONTACT_ID": None})
    output = account.sync("contacts")
    assert ids(output, "contacts") == sorted(set(sim.ids("contacts")) - set(nameless))
    assert any("2 rows" in one and "contacts" in one for one in problems(output))


@rows(contacts=40)
def test_a_stream_that_is_not_known_ends_alone(account: Account) -> None:
    sim = account.sim
    unknown = {**account.streams["users"], "name": "conctacts"}
    sim.reset_requests()
    catalog = configured([unknown, account.streams["contacts"]])
    output = run(SourceInsightly(), "read", account.config, catalog)
    assert ids(output, "contacts") == sim.ids("contacts")
    assert output.statuses.get("contacts") == "COMPLETE"
    assert any("conctacts" in error for error in output.errors)
    assert sim.request_count == 1 + 1 + 1  # the key, the names of custom objects, contacts
