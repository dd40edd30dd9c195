"""Deletions of what hangs on records: files and comments, found whenever the list of their record is read again."""

from collections.abc import Iterator
from typing import Any

import pytest

from connector import Output, configured, run_process
from insightly_account import accounts, problems, streams
from simulated_account import Account, rows
from simulators.insightly import InsightlySimulator

pytestmark = pytest.mark.usefixtures("impatient")
FILES, COMMENTS, DEEPER = "note_file_attachments", "note_comments", "note_comment_file_attachments"
VOLUMES: dict[str, Any] = {
    "notes": 12,
    "comments": 80,
    "file_attachments": 600,
    **dict.fromkeys(("contacts", "organisations", "leads", "opportunities", "projects", "tasks", "emails"), 0),
}
Gone = set[tuple[str, int, int]]


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from accounts(request)


def gone(output: Output) -> Gone:
    assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
    return {(row["stream"], row["record_id"], row["id"]) for row in output.records.get("deletions", [])}


def sync(account: Account, *names: str, **config: Any) -> Output:
    return account.sync(*names, "deletions", detect_deletions=True, **config)


def of(sim: InsightlySimulator, table: str, parent: str, record: int) -> list[int]:
    """The ids of what hangs on a record."""
    ids = zip(sim.ids(table), sim.owned_rows(table), strict=True)
    return [id_ for id_, (owner, _) in ids if owner == (parent, record)]


@rows(**VOLUMES)
def test_files_and_comments_that_are_gone_are_told_when_their_record_has_changed(account: Account) -> None:
    sim = account.sim
    names = (FILES, COMMENTS)
    assert gone(sync(account, *names)) == set()
    note, silent = sim.ids("notes")[2], sim.ids("notes")[5]
    file, comment = of(sim, "file_attachments", "notes", note)[0], of(sim, "comments", "notes", note)[0]
    sim.delete("file_attachments", file)
    sim.delete("comments", comment)
    sim.delete("file_attachments", of(sim, "file_attachments", "notes", silent)[0])
    account.wait()
    sim.update("notes", note, {"TITLE": "changed"})
    second = sync(account, *names)
    assert gone(second) == {(FILES, note, file), (COMMENTS, note, comment)}
    assert sim.request_count == 1 + 1 + 2  # the key, the changed note, its two lists
    (row,) = [one for one in second.records["deletions"] if one["stream"] == FILES]
    assert (row["last_seen_at"], row["detected_at"]) == ("2026-06-01T12:00:00Z", "2026-06-01T13:00:00Z")
    account.wait()
    sim.update("notes", note, {"TITLE": "changed again"})
    assert gone(sync(account, *names)) == set()


@rows(**VOLUMES)
def test_a_file_that_hangs_on_two_records_is_gone_from_one(account: Account) -> None:
    sim = account.sim
    first, second = sim.ids("notes")[:2]
    file = of(sim, "file_attachments", "notes", first)[0]
    sim.create("file_attachments", {"FILE_ID": file}, ("notes", second))
    sync(account, FILES)
    sim.delete("file_attachments", file)
    account.wait()
    for note in (first, second):
        sim.update("notes", note, {"TITLE": "changed"})
    assert gone(sync(account, FILES)) == {(FILES, first, file)}


@rows(**VOLUMES)
def test_with_a_record_goes_all_that_was_below_it(account: Account) -> None:
    sim = account.sim
    names = ("notes", FILES, COMMENTS, DEEPER)
    sync(account, *names)
    note = sim.ids("notes")[3]
    comments = of(sim, "comments", "notes", note)
    expected = {(FILES, note, one) for one in of(sim, "file_attachments", "notes", note)}
    expected |= {(COMMENTS, note, one) for one in comments}
    expected |= {(DEEPER, one, file) for one in comments for file in of(sim, "file_attachments", "comments", one)}
    assert len({stream for stream, _, _ in expected}) == 3
    sim.delete("notes", note)
    account.wait()
    assert gone(sync(account, *names)) == {("notes", 0, note), *expected}
    account.wait()
    assert gone(sync(account, *names)) == set()


@rows(**VOLUMES)
def test_with_a_comment_go_its_files(account: Account) -> None:
    sim = account.sim
    names = (COMMENTS, DEEPER)
    sync(account, *names)
    note = sim.ids("notes")[3]
    comment = max(of(sim, "comments", "notes", note), key=lambda one: len(of(sim, "file_attachments", "comments", one)))
    files = of(sim, "file_attachments", "comments", comment)
    assert files
    sim.delete("comments", comment)
    account.wait()
    sim.update("notes", note, {"TITLE": "changed"})
    told = gone(sync(account, *names))
    account.wait()
    told |= gone(sync(account, *names))  # where the lists of files were read before those of comments were compared
    assert told == {(COMMENTS, note, comment), *((DEEPER, comment, one) for one in files)}


@rows(**VOLUMES)
@pytest.mark.parametrize("refused", ["403", "404", "unsendable"])
def test_a_list_that_was_not_read_to_its_end_loses_nothing(account: Account, refused: str) -> None:
    sim = account.sim
    sync(account, FILES)
    note = sim.ids("notes")[2]
    files = of(sim, "file_attachments", "notes", note)
    account.wait()
    sim.update("notes", note, {"TITLE": "changed"})
    sim.update("notes", sim.ids("notes")[3], {"TITLE": "changed"})
    if refused == "unsendable":
        sim.options.unsendable = {"file_attachments": {files[4]}}
    else:
        sim.faults.add(refused, f"/Notes/{note}/FileAttachments", times=None)
    output = sync(account, FILES)
    assert gone(output) == set()
    assert problems(output)
    sim.faults.clear()
    sim.options.unsendable = {}
    sim.delete("file_attachments", files[4])
    account.wait()
    sim.update("notes", note, {"TITLE": "changed again"})
    assert gone(sync(account, FILES)) == {(FILES, note, files[4])}


@rows(**VOLUMES)
def test_when_most_of_what_hung_on_records_is_gone_at_once_nothing_is_believed(account: Account) -> None:
    sim = account.sim
    sync(account, FILES)
    for note in sim.ids("notes"):
        for file in of(sim, "file_attachments", "notes", note)[1:]:
            sim.hide("file_attachments", file)
        sim.update("notes", note, {"TITLE": "changed"})
    account.wait()
    output = sync(account, FILES)
    assert gone(output) == set()
    assert any("A lost permission looks like that" in one for one in problems(output))
    for file in list(sim.context.store.table("file_attachments").hidden):
        sim.show("file_attachments", file)
    note = sim.ids("notes")[0]
    file = of(sim, "file_attachments", "notes", note)[0]
    sim.delete("file_attachments", file)
    account.wait()
    for one in sim.ids("notes"):
        sim.update("notes", one, {"TITLE": "changed again"})
    assert gone(sync(account, FILES)) == {(FILES, note, file)}


@rows(**VOLUMES | {"notes": 60, "file_attachments": 3000, "comments": 0})
def test_a_deletion_that_a_killed_sync_has_seen_is_told_by_the_next(account: Account) -> None:
    sim = account.sim
    first = sync(account, FILES)
    expected: Gone = set()
    for note in sim.ids("notes"):
        file = of(sim, "file_attachments", "notes", note)[0]
        sim.delete("file_attachments", file)
        expected.add((FILES, note, file))
    account.wait()
    for note in sim.ids("notes"):
        sim.update("notes", note, {"TITLE": "changed"})
    config = account.config | {"detect_deletions": True, "num_workers": 3}
    catalog = configured([streams()[FILES], streams()["deletions"]])
    known: Gone = set()
    states = first.states
    for lines in (900, 900):
        killed = run_process("source-insightly", "read", config, catalog, states, kill_after_lines=lines)
        known |= {(row["stream"], row["record_id"], row["id"]) for row in killed.records.get("deletions", [])}
        states = {**states, **killed.states}
    assert known <= expected
    rest = account.sync(FILES, "deletions", states=states, detect_deletions=True)
    assert known | gone(rest) == expected


@rows(**VOLUMES)
def test_states_of_version_0_1_0_are_understood(account: Account) -> None:
    sim = account.sim
    before = sync(account, "notes", FILES)
    state = before.states["deletions"]["stream"]["stream_state"]
    known = {stream: texts for stream, texts in state["known"].items() if stream == "notes"}
    account.states["deletions"]["stream"]["stream_state"] = {"detected_at": state["detected_at"], "known": known}
    note = sim.ids("notes")[3]
    sim.delete("notes", note)
    account.wait()
    assert gone(sync(account, "notes", FILES)) == {("notes", 0, note)}
