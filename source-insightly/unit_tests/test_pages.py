"""How much InsightlyApi asks for at a time, the short form of lists, and answers that are no list (reference 2.1)."""

import json
from typing import Any

import pytest
import requests_mock
from insightly_requests import (
    API,
    BY_NAME,
    PAGE,
    SEARCH,
    WEB_PAGE,
    Clock,
    contacts,
    made,
    paths,
    queries,
    query_of,
    rows_of,
    serve,
    task,
)

from crm_source.errors import ApiError, Kind
from source_insightly import lists
from source_insightly.api import InsightlyApi
from source_insightly.resources import custom_object

ROWS = contacts(*range(1, 61))
IDS = list(range(1, 61))


def ids(api: InsightlyApi, what: str = "contacts") -> list[int]:
    return [row["CONTACT_ID"] for row in rows_of(api, task(what))]


def slow(insightly: requests_mock.Mocker, clock: Clock, seconds: float, url: str = SEARCH) -> None:
    """The list, which takes so long for a page of 20 rows or more."""

    def page(request: Any, context: Any) -> Any:
        place, top = int(query_of(request)["skip"]), int(query_of(request)["top"])
        clock.now += seconds if top >= 20 else 1
        context.headers["X-Total-Count"] = "60"
        return [dict(row) for row in ROWS[place : place + top]]

    insightly.get(url, json=page)


@pytest.mark.parametrize(("seconds", "then"), [(19, "20"), (20.5, "19"), (40, "10"), (60, "6"), (500, "5")])
def test_after_a_slow_answer_pages_are_smaller(
    seconds: float, then: str, insightly: requests_mock.Mocker, clock: Clock
) -> None:
    slow(insightly, clock, seconds)
    api = made(page_size=20)
    assert ids(api) == IDS
    tops = queries(insightly, "top")
    assert tops == ["20", *[then] * (len(tops) - 1)]
    assert ids(api) == IDS
    assert set(queries(insightly, "top")[len(tops) :]) == {then}


def test_a_slow_list_makes_the_pages_of_no_other_smaller(insightly: requests_mock.Mocker, clock: Clock) -> None:
    slow(insightly, clock, 100)
    api = made(page_size=20)
    assert ids(api) == IDS
    insightly.get(f"{API}/Leads/Search", json=[])
    rows_of(api, task("leads"))
    assert queries(insightly, "top")[-1] == "20"


def test_the_wait_for_the_rate_limit_does_not_make_an_answer_slow(
    insightly: requests_mock.Mocker, clock: Clock
) -> None:
    pages: Any = [
        {"status_code": 429, "headers": {"Retry-After": "100"}},
        {"json": ROWS[:20], "headers": {"X-Total-Count": "21"}},
        {"json": ROWS[19:21], "headers": {"X-Total-Count": "21"}},
    ]
    insightly.get(SEARCH, pages)
    before = clock.now
    assert ids(made(page_size=20)) == IDS[:21]
    assert clock.now - before > 100
    assert queries(insightly, "top") == ["20"] * 3


@pytest.mark.parametrize(("share", "then"), [(1, "20"), (0.5, "10"), (0.001, "5")])
def test_after_a_large_answer_pages_are_smaller(
    share: float, then: str, insightly: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "LARGE", len(json.dumps(ROWS[10:30])) * share)
    serve(insightly, SEARCH, ROWS)
    assert ids(made(page_size=20)) == IDS
    tops = queries(insightly, "top")
    assert tops == ["20", *[then] * (len(tops) - 1)]


@pytest.mark.parametrize("rows", [1, 5])
def test_pages_of_a_few_rows_are_not_made_smaller(
    rows: int, insightly: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "LARGE", 1)
    api = made()
    serve(insightly, SEARCH, ROWS[:rows])
    assert ids(api) == ids(api) == IDS[:rows]
    assert queries(insightly, "top") == ["500", "500"]


def fails_above(insightly: requests_mock.Mocker, most: int, **answer: Any) -> None:
    """The list, which fails where more than so many rows are asked for."""
    serve(insightly, SEARCH, ROWS)

    def is_too_much(request: Any) -> bool:
        return int(query_of(request)["top"]) > most

    insightly.get(SEARCH, additional_matcher=is_too_much, **answer)


@pytest.mark.parametrize(
    ("answer", "tries"),
    [
        ({"status_code": 500}, 3),
        ({"status_code": 502, **WEB_PAGE}, 8),
        ({"status_code": 504}, 8),
        ({"status_code": 503}, 8),
        (WEB_PAGE, 8),
    ],
)
def test_after_failures_less_is_asked_for(answer: Any, tries: int, insightly: requests_mock.Mocker) -> None:
    fails_above(insightly, 31, **answer)
    assert ids(made()) == IDS
    assert queries(insightly, "top") == [*["500"] * tries, *["125"] * tries, *["31"] * 2]


@pytest.mark.parametrize("body", [{"json": {"Message": "x"}}, {"json": None}, {"json": {}}, {"text": ""}])
def test_what_is_no_list_is_none_however_little_is_asked_for(body: Any, insightly: requests_mock.Mocker) -> None:
    insightly.get(SEARCH, **body)
    with pytest.raises(ApiError, match="no list of records"):
        ids(made())
    assert queries(insightly, "top") == ["500"] * 3


def test_a_list_that_fails_however_little_is_asked_for_is_an_error(insightly: requests_mock.Mocker) -> None:
    insightly.get(SEARCH, status_code=500, text=PAGE)
    with pytest.raises(ApiError) as caught:
        ids(made())
    assert caught.value.kind is Kind.POISONED
    assert str(caught.value).startswith("Stream contacts: ")
    assert str(caught.value).endswith("Insightly answered 500.")
    smaller = [top for top in ("500", "125", "31", "7", "2") for _ in range(3)]
    assert queries(insightly, "top")[: len(smaller)] == smaller
    assert insightly.call_count <= 45  # down to one row, and its neighbour: it is not a row that is to blame


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405])
def test_what_no_retry_can_mend_is_asked_once(status: int, insightly: requests_mock.Mocker) -> None:
    insightly.get(SEARCH, status_code=status)
    with pytest.raises(ApiError, match="Stream contacts: "):
        ids(made())
    assert insightly.call_count == 1


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize(
    "body",
    [{"json": {"Message": "An error has occurred."}}, {"text": ""}, {"json": None}, {"text": "[{"}, WEB_PAGE],
    ids=["object", "empty", "null", "broken", "page"],
)
def test_what_is_no_list_is_asked_for_again(body: Any, status: int, insightly: requests_mock.Mocker) -> None:
    insightly.get(SEARCH, [{"status_code": status, **body}, {"json": contacts(1), "headers": {"X-Total-Count": "1"}}])
    assert ids(made()) == [1]
    assert insightly.call_count == 2


@pytest.mark.parametrize("name", ["countries", "opportunity_state_history"])
def test_an_object_in_place_of_a_list_is_no_row(name: str, insightly: requests_mock.Mocker) -> None:
    insightly.get(requests_mock.ANY, json={"Message": "x"})
    with pytest.raises(ApiError, match="no list of records") as caught:
        rows_of(made(), task(name, parent={"OPPORTUNITY_ID": 7}))
    assert caught.value.kind is Kind.SHAPE


@pytest.mark.parametrize(
    ("one", "path"),
    [
        (BY_NAME["contacts"], "/Contacts"),
        (BY_NAME["users"], "/Users"),
        (BY_NAME["emails"], "/Emails"),
        (custom_object("Fruit__c")[0], "/Fruit__c"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_ids_of_a_list_are_asked_for_in_short_and_of_the_list_itself(
    one: Any, path: str, insightly: requests_mock.Mocker
) -> None:
    key = one.primary_key[0]
    serve(insightly, API + path, [{key: id_} for id_ in IDS])
    walk = made(page_size=20).inventory(one)
    assert walk is not None
    assert insightly.call_count == 0
    assert [row[key] for rows in walk.pages() for row in rows] == IDS
    assert paths(insightly) == [path]
    assert query_of(insightly.request_history[0]) == {"brief": "true", "skip": "0", "top": "500", "count_total": "true"}


@pytest.mark.parametrize(
    "name",
    [
        *("contact_tags", "note_comments", "opportunity_state_history", "tags", "follows", "teams", "countries"),
        *("instance", "custom_fields", "deletions", "permissions"),
    ],
)
def test_ids_are_only_listed_of_what_is_read_as_it_changes(name: str, api: InsightlyApi) -> None:
    assert api.inventory(BY_NAME[name]) is None
