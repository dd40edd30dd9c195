"""The seam: what a vendor's API must answer, and nothing else."""

from abc import ABC, abstractmethod
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm_source.config import Config
from crm_source.http.client import Http
from crm_source.records import rows_in
from crm_source.report import Report
from crm_source.resources import Pass, Resource
from crm_source.walks.walk import Row, Walk
from crm_source.walks.windows import Window


@dataclass(frozen=True)
class Task:
    """One piece of reading: a resource, and which part of it."""

    resource: Resource
    window: Window | None = None
    one: Pass | None = None  # the pass that the window belongs to
    parent: Row = field(default_factory=dict)  # the parent's record, for a resource with one
    done: Container[str] = frozenset()  # ids read by an earlier pass of this sync, so just as new
    until: datetime | None = None  # the end of the sync

    @property
    def has_open_end(self) -> bool:
        """Whether the window is the last of the sync, and of rows that move to the end when they change."""
        return bool(self.one and self.one.moves and self.window and self.until and self.window.until >= self.until)


class Api(ABC):
    """One vendor's dialect. One object serves one check, discover or read of one account."""

    http: Http

    def __init__(self, config: Config, resources: Sequence[Resource], report: Report):
        self.config = config
        self.resources = {resource.name: resource for resource in resources}
        self.report = report
        self.columns_of: Mapping[str, Mapping[str, Any]] = {}  # selected stream -> its properties in the catalog

    @abstractmethod
    def connect(self) -> datetime:
        """Prove the key with the cheapest request and return the server's time.

        Called before everything else, by check, discover and read. Raises ApiError for a wrong key or host.
        """

    @abstractmethod
    def walk(self, task: Task) -> Walk:
        """The walk that reads `task`. Called for each window, and for each parent of a resource that has one."""

    def own_resources(self) -> Sequence[Resource]:
        """Streams that only this account has, such as custom objects. Called by discover, after `connect`."""
        return ()

    def own_resource(self, name: str) -> Sequence[Resource]:
        """The stream of that name in a catalog, if it may be one of the account's own, with the one it lives on.

        Called by read; makes no request.
        """
        return ()

    def is_offered(self, resource: Resource) -> bool:
        """Whether discover shows the stream. Called for each list of its own, side by side; what is found in or below
        the records of one that is not offered is not offered either."""
        return True

    def inventory(self, resource: Resource) -> Walk | None:
        """The walk that lists the ids of all rows that `resource` has now, as cheaply as the vendor can; None: none.

        Called before anything is read, when the configuration has `detect_deletions`, for resources with one key
        column; makes no request itself. The rows need no more than that column. It must list every row that `walk`
        would read without a window, or fail: what it leaves out is reported as deleted.
        """
        return None

    def rows_of(self, resource: Resource, parent: Row) -> Iterable[Row]:
        """The rows of an embedded resource in one record of its parent. Called for every record: keep it fast."""
        return rows_in(resource, parent)

    def columns(self, resource: Resource) -> Mapping[str, Any]:
        """JSON-schema properties that only the account knows (custom fields). Called by discover, side by side."""
        return {}

    def is_optional(self, task: Task) -> bool:
        """Whether the stream is still complete enough without this task when the right to it is missing.

        Called when a task was forbidden. True leaves its window pending: it is tried again in the next sync.
        """
        return False
