"""`python -m simulators.connectwise --port 0 --tickets 1000`: the simulator as its own process."""

from simulators import control
from simulators.connectwise.catalog import LISTS
from simulators.connectwise.simulator import ConnectWiseSimulator
from simulators.connectwise.volumes import LARGE

options = control.parser("connectwise", __doc__, {name: LARGE.get(name) for name in LISTS}).parse_args()
control.run(ConnectWiseSimulator(**control.keywords(options, LISTS)), options)
