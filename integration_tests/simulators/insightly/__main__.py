"""`python -m simulators.insightly --port 0 --contacts 1000`: the simulator as its own process."""

import argparse

from simulators import control
from simulators.insightly.catalog import LISTS
from simulators.insightly.gate import PREFIX
from simulators.insightly.simulator import InsightlySimulator
from simulators.insightly.volumes import LARGE


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulators.insightly", description=__doc__)
    control.arguments(parser)
    for name in LISTS:
        count = LARGE.get(name)
        text = argparse.SUPPRESS if count is None else f"default {count}"
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N", help=text)
    options = parser.parse_args()
    rows = {name: getattr(options, name) for name in LISTS if getattr(options, name) is not None}
    simulator = InsightlySimulator(
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
