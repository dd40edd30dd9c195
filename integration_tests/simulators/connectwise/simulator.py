"""The simulator: a company at ConnectWise PSA, its controls for tests, and the answers it gives over HTTP."""

from datetime import datetime

from simulators.base import spread
from simulators.clock import DEFAULT_START
from simulators.connectwise.bodies import Bodies
from simulators.connectwise.context import Context
from simulators.connectwise.dates import DAY, SECOND
from simulators.connectwise.gate import Gate
from simulators.connectwise.mutations import Mutations
from simulators.connectwise.options import Options
from simulators.connectwise.refusals import FAULT_ANSWERS
from simulators.connectwise.routes import Routes
from simulators.connectwise.seeding import Seeding
from simulators.connectwise.store import Entry, Owner, Store, Table
from simulators.connectwise.volumes import LARGE, volumes
from simulators.connectwise.world import World
from simulators.history import History
from simulators.tables import Row

TEXT_FIELDS = ("summary", "name", "notes", "text", "title", "description", "caption", "lastName", "invoiceNumber")


class ConnectWiseSimulator(Gate):
    """Volumes are keywords named after the lists.

    `plateau`: that many rows of each large list (or of the lists of a dict) share one lastUpdated.
    `compact`: rows with few fields. `site_url`: the API's host as companyinfo tells it, the server's own by default."""

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
        self.api_key = self.private_key
        super().__init__(FAULT_ANSWERS, start, real_clock, keep_requests)
        store = Store()
        world = World(seed, store, self.options, compact)
        step = 1000 if self.options.hidden_fraction else SECOND
        flat = plateau if isinstance(plateau, dict) else dict.fromkeys(LARGE, plateau)
        Seeding(seed, store, History(self.clock.micros(), round(history_days * DAY), step)).run(volumes(rows), flat)
        world.settle()
        self.context = Context(self.clock, store, Bodies(world), self.options, self.recorder)
        self._mutations = Mutations(self.context, seed)
        self._mutations.mirror_all()
        self._routes = Routes(self.context)

    @property
    def credentials(self) -> dict[str, str]:
        keys = {"public_key": self.public_key, "private_key": self.private_key}
        return {"company": self.company, **keys, "client_id": self.client_id}

    def create(self, kind: str, fields: Row | None = None, owner: Owner = None, seconds_ago: float = 0) -> Row:
        """A new row of any list; of a nested one for the parent `owner`, or any."""
        with self.lock:
            return self._mutations.create(kind, fields or {}, owner, seconds_ago)

    def update(self, kind: str, id_: int, changes: Row, owner: Owner = None, seconds_ago: float = 0) -> Row:
        """Changes the row now; None empties a field. `owner` is needed where ids repeat. KeyError for an unknown id."""
        with self.lock:
            return self._mutations.update(kind, id_, changes, owner, seconds_ago)

    def delete(self, kind: str, id_: int, owner: Owner = None, hard: bool = False) -> None:
        """The row vanishes, and its nested rows; a company is marked as deleted unless `hard`."""
        with self.lock:
            self._mutations.delete(kind, id_, owner, hard)

    def hide(self, kind: str, id_: int) -> None:
        """Takes the row out of the API member's sight, such as by a board that is closed to it."""
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

    def merge_tickets(self, source: int, destination: int) -> None:
        with self.lock:
            self._mutations.merge_tickets(source, destination)

    def convert_ticket(self, id_: int) -> Row:
        """Makes a service ticket a project ticket of the same id."""
        with self.lock:
            return self._mutations.convert_ticket(id_)

    def change(self, kind: str, count: int) -> list[str]:
        with self.lock:
            table = self._table(kind)
            chosen = spread(table.by_id, count)
            name = next((name for name in TEXT_FIELDS if name in table.spec.fields), "changed")
            for entry in chosen:
                stamp = f"changed at {self.clock.now().isoformat()}"
                self._mutations.update(kind, entry.id, {name: stamp}, entry.owner)
            return [str(entry.id) for entry in chosen]

    def _table(self, kind: str) -> Table:
        return self.context.store.table(kind)

    def _row(self, entry: Entry) -> Row:
        return self.context.bodies.row(entry)

    def row(self, kind: str, id_: int, owner: Owner = None) -> Row:
        with self.lock:
            return self._row(self._mutations.found(self._table(kind), id_, owner))

    def headers(self) -> dict[str, str]:
        """All headers of a request that is not a violation."""
        accept = "application/vnd.connectwise.com+json; version=2025.1"
        return {"Authorization": self.authorization(), "clientId": self.client_id, "Accept": accept}
