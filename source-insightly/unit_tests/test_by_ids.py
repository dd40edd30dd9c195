"""Records that are asked for by their ids."""

import pytest
import requests_mock
from insightly_requests import API, LISTS, made

from crm_source.errors import ApiError
from crm_source.task import Task
from source_insightly.by_ids import MOST_IDS

CONTACTS = Task(LISTS["contacts"])


def contact(id_: int, date: str = "2026-05-01 00:00:00") -> dict[str, object]:
    return {"CONTACT_ID": id_, "DATE_UPDATED_UTC": date}


def test_a_few_are_asked_for_one_by_one_and_what_is_not_there_is_left_out(insightly: requests_mock.Mocker) -> None:
    insightly.get(f"{API}/Contacts/7", json=contact(7))
    insightly.get(f"{API}/Contacts/8", status_code=404)
    insightly.get(f"{API}/Contacts/9", status_code=403, json={"message": "no"})
    insightly.get(f"{API}/Contacts/10", json=contact(10))
    pages = list(made().by_ids(CONTACTS, [7, 8, 9, 10]).pages())
    assert [(row["CONTACT_ID"], row["DATE_UPDATED_UTC"]) for rows in pages for row in rows] == [
        (7, "2026-05-01T00:00:00Z"),
        (10, "2026-05-01T00:00:00Z"),
    ]


def test_a_record_that_cannot_be_read_is_an_error(insightly: requests_mock.Mocker) -> None:
    insightly.get(f"{API}/Contacts/7", text="<html></html>")
    with pytest.raises(ApiError):
        list(made().by_ids(CONTACTS, [7]).pages())


def test_a_record_that_cannot_be_sent_costs_that_record_when_its_list_can_be(insightly: requests_mock.Mocker) -> None:
    insightly.get(f"{API}/Contacts/7", status_code=500)
    insightly.get(f"{API}/Contacts/8", json=contact(8))
    insightly.get(f"{API}/Contacts", json=[contact(1)], headers={"X-Total-Count": "9"})
    api = made()
    assert [row["CONTACT_ID"] for rows in api.by_ids(CONTACTS, [7, 8]).pages() for row in rows] == [8]
    assert api.report.tally("contacts").skipped == ["7"]
    insightly.get(f"{API}/Contacts", status_code=500)
    with pytest.raises(ApiError, match="500"):
        list(made().by_ids(CONTACTS, [7]).pages())


def test_many_are_looked_for_in_the_whole_list(insightly: requests_mock.Mocker) -> None:
    ids = range(1, MOST_IDS + 2)
    rows = [contact(one) for one in (3, 5000)]
    insightly.get(f"{API}/Contacts", json=rows, headers={"X-Total-Count": "2"})
    pages = list(made().by_ids(CONTACTS, ids).pages())
    assert [row["CONTACT_ID"] for page in pages for row in page] == [3]
    assert all("/Contacts/" not in one.path for one in insightly.request_history)
