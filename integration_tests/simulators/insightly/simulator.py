"""The simulator: an account at Insightly, its controls for tests, and the answers it gives over HTTP."""

from datetime import datetime

from simulators.base import spread
from simulators.clock import DEFAULT_START
from simulators.history import History
from simulators.insightly.bodies import Bodies, own_name
from simulators.insightly.context import Context
from simulators.insightly.dates import DAY, SECOND
from simulators.insightly.gate import Gate
from simulators.insightly.mutations import Mutations
from simulators.insightly.options import Options
from simulators.insightly.quota import QUOTAS, Quota
from simulators.insightly.refusals import FAULT_ANSWERS
from simulators.insightly.routes import Routes
from simulators.insightly.seeding import Seeding
from simulators.insightly.store import Entry, Owner, Store, Table
from simulators.insightly.volumes import LARGE, volumes
from simulators.insightly.world import World
from simulators.tables import Row


class InsightlySimulator(Gate):
    """Volumes are keywords named after the lists.

    A kind of rows is a list by its name, or the records of a custom object by its OBJECT_NAME (`Fruit__c`).
    `plateau`: that many rows of each large list (or of the lists of a dict) share one DATE_UPDATED_UTC.
    `compact`: rows with few fields and empty arrays."""

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
        super().__init__(FAULT_ANSWERS, start, real_clock, keep_requests)
        self.quota = Quota(self.options, QUOTAS[self.options.plan])
        store, counts = Store(), volumes(rows)
        world = World(seed, store, self.options, compact, counts["custom_fields"])
        flat = plateau if isinstance(plateau, dict) else dict.fromkeys(LARGE, plateau)
        Seeding(world, History(self.clock.micros(), round(history_days * DAY), SECOND)).run(counts, flat)
        world.settle()
        self.context = Context(self.clock, store, world, Bodies(world), self.options, self.recorder)
        self._mutations = Mutations(self.context, seed)
        self._routes = Routes(self.context)

    @property
    def credentials(self) -> dict[str, str]:
        return {"password": self.api_key}

    def create(self, kind: str, fields: Row | None = None, owner: Owner = None, seconds_ago: float = 0) -> Row:
        """A new row; of a list below others for the parent `owner`, as ("contacts", 1), or any."""
        with self.lock:
            return self._mutations.create(kind, fields or {}, owner, seconds_ago)

    def update(
        self,
        kind: str,
        id_: int,
        changes: Row,
        silent: bool = False,
        seconds_ago: float = 0,
        reason: int | None = None,
    ) -> Row:
        """Changes the row now; None empties a field. A `silent` change does not move DATE_UPDATED_UTC. `reason` is that
        of an opportunity's new state. KeyError for an unknown id."""
        with self.lock:
            return self._mutations.update(kind, id_, changes, silent, seconds_ago, reason)

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

    def hidden(self) -> list[tuple[str, int]]:
        """The kinds and ids of what is out of sight."""
        with self.lock:
            return self._mutations.hidden()

    def convert_lead(self, id_: int) -> Row:
        with self.lock:
            return self._mutations.convert_lead(id_)

    def change(self, kind: str, count: int) -> list[str]:
        """ValueError for rows without a text."""
        with self.lock:
            table = self._table(kind)
            chosen = spread(table.by_id, count)
            name = own_name(table.spec) or next(iter(set(table.spec.fields) & {"BODY", "BODY_HTML"}), "")
            if not name:
                raise ValueError(f"{kind} have no text to change")
            for entry in chosen:
                stamp = f"changed at {self.clock.now().isoformat()}"
                self._mutations.update(kind, entry.id, {name: stamp}, silent=False)
            return [str(entry.id) for entry in chosen]

    def _table(self, kind: str) -> Table:
        return self.context.store.table(kind)

    def _row(self, entry: Entry) -> Row:
        return self.context.bodies.row(entry)

    def row(self, kind: str, id_: int) -> Row:
        with self.lock:
            return self._row(self._mutations.found(self._table(kind), id_))

    def headers(self) -> dict[str, str]:
        """All headers of a request that is not a violation."""
        return {"Authorization": self.authorization()}
