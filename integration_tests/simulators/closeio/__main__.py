"""`python -m simulators.closeio --port 0 --leads 1000 --activities 5000`: the simulator as its own process."""

from simulators import control
from simulators.closeio.options import Options
from simulators.closeio.simulator import CloseSimulator
from simulators.closeio.volumes import VOLUMES


def main() -> None:
    parser = control.parser("closeio", __doc__, {name: count for name, (_, count) in VOLUMES.items()})
    parser.add_argument("--events", type=int, default=40)
    parser.add_argument("--activities", type=int, help="rows spread over calls and e-mails")
    parser.add_argument("--not-admin", action="store_true", help="hide the payload of events older than an hour")
    options = parser.parse_args()
    simulator = CloseSimulator(
        events=options.events,
        activities=options.activities,
        options=Options(admin=not options.not_admin),
        **control.keywords(options, VOLUMES),
    )
    control.run(simulator, options)


main()
