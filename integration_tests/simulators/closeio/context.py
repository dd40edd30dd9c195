"""What every request handler reads: one organization's data, its clock and its switches."""

from dataclasses import dataclass

from simulators.clock import Clock
from simulators.closeio.events import EventLog
from simulators.closeio.history import History
from simulators.closeio.options import Caps, Options
from simulators.closeio.rows.world import World
from simulators.closeio.store import Store
from simulators.closeio.views import Views
from simulators.recorder import Recorder


@dataclass(slots=True)
class Context:
    clock: Clock
    store: Store
    world: World
    events: EventLog
    history: History
    views: Views
    options: Options
    caps: Caps
    recorder: Recorder
    search_chain_cap: int = 10_000
    search_cursor_seconds: float = 30.0

    def caller_id(self) -> str:
        """The user whose key it is: the first one."""
        return self.store.table("user").order[""][0].id
