"""What a notification has under `raw`: the vendor's row as it came, which a receiver of the instance's parses."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from poll_accounts import POLLS, Polls
from polling_account import Polling, polled

REPOSITORY = Path(__file__).parents[1]
by_vendor = pytest.mark.parametrize("polls", POLLS, ids=lambda polls: polls.name)


@pytest.fixture
def polling(polls: Polls, tmp_path: Path) -> Iterator[Polling]:
    """Of an account whose present state is known already."""
    with polled(polls, tmp_path) as found:
        assert found.once().exit_code == 0
        yield found


def without_nulls(value: Any) -> Any:
    """Nulls in arrays have a place, and stay."""
    if isinstance(value, dict):
        return {name: without_nulls(one) for name, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def raw(polling: Polling) -> dict[tuple[str, str], Any]:
    """Resource and id -> the row, of the last notifications."""
    return {
        (event["objectType"], event["objectId"]): row
        for one in polling.receiver.notifications
        for event, row in zip(one.events, one.message["raw"][one.message["raw"]["objectType"]], strict=True)
    }


def rows_of(polling: Polling) -> dict[tuple[str, str], Any]:
    """The same as the vendor has them."""
    polls, sim = polling.polls, polling.sim
    return {
        (resource, str(row[polls.keys[resource]])): row
        for resource in polls.kinds
        for row in sim.rows(polls.kinds[resource])
    }


# What the vendor has and a poll does not: Close's search has custom fields by id only, not in the deprecated object by
# name; passwords of ConnectWise's customers never leave the source.
LEFT_OUT = {"closeio": {"custom"}, "connectwise": {"portalPassword"}, "insightly": set[str]()}


def unlike(polls: Polls, told: Any, sent: Any) -> dict[str, Any]:
    """Field -> what was told and what the vendor has, where that is not the same."""
    return {
        name: (told.get(name), sent.get(name))
        for name in {*told, *sent} - LEFT_OUT[polls.name]
        if name not in told or name not in sent or told[name] != sent[name]
    }


@by_vendor
def test_raw_is_the_vendors_row_as_it_came(polls: Polls, polling: Polling) -> None:
    """To the last field: no date is rewritten, no column is added."""
    changed = {(resource, polling.update(resource)) for resource in polls.kinds}
    assert polling.once().exit_code == 0
    told, sent = raw(polling), rows_of(polling)
    assert changed <= set(told)
    assert not {one: found for one in changed if (found := unlike(polls, told[one], without_nulls(sent[one])))}
    assert not [one for one in changed if LEFT_OUT[polls.name] & set(told[one])]


@by_vendor
def test_nulls_are_there_when_the_instance_says_so(polls: Polls, polling: Polling) -> None:
    polling.configure(filter__response__nulls="false")
    one = "contacts", polling.update("contacts")
    assert polling.once().exit_code == 0
    assert not unlike(polls, raw(polling)[one], rows_of(polling)[one])


@by_vendor
def test_an_instance_may_have_records_as_a_sync_has_them(polls: Polls, polling: Polling) -> None:
    polling.configure(event_raw="record")
    one = "contacts", polling.update("contacts")
    assert polling.once().exit_code == 0
    record = raw(polling)[one]
    date = {"closeio": "date_updated", "connectwise": "lastUpdated", "insightly": "DATE_UPDATED_UTC"}[polls.name]
    assert record[date].endswith("Z")
    assert unlike(polls, record, without_nulls(rows_of(polling)[one]))
    assert all("original" not in name for name in record)


@by_vendor
def test_the_sample_of_the_docs_is_what_a_callback_receives(polls: Polls, polling: Polling) -> None:
    polling.update("contacts")
    assert polling.once().exit_code == 0
    got = next(one.message for one in polling.receiver.notifications if one.message["raw"]["objectType"] == "contacts")
    docs = (REPOSITORY / f"source-{polls.name}" / "docs" / f"{polls.name}.md").read_text()
    section = docs.partition("### What a callback receives")[2]
    sample = json.loads(section.partition("```json\n")[2].partition("```")[0])["message"]
    assert set(sample) == set(got)
    assert sample["elementKey"] == got["elementKey"]
    assert [set(one) for one in sample["events"]] == [set(one) for one in got["events"]]
    known = {*polling.sim.rows(polls.kinds["contacts"])[0], *got["raw"]["contacts"][0]}
    assert not set(sample["raw"]["contacts"][0]) - known
