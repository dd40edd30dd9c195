"""The simulator: an organization at Close, its controls for tests, and the answers it gives over HTTP."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from simulators.base import spread
from simulators.clock import DEFAULT_START
from simulators.closeio import dates
from simulators.closeio.compose import organization, served
from simulators.closeio.context import Context
from simulators.closeio.events import EventLog, seed_events
from simulators.closeio.gate import Gate
from simulators.closeio.history import History
from simulators.closeio.ids import Ids
from simulators.closeio.kinds import KINDS, kind_named
from simulators.closeio.mutations import Mutations
from simulators.closeio.options import Caps, Options
from simulators.closeio.refusals import FAULT_ANSWERS
from simulators.closeio.routes import Routes
from simulators.closeio.rows.world import World
from simulators.closeio.seeding import seed
from simulators.closeio.store import Row, Store
from simulators.closeio.views import Views
from simulators.closeio.volumes import volumes

PLATEAU_KINDS = ("lead", "contact", "opportunity", "task.lead", "custom_object")


class CloseSimulator(Gate):
    """Volumes are keywords, see `volumes.VOLUMES`.

    `plateau`: that many rows of each of PLATEAU_KINDS (or of the kinds of a dict) share one date_updated.
    `activities`: spread over calls and e-mails. `compact`: rows without empty values."""

    def __init__(
        self,
        seed: int = 7,
        *,
        start: datetime = DEFAULT_START,
        real_clock: bool = False,
        history_days: float = 365,
        plateau: int | dict[str, int] = 0,
        events: int = 40,
        activities: int | None = None,
        compact: bool = False,
        options: Options | None = None,
        keep_requests: bool = True,
        **rows: int,
    ) -> None:
        self.options = options or Options()
        self.caps = Caps()
        super().__init__(FAULT_ANSWERS, start, real_clock, keep_requests)
        ids = Ids(seed)
        store = Store()
        self.api_key = ids.make("api_", 22) + "." + ids.make("", 22)
        now = self.clock.micros()
        world = World(seed, ids, store, self.options, now, history_days)
        self.context = Context(
            self.clock,
            store,
            world,
            EventLog(ids, self.options),
            History(),
            Views(store),
            self.options,
            self.caps,
            self.recorder,
        )
        flat = plateau if isinstance(plateau, dict) else dict.fromkeys(PLATEAU_KINDS, plateau)
        self._seed(volumes(rows, activities), flat, compact, events)
        self._mutations = Mutations(self.context)
        self._routes = Routes(self.context)

    def _seed(self, counts: dict[str, int], plateau: dict[str, int], compact: bool, events: int) -> None:
        seed(self.context.world, counts, plateau, compact)
        store, now = self.context.store, self.context.world.now
        sources = [list(store.table(kind).order[""])[-200:] for kind in counts if KINDS[kind].logged]
        rows = [entry for group in zip(*[s for s in sources if len(s) >= 2], strict=False) for entry in group]
        seed_events(self.context.events, rows, events, now, 35 * dates.DAY, self.context.caller_id())

    @property
    def credentials(self) -> dict[str, str]:
        return {"username": self.api_key}

    @property
    def organization_id(self) -> str:
        return self.context.world.organization_id

    @property
    def search_chain_cap(self) -> int:
        return self.context.search_chain_cap

    @search_chain_cap.setter
    def search_chain_cap(self, rows: int) -> None:
        self.context.search_chain_cap = rows

    @property
    def search_cursor_seconds(self) -> float:
        return self.context.search_cursor_seconds

    @search_cursor_seconds.setter
    def search_cursor_seconds(self, seconds: float) -> None:
        self.context.search_cursor_seconds = seconds

    def create(self, kind: str, fields: Row | None = None) -> Row:
        """A new row of any kind: `lead`, `task` with a `_type`, `call`, `custom_fields.lead`, ... (see kinds.KINDS)."""
        with self._changing():
            return self._mutations.create(kind, fields or {})

    def update(self, kind: str, id_: str, changes: Row) -> Row:
        """Changes the row now; KeyError for an unknown id."""
        with self._changing():
            return self._mutations.update(kind, id_, changes)

    def delete(self, kind: str, id_: str, reason: str = "manual") -> None:
        """`reason`: manual, bulk, import_revert."""
        with self._changing():
            self._mutations.delete(kind, id_, reason)

    def restore(self, id_: str) -> list[str]:
        """Takes back that a row was deleted or merged away. Returns the ids of all that is back with it."""
        with self._changing():
            return self._mutations.restore(id_)

    def deleted(self) -> list[str]:
        """The ids of rows that can be restored."""
        with self.lock:
            return self._mutations.deleted()

    def merge_leads(self, source_id: str, destination_id: str) -> Row:
        with self._changing():
            return self._mutations.merge_leads(source_id, destination_id)

    def change(self, kind: str, count: int) -> list[str]:
        with self.lock:
            chosen = spread(self.ids(kind), count)
            stamp = f"changed at {self.clock.now().isoformat()}"
            for id_ in chosen:
                row = self.context.store.entries[id_].row()
                name = next(
                    name for name in ("description", "text", "note", "body_text", "name", "source") if name in row
                )
                self.update(kind, id_, {name: stamp})
            return chosen

    def log_event(self, object_type: str, object_id: str, action: str, seconds_ago: float = 0.0, **more: Any) -> str:
        """Adds an event by hand, e.g. a late one that is dated before events already seen; returns its id."""
        with self.lock:
            moment = self.clock.micros() - round(seconds_ago * 1_000_000)
            return self.context.events.add(object_type, object_id, action, self.options.stamp(moment), **more).id

    def rows(self, kind: str) -> list[Row]:
        """Copies of all current rows of a kind or family (`task`, `activity`, `export`), as a list serves them."""
        with self.lock:
            name = kind if kind in self.context.store.tables else kind_named(kind).name
            return [served(entry, self.context.world) for entry in self.context.store.table(name)]

    def row(self, id_: str) -> Row:
        with self.lock:
            return served(self.context.store.entries[id_], self.context.world)

    def ids(self, kind: str) -> list[str]:
        with self.lock:
            name = kind if kind in self.context.store.tables else kind_named(kind).name
            return [entry.id for entry in self.context.store.table(name)]

    def events(self) -> list[Row]:
        """All events that were ever logged, oldest first, with payload."""
        with self.lock:
            return [event.row(self.organization_id, True) for event in self.context.events.events]

    def organization(self) -> Row:
        with self.lock:
            return organization(self.context.world)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        with self.lock:
            self.context.history.keep_seconds = self.options.search_index_lag
            yield
