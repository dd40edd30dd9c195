"""How often Insightly's rows are read: `python integration_tests/insightly_once.py [--rows N] [--years N]`.

Reads an account with that many contacts, changed over that many years, from a start date before all of them, and tells
the records and the requests. Exit code 1 when a row came twice or not at all, or when there were more requests than
1.05 times the pages that the rows fill. About ten requests a second: 100,000 rows take half a minute.
"""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta

import orjson

from connector import arguments, configured, files, run_process, script
from simulators.insightly import InsightlySimulator

PAGE = 500
MOST = 1.05  # times the pages
SCRIPT = "source-insightly"
RECORD = b'{"type":"RECORD"'


@dataclass(frozen=True)
class Measured:
    rows: int
    records: int
    different: int
    requests: int
    seconds: float
    exit_code: int

    @property
    def share(self) -> float:
        """Requests for each page that the rows fill."""
        return self.requests / (self.rows / PAGE)

    @property
    def is_met(self) -> bool:
        return self.exit_code == 0 and self.records == self.different == self.rows and self.share <= MOST

    def line(self) -> str:
        return (
            f"{'pass' if self.is_met else 'MISS'}  {self.rows:,} rows: {self.records:,} records, {self.different:,} of "
            f"them different, {self.requests:,} requests ({self.share:.3f} x rows / {PAGE}) in {self.seconds:.0f} s"
        )


def measure(rows: int, years: int) -> Measured:
    sim = InsightlySimulator(5, compact=True, contacts=rows, history_days=years * 365, keep_requests=False)
    start = sim.clock.now() - timedelta(days=years * 365 + 1)
    with sim.serve() as url:
        config = {"password": sim.api_key, "base_url": url, "start_date": f"{start:%Y-%m-%d}"}
        stream = run_process(SCRIPT, "discover", config).streams["contacts"]
        sim.reset_requests()
        known, records, started = set[int](), 0, time.monotonic()
        with files(config, configured([stream]), None) as folder:
            # Line by line: the messages of so many rows are more than is needed of them.
            process = subprocess.Popen([script(SCRIPT), *arguments("read", folder)], stdout=subprocess.PIPE)
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith(RECORD):
                    records += 1
                    known.add(orjson.loads(line)["record"]["data"]["CONTACT_ID"])
            exit_code = process.wait()
        assert known <= set(sim.ids("contacts"))
        return Measured(rows, records, len(known), sim.request_count, time.monotonic() - started, exit_code)


def main() -> int:
    parser = argparse.ArgumentParser(prog="insightly_once.py", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--years", type=int, default=5)
    options = parser.parse_args()
    measured = measure(options.rows, options.years)
    print(measured.line())
    return 0 if measured.is_met else 1


if __name__ == "__main__":
    sys.exit(main())
