"""The simulator's switches for how lists end (12): each changes what it says, and nothing else."""

from typing import Any

import pytest

from insightly_calls import Calls
from simulators.insightly import Options

SEARCH = "/Contacts/Search"
SINCE: dict[str, Any] = {"updated_after_utc": "2026-03-01T00:00:00Z"}


def calls(options: Options | None = None) -> Calls:
    return Calls(contacts=60, opportunities=6, opportunity_state_history=30, countries=6, options=options)


@pytest.mark.parametrize(
    ("total", "said"),
    [("honest", "60"), ("missing", None), ("page", "25"), ("whole", "60"), (1, "61"), (300, "360"), (-7, "53")],
)
def test_the_count_is_as_the_switch_says(total: Any, said: str | None) -> None:
    answer = calls(Options(total=total)).send(SEARCH, top=25, count_total="true")
    assert answer.headers.get("x-total-count") == said


def test_the_count_of_the_whole_list_does_not_follow_a_filter() -> None:
    one = calls(Options(total="whole"))
    found = one.send(SEARCH, top=500, count_total="true", **SINCE)
    assert 0 < len(one.ids(SEARCH, "contacts", **SINCE)) < 60
    assert found.headers["x-total-count"] == "60"


def test_pages_are_capped_below_what_is_asked_for() -> None:
    one = calls(Options(most_rows=20))
    assert len(one.ids(SEARCH, "contacts")) == 20
    assert one.ids(SEARCH, "contacts", top=5, skip=18) == one.sim.ids("contacts")[18:23]


def test_skip_is_ignored() -> None:
    one = calls(Options(skip_ignored=True))
    assert one.ids(SEARCH, "contacts", top=5, skip=18) == one.sim.ids("contacts")[:5]


def test_an_unsorted_list_has_all_rows_in_an_order_that_stays() -> None:
    one = calls(Options(unsorted=frozenset({"contacts"})))
    found = one.ids(SEARCH, "contacts")
    assert found != one.sim.ids("contacts") == sorted(found)
    assert one.ids(SEARCH, "contacts", skip=7, top=9) == found[7:16]
    assert one.ids("/Tasks", "tasks") == one.sim.ids("tasks")


def test_veiled_rows_are_counted_and_leave_their_page_short() -> None:
    one = calls()
    ids = one.sim.ids("contacts")
    one.sim.options.veiled = {"contacts": set(ids[10:20])}
    answer = one.send(SEARCH, top=25, count_total="true")
    assert answer.headers["x-total-count"] == "60"
    assert one.ids(SEARCH, "contacts", top=25) == ids[:10] + ids[20:25]


def test_whatever_holds_a_row_that_cannot_be_sent_is_a_web_page() -> None:
    one = calls()
    ids = one.sim.ids("contacts")
    one.sim.options.unsendable = {"contacts": {ids[10]}}
    assert one.ids(SEARCH, "contacts", top=10) == ids[:10]
    assert one.ids("/Contacts", "contacts", skip=11) == ids[11:]
    for path, query in ((SEARCH, {"top": 11}), ("/Contacts", {"brief": "true"}), (f"/Contacts/{ids[10]}", {})):
        answer = one.send(path, **query)
        assert (answer.status, answer.content_type, answer.body[:6]) == (500, "text/html", b"<html>")
    assert one.status(f"/Contacts/{ids[11]}") == 200


def test_the_history_of_one_record_cannot_be_sent() -> None:
    one = calls()
    owners: list[Any] = [owner for owner, _ in one.sim.owned_rows("opportunity_state_history")]
    first = owners[0][1]
    second = next(id_ for _, id_ in owners if id_ != first)
    row = one.sim.ids("opportunity_state_history")[0]
    one.sim.options.unsendable = {"opportunity_state_history": {row}}
    assert one.status(f"/Opportunities/{first}/StateHistory") == 500
    assert one.status(f"/Opportunities/{second}/StateHistory") == 200


@pytest.mark.parametrize(
    ("shape", "status", "body"), [("null", 200, b"null"), ("{}", 200, b"{}"), ("204", 204, b""), ("nothing", 200, b"")]
)
def test_something_else_than_an_array_is_answered(shape: Any, status: int, body: bytes) -> None:
    one = calls(Options(shapes={"contacts": shape, "countries": shape}))
    for path in (SEARCH, "/Contacts", "/Countries"):
        answer = one.send(path)
        assert (answer.status, answer.body) == (status, body)
    assert one.status("/Tasks") == 200


def test_a_user_may_have_no_right_to_users() -> None:
    answer = calls(Options(users_me=403)).send("/Users/Me")
    assert (answer.status, answer.body) == (403, b"API User does not have access to User.")
