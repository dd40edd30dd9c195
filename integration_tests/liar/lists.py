"""The lists of each vendor that may be lied about, as the simulator knows their rows and as streams have them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connector import Json
from simulators.liar import Target, Walk
from vendors import Vendor
from vendors.vendor import without_nul

Below = Callable[[Json, Any], str]  # row, owner -> what the requests for the list of its parent have in them


@dataclass(frozen=True)
class Listed:
    """A list and its stream. `kind` is that of the simulator's rows; `owner` the kind of the parents, where the
    simulator has rows of several kinds in one table; `needs` are other lists without which it cannot be read;
    `keys` the columns of the stream's key, where a test of the vendor does not know them; `parents` the kind of the
    parents, where rows stay in their table when theirs has gone. `names`: the field that names a row of another list,
    which that list needs this one for."""

    target: Target
    kind: str
    below: Below | None = None
    owner: str = ""
    needs: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    parents: str = ""
    names: str = ""

    @property
    def stream(self) -> str:
        return self.target.name

    @property
    def is_plain(self) -> bool:
        """A list of its own that needs no search of the vendor's."""
        return not self.below and self.target.walk != "search"

    def key(self, vendor: Vendor, record: Json) -> Any:
        """Of a record of the stream; None where it lacks a part of it."""
        names = self.keys or vendor.keys.get(self.stream, ("id",))
        values = tuple(record.get(name) for name in names)
        return None if None in values else values if len(values) > 1 else values[0]


@dataclass(frozen=True)
class Fact:
    """One row of the account. `raw_key` is its key in the vendor's answers, `key` in the stream; `content` is what the
    stream must have of it, where that is known, and `below` what the requests for its list have in them. `named` is the
    key of the row of another list that it names."""

    raw_key: Any
    key: Any
    content: Json | None
    below: str
    named: Any = None


def facts(vendor: Vendor, listed: Listed, sim: Any) -> dict[Any, Fact]:
    """What a reader must find, by the key of the stream."""
    found = {}
    for row, owner in _rows(listed, sim):
        is_table = listed.stream in vendor.tables
        record = vendor.served(listed.stream, row) if is_table else row
        key = listed.key(vendor, record)
        content = vendor.comparable(without_nul(record)) if is_table else None
        below = listed.below(row, owner) if listed.below else ""
        found[key] = Fact(listed.target.key_of(row), key, content, below, row.get(listed.names))
    return found


def _rows(listed: Listed, sim: Any) -> Iterator[tuple[Json, Any]]:
    if listed.kind == "event":
        oldest = (sim.clock.now() - timedelta(days=29)).isoformat()
        yield from ((row, None) for row in sim.events() if row["date_updated"] > oldest)
    elif not listed.owner:
        parents = set(sim.ids(listed.parents)) if listed.parents else set()
        for row in sim.rows(listed.kind):
            if not listed.parents or (listed.below and listed.below(row, None) in parents):
                yield row, None
    else:
        for owner, row in sim.owned_rows(listed.kind):
            if not isinstance(owner, tuple):
                yield row, owner
            elif owner[0] == listed.owner:
                yield row, owner[1]


def _usual(name: str, path: str, walk: Walk, key: tuple[str, ...] = ("id",), holding: bytes = b"") -> Target:
    """A list whose answers count, that comes sorted, and can be asked for what changed."""
    return Target(name, path, walk, key, holding, is_counted=True, is_sorted=True, is_dated=True)


def _search(name: str, kind: str) -> Listed:
    holding = f'"object_type","object_type":"{kind}"'.encode()
    return Listed(_usual(name, "/data/search", "search", holding=holding), kind, needs=("events",))


CLOSE = (
    _search("leads", "lead"),
    _search("contacts", "contact"),
    Listed(_usual("opportunities", "/opportunity", "offset"), "opportunity", needs=("events",)),
    Listed(Target("tasks", "/task", "offset", is_sorted=True, is_dated=True), "task"),
    Listed(
        Target("call_activities", "/activity/call", "offset", is_sorted=True, is_dated=True),
        "activity.call",
        needs=("events",),
    ),
    Listed(Target("events", "/event", "cursor", is_sorted=True, is_dated=True), "event", names="object_id"),
    Listed(Target("users", "/user", "offset"), "user"),
    Listed(
        Target("comments", "/comment", "offset", is_below=True),
        "comment",
        below=lambda row, owner: row["thread_id"],
        parents="comment_thread",
    ),
)
CONNECTWISE = (
    Listed(_usual("tickets", "/service/tickets", "id"), "tickets"),
    Listed(_usual("companies", "/company/companies", "id"), "companies"),
    Listed(_usual("time_entries", "/time/entries", "id"), "time_entries"),
    Listed(_usual("boards", "/service/boards", "id"), "boards"),
    Listed(
        Target("ticket_notes", r"/service/tickets/\d+/notes", "id", is_below=True, is_sorted=True),
        "ticket_notes",
        lambda row, owner: f"/service/tickets/{owner}/notes",
        "tickets",
        needs=("tickets",),
    ),
    Listed(
        Target("ticket_all_notes", r"/service/tickets/\d+/allNotes", "page", key=("noteType", "id"), is_below=True),
        "ticket_all_notes",
        lambda row, owner: f"/service/tickets/{owner}/allNotes",
        "tickets",
        needs=("tickets",),
        keys=("noteType", "id"),
    ),
    Listed(
        Target("board_statuses", r"/service/boards/\d+/statuses", "id", is_below=True, is_sorted=True),
        "board_statuses",
        lambda row, owner: f"/service/boards/{owner}/statuses",
        "boards",
        needs=("boards",),
    ),
)
HISTORY = "opportunity_state_history"
STATES = ("OPPORTUNITY_ID", "DATE_CHANGED_UTC", "FOR_OPPORTUNITY_STATE")


def _place(name: str, path: str, key: str) -> Listed:
    return Listed(_usual(name, f"{path}(/Search)?", "place", (key,)), name)


INSIGHTLY = (
    _place("contacts", "/Contacts", "CONTACT_ID"),
    _place("notes", "/Notes", "NOTE_ID"),
    _place("tasks", "/Tasks", "TASK_ID"),
    _place("opportunities", "/Opportunities", "OPPORTUNITY_ID"),
    Listed(
        Target("pipeline_stages", "/PipelineStages", "place", ("STAGE_ID",), is_counted=True, is_sorted=True),
        "pipeline_stages",
        keys=("STAGE_ID",),
    ),
    Listed(Target("countries", "/Countries", "whole", ("COUNTRY_NAME",)), "countries", keys=("COUNTRY_NAME",)),
    Listed(
        Target(HISTORY, r"/Opportunities/\d+/StateHistory", "whole", STATES, is_below=True),
        HISTORY,
        lambda row, owner: f"/Opportunities/{owner}/StateHistory",
        "opportunities",
        needs=("opportunities",),
    ),
    Listed(
        Target(
            "task_comments",
            r"/Tasks/\d+/Comments",
            "place",
            ("COMMENT_ID",),
            is_below=True,
            is_counted=True,
            is_sorted=True,
        ),
        "comments",
        lambda row, owner: f"/Tasks/{owner}/Comments",
        "tasks",
        needs=("tasks",),
        keys=("COMMENT_ID",),
    ),
)
LISTS: dict[str, tuple[Listed, ...]] = {"closeio": CLOSE, "connectwise": CONNECTWISE, "insightly": INSIGHTLY}
# Requests of discover without which a catalog can be made.
OPTIONAL: dict[str, tuple[str, ...]] = {
    "closeio": ("/report/activity/metrics", "/custom_field_schema/lead", "/custom_object_type"),
    "connectwise": ("/service/tickets",),
    "insightly": ("/CustomFields/Contact",),
}
# What an account has more of than the tests of the vendor need.
MORE: dict[str, dict[str, int]] = {
    "closeio": {"calls": 40, "comments": 30, "users": 40},
    "connectwise": {"boards": 12, "time_entries": 40, "ticket_all_notes": 40},
    "insightly": {"pipeline_stages": 30, "comments": 60, "opportunity_state_history": 40},
}
