"""A style makes rows that agree with each other: views of lists, and lists below rows that are below records."""

import pytest

from crm_source.resources import Dates, Style
from crm_source.table import Table

CHANGED = Dates("changed", "made")
STYLE = Style(dates=CHANGED, key="key", page_size=50, utc_fields=("made",), id_name="{one}Id", date_name="{one}Changed")
TASKS = STYLE.incremental("tasks", "/tasks")
NOTES = STYLE.nested("notes", "/tasks/{key}/notes", "tasks", "task")


def test_a_view_has_the_facts_of_its_list_and_asks_for_its_values() -> None:
    view = STYLE.view("calls", "/tasks", "tasks", {"kind": "call"})
    assert (view.of, dict(view.where), dict(view.params)) == ("tasks", {"kind": "call"}, {"kind": "call"})
    assert (view.schema_name, view.dates, view.passes, view.page_size) == ("tasks", CHANGED, TASKS.passes, 50)
    assert Table.of([TASKS, view]).above(view, {"tasks"}) is TASKS


def test_a_view_may_be_asked_for_in_other_words() -> None:
    view = STYLE.view("done", "/tasks", "tasks", {"done": True}, params={"done": "true", "all": 1}, schema="task")
    assert (dict(view.where), dict(view.params)) == ({"done": True}, {"done": "true", "all": 1})
    assert view.schema_name == "task"
    with pytest.raises(TypeError):
        view.params["done"] = "false"  # type: ignore[index]  # facts are not changed


def test_a_list_below_rows_below_a_record_has_the_ids_of_both_and_the_date_of_the_record() -> None:
    files = STYLE.further("files", "/notes/{key}/files", "notes", "note", "task")
    assert dict(files.keys) == {"noteId": "key", "taskId": "taskId", "taskChanged": "taskChanged"}
    assert (files.parent, files.cursor_field, files.primary_key) == ("notes", "taskChanged", ("key",))
    assert files.dates == Dates("taskChanged") == NOTES.dates
    pages = STYLE.further("pages", "/files/{key}/pages", "files", "file", "task")
    assert Table.of([TASKS, NOTES, files, pages]).root_of(pages) is TASKS
