"""Every kind of list that Insightly has, in an account of its own, and what one sync brings of it and costs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from connector import Output
from insightly_account import instance_of, problems, streams
from simulated_account import Account
from simulators.insightly import InsightlySimulator
from source_insightly import SourceInsightly

ROWS, PAGE, CAP = 240, 60, 50
# Nothing that files could hang on but contacts.
FILES_OF_CONTACTS = dict.fromkeys(
    ("organisations", "leads", "opportunities", "projects", "notes", "emails", "comments", "custom_objects"), 0
)


@dataclass(frozen=True)
class Kind:
    """`path` is a pattern of its address, `table` the simulator's name for its rows. A `filtered` list is read by a
    second sync, after a part of its rows have changed."""

    stream: str
    path: str
    table: str
    rows: int = ROWS
    is_filtered: bool = False
    is_unsorted: bool = False
    volumes: dict[str, Any] = field(default_factory=dict)


FILES = {"contacts": 1, "file_attachments": ROWS, **FILES_OF_CONTACTS}
KINDS = {
    "search": Kind("contacts", "/Contacts/Search", "contacts"),
    "search_filtered": Kind("contacts", "/Contacts/Search", "contacts", is_filtered=True),
    "search_unsorted": Kind("contacts", "/Contacts/Search", "contacts", is_unsorted=True),
    "full": Kind("pipelines", "/Pipelines", "pipelines"),
    "full_unsorted": Kind("pipelines", "/Pipelines", "pipelines", is_unsorted=True),
    "files": Kind("contact_file_attachments", r"/Contacts/\d+/FileAttachments", "file_attachments", volumes=FILES),
    "files_unsorted": Kind(
        "contact_file_attachments",
        r"/Contacts/\d+/FileAttachments",
        "file_attachments",
        is_unsorted=True,
        volumes=FILES,
    ),
    "follows": Kind("follows", "/Follows", "follows"),
    "tags": Kind("tags", "/Tags", "tags", volumes={"tags": 6 * ROWS}),
}


@dataclass
class Read:
    """What a sync brought of a list, and what it should have. `honest`: requests that an honest server needs."""

    output: Output
    stream: str
    wanted: list[Any]
    found: list[Any]
    requests: int
    honest: int

    @property
    def is_complete(self) -> bool:
        return self.output.statuses[self.stream] == "COMPLETE"

    @property
    def has_all(self) -> bool:
        return set(self.found) == set(self.wanted)

    @property
    def said(self) -> str:
        """Errors and warnings of the stream."""
        told = [*self.output.errors, *problems(self.output)]
        return "\n".join(one for one in told if self.stream in one)


def requests_for(rows: int, page: int, overlap: int = 1) -> int:
    """Of pages that share rows with their neighbours, and a list that ends where its last page does."""
    return 1 + max(-(-(rows - page) // (page - overlap)), 0)


@contextmanager
def account_of(kind: Kind) -> Iterator[Account]:
    """With the list, ready for the sync that is looked at."""
    sim = InsightlySimulator(9, **({kind.table: kind.rows} | kind.volumes))
    with sim.serve() as url:
        account = Account(SourceInsightly, sim, url, instance_of(sim, url)["configuration"], streams())
        sim.options.counted = frozenset({kind.table})
        if kind.is_unsorted:
            sim.options.unsorted = frozenset({kind.table})
        if kind.is_filtered:
            account.sync(kind.stream)
            account.wait()
            for id_ in sim.ids(kind.table)[: kind.rows // 2]:
                sim.update(kind.table, id_, {"TITLE": "changed"})
        limited(sim)
        yield account


def limited(sim: InsightlySimulator) -> None:
    """No more requests than that, or a list that never ends would be read for ever."""
    sim.quota.limit = sim.quota.used + 400


def read(account: Account, kind: Kind, page: int = PAGE, sent: int | None = None, **config: Any) -> Read:
    """One sync with one worker. `sent`: rows a page that the server sends at most, where that is fewer than asked."""
    sim = account.sim
    wanted = [key_of(kind, owner, row) for owner, row in sim.owned_rows(kind.table)]
    if kind.is_filtered:
        wanted = wanted[: kind.rows // 2]
    output = account.sync(kind.stream, pagination_max=page, num_workers=1, **config)
    found = [key_of(kind, row.get("RECORD_TYPE"), row) for row in output.records.get(kind.stream, [])]
    requests = [one for one in sim.requests if re.fullmatch(kind.path, one.path)]
    lists = 6 if kind.table == "tags" else 1
    honest = lists * requests_for(len(wanted) // lists, sent or page)
    return Read(output, kind.stream, wanted, found, len(requests), honest)


def key_of(kind: Kind, owner: Any, row: Any) -> Any:
    """Of a row, as the list has it or as a record."""
    match kind.table:
        case "tags":
            return owner, row["TAG_NAME"]
        case "follows":
            return row["RECORD_TYPE"], row["RECORD_ID"]
    return row[{"contacts": "CONTACT_ID", "pipelines": "PIPELINE_ID", "file_attachments": "FILE_ID"}[kind.table]]
