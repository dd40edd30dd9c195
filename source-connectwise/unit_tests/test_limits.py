"""How long to wait (reference 4.1), and what is read of links (2.1)."""

import time
from email.utils import formatdate

import pytest
import requests

from crm_source.http.client import Answer
from crm_source.http.patience import Patience
from source_connectwise.answers import PACE, Answers, pages_of, rows_of


def response(status: int, headers: dict[str, str], tries: int = 1) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made.url = "https://api-na.myconnectwise.net/v4_6_release/apis/3.0/service/tickets"
    made.request = requests.Request("GET", made.url).prepare()
    made.request.tries = tries  # type: ignore[attr-defined]
    made.headers.update(headers)
    made._content = b"<html>slow down</html>"
    return made


@pytest.fixture
def answers() -> Answers:
    return Answers(Patience())


@pytest.mark.parametrize(
    ("retry_after", "tries", "wait"),
    [
        ("45", 1, 45),
        ("30", 5, 30),
        ("120.5", 1, 120.5),
        ("1", 1, 30),
        ("0", 3, 30),
        ("-5", 1, 30),
        (formatdate(0, usegmt=True), 1, 30),
        (None, 1, 30),
        (None, 2, 60),
        (None, 3, 120),
        (None, 4, 120),
        (None, 200, 120),
        ("", 2, 60),
        ("soon", 2, 60),
        ("nan", 2, 60),
        ("inf", 2, 60),
    ],
)
def test_a_429_waits_as_told_and_thirty_seconds_at_least(
    retry_after: str | None, tries: int, wait: float, answers: Answers
) -> None:
    made = response(429, {} if retry_after is None else {"retry-after": retry_after}, tries)
    assert answers.classify(made, None).wait == wait
    left = answers.allowance(made)
    assert left is not None
    assert (left.remaining, left.reset, left.limit) == (0, wait, PACE[0])


def test_a_429_waits_until_the_date_it_tells(answers: Answers) -> None:
    made = response(429, {"retry-after": formatdate(time.time() + 90, usegmt=True)})
    assert 85 < (answers.classify(made, None).wait or 0) <= 90


@pytest.mark.parametrize("status", [200, 401, 403, 500, 503])
def test_only_a_429_tells_of_a_limit(status: int, answers: Answers) -> None:
    assert answers.allowance(response(status, {"retry-after": "5"})) is None


@pytest.mark.parametrize(
    ("link", "pages"),
    [
        (
            "<https://na.myconnectwise.net/v4_6_release/apis/3.0/company/contacts/?conditions=LastUpdated+%3e%3d+"
            '%5b2025-04-01T20%3a02%3a28Z%5d&pageSize=2&page=2>; rel="next", <https://na.myconnectwise.net/v4_6_release/'
            'apis/3.0/company/contacts/?conditions=x&pageSize=2&page=4>; rel="last"',
            {"next": 2, "last": 4},
        ),
        ('<https://cw-app-07.internal/v2017_3/apis/3.0/x?page=3>; rel="next"', {"next": 3}),
        ('<http://other/x?Page=3&pagesize=20>; rel="next",<http://other/x?PAGE=9>; rel="last"', {"next": 3, "last": 9}),
        ("<https://host/x?conditions=%2bpage%3d7&page=2>; rel=next", {"next": 2}),
        ('<https://host/x?pageSize=1000>; rel="next"', {}),
        ('<https://host/x?page=two>; rel="next"', {}),
        ('<https://host/x?page=%c2%b2>; rel="next"', {}),
        ('<http://[bad/x?page=2>; rel="next"', {"next": 2}),
        ("", {}),
        ("   ", {}),
        ("nonsense", {}),
        (None, {}),
    ],
)
def test_links_are_read_for_page_numbers_only(link: str | None, pages: dict[str, int]) -> None:
    assert pages_of(Answer([], {} if link is None else {"link": link})) == pages


def test_nothing_here_is_an_empty_list_and_an_empty_answer_is_not() -> None:
    assert Answers(Patience()).is_data(response(204, {}), None)
    assert rows_of(Answer(None, {})) == []
    assert not Answers(Patience()).is_data(response(200, {}), None)


@pytest.mark.parametrize("body", [{"code": "NotFound", "message": "x"}, {"Message": "An error has occurred."}])
def test_an_error_that_comes_with_a_good_status_is_no_row(body: dict[str, str]) -> None:
    assert not Answers(Patience()).is_data(response(200, {}), body)
    assert Answers(Patience()).is_data(response(200, {}), {**body, "id": 5})


def test_rows_are_an_array_or_one_object() -> None:
    assert rows_of(Answer([{"id": 1}], {})) == [{"id": 1}]
    assert rows_of(Answer({"id": 1}, {})) == [{"id": 1}]
