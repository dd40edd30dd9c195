"""The simulator: an account at Insightly, its controls for tests, and the answers it gives over HTTP."""

import base64
import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import datetime

from simulators import server
from simulators.clock import DEFAULT_START, Clock
from simulators.faults import Faults
from simulators.insightly.bodies import Bodies, own_name
from simulators.insightly.context import Context
from simulators.insightly.dates import DAY
from simulators.insightly.gate import PREFIX, Gate
from simulators.insightly.mutations import Mutations
from simulators.insightly.options import Options
from simulators.insightly.quota import QUOTAS, Quota
from simulators.insightly.refusals import FAULT_ANSWERS
from simulators.insightly.routes import Routes
from simulators.insightly.seeding import Seeding
from simulators.insightly.store import Owner, Row, Store
from simulators.insightly.volumes import LARGE, volumes
from simulators.insightly.world import World
from simulators.messages import Answer, Request
from simulators.rate_limit import RateLimit
from simulators.recorder import RecordedRequest, Recorder

OnRequest = Callable[["InsightlySimulator", RecordedRequest], None]


class InsightlySimulator:
    """Thread-safe: the server's thread and the test's use one lock. Volumes are keywords named after the lists.

    A kind of rows is a list by its name, or the records of a custom object by its OBJECT_NAME (`Fruit__c`).
    `plateau`: that many rows of each large list (or of the lists of a dict) share one DATE_UPDATED_UTC.
    `compact`: rows with few fields and empty arrays."""

    api_key = "01234567-89ab-4cde-8f01-23456789abcd"

    def __init__(
        self,
        seed: int = 7,
        *,
        start: datetime = DEFAULT_START,
        real_clock: bool = False,
        history_days: float = 365,
        plateau: int | dict[str, int] = 0,
        compact: bool = False,
        options: Options | None = None,
        keep_requests: bool = True,
        **rows: int,
    ) -> None:
        self.options = options or Options()
        self.clock = Clock(start, real=real_clock)
        self.recorder = Recorder(keep=keep_requests)
        self.faults = Faults(dict(FAULT_ANSWERS))
        self.rate_limit: RateLimit | None = None
        self.quota = Quota(self.options, QUOTAS[self.options.plan])
        self.latency = 0.0
        self.on_request: OnRequest | None = None
        self.lock = threading.RLock()
        store, counts = Store(), volumes(rows)
        world = World(seed, store, self.options, compact, counts["custom_fields"])
        flat = plateau if isinstance(plateau, dict) else dict.fromkeys(LARGE, plateau)
        Seeding(world, self.clock.micros(), round(history_days * DAY)).run(counts, flat)
        world.settle()
        self.context = Context(self.clock, store, world, Bodies(world), self.options, self.recorder)
        self._mutations = Mutations(self.context, seed)
        self._gate = Gate(self, Routes(self.context))

    @property
    def credentials(self) -> dict[str, str]:
        return {"password": self.api_key}

    @property
    def requests(self) -> list[RecordedRequest]:
        return self.recorder.requests

    @property
    def request_count(self) -> int:
        return self.recorder.count

    @property
    def violations(self) -> list[str]:
        """What a real server would have refused, or what no connector should do."""
        return self.recorder.violations

    def reset_requests(self) -> None:
        """Forgets recorded requests and violations."""
        self.recorder.reset()

    def create(self, kind: str, fields: Row | None = None, owner: Owner = None, seconds_ago: float = 0) -> Row:
        """A new row; of a list below others for the parent `owner`, as ("contacts", 1), or any."""
        with self.lock:
            return self._mutations.create(kind, fields or {}, owner, seconds_ago)

    def update(self, kind: str, id_: int, changes: Row, silent: bool = False, seconds_ago: float = 0) -> Row:
        """Changes the row now; None empties a field. A `silent` change does not move DATE_UPDATED_UTC. KeyError for an
        unknown id."""
        with self.lock:
            return self._mutations.update(kind, id_, changes, silent, seconds_ago)

    def delete(self, kind: str, id_: int) -> None:
        """The row vanishes, and what belongs to it, without a trace."""
        with self.lock:
            self._mutations.delete(kind, id_)

    def hide(self, kind: str, id_: int) -> None:
        """Takes from the key's user the right to read the row."""
        with self.lock:
            self._mutations.hide(kind, id_)

    def show(self, kind: str, id_: int) -> None:
        """Gives it back."""
        with self.lock:
            self._mutations.show(kind, id_)

    def convert_lead(self, id_: int) -> Row:
        with self.lock:
            return self._mutations.convert_lead(id_)

    def change(self, kind: str, count: int) -> list[str]:
        """Changes `count` rows that are spread over all of the list; returns their ids. ValueError for rows
        without a text."""
        with self.lock:
            table = self.context.store.table(kind)
            entries = list(table)
            chosen = [entries[place * len(entries) // count] for place in range(min(count, len(entries)))]
            name = own_name(table.spec) or next(iter(set(table.spec.fields) & {"BODY", "BODY_HTML"}), "")
            if not name:
                raise ValueError(f"{kind} have no text to change")
            for entry in chosen:
                stamp = f"changed at {self.clock.now().isoformat()}"
                self._mutations.update(kind, entry.id, {name: stamp}, silent=False)
            return [str(entry.id) for entry in chosen]

    def ids(self, kind: str) -> list[int]:
        """Of rows without a number of their own, numbers that only the simulator knows."""
        with self.lock:
            return [entry.id for entry in self.context.store.table(kind)]

    def rows(self, kind: str) -> list[Row]:
        """Copies of all current rows of a list, as it serves them."""
        with self.lock:
            return [self.context.bodies.row(entry) for entry in self.context.store.table(kind)]

    def owned_rows(self, kind: str) -> list[tuple[Owner, Row]]:
        """The same with what they belong to: list and id of the parent, record type of a tag, object of a field."""
        with self.lock:
            return [(entry.owner, self.context.bodies.row(entry)) for entry in self.context.store.table(kind)]

    def row(self, kind: str, id_: int) -> Row:
        with self.lock:
            return self.context.bodies.row(self._mutations.found(self.context.store.table(kind), id_))

    def authorization(self) -> str:
        """The header's value for the key this simulator accepts."""
        return "Basic " + base64.b64encode(f"{self.api_key}:".encode()).decode()

    def headers(self) -> dict[str, str]:
        """All headers of a request that is not a violation."""
        return {"Authorization": self.authorization()}

    def handle(self, request: Request) -> Answer:
        """One HTTP request with its full path; what the server calls."""
        return self._gate.handle(request)

    @contextlib.contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serves from a thread; yields the API's base URL, `http://127.0.0.1:PORT/v3.1`."""
        with server.serve(server.application(self.handle), port) as url:
            yield url + PREFIX
