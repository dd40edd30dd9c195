"""The table of streams on the page of each source is that of the code, but for what people have written in it."""

import pytest

from crm_source.resources import Dates, Resource, Style
from house.sources import Known, sources
from house.streams import path_of, rewritten

STYLE = Style(dates=Dates("changed"))
ROWS: tuple[Resource, ...] = (
    STYLE.setup("users", "/users"),
    STYLE.incremental("tasks", "/tasks"),
    STYLE.view("calls", "/tasks", "tasks", {"kind": "call"}),
    STYLE.nested("notes", "/tasks/{id}/notes", "tasks", "task"),
    STYLE.embedded("tags", "tasks", "tags", "task", primary_key=("task_id", "position")),
)
PAGE = """# Acme

| # | stream | primary key | cursor | source | notes |
| --: | --- | --- | --- | --- | --- |
| 1 | `gone` | `id` | full refresh | `/gone` | |
| 2 | `tasks` | `key` | full refresh | GET `/tasks` | With a \\| in it. |

The end.
"""


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_the_table_of_streams_is_current(source: Known) -> None:
    text = path_of(source.name).read_text()
    assert text == rewritten(text, source.source().resources), "run: make pages"


def test_rows_are_added_dropped_and_corrected_and_keep_what_was_written_by_hand() -> None:
    text = rewritten(PAGE, ROWS, {"users": {"source": "`/users`"}, "calls": {"notes": "Only calls."}})
    assert text.splitlines()[4:-2] == [
        "| 1 | `users` | `id` | `changed` | `/users` | Setup. |",
        "| 2 | `tasks` | `id` | `changed` | GET `/tasks` | With a \\| in it. |",
        "| 3 | `calls` | `id` | `changed` | | Only calls. |",
        "| 4 | `notes` | `id` | `task_date_updated` | | For each of `tasks`. |",
        "| 5 | `tags` | `task_id`, `position` | `task_date_updated` | | Inside the records of `tasks`. |",
    ]
    assert text == rewritten(text, ROWS)
    assert text.startswith("# Acme\n")
    assert text.endswith("\n\nThe end.\n")
    assert "Part of `tasks`." in rewritten(PAGE, ROWS)
