"""No two rows of Insightly have the same key: rows that share a file, a second, a state."""

from collections.abc import Iterator

import pytest

from insightly_account import accounts
from simulated_account import Account, rows

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from accounts(request)


def keys_of(account: Account, stream: str) -> list[str]:
    return [name for (name,) in account.streams[stream]["source_defined_primary_key"]]


@rows(contacts=4, file_attachments=0)
def test_a_file_that_hangs_on_two_records_is_two_rows(account: Account) -> None:
    sim = account.sim
    first, second = sim.ids("contacts")[:2]
    file = sim.create("file_attachments", {"FILE_NAME": "offer.pdf"}, ("contacts", first))["FILE_ID"]
    sim.create("file_attachments", {"FILE_NAME": "offer.pdf", "FILE_ID": file}, ("contacts", second))
    found = account.sync("contact_file_attachments").records["contact_file_attachments"]
    key = keys_of(account, "contact_file_attachments")
    assert key == ["CONTACT_ID", "FILE_ID"]
    assert sorted([row[name] for name in key] for row in found) == [[first, file], [second, file]]
    assert sim.request_count == 1 + 1 + 4


@rows(opportunities=1, opportunity_state_history=0)
def test_a_state_that_has_two_reasons_in_a_second_is_two_rows(account: Account) -> None:
    sim = account.sim
    (opportunity,) = sim.ids("opportunities")
    for reason in (31, 32, 32, None):
        sim.update("opportunities", opportunity, {"OPPORTUNITY_STATE": "LOST"}, reason=reason)
    found = account.sync("opportunity_state_history").records["opportunity_state_history"]
    key = keys_of(account, "opportunity_state_history")
    assert key == ["OPPORTUNITY_ID", "DATE_CHANGED_UTC", "FOR_OPPORTUNITY_STATE", "STATE_REASON_ID"]
    expected = [[opportunity, "2026-06-01T12:00:00Z", "LOST", reason] for reason in (0, 31, 32)]
    assert sorted([row[name] for name in key] for row in found) == expected


def test_the_key_of_what_hangs_on_records_names_the_record(account: Account) -> None:
    """The other lists below a record have rows that belong to that record only."""
    below = [name for name, one in account.streams.items() if name.endswith("_file_attachments")]
    assert len(below) == 7 + 3 + 2  # of records, of comments, of custom objects
    assert all(len(keys_of(account, name)) == 2 and keys_of(account, name)[1] == "FILE_ID" for name in below)
