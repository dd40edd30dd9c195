"""`python -m simulators.connectwise --port 0 --tickets 1000`: the simulator as its own process."""

import argparse

from simulators import control
from simulators.connectwise.catalog import LISTS
from simulators.connectwise.gate import PREFIX
from simulators.connectwise.simulator import ConnectWiseSimulator
from simulators.connectwise.volumes import LARGE


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulators.connectwise", description=__doc__)
    control.arguments(parser)
    for name in LISTS:
        count = LARGE.get(name)
        text = argparse.SUPPRESS if count is None else f"default {count}"
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N", help=text)
    options = parser.parse_args()
    rows = {name: getattr(options, name) for name in LISTS if getattr(options, name) is not None}
    simulator = ConnectWiseSimulator(
        options.seed,
        real_clock=options.real_clock,
        history_days=options.history_days,
        plateau=options.plateau,
        compact=options.compact,
        keep_requests=False,
        **rows,
    )
    control.run(simulator, options, PREFIX)


main()
