"""Files of comments, two levels below a record: each list once, in any selection, after kills and refusals."""

from collections.abc import Iterator
from typing import Any

import pytest

from connector import configured, run_process
from insightly_account import accounts, problems, streams
from simulated_account import Account, rows

pytestmark = pytest.mark.usefixtures("impatient")
COMMENTS = {"notes": "note_comments", "tasks": "task_comments", "emails": "email_comments"}
FILES = {table: f"{stream.removesuffix('s')}_file_attachments" for table, stream in COMMENTS.items()}
SMALL: dict[str, Any] = {"notes": 12, "tasks": 10, "emails": 8, "comments": 60, "file_attachments": 400}


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from accounts(request)


def wanted(account: Account, table: str) -> set[tuple[int, int, int]]:
    """Record, comment and file of each file of a comment on a record of the list."""
    owners: dict[int, Any] = {row["COMMENT_ID"]: owner for owner, row in account.sim.owned_rows("comments")}
    files = account.sim.owned_rows("file_attachments")
    return {
        (owners[owner[1]][1], owner[1], row["FILE_ID"])
        for owner, row in files
        if owner[0] == "comments" and owners[owner[1]][0] == table
    }


def found(records: Any, table: str) -> list[tuple[int, int, int]]:
    one = table.removesuffix("s").upper()
    return [(row[f"{one}_ID"], row["COMMENT_ID"], row["FILE_ID"]) for row in records.get(FILES[table], [])]


@rows(**SMALL)
@pytest.mark.parametrize("table", COMMENTS)
def test_the_files_of_comments_are_read_alone_and_with_what_is_above_them(account: Account, table: str) -> None:
    sim = account.sim
    expected = wanted(account, table)
    assert len(expected) > 10
    comments = sum(owner[0] == table for owner, _ in sim.owned_rows("comments"))
    for names in ((FILES[table],), (table, COMMENTS[table], FILES[table])):
        output = account.sync(*names, states={})
        assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
        rows_found = found(output.records, table)
        assert set(rows_found) == expected
        assert len(rows_found) == len(expected)
        assert len([one for one in sim.requests if one.path.startswith("/Comments/")]) == comments
        above = {"emails": "DATE_CREATED_UTC"}.get(table, "DATE_UPDATED_UTC")
        cursor = f"{table.removesuffix('s').upper()}_{above}"
        assert all(row[cursor] for row in output.records[FILES[table]])
        assert set(account.state_of(FILES[table])) == {cursor}


@rows(**SMALL)
def test_only_the_lists_below_records_that_changed_are_asked_again(account: Account) -> None:
    sim = account.sim
    account.sync(FILES["notes"])
    account.wait()
    owners = [owner for owner, _ in sim.owned_rows("comments") if owner[0] == "notes"]
    note = max(owners, key=owners.count)[1]
    comment = next(row["COMMENT_ID"] for owner, row in sim.owned_rows("comments") if owner == ("notes", note))
    file = sim.create("file_attachments", {"FILE_NAME": "later.pdf"}, ("comments", comment))["FILE_ID"]
    sim.update("notes", note, {"TITLE": "changed"})
    output = account.sync(FILES["notes"])
    assert (note, comment, file) in found(output.records, "notes")
    assert {one for one, _, _ in found(output.records, "notes")} == {note}
    assert sim.request_count == 1 + 1 + 1 + owners.count(("notes", note))


@rows(notes=40, comments=400, file_attachments=4000, tasks=0, emails=0)
def test_files_of_comments_are_not_lost_when_a_read_is_killed(account: Account) -> None:
    name = FILES["notes"]
    config = account.config | {"num_workers": 4, "pagination_max": 10}
    catalog = configured([streams()[name]])
    expected = wanted(account, "notes")
    known: set[tuple[int, int, int]] = set()
    states: Any = {}
    for lines in (150, 300):
        killed = run_process("source-insightly", "read", config, catalog, states or None, kill_after_lines=lines)
        known |= set(found(killed.records, "notes"))
        states = {**states, **killed.states}
    rest = account.sync(name, states=states, pagination_max=10)
    assert rest.statuses == {name: "COMPLETE"}
    assert known | set(found(rest.records, "notes")) == expected


@rows(**SMALL)
def test_a_comment_that_is_gone_takes_only_its_files(account: Account) -> None:
    sim = account.sim
    expected = wanted(account, "notes")
    comment = next(one for _, one, _ in sorted(expected))
    sim.faults.add("404", f"/Comments/{comment}/FileAttachments", times=None)
    output = account.sync(FILES["notes"])
    assert output.statuses == {FILES["notes"]: "COMPLETE"}
    assert set(found(output.records, "notes")) == {one for one in expected if one[1] != comment}
    (told,) = problems(output)
    assert f"({comment})" in told
