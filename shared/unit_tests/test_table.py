"""The table of streams finds what lives on what, and names the row that cannot be right."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from crm_source.entries.entry import entries_of
from crm_source.entries.table import own_stream, table_with
from crm_source.resources import Dates, Embedded, Listed, Nested, Resource, Swept, View, Wishes
from crm_source.table import Table, TableError

CHANGED = Dates("changed")
TASKS = Listed("tasks", "/tasks", dates=CHANGED)
CALLS = View("calls", "/tasks", params={"kind": "call"}, of="tasks", where={"kind": "call"}, dates=CHANGED)
LINES = Embedded("lines", parent="tasks", rows_at="lines", keys={"task_id": "id"}, dates=Dates("task_changed"))
NOTES = Nested("notes", "/tasks/{id}/notes", parent="tasks", keys={"task_no": "id"})
FILES = Nested("files", "/tasks/{task_no}/notes/{id}/files", parent="notes")
DELETIONS = Swept("deletions", dates=Dates("detected_at"))
GOOD = (TASKS, CALLS, LINES, NOTES, FILES, DELETIONS)
FIELDS = {
    "tasks": ("id", "changed"),
    "calls": ("id", "changed"),
    "lines": ("id", "task_changed"),
    "notes": ("id",),
    "files": ("id",),
    "deletions": ("id", "detected_at"),
}


def fields_of(resource: Resource) -> Sequence[str]:
    return FIELDS.get(resource.name, ("id",))


def problems(*rows: Resource) -> str:
    with pytest.raises(TableError) as caught:
        Table.of(rows)
    return str(caught.value)


def test_a_table_without_mistakes_has_its_streams_in_their_order() -> None:
    table = Table.of(GOOD)
    assert list(table) == list(GOOD)
    assert table.problems() == table.problems_of_fields(fields_of) == []
    assert table["notes"] is NOTES
    assert ("notes" in table, "other" in table) == (True, False)


@pytest.mark.parametrize(
    ("resource", "selected", "names"),
    [
        (TASKS, (), ["tasks"]),
        (DELETIONS, (), ["deletions"]),
        (LINES, (), ["lines", "tasks"]),
        (FILES, (), ["files", "notes", "tasks"]),
        (CALLS, ("calls",), ["calls"]),
        (CALLS, ("calls", "tasks"), ["calls", "tasks"]),
    ],
)
def test_a_stream_lives_on_all_that_is_above_it(resource: Resource, selected: Sequence[str], names: list[str]) -> None:
    table = Table.of(GOOD)
    assert [one.name for one in table.lineage(resource, selected)] == names
    assert table.root_of(resource, selected).name == names[-1]


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (Embedded("tags", rows_at="tags"), "tags: it has no parent."),
        (Nested("tags", "/tags/{id}"), "tags: it has no parent."),
        (Embedded("tags", parent="leads", rows_at="tags"), "tags: its parent is leads, and there is no such stream."),
        (Nested("tags", "/tags/{id}", parent="lead"), "tags: its parent is lead, and there is no such stream."),
        (View("tags", "/tags", of="leads"), "tags: it is a view of leads, and there is no such stream."),
        (
            Embedded("tags", parent="tasks", rows_at="tags"),
            "tags: tasks has a date of change, and the rows in its records have none.",
        ),
        (
            Nested("tags", "/tags", parent="tasks", params={"limit": 5, "kind": "task"}),
            "tags: neither its path nor its params say of which record of tasks it is.",
        ),
        (View("tags", "/tags", of="tags"), "tags: it lives on itself."),
        (Listed("tags", "/tasks"), "tags: it makes the same requests as tasks."),
        (
            Nested("tags", "/tasks/{id}/notes", parent="tasks", keys={"tag": "id"}),
            "tags: it makes the same requests as notes.",
        ),
        (Listed("notes", "/other"), "notes: there are two streams of this name."),
    ],
    ids=lambda one: one if isinstance(one, str) else type(one).__name__,
)
def test_a_mistake_is_told_by_the_name_of_its_row(wrong: Resource, problem: str) -> None:
    assert problems(*GOOD, wrong) == problem


def test_a_circle_is_told_for_each_row_of_it_and_what_lives_on_it() -> None:
    circle = (
        Embedded("a", parent="b", rows_at="x"),
        Nested("b", "/b/{id}", parent="c"),
        Embedded("c", parent="a", rows_at="x"),
    )
    below = Embedded("d", parent="a", rows_at="x")
    assert problems(*GOOD, *circle, below) == " ".join(f"{name}: it lives on itself." for name in "abcd")


def test_a_view_of_what_is_in_its_own_records_is_a_circle() -> None:
    view = View("calls", "/calls", of="lines")
    assert "calls: it lives on itself." in problems(view, Embedded("lines", parent="calls", rows_at="x"))


def test_every_mistake_is_told_at_once() -> None:
    found = problems(*GOOD, TASKS, Nested("tags", "/tags", parent="leads"))
    assert found.startswith("tasks: there are two streams of this name. tags: its parent is leads")
    assert found.endswith("tags: neither its path nor its params say of which record of leads it is.")


@pytest.mark.parametrize(
    "other",
    [
        Listed("more", "/tasks", params={"kind": "all"}),
        Listed("more", "/tasks", walk="by_page"),
        Listed("more", "/tasks", vendor="kind of object"),
        Nested("more", "/tasks/{id}/notes", parent="calls"),
    ],
)
def test_requests_that_differ_in_anything_are_not_the_same(other: Resource) -> None:
    assert Table.of([*GOOD, other]).problems() == []


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (Listed("tags", "/tags", primary_key=("no", "id", "kind")), "tags: its schema has no no, kind."),
        (Listed("tags", "/tags", dates=Dates("info.moved")), "tags: its schema has no moved."),
        (Nested("tags", "/t/{task_id}", parent="tasks"), "tags: nothing fills {task_id}."),
        (Nested("tags", "/t", parent="tasks", params={"of": "{no}"}), "tags: nothing fills {no}."),
        (Nested("tags", "/t/{board.id}/{id}", parent="tasks"), "tags: nothing fills {board.id}."),
        (Listed("tags", "/t/{id}"), "tags: nothing fills {id}."),
    ],
)
def test_what_no_schema_has_is_told_by_the_name_of_its_row(wrong: Resource, problem: str) -> None:
    assert Table.of([*GOOD, wrong]).problems_of_fields(fields_of) == [problem]


@pytest.mark.parametrize("path", ["/t/{task_no}", "/t/{id}", "/t/{task_no}/{id}"])
def test_a_placeholder_may_be_a_field_of_the_record_above_or_one_that_was_brought_to_it(path: str) -> None:
    assert Table.of([*GOOD, Nested("tags", path, parent="notes")]).problems_of_fields(fields_of) == []


def test_more_streams_of_an_account_take_the_place_of_those_of_their_name() -> None:
    table = Table.of(GOOD, {"tasks": Wishes(leaves_out_newer=True)})
    other, new = Listed("tasks", "/other", dates=CHANGED), Listed("fruits", "/fruits")
    more = table.with_more([other, new])
    assert list(more) == [other, *GOOD[1:], new]
    assert (more.wishes_for("tasks"), more.wishes_for("fruits")) == (Wishes(leaves_out_newer=True), Wishes())
    with pytest.raises(TableError, match="fruits: its parent is trees, and there is no such stream"):
        table.with_more([Embedded("fruits", parent="trees")])


def test_streams_of_a_user_may_read_a_list_that_another_reads() -> None:
    given: dict[str, Any] = {"url": "/tasks", "datesConfiguration": {"updatedDateField": "changed"}}
    entries = entries_of({"mine": given, "ours": {**given, "pollDelay": 9}}, {"tasks"})
    table = table_with([TASKS], entries, {}, lambda entry: own_stream(entry, "/tasks", "list"))
    assert [one.name for one in table] == ["tasks", "mine", "ours"]
    ours = table["ours"]
    assert isinstance(ours, Listed)
    assert ours.passes[0].lookback == timedelta(seconds=9)
