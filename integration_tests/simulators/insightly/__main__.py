"""`python -m simulators.insightly --port 0 --contacts 1000`: the simulator as its own process."""

from simulators import control
from simulators.insightly.catalog import LISTS
from simulators.insightly.simulator import InsightlySimulator
from simulators.insightly.volumes import LARGE

options = control.parser("insightly", __doc__, {name: LARGE.get(name) for name in LISTS}).parse_args()
control.run(InsightlySimulator(**control.keywords(options, LISTS)), options)
