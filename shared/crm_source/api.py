"""The seam: what a vendor's API must answer, and nothing else."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from requests.auth import AuthBase

from crm_source.config import Config
from crm_source.http.answers import Answers
from crm_source.http.budget import Allowance, RateBudget
from crm_source.http.client import Http
from crm_source.http.patience import Patience
from crm_source.records import rows_in
from crm_source.report import Report
from crm_source.resources import Asked, Embedded, Listed, Nested, Resource, View
from crm_source.table import Table
from crm_source.task import Task
from crm_source.walks.ask import Ask
from crm_source.walks.page import Page, Row
from crm_source.walks.sizes import PageSize
from crm_source.walks.walk import Walk


class Api(ABC):
    """One vendor's dialect. One object serves one check, discover or read of one account."""

    http: Http

    def __init__(self, config: Config, table: Table, report: Report):
        self.config = config
        self.table = table
        self.report = report
        self._sizes: dict[tuple[str, int | None], PageSize] = {}
        self._lock = threading.Lock()
        self._clients: list[Http] = []

    def close(self) -> None:
        """Let go of the connections: a poller makes one of these for each poll."""
        for one in self._clients:
            one.close()

    def client(
        self,
        url: str,
        auth: AuthBase,
        answers: Answers,
        budget: RateBudget | None = None,
        patience: Patience | None = None,
    ) -> Http:
        """What sends the requests to one address. `budget`: where there is more to keep to than the answers tell."""
        config, on_wait = self.config, self.report.wait
        made = Http(
            url,
            auth,
            answers.classify,
            budget or RateBudget(answers.allowance, answers.group, on_wait),
            config.workers,
            patience or config.patience,
            on_wait=on_wait,
            refusal=answers.refusal,
            is_data=answers.is_data,
            stop=config.stop,
            room=config.room,
            on_answer=self.report.answered,
            on_repairs=self.report.repaired,
        )
        self._clients.append(made)
        return made

    @abstractmethod
    def connect(self) -> datetime:
        """Prove the key with the cheapest request and return the server's time.

        Called before everything else, by check, discover and read. Raises ApiError for a wrong key or host.
        """

    def told_by_check(self) -> str:
        """What somebody who sets the source up should know of this key, beyond that it works; empty: nothing.

        Called by check, after `connect`. May ask for a row of a few lists, and raises nothing for what they answer.
        """
        return ""

    @abstractmethod
    def walk(self, task: Task) -> Walk:
        """The walk that reads `task`. Called for each window, and for each parent of a resource that has one."""

    def own_resources(self) -> Sequence[Resource]:
        """Streams that only this account has, such as custom objects. Called by discover, after `connect`."""
        return ()

    def own_resource(self, name: str) -> Sequence[Resource]:
        """The stream of that name in a catalog, if it may be one of the account's own, and what it lives on.

        Called by read; makes no request.
        """
        return ()

    def limit(self, resource: Asked) -> int:
        """Rows to ask for at a time: as many as the list is known to take, or fewer where the user wants that."""
        return min(resource.page_size, self.config.page_size or resource.page_size)

    def ask(
        self,
        resource: Asked,
        fetch: Callable[..., Page],
        key: str | None = None,
        version: str = "",
        keep: Callable[[Row], bool] = lambda row: True,
        least: int = 1,
        most: int | None = None,
        dated_by: str = "",
    ) -> Ask:
        """How a walk asks for a list: by default for `limit` rows at a time, named by the first key. What the walk
        finds odd is reported. The size of pages, which the vendor may limit, is remembered for the list.

        `least` and `most` rows may be asked for at a time. `dated_by`: see Ask.
        """
        name, keys = resource.name, resource.primary_key
        with self._lock:
            size = self._sizes.setdefault((name, most), PageSize(most or self.limit(resource), least))
        return Ask(
            fetch,
            size,
            (keys[0] if keys else "") if key is None else key,
            version,
            keep,
            on_skip=lambda row, error: self.report.skipped_row(name, row, error.verdict.message),
            on_odd=lambda rows: self.report.odd_rows(name, rows),
            on_note=lambda text: self.report.note(name, text),
            short_is_hint=isinstance(resource, Nested) and resource.batch == 1,
            dated_by=dated_by,
        )

    def is_offered(self, resource: Listed) -> bool:
        """Whether discover shows the stream. Called for each list of its own, side by side; what is found in or below
        the records of one that is not offered is not offered either."""
        return True

    def inventory(self, resource: Resource) -> Walk | None:
        """The walk that lists the ids of all rows that `resource` has now, as cheaply as the vendor can; None: none.

        Called before anything is read, unless `deleted_rows` is off, for resources with one key
        column; makes no request itself. The rows need no more than that column. It must list every row that `walk`
        would read without a window, or fail: what it leaves out is taken for deleted.
        """
        return None

    def by_ids(self, task: Task, ids: Sequence[int | str]) -> Walk:
        """The walk that reads the rows of these ids, as far as they are there, however old they are.

        Called for lists that have an inventory, for rows that are listed again. The task has no window.
        """
        raise NotImplementedError(f"{task.resource.name} is never read by ids")

    def compares_lists(self, resource: Nested) -> bool:
        """Whether what is not in the list of a record any more, when that is read again, counts as deleted.

        Only for lists that have all rows of their record whenever they are read, named by integers.
        """
        return False

    def shows_all(self, resource: Embedded | Nested) -> bool:
        """Whether a record that is read shows all rows of the stream that are in it, or the list below it has them, so
        that what is not there any more has gone. Asked where rows that are gone are marked.

        Only for rows that their position, whole numbers or short texts tell from each other, and only where a filter
        of the user's takes none of them out.
        """
        return False

    def rows_of(self, resource: Embedded | View, parent: Row) -> Iterable[Row]:
        """The rows of an embedded resource in one record of its parent, or of a view in one row of the other list.

        Called for every record: keep it fast.
        """
        return rows_in(resource, parent)

    def columns(self, resource: Resource) -> Mapping[str, Any]:
        """JSON-schema properties that only the account knows (custom fields). Called by discover, side by side."""
        return {}

    def refreshed_every(self, resource: Nested) -> timedelta | None:
        """How long the lists of a nested stream may go without being read in full for all open records above; None:
        they are read when their record has changed, and not otherwise."""
        return None

    def open_parents(self, resource: Nested) -> Walk:
        """The walk over the records above whose lists are read again then, by id, whatever their date: the fields that
        `keys`, `path` and `params` name are enough. Called for streams with `refreshed_every` only."""
        raise NotImplementedError(f"{resource.name} is never read again")

    prunes_rows: bool = False  # whether it takes the nulls out of its rows itself, where the configuration says so
    tells_limit: bool = False  # whether every answer tells what is left of the rate limit

    def allowance_in(self, headers: Mapping[str, str]) -> Allowance | None:
        """What the headers of an answer tell of the rate limit; None: nothing that can be read."""
        return None

    def look_further(self, resource: Listed, now: datetime) -> tuple[bool | None, str] | None:
        """What only this vendor's list has to be looked at for: whether it is as the stream would have it (None: that
        cannot be told), and a sentence without anything of a row. None: there is nothing of that kind.

        Called by verify. `now` is the server's time. Raises ApiError.
        """
        return None

    def is_optional(self, task: Task) -> bool:
        """Whether the stream is still complete enough without this task when the right to it is missing.

        Called when a task was forbidden. True leaves its window pending: it is tried again in the next sync.
        """
        return False
