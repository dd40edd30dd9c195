"""`python -m simulators.closeio --port 0 --leads 1000 --activities 5000`: the simulator as its own process."""

import argparse

from simulators import control
from simulators.closeio.gate import PREFIX
from simulators.closeio.options import Options
from simulators.closeio.simulator import CloseSimulator
from simulators.closeio.volumes import VOLUMES


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulators.closeio", description=__doc__)
    control.arguments(parser)
    parser.add_argument("--events", type=int, default=40)
    parser.add_argument("--activities", type=int, help="rows spread over calls and e-mails")
    parser.add_argument("--not-admin", action="store_true", help="hide the payload of events older than an hour")
    for name, (_, count) in VOLUMES.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N", help=f"default {count}")
    options = parser.parse_args()
    rows = {name: getattr(options, name) for name in VOLUMES if getattr(options, name) is not None}
    simulator = CloseSimulator(
        options.seed,
        real_clock=options.real_clock,
        history_days=options.history_days,
        plateau=options.plateau,
        events=options.events,
        activities=options.activities,
        compact=options.compact,
        options=Options(admin=not options.not_admin),
        keep_requests=False,
        **rows,
    )
    control.run(simulator, options, PREFIX)


main()
