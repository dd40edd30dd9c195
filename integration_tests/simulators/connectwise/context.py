"""What every request handler reads: one company's data, its clock and its switches."""

from dataclasses import dataclass

from simulators.clock import Clock
from simulators.connectwise.bodies import Bodies
from simulators.connectwise.options import Options
from simulators.connectwise.store import Store
from simulators.recorder import Recorder


@dataclass(slots=True)
class Context:
    clock: Clock
    store: Store
    bodies: Bodies
    options: Options
    recorder: Recorder
