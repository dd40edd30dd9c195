"""What every request handler reads: one account's data, its clock and its switches."""

from dataclasses import dataclass

from simulators.clock import Clock
from simulators.insightly.bodies import Bodies
from simulators.insightly.options import Options
from simulators.insightly.store import Store
from simulators.insightly.world import World
from simulators.recorder import Recorder


@dataclass(slots=True)
class Context:
    clock: Clock
    store: Store
    world: World
    bodies: Bodies
    options: Options
    recorder: Recorder
